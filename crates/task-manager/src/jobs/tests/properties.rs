//! What holds for every job.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};

use super::{ATTRIBUTES, Message, Plan, job, naive, now, plan, raw, rules, shown};

/// Any job of up to three levels, without the mistakes that would have it refused.
fn any_job() -> impl Strategy<Value = Value> {
    object(0).prop_map(|fields| job(fields.into()))
}

fn object(level: usize) -> BoxedStrategy<Map<String, Value>> {
    let note = prop::option::weighted(0.3, (0..9).prop_map(Value::from));
    let flags = vec((select(&ATTRIBUTES[..]), flag()), 0..2);
    let own = ATTRIBUTES.get(level).map_or(Just(None).boxed(), |attribute| {
        prop::option::weighted(0.8, (name(attribute), values(level))).boxed()
    });
    let beside = ATTRIBUTES.get(level + 1).map_or(Just(None).boxed(), |attribute| {
        prop::option::weighted(0.15, (name(attribute), plain())).boxed()
    });
    (note, flags, own, beside)
        .prop_map(move |(note, flags, own, beside)| {
            let mut object = Map::new();
            object.extend(note.map(|note| (format!("note{level}"), note)));
            for (attribute, (prefix, suffix, value)) in flags {
                object.insert(format!("{prefix}_{attribute}s{suffix}"), value);
            }
            object.extend(own);
            object.extend(beside);
            object
        })
        .boxed()
}

fn flag() -> impl Strategy<Value = (&'static str, &'static str, Value)> {
    prop_oneof![
        any::<bool>().prop_map(|flag| ("isolate", "", flag.into())),
        (1..4_u32).prop_map(|size| ("max", "_per_batch", size.into())),
    ]
}

fn name(attribute: &'static str) -> impl Strategy<Value = String> {
    prop::bool::weighted(0.8)
        .prop_map(move |plural| attribute.to_owned() + if plural { "s" } else { "" })
}

fn plain() -> impl Strategy<Value = Value> {
    prop_oneof![
        vec(0..100, 0..6).prop_map(Value::from),
        "[a-z]{0,3}".prop_map(Value::from),
        vec("[a-z]{2}", 0..5).prop_map(|keys| keys.into_iter().map(|k| (k, Value::Null)).collect()),
        Just(Value::Null),
    ]
}

fn values(level: usize) -> impl Strategy<Value = Value> {
    let sub_job = prop_oneof![
        1 => Just(Value::Null),
        3 => object(level + 1).prop_map(Value::from),
    ];
    let sub_jobs =
        vec(("[a-z]{2}", sub_job), 1..4).prop_map(|subs| subs.into_iter().collect::<Value>());
    prop_oneof![2 => plain(), 3 => sub_jobs.clone(), 1 => vec(sub_jobs, 1..3).prop_map(Value::from)]
}

/// Anything at all.
fn any_json() -> impl Strategy<Value = Value> {
    let fields = vec![
        "job",
        "job_id",
        "lambda_name",
        "job_schema_name",
        "period",
        "isolate_days",
        "of",
        "as",
        "section",
        "sections",
        "stores",
        "products",
        "isolate_sections",
        "isolate_stores",
        "max_sections_per_batch",
        "max_products_per_batch",
        "payload",
        "task_id",
        "labourer_id",
        "on_complete",
        "topic",
        "run_at",
        "delay",
        "idempotency_key",
        "max_failed_percent",
        "A",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        select(vec!["resize", "last_3_days", "2026-03-01..2026-03-04", "99_hours_back", "default"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((select(fields.clone()), inner), 0..8).prop_map(|o| o.into_iter().collect()),
        ]
    })
}

/// A section, a store of it, a product of that.
type Product = (String, String, u32);

fn catalogue() -> impl Strategy<Value = BTreeMap<String, BTreeMap<String, Vec<u32>>>> {
    let products = vec(0..1000_u32, 1..8);
    let stores = prop::collection::btree_map("[a-z]{1,3}", products, 1..4);
    prop::collection::btree_map("[a-z]{1,3}", stores, 1..4)
}

fn products_of(tasks: &[Value]) -> Vec<Product> {
    let text = |value: &Value| value[0].as_str().unwrap().to_owned();
    let products =
        |task: &Value| -> Vec<u32> { serde_json::from_value(task["products"].clone()).unwrap() };
    let of = |task: &Value| {
        let (section, store) = (text(&task["sections"]), text(&task["stores"]));
        products(task)
            .into_iter()
            .map(move |p| (section.clone(), store.clone(), p))
            .collect::<Vec<_>>()
    };
    tasks.iter().flat_map(of).collect()
}

fn all(plan: &Plan) -> Vec<Value> {
    plan.iter_from(0).map(shown).collect()
}

proptest! {
    #[test]
    fn the_nth_task_is_the_nth_of_the_whole_list(job in any_job()) {
        let (plan, list) = (plan(&job), naive::all(&job));
        prop_assert_eq!(plan.len(), list.len() as u64, "{}", job);
        for (n, expected) in (0..).zip(&list) {
            let task = plan.task(n);
            prop_assert_eq!(task.map(shown), Some(Value::from(expected.clone())), "task {} of {}", n, job);
        }
        prop_assert_eq!(plan.task(plan.len()), None);
        prop_assert_eq!(plan.task(u64::MAX), None);
    }

    #[test]
    fn days_multiply_the_tasks_and_come_first(job in any_job(), days in 1..5_u64) {
        let without = all(&plan(&job));
        let mut dated = job.clone();
        dated["period"] = json!(format!("last_{days}_days"));
        dated["isolate_days"] = json!(true);
        let mut expected = Vec::new();
        for day in 17 - days..17 {
            for task in &without {
                let mut task = task.clone();
                task["date_list"] = json!([format!("2026-03-{day:02}")]);
                expected.push(task);
            }
        }
        prop_assert_eq!(all(&plan(&dated)), expected);
    }

    #[test]
    fn going_on_from_any_task_leaves_out_the_ones_before(job in any_job(), n in 0..40_usize) {
        let plan = plan(&job);
        let rest: Vec<_> = plan.iter_from(n as u64).collect();
        prop_assert_eq!(rest, plan.iter_from(0).skip(n).collect::<Vec<_>>());
    }

    #[test]
    fn no_value_of_a_chunked_attribute_is_lost_or_doubled(
        catalogue in catalogue(), size in 1..5_usize
    ) {
        let sections: Map<String, Value> = catalogue.iter().map(|(section, stores)| {
            let stores: Map<_, _> =
                stores.iter().map(|(store, p)| (store.clone(), json!({"products": p}))).collect();
            (section.clone(), json!({"stores": stores}))
        }).collect();
        let plan = plan(&job(json!({"sections": sections, "max_products_per_batch": size})));
        let expected: Vec<Product> = catalogue.into_iter().flat_map(|(section, stores)| {
            stores.into_iter().flat_map(move |(store, products)| {
                let section = section.clone();
                products.into_iter().map(move |p| (section.clone(), store.clone(), p))
            })
        }).collect();
        prop_assert_eq!(products_of(&all(&plan)), expected);
    }

    #[test]
    fn batches_are_full_but_for_the_last(values in vec(any::<i32>(), 1..200), size in 1..20_usize) {
        let plan = plan(&job(json!({"sections": values, "max_sections_per_batch": size})));
        let batches: Vec<Vec<i32>> = plan
            .iter_from(0)
            .map(|task| serde_json::from_value(shown(&task["sections"])).unwrap())
            .collect();
        prop_assert!(batches.iter().rev().skip(1).all(|batch| batch.len() == size));
        prop_assert!(batches.last().is_some_and(|batch| (1..=size).contains(&batch.len())));
        prop_assert_eq!(batches.concat(), values);
    }

    #[test]
    fn the_largest_payload_is_found_without_making_the_others(job in any_job()) {
        let plan = plan(&job);
        let bytes = |task| serde_json::to_string(&task).unwrap().len();
        let largest = plan.iter_from(0).map(bytes).max().unwrap();
        prop_assert_eq!(plan.largest().bytes, largest, "{}", job);
        prop_assert_eq!(plan.task(plan.largest().n).map(bytes), Some(largest));
    }

    #[test]
    fn nothing_that_is_sent_makes_it_panic(event in any_json()) {
        match Message::read(&raw(&event), &rules(ATTRIBUTES), now()) {
            Ok(Message::Submit(submission)) => {
                let plan = submission.plan;
                prop_assert!(plan.len() > 0);
                prop_assert!(plan.task(0).is_some() && plan.task(plan.len() - 1).is_some());
            }
            Ok(Message::Resume(_)) => {}
            Err(mistakes) => prop_assert!(!mistakes.is_empty() && !mistakes.to_string().is_empty()),
        }
    }

    #[test]
    fn no_job_makes_it_panic(fields in any_json(), attribute in select(&ATTRIBUTES[..])) {
        let fields = json!({attribute: fields, format!("isolate_{attribute}"): true});
        let _ = Message::read(&raw(&job(fields)), &rules(ATTRIBUTES), now());
    }
}

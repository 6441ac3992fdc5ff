//! Every mistake is reported, with its place and what would be right, before anything is written.

use serde_json::json;

use super::{Plan, Rules, job, now, plan, raw, refusal, rules, shown};
use crate::jobs::schema::Schema;

#[test]
fn all_mistakes_are_told_at_once() {
    let event = json!({"job": {
        "lambda_name": "resise",
        "job_schema_name": "defualt",
        "period": "last_2_day",
        "isolate_sections": "maybe",
        "max_sections_per_batch": 0,
        "max_stores_per_batch": -1,
        "max_products_per_batch": 1.5,
        "sections": {"A": [1]},
        "task_id": "mine",
        "delay": "soon",
        "tasks_per_invocation": "fast",
    }});
    assert_eq!(
        refusal(&event),
        "\
job.delay: is \"soon\": give a duration like 90s or 1h30m, or a number of seconds, of less than ten years
job.tasks_per_invocation: is \"fast\": give a whole number from 1 to 1000, or \"auto\"
job.lambda_name: labourer \"resise\" is unknown, did you mean `resize`?
job.job_schema_name: schema \"defualt\" is unknown, did you mean `default`?
job.period: period \"last_2_day\" is unknown, did you mean `last_2_days`?
job.task_id: is set for each task by the scheduler: remove it"
    );
    let event = json!({"job": {
        "lambda_name": "resize",
        "isolate_sections": "maybe",
        "max_sections_per_batch": 0,
        "max_stores_per_batch": -1,
        "max_products_per_batch": 1.5,
        "sections": {"A": [1], "B": {"stores": [["x"]], "created_at": 1}, "C": "text", "D": null},
    }});
    assert_eq!(
        refusal(&event),
        "\
job.isolate_sections: is \"maybe\": give true or false
job.max_sections_per_batch: is 0: give a whole number from 1 on
job.max_stores_per_batch: is -1: give a whole number from 1 on
job.max_products_per_batch: is 1.5: give a whole number from 1 on
job.sections.A: is a list: give an object, or null if the value has no sub-job
job.sections.B.created_at: is set for each task by the scheduler: remove it
job.sections.B.stores[0]: is a list: give text, a number, or an object of sub-jobs
job.sections.C: is \"text\": give an object, or null if the value has no sub-job"
    );
}

#[test]
fn sizes_of_batches_are_whole_numbers_from_one_on() {
    let of = |size| job(json!({"max_sections_per_batch": size, "sections": [1, 2, 3, 4]}));
    for wrong in
        [json!(0), json!(-3), json!(2.5), json!("two"), json!(true), json!([2]), json!("-2")]
    {
        let refusal = refusal(&of(wrong.clone()));
        assert!(refusal.starts_with("max_sections_per_batch: is "), "{wrong}: {refusal}");
    }
    for right in [json!(2), json!(2.0), json!("2")] {
        assert_eq!(plan(&of(right)).len(), 2);
    }
    assert_eq!(plan(&of(json!(null))).len(), 1);
}

#[test]
fn a_wrong_size_deep_in_the_job_is_found() {
    let stores = json!({"x": {"max_products_per_batch": 0, "products": [1, 2]}});
    let refusal = refusal(&job(json!({"sections": {"A.B": {"stores": stores}}})));
    assert_eq!(
        refusal,
        "sections[\"A.B\"].stores.x.max_products_per_batch: is 0: give a whole number from 1 on"
    );
}

#[test]
fn settings_are_checked_where_nothing_is_chunked_by_them() {
    let of = |sections| refusal(&job(json!({ "sections": sections })));
    assert_eq!(
        of(json!({"A": {"max_products_per_batch": 0, "stores": ["x"]}, "B": null})),
        "sections.A.max_products_per_batch: is 0: give a whole number from 1 on"
    );
    assert_eq!(
        of(json!([{"A": null}, {"B": {"stores": {"x": {"isolate_products": "maybe"}}}}])),
        "sections[1].B.stores.x.isolate_products: is \"maybe\": give true or false"
    );
    let flags = refusal(&job(json!({"isolate_days": "maybe", "isolate_hours": [true]})));
    assert_eq!(
        flags,
        "\
isolate_days: is \"maybe\": give true or false
isolate_hours: is a list: give true or false"
    );
}

#[test]
fn fields_that_tasks_are_given_are_refused_in_a_payload_too() {
    let payload = json!({"task_id": "x", "labourer_id": "other", "attempts": 9, "note": 1});
    let expected = "\
payload.task_id: is set for each task by the scheduler: remove it
payload.attempts: is set for each task by the scheduler: remove it";
    assert_eq!(refusal(&job(json!({ "payload": payload }))), expected);
    assert_eq!(refusal(&job(json!({ "payload": payload.to_string() }))), expected);
    let sosw = refusal(&job(json!({"sosw": {"claim": "mine"}})));
    assert_eq!(sosw, "sosw: is set for each task by the scheduler: remove it");
    let ignored = plan(&job(json!({"payload": {"labourer_id": "other", "note": 1}})));
    assert_eq!(shown(ignored.task(0).unwrap()), json!({"note": 1}));
}

#[test]
fn a_list_of_values_and_sub_jobs_is_refused() {
    let refusal = refusal(&job(json!({"isolate_sections": true, "sections": ["A", {"B": null}]})));
    assert_eq!(
        refusal,
        "sections[1]: is an object: give text or a number, like the others of the list"
    );
}

#[test]
fn values_under_both_names_are_refused() {
    let refusal =
        refusal(&job(json!({"isolate_section": true, "section": "A", "sections": ["B"]})));
    assert_eq!(refusal, "section: stands beside `sections`: give one of the two");
}

#[test]
fn sub_jobs_beside_the_ones_of_a_level_above_are_refused() {
    let refusal = refusal(&job(json!({
        "isolate_stores": true, "sections": {"A": {"note": 1}, "B": {"note": 2}, "C": null},
        "stores": {"x": {"note": 3}},
    })));
    assert_eq!(refusal, "stores: has sub-jobs beside those of `sections`: move them into these");
}

#[test]
fn isolations_go_with_their_period() {
    let hours = refusal(&job(json!({"period": "last_2_hours", "isolate_days": true})));
    assert_eq!(hours, "isolate_days: does not go with this period: set `isolate_hours`");
    let days = refusal(&job(json!({"period": "last_2_days", "isolate_hours": true})));
    assert_eq!(days, "isolate_hours: does not go with this period: set `isolate_days`");
}

#[test]
fn a_period_is_told_what_it_can_say() {
    let period = json!({"of": "today", "time_zone": "Berlin", "week_start": "monday", "as": 1});
    assert_eq!(
        refusal(&job(json!({"period": period}))),
        "\
period.time_zone: is \"Berlin\": give the IANA name of a time zone, like \"Europe/Berlin\"
period.week_start: field \"week_start\" is unknown, did you mean `week_starts`?
period.as: is 1: give \"list\" or \"range\""
    );
    let both = refusal(&job(json!({"period": {"of": "todya", "as": 1}})));
    assert!(both.starts_with("period.as: is 1") && both.contains("\nperiod.of: period "), "{both}");
    let refusal = refusal(&job(json!({"period": 3})));
    assert!(refusal.starts_with("period: is 3: give a period"), "{refusal}");
}

#[test]
fn tasks_too_large_for_an_invocation_are_refused() {
    let small = Rules { max_payload: 100, ..rules(["section"]) };
    let of =
        |fields| Plan::resolve(&raw(&job(fields)), &small, now()).map_err(|why| why.to_string());
    assert!(
        of(json!({"isolate_sections": true, "sections": ["a".repeat(40), "b".repeat(40)]})).is_ok()
    );
    let sub_jobs = json!({"A": null, "B": {"text": "b".repeat(80)}, "C": null});
    let refused = of(json!({"isolate_sections": true, "sections": sub_jobs})).unwrap_err();
    assert_eq!(
        refused,
        "\
sections.B: the payload of task 1 would have 132 bytes, more than the 100 that a task can hold: \
set smaller batches, or put the data into S3 and pass its key"
    );
    let dates = of(json!({"period": "last_700000_days"})).unwrap_err();
    assert!(dates.starts_with("the payload of task 0 would have 91000"), "{dates}");
}

#[test]
fn a_job_names_its_schema_or_has_the_default_one() {
    let schema = |attributes: &[&str]| Schema::of(attributes.iter().copied()).unwrap();
    let schemas = [("default", schema(&["section"])), ("words", schema(&["topic", "word"]))];
    let schemas = schemas.map(|(name, schema)| (name.to_owned(), schema)).into_iter().collect();
    let rules = Rules { schemas, ..rules([]) };
    let len = |name| {
        let fields = json!({"job_schema_name": name, "isolate_words": true, "words": [1, 2],
            "isolate_sections": true, "sections": [1, 2, 3]});
        Plan::resolve(&raw(&job(fields)), &rules, now()).unwrap().len()
    };
    assert_eq!((len(json!(null)), len(json!("default")), len(json!("words"))), (3, 3, 2));
}

//! Short jobs with very many tasks.

use serde_json::{Value, json};

use super::{Plan, job, now, plan, raw, rules, shown};

fn names(prefix: &str, n: u32) -> Vec<String> {
    (0..n).map(|i| format!("{prefix}{i}")).collect()
}

#[test]
fn three_million_tasks_are_counted_and_found_without_being_made() {
    let plan = plan(&job(json!({
        "period": "last_30_days", "isolate_days": true,
        "isolate_sections": true, "sections": names("s", 100),
        "isolate_stores": true, "stores": names("t", 1000),
    })));
    assert_eq!(plan.len(), 3_000_000);
    let at = |n| {
        let task = shown(plan.task(n).unwrap());
        [&task["date_list"], &task["sections"], &task["stores"]].map(|v| v[0].clone())
    };
    assert_eq!(at(0), ["2026-02-15", "s0", "t0"]);
    assert_eq!(at(1_234_567), ["2026-02-27", "s34", "t567"]);
    assert_eq!(at(2_999_999), ["2026-03-16", "s99", "t999"]);
    assert_eq!(plan.task(3_000_000), None);
    assert_eq!(plan.iter_from(2_999_990).count(), 10);
}

#[test]
fn values_that_sub_jobs_share_are_not_copied_for_each() {
    let sections: Value = names("s", 3000).into_iter().map(|s| (s, json!({"note": 1}))).collect();
    let plan = plan(&job(json!({
        "isolate_sections": true, "sections": sections,
        "isolate_products": true, "products": names("p", 3000),
    })));
    assert_eq!(plan.len(), 9_000_000);
    let task = shown(plan.task(8_999_999).unwrap());
    assert_eq!([&task["sections"][0], &task["products"][0]], ["s2999", "p2999"]);
}

#[test]
fn a_job_of_more_tasks_than_can_be_counted_is_refused() {
    let attributes = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let of = |values: u32| {
        let level = |a| {
            [(format!("{a}s"), json!(names("v", values))), (format!("isolate_{a}"), json!(true))]
        };
        let fields: Value = attributes.into_iter().flat_map(level).collect();
        Plan::resolve(&raw(&job(fields)), &rules(attributes), now())
    };
    assert_eq!(of(200).unwrap().len(), 200_u64.pow(8));
    let refusal = of(300).unwrap_err().to_string();
    assert!(refusal.starts_with("the job has more tasks than can be counted"), "{refusal}");
}

//! Where sosw fails, ignores or loses something: what the author of the job meant.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Plan, job, now, plan, raw, rules, shown, tasks};

#[test]
fn without_a_schema_a_job_is_one_task() {
    let job = job(json!({"isolate_sections": true, "sections": ["A", "B"]}));
    assert_eq!(Plan::resolve(&raw(&job), &rules([]), now()).unwrap().len(), 1);
}

#[rstest]
#[case(json!(null))]
#[case(json!(false))]
#[case(json!(0))]
#[case(json!(0.0))]
#[case(json!(""))]
#[case(json!([]))]
#[case(json!({}))]
fn what_python_takes_for_false_is_as_good_as_absent(#[case] falsy: Value) {
    let fields = json!({
        "sections": ["A", "B"], "period": falsy, "isolate_days": falsy, "isolate_sections": falsy,
    });
    // A job of which nothing is chunked is passed on as it is.
    assert_eq!(tasks(fields.clone()), json!([fields]));
}

#[rstest]
#[case("idempotancy_key", "is no option, did you mean `idempotency_key`?")]
#[case("on_completed", "is no option, did you mean `on_complete`?")]
#[case("max_failed_percnet", "is no option, did you mean `max_failed_percent`?")]
#[case("task_per_invocation", "is no option, did you mean `tasks_per_invocation`?")]
#[case("isolate_dayss", "names no attribute of the job's schema, did you mean `isolate_days`?")]
#[case(
    "isolate_sectoins",
    "names no attribute of the job's schema, did you mean `isolate_sections`?"
)]
#[case(
    "isolate_sectionss",
    "names no attribute of the job's schema, did you mean `isolate_sections`?"
)]
#[case("max_store_pre_batch", "")]
#[case(
    "max_stroes_per_batch",
    "names no attribute of the job's schema, did you mean `max_stores_per_batch`?"
)]
fn a_slip_of_the_fingers_is_a_mistake_and_not_carried(#[case] field: &str, #[case] text: &str) {
    let job = job(json!({ "sections": ["A"], field: 1 }));
    match super::submitted(&job) {
        Ok(submission) => assert_eq!((text, submission.warnings.len()), ("", 0)),
        Err(mistakes) => assert_eq!(mistakes.to_string(), format!("{field}: {text}")),
    }
}

#[test]
fn a_flag_for_an_attribute_that_the_schema_does_not_have_is_warned_of_and_carried() {
    let job = job(json!({ "max_prints_per_batch": 10, "isolate_colours": true, "prints": [1, 2] }));
    let submission = super::submitted(&job).unwrap();
    let paths: Vec<_> = submission.warnings.iter().map(|warning| warning.path.as_str()).collect();
    assert_eq!(paths, ["max_prints_per_batch", "isolate_colours"]);
    let text = &submission.warnings[0].text;
    assert!(
        text.starts_with(
            "names no attribute of the job's schema, known are `max_sections_per_batch`"
        ),
        "{text}"
    );
    assert_eq!(shown(submission.plan.task(0).unwrap())["max_prints_per_batch"], 10);
}

#[test]
fn a_batch_of_null_is_as_good_as_absent() {
    let tasks = tasks(json!({"sections": ["A", "B"], "max_sections_per_batch": null}));
    assert_eq!(tasks, json!([{ "sections": ["A", "B"], "max_sections_per_batch": null }]));
}

#[test]
fn an_isolated_attribute_that_is_absent_does_not_lose_the_job() {
    let tasks = tasks(json!({"isolate_sections": true, "note": 1}));
    assert_eq!(tasks, json!([{"isolate_sections": true, "note": 1}]));
}

#[test]
fn a_sub_job_without_the_isolated_attribute_is_one_task() {
    let tasks = tasks(json!({"isolate_stores": true, "sections": {
        "A": {"note": 1}, "B": {"stores": ["x", "y"]}, "C": {"stores": []}, "D": {"stores": null}
    }}));
    assert_eq!(
        tasks,
        json!([
            {"isolate_stores": true, "sections": ["A"], "note": 1},
            {"isolate_stores": true, "sections": ["B"], "stores": ["x"]},
            {"isolate_stores": true, "sections": ["B"], "stores": ["y"]},
            {"isolate_stores": true, "sections": ["C"], "stores": []},
            {"isolate_stores": true, "sections": ["D"], "stores": null},
        ])
    );
}

#[test]
fn a_value_under_the_singular_name_is_chunked_once() {
    let tasks = tasks(json!({"isolate_sections": true, "section": ["A", "B"]}));
    assert_eq!(
        tasks,
        json!([
            {"isolate_sections": true, "sections": ["A"]},
            {"isolate_sections": true, "sections": ["B"]},
        ])
    );
}

#[test]
fn values_that_look_like_nothing_are_values() {
    let of = |value| tasks(json!({"isolate_sections": true, "sections": value}));
    for value in [json!(0), json!(""), json!(false)] {
        assert_eq!(of(value.clone()), json!([{"isolate_sections": true, "sections": [value]}]));
    }
}

#[test]
fn a_flat_list_above_a_deeper_level_stays_together() {
    let tasks = tasks(json!({
        "isolate_stores": true, "sections": ["A", "B"], "stores": ["x", "y"]
    }));
    assert_eq!(
        tasks,
        json!([
            {"isolate_stores": true, "sections": ["A", "B"], "stores": ["x"]},
            {"isolate_stores": true, "sections": ["A", "B"], "stores": ["y"]},
        ])
    );
}

#[test]
fn isolated_lists_of_two_levels_are_combined() {
    let tasks = tasks(json!({
        "isolate_sections": true, "sections": ["A", "B"],
        "max_stores_per_batch": 2, "stores": ["x", "y", "z"]
    }));
    let pairs = tasks.as_array().unwrap().iter().map(|t| [&t["sections"], &t["stores"]]);
    assert_eq!(
        pairs.collect::<Vec<_>>(),
        [
            [&json!(["A"]), &json!(["x", "y"])],
            [&json!(["A"]), &json!(["z"])],
            [&json!(["B"]), &json!(["x", "y"])],
            [&json!(["B"]), &json!(["z"])],
        ]
    );
}

#[test]
fn an_isolated_attribute_is_chunked_even_if_the_level_above_it_is_absent() {
    assert_eq!(plan(&job(json!({"isolate_products": true, "products": [1, 2, 3]}))).len(), 3);
    let skipped = json!({"isolate_products": true, "sections": {"A": {"products": [1, 2]}}});
    assert_eq!(
        tasks(skipped),
        json!([
            {"isolate_products": true, "sections": ["A"], "products": [1]},
            {"isolate_products": true, "sections": ["A"], "products": [2]},
        ])
    );
}

#[test]
fn values_beside_a_level_are_for_the_sub_jobs_that_have_none() {
    let tasks = tasks(json!({
        "isolate_products": true, "products": [1, 2],
        "sections": {"A": null, "B": {"stores": {"x": {"products": [3]}, "y": null}}}
    }));
    let own: Vec<_> = tasks
        .as_array()
        .unwrap()
        .iter()
        .map(|t| (t["sections"][0].clone(), t["stores"][0].clone(), t["products"][0].clone()))
        .collect();
    assert_eq!(
        json!(own),
        json!([["A", null, 1], ["A", null, 2], ["B", "x", 3], ["B", "y", 1], ["B", "y", 2]])
    );
}

#[test]
fn fields_beside_values_that_stay_together_are_carried() {
    let tasks = tasks(json!({
        "isolate_sections": true, "sections": {"A": {"note": 1, "stores": ["x", "y"]}}
    }));
    assert_eq!(
        tasks,
        json!([
            {"isolate_sections": true, "sections": ["A"], "note": 1, "stores": ["x", "y"]}
        ])
    );
}

#[test]
fn values_that_stay_together_replace_no_other_field() {
    let tasks = tasks(json!({
        "isolate_sections": true, "sections": {"A": {"store": ["x"], "stores": []}}
    }));
    assert_eq!(
        tasks,
        json!([{"isolate_sections": true, "sections": ["A"], "store": ["x"], "stores": []}])
    );
}

#[test]
fn an_isolation_below_one_that_is_false_counts() {
    let tasks = tasks(json!({"isolate_stores": false, "sections": {
        "A": {"isolate_stores": true, "stores": ["x", "y"]}, "B": {"stores": ["z", "w"]}
    }}));
    let stores: Vec<_> = tasks.as_array().unwrap().iter().map(|t| &t["stores"]).collect();
    assert_eq!(stores, [&json!(["x"]), &json!(["y"]), &json!(["z", "w"])]);
}

#[test]
fn flags_that_are_text_mean_what_they_say() {
    let with = |flag: &str| job(json!({"isolate_sections": flag, "sections": ["A", "B"]}));
    assert_eq!(plan(&with("true")).len(), 2);
    assert_eq!(plan(&with("false")).len(), 1);
}

#[test]
fn a_size_under_the_singular_name_is_a_size() {
    assert_eq!(plan(&job(json!({"max_section_per_batch": 2, "sections": [1, 2, 3, 4]}))).len(), 2);
}

#[test]
fn a_size_of_a_million_is_a_size() {
    assert_eq!(
        plan(&job(json!({"max_sections_per_batch": 1_000_000, "sections": [1, 2]}))).len(),
        1
    );
}

#[test]
fn a_period_works_without_an_isolated_attribute() {
    assert_eq!(
        tasks(json!({"period": "last_2_days", "sections": ["A"]})),
        json!([
            {"date_list": ["2026-03-15", "2026-03-16"], "sections": ["A"]}
        ])
    );
    assert_eq!(
        tasks(json!({"period": "last_2_days", "isolate_days": true})),
        json!([
            {"date_list": ["2026-03-15"]}, {"date_list": ["2026-03-16"]}
        ])
    );
}

#[test]
fn a_job_for_which_config_and_date_have_changed_goes_on_as_it_began() {
    let job = job(json!({"period": "today", "isolate_sections": true, "sections": ["A", "B"]}));
    let begun = Plan::resolve(&raw(&job), &rules(["section"]), now()).unwrap();
    let kept = serde_json::to_string(begun.basis()).unwrap();
    let resumed = Plan::resume(&raw(&job), serde_json::from_str(&kept).unwrap()).unwrap();
    assert_eq!(resumed.labourer(), begun.labourer());
    assert!(resumed.iter_from(0).eq(begun.iter_from(0)));
}

//! Facts: what sosw 0.7.51 makes of jobs that it handles, recorded on the 17th of March 2026.

use serde::Deserialize;
use serde_json::Value;

use super::{Plan, now, raw, rules, shown};

#[derive(Deserialize)]
struct Fact {
    rule: String,
    schema: Vec<String>,
    job: Value,
    tasks: Value,
}

#[test]
fn jobs_that_sosw_handles_have_the_same_tasks_in_the_same_order() {
    let facts: Vec<Fact> = serde_json::from_str(include_str!("golden.json")).unwrap();
    for Fact { rule, schema, job, tasks } in facts {
        let plan = Plan::resolve(&raw(&job), &rules(schema.iter().map(String::as_str)), now());
        let plan = plan.unwrap_or_else(|why| panic!("{rule}: {why}"));
        let ours: Value = plan.iter_from(0).map(shown).collect();
        assert_eq!(ours, tasks, "{rule}");
    }
}

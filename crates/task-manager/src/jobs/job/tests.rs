#![allow(clippy::unwrap_used)]

use proptest::{collection::vec, prelude::*};
use serde_json::json;

use super::*;
use crate::{
    jobs::{calendar::Calendar, schema::Schema},
    labourer::TasksPerInvocation,
};

fn job(text: String, options: Options) -> Job {
    let now = Timestamp::from_seconds(1_800_000_000.0);
    Job {
        id: JobId::new("j1").unwrap(),
        labourer_id: LabourerId::new("resize").unwrap(),
        text,
        basis: Basis { schema: Schema::default(), calendar: Calendar::default(), now },
        options,
        total: 1,
        block_size: 1,
        digest: None,
        places: None,
        created_at: now,
        state: JobState::Open,
        ended_at: None,
        expires_at: None,
        reopened: 0,
    }
}

#[test]
fn a_job_with_other_tasks_per_invocation_is_not_the_same_one() {
    let of = |tasks_per_invocation| Options { tasks_per_invocation, ..Options::default() };
    let content = Json::from(json!({ "lambda_name": "resize" }));
    let sizes = [None, TasksPerInvocation::fixed(1), Some(TasksPerInvocation::Auto)];
    for size in sizes {
        let job = job(content.to_string(), of(size));
        let same = sizes.map(|other| job.is_same(&content, &of(other)));
        assert_eq!(same, sizes.map(|other| other == size));
    }
}

proptest! {
    #[test]
    fn a_job_is_the_same_after_its_way_through_text(
        numbers in vec(any::<f64>(), 0..20), percent in 0.0..=100.0_f64
    ) {
        let content = json!({ "lambda_name": "resize", "numbers": numbers, "percent": percent });
        let content = Json::from(content);
        let options = Options { max_failed_percent: percent, ..Options::default() };
        let kept = serde_json::from_str(&serde_json::to_string(&options).unwrap()).unwrap();
        let job = job(content.to_string(), kept);
        prop_assert!(job.is_same(&content, &options));
        let message = Json::parse(&content.to_string()).unwrap();
        prop_assert!(job.is_same(&message, &options));
    }

    #[test]
    fn as_many_tasks_may_fail_as_the_percentage_says_and_not_one_more(
        tenths in 0..=1000_u64, total in 1..=10_000_000_u64
    ) {
        let max_failed_percent = format!("{}.{}", tenths / 10, tenths % 10).parse().unwrap();
        let job = job("{}".to_owned(), Options { max_failed_percent, ..Options::default() });
        let verdict = |exhausted| {
            let mut snapshot = JobSnapshot::new(Job { total, ..job.clone() }, Vec::new());
            snapshot.progress.exhausted = exhausted;
            snapshot.verdict()
        };
        let tolerated = tenths * total / 1000;
        prop_assert_eq!(verdict(tolerated), JobState::Succeeded);
        prop_assert_eq!(verdict(tolerated + 1), JobState::Failed);
    }
}

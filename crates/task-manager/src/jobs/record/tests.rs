#![allow(clippy::unwrap_used)]

use proptest::{collection::vec, prelude::*};
use serde_json::json;

use super::*;
use crate::jobs::{calendar::Calendar, schema::Schema};

proptest! {
    #[test]
    fn a_job_is_the_same_after_its_way_through_text(
        numbers in vec(any::<f64>(), 0..20), percent in 0.0..=100.0_f64
    ) {
        let content = json!({ "lambda_name": "resize", "numbers": numbers, "percent": percent });
        let options = Options { max_failed_percent: percent, ..Options::default() };
        let now = Timestamp::from_seconds(1_800_000_000.0);
        let job = Job {
            id: JobId::new("j1").unwrap(),
            labourer_id: LabourerId::new("resize").unwrap(),
            text: content.to_string(),
            basis: Basis { schema: Schema::default(), calendar: Calendar::default(), now },
            options: serde_json::from_str(&serde_json::to_string(&options).unwrap()).unwrap(),
            total: 1,
            places: None,
            created_at: now,
            state: JobState::Open,
            ended_at: None,
            reopened: 0,
        };
        prop_assert!(job.is_same(&content, &options));
        let message: Value = serde_json::from_str(&content.to_string()).unwrap();
        prop_assert!(job.is_same(&message, &options));
    }
}

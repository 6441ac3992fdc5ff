//! Jobs, and how they are chunked into tasks.
//!
//! A job is one JSON object that stands for many tasks: one for each day of a period, each value
//! of an attribute, or each batch of them. [`message`] reads what the scheduler is sent, [`plan`]
//! computes any task of the job by its number without making the others, and all that is wrong with
//! it is listed before anything is written. Nothing here does I/O or reads the clock: task `n` is a
//! pure function of the job and its [`plan::Basis`]. [`job`] is a job as it is kept: its ranges, each with
//! the cursor of the tasks that exist, and its counters.
//!
//! ```
//! use serde_json::json;
//! use task_manager::{ids::LabourerId, json::Json, time::Timestamp};
//! use task_manager::jobs::{plan::Plan, rules::Rules, schema::{JobSchemas, Schema}};
//!
//! let schemas = JobSchemas::single(Schema::of(["section", "store"])?);
//! let rules = Rules { schemas, ..Rules::of([LabourerId::new("resize")?]) };
//! let job = Json::from(json!({
//!     "lambda_name": "resize", "period": "last_30_days", "isolate_days": true,
//!     "sections": {"A": {"stores": ["x", "y", "z"]}, "B": null}, "max_stores_per_batch": 2,
//! }));
//! let plan = Plan::resolve(&job, &rules, Timestamp::from_seconds(1_773_750_600.0))?;
//! assert_eq!(plan.len(), 90);
//! let task = plan.task(88).ok_or("there are 90")?;
//! assert_eq!(task["date_list"], json!(["2026-03-16"]).into());
//! assert_eq!(task["stores"], json!(["z"]).into());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How a job is chunked
//!
//! First by dates ([`period`]), then by the attributes of its [`schema`], from the outermost in.
//! An attribute is chunked if `isolate_ATTR(s)` is set, or `max_ATTR(s)_per_batch`, beside it or
//! above it, or if a sub-job below one of its values has to be. Its values come one by one or in
//! batches, under the plural name, always as a list; values with sub-jobs come alone, with the
//! fields of the sub-job. Values that are not chunked stay together. Everything else is carried
//! into each task as it is, the flags included. A `payload`, an object or its JSON text, is merged
//! into the task.
//!
//! # What differs from sosw 0.7
//!
//! Where sosw makes tasks of a job, these are the same tasks in the same order, but for:
//!
//! | job | sosw | here |
//! | --- | --- | --- |
//! | schema empty or absent | fails | one task |
//! | isolated attribute absent, `null` or empty, in the job or a sub-job | its tasks are lost | one task |
//! | one value `0`, `""` or `false` | its tasks are lost | a value |
//! | values under the singular name | chunked twice | once |
//! | values under both names | one of them twice | refused |
//! | list above a deeper level that is isolated | fails | stays together; the deeper one is chunked |
//! | isolated list beside, below or without an isolated list of the level above | not chunked | every combination |
//! | values that a level above has for all sub-jobs, isolated | not chunked | chunked in sub-jobs that have none |
//! | sub-jobs that a level above has for all sub-jobs, isolated | not chunked | refused |
//! | fields beside values of a sub-job that stay together | lost | carried |
//! | attribute of a sub-job without values (`null`, `[]`, `{}`), not isolated | field is lost | carried |
//! | `isolate_X` false, and true in a sub-job | not chunked | the sub-job is chunked |
//! | flag that is the text `"false"`, `"no"`, `"off"` or `"0"` | true | false; other text than yes and no is refused |
//! | flag that is a list or an object | true; fails if it is empty | refused; false if it is empty |
//! | `max_X_per_batch` of `null` | fails | as absent |
//! | `max_X_per_batch` with X in the singular | batches of one | batches of that size |
//! | attribute of a schema in the plural (`sections`), and its values in the double plural | chunked | the schema is refused |
//! | batches of 1 000 000 | batches of one | batches of that size |
//! | batches of 0, less, a fraction, `true` | fails, or tasks are lost, or rounded | refused |
//! | `period` without an isolated attribute | ignored | days are listed, and isolated |
//! | period that only begins like a known one | taken for that | refused |
//! | `last_week` on a Sunday | the week before the last | the week that ended the day before |
//! | `last_0_days` | no dates, or fails | refused |
//! | `period` of `false`, `0`, `[]` or `{}` | fails | as absent |
//! | `lambda_name` as name or partial ARN with a version, or as ARN outside partition `aws` | a wrong name | the function's name |
//! | `labourer_id` in a job that is not chunked | goes to that labourer | ignored, as in other jobs |
//! | fields beside `job` that are neither options nor EventBridge's own | ignored | refused |
//! | `task_id`, `created_at`, `greenfield`, `attempts` in a `payload`; `sosw` | replaced at the invocation | refused |
//! | `job_schema` beside variants without a `default` | replaced by nothing | the default |
//! | unknown names, unsupported values, dates that do not exist, set fields of tasks | fails at the first, some tasks are made | all reported, no task is made |
//! | `idempotency_key`, `run_at`, `delay`, `on_complete`, `max_failed_percent`, `tasks_per_invocation` | carried | [`options`] of the job |
//! | exact dates, months, hours, time zones, ranges | fails | [`period`], [`calendar`] |
//!
//! Kept, because labourers rely on it: a single sub-job that stays together comes in a list,
//! several as they are; a sub-job may replace the very value it stands under.

pub mod message;
pub mod options;

pub mod plan;
mod digest;
mod block_size;

pub mod schema;

pub mod period;

pub mod calendar;
pub mod dates;

pub mod rules;

mod values;

pub mod problem;
pub mod job;

#[cfg(test)]
mod tests;

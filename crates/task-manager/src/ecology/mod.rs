//! The health of what a labourer depends on, which decides how many of its slots are used.
//!
//! At every tick [`cloudwatch::fetch`] reads the metrics of all labourers, and [`Tick::assess`] makes of
//! them, of what became of the labourer's own attempts, and of the [`Memory`] of the tick before,
//! the next memory: health, limit and the reason in words. Only the first does I/O; the rest is pure
//! and is given the time.
//!
//! # What an operator configures
//!
//! A labourer with 8 slots that depends on a database, which is to be protected while it is overloaded:
//!
//! ```
//! use task_manager::{config::Config, ecology::{Comparison, Health}};
//!
//! let (config, warnings) = Config::from_text(r#"{
//!   "labourers": { "resize": {
//!     "max_simultaneous_invocations": 8,
//!     "health_metrics": { "OrdersCpu": {
//!       "details": {
//!         "Namespace": "AWS/RDS",
//!         "MetricName": "CPUUtilization",
//!         "Dimensions": [{ "Name": "DBInstanceIdentifier", "Value": "orders" }],
//!         "Statistics": ["Average"],
//!         "Period": 60,
//!         "MetricAggregationTimeSlice": 300
//!       },
//!       "feelings": { "4": 25, "3": 50, "2": 75 },
//!       "feeling_comparison_operator": "<=",
//!       "missing": { "hold": 900, "then": 2 }
//!     } },
//!     "health_steps": { "rise": 1, "fall": 4 },
//!     "breaker": { "threshold": 0.5, "window": 20, "minimum": 5 },
//!     "adaptive": { "min": 1 }
//!   } },
//!   "invocation_number_coefficient": { "0": 0, "1": 0, "2": 0.5, "3": 0.75, "4": 1 }
//! }"#)?;
//! assert!(warnings.is_empty());
//!
//! let labourer = config.labourers.values().next().ok_or("no labourer")?;
//! let feelings = labourer.health.metrics.first().ok_or("no metric")?.feelings;
//! assert_eq!(feelings.comparison, Comparison::AtMost);
//! assert_eq!(feelings.health_of(61.3), Health::Moderate);
//! assert_eq!(feelings.why(61.3), "61.3 > 50");
//! assert_eq!(config.coefficients.slot_limit(8, Health::Moderate), 4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Metrics.** The health of a metric is the highest status whose target its value satisfies, 0 when
//! there is none; the worst metric is the labourer's health, and its coefficient (times
//! `max_simultaneous_invocations`, rounded down) the limit. [`Comparison`] is `<=` or `<` where less is better,
//! `>=` or `>` where more is; Python's names (`le`, `__le__`, …) mean the same. `details` are in the words of
//! CloudWatch: a statistic or a percentile over `Period`, and over the periods of
//! `MetricAggregationTimeSlice`. Instead of one metric there may be math over some:
//! `"Expression": "100 * errors / calls"`, with `Metrics` by these names.
//!
//! **Without data.** [`Missing`] says what is assumed of a metric without data points, and of all while
//! CloudWatch fails, throttles, or has not answered after 8 s: by default the last value while it is
//! younger than 15 minutes, then 2 Moderate; or `"ignore"`, and the other metrics decide; or a status at
//! once. It is reported in the tick's answer and in the row, and concerns no other labourer.
//!
//! **Changes.** Health falls at once and rises by one status a tick, so that it does not flap
//! (`health_steps`).
//!
//! **From within.** A [`Breaker`] needs no CloudWatch: when at least `threshold` of the latest attempts
//! (failed, expired, throttled by Lambda, or postponed with `retry_after`) did not go well, one slot is left,
//! a probe; each tick of probes that succeed doubles the slots, until all are back. An [`Adaptive`]
//! limit grows by `increase` in every tick in which all slots were used and nothing went wrong, and is
//! multiplied by `decrease` after one in which more than `tolerance` did. Both are off unless configured.
//!
//! All of these hold at once: the lowest limit counts.
//!
//! # What an operator sees
//!
//! | | |
//! | --- | --- |
//! | `sosw labourers` | slots, health and the reason in words (`2 Moderate: OrdersCpu 61.3 > 50`), the last changes with their times |
//! | `sosw explain TASK` | why a task is not running, and what would have to change |
//! | `sosw pause LABOURER`, `sosw resume LABOURER` | nothing starts, whatever the health; with a reason, and an end if there is one |
//! | `sosw local metric NAMESPACE NAME VALUE` | a value for the CloudWatch of a running `sosw local` |
//! | the orchestrator's answer | the same for each labourer, and which metrics are `missing` |

pub mod adaptive;
pub mod assess;
pub mod breaker;
pub mod cloudwatch;
pub mod feelings;
pub mod health;
pub mod memory;
pub mod metric;
pub mod outcomes;
pub mod policy;
pub mod reading;

pub use adaptive::Adaptive;
pub use assess::Tick;
pub use breaker::{Breaker, BreakerState};
pub use feelings::{Comparison, Feelings};
pub use health::{ByHealth, Coefficients, Health, Steps};
pub use memory::{Change, Memory};
pub use metric::{HealthMetric, Missing, Query, Series, Source, Statistic};
pub use outcomes::{Counted, Outcomes, Trouble};
pub use policy::HealthPolicy;
pub use reading::{Reading, Readings, Seen};

#[cfg(test)]
mod tests;

//! The health of a labourer's surroundings, which decides how many of its slots are used.
//!
//! At every tick [`cloudwatch::fetch`] reads the metrics of all labourers, and [`Tick::assess`] makes of
//! them, of what became of the labourer's own attempts, and of the [`Memory`] of the tick before,
//! the next memory: health, limit and the reason in words. Only the first does anything; the rest
//! is pure and told the time. A metric that cannot be read follows its [`Missing`] policy and
//! stops nobody.

pub mod adaptive;
pub mod assess;
pub mod breaker;
pub mod cloudwatch;
pub mod feelings;
pub mod health;
pub mod memory;
pub mod metric;
pub mod outcomes;
pub mod reading;

pub use adaptive::Adaptive;
pub use assess::Tick;
pub use breaker::{Breaker, BreakerState};
pub use feelings::{Comparison, Feelings};
pub use health::{ByHealth, Coefficients, Health, Steps};
pub use memory::{Change, Memory};
pub use metric::{HealthMetric, Missing, Query, Series, Source, Statistic};
pub use outcomes::Outcomes;
pub use reading::{Reading, Readings, Seen};

#[cfg(test)]
mod tests;

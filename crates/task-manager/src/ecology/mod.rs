//! The health of a labourer's surroundings.

pub mod adaptive;
pub mod breaker;
pub mod feelings;
pub mod health;
pub mod metric;

pub use adaptive::Adaptive;
pub use breaker::Breaker;
pub use feelings::{Comparison, Feelings};
pub use health::{ByHealth, Coefficients, Health, Steps};
pub use metric::{HealthMetric, Missing, Query, Series, Source, Statistic};

//! Jobs, and how they are chunked into tasks.

pub mod calendar;
pub mod dates;
mod function;
pub mod message;
pub mod mistake;
pub mod options;
pub mod period;
pub mod plan;
pub mod problem;
pub mod rules;
pub mod schema;

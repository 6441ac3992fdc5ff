//! sosw under AWS's conditions: what engines on one machine do not do, AWS does.
//!
//! The real functions run through the real SDK against the embedded engine, all in one thread of one process
//! and in virtual time, so that an hour takes seconds and the same seed gives the same run. Between them
//! stands a model of AWS:
//!
//! - [`parameters`]: every assumption, with its source
//! - [`chance`]: draws that follow from the seed
//! - [`tables`]: DynamoDB with latencies, conflicts, hot partitions and an index that lags
//! - [`lambda`]: events that wait for concurrency, cold starts, destinations
//! - [`cloud`]: both of them behind the SDK, for each instance of a function
//! - [`stack`]: the four functions and labourers, and the rules that tick
//! - [`scenario`]: what is tried, and what it must show
//!
//! The model does not flatter: what one process has seen no other has, a transaction holds its items for
//! all of its service time, a failed write is charged, and each instance has its own budget of retries.

pub mod parameters;
pub mod chance;
mod partitions;
pub mod tables;
pub mod lambda;
pub mod cloud;
pub mod stack;
pub mod scenario;

//! The labourer's guarantees, against an engine for DynamoDB and a recorded Lambda.
//!
//! The engine is embedded. With `SOSW_TEST_DYNAMODB=http://localhost:8000` the same tests run on
//! whatever answers there, such as Amazon's DynamoDB Local.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod attempts;
mod lost_answers;
mod process;
mod reports;
mod together;
mod tracker;
mod world;

//! The tracker's guarantees, on every engine.

mod lost_answers;
mod together;
mod units;
mod world;

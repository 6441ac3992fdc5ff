//! What buttons do: each calls one function of [`operator`], then shows the screen that it was on.

pub mod labourer;
pub mod job;
pub mod task;

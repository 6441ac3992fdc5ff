//! What buttons do: each calls one function of [`operator`], then shows the screen that it was on.

mod given;
pub mod labourer;
pub mod resource;
pub mod job;
pub mod task;

//! Lines over time, as SVG. Colours are classes and numbers: the style knows light and dark.
//!
//! - [`spark`]: as high as a line of text
//! - [`axes`]: with axes, which [`ticks`] marks; [`history`]: those of a labourer, a resource or the stack

mod spark;
mod ticks;
mod axes;
mod history;

pub use history::{of_history, of_resource};
pub use spark::spark;

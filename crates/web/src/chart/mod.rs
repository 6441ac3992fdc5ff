//! Lines over time, as SVG. Colours are classes: the style knows light and dark.

mod spark;

pub use spark::spark;

//! Lines over time, as SVG.

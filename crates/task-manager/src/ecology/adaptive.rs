//! A limit that a labourer finds by itself: additive increase, multiplicative decrease.

/// How the limit moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adaptive {
    /// The limit never falls below. Default 1.
    pub min: u32,
    /// Slots added after a tick without trouble in which all were used. Default 1.
    pub increase: u32,
    /// The limit is multiplied by this after a tick with trouble. Default 0.5.
    pub decrease: f64,
}

impl Default for Adaptive {
    fn default() -> Self {
        Self { min: 1, increase: 1, decrease: 0.5 }
    }
}

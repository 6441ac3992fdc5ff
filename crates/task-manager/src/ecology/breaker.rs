//! A breaker: while a labourer fails, it is left with probes.

/// When a breaker trips.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breaker {
    /// The part of failed attempts, above 0 up to 1, that trips it. Default 0.5.
    pub threshold: f64,
    /// The latest attempts that are judged. Default 20.
    pub window: u32,
    /// Fewer attempts than this are not judged. Default 5.
    pub minimum: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { threshold: 0.5, window: 20, minimum: 5 }
    }
}

//! The one source of randomness: ids, tokens, and the jitter of waits and choices.

use std::{fmt, sync::Arc};

use uuid::Uuid;

/// Draws what must differ between processes. By default from the operating system, as claim tokens
/// are secrets; a test may give the draws, and so repeat a run exactly.
#[derive(Clone)]
pub struct Random(Arc<dyn Fn() -> u128 + Send + Sync>);

/// The bits of a draw that make a fraction: fewer than the 53 of a double, and none of those that
/// are the same in all UUIDs.
const FRACTION_BITS: u32 = 48;

impl Random {
    /// Another source of 128 random bits.
    pub fn from_fn(draw: impl Fn() -> u128 + Send + Sync + 'static) -> Self {
        Self(Arc::new(draw))
    }

    /// What makes an id unique, or a token a secret.
    pub fn id(&self) -> u128 {
        (self.0)()
    }

    /// A number in [0, 1).
    pub fn fraction(&self) -> f64 {
        let bits = (self.0)() >> (u128::BITS - FRACTION_BITS);
        bits as f64 / (1_u64 << FRACTION_BITS) as f64
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::from_fn(|| Uuid::new_v4().as_u128())
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::ids::{ClaimToken, TaskId};

    proptest! {
        #[test]
        fn a_fraction_is_at_least_0_and_below_1(bits: u128) {
            let fraction = Random::from_fn(move || bits).fraction();
            prop_assert!((0.0..1.0).contains(&fraction));
        }

        #[test]
        fn the_same_draws_make_the_same_ids_of_32_digits(bits: u128) {
            let token = || ClaimToken::from_random(Random::from_fn(move || bits).id());
            prop_assert_eq!(token(), token());
            let id = TaskId::from_random(bits);
            prop_assert_eq!(id.to_string(), token().to_string());
            prop_assert!(id.as_str().len() == 32 && TaskId::new(id.as_str()).is_ok());
        }
    }

    #[test]
    fn the_operating_system_draws_no_token_twice_and_fractions_from_all_over() {
        let random = Random::default();
        let tokens: BTreeSet<_> = (0..1000).map(|_| ClaimToken::from_random(random.id())).collect();
        assert_eq!(tokens.len(), 1000);
        let fractions: Vec<_> = (0..1000).map(|_| random.fraction()).collect();
        let mean = fractions.iter().sum::<f64>() / 1000.0;
        assert!((0.4..0.6).contains(&mean), "{mean}");
    }
}

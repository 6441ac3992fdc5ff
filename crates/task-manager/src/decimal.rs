//! Numbers with all their digits, as JSON and DynamoDB write them.

/// A decimal number. Two are equal if their values are, however they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    is_negative: bool,
    /// From the first that is not 0 to the last that is not; none if the number is 0.
    digits: String,
    /// The power of ten of the first digit.
    magnitude: i64,
}

impl Decimal {
    /// The number that is written so in JSON; nothing if its exponent is beyond all sense.
    pub fn of(number: &str) -> Option<Self> {
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let unsigned = mantissa.trim_start_matches('-');
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let written = format!("{whole}{fraction}");
        let digits = written.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Self { is_negative: false, digits: String::new(), magnitude: 0 });
        }
        let leading = i64::try_from(written.len() - digits.len()).ok()?;
        let first = i64::try_from(whole.len()).ok()? - 1 - leading;
        Some(Self {
            is_negative: unsigned.len() < mantissa.len(),
            digits: digits.trim_end_matches('0').to_owned(),
            magnitude: exponent.parse::<i64>().ok()?.checked_add(first)?,
        })
    }

    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// How many digits it has, without zeros at either end.
    pub fn precision(&self) -> usize {
        self.digits.len()
    }

    /// The power of ten of its first digit.
    pub fn magnitude(&self) -> i64 {
        self.magnitude
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("100", "1e2")]
    #[case("-0.00120", "-1.2E-3")]
    #[case("12.5e+3", "12500")]
    #[case("-0", "0e999")]
    fn the_same_value_is_the_same_number(#[case] one: &str, #[case] other: &str) {
        assert_eq!(Decimal::of(one).unwrap(), Decimal::of(other).unwrap());
    }

    #[rstest]
    #[case("1", "-1")]
    #[case("1e2", "1e3")]
    #[case("0.1", "0.10000000000000000000001")]
    #[case("0", "1e-999")]
    fn any_digit_makes_another_number(#[case] one: &str, #[case] other: &str) {
        assert_ne!(Decimal::of(one).unwrap(), Decimal::of(other).unwrap());
    }

    #[test]
    fn an_exponent_beyond_counting_is_no_number() {
        assert_eq!(Decimal::of("1e99999999999999999999"), None);
        assert_eq!(Decimal::of("10e9223372036854775807"), None);
    }
}

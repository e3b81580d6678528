//! A link's lifetime: 1 second to 7 days, read from what people write and shown the same way.

use std::fmt;

use thiserror::Error;

use crate::s3::text::visible;

/// The longest lifetime that Signature Version 4 allows, in seconds (7 days).
pub const MAX_SECONDS: u32 = 604_800;

/// The units, from the largest to the smallest, with their seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// A lifetime in whole seconds, from 1 to [`MAX_SECONDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expiry(u32);

/// Why a text or a number is not a lifetime.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ExpiryError {
    /// Not a number with units.
    #[error("`{0}` is not a lifetime: write seconds (900) or units, the largest first (90m, 2h30m, 2d)")]
    NotALifetime(String),
    /// Less than a second.
    #[error("a link must live at least 1 second")]
    TooShort,
    /// More than a presigned URL can live.
    #[error("`{0}` is longer than a presigned link can live: at most 7 days (7d, 604800 seconds)")]
    TooLong(String),
}

impl Expiry {
    /// What a link gets when nothing else was said: 15 minutes.
    pub const DEFAULT: Self = Self(900);

    /// A lifetime of `seconds`.
    pub fn from_seconds(seconds: u64) -> Result<Self, ExpiryError> {
        match u32::try_from(seconds) {
            Ok(0) => Err(ExpiryError::TooShort),
            Ok(s) if s <= MAX_SECONDS => Ok(Self(s)),
            _ => Err(ExpiryError::TooLong(seconds.to_string())),
        }
    }

    /// Reads seconds (`900`) or units from the largest to the smallest, each at most once (`15m`, `2h30m`, `1d12h`).
    pub fn parse(text: &str) -> Result<Self, ExpiryError> {
        let text = text.trim();
        let shown = || visible(text).into_owned();
        let seconds = seconds_in(text).ok_or_else(|| ExpiryError::NotALifetime(shown()))?;
        Self::from_seconds(seconds).map_err(|error| match error {
            ExpiryError::TooLong(_) => ExpiryError::TooLong(shown()),
            other => other,
        })
    }

    /// The lifetime in seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }
}

/// `15m`, `2h30m`, `7d`: the way [`Expiry::parse`] reads it.
impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = u64::from(self.0);
        for (unit, seconds) in UNITS {
            if rest >= seconds {
                write!(f, "{}{unit}", rest / seconds)?;
                rest %= seconds;
            }
        }
        Ok(())
    }
}

/// The seconds that a text means; `None` if it is not a lifetime. What no number can hold becomes the largest one.
fn seconds_in(text: &str) -> Option<u64> {
    if text.is_empty() || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if text.chars().all(|c| c.is_ascii_digit()) {
        return Some(text.parse().unwrap_or(u64::MAX));
    }
    let mut units = UNITS.iter();
    let mut total = 0_u64;
    // Every part is digits and the unit that ends them, so the last part must not lack its unit.
    for part in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let unit = part.chars().last()?.to_ascii_lowercase();
        // The units that are left shrink with each part, which keeps order and allows each once.
        let (_, seconds) = units.find(|(name, _)| *name == unit)?;
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        if digits.is_empty() {
            return None;
        }
        let count: u64 = digits.parse().unwrap_or(u64::MAX);
        total = total.saturating_add(count.saturating_mul(*seconds));
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_is_read() {
        for (text, seconds) in [
            ("900", 900),
            (" 900 ", 900),
            ("15m", 900),
            ("90m", 5_400),
            ("2h30m", 9_000),
            ("2d", 172_800),
            ("1d12h", 129_600),
            ("1D12H", 129_600),
            ("1d1s", 86_401),
            ("0d5m", 300),
            ("7d", 604_800),
            ("604800", 604_800),
            ("168h", 604_800),
        ] {
            assert_eq!(Expiry::parse(text).map(Expiry::seconds), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_lifetime_says_how_to_write_one() {
        for bad in ["", " ", "m", "-5", "+5", "1.5h", "5 m", "30m2h", "1h1h", "1h30", "15 minutes", "٣m", "1hm"] {
            assert!(matches!(Expiry::parse(bad), Err(ExpiryError::NotALifetime(_))), "{bad}");
        }
        let error = Expiry::parse("1h\u{1b}[2J").unwrap_err().to_string();
        assert!(error.contains("1h␛[2J") && error.contains("2h30m"), "{error}");
    }

    #[test]
    fn a_lifetime_is_1_second_to_7_days() {
        for zero in ["0", "0m", "0d0h", "00"] {
            assert_eq!(Expiry::parse(zero), Err(ExpiryError::TooShort), "{zero}");
        }
        for long in ["604801", "8d", "7d1s", "99999999999999999999", "99999999999999999999d", "9999999999999999999h1s"]
        {
            let error = Expiry::parse(long).unwrap_err();
            assert_eq!(error, ExpiryError::TooLong(long.to_owned()));
            assert!(error.to_string().contains("7 days"));
        }
        assert_eq!(Expiry::from_seconds(u64::MAX), Err(ExpiryError::TooLong(u64::MAX.to_string())));
    }

    proptest! {
        #[test]
        fn what_is_shown_parses_back(seconds in 1..=u64::from(MAX_SECONDS)) {
            let expiry = Expiry::from_seconds(seconds).unwrap();
            prop_assert_eq!(Expiry::parse(&expiry.to_string()), Ok(expiry));
        }

        #[test]
        fn any_text_is_a_lifetime_or_says_why(text in any::<String>()) {
            let _ = Expiry::parse(&text);
        }

        #[test]
        fn digits_and_units_in_any_order_never_panic(text in "[0-9dhms]{0,40}") {
            if let Ok(expiry) = Expiry::parse(&text) {
                prop_assert_eq!(Expiry::parse(&expiry.to_string()), Ok(expiry));
            }
        }
    }
}

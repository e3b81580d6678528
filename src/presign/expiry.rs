//! A link's lifetime: 1 second to 7 days, read from what people write and shown the same way.

use std::fmt;

use thiserror::Error;

/// The longest lifetime that Signature Version 4 allows, in seconds (7 days).
pub const MAX_SECONDS: u32 = 604_800;

/// A lifetime in whole seconds, from 1 to [`MAX_SECONDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expiry(u32);

/// Why a text or a number is not a lifetime.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ExpiryError {
    /// Not a number with units.
    #[error("`{0}` is not a lifetime: write seconds (900) or units (90m, 2h30m, 2d)")]
    NotALifetime(String),
    /// Less than a second.
    #[error("a link must live at least 1 second")]
    TooShort,
    /// More than a presigned URL can live.
    #[error("{0} seconds is more than a presigned link can live: at most 7 days (604800 seconds)")]
    TooLong(u64),
}

impl Expiry {
    /// A lifetime of `seconds`.
    pub fn from_seconds(seconds: u64) -> Result<Self, ExpiryError> {
        match u32::try_from(seconds) {
            Ok(0) => Err(ExpiryError::TooShort),
            Ok(s) if s <= MAX_SECONDS => Ok(Self(s)),
            _ => Err(ExpiryError::TooLong(seconds)),
        }
    }

    /// The lifetime in seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }
}

/// `15m`, `2h30m`, `7d`: the way [`Expiry::parse`] reads it.
impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
            if rest >= seconds {
                write!(f, "{}{unit}", rest / seconds)?;
                rest %= seconds;
            }
        }
        Ok(())
    }
}

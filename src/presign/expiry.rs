//! How long a link is to live: a number of seconds or a moment, read from what people write. What a store allows of it
//! is [`super::rules`]' business.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, ToSpan, ZonedDateTime};
use thiserror::Error;

use crate::s3::text::visible;

/// The longest lifetime that any store takes, in seconds (Tigris: 90 days). Amazon and nearly all others take 7 days.
pub const MAX_SECONDS: u32 = 7_776_000;

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
    #[error("`{0}` is longer than a presigned link can live: 7 days (7d, 604800 seconds) nearly everywhere")]
    TooLong(String),
    /// `until` and something that is no time of day and no day.
    #[error("`{0}` is no time to end at: write `until 18:00`, `until 2026-12-01` or `until 2026-12-01 18:00`")]
    NotATime(String),
    /// An end that has been.
    #[error("`{0}` has passed already")]
    Passed(String),
}

/// How long a link is to live, as somebody said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lifetime {
    /// For as long as links usually live here; the store's ceiling shortens it without a word of refusal.
    Usual(Expiry),
    /// For exactly so long.
    For(Expiry),
    /// To this moment.
    Until(Timestamp),
}

impl Lifetime {
    /// Reads a lifetime ([`Expiry::parse`]) or `until` and an end: a time of day (the next one), a day (to its end), or
    /// both, in the zone of `now`; or a timestamp with a zone of its own (`until 2026-12-01T18:00Z`).
    pub fn parse(text: &str, now: &ZonedDateTime) -> Result<Self, ExpiryError> {
        let text = text.trim();
        let end = text.get(..5).filter(|word| word.eq_ignore_ascii_case("until")).and_then(|_| text.get(5..));
        let Some(end) = end.filter(|end| end.starts_with(char::is_whitespace)) else {
            return Expiry::parse(text).map(Self::For);
        };
        let end = end_in(end.trim(), now).ok_or_else(|| ExpiryError::NotATime(visible(text).into_owned()))?;
        if end <= now.timestamp() {
            return Err(ExpiryError::Passed(visible(text).into_owned()));
        }
        // Whether a store takes it so long is asked when the link is made; what no store takes is refused here.
        let seconds = u64::try_from(end.duration_since(now.timestamp()).as_secs()).unwrap_or(u64::MAX);
        if seconds > u64::from(MAX_SECONDS) {
            return Err(ExpiryError::TooLong(visible(text).into_owned()));
        }
        Ok(Self::Until(end))
    }
}

impl From<Expiry> for Lifetime {
    fn from(expiry: Expiry) -> Self {
        Self::For(expiry)
    }
}

/// `15m`, or `until 2026-12-01T17:00:00Z`: the way [`Lifetime::parse`] reads it.
impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usual(expiry) | Self::For(expiry) => expiry.fmt(f),
            Self::Until(end) => write!(f, "until {end}"),
        }
    }
}

/// The moment that somebody means by a time, a day, or both.
fn end_in(text: &str, now: &ZonedDateTime) -> Option<Timestamp> {
    if let Ok(end) = text.parse::<Timestamp>() {
        return Some(end);
    }
    let local = |end: DateTime| end.to_zoned_datetime(now.time_zone().clone()).ok().map(|end| end.timestamp());
    if let Ok(day) = text.parse::<Date>()
        && text.len() <= "2026-12-01".len()
    {
        return local(day.checked_add(1.day()).ok()?.to_datetime(Time::midnight()));
    }
    if let Ok(time) = text.parse::<Time>()
        && !text.contains('-')
    {
        let today = local(now.date().to_datetime(time))?;
        return if today > now.timestamp() {
            Some(today)
        } else {
            local(now.date().tomorrow().ok()?.to_datetime(time))
        };
    }
    text.parse::<DateTime>().ok().and_then(local)
}

impl Expiry {
    /// What a link to get or put an object lives when nothing else was said: 15 minutes.
    pub const DEFAULT: Self = Self(900);

    /// What a link to look at or delete an object lives when nothing else was said: 5 minutes.
    pub const SHORT: Self = Self(300);

    /// Half an hour.
    pub const HALF_HOUR: Self = Self(1_800);

    /// An hour.
    pub const HOUR: Self = Self(3_600);

    /// A day.
    pub const DAY: Self = Self(86_400);

    /// What Signature Version 4 allows at Amazon and nearly everywhere else: 7 days.
    pub const SEVEN_DAYS: Self = Self(604_800);

    /// The lifetimes that are offered to choose from, the shortest first.
    pub const OFFERED: [Self; 6] = [Self::SHORT, Self::DEFAULT, Self::HOUR, Self(43_200), Self::DAY, Self::SEVEN_DAYS];

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

    /// The lifetime as a duration.
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_secs(self.0.into())
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
    fn a_lifetime_is_1_second_to_what_some_store_takes() {
        for zero in ["0", "0m", "0d0h", "00"] {
            assert_eq!(Expiry::parse(zero), Err(ExpiryError::TooShort), "{zero}");
        }
        for long in
            ["7776001", "91d", "90d1s", "99999999999999999999", "99999999999999999999d", "9999999999999999999h1s"]
        {
            let error = Expiry::parse(long).unwrap_err();
            assert_eq!(error, ExpiryError::TooLong(long.to_owned()));
            assert!(error.to_string().contains("7 days"));
        }
        assert_eq!(Expiry::from_seconds(u64::MAX), Err(ExpiryError::TooLong(u64::MAX.to_string())));
    }

    /// 16:30 in Berlin, on the last Friday of a November.
    fn now() -> ZonedDateTime {
        "2026-11-27T16:30:00+01:00[Europe/Berlin]".parse().unwrap()
    }

    #[test]
    fn an_end_is_the_next_such_time_the_end_of_a_day_or_both() {
        for (text, end) in [
            ("until 18:00", "2026-11-27T17:00:00Z"),
            ("until 16:30", "2026-11-28T15:30:00Z"),
            ("UNTIL  09:15 ", "2026-11-28T08:15:00Z"),
            ("until 2026-12-01", "2026-12-01T23:00:00Z"),
            ("until 2026-12-01 18:00", "2026-12-01T17:00:00Z"),
            ("until 2026-12-01T18:00", "2026-12-01T17:00:00Z"),
            ("until 2026-12-01T18:00:00Z", "2026-12-01T18:00:00Z"),
            ("until 2026-11-27", "2026-11-27T23:00:00Z"),
        ] {
            assert_eq!(Lifetime::parse(text, &now()), Ok(Lifetime::Until(end.parse().unwrap())), "{text}");
        }
        assert_eq!(Lifetime::parse("90m", &now()).unwrap(), Lifetime::For(Expiry(5_400)));
    }

    #[test]
    fn an_end_that_is_none_or_has_been_is_refused_where_it_is_typed() {
        for bad in ["until", "until ", "until noon", "until 25:00", "until 2026-13-01", "until 7", "untilx 18:00"] {
            let error = Lifetime::parse(bad, &now()).unwrap_err();
            assert!(matches!(error, ExpiryError::NotATime(_) | ExpiryError::NotALifetime(_)), "{bad}: {error}");
        }
        for past in ["until 2026-11-26", "until 2026-11-27 16:30", "until 2026-11-27T15:29:59Z"] {
            assert_eq!(Lifetime::parse(past, &now()), Err(ExpiryError::Passed(past.to_owned())));
        }
        assert!(matches!(Lifetime::parse("until 2027-11-27", &now()), Err(ExpiryError::TooLong(_))));
    }

    proptest! {
        #[test]
        fn any_lifetime_is_read_or_says_why_and_shows_as_it_reads(text in "(until )?[0-9:T Z+dhm-]{0,24}|\\PC{0,20}") {
            if let Ok(lifetime) = Lifetime::parse(&text, &now()) {
                prop_assert_eq!(Lifetime::parse(&lifetime.to_string(), &now()), Ok(lifetime));
            }
        }

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

//! Sizes as people write and read them.

use humansize::{BINARY, format_size};
use thiserror::Error;

use super::text::visible;

/// From how many bytes to how many, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeRange {
    /// The fewest bytes.
    pub min: u64,
    /// The most bytes.
    pub max: u64,
}

/// A text that is no size.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a size: write bytes (1048576) or a number with a unit (10MiB, 1.5GB)")]
pub struct SizeError(String);

/// The units with their bytes: powers of 1,024 with an `i`, of 1,000 without, as IEC 80000-13 has them.
const UNITS: [(&str, u64); 13] = [
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("k", 1 << 10),
    ("m", 1 << 20),
    ("g", 1 << 30),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

/// A size for people: `2.4 MiB`.
pub fn shown(bytes: u64) -> String {
    format_size(bytes, BINARY.decimal_places(1))
}

/// Reads bytes (`1048576`) or a number with a unit (`10MiB`, `1.5 GB`, `64k`) into bytes. A fraction of a byte is refused.
pub fn parse(text: &str) -> Result<u64, SizeError> {
    let read = || -> Option<u64> {
        let text = text.trim();
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number = text.strip_suffix(unit)?;
        let (_, bytes) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim()))?;
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || (number.contains('.') && part.is_empty()) {
            return None;
        }
        let whole = whole.parse::<u64>().ok()?.checked_mul(*bytes)?;
        if part.is_empty() {
            return Some(whole);
        }
        let scale = 10_u64.checked_pow(u32::try_from(part.len()).ok()?)?;
        let part = part.parse::<u64>().ok()?.checked_mul(*bytes)?;
        (part % scale == 0).then(|| whole.checked_add(part / scale)).flatten()
    };
    read().ok_or_else(|| SizeError(visible(text.trim()).into_owned()))
}

/// Reads a size, which is both ends, or a range of sizes: `1..10MiB`, `..10MiB`.
pub fn parse_range(text: &str) -> Result<SizeRange, SizeError> {
    let Some((min, max)) = text.split_once("..") else {
        return parse(text).map(|size| SizeRange { min: size, max: size });
    };
    let min = if min.trim().is_empty() { 0 } else { parse(min)? };
    let max = parse(max)?;
    if min > max { Err(SizeError(visible(text.trim()).into_owned())) } else { Ok(SizeRange { min, max }) }
}

/// A number with its thousands apart: `12,000`.
pub fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut apart = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_is_read() {
        for (text, bytes) in [
            ("0", 0),
            ("1048576", 1_048_576),
            ("10MiB", 10_485_760),
            (" 10 mib ", 10_485_760),
            ("1.5GB", 1_500_000_000),
            ("0.5 KiB", 512),
            ("64k", 65_536),
            ("5TiB", 5 << 40),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_says_how_to_write_one() {
        for bad in
            ["", "MiB", "-1", "1.", ".5k", "1.2.3k", "1.0001k", "10 parsecs", "99999999999999999999", "99999999TiB"]
        {
            assert!(parse(bad).unwrap_err().to_string().contains("10MiB"), "{bad}");
        }
    }

    #[test]
    fn a_range_has_two_ends_and_a_size_alone_is_both() {
        for (text, min, max) in
            [("5", 5, 5), ("1..10MiB", 1, 10 << 20), ("..1kB", 0, 1000), ("1KiB .. 1KiB", 1024, 1024)]
        {
            assert_eq!(parse_range(text), Ok(SizeRange { min, max }), "{text}");
        }
        for bad in ["", "..", "5..", "2..1", "1..2..3", "1.5..2"] {
            assert!(parse_range(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_size_or_says_why(text in any::<String>()) {
            let _ = (parse(&text), parse_range(&text));
        }

        #[test]
        fn bytes_are_bytes(bytes in any::<u64>()) {
            prop_assert_eq!(parse(&bytes.to_string()), Ok(bytes));
        }
    }
}

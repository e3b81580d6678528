//! Sizes as arguments say them: bytes, or a number with a unit of the IEC (KiB) or SI (kB); one of them, or a range.

use crate::presign::policy::SizeRange;
use crate::s3::text::visible;

/// `12345`, `10MiB`, or a range: `1..10MiB`, `..10MiB`.
pub(super) fn range(text: &str) -> Result<SizeRange, String> {
    let Some((min, max)) = text.split_once("..") else {
        return size(text).map(|size| SizeRange { min: size, max: size });
    };
    let min = if min.trim().is_empty() { 0 } else { size(min)? };
    let max = size(max)?;
    if min > max {
        return Err(format!("`{}` holds no size: write the smaller one first", visible(text)));
    }
    Ok(SizeRange { min, max })
}

/// `12345`, `10MiB`, `1.5GB`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let refused = || format!("`{}` is not a size: write bytes (12345) or a unit (10MiB, 1.5GB)", visible(text));
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits).ok_or_else(refused)?;
    let factor: u64 = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return Err(refused()),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let bytes = || -> Option<u64> {
        let part = fraction.parse::<u64>().ok()?.checked_mul(factor)?;
        let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let part = (part % scale == 0).then_some(part / scale)?;
        whole.parse::<u64>().ok()?.checked_mul(factor)?.checked_add(part)
    };
    bytes().ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_size_is_whole_bytes_in_any_unit() {
        for (text, bytes) in [
            ("0", 0),
            ("12345", 12_345),
            ("10MiB", 10 << 20),
            ("1.5GB", 1_500_000_000),
            ("1.5 kib", 1536),
            ("5TiB", 5 << 40),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for bad in ["", "MiB", "-1", "1.5", "1.0001kB", "10M", "1e3", "1..5GB", "99999999999GiB", "1_000"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_range_has_two_ends_and_a_size_alone_is_both() {
        for (text, min, max) in
            [("5", 5, 5), ("1..10MiB", 1, 10 << 20), ("..1kB", 0, 1000), ("1KiB .. 1KiB", 1024, 1024)]
        {
            assert_eq!(range(text), Ok(SizeRange { min, max }), "{text}");
        }
        for bad in ["", "..", "5..", "2..1", "1..2..3", "1.5..2"] {
            assert!(range(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_size_or_says_why(text in any::<String>()) {
            let _ = range(&text);
        }

        #[test]
        fn bytes_are_read_as_they_are_written(bytes in any::<u64>()) {
            prop_assert_eq!(size(&bytes.to_string()), Ok(bytes));
        }
    }
}

//! Percent-decoding, the way stores encode names.

/// Decodes `%XX`, and `+` as a blank; a `%` without two hex digits stands for itself. `None` where the result is not UTF-8.
pub(super) fn form_decode(text: &str) -> Option<String> {
    decode(text, true)
}

/// Decodes `%XX` and nothing else.
pub(super) fn percent_decode(text: &str) -> Option<String> {
    decode(text, false)
}

fn decode(text: &str, plus_is_blank: bool) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (*first, tail) {
            (b'%', [high, low, after @ ..]) if let (Some(high), Some(low)) = (hex(*high), hex(*low)) => {
                decoded.push(high << 4 | low);
                rest = after;
            }
            (b'+', _) if plus_is_blank => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_what_is_none_is_left_alone() {
        assert_eq!(form_decode("a%2fb+c%2B").as_deref(), Some("a/b c+"));
        assert_eq!(percent_decode("a+b%20c").as_deref(), Some("a+b c"));
        assert_eq!(percent_decode("100%, %, %4, %zz").as_deref(), Some("100%, %, %4, %zz"));
        assert_eq!(percent_decode("%ff"), None);
    }
}

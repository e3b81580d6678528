//! Percent-encoding read backwards, whatever was encoded and however often. Making it is the business of `sigv4`.

use crate::presign::sigv4;

/// The bytes that a text means. A `%` without two hex digits behind it means itself.
pub(super) fn decode(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let [first, after @ ..] = rest {
        rest = match rest {
            [b'%', high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                decoded.push(digit(*high) << 4 | digit(*low));
                after
            }
            _ => {
                decoded.push(*first);
                after
            }
        };
    }
    decoded
}

/// [`decode`] as text; bytes that are not UTF-8 become `U+FFFD`.
pub(super) fn decode_text(text: &str) -> String {
    String::from_utf8_lossy(&decode(text)).into_owned()
}

/// The one form in which a text is signed, however it was encoded: decoded, then encoded by the rules of `sigv4`.
pub(super) fn canonical(text: &str, kept: &[u8]) -> String {
    sigv4::encode(&decode(text), kept)
}

/// Whether a text was encoded once more after it was encoded: it has escapes, and each is an escaped `%` of an escape.
pub(super) fn is_doubled(text: &str) -> bool {
    let mut parts = text.split('%').skip(1).peekable();
    let of_an_escape = |part: &str| {
        part.strip_prefix("25").is_some_and(|rest| {
            let mut digits = rest.bytes().take(2);
            digits.len() == 2 && digits.all(|byte| byte.is_ascii_hexdigit())
        })
    };
    parts.peek().is_some() && parts.all(of_an_escape)
}

/// A text as it was before it was encoded once too often.
pub(super) fn undouble(text: &str) -> String {
    text.replace("%25", "%")
}

/// The value of a hex digit; 0 for what is none.
fn digit(byte: u8) -> u8 {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_escape_means_itself() {
        assert_eq!(decode_text("a%20b%2fc%zz%4"), "a b/c%zz%4");
        assert_eq!(decode("%ff%"), [0xff, b'%']);
    }

    #[test]
    fn only_a_text_whose_every_escape_is_doubled_is_doubled() {
        assert!(is_doubled("a%252Fb%2520c"));
        for text in ["", "a", "a%2Fb", "a%252Fb%20c", "100%25", "100%25%20"] {
            assert!(!is_doubled(text), "{text}");
        }
        assert_eq!(undouble("a%252520"), "a%2520");
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_from_their_encoding(bytes in any::<Vec<u8>>()) {
            let encoded = sigv4::encode(&bytes, b"/");
            prop_assert_eq!(&decode(&encoded), &bytes);
            prop_assert_eq!(canonical(&encoded.to_lowercase().replace("%2f", "%2F"), b"/").len(), encoded.len());
        }

        #[test]
        fn any_text_decodes(text in any::<String>()) {
            let _ = decode_text(&text);
        }
    }
}

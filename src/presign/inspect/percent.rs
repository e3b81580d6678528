//! Percent-encoding in links that others made: its one form for signing, and its being done twice.

use crate::presign::sigv4;
use crate::s3::percent::decode;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
    }
}

//! Percent-encoding read backwards, whatever was encoded. Making it is the business of whoever has a rule for it.

use memchr::memchr2;

/// The bytes that a text means. A `%` without two hex digits behind it means itself.
pub fn decode(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    decode_into(text, Plus::Itself, &mut decoded);
    decoded
}

/// What a `+` means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plus {
    Itself,
    Blank,
}

fn decode_into(text: &str, plus: Plus, decoded: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (*first, tail) {
            (b'%', [high, low, after @ ..]) if let (Some(high), Some(low)) = (hex(*high), hex(*low)) => {
                decoded.push(high << 4 | low);
                rest = after;
            }
            (b'+', _) if plus == Plus::Blank => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
    }
}

/// [`decode`] as text; bytes that are not UTF-8 become `U+FFFD`.
pub fn decode_lossy(text: &str) -> String {
    String::from_utf8_lossy(&decode(text)).into_owned()
}

/// [`decode`] as text; `None` where it is not UTF-8.
pub fn decode_utf8(text: &str) -> Option<String> {
    String::from_utf8(decode(text)).ok()
}

/// [`decode_utf8`] of what a form encodes, which writes a blank as `+`.
pub fn decode_form(text: &str) -> Option<String> {
    decode_form_in(text, &mut Vec::new()).map(str::to_owned)
}

/// The same without an allocation: in `room`, or in `text` itself where nothing is encoded.
pub fn decode_form_in<'a>(text: &'a str, room: &'a mut Vec<u8>) -> Option<&'a str> {
    if memchr2(b'%', b'+', text.as_bytes()).is_none() {
        return Some(text);
    }
    room.clear();
    decode_into(text, Plus::Blank, room);
    std::str::from_utf8(room).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_decoded_and_what_is_none_means_itself() {
        assert_eq!(decode_utf8("a%20b%2fc+%zz%4").as_deref(), Some("a b/c+%zz%4"));
        assert_eq!(decode_utf8("100%, %, %+f, %é0").as_deref(), Some("100%, %, %+f, %é0"));
        assert_eq!(decode_form("a%2fb+c%2B").as_deref(), Some("a/b c+"));
        assert_eq!((decode("%ff%"), decode_utf8("%ff"), &*decode_lossy("%ff")), (vec![0xff, b'%'], None, "\u{FFFD}"));
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_from_their_escapes(bytes in any::<Vec<u8>>()) {
            let encoded: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
            prop_assert_eq!(decode(&encoded), bytes);
        }

        #[test]
        fn any_text_decodes(text in any::<String>()) {
            prop_assert!(decode(&text).len() <= text.len());
        }
    }
}

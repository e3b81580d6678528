//! Decodes RFC 2047 words, in which S3 sends metadata that is not ASCII: `=?UTF-8?Q?caf=C3=A9?=` is `café`.

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, engine::DecodePaddingMode};

/// Base64 with or without its padding: senders differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `text` with its encoded words decoded. What is not one, or in a character set other than UTF-8, ASCII and Latin-1, stays
/// as it is.
pub fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    // Bytes of adjacent words: a character may be split between two of them (seen from AWS, though RFC 2047 forbids it).
    let mut pending: Option<(Charset, Vec<u8>)> = None;
    while let Some((before, word, after)) = next_word(rest) {
        let gap_between_words = pending.is_some() && before.trim().is_empty();
        match &mut pending {
            Some((charset, bytes)) if gap_between_words && *charset == word.charset => bytes.extend(word.bytes),
            _ => {
                flush(&mut decoded, pending.take());
                if !gap_between_words {
                    decoded.push_str(before);
                }
                pending = Some((word.charset, word.bytes));
            }
        }
        rest = after;
    }
    flush(&mut decoded, pending);
    decoded.push_str(rest);
    decoded
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Latin1,
}

struct Word {
    charset: Charset,
    bytes: Vec<u8>,
}

fn flush(decoded: &mut String, word: Option<(Charset, Vec<u8>)>) {
    match word {
        None => {}
        Some((Charset::Utf8, bytes)) => decoded.push_str(&String::from_utf8_lossy(&bytes)),
        Some((Charset::Latin1, bytes)) => decoded.extend(bytes.into_iter().map(char::from)),
    }
}

/// The first encoded word in `text`, with what stands before and behind it.
fn next_word(text: &str) -> Option<(&str, Word, &str)> {
    for (start, _) in text.match_indices("=?") {
        let (before, from) = text.split_at_checked(start)?;
        if let Some((word, after)) = word_at(from) {
            return Some((before, word, after));
        }
    }
    None
}

/// Reads `=?charset?encoding?payload?=` at the start of `text`.
fn word_at(text: &str) -> Option<(Word, &str)> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (payload, after) = rest.split_once("?=")?;
    if payload.contains([' ', '?']) {
        return None;
    }
    // RFC 2231 allows a language behind the character set: `utf-8*en`.
    let charset = match charset.split('*').next()?.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" | "us-ascii" => Charset::Utf8,
        "iso-8859-1" | "latin1" => Charset::Latin1,
        _ => return None,
    };
    let bytes = match encoding {
        "b" | "B" => BASE64.decode(payload).ok()?,
        "q" | "Q" => unquote(payload)?,
        _ => return None,
    };
    Some((Word { charset, bytes }, after))
}

/// The Q encoding: `_` is a blank and `=XX` a byte.
fn unquote(payload: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(payload.len());
    let mut rest = payload.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'_' => b' ',
            b'=' => {
                let digit =
                    |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|value| u8::try_from(value).ok());
                digit(rest.next())? << 4 | digit(rest.next())?
            }
            plain => plain,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn encoded_words_are_read_in_both_encodings_and_character_sets() {
        for (sent, meant) in [
            ("=?UTF-8?Q?caf=C3=A9?=", "café"),
            ("=?utf-8?b?Y2Fmw6k=?=", "café"),
            ("=?UTF-8?B?Y2Fmw6k?=", "café"),
            ("=?ISO-8859-1?Q?caf=E9_au_lait?=", "café au lait"),
            ("=?utf-8*en?q?a?= plain =?utf-8?q?b?=", "a plain b"),
        ] {
            assert_eq!(decode(sent), meant, "{sent}");
        }
    }

    #[test]
    fn adjacent_words_are_one_text_even_inside_a_character() {
        assert_eq!(decode("=?UTF-8?Q?caf=C3?= =?UTF-8?Q?=A9?="), "café");
        assert_eq!(decode("=?UTF-8?Q?a?=\r\n =?ISO-8859-1?Q?=E9?="), "aé");
    }

    #[test]
    fn what_is_no_encoded_word_stays_as_it_is() {
        for plain in
            ["", "a=b?c", "=?", "=?UTF-8?Q?", "=?koi8-r?Q?a?=", "=?utf-8?x?a?=", "=?utf-8?Q?=4?=", "=?utf-8?b?!?="]
        {
            assert_eq!(decode(plain), plain);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_decoded(text in ".{0,80}") {
            decode(&text);
        }

        #[test]
        fn what_was_encoded_comes_back(text in any::<String>()) {
            let quoted: String = text.bytes().map(|byte| format!("={byte:02X}")).collect();
            prop_assert_eq!(decode(&format!("=?UTF-8?Q?{quoted}?=")), text.clone());
            prop_assert_eq!(decode(&format!("=?UTF-8?B?{}?=", BASE64.encode(&text))), text);
        }
    }
}

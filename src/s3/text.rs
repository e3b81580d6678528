//! Text from a store made safe and plain: control and bidi characters become visible.

use std::borrow::Cow;

/// `text` with everything that a terminal would obey or hide shown as a glyph or as `<U+XXXX>`.
///
/// C0 controls and DEL become their control pictures (`␛` for ESC); C1 controls, bidi overrides and isolates, line and
/// paragraph separators, and invisible format characters become their code point in angle brackets.
/// Right-to-left letters stay as they are.
pub fn visible(text: &str) -> Cow<'_, str> {
    // Most names are plain ASCII, which is known at a glance.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\u{0}'..='\u{1F}' => safe.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('␦')),
            '\u{7F}' => safe.push('␡'),
            c if is_unsafe(c) => safe.push_str(&format!("<U+{:04X}>", u32::from(c))),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Whether a character could move the cursor, reorder its neighbours or hide itself (Unicode UAX #9 and TR #36).
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{180E}' | '\u{00AD}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(visible("a\u{1b}[2Jb"), "a␛[2Jb");
        assert_eq!(visible("exe\u{202E}gpj.txt"), "exe<U+202E>gpj.txt");
        assert_eq!(visible("tab\tnew\nline\u{7f}"), "tab␉new␊line␡");
        assert_eq!(visible("\u{9b}31m"), "<U+009B>31m");
    }

    #[test]
    fn plain_text_is_left_alone_and_not_copied() {
        for plain in ["report-Q3.pdf", "Ünïcödé", "שלום.txt", "🧾 receipts/"] {
            assert!(matches!(visible(plain), Cow::Borrowed(_)), "{plain}");
        }
    }
}

//! OSC 52, the control sequence that hands a terminal text for its clipboard, and its wraps for tmux and GNU screen.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest text that is sent: with it the sequence has 100,000 bytes, the limit that hterm documents and that scripts
/// for OSC 52 have kept to since (`osc52.sh` of hterm; "74994" in the vim plugins). Beyond it terminals drop the sequence
/// without a word. A link has 300 to 2,000 bytes.
pub(super) const MAX_TEXT_BYTES: usize = 74_994;

/// The longest piece of a sequence in one wrap for GNU screen, which forgets a string that outgrows its buffer and shows
/// the rest as text: seen with 768 bytes in screen 4.9, and older ones have less.
const SCREEN_PIECE: usize = 240;

/// Sets the clipboard (`c`) to `text`. Ends with BEL and not with ST, because ST holds an ESC, which would end the wraps.
pub(super) fn sequence(text: &str) -> String {
    format!("\x1b]52;c;{}\x07", STANDARD.encode(text))
}

/// Wraps a sequence so that tmux hands it on unread (`allow-passthrough`).
pub(super) fn through_tmux(sequence: &str) -> String {
    format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"))
}

/// Cuts a sequence into pieces that GNU screen hands on unread.
pub(super) fn through_screen(sequence: &str) -> String {
    let mut wrapped = String::with_capacity(sequence.len() + sequence.len() / 32);
    for piece in sequence.as_bytes().chunks(SCREEN_PIECE) {
        wrapped.push_str("\x1bP");
        wrapped.extend(piece.iter().copied().map(char::from)); // ASCII throughout
        wrapped.push_str("\x1b\\");
    }
    wrapped
}

/// The text in a sequence, as a terminal reads it.
#[cfg(test)]
pub(super) fn decoded(sequence: &str) -> String {
    let body = sequence.strip_prefix("\x1b]52;c;").unwrap().strip_suffix('\x07').unwrap();
    String::from_utf8(STANDARD.decode(body).unwrap()).unwrap()
}

/// What tmux makes of a wrapped sequence.
#[cfg(test)]
pub(super) fn out_of_tmux(wrapped: &str) -> String {
    let inner = wrapped.strip_prefix("\x1bPtmux;").unwrap().strip_suffix("\x1b\\").unwrap();
    assert!(!inner.replace("\x1b\x1b", "").contains('\x1b'), "a single ESC would end the wrap");
    inner.replace("\x1b\x1b", "\x1b")
}

/// What GNU screen makes of wrapped pieces.
#[cfg(test)]
pub(super) fn out_of_screen(wrapped: &str) -> String {
    let pieces = wrapped.strip_prefix("\x1bP").unwrap().strip_suffix("\x1b\\").unwrap().split("\x1b\\\x1bP");
    pieces.inspect(|piece| assert!(piece.len() <= SCREEN_PIECE && !piece.contains("\x1b\\"))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_longest_text_makes_a_sequence_of_100000_bytes() {
        assert_eq!(sequence(&"x".repeat(MAX_TEXT_BYTES)).len(), 100_000);
    }

    proptest! {
        #[test]
        fn any_text_survives_the_terminal_and_both_wraps(text in ".{0,2000}") {
            let plain = sequence(&text);
            prop_assert!(plain.is_ascii());
            prop_assert_eq!(decoded(&plain), text);
            prop_assert_eq!(out_of_tmux(&through_tmux(&plain)), plain.clone());
            prop_assert_eq!(out_of_screen(&through_screen(&plain)), plain);
        }
    }
}

//! Editing a line of text, the same in a prompt and in the fields of a form.

use tui_input::{Input, InputRequest};

use crate::command::key::{Key, KeyCode};

/// Changes the line as a key does that no command has; false where the key means nothing to a line.
pub(super) fn type_key(input: &mut Input, key: Key) -> bool {
    let request = match (key.code, key.typed()) {
        (_, Some(c)) => InputRequest::InsertChar(c),
        (KeyCode::Backspace, _) => InputRequest::DeletePrevChar,
        (KeyCode::Delete, _) => InputRequest::DeleteNextChar,
        (KeyCode::Left, _) if key.ctrl || key.alt => InputRequest::GoToPrevWord,
        (KeyCode::Right, _) if key.ctrl || key.alt => InputRequest::GoToNextWord,
        (KeyCode::Left, _) => InputRequest::GoToPrevChar,
        (KeyCode::Right, _) => InputRequest::GoToNextChar,
        (KeyCode::Home, _) => InputRequest::GoToStart,
        (KeyCode::End, _) => InputRequest::GoToEnd,
        (KeyCode::Char('a'), _) if key.ctrl => InputRequest::GoToStart,
        (KeyCode::Char('e'), _) if key.ctrl => InputRequest::GoToEnd,
        _ => return false,
    };
    input.handle(request);
    true
}

/// The most characters that one paste adds to a line. The longest key has 1,024 bytes; what is so long was pasted by mistake.
const MOST_PASTED: usize = 8_192;

/// Puts a pasted text in, without line breaks and other control characters.
pub(super) fn paste(input: &mut Input, text: &str) {
    let pasted: String = text.chars().filter(|c| !c.is_control()).take(MOST_PASTED).collect();
    let before: String = input.value().chars().take(input.cursor()).collect();
    let after: String = input.value().chars().skip(input.cursor()).collect();
    let cursor = input.cursor() + pasted.chars().count();
    *input = Input::new(before + &pasted + &after).with_cursor(cursor);
}

/// Erases what is before the cursor.
pub(super) fn erase(input: &mut Input) {
    let rest: String = input.value().chars().skip(input.cursor()).collect();
    *input = Input::new(rest).with_cursor(0);
}

/// Erases the word before the cursor.
pub(super) fn erase_word(input: &mut Input) {
    input.handle(InputRequest::DeletePrevWord);
}

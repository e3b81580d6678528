//! The terminal's events in our own words, read on a thread of their own.
//!
//! Not crossterm's `EventStream`: it reads in the loop's own thread, where half an escape sequence would hold up the
//! screen, and a terminal that hangs up would keep it busy for ever.

use std::fs::File;
use std::io;
use std::thread;
use std::time::Duration;

use crossterm::event::{
    self, Event, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::sync::mpsc;

use super::Ending;
use super::event_loop::Incoming;
use crate::command::key::{Key, KeyCode};
use crate::presign::link::LinkText;
use crate::update::msg::{Mouse, MouseAct};

/// How long the rest of a burst is waited for. Zero would read nothing: crossterm then returns before it looks.
const REST_OF_A_BURST: Duration = Duration::from_millis(1);

/// Reads `keyboard` until the terminal hangs up or nobody listens any more.
pub(super) fn read_on_a_thread(keyboard: File, incoming: mpsc::Sender<Incoming>) -> io::Result<()> {
    thread::Builder::new().name("keys".into()).spawn(move || {
        if let Err(error) = read(&keyboard, &incoming) {
            tracing::debug!(%error, "the terminal cannot be read any more");
        }
        let _ = incoming.blocking_send(Incoming::End(Ending::HungUp));
    })?;
    Ok(())
}

fn read(keyboard: &File, incoming: &mpsc::Sender<Incoming>) -> io::Result<()> {
    while is_there(keyboard)? {
        while event::poll(REST_OF_A_BURST)? {
            let Some(heard) = heard(event::read()?) else { continue };
            if incoming.blocking_send(heard).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Waits for something to read; false when the terminal hung up, which crossterm would not notice.
fn is_there(keyboard: &File) -> io::Result<bool> {
    let mut waited = [PollFd::new(keyboard, PollFlags::IN)];
    loop {
        match poll(&mut waited, None) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => break,
        }
    }
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    Ok(!waited.iter().any(|fd| fd.revents().intersects(gone)))
}

/// What daypass hears of an event. A change of size comes as a signal.
fn heard(event: Event) -> Option<Incoming> {
    match event {
        Event::Key(key) => heard_key(key).map(Incoming::Key),
        Event::Paste(text) => Some(Incoming::Pasted(LinkText::new(text))),
        Event::Mouse(mouse) => heard_mouse(mouse).map(Incoming::Mouse),
        Event::FocusGained | Event::FocusLost | Event::Resize(..) => None,
    }
}

fn heard_key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let held = |modifier| event.modifiers.contains(modifier);
    if held(KeyModifiers::SUPER) || held(KeyModifiers::HYPER) || held(KeyModifiers::META) {
        return None;
    }
    let mut shift = held(KeyModifiers::SHIFT);
    let code = match event.code {
        Code::Char(c) => {
            // A terminal may tell Shift besides the character that it made. A capital carries it, and a space cannot.
            let c = if shift && c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c };
            shift = shift && c == ' ';
            KeyCode::Char(c)
        }
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => {
            shift = true;
            KeyCode::Tab
        }
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::Insert => KeyCode::Insert,
        Code::F(n @ 1..=12) => KeyCode::F(n),
        _ => return None,
    };
    Some(Key { ctrl: held(KeyModifiers::CONTROL), alt: held(KeyModifiers::ALT), shift, code })
}

fn heard_mouse(event: MouseEvent) -> Option<Mouse> {
    let act = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseAct::Click,
        MouseEventKind::ScrollUp => MouseAct::WheelUp,
        MouseEventKind::ScrollDown => MouseAct::WheelDown,
        _ => return None,
    };
    Some(Mouse { act, x: event.column, y: event.row })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: Code, modifiers: KeyModifiers) -> Option<String> {
        heard_key(KeyEvent::new(code, modifiers)).map(|key| key.to_string())
    }

    #[test]
    fn shift_is_in_the_character_and_with_named_keys_beside_them() {
        assert_eq!(key(Code::Char('S'), KeyModifiers::SHIFT).as_deref(), Some("S"));
        assert_eq!(key(Code::Char('s'), KeyModifiers::SHIFT).as_deref(), Some("S"));
        assert_eq!(key(Code::Char('?'), KeyModifiers::SHIFT).as_deref(), Some("?"));
        assert_eq!(key(Code::Left, KeyModifiers::SHIFT).as_deref(), Some("shift-left"));
        assert_eq!(key(Code::BackTab, KeyModifiers::NONE).as_deref(), Some("shift-tab"));
        assert_eq!(key(Code::Char('d'), KeyModifiers::CONTROL).as_deref(), Some("ctrl-d"));
    }

    #[test]
    fn what_nobody_can_bind_is_not_heard() {
        assert_eq!(key(Code::F(13), KeyModifiers::NONE), None);
        assert_eq!(key(Code::CapsLock, KeyModifiers::NONE), None);
        assert_eq!(key(Code::Char('s'), KeyModifiers::SUPER), None);
        let up = KeyEvent::new_with_kind(Code::Char('s'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(heard_key(up), None);
    }

    #[test]
    fn the_mouse_clicks_and_scrolls() {
        let at = |kind| heard_mouse(MouseEvent { kind, column: 7, row: 3, modifiers: KeyModifiers::NONE });
        assert_eq!(at(MouseEventKind::Down(MouseButton::Left)), Some(Mouse { act: MouseAct::Click, x: 7, y: 3 }));
        assert_eq!(at(MouseEventKind::ScrollDown), Some(Mouse { act: MouseAct::WheelDown, x: 7, y: 3 }));
        assert_eq!(at(MouseEventKind::Down(MouseButton::Right)), None);
        assert_eq!(at(MouseEventKind::Moved), None);
    }
}

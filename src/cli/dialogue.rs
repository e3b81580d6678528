//! Questions on the terminal, one line each, for commands that need answers; a secret is read without being shown.
//! Where standard input is no terminal, its lines are the answers, and nothing is asked.

use std::io::{self, BufRead, ErrorKind, IsTerminal, Read, StdinLock, Write};

use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use secrecy::{ExposeSecret, SecretString};

use crate::view::text::wrap;

/// The most that an answer may have, in bytes.
const LONGEST: u64 = 64 << 10;

/// The columns of a terminal that does not know how many it has.
const USUAL_WIDTH: usize = 80;

const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
const BACKSPACE: [u8; 2] = [0x08, 0x7f];
const ERASE_LINE: u8 = 0x15;

/// Somebody, or something, that gives answers.
pub(super) struct Dialogue {
    input: StdinLock<'static>,
    with: Whom,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    /// A person at a terminal, who may be asked again.
    Person,
    /// Lines that were written before.
    Lines,
}

impl Dialogue {
    /// With whoever is at standard input.
    pub(super) fn begin() -> Self {
        let with = if io::stdin().is_terminal() { Whom::Person } else { Whom::Lines };
        Self { input: io::stdin().lock(), with }
    }

    /// Who answers.
    pub(super) fn with(&self) -> Whom {
        self.with
    }

    /// Words for a person, on standard error; a line that begins with a blank is left whole.
    pub(super) fn say(&self, words: &str) {
        if self.with == Whom::Lines {
            return;
        }
        let width = tcgetwinsize(io::stderr()).map_or(0, |size| usize::from(size.ws_col));
        let room = if width == 0 { USUAL_WIDTH } else { width };
        let whole = |line: &str| line.starts_with(' ') || line.is_empty();
        let lines =
            words.split('\n').flat_map(|line| if whole(line) { vec![line.to_owned()] } else { wrap(line, room) });
        let text: String = lines.map(|line| line + "\n").collect();
        // Where they cannot be seen, neither can the questions.
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// The answer, without blanks around it; empty where a person only presses Enter.
    pub(super) fn ask(&mut self, question: &str) -> io::Result<String> {
        self.prompt(question)?;
        let mut line = String::new();
        if (&mut self.input).take(LONGEST).read_line(&mut line)? == 0 {
            self.say("");
            return Err(ended(question));
        }
        Ok(line.trim().to_owned())
    }

    /// The same for a secret. Only its length is shown, so that a paste that was cut off is seen.
    pub(super) fn secret(&mut self, question: &str) -> io::Result<SecretString> {
        if self.with == Whom::Lines {
            return Ok(self.ask(question)?.into());
        }
        // Hidden before it is asked for: a quick paste must not be seen.
        let hidden = Hidden::begin()?;
        self.prompt(question)?;
        let read = unseen(&mut self.input, question);
        drop(hidden);
        match &read {
            Ok(secret) => self.say(&format!("({} characters)", secret.expose_secret().chars().count())),
            Err(_) => self.say(""),
        }
        read
    }

    fn prompt(&self, question: &str) -> io::Result<()> {
        match self.with {
            Whom::Person => write!(io::stderr(), "{question}: ").and_then(|()| io::stderr().flush()),
            Whom::Lines => Ok(()),
        }
    }
}

fn ended(question: &str) -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, format!("there is no answer to “{question}”"))
}

/// A line, byte by byte, with the keys that edit it.
fn unseen(input: &mut impl BufRead, question: &str) -> io::Result<SecretString> {
    let mut line = Vec::new();
    for byte in input.take(LONGEST).bytes() {
        match byte? {
            b'\n' | b'\r' => {
                let text = String::from_utf8(line)
                    .map_err(|_| io::Error::new(ErrorKind::InvalidData, "this is not UTF-8 text"))?;
                return Ok(text.trim().into());
            }
            INTERRUPT => return Err(io::Error::new(ErrorKind::Interrupted, "stopped")),
            END if line.is_empty() => return Err(ended(question)),
            ERASE_LINE => line.clear(),
            byte if BACKSPACE.contains(&byte) => {
                // The last character, which may be several bytes.
                while line.pop().is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {}
            }
            byte if byte.is_ascii_control() => {}
            byte => line.push(byte),
        }
    }
    Err(ended(question))
}

/// The terminal as long as it shows nothing; as it was before, afterwards. Keys that stop a program are read as keys, so that
/// nothing ends it meanwhile.
struct Hidden(Termios);

impl Hidden {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN);
        hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
        hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(stdin(), OptionalActions::Now, &hidden)?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8]) -> Result<String, ErrorKind> {
        let read = unseen(&mut &*keys, "secret");
        read.map(|secret| secret.expose_secret().to_owned()).map_err(|error| error.kind())
    }

    #[test]
    fn a_hidden_line_is_edited_like_any_other() {
        assert_eq!(typed(b"K004\n").unwrap(), "K004");
        assert_eq!(typed(" K\u{e4}\u{7f}\u{7f}L\t\r".as_bytes()).unwrap(), "L");
        assert_eq!(typed(b"wrong\x15right\n").unwrap(), "right");
        assert_eq!(typed(b"\x7f\n").unwrap(), "");
        assert_eq!(typed(b"abc\x03"), Err(ErrorKind::Interrupted));
        assert_eq!(typed(b"\x04"), Err(ErrorKind::UnexpectedEof));
        assert_eq!(typed(b"abc"), Err(ErrorKind::UnexpectedEof));
    }
}

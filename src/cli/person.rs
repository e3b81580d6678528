//! The person before a terminal, for commands without a screen: asked on standard error, and heard from the terminal itself, as
//! standard input may hold something else.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};

use async_trait::async_trait;

use crate::presign::credentials::{CodeAsk, OneTimeCode};
use crate::s3::failure::Failure;
use crate::s3::text::visible;
use crate::world::blocking::blocking;
use crate::world::{Person, Terminal, Uncoded};

/// Whoever started the command.
pub(super) struct AtTheTerminal;

#[async_trait]
impl Person for AtTheTerminal {
    async fn code(&self, ask: &CodeAsk) -> Result<OneTimeCode, Uncoded> {
        let ask = ask.clone();
        match blocking(move || ask_at_terminal(&ask)).await {
            Some(code) => code,
            None => Err(Uncoded::Refused),
        }
    }

    fn tell(&self, failure: Failure) {
        // Where nobody hears it, the work goes on all the same.
        let _ = writeln!(io::stderr(), "daypass: {failure}");
    }

    fn terminal(&self) -> Terminal {
        Terminal::Free
    }
}

/// Asks until a code is typed, or an empty line.
fn ask_at_terminal(ask: &CodeAsk) -> Result<OneTimeCode, Uncoded> {
    let mut terminal = terminal().ok_or_else(|| Uncoded::Nobody("there is no terminal to ask for it".to_owned()))?;
    let nobody = |error: io::Error| Uncoded::Nobody(format!("the terminal does not answer: {error}"));
    let (device, profile) = (visible(&ask.device), visible(&ask.profile));
    loop {
        let mut stderr = io::stderr();
        write!(stderr, "MFA code of {device}, for the profile {profile}: ")
            .and_then(|()| stderr.flush())
            .map_err(nobody)?;
        let mut line = String::new();
        if terminal.read_line(&mut line).map_err(nobody)? == 0 || line.trim().is_empty() {
            return Err(Uncoded::Refused);
        }
        match OneTimeCode::parse(&line) {
            Ok(code) => return Ok(code),
            Err(complaint) => writeln!(stderr, "{complaint}").map_err(nobody)?,
        }
    }
}

/// Standard input where that is a terminal, else the one that this process belongs to.
fn terminal() -> Option<Box<dyn BufRead>> {
    if io::stdin().is_terminal() {
        return Some(Box::new(io::stdin().lock()));
    }
    File::open("/dev/tty").ok().map(|tty| Box::new(BufReader::new(tty)) as Box<dyn BufRead>)
}

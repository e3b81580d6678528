//! The line on a terminal that says how far a command is with the keys of a store. Not for the screen, which has a header.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::s3::size::count;

/// How often it is said how far it is.
const SAID_EVERY: Duration = Duration::from_millis(100);

/// The line on standard error, where that is a terminal.
pub(super) struct Ticker {
    is_shown: bool,
    started: Instant,
    said: Option<Instant>,
}

impl Ticker {
    pub(super) fn new() -> Self {
        Self { is_shown: io::stderr().is_terminal(), started: Instant::now(), said: None }
    }

    /// Says that so many keys were gone through, in the words of `so_far`, and how many a second that is; now and then.
    pub(super) fn tick(&mut self, keys: u64, so_far: impl FnOnce() -> String) {
        if !self.is_shown || self.said.unwrap_or(self.started).elapsed() < SAID_EVERY {
            return;
        }
        self.said = Some(Instant::now());
        let rate = keys * 1000 / u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let line = format!("\r\x1b[K{}, {} keys/s", so_far(), count(rate));
        // Where nobody sees it, it is not needed.
        let _ = io::stderr().write_all(line.as_bytes());
    }

    /// Takes it away.
    pub(super) fn clear(&self) {
        if self.said.is_some() {
            let _ = io::stderr().write_all(b"\r\x1b[K");
        }
    }
}

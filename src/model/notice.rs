//! What was said to the user: the line at the bottom, and the log of this session's messages.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::moment::Moment;
use crate::s3::failure::Failure;

/// How long good news stays.
const STAY: Duration = Duration::from_secs(6);

/// How many messages are kept.
const KEPT: usize = 200;

/// How grave a message is. An error stays until a key is pressed; the others fade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something was done.
    Done,
    /// Something to know.
    Info,
    /// Something failed.
    Error,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How grave it is.
    pub level: Level,
    /// The text, safe for the screen, in one line.
    pub text: String,
    /// When it was said.
    pub at: Timestamp,
    /// What failed, with all that is known of it.
    pub failure: Option<Box<Failure>>,
}

impl Notice {
    /// All that there is to say, a line each.
    pub fn report(&self) -> Vec<String> {
        self.failure.as_ref().map_or_else(|| vec![self.text.clone()], |failure| failure.report())
    }
}

/// The messages of this session, and which one is on the screen.
#[derive(Debug, Default)]
pub struct Notices {
    log: VecDeque<Notice>,
    /// How many messages before the newest the one on the screen was said.
    shown: Option<usize>,
    fades_at: Option<Duration>,
}

impl Notices {
    /// Says something.
    pub fn say(&mut self, level: Level, text: impl Into<String>, now: Moment) {
        self.note(level, text, now);
        self.shown = Some(0);
        self.fades_at = (level != Level::Error).then(|| now.uptime + STAY);
    }

    /// Keeps a message for the log that the screen shows in another place already. What was said before stays on the screen.
    pub fn note(&mut self, level: Level, text: impl Into<String>, now: Moment) {
        if self.log.len() == KEPT {
            self.log.pop_front();
        }
        self.log.push_back(Notice { level, text: text.into(), at: now.wall, failure: None });
        self.shown = self.shown.map(|ago| ago + 1);
    }

    /// Says what failed, and keeps all that is known of it.
    pub fn fail(&mut self, failure: &Failure, now: Moment) {
        self.note_failure(failure, now);
        self.shown = Some(0);
        self.fades_at = None;
    }

    /// The same for a failure that the screen shows in another place already.
    pub fn note_failure(&mut self, failure: &Failure, now: Moment) {
        self.note(Level::Error, failure.to_string(), now);
        if let Some(notice) = self.log.back_mut() {
            notice.failure = Some(Box::new(failure.clone()));
        }
    }

    /// Says what failed where a place has that many rows; where it has none, it shows the failure itself.
    pub fn fail_beside(&mut self, rows: usize, failure: &Failure, now: Moment) {
        match rows {
            0 => self.note_failure(failure, now),
            _ => self.fail(failure, now),
        }
    }

    /// Keeps the failure that an answer is, where it is one, and the screen shows it in another place already.
    pub fn note_if_failed<T>(&mut self, answer: &Result<T, Failure>, now: Moment) {
        if let Err(failure) = answer {
            self.note_failure(failure, now);
        }
    }

    /// The message on the screen.
    pub fn current(&self) -> Option<&Notice> {
        self.log.iter().rev().nth(self.shown?)
    }

    /// All that are kept, the oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.log.iter()
    }

    /// How many are kept.
    pub fn count(&self) -> usize {
        self.log.len()
    }

    /// A key was pressed: an error has been read.
    pub fn dismiss_error(&mut self) {
        if self.current().is_some_and(|notice| notice.level == Level::Error) {
            self.shown = None;
        }
    }

    /// Takes a message off the screen whose time is over.
    pub fn fade(&mut self, now: Moment) {
        if self.fades_at.is_some_and(|at| at <= now.uptime) {
            self.shown = None;
            self.fades_at = None;
        }
    }

    pub(super) fn fades_at(&self) -> Option<Duration> {
        self.fades_at
    }
}

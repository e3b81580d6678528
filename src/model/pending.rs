//! What is being asked right now, one question per lane; how an answer that nobody waits for any more is recognised.

use std::collections::BTreeMap;
use std::time::Duration;

use super::moment::Moment;
use crate::s3::retrying::Retrying;

/// How long a question runs before the screen shows that it does.
pub const PATIENCE: Duration = Duration::from_millis(150);

/// How often the sign of work moves: ten times a second at most.
pub const TURN: Duration = Duration::from_millis(100);

/// A kind of work. In a lane the newest question replaces the older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// Pages of the list.
    Listing,
    /// Filter and sort of a long list.
    Arranging,
    /// HEAD of the row that the cursor rests on.
    Facts,
    /// Tags of one object.
    Tags,
    /// Versions of one object.
    Versions,
    /// When the credentials end.
    Credentials,
    /// A link.
    Presign,
    /// A link that somebody pasted.
    Inspect,
    /// What is wrong between this machine and the store.
    Doctor,
    /// Text on its way to the clipboard.
    Copy,
    /// A question to the store whether a link works.
    Probe,
    /// Many links at once.
    Batch,
    /// The ledger.
    Ledger,
    /// How much lies below a prefix.
    Usage,
    /// Objects that match a pattern.
    Find,
    /// Which stores there are, and opening one.
    Stores,
}

impl Lane {
    /// Whether its questions are about the open store, so that nobody waits for them once another one is open.
    fn is_of_store(self) -> bool {
        match self {
            Self::Listing
            | Self::Arranging
            | Self::Facts
            | Self::Tags
            | Self::Versions
            | Self::Credentials
            | Self::Presign
            | Self::Inspect
            | Self::Doctor
            | Self::Probe
            | Self::Batch
            | Self::Usage
            | Self::Find => true,
            Self::Copy | Self::Ledger | Self::Stores => false,
        }
    }
}

/// The number of a question. An answer carries it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question(u64);

/// The questions under way.
#[derive(Debug, Default)]
pub struct Pending {
    asked: u64,
    running: BTreeMap<Lane, Running>,
    retrying: Option<Retried>,
    waits: Option<String>,
}

/// What is tried again, and when.
#[derive(Debug)]
struct Retried {
    told: Retrying,
    at: Duration,
}

#[derive(Debug)]
struct Running {
    question: Question,
    since: Duration,
}

impl Pending {
    /// Numbers a new question in `lane`; the one before it is no longer waited for.
    pub fn ask(&mut self, lane: Lane, now: Moment) -> Question {
        self.asked += 1;
        let question = Question(self.asked);
        self.running.insert(lane, Running { question, since: now.uptime });
        question
    }

    /// Takes an answer's number: true when this very question is waited for, which it then no longer is.
    #[must_use]
    pub fn settle(&mut self, lane: Lane, question: Question) -> bool {
        let expected = self.expects(lane, question);
        if expected {
            self.running.remove(&lane);
        }
        expected
    }

    /// Whether this very question is waited for, of which there may be more to hear.
    pub fn expects(&self, lane: Lane, question: Question) -> bool {
        self.running.get(&lane).is_some_and(|running| running.question == question)
    }

    /// Stops waiting in `lane`; true when something ran.
    pub fn cancel(&mut self, lane: Lane) -> bool {
        self.running.remove(&lane).is_some()
    }

    /// The lanes in which something runs that is about the open store.
    pub fn of_store(&self) -> Vec<Lane> {
        self.running.keys().copied().filter(|lane| lane.is_of_store()).collect()
    }

    /// Whether something runs in `lane`.
    pub fn runs(&self, lane: Lane) -> bool {
        self.running.contains_key(&lane)
    }

    /// Notes that requests are tried again, or that none is any more.
    pub fn retry(&mut self, retrying: Option<Retrying>, now: Moment) {
        self.retrying = retrying.map(|told| Retried { at: now.uptime + told.left, told });
    }

    /// What there is to say of requests that are tried again, while something is waited for.
    pub fn retrying(&self, now: Moment) -> Option<String> {
        let retried = self.retrying.as_ref().filter(|_| !self.running.is_empty())?;
        Some(retried.told.words(retried.at.saturating_sub(now.uptime)))
    }

    /// Notes what is waited for before anything can be asked, or that nothing is.
    pub fn wait(&mut self, on: Option<String>) {
        self.waits = on;
    }

    /// What is waited for before anything can be asked, once that has run for longer than [`PATIENCE`].
    pub fn waits(&self, now: Moment) -> Option<&str> {
        self.turn(now)?;
        self.waits.as_deref()
    }

    /// Whether something runs in `lane` and in no other.
    pub fn runs_alone(&self, lane: Lane) -> bool {
        self.runs(lane) && self.running.len() == 1
    }

    /// How long what runs in `lane` has been running.
    pub fn ran(&self, lane: Lane, now: Moment) -> Option<Duration> {
        self.running.get(&lane).map(|running| now.uptime.saturating_sub(running.since))
    }

    /// The position of the sign of work, once something has run for longer than [`PATIENCE`].
    pub fn turn(&self, now: Moment) -> Option<usize> {
        let ran = now.uptime.saturating_sub(self.oldest()?);
        (ran >= PATIENCE).then(|| usize::try_from(ran.as_millis() / TURN.as_millis()).unwrap_or(0))
    }

    /// When the sign of work appears or moves next.
    pub(super) fn turns_at(&self, now: Moment) -> Option<Duration> {
        // What tells of its progress makes the sign move by that.
        let silent = self.running.iter().filter(|(lane, _)| !matches!(lane, Lane::Usage | Lane::Find));
        let since = silent.map(|(_, running)| running.since).min()?;
        let ran = now.uptime.saturating_sub(since);
        Some(if ran < PATIENCE { since + PATIENCE } else { now.uptime + TURN })
    }

    fn oldest(&self) -> Option<Duration> {
        self.running.values().map(|running| running.since).min()
    }
}

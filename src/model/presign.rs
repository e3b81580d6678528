//! The sheet of one link: what was asked for, what became of it, and where it was copied to.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;

use super::batch::Job;
use super::form::LinkForm;
use super::moment::Moment;
use crate::presign::ledger::Issuer;
use crate::presign::link::Link;
use crate::presign::probe::Finding;
use crate::presign::request::LinkRequest;
use crate::s3::failure::Failure;

/// What a key or a form asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The link.
    pub request: LinkRequest,
    /// The form it was asked for with, to be changed later; `None` where the usual was asked for.
    pub form: Option<Box<LinkForm>>,
    /// A note for the ledger; mostly empty.
    pub note: String,
}

/// What is made after a yes.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A link.
    Link(Asked),
    /// Many links.
    Batch(Job),
}

/// A link with the note that goes into the ledger with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The link.
    pub link: Link,
    /// The note; mostly empty.
    pub note: String,
    /// In whose name it is noted.
    pub issuer: Issuer,
}

/// A link that a key asked for.
#[derive(Debug)]
pub struct LinkSheet {
    /// What was asked for.
    pub asked: Asked,
    /// What the list said of the object: size in bytes, where it is there already.
    pub size: Option<u64>,
    /// What became of it.
    pub state: LinkState,
}

/// What became of a link that was asked for.
#[derive(Debug)]
pub enum LinkState {
    /// Credentials are being fetched.
    Making,
    /// It exists.
    Made(Made),
    /// It was not made.
    Failed(Failure),
}

/// A link that exists, and where it went.
#[derive(Debug)]
pub struct Made {
    /// The link.
    pub link: Link,
    /// What became of copying it.
    pub copied: Copied,
    /// The file it was written to.
    pub saved: Option<PathBuf>,
    /// Whether it will be printed when daypass ends.
    pub printed_on_exit: bool,
    /// What its store said of it when asked whether it works.
    pub tested: Tested,
}

/// What is known of whether a link works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tested {
    /// Nobody asked.
    No,
    /// The store is being asked.
    Asking,
    /// What its answer says.
    Found(Box<Finding>),
}

/// What became of copying a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copied {
    /// Under way.
    Copying,
    /// The desktop's clipboard took it.
    Native,
    /// tmux took it into its buffer and passed it on; the terminal outside does not confirm.
    Tmux,
    /// Sent to the terminal as OSC 52, which does not confirm.
    Terminal(Through),
    /// Not copied: why, and what to do instead.
    NotCopied(String),
}

/// What an OSC 52 sequence had to pass through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// Straight to the terminal.
    Nothing,
    /// tmux, by its passthrough.
    Tmux,
    /// GNU screen, in pieces.
    Screen,
}

impl Asked {
    /// A link with nothing chosen.
    pub fn usual(request: LinkRequest) -> Self {
        Self { request, form: None, note: String::new() }
    }
}

impl LinkSheet {
    /// A sheet for a link that is being made.
    pub fn making(asked: Asked, size: Option<u64>) -> Self {
        Self { asked, size, state: LinkState::Making }
    }

    /// The link that was asked for.
    pub fn request(&self) -> &LinkRequest {
        &self.asked.request
    }

    /// The link, once it exists.
    pub fn made(&self) -> Option<&Made> {
        match &self.state {
            LinkState::Made(made) => Some(made),
            LinkState::Making | LinkState::Failed(_) => None,
        }
    }

    /// When the time left reads differently.
    pub(super) fn changes_at(&self, now: Moment) -> Option<Duration> {
        now.countdown_changes_at(self.made()?.link.ends_at)
    }
}

impl Made {
    /// A link that was just made and is about to be copied.
    pub fn new(link: Link) -> Self {
        Self { link, copied: Copied::Copying, saved: None, printed_on_exit: false, tested: Tested::No }
    }

    /// How long the link still works; never negative.
    pub fn time_left(&self, now: Moment) -> SignedDuration {
        self.link.ends_at.duration_since(now.wall).max(SignedDuration::ZERO)
    }
}

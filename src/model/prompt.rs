//! A line that is being typed, and what it is for.

use std::fmt;

use tui_input::Input;

use super::batch::Job;
use super::listing::Filter;
use crate::presign::credentials::CodeAsk;
use crate::presign::link::LinkText;
use crate::s3::name::{BucketName, Prefix};

/// A line of text with a cursor. `Debug` shows no line that may be a link or a code.
#[derive(Clone)]
pub struct Prompt {
    /// What the line is for.
    pub purpose: Purpose,
    /// The line.
    pub input: Input,
    /// What was pasted to be inspected, with its line breaks; it stands behind the line.
    pub pasted: Option<LinkText>,
    /// What is wrong with the line, after an attempt to take it.
    pub complaint: Option<String>,
}

/// What the name follows at which the rows of a place are to begin, where a place to go to is typed.
pub const FROM: char = '>';

/// What is said of [`FROM`] among buckets.
pub const FROM_NEEDS_BUCKET: &str = "open a bucket first: rows begin at a name within one";

/// What a typed line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The filter of the list; applied while typing. Keeps the one before, in case the typing is abandoned.
    Filter {
        /// The filter before the typing began.
        before: Filter,
    },
    /// A text that the links of the ledger contain; applied while typing. Keeps the one before.
    FilterLinks {
        /// The text before the typing began.
        before: String,
    },
    /// A pattern to look for below a prefix.
    Find {
        /// The bucket.
        bucket: BucketName,
        /// What all keys start with.
        prefix: Prefix,
    },
    /// A text that the stores of the list contain; applied while typing. Keeps the one before.
    FilterStores {
        /// The text before the typing began.
        before: String,
    },
    /// A place to go to.
    GoTo,
    /// A link, or the message that it stands in, to be inspected.
    Inspect,
    /// The key of an upload, below a prefix.
    NewKey {
        /// The bucket.
        bucket: BucketName,
        /// What the typed name is put after.
        below: Prefix,
    },
    /// How long the links of a batch work.
    Lifetime(Box<Job>),
    /// A web page that wants to call the bucket that the doctor looks at.
    WebPage,
    /// The code that a device shows.
    Code(CodeAsk),
}

impl Prompt {
    /// A prompt that starts with `text`, the cursor at its end.
    pub fn new(purpose: Purpose, text: &str) -> Self {
        Self { purpose, input: Input::new(text.to_owned()), pasted: None, complaint: None }
    }

    /// What is typed so far.
    pub fn text(&self) -> &str {
        self.input.value()
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = match self.purpose {
            Purpose::Inspect | Purpose::Code(_) => "…",
            Purpose::Filter { .. }
            | Purpose::GoTo
            | Purpose::NewKey { .. }
            | Purpose::FilterLinks { .. }
            | Purpose::Find { .. }
            | Purpose::FilterStores { .. }
            | Purpose::WebPage
            | Purpose::Lifetime(_) => self.text(),
        };
        write!(f, "Prompt({:?}, {line:?}, {:?})", self.purpose, self.complaint)
    }
}

//! What is known of objects beyond their rows: answers to HEAD, tags, versions; and when the next HEAD is due.

use std::collections::HashMap;
use std::time::Duration;

use crate::s3::facts::{ObjectFacts, Tag};
use crate::s3::failure::Failure;
use crate::s3::listing::Versions;
use crate::s3::location::ObjectId;

/// How many objects are remembered of one place.
const KEPT: usize = 500;

/// The answers of this place, and the row whose turn it is.
#[derive(Debug, Default)]
pub struct FactsBook {
    heads: HashMap<ObjectId, Result<ObjectFacts, Failure>>,
    tags: HashMap<ObjectId, Result<Vec<Tag>, Failure>>,
    versions: HashMap<ObjectId, Result<Versions, Failure>>,
    /// The object whose HEAD is under way.
    pub asking: Option<ObjectId>,
    resting: Option<Resting>,
}

/// The object that the cursor rests on, and when it has rested long enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resting {
    /// The object.
    pub object: ObjectId,
    /// When its facts are to be asked for, on the program's own time scale.
    pub due: Duration,
}

impl FactsBook {
    /// The answer to HEAD.
    pub fn head(&self, object: &ObjectId) -> Option<&Result<ObjectFacts, Failure>> {
        self.heads.get(object)
    }

    /// The tags.
    pub fn tags(&self, object: &ObjectId) -> Option<&Result<Vec<Tag>, Failure>> {
        self.tags.get(object)
    }

    /// The versions.
    pub fn versions(&self, object: &ObjectId) -> Option<&Result<Versions, Failure>> {
        self.versions.get(object)
    }

    /// Remembers an answer to HEAD.
    pub fn learn_head(&mut self, object: ObjectId, answer: Result<ObjectFacts, Failure>) {
        remember(&mut self.heads, object, answer);
    }

    /// Remembers tags.
    pub fn learn_tags(&mut self, object: ObjectId, answer: Result<Vec<Tag>, Failure>) {
        remember(&mut self.tags, object, answer);
    }

    /// Remembers versions.
    pub fn learn_versions(&mut self, object: ObjectId, answer: Result<Versions, Failure>) {
        remember(&mut self.versions, object, answer);
    }

    /// Forgets all answers: the place was left or refreshed.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Notes that the cursor rests on `object`, whose HEAD is due at `due`; `None` where nothing needs to be asked.
    pub fn rest_on(&mut self, resting: Option<Resting>) {
        self.resting = resting;
    }

    /// The object that the cursor rests on, as long as its facts were not asked for.
    pub fn resting(&self) -> Option<&Resting> {
        self.resting.as_ref()
    }

    /// Takes the object whose turn has come.
    pub fn take_due(&mut self, now: Duration) -> Option<ObjectId> {
        self.resting.take_if(|resting| resting.due <= now).map(|resting| resting.object)
    }

    pub(super) fn due(&self) -> Option<Duration> {
        self.resting.as_ref().map(|resting| resting.due)
    }
}

fn remember<T>(book: &mut HashMap<ObjectId, T>, object: ObjectId, answer: T) {
    if book.len() >= KEPT {
        book.clear();
    }
    book.insert(object, answer);
}

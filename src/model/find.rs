//! What was looked for below a prefix, on the screen: the objects found so far, in the order in which they came.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::batch::Place;
use super::moment::Moment;
use super::progress::Run;
use super::spot::Spot;
use crate::s3::key_page::{KeyPage, Listed};
use crate::s3::location::{Location, ObjectId};
use crate::s3::name::{BucketName, Key, Prefix};
use crate::s3::pattern::Pattern;

/// So many objects are kept; further ones are only counted.
const MOST_HITS: usize = 10_000;

/// What is to be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindJob {
    /// The bucket.
    pub bucket: BucketName,
    /// What all keys start with.
    pub prefix: Prefix,
    /// What the rest of a key has to match.
    pub pattern: Pattern,
}

impl FindJob {
    /// The place below which is looked.
    pub fn location(&self) -> Location {
        Location::Prefix { bucket: self.bucket.clone(), prefix: self.prefix.clone() }
    }
}

/// An object that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its key.
    pub key: Key,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written.
    pub modified: Option<Timestamp>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The objects, as far as they are kept.
    pub hits: Vec<Hit>,
    /// How many there are in all.
    pub matched: u64,
    /// How many objects were looked at.
    pub seen: u64,
}

impl Found {
    /// Looks at the objects of a page.
    pub fn look_at(&mut self, page: &KeyPage, job: &FindJob) {
        for row in page.iter() {
            let Listed::Object(object) = row else { continue };
            self.seen += 1;
            if !job.pattern.matches(object.key.strip_prefix(job.prefix.as_str()).unwrap_or(object.key)) {
                continue;
            }
            self.matched += 1;
            if self.hits.len() < MOST_HITS
                && let Some(key) = Key::from_store(object.key.to_owned())
            {
                self.hits.push(Hit { key, size: object.size, modified: object.modified });
            }
        }
    }

    fn absorb(&mut self, other: Self) {
        let room = MOST_HITS.saturating_sub(self.hits.len());
        self.hits.extend(other.hits.into_iter().take(room));
        self.matched += other.matched;
        self.seen += other.seen;
    }
}

/// The search in front.
#[derive(Debug)]
pub struct FindSheet {
    /// What is looked for.
    pub job: FindJob,
    /// How far the search is.
    pub run: Run,
    found: Found,
    marks: BTreeSet<usize>,
    spot: Spot,
}

impl FindSheet {
    /// A search that is about to begin.
    pub fn new(job: FindJob, now: Moment) -> Self {
        Self { job, found: Found::default(), marks: BTreeSet::new(), run: Run::begun(now), spot: Spot::default() }
    }

    /// Takes what was found meanwhile.
    pub fn take(&mut self, found: Found) {
        self.found.absorb(found);
    }

    /// What was found so far.
    pub fn found(&self) -> &Found {
        &self.found
    }

    /// The object under the cursor.
    pub fn current(&self) -> Option<ObjectId> {
        self.found.hits.get(self.spot.cursor()).map(|hit| self.object(hit))
    }

    /// Where the cursor is.
    pub fn spot(&self) -> Spot {
        self.spot
    }

    /// Moves the cursor.
    pub fn move_by(&mut self, rows: isize) {
        self.spot.move_by(rows, self.found.hits.len());
    }

    /// Puts the cursor on the row at `position`, or the last one.
    pub fn move_to(&mut self, position: usize) {
        self.spot.move_to(position, self.found.hits.len());
    }

    /// Scrolls a screen of `height` rows.
    pub fn scroll_by(&mut self, rows: isize, height: usize) {
        self.spot.scroll_by(rows, height, self.found.hits.len());
    }

    /// Scrolls just as far as the cursor needs on a screen of `height` rows.
    pub fn keep_cursor_in_view(&mut self, height: usize) {
        self.spot.keep_in_view(height, self.found.hits.len());
    }

    /// Whether the row at `position` is marked.
    pub fn is_marked(&self, position: usize) -> bool {
        self.marks.contains(&position)
    }

    /// How many rows are marked.
    pub fn marks_count(&self) -> usize {
        self.marks.len()
    }

    /// Marks or unmarks the row under the cursor, and moves down.
    pub fn mark(&mut self) {
        let at = self.spot.cursor();
        if at < self.found.hits.len() && !self.marks.remove(&at) {
            self.marks.insert(at);
        }
        self.move_by(1);
    }

    /// Marks all that were found so far, or unmarks them if all are marked.
    pub fn mark_all(&mut self) {
        let all = self.found.hits.len();
        self.marks = if self.marks.len() == all { BTreeSet::new() } else { (0..all).collect() };
    }

    /// Unmarks all; false where nothing is marked.
    pub fn unmark_all(&mut self) -> bool {
        !std::mem::take(&mut self.marks).is_empty()
    }

    /// The marked objects, else the one under the cursor.
    pub fn chosen(&self) -> Vec<Place> {
        let place = |hit: &Hit| Place::Object(self.object(hit), hit.size);
        match self.marks.is_empty() {
            true => self.found.hits.get(self.spot.cursor()).map(place).into_iter().collect(),
            false => self.marks.iter().filter_map(|at| self.found.hits.get(*at)).map(place).collect(),
        }
    }

    fn object(&self, hit: &Hit) -> ObjectId {
        ObjectId::current(self.job.bucket.clone(), hit.key.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::s3::key_page::ListedObject;

    fn page(keys: impl IntoIterator<Item = String>) -> KeyPage {
        let mut page = KeyPage::default();
        for key in keys {
            let object = ListedObject { key: &key, size: 1, modified: None, etag: "", storage_class: "" };
            page.push_object(&object).unwrap();
        }
        page
    }

    fn job(pattern: &str) -> FindJob {
        let bucket = BucketName::parse("b").unwrap();
        FindJob { bucket, prefix: Prefix::new("p/"), pattern: Pattern::parse(pattern).unwrap() }
    }

    #[test]
    fn only_what_lies_below_the_prefix_is_compared() {
        let mut found = Found::default();
        found.look_at(&page(["p/x".to_owned(), "p/a/p".to_owned()]), &job("p"));
        assert_eq!((found.matched, found.seen), (1, 2));
        assert_eq!(found.hits[0].key.as_str(), "p/a/p");
    }

    #[test]
    fn more_than_fit_are_counted() {
        let (job, mut found) = (job("x"), Found::default());
        found.look_at(&page((0..MOST_HITS + 5).map(|at| format!("p/x{at}"))), &job);
        let now = Moment { wall: Timestamp::UNIX_EPOCH, uptime: Duration::ZERO };
        let mut sheet = FindSheet::new(job, now);
        sheet.take(found.clone());
        sheet.take(found);
        assert_eq!((sheet.found().hits.len(), sheet.found().matched), (MOST_HITS, 2 * MOST_HITS as u64 + 10));
        sheet.mark_all();
        assert_eq!(sheet.chosen().len(), MOST_HITS);
        assert!(sheet.unmark_all() && !sheet.unmark_all());
        assert_eq!(sheet.chosen().len(), 1);
    }
}

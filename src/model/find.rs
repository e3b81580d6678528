//! What was looked for below a prefix, on the screen: the objects found so far, in the order of their keys.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::batch::Place;
use super::moment::Moment;
use super::progress::Run;
use super::spot::{List, Spot};
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

    /// Takes what was found besides, and brings the objects into the order of their keys.
    fn absorb(&mut self, other: Self) {
        let room = MOST_HITS.saturating_sub(self.hits.len());
        self.hits.extend(other.hits.into_iter().take(room));
        self.hits.sort_by(|a, b| a.key.cmp(&b.key));
        self.matched += other.matched;
        self.seen += other.seen;
    }

    /// Where an object is, or would be.
    fn place_of(&self, key: &Key) -> usize {
        self.hits.partition_point(|hit| hit.key < *key)
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
    marks: BTreeSet<Key>,
    spot: Spot,
}

impl FindSheet {
    /// A search that is about to begin.
    pub fn new(job: FindJob, now: Moment) -> Self {
        Self { job, found: Found::default(), marks: BTreeSet::new(), run: Run::begun(now), spot: Spot::default() }
    }

    /// Takes what was found meanwhile. The cursor stays on its object, and that on its line of the screen.
    pub fn take(&mut self, found: Found) {
        let current = self.found.hits.get(self.spot.cursor()).map(|hit| hit.key.clone());
        self.found.absorb(found);
        if let Some(key) = current {
            self.spot.follow(self.found.place_of(&key));
        }
    }

    /// What was found so far.
    pub fn found(&self) -> &Found {
        &self.found
    }

    /// The object under the cursor.
    pub fn current(&self) -> Option<ObjectId> {
        self.found.hits.get(self.spot.cursor()).map(|hit| self.object(hit))
    }

    /// Whether the row at `position` is marked.
    pub fn is_marked(&self, position: usize) -> bool {
        self.found.hits.get(position).is_some_and(|hit| self.marks.contains(&hit.key))
    }

    /// How many rows are marked.
    pub fn marks_count(&self) -> usize {
        self.marks.len()
    }

    /// Marks or unmarks the row under the cursor, and moves down.
    pub fn mark(&mut self) {
        if let Some(hit) = self.found.hits.get(self.spot.cursor())
            && !self.marks.remove(&hit.key)
        {
            self.marks.insert(hit.key.clone());
        }
        self.move_by(1);
    }

    /// Marks all that were found so far, or unmarks them if all are marked.
    pub fn mark_all(&mut self) {
        let all = self.found.hits.iter().map(|hit| hit.key.clone());
        self.marks = if self.marks.len() == self.found.hits.len() { BTreeSet::new() } else { all.collect() };
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
            false => self.found.hits.iter().filter(|hit| self.marks.contains(&hit.key)).map(place).collect(),
        }
    }

    fn object(&self, hit: &Hit) -> ObjectId {
        ObjectId::current(self.job.bucket.clone(), hit.key.clone())
    }
}

impl List for FindSheet {
    fn shown_count(&self) -> usize {
        self.found.hits.len()
    }

    fn spot(&self) -> Spot {
        self.spot
    }

    fn spot_mut(&mut self) -> &mut Spot {
        &mut self.spot
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
    fn what_comes_later_takes_its_place_and_moves_neither_cursor_nor_marks() {
        let (job, now) = (job("x"), Moment { wall: Timestamp::UNIX_EPOCH, uptime: Duration::ZERO });
        let mut sheet = FindSheet::new(job.clone(), now);
        let found = |keys: &[&str]| {
            let mut found = Found::default();
            found.look_at(&page(keys.iter().map(|key| format!("p/x{key}"))), &job);
            found
        };
        sheet.take(found(&["5", "7", "6"]));
        sheet.move_to(1);
        sheet.mark();
        sheet.move_to(1);
        sheet.take(found(&["9", "1", "65", "2"]));
        let keys: Vec<&str> = sheet.found().hits.iter().map(|hit| hit.key.as_str()).collect();
        assert_eq!(keys, ["p/x1", "p/x2", "p/x5", "p/x6", "p/x65", "p/x7", "p/x9"]);
        assert_eq!(sheet.current().unwrap().key.as_str(), "p/x6");
        assert_eq!((sheet.spot().cursor(), sheet.spot().top()), (3, 2), "on the second line, as before");
        assert_eq!((0..7).filter(|at| sheet.is_marked(*at)).collect::<Vec<_>>(), [3]);
        assert_eq!(sheet.chosen().len(), 1);
    }

    #[test]
    fn more_than_fit_are_counted() {
        let (job, mut found) = (job("x"), Found::default());
        found.look_at(&page((0..MOST_HITS + 5).map(|at| format!("p/x{at:05}"))), &job);
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

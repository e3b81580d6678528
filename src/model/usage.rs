//! How much lies below a prefix, on the screen: the sum as far as it is counted, which of it is shown, and in what order.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::moment::Moment;
use super::progress::Run;
use super::spot::{List, Spot};
use crate::s3::location::Location;
use crate::s3::name::{BucketName, Prefix};
use crate::s3::usage::{By, Counts, Levels, StandsFor, Tally, Usage};

/// What is to be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageJob {
    /// The bucket.
    pub bucket: BucketName,
    /// What all keys start with.
    pub prefix: Prefix,
    /// What counts.
    pub counts: Counts,
    /// Where it is known from.
    pub source: UsageSource,
    /// The moment that ages are told from.
    pub now: Timestamp,
}

/// Where it is known from how much lies somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageSource {
    /// From a listing.
    Listing,
    /// From an inventory that the store has made.
    Inventory,
}

impl UsageJob {
    /// The place below which is counted.
    pub fn location(&self) -> Location {
        Location::Prefix { bucket: self.bucket.clone(), prefix: self.prefix.clone() }
    }

    /// A sum in which nothing is counted yet.
    pub fn nothing(&self) -> Usage {
        Usage::new(self.prefix.as_str(), Levels::All, self.now)
    }

    /// The same as it is told, from an inventory of `as_of`, if from one.
    pub fn growth(&self, as_of: Option<Timestamp>) -> Growth {
        Growth { usage: self.nothing(), requests: 0, as_of }
    }
}

/// What was counted since it was told the last time.
#[derive(Clone, Debug)]
pub struct Growth {
    /// How much it is.
    pub usage: Usage,
    /// How many requests were sent so far, in all.
    pub requests: u64,
    /// When the inventory was begun that it is from.
    pub as_of: Option<Timestamp>,
}

/// By what the lines are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The most bytes first.
    #[default]
    Bytes,
    /// The most objects first.
    Keys,
    /// By name.
    Name,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is called.
    pub name: String,
    /// What it stands for.
    pub stands_for: StandsFor,
    /// How much it is.
    pub tally: Tally,
}

/// What a line leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The lines of its folder are shown now.
    Inside,
    /// Its folders were too many to be told apart: it has to be counted by itself.
    Anew(Prefix),
    /// Nothing.
    Nothing,
}

/// The sum in front.
///
/// Invariant: `rows` are those of the folder at `path`, by `by`, in `order`.
#[derive(Debug)]
pub struct UsageSheet {
    /// What is counted.
    pub job: UsageJob,
    /// How far counting is.
    pub run: Run,
    /// How many requests were sent.
    pub requests: u64,
    /// When the inventory was begun that it is from.
    pub as_of: Option<Timestamp>,
    /// The sum that this one takes the place of, until something of this one is counted.
    before: Option<Box<UsageSheet>>,
    usage: Usage,
    path: Vec<String>,
    by: By,
    order: Order,
    rows: Vec<Row>,
    spot: Spot,
    /// Whether somebody has put the cursor on a row, which it then follows; else it stays at the top.
    is_placed: bool,
}

impl UsageSheet {
    /// A sum that is about to be counted.
    pub fn new(job: UsageJob, now: Moment) -> Self {
        Self {
            usage: job.nothing(),
            job,
            requests: 0,
            as_of: None,
            before: None,
            run: Run::begun(now),
            path: Vec::new(),
            by: By::Child,
            order: Order::Bytes,
            rows: Vec::new(),
            spot: Spot::default(),
            is_placed: false,
        }
    }

    /// Takes what was counted meanwhile.
    pub fn take(&mut self, growth: &Growth) {
        self.requests = growth.requests;
        self.as_of = growth.as_of;
        self.usage.absorb(&growth.usage);
        self.arrange(None);
        self.before.take_if(|_| !self.rows.is_empty());
    }

    /// The same, in the place of a sum that is kept in case that nothing can be counted.
    pub fn instead_of(self, before: Box<Self>) -> Self {
        Self { before: Some(before).filter(|before| !before.rows.is_empty()), ..self }
    }

    /// The sum that this one was to take the place of, where nothing of this one is counted.
    pub fn take_before(&mut self) -> Option<Box<Self>> {
        self.before.take()
    }

    /// All that is counted so far, wherever one is.
    pub fn counted(&self) -> Tally {
        self.usage.total(&[])
    }

    /// All below the place that is shown.
    pub fn total(&self) -> Tally {
        self.usage.total(&self.path)
    }

    /// How much of what lies below the place that is shown is current, noncurrent, and delete markers.
    pub fn states(&self) -> [Tally; 3] {
        self.usage.states(&self.path)
    }

    /// The place that is shown.
    pub fn location(&self) -> Location {
        Location::Prefix { bucket: self.job.bucket.clone(), prefix: self.prefix() }
    }

    /// The lines.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What the lines are.
    pub fn by(&self) -> By {
        self.by
    }

    /// In which order they are.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Tells the same apart by the next of child, storage class and age; with versions, also by what is current.
    pub fn show_next(&mut self) {
        self.by = match self.by {
            By::Child => By::Class,
            By::Class => By::Age,
            By::Age if self.job.counts == Counts::Versions => By::Version,
            By::Age | By::Version => By::Child,
        };
        self.begin_at_top();
        self.arrange(None);
    }

    /// Sorts by the next of size, number and name.
    pub fn sort_by_next(&mut self) {
        self.order = match self.order {
            Order::Bytes => Order::Keys,
            Order::Keys => Order::Name,
            Order::Name => Order::Bytes,
        };
        self.arrange(None);
    }

    /// Goes into the folder under the cursor.
    pub fn open(&mut self) -> Opened {
        let Some(row) = self.rows.get(self.spot.cursor()).filter(|row| row.stands_for == StandsFor::Folder) else {
            return Opened::Nothing;
        };
        self.path.push(row.name.clone());
        if !self.usage.is_whole(&self.path) {
            let prefix = self.prefix();
            self.path.pop();
            return Opened::Anew(prefix);
        }
        self.begin_at_top();
        self.arrange(None);
        Opened::Inside
    }

    /// Goes up to the folder that one came from; false at the place that was counted.
    pub fn leave(&mut self) -> bool {
        let Some(left) = self.path.pop() else { return false };
        self.by = By::Child;
        self.is_placed = true;
        self.arrange(Some(left));
        true
    }

    fn prefix(&self) -> Prefix {
        Prefix::new(format!("{}{}", self.job.prefix.as_str(), self.path.concat()))
    }

    fn begin_at_top(&mut self) {
        self.spot = Spot::default();
        self.is_placed = false;
    }

    /// Sets up the lines. The cursor goes to the line of this name, else stays on its own.
    fn arrange(&mut self, wanted: Option<String>) {
        let own = self.rows.get(self.spot.cursor()).filter(|_| self.is_placed).map(|row| row.name.clone());
        let groups = self.usage.groups(&self.path, self.by).into_iter();
        let row = |group: crate::s3::usage::Group<'_>| Row {
            name: group.name.to_owned(),
            stands_for: group.stands_for,
            tally: group.tally,
        };
        self.rows = groups.map(row).collect();
        match (self.by, self.order) {
            // Ages have an order of their own; by size is how all come.
            (By::Age | By::Version, _) | (_, Order::Bytes) => {}
            (_, Order::Keys) => self.rows.sort_by_key(|row| Reverse(row.tally.keys)),
            (_, Order::Name) => self.rows.sort_by(|a, b| a.name.cmp(&b.name)),
        }
        let at = wanted.or(own).and_then(|name| self.rows.iter().position(|row| row.name == name));
        self.spot.move_to(at.unwrap_or(self.spot.cursor()), self.rows.len());
    }
}

impl List for UsageSheet {
    fn shown_count(&self) -> usize {
        self.rows.len()
    }

    fn spot(&self) -> Spot {
        self.spot
    }

    fn spot_mut(&mut self) -> &mut Spot {
        &mut self.spot
    }

    fn moved(&mut self) {
        self.is_placed = true;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::s3::usage::{Item, VersionState};

    fn sheet(keys: &[(&str, u64)]) -> UsageSheet {
        let bucket = BucketName::parse("b").unwrap();
        let now = Moment { wall: Timestamp::UNIX_EPOCH, uptime: Duration::ZERO };
        let mut sheet = UsageSheet::new(
            UsageJob {
                bucket,
                prefix: Prefix::new("p/"),
                counts: Counts::Objects,
                source: UsageSource::Listing,
                now: now.wall,
            },
            now,
        );
        grow(&mut sheet, keys);
        sheet
    }

    fn grow(sheet: &mut UsageSheet, keys: &[(&str, u64)]) {
        let mut usage = sheet.job.nothing();
        let item = |key, size| Item { key, size, modified: None, storage_class: "", state: VersionState::Current };
        usage.add(keys.iter().map(|(key, size)| item(*key, *size)));
        sheet.take(&Growth { usage, ..sheet.job.growth(None) });
    }

    fn names(sheet: &UsageSheet) -> Vec<&str> {
        sheet.rows().iter().map(|row| row.name.as_str()).collect()
    }

    #[test]
    fn the_cursor_stays_on_its_line_while_the_sum_grows_and_at_the_top_where_it_was_not_moved() {
        let mut sheet = sheet(&[("p/a/1", 2), ("p/b/1", 1)]);
        grow(&mut sheet, &[("p/b/2", 5)]);
        assert_eq!((names(&sheet), sheet.spot().cursor()), (vec!["b/", "a/"], 0));
        sheet.move_by(1);
        grow(&mut sheet, &[("p/a/2", 50)]);
        grow(&mut sheet, &[("p/c/2", 99)]);
        assert_eq!((names(&sheet), sheet.spot().cursor()), (vec!["c/", "a/", "b/"], 1));
    }

    #[test]
    fn one_goes_into_folders_and_comes_back_to_the_line_that_one_left() {
        let mut sheet = sheet(&[("p/a/1", 1), ("p/b/c/1", 9), ("p/b/x", 1)]);
        assert_eq!(sheet.open(), Opened::Inside);
        assert_eq!((names(&sheet), sheet.location().to_string()), (vec!["c/", "."], "s3://b/p/b/".to_owned()));
        sheet.move_to(1);
        assert_eq!(sheet.open(), Opened::Nothing, "objects are no folder");
        sheet.show_next();
        assert_eq!(names(&sheet), ["(none named)"]);
        assert!(sheet.leave());
        assert_eq!((names(&sheet), sheet.spot().cursor()), (vec!["b/", "a/"], 0));
        assert!(!sheet.leave());
    }

    #[test]
    fn lines_are_sorted_by_size_number_and_name() {
        let mut sheet = sheet(&[("p/c/1", 9), ("p/a/1", 2), ("p/b/1", 1), ("p/b/2", 1), ("p/b/3", 1)]);
        assert_eq!(names(&sheet), ["c/", "b/", "a/"]);
        sheet.sort_by_next();
        assert_eq!(names(&sheet), ["b/", "c/", "a/"]);
        sheet.sort_by_next();
        assert_eq!(names(&sheet), ["a/", "b/", "c/"]);
    }
}

//! One place as it is known so far: its rows, how they are filtered, sorted and marked, and where the cursor is.

pub mod loading;

mod arranging;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use self::arranging::Beside;
use self::loading::{Begin, Goal, More};
use super::arrangement::Arrangement;
use super::marks::{Mark, Marks};
use super::rows::Rows;
use super::spot::{List, Spot};
use crate::s3::entry::{BucketSummary, Entry};
use crate::s3::failure::Failure;
use crate::s3::key_page::KeyPage;
use crate::s3::keys::Keys;
use crate::s3::location::{Location, ObjectId};
use crate::s3::name::{BucketName, Key, Prefix};

/// A place with the rows that were loaded of it.
///
/// Invariants: a row is shown at most once; the cursor is on a shown row wherever there is one.
#[derive(Debug)]
pub struct Listing {
    /// The place.
    pub location: Location,
    /// What is left to load.
    pub more: More,
    /// How far loading goes by itself.
    pub goal: Goal,
    /// Why the last question about this place failed; cleared by the next answer.
    pub failure: Option<Failure>,
    /// Where the rows come from.
    pub origin: Origin,
    /// When the first page of these rows came.
    pub as_of: Option<Timestamp>,
    begin: Begin,
    rows: Rows,
    marks: Marks,
    filter: Filter,
    sort: Sort,
    shown: Arrangement,
    beside: Beside,
    /// The row that the cursor was on before filter or sort changed, until all rows are arranged or the cursor moves.
    held: Option<usize>,
    spot: Spot,
    fresh: Option<Rows>,
    /// How many rows had come when all that was left was asked for; `None` where pages are asked for one by one.
    streams_from: Option<usize>,
    /// How many rows further on came before those between, and are not shown yet, while all that was left is listed.
    pub early: usize,
}

/// A row that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What it is.
    pub entry: Entry,
    /// Whether it is marked.
    pub is_marked: bool,
}

/// Where the rows of a place come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The store listed them.
    #[default]
    Store,
    /// The store refused, and these are known to lie below.
    Memory,
}

/// Which row, whatever its position.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowId {
    /// A bucket.
    Bucket(BucketName),
    /// A prefix.
    Prefix(Prefix),
    /// An object.
    Object(Key),
}

impl RowId {
    /// The row's identity.
    pub fn of(entry: &Entry) -> Self {
        match entry {
            Entry::Bucket(bucket) => Self::Bucket(bucket.name.clone()),
            Entry::Prefix(prefix) => Self::Prefix(prefix.clone()),
            Entry::Object(object) => Self::Object(object.key.clone()),
        }
    }

    /// The name, key or prefix, as the store spells and orders it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Bucket(name) => name.as_str(),
            Self::Prefix(prefix) => prefix.as_str(),
            Self::Object(key) => key.as_str(),
        }
    }
}

/// What the loaded rows are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// The store's own order: by the bytes of the key.
    #[default]
    Name,
    /// Size; prefixes first.
    Size,
    /// Time of the last change; prefixes first.
    Time,
}

/// The order in which loaded rows are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Whether the order is turned round.
    pub reversed: bool,
}

/// A text that shown rows contain; empty shows all. Lower case alone finds both cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(pub String);

impl Filter {
    /// Whether it leaves all rows.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Listing {
    /// A place of which nothing is known yet.
    pub fn unasked(location: Location, by: SortBy) -> Self {
        Self {
            rows: no_rows(&location),
            location,
            more: More::Unasked,
            goal: Goal::Ahead,
            failure: None,
            origin: Origin::Store,
            as_of: None,
            begin: Begin::Start,
            marks: Marks::default(),
            filter: Filter::default(),
            sort: Sort { by, reversed: false },
            shown: Arrangement::default(),
            beside: Beside::Nothing,
            held: None,
            spot: Spot::default(),
            fresh: None,
            streams_from: None,
            early: 0,
        }
    }

    /// Takes all buckets.
    pub fn take_buckets(&mut self, buckets: Vec<BucketSummary>, at: Timestamp) {
        let rows = Rows::Buckets(buckets.into());
        self.take(More::Nothing, at, |known| *known = rows);
    }

    /// Takes the rows of a page, in the store's order, and what is left after them.
    pub fn take_page(&mut self, page: &KeyPage, more: More, at: Timestamp) {
        let begin = &self.begin.clone();
        self.take(more, at, |rows| {
            let Rows::Keys(keys) = rows else { return };
            // Some stores begin a page with the last name of the one before.
            let repeated = usize::from(page.first().is_some() && page.first() == keys.last_name());
            // To begin at a name, it is asked for what is behind a text just before it.
            let early = match begin {
                Begin::At(name) if keys.is_empty() => {
                    page.iter().take_while(|row| row.name() < &**name && !name.starts_with(row.name())).count()
                }
                Begin::At(_) | Begin::Start | Begin::Behind(_) => 0,
            };
            page.iter().skip(repeated.max(early)).for_each(|row| keys.push(row));
        });
    }

    fn take(&mut self, more: More, at: Timestamp, add: impl FnOnce(&mut Rows)) {
        self.failure = None;
        self.more = more;
        self.as_of.get_or_insert(at);
        let follows = self.goal == Goal::End && self.cursor() + 1 >= self.shown_count();
        match &mut self.fresh {
            Some(fresh) => {
                add(fresh);
                if fresh.len() >= self.rows.len() || self.more == More::Nothing {
                    self.swap_in_fresh(at);
                }
            }
            None => {
                let first_new = self.rows.len();
                add(&mut self.rows);
                self.marks.settle(&self.rows, first_new);
                self.show_new();
            }
        }
        if follows {
            self.move_to(usize::MAX);
        }
        if self.goal == Goal::Page {
            self.goal = Goal::Ahead;
        }
        self.seek();
    }

    /// The shown rows from position `from` on.
    pub fn shown_from(&self, from: usize) -> impl Iterator<Item = Shown> {
        let shown = |at| Some(Shown { entry: self.rows.entry(at)?, is_marked: self.marks.has(at) });
        self.shown.rows_from(from).filter_map(shown)
    }

    /// The row under the cursor.
    pub fn current(&self) -> Option<Entry> {
        self.rows.entry(self.shown.row_at(self.cursor())?)
    }

    /// The object under the cursor, if there is one.
    pub fn current_object(&self) -> Option<ObjectId> {
        match (&self.location, self.current()?) {
            (Location::Prefix { bucket, .. }, Entry::Object(object)) => {
                Some(ObjectId::current(bucket.clone(), object.key))
            }
            _ => None,
        }
    }

    /// The loaded row with this identity.
    pub fn find(&self, id: &RowId) -> Option<Entry> {
        self.rows.entry(self.rows.find(id)?)
    }

    /// Which rows are marked.
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    /// The marked rows that are loaded, in the store's order.
    pub fn marked(&self) -> Vec<Entry> {
        let mut marked = Vec::new();
        self.rows.pick(self.marks.loaded(), |row| marked.extend(row.entry()));
        marked
    }

    /// Marks a row, whether or not it is loaded.
    pub fn mark(&mut self, id: RowId) {
        match self.rows.find(&id) {
            Some(at) => self.marks.set(&self.rows, [at].into_iter(), Mark::Set),
            None => self.marks.await_row(id),
        }
    }

    /// Marks the row under the cursor, or takes its mark away.
    pub fn turn_mark(&mut self) {
        let Some(at) = self.shown.row_at(self.cursor()) else { return };
        let mark = if self.marks.has(at) { Mark::Unset } else { Mark::Set };
        self.marks.set(&self.rows, [at].into_iter(), mark);
    }

    /// Marks all shown rows; where they are, takes their marks away.
    pub fn turn_all_marks(&mut self) {
        let all_marked = self.shown.rows_from(0).all(|at| self.marks.has(at));
        let mark = if all_marked { Mark::Unset } else { Mark::Set };
        let shown = (0..self.shown.count()).map(|position| self.shown.row_at(position).unwrap_or_default());
        self.marks.set(&self.rows, shown, mark);
    }

    /// Takes all marks away.
    pub fn clear_marks(&mut self) {
        self.marks = Marks::default();
    }

    fn move_spot(&mut self, position: usize) {
        self.spot.move_to(position, self.shown.count());
    }

    /// Puts the cursor on this row, if it is shown.
    pub fn select(&mut self, id: &RowId) -> bool {
        let found = self.rows.find(id).and_then(|row| self.shown.position_of(row));
        if let Some(position) = found {
            self.move_to(position);
        }
        found.is_some()
    }

    /// The filter in force.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Shows only rows that the filter matches. The cursor stays on its row where that is still shown.
    pub fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.arrange(self.held.or_else(|| self.shown.row_at(self.cursor())));
    }

    /// The order in force.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Sorts the loaded rows. The cursor stays on its row.
    pub fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.arrange(self.held.or_else(|| self.shown.row_at(self.cursor())));
    }

    fn let_go(&mut self) {
        self.marks.let_go(&self.rows);
        self.rows = no_rows(&self.location);
        self.shown = Arrangement::default();
        (self.beside, self.held) = (Beside::Nothing, None);
        self.fresh = None;
        self.more = More::Unasked;
        self.as_of = None;
    }

    /// The name that a row is shown and filtered by: what follows the place's prefix.
    pub fn name_of<'e>(&self, entry: &'e Entry) -> &'e str {
        name_in(&self.location, entry)
    }

    fn swap_in_fresh(&mut self, at: Timestamp) {
        let Some(fresh) = self.fresh.take() else { return };
        let here = self.current().map(|entry| RowId::of(&entry));
        self.marks.let_go(&self.rows);
        self.rows = fresh;
        self.as_of = Some(at);
        self.marks.settle(&self.rows, 0);
        if self.more == More::Nothing {
            let begin = self.begin.clone();
            self.marks.forget_missing(|row| begin.is_before(row));
        }
        let row = here.and_then(|id| self.rows.find(&id));
        self.arrange(row);
        if row.is_none_or(|row| self.shown.position_of(row).is_none()) {
            self.move_spot(self.cursor());
        }
    }
}

fn no_rows(location: &Location) -> Rows {
    match location {
        Location::Buckets => Rows::Buckets([].into()),
        Location::Prefix { .. } => Rows::Keys(Keys::default()),
    }
}

/// What follows the folder that a prefix lies in.
fn below<'n>(name: &'n str, prefix: &Prefix) -> &'n str {
    name.strip_prefix(prefix.folder()).unwrap_or(name)
}

fn name_in<'e>(location: &Location, entry: &'e Entry) -> &'e str {
    match (location, entry) {
        (_, Entry::Bucket(bucket)) => bucket.name.as_str(),
        (Location::Prefix { prefix: outer, .. }, Entry::Prefix(prefix)) => below(prefix.as_str(), outer),
        (Location::Prefix { prefix: outer, .. }, Entry::Object(object)) => below(object.key.as_str(), outer),
        (Location::Buckets, Entry::Prefix(prefix)) => prefix.as_str(),
        (Location::Buckets, Entry::Object(object)) => object.key.as_str(),
    }
}

impl List for Listing {
    fn shown_count(&self) -> usize {
        self.shown.count()
    }

    fn spot(&self) -> Spot {
        self.spot
    }

    fn spot_mut(&mut self) -> &mut Spot {
        &mut self.spot
    }

    fn moved(&mut self) {
        self.held = None;
    }
}

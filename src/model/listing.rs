//! One place as it is known so far: its rows, how they are filtered, sorted and marked, and where the cursor is.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use super::spot::Spot;
use crate::s3::entry::Entry;
use crate::s3::failure::Failure;
use crate::s3::listing::PageToken;
use crate::s3::location::{Location, ObjectId};
use crate::s3::name::{BucketName, Key, Prefix};

/// A place with the rows that were loaded of it.
///
/// Invariants: `shown` holds positions in `rows`, each at most once; the cursor is on a shown row wherever there is one.
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
    /// When the first page of these rows came.
    pub as_of: Option<Timestamp>,
    /// The marked rows. A mark outlives filter, sort and refresh.
    pub marks: BTreeSet<RowId>,
    rows: Vec<Entry>,
    filter: Filter,
    sort: Sort,
    shown: Vec<usize>,
    spot: Spot,
    fresh: Option<Vec<Entry>>,
}

/// What is left to load of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum More {
    /// Nothing was asked yet.
    Unasked,
    /// There are further pages.
    Next(PageToken),
    /// Everything is loaded.
    Nothing,
}

/// How far loading goes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A page ahead of the cursor.
    Ahead,
    /// Until this row has come, or cannot come any more.
    Row(RowId),
    /// To the end. The cursor follows as long as it is on the last row.
    End,
    /// Not at all: loading was cancelled.
    Nowhere,
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

    /// Whether `entry` is this row.
    pub fn names(&self, entry: &Entry) -> bool {
        match (self, entry) {
            (Self::Bucket(name), Entry::Bucket(bucket)) => *name == bucket.name,
            (Self::Prefix(name), Entry::Prefix(prefix)) => name == prefix,
            (Self::Object(key), Entry::Object(object)) => *key == object.key,
            _ => false,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
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

    fn matches(&self, name: &str) -> bool {
        if self.is_empty() || name.contains(&self.0) {
            return true;
        }
        let any_case = !self.0.chars().any(char::is_uppercase);
        any_case && name.to_lowercase().contains(&self.0)
    }
}

impl Listing {
    /// A place of which nothing is known yet.
    pub fn unasked(location: Location, by: SortBy) -> Self {
        Self {
            location,
            more: More::Unasked,
            goal: Goal::Ahead,
            failure: None,
            as_of: None,
            marks: BTreeSet::new(),
            rows: Vec::new(),
            filter: Filter::default(),
            sort: Sort { by, reversed: false },
            shown: Vec::new(),
            spot: Spot::default(),
            fresh: None,
        }
    }

    /// Takes the rows of a page, in the store's order, and what is left after them.
    pub fn take_page(&mut self, entries: Vec<Entry>, more: More, at: Timestamp) {
        self.failure = None;
        self.more = more;
        self.as_of.get_or_insert(at);
        let follows = self.goal == Goal::End && self.cursor() + 1 >= self.shown.len();
        match &mut self.fresh {
            Some(fresh) => {
                fresh.extend(entries);
                if fresh.len() >= self.rows.len() || self.more == More::Nothing {
                    self.swap_in_fresh(at);
                }
            }
            None => {
                let first_new = self.rows.len();
                self.rows.extend(entries);
                self.show_new(first_new);
            }
        }
        if follows {
            self.move_to(usize::MAX);
        }
        self.seek();
    }

    /// Begins to ask anew. The old rows stay until as many new ones have come.
    pub fn refresh(&mut self) {
        self.failure = None;
        self.goal = Goal::Ahead;
        self.more = More::Unasked;
        self.fresh = (!self.rows.is_empty()).then(Vec::new);
    }

    /// Whether old rows are shown while new ones are on their way.
    pub fn is_refreshing(&self) -> bool {
        self.fresh.is_some()
    }

    /// A refresh was cancelled or failed: what is loaded stays, and asking begins anew the next time.
    pub fn stop_refreshing(&mut self) {
        if self.fresh.take().is_some() {
            self.more = More::Unasked;
        }
    }

    /// Whether the next page is to be asked for now, on a screen of `height` rows.
    ///
    /// A filter never loads by itself: few matches would otherwise load the whole prefix.
    pub fn wants_more(&self, height: usize) -> bool {
        match (&self.more, &self.goal) {
            (More::Nothing, _) | (_, Goal::Nowhere) => false,
            (More::Unasked, _) => self.rows.is_empty() || self.is_refreshing(),
            (More::Next(_), Goal::End | Goal::Row(_)) => true,
            (More::Next(_), Goal::Ahead) => {
                self.is_refreshing() || (self.filter.is_empty() && self.cursor() + 2 * height >= self.shown.len())
            }
        }
    }

    /// How many rows are loaded.
    pub fn loaded(&self) -> usize {
        self.rows.len()
    }

    /// How many loaded rows are shown.
    pub fn shown_count(&self) -> usize {
        self.shown.len()
    }

    /// The shown rows from position `from` on.
    pub fn shown_from(&self, from: usize) -> impl Iterator<Item = &Entry> {
        self.shown.iter().skip(from).filter_map(|at| self.rows.get(*at))
    }

    /// The row under the cursor.
    pub fn current(&self) -> Option<&Entry> {
        self.rows.get(*self.shown.get(self.cursor())?)
    }

    /// The object under the cursor, if there is one.
    pub fn current_object(&self) -> Option<ObjectId> {
        match (&self.location, self.current()?) {
            (Location::Prefix { bucket, .. }, Entry::Object(object)) => {
                Some(ObjectId::current(bucket.clone(), object.key.clone()))
            }
            _ => None,
        }
    }

    /// The loaded row with this identity.
    pub fn find(&self, id: &RowId) -> Option<&Entry> {
        self.rows.iter().find(|entry| id.names(entry))
    }

    /// The marked rows that are loaded, in the store's order.
    pub fn marked(&self) -> impl Iterator<Item = &Entry> {
        self.rows.iter().filter(|entry| !self.marks.is_empty() && self.marks.contains(&RowId::of(entry)))
    }

    /// Where the cursor is among the shown rows, and which of them is the first on the screen.
    pub fn spot(&self) -> Spot {
        self.spot
    }

    /// The cursor's position among the shown rows.
    pub fn cursor(&self) -> usize {
        self.spot.cursor()
    }

    /// Moves the cursor by `rows`, as far as there are rows.
    pub fn move_by(&mut self, rows: isize) {
        self.spot.move_by(rows, self.shown.len());
    }

    /// Puts the cursor on the shown row at `position`, or the last one.
    pub fn move_to(&mut self, position: usize) {
        self.spot.move_to(position, self.shown.len());
    }

    /// Puts the cursor on this row, if it is shown.
    pub fn select(&mut self, id: &RowId) -> bool {
        let found = self.shown.iter().position(|at| self.rows.get(*at).is_some_and(|entry| id.names(entry)));
        if let Some(position) = found {
            self.move_to(position);
        }
        found.is_some()
    }

    /// Scrolls by `rows` and takes the cursor along only where it would leave the screen of `height` rows.
    pub fn scroll_by(&mut self, rows: isize, height: usize) {
        self.spot.scroll_by(rows, height, self.shown.len());
    }

    /// Scrolls just as far as the cursor needs on a screen of `height` rows.
    pub fn keep_cursor_in_view(&mut self, height: usize) {
        self.spot.keep_in_view(height, self.shown.len());
    }

    /// The filter in force.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Shows only rows that the filter matches. The cursor stays on its row where that is still shown.
    pub fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.show_all_again();
    }

    /// The order in force.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Sorts the loaded rows. The cursor stays on its row.
    pub fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.show_all_again();
    }

    /// Lets go of the rows, to be asked for again, but remembers the cursor's row.
    pub fn forget_rows(&mut self) {
        if let Some(entry) = self.current() {
            self.goal = Goal::Row(RowId::of(entry));
        }
        self.rows = Vec::new();
        self.shown = Vec::new();
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
        let here = self.current().map(RowId::of);
        self.rows = fresh;
        self.as_of = Some(at);
        let loaded: BTreeSet<RowId> =
            if self.marks.is_empty() { BTreeSet::new() } else { self.rows.iter().map(RowId::of).collect() };
        if self.more == More::Nothing {
            self.marks.retain(|mark| loaded.contains(mark));
        }
        let position = self.cursor();
        self.shown.clear();
        self.show_new(0);
        if !here.is_some_and(|id| self.select(&id)) {
            self.move_to(position);
        }
    }

    /// Shows what is loaded from `first_new` on, besides what is shown already.
    fn show_new(&mut self, first_new: usize) {
        let here = self.shown.get(self.cursor()).copied();
        let (location, filter) = (&self.location, &self.filter);
        let new = self.rows.iter().enumerate().skip(first_new);
        self.shown.extend(new.filter(|(_, entry)| filter.matches(name_in(location, entry))).map(|(at, _)| at));
        // Rows come in the store's order, so that in this order nothing before them moves.
        if self.sort != Sort::default() {
            let (rows, sort) = (&self.rows, self.sort);
            self.shown.sort_by(|a, b| match (rows.get(*a), rows.get(*b)) {
                (Some(x), Some(y)) => sort.order(x, y, a.cmp(b)),
                _ => Ordering::Equal,
            });
        }
        let kept = here.and_then(|at| self.shown.iter().position(|shown| *shown == at));
        self.move_to(kept.unwrap_or(self.cursor()));
    }

    fn show_all_again(&mut self) {
        let here = self.shown.get(self.cursor()).copied();
        self.shown.clear();
        self.show_new(0);
        let kept = here.and_then(|at| self.shown.iter().position(|shown| *shown == at));
        self.move_to(kept.unwrap_or(0));
    }

    /// Ends a goal that is reached. A row that is looked for is given up when the store's order has passed it.
    fn seek(&mut self) {
        if self.goal == Goal::End && self.more == More::Nothing {
            self.goal = Goal::Ahead;
        }
        let Goal::Row(wanted) = &self.goal else { return };
        let wanted = wanted.clone();
        let passed = self.rows.last().is_some_and(|last| RowId::of(last).as_str() >= wanted.as_str());
        if self.select(&wanted) || passed || self.more == More::Nothing {
            self.goal = Goal::Ahead;
        }
    }
}

impl Sort {
    /// The order of two rows; `in_store` is their order as the store sent them.
    fn order(self, a: &Entry, b: &Entry, in_store: Ordering) -> Ordering {
        let turn = |order: Ordering| if self.reversed { order.reverse() } else { order };
        let is_object = |entry: &Entry| matches!(entry, Entry::Object(_));
        match self.by {
            SortBy::Name => turn(in_store),
            SortBy::Size => is_object(a).cmp(&is_object(b)).then(turn(size(b).cmp(&size(a)))).then(in_store),
            SortBy::Time => is_object(a).cmp(&is_object(b)).then(turn(time(b).cmp(&time(a)))).then(in_store),
        }
    }
}

fn size(entry: &Entry) -> Option<u64> {
    match entry {
        Entry::Object(object) => Some(object.size),
        Entry::Bucket(_) | Entry::Prefix(_) => None,
    }
}

fn time(entry: &Entry) -> Option<Timestamp> {
    match entry {
        Entry::Object(object) => object.modified,
        Entry::Bucket(bucket) => bucket.created,
        Entry::Prefix(_) => None,
    }
}

fn name_in<'e>(location: &Location, entry: &'e Entry) -> &'e str {
    match (location, entry) {
        (_, Entry::Bucket(bucket)) => bucket.name.as_str(),
        (Location::Prefix { prefix: outer, .. }, Entry::Prefix(prefix)) => prefix.below(outer),
        (Location::Prefix { prefix: outer, .. }, Entry::Object(object)) => object.key.below(outer),
        (Location::Buckets, Entry::Prefix(prefix)) => prefix.as_str(),
        (Location::Buckets, Entry::Object(object)) => object.key.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::s3::entry::ObjectSummary;

    fn object(key: &str, size: u64) -> Entry {
        Entry::Object(ObjectSummary {
            key: Key::parse(key).unwrap(),
            size,
            modified: None,
            etag: String::new(),
            storage_class: String::new(),
        })
    }

    fn listing(keys: &[(&str, u64)]) -> Listing {
        let mut listing = Listing::unasked(Location::parse("s3://b/").unwrap(), SortBy::Name);
        let rows = keys.iter().map(|(key, size)| object(key, *size)).collect();
        listing.take_page(rows, More::Nothing, Timestamp::UNIX_EPOCH);
        listing
    }

    fn shown(listing: &Listing) -> Vec<&str> {
        listing.shown_from(0).map(|entry| listing.name_of(entry)).collect()
    }

    #[test]
    fn sort_and_filter_keep_the_cursor_on_its_row() {
        let mut list = listing(&[("a", 1), ("b", 3), ("c", 2), ("cc", 9)]);
        list.move_to(2);
        list.set_sort(Sort { by: SortBy::Size, reversed: false });
        assert_eq!(shown(&list), ["cc", "b", "c", "a"]);
        assert_eq!(list.name_of(list.current().unwrap()), "c");
        list.set_filter(Filter("C".into()));
        assert_eq!(shown(&list), [""; 0]);
        list.set_filter(Filter("c".into()));
        assert_eq!(shown(&list), ["cc", "c"]);
        list.set_filter(Filter::default());
        assert_eq!(list.shown_count(), 4);
    }

    #[test]
    fn refresh_keeps_filter_sort_marks_and_cursor_and_the_old_rows_until_the_new_ones_are_there() {
        let mut list = listing(&[("a", 1), ("b", 3), ("c", 2)]);
        list.set_sort(Sort { by: SortBy::Size, reversed: true });
        list.select(&RowId::Object(Key::parse("c").unwrap()));
        list.marks.insert(RowId::Object(Key::parse("b").unwrap()));
        list.refresh();
        assert!(list.wants_more(10));
        assert_eq!(list.shown_count(), 3);
        list.take_page(vec![object("aa", 7), object("b", 3)], More::Next(PageToken("t".into())), Timestamp::UNIX_EPOCH);
        assert_eq!(shown(&list), ["a", "c", "b"], "too few new rows to swap");
        list.take_page(vec![object("c", 2)], More::Nothing, Timestamp::UNIX_EPOCH);
        assert_eq!(shown(&list), ["c", "b", "aa"]);
        assert_eq!(list.name_of(list.current().unwrap()), "c");
        assert_eq!(list.marked().count(), 1);
    }

    #[test]
    fn a_filter_never_loads_by_itself() {
        let mut list = listing(&[("a", 1)]);
        list.more = More::Next(PageToken("t".into()));
        assert!(list.wants_more(10));
        list.set_filter(Filter("zzz".into()));
        assert!(!list.wants_more(10));
        list.goal = Goal::End;
        assert!(list.wants_more(10));
    }

    #[test]
    fn a_row_is_looked_for_until_the_order_has_passed_it() {
        let mut list = Listing::unasked(Location::parse("s3://b/").unwrap(), SortBy::Name);
        list.goal = Goal::Row(RowId::Object(Key::parse("k").unwrap()));
        let next = || More::Next(PageToken("t".into()));
        list.take_page(vec![object("a", 1), object("b", 1)], next(), Timestamp::UNIX_EPOCH);
        assert!(list.wants_more(1), "not there yet");
        list.take_page(vec![object("k", 1), object("l", 1)], next(), Timestamp::UNIX_EPOCH);
        assert_eq!(list.name_of(list.current().unwrap()), "k");
        assert_eq!(list.goal, Goal::Ahead);
    }

    proptest! {
        #[test]
        fn the_cursor_is_on_a_shown_row_and_on_the_screen_whatever_happens(
            steps in prop::collection::vec((0u8..8, any::<i8>()), 0..60),
            height in 0usize..12,
        ) {
            let mut list = listing(&[]);
            let mut made = 0;
            for (step, n) in steps {
                match step {
                    0 => list.move_by(isize::from(n)),
                    1 => list.scroll_by(isize::from(n), height),
                    2 => list.set_filter(Filter(if n % 3 == 0 { String::new() } else { (n % 3).to_string() })),
                    3 => list.set_sort(Sort { by: SortBy::Size, reversed: n > 0 }),
                    4 => list.set_sort(Sort::default()),
                    5 => list.refresh(),
                    6 => list.stop_refreshing(),
                    _ => {
                        let rows = (0..n.unsigned_abs() % 9).map(|i| object(&format!("{made}-{i}"), u64::from(i) % 3)).collect();
                        made += 1;
                        list.take_page(rows, if n % 2 == 0 { More::Nothing } else { More::Next(PageToken("t".into())) }, Timestamp::UNIX_EPOCH);
                    }
                }
                list.keep_cursor_in_view(height);
                prop_assert_eq!(list.current().is_some(), list.shown_count() > 0);
                if height > 0 && list.shown_count() > 0 {
                    prop_assert!((list.spot().top()..list.spot().top() + height).contains(&list.cursor()));
                }
                let mut at = list.shown.clone();
                at.sort_unstable();
                at.dedup();
                prop_assert_eq!(at.len(), list.shown.len());
            }
        }
    }
}

//! One place as it is known so far: its rows, how they are filtered, sorted and marked, and where the cursor is.

use jiff::Timestamp;

use super::arrangement::{Arrangement, Arranging};
use super::marks::{Mark, Marks};
use super::rows::Rows;
use super::spot::{List, Spot};
use crate::s3::entry::{BucketSummary, Entry};
use crate::s3::failure::Failure;
use crate::s3::key_page::KeyPage;
use crate::s3::keys::Keys;
use crate::s3::listing::Resume;
use crate::s3::location::{Location, ObjectId};
use crate::s3::name::{BucketName, Key, Prefix, just_before};

/// So many rows are filtered and sorted at once; the rest of a longer list beside the screen.
const AT_ONCE: usize = 20_000;

/// So many rows a refresh asks for page by page.
const ONE_BY_ONE: usize = 2_000;

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

/// Where the rows of a place begin; those before are not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// With the first one.
    Start,
    /// With this name or the next one.
    At(String),
    /// Behind this name.
    Behind(String),
}

impl Begin {
    /// Whether rows that begin here may have this one among them.
    fn is_before(&self, row: &RowId) -> bool {
        match self {
            Self::Start => true,
            Self::At(name) => row.as_str() >= &**name,
            Self::Behind(name) => row.as_str() > &**name,
        }
    }
}

/// What of a long list is arranged beside the screen.
#[derive(Debug)]
enum Beside {
    /// Nothing.
    Nothing,
    /// This is to be gone on with.
    Waiting(Box<Arranging>),
    /// What is awaited.
    Running,
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

/// What is left to load of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum More {
    /// Nothing was asked yet.
    Unasked,
    /// There are further pages.
    Next(Resume),
    /// Everything is loaded.
    Nothing,
}

/// How far loading goes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A page ahead of the cursor. In another order than that of names, what comes may land anywhere: then only a screen is filled.
    Ahead,
    /// One page more.
    Page,
    /// Until this row has come, or cannot come any more.
    Row(RowId),
    /// To the end. The cursor follows as long as it is on the last row.
    End,
    /// Not at all: loading was cancelled.
    Nowhere,
}

/// How much of a place is to be asked for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Nothing.
    Nothing,
    /// One page.
    Page,
    /// All that is left, many pages at a time, until enough has come.
    All,
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

    /// Begins to ask anew. The old rows stay until as many new ones have come.
    pub fn refresh(&mut self) {
        self.failure = None;
        self.goal = Goal::Ahead;
        self.more = More::Unasked;
        self.fresh = (!self.rows.is_empty()).then(|| no_rows(&self.location));
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

    /// How much is to be asked for now, on a screen of `height` rows.
    ///
    /// A filter never loads by itself: few matches would otherwise load the whole prefix.
    pub fn wants(&self, height: usize, most_bytes: usize) -> Wants {
        match (&self.more, &self.goal) {
            (More::Nothing, _) | (_, Goal::Nowhere) => Wants::Nothing,
            (_, _) if self.is_full(most_bytes) => Wants::Nothing,
            (_, _) if self.is_refreshing() => {
                if self.came() + ONE_BY_ONE < self.loaded() {
                    Wants::All
                } else {
                    Wants::Page
                }
            }
            (More::Unasked, _) if self.rows.is_empty() => Wants::Page,
            (More::Unasked, _) => Wants::Nothing,
            (More::Next(_), Goal::End | Goal::Row(_)) => Wants::All,
            (More::Next(_), Goal::Page) => Wants::Page,
            (More::Next(_), Goal::Ahead) if self.filter.is_empty() => {
                let seen = if self.is_in_order() { self.cursor() } else { 0 };
                if seen + 2 * height >= self.shown_count() { Wants::Page } else { Wants::Nothing }
            }
            (More::Next(_), Goal::Ahead) => Wants::Nothing,
        }
    }

    /// Whether further rows come behind the shown ones.
    fn is_in_order(&self) -> bool {
        self.sort == Sort::default()
    }

    /// Has one page more loaded, where none comes by itself at the end of what is shown. Not for a filter: it may match none of it.
    pub fn go_further(&mut self) {
        if !self.is_in_order() && self.filter.is_empty() && self.goal == Goal::Ahead {
            self.goal = Goal::Page;
        }
    }

    /// Whether the rows take as much memory as they may, though there are more.
    pub fn is_full(&self, most_bytes: usize) -> bool {
        self.bytes() >= most_bytes && matches!(self.more, More::Next(_))
    }

    /// Where the rows begin.
    pub fn begin(&self) -> &Begin {
        &self.begin
    }

    /// Where the first page is to begin.
    pub fn first_page(&self) -> Resume {
        match &self.begin {
            Begin::Start => Resume::Start,
            Begin::At(name) => Resume::After(just_before(name)),
            Begin::Behind(name) => Resume::After(name.clone()),
        }
    }

    /// Lets go of the rows, to load those that begin here. Filter, sort and marks stay.
    pub fn begin_with(&mut self, begin: Begin) {
        self.let_go();
        self.begin = begin;
        self.goal = Goal::Ahead;
        self.failure = None;
        self.move_to(0);
    }

    /// Goes to this row: at once where it is shown, else when it has come.
    pub fn look_for(&mut self, row: RowId) {
        self.goal = Goal::Row(row);
        self.seek();
    }

    /// The row that is looked for, where it is worth it to begin the rows anew with it: it lies before those that are loaded, or
    /// behind them and nobody knows how far. Not where the store keeps no order: it is then among all that is left.
    pub fn far_row(&self) -> Option<&RowId> {
        let Goal::Row(row) = &self.goal else { return None };
        let is_behind = || !self.rows.is_empty() && self.rows.are_ordered() && !self.has_passed(row);
        let is_begun_with = matches!(&self.begin, Begin::At(name) if name == row.as_str());
        (!is_begun_with && (!self.begins_before(row) || is_behind())).then_some(row)
    }

    /// Whether all rows up to this one have come, and with them the row itself, if the store has it.
    fn has_passed(&self, row: &RowId) -> bool {
        self.begins_before(row) && (self.rows.reach(row.as_str()) || self.more == More::Nothing)
    }

    fn begins_before(&self, row: &RowId) -> bool {
        self.begin.is_before(row)
    }

    /// Notes that so much was asked for.
    pub fn asked_for(&mut self, wants: Wants) {
        self.streams_from = (wants == Wants::All).then(|| self.came());
        self.early = 0;
    }

    /// How many rows have come since all that was left was asked for, those that came early among them; `None` where pages are
    /// asked for one by one.
    pub fn streamed(&self) -> Option<usize> {
        self.streams_from.map(|from| self.came().saturating_sub(from) + self.early)
    }

    /// How many rows have come: while a refresh runs, of the new ones.
    pub fn came(&self) -> usize {
        self.fresh.as_ref().map_or(self.rows.len(), Rows::len)
    }

    /// The name of the last row that has come: while a refresh runs, of the new ones.
    pub fn last_name(&self) -> Option<&str> {
        match self.fresh.as_ref().unwrap_or(&self.rows) {
            Rows::Keys(keys) => keys.last_name(),
            Rows::Buckets(_) => None,
        }
    }

    /// How many rows are loaded.
    pub fn loaded(&self) -> usize {
        self.rows.len()
    }

    /// Memory that the loaded rows take, in bytes.
    pub fn bytes(&self) -> usize {
        self.rows.bytes()
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

    /// Lets go of the rows, to be asked for again, but remembers the cursor's row.
    pub fn forget_rows(&mut self) {
        if let Some(entry) = self.current() {
            self.goal = Goal::Row(RowId::of(&entry));
        }
        self.let_go();
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

    /// Shows what was loaded besides what is shown already, as far as that can be done at once.
    fn show_new(&mut self) {
        if self.is_arranging() {
            return;
        }
        if self.sort.by != SortBy::Name && self.rows.len() > AT_ONCE {
            // To sort all anew is worth it once many have come; until then the list stands still.
            if self.rows.len() >= self.shown.made_of() + self.shown.made_of() / 4 {
                self.arrange_rest();
            }
            return;
        }
        let here = self.shown.row_at(self.cursor());
        let arranging = match self.shown.made_of() {
            0 => self.arranging(),
            _ => {
                let (rows, filter) = (self.rows.clone(), self.filter.clone());
                Arranging::after(std::mem::take(&mut self.shown), rows, self.own_prefix(), filter)
            }
        };
        self.go_on(arranging);
        let kept = here.and_then(|row| self.shown.position_of(row));
        self.move_spot(kept.unwrap_or(self.cursor()));
    }

    /// Arranges all rows anew, with the cursor on this one where it is shown.
    fn arrange(&mut self, row: Option<usize>) {
        self.go_on(self.arranging());
        self.held = row.filter(|_| self.is_arranging());
        self.move_spot(row.and_then(|row| self.shown.position_of(row)).unwrap_or(0));
    }

    /// Arranges as many rows as can be done at once; the others wait for [`Self::take_arranging`].
    fn go_on(&mut self, arranging: Arranging) {
        let arranging = arranging.step(AT_ONCE);
        if arranging.is_done() {
            self.shown = arranging.finish();
            self.beside = Beside::Nothing;
        } else {
            self.shown = arranging.so_far();
            self.beside = Beside::Waiting(Box::new(arranging));
        }
    }

    /// Has rows that have come, and are not shown yet, arranged with the others.
    pub fn arrange_rest(&mut self) {
        if !self.is_arranging() && self.shown.made_of() < self.rows.len() {
            self.beside = Beside::Waiting(Box::new(self.arranging()));
        }
    }

    /// Whether rows are, or are to be, arranged beside the screen.
    pub fn is_arranging(&self) -> bool {
        !matches!(self.beside, Beside::Nothing)
    }

    /// The work that is to be done beside the screen, which is then awaited.
    pub fn take_arranging(&mut self) -> Option<Box<Arranging>> {
        match std::mem::replace(&mut self.beside, Beside::Running) {
            Beside::Waiting(arranging) => Some(arranging),
            before @ (Beside::Nothing | Beside::Running) => {
                self.beside = before;
                None
            }
        }
    }

    /// Takes what was arranged beside the screen so far.
    pub fn take_arranged_so_far(&mut self, shown: Arrangement) {
        let here = self.held.or_else(|| self.shown.row_at(self.cursor()));
        self.shown = shown;
        self.move_spot(here.and_then(|row| self.shown.position_of(row)).unwrap_or(0));
    }

    /// Takes what was arranged beside the screen in the end.
    pub fn take_arranged(&mut self, shown: Arrangement) {
        self.take_arranged_so_far(shown);
        (self.beside, self.held) = (Beside::Nothing, None);
        self.show_new();
    }

    /// What runs beside the screen is awaited no longer: it is to be done anew.
    pub fn stop_arranging(&mut self) {
        if self.is_arranging() {
            self.beside = Beside::Waiting(Box::new(self.arranging()));
        }
    }

    fn arranging(&self) -> Arranging {
        Arranging::new(self.rows.clone(), self.own_prefix(), self.filter.clone(), self.sort)
    }

    /// How many bytes of each name are the place's own.
    fn own_prefix(&self) -> usize {
        match &self.location {
            Location::Buckets => 0,
            Location::Prefix { prefix, .. } => prefix.folder().len(),
        }
    }

    /// Ends a goal that is reached. A row that is looked for is given up when the store's order has passed it.
    fn seek(&mut self) {
        if self.goal == Goal::End && self.more == More::Nothing {
            self.goal = Goal::Ahead;
        }
        let Goal::Row(wanted) = &self.goal else { return };
        let wanted = wanted.clone();
        if self.select(&wanted) || self.has_passed(&wanted) {
            self.goal = Goal::Ahead;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::marks::Size;
    use crate::s3::key_page::ListedObject;
    use crate::s3::listing::PageToken;

    fn page(keys: &[(&str, u64)]) -> KeyPage {
        let mut page = KeyPage::default();
        for (key, size) in keys {
            page.push_object(&ListedObject { key, size: *size, modified: None, etag: "", storage_class: "" }).unwrap();
        }
        page
    }

    fn listing(keys: &[(&str, u64)]) -> Listing {
        let mut listing = Listing::unasked(Location::parse("s3://b/").unwrap(), SortBy::Name);
        listing.take_page(&page(keys), More::Nothing, Timestamp::UNIX_EPOCH);
        listing
    }

    fn shown(listing: &Listing) -> Vec<String> {
        listing.shown_from(0).map(|shown| listing.name_of(&shown.entry).to_owned()).collect()
    }

    fn current(listing: &Listing) -> String {
        listing.name_of(&listing.current().unwrap()).to_owned()
    }

    fn next() -> More {
        More::Next(Resume::Token(PageToken("t".into())))
    }

    #[test]
    fn sort_and_filter_keep_the_cursor_on_its_row() {
        let mut list = listing(&[("a", 1), ("b", 3), ("c", 2), ("cc", 9)]);
        list.move_to(2);
        list.set_sort(Sort { by: SortBy::Size, reversed: false });
        assert_eq!(shown(&list), ["cc", "b", "c", "a"]);
        assert_eq!(current(&list), "c");
        list.set_filter(Filter("C".into()));
        assert!(shown(&list).is_empty());
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
        list.mark(RowId::Object(Key::parse("b").unwrap()));
        list.refresh();
        assert_eq!(list.wants(10, usize::MAX), Wants::Page);
        assert_eq!(list.shown_count(), 3);
        list.take_page(&page(&[("aa", 7), ("b", 3)]), next(), Timestamp::UNIX_EPOCH);
        assert_eq!(shown(&list), ["a", "c", "b"], "too few new rows to swap");
        list.take_page(&page(&[("c", 2)]), More::Nothing, Timestamp::UNIX_EPOCH);
        assert_eq!(shown(&list), ["c", "b", "aa"]);
        assert_eq!(current(&list), "c");
        assert_eq!(list.marked().len(), 1);
    }

    #[test]
    fn a_filter_never_loads_by_itself() {
        let mut list = listing(&[("a", 1)]);
        list.more = next();
        assert_eq!(list.wants(10, usize::MAX), Wants::Page);
        list.set_filter(Filter("zzz".into()));
        assert_eq!(list.wants(10, usize::MAX), Wants::Nothing);
        list.goal = Goal::End;
        assert_eq!(list.wants(10, usize::MAX), Wants::All);
    }

    #[test]
    fn a_long_list_is_arranged_in_parts_and_the_cursor_comes_back_to_its_row() {
        let keys: Vec<_> = (0..AT_ONCE + 5_000).map(|at| (format!("{at:06}"), at as u64)).collect();
        let keys: Vec<_> = keys.iter().map(|(key, size)| (&**key, *size)).collect();
        let mut list = listing(&keys);
        assert!(!list.is_arranging(), "all rows in the store's order take no work");
        list.move_to(AT_ONCE + 4_999);
        list.set_filter(Filter("99".into()));
        let first = list.shown_count();
        assert!(first > 0 && list.is_arranging(), "the first part is there at once");
        let work = list.take_arranging().unwrap();
        assert!(list.take_arranging().is_none(), "one at a time");
        list.take_page(&page(&[("025099", 1), ("025100", 1)]), next(), Timestamp::UNIX_EPOCH);
        list.take_arranged(work.step(usize::MAX).finish());
        assert_eq!((list.shown_count() > first, current(&list).as_str()), (true, "024999"));
        assert_eq!(shown(&list).last().unwrap(), "025099", "what came meanwhile is there, too");
        list.set_sort(Sort { by: SortBy::Size, reversed: true });
        list.set_filter(Filter::default());
        list.move_to(3);
        let work = list.take_arranging().unwrap();
        list.take_arranged(work.step(usize::MAX).finish());
        assert_eq!((list.shown_count(), list.cursor()), (AT_ONCE + 5_002, 5), "after 0, 1, 1, 1 and 2");
        list.take_page(&page(&[("1", 0)]), next(), Timestamp::UNIX_EPOCH);
        assert!(!list.is_arranging(), "one page more is not worth the work");
        list.arrange_rest();
        let work = list.take_arranging().unwrap();
        list.take_arranged(work.step(usize::MAX).finish());
        assert_eq!((list.shown_count(), list.cursor()), (AT_ONCE + 5_003, 6));
    }

    #[test]
    fn rows_may_begin_at_a_name_or_behind_one_and_never_take_more_than_they_may() {
        let mut list = listing(&[("a", 1), ("b", 2)]);
        list.mark(RowId::Object(Key::parse("b").unwrap()));
        list.begin_with(Begin::At("b".into()));
        assert_eq!((list.loaded(), list.first_page()), (0, Resume::After(format!("a{}", char::MAX))));
        assert_eq!(list.wants(10, usize::MAX), Wants::Page);
        list.take_page(&page(&[("a~", 1), ("b", 2), ("c", 3)]), next(), Timestamp::UNIX_EPOCH);
        assert_eq!((shown(&list), list.marked().len()), (vec!["b".to_owned(), "c".to_owned()], 1));
        list.goal = Goal::End;
        assert_eq!((list.wants(10, usize::MAX), list.wants(10, 8)), (Wants::All, Wants::Nothing));
        list.begin_with(Begin::Behind("c".into()));
        assert_eq!(list.first_page(), Resume::After("c".into()));
    }

    #[test]
    fn a_refresh_of_rows_that_begin_later_keeps_the_marks_before_them() {
        let mut list = listing(&[("a", 1), ("b", 2), ("c", 3)]);
        list.turn_all_marks();
        list.begin_with(Begin::Behind("a".into()));
        list.take_page(&page(&[("b", 2), ("c", 3)]), More::Nothing, Timestamp::UNIX_EPOCH);
        list.refresh();
        list.take_page(&page(&[("c", 3)]), More::Nothing, Timestamp::UNIX_EPOCH);
        assert_eq!((list.marks().len(), list.marked().len()), (2, 1), "b is gone, a is only not shown");
    }

    #[test]
    fn rows_begin_anew_with_one_that_is_looked_for_only_where_it_is_far() {
        let key = |name: &str| RowId::Object(Key::parse(name).unwrap());
        let far = |list: &mut Listing, name| {
            list.look_for(key(name));
            list.far_row().is_some()
        };
        let mut list = Listing::unasked(Location::parse("s3://b/").unwrap(), SortBy::Name);
        assert!(!far(&mut list, "k"), "the first page may have it");
        list.take_page(&page(&[("a", 1), ("c", 1)]), next(), Timestamp::UNIX_EPOCH);
        assert!(list.far_row().is_some() && far(&mut list, "d"), "nobody knows how far");
        assert!(!far(&mut list, "b"), "the store does not have it");
        assert!(!far(&mut list, "c") && current(&list) == "c");
        list.begin_with(Begin::At("k".into()));
        assert!(!far(&mut list, "k") && far(&mut list, "j") && !far(&mut list, "l"));
        list.take_page(&page(&[("m", 1)]), More::Nothing, Timestamp::UNIX_EPOCH);
        assert!(far(&mut list, "j") && !far(&mut list, "k") && !far(&mut list, "z"));

        let mut list = listing(&[("b", 1), ("a", 1)]);
        list.more = next();
        assert!(!far(&mut list, "c"), "without an order, to begin at a name means nothing");
        assert_eq!(list.wants(1, usize::MAX), Wants::All);
    }

    #[test]
    fn a_row_is_looked_for_until_the_order_has_passed_it() {
        let mut list = Listing::unasked(Location::parse("s3://b/").unwrap(), SortBy::Name);
        list.goal = Goal::Row(RowId::Object(Key::parse("k").unwrap()));
        list.take_page(&page(&[("a", 1), ("b", 1)]), next(), Timestamp::UNIX_EPOCH);
        assert_eq!(list.wants(1, usize::MAX), Wants::All, "not there yet");
        list.take_page(&page(&[("k", 1), ("l", 1)]), next(), Timestamp::UNIX_EPOCH);
        assert_eq!(current(&list), "k");
        assert_eq!(list.goal, Goal::Ahead);
    }

    /// The same list as a plain vector of names and sizes.
    #[derive(Default)]
    struct Plain {
        rows: Vec<(String, u64)>,
        marks: std::collections::BTreeSet<String>,
        filter: String,
        sort: Sort,
    }

    impl Plain {
        fn shown(&self) -> Vec<String> {
            let mut shown: Vec<_> = self.rows.iter().filter(|(name, _)| name.contains(&self.filter)).collect();
            match (self.sort.by, self.sort.reversed) {
                (SortBy::Size, false) => shown.sort_by_key(|(_, size)| std::cmp::Reverse(*size)),
                (SortBy::Size, true) => shown.sort_by_key(|(_, size)| *size),
                (_, true) => shown.reverse(),
                (_, false) => {}
            }
            shown.into_iter().map(|(name, _)| name.clone()).collect()
        }
    }

    proptest! {
        #[test]
        fn a_listing_is_what_a_plain_list_would_be(
            steps in prop::collection::vec((0u8..11, any::<i8>()), 0..60),
            height in 0usize..12,
        ) {
            let (mut list, mut plain) = (listing(&[]), Plain::default());
            let mut fresh: Option<Vec<(String, u64)>> = None;
            for (step, n) in steps {
                let before = list.current();
                let (few, reversed) = (n.rem_euclid(3), n > 0);
                match step {
                    0 => list.move_by(isize::from(n)),
                    1 => list.scroll_by(isize::from(n), height),
                    2 => {
                        plain.filter = if few == 0 { String::new() } else { few.to_string() };
                        list.set_filter(Filter(plain.filter.clone()));
                    }
                    3 | 4 => {
                        plain.sort = Sort { by: if step == 3 { SortBy::Size } else { SortBy::Name }, reversed };
                        list.set_sort(plain.sort);
                    }
                    5 => {
                        list.refresh();
                        fresh = (!plain.rows.is_empty()).then(Vec::new);
                    }
                    6 => {
                        list.stop_refreshing();
                        fresh = None;
                    }
                    7 => {
                        let name = before.as_ref().map(|entry| list.name_of(entry).to_owned());
                        if let Some(name) = name.filter(|name| !plain.marks.remove(name)) {
                            plain.marks.insert(name);
                        }
                        list.turn_mark();
                    }
                    8 => {
                        let shown = plain.shown();
                        match shown.iter().all(|name| plain.marks.contains(name)) {
                            true => plain.marks.retain(|name| !shown.contains(name)),
                            false => plain.marks.extend(shown),
                        }
                        list.turn_all_marks();
                    }
                    _ => {
                        // Behind the last name, or with it once more; after a refresh with the old names.
                        let known = fresh.as_ref().unwrap_or(&plain.rows);
                        let last = known.last().map_or(0, |(name, _)| name.parse().unwrap());
                        let names = (last + few as usize % 2..).take(usize::from(n.unsigned_abs() % 9));
                        let rows: Vec<_> = names.map(|at| (format!("{at:04}"), at as u64 % 3)).collect();
                        let more = if n % 2 == 0 { More::Nothing } else { next() };
                        let keys: Vec<_> = rows.iter().map(|(name, size)| (&**name, *size)).collect();
                        list.take_page(&page(&keys), more.clone(), Timestamp::UNIX_EPOCH);
                        let known = fresh.as_mut().unwrap_or(&mut plain.rows);
                        let repeated = usize::from(!rows.is_empty() && rows.first() == known.last());
                        known.extend(rows.into_iter().skip(repeated));
                        if let Some(new) = fresh.take_if(|new| new.len() >= plain.rows.len() || more == More::Nothing) {
                            plain.rows = new;
                            if more == More::Nothing {
                                plain.marks.retain(|mark| plain.rows.iter().any(|(name, _)| name == mark));
                            }
                        }
                    }
                }
                list.keep_cursor_in_view(height);
                prop_assert_eq!(shown(&list), plain.shown());
                prop_assert_eq!(list.marks().len(), plain.marks.len());
                let sizes = list.marked().into_iter().filter_map(|entry| match entry {
                    Entry::Object(object) => Some(object.size),
                    Entry::Bucket(_) | Entry::Prefix(_) => None,
                });
                let sizes: Vec<u64> = sizes.collect();
                let known = Size::Known { objects: sizes.len(), bytes: sizes.iter().sum() };
                prop_assert_eq!(list.marks().size(), known);
                let marked: Vec<_> = list.shown_from(0).filter(|row| row.is_marked).collect();
                prop_assert!(marked.iter().all(|row| plain.marks.contains(list.name_of(&row.entry))));
                prop_assert_eq!(list.current().is_some(), list.shown_count() > 0);
                let kept = before.is_none_or(|before| {
                    list.current().as_ref() == Some(&before) || !plain.shown().contains(&list.name_of(&before).to_owned())
                });
                prop_assert!(matches!(step, 0 | 1) || kept, "the cursor stays on its row");
                if height > 0 && list.shown_count() > 0 {
                    prop_assert!((list.spot().top()..list.spot().top() + height).contains(&list.cursor()));
                }
            }
        }
    }
}

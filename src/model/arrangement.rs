//! Which rows are shown, in which order: filter and sort as a function of the rows, done at once or in steps.
//!
//! Nothing is kept where all rows are shown as the store named them, however many they are.

use std::ops::{ControlFlow, Range};

use memchr::memmem::Finder;

use super::listing::{Filter, Sort, SortBy};
use super::rows::{Row, Rows};
use crate::s3::key_page::Listed;

/// Which of the rows are shown, by their position among all that are loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrangement {
    /// How many rows, from the first on, it was made of.
    rows: usize,
    /// The shown ones; `None` means all.
    picked: Option<Vec<u32>>,
    /// By what `picked` is ordered.
    sort: Sort,
}

impl Arrangement {
    /// How many rows are shown.
    pub fn count(&self) -> usize {
        self.picked.as_ref().map_or(self.rows, Vec::len)
    }

    /// How many rows, from the first on, it was made of.
    pub fn made_of(&self) -> usize {
        self.rows
    }

    /// The row that is shown at `position`.
    pub fn row_at(&self, position: usize) -> Option<usize> {
        let position = self.turned(position)?;
        match &self.picked {
            Some(picked) => picked.get(position).map(|row| *row as usize),
            None => Some(position).filter(|row| *row < self.rows),
        }
    }

    /// Where `row` is shown.
    pub fn position_of(&self, row: usize) -> Option<usize> {
        let position = match (&self.picked, self.sort.by) {
            (None, _) => Some(row).filter(|row| *row < self.rows),
            (Some(picked), SortBy::Name) => picked.binary_search(&u32::try_from(row).ok()?).ok(),
            (Some(picked), SortBy::Size | SortBy::Time) => picked.iter().position(|shown| *shown as usize == row),
        };
        self.turned(position?)
    }

    /// Shown rows from position `from` on.
    pub fn rows_from(&self, from: usize) -> impl Iterator<Item = usize> {
        (from..self.count()).filter_map(|position| self.row_at(position))
    }

    /// The order by name is one, read from either end.
    fn turned(&self, position: usize) -> Option<usize> {
        match (self.sort.by, self.sort.reversed) {
            (SortBy::Name, true) => self.count().checked_sub(position + 1),
            (SortBy::Name, false) | (SortBy::Size | SortBy::Time, _) => Some(position),
        }
    }
}

/// Rows that are being arranged, as far as that has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arranging {
    rows: Rows,
    /// How many bytes of each name are the place's own and not looked at.
    prefix: usize,
    filter: Filter,
    sort: Sort,
    /// How many rows were looked at.
    seen: usize,
    found: Found,
}

/// What is shown of some rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Of how many rows.
    of: usize,
    /// In the store's order; where they are sorted by a value, only those without one.
    picked: Vec<u32>,
    /// Those that are sorted by a value, with a number that is the smaller the earlier they come.
    weighed: Vec<(u64, u32)>,
}

impl Arranging {
    /// Rows of a place whose names all start with `prefix` bytes that are not looked at.
    pub fn new(rows: Rows, prefix: usize, filter: Filter, sort: Sort) -> Self {
        Self { rows, prefix, filter, sort, seen: 0, found: Found::default() }
    }

    /// What goes on where `before` ended, whose filter and order are the same.
    pub fn after(before: Arrangement, rows: Rows, prefix: usize, filter: Filter) -> Self {
        let sort = before.sort;
        let fresh = Self::new(rows, prefix, filter, sort);
        match (sort.by, before.picked) {
            (SortBy::Name, Some(picked)) => {
                Self { seen: before.rows, found: Found { picked, ..Found::default() }, ..fresh }
            }
            (SortBy::Name, None) | (SortBy::Size | SortBy::Time, _) => fresh,
        }
    }

    /// How many rows were looked at.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// How many rows are still to be looked at.
    pub fn left(&self) -> usize {
        if self.shows_all() { 0 } else { self.rows.len() - self.seen }
    }

    /// Whether all rows were looked at.
    pub fn is_done(&self) -> bool {
        self.left() == 0
    }

    fn shows_all(&self) -> bool {
        self.filter.is_empty() && self.sort.by == SortBy::Name
    }

    /// Looks at up to `most` further rows.
    pub fn step(mut self, most: usize) -> Self {
        for part in self.next_parts(1, most) {
            let found = self.look(part);
            self.take([found]);
        }
        self
    }

    /// The rows to be looked at next, as up to `parts` parts of up to `most` rows.
    pub fn next_parts(&self, parts: usize, most: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let (seen, end) = (self.seen, self.seen + self.left());
        let part = move |at: usize| {
            let start = seen.saturating_add(most.saturating_mul(at)).min(end);
            start..start.saturating_add(most).min(end)
        };
        (0..parts).map(part).filter(|part| !part.is_empty())
    }

    /// Looks at some rows. Parts can be looked at side by side.
    pub fn look(&self, part: Range<usize>) -> Found {
        let (mut found, mut names) = (Found::new(part.len()), Names::sought_by(&self.filter));
        self.rows.walk(part.start, |at, row| {
            if at == part.end {
                return ControlFlow::Break(());
            }
            let name = row.name();
            // Beyond four thousand million rows there is nothing to see.
            if let Ok(place) = u32::try_from(at) {
                names.add(name.get(self.prefix..).unwrap_or(name), (place, weight(self.sort, row)));
            }
            if names.are_many() {
                names.found(|row| found.add(row));
            }
            ControlFlow::Continue(())
        });
        names.found(|row| found.add(row));
        found
    }

    /// Takes what was found in [`Self::next_parts`], in their order.
    pub fn take(&mut self, found: impl IntoIterator<Item = Found>) {
        for part in found {
            self.seen += part.of;
            self.found.picked.extend(part.picked);
            self.found.weighed.extend(part.weighed);
        }
    }

    /// What is to be shown now.
    pub fn so_far(&self) -> Arrangement {
        self.clone().finish()
    }

    /// What is to be shown in the end.
    pub fn finish(self) -> Arrangement {
        let sort = self.sort;
        if self.shows_all() {
            return Arrangement { rows: self.rows.len(), picked: None, sort };
        }
        let Found { mut picked, mut weighed, .. } = self.found;
        weighed.sort_unstable();
        picked.extend(weighed.iter().map(|(_, row)| *row));
        Arrangement { rows: self.seen, picked: Some(picked), sort }
    }
}

impl Found {
    /// Nothing yet of so many rows.
    fn new(of: usize) -> Self {
        Self { of, ..Self::default() }
    }

    fn add(&mut self, (place, weight): (u32, Option<u64>)) {
        match weight {
            None => self.picked.push(place),
            Some(weight) => self.weighed.push((weight, place)),
        }
    }
}

/// The smaller, the earlier a row comes; `None` for one that comes before all others, in the store's order.
fn weight(sort: Sort, row: Row<'_>) -> Option<u64> {
    let object = match row {
        Row::Listed(Listed::Object(object)) => Some(object),
        Row::Listed(Listed::Prefix(_)) | Row::Bucket(_) => None,
    };
    // What has no time counts as older than everything.
    let age = |time: Option<jiff::Timestamp>| match time {
        Some(time) => !(time.as_millisecond().cast_unsigned() ^ (1 << 63)),
        None => u64::MAX,
    };
    let weight = match (sort.by, row) {
        (SortBy::Name, _) => None,
        (SortBy::Size, _) => object.map(|object| !object.size),
        (SortBy::Time, Row::Bucket(bucket)) => Some(age(bucket.created)),
        (SortBy::Time, Row::Listed(_)) => object.map(|object| age(object.modified)),
    };
    weight.map(|weight| if sort.reversed { !weight } else { weight })
}

/// Names, and with each what it stands for, that are looked through together: one search over many short names takes a
/// fraction of the time of as many searches.
struct Names<'a, T> {
    finder: Finder<'a>,
    any_case: bool,
    /// The names, each with [`BETWEEN`] behind it.
    text: Vec<u8>,
    /// Where each ends in `text`.
    ends: Vec<(usize, T)>,
}

/// So many bytes of names are looked through together: they stay in the processor's cache.
const TOGETHER: usize = 16 * 1024;

/// What stands between names: a byte that is in no text.
const BETWEEN: u8 = 0xff;

impl<'a, T: Copy> Names<'a, T> {
    /// No names yet. Upper and lower case are told apart where the filter has an upper one.
    fn sought_by(filter: &'a Filter) -> Self {
        let any_case = !filter.0.chars().any(char::is_uppercase);
        Self { finder: Finder::new(filter.0.as_bytes()), any_case, text: Vec::new(), ends: Vec::new() }
    }

    fn add(&mut self, name: &str, stands_for: T) {
        self.text.extend_from_slice(name.as_bytes());
        self.text.push(BETWEEN);
        if self.any_case && !name.is_ascii() {
            self.text.extend_from_slice(name.to_lowercase().as_bytes());
            self.text.push(BETWEEN);
        }
        self.ends.push((self.text.len(), stands_for));
    }

    fn are_many(&self) -> bool {
        self.text.len() >= TOGETHER
    }

    /// Shows what those names stand for that the filter matches, in their order, and forgets all.
    fn found(&mut self, mut show: impl FnMut(T)) {
        if self.any_case {
            self.text.make_ascii_lowercase();
        }
        let mut from = 0;
        let mut names = self.ends.iter();
        while let Some(at) = self.text.get(from..).and_then(|rest| self.finder.find(rest)) {
            let Some((end, stands_for)) = names.find(|(end, _)| *end > from + at) else { break };
            show(*stands_for);
            from = *end;
        }
        self.text.clear();
        self.ends.clear();
    }
}

//! Which rows are shown, in which order: filter and sort as a function of the rows, done at once or in steps.
//!
//! Nothing is kept where all rows are shown as the store named them, however many they are.

use std::borrow::Cow;
use std::ops::ControlFlow;

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
    /// Those that are shown, in the store's order; where they are sorted by a value, only those without one.
    picked: Vec<u32>,
    /// Those that are sorted by a value, with a number that is the smaller the earlier they come.
    weighed: Vec<(u64, u32)>,
}

impl Arranging {
    /// Rows of a place whose names all start with `prefix` bytes that are not looked at.
    pub fn new(rows: Rows, prefix: usize, filter: Filter, sort: Sort) -> Self {
        Self { rows, prefix, filter, sort, seen: 0, picked: Vec::new(), weighed: Vec::new() }
    }

    /// What goes on where `before` ended, whose filter and order are the same.
    pub fn after(before: Arrangement, rows: Rows, prefix: usize, filter: Filter) -> Self {
        let sort = before.sort;
        let fresh = Self::new(rows, prefix, filter, sort);
        match (sort.by, before.picked) {
            (SortBy::Name, Some(picked)) => Self { seen: before.rows, picked, ..fresh },
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
        if self.is_done() {
            return self;
        }
        let end = self.seen.saturating_add(most).min(self.rows.len());
        let Self { rows, prefix, filter, sort, seen, picked, weighed } = &mut self;
        let mut needle = Needle::new(filter);
        rows.walk(*seen, |at, row| {
            if at == end {
                return ControlFlow::Break(());
            }
            let name = row.name();
            // Beyond four thousand million rows there is nothing to see.
            if let Ok(place) = u32::try_from(at)
                && needle.is_in(name.get(*prefix..).unwrap_or(name))
            {
                match weight(*sort, row) {
                    None => picked.push(place),
                    Some(weight) => weighed.push((weight, place)),
                }
            }
            ControlFlow::Continue(())
        });
        self.seen = end;
        self
    }

    /// What is to be shown now.
    pub fn so_far(&self) -> Arrangement {
        self.arranged(self.picked.clone(), self.weighed.clone())
    }

    /// What is to be shown in the end.
    pub fn finish(mut self) -> Arrangement {
        let (picked, weighed) = (std::mem::take(&mut self.picked), std::mem::take(&mut self.weighed));
        self.arranged(picked, weighed)
    }

    fn arranged(&self, mut picked: Vec<u32>, mut weighed: Vec<(u64, u32)>) -> Arrangement {
        let sort = self.sort;
        if self.shows_all() {
            return Arrangement { rows: self.rows.len(), picked: None, sort };
        }
        weighed.sort_unstable();
        picked.extend(weighed.iter().map(|(_, row)| *row));
        Arrangement { rows: self.seen, picked: Some(picked), sort }
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

/// A filter that is made ready for many names.
struct Needle<'a> {
    filter: &'a Filter,
    finder: Finder<'a>,
    any_case: bool,
    /// Where names are turned into lower case.
    room: Vec<u8>,
}

impl<'a> Needle<'a> {
    fn new(filter: &'a Filter) -> Self {
        let any_case = !filter.0.chars().any(char::is_uppercase);
        Self { filter, finder: Finder::new(filter.0.as_bytes()), any_case, room: Vec::new() }
    }

    fn is_in(&mut self, name: &str) -> bool {
        if self.filter.is_empty() {
            return true;
        }
        let name = match (self.any_case, name.is_ascii()) {
            (false, _) => Cow::Borrowed(name.as_bytes()),
            (true, true) => {
                self.room.clear();
                self.room.extend_from_slice(name.as_bytes());
                self.room.make_ascii_lowercase();
                Cow::Borrowed(&*self.room)
            }
            (true, false) if self.finder.find(name.as_bytes()).is_some() => return true,
            (true, false) => Cow::Owned(name.to_lowercase().into_bytes()),
        };
        self.finder.find(&name).is_some()
    }
}

//! Which rows are marked: a bit for each loaded row, however many there are, and the names of those that are not loaded.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::listing::RowId;
use super::rows::{Row, Rows};
use crate::s3::key_page::Listed;

/// Up to so many rows that are marked at a time, their sizes are added up.
const SUMMED: usize = 100_000;

/// Marked rows. A mark outlives filter, sort and refresh.
#[derive(Debug, Default)]
pub struct Marks {
    /// A bit for each loaded row, 64 of them in each number, the first row in the lowest bit.
    bits: Vec<u64>,
    loaded: usize,
    /// Marked rows that are to be loaded again.
    away: BTreeSet<RowId>,
    size: Size,
}

/// How large the marked rows that are loaded are together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// So many objects, with so many bytes.
    Known {
        /// How many of the rows are objects.
        objects: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// There are too many to add them up.
    Unknown,
}

impl Default for Size {
    fn default() -> Self {
        Self::Known { objects: 0, bytes: 0 }
    }
}

impl Marks {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.loaded + self.away.len()
    }

    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How large the marked rows that are loaded are together.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Whether loaded row `at` is marked.
    pub fn has(&self, at: usize) -> bool {
        self.bits.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1)
    }

    /// The marked rows that are loaded, in the store's order.
    pub fn loaded(&self) -> impl Iterator<Item = usize> {
        let places = self.bits.iter().enumerate().filter(|(_, bits)| **bits != 0);
        places.flat_map(|(word, bits)| (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit))
    }

    /// Marks a row that is not loaded, as soon as it is.
    pub(super) fn await_row(&mut self, id: RowId) {
        self.away.insert(id);
    }

    /// Marks these rows, or takes their marks away.
    pub(super) fn set(&mut self, rows: &Rows, places: impl ExactSizeIterator<Item = usize>, wanted: Mark) {
        let many = places.len() > SUMMED;
        let mut turned = Vec::new();
        for at in places {
            if self.has(at) == (wanted == Mark::Set) {
                continue;
            }
            let word = at / 64;
            if word >= self.bits.len() {
                self.bits.resize(word + 1, 0);
            }
            if let Some(bits) = self.bits.get_mut(word) {
                *bits ^= 1 << (at % 64);
            }
            match wanted {
                Mark::Set => self.loaded += 1,
                Mark::Unset => self.loaded -= 1,
            }
            match many {
                true => self.size = Size::Unknown,
                false => turned.push(at),
            }
        }
        if let Size::Known { objects, bytes } = &mut self.size {
            turned.sort_unstable();
            rows.pick(turned.into_iter(), |row| {
                let Row::Listed(Listed::Object(object)) = row else { return };
                match wanted {
                    Mark::Set => (*objects, *bytes) = (*objects + 1, bytes.saturating_add(object.size)),
                    Mark::Unset => (*objects, *bytes) = (*objects - 1, bytes.saturating_sub(object.size)),
                }
            });
        }
        if self.loaded == 0 {
            self.size = Size::default();
        }
    }

    /// Rows from `first_new` on have come: marks that waited for them are theirs.
    pub(super) fn settle(&mut self, rows: &Rows, first_new: usize) {
        if self.away.is_empty() {
            return;
        }
        let mut came: Vec<(usize, RowId)> = Vec::new();
        if self.away.len() <= rows.len() - first_new {
            let found = |id: &RowId| Some((rows.find(id).filter(|at| *at >= first_new)?, id.clone()));
            came.extend(self.away.iter().filter_map(found));
        } else {
            rows.walk(first_new, |at, row| {
                let id = row.entry().map(|entry| RowId::of(&entry));
                came.extend(id.filter(|id| self.away.contains(id)).map(|id| (at, id)));
                ControlFlow::Continue(())
            });
        }
        self.set(rows, came.iter().map(|(at, _)| *at), Mark::Set);
        for (_, id) in came {
            self.away.remove(&id);
        }
    }

    /// The loaded rows are let go of; their marks wait for them.
    pub(super) fn let_go(&mut self, rows: &Rows) {
        let mut gone = Vec::with_capacity(self.loaded);
        rows.pick(self.loaded(), |row| gone.extend(row.entry().map(|entry| RowId::of(&entry))));
        self.away.extend(gone);
        (self.bits, self.loaded, self.size) = (Vec::new(), 0, Size::default());
    }

    /// Forgets the marks of rows that are not loaded and would be, were they still there.
    pub(super) fn forget_missing(&mut self, would_be_loaded: impl Fn(&RowId) -> bool) {
        self.away.retain(|row| !would_be_loaded(row));
    }
}

/// What is to become of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// The row is marked.
    Set,
    /// It is not.
    Unset,
}

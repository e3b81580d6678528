//! The loaded rows of a place: buckets, or what a listing named, in little memory. A clone shares them.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::listing::RowId;
use crate::s3::entry::{BucketSummary, Entry, ObjectSummary};
use crate::s3::key_page::{Listed, ListedObject};
use crate::s3::keys::Keys;
use crate::s3::name::{Key, Prefix};

/// To read on over so many rows takes no longer than to begin anew behind them.
const NEAR: usize = 16;

/// Rows in the order in which the store named them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// All buckets, by name.
    Buckets(Arc<[BucketSummary]>),
    /// Prefixes and objects.
    Keys(Keys),
}

/// A row that is read in passing.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// A bucket.
    Bucket(&'a BucketSummary),
    /// A prefix or an object.
    Listed(Listed<'a>),
}

impl Row<'_> {
    /// The name, key or prefix.
    pub fn name(&self) -> &str {
        match self {
            Self::Bucket(bucket) => bucket.name.as_str(),
            Self::Listed(listed) => listed.name(),
        }
    }

    /// The row as a value of its own; `None` for a key without a name, which no store may have.
    pub fn entry(&self) -> Option<Entry> {
        Some(match *self {
            Self::Bucket(bucket) => Entry::Bucket(bucket.clone()),
            Self::Listed(Listed::Prefix(prefix)) => Entry::Prefix(Prefix::new(prefix)),
            Self::Listed(Listed::Object(ListedObject { key, size, modified, storage_class, .. })) => {
                let key = Key::from_store(key.to_owned())?;
                Entry::Object(ObjectSummary { key, size, modified, storage_class: storage_class.to_owned() })
            }
        })
    }

    /// Whether it is this very row.
    fn is(&self, id: &RowId) -> bool {
        match (self, id) {
            (Self::Bucket(bucket), RowId::Bucket(name)) => bucket.name == *name,
            (Self::Listed(Listed::Prefix(prefix)), RowId::Prefix(name)) => *prefix == name.as_str(),
            (Self::Listed(Listed::Object(object)), RowId::Object(key)) => object.key == key.as_str(),
            _ => false,
        }
    }
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Buckets(buckets) => buckets.len(),
            Self::Keys(keys) => keys.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Memory that they take, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Buckets(buckets) => size_of_val(&**buckets),
            Self::Keys(keys) => keys.bytes(),
        }
    }

    /// Row `at`.
    pub fn entry(&self, at: usize) -> Option<Entry> {
        match self {
            Self::Buckets(buckets) => buckets.get(at).cloned().map(Entry::Bucket),
            Self::Keys(keys) => Row::Listed(keys.get(at, &mut String::new())?).entry(),
        }
    }

    /// Shows the rows from `from` on, until there are no more or `visit` has seen enough.
    pub fn walk(&self, from: usize, mut visit: impl FnMut(usize, Row<'_>) -> ControlFlow<()>) {
        match self {
            Self::Buckets(buckets) => {
                let _ = buckets.iter().enumerate().skip(from).try_for_each(|(at, row)| visit(at, Row::Bucket(row)));
            }
            Self::Keys(keys) => keys.walk(from, |at, row| visit(at, Row::Listed(row))),
        }
    }

    /// Shows the rows at these places, which are in ascending order; those that are not there are passed over.
    pub fn pick(&self, places: impl Iterator<Item = usize>, mut visit: impl FnMut(Row<'_>)) {
        let mut places = places.peekable();
        while let Some(first) = places.peek().copied() {
            self.walk(first, |at, row| match places.peek() {
                Some(next) if *next == at => {
                    places.next();
                    visit(row);
                    ControlFlow::Continue(())
                }
                Some(next) if (at..at + NEAR).contains(next) => ControlFlow::Continue(()),
                Some(_) | None => ControlFlow::Break(()),
            });
            places.next_if_eq(&first);
        }
    }

    /// Where the row with this identity is.
    pub fn find(&self, id: &RowId) -> Option<usize> {
        let from = match self {
            Self::Buckets(_) => 0,
            Self::Keys(keys) => keys.find(id.as_str()),
        };
        let mut found = None;
        // An object and a prefix may have the same name: the marker of a folder, where a store lists both.
        self.walk(from, |at, row| match row.is(id) {
            true => {
                found = Some(at);
                ControlFlow::Break(())
            }
            false if row.name() == id.as_str() || matches!(row, Row::Bucket(_)) => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        });
        found
    }

    /// Whether they come in the order of names, as far as the loaded ones tell.
    pub fn are_ordered(&self) -> bool {
        match self {
            Self::Buckets(_) => true,
            Self::Keys(keys) => keys.are_ordered(),
        }
    }

    /// Whether the order of names has come to this one or passed it.
    pub fn reach(&self, name: &str) -> bool {
        match self {
            Self::Buckets(buckets) => buckets.last().is_some_and(|last| last.name.as_str() >= name),
            Self::Keys(keys) => keys.reach(name),
        }
    }
}

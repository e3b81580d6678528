//! The objects of one bucket in the order of their keys: those that are stored, and runs computed from a rank.

use std::borrow::Cow;
use std::collections::{BTreeMap, btree_map};
use std::ops::Bound;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use s3s::dto::{Checksum, Timestamp};

use super::store::md5_hex;

/// What one upload left behind, or the mark that a deletion left.
#[derive(Clone, Debug)]
pub struct Version {
    /// `null` for what was written while the bucket did not version.
    pub id: String,
    /// When it was written, in whole seconds: HEAD knows no fractions, so listings must not either.
    pub modified: SystemTime,
    /// `None` is a delete marker.
    pub object: Option<Arc<Object>>,
}

/// An object's bytes, and all that HEAD says about them.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// The bytes.
    pub body: Bytes,
    /// The ETag, without quotes.
    pub etag: String,
    /// The sizes of the parts of a multipart upload; empty for a plain one.
    pub parts: Vec<u64>,
    /// `Content-Type`; S3 itself makes up `binary/octet-stream` where an upload says nothing.
    pub content_type: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Expires`.
    pub expires: Option<Timestamp>,
    /// `x-amz-meta-*`, names in lower case, values decoded.
    pub metadata: BTreeMap<String, String>,
    /// Tags by name.
    pub tags: BTreeMap<String, String>,
    /// `None` is `STANDARD`.
    pub storage_class: Option<String>,
    /// `x-amz-restore` of an archived object.
    pub restore: Option<String>,
    /// `x-amz-expiration`: when which lifecycle rule removes the object.
    pub expiration: Option<String>,
    /// `x-amz-replication-status`.
    pub replication: Option<String>,
    /// `x-amz-checksum-*`, where the upload promised one.
    pub checksum: Option<Checksum>,
}

impl Object {
    /// An object of these bytes that says nothing about itself.
    pub fn of(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self { etag: md5_hex(&body), body, ..Self::default() }
    }
}

/// Objects that are computed instead of stored, so that a hundred thousand of them cost nothing until one is asked for.
pub trait Run: Send + Sync {
    /// How many there are.
    fn count(&self) -> u64;
    /// The key of `rank`, counted from 0; keys ascend with the rank.
    fn key(&self, rank: u64) -> String;
    /// The only version of `rank`.
    fn version(&self, rank: u64) -> Version;
}

/// All objects of a bucket, by key. A key's versions are in order, newest first.
#[derive(Default)]
pub(super) struct Objects {
    /// A key of a run is here once it was changed, with no versions at all once it was removed.
    stored: BTreeMap<Box<str>, Vec<Version>>,
    runs: Vec<Arc<dyn Run>>,
}

impl Objects {
    /// Adds objects that are computed from their rank.
    pub(super) fn add_run(&mut self, run: Arc<dyn Run>) {
        self.runs.push(run);
    }

    /// The versions of `key`, newest first; empty where there is none.
    pub(super) fn get(&self, key: &str) -> Cow<'_, [Version]> {
        match self.stored.get(key) {
            Some(versions) => Cow::Borrowed(versions),
            None => Cow::Owned(self.computed(key).into_iter().collect()),
        }
    }

    /// Lets `change` work on the versions of `key`; a key left without any is gone.
    pub(super) fn change<T>(&mut self, key: &str, change: impl FnOnce(&mut Vec<Version>) -> T) -> T {
        let computed = self.computed(key);
        let is_computed = computed.is_some();
        let versions = self.stored.entry(key.into()).or_insert_with(|| computed.into_iter().collect());
        let answer = change(versions);
        if versions.is_empty() && !is_computed {
            self.stored.remove(key);
        }
        answer
    }

    /// The keys from `from` on, with their versions.
    pub(super) fn walk(&self, from: Bound<&str>) -> Walk<'_> {
        let heads = self.runs.iter().map(|run| Head::at(run.as_ref(), from)).collect();
        Walk { stored: self.stored.range::<str, _>((from, Bound::Unbounded)).peekable(), heads }
    }

    fn computed(&self, key: &str) -> Option<Version> {
        self.runs.iter().find_map(|run| {
            let rank = first_rank(run.as_ref(), Bound::Included(key));
            (rank < run.count() && run.key(rank) == key).then(|| run.version(rank))
        })
    }
}

/// The objects of a bucket in the order of their keys.
pub(super) struct Walk<'a> {
    stored: std::iter::Peekable<btree_map::Range<'a, Box<str>, Vec<Version>>>,
    heads: Vec<Head<'a>>,
}

impl<'a> Iterator for Walk<'a> {
    type Item = (Cow<'a, str>, Cow<'a, [Version]>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let head = self.heads.iter_mut().filter(|h| h.key.is_some()).min_by(|a, b| a.key.cmp(&b.key));
            let stored_first = match (self.stored.peek(), head.as_ref().and_then(|h| h.key.as_deref())) {
                (None, None) => return None,
                (Some((stored, _)), Some(computed)) => stored.as_ref() <= computed,
                (stored, _) => stored.is_some(),
            };
            if !stored_first {
                let head = head?;
                let version = head.run.version(head.rank);
                let key = head.take()?;
                return Some((Cow::Owned(key), Cow::Owned(vec![version])));
            }
            let (key, versions) = self.stored.next()?;
            for head in self.heads.iter_mut().filter(|h| h.key.as_deref() == Some(key)) {
                head.take();
            }
            if !versions.is_empty() {
                return Some((Cow::Borrowed(key), Cow::Borrowed(versions)));
            }
        }
    }
}

/// Where a walk stands in a run.
struct Head<'a> {
    run: &'a dyn Run,
    rank: u64,
    /// `None` past the end.
    key: Option<String>,
}

impl<'a> Head<'a> {
    fn at(run: &'a dyn Run, from: Bound<&str>) -> Self {
        let rank = first_rank(run, from);
        Self { run, rank, key: (rank < run.count()).then(|| run.key(rank)) }
    }

    /// The key here; moves on to the next.
    fn take(&mut self) -> Option<String> {
        self.rank += 1;
        let next = (self.rank < self.run.count()).then(|| self.run.key(self.rank));
        std::mem::replace(&mut self.key, next)
    }
}

/// The lowest rank whose key lies within `from`.
fn first_rank(run: &dyn Run, from: Bound<&str>) -> u64 {
    let below = |key: &str| match from {
        Bound::Included(from) => key < from,
        Bound::Excluded(from) => key <= from,
        Bound::Unbounded => false,
    };
    let (mut low, mut high) = (0, run.count());
    while low < high {
        let middle = low + (high - low) / 2;
        if below(&run.key(middle)) { low = middle + 1 } else { high = middle }
    }
    low
}

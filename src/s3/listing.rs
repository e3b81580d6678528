//! Questions for what a store lists, and the answers that are no [`super::key_page`].

use std::fmt;

use super::entry::BucketSummary;
use super::facts::VersionEntry;
use super::name::{BucketName, Key, Prefix};
use super::version_page::VersionMarker;

/// How far down a listing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// To the next `/`: what lies deeper is named by its prefix.
    Level,
    /// To the end: every key, and no prefixes.
    All,
}

/// A question for one page of what lies below a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysRequest {
    /// The bucket.
    pub bucket: BucketName,
    /// Only keys that start with it.
    pub prefix: Prefix,
    /// How far below it.
    pub depth: Depth,
    /// Where the page begins.
    pub from: Resume,
    /// The most rows to send, 1 to 1,000.
    pub max_keys: u16,
    /// Whether the rows carry entity tags.
    pub etags: EntityTags,
}

/// Completes "cannot …".
impl fmt::Display for KeysRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "list s3://{}/{}", self.bucket, self.prefix.as_str())
    }
}

/// A question for one page of the versions of all keys below a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionsRequest {
    /// The bucket.
    pub bucket: BucketName,
    /// Only keys that start with it.
    pub prefix: Prefix,
    /// Where the page begins; `None` at the first version.
    pub after: Option<VersionMarker>,
    /// The most versions to send, 1 to 1,000.
    pub max_keys: u16,
}

/// Completes "cannot …".
impl fmt::Display for VersionsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "list the versions below s3://{}/{}", self.bucket, self.prefix.as_str())
    }
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resume {
    /// At the first key.
    Start,
    /// Behind this name, whether or not it exists.
    After(String),
    /// Where a former page said.
    Token(PageToken),
}

/// Whether rows carry entity tags, which few need and which are a third of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityTags {
    /// They do.
    Kept,
    /// They do not.
    Dropped,
}

/// A store's opaque word for where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageToken(pub String);

/// All buckets that a ListBuckets answer named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    /// The buckets, by name.
    pub buckets: Vec<BucketSummary>,
}

/// The versions of one key, newest first, and whether the store has more of them than were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The key they belong to.
    pub key: Key,
    /// Versions and delete markers, newest first.
    pub entries: Vec<VersionEntry>,
    /// Whether there are older ones that were not fetched.
    pub truncated: bool,
}

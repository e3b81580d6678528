//! One row of a listing: a bucket, a prefix or an object, with what the listing itself says about it.

use jiff::Timestamp;

use super::name::{BucketName, Key, Prefix};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A bucket, in the list of buckets.
    Bucket(BucketSummary),
    /// Keys that share the next level, folded into one row.
    Prefix(Prefix),
    /// An object.
    Object(ObjectSummary),
}

/// What ListBuckets says of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketSummary {
    /// Its name.
    pub name: BucketName,
    /// When it was made, as far as the store says.
    pub created: Option<Timestamp>,
    /// Its region, where the store names it (AWS does since 2025).
    pub region: Option<String>,
}

/// What ListObjects says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectSummary {
    /// Its key.
    pub key: Key,
    /// Its size in bytes.
    pub size: u64,
    /// When its current version was written; `None` where the store's time cannot be read.
    pub modified: Option<Timestamp>,
    /// The storage class as the store spells it; empty means the store named none.
    pub storage_class: String,
}

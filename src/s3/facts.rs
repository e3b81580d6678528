//! What is known of one object: the answer to HEAD, its tags, its versions.

use jiff::Timestamp;

use super::location::VersionId;

/// The answer to a HEAD request, field by field. `None` and empty mean that the store did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectFacts {
    /// `Content-Length`, in bytes.
    pub size: Option<u64>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Expires`, as the store sent it: many objects carry a text that is no date.
    pub expires: Option<String>,
    /// `ETag`, without quotes.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub modified: Option<Timestamp>,
    /// `x-amz-storage-class`; S3 leaves it out for STANDARD.
    pub storage_class: Option<String>,
    /// `x-amz-archive-status`.
    pub archive_status: Option<String>,
    /// `x-amz-restore`: whether an archived object is being brought back, and until when its copy stays.
    pub restore: Option<Restore>,
    /// `x-amz-server-side-encryption` or the customer-key algorithm.
    pub encryption: Option<String>,
    /// `x-amz-server-side-encryption-aws-kms-key-id`.
    pub kms_key_id: Option<String>,
    /// `x-amz-version-id`.
    pub version: Option<VersionId>,
    /// `x-amz-checksum-*`: the algorithm (`sha256`) and the value as sent, in base64.
    pub checksums: Vec<(String, String)>,
    /// `x-amz-checksum-type`: `FULL_OBJECT` or `COMPOSITE`.
    pub checksum_type: Option<String>,
    /// `x-amz-replication-status`.
    pub replication: Option<String>,
    /// `x-amz-object-lock-mode` and `x-amz-object-lock-retain-until-date`.
    pub lock: Option<Lock>,
    /// `x-amz-object-lock-legal-hold`, where it is ON.
    pub legal_hold: bool,
    /// `x-amz-expiration`: which lifecycle rule will delete the object, and when.
    pub expiration: Option<Expiration>,
    /// `x-amz-mp-parts-count`, the parts of a multipart upload.
    pub parts: Option<u64>,
    /// `x-amz-tagging-count`.
    pub tag_count: Option<u64>,
    /// `x-amz-website-redirect-location`.
    pub website_redirect: Option<String>,
    /// `x-amz-missing-meta`: metadata entries that the store could not send as headers.
    pub missing_metadata: Option<u64>,
    /// `x-amz-meta-*` without that start, in the order of names, values decoded by RFC 2047.
    pub metadata: Vec<(String, String)>,
}

/// The state of an archived object's restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    /// Whether the store is still bringing it back.
    pub ongoing: bool,
    /// When the restored copy goes away again, as the store wrote it.
    pub expiry: Option<String>,
}

/// A retention that keeps a version from being deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// `GOVERNANCE` or `COMPLIANCE`.
    pub mode: String,
    /// Until when, as the store wrote it.
    pub until: Option<String>,
}

/// The lifecycle rule that will delete an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiration {
    /// When, as the store wrote it.
    pub date: String,
    /// The rule's name, percent-decoded.
    pub rule: Option<String>,
}

/// A tag on an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// One version of a key, or the marker that a deletion left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionEntry {
    /// Its id; `null` for one written before versioning.
    pub id: VersionId,
    /// Whether it is what the key answers with now.
    pub is_latest: bool,
    /// When it was written.
    pub modified: Option<Timestamp>,
    /// Version or delete marker.
    pub kind: VersionKind,
}

/// What a version is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionKind {
    /// Bytes that can be fetched.
    Object {
        /// Size in bytes.
        size: u64,
        /// Entity tag without quotes.
        etag: String,
        /// Storage class as the store spells it; may be empty.
        storage_class: String,
    },
    /// The key was deleted at this point.
    DeleteMarker,
}

/// Whether an answer with these headers, in lower case, is an object: it has an entity tag and a date of its own, which no
/// document about an object has.
pub fn is_of_object<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    names.filter(|name| matches!(*name, "etag" | "last-modified")).count() == 2
}

//! The buckets in memory, and what writing and deleting mean with and without versioning. No HTTP, no signatures.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use md5::{Digest, Md5};
use s3s::dto::CORSRule;

use super::objects::{Object, Objects, Version};
use super::random;

/// The id of versions that were written while the bucket did not version.
pub(super) const NULL_VERSION: &str = "null";

/// All buckets of the server.
#[derive(Clone, Default)]
pub(super) struct Store {
    buckets: Arc<RwLock<BTreeMap<String, Bucket>>>,
}

/// One bucket.
pub(super) struct Bucket {
    /// When it was made.
    pub(super) created: SystemTime,
    /// Whether writing keeps what was there.
    pub(super) versioning: Versioning,
    /// Where it is, if not in the region of the server.
    pub(super) region: Option<String>,
    /// Whether only those are served who say that they pay.
    pub(super) payer: Payer,
    /// Which web pages may call it; empty where none may.
    pub(super) cors: Vec<CORSRule>,
    /// What it holds.
    pub(super) objects: Objects,
    /// Multipart uploads under way, by id.
    pub(super) uploads: BTreeMap<String, Upload>,
}

/// Whether a bucket keeps what is overwritten or deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versioning {
    /// It never did.
    #[default]
    Off,
    /// It does.
    Enabled,
    /// It did, and keeps what it has.
    Suspended,
}

/// Who pays for what is read from a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Payer {
    /// Its owner.
    #[default]
    Owner,
    /// Whoever asks, and has to say so.
    Requester,
}

/// A multipart upload under way.
pub(super) struct Upload {
    /// Where the object will be.
    pub(super) key: String,
    /// When it was begun.
    pub(super) begun: SystemTime,
    /// What the object will say about itself; its body is still empty.
    pub(super) object: Object,
    /// What has arrived, by part number.
    pub(super) parts: BTreeMap<i32, UploadedPart>,
}

/// A part of a multipart upload.
#[derive(Clone)]
pub(super) struct UploadedPart {
    /// Its bytes.
    pub(super) body: Bytes,
    /// Their MD5, in hex.
    pub(super) etag: String,
    /// When it arrived.
    pub(super) modified: SystemTime,
}

/// What a deletion left behind.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Deletion {
    /// The version that was removed, or the delete marker that was set.
    pub(super) version: Option<String>,
    /// Whether that is a delete marker.
    pub(super) marker: bool,
}

impl Store {
    /// The buckets, for reading.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Bucket>> {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The buckets, for changing.
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Bucket>> {
        self.buckets.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    /// An empty bucket that does not version.
    pub(super) fn new(created: SystemTime) -> Self {
        Self {
            created,
            versioning: Versioning::Off,
            region: None,
            payer: Payer::Owner,
            cors: Vec::new(),
            objects: Objects::default(),
            uploads: BTreeMap::new(),
        }
    }

    /// Where it is, in a server whose own region is `home`.
    pub(super) fn region<'r>(&'r self, home: &'r str) -> &'r str {
        self.region.as_deref().unwrap_or(home)
    }

    /// Whether nothing is in it, older versions and delete markers included.
    pub(super) fn is_empty(&self) -> bool {
        self.objects.walk(Bound::Unbounded).next().is_none()
    }

    /// Writes an object and tells the id of its version.
    pub(super) fn put(&mut self, key: &str, object: Object, modified: SystemTime) -> String {
        self.add(key, Some(Arc::new(object)), modified)
    }

    /// Deletes a key: for good where the bucket does not version, otherwise with a delete marker.
    pub(super) fn delete(&mut self, key: &str, now: SystemTime) -> Deletion {
        match self.versioning {
            Versioning::Off => {
                self.objects.change(key, Vec::clear);
                Deletion::default()
            }
            Versioning::Enabled | Versioning::Suspended => {
                Deletion { version: Some(self.add(key, None, now)), marker: true }
            }
        }
    }

    /// Deletes one version for good; nothing happens where there is none of that id.
    pub(super) fn delete_version(&mut self, key: &str, id: &str) -> Deletion {
        self.objects.change(key, |versions| {
            let at = versions.iter().position(|v| v.id == id);
            let removed = at.map(|at| versions.remove(at));
            Deletion { version: Some(id.to_owned()), marker: removed.is_some_and(|v| v.object.is_none()) }
        })
    }

    fn add(&mut self, key: &str, object: Option<Arc<Object>>, modified: SystemTime) -> String {
        let id = match self.versioning {
            Versioning::Enabled => random::id(random::PLAIN64, 32),
            Versioning::Off | Versioning::Suspended => NULL_VERSION.to_owned(),
        };
        let version = Version { id: id.clone(), modified: whole_seconds(modified), object };
        self.objects.change(key, |versions| {
            versions.retain(|v| v.id != version.id);
            versions.insert(0, version);
        });
        id
    }
}

/// The second that `time` lies in.
pub(super) fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

/// The MD5 of `bytes`, which is the ETag of an object that came in one piece.
pub(super) fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

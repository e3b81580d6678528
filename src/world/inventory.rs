//! Finds the newest S3 Inventory of a bucket, and reads its files a piece at a time, several of them side by side.

mod lines;
mod table;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};

use self::lines::Lines;
use self::table::Table;
use super::ObjectStore;
use super::usage::{Counted, Place};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::inventory::{Format, MANIFEST, Manifest, Wanted, is_dated};
use crate::s3::key_page::Listed;
use crate::s3::listing::{Depth, EntityTags, KeysRequest, Resume};
use crate::s3::location::{Location, ObjectId};
use crate::s3::name::{BucketName, Key, Prefix};

/// The largest manifest that is read: it names each file in some 200 bytes, and a file holds a million objects or so.
const MOST_MANIFEST: u64 = 32 << 20;

/// The newest inventory that is complete, of those whose dated folders lie directly in `place`.
pub async fn newest(store: &dyn ObjectStore, place: &Location) -> Result<Manifest, Failure> {
    let looking = format!("find an inventory in {place}");
    let refused = |kind, why: String, hint: &str| Failure::new(kind, looking.clone(), why, hint);
    let Location::Prefix { bucket, prefix } = place else {
        return Err(refused(
            FailureKind::Refused,
            "that is no place in a bucket".to_owned(),
            "write s3://bucket/prefix/",
        ));
    };
    let mut dates = folders(store, bucket, prefix).await?;
    dates.retain(is_dated);
    // The newest may still be on its way: the manifest comes last.
    for date in dates.iter().rev() {
        let Ok(key) = date.join(MANIFEST) else { continue };
        let object = ObjectId::current(bucket.clone(), key);
        match store.read(&object, MOST_MANIFEST).await {
            Ok(json) => {
                let broken = |why| {
                    Failure::new(FailureKind::BrokenReply, format!("use {object}"), format!("the manifest {why}"), "")
                };
                return Manifest::parse(&json).map_err(broken);
            }
            Err(failure) if failure.kind == FailureKind::NotFound => {}
            Err(failure) => return Err(failure),
        }
    }
    let why = match dates.len() {
        0 => "no folder there is named by a date, such as 2026-11-24T01-00Z/".to_owned(),
        _ => format!("none of the dated folders there has a {MANIFEST}"),
    };
    let hint = "name the folder that holds the dated ones: s3://destination/prefix/bucket/configuration/; the first inventory \
        may take two days to come";
    Err(refused(FailureKind::NotFound, why, hint))
}

/// The prefixes of the next level, by name.
async fn folders(store: &dyn ObjectStore, bucket: &BucketName, prefix: &Prefix) -> Result<Vec<Prefix>, Failure> {
    let mut request = KeysRequest {
        bucket: bucket.clone(),
        prefix: prefix.clone(),
        depth: Depth::Level,
        from: Resume::Start,
        max_keys: 1_000,
        etags: EntityTags::Dropped,
    };
    let mut found = Vec::new();
    loop {
        let page = store.keys(&request).await?;
        found.extend(page.iter().filter_map(|row| match row {
            Listed::Prefix(prefix) => Some(Prefix::new(prefix)),
            Listed::Object(_) => None,
        }));
        match page.next {
            Some(token) => request.from = Resume::Token(token),
            None => break,
        }
    }
    found.sort();
    Ok(found)
}

/// The rows of all files that count at `place`, with up to `concurrency` requests at a time.
pub(super) fn rows(
    store: Arc<dyn ObjectStore>,
    manifest: Manifest,
    place: Place,
    concurrency: usize,
) -> impl Stream<Item = Result<Counted, Failure>> + Send {
    let requests = Arc::new(AtomicU64::new(0));
    let Manifest { destination, format, files, .. } = manifest;
    let wanted = Wanted { prefix: place.prefix, counts: place.counts };
    // A key that is none has no file.
    let named = files.into_iter().filter_map(|(key, size)| Some((Key::from_store(key)?, size)));
    let files = stream::iter(named).map(move |(key, size)| {
        let object = ObjectId::current(destination.clone(), key);
        let file = File { store: store.clone(), requests: requests.clone(), object, size };
        pages(file, format, wanted.clone())
    });
    let open = match format {
        Format::Csv(_) => concurrency,
        Format::Parquet => concurrency / table::REQUESTS,
    };
    files.flatten_unordered(open.max(1))
}

/// The rows of one file.
fn pages(file: File, format: Format, wanted: Wanted) -> BoxStream<'static, Result<Counted, Failure>> {
    let requests = file.requests.clone();
    let counted = move |page| Counted { page, requests: requests.load(Ordering::Relaxed) };
    match format {
        Format::Csv(columns) => stream::try_unfold(Lines::new(file, columns, wanted), |mut lines| async move {
            Ok::<_, Failure>(lines.next().await?.map(|page| (page, lines)))
        })
        .map_ok(counted)
        .boxed(),
        Format::Parquet => stream::try_unfold(Table::new(file, wanted), |mut table| async move {
            Ok::<_, Failure>(table.next().await?.map(|page| (page, table)))
        })
        .map_ok(counted)
        .boxed(),
    }
}

/// A file of an inventory.
struct File {
    store: Arc<dyn ObjectStore>,
    /// How many requests were sent for all files.
    requests: Arc<AtomicU64>,
    object: ObjectId,
    /// In bytes, as the manifest says.
    size: u64,
}

impl File {
    /// Up to `most` bytes from byte `from` on, one at least.
    async fn read(&self, from: u64, most: u64) -> Result<Bytes, Failure> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let part = self.store.read_part(&self.object, from, most).await?;
        if part.is_empty() { Err(self.broken("is shorter than its manifest says")) } else { Ok(part) }
    }

    /// What is wrong with it, as a phrase that completes "the file …".
    fn broken(&self, why: &str) -> Failure {
        let what = format!("read the inventory in {}", self.object);
        Failure::new(FailureKind::BrokenReply, what, format!("the file {why}"), "wait for the next inventory")
    }
}

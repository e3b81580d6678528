//! Finds the newest S3 Inventory of a bucket, and reads its files a piece at a time, several of them side by side.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use futures::stream::{self, Stream, StreamExt};

use super::ObjectStore;
use super::usage::{Counted, Place};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::inventory::{MANIFEST, Manifest, Rows, is_dated};
use crate::s3::key_page::Listed;
use crate::s3::listing::{Depth, EntityTags, KeysRequest, Resume};
use crate::s3::location::{Location, ObjectId};
use crate::s3::name::{BucketName, Key, Prefix};
use crate::s3::version_page::VersionPage;

/// The largest manifest that is read: it names each file in some 200 bytes, and a file holds a million objects or so.
const MOST_MANIFEST: u64 = 32 << 20;

/// So much of a file is asked for at a time.
const PART: u64 = 4 << 20;

/// So much is unpacked at a time, because a few bytes of gzip may stand for a thousand times as many.
const SLICE: usize = 16 << 10;

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

/// The rows of all files that count at `place`, with up to `concurrency` files open at a time.
pub(super) fn rows(
    store: Arc<dyn ObjectStore>,
    manifest: Manifest,
    place: Place,
    concurrency: usize,
) -> impl Stream<Item = Result<Counted, Failure>> + Send {
    let requests = Arc::new(AtomicU64::new(0));
    let Manifest { destination, columns, files, .. } = manifest;
    let files = stream::iter(files).map(move |(key, size)| {
        let reading = Reading {
            store: store.clone(),
            requests: requests.clone(),
            object: Key::from_store(key).map(|key| ObjectId::current(destination.clone(), key)),
            size,
            asked: 0,
            part: Bytes::new(),
            unpacked: None,
            rows: Some(Rows::new(columns, place.prefix.clone(), place.counts)),
        };
        Box::pin(stream::try_unfold(reading, |mut reading| async move {
            Ok::<_, Failure>(reading.next().await?.map(|counted| (counted, reading)))
        }))
    });
    files.flatten_unordered(concurrency.max(1))
}

/// A file that is being read.
struct Reading {
    store: Arc<dyn ObjectStore>,
    requests: Arc<AtomicU64>,
    object: Option<ObjectId>,
    size: u64,
    /// Up to which byte it was asked for.
    asked: u64,
    /// What came and is not unpacked yet.
    part: Bytes,
    /// What undoes gzip; `None` where nothing was unpacked yet.
    unpacked: Option<Unpacking>,
    /// `None` behind the last row.
    rows: Option<Rows>,
}

/// How the bytes of a file become those of its rows.
enum Unpacking {
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    Plain,
}

impl Reading {
    /// The next rows; `None` behind the last.
    async fn next(&mut self) -> Result<Option<Counted>, Failure> {
        let Some(object) = self.object.clone() else { return Ok(None) };
        let broken = |why: String| {
            let what = format!("read the inventory in {object}");
            Failure::new(FailureKind::BrokenReply, what, format!("the file {why}"), "wait for the next inventory")
        };
        if self.part.is_empty() && self.asked < self.size {
            self.requests.fetch_add(1, Ordering::Relaxed);
            self.part = self.store.read_part(&object, self.asked, PART.min(self.size - self.asked)).await?;
            if self.part.is_empty() {
                return Err(broken("is shorter than its manifest says".to_owned()));
            }
            self.asked += u64::try_from(self.part.len()).unwrap_or(u64::MAX);
        }
        let page = if self.part.is_empty() { self.end() } else { self.unpack() };
        let requests = self.requests.load(Ordering::Relaxed);
        Ok(page.map_err(broken)?.map(|page| Counted { page, requests }))
    }

    /// The rows that end in the next slice of what came.
    fn unpack(&mut self) -> Result<Option<VersionPage>, String> {
        let slice = self.part.split_to(SLICE.min(self.part.len()));
        let Some(rows) = &mut self.rows else { return Ok(None) };
        let is_gzip = slice.starts_with(&[0x1f, 0x8b]);
        let unpacking = self.unpacked.get_or_insert_with(|| match is_gzip {
            true => Unpacking::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            false => Unpacking::Plain,
        });
        let mut page = VersionPage::default();
        match unpacking {
            Unpacking::Plain => rows.read(&slice, &mut page)?,
            Unpacking::Gzip(decoder) => {
                decoder.write_all(&slice).map_err(|error| format!("cannot be unpacked: {error}"))?;
                rows.read(&std::mem::take(decoder.get_mut()), &mut page)?;
            }
        }
        Ok(Some(page))
    }

    /// The last rows, once.
    fn end(&mut self) -> Result<Option<VersionPage>, String> {
        let Some(mut rows) = self.rows.take() else { return Ok(None) };
        let mut page = VersionPage::default();
        if let Some(Unpacking::Gzip(mut decoder)) = self.unpacked.take() {
            decoder.try_finish().map_err(|error| format!("cannot be unpacked: {error}"))?;
            rows.read(&std::mem::take(decoder.get_mut()), &mut page)?;
        }
        rows.end(&mut page)?;
        Ok(Some(page))
    }
}

//! Reading one object: which version, conditions, ranges, parts, and all that HEAD says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::header;
use s3s::dto::{
    ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, Range, ReplicationStatus,
    ServerSideEncryption, StorageClass, StreamingBlob, Timestamp,
};

use super::objects::{Object, Version};
use super::refusal::Refusal;
use super::store::{Bucket, NULL_VERSION, Store, Versioning};

/// The object that a request means, with the version that it turned out to be.
pub(super) struct Found {
    /// Its bytes and facts.
    pub(super) object: Arc<Object>,
    /// When it was written.
    pub(super) modified: SystemTime,
    /// Its version, where the bucket versions.
    pub(super) version: Option<String>,
}

/// Finds the newest version of a key, or one by its id.
pub(super) fn find(store: &Store, bucket: &str, key: &str, version: Option<&str>) -> Result<Found, Refusal> {
    let buckets = store.read();
    let bucket = buckets.get(bucket).ok_or_else(|| Refusal::new("NoSuchBucket").with("BucketName", bucket))?;
    let versions = bucket.objects.get(key);
    let found = match version {
        Some(id) => versions.iter().find(|v| v.id == id).ok_or_else(|| no_such_version(key, id))?,
        None => versions.first().ok_or_else(|| Refusal::new("NoSuchKey").with("Key", key))?,
    };
    let shown = shown_id(bucket, found);
    match &found.object {
        Some(object) => Ok(Found { object: Arc::clone(object), modified: found.modified, version: shown }),
        None => Err(deleted(key, &found.id, version)),
    }
}

/// The id that answers name: none where the bucket never versioned.
pub(super) fn shown_id(bucket: &Bucket, version: &Version) -> Option<String> {
    let versions = bucket.versioning != Versioning::Off || version.id != NULL_VERSION;
    versions.then(|| version.id.clone())
}

/// The refusal for a version that is not there.
pub(super) fn no_such_version(key: &str, id: &str) -> Refusal {
    Refusal::new("NoSuchVersion").with("Key", key).with("VersionId", id)
}

fn deleted(key: &str, marker: &str, asked: Option<&str>) -> Refusal {
    let refusal = match asked {
        Some(_) => Refusal::new("MethodNotAllowed").with("Method", "GET").with("ResourceType", "DeleteMarker"),
        None => Refusal::new("NoSuchKey").with("Key", key),
    };
    refusal
        .header(http::HeaderName::from_static("x-amz-delete-marker"), "true")
        .header(http::HeaderName::from_static("x-amz-version-id"), marker)
}

/// What a request makes its answer depend on.
#[derive(Default)]
pub(super) struct Conditions<'a> {
    /// `If-Match`.
    pub(super) if_match: Option<&'a ETagCondition>,
    /// `If-None-Match`.
    pub(super) if_none_match: Option<&'a ETagCondition>,
    /// `If-Modified-Since`.
    pub(super) if_modified_since: Option<&'a Timestamp>,
    /// `If-Unmodified-Since`.
    pub(super) if_unmodified_since: Option<&'a Timestamp>,
}

/// Whether an object with this ETag meets an ETag condition.
pub(super) fn matches(condition: &ETagCondition, etag: &str) -> bool {
    condition.as_etag().is_none_or(|wanted| wanted.value() == etag)
}

impl Conditions<'_> {
    /// Refuses what does not hold, in the order of RFC 9110: an ETag condition makes the date beside it void.
    pub(super) fn check(&self, found: &Found) -> Result<(), Refusal> {
        let modified = Timestamp::from(found.modified);
        let failed = |name: &str| Err(Refusal::new("PreconditionFailed").with("Condition", name));
        match (self.if_match, self.if_unmodified_since) {
            (Some(condition), _) if !matches(condition, &found.object.etag) => return failed("If-Match"),
            (None, Some(date)) if modified > *date => return failed("If-Unmodified-Since"),
            _ => {}
        }
        let unchanged = match (self.if_none_match, self.if_modified_since) {
            (Some(condition), _) => matches(condition, &found.object.etag),
            (None, Some(date)) => modified <= *date,
            (None, None) => false,
        };
        if unchanged {
            let etag = format!("\"{}\"", found.object.etag);
            return Err(Refusal::new("NotModified").header(header::ETAG, &etag));
        }
        Ok(())
    }
}

/// The piece of an object that is asked for.
struct Piece {
    start: usize,
    end: usize,
    /// `Content-Range`, where it is not the whole.
    content_range: Option<String>,
    parts: Option<i32>,
}

fn piece(object: &Object, range: Option<&Range>, part: Option<i32>) -> Result<Piece, Refusal> {
    let size = object.body.len();
    let parts = object.parts.len().max(1);
    let bounds = match (range, part) {
        (Some(_), Some(_)) => {
            return Err(Refusal::new("InvalidRequest")
                .saying("Cannot specify both Range header and partNumber query parameter"));
        }
        (None, None) => return Ok(Piece { start: 0, end: size, content_range: None, parts: None }),
        (Some(range), None) => {
            let size = u64::try_from(size).unwrap_or(u64::MAX);
            let checked = range.check(size).map_err(|_| {
                Refusal::new("InvalidRange")
                    .with("RangeRequested", range.to_header_string())
                    .with("ActualObjectSize", size.to_string())
                    .header(header::CONTENT_RANGE, &format!("bytes */{size}"))
            })?;
            usize::try_from(checked.start).unwrap_or(0)..usize::try_from(checked.end).unwrap_or(0)
        }
        (None, Some(part)) => {
            let before = usize::try_from(part).ok().and_then(|part| part.checked_sub(1)).filter(|part| *part < parts);
            let before = before.ok_or_else(|| {
                Refusal::new("InvalidPartNumber")
                    .with("PartNumberRequested", part.to_string())
                    .with("ActualPartCount", parts.to_string())
            })?;
            let length = |sizes: &[u64]| usize::try_from(sizes.iter().sum::<u64>()).unwrap_or(0);
            let start = object.parts.get(..before).map_or(0, length);
            start..object.parts.get(..=before).map_or(size, length)
        }
    };
    // An empty object has no range to name; it is its own only part.
    let content_range = (!bounds.is_empty()).then(|| format!("bytes {}-{}/{size}", bounds.start, bounds.end - 1));
    let parts = part.and_then(|_| i32::try_from(parts).ok()).filter(|_| !object.parts.is_empty());
    Ok(Piece { start: bounds.start, end: bounds.end, content_range, parts })
}

/// GET.
pub(super) fn get(store: &Store, input: &GetObjectInput) -> Result<GetObjectOutput, Refusal> {
    let found = find(store, &input.bucket, &input.key, input.version_id.as_deref())?;
    Conditions {
        if_match: input.if_match.as_ref(),
        if_none_match: input.if_none_match.as_ref(),
        if_modified_since: input.if_modified_since.as_ref(),
        if_unmodified_since: input.if_unmodified_since.as_ref(),
    }
    .check(&found)?;
    let object = &found.object;
    let is_archived = matches!(object.storage_class.as_deref(), Some("GLACIER" | "DEEP_ARCHIVE"));
    let is_restored = object.restore.as_deref().is_some_and(|restore| restore.contains("ongoing-request=\"false\""));
    if is_archived && !is_restored {
        let class = object.storage_class.clone().unwrap_or_default();
        return Err(Refusal::new("InvalidObjectState").with("StorageClass", class));
    }
    let piece = piece(object, input.range.as_ref(), input.part_number)?;
    let body = object.body.slice(piece.start..piece.end);
    let length = i64::try_from(body.len()).ok();
    // A checksum is that of the whole.
    let wants_checksum = input.checksum_mode.is_some() && piece.content_range.is_none();
    let head = facts(&found, wants_checksum);
    Ok(GetObjectOutput {
        accept_ranges: head.accept_ranges,
        body: Some(one_chunk(body)),
        cache_control: head.cache_control,
        checksum_crc32: head.checksum_crc32,
        checksum_crc32c: head.checksum_crc32c,
        checksum_crc64nvme: head.checksum_crc64nvme,
        checksum_sha1: head.checksum_sha1,
        checksum_sha256: head.checksum_sha256,
        checksum_type: head.checksum_type,
        content_disposition: head.content_disposition,
        content_encoding: head.content_encoding,
        content_language: head.content_language,
        content_length: length,
        content_range: piece.content_range,
        content_type: head.content_type,
        e_tag: head.e_tag,
        expiration: head.expiration,
        expires: head.expires,
        last_modified: head.last_modified,
        metadata: head.metadata,
        parts_count: piece.parts,
        replication_status: head.replication_status,
        restore: head.restore,
        server_side_encryption: head.server_side_encryption,
        storage_class: head.storage_class,
        tag_count: i32::try_from(object.tags.len()).ok().filter(|count| *count > 0),
        version_id: head.version_id,
        ..Default::default()
    })
}

/// HEAD.
pub(super) fn head(store: &Store, input: HeadObjectInput) -> Result<HeadObjectOutput, Refusal> {
    let found = find(store, &input.bucket, &input.key, input.version_id.as_deref())?;
    Conditions {
        if_match: input.if_match.as_ref(),
        if_none_match: input.if_none_match.as_ref(),
        if_modified_since: input.if_modified_since.as_ref(),
        if_unmodified_since: input.if_unmodified_since.as_ref(),
    }
    .check(&found)?;
    let piece = piece(&found.object, input.range.as_ref(), input.part_number)?;
    let facts = facts(&found, input.checksum_mode.is_some() && piece.content_range.is_none());
    Ok(HeadObjectOutput {
        content_length: i64::try_from(piece.end - piece.start).ok(),
        content_range: piece.content_range,
        parts_count: piece.parts,
        // s3s answers the overrides of GET itself, but not those of HEAD.
        cache_control: input.response_cache_control.or(facts.cache_control),
        content_disposition: input.response_content_disposition.or(facts.content_disposition),
        content_encoding: input.response_content_encoding.or(facts.content_encoding),
        content_language: input.response_content_language.or(facts.content_language),
        content_type: input.response_content_type.or(facts.content_type),
        expires: input.response_expires.or(facts.expires),
        ..facts
    })
}

/// What an object says about itself, whatever piece of it is asked for.
fn facts(found: &Found, wants_checksum: bool) -> HeadObjectOutput {
    let object = &found.object;
    let checksum = object.checksum.clone().filter(|_| wants_checksum).unwrap_or_default();
    HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        cache_control: object.cache_control.clone(),
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
        checksum_type: checksum.checksum_type,
        content_disposition: object.content_disposition.clone(),
        content_encoding: object.content_encoding.clone(),
        content_language: object.content_language.clone(),
        content_type: Some(object.content_type.clone().unwrap_or_else(|| "binary/octet-stream".to_owned())),
        e_tag: Some(s3s::dto::ETag::Strong(object.etag.clone())),
        expiration: object.expiration.clone(),
        expires: object.expires.clone(),
        last_modified: Some(found.modified.into()),
        metadata: Some(object.metadata.clone().into_iter().collect()),
        replication_status: object.replication.clone().map(ReplicationStatus::from),
        restore: object.restore.clone(),
        server_side_encryption: Some(ServerSideEncryption::from_static(ServerSideEncryption::AES256)),
        storage_class: object.storage_class.clone().map(StorageClass::from),
        version_id: found.version.clone(),
        ..Default::default()
    }
}

/// The tags of an object, with the id of its version.
pub(super) fn tags(
    store: &Store,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Result<(BTreeMap<String, String>, Option<String>), Refusal> {
    let found = find(store, bucket, key, version)?;
    Ok((found.object.tags.clone(), found.version))
}

fn one_chunk(body: Bytes) -> StreamingBlob {
    StreamingBlob::wrap(futures::stream::once(async move { Ok::<_, std::io::Error>(body) }))
}

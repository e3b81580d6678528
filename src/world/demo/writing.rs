//! Writing objects: bodies and their checksums, conditions, copies, multipart uploads, tags, deletions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use md5::{Digest, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::dto::{
    Checksum, ChecksumType, CompleteMultipartUploadInput, CompletedPart, CopyObjectInput, CopySource,
    CreateMultipartUploadInput, ETagCondition, MetadataDirective, PutObjectInput, StreamingBlob, TaggingDirective,
    UploadPartInput,
};
use s3s::{TrailingHeaders, crypto};

use super::objects::{Object, Version};
use super::reading::{self, Conditions, Found, matches, no_such_version, shown_id};
use super::refusal::Refusal;
use super::store::{Bucket, Deletion, Store, Upload, UploadedPart, Versioning, hex, md5_hex, whole_seconds};
use super::{random, uri};

/// The longest body that one request may bring. AWS takes 5 GiB; this store keeps everything in memory.
const MAX_BODY: usize = 512 << 20;
/// What every part of a multipart upload but the last must have.
const MIN_PART: usize = 5 << 20;
/// The most bytes in the names and values of an object's own metadata, as AWS counts them.
const MAX_METADATA: usize = 2 << 10;

/// What a write left behind.
pub(super) struct Written {
    /// The ETag, without quotes.
    pub(super) etag: String,
    /// The version, where the bucket versions.
    pub(super) version: Option<String>,
    /// When.
    pub(super) modified: SystemTime,
    /// The checksums that were promised and found right.
    pub(super) checksum: Checksum,
}

/// Does something with a bucket that has to be there.
pub(super) fn in_bucket<T>(
    store: &Store,
    bucket: &str,
    change: impl FnOnce(&mut Bucket) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let mut buckets = store.write();
    change(buckets.get_mut(bucket).ok_or_else(|| Refusal::new("NoSuchBucket").with("BucketName", bucket))?)
}

/// PUT of an object.
pub(super) async fn put(
    store: &Store,
    input: PutObjectInput,
    trailers: Option<TrailingHeaders>,
) -> Result<Written, Refusal> {
    let promised = Checksum {
        checksum_crc32: input.checksum_crc32,
        checksum_crc32c: input.checksum_crc32c,
        checksum_crc64nvme: input.checksum_crc64nvme,
        checksum_sha1: input.checksum_sha1,
        checksum_sha256: input.checksum_sha256,
        checksum_type: None,
    };
    let body = receive(input.body).await?;
    let checksum = verify(&body, input.content_md5.as_deref(), promised, trailers)?;
    let object = Object {
        etag: md5_hex(&body),
        body,
        content_type: input.content_type,
        content_encoding: input.content_encoding.and_then(without_aws_chunked),
        content_language: input.content_language,
        content_disposition: input.content_disposition,
        cache_control: input.cache_control,
        expires: input.expires,
        metadata: metadata(input.metadata.unwrap_or_default())?,
        tags: input.tagging.as_deref().map(tags_of_header).transpose()?.unwrap_or_default(),
        storage_class: storage_class(input.storage_class.as_ref().map(|class| class.as_str()))?,
        checksum: Some(checksum),
        ..Object::default()
    };
    in_bucket(store, &input.bucket, |bucket| {
        check_write(bucket, &input.key, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        Ok(write(bucket, &input.key, object))
    })
}

/// PUT with `x-amz-copy-source`.
pub(super) fn copy(store: &Store, input: CopyObjectInput) -> Result<(Written, Option<String>), Refusal> {
    let (source, bucket, key) = copy_source(store, &input.copy_source)?;
    copy_conditions(&source, &input)?;
    let replaces = input.metadata_directive.as_ref().is_some_and(|d| d.as_str() == MetadataDirective::REPLACE);
    if !replaces && bucket == input.bucket && key == input.key && input.storage_class.is_none() {
        return Err(Refusal::new("InvalidRequest").saying(
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    let from = source.object.as_ref();
    let mut object = Object {
        // A copy is written in one piece, whatever its source was.
        etag: if from.parts.is_empty() { from.etag.clone() } else { md5_hex(&from.body) },
        parts: Vec::new(),
        storage_class: storage_class(input.storage_class.as_ref().map(|class| class.as_str()))?,
        restore: None,
        expiration: None,
        replication: None,
        ..from.clone()
    };
    if replaces {
        object.content_type = input.content_type;
        object.content_encoding = input.content_encoding;
        object.content_language = input.content_language;
        object.content_disposition = input.content_disposition;
        object.cache_control = input.cache_control;
        object.expires = input.expires;
        object.metadata = metadata(input.metadata.unwrap_or_default())?;
    }
    if input.tagging_directive.as_ref().is_some_and(|d| d.as_str() == TaggingDirective::REPLACE) {
        object.tags = input.tagging.as_deref().map(tags_of_header).transpose()?.unwrap_or_default();
    }
    let written = in_bucket(store, &input.bucket, |bucket| Ok(write(bucket, &input.key, object)))?;
    Ok((written, source.version))
}

/// Begins a multipart upload and tells its id.
pub(super) fn begin(store: &Store, input: CreateMultipartUploadInput) -> Result<String, Refusal> {
    let object = Object {
        content_type: input.content_type,
        content_encoding: input.content_encoding.and_then(without_aws_chunked),
        content_language: input.content_language,
        content_disposition: input.content_disposition,
        cache_control: input.cache_control,
        expires: input.expires,
        metadata: metadata(input.metadata.unwrap_or_default())?,
        tags: input.tagging.as_deref().map(tags_of_header).transpose()?.unwrap_or_default(),
        storage_class: storage_class(input.storage_class.as_ref().map(|class| class.as_str()))?,
        ..Object::default()
    };
    let id = random::id(random::PLAIN64, 64);
    in_bucket(store, &input.bucket, |bucket| {
        let begun = whole_seconds(SystemTime::now());
        let upload = Upload { key: input.key, begun, object, parts: BTreeMap::new() };
        bucket.uploads.insert(id.clone(), upload);
        Ok(id)
    })
}

/// Takes one part.
pub(super) async fn put_part(
    store: &Store,
    input: UploadPartInput,
    trailers: Option<TrailingHeaders>,
) -> Result<Written, Refusal> {
    let promised = Checksum {
        checksum_crc32: input.checksum_crc32,
        checksum_crc32c: input.checksum_crc32c,
        checksum_crc64nvme: input.checksum_crc64nvme,
        checksum_sha1: input.checksum_sha1,
        checksum_sha256: input.checksum_sha256,
        checksum_type: None,
    };
    let body = receive(input.body).await?;
    let checksum = verify(&body, input.content_md5.as_deref(), promised, trailers)?;
    let written = keep_part(store, &input.bucket, &input.key, &input.upload_id, input.part_number, body)?;
    Ok(Written { checksum, ..written })
}

/// Keeps the bytes of a part, which may have arrived or come from another object.
pub(super) fn keep_part(
    store: &Store,
    bucket: &str,
    key: &str,
    upload: &str,
    number: i32,
    body: Bytes,
) -> Result<Written, Refusal> {
    if !(1..=10_000).contains(&number) {
        return Err(Refusal::new("InvalidArgument")
            .saying("Part number must be an integer between 1 and 10000, inclusive")
            .with("ArgumentName", "partNumber")
            .with("ArgumentValue", number.to_string()));
    }
    let (etag, modified) = (md5_hex(&body), whole_seconds(SystemTime::now()));
    in_bucket(store, bucket, |bucket| {
        let part = UploadedPart { body, etag: etag.clone(), modified };
        upload_of(bucket, key, upload)?.parts.insert(number, part);
        Ok(Written { etag, version: None, modified, checksum: Checksum::default() })
    })
}

/// Puts the parts together into the object.
pub(super) fn complete(store: &Store, input: CompleteMultipartUploadInput) -> Result<Written, Refusal> {
    let listed = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
    in_bucket(store, &input.bucket, |bucket| {
        check_write(bucket, &input.key, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let upload = upload_of(bucket, &input.key, &input.upload_id)?;
        let parts = chosen_parts(upload, &listed)?;
        let (mut body, mut digests) = (BytesMut::new(), Md5::new());
        for part in &parts {
            body.extend_from_slice(&part.body);
            digests.update(Md5::digest(&part.body));
        }
        let object = Object {
            etag: format!("{}-{}", hex(&digests.finalize()), parts.len()),
            parts: parts.iter().map(|part| part.body.len() as u64).collect(),
            body: body.freeze(),
            ..upload.object.clone()
        };
        bucket.uploads.remove(&input.upload_id);
        Ok(write(bucket, &input.key, object))
    })
}

/// Forgets a multipart upload.
pub(super) fn abort(store: &Store, bucket: &str, key: &str, upload: &str) -> Result<(), Refusal> {
    in_bucket(store, bucket, |bucket| {
        upload_of(bucket, key, upload)?;
        bucket.uploads.remove(upload);
        Ok(())
    })
}

/// The upload of that id, if it is for that key.
pub(super) fn upload_of<'a>(bucket: &'a mut Bucket, key: &str, id: &str) -> Result<&'a mut Upload, Refusal> {
    let upload = bucket.uploads.get_mut(id).filter(|upload| upload.key == key);
    upload.ok_or_else(|| Refusal::new("NoSuchUpload").with("UploadId", id))
}

/// Deletes a key, or one version of it.
pub(super) fn delete(
    store: &Store,
    bucket: &str,
    key: &str,
    version: Option<&str>,
    if_match: Option<&ETagCondition>,
) -> Result<Deletion, Refusal> {
    in_bucket(store, bucket, |bucket| {
        check_write(bucket, key, if_match, None)?;
        Ok(match version {
            Some(id) => bucket.delete_version(key, id),
            None => bucket.delete(key, SystemTime::now()),
        })
    })
}

/// Replaces an object's tags and tells its version.
pub(super) fn tag(
    store: &Store,
    bucket: &str,
    key: &str,
    version: Option<&str>,
    tags: BTreeMap<String, String>,
) -> Result<Option<String>, Refusal> {
    in_bucket(store, bucket, |bucket| {
        let changed = bucket.objects.change(key, |versions| {
            let found = match version {
                Some(id) => versions.iter_mut().find(|v| v.id == id).ok_or_else(|| no_such_version(key, id)),
                None => versions.first_mut().ok_or_else(|| Refusal::new("NoSuchKey").with("Key", key)),
            }?;
            let object = found.object.as_mut().ok_or_else(|| Refusal::new("MethodNotAllowed"))?;
            Arc::make_mut(object).tags = tags;
            Ok(found.clone())
        });
        changed.map(|version| shown_id(bucket, &version))
    })
}

/// Tags as a body lists them. AWS takes ten.
pub(super) fn tags_of_body(tags: &[s3s::dto::Tag]) -> Result<BTreeMap<String, String>, Refusal> {
    let pairs = tags.iter().map(|tag| (tag.key.clone().unwrap_or_default(), tag.value.clone().unwrap_or_default()));
    checked_tags(pairs.collect())
}

/// Where a copy comes from: the object, its bucket, its key.
pub(super) fn copy_source(store: &Store, source: &CopySource) -> Result<(Found, String, String), Refusal> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => {
            let found = reading::find(store, bucket, key, version_id.as_deref())?;
            Ok((found, bucket.to_string(), key.to_string()))
        }
        CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => {
            Err(Refusal::new("InvalidArgument").saying("Copy Source must mention the source bucket and key"))
        }
    }
}

fn copy_conditions(source: &Found, input: &CopyObjectInput) -> Result<(), Refusal> {
    let conditions = Conditions {
        if_match: input.copy_source_if_match.as_ref(),
        if_none_match: input.copy_source_if_none_match.as_ref(),
        if_modified_since: input.copy_source_if_modified_since.as_ref(),
        if_unmodified_since: input.copy_source_if_unmodified_since.as_ref(),
    };
    // What would be "not modified" for a reader is a condition that failed for a copy.
    conditions.check(source).map_err(|refusal| match refusal.code.as_str() {
        "NotModified" => Refusal::new("PreconditionFailed").with("Condition", "x-amz-copy-source-If-None-Match"),
        _ => refusal,
    })
}

fn write(bucket: &mut Bucket, key: &str, object: Object) -> Written {
    let modified = whole_seconds(SystemTime::now());
    let (etag, checksum) = (object.etag.clone(), object.checksum.clone().unwrap_or_default());
    let id = bucket.put(key, object, modified);
    let version = (bucket.versioning != Versioning::Off).then_some(id);
    Written { etag, version, modified, checksum }
}

/// Refuses a write whose condition on what is there now does not hold.
fn check_write(
    bucket: &Bucket,
    key: &str,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> Result<(), Refusal> {
    let versions = bucket.objects.get(key);
    let there = versions.first().and_then(|version: &Version| version.object.as_ref());
    let failed = |name: &str| Refusal::new("PreconditionFailed").with("Condition", name);
    match (if_match, there) {
        (Some(_), None) => return Err(Refusal::new("NoSuchKey").with("Key", key)),
        (Some(condition), Some(object)) if !matches(condition, &object.etag) => return Err(failed("If-Match")),
        _ => {}
    }
    match (if_none_match, there) {
        (Some(condition), Some(object)) if matches(condition, &object.etag) => Err(failed("If-None-Match")),
        _ => Ok(()),
    }
}

/// The parts that the client lists: ascending, as they arrived, and none but the last too small.
fn chosen_parts(upload: &Upload, listed: &[CompletedPart]) -> Result<Vec<UploadedPart>, Refusal> {
    if listed.is_empty() {
        return Err(Refusal::new("MalformedXML"));
    }
    let mut chosen: Vec<(i32, UploadedPart)> = Vec::new();
    for part in listed {
        let number = part.part_number.unwrap_or_default();
        if chosen.last().is_some_and(|(last, _)| number <= *last) {
            return Err(Refusal::new("InvalidPartOrder"));
        }
        let has_etag = |there: &&UploadedPart| part.e_tag.as_ref().is_none_or(|etag| etag.value() == there.etag);
        let there = upload.parts.get(&number).filter(has_etag);
        let there = there.ok_or_else(|| Refusal::new("InvalidPart").with("PartNumber", number.to_string()))?;
        chosen.push((number, there.clone()));
    }
    let all_but_last = chosen.split_last().map_or(&[][..], |(_, rest)| rest);
    if let Some((number, part)) = all_but_last.iter().find(|(_, part)| part.body.len() < MIN_PART) {
        return Err(Refusal::new("EntityTooSmall")
            .with("ProposedSize", part.body.len().to_string())
            .with("MinSizeAllowed", MIN_PART.to_string())
            .with("PartNumber", number.to_string()));
    }
    Ok(chosen.into_iter().map(|(_, part)| part).collect())
}

/// Reads a body into memory, up to [`MAX_BODY`].
async fn receive(body: Option<StreamingBlob>) -> Result<Bytes, Refusal> {
    let mut received = BytesMut::new();
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    while let Some(chunk) = body.next().await {
        // The stream also checks `x-amz-content-sha256` on its way, and fails where that does not fit.
        received.extend_from_slice(&chunk.map_err(|error| torn_body(error.as_ref()))?);
        if received.len() > MAX_BODY {
            return Err(Refusal::new("EntityTooLarge")
                .with("ProposedSize", received.len().to_string())
                .with("MaxSizeAllowed", MAX_BODY.to_string()));
        }
    }
    Ok(received.freeze())
}

/// Why a body ended early: the client went away, or the bytes are not those that were signed.
fn torn_body(error: &(dyn std::error::Error + 'static)) -> Refusal {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<hyper::Error>() {
            return Refusal::new("IncompleteBody");
        }
        cause = error.source();
    }
    Refusal::new("XAmzContentSHA256Mismatch")
}

/// Compares a body with the checksums that came with it, before it and behind it, and keeps those.
fn verify(
    body: &[u8],
    content_md5: Option<&str>,
    promised: Checksum,
    trailers: Option<TrailingHeaders>,
) -> Result<Checksum, Refusal> {
    let digest = Md5::digest(body);
    if let Some(text) = content_md5 {
        let expected = BASE64.decode(text).ok().filter(|bytes| bytes.len() == digest.len());
        let expected = expected.ok_or_else(|| Refusal::new("InvalidDigest").with("Content-MD5", text))?;
        if expected != digest.as_slice() {
            return Err(Refusal::new("BadDigest")
                .with("ExpectedDigest", hex(&expected))
                .with("CalculatedDigest", BASE64.encode(digest)));
        }
    }
    let trailed = trailers.and_then(|trailers| trailers.take()).unwrap_or_default();
    let trailed = |name: &str| trailed.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let promised = Checksum {
        checksum_crc32: promised.checksum_crc32.or_else(|| trailed("x-amz-checksum-crc32")),
        checksum_crc32c: promised.checksum_crc32c.or_else(|| trailed("x-amz-checksum-crc32c")),
        checksum_crc64nvme: promised.checksum_crc64nvme.or_else(|| trailed("x-amz-checksum-crc64nvme")),
        checksum_sha1: promised.checksum_sha1.or_else(|| trailed("x-amz-checksum-sha1")),
        checksum_sha256: promised.checksum_sha256.or_else(|| trailed("x-amz-checksum-sha256")),
        checksum_type: None,
    };
    let computed = checksum(body, &promised);
    let pairs = [
        ("CRC32", &promised.checksum_crc32, &computed.checksum_crc32),
        ("CRC32C", &promised.checksum_crc32c, &computed.checksum_crc32c),
        ("CRC64NVME", &promised.checksum_crc64nvme, &computed.checksum_crc64nvme),
        ("SHA1", &promised.checksum_sha1, &computed.checksum_sha1),
        ("SHA256", &promised.checksum_sha256, &computed.checksum_sha256),
    ];
    if let Some((name, ..)) = pairs.into_iter().find(|(_, promised, computed)| promised != computed) {
        return Err(Refusal::new("BadDigest")
            .saying(format!("The {name} you specified did not match the calculated checksum.")));
    }
    Ok(Checksum { checksum_type: Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT)), ..computed })
}

/// The checksums of `body` of the kinds that `wanted` has.
pub(super) fn checksum(body: &[u8], wanted: &Checksum) -> Checksum {
    let mut hasher = ChecksumHasher {
        crc32: wanted.checksum_crc32.is_some().then(crypto::Checksum::new),
        crc32c: wanted.checksum_crc32c.is_some().then(crypto::Checksum::new),
        crc64nvme: wanted.checksum_crc64nvme.is_some().then(crypto::Checksum::new),
        sha1: wanted.checksum_sha1.is_some().then(crypto::Checksum::new),
        sha256: wanted.checksum_sha256.is_some().then(crypto::Checksum::new),
    };
    hasher.update(body);
    hasher.finalize()
}

/// `aws-chunked` says how the body travelled, not what it is.
fn without_aws_chunked(encoding: String) -> Option<String> {
    let kept: Vec<_> = encoding.split(',').map(str::trim).filter(|e| !e.is_empty() && *e != "aws-chunked").collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

/// Names in lower case, and 2 KiB at most.
fn metadata(sent: impl IntoIterator<Item = (String, String)>) -> Result<BTreeMap<String, String>, Refusal> {
    let metadata: BTreeMap<_, _> = sent.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    let size: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    match size <= MAX_METADATA {
        true => Ok(metadata),
        false => Err(Refusal::new("MetadataTooLarge")
            .with("Size", size.to_string())
            .with("MaxSizeAllowed", MAX_METADATA.to_string())),
    }
}

fn storage_class(class: Option<&str>) -> Result<Option<String>, Refusal> {
    match class {
        None | Some("STANDARD") => Ok(None),
        Some(
            "REDUCED_REDUNDANCY"
            | "STANDARD_IA"
            | "ONEZONE_IA"
            | "INTELLIGENT_TIERING"
            | "GLACIER"
            | "DEEP_ARCHIVE"
            | "GLACIER_IR",
        ) => Ok(class.map(str::to_owned)),
        Some(other) => Err(Refusal::new("InvalidStorageClass").with("StorageClassRequested", other)),
    }
}

/// `x-amz-tagging`: tags as in a query.
fn tags_of_header(text: &str) -> Result<BTreeMap<String, String>, Refusal> {
    let plus = |text: &str| uri::decode(&text.replace('+', " "));
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    checked_tags(pairs.map(|(name, value)| (plus(name), plus(value))).collect())
}

fn checked_tags(tags: Vec<(String, String)>) -> Result<BTreeMap<String, String>, Refusal> {
    let count = tags.len();
    if count > 10 {
        return Err(Refusal::new("BadRequest").saying("Object tags cannot be greater than 10"));
    }
    if tags.iter().any(|(name, value)| name.is_empty() || name.chars().count() > 128 || value.chars().count() > 256) {
        return Err(Refusal::new("InvalidTag"));
    }
    let tags: BTreeMap<_, _> = tags.into_iter().collect();
    if tags.len() < count {
        return Err(Refusal::new("InvalidTag").saying("Cannot provide multiple Tags with the same key"));
    }
    Ok(tags)
}

//! The S3 operations: s3s calls these with a request that was signed right. Each is a line or two over store and listing.

use std::time::SystemTime;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, BucketLocationConstraint, BucketVersioningStatus,
    CommonPrefix, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput,
    CopyObjectResult, CopyPartResult, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, DeleteBucketCorsInput, DeleteBucketCorsOutput, DeleteBucketInput, DeleteBucketOutput,
    DeleteMarkerEntry, DeleteObjectInput, DeleteObjectOutput, DeleteObjectTaggingInput, DeleteObjectTaggingOutput,
    DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETag, EncodingType, GetBucketCorsInput,
    GetBucketCorsOutput, GetBucketLocationInput, GetBucketLocationOutput, GetBucketVersioningInput,
    GetBucketVersioningOutput, GetObjectInput, GetObjectOutput, GetObjectTaggingInput, GetObjectTaggingOutput,
    HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectVersionsInput, ListObjectVersionsOutput,
    ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput, ListPartsOutput,
    MultipartUpload, Object, ObjectStorageClass, ObjectVersion, ObjectVersionStorageClass, Owner, Part,
    PutBucketCorsInput, PutBucketCorsOutput, PutBucketVersioningInput, PutBucketVersioningOutput, PutObjectInput,
    PutObjectOutput, PutObjectTaggingInput, PutObjectTaggingOutput, Range, ServerSideEncryption, StorageClass, Tag,
    UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result};

use super::listing::{self, Newest, Scope};
use super::objects::Version;
use super::reading;
use super::refusal::Refusal;
use super::store::{Bucket, Store, Versioning};
use super::uri::encode_for_listing;
use super::writing;

/// The most that one page of a listing holds.
const MAX_PAGE: i32 = 1_000;

/// The store as s3s calls it.
pub(super) struct Service {
    /// The buckets.
    pub(super) store: Store,
    /// The region of those that are in no other.
    pub(super) region: String,
}

impl Service {
    fn with<T>(&self, bucket: &str, read: impl FnOnce(&Bucket) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let buckets = self.store.read();
        read(buckets.get(bucket).ok_or_else(|| Refusal::new("NoSuchBucket").with("BucketName", bucket))?)
    }

    fn region_of(&self, bucket: &str) -> Result<String, Refusal> {
        self.with(bucket, |bucket| Ok(bucket.region(&self.region).to_owned()))
    }
}

fn answer<T>(output: T) -> S3Result<S3Response<T>> {
    Ok(S3Response::new(output))
}

#[async_trait]
impl S3 for Service {
    async fn list_buckets(&self, request: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        let input = request.input;
        let max = usize::try_from(input.max_buckets.unwrap_or(10_000)).unwrap_or(0);
        let prefix = input.prefix.clone().unwrap_or_default();
        let after = input.continuation_token.as_deref().map(name_in_token).transpose()?;
        let stored = self.store.read();
        let mut buckets = stored
            .iter()
            .filter(|(name, _)| name.starts_with(&prefix) && after.as_ref().is_none_or(|after| *name > after))
            .map(|(name, bucket)| s3s::dto::Bucket {
                bucket_region: Some(bucket.region(&self.region).to_owned()),
                creation_date: Some(bucket.created.into()),
                name: Some(name.clone()),
            });
        let page: Vec<_> = buckets.by_ref().take(max).collect();
        let more = buckets.next().is_some();
        let last = page.last().and_then(|bucket| bucket.name.as_deref()).filter(|_| more);
        answer(ListBucketsOutput {
            continuation_token: last.map(token_for),
            buckets: Some(page),
            owner: Some(owner()),
            prefix: input.prefix,
        })
    }

    async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
        let name = request.input.bucket;
        let mut buckets = self.store.write();
        if buckets.contains_key(&name) {
            return Err(Refusal::new("BucketAlreadyOwnedByYou").with("BucketName", name).into());
        }
        buckets.insert(name.clone(), Bucket::new(SystemTime::now()));
        answer(CreateBucketOutput { location: Some(format!("/{name}")) })
    }

    async fn delete_bucket(&self, request: S3Request<DeleteBucketInput>) -> S3Result<S3Response<DeleteBucketOutput>> {
        let name = request.input.bucket;
        self.with(&name, |bucket| match bucket.is_empty() {
            true => Ok(()),
            false => Err(Refusal::new("BucketNotEmpty").with("BucketName", &name)),
        })?;
        self.store.write().remove(&name);
        answer(DeleteBucketOutput::default())
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        let region = self.region_of(&request.input.bucket)?;
        answer(HeadBucketOutput { bucket_region: Some(region), ..Default::default() })
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        // The oldest region has no name here.
        let named = Some(self.region_of(&request.input.bucket)?).filter(|region| region != "us-east-1");
        answer(GetBucketLocationOutput { location_constraint: named.map(BucketLocationConstraint::from) })
    }

    async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        let status = self.with(&request.input.bucket, |bucket| Ok(bucket.versioning))?;
        let status = match status {
            Versioning::Off => None,
            Versioning::Enabled => Some(BucketVersioningStatus::from_static(BucketVersioningStatus::ENABLED)),
            Versioning::Suspended => Some(BucketVersioningStatus::from_static(BucketVersioningStatus::SUSPENDED)),
        };
        answer(GetBucketVersioningOutput { status, ..Default::default() })
    }

    async fn put_bucket_versioning(
        &self,
        request: S3Request<PutBucketVersioningInput>,
    ) -> S3Result<S3Response<PutBucketVersioningOutput>> {
        let status = request.input.versioning_configuration.status;
        let versioning = match status.as_ref().map(BucketVersioningStatus::as_str) {
            Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
            Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
            _ => return Err(Refusal::new("IllegalVersioningConfigurationException").into()),
        };
        writing::in_bucket(&self.store, &request.input.bucket, |bucket| {
            bucket.versioning = versioning;
            Ok(())
        })?;
        answer(PutBucketVersioningOutput::default())
    }

    async fn get_bucket_cors(
        &self,
        request: S3Request<GetBucketCorsInput>,
    ) -> S3Result<S3Response<GetBucketCorsOutput>> {
        let rules = self.with(&request.input.bucket, |bucket| match bucket.cors.is_empty() {
            true => Err(Refusal::new("NoSuchCORSConfiguration").with("BucketName", &request.input.bucket)),
            false => Ok(bucket.cors.clone()),
        })?;
        answer(GetBucketCorsOutput { cors_rules: Some(rules) })
    }

    async fn put_bucket_cors(
        &self,
        request: S3Request<PutBucketCorsInput>,
    ) -> S3Result<S3Response<PutBucketCorsOutput>> {
        let rules = request.input.cors_configuration.cors_rules;
        let known = |method: &String| matches!(method.as_str(), "GET" | "HEAD" | "PUT" | "POST" | "DELETE");
        if let Some(method) = rules.iter().flat_map(|rule| &rule.allowed_methods).find(|method| !known(method)) {
            return Err(Refusal::new("InvalidRequest")
                .saying(format!("Found unsupported HTTP method in CORS config. Unsupported method is {method}"))
                .into());
        }
        writing::in_bucket(&self.store, &request.input.bucket, |bucket| {
            bucket.cors = rules;
            Ok(())
        })?;
        answer(PutBucketCorsOutput::default())
    }

    async fn delete_bucket_cors(
        &self,
        request: S3Request<DeleteBucketCorsInput>,
    ) -> S3Result<S3Response<DeleteBucketCorsOutput>> {
        writing::in_bucket(&self.store, &request.input.bucket, |bucket| {
            bucket.cors.clear();
            Ok(())
        })?;
        answer(DeleteBucketCorsOutput::default())
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        let spell = speller(input.encoding_type.as_ref());
        let max = page_size(input.max_keys)?;
        let resume = input.continuation_token.as_deref().map(name_in_token).transpose()?;
        let owner = input.fetch_owner.unwrap_or_default().then(owner);
        let output = self.with(&input.bucket, |bucket| {
            let scope = scope(input.prefix.as_deref(), input.delimiter.as_deref(), max);
            let page = listing::current(&bucket.objects, scope, resume.as_deref().or(input.start_after.as_deref()));
            let count = page.keys.len() + page.common.len();
            Ok(ListObjectsV2Output {
                name: Some(input.bucket.clone()),
                prefix: Some(spell(input.prefix.as_deref().unwrap_or_default())),
                delimiter: input.delimiter.as_deref().map(spell),
                start_after: input.start_after.as_deref().map(spell),
                max_keys: Some(max),
                key_count: i32::try_from(count).ok(),
                is_truncated: Some(page.next.is_some()),
                continuation_token: input.continuation_token.clone(),
                next_continuation_token: page.next.as_deref().map(token_for),
                contents: Some(
                    page.keys.iter().map(|(key, version)| row(spell(key), version, owner.clone())).collect(),
                ),
                common_prefixes: Some(common_prefixes(&page.common, spell)),
                encoding_type: input.encoding_type.clone(),
                ..Default::default()
            })
        })?;
        answer(output)
    }

    async fn list_objects(&self, request: S3Request<ListObjectsInput>) -> S3Result<S3Response<ListObjectsOutput>> {
        let input = request.input;
        let spell = speller(input.encoding_type.as_ref());
        let max = page_size(input.max_keys)?;
        let output = self.with(&input.bucket, |bucket| {
            let scope = scope(input.prefix.as_deref(), input.delimiter.as_deref(), max);
            let page = listing::current(&bucket.objects, scope, input.marker.as_deref());
            Ok(ListObjectsOutput {
                name: Some(input.bucket.clone()),
                prefix: Some(spell(input.prefix.as_deref().unwrap_or_default())),
                delimiter: input.delimiter.as_deref().map(spell),
                marker: Some(spell(input.marker.as_deref().unwrap_or_default())),
                max_keys: Some(max),
                is_truncated: Some(page.next.is_some()),
                // Without a delimiter the last key is the marker, and AWS does not repeat it.
                next_marker: page.next.as_deref().filter(|_| scope.delimiter.is_some()).map(spell),
                contents: Some(page.keys.iter().map(|(key, v)| row(spell(key), v, Some(self::owner()))).collect()),
                common_prefixes: Some(common_prefixes(&page.common, spell)),
                encoding_type: input.encoding_type.clone(),
                ..Default::default()
            })
        })?;
        answer(output)
    }

    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        let input = request.input;
        let spell = speller(input.encoding_type.as_ref());
        let max = page_size(input.max_keys)?;
        let key_marker = input.key_marker.as_deref().filter(|marker| !marker.is_empty());
        let version_marker = input.version_id_marker.as_deref().filter(|marker| !marker.is_empty());
        if version_marker.is_some() && key_marker.is_none() {
            return Err(Refusal::new("InvalidArgument")
                .saying("A version-id marker cannot be specified without a key marker.")
                .with("ArgumentName", "version-id-marker")
                .into());
        }
        let output = self.with(&input.bucket, |bucket| {
            let scope = scope(input.prefix.as_deref(), input.delimiter.as_deref(), max);
            let page = listing::versions(&bucket.objects, scope, key_marker, version_marker);
            let (mut versions, mut markers) = (Vec::new(), Vec::new());
            for (key, version, newest) in &page.versions {
                let (key, is_latest) = (spell(key), Some(*newest == Newest::Yes));
                match &version.object {
                    Some(_) => versions.push(ObjectVersion { is_latest, ..version_row(key, version) }),
                    None => markers.push(DeleteMarkerEntry {
                        is_latest,
                        key: Some(key),
                        last_modified: Some(version.modified.into()),
                        owner: Some(owner()),
                        version_id: Some(version.id.clone()),
                    }),
                }
            }
            let (next_key, next_version) = page.next.unzip();
            Ok(ListObjectVersionsOutput {
                name: Some(input.bucket.clone()),
                prefix: Some(spell(input.prefix.as_deref().unwrap_or_default())),
                delimiter: input.delimiter.as_deref().map(spell),
                key_marker: Some(spell(key_marker.unwrap_or_default())),
                version_id_marker: Some(version_marker.unwrap_or_default().to_owned()),
                max_keys: Some(max),
                is_truncated: Some(next_key.is_some()),
                next_key_marker: next_key.as_deref().map(spell),
                next_version_id_marker: next_version.flatten(),
                versions: Some(versions),
                delete_markers: Some(markers),
                common_prefixes: Some(common_prefixes(&page.common, spell)),
                encoding_type: input.encoding_type.clone(),
                ..Default::default()
            })
        })?;
        answer(output)
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        answer(reading::get(&self.store, &request.input)?)
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        answer(reading::head(&self.store, request.input)?)
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let written = writing::put(&self.store, request.input, request.trailing_headers).await?;
        answer(PutObjectOutput {
            e_tag: Some(ETag::Strong(written.etag)),
            version_id: written.version,
            server_side_encryption: Some(ServerSideEncryption::from_static(ServerSideEncryption::AES256)),
            checksum_crc32: written.checksum.checksum_crc32,
            checksum_crc32c: written.checksum.checksum_crc32c,
            checksum_crc64nvme: written.checksum.checksum_crc64nvme,
            checksum_sha1: written.checksum.checksum_sha1,
            checksum_sha256: written.checksum.checksum_sha256,
            ..Default::default()
        })
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        let (written, source_version) = writing::copy(&self.store, request.input)?;
        answer(CopyObjectOutput {
            copy_object_result: Some(CopyObjectResult {
                e_tag: Some(ETag::Strong(written.etag)),
                last_modified: Some(written.modified.into()),
                ..Default::default()
            }),
            copy_source_version_id: source_version,
            version_id: written.version,
            ..Default::default()
        })
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = request.input;
        let version = input.version_id.as_deref();
        let deletion = writing::delete(&self.store, &input.bucket, &input.key, version, input.if_match.as_ref())?;
        answer(DeleteObjectOutput {
            delete_marker: deletion.marker.then_some(true),
            version_id: deletion.version,
            ..Default::default()
        })
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let input = request.input;
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        for object in input.delete.objects {
            let asked = object.version_id.as_deref();
            match writing::delete(&self.store, &input.bucket, &object.key, asked, None) {
                Ok(deletion) => deleted.push(DeletedObject {
                    delete_marker: deletion.marker.then_some(true),
                    delete_marker_version_id: deletion.version.filter(|_| deletion.marker),
                    key: Some(object.key),
                    version_id: object.version_id,
                }),
                Err(refusal) if refusal.code == "NoSuchBucket" => return Err(refusal.into()),
                Err(refusal) => errors.push(s3s::dto::Error {
                    code: Some(refusal.code),
                    message: Some(refusal.message),
                    key: Some(object.key),
                    version_id: object.version_id,
                }),
            }
        }
        let quiet = input.delete.quiet.unwrap_or_default();
        answer(DeleteObjectsOutput { deleted: (!quiet).then_some(deleted), errors: Some(errors), ..Default::default() })
    }

    async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        let input = request.input;
        let (tags, version_id) = reading::tags(&self.store, &input.bucket, &input.key, input.version_id.as_deref())?;
        let tag_set = tags.into_iter().map(|(name, value)| Tag { key: Some(name), value: Some(value) }).collect();
        answer(GetObjectTaggingOutput { tag_set, version_id })
    }

    async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let input = request.input;
        let tags = writing::tags_of_body(&input.tagging.tag_set)?;
        let version = input.version_id.as_deref();
        let version_id = writing::tag(&self.store, &input.bucket, &input.key, version, tags)?;
        answer(PutObjectTaggingOutput { version_id })
    }

    async fn delete_object_tagging(
        &self,
        request: S3Request<DeleteObjectTaggingInput>,
    ) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
        let input = request.input;
        let version = input.version_id.as_deref();
        let version_id = writing::tag(&self.store, &input.bucket, &input.key, version, Default::default())?;
        answer(DeleteObjectTaggingOutput { version_id })
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        let upload_id = writing::begin(&self.store, request.input)?;
        answer(CreateMultipartUploadOutput {
            bucket: Some(bucket),
            key: Some(key),
            upload_id: Some(upload_id),
            ..Default::default()
        })
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        let written = writing::put_part(&self.store, request.input, request.trailing_headers).await?;
        answer(UploadPartOutput {
            e_tag: Some(ETag::Strong(written.etag)),
            checksum_crc32: written.checksum.checksum_crc32,
            checksum_crc32c: written.checksum.checksum_crc32c,
            checksum_crc64nvme: written.checksum.checksum_crc64nvme,
            checksum_sha1: written.checksum.checksum_sha1,
            checksum_sha256: written.checksum.checksum_sha256,
            ..Default::default()
        })
    }

    async fn upload_part_copy(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        let input = request.input;
        let (source, ..) = writing::copy_source(&self.store, &input.copy_source)?;
        let whole = &source.object.body;
        let body = match &input.copy_source_range {
            None => whole.clone(),
            Some(text) => {
                let wrong = || {
                    Refusal::new("InvalidArgument")
                        .saying("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy")
                };
                let range = Range::parse(text).map_err(|_| wrong())?;
                let bounds = range.check(whole.len() as u64).map_err(|_| wrong())?;
                let offset = |at: u64| usize::try_from(at).unwrap_or(whole.len());
                whole.slice(offset(bounds.start)..offset(bounds.end))
            }
        };
        let written =
            writing::keep_part(&self.store, &input.bucket, &input.key, &input.upload_id, input.part_number, body)?;
        answer(UploadPartCopyOutput {
            copy_part_result: Some(CopyPartResult {
                e_tag: Some(ETag::Strong(written.etag)),
                last_modified: Some(written.modified.into()),
                ..Default::default()
            }),
            copy_source_version_id: source.version,
            ..Default::default()
        })
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        let written = writing::complete(&self.store, request.input)?;
        answer(CompleteMultipartUploadOutput {
            location: Some(format!("/{bucket}/{}", super::uri::encode_path(&key))),
            bucket: Some(bucket),
            key: Some(key),
            e_tag: Some(ETag::Strong(written.etag)),
            version_id: written.version,
            ..Default::default()
        })
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let input = request.input;
        writing::abort(&self.store, &input.bucket, &input.key, &input.upload_id)?;
        answer(AbortMultipartUploadOutput::default())
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let input = request.input;
        let max = page_size(input.max_parts)?;
        let after = input.part_number_marker.unwrap_or_default();
        let output = writing::in_bucket(&self.store, &input.bucket, |bucket| {
            let upload = writing::upload_of(bucket, &input.key, &input.upload_id)?;
            let mut parts = upload.parts.range(after.saturating_add(1)..).map(|(number, part)| Part {
                part_number: Some(*number),
                e_tag: Some(ETag::Strong(part.etag.clone())),
                size: i64::try_from(part.body.len()).ok(),
                last_modified: Some(part.modified.into()),
                ..Default::default()
            });
            let page: Vec<_> = parts.by_ref().take(usize::try_from(max).unwrap_or(0)).collect();
            let more = parts.next().is_some();
            Ok(ListPartsOutput {
                bucket: Some(input.bucket.clone()),
                key: Some(input.key.clone()),
                upload_id: Some(input.upload_id.clone()),
                is_truncated: Some(more),
                max_parts: Some(max),
                part_number_marker: Some(after),
                next_part_number_marker: page.last().and_then(|part| part.part_number).filter(|_| more),
                parts: Some(page),
                owner: Some(owner()),
                storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
                ..Default::default()
            })
        })?;
        answer(output)
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let input = request.input;
        let spell = speller(input.encoding_type.as_ref());
        let max = page_size(input.max_uploads)?;
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let marker = (input.key_marker.as_deref().unwrap_or_default(), input.upload_id_marker.as_deref());
        let output = self.with(&input.bucket, |bucket| {
            let mut uploads: Vec<_> = bucket.uploads.iter().filter(|(_, u)| u.key.starts_with(prefix)).collect();
            uploads.sort_by(|(a_id, a), (b_id, b)| (&a.key, a_id).cmp(&(&b.key, b_id)));
            uploads.retain(|(id, upload)| match marker {
                (key, Some(marked)) => (upload.key.as_str(), id.as_str()) > (key, marked),
                (key, None) => key.is_empty() || upload.key.as_str() > key,
            });
            let more = uploads.len() > usize::try_from(max).unwrap_or(0);
            uploads.truncate(usize::try_from(max).unwrap_or(0));
            let last = uploads.last().filter(|_| more);
            Ok(ListMultipartUploadsOutput {
                bucket: Some(input.bucket.clone()),
                prefix: Some(spell(prefix)),
                is_truncated: Some(more),
                max_uploads: Some(max),
                next_key_marker: last.map(|(_, upload)| spell(&upload.key)),
                next_upload_id_marker: last.map(|(id, _)| (*id).clone()),
                encoding_type: input.encoding_type.clone(),
                uploads: Some(
                    uploads
                        .iter()
                        .map(|(id, upload)| MultipartUpload {
                            key: Some(spell(&upload.key)),
                            upload_id: Some((*id).clone()),
                            initiated: Some(upload.begun.into()),
                            owner: Some(owner()),
                            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
                            ..Default::default()
                        })
                        .collect(),
                ),
                ..Default::default()
            })
        })?;
        answer(output)
    }
}

fn owner() -> Owner {
    Owner {
        display_name: Some("demo".to_owned()),
        id: Some("75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a".to_owned()),
    }
}

fn scope<'a>(prefix: Option<&'a str>, delimiter: Option<&'a str>, max: i32) -> Scope<'a> {
    let delimiter = delimiter.filter(|delimiter| !delimiter.is_empty());
    Scope { prefix: prefix.unwrap_or_default(), delimiter, max: usize::try_from(max).unwrap_or(0) }
}

fn page_size(asked: Option<i32>) -> Result<i32, Refusal> {
    match asked.unwrap_or(MAX_PAGE) {
        asked if asked < 0 => Err(Refusal::new("InvalidArgument")
            .saying("Argument maxKeys must be an integer between 0 and 2147483647")
            .with("ArgumentName", "maxKeys")
            .with("ArgumentValue", asked.to_string())),
        asked => Ok(asked.min(MAX_PAGE)),
    }
}

/// How names are spelled in a listing's body.
fn speller(encoding: Option<&EncodingType>) -> fn(&str) -> String {
    match encoding.map(EncodingType::as_str) {
        Some(EncodingType::URL) => encode_for_listing,
        _ => str::to_owned,
    }
}

/// A continuation token is nobody's business but the server's.
fn token_for(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

fn name_in_token(token: &str) -> Result<String, Refusal> {
    let name = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| {
        Refusal::new("InvalidArgument")
            .saying("The continuation token provided is incorrect")
            .with("ArgumentName", "continuation-token")
    })
}

fn common_prefixes(names: &[String], spell: fn(&str) -> String) -> Vec<CommonPrefix> {
    names.iter().map(|name| CommonPrefix { prefix: Some(spell(name)) }).collect()
}

fn row(key: String, version: &Version, owner: Option<Owner>) -> Object {
    let row = version_row(key, version);
    Object {
        checksum_algorithm: row.checksum_algorithm,
        checksum_type: row.checksum_type,
        e_tag: row.e_tag,
        key: row.key,
        last_modified: row.last_modified,
        owner,
        restore_status: None,
        size: row.size,
        storage_class: row.storage_class.map(|class| ObjectStorageClass::from(class.as_str().to_owned())),
    }
}

fn version_row(key: String, version: &Version) -> ObjectVersion {
    let object = version.object.as_deref();
    let class = object.and_then(|object| object.storage_class.clone()).unwrap_or_else(|| "STANDARD".to_owned());
    ObjectVersion {
        e_tag: object.map(|object| ETag::Strong(object.etag.clone())),
        key: Some(key),
        last_modified: Some(version.modified.into()),
        owner: Some(owner()),
        size: object.and_then(|object| i64::try_from(object.body.len()).ok()),
        storage_class: Some(ObjectVersionStorageClass::from(class)),
        version_id: Some(version.id.clone()),
        ..Default::default()
    }
}

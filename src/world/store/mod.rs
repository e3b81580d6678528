//! An S3 store over the wire: questions become requests, answers become the words of [`crate::s3`].
//!
//! rusoto's typed operations serve where its model of 2022 says all there is to say: buckets. Listings, versions, tags and
//! HEAD are read here, because rusoto loses keys that XML cannot carry, and headers, which also tell an object from its tags.

mod failure;
mod fields;
mod head;
mod pages;
mod tags;
mod upload;
mod version_pages;
mod versions;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::FutureExt;
use rusoto_core::RusotoError;
use rusoto_s3::{S3, S3Client};

use self::failure::{Asked, Question};
use self::pages::Expected;
use super::ObjectStore;
use super::wire::{Answer, Guard, Request, RetryWatch, Trouble, TypedCall};
use crate::s3::address::Address;
use crate::s3::entry::BucketSummary;
use crate::s3::facts::{ObjectFacts, Tag, is_of_object};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::key_page::KeyPage;
use crate::s3::listing::{Buckets, Depth, KeysRequest, Resume, Versions, VersionsRequest};
use crate::s3::location::{ObjectId, UploadId};
use crate::s3::name::BucketName;
use crate::s3::provider::Provider;
use crate::s3::version_page::{VersionMarker, VersionPage};

/// How many versions of one key are asked for.
const VERSIONS_ASKED: u16 = 200;

/// Whether daypass may change something in a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writes {
    /// Nothing at all.
    #[default]
    Refused,
    /// It may begin multipart uploads.
    Allowed,
}

/// A store that is reached over HTTP.
pub struct S3Store {
    guard: Arc<Guard>,
    provider: &'static Provider,
    writes: Writes,
    /// Whether the store refused to be asked for checksums, so that it is not asked again.
    no_checksums: AtomicBool,
}

impl S3Store {
    /// The store behind `guard`. Connects nowhere yet.
    pub(super) fn new(guard: Guard, provider: &'static Provider, writes: Writes) -> Self {
        Self { guard: Arc::new(guard), provider, writes, no_checksums: AtomicBool::new(false) }
    }

    /// Sends a request of our own; whatever is no success is a failure.
    async fn ask(&self, question: &Question, request: &Request) -> Result<Answer, Failure> {
        self.judge(question, self.guard.ask(request).await)
    }

    #[expect(clippy::result_large_err, reason = "as large as in every answer of the store, and as rare")]
    fn judge(&self, question: &Question, outcome: Result<Answer, Trouble>) -> Result<Answer, Failure> {
        match outcome {
            Ok(answer) if answer.is_success() => Ok(answer),
            Ok(answer) => Err(self.asked(question).refused(&answer)),
            Err(trouble) => Err(self.asked(question).troubled(trouble)),
        }
    }

    /// Runs one of rusoto's typed operations. Should its decoder panic in spite of the vetting, that is a broken answer.
    async fn typed<T, E, F>(&self, question: &Question, root: &'static str, operation: F) -> Result<T, Failure>
    where
        E: std::error::Error + 'static,
        F: AsyncFnOnce(S3Client) -> Result<T, RusotoError<E>>,
    {
        let call = TypedCall::new(self.guard.clone(), root);
        let decoded = AssertUnwindSafe(operation(call.client())).catch_unwind().await;
        if let Some(outcome) = call.outcome() {
            self.judge(question, outcome)?;
        }
        let broken = |words: &str| self.asked(question).broken(words);
        match decoded {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(broken(&format!("cannot be read: {error}"))),
            Err(_) => Err(broken("cannot be read")),
        }
    }

    fn asked<'a>(&'a self, question: &'a Question) -> Asked<'a> {
        Asked {
            question,
            address: self.guard.address(question.bucket()),
            provider: self.provider,
            anonymous: self.guard.anonymous(),
        }
    }
}

/// Asks for at most `max_keys` rows of what begins with `prefix`, from the first one on: ListObjectsV2.
fn page_request(bucket: &BucketName, prefix: &str, depth: Depth, max_keys: u16) -> Request {
    let request = Request::new("GET", bucket, "")
        .query("list-type", "2")
        .query("encoding-type", "url")
        .query("max-keys", &max_keys.clamp(1, 1000).to_string())
        .query("prefix", prefix);
    match depth {
        Depth::Level => request.query("delimiter", "/"),
        Depth::All => request,
    }
}

#[async_trait]
impl ObjectStore for S3Store {
    async fn buckets(&self) -> Result<Buckets, Failure> {
        let question = Question::Buckets;
        if self.guard.anonymous() {
            return Err(self.asked(&question).nameless());
        }
        let list = self.typed(&question, "ListAllMyBucketsResult", async |s3| s3.list_buckets().await).await?;
        let mut buckets = Vec::new();
        for bucket in list.buckets.unwrap_or_default() {
            let name = bucket.name.unwrap_or_default();
            let name = BucketName::parse(&name)
                .map_err(|error| self.asked(&question).broken(&format!("lists a bucket that cannot be: {error}")))?;
            let created = bucket.creation_date.and_then(|date| date.parse().ok());
            buckets.push(BucketSummary { name, created, region: None });
        }
        buckets.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Buckets { buckets })
    }

    async fn keys(&self, asked: &KeysRequest) -> Result<KeyPage, Failure> {
        let mut request = page_request(&asked.bucket, asked.prefix.as_str(), asked.depth, asked.max_keys);
        let mut token = None;
        match &asked.from {
            Resume::Start => {}
            Resume::After(name) => request = request.query("start-after", name),
            Resume::Token(begin) => {
                request = request.query("continuation-token", &begin.0);
                token = Some(begin);
            }
        }
        let question = Question::List(asked.clone());
        let answer = self.ask(&question, &request).await?;
        let (prefix, depth) = (asked.prefix.as_str(), asked.depth);
        let expected = Expected { prefix, depth, token, etags: asked.etags };
        pages::read(&answer.body, expected).map_err(|words| self.asked(&question).unreadable(&answer, &words))
    }

    async fn head(&self, object: &ObjectId) -> Result<ObjectFacts, Failure> {
        let question = Question::Head(object.clone());
        let mut request = Request::new("HEAD", &object.bucket, object.key.as_str());
        if let Some(version) = &object.version {
            request = request.query("versionId", &version.0);
        }
        if self.no_checksums.load(Ordering::Relaxed) {
            return self.ask(&question, &request).await.map(|answer| head::facts(&answer));
        }
        let with_checksums = request.clone().header("x-amz-checksum-mode", "ENABLED");
        let first = self.guard.ask(&with_checksums).await;
        // Some stores refuse the header, and AWS wants a further permission for it where KMS encrypts. HEAD never says why.
        let refused = match &first {
            Ok(answer) if matches!(answer.status, 400 | 403 | 501) => answer.status,
            _ => return self.judge(&question, first).map(|answer| head::facts(&answer)),
        };
        let answer = self.ask(&question, &request).await?;
        if refused != 403 {
            self.no_checksums.store(true, Ordering::Relaxed);
        }
        Ok(head::facts(&answer))
    }

    async fn tags(&self, object: &ObjectId) -> Result<Vec<Tag>, Failure> {
        let mut request = Request::new("GET", &object.bucket, object.key.as_str()).query("tagging", "");
        if let Some(version) = &object.version {
            request = request.query("versionId", &version.0);
        }
        let question = Question::Tags(object.clone());
        let answer = match self.ask(&question, &request).await {
            // How some stores say that there are none.
            Err(failure) if failure.reply.as_ref().is_some_and(|reply| reply.code == "NoSuchTagSet") => {
                return Ok(vec![]);
            }
            outcome => outcome?,
        };
        if is_of_object(answer.headers.keys().map(|name| name.as_str())) {
            return Err(self.asked(&question).object_for_tags(answer));
        }
        tags::tags(&answer.body).map_err(|words| self.asked(&question).unreadable(&answer, &words))
    }

    async fn versions(&self, object: &ObjectId) -> Result<Versions, Failure> {
        let request = Request::new("GET", &object.bucket, "")
            .query("versions", "")
            .query("encoding-type", "url")
            .query("max-keys", &VERSIONS_ASKED.to_string())
            .query("prefix", object.key.as_str());
        let question = Question::Versions(object.clone());
        let answer = self.ask(&question, &request).await?;
        versions::versions(&answer.body, &object.key).map_err(|words| self.asked(&question).unreadable(&answer, &words))
    }

    async fn version_page(&self, asked: &VersionsRequest) -> Result<VersionPage, Failure> {
        let mut request = Request::new("GET", &asked.bucket, "")
            .query("versions", "")
            .query("encoding-type", "url")
            .query("max-keys", &asked.max_keys.clamp(1, 1000).to_string())
            .query("prefix", asked.prefix.as_str());
        if let Some(VersionMarker { key, version }) = &asked.after {
            request = request.query("key-marker", key);
            if !version.is_empty() {
                request = request.query("version-id-marker", version);
            }
        }
        let question = Question::AllVersions(asked.clone());
        let answer = self.ask(&question, &request).await?;
        let expected = version_pages::Expected { prefix: asked.prefix.as_str(), after: asked.after.as_ref() };
        version_pages::read(&answer.body, expected).map_err(|words| self.asked(&question).unreadable(&answer, &words))
    }

    async fn read_part(&self, object: &ObjectId, from: u64, most: u64) -> Result<Bytes, Failure> {
        let question = Question::Read(object.clone());
        let last = from.saturating_add(most).saturating_sub(1);
        let request = Request::new("GET", &object.bucket, object.key.as_str())
            .header("range", &format!("bytes={from}-{last}"))
            .header("accept-encoding", "identity");
        let answer = match self.guard.ask(&request).await {
            // There is nothing behind the end.
            Ok(answer) if answer.status == 416 => return Ok(Bytes::new()),
            outcome => self.judge(&question, outcome)?,
        };
        // Some send a part as if it were the whole, and say in this header alone which one it is.
        let is_part = match answer.header("content-range") {
            Some(range) => range.starts_with(&format!("bytes {from}-")),
            None => answer.status == 206 || from == 0,
        };
        match is_part && u64::try_from(answer.body.len()).is_ok_and(|size| size <= most) {
            true => Ok(answer.body),
            false => Err(self.asked(&question).broken("is another part of the object than was asked for")),
        }
    }

    async fn read(&self, object: &ObjectId, most: u64) -> Result<Bytes, Failure> {
        let question = Question::Read(object.clone());
        // One byte more than wanted tells a larger object, without its being sent whole.
        let mut request = Request::new("GET", &object.bucket, object.key.as_str())
            .header("range", &format!("bytes=0-{most}"))
            .header("accept-encoding", "identity");
        if let Some(version) = &object.version {
            request = request.query("versionId", &version.0);
        }
        let answer = match self.guard.ask(&request).await {
            // Only an empty object has no first byte.
            Ok(answer) if answer.status == 416 => return Ok(Bytes::new()),
            outcome => self.judge(&question, outcome)?,
        };
        match u64::try_from(answer.body.len()) {
            Ok(size) if size <= most => Ok(answer.body),
            _ => Err(Failure::new(
                FailureKind::Refused,
                question.to_string(),
                format!("it is larger than the {most} bytes that are read of it"),
                "check that it is the object that you mean",
            )),
        }
    }

    async fn begin_upload(&self, object: &ObjectId, headers: &[(String, String)]) -> Result<UploadId, Failure> {
        let question = Question::BeginUpload(object.clone());
        match self.writes {
            Writes::Allowed => {}
            Writes::Refused => {
                return Err(Failure::new(
                    FailureKind::Refused,
                    question.to_string(),
                    "the settings of this store do not let daypass change anything in it",
                    "set allow_write = true for this store in config.toml, or give the id of an upload that was begun elsewhere",
                ));
            }
        }
        let request = Request::new("POST", &object.bucket, object.key.as_str()).query("uploads", "");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let answer = self.ask(&question, &request).await?;
        upload::id(&answer.body).map_err(|words| self.asked(&question).unreadable(&answer, &words))
    }

    fn busy_answers(&self) -> u64 {
        self.guard.busy_answers()
    }

    fn retries(&self) -> RetryWatch {
        self.guard.retries()
    }

    async fn locate(&self, bucket: &BucketName) {
        if self.provider.has_any_region() && !self.guard.anonymous() {
            self.guard.locate(bucket).await;
        }
    }

    fn address(&self, bucket: &BucketName) -> Address {
        self.guard.address(Some(bucket))
    }
}

//! A store in memory that answers as S3 does, writes down every question, and can be slow or refuse.

#![expect(clippy::result_large_err, reason = "the trait of the store says so")]

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use daypass::s3::address::{Address, AddressingStyle, Endpoint};
use daypass::s3::entry::BucketSummary;
use daypass::s3::facts::{ObjectFacts, Tag, VersionEntry, VersionKind};
use daypass::s3::failure::{Failure, FailureKind};
use daypass::s3::key_page::{KeyPage, ListedObject};
use daypass::s3::listing::{Buckets, Depth, KeysRequest, PageToken, Resume, Versions, VersionsRequest};
use daypass::s3::location::{ObjectId, UploadId, VersionId};
use daypass::s3::name::{BucketName, DELIMITER};
use daypass::s3::usage::VersionState;
use daypass::s3::version_page::VersionPage;
use daypass::world::ObjectStore;
use jiff::Timestamp;

/// The time at which every test takes place.
pub(crate) const NOW: &str = "2026-11-23T13:05:00Z";

/// Buckets with objects.
#[derive(Default)]
pub(crate) struct Shelf {
    buckets: Mutex<BTreeMap<String, BTreeMap<String, u64>>>,
    refusals: Mutex<HashMap<String, Failure>>,
    questions: Mutex<Vec<String>>,
    /// What is in objects that are more than their size.
    bytes: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Shelf {
    /// A store with these objects, `bucket/key`, each as many bytes long as its key has, times 1,000.
    pub(crate) fn with(objects: &[&str]) -> Arc<Self> {
        let shelf = Self::default();
        for object in objects {
            let (bucket, key) = object.split_once('/').expect("bucket/key");
            shelf.put(bucket, key, 1000 * key.len() as u64);
        }
        Arc::new(shelf)
    }

    /// Puts an object; an empty key makes an empty bucket.
    pub(crate) fn put(&self, bucket: &str, key: &str, size: u64) {
        let mut buckets = self.buckets.lock().unwrap();
        let objects = buckets.entry(bucket.to_owned()).or_default();
        if !key.is_empty() {
            objects.insert(key.to_owned(), size);
        }
    }

    /// Puts an object with these bytes.
    pub(crate) fn put_text(&self, bucket: &str, key: &str, text: &str) {
        self.put_bytes(bucket, key, text.as_bytes());
    }

    /// The same, of any bytes.
    pub(crate) fn put_bytes(&self, bucket: &str, key: &str, bytes: &[u8]) {
        self.put(bucket, key, bytes.len() as u64);
        self.bytes.lock().unwrap().insert(key.to_owned(), bytes.to_owned());
    }

    /// Takes an object away.
    pub(crate) fn remove(&self, bucket: &str, key: &str) {
        self.buckets.lock().unwrap().get_mut(bucket).unwrap().remove(key);
    }

    /// Refuses a question from now on, as `questions` names it.
    pub(crate) fn refuse(&self, question: &str, kind: FailureKind) {
        let failure = Failure::new(kind, question, "the store refused it", "ask somebody else");
        self.refuse_with(question, failure);
    }

    /// The same, in words of one's own.
    pub(crate) fn refuse_with(&self, question: &str, failure: Failure) {
        self.refusals.lock().unwrap().insert(question.to_owned(), failure);
    }

    /// Answers again what was refused.
    pub(crate) fn relent(&self) {
        self.refusals.lock().unwrap().clear();
    }

    /// Every question since the last call, such as `list docs/a/` or `head docs/a/b`.
    pub(crate) fn questions(&self) -> Vec<String> {
        std::mem::take(&mut self.questions.lock().unwrap())
    }

    fn ask(&self, question: String) -> Result<(), Failure> {
        self.questions.lock().unwrap().push(question.clone());
        self.refusals.lock().unwrap().get(&question).cloned().map_or(Ok(()), Err)
    }

    fn size_of(&self, object: &ObjectId) -> Result<u64, Failure> {
        let missing = || Failure::new(FailureKind::NotFound, format!("read {object}"), "there is no such object", "");
        let buckets = self.buckets.lock().unwrap();
        buckets.get(object.bucket.as_str()).and_then(|b| b.get(object.key.as_str())).copied().ok_or_else(missing)
    }
}

fn hours_ago(hours: i64) -> Timestamp {
    NOW.parse::<Timestamp>().unwrap() - jiff::SignedDuration::from_hours(hours)
}

#[async_trait]
impl ObjectStore for Shelf {
    async fn buckets(&self) -> Result<Buckets, Failure> {
        self.ask("buckets".into())?;
        let summary = |name: &String| BucketSummary {
            name: BucketName::parse(name).unwrap(),
            created: Some(hours_ago(24 * 400)),
            region: Some("us-west-004".into()),
        };
        Ok(Buckets { buckets: self.buckets.lock().unwrap().keys().map(summary).collect() })
    }

    async fn keys(&self, request: &KeysRequest) -> Result<KeyPage, Failure> {
        let prefix = request.prefix.as_str();
        let after = match &request.from {
            Resume::Start => "",
            Resume::After(name) => name,
            Resume::Token(token) => &token.0,
        };
        let question = format!("list {}/{prefix}", request.bucket);
        self.ask(if after.is_empty() { question } else { format!("{question} after {after}") })?;
        let buckets = self.buckets.lock().unwrap();
        let what = format!("list s3://{}/{prefix}", request.bucket);
        let missing = || Failure::new(FailureKind::NotFound, what, "there is no such bucket", "check the name");
        let mut page = KeyPage::default();
        for (key, size) in buckets.get(request.bucket.as_str()).ok_or_else(missing)? {
            let Some(rest) = key.strip_prefix(prefix) else { continue };
            let level = rest.find(DELIMITER).filter(|_| request.depth == Depth::Level);
            let name = level.map_or(key.as_str(), |at| &key[..prefix.len() + at + 1]);
            if name <= after || page.last() == Some(name) {
                continue;
            }
            if page.len() == usize::from(request.max_keys) {
                page.next = page.last().map(|last| PageToken(last.to_owned()));
                break;
            }
            match level {
                Some(_) => page.push_prefix(name).unwrap(),
                None => {
                    let modified = Some(hours_ago(key.len() as i64));
                    let object = ListedObject { key: name, size: *size, modified, etag: "", storage_class: "STANDARD" };
                    page.push_object(&object).unwrap();
                }
            }
        }
        Ok(page)
    }

    async fn head(&self, object: &ObjectId) -> Result<ObjectFacts, Failure> {
        self.ask(format!("head {}/{}", object.bucket, object.key.as_str()))?;
        Ok(ObjectFacts {
            size: Some(self.size_of(object)?),
            content_type: Some("application/pdf".into()),
            cache_control: Some("max-age=300".into()),
            etag: Some("9b2cf535f27731c974343645a3985328".into()),
            modified: Some(hours_ago(object.key.as_str().len() as i64)),
            encryption: Some("AES256".into()),
            version: Some(VersionId("4_z27c88f1d182b150646ff0b16_f200".into())),
            metadata: vec![("customer".into(), "4711".into()), ("note".into(), "Grüße\u{1b}[31m".into())],
            ..ObjectFacts::default()
        })
    }

    async fn tags(&self, object: &ObjectId) -> Result<Vec<Tag>, Failure> {
        self.ask(format!("tags {}/{}", object.bucket, object.key.as_str()))?;
        Ok(vec![Tag { key: "team".into(), value: "support".into() }])
    }

    async fn versions(&self, object: &ObjectId) -> Result<Versions, Failure> {
        self.ask(format!("versions {}/{}", object.bucket, object.key.as_str()))?;
        let version = |id: &str, is_latest, hours, kind| VersionEntry {
            id: VersionId(id.into()),
            is_latest,
            modified: Some(hours_ago(hours)),
            kind,
        };
        let bytes = |size| VersionKind::Object { size, etag: "9b2c".into(), storage_class: "STANDARD".into() };
        Ok(Versions {
            key: object.key.clone(),
            entries: vec![
                version("v3", true, 2, bytes(self.size_of(object)?)),
                version("v2", false, 30, VersionKind::DeleteMarker),
                version("v1", false, 60, bytes(17)),
            ],
            truncated: false,
        })
    }

    async fn version_page(&self, request: &VersionsRequest) -> Result<VersionPage, Failure> {
        self.ask(format!("versions below {}/{}", request.bucket, request.prefix.as_str()))?;
        let buckets = self.buckets.lock().unwrap();
        let missing = || Failure::new(FailureKind::NotFound, "list the versions", "there is no such bucket", "");
        let mut page = VersionPage::default();
        for (key, size) in buckets.get(request.bucket.as_str()).ok_or_else(missing)? {
            if key.starts_with(request.prefix.as_str()) {
                let version = |size| ListedObject { key, size, modified: None, etag: "", storage_class: "STANDARD" };
                page.push(&version(*size), VersionState::Current).unwrap();
                page.push(&version(17), VersionState::Noncurrent).unwrap();
                page.push(&version(0), VersionState::DeleteMarker).unwrap();
            }
        }
        Ok(page)
    }

    async fn read_part(&self, object: &ObjectId, from: u64, most: u64) -> Result<Bytes, Failure> {
        let whole = self.read(object, u64::MAX).await?;
        let from = usize::try_from(from).unwrap().min(whole.len());
        Ok(whole.slice(from..whole.len().min(from + usize::try_from(most).unwrap())))
    }

    async fn read(&self, object: &ObjectId, most: u64) -> Result<Bytes, Failure> {
        self.ask(format!("read {}/{}", object.bucket, object.key.as_str()))?;
        let size = self.size_of(object)?;
        if size > most {
            return Err(Failure::new(FailureKind::Refused, format!("read {object}"), "it is too large", ""));
        }
        match self.bytes.lock().unwrap().get(object.key.as_str()) {
            Some(bytes) => Ok(Bytes::from(bytes.clone())),
            None => Ok(Bytes::from(vec![b'x'; usize::try_from(size).unwrap()])),
        }
    }

    async fn begin_upload(&self, object: &ObjectId, _: &[(String, String)]) -> Result<UploadId, Failure> {
        self.ask(format!("begin upload {}/{}", object.bucket, object.key.as_str()))?;
        Ok(UploadId("upload-1".into()))
    }

    fn address(&self, _: &BucketName) -> Address {
        Address {
            endpoint: Endpoint::parse("https://s3.us-west-004.backblazeb2.com").unwrap(),
            region: "us-west-004".into(),
            style: AddressingStyle::Path,
        }
    }
}

//! Every object below a prefix, a page at a time.

use super::ObjectStore;
use crate::s3::entry::{Entry, ObjectSummary};
use crate::s3::failure::Failure;
use crate::s3::listing::{Depth, ListRequest};
use crate::s3::name::{BucketName, Prefix};

/// How many keys are asked for at a time: as many as S3 names in one answer.
const PAGE: u16 = 1_000;

/// The way through what lies below a prefix.
pub struct Below(Option<ListRequest>);

impl Below {
    /// Begins with the first page; nothing is asked yet.
    pub fn new(bucket: BucketName, prefix: Prefix) -> Self {
        Self(Some(ListRequest { bucket, prefix, depth: Depth::All, after: None, max_keys: PAGE }))
    }

    /// The objects of the next page, in key order; `None` where there is no more. After a failure there is no more.
    pub async fn next(&mut self, store: &dyn ObjectStore) -> Result<Option<Vec<ObjectSummary>>, Failure> {
        let Some(request) = self.0.take() else { return Ok(None) };
        let page = store.list(&request).await?;
        self.0 = page.next.map(|token| ListRequest { after: Some(token), ..request });
        let objects = page.entries.into_iter().filter_map(|entry| match entry {
            Entry::Object(object) => Some(object),
            Entry::Prefix(_) | Entry::Bucket(_) => None,
        });
        Ok(Some(objects.collect()))
    }
}

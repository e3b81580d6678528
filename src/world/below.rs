//! Every object below a prefix, a page at a time.

use super::ObjectStore;
use crate::s3::entry::ObjectSummary;
use crate::s3::failure::Failure;
use crate::s3::key_page::Listed;
use crate::s3::listing::{Depth, EntityTags, KeysRequest, Resume};
use crate::s3::name::{BucketName, Key, Prefix};

/// How many keys are asked for at a time: as many as S3 names in one answer.
const PAGE: u16 = 1_000;

/// The way through what lies below a prefix.
pub struct Below(Option<KeysRequest>);

impl Below {
    /// Begins with the first page; nothing is asked yet.
    pub fn new(bucket: BucketName, prefix: Prefix) -> Self {
        let (depth, from, max_keys, etags) = (Depth::All, Resume::Start, PAGE, EntityTags::Dropped);
        Self(Some(KeysRequest { bucket, prefix, depth, from, max_keys, etags }))
    }

    /// The objects of the next page, in key order; `None` where there is no more. After a failure there is no more.
    pub async fn next(&mut self, store: &dyn ObjectStore) -> Result<Option<Vec<ObjectSummary>>, Failure> {
        let Some(request) = self.0.take() else { return Ok(None) };
        let mut page = store.keys(&request).await?;
        page.sort();
        self.0 = page.next.take().map(|token| KeysRequest { from: Resume::Token(token), ..request });
        let objects = page.iter().filter_map(|row| match row {
            Listed::Object(object) => Some(ObjectSummary {
                key: Key::from_store(object.key.to_owned())?,
                size: object.size,
                modified: object.modified,
                storage_class: object.storage_class.to_owned(),
            }),
            Listed::Prefix(_) => None,
        });
        Ok(Some(objects.collect()))
    }
}

//! What answers taught about where buckets are. A store says so in the refusal of a request signed for another region.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use super::answer::Answer;
use crate::s3::address::Address;
use crate::s3::memory::BucketRegion;
use crate::s3::name::BucketName;
use crate::s3::provider;

/// The regions learned so far, for one store.
#[derive(Debug, Default)]
pub(super) struct Regions {
    /// By bucket; for `None` what was learned of the store as a whole, which holds for buckets that nothing is known of.
    known: Mutex<HashMap<Option<BucketName>, String>>,
    /// Buckets of which an answer came that had nothing against the region.
    settled: Mutex<HashSet<BucketName>>,
}

impl Regions {
    /// What an earlier session learned of buckets of the store at `home`.
    pub(super) fn remembered(home: &Address, regions: &[BucketRegion]) -> Self {
        let of_home = regions.iter().filter(|known| known.host == home.endpoint.authority);
        let known = of_home.map(|known| (Some(known.bucket.clone()), known.region.clone())).collect();
        Self { known: Mutex::new(known), settled: Mutex::default() }
    }

    /// Whether it is known where `bucket` is, from an answer or from memory.
    pub(super) fn knows(&self, bucket: &BucketName) -> bool {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner).contains(bucket)
            || self.known.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&Some(bucket.clone()))
    }

    /// Notes that an answer had nothing against the region that a request to `bucket` was signed for.
    pub(super) fn settle(&self, bucket: &BucketName) {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        if !settled.contains(bucket) {
            settled.insert(bucket.clone());
        }
    }

    /// Where requests to `bucket` go, starting from the address that the settings give.
    pub(super) fn address(&self, home: &Address, bucket: Option<&BucketName>) -> Address {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(&bucket.cloned()).or_else(|| known.get(&None)) {
            Some(region) => provider::in_region(home, region),
            None => home.clone(),
        }
    }

    /// Remembers what `answer`, to a request signed for `signed`, says of the bucket's region: the region, where that is
    /// news.
    pub(super) fn learn(&self, bucket: Option<&BucketName>, signed: &str, answer: &Answer) -> Option<String> {
        let region = told(answer).filter(|region| region != signed)?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(bucket.cloned(), region.clone());
        Some(region)
    }
}

/// The region that a refusal names: in a header, or in the body of an error about regions.
fn told(answer: &Answer) -> Option<String> {
    if !matches!(answer.status, 301 | 307 | 400) {
        return None;
    }
    let in_body = || {
        let error = answer.error()?;
        let about_regions = matches!(
            &*error.code,
            "AuthorizationHeaderMalformed"
                | "PermanentRedirect"
                | "TemporaryRedirect"
                | "IllegalLocationConstraintException"
        );
        about_regions.then_some(error.region)
    };
    answer.header("x-amz-bucket-region").or_else(in_body).filter(|region| provider::is_region(region))
}

//! What answers taught about where buckets are. A store says so in the refusal of a request signed for another region.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::answer::Answer;
use crate::s3::address::Address;
use crate::s3::name::BucketName;
use crate::s3::provider;

/// The regions learned so far, for one store.
#[derive(Debug, Default)]
pub(super) struct Regions {
    /// By bucket; for `None` what was learned of the store as a whole, which holds for buckets that nothing is known of.
    known: Mutex<HashMap<Option<BucketName>, String>>,
}

impl Regions {
    /// Where requests to `bucket` go, starting from the address that the settings give.
    pub(super) fn address(&self, home: &Address, bucket: Option<&BucketName>) -> Address {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(&bucket.cloned()).or_else(|| known.get(&None)) {
            Some(region) => provider::in_region(home, region),
            None => home.clone(),
        }
    }

    /// Remembers what `answer`, to a request signed for `signed`, says of the bucket's region. Whether that is news.
    pub(super) fn learn(&self, bucket: Option<&BucketName>, signed: &str, answer: &Answer) -> bool {
        match told(answer).filter(|region| region != signed) {
            Some(region) => {
                self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(bucket.cloned(), region);
                true
            }
            None => false,
        }
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

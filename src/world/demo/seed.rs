//! The buckets of a small company.

use std::time::SystemTime;

use super::objects::Object;
use super::store::{Bucket, Store};

/// Fills an empty store as of `now`.
pub(super) fn company(store: &Store, now: SystemTime) {
    let mut bucket = Bucket::new(now);
    bucket.put("hello.txt", Object::of("hello\n"), now);
    store.write().insert("support-files".to_owned(), bucket);
}

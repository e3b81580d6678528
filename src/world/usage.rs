//! Everything below a prefix that takes up space, a page at a time: objects from a listing, versions one page after the
//! other, or either of them from an inventory.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use jiff::Timestamp;

use super::listing::{LATER_ATTEMPTS, Order, StorePages, asked_until_answered};
use super::{ObjectStore, World, inventory};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::inventory::Manifest;
use crate::s3::listing::{Depth, EntityTags, VersionsRequest};
use crate::s3::location::Location;
use crate::s3::name::{BucketName, Prefix};
use crate::s3::usage::Counts;
use crate::s3::version_page::{VersionMarker, VersionPage};

/// How many rows a page has, which is what S3 gives at most.
const PAGE: u16 = 1_000;

/// A page of what is counted.
#[derive(Clone, Debug)]
pub struct Counted {
    /// What is on it.
    pub page: VersionPage,
    /// How many requests were sent until it came.
    pub requests: u64,
}

/// What is to be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The bucket.
    pub bucket: BucketName,
    /// What all keys start with.
    pub prefix: Prefix,
    /// What of it counts.
    pub counts: Counts,
}

/// Where it is known from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// From the bucket itself.
    Listing,
    /// From an inventory of it.
    Inventory(Box<Manifest>),
}

impl Source {
    /// Of which moment it tells, where that is not now.
    pub fn as_of(&self) -> Option<Timestamp> {
        match self {
            Self::Listing => None,
            Self::Inventory(manifest) => Some(manifest.created),
        }
    }
}

/// All pages of what is to be counted, in any order, with up to `concurrency` requests at a time where that can be.
///
/// A store can only be asked for versions behind a version whose id it has named, so there it is one.
pub fn pages(
    store: Arc<dyn ObjectStore>,
    place: Place,
    source: Source,
    concurrency: usize,
) -> BoxStream<'static, Result<Counted, Failure>> {
    match (source, place.counts) {
        (Source::Listing, Counts::Objects) => objects(store, place, concurrency).boxed(),
        (Source::Listing, Counts::Versions) => versions(store, place).boxed(),
        (Source::Inventory(manifest), _) => inventory::rows(store, *manifest, place, concurrency).boxed(),
    }
}

/// The newest inventory of the bucket; `place` is where they lie, and `None` where nobody has said so.
pub async fn inventory_of(world: &World, bucket: &BucketName, place: Option<&Location>) -> Result<Source, Failure> {
    let refused = |why: String, hint: String| {
        Failure::new(FailureKind::Refused, format!("use an inventory of {bucket}"), why, hint)
    };
    let Some(place) = place else {
        let hint = format!("say where it lies in the settings of this store: inventory = {{ {bucket} = \"s3://…\" }}");
        return Err(refused("the settings name none".to_owned(), hint));
    };
    let manifest = inventory::newest(&*world.store, place).await?;
    match manifest.source == *bucket {
        true => Ok(Source::Inventory(Box::new(manifest))),
        false => {
            Err(refused(format!("the one in {place} is of {}", manifest.source), "correct the settings".to_owned()))
        }
    }
}

fn objects(
    store: Arc<dyn ObjectStore>,
    Place { bucket, prefix, .. }: Place,
    concurrency: usize,
) -> impl stream::Stream<Item = Result<Counted, Failure>> {
    let pages = StorePages { store, bucket, prefix, depth: Depth::All, etags: EntityTags::Dropped };
    pages
        .listing(Order::Any, concurrency)
        .into_pages()
        .map_ok(|(page, progress)| Counted { page: VersionPage::from(page), requests: progress.requests })
}

fn versions(store: Arc<dyn ObjectStore>, place: Place) -> impl stream::Stream<Item = Result<Counted, Failure>> {
    let begin = Some((None::<VersionMarker>, 1));
    stream::try_unfold((store, place, begin), |(store, place, at)| async move {
        let Some((after, requests)) = at else { return Ok::<_, Failure>(None) };
        let request =
            VersionsRequest { bucket: place.bucket.clone(), prefix: place.prefix.clone(), after, max_keys: PAGE };
        let page = asked_until_answered(LATER_ATTEMPTS, || store.version_page(&request)).await?;
        let next = page.next.clone().map(|next| (Some(next), requests + 1));
        Ok(Some((Counted { page, requests }, (store, place, next))))
    })
}

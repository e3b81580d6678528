//! All objects below several prefixes, one prefix after the other. While one is listed, the first pages of the next are on
//! their way: many small ones would otherwise cost a round trip each.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::{Listing, Order, Pages, StorePages};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::key_page::{KeyPage, Listed};
use crate::s3::listing::{Depth, EntityTags, Resume};
use crate::s3::name::{BucketName, Key, Prefix};
use crate::world::ObjectStore;

/// Listings in a row. Dropping it ends their requests.
pub struct Series<'a> {
    /// Prefixes of which nothing is asked yet, and where their pages come from.
    waiting: Box<dyn Iterator<Item = (Arc<dyn Pages>, Prefix)> + Send + 'a>,
    /// Those that are listed, the present one first.
    begun: VecDeque<Listing>,
    concurrency: usize,
    /// One for each request that all of them together may have under way.
    permits: Arc<Semaphore>,
}

impl<'a> Series<'a> {
    /// Listings of `prefixes`, in that order, with up to `concurrency` requests at a time. Asks nothing yet.
    pub fn new<P>(store: Arc<dyn ObjectStore>, prefixes: P, concurrency: usize) -> Self
    where
        P: IntoIterator<Item = (BucketName, Prefix), IntoIter: Send + 'a>,
    {
        let pages = move |(bucket, prefix): (BucketName, Prefix)| {
            let (store, depth, etags) = (store.clone(), Depth::All, EntityTags::Dropped);
            let pages: Arc<dyn Pages> = Arc::new(StorePages { store, bucket, prefix: prefix.clone(), depth, etags });
            (pages, prefix)
        };
        Self::of(prefixes.into_iter().map(pages), concurrency)
    }

    fn of(waiting: impl Iterator<Item = (Arc<dyn Pages>, Prefix)> + Send + 'a, concurrency: usize) -> Self {
        let concurrency = concurrency.max(1);
        let permits = Arc::new(Semaphore::new(concurrency));
        Self { waiting: Box::new(waiting), begun: VecDeque::new(), concurrency, permits }
    }

    /// The next page of the present prefix, by name; `None` behind its last, whereupon the next prefix is the present one. It
    /// may be dropped while it waits, and asked again.
    ///
    /// Has to be called in a tokio runtime, whose tasks the requests are.
    pub async fn next(&mut self) -> Option<Result<KeyPage, Failure>> {
        self.begin();
        let page = self.begun.front_mut()?.next().await;
        if page.is_none() {
            self.begun.pop_front();
        }
        page
    }

    /// Asks for the first pages of as many prefixes as the store bears requests.
    fn begin(&mut self) {
        let most = self.begun.front().map_or(self.concurrency, |present| present.pace.limit);
        while self.begun.len() < most
            && let Some((pages, prefix)) = self.waiting.next()
        {
            let pages = Arc::new(Together { pages, permits: self.permits.clone() });
            let mut listing = Listing::new(pages, &prefix, Depth::All, Order::ByName, self.concurrency);
            listing.send_all();
            self.begun.push_back(listing);
        }
    }
}

/// The objects of a page: key, and size in bytes.
pub fn objects(page: &KeyPage) -> impl Iterator<Item = (Key, u64)> {
    page.iter().filter_map(|row| match row {
        Listed::Object(object) => Some((Key::from_store(object.key.to_owned())?, object.size)),
        Listed::Prefix(_) => None,
    })
}

/// Pages of one listing among several, which wait for each other.
struct Together {
    pages: Arc<dyn Pages>,
    permits: Arc<Semaphore>,
}

#[async_trait]
impl Pages for Together {
    async fn page(&self, from: &Resume) -> Result<KeyPage, Failure> {
        match self.permits.acquire().await {
            Ok(_permit) => self.pages.page(from).await,
            // Nobody closes it.
            Err(closed) => Err(Failure::new(FailureKind::Other, self.what(), closed.to_string(), "please report this")),
        }
    }

    fn busy_answers(&self) -> u64 {
        self.pages.busy_answers()
    }

    fn what(&self) -> String {
        self.pages.what()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Barrier;

    use super::*;
    use crate::s3::key_page::ListedObject;

    /// A prefix with one object of its own name, and what is asked of all of them.
    struct One {
        name: &'static str,
        all: Arc<Asked>,
    }

    #[derive(Default)]
    struct Asked {
        names: Mutex<Vec<&'static str>>,
        under_way: AtomicUsize,
        most_under_way: AtomicUsize,
        /// Nobody is answered before so many have asked.
        together: Option<Barrier>,
        refused: Option<&'static str>,
    }

    #[async_trait]
    impl Pages for One {
        async fn page(&self, _: &Resume) -> Result<KeyPage, Failure> {
            self.all.names.lock().unwrap().push(self.name);
            let under_way = 1 + self.all.under_way.fetch_add(1, Ordering::Relaxed);
            self.all.most_under_way.fetch_max(under_way, Ordering::Relaxed);
            if let Some(together) = &self.all.together {
                together.wait().await;
            }
            self.all.under_way.fetch_sub(1, Ordering::Relaxed);
            if self.all.refused == Some(self.name) {
                return Err(Failure::new(FailureKind::Forbidden, self.what(), "it is closed", ""));
            }
            let mut page = KeyPage::default();
            let object = ListedObject { key: self.name, size: 7, modified: None, etag: "", storage_class: "" };
            page.push_object(&object).unwrap();
            Ok(page)
        }

        fn busy_answers(&self) -> u64 {
            0
        }

        fn what(&self) -> String {
            format!("list {}", self.name)
        }
    }

    const NAMES: [&str; 6] = ["f", "b", "d", "a", "e", "c"];

    fn series(all: &Arc<Asked>, concurrency: usize) -> Series<'static> {
        let all = all.clone();
        let one = move |name| (Arc::new(One { name, all: all.clone() }) as Arc<dyn Pages>, Prefix::new(name));
        Series::of(NAMES.into_iter().map(one), concurrency)
    }

    /// The keys of each prefix until one fails.
    async fn listed(mut series: Series<'_>) -> (Vec<String>, Option<Failure>) {
        let mut keys = Vec::new();
        for _ in NAMES {
            while let Some(page) = series.next().await {
                match page {
                    Ok(page) => keys.extend(objects(&page).map(|(key, size)| format!("{}:{size}", key.as_str()))),
                    Err(failure) => return (keys, Some(failure)),
                }
            }
        }
        assert!(series.next().await.is_none(), "no prefix is left");
        (keys, None)
    }

    #[tokio::test]
    async fn prefixes_are_asked_for_together_and_come_in_their_order() {
        let all = Arc::new(Asked { together: Some(Barrier::new(3)), ..Asked::default() });
        let (keys, failure) = listed(series(&all, 3)).await;
        assert_eq!((keys.concat().as_str(), failure.is_none()), ("f:7b:7d:7a:7e:7c:7", true));
        assert_eq!(all.most_under_way.load(Ordering::Relaxed), 3, "as many as allowed, and no more");
    }

    #[tokio::test]
    async fn a_prefix_that_is_refused_is_told_when_its_turn_comes() {
        let all = Arc::new(Asked { refused: Some("d"), ..Asked::default() });
        let (keys, failure) = listed(series(&all, 2)).await;
        assert_eq!((keys.concat().as_str(), failure.unwrap().what.as_str()), ("f:7b:7", "list d"));
        assert!(!all.names.lock().unwrap().contains(&"c"), "what comes far behind it was not asked for");
    }
}

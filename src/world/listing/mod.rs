//! All keys below a prefix, many pages at a time: the engine under everything that goes through whole buckets.
//!
//! Nothing about the layout has to be known. `plan` decides what is asked next, and `cut` where; here is only the
//! asking: side by side, again where an answer got lost, slower where the store says that it is too much.

mod cut;
mod plan;
pub mod series;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::{Stream, stream};
use tokio::task::JoinSet;

use self::plan::{Ask, Loss, OutOfOrder, Plan};
use super::ObjectStore;
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::key_page::KeyPage;
use crate::s3::listing::{Depth, EntityTags, KeysRequest, Resume};
use crate::s3::name::{BucketName, Prefix};

/// Pages that came early wait for their turn in at most so much memory.
const MOST_HELD: usize = 96 << 20;

/// How often a page is asked for while no page has come yet: long enough to outlast a bad moment, no longer.
const FIRST_ATTEMPTS: u32 = 3;

/// How often a page is asked for once others have come, so that a long listing does not die of one bad minute.
pub(super) const LATER_ATTEMPTS: u32 = 8;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Where pages come from. Small, so that the engine can be tried without a network.
#[async_trait]
pub trait Pages: Send + Sync {
    /// The page that begins there, with up to a thousand rows.
    async fn page(&self, from: &Resume) -> Result<KeyPage, Failure>;

    /// How often the store has said so far that it is too busy.
    fn busy_answers(&self) -> u64;

    /// What is listed, to complete "cannot …".
    fn what(&self) -> String;
}

/// The keys below a prefix of a store.
pub struct StorePages {
    /// The store.
    pub store: Arc<dyn ObjectStore>,
    /// The bucket.
    pub bucket: BucketName,
    /// What all keys start with.
    pub prefix: Prefix,
    /// How far below it.
    pub depth: Depth,
    /// Whether entity tags are kept.
    pub etags: EntityTags,
}

#[async_trait]
impl Pages for StorePages {
    async fn page(&self, from: &Resume) -> Result<KeyPage, Failure> {
        self.store.keys(&self.request(from.clone())).await
    }

    fn busy_answers(&self) -> u64 {
        self.store.busy_answers()
    }

    fn what(&self) -> String {
        self.request(Resume::Start).to_string()
    }
}

impl StorePages {
    /// A listing of them, with up to `concurrency` requests at a time. Asks nothing yet.
    pub fn listing(self, order: Order, concurrency: usize) -> Listing {
        let (prefix, depth) = (self.prefix.clone(), self.depth);
        Listing::new(Arc::new(self), &prefix, depth, order, concurrency)
    }

    fn request(&self, from: Resume) -> KeysRequest {
        KeysRequest {
            bucket: self.bucket.clone(),
            prefix: self.prefix.clone(),
            depth: self.depth,
            from,
            max_keys: 1000,
            etags: self.etags,
        }
    }
}

/// In which order pages are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// In the order of names; what comes early waits.
    ByName,
    /// As they come.
    Any,
}

/// How far a listing has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows that have come, handed out or not.
    pub rows: u64,
    /// Pages that were asked for, once each.
    pub requests: u64,
    /// How many of them are under way.
    pub in_flight: usize,
}

/// A listing that is under way. Dropping it ends its requests.
pub struct Listing {
    pages: Arc<dyn Pages>,
    plan: Plan,
    asked: JoinSet<(u64, Result<KeyPage, Failure>)>,
    pace: Pace,
    failed: bool,
}

impl Listing {
    /// A listing of what `pages` holds below `prefix`, with up to `concurrency` requests at a time. Asks nothing yet.
    fn new(pages: Arc<dyn Pages>, prefix: &Prefix, depth: Depth, order: Order, concurrency: usize) -> Self {
        let pace = Pace::new(concurrency, pages.busy_answers());
        let plan = Plan::new(prefix.as_str(), depth, order, concurrency, MOST_HELD);
        Self { pages, plan, asked: JoinSet::new(), pace, failed: false }
    }

    /// The same, with at most so many bytes of pages that came early and wait for their turn.
    pub fn holding(mut self, most_held: usize) -> Self {
        self.plan.set_most_held(most_held);
        self
    }

    /// The same, from a page on that follows the name `after`; all pages before it are left out.
    pub fn beginning(mut self, from: Resume, after: String) -> Self {
        self.plan.begin(from, after);
        self
    }

    /// The next page; `None` behind the last. After a failure there is no more. It may be dropped while it waits, and
    /// asked again.
    ///
    /// Has to be called in a tokio runtime, whose tasks the requests are.
    pub async fn next(&mut self) -> Option<Result<KeyPage, Failure>> {
        // A consumer that never waits would keep the requests from getting on.
        tokio::task::yield_now().await;
        loop {
            if self.failed {
                return None;
            }
            // First what there is to ask, so that the store has something to do while a page is used.
            while let Some(done) = self.asked.try_join_next() {
                if let Err(failure) = self.settle(done) {
                    return Some(Err(self.give_up(failure)));
                }
            }
            self.send_all();
            if let Some(page) = self.plan.take() {
                return Some(Ok(page));
            }
            if self.plan.is_done() {
                self.asked.abort_all();
                return None;
            }
            // What was handed out may have made room.
            self.send_all();
            let failed = match self.asked.join_next().await {
                Some(done) => self.settle(done).err(),
                None => Some(self.broken("the listing does not get on", "please report this")),
            };
            if let Some(failure) = failed {
                return Some(Err(self.give_up(failure)));
            }
        }
    }

    /// The pages, each with how far the listing had come then.
    pub fn into_pages(self) -> impl Stream<Item = Result<(KeyPage, Progress), Failure>> {
        stream::unfold(self, |mut listing| async move {
            let page = listing.next().await?;
            let progress = listing.progress();
            Some((page.map(|page| (page, progress)), listing))
        })
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        self.plan.progress()
    }

    fn send_all(&mut self) {
        while let Some(Ask { id, from }) = self.plan.ask() {
            let pages = self.pages.clone();
            let attempts = if self.plan.progress().rows == 0 { FIRST_ATTEMPTS } else { LATER_ATTEMPTS };
            self.asked.spawn(async move { (id, asked_until_answered(attempts, || pages.page(&from)).await) });
        }
    }

    fn broken(&self, why: &str, hint: &str) -> Failure {
        Failure::new(FailureKind::BrokenReply, self.pages.what(), why, hint)
    }

    #[expect(clippy::result_large_err, reason = "as large as in every answer of the store, and as rare")]
    fn settle(&mut self, done: Result<(u64, Result<KeyPage, Failure>), tokio::task::JoinError>) -> Result<(), Failure> {
        // Only a panic ends a task so: the rows that it was to bring would be missing.
        let (id, answer) = done.map_err(|_| self.broken("a request broke off inside daypass", "please report this"))?;
        self.plan.set_limit(self.pace.after_answer(self.pages.busy_answers()));
        match answer {
            Ok(page) => self.plan.answered(id, page).map_err(|OutOfOrder| {
                let why = "the store names its keys in another order than that of their bytes";
                self.broken(
                    why,
                    "list it with one request at a time: --concurrency 1, or requests = 1 in the settings of the store",
                )
            }),
            Err(failure) => match self.plan.failed(id) {
                Loss::None => Ok(()),
                Loss::Names => Err(failure),
            },
        }
    }

    fn give_up(&mut self, failure: Failure) -> Failure {
        self.failed = true;
        self.asked.abort_all();
        failure
    }
}

/// An answer, asked for again while it may only have been bad luck that it did not come. The wire has tried several times
/// before it says so, but not where an answer came whole and made no sense.
pub(super) async fn asked_until_answered<T, A>(attempts: u32, ask: impl Fn() -> A) -> Result<T, Failure>
where
    A: Future<Output = Result<T, Failure>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..attempts {
        match ask().await {
            Err(failure) if may_pass(failure.kind) => {
                tokio::time::sleep(pause.mul_f64(jitter())).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            answer => return answer,
        }
    }
    ask().await
}

fn may_pass(kind: FailureKind) -> bool {
    match kind {
        FailureKind::Busy | FailureKind::Unreachable | FailureKind::BrokenReply => true,
        FailureKind::Forbidden
        | FailureKind::BadCredentials
        | FailureKind::NoCredentials
        | FailureKind::NotFound
        | FailureKind::NotSupported
        | FailureKind::Refused
        | FailureKind::Other => false,
    }
}

/// A number in 0.5..=1, so that requests that failed together do not come back together.
fn jitter() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 32;
    0.5 + 0.5 * f64::from(u32::try_from(bits).unwrap_or_default()) / f64::from(u32::MAX)
}

/// How many requests the store bears: half as many when it says that it is too busy, one more after each round without that.
#[derive(Debug)]
struct Pace {
    most: usize,
    limit: usize,
    busy: u64,
    /// Answers until the limit may change again, so that one bad moment counts once.
    rest: usize,
}

impl Pace {
    fn new(most: usize, busy: u64) -> Self {
        Self { most: most.max(1), limit: most.max(1), busy, rest: 0 }
    }

    /// The limit after an answer, with how often the store was busy until then.
    fn after_answer(&mut self, busy: u64) -> usize {
        let more = busy > self.busy;
        self.busy = busy;
        self.rest = self.rest.saturating_sub(1);
        if self.rest == 0 {
            self.limit = if more { (self.limit / 2).max(1) } else { (self.limit + 1).min(self.most) };
            self.rest = self.limit;
        }
        self.limit
    }
}

#[cfg(test)]
mod tests;

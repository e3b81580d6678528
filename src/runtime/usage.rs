//! Counts how much lies below a prefix, and tells it while it grows.

use std::mem;
use std::sync::Arc;

use super::perform::Meanwhile;
use super::steps::{Step, go_through};
use crate::model::pending::Question;
use crate::model::usage::{Growth, UsageJob};
use crate::s3::listing::{Depth, EntityTags};
use crate::update::msg::Msg;
use crate::world::World;
use crate::world::listing::{Listing, Order, Pages, StorePages, USUAL_CONCURRENCY};

/// Counts what `job` names. `meanwhile` hears what came since it heard the last time.
pub(super) async fn run(question: Question, job: &UsageJob, world: &World, meanwhile: Meanwhile<'_>) -> Msg {
    let UsageJob { bucket, prefix, .. } = job;
    let (depth, etags) = (Depth::All, EntityTags::Dropped);
    let pages = StorePages { store: world.store.clone(), bucket: bucket.clone(), prefix: prefix.clone(), depth, etags };
    count(question, job, Arc::new(pages), meanwhile).await
}

async fn count(question: Question, job: &UsageJob, pages: Arc<dyn Pages>, meanwhile: Meanwhile<'_>) -> Msg {
    let listing = Listing::new(pages, &job.prefix, Depth::All, Order::Any, USUAL_CONCURRENCY);
    let nothing = |requests| Growth { usage: job.nothing(), requests };
    let mut grown = nothing(0);
    let ended = go_through(listing.into_pages(), |step| match step {
        Step::Page((page, progress)) => {
            grown.usage.add_page(&page);
            grown.requests = progress.requests;
        }
        Step::Pause => {
            let fresh = nothing(grown.requests);
            let told = Msg::UsageGrew(question, Box::new(mem::replace(&mut grown, fresh)));
            if let Some(Msg::UsageGrew(_, untold)) = meanwhile(told) {
                grown = *untold;
            }
        }
    });
    let ended = ended.await;
    Msg::UsageCame(question, Box::new(grown), ended)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use async_trait::async_trait;
    use jiff::Timestamp;
    use tokio::sync::Notify;

    use super::*;
    use crate::model::moment::Moment;
    use crate::model::pending::{Lane, Pending};
    use crate::s3::failure::Failure;
    use crate::s3::key_page::{KeyPage, ListedObject};
    use crate::s3::listing::{PageToken, Resume};
    use crate::s3::name::{BucketName, Prefix};
    use crate::s3::usage::Tally;

    /// Two keys on two pages, the second of which waits until somebody has heard of the first.
    #[derive(Default)]
    struct Patient(Notify);

    #[async_trait]
    impl Pages for Patient {
        async fn page(&self, from: &Resume) -> Result<KeyPage, Failure> {
            let mut page = KeyPage::default();
            let (key, next) = match from {
                Resume::Start => ("a", Some(PageToken("a".to_owned()))),
                Resume::After(_) | Resume::Token(_) => {
                    self.0.notified().await;
                    ("b", None)
                }
            };
            page.push_object(&ListedObject { key, size: 5, modified: None, etag: "", storage_class: "" }).unwrap();
            page.next = next;
            Ok(page)
        }

        fn busy_answers(&self) -> u64 {
            0
        }

        fn what(&self) -> String {
            "list".to_owned()
        }
    }

    #[test]
    fn what_is_counted_is_told_on_the_way_and_nothing_is_lost_where_there_was_no_room() {
        let job =
            UsageJob { bucket: BucketName::parse("b").unwrap(), prefix: Prefix::default(), now: Timestamp::UNIX_EPOCH };
        let started = Moment { wall: Timestamp::UNIX_EPOCH, uptime: Duration::ZERO };
        let question = Pending::default().ask(Lane::Usage, started);
        let pages = Arc::new(Patient::default());
        let heard = Mutex::new(Vec::new());
        let meanwhile = |msg| {
            let Msg::UsageGrew(_, growth) = &msg else { return None };
            let mut heard = heard.lock().unwrap();
            heard.push(growth.usage.total(&[]).keys);
            if heard.len() < 3 {
                return Some(msg);
            }
            pages.0.notify_one();
            None
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let counting = count(question, &job, pages.clone(), &meanwhile);
        let ended = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), counting).await.unwrap() });
        let Msg::UsageCame(_, rest, Ok(())) = ended else { panic!("{ended:?}") };
        assert_eq!(rest.usage.total(&[]), Tally { keys: 1, bytes: 5 });
        assert_eq!(heard.into_inner().unwrap()[..3], [1, 1, 1]);
    }
}

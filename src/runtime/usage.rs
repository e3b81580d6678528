//! Counts how much lies below a prefix, and tells it while it grows.

use std::mem;

use futures::Stream;

use super::perform::Meanwhile;
use super::steps::{Step, go_through};
use crate::model::pending::Question;
use crate::model::usage::{Growth, UsageJob, UsageSource};
use crate::s3::failure::Failure;
use crate::update::msg::Msg;
use crate::world::World;
use crate::world::usage::{Counted, Place, Source, inventory_of, pages};

/// Counts what `job` names. `meanwhile` hears what came since it heard the last time.
pub(super) async fn run(question: Question, job: &UsageJob, world: &World, meanwhile: Meanwhile<'_>) -> Msg {
    let UsageJob { bucket, prefix, counts, .. } = job.clone();
    let source = match job.source {
        UsageSource::Listing => Source::Listing,
        UsageSource::Inventory => match inventory_of(world, &bucket, world.inventories.get(&bucket)).await {
            Ok(source) => source,
            Err(failure) => return Msg::UsageCame(question, Box::new(job.growth(None)), Err(failure)),
        },
    };
    let nothing = job.growth(source.as_of());
    let pages = pages(world.store.clone(), Place { bucket, prefix, counts }, source, world.requests);
    count(question, nothing, pages, meanwhile).await
}

async fn count(
    question: Question,
    nothing: Growth,
    pages: impl Stream<Item = Result<Counted, Failure>>,
    meanwhile: Meanwhile<'_>,
) -> Msg {
    let mut grown = nothing.clone();
    let ended = go_through(pages, |step| match step {
        Step::Page(Counted { page, requests }) => {
            grown.usage.add(page.items());
            grown.requests = requests;
        }
        Step::Pause => {
            let fresh = Growth { requests: grown.requests, ..nothing.clone() };
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

    use futures::stream;
    use jiff::Timestamp;
    use tokio::sync::Notify;

    use super::*;
    use crate::model::moment::Moment;
    use crate::model::pending::{Lane, Pending};
    use crate::s3::key_page::ListedObject;
    use crate::s3::name::{BucketName, Prefix};
    use crate::s3::usage::{Counts, Tally, VersionState};
    use crate::s3::version_page::VersionPage;

    fn counted(key: &str) -> Counted {
        let mut page = VersionPage::default();
        let object = ListedObject { key, size: 5, modified: None, etag: "", storage_class: "" };
        page.push(&object, VersionState::Current).unwrap();
        Counted { page, requests: 1 }
    }

    #[test]
    fn what_is_counted_is_told_on_the_way_and_nothing_is_lost_where_there_was_no_room() {
        let job = UsageJob {
            bucket: BucketName::parse("b").unwrap(),
            prefix: Prefix::default(),
            counts: Counts::Objects,
            source: UsageSource::Listing,
            now: Timestamp::UNIX_EPOCH,
        };
        let started = Moment { wall: Timestamp::UNIX_EPOCH, uptime: Duration::ZERO };
        let question = Pending::default().ask(Lane::Usage, started);
        // The second page waits until somebody has heard of the first.
        let heard_of = &Notify::new();
        let pages = stream::unfold(0, |at| async move {
            match at {
                0 => Some((Ok(counted("a")), 1)),
                1 => {
                    heard_of.notified().await;
                    Some((Ok(counted("b")), 2))
                }
                _ => None,
            }
        });
        let heard = Mutex::new(Vec::new());
        let meanwhile = |msg| {
            let Msg::UsageGrew(_, growth) = &msg else { return None };
            let mut heard = heard.lock().unwrap();
            heard.push(growth.usage.total(&[]).keys);
            if heard.len() < 3 {
                return Some(msg);
            }
            heard_of.notify_one();
            None
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let counting = count(question, job.growth(None), pages, &meanwhile);
        let ended = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), counting).await.unwrap() });
        let Msg::UsageCame(_, rest, Ok(())) = ended else { panic!("{ended:?}") };
        assert_eq!(rest.usage.total(&[]), Tally { keys: 1, bytes: 5 });
        assert_eq!(heard.into_inner().unwrap()[..3], [1, 1, 1]);
    }
}

//! Which requests wait to be tried again, for whoever shows it. Decides nothing, and holds nothing up.

use std::collections::BTreeMap;
use std::future::pending;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::s3::retrying::Retrying;

/// The shortest time between two reports. What passes sooner is never heard of.
const SETTLING: Duration = Duration::from_millis(100);

/// The requests to one store that are tried again.
#[derive(Debug, Default)]
pub(super) struct Waits(watch::Sender<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    /// How many tickets were numbered.
    numbered: u64,
    requests: BTreeMap<u64, Wait>,
}

#[derive(Debug)]
struct Wait {
    why: String,
    attempt: u32,
    attempts: u32,
    until: Instant,
}

impl Waits {
    /// For one request, of which nothing is heard unless it has to wait.
    pub(super) fn ticket(&self) -> Ticket<'_> {
        Ticket { waits: self, number: None }
    }

    /// For whoever shows it.
    pub(super) fn watch(&self) -> RetryWatch {
        RetryWatch(self.0.subscribe())
    }
}

/// One request. When it is answered, given up or cancelled, it waits no longer.
pub(super) struct Ticket<'a> {
    waits: &'a Waits,
    number: Option<u64>,
}

impl Ticket<'_> {
    /// Says that attempt number `attempt` of `attempts` follows after `pause`.
    pub(super) fn wait(&mut self, why: String, attempt: u32, attempts: u32, pause: Duration) {
        self.waits.0.send_modify(|waiting| {
            let number = *self.number.get_or_insert_with(|| {
                waiting.numbered += 1;
                waiting.numbered
            });
            waiting.requests.insert(number, Wait { why, attempt, attempts, until: Instant::now() + pause });
        });
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.waits.0.send_modify(|waiting| drop(waiting.requests.remove(&number)));
        }
    }
}

/// Hears of the requests to one store that are tried again.
#[derive(Debug)]
pub struct RetryWatch(watch::Receiver<Waiting>);

impl RetryWatch {
    /// Hears of nothing, ever.
    pub fn of_nothing() -> Self {
        Self(watch::channel(Waiting::default()).1)
    }

    /// What is tried again once that has changed, at most ten times a second; `None` when nothing is any more.
    pub async fn next(&mut self) -> Option<Retrying> {
        if self.0.changed().await.is_err() {
            return pending().await;
        }
        sleep(SETTLING).await;
        let waiting = self.0.borrow_and_update();
        let told = waiting.requests.values().max_by_key(|wait| (wait.attempt, wait.until))?;
        Some(Retrying {
            why: told.why.clone(),
            left: told.until.saturating_duration_since(Instant::now()),
            attempt: told.attempt,
            attempts: told.attempts,
            requests: waiting.requests.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_wait_is_heard_of_until_its_request_is_over() {
        let waits = Waits::default();
        let mut watch = waits.watch();
        let (mut one, mut other) = (waits.ticket(), waits.ticket());
        one.wait("busy".to_owned(), 2, 5, Duration::from_secs(1));
        other.wait("busy".to_owned(), 3, 5, Duration::from_secs(4));
        let heard = watch.next().await.unwrap();
        assert_eq!((heard.attempt, heard.requests), (3, 2));
        assert!(heard.left > Duration::from_secs(1) && heard.left < Duration::from_secs(4), "{heard:?}");
        drop(other);
        let heard = watch.next().await.unwrap();
        assert_eq!((heard.attempt, heard.requests), (2, 1));
        drop(one);
        assert_eq!(watch.next().await, None);
        assert!(timeout(3 * SETTLING, watch.next()).await.is_err(), "nothing changed");
    }

    #[tokio::test]
    async fn a_storm_is_told_ten_times_a_second_at_most_and_what_passes_at_once_never() {
        let waits = Waits::default();
        let mut watch = waits.watch();
        let begun = Instant::now();
        let storm = async {
            let mut ticket = waits.ticket();
            for attempt in 1..=500 {
                ticket.wait("busy".to_owned(), attempt, 500, Duration::ZERO);
                sleep(Duration::from_millis(1)).await;
            }
        };
        let mut heard = 0;
        tokio::select! {
            () = storm => {}
            () = async { loop { watch.next().await; heard += 1; } } => {}
        }
        let most = begun.elapsed().as_millis() / SETTLING.as_millis();
        assert!(heard >= 1 && heard <= most, "{heard} of {most}");
        waits.ticket().wait("busy".to_owned(), 2, 5, Duration::ZERO);
        assert_eq!(watch.next().await, None);
        assert!(timeout(3 * SETTLING, RetryWatch::of_nothing().next()).await.is_err());
    }
}

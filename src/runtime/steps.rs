//! Goes through pages as they come, with a pause now and then in which it can be told how far it is.

use std::time::Duration;

use futures::{Stream, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::s3::failure::Failure;

/// How often it is told how far it is: ten times a second at most.
const PAUSE: Duration = Duration::from_millis(100);

/// Something to do.
pub(super) enum Step<P> {
    /// A page came.
    Page(P),
    /// It is time to tell how far it is, also where nothing came: the screen shows that it goes on.
    Pause,
}

/// Goes through all `pages`, until one fails.
pub(super) async fn go_through<P>(
    pages: impl Stream<Item = Result<P, Failure>>,
    mut step: impl FnMut(Step<P>),
) -> Result<(), Failure> {
    let mut pages = std::pin::pin!(pages);
    let mut pauses = interval_at(Instant::now() + PAUSE, PAUSE);
    pauses.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            page = pages.next() => match page {
                Some(page) => step(Step::Page(page?)),
                None => return Ok(()),
            },
            _ = pauses.tick() => step(Step::Pause),
        }
    }
}

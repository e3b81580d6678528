//! What a long list takes: its pages on their way to the screen, no faster than that takes them, and its filter and sort.

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::perform::Meanwhile;
use crate::model::arrangement::Arranging;
use crate::model::pending::Question;
use crate::s3::key_page::KeyPage;
use crate::s3::listing::KeysRequest;
use crate::update::msg::Msg;
use crate::world::World;
use crate::world::blocking::blocking;
use crate::world::listing::{Order, StorePages};

/// How many pages are told at a time: the loop hears keys in between.
const MOST_TOLD: usize = 8;

/// How long to wait before it is tried again to tell something.
const PAUSE: Duration = Duration::from_millis(2);

/// Pages that came early wait for their turn in at most so many bytes: they take three times as much as the rows made of them.
const MOST_HELD: usize = 24 << 20;

/// Lists all that is left from one page on, behind the name `after`.
pub(super) async fn run(
    question: Question,
    request: KeysRequest,
    after: String,
    world: &World,
    meanwhile: Meanwhile<'_>,
) -> Msg {
    let KeysRequest { bucket, prefix, depth, from, max_keys: _, etags } = request;
    let pages = StorePages { store: Arc::clone(&world.store), bucket, prefix, depth, etags };
    let mut listing = pages.listing(Order::ByName, world.requests).holding(MOST_HELD).beginning(from, after);
    let mut untold = Vec::new();
    let mut in_order = 0;
    loop {
        match listing.next().await {
            Some(Ok(page)) => {
                in_order += page.len() as u64;
                untold.push(page);
            }
            Some(Err(failure)) => return Msg::ListingEnded(question, untold, Err(failure)),
            None => return Msg::ListingEnded(question, untold, Ok(())),
        }
        let early = usize::try_from(listing.progress().rows.saturating_sub(in_order)).unwrap_or_default();
        untold = tell(question, untold, early, meanwhile);
        while untold.len() >= MOST_TOLD {
            tokio::time::sleep(PAUSE).await;
            untold = tell(question, untold, early, meanwhile);
        }
    }
}

/// Tells what came; gives it back where there is no room for it now.
fn tell(question: Question, pages: Vec<KeyPage>, early: usize, meanwhile: Meanwhile<'_>) -> Vec<KeyPage> {
    match meanwhile(Msg::PagesCame(question, pages, early)) {
        Some(Msg::PagesCame(_, untold, _)) => untold,
        Some(_) | None => Vec::new(),
    }
}

/// How many rows a processor arranges between two looks whether that is still wanted: some milliseconds' worth.
const STEP: usize = 40_000;

/// Part of the rows is shown each time that so many times as many are arranged.
const TOLD_AT: usize = 4;

/// Arranges rows on threads of their own, one for each processor, and tells of it in between; `None` where the program ends.
pub(super) async fn arrange(question: Question, arranging: Arranging, meanwhile: Meanwhile<'_>) -> Option<Msg> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut arranging = Arc::new(arranging);
    let mut told = STEP;
    while !arranging.is_done() {
        let look = |part| {
            let arranging = Arc::clone(&arranging);
            blocking(move || arranging.look(part))
        };
        let found = join_all(arranging.next_parts(processors, STEP).map(look)).await;
        Arc::make_mut(&mut arranging).take(found.into_iter().collect::<Option<Vec<_>>>()?);
        if arranging.seen() >= told && !arranging.is_done() {
            told = arranging.seen() * TOLD_AT;
            let part = Arc::clone(&arranging);
            let so_far = blocking(move || part.so_far()).await?;
            // What finds no room is left out: there is more to come.
            drop(meanwhile(Msg::ArrangedSoFar(question, so_far)));
        }
    }
    Some(Msg::Arranged(question, blocking(move || Arc::unwrap_or_clone(arranging).finish()).await?))
}

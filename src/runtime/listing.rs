//! A listing to the end: its pages on their way to the screen, no faster than that takes them.

use std::sync::Arc;
use std::time::Duration;

use super::perform::Meanwhile;
use crate::model::pending::Question;
use crate::s3::key_page::KeyPage;
use crate::s3::listing::KeysRequest;
use crate::update::msg::Msg;
use crate::world::World;
use crate::world::listing::{Listing, Order, StorePages, USUAL_CONCURRENCY};

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
    let pages = StorePages { store: Arc::clone(&world.store), bucket, prefix: prefix.clone(), depth, etags };
    let mut listing = Listing::new(Arc::new(pages), &prefix, depth, Order::ByName, USUAL_CONCURRENCY)
        .holding(MOST_HELD)
        .beginning(from, after);
    let mut untold = Vec::new();
    loop {
        match listing.next().await {
            Some(Ok(page)) => untold.push(page),
            Some(Err(failure)) => return Msg::ListingEnded(question, untold, Err(failure)),
            None => return Msg::ListingEnded(question, untold, Ok(())),
        }
        untold = tell(question, untold, meanwhile);
        while untold.len() >= MOST_TOLD {
            tokio::time::sleep(PAUSE).await;
            untold = tell(question, untold, meanwhile);
        }
    }
}

/// Tells what came; gives it back where there is no room for it now.
fn tell(question: Question, pages: Vec<KeyPage>, meanwhile: Meanwhile<'_>) -> Vec<KeyPage> {
    match meanwhile(Msg::PagesCame(question, pages)) {
        Some(Msg::PagesCame(_, untold)) => untold,
        Some(_) | None => Vec::new(),
    }
}

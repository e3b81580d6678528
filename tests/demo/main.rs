//! The demo store as a peer sees it: over a socket, with requests that were signed by hand.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]

mod client;
mod company;
mod cors;
mod listing;
mod objects;
mod refusals;
mod rights;
mod uploads;
mod versions;

use daypass::world::demo::{DemoOptions, DemoServer, Seed};

/// A server without a bucket.
async fn empty() -> DemoServer {
    DemoServer::start(DemoOptions { seed: Seed::Empty, ..DemoOptions::default() }).await.unwrap()
}

/// The server that `--demo` shows.
async fn company() -> DemoServer {
    DemoServer::start(DemoOptions::default()).await.unwrap()
}

//! The store's side of the promise: links and listings against real S3 servers, which verify every signature.
//!
//! A server that is not installed makes its tests say `SKIPPED`; with `DAYPASS_REQUIRE_SERVERS` set it makes them fail.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod ask;
mod browse;
mod bucket;
#[path = "../demo/client.rs"]
#[expect(dead_code, reason = "the tests of the embedded store use all of it")]
mod client;
mod curl;
mod deeds;
mod doctor;
mod hls;
mod inspect;
mod keys;
mod kinds;
mod links;
mod matrix;
mod misuse;
mod multipart;
mod narrow;
mod place;
mod policy;
mod probe;
mod proven;
mod raw;
#[path = "../wire/refusals.rs"]
#[expect(dead_code, reason = "the tests of the wire use all of it")]
mod refusals;
mod refused;
#[path = "../wire/rogue.rs"]
#[expect(dead_code, reason = "the tests of the wire use all of it")]
mod rogue;
mod server;
mod shell;
#[expect(dead_code, reason = "the README shows all of it")]
mod table;

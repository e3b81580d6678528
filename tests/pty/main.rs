//! The real binary in a real terminal: what it draws, what it copies, what it leaves behind, and what ends it.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod bytes;
mod citizen;
#[path = "../wire/cloud.rs"]
#[expect(dead_code, reason = "the tests of the wire use all of it")]
mod cloud;
mod credentials;
mod doctor;
mod held;
mod link;
mod narrow;
mod network;
#[path = "../wire/rogue.rs"]
mod rogue;
mod screen;
mod secrets;
mod speed;
mod store;
mod stores;
mod switching;
mod terminal;
#[path = "../wire/tls_server.rs"]
mod tls_server;

//! What a user sees, by keys and screen: the real update, view and perform over a store in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]
mod anonymous;
mod batch;
mod browsing;
mod code;
mod credentials;
mod doctor;
mod facts;
mod find;
mod inspect;
mod ledger;
mod links;
mod memory;
mod monkey;
mod narrow;
mod new_store;
mod options;
mod screens;
mod session;
mod shelf;
mod stores;
mod usage;

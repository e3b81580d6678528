//! The store adapter: against the embedded server, and against servers that do everything wrong.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::result_large_err,
    reason = "a test fails by panicking, and the trait of the store says how large a failure is"
)]

mod credentials;
mod demo;
mod hostile;
mod rogue;
mod stage;

//! The store adapter: against the embedded server, and against servers that do everything wrong.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod demo;
mod hostile;
mod rogue;
mod stage;

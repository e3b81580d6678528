//! The store adapter: against the embedded server, and against servers that do everything wrong.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod anonymous;
mod catalogue;
mod clock;
mod cloud;
mod credentials;
mod demo;
mod hostile;
mod pool;
mod probe;
mod refusals;
mod rogue;
mod stage;
mod tls;
mod tls_server;

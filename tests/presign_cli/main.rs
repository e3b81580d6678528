//! `daypass presign` as scripts meet it: the real binary, its output and its exit codes, and its links at a server.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod links;
mod lists;
mod noted;
mod other;
mod stage;

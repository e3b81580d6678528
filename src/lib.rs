//! daypass: a terminal browser for S3 buckets that makes a presigned link when a key asks for one.
//!
//! The folders are the architecture. What is true ([`model`]), how it changes ([`update`]), how it looks ([`view`]) and
//! what makes it go ([`runtime`]) hold the same subjects under the same file names. They stand on plain words that do no
//! I/O ([`s3`], [`command`], [`presign`], [`doctor`]); everything outside the program lies behind the traits of
//! [`world`]. What the user chose is in [`settings`], and [`cli`] begins it all.

pub mod cli;
pub mod command;
pub mod doctor;
pub mod model;
pub mod presign;
pub mod runtime;
pub mod s3;
pub mod settings;
pub mod update;
pub mod view;
pub mod world;

/// Runs daypass with the arguments and the environment of this process.
pub fn start() -> std::process::ExitCode {
    cli::run(std::env::args_os(), std::env::vars_os())
}

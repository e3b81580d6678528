//! The log: a file, and only when it was asked for. A screen has no place for log lines.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Mutex;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::set_global_default;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

/// Appends to the log at `path` from now on; a new one can only be read by its owner.
pub fn to_file(path: &Path, level: LevelFilter) -> io::Result<()> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    set_global_default(log(Mutex::new(file), level)).map_err(io::Error::other)
}

/// Our own events up to `level`; those of other crates only from a warning on, because they log whole requests below it,
/// with tokens and signatures.
fn log<W>(writer: W, level: LevelFilter) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let whose = Targets::new().with_default(level.min(LevelFilter::WARN)).with_target(env!("CARGO_CRATE_NAME"), level);
    fmt().with_ansi(false).with_max_level(LevelFilter::TRACE).with_writer(writer).finish().with(whose)
}

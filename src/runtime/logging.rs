//! The log: a file, and only when it was asked for. A screen has no place for log lines.

use std::fs::{File, OpenOptions};
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
    set_global_default(log(Mutex::new(open(path)?), level)).map_err(io::Error::other)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use tracing::subscriber::with_default;
    use tracing::{debug, trace, warn};

    use super::*;

    #[test]
    fn a_log_holds_our_own_events_and_of_others_only_warnings() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        with_default(log(Mutex::new(File::create(&path).unwrap()), LevelFilter::DEBUG), || {
            debug!("our detail");
            trace!("our trifle");
            debug!(target: "rusoto_core", "their token");
            warn!(target: "rusoto_core", "their worry");
        });
        let text = fs::read_to_string(path).unwrap();
        assert!(text.contains("our detail") && text.contains("their worry"), "{text}");
        assert!(!text.contains("trifle") && !text.contains("token"), "{text}");
    }

    #[test]
    fn a_new_log_can_only_be_read_by_its_owner_and_an_old_one_is_continued() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        drop(open(&path).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "before\n").unwrap();
        let log = log(Mutex::new(open(&path).unwrap()), LevelFilter::WARN);
        with_default(log, || warn!("after"));
        let text = fs::read_to_string(path).unwrap();
        assert!(text.starts_with("before\n") && text.contains("after"), "{text}");
    }
}

//! Where what is made goes: standard output, or a new file of one's own.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Stdout, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use rustix::termios::tcgetwinsize;

use crate::presign::ledger::Destination;
use crate::presign::qr::Cells;
use crate::world::private_file;

/// A place to write to.
pub(super) enum Sink {
    /// Standard output.
    Stdout(Stdout),
    /// A file that was not there before.
    File {
        /// The file.
        file: File,
        /// Where it is.
        path: PathBuf,
        /// How much is in it.
        bytes: usize,
    },
}

impl Sink {
    /// The new file at `path`, else standard output.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::Stdout(io::stdout())) };
        let made = private_file::create(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => anyhow::anyhow!("it exists, and nothing is overwritten: name a new one"),
            _ => error.into(),
        });
        let file = made.with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self::File { file, path: path.to_owned(), bytes: 0 })
    }

    /// What cannot be done when writing fails.
    pub(super) fn trouble(&self) -> String {
        match self {
            Self::Stdout(_) => "cannot write to standard output".to_owned(),
            Self::File { path, .. } => format!("cannot write to {}", path.display()),
        }
    }

    /// What the ledger calls it.
    pub(super) fn destination(&self) -> Destination {
        match self {
            Self::Stdout(_) => Destination::Stdout,
            Self::File { .. } => Destination::File,
        }
    }

    /// The terminal's size, without the row that the shell asks its next question in; `None` where it is none.
    pub(super) fn screen(&self) -> Option<Cells> {
        match self {
            Self::Stdout(stdout) if stdout.is_terminal() => {
                let size = tcgetwinsize(stdout).ok().filter(|size| size.ws_col > 0 && size.ws_row > 0);
                let (width, height) = size.map_or((80, 24), |size| (size.ws_col, size.ws_row));
                Some(Cells { width: width.into(), height: usize::from(height).saturating_sub(1) })
            }
            Self::Stdout(_) | Self::File { .. } => None,
        }
    }
}

/// A file in which nothing came to stand is taken away again.
impl Drop for Sink {
    fn drop(&mut self) {
        match self {
            Self::File { path, bytes: 0, .. } => {
                // Where it stays, it is empty and one's own.
                let _ = fs::remove_file(path);
            }
            Self::File { .. } | Self::Stdout(_) => {}
        }
    }
}

impl Write for Sink {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(buffer),
            Self::File { file, bytes, .. } => file.write(buffer).inspect(|written| *bytes += written),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::File { file, .. } => file.flush(),
        }
    }
}

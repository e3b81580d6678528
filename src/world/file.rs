//! Plain files of one's own: opened without following what stands in their place, locked against other daypasses, replaced
//! whole; and what the disk refuses, in plain words. What is in them is not looked at.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::private_file;
use crate::s3::failure::{Failure, FailureKind};

/// How long another daypass may hold the lock. It needs milliseconds, unless it was stopped in the middle.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// How often the lock is tried meanwhile.
const LOCK_PAUSE: Duration = Duration::from_millis(2);

/// Opens a plain file, and nothing that stands in its place: no symbolic link, and no pipe that would be waited for.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file = options.custom_flags(flags.cast_signed()).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other(format!("{} is not a plain file", path.display())));
    }
    Ok(file)
}

/// `None` where there is nothing.
pub(super) fn if_there<T>(opened: io::Result<T>) -> io::Result<Option<T>> {
    match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

/// Takes the lock, waiting for whoever has it, but not for ever: a stopped process must not stop all others.
pub(super) fn lock(file: &File, take: fn(&File) -> Result<(), TryLockError>) -> io::Result<()> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match take(file) {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                let waited = LOCK_PATIENCE.as_secs();
                return Err(io::Error::other(format!("another daypass has kept it locked for {waited} seconds")));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
        }
    }
}

/// Makes the folder that `path` lies in, for its owner alone. One that exists is left as it is: it may be anybody's choice,
/// even the home.
pub(super) fn make_folder_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| DirBuilder::new().recursive(true).mode(0o700).create(folder))
}

/// The file beside `path` that whoever writes there holds locked.
pub(super) fn open_lock(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().read(true).write(true).create(true).mode(0o600))
}

/// Puts `text` in place of all that is at `path`, readable by its owner alone. Whoever reads sees the old text or the new
/// one, never a part. Only one process at a time may do this, see [`lock`].
pub(super) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    // Whoever left it there was killed before it was finished.
    if_there(fs::remove_file(&new))?;
    move_into_place(new, path, text)
}

/// The same for a file that nobody locks, and whose place somebody else chose: a symbolic link stays, and what it leads to is
/// replaced. Folders that are missing are made.
pub fn replace_behind_links(path: &Path, text: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if target.parent().is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        make_folder_of(&target)?;
    }
    let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_string_lossy();
    let new = target.with_file_name(format!(".{name}.{}", std::process::id()));
    move_into_place(new, &target, text)
}

/// Writes a file at `new`, where there is none, and moves it to `path`.
fn move_into_place(new: PathBuf, path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = private_file::create(&new)?;
    let written = private_file::Unfinished::new(new);
    file.write_all(text)?;
    file.sync_data()?;
    fs::rename(written.path(), path)?;
    written.finish();
    Ok(())
}

/// A failure of the machine in plain words.
pub(super) fn failure(what: String, error: &io::Error, hint: &str) -> Failure {
    let why = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk can only be read".to_owned(),
        io::ErrorKind::PermissionDenied => "you have no permission".to_owned(),
        // What open() says where it must not follow (open(2), O_NOFOLLOW).
        _ if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            "a symbolic link is in its place, and that is not followed".to_owned()
        }
        _ => error.to_string(),
    };
    Failure::new(FailureKind::Refused, what, why, hint)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_replaced_is_its_owners_alone_and_a_link_to_it_stays() {
        let home = tempfile::tempdir().unwrap();
        let (link, file) = (home.path().join("link"), home.path().join("kept/elsewhere"));
        replace_behind_links(&file, b"first").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace_behind_links(&link, b"second").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"second");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_the_disk_refuses_is_said_in_plain_words() {
        for (errno, why) in [
            (Errno::NOSPC, "the disk is full"),
            (Errno::DQUOT, "the disk is full"),
            (Errno::ROFS, "the disk can only be read"),
            (Errno::ACCESS, "you have no permission"),
            (Errno::LOOP, "a symbolic link is in its place, and that is not followed"),
        ] {
            assert_eq!(failure("write".into(), &errno.into(), "").why, why);
        }
    }
}

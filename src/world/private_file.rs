//! New files and folders that only their owner can read, for what lets its reader in. Nothing is ever overwritten.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::s3::name::Key;

/// The longest part of a file's name that comes from a key; with time and number it stays below every file system's limit.
const NAME_MAX: usize = 80;

/// How many files of one name are tried before giving up.
const TRIES: u32 = 100;

/// A new file at `path`, for its owner alone; an error where there is anything at all.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// A new folder at `path`, for its owner alone; an error where there is anything at all.
pub fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// A new file in `dir`, which is made where it is missing, named after the time and `name` as far as both are harmless.
pub fn create_new(dir: &Path, name: &str, extension: &str, now: Timestamp) -> io::Result<(File, PathBuf)> {
    new_in(dir, name, &format!(".{extension}"), now, create)
}

/// A new folder in `dir`, for its owner alone, named in the same way after `key`.
pub fn new_folder(dir: &Path, key: &Key, now: Timestamp) -> io::Result<PathBuf> {
    new_in(dir, key.file_name(), "", now, create_folder).map(|((), path)| path)
}

/// Tries names until one is free.
fn new_in<T>(
    dir: &Path,
    name: &str,
    extension: &str,
    now: Timestamp,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(T, PathBuf)> {
    if !dir.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    let stem = format!("{}-{}", now.strftime("%Y%m%d-%H%M%S"), harmless(name));
    for number in 1..=TRIES {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let path = dir.join(format!("{stem}{number}{extension}"));
        match make(&path) {
            Ok(made) => return Ok((made, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{TRIES} files are called {stem} already")))
}

/// Writes `text` into a new file in `dir`, which is made where it is missing. Nothing is ever overwritten.
///
/// The file is named after the time and the key's last part, as far as both are harmless in a shell.
pub fn write_new(dir: &Path, key: &Key, now: Timestamp, text: &str) -> io::Result<PathBuf> {
    let (mut file, path) = create_new(dir, key.file_name(), "txt", now)?;
    let written = Unfinished::new(path);
    file.write_all(text.as_bytes())?;
    Ok(written.finish())
}

/// A file or folder that is being written, and is taken away again unless it is finished.
pub struct Unfinished(Option<PathBuf>);

impl Unfinished {
    /// Of what was just made at `path`.
    pub fn new(path: PathBuf) -> Self {
        Self(Some(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or(Path::new(""))
    }

    /// It stays.
    pub fn finish(mut self) -> PathBuf {
        self.0.take().unwrap_or_default()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Where it stays, it is incomplete and its owner's alone.
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

/// The letters, digits, dots, dashes and underscores of a name; everything else becomes an underscore.
fn harmless(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    name.chars().take(NAME_MAX).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use proptest::prelude::*;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn noon() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn only_the_owner_can_read_file_and_folder() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("daypass/links");
        let path = write_new(&dir, &Key::parse("a/report Q3.pdf").unwrap(), noon(), "https://x\n").unwrap();
        assert_eq!(path, dir.join("20261120-120000-report_Q3.pdf.txt"));
        assert_eq!((mode(&path), mode(&dir)), (0o600, 0o700));
        assert_eq!(fs::read_to_string(&path).unwrap(), "https://x\n");
    }

    #[test]
    fn a_file_that_exists_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let key = Key::parse("k").unwrap();
        let first = write_new(home.path(), &key, noon(), "first").unwrap();
        let second = write_new(home.path(), &key, noon(), "second").unwrap();
        assert_ne!(first, second);
        assert_eq!(fs::read_to_string(first).unwrap(), "first");
    }

    #[test]
    fn what_is_made_is_new_and_its_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("folder");
        create_folder(&folder).unwrap();
        create(&folder.join("file")).unwrap();
        assert_eq!((mode(&folder), mode(&folder.join("file"))), (0o700, 0o600));
        std::os::unix::fs::symlink("/nowhere", folder.join("link")).unwrap();
        for taken in ["file", "link"] {
            assert_eq!(create(&folder.join(taken)).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(create_folder(&folder).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(write_new(&file, &Key::parse("k").unwrap(), noon(), "").is_err());
    }

    proptest! {
        #[test]
        fn whatever_a_key_holds_the_file_lies_in_the_folder(key in "\\PC{1,300}|[./\\\\\x00-\x1f]{1,9}") {
            let home = tempfile::tempdir().unwrap();
            let path = write_new(home.path(), &Key::from_store(key).unwrap(), noon(), "").unwrap();
            prop_assert_eq!(path.parent(), Some(home.path()));
            prop_assert!(path.to_str().unwrap().is_ascii());
        }
    }
}

//! What is remembered of stores from one session to the next, as a small file that any number of daypasses share. What a text
//! in it means is `s3::memory`'s business.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::PathBuf;

use super::{Memory, file};
use crate::s3::failure::Failure;
use crate::s3::memory::{Memories, Remembered};

/// The most that is read of the file, in bytes: more than all that is ever remembered. What is longer is none of ours.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// A memory in a file of its own, readable by its owner alone.
#[derive(Clone, Debug)]
pub struct MemoryFile(PathBuf);

impl MemoryFile {
    /// The memory at `path`. The file and its folder are made when there is something to remember.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    fn read(&self) -> io::Result<Memories> {
        let Some(opened) = file::if_there(file::open(&self.0, OpenOptions::new().read(true)))? else {
            return Ok(Memories::default());
        };
        let mut text = Vec::new();
        opened.take(MOST_BYTES).read_to_end(&mut text)?;
        Ok(Memories::parse(&text))
    }

    fn change(&self, store: &str, news: &Remembered) -> io::Result<()> {
        file::make_folder_of(&self.0)?;
        let lock = file::open_lock(&self.0.with_extension("lock"))?;
        file::lock(&lock, File::try_lock)?;
        let mut memories = self.read()?;
        memories.learn(store, news);
        file::replace(&self.0, memories.text().as_bytes())
    }
}

impl Memory for MemoryFile {
    fn of(&self, store: &str) -> Result<Remembered, Failure> {
        let read = self.read().map(|memories| memories.of(store));
        read.map_err(|error| file::failure(format!("read {}", self.0.display()), &error, ""))
    }

    fn learn(&self, store: &str, news: &Remembered) -> Result<(), Failure> {
        let hint = "daypass works without it: browse.remember = false in the settings turns it off";
        self.change(store, news).map_err(|error| file::failure(format!("write {}", self.0.display()), &error, hint))
    }
}

/// A memory for whoever does not want one.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMemory;

impl Memory for NoMemory {
    fn of(&self, _: &str) -> Result<Remembered, Failure> {
        Ok(Remembered::default())
    }

    fn learn(&self, _: &str, _: &Remembered) -> Result<(), Failure> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;
    use std::thread;

    use super::*;
    use crate::s3::location::Location;
    use crate::s3::name::BucketName;

    fn seen(bucket: &str) -> Remembered {
        let bucket = BucketName::parse(bucket).unwrap();
        Remembered { place: Some(Location::root_of(bucket.clone())), buckets: vec![bucket], ..Remembered::default() }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_learned_is_there_the_next_time_and_its_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("daypass/stores.json");
        let memory = MemoryFile::new(&path);
        assert_eq!(memory.of("b2").unwrap(), Remembered::default());
        assert!(!path.exists(), "nothing is written before there is something to remember");
        memory.learn("b2", &seen("docs")).unwrap();
        assert_eq!(MemoryFile::new(&path).of("b2").unwrap(), seen("docs"));
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("stores.json");
        thread::scope(|scope| {
            for store in 0..8 {
                let memory = MemoryFile::new(&path);
                scope.spawn(move || memory.learn(&store.to_string(), &seen("docs")).unwrap());
            }
        });
        let memory = MemoryFile::new(&path);
        for store in 0..8 {
            assert_eq!(memory.of(&store.to_string()).unwrap(), seen("docs"), "{store}");
        }
    }

    #[test]
    fn a_foreign_or_torn_file_is_no_error_and_what_was_left_by_a_kill_is_no_hindrance() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("stores.json");
        fs::write(&path, b"[{\"store\": \"b2\", \xff\x00").unwrap();
        fs::write(path.with_extension("new"), b"half").unwrap();
        let memory = MemoryFile::new(&path);
        assert_eq!(memory.of("b2").unwrap(), Remembered::default());
        memory.learn("b2", &seen("docs")).unwrap();
        assert_eq!(memory.of("b2").unwrap(), seen("docs"));
    }

    #[test]
    fn a_symbolic_link_in_its_place_is_neither_followed_nor_replaced() {
        let home = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (home.path().join("stores.json"), home.path().join("elsewhere"));
        fs::write(&elsewhere, "precious").unwrap();
        symlink(&elsewhere, &path).unwrap();
        let refused = MemoryFile::new(&path).learn("b2", &seen("docs")).unwrap_err();
        assert_eq!(refused.why, "a symbolic link is in its place, and that is not followed");
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
    }
}

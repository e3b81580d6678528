//! The ledger as a file: lines are only ever added, by any number of daypasses at once, and survive a kill at any moment.
//!
//! Whoever writes holds a lock on a file beside the ledger, so that lines never mix and a full ledger is moved aside by one
//! process alone; whoever reads holds it only while opening the files. The lock is the kernel's, so it ends with its holder.
//!
//! The records of one [`Ledger::append`] go out in one `write`. If it fails, the file is cut back to where it was; if
//! the process is killed in the middle, the torn line stays, and the next writer ends it before adding its own.
//!
//! After each write the data is synced to the disk: a link that was handed on still works after a power cut, so what is
//! known of it has to be there as well. That costs some milliseconds for each append, not for each record of it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Take, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use rustix::process::getuid;

use super::{Ledger, Records, Unread, file};
use crate::presign::ledger::Record;
use crate::presign::ledger::line::LineError;
use crate::s3::failure::Failure;

/// The longest line that is read into memory, in bytes. A record stays below it: its longest part is a note, which is an
/// argument (128 KiB at most), six bytes for a byte where it must be escaped.
const LINE_MAX: u64 = 1024 * 1024;

/// How much of the ledger's end is read for its latest records: more than a hundred of them.
const LATEST_BYTES: u64 = 64 * 1024;

/// A ledger in a file of its own, readable by its owner alone.
#[derive(Clone, Debug)]
pub struct LedgerFile {
    path: PathBuf,
    rotation: Rotation,
}

/// When a ledger is moved aside, and how many old ones are kept: `ledger.1.jsonl` is the newest of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The size that a ledger does not grow beyond, in bytes, unless one append is larger by itself.
    pub max_bytes: u64,
    /// How many old ledgers are kept; at least one.
    pub keep: u32,
}

impl Default for Rotation {
    /// 16 MiB each and 8 old ones: some hundred thousand links.
    fn default() -> Self {
        Self { max_bytes: 16 * 1024 * 1024, keep: 8 }
    }
}

/// A ledger for whoever does not want one: it takes every record and keeps none.
#[derive(Clone, Copy, Debug)]
pub struct NoLedger;

impl Ledger for NoLedger {
    fn append(&self, _: &[Record]) -> Result<(), Failure> {
        Ok(())
    }

    fn latest(&self) -> Result<Vec<Record>, Failure> {
        Ok(Vec::new())
    }

    fn read(&self) -> Result<Records, Failure> {
        Ok(Box::new(std::iter::empty()))
    }
}

impl LedgerFile {
    /// The ledger at `path`. The file and its folder are made when there is something to write.
    pub fn new(path: impl Into<PathBuf>, rotation: Rotation) -> Self {
        Self { path: path.into(), rotation }
    }
}

impl Ledger for LedgerFile {
    fn append(&self, records: &[Record]) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        let lines: String = records.iter().map(|record| record.line() + "\n").collect();
        self.write(lines.as_bytes()).map_err(|error| {
            let hint = "the link works, but is not noted: put that right, or name another place with ledger.file in \
                        the settings";
            file::failure(format!("write to the ledger {}", self.path.display()), &error, hint)
        })
    }

    fn latest(&self) -> Result<Vec<Record>, Failure> {
        let end = self
            .end(LATEST_BYTES)
            .map_err(|error| file::failure(format!("read the ledger {}", self.path.display()), &error, ""))?;
        // The first line may be the end of one, and is no record then.
        Ok(end.split(|byte| *byte == b'\n').filter_map(|line| Record::parse_line(line).ok()).collect())
    }

    fn read(&self) -> Result<Records, Failure> {
        let what = format!("read the ledger {}", self.path.display());
        let files = self.open_all().map_err(|error| file::failure(what.clone(), &error, ""))?;
        Ok(Box::new(Lines { what, files: files.into_iter(), open: None, line: Vec::new() }))
    }
}

impl LedgerFile {
    fn write(&self, lines: &[u8]) -> io::Result<()> {
        file::make_folder_of(&self.path)?;
        let lock = file::open_lock(&self.lock_path())?;
        file::lock(&lock, File::try_lock)?;
        let mut file = self.open_to_append()?;
        let mut end = file.metadata()?.len();
        // A ledger that is too large is better than a link that is not noted, so a failure here is no reason to stop.
        if end > 0 && end.saturating_add(lines.len() as u64) > self.rotation.max_bytes && self.rotate().is_ok() {
            file = self.open_to_append()?;
            end = file.metadata()?.len();
        }
        let torn = is_torn(&mut file, end)?;
        let whole = if torn { [b"\n", lines].concat() } else { lines.to_vec() };
        if let Err(error) = file.write_all(&whole) {
            let _ = file.set_len(end);
            return Err(error);
        }
        // The disk may take its time; the next writer need not wait for it.
        drop(lock);
        file.sync_data()
    }

    /// The last bytes of the ledger, `most` at most. Whoever reads so little needs no lock: a torn line is no record.
    fn end(&self, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if let Some(mut file) = file::if_there(file::open(&self.path, OpenOptions::new().read(true)))? {
            let start = file.metadata()?.len().saturating_sub(most);
            file.seek(SeekFrom::Start(start))?;
            file.take(most).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    }

    fn open_to_append(&self) -> io::Result<File> {
        let file = file::open(&self.path, OpenOptions::new().read(true).append(true).create(true).mode(0o600))?;
        if file.metadata()?.mode() & 0o777 != 0o600 {
            file.set_permissions(Permissions::from_mode(0o600))?;
        }
        Ok(file)
    }

    /// Moves the ledger aside, and the older ones up to the first free number. Only when all are taken is the oldest lost.
    fn rotate(&self) -> io::Result<()> {
        let keep = self.rotation.keep.max(1);
        let is_free = |number: &u32| fs::symlink_metadata(self.old(*number)).is_err();
        let free = (1..=keep).find(is_free).unwrap_or(keep);
        for number in (1..free).rev() {
            fs::rename(self.old(number), self.old(number + 1))?;
        }
        fs::rename(&self.path, self.old(1))
    }

    /// Every file of the ledger, the oldest first, with the length to read of it. What is added later is not read, so that
    /// nobody sees half a line; what is moved aside later stays open.
    fn open_all(&self) -> io::Result<Vec<Take<File>>> {
        // Without a lock file nobody has ever written here: it may be a copy, on a disk that can only be read.
        let lock = file::if_there(file::open(&self.lock_path(), OpenOptions::new().read(true)))?;
        if let Some(lock) = &lock {
            file::lock(lock, File::try_lock_shared)?;
        }
        let paths = (1..=self.rotation.keep).rev().map(|number| self.old(number)).chain([self.path.clone()]);
        let mut files = Vec::new();
        for path in paths {
            if let Some(file) = file::if_there(file::open(&path, OpenOptions::new().read(true)))? {
                let length = file.metadata()?.len();
                files.push(file.take(length));
            }
        }
        Ok(files)
    }

    fn lock_path(&self) -> PathBuf {
        self.path.with_extension("lock")
    }

    /// `ledger.2.jsonl` of `ledger.jsonl`.
    fn old(&self, number: u32) -> PathBuf {
        let mut extension = OsString::from(number.to_string());
        if let Some(usual) = self.path.extension() {
            extension.push(".");
            extension.push(usual);
        }
        self.path.with_extension(extension)
    }
}

/// Whether the last line lacks its end, because whoever wrote it was killed.
fn is_torn(file: &mut File, end: u64) -> io::Result<bool> {
    let Some(last) = end.checked_sub(1) else { return Ok(false) };
    let mut byte = [0];
    file.seek(SeekFrom::Start(last))?;
    file.read_exact(&mut byte)?;
    Ok(byte != *b"\n")
}

/// The lines of several files, one after the other. One line at a time is in memory.
struct Lines {
    what: String,
    files: std::vec::IntoIter<Take<File>>,
    open: Option<BufReader<Take<File>>>,
    line: Vec<u8>,
}

impl Iterator for Lines {
    type Item = Result<Record, Unread>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let file = match &mut self.open {
                Some(file) => file,
                none => none.insert(BufReader::new(self.files.next()?)),
            };
            match next_line(file, &mut self.line) {
                Ok(None) => self.open = None,
                // An empty line says nothing, so nothing is lost with it.
                Ok(Some(Ok(()))) if self.line.trim_ascii().is_empty() => {}
                Ok(Some(Ok(()))) => return Some(Record::parse_line(&self.line).map_err(Unread::Line)),
                Ok(Some(Err(error))) => return Some(Err(Unread::Line(error))),
                Err(error) => {
                    self.open = None;
                    return Some(Err(Unread::File(file::failure(
                        self.what.clone(),
                        &error,
                        "the rest of it is left out",
                    ))));
                }
            }
        }
    }
}

/// Reads the next line into `line`; `None` at the end. A line that is too long is passed over.
fn next_line(file: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<Result<(), LineError>>> {
    line.clear();
    if file.by_ref().take(LINE_MAX).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.len() as u64 == LINE_MAX && !line.ends_with(b"\n") {
        file.skip_until(b'\n')?;
        return Ok(Some(Err(LineError::TooLong)));
    }
    Ok(Some(Ok(())))
}

/// The name of the user that this process runs as. What the machine's own list says goes before the variables, which
/// anybody can set; a user of neither is called by number.
pub fn os_user() -> String {
    let uid = getuid().as_raw().to_string();
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let variable = |name| std::env::var(name).ok().filter(|name| !name.is_empty());
    account(&accounts, &uid)
        .map(str::to_owned)
        .or_else(|| variable("LOGNAME"))
        .or_else(|| variable("USER"))
        .unwrap_or_else(|| format!("uid {uid}"))
}

/// The name of the account `uid` (passwd(5)).
fn account<'a>(accounts: &'a str, uid: &str) -> Option<&'a str> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id == uid).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_ledgers_and_the_lock_lie_beside_it() {
        let beside = |path: &str| {
            let ledger = LedgerFile::new(path, Rotation::default());
            [ledger.old(1), ledger.old(12), ledger.lock_path()].map(|path| path.display().to_string())
        };
        assert_eq!(beside("/a.b/ledger.jsonl"), ["/a.b/ledger.1.jsonl", "/a.b/ledger.12.jsonl", "/a.b/ledger.lock"]);
        assert_eq!(beside("links"), ["links.1", "links.12", "links.lock"]);
    }

    #[test]
    fn a_user_is_called_by_the_name_of_the_account() {
        let accounts = "root:x:0:0::/root:/bin/sh\n\nbroken\n# a remark\nada:x:1000:1000:Ada,,,:/home/ada:/bin/sh\n";
        assert_eq!(account(accounts, "1000"), Some("ada"));
        assert_eq!(account(accounts, "0"), Some("root"));
        assert_eq!(account(accounts, "100"), None);
        assert!(!os_user().is_empty());
    }
}

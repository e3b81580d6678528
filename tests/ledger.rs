//! The ledger's file under several writers, kills, full disks and strangers: nothing noted is lost, nothing is mixed.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::expiry::Expiry;
use daypass::presign::ledger::line::LineError;
use daypass::presign::ledger::{Destination, Handing, Issuer, Record};
use daypass::presign::link::LimitedBy;
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::sign::sign;
use daypass::s3::address::{Address, AddressingStyle, Endpoint};
use daypass::s3::location::ObjectId;
use daypass::s3::name::{BucketName, Key};
use daypass::world::ledger::{LedgerFile, Rotation};
use daypass::world::{Ledger, Unread};
use tempfile::TempDir;

/// Large enough that nothing is ever moved aside.
const ROOMY: Rotation = Rotation { max_bytes: u64::MAX, keep: 1 };

/// So small that every few records are moved aside, and nothing is ever thrown away.
const TIGHT: Rotation = Rotation { max_bytes: 4_000, keep: 2_000 };

/// What tells [`writer`] where and how to write: the ledger, its name, how often, how many at once, the largest size.
const WRITER: &str = "DAYPASS_TEST_WRITER";

/// The record `number` of `writer`.
fn record(writer: &str, number: usize) -> Record {
    Record {
        at: "2026-11-20T12:00:00Z".parse().unwrap(),
        issuer: Issuer { who: writer.to_owned(), store: "demo".into(), provider: "b2".into() },
        method: Method::Get,
        object: ObjectId::current(BucketName::parse("b").unwrap(), Key::parse("k\n\u{1b}🧾").unwrap()),
        ends_at: "2026-11-20T12:15:00Z".parse().unwrap(),
        limited_by: LimitedBy::Asked,
        signed_headers: vec!["host".into()],
        access_key_last4: "MPLE".into(),
        temporary: false,
        host: "s3.example.org".into(),
        destination: Destination::Clipboard,
        note: None,
        batch: None,
        url_sha256: format!("{number:016}"),
    }
}

/// A ledger in a folder of its own.
struct Shelf {
    home: TempDir,
}

impl Shelf {
    fn new() -> Self {
        Self { home: TempDir::new().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("daypass/ledger.jsonl")
    }

    fn ledger(&self, rotation: Rotation) -> LedgerFile {
        LedgerFile::new(self.path(), rotation)
    }

    /// A ledger that holds `bytes`.
    fn holding(bytes: &[u8]) -> Self {
        let shelf = Self::new();
        fs::create_dir(shelf.home.path().join("daypass")).unwrap();
        fs::write(shelf.path(), bytes).unwrap();
        shelf
    }
}

/// Everything that can be read, and why lines could not be.
fn read(ledger: &LedgerFile) -> (Vec<Record>, Vec<Unread>) {
    let (mut records, mut unread) = (Vec::new(), Vec::new());
    for line in ledger.read().unwrap() {
        match line {
            Ok(record) => records.push(record),
            Err(error) => unread.push(error),
        }
    }
    (records, unread)
}

/// How many records of each writer there are. Those of one writer must come in order and without a gap.
fn counted(records: &[Record]) -> HashMap<String, usize> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for found in records {
        let count = counts.entry(found.issuer.who.clone()).or_default();
        assert_eq!(*found, record(&found.issuer.who, *count));
        *count += 1;
    }
    counts
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Another process that writes: this very test program, told to run [`writer`] alone.
struct Writer {
    ledger: PathBuf,
    name: &'static str,
    times: usize,
    at_once: usize,
    max_bytes: u64,
}

impl Writer {
    /// Starts it in a shell that has run `setting` before.
    fn start(&self, setting: &str) -> Child {
        let Self { ledger, name, times, at_once, max_bytes } = self;
        Command::new("sh")
            .args(["-c", &format!("{setting}; exec \"$0\" \"$@\"")])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "writer", "--ignored", "--nocapture"])
            .env(WRITER, format!("{name} {times} {at_once} {max_bytes} {}", ledger.display()))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// What a writer prints: how many records were taken so far, or why the next ones were not.
fn told(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    lines.filter_map(|line| Some(line.split_once("writer: ")?.1.to_owned()))
}

#[test]
#[ignore = "the process that other tests start"]
fn writer() {
    let Ok(order) = std::env::var(WRITER) else { return };
    let mut words = order.splitn(5, ' ');
    let mut word = || words.next().unwrap();
    let (name, times, at_once) = (word(), word().parse::<usize>().unwrap(), word().parse::<usize>().unwrap());
    let rotation = Rotation { max_bytes: word().parse().unwrap(), ..TIGHT };
    let ledger = LedgerFile::new(word(), rotation);
    for time in 0..times {
        let records: Vec<Record> = (time * at_once..(time + 1) * at_once).map(|number| record(name, number)).collect();
        match ledger.append(&records) {
            Ok(()) => println!("\nwriter: {}", (time + 1) * at_once),
            Err(failure) => {
                println!("\nwriter: {failure}");
                return;
            }
        }
    }
}

#[test]
fn two_processes_at_once_lose_nothing_and_mix_nothing() {
    for max_bytes in [u64::MAX, TIGHT.max_bytes] {
        let shelf = Shelf::new();
        let start = |name| Writer { ledger: shelf.path(), name, times: 500, at_once: 1, max_bytes }.start("true");
        let (mut one, mut two) = (start("one"), start("two"));
        assert!(one.wait().unwrap().success() && two.wait().unwrap().success());
        let (records, unread) = read(&shelf.ledger(TIGHT));
        assert_eq!(unread, []);
        assert_eq!(counted(&records), HashMap::from([("one".to_owned(), 500), ("two".to_owned(), 500)]));
        assert_eq!(shelf.path().with_extension("1.jsonl").exists(), max_bytes == TIGHT.max_bytes);
    }
}

#[test]
fn a_reader_sees_every_record_once_while_ledgers_are_moved_aside() {
    let shelf = Shelf::new();
    thread::scope(|scope| {
        let writers = ["one", "two"].map(|name| {
            let ledger = shelf.ledger(TIGHT);
            scope.spawn(move || (0..150).for_each(|number| ledger.append(&[record(name, number)]).unwrap()))
        });
        let (mut seen, mut readings) = (0, 0);
        while writers.iter().any(|writer| !writer.is_finished()) {
            let (records, unread) = read(&shelf.ledger(TIGHT));
            assert_eq!(unread, []);
            let count = counted(&records).values().sum::<usize>();
            assert!(count >= seen, "{count} after {seen}");
            (seen, readings) = (count, readings + 1);
        }
        assert!(readings > 1);
    });
    assert_eq!(read(&shelf.ledger(TIGHT)).0.len(), 300);
}

#[test]
fn only_the_oldest_ledger_goes_when_all_places_are_taken() {
    let shelf = Shelf::new();
    let ledger = shelf.ledger(Rotation { max_bytes: 1, keep: 2 });
    for number in 0..5 {
        ledger.append(&[record("one", number)]).unwrap();
    }
    let kept: Vec<_> = read(&ledger).0.into_iter().map(|record| record.url_sha256).collect();
    assert_eq!(kept, [2, 3, 4].map(|number| format!("{number:016}")));
}

#[test]
fn a_rotation_that_was_cut_short_loses_nothing_at_the_next_one() {
    let shelf = Shelf::new();
    let ledger = shelf.ledger(Rotation { max_bytes: 1, keep: 3 });
    for number in 0..3 {
        ledger.append(&[record("one", number)]).unwrap();
    }
    // As a kill leaves it after the first of its renames.
    fs::rename(shelf.path().with_extension("2.jsonl"), shelf.path().with_extension("3.jsonl")).unwrap();
    ledger.append(&[record("one", 3)]).unwrap();
    assert_eq!(counted(&read(&ledger).0)["one"], 4);
}

#[test]
fn a_torn_last_line_never_eats_the_next() {
    let (first, last) = (record("one", 0), record("one", 1));
    let next = record("two", 0);
    for cut in 0..=last.line().len() {
        let shelf = Shelf::holding(&[first.line().as_bytes(), b"\n", &last.line().as_bytes()[..cut]].concat());
        let ledger = shelf.ledger(ROOMY);
        ledger.append(std::slice::from_ref(&next)).unwrap();
        let (records, unread) = read(&ledger);
        if cut == last.line().len() {
            assert_eq!((records, unread), (vec![first.clone(), last.clone(), next.clone()], vec![]));
        } else {
            assert_eq!(records, [first.clone(), next.clone()], "{cut}");
            assert_eq!(unread.len(), usize::from(cut > 0), "{cut}");
        }
    }
}

#[test]
fn a_write_that_was_killed_half_way_costs_its_last_line_alone() {
    let shelf = Shelf::new();
    let order = Writer { ledger: shelf.path(), name: "one", times: 100, at_once: 3, max_bytes: u64::MAX };
    // The kernel writes up to the limit, and kills whoever goes on (setrlimit(2), RLIMIT_FSIZE).
    let mut child = order.start("ulimit -c 0; ulimit -f 4");
    let taken: usize = told(&mut child).last().unwrap().parse().unwrap();
    assert!(child.wait().unwrap().code().is_none(), "it was not killed");
    assert!(!fs::read(shelf.path()).unwrap().ends_with(b"\n"), "no line was torn");

    shelf.ledger(ROOMY).append(&[record("two", 0)]).unwrap();
    let (records, unread) = read(&shelf.ledger(ROOMY));
    assert_eq!(unread, [Unread::Line(LineError::NotARecord)]);
    let there = counted(&records);
    assert!(there["one"] >= taken && there["two"] == 1, "{there:?} of {taken}");
}

#[test]
fn what_was_taken_is_there_after_a_kill_at_any_moment() {
    let shelf = Shelf::new();
    let mut taken = HashMap::new();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for (kills, name) in names.into_iter().enumerate() {
        let order = Writer { ledger: shelf.path(), name, times: usize::MAX / 1_000, at_once: 300, max_bytes: 500_000 };
        let mut child = order.start("true");
        let mut told = told(&mut child);
        // Not before it has begun, and then at another moment each time.
        let begun = told.next();
        thread::sleep(Duration::from_micros(1_700 * kills as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let count: usize = told.last().or(begun).unwrap().parse().unwrap();
        taken.insert(name, count);
        let after = [record("after", kills)];
        shelf.ledger(Rotation { max_bytes: 500_000, ..TIGHT }).append(&after).unwrap();
    }
    let (records, unread) = read(&shelf.ledger(TIGHT));
    assert!(unread.len() <= names.len(), "{unread:?}");
    let there = counted(&records);
    assert_eq!(there["after"], names.len());
    for (name, count) in taken {
        assert!(there[name] >= count, "{name}: {} of {count}", there[name]);
    }
}

#[test]
fn an_append_that_finds_no_room_leaves_no_trace_and_says_so() {
    let shelf = Shelf::new();
    // The shell's unit is 512 or 1,024 bytes. Without the trap the signal would end the process.
    let order = Writer { ledger: shelf.path(), name: "one", times: 100, at_once: 3, max_bytes: u64::MAX };
    let mut child = order.start("trap '' XFSZ; ulimit -f 4");
    let told: Vec<String> = told(&mut child).collect();
    child.wait().unwrap();
    let (records, unread) = read(&shelf.ledger(ROOMY));
    assert_eq!(unread, []);
    let taken = told[told.len() - 2].parse::<usize>().unwrap();
    assert_eq!(counted(&records)["one"], taken);
    assert!(told[told.len() - 1].starts_with("cannot write to the ledger"), "{told:?}");
    assert!(told[told.len() - 1].contains("the link works, but is not noted"), "{told:?}");
    assert!(fs::read(shelf.path()).unwrap().ends_with(b"\n"));
}

#[test]
fn only_the_owner_can_read_it_whatever_the_umask() {
    let shelf = Shelf::new();
    let order = Writer { ledger: shelf.path(), name: "one", times: 30, at_once: 1, max_bytes: TIGHT.max_bytes };
    assert!(order.start("umask 000").wait().unwrap().success());
    let folder = shelf.home.path().join("daypass");
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() > 2);
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_ledger_that_others_could_read_is_closed_to_them() {
    let shelf = Shelf::holding(b"");
    fs::set_permissions(shelf.path(), fs::Permissions::from_mode(0o644)).unwrap();
    shelf.ledger(ROOMY).append(&[record("one", 0)]).unwrap();
    assert_eq!(mode(&shelf.path()), 0o600);
}

#[test]
fn a_symbolic_link_in_its_place_is_not_followed() {
    let shelf = Shelf::holding(b"");
    let target = shelf.home.path().join("target");
    fs::write(&target, "mine").unwrap();
    for place in ["ledger.jsonl", "ledger.lock"] {
        let place = shelf.path().with_file_name(place);
        let _ = fs::remove_file(&place);
        symlink(&target, &place).unwrap();
        let ledger = shelf.ledger(ROOMY);
        for refused in [ledger.append(&[record("one", 0)]).unwrap_err(), ledger.read().err().unwrap()] {
            assert!(refused.to_string().contains("a symbolic link is in its place"), "{refused}");
            assert!(refused.to_string().contains("ledger.jsonl"), "{refused}");
        }
        fs::remove_file(&place).unwrap();
    }
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
}

#[test]
fn a_pipe_or_folder_in_its_place_is_refused_and_not_waited_for() {
    let shelf = Shelf::holding(b"");
    fs::remove_file(shelf.path()).unwrap();
    assert!(Command::new("mkfifo").arg(shelf.path()).status().unwrap().success());
    let ledger = shelf.ledger(ROOMY);
    assert!(ledger.append(&[record("one", 0)]).unwrap_err().why.contains("is not a plain file"));
    assert!(ledger.read().err().unwrap().why.contains("is not a plain file"));
    fs::remove_file(shelf.path()).unwrap();
    fs::create_dir(shelf.path()).unwrap();
    assert!(ledger.append(&[record("one", 0)]).is_err() && ledger.read().is_err());
}

#[test]
fn a_folder_that_cannot_be_written_is_a_failure_in_plain_words() {
    let home = TempDir::new().unwrap();
    let closed = home.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    // Permissions do not hold root back, but nobody makes a folder in /sys.
    let folder = if rustix::process::getuid().is_root() { Path::new("/sys") } else { &closed };
    let ledger = LedgerFile::new(folder.join("daypass/ledger.jsonl"), ROOMY);
    let refused = ledger.append(&[record("one", 0)]).unwrap_err().to_string();
    assert!(refused.starts_with("cannot write to the ledger /"), "{refused}");
    assert!(refused.contains("you have no permission") || refused.contains("can only be read"), "{refused}");
    assert!(refused.ends_with("or name another place with ledger.file in the settings"), "{refused}");
}

#[test]
fn a_ledger_that_is_not_there_is_empty() {
    let shelf = Shelf::new();
    assert_eq!(read(&shelf.ledger(ROOMY)), (vec![], vec![]));
    assert!(!shelf.home.path().join("daypass").exists());
}

#[test]
fn the_latest_records_are_whole_ones_from_its_end() {
    let shelf = Shelf::new();
    let ledger = shelf.ledger(ROOMY);
    assert_eq!(ledger.latest(), Ok(Vec::new()));
    let records: Vec<Record> = (0..1_000).map(|number| record("a", number)).collect();
    ledger.append(&records).unwrap();
    let latest = ledger.latest().unwrap();
    assert!((100..1_000).contains(&latest.len()), "{}", latest.len());
    assert_eq!(latest, records[records.len() - latest.len()..]);
    let torn = [fs::read(shelf.path()).unwrap(), b"{\"v\":1,\"at".to_vec()].concat();
    fs::write(shelf.path(), torn).unwrap();
    assert_eq!(ledger.latest().unwrap().last(), records.last());
}

#[test]
fn lines_of_strangers_are_counted_and_the_records_between_them_are_read() {
    let (first, last) = (record("one", 0).line(), record("one", 1).line());
    let long = vec![b'x'; 3_000_000];
    let parts: [&[u8]; 7] = [first.as_bytes(), b"", b"\xff\xfe{}", b"{\"v\":1}", &long, b" \r", last.as_bytes()];
    let (records, unread) = read(&Shelf::holding(&parts.join(&b'\n')).ledger(ROOMY));
    assert_eq!(counted(&records)["one"], 2);
    let (not, long) = (Unread::Line(LineError::NotARecord), Unread::Line(LineError::TooLong));
    assert_eq!(unread, [not.clone(), not, long]);
}

#[test]
fn a_lock_that_is_kept_is_a_failure_and_not_a_wait_for_ever() {
    let shelf = Shelf::holding(b"");
    let lock = fs::File::create(shelf.path().with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let (reading, writing) = thread::scope(|scope| {
        let reading = scope.spawn(|| shelf.ledger(ROOMY).read().err().unwrap());
        (shelf.ledger(ROOMY).append(&[record("one", 0)]).unwrap_err(), reading.join().unwrap())
    });
    for refused in [reading, writing] {
        assert_eq!(refused.why, "another daypass has kept it locked for 5 seconds");
    }
    drop(lock);
    shelf.ledger(ROOMY).append(&[record("one", 0)]).unwrap();
}

#[test]
fn nothing_secret_is_in_the_file() {
    let (secret, token, sse) = ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "FwoGZXIvYXdzEXAMPLETOKEN", "a2V5a2V5a2V5");
    let object = ObjectId::current(BucketName::parse("b").unwrap(), Key::parse("k").unwrap());
    let mut request = LinkRequest::new(Method::Put, object, Expiry::DEFAULT);
    request.headers.push(("x-amz-server-side-encryption-customer-key".into(), sse.into()));
    request.query.push(("response-content-disposition".into(), "attachment; filename=hush".into()));
    let credentials = SigningCredentials {
        access_key_id: "ASIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: secret.to_owned().into(),
        session_token: Some(token.to_owned().into()),
        expires: None,
        source: "test".into(),
    };
    let address = Address {
        endpoint: Endpoint::parse("https://s3.example.org").unwrap(),
        region: "r".into(),
        style: AddressingStyle::Path,
    };
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let link = sign(&request, &address, &credentials, now).unwrap();
    let shelf = Shelf::new();
    let handing = Handing { at: now, destination: Destination::Qr, note: None, batch: None };
    shelf.ledger(ROOMY).append(&[Record::of(&link, Issuer::default(), handing)]).unwrap();

    let mut text = String::new();
    fs::File::open(shelf.path()).unwrap().read_to_string(&mut text).unwrap();
    let signature = link.url.expose().rsplit('=').next().unwrap();
    for hidden in [secret, token, sse, signature, "hush", "X-Amz-", "ASIAIOSFODNN7", link.url.expose()] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    assert!(text.contains("\"access_key_last4\":\"MPLE\",\"temporary\":true"), "{text}");
}

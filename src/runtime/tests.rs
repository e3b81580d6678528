//! The loop as a whole: keys in, bytes out, over a world of stand-ins and a record in place of a terminal.

use std::cell::Cell;
use std::collections::HashMap;
use std::future::pending;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Size;
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use super::Ending;
use super::event_loop::{self, Incoming};
use super::person;
use super::screen::{Device, GIVE_BACK, Screen};
use crate::command::keymap::Keymap;
use crate::doctor::Report;
use crate::doctor::cors::Page;
use crate::model::browse::Browse;
use crate::model::listing::SortBy;
use crate::model::store::Store;
use crate::model::{Fixed, Messages, Model};
use crate::presign::credentials::SigningCredentials;
use crate::presign::ledger::Issuer;
use crate::presign::link::SignedUrl;
use crate::presign::message::Template;
use crate::presign::probe::{ProbeAnswer, ProbeRequest};
use crate::s3::address::{Address, AddressingStyle, Endpoint};
use crate::s3::facts::{ObjectFacts, Tag};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::key_page::{KeyPage, ListedObject};
use crate::s3::listing::{Buckets, KeysRequest, Versions, VersionsRequest};
use crate::s3::location::{Location, ObjectId, UploadId};
use crate::s3::name::BucketName;
use crate::s3::store::{KnownStore, KnownStores, StoreId};
use crate::s3::version_page::VersionPage;
use crate::view::theme::Theme;
use crate::world::ledger::NoLedger;
use crate::world::memory::NoMemory;
use crate::world::open::{Opened, StoreLabel};
use crate::world::{
    Clipboard, Clock, Copy, Credentials, Doctor, Multiplexer, NoKeys, NoStores, ObjectStore, Prober, Stores, World,
};

/// How long a screen is waited for before a test gives up.
const DEADLINE: Duration = Duration::from_secs(20);

/// What a terminal would have been sent.
#[derive(Clone, Default)]
struct Record(Arc<Mutex<Sent>>);

#[derive(Default)]
struct Sent {
    bytes: Vec<u8>,
    raw: bool,
    stops: usize,
    shell_above: bool,
    gone: bool,
    /// Takes nothing for now.
    stuck: bool,
    pieces: usize,
}

impl Record {
    fn look<T>(&self, at: impl FnOnce(&mut Sent) -> T) -> T {
        at(&mut self.0.lock().unwrap())
    }

    fn len(&self) -> usize {
        self.look(|sent| sent.bytes.len())
    }

    fn after(&self, start: usize) -> Vec<u8> {
        self.look(|sent| sent.bytes[start..].to_vec())
    }

    /// The screen that the bytes from `start` on would leave.
    fn screen(&self, start: usize) -> String {
        let mut parser = vt100::Parser::default();
        parser.process(&self.after(start));
        parser.screen().contents()
    }

    async fn until(&self, what: impl Fn(&Self) -> bool) {
        let found = timeout(DEADLINE, async {
            while !what(self) {
                sleep(Duration::from_millis(2)).await;
            }
        });
        if found.await.is_err() {
            panic!("the screen never came; it shows:\n{}", self.screen(0));
        }
    }

    async fn until_shown(&self, text: &str) {
        self.until(|record| record.screen(0).contains(text)).await;
    }
}

impl Write for Record {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        while self.look(|sent| sent.stuck) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.look(|sent| {
            if sent.gone {
                return Err(io::Error::from_raw_os_error(rustix::io::Errno::IO.raw_os_error()));
            }
            sent.bytes.extend_from_slice(bytes);
            sent.pieces += 1;
            Ok(bytes.len())
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Device for Record {
    fn size(&self) -> io::Result<Size> {
        Ok(Size { width: 80, height: 24 })
    }

    fn line(&self) -> io::Result<Box<dyn Write + Send>> {
        Ok(Box::new(self.clone()))
    }

    fn raw_mode(&mut self, on: bool) -> io::Result<()> {
        self.look(|sent| sent.raw = on);
        Ok(())
    }

    fn can_stop(&self) -> bool {
        self.look(|sent| sent.shell_above)
    }

    fn stop(&mut self) -> io::Result<()> {
        self.look(|sent| sent.stops += 1);
        Ok(())
    }
}

/// What the stand-in store does with a question for a prefix.
#[derive(Clone)]
enum Answer {
    Page(KeyPage),
    Never(Arc<Mutex<Fate>>),
    Panic,
}

/// Answers by prefix; a question that is dropped without an answer leaves a note.
struct Shelf(HashMap<String, Answer>);

/// What became of a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fate {
    #[default]
    Unasked,
    Asked,
    GivenUp,
}

/// Notes that a question was given up.
struct NoteWhenDropped(Arc<Mutex<Fate>>);

impl Drop for NoteWhenDropped {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = Fate::GivenUp;
    }
}

fn unasked() -> Failure {
    Failure::new(FailureKind::NotSupported, "ask this store", "it is a stand-in", "")
}

#[async_trait]
impl ObjectStore for Shelf {
    async fn buckets(&self) -> Result<Buckets, Failure> {
        Err(unasked())
    }

    async fn keys(&self, request: &KeysRequest) -> Result<KeyPage, Failure> {
        match self.0.get(request.prefix.as_str()) {
            Some(Answer::Page(page)) => Ok(page.clone()),
            Some(Answer::Never(fate)) => {
                *fate.lock().unwrap() = Fate::Asked;
                let _note = NoteWhenDropped(Arc::clone(fate));
                pending().await
            }
            Some(Answer::Panic) => panic!("a stand-in panics with a secret"),
            None => Err(unasked()),
        }
    }

    async fn head(&self, _: &ObjectId) -> Result<ObjectFacts, Failure> {
        Err(unasked())
    }

    async fn tags(&self, _: &ObjectId) -> Result<Vec<Tag>, Failure> {
        Err(unasked())
    }

    async fn versions(&self, _: &ObjectId) -> Result<Versions, Failure> {
        Err(unasked())
    }

    async fn version_page(&self, _: &VersionsRequest) -> Result<VersionPage, Failure> {
        Err(unasked())
    }

    async fn read_part(&self, _: &ObjectId, _: u64, _: u64) -> Result<Bytes, Failure> {
        Err(unasked())
    }

    async fn read(&self, _: &ObjectId, _: u64) -> Result<Bytes, Failure> {
        Err(unasked())
    }

    async fn begin_upload(&self, _: &ObjectId, _: &[(String, String)]) -> Result<UploadId, Failure> {
        Err(unasked())
    }

    fn address(&self, _: &BucketName) -> Address {
        let endpoint = Endpoint::parse("https://s3.example.com").unwrap();
        Address { endpoint, region: "us-east-1".into(), style: AddressingStyle::Path }
    }
}

/// Credentials, clipboard and clock that always answer the same.
struct Same;

const SEQUENCE: &str = "\x1b]52;c;bGluaw==\x07";

#[async_trait]
impl Credentials for Same {
    async fn get(&self) -> Result<SigningCredentials, Failure> {
        Ok(SigningCredentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
            expires: None,
            source: "test".into(),
        })
    }
}

impl Clipboard for Same {
    fn copy(&mut self, _: &str) -> Copy {
        Copy::Terminal { sequence: SEQUENCE.into(), through: Multiplexer::None }
    }
}

#[async_trait]
impl Prober for Same {
    async fn probe(&self, _: &SignedUrl, _: &ProbeRequest) -> Result<ProbeAnswer, Failure> {
        Ok(ProbeAnswer { status: 206, headers: vec![("etag".into(), "\"e\"".into())], body: b"x".to_vec() })
    }
}

#[async_trait]
impl Doctor for Same {
    async fn examine(&self, place: &Location, _: Option<Page>) -> Report {
        Report::new("demo", &place.to_string(), Vec::new())
    }
}

impl Clock for Same {
    fn now(&self) -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }
}

fn world(answers: Vec<(&str, Answer)>) -> World {
    World {
        store: Arc::new(Shelf(answers.into_iter().map(|(prefix, answer)| (prefix.to_owned(), answer)).collect())),
        requests: 8,
        credentials: Arc::new(Same),
        clipboard: Arc::new(Mutex::new(Same)),
        clock: Arc::new(Same),
        links: Arc::default(),
        doctor: Arc::new(Same),
        own_keys: Arc::new(NoKeys),
        inventories: Default::default(),
        ledger: Arc::new(NoLedger),
        issuer: Issuer::default(),
        stores: Arc::new(NoStores),
        memory: Arc::new(NoMemory),
        prober: Arc::new(Same),
        links_dir: "/nonexistent".into(),
    }
}

/// The built-in messages, told in UTC.
fn messages() -> Messages {
    Messages { text: Template::default_text(), html: Template::default_html(), zone: jiff::tz::TimeZone::UTC }
}

fn model() -> Model {
    let fixed = Fixed {
        keymap: Keymap::built_in(),
        facts_delay: None,
        page_size: 1000,
        most_bytes: usize::MAX,
        sort: SortBy::Name,
        zone: jiff::tz::TimeZone::UTC,
        messages: messages(),
        presets: Vec::new(),
    };
    Model::new(fixed, Store::default(), Browse::at(Location::parse("s3://b/").unwrap(), SortBy::Name))
}

/// A page of these names; those that end with a slash are prefixes.
fn page<'a>(names: impl IntoIterator<Item = &'a str>) -> Answer {
    let mut page = KeyPage::default();
    for name in names {
        let object = ListedObject { key: name, size: 1, modified: None, etag: "", storage_class: "" };
        match name.ends_with('/') {
            true => page.push_prefix(name).unwrap(),
            false => page.push_object(&object).unwrap(),
        }
    }
    Answer::Page(page)
}

/// The keyboard and the signals of one run.
struct Hands(mpsc::Sender<Incoming>);

impl Hands {
    async fn press(&self, keys: &str) {
        for key in keys.split(' ') {
            self.0.send(Incoming::Key(key.parse().unwrap())).await.unwrap();
        }
    }

    /// Waits until the loop has taken everything.
    async fn until_taken(&self) {
        while self.0.capacity() < self.0.max_capacity() {
            yield_now().await;
        }
    }
}

/// Runs the loop under the hands of `script` and returns how it ended, with the model and the record of its bytes.
async fn play<S: Future<Output = ()>>(
    world: World,
    record: &Record,
    script: impl FnOnce(Hands, Record) -> S,
) -> (Ending, Model) {
    let (sender, mut incoming) = mpsc::channel(2048);
    let mut model = model();
    let mut screen = Screen::new(record.clone(), model.mouse).unwrap();
    screen.take().unwrap();
    let theme = Theme::new(TimeZone::UTC);
    let running = event_loop::run(&mut model, &theme, world, person::at_the_screen().1, &mut screen, &mut incoming);
    // The hands outlive the script, as the keyboard does.
    let hands = Hands(sender.clone());
    let (ending, ()) = timeout(DEADLINE * 2, async { tokio::join!(running, script(hands, record.clone())) })
        .await
        .expect("the loop did not end");
    drop(sender);
    drop(screen);
    (ending.unwrap(), model)
}

fn count(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).filter(|window| *window == what).count()
}

#[tokio::test]
async fn an_idle_screen_costs_no_byte_and_nothing_wakes_it() {
    let (record, before) = (Record::default(), Cell::new(0));
    let seen = &before;
    let (ending, model) = play(world(vec![("", page(["one.txt"]))]), &record, |hands, record| async move {
        record.until_shown("one.txt").await;
        record.until(|record| record.screen(0).contains("all 1")).await;
        seen.set(record.len());
        // Each of them is a drawing in which nothing changed.
        for _ in 0..5 {
            hands.press("f11").await;
            hands.until_taken().await;
        }
        hands.press("q").await;
    })
    .await;
    assert_eq!(String::from_utf8_lossy(&record.after(before.get())), GIVE_BACK);
    assert_eq!(ending, Ending::Asked);
    let now = crate::model::moment::Moment { wall: Same.now(), uptime: Duration::from_secs(60) };
    assert_eq!(model.next_wake(now), None);
}

#[tokio::test]
async fn a_flood_of_keys_is_taken_in_with_few_drawings() {
    let record = Record::default();
    let rows: Vec<String> = (0..900).map(|n| format!("row-{n:04}")).collect();
    let rows = rows.iter().map(String::as_str);
    play(world(vec![("", page(rows))]), &record, |hands, record| async move {
        record.until_shown("row-0000").await;
        let before = record.look(|sent| sent.pieces);
        for _ in 0..500 {
            hands.0.try_send(Incoming::Key("j".parse().unwrap())).unwrap();
        }
        record.until_shown("row-0500").await;
        let frames = record.look(|sent| sent.pieces) - before;
        assert!(frames <= 4, "{frames} frames for 500 keys");
        hands.press("q").await;
    })
    .await;
}

#[tokio::test]
async fn a_terminal_that_takes_nothing_keeps_no_key_waiting_and_then_shows_the_last_picture_at_once() {
    let record = Record::default();
    let rows: Vec<String> = (0..900).map(|n| format!("row-{n:04}")).collect();
    let rows = rows.iter().map(String::as_str);
    play(world(vec![("", page(rows))]), &record, |hands, record| async move {
        record.until_shown("row-0000").await;
        record.look(|sent| sent.stuck = true);
        let before = record.look(|sent| sent.pieces);
        for _ in 0..10 {
            hands.press(&["j"; 50].join(" ")).await;
            hands.until_taken().await;
        }
        assert_eq!(record.look(|sent| sent.pieces), before);
        record.look(|sent| sent.stuck = false);
        record.until_shown("row-0500").await;
        let frames = record.look(|sent| sent.pieces) - before;
        // The one that was under way, and the last.
        assert!(frames <= 3, "{frames} frames");
        hands.press("q").await;
    })
    .await;
}

#[tokio::test]
async fn a_newer_question_ends_the_older_one_and_its_answer_is_shown() {
    let fate: Arc<Mutex<Fate>> = Arc::default();
    let answers = vec![
        ("", page(["fast/", "slow/"])),
        ("fast/", page(["fast/found.txt"])),
        ("slow/", Answer::Never(Arc::clone(&fate))),
    ];
    let record = Record::default();
    play(world(answers), &record, |hands, record| async move {
        record.until_shown("slow/").await;
        hands.press("j l").await;
        record.until(|_| *fate.lock().unwrap() == Fate::Asked).await;
        hands.press("h k l").await;
        record.until_shown("found.txt").await;
        record.until(|_| *fate.lock().unwrap() == Fate::GivenUp).await;
        hands.press("q").await;
    })
    .await;
}

/// One other store, `tools`.
struct OneOther(World);

#[async_trait]
impl Stores for OneOther {
    async fn all(&self) -> KnownStores {
        let [open, other] = ["", "tools"].map(|name| KnownStore { id: id_of(name), ..KnownStore::default() });
        KnownStores { stores: vec![open, other], unread: None }
    }

    async fn open(&self, store: &StoreId) -> Result<Opened, Failure> {
        assert_eq!(*store, id_of("tools"));
        let endpoint = Endpoint::parse("https://s3.example.com").unwrap();
        let (store, region) = ("tools".into(), String::new());
        let label = StoreLabel { store, provider: String::new(), endpoint, region, insecure: None };
        let world = World { stores: Arc::new(Self(self.0.clone())), ..self.0.clone() };
        Ok(Opened { world, label })
    }
}

fn id_of(name: &str) -> StoreId {
    StoreId { name: name.into(), ..StoreId::default() }
}

#[tokio::test]
async fn going_on_in_another_store_stops_what_runs_and_coming_back_asks_the_old_one_again() {
    let fate: Arc<Mutex<Fate>> = Arc::default();
    let issuer = Issuer { store: "tools".into(), ..Issuer::default() };
    let other = World { issuer, ..world(vec![]) };
    let old = World { stores: Arc::new(OneOther(other)), ..world(vec![("", Answer::Never(Arc::clone(&fate)))]) };
    let record = Record::default();
    play(old, &record, |hands, record| async move {
        record.until(|_| *fate.lock().unwrap() == Fate::Asked).await;
        hands.press("P").await;
        record.until_shown("2 in all").await;
        hands.press("G enter").await;
        // The other one has its own answer to a question.
        record.until_shown("It is a stand-in").await;
        record.until(|_| *fate.lock().unwrap() == Fate::GivenUp).await;
        hands.press("P").await;
        record.until_shown("2 in all").await;
        hands.press("g enter").await;
        record.until(|_| *fate.lock().unwrap() == Fate::Asked).await;
        hands.press("q").await;
    })
    .await;
}

#[tokio::test]
async fn a_task_that_panics_is_an_error_on_a_living_screen() {
    let record = Record::default();
    let (ending, _) = play(world(vec![("", Answer::Panic)]), &record, |hands, record| async move {
        record.until_shown("please report it").await;
        assert!(!record.screen(0).contains("secret"));
        hands.press("?").await;
        record.until_shown("Move down").await;
        hands.press("esc q").await;
    })
    .await;
    assert_eq!(ending, Ending::Asked);
}

#[tokio::test]
async fn what_carries_a_link_to_the_terminal_goes_between_two_frames_and_only_once() {
    let record = Record::default();
    play(world(vec![("", page(["one.txt"]))]), &record, |hands, record| async move {
        record.until_shown("one.txt").await;
        hands.press("s").await;
        record.until_shown("does not confirm").await;
        hands.0.send(Incoming::End(Ending::Asked)).await.unwrap();
    })
    .await;
    let bytes = record.after(0);
    assert_eq!(count(&bytes, SEQUENCE.as_bytes()), 1);
    let at = bytes.windows(SEQUENCE.len()).position(|window| window == SEQUENCE.as_bytes()).unwrap();
    let before = &bytes[..at];
    assert_eq!(count(before, b"\x1b[?2026h"), count(before, b"\x1b[?2026l"), "a frame is open");
}

#[tokio::test]
async fn stopping_gives_the_terminal_back_and_going_on_draws_everything_again() {
    let record = Record::default();
    record.look(|sent| sent.shell_above = true);
    play(world(vec![("", page(["one.txt"]))]), &record, |hands, record| async move {
        record.until_shown("one.txt").await;
        hands.press("ctrl-z").await;
        record.until(|record| record.look(|sent| sent.stops == 1)).await;
        assert!(!record.look(|sent| sent.raw));
        assert!(record.after(0).ends_with(GIVE_BACK.as_bytes()));
        let stopped = record.len();
        hands.press("q").await;
        hands.0.send(Incoming::Continued).await.unwrap();
        record.until(|record| record.screen(stopped).contains("one.txt")).await;
        assert!(record.look(|sent| sent.raw), "what was typed meanwhile was the shell's");
        hands.press("q").await;
    })
    .await;
    assert!(record.after(0).ends_with(GIVE_BACK.as_bytes()));
    assert!(!record.look(|sent| sent.raw));
}

#[tokio::test]
async fn without_a_shell_to_return_to_nothing_stops() {
    let record = Record::default();
    let (ending, _) = play(world(vec![("", page(["one.txt"]))]), &record, |hands, record| async move {
        record.until_shown("one.txt").await;
        hands.press("ctrl-z q").await;
    })
    .await;
    assert_eq!(ending, Ending::Asked);
    assert_eq!(record.look(|sent| sent.stops), 0);
}

#[tokio::test]
async fn another_size_or_a_lost_screen_is_drawn_anew() {
    let record = Record::default();
    play(world(vec![("", page(["one.txt"]))]), &record, |hands, record| async move {
        record.until_shown("one.txt").await;
        let before = record.len();
        hands.0.send(Incoming::Resized).await.unwrap();
        record.until(|record| record.screen(before).contains("one.txt")).await;
        hands.press("q").await;
    })
    .await;
}

#[tokio::test]
async fn a_signal_ends_with_the_code_that_shells_expect() {
    let record = Record::default();
    let (ending, _) = play(world(vec![("", page(vec![]))]), &record, |hands, _| async move {
        hands.0.send(Incoming::End(Ending::Signal(15))).await.unwrap();
    })
    .await;
    assert_eq!(ending.exit_code(), 143);
    assert!(!record.look(|sent| sent.raw));
}

#[tokio::test]
async fn a_terminal_that_is_gone_is_a_quiet_end() {
    let record = Record::default();
    let (ending, _) = play(world(vec![("", page(["one.txt"]))]), &record, |hands, record| async move {
        record.until_shown("one.txt").await;
        record.look(|sent| sent.gone = true);
        hands.press("?").await;
    })
    .await;
    assert_eq!(ending, Ending::HungUp);
}

//! A user at the keyboard: keys go in, the screen comes out, and in between runs what the program runs.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use daypass::command::key::Key;
use daypass::command::keymap::Keymap;
use daypass::doctor::cors::Page;
use daypass::doctor::{Check, Finding, Paste, Report};
use daypass::model::browse::Browse;
use daypass::model::listing::SortBy;
use daypass::model::moment::Moment;
use daypass::model::new_store::{NewStoreForm, Occasion};
use daypass::model::store::Store;
use daypass::model::{Fixed, Layer, Messages, Model};
use daypass::presign::credentials::SigningCredentials;
use daypass::presign::ledger::{Issuer, Record};
use daypass::presign::link::SignedUrl;
use daypass::presign::message::Template;
use daypass::presign::probe::{ProbeAnswer, ProbeRequest};
use daypass::runtime::perform::{Outcome, perform};
use daypass::s3::address::{Endpoint, Insecure};
use daypass::s3::failure::{Failure, FailureKind};
use daypass::s3::location::Location;
use daypass::s3::memory::{Memories, Remembered};
use daypass::s3::name::BucketName;
use daypass::s3::new_store::{NewStore, Tried};
use daypass::s3::store::{KnownStore, KnownStores, StoreId};
use daypass::update::effect::Effect;
use daypass::update::msg::{Mouse, MouseAct, Msg};
use daypass::update::{start, update};
use daypass::view::theme::Theme;
use daypass::world::open::{Opened, StoreLabel};
use daypass::world::{
    Clipboard, Clock, Copy, Credentials, Doctor, Ledger, Memory, NoKeys, Prober, Records, Stores, Unread, World,
};
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use secrecy::SecretString;
use unicode_width::UnicodeWidthStr;

use crate::shelf::{NOW, Shelf};

/// A doctor who finds something of every severity.
struct Practice;

#[async_trait]
impl Doctor for Practice {
    async fn examine(&self, place: &Location, page: Option<Page>) -> Report {
        let mut findings = vec![
            Finding::fault(
                Check::Settings,
                "/home/ada/.config/daypass/config.toml",
                "it holds a secret, and others on this machine can read it (mode 0644)",
                "chmod 600 /home/ada/.config/daypass/config.toml",
            ),
            Finding::caution(Check::Clock, "this machine's clock", "it is 2 min behind the store's", "set the clock"),
            Finding::note(Check::Versions, place.to_string(), "this store does not know the question", ""),
            Finding::ok(Check::Get, place.to_string(), "it may read it, and so may its GET links"),
        ];
        findings.extend(page.map(|page| {
            let evidence = format!("no rule lets it {}", page.method);
            let rule = Paste { what: "XML, for PutBucketCors".to_owned(), text: "<CORSConfiguration/>".to_owned() };
            Finding { paste: vec![rule], ..Finding::fault(Check::CorsRules, page.origin, evidence, "put this rule") }
        }));
        Report::new("demo", &place.to_string(), findings)
    }
}

/// One run of daypass without a terminal and without a network.
pub(crate) struct Session {
    pub(crate) model: Model,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) desk: Arc<Mutex<Desk>>,
    pub(crate) prober: Arc<Bystander>,
    pub(crate) book: Arc<Book>,
    pub(crate) memory: Arc<Mind>,
    pub(crate) street: Arc<Street>,
    world: World,
    /// The stores that were opened so far, as the lanes keep them.
    worlds: HashMap<StoreId, World>,
    theme: Theme,
    screen: Terminal<TestBackend>,
    seen: Buffer,
    clock: Arc<Watch>,
    uptime: Duration,
    waiting: VecDeque<Effect>,
    done: Vec<Effect>,
    held: bool,
    runtime: tokio::runtime::Runtime,
    links: tempfile::TempDir,
}

/// The credentials, and how often they were asked for.
pub(crate) struct Keys {
    pub(crate) expires: Mutex<Option<Timestamp>>,
    pub(crate) asked: Mutex<usize>,
}

/// The clipboard: what was copied, and what it answers.
pub(crate) struct Desk {
    pub(crate) copied: Vec<String>,
    pub(crate) answer: Copy,
}

/// A ledger in memory: its lines, and why it cannot be read at all.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) lines: Mutex<Vec<Result<Record, Unread>>>,
    pub(crate) refusal: Mutex<Option<Failure>>,
}

impl Book {
    /// What was noted so far.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.lines.lock().unwrap().iter().filter_map(|line| line.as_ref().ok().cloned()).collect()
    }

    /// From now on nothing can be noted or read.
    pub(crate) fn break_down(&self) {
        let failure = Failure::new(FailureKind::Other, "note the link in the ledger", "the disk is full", "");
        *self.refusal.lock().unwrap() = Some(failure);
    }
}

/// What is remembered of stores, without a file.
#[derive(Default)]
pub(crate) struct Mind(pub(crate) Mutex<Memories>);

/// The other stores: what each holds, or why it cannot be opened.
#[derive(Default)]
pub(crate) struct Street {
    known: Mutex<Vec<(KnownStore, Result<World, Failure>)>>,
    /// The store that was tried last, and that was added last.
    pub(crate) tried: Mutex<Option<NewStore>>,
    pub(crate) added: Mutex<Option<NewStore>>,
    /// Why a store that is tried does not take its key.
    pub(crate) refusal: Mutex<Option<Failure>>,
    /// The place where a store that is tried has to open, because its key may list no other.
    pub(crate) only: Mutex<Option<Location>>,
    /// What an added store holds.
    lot: Mutex<Option<World>>,
}

/// Who asks whether links work: what was asked, and what is answered.
#[derive(Default)]
pub(crate) struct Bystander {
    pub(crate) asked: Mutex<Vec<(SignedUrl, ProbeRequest)>>,
    pub(crate) answer: Mutex<ProbeAnswer>,
}

struct Watch(Mutex<Timestamp>);

/// The built-in messages, told in UTC.
fn messages() -> Messages {
    Messages { text: Template::default_text(), html: Template::default_html(), zone: jiff::tz::TimeZone::UTC }
}

impl Session {
    /// Opens `location` in the store, at 80×24, and waits until everything is there.
    pub(crate) fn open(shelf: Arc<Shelf>, location: &str) -> Self {
        let mut session = Self::slow(shelf, location);
        session.release();
        // It was asked once when they end.
        *session.keys.asked.lock().unwrap() = 0;
        session
    }

    /// The same, but the store has not answered yet.
    pub(crate) fn slow(shelf: Arc<Shelf>, location: &str) -> Self {
        Self::begin(shelf, location, None)
    }

    /// daypass as it starts where no store is known; whatever is asked nevertheless is asked of `shelf`.
    pub(crate) fn first_run(shelf: Arc<Shelf>) -> Self {
        let form = NewStoreForm::new(Occasion::FirstRun, Vec::new());
        let mut session = Self::begin(shelf, "s3://", Some(Layer::NewStore(Box::new(form))));
        session.release();
        session
    }

    fn begin(shelf: Arc<Shelf>, location: &str, in_front: Option<Layer>) -> Self {
        let keys = Arc::new(Keys { expires: Mutex::new(None), asked: Mutex::new(0) });
        let desk = Arc::new(Mutex::new(Desk { copied: Vec::new(), answer: Copy::Native }));
        let prober = Arc::new(Bystander::default());
        let book = Arc::new(Book::default());
        let memory = Arc::new(Mind::default());
        let street = Arc::new(Street::default());
        let clock = Arc::new(Watch(Mutex::new(NOW.parse().unwrap())));
        let links = tempfile::tempdir().unwrap();
        let world = World {
            store: shelf.clone(),
            requests: 8,
            credentials: keys.clone(),
            clipboard: desk.clone(),
            clock: clock.clone(),
            links: Arc::default(),
            doctor: Arc::new(Practice),
            own_keys: Arc::new(NoKeys),
            inventories: Default::default(),
            ledger: book.clone(),
            issuer: Issuer { who: "ada".into(), store: "demo".into(), provider: "b2".into() },
            stores: street.clone(),
            memory: memory.clone(),
            prober: prober.clone(),
            links_dir: links.path().join("links"),
        };
        let store = Store {
            id: StoreId { name: "demo".into(), ..StoreId::default() },
            issuer: world.issuer.clone(),
            provider: "b2".into(),
            region: "us-west-004".into(),
            ..Store::default()
        };
        let fixed = Fixed {
            keymap: Keymap::built_in(),
            facts_delay: Some(Duration::from_millis(150)),
            page_size: 100,
            most_bytes: usize::MAX,
            sort: SortBy::Name,
            zone: jiff::tz::TimeZone::UTC,
            messages: messages(),
            presets: Vec::new(),
        };
        let mut session = Self {
            model: Model::new(fixed, store, Browse::at(Location::parse(location).unwrap(), SortBy::Name)),
            shelf,
            keys,
            desk,
            prober,
            book,
            memory,
            street,
            world,
            worlds: HashMap::new(),
            theme: Theme::new(jiff::tz::TimeZone::UTC),
            screen: Terminal::new(TestBackend::new(80, 24)).unwrap(),
            seen: Buffer::default(),
            clock,
            uptime: Duration::ZERO,
            waiting: VecDeque::new(),
            done: Vec::new(),
            held: true,
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            links,
        };
        session.model.layers.extend(in_front);
        let now = session.now();
        let first = start(&mut session.model, now);
        session.take(first);
        session.draw();
        session
    }

    /// Another store is there from now on, which holds what is on `shelf`.
    pub(crate) fn build(&self, name: &str, shelf: &Arc<Shelf>) {
        let issuer = Issuer { store: name.into(), provider: "minio".into(), ..self.world.issuer.clone() };
        let world = World { store: shelf.clone(), issuer, ..self.world.clone() };
        self.street.known.lock().unwrap().push((known(name), Ok(world)));
    }

    /// What a store will hold that is added.
    pub(crate) fn prepare(&self, shelf: &Arc<Shelf>) {
        *self.street.lot.lock().unwrap() = Some(World { store: shelf.clone(), ..self.world.clone() });
    }

    /// Another store is there from now on, the way to which is not secure.
    pub(crate) fn build_insecure(&self, name: &str, shelf: &Arc<Shelf>, insecure: Insecure) {
        self.build(name, shelf);
        let mut street = self.street.known.lock().unwrap();
        street.last_mut().expect("it was just built").0.insecure = Some(insecure);
    }

    /// Another store is there from now on, which cannot be opened.
    pub(crate) fn build_closed(&self, name: &str, failure: Failure) {
        let known = KnownStore { trouble: Some(failure.clone()), provider: String::new(), ..known(name) };
        self.street.known.lock().unwrap().push((known, Err(failure)));
    }

    /// Presses keys, named as in the settings and separated by spaces: `j j s`, `ctrl-d enter`.
    pub(crate) fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let key: Key = key.parse().unwrap_or_else(|error| panic!("{error}"));
            self.send(Msg::Key(key));
        }
    }

    /// Types a text, a character a key.
    pub(crate) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.send(Msg::Key(Key::char(c)));
        }
    }

    /// Clicks a cell.
    pub(crate) fn click(&mut self, x: u16, y: u16) {
        self.send(Msg::Mouse(Mouse { act: MouseAct::Click, x, y }));
    }

    /// Turns the wheel down over the list.
    pub(crate) fn wheel_down(&mut self) {
        self.send(Msg::Mouse(Mouse { act: MouseAct::WheelDown, x: 5, y: 5 }));
    }

    /// Hands in whatever may happen.
    pub(crate) fn send(&mut self, msg: Msg) {
        let now = self.now();
        let effects = update(&mut self.model, msg, now);
        self.take(effects);
        self.run();
        self.draw();
    }

    /// From now on the store does not answer.
    pub(crate) fn hold(&mut self) {
        self.held = true;
    }

    /// The store answers everything that was not aborted meanwhile.
    pub(crate) fn release(&mut self) {
        self.held = false;
        self.run();
        self.draw();
    }

    /// Lets time pass, waking the program whenever it asked for it.
    pub(crate) fn wait(&mut self, time: Duration) {
        let end = self.uptime + time;
        while let Some(at) = self.model.next_wake(self.now()).filter(|at| *at <= end) {
            self.pass(at.saturating_sub(self.uptime));
            self.send(Msg::Woke);
        }
        self.pass(end.saturating_sub(self.uptime));
        self.draw();
    }

    /// Rests on the row until its facts are there.
    pub(crate) fn rest(&mut self) {
        self.wait(Duration::from_millis(200));
    }

    /// Changes the size of the screen.
    pub(crate) fn resize(&mut self, width: u16, height: u16) {
        self.screen.backend_mut().resize(width, height);
        self.draw();
    }

    /// What a user sees, without trailing spaces.
    pub(crate) fn screen(&self) -> String {
        let width = usize::from(self.seen.area.width).max(1);
        let lines = self.seen.content().chunks(width).map(|cells| {
            let (mut line, mut covered) = (String::new(), 0);
            for cell in cells {
                // The cell behind a wide character is covered by it.
                if covered > 0 {
                    covered -= 1;
                    continue;
                }
                line.push_str(cell.symbol());
                covered = cell.symbol().width().saturating_sub(1);
            }
            line.trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    /// Whether the screen shows a text.
    pub(crate) fn shows(&self, text: &str) -> bool {
        self.screen().contains(text)
    }

    /// Every effect that was performed or handed to the runtime since the last call.
    pub(crate) fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.done)
    }

    /// The effects that wait for the store, or for being aborted.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Effect> {
        self.waiting.iter()
    }

    /// What is asked and not yet answered.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &Effect> {
        self.waiting.iter()
    }

    /// The settings say where the inventories of a bucket lie.
    pub(crate) fn know_inventories(&mut self, bucket: &str, place: &str) {
        let place = Location::parse(place).unwrap();
        self.world.inventories.insert(BucketName::parse(bucket).unwrap(), place);
    }

    /// The folder that links are written to.
    pub(crate) fn links_dir(&self) -> PathBuf {
        self.links.path().join("links")
    }

    /// The present moment of this run.
    pub(crate) fn now(&self) -> Moment {
        Moment { wall: *self.clock.0.lock().unwrap(), uptime: self.uptime }
    }

    fn pass(&mut self, time: Duration) {
        self.uptime += time;
        *self.clock.0.lock().unwrap() += SignedDuration::try_from(time).unwrap();
    }

    /// Queues effects the way the lanes do: a new question takes the place of the older one in its lane.
    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let lane = match &effect {
                Effect::Abort(lane) => Some(*lane),
                other => other.lane(),
            };
            self.waiting.retain(|waiting| lane.is_none() || waiting.lane() != lane);
            if !matches!(effect, Effect::Abort(_)) {
                self.waiting.push_back(effect);
            }
        }
    }

    fn run(&mut self) {
        while !self.held
            && let Some(effect) = self.waiting.pop_front()
        {
            self.done.push(effect.clone());
            if let Effect::EnterStore(id) = &effect {
                let entered = self.worlds.get(id).expect("a store is entered that was opened").clone();
                let left = std::mem::replace(&mut self.world, entered);
                self.worlds.insert(StoreId { name: left.issuer.store.clone(), ..StoreId::default() }, left);
            }
            let told = Mutex::new(Vec::new());
            let meanwhile = |msg| {
                told.lock().unwrap().push(msg);
                None
            };
            let outcome = self.runtime.block_on(perform(effect, &self.world, &meanwhile));
            let last = outcome.map(|outcome| match outcome {
                Outcome::Answer(msg) | Outcome::Send { then: msg, .. } => msg,
                Outcome::Opened { id, world, then } => {
                    self.worlds.insert(id, *world);
                    then
                }
            });
            for msg in told.into_inner().unwrap().into_iter().chain(last) {
                let now = self.now();
                let effects = update(&mut self.model, msg, now);
                self.take(effects);
            }
        }
    }

    /// Draws as the loop does: once more when the measures changed something.
    fn draw(&mut self) {
        for _ in 0..2 {
            let (model, theme, now) = (&self.model, &self.theme, self.now());
            let mut measured = model.viewport;
            let drawn = self.screen.draw(|frame| measured = daypass::view::draw(model, theme, now, frame));
            self.seen = drawn.unwrap().buffer.clone();
            if measured == self.model.viewport {
                return;
            }
            let effects = update(&mut self.model, Msg::Measured(measured), now);
            self.take(effects);
            self.run();
        }
    }
}

#[async_trait]
impl Credentials for Keys {
    async fn get(&self) -> Result<SigningCredentials, Failure> {
        *self.asked.lock().unwrap() += 1;
        Ok(SigningCredentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            session_token: None,
            expires: *self.expires.lock().unwrap(),
            source: "profile support".into(),
        })
    }
}

#[async_trait]
impl Prober for Bystander {
    async fn probe(&self, url: &SignedUrl, request: &ProbeRequest) -> Result<ProbeAnswer, Failure> {
        self.asked.lock().unwrap().push((url.clone(), request.clone()));
        Ok(self.answer.lock().unwrap().clone())
    }
}

impl Clipboard for Desk {
    fn copy(&mut self, text: &str) -> Copy {
        self.copied.push(text.to_owned());
        self.answer.clone()
    }
}

impl Ledger for Book {
    fn append(&self, records: &[Record]) -> Result<(), Failure> {
        if let Some(refusal) = self.refusal.lock().unwrap().clone() {
            return Err(refusal);
        }
        self.lines.lock().unwrap().extend(records.iter().cloned().map(Ok));
        Ok(())
    }

    fn latest(&self) -> Result<Vec<Record>, Failure> {
        Ok(self.records())
    }

    fn read(&self) -> Result<Records, Failure> {
        match self.refusal.lock().unwrap().clone() {
            Some(refusal) => Err(refusal),
            None => Ok(Box::new(self.lines.lock().unwrap().clone().into_iter())),
        }
    }
}

impl Memory for Mind {
    fn of(&self, store: &str) -> Result<Remembered, Failure> {
        Ok(self.0.lock().unwrap().of(store))
    }

    fn learn(&self, store: &str, news: &Remembered) -> Result<(), Failure> {
        self.0.lock().unwrap().learn(store, news);
        Ok(())
    }
}

fn known(name: &str) -> KnownStore {
    KnownStore {
        id: StoreId { name: name.into(), ..StoreId::default() },
        origin: "config.toml".into(),
        provider: "MinIO".into(),
        region: "us-east-1".into(),
        ..KnownStore::default()
    }
}

#[async_trait]
impl Stores for Street {
    async fn all(&self) -> KnownStores {
        let own = KnownStore { provider: "b2".into(), region: "us-west-004".into(), ..known("demo") };
        let others = self.known.lock().unwrap();
        KnownStores {
            stores: [own].into_iter().chain(others.iter().map(|(store, _)| store.clone())).collect(),
            unread: None,
        }
    }

    async fn open(&self, id: &StoreId) -> Result<Opened, Failure> {
        let stores = self.known.lock().unwrap();
        let (known, world) = stores.iter().find(|(known, _)| known.id == *id).expect("a store of the list is opened");
        let label = StoreLabel {
            store: known.id.name.clone(),
            provider: known.provider.clone(),
            endpoint: Endpoint::parse("https://minio.example.org").unwrap(),
            region: known.region.clone(),
            insecure: known.insecure,
        };
        Ok(Opened { world: world.clone()?, label })
    }

    async fn try_new(&self, store: &NewStore) -> Result<Tried, Failure> {
        *self.tried.lock().unwrap() = Some(store.clone());
        match self.refusal.lock().unwrap().take() {
            Some(refusal) => Err(refusal),
            None => {
                let start = self.only.lock().unwrap().clone();
                Ok(Tried { words: "It works: the key sees 1 bucket.".into(), start })
            }
        }
    }

    async fn add(&self, store: &NewStore) -> Result<StoreId, Failure> {
        *self.added.lock().unwrap() = Some(store.clone());
        let name = if store.name.is_empty() { store.free_name(|_| false) } else { store.name.clone() };
        let known = known(&name);
        let mut world = self.lot.lock().unwrap().clone().expect("what it holds was prepared");
        world.issuer.store = name;
        self.known.lock().unwrap().push((known.clone(), Ok(world)));
        Ok(known.id)
    }
}

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

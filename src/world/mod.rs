//! What lies outside the program, behind small traits: object store, credentials, the person, clipboard, clock, ledger, memory,
//! prober, doctor, own keys, the other stores.
//!
//! Nothing here knows a screen. Whoever holds a [`World`] can be given another one, which is how tests run the whole
//! program without a network.

pub mod blocking;
pub mod clipboard;
pub mod clock;
pub mod credentials;
pub mod demo;
pub mod doctor;
pub mod file;
pub mod inspect;
pub mod inventory;
pub mod ledger;
pub mod links;
pub mod listing;
pub mod memory;
pub mod open;
pub mod playlists;
pub mod private_file;
pub mod probe;
pub mod profiles;
mod program;
pub mod secret_command;
pub mod store;
pub mod usage;
pub mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use self::open::Opened;
use crate::doctor::Report;
use crate::doctor::cors::Page;
use crate::presign::credentials::{CodeAsk, OneTimeCode, SigningCredentials};
use crate::presign::inspect::KnownKey;
use crate::presign::ledger::line::LineError;
use crate::presign::ledger::{Issuer, Record};
use crate::presign::link::SignedUrl;
use crate::presign::probe::{ProbeAnswer, ProbeRequest};
use crate::s3::address::Address;
use crate::s3::facts::{ObjectFacts, Tag};
use crate::s3::failure::Failure;
use crate::s3::key_page::KeyPage;
use crate::s3::listing::{Buckets, KeysRequest, Versions, VersionsRequest};
use crate::s3::location::{Location, ObjectId, UploadId};
use crate::s3::memory::Remembered;
use crate::s3::name::BucketName;
use crate::s3::new_store::{NewStore, Tried};
use crate::s3::store::{KnownStores, StoreId};
use crate::s3::version_page::VersionPage;
use wire::RetryWatch;

/// Everything outside that one open store needs.
#[derive(Clone)]
pub struct World {
    /// The store that is browsed.
    pub store: Arc<dyn ObjectStore>,
    /// How many requests a listing of it has under way at most.
    pub requests: usize,
    /// Whose name requests and links are signed in.
    pub credentials: Arc<dyn Credentials>,
    /// Where copied text goes.
    pub clipboard: Arc<Mutex<dyn Clipboard>>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// How links are made.
    pub links: Arc<links::Links>,
    /// Where issued links are noted.
    pub ledger: Arc<dyn Ledger>,
    /// In whose name they are noted.
    pub issuer: Issuer,
    /// The stores that can be opened besides this one.
    pub stores: Arc<dyn Stores>,
    /// What is remembered of stores from one session to the next.
    pub memory: Arc<dyn Memory>,
    /// Who asks whether links work.
    pub prober: Arc<dyn Prober>,
    /// Who looks for what is wrong between this machine and the store.
    pub doctor: Arc<dyn Doctor>,
    /// Keys by which a link is recognised, besides that of the open store.
    pub own_keys: Arc<dyn OwnKeys>,
    /// Where the inventories of buckets lie.
    pub inventories: BTreeMap<BucketName, Location>,
    /// Where links are written to files; made when the first one is.
    pub links_dir: PathBuf,
}

/// The questions that daypass asks a store. Nothing here changes an object; [`Self::begin_upload`] alone leaves a trace.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// All buckets that the credentials may see.
    async fn buckets(&self) -> Result<Buckets, Failure>;

    /// One page of what lies below a prefix.
    async fn keys(&self, request: &KeysRequest) -> Result<KeyPage, Failure>;

    /// HEAD of an object or of one version.
    async fn head(&self, object: &ObjectId) -> Result<ObjectFacts, Failure>;

    /// The tags of an object or of one version, in the order of their names.
    async fn tags(&self, object: &ObjectId) -> Result<Vec<Tag>, Failure>;

    /// The versions of the object's key, newest first; `object.version` is not looked at.
    async fn versions(&self, object: &ObjectId) -> Result<Versions, Failure>;

    /// One page of the versions of all keys below a prefix.
    async fn version_page(&self, request: &VersionsRequest) -> Result<VersionPage, Failure>;

    /// Up to `most` bytes of an object from byte `from` on; fewer only at its end, none behind it. For objects that are too
    /// large to be held as a whole.
    async fn read_part(&self, object: &ObjectId, from: u64, most: u64) -> Result<Bytes, Failure>;

    /// The bytes of an object or of one version; larger ones than `most` bytes are a failure.
    async fn read(&self, object: &ObjectId, most: u64) -> Result<Bytes, Failure>;

    /// Begins a multipart upload to `object`, which then waits for its parts. The object will have these headers, such as
    /// `content-type`. Refused unless the store's settings allow writing. An attempt whose answer is lost may leave a further
    /// upload behind, without parts.
    async fn begin_upload(&self, object: &ObjectId, headers: &[(String, String)]) -> Result<UploadId, Failure>;

    /// How often the store has said until now that it is too busy, whether or not a later attempt had its answer.
    fn busy_answers(&self) -> u64 {
        0
    }

    /// Hears of requests that are tried again, as that changes.
    fn retries(&self) -> RetryWatch {
        RetryWatch::of_nothing()
    }

    /// Finds out where `bucket` is, where it may be in another region than its store and nothing told of that yet. Takes some
    /// seconds at most; what fails leaves it as it is.
    async fn locate(&self, _bucket: &BucketName) {}

    /// Where requests to `bucket` go, with what earlier answers taught about its region. Asks nobody.
    fn address(&self, bucket: &BucketName) -> Address;
}

/// Where the keys come from that sign requests and links.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The credentials that are good now; may ask an outside source, and remembers its answer to its end. Shortly before, the
    /// source is asked anew, and nobody waits for that.
    async fn get(&self) -> Result<SigningCredentials, Failure>;

    /// Whether there are none, on purpose: requests go out without a name, and no link can be signed.
    fn anonymous(&self) -> bool {
        false
    }

    /// Forgets the keys of this id, if they are remembered, because a store no longer takes them: the next [`Self::get`] asks
    /// the source anew.
    async fn forget(&self, _access_key_id: &str) {}
}

/// Whoever sits before daypass: asked for what no file holds, and told what no request waits for.
#[async_trait]
pub trait Person: Send + Sync {
    /// The code that a device of theirs shows now. It waits for them as long as it takes.
    async fn code(&self, ask: &CodeAsk) -> Result<OneTimeCode, Uncoded>;

    /// Tells what failed beside the work.
    fn tell(&self, failure: Failure);

    /// Hears what is waited for before anything can be asked, such as a program that has to be unlocked; `None` once it is over.
    fn wait(&self, _on: Option<String>) {}

    /// Whether a program that daypass runs may ask them at the terminal itself.
    fn terminal(&self) -> Terminal;
}

/// Something is waited for, as long as this lives.
struct Waiting<'a>(&'a dyn Person);

impl<'a> Waiting<'a> {
    fn on(what: String, person: &'a dyn Person) -> Self {
        person.wait(Some(what));
        Self(person)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.wait(None);
    }
}

/// Whose the terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// Whoever asks there: no screen is drawn on it.
    Free,
    /// The screen's, which no other program may draw on, nor take keys from.
    Screen,
}

/// Why there is no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uncoded {
    /// They do not give it.
    Refused,
    /// Nobody can be asked: why not, as a phrase.
    Nobody(String),
}

/// Nobody sits there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

#[async_trait]
impl Person for Nobody {
    async fn code(&self, _: &CodeAsk) -> Result<OneTimeCode, Uncoded> {
        Err(Uncoded::Nobody("nobody is there to ask".to_owned()))
    }

    fn tell(&self, _: Failure) {}

    fn terminal(&self) -> Terminal {
        Terminal::Screen
    }
}

/// Sends what may be sent to find out whether a link works.
#[async_trait]
pub trait Prober: Send + Sync {
    /// Asks one URL, byte for byte as it is, without credentials, and does not go where an answer sends its callers on.
    async fn probe(&self, url: &SignedUrl, request: &ProbeRequest) -> Result<ProbeAnswer, Failure>;
}

/// Looks for what is wrong between this machine and its store.
#[async_trait]
pub trait Doctor: Send + Sync {
    /// Looks at everything that has to do with `place`, and with a web page that wants to call it. Asks the store, and changes
    /// nothing in it.
    async fn examine(&self, place: &Location, page: Option<Page>) -> Report;
}

/// The user's own keys on this machine, of other stores and profiles than the open one.
#[async_trait]
pub trait OwnKeys: Send + Sync {
    /// All that are at hand without asking anybody over the network.
    async fn all(&self) -> Vec<KnownKey>;
}

/// The stores of this user.
#[async_trait]
pub trait Stores: Send + Sync {
    /// All that can be opened, as far as that is known without asking anybody over the network.
    async fn all(&self) -> KnownStores;

    /// Opens one of them, with all that belongs to it. Asks nobody: the first request finds out the rest.
    async fn open(&self, store: &StoreId) -> Result<Opened, Failure>;

    /// Asks a store that is about to be added for as little as shows that its key works.
    async fn try_new(&self, _store: &NewStore) -> Result<Tried, Failure> {
        Err(open::no_settings())
    }

    /// Writes a store into the settings, for their owner alone, and says what it is called; from then on it can be opened.
    async fn add(&self, _store: &NewStore) -> Result<StoreId, Failure> {
        Err(open::no_settings())
    }
}

/// No stores but the open one.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStores;

#[async_trait]
impl Stores for NoStores {
    async fn all(&self) -> KnownStores {
        KnownStores::default()
    }

    async fn open(&self, store: &StoreId) -> Result<Opened, Failure> {
        Err(open::unknown(store))
    }
}

/// No keys of one's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

#[async_trait]
impl OwnKeys for NoKeys {
    async fn all(&self) -> Vec<KnownKey> {
        Vec::new()
    }
}

/// A place for copied text.
pub trait Clipboard: Send {
    /// Tries to copy `text` and says how far that got.
    fn copy(&mut self, text: &str) -> Copy;
}

/// How far a copy got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copy {
    /// The desktop's clipboard took it.
    Native,
    /// tmux took it into its buffer and passed it on to the terminal outside, which does not confirm.
    Tmux,
    /// These bytes carry it to the terminal, which does not confirm; the screen's own writer has to send them.
    Terminal {
        /// An OSC 52 sequence, wrapped for a multiplexer where there is one.
        sequence: String,
        /// What the sequence is wrapped for.
        through: Multiplexer,
    },
    /// Nothing was copied: why, and what to do instead.
    NotCopied(String),
}

/// The program between daypass and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiplexer {
    /// Nothing in between.
    None,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

/// Where issued links are noted. It may wait for the disk, so a task calls it that may wait, too.
#[expect(clippy::result_large_err, reason = "as large as in every answer of the store, and as rare")]
pub trait Ledger: Send + Sync {
    /// Adds records, all of them or none.
    fn append(&self, records: &[Record]) -> Result<(), Failure>;

    /// What was noted last, as far as that is at hand: some dozen records or more, the oldest first. What is no record is
    /// passed over.
    fn latest(&self) -> Result<Vec<Record>, Failure>;

    /// Everything that was noted until now, the oldest first.
    fn read(&self) -> Result<Records, Failure>;
}

/// What is remembered of stores from one session to the next. It may wait for the disk, so a task calls it that may wait, too.
#[expect(clippy::result_large_err, reason = "as large as in every answer of the store, and as rare")]
pub trait Memory: Send + Sync {
    /// What is remembered of the store of this name.
    fn of(&self, store: &str) -> Result<Remembered, Failure>;

    /// Adds what is new of it.
    fn learn(&self, store: &str, news: &Remembered) -> Result<(), Failure>;
}

/// The lines of a ledger, one at a time.
pub type Records = Box<dyn Iterator<Item = Result<Record, Unread>> + Send>;

/// What of a ledger was not read. Reading goes on behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// A line that is not a record: torn by a kill, foreign, or of a later daypass.
    Line(LineError),
    /// The rest of one file.
    File(Failure),
}

/// The time of day.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// How far the machine's clock is ahead of [`Self::now`].
    fn skew(&self) -> SignedDuration {
        SignedDuration::ZERO
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

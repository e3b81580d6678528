//! The ledger of issued links: what is noted about each, as one line of JSON, and what follows from many. Where the lines
//! are kept is the world's business.
//!
//! A line never holds the URL's query, signature or token, nor the value of a header. Its fields keep their names:
//!
//! | field | what it says |
//! |---|---|
//! | `v` | the version of these fields: [`VERSION`]. A later version adds fields, which are passed over |
//! | `at` | when the link was handed on (RFC 3339, UTC) |
//! | `who` | the user of the operating system |
//! | `store`, `provider` | what the user calls the store, and the id of the preset that it follows |
//! | `method`, `bucket`, `key`, `version` | what the link may do, and to what; no `version` where none is pinned |
//! | `ends_at` | when the link stops working by itself (RFC 3339, UTC) |
//! | `limited_by` | what sets that end: `asked`, `ceiling` or `credentials` |
//! | `signed_headers` | the names of the headers that the link binds, in lower case |
//! | `access_key_last4` | the end of the id of the access key that signed |
//! | `temporary` | whether those credentials were temporary |
//! | `host` | host and port that the link goes to |
//! | `destination` | where the link went: a word of [`Destination`] |
//! | `note` | what the user wrote down about it, where they did |
//! | `batch` | what the links of one request have in common, where there were several |
//! | `url_sha256` | the first 16 hex digits of the URL's SHA-256 |
//!
//! A link that goes to a second place, copied and then written to a file, gets a second line with the same `url_sha256`.
//! So a line is written once and never changed, and whoever counts links counts different URLs: [`fold`], [`by_key`].

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::expiry::Expiry;
use super::link::{LimitedBy, Link};
use super::policy::UploadForm;
use super::request::Method;
use crate::s3::location::{ObjectId, VersionId};
use crate::s3::name::{BucketName, Key};
use crate::s3::text::visible;

/// The version of the fields that is written.
pub const VERSION: u32 = 1;

/// How much of an access key id is kept: enough to tell one's own keys apart.
const KEY_END: usize = 4;

/// Most lines are no longer, in bytes.
const USUAL_LINE: usize = 512;

/// The most that passes between signing a link and handing it on, in seconds.
const HANDING_SECONDS: u64 = 5;

/// One link on its way to one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it was handed on.
    pub at: Timestamp,
    /// By whom, and through which store.
    pub issuer: Issuer,
    /// What it may do.
    pub method: Method,
    /// To which object or version.
    pub object: ObjectId,
    /// When it stops working by itself.
    pub ends_at: Timestamp,
    /// What sets that end.
    pub limited_by: LimitedBy,
    /// The names of the headers that it binds, in lower case and alphabetical order. Never their values.
    pub signed_headers: Vec<String>,
    /// The last four characters of the access key id.
    pub access_key_last4: String,
    /// Whether the credentials were temporary.
    pub temporary: bool,
    /// Host and port that it goes to.
    pub host: String,
    /// Where it went.
    pub destination: Destination,
    /// What the user wrote down about it.
    pub note: Option<String>,
    /// What the links of one request have in common.
    pub batch: Option<String>,
    /// Names the URL: [`super::link::SignedUrl::sha256_prefix`].
    pub url_sha256: String,
}

/// Who issues links, and through which store: the same for all links of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issuer {
    /// The user of the operating system.
    pub who: String,
    /// What the user calls the store.
    pub store: String,
    /// The id of the preset that the store follows: `b2`.
    pub provider: String,
}

/// How one link was handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handing {
    /// When.
    pub at: Timestamp,
    /// Where to.
    pub destination: Destination,
    /// What the user wrote down about it.
    pub note: Option<String>,
    /// What the links of one request have in common.
    pub batch: Option<String>,
}

/// Where a link went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// The desktop's clipboard.
    Clipboard,
    /// The terminal, which was asked to copy it.
    Terminal,
    /// The buffer of tmux.
    Tmux,
    /// A file that only the user can read.
    File,
    /// Standard output.
    Stdout,
    /// A QR code on the screen.
    Qr,
    /// The screen, to be copied by hand.
    Screen,
    /// A page or script that was written around it.
    Script,
}

impl Destination {
    /// Every destination.
    pub const ALL: [Self; 8] =
        [Self::Clipboard, Self::Terminal, Self::Tmux, Self::File, Self::Stdout, Self::Qr, Self::Screen, Self::Script];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clipboard => "clipboard",
            Self::Terminal => "terminal",
            Self::Tmux => "tmux",
            Self::File => "file",
            Self::Stdout => "stdout",
            Self::Qr => "qr",
            Self::Screen => "screen",
            Self::Script => "script",
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Why a line is not a record. What the line says is not repeated: nobody knows what it is.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LineError {
    /// Not JSON, not UTF-8, cut short, or without a field that every record has.
    #[error("not a record")]
    NotARecord,
    /// A field holds what this version cannot understand.
    #[error("`{0}` holds something that this daypass does not know")]
    Unknown(&'static str),
    /// Longer than any record.
    #[error("longer than any record")]
    TooLong,
}

impl Record {
    /// What there is to note about `link`, which was handed on.
    pub fn of(link: &Link, issuer: Issuer, handing: Handing) -> Self {
        let headers = link.request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
        let mut signed_headers: Vec<String> = headers.chain(["host".to_owned()]).collect();
        signed_headers.sort();
        Self {
            at: handing.at,
            issuer,
            method: link.request.method,
            object: link.request.object.clone(),
            ends_at: link.ends_at,
            limited_by: link.limited_by,
            signed_headers,
            access_key_last4: end_of_key(&link.access_key_id),
            temporary: link.url.is_temporary(),
            host: link.url.authority().to_owned(),
            destination: handing.destination,
            note: handing.note,
            batch: handing.batch,
            url_sha256: link.url.sha256_prefix(),
        }
    }

    /// What there is to note about an upload form, which was handed on. Of its fields the names are noted, as a link's
    /// headers are.
    pub fn of_form(form: &UploadForm, issuer: Issuer, handing: Handing) -> Self {
        let url = form.as_url();
        let fields: BTreeSet<String> = form.request.fields.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        Self {
            at: handing.at,
            issuer,
            method: Method::Post,
            object: ObjectId::current(form.request.bucket.clone(), form.key.clone()),
            ends_at: form.ends_at,
            limited_by: form.limited_by,
            signed_headers: fields.into_iter().collect(),
            access_key_last4: end_of_key(&form.access_key_id),
            temporary: url.is_temporary(),
            host: url.authority().to_owned(),
            destination: handing.destination,
            note: handing.note,
            batch: handing.batch,
            url_sha256: url.sha256_prefix(),
        }
    }

    /// The record as one line of JSON, without the line's end. Safe to print: whatever a terminal would obey is escaped.
    pub fn line(&self) -> String {
        let mut line = Vec::with_capacity(USUAL_LINE);
        // Nothing in a row can fail to become JSON: its keys are names, its values texts and numbers.
        let written = serde_json::to_writer(&mut line, &Row::from(self)).map(|()| String::from_utf8(line));
        escaped(written.map(Result::unwrap_or_default).unwrap_or_default())
    }

    /// Reads a line, with or without its end.
    pub fn parse_line(line: &[u8]) -> Result<Self, LineError> {
        let row: Row = serde_json::from_slice(line).map_err(|_| LineError::NotARecord)?;
        row.try_into()
    }

    /// Whether the link still works at `now`, as far as the ledger can know.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends_at
    }

    /// How long it was to live. `None` where something else cut it short: then nobody knows any more.
    pub fn lifetime(&self) -> Option<Expiry> {
        match self.limited_by {
            LimitedBy::Asked => {}
            LimitedBy::Ceiling | LimitedBy::Credentials => return None,
        }
        let seconds = u64::try_from(self.ends_at.as_second().saturating_sub(self.at.as_second())).ok()?;
        // It was signed a little before it was noted, and most lifetimes are whole minutes.
        let minutes = seconds.next_multiple_of(60);
        Expiry::from_seconds(if minutes - seconds <= HANDING_SECONDS { minutes } else { seconds }).ok()
    }

    /// Whether `text` stands anywhere in it, upper and lower case being the same.
    pub fn contains(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let Issuer { who, store, provider } = &self.issuer;
        let uri = self.object.to_string();
        let version = self.object.version.as_ref().map(|version| version.0.as_str());
        [who, store, provider, &uri, &self.host, &self.access_key_last4, &self.url_sha256]
            .into_iter()
            .map(String::as_str)
            .chain([self.method.as_str(), self.destination.word()])
            .chain([version, self.note.as_deref(), self.batch.as_deref()].into_iter().flatten())
            .any(|field| field.to_lowercase().contains(&text))
    }

    /// What would end the link before its time.
    pub fn early_ends(&self) -> Vec<EarlyEnd> {
        let object = match (self.method, &self.object.version) {
            (Method::Get | Method::Head, None) => Some(EarlyEnd::Object(self.object.clone())),
            (Method::Get | Method::Head, Some(version)) => Some(EarlyEnd::Version(version.clone())),
            // They need no object to be there.
            (Method::Put | Method::Delete | Method::Post, _) => None,
        };
        let last4 = self.access_key_last4.clone();
        let key = if self.temporary { EarlyEnd::Session { last4 } } else { EarlyEnd::Key { last4 } };
        let rest = [key, EarlyEnd::Right(self.method), EarlyEnd::Policy(self.object.bucket.clone())];
        object.into_iter().chain(rest).collect()
    }

    /// What counts as one act of issuing: a batch, or else a link, wherever it went.
    pub fn act(&self) -> &str {
        self.batch.as_deref().unwrap_or(&self.url_sha256)
    }
}

fn end_of_key(id: &str) -> String {
    id.chars().skip(id.chars().count().saturating_sub(KEY_END)).collect()
}

/// What ends a link before its time, as a sentence for people. A single link cannot be called back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EarlyEnd {
    /// The object is gone. No version is pinned, so another one in its place is served.
    Object(ObjectId),
    /// The version that is pinned is gone.
    Version(VersionId),
    /// The access key is gone.
    Key {
        /// The end of its id.
        last4: String,
    },
    /// The session of the temporary credentials is over.
    Session {
        /// The end of its access key id.
        last4: String,
    },
    /// Whoever signed it may no longer do that.
    Right(Method),
    /// The bucket's policy refuses it.
    Policy(BucketName),
}

impl fmt::Display for EarlyEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(object) => {
                let uri = object.to_string();
                write!(
                    f,
                    "deleting {} ends it; replacing it does not, the link then leads to the new one",
                    visible(&uri)
                )
            }
            Self::Version(version) => {
                write!(f, "deleting version {} ends it; replacing or hiding the object does not", visible(&version.0))
            }
            Self::Key { last4 } => {
                write!(f, "deleting, disabling or rotating the access key …{} ends it", visible(last4))
            }
            Self::Session { last4 } => {
                write!(f, "the end of the session …{} ends it, and so does revoking the session's role", visible(last4))
            }
            Self::Right(method) => write!(f, "taking the right to {method} from whoever signed it ends it"),
            Self::Policy(bucket) => {
                write!(
                    f,
                    "a policy of {bucket} ends it if it refuses the signer, the sender's address or old signatures"
                )
            }
        }
    }
}

/// One link with every place that it went to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The record of the first time that it was handed on.
    pub first: Record,
    /// Where it went, in the order of going there, each place once.
    pub destinations: Vec<Destination>,
}

/// The records of each link as one, in the order of their first ones.
pub fn fold(records: impl IntoIterator<Item = Record>) -> Vec<Issued> {
    let mut folded = Folded::default();
    for record in records {
        folded.take(record, usize::MAX);
    }
    folded.links.into()
}

/// The newest links of a ledger that may hold any number of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Newest {
    /// The links: first those that still work, each part in the order in which they were handed on.
    pub links: Vec<Issued>,
    /// How many older ones were left out.
    pub left_out: usize,
}

/// The records of each link as one: of the links that still work at `now` the newest ones, at most `most`, and as many of
/// those that do not.
pub fn newest(records: impl IntoIterator<Item = Record>, now: Timestamp, most: usize) -> Newest {
    let (mut live, mut ended) = (Folded::default(), Folded::default());
    for record in records {
        if record.is_live(now) { live.take(record, most) } else { ended.take(record, most) }
    }
    let left_out = live.left_out + ended.left_out;
    Newest { links: live.links.into_iter().chain(ended.links).collect(), left_out }
}

/// Links on their way to be one each.
#[derive(Default)]
struct Folded {
    links: VecDeque<Issued>,
    /// The number of each link that is kept, counted from the first that ever came.
    numbers: HashMap<String, usize>,
    /// How many links were let go at the front.
    left_out: usize,
}

impl Folded {
    fn take(&mut self, record: Record, most: usize) {
        let next = self.left_out + self.links.len();
        let number = *self.numbers.entry(record.url_sha256.clone()).or_insert(next);
        match number.checked_sub(self.left_out).and_then(|place| self.links.get_mut(place)) {
            Some(link) if link.destinations.contains(&record.destination) => {}
            Some(link) => link.destinations.push(record.destination),
            None => self.links.push_back(Issued { destinations: vec![record.destination], first: record }),
        }
        if self.links.len() > most
            && let Some(oldest) = self.links.pop_front()
        {
            self.numbers.remove(&oldest.first.url_sha256);
            self.left_out += 1;
        }
    }
}

/// The links of one access key, as far as the end of its id tells keys apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLinks {
    /// The end of its id.
    pub access_key_last4: String,
    /// Whether it is the key of temporary credentials.
    pub temporary: bool,
    /// What the stores are called that it signed for.
    pub stores: BTreeSet<String>,
    /// How many of its links still work.
    pub live: usize,
    /// When the last of all its links ends or ended.
    pub last_end: Timestamp,
}

impl KeyLinks {
    /// What it would mean to take the key out of use: `rotating this key kills 7 live links`.
    pub fn consequence(&self) -> String {
        let act = if self.temporary { "revoking this session" } else { "rotating this key" };
        match self.live {
            0 => format!("{act} kills no live link"),
            1 => format!("{act} kills 1 live link"),
            live => format!("{act} kills {live} live links"),
        }
    }

    /// The same as one line of JSON, without the line's end: `v`, `access_key_last4` and `temporary` as in a record, the
    /// `stores`, the number of `live` links, and the `last_end`.
    pub fn line(&self) -> String {
        let row = KeyRow {
            v: VERSION,
            access_key_last4: &self.access_key_last4,
            temporary: self.temporary,
            stores: &self.stores,
            live: self.live,
            last_end: self.last_end.to_string(),
        };
        escaped(serde_json::to_string(&row).unwrap_or_default())
    }
}

/// The links of each access key, the key with most live ones first. Holds the live links in memory, and no others.
pub fn by_key(records: impl IntoIterator<Item = Record>, now: Timestamp) -> Vec<KeyLinks> {
    struct Sum {
        stores: BTreeSet<String>,
        live: HashSet<String>,
        last_end: Timestamp,
    }
    let mut sums: BTreeMap<(String, bool), Sum> = BTreeMap::new();
    for record in records {
        let live = record.is_live(now);
        let sum = sums.entry((record.access_key_last4, record.temporary)).or_insert_with(|| Sum {
            stores: BTreeSet::new(),
            live: HashSet::new(),
            last_end: record.ends_at,
        });
        sum.last_end = sum.last_end.max(record.ends_at);
        sum.stores.insert(record.issuer.store);
        if live {
            sum.live.insert(record.url_sha256);
        }
    }
    let keys = sums.into_iter().map(|((access_key_last4, temporary), Sum { stores, live, last_end })| KeyLinks {
        access_key_last4,
        temporary,
        stores,
        live: live.len(),
        last_end,
    });
    let mut keys: Vec<KeyLinks> = keys.collect();
    keys.sort_by_key(|key| std::cmp::Reverse(key.live));
    keys
}

/// From where on a link is worth a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// So many links within [`Self::within`] are many. A batch counts as one.
    pub many: usize,
    /// The time in which they are counted.
    pub within: SignedDuration,
    /// A link that works for more than this works for long.
    pub long: SignedDuration,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { many: 30, within: SignedDuration::from_secs(60), long: SignedDuration::from_hours(24) }
    }
}

/// What a person should think about before handing a link on, or right after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Many links in a short time.
    Many {
        /// How many, a batch counting as one.
        links: usize,
        /// The time in which they were made.
        within: SignedDuration,
    },
    /// It works for a long time.
    Long {
        /// For how long.
        lifetime: SignedDuration,
    },
    /// It deletes.
    Delete,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Many { links, within } => {
                write!(
                    f,
                    "{links} links were made within {} s: if that was not meant, look through them",
                    within.as_secs()
                )
            }
            Self::Long { lifetime } => {
                write!(f, "this link works for {} h, and nobody can call it back alone", lifetime.as_hours())
            }
            Self::Delete => f.write_str("whoever has this link can delete with it"),
        }
    }
}

/// What there is to warn about in `record`, which follows the `earlier` ones.
pub fn warnings<'a>(
    record: &'a Record,
    earlier: impl IntoIterator<Item = &'a Record>,
    thresholds: &Thresholds,
) -> Vec<Warning> {
    let Thresholds { many, within, long } = *thresholds;
    let recent = earlier.into_iter().filter(|earlier| {
        let before = record.at.duration_since(earlier.at);
        !before.is_negative() && before < within
    });
    let links = recent.chain([record]).map(Record::act).collect::<HashSet<_>>().len();
    let lifetime = record.ends_at.duration_since(record.at);
    [
        (links >= many).then_some(Warning::Many { links, within }),
        (lifetime > long).then_some(Warning::Long { lifetime }),
        (record.method == Method::Delete).then_some(Warning::Delete),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A record in the words of its line. What is written borrows from the record, as a script notes many.
#[derive(Deserialize, Serialize)]
struct Row<'a> {
    v: u32,
    at: String,
    #[serde(borrow)]
    who: Cow<'a, str>,
    #[serde(borrow)]
    store: Cow<'a, str>,
    #[serde(borrow)]
    provider: Cow<'a, str>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    bucket: Cow<'a, str>,
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    version: Option<Cow<'a, str>>,
    ends_at: String,
    #[serde(borrow)]
    limited_by: Cow<'a, str>,
    signed_headers: Cow<'a, [String]>,
    #[serde(borrow)]
    access_key_last4: Cow<'a, str>,
    temporary: bool,
    #[serde(borrow)]
    host: Cow<'a, str>,
    #[serde(borrow)]
    destination: Cow<'a, str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    note: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    batch: Option<Cow<'a, str>>,
    #[serde(borrow)]
    url_sha256: Cow<'a, str>,
}

/// The links of a key in the words of their line.
#[derive(Serialize)]
struct KeyRow<'a> {
    v: u32,
    access_key_last4: &'a str,
    temporary: bool,
    stores: &'a BTreeSet<String>,
    live: usize,
    last_end: String,
}

impl<'a> From<&'a Record> for Row<'a> {
    fn from(record: &'a Record) -> Self {
        let Issuer { who, store, provider } = &record.issuer;
        let optional = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        Self {
            v: VERSION,
            at: record.at.to_string(),
            who: who.into(),
            store: store.into(),
            provider: provider.into(),
            method: record.method.as_str().into(),
            bucket: record.object.bucket.as_str().into(),
            key: record.object.key.as_str().into(),
            version: record.object.version.as_ref().map(|version| Cow::Borrowed(&*version.0)),
            ends_at: record.ends_at.to_string(),
            limited_by: word_of_limit(record.limited_by).into(),
            signed_headers: Cow::Borrowed(&record.signed_headers),
            access_key_last4: Cow::Borrowed(&record.access_key_last4),
            temporary: record.temporary,
            host: Cow::Borrowed(&record.host),
            destination: record.destination.word().into(),
            note: optional(&record.note),
            batch: optional(&record.batch),
            url_sha256: Cow::Borrowed(&record.url_sha256),
        }
    }
}

impl TryFrom<Row<'_>> for Record {
    type Error = LineError;

    fn try_from(row: Row<'_>) -> Result<Self, LineError> {
        use LineError::Unknown;
        if row.v == 0 {
            return Err(Unknown("v"));
        }
        let methods = [Method::Get, Method::Head, Method::Put, Method::Delete, Method::Post];
        let limits = [LimitedBy::Asked, LimitedBy::Ceiling, LimitedBy::Credentials];
        let object = ObjectId {
            bucket: BucketName::parse(&row.bucket).map_err(|_| Unknown("bucket"))?,
            key: Key::from_store(row.key.into_owned()).ok_or(Unknown("key"))?,
            version: row.version.map(|version| VersionId(version.into_owned())),
        };
        let issuer =
            Issuer { who: row.who.into_owned(), store: row.store.into_owned(), provider: row.provider.into_owned() };
        Ok(Self {
            at: row.at.parse().map_err(|_| Unknown("at"))?,
            issuer,
            method: known(methods, Method::as_str, &row.method).ok_or(Unknown("method"))?,
            object,
            ends_at: row.ends_at.parse().map_err(|_| Unknown("ends_at"))?,
            limited_by: known(limits, word_of_limit, &row.limited_by).ok_or(Unknown("limited_by"))?,
            signed_headers: row.signed_headers.into_owned(),
            access_key_last4: row.access_key_last4.into_owned(),
            temporary: row.temporary,
            host: row.host.into_owned(),
            destination: known(Destination::ALL, Destination::word, &row.destination).ok_or(Unknown("destination"))?,
            note: row.note.map(Cow::into_owned),
            batch: row.batch.map(Cow::into_owned),
            url_sha256: row.url_sha256.into_owned(),
        })
    }
}

/// The one that is called `word`.
fn known<T: Copy, const N: usize>(all: [T; N], name: fn(T) -> &'static str, word: &str) -> Option<T> {
    all.into_iter().find(|one| name(*one) == word)
}

fn word_of_limit(limit: LimitedBy) -> &'static str {
    match limit {
        LimitedBy::Asked => "asked",
        LimitedBy::Ceiling => "ceiling",
        LimitedBy::Credentials => "credentials",
    }
}

/// JSON with every character escaped that a terminal would obey or hide. Outside of its texts JSON has none of them.
fn escaped(json: String) -> String {
    if matches!(visible(&json), Cow::Borrowed(_)) {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match visible(c.encode_utf8(&mut [0; 4])) {
            Cow::Borrowed(_) => safe.push(c),
            // Beyond U+FFFF, JSON writes the two halves of UTF-16 (RFC 8259, section 7).
            Cow::Owned(_) => {
                safe.extend(c.encode_utf16(&mut [0; 2]).iter().map(|half| format!("\\u{half:04x}")));
            }
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::SecretString;

    use super::super::credentials::SigningCredentials;
    use super::super::expiry::Expiry;
    use super::super::request::LinkRequest;
    use super::super::sign::sign;
    use super::*;
    use crate::s3::address::{Address, AddressingStyle, Endpoint};

    const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKEN";
    const SSE_C: &str = "c2VjcmV0IGtleSBvZiB0aGUgY3VzdG9tZXIgISEhISE=";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn link(method: Method, token: Option<&str>) -> Link {
        let object = ObjectId::current(BucketName::parse("invoices").unwrap(), Key::parse("2026/Q3.pdf").unwrap());
        let mut request = LinkRequest::new(method, object, Expiry::from_seconds(900).unwrap());
        request.headers.push(("X-Amz-Server-Side-Encryption-Customer-Key".into(), SSE_C.into()));
        let credentials = SigningCredentials {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            session_token: token.map(SecretString::from),
            expires: None,
            source: "profile support".into(),
        };
        let address = Address {
            endpoint: Endpoint::parse("https://s3.us-west-004.backblazeb2.com").unwrap(),
            region: "us-west-004".into(),
            style: AddressingStyle::Path,
        };
        sign(&request, &address, &credentials, at("2026-11-20T12:00:00Z")).unwrap()
    }

    fn record() -> Record {
        let issuer = Issuer { who: "ada".into(), store: "support".into(), provider: "b2".into() };
        let handing =
            Handing { at: at("2026-11-20T12:00:01Z"), destination: Destination::Clipboard, note: None, batch: None };
        Record::of(&link(Method::Get, None), issuer, handing)
    }

    fn numbered(number: usize) -> Record {
        Record { url_sha256: format!("{number:016x}"), ..record() }
    }

    #[test]
    fn the_newest_links_are_kept_and_live_ones_never_make_room_for_ended_ones() {
        let now = at("2026-11-20T12:01:00Z");
        let ended = |number| Record { ends_at: now, ..numbered(number) };
        let all = [numbered(0), ended(1), ended(2), ended(1), ended(3), numbered(4)];
        let Newest { links, left_out } = newest(all, now, 2);
        let names: Vec<_> = links.iter().map(|link| link.first.url_sha256.trim_start_matches('0')).collect();
        assert_eq!((names, left_out), (vec!["", "4", "2", "3"], 1));
    }

    #[test]
    fn a_link_that_is_kept_takes_its_later_destinations_however_many_were_let_go() {
        let now = at("2026-11-20T12:01:00Z");
        let to_file = Record { destination: Destination::File, ..numbered(5) };
        let Newest { links, left_out } = newest((0..6).map(numbered).chain([to_file]), now, 2);
        assert_eq!((links.len(), left_out), (2, 4));
        assert_eq!(links[1].destinations, [Destination::Clipboard, Destination::File]);
    }

    #[test]
    fn a_lifetime_is_read_off_the_record_where_nothing_cut_it_short() {
        let lived = |at_second: &str, ends_at: &str| {
            Record { at: at(at_second), ends_at: at(ends_at), ..record() }.lifetime().map(|life| life.to_string())
        };
        assert_eq!(lived("2026-11-20T12:00:00.9Z", "2026-11-20T12:15:00Z"), Some("15m".into()));
        assert_eq!(lived("2026-11-20T12:00:04Z", "2026-11-20T12:15:00Z"), Some("15m".into()));
        assert_eq!(lived("2026-11-20T12:00:00Z", "2026-11-20T12:01:30Z"), Some("1m30s".into()));
        assert_eq!(lived("2026-11-20T12:00:00Z", "2026-11-20T11:00:00Z"), None);
        for limited_by in [LimitedBy::Ceiling, LimitedBy::Credentials] {
            assert_eq!(Record { limited_by, ..record() }.lifetime(), None);
        }
    }

    #[test]
    fn a_line_has_these_fields_under_these_names() {
        let record = Record { note: Some("for Grace".into()), batch: Some("7".into()), ..record() };
        let expected = String::from(
            r#"{"v":1,"at":"2026-11-20T12:00:01Z","who":"ada","store":"support","provider":"b2","method":"GET","#,
        ) + r#""bucket":"invoices","key":"2026/Q3.pdf","ends_at":"2026-11-20T12:15:00Z","limited_by":"asked","#
            + r#""signed_headers":["host","x-amz-server-side-encryption-customer-key"],"access_key_last4":"MPLE","#
            + r#""temporary":false,"host":"s3.us-west-004.backblazeb2.com","destination":"clipboard","#
            + r#""note":"for Grace","batch":"7","url_sha256":""#;
        let line = record.line();
        assert_eq!(line.strip_suffix(&format!("{}\"}}", record.url_sha256)), Some(expected.as_str()));
        assert!(record.url_sha256.len() == 16 && record.url_sha256.chars().all(|c| c.is_ascii_hexdigit()));
    }

    #[test]
    fn nothing_secret_is_in_a_line() {
        let link = link(Method::Put, Some(TOKEN));
        let handing = Handing { at: link.signed_at, destination: Destination::File, note: None, batch: None };
        let record = Record::of(&link, Issuer::default(), handing);
        let line = record.line();
        let signature = link.url.expose().rsplit('=').next().unwrap();
        for secret in [TOKEN, SSE_C, signature, "X-Amz-", "bPxRfiCYEXAMPLEKEY", "ASIAIOSFODNN7"] {
            assert!(!line.contains(secret) && !format!("{record:?}").contains(secret), "{secret}: {line}");
        }
        assert!(record.temporary);
    }

    #[test]
    fn fields_of_a_later_version_are_passed_over_and_words_of_one_are_no_record() {
        let line = record().line();
        let later = line.replace("\"v\":1", "\"v\":2,\"region\":{\"a\":[1]}");
        assert_eq!(Record::parse_line(later.as_bytes()), Ok(record()));
        let stranger = line.replace("clipboard", "pigeon");
        assert_eq!(Record::parse_line(stranger.as_bytes()), Err(LineError::Unknown("destination")));
        assert_eq!(Record::parse_line(line.replace("GET", "get").as_bytes()), Err(LineError::Unknown("method")));
        assert_eq!(Record::parse_line(line.replace("\"v\":1", "\"v\":0").as_bytes()), Err(LineError::Unknown("v")));
        for foreign in ["", "{}", "[]", "null", "{\"v\":1}", "GET /x", "\u{feff}{}"] {
            assert_eq!(Record::parse_line(foreign.as_bytes()), Err(LineError::NotARecord), "{foreign}");
        }
    }

    #[test]
    fn a_line_shows_a_terminal_nothing_to_obey() {
        let object = ObjectId::current(
            BucketName::parse("b").unwrap(),
            Key::parse("a\u{1b}[2J\u{9b}1m\u{202e}\u{e0041}\u{7f}\n").unwrap(),
        );
        let record = Record { object, ..record() };
        let line = record.line();
        assert!(matches!(visible(&line), Cow::Borrowed(_)), "{line}");
        assert!(line.contains(r"a\u001b[2J\u009b1m\u202e\udb40\udc41\u007f\n"), "{line}");
        assert_eq!(Record::parse_line(line.as_bytes()), Ok(record));
    }

    #[test]
    fn a_link_is_live_until_its_end_and_not_at_it() {
        assert!(record().is_live(at("2026-11-20T12:14:59.9Z")));
        assert!(!record().is_live(at("2026-11-20T12:15:00Z")));
    }

    #[test]
    fn a_filter_looks_into_every_field_that_people_know() {
        let record = Record { note: Some("for Grace".into()), ..record() };
        for text in ["invoices/2026", "S3://INVOICES", "grace", "support", "b2", "ada", "mple", "get", "clipboard", ""]
        {
            assert!(record.contains(text), "{text}");
        }
        assert!(!record.contains("hopper"));
    }

    #[test]
    fn a_link_in_two_places_is_one_link() {
        let in_file = Record { destination: Destination::File, ..numbered(1) };
        let folded = fold([numbered(1), numbered(2), in_file.clone(), numbered(1), in_file]);
        let places: Vec<_> = folded.iter().map(|link| link.destinations.as_slice()).collect();
        assert_eq!(places, [&[Destination::Clipboard, Destination::File][..], &[Destination::Clipboard]]);
    }

    #[test]
    fn a_key_is_told_what_rotating_it_would_kill() {
        let now = at("2026-11-20T12:05:00Z");
        let of_key = |last4: &str, number| Record { access_key_last4: last4.into(), ..numbered(number) };
        let ended = Record { ends_at: at("2026-11-20T12:04:00Z"), ..of_key("OLD1", 9) };
        let session = Record { temporary: true, ..of_key("SESS", 8) };
        let twice = Record { destination: Destination::File, ..of_key("MPLE", 1) };
        let keys = by_key([ended, of_key("MPLE", 1), twice, session, of_key("MPLE", 2)], now);
        let told: Vec<_> = keys.iter().map(|key| (key.access_key_last4.as_str(), key.consequence())).collect();
        assert_eq!(
            told,
            [
                ("MPLE", "rotating this key kills 2 live links".to_owned()),
                ("SESS", "revoking this session kills 1 live link".to_owned()),
                ("OLD1", "rotating this key kills no live link".to_owned()),
            ]
        );
        assert_eq!(
            keys.last().unwrap().line(),
            r#"{"v":1,"access_key_last4":"OLD1","temporary":false,"stores":["support"],"live":0,"last_end":"2026-11-20T12:04:00Z"}"#
        );
    }

    #[test]
    fn many_links_in_a_minute_are_worth_a_warning_and_a_batch_counts_once() {
        let thresholds = Thresholds::default();
        let last = numbered(0);
        let earlier: Vec<Record> = (1..30).map(numbered).collect();
        let many = Warning::Many { links: 30, within: thresholds.within };
        assert_eq!(warnings(&last, &earlier, &thresholds), [many]);
        assert_eq!(warnings(&last, &earlier[1..], &thresholds), []);
        assert_eq!(warnings(&last, earlier[1..].iter().chain([&last]), &thresholds), []);

        let batch: Vec<Record> = earlier.iter().map(|r| Record { batch: Some("a".into()), ..r.clone() }).collect();
        assert_eq!(warnings(&last, &batch, &thresholds), []);
        let before = at("2026-11-20T11:59:01Z");
        let long_ago: Vec<Record> = earlier.iter().map(|r| Record { at: before, ..r.clone() }).collect();
        assert_eq!(warnings(&last, &long_ago, &thresholds), []);
    }

    #[test]
    fn a_long_life_and_a_delete_are_worth_a_warning() {
        let day = Record { ends_at: at("2026-11-21T12:00:01Z"), ..record() };
        let longer = Record { ends_at: at("2026-11-21T12:00:02Z"), method: Method::Delete, ..record() };
        assert_eq!(warnings(&day, [], &Thresholds::default()), []);
        let told: Vec<String> = warnings(&longer, [], &Thresholds::default()).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["this link works for 24 h, and nobody can call it back alone", "whoever has this link can delete with it"]
        );
    }

    #[test]
    fn what_ends_a_link_early_follows_from_what_it_is() {
        let told = |record: &Record| record.early_ends().iter().map(ToString::to_string).collect::<Vec<_>>();
        let current = told(&record());
        assert!(
            current[0].starts_with("deleting s3://invoices/2026/Q3.pdf ends it; replacing it does not"),
            "{current:?}"
        );
        assert_eq!(current[1], "deleting, disabling or rotating the access key …MPLE ends it");
        assert!(current[3].starts_with("a policy of invoices ends it"), "{current:?}");

        let version = Some(VersionId("4_z\u{1b}".into()));
        let pinned = Record { object: ObjectId { version, ..record().object }, temporary: true, ..record() };
        assert!(told(&pinned)[0].starts_with("deleting version 4_z␛ ends it"), "{:?}", told(&pinned));
        assert!(told(&pinned)[1].starts_with("the end of the session …MPLE ends it"), "{:?}", told(&pinned));

        let upload = told(&Record { method: Method::Put, ..record() });
        assert!(upload.iter().all(|end| !end.contains("deleting s3://")), "{upload:?}");
    }

    proptest! {
        #[test]
        fn a_record_survives_its_line(
            key in "\\PC{1,300}|[\\x00-\\x1f\\x7f-\\u{9f}\\u{202e}🧾\"\\\\/]{1,40}|[a🧾]{1,1024}",
            texts in prop::array::uniform5(any::<String>()),
            note in any::<Option<String>>(),
            version in any::<Option<String>>(),
            destination in prop::sample::select(&Destination::ALL[..]),
            nanosecond in -1_000_000_000_000_000_000_i128..4_000_000_000_000_000_000,
        ) {
            let [who, store, provider, host, header] = texts;
            let object = ObjectId { key: Key::from_store(key).unwrap(), version: version.map(VersionId), ..record().object };
            let record = Record {
                at: Timestamp::from_nanosecond(nanosecond).unwrap(),
                issuer: Issuer { who, store, provider },
                object,
                signed_headers: vec![header],
                host,
                destination,
                batch: note.clone(),
                note,
                ..record()
            };
            let line = record.line();
            prop_assert_eq!(line.lines().count(), 1);
            prop_assert!(matches!(visible(&line), Cow::Borrowed(_)));
            prop_assert_eq!(Record::parse_line(line.as_bytes()), Ok(record));
        }

        #[test]
        fn any_bytes_are_a_record_or_not_one(line in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Record::parse_line(&line).is_err());
        }

        #[test]
        fn a_line_that_was_tampered_with_is_a_record_or_not_one(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut line = record().line().into_bytes();
            let at = at.index(line.len());
            line[at] = byte;
            if let Ok(read) = Record::parse_line(&line) {
                prop_assert_eq!(Record::parse_line(read.line().as_bytes()), Ok(read));
            }
        }
    }
}

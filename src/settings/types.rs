//! The settings and their defaults, as plain values. Where they come from is `load`'s business.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::de::{self, Deserializer, IgnoredAny};
use serde::{Deserialize, Serialize, Serializer};

use super::command_line::CommandLine;
use crate::command::keymap::Rows;
use crate::command::nearest::instead;
use crate::presign::expiry::Expiry;
use crate::presign::message::Template;
use crate::s3::address::{AddressingStyle, Endpoint, PlainHttp};
use crate::s3::inventory::place_of_inventories;
use crate::s3::location::Location;
use crate::s3::name::BucketName;
use crate::s3::provider::{self, AddressError, Given, MOST_REQUESTS, Provider};
use crate::s3::store_url::StoreUrl;
use crate::s3::text::visible;

/// Everything that can be set.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The name of the [`Store`] that opens when none is asked for; empty means the only one, else what the variables and the
    /// AWS files say, else the first.
    pub default_store: String,
    /// How links are copied.
    pub clipboard: ClipboardChoice,
    /// How links are made.
    pub links: Links,
    /// How a link is put into a message.
    pub message: Message,
    /// How a store is browsed.
    pub browse: Browse,
    /// How patient daypass is with stores.
    pub network: Network,
    /// How the screen looks.
    pub look: Look,
    /// Where issued links are noted.
    pub ledger: Ledger,
    /// What is logged.
    pub log: Log,
    /// The stores as written: [`super::load`] reads them one by one, so that a mistake in one spoils no other.
    #[serde(rename = "store", skip_serializing)]
    written_stores: IgnoredAny,
    /// The stores that can be opened as they are written, in the order of the file.
    #[serde(skip)]
    pub stores: Vec<Store>,
    /// The others.
    #[serde(skip)]
    pub broken_stores: Vec<BrokenStore>,
    /// Presets of one's own, and changes to built-in ones, as written.
    #[serde(rename = "provider", skip_serializing)]
    pub written_providers: Vec<toml::Table>,
    /// What these come to; they go before the built-in ones.
    #[serde(skip)]
    pub providers: Vec<&'static Provider>,
    /// Key bindings that replace built-in ones, as written; [`super::load::Loaded`] has the keymap that they come to.
    #[serde(skip_serializing)]
    pub keys: Rows,
}

impl Settings {
    /// The preset of this id, or why there is none.
    pub fn provider(&self, id: &str) -> Result<&'static Provider, String> {
        provider::known(&self.providers).find(|provider| provider.id == id).ok_or_else(|| {
            let ids = provider::known(&self.providers).map(|provider| provider.id.as_str());
            format!("`{id}` is not a provider: {}", instead(id, ids))
        })
    }

    /// The store with the preset of its host, where it names none and the host is one of one's own presets.
    pub fn recognised(&self, store: Store) -> Store {
        let of_host = |endpoint: Endpoint| provider::own_by_host(&self.providers, endpoint.host());
        Store { provider: store.provider.or_else(|| of_host(store.base()?)), ..store }
    }

    /// The store to open when no other is asked for; `None` leaves it to the variables and the AWS files. An error where that
    /// store is broken.
    pub fn opening_store(&self) -> Result<Option<&Store>, &BrokenStore> {
        match (self.stores.as_slice(), self.broken_stores.as_slice()) {
            ([only], []) if self.default_store.is_empty() => Ok(Some(only)),
            ([], [only]) if self.default_store.is_empty() => Err(only),
            (stores, broken) => match broken.iter().find(|store| store.name == self.default_store) {
                Some(broken) => Err(broken),
                None => Ok(stores.iter().find(|store| store.name == self.default_store)),
            },
        }
    }

    /// What the stores are called, the broken ones last.
    pub fn store_names(&self) -> impl Iterator<Item = &str> {
        let broken = self.broken_stores.iter().map(|store| store.name.as_str());
        self.stores.iter().map(|store| store.name.as_str()).chain(broken)
    }

    /// Whether one of them, sound or broken, is called so.
    pub fn has_store(&self, name: &str) -> bool {
        self.store_names().any(|known| known == name)
    }

    /// Whether a secret is written down in them.
    pub fn hold_secret(&self) -> bool {
        self.stores.iter().any(Store::holds_secret) || self.broken_stores.iter().any(|store| store.holds_secret)
    }
}

/// A `[[store]]` that cannot be opened before somebody puts it right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenStore {
    /// What it is called; where it has no name, the line on which it stands.
    pub name: String,
    /// What is wrong, where, and what to write instead, in one line that is safe for a terminal.
    pub why: String,
    /// Whether a secret is written down in it.
    pub holds_secret: bool,
}

impl fmt::Display for BrokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store {} cannot be opened: {}", visible(&self.name), self.why)
    }
}

/// How links are made.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Links {
    /// How long a GET link lives.
    #[serde(with = "lifetime")]
    pub get_expires_in: Expiry,
    /// How long a PUT link lives.
    #[serde(with = "lifetime")]
    pub put_expires_in: Expiry,
    /// How long a HEAD link lives.
    #[serde(with = "lifetime")]
    pub head_expires_in: Expiry,
    /// How long a DELETE link lives.
    #[serde(with = "lifetime")]
    pub delete_expires_in: Expiry,
}

impl Default for Links {
    fn default() -> Self {
        let (long, short) = (Expiry::DEFAULT, Expiry::SHORT);
        Self { get_expires_in: long, put_expires_in: long, head_expires_in: short, delete_expires_in: short }
    }
}

/// How a link is put into a message.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Message {
    /// The template for plain text.
    #[serde(with = "template")]
    pub text: Template,
    /// The template for HTML.
    #[serde(with = "template")]
    pub html: Template,
    /// The name of the zone that `{expires}` is said in; empty means the system's. [`super::load::Loaded`] has the zone itself.
    pub time_zone: String,
}

impl Default for Message {
    fn default() -> Self {
        Self { text: Template::default_text(), html: Template::default_html(), time_zone: String::new() }
    }
}

/// How a store is browsed.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Browse {
    /// Whether the store is asked for the facts of the row that the cursor rests on.
    pub facts: bool,
    /// For how many milliseconds the cursor rests before that.
    #[serde(deserialize_with = "between::<0, 10_000, _>")]
    pub facts_delay_ms: u16,
    /// How many rows one request asks for.
    #[serde(deserialize_with = "between::<1, 1_000, _>")]
    pub page_size: u16,
    /// How much memory the rows of one place may take, in MiB.
    #[serde(deserialize_with = "between::<1, 32_767, _>")]
    pub memory_mib: u16,
    /// By what loaded rows are sorted at first.
    pub sort: SortChoice,
    /// Whether buckets that were seen, and where each store was left, are remembered until the next session.
    pub remember: bool,
}

impl Default for Browse {
    fn default() -> Self {
        Self {
            facts: true,
            facts_delay_ms: 150,
            page_size: 1_000,
            memory_mib: 512,
            sort: SortChoice::Name,
            remember: true,
        }
    }
}

/// How patient daypass is with stores. A store may say otherwise for itself.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// For how many seconds a connection may be tried.
    #[serde(deserialize_with = "between::<1, 600, _>")]
    pub connect_timeout: u16,
    /// For how many seconds a store may be silent, before its answer and within.
    #[serde(deserialize_with = "between::<1, 600, _>")]
    pub read_timeout: u16,
    /// How often a request is sent at most that a store is too busy for, or that is cut off; 0 leaves that to the AWS profile.
    #[serde(deserialize_with = "between::<0, 100, _>")]
    pub attempts: u16,
}

impl Default for Network {
    fn default() -> Self {
        Self { connect_timeout: 10, read_timeout: 30, attempts: 0 }
    }
}

/// How the screen looks.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Look {
    /// Whether colours are used.
    pub colors: ColorChoice,
    /// Whether only ASCII characters are used for lines and signs.
    pub ascii: bool,
    /// Whether the mouse moves the cursor; the terminal's own selection then needs Shift.
    pub mouse: bool,
    /// How times are shown in the list.
    pub times: TimeChoice,
}

impl Default for Look {
    fn default() -> Self {
        Self { colors: ColorChoice::Auto, ascii: false, mouse: true, times: TimeChoice::Relative }
    }
}

/// Where issued links are noted.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ledger {
    /// Whether they are.
    pub enabled: bool,
    /// The file; empty means the usual place.
    pub file: String,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { enabled: true, file: String::new() }
    }
}

/// What is logged.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The file that is logged to; empty means no log.
    pub file: String,
    /// How much is logged.
    pub level: LogLevel,
}

/// A store to open by its name. What is left out, the provider's preset or the AWS variables and files settle.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// What it is called here.
    pub name: String,
    /// Who runs it, as written.
    #[serde(rename = "provider")]
    pub provider_id: Option<String>,
    /// Who runs it.
    #[serde(skip)]
    pub provider: Option<&'static Provider>,
    /// Where it answers, with the place that it opens at, where that was pasted along.
    #[serde(default, deserialize_with = "store_url")]
    pub endpoint: Option<StoreUrl>,
    /// The region to sign for.
    pub region: Option<String>,
    /// Whether its endpoint is the one that also answers over IPv6.
    #[serde(default)]
    pub dual_stack: bool,
    /// Whether its endpoint is the one with cryptography that is validated by FIPS 140.
    #[serde(default)]
    pub fips: bool,
    /// How its buckets are named.
    #[serde(default, deserialize_with = "addressing")]
    pub addressing: Option<AddressingStyle>,
    /// The profile of the AWS configuration that it takes its credentials from.
    pub profile: Option<String>,
    /// The id of its access key.
    pub access_key_id: Option<String>,
    /// The secret of its access key.
    #[serde(default, deserialize_with = "secret")]
    pub secret_access_key: Option<SecretString>,
    /// The program that prints the secret in its first line, in the place of [`Self::secret_access_key`].
    #[serde(default, deserialize_with = "command_line")]
    pub secret_command: Option<CommandLine>,
    /// Where the key was found, for people, if not here.
    #[serde(skip)]
    pub key_source: Option<String>,
    /// The session token of temporary credentials.
    #[serde(default, deserialize_with = "secret")]
    pub session_token: Option<SecretString>,
    /// Whether it is asked without credentials, as anyone can; a profile then says only where it is.
    #[serde(default)]
    pub anonymous: bool,
    /// The place that it opens at, where its endpoint does not say it; see [`Self::opens_at`].
    #[serde(default, deserialize_with = "location")]
    pub start: Option<Location>,
    /// Whether plain HTTP is allowed to leave this machine.
    #[serde(default)]
    pub allow_http: bool,
    /// A PEM file of certificates that are trusted for it besides the machine's.
    pub ca_file: Option<String>,
    /// Whether anybody may answer in its name, whatever the certificate.
    #[serde(default)]
    pub insecure_tls: bool,
    /// For how many seconds a connection to it may be tried.
    #[serde(default, deserialize_with = "some_between::<1, 600, _>")]
    pub connect_timeout: Option<u16>,
    /// For how many seconds it may be silent.
    #[serde(default, deserialize_with = "some_between::<1, 600, _>")]
    pub read_timeout: Option<u16>,
    /// How often a request to it is sent at most.
    #[serde(default, deserialize_with = "some_between::<1, 100, _>")]
    pub attempts: Option<u16>,
    /// How many requests a listing of it has under way at most.
    #[serde(default, deserialize_with = "some_between::<1, MOST_REQUESTS, _>")]
    pub requests: Option<u16>,
    /// When its access key ends, where whoever made the key gave it an end.
    #[serde(default, deserialize_with = "moment")]
    pub key_expires: Option<Timestamp>,
    /// The longest life that a link to it may have.
    #[serde(default, deserialize_with = "lifetime::optional")]
    pub max_expires_in: Option<Expiry>,
    /// The address that links carry instead of the one that is browsed.
    #[serde(default, deserialize_with = "endpoint")]
    pub public_endpoint: Option<Endpoint>,
    /// The host that takes the place of the signed one in a finished link; may hold `{bucket}` and `{region}`.
    pub cdn_host: Option<String>,
    /// Whether daypass may begin multipart uploads in it, the only change that it ever makes to a store.
    #[serde(default)]
    pub allow_write: bool,
    /// Whether requests and links say that whoever signs them pays, as buckets want whose readers pay.
    #[serde(default)]
    pub requester_pays: bool,
    /// Where the inventories of its buckets lie.
    #[serde(default, deserialize_with = "inventories")]
    pub inventory: BTreeMap<BucketName, Location>,
}

impl Store {
    /// The place that it opens at.
    pub fn opens_at(&self) -> Option<&Location> {
        self.start.as_ref().or_else(|| self.endpoint.as_ref()?.place.as_ref())
    }

    /// Where it answers, as far as it was said here, with plain HTTP as it allows it.
    pub fn base(&self) -> Option<Endpoint> {
        self.endpoint.as_ref().map(|url| self.as_allowed(url.endpoint.clone()))
    }

    /// Which of its provider's endpoints is meant.
    pub fn variant(&self) -> provider::Variant {
        provider::Variant::of(self.dual_stack, self.fips)
    }

    /// What is said here of where it is.
    pub fn given(&self) -> Given {
        Given {
            provider: self.provider,
            endpoint: self.base(),
            region: self.region.clone(),
            style: self.addressing,
            key_id: self.access_key_id.clone(),
            variant: self.variant(),
            ..Given::default()
        }
    }

    /// An endpoint of its own with plain HTTP as it allows it.
    pub fn as_allowed(&self, endpoint: Endpoint) -> Endpoint {
        if self.allow_http { endpoint.with_plain_http(PlainHttp::Anywhere) } else { endpoint }
    }

    /// What in it does not go together or is missing: the setting to look at, and why.
    pub fn inconsistency(&self) -> Option<(&'static str, String)> {
        let said = self.empty_text().or_else(|| self.broken_credentials()).or_else(|| self.two_starts());
        let said = said.or_else(|| self.useless_variant()).or_else(|| self.open_http());
        let said = said.or_else(|| self.unused_authority());
        said.or_else(|| self.useless_cdn()).map(|(key, why)| (key, why.to_owned())).or_else(|| self.missing_place())
    }

    fn empty_text(&self) -> Option<(&'static str, &'static str)> {
        [
            ("region", &self.region),
            ("profile", &self.profile),
            ("access_key_id", &self.access_key_id),
            ("ca_file", &self.ca_file),
        ]
        .into_iter()
        .find(|(_, text)| text.as_ref().is_some_and(|text| text.trim().is_empty()))
        .map(|(key, _)| (key, "this is empty: write something or leave it out"))
    }

    fn broken_credentials(&self) -> Option<(&'static str, &'static str)> {
        if self.anonymous
            && (self.access_key_id.is_some() || self.secret_access_key.is_some() || self.secret_command.is_some())
        {
            return Some(("anonymous", "a store has a key or is asked without one, not both"));
        }
        let (id, secret) = (self.access_key_id.is_some(), self.secret_access_key.is_some());
        let (command, token) = (self.secret_command.is_some(), self.session_token.is_some());
        match (id, secret, command) {
            (true, ..) if self.profile.is_some() => {
                Some(("profile", "a store takes its credentials from a profile or from a key, not both"))
            }
            (_, true, true) => Some(("secret_command", "the secret is written here already: leave one of both out")),
            (false, true, _) => Some(("secret_access_key", "a secret needs the access_key_id that it belongs to")),
            (false, _, true) => Some(("secret_command", "a secret needs the access_key_id that it belongs to")),
            (true, false, false) => Some((
                "access_key_id",
                "an access key id needs its secret_access_key, or a secret_command that prints it",
            )),
            (_, false, _) if token => {
                Some(("session_token", "a session token needs its access_key_id and secret_access_key"))
            }
            (false, false, false) if self.key_expires.is_some() => {
                Some(("key_expires", "this is the end of an access_key_id that is written here, and there is none"))
            }
            (true, true, false) | (true, false, true) | (false, false, false) => None,
        }
    }

    /// Whether a secret is written down in it.
    pub fn holds_secret(&self) -> bool {
        self.secret_access_key.is_some() || self.session_token.is_some()
    }

    fn two_starts(&self) -> Option<(&'static str, &'static str)> {
        let place = self.endpoint.as_ref().and_then(|url| url.place.as_ref());
        (place.is_some() && self.start.is_some())
            .then_some(("start", "the endpoint names the place that the store opens at: leave it out here or there"))
    }

    fn useless_variant(&self) -> Option<(&'static str, &'static str)> {
        let key = if self.fips { "fips" } else { "dual_stack" };
        (self.endpoint.is_some() && self.variant() != provider::Variant::Usual).then_some((
            key,
            "this chooses among a provider's endpoints, and one is written here already: leave it out here or there",
        ))
    }

    fn open_http(&self) -> Option<(&'static str, &'static str)> {
        let public = self.public_endpoint.clone().map(|endpoint| self.as_allowed(endpoint));
        let is_open = |endpoint: &Endpoint| !endpoint.is_confidential();
        let endpoints = [("endpoint", self.base()), ("public_endpoint", public)];
        let (key, _) = endpoints.into_iter().find(|(_, endpoint)| endpoint.as_ref().is_some_and(is_open))?;
        Some((
            key,
            "plain HTTP would show names and links to the network: write https://, or set allow_http = true in a [[store]]",
        ))
    }

    fn unused_authority(&self) -> Option<(&'static str, &'static str)> {
        let told = "with insecure_tls = true nobody has to vouch for the store: leave one of both out";
        (self.insecure_tls && self.ca_file.is_some()).then_some(("ca_file", told))
    }

    /// A link signed for one host works at another only where the provider says so, or where nobody can tell.
    fn useless_cdn(&self) -> Option<(&'static str, &'static str)> {
        let host = self.cdn_host.as_ref()?.replace("{bucket}", "bucket").replace("{region}", "region");
        if !Endpoint::parse(&host).is_ok_and(|endpoint| endpoint.authority == host.to_ascii_lowercase()) {
            return Some(("cdn_host", "write a host name alone; {bucket} and {region} may stand in it"));
        }
        let by_host = || self.base().and_then(|endpoint| provider::by_host(endpoint.host()));
        let swaps =
            self.provider.or_else(by_host).is_none_or(|provider| provider.cdn_swap || provider == provider::any());
        (!swaps).then_some((
            "cdn_host",
            "links to this provider work at the host that they are signed for and at no other: leave it out",
        ))
    }

    /// What a named provider needs to be found, where nothing here says it.
    fn missing_place(&self) -> Option<(&'static str, String)> {
        self.provider?;
        let error = provider::resolve(&self.given()).err()?;
        let key = match error {
            AddressError::BadRegion(_) => "region",
            AddressError::NoVariant { variant: provider::Variant::DualStack, .. } => "dual_stack",
            AddressError::NoVariant { .. } => "fips",
            AddressError::NeedsRegion { .. }
            | AddressError::NeedsEndpoint { .. }
            | AddressError::RegionNotInHost { .. }
            | AddressError::Endpoint(_) => "provider",
        };
        Some((key, error.to_string()))
    }
}

/// Defines a setting that takes one of a few words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$word_doc])* $variant,)* }

        impl $name {
            /// The words that it takes.
            pub const WORDS: &[&str] = &[$($word),*];

            /// The word for this choice.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                match text.as_str() {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(not_one_of($what, &text, Self::WORDS)),
                }
            }
        }
    };
}

words! {
    /// How links are copied.
    ClipboardChoice, "a way to copy" {
        /// The desktop's clipboard where there is one, else through the terminal.
        #[default]
        Auto = "auto",
        /// The desktop's clipboard only.
        Native = "native",
        /// Through the terminal only.
        Osc52 = "osc52",
        /// Not at all.
        None = "none",
    }
}

words! {
    /// By what loaded rows are sorted.
    SortChoice, "an order" {
        /// By name, as the store lists them.
        #[default]
        Name = "name",
        /// By size, the largest first.
        Size = "size",
        /// By time, the newest first.
        Time = "time",
    }
}

words! {
    /// Whether colours are used.
    ColorChoice, "a choice of colours" {
        /// Unless `NO_COLOR` is set or the terminal is `dumb`.
        #[default]
        Auto = "auto",
        /// Always.
        Always = "always",
        /// Never.
        Never = "never",
    }
}

words! {
    /// How times are shown in the list.
    TimeChoice, "a way to show times" {
        /// How long ago.
        #[default]
        Relative = "relative",
        /// Date and time of day.
        Absolute = "absolute",
    }
}

words! {
    /// How much is logged.
    LogLevel, "a log level" {
        /// Only what failed.
        Error = "error",
        /// What is suspicious, too.
        Warn = "warn",
        /// What was asked and answered, too.
        #[default]
        Info = "info",
        /// Every step.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}

impl ColorChoice {
    /// Whether colours are used, given the values of `NO_COLOR` and `TERM`. An empty `NO_COLOR` does not count (no-color.org).
    pub fn wants_colors(self, no_color: Option<&str>, term: Option<&str>) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => no_color.is_none_or(str::is_empty) && term != Some("dumb"),
        }
    }
}

fn not_one_of<E: de::Error>(what: &str, text: &str, words: &[&str]) -> E {
    E::custom(format_args!("`{text}` is not {what}: {}", instead(text, words.iter().copied())))
}

/// A whole number from `MIN` to `MAX`.
fn between<'de, const MIN: u16, const MAX: u16, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let number = i64::deserialize(deserializer)?;
    match u16::try_from(number) {
        Ok(fits) if (MIN..=MAX).contains(&fits) => Ok(fits),
        _ => Err(de::Error::custom(format_args!("{number} is out of range: write a whole number from {MIN} to {MAX}"))),
    }
}

fn some_between<'de, const MIN: u16, const MAX: u16, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u16>, D::Error> {
    between::<MIN, MAX, D>(deserializer).map(Some)
}

fn addressing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AddressingStyle>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.as_str() {
        "virtual" => Ok(Some(AddressingStyle::Virtual)),
        "path" => Ok(Some(AddressingStyle::Path)),
        _ => Err(not_one_of("an addressing style", &text, &["virtual", "path"])),
    }
}

fn endpoint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Endpoint>, D::Error> {
    parsed(deserializer, Endpoint::parse)
}

fn store_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<StoreUrl>, D::Error> {
    parsed(deserializer, StoreUrl::parse)
}

fn location<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Location>, D::Error> {
    parsed(deserializer, Location::parse)
}

fn inventories<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<BucketName, Location>, D::Error> {
    let written = BTreeMap::<String, String>::deserialize(deserializer)?;
    let parse = |(bucket, place): (String, String)| {
        let bucket = BucketName::parse(&bucket).map_err(de::Error::custom)?;
        match place_of_inventories(&place).map_err(de::Error::custom)? {
            Location::Buckets => Err(de::Error::custom("name the folder of its inventories: s3://bucket/prefix/")),
            place => Ok((bucket, place)),
        }
    };
    written.into_iter().map(parse).collect()
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    parsed(deserializer, |text| {
        text.parse().map_err(|_| format!("`{text}` is not a moment: write it as \"2027-01-01T00:00:00Z\""))
    })
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Some(String::deserialize(deserializer)?.into()))
}

/// A text, or its words in a list.
fn command_line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<CommandLine>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "write a text in quotes, such as \"pass show b2\", or a list of its words")]
    enum Written {
        Text(String),
        Words(Vec<String>),
    }
    let read = match Written::deserialize(deserializer)? {
        Written::Text(text) => CommandLine::parse(&text),
        Written::Words(words) => CommandLine::from_words(words),
    };
    read.map(Some).map_err(de::Error::custom)
}

fn parsed<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, D::Error> {
    parse(&String::deserialize(deserializer)?).map(Some).map_err(de::Error::custom)
}

/// A lifetime as text (`"15m"`) or in seconds (`900`).
mod lifetime {
    use std::fmt;

    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;

    use crate::presign::expiry::Expiry;

    pub(super) fn serialize<S: Serializer>(expiry: &Expiry, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(expiry)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Expiry, D::Error> {
        deserializer.deserialize_any(Lifetime)
    }

    pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Expiry>, D::Error> {
        deserialize(deserializer).map(Some)
    }

    struct Lifetime;

    impl Visitor<'_> for Lifetime {
        type Value = Expiry;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a lifetime such as \"15m\", \"2h30m\" or 900 (seconds)")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Expiry, E> {
            Expiry::parse(text).map_err(E::custom)
        }

        fn visit_u64<E: Error>(self, seconds: u64) -> Result<Expiry, E> {
            Expiry::from_seconds(seconds).map_err(E::custom)
        }

        fn visit_i64<E: Error>(self, seconds: i64) -> Result<Expiry, E> {
            self.visit_u64(u64::try_from(seconds).unwrap_or(0))
        }
    }
}

/// A template as it is written.
mod template {
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    use crate::presign::message::Template;

    pub(super) fn serialize<S: Serializer>(template: &Template, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(template)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Template, D::Error> {
        Template::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Store {
        Store { name: name.to_owned(), ..Store::default() }
    }

    #[test]
    fn the_only_store_opens_by_itself_and_of_several_the_default_one() {
        let mut settings = Settings::default();
        let opening = |settings: &Settings| settings.opening_store().unwrap().map(|store| store.name.clone());
        assert_eq!(opening(&settings), None);
        settings.stores.push(named("b2"));
        assert_eq!(opening(&settings).as_deref(), Some("b2"));
        settings.stores.push(named("minio"));
        assert_eq!(opening(&settings), None);
        settings.default_store = "minio".to_owned();
        assert_eq!(opening(&settings).as_deref(), Some("minio"));
    }

    #[test]
    fn a_broken_store_opens_never_and_another_one_only_where_it_is_meant() {
        let broken = |name: &str| BrokenStore { name: name.to_owned(), why: String::new(), holds_secret: false };
        let mut settings = Settings { broken_stores: vec![broken("far")], ..Settings::default() };
        assert_eq!(settings.opening_store().unwrap_err().name, "far", "it is the only one");
        settings.stores.push(named("b2"));
        assert!(settings.opening_store().unwrap().is_none(), "there are two");
        settings.default_store = "far".to_owned();
        assert_eq!(settings.opening_store().unwrap_err().name, "far");
        settings.default_store = "b2".to_owned();
        assert_eq!(settings.opening_store().unwrap().unwrap().name, "b2");
    }

    #[test]
    fn a_secret_is_not_in_debug_output() {
        let mut store = named("b2");
        store.secret_access_key = Some("K004hidden".to_owned().into());
        store.session_token = Some("FwoGhidden".to_owned().into());
        assert!(!format!("{store:?}").contains("hidden"));
    }

    #[test]
    fn colours_follow_the_choice_then_the_terminal() {
        assert!(ColorChoice::Auto.wants_colors(None, Some("xterm-256color")));
        assert!(ColorChoice::Auto.wants_colors(Some(""), None));
        assert!(!ColorChoice::Auto.wants_colors(Some("1"), None));
        assert!(!ColorChoice::Auto.wants_colors(None, Some("dumb")));
        assert!(ColorChoice::Always.wants_colors(Some("1"), Some("dumb")));
        assert!(!ColorChoice::Never.wants_colors(None, None));
    }
}

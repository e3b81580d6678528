//! Lays the layers of the settings over each other: defaults < file < `DAYPASS_*` variables < flags.
//!
//! Each layer is checked by itself first, so that a mistake is reported with the place where it was made. Stores and key
//! bindings come from the file alone.

use std::cell::LazyCell;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use config::{Config, ValueKind};
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::types::{BrokenStore, Settings, Store};
use crate::command::keymap::Keymap;
use crate::command::nearest::{instead, nearest};
use crate::s3::provider::{self, Provider};
use crate::s3::text::visible;

/// The variable that names the settings file; not a setting itself.
pub const CONFIG_VARIABLE: &str = "DAYPASS_CONFIG";

const PREFIX: &str = "DAYPASS_";

/// The variable of the AWS tools that counts attempts, and the setting that it is here.
const ATTEMPTS: (&str, &str) = ("AWS_MAX_ATTEMPTS", "network.attempts");

/// The settings of a store that hold a secret.
const SECRETS: [&str; 2] = ["secret_access_key", "session_token"];

/// The file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsFile {
    /// One that was asked for, and so has to exist.
    Asked(PathBuf),
    /// The usual one, where it exists.
    Usual(PathBuf),
    /// None at all.
    None,
}

/// One setting from outside the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Where it was said, as the user wrote it: `DAYPASS_LOOK_MOUSE` or `--no-mouse`.
    pub said_in: String,
    /// The setting, such as `look.mouse`.
    pub key: String,
    /// Its value, as text.
    pub value: String,
}

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The built-in keys with the settings' changes; `None` where they change nothing.
    own_keymap: Option<Keymap>,
    /// The zone of messages; `None` means the system's.
    pub message_zone: Option<TimeZone>,
    /// What the user should know, although it stops nothing.
    pub warnings: Vec<SettingsWarning>,
}

impl Loaded {
    /// The built-in keys with the settings' changes. Only a screen needs them, so only then are the built-in ones read.
    pub fn keymap(&self) -> Keymap {
        self.own_keymap.clone().unwrap_or_else(Keymap::built_in)
    }
}

/// Something that stops nothing and should be put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsWarning {
    /// Others on this machine can read a file that holds a secret.
    SecretReadableByOthers(PathBuf),
    /// One store cannot be opened; the others can.
    BrokenStore(BrokenStore),
}

impl fmt::Display for SettingsWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretReadableByOthers(file) => write!(
                f,
                "{} holds a secret key and others on this machine can read it: run chmod 600 on it",
                shown(file)
            ),
            Self::BrokenStore(store) => store.fmt(f),
        }
    }
}

/// What is wrong with the settings, where, and what to write instead. Holds no value that could be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    place: Place,
    why: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    File(PathBuf),
    Line { file: PathBuf, line: usize, key: String },
    Said(String),
}

/// `config.toml:7: look.mouse: …`, in one line that is safe for a terminal.
impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(file) => write!(f, "{}: ", shown(file))?,
            Place::Line { file, line, key } if key.is_empty() => write!(f, "{}:{line}: ", shown(file))?,
            Place::Line { file, line, key } => write!(f, "{}:{line}: {}: ", shown(file), visible(key))?,
            Place::Said(place) => write!(f, "{}: ", visible(place))?,
        }
        f.write_str(&visible(&self.why))
    }
}

impl std::error::Error for SettingsError {}

/// Reads the file and lays the other layers over it.
pub fn load(
    file: &SettingsFile,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    flags: Vec<Override>,
) -> Result<Loaded, SettingsError> {
    let unreadable = |path: &Path, error: &io::Error| SettingsError {
        place: Place::File(path.to_owned()),
        why: format!("the settings cannot be read: {error}"),
    };
    let (path, bytes) = match file {
        SettingsFile::None => (Path::new(""), Vec::new()),
        SettingsFile::Asked(path) => (path.as_path(), std::fs::read(path).map_err(|e| unreadable(path, &e))?),
        SettingsFile::Usual(path) => match std::fs::read(path) {
            Ok(bytes) => (path.as_path(), bytes),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                (path.as_path(), Vec::new())
            }
            Err(error) => return Err(unreadable(path, &error)),
        },
    };
    let mut loaded = fold(path, &bytes, environment, flags)?;
    if loaded.settings.hold_secret() && readable_by_others(path) {
        loaded.warnings.push(SettingsWarning::SecretReadableByOthers(path.to_owned()));
    }
    Ok(loaded)
}

/// The same without reading the file: `bytes` are what the file at `path` holds. Only a named time zone is looked up.
pub fn fold(
    path: &Path,
    bytes: &[u8],
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    flags: Vec<Override>,
) -> Result<Loaded, SettingsError> {
    let file = File::parse(path, bytes)?;
    let mut overrides = from_environment(environment)?;
    overrides.extend(flags);

    let settings = match overrides.as_slice() {
        // Most commands for a script: then the layers would cost more than all else.
        [] => file.settings.clone(),
        overrides => file.below(overrides)?,
    };

    let asked = settings.default_store.as_str();
    if !asked.is_empty() && !settings.has_store(asked) {
        let why = match settings.store_names().next() {
            None => format!("there is no store `{asked}`: the settings have no [[store]] yet"),
            Some(_) => format!("there is no store `{asked}`: {}", instead(asked, settings.store_names())),
        };
        return Err(file.error_in_force("default_store", &overrides, why));
    }
    let message_zone = match settings.message.time_zone.as_str() {
        "" => None,
        name => Some(TimeZone::get(name).map_err(|_| {
            let why = format!("this machine knows no time zone `{name}`: write one such as Europe/Berlin, or \"\"");
            file.error_in_force("message.time_zone", &overrides, why)
        })?),
    };
    let own_keymap = if settings.keys.is_empty() { None } else { Some(file.keymap()?) };
    let warnings = settings.broken_stores.iter().cloned().map(SettingsWarning::BrokenStore).collect();
    Ok(Loaded { settings, own_keymap, message_zone, warnings })
}

/// A settings file that is right as far as it can be by itself, but for single stores.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
    table: Spanned<DeTable<'a>>,
    settings: Settings,
}

impl<'a> File<'a> {
    fn parse(path: &'a Path, bytes: &'a [u8]) -> Result<Self, SettingsError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = 1 + bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count();
            let place = Place::Line { file: path.to_owned(), line, key: String::new() };
            SettingsError { place, why: "this is not UTF-8 text".to_owned() }
        })?;
        let table = DeTable::parse(text).map_err(|error| {
            let place = Place::Line { file: path.to_owned(), line: line_of(text, error.span()), key: String::new() };
            SettingsError { place, why: plain(error.message()) }
        })?;
        let mut file = Self { path, text, table, settings: Settings::default() };
        file.settings = Settings::deserialize(Deserializer::from(file.table.clone())).map_err(|e| file.misread(&e))?;
        file.find_providers()?;
        file.read_stores()?;
        Ok(file)
    }

    /// The settings with `overrides` laid over the file.
    fn below(&self, overrides: &[Override]) -> Result<Settings, SettingsError> {
        let mut layers = Config::builder().add_source(defaults()).add_source(self.layer()?);
        for over in overrides {
            over.check()?;
            layers = layers.set_override(&over.key, over.value.as_str()).map_err(|error| over.refused(&error))?;
        }
        let mut settings: Settings = layers
            .build()
            .and_then(Config::try_deserialize)
            .map_err(|error| SettingsError { place: Place::File(self.path.to_owned()), why: error.to_string() })?;
        settings.stores = self.settings.stores.clone();
        settings.broken_stores = self.settings.broken_stores.clone();
        settings.written_providers = self.settings.written_providers.clone();
        settings.providers = self.settings.providers.clone();
        settings.keys = self.settings.keys.clone();
        Ok(settings)
    }

    /// What the file says, without what only the file can say.
    fn layer(&self) -> Result<Config, SettingsError> {
        let mut sparse = self.table.clone();
        sparse.get_mut().remove("store");
        sparse.get_mut().remove("provider");
        sparse.get_mut().remove("keys");
        toml::Table::deserialize(Deserializer::from(sparse))
            .map_err(|error| plain(error.message()))
            .and_then(|table| Config::try_from(&table).map_err(|error| error.to_string()))
            .map_err(|why| SettingsError { place: Place::File(self.path.to_owned()), why })
    }

    fn keymap(&self) -> Result<Keymap, SettingsError> {
        Keymap::built_in().with(&self.settings.keys).map_err(|error| {
            let (scene, command) = error.row();
            let path: Vec<&str> = ["keys", scene].into_iter().chain(command).collect();
            self.error_at(&path, error.to_string())
        })
    }

    /// Reads the presets that are written here.
    fn find_providers(&mut self) -> Result<(), SettingsError> {
        let mut own: Vec<&'static Provider> = Vec::new();
        for (index, written) in self.settings.written_providers.iter().enumerate() {
            let index = index.to_string();
            let provider =
                provider::written(written).map_err(|why| self.error_at(&["provider", &index], plain(&why)))?;
            if own.iter().any(|earlier| earlier.id == provider.id) {
                let why = format!("there are two [[provider]] of the id `{}`: write one", provider.id);
                return Err(self.error_at(&["provider", &index, "id"], why));
            }
            // Settings are read once in a run, and everyone holds on to the presets.
            own.push(Box::leak(Box::new(provider)));
        }
        self.settings.providers = own;
        Ok(())
    }

    /// Reads the stores one by one. What is wrong in one of them is told of that one, and the others are as good as before.
    fn read_stores(&mut self) -> Result<(), SettingsError> {
        let Some(written) = self.table.get_ref().get("store") else { return Ok(()) };
        let tables = written.get_ref().as_array().and_then(|items| {
            items.iter().map(|item| Some((item.span(), item.get_ref().as_table()?))).collect::<Option<Vec<_>>>()
        });
        let why = "stores are written as [[store]] tables; default_store names the one that opens";
        let tables = tables.ok_or_else(|| self.error_at(&["store"], why.to_owned()))?;
        let name_of =
            |table: &DeTable<'_>| table.get("name").and_then(|name| name.get_ref().as_str().map(str::to_owned));
        let names: Vec<Option<String>> = tables.iter().map(|(_, table)| name_of(table)).collect();
        let (mut stores, mut broken_stores) = (Vec::with_capacity(tables.len()), Vec::new());
        for (index, ((span, table), name)) in tables.into_iter().zip(&names).enumerate() {
            let is_twice = name.is_some() && names.iter().filter(|other| *other == name).count() > 1;
            let read = Store::deserialize(Deserializer::from(Spanned::new(span.clone(), table.clone())));
            let sound = read.map_err(|error| self.misread(&error)).and_then(|store| match is_twice {
                true => {
                    let why = format!("there are two stores of the name `{}`: rename one", store.name);
                    Err(self.error_at(&["store", &index.to_string(), "name"], why))
                }
                false => self.sound(store, index),
            });
            match sound {
                Ok(store) => stores.push(store),
                Err(error) => broken_stores.push(BrokenStore {
                    name: name
                        .clone()
                        .filter(|name| !name.trim().is_empty())
                        .unwrap_or_else(|| format!("on line {}", line_of(self.text, Some(span)))),
                    why: error.to_string(),
                    holds_secret: SECRETS.iter().any(|key| table.contains_key(*key)),
                }),
            }
        }
        (self.settings.stores, self.settings.broken_stores) = (stores, broken_stores);
        Ok(())
    }

    /// The store at `index` with its preset, if it can be opened so.
    fn sound(&self, store: Store, index: usize) -> Result<Store, SettingsError> {
        let error = |key: &str, why: String| self.error_at(&["store", &index.to_string(), key], why);
        let named = store.provider_id.as_ref().map(|id| self.settings.provider(id)).transpose();
        let provider = named.map_err(|why| error("provider", why))?;
        let store = self.settings.recognised(Store { provider, ..store });
        if store.name.trim().is_empty() {
            return Err(error("name", "a store needs a name to be opened by".to_owned()));
        }
        match store.inconsistency() {
            Some((key, why)) => Err(error(key, why)),
            None => Ok(store),
        }
    }

    /// What `toml` and `serde` found wrong.
    fn misread(&self, error: &toml::de::Error) -> SettingsError {
        let key = error.span().and_then(|span| key_at(self.table.get_ref(), span.start)).unwrap_or_default();
        let why = match key.as_str() {
            // What was written is not repeated: it may be the secret.
            "store.secret_access_key" | "store.session_token" => "write a text in quotes".to_owned(),
            key if key.starts_with("provider") && error.message().starts_with("invalid type") => {
                "presets are written as [[provider]] tables; a [[store]] has its own provider".to_owned()
            }
            _ => plain(error.message()),
        };
        let place = Place::Line { file: self.path.to_owned(), line: line_of(self.text, error.span()), key };
        SettingsError { place, why }
    }

    /// An error in the setting `key` where it was said last: in an override, else here.
    fn error_in_force(&self, key: &str, overrides: &[Override], why: String) -> SettingsError {
        match overrides.iter().rfind(|over| over.key == key) {
            Some(over) => SettingsError { place: Place::Said(over.said_in.clone()), why },
            None => self.error_at(&key.split('.').collect::<Vec<_>>(), why),
        }
    }

    fn error_at(&self, path: &[&str], why: String) -> SettingsError {
        let line = line_of(self.text, span_of(self.table.get_ref(), path));
        let key: Vec<&str> = path.iter().copied().filter(|part| part.parse::<usize>().is_err()).collect();
        SettingsError { place: Place::Line { file: self.path.to_owned(), line, key: key.join(".") }, why }
    }
}

impl Override {
    /// A setting said by a flag.
    pub fn flag(flag: &str, key: &str, value: impl Into<String>) -> Self {
        Self { said_in: flag.to_owned(), key: key.to_owned(), value: value.into() }
    }

    /// Checks it alone over the defaults, so that an error can only be its own.
    fn check(&self) -> Result<(), SettingsError> {
        let alone = Config::builder()
            .add_source(defaults())
            .set_override(&self.key, self.value.as_str())
            .and_then(|builder| builder.build())
            .and_then(Config::try_deserialize::<Settings>);
        alone.map(drop).map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &config::ConfigError) -> SettingsError {
        let why = match error {
            config::ConfigError::Type { expected, .. } => format!("`{}` is not {}", self.value, expectation(expected)),
            config::ConfigError::At { error, .. } => return self.refused(error),
            other => plain(&other.to_string()),
        };
        SettingsError { place: Place::Said(self.said_in.clone()), why }
    }
}

/// The settings among the variables. Any other variable of our prefix is a mistake worth knowing.
fn from_environment(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<Override>, SettingsError> {
    // Mostly there is no such variable, and the names come from the defaults written out.
    let keys = LazyCell::new(keys);
    let mut overrides = Vec::new();
    for (name, value) in environment {
        if name.to_str() == Some(ATTEMPTS.0) && !value.is_empty() {
            let value = value.to_string_lossy().into_owned();
            overrides.push(Override { said_in: ATTEMPTS.0.to_owned(), key: ATTEMPTS.1.to_owned(), value });
            continue;
        }
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX) && *name != CONFIG_VARIABLE) else {
            continue;
        };
        let error = |why: String| SettingsError { place: Place::Said(name.to_owned()), why };
        let Some(key) = keys.iter().find(|key| variable(key) == name) else {
            let known: Vec<String> = keys.iter().map(|key| variable(key)).collect();
            let hint = match nearest_variable(name, &known) {
                Some(meant) => format!(": did you mean {meant}? There are"),
                None => "; there are".to_owned(),
            };
            return Err(error(format!("no setting is set by this variable{hint} {}", known.join(", "))));
        };
        let value = value.into_string().map_err(|_| error("this is not UTF-8 text".to_owned()))?;
        overrides.push(Override { said_in: name.to_owned(), key: key.clone(), value });
    }
    overrides.sort_by(|a, b| a.said_in.cmp(&b.said_in));
    Ok(overrides)
}

/// The variable that sets `key`: `links.get_expires_in` is set by `DAYPASS_LINKS_GET_EXPIRES_IN`, as Cargo does it.
pub fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_uppercase())
}

fn nearest_variable<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    // Without the prefix, which is alike in all of them and would make everything look near.
    let tail = |name: &str| name.strip_prefix(PREFIX).unwrap_or(name).to_lowercase();
    let tails: Vec<String> = known.iter().map(|known| tail(known)).collect();
    let meant = nearest(&tail(name), tails.iter().map(String::as_str))?;
    known.iter().find(|known| tail(known) == meant).map(String::as_str)
}

/// Every setting that one value sets, such as `look.mouse`, in alphabetical order. Stores and keys are not among them.
pub fn keys() -> Vec<String> {
    fn collect(prefix: &str, table: config::Map<String, config::Value>, keys: &mut Vec<String>) {
        for (name, value) in table {
            let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            match value.kind {
                ValueKind::Table(table) => collect(&key, table, keys),
                _ => keys.push(key),
            }
        }
    }
    let mut keys = Vec::new();
    collect("", config::Source::collect(&defaults()).unwrap_or_default(), &mut keys);
    keys.sort();
    keys
}

#[expect(clippy::expect_used, reason = "the defaults are part of the program, and every test reads them")]
fn defaults() -> Config {
    Config::try_from(&Settings::default()).expect("the defaults are settings")
}

/// The key that was written at `offset`, such as `links.get_expires_in`.
fn key_at(table: &DeTable<'_>, offset: usize) -> Option<String> {
    for (name, value) in table {
        let inside = match value.get_ref() {
            DeValue::Table(table) => key_at(table, offset),
            DeValue::Array(array) => array.iter().find_map(|item| key_at(item.get_ref().as_table()?, offset)),
            _ => None,
        };
        if let Some(inside) = inside {
            return Some(format!("{}.{inside}", name.get_ref()));
        }
        let written_here = |span: Range<usize>| span.contains(&offset);
        let is_an_item = || value.get_ref().as_array()?.iter().find(|item| written_here(item.span()));
        if written_here(name.span()) || written_here(value.span()) || is_an_item().is_some() {
            return Some(name.get_ref().to_string());
        }
    }
    None
}

/// Where `path` was written, or the part of it that was.
fn span_of(table: &DeTable<'_>, path: &[&str]) -> Option<Range<usize>> {
    let (first, rest) = path.split_first()?;
    let (name, value) = table.iter().find(|(name, _)| name.get_ref() == first)?;
    let deeper = match (value.get_ref(), rest) {
        (DeValue::Table(table), _) => span_of(table, rest),
        (DeValue::Array(array), [index, rest @ ..]) => {
            let item = array.get(index.parse::<usize>().ok()?)?;
            item.get_ref().as_table().and_then(|table| span_of(table, rest)).or(Some(item.span()))
        }
        _ => None,
    };
    deeper.or(Some(name.span()))
}

fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start);
    1 + text.bytes().take(start).filter(|byte| *byte == b'\n').count()
}

/// The words of `toml` and `serde` as people say them.
fn plain(message: &str) -> String {
    // Between backticks stand first the name that was written, then the ones that are known.
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field")
        && let Some(written) = quoted.next()
    {
        return format!("there is no such setting: {}", instead(written, quoted));
    }
    if message.starts_with("missing field")
        && let Some(missing) = quoted.next()
    {
        return format!("`{missing}` is missing");
    }
    match message.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((found, expected)) => format!("this is {found}: write {}", expectation(expected)),
        None => message.to_owned(),
    }
}

/// What a type is called in a settings file.
fn expectation(expected: &str) -> &str {
    match expected {
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "i64" | "an integer" | "a 64 bit integer" | "a signed 64 bit or less integer" => "a whole number",
        "a sequence" => "a list in [ ]",
        other if other.starts_with("struct ") || other == "a map" => "a table",
        other => other,
    }
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

#[cfg(unix)]
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> bool {
    false
}

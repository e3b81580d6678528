//! Which store the flags and the settings mean, and how it is opened: the same for browsing and for the commands without a
//! screen.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, anyhow};
use tracing::level_filters::LevelFilter;

use super::arguments::{StoreArguments, flag_for, nonsense};
use super::person::AtTheTerminal;
use super::stores::{first_of_settings, in_variables, with_key};
use super::{Environment, complain, variable};
use crate::presign::credentials::SigningCredentials;
use crate::presign::rules::Usual;
use crate::runtime::logging;
use crate::s3::address::{Endpoint, Proof};
use crate::s3::failure::Failure;
use crate::s3::location::Location;
use crate::s3::payer::Payer;
use crate::s3::provider;
use crate::s3::store::{Found, StoreId};
use crate::s3::store_url::{Destination, StoreUrl};
use crate::s3::text::visible;
use crate::settings::command_line::CommandLine;
use crate::settings::load::{self, Loaded, Override, SettingsFile, SettingsWarning};
use crate::settings::paths::Paths;
use crate::settings::types::{self, BrokenStore, LogLevel, Network, Settings, Store};
use crate::world::clipboard::{ClipboardChoice, Surroundings, SystemClipboard};
use crate::world::ledger::{LedgerFile, NoLedger, Rotation};
use crate::world::memory::{MemoryFile, NoMemory};
use crate::world::open::{CredentialSource, LinkSpec, StoreSpec, open};
use crate::world::secret_command::SecretCommand;
use crate::world::store::Writes;
use crate::world::wire::{Limits, Retry, RetryWatch, Trust};
use crate::world::{Ledger, Memory, SystemClock, World};

/// The shortest time between two lines about requests that are tried again.
const BETWEEN_RETRIES_TOLD: Duration = Duration::from_secs(1);

/// The settings in force, with the flags of the store over them, and `more` flags besides.
pub(super) fn settings(
    flags: &StoreArguments,
    environment: &Environment,
    paths: Option<&Paths>,
    more: impl IntoIterator<Item = Override>,
) -> anyhow::Result<Loaded> {
    let file = settings_file(flags.config.as_ref(), paths);
    let own = [("--store", "default_store", &flags.store), ("--log", "log.file", &flags.log)];
    let own = own.into_iter().filter_map(|(flag, key, value)| Some(Override::flag(flag, key, value.clone()?)));
    Ok(load::load(&file, environment.iter().cloned(), own.chain(more).collect())?)
}

/// The settings file that was named, else the usual one.
pub(super) fn settings_file(named: Option<&PathBuf>, paths: Option<&Paths>) -> SettingsFile {
    match (named, paths) {
        (Some(file), _) => SettingsFile::Asked(file.clone()),
        (None, Some(paths)) => SettingsFile::Usual(paths.config_file.clone()),
        (None, None) => SettingsFile::None,
    }
}

/// Where the settings are, or would be.
pub(super) fn named_settings_file(file: &SettingsFile) -> Option<PathBuf> {
    match file {
        SettingsFile::Asked(path) | SettingsFile::Usual(path) => Some(path.clone()),
        SettingsFile::None => None,
    }
}

/// The store that the flags describe, else the one that the settings open, else the first with credentials in variables,
/// else whatever the AWS files say, else the first of the settings; with the flags that adjust any of them.
pub(super) fn chosen(
    flags: &StoreArguments,
    settings: &Settings,
    environment: &Environment,
) -> Result<Store, Unchosen> {
    opening(flags, settings, environment).map(|(store, _)| store)
}

/// Why no store is chosen.
#[derive(Debug)]
pub(super) enum Unchosen {
    /// The flags do not go together.
    Nonsense(String),
    /// The settings say which, and it cannot be opened.
    Broken(BrokenStore),
}

impl Unchosen {
    /// The error of `command`; without it, of browsing.
    pub(super) fn of(self, command: Option<&str>) -> anyhow::Error {
        match self {
            Self::Nonsense(why) => nonsense(command, why).into(),
            Self::Broken(store) => anyhow!("{store}; until it is put right, --store NAME opens another one"),
        }
    }
}

/// The same, with which of all stores it is.
pub(super) fn opening(
    flags: &StoreArguments,
    settings: &Settings,
    environment: &Environment,
) -> Result<(Store, StoreId), Unchosen> {
    let of_variables = || in_variables(settings, environment).into_iter().next().map(|(store, _)| store);
    let of_flags = described(flags, settings).map_err(Unchosen::Nonsense)?;
    let of_settings = || settings.opening_store().map_err(|broken| Unchosen::Broken(broken.clone()));
    let (store, found) = if let Some(store) = of_flags {
        let profile_alone = flags.profile.is_some() && flags.endpoint_url.is_none() && flags.provider.is_none();
        (store, if profile_alone { Found::Profile } else { Found::Flags })
    } else if let Some(store) = of_settings()? {
        (adjusted(store.clone(), flags), Found::Settings)
    } else if let Some(store) = of_variables() {
        (adjusted(store, flags), Found::Variables)
    } else if let Some(store) = first_of_settings(settings, environment) {
        (adjusted(store.clone(), flags), Found::Settings)
    } else {
        (adjusted(Store::default(), flags), Found::Profile)
    };
    let store = with_key(store, environment);
    if let Some((key, why)) = store.inconsistency() {
        return Err(Unchosen::Nonsense(format!("{}: {why}", flag_for(key))));
    }
    let name = match (found, &flags.profile) {
        (Found::Profile, None) => variable(environment, "AWS_PROFILE").unwrap_or("default").to_owned(),
        (Found::Demo | Found::Flags | Found::Settings | Found::Variables | Found::Profile, _) => name_of(&store),
    };
    Ok((store, StoreId { name, found }))
}

/// Makes flags and settings mean the store that a URL leads to: the one of the settings that answers there, unless the flags
/// say whose credentials are to be used, else one that the URL describes. Or why they do not go together.
fn point_to(url: StoreUrl, flags: &mut StoreArguments, settings: &mut Settings) -> Result<(), &'static str> {
    if flags.store.is_some() || flags.endpoint_url.is_some() {
        return Err(
            "the URL says which store is meant: leave --store and --endpoint-url out, or write s3://bucket/prefix",
        );
    }
    let answers = |store: &&Store| {
        let place = provider::resolve(&store.given());
        place.is_ok_and(|found| found.address.endpoint.authority == url.endpoint.authority)
    };
    let bucket = |place: Option<&Location>| match place {
        Some(Location::Prefix { bucket, .. }) => Some(bucket.clone()),
        Some(Location::Buckets) | None => None,
    };
    let there: Vec<&Store> = settings.stores.iter().filter(answers).collect();
    let same_bucket = |store: &&&Store| bucket(store.opens_at()) == bucket(url.place.as_ref());
    let meant = there.iter().find(same_bucket).or(there.first()).filter(|_| flags.profile.is_none());
    match meant.filter(|_| flags.provider.is_none()).map(|store| store.name.clone()) {
        Some(name) => settings.default_store = name,
        None => flags.endpoint_url = Some(url.endpoint.into()),
    }
    Ok(())
}

/// The place that is meant, after flags and settings mean the store of it, where it names one.
pub(super) fn led_to(
    destination: Option<Destination>,
    flags: &mut StoreArguments,
    settings: &mut Settings,
) -> Result<Option<Location>, &'static str> {
    match destination {
        Some(Destination::Url(url)) => {
            let place = url.place.clone();
            point_to(url, flags, settings)?;
            Ok(place)
        }
        Some(Destination::Place(place)) => Ok(Some(place)),
        None => Ok(None),
    }
}

/// The store that the flags describe, if they do.
pub(super) fn described(flags: &StoreArguments, settings: &Settings) -> Result<Option<Store>, String> {
    if flags.profile.is_none() && flags.endpoint_url.is_none() && flags.provider.is_none() {
        return Ok(None);
    }
    let provider = flags.provider.as_ref().map(|id| settings.provider(id)).transpose();
    let store = Store {
        name: flags.profile.clone().unwrap_or_default(),
        provider: provider.map_err(not_a_provider)?,
        endpoint: flags.endpoint_url.clone(),
        profile: flags.profile.clone(),
        ..Store::default()
    };
    Ok(Some(settings.recognised(adjusted(store, flags))))
}

/// What is said of a provider that a flag names.
pub(super) fn not_a_provider(why: String) -> String {
    format!("invalid value for '--provider <ID>': {why}")
}

/// A store with what the flags say about whichever it is.
fn adjusted(store: Store, flags: &StoreArguments) -> Store {
    let store = Store {
        region: flags.region.clone().or(store.region),
        addressing: flags.addressing().or(store.addressing),
        requester_pays: flags.request_payer.is_some() || store.requester_pays,
        ..store
    };
    match flags.no_sign_request {
        false => store,
        true => Store {
            anonymous: true,
            access_key_id: None,
            secret_access_key: None,
            secret_command: None,
            session_token: None,
            key_expires: None,
            ..store
        },
    }
}

/// The file to log to, if any.
pub(super) fn log_file(settings: &Settings, paths: Option<&Paths>) -> Option<PathBuf> {
    named_file(&settings.log.file, paths)
}

/// The ledger that the settings name, else the usual one; without a home, a folder for what may get lost has to do.
pub(super) fn ledger_file(settings: &Settings, paths: Option<&Paths>) -> PathBuf {
    let usual = || {
        let folder = paths.map_or_else(|| std::env::temp_dir().join("daypass"), |paths| paths.state_dir.clone());
        folder.join("ledger.jsonl")
    };
    named_file(&settings.ledger.file, paths).unwrap_or_else(usual)
}

/// The folder for links that are written to files; without a home, one for what may get lost has to do.
pub(super) fn links_folder(state_dir: Option<&Path>) -> PathBuf {
    state_dir.map_or_else(|| std::env::temp_dir().join("daypass"), Path::to_owned).join("links")
}

/// What is remembered until the next session, where that is wanted.
pub(super) fn memory(settings: &Settings, state_dir: Option<&Path>) -> Arc<dyn Memory> {
    match state_dir {
        Some(folder) if settings.browse.remember => Arc::new(MemoryFile::new(folder.join("stores.json"))),
        Some(_) | None => Arc::new(NoMemory),
    }
}

/// How text is copied, in the words of `world`.
pub(super) fn clipboard_of(choice: types::ClipboardChoice) -> ClipboardChoice {
    match choice {
        types::ClipboardChoice::Auto => ClipboardChoice::Auto,
        types::ClipboardChoice::Native => ClipboardChoice::Native,
        types::ClipboardChoice::Osc52 => ClipboardChoice::Osc52,
        types::ClipboardChoice::None => ClipboardChoice::None,
    }
}

/// The file that a setting names.
fn named_file(setting: &str, paths: Option<&Paths>) -> Option<PathBuf> {
    let file = (!setting.is_empty()).then(|| PathBuf::from(setting))?;
    Some(paths.map(|paths| paths.below_home(&file)).unwrap_or(file))
}

/// The ledger in `file`; none where the settings turn it off.
pub(super) fn ledger(file: Option<&Path>) -> Arc<dyn Ledger> {
    match file {
        Some(file) => Arc::new(LedgerFile::new(file, Rotation::default())),
        None => Arc::new(NoLedger),
    }
}

/// Logs to `file` from now on, if there is to be a log.
pub(super) fn start_log(file: Option<&Path>, settings: &Settings) -> anyhow::Result<()> {
    let Some(file) = file else { return Ok(()) };
    logging::to_file(file, level(settings.log.level)).with_context(|| format!("cannot log to {}", file.display()))
}

/// Opens a store for a command that has no screen: nothing is copied, and no link is written to a file of its own.
pub(super) async fn open_headless(
    spec: &StoreSpec,
    ledger: Arc<dyn Ledger>,
    memory: Arc<dyn Memory>,
) -> Result<World, Failure> {
    let clipboard = SystemClipboard::new(ClipboardChoice::None, Surroundings::from_env(|_| None));
    let (clipboard, person) = (Arc::new(Mutex::new(clipboard)), Arc::new(AtTheTerminal));
    let opened = open(spec, clipboard, Arc::new(SystemClock), ledger, person, memory, PathBuf::new()).await?;
    if io::stderr().is_terminal() {
        tokio::spawn(tell_of_retries(opened.world.store.retries()));
    }
    Ok(opened.world)
}

/// Says on standard error why nothing comes, for as long as the runtime turns.
async fn tell_of_retries(mut watch: RetryWatch) {
    loop {
        if let Some(retrying) = watch.next().await {
            // A line that tells progress may stand there; and where nobody hears it, it is tried again all the same.
            let _ = writeln!(io::stderr(), "\r\x1b[Kdaypass: {}", visible(&retrying.words(retrying.left)));
            tokio::time::sleep(BETWEEN_RETRIES_TOLD).await;
        }
    }
}

/// A store for a command that only reads it, with every choice made.
pub(super) struct Headless {
    store: Store,
    place: Option<Location>,
    settings: Settings,
    log_file: Option<PathBuf>,
    state_dir: Option<PathBuf>,
    warnings: Vec<SettingsWarning>,
}

/// The store that the flags, the settings and the place mean for `command`.
pub(super) fn headless(
    destination: Option<Destination>,
    flags: &StoreArguments,
    environment: &Environment,
    paths: Option<&Paths>,
    command: &str,
) -> anyhow::Result<Headless> {
    let Loaded { mut settings, warnings, .. } = self::settings(flags, environment, paths, [])?;
    let mut flags = flags.clone();
    let place = led_to(destination, &mut flags, &mut settings).map_err(|why| nonsense(Some(command), why))?;
    let store = chosen(&flags, &settings, environment).map_err(|unchosen| unchosen.of(Some(command)))?;
    let log_file = log_file(&settings, paths);
    let state_dir = paths.map(|paths| paths.state_dir.clone());
    Ok(Headless { store, place, settings, log_file, state_dir, warnings })
}

impl Headless {
    /// The place that is meant, else the one that the store opens at.
    pub(super) fn start(&self) -> Option<&Location> {
        self.place.as_ref().or_else(|| self.store.opens_at())
    }

    /// Opens it, and says what is odd about the settings on standard error.
    pub(super) async fn open(&self) -> anyhow::Result<World> {
        start_log(self.log_file.as_deref(), &self.settings)?;
        self.warnings.iter().for_each(|warning| complain(warning));
        let memory = memory(&self.settings, self.state_dir.as_deref());
        Ok(open_headless(&spec_of(&self.store, usual(&self.settings)), ledger(None), memory).await?)
    }
}

/// What holds for every store that does not say otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Common {
    /// What links live when nobody says how long.
    pub links: Usual,
    network: Network,
}

/// What the settings say for every store.
pub(super) fn usual(settings: &Settings) -> Common {
    let links = &settings.links;
    let links = Usual {
        get: links.get_expires_in,
        put: links.put_expires_in,
        head: links.head_expires_in,
        delete: links.delete_expires_in,
    };
    Common { links, network: settings.network }
}

impl Common {
    /// How long is waited for `store`, and how often it is asked where that was chosen.
    pub(super) fn patience(&self, store: &Store) -> (Limits, Option<Retry>) {
        let seconds = |own: Option<u16>, usual: u16| Duration::from_secs(own.unwrap_or(usual).into());
        let limits = Limits::of(
            seconds(store.connect_timeout, self.network.connect_timeout),
            seconds(store.read_timeout, self.network.read_timeout),
        );
        let attempts = store.attempts.unwrap_or(self.network.attempts).into();
        (limits, (attempts > 0).then(|| Retry { attempts, ..Retry::default() }))
    }
}

/// The place that may be listed in place of one that may not: as the screen goes there, which is told.
pub(super) fn instead(place: &Location, error: &anyhow::Error) -> Option<Location> {
    let closed = place.closed(error.downcast_ref::<Failure>()?)?;
    complain(&visible(&format!("{place} may not be listed; this is {closed}")));
    Some(closed)
}

/// Whom the connections to `store` trust. Where it names no certificates, those that all AWS tools trust are taken.
pub(super) fn trust_of(store: &Store) -> Trust {
    let bundle = || std::env::var("AWS_CA_BUNDLE").ok().filter(|file| !file.is_empty());
    let file = store.ca_file.clone().or_else(bundle).map(PathBuf::from);
    let below_home = |file: PathBuf| Paths::of_user().map_or(file.clone(), |paths| paths.below_home(&file));
    Trust { ca_file: file.map(below_home), proof: if store.insecure_tls { Proof::Waived } else { Proof::Wanted } }
}

/// The store as `world` opens it.
pub(super) fn spec_of(store: &Store, usual: Common) -> StoreSpec {
    let (limits, retry) = usual.patience(store);
    let credentials = match (&store.access_key_id, &store.secret_access_key, &store.secret_command) {
        _ if store.anonymous => CredentialSource::Anonymous { profile: store.profile.clone() },
        (Some(id), Some(secret), _) => CredentialSource::Fixed(SigningCredentials {
            access_key_id: id.clone(),
            secret_access_key: secret.clone(),
            session_token: store.session_token.clone(),
            expires: store.key_expires,
            source: store.key_source.clone().unwrap_or_else(|| format!("store {}", store.name)),
        }),
        (Some(id), None, Some(CommandLine { program, arguments })) => CredentialSource::Command(SecretCommand {
            program: program.clone(),
            arguments: arguments.clone(),
            access_key_id: id.clone(),
            expires: store.key_expires,
            store: store.name.clone(),
        }),
        _ => CredentialSource::Chain { profile: store.profile.clone() },
    };
    StoreSpec {
        name: name_of(store),
        provider: store.provider,
        endpoint: store.base(),
        region: store.region.clone(),
        variant: store.variant(),
        style: store.addressing,
        credentials,
        links: LinkSpec {
            usual: usual.links,
            ceiling: store.max_expires_in,
            public_endpoint: store.public_endpoint.clone().map(|endpoint| store.as_allowed(endpoint)),
            cdn_host: store.cdn_host.clone(),
        },
        limits,
        retry,
        requests: store.requests,
        trust: trust_of(store),
        inventories: store.inventory.clone(),
        writes: if store.allow_write { Writes::Allowed } else { Writes::Refused },
        payer: if store.requester_pays { Payer::Requester } else { Payer::Owner },
    }
}

/// What the screen calls the store: its own name, else the profile, else the host, else whose store it is; where nothing is said
/// of it, as the variables of AWS say.
pub(super) fn name_of(store: &Store) -> String {
    let given = (!store.name.is_empty()).then(|| store.name.clone());
    given
        .or_else(|| store.profile.clone())
        .or_else(|| store.endpoint.as_ref().map(|url| url.endpoint.authority.clone()))
        .or_else(|| store.provider.map(|provider| provider.id.clone()))
        .or_else(|| std::env::var("AWS_PROFILE").ok().filter(|profile| !profile.is_empty()))
        .or_else(|| {
            let said =
                ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].into_iter().find_map(|name| std::env::var(name).ok());
            said.and_then(|text| Endpoint::parse(&text).ok()).map(|endpoint| endpoint.authority)
        })
        .unwrap_or_else(|| "aws".to_owned())
}

fn level(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

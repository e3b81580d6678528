//! Opens a store: from what the user chose, and what the AWS variables and files add, to a [`World`]. Connects nowhere.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::clock::StoreClock;
use super::credentials::{Anonymous, AwsSettings, AwsWire, Chain, Fixed};
use super::doctor::{Files, HouseDoctor, Visit};
use super::ledger::os_user;
use super::links::Links;
use super::probe::WireProber;
use super::secret_command::{Commanded, SecretCommand};
use super::store::{S3Store, Writes};
use super::wire::{Guard, Http, Limits, Retry, Trust};
use super::{Clipboard, Clock, Credentials, Ledger, Memory, NoKeys, NoStores, Person, World};
use crate::presign::credentials::SigningCredentials;
use crate::presign::expiry::Expiry;
use crate::presign::ledger::Issuer;
use crate::presign::rules::{Rules, Usual};
use crate::s3::address::{AddressingStyle, Endpoint, Insecure, Proof};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::location::Location;
use crate::s3::name::BucketName;
use crate::s3::payer::Payer;
use crate::s3::provider::{self, Given, Provider, Resolved, Variant};
use crate::s3::store::StoreId;

/// A store as the user chose it. What is left out follows from the rest, or from the AWS variables and files.
#[derive(Clone, Debug)]
pub struct StoreSpec {
    /// What the user calls it.
    pub name: String,
    /// Who runs it.
    pub provider: Option<&'static Provider>,
    /// Where it answers.
    pub endpoint: Option<Endpoint>,
    /// The region to sign for.
    pub region: Option<String>,
    /// Which of its provider's endpoints in that region is meant.
    pub variant: Variant,
    /// How its buckets are named.
    pub style: Option<AddressingStyle>,
    /// Whose name requests and links are signed in.
    pub credentials: CredentialSource,
    /// What its links are bound to, besides what its provider says.
    pub links: LinkSpec,
    /// How long the wire waits.
    pub limits: Limits,
    /// How often it tries; `None` leaves that to the AWS variables and files.
    pub retry: Option<Retry>,
    /// How many requests a listing has under way at most; `None` leaves that to the provider's preset.
    pub requests: Option<u16>,
    /// Whom it trusts.
    pub trust: Trust,
    /// Whether daypass may change something in it.
    pub writes: Writes,
    /// Who pays for what is read from it.
    pub payer: Payer,
    /// Where the inventories of its buckets lie.
    pub inventories: BTreeMap<BucketName, Location>,
}

/// What the user chose for the links of a store.
#[derive(Clone, Debug, Default)]
pub struct LinkSpec {
    /// What links live when nobody says how long.
    pub usual: Usual,
    /// The longest life that a link may have.
    pub ceiling: Option<Expiry>,
    /// The address that links carry instead of the one that is browsed.
    pub public_endpoint: Option<Endpoint>,
    /// The host that takes the place of the signed one.
    pub cdn_host: Option<String>,
}

/// Where a store's credentials come from.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// The sources of the AWS tools, or one of their profiles.
    Chain {
        /// The profile that the user named.
        profile: Option<String>,
    },
    /// Nobody's: requests go out unsigned. The profile still says where the store is.
    Anonymous {
        /// The profile that the user named.
        profile: Option<String>,
    },
    /// Keys that the user wrote down for this store, or the demo store's.
    Fixed(SigningCredentials),
    /// A key whose secret a program prints.
    Command(SecretCommand),
}

/// A store that can be asked.
#[derive(Clone)]
pub struct Opened {
    /// The store, and everything that goes with it.
    pub world: World,
    /// What the screen calls it.
    pub label: StoreLabel,
}

/// A store in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreLabel {
    /// What the user calls it.
    pub store: String,
    /// Who runs it: `Backblaze B2`.
    pub provider: String,
    /// Where it answers.
    pub endpoint: Endpoint,
    /// The region that it was opened for; buckets may turn out to be elsewhere.
    pub region: String,
    /// What is not secure about the way there.
    pub insecure: Option<Insecure>,
}

/// Opens a store, knowing no other keys. Reads the AWS variables and files, and its memory, at most, and asks nobody: the first request finds out the rest.
pub async fn open(
    spec: &StoreSpec,
    clipboard: Arc<Mutex<dyn Clipboard>>,
    clock: Arc<dyn Clock>,
    ledger: Arc<dyn Ledger>,
    person: Arc<dyn Person>,
    memory: Arc<dyn Memory>,
    links_dir: PathBuf,
) -> Result<Opened, Failure> {
    let spec = &as_profile_says(spec).await?;
    let Resolved { address, provider } = resolve(spec).await?;
    let machine = clock;
    let clock = Arc::new(StoreClock::new(machine.clone()));
    let credentials = credentials_of(spec, clock.clone(), person);
    let label = StoreLabel {
        store: spec.name.clone(),
        provider: provider.name.clone(),
        endpoint: address.endpoint.clone(),
        region: address.region.clone(),
        insecure: address.endpoint.insecurity(spec.trust.proof),
    };
    let LinkSpec { usual, ceiling, public_endpoint, cdn_host } = spec.links.clone();
    let http = Http::new(spec.limits, &spec.trust);
    let prober = WireProber::of_store(http.clone(), public_endpoint.as_ref().unwrap_or(&address.endpoint).clone());
    let links = Arc::new(Links::new(Rules { provider, usual, ceiling, public_endpoint, cdn_host, payer: spec.payer }));
    let issuer = Issuer { who: os_user(), store: spec.name.clone(), provider: provider.id.clone() };
    let guard = Guard::new(address, credentials.clone(), http, spec.retry.unwrap_or_default(), clock.clone())
        .paid_by(spec.payer);
    let guard = guard.remembering(memory.clone(), spec.name.clone()).await;
    let store = Arc::new(S3Store::new(guard, provider, spec.writes));
    let prober = Arc::new(prober);
    let files = Files { settings: None, broken_stores: Vec::new(), ledger: None, links: links_dir.clone() };
    let visit = Visit { spec: spec.clone(), place: Location::Buckets, page: None, files, clipboard: None };
    let doctor = Arc::new(HouseDoctor { visit, clock: machine, credentials: credentials.clone() });
    let world = World {
        store,
        requests: spec.requests.unwrap_or(provider.requests).into(),
        credentials,
        clipboard,
        clock,
        links,
        ledger,
        issuer,
        memory,
        prober,
        doctor,
        own_keys: Arc::new(NoKeys),
        stores: Arc::new(NoStores),
        inventories: spec.inventories.clone(),
        links_dir,
    };
    Ok(Opened { world, label })
}

/// The same with what its AWS profile says of the way to any service, where the user and the variables leave that out.
async fn as_profile_says(spec: &StoreSpec) -> Result<StoreSpec, Failure> {
    let (CredentialSource::Chain { profile } | CredentialSource::Anonymous { profile }) = &spec.credentials else {
        return Ok(spec.clone());
    };
    let AwsWire { ca_bundle, attempts } = AwsWire::read(profile.as_deref())
        .await
        .map_err(|(why, hint)| Failure::new(FailureKind::Refused, format!("open `{}`", spec.name), why, hint))?;
    let retry = spec.retry.or_else(|| Some(Retry { attempts: attempts?, ..Retry::default() }));
    let ca_file = spec.trust.ca_file.clone().or(ca_bundle.filter(|_| spec.trust.proof == Proof::Wanted));
    Ok(StoreSpec { retry, trust: Trust { ca_file, ..spec.trust.clone() }, ..spec.clone() })
}

/// The failure of a store that is not there any more.
pub fn unknown(store: &StoreId) -> Failure {
    let what = format!("open `{}`", store.name);
    Failure::new(FailureKind::Refused, what, "it is not there any more", "read the list of stores again")
}

/// The failure to add a store where there are no settings.
pub fn no_settings() -> Failure {
    let why = "there is no place for settings";
    Failure::new(FailureKind::Refused, "add the store", why, "set HOME, or name a file with --config")
}

/// Where its credentials come from. Asks nobody yet.
pub fn credentials_of(spec: &StoreSpec, clock: Arc<dyn Clock>, person: Arc<dyn Person>) -> Arc<dyn Credentials> {
    match &spec.credentials {
        CredentialSource::Chain { profile } => Arc::new(Chain::new(profile.clone(), clock, person)),
        CredentialSource::Anonymous { .. } => Arc::new(Anonymous),
        CredentialSource::Fixed(keys) => Arc::new(Fixed(keys.clone())),
        CredentialSource::Command(command) => Arc::new(Commanded::new(command.clone(), person)),
    }
}

/// The address that follows from the choice; from the AWS settings as well, where they are meant. Asks nobody.
pub async fn resolve(spec: &StoreSpec) -> Result<Resolved, Failure> {
    let refused =
        |why: String, hint: &str| Failure::new(FailureKind::Refused, format!("open `{}`", spec.name), why, hint);
    let mut given = Given {
        provider: spec.provider,
        endpoint: spec.endpoint.clone(),
        region: spec.region.clone(),
        variant: spec.variant,
        style: spec.style,
        ..Given::default()
    };
    given.key_id = match &spec.credentials {
        CredentialSource::Fixed(keys) => Some(keys.access_key_id.clone()),
        CredentialSource::Command(command) => Some(command.access_key_id.clone()),
        CredentialSource::Chain { .. } | CredentialSource::Anonymous { .. } => None,
    };
    if let CredentialSource::Chain { profile } | CredentialSource::Anonymous { profile } = &spec.credentials {
        let aws = AwsSettings::read(profile.as_deref()).await;
        given.general_region = aws.region;
        // A provider that was named is not to be led elsewhere by a variable.
        if let (None, None, Some(text)) = (&given.endpoint, given.provider, aws.endpoint) {
            let words =
                |error| refused(format!("{error}"), "look at AWS_ENDPOINT_URL and at endpoint_url in ~/.aws/config");
            given.endpoint = Some(Endpoint::parse(&text).map_err(words)?);
        }
        // These hold for all stores, so they mean those that have such endpoints.
        if given.variant == Variant::Usual && given.provider.is_none_or(|provider| provider.has(aws.variant)) {
            given.variant = aws.variant;
        }
    }
    let resolved = provider::resolve(&given)
        .map_err(|error| refused(error.to_string(), "say it with --region or --endpoint-url, or in config.toml"))?;
    if !resolved.address.endpoint.is_confidential() {
        return Err(refused(
            format!("{} would send names and links over the network unprotected", resolved.address.endpoint),
            "use https://, or set allow_http = true for this store in config.toml if you mean it",
        ));
    }
    Ok(resolved)
}

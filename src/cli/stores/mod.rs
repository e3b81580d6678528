//! Which stores there are on this machine, and where each was found: flags, settings, variables, and the profiles of
//! the AWS files.

mod add;
mod list;
mod own;

use std::ffi::OsString;
use std::fmt;

use anyhow::Context;
use secrecy::SecretString;

use super::store::{name_of, spec_of, usual};
use super::{Environment, variable};
use crate::s3::address::{Endpoint, Insecure};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::provider::{self, KeyVariables, Provider, Resolved};
use crate::s3::store::Found;
use crate::s3::store_url::StoreUrl;
use crate::settings::types::{BrokenStore, Settings, Store};
use crate::world::open::{StoreSpec, resolve};
use crate::world::profiles::{KeySource, Profile, profiles};

pub(super) use self::add::{StoreAddArguments, StoreAddPlan, run as run_add};
pub(super) use self::list::{StoreListOutput, StoreListPlan, plan, run};
pub(super) use self::own::{First, House, OwnStores};

/// Variables that give the AWS tools credentials without a file.
const AWS_VARIABLES: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// A store that can be opened.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// What to open. It always has a name, which may be another one's as well.
    pub store: Store,
    /// Where it was found.
    pub origin: Origin,
    /// Where it answers, as far as that is known without asking, else why it is not.
    pub place: Result<Resolved, Failure>,
    /// What is not secure about the way there.
    pub insecure: Option<Insecure>,
}

/// Where a store was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The flags describe it.
    Flags,
    /// It is a `[[store]]` of the settings.
    Settings,
    /// These variables hold its credentials, or say where they are.
    Variables(Vec<String>),
    /// It is a profile of the AWS files, with credentials of this kind.
    Profile(KeySource),
}

/// `config.toml`, `profile (role)`, `B2_KEY_ID, B2_KEY`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flags => f.write_str("flags"),
            Self::Settings => f.write_str("config.toml"),
            Self::Variables(names) => f.write_str(&names.join(", ")),
            Self::Profile(keys) => write!(f, "profile ({})", keys.word()),
        }
    }
}

impl Origin {
    /// The same without its particulars.
    fn found(&self) -> Found {
        match self {
            Self::Flags => Found::Flags,
            Self::Settings => Found::Settings,
            Self::Variables(_) => Found::Variables,
            Self::Profile(_) => Found::Profile,
        }
    }
}

/// All stores, in the order of precedence, and which of them opens when none is asked for.
#[derive(Clone, Debug)]
pub(super) struct Stores {
    /// The stores.
    pub known: Vec<Known>,
    /// The index of the one that opens.
    pub opening: Option<usize>,
    /// Why no profile is among them, where the AWS files cannot be read.
    pub unread: Option<Failure>,
}

/// Finds all stores, with the one that flags describe, if they do. Reads the AWS files; asks nobody.
pub(super) async fn find(of_flags: Option<Store>, settings: &Settings, environment: &Environment) -> Stores {
    let (found, unread) = named(of_flags, settings, environment).await;
    let opening = opening(&found, unread.as_ref(), settings, environment);
    let mut known = Vec::with_capacity(found.len());
    for Named { store, origin, trouble } in found {
        let spec = spec_of(&store, usual(settings));
        let place = match trouble {
            Some(trouble) => Err(trouble),
            None => resolve(&spec).await,
        };
        let insecure = insecurity(&place, &spec);
        known.push(Known { store, origin, place, insecure });
    }
    Stores { known, opening, unread }
}

/// What is not secure about the way to a store, where it is known where it answers.
fn insecurity(place: &Result<Resolved, Failure>, spec: &StoreSpec) -> Option<Insecure> {
    place.as_ref().ok()?.address.endpoint.insecurity(spec.trust.proof)
}

/// A store of which it was not yet looked where it answers.
struct Named {
    store: Store,
    origin: Origin,
    /// Why it cannot be opened, whatever it is.
    trouble: Option<Failure>,
}

/// The same, without a look at where each answers.
async fn named(
    of_flags: Option<Store>,
    settings: &Settings,
    environment: &Environment,
) -> (Vec<Named>, Option<Failure>) {
    let (profiles, unread) = match profiles().await {
        Ok(profiles) => (profiles, None),
        Err(failure) => (Vec::new(), Some(failure)),
    };
    let found = in_order(of_flags, settings, environment, profiles);
    let found =
        found.into_iter().map(|found| Named { store: Store { name: name_of(&found.store), ..found.store }, ..found });
    (found.collect(), unread)
}

/// The stores whose credentials are in variables. The first of them opens where neither flags nor settings say which.
pub(super) fn in_variables(settings: &Settings, environment: &Environment) -> Vec<(Store, Vec<String>)> {
    let of_aws: Vec<String> =
        AWS_VARIABLES.into_iter().filter(|name| variable(environment, name).is_some()).map(str::to_owned).collect();
    let of_aws = (!of_aws.is_empty()).then(|| (Store::default(), of_aws));
    let of_providers = provider::known(&settings.providers).filter_map(|provider| {
        let endpoint = endpoint_variable(environment).filter(|endpoint| provider.owns(endpoint.host()));
        let found = key_in_variables(provider, environment)?;
        let names = vec![found.0.id.clone(), found.0.secret.clone()];
        let endpoint = endpoint.map(StoreUrl::from);
        let store = Store { name: provider.id.clone(), provider: Some(provider), endpoint, ..Store::default() };
        Some((keyed(store, found), names))
    });
    of_aws.into_iter().chain(of_providers).collect()
}

/// A store with the key that the variables of its provider hold, where it names no credentials itself.
pub(super) fn with_key(store: Store, environment: &Environment) -> Store {
    let provider = store.provider.or_else(|| provider::by_host(store.endpoint.as_ref()?.endpoint.host()));
    let silent = store.profile.is_none() && store.access_key_id.is_none() && !store.anonymous;
    match provider.filter(|_| silent).and_then(|provider| key_in_variables(provider, environment)) {
        Some(found) => keyed(store, found),
        None => store,
    }
}

fn keyed(store: Store, (names, id, secret): (&KeyVariables, String, SecretString)) -> Store {
    let key_source = Some(format!("{} and {}", names.id, names.secret));
    Store { access_key_id: Some(id), secret_access_key: Some(secret), key_source, ..store }
}

fn key_in_variables<'a>(
    provider: &'a Provider,
    environment: &Environment,
) -> Option<(&'a KeyVariables, String, SecretString)> {
    provider.key_variables.iter().find_map(|names| {
        let (id, secret) = (variable(environment, &names.id)?, variable(environment, &names.secret)?);
        Some((names, id.to_owned(), secret.into()))
    })
}

/// Whether nothing on this machine says which store could be meant, as far as that is known without asking anybody.
pub(super) fn none_is_known(settings: &Settings, environment: &Environment) -> anyhow::Result<bool> {
    let said = |(name, _): &(OsString, OsString)| name.to_string_lossy().starts_with("AWS_");
    if settings.store_names().next().is_some()
        || environment.iter().any(said)
        || !in_variables(settings, environment).is_empty()
    {
        return Ok(false);
    }
    Ok(of_aws_files()?.is_some_and(|profiles| profiles.is_empty()))
}

/// The first store of the settings, where nothing of AWS says that another one is meant: no profile is named, and there is
/// no default one. Variables with credentials go before it.
pub(super) fn first_of_settings<'a>(settings: &'a Settings, environment: &Environment) -> Option<&'a Store> {
    let first = settings.stores.first().filter(|_| variable(environment, "AWS_PROFILE").is_none())?;
    // One that only a name leads to is not what somebody means who names none.
    let has_no_default = |profiles: Vec<Profile>| profiles.iter().all(|profile| profile.name != "default");
    of_aws_files().ok()?.is_some_and(has_no_default).then_some(first)
}

/// The profiles of the AWS files, none where these are not there; `None` where they cannot be read, and may hold some.
fn of_aws_files() -> anyhow::Result<Option<Vec<Profile>>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    Ok(runtime.block_on(profiles()).ok())
}

fn in_order(
    of_flags: Option<Store>,
    settings: &Settings,
    environment: &Environment,
    profiles: Vec<Profile>,
) -> Vec<Named> {
    let sound = |store: Store, origin| Named { store, origin, trouble: None };
    let of_flags = of_flags.map(|store| sound(with_key(store, environment), Origin::Flags));
    let of_settings = settings.stores.iter().map(|store| sound(with_key(store.clone(), environment), Origin::Settings));
    let broken = settings.broken_stores.iter().map(|BrokenStore { name, why, .. }| {
        let hint = "put it right in the settings; the other stores work";
        let trouble = Some(Failure::new(FailureKind::Refused, format!("open `{name}`"), why.as_str(), hint));
        Named { store: Store { name: name.clone(), ..Store::default() }, origin: Origin::Settings, trouble }
    });
    let of_variables =
        in_variables(settings, environment).into_iter().map(|(store, names)| sound(store, Origin::Variables(names)));
    let of_profiles = profiles.into_iter().map(|Profile { name, keys }| {
        let store = Store { name: name.clone(), profile: Some(name), ..Store::default() };
        sound(store, Origin::Profile(keys))
    });
    of_flags.into_iter().chain(of_settings).chain(broken).chain(of_variables).chain(of_profiles).collect()
}

/// The index of the store that opens when none is asked for.
fn opening(found: &[Named], unread: Option<&Failure>, settings: &Settings, environment: &Environment) -> Option<usize> {
    let of_settings = match settings.opening_store() {
        Ok(store) => store.map(|store| store.name.as_str()),
        Err(broken) => Some(broken.name.as_str()),
    };
    let profile = variable(environment, "AWS_PROFILE").unwrap_or("default");
    let is = |wanted: &dyn Fn(&Named) -> bool| found.iter().position(wanted);
    let is_of_aws = |found: &Named| matches!(found.origin, Origin::Profile(_));
    let none_is_named = unread.is_none() && variable(environment, "AWS_PROFILE").is_none();
    let of = |origin: Origin| move |found: &Named| found.origin == origin;
    is(&of(Origin::Flags))
        .or_else(|| is(&|found| found.origin == Origin::Settings && Some(found.store.name.as_str()) == of_settings))
        .or_else(|| is(&|found| matches!(found.origin, Origin::Variables(_))))
        .or_else(|| is(&|found| is_of_aws(found) && found.store.name == profile))
        .or_else(|| is(&|found| none_is_named && found.origin == Origin::Settings && found.trouble.is_none()))
}

/// The endpoint that the variables name, as far as it can be read.
fn endpoint_variable(environment: &Environment) -> Option<Endpoint> {
    let text = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].iter().find_map(|name| variable(environment, name))?;
    Endpoint::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_variables_serves_a_silent_store_of_its_provider_and_says_where_it_was_found() {
        let environment: Environment =
            [("B2_KEY_ID", "0041"), ("B2_KEY", "K004")].map(|(n, v)| (n.into(), v.into())).into();
        let b2 = Store { provider: provider::by_id("b2"), ..Store::default() };
        let keyed = with_key(b2.clone(), &environment);
        assert_eq!(keyed.access_key_id.as_deref(), Some("0041"));
        assert_eq!(keyed.key_source.as_deref(), Some("B2_KEY_ID and B2_KEY"));
        let (of_profile, of_aws) = (Some("ops".to_owned()), provider::by_id("aws"));
        for other in [Store { profile: of_profile, ..b2.clone() }, Store { provider: of_aws, ..b2 }] {
            assert!(with_key(other, &environment).access_key_id.is_none());
        }
    }
}

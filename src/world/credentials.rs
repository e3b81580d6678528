//! Where signing keys come from: fixed ones, or whatever the AWS tools on this machine would use.

mod process;
mod source;
mod way;
pub(super) mod words;

use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_credential_types::provider::error::TokenError;
use aws_credential_types::token_fn::provide_token_fn;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider as Tls, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_types::SdkConfig;
use aws_types::sdk_config::SharedHttpClient;
use aws_types::service_config::ServiceConfigKey;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use jiff::{SignedDuration, Timestamp};

use self::source::Source;
use super::wire::tls::{self, TlsTrouble};
use super::{Clock, Credentials, Person};
use crate::doctor;
use crate::presign::credentials::SigningCredentials;
use crate::s3::failure::{Failure, FailureKind};

/// Temporary credentials are asked for anew, beside whatever uses them, once they have less left than this.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_mins(5);

/// How long it is until that is tried again where it failed, or where the source still hands out the same keys.
const RENEW_PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// How long one source may take. A role behind single sign-on takes seconds; a hanging helper takes for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// The region in which AWS is asked to assume a role where none is configured: its oldest.
const FALLBACK_REGION: &str = "us-east-1";

/// Credentials that never change: of a store in the settings, or of the demo store.
#[derive(Clone, Debug)]
pub struct Fixed(pub SigningCredentials);

#[async_trait]
impl Credentials for Fixed {
    async fn get(&self) -> Result<SigningCredentials, Failure> {
        match damaged(&self.0) {
            Some(failure) => Err(failure),
            None => Ok(self.0.clone()),
        }
    }
}

/// What in these keys keeps them from being used, which mostly comes from copying.
pub(super) fn damaged(keys: &SigningCredentials) -> Option<Failure> {
    let (why, hint) = doctor::keys::unusable(keys)?;
    Some(Failure::new(FailureKind::BadCredentials, words::FINDING, why, hint))
}

/// None, on purpose: for buckets that are open to everyone.
#[derive(Clone, Copy, Debug)]
pub struct Anonymous;

#[async_trait]
impl Credentials for Anonymous {
    async fn get(&self) -> Result<SigningCredentials, Failure> {
        Err(words::anonymous())
    }

    fn anonymous(&self) -> bool {
        true
    }
}

/// The sources that all AWS tools share: variables, profiles with keys, processes, roles or single sign-on, web identity,
/// container and instance. Nothing is read or asked before the first request needs it.
pub struct Chain(Arc<Asking>);

struct Asking {
    profile: Option<String>,
    clock: Arc<dyn Clock>,
    person: Arc<dyn Person>,
    known: Mutex<Known>,
}

/// What was built and answered so far.
#[derive(Default)]
struct Known {
    /// Built once, as it reads the configuration files; anew after a failure, as the user may have changed them.
    source: Option<Arc<Source>>,
    current: Option<SigningCredentials>,
    /// The question that is under way. All who need its answer wait for it; it goes on when they no longer do.
    question: Option<Question>,
    /// When it was last tried to renew the current keys.
    renewed: Option<Timestamp>,
    /// The person was told that the current keys cannot be renewed.
    told: bool,
}

type Answer = Result<SigningCredentials, Failure>;

type Question = Shared<BoxFuture<'static, Answer>>;

impl Chain {
    /// The named profile and nothing else; without one, all sources in the order of the AWS tools. The person is asked for the
    /// codes of roles that want one.
    pub fn new(profile: Option<String>, clock: Arc<dyn Clock>, person: Arc<dyn Person>) -> Self {
        Self(Arc::new(Asking { profile, clock, person, known: Mutex::default() }))
    }
}

#[async_trait]
impl Credentials for Chain {
    async fn get(&self) -> Result<SigningCredentials, Failure> {
        let question = {
            let mut known = self.0.known();
            let now = self.0.clock.now();
            let good = known.current.clone().filter(|keys| keys.expires.is_none_or(|end| now < end));
            let ends_soon = |keys: &SigningCredentials| keys.expires.is_some_and(|end| end <= now + RENEW_BEFORE);
            match good {
                Some(keys) if !ends_soon(&keys) => return Ok(keys),
                Some(keys) => {
                    let rested = known.renewed.is_none_or(|at| at + RENEW_PAUSE <= now);
                    // A person is not asked for another code before the end.
                    let alone = known.source.as_ref().is_none_or(|source| !source.needs_a_person());
                    if known.question.is_none() && rested && alone {
                        known.renewed = Some(now);
                        known.question = Some(Asking::ask(&self.0));
                    }
                    return Ok(keys);
                }
                None => known.question.get_or_insert_with(|| Asking::ask(&self.0)).clone(),
            }
        };
        question.await
    }

    async fn forget(&self, access_key_id: &str) {
        let mut known = self.0.known();
        if known.current.as_ref().is_some_and(|keys| keys.access_key_id == access_key_id) {
            *known = Known { question: known.question.take(), ..Known::default() };
        }
    }
}

impl Asking {
    /// Begins to ask, in a task of its own: a request that is given up does not take the answer away from the others.
    fn ask(this: &Arc<Self>) -> Question {
        let asking = Arc::clone(this);
        let task = tokio::spawn(async move {
            let answer = match AssertUnwindSafe(asking.answer()).catch_unwind().await {
                Ok(answer) => answer,
                Err(_) => Err(words::broken()),
            };
            asking.learn(answer.as_ref());
            answer
        });
        let waiting = async move {
            match task.await {
                Ok(answer) => answer,
                Err(_) => Err(words::broken()),
            }
        };
        waiting.boxed().shared()
    }

    async fn answer(&self) -> Answer {
        let known = self.known().source.take();
        let source = match known {
            Some(source) => source,
            None => Arc::new(Source::find(self.profile.as_deref()).await?),
        };
        let fresh = source.ask(&*self.clock, &*self.person).await?;
        self.known().source = Some(source);
        Ok(fresh)
    }

    /// Keeps what came. Where nothing came, keys that are still good serve on to their end.
    fn learn(&self, answer: Result<&SigningCredentials, &Failure>) {
        let mut known = self.known();
        known.question = None;
        match answer {
            Ok(fresh) => {
                known.current = Some(fresh.clone());
                known.told = false;
            }
            Err(failure) => {
                tracing::warn!(%failure);
                let now = self.clock.now();
                let end = known.current.as_ref().and_then(|keys| keys.expires).filter(|end| now < *end);
                if let Some(end) = end.filter(|_| !known.told) {
                    known.told = true;
                    self.person.tell(words::not_renewed(failure, end));
                }
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the AWS variables and configuration files say about where a store is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AwsSettings {
    /// `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile's `region`.
    pub(super) region: Option<String>,
    /// `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` or their like in the profile, unless they are to be ignored.
    pub(super) endpoint: Option<String>,
    /// `AWS_USE_DUALSTACK_ENDPOINT`, `AWS_USE_FIPS_ENDPOINT` or their like in the profile.
    pub(super) variant: crate::s3::provider::Variant,
}

impl AwsSettings {
    /// Reads variables and files; asks nobody over the network.
    pub(super) async fn read(profile: Option<&str>) -> Self {
        let config = sdk_config(profile, region_of(profile), https(None)).await;
        let key = ServiceConfigKey::builder().service_id("s3").profile("endpoint_url").env("AWS_ENDPOINT_URL").build();
        let of_s3 = key.ok().and_then(|key| config.service_config()?.load_config(key));
        Self {
            region: config.region().map(ToString::to_string),
            endpoint: of_s3.or_else(|| config.endpoint_url().map(str::to_owned)),
            variant: crate::s3::provider::Variant::of(
                config.use_dual_stack() == Some(true),
                config.use_fips() == Some(true),
            ),
        }
    }
}

/// What the AWS variables and configuration files say about the way to any service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AwsWire {
    /// The profile's `ca_bundle`. `AWS_CA_BUNDLE` goes before it.
    pub(super) ca_bundle: Option<PathBuf>,
    /// How often a request is sent at most: the profile's `max_attempts`, else what `AWS_RETRY_MODE` or its `retry_mode` stands for.
    pub(super) attempts: Option<u32>,
}

impl AwsWire {
    /// Reads variables and files; the error is what is wrong with them, and what to write. Files that cannot be read say
    /// nothing here: whoever needs keys from them tells of it.
    pub(super) async fn read(profile: Option<&str>) -> Result<Self, (String, &'static str)> {
        let set = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let name = profile.map(str::to_owned).or_else(|| set("AWS_PROFILE")).unwrap_or_else(|| "default".to_owned());
        let sections = super::profiles::sections().await.ok();
        let field = |field| sections.as_ref()?.get_profile(&name)?.get(field).filter(|value| !value.is_empty());
        let in_profile = |field: &str, value: &str| format!("{field} = {value} in [{}]", words::section(&name));
        let most = match field("max_attempts") {
            None => None,
            Some(text) => match text.parse() {
                Ok(most @ 1..) => Some(most),
                Ok(0) | Err(_) => {
                    let why = format!("{} is no number of attempts", in_profile("max_attempts", text));
                    return Err((why, "write a number from 1 on"));
                }
            },
        };
        let mode = set("AWS_RETRY_MODE").map(|mode| (format!("AWS_RETRY_MODE = {mode}"), mode));
        let mode = mode.or_else(|| field("retry_mode").map(|mode| (in_profile("retry_mode", mode), mode.to_owned())));
        let of_mode = match mode {
            None => None,
            Some((said, mode)) => match mode.to_ascii_lowercase().as_str() {
                "legacy" => Some(5),
                // A store that is too busy is asked less often in any mode.
                "standard" | "adaptive" => Some(3),
                _ => return Err((format!("{said} is no way to try again"), "write legacy, standard or adaptive")),
            },
        };
        Ok(Self { ca_bundle: field("ca_bundle").map(PathBuf::from), attempts: most.or(of_mode) })
    }
}

/// Keys that lie written down on this machine, and where their store answers, as far as that is written beside them.
#[derive(Clone, Debug)]
pub struct StaticKeys {
    /// The profile; `None` for the environment's.
    pub profile: Option<String>,
    /// The keys. Their `source` says for people where they lie.
    pub credentials: SigningCredentials,
    /// `endpoint_url` of the profile, `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, as written.
    pub endpoint: Option<String>,
    /// `region` of the profile, `AWS_REGION` or `AWS_DEFAULT_REGION`.
    pub region: Option<String>,
}

/// The keys in the AWS variables and in all profiles of the AWS files. Runs no helper and asks nobody, so that keys behind
/// a process, a role or single sign-on are not among them.
pub async fn static_keys() -> Result<Vec<StaticKeys>, Failure> {
    let profiles = super::profiles::sections().await?;
    let mut names: Vec<&str> = profiles.profiles().collect();
    names.sort_unstable();
    let of_profiles = names.into_iter().filter_map(|name| {
        let profile = profiles.get_profile(name)?;
        written_down(Some(name), |field| profile.get(field).map(str::to_owned))
    });
    let of_environment = written_down(None, |field| {
        let names: &[&str] = match field {
            "aws_access_key_id" => &["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key" => &["AWS_SECRET_ACCESS_KEY"],
            "aws_session_token" => &["AWS_SESSION_TOKEN"],
            "endpoint_url" => &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"],
            "region" => &["AWS_REGION", "AWS_DEFAULT_REGION"],
            _ => &[],
        };
        names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    });
    Ok(of_environment.into_iter().chain(of_profiles).collect())
}

/// Keys from fields that have the names they have in a profile; `None` where they are not whole.
fn written_down(profile: Option<&str>, field: impl Fn(&str) -> Option<String>) -> Option<StaticKeys> {
    Some(StaticKeys {
        profile: profile.map(str::to_owned),
        credentials: SigningCredentials {
            access_key_id: field("aws_access_key_id")?,
            secret_access_key: field("aws_secret_access_key")?.into(),
            session_token: field("aws_session_token").map(Into::into),
            expires: None,
            source: profile.map_or_else(|| "environment".to_owned(), |name| format!("profile {name}")),
        },
        endpoint: field("endpoint_url"),
        region: field("region"),
    })
}

/// What the sources ask over the network with, if they do. Made when one of them asks, because the client loads the machine's
/// roots as soon as a source is built that might, and that takes longer than all else before a link.
fn https(ca_bundle: Option<PathBuf>) -> SharedHttpClient {
    let client = OnceLock::new();
    http_client_fn(move |settings, components| match client.get_or_init(|| trusting(ca_bundle.as_deref())) {
        Ok(client) => client.http_connector(settings, components),
        Err(trouble) => SharedHttpConnector::new(Distrusting(trouble.clone())),
    })
}

/// A client that trusts what the machine trusts, and the certificates that `AWS_CA_BUNDLE` names, else those in `ca_bundle`.
fn trusting(ca_bundle: Option<&Path>) -> Result<SharedHttpClient, TlsTrouble> {
    let mut trusted = TrustStore::default();
    let by_variable = std::env::var_os("AWS_CA_BUNDLE").filter(|file| !file.is_empty()).map(PathBuf::from);
    if let Some(file) = by_variable.as_deref().or(ca_bundle) {
        // The client panics on what is no certificate; what is read so is one.
        trusted = trusted.with_pem_certificate(tls::read_bundle(file)?.pem);
    }
    let context = TlsContext::builder().with_trust_store(trusted).build();
    let context = context.map_err(|error| TlsTrouble::Other(error.to_string()))?;
    let builder = aws_smithy_http_client::Builder::new().tls_provider(Tls::Rustls(CryptoMode::Ring));
    Ok(builder.tls_context(context).build_https())
}

/// Asks nobody, as nobody knows whom to trust.
#[derive(Debug)]
struct Distrusting(TlsTrouble);

impl HttpConnector for Distrusting {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Err(ConnectorError::user(Box::new(self.0.clone()))))
    }
}

/// What variables and files say of the AWS services, without anybody's keys.
async fn sdk_config(profile: Option<&str>, region: RegionProviderChain, client: SharedHttpClient) -> SdkConfig {
    // Nobody asks for a token here; but the usual source of tokens, where nobody names another, asks the network for a
    // region as soon as it is built.
    let no_token = provide_token_fn(|| async { Err(TokenError::not_loaded("settings are read without one")) });
    let mut loader = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .http_client(client)
        .no_credentials()
        .token_provider(no_token)
        // What the usual one does not understand in variables and files, it panics on.
        .retry_config(RetryConfig::standard())
        .region(region);
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    loader.load().await
}

/// Region by variable or profile. The default of the AWS libraries would go on to ask the network.
fn region_of(profile: Option<&str>) -> RegionProviderChain {
    let mut in_files = ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        in_files = in_files.profile_name(profile);
    }
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new()).or_else(in_files.build())
}

/// An error with all its causes, in one line. The libraries keep secrets out of them.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

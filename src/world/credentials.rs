//! Where signing keys come from: fixed ones, or whatever the AWS tools on this machine would use.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::error::{CredentialsError, TokenError};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_credential_types::token_fn::provide_token_fn;
use aws_smithy_http_client::tls::Provider as Tls;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{HttpClient, http_client_fn};
use aws_types::sdk_config::SharedHttpClient;
use aws_types::service_config::ServiceConfigKey;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::{Clock, Credentials};
use crate::presign::credentials::SigningCredentials;
use crate::s3::failure::{Failure, FailureKind};

/// Temporary credentials are asked for anew this long before their end, so that no request is signed with dying ones.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_secs(60);

/// How long all sources together may take. A role behind single sign-on takes seconds; a hanging helper takes for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// The region in which AWS is asked to assume a role where none is configured: its oldest.
const FALLBACK_REGION: &str = "us-east-1";

/// Credentials that never change: of a store in the settings, or of the demo store.
#[derive(Clone, Debug)]
pub struct Fixed(pub SigningCredentials);

#[async_trait]
impl Credentials for Fixed {
    async fn get(&self) -> Result<SigningCredentials, Failure> {
        Ok(self.0.clone())
    }
}

/// The sources that all AWS tools share: variables, profiles with keys, processes, roles or single sign-on, web identity,
/// container and instance. Nothing is read or asked before the first request needs it.
pub struct Chain {
    profile: Option<String>,
    clock: Arc<dyn Clock>,
    /// The lock is held while a source is asked, so that many requests at once ask it only once.
    known: Mutex<Known>,
}

/// What was built and answered so far.
#[derive(Default)]
struct Known {
    /// Built once, as it reads the configuration files; anew after a failure, as the user may have changed them.
    source: Option<SharedCredentialsProvider>,
    current: Option<SigningCredentials>,
}

impl Chain {
    /// The named profile and nothing else; without one, all sources in the order of the AWS tools.
    pub fn new(profile: Option<String>, clock: Arc<dyn Clock>) -> Self {
        Self { profile, clock, known: Mutex::default() }
    }

    async fn ask(&self, source: &SharedCredentialsProvider) -> Result<SigningCredentials, Failure> {
        let answer = match tokio::time::timeout(PATIENCE, source.provide_credentials()).await {
            Err(_) => return Err(self.failure(format!("nothing answered within {} s", PATIENCE.as_secs()))),
            Ok(Err(error)) => return Err(self.not_found(&error)),
            Ok(Ok(answer)) => answer,
        };
        Ok(SigningCredentials {
            access_key_id: answer.access_key_id().to_owned(),
            secret_access_key: answer.secret_access_key().to_owned().into(),
            session_token: answer.session_token().map(|token| token.to_owned().into()),
            expires: answer.expiry().and_then(|end| Timestamp::try_from(end).ok()),
            source: self.name(),
        })
    }

    /// Which source this is, for people.
    fn name(&self) -> String {
        match (&self.profile, std::env::var("AWS_PROFILE")) {
            (Some(profile), _) => format!("profile {profile}"),
            (None, _) if std::env::var_os("AWS_ACCESS_KEY_ID").is_some() => "environment".to_owned(),
            (None, Ok(profile)) if !profile.is_empty() => format!("profile {profile}"),
            (None, _) => "AWS configuration".to_owned(),
        }
    }

    fn not_found(&self, error: &CredentialsError) -> Failure {
        match (error, &self.profile) {
            (CredentialsError::CredentialsNotLoaded(_), Some(profile)) => {
                self.failure(format!("profile `{profile}` has no credentials, or does not exist"))
            }
            (CredentialsError::CredentialsNotLoaded(_), None) => self.failure(
                "none of the usual sources has credentials (tried: AWS_ACCESS_KEY_ID, ~/.aws profiles, web identity, \
                 container, instance)"
                    .to_owned(),
            ),
            (error, _) => self.failure(causes(error)),
        }
    }

    fn failure(&self, why: String) -> Failure {
        let sso = why.to_ascii_lowercase().contains("sso");
        let hint = match (&self.profile, sso) {
            (Some(profile), true) => format!("log in again: aws sso login --profile {profile}"),
            (None, true) => "log in again: aws sso login".to_owned(),
            (Some(profile), false) => format!("check [profile {profile}] in ~/.aws/config and ~/.aws/credentials"),
            (None, false) => "name a profile (--profile), log in (aws sso login), or set AWS_ACCESS_KEY_ID and \
                AWS_SECRET_ACCESS_KEY; daypass --demo needs none"
                .to_owned(),
        };
        Failure::new(FailureKind::NoCredentials, "find credentials", why, hint)
    }
}

#[async_trait]
impl Credentials for Chain {
    async fn get(&self) -> Result<SigningCredentials, Failure> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        let is_good = |keys: &&SigningCredentials| keys.expires.is_none_or(|end| now + RENEW_BEFORE < end);
        if let Some(good) = known.current.as_ref().filter(is_good) {
            return Ok(good.clone());
        }
        let source = match known.source.take() {
            Some(source) => source,
            None => build(self.profile.as_deref()).await,
        };
        let fresh = self.ask(&source).await?;
        *known = Known { source: Some(source), current: Some(fresh.clone()) };
        Ok(fresh)
    }

    async fn forget(&self) {
        *self.known.lock().await = Known::default();
    }
}

/// What the AWS variables and configuration files say about where a store is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AwsSettings {
    /// `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile's `region`.
    pub(super) region: Option<String>,
    /// `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` or their like in the profile, unless they are to be ignored.
    pub(super) endpoint: Option<String>,
}

impl AwsSettings {
    /// Reads variables and files; asks nobody over the network.
    pub(super) async fn read(profile: Option<&str>) -> Self {
        // Nobody asks for a token here; but the usual source of tokens, where nobody names another, asks the network for a
        // region as soon as it is built.
        let no_token = provide_token_fn(|| async { Err(TokenError::not_loaded("settings are read without one")) });
        let mut loader = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .http_client(https())
            .no_credentials()
            .token_provider(no_token)
            .region(region_of(profile));
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        let config = loader.load().await;
        let key = ServiceConfigKey::builder().service_id("s3").profile("endpoint_url").env("AWS_ENDPOINT_URL").build();
        let of_s3 = key.ok().and_then(|key| config.service_config()?.load_config(key));
        Self {
            region: config.region().map(ToString::to_string),
            endpoint: of_s3.or_else(|| config.endpoint_url().map(str::to_owned)),
        }
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

/// The sources behind one name. A profile that was named is meant, whatever the variables say.
async fn build(profile: Option<&str>) -> SharedCredentialsProvider {
    let region = region_of(profile).or_else(aws_types::region::Region::new(FALLBACK_REGION));
    let config = ProviderConfig::without_region().with_http_client(https()).with_region(region.region().await);
    match profile {
        Some(profile) => SharedCredentialsProvider::new(
            ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build(),
        ),
        None => {
            // On a machine that is no cloud instance nobody answers there: one short attempt is enough to know.
            let instance = imds::Client::builder()
                .configure(&config)
                .max_attempts(1)
                .connect_timeout(Duration::from_secs(1))
                .operation_timeout(Duration::from_secs(3))
                .build();
            let chain = DefaultCredentialsChain::builder().region(region).configure(config).imds_client(instance);
            SharedCredentialsProvider::new(chain.build().await)
        }
    }
}

/// What the sources ask over the network with, if they do. Wrapped, because the client by itself loads the machine's roots as
/// soon as a source is built that might ask, and that takes longer than all else before a link.
fn https() -> SharedHttpClient {
    let client = aws_smithy_http_client::Builder::new().tls_provider(Tls::Rustls(CryptoMode::Ring)).build_https();
    http_client_fn(move |settings, components| client.http_connector(settings, components))
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

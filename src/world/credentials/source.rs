//! The official providers of the AWS tools, set up for one profile or for all sources in their order, and asked.
//!
//! They pass over what a profile says of codes and of how long keys are to last, and cannot end a program that they run. So they
//! give a profile's first keys; its program is run, and its roles are asked for, here.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials as Keys;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider};
use aws_types::SdkConfig;
use jiff::Timestamp;

use super::way::{Base, Role, Way};
use super::words::{self, Giver, Whom};
use super::{FALLBACK_REGION, PATIENCE, damaged, https, process, region_of, sdk_config};
use crate::presign::credentials::{CodeAsk, OneTimeCode, SigningCredentials};
use crate::s3::failure::Failure;
use crate::world::profiles::sections;
use crate::world::{Clock, Person, Waiting};

/// Where the services that give keys are, in place of the usual. The official providers panic on what is no address.
const ADDRESSES: [&str; 3] = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC"];

/// Whoever is asked for credentials.
pub(super) struct Source {
    first: First,
    whom: Whom,
    /// Where roles are asked for.
    aws: SdkConfig,
}

/// What gives the keys, or the first of them.
enum First {
    Provider(SharedCredentialsProvider),
    /// The line of a `credential_process`.
    Program(String),
}

impl Source {
    /// The sources behind one name, which is meant whatever the variables say; without a name, all of them. Reads the AWS
    /// files, and asks nobody.
    pub(super) async fn find(profile: Option<&str>) -> Result<Self, Failure> {
        let (whom, profiles) = whom(profile).await?;
        if let Some(variable) = ADDRESSES.into_iter().find(|variable| !is_address(variable)) {
            return Err(words::no_address(variable));
        }
        let named = match &whom {
            Whom::Profile(name, _) => Some(name.as_str()),
            Whom::Environment | Whom::Machine { .. } => None,
        };
        let region = || region_of(named).or_else(aws_types::region::Region::new(FALLBACK_REGION));
        let of_profile = named.and_then(|name| profiles.get_profile(name)?.get("ca_bundle")).map(PathBuf::from);
        let client = https(of_profile);
        let config =
            ProviderConfig::without_region().with_http_client(client.clone()).with_region(region().region().await);
        let first = match &whom {
            Whom::Profile(_, way) => first_keys(way, &profiles, &config),
            Whom::Environment | Whom::Machine { .. } => {
                let instance = instance(&config);
                let chain = DefaultCredentialsChain::builder().region(region()).configure(config).imds_client(instance);
                First::Provider(SharedCredentialsProvider::new(chain.build().await))
            }
        };
        Ok(Self { first, aws: sdk_config(named, region(), client).await, whom })
    }

    /// Whether it cannot answer without a person.
    pub(super) fn needs_a_person(&self) -> bool {
        matches!(&self.whom, Whom::Profile(_, way) if way.needs_a_person())
    }

    /// Asks for credentials that are still good now.
    pub(super) async fn ask(&self, clock: &dyn Clock, person: &dyn Person) -> Result<SigningCredentials, Failure> {
        let mut keys = self.first(person).await?;
        let roles = match &self.whom {
            Whom::Profile(_, way) => way.roles.as_slice(),
            Whom::Environment | Whom::Machine { .. } => &[],
        };
        for role in roles {
            let code = match &role.mfa_serial {
                Some(device) => Some(ask_code(person, device, &role.profile).await?),
                None => None,
            };
            let session = || format!("daypass-{}", clock.now().as_second());
            let session = role.session_name.clone().unwrap_or_else(session);
            let waiting = Waiting::on(words::waited_for(&self.whom, Some(role)), person);
            let answer = patiently(assume(role, &session, code, &self.aws, keys)).await;
            drop(waiting);
            let answer = answer.ok_or_else(|| words::silence(&self.whom, Some(role)))?;
            keys = answer.map_err(|error| words::no_role(&self.whom, role, &error))?;
        }
        let expires = keys.expiry().and_then(|end| Timestamp::try_from(end).ok());
        if let Some(end) = expires.filter(|end| *end <= clock.now()) {
            return Err(words::ended(&self.whom, end));
        }
        let found = SigningCredentials {
            access_key_id: keys.access_key_id().to_owned(),
            secret_access_key: keys.secret_access_key().to_owned().into(),
            session_token: keys.session_token().map(|token| token.to_owned().into()),
            expires,
            source: self.name(&keys),
        };
        match damaged(&found) {
            Some(failure) => Err(failure),
            None => Ok(found),
        }
    }

    /// The keys that no others are exchanged for.
    async fn first(&self, person: &dyn Person) -> Result<Keys, Failure> {
        let _waiting = Waiting::on(words::waited_for(&self.whom, None), person);
        match &self.first {
            First::Program(line) => process::ask(line, person.terminal())
                .await
                .map_err(|(how, hint)| words::no_keys_printed(&self.whom, &how, hint)),
            First::Provider(provider) => match patiently(provider.provide_credentials()).await {
                None => Err(words::silence(&self.whom, None)),
                Some(Ok(keys)) => Ok(keys),
                Some(Err(error)) => match self.unread_token().await {
                    Some((file, trouble)) => Err(words::unread_token(&self.whom, &file, &trouble)),
                    None => Err(words::refused(&self.whom, &error)),
                },
            },
        }
    }

    /// The file with the token of a web identity, where it cannot be read.
    async fn unread_token(&self) -> Option<(String, io::Error)> {
        let file = self.whom.token_file()?;
        let trouble = tokio::fs::read(&file).await.err()?;
        Some((file, trouble))
    }

    /// Where `keys` came from, for people.
    fn name(&self, keys: &Keys) -> String {
        let marks = keys.get_property::<Vec<AwsCredentialFeature>>().map_or(&[][..], Vec::as_slice);
        match self.whom {
            Whom::Environment | Whom::Profile(..) => self.whom.source(),
            Whom::Machine { .. } if marks.contains(&AwsCredentialFeature::CredentialsImds) => {
                "instance role".to_owned()
            }
            Whom::Machine { .. } if marks.contains(&AwsCredentialFeature::CredentialsHttp) => "container".to_owned(),
            Whom::Machine { .. } => "web identity".to_owned(),
        }
    }
}

/// The answer, where there is one in time.
async fn patiently<T>(answer: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(PATIENCE, answer).await.ok()
}

/// Whoever gives the first keys on a way.
fn first_keys(way: &Way, profiles: &ProfileSet, config: &ProviderConfig) -> First {
    let field = |name| profiles.get_profile(&way.end)?.get(name).map(str::to_owned);
    First::Provider(match (way.base, field("aws_access_key_id"), field("aws_secret_access_key")) {
        // The profile may name a role as well, which the official provider would follow.
        (Base::Keys, Some(id), Some(secret)) => {
            SharedCredentialsProvider::new(Keys::new(id, secret, field("aws_session_token"), None, "profile"))
        }
        (Base::Process, ..) => return First::Program(field("credential_process").unwrap_or_default()),
        (Base::Environment, ..) => SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()),
        (Base::Container, ..) => {
            SharedCredentialsProvider::new(EcsCredentialsProvider::builder().configure(config).build())
        }
        (Base::Instance, ..) => {
            let of_instance = ImdsCredentialsProvider::builder().configure(config).imds_client(instance(config));
            SharedCredentialsProvider::new(of_instance.build())
        }
        _ => SharedCredentialsProvider::new(
            ProfileFileCredentialsProvider::builder().configure(config).profile_name(&way.end).build(),
        ),
    })
}

/// The metadata of an instance. On a machine that is none, nobody answers there: one short attempt is enough to know.
fn instance(config: &ProviderConfig) -> imds::Client {
    imds::Client::builder()
        .configure(config)
        .max_attempts(1)
        .connect_timeout(Duration::from_secs(1))
        .operation_timeout(Duration::from_secs(3))
        .build()
}

/// The device, and the code that it shows.
type Code = (String, OneTimeCode);

async fn ask_code(person: &dyn Person, device: &str, profile: &str) -> Result<Code, Failure> {
    let ask = CodeAsk { device: device.to_owned(), profile: profile.to_owned() };
    match person.code(&ask).await {
        Ok(code) => Ok((ask.device, code)),
        Err(why) => Err(words::uncoded(&ask, why)),
    }
}

/// Exchanges keys for those of a role.
async fn assume(role: &Role, session: &str, code: Option<Code>, aws: &SdkConfig, keys: Keys) -> provider::Result {
    let config = aws.to_builder().credentials_provider(SharedCredentialsProvider::new(keys)).build();
    let (device, code) = code.unzip();
    let answer = aws_sdk_sts::Client::new(&config)
        .assume_role()
        .role_arn(&role.arn)
        .role_session_name(session)
        .set_external_id(role.external_id.clone())
        .set_duration_seconds(role.duration)
        .set_serial_number(device)
        .set_token_code(code.map(|code| code.expose().to_owned()))
        .send()
        .await
        .map_err(CredentialsError::provider_error)?;
    let keys = answer.credentials.ok_or_else(|| CredentialsError::unhandled("the answer holds no keys"))?;
    let end = keys.expiration.try_into().map_err(CredentialsError::unhandled)?;
    Ok(Keys::new(keys.access_key_id, keys.secret_access_key, Some(keys.session_token), Some(end), "role"))
}

/// Who is asked, by what variables and files say, and the files; or what is wrong with them.
async fn whom(profile: Option<&str>) -> Result<(Whom, ProfileSet), Failure> {
    let by_variable = std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
    if profile.is_none() {
        // The official provider takes either name of the secret.
        let secret = is_set("AWS_SECRET_ACCESS_KEY") || is_set("SECRET_ACCESS_KEY");
        match (is_set("AWS_ACCESS_KEY_ID"), secret) {
            (true, true) => return Ok((Whom::Environment, ProfileSet::default())),
            (true, false) => return Err(words::half_environment()),
            (false, _) => {}
        }
    }
    let profiles = sections().await?;
    let name = profile.map(str::to_owned).or(by_variable);
    let whom = match name {
        Some(name) if profiles.get_profile(&name).is_none() => return Err(words::unknown_profile(&name, &profiles)),
        None if profiles.get_profile("default").is_none() => machine(None, &profiles),
        name => {
            let name = name.unwrap_or_else(|| "default".to_owned());
            let way = Way::of(&profiles, &name).map_err(|astray| words::astray(&astray, &profiles))?;
            match way.base {
                Base::HalfKeys(missing) => return Err(words::half_profile(&way.end, missing)),
                // One without keys that nobody asked for, such as a default with a region alone, is passed over.
                Base::Nothing if profile.is_none() && way.roles.is_empty() => machine(Some(name), &profiles),
                Base::Nothing => return Err(words::keyless(&way, &name)),
                _ => Whom::Profile(name, way),
            }
        }
    };
    match whom {
        Whom::Machine { giver: Giver::WebIdentity, .. } if !is_set("AWS_ROLE_ARN") => {
            Err(words::web_identity_without_role())
        }
        whom => Ok((whom, profiles)),
    }
}

/// Whoever is left, which the variables say.
fn machine(passed_over: Option<String>, profiles: &ProfileSet) -> Whom {
    let giver = if is_set("AWS_WEB_IDENTITY_TOKEN_FILE") {
        Giver::WebIdentity
    } else if is_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || is_set("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
        Giver::Container
    } else {
        Giver::Instance
    };
    Whom::Machine { giver, passed_over, others: words::names(profiles) }
}

fn is_set(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| !value.trim().is_empty())
}

/// Whether a variable names an address, or is not set.
fn is_address(variable: &str) -> bool {
    let Ok(value) = std::env::var(variable) else { return true };
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty())
}

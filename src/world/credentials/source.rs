//! The official provider of the AWS tools, set up for one profile or for all sources in their order, and asked.
//!
//! It passes over what a profile says of codes and of how long keys are to last, and lets a program read what is typed. Where a
//! profile has such a thing, the provider gives the first keys, and the roles are asked for here.

use std::time::Duration;

use aws_config::credential_process::CredentialProcessProvider;
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
use super::words::{self, Whom};
use super::{FALLBACK_REGION, PATIENCE, damaged, https, region_of, sdk_config};
use crate::presign::credentials::{CodeAsk, OneTimeCode, SigningCredentials};
use crate::s3::failure::Failure;
use crate::world::profiles::sections;
use crate::world::{Clock, Person};

/// Whoever is asked for credentials.
pub(super) struct Source {
    /// Gives the keys, or the first of them.
    provider: SharedCredentialsProvider,
    whom: Whom,
    /// What the provider passes over.
    roles: Option<Roles>,
}

/// Roles that keys are exchanged for, one after the other, with what is known of where to ask for them.
struct Roles {
    roles: Vec<Role>,
    aws: SdkConfig,
}

impl Source {
    /// The sources behind one name, which is meant whatever the variables say; without a name, all of them. Reads the AWS
    /// files, and asks nobody.
    pub(super) async fn find(profile: Option<&str>) -> Result<Self, Failure> {
        let (whom, profiles) = whom(profile).await?;
        let region = region_of(profile).or_else(aws_types::region::Region::new(FALLBACK_REGION));
        let config = ProviderConfig::without_region().with_http_client(https()).with_region(region.region().await);
        let ours = match &whom {
            Whom::Profile(name, Some(way)) if way.is_ours() => Some((name, way)),
            Whom::Profile(..) | Whom::Environment | Whom::Machine => None,
        };
        if let Some((name, way)) = ours {
            let provider = first_keys(way, &profiles, &config);
            let roles = Some(Roles { roles: way.roles.clone(), aws: sdk_config(Some(name), region).await });
            return Ok(Self { provider, whom, roles });
        }
        let provider = match profile {
            Some(profile) => SharedCredentialsProvider::new(
                ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build(),
            ),
            None => {
                let instance = instance(&config);
                let chain = DefaultCredentialsChain::builder().region(region).configure(config).imds_client(instance);
                SharedCredentialsProvider::new(chain.build().await)
            }
        };
        Ok(Self { provider, whom, roles: None })
    }

    /// Whether it cannot answer without a person.
    pub(super) fn needs_a_person(&self) -> bool {
        matches!(&self.whom, Whom::Profile(_, Some(way)) if way.needs_a_person())
    }

    /// Asks for credentials that are still good now.
    pub(super) async fn ask(&self, clock: &dyn Clock, person: &dyn Person) -> Result<SigningCredentials, Failure> {
        let mut keys = self.patiently(self.provider.provide_credentials()).await?;
        if let Some(Roles { roles, aws }) = &self.roles {
            for role in roles {
                let code = match &role.mfa_serial {
                    Some(device) => Some(ask_code(person, device, &role.profile).await?),
                    None => None,
                };
                let session = || format!("daypass-{}", clock.now().as_second());
                let session = role.session_name.clone().unwrap_or_else(session);
                keys = self.patiently(assume(role, &session, code, aws, keys)).await?;
            }
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

    async fn patiently(&self, answer: impl Future<Output = provider::Result>) -> Result<Keys, Failure> {
        match tokio::time::timeout(PATIENCE, answer).await {
            Err(_) => Err(words::silence(&self.whom)),
            Ok(Err(error)) => Err(words::refused(&self.whom, &error)),
            Ok(Ok(keys)) => Ok(keys),
        }
    }

    /// Where `keys` came from, for people.
    fn name(&self, keys: &Keys) -> String {
        let marks = keys.get_property::<Vec<AwsCredentialFeature>>().map_or(&[][..], Vec::as_slice);
        match self.whom {
            Whom::Environment | Whom::Profile(..) => self.whom.source(),
            Whom::Machine if marks.contains(&AwsCredentialFeature::CredentialsImds) => "instance role".to_owned(),
            Whom::Machine if marks.contains(&AwsCredentialFeature::CredentialsHttp) => "container".to_owned(),
            Whom::Machine => "web identity".to_owned(),
        }
    }
}

/// Whoever gives the first keys of a way whose roles are asked for here.
fn first_keys(way: &Way, profiles: &ProfileSet, config: &ProviderConfig) -> SharedCredentialsProvider {
    let field = |name| profiles.get_profile(&way.end)?.get(name).map(str::to_owned);
    match (way.base, field("aws_access_key_id"), field("aws_secret_access_key")) {
        // The profile may name a role as well, which the official provider would follow.
        (Base::Keys, Some(id), Some(secret)) => {
            SharedCredentialsProvider::new(Keys::new(id, secret, field("aws_session_token"), None, "profile"))
        }
        (Base::Process, ..) => {
            // By itself it would take what is typed on the screen for its own.
            let command = format!("exec </dev/null; {}", field("credential_process").unwrap_or_default());
            SharedCredentialsProvider::new(CredentialProcessProvider::new(command))
        }
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
    }
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
    let set = |name| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
    let by_variable = std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
    if profile.is_none() {
        // The official provider takes either name of the secret.
        let secret = set("AWS_SECRET_ACCESS_KEY") || set("SECRET_ACCESS_KEY");
        match (set("AWS_ACCESS_KEY_ID"), secret) {
            (true, true) => return Ok((Whom::Environment, ProfileSet::default())),
            (true, false) => return Err(words::half_environment()),
            (false, _) => {}
        }
    }
    let profiles = sections().await?;
    let name = profile.map(str::to_owned).or(by_variable);
    let whom = match name {
        Some(name) if profiles.get_profile(&name).is_none() => return Err(words::unknown_profile(&name, &profiles)),
        None if profiles.get_profile("default").is_none() => Whom::Machine,
        name => {
            let name = name.unwrap_or_else(|| "default".to_owned());
            let way = Way::of(&profiles, &name);
            match way.as_ref().map(|way| (way.base, &way.end)) {
                Some((Base::HalfKeys(missing), end)) => return Err(words::half_profile(end, missing)),
                // A default profile without keys, such as one with a region alone, is passed over.
                Some((Base::Nothing, _)) if profile.is_none() => Whom::Machine,
                _ => Whom::Profile(name, way),
            }
        }
    };
    Ok((whom, profiles))
}

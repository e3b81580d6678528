//! The official provider of the AWS tools, set up for one profile or for all sources in their order, and asked.

use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::imds;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials as Keys;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use jiff::Timestamp;

use super::way::{Base, Way};
use super::words::{self, Whom};
use super::{FALLBACK_REGION, PATIENCE, https, region_of};
use crate::presign::credentials::SigningCredentials;
use crate::s3::failure::Failure;
use crate::world::Clock;
use crate::world::profiles::sections;

/// Whoever is asked for credentials.
pub(super) struct Source {
    provider: SharedCredentialsProvider,
    whom: Whom,
}

impl Source {
    /// The sources behind one name, which is meant whatever the variables say; without a name, all of them. Reads the AWS
    /// files, and asks nobody.
    pub(super) async fn find(profile: Option<&str>) -> Result<Self, Failure> {
        let whom = whom(profile).await?;
        let region = region_of(profile).or_else(aws_types::region::Region::new(FALLBACK_REGION));
        let config = ProviderConfig::without_region().with_http_client(https()).with_region(region.region().await);
        let provider = match profile {
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
        };
        Ok(Self { provider, whom })
    }

    /// Asks for credentials that are still good at `now`.
    pub(super) async fn ask(&self, clock: &dyn Clock) -> Result<SigningCredentials, Failure> {
        let keys = match tokio::time::timeout(PATIENCE, self.provider.provide_credentials()).await {
            Err(_) => return Err(words::silence(&self.whom)),
            Ok(Err(error)) => return Err(words::refused(&self.whom, &error)),
            Ok(Ok(keys)) => keys,
        };
        let expires = keys.expiry().and_then(|end| Timestamp::try_from(end).ok());
        match expires.filter(|end| *end <= clock.now()) {
            Some(end) => Err(words::ended(&self.whom, end)),
            None => Ok(SigningCredentials {
                access_key_id: keys.access_key_id().to_owned(),
                secret_access_key: keys.secret_access_key().to_owned().into(),
                session_token: keys.session_token().map(|token| token.to_owned().into()),
                expires,
                source: self.name(&keys),
            }),
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

/// Who is asked, by what variables and files say; or what is wrong with them.
async fn whom(profile: Option<&str>) -> Result<Whom, Failure> {
    let set = |name| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
    let by_variable = std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
    if profile.is_none() {
        // The official provider takes either name of the secret.
        let secret = set("AWS_SECRET_ACCESS_KEY") || set("SECRET_ACCESS_KEY");
        match (set("AWS_ACCESS_KEY_ID"), secret) {
            (true, true) => return Ok(Whom::Environment),
            (true, false) => return Err(words::half_environment()),
            (false, _) => {}
        }
    }
    let profiles = sections().await?;
    let name = profile.map(str::to_owned).or(by_variable);
    match name {
        Some(name) if profiles.get_profile(&name).is_none() => Err(words::unknown_profile(&name, &profiles)),
        None if profiles.get_profile("default").is_none() => Ok(Whom::Machine),
        name => {
            let name = name.unwrap_or_else(|| "default".to_owned());
            let way = Way::of(&profiles, &name);
            match way.as_ref().map(|way| (way.base, &way.end)) {
                Some((Base::HalfKeys(missing), end)) => Err(words::half_profile(end, missing)),
                // A default profile without keys, such as one with a region alone, is passed over.
                Some((Base::Nothing, _)) if profile.is_none() => Ok(Whom::Machine),
                _ => Ok(Whom::Profile(name, way)),
            }
        }
    }
}

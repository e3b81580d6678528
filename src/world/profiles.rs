//! The profiles of the AWS configuration and credentials files: what each is called, and what kind of credentials it has.
//! Read from files alone; nobody is asked, and no secret is kept.

use std::path::PathBuf;

use aws_config::profile::{self, Profile as Section, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use super::credentials::causes;
use crate::doctor::files::Holds;
use crate::s3::failure::{Failure, FailureKind};

/// One profile, as every AWS tool on this machine sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What it is called; `default` for the one without a name.
    pub name: String,
    /// How it comes by credentials.
    pub keys: KeySource,
}

/// How a profile comes by credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A key that is written down.
    Written,
    /// Single sign-on.
    SingleSignOn,
    /// A role that another profile or this machine may assume.
    Role,
    /// The output of a program.
    Process,
    /// None of its own.
    None,
}

impl KeySource {
    /// It in a word or two for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Written => "key",
            Self::SingleSignOn => "single sign-on",
            Self::Role => "role",
            Self::Process => "program",
            Self::None => "no key",
        }
    }
}

/// All profiles, in the order of their names.
pub async fn profiles() -> Result<Vec<Profile>, Failure> {
    let sections = sections().await?;
    let mut names: Vec<&str> = sections.profiles().collect();
    names.sort_unstable();
    let sections = names.into_iter().filter_map(|name| sections.get_profile(name));
    Ok(sections.map(|section| Profile { name: section.name().to_owned(), keys: key_source(section) }).collect())
}

/// The files and folders that the AWS tools read here, and whether keys or sessions lie in them.
pub(super) fn files() -> Vec<(PathBuf, Holds)> {
    let env = Env::real();
    let home = || env.get("HOME").ok().map(PathBuf::from);
    let named = |variable: &str, usual: &str| {
        env.get(variable).ok().map(PathBuf::from).or_else(|| home().map(|home| home.join(".aws").join(usual)))
    };
    let credentials = named("AWS_SHARED_CREDENTIALS_FILE", "credentials").map(|file| (file, Holds::Secrets));
    let config = named("AWS_CONFIG_FILE", "config").map(|file| (file, Holds::NoSecrets));
    let sessions = home().map(|home| (home.join(".aws/sso/cache"), Holds::Secrets));
    [credentials, config, sessions].into_iter().flatten().collect()
}

/// The files as they are; without files, empty.
pub(super) async fn sections() -> Result<ProfileSet, Failure> {
    profile::load(&Fs::real(), &Env::real(), &Default::default(), None).await.map_err(|error| {
        let hint = "correct ~/.aws/config and ~/.aws/credentials";
        Failure::new(FailureKind::NoCredentials, "read the AWS profiles", causes(&error), hint)
    })
}

/// By the same precedence as the AWS tools.
fn key_source(section: &Section) -> KeySource {
    let has = |field| section.get(field).is_some_and(|value| !value.is_empty());
    if has("role_arn") {
        KeySource::Role
    } else if has("sso_session") || has("sso_start_url") {
        KeySource::SingleSignOn
    } else if has("aws_access_key_id") {
        KeySource::Written
    } else if has("credential_process") {
        KeySource::Process
    } else {
        KeySource::None
    }
}

//! The profiles of the AWS configuration and credentials files: what each is called, and what kind of credentials it has.
//! Read from files alone; nobody is asked, and no secret is kept.

use std::io::ErrorKind;
use std::path::PathBuf;

use aws_config::profile::{self, Profile as Section, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use super::credentials::causes;
use super::credentials::words::of_file;
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
    let credentials = file("AWS_SHARED_CREDENTIALS_FILE", "credentials").map(|file| (file, Holds::Secrets));
    let config = file("AWS_CONFIG_FILE", "config").map(|file| (file, Holds::NoSecrets));
    let sessions = home().map(|home| (home.join(".aws/sso/cache"), Holds::Secrets));
    [credentials, config, sessions].into_iter().flatten().collect()
}

/// The file that a variable names, or where it usually lies.
fn file(variable: &str, usual: &str) -> Option<PathBuf> {
    let named = Env::real().get(variable).ok().map(PathBuf::from);
    named.or_else(|| home().map(|home| home.join(".aws").join(usual)))
}

fn home() -> Option<PathBuf> {
    Env::real().get("HOME").ok().map(PathBuf::from)
}

/// The files as they are; without files, empty.
pub(super) async fn sections() -> Result<ProfileSet, Failure> {
    let texts = [file("AWS_CONFIG_FILE", "config"), file("AWS_SHARED_CREDENTIALS_FILE", "credentials")];
    for file in texts.into_iter().flatten() {
        // The library takes a file that it cannot read for none.
        match tokio::fs::read_to_string(&file).await {
            Err(trouble) if !matches!(trouble.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                let why = format!("{} cannot be read: {}", file.display(), of_file(&trouble));
                return Err(unread(why, "make it a text that this user may read".to_owned()));
            }
            Ok(_) | Err(_) => {}
        }
    }
    profile::load(&Fs::real(), &Env::real(), &Default::default(), None).await.map_err(|error| misread(&causes(&error)))
}

fn unread(why: String, hint: String) -> Failure {
    Failure::new(FailureKind::NoCredentials, "read the AWS profiles", why, hint)
}

/// What the library says of a file that it does not understand, in plain words: where, and what has to be there.
fn misread(said: &str) -> Failure {
    let place = said.split_once("error parsing ").and_then(|(_, rest)| rest.split_once(":\n"));
    let Some((place, what)) = place else {
        return unread(said.to_owned(), "correct ~/.aws/config and ~/.aws/credentials".to_owned());
    };
    let (wrong, hint) = match what.trim() {
        what if what.starts_with("Profile definition must end with") => {
            ("the heading of a section does not end", "write a `]` at its end")
        }
        what if what.starts_with("Expected an '=' sign") => {
            ("there is no `=`", "write `key = value`, or # before a remark")
        }
        what if what.starts_with("Expected a profile definition") => {
            ("a key stands before the first section", "write [default] or [profile NAME] above it")
        }
        what if what.starts_with("Property did not have a name") => {
            ("there is nothing before the `=`", "write `key = value`")
        }
        what if what.contains("found continuation") => {
            ("a line that begins with spaces belongs to the one above it, which is no key", "write it at the edge")
        }
        what => (what, "correct it"),
    };
    unread(format!("{place}: {wrong}"), hint.to_owned())
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

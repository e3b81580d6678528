//! Why there are no credentials, in words for people: what was asked, what it said, and what to do. No secret stands in them.

use std::error::Error;
use std::iter::successors;

use aws_config::meta::ProviderChainError;
use aws_config::profile::ProfileSet;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::ErrorMetadata;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;

use super::PATIENCE;
use super::way::{Base, Role, Way};
use crate::presign::credentials::CodeAsk;
use crate::s3::failure::{Failure, FailureKind};
use crate::world::Uncoded;

/// How much is shown of what somebody else said.
const MOST_SHOWN: usize = 300;

/// How many profiles are named where one is not there.
const MOST_NAMED: usize = 8;

/// Who was asked for credentials.
#[derive(Clone, Debug)]
pub(super) enum Whom {
    /// The variables.
    Environment,
    /// A profile; no way where the official provider finds something wrong with it.
    Profile(String, Option<Way>),
    /// Whoever is left, as neither variables nor profiles have keys: web identity, container, instance.
    Machine,
}

impl Whom {
    /// Where its credentials come from.
    pub(super) fn source(&self) -> String {
        match self {
            Self::Environment => "environment".to_owned(),
            Self::Machine => "this machine".to_owned(),
            Self::Profile(name, way) => {
                let by = way.as_ref().and_then(|way| match (way.roles.last(), way.base) {
                    (Some(role), _) => Some(format!("role {}", role.name())),
                    (None, Base::SingleSignOn) => Some("SSO".to_owned()),
                    (None, Base::Process) => Some("credential_process".to_owned()),
                    (None, Base::WebIdentity) => Some("web identity".to_owned()),
                    (None, Base::Container) => Some("container".to_owned()),
                    (None, Base::Instance) => Some("instance".to_owned()),
                    (None, Base::Keys | Base::HalfKeys(_) | Base::Login | Base::Environment | Base::Nothing) => None,
                });
                by.map_or_else(|| format!("profile {name}"), |by| format!("profile {name}, {by}"))
            }
        }
    }
}

/// What fails, where there are none.
pub(super) const FINDING: &str = "find credentials";

/// A failure to find credentials.
pub(super) fn failure(why: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure::new(FailureKind::NoCredentials, FINDING, why, hint)
}

/// The variables hold the id of a key without its secret.
pub(super) fn half_environment() -> Failure {
    failure("AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not", "set both, or unset AWS_ACCESS_KEY_ID")
}

/// Nobody is to be asked: the store was opened without a name.
pub(super) fn anonymous() -> Failure {
    failure(
        "the store is opened without any (anonymous), and nothing can be signed",
        "open it with a key or a profile; what is open to everyone needs no link",
    )
}

/// One half of a key stands in a profile.
pub(super) fn half_profile(profile: &str, missing: &str) -> Failure {
    failure(
        format!("one half of a key stands in the profile `{profile}`: its {missing} is missing"),
        format!("write it into [{profile}] in ~/.aws/credentials"),
    )
}

/// The profile that was named does not exist.
pub(super) fn unknown_profile(name: &str, profiles: &ProfileSet) -> Failure {
    let mut known: Vec<&str> = profiles.profiles().collect();
    known.sort_unstable();
    let more = if known.len() > MOST_NAMED { " …" } else { "" };
    known.truncate(MOST_NAMED);
    let hint = match known.as_slice() {
        [] => "there are none: aws configure makes one".to_owned(),
        known => format!("there are: {}{more}", known.join(", ")),
    };
    failure(format!("no profile in ~/.aws/config or ~/.aws/credentials is called `{name}`"), hint)
}

/// The keys that came have ended already.
pub(super) fn ended(whom: &Whom, end: jiff::Timestamp) -> Failure {
    failure(
        format!("the keys that came ({}) had ended already, at {end}", whom.source()),
        "check this machine's clock, and whatever hands out these keys",
    )
}

/// Nobody answered.
pub(super) fn silence(whom: &Whom) -> Failure {
    let seconds = PATIENCE.as_secs();
    match whom {
        Whom::Profile(_, Some(Way { end, base: Base::Process, .. })) => failure(
            format!("the program that credential_process names in the profile `{end}` did not end within {seconds} s"),
            "run it by hand to see what it waits for",
        ),
        _ => failure(
            format!("nobody answered within {seconds} s ({})", whom.source()),
            "check the network, and try again",
        ),
    }
}

/// The keys in use cannot be renewed, and serve on to their end.
pub(super) fn not_renewed(failure: &Failure, end: jiff::Timestamp) -> Failure {
    let hint = format!("those in use still work until {}; {}", end.strftime("%H:%M UTC"), failure.hint);
    Failure { what: "renew the credentials".to_owned(), hint, ..failure.clone() }
}

/// There is no code for a role that asks for one.
pub(super) fn uncoded(ask: &CodeAsk, why: Uncoded) -> Failure {
    let CodeAsk { device, profile } = ask;
    match why {
        Uncoded::Refused => failure(
            format!("the role of the profile `{profile}` asks for the code of {device}, and it was not given"),
            "ask again, and type the code",
        ),
        Uncoded::Nobody(why) => failure(
            format!("the role of the profile `{profile}` asks for the code of {device}, and {why}"),
            "run it in a terminal, or name a profile without mfa_serial",
        ),
    }
}

/// What is left where keys could not be asked for by a mistake in daypass itself or its libraries.
pub(super) fn broken() -> Failure {
    failure("asking for them broke off by an internal error", "try again; if it stays, please report it")
}

/// Somebody was asked, and gave no keys.
pub(super) fn refused(whom: &Whom, error: &CredentialsError) -> Failure {
    if let Some(refusal) = Refusal::find::<AssumeRoleError>(error, AssumeRoleError::meta) {
        return of_role(whom, &refusal);
    }
    if let Some(refusal) = Refusal::find::<AssumeRoleWithWebIdentityError>(error, AssumeRoleWithWebIdentityError::meta)
    {
        let hint = "check the token file (AWS_WEB_IDENTITY_TOKEN_FILE) and whom the role trusts";
        return failure(format!("AWS gives no keys for the web identity: {refusal}"), hint);
    }
    if let Some(tried) = causes(error).find_map(|cause| cause.downcast_ref::<ProviderChainError<CredentialsError>>()) {
        return nothing(tried);
    }
    let said = innermost(error);
    if causes(error).any(|cause| cause.to_string() == "dispatch failure") {
        let why = format!("whoever gives them was not reached ({}): {said}", whom.source());
        return failure(why, "check the network, HTTPS_PROXY and AWS_CA_BUNDLE");
    }
    match whom {
        Whom::Profile(_, Some(way)) => of_base(way, &said),
        Whom::Profile(name, None) => failure(said, check(name)),
        Whom::Environment | Whom::Machine => of_machine(&said),
    }
}

/// A role was asked for with keys that were found.
fn of_role(whom: &Whom, refusal: &Refusal) -> Failure {
    let Whom::Profile(name, Some(way)) = whom else {
        return failure(format!("AWS does not give the role: {refusal}"), "");
    };
    let end = &way.end;
    match refusal.code.as_str() {
        "AccessDenied" if refusal.message.contains("MultiFactorAuthentication") && way.needs_a_person() => {
            let hint =
                "a code is good once, and for about 30 s: ask again, and type the next one that the device shows";
            failure(format!("AWS does not take the code: {}", refusal.message), hint)
        }
        "AccessDenied" => {
            let role = match way.roles.as_slice() {
                [Role { arn, .. }] => arn.as_str(),
                _ => "a role",
            };
            let hint = format!(
                "whoever manages it has to trust the keys of `{end}`; if it asks for an external_id or an mfa_serial, name \
                 that in [profile {name}]"
            );
            failure(format!("AWS does not let the profile `{name}` take on {role}: {}", refusal.message), hint)
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            let hint = match way.base {
                Base::SingleSignOn => login(end),
                _ => format!("renew the keys of `{end}`"),
            };
            failure(format!("the keys of the profile `{end}` have ended"), hint)
        }
        "InvalidClientTokenId" | "SignatureDoesNotMatch" | "UnrecognizedClientException" | "IncompleteSignature" => {
            failure(format!("AWS does not take the keys of the profile `{end}`: {refusal}"), check(end))
        }
        _ => failure(format!("AWS does not give the role of the profile `{name}`: {refusal}"), check(name)),
    }
}

/// The first keys of a profile did not come.
fn of_base(way: &Way, said: &str) -> Failure {
    let end = &way.end;
    match way.base {
        Base::SingleSignOn if said.contains("ForbiddenException") => failure(
            format!("the single sign-on does not give the account and role of the profile `{end}`: {said}"),
            format!("check sso_account_id and sso_role_name in [profile {end}]"),
        ),
        Base::SingleSignOn => {
            failure(format!("there is no login by single sign-on that still holds: {said}"), login(end))
        }
        Base::Login => failure(
            format!("the profile `{end}` has its keys from `aws login`, which daypass does not read"),
            format!(
                "another profile can hand them on: credential_process = aws configure export-credentials --profile {end}"
            ),
        ),
        Base::Process => {
            let said = said.trim_start_matches("Error retrieving credentials");
            let said = said.trim_start_matches(" from external process").trim_start_matches([':', ',', ' ']);
            let said = said.replace("external process exited with code exit status:", "it ended with exit code");
            let said = said.replace(". Stderr:", ", and said:");
            failure(
                format!("the program that credential_process names in the profile `{end}` gave no keys: {said}"),
                "run it by hand: it has to print JSON with Version, AccessKeyId and SecretAccessKey",
            )
        }
        Base::Container | Base::Instance | Base::Environment | Base::WebIdentity => of_machine(said),
        Base::Nothing => failure(
            format!("the profile `{end}` says nothing of keys"),
            "give it a key, a role_arn with source_profile, an sso_session or a credential_process",
        ),
        Base::Keys | Base::HalfKeys(_) => failure(said, check(end)),
    }
}

/// What this machine offers gave no keys.
fn of_machine(said: &str) -> Failure {
    let hint = "check AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONTAINER_CREDENTIALS_* and the role of this instance, or name a \
        profile (--profile)";
    failure(said, hint)
}

/// All were asked that keys usually come from, and none has any.
fn nothing(tried: &ProviderChainError<CredentialsError>) -> Failure {
    let no_role = tried.attempts().iter().any(|attempt| innermost(attempt.error()).contains("404 from IMDS"));
    if no_role {
        let hint =
            "attach a role to it, name a profile (--profile), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
        return failure("this instance has no role, and no other source has credentials", hint);
    }
    failure(
        "none of the usual sources has credentials (tried: AWS_ACCESS_KEY_ID, ~/.aws profiles, web identity, container, \
         instance)",
        "name a profile (--profile), log in (aws sso login), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; \
         --no-sign-request opens a public bucket, and daypass --demo needs none",
    )
}

fn login(profile: &str) -> String {
    format!("log in with `aws sso login --profile {profile}`, and ask again")
}

fn check(profile: &str) -> String {
    format!("check [profile {profile}] in ~/.aws/config and [{profile}] in ~/.aws/credentials")
}

/// What AWS says where it refuses.
struct Refusal {
    code: String,
    message: String,
}

impl Refusal {
    /// The refusal of the operation whose error is `E`, if that is what went wrong.
    fn find<E: Error + 'static>(error: &CredentialsError, meta: impl Fn(&E) -> &ErrorMetadata) -> Option<Self> {
        causes(error).find_map(|cause| cause.downcast_ref::<E>().map(&meta)).and_then(Self::of)
    }

    fn of(meta: &ErrorMetadata) -> Option<Self> {
        Some(Self { code: meta.code()?.to_owned(), message: shown(meta.message().unwrap_or_default()) })
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.message.as_str() {
            "" => f.write_str(&self.code),
            message => write!(f, "{message} ({})", self.code),
        }
    }
}

/// An error and what lies beneath it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// What lies deepest, which says most.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let Some(cause) = causes(error).last() else { return String::new() };
    match cause.downcast_ref::<ErrorMetadata>().and_then(Refusal::of) {
        Some(refusal) => refusal.to_string(),
        None => shown(&cause.to_string()),
    }
}

/// In one line, and not too long.
fn shown(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.chars().count() > MOST_SHOWN {
        true => format!("{}…", line.chars().take(MOST_SHOWN).collect::<String>()),
        false => line,
    }
}

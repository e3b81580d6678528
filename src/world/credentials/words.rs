//! Why there are no credentials, in words for people: what was asked, what it said, and what to do. No secret stands in them.

use std::error::Error;
use std::io;
use std::iter::successors;

use aws_config::meta::ProviderChainError;
use aws_config::profile::ProfileSet;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::ErrorMetadata;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::PATIENCE;
use super::way::{Astray, Base, Role, Way};
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
    /// A profile.
    Profile(String, Way),
    /// Whoever is left, as neither variables nor profiles have keys.
    Machine {
        /// Who that is.
        giver: Giver,
        /// A profile without keys, which the variables name or which is the default.
        passed_over: Option<String>,
        /// The profiles that there are.
        others: Vec<String>,
    },
}

/// Who gives keys to a machine without any of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Giver {
    /// STS, for a token in a file.
    WebIdentity,
    /// The endpoint of a container.
    Container,
    /// The metadata service of an instance.
    Instance,
}

impl Whom {
    /// Where its credentials come from.
    pub(super) fn source(&self) -> String {
        match self {
            Self::Environment => "environment".to_owned(),
            Self::Machine { .. } => "this machine".to_owned(),
            Self::Profile(name, way) => {
                let by = match (way.roles.last(), way.base) {
                    (Some(role), _) => format!("role {}", role.name()),
                    (None, Base::SingleSignOn) => "SSO".to_owned(),
                    (None, Base::Process) => "credential_process".to_owned(),
                    (None, Base::WebIdentity) => "web identity".to_owned(),
                    (None, Base::Container) => "container".to_owned(),
                    (None, Base::Instance) => "instance".to_owned(),
                    (None, Base::Keys | Base::HalfKeys(_) | Base::Login | Base::Environment | Base::Nothing) => {
                        return format!("profile {name}");
                    }
                };
                format!("profile {name}, {by}")
            }
        }
    }

    /// Who gives the first keys, where that is the machine that daypass runs on.
    fn giver(&self) -> Option<Giver> {
        match self {
            Self::Environment => None,
            Self::Machine { giver, .. } => Some(*giver),
            Self::Profile(_, way) => match way.base {
                Base::WebIdentity => Some(Giver::WebIdentity),
                Base::Container => Some(Giver::Container),
                Base::Instance => Some(Giver::Instance),
                _ => None,
            },
        }
    }

    /// The file with the token of a web identity.
    pub(super) fn token_file(&self) -> Option<String> {
        match self {
            Self::Profile(_, way) => way.token_file.clone().filter(|_| way.base == Base::WebIdentity),
            Self::Machine { giver: Giver::WebIdentity, .. } => std::env::var(TOKEN_FILE).ok(),
            Self::Machine { .. } | Self::Environment => None,
        }
    }

    /// What to do instead of what does not work.
    fn instead(&self) -> String {
        match self {
            Self::Profile(_, way) => format!("or let [{}] take its keys from elsewhere", section(&way.end)),
            Self::Environment => "or name a profile (--profile)".to_owned(),
            Self::Machine { others, .. } if others.is_empty() => {
                "or add a store with its key (daypass store add), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                    .to_owned()
            }
            Self::Machine { others, .. } => {
                format!("or name a profile, with --profile or by P on the screen; there are: {}", listed(others))
            }
        }
    }
}

/// The variable that names the file with the token of a web identity.
const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// The names of all profiles.
pub(super) fn names(profiles: &ProfileSet) -> Vec<String> {
    let mut names: Vec<String> = profiles.profiles().map(str::to_owned).collect();
    names.sort_unstable();
    names
}

/// The first of them.
fn listed(names: &[String]) -> String {
    let more = if names.len() > MOST_NAMED { " …" } else { "" };
    let first: Vec<&str> = names.iter().take(MOST_NAMED).map(String::as_str).collect();
    format!("{}{more}", first.join(", "))
}

/// How the section of a profile is headed in `~/.aws/config`.
pub(super) fn section(profile: &str) -> String {
    if profile == "default" { profile.to_owned() } else { format!("profile {profile}") }
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
    failure(format!("no profile in ~/.aws/config or ~/.aws/credentials is called `{name}`"), there_are(profiles))
}

fn there_are(profiles: &ProfileSet) -> String {
    match names(profiles).as_slice() {
        [] => "there are none: aws configure makes one".to_owned(),
        known => format!("there are: {}", listed(known)),
    }
}

/// A profile has no way to keys.
pub(super) fn astray(astray: &Astray, profiles: &ProfileSet) -> Failure {
    match astray {
        Astray::NoSuchSource(profile, source) => failure(
            format!(
                "[{}] takes its keys from source_profile = {source}, and there is no such profile",
                section(profile)
            ),
            there_are(profiles),
        ),
        Astray::Circle(passed) => failure(
            format!("source_profile leads in a circle: {}", passed.join(" → ")),
            "let one of them have keys of its own, or take them from another profile",
        ),
        Astray::NoSource(profile) => failure(
            format!("[{}] has a role_arn, and says nothing of whose keys take it on", section(profile)),
            "write source_profile = NAME into it, or credential_source = Environment, Ec2InstanceMetadata or EcsContainer",
        ),
        Astray::TwoSources(profile) => failure(
            format!("[{}] has both source_profile and credential_source", section(profile)),
            "leave one of them out",
        ),
        Astray::UnknownSource(profile, source) => failure(
            format!("credential_source = {source} in [{}] is none that is known", section(profile)),
            "write Environment, Ec2InstanceMetadata or EcsContainer",
        ),
        Astray::Lacks(profile, there, missing) => failure(
            format!("[{}] has {there}, and {missing} is missing", section(profile)),
            match *missing {
                "sso_region" | "sso_start_url" => format!(
                    "write {missing} where its sso_session is, or into it; aws configure sso asks for all of it"
                ),
                "sso_session" => "write sso_session into it; aws configure sso asks for all of it".to_owned(),
                _ => format!("write {missing} into it"),
            },
        ),
        Astray::NoSuchSession(profile, session) => {
            let known: Vec<String> = profiles.sso_sessions().map(str::to_owned).collect();
            let there = if known.is_empty() { String::new() } else { format!("there are: {}; ", listed(&known)) };
            failure(
                format!(
                    "[{}] names sso_session = {session}, and there is no [sso-session {session}]",
                    section(profile)
                ),
                format!("{there}aws configure sso-session makes one"),
            )
        }
    }
}

/// The way of a profile ends at one that says nothing of keys.
pub(super) fn keyless(way: &Way, name: &str) -> Failure {
    let end = &way.end;
    let why = match (end == name, way.roles.is_empty()) {
        (true, true) => format!("the profile `{end}` says nothing of keys"),
        (true, false) => format!("the profile `{end}` takes on its role with keys of its own, and has none"),
        (false, _) => format!("the profile `{name}` takes its keys from `{end}`, which says nothing of keys"),
    };
    failure(why, "give it a key, a role_arn with source_profile, an sso_session or a credential_process")
}

/// The variables name a token, and no role that it is for.
pub(super) fn web_identity_without_role() -> Failure {
    failure(
        format!("{TOKEN_FILE} is set, and AWS_ROLE_ARN is not"),
        format!("set AWS_ROLE_ARN to the role that the token is for, or unset {TOKEN_FILE}"),
    )
}

/// A variable names no address.
pub(super) fn no_address(variable: &str) -> Failure {
    failure(format!("what {variable} is set to is no address"), "write https:// and a host, or unset it")
}

/// The token of a web identity cannot be read.
pub(super) fn unread_token(whom: &Whom, file: &str, trouble: &io::Error) -> Failure {
    let named = match whom {
        Whom::Profile(_, way) => format!("web_identity_token_file in [{}]", section(&way.end)),
        Whom::Machine { .. } | Whom::Environment => TOKEN_FILE.to_owned(),
    };
    failure(
        format!("the token of the web identity cannot be read from {file}: {}", of_file(trouble)),
        format!("check {named}; whoever runs this machine puts the token there"),
    )
}

/// The keys that came have ended already.
pub(super) fn ended(whom: &Whom, end: jiff::Timestamp) -> Failure {
    failure(
        format!("the keys that came ({}) had ended already, at {end}", whom.source()),
        "check this machine's clock, and whatever hands out these keys",
    )
}

/// Nobody answered.
pub(super) fn silence(whom: &Whom, role: Option<&Role>) -> Failure {
    let who = asked(whom, role);
    failure(format!("{who} did not answer within {} s", PATIENCE.as_secs()), "check the network, and try again")
}

/// The program of a profile printed no keys; `how` follows its name.
pub(super) fn no_keys_printed(whom: &Whom, how: &str, hint: &str) -> Failure {
    let Whom::Profile(_, Way { end, .. }) = whom else { return failure(how, hint) };
    failure(format!("{} {}", program(end), shown(how)), hint)
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

/// Somebody was asked for the first keys, and gave none.
pub(super) fn refused(whom: &Whom, error: &CredentialsError) -> Failure {
    if let Some(tried) = causes(error).find_map(|cause| cause.downcast_ref::<ProviderChainError<CredentialsError>>()) {
        return nothing(whom, tried);
    }
    let said = innermost(error);
    match (whom.giver(), whom) {
        (Some(Giver::WebIdentity), _) => of_web_identity(whom, error, &said),
        (Some(Giver::Container), _) => of_container(whom, error, &said),
        (Some(Giver::Instance), _) => of_instance(whom, error, &said),
        (None, Whom::Profile(_, way)) => of_base(way, error, &said),
        (None, Whom::Environment | Whom::Machine { .. }) => failure(said, ""),
    }
}

/// Who is asked, for people.
fn asked(whom: &Whom, role: Option<&Role>) -> String {
    match (role, whom.giver(), whom) {
        (Some(role), ..) => format!("AWS STS, which gives the role of the profile `{}`,", role.profile),
        (None, Some(Giver::WebIdentity), _) => "AWS STS, which gives keys for the web identity,".to_owned(),
        (None, Some(Giver::Container), _) => "the endpoint that gives keys to this container".to_owned(),
        (None, Some(Giver::Instance), _) => "the metadata service of an EC2 instance".to_owned(),
        (None, None, Whom::Profile(_, Way { end, base: Base::SingleSignOn, .. })) => {
            format!("the single sign-on of the profile `{end}`")
        }
        (None, None, Whom::Profile(_, Way { end, base: Base::Process, .. })) => program(end),
        (None, None, _) => format!("whoever gives the keys ({})", whom.source()),
    }
}

/// Who is waited for.
pub(super) fn waited_for(whom: &Whom, role: Option<&Role>) -> String {
    asked(whom, role).trim_end_matches(',').to_owned()
}

fn program(profile: &str) -> String {
    format!("the program that credential_process names in [{}]", section(profile))
}

/// Nobody was reached there, if that is what went wrong.
fn unreached(whom: &Whom, role: Option<&Role>, error: &(dyn Error + 'static), hint: &str) -> Option<Failure> {
    if !causes(error).any(|cause| cause.to_string() == "dispatch failure") {
        return None;
    }
    let why = format!("{} was not reached: {}", asked(whom, role), of_network(&innermost(error)));
    Some(failure(why, hint))
}

/// A role was asked for with keys that were found.
pub(super) fn no_role(whom: &Whom, role: &Role, error: &CredentialsError) -> Failure {
    let Whom::Profile(name, way) = whom else { return failure(innermost(error), "") };
    if let Some(failure) = unreached(whom, Some(role), error, NETWORK) {
        return failure;
    }
    let Some(refusal) = Refusal::find::<AssumeRoleError>(error, AssumeRoleError::meta) else {
        return no_sts(&asked(whom, Some(role)), status_of::<AssumeRoleError>(error), &innermost(error));
    };
    let end = &way.end;
    match refusal.code.as_str() {
        "AccessDenied" if refusal.message.contains("MultiFactorAuthentication") && way.needs_a_person() => {
            let hint =
                "a code is good once, and for about 30 s: ask again, and type the next one that the device shows";
            failure(format!("AWS does not take the code: {}", refusal.message), hint)
        }
        "AccessDenied" => {
            let hint = format!(
                "whoever manages it has to trust the keys of `{end}`; if it asks for an external_id or an mfa_serial, name \
                 that in [{}]",
                section(&role.profile)
            );
            failure(format!("AWS does not let the profile `{name}` take on {}: {}", role.arn, refusal.message), hint)
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

/// What answered is not STS.
fn no_sts(who: &str, status: Option<u16>, said: &str) -> Failure {
    let why = match status {
        Some(status) => format!("{who} answered with status {status}, and not as STS does"),
        None => format!("{who} answered with what is no keys: {said}"),
    };
    failure(why, "check AWS_ENDPOINT_URL_STS; a proxy or a login page may be in between")
}

/// A web identity got no keys.
fn of_web_identity(whom: &Whom, error: &CredentialsError, said: &str) -> Failure {
    if let Some(failure) = unreached(whom, None, error, NETWORK) {
        return failure;
    }
    let Some(refusal) = Refusal::find::<AssumeRoleWithWebIdentityError>(error, AssumeRoleWithWebIdentityError::meta)
    else {
        return no_sts(&asked(whom, None), status_of::<AssumeRoleWithWebIdentityError>(error), said);
    };
    let file = whom.token_file().unwrap_or_default();
    let hint = format!("check the token in {file}, and whom the role trusts");
    failure(format!("AWS gives no keys for the web identity: {refusal}"), hint)
}

/// A container got no keys.
fn of_container(whom: &Whom, error: &CredentialsError, said: &str) -> Failure {
    let hint = format!("check AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI, {}", whom.instead());
    if let Some(failure) = unreached(whom, None, error, &hint) {
        return failure;
    }
    if said.contains("not configured") {
        let why = "this is no container that gets keys: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor \
            AWS_CONTAINER_CREDENTIALS_FULL_URI is set";
        return failure(why, whom.instead().trim_start_matches("or "));
    }
    if let Some(trouble) = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()) {
        const FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
        let file = std::env::var(FILE).unwrap_or_default();
        let why = format!("the token for the container's endpoint cannot be read from {file}: {}", of_file(trouble));
        return failure(why, format!("check {FILE}, {}", whom.instead()));
    }
    if said.contains("did not refer to an allowed IP address") {
        let why = "AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that may not give keys to a container by http";
        return failure(why, format!("name a loopback address, or one with https, {}", whom.instead()));
    }
    let status = said.rsplit_once("StatusCode(").and_then(|(_, rest)| rest.strip_suffix(')'));
    let how = status
        .map_or_else(|| format!("gave what is no keys: {said}"), |status| format!("answered with status {status}"));
    failure(format!("{} {how}", asked(whom, None)), hint)
}

/// An instance got no keys.
fn of_instance(whom: &Whom, error: &CredentialsError, said: &str) -> Failure {
    let who = asked(whom, None);
    if said.contains("AWS_EC2_METADATA_DISABLED") {
        let why = format!("{who} is not asked, as AWS_EC2_METADATA_DISABLED is set");
        return failure(why, format!("unset it on an instance, {}", whom.instead()));
    }
    if said.contains("404 from IMDS") {
        return failure("this instance has no role", format!("attach one to it, {}", whom.instead()));
    }
    if said.contains("request forbidden") {
        let hint = format!("its metadata options may have switched that off (http-endpoint), {}", whom.instead());
        return failure(format!("{who} refuses to give keys"), hint);
    }
    let nobody = format!("run it on an instance whose metadata is on, {}", whom.instead());
    let is_late = causes(error).any(|cause| cause.to_string().contains("timeout"));
    match unreached(whom, None, error, &nobody) {
        Some(failure) => failure,
        None if is_late => failure(format!("{who} was not reached in time"), nobody),
        None => failure(format!("{who} gave what is no keys: {said}"), format!("try again, {}", whom.instead())),
    }
}

/// The first keys of a profile did not come.
fn of_base(way: &Way, error: &CredentialsError, said: &str) -> Failure {
    let end = &way.end;
    let whom = Whom::Profile(end.clone(), way.clone());
    match way.base {
        Base::SingleSignOn => of_single_sign_on(&whom, end, error, said),
        Base::Login => failure(
            format!("the profile `{end}` has its keys from `aws login`, which daypass does not read"),
            format!(
                "another profile can hand them on: credential_process = aws configure export-credentials --profile {end}"
            ),
        ),
        Base::Environment => failure(
            format!("[{}] takes its keys from the variables, and AWS_ACCESS_KEY_ID is not set", section(end)),
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write another credential_source",
        ),
        Base::Nothing => keyless(way, end),
        Base::Process | Base::Container | Base::Instance | Base::WebIdentity | Base::Keys | Base::HalfKeys(_) => {
            failure(said, check(end))
        }
    }
}

fn of_single_sign_on(whom: &Whom, end: &str, error: &CredentialsError, said: &str) -> Failure {
    if let Some(failure) = unreached(whom, None, error, NETWORK) {
        return failure;
    }
    if said.contains("ForbiddenException") {
        return failure(
            format!("the single sign-on does not give the account and role of the profile `{end}`: {said}"),
            format!("check sso_account_id and sso_role_name in [{}]", section(end)),
        );
    }
    let why = if said.contains("has expired") {
        format!("the login by single sign-on of the profile `{end}` has ended")
    } else if said.contains("UnauthorizedException") {
        format!("the single sign-on does not take the login of the profile `{end}` any more")
    } else {
        // What it cannot read may hold a token, so that no more of it is told.
        format!(
            "there is no login by single sign-on of the profile `{end}` in ~/.aws/sso/cache, or none that can be read"
        )
    };
    failure(why, login(end))
}

/// All were asked that keys usually come from, and none has any.
fn nothing(whom: &Whom, tried: &ProviderChainError<CredentialsError>) -> Failure {
    let Whom::Machine { passed_over, others, .. } = whom else { return failure("no source has credentials", "") };
    let no_role = tried.attempts().iter().any(|attempt| innermost(attempt.error()).contains("404 from IMDS"));
    if no_role {
        let why = "this instance has no role, and no other source has credentials";
        return failure(why, format!("attach a role to it, {}", whom.instead()));
    }
    let profile = match passed_over {
        Some(name) => format!("the profile `{name}`, which says nothing of keys"),
        None => "the default profile, which there is not".to_owned(),
    };
    let why = format!(
        "none of the usual sources has credentials (tried: AWS_ACCESS_KEY_ID, {profile}, web identity, container, instance)"
    );
    let hint = match others.as_slice() {
        [] => {
            "add a store with its key (daypass store add), name a profile (--profile), log in (aws sso login), or set \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        }
        .to_owned(),
        others => format!("name a profile, with --profile or by P on the screen (there are: {})", listed(others)),
    };
    failure(why, format!("{hint}; --no-sign-request opens a public bucket, and daypass --demo needs none"))
}

fn login(profile: &str) -> String {
    format!("log in with `aws sso login --profile {profile}`, and ask again")
}

fn check(profile: &str) -> String {
    format!("check [{}] in ~/.aws/config and [{profile}] in ~/.aws/credentials", section(profile))
}

/// What to look at where somebody on the network was not reached.
const NETWORK: &str = "check the network, HTTPS_PROXY and AWS_CA_BUNDLE";

/// What a network said, in plain words.
fn of_network(said: &str) -> String {
    if said.contains("Connection refused") {
        "nothing listens there".to_owned()
    } else if said.contains("failed to lookup address information") {
        "its name is not known here".to_owned()
    } else if said.contains("timeout") || said.contains("timed out") {
        "it did not answer in time".to_owned()
    } else {
        said.to_owned()
    }
}

/// Why a file cannot be read, in plain words.
pub(in crate::world) fn of_file(trouble: &io::Error) -> String {
    match trouble.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::InvalidData => "it is no text in UTF-8".to_owned(),
        _ => trouble.to_string(),
    }
}

/// The status of an answer to the operation whose error is `E`, where there was an answer.
fn status_of<E: Error + 'static>(error: &CredentialsError) -> Option<u16> {
    let answer = causes(error).find_map(|cause| cause.downcast_ref::<SdkError<E, HttpResponse>>())?;
    Some(answer.raw_response()?.status().as_u16())
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

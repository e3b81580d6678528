//! How a profile comes by its keys, as the AWS files say: where the first ones are from, and for which roles they are
//! exchanged. Follows the rules of the AWS tools, and asks nobody.

use aws_config::profile::{Profile, ProfileSet};

/// The way from a profile to its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The profile that the first keys are from: the one that was asked for, or where its `source_profile` leads.
    pub(super) end: String,
    /// What gives the first keys.
    pub(super) base: Base,
    /// The roles that they are exchanged for, one after the other.
    pub(super) roles: Vec<Role>,
    /// Where the token of a web identity lies.
    pub(super) token_file: Option<String>,
}

/// What gives the first keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// They are written down.
    Keys,
    /// One half of them is written down; the field that is missing.
    HalfKeys(&'static str),
    /// A login by single sign-on.
    SingleSignOn,
    /// A login by `aws login`.
    Login,
    /// A program.
    Process,
    /// A token in a file, for a role.
    WebIdentity,
    /// The variables.
    Environment,
    /// The endpoint of a container.
    Container,
    /// The metadata of an instance.
    Instance,
    /// Nothing that is known.
    Nothing,
}

/// A role that keys are exchanged for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Role {
    /// The profile that names it.
    pub(super) profile: String,
    pub(super) arn: String,
    pub(super) external_id: Option<String>,
    pub(super) session_name: Option<String>,
    /// How long its keys are to last, in seconds.
    pub(super) duration: Option<i32>,
    /// The serial number or ARN of the device whose code it asks for.
    pub(super) mfa_serial: Option<String>,
}

/// Why a profile has no way to keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Astray {
    /// The profile names a `source_profile` that does not exist.
    NoSuchSource(String, String),
    /// From one `source_profile` to the next, back to one that was passed already.
    Circle(Vec<String>),
    /// It names a role, and nobody whose keys are exchanged for it.
    NoSource(String),
    /// It names two of them.
    TwoSources(String),
    /// Its `credential_source` is none that is known.
    UnknownSource(String, String),
    /// It lacks a field without which another one means nothing: the profile, the field that is there, the one that is not.
    Lacks(String, &'static str, &'static str),
    /// It names an `sso_session` that does not exist.
    NoSuchSession(String, String),
}

impl Way {
    /// The way of the profile `name`, which there is.
    pub(super) fn of(profiles: &ProfileSet, name: &str) -> Result<Self, Astray> {
        let (mut name, mut seen, mut roles) = (name, Vec::<&str>::new(), Vec::new());
        loop {
            let Some(profile) = profiles.get_profile(name) else {
                let from = seen.last().copied().unwrap_or(name);
                return Err(Astray::NoSuchSource(from.to_owned(), name.to_owned()));
            };
            let is_source = !seen.is_empty();
            seen.push(name);
            let next = match role(profile) {
                // Keys of a source come before its own role.
                Some(_) if is_source && written(profile) == Base::Keys => None,
                Some(role) => {
                    roles.push(role);
                    let source = profile.get("source_profile");
                    match (source, profile.get("credential_source")) {
                        (Some(source), None) => (source != name).then_some(source),
                        (None, Some(_)) => None,
                        (Some(_), Some(_)) => return Err(Astray::TwoSources(name.to_owned())),
                        (None, None) => return Err(Astray::NoSource(name.to_owned())),
                    }
                }
                None => None,
            };
            match next {
                Some(source) if seen.contains(&source) => {
                    let circle = seen.iter().skip_while(|passed| **passed != source).chain([&source]);
                    return Err(Astray::Circle(circle.map(|passed| (*passed).to_owned()).collect()));
                }
                Some(source) => name = source,
                None => {
                    roles.reverse();
                    let base = base(profiles, profile, is_source)?;
                    let token_file = profile.get("web_identity_token_file").map(str::to_owned);
                    return Ok(Self { end: name.to_owned(), base, roles, token_file });
                }
            }
        }
    }

    /// Whether its keys are not to be had without a person.
    pub(super) fn needs_a_person(&self) -> bool {
        self.roles.iter().any(|role| role.mfa_serial.is_some())
    }
}

impl Role {
    /// Its name, without the account.
    pub(super) fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or(&self.arn)
    }
}

/// The role that a profile names; a role for a token in a file is where a way begins, and not one on it.
fn role(profile: &Profile) -> Option<Role> {
    let field = |name| profile.get(name).map(str::to_owned);
    let arn = field("role_arn").filter(|_| profile.get("web_identity_token_file").is_none())?;
    Some(Role {
        profile: profile.name().to_owned(),
        arn,
        external_id: field("external_id"),
        session_name: field("role_session_name"),
        duration: profile.get("duration_seconds").and_then(|seconds| seconds.parse().ok()),
        mfa_serial: field("mfa_serial").filter(|serial| !serial.is_empty()),
    })
}

fn base(profiles: &ProfileSet, profile: &Profile, is_source: bool) -> Result<Base, Astray> {
    let has = |name| profile.get(name).is_some();
    let name = || profile.name().to_owned();
    if is_source && written(profile) == Base::Keys {
        return Ok(Base::Keys);
    }
    if let Some(source) = profile.get("credential_source") {
        return match source.to_ascii_lowercase().as_str() {
            "environment" => Ok(Base::Environment),
            "ecscontainer" => Ok(Base::Container),
            "ec2instancemetadata" => Ok(Base::Instance),
            _ => Err(Astray::UnknownSource(name(), source.to_owned())),
        };
    }
    if has("web_identity_token_file") {
        return match has("role_arn") {
            true => Ok(Base::WebIdentity),
            false => Err(Astray::Lacks(name(), "web_identity_token_file", "role_arn")),
        };
    }
    if has("sso_session") || has("sso_start_url") || has("sso_account_id") || has("sso_role_name") {
        return single_sign_on(profiles, profile).map(|()| Base::SingleSignOn);
    }
    Ok(if has("login_session") {
        Base::Login
    } else if has("credential_process") {
        Base::Process
    } else {
        written(profile)
    })
}

/// Whether a profile says all that a login by single sign-on is needed for.
fn single_sign_on(profiles: &ProfileSet, profile: &Profile) -> Result<(), Astray> {
    let name = profile.name();
    let session = match profile.get("sso_session") {
        Some(session) => match profiles.sso_session(session) {
            Some(known) => Some(known),
            None => return Err(Astray::NoSuchSession(name.to_owned(), session.to_owned())),
        },
        None => None,
    };
    let has = |field| profile.get(field).is_some() || session.is_some_and(|session| session.get(field).is_some());
    let there = if session.is_some() { "sso_session" } else { "sso_start_url" };
    let needed = ["sso_start_url", "sso_region", "sso_account_id", "sso_role_name"];
    match needed.into_iter().find(|field| !has(field)) {
        Some("sso_start_url") if session.is_none() => {
            Err(Astray::Lacks(name.to_owned(), "sso_account_id", "sso_session"))
        }
        Some(missing) => Err(Astray::Lacks(name.to_owned(), there, missing)),
        None => Ok(()),
    }
}

/// What is written down in a profile of a key.
fn written(profile: &Profile) -> Base {
    let has = |name| profile.get(name).is_some_and(|value| !value.is_empty());
    match (has("aws_access_key_id"), has("aws_secret_access_key")) {
        (true, true) => Base::Keys,
        (true, false) => Base::HalfKeys("aws_secret_access_key"),
        (false, true) => Base::HalfKeys("aws_access_key_id"),
        (false, false) => Base::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use aws_types::os_shim_internal::{Env, Fs};
    use proptest::prelude::*;

    use super::*;

    async fn profiles(config: &str) -> ProfileSet {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), config).unwrap();
        let env = Env::from_slice(&[("AWS_CONFIG_FILE", file.path().to_str().unwrap())]);
        aws_config::profile::load(&Fs::real(), &env, &Default::default(), None).await.unwrap()
    }

    const FILE: &str = "
        [profile keys]
        aws_access_key_id = A
        aws_secret_access_key = s
        [profile half]
        aws_access_key_id = A
        [sso-session s]
        sso_start_url = https://example.awsapps.com/start
        sso_region = eu-west-1
        [profile sso]
        sso_session = s
        sso_account_id = 1
        sso_role_name = r
        [profile tool]
        credential_process = tool
        [profile reader]
        role_arn = arn:aws:iam::1:role/team/reader
        source_profile = keys
        external_id = x
        [profile admin]
        role_arn = arn:aws:iam::2:role/admin
        source_profile = reader
        mfa_serial = arn:aws:iam::1:mfa/ada
        duration_seconds = 3600
        [profile self]
        role_arn = arn:aws:iam::2:role/admin
        source_profile = self
        aws_access_key_id = A
        aws_secret_access_key = s
        [profile instance]
        role_arn = arn:aws:iam::2:role/admin
        credential_source = Ec2InstanceMetadata
        [profile token]
        role_arn = arn:aws:iam::2:role/admin
        web_identity_token_file = /token
        [profile both]
        role_arn = arn:aws:iam::2:role/admin
        source_profile = keys
        aws_access_key_id = A
        aws_secret_access_key = s
        [profile over-both]
        role_arn = arn:aws:iam::2:role/admin
        source_profile = both
        [profile empty]
        region = eu-west-1
    ";

    #[tokio::test]
    async fn a_way_leads_to_the_first_keys_and_back_over_all_roles() {
        let dedented: String = FILE.lines().map(|line| format!("{}\n", line.trim_start())).collect();
        let profiles = profiles(&dedented).await;
        for (name, end, base, roles) in [
            ("keys", "keys", Base::Keys, &[][..]),
            ("half", "half", Base::HalfKeys("aws_secret_access_key"), &[]),
            ("sso", "sso", Base::SingleSignOn, &[]),
            ("tool", "tool", Base::Process, &[]),
            ("reader", "keys", Base::Keys, &["reader"]),
            ("admin", "keys", Base::Keys, &["reader", "admin"]),
            ("self", "self", Base::Keys, &["admin"]),
            ("instance", "instance", Base::Instance, &["admin"]),
            ("token", "token", Base::WebIdentity, &[]),
            ("both", "keys", Base::Keys, &["admin"]),
            ("over-both", "both", Base::Keys, &["admin"]),
            ("empty", "empty", Base::Nothing, &[]),
        ] {
            let way = Way::of(&profiles, name).unwrap();
            let named: Vec<&str> = way.roles.iter().map(Role::name).collect();
            assert_eq!((way.end.as_str(), way.base, named.as_slice()), (end, base, roles), "{name}");
        }
        let roles = |name| Way::of(&profiles, name).unwrap().roles;
        assert!(Way::of(&profiles, "admin").unwrap().needs_a_person());
        assert!(!Way::of(&profiles, "reader").unwrap().needs_a_person());
        assert_eq!((roles("admin")[1].duration, roles("reader")[0].external_id.as_deref()), (Some(3600), Some("x")));
    }

    #[tokio::test]
    async fn a_way_that_leads_nowhere_says_where_it_goes_astray() {
        let role = "role_arn = arn:aws:iam::2:role/admin\n";
        let session = "[sso-session s]\nsso_start_url = https://example.awsapps.com/start\n";
        let of = |name: &str| name.to_owned();
        for (profile, astray) in [
            (format!("{role}source_profile = gone"), Astray::NoSuchSource(of("p"), of("gone"))),
            (
                format!("{role}source_profile = q\n[profile q]\n{role}source_profile = p"),
                Astray::Circle(vec![of("p"), of("q"), of("p")]),
            ),
            (role.to_owned(), Astray::NoSource(of("p"))),
            (format!("{role}source_profile = q\ncredential_source = Environment"), Astray::TwoSources(of("p"))),
            (format!("{role}credential_source = Ec2"), Astray::UnknownSource(of("p"), of("Ec2"))),
            (of("web_identity_token_file = /token"), Astray::Lacks(of("p"), "web_identity_token_file", "role_arn")),
            (of("sso_session = t"), Astray::NoSuchSession(of("p"), of("t"))),
            (format!("sso_session = s\n{session}"), Astray::Lacks(of("p"), "sso_session", "sso_region")),
            (
                format!("sso_session = s\n{session}sso_region = r"),
                Astray::Lacks(of("p"), "sso_session", "sso_account_id"),
            ),
            (
                of("sso_start_url = u\nsso_region = r\nsso_account_id = 1"),
                Astray::Lacks(of("p"), "sso_start_url", "sso_role_name"),
            ),
            (of("sso_account_id = 1\nsso_role_name = r"), Astray::Lacks(of("p"), "sso_account_id", "sso_session")),
        ] {
            let profiles = profiles(&format!("[profile p]\n{profile}\n")).await;
            assert_eq!(Way::of(&profiles, "p"), Err(astray), "{profile}");
        }
    }

    proptest! {
        #[test]
        fn no_way_is_endless(sources in prop::collection::vec(0_usize..8, 8)) {
            let file: String = sources.iter().enumerate().map(|(n, source)| {
                format!("[profile p{n}]\nrole_arn = r\nsource_profile = p{source}\n")
            }).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let profiles = runtime.block_on(profiles(&file));
            for n in 0..8 {
                if let Ok(way) = Way::of(&profiles, &format!("p{n}")) {
                    prop_assert!(way.roles.len() <= 8);
                }
            }
        }
    }
}

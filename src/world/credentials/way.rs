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

impl Way {
    /// The way of the profile `name`. `None` where there is no such profile, or where its way leads nowhere, of which the
    /// official provider says what is wrong.
    pub(super) fn of(profiles: &ProfileSet, name: &str) -> Option<Self> {
        let (mut name, mut seen, mut roles) = (name, Vec::new(), Vec::new());
        loop {
            let profile = profiles.get_profile(name).filter(|_| !seen.contains(&name))?;
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
                        (Some(_), Some(_)) | (None, None) => return None,
                    }
                }
                None => None,
            };
            match next {
                Some(source) => name = source,
                None => {
                    roles.reverse();
                    return Some(Self { end: name.to_owned(), base: base(profile, is_source)?, roles });
                }
            }
        }
    }

    /// Whether it holds something that the official provider passes over: a code to ask for, how long keys are to last, or a
    /// program that must not read the keys of the screen.
    pub(super) fn is_ours(&self) -> bool {
        self.base == Base::Process || self.roles.iter().any(|role| role.mfa_serial.is_some() || role.duration.is_some())
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

fn base(profile: &Profile, is_source: bool) -> Option<Base> {
    let has = |name| profile.get(name).is_some();
    if is_source && written(profile) == Base::Keys {
        return Some(Base::Keys);
    }
    if let Some(source) = profile.get("credential_source") {
        return match source.to_ascii_lowercase().as_str() {
            "environment" => Some(Base::Environment),
            "ecscontainer" => Some(Base::Container),
            "ec2instancemetadata" => Some(Base::Instance),
            _ => None,
        };
    }
    Some(if has("web_identity_token_file") {
        Base::WebIdentity
    } else if has("sso_session") || has("sso_start_url") || has("sso_account_id") || has("sso_role_name") {
        Base::SingleSignOn
    } else if has("login_session") {
        Base::Login
    } else if has("credential_process") {
        Base::Process
    } else {
        written(profile)
    })
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
        [profile sso]
        sso_session = s
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
        [profile loop]
        role_arn = arn:aws:iam::2:role/admin
        source_profile = pool
        [profile pool]
        role_arn = arn:aws:iam::2:role/admin
        source_profile = loop
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
        assert!(!Way::of(&profiles, "reader").unwrap().is_ours() && Way::of(&profiles, "tool").unwrap().is_ours());
        assert_eq!((roles("admin")[1].duration, roles("reader")[0].external_id.as_deref()), (Some(3600), Some("x")));
        for name in ["loop", "nowhere"] {
            assert_eq!(Way::of(&profiles, name), None, "{name}");
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
                if let Some(way) = Way::of(&profiles, &format!("p{n}")) {
                    prop_assert!(way.roles.len() <= 8);
                }
            }
        }
    }
}

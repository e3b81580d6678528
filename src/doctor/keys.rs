//! What an access key shows of itself before any store is asked: its end, damage from copying, and whose it can be. No text here
//! holds a secret, or more of one than its length.

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;

use super::{Check, Finding};
use crate::presign::credentials::SigningCredentials;
use crate::presign::inspect::{KeyKind, abbreviated, wrong_cluster};
use crate::s3::address::Address;
use crate::s3::new_store::NewStore;
use crate::s3::provider::{self, Provider, Resolved};

/// Temporary credentials with less left than this end before a usual link does.
const SHORT: SignedDuration = SignedDuration::from_mins(15);

/// How long Amazon's secret keys are.
const AMAZON_SECRET: usize = 40;

/// Where the credentials come from, and when they end.
pub fn life(keys: &SigningCredentials, now: Timestamp) -> Finding {
    let source = &keys.source;
    let found = format!("the key {} was found", abbreviated(&keys.access_key_id));
    let temporary = if keys.session_token.is_some() { "temporary, " } else { "" };
    let Some(end) = keys.expires else {
        return Finding::ok(Check::Credentials, source, format!("{found}; {temporary}no end is known"));
    };
    let left = end.duration_since(now);
    if !left.is_positive() {
        let evidence = format!("{found}, but it ended at {end}");
        return Finding::fault(Check::Credentials, source, evidence, "log in again, or ask for new credentials");
    }
    let evidence = format!("{found}; it ends at {end}, in {}", time(left));
    if left < SHORT {
        let remedy = "links end with it: log in again before you make any, or use a lasting key";
        return Finding::caution(Check::Credentials, source, evidence, remedy);
    }
    Finding::ok(Check::Credentials, source, evidence)
}

/// What the characters of the key say, and whether it can be one of the store's at `address`.
pub fn shape(keys: &SigningCredentials, provider: &Provider, address: &Address) -> Finding {
    let shown = abbreviated(&keys.access_key_id);
    match damage(keys).or_else(|| misfit(keys, provider, address)) {
        Some((evidence, remedy)) => Finding::fault(Check::Key, shown, evidence, remedy),
        None => match doubt(keys, provider) {
            Some((evidence, remedy)) => Finding::caution(Check::Key, shown, evidence, remedy),
            None => Finding::ok(Check::Key, shown, "no white space or quotes in it, and it may belong to this store"),
        },
    }
}

/// What is known to be wrong with the key of a store that is about to be added, in words that say what to do; nothing where its
/// secret is somewhere else.
pub fn fault_of(store: &NewStore) -> Option<String> {
    let key = store.key.as_ref().filter(|key| !key.secret.expose_secret().is_empty())?;
    let keys = SigningCredentials {
        access_key_id: key.id.clone(),
        secret_access_key: key.secret.clone(),
        session_token: None,
        expires: None,
        source: "what was typed".to_owned(),
    };
    let Resolved { address, provider } = provider::resolve(&store.given()).ok()?;
    let (evidence, remedy) = damage(&keys).or_else(|| misfit(&keys, provider, &address))?;
    Some(format!("The key {}: {evidence}; {remedy}", abbreviated(&key.id)))
}

/// What keeps a key from being used at all: why, and what to do. Where people choose a secret themselves, it may hold blanks and
/// quotes, which are only doubtful.
pub fn unusable(keys: &SigningCredentials) -> Option<(String, String)> {
    let secret = keys.secret_access_key.expose_secret();
    let may_be_chosen = !secret.is_empty() && secret.trim() == secret && !secret.contains(char::is_control);
    damage(keys).filter(|_| !may_be_chosen || blemish_of_name(keys).is_some())
}

/// White space, quotes and the like, which come from copying.
fn damage(keys: &SigningCredentials) -> Option<(String, String)> {
    let of_secret = || Some(format!("the secret key {}", blemish(keys.secret_access_key.expose_secret())?));
    let found = blemish_of_name(keys).or_else(of_secret)?;
    Some((
        format!("{found} (from {})", keys.source),
        "copy it again, alone, without blanks, line breaks or quotes".to_owned(),
    ))
}

/// The same of what is sent with every request as it is: the id and the session token.
fn blemish_of_name(keys: &SigningCredentials) -> Option<String> {
    let of_id = blemish(&keys.access_key_id).map(|blemish| format!("the key id {blemish}"));
    let of_token = || Some(format!("the session token {}", blemish(keys.session_token.as_ref()?.expose_secret())?));
    of_id.or_else(of_token)
}

/// What no key holds, as a phrase that completes "the secret key …".
fn blemish(text: &str) -> Option<&'static str> {
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '“' | '”' | '‘' | '’');
    if text.is_empty() {
        Some("is empty")
    } else if text.starts_with(char::is_whitespace) {
        Some("begins with white space")
    } else if text.ends_with(char::is_whitespace) {
        Some("ends with white space")
    } else if text.contains(char::is_whitespace) {
        Some("has white space in it")
    } else if text.contains(is_quote) {
        Some("has quotes in or around it")
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some("holds characters that no key has")
    } else {
        None
    }
}

/// What is known, without asking, to be refused.
fn misfit(keys: &SigningCredentials, provider: &Provider, address: &Address) -> Option<(String, String)> {
    let id = &keys.access_key_id;
    match KeyKind::of(id, Some(provider)) {
        KeyKind::BackblazeMaster => Some((
            "it is the master key of a Backblaze account, which their S3 does not take".to_owned(),
            "make an application key, and use its keyID and applicationKey".to_owned(),
        )),
        KeyKind::AmazonTemporary if keys.session_token.is_none() => Some((
            "it is a temporary key of Amazon's, and its session token is missing".to_owned(),
            "set AWS_SESSION_TOKEN, or session_token of the store, or log in again".to_owned(),
        )),
        KeyKind::BackblazeApplication => {
            let (of_key, of_host) = wrong_cluster(id, Some(provider), Some(&address.region))?;
            Some((
                format!("it belongs to Backblaze's cluster {of_key}, and {} is in cluster {of_host}", address.endpoint),
                format!(
                    "use the endpoint that Backblaze shows for the bucket, probably of a region that ends in -{of_key}, or a key of this one"
                ),
            ))
        }
        KeyKind::AmazonTemporary | KeyKind::AmazonUser | KeyKind::Other => None,
    }
}

/// What is probably wrong.
fn doubt(keys: &SigningCredentials, provider: &Provider) -> Option<(String, String)> {
    let kind = KeyKind::of(&keys.access_key_id, Some(provider));
    let is_amazons = matches!(kind, KeyKind::AmazonUser | KeyKind::AmazonTemporary);
    let length = keys.secret_access_key.expose_secret().chars().count();
    match &*provider.id {
        "aws" if !is_amazons => Some((
            "its id does not look like one of Amazon's, which begin with AKIA or ASIA".to_owned(),
            "if it is another provider's, name that one's endpoint (--endpoint-url or --provider)".to_owned(),
        )),
        "aws" if length != AMAZON_SECRET => Some((
            format!("its secret has {length} characters, and Amazon's have {AMAZON_SECRET}"),
            "copy the secret again, whole".to_owned(),
        )),
        "b2" | "r2" if is_amazons => Some((
            format!("its id looks like one of Amazon's, and the store is {}", provider.name),
            "name the profile or the [[store]] that holds this store's key".to_owned(),
        )),
        _ => None,
    }
}

/// A length of time in the largest units that say enough: `4 min`, `3 h 20 min`, `6 days`.
pub(super) fn time(length: SignedDuration) -> String {
    let seconds = length.as_secs().unsigned_abs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::doctor::Severity;
    use crate::s3::address::Endpoint;
    use crate::s3::new_store::{NewKey, Whereabouts};
    use crate::s3::provider::{self, Given, Resolved};

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn keys(id: &str, secret: &str, token: Option<&str>) -> SigningCredentials {
        SigningCredentials {
            access_key_id: id.to_owned(),
            secret_access_key: secret.to_owned().into(),
            session_token: token.map(|token| token.to_owned().into()),
            expires: None,
            source: "profile support".to_owned(),
        }
    }

    fn at(endpoint: &str, keys: &SigningCredentials) -> Finding {
        let given = Given { endpoint: Some(Endpoint::parse(endpoint).unwrap()), ..Given::default() };
        let Resolved { address, provider } = provider::resolve(&given).unwrap();
        shape(keys, provider, &address)
    }

    #[test]
    fn the_key_of_a_new_store_is_looked_at_as_the_doctor_does_and_a_secret_that_is_elsewhere_is_not_missed() {
        let fault = |id: &str, secret: &str| {
            let place = Whereabouts::parse("https://s3.us-west-004.backblazeb2.com", &[]).unwrap();
            let key = Some(NewKey { id: id.to_owned(), secret: secret.to_owned().into() });
            fault_of(&NewStore { key, ..NewStore::default().at(place, &[]) })
        };
        let of_another = fault("0020123456789ab0000000001", "K002abc").unwrap();
        assert!(of_another.contains("cluster 002") && of_another.contains("ends in -002"), "{of_another}");
        assert!(fault("0040123456789ab0000000001", "K0 04").unwrap().contains("white space"));
        assert_eq!(fault("0040123456789ab0000000001", "K004abc"), None);
        assert_eq!(fault("0020123456789ab0000000001", ""), None, "a command prints it");
    }

    #[test]
    fn a_key_of_another_place_is_told_without_asking() {
        let (b2, aws) = ("https://s3.us-west-004.backblazeb2.com", "https://s3.eu-west-1.amazonaws.com");
        for (endpoint, id, token, severity, words) in [
            (b2, "0040123456789ab0000000001", None, Severity::Ok, "may belong"),
            (b2, "0020123456789ab0000000001", None, Severity::Fault, "cluster 002"),
            (b2, "0123456789ab", None, Severity::Fault, "master key"),
            (b2, "AKIAIOSFODNN7EXAMPLE", None, Severity::Caution, "looks like one of Amazon's"),
            (aws, "AKIAIOSFODNN7EXAMPLE", None, Severity::Ok, "may belong"),
            (aws, "ASIAIOSFODNN7EXAMPLE", None, Severity::Fault, "session token is missing"),
            (aws, "ASIAIOSFODNN7EXAMPLE", Some("token"), Severity::Ok, "may belong"),
            (aws, "0040123456789ab0000000001", None, Severity::Caution, "does not look like"),
            ("http://127.0.0.1:9000", "minioadmin", None, Severity::Ok, "may belong"),
        ] {
            let found = at(endpoint, &keys(id, SECRET, token));
            assert_eq!(found.severity, severity, "{endpoint} {id}: {found:?}");
            assert!(found.evidence.contains(words), "{endpoint} {id}: {found:?}");
        }
        assert!(
            at(aws, &keys("AKIAIOSFODNN7EXAMPLE", SECRET.trim_start_matches('w'), None))
                .evidence
                .contains("39 characters")
        );
    }

    #[test]
    fn what_copying_left_behind_is_named_and_the_secret_is_not() {
        for (secret, words) in [
            ("", "is empty"),
            (" secret", "begins with white space"),
            ("secret\n", "ends with white space"),
            ("sec\tret", "has white space in it"),
            ("\"secret\"", "has quotes"),
            ("“secret”", "has quotes"),
            ("sec\u{200b}ret", "characters that no key has"),
        ] {
            let found = at("https://s3.eu-west-1.amazonaws.com", &keys("AKIAIOSFODNN7EXAMPLE", secret, None));
            assert_eq!(found.severity, Severity::Fault, "{found:?}");
            assert!(found.evidence.contains("the secret key ") && found.evidence.contains(words), "{found:?}");
        }
        let token = at("http://localhost:1", &keys("id", SECRET, Some("token ")));
        assert!(token.evidence.contains("the session token ends with white space"), "{token:?}");
    }

    #[test]
    fn only_what_cannot_be_sent_or_was_never_chosen_keeps_a_key_from_being_used() {
        for (id, secret, token, bad) in [
            ("minio", "a secret \"of\" mine", None, false),
            ("minio", "secret\n", None, true),
            ("minio", "sec\rret", None, true),
            ("minio", "", None, true),
            ("minio ", "secret", None, true),
            ("minio", "secret", Some("to ken"), true),
            ("minio", "secret", Some("token"), false),
        ] {
            assert_eq!(unusable(&keys(id, secret, token)).is_some(), bad, "{id:?} {secret:?} {token:?}");
        }
    }

    #[test]
    fn the_end_of_credentials_is_told_with_the_time_left() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let ending = |minutes| {
            let end = now + SignedDuration::from_mins(minutes);
            life(&SigningCredentials { expires: Some(end), ..keys("ASIAIOSFODNN7EXAMPLE", SECRET, Some("t")) }, now)
        };
        assert_eq!(ending(200).severity, Severity::Ok);
        assert!(ending(200).evidence.contains("in 3 h 20 min"), "{:?}", ending(200));
        assert_eq!(ending(4).severity, Severity::Caution);
        assert!(ending(4).evidence.contains("2026-11-25T12:04:00Z, in 4 min"), "{:?}", ending(4));
        assert_eq!(ending(0).severity, Severity::Fault);
        assert_eq!(life(&keys("id", SECRET, None), now).severity, Severity::Ok);
    }

    proptest! {
        #[test]
        fn no_key_makes_a_finding_that_tells_its_secret(id in "\\PC{0,30}", secret in "[a-zA-Z0-9/+ \"]{12,60}") {
            let keys = keys(&id, &secret, Some(&secret));
            for endpoint in ["https://s3.us-west-004.backblazeb2.com", "https://s3.eu-west-1.amazonaws.com"] {
                let shown = format!("{:?}{:?}", at(endpoint, &keys), life(&keys, Timestamp::UNIX_EPOCH));
                prop_assert!(!shown.contains(&secret));
            }
        }
    }
}

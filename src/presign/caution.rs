//! What a person should know, or be asked, before a link is handed on. Data and words; whether they are shown is decided above.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::expiry::{Expiry, Lifetime};
use super::link::{LimitedBy, Link};
use super::request::{LinkRequest, Method};
use super::rules::Rules;
use crate::s3::address::Endpoint;
use crate::s3::provider::Provider;

/// A GET or HEAD link that lives longer than this is remarked on.
const LONG_READ: Expiry = Expiry::HOUR;

/// A PUT or DELETE link that lives longer than this is remarked on.
const LONG_WRITE: Expiry = Expiry::HALF_HOUR;

/// A link that is to live longer than this is asked about first.
const VERY_LONG: Expiry = Expiry::DAY;

/// Something to know about a link that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caution {
    /// It ends with the credentials, before the lifetime that was asked for.
    EndsWithSession {
        /// The lifetime that is signed.
        asked: Expiry,
    },
    /// It works for longer than is wise.
    Long(Expiry),
    /// It is not encrypted on its way.
    PlainHttp,
    /// A web browser would ask for another key.
    LostInBrowsers,
    /// What deleting does.
    Deletes(Deleting),
    /// An upload that replaces what is there, as often as somebody likes.
    Replaces,
}

/// What a DELETE link really does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deleting {
    /// This very version is gone for good.
    Version,
    /// The key is hidden, and its bytes stay as a version.
    Hides {
        /// The provider, which always does so.
        provider: String,
    },
    /// Gone for good, unless the bucket keeps versions.
    Object,
}

/// A question to be answered with yes before a link is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// It is to live longer than a day.
    VeryLong(Expiry),
    /// It deletes.
    Delete(Deleting),
}

/// What to know of `link`, the most important first.
pub fn cautions(link: &Link, provider: &Provider) -> Vec<Caution> {
    let (request, mut cautions) = (&link.request, Vec::new());
    match link.limited_by {
        LimitedBy::Credentials => cautions.push(Caution::EndsWithSession { asked: link.expires_in }),
        LimitedBy::Asked | LimitedBy::Ceiling => {}
    }
    match request.method {
        Method::Delete => cautions.push(Caution::Deletes(deleting(request, provider))),
        Method::Get | Method::Head | Method::Put | Method::Post => {}
    }
    let plain = link.url.expose().strip_prefix("http://").and_then(|rest| rest.split('/').next());
    let leaves_this_machine = |host: &str| !Endpoint::parse(&format!("http://{host}")).is_ok_and(|e| e.is_loopback());
    if plain.is_some_and(leaves_this_machine) {
        cautions.push(Caution::PlainHttp);
    }
    let long = match request.method {
        Method::Get | Method::Head => LONG_READ,
        Method::Put | Method::Delete | Method::Post => LONG_WRITE,
    };
    if link.ends_at.duration_since(link.signed_at) > long.duration() {
        cautions.push(Caution::Long(seconds(link.ends_at.duration_since(link.signed_at)).unwrap_or(link.expires_in)));
    }
    if request.object.key.is_lost_in_browsers() {
        cautions.push(Caution::LostInBrowsers);
    }
    if request.method == Method::Put && request.header("if-none-match").is_none() {
        cautions.push(Caution::Replaces);
    }
    cautions
}

/// What must be asked before `request` is signed; `None` where the answer can only be yes.
pub fn confirmation(request: &LinkRequest, rules: &Rules, now: Timestamp) -> Option<Confirmation> {
    if request.method == Method::Delete {
        return Some(Confirmation::Delete(deleting(request, rules.provider)));
    }
    let expiry = match request.lifetime {
        Lifetime::Usual(expiry) => rules.ceiling.map_or(expiry, |ceiling| ceiling.min(expiry)),
        Lifetime::For(expiry) => expiry,
        Lifetime::Until(end) => seconds(end.duration_since(now))?,
    };
    // A link that stays the same lives on through its window.
    let longer = request.stable.map_or(0, Expiry::seconds).saturating_add(expiry.seconds());
    let longer = Expiry::from_seconds(longer.into()).unwrap_or(expiry);
    // What cannot be made is refused without a question.
    let most = rules.ceiling.map_or(rules.longest(), |ceiling| ceiling.min(rules.longest()));
    if expiry > most {
        return None;
    }
    let expiry = longer;
    (expiry > VERY_LONG).then_some(Confirmation::VeryLong(expiry))
}

fn deleting(request: &LinkRequest, provider: &Provider) -> Deleting {
    match request.object.version {
        Some(_) => Deleting::Version,
        None if provider.delete_hides => Deleting::Hides { provider: provider.name.clone() },
        None => Deleting::Object,
    }
}

fn seconds(duration: SignedDuration) -> Option<Expiry> {
    u64::try_from(duration.as_secs()).ok().and_then(|seconds| Expiry::from_seconds(seconds).ok())
}

impl fmt::Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndsWithSession { asked } => write!(
                f,
                "It ends with the credentials, before the {asked} that were asked for: ask for less, or sign with a \
                 profile whose keys last longer."
            ),
            Self::Long(life) => write!(f, "Whoever gets hold of it can use it for {life}."),
            Self::PlainHttp => f.write_str("It is not encrypted: everyone on the way can read it and use it."),
            Self::LostInBrowsers => f.write_str(
                "A key with . or .. between slashes cannot be opened in a web browser; curl needs --path-as-is.",
            ),
            Self::Deletes(deleting) => deleting.fmt(f),
            Self::Replaces => f.write_str("It can be used again until it ends, and replaces what is there."),
        }
    }
}

impl fmt::Display for Deleting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version => f.write_str("It deletes this very version for good."),
            Self::Hides { provider } => {
                write!(f, "{provider} only hides the key; its versions stay, and are paid for, until they are deleted.")
            }
            Self::Object => f.write_str(
                "It deletes the object for good, unless the bucket keeps versions: then it is hidden by a delete marker.",
            ),
        }
    }
}

impl fmt::Display for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VeryLong(expiry) => {
                write!(f, "A link that works for {expiry} cannot be taken back. Make it all the same?")
            }
            Self::Delete(deleting) => write!(f, "{deleting} Whoever has the link can do so. Make it all the same?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presign::credentials::SigningCredentials;
    use crate::presign::sign::{Signer, sign};
    use crate::s3::address::{Address, AddressingStyle, PlainHttp};
    use crate::s3::location::{ObjectId, VersionId};
    use crate::s3::name::{BucketName, Key};
    use crate::s3::provider;

    fn request(method: Method, key: &str, life: &str) -> LinkRequest {
        let object = ObjectId::current(BucketName::parse("b").unwrap(), Key::parse(key).unwrap());
        LinkRequest::new(method, object, Expiry::parse(life).unwrap())
    }

    fn said(request: &LinkRequest, endpoint: &str, expires: Option<&str>) -> Vec<Caution> {
        let endpoint = Endpoint::parse(endpoint).unwrap().with_plain_http(PlainHttp::Anywhere);
        let address = Address { endpoint, region: "us-east-1".to_owned(), style: AddressingStyle::Path };
        let credentials = SigningCredentials {
            access_key_id: "AKID".to_owned(),
            secret_access_key: "secret".into(),
            session_token: None,
            expires: expires.map(|end| end.parse().unwrap()),
            source: "test".to_owned(),
        };
        let link = sign(request, &address, &credentials, "2026-11-15T12:00:00Z".parse().unwrap()).unwrap();
        cautions(&link, provider::by_id("b2").unwrap())
    }

    #[test]
    fn a_short_download_over_tls_needs_no_caution() {
        assert_eq!(said(&request(Method::Get, "k", "1h"), "https://s3.example.com", None), []);
    }

    #[test]
    fn what_is_unwise_is_said_of_the_link() {
        let https = "https://s3.example.com";
        let long = |method, life| said(&request(method, "k", life), https, None);
        assert_eq!(long(Method::Get, "61m"), [Caution::Long(Expiry::parse("61m").unwrap())]);
        assert_eq!(long(Method::Put, "31m"), [Caution::Long(Expiry::parse("31m").unwrap()), Caution::Replaces]);
        let dots = said(&request(Method::Get, "a/../b", "15m"), https, None);
        assert_eq!(dots, [Caution::LostInBrowsers]);
        let plain = said(&request(Method::Get, "k", "15m"), "http://10.0.0.1", None);
        assert_eq!(plain, [Caution::PlainHttp]);
        assert_eq!(said(&request(Method::Get, "k", "15m"), "http://127.0.0.1:9000", None), [], "nobody is on the way");
        let hides = Deleting::Hides { provider: "Backblaze B2".to_owned() };
        assert_eq!(long(Method::Delete, "5m"), [Caution::Deletes(hides)]);
    }

    #[test]
    fn a_session_that_ends_first_comes_first_and_the_rest_is_judged_by_the_real_end() {
        let early = said(&request(Method::Get, "k", "6h"), "https://x.example.com", Some("2026-11-15T12:04:00Z"));
        assert_eq!(early, [Caution::EndsWithSession { asked: Expiry::parse("6h").unwrap() }]);
    }

    #[test]
    fn a_day_is_not_asked_about_and_more_is() {
        let now = "2026-11-15T12:00:00Z".parse().unwrap();
        let rules = Rules::default();
        assert_eq!(confirmation(&request(Method::Get, "k", "1d"), &rules, now), None);
        let long = confirmation(&request(Method::Get, "k", "1d1s"), &rules, now).unwrap();
        assert!(long.to_string().contains("1d1s"), "{long}");
        let until = LinkRequest::new(
            Method::Put,
            request(Method::Get, "k", "1d").object,
            Lifetime::Until("2026-11-17T12:00:00Z".parse().unwrap()),
        );
        assert!(matches!(confirmation(&until, &rules, now), Some(Confirmation::VeryLong(_))));
    }

    #[test]
    fn a_link_that_stays_the_same_is_asked_about_for_as_long_as_it_really_lives() {
        let now = "2026-11-15T12:00:00Z".parse().unwrap();
        let stable = LinkRequest { stable: Some(Expiry::DAY), ..request(Method::Get, "k", "1h") };
        let asked = confirmation(&stable, &Rules::default(), now).unwrap();
        assert_eq!(asked, Confirmation::VeryLong(Expiry::parse("25h").unwrap()));
    }

    #[test]
    fn deleting_is_always_asked_about_in_the_words_of_what_happens() {
        let now = "2026-11-15T12:00:00Z".parse().unwrap();
        let mut delete = request(Method::Delete, "k", "5m");
        let asked = |request: &LinkRequest, provider| {
            confirmation(request, &Rules::of(provider::by_id(provider).unwrap()), now).unwrap().to_string()
        };
        assert!(asked(&delete, "b2").contains("only hides"));
        assert!(asked(&delete, "aws").contains("delete marker"));
        delete.object.version = Some(VersionId("v1".to_owned()));
        assert!(asked(&delete, "b2").contains("this very version"));
    }

    #[test]
    fn a_ceiling_is_no_reason_to_ask() {
        let now = "2026-11-15T12:00:00Z".parse().unwrap();
        let rules = Rules { ceiling: Some(Expiry::HOUR), ..Rules::default() };
        let object = request(Method::Get, "k", "1d").object;
        let usual = LinkRequest::new(Method::Get, object, Lifetime::Usual(Expiry::SEVEN_DAYS));
        assert_eq!(confirmation(&usual, &rules, now), None);
        let https = Endpoint::parse("https://s3.example.com").unwrap();
        let address = Address { endpoint: https, region: "us-east-1".to_owned(), style: AddressingStyle::Path };
        let credentials = SigningCredentials {
            access_key_id: "AKID".to_owned(),
            secret_access_key: "secret".into(),
            session_token: None,
            expires: None,
            source: "test".to_owned(),
        };
        let link = Signer::new(address, credentials, rules).sign(&usual, now).unwrap();
        assert_eq!(link.limited_by, LimitedBy::Ceiling);
    }
}

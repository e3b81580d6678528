//! Makes a link: refuses what could not work or would give something away, then signs the query (Signature Version 4).

use jiff::Timestamp;
use secrecy::ExposeSecret;
use thiserror::Error;

use super::credentials::SigningCredentials;
use super::expiry::{Expiry, Lifetime};
use super::link::{LimitedBy, Link, Session, SignedUrl};
use super::request::LinkRequest;
use super::rules::{Rules, TooLong};
use super::sigv4::{self, CanonicalRequest, Scope, SignedHeaders, SigningKey, Stamp};
use crate::s3::address::Address;
use crate::s3::text::visible;

/// Why a link is not made. No variant carries a secret, nor a text in which one may have been pasted by mistake.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LinkError {
    /// The link would be dead on arrival.
    #[error("the credentials from {source_name} ended at {ended}, so a link would not work: sign in again and repeat")]
    CredentialsEnded {
        /// Where they came from.
        source_name: String,
        /// When they ended.
        ended: Timestamp,
    },
    /// No server could find the key.
    #[error(
        "the access key id from {source_name} is empty, or holds spaces or other characters that no key id has: \
         check that it was copied whole and alone"
    )]
    AccessKeyId {
        /// Where it came from.
        source_name: String,
    },
    /// No server would accept the signature.
    #[error(
        "the secret access key from {source_name} is empty, or begins or ends with a space or line end: \
         check that it was copied whole and alone"
    )]
    SecretAccessKey {
        /// Where it came from.
        source_name: String,
    },
    /// The link and the object could be read by everyone on the way.
    #[error(
        "{endpoint} is not encrypted, so everyone on the way could read the link and use it: \
         use https://, or set allow_http = true for this store if the network is yours"
    )]
    PlainHttp {
        /// The endpoint.
        endpoint: String,
    },
    /// The region is part of what is signed.
    #[error(
        "`{region}` is not a region, and a link is signed for one: set the region that the store names, \
         `us-east-1` where it names none"
    )]
    Region {
        /// What was given.
        region: String,
    },
    /// HTTP has no such header name.
    #[error("`{name}` cannot be the name of a header: use letters, digits and `-`")]
    HeaderName {
        /// What was given.
        name: String,
    },
    /// The value would not arrive as it was signed.
    #[error(
        "the value of the header `{name}` holds a character that not every program sends alike: \
         use printable ASCII, and encode the rest"
    )]
    HeaderValue {
        /// The header.
        name: String,
    },
    /// Signed by daypass itself, or added by what sends the request.
    #[error("the header `{name}` cannot be bound by a link, because sender and signer set it themselves: leave it out")]
    HeaderReserved {
        /// The header.
        name: String,
    },
    /// The sender could not know which of the two to send.
    #[error("the header `{name}` is given twice: give it once")]
    HeaderTwice {
        /// The header.
        name: String,
    },
    /// The parameter belongs to the signature or to the object.
    #[error("the query parameter `{name}` cannot be given, because the link sets it itself: leave it out")]
    ParameterReserved {
        /// The parameter.
        name: String,
    },
    /// It would live longer than the store or its settings allow.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The end that was asked for is not ahead.
    #[error("the link is to work until {end}, which has passed: give it a later end")]
    Passed {
        /// The end.
        end: Timestamp,
    },
    /// A link that is to stay the same would die with its session in between.
    #[error(
        "the credentials from {source_name} end at {ended}, before a link that stays the same would: leave --stable out, \
         or sign with keys that last"
    )]
    StableInSession {
        /// Where they came from.
        source_name: String,
        /// When they end.
        ended: Timestamp,
    },
    /// The clock is so wrong that no link can be dated.
    #[error("this machine's clock says {now}, and no link can be dated so: set the clock")]
    Clock {
        /// What the clock says.
        now: Timestamp,
    },
}

/// Signs `request` for `address` with `credentials`, as of `now`, by the rules of a store that nothing is known of.
///
/// The same arguments give the same link, byte for byte. Fractions of a second in `now` are dropped.
pub fn sign(
    request: &LinkRequest,
    address: &Address,
    credentials: &SigningCredentials,
    now: Timestamp,
) -> Result<Link, LinkError> {
    Signer::new(address.clone(), credentials.clone(), Rules::default()).sign(request, now)
}

/// Signs many links of one store. What they share is worked out once: the key for a day, the rest for a second.
#[derive(Debug)]
pub struct Signer {
    pub(super) address: Address,
    pub(super) credentials: SigningCredentials,
    rules: Rules,
    dated: Option<Dated>,
}

/// What all links have in common that are signed for one second.
#[derive(Debug)]
struct Dated {
    at: Timestamp,
    stamp: Stamp,
    scope: Scope,
    /// The access key id and the scope.
    credential: String,
    key: SigningKey,
}

impl Signer {
    /// Signs for the store at `address` in the name of `credentials`, as far as `rules` allow. `address` is what links
    /// carry: see [`Rules::address`].
    pub fn new(address: Address, credentials: SigningCredentials, rules: Rules) -> Self {
        Self { address, credentials, rules, dated: None }
    }

    /// The link for `request` as of `now`. The same arguments give the same link, byte for byte.
    pub fn sign(&mut self, request: &LinkRequest, now: Timestamp) -> Result<Link, LinkError> {
        check_credentials(&self.credentials, now)?;
        check_address(&self.address)?;
        check_headers(&request.headers)?;
        check_query(&request.query)?;
        let life = self.life(request.lifetime, request.stable, now)?;

        let (object, address) = (&request.object, &self.address);
        let host = address.host_for(&object.bucket);
        let path = sigv4::encode_path(&address.path_for(&object.bucket, object.key.as_str()));
        let headers = SignedHeaders::new(pairs(&request.headers).chain([("host", host.as_str())]));
        let dated = dated(&mut self.dated, &self.credentials, &address.region, life.signed_at);
        let payer = self.rules.payer.said().filter(|(name, _)| request.query.iter().all(|(given, _)| given != name));
        let query = query(request, life.expires_in, &self.credentials, dated, &headers, payer);
        let canonical = CanonicalRequest {
            method: request.method.as_str(),
            path: &path,
            query: &query,
            headers: &headers,
            payload: sigv4::UNSIGNED_PAYLOAD,
        };
        let signature = dated.key.sign(&sigv4::string_to_sign(&dated.stamp, &dated.scope, &canonical));

        let credentials = &self.credentials;
        let scheme = address.endpoint.scheme.as_str();
        let host = self.rules.host_after_signing(&object.bucket, &address.region).unwrap_or(host);
        Ok(Link {
            request: request.clone(),
            url: SignedUrl::new([scheme, "://", &host, &path, "?", &query, "&X-Amz-Signature=", &signature].concat()),
            signed_at: life.signed_at,
            expires_in: life.expires_in,
            ends_at: life.ends_at,
            limited_by: life.limited_by,
            access_key_id: credentials.access_key_id.clone(),
            source: credentials.source.clone(),
            session: match credentials.session_token {
                Some(_) => Session::Temporary,
                None => Session::LongLived,
            },
        })
    }

    /// From when to when what is signed now works, and what sets its end.
    pub(super) fn life(&self, lifetime: Lifetime, stable: Option<Expiry>, now: Timestamp) -> Result<Life, LinkError> {
        let unlikely = || LinkError::Clock { now };
        let now = whole_seconds(now).ok_or_else(unlikely)?;
        let (asked, by) = self.asked(lifetime, now)?;
        let (signed_at, expires_in) = match stable {
            None => (now, asked),
            Some(window) => {
                let seconds = i64::from(window.seconds());
                let start = now.as_second() - now.as_second() % seconds;
                let start = Timestamp::from_second(start).map_err(|_| unlikely())?;
                // Whoever gets the link at the end of the window still has as long as was asked for.
                let longer = u64::from(asked.seconds()) + u64::from(window.seconds());
                let longer = Expiry::from_seconds(longer).unwrap_or(self.rules.longest()).min(self.rules.longest());
                let until = match lifetime {
                    Lifetime::Until(end) => seconds_from(start, end),
                    Lifetime::Usual(_) | Lifetime::For(_) => None,
                };
                (start, until.unwrap_or(longer))
            }
        };
        let end = signed_at.checked_add(expires_in.duration()).map_err(|_| unlikely())?;
        match self.credentials.expires {
            Some(ended) if ended < end && stable.is_some() => {
                let source_name = visible(&self.credentials.source).into_owned();
                Err(LinkError::StableInSession { source_name, ended })
            }
            Some(first) if first < end => {
                Ok(Life { signed_at, expires_in, ends_at: first, limited_by: LimitedBy::Credentials })
            }
            _ => Ok(Life { signed_at, expires_in, ends_at: end, limited_by: by }),
        }
    }

    /// The lifetime that was asked for, as far as the rules allow it, and whether it was the asking that set it.
    fn asked(&self, lifetime: Lifetime, now: Timestamp) -> Result<(Expiry, LimitedBy), LinkError> {
        let expiry = match lifetime {
            Lifetime::For(expiry) => expiry,
            Lifetime::Until(end) => seconds_from(now, end).ok_or(LinkError::Passed { end })?,
            Lifetime::Usual(expiry) => match self.rules.ceiling {
                Some(ceiling) if ceiling < expiry => return Ok((ceiling, LimitedBy::Ceiling)),
                _ => expiry,
            },
        };
        self.rules.check(expiry, lifetime)?;
        Ok((expiry, LimitedBy::Asked))
    }
}

/// What links of that second share, worked out anew where `last` is of another; the key only where it is of another day.
fn dated<'a>(last: &'a mut Option<Dated>, credentials: &SigningCredentials, region: &str, at: Timestamp) -> &'a Dated {
    let dated = match last.take() {
        Some(dated) if dated.at == at => dated,
        older => {
            let stamp = Stamp::new(at);
            let scope = Scope { day: stamp.day().to_owned(), region: region.to_owned(), service: "s3".to_owned() };
            let key = match older {
                Some(Dated { scope: known, key, .. }) if known == scope => key,
                _ => SigningKey::derive(&credentials.secret_access_key, &scope),
            };
            let credential = format!("{}/{scope}", credentials.access_key_id);
            Dated { at, stamp, scope, credential, key }
        }
    };
    last.insert(dated)
}

/// Everything in the link's query but the signature, in canonical form.
fn query(
    request: &LinkRequest,
    expires_in: Expiry,
    credentials: &SigningCredentials,
    Dated { stamp, credential, .. }: &Dated,
    headers: &SignedHeaders,
    payer: Option<(&str, &str)>,
) -> String {
    let expires = expires_in.seconds().to_string();
    let signing = [
        ("X-Amz-Algorithm", sigv4::ALGORITHM),
        ("X-Amz-Credential", credential),
        ("X-Amz-Date", stamp.as_str()),
        ("X-Amz-Expires", &expires),
        ("X-Amz-SignedHeaders", headers.names()),
    ];
    let token = credentials.session_token.as_ref().map(|token| token.expose_secret());
    let token = token.map(|token| ("X-Amz-Security-Token", token));
    let version = request.object.version.as_ref().map(|version| ("versionId", version.0.as_str()));
    sigv4::canonical_query(signing.into_iter().chain(token).chain(version).chain(payer).chain(pairs(&request.query)))
}

/// From when to when something signed works.
pub(super) struct Life {
    /// In whole seconds.
    pub(super) signed_at: Timestamp,
    pub(super) expires_in: Expiry,
    pub(super) ends_at: Timestamp,
    pub(super) limited_by: LimitedBy,
}

/// A moment without its fraction of a second; `None` where no link can be dated so.
fn whole_seconds(now: Timestamp) -> Option<Timestamp> {
    (now >= Timestamp::UNIX_EPOCH).then(|| Timestamp::from_second(now.as_second()).ok()).flatten()
}

/// The lifetime from one moment to another; `None` where it would not be one.
fn seconds_from(start: Timestamp, end: Timestamp) -> Option<Expiry> {
    u64::try_from(end.as_second() - start.as_second()).ok().and_then(|seconds| Expiry::from_seconds(seconds).ok())
}

fn pairs(owned: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    owned.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

pub(super) fn check_credentials(credentials: &SigningCredentials, now: Timestamp) -> Result<(), LinkError> {
    let source_name = || visible(&credentials.source).into_owned();
    let id = &credentials.access_key_id;
    if id.is_empty() || id.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(LinkError::AccessKeyId { source_name: source_name() });
    }
    let secret = credentials.secret_access_key.expose_secret();
    if secret.is_empty() || secret.trim() != secret {
        return Err(LinkError::SecretAccessKey { source_name: source_name() });
    }
    match credentials.expires {
        Some(ended) if ended <= now => Err(LinkError::CredentialsEnded { source_name: source_name(), ended }),
        _ => Ok(()),
    }
}

pub(super) fn check_address(address: &Address) -> Result<(), LinkError> {
    if !address.endpoint.is_confidential() {
        return Err(LinkError::PlainHttp { endpoint: address.endpoint.to_string() });
    }
    // A slash would move the parts of the scope.
    let region = &address.region;
    if region.is_empty() || !region.chars().all(|c| c.is_ascii_graphic() && c != '/') {
        return Err(LinkError::Region { region: visible(region).into_owned() });
    }
    Ok(())
}

/// Headers that are signed anyway, that would be a second signature or payload hash, or that belong to a connection.
const RESERVED_HEADERS: [&str; 10] = [
    "host",
    "authorization",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-amz-content-sha256",
    "x-amz-security-token",
];

fn check_headers(headers: &[(String, String)]) -> Result<(), LinkError> {
    let mut seen: Vec<String> = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        // RFC 9110, section 5.6.2: a field name is a token.
        let in_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(in_token) {
            return Err(LinkError::HeaderName { name: visible(name).into_owned() });
        }
        // A tab may be sent as it is or folded into a space, and bytes beyond ASCII are read as Latin-1 or UTF-8.
        if !value.chars().all(|c| matches!(c, ' '..='~')) {
            return Err(LinkError::HeaderValue { name: name.clone() });
        }
        let lower = name.to_ascii_lowercase();
        if RESERVED_HEADERS.contains(&lower.as_str()) {
            return Err(LinkError::HeaderReserved { name: name.clone() });
        }
        if seen.contains(&lower) {
            return Err(LinkError::HeaderTwice { name: name.clone() });
        }
        seen.push(lower);
    }
    Ok(())
}

/// Parameters that signing adds, or that name the version.
const RESERVED_PARAMETERS: [&str; 8] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
    "versionid",
];

fn check_query(query: &[(String, String)]) -> Result<(), LinkError> {
    match query.iter().find(|(name, _)| RESERVED_PARAMETERS.contains(&name.to_ascii_lowercase().as_str())) {
        Some((name, _)) => Err(LinkError::ParameterReserved { name: name.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presign::request::Method;
    use crate::s3::address::{AddressingStyle, Endpoint, PlainHttp};
    use crate::s3::location::{ObjectId, VersionId};
    use crate::s3::name::{BucketName, Key};
    use crate::s3::payer::Payer;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE";

    fn request() -> LinkRequest {
        let object = ObjectId::current(BucketName::parse("reports").unwrap(), Key::parse("2026/Q3.pdf").unwrap());
        LinkRequest::new(Method::Get, object, Expiry::parse("15m").unwrap())
    }

    fn address() -> Address {
        let endpoint = Endpoint::parse("https://s3.example.com").unwrap();
        Address { endpoint, region: "us-east-1".to_owned(), style: AddressingStyle::Path }
    }

    fn credentials() -> SigningCredentials {
        SigningCredentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: SECRET.into(),
            session_token: None,
            expires: None,
            source: "profile reports".to_owned(),
        }
    }

    fn temporary(end: &str) -> SigningCredentials {
        SigningCredentials { session_token: Some(TOKEN.into()), expires: Some(at(end)), ..credentials() }
    }

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    /// Noon, and a bit: what a clock says.
    fn noon() -> Timestamp {
        at("2026-11-15T12:00:00.9Z")
    }

    #[test]
    fn a_link_says_that_whoever_signed_it_pays_where_the_store_wants_that() {
        let rules = Rules { payer: Payer::Requester, ..Rules::default() };
        let said = |request: &LinkRequest| {
            let link = Signer::new(address(), credentials(), rules.clone()).sign(request, noon()).unwrap();
            link.url.expose().matches("x-amz-request-payer=requester").count()
        };
        assert_eq!(said(&request()), 1);
        let own = ("x-amz-request-payer".to_owned(), "requester".to_owned());
        assert_eq!(said(&LinkRequest { query: vec![own], ..request() }), 1);
    }

    #[test]
    fn a_link_says_when_it_ends_counted_from_the_whole_second_it_was_signed_in() {
        let link = sign(&request(), &address(), &credentials(), noon()).unwrap();
        assert_eq!(link.signed_at, at("2026-11-15T12:00:00Z"));
        assert_eq!(link.ends_at, at("2026-11-15T12:15:00Z"));
        assert_eq!(link.limited_by, LimitedBy::Asked);
        assert!(link.url.expose().contains("X-Amz-Date=20261115T120000Z&X-Amz-Expires=900&"));
        assert_eq!((link.access_key_id.as_str(), link.source.as_str()), ("AKIAIOSFODNN7EXAMPLE", "profile reports"));
    }

    #[test]
    fn a_link_ends_with_the_credentials_that_signed_it() {
        let link = |end| sign(&request(), &address(), &temporary(end), noon()).unwrap();
        let early = link("2026-11-15T12:10:00Z");
        assert_eq!((early.ends_at, early.limited_by), (at("2026-11-15T12:10:00Z"), LimitedBy::Credentials));
        for end in ["2026-11-15T12:15:00Z", "2026-11-15T18:00:00Z"] {
            let full = link(end);
            assert_eq!((full.ends_at, full.limited_by), (at("2026-11-15T12:15:00Z"), LimitedBy::Asked), "{end}");
        }
    }

    /// A signer of a store in AWS with these settings, and a request that is to live so long.
    fn signed(rules: &Rules, lifetime: Lifetime, stable: Option<&str>, now: &str) -> Result<Link, LinkError> {
        let stable = stable.map(|window| Expiry::parse(window).unwrap());
        let request = LinkRequest { lifetime, stable, ..request() };
        Signer::new(address(), credentials(), rules.clone()).sign(&request, at(now))
    }

    fn expiry(text: &str) -> Expiry {
        Expiry::parse(text).unwrap()
    }

    #[test]
    fn what_the_store_or_its_settings_do_not_allow_is_refused_when_the_link_is_made() {
        let aws = Rules::of(crate::s3::provider::by_id("aws").unwrap());
        let tigris = Rules::of(crate::s3::provider::by_id("tigris").unwrap());
        let noon = "2026-11-15T12:00:00Z";
        assert!(signed(&aws, Lifetime::For(expiry("7d")), None, noon).is_ok());
        let error = signed(&aws, Lifetime::For(expiry("7d1s")), None, noon).unwrap_err().to_string();
        assert_eq!(
            error,
            "a link to Amazon S3 works for 7d at most, and this one is to live 7d1s: choose a shorter life"
        );
        assert!(signed(&tigris, Lifetime::For(expiry("90d")), None, noon).is_ok());
        let until = Lifetime::Until(at("2026-11-23T00:00:00Z"));
        assert!(signed(&aws, until, None, noon).unwrap_err().to_string().contains("until 2026-11-23"));
        let strict = Rules { ceiling: Some(expiry("10m")), ..aws };
        assert!(signed(&strict, Lifetime::For(expiry("10m")), None, noon).is_ok());
        let error = signed(&strict, Lifetime::For(expiry("11m")), None, noon).unwrap_err().to_string();
        assert!(error.contains("let a link live 10m") && error.contains("max_expires_in"), "{error}");
    }

    #[test]
    fn the_usual_lifetime_is_cut_to_the_ceiling_and_the_link_says_so() {
        let strict = Rules { ceiling: Some(expiry("10m")), ..Rules::default() };
        let link = signed(&strict, strict.usual(Method::Get), None, "2026-11-15T12:00:00Z").unwrap();
        assert_eq!((link.ends_at, link.limited_by), (at("2026-11-15T12:10:00Z"), LimitedBy::Ceiling));
        let link = signed(&strict, strict.usual(Method::Head), None, "2026-11-15T12:00:00Z").unwrap();
        assert_eq!((link.ends_at, link.limited_by), (at("2026-11-15T12:05:00Z"), LimitedBy::Asked));
    }

    #[test]
    fn a_link_until_a_moment_ends_then_and_not_a_second_later() {
        let until = Lifetime::Until(at("2026-11-15T18:00:00Z"));
        let link = signed(&Rules::default(), until, None, "2026-11-15T12:00:00.9Z").unwrap();
        assert_eq!((link.ends_at, link.expires_in.seconds()), (at("2026-11-15T18:00:00Z"), 21_600));
        let late = signed(&Rules::default(), until, None, "2026-11-15T18:00:00Z").unwrap_err();
        assert!(matches!(late, LinkError::Passed { .. }), "{late}");
    }

    #[test]
    fn a_stable_link_is_the_same_all_through_its_window_and_never_shorter_than_asked() {
        let hour = |now| signed(&Rules::default(), Lifetime::For(expiry("15m")), Some("1h"), now).unwrap();
        let (first, last, next) =
            (hour("2026-11-15T12:00:00Z"), hour("2026-11-15T12:59:59Z"), hour("2026-11-15T13:00:00Z"));
        assert_eq!(first.url, last.url);
        assert_ne!(first.url, next.url);
        assert_eq!((last.signed_at, last.ends_at), (at("2026-11-15T12:00:00Z"), at("2026-11-15T13:15:00Z")));
        let week = signed(&Rules::default(), Lifetime::For(expiry("7d")), Some("1h"), "2026-11-15T12:30:00Z").unwrap();
        assert_eq!(week.expires_in, Expiry::SEVEN_DAYS, "no store takes more");
        let until = Lifetime::Until(at("2026-11-15T18:00:00Z"));
        let until = signed(&Rules::default(), until, Some("1h"), "2026-11-15T12:30:00Z").unwrap();
        assert_eq!((until.signed_at, until.ends_at), (at("2026-11-15T12:00:00Z"), at("2026-11-15T18:00:00Z")));
    }

    #[test]
    fn a_stable_link_is_refused_where_its_session_ends_first() {
        let request = LinkRequest { stable: Some(expiry("1h")), ..request() };
        let error = sign(&request, &address(), &temporary("2026-11-15T13:14:59Z"), noon()).unwrap_err();
        assert!(matches!(error, LinkError::StableInSession { .. }), "{error}");
        assert!(sign(&request, &address(), &temporary("2026-11-15T13:15:00Z"), noon()).is_ok());
    }

    #[test]
    fn a_link_may_point_elsewhere_than_the_store_is_browsed() {
        let public = Endpoint::parse("https://files.example.com").unwrap();
        let rules = Rules { public_endpoint: Some(public.clone()), ..Rules::default() };
        let browsed = Address { endpoint: Endpoint::parse("http://10.0.0.5:9000").unwrap(), ..address() };
        let link = Signer::new(rules.address(&browsed), credentials(), rules).sign(&request(), noon()).unwrap();
        let direct = sign(&request(), &Address { endpoint: public, ..address() }, &credentials(), noon()).unwrap();
        assert_eq!(link.url, direct.url);
    }

    #[test]
    fn a_cdn_takes_the_place_of_the_signed_host_and_changes_nothing_else() {
        let rules = Rules { cdn_host: Some("{bucket}.{region}.cdn.example.com".to_owned()), ..Rules::default() };
        let swapped = Signer::new(address(), credentials(), rules).sign(&request(), noon()).unwrap();
        let direct = sign(&request(), &address(), &credentials(), noon()).unwrap();
        let expected = direct.url.expose().replacen("//s3.example.com/", "//reports.us-east-1.cdn.example.com/", 1);
        assert_eq!(swapped.url.expose(), expected);
    }

    #[test]
    fn a_signer_makes_the_same_links_one_after_another_as_one_by_one() {
        let mut signer = Signer::new(address(), credentials(), Rules::default());
        let times = "2026-11-15T23:59:58Z 2026-11-15T23:59:58.9Z 2026-11-15T23:59:59Z 2026-11-16T00:00:00Z 2026-11-15T12:00:00Z";
        for now in times.split(' ') {
            let alone = sign(&request(), &address(), &credentials(), at(now)).unwrap();
            assert_eq!(signer.sign(&request(), at(now)).unwrap().url, alone.url, "{now}");
        }
    }

    #[test]
    fn ended_credentials_sign_nothing() {
        for end in ["2026-11-15T11:59:59Z", "2026-11-15T12:00:00.9Z"] {
            let error = sign(&request(), &address(), &temporary(end), noon()).unwrap_err();
            assert!(matches!(error, LinkError::CredentialsEnded { .. }), "{end}");
            assert!(error.to_string().contains("profile reports"), "{error}");
        }
        assert!(sign(&request(), &address(), &temporary("2026-11-15T12:00:01Z"), noon()).is_ok());
    }

    #[test]
    fn a_pinned_version_is_part_of_what_is_signed() {
        let mut request = request();
        request.object.version = Some(VersionId("3/L4kqtJ+zLq=".to_owned()));
        let link = sign(&request, &address(), &credentials(), noon()).unwrap();
        let query = link.url.expose().split_once('?').unwrap().1;
        assert!(query.contains("&versionId=3%2FL4kqtJ%2BzLq%3D&X-Amz-Signature="), "{query}");
    }

    #[test]
    fn a_header_is_signed_whatever_its_case_order_and_spaces() {
        let signed = |headers: &[(&str, &str)]| {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            let request = LinkRequest { headers: headers.iter().map(owned).collect(), ..request() };
            sign(&request, &address(), &credentials(), noon()).unwrap().url
        };
        let one = signed(&[("content-type", "text/plain"), ("x-amz-meta-note", "a b")]);
        let other = signed(&[("X-Amz-Meta-Note", "  a   b "), ("Content-Type", "text/plain")]);
        assert_eq!(one, other);
        assert!(one.expose().contains("X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-meta-note"));
        assert_ne!(one, signed(&[("content-type", "text/plain"), ("x-amz-meta-note", "a c")]));
    }

    #[test]
    fn plain_http_is_signed_for_this_machine_or_where_the_settings_allow_it() {
        let signed = |endpoint| sign(&request(), &Address { endpoint, ..address() }, &credentials(), noon());
        let plain = |text| Endpoint::parse(text).unwrap();
        assert!(signed(plain("http://127.0.0.1:9000")).is_ok());
        assert!(signed(plain("http://10.0.0.1:9000").with_plain_http(PlainHttp::Anywhere)).is_ok());
        let error = signed(plain("http://10.0.0.1:9000")).unwrap_err();
        assert_eq!(error, LinkError::PlainHttp { endpoint: "http://10.0.0.1:9000".to_owned() });
        assert!(error.to_string().contains("https://") && error.to_string().contains("allow_http"));
    }

    #[test]
    fn keys_that_were_copied_badly_are_refused_without_being_shown() {
        for id in ["", " ", "AKIA EXAMPLE", "AKIAEXAMPLE\n", "AKIA\u{7f}", "AKIA\u{a0}"] {
            let credentials = SigningCredentials { access_key_id: id.to_owned(), ..credentials() };
            let error = sign(&request(), &address(), &credentials, noon()).unwrap_err();
            assert!(matches!(error, LinkError::AccessKeyId { .. }), "{id:?}");
            assert!(!error.to_string().contains("AKIA"));
        }
        for secret in ["", " ", "abcdef\n", "\tabcdef"] {
            let credentials = SigningCredentials { secret_access_key: secret.into(), ..credentials() };
            let error = sign(&request(), &address(), &credentials, noon()).unwrap_err();
            assert!(matches!(error, LinkError::SecretAccessKey { .. }), "{secret:?}");
            assert!(!error.to_string().contains("abcdef"));
        }
    }

    #[test]
    fn what_cannot_be_sent_is_not_signed() {
        let with_header = |name: &str, value: &str| {
            let headers = vec![("content-type".to_owned(), "a/b".to_owned()), (name.to_owned(), value.to_owned())];
            sign(&LinkRequest { headers, ..request() }, &address(), &credentials(), noon()).map(|_| ()).unwrap_err()
        };
        for name in ["", "a b", "a:b", "ä", "a\r\nb"] {
            assert!(matches!(with_header(name, "x"), LinkError::HeaderName { .. }), "{name:?}");
        }
        for value in ["a\r\nb", "a\tb", "é", "\u{0}"] {
            assert!(matches!(with_header("x-amz-meta-a", value), LinkError::HeaderValue { .. }), "{value:?}");
        }
        for name in ["Host", "authorization", "X-Amz-Content-Sha256", "transfer-encoding"] {
            assert!(matches!(with_header(name, "x"), LinkError::HeaderReserved { .. }), "{name}");
        }
        assert!(matches!(with_header("Content-Type", "c/d"), LinkError::HeaderTwice { .. }));
    }

    #[test]
    fn a_parameter_cannot_stand_in_for_one_of_the_signature_or_the_version() {
        for name in ["X-Amz-Expires", "x-amz-signature", "versionId"] {
            let query = vec![(name.to_owned(), "1".to_owned())];
            let error = sign(&LinkRequest { query, ..request() }, &address(), &credentials(), noon()).unwrap_err();
            assert_eq!(error, LinkError::ParameterReserved { name: name.to_owned() });
        }
    }

    #[test]
    fn a_region_that_would_move_the_parts_of_the_scope_is_refused() {
        for region in ["", "us east", "us/east", "eu\n", "ü"] {
            let address = Address { region: region.to_owned(), ..address() };
            let error = sign(&request(), &address, &credentials(), noon()).unwrap_err();
            assert!(matches!(error, LinkError::Region { .. }), "{region:?}");
        }
    }

    #[test]
    fn a_clock_out_of_range_is_an_error_and_no_panic() {
        for now in [Timestamp::MIN, at("1969-12-31T23:59:59.5Z"), Timestamp::MAX] {
            let error = sign(&request(), &address(), &credentials(), now).unwrap_err();
            assert_eq!(error, LinkError::Clock { now });
        }
        assert!(sign(&request(), &address(), &credentials(), Timestamp::UNIX_EPOCH).is_ok());
    }

    #[test]
    fn no_debug_output_holds_a_secret_or_a_signature() {
        let credentials = temporary("2026-11-15T18:00:00Z");
        let mut request = request();
        request.headers = vec![("x-amz-meta-a".to_owned(), "b".to_owned())];
        let link = sign(&request, &address(), &credentials, noon()).unwrap();
        let signature = link.url.expose().split_once("X-Amz-Signature=").unwrap().1;
        assert_eq!(signature.len(), 64);
        let scope = Scope { day: "20261115".into(), region: "us-east-1".into(), service: "s3".into() };
        let key = SigningKey::derive(&credentials.secret_access_key, &scope);
        let headers = SignedHeaders::new([("x-amz-server-side-encryption-customer-key", SECRET)]);
        let shown = format!("{link:#?} {credentials:#?} {key:?} {headers:?}");
        for secret in [signature, SECRET, TOKEN, "X-Amz-"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

//! Whether a signature is right, found by signing again with a key that is known; and if it is not, what differs.

use std::fmt;

use serde::Serialize;

use super::KnownKey;
use super::percent;
use super::place::Place;
use super::signature::Claims;
use super::told::{self, ServerError};
use super::url::Url;
use crate::presign::request::Method;
use crate::presign::sigv4::{self, CanonicalRequest, Scope, SignedHeaders, SigningKey, Stamp};
use crate::s3::address::Scheme;
use crate::s3::percent::decode_lossy;
use crate::s3::text::visible;

/// The methods that a link can be signed for, in the order in which they are tried.
const METHODS: [Method; 5] = [Method::Get, Method::Head, Method::Put, Method::Delete, Method::Post];

/// What is known of a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Proof {
    /// It is what the known key makes of the link.
    Right {
        /// The name of that key.
        key: String,
    },
    /// It is not, and this is why.
    Wrong {
        /// The one change with which it would be right.
        because: Difference,
    },
    /// No key of that id is known.
    NoKey,
    /// It covers headers whose values the link does not say.
    HeadersUnknown {
        /// Their names.
        headers: Vec<String>,
    },
    /// It is of another scheme than version 4, or too incomplete.
    NotChecked,
}

/// The one change with which a signature would be right, in the order in which they are tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// The host was signed with the port that its scheme has anyway.
    Port {
        /// The host that was signed.
        signed: String,
    },
    /// The bucket was signed in the host, and is now in the path, or the other way round.
    Style {
        /// The host that was signed.
        signed: String,
    },
    /// It was signed for the region that the host names, not for the one that the link names.
    Region {
        /// The region that was signed.
        signed: String,
    },
    /// The link was made for the host of another region.
    RegionInHost {
        /// The host that was signed.
        signed: String,
    },
    /// The key was encoded once more before it was signed, as other services than S3 have it.
    PathEncodedTwice,
    /// The path was decoded once too often, or signed so.
    PathEncodedOnce,
    /// `%20` in the link was signed as a plus sign.
    PlusAsSpace,
    /// Spaces were signed as `+` and not as `%20`.
    SpaceAsPlus,
    /// Percent escapes were signed in lower case.
    LowerCaseEscapes,
    /// The query was signed in the order in which it stands, not sorted.
    QueryOrder,
    /// Parameters were added after the link was signed.
    AddedParameters {
        /// Their names.
        names: Vec<String>,
    },
    /// The body was signed as empty, which S3 does not ask for in a link.
    EmptyBody,
    /// It was signed for the host of a store that is known, and now names another.
    Host {
        /// The host that was signed.
        signed: String,
    },
    /// Nothing that was tried: the secret differs, or the link was changed.
    SecretOrText,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port { signed } => {
                write!(f, "it was signed for the host `{}`, port included, which no client sends so", visible(signed))
            }
            Self::Style { signed } => write!(
                f,
                "it was signed for the host `{}`: the bucket has moved between host and path since",
                visible(signed)
            ),
            Self::Region { signed } => {
                write!(f, "it was signed for the region `{}`, and names another", visible(signed))
            }
            Self::RegionInHost { signed } => {
                write!(f, "it was signed for the host `{}`, which is in another region", visible(signed))
            }
            Self::PathEncodedTwice => f.write_str("whatever signed it encodes the key twice, which S3 does not do"),
            Self::PathEncodedOnce => f.write_str("its path was encoded once more after it was signed"),
            Self::PlusAsSpace => f.write_str("a `+` in it has become a space"),
            Self::SpaceAsPlus => f.write_str("whatever signed it writes spaces as `+`, where S3 wants `%20`"),
            Self::LowerCaseEscapes => {
                f.write_str("whatever signed it writes percent escapes in lower case, where S3 wants `%2F`, not `%2f`")
            }
            Self::QueryOrder => f.write_str("whatever signed it did not sort the parameters"),
            Self::AddedParameters { names } => {
                write!(f, "parameters were added after it was signed: {}", visible(&names.join(", ")))
            }
            Self::EmptyBody => f.write_str("whatever signed it signed an empty body, where S3 wants UNSIGNED-PAYLOAD"),
            Self::Host { signed } => {
                write!(f, "it was signed for the host `{}`, and its host was exchanged since", visible(signed))
            }
            Self::SecretOrText => {
                f.write_str("it was changed after it was signed, or signed with another secret of the same key id")
            }
        }
    }
}

/// A proof, and what came to light with it.
pub(super) struct Proven {
    pub(super) proof: Proof,
    /// The method with which the signature is right, also with a difference.
    pub(super) method: Option<Method>,
    /// Signed headers besides `host`, with the values with which it is right.
    pub(super) headers: Vec<(String, Option<String>)>,
    /// The request that was signed by the link's own words, for comparing with the server's.
    pub(super) canonical: Option<String>,
}

/// What is to be proven.
pub(super) struct Claimed<'a> {
    pub(super) url: &'a Url,
    pub(super) claims: &'a Claims,
    pub(super) place: &'a Place,
    pub(super) keys: &'a [&'a KnownKey],
    pub(super) told: Option<&'a ServerError>,
}

/// Signs again with each known key, for each method, and with each header value that is likely.
pub(super) fn prove(claimed: &Claimed<'_>) -> Proven {
    let Claimed { url, claims, place, keys, told } = claimed;
    let names: Vec<&str> = claims.signed_headers.iter().map(String::as_str).filter(|name| *name != "host").collect();
    let unproven = |proof| Proven {
        proof,
        method: None,
        headers: names.iter().map(|name| ((*name).to_owned(), only_value(name).map(str::to_owned))).collect(),
        canonical: None,
    };
    let (Some(credential), Some(Ok(signed_at))) = (&claims.credential, &claims.signed_at) else {
        return unproven(Proof::NotChecked);
    };
    let as_signed = Shape::of(url, &credential.scope);
    let assignments = match assignments(&names, *told) {
        Ok(assignments) => assignments,
        Err(unknown) if !keys.is_empty() => return unproven(Proof::HeadersUnknown { headers: unknown }),
        Err(_) => Vec::new(),
    };
    let ours = assignments.first().map(|headers| canonical(Method::Get, &as_signed, headers));
    if keys.is_empty() {
        return Proven { canonical: ours, ..unproven(Proof::NoKey) };
    }

    let stamp = Stamp::new(*signed_at);
    let attempt = |shape: &Shape| {
        keys.iter().find_map(|known| {
            let key = SigningKey::derive(&known.credentials.secret_access_key, &shape.scope);
            assignments.iter().find_map(|headers| {
                let is_right = |method: &Method| {
                    let request = canonical(*method, shape, headers);
                    key.sign(&sigv4::string_to_sign_of(&stamp, &shape.scope, &request)) == claims.signature
                };
                METHODS.into_iter().find(is_right).map(|method| (*known, method, headers))
            })
        })
    };
    let proven = |proof, method, headers: &[(&str, String)]| Proven {
        proof,
        method: Some(method),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), shown(name, value))).collect(),
        canonical: Some(canonical(method, &as_signed, headers)),
    };
    if let Some((known, method, headers)) = attempt(&as_signed) {
        return proven(Proof::Right { key: known.name.clone() }, method, headers);
    }
    for (because, shape) in differences(url, place, keys, &as_signed) {
        if let Some((_, method, headers)) = attempt(&shape) {
            return proven(Proof::Wrong { because }, method, headers);
        }
    }
    // Where values were guessed, one that nobody guesses is likelier than a broken link.
    let guessed: Vec<String> =
        names.iter().filter(|name| only_value(name).is_none()).map(|name| (*name).to_owned()).collect();
    if !guessed.is_empty() {
        return unproven(Proof::HeadersUnknown { headers: guessed });
    }
    Proven { canonical: ours, ..unproven(Proof::Wrong { because: Difference::SecretOrText }) }
}

/// Everything that is signed but method and headers, in the form in which it is signed.
#[derive(Clone, PartialEq, Eq)]
struct Shape {
    host: String,
    path: String,
    query: String,
    scope: Scope,
    payload: &'static str,
}

impl Shape {
    /// What the link itself says.
    fn of(url: &Url, scope: &Scope) -> Self {
        Self {
            host: url.endpoint.authority.clone(),
            path: percent::canonical(&url.path, b"/"),
            query: query(url, Order::Sorted, |_| true),
            scope: scope.clone(),
            payload: sigv4::UNSIGNED_PAYLOAD,
        }
    }
}

/// In which order parameters are signed.
#[derive(Clone, Copy)]
enum Order {
    Sorted,
    AsSent,
}

/// The query without the signature, in canonical form, with the parameters that are `kept`.
fn query(url: &Url, order: Order, kept: impl Fn(&str) -> bool) -> String {
    let signed = url.query.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("X-Amz-Signature") && kept(name));
    let mut pairs: Vec<(String, String)> = signed
        .map(|(name, value)| (percent::canonical(name, b""), percent::canonical(value.as_deref().unwrap_or(""), b"")))
        .collect();
    match order {
        Order::Sorted => pairs.sort(),
        Order::AsSent => {}
    }
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// SHA-256 of nothing.
const EMPTY_BODY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Parameters of S3 itself; anything else in a link may have been added by those who handed it on.
const OF_S3: [&str; 24] = [
    "versionid",
    "uploadid",
    "partnumber",
    "uploads",
    "x-id",
    "response-content-type",
    "response-content-language",
    "response-expires",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "acl",
    "tagging",
    "torrent",
    "attributes",
    "retention",
    "legal-hold",
    "restore",
    "select",
    "select-type",
    "list-type",
    "prefix",
    "delimiter",
    "max-keys",
];

/// All shapes that differ from `as_signed` in one thing, in the order in which they are tried.
fn differences(url: &Url, place: &Place, keys: &[&KnownKey], as_signed: &Shape) -> Vec<(Difference, Shape)> {
    let mut found = Vec::new();
    let mut add = |because: Difference, shape: Shape| {
        if shape != *as_signed {
            found.push((because, shape));
        }
    };
    let shape = || as_signed.clone();
    let (host, path) = (&as_signed.host, &as_signed.path);

    let port = match url.endpoint.scheme {
        Scheme::Http => 80,
        Scheme::Https => 443,
    };
    let bare = url.endpoint.host().to_owned();
    for signed in [format!("{host}:{port}"), bare] {
        add(Difference::Port { signed: signed.clone() }, Shape { host: signed, ..shape() });
    }
    if let Some((signed, raw_path)) = place.swapped() {
        let path = percent::canonical(&raw_path, b"/");
        add(Difference::Style { signed: signed.clone() }, Shape { host: signed, path, ..shape() });
    }
    if let Some(region) = &place.region {
        let scope = Scope { region: region.clone(), ..as_signed.scope.clone() };
        let query = query(url, Order::Sorted, |_| true).replace(
            &sigv4::encode(as_signed.scope.to_string().as_bytes(), b""),
            &sigv4::encode(scope.to_string().as_bytes(), b""),
        );
        add(Difference::Region { signed: region.clone() }, Shape { scope: scope.clone(), query, ..shape() });
        add(Difference::Region { signed: region.clone() }, Shape { scope, ..shape() });
        let labels = host.split('.').map(|label| if label == region { as_signed.scope.region.as_str() } else { label });
        let signed = labels.collect::<Vec<_>>().join(".");
        add(Difference::RegionInHost { signed: signed.clone() }, Shape { host: signed, ..shape() });
    }
    let twice = sigv4::encode(path.as_bytes(), b"/");
    add(Difference::PathEncodedTwice, Shape { path: twice, ..shape() });
    let once = percent::canonical(&decode_lossy(path), b"/");
    add(Difference::PathEncodedOnce, Shape { path: once, ..shape() });
    for (because, plus) in [(Difference::PlusAsSpace, "%2B"), (Difference::SpaceAsPlus, "+")] {
        let (path, query) = (path.replace("%20", plus), as_signed.query.replace("%20", plus));
        add(because.clone(), Shape { path: path.clone(), ..shape() });
        add(because.clone(), Shape { query: query.clone(), ..shape() });
        add(because, Shape { path, query, ..shape() });
    }
    let (lower_path, lower_query) = (lower_escapes(path), lower_escapes(&as_signed.query));
    add(Difference::LowerCaseEscapes, Shape { path: lower_path, query: lower_query.clone(), ..shape() });
    add(Difference::LowerCaseEscapes, Shape { query: lower_query, ..shape() });
    add(Difference::QueryOrder, Shape { query: query(url, Order::AsSent, |_| true), ..shape() });
    let of_s3 = |name: &str| {
        let lower = name.to_ascii_lowercase();
        lower.starts_with("x-amz-") || OF_S3.contains(&lower.as_str())
    };
    let without_x_id = |name: &str| of_s3(name) && !name.eq_ignore_ascii_case("x-id");
    let names = |kept: &dyn Fn(&str) -> bool| {
        let added = url.query.iter().map(|(name, _)| decode_lossy(name)).filter(|name| !kept(name));
        added.map(|name| told::without_links(&name)).collect()
    };
    add(
        Difference::AddedParameters { names: names(&of_s3) },
        Shape { query: query(url, Order::Sorted, of_s3), ..shape() },
    );
    add(
        Difference::AddedParameters { names: names(&without_x_id) },
        Shape { query: query(url, Order::Sorted, without_x_id), ..shape() },
    );
    add(Difference::EmptyBody, Shape { payload: EMPTY_BODY, ..shape() });
    for address in keys.iter().filter_map(|known| known.address.as_ref()) {
        let signed = place.host_at(address);
        add(Difference::Host { signed: signed.clone() }, Shape { host: signed, ..shape() });
    }
    found
}

/// A text with its percent escapes in lower case.
fn lower_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, after) = part.split_at_checked(2).unwrap_or((part, ""));
        lower = format!("{lower}%{}{after}", digits.to_ascii_lowercase());
    }
    lower
}

fn canonical(method: Method, shape: &Shape, headers: &[(&str, String)]) -> String {
    let pairs = headers.iter().map(|(name, value)| (*name, value.as_str()));
    let headers = SignedHeaders::new(pairs.chain([("host", shape.host.as_str())]));
    let request = CanonicalRequest {
        method: method.as_str(),
        path: &shape.path,
        query: &shape.query,
        headers: &headers,
        payload: shape.payload,
    };
    request.to_string()
}

/// The value of a header, unless it may be a secret, as an encryption key of the customer's is.
fn shown(name: &str, value: &str) -> Option<String> {
    let is_secret = ["customer", "token", "authorization", "cookie"].into_iter().any(|word| name.contains(word));
    (!is_secret).then(|| value.to_owned())
}

/// Values that are tried for `content-type`: what people share.
const TYPES: [&str; 14] = [
    "application/octet-stream",
    "application/pdf",
    "application/json",
    "application/zip",
    "application/gzip",
    "text/plain",
    "text/plain; charset=utf-8",
    "text/csv",
    "text/html",
    "image/jpeg",
    "image/png",
    "video/mp4",
    "application/xml",
    "binary/octet-stream",
];

/// The only value that makes sense of a header.
fn only_value(name: &str) -> Option<&'static str> {
    match name {
        "if-none-match" => Some("*"),
        "x-amz-content-sha256" => Some(sigv4::UNSIGNED_PAYLOAD),
        _ => None,
    }
}

/// Signed headers with their values.
type Headers<'a> = Vec<(&'a str, String)>;

/// The values that the signed headers may have had, each a full set; or the names of those that cannot be guessed.
fn assignments<'a>(names: &[&'a str], told: Option<&ServerError>) -> Result<Vec<Headers<'a>>, Vec<String>> {
    let said = |name: &str| {
        let request = told?.canonical_request.as_ref()?;
        let headers = request.text().lines().skip(3).filter_map(|line| line.split_once(':'));
        let mut of_name = headers.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        of_name.next().map(|(_, value)| value.trim().to_owned())
    };
    let candidates = |name: &str| -> Vec<String> {
        // What the server was sent may be the very thing that is wrong.
        let usual = match (only_value(name), name) {
            (Some(value), _) => vec![value.to_owned()],
            (None, "content-type") => TYPES.map(str::to_owned).to_vec(),
            (None, _) => Vec::new(),
        };
        said(name).into_iter().chain(usual).collect()
    };
    let unknown: Vec<String> =
        names.iter().filter(|name| candidates(name).is_empty()).map(|name| (*name).to_owned()).collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let mut sets: Vec<Headers<'_>> = vec![Vec::new()];
    for name in names {
        let values = candidates(name);
        let with = |set: &Headers<'a>, value: &String| {
            let mut set = set.clone();
            set.push((*name, value.clone()));
            set
        };
        sets = sets.iter().flat_map(|set| values.iter().map(move |value| with(set, value))).collect();
    }
    Ok(sets)
}

/// The first line in which the request that the server saw differs from the one that was signed, in words. Nothing of the
/// query is told but names.
pub(super) fn first_difference(ours: &str, theirs: &str) -> Option<String> {
    let (mut ours, mut theirs) = (ours.lines(), theirs.trim().lines().map(str::trim_end));
    let (method, sent) = (ours.next()?, theirs.next()?);
    if method != sent {
        return Some(format!("the method: signed for {method}, sent as {}", visible(sent)));
    }
    let (path, sent) = (ours.next()?, theirs.next()?);
    if path != sent {
        return Some(format!("the path: signed as `{}`, sent as `{}`", visible(path), visible(sent)));
    }
    let (query, sent) = (ours.next()?, theirs.next()?);
    if query != sent {
        let pairs = |query: &str| query.split('&').map(str::to_owned).collect::<Vec<_>>();
        let (signed, sent) = (pairs(query), pairs(sent));
        let other = signed.iter().find(|pair| !sent.contains(pair)).or(sent.iter().find(|pair| !signed.contains(pair)));
        let name = other.map_or("its order", |pair| pair.split('=').next().unwrap_or_default());
        return Some(format!("the query: {}", visible(name)));
    }
    for (ours, theirs) in ours.by_ref().zip(theirs.by_ref()) {
        if ours != theirs {
            let name = ours.split(':').next().filter(|name| !name.is_empty()).unwrap_or("one more than was signed");
            return Some(match ours.contains(':') || theirs.contains(':') {
                true => format!("the header: {}", visible(name)),
                false => "the list of signed headers, or the hash of the body".to_owned(),
            });
        }
    }
    (ours.next().is_some() || theirs.next().is_some()).then(|| "its end".to_owned())
}

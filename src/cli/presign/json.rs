//! A link as a JSON object: all there is to know about it, for scripts. Its fields keep their names.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::presign::caution::Caution;
use crate::presign::expiry::Lifetime;
use crate::presign::link::{LimitedBy, Link, Session};
use crate::s3::text::visible;

/// The fields of an object of `--json`, with what they say. Fields are only ever added.
pub(super) const FIELDS: &[(&str, &str)] = &[
    ("url", "the link"),
    ("method", "GET, PUT, HEAD or DELETE"),
    ("bucket", "the bucket"),
    ("key", "the key, byte for byte"),
    ("version_id", "the version, or null"),
    ("host", "the host and port that the link goes to"),
    ("signed_at", "the time it is signed for; all times are RFC 3339 in UTC"),
    ("expires_in", "seconds from signed_at to expires_at"),
    ("expires_at", "when it really ends: for whichever reason comes first"),
    ("asked", "the seconds that were asked for; where nobody asked, the usual ones"),
    ("limited_by", "what sets the end: asked, ceiling (max_expires_in) or credentials"),
    ("limited_by_reason", "the same in words"),
    ("required_headers", "an object of headers that the sender must send exactly so"),
    ("access_key_id", "the id of the key that signed it; the link shows it as well"),
    ("temporary", "whether that key belongs to a session, and the link dies with it"),
    ("source", "where the key came from"),
    ("cautions", "an array of sentences: what to know before handing it on"),
];

/// A link as scripts get it.
#[derive(Serialize)]
pub(super) struct Object<'a> {
    url: &'a str,
    method: &'a str,
    bucket: &'a str,
    key: &'a str,
    version_id: Option<&'a str>,
    host: &'a str,
    signed_at: String,
    expires_in: i64,
    expires_at: String,
    asked: u32,
    limited_by: &'a str,
    limited_by_reason: String,
    required_headers: BTreeMap<String, &'a str>,
    access_key_id: &'a str,
    temporary: bool,
    source: &'a str,
    cautions: Vec<String>,
}

impl<'a> Object<'a> {
    /// All there is to know about `link`.
    pub(super) fn of(link: &'a Link, cautions: &[Caution]) -> Self {
        let (request, object) = (&link.request, &link.request.object);
        let headers = request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()));
        Self {
            url: link.url.expose(),
            method: request.method.as_str(),
            bucket: object.bucket.as_str(),
            key: object.key.as_str(),
            version_id: object.version.as_ref().map(|version| version.0.as_str()),
            host: link.url.authority(),
            signed_at: link.signed_at.to_string(),
            expires_in: link.ends_at.as_second() - link.signed_at.as_second(),
            expires_at: to_the_second(link.ends_at),
            asked: match request.lifetime {
                Lifetime::Usual(expiry) | Lifetime::For(expiry) => expiry.seconds(),
                Lifetime::Until(_) => link.expires_in.seconds(),
            },
            limited_by: match link.limited_by {
                LimitedBy::Asked => "asked",
                LimitedBy::Ceiling => "ceiling",
                LimitedBy::Credentials => "credentials",
            },
            limited_by_reason: reason(link),
            required_headers: headers.collect(),
            access_key_id: &link.access_key_id,
            temporary: link.session == Session::Temporary,
            source: &link.source,
            cautions: cautions.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Why a link ends when it does.
fn reason(link: &Link) -> String {
    match (link.limited_by, link.request.lifetime) {
        (LimitedBy::Asked, Lifetime::Usual(_)) => "nobody asked for another lifetime than the usual one".to_owned(),
        (LimitedBy::Asked, Lifetime::For(_) | Lifetime::Until(_)) => "this is what was asked for".to_owned(),
        (LimitedBy::Ceiling, _) => {
            format!("the settings of this store let a link live {} (max_expires_in)", link.expires_in)
        }
        (LimitedBy::Credentials, _) => format!(
            "the credentials from {} end then, before the {} that were asked for",
            visible(&link.source),
            link.expires_in
        ),
    }
}

/// A moment without its fraction of a second.
pub(super) fn to_the_second(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

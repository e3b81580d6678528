//! The request that a link stands for, as its store should write it down, and the parts of its URL that this takes.

use super::Target;
use crate::presign::sigv4::{self, CanonicalRequest, SignedHeaders};
use crate::s3::percent::decode_lossy;

/// The canonical request of a probe, as its URL says it.
pub(super) struct Canonical {
    pub(super) text: String,
}

impl Canonical {
    /// `None` where a URL is none.
    pub(super) fn of(target: &Target, method: &str) -> Option<Self> {
        let (_, rest) = target.url.expose().split_once("://")?;
        let (place, _) = rest.split_once('?')?;
        let (host, path) = match place.split_once('/') {
            Some((host, path)) => (host, format!("/{path}")),
            None => (place, "/".to_owned()),
        };
        let mut pairs: Vec<_> =
            parameters(target.url.expose()).filter(|(name, _)| *name != "X-Amz-Signature").collect();
        pairs.sort_unstable();
        let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = pairs.join("&");
        let signed = signed_header_names(target.url.expose());
        let is_signed = |name: &str| signed.iter().any(|signed| signed.eq_ignore_ascii_case(name));
        let sent =
            target.sent().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| is_signed(name));
        let headers = SignedHeaders::new(sent.chain([("host", host)]));
        let payload = sigv4::UNSIGNED_PAYLOAD;
        let canonical = CanonicalRequest { method, path: &path, query: &query, headers: &headers, payload };
        Some(Self { text: canonical.to_string() })
    }

    /// The first part in which `theirs` is another.
    pub(super) fn difference(&self, theirs: &str) -> Option<&'static str> {
        let parts = |text: &str| {
            let mut lines = text.lines().map(|line| line.trim_end().to_owned());
            let (method, path, query) = (lines.next(), lines.next(), lines.next());
            let rest: Vec<String> = lines.collect();
            let host = rest.iter().find(|line| line.starts_with("host:")).cloned();
            [
                ("method", method),
                ("path", path),
                ("query", query),
                ("host", host),
                ("set of headers", Some(rest.join("\n"))),
            ]
        };
        let pairs = parts(&self.text).into_iter().zip(parts(theirs));
        pairs.into_iter().find(|((_, ours), (_, theirs))| ours != theirs).map(|((name, _), _)| name)
    }
}

/// The names in `X-Amz-SignedHeaders`.
pub(super) fn signed_header_names(url: &str) -> Vec<String> {
    let names = parameters(url).find(|(name, _)| name.eq_ignore_ascii_case("X-Amz-SignedHeaders"));
    let names = names.map(|(_, value)| decode_lossy(value).to_ascii_lowercase()).unwrap_or_default();
    names.split(';').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// What lets the holder of a URL in: its signature and its session token, as they stand in it and decoded.
pub(super) fn secrets(url: &str) -> Vec<String> {
    let is_secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.ends_with("signature") || name.ends_with("security-token")
    };
    let values = parameters(url).filter(|(name, value)| is_secret(name) && !value.is_empty());
    values.flat_map(|(_, value)| [value.to_owned(), decode_lossy(value)]).collect()
}

/// Names and values of a URL's query, as they stand in it.
fn parameters(url: &str) -> impl Iterator<Item = (&str, &str)> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

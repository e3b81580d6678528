//! A URL taken apart and put together again without a byte changed: no segment is joined, nothing is decoded.

use crate::s3::address::Endpoint;
use crate::s3::percent::decode_lossy;

/// A URL as it was written, in its parts.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Url {
    /// Scheme, host and port.
    pub(super) endpoint: Endpoint,
    /// The path with its first `/`, still encoded.
    pub(super) path: String,
    /// The query, still encoded; a value is `None` where there was no `=`.
    pub(super) query: Vec<(String, Option<String>)>,
}

impl Url {
    /// Reads `http://` and `https://` URLs. A fragment is dropped, as it is never sent.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.split('#').next()?;
        let (scheme, rest) = text.split_once("://")?;
        let (before, query) = rest.split_once('?').map_or((rest, None), |(before, query)| (before, Some(query)));
        let (authority, path) = before.split_once('/').unwrap_or((before, ""));
        let endpoint = Endpoint::parse(&format!("{scheme}://{authority}")).ok()?;
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| match pair.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (pair.to_owned(), None),
        });
        Some(Self { endpoint, path: format!("/{path}"), query: query.collect() })
    }

    /// The URL as a program can send it: what is not ASCII is encoded.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}{}", self.endpoint, ascii(&self.path));
        for (at, (name, value)) in self.query.iter().enumerate() {
            text.push(if at == 0 { '?' } else { '&' });
            text.push_str(&ascii(name));
            if let Some(value) = value {
                text.push('=');
                text.push_str(&ascii(value));
            }
        }
        text
    }

    /// The encoded value of a parameter, whose name's case does not matter. `Some("")` where it has none.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        let (_, value) = self.query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value.as_deref().unwrap_or_default())
    }

    /// The decoded value of a parameter.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        self.raw(name).map(decode_lossy)
    }
}

fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_graphic() {
            plain.push(c);
        } else {
            plain.push_str(&crate::presign::sigv4::encode(c.to_string().as_bytes(), b""));
        }
    }
    plain
}

//! The steps of Signature Version 4, each a function of its own: encode, canonical request, string to sign, key, signature.
//!
//! Knows no bucket and no link: what is signed, and whether it may be, is decided in [`super::sign`].
//! The rules are those of S3, which encodes a path once and does not normalise it, unlike every other service of AWS
//! (S3 API reference, "Authenticating requests: using query parameters").

use std::borrow::Cow;
use std::fmt::{self, Display, Write};

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};

/// The algorithm's name, first line of what is signed and first parameter of a link.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What stands for the body's hash in a link, whose sender is free to choose the body.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The last part of every scope.
const TERMINATOR: &str = "aws4_request";

/// The moment of signing in the form that Signature Version 4 writes it: UTC, whole seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp(String);

impl Stamp {
    /// `time` as `YYYYMMDDTHHMMSSZ`; fractions of a second are dropped.
    pub fn new(time: Timestamp) -> Self {
        Self(time.strftime("%Y%m%dT%H%M%SZ").to_string())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The day, `YYYYMMDD`: what a signing key is good for.
    pub fn day(&self) -> &str {
        self.0.split_once('T').map_or(&self.0, |(day, _)| day)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a signing key is good for: one day, one region, one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `YYYYMMDD` in UTC.
    pub day: String,
    /// The region.
    pub region: String,
    /// The service: `s3`.
    pub service: String,
}

/// `20130524/us-east-1/s3/aws4_request`.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{TERMINATOR}", self.day, self.region, self.service)
    }
}

/// The request as both sides write it down before they sign it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanonicalRequest<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path as it is sent: [`encode_path`].
    pub path: &'a str,
    /// The query without the signature: [`canonical_query`].
    pub query: &'a str,
    /// The headers that are signed.
    pub headers: &'a SignedHeaders,
    /// The hash of the body in hex, or [`UNSIGNED_PAYLOAD`].
    pub payload: &'a str,
}

/// The text whose hash is signed.
impl fmt::Display for CanonicalRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, query, headers, payload } = self;
        writeln!(f, "{method}\n{path}\n{query}")?;
        for (name, value) in &headers.headers {
            writeln!(f, "{name}:{value}")?;
        }
        write!(f, "\n{}\n{payload}", headers.names())
    }
}

/// Headers in the form in which they are signed: names in lower case and sorted, values trimmed, runs of spaces made one.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    headers: Vec<(String, String)>,
    names: String,
}

impl SignedHeaders {
    /// Brings headers into that form. Names must differ in more than case.
    pub fn new<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let canonical = |(name, value): (&str, &str)| {
            let words = value.split(' ').filter(|word| !word.is_empty());
            (name.to_ascii_lowercase(), joined(words, " ", value.len()))
        };
        let mut headers: Vec<_> = headers.into_iter().map(canonical).collect();
        headers.sort();
        let names = joined(headers.iter().map(|(name, _)| name.as_str()), ";", 0);
        Self { headers, names }
    }

    /// The names, joined with `;`: the value of `X-Amz-SignedHeaders`.
    pub fn names(&self) -> &str {
        &self.names
    }
}

/// Names only: a value may be a customer's encryption key.
impl fmt::Debug for SignedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedHeaders({})", self.names())
    }
}

/// A path with everything encoded but `/`; no segment is removed or joined.
pub fn encode_path(path: &str) -> String {
    encode(path.as_bytes(), b"/")
}

/// A query in canonical form: names and values encoded, sorted by both in their encoded form, `name=` where there is no value.
pub fn canonical_query<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut pairs: Vec<_> = parameters.into_iter().map(|(name, value)| (encoded(name), encoded(value))).collect();
    pairs.sort();
    let mut query = String::with_capacity(pairs.iter().map(|(name, value)| name.len() + value.len() + 2).sum());
    for (name, value) in &pairs {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(name);
        query.push('=');
        query.push_str(value);
    }
    query
}

/// A name or a value of a query; most hold nothing that has to be encoded.
fn encoded(text: &str) -> Cow<'_, str> {
    match text.bytes().all(is_unreserved) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(encode(text.as_bytes(), b"")),
    }
}

/// Percent-encodes every byte but the unreserved characters of RFC 3986 and those in `kept`.
pub(super) fn encode(bytes: &[u8], kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len() + bytes.len() / 2);
    for &byte in bytes {
        if is_unreserved(byte) || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(digit(byte >> 4).to_ascii_uppercase());
            encoded.push(digit(byte & 15).to_ascii_uppercase());
        }
    }
    encoded
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What is signed in the end: algorithm, time, scope and the hash of the canonical request.
pub fn string_to_sign(stamp: &Stamp, scope: &Scope, request: &CanonicalRequest<'_>) -> String {
    string_to_sign_of(stamp, scope, request)
}

/// [`string_to_sign`] of a canonical request that may already be text.
pub(super) fn string_to_sign_of(stamp: &Stamp, scope: &Scope, request: &dyn Display) -> String {
    let hash = hash(request);
    format!("{ALGORITHM}\n{stamp}\n{scope}\n{hash}")
}

/// The hash of a canonical request, in hex: the last line of what is signed.
pub fn hash(canonical_request: impl Display) -> String {
    /// Takes a text piece by piece, so that it need not be written down first.
    struct Hashed(Sha256);
    impl Write for Hashed {
        fn write_str(&mut self, piece: &str) -> fmt::Result {
            self.0.update(piece);
            Ok(())
        }
    }
    let mut hashed = Hashed(Sha256::new());
    // A hash takes everything.
    let _ = write!(hashed, "{canonical_request}");
    hex(&hashed.0.finalize())
}

/// The hash of a body, in hex.
pub fn payload_hash(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// The key of one scope, derived from a secret key.
pub struct SigningKey(SecretBox<[u8; 32]>);

impl SigningKey {
    /// Derives the key by signing day, region, service and terminator in turn.
    pub fn derive(secret: &SecretString, scope: &Scope) -> Self {
        let secret = secret.expose_secret();
        let mut first = Zeroizing::new(Vec::with_capacity(4 + secret.len()));
        first.extend_from_slice(b"AWS4");
        first.extend_from_slice(secret.as_bytes());
        let day = Zeroizing::new(hmac(&first, &scope.day));
        let region = Zeroizing::new(hmac(&*day, &scope.region));
        let service = Zeroizing::new(hmac(&*region, &scope.service));
        Self(SecretBox::new(Box::new(hmac(&*service, TERMINATOR))))
    }

    /// The signature of `text`, in hex.
    pub fn sign(&self, text: &str) -> String {
        hex(&hmac(self.0.expose_secret(), text))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length; its type says so only in the documentation")]
fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        hex.push(digit(byte >> 4));
        hex.push(digit(byte & 15));
    }
    hex
}

/// Half a byte in hex.
fn digit(half: u8) -> char {
    char::from_digit(u32::from(half), 16).unwrap_or_default()
}

/// `parts` with `between` between them. `length` is how long that may get.
fn joined<'a>(parts: impl Iterator<Item = &'a str>, between: &str, length: usize) -> String {
    let mut joined = String::with_capacity(length);
    for (number, part) in parts.enumerate() {
        if number > 0 {
            joined.push_str(between);
        }
        joined.push_str(part);
    }
    joined
}

//! What a URL claims about its signature: which scheme, who signed, when, for how long. Whether that is true is `proof`'s part.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::url::Url;
use crate::presign::sigv4::{self, Scope};

/// The parameters of a signature of version 4, in the case in which servers look for them.
pub(super) const NAMES: [&str; 8] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "X-Amz-Region-Set",
];

/// Those without which no server looks further.
const NEEDED: [&str; 6] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"];

/// The same of Google's dialect.
const NEEDED_BY_GOOGLE: [&str; 6] = [
    "X-Goog-Algorithm",
    "X-Goog-Credential",
    "X-Goog-Date",
    "X-Goog-Expires",
    "X-Goog-SignedHeaders",
    "X-Goog-Signature",
];

/// The same of Amazon's version 2.
const NEEDED_BY_V2: [&str; 3] = ["AWSAccessKeyId", "Expires", "Signature"];

/// The same of signed URLs of CloudFront, Amazon's CDN. `Expires` may be inside a `Policy`.
const NEEDED_BY_CLOUDFRONT: [&str; 2] = ["Key-Pair-Id", "Signature"];

/// Characters of a signature of version 4: 32 bytes in hex.
const HEX_DIGITS: usize = 64;

/// How a link is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureVersion {
    /// Signature Version 4: today's.
    V4,
    /// Version 4 with elliptic curves, good for several regions: multi-region access points of Amazon.
    V4a,
    /// Version 2: before 2014.
    V2,
    /// Version 4 in Google's dialect.
    Goog4,
    /// Signed for CloudFront, Amazon's CDN, which is not S3.
    CloudFront,
    /// Not signed.
    None,
}

impl SignatureVersion {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::V4 => "Signature Version 4",
            Self::V4a => "Signature Version 4A",
            Self::V2 => "Signature Version 2",
            Self::Goog4 => "Google's Version 4",
            Self::CloudFront => "CloudFront",
            Self::None => "not signed",
        }
    }

    fn needed(self) -> &'static [&'static str] {
        match self {
            Self::V4 | Self::V4a => &NEEDED,
            Self::V2 => &NEEDED_BY_V2,
            Self::Goog4 => &NEEDED_BY_GOOGLE,
            Self::CloudFront => &NEEDED_BY_CLOUDFRONT,
            Self::None => &[],
        }
    }
}

/// Who signed, for what: `KEY/20261125/us-east-1/s3/aws4_request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) key_id: String,
    /// The region is empty in version 4A, which names its regions elsewhere.
    pub(super) scope: Scope,
}

/// A value as it is, or as it was written where it makes no sense.
pub(super) type Sense<T> = Result<T, String>;

/// Everything that a signature says about itself.
#[derive(Clone)]
pub(super) struct Claims {
    pub(super) version: SignatureVersion,
    /// Parameters that are missing, or whose end is.
    pub(super) missing: Vec<String>,
    pub(super) credential: Option<Credential>,
    /// The access key id, also where there is no scope.
    pub(super) key_id: Option<String>,
    pub(super) signed_at: Option<Sense<Timestamp>>,
    /// In seconds from `signed_at`; of version 2, in seconds of Unix time.
    pub(super) expires: Option<Sense<i64>>,
    /// In lower case, as signed.
    pub(super) signed_headers: Vec<String>,
    pub(super) has_token: bool,
    pub(super) signature: String,
}

/// Whether there is a parameter of any signature.
pub(super) fn is_begun(url: &Url) -> bool {
    version(url) != SignatureVersion::None
}

/// Whether all of a signature is there.
pub(super) fn is_whole(url: &Url) -> bool {
    is_begun(url) && claims(url).missing.is_empty()
}

fn version(url: &Url) -> SignatureVersion {
    let has = |name: &str| url.raw(name).is_some();
    let begins = |start: &str| url.query.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with(start));
    let algorithm = url.value("X-Amz-Algorithm").unwrap_or_default();
    if has("X-Amz-Region-Set") || algorithm.starts_with("AWS4-ECDSA") {
        SignatureVersion::V4a
    } else if NEEDED.into_iter().any(has) || begins("x-amz-s") {
        SignatureVersion::V4
    } else if begins("x-goog-") || has("GoogleAccessId") {
        SignatureVersion::Goog4
    } else if has("Key-Pair-Id") {
        SignatureVersion::CloudFront
    } else if has("AWSAccessKeyId") || (has("Signature") && has("Expires")) {
        SignatureVersion::V2
    } else {
        SignatureVersion::None
    }
}

/// Reads what the URL says about its signature.
pub(super) fn claims(url: &Url) -> Claims {
    let version = version(url);
    let (prefix, has_scope) = match version {
        SignatureVersion::Goog4 => ("X-Goog-", true),
        SignatureVersion::V4 | SignatureVersion::V4a => ("X-Amz-", true),
        SignatureVersion::V2 | SignatureVersion::CloudFront | SignatureVersion::None => ("", false),
    };
    let value = |name: &str| url.value(&format!("{prefix}{name}")).filter(|value| !value.is_empty());
    let of_scope = |name: &str| value(name).filter(|_| has_scope);
    let credential_text = of_scope("Credential");
    let credential = credential_text.as_deref().and_then(|text| credential(text, version));
    let key_id = match &credential {
        Some(credential) => Some(credential.key_id.clone()),
        None => value("AWSAccessKeyId").or(credential_text.as_deref().map(|text| before_slash(text).to_owned())),
    };
    let signature = value("Signature").unwrap_or_default();
    let mut missing: Vec<String> =
        version.needed().iter().filter(|name| is_empty(url, name)).map(ToString::to_string).collect();
    if credential_text.is_some() && credential.is_none() {
        missing.push(format!("the end of {prefix}Credential"));
    }
    let is_hex = signature.bytes().all(|byte| byte.is_ascii_hexdigit());
    if version == SignatureVersion::V4 && !signature.is_empty() && is_hex && signature.len() < HEX_DIGITS {
        missing.push("the end of X-Amz-Signature".to_owned());
    }
    Claims {
        version,
        missing,
        credential,
        key_id,
        signed_at: of_scope("Date").map(|text| time(&text).ok_or(text)),
        expires: value("Expires").map(|text| text.parse().map_err(|_| text)),
        signed_headers: of_scope("SignedHeaders").map(|names| header_names(&names)).unwrap_or_default(),
        has_token: url.raw("X-Amz-Security-Token").is_some_and(|token| !token.is_empty()),
        signature,
    }
}

impl Claims {
    /// Whether the signature is one that no signer makes.
    pub(super) fn is_malformed(&self) -> bool {
        let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        self.version == SignatureVersion::V4
            && (self.signature.len() != HEX_DIGITS || !self.signature.bytes().all(lower_hex))
    }

    /// Whether the algorithm is one that is known.
    pub(super) fn is_known(&self, url: &Url) -> bool {
        let algorithm = url.value("X-Amz-Algorithm");
        self.version != SignatureVersion::V4 || algorithm.is_none_or(|name| name.is_empty() || name == sigv4::ALGORITHM)
    }
}

/// Each name once, in the order in which they stand.
fn header_names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in text.split(';').map(str::to_ascii_lowercase) {
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn is_empty(url: &Url, name: &str) -> bool {
    url.raw(name).is_none_or(str::is_empty)
}

fn before_slash(text: &str) -> &str {
    text.split('/').next().unwrap_or(text)
}

fn credential(text: &str, version: SignatureVersion) -> Option<Credential> {
    // A key id may hold a slash in stores that let users choose it, so the scope is counted from the end.
    let mut parts = text.rsplitn(if version == SignatureVersion::V4a { 4 } else { 5 }, '/');
    let terminator = parts.next()?;
    let service = parts.next()?.to_owned();
    let region = if version == SignatureVersion::V4a { String::new() } else { parts.next()?.to_owned() };
    let (day, key_id) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let is_whole = terminator.ends_with("4_request") && !key_id.is_empty();
    is_whole.then_some(Credential { key_id, scope: Scope { day, region, service } })
}

/// `20261125T140500Z`.
fn time(text: &str) -> Option<Timestamp> {
    let digits = text.len() == 16
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok().filter(|_| digits)?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

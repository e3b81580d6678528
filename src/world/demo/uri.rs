//! Percent encoding as S3 does it, and which bucket and key a request names.

use http::{HeaderMap, Uri, header};

/// What a listing with `encoding-type=url` holds: a space is `+`, and `/` stays.
pub(super) fn encode_for_listing(text: &str) -> String {
    encode(text, |byte| matches!(byte, b'-' | b'.' | b'_' | b'*' | b'/')).replace("%20", "+")
}

/// A path in a canonical request.
pub(super) fn encode_path(path: &str) -> String {
    encode(path, |byte| matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/'))
}

/// A name or a value of the query in a canonical request.
pub(super) fn encode_component(text: &str) -> String {
    encode(text, |byte| matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

fn encode(text: &str, plain: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Undoes percent encoding; what is not UTF-8 becomes U+FFFD, and a `%` without two digits stays.
pub(super) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        let escaped = (first == b'%').then(|| behind.split_at_checked(2)).flatten().and_then(|(digits, behind)| {
            let value = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
            Some((value, behind))
        });
        match escaped {
            Some((value, behind)) => {
                bytes.push(value);
                rest = behind;
            }
            None => bytes.push(first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The parameters of the query, decoded, in their order. `+` is a space, as in a form.
pub(super) fn query(uri: &Uri) -> Vec<(String, String)> {
    let plus = |text: &str| decode(&text.replace('+', " "));
    let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (plus(n), plus(v))).collect()
}

/// The bucket in `bucket.localhost[:port]`; `None` for every other host, which then has the bucket in the path.
pub(super) fn bucket_in_host(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name.strip_suffix(".localhost").filter(|bucket| !bucket.is_empty())
}

/// What a request is about: the server itself, a bucket, or an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// The bucket.
    pub(super) bucket: Option<String>,
    /// The key.
    pub(super) key: Option<String>,
}

impl Target {
    /// Reads host and path.
    pub(super) fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let path = decode(uri.path());
        let path = path.strip_prefix('/').unwrap_or(&path);
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        match bucket_in_host(host) {
            Some(bucket) => Self { bucket: some(bucket), key: some(path) },
            None => {
                let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
                Self { bucket: some(bucket), key: some(key) }
            }
        }
    }

    /// `/bucket/key`, as error bodies name it.
    pub(super) fn resource(&self) -> String {
        match (&self.bucket, &self.key) {
            (Some(bucket), Some(key)) => format!("/{bucket}/{key}"),
            (Some(bucket), None) => format!("/{bucket}"),
            (None, _) => "/".to_owned(),
        }
    }
}

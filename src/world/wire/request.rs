//! A request before it is addressed and signed: plain data that can be sent again, to another region if need be.

use std::error::Error;

use bytes::Bytes;
use http::HeaderValue;
use http_body_util::Full;
use jiff::Timestamp;
use rusoto_core::Region;
use rusoto_core::signature::{SignedRequest, SignedRequestPayload};
use secrecy::ExposeSecret;

use super::answer::Trouble;
use crate::presign::credentials::SigningCredentials;
use crate::presign::sigv4::{self, ALGORITHM, CanonicalRequest, Scope, SignedHeaders, SigningKey, Stamp};
use crate::s3::address::Address;
use crate::s3::name::BucketName;

/// What is asked of a store.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(super) method: String,
    pub(super) bucket: Option<BucketName>,
    pub(super) key: String,
    query: Vec<(String, Option<String>)>,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Request {
    /// A question about a bucket, or about `key` in it; every byte of the key is kept.
    pub(crate) fn new(method: &str, bucket: &BucketName, key: &str) -> Self {
        Self { bucket: Some(bucket.clone()), key: key.to_owned(), ..Self::of_store(method) }
    }

    /// A question about the store as a whole.
    pub(crate) fn of_store(method: &str) -> Self {
        Self {
            method: method.to_owned(),
            bucket: None,
            key: String::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// With a parameter in the query, not yet encoded.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), Some(value.to_owned())));
        self
    }

    /// With a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What a typed operation of rusoto asks. rusoto writes all of its paths as `/bucket/key`.
    pub(super) fn from_rusoto(request: SignedRequest) -> Result<Self, Trouble> {
        let path = request.path.strip_prefix('/').unwrap_or(&request.path);
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let bucket = match bucket {
            "" => None,
            name => Some(BucketName::parse(name).map_err(|error| Trouble::Broken(error.to_string()))?),
        };
        // Host and length are made anew with each signature.
        let made = |name: &str| matches!(name, "host" | "content-length");
        let mut headers = Vec::new();
        for (name, values) in request.headers.iter().filter(|(name, _)| !made(name)) {
            headers.extend(values.iter().map(|value| (name.clone(), String::from_utf8_lossy(value).into_owned())));
        }
        let body = match &request.payload {
            Some(SignedRequestPayload::Buffer(bytes)) => bytes.clone(),
            None => Bytes::new(),
            Some(SignedRequestPayload::Stream(_)) => {
                return Err(Trouble::Broken("a streamed body cannot be sent twice".to_owned()));
            }
        };
        let query = request.params.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Ok(Self { method: request.method.clone(), bucket, key: key.to_owned(), query, headers, body })
    }

    /// Addressed, and signed as of `now`; without credentials, not signed. Path and query are sent exactly as they were signed, header values as bytes.
    pub(super) fn sign(
        &self,
        address: &Address,
        credentials: Option<&SigningCredentials>,
        now: Timestamp,
    ) -> Result<http::Request<Full<Bytes>>, Trouble> {
        let (host, path) = match &self.bucket {
            Some(bucket) => (address.host_for(bucket), address.path_for(bucket, &self.key)),
            None => (address.endpoint.authority.clone(), "/".to_owned()),
        };
        let path = sigv4::encode_path(&path);
        let query = self.query.iter().map(|(name, value)| (name.as_str(), value.as_deref().unwrap_or_default()));
        let query = sigv4::canonical_query(query);
        let (stamp, payload) = (Stamp::new(now), sigv4::payload_hash(&self.body));
        let mut headers = vec![("host", host.as_str())];
        headers.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let authorization;
        if let Some(credentials) = credentials {
            headers.extend([("x-amz-content-sha256", payload.as_str()), ("x-amz-date", stamp.as_str())]);
            headers.extend(credentials.session_token.iter().map(|token| (TOKEN, token.expose_secret())));
            let signed = SignedHeaders::new(headers.iter().copied());
            let canonical = CanonicalRequest {
                method: &self.method,
                path: &path,
                query: &query,
                headers: &signed,
                payload: &payload,
            };
            let scope = Scope { day: stamp.day().to_owned(), region: address.region.clone(), service: "s3".to_owned() };
            let key = SigningKey::derive(&credentials.secret_access_key, &scope);
            let signature = key.sign(&sigv4::string_to_sign(&stamp, &scope, &canonical));
            let (id, names) = (&credentials.access_key_id, signed.names());
            authorization =
                format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}");
            headers.push((AUTHORIZATION, &authorization));
        }
        let mark = if query.is_empty() { "" } else { "?" };
        let mut request = http::Request::builder()
            .method(self.method.as_str())
            .uri(format!("{}://{host}{path}{mark}{query}", address.endpoint.scheme.as_str()));
        for (name, value) in headers {
            let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|error| unsendable(&error))?;
            value.set_sensitive(matches!(name, TOKEN | AUTHORIZATION));
            request = request.header(name, value);
        }
        request.body(Full::new(self.body.clone())).map_err(|error| unsendable(&error))
    }
}

const TOKEN: &str = "x-amz-security-token";
const AUTHORIZATION: &str = "authorization";

fn unsendable(error: &dyn Error) -> Trouble {
    Trouble::Broken(format!("the request cannot be sent: {error}"))
}

/// A region in rusoto's words. Its own list of regions stops in 2022, and its host names with it.
pub(super) fn region(address: &Address) -> Region {
    Region::Custom { name: address.region.clone(), endpoint: address.endpoint.to_string() }
}

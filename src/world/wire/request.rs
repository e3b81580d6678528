//! A request before it is addressed and signed: plain data that can be sent again, to another region if need be.

use bytes::Bytes;
use rusoto_core::Region;
use rusoto_core::credential::AwsCredentials;
use rusoto_core::signature::{SignedRequest, SignedRequestPayload};
use secrecy::ExposeSecret;

use super::answer::Trouble;
use crate::presign::credentials::SigningCredentials;
use crate::s3::address::Address;
use crate::s3::failure::{Failure, FailureKind};
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

    /// Addressed, and signed as of now.
    pub(super) fn sign(&self, address: &Address, credentials: &SigningCredentials) -> Result<SignedRequest, Trouble> {
        let (host, path) = match &self.bucket {
            Some(bucket) => (address.host_for(bucket), address.path_for(bucket, &self.key)),
            None => (address.endpoint.authority.clone(), "/".to_owned()),
        };
        let mut signed = SignedRequest::new(&self.method, "s3", &region(address), &path);
        signed.set_hostname(Some(host));
        for (name, value) in &self.query {
            signed.params.insert(name.clone(), value.clone());
        }
        for (name, value) in &self.headers {
            signed.add_header(name, value);
        }
        if !self.body.is_empty() {
            signed.set_payload(Some(self.body.clone()));
        }
        signed.sign(&rusoto_credentials(credentials)?);
        Ok(signed)
    }
}

/// A region in rusoto's words. Its own list of regions stops in 2022, and its host names with it.
pub(super) fn region(address: &Address) -> Region {
    Region::Custom { name: address.region.clone(), endpoint: address.endpoint.to_string() }
}

/// Keys with blanks or line breaks, usually pasted, would not even fit into a header.
fn rusoto_credentials(credentials: &SigningCredentials) -> Result<AwsCredentials, Trouble> {
    let token = credentials.session_token.as_ref().map(|token| token.expose_secret().to_owned());
    let fits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    if !fits(&credentials.access_key_id) || !token.as_deref().is_none_or(fits) {
        return Err(Trouble::Credentials(Box::new(Failure::new(
            FailureKind::BadCredentials,
            "sign the request",
            format!(
                "the key id or session token ({}) holds blanks or other characters that no key has",
                credentials.source
            ),
            "copy them again, without line breaks or quotes",
        ))));
    }
    let secret = credentials.secret_access_key.expose_secret();
    Ok(AwsCredentials::new(&credentials.access_key_id, secret, token, None))
}

//! What stands between the socket and s3s: delay, record, the checks before the signature, preflights, and the shape of answers.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use jiff::Timestamp;
use s3s::Body;
use s3s::dto::Range;
use s3s::service::S3Service;

use super::auth::{self, Claim};
use super::refusal::{self, Refusal};
use super::store::Store;
use super::uri::{self, Target};
use super::{SeenRequest, cors, random};

/// How much of a refused upload is read, so that the client sees the refusal instead of a broken pipe.
const DRAINED: usize = 16 << 20;
/// How many requests are remembered.
const REMEMBERED: usize = 100_000;

/// Answers the requests of all connections.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) s3: S3Service,
    pub(super) store: Store,
    pub(super) region: String,
    pub(super) latency: Duration,
    pub(super) seen: Arc<Mutex<Vec<SeenRequest>>>,
}

/// An answer before it has got the headers that all have.
type Answer = Response<Body>;

impl Front {
    /// Answers one request.
    pub(super) async fn answer(self, request: Request<Incoming>) -> Result<Answer, Infallible> {
        self.remember(&request);
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
        let (mut parts, body) = request.into_parts();
        drop_unusable_range(&mut parts.headers);
        let target = Target::of(&parts.uri, &parts.headers);
        let (request_id, host_id) = (random::id(random::HEX, 16), random::id(random::BASE64, 56));
        let answer = match self.decide(&parts, body, &target).await {
            Ok(answer) => answer,
            Err(refusal) => refused(&refusal, &parts.method, &target, &request_id, &host_id),
        };
        let mut answer = self.with_cors(answer, &parts, &target);
        let headers = answer.headers_mut();
        set(headers, HeaderName::from_static("x-amz-request-id"), &request_id);
        set(headers, HeaderName::from_static("x-amz-id-2"), &host_id);
        set(headers, header::SERVER, "AmazonS3");
        if target.key.is_none() && target.bucket.is_some() && parts.method == Method::HEAD {
            set(headers, HeaderName::from_static("x-amz-bucket-region"), &self.region_of(&target));
        }
        Ok(answer)
    }

    fn remember(&self, request: &Request<Incoming>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < REMEMBERED {
            seen.push(SeenRequest {
                method: request.method().to_string(),
                path: request.uri().path().to_owned(),
                query_names: uri::query(request.uri()).into_iter().map(|(name, _)| name).collect(),
            });
        }
    }

    async fn decide(&self, parts: &Parts, body: Incoming, target: &Target) -> Result<Answer, Refusal> {
        if parts.method == Method::OPTIONS {
            return self.preflight(parts, target);
        }
        let claim = match self.check(parts, target) {
            Ok(claim) => claim,
            Err(refusal) => {
                drain(parts, body).await;
                return Err(refusal);
            }
        };
        let request = Request::from_parts(parts.clone(), Body::from(body));
        let Ok(answer) = self.s3.call(request).await else { return Err(Refusal::new("InternalError")) };
        if answer.status().is_success() {
            let lists = target.key.is_none() && answer.headers().get(header::CONTENT_TYPE).is_some_and(is_xml);
            return Ok(if lists { with_control_references(answer).await } else { answer });
        }
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let refusal = Refusal::read(head.status, head.headers, &body);
        Err(explained(refusal, parts, claim.as_ref()))
    }

    /// Where what is asked for is.
    fn region_of(&self, target: &Target) -> String {
        let buckets = self.store.read();
        let bucket = target.bucket.as_deref().and_then(|name| buckets.get(name));
        bucket.map_or(self.region.as_str(), |bucket| bucket.region(&self.region)).to_owned()
    }

    /// What can be said before the signature is computed.
    fn check(&self, parts: &Parts, target: &Target) -> Result<Option<Claim>, Refusal> {
        if parts.headers.contains_key(header::TRANSFER_ENCODING) && parts.method == Method::PUT {
            return Err(Refusal::new("NotImplemented").with("Header", "Transfer-Encoding"));
        }
        let (now, there) = (Timestamp::now(), self.region_of(target));
        let checked = auth::claim(parts, &there, now);
        // Signed for this server's own region: right here, if only the bucket were.
        match checked {
            Err(_) if there != self.region && auth::claim(parts, &self.region, now).is_ok() => {
                Err(elsewhere(parts, target, &there))
            }
            checked => checked,
        }
    }

    fn preflight(&self, parts: &Parts, target: &Target) -> Result<Answer, Refusal> {
        let buckets = self.store.read();
        let bucket = target.bucket.as_deref().and_then(|name| buckets.get(name));
        let bucket = bucket.ok_or_else(|| Refusal::new("NoSuchBucket"))?;
        let resource_type = if target.key.is_some() { "OBJECT" } else { "BUCKET" };
        let headers = cors::preflight(&bucket.cors, &parts.headers, resource_type)?;
        let mut answer = Response::new(Body::empty());
        *answer.headers_mut() = headers;
        Ok(answer)
    }

    fn with_cors(&self, mut answer: Answer, parts: &Parts, target: &Target) -> Answer {
        if parts.method != Method::OPTIONS && parts.headers.contains_key(header::ORIGIN) {
            let buckets = self.store.read();
            if let Some(bucket) = target.bucket.as_deref().and_then(|name| buckets.get(name)) {
                answer.headers_mut().extend(cors::headers(&bucket.cors, &parts.headers, parts.method.as_str()));
            }
        }
        answer
    }
}

/// How a server says that a bucket is in another region. All regions have one address here.
fn elsewhere(parts: &Parts, target: &Target, region: &str) -> Refusal {
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    Refusal::new("PermanentRedirect")
        .with("Endpoint", host)
        .with("Bucket", target.bucket.clone().unwrap_or_default())
        .header(HeaderName::from_static("x-amz-bucket-region"), region)
}

/// S3 answers with the whole object where it cannot make sense of a range, or where there are several; s3s refuses. (One that
/// was signed is still refused then, by its signature.)
fn drop_unusable_range(headers: &mut HeaderMap) {
    let is_usable = |range: &HeaderValue| range.to_str().is_ok_and(|range| Range::parse(range).is_ok());
    if headers.get(header::RANGE).is_some_and(|range| !is_usable(range)) {
        headers.remove(header::RANGE);
    }
}

/// A refusal of s3s with what AWS adds about keys, signatures and clocks.
fn explained(refusal: Refusal, parts: &Parts, claim: Option<&Claim>) -> Refusal {
    let Some(claim) = claim else {
        return if parts.method == Method::POST { refusal.of_form() } else { refusal };
    };
    match refusal.code.as_str() {
        "InvalidAccessKeyId" => refusal.with("AWSAccessKeyId", &claim.access_key_id),
        "SignatureDoesNotMatch" => {
            let canonical = claim.canonical_request(parts);
            let to_sign = claim.string_to_sign(&canonical);
            refusal
                .with("AWSAccessKeyId", &claim.access_key_id)
                .with("StringToSign", &to_sign)
                .with("SignatureProvided", &claim.signature)
                .with("StringToSignBytes", spaced_hex(&to_sign))
                .with("CanonicalRequest", &canonical)
                .with("CanonicalRequestBytes", spaced_hex(&canonical))
        }
        "RequestTimeTooSkewed" => refusal
            .with("RequestTime", &claim.date)
            .with("ServerTime", Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
            .with("MaxAllowedSkewMilliseconds", "900000"),
        _ => refusal,
    }
}

fn spaced_hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn refused(refusal: &Refusal, method: &Method, target: &Target, request_id: &str, host_id: &str) -> Answer {
    let xml = refusal.xml(&target.resource(), request_id, host_id);
    let has_body = method != Method::HEAD && refusal.status != StatusCode::NOT_MODIFIED;
    let mut answer = Response::new(if has_body { Body::from(Bytes::from(xml)) } else { Body::empty() });
    *answer.status_mut() = refusal.status;
    answer.headers_mut().extend(refusal.headers.iter().cloned());
    if refusal.status != StatusCode::NOT_MODIFIED {
        set(answer.headers_mut(), header::CONTENT_TYPE, "application/xml");
    }
    answer
}

fn is_xml(content_type: &HeaderValue) -> bool {
    content_type.as_bytes().starts_with(b"application/xml")
}

/// s3s writes control characters into XML as they are; AWS writes references.
async fn with_control_references(answer: Answer) -> Answer {
    let (mut head, body) = answer.into_parts();
    let bytes = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    if !bytes.iter().any(u8::is_ascii_control) {
        return Response::from_parts(head, Body::from(bytes));
    }
    head.headers.remove(header::CONTENT_LENGTH);
    let text = refusal::refer_to_controls(&String::from_utf8_lossy(&bytes));
    Response::from_parts(head, Body::from(Bytes::from(text)))
}

/// Reads the rest of a refused request, unless its sender waits for a word before sending it.
async fn drain(parts: &Parts, body: Incoming) {
    if !parts.headers.contains_key(header::EXPECT) {
        // What is longer or torn is dropped with its connection.
        let _ = Limited::new(body, DRAINED).collect().await;
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    headers.extend(HeaderValue::from_str(value).map(|value| (name, value)));
}

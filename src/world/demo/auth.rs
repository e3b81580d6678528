//! What is asked of a request's signature before it is computed, in the order in which AWS asks it; s3s computes it.
//!
//! The order is worth keeping: a client that is told `SignatureDoesNotMatch` may conclude that dates, region and headers were
//! fine. What was signed is spelled out here too, for the body of that very error.

use std::borrow::Cow;

use http::request::Parts;
use http::{HeaderMap, header};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::refusal::Refusal;
use super::{store, uri};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "s3";
const TERMINAL: &str = "aws4_request";
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// How far a clock may be ahead; s3s allows as much.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(15);
const MAX_EXPIRES: i64 = 604_800;

/// What a request says about its signature.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// Who signed.
    pub(super) access_key_id: String,
    /// `X-Amz-Date`.
    pub(super) date: String,
    /// `date/region/service/aws4_request`.
    pub(super) scope: String,
    /// The signed headers, in the order of the claim.
    pub(super) signed_headers: Vec<String>,
    /// The signature.
    pub(super) signature: String,
    /// What stands for the body in what was signed.
    pub(super) payload: String,
}

/// Reads a request's claim, or says as AWS does why it is not worth a look at the signature. `None` is a form upload, whose
/// claim is in its body.
pub(super) fn claim(parts: &Parts, region: &str, now: Timestamp) -> Result<Option<Claim>, Refusal> {
    let query = uri::query(&parts.uri);
    let has = |name: &str| query.iter().any(|(n, _)| n == name);
    let authorization = parts.headers.get(header::AUTHORIZATION);
    let is_presigned = PARAMETERS.iter().any(|name| has(name));
    let is_v2 = has("AWSAccessKeyId") || has("Signature");
    if authorization.is_some() && (is_presigned || is_v2) {
        return Err(Refusal::new("InvalidArgument")
            .saying("Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
            .with("ArgumentName", "Authorization"));
    }
    if is_presigned {
        return presigned(parts, &query, region, now).map(Some);
    }
    if is_v2 && !(has("AWSAccessKeyId") && has("Signature") && has("Expires")) {
        return Err(Refusal::new("AccessDenied")
            .saying("Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"));
    }
    match authorization.map(|value| value.to_str().unwrap_or_default()) {
        _ if is_v2 => Err(unsupported_mechanism()),
        Some(text) => in_header(parts, text, region).map(Some),
        None if is_form(&parts.headers) => Ok(None),
        None => Err(Refusal::new("AccessDenied")),
    }
}

impl Claim {
    /// What the client should have signed, method, path, query and headers in canonical form.
    pub(super) fn canonical_request(&self, parts: &Parts) -> String {
        let mut query: Vec<_> = uri::query(&parts.uri)
            .into_iter()
            .filter(|(name, _)| name != "X-Amz-Signature")
            .map(|(name, value)| (uri::encode_component(&name), uri::encode_component(&value)))
            .collect();
        query.sort();
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let headers: String = self.signed_headers.iter().map(|name| header_line(&parts.headers, name)).collect();
        let path = uri::encode_path(&uri::decode(parts.uri.path()));
        let (query, signed) = (query.join("&"), self.signed_headers.join(";"));
        format!("{}\n{path}\n{query}\n{headers}\n{signed}\n{}", parts.method, self.payload)
    }

    /// What the signature is computed over.
    pub(super) fn string_to_sign(&self, canonical_request: &str) -> String {
        let hash = store::hex(&Sha256::digest(canonical_request));
        format!("{ALGORITHM}\n{}\n{}\n{hash}", self.date, self.scope)
    }
}

/// `name:value\n`, values trimmed and inner spaces collapsed; nothing for a header that was not sent.
fn header_line(headers: &HeaderMap, name: &str) -> String {
    let collapsed = |text: Cow<'_, str>| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let values = headers.get_all(name).iter().map(|value| collapsed(String::from_utf8_lossy(value.as_bytes())));
    let values: Vec<_> = values.collect();
    if values.is_empty() { String::new() } else { format!("{name}:{}\n", values.join(",")) }
}

const PARAMETERS: [&str; 6] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires"];

fn presigned(parts: &Parts, query: &[(String, String)], region: &str, now: Timestamp) -> Result<Claim, Refusal> {
    let wrong = |message: &str| Refusal::new("AuthorizationQueryParametersError").saying(message);
    let get = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    if get("X-Amz-Algorithm").is_some_and(|algorithm| algorithm != ALGORITHM) {
        return Err(wrong("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\""));
    }
    let [Some(_), Some(credential), Some(signature), Some(date), Some(signed_headers), Some(expires)] =
        PARAMETERS.map(get)
    else {
        return Err(wrong(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        ));
    };
    let signed_at = timestamp(date)
        .ok_or_else(|| wrong("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""))?;
    let lifetime: i64 = expires.parse().map_err(|_| wrong("X-Amz-Expires should be a number"))?;
    if lifetime < 0 {
        return Err(wrong("X-Amz-Expires must be non-negative"));
    }
    if lifetime > MAX_EXPIRES {
        return Err(wrong(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
        ));
    }
    let ends = signed_at.saturating_add(SignedDuration::from_secs(lifetime)).unwrap_or(Timestamp::MAX);
    let untimely = |message: &str, name: &str, value: &str| {
        Refusal::new("AccessDenied")
            .saying(message)
            .with(name, value)
            .with("Expires", second(ends))
            .with("ServerTime", second(now))
    };
    if signed_at.duration_since(now) > MAX_SKEW {
        return Err(untimely("Request is not valid yet", "X-Amz-Date", date));
    }
    if now >= ends {
        return Err(untimely("Request has expired", "X-Amz-Expires", expires));
    }
    let (access_key_id, scope) = checked_scope(credential, date, region).map_err(|flaw| {
        flaw.refuse("AuthorizationQueryParametersError", "Error parsing the X-Amz-Credential parameter")
    })?;
    let signed_headers: Vec<String> = signed_headers.split(';').map(str::to_ascii_lowercase).collect();
    let must_be_signed = |name: &str| name == "host" || name == "content-md5" || name.starts_with("x-amz-");
    let mut unsigned: Vec<_> = parts.headers.keys().map(|name| name.as_str()).filter(|n| must_be_signed(n)).collect();
    unsigned.retain(|name| !signed_headers.iter().any(|signed| signed == name));
    if !unsigned.is_empty() {
        return Err(Refusal::new("AccessDenied")
            .saying("There were headers present in the request which were not signed")
            .with("HeadersNotSigned", unsigned.join(", ")));
    }
    Ok(Claim {
        access_key_id,
        date: date.to_owned(),
        scope,
        signed_headers,
        signature: signature.to_owned(),
        payload: UNSIGNED_PAYLOAD.to_owned(),
    })
}

fn in_header(parts: &Parts, text: &str, region: &str) -> Result<Claim, Refusal> {
    let malformed = |what: &str| {
        Refusal::new("AuthorizationHeaderMalformed").saying(format!("The authorization header is malformed; {what}"))
    };
    let Some(fields) = text.strip_prefix(ALGORITHM) else { return Err(unsupported_mechanism()) };
    let field = |name: &str| {
        let found = fields.split(',').find_map(|f| f.trim().strip_prefix(name)?.strip_prefix('='));
        found.ok_or_else(|| malformed(&format!("the authorization component \"{name}=\" is missing.")))
    };
    let (credential, signed_headers, signature) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
    let date = parts.headers.get("x-amz-date").and_then(|date| date.to_str().ok()).unwrap_or_default();
    if timestamp(date).is_none() {
        return Err(
            Refusal::new("AccessDenied").saying("AWS authentication requires a valid Date or x-amz-date header")
        );
    }
    let (access_key_id, scope) = checked_scope(credential, date, region)
        .map_err(|flaw| flaw.refuse("AuthorizationHeaderMalformed", "The authorization header is malformed"))?;
    let payload = payload_hash(&parts.headers).ok_or_else(|| {
        Refusal::new("InvalidRequest").saying("Missing required header for this request: x-amz-content-sha256")
    })?;
    Ok(Claim {
        access_key_id,
        date: date.to_owned(),
        scope,
        signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
        signature: signature.to_owned(),
        payload: payload.to_owned(),
    })
}

/// What is wrong with a credential scope.
struct ScopeFlaw {
    what: String,
    region: Option<String>,
}

impl ScopeFlaw {
    fn refuse(self, code: &str, place: &str) -> Refusal {
        let refusal = Refusal::new(code).saying(format!("{place}; {}", self.what));
        match self.region {
            Some(region) => refusal.with("Region", region),
            None => refusal,
        }
    }
}

/// The access key id and the scope of a credential that fits this server and the day of `date`.
fn checked_scope(credential: &str, date: &str, region: &str) -> Result<(String, String), ScopeFlaw> {
    let flaw = |what: String| ScopeFlaw { what, region: None };
    let fields: Vec<_> = credential.split('/').collect();
    let &[access_key_id, day, scope_region, service, terminal] = fields.as_slice() else {
        let expecting = "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"";
        return Err(flaw(format!("the Credential is mal-formed; expecting {expecting}.")));
    };
    if day.len() != 8 || !day.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(flaw(format!(
            "incorrect date format \"{day}\". This date in the credential must be in the format \"yyyyMMdd\"."
        )));
    }
    if scope_region != region {
        let what = format!("the region '{scope_region}' is wrong; expecting '{region}'");
        return Err(ScopeFlaw { what, region: Some(region.to_owned()) });
    }
    if service != SERVICE {
        return Err(flaw(format!("incorrect service \"{service}\". This endpoint belongs to \"{SERVICE}\".")));
    }
    if terminal != TERMINAL {
        return Err(flaw(format!("incorrect terminal \"{terminal}\". This endpoint uses \"{TERMINAL}\".")));
    }
    if !date.starts_with(day) {
        return Err(flaw(format!(
            "Invalid credential date \"{day}\". This date is not the same as X-Amz-Date: \"{date}\"."
        )));
    }
    Ok((access_key_id.to_owned(), format!("{day}/{scope_region}/{service}/{terminal}")))
}

fn unsupported_mechanism() -> Refusal {
    Refusal::new("InvalidRequest")
        .saying("The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
}

fn payload_hash(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-content-sha256")?.to_str().ok()
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("multipart/form-data"))
}

fn timestamp(date: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", date).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

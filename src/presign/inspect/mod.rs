//! The way back from a link to what it says, and to why it does not work: pure, offline, whatever text comes in.
//!
//! The text is searched and repaired (`mail`, `safelink`), taken apart (`url`, `signature`, `place`, `signer`), its signature
//! made again where the key is known (`proof`), and judged in the order in which stores judge (`verdict`). Asking a server
//! is not done here; what to ask, and what its answer changes, is (`live`).

mod judge;
mod live;
mod mail;
mod percent;
mod place;
mod proof;
mod refusal;
mod report;
mod risk;
mod safelink;
mod signature;
mod signer;
mod told;
mod url;
mod verdict;

#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};

pub use self::live::target;
pub use self::mail::Repair;
pub use self::place::Style;
pub use self::proof::{Difference, Proof};
pub use self::report::{Finding, LinkFacts, MethodFact, Report, Row, Severity};
pub use self::signature::SignatureVersion;
pub use self::signer::{KeyKind, Signer, abbreviated, wrong_cluster};
pub use self::told::ServerError;
pub use self::verdict::{Certainty, Flaw, Verdict};

use self::mail::Found;
use self::place::Place;
use self::proof::{Claimed, Proven};
use self::signature::Claims;
use self::url::Url;
use super::credentials::SigningCredentials;
use super::link::SignedUrl;
use crate::presign::request::Method;
use crate::s3::address::Address;
use crate::s3::percent::decode_lossy;
use crate::s3::text::visible;

/// A key that a link may have been signed with.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// What people call it: `profile support`, `store b2`.
    pub name: String,
    /// The key.
    pub credentials: SigningCredentials,
    /// Where its store answers, if that is known.
    pub address: Option<Address>,
}

/// Everything that is known of a link before it is judged.
struct Case<'a> {
    url: Url,
    claims: Claims,
    place: Place,
    proven: Proven,
    /// The known keys with the id that signed.
    keys: Vec<&'a KnownKey>,
    /// When it ends, where its words make sense.
    ends_at: Option<Timestamp>,
    repairs: Vec<Repair>,
    told: Option<ServerError>,
    now: Timestamp,
}

/// Finds the link in `text`, which may be a URL or the whole mail of a customer, and says what is to be thought of it.
pub fn inspect(text: &str, known: &[KnownKey], now: Timestamp) -> Report {
    let told = ServerError::find(text);
    let Some(Found { url, with_pluses, repairs }) = mail::find(text) else {
        let verdict = judge::without_link(told.as_ref(), now);
        return Report {
            alone: verdict.clone(),
            offline: verdict.clone(),
            verdict,
            findings: Vec::new(),
            repairs: Vec::new(),
            link: None,
            told,
            live: None,
            repaired_url: None,
        };
    };
    let claims = signature::claims(&url);
    let addresses: Vec<&Address> = known.iter().filter_map(|key| key.address.as_ref()).collect();
    let is_its = |key: &&KnownKey| claims.key_id.as_ref() == Some(&key.credentials.access_key_id);
    let keys: Vec<&KnownKey> = known.iter().filter(is_its).collect();
    let can_be_proven = claims.version == SignatureVersion::V4 && claims.missing.is_empty();
    let read = |url: &Url| {
        let place = place::place(url, &addresses);
        let proven = match can_be_proven {
            true => proof::prove(&Claimed { url, claims: &claims, place: &place, keys: &keys, told: told.as_ref() }),
            false => Proven { proof: Proof::NotChecked, method: None, headers: Vec::new(), canonical: None },
        };
        (place, proven)
    };
    let is_right = |proven: &Proven| matches!(proven.proof, Proof::Right { .. });
    let (mut url, mut repairs, (mut place, mut proven)) = (url.clone(), repairs, read(&url));
    // Only the signature tells a `+` that was a space from one that was a plus sign.
    if let Some(other) = with_pluses.filter(|_| !is_right(&proven)) {
        let (other_place, other_proven) = read(&other);
        if is_right(&other_proven) {
            (url, place, proven) = (other, other_place, other_proven);
            repairs.retain(|repair| *repair != Repair::PlusForSpace);
            repairs.push(Repair::BarePlus);
            repairs.sort();
        }
    }
    let ends_at = ends_at(&claims, &keys);
    let case = Case { url, claims, place, proven, keys, ends_at, repairs, told, now };
    let alone = judge::judge(&case);
    let facts = facts(&case);
    let verdict = judge::heard(&case, &alone, &facts);
    let mut findings = risk::findings(&case, &verdict);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let repaired_url = Some(SignedUrl::new(case.url.text()));
    Report {
        alone,
        offline: verdict.clone(),
        verdict,
        findings,
        repairs: case.repairs,
        link: Some(facts),
        told: case.told,
        live: None,
        repaired_url,
    }
}

/// The end by the link's own words, or that of the temporary credentials that signed it, where it is known and earlier.
fn ends_at(claims: &Claims, keys: &[&KnownKey]) -> Option<Timestamp> {
    let expires = *claims.expires.as_ref()?.as_ref().ok()?;
    let own = match claims.version {
        SignatureVersion::V4 | SignatureVersion::V4a | SignatureVersion::Goog4 => {
            let signed_at = *claims.signed_at.as_ref()?.as_ref().ok()?;
            signed_at.checked_add(SignedDuration::from_secs(expires)).ok()?
        }
        SignatureVersion::V2 | SignatureVersion::CloudFront => Timestamp::from_second(expires).ok()?,
        SignatureVersion::None => return None,
    };
    let with_keys = keys.iter().filter(|_| claims.has_token).filter_map(|key| key.credentials.expires).min();
    Some(with_keys.map_or(own, |end| end.min(own)))
}

fn facts(case: &Case<'_>) -> LinkFacts {
    let Case { url, claims, place, proven, keys, ends_at, .. } = case;
    // A link that lost its `?` or `&` has its signature where its key or another parameter should be.
    let public = |text: &str| told::without_links(text);
    let value = |name: &str| url.value(name).map(|text| public(&text));
    let names = |key: &&KnownKey| key.name.clone();
    let signer = claims.key_id.as_ref().map(|id| Signer {
        access_key_id: abbreviated(&visible(id)),
        known_as: keys.iter().map(names).collect(),
        kind: KeyKind::of(id, place.provider),
        has_session_token: claims.has_token,
    });
    let overrides = url.query.iter().filter(|(name, _)| name.to_ascii_lowercase().starts_with("response-"));
    let has_lifetime = claims.version != SignatureVersion::V2 && claims.version != SignatureVersion::CloudFront;
    LinkFacts {
        signature_version: claims.version,
        proof: proven.proof.clone(),
        signer,
        method: method(case),
        scheme: url.endpoint.scheme.as_str().to_owned(),
        host: url.endpoint.authority.clone(),
        provider: place.provider.map(|provider| provider.name.clone()),
        style: place.style,
        signed_region: claims.credential.as_ref().map(|of| public(&of.scope.region)).filter(|name| !name.is_empty()),
        host_region: place.region.clone(),
        bucket: public(&place.bucket),
        key: public(&place.key),
        version_id: value("versionId"),
        overrides: overrides
            .map(|(name, value)| (public(name), public(&decode_lossy(value.as_deref().unwrap_or_default()))))
            .collect(),
        upload_id: value("uploadId"),
        part_number: value("partNumber"),
        signed_at: claims.signed_at.as_ref().and_then(|time| time.as_ref().ok()).copied(),
        expires_in: claims.expires.as_ref().and_then(|time| time.as_ref().ok()).copied().filter(|_| has_lifetime),
        ends_at: *ends_at,
        headers_to_send: proven.headers.clone(),
    }
}

/// Headers that only an upload has.
const OF_UPLOADS: [&str; 5] = ["content-type", "content-length", "content-md5", "if-none-match", "x-amz-acl"];

/// The method that was proven, or that follows from what the link binds.
fn method(case: &Case<'_>) -> MethodFact {
    let Case { url, claims, proven, .. } = case;
    let binds_upload = |name: &String| OF_UPLOADS.contains(&name.as_str()) || name.starts_with("x-amz-checksum-");
    let has = |name: &str| url.raw(name).is_some();
    if let Some(method) = proven.method {
        MethodFact::Proven(method)
    } else if has("partNumber") || claims.signed_headers.iter().any(binds_upload) {
        MethodFact::Likely(Method::Put)
    } else if has("uploads") || has("uploadId") {
        MethodFact::Likely(Method::Post)
    } else if url.query.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("response-")) {
        MethodFact::Likely(Method::Get)
    } else {
        let said = url.value("x-id").and_then(|operation| match operation.as_str() {
            "GetObject" => Some(Method::Get),
            "HeadObject" => Some(Method::Head),
            "PutObject" | "UploadPart" => Some(Method::Put),
            "DeleteObject" => Some(Method::Delete),
            _ => None,
        });
        said.map_or(MethodFact::Unknown, MethodFact::Likely)
    }
}

//! The verdict on a link, in the order in which Amazon judges a request, so that its first fault is the one that is told.

use jiff::{SignedDuration, Timestamp};

use super::Case;
use super::mail::Repair;
use super::proof::Proof;
use super::refusal::Refusal;
use super::report::LinkFacts;
use super::signature::SignatureVersion;
use super::signer::KeyKind;
use super::told::ServerError;
use super::verdict::{Certainty, Flaw, Verdict, seconds_between};
use crate::presign::expiry::Expiry;
use crate::s3::address::Scheme;
use crate::s3::catalogue::{Check, Row};

/// How far ahead of a store's clock a link may be dated. Served at 5 minutes, refused at an hour; 15 are what Amazon allows
/// elsewhere.
pub(super) const AHEAD: SignedDuration = SignedDuration::from_mins(15);

/// Providers whose stores know Signature Version 4 alone.
const ONLY_V4: [&str; 3] = ["b2", "r2", "garage"];

/// Providers whose stores answer HTTPS alone.
const ONLY_HTTPS: [&str; 2] = ["b2", "r2"];

/// Providers whose stores refuse a signature for another region than the one in their host.
const STRICT_REGION: [&str; 2] = ["aws", "b2"];

/// Providers whose stores take any lifetime.
const UNLIMITED: [&str; 1] = ["ibm"];

/// What is to be thought of a link.
pub(super) fn judge(case: &Case<'_>) -> Verdict {
    let claims = &case.claims;
    match claims.version {
        SignatureVersion::None => return Verdict::NotSigned,
        SignatureVersion::CloudFront => return timed(case).unwrap_or(Verdict::Unsupported { version: claims.version }),
        SignatureVersion::V4 | SignatureVersion::V4a | SignatureVersion::V2 | SignatureVersion::Goog4 => {}
    }
    // The name of the algorithm may be what was cut.
    if !claims.missing.is_empty() {
        return Verdict::CutOff { missing: claims.missing.clone() };
    }
    if !claims.is_known(&case.url) {
        return dead(Flaw::Algorithm);
    }
    if let Some(flaw) = flaw_in_words(case) {
        return dead(flaw);
    }
    if let Some(verdict) = timed(case) {
        return verdict;
    }
    if let Some(flaw) = flaw_in_scope(case) {
        return dead(flaw);
    }
    if let Proof::Wrong { because } = &case.proven.proof {
        return Verdict::WrongSignature { because: because.clone() };
    }
    if claims.is_malformed() {
        return dead(Flaw::SignatureMalformed);
    }
    match case.ends_at {
        Some(until) => good(case, until),
        // Version 2 with a time that is none.
        None => dead(Flaw::Date),
    }
}

fn good(case: &Case<'_>, until: Timestamp) -> Verdict {
    let certainty = match case.proven.proof {
        Proof::Right { .. } => Certainty::Proven,
        Proof::Wrong { .. } | Proof::NoKey | Proof::HeadersUnknown { .. } | Proof::NotChecked => Certainty::Unproven,
    };
    let seconds_left = seconds_between(case.now, until);
    if case.repairs.iter().any(|repair: &Repair| repair.is_damage()) {
        return Verdict::Damaged { until, seconds_left, certainty };
    }
    Verdict::Works { until, seconds_left, certainty }
}

/// The verdict on a link of which `alone` is to be thought, once the refusal that was pasted along is heard. What is bad stays
/// so for the reason that was found.
pub(super) fn heard(case: &Case<'_>, alone: &Verdict, link: &LinkFacts) -> Verdict {
    let is_its_end = |end: &str| end.parse::<Timestamp>().is_ok_and(|end| Some(end) == case.ends_at);
    let is_about_it =
        |told: &&ServerError| told.is_about(&case.claims.signature) && told.expires.as_deref().is_none_or(is_its_end);
    let told = case.told.as_ref().filter(is_about_it);
    let Some(told) = told.filter(|_| alone.is_good()) else { return alone.clone() };
    let row = told.explain(provider_id(case));
    let check = row.and_then(|row| row.check);
    if let Verdict::Works { until, seconds_left, certainty } = *alone
        && told.is_of_a_misfit(&case.claims.signature)
        && (certainty == Certainty::Proven || !case.proven.headers.is_empty() || check == Some(Check::Headers))
    {
        let headers = case.proven.headers.clone();
        return Verdict::UsedWrongly { until, seconds_left, certainty, method: link.method, headers };
    }
    // Damage explains every refusal but those to which only a whole link leads.
    let is_of_a_whole_link = matches!(check, Some(Check::AccessKey | Check::Session | Check::Object));
    let is_explained = matches!(alone, Verdict::Damaged { .. }) && !is_of_a_whole_link;
    let Some(code) = told.code.as_deref().filter(|_| !is_explained) else { return alone.clone() };
    if row.is_some_and(is_of_trouble) {
        return alone.clone();
    }
    let refusal =
        Refusal { check, code, status: None, cause: row.map_or("", |row| &row.cause), region: told.region.as_deref() };
    refusal.verdict(Some(link))
}

fn provider_id<'a>(case: &'a Case<'_>) -> &'a str {
    case.place.provider.map_or("", |provider| &provider.id)
}

/// Whether an error says that the store was busy or has trouble of its own, or comes from no store: no fault of the link.
fn is_of_trouble(row: &Row) -> bool {
    matches!(row.status, None | Some(429 | 500..=599))
}

fn dead(flaw: Flaw) -> Verdict {
    Verdict::DeadOnArrival { flaw }
}

/// What makes no sense whatever the time is.
fn flaw_in_words(case: &Case<'_>) -> Option<Flaw> {
    let claims = &case.claims;
    if claims.version == SignatureVersion::V2 {
        return None;
    }
    if !matches!(claims.signed_at, Some(Ok(_))) {
        return Some(Flaw::Date);
    }
    let longest = match case.place.provider {
        Some(provider) if UNLIMITED.contains(&provider.id.as_str()) => u32::MAX,
        Some(provider) => provider.max_expiry,
        None => Expiry::SEVEN_DAYS.seconds(),
    };
    match claims.expires {
        Some(Ok(seconds)) if (1..=i64::from(longest)).contains(&seconds) => None,
        _ => Some(Flaw::Lifetime { longest }),
    }
}

/// Too early or too late.
fn timed(case: &Case<'_>) -> Option<Verdict> {
    let now = case.now;
    if let Some(Ok(from)) = case.claims.signed_at
        && seconds_between(now, from) > AHEAD.as_secs()
    {
        return Some(Verdict::NotYetValid { from, seconds: seconds_between(now, from) });
    }
    let ended = case.ends_at.filter(|end| *end <= now)?;
    Some(Verdict::Expired { ended, seconds_ago: seconds_between(ended, now) })
}

/// What its store would not accept from this key, region, scheme or host.
fn flaw_in_scope(case: &Case<'_>) -> Option<Flaw> {
    let Case { claims, place, url, .. } = case;
    let is_one_of = |ids: &[&str]| place.provider.filter(|provider| ids.contains(&provider.id.as_str()));
    if claims.version == SignatureVersion::V2
        && let Some(provider) = is_one_of(&ONLY_V4)
    {
        return Some(Flaw::TooOld { provider: provider.name.clone() });
    }
    if url.endpoint.scheme == Scheme::Http
        && let Some(provider) = is_one_of(&ONLY_HTTPS)
    {
        return Some(Flaw::PlainHttp { provider: provider.name.clone() });
    }
    if claims.version == SignatureVersion::V4
        && let Some(credential) = &claims.credential
    {
        let scope = &credential.scope;
        let signed_day = url.value("X-Amz-Date").unwrap_or_default();
        if !signed_day.starts_with(&scope.day) || scope.day.len() != 8 {
            return Some(Flaw::ScopeDay);
        }
        // Outposts and object lambdas have names of their own: `s3-outposts`.
        if !scope.service.starts_with("s3") && is_one_of(&STRICT_REGION).is_some() {
            return Some(Flaw::ScopeService);
        }
        if let Some(host) = place.region.as_ref().filter(|host| **host != scope.region)
            && is_one_of(&STRICT_REGION).is_some()
        {
            return Some(Flaw::Region { signed: scope.region.clone(), host: host.clone() });
        }
        if !claims.signed_headers.iter().any(|name| name == "host") {
            return Some(Flaw::HostNotSigned);
        }
    }
    let kind = claims.key_id.as_deref().map(|id| KeyKind::of(id, place.provider));
    if kind == Some(KeyKind::AmazonTemporary) && !claims.has_token && claims.version == SignatureVersion::V4 {
        return Some(Flaw::TokenMissing);
    }
    (kind == Some(KeyKind::BackblazeMaster)).then_some(Flaw::MasterKey)
}

/// The verdict where at most a server's refusal was pasted: it may say that the link's time is over, or explain itself.
pub(super) fn without_link(told: Option<&ServerError>, now: Timestamp) -> Verdict {
    let Some(told) = told else { return Verdict::NoLink };
    let ended = told.expires.as_ref().and_then(|end| end.parse::<Timestamp>().ok());
    if let Some(ended) = ended.filter(|ended| *ended <= now) {
        return Verdict::Expired { ended, seconds_ago: seconds_between(ended, now) };
    }
    match told.explain("") {
        Some(row) => Verdict::OnlyError {
            check: row.check,
            code: row.code.clone(),
            cause: row.cause.clone(),
            fix: row.fix.clone(),
        },
        None => Verdict::NoLink,
    }
}

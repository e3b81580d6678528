//! What is worth knowing about a link besides the verdict: what may go wrong, and what it gives away.

use super::judge::AHEAD;
use super::mail::Repair;
use super::place::{Place, Style};
use super::proof::{self, Proof};
use super::report::{Finding, MethodFact};
use super::signature::SignatureVersion;
use super::signer;
use super::verdict::{Verdict, seconds_between, span};
use super::{Case, method};
use crate::presign::request::Method;
use crate::s3::address::Scheme;
use crate::s3::name::Key;
use crate::s3::text::visible;

/// The age from which a link's remaining life is worth a word, in seconds.
const LONG: i64 = 86_400;

/// Everything worth knowing, in no order.
pub(super) fn findings(case: &Case<'_>, verdict: &Verdict) -> Vec<Finding> {
    let mut findings = Vec::new();
    compared_with_server(case, &mut findings);
    if case.claims.version == SignatureVersion::None {
        return findings;
    }
    of_address(case, &mut findings);
    of_signature(case, &mut findings);
    of_time(case, verdict, &mut findings);
    of_upload(case, &mut findings);
    of_key(&case.place, &mut findings);
    of_answer(case, &mut findings);
    findings
}

/// What the pasted refusal says about this link.
fn compared_with_server(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let Some(told) = &case.told else { return };
    let other = told.signature_provided.as_ref().filter(|given| given.text() != case.claims.signature);
    if other.is_some() && !case.claims.signature.is_empty() {
        findings
            .push(Finding::caution("the pasted error is about another link: the server was given another signature"));
        return;
    }
    if let (Some(ours), Some(theirs)) = (&case.proven.canonical, &told.canonical_request) {
        // A method that was not proven is no evidence.
        let ours = match (case.proven.method, ours.split_once('\n'), theirs.text().trim().split_once('\n')) {
            (None, Some((_, rest)), Some((method, _))) => format!("{method}\n{rest}"),
            _ => ours.clone(),
        };
        findings.push(match proof::first_difference(&ours, theirs.text()) {
            Some(difference) => {
                Finding::fault(format!("what the server was sent differs from what was signed in {difference}"))
            }
            None => Finding::info(
                "the server saw the link as it is here, so the method, the secret key or the link itself is not what was signed",
            ),
        });
    } else if let (Some(theirs), Some(credential)) = (&told.string_to_sign, &case.claims.credential) {
        let (date, scope) = (case.url.value("X-Amz-Date").unwrap_or_default(), credential.scope.to_string());
        let mut lines = theirs.lines().map(str::trim).skip(1);
        let (their_date, their_scope) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        if their_date != date || their_scope != scope {
            findings.push(Finding::fault("the server signed for another time, day or region than the link names"));
        }
    }
    if let Some(headers) = &told.headers_not_signed {
        let text = format!("headers were sent that the link does not sign: {}; leave them out", visible(headers));
        findings.push(Finding::fault(text));
    }
}

fn of_address(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let Case { url, place, claims, .. } = case;
    if url.endpoint.scheme == Scheme::Http && !url.endpoint.is_loopback() {
        findings.push(Finding::caution("it begins with http://, so everyone on the way can read it and use it"));
    }
    if place.cdn {
        findings.push(Finding::caution(
            "its host is a content delivery network, which must pass the request on under the host that was signed",
        ));
    }
    if place.bucket.is_empty() {
        findings.push(Finding::caution("it names no bucket, so it is for the list of buckets at most"));
    } else if place.style == Style::PathPresumed {
        findings.push(Finding::info("its host is not known here, so the path was taken to begin with the bucket"));
    }
    let signed = claims.credential.as_ref().map(|credential| credential.scope.region.as_str()).unwrap_or_default();
    if let Some(host) = place.region.as_deref().filter(|host| !signed.is_empty() && *host != signed) {
        let text = format!("it is signed for the region {}, and its host is in {}", visible(signed), visible(host));
        findings.push(Finding::caution(text));
    }
}

fn of_signature(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let Case { claims, place, keys, proven, .. } = case;
    let elsewhere = |id| signer::wrong_cluster(id, place.provider, place.region.as_deref());
    if let Some((of_key, of_host)) = claims.key_id.as_deref().and_then(elsewhere) {
        findings.push(Finding::caution(format!(
            "the key seems to belong to Backblaze's cluster {}, and the host is in {}: if so, the store does not know it",
            visible(&of_key),
            visible(&of_host)
        )));
    }
    if let Proof::Right { key } = &proven.proof {
        for other in keys.iter().filter(|other| other.name != *key) {
            findings.push(Finding::info(format!("{} has the same key id", visible(&other.name))));
        }
    }
    if let Proof::HeadersUnknown { headers } = &proven.proof {
        findings.push(Finding::caution(format!(
            "its signature could not be proven, as it covers a value that is not in the link ({}): had the link been changed, \
             it would look the same",
            visible(&headers.join(", "))
        )));
    }
    match claims.version {
        SignatureVersion::V2 => findings.push(Finding::caution(
            "it is signed with Signature Version 2, which only old regions of Amazon and some programs still take",
        )),
        SignatureVersion::V4a => {
            findings.push(Finding::info("it is good only at multi-region access points of Amazon"))
        }
        SignatureVersion::V4 | SignatureVersion::Goog4 | SignatureVersion::CloudFront | SignatureVersion::None => {}
    }
    if case.repairs.contains(&Repair::PlusForSpace) && !matches!(proven.proof, Proof::Right { .. }) {
        findings.push(Finding::info("its `+` were read as spaces; they may have been plus signs"));
    }
}

fn of_time(case: &Case<'_>, verdict: &Verdict, findings: &mut Vec<Finding>) {
    if let Some(Ok(from)) = case.claims.signed_at {
        let ahead = seconds_between(case.now, from);
        if ahead > 60 && ahead <= AHEAD.as_secs() {
            let text = format!("it is dated {} ahead: a clock is wrong, here or where it was made", span(ahead));
            findings.push(Finding::caution(text));
        }
    }
    if let Verdict::Works { seconds_left, .. } | Verdict::Damaged { seconds_left, .. } = verdict
        && *seconds_left > LONG
    {
        let text =
            format!("whoever has it can use it for {} more, and a single link cannot be revoked", span(*seconds_left));
        findings.push(Finding::caution(text));
    }
    if case.claims.has_token {
        findings.push(Finding::info(
            "temporary credentials signed it, so it ends with their session, which may be before its own time",
        ));
    }
}

/// An upload that binds nothing takes anything.
fn of_upload(case: &Case<'_>, findings: &mut Vec<Finding>) {
    if !matches!(method(case), MethodFact::Proven(Method::Put) | MethodFact::Likely(Method::Put)) {
        return;
    }
    let signed = &case.claims.signed_headers;
    let binds = |names: &[&str]| signed.iter().any(|signed| names.contains(&signed.as_str()));
    for (names, text) in [
        (&["content-type"], "it takes an upload of any content type"),
        (&["content-length"], "it takes an upload of any size"),
        (&["if-none-match"], "it overwrites what is there"),
    ] {
        if !binds(names) {
            findings.push(Finding::caution(text));
        }
    }
}

fn of_key(place: &Place, findings: &mut Vec<Finding>) {
    if Key::parse(&place.key).is_ok_and(|key| key.is_lost_in_browsers()) {
        findings.push(Finding::caution(
            "its key has a `.` or `..` between slashes, which browsers remove: it works only with tools that do not, \
             such as curl --path-as-is",
        ));
    }
    if place.key.contains(char::REPLACEMENT_CHARACTER) {
        findings.push(Finding::caution("its key is not UTF-8, or holds U+FFFD"));
    }
}

fn of_answer(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let content_type = case.url.value("response-content-type").unwrap_or_default().to_ascii_lowercase();
    if ["text/html", "image/svg", "application/xhtml"].into_iter().any(|active| content_type.starts_with(active)) {
        findings.push(Finding::caution(
            "it makes the store answer with a type that browsers run scripts of, in the name of the store's host",
        ));
    }
    let acl = case.url.value("x-amz-acl").unwrap_or_default();
    if acl.starts_with("public") {
        findings.push(Finding::caution(format!("what is uploaded with it becomes public ({})", visible(&acl))));
    }
}

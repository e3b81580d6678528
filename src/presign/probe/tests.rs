//! What the answers of stores, and of what stands in for them, prove of a link.

use proptest::prelude::*;

use super::canonical::Canonical;
use super::reading::MAX_SHOWN;
use super::*;
use crate::presign::sigv4;
use crate::s3::failure::FailureKind;
use crate::s3::provider;

const SIGNATURE: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const TOKEN: &str = "FwoGZXIvYXdzEDk+/secret==";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// In the middle of the life of [`target`].
fn now() -> Timestamp {
    at("2026-11-15T12:05:00Z")
}

fn target(provider: &str, method: Method) -> Target {
    let url = format!(
        "https://s3.example.com/bucket/a%20b?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261115%2F\
         us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261115T120000Z&X-Amz-Expires=900&X-Amz-Security-Token=\
         FwoGZXIvYXdzEDk%2B%2Fsecret%3D%3D&X-Amz-SignedHeaders=host&X-Amz-Signature={SIGNATURE}"
    );
    Target {
        url: SignedUrl::new(url),
        method: Some(method),
        headers: Vec::new(),
        provider: provider::by_id(provider).unwrap(),
        signed_at: Some(at("2026-11-15T12:00:00Z")),
        ends_at: Some(at("2026-11-15T12:15:00Z")),
        twin: None,
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> ProbeAnswer {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    ProbeAnswer { status, headers: headers.iter().map(owned).collect(), body: body.as_bytes().to_vec() }
}

fn error(status: u16, code: &str, message: &str) -> ProbeAnswer {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>");
    answer(status, &[], &body)
}

/// The finding on a link whose store gives these answers, and that everything was asked that is answered.
fn found(target: &Target, answers: &[ProbeAnswer]) -> Finding {
    for heard in 0..answers.len() {
        assert!(next(target, &answers[..heard]).is_some(), "answer {heard} would not have been asked for");
    }
    assert_eq!(next(target, answers), None, "more would have been asked");
    let finding = read(target, answers, now());
    assert_eq!(finding.asked.len(), answers.len());
    let shown = format!("{finding:?} {}", serde_json::to_string(&finding).unwrap());
    for secret in [SIGNATURE, TOKEN, "FwoGZXIvYXdzEDk%2B%2Fsecret%3D%3D", "s3.example.com", "AKID%2F"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    finding
}

#[test]
fn only_get_and_head_are_ever_asked() {
    for method in [None, Some(Method::Get), Some(Method::Head), Some(Method::Put), Some(Method::Delete)] {
        let mut target = Target { method, ..target("aws", Method::Get) };
        target.twin = Some(target.url.clone());
        let mut heard = Vec::new();
        while let Some((_, request)) = next(&target, &heard) {
            assert!(matches!(request.method, "GET" | "HEAD"), "{request:?}");
            let reads_little =
                request.method == "HEAD" || request.headers.contains(&("Range".into(), "bytes=0-0".into()));
            assert!(reads_little, "{request:?}");
            heard.push(error(403, "SignatureDoesNotMatch", ""));
            assert!(heard.len() <= 2);
        }
    }
}

#[test]
fn what_the_link_signs_is_sent_and_what_frames_a_body_is_not() {
    let mut target = target("aws", Method::Put);
    for (name, value) in [("Content-Type", "a/b"), ("Content-Length", "5"), ("x-amz-meta-a", "1"), ("Host", "x")] {
        target.headers.push((name.into(), value.into()));
    }
    let (_, request) = next(&target, &[]).unwrap();
    let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Content-Type", "x-amz-meta-a", "Range"]);
}

#[test]
fn a_link_works_when_the_object_comes() {
    let get = target("aws", Method::Get);
    let etag = ("etag", "\"e\"");
    for (heard, size) in [
        (answer(206, &[etag, ("content-range", "bytes 0-0/1234")], "x"), Some(1234)),
        (answer(206, &[etag, ("content-range", "bytes 0-0/*")], "x"), None),
        (answer(200, &[etag, ("content-length", "7")], "1234567"), Some(7)),
        (answer(200, &[etag, ("content-range", "bytes 0-0/9"), ("content-length", "1")], "x"), Some(9)),
        (answer(416, &[("x-amz-request-id", "1"), ("content-range", "bytes */0")], ""), Some(0)),
        (error(416, "InvalidRange", ""), Some(0)),
        // Without an ETag, as some gateways have it, but with what only stores send.
        (answer(200, &[("x-amz-request-id", "1"), ("content-length", "3")], "abc"), Some(3)),
        (answer(206, &[("x-goog-hash", "1"), ("content-range", "bytes 0-0/2")], "a"), Some(2)),
        // A web page is an object like any other, if a store sends it.
        (answer(206, &[etag, ("content-type", "text/html"), ("content-range", "bytes 0-0/5")], "<"), Some(5)),
        // An object that is an error document of its own.
        (answer(200, &[etag, ("content-length", "40")], "<Error><Code>NoSuchKey</Code></Error>"), Some(40)),
    ] {
        let finding = found(&get, std::slice::from_ref(&heard));
        assert_eq!(finding.outcome, Outcome::Works { size }, "{heard:?}");
        assert_eq!((finding.proven.len(), &*finding.cause, &*finding.code), (Check::ALL.len(), "", ""));
    }
}

#[test]
fn what_only_looks_like_success_is_none() {
    let get = target("aws", Method::Get);
    for page in [
        answer(200, &[("content-type", "text/html")], "<!DOCTYPE html><html>Sign in</html>"),
        answer(200, &[("content-type", "text/html"), ("etag", "\"1\"")], "<html>Sign in</html>"),
        answer(200, &[], "ok"),
        answer(204, &[("server", "portal")], ""),
        answer(403, &[], "  <HTML><body>Blocked by policy</body></HTML>"),
        answer(302, &[("location", "https://user:pw@login.example.net/?from=https://s3.example.com/x")], ""),
    ] {
        let finding = found(&get, std::slice::from_ref(&page));
        assert_eq!(finding.outcome, Outcome::NotTheStore, "{page:?}");
        assert!(finding.proven.is_empty() && !finding.fix.is_empty());
        assert!(
            page.status != 302 || finding.evidence == ["It sends its callers on to login.example.net."],
            "{finding:?}"
        );
    }
    let finding = found(&get, &[error(200, "AccessDenied", "Request has expired")]);
    assert_eq!((finding.outcome, finding.failed), (Outcome::Refused, Some(Check::Alive)));
}

#[test]
fn a_store_without_time_says_nothing_of_the_link() {
    for busy in [
        error(503, "SlowDown", "Please reduce your request rate."),
        answer(502, &[], "<html>Bad gateway</html>"),
        answer(500, &[], ""),
    ] {
        for method in [Method::Get, Method::Put] {
            let finding = found(&target("aws", method), std::slice::from_ref(&busy));
            assert_eq!(finding.outcome, Outcome::Unreachable, "{busy:?}");
            assert!(!finding.fix.is_empty(), "{finding:?}");
        }
    }
}

/// Answers as they were recorded or are documented, and the check that each names.
fn dialects() -> Vec<(&'static str, ProbeAnswer, Option<Check>)> {
    use Check::{
        AccessKey, Alive, Begun, Headers, Lifetime, Object, Parameters, Permission, Scope, Session, Signature,
    };
    let amz = "AuthorizationQueryParametersError";
    vec![
        ("aws", error(403, "AccessDenied", "Request has expired"), Some(Alive)),
        ("aws", error(403, "AccessDenied", "Request is not yet valid"), Some(Begun)),
        ("aws", error(403, "AccessDenied", "Access Denied"), Some(Permission)),
        (
            "aws",
            error(403, "AccessDenied", "There were headers present in the request which were not signed"),
            Some(Headers),
        ),
        (
            "aws",
            error(400, amz, "Query-string authentication version 4 requires the X-Amz-Algorithm, …"),
            Some(Parameters),
        ),
        ("aws", error(400, amz, "X-Amz-Expires must be less than a week (in seconds)"), Some(Lifetime)),
        (
            "aws",
            error(400, amz, "Error parsing the X-Amz-Credential parameter; the region 'a' is wrong; expecting 'b'"),
            Some(Scope),
        ),
        ("aws", error(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist"), Some(AccessKey)),
        ("aws", error(400, "ExpiredToken", "The provided token has expired."), Some(Session)),
        ("aws", error(404, "NoSuchKey", "The specified key does not exist."), Some(Object)),
        ("b2", error(401, "UnauthorizedAccess", "Request has expired given timestamp 20261115T120000Z"), Some(Alive)),
        ("b2", error(403, "SignatureDoesNotMatch", "Signature validation failed"), Some(Signature)),
        ("b2", error(403, "InvalidAccessKeyId", "The key '004' is not valid"), Some(AccessKey)),
        ("b2", error(401, "UnauthorizedAccess", "bucket is not authorized: b"), None),
        ("r2", error(403, "ExpiredRequest", ""), Some(Alive)),
        ("r2", error(401, "Unauthorized", ""), None),
        ("ceph", error(403, "SignatureDoesNotMatch", ""), Some(Signature)),
        ("ceph", error(403, "InvalidAccessKeyId", ""), Some(AccessKey)),
        // Ceph's word for everything else, an expired link included.
        ("ceph", error(403, "AccessDenied", ""), None),
        (
            "custom",
            error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match"),
            Some(Signature),
        ),
        (
            "custom",
            error(
                400,
                "AuthorizationHeaderMalformed",
                "The authorization header is malformed; the region 'a' is wrong",
            ),
            Some(Scope),
        ),
        ("garage", error(400, "InvalidRequest", "Bad request: Date is too old"), Some(Alive)),
        ("garage", error(403, "AccessDenied", "Forbidden: Invalid signature"), Some(Signature)),
        ("garage", error(403, "AccessDenied", "Forbidden: No such key: GK31c2"), Some(AccessKey)),
        (
            "garage",
            error(400, "AuthorizationHeaderMalformed", "Authorization header malformed, unexpected scope: x"),
            Some(Scope),
        ),
        ("custom", error(400, "AccessDenied", "The difference between the request time and the server's time"), None),
        ("custom", answer(400, &[("x-trans-id", "tx1")], "<html><h1>Bad Request</h1></html>"), None),
        ("custom", answer(403, &[], ""), None),
        (
            "custom",
            answer(403, &[], "<Error><Code>AccessDenied</Code><Message>Request has expired</Message><Req"),
            Some(Alive),
        ),
        ("custom", answer(403, &[], "<Error><Code>InvalidAccessKeyId</Co"), None),
    ]
}

#[test]
fn each_store_is_understood_in_its_own_words() {
    for (provider, heard, check) in dialects() {
        let finding = found(&target(provider, Method::Get), std::slice::from_ref(&heard));
        assert_eq!((finding.outcome, finding.failed), (Outcome::Refused, check), "{provider}: {finding:?}");
        assert!(finding.proven.iter().all(|proven| Some(*proven) < check), "{finding:?}");
        assert_eq!(provider == "aws" || check > Some(Check::Session), !finding.proven.is_empty(), "{finding:?}");
    }
}

#[test]
fn an_earlier_fault_of_an_upload_link_is_the_real_one() {
    for (provider, heard, check) in dialects() {
        for method in [Method::Put, Method::Delete] {
            let finding = found(&target(provider, method), std::slice::from_ref(&heard));
            let expected = match check {
                Some(Check::Signature) => Outcome::WorksAsFarAsCanBeSeen,
                None if finding.code.is_empty() => Outcome::WorksAsFarAsCanBeSeen,
                _ => Outcome::Refused,
            };
            assert_eq!(finding.outcome, expected, "{provider} {method}: {finding:?}");
        }
    }
}

#[test]
fn what_a_store_does_not_say_follows_from_its_clock() {
    let date = |text| ("date", text);
    let refused = |provider, ends_at: &str, heard: ProbeAnswer| {
        let target = Target { ends_at: Some(at(ends_at)), ..target(provider, Method::Put) };
        found(&target, &[heard])
    };
    let body = "<Error><Code>AccessDenied</Code></Error>";
    let late = refused("ceph", "2026-11-15T12:04:59Z", answer(403, &[], body));
    assert_eq!((late.outcome, late.failed), (Outcome::Refused, Some(Check::Alive)), "by this machine's clock");
    let early = answer(403, &[date("Sun, 15 Nov 2026 12:04:00 GMT")], body);
    assert_eq!(refused("ceph", "2026-11-15T12:04:59Z", early).failed, None, "the store's clock counts, not ours");
    // Stores that look at the signature first hide that the link is over.
    let first = error(403, "SignatureDoesNotMatch", "");
    assert_eq!(refused("custom", "2026-11-15T12:04:59Z", first.clone()).failed, Some(Check::Alive));
    let ahead = Target { signed_at: Some(at("2026-11-15T12:30:00Z")), ends_at: None, ..target("ceph", Method::Get) };
    assert_eq!(found(&ahead, &[answer(403, &[], body)]).failed, Some(Check::Begun));
    assert_eq!(found(&ahead, &[first]).failed, Some(Check::Signature), "some stores serve links that are dated ahead");
    let long = refused("ceph", "2026-11-30T12:00:00Z", answer(403, &[], body));
    assert_eq!(long.failed, Some(Check::Lifetime));
}

#[test]
fn a_clock_that_is_off_is_told_from_a_minute_on() {
    let skew = |headers: &[(&str, &str)]| {
        let mut all = vec![("etag", "\"e\"")];
        all.extend_from_slice(headers);
        found(&target("aws", Method::Get), &[answer(206, &all, "x")]).skew_seconds
    };
    assert_eq!(skew(&[("date", "Sun, 15 Nov 2026 12:04:00 GMT")]), None);
    assert_eq!(skew(&[("date", "Sun, 15 Nov 2026 12:03:00 GMT")]), Some(120));
    assert_eq!(skew(&[("date", "Sun, 15 Nov 2026 13:05:00 GMT")]), Some(-3600));
    assert_eq!(skew(&[("date", "Sun, 15 Nov 2026 11:05:00 GMT"), ("age", "3600")]), None, "a cache kept it");
    assert_eq!(skew(&[("date", "yesterday")]), None);
}

#[test]
fn details_of_a_refusal_are_told() {
    let evidence = |status, headers: &[(&str, &str)], elements: &str| {
        let body = format!("<Error>{elements}</Error>");
        found(&target("aws", Method::Get), &[answer(status, headers, &body)]).evidence.join(" ")
    };
    let expired = "<Code>AccessDenied</Code><Message>Request has expired</Message><X-Amz-Expires>900</X-Amz-Expires>\
        <Expires>2026-11-15T12:15:00Z</Expires><ServerTime>2026-11-15T12:20:01Z</ServerTime>";
    assert_eq!(
        evidence(403, &[], expired),
        "It ended at 2026-11-15 12:15:00 UTC; the store's clock says 2026-11-15 12:20:01 UTC."
    );
    let unsigned = "<Code>AccessDenied</Code><Message>There were headers present in the request which were not signed\
        </Message><HeadersNotSigned>x-amz-meta-a</HeadersNotSigned>";
    assert_eq!(evidence(403, &[], unsigned), "Sent without being signed: x-amz-meta-a.");
    let moved = "<Code>PermanentRedirect</Code><Endpoint>b.s3-eu-west-1.amazonaws.com\u{1b}[2J</Endpoint>";
    assert_eq!(
        evidence(301, &[("x-amz-bucket-region", "eu-west-1")], moved),
        "The store names the region eu-west-1. The store names the endpoint b.s3-eu-west-1.amazonaws.com␛[2J."
    );
    let region = "<Code>AuthorizationQueryParametersError</Code><Message>the region 'a' is wrong; expecting 'b'</Message>\
        <Region>../evil</Region>";
    assert_eq!(evidence(400, &[], region), "", "what is no region is not passed on");
}

#[test]
fn an_echo_proves_that_the_request_arrived_as_it_was_signed_and_is_not_kept() {
    let target = target("aws", Method::Put);
    let ours = Canonical::of(&target, "GET").unwrap().text;
    assert!(
        ours.starts_with("GET\n/bucket/a%20b\nX-Amz-Algorithm=") && ours.contains("\nhost:s3.example.com\n\nhost\n")
    );
    let told = |element: &str, echo: &str| {
        let echo = echo.replace('&', "&amp;");
        let body = format!(
            "<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message><SignatureProvided>{SIGNATURE}\
             </SignatureProvided><{element}>{echo}</{element}></Error>"
        );
        found(&target, &[answer(403, &[], &body)]).evidence.first().cloned().unwrap()
    };
    assert!(told("CanonicalRequest", &ours).contains("exactly as the link says"));
    let to_sign = |canonical: &str| format!("AWS4-HMAC-SHA256\nd\ns\n{}", sigv4::hash(canonical));
    assert!(told("StringToSign", &to_sign(&ours)).contains("exactly as the link says"));
    assert!(told("StringToSign", &to_sign("other")).contains("another request"));
    for (from, to, part) in [
        ("/bucket/a%20b", "/bucket/a%2520b", "another path"),
        ("X-Amz-Expires=900", "X-Amz-Expires=901", "another query"),
        ("host:s3.example.com", "host:proxy.internal", "another host"),
        ("\n\nhost\n", "\n\nhost;x-a\n", "another set of headers"),
    ] {
        assert!(told("CanonicalRequest", &ours.replace(from, to)).contains(part), "{part}");
    }
}

#[test]
fn a_twin_proves_the_secret_key_or_the_lack_of_it() {
    let target =
        Target { twin: Some(SignedUrl::new("https://h/b?X-Amz-Signature=ff".into())), ..target("custom", Method::Put) };
    let mismatch = error(403, "SignatureDoesNotMatch", "");
    for (twin, outcome, proven) in [
        (answer(206, &[("etag", "\"e\"")], "x"), Outcome::WorksAsFarAsCanBeSeen, Some(Check::Session)),
        (error(404, "NoSuchKey", ""), Outcome::WorksAsFarAsCanBeSeen, Some(Check::Session)),
        (mismatch.clone(), Outcome::Refused, None),
        (error(403, "AccessDenied", ""), Outcome::WorksAsFarAsCanBeSeen, None),
        (answer(200, &[], "<html>Sign in</html>"), Outcome::WorksAsFarAsCanBeSeen, None),
        (error(503, "SlowDown", ""), Outcome::WorksAsFarAsCanBeSeen, None),
    ] {
        let finding = found(&target, &[mismatch.clone(), twin]);
        assert_eq!((finding.outcome, finding.proven.last().copied()), (outcome, proven), "{finding:?}");
    }
}

#[test]
fn a_refused_head_is_explained_by_get() {
    let head = target("aws", Method::Head);
    let silent = |status| answer(status, &[("x-amz-request-id", "R")], "");
    for (status, get, failed) in [
        (403, error(403, "AccessDenied", "Request has expired"), Some(Check::Alive)),
        (404, error(404, "NoSuchBucket", ""), None),
        (404, error(403, "SignatureDoesNotMatch", ""), Some(Check::Object)),
        (403, error(403, "SignatureDoesNotMatch", ""), Some(Check::Signature)),
        (403, silent(403), None),
    ] {
        let finding = found(&head, &[silent(status), get]);
        assert_eq!((finding.outcome, finding.failed), (Outcome::Refused, failed), "{finding:?}");
        assert_eq!(finding.asked, ["HEAD", "GET"]);
        assert!(!finding.cause.is_empty(), "{finding:?}");
    }
    let garage = found(&head, &[answer(404, &[], ""), error(403, "AccessDenied", "Forbidden: Invalid signature")]);
    assert_eq!(garage.failed, Some(Check::Object), "its GET shows that it is a store: {garage:?}");
    let page = answer(200, &[("content-type", "text/html")], "<html>Sign in</html>");
    assert_eq!(found(&head, &[answer(200, &[("content-type", "text/html")], "")]).outcome, Outcome::NotTheStore);
    assert_eq!(found(&head, &[answer(404, &[], ""), page]).outcome, Outcome::NotTheStore);
}

#[test]
fn a_store_that_serves_an_upload_link_for_reading_is_told() {
    let served = answer(206, &[("etag", "\"e\""), ("content-range", "bytes 0-0/5")], "x");
    let finding = found(&target("custom", Method::Put), &[served]);
    assert_eq!(finding.outcome, Outcome::WorksAsFarAsCanBeSeen);
    assert!(finding.evidence.iter().any(|told| told.contains("does not look at signatures")), "{finding:?}");
}

#[test]
fn what_a_server_says_is_shown_without_controls_secrets_and_end() {
    let mut target = target("aws", Method::Get);
    target.headers = vec![("x-amz-server-side-encryption-customer-key".into(), "c2VjcmV0".into())];
    let message = format!("\u{1b}[2J\u{202e}{SIGNATURE} {TOKEN} c2VjcmV0 {}", "x".repeat(2000));
    let finding = found(&target, &[error(403, "Odd", &message)]);
    assert!(!format!("{target:?} {:?}", next(&target, &[])).contains("c2VjcmV0"));
    assert!(finding.message.starts_with("␛[2J<U+202E>… … … xxx"), "{}", finding.message);
    assert!(finding.message.ends_with("x…") && finding.message.chars().count() < MAX_SHOWN + 20);
    assert_eq!(finding.summary, "The store refuses the link: Odd.");
}

#[test]
fn no_answer_is_told_in_the_words_of_the_failure() {
    let failure = Failure::new(FailureKind::Unreachable, "check the link", "its name is not known", "check it");
    let finding = unreachable(&failure);
    assert_eq!(
        (finding.outcome, &*finding.cause, &*finding.fix),
        (Outcome::Unreachable, "its name is not known", "check it")
    );
    let json = serde_json::to_value(&finding).unwrap();
    assert_eq!(json.get("outcome").and_then(|outcome| outcome.as_str()), Some("unreachable"));
}

#[test]
fn a_finding_for_scripts_has_names_that_last() {
    let works = answer(206, &[("etag", "\"e\""), ("content-range", "bytes 0-0/5")], "x");
    let json = serde_json::to_value(found(&target("aws", Method::Get), &[works])).unwrap();
    assert_eq!(json["outcome"], "works");
    assert_eq!(json["size"], 5);
    assert_eq!(json["proven"][8], "access-key");
    assert_eq!(json["asked"][0], "GET");
}

#[test]
fn a_missing_page_of_anybody_proves_nothing() {
    for method in [Method::Get, Method::Put] {
        let finding =
            found(&target("aws", method), &[answer(404, &[("content-type", "text/plain")], "404 page not found")]);
        assert_eq!((finding.outcome, finding.failed), (Outcome::Refused, None), "{finding:?}");
        assert!(finding.proven.is_empty(), "{finding:?}");
    }
    let plain = answer(404, &[("content-type", "text/plain")], "404 page not found");
    let finding = found(&target("aws", Method::Head), &[answer(404, &[], ""), plain]);
    assert!(finding.proven.is_empty() && finding.failed.is_none(), "{finding:?}");
}

#[test]
fn a_link_of_an_unknown_method_that_misses_the_object_for_head_alone_is_for_head() {
    let target = Target { method: None, ..target("custom", Method::Get) };
    let misfit = error(403, "SignatureDoesNotMatch", "");
    let finding = found(&target, &[misfit.clone(), answer(404, &[], "")]);
    assert_eq!((finding.outcome, finding.failed), (Outcome::Refused, Some(Check::Object)), "{finding:?}");
    assert_eq!(found(&target, &[misfit, answer(403, &[], "")]).failed, Some(Check::Signature));
}

#[test]
fn a_signed_header_that_is_not_known_is_missed_in_the_words_of_each_store() {
    let url = "https://h/b/k?X-Amz-SignedHeaders=content-type%3Bhost&X-Amz-Signature=ff";
    let target = Target { url: SignedUrl::new(url.to_owned()), ..target("custom", Method::Get) };
    let said = "There were headers present in the request which were not signed";
    for refusal in [error(403, "SignatureDoesNotMatch", ""), error(403, "AccessDenied", said)] {
        let finding = found(&target, &[refusal]);
        assert_eq!(finding.outcome, Outcome::WorksAsFarAsCanBeSeen, "{finding:?}");
        assert!(finding.evidence.iter().any(|told| told.contains("has to send content-type")), "{finding:?}");
    }
}

proptest! {
    #[test]
    fn any_answers_of_any_server_lead_to_a_finding(
        url in "(https?://[a-z:/?&=%;]{0,40}|.{0,40})",
        status in 0_u16..1000,
        name in "(etag|date|content-range|location|x-amz-bucket-region|content-type)",
        value in ".{0,40}",
        body in "(<Error>|<html>)?(<Code>(SignatureDoesNotMatch|AccessDenied|.{0,10})</Code>)?.{0,60}",
        method in proptest::option::of(prop_oneof![
            Just(Method::Get), Just(Method::Head), Just(Method::Put), Just(Method::Delete)
        ]),
    ) {
        let url = SignedUrl::new(url);
        let target = Target { twin: Some(url.clone()), url, method, ..target("aws", Method::Get) };
        let mut heard = Vec::new();
        while next(&target, &heard).is_some() {
            heard.push(answer(status, &[(&*name, &*value)], &body));
            prop_assert!(heard.len() <= 2);
        }
        let finding = read(&target, &heard, now());
        prop_assert!(!finding.summary.is_empty());
        prop_assert_eq!(finding.asked.len(), heard.len());
    }
}

//! What a store's answer says of the key that asked: allowed, not allowed, a key that the store does not take, or something else.

use super::{Check, Finding};
use crate::presign::probe::ProbeAnswer;
use crate::s3::catalogue::{self, Occasion, Row};
use crate::s3::error_document::{ErrorDocument, wants_tls};
use crate::s3::permission::{self, Act};
use crate::s3::provider::Provider;

/// A question that was put to a store in the name of a key.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Which of the report's questions it answers.
    pub check: Check,
    /// What it is allowed by.
    pub act: Act<'a>,
    /// What was asked of: `s3://bucket/prefix`.
    pub of: &'a str,
    /// Whose store it is.
    pub provider: &'a Provider,
}

/// What an answer means for the questions that are still to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The store did what was asked.
    Allowed,
    /// The key is good, and may not do this.
    Denied,
    /// The store does not take the key, or what it signed: every other question would be answered alike.
    BadKey,
    /// The bucket or the object is not there.
    Missing,
    /// The store knows no such question.
    Unsupported,
    /// The bucket is in another place than was asked.
    Elsewhere,
    /// The store has other things to do.
    Busy,
    /// What answers is no store.
    NotAStore,
    /// What answers speaks TLS, and was asked in plain HTTP.
    WantsTls,
    /// Anything else.
    Strange,
}

/// An answer, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What it means.
    pub meaning: Meaning,
    /// The store's code; empty where it gave none.
    pub code: String,
    /// The answer in one line: status, code, message and request id.
    pub said: String,
    /// What the catalogue of errors knows of it.
    pub row: Option<&'static Row>,
}

/// Codes that say that the key or its signature is not taken.
const BAD_KEY: [&str; 10] = [
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
    "TokenRefreshRequired",
    "Unauthorized",
    "RequestTimeTooSkewed",
    "NotSignedUp",
    "UserSuspended",
    "AuthFailure",
];

/// Codes that say that the bucket is elsewhere.
const ELSEWHERE: [&str; 4] =
    ["PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"];

/// Refusals with a 403 that no right would change: an archived object, a closed account, a bucket whose reader pays.
const NO_RIGHT_HELPS: [&str; 4] = ["InvalidObjectState", "AllAccessDisabled", "AccountProblem", "RequestPayerRequired"];

/// Reads the answer of a store of `provider`.
pub fn read(answer: &ProbeAnswer, provider: &Provider) -> Reading {
    use catalogue::Check as Passed;
    let document = ErrorDocument::read(&answer.body).unwrap_or_default();
    let field = |name: &str| document.get(name).unwrap_or_default().to_owned();
    let (code, message) = (field("Code"), field("Message"));
    let good = (200..300).contains(&answer.status) && !answer.is_error_in_disguise();
    let row =
        catalogue::explain(&provider.id, Some(answer.status), &code, &message, Occasion::Browse).filter(|_| !good);
    let bad_key =
        matches!(row.and_then(|row| row.check), Some(Passed::AccessKey | Passed::Signature | Passed::Session));
    let meaning = match answer.status {
        _ if good => Meaning::Allowed,
        // Only an empty object has no first byte.
        416 => Meaning::Allowed,
        // How some stores say that there are none.
        _ if code.starts_with("NoSuchTagSet") => Meaning::Allowed,
        _ if wants_tls(answer.status, &answer.body) => Meaning::WantsTls,
        _ if code.is_empty() && answer.is_html() => Meaning::NotAStore,
        _ if BAD_KEY.contains(&code.as_str()) || bad_key => Meaning::BadKey,
        _ if ELSEWHERE.contains(&code.as_str()) => Meaning::Elsewhere,
        405 | 501 => Meaning::Unsupported,
        _ if matches!(code.as_str(), "NotImplemented" | "NotSupported" | "UnsupportedOperation") => {
            Meaning::Unsupported
        }
        301 | 307 => Meaning::Elsewhere,
        _ if NO_RIGHT_HELPS.contains(&code.as_str()) => Meaning::Strange,
        401 | 403 => Meaning::Denied,
        404 => Meaning::Missing,
        429 | 500..=599 => Meaning::Busy,
        _ => Meaning::Strange,
    };
    Reading { meaning, said: said(answer, &code, &message, &document), code, row }
}

/// `403 AccessDenied: Access Denied (request 4442587FB7D0A2F9)`.
fn said(answer: &ProbeAnswer, code: &str, message: &str, document: &ErrorDocument) -> String {
    let ids = ["x-amz-request-id", "x-trans-id", "x-request-id", "cf-ray"];
    let id = ids.iter().find_map(|name| answer.header(name)).or_else(|| document.get("RequestId"));
    let mut said = answer.status.to_string();
    for (separator, text) in [(" ", code), (": ", message)] {
        if !text.is_empty() {
            said = format!("{said}{separator}{text}");
        }
    }
    match id {
        Some(id) if !answer.is_good() => format!("{said} (request {id})"),
        _ => said,
    }
}

/// Judges the answer to `asked`. `allowed` says what was seen where the store did it.
pub fn judge(asked: &Asked<'_>, reading: &Reading, allowed: &str) -> Finding {
    let Asked { check, act, of, .. } = asked;
    let Reading { meaning, code, said, row } = reading;
    let fix = row.map(|row| row.fix.as_str()).unwrap_or_default();
    let cause = row.map(|row| row.cause.as_str()).unwrap_or("The store gives no reason that is known here.");
    match meaning {
        Meaning::Allowed => Finding::ok(*check, of, allowed),
        Meaning::Denied => denied(asked, said),
        Meaning::BadKey => bad_key(of, reading),
        Meaning::Missing if matches!(act, Act::Read(_) | Act::ReadTags(_)) && code != "NoSuchBucket" => {
            Finding::note(*check, of, format!("there is no such object: {said}"), "")
        }
        Meaning::Missing => Finding::fault(
            *check,
            of,
            format!("there is no such bucket at this store: {said}"),
            "check its spelling, and that this is the store that holds it",
        ),
        Meaning::Unsupported if matches!(act, Act::ListKeys(_) | Act::Read(_)) => {
            Finding::fault(*check, of, format!("this store does not know the question: {said}"), "update the store")
        }
        Meaning::Unsupported => Finding::note(*check, of, format!("this store does not know the question: {said}"), ""),
        Meaning::Elsewhere => Finding::fault(
            Check::Region,
            of,
            format!("{cause} {said}"),
            "set the region or endpoint that the provider shows for the bucket",
        ),
        Meaning::Busy => {
            Finding::caution(*check, of, format!("the store is busy or has trouble: {said}"), "try again in a moment")
        }
        Meaning::NotAStore => Finding::fault(
            *check,
            of,
            format!("what answers is a web page, not an S3 store: {said}"),
            "check the endpoint (the S3 address, not that of a console or website); a proxy or a login page may be in between",
        ),
        Meaning::WantsTls => Finding::fault(
            *check,
            of,
            format!("what answers speaks TLS, and was asked in plain HTTP: {said}"),
            "write https:// in the place of http:// in the endpoint of the store",
        ),
        Meaning::Strange if matches!(act, Act::ListKeys(_)) => {
            Finding::fault(*check, of, format!("{cause} {said}"), fix)
        }
        Meaning::Strange => Finding::caution(*check, of, format!("{cause} {said}"), fix),
    }
}

/// The key is good, and may not do it: how bad that is depends on what daypass does with it.
fn denied(asked: &Asked<'_>, said: &str) -> Finding {
    let Asked { check, act, of, provider } = asked;
    let needed = permission::needed(act, provider);
    let without_reason = if *check == Check::Head { ", without a reason, as to every HEAD" } else { "" };
    let evidence = format!("the key may not do this: {said}{without_reason}");
    let allow = format!("allow {needed}");
    match act {
        Act::ListBuckets => {
            let remedy = format!("open a bucket by name (daypass s3://BUCKET), or {allow}");
            Finding::note(*check, of, evidence, remedy)
        }
        Act::ListKeys(_) => {
            let remedy =
                format!("{allow}; a key that is limited to a prefix has to start there: daypass s3://BUCKET/PREFIX/");
            Finding::fault(*check, of, evidence, remedy)
        }
        Act::Read(_) => Finding::caution(*check, of, evidence, format!("{allow}; its GET links are refused as well")),
        Act::ListVersions(_)
        | Act::ReadTags(_)
        | Act::Write(_)
        | Act::ReadCors(_)
        | Act::ReadPolicyStatus(_)
        | Act::ReadAcl(_) => Finding::note(*check, of, evidence, format!("{allow} to see it")),
    }
}

/// The store does not take the key.
fn bad_key(of: &str, reading: &Reading) -> Finding {
    let Reading { said, row, .. } = reading;
    let (cause, fix) = match row {
        Some(row) => (row.cause.as_str(), row.fix.as_str()),
        None => ("The store does not take the key.", "check key id, secret key and session token"),
    };
    Finding::fault(Check::Signature, of, format!("{cause} The store says {said}"), fix)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::doctor::Severity;
    use crate::s3::location::ObjectId;
    use crate::s3::name::{BucketName, Key};
    use crate::s3::provider;

    fn answer(status: u16, body: &str) -> ProbeAnswer {
        ProbeAnswer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    fn error(status: u16, code: &str, message: &str) -> ProbeAnswer {
        answer(status, &format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
    }

    /// Refusals as stores were recorded to send them.
    #[test]
    fn each_store_says_no_in_its_own_words() {
        for (provider, answer, meaning) in [
            ("aws", error(403, "AccessDenied", "Access Denied"), Meaning::Denied),
            (
                "aws",
                error(
                    403,
                    "AccessDenied",
                    "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: s3:ListBucket on resource: \
                     \"arn:aws:s3:::b\" because no identity-based policy allows the s3:ListBucket action",
                ),
                Meaning::Denied,
            ),
            (
                "aws",
                error(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
                Meaning::BadKey,
            ),
            (
                "aws",
                error(
                    403,
                    "RequestTimeTooSkewed",
                    "The difference between the request time and the current time is too large.",
                ),
                Meaning::BadKey,
            ),
            ("aws", error(400, "ExpiredToken", "The provided token has expired."), Meaning::BadKey),
            (
                "aws",
                error(301, "PermanentRedirect", "The bucket you are attempting to access must be addressed"),
                Meaning::Elsewhere,
            ),
            ("aws", error(404, "NoSuchBucket", "The specified bucket does not exist"), Meaning::Missing),
            ("aws", answer(403, ""), Meaning::Denied),
            ("b2", error(403, "InvalidAccessKeyId", "Malformed Access Key Id"), Meaning::BadKey),
            ("b2", error(403, "InvalidAccessKeyId", "The key '004' is not valid"), Meaning::BadKey),
            ("b2", error(403, "SignatureDoesNotMatch", "Signature validation failed"), Meaning::BadKey),
            ("b2", error(403, "AccessDenied", "not entitled"), Meaning::Denied),
            ("ceph", error(403, "UserSuspended", ""), Meaning::BadKey),
            ("b2", error(401, "UnauthorizedAccess", "bucket is not authorized: b"), Meaning::Denied),
            ("b2", error(501, "NotImplemented", "Backblaze does not support this API call."), Meaning::Unsupported),
            ("r2", error(401, "Unauthorized", "Unauthorized"), Meaning::BadKey),
            ("r2", error(403, "AccessDenied", "Access Denied"), Meaning::Denied),
            ("r2", error(501, "NotImplemented", "GetObjectTagging not implemented"), Meaning::Unsupported),
            (
                "ceph",
                answer(
                    403,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>AccessDenied</Code><Message></Message><BucketName>b</BucketName></Error>",
                ),
                Meaning::Denied,
            ),
            ("ceph", answer(404, "<Error><Code>NoSuchTagSetError</Code></Error>"), Meaning::Allowed),
            ("custom", error(403, "AccessDenied", "Access Denied."), Meaning::Denied),
            ("garage", error(403, "AccessDenied", "Forbidden: No such key: GK12"), Meaning::BadKey),
            ("garage", error(403, "AccessDenied", "Forbidden: Invalid signature"), Meaning::BadKey),
            (
                "garage",
                error(403, "AccessDenied", "Forbidden: Operation is not allowed for this key."),
                Meaning::Denied,
            ),
            (
                "aws",
                error(403, "InvalidObjectState", "The operation is not valid for the object's storage class"),
                Meaning::Strange,
            ),
            ("custom", answer(503, "busy"), Meaning::Busy),
            ("custom", answer(200, "<Error><Code>InternalError</Code></Error>"), Meaning::Strange),
            ("custom", answer(403, "<html><body>Sign in</body></html>"), Meaning::NotAStore),
            ("custom", answer(400, "Client sent an HTTP request to an HTTPS server.\n"), Meaning::WantsTls),
            (
                "custom",
                answer(400, "<html><center>The plain HTTP request was sent to HTTPS port</center></html>"),
                Meaning::WantsTls,
            ),
            ("custom", answer(206, "x"), Meaning::Allowed),
            ("custom", answer(416, "<Error><Code>InvalidRange</Code></Error>"), Meaning::Allowed),
        ] {
            let provider = provider::by_id(provider).unwrap();
            assert_eq!(read(&answer, provider).meaning, meaning, "{} {answer:?}", provider.id);
        }
    }

    #[test]
    fn a_missing_right_is_named_as_the_provider_names_it() {
        let bucket = BucketName::parse("b").unwrap();
        let object = ObjectId::current(bucket.clone(), Key::parse("k").unwrap());
        let refusal = error(403, "AccessDenied", "Access Denied");
        for (id, check, act, severity, words) in [
            ("aws", Check::ListBuckets, Act::ListBuckets, Severity::Note, "`s3:ListAllMyBuckets`"),
            ("aws", Check::ListKeys, Act::ListKeys(&bucket), Severity::Fault, "`s3:ListBucket` on arn:aws:s3:::b"),
            ("b2", Check::ListKeys, Act::ListKeys(&bucket), Severity::Fault, "`listFiles`"),
            ("aws", Check::Head, Act::Read(&object), Severity::Caution, "`s3:GetObject` on arn:aws:s3:::b/k"),
            ("b2", Check::Get, Act::Read(&object), Severity::Caution, "`readFiles`"),
            ("aws", Check::Tags, Act::ReadTags(&object), Severity::Note, "`s3:GetObjectTagging`"),
            ("aws", Check::Versions, Act::ListVersions(&bucket), Severity::Note, "`s3:ListBucketVersions`"),
        ] {
            let provider = provider::by_id(id).unwrap();
            let asked = Asked { check, act, of: "s3://b/", provider };
            let found = judge(&asked, &read(&refusal, provider), "");
            assert_eq!((found.check, found.severity), (check, severity), "{found:?}");
            assert!(found.remedy.contains(words), "{found:?}");
            assert!(found.evidence.contains("403 AccessDenied: Access Denied"), "{found:?}");
        }
    }

    #[test]
    fn the_id_of_a_refused_request_is_told_for_the_providers_support() {
        let mut refusal = error(403, "AccessDenied", "Access Denied");
        refusal.headers.push(("x-amz-request-id".to_owned(), "4442587FB7D0A2F9".to_owned()));
        let said = read(&refusal, provider::by_id("aws").unwrap()).said;
        assert_eq!(said, "403 AccessDenied: Access Denied (request 4442587FB7D0A2F9)");
    }

    proptest! {
        #[test]
        fn any_answer_is_judged(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let bucket = BucketName::parse("b").unwrap();
            for provider in provider::all() {
                let answer = ProbeAnswer { status, headers: Vec::new(), body: body.clone() };
                let asked = Asked { check: Check::ListKeys, act: Act::ListKeys(&bucket), of: "s3://b/", provider };
                judge(&asked, &read(&answer, provider), "");
            }
        }
    }
}

//! Turns what went wrong between daypass and a store into words: what failed, why, and what to do. The one place for it.

use std::fmt;

use jiff::Timestamp;
use secrecy::ExposeSecret;

use crate::s3::address::Address;
use crate::s3::catalogue::{self, Check, Occasion, Row, phrase};
use crate::s3::error_document::wants_tls;
use crate::s3::exchange::{self, Exchange};
use crate::s3::failure::{Failure, FailureKind, Reply};
use crate::s3::listing::{KeysRequest, VersionsRequest};
use crate::s3::location::ObjectId;
use crate::s3::name::BucketName;
use crate::s3::permission::{self, Act};
use crate::s3::provider::{Provider, is_region};
use crate::s3::skew;
use crate::world::wire::{Answer, ErrorBody, Sent, Trouble, text_of, xml};

/// What a store was asked; `Display` completes "cannot …".
#[derive(Clone, Debug)]
pub(super) enum Question {
    Buckets,
    List(KeysRequest),
    AllVersions(VersionsRequest),
    Head(ObjectId),
    Tags(ObjectId),
    Versions(ObjectId),
    Read(ObjectId),
    BeginUpload(ObjectId),
}

impl Question {
    pub(super) fn bucket(&self) -> Option<&BucketName> {
        match self {
            Self::Buckets => None,
            Self::List(asked) => Some(&asked.bucket),
            Self::AllVersions(asked) => Some(&asked.bucket),
            Self::Head(object)
            | Self::Tags(object)
            | Self::Versions(object)
            | Self::Read(object)
            | Self::BeginUpload(object) => Some(&object.bucket),
        }
    }

    /// The permission that allows it, the way the provider writes its rules.
    fn permission(&self, provider: &Provider) -> String {
        let act = match self {
            Self::Buckets => Act::ListBuckets,
            Self::List(asked) => Act::ListKeys(&asked.bucket),
            Self::AllVersions(asked) => Act::ListVersions(&asked.bucket),
            Self::Versions(object) => Act::ListVersions(&object.bucket),
            Self::Head(object) | Self::Read(object) => Act::Read(object),
            Self::BeginUpload(object) => Act::Write(object),
            Self::Tags(object) => Act::ReadTags(object),
        };
        permission::needed(&act, provider)
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buckets => f.write_str("list the buckets"),
            Self::List(asked) => asked.fmt(f),
            Self::AllVersions(asked) => asked.fmt(f),
            Self::Head(object) => write!(f, "look at {object}"),
            Self::Tags(object) => write!(f, "read the tags of {object}"),
            Self::Versions(object) => write!(f, "list the versions of {object}"),
            Self::Read(object) => write!(f, "read {object}"),
            Self::BeginUpload(object) => write!(f, "begin an upload to {object}"),
        }
    }
}

/// A question, with where it went.
pub(super) struct Asked<'a> {
    pub(super) question: &'a Question,
    pub(super) address: Address,
    pub(super) provider: &'static Provider,
    /// Whether it went out without a name.
    pub(super) anonymous: bool,
}

/// Kind, why and hint.
type Words = (FailureKind, String, String);

impl Asked<'_> {
    /// The store answered, and the answer is no.
    pub(super) fn refused(&self, answer: &Answer) -> Failure {
        if answer.status == 407 {
            let hint = "write its user and password into HTTP_PROXY (http://user:password@host:port), or name this host in NO_PROXY";
            let why = "the proxy in between wants a login, and another one than it got if it got one";
            let failure = self.failure(FailureKind::Unreachable, why.to_owned(), hint.to_owned(), None);
            return with_answer(failure, answer);
        }
        if wants_tls(answer.status, &answer.body) {
            let authority = &self.address.endpoint.authority;
            let why = format!("{} speaks TLS, and was asked in plain HTTP", self.address.endpoint);
            let hint = format!("write https://{authority} as the endpoint of the store");
            return with_answer(self.failure(FailureKind::Unreachable, why, hint, None), answer);
        }
        let error = answer.error();
        // A gateway says in HTML, too, that the store behind it is busy.
        let is_busy = matches!(answer.status, 429 | 502..=504);
        if error.is_none() && !is_busy && !answer.body.trim_ascii().is_empty() && !is_xml(answer) {
            return self.no_store(answer);
        }
        let error = error.unwrap_or_default();
        let (kind, why, hint) = self.words(answer, &error);
        with_answer(self.failure(kind, why, hint, Some(reply(answer, &error))), answer)
    }

    /// There is no answer.
    pub(super) fn troubled(&self, trouble: Trouble) -> Failure {
        let (why, sent) = match trouble {
            Trouble::Credentials(failure) => return Failure { what: self.question.to_string(), ..*failure },
            Trouble::Broken(words) => return self.broken(&format!("cannot be used: {words}")),
            Trouble::Unreadable(answer, words) => {
                return self.unreadable(&answer, &format!("cannot be used: {words}"));
            }
            Trouble::NoAnswer(why, sent) => (why, sent),
        };
        let (why, hint) = why.words(&self.address.endpoint);
        let Sent { request, attempts, .. } = sent;
        let exchange = Exchange { request, attempts, answer: String::new() };
        Failure { exchange: Some(Box::new(exchange)), ..self.failure(FailureKind::Unreachable, why, hint, None) }
    }

    /// The answer makes no sense; `words` complete "the answer …".
    pub(super) fn broken(&self, words: &str) -> Failure {
        let why = format!("the answer of {} {words}", self.address.endpoint);
        let hint =
            "try again; if it stays, the endpoint may not be an S3 store, or something in between changes its answers";
        self.failure(FailureKind::BrokenReply, why, hint.to_owned(), None)
    }

    /// The answer came with a good status, but its body cannot be read.
    pub(super) fn unreadable(&self, answer: &Answer, words: &str) -> Failure {
        match is_xml(answer) || answer.body.trim_ascii().is_empty() {
            true => with_answer(self.broken(words), answer),
            false => self.no_store(answer),
        }
    }

    /// A store that knows no tags may overlook that it was asked for them. What lies in the object is nobody's error text.
    pub(super) fn object_for_tags(&self, answer: Answer) -> Failure {
        let answer = &Answer { body: Default::default(), ..answer };
        let why = "the store does not keep tags: it answered with the object itself".to_owned();
        with_answer(self.failure(FailureKind::NotSupported, why, String::new(), None), answer)
    }

    /// A web page where a store should be.
    fn no_store(&self, answer: &Answer) -> Failure {
        let endpoint = &self.address.endpoint;
        let why = format!("{endpoint} answered with a web page or other text, not as an S3 store does");
        let hint = match self.anonymous {
            // Swift sends a request without a signature past its S3 interface.
            true => {
                "open the store with a key or a profile: some, such as OpenStack Swift, answer so to requests without a \
                 name (anonymous); if that does not help, check the endpoint"
            }
            false => {
                "check the endpoint (the S3 address, not that of a console or website); a proxy or a login page may \
                 also be in between"
            }
        };
        let reply = reply(answer, &ErrorBody::default());
        with_answer(self.failure(FailureKind::BrokenReply, why, hint.to_owned(), Some(reply)), answer)
    }

    fn failure(&self, kind: FailureKind, why: String, hint: String, reply: Option<Reply>) -> Failure {
        Failure { reply, ..Failure::new(kind, self.question.to_string(), why, hint) }
    }

    /// What an S3 error means: as the catalogue of errors has it, where this request knows no better. Without a code, which is
    /// always so for HEAD, its status has to do.
    fn words(&self, answer: &Answer, error: &ErrorBody) -> Words {
        let (code, message) = (error.code.as_str(), error.message.as_str());
        if code.is_empty() {
            return self.words_of_status(answer);
        }
        let row = catalogue::explain(&self.provider.id, Some(answer.status), code, message, Occasion::Browse);
        match code {
            "RequestTimeTooSkewed" => (
                FailureKind::Other,
                format!("this machine's clock is {}", clock_difference(answer, error)),
                "set the clock, best by time synchronisation; going by the store's time did not help".to_owned(),
            ),
            "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError" if is_region(&error.region) => (
                FailureKind::Other,
                format!(
                    "the store is in region `{}`, and the request was signed for `{}`",
                    error.region, self.address.region
                ),
                format!("set the region: --region {}", error.region),
            ),
            "PermanentRedirect" | "TemporaryRedirect" | "IllegalLocationConstraintException" => self.elsewhere(answer),
            "NoSuchBucket" => (
                FailureKind::NotFound,
                match self.question.bucket() {
                    Some(bucket) => format!("there is no bucket `{bucket}` at {}", self.address.endpoint),
                    None => "there is no such bucket".to_owned(),
                },
                "check its spelling and the store".to_owned(),
            ),
            "NotImplemented" | "NotSupported" => self.not_supported(),
            _ => match row {
                // The store's own words say more.
                Some(row) if row.is_of_any_request() && !message.is_empty() => {
                    (FailureKind::Other, format!("the store says: {message}"), phrase(&row.fix))
                }
                Some(row) => match kind(row) {
                    FailureKind::Forbidden if row.check == Some(Check::Permission) => self.forbidden(),
                    kind => (kind, phrase(&row.cause), asked_to_wait(answer).unwrap_or_else(|| phrase(&row.fix))),
                },
                None => self.words_of_status_or_message(answer, error),
            },
        }
    }

    /// A code that nobody has told daypass of.
    fn words_of_status_or_message(&self, answer: &Answer, error: &ErrorBody) -> Words {
        match answer.status {
            401 | 403 | 404 | 405 | 429 | 500..=504 => self.words_of_status(answer),
            _ => {
                let message = if error.message.is_empty() { &error.code } else { &error.message };
                (FailureKind::Other, format!("the store says: {message}"), String::new())
            }
        }
    }

    fn words_of_status(&self, answer: &Answer) -> Words {
        let say = |kind, why: &str, hint: &str| (kind, why.to_owned(), hint.to_owned());
        match answer.status {
            301 | 307 => self.elsewhere(answer),
            401 | 403 => self.forbidden(),
            404 => match self.question {
                Question::Head(_) => {
                    let hint = "check the key; a new listing shows what is there";
                    say(FailureKind::NotFound, "there is no such object (any more)", hint)
                }
                _ => say(FailureKind::NotFound, "the store does not have it", "check bucket and endpoint"),
            },
            405 => match self.question {
                Question::Head(_) => {
                    say(FailureKind::NotFound, "this version is a delete marker", "choose a version that has bytes")
                }
                _ => self.not_supported(),
            },
            400 => say(
                FailureKind::Other,
                "the store calls the request bad, without a reason",
                "check region and credentials; list the bucket to hear the store's reason",
            ),
            429 | 500 | 502..=504 => busy(answer),
            501 => self.not_supported(),
            status => (FailureKind::Other, format!("the store answered with status {status}"), String::new()),
        }
    }

    /// There is no list of buckets for nobody.
    pub(super) fn nameless(&self) -> Failure {
        let why = "the store is opened without credentials (anonymous), and nobody has buckets of their own".to_owned();
        let hint = "open a bucket by name: daypass --no-sign-request s3://BUCKET".to_owned();
        self.failure(FailureKind::Forbidden, why, hint, None)
    }

    fn forbidden(&self) -> Words {
        let permission = self.question.permission(self.provider);
        if self.anonymous {
            let why = "this is not open to everyone, and the request went out without a name (anonymous)".to_owned();
            return (
                FailureKind::Forbidden,
                why,
                format!("open the store with a key or a profile that has {permission}"),
            );
        }
        let why = match self.question {
            // S3 hides whether a key exists from those who may not list.
            Question::Head(_) => "the credentials may not do this, or the object is gone and they may not list",
            _ => "the credentials may not do this",
        };
        let hint = match self.question {
            Question::Buckets => {
                format!("a bucket can be opened by its name, s3://BUCKET; listing them needs {permission}")
            }
            // No store says which prefix it would list.
            Question::List(KeysRequest { bucket, prefix, .. }) if prefix.is_root() => format!(
                "they need {permission}; a key that is limited to a prefix can go there alone, to s3://{bucket}/PREFIX/: \
                 ask whoever made it for the prefix"
            ),
            Question::Head(_) => format!("they need {permission}; GET links that they sign are refused as well"),
            _ => format!("they need {permission}"),
        };
        (FailureKind::Forbidden, why.to_owned(), hint)
    }

    fn elsewhere(&self, answer: &Answer) -> Words {
        let (why, hint) = match answer.header("x-amz-bucket-region") {
            Some(region) => (
                format!("the bucket is in region `{region}`"),
                format!("use the endpoint of that region: --region {region}"),
            ),
            None => (
                "the bucket is at another endpoint of this store".to_owned(),
                "set the region or endpoint that its provider shows for it".to_owned(),
            ),
        };
        (FailureKind::Other, why, hint)
    }

    fn not_supported(&self) -> Words {
        let (why, hint) = match self.question {
            Question::List(_) => {
                ("this store does not know ListObjectsV2, which daypass needs", "an update of the store may bring it")
            }
            Question::Buckets => ("this store does not list buckets", "open a bucket by name: daypass s3://BUCKET"),
            Question::Head(_) => ("this store does not know this request", ""),
            Question::Tags(_) => ("this store has no tags", ""),
            Question::AllVersions(_) | Question::Versions(_) => ("this store has no versions", ""),
            Question::Read(_) => ("this store does not hand out objects so", ""),
            Question::BeginUpload(_) => ("this store has no multipart uploads", "upload by a single PUT link"),
        };
        (FailureKind::NotSupported, why.to_owned(), hint.to_owned())
    }
}

/// What kind of failure a row of the catalogue tells of, while reading.
fn kind(row: &Row) -> FailureKind {
    match (&*row.code, row.check) {
        ("SlowDown" | "ServiceUnavailable" | "TooManyRequests" | "InternalError" | "RequestTimeout", _) => {
            FailureKind::Busy
        }
        ("Unauthorized", _) => FailureKind::BadCredentials,
        ("AccountProblem" | "AllAccessDisabled" | "NotSignedUp" | "UserSuspended" | "InvalidObjectState", _) => {
            FailureKind::Forbidden
        }
        (_, Some(Check::AccessKey | Check::Signature | Check::Session)) => FailureKind::BadCredentials,
        (_, Some(Check::Permission)) => FailureKind::Forbidden,
        ("NoSuchKey" | "NoSuchVersion" | "MethodNotAllowed", _) => FailureKind::NotFound,
        _ => FailureKind::Other,
    }
}

/// The store was asked as often as makes sense.
fn busy(answer: &Answer) -> Words {
    let hint = asked_to_wait(answer).unwrap_or_else(|| "try again in a moment".to_owned());
    (FailureKind::Busy, "the store is busy or has trouble of its own".to_owned(), hint)
}

/// What there is to do where the store says for how long it is to be left alone.
fn asked_to_wait(answer: &Answer) -> Option<String> {
    match answer.retry_after()?.as_secs() {
        0 => None,
        seconds @ ..=120 => Some(format!("it asks to be left alone for {seconds} s: try again then")),
        seconds => Some(format!("it asks to be left alone for {} min: try again then", seconds.div_ceil(60))),
    }
}

/// How far this machine's clock is from the store's: `2 h behind the store's`. By the times that the store itself compared.
fn clock_difference(answer: &Answer, error: &ErrorBody) -> String {
    let theirs = error.server_time.parse().ok().or_else(|| answer.date("date"));
    let ours: Option<Timestamp> = error.request_time.parse().ok();
    match (theirs, ours) {
        (Some(theirs), Some(ours)) => skew::words(skew::measured(theirs, ours, ours)),
        _ => "too far from the store's".to_owned(),
    }
}

/// Whether a body at least begins as XML that is no web page.
fn is_xml(answer: &Answer) -> bool {
    xml::root(&answer.body).is_some_and(|root| !root.eq_ignore_ascii_case("html"))
}

/// The server's own words.
fn reply(answer: &Answer, error: &ErrorBody) -> Reply {
    let in_header =
        ["x-amz-request-id", "x-trans-id", "x-request-id", "cf-ray"].iter().find_map(|name| answer.header(name));
    let request_id = in_header.or_else(|| Some(error.request_id.clone())).filter(|id| !id.is_empty());
    Reply {
        status: answer.status,
        code: error.code.clone(),
        message: error.message.clone(),
        request_id,
        host_id: answer.header("x-amz-id-2"),
    }
}

/// The failure with what was asked and answered.
fn with_answer(failure: Failure, answer: &Answer) -> Failure {
    let Sent { request, attempts, token } = answer.sent.clone();
    let headers = answer.headers.iter().map(|(name, value)| (name.as_str(), text_of(value.as_bytes())));
    let token = token.as_ref().map(|token| token.expose_secret());
    let answer = exchange::answer(answer.status, headers, &answer.body, token);
    Failure { exchange: Some(Box::new(Exchange { request, attempts, answer })), ..failure }
}

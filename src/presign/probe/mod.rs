//! Whether a link works: what may be asked of its store without doing what the link does, and what the answers prove.
//!
//! Sends nothing. An upload or a deletion is never tried out: such a link is asked with GET, and which refusal comes
//! back says how far it would have got. Nothing here keeps the URL, its signature, or a server's echo of them.

mod answer;
mod canonical;
mod reading;

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use self::reading::{Reading, failed_check};
use super::link::{Link, SignedUrl};
use super::request::Method;
use crate::s3::catalogue::{Check, Row};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::provider::Provider;
use crate::s3::text::visible;

/// Headers that frame a request, or belong to whoever sends it; a probe has no body and leaves them to the wire.
const NEVER_SENT: [&str; 8] =
    ["host", "content-length", "transfer-encoding", "connection", "expect", "te", "upgrade", "authorization"];

/// A link to be looked into: one that was just made, or one that somebody brought. `Debug` shows no header's value, which may be
/// a customer's encryption key.
#[derive(Clone)]
pub struct Target {
    /// The link.
    pub url: SignedUrl,
    /// The method it was signed for; `None` where nobody knows, since a URL does not tell.
    pub method: Option<Method>,
    /// The headers that its user has to send, as far as their values are known.
    pub headers: Vec<(String, String)>,
    /// Whose store it leads to.
    pub provider: &'static Provider,
    /// When it was signed, where that can be read.
    pub signed_at: Option<Timestamp>,
    /// When it ends, where that can be read.
    pub ends_at: Option<Timestamp>,
    /// A link to the same object by the same keys, signed for GET without further headers, where the keys are at hand. For
    /// links that may not be tried out: only a request that is allowed to pass can prove the secret key.
    pub twin: Option<SignedUrl>,
}

/// A request without a body, to one URL. `Debug` shows no header's value.
#[derive(Clone, PartialEq, Eq)]
pub struct ProbeRequest {
    /// `GET` or `HEAD`; nothing else is ever asked.
    pub method: &'static str,
    /// Headers besides `Host`; names may be in any case.
    pub headers: Vec<(String, String)>,
}

/// What came back, as far as it was read.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProbeAnswer {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case; bytes that are not UTF-8 read as Latin-1.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

/// What is known of a link after its store was asked. All texts are safe to show, and none holds the link or a part of it that
/// lets anybody in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The verdict.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The verdict in one sentence that can be passed on.
    pub summary: String,
    /// Why; empty where nothing is wrong.
    pub cause: String,
    /// What to do; empty where nothing is wrong.
    pub fix: String,
    /// What the answer shows besides, a sentence each.
    pub evidence: Vec<String>,
    /// What is right beyond doubt, in order.
    pub proven: Vec<Check>,
    /// What did not pass, where that is known.
    pub failed: Option<Check>,
    /// The requests that were answered: `GET`, or `HEAD` and `GET`.
    pub asked: Vec<&'static str>,
    /// The status of the answer that this rests on.
    pub status: Option<u16>,
    /// The store's code; empty where it gave none.
    pub code: String,
    /// The store's own sentence; empty where it gave none.
    pub message: String,
    /// The id that a provider's support asks for.
    pub request_id: Option<String>,
    /// How far this machine's clock is ahead of the store's, in seconds; `None` below a minute, or where the store does not tell.
    pub skew_seconds: Option<i64>,
    /// The region that the store says the bucket is in.
    pub region: Option<String>,
}

/// The verdict on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It did what it is for.
    Works {
        /// The size of the object in bytes, where the store told.
        size: Option<u64>,
    },
    /// Nothing speaks against it, and going further would upload, delete, or need a header that is not known.
    WorksAsFarAsCanBeSeen,
    /// The store does not take it.
    Refused,
    /// What answered is no store: a login page, a proxy, another website.
    NotTheStore,
    /// No answer, none that speaks of the link, or none that was allowed to be asked for.
    Unreachable,
}

impl Target {
    /// A link that was just made.
    pub fn of(link: &Link, provider: &'static Provider) -> Self {
        Self {
            url: link.url.clone(),
            method: Some(link.request.method),
            headers: link.request.headers.clone(),
            provider,
            signed_at: Some(link.signed_at),
            ends_at: Some(link.ends_at),
            twin: None,
        }
    }

    /// The headers that a probe of the link itself sends.
    fn sent(&self) -> impl Iterator<Item = &(String, String)> {
        self.headers.iter().filter(|(name, _)| !NEVER_SENT.iter().any(|never| name.eq_ignore_ascii_case(never)))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.method.map_or("unknown method", Method::as_str);
        write!(f, "Target({method}, {}, headers {:?})", self.provider.id, names(&self.headers))
    }
}

impl fmt::Debug for ProbeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProbeRequest({}, headers {:?})", self.method, names(&self.headers))
    }
}

fn names(headers: &[(String, String)]) -> Vec<&str> {
    headers.iter().map(|(name, _)| name.as_str()).collect()
}

/// A body may hold what was signed, and headers the way to elsewhere.
impl fmt::Debug for ProbeAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProbeAnswer({}, {} headers, {} bytes)", self.status, self.headers.len(), self.body.len())
    }
}

/// What to ask next, and of which URL, after `heard`; `None` when there is nothing more to learn. At most two questions.
pub fn next<'a>(target: &'a Target, heard: &[ProbeAnswer]) -> Option<(&'a SignedUrl, ProbeRequest)> {
    let link = |method| Some((&target.url, request(method, target.sent().cloned().collect())));
    match (target.method, heard) {
        (Some(Method::Head), []) => link("HEAD"),
        (_, []) => link("GET"),
        // An answer to HEAD has no body, so the reason is in that to GET.
        (Some(Method::Head), [head]) if !head.is_good() => link("GET"),
        (None, [get]) if failed_check(target, get) == Some(Check::Signature) => link("HEAD"),
        (Some(Method::Put | Method::Delete | Method::Post), [get])
            if failed_check(target, get) == Some(Check::Signature) =>
        {
            target.twin.as_ref().map(|twin| (twin, request("GET", Vec::new())))
        }
        (_, _) => None,
    }
}

/// What to ask where anyone may read the object of a link that works: its plain address, with no signature. `None` where the
/// link is not for reading.
pub fn without_link(target: &Target) -> Option<(SignedUrl, ProbeRequest)> {
    match target.method {
        Some(Method::Get | Method::Head) => {
            let plain = target.url.expose().split('?').next()?;
            Some((SignedUrl::new(plain.to_owned()), request("GET", Vec::new())))
        }
        Some(Method::Put | Method::Delete | Method::Post) | None => None,
    }
}

impl Finding {
    /// The same finding after `answer` to the question of [`without_link`].
    pub fn knowing_who_else(mut self, answer: &ProbeAnswer) -> Self {
        if answer.is_good() && answer.is_from_a_store() {
            let told = "Anyone can read the object at its plain address: the link protects nothing, and needs no end.";
            self.evidence.push(told.to_owned());
        }
        self
    }
}

/// What the answers to the questions of [`next`], in their order, say of the link. `now` is this machine's time of the last one.
pub fn read(target: &Target, heard: &[ProbeAnswer], now: Timestamp) -> Finding {
    let by_get = |answer| Reading::new(target, "GET", answer, now).doubted();
    let by_head = |answer| Reading::new(target, "HEAD", answer, now);
    let asked = methods_of(target, heard);
    let finding = match (target.method, heard) {
        (_, []) => Finding::new(Outcome::Unreachable, "Whether the link works is not known: its store was not asked."),
        (Some(Method::Head), [head, ..]) if head.is_good() => by_head(head).good(),
        (Some(Method::Head), [head, get, ..]) if get.is_from_a_store() => by_head(head).told_by(&by_get(get)),
        (Some(Method::Head), [head, get, ..]) => by_head(head).doubted().told_by(&by_get(get)),
        (Some(Method::Head), [head]) => by_head(head).doubted().refused(),
        (None, [_, head, ..]) if head.is_good() => by_head(head).good(),
        // Who misses the object for HEAD alone has found the signature right.
        (None, [get, head, ..]) if head.status == 404 && get.is_from_a_store() => by_head(head).refused(),
        (None, [get, _, ..]) => by_get(get).of_any_method(),
        (Some(method @ (Method::Put | Method::Delete | Method::Post)), [get, rest @ ..]) => {
            let reading = by_get(get);
            match reading.failed {
                _ if get.is_good() && get.is_from_a_store() => reading.too_good(method),
                Some(Check::Signature) => reading.untried(method, rest.first()),
                None if reading.is_silent() => reading.untold(method),
                _ => reading.refused(),
            }
        }
        (Some(Method::Get) | None, [get, ..]) if get.is_good() => by_get(get).good(),
        (Some(Method::Get) | None, [get, ..]) => by_get(get).refused(),
    };
    Finding { asked, ..finding }
}

/// The methods of the questions that were answered.
fn methods_of(target: &Target, heard: &[ProbeAnswer]) -> Vec<&'static str> {
    let before = (0..heard.len()).filter_map(|count| next(target, heard.get(..count)?));
    before.map(|(_, request)| request.method).collect()
}

/// A link whose store gave no answer, or could not be asked.
pub fn unreachable(failure: &Failure) -> Finding {
    let summary = match failure.kind {
        FailureKind::Refused => "Whether the link works is not known: its store was not asked.",
        _ => "Whether the link works is not known: its store gave no answer.",
    };
    Finding {
        cause: visible(&failure.why).into_owned(),
        fix: visible(&failure.hint).into_owned(),
        ..Finding::new(Outcome::Unreachable, summary)
    }
}

/// A question that reads one byte at most, whatever lies behind the link.
fn request(method: &'static str, mut headers: Vec<(String, String)>) -> ProbeRequest {
    if method == "GET" && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("range")) {
        headers.push(("Range".to_owned(), "bytes=0-0".to_owned()));
    }
    ProbeRequest { method, headers }
}

impl Finding {
    fn new(outcome: Outcome, summary: &str) -> Self {
        Self {
            outcome,
            summary: summary.to_owned(),
            cause: String::new(),
            fix: String::new(),
            evidence: Vec::new(),
            proven: Vec::new(),
            failed: None,
            asked: Vec::new(),
            status: None,
            code: String::new(),
            message: String::new(),
            request_id: None,
            skew_seconds: None,
            region: None,
        }
    }

    fn explain(&mut self, row: Option<&Row>) {
        if let Some(row) = row {
            (self.cause, self.fix) = (row.cause.clone(), row.fix.clone());
        }
    }
}

#[cfg(test)]
mod tests;

//! One answer about a link, read by the catalogue of errors, the order of the checks, and the clock: what it says and what it proves.

use jiff::{SignedDuration, Timestamp};

use super::canonical::{Canonical, secrets, signed_header_names};
use super::{Finding, Outcome, ProbeAnswer, Target};
use crate::presign::request::Method;
use crate::presign::sigv4;
use crate::s3::catalogue::{self, Check, Occasion, Row};
use crate::s3::error_document::ErrorDocument;
use crate::s3::provider::{Provider, is_region};
use crate::s3::text::visible;

/// A clock that is off by less is not worth a word.
const SKEW_TOLD: SignedDuration = SignedDuration::from_secs(60);

/// How far ahead a link may be dated: 5 minutes were served, an hour was not (measured at Amazon S3, 2026-09).
const AHEAD_TAKEN: SignedDuration = SignedDuration::from_mins(5);

/// The longest text of a server that is shown.
pub(super) const MAX_SHOWN: usize = 500;

/// One answer with all that it says.
pub(super) struct Reading<'a> {
    target: &'a Target,
    asked: &'static str,
    answer: &'a ProbeAnswer,
    document: ErrorDocument,
    row: Option<&'static Row>,
    pub(super) failed: Option<Check>,
    now: Timestamp,
}

impl<'a> Reading<'a> {
    pub(super) fn new(target: &'a Target, asked: &'static str, answer: &'a ProbeAnswer, now: Timestamp) -> Self {
        let document = ErrorDocument::read(&answer.body).unwrap_or_default();
        let (code, message) = (document.get("Code").unwrap_or_default(), document.get("Message").unwrap_or_default());
        let row = explain(target, answer, code, message);
        let failed = row.and_then(|row| known_check(target, row));
        let mut reading = Self { target, asked, answer, document, row, failed, now };
        reading.judge_by_the_clock();
        reading
    }

    /// The same without what only the status says, if nothing shows that it is a store's: anybody answers 404.
    pub(super) fn doubted(self) -> Self {
        let is_told = self.document.get("Code").is_some() || self.answer.is_from_a_store();
        let row = self.row.filter(|row| is_told || row.check.is_none());
        Self { row, failed: self.failed.filter(|_| is_told), ..self }
    }

    /// Stores that say only `AccessDenied`, or look at the signature first, are outdone by arithmetic. An expired link is refused
    /// everywhere; one that is dated ahead or lives too long is served by some, so there it only explains what nothing else does.
    fn judge_by_the_clock(&mut self) {
        let is_refusal = matches!(self.answer.status, 400 | 401 | 403);
        if !is_refusal || !matches!(self.failed, None | Some(Check::Signature)) {
            return;
        }
        let is_unexplained = self.failed.is_none();
        let target = self.target;
        let now = self.store_time().unwrap_or(self.now);
        let life = target.signed_at.zip(target.ends_at).map(|(from, to)| to.duration_since(from));
        let longest = SignedDuration::from_secs(target.provider.max_expiry.into());
        let words = if target.ends_at.is_some_and(|end| now >= end) {
            ("AccessDenied", "request has expired")
        } else if is_unexplained && target.signed_at.is_some_and(|from| from.duration_since(now) > AHEAD_TAKEN) {
            ("AccessDenied", "request is not yet valid")
        } else if is_unexplained && life.is_some_and(|life| life > longest) {
            ("AuthorizationQueryParametersError", "x-amz-expires must be less than a week")
        } else {
            return;
        };
        self.row = catalogue::explain("", None, words.0, words.1, Occasion::Use);
        self.failed = self.row.and_then(|row| row.check);
    }

    /// The store's clock: by the times that it compared itself, or by the head of its answer.
    fn store_time(&self) -> Option<Timestamp> {
        let compared = self.document.get("ServerTime").and_then(|time| time.parse().ok());
        compared.or_else(|| self.answer.date())
    }

    /// Whether the store refused without a word of why.
    pub(super) fn is_silent(&self) -> bool {
        let is_refusal = matches!(self.answer.status, 400 | 401 | 403);
        let is_page = self.answer.is_html() && !self.answer.is_from_a_store();
        is_refusal && !is_page && self.document.get("Code").is_none()
    }

    /// The link did what it is for.
    pub(super) fn good(&self) -> Finding {
        let answer = self.answer;
        if !answer.is_from_a_store() {
            return self.stranger();
        }
        let size = answer.size();
        let mut finding = match (answer.status, size) {
            (304, _) => self.finding(
                Outcome::WorksAsFarAsCanBeSeen,
                "The store takes the link; the condition that it carries holds the object back.",
            ),
            (416, Some(0)) => self.finding(Outcome::Works { size }, "The link works: the object is there, and empty."),
            (416, _) => self.finding(Outcome::Works { size }, "The link works, but not for the range it asks for."),
            (_, Some(1)) => self.finding(Outcome::Works { size }, "The link works: the object is there, 1 byte."),
            (_, Some(bytes)) => {
                self.finding(Outcome::Works { size }, &format!("The link works: the object is there, {bytes} bytes."))
            }
            (_, None) => self.finding(Outcome::Works { size }, "The link works: the object is there."),
        };
        (finding.code, finding.message) = Default::default();
        finding.proven = Check::ALL.to_vec();
        if answer.status == 200 && self.asked == "GET" && answer.header("content-range").is_none() {
            finding.evidence.push("The store sends the whole object even where a range is asked for.".to_owned());
        }
        if self.target.method.is_none() {
            finding.evidence.push(format!("It is a {} link.", self.asked));
        }
        finding
    }

    /// The store does not take the link.
    pub(super) fn refused(&self) -> Finding {
        let answer = self.answer;
        if matches!(answer.status, 429 | 500 | 502..=504) {
            return self.busy();
        }
        if !answer.is_from_a_store() && (answer.is_html() || !(400..500).contains(&answer.status)) {
            return self.stranger();
        }
        let missing = self.missing_headers();
        // To some stores a signed header that was not sent looks like a sent one that was not signed.
        if matches!(self.failed, Some(Check::Signature | Check::Headers)) && !missing.is_empty() {
            let summary = "Nothing speaks against the link, but it signs headers whose values are not known here.";
            let mut finding = self.finding(Outcome::WorksAsFarAsCanBeSeen, summary);
            finding.evidence.push(format!("Whoever uses it has to send {} as they were signed.", missing.join(", ")));
            finding.proven = self.proven();
            return finding;
        }
        let summary = match self.failed {
            Some(check) => format!("The link does not work: {}.", check.failed()),
            None => match self.text("Code") {
                code if code.is_empty() => format!("The store refuses the link with status {}.", answer.status),
                code => format!("The store refuses the link: {code}."),
            },
        };
        let mut finding = self.finding(Outcome::Refused, &summary);
        finding.explain(self.row);
        finding.failed = self.failed;
        finding.proven = self.proven();
        finding
    }

    /// The store, or a gateway before it, had no time for the link.
    fn busy(&self) -> Finding {
        let summary = "Whether the link works is not known: the store is busy or has trouble of its own.";
        let mut finding = self.finding(Outcome::Unreachable, summary);
        finding.explain(self.row);
        finding
    }

    /// HEAD was refused, and GET with the same link tells why, unless all it tells is that it is GET.
    pub(super) fn told_by(&self, get: &Reading<'_>) -> Finding {
        let says_why = get.document.get("Code").is_some() && get.failed != Some(Check::Signature);
        let is_stranger = get.answer.is_html() && !get.answer.is_from_a_store();
        if says_why || is_stranger {
            return get.refused();
        }
        if matches!(self.answer.status, 404 | 405 | 412) || get.is_silent() {
            return self.refused();
        }
        let mut finding = get.refused();
        finding.evidence.push(
            "The answer to HEAD has no reason in it, and GET is refused for being GET: a missing permission, or a missing \
             object that may not be listed, would look the same."
                .to_owned(),
        );
        finding.status = Some(self.answer.status);
        finding
    }

    /// Neither GET nor HEAD fits the signature, and nobody knows for what it was made.
    pub(super) fn of_any_method(&self) -> Finding {
        let mut finding = self.refused();
        finding.evidence.push(
            "It is neither a GET nor a HEAD link. It may be one to upload or delete, which a URL does not tell and \
             which is never tried out."
                .to_owned(),
        );
        finding
    }

    /// GET was refused because the link is for another method: as far as anyone can go without using it.
    pub(super) fn untried(&self, method: Method, twin: Option<&ProbeAnswer>) -> Finding {
        let twin = twin.map(|answer| Reading::new(self.target, "GET", answer, self.now).doubted());
        let deed = deed(method);
        let (left, told, proven) = match Keys::by(twin.as_ref()) {
            Keys::Wrong => return self.keys_are_wrong(),
            Keys::Right => (
                format!("only whether the key may {deed} shows when it is used"),
                "It was asked with GET and refused for that alone, while a link to read by the same keys passed."
                    .to_owned(),
                catalogue::passed_before(Check::Permission).collect(),
            ),
            Keys::Untried => (
                format!("whether it may {deed} shows only when it is used"),
                format!(
                    "It was asked with GET, which it is not for; a wrong secret key, or a link that was changed, would \
                     be refused alike. {method} was not sent."
                ),
                self.proven(),
            ),
        };
        let summary = format!("The link works as far as can be seen: {left}.");
        let mut finding = self.finding(Outcome::WorksAsFarAsCanBeSeen, &summary);
        finding.evidence.push(told);
        finding.proven = proven;
        let missing = self.missing_headers();
        if !missing.is_empty() {
            finding.evidence.push(format!("Whoever uses it has to send {} as they were signed.", missing.join(", ")));
        }
        finding
    }

    /// Not even a link to read, by the same keys, fits its signature.
    fn keys_are_wrong(&self) -> Finding {
        let mut finding = self.refused();
        finding.summary =
            "The link does not work: the keys that signed it sign nothing that the store takes.".to_owned();
        finding.evidence.push("A link to read the same object, by the same keys, is refused too.".to_owned());
        finding
    }

    /// GET was refused without a word, which says nothing of another method.
    pub(super) fn untold(&self, method: Method) -> Finding {
        let mut finding = self.finding(
            Outcome::WorksAsFarAsCanBeSeen,
            &format!(
                "Nothing is known against the link, and nothing for it: whether it may {} shows only when it is used.",
                deed(method)
            ),
        );
        finding
            .evidence
            .push("It was asked with GET, which it is not for, and the store refused without a reason.".to_owned());
        finding
    }

    /// A link that was not made for GET, and passes with GET.
    pub(super) fn too_good(&self, method: Method) -> Finding {
        let mut finding = self.finding(
            Outcome::WorksAsFarAsCanBeSeen,
            &format!("The store takes the link for reading, too, so it may well take it to {}.", deed(method)),
        );
        finding.evidence.push(format!(
            "Either it is not a {method} link, or the store does not look at signatures, or the bucket is public."
        ));
        finding
    }

    /// Something that is no store answered.
    fn stranger(&self) -> Finding {
        let mut finding = self.finding(
            Outcome::NotTheStore,
            "Whether the link works is not known: what answered is not the store, but a web page or something in between.",
        );
        finding.explain(catalogue::by_code("HTML-INSTEAD-OF-XML"));
        // Of a place that one is sent on to, only the host: such addresses often carry the whole link.
        if let Some((_, rest)) = self.answer.header("location").and_then(|location| location.split_once("//")) {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            finding.evidence.push(format!("It sends its callers on to {}.", self.shown(host)));
        }
        finding
    }

    /// What is right, going by the refusal: all of Amazon's earlier checks; with others, that a signature was looked at before
    /// permissions and objects were.
    fn proven(&self) -> Vec<Check> {
        match self.failed {
            Some(check) if goes_by_amazons_order(self.target.provider) || check > Check::Session => {
                catalogue::passed_before(check).collect()
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// A finding with everything that the answer tells whatever the verdict.
    fn finding(&self, outcome: Outcome, summary: &str) -> Finding {
        let (answer, document) = (self.answer, &self.document);
        let from_header = ["x-amz-request-id", "x-trans-id", "x-request-id", "x-guploader-uploadid", "cf-ray"];
        let request_id = from_header.iter().find_map(|name| answer.header(name)).or(document.get("RequestId"));
        let region = answer.header("x-amz-bucket-region").or(document.get("Region")).filter(|text| is_region(text));
        let ahead = answer.date().map(|theirs| self.now.duration_since(theirs));
        let skew = ahead.filter(|ahead| ahead.abs() > SKEW_TOLD).map(|ahead| ahead.as_secs());
        Finding {
            status: Some(answer.status),
            code: self.text("Code"),
            message: self.text("Message"),
            request_id: request_id.map(|id| self.shown(id)),
            skew_seconds: skew,
            region: region.map(str::to_owned),
            evidence: self.evidence(skew, region),
            ..Finding::new(outcome, summary)
        }
    }

    /// What else the answer shows, a sentence each.
    fn evidence(&self, skew: Option<i64>, region: Option<&str>) -> Vec<String> {
        let mut told = Vec::new();
        let refused = !self.answer.is_good();
        if self.failed == Some(Check::Alive) {
            let end = self.document.get("Expires").and_then(|end| end.parse().ok()).or(self.target.ends_at);
            let now = self.store_time().unwrap_or(self.now);
            if let Some(end) = end {
                told.push(format!("It ended at {}; the store's clock says {}.", second(end), second(now)));
            }
        }
        if let Some(seconds) = skew {
            let side = if seconds < 0 { "behind" } else { "ahead of" };
            told.push(format!("This machine's clock is {} s {side} the store's.", seconds.unsigned_abs()));
        }
        if let Some(region) = region.filter(|_| refused && matches!(self.failed, None | Some(Check::Scope))) {
            told.push(format!("The store names the region {region}."));
        }
        for (name, words) in [
            ("HeadersNotSigned", "Sent without being signed:"),
            ("Endpoint", "The store names the endpoint"),
            ("Header", "It is about the header"),
            ("ArgumentName", "It is about"),
        ] {
            if self.document.get(name).is_some() {
                told.push(format!("{words} {}.", self.text(name)));
            }
        }
        if self.failed == Some(Check::Signature) {
            told.extend(self.compare_with_echo());
        }
        told
    }

    /// What the store says it saw, held against what the link says. Its words themselves are not kept.
    fn compare_with_echo(&self) -> Option<String> {
        let ours = Canonical::of(self.target, self.asked).filter(|_| self.missing_headers().is_empty())?;
        let difference = match (self.document.get("CanonicalRequest"), self.document.get("StringToSign")) {
            (Some(theirs), _) => ours.difference(theirs),
            (None, Some(to_sign)) => {
                let hash = to_sign.lines().last().unwrap_or_default().trim();
                (hash != sigv4::hash(&ours.text)).then_some("request")
            }
            (None, None) => return None,
        };
        Some(match difference {
            None => "The store saw host, path, query and headers exactly as the link says them.".to_owned(),
            Some(part) => format!("The store saw another {part} than the link says: something in between changes it."),
        })
    }

    /// The headers, besides `host`, that the link signs and a probe could not send.
    fn missing_headers(&self) -> Vec<String> {
        let names = signed_header_names(self.target.url.expose());
        let known = |name: &str| name == "host" || self.target.sent().any(|(sent, _)| sent.eq_ignore_ascii_case(name));
        names.iter().filter(|name| !known(name)).map(|name| self.shown(name)).collect()
    }

    /// An element of the error, safe to show.
    fn text(&self, name: &str) -> String {
        self.document.get(name).map(|text| self.shown(text)).unwrap_or_default()
    }

    /// A server's text without what may not be shown: controls, and what the link keeps secret, however a server came to say it.
    fn shown(&self, text: &str) -> String {
        let target = self.target;
        let urls = std::iter::once(&target.url).chain(&target.twin);
        let is_key = |name: &str| name.to_ascii_lowercase().ends_with("-customer-key");
        let keys = target.headers.iter().filter(|(name, value)| is_key(name) && !value.is_empty());
        let secrets = urls.flat_map(|url| secrets(url.expose())).chain(keys.map(|(_, value)| value.clone()));
        let text = secrets.fold(text.to_owned(), |text, secret| text.replace(&secret, "…"));
        let cut: String = text.chars().take(MAX_SHOWN).collect();
        let end = if cut.len() < text.len() { "…" } else { "" };
        format!("{}{end}", visible(cut.trim()))
    }
}

/// What a link's twin tells of the keys that signed both.
enum Keys {
    Right,
    Wrong,
    Untried,
}

impl Keys {
    fn by(twin: Option<&Reading<'_>>) -> Self {
        match twin {
            Some(twin) if twin.answer.is_good() && twin.answer.is_from_a_store() => Self::Right,
            // Who says what may be done, or what is there, has found the signature right.
            Some(twin) if twin.failed > Some(Check::Session) => Self::Right,
            Some(twin) if twin.failed == Some(Check::Signature) => Self::Wrong,
            Some(_) | None => Self::Untried,
        }
    }
}

/// What did not pass by the store's words alone.
pub(super) fn failed_check(target: &Target, answer: &ProbeAnswer) -> Option<Check> {
    let document = ErrorDocument::read(&answer.body)?;
    let row = explain(target, answer, document.get("Code")?, document.get("Message").unwrap_or_default())?;
    known_check(target, row)
}

fn explain(target: &Target, answer: &ProbeAnswer, code: &str, message: &str) -> Option<&'static Row> {
    catalogue::explain(&target.provider.id, Some(answer.status), code, message, Occasion::Use)
}

/// The check of a row, unless it is the error that everything may be: only Amazon says elsewhere what else is wrong.
fn known_check(target: &Target, row: &Row) -> Option<Check> {
    let says_nothing = row.code == "AccessDenied" && row.says.is_empty();
    row.check.filter(|_| !says_nothing || goes_by_amazons_order(target.provider))
}

/// Whether the order of the checks is known to be Amazon's.
fn goes_by_amazons_order(provider: &Provider) -> bool {
    provider.id == "aws"
}

fn deed(method: Method) -> &'static str {
    match method {
        Method::Get | Method::Head => "read",
        Method::Put | Method::Post => "upload",
        Method::Delete => "delete",
    }
}

/// To the second, in UTC.
fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

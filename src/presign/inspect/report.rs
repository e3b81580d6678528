//! What an inspection found, as data: for scripts as JSON, for people as lines. Neither holds signature, token or query.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use super::mail::Repair;
use super::place::Style;
use super::proof::Proof;
use super::signature::SignatureVersion;
use super::signer::Signer;
use super::told::{self, ServerError};
use super::verdict::{Verdict, span};
use crate::presign::link::SignedUrl;
use crate::presign::probe;
use crate::presign::request::Method;
use crate::s3::catalogue::{self, Check};
use crate::s3::provider::{self, Provider};
use crate::s3::text::visible;

/// The outcome of an inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The conclusion.
    pub verdict: Verdict,
    /// What is to be thought of the link alone, whatever refusal was pasted along.
    pub alone: Verdict,
    /// What was concluded before its store was asked; the same where nobody asked.
    pub offline: Verdict,
    /// Everything worth knowing, the worst first.
    pub findings: Vec<Finding>,
    /// What was undone to read the link.
    pub repairs: Vec<Repair>,
    /// What the link says; `None` where there is none.
    pub link: Option<LinkFacts>,
    /// The server's refusal that was pasted along.
    pub told: Option<ServerError>,
    /// What its store answered when it was asked.
    pub live: Option<probe::Finding>,
    /// The link as it should be sent, for asking the server. Never part of what is shown or serialised.
    pub repaired_url: Option<SignedUrl>,
}

/// Something worth knowing about a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// One sentence, safe for a terminal.
    pub text: String,
}

/// How much a finding matters; the worst is last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// May go wrong, or gives away more than was meant.
    Caution,
    /// Keeps the link from working.
    Fault,
}

impl Finding {
    /// Good to know.
    pub fn info(text: impl Into<String>) -> Self {
        Self { severity: Severity::Info, text: text.into() }
    }

    /// May go wrong.
    pub fn caution(text: impl Into<String>) -> Self {
        Self { severity: Severity::Caution, text: text.into() }
    }

    /// Keeps the link from working.
    pub fn fault(text: impl Into<String>) -> Self {
        Self { severity: Severity::Fault, text: text.into() }
    }
}

/// What a link says, and what follows from it. Texts are as they stand in the link, decoded; show them through `visible`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkFacts {
    /// How it is signed.
    pub signature_version: SignatureVersion,
    /// Whether the signature is right.
    pub proof: Proof,
    /// Who signed it.
    pub signer: Option<Signer>,
    /// The method that it is for.
    pub method: MethodFact,
    /// `http` or `https`.
    pub scheme: String,
    /// Host and port.
    pub host: String,
    /// Who runs the store.
    pub provider: Option<String>,
    /// How the bucket is named.
    pub style: Style,
    /// The region that it is signed for.
    pub signed_region: Option<String>,
    /// The region that its host names.
    pub host_region: Option<String>,
    /// The bucket.
    pub bucket: String,
    /// The key; empty where the link is for the bucket itself.
    pub key: String,
    /// The version of the object.
    pub version_id: Option<String>,
    /// What the answer's headers are to be: `response-content-type` and its like.
    pub overrides: Vec<(String, String)>,
    /// The upload that it is a part of.
    pub upload_id: Option<String>,
    /// Which part.
    pub part_number: Option<String>,
    /// When it was signed.
    pub signed_at: Option<Timestamp>,
    /// For how many seconds.
    pub expires_in: Option<i64>,
    /// When it ends, or ended: by its own words, or with temporary credentials that are known to end earlier.
    pub ends_at: Option<Timestamp>,
    /// Signed headers that whoever uses it must send, with the value where it is known.
    pub headers_to_send: Vec<(String, Option<String>)>,
}

/// The method of a link, which it does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "certainty", content = "method", rename_all = "snake_case")]
pub enum MethodFact {
    /// Found with the key that signed it, or with what its store served.
    Proven(Method),
    /// Follows from what it binds.
    Likely(Method),
    /// Not known.
    Unknown,
}

/// The JSON of a report: its names are stable, its sentences may change.
#[derive(Serialize)]
struct Json<'a> {
    good: bool,
    sentence: String,
    verdict: &'a Verdict,
    offline_verdict: &'a Verdict,
    findings: &'a [Finding],
    repairs: &'a [Repair],
    link: &'a Option<LinkFacts>,
    server_error: &'a Option<ServerError>,
    live: &'a Option<probe::Finding>,
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { verdict, offline, findings, repairs, link, told, live, alone: _, repaired_url: _ } = self;
        let (good, sentence) = (verdict.is_good(), verdict.to_string());
        Json { good, sentence, verdict, offline_verdict: offline, findings, repairs, link, server_error: told, live }
            .serialize(serializer)
    }
}

impl Report {
    /// The report for people: the verdict, what the store answered, what the link says, the findings, and what was repaired.
    /// Times are in `zone`. Safe for a terminal.
    pub fn lines(&self, zone: &TimeZone) -> Vec<String> {
        self.rows(zone).iter().map(ToString::to_string).collect()
    }

    /// The lines of the report, with what each is about.
    pub fn rows(&self, zone: &TimeZone) -> Vec<Row> {
        let mut rows = vec![Row::prose(self.verdict.to_string())];
        if let Some(live) = &self.live {
            rows.push(Row::prose(""));
            rows.extend(answer_rows(live));
            if self.verdict == Verdict::ServedAllTheSame {
                rows.push(Row::prose(format!("Without asking, this would have been said: {}", self.offline)));
            }
        }
        if let Some(link) = &self.link {
            rows.push(Row::prose(""));
            rows.extend(link.rows(zone));
        }
        let repairs = self.repairs.iter().map(|repair| Row::prose(format!("Repaired: {repair}.")));
        let findings = self.findings.iter().map(|finding| {
            let word = match finding.severity {
                Severity::Info => "Note",
                Severity::Caution => "Caution",
                Severity::Fault => "Fault",
            };
            Row::prose(format!("{word}: {}", finding.text))
        });
        let provider = self.link.as_ref().and_then(LinkFacts::preset).map_or("", |provider| &provider.id);
        let is_said = matches!(self.verdict, Verdict::OnlyError { .. });
        let told = self.told.iter().flat_map(|told| told.rows(told.explain(provider).filter(|_| !is_said)));
        let more: Vec<Row> = findings.chain(repairs).chain(told).collect();
        if !more.is_empty() {
            rows.push(Row::prose(""));
            rows.extend(more);
        }
        rows
    }
}

/// A line of a report, safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is about; empty where the text is a sentence of its own.
    pub name: String,
    /// What there is to say.
    pub text: String,
}

impl Row {
    fn prose(text: impl Into<String>) -> Self {
        Self { name: String::new(), text: text.into() }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => f.write_str(&self.text),
            name => write!(f, "{name:<11} {}", self.text),
        }
    }
}

impl LinkFacts {
    /// The preset of whoever runs the store.
    pub(super) fn preset(&self) -> Option<&'static Provider> {
        provider::all().iter().find(|provider| self.provider.as_ref() == Some(&provider.name))
    }

    fn rows(&self, zone: &TimeZone) -> Vec<Row> {
        let time = |time: Timestamp| time.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
        let region = match (&self.signed_region, &self.host_region) {
            (Some(signed), Some(host)) if signed != host => Some(format!("signed for {signed}, host in {host}")),
            (Some(region), _) | (None, Some(region)) => Some(region.clone()),
            (None, None) => None,
        };
        let part = self.part_number.as_ref().map(|number| match &self.upload_id {
            Some(id) => format!("{number} of the upload {id}"),
            None => number.clone(),
        });
        let host = match &self.provider {
            Some(provider) => format!("{} ({provider})", self.host),
            None => self.host.clone(),
        };
        let rows = [
            ("Signed", Some(self.signature())),
            ("Signed by", self.signer.as_ref().map(Signer::line)),
            ("Method", self.method_line()),
            ("Bucket", Some(self.bucket.clone()).filter(|bucket| !bucket.is_empty())),
            ("Key", Some(self.key.clone()).filter(|key| !key.is_empty())),
            ("Version", self.version_id.clone()),
            ("Part", part.or(self.upload_id.clone())),
            ("Host", Some(host)),
            ("Region", region),
            ("Signed at", self.signed_at.map(time)),
            ("Lifetime", self.expires_in.map(span)),
            ("Ends at", self.ends_at.map(time)),
        ];
        let overrides = self.overrides.iter().map(|(name, value)| (name.as_str(), Some(value.clone())));
        let rows = rows.into_iter().chain(overrides);
        let mut rows: Vec<Row> = rows.filter_map(|(name, value)| Some(row(name, &value?))).collect();
        let headers = self.headers_to_send.iter().map(|(name, value)| match value {
            Some(value) => row("Must send", &format!("{name}: {value}")),
            None => row("Must send", &format!("{name} exactly as it was signed")),
        });
        rows.extend(headers);
        rows
    }

    fn signature(&self) -> String {
        let checked = match &self.proof {
            Proof::Right { key } => format!("right, by the key of {key}"),
            Proof::Wrong { .. } => "wrong".to_owned(),
            Proof::NoKey => "not checked, as its key is not known here".to_owned(),
            Proof::HeadersUnknown { headers } => {
                format!("not checked, as the value of {} is not known", headers.join(", "))
            }
            Proof::NotChecked => "not checked".to_owned(),
        };
        match self.signature_version {
            SignatureVersion::None => "no".to_owned(),
            version => format!("{}; signature {checked}", version.name()),
        }
    }

    fn method_line(&self) -> Option<String> {
        match self.method {
            MethodFact::Proven(method) => Some(method.to_string()),
            MethodFact::Likely(method) => Some(format!("probably {method}")),
            MethodFact::Unknown => None,
        }
    }
}

impl Signer {
    fn line(&self) -> String {
        let mut line = self.access_key_id.clone();
        if !self.known_as.is_empty() {
            line = format!("{line}, which is {}", self.known_as.join(" and "));
        }
        if self.has_session_token { format!("{line} (temporary)") } else { line }
    }
}

impl ServerError {
    fn rows(&self, meant: Option<&catalogue::Row>) -> Vec<Row> {
        let rows = [
            ("Server said", self.code.as_ref().filter(|code| *code != told::BROWSER)),
            ("Message", self.message.as_ref()),
            ("Why", meant.map(|meant| &meant.cause)),
            ("What to do", meant.map(|meant| &meant.fix)),
            ("Ended at", self.expires.as_ref()),
            ("Its clock", self.server_time.as_ref()),
            ("Not signed", self.headers_not_signed.as_ref()),
            ("Its region", self.region.as_ref()),
            ("Its host", self.endpoint.as_ref()),
            ("Request id", self.request_id.as_ref()),
            ("Host id", self.host_id.as_ref()),
        ];
        rows.into_iter().filter_map(|(name, value)| Some(row(name, value?))).collect()
    }
}

/// What the store answered. Its texts are safe to show as they are.
fn answer_rows(live: &probe::Finding) -> Vec<Row> {
    let asked = Some(live.asked.join(", then ")).filter(|asked| !asked.is_empty());
    let answer = live.status.map(|status| format!("{status} {}", live.code));
    let passed = match live.proven.last() {
        Some(_) if live.proven.len() == Check::ALL.len() => Some("everything that a store checks".to_owned()),
        Some(last) => Some(format!("everything up to this: {}", last.passed())),
        None => None,
    };
    let rows = [
        ("Asked by", asked),
        ("Answer", answer),
        ("Message", Some(live.message.clone())),
        ("Why", Some(live.cause.clone())),
        ("What to do", Some(live.fix.clone())),
        ("Passed", passed),
        ("Request id", live.request_id.clone()),
    ];
    let rows =
        rows.into_iter().filter_map(|(name, value)| Some(row(name, value.filter(|text| !text.is_empty())?.trim())));
    let evidence = live.evidence.iter().map(|told| Row::prose(format!("Note: {told}")));
    let summary = Row::prose(format!("The store was asked. {}", live.summary));
    std::iter::once(summary).chain(rows).chain(evidence).collect()
}

fn row(name: &str, value: &str) -> Row {
    Row { name: name.to_owned(), text: visible(value).into_owned() }
}

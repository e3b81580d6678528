//! What is wrong between a machine and its store, found by rules: what was looked at, what it shows, what to do. Asks nobody
//! and reads no file; what was seen comes as an argument.

pub mod cdn;
pub mod connection;
pub mod cors;
pub mod files;
pub mod keys;
pub mod public;
pub mod rights;

use std::cmp::Reverse;

use serde::Serialize;

use crate::s3::text::visible;

/// What there is to look at, in the order in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The settings file, and who can read it.
    Settings,
    /// The ledger's file and folder.
    Ledger,
    /// The folder in which links are written to files.
    LinksFolder,
    /// The files of the AWS tools that keys come from, and who can read them.
    AwsFiles,
    /// Which way copied links go.
    Clipboard,
    /// Whether there are credentials, from where, and until when.
    Credentials,
    /// What the characters of the key say, and whether it can belong to this store.
    Key,
    /// Whether the store's address follows from the settings.
    Endpoint,
    /// Whether the store answers: name, proxy, TLS, time.
    Connection,
    /// How far this machine's clock is from the store's.
    Clock,
    /// Whether the bucket is where requests go.
    Region,
    /// Whether the store takes the key.
    Signature,
    /// Whether the key may list the buckets.
    ListBuckets,
    /// Whether it may list the prefix.
    ListKeys,
    /// Whether it may ask for the facts of an object.
    Head,
    /// Whether it may read an object, as its links do.
    Get,
    /// Whether it may read an object's tags.
    Tags,
    /// Whether it may list versions.
    Versions,
    /// What the bucket's rules say to the page that was asked for.
    CorsRules,
    /// What the store answers to that page's browser.
    Preflight,
    /// Whether anyone can read an object without a link.
    PublicObject,
    /// Whether the bucket's policy makes it public.
    PublicPolicy,
    /// Whether the bucket's grants make it public.
    PublicAcl,
    /// What stands between the store and those who use its links.
    Cdn,
}

impl Check {
    /// What it is called in a report.
    pub fn title(self) -> &'static str {
        match self {
            Self::Settings => "Settings",
            Self::Ledger => "Ledger",
            Self::LinksFolder => "Links folder",
            Self::AwsFiles => "AWS files",
            Self::Clipboard => "Clipboard",
            Self::Credentials => "Credentials",
            Self::Key => "Access key",
            Self::Endpoint => "Endpoint",
            Self::Connection => "Connection",
            Self::Clock => "Clock",
            Self::Region => "Region",
            Self::Signature => "Signature",
            Self::ListBuckets => "List buckets",
            Self::ListKeys => "List keys",
            Self::Head => "Head",
            Self::Get => "Get",
            Self::Tags => "Tags",
            Self::Versions => "Versions",
            Self::CorsRules => "CORS rules",
            Self::Preflight => "Preflight",
            Self::PublicObject => "Public object",
            Self::PublicPolicy => "Public policy",
            Self::PublicAcl => "Public grants",
            Self::Cdn => "CDN",
        }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Good to know.
    Note,
    /// It works, and may hurt.
    Caution,
    /// Something that was asked for does not work, or a secret lies open.
    Fault,
}

impl Severity {
    /// `ok`, `note`, `caution` or `fault`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Caution => "caution",
            Self::Fault => "fault",
        }
    }
}

/// One thing that was looked at. All texts are safe for a terminal, and none holds a secret, a signature or a signed URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Which question it answers.
    pub check: Check,
    /// What was looked at: a file, a host, `s3://bucket/prefix`.
    pub looked_at: String,
    /// What was seen.
    pub evidence: String,
    /// What to do; empty where there is nothing to do.
    pub remedy: String,
    /// What can be pasted somewhere as it is.
    pub paste: Vec<Paste>,
}

/// A text to be pasted elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paste {
    /// Where it goes: `XML, for PutBucketCors`.
    pub what: String,
    /// The text, which may have several lines.
    pub text: String,
}

impl Finding {
    fn new(severity: Severity, check: Check, looked_at: &str, evidence: &str, remedy: &str) -> Self {
        let safe = |text: &str| visible(text).into_owned();
        let (looked_at, evidence, remedy) = (safe(looked_at), safe(evidence), safe(remedy));
        Self { severity, check, looked_at, evidence, remedy, paste: Vec::new() }
    }

    /// All is well.
    pub fn ok(check: Check, looked_at: impl AsRef<str>, evidence: impl AsRef<str>) -> Self {
        Self::new(Severity::Ok, check, looked_at.as_ref(), evidence.as_ref(), "")
    }

    /// Good to know; `remedy` may be empty.
    pub fn note(check: Check, looked_at: impl AsRef<str>, evidence: impl AsRef<str>, remedy: impl AsRef<str>) -> Self {
        Self::new(Severity::Note, check, looked_at.as_ref(), evidence.as_ref(), remedy.as_ref())
    }

    /// It works, and may hurt.
    pub fn caution(
        check: Check,
        looked_at: impl AsRef<str>,
        evidence: impl AsRef<str>,
        remedy: impl AsRef<str>,
    ) -> Self {
        Self::new(Severity::Caution, check, looked_at.as_ref(), evidence.as_ref(), remedy.as_ref())
    }

    /// It does not work, or lies open.
    pub fn fault(check: Check, looked_at: impl AsRef<str>, evidence: impl AsRef<str>, remedy: impl AsRef<str>) -> Self {
        Self::new(Severity::Fault, check, looked_at.as_ref(), evidence.as_ref(), remedy.as_ref())
    }
}

/// Everything that was found: the worst first, and what is as bad in the order of [`Check`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What the user calls the store.
    pub store: String,
    /// What of it was looked at: `s3://bucket/prefix`, or `s3://` for the store as a whole.
    pub place: String,
    /// The worst of the findings.
    pub verdict: Severity,
    /// The findings.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Puts findings, in whatever order they were made, into a report.
    pub fn new(store: &str, place: &str, mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| (Reverse(finding.severity), finding.check));
        let verdict = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok);
        Self { store: visible(store).into_owned(), place: visible(place).into_owned(), verdict, findings }
    }

    /// The report for people, a line each; what is to be pasted keeps its own lines.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} at {}", self.place, self.store), String::new()];
        for finding in &self.findings {
            let Finding { severity, check, looked_at, evidence, remedy, paste } = finding;
            lines.push(format!("{:<8} {:<14} {looked_at}: {evidence}", severity.word(), check.title()));
            if !remedy.is_empty() {
                lines.push(format!("{:<8} {:<14} -> {remedy}", "", ""));
            }
            for Paste { what, text } in paste {
                lines.extend([String::new(), format!("{what}:")]);
                lines.extend(text.lines().map(str::to_owned));
            }
            if !paste.is_empty() {
                lines.push(String::new());
            }
        }
        if lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(String::new());
        }
        lines.push(self.summary());
        lines
    }

    /// What to take away, in one sentence.
    pub fn summary(&self) -> String {
        let count = |severity| self.findings.iter().filter(|finding| finding.severity == severity).count();
        let named = |count: usize, word: &str| match count {
            0 => None,
            1 => Some(format!("1 {word}")),
            _ => Some(format!("{count} {word}s")),
        };
        let told = [named(count(Severity::Fault), "fault"), named(count(Severity::Caution), "caution")];
        match told.into_iter().flatten().collect::<Vec<_>>() {
            none if none.is_empty() => "Nothing is wrong.".to_owned(),
            some => format!("{}.", some.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_finding_is_told_first_and_is_the_verdict() {
        let findings = vec![
            Finding::ok(Check::Get, "s3://b/k", "it may"),
            Finding::caution(Check::Clock, "this machine", "slow", "set it"),
            Finding::note(Check::Settings, "config.toml", "there is none", ""),
        ];
        let report = Report::new("b2", "s3://b/", findings);
        assert_eq!(report.verdict, Severity::Caution);
        let order: Vec<Check> = report.findings.iter().map(|finding| finding.check).collect();
        assert_eq!(order, [Check::Clock, Check::Settings, Check::Get]);
        assert_eq!(
            report.lines(),
            [
                "s3://b/ at b2",
                "",
                "caution  Clock          this machine: slow",
                "                        -> set it",
                "note     Settings       config.toml: there is none",
                "ok       Get            s3://b/k: it may",
                "",
                "1 caution.",
            ]
        );
    }

    #[test]
    fn the_json_has_names_that_scripts_can_rely_on() {
        let finding = Finding::fault(Check::PublicAcl, "s3://b", "all\u{1b}", "close it");
        let json = serde_json::to_value(Report::new("s", "s3://b/", vec![finding])).unwrap();
        let expected = serde_json::json!({
            "store": "s", "place": "s3://b/", "verdict": "fault",
            "findings": [{
                "severity": "fault", "check": "public-acl", "looked_at": "s3://b", "evidence": "all␛",
                "remedy": "close it", "paste": [],
            }],
        });
        assert_eq!(json, expected);
    }
}

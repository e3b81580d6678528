//! How a link leaves: as a line on standard output, with what is unwise about it on standard error. The one place that
//! writes links out.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::mem::{Discriminant, discriminant};

use jiff::Timestamp;
use serde::Serialize;

use crate::presign::caution::{Caution, cautions};
use crate::presign::expiry::Lifetime;
use crate::presign::link::{LimitedBy, Link, Session, SignedUrl};
use crate::presign::rules::Rules;
use crate::s3::text::visible;

/// The fields of an object of `--json`, with what they say. Fields are only ever added.
pub(super) const FIELDS: &[(&str, &str)] = &[
    ("url", "the link"),
    ("method", "GET, PUT, HEAD or DELETE"),
    ("bucket", "the bucket"),
    ("key", "the key, byte for byte"),
    ("version_id", "the version, or null"),
    ("host", "the host and port that the link goes to"),
    ("signed_at", "the time it is signed for; all times are RFC 3339 in UTC"),
    ("expires_in", "seconds from signed_at to expires_at"),
    ("expires_at", "when it really ends: for whichever reason comes first"),
    ("asked", "the seconds that were asked for; where nobody asked, the usual ones"),
    ("limited_by", "what sets the end: asked, ceiling (max_expires_in) or credentials"),
    ("limited_by_reason", "the same in words"),
    ("required_headers", "an object of headers that the sender must send exactly so"),
    ("access_key_id", "the id of the key that signed it; the link shows it as well"),
    ("temporary", "whether that key belongs to a session, and the link dies with it"),
    ("source", "where the key came from"),
    ("cautions", "an array of sentences: what to know before handing it on"),
];

/// How links are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// The URL alone.
    Url,
    /// A JSON object.
    Json,
}

/// Whether what is unwise about a link is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remarks {
    /// Each kind once, of the first link it is true of.
    Said,
    /// Not at all.
    Unsaid,
}

/// Writes links, one a line.
pub(super) struct Output<'a, O, E> {
    format: Format,
    remarks: Remarks,
    rules: &'a Rules,
    out: O,
    err: E,
    said: Vec<Discriminant<Caution>>,
}

impl<'a, O: Write, E: Write> Output<'a, O, E> {
    /// Links of a store with these rules go to `out`, remarks on them to `err`.
    pub(super) fn new(format: Format, remarks: Remarks, rules: &'a Rules, out: O, err: E) -> Self {
        Self { format, remarks, rules, out, err, said: Vec::new() }
    }

    /// Writes one link.
    pub(super) fn write(&mut self, link: &Link) -> io::Result<()> {
        let cautions = cautions(link, self.rules.provider);
        match self.format {
            Format::Url => writeln!(self.out, "{}", link.url.expose())?,
            Format::Json => {
                serde_json::to_writer(&mut self.out, &Record::of(link, &cautions))?;
                writeln!(self.out)?;
            }
        }
        match self.remarks {
            Remarks::Said => self.remark(link, &cautions),
            Remarks::Unsaid => {}
        }
        Ok(())
    }

    /// Writes what is still held back.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn remark(&mut self, link: &Link, cautions: &[Caution]) {
        for caution in cautions {
            if self.said.contains(&discriminant(caution)) {
                continue;
            }
            self.said.push(discriminant(caution));
            let object = link.request.object.to_string();
            let end = match caution {
                Caution::EndsWithSession { .. } => format!("It works until {}. ", to_the_second(link.ends_at)),
                Caution::Long(_)
                | Caution::PlainHttp
                | Caution::LostInBrowsers
                | Caution::Deletes(_)
                | Caution::Replaces => String::new(),
            };
            // Where nobody hears it, the link is made all the same.
            let _ = writeln!(self.err, "daypass: {} {}: {end}{caution}", link.request.method, visible(&object));
        }
    }
}

/// A link as scripts get it.
#[derive(Serialize)]
struct Record<'a> {
    url: &'a str,
    method: &'a str,
    bucket: &'a str,
    key: &'a str,
    version_id: Option<&'a str>,
    host: &'a str,
    signed_at: String,
    expires_in: i64,
    expires_at: String,
    asked: u32,
    limited_by: &'a str,
    limited_by_reason: String,
    required_headers: BTreeMap<String, &'a str>,
    access_key_id: &'a str,
    temporary: bool,
    source: &'a str,
    cautions: Vec<String>,
}

impl<'a> Record<'a> {
    fn of(link: &'a Link, cautions: &[Caution]) -> Self {
        let (request, object) = (&link.request, &link.request.object);
        let headers = request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()));
        Self {
            url: link.url.expose(),
            method: request.method.as_str(),
            bucket: object.bucket.as_str(),
            key: object.key.as_str(),
            version_id: object.version.as_ref().map(|version| version.0.as_str()),
            host: host(&link.url),
            signed_at: link.signed_at.to_string(),
            expires_in: link.ends_at.as_second() - link.signed_at.as_second(),
            expires_at: to_the_second(link.ends_at),
            asked: match request.lifetime {
                Lifetime::Usual(expiry) | Lifetime::For(expiry) => expiry.seconds(),
                Lifetime::Until(_) => link.expires_in.seconds(),
            },
            limited_by: match link.limited_by {
                LimitedBy::Asked => "asked",
                LimitedBy::Ceiling => "ceiling",
                LimitedBy::Credentials => "credentials",
            },
            limited_by_reason: reason(link),
            required_headers: headers.collect(),
            access_key_id: &link.access_key_id,
            temporary: link.session == Session::Temporary,
            source: &link.source,
            cautions: cautions.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Why a link ends when it does.
fn reason(link: &Link) -> String {
    match (link.limited_by, link.request.lifetime) {
        (LimitedBy::Asked, Lifetime::Usual(_)) => "nobody asked for another lifetime than the usual one".to_owned(),
        (LimitedBy::Asked, Lifetime::For(_) | Lifetime::Until(_)) => "this is what was asked for".to_owned(),
        (LimitedBy::Ceiling, _) => {
            format!("the settings of this store let a link live {} (max_expires_in)", link.expires_in)
        }
        (LimitedBy::Credentials, _) => format!(
            "the credentials from {} end then, before the {} that were asked for",
            visible(&link.source),
            link.expires_in
        ),
    }
}

/// Host and port of a URL.
fn host(url: &SignedUrl) -> &str {
    let (_, rest) = url.expose().split_once("://").unwrap_or(("", url.expose()));
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// A moment without its fraction of a second.
fn to_the_second(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

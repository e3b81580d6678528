//! A record of the ledger as one line of JSON, and the way back.
//!
//! A line never holds the URL's query, signature or token, nor the value of a header. Its fields keep their names:
//!
//! | field | what it says |
//! |---|---|
//! | `v` | the version of these fields: [`VERSION`]. A later version adds fields, which are passed over |
//! | `at` | when the link was handed on (RFC 3339, UTC) |
//! | `who` | the user of the operating system |
//! | `store`, `provider` | what the user calls the store, and the id of the preset that it follows |
//! | `method`, `bucket`, `key`, `version` | what the link may do, and to what; no `version` where none is pinned |
//! | `ends_at` | when the link stops working by itself (RFC 3339, UTC) |
//! | `limited_by` | what sets that end: `asked`, `ceiling` or `credentials` |
//! | `signed_headers` | the names of the headers that the link binds, in lower case |
//! | `access_key_last4` | the end of the id of the access key that signed |
//! | `temporary` | whether those credentials were temporary |
//! | `host` | host and port that the link goes to |
//! | `destination` | where the link went: a word of [`Destination`] |
//! | `note` | what the user wrote down about it, where they did |
//! | `batch` | what the links of one request have in common, where there were several |
//! | `url_sha256` | the first 16 hex digits of the URL's SHA-256 |

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::issued::KeyLinks;
use super::{Destination, Issuer, Record};
use crate::presign::link::LimitedBy;
use crate::presign::request::Method;
use crate::s3::location::{ObjectId, VersionId};
use crate::s3::name::{BucketName, Key};
use crate::s3::text::visible;

/// The version of the fields that is written.
pub const VERSION: u32 = 1;

/// Most lines are no longer, in bytes.
const USUAL_LINE: usize = 512;

/// Why a line is not a record. What the line says is not repeated: nobody knows what it is.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LineError {
    /// Not JSON, not UTF-8, cut short, or without a field that every record has.
    #[error("not a record")]
    NotARecord,
    /// A field holds what this version cannot understand.
    #[error("`{0}` holds something that this daypass does not know")]
    Unknown(&'static str),
    /// Longer than any record.
    #[error("longer than any record")]
    TooLong,
}

impl Record {
    /// The record as one line of JSON, without the line's end. Safe to print: whatever a terminal would obey is escaped.
    pub fn line(&self) -> String {
        let mut line = Vec::with_capacity(USUAL_LINE);
        // Nothing in a row can fail to become JSON: its keys are names, its values texts and numbers.
        let written = serde_json::to_writer(&mut line, &Row::from(self)).map(|()| String::from_utf8(line));
        escaped(written.map(Result::unwrap_or_default).unwrap_or_default())
    }

    /// Reads a line, with or without its end.
    pub fn parse_line(line: &[u8]) -> Result<Self, LineError> {
        let row: Row = serde_json::from_slice(line).map_err(|_| LineError::NotARecord)?;
        row.try_into()
    }
}

impl KeyLinks {
    /// The key as one line of JSON, without the line's end: `v`, `access_key_last4` and `temporary` as in a record, the
    /// `stores`, the number of `live` links, and the `last_end`.
    pub fn line(&self) -> String {
        let row = KeyRow {
            v: VERSION,
            access_key_last4: &self.access_key_last4,
            temporary: self.temporary,
            stores: &self.stores,
            live: self.live,
            last_end: self.last_end.to_string(),
        };
        escaped(serde_json::to_string(&row).unwrap_or_default())
    }
}

/// A record in the words of its line. What is written borrows from the record, as a script notes many.
#[derive(Deserialize, Serialize)]
struct Row<'a> {
    v: u32,
    at: String,
    #[serde(borrow)]
    who: Cow<'a, str>,
    #[serde(borrow)]
    store: Cow<'a, str>,
    #[serde(borrow)]
    provider: Cow<'a, str>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    bucket: Cow<'a, str>,
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    version: Option<Cow<'a, str>>,
    ends_at: String,
    #[serde(borrow)]
    limited_by: Cow<'a, str>,
    signed_headers: Cow<'a, [String]>,
    #[serde(borrow)]
    access_key_last4: Cow<'a, str>,
    temporary: bool,
    #[serde(borrow)]
    host: Cow<'a, str>,
    #[serde(borrow)]
    destination: Cow<'a, str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    note: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    batch: Option<Cow<'a, str>>,
    #[serde(borrow)]
    url_sha256: Cow<'a, str>,
}

/// The links of a key in the words of their line.
#[derive(Serialize)]
struct KeyRow<'a> {
    v: u32,
    access_key_last4: &'a str,
    temporary: bool,
    stores: &'a BTreeSet<String>,
    live: usize,
    last_end: String,
}

impl<'a> From<&'a Record> for Row<'a> {
    fn from(record: &'a Record) -> Self {
        let Issuer { who, store, provider } = &record.issuer;
        let optional = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        Self {
            v: VERSION,
            at: record.at.to_string(),
            who: who.into(),
            store: store.into(),
            provider: provider.into(),
            method: record.method.as_str().into(),
            bucket: record.object.bucket.as_str().into(),
            key: record.object.key.as_str().into(),
            version: record.object.version.as_ref().map(|version| Cow::Borrowed(&*version.0)),
            ends_at: record.ends_at.to_string(),
            limited_by: word_of_limit(record.limited_by).into(),
            signed_headers: Cow::Borrowed(&record.signed_headers),
            access_key_last4: Cow::Borrowed(&record.access_key_last4),
            temporary: record.temporary,
            host: Cow::Borrowed(&record.host),
            destination: record.destination.word().into(),
            note: optional(&record.note),
            batch: optional(&record.batch),
            url_sha256: Cow::Borrowed(&record.url_sha256),
        }
    }
}

impl TryFrom<Row<'_>> for Record {
    type Error = LineError;

    fn try_from(row: Row<'_>) -> Result<Self, LineError> {
        use LineError::Unknown;
        if row.v == 0 {
            return Err(Unknown("v"));
        }
        let methods = [Method::Get, Method::Head, Method::Put, Method::Delete, Method::Post];
        let limits = [LimitedBy::Asked, LimitedBy::Ceiling, LimitedBy::Credentials];
        let object = ObjectId {
            bucket: BucketName::parse(&row.bucket).map_err(|_| Unknown("bucket"))?,
            key: Key::from_store(row.key.into_owned()).ok_or(Unknown("key"))?,
            version: row.version.map(|version| VersionId(version.into_owned())),
        };
        let issuer =
            Issuer { who: row.who.into_owned(), store: row.store.into_owned(), provider: row.provider.into_owned() };
        Ok(Self {
            at: row.at.parse().map_err(|_| Unknown("at"))?,
            issuer,
            method: known(methods, Method::as_str, &row.method).ok_or(Unknown("method"))?,
            object,
            ends_at: row.ends_at.parse().map_err(|_| Unknown("ends_at"))?,
            limited_by: known(limits, word_of_limit, &row.limited_by).ok_or(Unknown("limited_by"))?,
            signed_headers: row.signed_headers.into_owned(),
            access_key_last4: row.access_key_last4.into_owned(),
            temporary: row.temporary,
            host: row.host.into_owned(),
            destination: known(Destination::ALL, Destination::word, &row.destination).ok_or(Unknown("destination"))?,
            note: row.note.map(Cow::into_owned),
            batch: row.batch.map(Cow::into_owned),
            url_sha256: row.url_sha256.into_owned(),
        })
    }
}

/// The one that is called `word`.
fn known<T: Copy, const N: usize>(all: [T; N], name: fn(T) -> &'static str, word: &str) -> Option<T> {
    all.into_iter().find(|one| name(*one) == word)
}

fn word_of_limit(limit: LimitedBy) -> &'static str {
    match limit {
        LimitedBy::Asked => "asked",
        LimitedBy::Ceiling => "ceiling",
        LimitedBy::Credentials => "credentials",
    }
}

/// JSON with every character escaped that a terminal would obey or hide. Outside of its texts JSON has none of them.
fn escaped(json: String) -> String {
    if matches!(visible(&json), Cow::Borrowed(_)) {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match visible(c.encode_utf8(&mut [0; 4])) {
            Cow::Borrowed(_) => safe.push(c),
            // Beyond U+FFFF, JSON writes the two halves of UTF-16 (RFC 8259, section 7).
            Cow::Owned(_) => {
                safe.extend(c.encode_utf16(&mut [0; 2]).iter().map(|half| format!("\\u{half:04x}")));
            }
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::super::Handing;
    use super::super::tests::{SSE_C, TOKEN, link, record};
    use super::*;

    #[test]
    fn a_line_has_these_fields_under_these_names() {
        let record = Record { note: Some("for Grace".into()), batch: Some("7".into()), ..record() };
        let expected = String::from(
            r#"{"v":1,"at":"2026-11-20T12:00:01Z","who":"ada","store":"support","provider":"b2","method":"GET","#,
        ) + r#""bucket":"invoices","key":"2026/Q3.pdf","ends_at":"2026-11-20T12:15:00Z","limited_by":"asked","#
            + r#""signed_headers":["host","x-amz-server-side-encryption-customer-key"],"access_key_last4":"MPLE","#
            + r#""temporary":false,"host":"s3.us-west-004.backblazeb2.com","destination":"clipboard","#
            + r#""note":"for Grace","batch":"7","url_sha256":""#;
        let line = record.line();
        assert_eq!(line.strip_suffix(&format!("{}\"}}", record.url_sha256)), Some(expected.as_str()));
        assert!(record.url_sha256.len() == 16 && record.url_sha256.chars().all(|c| c.is_ascii_hexdigit()));
    }

    #[test]
    fn nothing_secret_is_in_a_line() {
        let link = link(Method::Put, Some(TOKEN));
        let handing = Handing { at: link.signed_at, destination: Destination::File, note: None, batch: None };
        let record = Record::of(&link, Issuer::default(), handing);
        let line = record.line();
        let signature = link.url.expose().rsplit('=').next().unwrap();
        for secret in [TOKEN, SSE_C, signature, "X-Amz-", "bPxRfiCYEXAMPLEKEY", "ASIAIOSFODNN7"] {
            assert!(!line.contains(secret) && !format!("{record:?}").contains(secret), "{secret}: {line}");
        }
        assert!(record.temporary);
    }

    #[test]
    fn fields_of_a_later_version_are_passed_over_and_words_of_one_are_no_record() {
        let line = record().line();
        let later = line.replace("\"v\":1", "\"v\":2,\"region\":{\"a\":[1]}");
        assert_eq!(Record::parse_line(later.as_bytes()), Ok(record()));
        let stranger = line.replace("clipboard", "pigeon");
        assert_eq!(Record::parse_line(stranger.as_bytes()), Err(LineError::Unknown("destination")));
        assert_eq!(Record::parse_line(line.replace("GET", "get").as_bytes()), Err(LineError::Unknown("method")));
        assert_eq!(Record::parse_line(line.replace("\"v\":1", "\"v\":0").as_bytes()), Err(LineError::Unknown("v")));
        for foreign in ["", "{}", "[]", "null", "{\"v\":1}", "GET /x", "\u{feff}{}"] {
            assert_eq!(Record::parse_line(foreign.as_bytes()), Err(LineError::NotARecord), "{foreign}");
        }
    }

    #[test]
    fn a_line_shows_a_terminal_nothing_to_obey() {
        let object = ObjectId::current(
            BucketName::parse("b").unwrap(),
            Key::parse("a\u{1b}[2J\u{9b}1m\u{202e}\u{e0041}\u{7f}\n").unwrap(),
        );
        let record = Record { object, ..record() };
        let line = record.line();
        assert!(matches!(visible(&line), Cow::Borrowed(_)), "{line}");
        assert!(line.contains(r"a\u001b[2J\u009b1m\u202e\udb40\udc41\u007f\n"), "{line}");
        assert_eq!(Record::parse_line(line.as_bytes()), Ok(record));
    }

    proptest! {
        #[test]
        fn a_record_survives_its_line(
            key in "\\PC{1,300}|[\\x00-\\x1f\\x7f-\\u{9f}\\u{202e}🧾\"\\\\/]{1,40}|[a🧾]{1,1024}",
            texts in prop::array::uniform5(any::<String>()),
            note in any::<Option<String>>(),
            version in any::<Option<String>>(),
            destination in prop::sample::select(&Destination::ALL[..]),
            nanosecond in -1_000_000_000_000_000_000_i128..4_000_000_000_000_000_000,
        ) {
            let [who, store, provider, host, header] = texts;
            let object = ObjectId { key: Key::from_store(key).unwrap(), version: version.map(VersionId), ..record().object };
            let record = Record {
                at: Timestamp::from_nanosecond(nanosecond).unwrap(),
                issuer: Issuer { who, store, provider },
                object,
                signed_headers: vec![header],
                host,
                destination,
                batch: note.clone(),
                note,
                ..record()
            };
            let line = record.line();
            prop_assert_eq!(line.lines().count(), 1);
            prop_assert!(matches!(visible(&line), Cow::Borrowed(_)));
            prop_assert_eq!(Record::parse_line(line.as_bytes()), Ok(record));
        }

        #[test]
        fn any_bytes_are_a_record_or_not_one(line in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Record::parse_line(&line).is_err());
        }

        #[test]
        fn a_line_that_was_tampered_with_is_a_record_or_not_one(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut line = record().line().into_bytes();
            let at = at.index(line.len());
            line[at] = byte;
            if let Ok(read) = Record::parse_line(&line) {
                prop_assert_eq!(Record::parse_line(read.line().as_bytes()), Ok(read));
            }
        }
    }
}

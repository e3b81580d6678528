//! The ledger of issued links: what is noted about each. A line holds it as [`mod@line`] says; where the lines are kept is the
//! world's business.
//!
//! A link that goes to a second place, copied and then written to a file, gets a second record with the same `url_sha256`.
//! So a line is written once and never changed, and whoever counts links counts different URLs: [`issued`].

pub mod early_end;
pub mod issued;
pub mod line;
pub mod warning;

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::expiry::Expiry;
use super::link::{LimitedBy, Link};
use super::policy::UploadForm;
use super::request::Method;
use crate::s3::location::ObjectId;

/// How much of an access key id is kept: enough to tell one's own keys apart.
const KEY_END: usize = 4;

/// The most that passes between signing a link and handing it on, in seconds.
const HANDING_SECONDS: u64 = 5;

/// One link on its way to one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it was handed on.
    pub at: Timestamp,
    /// By whom, and through which store.
    pub issuer: Issuer,
    /// What it may do.
    pub method: Method,
    /// To which object or version.
    pub object: ObjectId,
    /// When it stops working by itself.
    pub ends_at: Timestamp,
    /// What sets that end.
    pub limited_by: LimitedBy,
    /// The names of the headers that it binds, in lower case and alphabetical order. Never their values.
    pub signed_headers: Vec<String>,
    /// The last four characters of the access key id.
    pub access_key_last4: String,
    /// Whether the credentials were temporary.
    pub temporary: bool,
    /// Host and port that it goes to.
    pub host: String,
    /// Where it went.
    pub destination: Destination,
    /// What the user wrote down about it.
    pub note: Option<String>,
    /// What the links of one request have in common.
    pub batch: Option<String>,
    /// Names the URL: [`super::link::SignedUrl::sha256_prefix`].
    pub url_sha256: String,
}

/// Who issues links, and through which store: the same for all links of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issuer {
    /// The user of the operating system.
    pub who: String,
    /// What the user calls the store.
    pub store: String,
    /// The id of the preset that the store follows: `b2`.
    pub provider: String,
}

/// How one link was handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handing {
    /// When.
    pub at: Timestamp,
    /// Where to.
    pub destination: Destination,
    /// What the user wrote down about it.
    pub note: Option<String>,
    /// What the links of one request have in common.
    pub batch: Option<String>,
}

/// Where a link went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// The desktop's clipboard.
    Clipboard,
    /// The terminal, which was asked to copy it.
    Terminal,
    /// The buffer of tmux.
    Tmux,
    /// A file that only the user can read.
    File,
    /// Standard output.
    Stdout,
    /// A QR code on the screen.
    Qr,
    /// The screen, to be copied by hand.
    Screen,
    /// A page or script that was written around it.
    Script,
}

impl Destination {
    /// Every destination.
    pub const ALL: [Self; 8] =
        [Self::Clipboard, Self::Terminal, Self::Tmux, Self::File, Self::Stdout, Self::Qr, Self::Screen, Self::Script];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clipboard => "clipboard",
            Self::Terminal => "terminal",
            Self::Tmux => "tmux",
            Self::File => "file",
            Self::Stdout => "stdout",
            Self::Qr => "qr",
            Self::Screen => "screen",
            Self::Script => "script",
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Record {
    /// What there is to note about `link`, which was handed on.
    pub fn of(link: &Link, issuer: Issuer, handing: Handing) -> Self {
        let headers = link.request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
        let mut signed_headers: Vec<String> = headers.chain(["host".to_owned()]).collect();
        signed_headers.sort();
        Self {
            at: handing.at,
            issuer,
            method: link.request.method,
            object: link.request.object.clone(),
            ends_at: link.ends_at,
            limited_by: link.limited_by,
            signed_headers,
            access_key_last4: end_of_key(&link.access_key_id),
            temporary: link.url.is_temporary(),
            host: link.url.authority().to_owned(),
            destination: handing.destination,
            note: handing.note,
            batch: handing.batch,
            url_sha256: link.url.sha256_prefix(),
        }
    }

    /// What there is to note about an upload form, which was handed on. Of its fields the names are noted, as a link's
    /// headers are.
    pub fn of_form(form: &UploadForm, issuer: Issuer, handing: Handing) -> Self {
        let url = form.as_url();
        let fields: BTreeSet<String> = form.request.fields.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        Self {
            at: handing.at,
            issuer,
            method: Method::Post,
            object: ObjectId::current(form.request.bucket.clone(), form.key.clone()),
            ends_at: form.ends_at,
            limited_by: form.limited_by,
            signed_headers: fields.into_iter().collect(),
            access_key_last4: end_of_key(&form.access_key_id),
            temporary: url.is_temporary(),
            host: url.authority().to_owned(),
            destination: handing.destination,
            note: handing.note,
            batch: handing.batch,
            url_sha256: url.sha256_prefix(),
        }
    }

    /// Whether the link still works at `now`, as far as the ledger can know.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends_at
    }

    /// How long it was to live. `None` where something else cut it short: then nobody knows any more.
    pub fn lifetime(&self) -> Option<Expiry> {
        match self.limited_by {
            LimitedBy::Asked => {}
            LimitedBy::Ceiling | LimitedBy::Credentials => return None,
        }
        let seconds = u64::try_from(self.ends_at.as_second().saturating_sub(self.at.as_second())).ok()?;
        // It was signed a little before it was noted, and most lifetimes are whole minutes.
        let minutes = seconds.next_multiple_of(60);
        Expiry::from_seconds(if minutes - seconds <= HANDING_SECONDS { minutes } else { seconds }).ok()
    }

    /// Whether `text` stands anywhere in it, upper and lower case being the same.
    pub fn contains(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let Issuer { who, store, provider } = &self.issuer;
        let uri = self.object.to_string();
        let version = self.object.version.as_ref().map(|version| version.0.as_str());
        [who, store, provider, &uri, &self.host, &self.access_key_last4, &self.url_sha256]
            .into_iter()
            .map(String::as_str)
            .chain([self.method.as_str(), self.destination.word()])
            .chain([version, self.note.as_deref(), self.batch.as_deref()].into_iter().flatten())
            .any(|field| field.to_lowercase().contains(&text))
    }

    /// What counts as one act of issuing: a batch, or else a link, wherever it went.
    pub fn act(&self) -> &str {
        self.batch.as_deref().unwrap_or(&self.url_sha256)
    }
}

fn end_of_key(id: &str) -> String {
    id.chars().skip(id.chars().count().saturating_sub(KEY_END)).collect()
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::super::credentials::SigningCredentials;
    use super::super::expiry::Expiry;
    use super::super::request::LinkRequest;
    use super::super::sign::sign;
    use super::*;
    use crate::s3::address::{Address, AddressingStyle, Endpoint};
    use crate::s3::name::{BucketName, Key};

    pub(super) const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKEN";
    pub(super) const SSE_C: &str = "c2VjcmV0IGtleSBvZiB0aGUgY3VzdG9tZXIgISEhISE=";

    pub(super) fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    pub(super) fn link(method: Method, token: Option<&str>) -> Link {
        let object = ObjectId::current(BucketName::parse("invoices").unwrap(), Key::parse("2026/Q3.pdf").unwrap());
        let mut request = LinkRequest::new(method, object, Expiry::from_seconds(900).unwrap());
        request.headers.push(("X-Amz-Server-Side-Encryption-Customer-Key".into(), SSE_C.into()));
        let credentials = SigningCredentials {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            session_token: token.map(SecretString::from),
            expires: None,
            source: "profile support".into(),
        };
        let address = Address {
            endpoint: Endpoint::parse("https://s3.us-west-004.backblazeb2.com").unwrap(),
            region: "us-west-004".into(),
            style: AddressingStyle::Path,
        };
        sign(&request, &address, &credentials, at("2026-11-20T12:00:00Z")).unwrap()
    }

    pub(super) fn record() -> Record {
        let issuer = Issuer { who: "ada".into(), store: "support".into(), provider: "b2".into() };
        let handing =
            Handing { at: at("2026-11-20T12:00:01Z"), destination: Destination::Clipboard, note: None, batch: None };
        Record::of(&link(Method::Get, None), issuer, handing)
    }

    pub(super) fn numbered(number: usize) -> Record {
        Record { url_sha256: format!("{number:016x}"), ..record() }
    }

    #[test]
    fn a_lifetime_is_read_off_the_record_where_nothing_cut_it_short() {
        let lived = |at_second: &str, ends_at: &str| {
            Record { at: at(at_second), ends_at: at(ends_at), ..record() }.lifetime().map(|life| life.to_string())
        };
        assert_eq!(lived("2026-11-20T12:00:00.9Z", "2026-11-20T12:15:00Z"), Some("15m".into()));
        assert_eq!(lived("2026-11-20T12:00:04Z", "2026-11-20T12:15:00Z"), Some("15m".into()));
        assert_eq!(lived("2026-11-20T12:00:00Z", "2026-11-20T12:01:30Z"), Some("1m30s".into()));
        assert_eq!(lived("2026-11-20T12:00:00Z", "2026-11-20T11:00:00Z"), None);
        for limited_by in [LimitedBy::Ceiling, LimitedBy::Credentials] {
            assert_eq!(Record { limited_by, ..record() }.lifetime(), None);
        }
    }

    #[test]
    fn a_link_is_live_until_its_end_and_not_at_it() {
        assert!(record().is_live(at("2026-11-20T12:14:59.9Z")));
        assert!(!record().is_live(at("2026-11-20T12:15:00Z")));
    }

    #[test]
    fn a_filter_looks_into_every_field_that_people_know() {
        let record = Record { note: Some("for Grace".into()), ..record() };
        for text in ["invoices/2026", "S3://INVOICES", "grace", "support", "b2", "ada", "mple", "get", "clipboard", ""]
        {
            assert!(record.contains(text), "{text}");
        }
        assert!(!record.contains("hopper"));
    }
}

//! A finished link: the URL, when it really ends, and what ends it. The URL is a bearer secret.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::expiry::Expiry;
use super::request::LinkRequest;
use super::sigv4::hex;

/// A presigned URL with what a person must know before handing it on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What was asked for.
    pub request: LinkRequest,
    /// The URL itself.
    pub url: SignedUrl,
    /// The time it was signed for, to the second.
    pub signed_at: Timestamp,
    /// The lifetime that is signed, counted from `signed_at`.
    pub expires_in: Expiry,
    /// When it stops working: the end that was signed or the credentials' end, whichever comes first.
    pub ends_at: Timestamp,
    /// What sets that end.
    pub limited_by: LimitedBy,
    /// The access key id that signed it.
    pub access_key_id: String,
    /// Where those credentials came from.
    pub source: String,
    /// Whether they are temporary, so that the link dies with a session.
    pub session: Session,
}

/// Whether credentials belong to a session, which can end before their own end is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// Keys that last until somebody deletes them.
    LongLived,
    /// Keys with a session token.
    Temporary,
}

/// What sets a link's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitedBy {
    /// The lifetime that was asked for.
    Asked,
    /// The ceiling that the store's settings put on every link; nobody asked for another lifetime.
    Ceiling,
    /// The temporary credentials end before the lifetime that was asked for.
    Credentials,
}

/// A URL that lets its holder in. `Debug` and panics show only that there is one.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(String);

impl SignedUrl {
    /// Keeps a URL that carries a signature.
    pub fn new(url: String) -> Self {
        Self(url)
    }

    /// The URL, for the clipboard, the sheet and the file that the user asks for. Nothing else may call this.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first 16 hex digits of the URL's SHA-256: names the URL, and does not lead back to it.
    pub fn sha256_prefix(&self) -> String {
        let hash: [u8; 32] = Sha256::digest(self.0.as_bytes()).into();
        let (first, _) = hash.split_at(8);
        hex(first)
    }

    /// Host and port that the URL goes to.
    pub fn authority(&self) -> &str {
        let rest = self.0.split_once("://").map_or(self.0.as_str(), |(_, rest)| rest);
        rest.split(['/', '?']).next().unwrap_or_default()
    }

    /// Whether temporary credentials signed it, which the session token in its query shows.
    pub fn is_temporary(&self) -> bool {
        let query = self.0.split_once('?').map_or("", |(_, query)| query);
        query.split('&').any(|pair| pair.starts_with("X-Amz-Security-Token="))
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedUrl(…)")
    }
}

/// Text that carries a signed URL, such as a command or a message. `Debug` shows only that there is one.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkText(String);

impl LinkText {
    /// Keeps a text that lets its reader in.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the place that the user asks to hand it to. Nothing else may call this.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LinkText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkText(…)")
    }
}

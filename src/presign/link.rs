//! A finished link: the URL, when it really ends, and what ends it. The URL is a bearer secret.

use std::fmt;

use jiff::Timestamp;

use super::request::LinkRequest;

/// A presigned URL with what a person must know before handing it on.
#[derive(Clone, Debug)]
pub struct Link {
    /// What was asked for.
    pub request: LinkRequest,
    /// The URL itself.
    pub url: SignedUrl,
    /// The time it was signed for, to the second.
    pub signed_at: Timestamp,
    /// When it stops working: the asked end or the credentials' end, whichever comes first.
    pub ends_at: Timestamp,
    /// Which of the two that is.
    pub limited_by: LimitedBy,
    /// The access key id that signed it.
    pub access_key_id: String,
    /// Where those credentials came from.
    pub source: String,
}

/// What sets a link's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitedBy {
    /// The lifetime that was asked for.
    Asked,
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
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedUrl(…)")
    }
}

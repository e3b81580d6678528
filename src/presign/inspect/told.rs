//! What a server said when it refused: the XML that customers paste, whole or in pieces, escaped or not.

use serde::Serialize;

use super::mail::unescape;
use crate::s3::catalogue::{self, Check, Occasion, Row};
use crate::s3::percent::decode_lossy;

/// The longest text that is kept of one element.
const KEPT: usize = 16 * 1024;

/// The catalogue's code for what a browser says where a page may not read the answer.
pub(super) const BROWSER: &str = "BROWSER-CORS";

/// A refusal as it was pasted. What was not said is `None`; nothing is believed, only repeated and compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ServerError {
    /// The S3 error code, such as `AccessDenied`.
    pub code: Option<String>,
    /// The server's message.
    pub message: Option<String>,
    /// The id that a provider's support asks for.
    pub request_id: Option<String>,
    /// The second id that Amazon's support asks for.
    pub host_id: Option<String>,
    /// When the link ended by the server's reckoning, as written there.
    pub expires: Option<String>,
    /// The server's clock, as written there.
    pub server_time: Option<String>,
    /// The lifetime that the server read in the link, in seconds.
    pub x_amz_expires: Option<String>,
    /// Headers that were sent but not signed.
    pub headers_not_signed: Option<String>,
    /// The region that the server would have expected.
    pub region: Option<String>,
    /// The host that the server would have expected.
    pub endpoint: Option<String>,
    /// The text that the server signed.
    #[serde(skip)]
    pub string_to_sign: Option<String>,
    /// The request as the server saw it. Its query may hold a session token.
    #[serde(skip)]
    pub canonical_request: Option<Secretive>,
    /// The signature that the server was given.
    #[serde(skip)]
    pub signature_provided: Option<Secretive>,
}

/// A text that is compared but never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secretive(String);

impl Secretive {
    /// The text itself, for comparing.
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secretive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl ServerError {
    /// Reads the error in a text, if there is one: elements by name, wherever they stand and even if the rest is missing.
    pub(super) fn find(text: &str) -> Option<Self> {
        if text.contains("&lt;Code&gt;") || text.contains("&lt;Error&gt;") {
            return Self::find_in(&unescape(text));
        }
        Self::find_in(text)
    }

    /// What it means when the store of preset `provider` says it, as far as that is known.
    pub(super) fn explain(&self, provider: &str) -> Option<&'static Row> {
        let (code, message) = (self.code.as_deref()?, self.message.as_deref().unwrap_or_default());
        catalogue::explain(provider, None, code, message, Occasion::Use)
    }

    /// Whether it may be about the link with the signature in `text`: about another it is where it names another signature.
    pub(super) fn is_about(&self, text: &str) -> bool {
        self.signature_provided.as_ref().is_none_or(|given| text.contains(given.text()))
    }

    /// Whether the server says of the link with the signature in `text` that the request was not what was signed.
    pub(super) fn is_of_a_misfit(&self, text: &str) -> bool {
        let check = self.explain("").and_then(|row| row.check);
        matches!(check, Some(Check::Signature | Check::Headers)) && self.is_about(text)
    }

    fn find_in(text: &str) -> Option<Self> {
        let raw = |name| element(text, name);
        let element = |name| raw(name).map(|text| without_links(&text));
        let browser = browser_said(text).filter(|_| !text.contains("<Code>"));
        let code = element("Code").or_else(|| browser.map(|_| BROWSER.to_owned()));
        let is_error = code.is_some() || text.contains("<Error>");
        is_error.then(|| Self {
            code,
            message: element("Message").or_else(|| browser.map(str::to_owned)),
            request_id: element("RequestId"),
            host_id: element("HostId"),
            expires: element("Expires"),
            server_time: element("ServerTime"),
            x_amz_expires: element("X-Amz-Expires"),
            headers_not_signed: element("HeadersNotSigned"),
            region: element("Region"),
            endpoint: element("Endpoint"),
            string_to_sign: raw("StringToSign"),
            canonical_request: raw("CanonicalRequest").map(Secretive),
            signature_provided: raw("SignatureProvided").map(Secretive),
        })
    }
}

/// What a browser says instead of what the store said, by the catalogue's words.
fn browser_said(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    catalogue::by_code(BROWSER)?.says.iter().map(String::as_str).find(|words| lower.contains(words))
}

/// The text of the first element of that name. One that is not closed ends at the next tag or at the end.
fn element(text: &str, name: &str) -> Option<String> {
    let (_, after) = text.split_once(&format!("<{name}>"))?;
    let inner = after.split('<').next()?.trim();
    (!inner.is_empty()).then(|| unescape(&inner.chars().take(KEPT).collect::<String>()))
}

/// A text without words that let someone in: presigned links, signatures, tokens.
pub(super) fn without_links(text: &str) -> String {
    let is_secret = |word: &str| {
        let lower = decode_lossy(word).to_ascii_lowercase();
        ["signature=", "x-amz-security-token", "x-amz-signature", "signature%3d"]
            .iter()
            .any(|sign| lower.contains(sign))
    };
    // A word keeps the space behind it, so that a text without secrets stays as it is.
    let words = text.split_inclusive(char::is_whitespace);
    words.map(|word| if is_secret(word) { "… " } else { word }).collect::<String>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_error_is_read_whole_cut_or_escaped() {
        let whole = "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message>\
            <X-Amz-Expires>900</X-Amz-Expires><Expires>2026-11-25T14:05:00Z</Expires></Error>";
        let told = ServerError::find(whole).unwrap();
        assert_eq!(told.code.as_deref(), Some("AccessDenied"));
        assert_eq!(told.expires.as_deref(), Some("2026-11-25T14:05:00Z"));
        let cut = ServerError::find("It says:\n<Error>\n  <Code>NoSuchKey</Code>\n  <Mess").unwrap();
        assert_eq!((cut.code.as_deref(), cut.message), (Some("NoSuchKey"), None));
        let escaped = ServerError::find("&lt;Code&gt;AccessDenied&lt;/Code&gt;&lt;Message&gt;a &amp;amp; b").unwrap();
        assert_eq!(escaped.message.as_deref(), Some("a & b"));
        assert_eq!(ServerError::find("no error here"), None);
    }

    proptest! {
        #[test]
        fn any_text_holds_an_error_or_none(text in any::<String>()) {
            let _ = ServerError::find(&text);
            let _ = ServerError::find(&format!("<Error><Code>{text}"));
        }
    }
}

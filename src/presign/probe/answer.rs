//! What an answer is before anyone asks what it says of a link: success or not, a store's or a stranger's.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::ProbeAnswer;
use crate::s3::error_document::ErrorDocument;

impl ProbeAnswer {
    /// The first header of that name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is what a store answers to who may read an object, one byte of which was asked for.
    pub fn is_good(&self) -> bool {
        matches!(self.status, 200 | 206 | 304 | 416) && !self.is_error_in_disguise()
    }

    /// Some stores send an `<Error>` with status 200. An object that is such a document comes with an ETag.
    pub fn is_error_in_disguise(&self) -> bool {
        self.status == 200
            && self.header("etag").is_none()
            && ErrorDocument::read(&self.body).is_some_and(|document| document.get("Code").is_some())
    }

    /// Whether its body is a web page.
    pub fn is_html(&self) -> bool {
        let start: Vec<u8> = self.body.iter().copied().skip_while(u8::is_ascii_whitespace).take(256).collect();
        let start = String::from_utf8_lossy(&start).to_ascii_lowercase();
        start.starts_with("<!doctype html") || start.contains("<html")
    }

    /// Whether it comes from a store as far as anyone can tell: by headers that only stores send, by an error in their form, or,
    /// since some send neither, by an ETag on something that is no web page.
    pub fn is_from_a_store(&self) -> bool {
        let named = |start: &str| self.headers.iter().any(|(name, _)| name.starts_with(start));
        named("x-amz-")
            || named("x-goog-")
            || named("x-trans-id")
            || named("x-rgw-")
            || ErrorDocument::read(&self.body).is_some()
            || (self.header("etag").is_some() && (self.status == 206 || !self.calls_itself_html()))
    }

    pub(super) fn calls_itself_html(&self) -> bool {
        self.header("content-type").is_some_and(|value| value.to_ascii_lowercase().starts_with("text/html"))
    }

    /// The size of the object: what `Content-Range` counts, or the length of a whole answer.
    pub(super) fn size(&self) -> Option<u64> {
        let whole = || self.header("content-length").filter(|_| self.status == 200);
        match self.header("content-range").and_then(|range| range.rsplit_once('/')) {
            Some((_, size)) => size.trim().parse().ok(),
            None if self.status == 416 => Some(0),
            None => whole()?.trim().parse().ok(),
        }
    }

    /// The time of whoever answered, unless a cache kept the answer.
    pub fn date(&self) -> Option<Timestamp> {
        // What a cache kept carries the time at which it was kept.
        let fresh = self.header("age").is_none();
        rfc2822::DateTimeParser::new().parse_timestamp(self.header("date")?).ok().filter(|_| fresh)
    }
}

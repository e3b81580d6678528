//! Pulls a document of a store apart with nothing copied: names and texts are slices of the body.
//!
//! Strict about structure: one root of the expected name, every element closed, nothing behind it, no DOCTYPE. So a document
//! that was cut anywhere is never taken for a whole one. Lenient about characters: stores write control characters that
//! XML forbids into keys, raw or as references, and they are kept.

use std::borrow::Cow;

use memchr::{memchr, memmem};

/// Deeper than any document of S3.
const MAX_DEPTH: usize = 32;

/// A document that is being read.
pub(crate) struct Pull<'a> {
    rest: &'a str,
    /// The full names of the elements that are open.
    open: Vec<&'a str>,
    closed: bool,
    /// Whether the element that was opened last is an empty one: `<a/>`.
    is_empty: bool,
}

/// What comes next in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// An element begins; its local name.
    Open(&'a str),
    /// The element that was opened last ends.
    Close,
    /// Text that may hold references; see [`unescape`].
    Text(&'a str),
    /// Text that stands for itself.
    Literal(&'a str),
}

const EARLY: &str = "ends early";

impl<'a> Pull<'a> {
    /// Goes into the root of `body`, which has to have this name. Errors are phrases that complete "the answer …".
    pub(crate) fn new(body: &'a [u8], root: &str) -> Result<Self, String> {
        let body = std::str::from_utf8(body).map_err(|_| "is not UTF-8".to_owned())?;
        let body = body.strip_prefix('\u{feff}').unwrap_or(body);
        if body.trim().is_empty() {
            return Err("is empty".to_owned());
        }
        let mut pull = Self { rest: body, open: Vec::with_capacity(8), closed: false, is_empty: false };
        match pull.next()? {
            Some(Piece::Open(name)) if name == root => Ok(pull),
            Some(Piece::Open(name)) => Err(format!("is a `{name}` where a `{root}` was expected")),
            _ => Err(EARLY.to_owned()),
        }
    }

    /// The next piece; `None` behind the root's end, once nothing but white space and comments follow it.
    pub(crate) fn next(&mut self) -> Result<Option<Piece<'a>>, String> {
        loop {
            if self.is_empty {
                self.is_empty = false;
                return self.close();
            }
            match self.rest.as_bytes() {
                [] if self.closed => return Ok(None),
                [] => return Err(EARLY.to_owned()),
                [b'<', b'/', ..] => {
                    let tag = self.take_to(b'>', 2)?.trim_ascii_end();
                    return match self.open.last() {
                        Some(name) if *name == tag => self.close(),
                        _ => Err(format!("is not well-formed XML: `</{tag}>` closes nothing")),
                    };
                }
                [b'<', b'?', ..] => drop(self.take_past("?>", 2)?),
                [b'<', b'!', ..] => {
                    if self.rest.starts_with("<!--") {
                        self.take_past("-->", 4)?;
                    } else if self.rest.starts_with("<![CDATA[") && !self.open.is_empty() {
                        return self.take_past("]]>", 9).map(|text| Some(Piece::Literal(text)));
                    } else if self.rest.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!DOCTYPE")) {
                        return Err("has a DOCTYPE".to_owned());
                    } else {
                        return Err("is not well-formed XML: `<!` begins nothing".to_owned());
                    }
                }
                [b'<', ..] if self.closed => return Err("has a second root".to_owned()),
                [b'<', ..] => return self.open_tag().map(Some),
                _ => {
                    let end = memchr(b'<', self.rest.as_bytes()).unwrap_or(self.rest.len());
                    let (text, rest) = self.rest.split_at_checked(end).ok_or(EARLY)?;
                    self.rest = rest;
                    if !self.open.is_empty() {
                        return Ok(Some(Piece::Text(text)));
                    }
                    if !text.trim().is_empty() {
                        return Err("has text outside its root".to_owned());
                    }
                }
            }
        }
    }

    /// Goes into the next element of the one that is open; `None` behind the end of that. The text between them is passed over.
    pub(crate) fn child(&mut self) -> Result<Option<&'a str>, String> {
        loop {
            match self.next()? {
                Some(Piece::Open(name)) => return Ok(Some(name)),
                Some(Piece::Text(text)) => unescape(text, &mut String::new())?,
                Some(Piece::Literal(_)) => {}
                // What follows the root has still to be looked at.
                Some(Piece::Close) if self.closed => {}
                Some(Piece::Close) | None => return Ok(None),
            }
        }
    }

    /// Reads past the end of the element that was opened last, for the text directly in it.
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, String> {
        if let Some(text) = self.plain() {
            return Ok(Cow::Borrowed(text));
        }
        let mut text = String::new();
        loop {
            match self.next()? {
                Some(Piece::Text(piece)) => unescape(piece, &mut text)?,
                Some(Piece::Literal(piece)) => text.push_str(piece),
                Some(Piece::Open(_)) => {
                    self.skip()?;
                    text.clear();
                }
                Some(Piece::Close) => return Ok(Cow::Owned(text)),
                None => return Err(EARLY.to_owned()),
            }
        }
    }

    /// Reads past the end of the element that was opened last.
    pub(crate) fn skip(&mut self) -> Result<(), String> {
        if self.plain().is_some() {
            return Ok(());
        }
        let depth = self.open.len();
        while self.open.len() >= depth {
            match self.next()? {
                Some(Piece::Text(text)) if text.contains('&') => unescape(text, &mut String::new())?,
                Some(_) => {}
                None => return Err(EARLY.to_owned()),
            }
        }
        Ok(())
    }

    /// The whole of the element that was opened last, if there is nothing in it but text without references.
    fn plain(&mut self) -> Option<&'a str> {
        let name = self.open.last().filter(|_| !self.is_empty)?;
        let (text, rest) = self.rest.split_at_checked(memchr(b'<', self.rest.as_bytes())?)?;
        let rest = rest.strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>')?;
        if memchr(b'&', text.as_bytes()).is_some() {
            return None;
        }
        self.rest = rest;
        self.open.pop();
        self.closed = self.open.is_empty();
        Some(text)
    }

    fn open_tag(&mut self) -> Result<Piece<'a>, String> {
        let bytes = self.rest.as_bytes();
        let mut end = memchr(b'>', bytes).ok_or(EARLY)?;
        let is_quoted = |end: usize| bytes.get(..end).is_some_and(|tag| tag.iter().any(|b| matches!(b, b'"' | b'\'')));
        if is_quoted(end) {
            end = end_of_quoted_tag(bytes).ok_or(EARLY)?;
        }
        let tag = self.rest.get(1..end).ok_or(EARLY)?;
        self.rest = self.rest.get(end + 1..).ok_or(EARLY)?;
        let whole = tag.strip_suffix('/');
        self.is_empty = whole.is_some();
        let tag = whole.unwrap_or(tag);
        let name = tag.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
        if name.is_empty() {
            return Err("is not well-formed XML: an element has no name".to_owned());
        }
        if self.open.len() >= MAX_DEPTH {
            return Err("is nested too deeply".to_owned());
        }
        self.open.push(name);
        Ok(Piece::Open(name.split_once(':').map_or(name, |(_, local)| local)))
    }

    fn close(&mut self) -> Result<Option<Piece<'a>>, String> {
        self.open.pop();
        self.closed = self.open.is_empty();
        Ok(Some(Piece::Close))
    }

    /// What stands between the first `skipped` bytes and the next `end`, which is passed over.
    fn take_to(&mut self, end: u8, skipped: usize) -> Result<&'a str, String> {
        let at = memchr(end, self.rest.as_bytes()).ok_or(EARLY)?;
        let taken = self.rest.get(skipped..at).ok_or(EARLY)?;
        self.rest = self.rest.get(at + 1..).ok_or(EARLY)?;
        Ok(taken)
    }

    fn take_past(&mut self, end: &str, skipped: usize) -> Result<&'a str, String> {
        let rest = self.rest.get(skipped..).ok_or(EARLY)?;
        let at = memmem::find(rest.as_bytes(), end.as_bytes()).ok_or(EARLY)?;
        let taken = rest.get(..at).ok_or(EARLY)?;
        self.rest = rest.get(at + end.len()..).ok_or(EARLY)?;
        Ok(taken)
    }
}

/// Where a tag ends whose attributes may hold a `>`.
fn end_of_quoted_tag(tag: &[u8]) -> Option<usize> {
    let mut quote = None;
    tag.iter().position(|byte| {
        match (quote, byte) {
            (None, b'>') => return true,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(opened), byte) if opened == *byte => quote = None,
            _ => {}
        }
        false
    })
}

/// Adds `text` to `to`, with every reference replaced by what it stands for.
pub(crate) fn unescape(text: &str, to: &mut String) -> Result<(), String> {
    let mut rest = text;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        let (before, reference) = rest.split_at_checked(at).ok_or(EARLY)?;
        to.push_str(before);
        let (name, after) = reference
            .strip_prefix('&')
            .and_then(|reference| reference.split_once(';'))
            .ok_or("is not well-formed XML: a `&` begins no reference")?;
        to.push(referred(name).ok_or_else(|| format!("uses an entity that XML does not know: &{name};"))?);
        rest = after;
    }
    to.push_str(rest);
    Ok(())
}

/// The character that a reference stands for: a number, or one of the five names that XML itself knows. Control characters are
/// let through: stores put them into keys.
fn referred(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => None,
        };
    };
    let code = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::Reader;
    use quick_xml::escape::resolve_predefined_entity;
    use quick_xml::events::Event;

    use crate::world::wire::xml;

    type Leaves = Vec<(String, String)>;

    /// Path and text of each element's end.
    fn leaves(body: &[u8]) -> Result<Leaves, String> {
        let mut seen = Vec::new();
        xml::read(body, "R", |path, text| {
            seen.push((path.to_owned(), text.clone()));
            Ok(())
        })?;
        Ok(seen)
    }

    /// The same, as quick-xml sees it in a document that has one root.
    fn by_quick_xml(body: &str) -> Result<Leaves, quick_xml::Error> {
        let mut reader = Reader::from_str(body);
        reader.config_mut().expand_empty_elements = true;
        let (mut seen, mut path, mut text) = (Vec::new(), Vec::new(), String::new());
        loop {
            match reader.read_event()? {
                Event::Start(element) => {
                    path.push(String::from_utf8_lossy(element.local_name().as_ref()).into_owned());
                    text.clear();
                }
                Event::End(_) => {
                    if path.len() > 1 {
                        seen.push((path[1..].join("/"), std::mem::take(&mut text)));
                    }
                    text.clear();
                    path.pop();
                }
                Event::Text(piece) => text.push_str(&piece.decode()?),
                Event::CData(piece) => text.push_str(&piece.decode()?),
                Event::GeneralRef(reference) => match reference.resolve_char_ref()? {
                    Some(character) => text.push(character),
                    None => text.push_str(resolve_predefined_entity(&reference.decode()?).unwrap()),
                },
                Event::Eof => return Ok(seen),
                _ => {}
            }
        }
    }

    #[test]
    fn a_document_cut_anywhere_is_not_a_document() {
        let whole =
            "<?xml version=\"1.0\"?>\n<R xmlns='a>b'><a>1</a><b><c>é&amp;</c><d/></b><![CDATA[<]]><!-- > --></R>";
        assert!(leaves(whole.as_bytes()).is_ok());
        for end in 0..whole.len() {
            assert!(leaves(&whole.as_bytes()[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn what_is_no_answer_of_a_store_is_refused_with_its_reason() {
        for (body, why) in [
            ("", "is empty"),
            ("<R>", "ends early"),
            ("<html></html>", "is a `html` where a `R` was expected"),
            ("<!DOCTYPE html><R/>", "has a DOCTYPE"),
            ("<R/><R/>", "has a second root"),
            ("<R/>x", "has text outside its root"),
            ("<R>&nbsp;</R>", "uses an entity that XML does not know: &nbsp;"),
            ("<R></a></R>", "is not well-formed XML: `</a>` closes nothing"),
        ] {
            assert_eq!(leaves(body.as_bytes()).unwrap_err(), why, "{body}");
        }
        assert_eq!(leaves(format!("<R>{}", "<a>".repeat(40)).as_bytes()).unwrap_err(), "is nested too deeply");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = leaves(&body);
        }

        #[test]
        fn what_stores_write_is_read_as_others_read_it(parts in proptest::collection::vec(prop_oneof![
            "[a-c \u{1}é]{0,6}",
            prop::sample::select(vec![
                "<a>", "</a>", "<b>", "</b>", "<c/>", "<x:a k=\"v>\">", "</x:a>", "&amp;", "&lt;", "&#x1;", "&#233;",
                "<!-- - -->", "<![CDATA[<&]]>", "<?p q?>", "<a >", "</a >",
            ]).prop_map(str::to_owned),
        ], 0..12)) {
            let body = format!("<R>{}</R>", parts.concat());
            prop_assert_eq!(leaves(body.as_bytes()).ok(), by_quick_xml(&body).ok(), "{}", body);
        }
    }
}

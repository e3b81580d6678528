//! Finds the link in whatever a customer sent, and undoes what mail programs, chats and shells did to it.

use std::fmt;

use serde::Serialize;

use super::percent;
use super::safelink;
use super::signature;
use super::url::Url;
use crate::s3::percent::decode_lossy;

/// How much of a text is searched, in bytes. Mails with attachments are longer; their links are not behind them.
const SEARCHED: usize = 1 << 20;

/// How many beginnings of a URL are looked at. A mail has some links besides the one that matters.
const BEGINNINGS: usize = 64;

/// How many lines a link may have been broken into, and how long it may be. Session tokens make links of 3,000 characters.
const LINES: usize = 40;
const LONGEST: usize = 16 * 1024;

/// How many safe-link services may have wrapped a link around each other.
const WRAPPERS: usize = 3;

/// Something that was done to a link on its way, and is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// It stood in a text, in brackets or in quotes.
    TakenOutOfText,
    /// It was broken into lines.
    LinesJoined,
    /// It was quoted-printable, as in the source of a mail.
    QuotedPrintable,
    /// It held entities of HTML, such as `&amp;`.
    HtmlEntities,
    /// It held the escapes of JSON or of a shell, such as `\u0026` and `\&`.
    Backslashes,
    /// It held characters that nobody sees.
    InvisibleCharacters,
    /// A mail filter had wrapped it.
    SafeLink,
    /// It was percent-encoded once too often.
    EncodedTwice,
    /// It had `+` for spaces.
    PlusForSpace,
    /// It had a bare `+` for the `%2B` of a plus sign in its path, as its signature shows.
    BarePlus,
    /// It had bare spaces in its path.
    BareSpaces,
    /// The names of its parameters had another case.
    ParameterCase,
    /// Something stood directly behind it, such as a full stop.
    TextBehind,
    /// Its `https://` was missing.
    SchemeAdded,
}

impl Repair {
    /// Whether the link could not work as it stood, once clicked or copied.
    pub fn is_damage(self) -> bool {
        match self {
            Self::TakenOutOfText | Self::SafeLink | Self::SchemeAdded => false,
            Self::LinesJoined
            | Self::QuotedPrintable
            | Self::HtmlEntities
            | Self::Backslashes
            | Self::InvisibleCharacters
            | Self::EncodedTwice
            | Self::PlusForSpace
            | Self::BarePlus
            | Self::BareSpaces
            | Self::ParameterCase
            | Self::TextBehind => true,
        }
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TakenOutOfText => "it was taken out of the text around it",
            Self::LinesJoined => "it was broken into lines, which were joined",
            Self::QuotedPrintable => "it was in the encoding of a mail's source (quoted-printable), which was undone",
            Self::HtmlEntities => "it held entities of HTML such as `&amp;`, which were undone",
            Self::Backslashes => "it held the backslashes of a program or shell, which were removed",
            Self::InvisibleCharacters => "it held invisible characters, which were removed",
            Self::SafeLink => "it was unwrapped from the safe link of a mail filter",
            Self::EncodedTwice => "it was percent-encoded twice (`%252F` for `/`), which was undone once",
            Self::PlusForSpace => "it had `+` where a link has `%20`, which was put back",
            Self::BarePlus => "it had a bare `+` where its key has a plus sign (`%2B`), which was put back",
            Self::BareSpaces => "it had bare spaces in its key, where a link has `%20`, which was put back",
            Self::ParameterCase => "the names of its parameters were in another case, which was put back",
            Self::TextBehind => "characters that stood directly behind it were cut off",
            Self::SchemeAdded => "its `https://` was missing and was added",
        })
    }
}

/// A link as it was found, and what had to be undone, in the order of [`Repair`].
pub(super) struct Found {
    pub(super) url: Url,
    /// The same with plus signs where `url` has spaces for the bare `+` of its path, where there were any.
    pub(super) with_pluses: Option<Url>,
    pub(super) repairs: Vec<Repair>,
}

/// The link in a text: a whole presigned one if there is any, else one that was, else any URL that is no name of a namespace.
pub(super) fn find(text: &str) -> Option<Found> {
    let text = text.get(..floor_char_boundary(text, SEARCHED)).unwrap_or(text);
    let mut found = best(text);
    // They may stand within the very `https://` by which a link is found.
    if found.as_ref().is_none_or(|found| Standing::of(&found.url) < Standing::Whole) && text.contains(is_invisible) {
        let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        found = best(&visible).map(|mut found| {
            found.repairs.push(Repair::InvisibleCharacters);
            found
        });
    }
    let mut found = found.filter(|found| Standing::of(&found.url) > Standing::Namespace)?;
    found.repairs.sort();
    found.repairs.dedup();
    Some(found)
}

/// The link in a text that is most of a presigned link; of several, the first.
fn best(text: &str) -> Option<Found> {
    let lower = text.to_ascii_lowercase();
    let mut best: Option<(Standing, Found)> = None;
    let mut from = 0;
    for _ in 0..BEGINNINGS {
        let Some(start) = beginning(&lower, from) else { break };
        let rest = text.get(start..).unwrap_or_default();
        let read = read(rest);
        from = start + read.taken.max(1);
        if let Some(mut found) = read.found {
            let standing = Standing::of(&found.url);
            if best.as_ref().is_none_or(|(known, _)| standing > *known) {
                if text.trim_start().len() != rest.len() || text.trim().len() != read.taken {
                    found.repairs.push(Repair::TakenOutOfText);
                }
                best = Some((standing, found));
            }
        }
    }
    let of_presigned = best.as_ref().is_some_and(|(standing, _)| *standing >= Standing::Cut);
    let bare = if of_presigned { None } else { without_scheme(text) };
    bare.or(best.map(|(_, found)| found))
}

/// How much of a presigned link a URL is; the most is last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// The name of an XML namespace.
    Namespace,
    /// Nothing of it.
    Plain,
    /// Something is missing.
    Cut,
    /// All that its scheme asks for is there.
    Whole,
}

impl Standing {
    fn of(url: &Url) -> Self {
        if signature::is_whole(url) {
            Self::Whole
        } else if signature::is_begun(url) {
            Self::Cut
        } else if url.endpoint.host() == "s3.amazonaws.com" && url.path.starts_with("/doc/") {
            Self::Namespace
        } else {
            Self::Plain
        }
    }
}

/// Where the next URL begins, plain or percent-encoded.
fn beginning(lower: &str, from: usize) -> Option<usize> {
    let rest = lower.get(from..)?;
    let at = |what| rest.find(what);
    let first = ["http://", "https://", "http%3a%2f%2f", "https%3a%2f%2f"].into_iter().filter_map(at).min()?;
    Some(from + first)
}

/// A link at the beginning of a text, if one can be read, and how many bytes it takes up.
struct Read {
    found: Option<Found>,
    taken: usize,
}

/// Reads the link with which `rest` begins, across the spaces of its key.
fn read(rest: &str) -> Read {
    let Some(gap) = path_with_spaces(rest) else { return read_unspaced(rest) };
    let path: String = gap.path.chars().map(|c| if is_space(c) { "%20".to_owned() } else { c.to_string() }).collect();
    let Read { found, taken } = read_unspaced(&format!("{path}{}", gap.behind));
    let found = found.map(|mut found| {
        found.repairs.push(Repair::BareSpaces);
        found
    });
    Read { found, taken: taken.saturating_sub(path.len() - gap.path.len()) }
}

/// A link up to its query, and all that follows.
struct Gap<'a> {
    path: &'a str,
    behind: &'a str,
}

/// The link with which `rest` begins, where its path holds spaces: on one line, and going on with the query of a signature.
fn path_with_spaces(rest: &str) -> Option<Gap<'_>> {
    let (path, behind) = rest.split_at_checked(rest.find('?')?)?;
    let query = behind.split(is_outside).next()?.to_ascii_lowercase();
    let is_signed = ["x-amz-", "awsaccesskeyid=", "x-goog-"].into_iter().any(|name| query.contains(name));
    let (_, after_scheme) = path.split_once("://")?;
    let (before_space, _) = after_scheme.split_once(is_space)?;
    // A word that ends in a space is followed by the query of something else, and one with dots before its slash is a host.
    let last = path.rsplit(is_space).next()?;
    let has_letters = |label: &str| label.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_host = last
        .split_once('/')
        .is_some_and(|(host, _)| host.matches('.').count() > 1 && host.rsplit('.').next().is_some_and(has_letters));
    let is_path = before_space.contains('/')
        && !after_scheme.contains("://")
        && !path.contains(|c| is_outside(c) && !is_space(c))
        && !last.is_empty()
        && !is_host;
    (is_signed && is_path && path.len() <= LONGEST).then_some(Gap { path, behind })
}

/// The spaces that stand for a `%20`: with the one that does not break, as office programs write it.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{A0}')
}

/// Reads the link with which `rest` begins, joining lines as long as that makes it more of a link.
fn read_unspaced(rest: &str) -> Read {
    if let Some((decoded, taken)) = quoted_printable(rest) {
        let found = undo(&decoded, vec![Repair::QuotedPrintable]);
        return Read { found, taken };
    }
    let lines = lines(rest);
    let mut joined = String::new();
    let mut best: Option<(Standing, Option<Found>, usize)> = None;
    for (at, line) in lines.iter().enumerate() {
        // A link that is whole goes on only where the break fell beside a `&`: nothing else follows a signature.
        let whole = best.as_ref().is_some_and(|(standing, ..)| *standing == Standing::Whole);
        if at > 0 && whole && !(joined.ends_with('&') || line.text.starts_with('&')) {
            break;
        }
        joined.push_str(line.text);
        if joined.len() > LONGEST {
            break;
        }
        let repairs = if at > 0 { vec![Repair::LinesJoined] } else { Vec::new() };
        let found = undo(&joined, repairs);
        let standing = found.as_ref().map_or(Standing::Namespace, |found| Standing::of(&found.url));
        let better = match &best {
            None => true,
            Some((Standing::Whole, ..)) => standing == Standing::Whole,
            Some((known, ..)) => standing > *known || (standing == Standing::Cut && goes_on(line.text)),
        };
        if better {
            best = Some((standing, found, line.end));
        }
    }
    match best {
        Some((_, found, taken)) => Read { found, taken },
        None => Read { found: None, taken: 1 },
    }
}

/// Whether a line looks like the middle of a cut link rather than the next word of a mail.
fn goes_on(line: &str) -> bool {
    line.contains(['&', '=', '%']) || (line.len() >= 8 && line.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A part of a link that stands on one line.
struct Line<'a> {
    text: &'a str,
    /// Where it ends in the whole text, in bytes.
    end: usize,
}

/// The lines over which a link could stretch: each but the last is a single word up to its line end.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut at = 0;
    while lines.len() < LINES {
        let rest = text.get(at..).unwrap_or_default();
        // Answers quote what they answer with `>`.
        let word = if lines.is_empty() { rest } else { rest.trim_start_matches([' ', '\t', '>']) };
        let start = at + rest.len() - word.len();
        let length = word.find(is_outside).unwrap_or(word.len());
        let line = word.get(..length).unwrap_or_default();
        if line.is_empty() {
            break;
        }
        lines.push(Line { text: line, end: start + length });
        let behind = word.get(length..).unwrap_or_default().trim_start_matches([' ', '\t']);
        let Some(next) = behind.strip_prefix("\r\n").or_else(|| behind.strip_prefix(['\n', '\r'])) else { break };
        at = text.len() - next.len();
    }
    lines
}

/// Whether a character cannot be part of a link, even of one that was written carelessly.
fn is_outside(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '|' | '“' | '”' | '«' | '»')
}

/// The link in quoted-printable text (RFC 2045, section 6.7), and the bytes that it takes up. `None` for any other text:
/// there, some `=` is followed by neither two hex digits nor a line end.
fn quoted_printable(rest: &str) -> Option<(String, usize)> {
    let bytes = rest.as_bytes();
    let (mut decoded, mut at, mut equals) = (Vec::new(), 0, false);
    while let Some([first, after @ ..]) = bytes.get(at..) {
        match (first, after) {
            (b'=', [b'\r', b'\n', ..]) => at += 3,
            (b'=', [b'\n', ..]) => at += 2,
            (b'=', [high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let byte = u8::from_str_radix(rest.get(at + 1..at + 3)?, 16).ok()?;
                equals |= byte == b'=';
                decoded.push(byte);
                at += 3;
            }
            (b'=', [] | [_]) => at = bytes.len(),
            (b'=', _) => return None,
            (byte, _) if byte.is_ascii() && is_outside(char::from(*byte)) => break,
            (byte, _) => {
                decoded.push(*byte);
                at += 1;
            }
        }
        if decoded.len() > LONGEST {
            break;
        }
    }
    equals.then(|| (String::from_utf8_lossy(&decoded).into_owned(), at))
}

/// A link written without `https://`, as chats and some mail programs show it.
fn without_scheme(text: &str) -> Option<Found> {
    let word = |word: &&str| {
        let lower = word.to_ascii_lowercase();
        lower.contains('.') && lower.contains("/") && lower.contains("?") && lower.contains("x-amz-")
    };
    let start = text.split(is_outside).find(word)?;
    let rest = text.get(text.find(start)?..)?;
    let read = read(&format!("https://{rest}"));
    let mut found = read.found.filter(|found| signature::is_begun(&found.url))?;
    found.repairs.push(Repair::SchemeAdded);
    Some(found)
}

/// Undoes all that can happen to a link that stands in one piece.
fn undo(text: &str, mut repairs: Vec<Repair>) -> Option<Found> {
    let mut apply = |text: String, repaired: String, repair: Repair| {
        if repaired != text {
            repairs.push(repair);
        }
        repaired
    };
    let text = text.to_owned();
    let cleaned: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let text = apply(text, cleaned, Repair::InvisibleCharacters);
    let plain = without_backslashes(&text);
    let text = apply(text, plain, Repair::Backslashes);
    let plain = unescape(&text).split(is_outside).next().unwrap_or_default().to_owned();
    let text = apply(text, plain, Repair::HtmlEntities);
    let decoded = if text.contains("://") { text.clone() } else { decode_lossy(text.split('&').next()?) };
    let mut text = apply(text, decoded, Repair::EncodedTwice);
    for _ in 0..WRAPPERS {
        let Some(inner) = safelink::unwrap(&text) else { break };
        text = apply(text, inner, Repair::SafeLink);
    }
    let ended = without_text_behind(&text).to_owned();
    let text = apply(text, ended, Repair::TextBehind);

    let url = Url::parse(&text)?;
    let mut apply = |url: Url, repaired: Url, repair: Repair| {
        if repaired != url {
            repairs.push(repair);
        }
        repaired
    };
    let once = encoded_once(&url);
    let url = apply(url, once, Repair::EncodedTwice);
    let named = with_names_in_case(&url);
    let url = apply(url, named, Repair::ParameterCase);
    let spaced = with_spaces(&url);
    let path = url.path.replace('+', "%2B");
    let with_pluses = (signature::is_begun(&url) && path != url.path).then(|| Url { path, ..spaced.clone() });
    let url = apply(url, spaced, Repair::PlusForSpace);
    Some(Found { url, with_pluses, repairs })
}

/// Entities that stand for characters of a link or of what surrounds it, in HTML and XML.
const ENTITIES: [(&str, &str); 22] = [
    ("&amp;", "&"),
    ("&#38;", "&"),
    ("&#x26;", "&"),
    ("&#X26;", "&"),
    ("&lt;", "<"),
    ("&#60;", "<"),
    ("&gt;", ">"),
    ("&#62;", ">"),
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&equals;", "="),
    ("&#61;", "="),
    ("&#x3D;", "="),
    ("&#x3d;", "="),
    ("&#37;", "%"),
    ("&percnt;", "%"),
    ("&nbsp;", " "),
    ("&#160;", " "),
    ("&#47;", "/"),
];

/// A text without the entities of HTML, however often they were escaped.
pub(super) fn unescape(text: &str) -> String {
    let mut text = text.to_owned();
    // Each pass that changes something makes the text shorter; more than a few layers are nobody's mail.
    for _ in 0..4 {
        let before = text.len();
        for (entity, meant) in ENTITIES {
            if text.contains(entity) {
                text = text.replace(entity, meant);
            }
        }
        if text.len() == before {
            break;
        }
    }
    text
}

/// What JSON and shells write for characters of a link.
const BACKSLASHES: [(&str, &str); 11] = [
    ("\\u0026", "&"),
    ("\\u003d", "="),
    ("\\u003D", "="),
    ("\\u003f", "?"),
    ("\\/", "/"),
    ("\\&", "&"),
    ("\\?", "?"),
    ("\\=", "="),
    ("\\%", "%"),
    ("\\_", "_"),
    ("\\-", "-"),
];

fn without_backslashes(text: &str) -> String {
    let mut text = text.to_owned();
    if text.contains('\\') {
        for (escaped, meant) in BACKSLASHES {
            text = text.replace(escaped, meant);
        }
    }
    text
}

/// Characters that word processors and chats put into long words: soft hyphen, zero-width space and joiners, byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

/// A link without the punctuation behind it, and without words that were glued to its signature.
fn without_text_behind(text: &str) -> &str {
    let text = text.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '*', '’', '…', '\\']);
    let lower = text.to_ascii_lowercase();
    let Some(at) = lower.find("x-amz-signature=") else { return text };
    let start = at + "x-amz-signature=".len();
    let value = text.get(start..).and_then(|value| value.split('&').next()).unwrap_or_default();
    let hex = value.bytes().take_while(u8::is_ascii_hexdigit).count();
    let is_last = start + value.len() == text.len();
    match is_last && hex == 64 && value.len() > 64 {
        true => text.get(..start + 64).unwrap_or(text),
        false => text,
    }
}

/// A URL whose query, or all of which, was encoded once too often.
fn encoded_once(url: &Url) -> Url {
    let mut url = url.clone();
    if signature::is_begun(&url) {
        let values = || url.query.iter().filter_map(|(_, value)| value.as_deref());
        // A value may be doubled on purpose, as a file name in `response-content-disposition` is; a credential never is.
        let whole = url.query.iter().map(|(_, value)| value.as_deref().unwrap_or_default()).collect::<String>();
        if values().any(|value| value.contains("%252F")) && percent::is_doubled(&whole) {
            for (_, value) in &mut url.query {
                *value = value.as_deref().map(percent::undouble);
            }
            if percent::is_doubled(&url.path) {
                url.path = percent::undouble(&url.path);
            }
        }
        return url;
    }
    // `?X-Amz-Algorithm%3DAWS4…%26X-Amz-…`, or with the `?` encoded as well.
    let text = url.text();
    let at_query = || text.to_ascii_lowercase().find("%3fx-amz-");
    let parts = match text.split_once('?') {
        Some((before, query)) => Some((before.to_owned(), decode_lossy(query))),
        None => at_query().and_then(|at| text.split_at_checked(at)).map(|(before, rest)| {
            let before = if percent::is_doubled(before) { percent::undouble(before) } else { before.to_owned() };
            (before, decode_lossy(rest).replacen('?', "", 1))
        }),
    };
    let once = parts.and_then(|(before, query)| Url::parse(&format!("{before}?{query}")));
    once.filter(signature::is_begun).unwrap_or(url)
}

/// A URL with the names of the signature's parameters in the case in which servers look for them.
fn with_names_in_case(url: &Url) -> Url {
    let mut url = url.clone();
    for (name, _) in &mut url.query {
        let known = signature::NAMES.iter().find(|known| known.eq_ignore_ascii_case(name));
        if let Some(known) = known {
            *name = (*known).to_owned();
        }
    }
    url
}

/// A URL with `%20` for `+`, which no signer leaves bare. In base64 a bare `+` was a `%2B`, as there are no spaces in it.
fn with_spaces(url: &Url) -> Url {
    let mut url = url.clone();
    if !signature::is_begun(&url) {
        return url;
    }
    url.path = url.path.replace('+', "%20");
    for (name, value) in &mut url.query {
        let is_base64 = ["x-amz-security-token", "signature"].contains(&name.to_ascii_lowercase().as_str());
        *value = value.as_deref().map(|value| value.replace('+', if is_base64 { "%2B" } else { "%20" }));
    }
    url
}

/// The last place at or before `at` where a text can be cut.
fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

//! A link as a message to a person, filled into a template of the settings: plain text or HTML. Sends nothing.
//!
//! A line that holds a placeholder with nothing to say, such as an unknown size, is left out.

use std::borrow::Cow;
use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::filename;
use super::link::{Link, LinkText};
use super::request::Method;
use super::snippet::opens_in_a_browser;
use crate::s3::size;
use crate::s3::text::visible;

/// The plain text that is sent where the settings have no other.
const TEXT: &str = "\
With this link you can {action} {name}:

{link}

Size: {size}
Headers to send with it: {headers}
It works until {expires}, which is {expires_utc}.
Whoever has the link can use it, so please do not pass it on.
";

/// The same as HTML.
const HTML: &str = "\
<p>With this link you can {action} <b>{name}</b>:</p>
<p>{link}</p>
<p>Size: {size}</p>
<p>Headers to send with it: {headers}</p>
<p>It works until {expires}, which is {expires_utc}.
Whoever has the link can use it, so please do not pass it on.</p>
";

/// A message with places to fill in, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    source: String,
    lines: Vec<Vec<Part>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Said(String),
    Filled(Placeholder),
}

/// What a template can ask for, in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placeholder {
    Action,
    Bucket,
    Expires,
    ExpiresUtc,
    Headers,
    Key,
    Link,
    Method,
    Name,
    Size,
    TimeLeft,
    Url,
}

impl Placeholder {
    const ALL: [Self; 12] = [
        Self::Action,
        Self::Bucket,
        Self::Expires,
        Self::ExpiresUtc,
        Self::Headers,
        Self::Key,
        Self::Link,
        Self::Method,
        Self::Name,
        Self::Size,
        Self::TimeLeft,
        Self::Url,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Bucket => "bucket",
            Self::Expires => "expires",
            Self::ExpiresUtc => "expires_utc",
            Self::Headers => "headers",
            Self::Key => "key",
            Self::Link => "link",
            Self::Method => "method",
            Self::Name => "name",
            Self::Size => "size",
            Self::TimeLeft => "time_left",
            Self::Url => "url",
        }
    }
}

/// Why a text is not a template.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TemplateError {
    /// Nothing is known by that name.
    #[error("there is no placeholder {{{}}}: write {}, or {{{{ for a brace", visible(.0), known())]
    Unknown(String),
    /// A brace that opens or closes nothing.
    #[error("a brace stands alone: write a placeholder such as {{name}}, or {{{{ and }}}} for braces")]
    LoneBrace,
    /// A message about a link, without the link.
    #[error("the message has no place for the link: write {{link}} or {{url}} where it belongs")]
    NoLink,
}

fn known() -> String {
    Placeholder::ALL.map(|placeholder| format!("{{{}}}", placeholder.word())).join(", ")
}

/// What a message is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The link.
    pub link: &'a Link,
    /// The object's size in bytes, where it is known.
    pub size: Option<u64>,
    /// The time that is left is counted from here.
    pub now: Timestamp,
    /// The zone of `{expires}`.
    pub zone: &'a TimeZone,
}

impl Template {
    /// Reads a template: text with placeholders in braces, and `{{` and `}}` for braces.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let lines = source.split_inclusive('\n').map(parts).collect::<Result<Vec<_>, _>>()?;
        let is_link = |part: &Part| matches!(part, Part::Filled(Placeholder::Link | Placeholder::Url));
        if !lines.iter().flatten().any(is_link) {
            return Err(TemplateError::NoLink);
        }
        Ok(Self { source: source.to_owned(), lines })
    }

    /// The plain text for where the settings have no other.
    pub fn default_text() -> Self {
        built_in(TEXT)
    }

    /// The HTML for where the settings have no other.
    pub fn default_html() -> Self {
        built_in(HTML)
    }

    /// The message as plain text; `{link}` is the URL in `<…>`, so that a mail program sees where it ends.
    pub fn text(&self, about: &About<'_>) -> LinkText {
        self.filled(|placeholder| match placeholder {
            Placeholder::Link => Some(format!("<{}>", about.link.url.expose())),
            other => value(other, about),
        })
    }

    /// The message as HTML, everything that is filled in escaped; `{link}` is an `<a>` where a browser can follow it.
    pub fn html(&self, about: &About<'_>) -> LinkText {
        self.filled(|placeholder| match placeholder {
            Placeholder::Link => Some(anchor(about.link)),
            other => value(other, about).map(|value| escape_html(&value).replace('\n', "<br>")),
        })
    }

    fn filled(&self, fill: impl Fn(Placeholder) -> Option<String>) -> LinkText {
        let line = |parts: &Vec<Part>| -> Option<String> {
            let said = parts.iter().map(|part| match part {
                Part::Said(text) => Some(text.clone()),
                Part::Filled(placeholder) => fill(*placeholder),
            });
            said.collect()
        };
        LinkText::new(self.lines.iter().filter_map(line).collect())
    }
}

/// The template as it was written.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

#[expect(
    clippy::expect_used,
    reason = "the templates are part of the program, and every test of the settings reads them"
)]
fn built_in(source: &str) -> Template {
    Template::parse(source).expect("the built-in templates are templates")
}

/// The parts of one line, its end included.
fn parts(line: &str) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    let mut said = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        said.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            said.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            said.push('}');
            rest = after;
        } else {
            let inside = from.strip_prefix('{').and_then(|inside| inside.split_once('}'));
            let (word, after) = inside.ok_or(TemplateError::LoneBrace)?;
            let placeholder = Placeholder::ALL.into_iter().find(|placeholder| placeholder.word() == word);
            parts.push(Part::Said(std::mem::take(&mut said)));
            parts.push(Part::Filled(placeholder.ok_or_else(|| TemplateError::Unknown(word.to_owned()))?));
            rest = after;
        }
    }
    said.push_str(rest);
    parts.push(Part::Said(said));
    Ok(parts)
}

/// What a placeholder stands for, in plain text that is safe for a terminal; `None` where there is nothing to say.
fn value(placeholder: Placeholder, about: &About<'_>) -> Option<String> {
    let (link, object) = (about.link, &about.link.request.object);
    let safe = |text: &str| Some(visible(text).into_owned());
    match placeholder {
        Placeholder::Action => safe(action(link.request.method)),
        Placeholder::Bucket => safe(object.bucket.as_str()),
        Placeholder::Expires => Some(in_zone(link.ends_at, about.zone)),
        Placeholder::ExpiresUtc => Some(link.ends_at.strftime("%Y-%m-%d %H:%M UTC").to_string()),
        Placeholder::Headers => {
            let lines: Vec<_> = link.request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        }
        Placeholder::Key => safe(object.key.as_str()),
        Placeholder::Method => safe(link.request.method.as_str()),
        Placeholder::Name => safe(&filename::wanted(&link.request)),
        Placeholder::Size => about.size.map(size::shown),
        Placeholder::TimeLeft => Some(time_left(link.ends_at.duration_since(about.now))),
        Placeholder::Link | Placeholder::Url => Some(link.url.expose().to_owned()),
    }
}

fn action(method: Method) -> &'static str {
    match method {
        Method::Get => "download",
        Method::Head => "look at the headers of",
        Method::Put => "upload",
        Method::Delete => "delete",
        Method::Post => "take part in the upload of",
    }
}

/// `Friday, 27 November 2026, 18:00 (Europe/Berlin)`: the minute in which it ends, so that nobody is promised too much.
fn in_zone(time: Timestamp, zone: &TimeZone) -> String {
    let local = time.to_zoned_datetime(zone.clone());
    let name = match zone.iana_name() {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(local.strftime("UTC%:z").to_string()),
    };
    format!("{} ({name})", local.strftime("%A, %-d %B %Y, %H:%M"))
}

/// `2 days 3 hours`: the two largest units, rounded down.
fn time_left(left: SignedDuration) -> String {
    if left <= SignedDuration::ZERO {
        return "none, it has ended".to_owned();
    }
    let minutes = left.as_mins();
    let units = [("day", minutes / 1_440), ("hour", minutes / 60 % 24), ("minute", minutes % 60)];
    let said = units.into_iter().skip_while(|(_, count)| *count == 0).take(2).filter(|(_, count)| *count > 0);
    let said: Vec<_> =
        said.map(|(unit, count)| format!("{count} {unit}{}", if count == 1 { "" } else { "s" })).collect();
    if said.is_empty() { "less than a minute".to_owned() } else { said.join(" ") }
}

/// The link in HTML: to be followed where that leads to the object, else to be copied.
fn anchor(link: &Link) -> String {
    let url = escape_html(link.url.expose());
    if !opens_in_a_browser(link) {
        return format!("<code>{url}</code>");
    }
    format!("<a href=\"{url}\">{}</a>", escape_html(&visible(&filename::wanted(&link.request))))
}

/// `text` for an element or a quoted attribute of HTML.
pub(super) fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::presign::expiry::Expiry;
    use crate::presign::link::{LimitedBy, Session, SignedUrl};
    use crate::presign::request::LinkRequest;
    use crate::s3::location::ObjectId;
    use crate::s3::name::{BucketName, Key};

    const URL: &str = "https://s3.example.com/b/Q3?X-Amz-Expires=900&X-Amz-Signature=abc";

    fn link(method: Method, key: &str) -> Link {
        let object = ObjectId::current(BucketName::parse("reports").unwrap(), Key::parse(key).unwrap());
        let signed_at: Timestamp = "2026-11-27T16:45:30Z".parse().unwrap();
        Link {
            request: LinkRequest::new(method, object, Expiry::DEFAULT),
            url: SignedUrl::new(URL.to_owned()),
            signed_at,
            expires_in: Expiry::DEFAULT,
            ends_at: signed_at + SignedDuration::from_mins(15),
            limited_by: LimitedBy::Asked,
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            source: "a test".to_owned(),
            session: Session::LongLived,
        }
    }

    fn berlin() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    fn about<'a>(link: &'a Link, zone: &'a TimeZone) -> About<'a> {
        About { link, size: Some(2_202_010), now: link.signed_at, zone }
    }

    #[test]
    fn the_built_in_text_says_what_and_until_when() {
        let (link, zone) = (link(Method::Get, "2026/Q3 <final>.pdf"), berlin());
        let text = Template::default_text().text(&about(&link, &zone));
        assert_eq!(
            text.expose(),
            format!(
                "With this link you can download Q3 <final>.pdf:\n\n<{URL}>\n\nSize: 2.1 MiB\n\
                 It works until Friday, 27 November 2026, 18:00 (UTC+01:00), which is 2026-11-27 17:00 UTC.\n\
                 Whoever has the link can use it, so please do not pass it on.\n"
            )
        );
        assert!(!format!("{text:?}").contains("abc"));
    }

    #[test]
    fn the_built_in_html_is_escaped_and_leads_where_the_link_leads() {
        let (link, zone) = (link(Method::Get, "<script>'&\".pdf"), TimeZone::UTC);
        let html = Template::default_html().html(&about(&link, &zone));
        let url = URL.replace('&', "&amp;");
        let name = "&lt;script&gt;&#39;&amp;&quot;.pdf";
        assert!(html.expose().contains(&format!("<p><a href=\"{url}\">{name}</a></p>")), "{}", html.expose());
        assert!(html.expose().starts_with(&format!("<p>With this link you can download <b>{name}</b>:</p>\n")));
        assert!(html.expose().contains("17:00 (UTC), which is"));
    }

    #[test]
    fn an_upload_says_which_headers_to_send_and_is_no_link_to_click() {
        let mut link = link(Method::Put, "in/scan.pdf");
        link.request.headers.push(("Content-Type".to_owned(), "application/pdf".to_owned()));
        link.request.headers.push(("content-length".to_owned(), "4".to_owned()));
        let about = About { link: &link, size: None, now: link.signed_at, zone: &TimeZone::UTC };
        let text = Template::default_text().text(&about);
        assert!(text.expose().contains("you can upload scan.pdf:"));
        assert!(
            text.expose().contains(">\n\nHeaders to send with it: Content-Type: application/pdf\ncontent-length: 4\n")
        );
        let html = Template::default_html().html(&about);
        assert!(html.expose().contains("<code>https://") && !html.expose().contains("<a "));
        assert!(html.expose().contains("application/pdf<br>content-length: 4</p>"));
    }

    #[test]
    fn a_key_that_a_browser_would_tidy_is_no_link_to_click() {
        let link = link(Method::Get, "a/../b");
        let html = Template::default_html().html(&about(&link, &TimeZone::UTC));
        assert!(html.expose().contains("<code>https://") && !html.expose().contains("<a "));
    }

    #[test]
    fn every_placeholder_is_filled() {
        let link = link(Method::Get, "a/\u{202E}b\n.txt");
        let source = "{{{name}}} {size} {url} {expires} {expires_utc} {time_left} {bucket} {key} {method} {action}";
        let message = Template::parse(source).unwrap().text(&about(&link, &TimeZone::UTC));
        let start =
            format!("{{<U+202E>b␊.txt}} 2.1 MiB {URL} Friday, 27 November 2026, 17:00 (UTC) 2026-11-27 17:00 UTC");
        assert_eq!(message.expose(), format!("{start} 15 minutes reports a/<U+202E>b␊.txt GET download"));
    }

    #[test]
    fn a_wrong_template_says_what_to_write() {
        for (source, said) in [
            ("{nam} {url}", "there is no placeholder {nam}: write {action}, {bucket}, {expires}, {expires_utc}, "),
            ("{} {url}", "there is no placeholder {}: write"),
            ("{na\u{1b}me} {url}", "there is no placeholder {na␛me}: write"),
            ("a } {url}", "a brace stands alone: write a placeholder such as {name}, or {{ and }} for braces"),
            ("{url} {name", "a brace stands alone"),
            ("{url} {na\nme}", "a brace stands alone"),
            ("", "the message has no place for the link: write {link} or {url} where it belongs"),
        ] {
            let error = Template::parse(source).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
        assert!(Template::parse("{x} {url}").unwrap_err().to_string().ends_with("{url}, or {{ for a brace"));
    }

    #[test]
    fn time_left_is_never_more_than_there_is() {
        for (seconds, said) in [
            (604_800, "7 days"),
            (604_799, "6 days 23 hours"),
            (86_400 + 59 * 60, "1 day"),
            (3_660, "1 hour 1 minute"),
            (119, "1 minute"),
            (59, "less than a minute"),
            (0, "none, it has ended"),
            (-5, "none, it has ended"),
        ] {
            assert_eq!(time_left(SignedDuration::from_secs(seconds)), said);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_template_or_says_why(text in "(\\PC|[{}\n]|\\{name\\}|\\{url\\}){0,40}") {
            if let Ok(template) = Template::parse(&text) {
                prop_assert_eq!(template.to_string(), text);
            }
        }

        #[test]
        fn text_with_its_braces_doubled_is_said_as_it_is(text in "(\\PC|[{}\n]){0,40}", key in "\\PC{1,40}") {
            let link = link(Method::Get, &key);
            let template = Template::parse(&format!("{}{{url}}", text.replace('{', "{{").replace('}', "}}"))).unwrap();
            let zone = TimeZone::UTC;
            let about = about(&link, &zone);
            prop_assert_eq!(template.text(&about), LinkText::new(format!("{text}{URL}")));
            let html = Template::parse("{name} {key} {link}").unwrap().html(&about);
            prop_assert_eq!(html.expose().matches(['<', '>']).count(), 4);
        }
    }
}

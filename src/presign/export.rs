//! Many links as one text: lists, tables, pages, and the input of download programs. Text out, row by row; no file here.
//!
//! What is for programs (`JSONL`, lists) holds names byte for byte. What is for people (CSV, Markdown, HTML) shows control
//! and bidi characters in a visible form.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::json;
use thiserror::Error;

use super::filename;
use super::link::Link;
use super::message::escape_html;
use super::request::Method;
use super::snippet::{headers, opens_in_a_browser};
use crate::s3::size;
use crate::s3::text::visible;

/// What the links are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A URL on each line.
    Text,
    /// A table for spreadsheets (RFC 4180) with a head.
    ///
    /// A field that a spreadsheet would take for a formula (`=`, `+`, `-` or `@` at its start) gets an apostrophe before it.
    Csv,
    /// A JSON object on each line, with everything exactly as it is.
    Jsonl,
    /// A list of links.
    Markdown,
    /// A page that loads nothing, is not indexed, and tells no store where its reader came from.
    Html,
    /// The configuration of `curl -K FILE`.
    Curl,
    /// The list of `wget -i FILE`; add `--content-disposition` for links that ask for a file name.
    Wget,
    /// The list of `aria2c -i FILE`.
    Aria2,
    /// A playlist.
    M3u,
}

impl Format {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::Text,
        Self::Csv,
        Self::Jsonl,
        Self::Markdown,
        Self::Html,
        Self::Curl,
        Self::Wget,
        Self::Aria2,
        Self::M3u,
    ];

    /// The word for it in arguments.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Curl => "curl",
            Self::Wget => "wget",
            Self::Aria2 => "aria2",
            Self::M3u => "m3u",
        }
    }

    /// The extension of a file of it, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text | Self::Wget | Self::Aria2 => "txt",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Curl => "curlrc",
            Self::M3u => "m3u",
        }
    }
}

/// Why a link cannot stand in a format.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ExportError {
    /// The program can only download.
    #[error("a list of the format {} is for downloads, and this is a {method} link: use curl, csv or jsonl", .format.name())]
    Method {
        /// What was asked for.
        format: Format,
        /// What the link is for.
        method: Method,
    },
    /// The program reads headers from nowhere but its command line.
    #[error("a list of the format {} cannot say which headers to send: use curl or aria2", .0.name())]
    Headers(Format),
    /// The program would write another object.
    #[error("curl would add the file's name to the key `{}`, which ends with a slash: use csv or jsonl", visible(.0))]
    UploadToFolder(String),
    /// The program would ask for another object.
    #[error(
        "what reads a list of the format {} would take the `.` or `..` out of the key `{}` and ask for another object: \
         use curl",
        .format.name(), visible(key)
    )]
    DotSegment {
        /// What was asked for.
        format: Format,
        /// The key.
        key: String,
    },
}

/// Writes one export. Rows are appended to a text that the caller empties as it likes.
///
/// It holds nothing of the rows, but for curl and aria2 two hashes for each path, by which no two files get one name.
#[derive(Debug)]
pub struct Export {
    format: Format,
    title: String,
    paths: Paths,
    operation: Option<Operation>,
}

/// What curl does with the URLs that follow.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Operation {
    method: Method,
    headers: Vec<(String, String)>,
}

impl Export {
    /// Begins an export; `title` says what the links lead to, such as `s3://bucket/prefix/`.
    pub fn new(format: Format, title: &str) -> Self {
        let title = visible(title).into_owned();
        Self { format, title, paths: Paths::default(), operation: None }
    }

    /// What stands before the first row.
    pub fn head(&self) -> String {
        match self.format {
            Format::Text | Format::Jsonl | Format::Wget | Format::Aria2 => String::new(),
            Format::Csv => "name,size,expires_at,method,bucket,key,version_id,url\r\n".to_owned(),
            Format::Markdown => format!("# {}\n\n", escape_markdown(&self.title)),
            Format::Html => html_head(&escape_html(&self.title)),
            Format::Curl => format!("# {}\n# curl -K FILE\n", self.title),
            Format::M3u => "#EXTM3U\n".to_owned(),
        }
    }

    /// Appends a link, and what of it is known to be `bytes` long. On an error, nothing is appended.
    pub fn row(&mut self, out: &mut String, link: &Link, bytes: Option<u64>) -> Result<(), ExportError> {
        self.check(link)?;
        let url = link.url.expose();
        match self.format {
            Format::Text | Format::Wget => push_all(out, &[url, "\n"]),
            Format::Csv => csv(out, link, bytes),
            Format::Jsonl => jsonl(out, link, bytes),
            Format::Markdown => markdown(out, link, bytes),
            Format::Html => html(out, link, bytes),
            Format::Curl => self.curl(out, link),
            Format::Aria2 => self.aria2(out, link),
            Format::M3u => push_all(out, &["#EXTINF:-1,", &visible(&filename::wanted(&link.request)), "\n", url, "\n"]),
        }
        Ok(())
    }

    /// What stands after the last row.
    pub fn tail(&self) -> String {
        match self.format {
            Format::Html => "</tbody></table>\n</body>\n</html>\n".to_owned(),
            Format::Text
            | Format::Csv
            | Format::Jsonl
            | Format::Markdown
            | Format::Curl
            | Format::Wget
            | Format::Aria2
            | Format::M3u => String::new(),
        }
    }

    fn check(&self, link: &Link) -> Result<(), ExportError> {
        let format = self.format;
        let request = &link.request;
        let key = request.object.key.as_str();
        match format {
            Format::Text | Format::Csv | Format::Jsonl | Format::Markdown | Format::Html => Ok(()),
            Format::Curl if request.method == Method::Put && key.ends_with('/') => {
                Err(ExportError::UploadToFolder(key.to_owned()))
            }
            Format::Curl => Ok(()),
            Format::Wget | Format::Aria2 | Format::M3u if request.method != Method::Get => {
                Err(ExportError::Method { format, method: request.method })
            }
            Format::Wget | Format::M3u if !request.headers.is_empty() => Err(ExportError::Headers(format)),
            Format::Wget | Format::Aria2 | Format::M3u if request.object.key.is_lost_in_browsers() => {
                Err(ExportError::DotSegment { format, key: key.to_owned() })
            }
            Format::Wget | Format::Aria2 | Format::M3u => Ok(()),
        }
    }

    fn curl(&mut self, out: &mut String, link: &Link) {
        let operation = Operation {
            method: link.request.method,
            headers: headers(link).into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        };
        if self.operation.as_ref() != Some(&operation) {
            if self.operation.is_some() {
                out.push_str("next\n");
            }
            // --path-as-is for keys with `..`, --globoff for names with brackets.
            out.push_str("fail\nlocation\npath-as-is\ngloboff\n");
            for (name, value) in &operation.headers {
                let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
                push_all(out, &["header = ", &curl_quoted(&header), "\n"]);
            }
            out.push_str(match operation.method {
                Method::Get => "create-dirs\n",
                Method::Head => "head\n",
                Method::Put => "",
                Method::Delete => "request = \"DELETE\"\n",
                Method::Post => "request = \"POST\"\n",
            });
            self.operation = Some(operation);
        }
        push_all(out, &["url = ", &curl_quoted(link.url.expose()), "\n"]);
        match link.request.method {
            Method::Get => push_all(out, &["output = ", &curl_quoted(&self.paths.give(link)), "\n"]),
            Method::Put => push_all(out, &["upload-file = ", &curl_quoted(&self.paths.give(link)), "\n"]),
            Method::Head | Method::Delete | Method::Post => {}
        }
    }

    fn aria2(&mut self, out: &mut String, link: &Link) {
        push_all(out, &[link.url.expose(), "\n  out=", &self.paths.give(link), "\n"]);
        for (name, value) in headers(link) {
            push_all(out, &["  header=", name, ": ", value, "\n"]);
        }
    }
}

/// The paths that were given to downloads: those of the keys, below the current folder, each once.
///
/// Folders are kept, because they tell `2025/report.pdf` from `2026/report.pdf` and hold a file system's load. Each level
/// is cleaned for all systems, since a list may be used on another one, and no path climbs or starts at the root. Where two keys would meet, in whatever case, or one would be
/// both a file and a folder, the later one gets a number.
#[derive(Debug, Default)]
struct Paths {
    files: HashSet<u64>,
    folders: HashSet<u64>,
    /// How often a path was wanted that was taken.
    meetings: HashMap<u64, u32>,
}

impl Paths {
    fn give(&mut self, link: &Link) -> String {
        let key = link.request.object.key.as_str();
        let folders = key.strip_suffix(link.request.object.key.file_name()).unwrap_or_default();
        let mut path = String::with_capacity(key.len());
        for level in folders.split('/').filter(|level| !matches!(*level, "" | "." | "..")) {
            path.push_str(&filename::clean_for_windows(level));
            path = self.free_of_files(path);
            self.folders.insert(folded(&path));
            path.push('/');
        }
        path.push_str(&filename::clean_for_windows(&filename::wanted(&link.request)));
        path = self.free(path);
        self.files.insert(folded(&path));
        if path.starts_with(['-', '~']) { format!("./{path}") } else { path }
    }

    /// `path` for a folder, which others may share: numbered only where a file has its name.
    fn free_of_files(&self, path: String) -> String {
        if !self.files.contains(&folded(&path)) {
            return path;
        }
        let mut aside = (2..=u32::MAX).map(|number| numbered(&path, number));
        aside.find(|aside| !self.files.contains(&folded(aside))).unwrap_or_else(|| path.clone())
    }

    /// `path` for a file: numbered where a file or a folder has its name.
    fn free(&mut self, path: String) -> String {
        let is_taken = |path: u64| self.files.contains(&path) || self.folders.contains(&path);
        let wanted = folded(&path);
        if !is_taken(wanted) {
            return path;
        }
        // Without the number that was given last, ten thousand versions of one key would be counted through each time.
        let number = self.meetings.entry(wanted).or_insert(1);
        loop {
            *number += 1;
            let aside = numbered(&path, *number);
            if !is_taken(folded(&aside)) {
                return aside;
            }
        }
    }
}

/// Names a path alike in all cases, as the file systems of macOS and Windows do.
fn folded(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.to_lowercase().hash(&mut hasher);
    hasher.finish()
}

/// `a/b (2).txt` of `a/b.txt`.
fn numbered(path: &str, number: u32) -> String {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    let dot = path.rfind('.').filter(|dot| *dot > name).unwrap_or(path.len());
    let (stem, extension) = path.split_at(dot);
    format!("{stem} ({number}){extension}")
}

fn push_all(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

fn csv(out: &mut String, link: &Link, bytes: Option<u64>) {
    let object = &link.request.object;
    let bytes = bytes.map(|bytes| bytes.to_string()).unwrap_or_default();
    let version = object.version.as_ref().map_or("", |version| version.0.as_str());
    let fields = [
        filename::wanted(&link.request).as_str(),
        &bytes,
        &link.ends_at.to_string(),
        link.request.method.as_str(),
        object.bucket.as_str(),
        object.key.as_str(),
        version,
        link.url.expose(),
    ]
    .map(csv_field);
    push_all(out, &[&fields.join(","), "\r\n"]);
}

fn csv_field(text: &str) -> String {
    let mut field = visible(text).into_owned();
    if field.starts_with(['=', '+', '-', '@']) {
        field.insert(0, '\'');
    }
    if field.contains(['"', ',']) || field.trim() != field {
        field = format!("\"{}\"", field.replace('"', "\"\""));
    }
    field
}

fn jsonl(out: &mut String, link: &Link, bytes: Option<u64>) {
    let object = &link.request.object;
    let headers: serde_json::Map<_, _> =
        link.request.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let line = json!({
        "url": link.url.expose(),
        "method": link.request.method.as_str(),
        "bucket": object.bucket.as_str(),
        "key": object.key.as_str(),
        "version_id": object.version.as_ref().map(|version| version.0.as_str()),
        "required_headers": headers,
        "size": bytes,
        "expires_at": link.ends_at.to_string(),
    });
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{line}");
}

fn markdown(out: &mut String, link: &Link, bytes: Option<u64>) {
    let key = escape_markdown(&visible(link.request.object.key.as_str()));
    let method = match link.request.method {
        Method::Get => String::new(),
        other => format!("{other} "),
    };
    let bytes = bytes.map(|bytes| format!("{}, ", size::shown(bytes))).unwrap_or_default();
    let until = link.ends_at.strftime("%Y-%m-%d %H:%M UTC");
    // Writing to a String cannot fail.
    let _ = writeln!(out, "- {method}[{key}](<{}>) ({bytes}until {until})", link.url.expose());
}

/// `text` with a backslash before whatever Markdown could obey (CommonMark, "Backslash escapes").
fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '/' | '.' | ',' | '-' | ':' | '%') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn html_head(title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <meta name=\"robots\" content=\"noindex, nofollow\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<style>\n\
         :root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}\n\
         body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}\n\
         th, td {{ text-align: start; padding: .25rem 1rem .25rem 0; vertical-align: top; overflow-wrap: anywhere }}\n\
         </style>\n</head>\n<body>\n<h1>{title}</h1>\n\
         <p>Whoever has these links can use them until they end.</p>\n\
         <table>\n<thead><tr><th>Name</th><th>Size</th><th>Works until</th></tr></thead>\n<tbody>\n"
    )
}

fn html(out: &mut String, link: &Link, bytes: Option<u64>) {
    let url = escape_html(link.url.expose());
    let key = escape_html(&visible(link.request.object.key.as_str()));
    let cell = match opens_in_a_browser(link) {
        true => format!("<a rel=\"noreferrer\" href=\"{url}\">{key}</a>"),
        false => format!("{key}<br>{} <code>{url}</code>", link.request.method),
    };
    let bytes = bytes.map(size::shown).unwrap_or_default();
    let until = link.ends_at.strftime("%Y-%m-%d %H:%M UTC");
    // Writing to a String cannot fail.
    let _ = writeln!(out, "<tr><td>{cell}</td><td>{bytes}</td><td>{until}</td></tr>");
}

/// A value in a configuration of curl, which knows `\\`, `\"` and the names of some control characters.
fn curl_quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use proptest::prelude::*;

    use super::*;
    use crate::presign::disposition::Disposition;
    use crate::presign::expiry::Expiry;
    use crate::presign::link::{LimitedBy, Session, SignedUrl};
    use crate::presign::request::LinkRequest;
    use crate::presign::sigv4::encode_path;
    use crate::s3::location::ObjectId;
    use crate::s3::name::{BucketName, Key};

    fn link(method: Method, key: &str) -> Link {
        let object = ObjectId::current(BucketName::parse("b").unwrap(), Key::parse(key).unwrap());
        let signed_at: Timestamp = "2026-11-27T16:45:30Z".parse().unwrap();
        Link {
            request: LinkRequest::new(method, object, Expiry::DEFAULT),
            url: SignedUrl::new(format!("https://[::1]:9/b/{}?a=1&X-Amz-Signature=abc", encode_path(key))),
            signed_at,
            expires_in: Expiry::DEFAULT,
            ends_at: signed_at + SignedDuration::from_mins(15),
            limited_by: LimitedBy::Asked,
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            source: "a test".to_owned(),
            session: Session::LongLived,
        }
    }

    fn exported(format: Format, links: &[Link]) -> String {
        let mut export = Export::new(format, "s3://b/<&>\n#");
        let mut text = export.head();
        for link in links {
            export.row(&mut text, link, Some(2_202_010)).unwrap();
        }
        text + &export.tail()
    }

    /// The fields of a table by RFC 4180.
    fn read_csv(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
        let mut quoted = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(std::mem::take(&mut field)),
                '\r' if !quoted => {
                    assert_eq!(chars.next(), Some('\n'));
                    row.push(std::mem::take(&mut field));
                    rows.push(std::mem::take(&mut row));
                }
                c => field.push(c),
            }
        }
        assert!(!quoted && row.is_empty() && field.is_empty());
        rows
    }

    fn read_html(text: &str) -> String {
        let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
        entities.iter().fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c))
    }

    /// Label and destination of the link that a line of a list is.
    fn read_markdown(line: &str) -> (String, String) {
        let mut label = String::new();
        let mut chars = line.strip_prefix("- [").unwrap().chars();
        loop {
            match chars.next().unwrap() {
                '\\' => label.push(chars.next().unwrap()),
                ']' => break,
                c => {
                    assert!(!"[<>&*_`!".contains(c), "{c} in {line}");
                    label.push(c);
                }
            }
        }
        let (url, _) = chars.as_str().strip_prefix("(<").unwrap().split_once(">)").unwrap();
        (label, url.to_owned())
    }

    /// The values of a configuration of curl: option and value.
    fn read_curl(text: &str) -> Vec<(String, String)> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let option = |line: &str| {
            let Some((option, quoted)) = line.split_once(" = ") else { return (line.to_owned(), String::new()) };
            let mut value = String::new();
            let mut chars = quoted.strip_prefix('"').unwrap().strip_suffix('"').unwrap().chars();
            while let Some(c) = chars.next() {
                assert_ne!(c, '"');
                value.push(if c == '\\' { chars.next().unwrap() } else { c });
            }
            (option.to_owned(), value)
        };
        lines.map(option).collect()
    }

    fn values(options: &[(String, String)], option: &str) -> Vec<String> {
        options.iter().filter(|(name, _)| name == option).map(|(_, value)| value.clone()).collect()
    }

    fn assert_paths(paths: &[String]) {
        let mut seen: Vec<String> = Vec::new();
        for path in paths {
            let inner = path.strip_prefix("./").unwrap_or(path);
            assert!(
                !inner.is_empty() && !path.starts_with(['/', '-', '~']) && !path.contains(['\\', '\n', ':']),
                "{path}"
            );
            assert!(inner.split('/').all(|level| !matches!(level, "" | "." | "..")), "{path}");
            seen.push(inner.to_lowercase());
        }
        for (at, one) in seen.iter().enumerate() {
            let meets = |other: &String| other == one || other.starts_with(&format!("{one}/"));
            assert!(!seen.iter().enumerate().any(|(other_at, other)| other_at != at && meets(other)), "{one} {seen:?}");
        }
    }

    fn assert_all_found(links: &[Link]) {
        let urls: Vec<&str> = links.iter().map(|link| link.url.expose()).collect();
        let keys: Vec<&str> = links.iter().map(|link| link.request.object.key.as_str()).collect();
        let shown: Vec<String> = keys.iter().map(|key| visible(key).into_owned()).collect();

        assert!(exported(Format::Text, links).lines().eq(urls.iter().copied()));

        let table = read_csv(&exported(Format::Csv, links));
        assert_eq!(table.len(), links.len() + 1);
        for (row, (url, key)) in table[1..].iter().zip(urls.iter().zip(&shown)) {
            assert!(row.iter().all(|field| !field.starts_with(['=', '+', '-', '@'])), "{row:?}");
            assert_eq!((row.len(), row[7].as_str(), row[1].as_str()), (8, *url, "2202010"));
            assert_eq!(row[5].strip_prefix('\'').filter(|_| !key.starts_with('\'')).unwrap_or(&row[5]), key);
        }

        for (line, (url, key)) in exported(Format::Jsonl, links).lines().zip(urls.iter().zip(&keys)) {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!((object["url"].as_str(), object["key"].as_str()), (Some(*url), Some(*key)));
        }

        let list = exported(Format::Markdown, links);
        let read: Vec<_> = list.lines().skip(2).map(read_markdown).collect();
        assert!(read.iter().map(|(label, url)| (label, url.as_str())).eq(shown.iter().zip(urls.iter().copied())));

        let page = exported(Format::Html, links);
        let rows = page.lines().filter(|line| line.starts_with("<tr><td>"));
        for (row, (link, key)) in rows.zip(links.iter().zip(&shown)) {
            let (url, key) = (link.url.expose(), key.as_str());
            let cell = row.strip_prefix("<tr><td>").unwrap().split_once("</td>").unwrap().0;
            assert_eq!(
                read_html(cell),
                match opens_in_a_browser(link) {
                    true => format!("<a rel=\"noreferrer\" href=\"{url}\">{key}</a>"),
                    false => format!("{key}<br>GET <code>{url}</code>"),
                }
            );
            assert_eq!(cell.matches(['<', '>']).count(), if opens_in_a_browser(link) { 4 } else { 6 });
        }
        assert_eq!(page.matches("<tr><td>").count(), links.len());

        let options = read_curl(&exported(Format::Curl, links));
        assert_eq!(values(&options, "url"), urls);
        assert_eq!(values(&options, "output").len(), links.len());
        assert_paths(&values(&options, "output"));
    }

    fn assert_downloads_found(links: &[Link]) {
        let urls: Vec<&str> = links.iter().map(|link| link.url.expose()).collect();
        assert!(exported(Format::Wget, links).lines().eq(urls.iter().copied()));
        let list = exported(Format::Aria2, links);
        assert!(list.lines().step_by(2).eq(urls.iter().copied()));
        let paths = list.lines().skip(1).step_by(2).map(|line| line.strip_prefix("  out=").unwrap().to_owned());
        assert_paths(&paths.collect::<Vec<_>>());
        let playlist = exported(Format::M3u, links);
        assert!(playlist.lines().skip(2).step_by(2).eq(urls.iter().copied()));
        assert!(playlist.lines().skip(1).step_by(2).all(|line| line.starts_with("#EXTINF:-1,")));
    }

    #[test]
    fn an_empty_export_is_whole() {
        for format in Format::ALL {
            let text = exported(format, &[]);
            assert!(text.is_empty() || text.ends_with('\n'), "{format:?}");
        }
        let page = exported(Format::Html, &[]);
        for part in ["<title>s3://b/&lt;&amp;&gt;␊#</title>", "noindex", "no-referrer", "</html>"] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("src=") && !page.contains("http:") && !page.contains("https:"));
        assert_eq!(exported(Format::Markdown, &[]), "# s3\\://b/\\<\\&\\>␊\\#\n\n".replace("\\:", ":"));
    }

    #[test]
    fn a_name_that_looks_like_a_formula_is_only_text_in_a_table() {
        let text = exported(Format::Csv, &[link(Method::Get, "=1+1,\"x\"")]);
        let row = text.lines().nth(1).unwrap();
        let field = "\"'=1+1,\"\"x\"\"\"";
        assert!(row.starts_with(&format!("{field},2202010,2026-11-27T17:00:30Z,GET,b,{field},,https://")), "{row}");
    }

    #[test]
    fn no_two_downloads_get_one_path_and_none_leaves_the_folder() {
        let keys =
            ["a", "a/b", "A", "a/c", "../../etc/passwd", "/abs", "-rf", "x/./y", "x//y", "x/y", "c:/d", "con/nul.txt"];
        let links: Vec<Link> = keys.iter().map(|key| link(Method::Get, key)).collect();
        let options = read_curl(&exported(Format::Curl, &links));
        let outputs = [
            "a",
            "a (2)/b",
            "A (3)",
            "a (2)/c",
            "etc/passwd",
            "abs",
            "./-rf",
            "x/y",
            "x/y (2)",
            "x/y (3)",
            "c_/d",
            "_con/_nul.txt",
        ];
        assert_eq!(values(&options, "output"), outputs);
        assert_paths(&values(&options, "output"));
    }

    #[test]
    fn a_download_is_called_what_the_link_asks_for() {
        let mut link = link(Method::Get, "in/8f2a");
        link.request.query.push(Disposition::attachment("Scan.pdf").parameter());
        assert!(exported(Format::Aria2, &[link]).ends_with("  out=in/Scan.pdf\n"));
    }

    #[test]
    fn curl_begins_a_new_operation_where_method_or_headers_change() {
        let mut put = link(Method::Put, "a/b");
        put.request.headers.push(("Content-Type".to_owned(), "text/x; a=\"\\\"".to_owned()));
        put.request.headers.push(("content-length".to_owned(), "3".to_owned()));
        let mut other = put.clone();
        other.request.headers[0].1.clear();
        let text =
            exported(Format::Curl, &[put.clone(), put, other, link(Method::Head, "a"), link(Method::Delete, "a")]);
        let options = read_curl(&text);
        assert_eq!(values(&options, "next").len(), 3);
        assert_eq!(values(&options, "header"), ["Content-Type: text/x; a=\"\\\"", "Content-Type;"]);
        assert_eq!(values(&options, "upload-file").len(), 3);
        assert_eq!((values(&options, "head").len(), values(&options, "request")), (1, vec!["DELETE".to_owned()]));
    }

    #[test]
    fn what_a_program_would_get_wrong_is_refused_and_nothing_is_written() {
        let mut with_header = link(Method::Get, "a");
        with_header.request.headers.push(("x-amz-meta-a".to_owned(), "b".to_owned()));
        for (format, link, said) in [
            (
                Format::Wget,
                link(Method::Put, "a"),
                "a list of the format wget is for downloads, and this is a PUT link",
            ),
            (Format::M3u, with_header, "a list of the format m3u cannot say which headers to send"),
            (
                Format::Aria2,
                link(Method::Get, "a/../b"),
                "what reads a list of the format aria2 would take the `.` or `..` out of the key `a/../b`",
            ),
            (Format::Curl, link(Method::Put, "a/"), "curl would add the file's name to the key `a/`"),
        ] {
            let mut text = String::new();
            let error = Export::new(format, "").row(&mut text, &link, None).unwrap_err().to_string();
            assert!(error.starts_with(said) && text.is_empty(), "{error}");
        }
    }

    proptest! {
        #[test]
        fn every_link_is_found_again_whatever_its_key(keys in prop::collection::vec(
            "([aAbB./ -]|\\.\\.|=|\"|\\\\|[<>&\\[\\](),*_`'#:]|\r|\n|\u{202E}|CON|\\PC){1,12}", 1..12
        )) {
            let links: Vec<Link> = keys.iter().map(|key| link(Method::Get, key)).collect();
            assert_all_found(&links);
            let tidy: Vec<Link> = links.into_iter().filter(|link| !link.request.object.key.is_lost_in_browsers()).collect();
            assert_downloads_found(&tidy);
        }
    }
}

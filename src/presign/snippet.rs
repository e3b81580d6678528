//! A link as a command: a line for a shell, or a few lines of a program, quoted so that nothing in a name is obeyed.
//!
//! The sender's headers are in it, and nothing else that the link does not bind, but where a tool would make up a content
//! type of its own. `Content-Length` is left to the tool, which knows the file.

use std::fmt::Write;

use thiserror::Error;

use super::filename;
use super::link::{Link, LinkText};
use super::request::Method;

/// What a command is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// curl in sh, bash, zsh or fish.
    Curl,
    /// wget in the same shells.
    Wget,
    /// Windows PowerShell 5.1 and PowerShell 7.
    PowerShell,
    /// The curl that Windows has, at the prompt of cmd. A batch file would read `%` otherwise.
    Cmd,
    /// The same in a batch file.
    Batch,
    /// `fetch` in a module of JavaScript, in browsers, Node.js and Deno.
    JavaScript,
    /// Python 3 with nothing but its standard library.
    Python,
}

/// Why there is no such command.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SnippetError {
    /// The tool would ask for another object.
    #[error("{} would take the `.` or `..` out of the key and ask for another object: use curl or Python", .0.title())]
    DotSegment(Dialect),
}

impl Dialect {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] =
        [Self::Curl, Self::Wget, Self::PowerShell, Self::Cmd, Self::Batch, Self::JavaScript, Self::Python];

    /// The word for it in arguments.
    pub fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Wget => "wget",
            Self::PowerShell => "powershell",
            Self::Cmd => "cmd",
            Self::Batch => "batch",
            Self::JavaScript => "javascript",
            Self::Python => "python",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Wget => "wget",
            Self::PowerShell => "PowerShell",
            Self::Cmd => "the prompt of cmd",
            Self::Batch => "a batch file",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
        }
    }

    /// Whether it sends `.` and `..` in a path as they are. The others follow RFC 3986, section 6.2.2.3, or WHATWG's URL.
    fn keeps_dot_segments(self) -> bool {
        match self {
            Self::Curl | Self::Cmd | Self::Batch | Self::Python => true,
            Self::Wget | Self::PowerShell | Self::JavaScript => false,
        }
    }
}

/// `link` as a command. A download goes to a file of the object's name in the current folder, and an upload comes from it.
pub fn snippet(link: &Link, dialect: Dialect) -> Result<LinkText, SnippetError> {
    let wanted = filename::wanted(&link.request);
    let key = &link.request.object.key;
    let job = Job {
        method: link.request.method,
        url: link.url.expose(),
        headers: headers(link),
        file: match dialect {
            Dialect::PowerShell | Dialect::Cmd | Dialect::Batch => filename::clean_for_windows(&wanted),
            Dialect::Curl | Dialect::Wget | Dialect::JavaScript | Dialect::Python => filename::clean(&wanted),
        },
        has_dot_segment: key.is_lost_in_browsers(),
        ends_with_slash: key.as_str().ends_with('/'),
    };
    if job.has_dot_segment && !dialect.keeps_dot_segments() {
        return Err(SnippetError::DotSegment(dialect));
    }
    Ok(LinkText::new(match dialect {
        Dialect::Curl => curl("curl", &job, "./", sh),
        Dialect::Wget => wget(&job),
        Dialect::PowerShell => powershell(&job),
        Dialect::Cmd => curl("curl.exe", &job, ".\\", cmd),
        Dialect::Batch => batch(&job),
        Dialect::JavaScript => javascript(&job),
        Dialect::Python => python(&job),
    }))
}

/// Whether a browser that is only given the URL asks for the object: a browser gets, tidies paths, and sends headers of its own.
pub fn opens_in_a_browser(link: &Link) -> bool {
    let request = &link.request;
    request.method == Method::Get && request.headers.is_empty() && !request.object.key.is_lost_in_browsers()
}

/// The headers that the sender must name. The length is signed at times and always sent by the tool itself.
pub(super) fn headers(link: &Link) -> Vec<(&str, &str)> {
    let named = link.request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
    // A signature does not see spaces at the ends (Signature Version 4, canonical headers), and tools trim them anyway.
    named.map(|(name, value)| (name.as_str(), value.trim())).collect()
}

/// What all dialects say in their own words.
struct Job<'a> {
    method: Method,
    url: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    file: String,
    has_dot_segment: bool,
    ends_with_slash: bool,
}

impl Job<'_> {
    /// The file as an argument that neither looks like an option nor, as `-`, means a pipe.
    fn path(&self, here: &str) -> String {
        if self.file.starts_with('-') { format!("{here}{}", self.file) } else { self.file.clone() }
    }

    fn content_type(&self) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")).map(|(_, value)| *value)
    }

    /// The headers for a tool that would otherwise call an upload a form.
    fn headers_of_upload(&self) -> Vec<(&str, &str)> {
        let mut headers = self.headers.clone();
        if self.content_type().is_none() {
            headers.push(("Content-Type", "application/octet-stream"));
        }
        headers
    }
}

fn curl(program: &str, job: &Job<'_>, here: &str, quoted: fn(&str) -> String) -> String {
    let mut line = format!("{program} {}", if job.method == Method::Head { "-fI" } else { "-fL" });
    if job.has_dot_segment {
        line.push_str(" --path-as-is");
    }
    // curl reads [1-9], {a,b} and #1 as patterns, in a URL as in the name of a file to send or to write.
    if [job.url, &job.file].iter().any(|text| text.contains(['[', ']', '{', '}', '#'])) {
        line.push_str(" --globoff");
    }
    // With -T, curl would add the file's name to a URL whose path ends with a slash. As data, a file is a form at first.
    let as_data = job.method == Method::Put && job.ends_with_slash;
    let headers = if as_data { job.headers_of_upload() } else { job.headers.clone() };
    for (name, value) in headers {
        // With a colon and nothing after it, curl would leave the header out.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        push(&mut line, " -H ", &quoted(&header));
    }
    let path = job.path(here);
    match job.method {
        Method::Get => push(&mut line, " -o ", &quoted(&path)),
        Method::Put if as_data => push(&mut line, " -X PUT --data-binary ", &quoted(&format!("@{path}"))),
        Method::Put => push(&mut line, " -T ", &quoted(&path)),
        Method::Delete | Method::Post => push(&mut line, " -X ", job.method.as_str()),
        Method::Head => {}
    }
    push(&mut line, " ", &quoted(job.url));
    line
}

fn batch(job: &Job<'_>) -> String {
    let line = curl("curl.exe", job, ".\\", in_batch);
    // cmd reads a batch file by the code page of the console.
    if line.is_ascii() { line } else { format!("@chcp 65001 >nul\r\n{line}") }
}

fn wget(job: &Job<'_>) -> String {
    let mut line = "wget".to_owned();
    let path = sh(&job.path("./"));
    let headers = match job.method {
        Method::Put => job.headers_of_upload(),
        Method::Get | Method::Head | Method::Delete | Method::Post => job.headers.clone(),
    };
    for (name, value) in headers {
        push(&mut line, " --header=", &sh(&format!("{name}: {value}")));
    }
    match job.method {
        Method::Get => push(&mut line, " -O ", &path),
        Method::Head => line.push_str(" -S --spider"),
        Method::Put => push(&mut line, " -O - --method=PUT --body-file=", &path),
        Method::Delete | Method::Post => push(&mut line, " -O - --method=", job.method.as_str()),
    }
    push(&mut line, " ", &sh(job.url));
    line
}

fn powershell(job: &Job<'_>) -> String {
    // Without -UseBasicParsing, version 5.1 starts Internet Explorer to read the answer.
    let mut line = "Invoke-WebRequest -UseBasicParsing".to_owned();
    let path = ps(&job.path(".\\"));
    match job.method {
        Method::Get => push(&mut line, " -OutFile ", &path),
        Method::Head => line.push_str(" -Method Head"),
        Method::Put => push(&mut line, " -Method Put -InFile ", &path),
        Method::Delete => line.push_str(" -Method Delete"),
        Method::Post => line.push_str(" -Method Post"),
    }
    if let Some(content_type) = job.content_type() {
        push(&mut line, " -ContentType ", &ps(content_type));
    }
    let others = job.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    let table: Vec<String> = others.map(|(name, value)| format!("{} = {}", ps(name), ps(value))).collect();
    if !table.is_empty() {
        push(&mut line, " -Headers ", &format!("@{{{}}}", table.join("; ")));
    }
    push(&mut line, " -Uri ", &ps(job.url));
    line
}

fn javascript(job: &Job<'_>) -> String {
    let (url, name) = (literal(job.url), literal(&job.file));
    let mut options = Vec::new();
    if job.method != Method::Get {
        options.push(format!("method: \"{}\"", job.method));
    }
    if !job.headers.is_empty() {
        options.push(format!("headers: {}", table(&job.headers)));
    }
    if job.method == Method::Put {
        options.push("body: file".to_owned());
    }
    let options = if options.is_empty() { String::new() } else { format!(", {{ {} }}", options.join(", ")) };
    let mut text = String::new();
    if job.method == Method::Put {
        text.push_str("// file: a File or Blob, such as document.querySelector(\"input[type=file]\").files[0]\n");
    }
    push(&mut text, "const response = await fetch(", &format!("{url}{options});\n"));
    text.push_str("if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);\n");
    match job.method {
        Method::Get => push(&mut text, "const file = new File([await response.blob()], ", &format!("{name});\n")),
        Method::Head => text.push_str("console.log(Object.fromEntries(response.headers));\n"),
        Method::Put | Method::Delete | Method::Post => {}
    }
    text
}

fn python(job: &Job<'_>) -> String {
    let name = literal(&job.file);
    let headers = match job.method {
        Method::Put => job.headers_of_upload(),
        Method::Get | Method::Head | Method::Delete | Method::Post => job.headers.clone(),
    };
    let mut arguments = vec![literal(job.url), format!("method=\"{}\"", job.method)];
    if !headers.is_empty() {
        arguments.push(format!("headers={}", table(&headers)));
    }
    if job.method == Method::Put {
        arguments.push("data=file".to_owned());
    }
    let request = format!("request = urllib.request.Request(\n    {},\n)\n", arguments.join(",\n    "));
    match job.method {
        Method::Get => format!(
            "import shutil, urllib.request\n\n{request}\
             with urllib.request.urlopen(request) as reply, open({name}, \"wb\") as file:\n    \
             shutil.copyfileobj(reply, file)\n"
        ),
        // Without its length, a file would be sent in chunks, which S3 refuses.
        Method::Put => format!(
            "import os, urllib.request\n\nfile = open({name}, \"rb\")\n{request}\
             request.add_header(\"Content-Length\", str(os.fstat(file.fileno()).st_size))\n\
             with file, urllib.request.urlopen(request) as reply:\n    print(reply.status, reply.reason)\n"
        ),
        Method::Head | Method::Delete | Method::Post => format!(
            "import urllib.request\n\n{request}\
             with urllib.request.urlopen(request) as reply:\n    print(reply.status, reply.headers)\n"
        ),
    }
}

fn push(text: &mut String, before: &str, word: &str) {
    text.push_str(before);
    text.push_str(word);
}

/// For a POSIX shell, which obeys nothing between single quotes. Only `'` itself has to be said outside of them.
pub fn sh(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// For PowerShell, which takes typographic single quotes for plain ones (about_Quoting_Rules).
fn ps(text: &str) -> String {
    let mut quoted = "'".to_owned();
    for c in text.chars() {
        if matches!(c, '\'' | '‘' | '’' | '‚' | '‛') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

/// For a program with the argument rules of Microsoft's C runtime ("Parsing C command-line arguments"): the text between
/// quotes, a quote twice, and backslashes twice where a quote follows.
fn argument(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    let mut backslashes = 0;
    for c in text.chars() {
        match c {
            '\\' => backslashes += 1,
            '"' => {
                // A quote said twice leaves cmd's own count of quotes even, as `\"` would not.
                quoted.push_str(&"\\".repeat(backslashes));
                quoted.push('"');
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        quoted.push(c);
    }
    quoted.push_str(&"\\".repeat(backslashes));
    quoted.push('"');
    quoted
}

/// For the prompt of cmd, where `%NAME%` becomes a variable's value even between quotes.
///
/// The prompt leaves a name alone that no variable has, such as the `2F…` and `C3` between the escapes of a URL. Where the
/// words between percent signs could be a variable, every character that cmd obeys gets a `^`, which spoils the name.
fn cmd(text: &str) -> String {
    let quoted = argument(text);
    // `%CD%` is the current folder, and the only name of two hex digits that Windows knows.
    let is_escape = |name: &str| {
        let hex = |c: char| c.is_ascii_hexdigit();
        name.starts_with(|c: char| c.is_ascii_digit())
            || name.len() == 2 && name.chars().all(hex) && !name.eq_ignore_ascii_case("CD")
    };
    let mut between = text.split('%').skip(1).peekable();
    let mut plain = true;
    while let Some(name) = between.next() {
        plain &= between.peek().is_none() || is_escape(name);
    }
    if plain {
        return quoted;
    }
    let mut escaped = String::with_capacity(quoted.len() * 2);
    for c in quoted.chars() {
        if matches!(c, '"' | '%' | '^' | '&' | '|' | '<' | '>' | '(' | ')' | '!') {
            escaped.push('^');
        }
        escaped.push(c);
    }
    escaped
}

/// For a batch file, where a percent sign is said twice.
fn in_batch(text: &str) -> String {
    argument(text).replace('%', "%%")
}

/// A string of JSON, which is also one of JavaScript and of Python, and which ends no `<script>` that it is pasted into.
fn literal(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '<' | '\u{7F}' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1F}' => {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn table(headers: &[(&str, &str)]) -> String {
    let rows: Vec<String> =
        headers.iter().map(|(name, value)| format!("{}: {}", literal(name), literal(value))).collect();
    format!("{{{}}}", rows.join(", "))
}

//! What people use a link with: `curl`. Sends requests, and says what came back.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A request as a person would send it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) verb: &'static str,
    pub(crate) url: String,
    /// `Name: value`; `Name:` takes away what curl sends by itself.
    pub(crate) headers: Vec<String>,
    pub(crate) body: Option<Vec<u8>>,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// 0 where none came.
    pub(crate) status: u16,
    /// Status line and headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Call {
    pub(crate) fn new(verb: &'static str, url: impl Into<String>) -> Self {
        Self { verb, url: url.into(), headers: Vec::new(), body: None }
    }

    pub(crate) fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    pub(crate) fn head(url: impl Into<String>) -> Self {
        Self::new("HEAD", url)
    }

    /// `curl -T file URL`.
    pub(crate) fn upload(url: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::new("PUT", url).with_body(bytes)
    }

    pub(crate) fn with_body(self, bytes: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(bytes.into()), ..self }
    }

    pub(crate) fn with_header(mut self, line: impl Into<String>) -> Self {
        self.headers.push(line.into());
        self
    }

    pub(crate) fn send(self) -> Answer {
        send_all([self]).remove(0)
    }
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as far as it is text: what a failed assertion shows.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find_map(|(found, value)| found.eq_ignore_ascii_case(name).then(|| value.trim()))
    }
}

/// Sends one request after the other, all by one curl, which keeps its connection.
pub(crate) fn send_all(calls: impl IntoIterator<Item = Call>) -> Vec<Answer> {
    let folder = tempfile::tempdir().unwrap();
    let config: Vec<String> =
        calls.into_iter().enumerate().map(|(at, call)| options(&call, &folder.path().join(at.to_string()))).collect();
    let statuses = run(&["--config", "-"], &config.join("next\n"));
    assert_eq!(statuses.lines().count(), config.len(), "{statuses}");
    let answers = statuses.lines().enumerate().map(|(at, status)| {
        let read = |extension| std::fs::read(folder.path().join(at.to_string()).with_extension(extension));
        Answer {
            status: status.parse().unwrap(),
            head: String::from_utf8_lossy(&read("head").unwrap_or_default()).into_owned(),
            body: read("body").unwrap_or_default(),
        }
    });
    answers.collect()
}

/// A call in the words of curl's configuration; what goes out and what comes back lies beside `path`.
fn options(call: &Call, path: &Path) -> String {
    let file = |extension| path.with_extension(extension).display().to_string();
    let quoted = |text: &str| text.replace('\\', r"\\").replace('"', "\\\"");
    let mut options = String::from(FRANK);
    let mut set = |name: &str, value: &str| writeln!(options, "{name} = \"{}\"", quoted(value)).unwrap();
    set("url", &call.url);
    set("dump-header", &file("head"));
    set("output", &file("body"));
    set("write-out", "%{http_code}\n");
    for line in &call.headers {
        set("header", line);
    }
    if let Some(bytes) = &call.body {
        std::fs::write(file("sent"), bytes).unwrap();
        set("upload-file", &file("sent"));
    }
    match call.verb {
        "HEAD" if call.body.is_none() => options.push_str("head\n"),
        verb => set("request", verb),
    }
    options
}

/// Uploads empty files by many links, all in one go.
pub(crate) fn upload_nothing(links: &[String]) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let file = file.path().to_str().unwrap();
    // Busy servers answer 500 now and then when many files come at once; this only fills the store, and proves nothing.
    let patient =
        ["--fail", "--parallel", "--parallel-max", "8", "--retry", "5", "--retry-all-errors", "--config", "-"];
    let config = links.iter().map(|url| format!("url = \"{url}\"\nupload-file = \"{file}\"\noutput = /dev/null\n"));
    run(&patient, &format!("{FRANK}{}", config.collect::<String>()));
}

/// No proxy, a key's `..` as it is, and no endless wait.
const FRANK: &str = "silent\nshow-error\nnoproxy = \"*\"\npath-as-is\nmax-time = 60\n";

fn run(args: &[&str], config: &str) -> String {
    let mut curl = Command::new("curl");
    curl.arg("--disable").args(args); // nobody's ~/.curlrc
    let mut child = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(config.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "curl {}: {}", done.status, String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

//! What people use a link with: `curl`. Asks, and says what came back.

use std::io::Write;
use std::process::{Command, Stdio};

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Status line and headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
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

/// Runs `curl` with `args`, `input` on its standard input.
pub(crate) fn curl(args: &[&str], input: &[u8]) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let (head, body) = (folder.path().join("head"), folder.path().join("body"));
    let mut curl = command();
    curl.args(["--max-time", "60", "--dump-header"])
        .arg(&head)
        .arg("--output")
        .arg(&body)
        .args(["--write-out", "%{http_code}"])
        .args(args);
    Answer {
        status: run(curl, input).parse().unwrap(),
        head: String::from_utf8_lossy(&std::fs::read(head).unwrap_or_default()).into_owned(),
        body: std::fs::read(body).unwrap_or_default(),
    }
}

pub(crate) fn get(url: &str) -> Answer {
    curl(&[url], b"")
}

pub(crate) fn head(url: &str) -> Answer {
    curl(&["--head", url], b"")
}

/// `curl -T file URL`.
pub(crate) fn upload(url: &str, bytes: &[u8]) -> Answer {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    curl(&["--upload-file", file.path().to_str().unwrap(), url], b"")
}

/// The same with one header more.
pub(crate) fn upload_with(url: &str, bytes: &[u8], header: &str) -> Answer {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    curl(&["--header", header, "--upload-file", file.path().to_str().unwrap(), url], b"")
}

/// Uploads empty files by many links, all in one go.
pub(crate) fn upload_nothing(links: &[String]) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let file = file.path().to_str().unwrap();
    let mut curl = command();
    // Busy servers answer 500 now and then when many files come at once; this only fills the store, and proves nothing.
    curl.args(["--fail", "--parallel", "--parallel-max", "8", "--retry", "5", "--retry-all-errors", "--config", "-"]);
    let config = links.iter().map(|url| format!("url = \"{url}\"\nupload-file = \"{file}\"\noutput = /dev/null\n"));
    run(curl, config.collect::<String>().as_bytes());
}

/// Nobody's ~/.curlrc, no proxy, and a key's `..` as it is.
fn command() -> Command {
    let mut curl = Command::new("curl");
    curl.args(["--disable", "--silent", "--show-error", "--noproxy", "*", "--path-as-is"]);
    curl
}

fn run(mut curl: Command, input: &[u8]) -> String {
    let mut child = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "curl {}: {}", done.status, String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

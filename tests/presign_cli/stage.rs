//! What the tests stand on: a shell with daypass in it, and the demo store.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use daypass::world::demo::{DemoOptions, DemoServer, Seed};
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) const SECRET: &str = "wJalrXUtnFEMIsecret";

/// An endpoint where nobody answers, so that whoever asked would fail.
pub(crate) const DEAD: &str = "http://127.0.0.1:1";

/// daypass in a home of its own, with keys in variables and nobody at the endpoint.
pub(crate) struct Shell {
    pub(crate) home: TempDir,
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Shell {
    pub(crate) fn new() -> Self {
        Self::with_keys("AKIDEXAMPLE", SECRET, DEAD)
    }

    pub(crate) fn with_keys(id: &str, secret: &str, endpoint: &str) -> Self {
        let variables = vec![
            ("AWS_ACCESS_KEY_ID", id.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", secret.to_owned()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ENDPOINT_URL_S3", endpoint.to_owned()),
        ];
        Self { home: TempDir::new().unwrap(), variables }
    }

    pub(crate) fn without_keys() -> Self {
        Self { home: TempDir::new().unwrap(), variables: Vec::new() }
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.home.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daypass"));
        command.env_clear().env("HOME", self.home.path()).env("PATH", "/usr/bin:/bin").env("TZ", "UTC");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.env("AWS_EC2_METADATA_DISABLED", "true").arg("presign").args(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs it with `input` on its standard input.
    pub(crate) fn fed(&self, words: &[&str], input: &[u8]) -> Output {
        let mut child = self.command(words).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeding = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().unwrap();
        let _ = feeding.join().unwrap();
        output
    }

    /// The one link that it prints.
    pub(crate) fn link(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", text(&output.stderr));
        let printed = text(&output.stdout);
        assert_eq!(printed.lines().count(), 1, "{printed}");
        printed.trim_end().to_owned()
    }

    pub(crate) fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.link(&[words, &["--json"]].concat())).unwrap()
    }

    /// The exit code and what is on standard error; nothing may be on standard output.
    pub(crate) fn fails(&self, words: &[&str]) -> (Option<i32>, String) {
        let output = self.run(words);
        assert!(output.stdout.is_empty(), "{words:?}");
        (output.status.code(), text(&output.stderr))
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The demo store, in this process.
pub(crate) struct Store {
    pub(crate) server: DemoServer,
    _runtime: Runtime,
}

impl Store {
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let options = DemoOptions { seed: Seed::Empty, ..DemoOptions::default() };
        let server = runtime.block_on(DemoServer::start(options)).unwrap();
        server.add_bucket("box");
        Self { server, _runtime: runtime }
    }

    pub(crate) fn shell(&self) -> Shell {
        let secret = self.server.secret_access_key().expose_secret();
        Shell::with_keys(self.server.access_key_id(), secret, &self.server.endpoint().to_string())
    }
}

/// What a server said to a link: the status, and everything as text.
pub(crate) fn send(method: &str, url: &str, headers: &[&str], body: &str) -> (u16, String) {
    let (authority, target) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut head = format!("{method} /{target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n");
    if method == "PUT" {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    for header in headers {
        head += &format!("{header}\r\n");
    }
    write!(stream, "{head}\r\n{body}").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

/// Ends with the test, however that ends.
pub(crate) struct Guarded(pub(crate) Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

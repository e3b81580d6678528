//! A store in this process for daypass in its terminal, and plain HTTP for what it copies.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;

use daypass::world::demo::{DemoOptions, DemoServer, Rights, Seed};
use secrecy::ExposeSecret;
use tokio::runtime::Runtime;

use crate::held::Held;
use crate::terminal::{Terminal, USUAL};

/// The bucket of every test.
pub(crate) const BUCKET: &str = "papers";

pub(crate) struct Store {
    pub(crate) server: DemoServer,
    /// The way to it for whoever has to wait.
    held: Held,
    /// What the server runs on.
    _runtime: Runtime,
}

impl Store {
    pub(crate) fn with(objects: &[(&str, &'static str)]) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = DemoOptions { seed: Seed::Empty, ..DemoOptions::default() };
        let server = runtime.block_on(DemoServer::start(options)).unwrap();
        server.add_bucket(BUCKET);
        for (key, bytes) in objects {
            server.add_object(BUCKET, key, *bytes);
        }
        let held = Held::before(&server.endpoint().to_string(), &runtime);
        Self { server, held, _runtime: runtime }
    }

    /// daypass at `prefix` of the bucket, copying through the terminal.
    pub(crate) fn browse(&self, size: (u16, u16), prefix: &str, env: &[(&str, &str)]) -> Terminal {
        Terminal::start(size, &self.arguments(prefix), &[&self.credentials(), env].concat())
    }

    /// daypass at `prefix` of the bucket, which hears keys before the store says its first word.
    pub(crate) fn browse_held(&self, prefix: &str) -> Terminal {
        let mut arguments = self.arguments(prefix);
        arguments[2].clone_from(&self.held.endpoint);
        let mut terminal = Terminal::start(USUAL, &arguments, &self.credentials());
        terminal.wait_for(BUCKET);
        self.held.let_go(&mut terminal);
        terminal
    }

    /// daypass at the list of buckets, copying through the terminal.
    pub(crate) fn browse_buckets(&self, size: (u16, u16)) -> Terminal {
        let [_, arguments @ ..] = self.arguments("");
        Terminal::start(size, &arguments, &self.credentials())
    }

    /// daypass at the bucket, started by a shell script as its `"$@"`.
    pub(crate) fn browse_from(&self, script: &str, size: (u16, u16)) -> Terminal {
        let arguments = self.arguments("");
        let mut all = vec!["-c", script, "bash", env!("CARGO_BIN_EXE_daypass")];
        all.extend(arguments.iter().map(String::as_str));
        Terminal::run(size, "bash", &all, &self.credentials())
    }

    /// daypass at `location` with a key of these rights, in the words of a store of `provider`. It hears keys before the store
    /// says its first word.
    pub(crate) fn browse_as(&self, rights: Rights, provider: &str, location: &str) -> Terminal {
        let (id, secret) = self.server.add_key("mira", rights).unwrap();
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("daypass.toml");
        let (endpoint, region) = (&self.held.endpoint, self.server.region());
        let text = format!(
            "[[store]]\nname = \"theirs\"\nprovider = \"{provider}\"\nendpoint = \"{endpoint}\"\nregion = \"{region}\"\n\
             addressing = \"path\"\naccess_key_id = \"{id}\"\nsecret_access_key = \"{}\"\n",
            secret.expose_secret()
        );
        fs::write(&config, text).unwrap();
        fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
        let arguments = ["--config", config.to_str().unwrap(), "--clipboard", "osc52", location];
        let mut terminal = Terminal::start(USUAL, &arguments, &[]);
        terminal.wait_for("theirs");
        self.held.let_go(&mut terminal);
        terminal
    }

    fn arguments(&self, prefix: &str) -> [String; 5] {
        let endpoint = self.server.endpoint().to_string();
        let location = format!("s3://{BUCKET}/{prefix}");
        [location, "--endpoint-url".to_owned(), endpoint, "--clipboard".to_owned(), "osc52".to_owned()]
    }

    fn credentials(&self) -> [(&str, &str); 3] {
        [
            ("AWS_ACCESS_KEY_ID", self.server.access_key_id()),
            ("AWS_SECRET_ACCESS_KEY", self.server.secret_access_key().expose_secret()),
            ("AWS_REGION", self.server.region()),
        ]
    }

    /// How many listings it was asked for.
    pub(crate) fn listings(&self) -> usize {
        let is_listing = |names: &[String]| names.iter().any(|name| name == "list-type");
        self.server.requests().iter().filter(|request| is_listing(&request.query_names)).count()
    }
}

/// Sends one request by a link, as `curl` would; status and body.
pub(crate) fn use_link(method: &str, url: &str, body: &str) -> (u16, String) {
    let (authority, target) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    let length = body.len();
    let head = format!(
        "{method} /{target} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {length}\r\nConnection: close\r\n"
    );
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

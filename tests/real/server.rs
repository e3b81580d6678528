//! S3 servers on loopback, each started once and gone with this process. Not what is asked of them.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::{env, fs, io, process};

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::options::{Creation, Upload};
use daypass::s3::address::{Address, AddressingStyle, Endpoint};
use daypass::world::demo::{DemoOptions, DemoServer, Seed};
use secrecy::ExposeSecret;
use tokio::runtime::Runtime;

/// A server that answers, and whose keys it takes.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    /// `http://127.0.0.1:PORT`.
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    /// Where it takes temporary credentials, if anywhere.
    sessions: Option<String>,
    /// Where it takes four requests at a time, if anywhere.
    busy: Option<String>,
    /// Where it has lost the way to its objects, if anywhere.
    cut_off: Option<String>,
    life: Life,
}

/// What keeps a server alive: it ends when this is dropped, or with this process.
enum Life {
    /// The script behind it, whose standard input this holds open.
    Script { _script: Child, home: PathBuf },
    /// It runs in this process.
    Here { _runtime: Runtime, server: DemoServer },
}

impl Server {
    /// Ceph's RADOS gateway; `None` where it is not installed, which has then been said loudly.
    pub(crate) fn ceph() -> Option<&'static Self> {
        static CEPH: OnceLock<Start> = OnceLock::new();
        let needs = &["ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin"];
        once(&CEPH, &Kind { name: "ceph", needs, ports: 4 })
    }

    /// OpenStack Swift's s3api; `None` where it is not installed, which has then been said loudly.
    pub(crate) fn swift() -> Option<&'static Self> {
        static SWIFT: OnceLock<Start> = OnceLock::new();
        let needs = &["swift-proxy-server", "swift-account-server", "swift-container-server", "swift-object-server"];
        once(&SWIFT, &Kind { name: "swift", needs, ports: 5 })
    }

    /// `rclone serve s3`; `None` where it is not installed, which has then been said loudly.
    pub(crate) fn rclone() -> Option<&'static Self> {
        static RCLONE: OnceLock<Start> = OnceLock::new();
        once(&RCLONE, &Kind { name: "rclone", needs: &["rclone"], ports: 1 })
    }

    /// The embedded store of `--demo`, which is always here, as long as `curl` is.
    pub(crate) fn demo() -> Option<&'static Self> {
        static DEMO: OnceLock<Start> = OnceLock::new();
        let missing = || Start::NotInstalled("curl is not installed".to_owned());
        running(DEMO.get_or_init(|| if is_installed("curl") { demo() } else { missing() }))
    }

    /// Where its requests go, buckets in the path.
    pub(crate) fn address(&self) -> Address {
        Address {
            endpoint: Endpoint::parse(&self.endpoint).unwrap(),
            region: self.region.clone(),
            style: AddressingStyle::Path,
        }
    }

    /// Whether it can be asked for this: Swift answers 501 to every `If-None-Match` of an upload, before it looks at the rest.
    pub(crate) fn knows(&self, upload: &Upload) -> bool {
        self.name != "swift" || upload.creation == Creation::OrReplace
    }

    /// Where temporary credentials are given out and taken: Ceph's second gateway.
    pub(crate) fn session_endpoint(&self) -> Endpoint {
        Endpoint::parse(self.sessions.as_ref().unwrap()).unwrap()
    }

    /// Where four requests at a time are enough: Ceph's third gateway.
    pub(crate) fn busy_endpoint(&self) -> Option<Endpoint> {
        self.busy.as_ref().map(|endpoint| Endpoint::parse(endpoint).unwrap())
    }

    /// Where the store is there, and its objects are not: Swift's second proxy.
    pub(crate) fn cut_off_endpoint(&self) -> Option<Endpoint> {
        self.cut_off.as_ref().map(|endpoint| Endpoint::parse(endpoint).unwrap())
    }

    /// The embedded store, where it is this one.
    pub(crate) fn embedded(&self) -> Option<&DemoServer> {
        match &self.life {
            Life::Here { server, .. } => Some(server),
            Life::Script { .. } => None,
        }
    }

    /// What Ceph's own administration says to this, given `input`; `None` at any other server.
    pub(crate) fn ceph_admin(&self, args: &[&str], input: &str) -> Option<String> {
        let Life::Script { home, .. } = &self.life else { return None };
        if self.name != "ceph" {
            return None;
        }
        let mut admin = Command::new("radosgw-admin");
        admin.args(args).env_remove("CEPH_ARGS").env("CEPH_CONF", home.join("ceph.conf"));
        let mut child = admin.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "radosgw-admin {args:?}: {}", String::from_utf8_lossy(&done.stderr));
        Some(String::from_utf8(done.stdout).unwrap())
    }

    /// Keys of a user of Ceph's who owns nothing yet, made where there is none of that name.
    pub(crate) fn ceph_user(&self, name: &str) -> Option<SigningCredentials> {
        let (uid, id) = (format!("--uid={name}"), format!("--access-key=AKID{name}"));
        let users = self.ceph_admin(&["user", "list"], "")?;
        if !users.contains(&format!("\"{name}\"")) {
            let make = ["user", "create", &uid, "--display-name=a user", &id, "--secret-key=the-secret-of-a-user"];
            self.ceph_admin(&make, "")?;
        }
        let secret_access_key = "the-secret-of-a-user".to_owned().into();
        Some(SigningCredentials { access_key_id: format!("AKID{name}"), secret_access_key, ..self.credentials() })
    }

    /// Those of a session of 15 minutes, from Ceph's own STS; curl signs the question.
    pub(crate) fn temporary_credentials(&self) -> SigningCredentials {
        let user = format!("{}:{}", self.access_key_id, self.secret_access_key);
        let role =
            "Action=AssumeRole&DurationSeconds=900&RoleSessionName=tests&RoleArn=arn%3Aaws%3Aiam%3A%3A%3Arole%2Ftests";
        let asked = Command::new("curl")
            .args(["--disable", "--silent", "--noproxy", "*", "--aws-sigv4", "aws:amz:us-east-1:sts", "--user", &user])
            .args(["--data", role, self.sessions.as_ref().unwrap()])
            .output()
            .unwrap();
        let said = String::from_utf8(asked.stdout).unwrap();
        let value = |name: &str| {
            let (_, rest) = said.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name}: {said}"));
            rest.split_once('<').unwrap().0.to_owned()
        };
        SigningCredentials {
            access_key_id: value("AccessKeyId"),
            secret_access_key: value("SecretAccessKey").into(),
            session_token: Some(value("SessionToken").into()),
            expires: Some(value("Expiration").parse().unwrap()),
            source: "a session".to_owned(),
        }
    }

    /// The keys that it takes.
    pub(crate) fn credentials(&self) -> SigningCredentials {
        SigningCredentials {
            access_key_id: self.access_key_id.clone(),
            secret_access_key: self.secret_access_key.clone().into(),
            session_token: None,
            expires: None,
            source: self.name.to_owned(),
        }
    }
}

/// Makes a promise a test on each store: `promise::demo`, `promise::ceph`, and so on.
macro_rules! on_each_store {
    ($promise:ident) => {
        mod $promise {
            use super::$promise as promise;

            crate::server::tests_on_each_store!(promise);
        }
    };
}
pub(crate) use on_each_store;

macro_rules! tests_on_each_store {
    ($promise:ident) => {
        #[test]
        fn demo() {
            crate::server::Server::demo().into_iter().for_each($promise);
        }

        #[test]
        fn ceph() {
            crate::server::Server::ceph().into_iter().for_each($promise);
        }

        #[test]
        fn swift() {
            crate::server::Server::swift().into_iter().for_each($promise);
        }

        #[test]
        fn rclone() {
            crate::server::Server::rclone().into_iter().for_each($promise);
        }
    };
}
pub(crate) use tests_on_each_store;

struct Kind {
    /// Also the script's: `tests/servers/NAME.sh`.
    name: &'static str,
    needs: &'static [&'static str],
    ports: usize,
}

enum Start {
    Running(Box<Server>),
    NotInstalled(String),
    Failed(String),
}

fn once(start: &'static OnceLock<Start>, kind: &Kind) -> Option<&'static Server> {
    running(start.get_or_init(|| first_start(kind)))
}

fn running(start: &Start) -> Option<&Server> {
    match start {
        Start::Running(server) => Some(server),
        Start::NotInstalled(why) if env::var_os("DAYPASS_REQUIRE_SERVERS").is_none() => skip(why),
        Start::NotInstalled(why) | Start::Failed(why) => panic!("{why}"),
    }
}

/// Says that a test proves nothing here. Past the capture of the test's output: nobody reads what a passing test prints.
fn skip<T>(why: &str) -> Option<T> {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(io::stderr(), "SKIPPED: {test}: {why}");
    None
}

fn is_installed(program: &str) -> bool {
    env::split_paths(&search_path()).any(|folder| folder.join(program).is_file())
}

/// Where programs are looked for: first where `.ci/run` puts rclone.
fn search_path() -> OsString {
    let usual = env::var_os("PATH").unwrap_or_default();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin");
    env::join_paths([tools].into_iter().chain(env::split_paths(&usual))).unwrap()
}

fn demo() -> Start {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(DemoServer::start(DemoOptions { seed: Seed::Empty, ..Default::default() })).unwrap();
    Start::Running(Box::new(Server {
        name: "demo",
        endpoint: server.endpoint().to_string(),
        region: server.region().to_owned(),
        access_key_id: server.access_key_id().to_owned(),
        secret_access_key: server.secret_access_key().expose_secret().to_owned(),
        sessions: None,
        busy: None,
        cut_off: None,
        life: Life::Here { _runtime: runtime, server },
    }))
}

fn first_start(kind: &Kind) -> Start {
    let name = kind.name;
    let missing: Vec<_> =
        kind.needs.iter().chain(&["curl"]).filter(|program| !is_installed(program)).copied().collect();
    if !missing.is_empty() {
        return Start::NotInstalled(format!(
            "{name} is not installed (no {}); bash .ci/run servers installs it",
            missing.join(", ")
        ));
    }
    // Once more with other ports: one may be taken between the choice and the use.
    let started = start(kind, 1).or_else(|_| start(kind, 2));
    started.unwrap_or_else(|why| Start::Failed(format!("{name} did not start, twice: {why}")))
}

fn start(kind: &Kind, attempt: u8) -> Result<Start, String> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{}-{attempt}", kind.name, process::id()));
    fs::create_dir_all(&home).map_err(|e| e.to_string())?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers").join(format!("{}.sh", kind.name));
    let mut script = Command::new(script)
        .arg(&home)
        .env("PATH", search_path())
        .args(free_ports(kind.ports).map_err(|e| e.to_string())?.map(|port| port.to_string()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0) // ^C reaches the tests alone; the script then sees its input end, and ends in order
        .spawn()
        .map_err(|e| e.to_string())?;

    let mut said = Vec::new();
    if let Some(stdout) = script.stdout.take() {
        said.extend(BufReader::new(stdout).lines().map_while(Result::ok).take_while(|line| line != "ready"));
    }
    let value = |name: &str| said.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned);
    if let Some(why) = value("missing") {
        return Ok(Start::NotInstalled(format!("{why}; bash .ci/run servers installs another")));
    }
    match (value("endpoint"), value("region"), value("access_key_id"), value("secret_access_key")) {
        (Some(endpoint), Some(region), Some(access_key_id), Some(secret_access_key)) => {
            let life = Life::Script { _script: script, home };
            let (sessions, busy, cut_off) = (value("sessions"), value("busy"), value("cut_off"));
            Ok(Start::Running(Box::new(Server {
                name: kind.name,
                endpoint,
                region,
                access_key_id,
                secret_access_key,
                sessions,
                busy,
                cut_off,
                life,
            })))
        }
        _ => {
            let ended = script.wait_with_output().map_err(|e| e.to_string())?;
            Err(String::from_utf8_lossy(&ended.stderr).into_owned())
        }
    }
}

/// Ports that were free a moment ago, all different.
fn free_ports(count: usize) -> io::Result<impl Iterator<Item = u16>> {
    let held = (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<io::Result<Vec<_>>>()?;
    let ports = held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect::<io::Result<Vec<_>>>()?;
    Ok(ports.into_iter())
}

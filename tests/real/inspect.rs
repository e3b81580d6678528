//! `daypass inspect --live` about links that real stores refused: whatever a store says or does not say, the cause is named.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::expiry::Expiry;
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::sign::sign;
use daypass::s3::address::Address;
use daypass::s3::location::ObjectId;
use daypass::s3::name::{BucketName, Key};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

use crate::curl::{Answer, Call};
use crate::server::{Server, on_each_store};

const METHODS: [Method; 4] = [Method::Get, Method::Head, Method::Put, Method::Delete];

/// A header that a link may bind, whatever its method.
const BOUND: (&str, &str) = ("content-type", "text/plain");

/// Whoever inspects: a home with the keys of a server in it, or with none.
struct Desk {
    home: TempDir,
}

impl Desk {
    fn with_the_keys_of(server: &Server) -> Self {
        let desk = Self::with_no_keys();
        let folder = desk.home.path().join(".config/daypass");
        fs::create_dir_all(&folder).unwrap();
        let provider = if server.name == "ceph" { "ceph" } else { "custom" };
        let (name, endpoint, region) = (server.name, &server.endpoint, &server.region);
        let (id, secret) = (&server.access_key_id, &server.secret_access_key);
        let store = format!(
            "[[store]]\nname = '{name}'\nprovider = '{provider}'\nendpoint = '{endpoint}'\nregion = '{region}'\n\
             addressing = 'path'\naccess_key_id = '{id}'\nsecret_access_key = '{secret}'\n"
        );
        fs::write(folder.join("config.toml"), store).unwrap();
        desk
    }

    fn with_no_keys() -> Self {
        Self { home: TempDir::new().unwrap() }
    }

    /// The report on what a customer sent, and the exit code.
    fn inspect(&self, text: &str) -> Told {
        let mut child = Command::new(env!("CARGO_BIN_EXE_daypass"))
            .env_clear()
            .env("HOME", self.home.path())
            .args(["inspect", "--live", "--json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("no report: {stdout}{stderr}"));
        assert!(!stdout.contains("X-Amz-Signature="), "{stdout}");
        Told { report, code: output.status.code() }
    }
}

struct Told {
    report: Value,
    code: Option<i32>,
}

impl Told {
    fn text(&self, pointer: &str) -> &str {
        self.report.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// What is wrong: the kind of verdict, or the check that a store named.
    fn cause(&self) -> &str {
        match self.text("/verdict/kind") {
            "refused" => self.text("/verdict/check"),
            kind => kind,
        }
    }
}

/// Links to one object, which is there before and after.
struct Links<'a> {
    server: &'a Server,
    bucket: &'a str,
    keys: SigningCredentials,
    address: Address,
}

impl<'a> Links<'a> {
    fn to(server: &'a Server, bucket: &'a str) -> Self {
        let put = server.with_bucket(bucket);
        let put = server.put(&format!("/{put}/one.txt"), &[], b"12345");
        assert!(put.is_success(), "{}: {}", server.name, put.text());
        Self { server, bucket, keys: server.credentials(), address: server.address() }
    }

    fn request(&self, method: Method) -> LinkRequest {
        let object = ObjectId::current(BucketName::parse(self.bucket).unwrap(), Key::parse("one.txt").unwrap());
        LinkRequest::new(method, object, Expiry::from_seconds(300).unwrap())
    }

    fn signed(&self, request: &LinkRequest, ago: SignedDuration) -> String {
        sign(request, &self.address, &self.keys, Timestamp::now() - ago).unwrap().url.expose().to_owned()
    }

    fn fresh(&self, method: Method) -> String {
        self.signed(&self.request(method), SignedDuration::ZERO)
    }

    /// What both desks say of a text, and that asking changed nothing.
    fn inspected(&self, text: &str) -> [Told; 2] {
        let told = [Desk::with_the_keys_of(self.server), Desk::with_no_keys()].map(|desk| desk.inspect(text));
        let object = self.server.ask("GET", &format!("/{}/one.txt", self.bucket), &[], b"");
        assert_eq!(object.text(), "12345", "{}: the object is as before", self.server.name);
        told
    }
}

/// A link as its user uses it.
fn used(method: Method, link: &str, header: &str) -> Answer {
    let call = match method {
        Method::Head => Call::head(link),
        Method::Get | Method::Delete => Call::new(method.as_str(), link),
        Method::Put | Method::Post => Call::new(method.as_str(), link).with_body(*b"after"),
    };
    call.with_header(header).send()
}

fn with_one_character_changed(link: &str) -> String {
    let (start, last) = link.split_at(link.len() - 1);
    format!("{start}{}", if last == "0" { '1' } else { '0' })
}

on_each_store!(a_good_link_is_good_for_everyone_as_far_as_can_be_seen);
fn a_good_link_is_good_for_everyone_as_far_as_can_be_seen(server: &Server) {
    let links = Links::to(server, "inspect-good");
    for method in METHODS {
        let [known, unknown] = links.inspected(&links.fresh(method));
        assert_eq!((known.text("/verdict/kind"), known.code), ("works", Some(0)), "{method}: {}", known.report);
        let certainty = if matches!(method, Method::Get | Method::Head) { "served" } else { "proven" };
        assert_eq!(known.text("/verdict/certainty"), certainty, "{method}: {}", known.report);
        match method {
            Method::Get | Method::Head => {
                assert_eq!((unknown.text("/verdict/certainty"), unknown.code), ("served", Some(0)));
            }
            // Without its key it looks like any link with a wrong signature, and that is said.
            Method::Put | Method::Delete | Method::Post => {
                assert_eq!((unknown.cause(), unknown.code), ("signature", Some(3)), "{method}: {}", unknown.report);
                assert!(unknown.text("/sentence").contains("a link to upload or delete cannot be told from"));
            }
        }
    }
}

on_each_store!(a_link_with_one_character_changed_is_refused_and_that_is_named);
fn a_link_with_one_character_changed_is_refused_and_that_is_named(server: &Server) {
    let links = Links::to(server, "inspect-changed");
    for method in METHODS {
        for changed in [
            with_one_character_changed(&links.fresh(method)),
            links.fresh(method).replace("X-Amz-Expires=300", "X-Amz-Expires=301"),
        ] {
            assert_eq!(used(method, &changed, "X: y").status, 403, "{method}");
            let [known, unknown] = links.inspected(&changed);
            assert_eq!((known.cause(), known.code), ("wrong_signature", Some(3)), "{method}: {}", known.report);
            assert!(known.text("/sentence").contains("it was changed after it was signed"), "{}", known.report);
            assert_eq!((unknown.cause(), unknown.code), ("signature", Some(3)), "{method}: {}", unknown.report);
            assert!(unknown.text("/sentence").contains("it was changed after it was signed"), "{}", unknown.report);
        }
    }
}

on_each_store!(a_link_after_its_end_is_refused_and_that_is_named);
fn a_link_after_its_end_is_refused_and_that_is_named(server: &Server) {
    let links = Links::to(server, "inspect-late");
    for method in METHODS {
        let late = links.signed(&links.request(method), SignedDuration::from_secs(301));
        assert!((400..404).contains(&used(method, &late, "X: y").status), "{method}");
        for told in links.inspected(&late) {
            assert_eq!((told.cause(), told.code), ("expired", Some(3)), "{method}: {}", told.report);
            assert_eq!(told.text("/live/failed"), "alive", "{method}: {}", told.report);
        }
    }
}

on_each_store!(a_link_used_with_a_wrong_header_is_refused_and_the_right_one_is_named);
fn a_link_used_with_a_wrong_header_is_refused_and_the_right_one_is_named(server: &Server) {
    let links = Links::to(server, "inspect-header");
    for method in METHODS {
        let request = LinkRequest { headers: vec![(BOUND.0.to_owned(), BOUND.1.to_owned())], ..links.request(method) };
        let link = links.signed(&request, SignedDuration::ZERO);
        let refused = used(method, &link, "Content-Type: text/html");
        assert_eq!(refused.status, 403, "{method}");
        // What a HEAD is answered has no body to paste.
        let error = match method {
            Method::Head => "<Error><Code>SignatureDoesNotMatch</Code></Error>".to_owned(),
            Method::Get | Method::Put | Method::Delete | Method::Post => refused.text(),
        };
        let [known, unknown] = links.inspected(&format!("It does not work:\n{link}\n\n{error}"));
        assert_eq!((known.cause(), known.code), ("used_wrongly", Some(0)), "{method}: {error} {}", known.report);
        let only = format!("it works only with {method} and the header content-type: text/plain");
        assert!(known.text("/sentence").contains(&only), "{method}: {}", known.report);
        assert_eq!(unknown.cause(), "used_wrongly", "{method}: {}", unknown.report);
        let only = "it works only with the header content-type exactly as it was signed";
        assert!(unknown.text("/sentence").contains(only), "{method}: {}", unknown.report);
    }
}

on_each_store!(a_link_used_with_another_method_is_refused_and_its_own_is_named);
fn a_link_used_with_another_method_is_refused_and_its_own_is_named(server: &Server) {
    let links = Links::to(server, "inspect-method");
    for method in METHODS {
        let link = links.fresh(method);
        let another = if method == Method::Put { Method::Delete } else { Method::Put };
        let refused = used(another, &link, "X: y");
        assert_eq!(refused.status, 403, "{method}");
        let [known, unknown] = links.inspected(&format!("{link}\n{}", refused.text()));
        assert_eq!((known.cause(), known.code), ("used_wrongly", Some(0)), "{method}: {}", known.report);
        assert!(known.text("/sentence").contains(&format!("it works only with {method}")), "{}", known.report);
        match method {
            Method::Get | Method::Head => {
                assert_eq!(unknown.text("/verdict/certainty"), "served", "{}", unknown.report);
                let only = format!("it works only with {method}");
                assert!(unknown.text("/sentence").contains(&only), "{}", unknown.report);
            }
            Method::Put | Method::Delete | Method::Post => {
                assert_eq!(unknown.cause(), "signature", "{}", unknown.report);
                assert!(
                    unknown.text("/sentence").contains("it needs the method it was signed for"),
                    "{}",
                    unknown.report
                );
            }
        }
    }
}

/// Keys that a store does not take, by the name of a bucket, and what is said where the store's own are known and where not.
type Fault = (&'static str, fn(&mut Links<'_>), [&'static str; 2]);

const FAULTS: [Fault; 2] = [
    ("inspect-no-such-key", |links| links.keys.access_key_id = "AKIDUNKNOWN".to_owned(), ["access-key", "access-key"]),
    (
        "inspect-another-secret",
        |links| links.keys.secret_access_key = "another".to_owned().into(),
        ["wrong_signature", "signature"],
    ),
];

on_each_store!(a_link_by_wrong_keys_is_refused_and_that_is_named);
fn a_link_by_wrong_keys_is_refused_and_that_is_named(server: &Server) {
    for (fault, make, causes) in FAULTS {
        let mut links = Links::to(server, fault);
        make(&mut links);
        for method in METHODS {
            let told = links.inspected(&links.fresh(method));
            for (told, cause) in told.iter().zip(causes) {
                // For Swift a key that nobody knows is one with another secret.
                let cause = if server.name == "swift" && cause == "access-key" { "signature" } else { cause };
                assert_eq!((told.cause(), told.code), (cause, Some(3)), "{fault}, {method}: {}", told.report);
            }
        }
    }
}

on_each_store!(an_object_that_is_gone_is_named);
fn an_object_that_is_gone_is_named(server: &Server) {
    let links = Links::to(server, "inspect-gone");
    for method in [Method::Get, Method::Head] {
        let mut request = links.request(method);
        request.object.key = Key::parse("gone.txt").unwrap();
        for told in links.inspected(&links.signed(&request, SignedDuration::ZERO)) {
            assert_eq!((told.cause(), told.code), ("object", Some(3)), "{method}: {}", told.report);
        }
    }
}

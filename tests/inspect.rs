//! `daypass inspect` as a support person meets it: the real binary, a link or a mail in, a verdict and an exit code out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::expiry::Expiry;
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::sign::sign;
use daypass::s3::address::{Address, AddressingStyle, Endpoint};
use daypass::s3::location::ObjectId;
use daypass::s3::name::{BucketName, Key};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// daypass in a home of its own, with one profile and one store of the same key in it.
struct Desk {
    home: TempDir,
}

impl Desk {
    fn new() -> Self {
        let home = TempDir::new().unwrap();
        let write = |path: &str, text: &str| {
            let file = home.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        write(".aws/credentials", &format!("[support]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n"));
        // A helper that must not run: what it makes would be seen.
        write(".aws/config", "[profile helper]\ncredential_process = touch ran\n[profile sso]\nsso_session = x\n");
        Self { home }
    }

    fn with_settings(text: &str) -> Self {
        let desk = Self::new();
        let directory = desk.home.path().join(".config/daypass");
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("config.toml"), text).unwrap();
        desk
    }

    fn inspect(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_daypass"))
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", "/usr/bin:/bin")
            .current_dir(self.home.path())
            .arg("inspect")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may end without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        assert!(!self.home.path().join("ran").exists(), "a helper process was run");
        output
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A link for 15 minutes that was signed `ago`.
fn link(method: Method, ago: SignedDuration) -> String {
    let object = ObjectId::current(BucketName::parse("reports").unwrap(), Key::parse("2026/Q3 final.pdf").unwrap());
    let request = LinkRequest::new(method, object, Expiry::parse("15m").unwrap());
    let endpoint = Endpoint::parse("https://s3.example.com").unwrap();
    let address = Address { endpoint, region: "us-east-1".to_owned(), style: AddressingStyle::Path };
    let credentials = SigningCredentials {
        access_key_id: ID.to_owned(),
        secret_access_key: SECRET.into(),
        session_token: None,
        expires: None,
        source: "test".to_owned(),
    };
    sign(&request, &address, &credentials, Timestamp::now() - ago).unwrap().url.expose().to_owned()
}

fn fresh(method: Method) -> String {
    link(method, SignedDuration::ZERO)
}

fn mail(link: &str) -> String {
    let link = link.replace('&', "&amp;");
    let (start, end) = link.split_at(120);
    format!("Hi,\r\n\r\nwe cannot open this:\r\n\r\n<{start}\r\n{end}>\r\n\r\nRegards\r\nAnn\r\n")
}

#[test]
fn a_good_link_ends_with_0_and_names_profile_method_and_object() {
    for method in [Method::Get, Method::Head, Method::Put, Method::Delete] {
        let output = Desk::new().inspect(&[], &fresh(method));
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(0), "{text}{}", stderr(&output));
        assert!(text.starts_with("This link is good until "), "{text}");
        for line in [
            "Signed by   AKIA…MPLE, which is profile support",
            &format!("Method      {method}"),
            "Bucket      reports",
            "Key         2026/Q3 final.pdf",
        ] {
            assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
        }
        assert_eq!(stderr(&output), "");
    }
}

#[test]
fn a_mail_with_a_damaged_link_is_repaired_and_says_so() {
    let output = Desk::new().inspect(&["-"], &mail(&fresh(Method::Get)));
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("This link was damaged on its way; repaired, it is good until "), "{text}");
    assert!(
        text.contains("Repaired: it was broken into lines") && text.contains("Repaired: it held entities"),
        "{text}"
    );
}

#[test]
fn a_bad_link_ends_with_3_and_the_reason_first() {
    let expired = link(Method::Get, SignedDuration::from_hours(4));
    let good = fresh(Method::Get);
    for (text, verdict) in [
        (expired.clone(), "This link expired 3 hours ago ("),
        (good.split_once("&X-Amz-Signature").unwrap().0.to_owned(), "This link is cut off: the signature"),
        (good.replace("Q3", "Q4"), "This link will be refused, as its signature does not fit: it was changed after"),
        (good.replace("AKIA", "ASIA"), "This link never worked: a temporary key signed it"),
        (
            format!("{good}\n<Error><Code>NoSuchKey</Code></Error>"),
            "This link does not work: it is genuine, but the object is not there",
        ),
        ("https://s3.example.com/reports/a".to_owned(), "This is a plain address without a signature"),
    ] {
        let output = Desk::new().inspect(&[], &text);
        assert_eq!(output.status.code(), Some(3), "{verdict}");
        assert!(stdout(&output).starts_with(verdict), "{verdict}: {}", stdout(&output));
    }
}

#[test]
fn a_text_without_a_link_ends_with_1_and_says_what_to_paste() {
    let output = Desk::new().inspect(&[], "it does not work");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "");
    assert_eq!(
        stderr(&output),
        "daypass: There is no link in this text. Paste the whole link, from https:// to its end.\n"
    );
}

#[test]
fn an_error_without_a_link_ends_with_3_and_what_it_means() {
    let output = Desk::new().inspect(&[], "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>");
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(
        text.starts_with("This is no link, but a store's refusal of one, NoSuchKey: The object does not exist"),
        "{text}"
    );
}

#[test]
fn a_link_in_the_arguments_works_with_a_word_about_who_may_have_seen_it() {
    let output = Desk::new().inspect(&[&fresh(Method::Get)], "");
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("history of the shell") && stderr(&output).contains("standard input"));
    assert!(!stderr(&output).contains("X-Amz"));
}

#[test]
fn json_is_stable_and_holds_nothing_that_lets_anyone_in() {
    let link = fresh(Method::Get);
    let output = Desk::new().inspect(&["--json"], &mail(&link));
    let text = stdout(&output);
    let signature = link.split_once("X-Amz-Signature=").unwrap().1;
    for secret in [signature, SECRET, ID, "X-Amz-"] {
        assert!(!text.contains(secret), "{text}");
    }
    let report: Value = serde_json::from_str(&text).unwrap();
    let at = |pointer: &str| report.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is not in {text}")).clone();
    assert_eq!(at("/good"), true);
    assert_eq!(at("/verdict/kind"), "damaged");
    assert_eq!(at("/verdict/certainty"), "proven");
    assert_eq!(at("/repairs"), serde_json::json!(["taken_out_of_text", "lines_joined", "html_entities"]));
    assert_eq!(at("/link/method"), serde_json::json!({ "certainty": "proven", "method": "GET" }));
    assert_eq!(at("/link/proof"), serde_json::json!({ "is": "right", "key": "profile support" }));
    assert_eq!(at("/link/bucket"), "reports");
    assert_eq!(at("/link/key"), "2026/Q3 final.pdf");
    assert_eq!(at("/server_error"), Value::Null);
}

#[test]
fn a_store_of_the_settings_is_known_by_key_and_host() {
    let store = format!(
        "[[store]]\nname = 'b'\nendpoint = 'https://s3.example.com'\naccess_key_id = '{ID}'\nsecret_access_key = '{SECRET}'\n"
    );
    let desk = Desk::with_settings(&store);
    let output = desk.inspect(&[], &fresh(Method::Get));
    assert!(stdout(&output).contains("which is store b and profile support"), "{}", stdout(&output));
    let moved = desk.inspect(&[], &fresh(Method::Get).replace("s3.example.com", "files.example.org"));
    assert_eq!(moved.status.code(), Some(3));
    assert!(stdout(&moved).contains("signed for the host `s3.example.com`"), "{}", stdout(&moved));
}

#[test]
fn settings_that_cannot_be_used_do_not_keep_a_link_from_being_read() {
    let output = Desk::with_settings("[look]\nmous = true\n").inspect(&[], &fresh(Method::Get));
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stderr(&output).contains("the keys of the settings are not known") && stderr(&output).contains("look.mous")
    );
}

#[test]
fn nobody_is_asked_without_live() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let link =
        fresh(Method::Get).replace("https://s3.example.com", &format!("http://{}", listener.local_addr().unwrap()));
    Desk::new().inspect(&["--json"], &link);
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn live_asks_with_get_alone_and_lets_the_answer_decide() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    let store = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = String::new();
        let mut lines = BufReader::new(&stream);
        while !asked.ends_with("\r\n\r\n") {
            lines.read_line(&mut asked).unwrap();
        }
        let body = "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>";
        let answer = format!("HTTP/1.1 404 Not Found\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).unwrap();
        asked
    });
    let link = fresh(Method::Put).replace("https://s3.example.com", &here);
    let output = Desk::new().inspect(&["--live", "--json"], &link.replace(ID, "AKIAUNKNOWN"));
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let asked = store.join().unwrap();
    assert!(asked.starts_with("GET /reports/2026/Q3%20final.pdf?"), "{asked}");
    assert!(asked.to_ascii_lowercase().contains("range: bytes=0-0") && !asked.contains("uthorization:"), "{asked}");
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["verdict"]["kind"], "refused");
    assert_eq!(report["verdict"]["check"], "object");
    assert_eq!(report["live"]["outcome"], "refused");
    assert_eq!(report["live"]["code"], "NoSuchKey");
}

#[test]
fn a_store_that_gives_no_answer_leaves_a_good_link_unproven_and_ends_with_1() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let link = fresh(Method::Get).replace("https://s3.example.com", &format!("http://{closed}"));
    let output = Desk::new().inspect(&["--live"], &link.replace(ID, "AKIAUNKNOWN"));
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).starts_with("This link looks good until "), "{}", stdout(&output));
    assert!(stderr(&output).contains("Whether the link works is not known"), "{}", stderr(&output));

    let plain = Desk::new().inspect(&["--live"], "https://s3.example.com/reports/a");
    assert_eq!(plain.status.code(), Some(3));
    assert!(stderr(&plain).contains("the store was not asked"), "{}", stderr(&plain));
}

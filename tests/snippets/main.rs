//! Links as commands and lists: run by the tools themselves where this machine has them, against a server that notes what
//! it is asked; for PowerShell and cmd, read by their documented rules.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and a tool that is missing is said loudly"
)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::expiry::Expiry;
use daypass::presign::filename::clean;
use daypass::presign::link::Link;
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::sign::sign;
use daypass::presign::snippet::{Dialect, SnippetError, snippet};
use daypass::s3::address::{Address, AddressingStyle, Endpoint};
use daypass::s3::location::ObjectId;
use daypass::s3::name::{BucketName, Key};
use jiff::Timestamp;

use crate::server::{Arrived, BODY, Server};

mod exports;
mod server;
mod windows;

/// What only a shell, a pattern, an option or a template would find interesting.
const NAMES: [&str; 16] = [
    "a/plain.txt",
    "it's 100% \"quoted\" $HOME `id` !!.txt",
    "$(touch pwned) ; touch pwned & touch pwned",
    "-rf",
    "-",
    "--output",
    "~root",
    "a/Ünïcödé 🧾 e\u{301}.txt",
    "a b+c&d=e;f#g?h|i<j>k.txt",
    "x[1-3]{a,b}#1*.txt",
    "%PATH% %CD% %DATE% %1 %%.txt",
    "new\nline\r\t.txt",
    "back\\slash\\",
    "‘curly’ it's",
    "</script>\u{2028}${1}`",
    "folder/",
];

/// Headers with all that quoting can get wrong.
const HEADERS: [(&str, &str); 5] = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("x-amz-meta-note", "it's \"100%\" $HOME `id` \\ !! %PATH% \\\" & | < > ^ 'x'"),
    ("x-amz-meta-end", "C:\\"),
    ("x-amz-meta-empty", ""),
    ("if-none-match", "*"),
];

fn link(origin: &str, method: Method, key: &str, headers: &[(&str, &str)]) -> Link {
    let object = ObjectId::current(BucketName::parse("bucket").unwrap(), Key::parse(key).unwrap());
    let mut request = LinkRequest::new(method, object, Expiry::DEFAULT);
    request.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let endpoint = Endpoint::parse(origin).unwrap();
    let address = Address { endpoint, region: "us-east-1".to_owned(), style: AddressingStyle::Path };
    let credentials = SigningCredentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        session_token: None,
        expires: None,
        source: "a test".to_owned(),
    };
    sign(&request, &address, &credentials, Timestamp::from_second(1_796_000_000).unwrap()).unwrap()
}

fn command(link: &Link, dialect: Dialect) -> String {
    snippet(link, dialect).unwrap().expose().to_owned()
}

/// The program that runs a dialect here, and the text to give it; `None`, and a loud word, where it is missing.
fn runner(dialect: Dialect) -> Option<&'static str> {
    let (tool, program) = match dialect {
        Dialect::Curl => ("curl", "sh"),
        Dialect::Wget => ("wget", "sh"),
        Dialect::JavaScript => ("node", "node"),
        Dialect::Python => ("python3", "python3"),
        Dialect::PowerShell | Dialect::Cmd | Dialect::Batch => return None,
    };
    is_here(tool).then_some(program)
}

/// Whether this machine has a tool; a loud word where it has not.
fn is_here(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_here = found.is_ok_and(|status| status.success());
    if !is_here {
        eprintln!("SKIPPED: {tool} is not on this machine, so what is written for it is not run");
    }
    is_here
}

fn run(program: &str, text: &str, folder: &Path) {
    let mut command = Command::new(program);
    match program {
        "node" => command.args(["--input-type=module", "-"]),
        "python3" => command.arg("-"),
        _ => command.args(["-c", text]),
    };
    command.env("no_proxy", "*").env("NO_PROXY", "*").env("LC_ALL", "C.UTF-8").current_dir(folder);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(if program == "sh" { b"" } else { text.as_bytes() }).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// The dialects that this machine can run, with the program that does.
fn here() -> impl Iterator<Item = (Dialect, &'static str)> {
    Dialect::ALL.into_iter().filter_map(|dialect| Some((dialect, runner(dialect)?)))
}

fn file_name(key: &str) -> String {
    clean(Key::parse(key).unwrap().file_name())
}

fn assert_target(arrived: &Arrived, link: &Link) {
    let (_, rest) = link.url.expose().split_once("/bucket/").unwrap();
    assert_eq!(arrived.method, link.request.method.as_str());
    assert_eq!(arrived.target, format!("/bucket/{rest}"));
}

#[test]
fn a_download_lands_in_a_file_of_its_name_and_nothing_else_happens() {
    let server = Server::start();
    for (dialect, program) in here() {
        for key in NAMES {
            let folder = tempfile::tempdir().unwrap();
            let link = link(&server.origin, Method::Get, key, &HEADERS[1..4]);
            let mut text = command(&link, dialect);
            if dialect == Dialect::JavaScript {
                text.push_str("import { writeFile } from \"node:fs/promises\";\n");
                text.push_str("await writeFile(file.name, new Uint8Array(await file.arrayBuffer()));\n");
            }
            run(program, &text, folder.path());
            let arrived = server.only_request();
            assert_target(&arrived, &link);
            for (name, value) in &link.request.headers {
                assert_eq!(arrived.header(name), Some(value.as_str()), "{dialect:?} {key:?} {name}");
            }
            let landed: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
            assert_eq!(landed, [file_name(key).as_str()], "{dialect:?}");
            assert_eq!(fs::read(folder.path().join(file_name(key))).unwrap(), BODY);
        }
    }
}

#[test]
fn an_upload_arrives_byte_for_byte_with_the_headers_that_were_signed() {
    let server = Server::start();
    for (dialect, program) in here() {
        for (at, key) in NAMES.into_iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            let content = if at == 0 { &[] } else { BODY };
            let length = content.len().to_string();
            let headers: Vec<_> = HEADERS.into_iter().chain([("content-length", length.as_str())]).collect();
            let link = link(&server.origin, Method::Put, key, &headers);
            fs::write(folder.path().join(file_name(key)), content).unwrap();
            let mut text = command(&link, dialect);
            if dialect == Dialect::JavaScript {
                let name = serde_json::to_string(&file_name(key)).unwrap();
                let file =
                    format!("import {{ readFile }} from \"node:fs/promises\";\nconst file = await readFile({name});\n");
                text.insert_str(0, &file);
            }
            run(program, &text, folder.path());
            let arrived = server.only_request();
            assert_target(&arrived, &link);
            assert_eq!(arrived.body, content, "{dialect:?}");
            assert_eq!(arrived.header("transfer-encoding"), None, "{dialect:?}");
            for (name, value) in &link.request.headers {
                assert_eq!(arrived.header(name), Some(value.as_str()), "{dialect:?} {key:?} {name}");
            }
        }
    }
}

#[test]
fn an_upload_without_a_signed_type_is_never_called_a_form() {
    let server = Server::start();
    for (dialect, program) in here().filter(|(dialect, _)| *dialect != Dialect::JavaScript) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plain.txt"), BODY).unwrap();
        run(program, &command(&link(&server.origin, Method::Put, "a/plain.txt", &[]), dialect), folder.path());
        let content_type = server.only_request().header("content-type").map(str::to_owned);
        assert!(matches!(content_type.as_deref(), None | Some("application/octet-stream")), "{content_type:?}");
    }
}

#[test]
fn looking_and_deleting_send_their_methods_and_leave_no_file() {
    let server = Server::start();
    for (dialect, program) in here() {
        for method in [Method::Head, Method::Delete] {
            let folder = tempfile::tempdir().unwrap();
            let link = link(&server.origin, method, NAMES[1], &HEADERS[1..4]);
            run(program, &command(&link, dialect), folder.path());
            let arrived = server.only_request();
            assert_target(&arrived, &link);
            for (name, value) in &link.request.headers {
                assert_eq!(arrived.header(name), Some(value.as_str()), "{dialect:?} {name}");
            }
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "{dialect:?}");
        }
    }
}

#[test]
fn a_key_with_dot_segments_is_asked_for_as_it_is_or_not_at_all() {
    let server = Server::start();
    let link = link(&server.origin, Method::Get, "a/../b/./c.txt", &[]);
    for dialect in [Dialect::Wget, Dialect::PowerShell, Dialect::JavaScript] {
        assert_eq!(snippet(&link, dialect), Err(SnippetError::DotSegment(dialect)));
    }
    for dialect in [Dialect::Cmd, Dialect::Batch] {
        assert!(command(&link, dialect).contains(" --path-as-is "));
    }
    for (dialect, program) in here().filter(|(dialect, _)| snippet(&link, *dialect).is_ok()) {
        let folder = tempfile::tempdir().unwrap();
        run(program, &command(&link, dialect), folder.path());
        assert_target(&server.only_request(), &link);
        assert!(folder.path().join("c.txt").exists());
    }
}

//! Links as commands: run by the tools themselves where this machine has them, against a server that notes what it is
//! asked; for PowerShell and cmd, read by their documented rules.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and a tool that is missing is said loudly"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::expiry::Expiry;
use daypass::presign::filename::{clean, clean_for_windows};
use daypass::presign::link::Link;
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::sign::sign;
use daypass::presign::snippet::{Dialect, SnippetError, snippet};
use daypass::s3::address::{Address, AddressingStyle, Endpoint};
use daypass::s3::location::ObjectId;
use daypass::s3::name::{BucketName, Key};
use jiff::Timestamp;
use proptest::prelude::*;

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

const BODY: &[u8] = b"\x00\x01bytes \xff\r\n of an object\n";

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

/// A request as it arrived.
struct Arrived {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Arrived {
    fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = named.next().map(|(_, value)| value.as_str());
        assert!(named.next().is_none(), "{name} arrived twice");
        value
    }
}

/// A server on this machine that answers everything with [`BODY`], and what it was asked.
struct Server {
    origin: String,
    arrived: Receiver<Arrived>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (notes, arrived) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &notes);
            }
        });
        Self { origin, arrived }
    }

    fn only_request(&self) -> Arrived {
        let first = self.arrived.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(self.arrived.try_recv().is_err(), "there was a second request");
        first
    }
}

fn answer(mut stream: std::net::TcpStream, notes: &Sender<Arrived>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let request = line();
    let [method, target, _] = request.split(' ').collect::<Vec<_>>()[..] else { panic!("{request}") };
    let mut headers = Vec::new();
    loop {
        let header = line();
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut arrived = Arrived { method: method.to_owned(), target: target.to_owned(), headers, body: Vec::new() };
    if arrived.header("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
    }
    let length = arrived.header("content-length").map_or(0, |length| length.parse().unwrap());
    arrived.body.resize(length, 0);
    reader.read_exact(&mut arrived.body).unwrap();
    let has_body = arrived.method == "GET";
    notes.send(arrived).unwrap();
    let length = if has_body { BODY.len() } else { 0 };
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").unwrap();
    stream.write_all(if has_body { BODY } else { b"" }).unwrap();
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
    let found = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !found.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: {tool} is not on this machine, so its commands are not run");
        return None;
    }
    Some(program)
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

/// The words of a line of PowerShell by "about_Quoting_Rules": bare words, `'…'` with quotes doubled, and `@{…}` as pairs.
fn powershell(line: &str) -> (Vec<String>, Vec<(String, String)>) {
    let is_quote = |c: char| matches!(c, '\'' | '‘' | '’' | '‚' | '‛');
    let mut chars = line.chars().peekable();
    let (mut words, mut table) = (Vec::new(), Vec::new());
    let mut in_table = false;
    while let Some(c) = chars.next() {
        match c {
            ' ' => {}
            '@' => {
                assert_eq!(chars.next(), Some('{'));
                in_table = true;
            }
            '}' | ';' | '=' if in_table => in_table = c != '}',
            c if is_quote(c) => {
                let mut text = String::new();
                loop {
                    let c = chars.next().unwrap();
                    if is_quote(c) {
                        if !chars.peek().copied().is_some_and(is_quote) {
                            break;
                        }
                        text.push(chars.next().unwrap());
                    } else {
                        text.push(c);
                    }
                }
                if in_table { table.push(text) } else { words.push(text) }
            }
            c => {
                let mut word = c.to_string();
                while let Some(c) = chars.next_if(|c| *c != ' ') {
                    word.push(c);
                }
                assert!(word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{word}");
                words.push(word);
            }
        }
    }
    (words, table.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect())
}

/// Variables that are set on every Windows.
const VARIABLES: [&str; 5] = ["PATH", "CD", "DATE", "OS", "HOMEPATH"];

/// What the prompt makes of `%`: `%NAME%` becomes the value of a variable that is set, and stays where none is.
fn expanded_at_the_prompt(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        let name = after.split_once('%').filter(|(name, _)| {
            let name = name.split(':').next().unwrap_or_default();
            VARIABLES.iter().any(|known| known.eq_ignore_ascii_case(name))
        });
        match name {
            Some((_, after)) => {
                text.push_str("EXPANDED");
                rest = after;
            }
            None => {
                text.push('%');
                rest = after;
            }
        }
    }
    text + rest
}

/// What a batch file makes of `%`: two are one, a digit is an argument, a name is a variable or nothing.
fn expanded_in_a_batch_file(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        match after.strip_prefix('%') {
            Some(after) => {
                text.push('%');
                rest = after;
            }
            None => panic!("an argument or a variable begins at {after}"),
        }
    }
    text + rest
}

/// What cmd passes on: outside of quotes `^` takes the meaning of the next character, and nothing else may have one.
fn passed_on(line: &str) -> String {
    let mut text = String::new();
    let mut quoted = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                text.push(c);
            }
            '^' if !quoted => text.push(chars.next().unwrap()),
            '&' | '|' | '<' | '>' | '(' | ')' if !quoted => panic!("cmd obeys {c} in {line}"),
            c => text.push(c),
        }
    }
    text
}

/// The arguments that a program gets by "Parsing C command-line arguments" of Microsoft's C runtime.
fn arguments(line: &str) -> Vec<String> {
    let chars: Vec<char> = line.chars().collect();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut at, mut quoted) = (0, false);
    while at < chars.len() {
        match chars[at] {
            ' ' | '\t' if !quoted => words.extend(word.take()),
            '\\' => {
                let run = chars[at..].iter().take_while(|c| **c == '\\').count();
                let word = word.get_or_insert_default();
                at += run - 1;
                if chars.get(at + 1) == Some(&'"') {
                    word.push_str(&"\\".repeat(run / 2));
                    if run % 2 == 1 {
                        word.push('"');
                        at += 1;
                    }
                } else {
                    word.push_str(&"\\".repeat(run));
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                if quoted && chars.get(at + 1) == Some(&'"') {
                    word.push('"');
                    at += 1;
                } else {
                    quoted = !quoted;
                }
            }
            c => word.get_or_insert_default().push(c),
        }
        at += 1;
    }
    words.extend(word);
    words
}

fn assert_powershell(link: &Link) {
    let (words, table) = powershell(&command(link, Dialect::PowerShell));
    let after = |option: &str| words.iter().position(|word| word == option).map(|at| words[at + 1].as_str());
    assert_eq!(words[0], "Invoke-WebRequest");
    assert_eq!(after("-Uri"), Some(link.url.expose()));
    let file = clean_for_windows(link.request.object.key.file_name());
    let option = if link.request.method == Method::Put { "-InFile" } else { "-OutFile" };
    assert_eq!(after(option).map(|path| path.trim_start_matches(".\\")), Some(file.as_str()));
    assert!(!after(option).unwrap().starts_with('-'));
    for (name, value) in &link.request.headers {
        let sent = match name.as_str() {
            "Content-Type" => after("-ContentType"),
            name => table.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()),
        };
        assert_eq!(sent, Some(value.trim()));
    }
}

fn assert_cmd(link: &Link) {
    let batch = command(link, Dialect::Batch);
    let batch = batch.strip_prefix("@chcp 65001 >nul\r\n").unwrap_or(&batch);
    let forms = [expanded_at_the_prompt(&command(link, Dialect::Cmd)), expanded_in_a_batch_file(batch)];
    for form in forms {
        let words = arguments(&passed_on(&form));
        assert_eq!(words[0], "curl.exe");
        assert_eq!(words.last().unwrap(), link.url.expose(), "{form}");
        let option = match link.request.method {
            Method::Put if link.request.object.key.as_str().ends_with('/') => "--data-binary",
            Method::Put => "-T",
            _ => "-o",
        };
        let file = &words[words.iter().rposition(|word| word == option).unwrap() + 1];
        let file = file.strip_prefix('@').filter(|_| option == "--data-binary").unwrap_or(file);
        assert_eq!(file.trim_start_matches(".\\"), clean_for_windows(link.request.object.key.file_name()));
        assert!(!file.starts_with('-'));
        let headers: Vec<_> = (0..words.len()).filter(|at| words[*at] == "-H").map(|at| &words[at + 1]).collect();
        let made_up = [("Content-Type".to_owned(), "application/octet-stream".to_owned())];
        let named = link.request.headers.iter().any(|(name, _)| name == "Content-Type");
        let added = made_up.iter().filter(|_| option == "--data-binary" && !named);
        let asked = link.request.headers.iter().chain(added).map(|(name, value)| match value.trim() {
            "" => format!("{name};"),
            value => format!("{name}: {value}"),
        });
        assert!(headers.into_iter().eq(&asked.collect::<Vec<_>>()), "{form}");
    }
}

#[test]
fn windows_reads_the_words_that_were_meant() {
    for key in NAMES {
        for method in [Method::Get, Method::Put] {
            let link = link("https://s3.example.com", method, key, &HEADERS);
            assert_powershell(&link);
            assert_cmd(&link);
        }
    }
}

#[test]
fn the_prompt_of_cmd_gets_plain_quotes_wherever_they_do() {
    let link = link("https://s3.example.com", Method::Get, "a b/ü 100%.txt", &[]);
    assert!(!command(&link, Dialect::Cmd).contains('^'));
    assert!(command(&link, Dialect::Batch).contains("100%%.txt"));
}

proptest! {
    #[test]
    fn windows_reads_the_words_that_were_meant_whatever_they_are(
        key in "(\\PC|[%\"'\\\\^&|<>()!-]|%CD%|%PATH%){1,40}",
        value in "([ -~]|[%\"'\\\\^&]|%CD%|%PATH%){0,40}",
    ) {
        let link = link("https://s3.example.com", Method::Put, &key, &[("x-amz-meta-a", &value)]);
        if !daypass::presign::snippet::has_dot_segment(&key) {
            assert_powershell(&link);
        }
        assert_cmd(&link);
    }
}

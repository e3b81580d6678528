//! `daypass doctor` as whoever has trouble meets it: the real binary, a store that is well or ill, and what it says of it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use daypass::world::demo::{DemoOptions, DemoServer, Seed};
use jiff::{SignedDuration, Timestamp};
use rusoto_core::Region;
use rusoto_core::credential::AwsCredentials;
use rusoto_core::signature::SignedRequest;
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// daypass in a home of its own, with keys in variables.
struct Home {
    dir: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Home {
    fn new(endpoint: &str, id: &str, secret: &str) -> Self {
        let variables = vec![
            ("AWS_ENDPOINT_URL_S3", endpoint.to_owned()),
            ("AWS_ACCESS_KEY_ID", id.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", secret.to_owned()),
            ("AWS_REGION", "eu-central-1".to_owned()),
        ];
        Self { dir: TempDir::new().unwrap(), variables }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    fn run(&self, words: &[&str]) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_daypass"))
            .env_clear()
            .envs([("HOME", self.dir.path().to_str().unwrap()), ("PATH", "/usr/bin:/bin"), ("TERM", "xterm")])
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .arg("doctor")
            .args(words)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        let said = String::from_utf8(said).unwrap();
        for hidden in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            let secret = self.variables.iter().rfind(|(name, _)| *name == hidden).map(|(_, value)| value.trim());
            assert!(secret.is_none_or(|secret| !said.contains(secret)), "{said}");
        }
        assert!(!said.contains("X-Amz-Signature") && !said.contains("Credential="), "{said}");
        output
    }

    /// What it finds, and its exit code.
    fn report(&self, words: &[&str]) -> Report {
        let output = self.run(&[words, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said, "");
        Report { code: output.status.code().unwrap(), json: serde_json::from_slice(&output.stdout).unwrap() }
    }
}

#[derive(Debug)]
struct Report {
    code: i32,
    json: Value,
}

impl Report {
    fn finding(&self, check: &str) -> &Value {
        let found: Vec<&Value> =
            self.json["findings"].as_array().unwrap().iter().filter(|finding| finding["check"] == check).collect();
        assert_eq!(found.len(), 1, "{check}: {self:#?}");
        found[0]
    }

    /// That a check came out so, with these words in evidence or remedy.
    fn says(&self, check: &str, severity: &str, words: &str) {
        let finding = self.finding(check);
        assert_eq!(finding["severity"], severity, "{finding:#?}");
        let text = format!("{}\n{}", finding["evidence"].as_str().unwrap(), finding["remedy"].as_str().unwrap());
        assert!(text.contains(words), "{words} is not in {finding:#?}");
    }

    fn has(&self, check: &str) -> bool {
        self.json["findings"].as_array().unwrap().iter().any(|finding| finding["check"] == check)
    }
}

/// The embedded store with a bucket `box` and an object in it.
struct Demo {
    server: DemoServer,
    _runtime: Runtime,
}

impl Demo {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let server =
            runtime.block_on(DemoServer::start(DemoOptions { seed: Seed::Empty, ..DemoOptions::default() })).unwrap();
        server.add_object("box", "reports/a b.txt", "x");
        Self { server, _runtime: runtime }
    }

    fn home(&self) -> Home {
        let secret = self.server.secret_access_key().expose_secret();
        Home::new(&self.server.endpoint().to_string(), self.server.access_key_id(), secret)
    }

    /// Puts the bucket's rules for web pages in place.
    fn put_cors(&self, rules: &str) {
        let endpoint = self.server.endpoint();
        let region = Region::Custom { name: self.server.region().to_owned(), endpoint: endpoint.to_string() };
        let mut request = SignedRequest::new("PUT", "s3", &region, "/box");
        request.add_param("cors", "");
        let secret = self.server.secret_access_key().expose_secret();
        let keys = AwsCredentials::new(self.server.access_key_id(), secret, None, None);
        let url = request.generate_presigned_url(&keys, &Duration::from_secs(60), false);
        let target = url.strip_prefix(&endpoint.to_string()).unwrap();
        let mut stream = TcpStream::connect(&endpoint.authority).unwrap();
        let (host, length) = (&endpoint.authority, rules.len());
        write!(
            stream,
            "PUT {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{rules}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

/// A server that answers as a test wants: from the first line and the head of a request to the text of its answer.
struct Stage {
    endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Stage {
    fn new(answer: impl Fn(&str, &str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                let Some(first) = head.first() else { continue };
                heard.lock().unwrap().push(first.clone());
                let mut text = answer(first, &head.join("\n"));
                if first.starts_with("HEAD ") {
                    text = text.split_inclusive("\r\n\r\n").next().unwrap().to_owned();
                }
                let _ = stream.write_all(text.as_bytes());
            }
        });
        Self { endpoint, asked }
    }

    fn home(&self) -> Home {
        Home::new(&self.endpoint, ID, SECRET)
    }
}

fn reply(status: &str, headers: &[&str], body: &str) -> String {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
}

fn refusal(code: &str) -> String {
    reply(
        "403 Forbidden",
        &["x-amz-request-id: 4442587FB7D0A2F9"],
        &format!("<Error><Code>{code}</Code><Message>no</Message></Error>"),
    )
}

#[test]
fn a_store_that_is_well_ends_with_0_and_every_right_by_name() {
    let demo = Demo::start();
    let report = demo.home().report(&["s3://box/reports/"]);
    assert_eq!(report.code, 0, "{report:#?}");
    assert_eq!(report.json["place"], "s3://box/reports/");
    for (check, words) in [
        ("credentials", "was found"),
        ("key", "no white space"),
        ("connection", "without a proxy"),
        ("clock", "agrees"),
        ("region", "eu-central-1"),
        ("signature", "takes the key"),
        ("list-buckets", "sees 1 bucket"),
        ("list-keys", "the first key is reports/a b.txt"),
        ("head", "may ask for its facts"),
        ("get", "so may its GET links"),
        ("tags", "may read its tags"),
        ("versions", "may list versions"),
        ("public-object", "nobody reads it without a link"),
        ("clipboard", "OSC 52"),
        ("ledger", "not there yet"),
    ] {
        report.says(check, "ok", words);
    }
    assert!(!report.has("cors-rules") && !report.has("preflight"));
    let changed = |method: &str| !matches!(method, "GET" | "HEAD" | "OPTIONS");
    let asked = demo.server.requests();
    assert!(asked.iter().all(|request| !changed(request.method.as_ref())), "{asked:?}");

    let output = demo.home().run(&["s3://box/reports/"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("ok       Get            s3://box/reports/a b.txt: "), "{text}");
    assert!(text.ends_with("\nNothing is wrong.\n"), "{text}");
}

#[test]
fn without_a_bucket_rights_are_not_guessed() {
    let demo = Demo::start();
    let report = demo.home().report(&[]);
    assert_eq!(report.code, 0, "{report:#?}");
    report.says("list-keys", "note", "daypass doctor s3://BUCKET/PREFIX");
    assert!(!report.has("head") && !report.has("region"), "{report:#?}");
}

#[test]
fn cors_is_told_by_the_rules_and_by_a_preflight_with_the_missing_rule() {
    let demo = Demo::start();
    let ask = ["s3://box/", "--origin", "https://app.example.com", "--method", "PUT"];
    let none = demo.home().report(&ask);
    assert_eq!(none.code, 3);
    none.says("cors-rules", "fault", "the bucket has no rules");
    none.says("preflight", "fault", "status 403");
    let paste = none.finding("cors-rules")["paste"].clone();
    assert!(paste[1]["text"].as_str().unwrap().contains("\"AllowedHeaders\""), "{paste:#?}");

    // What is printed is taken by the store, and is what was missing.
    demo.put_cors(paste[0]["text"].as_str().unwrap());
    let put = demo.home().report(&ask);
    assert_eq!(put.code, 0, "{put:#?}");
    put.says("cors-rules", "ok", "rule 1 of 1 allows PUT from https://app.example.com with content-type");
    put.says("preflight", "ok", "let through");

    let other = demo.home().report(&[&ask[..], &["--header", "X-Amz-Acl"]].concat());
    other.says("cors-rules", "fault", "do not allow all headers");
    let elsewhere = demo.home().report(&["s3://box/", "--origin", "https://elsewhere.example"]);
    elsewhere.says("cors-rules", "fault", "none is for this origin");
    let whole = elsewhere.finding("cors-rules")["paste"][0]["text"].as_str().unwrap().to_owned();
    assert_eq!(whole.matches("<CORSRule>").count(), 2, "the rule of now is kept: {whole}");
}

#[test]
fn a_wrong_secret_is_the_fault_and_not_ten_missing_rights() {
    let demo = Demo::start();
    let report = demo.home().with("AWS_SECRET_ACCESS_KEY", SECRET).report(&["s3://box/"]);
    assert_eq!(report.code, 3, "{report:#?}");
    report.says("signature", "fault", "403 SignatureDoesNotMatch");
    assert!(!report.has("list-keys") && !report.has("get"), "{report:#?}");
    let unknown = demo.home().with("AWS_ACCESS_KEY_ID", ID).report(&["s3://box/"]);
    unknown.says("signature", "fault", "403 InvalidAccessKeyId");
}

#[test]
fn what_copying_left_in_a_secret_is_told_and_the_secret_is_not() {
    let demo = Demo::start();
    let secret = format!("{}\n", demo.server.secret_access_key().expose_secret());
    let report = demo.home().with("AWS_SECRET_ACCESS_KEY", &secret).report(&["s3://box/"]);
    assert_eq!(report.code, 3);
    report.says("credentials", "fault", "the secret key ends with white space");
}

#[test]
fn keys_of_another_place_are_told_even_where_nobody_answers() {
    let b2 = |id| {
        let home = Home::new("https://s3.us-west-004.backblazeb2.com", id, "K004secretsecretsecretsecretsec");
        // The proxy is not there, so nothing leaves this machine.
        home.with("HTTPS_PROXY", "http://ada:hidden-word@127.0.0.1:1").report(&["s3://box/"])
    };
    let report = b2("0020123456789ab0000000001");
    assert_eq!(report.code, 3);
    report.says("key", "fault", "cluster 002");
    report.says("connection", "fault", "through the proxy http://127.0.0.1:1");
    assert!(!report.json.to_string().contains("hidden-word"), "{report:#?}");
    b2("0123456789ab").says("key", "fault", "master key");
}

#[test]
fn a_dead_endpoint_and_an_unknown_name_are_told_and_nothing_else_is_asked() {
    let dead = Home::new("http://127.0.0.1:1", ID, SECRET).report(&["s3://box/"]);
    assert_eq!(dead.code, 3);
    dead.says("connection", "fault", "refused the connection");
    assert!(!dead.has("list-buckets") && !dead.has("clock"), "{dead:#?}");
    let unknown = Home::new("https://store.invalid", ID, SECRET).report(&["s3://box/"]);
    unknown.says("connection", "fault", "its name is not known");
}

#[test]
fn plain_http_beyond_this_machine_is_not_asked_at_all() {
    let report = Home::new("http://store.invalid", ID, SECRET).report(&["s3://box/"]);
    assert_eq!(report.code, 3);
    report.says("endpoint", "fault", "unprotected");
    assert!(!report.has("connection"), "{report:#?}");
}

#[test]
fn a_bucket_that_is_not_there_is_told() {
    let demo = Demo::start();
    let report = demo.home().report(&["s3://elsewhere/"]);
    assert_eq!(report.code, 3, "{report:#?}");
    report.says("list-keys", "fault", "there is no such bucket");
    report.says("signature", "ok", "takes the key");
}

#[test]
fn a_clock_that_is_twenty_minutes_off_is_a_fault_in_either_direction() {
    for (minutes, words) in [(20, "behind the store's"), (-20, "ahead of the store's")] {
        let stage = Stage::new(move |_, _| {
            let theirs = Timestamp::now() + SignedDuration::from_mins(minutes);
            let date = format!("Date: {}", theirs.strftime("%a, %d %b %Y %H:%M:%S GMT"));
            let body = "<Error><Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the \
                current time is too large.</Message></Error>";
            reply("403 Forbidden", &[&date], body)
        });
        let report = stage.home().report(&["s3://box/"]);
        assert_eq!(report.code, 3);
        report.says("clock", "fault", words);
        report.says("signature", "fault", "403 RequestTimeTooSkewed");
    }
}

#[test]
fn a_narrow_key_is_told_each_right_that_it_lacks() {
    let stage = Stage::new(|first, _| match first {
        _ if first.starts_with("GET / ") || first.contains("versions") || first.contains("tagging") => {
            refusal("AccessDenied")
        }
        _ if first.contains("list-type") => {
            let body = "<ListBucketResult><Contents><Key>k</Key><Size>1</Size></Contents></ListBucketResult>";
            reply("200 OK", &[], body)
        }
        _ => refusal("AccessDenied"),
    });
    let report = stage.home().report(&["s3://box/"]);
    assert_eq!(report.code, 0, "{report:#?}");
    report.says("list-buckets", "note", "`s3:ListAllMyBuckets`");
    report.says("list-keys", "ok", "the first key is k");
    report.says("head", "caution", "`s3:GetObject` on arn:aws:s3:::box/k");
    report.says("get", "caution", "403 AccessDenied: no (request 4442587FB7D0A2F9)");
    report.says("tags", "note", "`s3:GetObjectTagging` on arn:aws:s3:::box/k");
    report.says("versions", "note", "`s3:ListBucketVersions` on arn:aws:s3:::box");
    report.says("public-policy", "note", "`s3:GetBucketPolicyStatus`");

    let blind = Stage::new(|_, _| refusal("AccessDenied"));
    let report = blind.home().report(&["s3://box/only/this.txt"]);
    assert_eq!(report.code, 3);
    report.says("list-keys", "fault", "`s3:ListBucket` on arn:aws:s3:::box");
    report.says("get", "caution", "arn:aws:s3:::box/only/this.txt");
}

#[test]
fn a_public_bucket_is_told_by_trying_by_policy_and_by_grants() {
    let stage = Stage::new(|first, _| {
        let body = match first {
            _ if first.starts_with("GET / ") => "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>",
            _ if first.contains("list-type") => {
                "<ListBucketResult><Contents><Key>a b</Key></Contents></ListBucketResult>"
            }
            _ if first.contains("policyStatus") => "<PolicyStatus><IsPublic>TRUE</IsPublic></PolicyStatus>",
            _ if first.contains("acl") => {
                "<AccessControlPolicy><AccessControlList><Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers\
                 </URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"
            }
            _ => "x",
        };
        reply("200 OK", &["x-amz-request-id: 1"], body)
    });
    let report = stage.home().report(&["s3://box/"]);
    assert_eq!(report.code, 0, "{report:#?}");
    report.says("public-object", "caution", &format!("for ever, at {}/box/a%20b", stage.endpoint));
    report.says("public-policy", "caution", "makes it public");
    report.says("public-acl", "caution", "everyone has READ");
    let asked = stage.asked.lock().unwrap();
    assert!(asked.iter().all(|first| first.starts_with("GET ") || first.starts_with("HEAD ")), "{asked:?}");
}

#[test]
fn a_bucket_in_another_region_is_followed_and_told() {
    let stage = Stage::new(|first, head| match head.contains("/eu-west-1/s3/") {
        _ if first.starts_with("GET / ") => refusal("AccessDenied"),
        false if head.contains("uthorization: ") => {
            let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'eu-central-1' is wrong; \
                expecting 'eu-west-1'</Message><Region>eu-west-1</Region></Error>";
            reply("400 Bad Request", &[], body)
        }
        _ => reply("200 OK", &[], "<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>"),
    });
    let report = stage.home().report(&["s3://box/"]);
    report.says("region", "caution", "--region eu-west-1");
    report.says("list-keys", "ok", "there is no key");
    report.says("head", "note", "no object to try");
}

#[test]
fn a_web_page_instead_of_a_store_is_told() {
    let stage = Stage::new(|_, _| reply("200 OK", &["Content-Type: text/html"], "<!DOCTYPE html><html>Sign in</html>"));
    let report = stage.home().report(&["s3://box/"]);
    assert_eq!(report.code, 3, "{report:#?}");
    report.says("list-buckets", "fault", "web page");
    assert!(!report.has("list-keys"), "{report:#?}");
}

#[test]
fn a_settings_file_with_a_secret_that_others_can_read_is_a_fault() {
    let demo = Demo::start();
    let home = demo.home();
    let file = home.dir.path().join("config.toml");
    let (endpoint, id) = (demo.server.endpoint(), demo.server.access_key_id());
    let secret = demo.server.secret_access_key().expose_secret();
    let settings = format!(
        "[[store]]\nname = 'mine'\nendpoint = '{endpoint}'\nregion = 'eu-central-1'\naccess_key_id = '{id}'\n\
         secret_access_key = '{secret}'\nstart = 'box'\n"
    );
    fs::write(&file, settings).unwrap();
    let ask = ["--config", file.to_str().unwrap()];
    for (mode, code, severity, words) in
        [(0o644, 3, "fault", "chmod 600"), (0o600, 0, "ok", "only you can read it (mode 0600)")]
    {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let report = home.report(&ask);
        assert_eq!((report.code, &report.json["store"]), (code, &Value::from("mine")), "{report:#?}");
        assert_eq!(report.json["place"], "s3://box/");
        report.says("settings", severity, words);
    }
    assert!(!String::from_utf8(home.run(&ask).stdout).unwrap().contains(secret));
}

#[test]
fn without_credentials_the_rest_is_looked_at_all_the_same() {
    let demo = Demo::start();
    let mut home = demo.home();
    home.variables.retain(|(name, _)| !name.contains("KEY"));
    let report = home.report(&["s3://box/", "--origin", "https://app.example.com"]);
    assert_eq!(report.code, 3);
    report.says("credentials", "fault", "none of the usual sources");
    report.says("connection", "ok", "answered");
    report.says("preflight", "fault", "status 403");
    assert_eq!(report.finding("preflight")["paste"].as_array().unwrap().len(), 2);
    assert!(!report.has("list-keys"), "{report:#?}");
}

#[test]
fn arguments_that_make_no_sense_end_with_2_and_settings_that_cannot_be_read_with_1() {
    let home = Home::new("http://127.0.0.1:1", ID, SECRET);
    for words in [
        &["--origin", "https://app.example.com"][..],
        &["s3://box/", "--method", "PUT"],
        &["s3://box/", "--origin", "https://app.example.com/page"],
        &["s3://box/", "--origin", "https://a.example", "--header", "a b"],
    ] {
        assert_eq!(home.run(words).status.code(), Some(2), "{words:?}");
    }
    assert_eq!(home.run(&["--config", "/nonexistent/config.toml"]).status.code(), Some(1));
}

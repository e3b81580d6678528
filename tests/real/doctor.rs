//! What the doctor says of real stores, each of which refuses, and leaves out, in its own words.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::server::{Server, on_each_store};

/// What `daypass doctor` finds with the keys of a server, but for this secret, and its exit code.
fn report(server: &Server, secret: &str, words: &[&str]) -> (i32, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_daypass"))
        .env_clear()
        .envs([("HOME", env!("CARGO_TARGET_TMPDIR")), ("PATH", "/usr/bin:/bin"), ("TERM", "xterm")])
        .envs([("AWS_ACCESS_KEY_ID", server.access_key_id.as_str()), ("AWS_SECRET_ACCESS_KEY", secret)])
        .envs([("AWS_ENDPOINT_URL_S3", server.endpoint.as_str()), ("AWS_REGION", server.region.as_str())])
        .args(["doctor", "--json"])
        .args(words)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", server.name);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains(secret) && !text.contains("Signature="), "{}: {text}", server.name);
    (output.status.code().unwrap(), serde_json::from_str(&text).unwrap())
}

/// `severity` of a check; `None` where it was not made.
fn severity<'a>(report: &'a Value, check: &str) -> Option<&'a str> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["check"] == check)?["severity"].as_str()
}

on_each_store!(a_store_that_is_well_has_no_fault);
fn a_store_that_is_well_has_no_fault(server: &Server) {
    let bucket = server.with_bucket("doctor-well");
    let put = server.put(&format!("/{bucket}/a/one.txt"), &[], b"12345");
    assert!(put.is_success(), "{}: {}", server.name, put.text());
    let (code, found) = report(server, &server.secret_access_key, &[&format!("s3://{bucket}/a/")]);
    assert_eq!(code, 0, "{}: {found:#}", server.name);
    for check in ["connection", "clock", "region", "signature", "list-buckets", "list-keys", "head", "get"] {
        assert_eq!(severity(&found, check), Some("ok"), "{}, {check}: {found:#}", server.name);
    }
    // Some have neither tags nor versions, and say so in a note.
    for check in ["tags", "versions"] {
        assert!(matches!(severity(&found, check), Some("ok" | "note")), "{}, {check}: {found:#}", server.name);
    }
    if server.name != "rclone" {
        assert_eq!(severity(&found, "public-object"), Some("ok"), "{}: {found:#}", server.name);
    }
    assert_eq!(server.keys(bucket), ["a/one.txt"], "{}", server.name);
}

on_each_store!(a_wrong_secret_and_a_missing_bucket_are_told_apart);
fn a_wrong_secret_and_a_missing_bucket_are_told_apart(server: &Server) {
    let bucket = server.with_bucket("doctor-ill");
    let (code, found) = report(server, "another-secret", &[&format!("s3://{bucket}/")]);
    assert_eq!((code, severity(&found, "signature")), (3, Some("fault")), "{}: {found:#}", server.name);
    assert_eq!(severity(&found, "list-keys"), None, "{}: {found:#}", server.name);
    let (code, found) = report(server, &server.secret_access_key, &["s3://doctor-is-not-there/"]);
    assert_eq!((code, severity(&found, "list-keys")), (3, Some("fault")), "{}: {found:#}", server.name);
    assert_eq!(severity(&found, "signature"), Some("ok"), "{}: {found:#}", server.name);
}

#[test]
fn a_store_without_rules_for_web_pages_says_so_and_offers_none() {
    for server in [Server::swift(), Server::rclone()].into_iter().flatten() {
        let place = format!("s3://{}/", server.with_bucket("doctor-no-cors"));
        let (code, found) = report(server, &server.secret_access_key, &[&place, "--origin", "https://app.example.com"]);
        assert_eq!(code, 3, "{}: {found:#}", server.name);
        assert_eq!(severity(&found, "cors-rules"), Some("note"), "{}: {found:#}", server.name);
        assert_eq!(severity(&found, "preflight"), Some("fault"), "{}: {found:#}", server.name);
        let findings = found["findings"].as_array().unwrap();
        assert!(findings.iter().all(|finding| finding["paste"] == Value::Array(Vec::new())), "{found:#}");
    }
}

const CORS: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.shop.example</AllowedOrigin>\
    <AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader></CORSRule></CORSConfiguration>";

mod a_web_page_is_let_in_by_its_rule_and_the_missing_rule_is_taken_by_the_store {
    use super::a_web_page_is_let_in_by_its_rule_and_the_missing_rule_is_taken_by_the_store as promise;
    use crate::server::Server;

    #[test]
    fn demo() {
        Server::demo().into_iter().for_each(promise);
    }

    #[test]
    fn ceph() {
        Server::ceph().into_iter().for_each(promise);
    }
}
fn a_web_page_is_let_in_by_its_rule_and_the_missing_rule_is_taken_by_the_store(server: &Server) {
    let bucket = server.with_bucket("doctor-cors");
    let put = |rules: &str| {
        let answer = server.ask("PUT", &format!("/{bucket}"), &[("cors", "")], rules.as_bytes());
        assert!(answer.is_success(), "{}: {}", server.name, answer.text());
    };
    let place = format!("s3://{bucket}/");
    let from =
        |origin: &str| report(server, &server.secret_access_key, &[&place, "--origin", origin, "--method", "PUT"]);
    let (_, none) = from("https://www.shop.example");
    assert_eq!(severity(&none, "cors-rules"), Some("fault"), "{}: {none:#}", server.name);
    put(CORS);
    let (_, found) = from("https://www.shop.example");
    assert_eq!(severity(&found, "cors-rules"), Some("ok"), "{}: {found:#}", server.name);
    assert_eq!(severity(&found, "preflight"), Some("ok"), "{}: {found:#}", server.name);
    let (_, other) = from("https://app.example.com");
    assert_eq!(severity(&other, "preflight"), Some("fault"), "{}: {other:#}", server.name);
    let findings = other["findings"].as_array().unwrap();
    let rules = findings.iter().find(|finding| finding["check"] == "cors-rules").unwrap();
    put(rules["paste"][0]["text"].as_str().unwrap());
    for origin in ["https://app.example.com", "https://www.shop.example"] {
        let (_, found) = from(origin);
        assert_eq!(severity(&found, "preflight"), Some("ok"), "{}, {origin}: {found:#}", server.name);
    }
}

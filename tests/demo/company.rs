//! The buckets that `--demo` shows: there, real, and quick to start.

use std::io::{Cursor, Read as _};
use std::time::{Duration, Instant};

use crate::client::{Ask, Reply, decode};
use crate::company;

async fn keys(server: &daypass::world::demo::DemoServer, bucket: &str, prefix: &str) -> Vec<String> {
    let (mut keys, mut token) = (Vec::new(), None);
    loop {
        let mut ask = Ask::new(server, "GET", format!("/{bucket}")).query("list-type", "2").query("prefix", prefix);
        ask = ask.query("encoding-type", "url");
        if let Some(token) = token {
            ask = ask.query("continuation-token", String::clone(&token));
        }
        let page = ask.send().await;
        keys.extend(page.all("Contents/Key").iter().map(|key| decode(key)));
        token = page.one("NextContinuationToken");
        if token.is_none() {
            return keys;
        }
    }
}

#[tokio::test]
async fn every_file_is_what_its_name_says() {
    let server = company().await;
    let buckets = Ask::new(&server, "GET", "/").send().await.all("Bucket/Name");
    assert_eq!(buckets, ["analytics", "awkward-keys", "media", "releases", "support-files"]);
    let mut kinds = std::collections::BTreeSet::new();
    let places =
        [("analytics", "daily/"), ("analytics", "schema/"), ("media", ""), ("releases", ""), ("support-files", "")];
    for (bucket, prefix) in places {
        for key in keys(&server, bucket, prefix).await {
            let got = Ask::new(&server, "GET", format!("/{bucket}/{key}")).presigned().send_as_is().await;
            let is_archived = key == "archive/ledger-2019.zip";
            assert_eq!(got.status == 200, !is_archived, "{key}");
            if !is_archived {
                kinds.extend(check(&key, &got));
            }
        }
    }
    let expected = [
        "csv", "gz", "html", "jpg", "json", "jsonl", "log", "m3u8", "md", "parquet", "pdf", "png", "svg", "ts", "txt",
        "zip",
    ];
    for kind in expected {
        assert!(kinds.contains(kind), "no {kind}");
    }
}

/// Looks for the marks of a file's format and tells the extension.
fn check(key: &str, got: &Reply) -> Option<String> {
    let extension = key.rsplit_once('.')?.1.to_owned();
    let body = got.body.as_ref();
    let ends = |mark: &[u8]| body.trim_ascii_end().ends_with(mark);
    let ok = match extension.as_str() {
        "pdf" => body.starts_with(b"%PDF-1.") && ends(b"%%EOF"),
        "png" => body.starts_with(b"\x89PNG\r\n\x1a\n") && ends(b"IEND\xae\x42\x60\x82"),
        "jpg" => body.starts_with(b"\xff\xd8\xff") && body.ends_with(b"\xff\xd9"),
        "gz" => body.starts_with(b"\x1f\x8b\x08"),
        "zip" => body.starts_with(b"PK\x03\x04") && body.windows(4).any(|mark| mark == b"PK\x05\x06"),
        "parquet" => body.starts_with(b"PAR1") && body.ends_with(b"PAR1"),
        "ts" => body.len() % 188 == 0 && body.chunks(188).all(|packet| packet[0] == 0x47),
        "m3u8" => body.starts_with(b"#EXTM3U\n"),
        "json" => serde_json::from_slice::<serde_json::Value>(body).is_ok(),
        "jsonl" => got.text().lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()),
        "csv" if got.header("content-encoding").is_some() => body.starts_with(b"\x1f\x8b\x08"),
        _ => Cursor::new(body).read_to_string(&mut String::new()).is_ok(),
    };
    assert!(ok, "{key} is not what it says");
    assert_ne!(got.header("content-type").unwrap(), "binary/octet-stream", "{key}");
    Some(extension)
}

#[tokio::test]
async fn a_hundred_and_twenty_thousand_keys_cost_nothing_at_the_start() {
    let begun = Instant::now();
    let server = company().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let (mut count, mut last, mut token) = (0, String::new(), String::new());
    loop {
        let mut ask = Ask::new(&server, "GET", "/analytics").query("list-type", "2").query("prefix", "events/2026/11/");
        if !token.is_empty() {
            ask = ask.query("continuation-token", token);
        }
        // By hand: a hundred pages through an XML reader that was built for debugging take their time.
        let page = ask.send().await.text();
        for key in page.split("<Key>").skip(1).filter_map(|rest| rest.split('<').next()) {
            assert!(*key > *last, "{key} after {last}");
            key.clone_into(&mut last);
            count += 1;
        }
        let Some((_, rest)) = page.split_once("<NextContinuationToken>") else { break };
        token = rest.split('<').next().unwrap().to_owned();
    }
    assert_eq!(count, 120_000);
    let got = Ask::new(&server, "GET", format!("/analytics/{last}")).send().await;
    let event: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(event["rank"], 119_999);
}

#[tokio::test]
async fn every_awkward_key_opens_by_link_in_path_and_in_host() {
    let server = company().await;
    let port = server.endpoint().authority.rsplit_once(':').unwrap().1.to_owned();
    let keys = keys(&server, "awkward-keys", "").await;
    assert!(keys.iter().any(|key| key.len() == 1024));
    assert!(keys.iter().any(|key| key.starts_with('/')));
    assert!(keys.iter().any(|key| key.contains('\u{1b}')));
    for key in keys {
        let in_path = Ask::new(&server, "GET", format!("/awkward-keys/{key}"));
        let host = format!("awkward-keys.localhost:{port}");
        let in_host = Ask { host, path: format!("/{key}"), ..in_path.clone() };
        for ask in [in_path, in_host] {
            let got = ask.presigned().send_as_is().await;
            assert_eq!(got.status, 200, "{key:?}");
            let told = got.text();
            assert!(
                told.contains(&format!("{key:?}"))
                    || ["drafts/", "drafts/note.txt", "empty.bin"].contains(&key.as_str()),
                "{key:?}"
            );
        }
    }
}

#[tokio::test]
async fn archives_versions_and_lifecycles_are_there_to_be_seen() {
    let server = company().await;
    let head = |path: &str| Ask::new(&server, "HEAD", path.to_owned());
    let deep = head("/support-files/archive/ledger-2019.zip").send().await;
    assert_eq!(deep.header("x-amz-storage-class").unwrap(), "DEEP_ARCHIVE");
    let get = Ask::new(&server, "GET", "/support-files/archive/ledger-2019.zip").send().await;
    assert_eq!(get.error(), (403, "InvalidObjectState".to_owned()));
    let restored = head("/support-files/archive/ledger-2020.zip").send().await;
    assert!(restored.header("x-amz-restore").unwrap().starts_with("ongoing-request=\"false\", expiry-date="));
    let log = head("/support-files/logs/shop-2026-11-20.log").send().await;
    assert!(log.header("x-amz-expiration").unwrap().contains("rule-id=\"logs-30-days\""));
    let invoice = head("/support-files/invoices/2026/10/INV-2026-1047.pdf").send().await;
    assert_eq!(invoice.header("x-amz-replication-status").unwrap(), "COMPLETED");
    let versions = Ask::new(&server, "GET", "/releases").query("versions", "").send().await;
    assert_eq!(versions.all("Version/Key").iter().filter(|key| *key == "CHANGELOG.md").count(), 3);
    assert_eq!(versions.all("DeleteMarker/Key"), ["uploader/1.5.0-rc1/uploader-1.5.0-rc1.zip"]);
}

//! One object: written, described, read in pieces and under conditions, copied, tagged, removed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use md5::Md5;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sha2::{Digest, Sha256};

use crate::client::{Ask, hex};
use crate::empty;

#[tokio::test]
async fn an_object_says_about_itself_what_its_upload_said() {
    let server = empty().await;
    server.add_bucket("box");
    let said = [
        ("content-type", "application/pdf"),
        ("content-encoding", "gzip"),
        ("content-language", "sv"),
        ("content-disposition", "attachment; filename=\"räksmörgås.pdf\""),
        ("cache-control", "no-store"),
        ("expires", "Fri, 20 Nov 2026 12:00:00 GMT"),
        ("x-amz-meta-customer", "4711"),
        ("x-amz-storage-class", "STANDARD_IA"),
    ];
    let said = said.map(|(name, value)| (name, value.replace("räksmörgås", "sandwich")));
    let mut put = Ask::new(&server, "PUT", "/box/k").header("x-amz-tagging", "a=1&b=two%20words").body("hello");
    for (name, value) in &said {
        put = put.header(name, value.clone());
    }
    let reply = put.send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let etag = format!("\"{}\"", hex(&Md5::digest("hello")));
    assert_eq!(reply.header("etag").unwrap(), etag);
    for method in ["HEAD", "GET"] {
        let reply = Ask::new(&server, method, "/box/k").send().await;
        for (name, value) in &said {
            assert_eq!(reply.header(name).as_ref(), Some(value), "{method} {name}");
        }
        assert_eq!(reply.header("etag").unwrap(), etag);
        assert_eq!(reply.header("content-length").unwrap(), "5");
        assert_eq!(reply.header("accept-ranges").unwrap(), "bytes");
        assert_eq!(reply.header("x-amz-server-side-encryption").unwrap(), "AES256");
        assert_eq!(reply.header("x-amz-version-id"), None);
        assert_eq!(reply.body.len(), if method == "GET" { 5 } else { 0 });
    }
    assert_eq!(Ask::new(&server, "GET", "/box/k").send().await.header("x-amz-tagging-count").unwrap(), "2");
    let listed = Ask::new(&server, "GET", "/box").query("list-type", "2").send().await;
    assert_eq!(listed.one("Contents/ETag").unwrap(), etag);
    assert_eq!(listed.one("Contents/StorageClass").unwrap(), "STANDARD_IA");
    assert_eq!(listed.one("Contents/Size").unwrap(), "5");
}

#[tokio::test]
async fn metadata_of_more_than_2_kib_is_refused() {
    let server = empty().await;
    server.add_bucket("box");
    let put = |size| Ask::new(&server, "PUT", "/box/k").header("x-amz-meta-a", "y".repeat(size));
    assert_eq!(put(2_047).send().await.status, 200);
    let refused = put(2_048).send().await;
    assert_eq!(refused.error(), (400, "MetadataTooLarge".to_owned()));
    assert_eq!((refused.one("Size"), refused.one("MaxSizeAllowed")), (Some("2049".into()), Some("2048".into())));
}

#[tokio::test]
async fn metadata_beyond_ascii_comes_back_as_an_encoded_word() {
    let server = empty().await;
    server.add_bucket("box");
    Ask::new(&server, "PUT", "/box/k").header("x-amz-meta-name", "=?UTF-8?Q?=C3=85sa?=").send().await;
    let head = Ask::new(&server, "HEAD", "/box/k").send().await;
    assert_eq!(head.header("x-amz-meta-name").unwrap(), format!("=?UTF-8?B?{}?=", BASE64.encode("Åsa")));
}

#[tokio::test]
async fn ranges_are_cut_as_asked_or_refused_with_the_size() {
    let server = empty().await;
    server.add_object("box", "k", "0123456789");
    server.add_object("box", "empty", "");
    for (range, status, body, content_range) in [
        ("bytes=0-0", 206, "0", "bytes 0-0/10"),
        ("bytes=3-5", 206, "345", "bytes 3-5/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=7-99", 206, "789", "bytes 7-9/10"),
        ("bytes=-2", 206, "89", "bytes 8-9/10"),
        ("bytes=-99", 206, "0123456789", "bytes 0-9/10"),
    ] {
        // A range need not be signed.
        let reply = Ask::new(&server, "GET", "/box/k").presigned().header("range", range).send_as_is().await;
        assert_eq!((reply.status.as_u16(), reply.text().as_str()), (status, body), "{range}");
        assert_eq!(reply.header("content-range").unwrap(), content_range);
    }
    for unusable in ["bytes=abc", "bytes=5-3", "bytes=0-1,4-5", "lines=1-2"] {
        let reply = Ask::new(&server, "GET", "/box/k").presigned().header("range", unusable).send_as_is().await;
        assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 10), "{unusable}");
    }
    for (path, range, size) in [("/box/k", "bytes=10-", "10"), ("/box/empty", "bytes=0-0", "0")] {
        let reply = Ask::new(&server, "GET", path).header("range", range).send().await;
        assert_eq!(reply.error(), (416, "InvalidRange".to_owned()));
        assert_eq!(reply.one("ActualObjectSize").unwrap(), size);
        assert_eq!(reply.header("content-range").unwrap(), format!("bytes */{size}"));
    }
}

#[tokio::test]
async fn conditions_decide_between_the_object_and_304_or_412() {
    let server = empty().await;
    server.add_object("box", "k", "hello");
    let etag = format!("\"{}\"", hex(&Md5::digest("hello")));
    let date = |hours: i64| {
        let time = Timestamp::now() + SignedDuration::from_hours(hours);
        time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    let (past, future) = (date(-1), date(1));
    let other = "\"00000000000000000000000000000000\"";
    let table: [(&[(&str, &str)], u16); 11] = [
        (&[("if-match", &etag)], 200),
        (&[("if-match", "*")], 200),
        (&[("if-match", other)], 412),
        (&[("if-none-match", &etag)], 304),
        (&[("if-none-match", other)], 200),
        (&[("if-modified-since", &past)], 200),
        (&[("if-modified-since", &future)], 304),
        (&[("if-unmodified-since", &past)], 412),
        (&[("if-unmodified-since", &future)], 200),
        (&[("if-match", &etag), ("if-unmodified-since", &past)], 200),
        (&[("if-none-match", other), ("if-modified-since", &future)], 200),
    ];
    for (conditions, status) in table {
        for method in ["GET", "HEAD"] {
            let mut ask = Ask::new(&server, method, "/box/k");
            for (name, value) in conditions {
                ask = ask.header(name, *value);
            }
            let reply = ask.send().await;
            assert_eq!(reply.status.as_u16(), status, "{method} {conditions:?}");
            if status == 304 {
                assert!(reply.body.is_empty());
                assert_eq!(reply.header("etag").unwrap(), etag);
            }
            if status == 412 && method == "GET" {
                assert_eq!(reply.error().1, "PreconditionFailed");
                assert_eq!(reply.one("Condition").unwrap().to_lowercase(), conditions[0].0);
            }
        }
    }
}

#[tokio::test]
async fn a_signed_link_may_override_what_the_answer_says_about_itself() {
    let server = empty().await;
    server.add_object("box", "k", "hello");
    let overrides = [
        ("response-content-type", "content-type", "text/plain; charset=utf-8"),
        (
            "response-content-disposition",
            "content-disposition",
            "attachment; filename=\"a b.txt\"; filename*=UTF-8''%C3%A4.txt",
        ),
        ("response-cache-control", "cache-control", "no-cache"),
        ("response-content-language", "content-language", "de"),
        ("response-content-encoding", "content-encoding", "identity"),
        ("response-expires", "expires", "Fri, 20 Nov 2026 12:00:00 GMT"),
    ];
    for method in ["GET", "HEAD"] {
        let ask = overrides.iter().fold(Ask::new(&server, method, "/box/k"), |ask, (name, _, v)| ask.query(name, *v));
        let reply = ask.presigned().send_as_is().await;
        assert_eq!(reply.status, 200);
        for (_, name, value) in overrides {
            assert_eq!(reply.header(name).as_deref(), Some(value), "{method} {name}");
        }
    }
    let japanese =
        Ask::new(&server, "GET", "/box/k").query("response-content-disposition", "attachment; filename=\"日本.txt\"");
    let reply = japanese.presigned().send_as_is().await;
    assert_eq!(reply.error(), (400, "InvalidArgument".to_owned()));
    assert!(reply.one("Message").unwrap().contains("ISO-8859-1"));
}

#[tokio::test]
async fn an_upload_that_promises_a_checksum_must_keep_it() {
    let server = empty().await;
    server.add_bucket("box");
    let (md5, sha256) = (BASE64.encode(Md5::digest("hello")), BASE64.encode(Sha256::digest("hello")));
    let put = |name: &str, value: &str, body: &'static str| {
        Ask::new(&server, "PUT", "/box/k").header(name, value).body(body).presigned()
    };
    assert_eq!(put("content-md5", &md5, "hello").send_as_is().await.status, 200);
    assert_eq!(put("content-md5", &md5, "jello").send_as_is().await.error(), (400, "BadDigest".to_owned()));
    assert_eq!(put("content-md5", "short", "hello").send_as_is().await.error(), (400, "InvalidDigest".to_owned()));
    let sha = "x-amz-checksum-sha256";
    assert_eq!(put(sha, &sha256, "jello").send_as_is().await.error(), (400, "BadDigest".to_owned()));
    assert_eq!(put(sha, &sha256, "hello").send_as_is().await.header(sha).unwrap(), sha256);
    let plain = Ask::new(&server, "HEAD", "/box/k").send().await;
    assert_eq!(plain.header(sha), None);
    let asked = Ask::new(&server, "HEAD", "/box/k").header("x-amz-checksum-mode", "ENABLED").send().await;
    assert_eq!(asked.header(sha).unwrap(), sha256);
    // The hash that a signature in the header covers is such a promise, too.
    let replaced = Ask::new(&server, "PUT", "/box/k").body("hello").signed().body("jello");
    assert_eq!(replaced.send_as_is().await.error(), (400, "XAmzContentSHA256Mismatch".to_owned()));
    assert_eq!(Ask::new(&server, "GET", "/box/k").send().await.text(), "hello");
}

#[tokio::test]
async fn a_create_only_upload_works_once() {
    let server = empty().await;
    server.add_bucket("box");
    let link = Ask::new(&server, "PUT", "/box/k").header("if-none-match", "*").body("first").presigned();
    assert_eq!(link.send_as_is().await.status, 200);
    let second = link.body("second").send_as_is().await;
    assert_eq!(second.error(), (412, "PreconditionFailed".to_owned()));
    assert_eq!(Ask::new(&server, "GET", "/box/k").send().await.text(), "first");
    let change = |etag: &str| Ask::new(&server, "PUT", "/box/k").header("if-match", etag).body("third");
    assert_eq!(change("\"0\"").send().await.status, 412);
    assert_eq!(change(&hex(&Md5::digest("first"))).send().await.status, 200);
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let server = empty().await;
    server.add_bucket("box");
    let key = Ask::new(&server, "GET", "/box/<a>&\"b\"").send().await;
    assert_eq!(key.error(), (404, "NoSuchKey".to_owned()));
    assert_eq!(key.one("Key").unwrap(), "<a>&\"b\"");
    assert_eq!(key.one("Resource").unwrap(), "/box/<a>&\"b\"");
    let bucket = Ask::new(&server, "PUT", "/nowhere/k").body("x").send().await;
    assert_eq!(bucket.error(), (404, "NoSuchBucket".to_owned()));
    assert_eq!(bucket.one("BucketName").unwrap(), "nowhere");
    let long = Ask::new(&server, "PUT", format!("/box/{}", "k".repeat(1025))).send().await;
    assert_eq!(long.error(), (400, "KeyTooLongError".to_owned()));
    let unknown = Ask::new(&server, "GET", "/box").query("analytics", "").query("id", "x").send().await;
    assert_eq!(unknown.error(), (501, "NotImplemented".to_owned()));
}

#[tokio::test]
async fn deleting_is_quiet_and_deleting_many_tells_each() {
    let server = empty().await;
    for key in ["a", "b<", "c"] {
        server.add_object("box", key, "x");
    }
    assert_eq!(Ask::new(&server, "DELETE", "/box/never-there").send().await.status, 204);
    assert_eq!(Ask::new(&server, "DELETE", "/box/a").send().await.status, 204);
    let body = "<Delete><Object><Key>b&lt;</Key></Object><Object><Key>nope</Key></Object></Delete>";
    let md5 = BASE64.encode(Md5::digest(body));
    let reply =
        Ask::new(&server, "POST", "/box").query("delete", "").header("content-md5", md5).body(body).send().await;
    assert_eq!(reply.all("Deleted/Key"), ["b<", "nope"]);
    let left = Ask::new(&server, "GET", "/box").query("list-type", "2").send().await;
    assert_eq!(left.all("Contents/Key"), ["c"]);
}

#[tokio::test]
async fn a_copy_keeps_or_replaces_what_its_source_says() {
    let server = empty().await;
    server.add_bucket("box");
    let tagged = Ask::new(&server, "PUT", "/box/a b").header("x-amz-meta-a", "1").header("x-amz-tagging", "t=1");
    tagged.body("hello").send().await;
    let copy = |to: &str| Ask::new(&server, "PUT", format!("/box/{to}")).header("x-amz-copy-source", "/box/a%20b");
    let reply = copy("kept").send().await;
    assert_eq!(reply.one("CopyObjectResult/ETag").unwrap(), format!("\"{}\"", hex(&Md5::digest("hello"))));
    assert_eq!(Ask::new(&server, "GET", "/box/kept").send().await.header("x-amz-meta-a").unwrap(), "1");
    let replaced = copy("replaced").header("x-amz-metadata-directive", "REPLACE").header("x-amz-meta-b", "2");
    assert_eq!(replaced.send().await.status, 200);
    let head = Ask::new(&server, "HEAD", "/box/replaced").send().await;
    assert_eq!((head.header("x-amz-meta-a"), head.header("x-amz-meta-b")), (None, Some("2".to_owned())));
    assert_eq!(copy("a b").send().await.error(), (400, "InvalidRequest".to_owned()));
    let missing = Ask::new(&server, "PUT", "/box/x").header("x-amz-copy-source", "/box/missing").send().await;
    assert_eq!(missing.error(), (404, "NoSuchKey".to_owned()));
}

#[tokio::test]
async fn tags_are_set_read_and_removed() {
    let server = empty().await;
    server.add_object("box", "k", "x");
    let tagging = |method| Ask::new(&server, method, "/box/k").query("tagging", "");
    let body = "<Tagging><TagSet><Tag><Key>b</Key><Value>&lt;2&gt;</Value></Tag><Tag><Key>a</Key><Value></Value></Tag></TagSet></Tagging>";
    assert_eq!(tagging("PUT").body(body).send().await.status, 200);
    let tags = tagging("GET").send().await;
    assert_eq!(
        (tags.all("Tag/Key"), tags.all("Tag/Value")),
        (vec!["a".to_owned(), "b".to_owned()], vec![String::new(), "<2>".to_owned()])
    );
    assert_eq!(tagging("DELETE").send().await.status, 204);
    assert_eq!(tagging("GET").send().await.all("Tag/Key"), Vec::<String>::new());
    let twice = body.replace("<Key>b</Key>", "<Key>a</Key>");
    assert_eq!(tagging("PUT").body(twice).send().await.error(), (400, "InvalidTag".to_owned()));
}

#[tokio::test]
async fn a_bucket_may_be_named_in_the_host() {
    let server = empty().await;
    server.add_object("box", "a//b", "hello");
    let port = server.endpoint().authority.rsplit_once(':').unwrap().1.to_owned();
    let in_host = |method, path: &str| Ask { host: format!("box.localhost:{port}"), ..Ask::new(&server, method, path) };
    assert_eq!(in_host("GET", "/a//b").presigned().send_as_is().await.text(), "hello");
    assert_eq!(in_host("GET", "/").query("list-type", "2").send().await.all("Contents/Key"), ["a//b"]);
    let plain = Ask { host: format!("localhost:{port}"), ..Ask::new(&server, "GET", "/box/a//b") };
    assert_eq!(plain.presigned().send_as_is().await.text(), "hello");
}

#[tokio::test]
async fn an_upload_without_a_length_is_refused() {
    let server = empty().await;
    server.add_bucket("box");
    let chunked = Ask::new(&server, "PUT", "/box/k").presigned().header("transfer-encoding", "chunked").body("x");
    let reply = chunked.send_as_is().await;
    assert_eq!(reply.error(), (501, "NotImplemented".to_owned()));
    assert_eq!(reply.one("Header").unwrap(), "Transfer-Encoding");
}

#[test]
fn any_key_can_be_written_listed_and_read_by_link() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(empty());
    server.add_bucket("box");
    let mut runner = TestRunner::new(Config { cases: 128, failure_persistence: None, ..Config::default() });
    let keys = prop_oneof!["\\PC{1,40}", "[ -~\\x01-\\x1f/.%+]{1,40}", "(\\.|\\.\\.|/|a){1,9}"];
    let property = |key: String| {
        // NUL has no place in a key, and a lone `/` after the bucket is the bucket.
        prop_assume!(!key.contains('\0'));
        runtime.block_on(async {
            let path = format!("/box/{key}");
            let put = Ask::new(&server, "PUT", path.clone()).body(key.clone()).presigned().send_as_is().await;
            prop_assert_eq!(put.status.as_u16(), 200, "{}", put.text());
            let got = Ask::new(&server, "GET", path.clone()).presigned().send_as_is().await;
            prop_assert_eq!(got.text(), key.clone());
            let listed = Ask::new(&server, "GET", "/box").query("prefix", key.clone()).query("encoding-type", "url");
            let listed = listed.send().await.all("Contents/Key");
            prop_assert!(listed.iter().any(|listed| crate::client::decode(listed) == key), "{:?}", listed);
            let deleted = Ask::new(&server, "DELETE", path).presigned().send_as_is().await;
            prop_assert_eq!(deleted.status.as_u16(), 204);
            Ok(())
        })
    };
    runner.run(&keys, property).unwrap();
}

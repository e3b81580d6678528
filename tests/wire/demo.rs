//! What the adapter reads from the embedded server, which checks every signature and region.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use daypass::s3::address::AddressingStyle;
use daypass::s3::facts::{Tag, VersionKind};
use daypass::s3::failure::FailureKind;
use daypass::s3::key_page::{KeyPage, Listed};
use daypass::s3::listing::{Depth, KeysRequest};
use daypass::s3::payer;
use daypass::world::demo::{DemoOptions, DemoServer, Object, Payer, Seed, Versioning};
use daypass::world::open::StoreSpec;
use daypass::world::store::Writes;

use crate::stage::{all_pages, any_keys, below, bucket, object, opened, spec, spec_of, store};

async fn server() -> DemoServer {
    DemoServer::start(DemoOptions { seed: Seed::Empty, ..DemoOptions::default() }).await.unwrap()
}

fn names(page: &KeyPage) -> Vec<String> {
    page.iter().map(|row| row.name().to_owned()).collect()
}

/// Keys that have broken a client somewhere.
const AWKWARD: [&str; 16] = [
    " ",
    "a b",
    "a+b",
    "a%20b",
    "100%",
    "a&b=c?d#e",
    "a\u{1}b",
    "a\tb\r\nc",
    "é/ü",
    "🧾",
    "\u{202e}rtl",
    "<x>&amp;",
    "..",
    "a/../b",
    "//double",
    "tilde~star*paren()'\"\\",
];

#[tokio::test]
async fn buckets_come_by_name() {
    let server = server().await;
    for name in ["zebra", "apple", "mango"] {
        server.add_bucket(name);
    }
    let buckets = store(&spec_of(&server)).await.buckets().await.unwrap().buckets;
    assert_eq!(buckets.iter().map(|bucket| bucket.name.as_str()).collect::<Vec<_>>(), ["apple", "mango", "zebra"]);
    assert!(buckets.iter().all(|bucket| bucket.created.is_some()));
}

#[tokio::test]
async fn a_listing_is_one_level_deep_and_in_order() {
    let server = server().await;
    for key in ["b/1", "b/2", "a!", "a/x", "a0", "b/c/d"] {
        server.add_object("bucket", key, "12345");
    }
    let store = store(&spec_of(&server)).await;
    assert_eq!(names(&store.keys(&below("bucket", "", 1000)).await.unwrap()), ["a!", "a/", "a0", "b/"]);
    let inner = store.keys(&below("bucket", "b/", 1000)).await.unwrap();
    assert_eq!(names(&inner), ["b/1", "b/2", "b/c/"]);
    let Some(Listed::Object(first)) = inner.iter().next() else { panic!("{inner:?}") };
    assert_eq!((first.size, first.etag), (5, "827ccb0eea8a706c4c34a16891f84e7b"));
    assert!(first.modified.is_some());
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let server = server().await;
    let keys: Vec<String> = (0..25).map(|n| format!("k{n:02}")).collect();
    for key in &keys {
        server.add_object("bucket", key, "x");
    }
    let store = store(&spec_of(&server)).await;
    let pages = all_pages(&*store, below("bucket", "", 10)).await;
    assert_eq!(pages.iter().map(|page| page.len()).collect::<Vec<_>>(), [10, 10, 5]);
    assert_eq!(pages.iter().flat_map(names).collect::<Vec<_>>(), keys);
}

#[tokio::test]
async fn awkward_keys_are_listed_and_looked_at_byte_for_byte() {
    let server = server().await;
    for key in AWKWARD {
        server.add_object("bucket", &format!("p/{key}"), key.as_bytes().to_vec());
    }
    let store = store(&spec_of(&server)).await;
    for key in AWKWARD {
        let key = format!("p/{key}");
        let facts = store.head(&object("bucket", &key)).await.unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(facts.size, Some(key.len() as u64 - 2), "{key:?}");
        // The first level of each key is a row of its prefix.
        let page = store.keys(&below("bucket", "p/", 1000)).await.unwrap();
        assert!(names(&page).iter().any(|name| key.starts_with(name.as_str())), "{key:?} in {page:?}");
    }
}

#[tokio::test]
async fn a_listing_to_the_end_names_every_key_and_no_prefix() {
    let server = server().await;
    for key in AWKWARD {
        server.add_object("bucket", &format!("p/{key}"), "x");
    }
    let store = store(&spec_of(&server)).await;
    let pages = all_pages(&*store, KeysRequest { depth: Depth::All, ..below("bucket", "p/", 3) }).await;
    let mut keys = AWKWARD.map(|key| format!("p/{key}"));
    keys.sort();
    assert_eq!(pages.iter().flat_map(names).collect::<Vec<_>>(), keys);
}

#[tokio::test]
async fn facts_hold_what_the_upload_said() {
    let server = server().await;
    let told = Object {
        content_type: Some("text/plain; charset=utf-8".to_owned()),
        content_disposition: Some("attachment; filename=\"a.txt\"".to_owned()),
        cache_control: Some("no-store".to_owned()),
        metadata: BTreeMap::from([("case".into(), "4711".into()), ("name".into(), "Zoë".into())]),
        tags: BTreeMap::from([("team".into(), "support".into()), ("a b".into(), "ü&<".into())]),
        storage_class: Some("STANDARD_IA".to_owned()),
        ..Object::of("hello")
    };
    server.add("bucket", "a.txt", told, SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let store = store(&spec_of(&server)).await;
    let facts = store.head(&object("bucket", "a.txt")).await.unwrap();
    assert_eq!(facts.size, Some(5));
    assert_eq!(facts.content_type.as_deref(), Some("text/plain; charset=utf-8"));
    assert_eq!(facts.content_disposition.as_deref(), Some("attachment; filename=\"a.txt\""));
    assert_eq!(facts.cache_control.as_deref(), Some("no-store"));
    assert_eq!(facts.storage_class.as_deref(), Some("STANDARD_IA"));
    assert_eq!(facts.modified, "2027-01-15T08:00:00Z".parse().ok());
    assert_eq!(facts.metadata, [("case".into(), "4711".into()), ("name".into(), "Zoë".into())]);
    let tag = |key: &str, value: &str| Tag { key: key.into(), value: value.into() };
    assert_eq!(store.tags(&object("bucket", "a.txt")).await.unwrap(), [tag("a b", "ü&<"), tag("team", "support")]);
}

#[tokio::test]
async fn versions_are_those_of_one_key_newest_first() {
    let server = server().await;
    server.set_versioning("bucket", Versioning::Enabled);
    for body in ["one", "three", "seventh"] {
        server.add_object("bucket", "a b", body);
    }
    server.add_object("bucket", "a b/c", "another key");
    let store = store(&spec_of(&server)).await;
    let versions = store.versions(&object("bucket", "a b")).await.unwrap();
    let size = |kind: &VersionKind| match kind {
        VersionKind::Object { size, .. } => *size,
        VersionKind::DeleteMarker => panic!("nothing was deleted"),
    };
    assert_eq!(versions.entries.iter().map(|entry| size(&entry.kind)).collect::<Vec<_>>(), [7, 5, 3]);
    assert_eq!(versions.entries.iter().map(|entry| entry.is_latest).collect::<Vec<_>>(), [true, false, false]);
    assert!(!versions.truncated);
    let mut oldest = object("bucket", "a b");
    oldest.version = Some(versions.entries[2].id.clone());
    let facts = store.head(&oldest).await.unwrap();
    assert_eq!((facts.size, facts.version), (Some(3), oldest.version));
}

#[tokio::test]
async fn the_right_region_is_learned_once_and_then_known() {
    let server = server().await;
    server.add_object("bucket", "k", "x");
    let mut spec = spec_of(&server);
    spec.region = Some("us-east-1".to_owned());
    let store = store(&spec).await;
    assert_eq!(store.address(&bucket("bucket")).region, "us-east-1");
    for _ in 0..3 {
        store.keys(&below("bucket", "", 1000)).await.unwrap();
    }
    assert_eq!(store.address(&bucket("bucket")).region, server.region());
    assert_eq!(server.requests().len(), 4, "one redirect, then straight to the right region");
}

#[tokio::test]
async fn a_bucket_can_be_named_in_the_host() {
    let server = server().await;
    server.add_object("bucket", "a/b c", "x");
    let mut spec = spec_of(&server);
    let port = server.endpoint().authority.rsplit_once(':').unwrap().1.to_owned();
    spec.endpoint =
        Some(format!("http://localhost:{port}")).map(|text| daypass::s3::address::Endpoint::parse(&text).unwrap());
    spec.style = Some(AddressingStyle::Virtual);
    let store = store(&spec).await;
    assert_eq!(names(&store.keys(&below("bucket", "a/", 1000)).await.unwrap()), ["a/b c"]);
    assert_eq!(store.head(&object("bucket", "a/b c")).await.unwrap().size, Some(1));
    assert!(server.requests().iter().all(|seen| !seen.path.contains("bucket")), "{:?}", server.requests());
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let server = server().await;
    server.add_bucket("bucket");
    let store = store(&spec_of(&server)).await;
    let failure = store.keys(&below("nowhere", "", 1000)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    let expected = format!("cannot list s3://nowhere/: there is no bucket `nowhere` at {}; check", server.endpoint());
    assert!(failure.to_string().starts_with(&expected), "{failure}");
    let failure = store.head(&object("bucket", "gone")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert!(failure.to_string().starts_with("cannot look at s3://bucket/gone: there is no such object"), "{failure}");
    assert!(failure.reply.unwrap().request_id.is_some());
}

#[tokio::test]
async fn wrong_keys_are_told_apart() {
    let server = server().await;
    server.add_bucket("bucket");
    let (mut unknown, mut mistyped) = (crate::stage::any_keys(), crate::stage::any_keys());
    unknown.access_key_id = "AKIAUNKNOWN".to_owned();
    mistyped.access_key_id = server.access_key_id().to_owned();
    for (keys, why) in [(unknown, "does not know this access key id"), (mistyped, "computes another signature")] {
        let spec = crate::stage::spec(&server.endpoint().to_string(), keys);
        let failure = store(&spec).await.keys(&below("bucket", "", 1000)).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadCredentials, "{failure}");
        assert!(failure.to_string().contains(why), "{failure}");
        assert!(!format!("{failure:?}").contains("hidden-secret"));
    }
}

#[tokio::test]
async fn a_small_object_is_read_whole_and_a_larger_one_not_at_all() {
    let server = server().await;
    for (key, body) in [("empty", ""), ("a b", "12345"), ("large", "123456")] {
        server.add_object("bucket", key, body);
    }
    let store = store(&spec_of(&server)).await;
    let read = async |key| store.read(&object("bucket", key), 5).await;
    assert_eq!(read("empty").await.unwrap(), "");
    assert_eq!(read("a b").await.unwrap(), "12345");
    let large = read("large").await.unwrap_err();
    assert_eq!(large.kind, FailureKind::Refused);
    assert!(large.to_string().contains("read s3://bucket/large: it is larger than the 5 bytes"), "{large}");
    assert_eq!(read("missing").await.unwrap_err().kind, FailureKind::NotFound);
}

#[tokio::test]
async fn an_upload_is_begun_only_where_the_settings_allow_writing() {
    let server = server().await;
    server.add_bucket("bucket");
    let target = object("bucket", "large.bin");
    let headers = [("content-type".to_owned(), "video/mp4".to_owned())];
    let allowed = spec_of(&server);
    let first = store(&allowed).await.begin_upload(&target, &headers).await.unwrap();
    let second = store(&allowed).await.begin_upload(&target, &[]).await.unwrap();
    assert!(!first.0.is_empty() && first != second);

    let refused = StoreSpec { writes: Writes::Refused, ..allowed };
    let failure = store(&refused).await.begin_upload(&target, &headers).await.unwrap_err();
    assert_eq!((failure.kind, failure.reply.is_none()), (FailureKind::Refused, true));
    assert!(failure.to_string().contains("allow_write = true"), "{failure}");
}

#[tokio::test]
async fn a_bucket_whose_reader_pays_is_read_by_who_says_so_and_its_links_say_so_too() {
    let server = server().await;
    server.add_object("box", "k", "the bytes");
    server.set_payer("box", Payer::Requester);
    let store_of = async |payer| store(&StoreSpec { payer, ..spec_of(&server) }).await;
    let refused = store_of(payer::Payer::Owner).await.keys(&below("box", "", 10)).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Forbidden);
    let paying = store_of(payer::Payer::Requester).await;
    assert_eq!(paying.keys(&below("box", "", 10)).await.unwrap().len(), 1);
    assert_eq!(paying.head(&object("box", "k")).await.unwrap().size, Some(9));
    assert!(paying.tags(&object("box", "k")).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_region_of_a_bucket_is_found_once_and_remembered_for_every_kind_of_request_and_for_links() {
    let server = server().await;
    server.add_object("box", "k", "the bytes");
    server.add_object("near", "k", "other bytes");
    server.set_region("box", "us-west-2");
    let spec = StoreSpec { region: Some(server.region().to_owned()), ..spec_of(&server) };
    let store = store(&spec).await;
    assert_eq!(store.head(&object("box", "k")).await.unwrap().size, Some(9));
    assert_eq!(server.requests().len(), 2, "one to learn the region, one to be answered");
    store.keys(&below("box", "", 10)).await.unwrap();
    store.tags(&object("box", "k")).await.unwrap();
    store.versions(&object("box", "k")).await.unwrap();
    store.head(&object("near", "k")).await.unwrap();
    assert_eq!(server.requests().len(), 6, "nothing is asked twice any more");
    assert_eq!(store.address(&bucket("box")).region, "us-west-2", "its links are signed for there");
    assert_eq!(store.address(&bucket("near")).region, server.region());
}

#[tokio::test]
async fn a_listing_has_as_many_requests_at_a_time_as_the_settings_say_else_as_the_provider_bears() {
    let requests = async |endpoint: &str, requests| {
        let spec = StoreSpec { requests, ..spec(endpoint, any_keys()) };
        opened(&spec).await.unwrap().world.requests
    };
    assert_eq!(requests("http://127.0.0.1:9000", None).await, 8);
    assert_eq!(requests("https://s3.eu-west-1.amazonaws.com", None).await, 32);
    assert_eq!(requests("https://s3.us-west-004.backblazeb2.com", None).await, 16);
    assert_eq!(requests("https://s3.us-west-004.backblazeb2.com", Some(2)).await, 2);
}

#[tokio::test]
async fn a_bucket_is_located_once_and_only_where_nothing_told_yet() {
    let server = server().await;
    for name in ["near", "far", "listed"] {
        server.add_bucket(name);
    }
    server.set_region("far", "us-west-2");
    let store = store(&StoreSpec { region: Some(server.region().to_owned()), ..spec_of(&server) }).await;
    let region = |name: &str| store.address(&bucket(name)).region;
    assert_eq!(region("far"), server.region());
    for _ in 0..2 {
        store.locate(&bucket("far")).await;
        store.locate(&bucket("near")).await;
    }
    assert_eq!((region("far"), region("near")), ("us-west-2".to_owned(), server.region().to_owned()));
    assert_eq!(server.requests().len(), 3, "one for each, and one that was sent on: {:?}", server.requests());
    store.keys(&below("listed", "", 10)).await.unwrap();
    store.locate(&bucket("listed")).await;
    assert_eq!(server.requests().len(), 4, "{:?}", server.requests());
}

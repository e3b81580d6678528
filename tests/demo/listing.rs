//! Listings: pages put together are the whole, whatever the keys, the delimiter and the size of a page.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use daypass::world::demo::{DemoServer, Object, Run, Version};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::client::{Ask, Reply, decode};
use crate::empty;

/// A name in a listing: a key, or a common prefix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    text: String,
    is_common: bool,
}

#[derive(Clone, Debug)]
struct Case {
    keys: BTreeSet<String>,
    /// How many keys `a/00`, `a/01` … are computed; those of the set below are deleted again.
    computed: u64,
    deleted: BTreeSet<u64>,
    prefix: String,
    delimiter: Option<String>,
    start_after: Option<String>,
    page: usize,
    is_url_encoded: bool,
}

struct Counted(u64);

impl Run for Counted {
    fn count(&self) -> u64 {
        self.0
    }

    fn key(&self, rank: u64) -> String {
        format!("a/{rank:02}")
    }

    fn version(&self, _: u64) -> Version {
        Version { id: "null".to_owned(), modified: SystemTime::now(), object: Some(Arc::new(Object::of("computed"))) }
    }
}

fn case() -> impl Strategy<Value = Case> {
    let key = "[ab/é&+% 🦀\u{10ffff}]{1,5}";
    let keys = prop::collection::btree_set(key, 0..25);
    let names = (prop::sample::select(vec!["", "a", "a/", "é", "/", "b/b"]), prop::option::of(key));
    let delimiter = prop::option::of(prop::sample::select(vec!["/", "a", "//", "&"]));
    (keys, 0..9_u64, prop::collection::btree_set(0..9_u64, 0..4), names, delimiter, 1..7_usize, any::<bool>()).prop_map(
        |(keys, computed, deleted, (prefix, start_after), delimiter, page, is_url_encoded)| Case {
            keys,
            computed,
            deleted,
            prefix: prefix.to_owned(),
            delimiter: delimiter.map(str::to_owned),
            start_after,
            page,
            is_url_encoded,
        },
    )
}

impl Case {
    /// The listing, worked out in the plainest way.
    fn truth(&self) -> Vec<Name> {
        let computed = (0..self.computed).filter(|rank| !self.deleted.contains(rank)).map(|rank| Counted(0).key(rank));
        let keys: BTreeSet<_> = self.keys.iter().cloned().chain(computed).collect();
        let names: BTreeSet<_> = keys
            .into_iter()
            .filter_map(|key| {
                let rest = key.strip_prefix(&self.prefix)?;
                let cut = self.delimiter.as_ref().and_then(|d| Some(rest.find(d.as_str())? + d.len()));
                Some(match cut {
                    Some(cut) => Name { text: format!("{}{}", self.prefix, &rest[..cut]), is_common: true },
                    None => Name { text: key, is_common: false },
                })
            })
            .filter(|name| self.start_after.as_ref().is_none_or(|after| name.text > *after))
            .collect();
        names.into_iter().collect()
    }

    fn fill(&self, server: &DemoServer, bucket: &str) {
        server.add_bucket(bucket);
        server.add_run(bucket, Counted(self.computed));
        for key in &self.keys {
            server.add_object(bucket, key, key.clone());
        }
    }

    fn names(&self, page: &Reply) -> Vec<Name> {
        let spelled = |text: String| if self.is_url_encoded { decode(&text) } else { text };
        let keys = page.all("Contents/Key").into_iter().map(|text| Name { text: spelled(text), is_common: false });
        let common = page.all("CommonPrefixes/Prefix").into_iter();
        let common = common.map(|text| Name { text: spelled(text), is_common: true });
        let mut names: Vec<_> = keys.chain(common).collect();
        names.sort();
        names
    }

    fn ask(&self, server: &DemoServer, bucket: &str) -> Ask {
        let mut ask = Ask::new(server, "GET", format!("/{bucket}"))
            .query("prefix", self.prefix.clone())
            .query("max-keys", self.page.to_string());
        if let Some(delimiter) = &self.delimiter {
            ask = ask.query("delimiter", delimiter.clone());
        }
        if self.is_url_encoded {
            ask = ask.query("encoding-type", "url");
        }
        ask
    }
}

#[test]
fn pages_of_any_size_put_together_are_the_whole_listing() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(empty());
    let buckets = AtomicUsize::new(0);
    let mut runner = TestRunner::new(Config { cases: 192, failure_persistence: None, ..Config::default() });
    let property = |case: Case| {
        let bucket = format!("bucket-{}", buckets.fetch_add(1, Ordering::Relaxed));
        case.fill(&server, &bucket);
        runtime.block_on(async {
            for rank in case.deleted.iter().filter(|rank| **rank < case.computed) {
                let key = Counted(0).key(*rank);
                if !case.keys.contains(&key) {
                    assert_eq!(Ask::new(&server, "DELETE", format!("/{bucket}/{key}")).send().await.status, 204);
                }
            }
            let truth = case.truth();

            let (mut names, mut token) = (Vec::new(), None);
            loop {
                let mut ask = case.ask(&server, &bucket).query("list-type", "2");
                match (&token, &case.start_after) {
                    (Some(token), _) => ask = ask.query("continuation-token", String::clone(token)),
                    (None, Some(after)) => ask = ask.query("start-after", after.clone()),
                    (None, None) => {}
                }
                let page = ask.send().await;
                assert_eq!(page.status, 200, "{}", page.text());
                let here = case.names(&page);
                assert!(here.len() <= case.page);
                assert_eq!(page.one("KeyCount").unwrap(), here.len().to_string());
                names.extend(here);
                token = page.one("NextContinuationToken");
                assert_eq!(page.one("IsTruncated").unwrap(), token.is_some().to_string());
                if token.is_none() {
                    break;
                }
            }
            assert_eq!(names, truth, "version 2");

            let (mut names, mut marker) = (Vec::new(), case.start_after.clone());
            loop {
                let mut ask = case.ask(&server, &bucket);
                if let Some(marker) = &marker {
                    ask = ask.query("marker", marker.clone());
                }
                let page = ask.send().await;
                let here = case.names(&page);
                // Without a delimiter there is no NextMarker: the last key is it.
                let last = here.last().map(|name| name.text.clone());
                let next = page.one("NextMarker").map(|text| if case.is_url_encoded { decode(&text) } else { text });
                assert_eq!(next.is_some(), page.one("IsTruncated").unwrap() == "true" && case.delimiter.is_some());
                names.extend(here);
                marker = next.or(last);
                if page.one("IsTruncated").unwrap() == "false" {
                    break;
                }
            }
            assert_eq!(names, truth, "version 1");

            let (mut names, mut markers) = (Vec::new(), (case.start_after.clone(), None));
            loop {
                let mut ask = case.ask(&server, &bucket).query("versions", "");
                if let Some(key) = &markers.0 {
                    ask = ask.query("key-marker", key.clone());
                }
                if let Some(version) = &markers.1 {
                    ask = ask.query("version-id-marker", String::clone(version));
                }
                let page = ask.send().await;
                let as_listing = page.text().replace("<Version>", "<Contents>").replace("</Version>", "</Contents>");
                names.extend(case.names(&Reply { body: as_listing.into(), ..page_like(&page) }));
                if page.one("IsTruncated").unwrap() == "false" {
                    break;
                }
                let key = page.one("NextKeyMarker").unwrap();
                markers = (Some(if case.is_url_encoded { decode(&key) } else { key }), page.one("NextVersionIdMarker"));
            }
            assert_eq!(names, truth, "versions");
        });
        Ok(())
    };
    runner.run(&case(), property).unwrap();
}

fn page_like(page: &Reply) -> Reply {
    Reply { status: page.status, headers: page.headers.clone(), body: page.body.clone() }
}

#[tokio::test]
async fn max_keys_of_zero_is_an_empty_page_that_ends() {
    let server = empty().await;
    server.add_object("box", "k", "");
    let page = Ask::new(&server, "GET", "/box").query("list-type", "2").query("max-keys", "0").send().await;
    assert_eq!((page.one("KeyCount").unwrap(), page.one("IsTruncated").unwrap()), ("0".to_owned(), "false".to_owned()));
}

#[tokio::test]
async fn a_made_up_continuation_token_is_refused() {
    let server = empty().await;
    server.add_bucket("box");
    let ask = Ask::new(&server, "GET", "/box").query("list-type", "2").query("continuation-token", "!!!");
    assert_eq!(ask.send().await.error(), (400, "InvalidArgument".to_owned()));
}

#[tokio::test]
async fn buckets_are_listed_with_region_and_page_by_page() {
    let server = empty().await;
    for name in ["one", "two", "three"] {
        server.add_bucket(name);
    }
    let all = Ask::new(&server, "GET", "/").send().await;
    assert_eq!(all.all("Bucket/Name"), ["one", "three", "two"]);
    assert_eq!(all.all("BucketRegion"), ["eu-central-1"; 3]);
    let first = Ask::new(&server, "GET", "/").query("max-buckets", "2").send().await;
    assert_eq!(first.all("Bucket/Name"), ["one", "three"]);
    let token = first.one("ContinuationToken").unwrap();
    let rest = Ask::new(&server, "GET", "/").query("max-buckets", "2").query("continuation-token", token).send().await;
    assert_eq!((rest.all("Bucket/Name"), rest.one("ContinuationToken")), (vec!["two".to_owned()], None));
}

#[tokio::test]
async fn a_bucket_is_made_found_and_removed_once_it_is_empty() {
    let server = empty().await;
    assert_eq!(Ask::new(&server, "PUT", "/new-bucket").send().await.status, 200);
    assert_eq!(Ask::new(&server, "PUT", "/new-bucket").send().await.error().1, "BucketAlreadyOwnedByYou");
    let head = Ask::new(&server, "HEAD", "/new-bucket").send().await;
    assert_eq!((head.status.as_u16(), head.header("x-amz-bucket-region").unwrap().as_str()), (200, "eu-central-1"));
    let location = Ask::new(&server, "GET", "/new-bucket").query("location", "").send().await;
    assert!(location.text().contains(">eu-central-1</LocationConstraint>"), "{}", location.text());
    server.add_object("new-bucket", "k", "");
    assert_eq!(Ask::new(&server, "DELETE", "/new-bucket").send().await.error(), (409, "BucketNotEmpty".to_owned()));
    Ask::new(&server, "DELETE", "/new-bucket/k").send().await;
    assert_eq!(Ask::new(&server, "DELETE", "/new-bucket").send().await.status, 204);
    assert_eq!(Ask::new(&server, "GET", "/new-bucket").send().await.error(), (404, "NoSuchBucket".to_owned()));
    assert_eq!(Ask::new(&server, "PUT", "/Not_A_Name").send().await.error(), (400, "InvalidBucketName".to_owned()));
}

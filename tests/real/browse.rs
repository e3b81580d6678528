//! What the browser asks of a store, asked of real ones: listings, facts, tags, versions, and refusals in words.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use daypass::presign::credentials::SigningCredentials;
use daypass::s3::facts::{Tag, VersionKind};
use daypass::s3::failure::{Failure, FailureKind};
use daypass::s3::key_page::{KeyPage, Listed};
use daypass::s3::listing::{Depth, EntityTags, KeysRequest, Resume};
use daypass::s3::location::ObjectId;
use daypass::s3::name::{BucketName, Key, Prefix};
use daypass::s3::payer::Payer;
use daypass::s3::provider::Variant;
use daypass::world::ledger::NoLedger;
use daypass::world::memory::NoMemory;
use daypass::world::open::{self, CredentialSource, LinkSpec, StoreSpec};
use daypass::world::store::Writes;
use daypass::world::wire::{Limits, Trust};
use daypass::world::{Clipboard, Clock, Copy, Nobody, ObjectStore, SystemClock};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

use crate::keys::{awkward_keys, own_limit};
use crate::proven::proves;
use crate::server::{Server, on_each_store};
use crate::table::Cell;

/// A store as the browser opens it, and what runs its questions.
pub(crate) struct Browser {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) runtime: Runtime,
}

pub(crate) fn open(server: &Server) -> Browser {
    open_by(&spec(server))
}

/// The store as a user would choose it.
pub(crate) fn spec(server: &Server) -> StoreSpec {
    let address = server.address();
    StoreSpec {
        name: server.name.to_owned(),
        provider: None,
        endpoint: Some(address.endpoint),
        region: Some(address.region),
        variant: Variant::Usual,
        style: Some(address.style),
        credentials: CredentialSource::Fixed(server.credentials()),
        links: LinkSpec::default(),
        limits: Limits::default(),
        retry: None,
        requests: None,
        trust: Trust::default(),
        writes: Writes::Allowed,
        payer: Payer::Owner,
        inventories: Default::default(),
    }
}

pub(crate) fn open_by(spec: &StoreSpec) -> Browser {
    open_at(spec, Arc::new(SystemClock))
}

/// The same, where this clock goes.
fn open_at(spec: &StoreSpec, clock: Arc<dyn Clock>) -> Browser {
    let runtime = Runtime::new().unwrap();
    let links_dir = env!("CARGO_TARGET_TMPDIR").into();
    let nowhere = Arc::new(Mutex::new(Nowhere));
    let opening = open::open(spec, nowhere, clock, Arc::new(NoLedger), Arc::new(Nobody), Arc::new(NoMemory), links_dir);
    let opened = runtime.block_on(opening).unwrap();
    Browser { store: opened.world.store, runtime }
}

/// Nothing is copied here.
struct Nowhere;

impl Clipboard for Nowhere {
    fn copy(&mut self, _: &str) -> Copy {
        Copy::NotCopied("nothing is copied here".to_owned())
    }
}

impl Browser {
    pub(crate) fn page(&self, request: &KeysRequest) -> Result<KeyPage, Box<Failure>> {
        self.runtime.block_on(self.store.keys(request)).map_err(Box::new)
    }

    /// All pages of what lies below `prefix`.
    fn pages(&self, bucket: &str, prefix: &str) -> Vec<KeyPage> {
        self.pages_of(everything(bucket, prefix))
    }

    fn pages_of(&self, mut request: KeysRequest) -> Vec<KeyPage> {
        let mut pages = Vec::new();
        loop {
            let page = self.page(&request).unwrap_or_else(|failure| panic!("{failure}"));
            let next = page.next.clone();
            pages.push(page);
            match next {
                Some(token) => request.from = Resume::Token(token),
                None => return pages,
            }
        }
    }

    /// All keys, found as a person would: into every prefix, from the root.
    fn walk(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let mut keys = Vec::new();
        for row in self.pages(bucket, prefix).iter().flat_map(KeyPage::iter) {
            match row {
                Listed::Prefix(below) => keys.extend(self.walk(bucket, below)),
                Listed::Object(object) => keys.push(object.key.to_owned()),
            }
        }
        keys
    }
}

pub(crate) fn everything(bucket: &str, prefix: &str) -> KeysRequest {
    let (bucket, prefix) = (bucket_name(bucket), Prefix::new(prefix));
    let (depth, from, etags) = (Depth::Level, Resume::Start, EntityTags::Dropped);
    KeysRequest { bucket, prefix, depth, from, max_keys: 1_000, etags }
}

fn bucket_name(name: &str) -> BucketName {
    BucketName::parse(name).unwrap()
}

pub(crate) fn object(bucket: &str, key: &str) -> ObjectId {
    ObjectId::current(bucket_name(bucket), Key::parse(key).unwrap())
}

fn names(pages: &[KeyPage]) -> Vec<String> {
    pages.iter().flat_map(KeyPage::iter).map(|row| row.name().to_owned()).collect()
}

on_each_store!(a_long_listing_comes_whole_and_in_order_page_by_page);
fn a_long_listing_comes_whole_and_in_order_page_by_page(server: &Server) {
    let bucket = server.with_bucket("paging");
    let files = (0..1_400).map(|n| format!("many/{n:04} größe+.txt"));
    let folded = (0..50).flat_map(|n| ["a", "b"].map(|leaf| format!("many/{n:04} level/{leaf}.txt")));
    let keys: Vec<String> = files.chain(folded).chain(["beside.txt".to_owned()]).collect();
    server.with_objects(bucket, &keys);

    let store = open(server);
    let pages = store.pages(bucket, "many/");
    let rows = names(&pages);
    let mut expected: Vec<String> = (0..1_400).map(|n| format!("many/{n:04} größe+.txt")).collect();
    expected.extend((0..50).map(|n| format!("many/{n:04} level/")));
    expected.sort();
    assert_eq!(rows.len(), expected.len());
    assert_eq!(rows, expected);
    assert!(pages.len() > 1, "one page of {} rows", rows.len());

    let root = names(&store.pages(bucket, ""));
    assert_eq!(root, ["beside.txt", "many/"]);
}

proves!("browse", every_awkward_key_is_found_from_the_root_down);
fn every_awkward_key_is_found_from_the_root_down(server: &Server) -> Cell {
    let bucket = server.with_bucket("walked");
    let mut keys: Vec<String> = awkward_keys().into_iter().filter(|key| own_limit(server, key).is_none()).collect();
    server.with_objects(bucket, &keys);
    keys.sort();
    let mut found = open(server).walk(bucket, "");
    found.sort();
    assert_eq!(found, keys);
    Cell::Tested
}

on_each_store!(a_listing_to_the_end_names_the_same_keys_without_prefixes);
fn a_listing_to_the_end_names_the_same_keys_without_prefixes(server: &Server) {
    let bucket = server.with_bucket("to-the-end");
    let mut keys: Vec<String> = awkward_keys().into_iter().filter(|key| own_limit(server, key).is_none()).collect();
    server.with_objects(bucket, &keys);
    keys.sort();
    let request = KeysRequest { depth: Depth::All, max_keys: 7, ..everything(bucket, "") };
    let mut found = names(&open(server).pages_of(request));
    found.sort();
    assert_eq!(found, keys);
}

proves!("facts", facts_are_what_the_upload_said);
fn facts_are_what_the_upload_said(server: &Server) -> Cell {
    let bucket = server.with_bucket("facts");
    let headers = [("content-type", "application/pdf"), ("x-amz-meta-customer", "4711")];
    let put = server.put(&format!("/{bucket}/a b/ü.pdf"), &headers, b"%PDF-1.7");
    assert!(put.is_success(), "{}", put.text());

    let browser = open(server);
    let facts = browser.runtime.block_on(browser.store.head(&object(bucket, "a b/ü.pdf"))).unwrap();
    assert_eq!(facts.size, Some(8));
    assert_eq!(facts.content_type.as_deref(), Some("application/pdf"));
    assert_eq!(facts.metadata.first(), Some(&("customer".to_owned(), "4711".to_owned())));
    assert_eq!(facts.etag.as_deref(), put.header("etag").map(|etag| etag.trim_matches('"')));
    assert!(facts.modified.is_some());

    let gone = browser.runtime.block_on(browser.store.head(&object(bucket, "a b/u.pdf"))).unwrap_err();
    assert_eq!(gone.kind, FailureKind::NotFound, "{gone}");
    Cell::Tested
}

on_each_store!(buckets_are_listed);
fn buckets_are_listed(server: &Server) {
    let bucket = server.with_bucket("one-of-the-buckets");
    let browser = open(server);
    let listed = browser.runtime.block_on(browser.store.buckets()).unwrap();
    let names: BTreeSet<&str> = listed.buckets.iter().map(|bucket| bucket.name.as_str()).collect();
    assert!(names.contains(bucket), "{names:?}");
}

proves!("tags", tags_are_read_where_the_store_has_them);
fn tags_are_read_where_the_store_has_them(server: &Server) -> Cell {
    let bucket = server.with_bucket("tagged");
    server.with_objects(bucket, &["one.txt".to_owned()]);
    let browser = open(server);
    let read = || browser.runtime.block_on(browser.store.tags(&object(bucket, "one.txt"))).map_err(Box::new);
    let set = b"<Tagging><TagSet><Tag><Key>project</Key><Value>a &amp; b</Value></Tag></TagSet></Tagging>";
    if server.name == "rclone" {
        // It takes no notice of `?tagging`: a PUT of tags would replace the object, and GET answers with it.
        assert!(server.put(&format!("/{bucket}/one.txt"), &[], set).is_success());
        let failure = read().unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotSupported, "{failure}");
        return Cell::Missing;
    }
    let put = server.ask("PUT", &format!("/{bucket}/one.txt"), &[("tagging", "")], set);
    let read = read().unwrap();
    if server.name == "swift" {
        assert_eq!((put.status, read), (501, vec![]), "Swift takes no tags, and answers as if there were none");
        return Cell::Missing;
    }
    assert!(put.is_success(), "{}", put.text());
    assert_eq!(read, [Tag { key: "project".to_owned(), value: "a & b".to_owned() }]);
    Cell::Tested
}

proves!("versions", versions_are_listed_or_said_to_be_missing);
fn versions_are_listed_or_said_to_be_missing(server: &Server) -> Cell {
    let bucket = server.with_bucket("versioned");
    let path = format!("/{bucket}/one.txt");
    let on = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    server.ask("PUT", &format!("/{bucket}"), &[("versioning", "")], on);
    for bytes in [&b"first"[..], b"the second"] {
        assert!(server.ask("PUT", &path, &[], bytes).is_success());
    }
    assert!(server.ask("PUT", &format!("/{bucket}/one.txt.bak"), &[], b"").is_success());
    assert!(server.ask("DELETE", &path, &[], b"").is_success());

    let browser = open(server);
    let read = browser.runtime.block_on(browser.store.versions(&object(bucket, "one.txt")));
    if server.name == "rclone" {
        let failure = read.unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotSupported, "{failure}");
        return Cell::Missing;
    }
    let versions = read.unwrap();
    let sizes: Vec<_> = versions
        .entries
        .iter()
        .map(|entry| match entry.kind {
            VersionKind::Object { size, .. } => Some(size),
            VersionKind::DeleteMarker => None,
        })
        .collect();
    assert_eq!(sizes, [None, Some(10), Some(5)], "newest first, and no other key's");
    assert_eq!(versions.entries.iter().map(|entry| entry.is_latest).collect::<Vec<_>>(), [true, false, false]);

    // What was overwritten and deleted is still there for whoever names the version.
    let first = ObjectId { version: Some(versions.entries[2].id.clone()), ..object(bucket, "one.txt") };
    assert_eq!(browser.runtime.block_on(browser.store.head(&first)).unwrap().size, Some(5));
    Cell::Tested
}

on_each_store!(a_wrong_region_is_put_right);
fn a_wrong_region_is_put_right(server: &Server) {
    let bucket = server.with_bucket("elsewhere");
    server.with_objects(bucket, &["one.txt".to_owned()]);
    let browser = open_by(&StoreSpec { region: Some("mars-north-1".to_owned()), ..spec(server) });
    assert_eq!(browser.walk(bucket, ""), ["one.txt"]);
}

on_each_store!(a_wrong_clock_is_put_right);
fn a_wrong_clock_is_put_right(server: &Server) {
    let bucket = server.with_bucket("clocked");
    server.with_objects(bucket, &["one.txt".to_owned()]);
    for minutes in [-20, 20] {
        let browser = open_at(&spec(server), Arc::new(Off(SignedDuration::from_mins(minutes))));
        assert_eq!(browser.walk(bucket, ""), ["one.txt"], "{minutes} min");
        let facts = browser.runtime.block_on(browser.store.head(&object(bucket, "one.txt")));
        assert_eq!(facts.unwrap().size, Some(0), "{minutes} min");
    }
}

/// A clock that is so far ahead.
struct Off(SignedDuration);

impl Clock for Off {
    fn now(&self) -> Timestamp {
        Timestamp::now() + self.0
    }
}

on_each_store!(wrong_keys_are_refused_in_words);
fn wrong_keys_are_refused_in_words(server: &Server) {
    let bucket = server.with_bucket("refused");
    let unknown = SigningCredentials { access_key_id: "AKIDNOBODY".to_owned(), ..server.credentials() };
    let wrong = SigningCredentials { secret_access_key: "not-the-secret".to_owned().into(), ..server.credentials() };
    for (what, credentials) in [("unknown key", unknown), ("wrong secret", wrong)] {
        let spec = StoreSpec { credentials: CredentialSource::Fixed(credentials), ..spec(server) };
        let failure = open_by(&spec).page(&everything(bucket, "")).unwrap_err();
        let said = failure.to_string();
        assert_eq!(failure.kind, FailureKind::BadCredentials, "{what}: {said}");
        assert!(said.starts_with("cannot list s3://refused/: "), "{what}: {said}");
        assert!(!said.contains("not-the-secret") && !said.contains("Signature="), "{what}: {said}");
    }
}

on_each_store!(who_asks_without_keys_is_told_to_bring_some);
fn who_asks_without_keys_is_told_to_bring_some(server: &Server) {
    let bucket = server.with_bucket("nameless");
    let spec = StoreSpec { credentials: CredentialSource::Anonymous { profile: None }, ..spec(server) };
    let failure = open_by(&spec).page(&everything(bucket, "")).unwrap_err();
    let hints = ["open the store with a key or a profile", "open it with an access key"];
    assert!(hints.iter().any(|hint| failure.hint.starts_with(hint)), "{failure}");
}

on_each_store!(a_bucket_that_is_not_there_is_said_to_be_missing);
fn a_bucket_that_is_not_there_is_said_to_be_missing(server: &Server) {
    let failure = open(server).page(&everything("no-such-bucket", "")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound, "{failure}");
    assert!(failure.to_string().contains("no-such-bucket"), "{failure}");
}

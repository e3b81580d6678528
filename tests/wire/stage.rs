//! What every test needs: a store opened the way the program opens it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use daypass::presign::credentials::SigningCredentials;
use daypass::s3::address::{AddressingStyle, Endpoint};
use daypass::s3::failure::Failure;
use daypass::s3::key_page::KeyPage;
use daypass::s3::listing::{Depth, EntityTags, KeysRequest, Resume};
use daypass::s3::location::ObjectId;
use daypass::s3::name::{BucketName, Key, Prefix};
use daypass::s3::payer::Payer;
use daypass::s3::provider::Variant;
use daypass::world::demo::DemoServer;
use daypass::world::ledger::NoLedger;
use daypass::world::memory::NoMemory;
use daypass::world::open::{CredentialSource, LinkSpec, Opened, StoreSpec, open};
use daypass::world::store::Writes;
use daypass::world::wire::{Limits, Retry, Trust};
use daypass::world::{Clipboard, Clock, Copy, Nobody, ObjectStore, Person, SystemClock};

/// The embedded server as a user would choose it.
pub(crate) fn spec_of(server: &DemoServer) -> StoreSpec {
    let keys = SigningCredentials {
        access_key_id: server.access_key_id().to_owned(),
        secret_access_key: server.secret_access_key().clone(),
        session_token: None,
        expires: None,
        source: "demo".to_owned(),
    };
    spec(&server.endpoint().to_string(), keys)
}

/// Any server, with waits that no test has to sit through.
pub(crate) fn spec(endpoint: &str, keys: SigningCredentials) -> StoreSpec {
    StoreSpec {
        name: "test".to_owned(),
        provider: None,
        endpoint: Some(Endpoint::parse(endpoint).unwrap()),
        region: None,
        variant: Variant::Usual,
        style: Some(AddressingStyle::Path),
        credentials: CredentialSource::Fixed(keys),
        links: LinkSpec::default(),
        limits: Limits {
            connect: Duration::from_secs(1),
            head: Duration::from_millis(500),
            idle: Duration::from_millis(500),
            body: Duration::from_secs(2),
            bytes: 1 << 20,
        },
        retry: Some(Retry {
            attempts: 3,
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_secs(2),
        }),
        requests: None,
        trust: Trust::default(),
        writes: Writes::Allowed,
        payer: Payer::Owner,
        inventories: Default::default(),
    }
}

/// Keys that nobody checks.
pub(crate) fn any_keys() -> SigningCredentials {
    SigningCredentials {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "hidden-secret".to_owned().into(),
        session_token: None,
        expires: None,
        source: "test".to_owned(),
    }
}

/// Opens a store, and with it all of its world.
pub(crate) async fn opened(spec: &StoreSpec) -> Result<Opened, Failure> {
    opened_at(spec, Arc::new(SystemClock), Arc::new(Nobody)).await
}

/// The same, by another clock and with somebody to ask.
pub(crate) async fn opened_at(
    spec: &StoreSpec,
    clock: Arc<dyn Clock>,
    person: Arc<dyn Person>,
) -> Result<Opened, Failure> {
    open(spec, Arc::new(Mutex::new(NoClipboard)), clock, Arc::new(NoLedger), person, Arc::new(NoMemory), PathBuf::new())
        .await
}

/// The store alone.
pub(crate) async fn store(spec: &StoreSpec) -> Arc<dyn ObjectStore> {
    opened(spec).await.unwrap().world.store
}

pub(crate) fn bucket(name: &str) -> BucketName {
    BucketName::parse(name).unwrap()
}

pub(crate) fn object(bucket_name: &str, key: &str) -> ObjectId {
    ObjectId::current(bucket(bucket_name), Key::parse(key).unwrap())
}

/// The question for a page of what lies below `prefix`.
pub(crate) fn below(bucket_name: &str, prefix: &str, max_keys: u16) -> KeysRequest {
    let (bucket, prefix) = (bucket(bucket_name), Prefix::new(prefix));
    let (depth, from, etags) = (Depth::Level, Resume::Start, EntityTags::Kept);
    KeysRequest { bucket, prefix, depth, from, max_keys, etags }
}

/// All pages of a listing.
pub(crate) async fn all_pages(store: &dyn ObjectStore, mut request: KeysRequest) -> Vec<KeyPage> {
    let mut pages = Vec::new();
    loop {
        let page = store.keys(&request).await.unwrap();
        let next = page.next.clone();
        pages.push(page);
        match next {
            Some(token) => request.from = Resume::Token(token),
            None => return pages,
        }
    }
}

struct NoClipboard;

impl Clipboard for NoClipboard {
    fn copy(&mut self, _: &str) -> Copy {
        Copy::NotCopied("a test has no clipboard".to_owned())
    }
}

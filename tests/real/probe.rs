//! Whether a link works, asked of real stores: each refuses in its own words and order, and each fault is named all the same.

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::expiry::Expiry;
use daypass::presign::link::SignedUrl;
use daypass::presign::probe::{Finding, Outcome, Target};
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::sign::sign;
use daypass::s3::address::Address;
use daypass::s3::catalogue::Check;
use daypass::s3::location::ObjectId;
use daypass::s3::name::{BucketName, Key};
use daypass::s3::provider;
use daypass::world::probe::{WireProber, probe};
use daypass::world::wire::{Limits, Trust};
use jiff::{SignedDuration, Timestamp};

use crate::server::{Server, on_each_store};

const METHODS: [Method; 4] = [Method::Get, Method::Head, Method::Put, Method::Delete];

/// Links to one bucket, and what they are signed with.
struct Links<'a> {
    server: &'a Server,
    bucket: &'a str,
    keys: SigningCredentials,
    address: Address,
    signed_at: Timestamp,
}

impl<'a> Links<'a> {
    fn to(server: &'a Server, bucket: &'a str) -> Self {
        let (keys, address) = (server.credentials(), server.address());
        Self { server, bucket, keys, address, signed_at: Timestamp::now() }
    }

    fn target(&self, method: Method, key: &str) -> Target {
        let object = ObjectId::current(BucketName::parse(self.bucket).unwrap(), Key::parse(key).unwrap());
        let mut request = LinkRequest::new(method, object, Expiry::from_seconds(300).unwrap());
        if method == Method::Put {
            request.headers = vec![("Content-Type".to_owned(), "text/plain".to_owned())];
        }
        let signed = |request: &LinkRequest| sign(request, &self.address, &self.keys, self.signed_at).unwrap();
        let link = signed(&request);
        let twin = signed(&LinkRequest { method: Method::Get, headers: Vec::new(), ..request });
        let provider = if self.server.name == "ceph" { "ceph" } else { "custom" };
        Target { twin: Some(twin.url), ..Target::of(&link, provider::by_id(provider).unwrap()) }
    }

    /// What is found out by asking, which changes nothing and gives nothing away.
    fn ask(&self, target: &Target) -> Finding {
        let before = self.server.keys(self.bucket);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let prober = WireProber::new(Limits::default(), &Trust::default(), None);
        let finding = runtime.block_on(probe(&prober, target, Timestamp::now));
        assert_eq!(self.server.keys(self.bucket), before, "{}", self.server.name);
        let shown = format!("{finding:?}");
        for url in [Some(&target.url), target.twin.as_ref()].into_iter().flatten() {
            assert!(!shown.contains(url.expose().split_once("X-Amz-Signature=").unwrap().1), "{shown}");
        }
        finding
    }
}

/// A bucket with an object of five bytes and an empty one.
fn filled<'a>(server: &Server, name: &'a str) -> &'a str {
    let bucket = server.with_bucket(name);
    for (key, bytes) in [("one.txt", "12345"), ("empty", "")] {
        let put = server.put(&format!("/{bucket}/{key}"), &[], bytes.as_bytes());
        assert!(put.is_success(), "{}: {}", server.name, put.text());
    }
    bucket
}

on_each_store!(a_link_to_read_works_and_tells_the_size);
fn a_link_to_read_works_and_tells_the_size(server: &Server) {
    let links = Links::to(server, filled(server, "probe-read"));
    for method in [Method::Get, Method::Head] {
        for (key, size) in [("one.txt", 5), ("empty", 0)] {
            let finding = links.ask(&links.target(method, key));
            assert_eq!(finding.outcome, Outcome::Works { size: Some(size) }, "{method} {key}: {finding:?}");
            assert_eq!((finding.proven.len(), finding.skew_seconds), (Check::ALL.len(), None));
        }
        let gone = links.ask(&links.target(method, "gone"));
        assert_eq!((gone.outcome, gone.failed), (Outcome::Refused, Some(Check::Object)), "{gone:?}");
        assert!(gone.proven.contains(&Check::Signature), "{gone:?}");
    }
}

on_each_store!(a_link_to_upload_or_delete_is_proven_up_to_its_deed);
fn a_link_to_upload_or_delete_is_proven_up_to_its_deed(server: &Server) {
    let links = Links::to(server, filled(server, "probe-write"));
    for method in [Method::Put, Method::Delete] {
        for key in ["one.txt", "new"] {
            let mut target = links.target(method, key);
            let finding = links.ask(&target);
            assert_eq!(finding.outcome, Outcome::WorksAsFarAsCanBeSeen, "{method} {key}: {finding:?}");
            assert_eq!(finding.proven.last(), Some(&Check::Session), "the twin proves the keys: {finding:?}");
            // Those two write down what they saw.
            if ["demo", "swift"].contains(&server.name) {
                assert!(finding.evidence.iter().any(|told| told.contains("exactly as the link")), "{finding:?}");
            }
            target.twin = None;
            let finding = links.ask(&target);
            assert_eq!((finding.outcome, finding.proven.len()), (Outcome::WorksAsFarAsCanBeSeen, 0), "{finding:?}");
        }
    }
}

/// What is wrong with a link, the check that should find it, and how it came to be.
type Fault = (&'static str, Check, fn(&mut Links<'_>));

const FAULTS: [Fault; 5] = [
    ("expired", Check::Alive, |links| links.signed_at -= SignedDuration::from_secs(301)),
    ("dated ahead", Check::Begun, |links| links.signed_at += SignedDuration::from_hours(1)),
    ("another region", Check::Scope, |links| links.address.region = "us-west-2".to_owned()),
    ("an unknown key", Check::AccessKey, |links| links.keys.access_key_id = "AKIDUNKNOWN".to_owned()),
    ("a wrong secret", Check::Signature, |links| links.keys.secret_access_key = "another-secret".to_owned().into()),
];

/// The check that a store names for a fault; `None` where the store serves such links.
fn named_by(server: &Server, check: Check) -> Option<Check> {
    match (server.name, check) {
        ("ceph" | "rclone", Check::Begun | Check::Scope) | ("swift", Check::Begun) => None,
        // For Swift the key that nobody knows is one with another secret.
        ("swift", Check::AccessKey) => Some(Check::Signature),
        _ => Some(check),
    }
}

on_each_store!(each_fault_is_named_whatever_the_method);
fn each_fault_is_named_whatever_the_method(server: &Server) {
    let bucket = filled(server, "probe-fault");
    for (fault, check, make) in FAULTS {
        let mut links = Links::to(server, bucket);
        make(&mut links);
        for method in METHODS {
            let finding = links.ask(&links.target(method, "one.txt"));
            let expected = match (named_by(server, check), method) {
                (Some(check), _) => (Outcome::Refused, Some(check)),
                (None, Method::Get | Method::Head) => (Outcome::Works { size: Some(5) }, None),
                (None, Method::Put | Method::Delete | Method::Post) => (Outcome::WorksAsFarAsCanBeSeen, None),
            };
            assert_eq!((finding.outcome, finding.failed), expected, "{}, {fault}, {method}: {finding:?}", server.name);
        }
    }
}

on_each_store!(one_changed_character_of_the_signature_is_found_out);
fn one_changed_character_of_the_signature_is_found_out(server: &Server) {
    let links = Links::to(server, filled(server, "probe-changed"));
    for method in [Method::Get, Method::Head] {
        let target = links.target(method, "one.txt");
        let (start, last) = target.url.expose().split_at(target.url.expose().len() - 1);
        let changed = SignedUrl::new(format!("{start}{}", if last == "0" { '1' } else { '0' }));
        let finding = links.ask(&Target { url: changed, ..target });
        assert_eq!((finding.outcome, finding.failed), (Outcome::Refused, Some(Check::Signature)), "{finding:?}");
    }
}

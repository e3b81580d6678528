//! Whether a link works, asked of the embedded server, which checks everything a store checks, and of servers that do
//! everything wrong. A link to upload or delete is never used.

use std::fmt::Write;
use std::time::{Duration, Instant};

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::expiry::Expiry;
use daypass::presign::link::{Link, SignedUrl};
use daypass::presign::probe::{Finding, Outcome, Target};
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::sign::sign;
use daypass::s3::address::{Address, AddressingStyle, Endpoint, PlainHttp};
use daypass::s3::catalogue::Check;
use daypass::s3::provider::{self, Provider};
use daypass::world::demo::{DemoOptions, DemoServer, Seed};
use daypass::world::probe::{WireProber, probe};
use daypass::world::wire::Trust;
use jiff::{SignedDuration, Timestamp};

use crate::rogue::{Act, Rogue, answer};
use crate::stage::{all_pages, any_keys, below, object, spec_of, store};

const METHODS: [Method; 4] = [Method::Get, Method::Head, Method::Put, Method::Delete];

/// The embedded server with one object of five bytes and an empty one, and keys for links to it.
struct Stage {
    server: DemoServer,
    keys: SigningCredentials,
    address: Address,
    signed_at: Timestamp,
}

impl Stage {
    async fn new() -> Self {
        let server = DemoServer::start(DemoOptions { seed: Seed::Empty, ..DemoOptions::default() }).await.unwrap();
        server.add_object("bucket", "a b/ü", "12345");
        server.add_object("bucket", "empty", "");
        let keys = SigningCredentials {
            access_key_id: server.access_key_id().to_owned(),
            secret_access_key: server.secret_access_key().clone(),
            ..any_keys()
        };
        let address =
            Address { endpoint: server.endpoint(), region: server.region().to_owned(), style: AddressingStyle::Path };
        Self { server, keys, address, signed_at: Timestamp::now() }
    }

    fn request(&self, method: Method, key: &str) -> LinkRequest {
        LinkRequest::new(method, object("bucket", key), Expiry::from_seconds(300).unwrap())
    }

    fn link(&self, method: Method, key: &str) -> Link {
        self.signed(&self.request(method, key))
    }

    fn signed(&self, request: &LinkRequest) -> Link {
        sign(request, &self.address, &self.keys, self.signed_at).unwrap()
    }

    /// What is found out by asking, and that asking changed nothing.
    async fn ask(&self, target: &Target) -> Finding {
        let before = self.contents().await;
        let seen = self.server.requests().len();
        let finding = ask(target, None).await;
        assert_eq!(self.contents().await, before, "{finding:?}");
        let asked: Vec<_> = self.server.requests().into_iter().skip(seen).collect();
        assert!(asked.iter().all(|request| ["GET", "HEAD"].contains(&request.method.as_str())), "{asked:?}");
        assert_harmless(&finding, target);
        finding
    }

    async fn contents(&self) -> String {
        let store = store(&spec_of(&self.server)).await;
        let mut told = String::new();
        for page in all_pages(&*store, below("bucket", "", 1000)).await {
            write!(told, "{page:?}").unwrap();
        }
        told
    }
}

/// The embedded server goes by Amazon's order.
fn amazon() -> &'static Provider {
    provider::by_id("aws").unwrap()
}

async fn ask(target: &Target, home: Option<Endpoint>) -> Finding {
    let prober = WireProber::new(crate::stage::spec("http://localhost", any_keys()).limits, &Trust::default(), home);
    probe(&prober, target, Timestamp::now).await
}

/// Nothing that lets anybody in is in a finding, however it is written.
fn assert_harmless(finding: &Finding, target: &Target) {
    let shown = format!("{finding:?} {finding:#?} {target:?} {}", serde_json::to_string(finding).unwrap());
    for url in [Some(&target.url), target.twin.as_ref()].into_iter().flatten() {
        let signature = url.expose().split_once("X-Amz-Signature=").unwrap().1;
        assert!(!shown.contains(signature) && !shown.contains("X-Amz-Credential="), "{shown}");
    }
}

fn with_another_signature(link: &Link) -> SignedUrl {
    let url = link.url.expose();
    let (start, last) = url.split_at(url.len() - 1);
    SignedUrl::new(format!("{start}{}", if last == "0" { '1' } else { '0' }))
}

#[tokio::test]
async fn a_link_to_read_works_and_tells_the_size() {
    let stage = Stage::new().await;
    for (key, size) in [("a b/ü", 5), ("empty", 0)] {
        for method in [Method::Get, Method::Head] {
            let finding = stage.ask(&Target::of(&stage.link(method, key), amazon())).await;
            assert_eq!(finding.outcome, Outcome::Works { size: Some(size) }, "{method} {key}: {finding:?}");
            assert_eq!(finding.proven, Check::ALL);
            assert_eq!(finding.asked, [method.as_str()]);
        }
    }
}

#[tokio::test]
async fn a_link_to_upload_or_delete_is_proven_as_far_as_it_goes_and_not_used() {
    let stage = Stage::new().await;
    for (method, key) in [(Method::Put, "a b/ü"), (Method::Put, "new"), (Method::Delete, "a b/ü")] {
        let mut request = stage.request(method, key);
        request.headers = vec![("Content-Type".into(), "text/plain".into()), ("x-amz-meta-case".into(), "4711".into())];
        let mut target = Target::of(&stage.signed(&request), amazon());
        let finding = stage.ask(&target).await;
        assert_eq!(finding.outcome, Outcome::WorksAsFarAsCanBeSeen, "{method} {key}: {finding:?}");
        assert_eq!(finding.proven.last(), Some(&Check::AccessKey));
        assert!(finding.evidence.iter().any(|told| told.contains("exactly as the link says")), "{finding:?}");

        target.twin = Some(stage.link(Method::Get, key).url);
        let finding = stage.ask(&target).await;
        assert_eq!(finding.outcome, Outcome::WorksAsFarAsCanBeSeen);
        assert_eq!(finding.proven.last(), Some(&Check::Session), "the secret key is proven by the twin: {finding:?}");
        assert_eq!(finding.asked, ["GET", "GET"]);
    }
}

#[tokio::test]
async fn a_wrong_secret_is_found_out_for_a_link_that_may_not_be_used() {
    let mut stage = Stage::new().await;
    stage.keys.secret_access_key = "another-secret".to_owned().into();
    let mut target = Target::of(&stage.link(Method::Put, "new"), amazon());
    target.twin = Some(stage.link(Method::Get, "new").url);
    let finding = stage.ask(&target).await;
    assert_eq!((finding.outcome, finding.failed), (Outcome::Refused, Some(Check::Signature)), "{finding:?}");
}

/// A fault, and the check that finds it.
type Fault = (&'static str, Check, fn(&mut Stage));

const FAULTS: [Fault; 5] = [
    ("expired", Check::Alive, |stage| stage.signed_at -= SignedDuration::from_secs(301)),
    ("dated ahead", Check::Begun, |stage| stage.signed_at += SignedDuration::from_hours(1)),
    ("another region", Check::Scope, |stage| stage.address.region = "us-west-2".to_owned()),
    ("an unknown key", Check::AccessKey, |stage| stage.keys.access_key_id = "AKIDUNKNOWN".to_owned()),
    ("a wrong secret", Check::Signature, |stage| stage.keys.secret_access_key = "another-secret".to_owned().into()),
];

#[tokio::test]
async fn each_fault_is_named_whatever_the_method() {
    for (fault, check, make) in FAULTS {
        let mut stage = Stage::new().await;
        make(&mut stage);
        for method in METHODS {
            let finding = stage.ask(&Target::of(&stage.link(method, "a b/ü"), amazon())).await;
            if check == Check::Signature && matches!(method, Method::Put | Method::Delete) {
                // Without a twin nobody can know.
                assert_eq!(finding.outcome, Outcome::WorksAsFarAsCanBeSeen, "{fault}, {method}");
                continue;
            }
            assert_eq!(
                (finding.outcome, finding.failed),
                (Outcome::Refused, Some(check)),
                "{fault}, {method}: {finding:?}"
            );
            assert!(finding.proven.iter().all(|proven| *proven < check), "{finding:?}");
            assert!(!finding.cause.is_empty() && !finding.fix.is_empty(), "{finding:?}");
        }
    }
}

#[tokio::test]
async fn the_store_names_the_right_region_and_the_times_it_compared() {
    let mut stage = Stage::new().await;
    stage.address.region = "us-west-2".to_owned();
    let finding = stage.ask(&Target::of(&stage.link(Method::Put, "new"), amazon())).await;
    assert_eq!(finding.region.as_deref(), Some("eu-central-1"), "{finding:?}");
    assert_eq!(finding.request_id.as_deref().map(str::is_empty), Some(false));

    let mut stage = Stage::new().await;
    stage.signed_at = "2026-01-01T00:00:00Z".parse().unwrap();
    let finding = stage.ask(&Target::of(&stage.link(Method::Get, "new"), amazon())).await;
    assert!(
        finding.evidence.iter().any(|told| told.starts_with("It ended at 2026-01-01 00:05:00 UTC;")),
        "{finding:?}"
    );
}

#[tokio::test]
async fn one_changed_character_of_the_signature_is_found_out() {
    let stage = Stage::new().await;
    for method in [Method::Get, Method::Head] {
        let link = stage.link(method, "a b/ü");
        let target = Target { url: with_another_signature(&link), ..Target::of(&link, amazon()) };
        let finding = stage.ask(&target).await;
        assert_eq!((finding.outcome, finding.failed), (Outcome::Refused, Some(Check::Signature)), "{finding:?}");
        assert_eq!(finding.proven.last(), Some(&Check::AccessKey));
    }
}

#[tokio::test]
async fn a_missing_object_proves_the_link_genuine() {
    let stage = Stage::new().await;
    for method in [Method::Get, Method::Head] {
        let finding = stage.ask(&Target::of(&stage.link(method, "gone"), amazon())).await;
        assert_eq!((finding.outcome, finding.failed), (Outcome::Refused, Some(Check::Object)), "{finding:?}");
        assert!(finding.proven.contains(&Check::Signature) && finding.summary.contains("genuine"), "{finding:?}");
    }
}

#[tokio::test]
async fn a_header_that_has_to_be_sent_and_is_not_known_is_asked_for() {
    let stage = Stage::new().await;
    for method in [Method::Get, Method::Put] {
        let mut request = stage.request(method, "a b/ü");
        request.headers = vec![("x-amz-meta-case".into(), "4711".into())];
        let target = Target { headers: Vec::new(), ..Target::of(&stage.signed(&request), amazon()) };
        let finding = stage.ask(&target).await;
        assert_eq!(finding.outcome, Outcome::WorksAsFarAsCanBeSeen, "{finding:?}");
        assert!(finding.evidence.iter().any(|told| told.contains("has to send x-amz-meta-case")), "{finding:?}");
    }
}

#[tokio::test]
async fn a_link_of_unknown_method_is_tried_for_reading_only() {
    let stage = Stage::new().await;
    for (method, outcome) in [
        (Method::Get, Outcome::Works { size: Some(5) }),
        (Method::Head, Outcome::Works { size: Some(5) }),
        (Method::Put, Outcome::Refused),
        (Method::Delete, Outcome::Refused),
    ] {
        let target = Target { method: None, ..Target::of(&stage.link(method, "a b/ü"), amazon()) };
        let finding = stage.ask(&target).await;
        assert_eq!(finding.outcome, outcome, "{method}: {finding:?}");
        let told =
            if outcome == Outcome::Refused { "one to upload or delete".to_owned() } else { format!("a {method} link") };
        assert!(finding.evidence.iter().any(|evidence| evidence.contains(&told)), "{finding:?}");
    }
}

/// A link to a server that is none, for which the keys do not matter.
fn link_to(endpoint: &str, method: Method) -> Target {
    let endpoint = Endpoint::parse(endpoint).unwrap().with_plain_http(PlainHttp::Anywhere);
    let address = Address { endpoint, region: "us-east-1".to_owned(), style: AddressingStyle::Path };
    let request = LinkRequest::new(method, object("bucket", "key"), Expiry::DEFAULT);
    Target::of(&sign(&request, &address, &any_keys(), Timestamp::now()).unwrap(), amazon())
}

/// What is found out about a server that acts so; soon, whatever it does.
async fn found(method: Method, act: impl Fn(usize) -> Act + Send + Sync + 'static) -> (Finding, Vec<String>) {
    let rogue = Rogue::start(act).await;
    let target = link_to(&rogue.endpoint, method);
    let begun = Instant::now();
    let finding = ask(&target, None).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{finding:?}");
    assert_harmless(&finding, &target);
    (finding, rogue.asked())
}

#[tokio::test]
async fn the_link_is_asked_byte_for_byte_and_without_credentials() {
    let rogue = Rogue::start(|_| answer("403 Forbidden", &[], "")).await;
    let odd = format!("{}/bucket//a/../b%2Fc%20+~?b=%7e&a&X-Amz-Signature=00#end", rogue.endpoint);
    let target = Target { url: SignedUrl::new(odd), ..link_to(&rogue.endpoint, Method::Get) };
    ask(&target, None).await;
    let [asked] = &rogue.asked()[..] else { panic!("{:?}", rogue.asked()) };
    assert!(asked.starts_with("GET /bucket//a/../b%2Fc%20+~?b=%7e&a&X-Amz-Signature=00 HTTP/1.1\r\n"), "{asked}");
    assert!(!asked.to_lowercase().contains("authorization"), "{asked}");
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let elsewhere = Rogue::start(|_| answer("200 OK", &[("ETag", "\"e\"")], "x")).await;
    let location = format!("{}/login?from=https%3A%2F%2Fsecret", elsewhere.endpoint);
    let (finding, asked) = found(Method::Get, move |_| answer("302 Found", &[("Location", &location)], "")).await;
    assert_eq!(finding.outcome, Outcome::NotTheStore);
    assert!(finding.evidence.iter().any(|told| told.contains("127.0.0.1") && !told.contains("secret")), "{finding:?}");
    assert_eq!((asked.len(), elsewhere.asked().len()), (1, 0));
}

#[tokio::test]
async fn a_body_without_end_or_in_drops_is_left_and_its_head_is_heard() {
    let head = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 99999999\r\n\r\n";
    let (finding, _) = found(Method::Get, move |_| Act::SayAndHang(head.as_bytes().to_vec())).await;
    assert_eq!(finding.outcome, Outcome::Works { size: Some(99_999_999) }, "{finding:?}");

    let mut flood = head.as_bytes().to_vec();
    flood.resize(8 << 20, b'x');
    let (finding, _) = found(Method::Get, move |_| Act::SayAndHang(flood.clone())).await;
    assert_eq!(finding.outcome, Outcome::Works { size: Some(99_999_999) });

    let cut = "HTTP/1.1 403 Forbidden\r\nContent-Length: 999\r\n\r\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message><Req";
    let (finding, _) = found(Method::Put, move |_| Act::Say(cut.as_bytes().to_vec())).await;
    assert_eq!(finding.failed, Some(Check::Alive), "{finding:?}");
}

#[tokio::test]
async fn silence_noise_and_nobody_end_in_no_answer() {
    for act in [
        || Act::SayAndHang(Vec::new()),
        || Act::Say(b"\x15\x03\x01garbage\r\n\r\n".to_vec()),
        || Act::Say(Vec::new()),
        || Act::Reset,
    ] {
        let (finding, _) = found(Method::Get, move |_| act()).await;
        assert_eq!(finding.outcome, Outcome::Unreachable, "{finding:?}");
        assert!(!finding.cause.is_empty() && !finding.fix.is_empty(), "{finding:?}");
    }
    let finding = ask(&link_to("http://127.0.0.1:9", Method::Get), None).await;
    assert_eq!(finding.outcome, Outcome::Unreachable, "{finding:?}");
}

#[tokio::test]
async fn a_login_page_is_no_working_link_whatever_its_status() {
    const PAGE: &str = "<!DOCTYPE html><html><body>Sign in</body></html>";
    for status in ["200 OK", "403 Forbidden", "404 Not Found", "511 Network Authentication Required"] {
        for method in METHODS {
            let (finding, _) = found(method, move |_| answer(status, &[("Content-Type", "text/html")], PAGE)).await;
            assert_eq!(finding.outcome, Outcome::NotTheStore, "{status} {method}: {finding:?}");
        }
    }
}

#[tokio::test]
async fn a_link_without_tls_is_asked_on_this_machine_or_where_the_settings_allow_it() {
    let target = link_to("http://192.0.2.1:9", Method::Get);
    let finding = ask(&target, None).await;
    assert_eq!(finding.outcome, Outcome::Unreachable);
    assert!(finding.cause.contains("not encrypted") && finding.fix.contains("https://"), "{finding:?}");
    let elsewhere = Endpoint::parse("http://192.0.2.2:9").unwrap().with_plain_http(PlainHttp::Anywhere);
    assert!(ask(&target, Some(elsewhere)).await.cause.contains("not encrypted"));
    let home = Endpoint::parse("http://192.0.2.1:9").unwrap();
    assert!(ask(&target, Some(home.clone())).await.cause.contains("not encrypted"));
    let allowed = ask(&target, Some(home.with_plain_http(PlainHttp::Anywhere))).await;
    assert!(!allowed.cause.contains("not encrypted"), "{allowed:?}");
}

#[tokio::test]
async fn what_is_no_url_is_not_sent() {
    for none in ["", "not a url", "ftp://host/x?X-Amz-Signature=1", "https://user@host/x", "https://", "/x?y"] {
        let target = Target { url: SignedUrl::new(none.to_owned()), ..link_to("http://127.0.0.1:9", Method::Get) };
        let finding = ask(&target, None).await;
        assert_eq!(finding.outcome, Outcome::Unreachable, "{none}");
        assert!(finding.cause.contains("no URL"), "{finding:?}");
    }
}

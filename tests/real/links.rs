//! What a link promises of its lifetime, its sender and its address, kept by stores that verify it.

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::expiry::Expiry;
use daypass::presign::link::LimitedBy;
use daypass::presign::options::{Creation, Upload};
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::rules::Rules;
use daypass::presign::sign::sign;
use daypass::s3::address::Address;
use jiff::{SignedDuration, Timestamp};

use crate::ask::{Ask, localhost};
use crate::curl::Call;
use crate::kinds::upload_request;
use crate::misuse::{Wrong, other, refused};
use crate::proven::proves;
use crate::server::{Server, on_each_store};
use crate::table::Cell;

proves!("get", a_link_works_to_its_end_and_not_a_second_longer);
fn a_link_works_to_its_end_and_not_a_second_longer(server: &Server) -> Cell {
    let ask = Ask::new(server, server.with_bucket("late"), "one.txt");
    let get = |seconds, ago| Call::get(ask.old_link(Method::Get, seconds, ago)).send();
    let put = Call::upload(ask.old_link(Method::Put, 90, 60), "before").send();
    assert!(put.is_success(), "half a minute before its end");
    assert_eq!(get(90, 60).body, b"before", "half a minute before its end");
    assert_eq!(get(604_800, 5).body, b"before", "the longest life");
    assert_eq!(get(60, 61).status, refused(server, &Wrong::Late));
    Cell::Tested
}

on_each_store!(an_upload_that_breaks_its_word_is_refused_as_far_as_the_store_looks);
fn an_upload_that_breaks_its_word_is_refused_as_far_as_the_store_looks(server: &Server) {
    let bucket = server.with_bucket("words");
    let own = Upload::default;
    let encryption = ("x-amz-server-side-encryption".to_owned(), "AES256".to_owned());
    let table = [
        ("another MD5", Upload { md5: Some("5d41402abc4b2a76b9719d911017c592".to_owned()), ..own() }),
        ("another SHA-256", Upload { sha256: Some("0".repeat(64)), ..own() }),
        ("create-only", Upload { creation: Creation::Only, ..own() }),
        ("encrypted", Upload { headers: vec![encryption], ..own() }),
    ];
    for (key, upload) in table {
        let ask = Ask::new(server, bucket, key);
        assert!(ask.put(b"before").send().is_success());
        let sent = ask.call(&upload_request(&ask, &upload), Timestamp::now(), b"after").send();
        let due = match (server.name, key) {
            (_, "another MD5") => 400,
            ("demo", "another SHA-256") => 400,
            (_, "another SHA-256") => 200, // Ceph 16, Swift 2.30 and rclone do not know checksum headers
            ("rclone", "create-only") => 200, // it does not know conditions
            ("swift", "create-only") => 501,
            (_, "create-only") => 412,
            ("ceph", "encrypted") => 400, // Ceph 16 has no keys of its own
            ("swift", "encrypted") => 501,
            _ => 200,
        };
        assert_eq!(sent.status, due, "{key}: {}", sent.text());
        let kept: &[u8] = if sent.is_success() { b"after" } else { b"before" };
        assert_eq!(ask.get().send().body, kept, "{key}");
    }
    if server.name == "demo" {
        let head = Ask::new(server, bucket, "encrypted").head().send();
        assert_eq!(head.header("x-amz-server-side-encryption"), Some("AES256"));
    }
}

on_each_store!(metadata_that_the_link_does_not_bind_is_refused);
fn metadata_that_the_link_does_not_bind_is_refused(server: &Server) {
    let ask = Ask::new(server, server.with_bucket("unbound"), "one.txt");
    let put = ask.put(b"bytes").with_header("x-amz-meta-customer: 4711").send();
    // Ceph stores whatever metadata comes along.
    let (status, kept) = if server.name == "ceph" { (200, Some("4711")) } else { (403, None) };
    assert_eq!((put.status, ask.head().send().header("x-amz-meta-customer")), (status, kept), "{}", put.text());
}

on_each_store!(a_link_of_the_public_endpoint_works_there);
fn a_link_of_the_public_endpoint_works_there(server: &Server) {
    let ask = Ask::new(server, server.with_bucket("public"), "a b/ü.txt");
    let rules = Rules { public_endpoint: Some(localhost(server)), ..Rules::default() };
    let public = Ask { address: rules.address(&server.address()), ..ask };
    assert!(public.put(b"some bytes").url.starts_with("http://localhost:"));
    assert!(public.put(b"some bytes").send().is_success());
    assert_eq!(public.get().send().body, b"some bytes");

    // The host is signed: the browsed endpoint does not take it.
    let elsewhere = public.link(Method::Get).replacen("localhost", "127.0.0.1", 1);
    assert_eq!(Call::get(elsewhere).send().status, refused(server, &Wrong::Signature));
}

on_each_store!(a_stable_link_stays_the_same_through_its_window_and_works);
fn a_stable_link_stays_the_same_through_its_window_and_works(server: &Server) {
    let ask = Ask::new(server, server.with_bucket("stable"), "one.txt");
    assert!(ask.put(b"some bytes").send().is_success());
    let request = LinkRequest { stable: Some(Expiry::HOUR), ..ask.request(Method::Get, 300) };
    let now = Timestamp::now();
    let begun = Timestamp::from_second(now.as_second() - now.as_second() % 3_600).unwrap();
    let links = [begun, now, begun + SignedDuration::from_secs(3_599)].map(|at| ask.signed(&request, at));
    for link in &links {
        assert_eq!((&link.url, link.ends_at), (&links[0].url, begun + SignedDuration::from_secs(3_900)));
    }
    assert_eq!(Call::get(links[1].url.expose()).send().body, b"some bytes");
    let next = ask.signed(&request, begun + SignedDuration::from_secs(3_600));
    assert!(next.url != links[0].url, "the next window has a link of its own");
}

on_each_store!(a_link_says_when_its_credentials_end_before_it);
fn a_link_says_when_its_credentials_end_before_it(server: &Server) {
    let ask = Ask::new(server, server.with_bucket("ending"), "one.txt");
    assert!(ask.put(b"some bytes").send().is_success());
    let now = Timestamp::now();
    let end = now + SignedDuration::from_secs(240);
    let credentials = SigningCredentials { expires: Some(end), ..server.credentials() };
    let link = sign(&ask.request(Method::Get, 3_600), &ask.address, &credentials, now).unwrap();
    assert_eq!((link.ends_at, link.limited_by), (end, LimitedBy::Credentials));
    assert_eq!(link.expires_in, Expiry::HOUR, "what is signed is what was asked for");
    assert_eq!(Call::get(link.url.expose()).send().body, b"some bytes");
}

/// The embedded store, Swift and rclone have no temporary credentials.
#[test]
fn a_link_of_temporary_credentials_carries_its_token_and_works_with_no_other() {
    let Some(server) = Server::ceph() else { return };
    let ask = Ask::new(server, server.with_bucket("temporary"), "one.txt");
    assert!(ask.put(b"some bytes").send().is_success());
    let ask = Ask { address: Address { endpoint: server.session_endpoint(), ..server.address() }, ..ask };
    let now = Timestamp::now();
    let credentials = server.temporary_credentials();
    let end = credentials.expires.unwrap();
    let link = sign(&ask.request(Method::Get, 3_600), &ask.address, &credentials, now).unwrap();
    assert_eq!((link.ends_at, link.limited_by), (end, LimitedBy::Credentials));
    assert!(end < now + SignedDuration::from_mins(16), "{end} is not in a quarter of an hour");

    let url = link.url.expose();
    assert_eq!(Call::get(url).send().body, b"some bytes");
    let (before, token) = url.split_once("&X-Amz-Security-Token=").unwrap();
    let (token, after) = token.split_once('&').unwrap();
    let another = format!("{before}&X-Amz-Security-Token={}&{after}", with_first_changed(token));
    assert_eq!(Call::get(format!("{before}&{after}")).send().status, 403);
    // It is no token at all, or one that opens to nothing it knows.
    assert!(matches!(Call::get(another).send().status, 400 | 403));
}

fn with_first_changed(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(other).into_iter().chain(characters).collect()
}

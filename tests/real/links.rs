//! Links that daypass signs, used by `curl` as people use them, against stores that verify them.
//!
//! What must be refused is refused by the store's own check, and the object is looked at afterwards.

use daypass::presign::expiry::Expiry;
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::sign::sign;
use daypass::s3::address::{Address, AddressingStyle, Endpoint};
use daypass::s3::location::ObjectId;
use daypass::s3::name::{BucketName, Key};
use jiff::{SignedDuration, Timestamp};

use crate::curl::{get, head, upload, upload_with};
use crate::keys::{awkward_keys, own_limit};
use crate::server::{Server, on_each_store};

/// The statuses with which each store refuses, which differ.
fn refused(server: &Server, why: &str) -> u16 {
    match (server.name, why) {
        ("rclone", "too late" | "not a path") => 400,
        _ => 403,
    }
}

/// A request for a link to one object, and what it is signed with.
struct Ask<'a> {
    server: &'a Server,
    bucket: &'a str,
    key: &'a str,
}

impl Ask<'_> {
    fn request(&self, method: Method, seconds: u64) -> LinkRequest {
        let object = ObjectId::current(BucketName::parse(self.bucket).unwrap(), Key::parse(self.key).unwrap());
        LinkRequest::new(method, object, Expiry::from_seconds(seconds).unwrap())
    }

    fn signed(&self, request: &LinkRequest, address: &Address, at: Timestamp) -> String {
        sign(request, address, &self.server.credentials(), at).unwrap().url.expose().to_owned()
    }

    /// A link that works from now on.
    fn link(&self, method: Method) -> String {
        self.signed(&self.request(method, 300), &self.server.address(), Timestamp::now())
    }

    /// A link of `seconds` that was signed so long `ago`.
    fn old_link(&self, method: Method, seconds: u64, ago: i64) -> String {
        let at = Timestamp::now() - SignedDuration::from_secs(ago);
        self.signed(&self.request(method, seconds), &self.server.address(), at)
    }
}

on_each_store!(every_awkward_key_is_uploaded_and_fetched_by_links);
fn every_awkward_key_is_uploaded_and_fetched_by_links(server: &Server) {
    let bucket = server.with_bucket("awkward");
    let mut taken = Vec::new();
    for key in awkward_keys() {
        let ask = Ask { server, bucket, key: &key };
        let bytes = format!("the bytes of {key}").into_bytes();
        let put = upload(&ask.link(Method::Put), &bytes);
        if let Some(why) = own_limit(server, &key) {
            assert_eq!(put.status, refused(server, "not a path"), "{key:?} was taken after all: {why}");
            continue;
        }
        assert!(put.is_success(), "PUT {key:?}: {} {}", put.status, put.text());
        let got = get(&ask.link(Method::Get));
        assert_eq!((got.status, &got.body), (200, &bytes), "GET {key:?}");
        let facts = head(&ask.link(Method::Head));
        assert_eq!(facts.status, 200, "HEAD {key:?}");
        assert_eq!(facts.header("content-length"), Some(&*bytes.len().to_string()), "HEAD {key:?}");
        taken.push(key);
    }
    // The store itself names them byte for byte: two equal mistakes, in the upload's link and in the other, would show here.
    taken.sort();
    assert_eq!(server.keys(bucket), taken);
}

on_each_store!(a_changed_link_is_refused_and_changes_nothing);
fn a_changed_link_is_refused_and_changes_nothing(server: &Server) {
    let bucket = server.with_bucket("changed");
    let ask = Ask { server, bucket, key: "one.txt" };
    let neighbour = Ask { server, bucket, key: "two.txt" };
    assert!(upload(&ask.link(Method::Put), b"before").is_success());
    assert!(upload(&neighbour.link(Method::Put), b"before").is_success());

    let (fetch, put) = (ask.link(Method::Get), ask.link(Method::Put));
    assert!(fetch.find("X-Amz-Signature=") > fetch.find("X-Amz-Expires="), "the signature is no longer last");
    let signature = |url: &str| {
        let (start, last) = url.split_at(url.len() - 1);
        format!("{start}{}", if last == "0" { '1' } else { '0' })
    };
    let key = |url: &str| url.replacen("/one.txt", "/two.txt", 1);
    let lifetime = |url: &str| url.replacen("X-Amz-Expires=300", "X-Amz-Expires=301", 1);
    let content_type =
        |url: &str| url.replacen("X-Amz-Signature=", "response-content-type=text%2Fhtml&X-Amz-Signature=", 1);
    for (what, get_link, put_link) in [
        ("signature", signature(&fetch), signature(&put)),
        ("key", key(&fetch), key(&put)),
        ("lifetime", lifetime(&fetch), lifetime(&put)),
        ("content type", content_type(&fetch), content_type(&put)),
    ] {
        assert!(get_link != fetch && put_link != put, "no {what} was found to change");
        assert_eq!(get(&get_link).status, refused(server, what), "GET with another {what}");
        assert_eq!(upload(&put_link, b"after").status, refused(server, what), "PUT with another {what}");
    }
    for object in [&ask, &neighbour] {
        assert_eq!(get(&object.link(Method::Get)).body, b"before", "{}", object.key);
    }
}

on_each_store!(a_link_works_to_its_end_and_not_a_second_longer);
fn a_link_works_to_its_end_and_not_a_second_longer(server: &Server) {
    let ask = Ask { server, bucket: server.with_bucket("late"), key: "one.txt" };
    assert!(upload(&ask.old_link(Method::Put, 90, 60), b"before").is_success(), "half a minute before its end");
    assert_eq!(get(&ask.old_link(Method::Get, 90, 60)).body, b"before", "half a minute before its end");
    assert_eq!(get(&ask.old_link(Method::Get, 604_800, 5)).body, b"before", "the longest life");

    let too_late = refused(server, "too late");
    assert_eq!(get(&ask.old_link(Method::Get, 60, 61)).status, too_late);
    assert_eq!(head(&ask.old_link(Method::Head, 60, 61)).status, too_late);
    assert_eq!(upload(&ask.old_link(Method::Put, 60, 61), b"after").status, too_late);
    assert_eq!(get(&ask.link(Method::Get)).body, b"before");
}

on_each_store!(a_link_is_good_for_one_method);
fn a_link_is_good_for_one_method(server: &Server) {
    let ask = Ask { server, bucket: server.with_bucket("method"), key: "one.txt" };
    assert!(upload(&ask.link(Method::Put), b"before").is_success());

    let wrong = refused(server, "another method");
    assert_eq!(get(&ask.link(Method::Put)).status, wrong, "GET by a PUT link");
    assert_eq!(upload(&ask.link(Method::Get), b"after").status, wrong, "PUT by a GET link");
    assert_eq!(upload(&ask.link(Method::Head), b"after").status, wrong, "PUT by a HEAD link");
    assert_eq!(get(&ask.link(Method::Delete)).status, wrong, "GET by a DELETE link");
    assert_eq!(get(&ask.link(Method::Get)).body, b"before");
}

on_each_store!(an_upload_link_holds_the_sender_to_its_content_type);
fn an_upload_link_holds_the_sender_to_its_content_type(server: &Server) {
    let ask = Ask { server, bucket: server.with_bucket("bound"), key: "one.pdf" };
    let mut request = ask.request(Method::Put, 300);
    request.headers.push(("Content-Type".to_owned(), "application/pdf".to_owned()));
    let link = ask.signed(&request, &server.address(), Timestamp::now());

    let wrong = refused(server, "another type");
    assert_eq!(upload_with(&link, b"after", "Content-Type: text/html").status, wrong);
    assert_eq!(upload_with(&link, b"after", "Content-Type:").status, wrong, "without the header");
    let put = upload_with(&link, b"%PDF-1.7", "Content-Type: application/pdf");
    assert!(put.is_success(), "{}", put.text());
    assert_eq!(head(&ask.link(Method::Head)).header("content-type"), Some("application/pdf"));
}

#[test]
fn a_link_may_name_the_bucket_in_the_host() {
    for server in [Server::demo(), Server::ceph(), Server::swift()].into_iter().flatten() {
        let ask = Ask { server, bucket: server.with_bucket("in-the-host"), key: "a b/ü.txt" };
        assert!(upload(&ask.link(Method::Put), b"some bytes").is_success());
        let address = Address {
            // curl sends every name below localhost to this machine.
            endpoint: Endpoint::parse(&server.endpoint.replace("127.0.0.1", "localhost")).unwrap(),
            style: AddressingStyle::Virtual,
            ..server.address()
        };
        let link = ask.signed(&ask.request(Method::Get, 300), &address, Timestamp::now());
        assert!(link.starts_with("http://in-the-host.localhost:"), "the bucket is not in the host");
        assert_eq!(get(&link).body, b"some bytes", "{}", server.name);
    }
}

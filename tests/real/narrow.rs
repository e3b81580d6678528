//! Keys that may do little, as the servers here can make them: what they may they can do with daypass, and what they lack is named.

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::request::Method;
use daypass::presign::rules::Rules;
use daypass::presign::sign::Signer;
use daypass::s3::failure::{Failure, FailureKind};
use daypass::world::demo::Rights;
use daypass::world::open::{CredentialSource, StoreSpec};
use jiff::Timestamp;

use crate::ask::Ask;
use crate::browse::{everything, object, open_by, spec};
use crate::curl::Call;
use crate::proven::proves;
use crate::server::Server;
use crate::table::Cell;

const BUCKET: &str = "narrow";
/// Which the key may not see.
const OTHER: &str = "narrow-other";

/// A key, and what the keys begin with that it may list and read in the bucket.
struct Narrow {
    keys: SigningCredentials,
    prefix: &'static str,
}

/// `None` where all keys may do the same.
fn narrow(server: &Server) -> Option<Narrow> {
    if let Some(embedded) = server.embedded() {
        let rights = Rights { bucket: Some(BUCKET.to_owned()), prefix: "in/".to_owned(), ..Rights::default() };
        let (access_key_id, secret_access_key) = embedded.add_key("mira", rights).unwrap();
        let keys = SigningCredentials { access_key_id, secret_access_key, ..server.credentials() };
        return Some(Narrow { keys, prefix: "in/" });
    }
    if let Some(keys) = server.ceph_user("guest") {
        let set = server.ask("PUT", &format!("/{BUCKET}"), &[("policy", "")], POLICY.as_bytes());
        assert!(set.is_success(), "{}", set.text());
        return Some(Narrow { keys, prefix: "in/" });
    }
    if server.name == "swift" {
        let (access_key_id, secret_access_key) = ("test:guest".to_owned(), "guesting".to_owned().into());
        let keys = SigningCredentials { access_key_id, secret_access_key, ..server.credentials() };
        return Some(Narrow { keys, prefix: "" });
    }
    None
}

/// What Ceph lets its user `guest` do: list and read what begins with `in/`.
const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/guest"]}, "Action": ["s3:GetObject"],
     "Resource": ["arn:aws:s3:::narrow/in/*"]},
    {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/guest"]}, "Action": ["s3:ListBucket"],
     "Resource": ["arn:aws:s3:::narrow"], "Condition": {"StringLike": {"s3:prefix": ["in/*"]}}}]}"#;

proves!("narrow", a_key_for_one_place_opens_it_and_no_other);
fn a_key_for_one_place_opens_it_and_no_other(server: &Server) -> Cell {
    // Swift lists the readers of whole buckets, from their first day on.
    let readers: &[_] = if server.name == "swift" { &[("x-container-read", "test:guest")] } else { &[] };
    let made = server.ask_with("PUT", &format!("/{BUCKET}"), readers);
    assert!(made.is_success(), "{}", made.text());
    server.with_bucket(OTHER);
    for bucket in [BUCKET, OTHER] {
        server.with_objects(bucket, &["in/one.txt".to_owned(), "out/two.txt".to_owned()]);
    }
    let Some(Narrow { keys, prefix }) = narrow(server) else { return Cell::Missing };
    let browser = open_by(&StoreSpec { credentials: CredentialSource::Fixed(keys.clone()), ..spec(server) });
    let head = |bucket, key| browser.runtime.block_on(browser.store.head(&object(bucket, key))).map_err(Box::new);

    let allowed = browser.page(&everything(BUCKET, "in/")).unwrap();
    assert_eq!(allowed.iter().map(|row| row.name().to_owned()).collect::<Vec<_>>(), ["in/one.txt"]);
    assert_eq!(head(BUCKET, "in/one.txt").unwrap().size, Some(0));
    assert_eq!(by_link(server, &keys, BUCKET, "in/one.txt"), 200);

    // Ceph shows everybody the list of their own buckets, and this user has none.
    match browser.runtime.block_on(browser.store.buckets()) {
        Ok(buckets) => assert_eq!((server.name, buckets.buckets.len()), ("ceph", 0)),
        Err(failure) => names(&failure, "`s3:ListAllMyBuckets`"),
    }
    names(&browser.page(&everything(OTHER, "in/")).unwrap_err(), &format!("`s3:ListBucket` on arn:aws:s3:::{OTHER}"));
    names(&head(OTHER, "in/one.txt").unwrap_err(), &format!("`s3:GetObject` on arn:aws:s3:::{OTHER}/in/one.txt"));
    assert_eq!(by_link(server, &keys, OTHER, "in/one.txt"), 403);
    if !prefix.is_empty() {
        let root = browser.page(&everything(BUCKET, "")).unwrap_err();
        names(&root, &format!("`s3:ListBucket` on arn:aws:s3:::{BUCKET}"));
        assert!(root.hint.contains("limited to a prefix can go there alone"), "{root}");
        names(&head(BUCKET, "out/two.txt").unwrap_err(), "`s3:GetObject`");
        assert_eq!(by_link(server, &keys, BUCKET, "out/two.txt"), 403);
    }
    Cell::Tested
}

/// A refusal that says which permission would be needed.
fn names(failure: &Failure, permission: &str) {
    assert_eq!(failure.kind, FailureKind::Forbidden, "{failure}");
    assert!(failure.to_string().contains(permission), "{permission} is not named: {failure}");
}

/// The status that a link to download meets, which these keys signed.
fn by_link(server: &Server, keys: &SigningCredentials, bucket: &str, key: &str) -> u16 {
    let ask = Ask::new(server, bucket, key);
    let mut signer = Signer::new(server.address(), keys.clone(), Rules::default());
    let link = signer.sign(&ask.request(Method::Get, 300), Timestamp::now()).unwrap();
    Call::get(link.url.expose()).send().status
}

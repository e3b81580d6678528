//! A store that is asked without credentials, as anyone can.

use daypass::presign::expiry::Expiry;
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::reuse::Freshness;
use daypass::s3::failure::FailureKind;
use daypass::world::links;
use daypass::world::open::{CredentialSource, StoreSpec};

use crate::cloud::Cloud;
use crate::stage::{any_keys, below, object, opened, spec};

/// A store that lets anyone list one bucket, and has no ear for signatures.
fn open_data() -> Cloud {
    Cloud::start(|_, asked| match (asked.header("authorization"), asked.target.split('?').next()) {
        ("", Some("/open/")) => {
            let row = "<Contents><Key>a b.csv</Key><Size>3</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>";
            (200, format!("<ListBucketResult><EncodingType>none</EncodingType>{row}</ListBucketResult>"))
        }
        _ => (403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>".to_owned()),
    })
}

fn nobody(cloud: &Cloud) -> StoreSpec {
    StoreSpec { credentials: CredentialSource::Anonymous { profile: None }, ..spec(&cloud.endpoint, any_keys()) }
}

#[tokio::test]
async fn requests_go_out_unsigned_and_a_refusal_says_that_there_was_no_name() {
    let cloud = open_data();
    let world = opened(&nobody(&cloud)).await.unwrap().world;
    assert_eq!(world.store.keys(&below("open", "", 10)).await.unwrap().len(), 1);
    let failure = world.store.keys(&below("closed", "", 10)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden);
    assert!(failure.to_string().contains("not open to everyone, and the request went out without a name"), "{failure}");
    for asked in cloud.asked() {
        let signed = asked.headers.keys().any(|name| name == "authorization" || name.starts_with("x-amz-"));
        assert!(!signed && !asked.target.contains("X-Amz-"), "{asked:?}");
    }
    let before = cloud.asked().len();
    let failure = world.store.buckets().await.unwrap_err();
    assert!(failure.hint.contains("daypass --no-sign-request s3://BUCKET"), "{failure}");
    assert_eq!(cloud.asked().len(), before, "nobody has buckets, so nobody is asked for them");
}

#[tokio::test]
async fn no_link_is_signed_and_the_plain_address_is_told_instead() {
    let cloud = open_data();
    let world = opened(&nobody(&cloud)).await.unwrap().world;
    let request = LinkRequest::new(Method::Get, object("open", "a b.csv"), Expiry::SHORT);
    let failure = links::make(&world, &request, Freshness::Reuse).await.unwrap_err();
    let address = format!("{}/open/a%20b.csv", cloud.endpoint);
    assert!(failure.to_string().contains("(anonymous), and only a key can sign"), "{failure}");
    assert!(failure.hint.ends_with(&address), "{failure}");
    assert_eq!(links::plain_address(&world, &request.object), address);
}

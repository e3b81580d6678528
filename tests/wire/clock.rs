//! A machine whose clock is wrong: the first refusal teaches it the store's time, and everything goes by that from then on.

use jiff::{SignedDuration, Timestamp};

use daypass::s3::failure::FailureKind;

use crate::rogue::{Rogue, answer, by_its_clock};
use crate::stage::{any_keys, below, object, opened, spec};

const EMPTY: &str = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

#[tokio::test]
async fn requests_and_the_time_of_links_go_by_the_stores_clock_after_one_refusal() {
    for minutes in [20, -20, 60 * 24 * 400] {
        let ahead = SignedDuration::from_mins(minutes);
        let rogue = Rogue::hearing(move |_, head| by_its_clock(head, ahead, EMPTY)).await;
        let world = opened(&spec(&rogue.endpoint, any_keys())).await.unwrap().world;
        assert!(world.clock.skew().is_zero());
        world.store.keys(&below("bucket", "", 1000)).await.unwrap_or_else(|failure| panic!("{minutes}: {failure}"));
        world.store.keys(&below("bucket", "", 1000)).await.unwrap();
        assert_eq!(rogue.asked().len(), 3, "{minutes}");
        let off = (world.clock.now().duration_since(Timestamp::now()) - ahead).abs();
        assert!(off <= SignedDuration::from_secs(30), "{minutes}: {off}");
        assert!((world.clock.skew() + ahead).abs() <= SignedDuration::from_secs(30), "{minutes}");
    }
}

#[tokio::test]
async fn a_head_is_refused_without_a_word_and_asked_by_the_stores_time_all_the_same() {
    let rogue = Rogue::hearing(|_, head| by_its_clock(head, SignedDuration::from_mins(-20), "")).await;
    let world = opened(&spec(&rogue.endpoint, any_keys())).await.unwrap().world;
    world.store.head(&object("bucket", "key")).await.unwrap();
    assert_eq!(rogue.asked().len(), 2);
}

#[tokio::test]
async fn a_time_that_is_not_the_stores_teaches_nothing() {
    let date = ("Date", "Sat, 31 Oct 2026 12:00:00 GMT");
    for (status, headers, body) in [
        ("403 Forbidden", vec![date], "<html>log in</html>"),
        ("502 Bad Gateway", vec![date], ""),
        ("200 OK", vec![date, ("Age", "9999")], EMPTY),
    ] {
        let rogue = Rogue::start(move |_| answer(status, &headers, body)).await;
        let world = opened(&spec(&rogue.endpoint, any_keys())).await.unwrap().world;
        let _ = world.store.keys(&below("bucket", "", 1000)).await;
        assert!(world.clock.skew().is_zero(), "{status}");
    }
}

#[tokio::test]
async fn a_store_that_refuses_its_own_time_is_asked_once_more_and_then_told() {
    let skewed = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
    let headers = [("Date", "Sat, 31 Oct 2026 12:00:00 GMT"), ("x-amz-request-id", "R1")];
    let rogue = Rogue::start(move |_| answer("403 Forbidden", &headers, skewed)).await;
    let world = opened(&spec(&rogue.endpoint, any_keys())).await.unwrap().world;
    let failure = world.store.keys(&below("bucket", "", 1000)).await.unwrap_err();
    assert_eq!((failure.kind, rogue.asked().len()), (FailureKind::Other, 2));
    assert!(failure.to_string().contains("clock"), "{failure}");
}

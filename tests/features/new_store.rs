//! A store that is added by keys: what is asked, one try of its key, and what is shown of it.

use daypass::presign::link::LinkText;
use daypass::s3::failure::{Failure, FailureKind, Reply};
use daypass::s3::location::Location;
use daypass::update::effect::Effect;
use daypass::update::msg::Msg;
use insta::assert_snapshot;
use secrecy::ExposeSecret;

use crate::session::Session;
use crate::shelf::Shelf;

/// A session that has no store yet, and what the one will hold that is added.
fn first_run() -> Session {
    let session = Session::first_run(Shelf::with(&["never/asked"]));
    session.prepare(&Shelf::with(&["papers/report.pdf"]));
    session
}

/// Answers in the order in which they are asked for.
fn fill_in(session: &mut Session, answers: &[&str]) {
    for answer in answers {
        session.type_text(answer);
        session.press("enter");
    }
}

fn forbidden() -> Failure {
    let reply = Reply { status: 403, code: "AccessDenied".into(), ..Reply::default() };
    let failure = Failure::new(
        FailureKind::Forbidden,
        "list the buckets",
        "the key may not do this (s3:ListAllMyBuckets)",
        "ask for the right, or name a bucket",
    );
    Failure { reply: Some(reply), ..failure }
}

#[test]
fn the_first_screen_says_why_it_is_there_and_what_to_write() {
    for (width, height) in [(80, 24), (40, 12)] {
        let mut session = first_run();
        session.resize(width, height);
        assert_snapshot!(format!("first_run_{width}x{height}"), session.screen());
        session.type_text("b2");
        session.press("enter");
        session.type_text("0040123456789ab0000000001");
        session.press("enter");
        session.type_text("K004hidden");
        assert_snapshot!(format!("first_run_key_{width}x{height}"), session.screen());
    }
}

#[test]
fn the_field_in_front_is_seen_on_the_lowest_screen() {
    let mut session = first_run();
    session.resize(24, 6);
    for field in ["where", "key id", "secret key", "opens at", "name", "where"] {
        assert!(session.shows(&format!("▸ {field}")), "{field}: {}", session.screen());
        session.press("tab");
    }
}

#[test]
fn a_store_is_added_by_three_answers_and_opens() {
    let mut session = first_run();
    assert_eq!(session.shelf.questions(), [""; 0], "nobody is asked before its key is there");
    fill_in(&mut session, &["https://s3.us-west-004.backblazeb2.com", "0040123456789ab0000000001", "K004hidden"]);
    assert!(session.shows("papers"), "{}", session.screen());
    assert!(session.shows("the store b2 is in the settings now"), "{}", session.screen());
    let added = session.street.added.lock().unwrap().clone().unwrap();
    let key = added.key.clone().unwrap();
    assert_eq!((key.id.as_str(), key.secret.expose_secret()), ("0040123456789ab0000000001", "K004hidden"));
    assert_eq!(session.shelf.questions(), [""; 0]);
    assert_eq!(session.memory.0.lock().unwrap().of("demo").place, None, "what was never open is not remembered");
    assert!(!format!("{:?} {:?}", session.effects(), session.model).contains("hidden"));
}

#[test]
fn a_store_opens_at_the_place_that_its_key_may_list_and_that_is_written() {
    let mut session = Session::first_run(Shelf::with(&["never/asked"]));
    session.prepare(&Shelf::with(&["papers/2026/report.pdf"]));
    let only = Location::parse("s3://papers/2026/").unwrap();
    *session.street.only.lock().unwrap() = Some(only.clone());
    fill_in(
        &mut session,
        &["https://s3.us-west-004.backblazeb2.com/papers/2026", "0040123456789ab0000000001", "K004h"],
    );
    assert_eq!(session.street.added.lock().unwrap().as_ref().unwrap().opens_at(), Some(&only));
    assert_eq!(session.model.browse.here.location, only);
    assert!(session.shows("report.pdf"), "{}", session.screen());
}

#[test]
fn a_secret_is_never_on_the_screen_and_its_length_is() {
    let mut session = first_run();
    fill_in(&mut session, &["https://s3.example.com", "id"]);
    session.send(Msg::Pasted(LinkText::new(" K004hidden\n".to_owned())));
    assert!(session.shows("10 characters") && !session.shows("hidden"), "{}", session.screen());
    session.press("backspace");
    assert!(session.shows("9 characters"), "{}", session.screen());
    session.press("ctrl-u");
    assert!(!session.shows("characters"), "{}", session.screen());
    session.press("enter");
    assert!(session.shows("A key needs its secret"), "{}", session.screen());
}

#[test]
fn a_key_that_is_refused_says_why_and_may_be_typed_again_or_written_all_the_same() {
    for (width, height) in [(80, 24), (40, 12)] {
        let mut session = first_run();
        session.resize(width, height);
        *session.street.refusal.lock().unwrap() = Some(forbidden());
        fill_in(&mut session, &["https://s3.us-west-004.backblazeb2.com", "0040123456789ab0000000001", "K004hidden"]);
        assert_snapshot!(format!("new_store_refused_{width}x{height}"), session.screen());
        assert!(session.street.added.lock().unwrap().is_none());
        session.type_text("papers");
        session.press("enter");
        assert!(session.shows("report.pdf"), "it opens at the bucket: {}", session.screen());
    }
    let mut session = first_run();
    *session.street.refusal.lock().unwrap() = Some(forbidden());
    fill_in(&mut session, &["https://s3.us-west-004.backblazeb2.com", "0040123456789ab0000000001", "K004hidden"]);
    session.press("ctrl-s");
    assert!(session.shows("papers"), "{}", session.screen());
}

#[test]
fn a_key_that_cannot_be_the_stores_is_told_before_it_is_tried() {
    let mut session = first_run();
    fill_in(&mut session, &["https://s3.us-west-004.backblazeb2.com", "0020123456789ab0000000001"]);
    session.type_text("K002hidden");
    assert!(session.shows("it belongs to Backblaze's cluster 002"), "{}", session.screen());
    assert!(session.street.tried.lock().unwrap().is_none());
}

#[test]
fn esc_stops_the_try_and_then_leaves() {
    let mut session = first_run();
    session.hold();
    fill_in(&mut session, &["https://s3.example.com", "id", "secret"]);
    session.wait(std::time::Duration::from_millis(300));
    assert!(session.shows("trying the key…"), "{}", session.screen());
    session.type_text("x");
    session.press("esc");
    session.release();
    assert!(session.street.tried.lock().unwrap().is_none(), "it was stopped");
    assert!(session.shows("6 characters"), "what is typed meanwhile changes nothing: {}", session.screen());
    session.effects();
    session.press("esc");
    assert!(session.effects().contains(&Effect::Quit));
}

#[test]
fn another_store_is_added_from_the_list_and_esc_goes_back_to_it() {
    let mut session = Session::open(Shelf::with(&["docs/a.txt"]), "s3://docs/");
    session.prepare(&Shelf::with(&["papers/report.pdf"]));
    session.press("P a");
    assert!(session.shows("Add a store") && !session.shows("No store is known"), "{}", session.screen());
    session.press("esc");
    assert!(session.shows("● demo"), "{}", session.screen());
    session.press("a");
    fill_in(&mut session, &["https://s3.example.com/papers", "id", "secret"]);
    assert!(session.shows("report.pdf"), "{}", session.screen());
    session.press("P");
    assert!(session.shows("● s3.example.com") && session.shows("demo"), "{}", session.screen());
}

#[test]
fn plain_http_needs_a_yes_and_a_key_of_aws_may_be_left_out() {
    let mut session = first_run();
    fill_in(&mut session, &["http://nas:9000", ""]);
    assert!(session.shows("Use it all the same?"), "{}", session.screen());
    session.press("space enter");
    assert!(session.shows("▸ key id"), "{}", session.screen());
    let mut session = first_run();
    fill_in(&mut session, &["aws"]);
    assert!(session.shows("Without a key, whatever the AWS tools use here"), "{}", session.screen());
    session.press("enter");
    assert!(session.street.added.lock().unwrap().as_ref().is_some_and(|added| added.key.is_none()));
}

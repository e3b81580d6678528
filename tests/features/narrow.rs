//! Keys that may do less than list everything: what the screen offers instead of a refusal alone.

use daypass::s3::failure::FailureKind;

use crate::session::Session;
use crate::shelf::Shelf;

fn place(session: &Session) -> String {
    session.model.browse.here.location.to_string()
}

#[test]
fn a_prefix_without_its_slash_that_may_not_be_listed_is_asked_for_once_more_with_it() {
    let shelf = Shelf::with(&["docs/tickets/4711.txt"]);
    shelf.refuse("list docs/tickets", FailureKind::Forbidden);
    let session = Session::open(shelf.clone(), "s3://docs/tickets");
    assert!(session.shows("4711.txt"), "{}", session.screen());
    assert!(session.shows("s3://docs/tickets may not be listed; this is s3://docs/tickets/"), "{}", session.screen());

    shelf.refuse("list docs/tickets/", FailureKind::Forbidden);
    shelf.questions();
    let session = Session::open(shelf.clone(), "s3://docs/tickets");
    assert!(session.shows("Cannot list"), "{}", session.screen());
    assert_eq!(shelf.questions(), ["list docs/tickets", "list docs/tickets/"]);
}

#[test]
fn buckets_that_may_not_be_listed_are_offered_as_far_as_they_are_known() {
    let shelf = Shelf::with(&["docs/a.txt", "media/b.txt"]);
    shelf.refuse("buckets", FailureKind::Forbidden);
    let mut session = Session::open(shelf, "s3://docs/");
    session.press(": ctrl-u");
    session.type_text("media");
    session.press("enter h");
    assert_eq!(place(&session), "s3://");
    assert!(session.shows("The store refused it"), "{}", session.screen());
    assert!(session.shows(": opens a bucket by its name"), "{}", session.screen());
    assert!(session.shows("2 known, not listed"), "{}", session.screen());
    session.press("G k enter");
    assert_eq!(place(&session), "s3://docs/");
    assert!(session.shows("a.txt"));
    session.press("h");
    assert!(session.shows("2 known"), "it is as before: {}", session.screen());
}

#[test]
fn keys_move_among_known_rows_and_the_reason_stays() {
    let shelf = Shelf::with(&["docs/a.txt", "media/b.txt"]);
    shelf.refuse("buckets", FailureKind::Forbidden);
    let mut session = Session::open(shelf.clone(), "s3://docs/");
    session.press("h j j G");
    assert!(session.shows("The store refused it"), "{}", session.screen());
    assert_eq!(shelf.questions(), ["list docs/", "buckets"]);
    shelf.relent();
    session.press("R");
    assert_eq!(shelf.questions(), ["buckets"]);
    assert!(session.shows("all 2") && session.shows("media"), "{}", session.screen());
}

#[test]
fn a_key_for_one_prefix_comes_to_it_from_above_and_sees_why_it_cannot_go_up() {
    let shelf = Shelf::with(&["docs/in/a.txt", "docs/out/b.txt"]);
    shelf.refuse("list docs/", FailureKind::Forbidden);
    let mut session = Session::open(shelf, "s3://docs/in/");
    session.press("h");
    assert_eq!(place(&session), "s3://docs/");
    assert!(session.shows("The store refused it") && session.shows("in/"), "{}", session.screen());
    assert!(session.shows(": goes to a prefix by its name"), "{}", session.screen());
    session.press("enter");
    assert_eq!(place(&session), "s3://docs/in/");
    session.press("h h");
    assert_eq!(place(&session), "s3://");
    session.press("enter");
    assert_eq!(place(&session), "s3://docs/in/", "{}", session.screen());
    assert!(session.shows("s3://docs/ may not be listed; this is what is known below it"), "{}", session.screen());
    assert!(session.shows("a.txt"));
}

#[test]
fn a_bucket_that_may_not_be_listed_and_of_which_nothing_is_known_says_how_to_go_on() {
    let shelf = Shelf::with(&["docs/in/a.txt"]);
    shelf.refuse("list docs/", FailureKind::Forbidden);
    let mut session = Session::open(shelf, "s3://");
    session.press("enter");
    assert_eq!(place(&session), "s3://docs/");
    assert!(session.shows("The store refused it"), "{}", session.screen());
    session.press(":");
    session.type_text("in/");
    session.press("enter");
    assert_eq!(place(&session), "s3://docs/in/");
    assert!(session.shows("a.txt"));
}

#[test]
fn an_object_that_may_not_be_read_keeps_the_facts_of_the_list_and_says_what_is_missing() {
    let shelf = Shelf::with(&["docs/a.txt"]);
    shelf.refuse("head docs/a.txt", FailureKind::Forbidden);
    let mut session = Session::open(shelf, "s3://docs/");
    session.rest();
    assert!(session.shows("5,000 bytes") || session.shows("4.9 KiB"), "{}", session.screen());
    assert!(session.shows("Type, metadata and version are not known"), "{}", session.screen());
}

#[test]
fn a_get_link_to_what_the_store_would_not_show_says_that_it_will_be_refused_too() {
    let shelf = Shelf::with(&["docs/a.txt", "docs/b.txt"]);
    shelf.refuse("head docs/a.txt", FailureKind::Forbidden);
    let mut session = Session::open(shelf, "s3://docs/");
    session.rest();
    session.press("s");
    assert!(session.shows("HEAD was refused, and so will this link be, most likely."), "{}", session.screen());
    assert!(session.shows("`s3:GetObject` on arn:aws:s3:::docs/a.txt"), "{}", session.screen());
    session.press("t");
    assert!(!session.shows("HEAD was refused"), "the link was tried: {}", session.screen());
    session.press("esc j");
    session.rest();
    session.press("s");
    assert!(!session.shows("HEAD was refused"), "another object: {}", session.screen());
}

#[test]
fn a_refused_head_says_nothing_of_an_upload_link_and_a_failed_one_nothing_of_a_right() {
    let shelf = Shelf::with(&["docs/a.txt"]);
    shelf.refuse("head docs/a.txt", FailureKind::Forbidden);
    let mut session = Session::open(shelf, "s3://docs/");
    session.rest();
    session.press("u enter");
    let object = session.model.link().map(|sheet| sheet.request().object.to_string());
    assert_eq!(object.as_deref(), Some("s3://docs/a.txt"), "{}", session.screen());
    assert!(!session.shows("HEAD was refused"), "{}", session.screen());

    let shelf = Shelf::with(&["docs/a.txt"]);
    shelf.refuse("head docs/a.txt", FailureKind::Busy);
    let mut session = Session::open(shelf, "s3://docs/");
    session.rest();
    session.press("s");
    assert!(session.model.link().is_some() && !session.shows("HEAD was refused"), "{}", session.screen());
}

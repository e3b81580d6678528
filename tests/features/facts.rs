//! Facts, tags and versions of an object.

use std::time::Duration;

use daypass::s3::exchange::Exchange;
use daypass::s3::failure::{Failure, FailureKind};

use crate::session::Session;
use crate::shelf::Shelf;

fn files() -> std::sync::Arc<Shelf> {
    Shelf::with(&["files/in/x.txt", "files/report.pdf"])
}

#[test]
fn the_facts_page_shows_everything_the_store_says_and_obeys_nothing_in_it() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("j i");
    session.resize(100, 60);
    for told in [
        "application/pdf",
        "max-age=300",
        "AES256",
        "9b2cf535f27731c974343645a3985328",
        "4_z27c88f1d182b150646ff0b16_f200",
        "customer",
        "4711",
        "Grüße␛[31m",
        "team",
        "support",
    ] {
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
    assert!(!session.screen().contains('\u{1b}'));
}

#[test]
fn tags_and_versions_are_asked_for_on_demand_only() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("j");
    session.rest();
    assert_eq!(session.shelf.questions(), ["list files/", "head files/report.pdf"]);
    session.press("i");
    assert_eq!(session.shelf.questions(), ["tags files/report.pdf"]);
    session.press("esc v");
    assert_eq!(session.shelf.questions(), ["versions files/report.pdf"]);
    for told in ["v3", "v2", "v1", "deleted"] {
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
}

#[test]
fn facts_can_be_switched_off_and_then_come_only_by_key() {
    let mut session = Session::open(files(), "s3://files/");
    session.model.fixed.facts_delay = None;
    session.press("j");
    session.wait(Duration::from_secs(5));
    assert_eq!(session.shelf.questions(), ["list files/"]);
    session.press("i");
    assert_eq!(session.shelf.questions(), ["head files/report.pdf", "tags files/report.pdf"]);
}

#[test]
fn a_row_that_is_left_before_its_facts_came_is_not_waited_for() {
    let mut session = Session::open(Shelf::with(&["files/a", "files/b"]), "s3://files/");
    session.hold();
    session.rest();
    session.press("j");
    session.rest();
    session.release();
    assert_eq!(session.shelf.questions(), ["list files/", "head files/b"]);
}

#[test]
fn only_objects_have_facts_and_versions() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("v");
    assert!(session.shows("only objects have facts and versions"), "{}", session.screen());
    session.rest();
    assert_eq!(session.shelf.questions(), ["list files/"]);
}

#[test]
fn each_failure_that_is_shown_opens_to_all_that_is_known_of_it() {
    let shelf = files();
    for question in ["head", "tags", "versions"] {
        let exchange = Exchange {
            request: format!("GET https://s3.example.com/{question}"),
            attempts: 1,
            answer: format!("403\n\n<Error><Code>{question}Denied</Code></Error>"),
        };
        let failure = Failure::new(FailureKind::Forbidden, format!("ask for {question}"), "it may not", "ask for it");
        let failure = Failure { exchange: Some(Box::new(exchange)), ..failure };
        shelf.refuse_with(&format!("{question} files/report.pdf"), failure);
    }
    let mut session = Session::open(shelf, "s3://files/");
    session.press("j M");
    session.rest();
    assert!(session.shows("the mouse is the terminal's"), "what was said stays: {}", session.screen());
    for (keys, question) in [("E enter", "head"), ("i E enter", "tags"), ("v E enter", "versions")] {
        session.press(keys);
        for told in [format!("GET https://s3.example.com/{question}"), format!("<Code>{question}Denied</Code>")] {
            assert!(session.shows(&told), "{keys}: {told}\n{}", session.screen());
        }
        session.press("esc esc esc");
    }
}

#[test]
fn the_messages_open_over_what_shows_a_failure_and_close_to_it() {
    let mut session = Session::open(files(), "s3://files/");
    session.build_closed("cellar", Failure::new(FailureKind::Refused, "open the store", "it is closed", ""));
    session.press("P G enter E");
    assert!(session.shows("Messages of this session"), "{}", session.screen());
    assert!(session.shows("it is closed"), "{}", session.screen());
    session.press("E esc");
    assert!(session.shows("Stores") && !session.shows("Messages of this session"), "{}", session.screen());
}

//! Facts, tags and versions of an object.

use std::time::Duration;

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

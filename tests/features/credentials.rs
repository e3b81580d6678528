//! The end of the credentials: when it is asked for, and what the header says of it.

use std::sync::Arc;
use std::time::Duration;

use daypass::model::spot::List;
use daypass::s3::address::Insecure;
use daypass::update::effect::Effect;
use jiff::{SignedDuration, Timestamp};

use crate::session::Session;
use crate::shelf::{NOW, Shelf};

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// Credentials that end so many minutes after the start, in a place that is listed.
fn ending_in(minutes: i64) -> Session {
    let shelf = Shelf::with(&["box/report.pdf", "box/scan.tif"]);
    let mut session = Session::slow(shelf, "s3://box/");
    end_in(&session, minutes);
    session.release();
    session.rest();
    session.effects();
    session
}

fn end_in(session: &Session, minutes: i64) {
    let start: Timestamp = NOW.parse().unwrap();
    *session.keys.expires.lock().unwrap() = Some(start + SignedDuration::from_mins(minutes));
}

/// How often the credentials were asked for since the last look.
fn asked(session: &Session) -> usize {
    std::mem::take(&mut *session.keys.asked.lock().unwrap())
}

#[test]
fn the_end_is_asked_for_only_after_a_request_has_had_its_answer() {
    let session = Session::slow(Shelf::with(&["box/report.pdf"]), "s3://box/");
    assert!(session.waiting().all(|effect| !matches!(effect, Effect::AskEnd(_))));
    assert_eq!(asked(&ending_in(60)), 1);
}

#[test]
fn the_last_quarter_of_an_hour_is_told_by_the_minute_and_then_the_end() {
    let mut session = ending_in(60);
    session.wait(minutes(44));
    assert!(!session.shows("keys end"), "{}", session.screen());
    session.wait(minutes(1));
    assert!(session.shows("keys end in 15 min"), "{}", session.screen());
    session.wait(minutes(3));
    let header = session.screen().lines().next().unwrap().to_owned();
    assert_eq!(header, " demo ▸ box         keys end in 12 min   b2 · us-west-004   all 2 · as of 13:05");
    session.wait(minutes(12));
    assert!(session.shows("keys ended") && !session.shows("keys end in"), "{}", session.screen());
}

#[test]
fn nothing_wakes_before_the_last_quarter_and_nothing_after_the_end() {
    let mut session = ending_in(60);
    let now = session.now();
    assert!(session.model.next_wake(now).unwrap() - now.uptime > minutes(44));
    session.wait(minutes(61));
    assert_eq!(session.model.next_wake(session.now()), None);
    let mut session = Session::open(Shelf::with(&["box/report.pdf"]), "s3://box/");
    session.rest();
    assert_eq!(session.model.next_wake(session.now()), None, "keys without an end");
}

#[test]
fn they_are_asked_for_once_a_minute_near_the_end_so_that_they_are_renewed() {
    let mut session = ending_in(60);
    asked(&session);
    session.wait(minutes(44));
    assert_eq!(asked(&session), 0);
    session.wait(minutes(10));
    assert_eq!(asked(&session), 10);
    end_in(&session, 120);
    session.wait(minutes(1));
    assert!(!session.shows("keys end"), "they are renewed: {}", session.screen());
    asked(&session);
    session.wait(minutes(10));
    assert_eq!(asked(&session), 0);
}

#[test]
fn ended_keys_are_asked_for_when_a_request_was_answered_all_the_same() {
    let mut session = ending_in(10);
    session.wait(minutes(30));
    assert!(session.shows("keys ended"), "{}", session.screen());
    asked(&session);
    session.wait(minutes(30));
    session.press("j k");
    assert_eq!(asked(&session), 0, "nobody has used them");
    end_in(&session, 120);
    session.press("R");
    assert!(!session.shows("keys end"), "{}", session.screen());
}

#[test]
fn a_small_screen_tells_the_end_beside_the_place() {
    let mut session = ending_in(12);
    session.resize(40, 12);
    let header = session.screen().lines().next().unwrap().to_owned();
    assert_eq!(header, " demo ▸ box  keys end in 12 min   all 2");
    session.model.store.insecure = Some(Insecure::Unverified);
    session.resize(40, 12);
    let header = session.screen().lines().next().unwrap().to_owned();
    assert_eq!(header, " … TLS unverified   keys 12 min   all 2");
}

#[test]
fn keys_are_heard_while_the_end_is_asked_for() {
    let mut session = ending_in(12);
    session.hold();
    session.wait(minutes(1));
    assert!(session.waiting().any(|effect| matches!(effect, Effect::AskEnd(_))));
    session.press("j");
    assert_eq!(session.model.browse.here.cursor(), 1);
}

#[test]
fn each_store_has_the_end_of_its_own_credentials() {
    let mut session = ending_in(12);
    let other: Arc<Shelf> = Shelf::with(&["other/a.txt"]);
    session.build("other", &other);
    *session.keys.expires.lock().unwrap() = None;
    session.press("P j enter");
    assert!(session.shows("other") && !session.shows("keys end"), "{}", session.screen());
}

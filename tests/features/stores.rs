//! From one store to another by a key: each stays as it was left, nothing of one is ever shown in the other, and a store that
//! cannot be opened changes nothing.

use std::sync::Arc;

use daypass::presign::ledger::Record;
use daypass::s3::address::Insecure;
use daypass::s3::failure::{Failure, FailureKind};
use daypass::s3::key_page::KeyPage;
use daypass::s3::location::Location;
use daypass::s3::memory::Remembered;
use daypass::update::effect::Effect;
use daypass::update::msg::Msg;
use insta::assert_snapshot;

use crate::session::Session;
use crate::shelf::Shelf;

/// A session in `demo`, with another store `tools` beside it.
fn with_tools() -> (Session, Arc<Shelf>) {
    let session =
        Session::open(Shelf::with(&["docs/a/x.txt", "docs/b/y.txt", "docs/c.txt", "media/m.bin"]), "s3://docs/");
    let tools = Shelf::with(&["cache/one", "cache/two", "cache/three/deep"]);
    session.build("tools", &tools);
    (session, tools)
}

/// Goes to the store `tools`.
fn go_to_tools(session: &mut Session) {
    session.press("P j enter");
    assert!(session.shows("tools") && session.shows("cache"), "{}", session.screen());
}

#[test]
fn the_list_says_of_each_store_who_runs_it_and_where_it_was_found() {
    for (width, height) in [(80, 24), (40, 12), (120, 40)] {
        let (mut session, _) = with_tools();
        session.build("a store with a name that is longer than most names are", &Shelf::with(&["x/y"]));
        session.build_closed("far", Failure::new(FailureKind::Refused, "open `far`", "it needs a region", "name one"));
        session.resize(width, height);
        session.press("P");
        assert_snapshot!(format!("stores_{width}x{height}"), session.screen());
    }
}

#[test]
fn each_store_comes_back_as_it_was_left() {
    let (mut session, tools) = with_tools();
    session.press("o space l");
    session.press("h j / ");
    session.type_text("t");
    session.press("enter");
    let before = session.screen();
    go_to_tools(&mut session);
    session.press("l j");
    let in_tools = session.screen();
    tools.questions();
    session.shelf.questions();

    session.press("P k enter");
    assert_eq!(session.screen(), before, "row, marks, filter and order");
    session.press("P j enter");
    assert_eq!(session.screen(), in_tools);
    assert_eq!((tools.questions(), session.shelf.questions()), (vec![], vec![]), "nothing is asked again");
    session.press("h");
    assert!(session.shows("cache"), "the way back, too: {}", session.screen());
}

#[test]
fn what_is_asked_goes_to_the_store_that_is_open() {
    let (mut session, tools) = with_tools();
    go_to_tools(&mut session);
    session.shelf.questions();
    session.press("l j j s");
    assert!(session.shows("link"), "{}", session.screen());
    assert!(tools.questions().iter().any(|question| question.starts_with("list cache/")));
    assert_eq!(session.shelf.questions(), [""; 0]);
    let noted: Vec<Record> = session.book.records();
    assert_eq!(noted.last().map(|record| record.issuer.store.as_str()), Some("tools"));
    session.press("esc L s");
    assert!(!session.shows("open that store"), "the link is of the store that is open: {}", session.screen());
    session.press("esc esc P k enter L s");
    assert!(session.shows("open that store"), "now it is of another one: {}", session.screen());
}

#[test]
fn a_link_that_is_printed_at_the_end_is_noted_in_the_name_of_its_own_store() {
    let (mut session, _) = with_tools();
    session.press("j j s p esc");
    go_to_tools(&mut session);
    let stores: Vec<_> = session.model.print_on_exit.iter().map(|noted| noted.issuer.store.as_str()).collect();
    assert_eq!(stores, ["demo"]);
}

#[test]
fn what_the_old_store_still_answers_is_not_heard() {
    let (mut session, _) = with_tools();
    session.effects();
    session.press("R");
    let asked = session.effects();
    let Some(Effect::List(question, _)) = asked.iter().find(|effect| matches!(effect, Effect::List(..))) else {
        panic!("nothing was asked: {asked:?}");
    };
    let question = *question;
    session.hold();
    session.press("R P");
    session.release();
    session.press("j enter");
    let before = session.screen();
    let mut late = KeyPage::default();
    late.push_prefix("late/").unwrap();
    session.send(Msg::PageCame(question, Ok(late)));
    assert_eq!(session.screen(), before);
}

#[test]
fn a_store_that_cannot_be_opened_says_why_and_the_old_one_stays_open() {
    for (width, height) in [(80, 24), (40, 12)] {
        let (mut session, _) = with_tools();
        let failure = Failure::new(
            FailureKind::Refused,
            "open `far`",
            "no region is set for Backblaze B2",
            "say it with --region or --endpoint-url, or in config.toml",
        );
        session.build_closed("far", failure);
        session.resize(width, height);
        session.press("P G enter");
        assert_snapshot!(format!("store_refused_{width}x{height}"), session.screen());
        session.press("esc");
        assert!(session.shows("c.txt"), "{}", session.screen());
        session.press("j l");
        assert!(session.shows("y.txt"), "it is open as before: {}", session.screen());
    }
}

#[test]
fn a_broken_store_says_under_the_cursor_where_its_mistake_is_and_the_others_open() {
    let (mut session, _) = with_tools();
    let why = "/home/ada/config.toml:9: store.provider: `backblase` is not a provider: write `b2`";
    let hint = "put it right in the settings; the other stores work";
    session.build_closed("far", Failure::new(FailureKind::Refused, "open `far`", why, hint));
    session.press("P G");
    assert!(
        session.shows("/home/ada/config.toml:9: store.provider") && session.shows("not set up"),
        "{}",
        session.screen()
    );
    session.press("enter");
    assert!(session.shows("config.toml:9") && session.shows("far"), "{}", session.screen());
    session.press("k enter");
    assert!(session.shows("cache"), "{}", session.screen());
}

#[test]
fn what_is_not_secure_about_a_store_is_shown_in_the_list_and_wherever_it_is_open() {
    for (width, height) in [(80, 24), (40, 12)] {
        let (mut session, tools) = with_tools();
        session.build_insecure("lan", &tools, Insecure::PlainHttp);
        session.build_insecure("self-signed", &tools, Insecure::Unverified);
        session.resize(width, height);
        session.press("P");
        assert_snapshot!(format!("stores_insecure_{width}x{height}"), session.screen());
        for (name, mark) in [("lan", "plain HTTP"), ("self-signed", "TLS unverified")] {
            session.press("g g /");
            session.type_text(name);
            session.press("enter enter");
            for (keys, scene) in
                [("R", "the list"), ("E", "messages"), ("esc ?", "help"), ("esc j i", "facts"), ("esc z", "sizes")]
            {
                session.press(keys);
                assert!(session.shows(mark), "{scene}: {}", session.screen());
            }
            session.press("esc P");
        }
    }
}

#[test]
fn while_a_store_is_opened_every_key_works_and_esc_stays_in_the_old_one() {
    let (mut session, tools) = with_tools();
    session.press("P");
    session.hold();
    session.press("j enter");
    session.wait(std::time::Duration::from_millis(300));
    assert!(session.shows("opening tools…"), "{}", session.screen());
    session.press("k ?");
    assert!(session.shows("Open the store, where it was left"), "{}", session.screen());
    session.press("esc esc");
    session.release();
    session.press("esc");
    assert!(session.shows("c.txt"), "{}", session.screen());
    assert_eq!(tools.questions(), [""; 0]);
}

#[test]
fn the_open_store_is_marked_and_choosing_it_goes_back_to_it() {
    let (mut session, _) = with_tools();
    session.press("P");
    assert!(session.shows("● demo"), "{}", session.screen());
    session.press("enter");
    assert!(session.shows("c.txt"), "{}", session.screen());
}

#[test]
fn stores_are_filtered_by_typing() {
    let (mut session, _) = with_tools();
    session.press("P /");
    session.type_text("TOO");
    assert!(session.shows("tools") && !session.shows("● demo"), "{}", session.screen());
    assert!(session.shows("1 of 2 stores"), "{}", session.screen());
    session.press("enter enter");
    assert!(session.shows("cache"), "{}", session.screen());
}

#[test]
fn a_filter_that_no_store_contains_is_said_and_esc_clears_it() {
    let (mut session, _) = with_tools();
    session.press("P /");
    session.type_text("nowhere");
    session.press("enter");
    assert!(session.shows("No store contains “nowhere”."), "{}", session.screen());
    session.press("enter esc");
    assert!(session.shows("● demo") && session.shows("tools"), "{}", session.screen());
}

#[test]
fn a_store_of_an_earlier_session_opens_where_it_was_left() {
    let (mut session, tools) = with_tools();
    let place = Some(Location::parse("s3://cache/three/").unwrap());
    session.memory.0.lock().unwrap().learn("tools", &Remembered { place, ..Remembered::default() });
    session.press("P j enter");
    assert!(session.shows("deep"), "{}", session.screen());
    assert_eq!(tools.questions(), ["list cache/three/"]);
}

#[test]
fn the_place_in_a_store_that_is_left_is_remembered() {
    let (mut session, _) = with_tools();
    session.press("l");
    go_to_tools(&mut session);
    let remembered = session.memory.0.lock().unwrap().of("demo");
    assert_eq!(remembered.place, Some(Location::parse("s3://docs/a/").unwrap()));
}

#[test]
fn a_click_chooses_a_store_and_a_second_one_opens_it() {
    let (mut session, _) = with_tools();
    session.press("P");
    session.click(5, 3);
    assert!(session.shows("▸  tools"), "{}", session.screen());
    session.click(5, 3);
    assert!(session.shows("cache"), "{}", session.screen());
}

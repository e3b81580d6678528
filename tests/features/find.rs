//! Looking for objects below a prefix: typed, streamed into a list, shared from it, and left for the object's place.

use std::sync::Arc;

use daypass::model::find::{FindJob, Found};
use daypass::s3::failure::FailureKind;
use daypass::s3::key_page::{KeyPage, ListedObject};
use daypass::update::effect::Effect;
use daypass::update::msg::Msg;
use insta::assert_snapshot;

use crate::session::Session;
use crate::shelf::Shelf;

fn shelf() -> Arc<Shelf> {
    Shelf::with(&[
        "docs/2025/q1/report.pdf",
        "docs/2025/q1/report.txt",
        "docs/2026/q1/REPORT.pdf",
        "docs/2026/q1/summary.pdf",
        "docs/readme.txt",
        "other/report.pdf",
    ])
}

fn looking_for(pattern: &str) -> Session {
    let mut session = Session::open(shelf(), "s3://docs/");
    session.press("f");
    session.type_text(pattern);
    session.shelf.questions();
    session.press("enter");
    session
}

#[test]
fn what_matches_below_the_place_is_listed_with_the_way_to_it() {
    let mut session = looking_for("report");
    assert_snapshot!(session.screen());
    assert_eq!(session.shelf.questions(), ["list docs/"]);
    session.resize(40, 12);
    assert_snapshot!(session.screen());
}

#[test]
fn globs_and_regular_expressions_are_patterns_and_what_is_none_says_why() {
    assert!(looking_for("*.pdf").shows("3 found of 5"));
    assert!(looking_for("2026/**").shows("2 found of 5"));
    assert!(looking_for("/^20.*txt$/").shows("1 found of 5"));
    let mut session = looking_for("/(/");
    assert!(session.shows("`(` is no regular expression"), "{}", session.screen());
    session.press("ctrl-u enter");
    assert!(session.shows("write what to look for"));
    session.press("esc");
    assert!(session.shows("readme.txt"));
}

#[test]
fn enter_goes_to_the_place_of_the_object_with_the_cursor_on_it() {
    let mut session = looking_for("*.pdf");
    session.press("j j enter");
    assert!(
        session.screen().lines().any(|line| line.starts_with("▸") && line.contains("summary.pdf")),
        "{}",
        session.screen()
    );
    assert!(session.shows("docs ▸ 2026/q1/"));
    session.press("[");
    assert!(session.shows("readme.txt"));
    session.press("f");
    session.type_text("readme");
    session.press("enter enter");
    assert!(session.screen().lines().any(|line| line.starts_with("▸") && line.contains("readme.txt")));
}

#[test]
fn enter_goes_to_a_hit_deep_in_a_huge_prefix_without_loading_what_lies_before() {
    let shelf = Shelf::default();
    (0..5_000).for_each(|number| shelf.put("big", &format!("logs/{number:06}"), 1));
    let mut session = Session::open(Arc::new(shelf), "s3://big/");
    for (hit, asked) in [("004711", 2), ("004200", 1), ("004250", 0), ("000007", 1)] {
        session.press("f");
        session.type_text(hit);
        session.press("enter");
        session.shelf.questions();
        session.press("enter");
        let screen = session.screen();
        assert!(screen.lines().any(|line| line.starts_with("▸") && line.contains(hit)), "{screen}");
        let questions = session.shelf.questions();
        assert_eq!(questions.iter().filter(|question| question.starts_with("list")).count(), asked, "{questions:?}");
    }
}

#[test]
fn a_found_object_is_shared_from_the_list_and_marked_ones_together() {
    let mut session = looking_for("*.pdf");
    session.press("s");
    assert!(session.shows("2025/q1/report.pdf") || session.shows("report.pdf"), "{}", session.screen());
    assert!(
        session.screen().lines().any(|line| line.ends_with(" 1/3")),
        "the place among what was found\n{}",
        session.screen()
    );
    let copied = session.desk.lock().unwrap().copied.clone();
    assert!(copied[0].contains("/docs/2025/q1/report.pdf?"), "{copied:?}");
    session.press("esc y");
    assert_eq!(session.desk.lock().unwrap().copied[1], "s3://docs/2025/q1/report.pdf");
    session.press("a s");
    assert!(session.shows("Links to 3 marked rows of s3://docs/"), "{}", session.screen());
    session.press("1 enter");
    let copied = session.desk.lock().unwrap().copied.clone();
    assert_eq!(copied.last().unwrap().lines().count(), 3, "{}", session.screen());
    session.press("esc esc");
    assert!(session.shows("3 found of 5") && !session.shows("marked"), "{}", session.screen());
}

#[test]
fn objects_come_while_it_looks_and_esc_stops_it_before_it_closes() {
    let mut session = Session::open(shelf(), "s3://docs/");
    session.hold();
    session.press("f");
    session.type_text("x");
    session.press("enter");
    let (question, job): (_, FindJob) = session
        .waiting()
        .find_map(|effect| match effect {
            Effect::Find(question, job) => Some((*question, (**job).clone())),
            _ => None,
        })
        .unwrap();
    let more = |session: &mut Session, key: &str| {
        let mut page = KeyPage::default();
        page.push_object(&ListedObject { key, size: 1, modified: None, etag: "", storage_class: "" }).unwrap();
        let mut found = Found::default();
        found.look_at(&page, &job);
        session.send(Msg::FoundMore(question, Box::new(found)));
    };
    assert!(session.shows("looking…"), "{}", session.screen());
    more(&mut session, "x1");
    more(&mut session, "y1");
    more(&mut session, "x0");
    assert!(session.shows("2 found of 3"), "{}", session.screen());
    let screen = session.screen();
    let place = |key: &str| screen.lines().position(|line| line.contains(key)).unwrap();
    assert!(place("x0") < place("▸") && place("▸") == place("x1"), "by key, and the cursor stays on its row\n{screen}");
    session.press("esc");
    assert!(session.shows("stopped before the end"));
    assert_eq!(session.waiting().count(), 0, "the question was aborted");
    more(&mut session, "x3");
    assert!(session.shows("2 found of 3"));
    session.press("esc");
    assert!(session.shows("readme.txt"));
}

#[test]
fn another_pattern_starts_from_the_one_before_and_a_failure_is_told() {
    let mut session = looking_for("nothing");
    assert!(session.shows("Nothing here matches."));
    session.shelf.refuse("list docs/", FailureKind::Forbidden);
    session.press("f");
    assert!(session.shows("Find: nothing"));
    session.press("enter");
    assert!(session.shows("The store refused it."), "{}", session.screen());
    session.press("esc");
    assert!(session.shows("readme.txt"), "only one search lies there: {}", session.screen());
}

#[test]
fn a_page_in_front_of_a_list_leaves_it_as_it_was() {
    let keys: Vec<String> = (0..50).map(|at| format!("docs/{at:02}.txt")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut session = Session::open(Shelf::with(&keys), "s3://docs/");
    session.press("f");
    session.type_text("txt");
    session.press("enter j j j");
    let before = session.screen();
    session.press("?");
    assert_ne!(session.screen(), before);
    session.press("esc");
    assert_eq!(session.screen(), before);
}

//! Moving through buckets, prefixes and rows.

use std::time::Duration;

use daypass::model::pending::Question;
use daypass::model::spot::List;
use daypass::presign::link::LinkText;
use daypass::s3::exchange::Exchange;
use daypass::s3::failure::{Failure, FailureKind, Reply};
use daypass::s3::key_page::{KeyPage, ListedObject};
use daypass::update::effect::Effect;
use daypass::update::msg::Msg;

use crate::session::Session;
use crate::shelf::Shelf;

fn company() -> std::sync::Arc<Shelf> {
    Shelf::with(&[
        "docs/a.txt",
        "docs/invoices/2025/old.pdf",
        "docs/invoices/2026/q1.pdf",
        "docs/invoices/2026/q2.pdf",
        "docs/z.txt",
        "media/film.mp4",
    ])
}

/// A prefix of `n` objects, `big/000000` and so on.
fn big(n: usize) -> std::sync::Arc<Shelf> {
    let shelf = Shelf::with(&[]);
    for i in 0..n {
        shelf.put("big", &format!("{i:06}"), i as u64);
    }
    shelf
}

fn row(session: &Session) -> String {
    let here = &session.model.browse.here;
    here.current().map(|entry| here.name_of(&entry).to_owned()).unwrap_or_default()
}

fn place(session: &Session) -> String {
    session.model.browse.here.location.to_string()
}

#[test]
fn a_bucket_opens_and_its_levels_one_after_another() {
    let mut session = Session::open(company(), "s3://");
    assert!(session.shows("docs") && session.shows("media"));
    session.press("enter");
    assert_eq!(place(&session), "s3://docs/");
    assert!(session.shows("invoices/") && session.shows("z.txt"));
    session.press("j l l");
    assert_eq!(place(&session), "s3://docs/invoices/2025/");
    session.press("h");
    assert_eq!(row(&session), "2025/");
    session.press("h h h");
    assert_eq!(place(&session), "s3://");
    assert_eq!(row(&session), "docs");
}

#[test]
fn up_leads_to_the_row_of_the_place_that_was_left_even_after_a_deep_start() {
    let mut session = Session::open(company(), "s3://docs/invoices/2026/");
    session.press("h");
    assert_eq!((place(&session), row(&session)), ("s3://docs/invoices/".into(), "2026/".into()));
    session.press("backspace left");
    assert_eq!((place(&session), row(&session)), ("s3://".into(), "docs".into()));
}

#[test]
fn back_and_forward_return_to_places_as_they_were_left_without_asking_again() {
    let mut session = Session::open(company(), "s3://docs/");
    session.press("G h G enter");
    assert_eq!(place(&session), "s3://media/");
    session.shelf.questions();
    session.press("[ [");
    assert_eq!((place(&session), row(&session)), ("s3://docs/".into(), "z.txt".into()));
    session.press("]");
    assert_eq!((place(&session), row(&session)), ("s3://".into(), "media".into()));
    assert_eq!(session.shelf.questions(), [""; 0]);
    session.press("] ]");
    assert!(session.shows("there is no place after this one"));
}

#[test]
fn the_first_page_is_painted_alone_and_the_rest_comes_behind_the_cursor() {
    let mut session = Session::open(big(1000), "s3://big/");
    assert_eq!(session.shelf.questions(), ["list big/"]);
    assert!(session.shows("100 loaded, more"), "{}", session.screen());
    session.press(&"page-down ".repeat(5));
    let asked = session.shelf.questions();
    assert!(asked.len() < 4 && asked.iter().all(|q| q.starts_with("list big/ after")), "{asked:?}");
}

#[test]
fn the_end_is_loaded_only_when_asked_for_and_esc_stops_it() {
    let mut session = Session::open(big(1000), "s3://big/");
    session.press("G");
    assert_eq!(row(&session), "000999");
    assert!(session.shows("all 1,000"), "{}", session.screen());

    let mut session = Session::open(big(1000), "s3://big/");
    session.hold();
    session.press("G esc");
    session.release();
    assert_eq!(session.model.browse.here.loaded(), 100);
    assert_eq!(row(&session), "000099");
    session.press("j");
    assert_eq!(session.model.browse.here.loaded(), 200, "moving on loads on");
}

#[test]
fn keys_work_while_the_store_is_slow_and_a_newer_question_replaces_the_older_one() {
    let mut session = Session::slow(company(), "s3://docs/");
    session.press("? esc : esc h");
    assert_eq!(place(&session), "s3://");
    session.release();
    assert_eq!(session.shelf.questions(), ["buckets"], "the place that was left is not asked for any more");
    assert!(session.shows("media"));
}

#[test]
fn an_answer_for_a_place_that_was_left_is_dropped() {
    let mut session = Session::open(company(), "s3://docs/");
    session.hold();
    session.press("R");
    let question = session.model.pending.runs(daypass::model::pending::Lane::Listing);
    assert!(question);
    session.press("h");
    session.release();
    assert!(session.shows("media"));
    assert_eq!(place(&session), "s3://");
}

#[test]
fn filter_narrows_while_it_is_typed_and_counts_honestly() {
    let mut session = Session::open(big(1000), "s3://big/");
    session.press("/");
    session.type_text("00002");
    assert!(session.shows("11 of 100"), "{}", session.screen());
    assert!(session.shows("more"), "{}", session.screen());
    session.press("enter j j");
    assert_eq!(row(&session), "000021");
    session.press("esc");
    assert_eq!(session.model.browse.here.shown_count(), 100);
    assert_eq!(row(&session), "000021", "the cursor stays on its row");
}

#[test]
fn an_abandoned_filter_leaves_the_one_before() {
    let mut session = Session::open(company(), "s3://docs/");
    session.press("/");
    session.type_text("txt");
    session.press("enter /");
    session.type_text("zzz");
    assert!(session.shows("zzz"));
    session.press("esc");
    assert_eq!(session.model.browse.here.shown_count(), 2);
}

#[test]
fn a_filter_finds_either_case_unless_it_has_upper_case() {
    let shelf = Shelf::with(&["b/Report.pdf", "b/report.txt"]);
    let mut session = Session::open(shelf, "s3://b/");
    session.press("/");
    session.type_text("report");
    assert_eq!(session.model.browse.here.shown_count(), 2);
    session.press("ctrl-u");
    session.type_text("Rep");
    assert_eq!(session.model.browse.here.shown_count(), 1);
}

#[test]
fn sort_goes_through_name_size_and_time_and_turns_round() {
    let mut session = Session::open(Shelf::with(&["b/aaa", "b/bb", "b/c"]), "s3://b/");
    let order = |session: &Session| {
        let here = &session.model.browse.here;
        here.shown_from(0).map(|shown| here.name_of(&shown.entry).to_owned()).collect::<Vec<_>>()
    };
    session.press("o");
    assert_eq!(order(&session), ["aaa", "bb", "c"], "largest first");
    session.press("O");
    assert_eq!(order(&session), ["c", "bb", "aaa"]);
    session.press("o");
    assert_eq!(order(&session), ["c", "bb", "aaa"], "newest first");
    session.press("o");
    assert_eq!(order(&session), ["aaa", "bb", "c"]);
}

#[test]
fn refresh_keeps_filter_sort_and_cursor() {
    let mut session = Session::open(company(), "s3://docs/");
    session.press("o / t x t enter j");
    let before = row(&session);
    session.shelf.put("docs", "new.txt", 5);
    session.shelf.remove("docs", "invoices/2025/old.pdf");
    session.press("R");
    assert_eq!(row(&session), before);
    assert_eq!(session.model.browse.here.shown_count(), 3);
    assert!(session.shows("new.txt"));
}

#[test]
fn refresh_that_fails_keeps_what_was_there_and_says_why() {
    let mut session = Session::open(company(), "s3://docs/");
    session.shelf.refuse("list docs/", FailureKind::Unreachable);
    session.press("R");
    assert!(session.shows("z.txt"));
    assert!(session.shows("the store refused it"), "{}", session.screen());
    session.press("j");
    assert!(!session.shows("the store refused it"), "a key dismisses it");
    session.press("E");
    assert!(session.shows("the store refused it"), "the messages keep it");
}

#[test]
fn a_message_opens_to_all_that_is_known_of_its_failure_and_is_copied() {
    let mut session = Session::open(company(), "s3://docs/");
    session.press("R E enter");
    assert!(session.shows("Nothing was said yet."), "{}", session.screen());
    session.press("esc");
    session.shelf.refuse_with("list docs/", told_in_full());
    session.press("R M M E");
    assert!(session.shows("▸ ") && session.shows("mouse"), "{}", session.screen());
    session.press("j j j enter");
    insta::assert_snapshot!("message_80x24", session.screen());
    session.press("y");
    let copied = session.desk.lock().unwrap().copied.pop().unwrap();
    assert!(copied.starts_with("cannot list s3://docs/\nwhy         it is not allowed\n"), "{copied}");
    assert!(copied.contains("\nrequest id  R1\nhost id     H1\n") && copied.contains("<Error>"), "{copied}");
    session.press("esc k y esc");
    assert!(session.desk.lock().unwrap().copied.pop().unwrap().contains("mouse"));
    assert!(session.shows("z.txt"));
}

fn told_in_full() -> Failure {
    let exchange = Exchange {
        request: "GET https://s3.example.com/docs?list-type=2&max-keys=1000&prefix=".to_owned(),
        attempts: 3,
        answer: "403\nx-amz-request-id: R1\n\n<Error><Code>AccessDenied</Code></Error>".to_owned(),
    };
    let reply = Reply {
        status: 403,
        code: "AccessDenied".to_owned(),
        message: "Access Denied".to_owned(),
        request_id: Some("R1".to_owned()),
        host_id: Some("H1".to_owned()),
    };
    let failure = Failure::new(FailureKind::Forbidden, "list s3://docs/", "it is not allowed", "ask for it");
    Failure { reply: Some(reply), exchange: Some(Box::new(exchange)), ..failure }
}

#[test]
fn buckets_that_may_not_be_listed_are_opened_by_name() {
    let shelf = company();
    shelf.refuse("buckets", FailureKind::Forbidden);
    let mut session = Session::open(shelf, "s3://");
    assert!(session.shows("he store refused it"), "{}", session.screen());
    session.press(": ctrl-u");
    session.type_text("docs/invoices/");
    session.press("enter");
    assert_eq!(place(&session), "s3://docs/invoices/");
    assert!(session.shows("2025/"));
}

#[test]
fn a_place_that_is_none_is_said_to_be_so_and_the_line_stays() {
    let mut session = Session::open(company(), "s3://docs/");
    session.press(": ctrl-u");
    session.type_text("https://docs");
    session.press("enter");
    assert!(session.shows("is not an s3:// location"), "{}", session.screen());
    session.press("esc");
    assert_eq!(place(&session), "s3://docs/");
}

#[test]
fn marks_stay_through_filter_and_sort_and_esc_clears_them() {
    let mut session = Session::open(company(), "s3://docs/");
    session.press("space space o o /");
    session.type_text("z");
    session.press("enter");
    assert!(session.shows("2 marked"), "{}", session.screen());
    session.press("esc");
    assert!(!session.shows("marked"));
    assert!(session.shows("1 of 3"), "the filter is still there");
    session.press("esc a");
    assert!(session.shows("3 marked"));
    session.press("a");
    assert!(!session.shows("marked"));
}

#[test]
fn locations_of_marked_rows_are_copied() {
    let mut session = Session::open(company(), "s3://docs/");
    session.press("y");
    session.press("a y");
    let copied = session.desk.lock().unwrap().copied.clone();
    assert_eq!(copied, ["s3://docs/a.txt", "s3://docs/a.txt\ns3://docs/invoices/\ns3://docs/z.txt"]);
    assert!(session.shows("3 s3:// locations copied"));
}

#[test]
fn the_mouse_selects_opens_and_scrolls() {
    let mut session = Session::open(company(), "s3://docs/");
    let list = session.model.viewport.list;
    session.click(list.x + 2, list.y + 1);
    assert_eq!(row(&session), "invoices/");
    session.click(list.x + 2, list.y + 1);
    assert_eq!(place(&session), "s3://docs/invoices/");
    session.click(list.x + 2, list.y + 9);
    assert_eq!(row(&session), "2025/", "below the last row there is nothing to click");
    session.press("M");
    assert!(session.effects().contains(&Effect::CaptureMouse(false)));

    let mut session = Session::open(big(300), "s3://big/");
    session.wheel_down();
    assert_eq!(row(&session), "000003");
}

#[test]
fn an_empty_place_says_so() {
    let shelf = Shelf::with(&[]);
    shelf.put("empty", "", 0);
    let session = Session::open(shelf, "s3://empty/");
    assert!(session.shows("Nothing here"), "{}", session.screen());
}

#[test]
fn quit_and_suspend_are_effects_in_every_scene() {
    let mut session = Session::open(company(), "s3://docs/");
    for scene in ["", "?", "s"] {
        session.press(scene);
        session.effects();
        session.press("ctrl-z ctrl-c");
        assert_eq!(session.effects(), [Effect::Suspend, Effect::Quit], "{scene}");
        session.press("esc");
    }
}

#[test]
fn help_names_every_key_of_the_scene() {
    let mut session = Session::open(company(), "s3://docs/");
    session.resize(80, 200);
    session.press("?");
    for command in
        daypass::command::list::Command::ALL.iter().filter(|c| c.scene() == daypass::command::list::Scene::Browse)
    {
        let beginning: String = command.help().chars().take(30).collect();
        assert!(session.shows(beginning.trim_end()), "{beginning}\n{}", session.screen());
    }
}

#[test]
fn a_megabyte_that_was_pasted_by_mistake_holds_nothing_up() {
    let mut session = Session::open(Shelf::with(&["files/a"]), "s3://files/");
    for keys in ["/", ":", "u", "S up up"] {
        session.press(keys);
        session.send(Msg::Pasted(LinkText::new("x".repeat(1 << 20))));
        session.press("esc");
    }
    session.press("u ctrl-u");
    session.send(Msg::Pasted(LinkText::new("new\nname".to_owned())));
    session.press("home");
    session.send(Msg::Pasted(LinkText::new("a ".to_owned())));
    session.type_text("b ");
    assert!(session.shows("a b newname"), "{}", session.screen());
}

/// A page of objects with these numbers, as `big` names them.
fn page(numbers: std::ops::Range<usize>) -> KeyPage {
    let mut page = KeyPage::default();
    for number in numbers {
        let key = &format!("{number:06}");
        page.push_object(&ListedObject { key, size: 1, modified: None, etag: "", storage_class: "" }).unwrap();
    }
    page
}

/// The question of the listing to the end that is under way.
fn streaming(session: &Session) -> Question {
    let listing = session.asked().find_map(|effect| match effect {
        Effect::ListAll(question, ..) => Some(*question),
        _ => None,
    });
    listing.expect("nothing is listed to the end")
}

#[test]
fn to_the_end_rows_stream_in_while_every_key_works() {
    let mut session = Session::open(big(20_000), "s3://big/");
    session.hold();
    session.press("G");
    let question = streaming(&session);
    session.send(Msg::PagesCame(question, vec![page(100..1_100), page(1_100..2_100)], 0));
    assert_eq!(row(&session), "002099", "the cursor follows");
    session.wait(Duration::from_secs(1));
    assert!(session.shows("listing… 2.10 k, 2.00 k/s"), "{}", session.screen());
    session.press("/ 9 9 enter space");
    assert_eq!(session.model.browse.here.shown_count(), 39);
    session.send(Msg::PagesCame(question, vec![page(2_100..3_100)], 0));
    assert_eq!(session.model.browse.here.shown_count(), 58, "what comes is filtered, too");
    session.send(Msg::ListingEnded(question, vec![page(3_100..3_200)], Ok(())));
    assert!(session.shows("59 of 3,200 shown"), "{}", session.screen());
    session.press("esc esc");
    assert!(session.shows("all 3,200"), "{}", session.screen());
}

#[test]
fn rows_that_come_before_those_between_are_told_and_count_as_come() {
    let mut session = Session::open(big(20_000), "s3://big/");
    session.hold();
    session.press("G");
    let question = streaming(&session);
    session.send(Msg::PagesCame(question, vec![page(100..1_100)], 5_000));
    session.wait(Duration::from_secs(1));
    assert!(session.shows("listing… 1.10 k + 5.00 k ahead, 6.00 k/s"), "{}", session.screen());
    session.press("esc");
    assert!(session.shows("1,100 loaded, more"), "{}", session.screen());
    session.press("G");
    session.wait(Duration::from_secs(1));
    assert!(!session.shows("ahead"), "they are asked for again: {}", session.screen());
}

#[test]
fn esc_stops_a_listing_to_the_end_and_g_takes_it_up_again() {
    let mut session = Session::open(big(5_000), "s3://big/");
    session.hold();
    session.press("G");
    let question = streaming(&session);
    session.send(Msg::PagesCame(question, vec![page(100..1_100)], 0));
    session.press("esc");
    session.send(Msg::PagesCame(question, vec![page(1_100..2_100)], 0));
    assert!(session.shows("1,100 loaded, more"), "what comes late is dropped: {}", session.screen());
    session.shelf.questions();
    session.release();
    session.press("G");
    assert!(session.shows("all 5,000"), "{}", session.screen());
    assert_eq!(session.shelf.questions().first().unwrap(), "list big/ after 001099");
}

#[test]
fn a_listing_to_the_end_that_breaks_off_keeps_what_came_and_says_why() {
    let mut session = Session::open(big(5_000), "s3://big/");
    session.hold();
    session.press("G");
    let question = streaming(&session);
    let failure = Failure::new(FailureKind::Busy, "list s3://big/", "the store is busy", "wait a moment");
    session.send(Msg::ListingEnded(question, vec![page(100..1_100)], Err(failure)));
    assert!(session.shows("1,100 loaded, more: failed"), "{}", session.screen());
    session.release();
    session.press("G");
    assert!(session.shows("all 5,000"), "{}", session.screen());
}

#[test]
fn a_refresh_of_many_rows_is_one_listing_that_ends_when_as_many_have_come() {
    let mut session = Session::open(big(9_000), "s3://big/");
    session.press("G");
    session.press("k space R");
    assert!(session.effects().iter().any(|effect| matches!(effect, Effect::ListAll(..))));
    assert_eq!((row(&session).as_str(), session.model.browse.here.marks().len()), ("008999", 1));
    assert!(session.shows("all 9,000"), "{}", session.screen());
}

#[test]
fn a_long_list_is_filtered_beside_the_screen_and_the_newest_filter_wins() {
    let mut session = Session::open(big(30_000), "s3://big/");
    session.press("G");
    session.hold();
    session.press("/ 9 9 9");
    assert!(session.shows("filter “999”") && session.shows("000999"), "a part is there at once: {}", session.screen());
    let works = session.asked().filter(|effect| matches!(effect, Effect::Arrange(..))).count();
    assert_eq!(works, 1);
    session.release();
    let expected = (0..30_000).filter(|number| format!("{number:06}").contains("999")).count();
    assert_eq!(session.model.browse.here.shown_count(), expected);
    session.press("enter o");
    assert_eq!(session.model.browse.here.shown_count(), expected);
    session.press("esc");
    assert_eq!((row(&session).as_str(), session.model.browse.here.shown_count()), ("029999", 30_000));
}

#[test]
fn a_list_begins_at_a_name_without_loading_what_is_before_it() {
    let mut session = Session::open(big(5_000), "s3://big/");
    session.shelf.questions();
    session.press(": ctrl-u");
    session.type_text(">0042");
    assert!(session.shows("begins this list at “0042”"), "{}", session.screen());
    session.press("enter");
    assert_eq!(session.shelf.questions(), [format!("list big/ after 0041{}", char::MAX)]);
    assert_eq!(row(&session), "004200");
    assert!(session.shows("from “0042” on"), "{}", session.screen());
    session.press("G");
    assert!(session.shows("800 to the end"), "{}", session.screen());
    session.press("R");
    assert_eq!(row(&session), "004999", "a refresh stays there");
    session.press("g");
    assert!(session.shows("800 to the end") && row(&session) == "004200", "{}", session.screen());
    session.press("g");
    assert!(session.shows("100 loaded, more") && row(&session) == "000000", "{}", session.screen());
}

#[test]
fn another_order_than_that_of_names_loads_all_rows_and_where_that_is_stopped_it_says_so() {
    let mut session = Session::open(big(300), "s3://big/");
    session.hold();
    session.press("o");
    assert!(session.shows("sorted as far as loaded"), "{}", session.screen());
    session.press("esc");
    session.release();
    insta::assert_snapshot!("half_sorted_80x24", session.screen());
    assert!(session.shows("100 loaded, more") && row(&session) == "000000", "{}", session.screen());
    session.press("o");
    assert!(session.shows("all 300") && !session.shows("sorted as far as"), "{}", session.screen());
    assert_eq!(row(&session), "000000", "the cursor stays on its row");
}

#[test]
fn up_to_a_row_deep_in_a_huge_prefix_loads_no_more_than_its_start_and_what_follows_the_row() {
    let shelf = big(5_000);
    shelf.put("big", "004200/below", 1);
    let mut session = Session::open(shelf, "s3://big/004200/");
    session.shelf.questions();
    session.press("h");
    assert_eq!(row(&session), "004200/");
    assert_eq!(session.shelf.questions(), ["list big/".to_owned(), format!("list big/ after 004200.{}", char::MAX)]);
    assert!(session.shows("from “004200/” on"), "{}", session.screen());
    session.press("j k l");
    session.shelf.questions();
    assert_eq!(place(&session), "s3://big/004200/");
    session.press("h");
    assert_eq!((row(&session).as_str(), session.shelf.questions().len()), ("004200/", 0), "it is as it was left");
    session.press("g");
    assert!(session.shows("100 loaded, more") && row(&session) == "000000", "{}", session.screen());
}

#[test]
fn a_row_that_is_gone_leaves_the_cursor_on_the_next_one() {
    let shelf = big(5_000);
    let mut session = Session::open(shelf.clone(), "s3://big/004200/");
    assert!(session.shows("Nothing here."));
    session.press("h");
    assert_eq!((row(&session).as_str(), shelf.questions().len()), ("004201", 3), "below, the start, and what follows");
    let mut session = Session::open(shelf, "s3://big/zzz/");
    session.press("h");
    assert!(session.shows("Nothing from “zzz/” on"), "{}", session.screen());
    session.press("g");
    assert_eq!(row(&session), "000000");
}

#[test]
fn up_to_a_place_that_is_loaded_already_finds_the_row_in_it() {
    let mut session = Session::open(company(), "s3://docs/invoices/");
    session.press("h k [");
    assert_eq!(place(&session), "s3://docs/invoices/");
    session.shelf.questions();
    session.press("h");
    assert_eq!((place(&session), row(&session)), ("s3://docs/".into(), "invoices/".into()));
    assert_eq!(session.shelf.questions(), [""; 0]);
}

#[test]
fn what_begins_with_a_text_is_listed_alone_and_under_its_whole_name() {
    let mut session = Session::open(company(), "s3://docs/");
    session.press(": ctrl-u");
    session.type_text("docs/inv");
    assert!(session.shows("all that begins with “inv”"), "{}", session.screen());
    session.press("enter");
    assert_eq!((row(&session).as_str(), session.model.browse.here.loaded()), ("invoices/", 1));
    session.press("u");
    assert!(session.shows("docs/invoices/") || session.shows("invoices/"), "{}", session.screen());
    session.press("esc l");
    assert_eq!(place(&session), "s3://docs/invoices/");
}

#[test]
fn numbers_of_marked_rows_keep_their_thousands_apart() {
    let mut session = Session::open(big(1_200), "s3://big/");
    session.press("G a y");
    assert!(session.shows("1,200 s3:// locations"), "{}", session.screen());
    session.press("s");
    assert!(session.shows("1,200 marked rows"), "{}", session.screen());
}

#[test]
fn a_location_that_is_put_behind_the_place_replaces_it() {
    let mut session = Session::open(company(), "s3://docs/invoices/");
    session.press(":");
    session.send(Msg::Pasted(LinkText::new("s3://media/".to_owned())));
    assert!(session.shows("Go to: s3://media/"), "{}", session.screen());
    session.press("enter");
    assert_eq!(place(&session), "s3://media/");
    session.press(":");
    session.type_text("s3://docs/");
    session.press("enter");
    assert_eq!(place(&session), "s3://docs/");
}

#[test]
fn a_name_to_begin_at_that_is_typed_behind_the_place_replaces_it() {
    let mut session = Session::open(big(5_000), "s3://big/");
    session.press(":");
    session.type_text(">0042");
    assert!(session.shows("Go to: >0042"), "{}", session.screen());
    session.press("enter");
    assert_eq!(row(&session), "004200");
    session.press(":");
    session.type_text("x>y");
    assert!(session.shows("Go to: s3://big/x>y"), "a key may hold it: {}", session.screen());
}

#[test]
fn among_buckets_no_list_is_promised_to_begin_at_a_name() {
    let mut session = Session::open(company(), "s3://");
    session.press(": ctrl-u");
    session.type_text(">b");
    assert!(!session.shows("begins this list") && session.shows("open a bucket first"), "{}", session.screen());
}

#[test]
fn a_list_that_is_full_says_so_and_goes_on_behind_itself() {
    let mut session = Session::open(big(9_000), "s3://big/");
    session.model.fixed.most_bytes = 40_000;
    session.press("G");
    let loaded = session.model.browse.here.loaded();
    assert!(loaded < 9_000 && session.shows("loaded, full, more"), "{}", session.screen());
    assert!(session.shows("the list is full (39.1 KiB): at its end, G goes on behind it"), "{}", session.screen());
    session.press("k space j");
    assert!(session.shows("the list is full (39.1 KiB): G goes on behind it"), "{}", session.screen());
    session.press("G");
    assert!(session.shows(&format!("behind “{:06}” on", loaded - 1)), "{}", session.screen());
    assert_eq!(row(&session), "008999");
    session.press("R");
    assert!(session.shows("1 marked"), "a refresh keeps marks before its first row: {}", session.screen());
    session.press("g g");
    assert!(session.shows("1 marked") && row(&session) == "000000", "{}", session.screen());
}

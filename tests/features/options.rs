//! Links with options: forms, questions before what cannot be taken back, and what a link is handed on as.

use std::time::Duration;

use daypass::presign::rules::Rules;
use daypass::s3::provider;

use crate::session::Session;
use crate::shelf::Shelf;

fn files() -> std::sync::Arc<Shelf> {
    Shelf::with(&["files/in/x.txt", "files/page.html", "files/report Q3.pdf"])
}

/// A session with the cursor on the report.
fn on_the_report() -> Session {
    let mut session = Session::open(files(), "s3://files/");
    session.press("j j");
    session
}

fn copied(session: &Session) -> Vec<String> {
    session.desk.lock().unwrap().copied.clone()
}

#[test]
fn a_form_makes_the_link_that_it_describes() {
    let mut session = on_the_report();
    session.press("S");
    for told in ["works for", "15m", "arrives", "as stored", "version", "current"] {
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
    session.press("right tab right tab");
    assert!(session.shows("file name"), "{}", session.screen());
    session.press("ctrl-u");
    session.type_text("Q3 für Sie.pdf");
    session.press("enter");
    let [url] = copied(&session).try_into().unwrap();
    assert!(url.contains("X-Amz-Expires=3600&"), "{url}");
    let name = "attachment%3B%20filename%3D%22Q3%20f_r%20Sie.pdf%22%3B%20filename%2A%3DUTF-8%27%27Q3%2520f%25C3%25BCr%2520Sie.pdf";
    assert!(url.contains(&format!("response-content-disposition={name}&")), "{url}");
    assert!(session.shows("14:05") && session.shows("1 h"), "{}", session.screen());
}

#[test]
fn a_lifetime_is_typed_as_people_say_it() {
    let mut session = on_the_report();
    session.press("S");
    session.type_text("until 18:00");
    session.press("enter");
    let [url] = copied(&session).try_into().unwrap();
    assert!(url.contains("X-Amz-Expires=17700&"), "{url}");
    assert!(session.shows("18:00 UTC today"), "{}", session.screen());
}

#[test]
fn what_is_wrong_in_a_form_is_said_at_its_field_and_nothing_is_made() {
    let mut session = on_the_report();
    for (typed, complaint) in [("soon", "not a lifetime"), ("until 2026-01-01", "passed already")] {
        session.press("S");
        session.type_text(typed);
        session.press("enter");
        assert!(session.shows(complaint), "{complaint}\n{}", session.screen());
        session.press("esc");
    }
    assert_eq!(copied(&session), [""; 0]);
    assert_eq!(*session.keys.asked.lock().unwrap(), 0, "nothing was signed");
}

#[test]
fn a_link_beyond_what_the_store_takes_is_refused_with_the_reason() {
    let mut session = on_the_report();
    session.press("S");
    session.type_text("8d");
    session.press("enter y");
    assert!(session.shows("works for 7d at most"), "{}", session.screen());
    assert_eq!(copied(&session), [""; 0]);
}

#[test]
fn a_link_for_more_than_a_day_is_made_after_a_yes_only() {
    let mut session = on_the_report();
    session.press("S");
    session.type_text("2d");
    session.press("enter");
    assert!(session.shows("cannot be taken back"), "{}", session.screen());
    session.press("n");
    assert_eq!(copied(&session), [""; 0]);
    session.press("S");
    session.type_text("2d");
    session.press("enter y");
    assert!(copied(&session)[0].contains("X-Amz-Expires=172800&"));
    assert!(session.shows("can use it for 2d"), "{}", session.screen());
}

#[test]
fn a_delete_link_is_asked_about_in_the_words_of_what_happens() {
    let mut session = on_the_report();
    session.model.store.rules = Rules::of(provider::by_id("b2").unwrap());
    // From the lifetime up to the method; left goes round to the last.
    session.press("S up left");
    assert!(session.shows("DELETE link"), "{}", session.screen());
    session.press("enter");
    assert!(session.shows("only hides the key"), "{}", session.screen());
    assert_eq!(copied(&session), [""; 0]);
    session.press("y");
    assert!(session.shows("DELETE link") && session.shows("only hides"), "{}", session.screen());
    assert!(copied(&session)[0].contains("X-Amz-Expires=300&"), "DELETE links are short");
}

#[test]
fn an_upload_form_binds_what_the_sender_must_send_and_lists_it() {
    let mut session = on_the_report();
    session.press("U");
    session.press("tab tab");
    session.type_text("application/pdf");
    session.press("tab");
    session.type_text("2KiB");
    session.press("tab tab right");
    session.press("enter");
    let [url] = copied(&session).try_into().unwrap();
    assert!(url.contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match&"), "{url}");
    for told in ["content-type: application/pdf", "content-length: 2048", "if-none-match: *"] {
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
    assert!(!session.shows("replaces what is there"), "it only creates");
}

#[test]
fn what_a_store_cannot_do_is_said_with_what_works_instead() {
    let mut session = on_the_report();
    session.model.store.rules = Rules::of(provider::by_id("b2").unwrap());
    session.press("U tab tab tab tab tab right enter");
    assert!(session.shows("Backblaze B2 does not know create-only"), "{}", session.screen());
    assert_eq!(copied(&session), [""; 0]);
}

#[test]
fn changing_a_link_keeps_what_was_chosen_and_takes_its_place() {
    let mut session = on_the_report();
    session.press("S tab right enter");
    session.press("e");
    assert!(session.shows("as a file to save"), "{}", session.screen());
    session.press("right enter");
    let [first, second] = copied(&session).try_into().unwrap();
    assert!(first.contains("Expires=900&") && second.contains("Expires=3600&"), "{first}\n{second}");
    assert!(second.contains("response-content-disposition=attachment"), "{second}");
    session.press("esc");
    assert!(!session.shows("GET link"), "one sheet, not two\n{}", session.screen());
}

#[test]
fn the_same_link_is_given_again_while_it_is_fresh_and_a_new_one_when_asked_for() {
    let mut session = on_the_report();
    session.press("s esc");
    session.wait(Duration::from_secs(300));
    session.press("s");
    session.press("n");
    let [first, again, anew] = copied(&session).try_into().unwrap();
    assert_eq!(first, again);
    assert_ne!(first, anew);
    assert!(session.shows("15 min"), "{}", session.screen());
}

#[test]
fn what_a_browser_would_run_is_saved_unless_told_otherwise() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("j s");
    assert!(copied(&session)[0].contains("response-content-disposition=attachment"));
    session.press("esc S");
    assert!(session.shows("as a file to save"), "{}", session.screen());
    session.press("tab right right right right enter");
    assert!(copied(&session)[1].contains("response-content-disposition=attachment"), "round once");
}

#[test]
fn a_link_is_copied_as_a_command_by_the_digit_of_its_tool() {
    let mut session = on_the_report();
    session.press("s x");
    assert!(session.shows("1  for curl"), "{}", session.screen());
    session.press("1");
    let command = copied(&session).pop().unwrap();
    assert!(command.starts_with("curl ") && command.contains("'report Q3.pdf'"), "{command}");
    assert!(session.shows("For curl") && session.shows("command copied"), "{}", session.screen());
    session.press("esc");
    assert!(session.shows("GET link"), "the sheet is still there\n{}", session.screen());
}

#[test]
fn a_qr_code_is_shown_where_it_fits_and_says_what_it_needs_where_not() {
    let mut session = on_the_report();
    session.press("s r");
    assert!(session.shows("cells and there are"), "{}", session.screen());
    session.resize(160, 60);
    assert!(session.shows("█▀▀▀▀▀█") || session.shows("█ ▄▄▄ █"), "{}", session.screen());
}

#[test]
fn a_form_can_be_filled_in_on_a_small_screen() {
    let mut session = on_the_report();
    session.resize(40, 12);
    session.press("U shift-tab shift-tab");
    session.type_text("ticket 4711");
    assert!(session.shows("ticket 4711") && session.shows("esc close"), "{}", session.screen());
    session.press("enter");
    assert!(session.shows("PUT link"), "{}", session.screen());
}

#[test]
fn a_complaint_stands_at_its_field_on_a_small_screen_too() {
    let mut session = on_the_report();
    session.resize(40, 12);
    session.press("S ctrl-u x enter");
    assert!(session.shows("not a lifetime"), "{}", session.screen());
}

#[test]
fn marked_rows_get_head_and_delete_links_as_lists() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("a S");
    assert!(session.shows("HEAD links as text") && session.shows("DELETE links as CSV"), "{}", session.screen());
    session.press("7 enter");
    assert!(session.shows("deletes the object for good"), "{}", session.screen());
    session.press("y");
    assert!(session.book.records().iter().all(|record| record.method.as_str() == "DELETE"));
    assert_eq!(session.book.records().len(), 3);
}

#[test]
fn a_link_to_a_version_names_it_and_claims_nothing_of_its_size() {
    let mut session = on_the_report();
    session.press("S tab tab tab");
    session.type_text("v-1234");
    session.press("enter");
    assert!(session.shows("version v-1234") && !session.shows("KiB ·"), "{}", session.screen());
}

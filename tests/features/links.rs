//! Links: only when a key asks, right, copied, and told truthfully.

use daypass::presign::probe::ProbeAnswer;
use daypass::s3::failure::FailureKind;
use daypass::update::effect::Effect;
use daypass::world::{Copy, Multiplexer};

use crate::session::Session;
use crate::shelf::Shelf;

fn files() -> std::sync::Arc<Shelf> {
    Shelf::with(&["files/a b+c%.pdf", "files/in/x.txt", "files/report-Q3.pdf", "files/z"])
}

#[test]
fn share_makes_a_get_link_copies_it_and_shows_until_when_it_works() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("j j s");
    let copied = session.desk.lock().unwrap().copied.clone();
    let [url] = copied.as_slice() else { panic!("copied {copied:?}") };
    assert!(
        url.starts_with("https://s3.us-west-004.backblazeb2.com/files/report-Q3.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&"),
        "{url}"
    );
    assert!(url.contains("X-Amz-Date=20261123T130500Z&X-Amz-Expires=900&"), "{url}");
    for told in ["GET", "report-Q3.pdf", "13:20", "15 min", "copied to the clipboard", "profile support"] {
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
    let signature = url.rsplit_once('=').unwrap().1;
    assert!(!session.shows(signature), "the sheet shows the link without its signature");
}

#[test]
fn nothing_is_signed_and_nothing_asked_for_a_row_that_is_only_looked_at() {
    let mut session = Session::open(files(), "s3://");
    session.press("enter");
    for keys in [
        "j",
        "j",
        "j",
        "k",
        "/ z enter",
        "esc",
        "o",
        "o",
        "o",
        "space",
        "a",
        "esc",
        "i",
        "esc",
        "v",
        "esc",
        "R",
        "g",
        "G",
        "?",
        "esc",
        "E",
        "esc",
        "u",
        "esc",
        ": esc",
        "[",
        "]",
        "y",
    ] {
        session.press(keys);
        session.rest();
    }
    let signing =
        session.effects().into_iter().filter(|effect| matches!(effect, Effect::Presign(..) | Effect::CopyLink(..)));
    assert_eq!(signing.count(), 0);
    assert_eq!(*session.keys.asked.lock().unwrap(), 0, "credentials were asked for by nobody");
    assert_eq!(*session.prober.asked.lock().unwrap(), [], "no link was there to be asked about");
    let asked = session.shelf.questions();
    let expected = ["buckets", "list files/", "head files/", "tags files/", "versions files/"];
    for question in &asked {
        assert!(expected.iter().any(|e| question.starts_with(e)), "{question} was asked for");
    }
    assert!(
        !asked.iter().any(|question| question.starts_with("list files/in/")),
        "a prefix that was not opened was listed"
    );
}

#[test]
fn facts_are_asked_for_the_row_the_cursor_rests_on_and_for_no_row_it_passes() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("j j j k k k j j");
    session.shelf.questions();
    session.rest();
    assert_eq!(session.shelf.questions(), ["head files/report-Q3.pdf"]);
    session.press("j k");
    session.rest();
    assert_eq!(session.shelf.questions(), [""; 0], "what is known is not asked again");
}

#[test]
fn an_upload_link_asks_for_the_name_of_the_new_key() {
    let mut session = Session::open(files(), "s3://files/in/");
    session.press("u ctrl-u");
    session.type_text("new file.bin");
    assert!(session.shows("s3://files/in/"), "{}", session.screen());
    session.press("enter");
    let copied = session.desk.lock().unwrap().copied.clone();
    assert!(copied[0].contains("/files/in/new%20file.bin?"), "{copied:?}");
    assert!(session.shows("PUT") && !session.shows("overwrites"), "{}", session.screen());
}

#[test]
fn an_upload_link_to_an_object_says_that_it_would_be_overwritten() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("j j u");
    assert!(session.shows("overwrites"), "{}", session.screen());
    session.press("enter");
    assert!(session.shows("PUT") && session.shows("overwrites"), "{}", session.screen());
}

#[test]
fn an_upload_link_on_a_prefix_or_bucket_begins_there() {
    let mut session = Session::open(files(), "s3://");
    session.press("u");
    session.type_text("top.txt");
    session.press("enter esc enter j u");
    session.type_text("deep.txt");
    session.press("enter");
    let copied = session.desk.lock().unwrap().copied.clone();
    assert!(copied[0].contains("/files/top.txt?"), "{copied:?}");
    assert!(copied[1].contains("/files/in/deep.txt?"), "{copied:?}");
}

#[test]
fn a_key_that_cannot_be_is_refused_where_it_is_typed() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("u ctrl-u enter");
    assert!(session.shows("a key cannot be empty"), "{}", session.screen());
    session.type_text(&"k".repeat(1025));
    session.press("enter");
    assert!(session.shows("1024") || session.shows("1,024"), "{}", session.screen());
    session.press("esc");
    assert_eq!(session.desk.lock().unwrap().copied.len(), 0);
}

#[test]
fn a_prefix_or_bucket_has_no_link_of_its_own_but_links_to_all_below_it_are_offered() {
    let mut session = Session::open(files(), "s3://");
    session.press("s");
    assert!(session.shows("Links to all below s3://files/"), "{}", session.screen());
    session.press("esc enter j s");
    assert!(session.shows("Links to all below s3://files/in/"), "{}", session.screen());
    assert_eq!(session.desk.lock().unwrap().copied.len(), 0);
}

#[test]
fn credentials_that_end_first_set_the_end() {
    let mut session = Session::open(files(), "s3://files/");
    *session.keys.expires.lock().unwrap() = Some("2026-11-23T13:09:00Z".parse().unwrap());
    session.press("s");
    assert!(session.shows("13:09"), "{}", session.screen());
    assert!(session.shows("4 min"), "{}", session.screen());
    assert!(session.shows("credentials"), "{}", session.screen());
}

#[test]
fn a_link_that_is_not_made_says_why() {
    let mut session = Session::open(files(), "s3://files/");
    *session.keys.expires.lock().unwrap() = Some("2026-11-23T13:00:00Z".parse().unwrap());
    session.press("s");
    assert!(session.shows("ended"), "{}", session.screen());
    assert_eq!(session.desk.lock().unwrap().copied.len(), 0);
}

#[test]
fn the_sheet_says_how_the_link_was_copied_and_that_a_terminal_does_not_confirm() {
    let terminal = |through| Copy::Terminal { sequence: "\u{1b}]52;c;eA==\u{7}".into(), through };
    for (answer, told) in [
        (Copy::Native, "copied to the clipboard"),
        (Copy::Tmux, "does not confirm"),
        (terminal(Multiplexer::None), "sent to the terminal (OSC 52)"),
        (terminal(Multiplexer::Screen), "does not confirm"),
        (Copy::NotCopied("the clipboard is turned off".into()), "not copied"),
    ] {
        let mut session = Session::open(files(), "s3://files/");
        session.desk.lock().unwrap().answer = answer;
        session.press("s");
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
}

#[test]
fn the_whole_url_is_shown_unwrapped_for_copying_by_hand() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("s f");
    let url = session.desk.lock().unwrap().copied[0].clone();
    let lines: String = session.screen().lines().map(str::to_owned).collect();
    assert!(lines.contains(&url), "{url}\n{}", session.screen());
    session.press("esc");
    assert!(session.shows("15 min"), "back on the sheet\n{}", session.screen());
}

#[test]
fn a_link_goes_to_a_private_file_when_asked() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("s w");
    let url = session.desk.lock().unwrap().copied[0].clone();
    let written: Vec<_> = std::fs::read_dir(session.links_dir()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(written.len(), 1);
    assert_eq!(std::fs::read_to_string(&written[0]).unwrap().trim_end(), url);
    assert!(session.shows("written to"), "{}", session.screen());
}

#[test]
fn a_link_is_printed_at_the_end_only_when_asked_and_not_when_taken_back() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("s esc j j s p");
    assert_eq!(session.model.print_on_exit.len(), 1);
    session.press("p");
    assert!(session.model.print_on_exit.is_empty());
}

#[test]
fn a_link_that_was_closed_before_it_was_made_is_not_copied() {
    let mut session = Session::open(files(), "s3://files/");
    session.hold();
    session.press("s esc");
    session.release();
    assert_eq!(session.desk.lock().unwrap().copied.len(), 0);
}

#[test]
fn the_time_left_counts_down_and_an_ended_link_says_so() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("s");
    session.wait(std::time::Duration::from_secs(600));
    assert!(session.shows("5 min"), "{}", session.screen());
    session.wait(std::time::Duration::from_secs(301));
    assert!(session.shows("expired") || session.shows("ended"), "{}", session.screen());
}

#[test]
fn an_object_that_may_not_be_read_keeps_the_facts_of_its_row() {
    let shelf = files();
    shelf.refuse("head files/report-Q3.pdf", FailureKind::Forbidden);
    let mut session = Session::open(shelf, "s3://files/");
    session.press("j j");
    session.rest();
    assert!(session.shows("the store refused it"), "{}", session.screen());
    assert!(session.shows("STANDARD"), "{}", session.screen());
}

#[test]
fn where_a_link_went_is_noted_in_the_ledger_and_never_the_link_itself() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("j j s f esc r esc w x 1 esc m 1 esc esc");
    let records = session.book.records();
    let destinations: Vec<&str> = records.iter().map(|record| record.destination.word()).collect();
    assert_eq!(destinations, ["clipboard", "screen", "qr", "file", "clipboard", "clipboard"]);
    let first = &records[0];
    assert_eq!(first.object.key.as_str(), "report-Q3.pdf");
    assert_eq!((first.issuer.who.as_str(), first.access_key_last4.as_str()), ("ada", "MPLE"));
    let url = session.desk.lock().unwrap().copied[0].clone();
    let signature = url.rsplit_once('=').unwrap().1;
    for record in &records {
        assert_eq!(record.url_sha256, first.url_sha256, "one link");
        assert!(!record.line().contains(signature) && !record.line().contains("X-Amz-"), "{}", record.line());
    }
}

#[test]
fn a_note_goes_into_the_ledger_and_not_into_the_link() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("j j S up up");
    session.type_text("ticket 4711");
    session.press("enter");
    assert_eq!(session.book.records()[0].note.as_deref(), Some("ticket 4711"));
    assert!(!session.desk.lock().unwrap().copied[0].contains("4711"));
}

#[test]
fn a_ledger_that_fails_is_told_and_the_link_is_there_all_the_same() {
    let mut session = Session::open(files(), "s3://files/");
    session.book.break_down();
    session.press("j j s");
    assert!(session.shows("copied to the clipboard"), "{}", session.screen());
    assert!(session.shows("the disk is full"), "{}", session.screen());
}

#[test]
fn a_link_is_tested_without_using_it_and_the_sheet_says_what_the_store_said() {
    let mut session = Session::open(files(), "s3://files/");
    let answer = |status, headers: &[(&str, &str)], body: &str| ProbeAnswer {
        status,
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.as_bytes().to_vec(),
    };
    *session.prober.answer.lock().unwrap() =
        answer(206, &[("content-range", "bytes 0-0/2516582"), ("etag", "\"9b2c\""), ("x-amz-request-id", "1")], "x");
    session.press("j j s t");
    assert!(session.shows("works"), "{}", session.screen());
    let asked = session.prober.asked.lock().unwrap().clone();
    let [(url, request), (plain, _)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(plain.expose(), "https://s3.us-west-004.backblazeb2.com/files/report-Q3.pdf", "may anyone read it?");
    assert!(session.shows("Anyone can read the object at its plain address"), "{}", session.screen());
    assert_eq!(url.expose(), session.desk.lock().unwrap().copied[0]);
    assert_eq!(request.method, "GET");
    assert!(request.headers.iter().any(|(name, value)| name.eq_ignore_ascii_case("range") && value == "bytes=0-0"));

    let refusal = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
    *session.prober.answer.lock().unwrap() = answer(403, &[("x-amz-request-id", "2")], refusal);
    session.press("t");
    assert!(session.shows("expired"), "{}", session.screen());
}

#[test]
fn testing_an_upload_link_uploads_nothing() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("j j u enter t");
    let asked = session.prober.asked.lock().unwrap().clone();
    assert!(!asked.is_empty() && asked.iter().all(|(_, request)| request.method == "GET"), "{asked:?}");
}

#[test]
fn a_message_says_what_it_is_and_until_when() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("j j s m 1");
    let message = session.desk.lock().unwrap().copied.pop().unwrap();
    assert!(message.contains("report-Q3.pdf") && message.contains("13:20"), "{message}");
    assert!(session.shows("Message as plain text") && session.shows("message copied"), "{}", session.screen());
    session.press("esc m 2");
    assert!(session.desk.lock().unwrap().copied.pop().unwrap().contains("<a href="));
}

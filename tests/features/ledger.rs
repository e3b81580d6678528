//! The links that were issued, on the screen: which still work, what would end them, and the same link made anew.

use std::sync::Arc;
use std::time::Duration;

use daypass::presign::ledger::line::LineError;
use daypass::presign::ledger::{Destination, Issuer, Record};
use daypass::presign::link::LimitedBy;
use daypass::presign::request::Method;
use daypass::s3::failure::{Failure, FailureKind};
use daypass::s3::location::{ObjectId, VersionId};
use daypass::s3::name::{BucketName, Key};
use daypass::update::effect::Effect;
use daypass::world::Unread;
use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};

use crate::session::Session;
use crate::shelf::{NOW, Shelf};

/// A link to `object`, `bucket/key`, that was made so many seconds ago and ends in so many from now.
fn link(object: &str, ago: i64, ends_in: i64) -> Record {
    let now: Timestamp = NOW.parse().unwrap();
    let (bucket, key) = object.split_once('/').unwrap();
    let (at, ends_at) = (now - SignedDuration::from_secs(ago), now + SignedDuration::from_secs(ends_in));
    Record {
        at,
        issuer: Issuer { who: "ada".into(), store: "demo".into(), provider: "b2".into() },
        method: Method::Get,
        object: ObjectId::current(BucketName::parse(bucket).unwrap(), Key::parse(key).unwrap()),
        ends_at,
        limited_by: LimitedBy::Asked,
        signed_headers: vec!["host".into()],
        access_key_last4: "MPLE".into(),
        temporary: false,
        host: "s3.us-west-004.backblazeb2.com".into(),
        destination: Destination::Clipboard,
        note: None,
        batch: None,
        url_sha256: format!("{object} {at}"),
    }
}

fn some_links() -> Vec<Record> {
    let q3 = link("invoices/2026/report-Q3.pdf", 60, 840);
    let signed = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    vec![
        Record { access_key_last4: "OLD1".into(), ..link("releases/daypass-0.9.tar.gz", 400_000, -300_000) },
        link("releases/daypass-1.0.tar.gz", 3_700, -2_800),
        Record { note: Some("for Grace".into()), ..q3.clone() },
        Record { destination: Destination::Qr, ..q3 },
        Record {
            method: Method::Put,
            signed_headers: signed(&["content-type", "host", "if-none-match"]),
            ..link("inbox/from-customers/4711/photos of the broken pump, taken on Monday.zip", 30, 86_370)
        },
        Record {
            issuer: Issuer { who: "ada".into(), store: "archive".into(), provider: "aws".into() },
            temporary: true,
            access_key_last4: "TEMP".into(),
            limited_by: LimitedBy::Credentials,
            ..link("backup/2025/all.tar", 7_200, 1_800)
        },
    ]
}

/// What a terminal must not get as it is, in every field that others write; and lines that are no records.
pub(crate) fn awkward_lines() -> Vec<Result<Record, Unread>> {
    let record = |key: &str, ends_in| link(&format!("bucket/{key}"), 10, ends_in);
    let mut lines = vec![
        Ok(record("\u{1b}[2J", 70)),
        Ok(record("exe\u{202E}gpj.txt", 3_601)),
        Ok(record(&"k".repeat(1_024), 600)),
        Ok(record("folder/", -1)),
        Ok(record("日本語/ファイル.txt", 90_000)),
        Ok(Record {
            issuer: Issuer { who: "a\u{7}".into(), store: "st\u{202E}ore".into(), provider: "\u{9b}31m".into() },
            note: Some("line\nbreak\u{200B}".into()),
            batch: Some("\u{2028}".into()),
            access_key_last4: "\u{1b}]0;".into(),
            host: "h\u{7f}ost".into(),
            signed_headers: vec!["x\u{1b}".into()],
            url_sha256: "\u{1b}c".into(),
            object: ObjectId { version: Some(VersionId("v\u{202E}".into())), ..record("v", 5).object },
            ..record("v", 5)
        }),
        Err(Unread::Line(LineError::NotARecord)),
        Err(Unread::Line(LineError::TooLong)),
    ];
    lines.extend((0..60).map(|number| record(&format!("many/{number}"), number * 30 - 600)).map(Ok));
    lines
}

fn files() -> Arc<Shelf> {
    Shelf::with(&["invoices/2026/report-Q3.pdf"])
}

/// A session with these links in its ledger, which is open.
fn with(lines: impl IntoIterator<Item = Record>) -> Session {
    let mut session = Session::open(files(), "s3://");
    session.book.lines.lock().unwrap().extend(lines.into_iter().map(Ok));
    session.press("L");
    session
}

fn copied(session: &Session) -> Vec<String> {
    session.desk.lock().unwrap().copied.clone()
}

/// The lines of the screen that name one of these, in order, each by the name found.
fn order<'a>(session: &Session, names: &[&'a str]) -> Vec<&'a str> {
    let screen = session.screen();
    screen.lines().filter_map(|line| names.iter().find(|name| line.contains(**name)).copied()).collect()
}

const NAMES: [&str; 5] = ["daypass-0.9", "daypass-1.0", "report-Q3", "photos", "all.tar"];

#[test]
fn live_links_come_first_by_their_end_then_ended_ones_newest_first() {
    let session = with(some_links());
    assert_eq!(order(&session, &NAMES), ["report-Q3", "all.tar", "photos", "daypass-1.0", "daypass-0.9"]);
    assert!(session.shows("3 live, 5 in all"), "{}", session.screen());
    assert!(session.shows("14 min 00 s") && session.shows("30 min 00 s") && session.shows("23 h 59 min"));
    assert!(session.shows("12:18 today") && session.shows("2026-11-20"), "{}", session.screen());
}

#[test]
fn a_link_that_went_to_two_places_is_one_row() {
    let session = with(some_links());
    assert_eq!(session.screen().matches("report-Q3").count(), 1, "{}", session.screen());
    assert!(session.shows("clipboard +1"), "{}", session.screen());
}

#[test]
fn the_time_left_counts_down_and_an_ended_link_moves_to_the_ended_ones() {
    let mut session = with(some_links());
    session.wait(Duration::from_secs(2));
    assert!(session.shows("13 min 58 s") && session.shows("29 min 58 s"), "{}", session.screen());
    session.wait(Duration::from_secs(839));
    assert!(session.shows("2 live, 5 in all"), "{}", session.screen());
    assert_eq!(order(&session, &NAMES), ["all.tar", "photos", "report-Q3", "daypass-1.0", "daypass-0.9"]);
    assert!(session.shows("▸ 13:19 today"), "the cursor stays on its link\n{}", session.screen());
}

#[test]
fn the_screen_wakes_once_a_second_below_an_hour_once_a_minute_above_and_else_not_at_all() {
    let wakes = |ends_in: i64| {
        let mut session = with([link("invoices/x", 10, ends_in)]);
        session.wait(Duration::from_secs(10));
        session.model.next_wake(session.now()).map(|at| at - session.now().uptime)
    };
    assert_eq!(wakes(100), Some(Duration::from_secs(1)));
    assert_eq!(wakes(7_210), Some(Duration::from_secs(60)));
    assert_eq!(wakes(-100), None);
}

#[test]
fn a_countdown_that_is_not_on_the_screen_wakes_nobody() {
    let mut lines: Vec<_> = (0..40).map(|number| link(&format!("b/{number}"), 10, 36_000 + number)).collect();
    lines.extend((0..40).map(|number| link(&format!("c/{number}"), 10, -100 - number)));
    let mut session = with(lines);
    session.press("G");
    session.wait(Duration::from_secs(10));
    let next = session.model.next_wake(session.now()).map(|at| at - session.now().uptime);
    assert_eq!(next, Some(Duration::from_secs(35_990)), "the next is the first end, which changes the count");
}

#[test]
fn the_filter_leaves_what_any_field_contains_and_esc_takes_it_back() {
    let mut session = with(some_links());
    session.press("/");
    session.type_text("grace");
    assert_eq!(order(&session, &NAMES), ["report-Q3"]);
    assert!(session.shows("1 of 5 links"), "{}", session.screen());
    session.press("ctrl-u");
    session.type_text("put");
    assert_eq!(order(&session, &NAMES), ["photos"]);
    session.press("esc");
    assert_eq!(order(&session, &NAMES).len(), 5);
    session.press("/ x y z enter");
    assert!(session.shows("No link contains “xyz”"), "{}", session.screen());
}

#[test]
fn the_details_name_what_would_end_the_link_and_what_to_beware_of() {
    let mut long = link("invoices/2026/report-Q3.pdf", 60, 200_000);
    long.object.version = Some(VersionId("4_z27c88".into()));
    long.method = Method::Delete;
    let mut session = with([long, link("invoices/old", 900, -10)]);
    session.resize(100, 40);
    session.press("enter");
    for told in [
        "s3://invoices/2026/report-Q3.pdf",
        "4_z27c88",
        "2 d 7 h left",
        "Whoever has this link can delete with it",
        "This link works for 55 h",
        "rotating the access key …MPLE ends it",
        "Taking the right to DELETE from whoever signed it ends it",
        "A policy of invoices ends it",
        "A single link cannot be called back",
    ] {
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
    session.press("esc j enter");
    assert!(session.shows("It has ended") && !session.shows("What would end it"), "{}", session.screen());
}

#[test]
fn many_links_in_a_minute_are_warned_of() {
    let mut session = with((0..30).map(|number| link(&format!("b/{number}"), 20, 600 + number)));
    session.press("enter");
    assert!(session.shows("30 links were made within 60 s"), "{}", session.screen());
}

#[test]
fn links_of_other_runs_are_among_the_many_in_a_minute() {
    let mut session = Session::open(files(), "s3://invoices/2026/");
    let others = (0..29).map(|number| link(&format!("b/{number}"), 20, 600));
    session.book.lines.lock().unwrap().extend(others.map(Ok));
    session.press("s");
    assert!(session.shows("30 links were made within 60 s"), "{}", session.screen());
}

#[test]
fn by_key_it_says_what_rotating_a_key_would_end_and_leads_to_its_links() {
    let mut session = with(some_links());
    session.press("K");
    for told in ["rotating this key kills 2 live links", "revoking this session kills 1 live link", "…OLD1"] {
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
    session.press("j enter");
    assert_eq!(order(&session, &NAMES), ["all.tar"], "{}", session.screen());
    session.press("K K");
    assert_eq!(order(&session, &NAMES), ["all.tar"]);
}

#[test]
fn a_link_is_made_anew_with_its_lifetime_version_and_note() {
    let mut old = link("invoices/2026/report-Q3.pdf", 5_000, -1_402);
    old.object.version = Some(VersionId("4_z27c88".into()));
    old.note = Some("for Grace".into());
    let mut session = with([old]);
    session.press("s");
    let [url] = copied(&session).try_into().unwrap();
    let expected = "https://s3.us-west-004.backblazeb2.com/invoices/2026/report-Q3.pdf?";
    assert!(url.starts_with(expected) && url.contains("versionId=4_z27c88"), "{url}");
    assert!(url.contains("X-Amz-Date=20261123T130500Z&X-Amz-Expires=3600&"), "an hour, as it was: {url}");
    assert_eq!(session.model.link().unwrap().asked.note, "for Grace");
    assert!(session.shows("14:05"), "{}", session.screen());
    session.press("esc");
    assert!(session.shows("Links that were issued"), "{}", session.screen());
}

#[test]
fn the_ledger_is_read_again_when_a_new_link_is_closed() {
    let mut session = with(some_links());
    session.press("s");
    session.effects();
    session.book.lines.lock().unwrap().push(Ok(link("invoices/new", 0, 900)));
    session.press("esc");
    assert!(session.shows("5 live, 7 in all"), "the new one, and one of somebody else\n{}", session.screen());
}

#[test]
fn what_a_browser_would_run_is_saved_when_it_is_signed_anew() {
    let mut session = with([link("invoices/page.html", 60, 840)]);
    session.press("s");
    assert!(copied(&session)[0].contains("response-content-disposition=attachment"), "{:?}", copied(&session));
}

#[test]
fn a_delete_link_is_asked_about_before_it_is_made_anew() {
    let mut session = with([Record { method: Method::Delete, ..link("invoices/x", 60, 240) }]);
    session.press("s");
    assert_eq!(copied(&session).len(), 0);
    session.press("y");
    assert_eq!(copied(&session).len(), 1);
}

#[test]
fn headers_of_which_only_the_names_are_noted_are_asked_for_in_the_form() {
    let mut session = with(some_links());
    session.press("j j s");
    assert!(session.shows("Upload into inbox") && session.shows("binds content-type"), "{}", session.screen());
    session.type_text("application/zip");
    session.press("enter");
    let [url] = copied(&session).try_into().unwrap();
    assert!(url.contains("X-Amz-SignedHeaders=content-type%3Bhost%3Bif-none-match"), "{url}");
    assert!(url.contains("X-Amz-Expires=86400&"), "{url}");
}

#[test]
fn a_create_only_upload_is_made_anew_at_once() {
    let signed_headers = vec!["host".into(), "if-none-match".into()];
    let mut session = with([Record { method: Method::Put, signed_headers, ..link("inbox/x", 60, 840) }]);
    session.press("s");
    let [url] = copied(&session).try_into().unwrap();
    assert!(url.contains("X-Amz-SignedHeaders=host%3Bif-none-match"), "{url}");
}

#[test]
fn what_cannot_be_made_anew_says_why_and_nothing_is_signed() {
    let bound = vec!["host".into(), "x-amz-checksum-mode".into()];
    let mut session = with([
        Record { issuer: some_links()[5].issuer.clone(), ..link("a/other-store", 1, 100) },
        Record { signed_headers: bound, ..link("a/bound", 1, 200) },
        Record { method: Method::Post, ..link("a/post", 1, 300) },
    ]);
    for (keys, told) in [
        ("s", "the store “archive”: open that store"),
        ("j s", "x-amz-checksum-mode"),
        ("j s", "belongs to one upload"),
        ("K s", "choose one of them"),
    ] {
        session.press(keys);
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
    assert_eq!(*session.keys.asked.lock().unwrap(), 0);
}

#[test]
fn lines_that_are_no_records_are_counted_and_told_and_the_rest_is_shown() {
    let mut session = Session::open(files(), "s3://");
    let broken =
        Failure::new(FailureKind::Refused, "read the ledger x", "the disk broke", "the rest of it is left out");
    session.book.lines.lock().unwrap().extend([
        Err(Unread::Line(LineError::NotARecord)),
        Ok(link("invoices/x", 60, 840)),
        Err(Unread::Line(LineError::TooLong)),
        Err(Unread::File(broken)),
    ]);
    session.press("L");
    assert!(session.shows("2 lines are no records") && session.shows("invoices/x"), "{}", session.screen());
    assert!(session.shows("the disk broke"), "{}", session.screen());
}

#[test]
fn of_a_huge_ledger_the_newest_links_are_kept_and_the_others_counted() {
    let session =
        with((0..10_100).map(|number| link(&format!("b/{number:05}"), 90_000 - number, 500 - 10_050 + number)));
    assert!(session.shows("549 live, 10,100 in all"), "{}", session.screen());
    let ended = (0..10_700).map(|number| link(&format!("b/{number:05}"), 90_000 - number, -20_000 + number));
    let session = with(ended.chain([link("b/live", 100_000, 60)]));
    assert!(session.shows("1 live, 10,701 in all") && session.shows("700 older links are left out"));
    assert!(session.shows("b/live"), "a live link is never pushed out by ended ones\n{}", session.screen());
}

#[test]
fn an_empty_ledger_says_how_links_get_there() {
    let session = with([]);
    for told in ["No link is noted yet", "s in the list", "u in the list", "enabled = false", "0 live, 0 in all"] {
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
}

#[test]
fn a_ledger_that_cannot_be_read_says_why_and_is_read_again_by_its_key() {
    let mut session = Session::open(files(), "s3://");
    let failure = Failure::new(FailureKind::Refused, "read the ledger", "you have no permission", "");
    *session.book.refusal.lock().unwrap() = Some(failure);
    session.press("L");
    assert!(session.shows("You have no permission") && session.shows("R reads it again"), "{}", session.screen());
    *session.book.refusal.lock().unwrap() = None;
    session.book.lines.lock().unwrap().push(Ok(link("invoices/x", 60, 840)));
    session.press("R");
    assert!(session.shows("1 live, 1 in all") && !session.shows("permission"), "{}", session.screen());
}

#[test]
fn reading_again_keeps_cursor_and_filter() {
    let mut session = with(some_links());
    session.press("j j");
    session.book.lines.lock().unwrap().push(Ok(link("invoices/new", 0, 5)));
    session.press("R");
    let line = session.screen().lines().find(|line| line.starts_with('▸')).map(str::to_owned);
    assert!(line.as_ref().is_some_and(|line| line.contains("photos")), "{line:?}");
}

#[test]
fn an_answer_that_comes_after_closing_changes_nothing() {
    let mut session = Session::open(files(), "s3://");
    session.hold();
    session.press("L esc");
    session.release();
    assert!(session.shows("invoices") && session.model.ledger().is_none(), "{}", session.screen());
}

#[test]
fn the_ledger_is_only_read_and_no_store_is_asked() {
    let mut session = Session::open(files(), "s3://");
    session.book.lines.lock().unwrap().extend(some_links().into_iter().map(Ok));
    session.shelf.questions();
    session.effects();
    session.press("L j k G g ctrl-d ctrl-u page-down page-up K K / a enter i esc R ? esc esc");
    let effects = session.effects();
    assert!(effects.iter().all(|effect| matches!(effect, Effect::ReadLedger(_))), "{effects:?}");
    assert_eq!(session.shelf.questions(), [""; 0]);
    assert_eq!(*session.keys.asked.lock().unwrap(), 0);
}

#[test]
fn the_mouse_chooses_a_link_and_opens_it() {
    let mut session = with(some_links());
    session.click(5, 3);
    assert!(session.screen().lines().nth(3).unwrap().starts_with('▸'), "{}", session.screen());
    session.click(5, 3);
    assert!(session.shows("GET link to all.tar"), "{}", session.screen());
}

#[test]
fn nothing_that_a_terminal_would_obey_reaches_the_screen() {
    for (width, height) in [(80, 24), (40, 12), (120, 40), (20, 6)] {
        let mut session = Session::open(files(), "s3://");
        session.book.lines.lock().unwrap().extend(awkward_lines());
        session.resize(width, height);
        session.press("L");
        for _ in 0..70 {
            for keys in ["enter", "G", "esc", "s", "esc", "j"] {
                session.press(keys);
                let screen = session.screen();
                let unsafe_char = |c: char| c != '\n' && (c.is_control() || c == '\u{202E}' || c == '\u{200B}');
                assert!(!screen.contains(unsafe_char), "{screen:?}");
                if session.model.ledger().is_none() {
                    session.press("L");
                }
            }
        }
        session.press("K");
        assert!(!session.screen().contains('\u{1b}'));
    }
}

#[test]
fn the_screens_at_their_sizes() {
    for (width, height) in [(80, 24), (40, 12), (120, 40)] {
        for (name, keys) in [("links", "j"), ("links_details", "enter"), ("links_by_key", "K")] {
            let mut session = Session::open(files(), "s3://");
            session.book.lines.lock().unwrap().extend(some_links().into_iter().map(Ok));
            session.book.lines.lock().unwrap().push(Err(Unread::Line(LineError::NotARecord)));
            session.resize(width, height);
            session.press("L");
            session.press(keys);
            assert_snapshot!(format!("{name}_{width}x{height}"), session.screen());
        }
    }
}

#[test]
fn no_size_breaks_a_screen_of_the_ledger() {
    for keys in ["G", "j enter", "K"] {
        let mut session = Session::open(files(), "s3://");
        session.book.lines.lock().unwrap().extend(awkward_lines());
        session.press("L");
        session.press(keys);
        for (width, height) in (0..150).step_by(9).flat_map(|width| (0..45).step_by(4).map(move |h| (width, h))) {
            session.resize(width, height);
            let rows = session.model.viewport.front;
            assert!(rows.x + rows.width <= width && rows.y + rows.height <= height, "{width}×{height}: {rows:?}");
            assert!(!session.screen().contains(|c: char| c != '\n' && c.is_control()));
        }
    }
}

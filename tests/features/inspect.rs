//! "Your link does not work": a mail is pasted, the verdict shown, and the store asked only when a key wants that.

use std::sync::Arc;

use daypass::presign::link::LinkText;
use daypass::presign::probe::ProbeAnswer;
use daypass::update::effect::Effect;
use daypass::update::msg::Msg;
use insta::assert_snapshot;

use crate::session::Session;
use crate::shelf::Shelf;

fn opened() -> Session {
    Session::open(files(), "s3://files/")
}

fn files() -> Arc<Shelf> {
    Shelf::with(&["files/in/x.txt", "files/report-Q3.pdf"])
}

/// A link that the open store's key signed just now: `s` for GET, `u enter` for PUT.
fn link(session: &mut Session, keys: &str) -> String {
    session.press("j");
    session.press(keys);
    session.press("esc k");
    session.effects();
    session.desk.lock().unwrap().copied.pop().unwrap()
}

fn mail(link: &str) -> String {
    let (start, end) = link.split_at(100);
    format!("Hi,\n\nwe cannot open this:\n<{}\n{}>\n\nAnn\n", start.replace('&', "&amp;"), end.replace('&', "&amp;"))
}

fn paste(session: &mut Session, text: &str) {
    session.send(Msg::Pasted(LinkText::new(text.to_owned())));
}

fn inspect(session: &mut Session, text: &str) {
    session.press("I");
    paste(session, text);
    session.press("enter");
}

fn secrets(link: &str) -> [&str; 2] {
    [link.split_once("X-Amz-Signature=").unwrap().1, "X-Amz-Credential"]
}

#[test]
fn a_mail_is_pasted_whole_and_its_link_repaired() {
    let mut session = opened();
    let link = link(&mut session, "s");
    session.press("I");
    assert!(session.shows("Paste a link, or the message with the error"), "{}", session.screen());
    paste(&mut session, &mail(&link));
    assert!(session.shows("Inspect: … (7 lines)"), "{}", session.screen());
    session.press("enter");
    assert!(session.shows("This link was damaged on its way; repaired, it is good until"), "{}", session.screen());
    for told in ["Key         report-Q3.pdf", "which is store demo", "Method      GET"] {
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
    assert_eq!(*session.prober.asked.lock().unwrap(), [], "nobody is asked");
    session.press("esc");
    assert!(session.shows("report-Q3.pdf") && !session.shows("damaged"), "{}", session.screen());
}

#[test]
fn a_link_and_its_error_may_be_pasted_one_by_one() {
    let mut session = opened();
    let link = link(&mut session, "s");
    session.press("I");
    paste(&mut session, &link);
    paste(&mut session, "<Error><Code>SignatureDoesNotMatch</Code></Error>");
    assert!(session.shows("… (2 lines)"), "{}", session.screen());
    session.press("enter");
    assert!(session.shows("it works only\n   with GET."), "{}", session.screen());
}

#[test]
fn an_expired_link_says_so_and_when() {
    let mut session = opened();
    let link = link(&mut session, "s");
    session.wait(std::time::Duration::from_secs(3 * 3600));
    inspect(&mut session, &link);
    assert!(session.shows("✗ This link expired 2 hours ago (23 Nov 2026 13:20 UTC)"), "{}", session.screen());
}

#[test]
fn the_store_is_asked_when_a_key_wants_that_and_never_to_do_what_the_link_does() {
    for (keys, expected) in
        [("s", "This link does not work: it is genuine, but"), ("u enter", "This link does not work")]
    {
        let mut session = opened();
        let link = link(&mut session, keys);
        inspect(&mut session, &link);
        assert!(session.shows("This link is good until"), "{}", session.screen());
        *session.prober.answer.lock().unwrap() = ProbeAnswer {
            status: 404,
            headers: vec![("x-amz-request-id".into(), "ID".into())],
            body: b"<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>".to_vec(),
        };
        session.hold();
        session.press("t");
        assert!(session.shows("asking the store…"), "{}", session.screen());
        session.release();
        assert!(session.shows(expected) && !session.shows("asking"), "{}", session.screen());
        let asked = session.prober.asked.lock().unwrap().clone();
        assert!(!asked.is_empty() && asked.iter().all(|(_, request)| request.method == "GET"), "{asked:?}");
        assert!(session.shows("Answer      404 NoSuchKey"), "{}", session.screen());
    }
}

#[test]
fn closing_the_page_stops_the_question() {
    let mut session = opened();
    let link = link(&mut session, "s");
    inspect(&mut session, &link);
    session.hold();
    session.press("t esc");
    session.release();
    assert_eq!(*session.prober.asked.lock().unwrap(), []);
}

#[test]
fn what_cannot_be_asked_says_why() {
    let mut session = opened();
    let link = link(&mut session, "s");
    inspect(&mut session, link.split_once("&X-Amz-Signature").unwrap().0);
    session.press("t");
    assert!(session.shows("the store was not asked"), "{}", session.screen());
    session.press("esc I enter");
    assert!(session.shows("paste the link first"), "{}", session.screen());
    paste(&mut session, "no link");
    session.press("backspace enter");
    assert!(session.shows("paste the link first"), "a backspace drops what was pasted: {}", session.screen());
    paste(&mut session, "no link");
    session.press("enter");
    assert!(session.shows("There is no link in this text"), "{}", session.screen());
}

#[test]
fn nothing_shows_what_was_pasted() {
    let mut session = opened();
    let link = link(&mut session, "s");
    session.press("I");
    let pasted = Msg::Pasted(LinkText::new(link.clone()));
    let mut shown = format!("{pasted:?}");
    session.send(pasted);
    shown += &format!("{:?} {}", session.model, session.screen());
    session.press("enter t y E");
    shown += &format!("{:?} {}", session.model, session.screen());
    let effects = session.effects();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::AskStore(..))), "{effects:?}");
    shown += &format!("{effects:?}");
    let report = session.desk.lock().unwrap().copied.pop().unwrap();
    assert!(report.contains("Key         report-Q3.pdf"), "{report}");
    shown += &report;
    for secret in secrets(&link) {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
    session.press("esc I");
    session.type_text(&link);
    assert!(!format!("{:?}", session.model).contains(secrets(&link)[0]), "not even what was typed");
}

#[test]
fn the_page_at_each_size() {
    for (width, height) in [(80, 24), (40, 12)] {
        let mut session = opened();
        let link = link(&mut session, "s");
        session.resize(width, height);
        inspect(&mut session, &mail(&link));
        assert_snapshot!(format!("report_{width}x{height}"), session.screen());
        *session.prober.answer.lock().unwrap() = ProbeAnswer {
            status: 206,
            headers: vec![("etag".into(), "e".into()), ("content-range".into(), "bytes 0-0/18000000".into())],
            body: b"x".to_vec(),
        };
        session.press("t");
        assert_snapshot!(format!("report_asked_{width}x{height}"), session.screen());
    }
}

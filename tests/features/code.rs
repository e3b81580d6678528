//! The code of a device, which a role asks for before it gives its keys.

use std::time::Duration;

use daypass::model::notice::Level;
use daypass::presign::credentials::{CodeAsk, OneTimeCode};
use daypass::s3::failure::{Failure, FailureKind};
use daypass::update::effect::Effect;
use daypass::update::msg::Msg;

use crate::session::Session;
use crate::shelf::Shelf;

fn wanted() -> Msg {
    Msg::CodeWanted(CodeAsk { device: "arn:aws:iam::123456789012:mfa/ada".into(), profile: "prod".into() })
}

/// The codes that were handed on since the last look.
fn given(session: &mut Session) -> Vec<Option<OneTimeCode>> {
    let given = session.effects().into_iter().filter_map(|effect| match effect {
        Effect::GiveCode(code) => Some(code),
        _ => None,
    });
    given.collect()
}

fn code(text: &str) -> Option<OneTimeCode> {
    Some(OneTimeCode::parse(text).unwrap())
}

#[test]
fn a_code_is_typed_and_handed_on() {
    let mut session = Session::open(Shelf::with(&["box/report.pdf", "box/scan.tif"]), "s3://box/");
    session.send(wanted());
    insta::assert_snapshot!(session.screen());
    session.type_text("12345");
    session.press("enter");
    assert!(session.shows("a code has 6 digits"), "{}", session.screen());
    assert_eq!(given(&mut session), []);
    session.type_text("6");
    session.press("enter");
    assert_eq!(given(&mut session), [code("123456")]);
    assert!(!session.shows("MFA code"), "{}", session.screen());
}

#[test]
fn esc_refuses_and_the_cursor_that_rests_does_not_ask_again() {
    let mut session = Session::open(Shelf::with(&["box/report.pdf", "box/scan.tif"]), "s3://box/");
    session.send(wanted());
    session.press("esc");
    assert_eq!(given(&mut session), [None]);
    session.hold();
    session.press("j");
    session.wait(Duration::from_millis(200));
    session.send(wanted());
    assert!(!session.shows("MFA code"), "{}", session.screen());
    session.press("R");
    session.send(wanted());
    assert!(session.shows("MFA code"), "what was asked for by key asks again: {}", session.screen());
}

#[test]
fn a_code_waits_until_nothing_else_is_typed() {
    let mut session = Session::open(Shelf::with(&["box/report.pdf", "box/scan.tif"]), "s3://box/");
    session.press("/");
    session.type_text("rep");
    session.send(wanted());
    session.type_text("ort");
    assert!(session.shows("Filter: report"), "{}", session.screen());
    session.press("enter");
    assert!(session.shows("MFA code"), "{}", session.screen());
}

#[test]
fn a_renewal_that_fails_is_told_once_and_stays_until_a_key() {
    let mut session = Session::open(Shelf::with(&["box/report.pdf", "box/scan.tif"]), "s3://box/");
    let failure = Failure::new(FailureKind::NoCredentials, "renew the credentials", "the role was taken away", "");
    session.send(Msg::Told(failure));
    session.wait(Duration::from_secs(60));
    assert!(session.shows("cannot renew the credentials: the role was taken away"), "{}", session.screen());
    assert_eq!(session.model.notices.current().map(|notice| notice.level), Some(Level::Error));
}

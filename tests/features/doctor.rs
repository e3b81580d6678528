//! What is wrong between this machine and the store, asked for by a key: looked for once, shown by severity, copied whole.

use insta::assert_snapshot;

use crate::session::Session;
use crate::shelf::Shelf;

fn opened() -> Session {
    Session::open(Shelf::with(&["files/in/x.txt", "files/report-Q3.pdf"]), "s3://files/in/")
}

#[test]
fn everything_that_has_to_do_with_the_place_is_looked_at_and_told() {
    for (width, height) in [(80, 24), (40, 12)] {
        let mut session = opened();
        session.resize(width, height);
        session.press("D");
        assert_snapshot!(format!("doctor_{width}x{height}"), session.screen());
    }
}

#[test]
fn the_report_is_copied_and_the_page_closed() {
    let mut session = opened();
    session.press("D");
    assert!(session.shows("s3://files/in/: it may read it"), "{}", session.screen());
    session.press("y");
    let copied = session.desk.lock().unwrap().copied.pop().unwrap();
    assert!(copied.starts_with("s3://files/in/ at demo\n"), "{copied}");
    assert!(copied.contains("-> chmod 600 /home/ada/.config/daypass/config.toml"), "{copied}");
    session.press("esc");
    assert!(session.shows("x.txt") && !session.shows("chmod"), "{}", session.screen());
}

#[test]
fn on_another_page_the_answer_is_not_shown() {
    let mut session = opened();
    session.hold();
    session.press("D esc");
    session.release();
    assert!(session.shows("x.txt") && !session.shows("chmod"), "{}", session.screen());
}

#[test]
fn a_web_page_is_asked_about_and_the_missing_rule_is_in_the_copied_report() {
    let mut session = opened();
    session.press("D");
    session.press("o");
    assert!(session.shows("Web page: https://"), "{}", session.screen());
    session.type_text("app.example.com FETCH");
    session.press("enter");
    assert!(session.shows("write an origin and one of GET"), "{}", session.screen());
    session.press("ctrl-w");
    session.type_text("put");
    session.press("enter G");
    assert!(session.shows("https://app.example.com: no rule lets it PUT"), "{}", session.screen());
    assert!(session.shows("in the report, once it is copied"), "{}", session.screen());
    session.press("y");
    let copied = session.desk.lock().unwrap().copied.pop().unwrap();
    assert!(copied.contains("<CORSConfiguration/>"), "{copied}");
}

//! A store that is asked without credentials: what the keys do that would sign.

use daypass::model::store::Access;
use daypass::update::effect::Effect;

use crate::session::Session;
use crate::shelf::Shelf;

fn session() -> Session {
    let mut session = Session::open(Shelf::with(&["box/report.pdf", "box/scan.tif"]), "s3://box/");
    session.model.store.access = Access::Anonymous;
    session
}

#[test]
fn s_copies_the_plain_address_and_says_for_whom_it_works() {
    let mut session = session();
    session.effects();
    session.press("s");
    assert!(session.effects().iter().any(|effect| matches!(effect, Effect::CopyAddress(..))));
    assert_eq!(session.desk.lock().unwrap().copied.len(), 1);
    assert!(
        session.shows("plain address (good while the object is public) copied to the clipboard"),
        "{}",
        session.screen()
    );
    assert!(session.shows("b2 · us-west-004 · anonymous"), "{}", session.screen());
    assert_eq!(session.book.records(), [], "it is no link, and ends never");
}

#[test]
fn nothing_is_signed_and_each_key_says_why() {
    for keys in ["S", "u", "U", "B", "a s"] {
        let mut session = session();
        session.press(keys);
        assert!(
            session.shows("anonymous: no link can be signed; open the store with a key or a profile"),
            "{keys}: {}",
            session.screen()
        );
        let asked = *session.keys.asked.lock().unwrap();
        session.press("j");
        assert_eq!(*session.keys.asked.lock().unwrap(), asked, "{keys}");
        assert!(
            !session.effects().iter().any(|effect| matches!(effect, Effect::Presign(..) | Effect::Batch(..))),
            "{keys}"
        );
    }
}

#[test]
fn what_is_offered_is_what_works_without_a_key() {
    let mut session = session();
    session.resize(200, 24);
    session.press("g");
    let footer = session.screen().lines().last().unwrap().to_owned();
    assert!(footer.starts_with(" s plain address  i facts  v versions  / filter"), "{footer}");
    session.press("f");
    session.type_text("scan");
    session.press("enter");
    session.effects();
    session.press("s");
    assert!(session.effects().iter().any(|effect| matches!(effect, Effect::CopyAddress(..))), "{}", session.screen());
}

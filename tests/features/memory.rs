//! What daypass remembers of a store until its next session: the buckets that could be listed.

use daypass::s3::failure::FailureKind;
use daypass::update::effect::Effect;

use crate::session::Session;
use crate::shelf::Shelf;

fn remembered(session: &Session) -> Vec<String> {
    let remembered = session.memory.0.lock().unwrap().of("demo");
    remembered.buckets.iter().map(ToString::to_string).collect()
}

#[test]
fn a_bucket_that_could_be_listed_is_remembered_once() {
    let shelf = Shelf::with(&["docs/a/x.txt", "docs/b.txt", "media/c.txt", "secret/d.txt"]);
    shelf.refuse("list secret/", FailureKind::Forbidden);
    let mut session = Session::open(shelf, "s3://");
    assert_eq!(remembered(&session), [""; 0], "what is only named in the list of buckets needs no memory");
    session.press("l l h h j l h j l");
    assert!(session.shows("Cannot"), "{}", session.screen());
    assert_eq!(remembered(&session), ["media", "docs"]);
    session.effects();
    session.press("h k k l R");
    let learned = session.effects().iter().any(|effect| matches!(effect, Effect::Remember(_)));
    assert!(!learned, "what is known is not written again");
}

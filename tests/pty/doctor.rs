//! The doctor of the open store: a key, and the store's own answers on the screen.

use crate::store::Store;
use crate::terminal::USUAL;

#[test]
fn capital_d_tells_what_the_key_may_do_in_the_place_that_is_shown() {
    let store = Store::with(&[("in/one.txt", "1")]);
    let mut terminal = store.browse(USUAL, "in/", &[]);
    terminal.wait_for("one.txt");
    terminal.press("D");
    terminal.wait_for("Nothing is wrong.");
    terminal.press("G");
    let screen = terminal.wait_for("it may read its tags");
    assert!(screen.contains("in/one.txt"), "{screen}");
    terminal.press("q");
    terminal.wait_gone("it may read its tags");
}

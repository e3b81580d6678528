//! Random keys, sizes, delays and refusals: no panic, the cursor in bounds, nothing stale on the screen.

use std::time::Duration;

use daypass::model::spot::List;
use daypass::s3::failure::{Failure, FailureKind};
use proptest::prelude::*;

use crate::ledger::awkward_lines;
use crate::session::Session;
use crate::shelf::Shelf;

const KEYS: [&str; 50] = [
    "j",
    "k",
    "g",
    "G",
    "ctrl-d",
    "ctrl-u",
    "page-down",
    "page-up",
    "h",
    "l",
    "enter",
    "[",
    "]",
    ":",
    "s",
    "u",
    "i",
    "v",
    "/",
    "o",
    "O",
    "space",
    "a",
    "y",
    "R",
    "E",
    "M",
    "?",
    "esc",
    "q",
    "ctrl-c",
    "ctrl-z",
    "c",
    "f",
    "w",
    "p",
    "x",
    "backspace",
    "delete",
    "left",
    "right",
    "home",
    "end",
    "ctrl-w",
    "b",
    "tab",
    "L",
    "K",
    "z",
    "P",
];

fn awkward() -> std::sync::Arc<Shelf> {
    let shelf = Shelf::with(&[
        "b/",
        "b//",
        "b//x",
        "b/a//b",
        "b/\u{1b}[2J",
        "b/\u{202E}gpj.exe",
        "b/line\nbreak",
        "b/tab\there",
        "b/ ",
        "b/日本語/ファイル.txt",
        "b/🧾 receipts/👩‍👩‍👧‍👦.png",
        "b/e\u{301}",
        "b/é",
        "b/שלום.txt",
        "b/drafts/",
        "b/drafts/x",
        "b/drafts",
        "c/only",
    ]);
    shelf.put("b", &"k".repeat(1024), u64::MAX);
    for i in 0..250 {
        shelf.put("b", &format!("many/{i:04}"), i);
    }
    shelf
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_pressed_the_screen_stays_whole(
        steps in prop::collection::vec((0usize..KEYS.len() + 8, any::<u16>()), 1..120),
    ) {
        let mut session = Session::open(awkward(), "s3://");
        session.book.lines.lock().unwrap().extend(awkward_lines());
        session.build("other\u{202E}\u{1b}[2J", &awkward());
        session.build_closed("closed", Failure::new(FailureKind::Refused, "open it", "it is\nclosed", ""));
        for (step, n) in steps {
            match KEYS.get(step) {
                Some(key) => session.press(key),
                None => match step - KEYS.len() {
                    0 => session.resize(n % 140, n / 256 % 50),
                    1 => session.hold(),
                    2 => session.release(),
                    3 => session.wait(Duration::from_millis(u64::from(n))),
                    4 => session.click(n % 140, n / 256),
                    5 => session.wheel_down(),
                    6 => session.shelf.refuse("list b/", FailureKind::Busy),
                    _ => session.shelf.relent(),
                },
            }
            let here = &session.model.browse.here;
            prop_assert_eq!(here.current().is_some(), here.shown_count() > 0);
            let screen = session.screen();
            prop_assert!(!screen.chars().any(|c| c.is_control() && c != '\n'), "{}", screen);
            prop_assert!(!screen.contains('\u{202E}'), "{}", screen);
        }
    }
}

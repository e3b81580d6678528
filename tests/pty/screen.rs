//! What reaches the terminal: the first page at once, no colour where none is wanted, nothing that a key's name smuggles in.

use std::sync::Arc;
use std::time::SystemTime;

use daypass::world::demo::{Object, Run, Version};

use crate::store::{BUCKET, Store};
use crate::terminal::USUAL;

/// The parameters of all SGR sequences (`ESC [ … m`) that set a colour, default colours left out.
fn colours(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':')?;
        rest.get(end..)?.starts_with('m').then(|| rest.get(..end))?
    });
    let is_colour = |sequence: &&str| {
        sequence.split([';', ':']).any(|code| matches!(code.parse().unwrap_or(0), 30..=38 | 40..=48 | 90..=107))
    };
    sequences.filter(is_colour).map(str::to_owned).collect()
}

#[test]
fn no_color_means_no_colour() {
    let store = Store::with(&[("one.txt", "1"), ("in/two.txt", "2")]);
    for (env, coloured) in [(&[][..], true), (&[("NO_COLOR", "1")][..], false)] {
        let mut terminal = store.browse(USUAL, "", env);
        terminal.wait_for("one.txt");
        terminal.press(" "); // marks are coloured
        terminal.wait_for("●");
        terminal.press_control('c');
        assert!(terminal.wait_exit().success());
        assert_eq!(!colours(&terminal.bytes()).is_empty(), coloured, "{env:?}: {:?}", colours(&terminal.bytes()));
    }
}

#[test]
fn a_name_cannot_command_the_terminal() {
    let store =
        Store::with(&[("title\u{1b}]0;owned\u{7}.txt", "1"), ("up\u{202e}txt.exe", "2"), ("bell\u{9b}2J", "3")]);
    let mut terminal = store.browse(USUAL, "", &[]);
    terminal.wait_for("title␛]0;owned␇.txt");
    terminal.wait_for("<U+202E>");
    terminal.press("q");
    terminal.wait_exit();
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    for raw in ["\u{1b}]0;", "\u{202e}", "\u{9b}"] {
        assert!(!bytes.contains(raw), "{raw:?} reached the terminal");
    }
}

#[test]
fn a_very_long_listing_paints_with_its_first_page() {
    let store = Store::with(&[]);
    store.server.add_run(BUCKET, Scans { written: SystemTime::now() });
    let mut terminal = store.browse(USUAL, "scans/", &[]);
    terminal.wait_for("scan-000003.tif");
    let asked = store.listings();
    assert!(asked <= 2, "{asked} listings before the first picture");
    terminal.press("q");
    assert!(terminal.wait_exit().success());
}

/// 120,000 objects that are computed when they are asked for.
pub(crate) struct Scans {
    pub(crate) written: SystemTime,
}

impl Run for Scans {
    fn count(&self) -> u64 {
        120_000
    }

    fn key(&self, rank: u64) -> String {
        format!("scans/scan-{rank:06}.tif")
    }

    fn version(&self, _: u64) -> Version {
        Version { id: "null".to_owned(), modified: self.written, object: Some(Arc::new(Object::of("scan"))) }
    }
}

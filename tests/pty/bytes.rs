//! How many bytes a key costs at 120×40, and that a slow line keeps nobody waiting but the eye.

use std::time::{Duration, Instant, SystemTime};

use crate::screen::Scans;
use crate::store::{BUCKET, Store};
use crate::terminal::Terminal;

const SIZE: (u16, u16) = (40, 120);

/// A list of 120,000 objects, with the first page and the facts of its first row on the screen.
fn scans(store: &Store) -> Terminal {
    store.server.add_run(BUCKET, Scans { written: SystemTime::now() });
    let terminal = store.browse(SIZE, "scans/", &[]);
    terminal.wait_for("loaded, more");
    terminal.wait_for("etag");
    terminal
}

/// Presses `key` and returns how many bytes it took until the counter stood at `row`.
fn cost(terminal: &mut Terminal, key: &str, row: usize) -> usize {
    let before = terminal.bytes().len();
    terminal.press(key);
    at(terminal, row);
    terminal.bytes().len() - before
}

/// Waits until the cursor is on the row, counted from one.
fn at(terminal: &Terminal, row: usize) {
    terminal.wait_for(&format!(" {row}/1,000+"));
}

/// What the facts that come meanwhile cost, too, does not count.
fn median(mut costs: Vec<usize>) -> usize {
    costs.sort_unstable();
    costs[costs.len() / 2]
}

#[test]
fn a_key_costs_few_bytes() {
    let store = Store::with(&[]);
    let mut terminal = scans(&store);
    let moves = median((2..20).map(|row| cost(&mut terminal, "j", row)).collect());
    assert!(moves <= 150, "{moves} bytes for a move of the cursor");
    let burst = cost(&mut terminal, &"j".repeat(200), 219);
    assert!(burst <= 8_000, "{burst} bytes for 200 keys at once");
    let scrolls = median((220..240).map(|row| cost(&mut terminal, "j", row)).collect());
    assert!(scrolls <= 400, "{scrolls} bytes for a line that scrolls");
    terminal.press("q");
    assert!(terminal.wait_exit().success());
}

/// Bytes that come through in a second at 9,600 baud.
const SLOW: usize = 960;

#[test]
fn a_line_of_9600_baud_is_enough() {
    let store = Store::with(&[]);
    let mut terminal = scans(&store);
    terminal.slow_down(SLOW);
    for (keys, row) in [("j", 2), ("jj", 4), ("k", 3)] {
        let pressed = Instant::now();
        cost(&mut terminal, keys, row);
        let took = pressed.elapsed();
        assert!(took < Duration::from_secs(2), "{keys} took {took:?}");
    }
    terminal.press(&"j".repeat(200));
    at(&terminal, 203);
    terminal.press("q");
    assert!(terminal.wait_exit().success());
}

#[test]
fn a_line_that_carries_nothing_loses_no_key_and_the_last_picture_comes_first() {
    let store = Store::with(&[]);
    let mut terminal = scans(&store);
    terminal.slow_down(0);
    let before = terminal.bytes().len();
    // More pictures than the system holds for the line, and more keys than it holds for the program.
    for _ in 0..3_000 {
        terminal.press("g\x06\x06");
    }
    terminal.press("g");
    terminal.press(&"j".repeat(41));
    terminal.slow_down(usize::MAX);
    at(&terminal, 42);
    let written = terminal.bytes().len() - before;
    assert!(written < 40_000, "{written} bytes for what nobody could see");
    terminal.press("q");
    assert!(terminal.wait_exit().success());
}

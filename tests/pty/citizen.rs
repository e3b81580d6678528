//! A good citizen of the terminal: however daypass ends, stops or is resized, the terminal is as it was.

use rustix::process::Signal;

use crate::store::Store;
use crate::terminal::{Terminal, USUAL};

fn papers() -> Store {
    Store::with(&[("one.txt", "1"), ("two.txt", "22"), ("three.txt", "333")])
}

/// daypass, drawn, with everything on that has to be off again in the end.
fn started(store: &Store) -> Terminal {
    let terminal = store.browse(USUAL, "", &[]);
    terminal.wait_for("three.txt");
    let on = terminal.left_on();
    for mode in ["the alternate screen", "the hidden cursor", "bracketed paste", "mouse reports", "raw mode"] {
        assert!(on.contains(&mode), "{mode} is not used: {on:?}");
    }
    terminal
}

#[test]
fn the_demo_opens_with_one_command_and_q_ends_it() {
    let mut terminal = Terminal::start(USUAL, &["--demo"], &[]);
    terminal.wait_for("support-files");
    terminal.press("q");
    assert!(terminal.wait_exit().success());
    assert_eq!(terminal.left_on(), [""; 0]);
}

#[test]
fn quitting_gives_the_terminal_back() {
    let store = papers();
    for key in ["q", "\u{3}"] {
        let mut terminal = started(&store);
        terminal.press(key);
        assert!(terminal.wait_exit().success(), "{key:?}");
        assert_eq!(terminal.left_on(), [""; 0], "{key:?}");
    }
}

#[test]
fn signals_end_it_and_the_terminal_is_given_back() {
    let store = papers();
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let terminal = started(&store);
        terminal.signal(signal);
        assert!(!terminal.wait_exit().success(), "{signal:?}");
        assert_eq!(terminal.left_on(), [""; 0], "{signal:?}");
    }
}

#[test]
fn a_closed_terminal_ends_it() {
    let store = papers();
    let mut terminal = started(&store);
    terminal.hang_up();
    terminal.wait_exit();
}

#[test]
fn a_smaller_and_a_larger_terminal_are_filled_anew() {
    let store = papers();
    let mut terminal = started(&store);
    // The facts of the row come behind the list.
    terminal.wait_for("encryption");
    // A cell that was painted blank is as empty as one that was erased.
    let picture = |screen: &str| screen.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    let before = picture(&terminal.screen());
    for (rows, columns) in [(12, 40), (40, 120), USUAL] {
        terminal.resize(rows, columns);
        terminal.wait_until(&format!("picture of {columns} by {rows}"), |screen, _| {
            let lines: Vec<_> = screen.rows(0, columns).collect();
            lines.iter().any(|line| line.contains("three.txt"))
                && lines.last().is_some_and(|line| line.contains("help"))
        });
    }
    terminal.wait_until("picture as before", |screen, _| picture(&screen.contents()) == before);
}

/// A shell with job control, which `^Z` returns to.
#[test]
fn a_stopped_daypass_gives_the_terminal_back_and_paints_anew_when_it_goes_on() {
    let store = papers();
    let script = r#"set -m; "$@"; echo "stopped: $?"; read -r _; fg >/dev/null; echo "ended: $?""#;
    let mut terminal = store.browse_from(script, USUAL);
    terminal.wait_for("three.txt");

    terminal.press_control('z');
    terminal.wait_for("stopped: 1"); // 128 and the signal
    let on = terminal.left_on();
    assert_eq!(on, [""; 0]);

    terminal.press_enter();
    terminal.wait_for("three.txt");
    assert!(terminal.left_on().contains(&"the alternate screen"));
    terminal.press("q");
    terminal.wait_for("ended: 0");
    assert_eq!(terminal.left_on(), [""; 0]);
}

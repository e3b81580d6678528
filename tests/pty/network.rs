//! The way to a store at its worst: what the screen then says, that every key works meanwhile, and that Esc ends the waiting.

use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::rogue::{Act, Rogue, answer, error};
use crate::terminal::{Terminal, USUAL};

/// How soon a key has to be obeyed, on a loaded machine.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Three rows, and a promise of more.
const ROWS: &str = "<?xml version=\"1.0\"?><ListBucketResult><EncodingType>url</EncodingType>\
    <IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>\
    <Contents><Key>one.txt</Key><Size>1</Size></Contents><Contents><Key>two.txt</Key><Size>1</Size></Contents>\
    <Contents><Key>six.txt</Key><Size>1</Size></Contents></ListBucketResult>";

/// A server that gives a page of rows, and everything after that as told.
struct Bad {
    rogue: Rogue,
    /// What the server runs on.
    _runtime: Runtime,
}

impl Bad {
    fn after_a_page(act: impl Fn() -> Act + Send + Sync + 'static) -> Self {
        Self::start(move |n| if n == 0 { answer("200 OK", &[], ROWS) } else { act() })
    }

    fn start(act: impl Fn(usize) -> Act + Send + Sync + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        let rogue = runtime.block_on(Rogue::start(act));
        Self { rogue, _runtime: runtime }
    }

    fn browse(&self, env: &[(&str, &str)]) -> Terminal {
        browse(&self.rogue.endpoint, env)
    }
}

/// daypass at a bucket of whatever answers at `endpoint`. No key is looked at there.
fn browse(endpoint: &str, env: &[(&str, &str)]) -> Terminal {
    let arguments = ["s3://papers/", "--endpoint-url", endpoint, "--path-style"];
    Terminal::start(USUAL, &arguments, &[&ANY_KEYS[..], env].concat())
}

const ANY_KEYS: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "hidden-secret"),
    ("AWS_REGION", "us-east-1"),
    ("DAYPASS_BROWSE_FACTS", "false"),
];

/// The words on the screen once `words` are among them, wherever its lines end.
fn wait_for_words(terminal: &Terminal, words: &str) -> String {
    let joined = |screen: &str| screen.split_whitespace().collect::<Vec<_>>().join(" ");
    joined(&terminal.wait_until(words, |screen, _| joined(&screen.contents()).contains(words)))
}

#[test]
fn in_a_storm_of_503_the_waiting_is_told_keys_work_and_esc_ends_it_at_once() {
    let bad = Bad::after_a_page(|| answer("503 Slow Down", &[("Retry-After", "15")], ""));
    let mut terminal = bad.browse(&[]);
    terminal.wait_for("one.txt");
    terminal.wait_for("the store is busy (503), trying again in 15 s, attempt 2 of 5");
    terminal.wait_for("trying again in 14 s");
    let pressed = Instant::now();
    terminal.press("jj");
    terminal.wait_for("3/3+");
    terminal.press("?");
    terminal.wait_for("Move down");
    terminal.press("q");
    terminal.wait_for("one.txt");
    terminal.press("\x1b");
    let screen = terminal.wait_gone("trying again");
    assert!(pressed.elapsed() < AT_ONCE, "{:?}", pressed.elapsed());
    assert!(screen.contains("cancelled") && screen.contains("one.txt"), "{screen}");
    assert_eq!(bad.rogue.asked().len(), 2);
    terminal.press("R");
    terminal.wait_for("trying again in 15 s, attempt 2 of 5");
    terminal.press("q");
    assert!(terminal.wait_exit().success());
}

#[test]
fn a_storm_without_end_ends_in_words_and_rows_stay() {
    let broken = || error("500 Internal Server Error", "InternalError");
    for (bad, words) in [
        (Bad::after_a_page(|| Act::Reset), "connection ended before the answer did; try again"),
        (Bad::after_a_page(broken), "try again in a moment [500 InternalError]"),
    ] {
        let mut terminal = bad.browse(&[]);
        terminal.wait_for("one.txt");
        terminal.press("G");
        terminal.wait_for("3/3+");
        let screen = wait_for_words(&terminal, words);
        assert!(screen.contains("one.txt") && screen.contains("cannot list s3://papers/"), "{screen}");
        assert!(bad.rogue.asked().len() >= 6, "{:?}", bad.rogue.asked());
    }
}

#[test]
fn an_answer_that_stops_in_the_middle_blocks_no_key_and_esc_ends_it() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n<ListBucketResult>";
    let bad = Bad::after_a_page(move || Act::SayAndHang(head.into()));
    let mut terminal = bad.browse(&[]);
    terminal.wait_for("one.txt");
    terminal.wait_for("esc cancel");
    let pressed = Instant::now();
    terminal.press("jj");
    terminal.wait_for("3/3+");
    terminal.press("\x1b");
    terminal.wait_for("cancelled");
    assert!(pressed.elapsed() < AT_ONCE, "{:?}", pressed.elapsed());
}

//! How fast the binary starts and what it weighs, as the README tells it:
//!
//!     cargo test --release --test pty measured -- --ignored --nocapture

use std::time::{Duration, Instant};

use crate::terminal::Terminal;

const RUNS: usize = 11;

#[test]
#[ignore = "measures; asserts nothing, so that a noisy machine fails nobody"]
fn measured() {
    let mut first_paint = Vec::new();
    let mut buckets = Vec::new();
    let mut first_page = Vec::new();
    for _ in 0..RUNS {
        let started = Instant::now();
        let mut terminal = Terminal::start((24, 80), &["--demo"], &[]);
        terminal.wait_until("anything", |screen, _| screen.contents().contains("demo"));
        first_paint.push(started.elapsed());
        terminal.wait_for("support-files");
        buckets.push(started.elapsed());
        terminal.press("q");
        terminal.wait_exit();

        let started = Instant::now();
        let mut terminal = Terminal::start((24, 80), &["--demo", "s3://analytics/events/2026/11/"], &[]);
        terminal.wait_for("loaded, more");
        first_page.push(started.elapsed());
        terminal.press("q");
        terminal.wait_exit();
    }
    let binary = std::fs::metadata(env!("CARGO_BIN_EXE_daypass")).unwrap().len();
    println!("launch to first paint            {:>8.1} ms", median(first_paint));
    println!("launch to the list of buckets    {:>8.1} ms", median(buckets));
    println!("launch to a page of 120,000 keys {:>8.1} ms", median(first_page));
    println!("size of the binary               {:>8.1} MiB", binary as f64 / f64::from(1 << 20));
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

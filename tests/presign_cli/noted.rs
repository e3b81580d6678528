//! What the ledger holds of the links that were printed, and that nothing about it holds a link up.

use serde_json::Value;

use crate::stage::{Shell, text};

fn noted(shell: &Shell) -> Vec<Value> {
    let ledger = std::fs::read_to_string(shell.home.path().join(".local/state/daypass/ledger.jsonl"));
    ledger.unwrap_or_default().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_link_is_noted_with_its_note_and_where_it_went() {
    let shell = Shell::new();
    shell.link(&["s3://b/k", "--expires-in", "2h", "--note", "ticket 4711", "-q"]);
    let file = shell.home.path().join("link");
    shell.run(&["s3://b/l", "--method", "PUT", "--content-type", "a/b", "-q", "-o", file.to_str().unwrap()]);
    let noted = noted(&shell);
    assert_eq!(noted.len(), 2);
    let of = |field: &str| [&noted[0][field], &noted[1][field]];
    assert_eq!(of("key"), ["k", "l"]);
    assert_eq!(of("destination"), ["stdout", "file"]);
    assert_eq!(of("note"), [&Value::from("ticket 4711"), &Value::Null]);
    assert_eq!(of("batch"), [&Value::Null, &Value::Null]);
    assert_eq!(noted[1]["signed_headers"], serde_json::json!(["content-type", "host"]));
}

#[test]
fn a_batch_is_noted_whole_under_one_name() {
    let shell = Shell::new();
    let lines: String = (0..2_345).map(|number| format!("s3://b/{number}\n")).collect();
    let output = shell.fed(&["-", "-q", "--note", "all"], lines.as_bytes());
    assert_eq!((output.status.code(), text(&output.stdout).lines().count()), (Some(0), 2_345));
    let noted = noted(&shell);
    assert_eq!(noted.len(), 2_345);
    let batch = noted[0]["batch"].as_str().unwrap();
    assert!(noted.iter().all(|record| record["batch"] == batch && record["note"] == "all"));
    let in_order = |(record, number): (&Value, u32)| record["key"].as_str() == Some(number.to_string().as_str());
    assert!(noted.iter().zip(0..).all(in_order));
}

#[test]
fn a_link_that_was_not_handed_out_is_not_noted() {
    let shell = Shell::new();
    shell.fails(&["s3://b/k", "--expires-in", "8d", "--yes"]);
    shell.fails(&["s3://b/../k", "--as", "wget"]);
    assert!(noted(&shell).is_empty());
}

#[test]
fn a_ledger_that_cannot_be_written_is_told_once_and_holds_no_link_up() {
    let shell = Shell::new();
    shell.write("wall", "");
    let file = shell.home.path().join("wall/ledger.jsonl");
    shell.write(".config/daypass/config.toml", &format!("[ledger]\nfile = '{}'\n", file.display()));
    let lines: String = (0..2_500).map(|number| format!("s3://b/{number}\n")).collect();
    let output = shell.fed(&["-", "-q"], lines.as_bytes());
    assert_eq!((output.status.code(), text(&output.stdout).lines().count()), (Some(0), 2_500));
    let said = text(&output.stderr);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("cannot write to the ledger") && said.contains("the link works, but is not noted"), "{said}");
}

#[test]
fn nothing_is_noted_where_the_settings_say_so() {
    let shell = Shell::new();
    shell.write(".config/daypass/config.toml", "[ledger]\nenabled = false\n");
    let output = shell.run(&["s3://b/k", "-q", "--note", "x"]);
    assert_eq!(text(&output.stdout).lines().count(), 1);
    assert!(text(&output.stderr).contains("the note is kept nowhere"));
    assert!(noted(&shell).is_empty());
}

#[test]
fn many_links_in_a_minute_are_worth_a_word_and_a_batch_is_one_of_them() {
    let shell = Shell::new();
    let lines: String = (0..100).map(|number| format!("s3://b/{number}\n")).collect();
    let many = |output: std::process::Output| text(&output.stderr).contains("links were made within 60 s");
    assert!(!many(shell.fed(&["-"], lines.as_bytes())));
    assert!(!many(shell.run(&["s3://b/first"])));
    let file = shell.home.path().join(".local/state/daypass/ledger.jsonl");
    let noted = std::fs::read_to_string(&file).unwrap();
    let last = noted.lines().last().unwrap();
    let (start, _) = last.split_once("url_sha256").unwrap();
    let others: String = (0..28).map(|number| format!("{start}url_sha256\":\"{number:016}\"}}\n")).collect();
    std::fs::write(&file, noted + &others).unwrap();
    assert!(many(shell.run(&["s3://b/second"])));
    assert!(!many(shell.run(&["s3://b/k", "-q"])), "-q says nothing of it");
}

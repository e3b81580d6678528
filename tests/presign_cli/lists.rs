//! Links in other forms than URLs, below whole prefixes, and into files.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use daypass::world::demo::SeenRequest;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::stage::{Guarded, Shell, Store, send, text};

/// A store with `count` objects below `in/`, and one beside it.
fn filled(count: usize) -> Store {
    let store = Store::new();
    for number in 0..count {
        store.server.add_object("box", &format!("in/{number:05}/a b.txt"), "hello");
    }
    store.server.add_object("box", "in-side", "x");
    store
}

#[test]
fn every_key_below_a_prefix_gets_its_link_and_no_other_does() {
    let store = filled(2_100);
    let output = store.shell().run(&["-r", "s3://box/in/", "--format", "jsonl", "-q"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let rows: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let keys: Vec<String> = rows.iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect();
    assert_eq!(keys, (0..2_100).map(|number| format!("in/{number:05}/a b.txt")).collect::<Vec<_>>());
    assert!(rows.iter().all(|row| row["size"] == 5));
    let asked = store.server.requests();
    let is_list =
        |asked: &SeenRequest| asked.path == "/box/" && asked.query_names.iter().any(|name| name == "list-type");
    assert!(asked.iter().all(is_list), "pages, and nothing else: {asked:?}");
    assert_eq!(send("GET", rows[1_234]["url"].as_str().unwrap(), &[], "").0, 200);
    let whole = store.shell().run(&["-r", "s3://box", "-q"]);
    assert_eq!(text(&whole.stdout).lines().count(), 2_101);
    let several = store.shell().run(&["-r", "s3://box/in/00007/", "s3://box/in/00003/", "-q", "--concurrency", "2"]);
    let keys: Vec<String> =
        text(&several.stdout).lines().map(|url| url.split(['?', '/']).nth(5).unwrap().to_owned()).collect();
    assert_eq!(keys, ["00007", "00003"], "{several:?}");
}

#[test]
fn a_prefix_with_nothing_below_it_is_a_failure_and_so_is_one_that_cannot_be_listed() {
    let store = filled(1);
    let (code, why) = store.shell().fails(&["-r", "s3://box/nothing/", "--format", "html"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("there is no key below that"), "{why}");
    let (code, why) = store.shell().fails(&["-r", "s3://other/", "--format", "csv"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("cannot list s3://other/"), "{why}");
}

#[test]
fn a_list_has_its_head_and_its_end_whatever_comes_between() {
    let store = filled(3);
    let listed = |format: &str| {
        let output = store.shell().run(&["-r", "s3://box/in/", "--format", format, "-q"]);
        assert_eq!(output.status.code(), Some(0), "{format}");
        text(&output.stdout)
    };
    let html = listed("html");
    assert!(html.starts_with("<!") && html.ends_with("</html>\n") && html.contains("s3://box/in/"), "{html}");
    assert!(listed("csv").starts_with("name,size,expires_at,"));
    assert!(listed("m3u").starts_with("#EXTM3U\n"));
    assert_eq!(listed("json").lines().filter(|line| line.starts_with('{')).count(), 3);
    assert_eq!(listed("url").lines().filter(|line| line.starts_with("http://")).count(), 3);
    assert!(listed("aria2").contains("\n  out=in/00000/a b.txt\n"));
}

#[test]
fn curl_downloads_what_is_listed_for_it() {
    let store = filled(3);
    let shell = store.shell();
    let folder = shell.home.path();
    let output =
        shell.run(&["-r", "s3://box/in/", "--format", "curl", "-q", "-o", folder.join("list").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(Command::new("curl").args(["-sK", "list"]).current_dir(folder).status().unwrap().success());
    assert_eq!(std::fs::read_to_string(folder.join("in/00002/a b.txt")).unwrap(), "hello");
}

#[test]
fn a_row_that_a_list_cannot_hold_is_told_and_the_others_come() {
    let output = Shell::new().fed(&["-", "-q", "--format", "wget"], b"s3://b/1\ns3://b/../2\ns3://b/3\n");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout).lines().count(), 2);
    let said = text(&output.stderr);
    assert!(said.starts_with("daypass: s3://b/../2: ") && said.contains("use curl"), "{said}");
}

#[test]
fn control_c_ends_it_between_two_lines() {
    let store = filled(5_000);
    let mut child = Guarded(store.shell().command(&["-r", "s3://box/in/", "-q"]).stdin(Stdio::null()).spawn().unwrap());
    let mut stdout = BufReader::new(child.0.stdout.take().unwrap());
    let mut first = String::new();
    stdout.read_line(&mut first).unwrap();
    kill_process(Pid::from_child(&child.0), Signal::INT).unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(child.0.wait().unwrap().code(), Some(130));
    assert!(rest.ends_with('\n') && rest.lines().all(|line| line.contains("&X-Amz-Signature=")), "half a line");
    let links = rest.lines().count() + 1;
    assert!(links < 5_000, "{links}");
    let mut said = String::new();
    child.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.starts_with("daypass: stopped after ") && said.ends_with(" links\n"), "{said}");
}

#[test]
fn a_command_does_what_the_link_does() {
    let store = Store::new();
    store.server.add_object("box", "it's $HOME.txt", "hello");
    let shell = store.shell();
    let command = shell.link(&["s3://box/it's $HOME.txt", "--as", "curl", "-q"]);
    let run = Command::new("sh").args(["-c", &command]).current_dir(shell.home.path()).output().unwrap();
    assert!(run.status.success(), "{command}: {}", text(&run.stderr));
    assert_eq!(std::fs::read_to_string(shell.home.path().join("it's $HOME.txt")).unwrap(), "hello");
    let (code, why) = shell.fails(&["s3://box/../x", "--as", "wget", "-q"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("use curl or Python"), "{why}");
}

#[test]
fn a_message_is_the_settings_template_filled_in() {
    let shell = Shell::new();
    let usual = text(&shell.run(&["s3://b/report.pdf", "--message", "html", "-q"]).stdout);
    assert!(usual.contains("you can download <b>report.pdf</b>") && usual.contains("<a href="), "{usual}");
    shell.write(".config/daypass/config.toml", "[message]\ntext = 'Get {name} at {url}'\n");
    let own = shell.link(&["s3://b/report.pdf", "--message", "text", "-q"]);
    assert!(own.starts_with("Get report.pdf at http://127.0.0.1:1/b/report.pdf?"), "{own}");
}

#[test]
fn what_a_browser_would_run_is_saved_unless_it_is_to_be_shown() {
    let shell = Shell::new();
    let disposition = |words: &[&str]| {
        let url = shell.link(&[words, &["-q"]].concat());
        url.split('&').find_map(|pair| pair.strip_prefix("response-content-disposition=")).map(str::to_owned)
    };
    let saved = Some("attachment%3B%20filename%3D%22page.html%22".to_owned());
    assert_eq!(disposition(&["s3://b/x/page.html"]), saved);
    assert_eq!(
        disposition(&["s3://b/x/page.html", "--inline"]),
        saved.map(|value| value.replace("attachment", "inline"))
    );
    let svg = disposition(&["s3://b/x", "--response-content-type", "image/svg+xml"]);
    assert!(svg.is_some_and(|value| value.starts_with("attachment")));
    assert_eq!(disposition(&["s3://b/page.html", "--method", "HEAD"]), None);
    assert_eq!(disposition(&["s3://b/x/page.txt"]), None);
}

#[test]
fn a_file_is_new_and_its_owners_alone_and_gone_where_nothing_came_of_it() {
    let shell = Shell::new();
    let file = shell.home.path().join("links.txt");
    let path = file.to_str().unwrap();
    let (code, _) = shell.fails(&["s3://b/k", "--expires-in", "8d", "--yes", "-o", path]);
    assert_eq!((code, file.exists()), (Some(1), false));
    let output = shell.run(&["s3://b/k", "s3://b/l", "-q", "-o", path]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written.lines().count(), 2);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let (code, why) = shell.fails(&["s3://b/other", "-q", "-o", path]);
    assert_eq!(code, Some(1));
    assert!(why.contains("nothing is overwritten"), "{why}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
}

/// The exit code and all that is shown at a terminal of this size.
fn at_a_terminal(shell: &Shell, rows: u16, cols: u16, words: &[&str]) -> (u32, String) {
    let pty = native_pty_system().openpty(PtySize { rows, cols, ..PtySize::default() }).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_daypass"));
    command.env_clear();
    for (name, value) in &shell.variables {
        command.env(name, value);
    }
    command.env("HOME", shell.home.path());
    command.arg("presign");
    command.args(words);
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut shown = Vec::new();
    // On Linux the end of a terminal is an error.
    let _ = pty.master.try_clone_reader().unwrap().read_to_end(&mut shown);
    (child.wait().unwrap().exit_code(), String::from_utf8(shown).unwrap())
}

#[test]
fn a_terminal_is_told_how_far_it_got_and_nothing_of_that_stays() {
    let store = filled(2_100);
    let shell = store.shell();
    let file = shell.home.path().join("links");
    let words = ["-r", "s3://box/in/", "-q", "-o", file.to_str().unwrap()];
    let (code, shown) = at_a_terminal(&shell, 24, 80, &words);
    assert!(code == 0 && shown.starts_with("1,000 links…\r"), "{shown:?}");
    assert!(shown.ends_with("      \r") && !shown.contains('\n'), "{shown:?}");
    let piped = shell.run(&["-r", "s3://box/in/", "-q"]);
    assert!(piped.stderr.is_empty());
}

#[test]
fn a_qr_code_is_drawn_in_colours_of_its_own_or_says_what_room_it_needs() {
    let shell = Shell::new();
    let shown = |rows, cols| at_a_terminal(&shell, rows, cols, &["s3://b/k", "--qr", "-q"]);
    let (code, drawn) = shown(60, 120);
    assert!(code == 0 && drawn.lines().count() > 25, "{drawn}");
    assert!(
        drawn.lines().all(|line| line.starts_with("\x1b[38;5;16;48;5;231m") && line.ends_with("\x1b[0m")),
        "{drawn}"
    );
    assert!(!drawn.contains("Signature"));
    let (code, why) = shown(24, 80);
    assert!(code == 1 && why.contains("the QR code needs") && why.contains("80 × 23"), "{why}");
    let plain = text(&shell.run(&["s3://b/k", "--qr", "-q"]).stdout);
    assert!(plain.contains('▀') && !plain.contains('\x1b'), "{plain}");
}

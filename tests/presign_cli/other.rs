//! Forms, uploads in parts and playlists: the binary makes them, and curl, sh and a player's requests use them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::stage::{Shell, Store, send, text};

fn noted(shell: &Shell) -> Vec<Value> {
    let ledger = fs::read_to_string(shell.home.path().join(".local/state/daypass/ledger.jsonl")).unwrap();
    ledger.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Runs `command` in the shell's home, and says whether it went well.
fn sh(shell: &Shell, command: &str) -> bool {
    let run = Command::new("sh").args(["-c", command]).current_dir(shell.home.path()).output().unwrap();
    run.status.success()
}

#[test]
fn a_form_takes_what_it_says_and_nothing_else() {
    let store = Store::new();
    let shell = store.shell();
    let words = ["--form", "s3://box/in/", "--size", "1..10", "--content-type", "image/*", "--metadata", "by=ada"];
    let output = shell.run(&[&words[..], &["--as", "curl"]].concat());
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("put the file's name in place of FILE"), "{}", text(&output.stderr));
    let command = text(&output.stdout).replace("FILE", "a.png").replace("Type=image/", "Type=image/png");
    shell.write("a.png", "hello");
    assert!(sh(&shell, &command), "{command}");
    let head = send("HEAD", &shell.link(&["s3://box/in/a.png", "--method", "HEAD", "-q"]), &[], "").1.to_lowercase();
    assert!(head.contains("content-type: image/png") && head.contains("x-amz-meta-by: ada"), "{head}");
    assert!(!sh(&shell, &command.replace("image/png", "text/html")));
    shell.write("a.png", "more than ten bytes");
    assert!(!sh(&shell, &command));

    let page = text(&shell.run(&[&words[..], &["-q"]].concat()).stdout);
    assert!(page.starts_with("<!doctype html>") && page.contains("1 to 10 bytes"), "{page}");
    let posted: Value = serde_json::from_str(&shell.link(&[&words[..], &["--json", "-q"]].concat())).unwrap();
    assert_eq!(posted["fields"]["key"], "in/${filename}");
    assert!(posted["fields"]["policy"].is_string() && posted["url"].as_str().unwrap().ends_with("/box"));
    let first = &noted(&shell)[0];
    assert_eq!((&first["method"], &first["key"]), (&"POST".into(), &"in/${filename}".into()));
    assert_eq!(first["signed_headers"], serde_json::json!(["content-type", "x-amz-meta-by"]));
}

#[test]
fn a_form_without_a_slash_is_for_exactly_this_key() {
    let form = Shell::new().link(&["--form", "s3://b/in/scan.pdf", "--json", "-q"]);
    assert_eq!(serde_json::from_str::<Value>(&form).unwrap()["fields"]["key"], "in/scan.pdf");
}

#[test]
fn a_store_without_forms_offers_what_works() {
    for (provider, name) in [("b2", "Backblaze B2"), ("r2", "Cloudflare R2")] {
        let words = ["--form", "s3://b/in/", "--provider", provider, "--endpoint-url", "https://s3.example.com"];
        let (code, why) = Shell::new().fails(&[&words[..], &["--region", "auto"]].concat());
        assert_eq!(code, Some(1));
        assert!(why.contains(&format!("{name} takes no upload forms")), "{why}");
        assert!(why.contains("daypass presign s3://b/KEY --method PUT --size BYTES"), "{why}");
    }
}

#[test]
fn a_form_lives_by_the_rules_of_its_store() {
    let shell = Shell::new();
    let (code, why) = shell.fails(&["--form", "s3://b/in/", "--expires-in", "8d", "--yes"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("works for 7d at most"), "{why}");
    let (code, why) = shell.fails(&["--form", "s3://b/in/", "--expires-in", "2d"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("--yes"), "{why}");
}

#[test]
fn a_script_uploads_a_file_in_parts() {
    let store = Store::new();
    let shell = store.shell();
    let (code, why) = shell.fails(&["--multipart", "s3://box/large", "--size", "11MiB"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("allow_write = true"), "{why}");
    assert!(store.server.requests().is_empty(), "nothing is begun without leave");

    let variable = |name| shell.variables.iter().find(|(known, _)| *known == name).unwrap().1.as_str();
    shell.write(
        ".config/daypass/config.toml",
        &format!(
            "[[store]]\nname = 'demo'\nendpoint = '{}'\nregion = '{}'\naccess_key_id = '{}'\n\
             secret_access_key = '{}'\nallow_write = true\n",
            variable("AWS_ENDPOINT_URL_S3"),
            variable("AWS_REGION"),
            variable("AWS_ACCESS_KEY_ID"),
            variable("AWS_SECRET_ACCESS_KEY"),
        ),
    );
    let script = shell.home.path().join("send.sh");
    let words = ["--multipart", "s3://box/large", "--size", "11MiB", "--part-size", "5MiB", "--content-type", "a/b"];
    let output = shell.run(&[&words[..], &["-o", script.to_str().unwrap()]].concat());
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("5 links that work until") && said.contains("send.sh FILE"), "{said}");
    assert!(!said.contains("Signature"), "{said}");
    assert_eq!(mode(&script), 0o600);

    let content: String = (0..11 * 65_536).map(|number| format!("{number:015}\n")).collect();
    shell.write("file", &content);
    assert!(sh(&shell, "sh send.sh file"));
    let (status, answer) = send("GET", &shell.link(&["s3://box/large", "-q"]), &[], "");
    assert!(status == 200 && answer.ends_with(&content) && answer.to_lowercase().contains("content-type: a/b"));
    let methods: Vec<String> =
        noted(&shell).iter().map(|record| record["method"].as_str().unwrap().to_owned()).collect();
    assert_eq!(methods, ["PUT", "PUT", "PUT", "POST", "DELETE", "GET"]);
    assert_eq!(noted(&shell)[0]["batch"], noted(&shell)[4]["batch"]);
}

#[test]
fn parts_of_an_upload_that_was_begun_elsewhere_need_no_leave() {
    let shell = Shell::new();
    let words = ["--multipart", "s3://b/k", "--size", "100GiB", "--upload-id", "2~x", "--expires-in", "12h", "-q"];
    let output = shell.run(&words);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let script = text(&output.stdout);
    assert!(script.starts_with("#!/bin/sh\n") && script.contains("X-Amz-Expires=43200"));
    assert_eq!(script.lines().filter(|line| line.starts_with("part ")).count(), 995);
}

/// A master playlist with one variant of three segments, `seconds` each.
fn film(seconds: u32) -> Store {
    let store = Store::new();
    store.server.add_object("box", "film/master.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow/index.m3u8\n");
    let segments: String = (0..3).map(|number| format!("#EXTINF:{seconds},\ns{number}.ts\n")).collect();
    let media = format!("#EXTM3U\n#EXT-X-TARGETDURATION:{seconds}\n{segments}#EXT-X-ENDLIST\n");
    store.server.add_object("box", "film/low/index.m3u8", media.into_bytes());
    for number in 0..3 {
        store.server.add_object("box", &format!("film/low/s{number}.ts"), "segment");
    }
    store
}

#[test]
fn a_film_plays_from_a_folder_of_playlists() {
    let store = film(2_000);
    let shell = store.shell();
    let folder = shell.home.path().join("film");
    let words = ["--hls", "s3://box/film/master.m3u8", "-o", folder.to_str().unwrap()];
    let output = shell.run(&words);
    let (printed, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(printed, format!("{}\n", folder.join("master.m3u8").display()));
    assert!(said.contains("The links live 2h, because it takes so long to play it."), "{said}");
    assert!(said.contains("3 links in 2 playlists, which work until"), "{said}");
    let master = fs::read_to_string(folder.join("master.m3u8")).unwrap();
    let media = folder.join(master.lines().find(|line| !line.starts_with('#')).unwrap());
    assert_eq!((mode(&folder), mode(&media)), (0o700, 0o600));
    let media = fs::read_to_string(media).unwrap();
    let links: Vec<&str> = media.lines().filter(|line| line.starts_with("http")).collect();
    assert!(links.len() == 3 && links[0].contains("X-Amz-Expires=7200"), "{media}");
    assert!(send("GET", links[2], &[], "").1.ends_with("segment"));
    let noted = noted(&shell);
    assert!(noted.len() == 3 && noted.iter().all(|record| record["batch"] == noted[0]["batch"]));

    let (code, why) = shell.fails(&words);
    assert_eq!(code, Some(1));
    assert!(why.contains("nothing is overwritten"), "{why}");
}

#[test]
fn a_film_that_outlasts_every_link_says_how_long_it_needs() {
    let store = film(300_000);
    let shell = store.shell();
    let folder = shell.home.path().join("film");
    let (code, why) = shell.fails(&["--hls", "s3://box/film/master.m3u8", "-o", folder.to_str().unwrap(), "--yes"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("it takes links of 12d12h to play this") && why.contains("7d at most"), "{why}");
    assert!(!folder.exists());
}

#[test]
fn what_is_no_finished_playlist_is_not_linked() {
    let store = film(10);
    store.server.add_object("box", "live.m3u8", "#EXTM3U\n#EXTINF:4,\na.ts\n");
    store.server.add_object("box", "page.html", "<html>");
    let shell = store.shell();
    let folder = shell.home.path().join("out");
    let made = |key: &str, more: &[&str]| shell.run(&[&["--hls", key, "-o", folder.to_str().unwrap()], more].concat());
    for (key, why) in [
        ("s3://box/live.m3u8", "is live"),
        ("s3://box/page.html", "is no HLS playlist"),
        ("s3://box/none", "there is no such object"),
    ] {
        let output = made(key, &[]);
        assert_eq!((output.status.code(), folder.exists()), (Some(1), false));
        assert!(text(&output.stderr).contains(why), "{}", text(&output.stderr));
    }
    assert_eq!(made("s3://box/live.m3u8", &["--live-as-is"]).status.code(), Some(0));
}

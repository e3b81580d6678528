//! Links to single objects, and to many that are named: options, what the links do at a server, exit codes.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use daypass::world::demo::Versioning;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

use crate::stage::{DEAD, Guarded, SECRET, Shell, Store, send, text};

#[test]
fn a_link_is_one_line_and_nothing_else_is_said_where_nothing_is_unwise() {
    let output = Shell::new().run(&["s3://bucket/a b/ü?.pdf"]);
    let (printed, said) = (text(&output.stdout), text(&output.stderr));
    assert!(printed.starts_with(&format!("{DEAD}/bucket/a%20b/%C3%BC%3F.pdf?X-Amz-Algorithm=")), "{printed}");
    assert!(printed.contains("X-Amz-Expires=900") && printed.ends_with('\n') && printed.lines().count() == 1);
    assert_eq!(said, "", "plain HTTP on this machine is read by nobody");
    let long = |more: &[&str]| Shell::new().run(&[&["s3://bucket/k", "--expires-in", "2h"], more].concat()).stderr;
    assert_eq!(text(&long(&[])), "daypass: GET s3://bucket/k: Whoever gets hold of it can use it for 2h.\n");
    assert!(long(&["-q"]).is_empty());
}

#[test]
fn every_option_of_a_download_lands_in_the_link() {
    let shell = Shell::new();
    for (words, expected) in [
        (
            &["--filename", "Q3 report.pdf"][..],
            "response-content-disposition=attachment%3B%20filename%3D%22Q3%20report.pdf%22",
        ),
        (&["--filename", "a.pdf", "--inline"], "response-content-disposition=inline%3B%20filename%3D%22a.pdf%22"),
        (&["--inline"], "response-content-disposition=inline%3B%20filename%3D%22k%22"),
        (
            &["--filename", "Q3 \"ü\".pdf"],
            "attachment%3B%20filename%3D%22Q3%20%5C%22_%5C%22.pdf%22%3B%20filename%2A%3DUTF-8%27%27Q3%2520%2522%25C3%25BC%2522.pdf",
        ),
        (&["--response-content-type", "text/plain"], "response-content-type=text%2Fplain"),
        (&["--response-cache-control", "no-store"], "response-cache-control=no-store"),
        (&["--response-content-language", "de"], "response-content-language=de"),
        (&["--response-content-encoding", "gzip"], "response-content-encoding=gzip"),
        (&["--response-expires", "0"], "response-expires=0"),
        (&["--version-id", "v/1"], "versionId=v%2F1"),
        (&["--expires-in", "2h30m"], "X-Amz-Expires=9000"),
        (&["--header", "X-Amz-Request-Payer: requester"], "X-Amz-SignedHeaders=host%3Bx-amz-request-payer"),
        (&["--method", "head"], "X-Amz-Expires=300"),
        (&["--region", "r-7"], "%2Fr-7%2Fs3%2Faws4_request"),
        (&["--endpoint-url", "http://localhost:9", "--path-style"], "http://localhost:9/b/k?"),
    ] {
        let url = shell.link(&[&["s3://b/k"], words].concat());
        assert!(url.contains(expected), "{words:?}: {url}");
    }
}

#[test]
fn every_option_of_an_upload_is_a_header_that_the_sender_must_send() {
    let shell = Shell::new();
    let md5 = "5d41402abc4b2a76b9719d911017c592";
    let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let link = shell.json(&[
        "s3://b/k",
        "--method",
        "PUT",
        "--content-type",
        "application/pdf",
        "--size",
        "10MiB",
        "--md5",
        md5,
        "--sha256",
        sha256,
        "--create-only",
        "--metadata",
        "Ticket=4711",
        "--metadata",
        "by=ada",
        "--sse",
        "aws:kms",
        "--sse-kms-key-id",
        "key-1",
        "--storage-class",
        "STANDARD_IA",
        "--header",
        "X-Amz-Acl: private",
    ]);
    let expected = serde_json::json!({
        "content-length": "10485760",
        "content-md5": "XUFAKrxLKna5cZ2REBfFkg==",
        "content-type": "application/pdf",
        "if-none-match": "*",
        "x-amz-acl": "private",
        "x-amz-checksum-sha256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
        "x-amz-meta-by": "ada",
        "x-amz-meta-ticket": "4711",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "key-1",
        "x-amz-storage-class": "STANDARD_IA",
    });
    assert_eq!(link["required_headers"], expected);
    let url = link["url"].as_str().unwrap();
    for name in expected.as_object().unwrap().keys() {
        assert!(url.contains(name), "{name} is not signed in {url}");
    }
}

#[test]
fn json_holds_all_there_is_to_know_and_every_field_is_documented() {
    let shell = Shell::new();
    let link = shell.json(&["s3://b/k/x", "--expires-in", "2h", "--version-id", "7"]);
    assert_eq!((&link["method"], &link["bucket"], &link["key"]), (&"GET".into(), &"b".into(), &"k/x".into()));
    assert_eq!((&link["version_id"], &link["host"]), (&"7".into(), &"127.0.0.1:1".into()));
    assert_eq!(
        (&link["expires_in"], &link["asked"], &link["limited_by"]),
        (&7200.into(), &7200.into(), &"asked".into())
    );
    let moment = |name: &str| link[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(moment("expires_at").duration_since(moment("signed_at")), SignedDuration::from_hours(2));
    assert_eq!((&link["access_key_id"], &link["temporary"]), (&"AKIDEXAMPLE".into(), &false.into()));
    assert_eq!((&link["source"], &link["required_headers"]), (&"environment".into(), &serde_json::json!({})));
    assert_eq!(link["cautions"], serde_json::json!(["Whoever gets hold of it can use it for 2h."]));

    let help = text(&shell.run(&["--help"]).stdout);
    let widest = help.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 100, "{widest} columns");
    let readme = include_str!("../../README.md");
    for field in link.as_object().unwrap().keys() {
        assert!(help.contains(&format!("\n  {field} ")), "{field} is not in --help");
        assert!(readme.contains(&format!("`{field}`")), "{field} is not in README.md");
    }
}

#[test]
fn a_download_arrives_under_the_name_that_was_chosen() {
    let store = Store::new();
    store.server.add_object("box", "a/b.bin", "hello");
    let url =
        store.shell().link(&["s3://box/a/b.bin", "--filename", "report.txt", "--response-content-type", "text/plain"]);
    let (status, answer) = send("GET", &url, &[], "");
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("attachment; filename=\"report.txt\"") && answer.contains("text/plain"), "{answer}");
    assert!(answer.ends_with("hello"));
    assert_eq!(send("HEAD", &url, &[], "").0, 403, "the method is part of what is signed");
    assert_eq!(store.server.requests().len(), 2, "making a link asks nobody");
}

#[test]
fn an_upload_has_to_be_what_the_link_says() {
    let store = Store::new();
    let words = ["s3://box/new.pdf", "--method", "PUT", "--content-type", "application/pdf", "--size", "5"];
    let url = store.shell().link(&words);
    assert_eq!(send("PUT", &url, &["Content-Type: text/html"], "hello").0, 403);
    assert_eq!(send("PUT", &url, &[], "hello").0, 403);
    assert_eq!(send("PUT", &url, &["Content-Type: application/pdf"], "hello!").0, 403);
    let (status, answer) = send("PUT", &url, &["Content-Type: application/pdf"], "hello");
    assert_eq!(status, 200, "{answer}");
    let head = store.shell().link(&["box/new.pdf", "--method", "HEAD"]);
    assert!(send("HEAD", &head, &[], "").1.to_lowercase().contains("content-type: application/pdf"));
}

#[test]
fn a_version_is_got_and_an_object_is_deleted_when_that_is_meant() {
    let store = Store::new();
    store.server.set_versioning("box", Versioning::Enabled);
    let shell = store.shell();
    let put = shell.link(&["s3://box/k", "--method", "PUT", "-q"]);
    let version = |body| {
        let (_, answer) = send("PUT", &put, &[], body);
        let line = answer.lines().find(|line| line.starts_with("x-amz-version-id: ")).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    };
    let first = version("first");
    version("second");
    let old = shell.link(&["s3://box/k", "--version-id", &first]);
    assert!(send("GET", &old, &[], "").1.ends_with("first"));

    let (code, why) = shell.fails(&["s3://box/k", "--method", "DELETE"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("deletes the object") && why.contains("--yes"), "{why}");
    let delete = shell.link(&["s3://box/k", "--method", "DELETE", "--yes"]);
    assert_eq!(send("DELETE", &delete, &[], "").0, 204);
    assert_eq!(send("GET", &shell.link(&["s3://box/k"]), &[], "").0, 404);
}

#[test]
fn a_lifetime_that_no_link_can_have_is_refused_with_the_reason() {
    let shell = Shell::new();
    let (code, why) = shell.fails(&["s3://b/k", "--expires-in", "until 2020-01-01"]);
    assert_eq!(code, Some(2));
    assert!(why.contains("`until 2020-01-01` has passed already"), "{why}");
    let (code, why) = shell.fails(&["s3://b/k", "--expires-in", "8d", "--yes"]);
    assert_eq!(code, Some(1));
    let expected =
        "daypass: cannot make a GET link to s3://b/k: a link to S3 works for 7d at most, and this one is to live 8d";
    assert!(why.starts_with(expected), "{why}");
    let (code, why) = shell.fails(&["s3://b/k", "--expires-in", "2d"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("A link that works for 2d cannot be taken back") && why.contains("--yes"), "{why}");
    assert!(shell.link(&["s3://b/k", "--expires-in", "2d", "--yes"]).contains("X-Amz-Expires=172800"));
    let until = Timestamp::now() + SignedDuration::from_hours(3);
    let link = shell.json(&["s3://b/k", "--expires-in", &format!("until {}", until.strftime("%Y-%m-%dT%H:%M:%SZ"))]);
    assert_eq!(link["expires_at"].as_str().unwrap(), until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    assert!((10_700..=10_800).contains(&link["asked"].as_i64().unwrap()));
}

#[test]
fn the_ceiling_of_a_store_cuts_the_usual_lifetime_and_refuses_a_longer_one() {
    let shell = Shell::without_keys();
    shell.write(
        ".config/daypass/config.toml",
        "[links]\nget_expires_in = '1h'\n[[store]]\nname = 'b2'\nprovider = 'b2'\nregion = 'us-west-004'\n\
         access_key_id = 'id'\nsecret_access_key = 'secret'\nmax_expires_in = '10m'\n",
    );
    let link = shell.json(&["s3://b/k", "--store", "b2", "-q"]);
    assert_eq!(
        (&link["limited_by"], &link["expires_in"], &link["asked"]),
        (&"ceiling".into(), &600.into(), &3600.into())
    );
    assert!(link["limited_by_reason"].as_str().unwrap().contains("max_expires_in"));
    assert_eq!(link["source"], "store b2");
    let (code, why) = shell.fails(&["s3://b/k", "--expires-in", "11m", "-q"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("let a link live 10m (max_expires_in), and this one is to live 11m"), "{why}");
}

#[test]
fn credentials_that_end_in_four_minutes_end_an_hours_link_and_that_is_said() {
    let shell = Shell::without_keys();
    let end = (Timestamp::now() + SignedDuration::from_mins(4)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let keys = format!(
        "{{\"Version\":1,\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"{SECRET}\",\"SessionToken\":\"t0ken\",\"Expiration\":\"{end}\"}}"
    );
    shell.write("keys.sh", &format!("echo '{keys}'\n"));
    let script = shell.home.path().join("keys.sh");
    let config = format!(
        "[profile tool]\nregion = eu-west-1\nendpoint_url = {DEAD}\ncredential_process = /bin/sh {}\n",
        script.display()
    );
    shell.write(".aws/config", &config);
    let output = shell.run(&["--profile", "tool", "--expires-in", "1h", "--json", "s3://b/k"]);
    let link: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(link["expires_at"], end.as_str());
    assert!((200..=240).contains(&link["expires_in"].as_i64().unwrap()), "{link}");
    assert_eq!((&link["asked"], &link["limited_by"]), (&3600.into(), &"credentials".into()));
    let reason = "the credentials from profile tool, credential_process end then, before the 1h that were asked for";
    assert_eq!(link["limited_by_reason"], reason);
    assert_eq!((&link["temporary"], &link["source"]), (&true.into(), &"profile tool, credential_process".into()));
    assert!(link["cautions"][0].as_str().unwrap().starts_with("It ends with the credentials, before the 1h"));
    let said = text(&output.stderr);
    assert!(said.contains(&format!("It works until {end}. It ends with the credentials, before the 1h")), "{said}");
    let (code, why) = shell.fails(&["--profile", "tool", "--stable", "s3://b/k"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("leave --stable out"), "{why}");
}

#[test]
fn a_stable_link_is_the_same_whenever_it_is_asked_for() {
    let shell = Shell::new();
    let daily = || shell.json(&["s3://b/k", "--stable=1d", "--expires-in", "1h", "--yes"]);
    let (first, second) = (daily(), daily());
    assert!(first["signed_at"].as_str().unwrap().ends_with("T00:00:00Z"), "{first}");
    assert_eq!((&first["asked"], &first["expires_in"]), (&3600.into(), &90_000.into()));
    // But for midnight in between.
    assert_eq!(first["signed_at"] == second["signed_at"], first["url"] == second["url"]);
    let hourly = shell.json(&["s3://b/k", "--stable"]);
    assert!(hourly["signed_at"].as_str().unwrap().ends_with(":00:00Z"), "{hourly}");
}

#[test]
fn options_that_make_no_sense_end_with_2_and_say_where_they_belong() {
    let shell = Shell::new();
    for (words, why) in [
        (
            &["s3://b/k", "--method", "PUT", "--filename", "x"][..],
            "--filename belongs to downloads: --method GET or HEAD",
        ),
        (
            &["s3://b/k", "--content-type", "x/y"],
            "--content-type belongs to uploads: --method PUT; these links are for GET",
        ),
        (&["s3://b/k", "--method", "PUT", "--version-id", "1"], "--version-id belongs to links to what exists"),
        (&["s3://b/k", "--method", "DELETE", "--inline", "--yes"], "--inline belongs to downloads"),
        (&["s3://b/k", "--method", "DELETE", "--size", "1", "--yes"], "--size belongs to uploads"),
        (&["s3://b/k", "--method", "PUT", "--sse-kms-key-id", "x"], "--sse <HOW>"),
        (&["s3://b/k", "--method", "PUT", "--sse", "AES256", "--sse-kms-key-id", "x"], "belongs to --sse aws:kms"),
        (&["s3://b/k", "s3://b/l", "--version-id", "1"], "--version-id belongs to one object"),
        (&["-", "--filename", "x"], "--filename belongs to one object"),
        (&["s3://b/k", "--filename", ""], "a value is required for '--filename"),
        (&["s3://b/k", "--method", "PUT", "--size", "1..2"], "a PUT link binds one size"),
        (&["s3://b/k", "--as", "html"], "--as html belongs to --form"),
        (&["s3://b/k", "--as", "curl", "--json"], "'--as <TOOL>' cannot be used with '--json'"),
        (
            &["s3://b/k", "--format", "m3u", "--method", "HEAD"],
            "--format m3u is for downloads; these links are for HEAD",
        ),
        (&["s3://b/k", "--format", "wget", "--header", "a: b"], "--format wget cannot say which --header to send"),
        (&["s3://b/k", "s3://b/l", "--qr"], "--qr belongs to one object"),
        (&["-", "--message", "text"], "--message belongs to one object"),
        (&["s3://b/k", "-r"], "`s3://b/k` does not end with a slash: write `s3://b/k/`"),
        (&["-", "-r"], "LOCATION - does not go with --recursive"),
        (&["s3://b/k", "--concurrency", "4"], "--concurrency belongs to --recursive"),
        (&["s3://b/", "-r", "--version-id", "1"], "--version-id belongs to one object"),
        (&["s3://b/k", "--multipart"], "give --size"),
        (&["s3://b/k", "--multipart", "--size", "1..2"], "needs one --size, not a range"),
        (&["s3://b/k", "--multipart", "--size", "1MiB", "--part-size", "1MiB"], "a part of 1048576 bytes cannot be"),
        (&["s3://b/k", "--multipart", "--size", "1", "--method", "GET"], "--method does not go with --multipart"),
        (&["s3://b/k", "--multipart", "--size", "1", "--md5", "x"], "--md5 does not go with --multipart"),
        (
            &["s3://b/k", "--multipart", "--size", "1", "--upload-id", "x", "--content-type", "a/b"],
            "--content-type belongs to the beginning of an upload",
        ),
        (&["s3://b/k", "s3://b/l", "--multipart", "--size", "1"], "--multipart takes one LOCATION"),
        (&["s3://b/k", "--part-size", "5MiB"], "--multipart"),
        (&["s3://b/k", "--form", "--hls", "-o", "x"], "'--form' cannot be used with '--hls'"),
        (&["s3://b/k", "--form", "--filename", "x"], "--filename does not go with --form"),
        (&["s3://b/k", "--form", "--as", "wget"], "--as wget does not go with --form: curl and html do"),
        (&["s3://", "--form"], "write the bucket as well"),
        (&["s3://b/k", "--hls"], "--output <FILE>"),
        (&["s3://b/k", "--hls", "-o", "x", "--size", "1"], "--size does not go with --hls"),
        (&["s3://b/k", "--method", "POST"], "[possible values: GET, PUT, HEAD, DELETE]"),
        (&["s3://b/k", "--expires-in", "soon"], "`soon` is not a lifetime"),
        (&["s3://b/k", "--header", "nonsense"], "write it as 'Name: value'"),
        (&["s3://b/k", "--method", "PUT", "--metadata", "x"], "write it as name=value"),
        (&["s3://b/k", "--method", "PUT", "--size", "huge"], "`huge` is not a size"),
        (&["s3://b"], "`s3://b` names no object: write s3://bucket/key"),
        (&["https://b/k"], "is not an s3:// location"),
        (&["--prefix", "s3://b/p/", ""], "a key cannot be empty"),
        (&["--prefix", "s3://", "x"], "write it as s3://bucket/prefix/"),
        (&[], "<LOCATION>..."),
        (&["s3://b/k", "--demo"], "--demo: the demo store ends with daypass"),
        (&["s3://b/k", "--endpoint-url", "http://example.org"], "--endpoint-url: plain HTTP would show"),
        (&["s3://b/k", "--store", "x", "--profile", "y"], "'--store <NAME>' cannot be used with '--profile <NAME>'"),
    ] {
        let (code, message) = shell.fails(words);
        assert_eq!(code, Some(2), "{words:?}: {message}");
        assert!(message.contains(why), "{words:?}: {message}");
    }
    let mut flag_first = Command::new(env!("CARGO_BIN_EXE_daypass"));
    flag_first.env_clear().args(["--profile", "x", "presign", "s3://b/k"]);
    let output = flag_first.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("the flags of a command come after it"), "{}", text(&output.stderr));
}

#[test]
fn what_the_store_or_the_way_to_it_forbids_ends_with_1_in_the_words_of_the_screen() {
    let b2 = ["--provider", "b2", "--region", "us-west-004"];
    let shell = Shell::new();
    let (code, why) = shell.fails(&[&b2[..], &["s3://b/k", "--method", "PUT", "--create-only"]].concat());
    assert_eq!(code, Some(1));
    assert!(why.contains("Backblaze B2 does not know create-only uploads"), "{why}");
    let (code, why) = shell.fails(&["s3://b/k", "--method", "PUT", "--size", "6GiB"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("one PUT carries 5 GiB at most"), "{why}");
    let twice = ["s3://b/k", "--method", "PUT", "--content-type", "a/b", "--header", "Content-Type: c/d"];
    assert!(shell.fails(&twice).1.contains("the header `content-type` is given twice"));
    let open = Shell::with_keys("AKID", SECRET, "http://store.example");
    let (code, why) = open.fails(&["s3://b/k"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("over the network unprotected") && why.contains("allow_http"), "{why}");
    let (code, why) = Shell::without_keys().fails(&["s3://b/k", "--region", "eu-west-1"]);
    assert_eq!(code, Some(1));
    assert!(why.starts_with("daypass: cannot find credentials"), "{why}");
}

#[test]
fn a_thousand_lines_are_a_thousand_links_in_their_order() {
    let shell = Shell::new();
    let lines: Vec<String> = (0..1000).map(|n| format!("s3://bucket-{}/key-{n}\n", n % 3)).collect();
    let output = shell.fed(&["-", "--json", "-q"], lines.concat().as_bytes());
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let found: Vec<String> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|link| format!("s3://{}/{}\n", link["bucket"].as_str().unwrap(), link["key"].as_str().unwrap()))
        .collect();
    assert_eq!(found, lines);
    let mixed = shell.fed(&["b/first", "-", "b/last", "-q"], b"b/2\nb/3\n");
    let order: Vec<String> =
        text(&mixed.stdout).lines().map(|url| url.split(['/', '?']).nth(4).unwrap().to_owned()).collect();
    assert_eq!(order, ["first", "2", "3", "last"]);
}

#[test]
fn a_bad_line_is_told_with_its_number_and_the_rest_is_done() {
    let output = Shell::new().fed(&["-", "-q"], b"s3://b/1\nhttp://b/2\ns3://b/3\ns3://\xff/4\ns3://b/5\n");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout).lines().count(), 3);
    let said = text(&output.stderr);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].starts_with("daypass: line 2: `http://b/2` is not an s3:// location"), "{said}");
    assert_eq!(lines[1], "daypass: line 4: this is not UTF-8, and keys are");
}

#[test]
fn names_below_a_prefix_may_hold_anything_but_nul() {
    let output =
        Shell::new().fed(&["--prefix", "s3://b/p/", "-0", "-", "--json", "--expires-in", "2h"], b"a\nb\0s3://x\0");
    let keys: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["key"].clone()).collect();
    assert_eq!(keys, ["p/a\nb", "p/s3://x"]);
    assert_eq!(
        text(&output.stderr).lines().count(),
        1,
        "a caution is said once, and a line end in a key makes no line"
    );
}

#[test]
fn a_link_comes_as_soon_as_its_line_does() {
    let mut child = Guarded(Shell::new().command(&["-", "-q"]).stdin(Stdio::piped()).spawn().unwrap());
    let mut stdin = child.0.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.0.stdout.take().unwrap());
    for n in 0..3 {
        writeln!(stdin, "s3://b/{n}").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.contains(&format!("/b/{n}?")), "{line}");
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    for words in [&["-", "-q"][..], &["-", "-q", "--json"]] {
        let mut child = Guarded(Shell::new().command(words).stdin(Stdio::piped()).spawn().unwrap());
        let mut stdin = child.0.stdin.take().unwrap();
        let feeding = std::thread::spawn(move || {
            // Without an end of its own, so that only the closed pipe ends it.
            while stdin.write_all(b"s3://b/k\n").is_ok() {}
        });
        let mut line = String::new();
        BufReader::new(child.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains(DEAD), "{line}");
        let mut said = String::new();
        child.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((child.0.wait().unwrap().code(), said), (Some(0), String::new()));
        feeding.join().unwrap();
    }
}

#[test]
fn no_secret_token_or_signature_is_said_or_logged() {
    let mut shell = Shell::new();
    shell.variables.push(("AWS_SESSION_TOKEN", "FwoGt0ken".to_owned()));
    let log = shell.home.path().join("log");
    let log = log.to_str().unwrap();
    let mut said = String::new();
    for words in [
        &["s3://b/k", "--expires-in", "2h"][..],
        &["s3://b/k", "--expires-in", "8d"],
        &["s3://b/k", "--method", "DELETE"],
        &["s3://b/../k", "--method", "PUT", "--header", "Bad Name: x"],
        &["s3://b", "--json"],
        &["s3://b/k", "--method", "HEAD", "--as", "python", "--expires-in", "2h"],
        &["--form", "s3://b/in/", "--json"],
        &["--multipart", "s3://b/k", "--size", "1GiB", "--upload-id", "2~x"],
    ] {
        let output = shell.run(&[words, &["--log", log]].concat());
        assert!(!output.stderr.is_empty(), "{words:?}");
        said += &text(&output.stderr);
    }
    said += &std::fs::read_to_string(log).unwrap();
    said += &std::fs::read_to_string(shell.home.path().join(".local/state/daypass/ledger.jsonl")).unwrap();
    for hidden in [SECRET, "t0ken", "Signature=", "X-Amz-"] {
        assert!(!said.contains(hidden), "{hidden} is in {said}");
    }
}

#[cfg(unix)]
#[test]
fn a_person_at_a_terminal_is_asked_and_anything_but_yes_makes_no_link() {
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    let home = TempDir::new().unwrap();
    let answered = |answer: &str| {
        let pty = native_pty_system().openpty(PtySize { rows: 24, cols: 500, ..PtySize::default() }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_daypass"));
        command.env_clear();
        for (name, value) in Shell::new().variables {
            command.env(name, value);
        }
        command.env("HOME", home.path());
        command.args(["presign", "s3://b/k", "--method", "DELETE", "-q"]);
        let mut child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        writeln!(pty.master.take_writer().unwrap(), "{answer}").unwrap();
        let mut shown = Vec::new();
        // On Linux the end of a terminal is an error.
        let _ = reader.read_to_end(&mut shown);
        (child.wait().unwrap().exit_code(), String::from_utf8_lossy(&shown).into_owned())
    };
    let (code, shown) = answered("y");
    assert!(
        code == 0 && shown.contains("Make it all the same? [y/N]") && shown.contains("X-Amz-Signature="),
        "{shown}"
    );
    let (code, shown) = answered("");
    assert!(code == 1 && shown.contains("no link was made") && !shown.contains("X-Amz-Signature="), "{shown}");
}

#[test]
fn a_link_is_signed_for_the_region_that_an_earlier_command_learned() {
    let store = Store::new();
    store.server.set_region("box", "us-west-2");
    store.server.add_object("box", "a.txt", "hello");
    let shell = store.shell();
    let ls = || {
        let command = shell.command(&[]);
        let mut ls = std::process::Command::new(command.get_program());
        ls.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        ls.args(["ls", "s3://box/"]).output().unwrap()
    };
    let before = shell.link(&["s3://box/a.txt", "-q"]);
    assert!(before.contains("%2Feu-central-1%2Fs3"), "nobody is asked: {before}");
    assert!(store.server.requests().is_empty(), "{:?}", store.server.requests());
    let listed = ls();
    assert_eq!(listed.status.code(), Some(0), "{}", text(&listed.stderr));
    let asked = store.server.requests().len();
    let link = shell.link(&["s3://box/a.txt", "-q"]);
    assert!(link.contains("%2Fus-west-2%2Fs3"), "{link}");
    assert_eq!(store.server.requests().len(), asked, "a link asks nobody");
    assert_eq!(send("GET", &link, &[], "").0, 200);
    assert!(ls().status.success());
    assert_eq!(store.server.requests().len(), asked + 2, "the link, and one listing that goes there at once");
    shell.write(".config/daypass/config.toml", "[browse]\nremember = false\n");
    assert!(shell.link(&["s3://box/a.txt", "-q"]).contains("%2Feu-central-1%2Fs3"), "unless memory is turned off");
}

#[test]
fn nobody_is_asked_for_a_region() {
    let instance = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    instance.set_nonblocking(true).unwrap();
    let mut shell = Shell::new();
    shell.variables.retain(|(name, _)| *name != "AWS_REGION");
    let mut command = shell.command(&["s3://bucket/key"]);
    let endpoint = format!("http://{}", instance.local_addr().unwrap());
    let output =
        command.env("AWS_EC2_METADATA_DISABLED", "false").env("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(instance.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

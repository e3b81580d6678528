//! Keys that people really have: limited to a bucket or a prefix, without the right to look, signed for another region, out of
//! their session. Each ends in a screen that says what to do, and keys are heard before there is an answer, and after it.

use std::fs;
use std::process::Command;

use daypass::world::demo::{Objects, Rights, Words};
use secrecy::ExposeSecret;
use tokio::runtime::Runtime;

use crate::held::Held;
use crate::rogue::{Rogue, answer};
use crate::store::{BUCKET, Store, use_link};
use crate::terminal::{Terminal, USUAL};

fn store() -> Store {
    Store::with(&[("in/one.txt", "1"), ("out/two.txt", "22")])
}

/// A key for the one bucket, or for what begins with `prefix` in it.
fn limited(prefix: &str, words: Words) -> Rights {
    Rights { bucket: Some(BUCKET.to_owned()), prefix: prefix.to_owned(), words, ..Rights::default() }
}

#[test]
fn a_key_for_one_bucket_says_how_to_open_it_and_remembers_it() {
    let store = store();
    let mut terminal = store.browse_as(limited("", Words::Backblaze), "b2", "s3://");
    let screen = terminal.wait_for("Cannot list the buckets.");
    assert!(screen.contains("`listBuckets` or `listAllBucketNames`"), "{screen}");
    assert!(screen.contains(": opens a bucket by its name"), "{screen}");
    assert!(screen.contains("403 · AccessDenied · not entitled · request"), "{screen}");
    terminal.hears();
    terminal.press(":");
    terminal.wait_for("Go to:");
    terminal.press(&format!("{BUCKET}\r"));
    terminal.wait_for("out/");
    terminal.press("h");
    let screen = terminal.wait_for("Known buckets");
    assert!(screen.contains(&format!("▸  {BUCKET}")), "{screen}");
    terminal.hears();
    terminal.press("l");
    terminal.wait_for("out/");
}

#[test]
fn a_key_for_one_prefix_is_told_what_it_lacks_and_offered_what_it_has() {
    let store = store();
    let mut terminal = store.browse_as(limited("in/", Words::Aws), "aws", &format!("s3://{BUCKET}/in/"));
    terminal.wait_for("one.txt");
    terminal.press("h");
    let screen = terminal.wait_for("Known prefixes below");
    assert!(screen.contains(&format!("`s3:ListBucket` on arn:aws:s3:::{BUCKET}")), "{screen}");
    assert!(screen.contains("is not authorized to perform"), "the store's own words: {screen}");
    terminal.hears();
    terminal.press("l");
    terminal.wait_for("one.txt");
}

#[test]
fn a_key_for_one_prefix_of_which_nothing_is_known_is_told_whom_to_ask() {
    let store = store();
    let mut terminal = store.browse_as(limited("in/", Words::Backblaze), "b2", &format!("s3://{BUCKET}"));
    let screen = terminal.wait_for("They need `listFiles`");
    assert!(screen.contains("ask whoever made it for the prefix"), "{screen}");
    terminal.hears();
    terminal.press(":in/\r");
    terminal.wait_for("one.txt");
}

#[test]
fn a_key_that_may_not_look_at_an_object_shows_what_the_list_knew_and_names_the_right() {
    let store = store();
    let rights = Rights { objects: Objects::Closed, ..Rights::default() };
    let mut terminal = store.browse_as(rights, "aws", &format!("s3://{BUCKET}/out/"));
    terminal.wait_for("two.txt");
    let screen = terminal.wait_for("Type, metadata and version are not known");
    assert!(screen.contains("2 bytes"), "{screen}");
    assert!(screen.contains("They need `s3:GetObject` on"), "{screen}");
    assert!(screen.contains(&format!("arn:aws:s3:::{BUCKET}/out/two.txt; GET links")), "{screen}");
    terminal.hears();
}

#[test]
fn a_bucket_in_another_region_just_works_and_so_do_its_links() {
    let store = store();
    store.server.set_region(BUCKET, "us-west-2");
    let mut terminal = store.browse_held("out/");
    terminal.wait_for("two.txt");
    terminal.press("s");
    terminal.wait_for("works until");
    terminal.press("f");
    let screen = terminal.wait_for("us-west-2");
    let url: String = screen.split_whitespace().skip_while(|word| !word.starts_with("http://")).collect();
    let url = url.split("esc").next().unwrap_or_default();
    assert_eq!(use_link("GET", url, "").1.as_str(), "22", "{screen}");
    let elsewhere = store.server.requests().iter().filter(|request| request.method == "GET").count();
    assert!(elsewhere <= 4, "the region is asked for once: {elsewhere} requests");
}

#[test]
fn a_bucket_in_a_region_that_no_answer_names_says_what_to_set() {
    let runtime = Runtime::new().unwrap();
    let malformed = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong</Message></Error>";
    for (status, body, hint) in [
        ("400 Bad Request", malformed, "Set the region that the provider shows for the bucket (--region)"),
        ("301 Moved Permanently", "", "Set the region or endpoint that its provider shows for it"),
    ] {
        let rogue = runtime.block_on(Rogue::start(move |_| answer(status, &[], body)));
        let held = Held::before(&rogue.endpoint, &runtime);
        let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_REGION", "us-east-1")];
        let arguments = ["s3://papers/", "--endpoint-url", &held.endpoint, "--path-style"];
        let mut terminal = Terminal::start(USUAL, &arguments, &keys);
        terminal.wait_for("papers");
        held.let_go(&mut terminal);
        terminal.wait_for_words(hint);
        terminal.hears();
    }
}

#[test]
fn an_sso_session_that_is_over_says_how_to_log_in_again() {
    let home = tempfile::tempdir().unwrap();
    let aws = home.path().join(".aws");
    fs::create_dir_all(aws.join("sso/cache")).unwrap();
    let config = "[profile work]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = reader\nregion = eu-central-1\n\
                  [sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://corp.example/start\n";
    fs::write(aws.join("config"), config).unwrap();
    // The name is the SHA-1 of `corp`, as every AWS tool names it.
    let token = r#"{"accessToken":"t","expiresAt":"2020-01-01T00:00:00Z","region":"eu-central-1","startUrl":"https://corp.example/start"}"#;
    fs::write(aws.join("sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json"), token).unwrap();
    let store = store();
    let arguments = ["--profile", "work", "--endpoint-url", &store.server.endpoint().to_string(), "s3://papers/"]
        .map(str::to_owned);
    let mut terminal = Terminal::start(USUAL, &arguments, &[("HOME", home.path().to_str().unwrap())]);
    terminal.wait_for("papers");
    terminal.hears();
    let screen = terminal.wait_for("aws sso login --profile work");
    assert!(screen.contains("Cannot list s3://papers/"), "{screen}");
    terminal.hears();
}

#[test]
fn without_a_screen_too_a_prefix_without_its_slash_is_asked_for_once_more_with_it() {
    let store = store();
    let (id, secret) = store.server.add_key("mira", limited("in/", Words::Aws)).unwrap();
    let endpoint = store.server.endpoint().to_string();
    let says = |arguments: &[&str]| {
        let home = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_daypass"))
            .args(arguments)
            .args(["--endpoint-url", &endpoint])
            .env_clear()
            .env("HOME", home.path())
            .env("AWS_ACCESS_KEY_ID", &id)
            .env("AWS_SECRET_ACCESS_KEY", secret.expose_secret())
            .output()
            .unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let told = format!("daypass: s3://{BUCKET}/in may not be listed; this is s3://{BUCKET}/in/\n");
    let (open, other) = (format!("s3://{BUCKET}/in"), format!("s3://{BUCKET}/out"));
    assert_eq!(says(&["ls", "--fields", "key", &open]), ("in/one.txt\n".to_owned(), told.clone()));
    assert_eq!(says(&["du", &open]), ("1\t1\t.\n1\t1\ttotal\n".to_owned(), told));
    for command in ["ls", "du"] {
        let (listed, told) = says(&[command, &other]);
        assert!(listed.is_empty() && told.contains(&format!("cannot list s3://{BUCKET}/out/: ")), "{told}");
    }
}

//! Many links at once: of marks, of a prefix, of a playlist, of the parts of one large file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::session::Session;
use crate::shelf::Shelf;

fn files() -> std::sync::Arc<Shelf> {
    Shelf::with(&["files/a.pdf", "files/b/1.txt", "files/b/c/2.txt", "files/z \"q\".csv"])
}

/// An hour to be played.
fn film() -> std::sync::Arc<Shelf> {
    let shelf = Shelf::with(&["media/v/1.ts"]);
    shelf.put_text("media", "v/master.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow/index.m3u8\n");
    let segments =
        "#EXTM3U\n#EXT-X-TARGETDURATION:1800\n#EXTINF:1800,\n../1.ts\n#EXTINF:1800,\n../2.ts\n#EXT-X-ENDLIST\n";
    shelf.put_text("media", "v/low/index.m3u8", segments);
    shelf
}

/// The files that were written, by name.
fn written(session: &Session) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(session.links_dir()) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn marked_rows_become_a_list_in_a_private_file_which_is_copied_and_noted() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("a s");
    for told in ["Links to 3 marked rows of s3://files/", "1  text", "4  Markdown"] {
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
    session.press("4");
    assert!(session.shows("The links work for: 15m"), "{}", session.screen());
    session.press("ctrl-u");
    session.type_text("1h");
    session.press("enter");
    let [path] = written(&session).try_into().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches("X-Amz-Expires=3600&").count(), 4, "{text}");
    for key in ["a.pdf", "b/1.txt", "b/c/2.txt", "z%20%22q%22.csv"] {
        assert!(text.contains(&format!("/files/{key}?")), "{key}\n{text}");
    }
    assert_eq!(session.desk.lock().unwrap().copied, std::slice::from_ref(&text));
    for told in ["4 links written", "14:05", "list of 4 links copied"] {
        assert!(session.shows(told), "{told}\n{}", session.screen());
    }
    let records = session.book.records();
    assert_eq!(records.len(), 4);
    assert!(records[0].batch.is_some() && records.iter().all(|record| record.batch == records[0].batch));
}

#[test]
fn all_below_a_prefix_is_listed_for_it_and_nothing_else() {
    let mut session = Session::open(files(), "s3://files/");
    session.shelf.questions();
    session.press("j s 1 enter");
    let copied = session.desk.lock().unwrap().copied.clone();
    assert_eq!(copied[0].lines().count(), 2, "{copied:?}");
    assert!(session.shows("2 links written"), "{}", session.screen());
    let questions = session.shelf.questions();
    let listed = questions.iter().filter(|question| question.starts_with("list")).collect::<Vec<_>>();
    assert_eq!(listed.len(), 1, "{questions:?}");
}

#[test]
fn upload_links_are_made_to_marked_objects_and_to_nothing_without_a_name() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("a u");
    assert!(session.shows("Upload links to 2 marked rows") && !session.shows("wget"), "{}", session.screen());
    session.press("1 enter");
    let text = session.desk.lock().unwrap().copied[0].clone();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(session.book.records().iter().all(|record| record.method.as_str() == "PUT"));
}

#[test]
fn a_lifetime_that_is_none_stays_to_be_mended_and_a_long_one_is_asked_about() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("a B 1 ctrl-u");
    session.type_text("soon");
    session.press("enter");
    assert!(session.shows("not a lifetime"), "{}", session.screen());
    session.press("ctrl-u");
    session.type_text("3d");
    session.press("enter");
    assert!(session.shows("cannot be taken back"), "{}", session.screen());
    session.press("n");
    assert_eq!(written(&session).len(), 0);
}

#[test]
fn what_is_cancelled_leaves_no_file() {
    let mut session = Session::open(files(), "s3://files/");
    session.hold();
    session.press("a s 1 enter");
    assert!(session.shows("links made…") && session.shows("esc cancel"), "{}", session.screen());
    session.press("esc");
    session.release();
    assert!(session.shows("cancelled"), "{}", session.screen());
    assert_eq!(written(&session).len(), 0);
}

#[test]
fn a_store_that_refuses_in_the_middle_leaves_no_file_and_says_why() {
    let mut session = Session::open(files(), "s3://files/");
    session.shelf.refuse("list files/b/", daypass::s3::failure::FailureKind::Forbidden);
    session.press("a s 1 enter");
    assert!(session.shows("store refused it"), "{}", session.screen());
    assert_eq!(written(&session).len(), 0);
}

#[test]
fn what_a_format_cannot_hold_is_left_out_and_said() {
    let shelf = Shelf::with(&["files/a/../b.txt", "files/c.txt"]);
    let mut session = Session::open(shelf, "s3://");
    session.press("s 7 enter");
    assert!(session.shows("1 link written") && session.shows("1 object is left out"), "{}", session.screen());
}

#[test]
fn a_playlist_gets_a_link_for_each_file_that_it_names_and_lives_long_enough() {
    let mut session = Session::open(film(), "s3://media/v/");
    session.press("j j B 1 enter");
    assert!(session.shows("2 links written"), "{}", session.screen());
    let [folder] = written(&session).try_into().unwrap();
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let playlists: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    let media = playlists.iter().find(|text| text.contains("EXTINF")).unwrap();
    assert!(media.contains("/media/v/1.ts?") && media.contains("X-Amz-Expires=4320&"), "an hour and a fifth\n{media}");
}

#[test]
fn a_playlist_gets_no_links_that_end_with_the_credentials_before_it_is_played() {
    let mut session = Session::open(film(), "s3://media/v/");
    *session.keys.expires.lock().unwrap() = Some("2026-11-23T13:35:00Z".parse().unwrap());
    session.press("j j B 1 enter");
    assert!(session.shows("keys that last longer"), "{}", session.screen());
    assert!(written(&session).is_empty() && session.book.records().is_empty());
}

#[test]
fn what_one_put_cannot_carry_becomes_a_script_of_parts() {
    let mut session = Session::open(files(), "s3://files/");
    session.press("U tab tab tab");
    session.type_text("6GiB");
    session.press("enter");
    assert!(session.shows("Upload in parts") && session.shows("to upload: sh"), "{}", session.screen());
    let [path] = written(&session).try_into().unwrap();
    let script = fs::read_to_string(path).unwrap();
    assert!(script.starts_with("#!/bin/sh") && script.contains("uploadId=upload-1"), "{script}");
    assert!(session.shelf.questions().iter().any(|question| question.starts_with("begin upload")));
}

#[test]
fn a_form_for_browsers_limits_the_size_to_a_range_and_the_key_to_a_prefix() {
    let mut session = Session::open(files(), "s3://files/b/");
    session.press("U up right tab ctrl-u");
    session.type_text("b/in/");
    session.press("tab tab");
    session.type_text("image/*");
    session.press("tab");
    session.type_text("1..10MiB");
    session.press("enter");
    assert!(session.shows("Upload form") && session.shows("the page uploads from any browser"), "{}", session.screen());
    let [path] = written(&session).try_into().unwrap();
    let page = fs::read_to_string(path).unwrap();
    assert!(page.contains("<form action=") && page.contains("name=\"policy\""), "{page}");
    assert!(session.desk.lock().unwrap().copied[0].starts_with("curl "));
    assert_eq!(session.book.records()[0].method.as_str(), "POST");
}

#[test]
fn a_store_without_upload_forms_says_what_works_instead() {
    let mut session = Session::open(files(), "s3://files/b/");
    session.model.store.rules = daypass::presign::rules::Rules::of(daypass::s3::provider::by_id("r2").unwrap());
    session.press("U up right enter");
    assert!(session.shows("takes no upload forms") && session.shows("a link for each file"), "{}", session.screen());
    assert_eq!(written(&session).len(), 0);
}

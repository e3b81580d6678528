//! The size of what lies below a prefix: counted on a key, told while it grows, gone through without counting again.

use std::io::Write;
use std::sync::Arc;

use daypass::model::usage::{Growth, UsageJob};
use daypass::s3::failure::FailureKind;
use daypass::s3::usage::{Item, VersionState};
use daypass::update::effect::Effect;
use daypass::update::msg::Msg;
use insta::assert_snapshot;

use crate::session::Session;
use crate::shelf::Shelf;

fn shelf() -> Arc<Shelf> {
    let shelf = Shelf::default();
    shelf.put("docs", "top.bin", 3_000_000);
    shelf.put("docs", "logs/2025/jan.gz", 40_000_000);
    shelf.put("docs", "logs/2026/feb.gz", 90_000_000);
    shelf.put("docs", "logs/now.gz", 10_000_000);
    shelf.put("docs", "media/a.mp4", 500_000_000);
    shelf.put("docs", "tmp\n/x", 12);
    shelf.put("other", "x", 1);
    Arc::new(shelf)
}

fn counted() -> Session {
    let mut session = Session::open(shelf(), "s3://docs/");
    session.shelf.questions();
    session.press("z");
    session
}

/// The names of the lines, in order.
fn names(session: &Session) -> Vec<String> {
    let lines = session.screen().lines().filter(|line| line.contains('%')).map(str::to_owned).collect::<Vec<_>>();
    lines.into_iter().filter_map(|line| line.split_whitespace().next_back().map(str::to_owned)).collect()
}

#[test]
fn every_child_has_a_line_with_its_size_and_a_bar() {
    let mut session = counted();
    assert_snapshot!(session.screen());
    assert_eq!(session.shelf.questions(), ["list docs/"]);
    session.resize(40, 12);
    assert_snapshot!(session.screen());
}

#[test]
fn a_folder_is_entered_and_left_without_counting_again() {
    let mut session = counted();
    session.shelf.questions();
    session.press("j enter");
    assert_eq!(names(&session), ["2026/", "2025/", "."]);
    assert!(session.shows("s3://docs/logs/  133.5 MiB in 3 objects"), "{}", session.screen());
    session.press("tab");
    assert_eq!(names(&session), ["STANDARD"]);
    session.press("h");
    assert_eq!(names(&session), ["media/", "logs/", ".", "tmp␊/"]);
    assert!(session.screen().lines().any(|line| line.starts_with("▸") && line.ends_with("logs/")));
    assert!(session.shelf.questions().is_empty());
    session.press("h");
    assert!(session.shows("this is the place whose size was asked for"));
}

#[test]
fn the_same_is_told_apart_by_class_and_age_and_sorted_otherwise() {
    let mut session = counted();
    session.press("o");
    assert_eq!(names(&session)[0], "logs/", "the most objects first");
    session.press("o");
    assert_eq!(names(&session), [".", "logs/", "media/", "tmp␊/"]);
    session.press("tab tab");
    assert!(session.shows("1 day"), "{}", session.screen());
}

#[test]
fn among_buckets_the_one_under_the_cursor_is_counted() {
    let mut session = Session::open(shelf(), "s3://");
    session.press("j z");
    assert!(session.shows("s3://other/  1 B in 1 object"), "{}", session.screen());
}

#[test]
fn it_grows_while_it_runs_and_esc_stops_it_before_it_closes() {
    let mut session = Session::open(shelf(), "s3://docs/");
    session.hold();
    session.press("z");
    let (question, job): (_, UsageJob) = session
        .waiting()
        .find_map(|effect| match effect {
            Effect::CountUsage(question, job) => Some((*question, (**job).clone())),
            _ => None,
        })
        .unwrap();
    let grow = |session: &mut Session, key: &str| {
        let mut usage = job.nothing();
        let state = VersionState::Current;
        usage.add([Item { key, size: 1_000, modified: None, storage_class: "", state }]);
        session.send(Msg::UsageGrew(question, Box::new(Growth { usage, requests: 7, as_of: None })));
    };
    grow(&mut session, "a/1");
    grow(&mut session, "b/1");
    assert!(session.shows("2 in 2 objects") || session.shows("2.0 KiB in 2 objects"), "{}", session.screen());
    assert!(session.shows("7 requests") && session.shows("esc stop"), "{}", session.screen());
    session.press("esc");
    assert!(session.shows("  stopped before the end") && session.shows("esc close"), "{}", session.screen());
    session.resize(40, 12);
    assert!(session.shows("objects  stopped"), "{}", session.screen());
    session.resize(80, 24);
    assert_eq!(session.waiting().count(), 0, "the question was aborted");
    grow(&mut session, "c/1");
    assert_eq!(names(&session), ["a/", "b/"], "nothing is added any more");
    session.press("esc");
    assert!(session.shows("top.bin"));
}

#[test]
fn a_sum_that_breaks_off_says_why() {
    let shelf = shelf();
    let mut session = Session::open(shelf, "s3://docs/");
    session.shelf.refuse("list docs/", FailureKind::Forbidden);
    session.press("z");
    assert!(session.shows("broken off") && session.shows("The store refused it."), "{}", session.screen());
    session.shelf.relent();
    session.press("R");
    assert_eq!(names(&session).len(), 4);
}

#[test]
fn a_sum_stays_where_none_can_be_counted_in_its_place() {
    let mut session = counted();
    session.press("i");
    assert!(session.shows("613.2 MiB in 6 objects") && session.shows("the settings name none"), "{}", session.screen());
    session.press("v");
    assert!(session.shows("in 18 versions"), "{}", session.screen());
    session.shelf.refuse("list docs/", FailureKind::Forbidden);
    session.press("v");
    assert!(session.shows("in 18 versions") && !session.shows("broken off"), "{}", session.screen());
}

#[test]
fn one_goes_from_a_size_to_the_list() {
    let mut session = counted();
    session.press("j enter b");
    assert!(session.shows("now.gz"), "{}", session.screen());
    session.press("[");
    assert!(session.shows("top.bin"));
}

#[test]
fn versions_are_counted_on_request_and_objects_alone_again() {
    let mut session = counted();
    session.press("v");
    assert_eq!(session.shelf.questions(), ["list docs/", "versions below docs/"]);
    assert!(session.shows("in 18 versions"), "{}", session.screen());
    assert!(session.shows("613.2 MiB current · 102 B noncurrent in 6 · 6 delete markers"), "{}", session.screen());
    session.press("tab tab tab");
    assert!(session.shows("noncurrent"));
    session.press("v");
    assert!(session.shows("in 6 objects") && !session.shows("delete markers"), "{}", session.screen());
}

/// An inventory of `docs` of 24 November in two files, one of them packed; a newer one is not complete yet.
fn with_inventory() -> Session {
    let shelf = shelf();
    let manifest = r#"{"sourceBucket":"docs","destinationBucket":"arn:aws:s3:::inventories","version":"2016-11-30",
        "creationTimestamp":"1795478400000","fileFormat":"CSV",
        "fileSchema":"Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, StorageClass",
        "files":[{"key":"daily/data/1.csv.gz","size":SIZE},{"key":"daily/data/2.csv","size":52}]}"#;
    let row = |key: &str, latest: bool, size: u64| {
        format!(
            "\"docs\",\"{key}\",\"v\",\"{latest}\",\"false\",\"{size}\",\"2026-11-01T00:00:00.000Z\",\"STANDARD\"\n"
        )
    };
    let rows = row("old/a+b", true, 1_000) + &row("old/a+b", false, 400) + &row("new/x", true, 24);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(rows.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    shelf.put_bytes("inventories", "daily/data/1.csv.gz", &packed);
    let plain = "\"docs\",\"new/y\",\"v\",\"true\",\"false\",\"1000\",\"\",\"\"\n";
    shelf.put_text("inventories", "daily/data/2.csv", plain);
    let manifest = manifest
        .replace("SIZE", &packed.len().to_string())
        .replace("\"size\":52", &format!("\"size\":{}", plain.len()));
    shelf.put_text("inventories", "daily/2026-11-23T01-00Z/manifest.json", "{}");
    shelf.put_text("inventories", "daily/2026-11-24T01-00Z/manifest.json", &manifest);
    shelf.put_text("inventories", "daily/2026-11-25T01-00Z/manifest.checksum", "");
    let mut session = Session::open(shelf, "s3://docs/");
    session.know_inventories("docs", "s3://inventories/daily/");
    session
}

#[test]
fn an_inventory_answers_without_a_listing_and_its_moment_is_told() {
    let mut session = with_inventory();
    session.press("z");
    session.shelf.questions();
    session.press("i");
    assert_eq!(names(&session), ["new/", "old/"], "{}", session.screen());
    assert!(session.shows("2.0 KiB in 3 objects"), "{}", session.screen());
    assert!(session.shows("from the inventory of 2026-11-24 00:00"));
    assert!(!session.shelf.questions().iter().any(|question| question.starts_with("list docs/")));
    session.press("v");
    assert!(session.shows("in 4 versions") && session.shows("400 B noncurrent in 1"), "{}", session.screen());
    session.press("R v");
    assert!(session.shows("in 6 objects") && !session.shows("inventory of"), "{}", session.screen());
}

#[test]
fn an_inventory_of_tables_is_read_by_the_columns_that_count() {
    let shelf = Shelf::with(&["logs/p/1"]);
    let file = include_bytes!("../data/inventory/snappy.parquet");
    let manifest = r#"{"sourceBucket":"logs","destinationBucket":"arn:aws:s3:::inventories","version":"2016-11-30",
        "creationTimestamp":"1795478400000","fileFormat":"Parquet","fileSchema":"message s3.inventory {}",
        "files":[{"key":"daily/data/1.parquet","size":SIZE},{"key":"daily/data/2.parquet","size":SIZE}]}"#;
    let manifest = manifest.replace("SIZE", &file.len().to_string());
    shelf.put_text("inventories", "daily/2026-11-24T01-00Z/manifest.json", &manifest);
    for key in ["daily/data/1.parquet", "daily/data/2.parquet"] {
        shelf.put_bytes("inventories", key, file);
    }
    let mut session = Session::open(shelf, "s3://logs/");
    session.know_inventories("logs", "s3://inventories/daily/");
    session.press("z i v");
    // The sum of the sizes of two times 300 rows, and their states.
    assert!(session.shows("in 600 versions") && session.shows("84.1 MiB"), "{}", session.screen());
    assert!(
        session.shows("12 delete markers") && session.shows("from the inventory of 2026-11-24"),
        "{}",
        session.screen()
    );
    session.shelf.put_text("inventories", "daily/data/2.parquet", &"x".repeat(file.len()));
    session.press("i");
    assert!(session.shows("is not Parquet, or not whole"), "{}", session.screen());
}

#[test]
fn an_inventory_that_cannot_be_read_says_why() {
    let mut session = counted();
    session.press("i");
    assert!(session.shows("docs: the settings name none"), "{}", session.screen());
    let mut session = with_inventory();
    session.shelf.put_text("inventories", "daily/data/1.csv.gz", "\u{1f}");
    session.press("z i");
    assert!(session.shows("is shorter than its manifest says"), "{}", session.screen());
    session.know_inventories("docs", "s3://inventories/daily/data/");
    session.press("i");
    assert!(session.shows("no folder there is"), "{}", session.screen());
}

//! The catalogue of errors, row by row: refusals as stores send them go the way of any answer, and what a user then reads is
//! the row's cause and remedy, or what the request knows better.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use daypass::doctor::rights;
use daypass::presign::inspect::inspect;
use daypass::presign::probe::ProbeAnswer;
use daypass::s3::catalogue::{self, Occasion, Row, phrase};
use daypass::s3::failure::Failure;
use daypass::s3::provider;
use jiff::Timestamp;

use crate::refusals::{Refusal, known_better, refusals};
use crate::rogue::{Rogue, answer};
use crate::stage::{any_keys, below, object, spec, store};

/// Rows for what no store says, and where each comes from.
const OURS: [&str; 4] = ["BROWSER-CORS", "TRANSPORT-TLS-NAME", "HEAD-NO-BODY", "HTML-INSTEAD-OF-XML"];

/// The servers of tests/real.
const SERVERS: [&str; 4] = ["demo", "ceph", "swift", "rclone"];

/// What comes of a refusal where daypass asks with credentials.
async fn browsed(refusal: &Refusal) -> Failure {
    let (status, body) = (format!("{} Refused", refusal.status), refusal.xml());
    let server = Rogue::start(move |_| answer(&status, &[("x-amz-request-id", "R1")], &body)).await;
    let mut spec = spec(&server.endpoint, any_keys());
    spec.provider = provider::by_id(refusal.provider());
    spec.region = Some("us-east-1".to_owned());
    let store = store(&spec).await;
    match &*refusal.code {
        "NoSuchKey" | "NoSuchVersion" | "MethodNotAllowed" | "InvalidObjectState" => {
            store.tags(&object("bucket", "key")).await.unwrap_err()
        }
        _ => store.keys(&below("bucket", "", 1000)).await.unwrap_err(),
    }
}

fn place_of(row: &Row) -> usize {
    catalogue::all().iter().position(|other| std::ptr::eq(other, row)).unwrap()
}

#[tokio::test]
async fn every_row_is_what_a_user_reads_of_a_refusal() {
    let (mut alive, mut read) = (BTreeSet::new(), String::new());
    for refusal in refusals() {
        writeln!(read, "# {} {} {}: {}", refusal.provider(), refusal.status, refusal.code, refusal.message).unwrap();
        let row = refusal.row(Occasion::Browse);
        if row.when.contains(&Occasion::Browse) {
            let failure = browsed(&refusal).await;
            let told = failure.to_string();
            let (cause, fix) = (phrase(&row.cause), phrase(&row.fix));
            match known_better(row, &refusal.message) {
                Some(words) => assert!(told.contains(words), "{told}"),
                None => assert!(told.contains(&cause) && told.contains(&fix), "{told}\n{row:?}"),
            }
            assert!(told.contains(&format!("[{} {}, request R1]", refusal.status, refusal.code)), "{told}");
            assert_eq!(failure.reply.unwrap().message, refusal.message, "the store's own words are kept");
            let told = told.split("127.0.0.1:").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
            writeln!(read, "{:?}: {}", failure.kind, told.collect::<Vec<_>>().join("127.0.0.1")).unwrap();
            alive.insert(place_of(row));
        }
        let row = refusal.row(Occasion::Use);
        if row.when.iter().any(|when| *when != Occasion::Browse) {
            let text = format!("Hello, this is what I get:\n{}\nCan you help?", refusal.xml());
            let report = inspect(&text, &[], Timestamp::now()).lines(&jiff::tz::TimeZone::UTC).join("\n");
            assert!(report.contains(&row.cause) && report.contains(&row.fix), "{report}\n{row:?}");
            writeln!(read, "inspect: {}", report.lines().next().unwrap()).unwrap();
            alive.insert(place_of(row));
        }
    }
    let dead = catalogue::all()
        .iter()
        .enumerate()
        .filter(|(place, row)| !alive.contains(place) && !OURS.contains(&row.code.as_str()));
    let dead: Vec<&Row> = dead.map(|(_, row)| row).collect();
    assert!(dead.is_empty(), "no refusal leads to {dead:#?}");
    insta::assert_snapshot!("every_row", read);
}

#[test]
fn what_no_store_says_is_told_as_well() {
    let ours = catalogue::all().iter().filter(|row| row.code.contains('-')).map(|row| row.code.as_str());
    assert!(ours.collect::<BTreeSet<_>>() == OURS.into(), "each needs a case here");
    let browser =
        "Access to fetch at 'https://b.example/k' from origin 'https://app.example' has been blocked by CORS policy";
    for said in [browser, "TypeError: Failed to fetch", "NetworkError when attempting to fetch resource."] {
        let report = inspect(said, &[], Timestamp::now()).lines(&jiff::tz::TimeZone::UTC).join("\n");
        assert!(report.contains(&catalogue::by_code("BROWSER-CORS").unwrap().cause), "{report}");
    }
    let silent = ProbeAnswer { status: 403, ..ProbeAnswer::default() };
    let reading = rights::read(&silent, provider::by_id("aws").unwrap());
    assert_eq!(reading.row, catalogue::by_code("HEAD-NO-BODY"));
}

#[test]
fn only_servers_that_there_are_say_anything() {
    for refusal in refusals() {
        let unknown = refusal.provoked.servers().find(|server| !SERVERS.contains(&server.as_str()));
        assert_eq!(unknown, None, "{} {}", refusal.code, refusal.message);
    }
}

#[test]
fn no_two_refusals_mean_the_same() {
    let refusals = refusals();
    for (at, refusal) in refusals.iter().enumerate() {
        let same = |other: &&Refusal| {
            other.provider() == refusal.provider()
                && other.means(refusal.row(Occasion::Use), refusal.row(Occasion::Browse))
        };
        let other = refusals[..at].iter().find(same);
        assert!(other.is_none(), "{}: {} says no more than another", refusal.code, refusal.message);
    }
}

#[test]
fn every_row_was_provoked_at_a_server_or_says_who_alone_says_it() {
    let refusals = refusals();
    let (mut provoked, mut explained) = (BTreeSet::new(), BTreeSet::new());
    for refusal in &refusals {
        for when in [Occasion::Browse, Occasion::Use, Occasion::Post, Occasion::Cors] {
            let place = place_of(refusal.row(when));
            if !refusal.provoked.at(when).is_empty() {
                provoked.insert(place);
            }
            if refusal.recorded.is_some() {
                explained.insert(place);
            }
        }
    }
    let rows = catalogue::all().iter().enumerate().filter(|(_, row)| !OURS.contains(&row.code.as_str()));
    let silent = rows.filter(|(place, _)| !provoked.contains(place) && !explained.contains(place));
    let silent: Vec<&Row> = silent.map(|(_, row)| row).collect();
    assert!(silent.is_empty(), "{} rows: {silent:#?}", silent.len());
}

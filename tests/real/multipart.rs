//! Files sent in parts by the script of presigned links, run by `sh` as people run it, against stores that verify each link.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use daypass::presign::expiry::Expiry;
use daypass::presign::multipart::script::write_script;
use daypass::presign::multipart::{MIB, Plan, Step, Upload};
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::rules::Rules;
use daypass::presign::sign::{Signer, sign};
use jiff::{SignedDuration, Timestamp};

use crate::browse::{object, open};
use crate::curl::{Answer, Call};
use crate::server::{Server, on_each_store};
use crate::shell::Shell;

const PART_BYTES: u64 = 6 * MIB;

/// Three parts, the last of them shorter and of an odd length; no two of its mebibytes are the same.
fn large_file() -> Vec<u8> {
    (0..17 * 1_048_576 + 12_345_u32).map(|at| (at ^ (at >> 8).wrapping_mul(31) ^ (at >> 16)) as u8).collect()
}

/// Begins an upload of the large file.
fn begun(server: &Server, bucket: &str, key: &str) -> Upload {
    let (object, store) = (object(bucket, key), open(server));
    let headers = [("content-type".to_owned(), "video/mp4".to_owned())];
    let id = store.runtime.block_on(store.store.begin_upload(&object, &headers));
    Upload {
        object,
        id: id.unwrap_or_else(|failure| panic!("{failure}")),
        plan: Plan::new(17 * MIB + 12_345, Some(PART_BYTES)).unwrap(),
        lifetime: Expiry::parse("1h").unwrap().into(),
    }
}

/// The script as it was made `age` minutes ago.
fn script(server: &Server, upload: &Upload, age: i64) -> Vec<u8> {
    let mut script = Vec::new();
    let now = Timestamp::now() - SignedDuration::from_mins(age);
    let mut signer = Signer::new(server.address(), server.credentials(), Rules::default());
    write_script(upload, &mut signer, now, &mut script).unwrap();
    script
}

fn link(server: &Server, request: &LinkRequest) -> String {
    let link = sign(request, &server.address(), &server.credentials(), Timestamp::now()).unwrap();
    link.url.expose().to_owned()
}

/// What the store has at the object's key.
fn stored(server: &Server, upload: &Upload) -> Answer {
    Call::get(link(server, &LinkRequest::new(Method::Get, upload.object.clone(), Expiry::DEFAULT))).send()
}

on_each_store!(a_large_file_arrives_whole_and_no_link_is_in_the_list_of_processes);
fn a_large_file_arrives_whole_and_no_link_is_in_the_list_of_processes(server: &Server) {
    let upload = begun(server, server.with_bucket("in-parts"), "videos/it's large.mp4");
    let shell = Shell::new();
    shell.write("a file.mp4", large_file());
    shell.write("send.sh", script(server, &upload, 0));
    let ran = shell.run(&["send.sh", "a file.mp4"]);
    assert!(ran.is_success, "{}", ran.said);
    for part in ["Part 1 of 3 is sent.", "Part 2 of 3 is sent.", "Part 3 of 3 is sent.", "Done: "] {
        assert!(ran.said.contains(part), "{}", ran.said);
    }
    let stored = stored(server, &upload);
    assert!(stored.body == large_file(), "{} and {} bytes arrived", stored.head, stored.body.len());
    if server.name != "rclone" {
        assert_eq!(stored.header("content-type"), Some("video/mp4"));
    }
    let seen = shell.curl_was_called_with();
    assert!(seen.contains("--upload-file") && !seen.contains("X-Amz-"), "{seen}");
    assert_eq!(shell.files(), ["a file.mp4", "send.sh"], "nothing is left behind");
}

on_each_store!(an_upload_that_was_killed_or_ran_out_of_time_goes_on_with_a_new_script);
fn an_upload_that_was_killed_or_ran_out_of_time_goes_on_with_a_new_script(server: &Server) {
    let upload = begun(server, server.with_bucket("resumed"), "large.mp4");
    let shell = Shell::new();
    shell.write("large.mp4", large_file());
    shell.write("send.sh", script(server, &upload, 0));
    let mut killed = shell.command(&["send.sh", "large.mp4"]).stderr(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(killed.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.into_iter().any(|line| line == "Part 1 of 3 is sent."), "the first part was not sent");
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(!stored(server, &upload).is_success(), "the object is there before its parts are joined");

    // The state's name has two dots; what is left of the killed run's other files has one more.
    let is_state = |name: &String| name.starts_with("large.mp4.daypass-") && name.matches('.').count() == 2;
    let state = shell.files().into_iter().find(is_state).unwrap();
    let remembered = std::fs::read_to_string(shell.path(&state)).unwrap();
    shell.write(&state, format!("{remembered}2 \"torn"));

    shell.write("send.sh", script(server, &upload, 61));
    let expired = shell.run(&["send.sh", "large.mp4"]);
    assert!(!expired.is_success);
    assert!(expired.said.starts_with("The links ended at 20"), "{}", expired.said);
    assert!(expired.said.contains("of 3 parts are sent and remembered in ./large.mp4.daypass-"), "{}", expired.said);

    shell.write("send.sh", script(server, &upload, 0));
    let ran = shell.run(&["send.sh", "large.mp4"]);
    assert!(ran.is_success, "{}", ran.said);
    assert!(ran.said.contains("Going on after part ") && !ran.said.contains("Part 1 of 3 is sent."), "{}", ran.said);
    assert!(stored(server, &upload).body == large_file());
    assert_eq!(shell.files(), ["large.mp4", "send.sh"], "nothing is left behind");
}

on_each_store!(an_upload_can_be_given_up);
fn an_upload_can_be_given_up(server: &Server) {
    let upload = begun(server, server.with_bucket("given-up"), "large.mp4");
    let shell = Shell::new();
    shell.write("large.mp4", large_file());
    shell.write("send.sh", script(server, &upload, 0));
    let ran = shell.run(&["send.sh", "--abort", "large.mp4"]);
    assert!(ran.is_success && ran.said.contains("Given up"), "{}", ran.said);
    let late = shell.run(&["send.sh", "large.mp4"]);
    assert!(!late.is_success && late.said.contains("The upload is over"), "{}", late.said);
    assert!(!stored(server, &upload).is_success());
}

on_each_store!(a_link_for_one_part_takes_no_other);
fn a_link_for_one_part_takes_no_other(server: &Server) {
    let planned = begun(server, server.with_bucket("one-part"), "large.mp4");
    let first = link(server, &planned.request(Step::Part(1)));
    let second = first.replacen("partNumber=1&", "partNumber=2&", 1);
    assert_ne!(first, second);
    assert_eq!(Call::upload(&second, b"some bytes").send().status, 403);
    assert!(Call::upload(&first, b"some bytes").send().is_success());
}

#[test]
fn a_script_takes_only_the_file_that_it_was_made_for() {
    let Some(server) = Server::demo() else { return };
    let upload = begun(server, server.with_bucket("other-file"), "large.mp4");
    let shell = Shell::new();
    shell.write("send.sh", script(server, &upload, 0));
    shell.write("small.mp4", "some bytes");
    let small = shell.run(&["send.sh", "small.mp4"]);
    let told = "./small.mp4 has 10 bytes, but this script is for a file of 17838137 bytes.\n";
    assert!(!small.is_success && small.said == told, "{}", small.said);
    let missing = shell.run(&["send.sh", "missing.mp4"]);
    assert!(!missing.is_success && missing.said.contains("is not a file"), "{}", missing.said);
    let nothing = shell.run(&["send.sh"]);
    assert!(!nothing.is_success && nothing.said.contains("sh send.sh --abort FILE"), "{}", nothing.said);
    assert_eq!(shell.curl_was_called_with(), "", "nothing was sent");
}

#[test]
fn a_file_that_changes_between_its_parts_is_not_mixed() {
    let Some(server) = Server::demo() else { return };
    let upload = begun(server, server.with_bucket("changing"), "large.mp4");
    let shell = Shell::new();
    shell.write("send.sh", script(server, &upload, 61));
    shell.write("large.mp4", large_file());
    assert!(!shell.run(&["send.sh", "large.mp4"]).is_success, "its links are over");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    std::fs::File::options().append(true).open(shell.path("large.mp4")).unwrap().set_modified(later).unwrap();
    shell.write("send.sh", script(server, &upload, 0));
    let changed = shell.run(&["send.sh", "large.mp4"]);
    assert!(!changed.is_success && changed.said.contains("was changed since"), "{}", changed.said);
}

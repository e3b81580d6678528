//! Every kind of link × every awkward key × every wrong use, on every store: what is right works, and what is wrong is
//! refused and changes nothing.

use daypass::presign::request::Method;
use jiff::Timestamp;

use crate::ask::Ask;
use crate::curl::{Answer, Call, send_all};
use crate::keys::{awkward_keys, own_limit, takes_parts};
use crate::kinds::{self, Kind};
use crate::misuse::{misuses, other, refused};
use crate::proven::proves;
use crate::server::{Server, on_each_store};
use crate::table::Cell;

proves!("put", every_kind_of_link_to_every_key_works_as_meant_and_in_no_other_way);
fn every_kind_of_link_to_every_key_works_as_meant_and_in_no_other_way(server: &Server) -> Cell {
    let bucket = server.with_bucket("matrix");
    let mut keys = keys_of(server);
    let bytes_of = |key: &str| format!("the bytes of {key}").into_bytes();
    for key in &keys {
        let ask = Ask::new(server, bucket, key);
        let bytes = bytes_of(key);
        walk(&ask, [upload_steps(&ask, &bytes), look_steps(&ask, &bytes)].concat());
    }
    // The store itself names them byte for byte: two equal mistakes, in the upload's link and in the other, would show here.
    keys.sort();
    assert_eq!(server.keys(bucket), keys);
    for key in &keys {
        let ask = Ask::new(server, bucket, key);
        walk(&ask, deletion_steps(&ask, &bytes_of(key)));
    }
    assert_eq!(server.keys(bucket), [""; 0]);
    Cell::Tested
}

on_each_store!(a_link_uploads_one_part_of_an_object_and_no_other);
fn a_link_uploads_one_part_of_an_object_and_no_other(server: &Server) {
    let bucket = server.with_bucket("parts");
    for key in keys_of(server).iter().filter(|key| takes_parts(server, key)) {
        upload_in_parts(&Ask::new(server, bucket, key), format!("the part of {key}").as_bytes());
    }
}

on_each_store!(a_key_that_a_store_cannot_hold_is_refused_by_it);
fn a_key_that_a_store_cannot_hold_is_refused_by_it(server: &Server) {
    let bucket = server.with_bucket("limits");
    for key in awkward_keys() {
        if let Some(why) = own_limit(server, &key) {
            let put = Ask::new(server, bucket, &key).put(b"bytes").send();
            assert_eq!(put.status, 400, "{key:?} was taken after all: {why}");
        }
    }
}

/// rclone's keys are paths below one host.
#[test]
fn every_kind_of_link_may_name_the_bucket_in_the_host() {
    for server in [Server::demo(), Server::ceph(), Server::swift()].into_iter().flatten() {
        let bucket = server.with_bucket("in-the-host");
        for key in keys_of(server) {
            let ask = Ask::new(server, bucket, &key).in_the_host();
            assert!(ask.get().url.starts_with("http://in-the-host.localhost:"), "the bucket is not in the host");
            let bytes = format!("the bytes of {key}").into_bytes();
            let right = |kinds: Vec<Kind>| kinds.iter().map(|kind| right_step(&ask, kind, &bytes)).collect::<Vec<_>>();
            walk(&ask, [right(kinds::uploads(&ask, &bytes)), right(kinds::looks(&ask, &bytes))].concat());
            // The same object, whichever way it is named.
            let in_the_path = Ask::new(server, bucket, &key);
            let named = step("by the path", in_the_path.get(), Due::Bytes(bytes.clone()));
            walk(&ask, vec![named, right_step(&ask, &kinds::deletion(&ask), &bytes), gone(&in_the_path)]);
        }
        let ask = Ask::new(server, bucket, "a b/ü+.txt").in_the_host();
        walk(&ask, [upload_steps(&ask, b"bytes"), look_steps(&ask, b"bytes"), deletion_steps(&ask, b"bytes")].concat());
    }
}

/// rclone keeps no versions.
#[test]
fn a_link_to_a_version_gives_looks_at_and_deletes_that_one_alone() {
    for server in [Server::demo(), Server::ceph(), Server::swift()].into_iter().flatten() {
        let bucket = server.with_bucket("versioned-links");
        let on = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        assert!(server.ask("PUT", &format!("/{bucket}"), &[("versioning", "")], on).is_success());
        // Swift hides versions under names that are longer than the key, and answers 500 where they get too long.
        let fits = |key: &String| server.name != "swift" || key.len() < 900;
        for key in keys_of(server).iter().filter(|key| fits(key)) {
            let ask = Ask::new(server, bucket, key);
            walk(&ask, version_steps(&ask, Wrongly::Unused));
        }
        let ask = Ask::new(server, bucket, "a b/ü+.txt");
        walk(&ask, version_steps(&ask, Wrongly::Used));
    }
}

on_each_store!(no_character_of_a_link_can_be_changed);
fn no_character_of_a_link_can_be_changed(server: &Server) {
    let ask = Ask::new(server, server.with_bucket("characters"), "one.txt");
    assert!(ask.put(b"the bytes").send().is_success());
    let link = ask.link(Method::Get);
    let (start, signed) = link.split_at(server.endpoint.len() + 1);
    let changed_at = |place| signed.char_indices().map(move |(at, c)| if at == place { other(c) } else { c });
    let changed = signed.char_indices().map(|(place, _)| format!("{start}{}", changed_at(place).collect::<String>()));
    let changed: Vec<String> = changed.collect();
    let answers = send_all(changed.iter().map(Call::get));
    for (url, answer) in changed.iter().zip(answers) {
        assert!((400..500).contains(&answer.status), "{url}: {} {}", answer.status, answer.text());
    }
}

/// A request, and what has to come of it.
#[derive(Clone)]
struct Step {
    what: String,
    call: Call,
    due: Due,
}

#[derive(Clone, Debug)]
enum Due {
    Status(u16),
    /// Success, with these headers.
    Shows(Vec<(&'static str, String)>),
    /// Success, with these bytes.
    Bytes(Vec<u8>),
}

impl Due {
    fn is_met_by(&self, answer: &Answer) -> bool {
        match self {
            Self::Status(status) => answer.status == *status,
            Self::Shows(headers) => {
                answer.is_success() && headers.iter().all(|(name, value)| answer.header(name) == Some(value))
            }
            Self::Bytes(bytes) => answer.is_success() && answer.body == *bytes,
        }
    }
}

/// Sends everything, then says all that went otherwise.
fn walk(ask: &Ask, steps: Vec<Step>) {
    let answers = send_all(steps.iter().map(|step| step.call.clone()));
    let unmet = steps.iter().zip(&answers).filter(|(step, answer)| !step.due.is_met_by(answer));
    let said = unmet.map(|(Step { what, due, .. }, Answer { head, body, .. })| {
        format!("{what}: {due:?} was due, and there came {head}{}", String::from_utf8_lossy(body))
    });
    let said: Vec<String> = said.collect();
    assert!(said.is_empty(), "{}: {:?}:\n{}", ask.server.name, ask.key, said.join("\n"));
}

fn step(what: &str, call: Call, due: Due) -> Step {
    Step { what: what.to_owned(), call, due }
}

fn gone(ask: &Ask) -> Step {
    step("it is really gone", ask.get(), Due::Status(404))
}

fn wrong_steps(ask: &Ask, kind: &Kind, bytes: &[u8]) -> Vec<Step> {
    let refusal = |(wrong, call)| {
        let due = Due::Status(refused(ask.server, &wrong));
        Step { what: format!("{} with a wrong {wrong:?}", kind.name), call, due }
    };
    misuses(ask, &kind.request, bytes).into_iter().map(refusal).collect()
}

fn right_step(ask: &Ask, kind: &Kind, bytes: &[u8]) -> Step {
    let shows = if kind.request.method == Method::Put { Vec::new() } else { kind.shows.clone() };
    step(kind.name, ask.call(&kind.request, Timestamp::now(), bytes), Due::Shows(shows))
}

fn upload_steps(ask: &Ask, bytes: &[u8]) -> Vec<Step> {
    let kinds = kinds::uploads(ask, bytes);
    let mut steps: Vec<Step> = kinds.iter().flat_map(|kind| wrong_steps(ask, kind, bytes)).collect();
    steps.push(step("nothing was uploaded by a wrong use", ask.get(), Due::Status(404)));
    for kind in &kinds {
        steps.push(right_step(ask, kind, bytes));
        steps.push(step(&format!("after the {}", kind.name), ask.head(), Due::Shows(kind.shows.clone())));
    }
    steps.push(step("what was uploaded", ask.get(), Due::Bytes(bytes.to_vec())));
    steps
}

fn look_steps(ask: &Ask, bytes: &[u8]) -> Vec<Step> {
    let kinds = kinds::looks(ask, bytes);
    let wrong = kinds.iter().flat_map(|kind| wrong_steps(ask, kind, bytes));
    let right = kinds.iter().map(|kind| right_step(ask, kind, bytes));
    wrong.chain(right).collect()
}

/// Begun and completed by the test's own signer; only the part is uploaded by a link.
fn upload_in_parts(ask: &Ask, bytes: &[u8]) {
    let path = format!("/{}/{}", ask.bucket, ask.key);
    let begun = ask.server.ask("POST", &path, &[("uploads", "")], b"").text();
    let upload_id = begun.split_once("<UploadId>").and_then(|(_, rest)| rest.split_once("</UploadId>"));
    let upload_id = upload_id.unwrap_or_else(|| panic!("{}: {begun}", ask.key)).0;

    let part = kinds::part(ask, upload_id);
    walk(ask, wrong_steps(ask, &part, bytes));
    let sent = ask.call(&part.request, Timestamp::now(), bytes).send();
    let etag = sent.header("etag").unwrap_or_else(|| panic!("{}: {}", ask.key, sent.text()));
    let list = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    let completed = ask.server.ask("POST", &path, &[("uploadId", upload_id)], list.as_bytes());
    assert!(completed.is_success(), "{}: {}", ask.key, completed.text());
    walk(ask, vec![step("what was uploaded in parts", ask.get(), Due::Bytes(bytes.to_vec()))]);
}

fn deletion_steps(ask: &Ask, bytes: &[u8]) -> Vec<Step> {
    let kind = kinds::deletion(ask);
    let mut steps = wrong_steps(ask, &kind, bytes);
    steps.push(step("nothing was changed by a wrong use", ask.get(), Due::Bytes(bytes.to_vec())));
    steps.extend([right_step(ask, &kind, bytes), gone(ask)]);
    steps
}

/// Uploads two versions, and names the older one.
fn version_steps(ask: &Ask, wrongly: Wrongly) -> Vec<Step> {
    let puts = send_all([ask.put(b"old"), ask.put(b"the newer")]);
    let old = puts[0].header("x-amz-version-id").unwrap_or_else(|| panic!("{}: {puts:?}", ask.key));
    let kind = |name, method, shows| Kind { name, request: ask.version_request(method, old), shows };
    let length = vec![("content-length", "3".to_owned())];
    let download = kind("download of a version", Method::Get, length.clone());
    let look = kind("look at a version", Method::Head, length);
    let deletion = kind("deletion of a version", Method::Delete, Vec::new());
    let mut steps = Vec::new();
    if wrongly == Wrongly::Used {
        steps.extend([&download, &look, &deletion].into_iter().flat_map(|kind| wrong_steps(ask, kind, b"")));
    }
    let get = ask.call(&download.request, Timestamp::now(), b"");
    steps.extend([&download, &look].map(|kind| right_step(ask, kind, b"")));
    steps.push(step("the old version", get.clone(), Due::Bytes(b"old".to_vec())));
    steps.push(right_step(ask, &deletion, b""));
    steps.push(step("the old version is really gone", get, Due::Status(404)));
    steps.push(step("the current version stays", ask.get(), Due::Bytes(b"the newer".to_vec())));
    steps
}

/// Whether links are used wrongly before they are used rightly.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrongly {
    Used,
    Unused,
}

fn keys_of(server: &Server) -> Vec<String> {
    awkward_keys().into_iter().filter(|key| own_limit(server, key).is_none()).collect()
}

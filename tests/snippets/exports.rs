//! Lists of links, given to the programs that they are written for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use daypass::presign::export::{Export, Format};
use daypass::presign::link::Link;
use daypass::presign::request::Method;

use crate::server::{BODY, Server};
use crate::{HEADERS, NAMES, is_here, link};

/// Keys whose paths meet, climb, or are long, besides the awkward names.
const KEYS: [&str; 9] =
    ["a", "a/b", "A", "a//b", "/abs", "2025/report.pdf", "2026/report.pdf", "deep/er/and \"deeper\"/x", "~/x"];

fn links(server: &Server, method: Method, headers: &[(&str, &str)]) -> Vec<Link> {
    NAMES.into_iter().chain(KEYS).map(|key| link(&server.origin, method, key, headers)).collect()
}

/// Runs `program` on a list of `links`, written to a file beside the folder that it runs in.
fn run(program: &str, arguments: &[&str], list: &str, folder: &Path) {
    let file = folder.join("list");
    fs::write(&file, list).unwrap();
    let inside = folder.join("inside");
    fs::create_dir_all(&inside).unwrap();
    let output = Command::new(program).args(arguments).arg(&file).current_dir(&inside).env("no_proxy", "*").output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}{}", list, String::from_utf8_lossy(&output.stderr));
    let beside: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 2, "something was written outside of the folder: {beside:?}");
}

fn exported(format: Format, links: &[Link]) -> String {
    let mut export = Export::new(format, "s3://bucket/");
    let mut text = export.head();
    for link in links {
        export.row(&mut text, link, None).unwrap();
    }
    text + &export.tail()
}

fn files_below(folder: &Path) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(fs::read(path).unwrap()) }
    }
    files
}

fn assert_all_were_asked_for(server: &Server, links: &[Link]) {
    let asked: BTreeSet<String> = server.requests().into_iter().map(|arrived| arrived.target).collect();
    let wanted = links.iter().map(|link| link.url.expose().strip_prefix(&server.origin).unwrap().to_owned());
    assert_eq!(asked, wanted.collect());
}

fn assert_one_file_for_each(folder: &Path, links: &[Link]) {
    let files = files_below(&folder.join("inside"));
    assert_eq!(files.len(), links.len());
    assert!(files.iter().all(|file| file == BODY));
}

#[test]
fn curl_downloads_every_link_of_its_list_into_a_file_of_its_own() {
    if !is_here("curl") {
        return;
    }
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let mut links = links(&server, Method::Get, &[]);
    links.extend(["a/../b/./c", "../../up"].map(|key| link(&server.origin, Method::Get, key, &HEADERS[1..4])));
    run("curl", &["-s", "-K"], &exported(Format::Curl, &links), folder.path());
    assert_all_were_asked_for(&server, &links);
    assert_one_file_for_each(folder.path(), &links);
}

#[test]
fn curl_uploads_every_file_of_its_list_with_its_headers() {
    if !is_here("curl") {
        return;
    }
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let links = ["a b.txt", "in/x \"y\".txt", "z"].map(|key| link(&server.origin, Method::Put, key, &HEADERS));
    fs::create_dir_all(folder.path().join("inside/in")).unwrap();
    for file in ["a b.txt", "in/x _y_.txt", "z"] {
        fs::write(folder.path().join("inside").join(file), file).unwrap();
    }
    run("curl", &["-s", "-K"], &exported(Format::Curl, &links), folder.path());
    let arrived = server.requests();
    assert_eq!(
        arrived.iter().map(|arrived| arrived.body.as_slice()).collect::<Vec<_>>(),
        [b"a b.txt".as_slice(), b"in/x _y_.txt", b"z"]
    );
    for (arrived, link) in arrived.iter().zip(&links) {
        assert_eq!(arrived.method, "PUT");
        assert!(link.url.expose().ends_with(&arrived.target));
        for (name, value) in HEADERS {
            assert_eq!(arrived.header(name), Some(value));
        }
    }
}

#[test]
fn aria2_downloads_every_link_of_its_list_into_a_file_of_its_own() {
    if !is_here("aria2c") {
        return;
    }
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let links = links(&server, Method::Get, &HEADERS[1..3]);
    let options = ["--no-conf", "--quiet", "--allow-overwrite=false", "--auto-file-renaming=false", "-i"];
    run("aria2c", &options, &exported(Format::Aria2, &links), folder.path());
    assert_all_were_asked_for(&server, &links);
    assert_one_file_for_each(folder.path(), &links);
}

#[test]
fn wget_asks_for_every_link_of_its_list() {
    if !is_here("wget") {
        return;
    }
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let links = links(&server, Method::Get, &[]);
    run("wget", &["-q", "-i"], &exported(Format::Wget, &links), folder.path());
    assert_all_were_asked_for(&server, &links);
}

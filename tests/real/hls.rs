//! A private playlist rewritten by links that daypass signs: whoever has the files can fetch every segment that they name.

use std::fs;
use std::path::Path;

use daypass::presign::hls::{Home, Live, Rewriter, least_lifetime};
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::sign::{LinkError, sign};
use daypass::s3::location::ObjectId;
use daypass::s3::name::Key;
use jiff::Timestamp;

use crate::browse::{object, open};
use crate::curl::Call;
use crate::server::{Server, on_each_store};

const FOLDER: &str = "videos/it's a launch";

on_each_store!(a_private_video_plays_by_its_rewritten_playlists);
fn a_private_video_plays_by_its_rewritten_playlists(server: &Server) {
    let bucket = server.with_bucket("hls");
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/media/videos/launch");
    let variants = ["144p", "240p"];
    let files = ["index.m3u8", "seg-00000.ts", "seg-00001.ts", "seg-00002.ts"];
    let names = variants.iter().flat_map(|variant| files.iter().map(move |file| format!("{variant}/{file}")));
    for name in names.chain(["master.m3u8".to_owned()]) {
        let put = server.put(&format!("/{bucket}/{FOLDER}/{name}"), &[], &fs::read(assets.join(&name)).unwrap());
        assert!(put.is_success(), "{name}: {}", put.text());
    }

    let master = object(bucket, &format!("{FOLDER}/master.m3u8"));
    let store = open(server);
    let home = Home::new(&server.address(), &master.bucket);
    let mut rewriter = Rewriter::new(master.key.clone(), home, Live::Refuse);
    while let Some(key) = rewriter.wanted().cloned() {
        let playlist = ObjectId { key: key.clone(), ..master.clone() };
        let bytes = store.runtime.block_on(store.store.read(&playlist, 1 << 20));
        let text = String::from_utf8(bytes.unwrap_or_else(|failure| panic!("{failure}")).into()).unwrap();
        rewriter.take(&key, text).unwrap();
    }
    let lifetime = least_lifetime(rewriter.duration()).unwrap();
    let now = Timestamp::now();
    let mut link = |key: &Key| -> Result<String, LinkError> {
        let request = LinkRequest::new(Method::Get, ObjectId { key: key.clone(), ..master.clone() }, lifetime);
        Ok(sign(&request, &server.address(), &server.credentials(), now)?.url.expose().to_owned())
    };
    let bundle = rewriter.finish(&mut link).unwrap();

    assert_eq!((bundle.files.len(), bundle.links), (3, 6));
    for (variant, (_, text)) in variants.iter().zip(&bundle.files[1..]) {
        let links = text.lines().filter(|line| line.starts_with("http://"));
        for (number, link) in links.enumerate() {
            let segment = fs::read(assets.join(format!("{variant}/seg-0000{number}.ts"))).unwrap();
            assert!(Call::get(link).send().body == segment, "{variant}, segment {number}");
        }
    }
}

on_each_store!(a_large_object_is_not_read_and_an_empty_one_is);
fn a_large_object_is_not_read_and_an_empty_one_is(server: &Server) {
    let bucket = server.with_bucket("read");
    for (key, bytes) in [("empty", &b""[..]), ("small", b"12345"), ("large", &[b'x'; 100_000])] {
        assert!(server.put(&format!("/{bucket}/{key}"), &[], bytes).is_success());
    }
    let store = open(server);
    let read = |key| store.runtime.block_on(store.store.read(&object(bucket, key), 5)).map_err(Box::new);
    assert_eq!(read("empty").unwrap(), "");
    assert_eq!(read("small").unwrap(), "12345");
    assert!(read("large").unwrap_err().to_string().contains("larger than the 5 bytes"));
}

//! What a server should refuse, each thing done for real. What the answers mean is told in [`super::refused`].

use std::io::Write;
use std::net::TcpStream;

use daypass::presign::credentials::SigningCredentials;
use daypass::s3::address::Endpoint;
use daypass::s3::catalogue::Occasion;
use daypass::s3::failure::Failure;
use daypass::s3::location::{ObjectId, VersionId};
use daypass::world::demo::{Rights, Words};
use daypass::world::open::CredentialSource;
use jiff::Timestamp;

use crate::ask::seconds_ago;
use crate::browse::{everything, object};
use crate::client::{Ask, encode};
use crate::curl::Answer;
use crate::place::{BUCKET, HUNDRED, LOCKED, MOVED, Place, VERSIONED};
use crate::raw::{heard, say, say_half, say_with, set, with_parameter, without_header, without_parameter};

/// Something to be refused.
pub(crate) struct Deed {
    pub(crate) what: &'static str,
    pub(crate) how: How,
}

pub(crate) enum How {
    /// A request of the test's own, as on this occasion.
    Sent(Occasion, fn(&Place) -> Answer),
    /// A question of daypass; `None` where this server cannot be asked it.
    Asked(fn(&Place) -> Option<Failure>),
}

/// All of them; each server refuses what it can refuse.
pub(crate) const DEEDS: &[Deed] = &[
    // ---------- the time and the query of a link ----------
    used("a link after its end", |to| say(&Ask { at: seconds_ago(400), ..to.get() }.presigned())),
    used("a link before its time", |to| say(&Ask { at: seconds_ago(-3_600), ..to.get() }.presigned())),
    used("a link cut off at its end", |to| say(&without_parameter(to.get().presigned(), "X-Amz-Signature"))),
    used("a link for more than a week", |to| say(&Ask { expires: "604801".to_owned(), ..to.get() }.presigned())),
    used("a lifetime in words", |to| say(&Ask { expires: "soon".to_owned(), ..to.get() }.presigned())),
    used("a damaged date", |to| say(&with_parameter(to.get().presigned(), "X-Amz-Date", "2026-11-20"))),
    used("a credential encoded twice", |to| {
        let link = to.get().presigned();
        let credential = link.query.iter().find(|(name, _)| name == "X-Amz-Credential").unwrap().1.clone();
        say(&with_parameter(link, "X-Amz-Credential", &encode(&credential, "")))
    }),
    used("another region", |to| say(&Ask { region: "mars-north-1".to_owned(), ..to.get() }.presigned())),
    used("another service", |to| {
        let link = to.get().presigned();
        let credential = link.query.iter().find(|(name, _)| name == "X-Amz-Credential").unwrap().1.clone();
        say(&with_parameter(link, "X-Amz-Credential", &credential.replace("/s3/", "/sts/")))
    }),
    used("another day in the credential", |to| {
        let scope = format!("{}/20200101/{}/s3/aws4_request", to.server.access_key_id, to.server.region);
        say(&with_parameter(to.get().presigned(), "X-Amz-Credential", &scope))
    }),
    used("an old-style link that is incomplete", |to| {
        say(&to.get().query("AWSAccessKeyId", &to.server.access_key_id).query("Signature", "bm8="))
    }),
    used("an old-style link", |to| {
        let ends = (Timestamp::now().as_second() + 300).to_string();
        let link = to.get().query("AWSAccessKeyId", &to.server.access_key_id).query("Expires", ends);
        say(&link.query("Signature", "bm8="))
    }),
    used("another algorithm", |to| say(&with_parameter(to.get().presigned(), "X-Amz-Algorithm", "AWS4-HMAC-SHA512"))),
    used("a login beside a link", |to| say_with(&to.get().presigned(), "authorization: Basic YTpi\r\n")),
    used("a login alone", |to| say_with(&to.get(), "authorization: Basic YTpi\r\n")),
    used("nobody's request", |to| say(&to.get())),
    // ---------- signature, headers, keys ----------
    used("another signature", |to| say(&with_parameter(to.get().presigned(), "X-Amz-Signature", &"0".repeat(64)))),
    used("an unsigned header", |to| {
        say_with(&to.put("unsigned").presigned(), "x-amz-meta-a: b\r\ncontent-length: 1\r\n")
    }),
    used("a signed header that is missing", |to| {
        say(&without_header(to.put("unsent").header("x-amz-meta-a", "b").presigned(), "x-amz-meta-a"))
    }),
    used("an unknown key", |to| say(&Ask { access_key_id: "AKIDUNKNOWN".to_owned(), ..to.get() }.presigned())),
    used("a token that is none", |to| say(&to.get().query("X-Amz-Security-Token", "rubbish").presigned())),
    asked("a wrong secret", |to| {
        let secret_access_key = "another-secret".to_owned().into();
        to.listed_with(SigningCredentials { secret_access_key, ..to.server.credentials() })
    }),
    asked("an unknown key", |to| {
        let access_key_id = "AKIDUNKNOWN".to_owned();
        to.listed_with(SigningCredentials { access_key_id, ..to.server.credentials() })
    }),
    asked("a token that is none", |to| {
        let session_token = Some("rubbish".to_owned().into());
        to.listed_with(SigningCredentials { session_token, ..to.server.credentials() })
    }),
    asked("nobody's list", |to| {
        let browser = to.browser(|spec| spec.credentials = CredentialSource::Anonymous { profile: None });
        browser.page(&everything(BUCKET, "")).err().map(|failure| *failure)
    }),
    signed("a slow clock", |to| say(&Ask { at: seconds_ago(1_200), ..to.list() }.signed())),
    signed("a fast clock", |to| say(&Ask { at: seconds_ago(-1_200), ..to.list() }.signed())),
    signed("another region", |to| say(&Ask { region: "mars-north-1".to_owned(), ..to.list() }.signed())),
    signed("half an Authorization header", |to| {
        say_with(&to.list(), "authorization: AWS4-HMAC-SHA256 Credential=x\r\n")
    }),
    // ---------- rights ----------
    asked("a key for another prefix", |to| {
        let rights = Rights { bucket: Some(BUCKET.to_owned()), prefix: "in/".to_owned(), ..Rights::default() };
        let (id, secret) = to.server.embedded()?.add_key("mira", rights).unwrap();
        to.listed_with(SigningCredentials { access_key_id: id, secret_access_key: secret, ..to.server.credentials() })
    }),
    asked("a key of Backblaze's for another prefix", |to| {
        let (bucket, prefix) = (Some(BUCKET.to_owned()), "in/".to_owned());
        let rights = Rights { bucket, prefix, words: Words::Backblaze, ..Rights::default() };
        let (id, secret) = to.server.embedded()?.add_key("noor", rights).unwrap();
        to.listed_with(SigningCredentials { access_key_id: id, secret_access_key: secret, ..to.server.credentials() })
    }),
    used("a key that was suspended", |to| match to.suspended() {
        Some(keys) => say(&to.get().with(keys).presigned()),
        None => say(&to.get().presigned()),
    }),
    asked("a key that was suspended", |to| to.listed_with(to.suspended()?)),
    used("an object more than may be", |to| match to.poor() {
        Some(keys) => {
            let ask = |method, path| to.ask(method, path).with(keys.clone()).body("x");
            say(&ask("PUT", "/refusals-poor").body("").signed());
            say(&ask("PUT", "/refusals-poor/one").presigned());
            say(&ask("PUT", "/refusals-poor/two").presigned())
        }
        None => say(&to.get().presigned()),
    }),
    used("an object that may not be deleted yet", |to| {
        let delete = to.ask("DELETE", &format!("/{LOCKED}/k"));
        say(&delete.query("versionId", to.locked_version().unwrap_or_default()).presigned())
    }),
    used("an archived object", |to| {
        say(&to.put("archived").header("x-amz-storage-class", "GLACIER").presigned());
        say(&to.ask("GET", &format!("/{BUCKET}/archived")).presigned())
    }),
    asked("an archived object", |to| {
        say(&to.put("archived").header("x-amz-storage-class", "GLACIER").presigned());
        let browser = to.browser(|_| ());
        browser.runtime.block_on(browser.store.read(&object(BUCKET, "archived"), 10)).err()
    }),
    // ---------- place ----------
    used("a bucket that is not there", |to| say(&to.ask("GET", "/no-such-bucket/k").presigned())),
    asked("a bucket that is not there", |to| {
        to.browser(|_| ()).page(&everything("no-such-bucket", "")).err().map(|failure| *failure)
    }),
    signed("a bucket that no bucket can be called", |to| say(&to.ask("PUT", "/Bad_.Bucket..x").signed())),
    used("a bucket that was moved", |to| say(&to.ask("GET", &format!("/{MOVED}/k")).presigned())),
    asked("a bucket that was moved", |to| {
        // The embedded store says where it is now, and daypass goes there.
        to.browser(|_| ()).page(&everything(MOVED, "")).err().map(|failure| *failure)
    }),
    used("an object that is not there", |to| say(&to.ask("GET", &format!("/{BUCKET}/none")).presigned())),
    asked("an object that is not there", |to| to.tags_of(&object(BUCKET, "none"))),
    used("a version that is not there", |to| say(&to.get().query("versionId", "bogus").presigned())),
    asked("a version that is not there", |to| {
        to.tags_of(&ObjectId { version: Some(VersionId("bogus".to_owned())), ..object(BUCKET, "k") })
    }),
    used("a version as long as Amazon's", |to| {
        say(&to.ask("GET", &format!("/{VERSIONED}/k")).query("versionId", "a".repeat(32)).presigned())
    }),
    asked("a version as long as Amazon's", |to| {
        let browser = to.browser(|_| ());
        let version = ObjectId { version: Some(VersionId("a".repeat(32))), ..object(VERSIONED, "k") };
        browser.runtime.block_on(browser.store.read(&version, 10)).err()
    }),
    used("a delete marker", |to| {
        let marker = to.delete_marker().unwrap_or_default();
        say(&to.ask("GET", &format!("/{VERSIONED}/k")).query("versionId", marker).presigned())
    }),
    asked("a delete marker", |to| {
        to.tags_of(&ObjectId { version: Some(VersionId(to.delete_marker()?)), ..object(VERSIONED, "k") })
    }),
    used("another method", |to| say(&Ask { method: "PATCH", ..to.get() }.presigned())),
    used("another method, by a browser", |to| say(&Ask { method: "POST", ..to.get() }.presigned())),
    used("a path that is no text", |to| {
        let link = to.get().presigned();
        let mut stream = TcpStream::connect(&link.host).unwrap();
        let target = link.target().replacen("/k?", "/%FF?", 1);
        write!(stream, "GET {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", link.host).unwrap();
        heard(stream)
    }),
    used("a key of 1,100 bytes", |to| say(&to.put(&"k".repeat(1_100)).presigned())),
    // ---------- body ----------
    used("an upload of 6 GB", |to| say_half(&to.put("big").presigned(), "content-length: 6000000000\r\n")),
    used("an upload that stops in the middle", |to| say_half(&to.put("half").presigned(), HUNDRED)),
    used("an upload in chunks", |to| {
        say_with(&to.put("chunks").body("1\r\nx\r\n0\r\n\r\n").presigned(), "transfer-encoding: chunked\r\n")
    }),
    used("an upload of unsaid length", |to| say_with(&to.put("unsaid").body("").presigned(), "")),
    used("another checksum", |to| say(&to.put("md5").header("content-md5", "XUFAKrxLKna5cZ2REBfFkg==").presigned())),
    used("a checksum that is none", |to| say(&to.put("md5").header("content-md5", "nonsense").presigned())),
    used("another hash of the body", |to| {
        let signed = to.put("sha").signed();
        say(&Ask { body: "y".into(), ..signed })
    }),
    used("create-only where there is one", |to| say(&to.put("k").header("if-none-match", "*").presigned())),
    used("a condition that does not hold", |to| say_with(&to.get().presigned(), "if-match: \"another\"\r\n")),
    used("a range behind the end", |to| say_with(&to.get().presigned(), "range: bytes=100-200\r\n")),
    used("headers of 80 KB", |to| {
        let lines: String = (0..20).map(|n| format!("x-h-{n}: {}\r\n", "y".repeat(4_000))).collect();
        say_with(&to.get().presigned(), &lines)
    }),
    used("a query of 9 KB", |to| say(&to.get().query("response-content-disposition", "y".repeat(9_000)).presigned())),
    used("metadata of 20 KB", |to| {
        let put = (0..10).fold(to.put("meta"), |put, n| put.header(&format!("x-amz-meta-{n}"), "y".repeat(2_000)));
        say(&put.presigned())
    }),
    used("a file name beyond Latin-1", |to| {
        say(&to.get().query("response-content-disposition", "attachment; filename=\"日本.txt\"").presigned())
    }),
    used("a storage class that is none", |to| say(&to.put("class").header("x-amz-storage-class", "BOGUS").presigned())),
    used("a key of KMS", |to| say(&to.put("kms").header("x-amz-server-side-encryption", "aws:kms").presigned())),
    // ---------- multipart ----------
    used("a part of no upload", |to| {
        say(&to.put("parts").query("partNumber", "1").query("uploadId", "bogus").presigned())
    }),
    used("parts that are too small", |to| to.completed(|[one, two]| part(1, one) + &part(2, two))),
    used("parts in another order", |to| to.completed(|[one, two]| part(2, two) + &part(1, one))),
    used("a part that was not sent", |to| to.completed(|[one, _]| part(1, &one.replace(char::is_numeric, "a")))),
    used("a list of parts that is none", |to| to.completed(|_| "<Part>".to_owned())),
    // ---------- forms ----------
    posted("a form after its end", |to| to.post(&to.form(400), FILE)),
    posted("a file that is too small", |to| to.post(&to.form(0), "abc")),
    posted("a file that is too large", |to| to.post(&to.form(0), &FILE.repeat(3))),
    posted("another key", |to| {
        let mut fields = to.form(0);
        set(&mut fields, "key", "out/file");
        to.post(&fields, FILE)
    }),
    posted("a field more", |to| {
        let mut fields = to.form(0);
        fields.push(("x-amz-meta-a".to_owned(), "b".to_owned()));
        to.post(&fields, FILE)
    }),
    posted("a form without a key", |to| {
        let mut fields = to.form(0);
        fields.retain(|(name, _)| name != "key");
        to.post(&fields, FILE)
    }),
    posted("a form with another signature", |to| {
        let mut fields = to.form(0);
        set(&mut fields, "x-amz-signature", &"0".repeat(64));
        to.post(&fields, FILE)
    }),
    posted("a policy that is no JSON", |to| to.post(&to.form_with_policy("nonsense"), FILE)),
    posted("a form that is none", |to| {
        let posted = to.ask("POST", &format!("/{BUCKET}")).body("key=in%2Ffile");
        say(&posted.header("content-type", "application/x-www-form-urlencoded"))
    }),
    // ---------- load ----------
    used("one request too many", |to| {
        let link = |endpoint: Endpoint| Ask { host: endpoint.authority, ..to.get() }.presigned();
        let refused = to.crowded_out(|endpoint| Some(say(&link(endpoint))).filter(|answer| !answer.is_success()));
        refused.unwrap_or_else(|| say(&to.get().presigned()))
    }),
    asked("one request too many", |to| {
        to.crowded_out(|endpoint| {
            let listed = to.browser(|spec| spec.endpoint = Some(endpoint)).page(&everything(BUCKET, ""));
            listed.err().map(|failure| *failure)
        })
    }),
    used("a store that has lost its objects", |to| match to.server.cut_off_endpoint() {
        Some(endpoint) => say(&Ask { host: endpoint.authority, ..to.get() }.presigned()),
        None => say(&to.get().presigned()),
    }),
    asked("a store that has lost its objects", |to| {
        let endpoint = to.server.cut_off_endpoint()?;
        let browser = to.browser(|spec| spec.endpoint = Some(endpoint));
        browser.runtime.block_on(browser.store.read(&object(BUCKET, "k"), 10)).err()
    }),
    // ---------- web pages ----------
    called("a web page, where none may", |to| say(&preflight(to.ask("OPTIONS", &format!("/{BUCKET}/k"))))),
    called("another web page", |to| {
        let rules = "<CORSConfiguration><CORSRule><AllowedOrigin>https://b.example</AllowedOrigin>\
            <AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";
        to.server.with_bucket("refusals-cors");
        to.server.ask("PUT", "/refusals-cors", &[("cors", "")], rules.as_bytes());
        say(&preflight(to.ask("OPTIONS", "/refusals-cors/k")))
    }),
    called("a web page that is not named", |to| say(&to.ask("OPTIONS", &format!("/{BUCKET}/k")))),
    signed("the rules for web pages, where there are none", |to| {
        say(&to.ask("GET", &format!("/{BUCKET}")).query("cors", "").signed())
    }),
    // ---------- no body ----------
    used("HEAD with another signature", |to| {
        let head = Ask { method: "HEAD", ..to.get() }.presigned();
        say(&with_parameter(head, "X-Amz-Signature", &"0".repeat(64)))
    }),
];

fn part(number: u16, etag: &str) -> String {
    format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
}

fn preflight(ask: Ask) -> Ask {
    ask.header("origin", "https://a.example").header("access-control-request-method", "GET")
}

/// What is sent by forms.
const FILE: &str = "ten bytes!";

const fn used(what: &'static str, send: fn(&Place) -> Answer) -> Deed {
    Deed { what, how: How::Sent(Occasion::Use, send) }
}

const fn posted(what: &'static str, send: fn(&Place) -> Answer) -> Deed {
    Deed { what, how: How::Sent(Occasion::Post, send) }
}

const fn called(what: &'static str, send: fn(&Place) -> Answer) -> Deed {
    Deed { what, how: How::Sent(Occasion::Cors, send) }
}

/// A request that daypass would make while browsing, sent by hand because it would put right what is wrong with it.
const fn signed(what: &'static str, send: fn(&Place) -> Answer) -> Deed {
    Deed { what, how: How::Sent(Occasion::Browse, send) }
}

const fn asked(what: &'static str, ask: fn(&Place) -> Option<Failure>) -> Deed {
    Deed { what, how: How::Asked(ask) }
}

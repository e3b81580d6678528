//! What a server should refuse: each thing is done for real. What the answers mean is told in [`super::refused`].

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use daypass::presign::credentials::SigningCredentials;
use daypass::presign::expiry::Expiry;
use daypass::presign::policy::{FormRequest, KeyRule, sign_form};
use daypass::presign::rules::Rules;
use daypass::presign::sign::Signer;
use daypass::presign::sigv4::{Scope, SigningKey, Stamp};
use daypass::s3::address::Endpoint;
use daypass::s3::catalogue::Occasion;
use daypass::s3::failure::Failure;
use daypass::s3::location::{ObjectId, VersionId};
use daypass::s3::name::{BucketName, Key};
use daypass::s3::size::SizeRange;
use daypass::world::demo::{Rights, Words};
use daypass::world::open::{CredentialSource, StoreSpec};
use daypass::world::wire::Retry;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;

use crate::ask::seconds_ago;
use crate::browse::{Browser, everything, object, open_by, spec};
use crate::client::{Ask, encode};
use crate::curl::Answer;
use crate::server::Server;

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

/// A server, with a bucket in which `k` lies, and another that keeps versions and a delete marker of `k`.
pub(crate) struct Place {
    pub(crate) server: &'static Server,
}

const BUCKET: &str = "refusals";
const VERSIONED: &str = "refusals-versioned";
const LOCKED: &str = "refusals-locked";
const MOVED: &str = "refusals-moved";

impl Place {
    pub(crate) fn furnished(server: &'static Server) -> Self {
        for bucket in [BUCKET, VERSIONED, MOVED] {
            server.with_bucket(bucket);
        }
        let on = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        server.ask("PUT", &format!("/{VERSIONED}"), &[("versioning", "")], on);
        for bucket in [BUCKET, VERSIONED, MOVED] {
            assert!(server.put(&format!("/{bucket}/k"), &[], b"hello").is_success());
        }
        server.ask("DELETE", &format!("/{VERSIONED}/k"), &[], b"");
        Self { server }.with_a_moved_bucket()
    }

    /// A request to this path, unsigned.
    fn ask(&self, method: &'static str, path: &str) -> Ask {
        Ask {
            method,
            host: self.server.endpoint.replace("http://", ""),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Default::default(),
            access_key_id: self.server.access_key_id.clone(),
            secret: self.server.secret_access_key.clone(),
            region: self.server.region.clone(),
            at: Timestamp::now(),
            expires: "300".to_owned(),
        }
    }

    /// To download `k`, unsigned.
    fn get(&self) -> Ask {
        self.ask("GET", &format!("/{BUCKET}/k"))
    }

    /// To upload some bytes to `key`, unsigned.
    fn put(&self, key: &str) -> Ask {
        self.ask("PUT", &format!("/{BUCKET}/{key}")).body("x")
    }

    /// To list the bucket, unsigned.
    fn list(&self) -> Ask {
        self.ask("GET", &format!("/{BUCKET}")).query("list-type", "2")
    }

    fn browser(&self, change: impl FnOnce(&mut StoreSpec)) -> Browser {
        let once = Retry { attempts: 1, ..Retry::default() };
        let mut spec = StoreSpec { retry: once, ..spec(self.server) };
        change(&mut spec);
        open_by(&spec)
    }

    /// What comes of listing the bucket with these keys.
    fn listed_with(&self, keys: SigningCredentials) -> Option<Failure> {
        let browser = self.browser(|spec| spec.credentials = CredentialSource::Fixed(keys));
        browser.page(&everything(BUCKET, "")).err().map(|failure| *failure)
    }

    fn tags_of(&self, object: &ObjectId) -> Option<Failure> {
        let browser = self.browser(|_| ());
        browser.runtime.block_on(browser.store.tags(object)).err()
    }

    fn delete_marker(&self) -> Option<String> {
        let listed = self.server.ask("GET", &format!("/{VERSIONED}"), &[("versions", "")], b"").text();
        let (_, marker) = listed.split_once("<DeleteMarker>")?;
        let (_, version) = marker.split_once("<VersionId>")?;
        Some(version.split_once('<')?.0.to_owned())
    }

    /// An object that nobody may delete before tomorrow, where there are such; its version.
    fn locked_version(&self) -> Option<String> {
        let lock = self.ask("PUT", &format!("/{LOCKED}")).header("x-amz-bucket-object-lock-enabled", "true");
        say(&lock.signed());
        let tomorrow = (Timestamp::now() + SignedDuration::from_hours(24)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let put = self.ask("PUT", &format!("/{LOCKED}/k")).body("x").header("content-md5", MD5_OF_X);
        let put = put.header("x-amz-object-lock-mode", "COMPLIANCE");
        let put = say(&put.header("x-amz-object-lock-retain-until-date", tomorrow).signed());
        put.header("x-amz-version-id").map(str::to_owned)
    }

    /// Makes a server believe that a bucket is elsewhere, where it can be told so.
    fn with_a_moved_bucket(self) -> Self {
        if let Some(server) = self.server.embedded() {
            server.set_region(MOVED, "us-west-2");
        }
        if let Some(listed) = self.server.ceph_admin(&["metadata", "list", "bucket.instance"], "") {
            let mut instances = listed.split('"').filter(|instance| instance.starts_with(MOVED));
            let key = format!("bucket.instance:{}", instances.next().unwrap());
            let instance = self.server.ceph_admin(&["metadata", "get", &key], "").unwrap();
            let (before, rest) = instance.split_once("\"zonegroup\": \"").unwrap();
            let (_, after) = rest.split_once('"').unwrap();
            let moved = format!("{before}\"zonegroup\": \"11111111-2222-3333-4444-555555555555\"{after}");
            self.server.ceph_admin(&["metadata", "put", &key], &moved).unwrap();
        }
        self
    }

    /// Keys of a user who may do nothing any more, where there can be one.
    fn suspended(&self) -> Option<SigningCredentials> {
        let keys = self.server.ceph_user("suspended")?;
        self.server.ceph_admin(&["user", "suspend", "--uid=suspended"], "")?;
        Some(keys)
    }

    /// Keys of a user who may own one object, where there can be one.
    fn poor(&self) -> Option<SigningCredentials> {
        let keys = self.server.ceph_user("poor")?;
        self.server.ceph_admin(&["quota", "set", "--quota-scope=user", "--uid=poor", "--max-objects=1"], "")?;
        self.server.ceph_admin(&["quota", "enable", "--quota-scope=user", "--uid=poor"], "")?;
        Some(keys)
    }

    /// Two small parts of an upload to `parts`, completed as `list` makes it of their ETags.
    fn completed(&self, list: fn([&str; 2]) -> String) -> Answer {
        let path = format!("/{BUCKET}/parts");
        let begun = self.server.ask("POST", &path, &[("uploads", "")], b"").text();
        let upload = begun.split_once("<UploadId>").and_then(|(_, rest)| rest.split_once('<')).unwrap().0;
        let part = |number| self.ask("PUT", &path).query("partNumber", number).query("uploadId", upload).body("tiny");
        let sent = ["1", "2"].map(|number| say(&part(number).presigned()));
        let etags = sent.each_ref().map(|answer| answer.header("etag").unwrap_or_default());
        let list = format!("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", list(etags));
        say(&self.ask("POST", &path).query("uploadId", upload).body(list).presigned())
    }

    /// daypass's own form for a file of 4 to 20 bytes below `in/`, made so many seconds ago for 300: its fields.
    fn form(&self, ago: i64) -> Vec<(String, String)> {
        let request = FormRequest {
            bucket: BucketName::parse(BUCKET).unwrap(),
            key: KeyRule::Exactly(Key::parse("in/file").unwrap()),
            fields: Vec::new(),
            size: Some(SizeRange { min: 4, max: 20 }),
            lifetime: Expiry::from_seconds(300).unwrap().into(),
        };
        let signer = Signer::new(self.server.address(), self.server.credentials(), Rules::default());
        let form = sign_form(&request, &signer, seconds_ago(ago)).unwrap();
        form.fields.expose().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The same with a policy of this text, rightly signed.
    fn form_with_policy(&self, text: &str) -> Vec<(String, String)> {
        let mut fields = self.form(0);
        let policy = STANDARD.encode(text);
        let scope = Scope {
            day: Stamp::new(Timestamp::now()).day().to_owned(),
            region: self.server.region.clone(),
            service: "s3".to_owned(),
        };
        let key = SigningKey::derive(&self.server.secret_access_key.clone().into(), &scope);
        set(&mut fields, "x-amz-signature", &key.sign(&policy));
        set(&mut fields, "policy", &policy);
        fields
    }

    /// Sends a form as a browser does.
    fn post(&self, fields: &[(String, String)], file: &str) -> Answer {
        let part = |named: &str, value: &str| {
            format!("--b0undary\r\nContent-Disposition: form-data; {named}\r\n\r\n{value}\r\n")
        };
        let fields: String = fields.iter().map(|(name, value)| part(&format!("name=\"{name}\""), value)).collect();
        let body = format!("{fields}{}--b0undary--\r\n", part("name=\"file\"; filename=\"f\"", file));
        let posted = self.ask("POST", &format!("/{BUCKET}")).body(body);
        say(&posted.header("content-type", "multipart/form-data; boundary=b0undary"))
    }

    /// What comes of a request beside more and more uploads that stop in the middle, once it is one too many; `None` where
    /// there is no gateway that takes only a few.
    fn crowded_out<T>(&self, refused: impl Fn(Endpoint) -> Option<T>) -> Option<T> {
        let endpoint = self.server.busy_endpoint()?;
        let (mut stopped, deadline) = (Vec::new(), Instant::now() + Duration::from_secs(20));
        while Instant::now() < deadline {
            let put = Ask { host: endpoint.authority.clone(), ..self.put(&format!("stopped-{}", stopped.len())) };
            stopped.push(begin(&put.presigned(), HUNDRED));
            if let Some(refusal) = refused(endpoint.clone()) {
                return Some(refusal);
            }
        }
        None
    }
}

/// A body that is longer than what is sent of it.
const HUNDRED: &str = "content-length: 100\r\n";

const MD5_OF_X: &str = "ndTkYSaMgDT1yFZOFVxnpg==";

const FILE: &str = "ten bytes!";

impl Ask {
    fn with(self, keys: SigningCredentials) -> Self {
        let SigningCredentials { access_key_id, secret_access_key, .. } = keys;
        Self { access_key_id, secret: secret_access_key.expose_secret().to_owned(), ..self }
    }
}

fn set(pairs: &mut [(String, String)], name: &str, value: &str) {
    pairs.iter_mut().find(|(found, _)| found == name).unwrap().1 = value.to_owned();
}

fn with_parameter(mut link: Ask, name: &str, value: &str) -> Ask {
    set(&mut link.query, name, value);
    link
}

fn without_parameter(mut link: Ask, name: &str) -> Ask {
    link.query.retain(|(found, _)| found != name);
    link
}

fn without_header(mut signed: Ask, name: &str) -> Ask {
    signed.headers.retain(|(found, _)| found != name);
    signed
}

/// Sends what is there.
fn say(ask: &Ask) -> Answer {
    let length = match ask.method {
        "PUT" | "POST" => format!("content-length: {}\r\n", ask.body.len()),
        _ => String::new(),
    };
    say_with(ask, &length)
}

/// The same with these lines below the others, the length among them.
fn say_with(ask: &Ask, lines: &str) -> Answer {
    heard(begin(ask, lines))
}

/// Sends what is there, and nothing more will come.
fn say_half(ask: &Ask, lines: &str) -> Answer {
    let stream = begin(ask, lines);
    stream.shutdown(Shutdown::Write).unwrap();
    heard(stream)
}

fn begin(ask: &Ask, lines: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&ask.host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let headers: String = ask.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("{} {} HTTP/1.1\r\nhost: {}\r\n{headers}", ask.method, ask.target(), ask.host);
    let sent = [format!("{head}{lines}connection: close\r\n\r\n").as_bytes(), &ask.body].concat();
    // Who refuses by the head alone may hang up before the rest has come.
    let _ = stream.write_all(&sent);
    stream
}

fn heard(mut stream: TcpStream) -> Answer {
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    let end = said.windows(4).position(|window| window == b"\r\n\r\n").map_or(said.len(), |at| at + 4);
    let (head, body) = said.split_at(end);
    let head = String::from_utf8_lossy(head).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head, body: body.to_vec() }
}

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

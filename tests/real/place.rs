//! Where servers are made to refuse: a server with buckets, users and uploads such that there is something to be refused.

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
use daypass::s3::failure::Failure;
use daypass::s3::location::ObjectId;
use daypass::s3::name::{BucketName, Key};
use daypass::s3::size::SizeRange;
use daypass::world::open::{CredentialSource, StoreSpec};
use daypass::world::wire::Retry;
use jiff::{SignedDuration, Timestamp};

use crate::ask::seconds_ago;
use crate::browse::{Browser, everything, open_by, spec};
use crate::client::Ask;
use crate::curl::Answer;
use crate::raw::{begin, say, set};
use crate::server::Server;

/// A server, with a bucket in which `k` lies, and another that keeps versions and a delete marker of `k`.
pub(crate) struct Place {
    pub(crate) server: &'static Server,
}

pub(crate) const BUCKET: &str = "refusals";
pub(crate) const VERSIONED: &str = "refusals-versioned";
pub(crate) const LOCKED: &str = "refusals-locked";
pub(crate) const MOVED: &str = "refusals-moved";

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
    pub(crate) fn ask(&self, method: &'static str, path: &str) -> Ask {
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
    pub(crate) fn get(&self) -> Ask {
        self.ask("GET", &format!("/{BUCKET}/k"))
    }

    /// To upload some bytes to `key`, unsigned.
    pub(crate) fn put(&self, key: &str) -> Ask {
        self.ask("PUT", &format!("/{BUCKET}/{key}")).body("x")
    }

    /// To list the bucket, unsigned.
    pub(crate) fn list(&self) -> Ask {
        self.ask("GET", &format!("/{BUCKET}")).query("list-type", "2")
    }

    pub(crate) fn browser(&self, change: impl FnOnce(&mut StoreSpec)) -> Browser {
        let once = Retry { attempts: 1, ..Retry::default() };
        let mut spec = StoreSpec { retry: Some(once), ..spec(self.server) };
        change(&mut spec);
        open_by(&spec)
    }

    /// What comes of listing the bucket with these keys.
    pub(crate) fn listed_with(&self, keys: SigningCredentials) -> Option<Failure> {
        let browser = self.browser(|spec| spec.credentials = CredentialSource::Fixed(keys));
        browser.page(&everything(BUCKET, "")).err().map(|failure| *failure)
    }

    pub(crate) fn tags_of(&self, object: &ObjectId) -> Option<Failure> {
        let browser = self.browser(|_| ());
        browser.runtime.block_on(browser.store.tags(object)).err()
    }

    pub(crate) fn delete_marker(&self) -> Option<String> {
        let listed = self.server.ask("GET", &format!("/{VERSIONED}"), &[("versions", "")], b"").text();
        let (_, marker) = listed.split_once("<DeleteMarker>")?;
        let (_, version) = marker.split_once("<VersionId>")?;
        Some(version.split_once('<')?.0.to_owned())
    }

    /// An object that nobody may delete before tomorrow, where there are such; its version.
    pub(crate) fn locked_version(&self) -> Option<String> {
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
    pub(crate) fn suspended(&self) -> Option<SigningCredentials> {
        let keys = self.server.ceph_user("suspended")?;
        self.server.ceph_admin(&["user", "suspend", "--uid=suspended"], "")?;
        Some(keys)
    }

    /// Keys of a user who may own one object, where there can be one.
    pub(crate) fn poor(&self) -> Option<SigningCredentials> {
        let keys = self.server.ceph_user("poor")?;
        self.server.ceph_admin(&["quota", "set", "--quota-scope=user", "--uid=poor", "--max-objects=1"], "")?;
        self.server.ceph_admin(&["quota", "enable", "--quota-scope=user", "--uid=poor"], "")?;
        Some(keys)
    }

    /// Two small parts of an upload to `parts`, completed as `list` makes it of their ETags.
    pub(crate) fn completed(&self, list: fn([&str; 2]) -> String) -> Answer {
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
    pub(crate) fn form(&self, ago: i64) -> Vec<(String, String)> {
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
    pub(crate) fn form_with_policy(&self, text: &str) -> Vec<(String, String)> {
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
    pub(crate) fn post(&self, fields: &[(String, String)], file: &str) -> Answer {
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
    pub(crate) fn crowded_out<T>(&self, refused: impl Fn(Endpoint) -> Option<T>) -> Option<T> {
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
pub(crate) const HUNDRED: &str = "content-length: 100\r\n";

const MD5_OF_X: &str = "ndTkYSaMgDT1yFZOFVxnpg==";

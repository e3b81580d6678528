//! The services that hand out credentials, on loopback: STS, single sign-on, a container's endpoint, an instance's metadata; and
//! a store that says whose keys it was asked with. Each looks at what it is asked the way the real one does.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use daypass::presign::sigv4::{self, CanonicalRequest, Scope, SignedHeaders, SigningKey, Stamp, canonical_query};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// What a service was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query, as they came.
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// A field of a form in the body, or of the query.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').chain(self.body.split('&')).filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| decoded(value))
    }

    /// The id of the key that signed it, if the signature holds for `secret_of` that id.
    pub(crate) fn signer(&self, secret_of: impl Fn(&str) -> Option<&'static str>) -> Option<String> {
        let claim = self.header("authorization").strip_prefix("AWS4-HMAC-SHA256 ")?;
        let part = |name: &str| claim.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        let mut credential = part("Credential")?.split('/');
        let (id, day) = (credential.next()?, credential.next()?);
        let (region, service) = (credential.next()?.to_owned(), credential.next()?.to_owned());
        let scope = Scope { day: day.to_owned(), region, service };
        let names: Vec<&str> = part("SignedHeaders")?.split(';').collect();
        let headers = SignedHeaders::new(names.iter().map(|name| (*name, self.header(name))));
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let query: Vec<(String, String)> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect();
        let query = canonical_query(query.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let payload: String = Sha256::digest(self.body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let request =
            CanonicalRequest { method: &self.method, path, query: &query, headers: &headers, payload: &payload };
        let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", self.header("x-amz-date")).ok()?;
        let stamp = Stamp::new(jiff::tz::TimeZone::UTC.to_timestamp(time).ok()?);
        let text = sigv4::string_to_sign(&stamp, &scope, &request);
        let signature = SigningKey::derive(&secret_of(id)?.to_owned().into(), &scope).sign(&text);
        (part("Signature")? == signature).then(|| id.to_owned())
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&digits, 16).unwrap()
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}

/// Status and body.
pub(crate) type Reply = (u16, String);

/// A service; it listens as long as the tests run.
pub(crate) struct Cloud {
    pub(crate) endpoint: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Cloud {
    /// Answers the request number `n`, counted from 0, with `answer(n, request)`.
    pub(crate) fn start(answer: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (answer, log) = (Arc::new(answer), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                thread::spawn(move || converse(&stream.unwrap(), &*answer, &log));
            }
        });
        Self { endpoint, asked }
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// One request, one answer; `None` where the other side is gone.
fn converse(mut stream: &TcpStream, answer: &dyn Fn(usize, &Asked) -> Reply, log: &Mutex<Vec<Asked>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let asked = Asked { method, target, headers, body: String::from_utf8(body).unwrap() };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(asked.clone());
        log.len() - 1
    };
    let (status, body) = answer(number, &asked);
    let ttl = "x-aws-ec2-metadata-token-ttl-seconds: 21600";
    let head =
        format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n{ttl}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).ok()
}

/// So many seconds from now, as the services write it.
pub(crate) fn end_in(seconds: i64) -> String {
    (Timestamp::now() + SignedDuration::from_secs(seconds)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What STS says where it gives keys.
pub(crate) fn sts_keys(action: &str, id: &str, end: &str) -> Reply {
    let keys = format!(
        "<AccessKeyId>{id}</AccessKeyId><SecretAccessKey>secret-of-{id}</SecretAccessKey>\
         <SessionToken>token-of-{id}</SessionToken><Expiration>{end}</Expiration>"
    );
    let user = "<AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::2:assumed-role/r/s</Arn></AssumedRoleUser>";
    let result = format!("<{action}Result><Credentials>{keys}</Credentials>{user}</{action}Result>");
    (200, format!("<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">{result}</{action}Response>"))
}

/// What STS says where it gives none.
pub(crate) fn sts_refusal(status: u16, code: &str, message: &str) -> Reply {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    (status, format!("<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">{error}</ErrorResponse>"))
}

/// The keys of a container or of an instance.
pub(crate) fn json_keys(id: &str, end: &str) -> Reply {
    let keys = format!(r#""AccessKeyId":"{id}","SecretAccessKey":"s","Token":"t","Expiration":"{end}""#);
    (200, format!(r#"{{"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2026-01-01T00:00:00Z",{keys}}}"#))
}

/// An instance's metadata, which wants a token first; `role` is what it answers of its role.
pub(crate) fn metadata(role: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Cloud {
    Cloud::start(move |_, asked| match (asked.method.as_str(), asked.target.as_str()) {
        ("PUT", "/latest/api/token") if !asked.header("x-aws-ec2-metadata-token-ttl-seconds").is_empty() => {
            (200, "the-token".to_owned())
        }
        ("GET", _) if asked.header("x-aws-ec2-metadata-token") != "the-token" => (401, String::new()),
        ("GET", path) => match path.strip_prefix("/latest/meta-data/iam/security-credentials/") {
            Some(rest) => role(rest),
            None => (404, String::new()),
        },
        _ => (400, String::new()),
    })
}

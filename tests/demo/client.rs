//! An S3 client that signs by hand and sends what it is told, so that a test can also send what no good client would.

use std::time::Duration;

use bytes::Bytes;
use daypass::world::demo::DemoServer;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::Event;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

/// A request before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) host: String,
    /// Not percent-encoded.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) access_key_id: String,
    pub(crate) secret: String,
    pub(crate) region: String,
    pub(crate) at: Timestamp,
    pub(crate) expires: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Ask {
    pub(crate) fn new(server: &DemoServer, method: &'static str, path: impl Into<String>) -> Self {
        Self {
            method,
            host: server.endpoint().authority,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            access_key_id: server.access_key_id().to_owned(),
            secret: server.secret_access_key().expose_secret().to_owned(),
            region: server.region().to_owned(),
            at: Timestamp::now(),
            expires: "900".to_owned(),
        }
    }

    pub(crate) fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it signed in the `Authorization` header.
    pub(crate) async fn send(&self) -> Reply {
        self.signed().send_as_is().await
    }

    /// The same request with its signature in the `Authorization` header.
    pub(crate) fn signed(&self) -> Self {
        let mut signed = self.clone();
        signed.headers.push(("x-amz-content-sha256".to_owned(), hex(&Sha256::digest(&self.body))));
        signed.headers.push(("x-amz-date".to_owned(), self.date()));
        let (names, signature) = signed.signature(&hex(&Sha256::digest(&self.body)));
        let credential = format!("{}/{}", self.access_key_id, self.scope());
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}");
        signed.header("authorization", authorization)
    }

    /// The same request with its signature in the query.
    pub(crate) fn presigned(&self) -> Self {
        let mut names: Vec<_> = self.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
        names.push("host".to_owned());
        names.sort();
        let signed = self
            .clone()
            .query("X-Amz-Algorithm", "AWS4-HMAC-SHA256")
            .query("X-Amz-Credential", format!("{}/{}", self.access_key_id, self.scope()))
            .query("X-Amz-Date", self.date())
            .query("X-Amz-Expires", self.expires.clone())
            .query("X-Amz-SignedHeaders", names.join(";"));
        let (_, signature) = signed.signature("UNSIGNED-PAYLOAD");
        signed.query("X-Amz-Signature", signature)
    }

    /// Sends what is there and adds nothing but `Host`.
    pub(crate) async fn send_as_is(&self) -> Reply {
        let mut request = Request::builder().method(self.method).uri(self.target()).header("host", &self.host);
        for (name, value) in &self.headers {
            request = request.header(name, value.as_bytes());
        }
        exchange(&self.host, request.body(Full::new(self.body.clone())).unwrap()).await
    }

    /// Path and query, encoded.
    pub(crate) fn target(&self) -> String {
        let query: Vec<_> = self.query.iter().map(|(n, v)| format!("{}={}", encode(n, ""), encode(v, ""))).collect();
        match query.is_empty() {
            true => encode(&self.path, "/"),
            false => format!("{}?{}", encode(&self.path, "/"), query.join("&")),
        }
    }

    fn date(&self) -> String {
        self.at.strftime("%Y%m%dT%H%M%SZ").to_string()
    }

    fn scope(&self) -> String {
        format!("{}/{}/s3/aws4_request", self.at.strftime("%Y%m%d"), self.region)
    }

    fn signature(&self, payload: &str) -> (String, String) {
        let mut headers: Vec<_> = self.headers.iter().map(|(n, v)| (n.to_lowercase(), v.trim().to_owned())).collect();
        headers.push(("host".to_owned(), self.host.clone()));
        headers.sort();
        let names = headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let mut query: Vec<_> =
            self.query.iter().map(|(n, v)| format!("{}={}", encode(n, ""), encode(v, ""))).collect();
        query.sort();
        let (path, query) = (encode(&self.path, "/"), query.join("&"));
        let canonical = format!("{}\n{path}\n{query}\n{lines}\n{names}\n{payload}", self.method);
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{}\n{}\n{}", self.date(), self.scope(), hex(&Sha256::digest(canonical)));
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in self.scope().split('/') {
            key = hmac(&key, part);
        }
        (names, hex(&hmac(&key, &to_sign)))
    }
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap())
    }

    /// The texts of all elements of this name.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        elements(&self.text())
            .into_iter()
            .filter(|(path, _)| path.ends_with(&format!("/{name}")))
            .map(|e| e.1)
            .collect()
    }

    /// The text of the first element of this name.
    pub(crate) fn one(&self, name: &str) -> Option<String> {
        self.all(name).into_iter().next()
    }

    /// Status and code of an error, which has the shape that AWS gives it.
    pub(crate) fn error(&self) -> (u16, String) {
        assert!(self.text().starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>"), "{}", self.text());
        assert!(self.one("Message").is_some_and(|message| !message.is_empty()), "{}", self.text());
        assert_eq!(self.one("RequestId"), self.header("x-amz-request-id"));
        assert_eq!(self.one("HostId"), self.header("x-amz-id-2"));
        assert!(self.one("Resource").is_some());
        (self.status.as_u16(), self.one("Code").unwrap())
    }
}

/// Every element with its path and its own text.
pub(crate) fn elements(xml: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(xml);
    let (mut path, mut open, mut done) = (String::new(), vec![String::new()], Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                path = format!("{path}/{}", String::from_utf8_lossy(start.name().as_ref()));
                open.push(String::new());
            }
            Event::Empty(start) => {
                done.push((format!("{path}/{}", String::from_utf8_lossy(start.name().as_ref())), String::new()));
            }
            Event::Text(text) => open.last_mut().unwrap().push_str(&text.decode().unwrap()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().unwrap().map(String::from);
                let name = reference.decode().unwrap();
                let text = character.or_else(|| quick_xml::escape::resolve_predefined_entity(&name).map(str::to_owned));
                open.last_mut().unwrap().push_str(&text.unwrap());
            }
            Event::End(_) => {
                let parent = path.rsplit_once('/').unwrap().0.to_owned();
                done.push((std::mem::replace(&mut path, parent), open.pop().unwrap()));
            }
            Event::Eof => return done,
            _ => {}
        }
    }
}

pub(crate) fn encode(text: &str, kept: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// What `encoding-type=url` hides.
pub(crate) fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        if first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&behind[..2]).unwrap(), 16).unwrap());
            rest = &behind[2..];
        } else {
            bytes.push(first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// One request over one connection of its own, wherever its host says: all of them are this machine.
async fn exchange(host: &str, request: Request<Full<Bytes>>) -> Reply {
    let port: u16 = host.rsplit_once(':').unwrap().1.parse().unwrap();
    let answered = async {
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let reply: Response<_> = sender.send_request(request).await.unwrap();
        let (head, body) = reply.into_parts();
        Reply { status: head.status, headers: head.headers, body: body.collect().await.unwrap().to_bytes() }
    };
    tokio::time::timeout(Duration::from_secs(30), answered).await.unwrap()
}

//! One request, one answer, over pooled HTTP/1.1 connections. Signs nothing and tries nothing twice.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;

use super::answer::{Answer, NoAnswer, Sent, Trouble};
use super::connect::{Connector, Proxies, named, why};
use super::tls::Trust;

/// The most of a body that [`Http::glance`] reads: far more than any error document.
const GLANCE: usize = 64 << 10;

/// The most requests, and so connections, that are under way at a time; others wait for their turn.
const MOST_AT_ONCE: usize = 256;

/// The most connections that are kept for later, and for how long.
const KEPT: (usize, Duration) = (64, Duration::from_secs(20));

/// How requests introduce themselves.
const AGENT: &str = concat!("daypass/", env!("CARGO_PKG_VERSION"));

/// How long each part of an exchange may take, and how much may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Name, TCP, proxy and TLS together.
    pub connect: Duration,
    /// From the request to the head of the answer.
    pub head: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
    /// For a whole body that is read into memory.
    pub body: Duration,
    /// The most bytes of such a body. A page of a thousand keys, each byte of them encoded, stays below 4 MB.
    pub bytes: usize,
}

/// A whole body may take so many times as long as a pause in it.
const PAUSES_OF_BODY: u32 = 4;

impl Limits {
    /// Limits that follow from how long a connection may take, and how long a store may be silent.
    pub fn of(connect: Duration, silence: Duration) -> Self {
        Self { connect, head: silence, idle: silence, body: silence.saturating_mul(PAUSES_OF_BODY), bytes: 32 << 20 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::of(Duration::from_secs(10), Duration::from_secs(30))
    }
}

/// The client under everything.
#[derive(Clone)]
pub(crate) struct Http {
    client: Client<Connector, Full<Bytes>>,
    proxies: Arc<Proxies>,
    limits: Limits,
    turns: Arc<Semaphore>,
}

impl Http {
    /// Reads the proxy variables of the environment; connects nowhere.
    pub(crate) fn new(limits: Limits, trust: &Trust) -> Self {
        let proxies = Arc::new(Proxies::from_env());
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT.1)
            .pool_max_idle_per_host(KEPT.0)
            .http1_max_headers(256)
            .build(Connector::new(limits.connect, proxies.clone(), trust.clone()));
        Self { client, proxies, limits, turns: Arc::new(Semaphore::new(MOST_AT_ONCE)) }
    }

    /// Sends a signed request and reads the whole answer.
    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, Trouble> {
        // Nobody ends the turns.
        let _turn = self.turns.acquire().await;
        let (head, body) = self.begin(request).await?.into_parts();
        let body = match tokio::time::timeout(self.limits.body, self.read(body)).await {
            Err(_) => return Err(NoAnswer::Stalled(self.limits.body).into()),
            Ok(body) => body?,
        };
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body, sent: Sent::default() })
    }

    /// Sends a request as it is, and reads the head of the answer and the beginning of its body: up to 64 KiB,
    /// or what came within the time in which a body may pause, or before it broke off.
    pub(crate) async fn glance(&self, request: Request<Full<Bytes>>) -> Result<Answer, NoAnswer> {
        let _turn = self.turns.acquire().await;
        let (head, mut body) = self.begin(request).await?.into_parts();
        let mut read = BytesMut::new();
        let reading = async {
            while let Some(Ok(frame)) = body.frame().await {
                if let Ok(data) = frame.into_data() {
                    read.extend_from_slice(data.get(..GLANCE - read.len()).unwrap_or(&data));
                }
                if read.len() >= GLANCE {
                    break;
                }
            }
        };
        // What came until then has to do: the head alone often says it all.
        let _ = tokio::time::timeout(self.limits.idle, reading).await;
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: read.freeze(), sent: Sent::default() })
    }

    /// Sends a request, adding who asks, and waits for the head of its answer. Follows no redirect.
    async fn begin(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Incoming>, NoAnswer> {
        request.headers_mut().entry(USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
        if let Some(login) = self.proxy_login(request.uri()) {
            request.headers_mut().insert(PROXY_AUTHORIZATION, login);
        }
        let wait = self.limits.connect + self.limits.head;
        match tokio::time::timeout(wait, self.client.request(request)).await {
            Err(_) => Err(NoAnswer::Silent(self.limits.head)),
            Ok(Err(error)) => Err(why(&error)),
            Ok(Ok(answer)) => Ok(answer),
        }
    }

    /// The proxy on the way to `uri`, without its login; `None` where there is none.
    pub(crate) fn proxy_to(&self, uri: &Uri) -> Option<String> {
        self.proxies.between(uri).as_ref().map(named)
    }

    /// What a proxy in between wants with each request for plain HTTP; a tunnel logs in when it is dug.
    fn proxy_login(&self, uri: &Uri) -> Option<HeaderValue> {
        let proxy = self.proxies.between(uri).filter(|_| uri.scheme_str() == Some("http"))?;
        proxy.basic_auth().cloned()
    }

    /// The whole body, unless it pauses too long or is larger than allowed.
    async fn read(&self, mut body: Incoming) -> Result<Bytes, Trouble> {
        let mut read = BytesMut::new();
        loop {
            let frame = match tokio::time::timeout(self.limits.idle, body.frame()).await {
                Err(_) => return Err(NoAnswer::Stalled(self.limits.idle).into()),
                Ok(None) => return Ok(read.freeze()),
                Ok(Some(Err(error))) => return Err(why(&error).into()),
                Ok(Some(Ok(frame))) => frame,
            };
            if let Ok(data) = frame.into_data() {
                if read.len() + data.len() > self.limits.bytes {
                    let most = self.limits.bytes >> 20;
                    return Err(Trouble::Broken(format!("the answer is larger than {most} MB")));
                }
                read.extend_from_slice(&data);
            }
        }
    }
}

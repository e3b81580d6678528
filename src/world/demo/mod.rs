//! An S3 server in this process, on loopback, with a small company's buckets: for `--demo`, for trying other tools, and for tests.
//!
//! The protocol and the signature check are s3s's, so it proves links with code that did not make them. Around it stand a store
//! in memory (`store`, `objects`, `listing`) and a `front` that answers as AWS does where s3s alone does not. It
//! knows nothing of the program that talks to it.

mod auth;
mod cors;
mod front;
mod listing;
mod objects;
mod random;
mod reading;
mod refusal;
mod rights;
mod seed;
mod service;
mod store;
mod uri;
mod writing;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::{HeaderMap, Uri};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::host::{S3Host, VirtualHost};
use s3s::service::S3ServiceBuilder;
use s3s::{S3Error, S3Result};
use secrecy::SecretString;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use crate::s3::address::{Endpoint, PlainHttp, Scheme};

use self::front::Front;
use self::refusal::Refusal;
use self::rights::Keys;
use self::service::Service;
use self::store::{Bucket, Store};
use self::uri::Target;

pub use self::objects::{Object, Run, Version};
pub use self::rights::{Objects, PRESETS, Rights, Words};
pub use self::store::{Payer, Versioning};

/// The region of the server, and of all buckets that are not moved elsewhere.
pub const REGION: &str = "eu-central-1";

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct DemoOptions {
    /// The port on loopback; 0 takes any that is free.
    pub port: u16,
    /// How long each request waits before it is looked at.
    pub latency: Duration,
    /// What is in the store at first.
    pub seed: Seed,
    /// Access key id and secret access key; random ones where `None`.
    pub credentials: Option<(String, SecretString)>,
}

/// What is in the store at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seed {
    /// The buckets of a small company.
    #[default]
    Company,
    /// Nothing.
    Empty,
}

/// A request that reached the server, whatever the answer was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRequest {
    /// `GET`, `HEAD` and so on.
    pub method: String,
    /// The path as it was sent, percent-encoded.
    pub path: String,
    /// The names of the query's parameters, in their order.
    pub query_names: Vec<String>,
}

/// A running server. Dropping it closes the listener and every connection.
pub struct DemoServer {
    address: SocketAddr,
    access_key_id: String,
    secret_access_key: SecretString,
    store: Store,
    keys: Keys,
    seen: Arc<Mutex<Vec<SeenRequest>>>,
    listening: AbortHandle,
}

impl DemoServer {
    /// Starts a server on the runtime of the caller; it answers as soon as this returns.
    pub async fn start(options: DemoOptions) -> io::Result<Self> {
        let (access_key_id, secret_access_key) = match options.credentials {
            Some(credentials) => credentials,
            None => random_key()?,
        };
        let store = Store::default();
        match options.seed {
            Seed::Company => seed::company(&store, SystemTime::now()),
            Seed::Empty => {}
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let mut s3 = S3ServiceBuilder::new(Service { store: store.clone(), region: REGION.to_owned() });
        let keys = Keys::default();
        keys.add(&access_key_id, secret_access_key.clone(), "owner", Rights::default());
        s3.set_auth(keys.clone());
        s3.set_access(Signed { store: store.clone(), keys: keys.clone() });
        s3.set_host(Localhost);
        let seen = Arc::default();
        let front = Front {
            s3: s3.build(),
            store: store.clone(),
            region: REGION.to_owned(),
            latency: options.latency,
            seen: Arc::clone(&seen),
        };
        let listening = tokio::spawn(listen(listener, front)).abort_handle();
        Ok(Self { address, access_key_id, secret_access_key, store, keys, seen, listening })
    }

    /// `http://127.0.0.1:PORT`. The store also answers for `localhost`, and there for buckets named in the host.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint { scheme: Scheme::Http, authority: self.address.to_string(), plain_http: PlainHttp::Loopback }
    }

    /// The region to sign for.
    pub fn region(&self) -> &str {
        REGION
    }

    /// The key that may do everything.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// What to sign with.
    pub fn secret_access_key(&self) -> &SecretString {
        &self.secret_access_key
    }

    /// Makes a key with these rights and a name that refusals give to its user: access key id and secret access key.
    pub fn add_key(&self, who: &str, rights: Rights) -> io::Result<(String, SecretString)> {
        let (id, secret) = random_key()?;
        self.keys.add(&id, secret.clone(), who, rights);
        Ok((id, secret))
    }

    /// Puts a bucket into another region: requests to it have to be signed for that one.
    pub fn set_region(&self, bucket: &str, region: &str) {
        self.change(bucket, |bucket| bucket.region = Some(region.to_owned()));
    }

    /// Sets who pays for reading from a bucket.
    pub fn set_payer(&self, bucket: &str, payer: Payer) {
        self.change(bucket, |bucket| bucket.payer = payer);
    }

    /// Whether there is a bucket of that name.
    pub fn has_bucket(&self, name: &str) -> bool {
        self.store.read().contains_key(name)
    }

    /// Every request so far, in the order of arrival.
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a bucket, unless there is one of that name.
    pub fn add_bucket(&self, name: &str) {
        self.store.write().entry(name.to_owned()).or_insert_with(|| Bucket::new(SystemTime::now()));
    }

    /// Sets whether a bucket keeps what is overwritten or deleted.
    pub fn set_versioning(&self, bucket: &str, versioning: Versioning) {
        self.change(bucket, |bucket| bucket.versioning = versioning);
    }

    /// Writes an object of these bytes, in a bucket that is made where it is missing.
    pub fn add_object(&self, bucket: &str, key: &str, body: impl Into<bytes::Bytes>) {
        self.add(bucket, key, Object::of(body), SystemTime::now());
    }

    /// Writes an object with all that it says about itself; begin with [`Object::of`].
    pub fn add(&self, bucket: &str, key: &str, object: Object, modified: SystemTime) {
        self.change(bucket, |bucket| {
            bucket.put(key, object, modified);
        });
    }

    /// Adds objects that are computed from their rank, so that a listing can be as long as it likes.
    pub fn add_run(&self, bucket: &str, run: impl Run + 'static) {
        self.change(bucket, |bucket| bucket.objects.add_run(Arc::new(run)));
    }

    fn change(&self, bucket: &str, change: impl FnOnce(&mut Bucket)) {
        let mut buckets = self.store.write();
        change(buckets.entry(bucket.to_owned()).or_insert_with(|| Bucket::new(SystemTime::now())));
    }
}

impl Drop for DemoServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl fmt::Debug for DemoServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemoServer").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Takes connections for as long as this is polled; they end with it.
async fn listen(listener: TcpListener, front: Front) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, front.clone()));
                }
                // Out of file descriptors, most likely: one of the open connections has to end first.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, front: Front) {
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    let mut http = hyper::server::conn::http1::Builder::new();
    // Room for a long key and a session token in a request line, as AWS has it.
    http.timer(TokioTimer::new()).max_buf_size(64 << 10);
    let answer = service_fn(move |request| front.clone().answer(request));
    // A client that goes away in the middle is no news.
    let _ = http.serve_connection(TokioIo::new(stream), answer).await;
}

/// An access key id and its secret that nobody can guess.
fn random_key() -> io::Result<(String, SecretString)> {
    let id = format!("AKIA{}", random::secret(random::BASE32, 16)?);
    Ok((id, SecretString::from(random::secret(random::BASE64, 40)?)))
}

#[async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        self.secret(access_key).ok_or_else(|| Refusal::new("InvalidAccessKeyId").into())
    }
}

/// Whoever signed may do what the key allows; who did not may do nothing. No key has a session, so a session token is a
/// mistake.
struct Signed {
    store: Store,
    keys: Keys,
}

impl Signed {
    /// Refuses who does not say that they pay, where that is wanted.
    fn check_payer(&self, target: &Target, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let payer = target.bucket.as_deref().and_then(|name| self.store.read().get(name).map(|bucket| bucket.payer));
        let in_header = headers.get("x-amz-request-payer").is_some_and(|value| value == "requester");
        let pays = || in_header || uri::query(uri).iter().any(|(n, v)| n == "x-amz-request-payer" && v == "requester");
        match payer {
            Some(Payer::Requester) if !pays() => Err(Refusal::new("AccessDenied")),
            Some(Payer::Requester | Payer::Owner) | None => Ok(()),
        }
    }
}

#[async_trait]
impl S3Access for Signed {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let refuse = |refusal: Refusal| Err(S3Error::from(refusal));
        let Some(credentials) = cx.credentials() else { return refuse(Refusal::new("AccessDenied")) };
        let query = uri::query(cx.uri());
        if cx.headers().contains_key("x-amz-security-token") || query.iter().any(|(n, _)| n == "X-Amz-Security-Token") {
            return refuse(Refusal::new("InvalidToken"));
        }
        let target = Target::of(cx.uri(), cx.headers());
        self.keys.check(&credentials.access_key, cx.method(), &target, cx.uri())?;
        self.check_payer(&target, cx.uri(), cx.headers())?;
        let is_latin = |value: &str| value.chars().all(|c| u32::from(c) < 0x100);
        match query.into_iter().find(|(name, value)| name.starts_with("response-") && !is_latin(value)) {
            Some((name, value)) => refuse(
                Refusal::new("InvalidArgument")
                    .saying("Header value cannot be represented using ISO-8859-1.")
                    .with("ArgumentName", name)
                    .with("ArgumentValue", value),
            ),
            None => Ok(()),
        }
    }
}

/// `bucket.localhost` names a bucket; every other host is the server itself, with the bucket in the path.
struct Localhost;

impl S3Host for Localhost {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let server = VirtualHost::new(host);
        Ok(match uri::bucket_in_host(host) {
            Some(bucket) => server.with_bucket(bucket),
            None => server,
        })
    }
}

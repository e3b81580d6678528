//! Opens connections: directly or through the proxy that the environment names, with TLS where the URI asks for it.

use std::error::Error;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_rustls::{DefaultServerNameResolver, HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tower_service::Service;

use super::answer::{NoAnswer, ProxyTrouble};
use super::tls::{self, TlsTrouble, Trust};

/// What a library could not do; boxed, as connectors want it.
type BoxError = Box<dyn Error + Send + Sync>;

/// A future that a connector hands out.
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Connects to a store, within a limit that covers name, TCP, proxy and TLS together. Its errors are [`NoAnswer`]s.
#[derive(Clone)]
pub(super) struct Connector {
    route: Route,
    limit: Duration,
    trust: Trust,
    /// Built at the first `https` connection: loading the machine's roots takes longer than all else at start-up.
    tls: Arc<OnceCell<Arc<ClientConfig>>>,
}

impl Connector {
    pub(super) fn new(limit: Duration, proxies: Arc<Proxies>, trust: Trust) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        Self { route: Route { tcp, proxies }, limit, trust, tls: Arc::default() }
    }

    async fn connect(mut self, to: Uri) -> Result<MaybeHttpsStream<Stream>, BoxError> {
        if to.scheme_str() != Some("https") {
            return self.route.call(to).await.map(MaybeHttpsStream::Http);
        }
        let trust = self.trust;
        let config = self.tls.get_or_try_init(|| load_tls(trust)).await?.clone();
        let names = Arc::new(DefaultServerNameResolver::default());
        HttpsConnector::new(self.route, config, true, names).call(to).await
    }
}

async fn load_tls(trust: Trust) -> Result<Arc<ClientConfig>, BoxError> {
    let config = tokio::task::spawn_blocking(move || tls::config(&trust)).await??;
    Ok(Arc::new(config))
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Stream>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.route.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let limit = this.limit;
            let proxy = this.route.proxies.between(&to);
            match tokio::time::timeout(limit, this.connect(to)).await {
                Err(_) => Err(blaming(proxy.as_ref(), NoAnswer::ConnectTimeout(limit)).into()),
                Ok(Err(error)) => Err(why(&*error).into()),
                Ok(Ok(stream)) => Ok(stream),
            }
        })
    }
}

/// TCP to the store or to a proxy in between.
#[derive(Clone)]
struct Route {
    tcp: HttpConnector<Resolver>,
    proxies: Arc<Proxies>,
}

/// The proxies that stand between daypass and a store.
pub(super) struct Proxies(Matcher);

impl Proxies {
    /// Reads `HTTPS_PROXY` and its like, as curl does.
    pub(super) fn from_env() -> Self {
        Self(Matcher::from_env())
    }

    /// The proxy for a request; none for a store on this machine, which no proxy could reach.
    pub(super) fn between(&self, to: &Uri) -> Option<Intercept> {
        let host = to.host().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_here = host == "localhost"
            || host.ends_with(".localhost")
            || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        if is_here { None } else { self.0.intercept(to) }
    }
}

/// A TCP stream that knows whether the other end is a proxy, to which requests name the whole URI.
pub(super) struct Stream {
    io: TokioIo<TcpStream>,
    to_proxy: bool,
}

impl Service<Uri> for Route {
    type Response = Stream;
    type Error = BoxError;
    type Future = Connecting<Stream>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let proxy = self.proxies.between(&to);
        let mut tcp = self.tcp.clone();
        Box::pin(async move {
            match proxy {
                None => Ok(Stream { io: tcp.call(to).await?, to_proxy: false }),
                Some(proxy) => {
                    through(&proxy, tcp, to).await.map_err(|error| blaming(Some(&proxy), why(&*error)).into())
                }
            }
        })
    }
}

/// Why there is no connection, where a proxy is to blame if there is one.
fn blaming(proxy: Option<&Intercept>, why: NoAnswer) -> NoAnswer {
    let Some(proxy) = proxy else { return why };
    let why = match why.to_string() {
        // The library's errors of a tunnel have no other form that can be told apart.
        told if told.contains("proxy authorization required") => ProxyTrouble::WantsLogin,
        told if told.contains("tunnel error: unsuccessful") => ProxyTrouble::Refuses,
        told if told.contains("tunnel error: unexpected end of file") => ProxyTrouble::Other("it hung up".to_owned()),
        told => ProxyTrouble::Other(told),
    };
    NoAnswer::Proxy { proxy: named(proxy), why }
}

/// A proxy for people, without its login.
pub(super) fn named(proxy: &Intercept) -> String {
    let (uri, port) = (proxy.uri(), proxy.uri().port_u16().map(|port| format!(":{port}")).unwrap_or_default());
    format!("{}://{}{port}", uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default())
}

/// Connects by way of `proxy`: a tunnel for TLS and SOCKS, a plain connection to it for HTTP.
async fn through(proxy: &Intercept, mut tcp: HttpConnector<Resolver>, to: Uri) -> Result<Stream, BoxError> {
    match proxy.uri().scheme_str() {
        Some("socks5" | "socks5h") => {
            let mut socks = SocksV5::new(proxy.uri().clone(), tcp);
            if let Some((user, password)) = proxy.raw_auth() {
                socks = socks.with_auth(user.to_owned(), password.to_owned());
            }
            Ok(Stream { io: socks.call(to).await?, to_proxy: false })
        }
        Some("http") | None if to.scheme_str() == Some("https") => {
            let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
            if let Some(login) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(login.clone());
            }
            Ok(Stream { io: tunnel.call(to).await?, to_proxy: false })
        }
        Some("http") | None => Ok(Stream { io: tcp.call(proxy.uri().clone()).await?, to_proxy: true }),
        Some(other) => {
            let words = format!("{other}:// proxies are not spoken here; use http:// or socks5://");
            Err(NoAnswer::Other(words).into())
        }
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.io.connected().proxy(self.to_proxy)
    }
}

impl hyper::rt::Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl hyper::rt::Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

/// The system's names, except that every `*.localhost` is this machine (RFC 6761), so that `bucket.localhost` works
/// where the system does not know it.
#[derive(Clone)]
struct Resolver(GaiResolver);

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        if name.as_str().ends_with(".localhost") {
            let here = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
            return Box::pin(async move { Ok(here.into_iter()) });
        }
        let asked = self.0.call(name);
        Box::pin(async move {
            let unknown = |error: io::Error| io::Error::new(io::ErrorKind::NotFound, NameError(error));
            Ok(asked.await.map_err(unknown)?.collect::<Vec<_>>().into_iter())
        })
    }
}

/// Marks an error as one of name resolution, for [`why`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NameError(io::Error);

/// What an error from hyper, rustls or the system means, found by its innermost known cause.
pub(super) fn why(error: &(dyn Error + 'static)) -> NoAnswer {
    if let Some(known) = find::<NoAnswer>(error) {
        return known.clone();
    }
    if find::<NameError>(error).is_some() {
        return NoAnswer::UnknownHost;
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return NoAnswer::Tls(TlsTrouble::of(tls));
    }
    if let Some(tls) = find::<TlsTrouble>(error) {
        return NoAnswer::Tls(tls.clone());
    }
    if find::<hyper::Error>(error).is_some_and(|e| e.is_incomplete_message() || e.is_canceled() || e.is_closed()) {
        return NoAnswer::Cut;
    }
    if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
        return NoAnswer::NotHttp;
    }
    match find_io(error) {
        Some(io::ErrorKind::ConnectionRefused) => NoAnswer::Refused,
        Some(
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof,
        ) => NoAnswer::Cut,
        _ => NoAnswer::Other(chain(error)),
    }
}

/// The first cause of type `T`, looking inside [`io::Error`]s as well, whose `source` skips what they wrap.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref::<T>())
}

/// The kind of the last [`io::Error`] among the causes.
fn find_io(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind).last()
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause_of(cause))
}

fn cause_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// All causes in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<String> = causes(error).map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    /// A proxy that takes one connection, reads up to `bytes` and answers; what it read is told.
    async fn proxy(bytes: usize, answer: &'static [u8]) -> (u16, Arc<Mutex<Vec<u8>>>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let read = Arc::new(Mutex::new(Vec::new()));
        let told = read.clone();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = vec![0; bytes];
            let count = stream.read(&mut buffer).await.unwrap();
            buffer.truncate(count);
            *told.lock().unwrap() = buffer;
            stream.write_all(answer).await.unwrap();
        });
        (port, read)
    }

    async fn connect(to: &'static str, proxies: Matcher) -> Result<Connected, NoAnswer> {
        let mut connector = Connector::new(LIMIT, Arc::new(Proxies(proxies)), Trust::default());
        let connected = connector.call(Uri::from_static(to)).await.map(|stream| stream.connected());
        connected.map_err(|error| why(&*error))
    }

    #[tokio::test]
    async fn plain_http_goes_to_the_proxy_and_says_so() {
        let (port, _) = proxy(1, b"").await;
        let proxies = Matcher::builder().http(format!("http://127.0.0.1:{port}")).build();
        assert!(connect("http://store.invalid", proxies).await.unwrap().is_proxied());
    }

    #[tokio::test]
    async fn tls_goes_through_a_tunnel_that_the_proxy_may_refuse() {
        let (port, read) = proxy(4096, b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
        let proxies = Matcher::builder().https(format!("http://user:word@127.0.0.1:{port}")).build();
        let failed = connect("https://store.invalid", proxies).await.unwrap_err();
        assert_eq!(
            failed,
            NoAnswer::Proxy { proxy: format!("http://127.0.0.1:{port}"), why: ProxyTrouble::WantsLogin }
        );
        for (answer, why) in
            [(&b"HTTP/1.1 403 Forbidden\r\n\r\n"[..], "it refuses the way to this host"), (b"", "it hung up")]
        {
            let (port, _) = proxy(4096, answer).await;
            let proxies = Matcher::builder().https(format!("http://127.0.0.1:{port}")).build();
            let failed = connect("https://store.invalid", proxies).await.unwrap_err();
            assert_eq!(failed.to_string(), format!("the proxy http://127.0.0.1:{port} did not help: {why}"));
        }
        let asked = String::from_utf8(read.lock().unwrap().clone()).unwrap();
        assert!(asked.starts_with("CONNECT store.invalid:443 HTTP/1.1\r\n"), "{asked}");
        assert!(asked.to_ascii_lowercase().contains("proxy-authorization: basic dxnlcjp3b3jk"), "{asked}");
    }

    #[tokio::test]
    async fn socks_is_greeted_in_its_own_words() {
        let (port, read) = proxy(16, &[5, 255]).await;
        let proxies = Matcher::builder().all(format!("socks5h://127.0.0.1:{port}")).build();
        let failed = connect("https://store.invalid", proxies).await.unwrap_err();
        assert!(matches!(failed, NoAnswer::Proxy { .. }), "{failed}");
        assert_eq!(read.lock().unwrap().first(), Some(&5));
    }

    #[tokio::test]
    async fn a_proxy_that_is_not_there_is_named_as_the_culprit() {
        let proxies = || Matcher::builder().all("http://127.0.0.1:1").no("direct.invalid").build();
        let why = ProxyTrouble::Other("it refused the connection".to_owned());
        let refused = NoAnswer::Proxy { proxy: "http://127.0.0.1:1".to_owned(), why };
        assert_eq!(connect("http://store.invalid", proxies()).await.unwrap_err(), refused);
        assert_eq!(connect("http://direct.invalid", proxies()).await.unwrap_err(), NoAnswer::UnknownHost);
    }

    #[tokio::test]
    async fn names_below_localhost_are_this_machine_and_no_proxys_business() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxies = Proxies(Matcher::builder().all("http://127.0.0.1:1").build());
        let mut connector = Connector::new(LIMIT, Arc::new(proxies), Trust::default());
        assert!(connector.call(format!("http://bucket.localhost:{port}").parse().unwrap()).await.is_ok());
    }
}

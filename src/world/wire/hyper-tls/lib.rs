//! Just enough of `hyper_tls` for `rusoto_core` to compile; every connection is refused.
//!
//! `rusoto_core` wants a TLS crate at compile time even when its own HTTP client is never used. The real `hyper_tls`
//! would pull in OpenSSL and its headers. The wire beside this folder does all the talking, over rustls.

use std::future::{Ready, ready};
use std::io;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper::service::Service;

/// A connector that always answers that it is disabled.
#[derive(Debug)]
pub struct HttpsConnector<T>(PhantomData<fn() -> T>);

impl<T> Clone for HttpsConnector<T> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl HttpsConnector<hyper::client::HttpConnector> {
    /// The constructor that `rusoto_core` calls.
    #[expect(clippy::new_without_default, reason = "rusoto_core asks for `new` alone")]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Service<Uri> for HttpsConnector<T> {
    type Response = tokio::net::TcpStream;
    type Error = io::Error;
    type Future = Ready<io::Result<tokio::net::TcpStream>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(Err(io::Error::new(io::ErrorKind::Unsupported, "rusoto's own HTTP client is disabled in this build")))
    }
}

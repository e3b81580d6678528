//! What came back from a store, before anyone asks what it means, and why nothing came back.

use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use secrecy::SecretString;
use thiserror::Error;

use super::tls::TlsTrouble;
use super::xml;
use crate::s3::address::{Endpoint, Scheme};
use crate::s3::failure::Failure;

/// A whole answer. Its body has been read to the end that its own framing promised.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// Header values as bytes: some stores send other things than ASCII.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
    /// What it answers.
    pub(crate) sent: Sent,
}

/// What was sent, for whoever has to look closer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    /// Method and URL.
    pub(crate) request: String,
    /// How often.
    pub(crate) attempts: u32,
    /// The session token that it carried, so that an answer that repeats it can be told without.
    pub(crate) token: Option<SecretString>,
}

/// Why there is no answer to read.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// There was nothing to sign the request with.
    Credentials(Box<Failure>),
    /// The store was not reached, or did not finish.
    NoAnswer(NoAnswer, Sent),
    /// What came makes no sense: the words for it.
    Broken(String),
    /// An answer with a good status whose document makes no sense: the words for it.
    Unreadable(Box<Answer>, String),
}

/// How a store fails to answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The name of the host leads nowhere.
    #[error("its name is not known")]
    UnknownHost,
    /// Nothing listens there.
    #[error("it refused the connection")]
    Refused,
    /// No connection in time.
    #[error("there was no connection within {} s", .0.as_secs())]
    ConnectTimeout(Duration),
    /// TLS was not agreed on.
    #[error("{0}")]
    Tls(TlsTrouble),
    /// The proxy that the environment names did not help.
    #[error("the proxy {proxy} did not help: {why}")]
    Proxy {
        /// The proxy, without a login.
        proxy: String,
        /// Why, of it.
        why: ProxyTrouble,
    },
    /// Connected, but no answer began in time.
    #[error("it did not answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// The answer began and then stopped.
    #[error("it stopped in the middle of its answer for {} s", .0.as_secs())]
    Stalled(Duration),
    /// The connection ended before the answer did.
    #[error("the connection ended before the answer did")]
    Cut,
    /// Something answers there, but not in HTTP.
    #[error("what answers there does not speak HTTP")]
    NotHttp,
    /// Anything else, in the words of the library that saw it.
    #[error("{0}")]
    Other(String),
}

impl NoAnswer {
    /// Why `endpoint` gave no answer, and what to do about it.
    pub(crate) fn words(&self, endpoint: &Endpoint) -> (String, String) {
        let hint = match self {
            Self::UnknownHost => "check the endpoint's spelling and the network".to_owned(),
            Self::Refused => "check the endpoint's host and port, and that the store is running".to_owned(),
            Self::ConnectTimeout(_) => "check the network, a VPN or firewall, and the endpoint".to_owned(),
            Self::Tls(trouble) => trouble.hint(endpoint),
            Self::Proxy { why: ProxyTrouble::WantsLogin, .. } => {
                "write its user and password into HTTPS_PROXY (http://user:password@host:port), or name this host in NO_PROXY"
                    .to_owned()
            }
            Self::Proxy { why: ProxyTrouble::Refuses, .. } => {
                "ask whoever runs the proxy to let this host through, or name it in NO_PROXY".to_owned()
            }
            Self::Proxy { .. } => "check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or name this host in NO_PROXY".to_owned(),
            Self::Cut if endpoint.scheme == Scheme::Http => {
                "try again; if it stays, the port may be one for https://".to_owned()
            }
            Self::Silent(_) | Self::Stalled(_) | Self::Cut => "try again".to_owned(),
            Self::NotHttp | Self::Other(_) => "check the endpoint's host, port and https:// or http://".to_owned(),
        };
        let how_far = match self {
            Self::Silent(_) | Self::Stalled(_) | Self::Cut => "gave no answer",
            _ => "cannot be reached",
        };
        (format!("{endpoint} {how_far}: {self}"), hint)
    }
}

/// How a proxy fails to help.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum ProxyTrouble {
    /// It lets in only whom it knows.
    #[error("it wants a login, and another one than it got if it got one")]
    WantsLogin,
    /// It does not let anybody through to this host.
    #[error("it refuses the way to this host")]
    Refuses,
    /// It was not reached, or something else went wrong on the way.
    #[error("{0}")]
    Other(String),
}

impl From<NoAnswer> for Trouble {
    fn from(why: NoAnswer) -> Self {
        Self::NoAnswer(why, Sent::default())
    }
}

/// The parts of an `<Error>` document that daypass uses; empty where the store left them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    /// `AccessDenied` and the like.
    pub(crate) code: String,
    /// The store's sentence.
    pub(crate) message: String,
    /// The region that a bucket is in, where the store tells.
    pub(crate) region: String,
    /// The id of the request, for a provider's support.
    pub(crate) request_id: String,
    /// The store's clock, in an error about time.
    pub(crate) server_time: String,
    /// What this machine's clock said to the store, in an error about time.
    pub(crate) request_time: String,
}

impl Answer {
    /// A header as text: UTF-8 where it is, Latin-1 otherwise, which no byte can fail to be.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|value| text_of(value.as_bytes()))
    }

    /// A header that is a date: `Sat, 31 Oct 2026 12:00:00 GMT`.
    pub(crate) fn date(&self, name: &str) -> Option<Timestamp> {
        rfc2822::DateTimeParser::new().parse_timestamp(self.header(name)?).ok()
    }

    /// The store's time. What a proxy or a web page in its place tells is not that, nor what a cache kept.
    pub(super) fn store_time(&self) -> Option<Timestamp> {
        let has = |name: &str| self.headers.contains_key(name);
        let is_of_store = has("x-amz-request-id") || (200..300).contains(&self.status) || self.error().is_some();
        self.date("date").filter(|_| is_of_store && !has("age"))
    }

    /// For how long the store asks to be left alone, in seconds or until a time by its own clock (RFC 9110, 10.2.3).
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok().map(Duration::from_secs);
        let until = || {
            let left = self.date("retry-after")?.duration_since(self.date("date")?);
            Some(Duration::try_from(left).unwrap_or_default())
        };
        seconds.or_else(until)
    }

    /// The `<Error>` document that the body is, if it is one. Some stores send it with status 200.
    pub(crate) fn error(&self) -> Option<ErrorBody> {
        let mut error = ErrorBody::default();
        let read = xml::read(&self.body, "Error", |path, text| {
            let field = match path {
                "Code" => &mut error.code,
                "Message" => &mut error.message,
                "Region" => &mut error.region,
                "RequestId" => &mut error.request_id,
                "ServerTime" => &mut error.server_time,
                "RequestTime" => &mut error.request_time,
                _ => return Ok(()),
            };
            *field = std::mem::take(text);
            Ok(())
        });
        read.is_ok().then_some(error)
    }

    /// Whether the store did what was asked: by its status, and by not being an `<Error>` for all that.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status) && xml::root(&self.body).as_deref() != Some("Error")
    }
}

/// Header bytes as text.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&b| char::from(b)).collect(),
    }
}

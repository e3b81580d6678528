//! Asks a link's store whether the link works, over the wire and without credentials. What to ask, and what the answers prove, is
//! decided in [`crate::presign::probe`].

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Uri};
use http_body_util::Full;
use jiff::Timestamp;

use super::Prober;
use super::wire::{Answer, Http, Limits, Trust, text_of};
use crate::presign::link::SignedUrl;
use crate::presign::probe::{self, Finding, Outcome, ProbeAnswer, ProbeRequest, Target};
use crate::s3::address::{Endpoint, PlainHttp};
use crate::s3::failure::{Failure, FailureKind};

/// What cannot be done, in the words of a [`Failure`].
const WHAT: &str = "check the link";

/// Asks, in at most two requests, and says what is known then. `now` is asked after the last answer.
pub async fn probe(prober: &dyn Prober, target: &Target, now: impl Fn() -> Timestamp + Send) -> Finding {
    let mut heard: Vec<ProbeAnswer> = Vec::new();
    while let Some((url, request)) = probe::next(target, &heard) {
        match prober.probe(url, &request).await {
            Ok(answer) => heard.push(answer),
            Err(failure) if heard.is_empty() => return probe::unreachable(&failure),
            // One answer says something, too.
            Err(_) => break,
        }
    }
    probe::read(target, &heard, now())
}

/// The finding for a link that works, with whether its object can be read without any link.
pub async fn look_around(prober: &dyn Prober, target: &Target, finding: Finding) -> Finding {
    let works = matches!(finding.outcome, Outcome::Works { .. });
    let Some((url, request)) = probe::without_link(target).filter(|_| works) else { return finding };
    match prober.probe(&url, &request).await {
        Ok(answer) => finding.knowing_who_else(&answer),
        Err(_) => finding,
    }
}

/// The real one: each request on its way as it is written, no redirect followed, bodies read no further than errors are long.
pub struct WireProber {
    http: Http,
    home: Option<Endpoint>,
}

impl WireProber {
    /// Connects nowhere. Links without TLS are asked only on this machine, and at `home` where its settings allow it.
    pub fn new(limits: Limits, trust: &Trust, home: Option<Endpoint>) -> Self {
        Self { http: Http::new(limits, trust), home }
    }

    /// The same, over the connections of the store at `home`, and trusting whom that trusts.
    pub(super) fn of_store(http: Http, home: Endpoint) -> Self {
        Self { http, home: Some(home) }
    }

    /// Whether nobody on the way could take the link, or the user accepts that somebody could.
    fn may_ask(&self, endpoint: &Endpoint) -> bool {
        let is_home = |home: &Endpoint| {
            let (home_host, host) = (home.host(), endpoint.host());
            host.strip_suffix(home_host).is_some_and(|bucket| bucket.is_empty() || bucket.ends_with('.'))
        };
        let allowed = self.home.as_ref().is_some_and(|home| home.plain_http == PlainHttp::Anywhere && is_home(home));
        allowed || endpoint.is_confidential()
    }
}

#[async_trait]
impl Prober for WireProber {
    async fn probe(&self, url: &SignedUrl, request: &ProbeRequest) -> Result<ProbeAnswer, Failure> {
        let refused = |why: String, hint: &str| Failure::new(FailureKind::Refused, WHAT, why, hint);
        let Some((uri, endpoint)) = place(url) else {
            let hint = "copy it once more, whole and alone: it begins with https:// and holds no spaces";
            return Err(refused("it is no URL that can be sent".to_owned(), hint));
        };
        if !self.may_ask(&endpoint) {
            return Err(refused(
                format!("{endpoint} is not encrypted, so everyone on the way could read the link and use it"),
                "ask for a link with https://, or set allow_http = true for this store if the network is yours",
            ));
        }
        let request = build(uri, request).map_err(|error| {
            refused(
                format!("the request cannot be sent: {error}"),
                "HTTP has no such header: make the link anew without it",
            )
        })?;
        let answer = self.http.glance(request).await.map_err(|why| {
            let (why, hint) = why.words(&endpoint);
            Failure::new(FailureKind::Unreachable, WHAT, why, hint)
        })?;
        Ok(heard(&answer))
    }
}

/// An answer as plain data.
pub(super) fn heard(answer: &Answer) -> ProbeAnswer {
    let header = |(name, value): (&HeaderName, &HeaderValue)| (name.as_str().to_owned(), text_of(value.as_bytes()));
    ProbeAnswer {
        status: answer.status,
        headers: answer.headers.iter().map(header).collect(),
        body: answer.body.to_vec(),
    }
}

/// Where a link leads: the URI, byte for byte, and whose it is.
fn place(url: &SignedUrl) -> Option<(Uri, Endpoint)> {
    let uri: Uri = url.expose().parse().ok()?;
    let endpoint = Endpoint::parse(&format!("{}://{}", uri.scheme_str()?, uri.authority()?)).ok()?;
    Some((uri, endpoint))
}

/// The request as hyper sends it.
fn build(uri: Uri, request: &ProbeRequest) -> Result<Request<Full<Bytes>>, http::Error> {
    let mut built = Request::builder().method(request.method).uri(uri);
    for (name, value) in &request.headers {
        built = built.header(name, value);
    }
    built.body(Full::default())
}

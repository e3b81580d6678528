//! Everything that rusoto leaves to others: signing each attempt, addressing, redirects to the right region, retries,
//! and looking at answers before rusoto decodes them.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusoto_core::request::{DispatchSignedRequestFuture, HttpResponse};
use rusoto_core::signature::SignedRequest;
use rusoto_core::{ByteStream, DispatchSignedRequest, HttpDispatchError};
use tokio::time::timeout;

use super::answer::{Answer, Sent, Trouble, text_of};
use super::http::Http;
use super::region::Regions;
use super::request::{self, Request};
use super::retry::{self, Retry};
use super::vet::vet;
use super::waits::{RetryWatch, Waits};
use crate::presign::credentials::SigningCredentials;
use crate::s3::address::Address;
use crate::s3::memory::{BucketRegion, Remembered};
use crate::s3::name::BucketName;
use crate::s3::payer::Payer;
use crate::world::blocking::blocking;
use crate::world::clock::StoreClock;
use crate::world::{Clock, Credentials, Memory};

/// A request is sent on to another region at most so often, so that two stores cannot play ball with it.
const MAX_REDIRECTS: u32 = 2;

/// How long it may take to find out where a bucket is, when a link waits for that.
const LOCATING: Duration = Duration::from_secs(5);

/// The one way to a store.
pub(crate) struct Guard {
    http: Http,
    credentials: Arc<dyn Credentials>,
    home: Address,
    clock: Arc<StoreClock>,
    payer: Payer,
    regions: Regions,
    /// Where regions are remembered, and of which store.
    memory: Option<(Arc<dyn Memory>, String)>,
    retry: Retry,
    /// How often an answer said that the store is too busy.
    busy: AtomicU64,
    waits: Waits,
}

impl Guard {
    /// Connects nowhere yet.
    pub(crate) fn new(
        home: Address,
        credentials: Arc<dyn Credentials>,
        http: Http,
        retry: Retry,
        clock: Arc<StoreClock>,
    ) -> Self {
        let (payer, regions, waits) = (Payer::Owner, Regions::default(), Waits::default());
        Self { http, credentials, home, clock, payer, regions, memory: None, retry, busy: AtomicU64::new(0), waits }
    }

    /// The same, saying in each request who pays.
    pub(crate) fn paid_by(self, payer: Payer) -> Self {
        Self { payer, ..self }
    }

    /// The same, knowing which regions `memory` has of the store of this name, and telling it of others.
    pub(crate) async fn remembering(self, memory: Arc<dyn Memory>, store: String) -> Self {
        let (asked, name) = (Arc::clone(&memory), store.clone());
        let remembered = blocking(move || {
            asked.of(&name).unwrap_or_else(|failure| {
                tracing::warn!(%failure);
                Remembered::default()
            })
        });
        let regions = Regions::remembered(&self.home, &remembered.await.unwrap_or_default().regions);
        Self { regions, memory: Some((memory, store)), ..self }
    }

    /// Finds out where `bucket` is, unless an answer or the memory has told. What fails leaves it as it is.
    pub(crate) async fn locate(&self, bucket: &BucketName) {
        if !self.regions.knows(bucket) {
            let _ = timeout(LOCATING, self.ask(&Request::new("HEAD", bucket, ""))).await;
        }
    }

    /// How often an answer said that the store is too busy, so far.
    pub(crate) fn busy_answers(&self) -> u64 {
        self.busy.load(Ordering::Relaxed)
    }

    /// Hears of requests that are tried again.
    pub(crate) fn retries(&self) -> RetryWatch {
        self.waits.watch()
    }

    /// Where requests to `bucket`, or to the store as a whole, go by now.
    pub(crate) fn address(&self, bucket: Option<&BucketName>) -> Address {
        self.regions.address(&self.home, bucket)
    }

    /// Asks until an answer stands: signed afresh each time, by the store's time and for the region that it names, tried again
    /// while the store is only busy. Whatever the store finally says, refusals too, is an answer.
    pub(crate) async fn ask(&self, request: &Request) -> Result<Answer, Trouble> {
        let request = &match self.payer.said().filter(|_| request.bucket.is_some()) {
            Some((name, value)) => Cow::Owned(request.clone().header(name, value)),
            None => Cow::Borrowed(request),
        };
        let bucket = request.bucket.as_ref();
        let (mut attempt, mut redirects, mut renewed, mut retimed) = (1, 0, false, false);
        let mut ticket = self.waits.ticket();
        let mut sent = 0;
        loop {
            let address = self.address(bucket);
            let credentials = self.credentials().await?;
            let begun = self.clock.machine();
            let signed = request.sign(&address, credentials.as_ref(), self.clock.now())?;
            sent += 1;
            let asked = Sent {
                request: format!("{} {}", signed.method(), signed.uri()),
                attempts: sent,
                token: credentials.as_ref().and_then(|keys| keys.session_token.clone()),
            };
            let (pause, why) = match self.http.send(signed).await {
                Ok(answer) => {
                    let answer = Answer { sent: asked, ..answer };
                    let is_news = answer.store_time().is_some_and(|t| self.clock.learn(t, begun, self.clock.machine()));
                    if is_news && !retimed && matches!(answer.status, 400 | 401 | 403) {
                        // HEAD never says that this was why.
                        retimed = true;
                        continue;
                    }
                    if redirects < MAX_REDIRECTS
                        && self.is_elsewhere(request, &answer, &address, credentials.as_ref()).await
                    {
                        redirects += 1;
                        continue;
                    }
                    if let Some(bucket) = bucket.filter(|_| !matches!(answer.status, 301 | 307 | 400 | 500..)) {
                        self.regions.settle(bucket);
                    }
                    if let Some(ended) = credentials.filter(|_| !renewed && is_over(&answer)) {
                        // Someone may have logged in again since these credentials were read.
                        self.credentials.forget(&ended.access_key_id).await;
                        renewed = true;
                        continue;
                    }
                    if retry::is_too_much(&answer) {
                        self.busy.fetch_add(1, Ordering::Relaxed);
                    }
                    match self.retry.after_answer(&answer, attempt, jitter()) {
                        None => return Ok(answer),
                        Some(pause) => (pause, retry::told(&answer)),
                    }
                }
                Err(Trouble::NoAnswer(why, _)) => match self.retry.after_trouble(&why, attempt, jitter()) {
                    None => return Err(Trouble::NoAnswer(why, asked)),
                    Some(pause) => (pause, why.to_string()),
                },
                Err(trouble) => return Err(trouble),
            };
            attempt += 1;
            ticket.wait(why, attempt, self.retry.attempts, pause);
            tokio::time::sleep(pause).await;
        }
    }

    /// Whether requests go out without a name.
    pub(crate) fn anonymous(&self) -> bool {
        self.credentials.anonymous()
    }

    /// What requests are signed with; `None` where they are not.
    async fn credentials(&self) -> Result<Option<SigningCredentials>, Trouble> {
        match self.credentials.anonymous() {
            true => Ok(None),
            false => match self.credentials.get().await {
                Ok(keys) => Ok(Some(keys)),
                Err(failure) => Err(Trouble::Credentials(Box::new(failure))),
            },
        }
    }

    /// Whether a refusal says that the request belongs to another region, which is then remembered.
    ///
    /// HEAD is refused without a body, and many stores name the region only there. So a HEAD that was called bad is
    /// followed by a question whose answer has one, signed for the same region.
    async fn is_elsewhere(
        &self,
        request: &Request,
        answer: &Answer,
        address: &Address,
        credentials: Option<&SigningCredentials>,
    ) -> bool {
        let bucket = request.bucket.as_ref();
        if let Some(region) = self.regions.learn(bucket, &address.region, answer) {
            self.remember(bucket, region).await;
            return true;
        }
        let Some(bucket) = bucket.filter(|_| request.method == "HEAD" && answer.status == 400) else {
            return false;
        };
        let question = Request::new("GET", bucket, "").query("list-type", "2").query("max-keys", "1");
        let Ok(question) = question.sign(address, credentials, self.clock.now()) else { return false };
        let told = self.http.send(question).await;
        let region = told.ok().and_then(|told| self.regions.learn(Some(bucket), &address.region, &told));
        let is_news = region.is_some();
        if let Some(region) = region {
            self.remember(Some(bucket), region).await;
        }
        is_news
    }

    /// Remembers where a bucket is. A memory that fails costs a request the next time, so only the log hears of it.
    async fn remember(&self, bucket: Option<&BucketName>, region: String) {
        let (Some(bucket), Some((memory, store))) = (bucket, self.memory.clone()) else { return };
        let host = self.home.endpoint.authority.clone();
        let regions = vec![BucketRegion { bucket: bucket.clone(), host, region }];
        let news = Remembered { regions, ..Remembered::default() };
        let learning = blocking(move || {
            if let Err(failure) = memory.learn(&store, &news) {
                tracing::warn!(%failure);
            }
        });
        learning.await;
    }
}

/// Whether a refusal says that the session of the credentials has ended.
fn is_over(answer: &Answer) -> bool {
    let is_refusal = matches!(answer.status, 400 | 401 | 403);
    is_refusal && answer.error().is_some_and(|error| matches!(&*error.code, "ExpiredToken" | "TokenRefreshRequired"))
}

/// A number in 0..=1, different at each call.
fn jitter() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 32;
    f64::from(u32::try_from(bits).unwrap_or_default()) / f64::from(u32::MAX)
}

/// The dispatcher for one typed operation of rusoto.
///
/// rusoto's errors drop most of what a store said. So what happened is kept here, beside rusoto, until it is asked for.
#[derive(Clone)]
pub(crate) struct TypedCall {
    guard: Arc<Guard>,
    /// The root of the document that rusoto expects.
    root: &'static str,
    outcome: Arc<Mutex<Option<Result<Answer, Trouble>>>>,
}

impl TypedCall {
    /// A call whose answer is a document with this root.
    pub(crate) fn new(guard: Arc<Guard>, root: &'static str) -> Self {
        Self { guard, root, outcome: Arc::default() }
    }

    /// rusoto's client over this call.
    pub(crate) fn client(&self) -> rusoto_s3::S3Client {
        let client = rusoto_core::Client::new_not_signing(self.clone());
        rusoto_s3::S3Client::new_with_client(client, request::region(&self.guard.home))
    }

    /// What came back, success or not; `None` if nothing was sent.
    pub(crate) fn outcome(&self) -> Option<Result<Answer, Trouble>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn run(self, request: SignedRequest) -> Result<HttpResponse, HttpDispatchError> {
        let outcome = self.vetted(request).await;
        let response = match &outcome {
            Ok(answer) if answer.is_success() => rusoto_response(answer),
            _ => Err(HttpDispatchError::new("the store did not do it".to_owned())),
        };
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        response
    }

    async fn vetted(&self, request: SignedRequest) -> Result<Answer, Trouble> {
        let answer = self.guard.ask(&Request::from_rusoto(request)?).await?;
        match vet(&answer.body, self.root) {
            Err(words) if answer.is_success() => Err(Trouble::Unreadable(Box::new(answer), words)),
            Err(_) | Ok(()) => Ok(answer),
        }
    }
}

impl DispatchSignedRequest for TypedCall {
    fn dispatch(&self, request: SignedRequest, _: Option<Duration>) -> DispatchSignedRequestFuture {
        Box::pin(self.clone().run(request))
    }
}

/// A vetted answer in rusoto's types. Their `http` is an older one than ours, so names and numbers are made anew.
fn rusoto_response(answer: &Answer) -> Result<HttpResponse, HttpDispatchError> {
    let unlikely = |error: &dyn std::error::Error| HttpDispatchError::new(error.to_string());
    let mut headers = Vec::new();
    for (name, value) in &answer.headers {
        let name = name.as_str().try_into().map_err(|error: _| unlikely(&error))?;
        headers.push((name, text_of(value.as_bytes())));
    }
    Ok(HttpResponse {
        status: answer.status.try_into().map_err(|error: _| unlikely(&error))?,
        headers: headers.into_iter().collect(),
        body: ByteStream::from(answer.body.to_vec()),
    })
}

//! Looks at what [`crate::doctor`] judges: files, credentials, the way to a store, and the store itself, by questions that
//! change nothing. Whatever goes wrong becomes a finding.

mod documents;

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request as HttpRequest, Uri};
use http_body_util::Full;

use super::clipboard::{self, ClipboardChoice, Surroundings};
use super::clock::StoreClock;
use super::links::plain_url;
use super::open::{self, CredentialSource, StoreSpec};
use super::probe::heard;
use super::wire::{Guard, Http, Request, Trouble, xml};
use super::{Clock, Credentials, Doctor, profiles};
use crate::doctor::connection::{self, Reached};
use crate::doctor::cors::{self, Known, Page};
use crate::doctor::files::{self, Broken, Holds, Seen};
use crate::doctor::rights::{self, Asked, Meaning, Reading};
use crate::doctor::{Check, Finding, Report, Severity, cdn, keys, public};
use crate::presign::probe::ProbeAnswer;
use crate::s3::address::{Address, AddressingStyle, Endpoint, Insecure, Proof};
use crate::s3::facts::is_of_object;
use crate::s3::location::{Location, ObjectId};
use crate::s3::name::{BucketName, Key, Prefix};
use crate::s3::permission::Act;
use crate::s3::provider::{Provider, Resolved};
use crate::s3::text::visible;

/// Whose S3 does not know GetBucketPolicyStatus, by their documentation.
const WITHOUT_POLICY_STATUS: [&str; 2] = ["b2", "r2"];

/// Whose S3 does not know GetBucketAcl, by their documentation.
const WITHOUT_ACL: [&str; 1] = ["r2"];

/// A key for a question whose answer does not depend on one.
const ANY_KEY: &str = "daypass-doctor";

/// What is to be looked at.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The store.
    pub spec: StoreSpec,
    /// What of it; rights are looked at only below a bucket.
    pub place: Location,
    /// A web page that wants to call it.
    pub page: Option<Page>,
    /// daypass's own files.
    pub files: Files,
    /// How text is to be copied, and what decides how it can be; `None` where nobody copies anything.
    pub clipboard: Option<(ClipboardChoice, Surroundings)>,
}

/// The doctor of an open store. The place of its visit is each time that which is asked for.
pub struct HouseDoctor {
    /// What is to be looked at.
    pub visit: Visit,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Those that are in use: nobody is asked for a second code.
    pub credentials: Arc<dyn Credentials>,
}

#[async_trait]
impl Doctor for HouseDoctor {
    async fn examine(&self, place: &Location, page: Option<Page>) -> Report {
        let visit = Visit { place: place.clone(), page, ..self.visit.clone() };
        examine(&visit, self.clock.clone(), self.credentials.clone()).await
    }
}

/// daypass's own files, which may not be there.
#[derive(Clone, Debug)]
pub struct Files {
    /// The settings, and whether they hold secrets; `None` where none are read.
    pub settings: Option<(PathBuf, Holds)>,
    /// The stores in them that cannot be opened.
    pub broken_stores: Vec<Broken>,
    /// The ledger; `None` where none is kept.
    pub ledger: Option<PathBuf>,
    /// The folder for links in files.
    pub links: PathBuf,
}

/// Looks at everything, as far as one thing does not stand in the way of the next.
pub async fn examine(visit: &Visit, clock: Arc<dyn Clock>, credentials: Arc<dyn Credentials>) -> Report {
    let mut found = of_files(&visit.files);
    if let CredentialSource::Chain { .. } = visit.spec.credentials {
        found.extend(profiles::files().iter().filter_map(|(path, holds)| files::aws(path, seen(path), *holds)));
    }
    let way = visit.clipboard.as_ref().map(|(choice, surroundings)| clipboard::way(*choice, surroundings));
    found.extend(way.map(|way| match way {
        Ok(way) => Finding::ok(Check::Clipboard, "copied links", format!("they go {way}")),
        Err(why) => {
            let remedy = "show the link whole and select it with the mouse, or write it to a file";
            Finding::caution(Check::Clipboard, "copied links", format!("they go nowhere: {why}"), remedy)
        }
    }));
    of_store(visit, clock, credentials, &mut found).await;
    Report::new(&visit.spec.name, &visit.place.to_string(), found)
}

fn of_files(files: &Files) -> Vec<Finding> {
    let settings = files.settings.iter().map(|(path, holds)| files::settings(path, seen(path), *holds));
    let ledger = files.ledger.iter().map(|path| files::own(Check::Ledger, path, seen(path)));
    let links = files::own(Check::LinksFolder, &files.links, seen(&files.links));
    let broken = files.broken_stores.iter().map(files::broken_store);
    settings.chain(broken).chain(ledger).chain([links]).collect()
}

fn seen(path: &Path) -> Seen {
    match std::fs::metadata(path) {
        Ok(there) => Seen::There { mode: there.permissions().mode() & 0o777 },
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Seen::Nothing,
        Err(_) => Seen::Hidden,
    }
}

/// Address, credentials and connection, and then the store's own answers.
async fn of_store(visit: &Visit, clock: Arc<dyn Clock>, credentials: Arc<dyn Credentials>, found: &mut Vec<Finding>) {
    let Resolved { address, provider } = match open::resolve(&visit.spec).await {
        Ok(resolved) => resolved,
        Err(failure) => {
            found.push(Finding::fault(Check::Endpoint, &visit.spec.name, failure.why, failure.hint));
            return;
        }
    };
    found.push(of_address(&address, provider));
    found.extend(cdn::of_links(provider, visit.spec.links.cdn_host.as_deref()));
    let anonymous = credentials.anonymous();
    let has_keys = match credentials.get().await {
        Err(_) if anonymous => {
            let evidence = "none, on purpose: requests go out without a name (anonymous), and no link can be signed";
            found.push(Finding::note(Check::Credentials, &visit.spec.name, evidence, ""));
            true
        }
        Ok(found_keys) => {
            found.push(keys::life(&found_keys, clock.now()));
            found.push(keys::shape(&found_keys, provider, &address));
            true
        }
        Err(failure) => {
            found.push(Finding::fault(Check::Credentials, &visit.spec.name, failure.why, failure.hint));
            false
        }
    };
    let http = Http::new(visit.spec.limits, &visit.spec.trust);
    let store_clock = StoreClock::new(clock.clone());
    let guard = Guard::new(
        address.clone(),
        credentials,
        http.clone(),
        visit.spec.retry.unwrap_or_default(),
        Arc::new(store_clock),
    );
    let guard = guard.paid_by(visit.spec.payer);
    let asking = Asking { guard, http, provider, home: address, place: &visit.place };
    found.extend(way_in_the_open(&asking.home.endpoint, visit.spec.trust.proof));
    let Some(told_region) = asking.reach(&*clock, found).await else { return };
    let (mut object, mut signs) = (None, has_keys);
    if signs {
        let asked = asking.rights(found).await;
        if !anonymous
            && found.iter().any(|finding| finding.check > Check::Signature && finding.severity == Severity::Ok)
        {
            found.push(Finding::ok(Check::Signature, asking.store(), "the store takes the key and what it signs"));
        }
        match asked {
            Ok(readable) => object = readable,
            Err(last) => {
                // With a key that is not taken, there is still what is asked without one.
                signs = false;
                let goes_on = last.check == Check::Signature;
                found.push(*last);
                if !goes_on {
                    return;
                }
            }
        }
    }
    if let Location::Prefix { bucket, .. } = &visit.place {
        found.push(asking.region(bucket, told_region));
        if let Some(page) = &visit.page {
            asking.of_page(bucket, object.as_ref(), page, signs, found).await;
        }
        if let Some(object) = &object {
            asking.without_a_name(object, found).await;
        }
        if signs {
            asking.publicity(bucket, found).await;
        }
    }
}

fn of_address(address: &Address, provider: &Provider) -> Finding {
    let style = match address.style {
        AddressingStyle::Path => "path",
        AddressingStyle::Virtual => "host",
    };
    let evidence = format!("{}, signed for {}, buckets named in the {style}", provider.name, address.region);
    Finding::ok(Check::Endpoint, address.endpoint.to_string(), evidence)
}

/// What is told of a way on which others may listen or answer; nothing of one that is proven, or does not leave this machine.
fn way_in_the_open(endpoint: &Endpoint, proof: Proof) -> Option<Finding> {
    Some(match endpoint.insecurity(proof)? {
        Insecure::Unverified => connection::unproven(&endpoint.to_string()),
        Insecure::PlainHttp => connection::in_plain_http(&endpoint.to_string()),
    })
}

/// What is the same for all questions.
struct Asking<'a> {
    guard: Guard,
    /// For questions without a name.
    http: Http,
    provider: &'static Provider,
    /// Where the settings say that the store is.
    home: Address,
    place: &'a Location,
}

/// The last finding, after which no further question makes sense.
type Stop = Box<Finding>;

impl Asking<'_> {
    fn store(&self) -> String {
        self.home.endpoint.to_string()
    }

    /// Asks without a name, so that neither key nor rights matter: first for the way there, then for the time that an answer takes.
    /// `None` where nobody answers; else the region that the answer names, if it names one.
    async fn reach(&self, clock: &dyn Clock, found: &mut Vec<Finding>) -> Option<Option<String>> {
        let bucket = match self.place {
            Location::Buckets => None,
            Location::Prefix { bucket, .. } => Some(bucket),
        };
        let url = match bucket {
            Some(bucket) => plain_url(&self.home, bucket, ""),
            None => format!("{}/", self.home.endpoint),
        };
        let proxy = url.parse().ok().and_then(|uri: Uri| self.http.proxy_to(&uri));
        let (sent, started) = (clock.now(), Instant::now());
        let answer = match self.nameless("HEAD", &url, &[]).await {
            Ok(answer) => answer,
            Err((why, hint)) => {
                found.push(connection::not_reached(&self.store(), proxy.as_deref(), &why, &hint));
                return None;
            }
        };
        let (first, received) = (started.elapsed(), clock.now());
        found.extend(cdn::in_between(&self.store(), &answer, self.provider));
        let started = Instant::now();
        let again = self.nameless("HEAD", &url, &[]).await.is_ok().then(|| started.elapsed());
        found.push(connection::reached(&self.store(), &Reached { proxy, first, again }));
        found.push(connection::clock(answer.date(), sent, received));
        Some(answer.header("x-amz-bucket-region").map(str::to_owned))
    }

    /// What the key may do, one right after the other, and an object that is there.
    async fn rights(&self, found: &mut Vec<Finding>) -> Result<Option<ObjectId>, Stop> {
        let store = self.store();
        let asked = self.asked(Check::ListBuckets, Act::ListBuckets, &store);
        let (answer, reading) = self.ask(&asked, &Request::of_store("GET")).await?;
        found.push(match (reading.meaning, documents::bucket_count(&answer.body)) {
            (Meaning::Allowed, Err(words)) => return Err(Box::new(unreadable(&asked, &answer, reading, &words))),
            (_, Ok(1)) => rights::judge(&asked, &reading, "it may, and sees 1 bucket"),
            (_, count) => {
                let allowed = format!("it may, and sees {} buckets", count.unwrap_or_default());
                rights::judge(&asked, &reading, &allowed)
            }
        });
        let Location::Prefix { bucket, prefix } = self.place else {
            let remedy = "to have the rights in one looked at, open it and ask there (D), or name it: daypass doctor \
                          s3://BUCKET/PREFIX";
            found.push(Finding::note(Check::ListKeys, "s3://", "no bucket was named", remedy));
            return Ok(None);
        };
        let object = self.list(bucket, prefix, found).await?;
        match &object {
            Some(object) => self.of_object(object, found).await?,
            None => {
                let evidence = "there is no object to try HEAD, GET and tags on";
                found.push(Finding::note(
                    Check::Head,
                    self.place.to_string(),
                    evidence,
                    "name a prefix that holds one",
                ));
            }
        }
        self.versions(bucket, prefix, found).await?;
        Ok(object)
    }

    /// Lists one key. Where that is not allowed, what was named may be a key itself.
    async fn list(
        &self,
        bucket: &BucketName,
        prefix: &Prefix,
        found: &mut Vec<Finding>,
    ) -> Result<Option<ObjectId>, Stop> {
        let place = self.place.to_string();
        let asked = self.asked(Check::ListKeys, Act::ListKeys(bucket), &place);
        let request = Request::new("GET", bucket, "")
            .query("list-type", "2")
            .query("encoding-type", "url")
            .query("max-keys", "1")
            .query("prefix", prefix.as_str());
        let (answer, reading) = self.ask(&asked, &request).await?;
        let first = match documents::first_key(&answer.body) {
            Err(words) if reading.meaning == Meaning::Allowed => {
                return Err(Box::new(unreadable(&asked, &answer, reading, &words)));
            }
            first => first.ok().flatten(),
        };
        let allowed = match &first {
            Some(key) => format!("it may; the first key is {}", visible(key.as_str())),
            None => "it may; there is no key".to_owned(),
        };
        let finding = rights::judge(&asked, &reading, &allowed);
        let key = match reading.meaning {
            Meaning::Allowed => first,
            Meaning::Denied if !prefix.as_str().ends_with('/') => Key::parse(prefix.as_str()).ok(),
            Meaning::Missing | Meaning::NotAStore | Meaning::WantsTls => return Err(Box::new(finding)),
            Meaning::Denied
            | Meaning::BadKey
            | Meaning::Unsupported
            | Meaning::Elsewhere
            | Meaning::Busy
            | Meaning::Strange => None,
        };
        found.push(finding);
        Ok(key.map(|key| ObjectId::current(bucket.clone(), key)))
    }

    /// HEAD, one byte, and the tags of an object.
    async fn of_object(&self, object: &ObjectId, found: &mut Vec<Finding>) -> Result<(), Stop> {
        let (of, key) = (object.to_string(), object.key.as_str());
        let one_byte = Request::new("GET", &object.bucket, key).header("range", "bytes=0-0");
        let tags = Request::new("GET", &object.bucket, key).query("tagging", "");
        let get = match self.guard.anonymous() {
            true => "anyone may read it",
            false => "it may read it, and so may its GET links",
        };
        for (check, request, allowed) in [
            (Check::Head, Request::new("HEAD", &object.bucket, key), "it may ask for its facts"),
            (Check::Get, one_byte, get),
        ] {
            let asked = self.asked(check, Act::Read(object), &of);
            let (_, reading) = self.ask(&asked, &request).await?;
            found.push(rights::judge(&asked, &reading, allowed));
        }
        let asked = self.asked(Check::Tags, Act::ReadTags(object), &of);
        let (answer, reading) = self.ask(&asked, &tags).await?;
        let is_object = answer.status == 200 && is_of_object(answer.headers.iter().map(|(name, _)| name.as_str()));
        found.push(match is_object {
            true => untold(&asked, "is the object itself, as of a store that does not keep tags"),
            false => judge_document(&asked, &answer, &reading, "Tagging", "it may read its tags"),
        });
        Ok(())
    }

    async fn versions(&self, bucket: &BucketName, prefix: &Prefix, found: &mut Vec<Finding>) -> Result<(), Stop> {
        let place = self.place.to_string();
        let asked = self.asked(Check::Versions, Act::ListVersions(bucket), &place);
        let request = Request::new("GET", bucket, "")
            .query("versions", "")
            .query("encoding-type", "url")
            .query("max-keys", "1")
            .query("prefix", prefix.as_str());
        let (answer, reading) = self.ask(&asked, &request).await?;
        found.push(judge_document(&asked, &answer, &reading, "ListVersionsResult", "it may list versions"));
        Ok(())
    }

    /// Where the bucket is, by what answers taught.
    fn region(&self, bucket: &BucketName, told: Option<String>) -> Finding {
        let learned = Some(self.guard.address(Some(bucket)).region).filter(|region| *region != self.home.region);
        connection::region(&format!("s3://{bucket}"), &self.home.region, learned.or(told).as_deref())
    }

    /// Whether a page may call the bucket: by its rules where they can be read, and by asking as its browser would.
    async fn of_page(
        &self,
        bucket: &BucketName,
        object: Option<&ObjectId>,
        page: &Page,
        signs: bool,
        found: &mut Vec<Finding>,
    ) {
        let of = format!("s3://{bucket}");
        let known = if signs { self.rules(bucket).await } else { Known::Unread("no key is taken".to_owned()) };
        found.push(cors::by_rules(&of, &known, page));
        let key = object.map_or(ANY_KEY, |object| object.key.as_str());
        let url = plain_url(&self.guard.address(Some(bucket)), bucket, key);
        let names = page.headers.join(", ");
        let mut headers = vec![("origin", page.origin.as_str()), ("access-control-request-method", &page.method)];
        if !names.is_empty() {
            headers.push(("access-control-request-headers", &names));
        }
        found.push(match self.nameless("OPTIONS", &url, &headers).await {
            Ok(answer) => cors::by_preflight(&url, &answer, page, &known),
            Err((why, hint)) => Finding::caution(Check::Preflight, &url, why, hint),
        });
    }

    async fn rules(&self, bucket: &BucketName) -> Known {
        let of = format!("s3://{bucket}");
        let asked = self.asked(Check::CorsRules, Act::ReadCors(bucket), &of);
        let (answer, reading) = match self.ask(&asked, &Request::new("GET", bucket, "").query("cors", "")).await {
            Ok(answered) => answered,
            Err(stop) => return Known::Unread(stop.evidence),
        };
        match reading.meaning {
            Meaning::Allowed => documents::cors(&answer.body)
                .map_or_else(|words| Known::Unsupported(format!("the answer {words}")), Known::Rules),
            Meaning::Unsupported => Known::Unsupported(reading.said),
            _ if reading.code == "NoSuchCORSConfiguration" => Known::Rules(Vec::new()),
            Meaning::Denied => {
                let finding = rights::judge(&asked, &reading, "");
                Known::Unread(format!("{}; {}", finding.evidence, finding.remedy))
            }
            _ => Known::Unread(reading.said),
        }
    }

    /// Asks for one byte of an object at its plain address, as anyone could.
    async fn without_a_name(&self, object: &ObjectId, found: &mut Vec<Finding>) {
        let url = plain_url(&self.guard.address(Some(&object.bucket)), &object.bucket, object.key.as_str());
        if let Ok(answer) = self.nameless("GET", &url, &[("range", "bytes=0-0")]).await {
            found.push(public::object(&object.to_string(), &url, &answer));
        }
    }

    /// What the bucket's policy and grants say of people without a name, where the provider has them.
    async fn publicity(&self, bucket: &BucketName, found: &mut Vec<Finding>) {
        let (of, id) = (format!("s3://{bucket}"), self.provider.id.as_str());
        if !WITHOUT_POLICY_STATUS.contains(&id) {
            let asked = self.asked(Check::PublicPolicy, Act::ReadPolicyStatus(bucket), &of);
            let request = Request::new("GET", bucket, "").query("policyStatus", "");
            found.push(match self.ask(&asked, &request).await {
                Ok((_, reading)) if reading.code == "NoSuchBucketPolicy" => public::policy(&of, None),
                Ok((answer, reading)) if reading.meaning == Meaning::Allowed => {
                    let status = documents::policy_status(&answer.body);
                    status.map_or_else(|words| untold(&asked, &words), |status| public::policy(&of, Some(status)))
                }
                Ok((_, reading)) => rights::judge(&asked, &reading, ""),
                Err(stop) => *stop,
            });
        }
        if !WITHOUT_ACL.contains(&id) {
            let asked = self.asked(Check::PublicAcl, Act::ReadAcl(bucket), &of);
            let request = Request::new("GET", bucket, "").query("acl", "");
            found.push(match self.ask(&asked, &request).await {
                Ok((answer, reading)) if reading.meaning == Meaning::Allowed => {
                    let granted = documents::open_grants(&answer.body);
                    granted.map_or_else(|words| untold(&asked, &words), |granted| public::grants(&of, &granted))
                }
                Ok((_, reading)) => rights::judge(&asked, &reading, ""),
                Err(stop) => *stop,
            });
        }
    }

    fn asked<'a>(&self, check: Check, act: Act<'a>, of: &'a str) -> Asked<'a> {
        Asked { check, act, of, provider: self.provider }
    }

    /// Asks in the name of the key. What keeps every other question from being answered is the last finding.
    async fn ask(&self, asked: &Asked<'_>, request: &Request) -> Result<(ProbeAnswer, Reading), Stop> {
        let answer = match self.guard.ask(request).await {
            Ok(answer) => heard(&answer),
            Err(Trouble::Credentials(failure)) => {
                return Err(Box::new(Finding::fault(Check::Signature, asked.of, failure.why, failure.hint)));
            }
            Err(Trouble::NoAnswer(why, _)) => {
                let (why, hint) = why.words(&self.home.endpoint);
                return Err(Box::new(Finding::fault(asked.check, asked.of, why, hint)));
            }
            Err(Trouble::Broken(words) | Trouble::Unreadable(_, words)) => {
                return Err(Box::new(Finding::fault(asked.check, asked.of, words, "try again")));
            }
        };
        let reading = rights::read(&answer, self.provider);
        match reading.meaning {
            Meaning::BadKey => Err(Box::new(rights::judge(asked, &reading, ""))),
            _ => Ok((answer, reading)),
        }
    }

    /// Asks without a name. The error is why there is no answer, and what to do.
    async fn nameless(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Result<ProbeAnswer, (String, String)> {
        let mut request = HttpRequest::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::<Bytes>::default());
        let request = request.map_err(|error| (format!("the request cannot be sent: {error}"), String::new()))?;
        match self.http.glance(request).await {
            Ok(answer) => Ok(heard(&answer)),
            Err(why) => Err(why.words(&self.home.endpoint)),
        }
    }
}

/// The question was allowed, and the answer makes no sense; `words` complete "the answer …".
fn unreadable(asked: &Asked<'_>, answer: &ProbeAnswer, reading: Reading, words: &str) -> Finding {
    match answer.is_html() {
        true => rights::judge(asked, &Reading { meaning: Meaning::NotAStore, ..reading }, ""),
        false => {
            let remedy = "try again; if it stays, the endpoint may not be an S3 store, or something in between changes its answers";
            Finding::fault(asked.check, asked.of, format!("the answer {words}"), remedy)
        }
    }
}

/// Judges an answer that has to be a document of this root: some stores answer questions that they do not know with something else.
fn judge_document(asked: &Asked<'_>, answer: &ProbeAnswer, reading: &Reading, root: &str, allowed: &str) -> Finding {
    match xml::root(&answer.body) {
        Some(found) if (200..300).contains(&answer.status) && found != root && reading.meaning == Meaning::Allowed => {
            untold(asked, &format!("is a `{found}` where a `{root}` was expected"))
        }
        None if (200..300).contains(&answer.status) => untold(asked, "is no document of a store"),
        _ => rights::judge(asked, reading, allowed),
    }
}

/// The store answered, and not what was asked.
fn untold(asked: &Asked<'_>, words: &str) -> Finding {
    Finding::note(asked.check, asked.of, format!("the store does not tell: its answer {words}"), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_on_which_others_may_listen_or_answer_is_a_caution() {
        let told = |address: &str, proof| {
            let endpoint = Endpoint::parse(address).unwrap();
            way_in_the_open(&endpoint, proof).map(|finding| (finding.severity, finding.check))
        };
        let caution = Some((Severity::Caution, Check::Connection));
        assert_eq!(told("https://store.example", Proof::Wanted), None);
        assert_eq!(told("https://store.example", Proof::Waived), caution);
        assert_eq!(told("http://store.example", Proof::Wanted), caution);
        assert_eq!(told("http://127.0.0.1:9000", Proof::Wanted), None);
    }
}

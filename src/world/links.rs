//! Makes links, and notes them in the ledger: the one way for both, whether a key asks for it or the command line.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::blocking::blocking;
use super::{Ledger, World};
use crate::presign::ledger::warning::{Thresholds, Warning, warnings};
use crate::presign::ledger::{Handing, Issuer, Record};
use crate::presign::link::Link;
use crate::presign::policy::UploadForm;
use crate::presign::request::LinkRequest;
use crate::presign::reuse::{Freshness, Recent};
use crate::presign::rules::Rules;
use crate::presign::sign::Signer;
use crate::presign::sigv4::encode_path;
use crate::s3::address::Address;
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::location::ObjectId;
use crate::s3::name::BucketName;

/// What making links for one store needs besides credentials and the time.
#[derive(Debug, Default)]
pub struct Links {
    /// What the store's links are bound to.
    pub rules: Rules,
    /// What was made lately.
    recent: Mutex<Recent>,
    /// What was noted lately, the newest last and of a batch the last link alone; `None` until the ledger was looked at.
    noted: Mutex<Option<VecDeque<Record>>>,
}

/// How many acts of issuing are remembered for the sake of [`warnings`].
const REMEMBERED: usize = 1_000;

/// How many buckets' signers are kept at a time.
const MOST_SIGNERS: usize = 64;

/// How long a signer is kept: after that, temporary credentials may have been renewed.
const SIGNER_AGE: SignedDuration = SignedDuration::from_secs(60);

impl Links {
    /// Links by these rules; none was made yet.
    pub fn new(rules: Rules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Notes links that are handed on whatever becomes of the note, and says what there is to warn about. Waits for the disk.
    pub fn note(&self, ledger: &dyn Ledger, records: &[Record]) -> (Vec<Warning>, Result<(), Failure>) {
        (self.warn(ledger, records), ledger.append(records))
    }

    fn warn(&self, ledger: &dyn Ledger, records: &[Record]) -> Vec<Warning> {
        let mut told = Vec::new();
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        // A ledger that cannot be read cannot be written either, and that is told.
        let noted = noted.get_or_insert_with(|| ledger.latest().unwrap_or_default().into());
        // The links of a batch count as one, and are looked at once: there may be very many.
        let are_one = |a: &Record, b: &Record| a.batch.is_some() && a.batch == b.batch;
        for act in records.chunk_by(are_one) {
            let [first, ..] = act else { continue };
            match noted.back() {
                Some(last) if are_one(last, first) => {
                    noted.pop_back();
                }
                Some(_) | None => told.extend(warnings(first, noted.iter(), &Thresholds::default())),
            }
            noted.extend(act.last().cloned());
            if noted.len() > REMEMBERED {
                noted.pop_front();
            }
        }
        told.sort_by_key(ToString::to_string);
        told.dedup();
        told
    }
}

/// The link for `request`: one made lately that will do, else a new one. Asks the source of the credentials at most.
pub async fn make(world: &World, request: &LinkRequest, freshness: Freshness) -> Result<Link, Failure> {
    if world.credentials.anonymous() {
        return Err(unsigned(making(request), &plain_address(world, &request.object)));
    }
    let credentials = world.credentials.get().await?;
    let Links { rules, recent, .. } = &*world.links;
    let address = rules.address(&world.store.address(&request.object.bucket));
    let now = world.clock.now();
    let recent = || recent.lock().unwrap_or_else(PoisonError::into_inner);
    if freshness == Freshness::Reuse
        && let Some(link) = recent().find(request, &address, &credentials.access_key_id, now)
    {
        return Ok(link);
    }
    let link = Signer::new(address.clone(), credentials, rules.clone())
        .sign(request, now)
        .map_err(|error| refused(request, error))?;
    recent().keep(address, link.clone());
    Ok(link)
}

/// What signs many links to one bucket, without asking for the credentials again.
pub async fn signer(world: &World, bucket: &BucketName) -> Result<Signer, Failure> {
    if world.credentials.anonymous() {
        let what = format!("make links to s3://{bucket}");
        let address = world.links.rules.address(&world.store.address(bucket));
        return Err(unsigned(what, &plain_url(&address, bucket, "KEY")));
    }
    let credentials = world.credentials.get().await?;
    let rules = &world.links.rules;
    Ok(Signer::new(rules.address(&world.store.address(bucket)), credentials, rules.clone()))
}

/// What signs links to many buckets. Each is asked for when it is first needed.
#[derive(Debug, Default)]
pub struct Signers {
    of: HashMap<BucketName, Signer>,
    /// When the oldest of them may have been made.
    since: Timestamp,
}

impl Signers {
    /// What signs links to `bucket` now.
    pub async fn of(&mut self, world: &World, bucket: &BucketName) -> Result<&mut Signer, Failure> {
        let now = world.clock.now();
        if self.of.len() >= MOST_SIGNERS || now.duration_since(self.since) > SIGNER_AGE {
            self.of.clear();
            self.since = now;
        }
        Ok(match self.of.entry(bucket.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(signer(world, bucket).await?),
        })
    }
}

/// The address of an object without a signature. It works for everyone where the object is public, and for nobody else.
pub fn plain_address(world: &World, object: &ObjectId) -> String {
    let address = world.links.rules.address(&world.store.address(&object.bucket));
    plain_url(&address, &object.bucket, object.key.as_str())
}

/// Where a key answers to who has no link.
pub(super) fn plain_url(address: &Address, bucket: &BucketName, key: &str) -> String {
    let (scheme, host) = (address.endpoint.scheme.as_str(), address.host_for(bucket));
    format!("{scheme}://{host}{}", encode_path(&address.path_for(bucket, key)))
}

/// The failure of a link where there is no key to sign it.
fn unsigned(what: String, address: &str) -> Failure {
    let why = "the store is opened without credentials (anonymous), and only a key can sign";
    Failure::new(FailureKind::Refused, what, why, format!("a public object has an address of its own: {address}"))
}

/// The failure of a link that is not made, and why not.
pub fn refused(request: &LinkRequest, why: impl Display) -> Failure {
    Failure::new(FailureKind::Refused, making(request), why.to_string(), "")
}

/// Notes links that were handed on in the same way, in the name of `issuer`, and says what there is to warn about.
pub async fn note(world: &World, issuer: &Issuer, links: &[&Link], handing: &Handing) -> Result<Vec<Warning>, Failure> {
    let record = |link: &&Link| Record::of(link, issuer.clone(), handing.clone());
    note_records(world, links.iter().map(record).collect()).await
}

/// The same for an upload form.
pub async fn note_form(world: &World, form: &UploadForm, handing: &Handing) -> Result<Vec<Warning>, Failure> {
    note_records(world, vec![Record::of_form(form, world.issuer.clone(), handing.clone())]).await
}

async fn note_records(world: &World, records: Vec<Record>) -> Result<Vec<Warning>, Failure> {
    let (links, ledger) = (Arc::clone(&world.links), Arc::clone(&world.ledger));
    match blocking(move || links.note(&*ledger, &records)).await {
        Some((told, noted)) => noted.map(|()| told),
        None => Err(Failure::new(FailureKind::Other, "note the link in the ledger", "daypass is ending", "")),
    }
}

/// What failed, when a link was not made.
pub fn making(request: &LinkRequest) -> String {
    format!("make a {} link to {}", request.method, request.object)
}

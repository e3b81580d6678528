//! Makes links: the one way from a request to a link, whether a key asks for it or the command line.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use super::World;
use crate::presign::link::Link;
use crate::presign::request::LinkRequest;
use crate::presign::reuse::Recent;
use crate::presign::rules::Rules;
use crate::presign::sign::Signer;
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::name::BucketName;

/// What making links for one store needs besides credentials and the time.
#[derive(Debug, Default)]
pub struct Links {
    /// What the store's links are bound to.
    pub rules: Rules,
    /// What was made lately.
    recent: Mutex<Recent>,
}

/// Whether a link made lately will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// The same request gives the same link while enough of its life is left.
    Reuse,
    /// A new one in any case.
    Anew,
}

impl Links {
    /// Links by these rules; none was made yet.
    pub fn new(rules: Rules) -> Self {
        Self { rules, recent: Mutex::default() }
    }
}

/// The link for `request`: one made lately that will do, else a new one. Asks the source of the credentials at most.
pub async fn make(world: &World, request: &LinkRequest, freshness: Freshness) -> Result<Link, Failure> {
    let credentials = world.credentials.get().await?;
    let Links { rules, recent } = &*world.links;
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
    let credentials = world.credentials.get().await?;
    let rules = &world.links.rules;
    Ok(Signer::new(rules.address(&world.store.address(bucket)), credentials, rules.clone()))
}

/// The failure of a link that is not made, and why not.
pub fn refused(request: &LinkRequest, why: impl Display) -> Failure {
    Failure::new(FailureKind::Refused, making(request), why.to_string(), "")
}

/// What failed, when a link was not made.
pub fn making(request: &LinkRequest) -> String {
    format!("make a {} link to {}", request.method, request.object)
}

//! Makes the links of one run, and asks first where that has to be.

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, bail};
use jiff::Timestamp;
use tokio::runtime::Runtime;

use super::arguments::PresignArguments;
use super::places::INPUT;
use crate::presign::caution::confirmation;
use crate::presign::link::Link;
use crate::presign::options::Upload;
use crate::presign::request::LinkRequest;
use crate::s3::location::{ObjectId, VersionId};
use crate::world::World;
use crate::world::links::{self, Signers};

/// Whether somebody has said yes to what has to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// Yes, or there was nothing to ask.
    Given,
    /// Not yet.
    Wanted,
    /// Nobody can, as standard input holds locations.
    OutOfReach,
}

impl Consent {
    /// As far as the arguments say it.
    pub(super) fn of(asked: &PresignArguments) -> Self {
        let input_is_taken = asked.places.iter().any(|place| place == INPUT);
        match (asked.yes, input_is_taken) {
            (true, _) => Self::Given,
            (false, true) => Self::OutOfReach,
            (false, false) => Self::Wanted,
        }
    }

    /// Asks whether the link is meant, if that has to be asked and nobody has said yes; fails where the answer is no.
    pub(super) fn obtain(&mut self, request: &LinkRequest, world: &World, now: Timestamp) -> anyhow::Result<()> {
        if *self == Self::Given {
            return Ok(());
        }
        if let Some(question) = confirmation(request, &world.links.rules, now) {
            let can_answer = io::stdin().is_terminal() && io::stderr().is_terminal();
            if *self == Self::OutOfReach || !can_answer {
                bail!("{question} Nobody can be asked here: give --yes if that is meant");
            }
            let mut stderr = io::stderr();
            write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush()).context("cannot ask")?;
            let mut answer = String::new();
            io::stdin().read_line(&mut answer).context("cannot read the answer")?;
            if !matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
                bail!("no link was made");
            }
        }
        *self = Self::Given;
        Ok(())
    }
}

/// Makes the links of one run, which differ in their object alone.
pub(super) struct Making<'a> {
    asked: &'a PresignArguments,
    upload: Upload,
    world: &'a World,
    runtime: &'a Runtime,
    consent: Consent,
    signers: Signers,
}

impl<'a> Making<'a> {
    /// Makes links as `asked`.
    pub(super) fn new(asked: &'a PresignArguments, world: &'a World, runtime: &'a Runtime) -> Self {
        let upload = asked.upload.chosen();
        Self { asked, upload, world, runtime, consent: Consent::of(asked), signers: Signers::default() }
    }

    /// The link to `object`; the first one is asked about where that has to be, and stands for the others. What goes wrong
    /// here goes wrong with every other object, too.
    pub(super) fn link(&mut self, object: ObjectId) -> anyhow::Result<Link> {
        let request = self.request(object)?;
        let signer = self.runtime.block_on(self.signers.of(self.world, &request.object.bucket))?;
        let link = signer.sign(&request, self.world.clock.now()).map_err(|error| links::refused(&request, error))?;
        // Only now, so that nobody is asked about a link that cannot be made; it has not left yet.
        self.consent.obtain(&link.request, self.world, link.signed_at)?;
        Ok(link)
    }

    fn request(&self, mut object: ObjectId) -> anyhow::Result<LinkRequest> {
        let rules = &self.world.links.rules;
        let method = self.asked.method();
        object.version = self.asked.version_id.clone().map(VersionId);
        let download = self.asked.download.chosen(method, &object.key);
        let lifetime = self.asked.expires_in.unwrap_or_else(|| rules.usual(method));
        let mut request = LinkRequest::new(method, object, lifetime);
        request.stable = self.asked.stable;
        download.bind(&mut request);
        let bound = self.upload.bind(&mut request, rules.provider);
        bound.map_err(|error| links::refused(&request, error))?;
        request.headers.extend(self.asked.headers.iter().cloned());
        Ok(request)
    }
}

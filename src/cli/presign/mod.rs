//! `daypass presign`: links for scripts. The same functions make them as on the screen; here is only the way from arguments
//! and standard input to standard output.

mod arguments;
mod places;
mod written;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

pub(super) use self::arguments::PresignArguments;
use self::places::{Ending, Objects, Place};
use self::written::{Format, Output, Remarks};
use super::arguments::nonsense;
use super::{Environment, store};
use crate::presign::caution::confirmation;
use crate::presign::link::Link;
use crate::presign::options::{Download, Upload};
use crate::presign::request::LinkRequest;
use crate::presign::sign::Signer;
use crate::s3::location::{ObjectId, VersionId};
use crate::s3::name::BucketName;
use crate::settings::load::{Loaded, SettingsWarning};
use crate::settings::paths::Paths;
use crate::settings::types::{Settings, Store};
use crate::world::{World, links};

const UNWRITTEN: &str = "cannot write to standard output";

/// How many buckets' signers are kept at a time.
const MOST_SIGNERS: usize = 64;

/// How long a signer is kept: after that, temporary credentials may have been renewed.
const SIGNER_AGE: SignedDuration = SignedDuration::from_secs(60);

/// Links to be made, with every choice made.
pub(super) struct PresignPlan {
    asked: PresignArguments,
    places: Vec<Place>,
    store: Store,
    settings: Settings,
    log_file: Option<PathBuf>,
    ledger_file: Option<PathBuf>,
    warnings: Vec<SettingsWarning>,
}

/// What is to be done, from the arguments and the settings.
pub(super) fn plan(
    asked: PresignArguments,
    environment: &Environment,
    paths: Option<&Paths>,
) -> anyhow::Result<PresignPlan> {
    let refused = |why: String| nonsense(Some("presign"), why);
    if let Some(why) = asked.nonsense() {
        return Err(refused(why).into());
    }
    let place = |text: &String| match text.as_str() {
        places::INPUT => Ok(Place::Input),
        text => {
            places::object(text, asked.prefix.as_ref()).map(Place::Object).map_err(|error| refused(error.to_string()))
        }
    };
    let places = asked.places.iter().map(place).collect::<Result<_, _>>()?;
    let loaded = store::settings(&asked.store, environment, paths, [])?;
    let store = store::chosen(&asked.store, &loaded.settings).map_err(refused)?;
    let Loaded { settings, warnings, .. } = loaded;
    let log_file = store::log_file(&settings, paths);
    let ledger_file = settings.ledger.enabled.then(|| store::ledger_file(&settings, paths));
    Ok(PresignPlan { asked, places, store, settings, log_file, ledger_file, warnings })
}

/// Makes the links in order and writes each at once. A bad line of standard input does not hold up the others.
pub(super) fn run(plan: PresignPlan) -> anyhow::Result<ExitCode> {
    let PresignPlan { asked, places, settings, .. } = &plan;
    store::start_log(plan.log_file.as_deref(), settings)?;
    for warning in &plan.warnings {
        complain(warning);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let spec = store::spec_of(&plan.store, store::usual(settings));
    let world = runtime.block_on(store::open_headless(&spec, store::ledger(plan.ledger_file.as_deref())))?;

    let mut code = ExitCode::SUCCESS;
    let ending = if asked.null { Ending::Null } else { Ending::Line };
    let mut objects = Objects::new(places, io::stdin(), ending, asked.prefix.as_ref());
    let format = if asked.json { Format::Json } else { Format::Url };
    let remarks = if asked.quiet { Remarks::Unsaid } else { Remarks::Said };
    let out = BufWriter::new(io::stdout().lock());
    let mut output = Output::new(format, remarks, &world.links.rules, out, io::stderr());
    let mut making = Making::new(asked, &world, &runtime);
    loop {
        if objects.may_wait() {
            // Whoever reads along gets what there is.
            output.flush().context(UNWRITTEN)?;
        }
        let Some(place) = objects.next() else { break };
        match place.context("cannot read standard input")? {
            Ok(object) => output.write(&making.link(object)?).context(UNWRITTEN)?,
            Err(bad) => {
                complain(&bad);
                code = ExitCode::FAILURE;
            }
        }
    }
    output.flush().context(UNWRITTEN)?;
    Ok(code)
}

/// Whether somebody has said yes to what has to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consent {
    /// Yes, or there was nothing to ask.
    Given,
    /// Not yet.
    Wanted,
    /// Nobody can, as standard input holds locations.
    OutOfReach,
}

/// Makes the links of one run, which differ in their object alone.
struct Making<'a> {
    asked: &'a PresignArguments,
    download: Download,
    upload: Upload,
    world: &'a World,
    runtime: &'a Runtime,
    consent: Consent,
    signers: HashMap<BucketName, Signer>,
    /// When the oldest of them may have been made.
    since: Timestamp,
}

impl<'a> Making<'a> {
    fn new(asked: &'a PresignArguments, world: &'a World, runtime: &'a Runtime) -> Self {
        let (download, upload) = (asked.download.chosen(), asked.upload.chosen());
        let since = world.clock.now();
        let input_is_taken = asked.places.iter().any(|place| place == places::INPUT);
        let consent = match (asked.yes, input_is_taken) {
            (true, _) => Consent::Given,
            (false, true) => Consent::OutOfReach,
            (false, false) => Consent::Wanted,
        };
        Self { asked, download, upload, world, runtime, consent, signers: HashMap::new(), since }
    }

    /// The link to `object`; the first one is asked about where that has to be, and stands for the others. What goes wrong
    /// here goes wrong with every other object, too.
    fn link(&mut self, object: ObjectId) -> anyhow::Result<Link> {
        let request = self.request(object)?;
        let now = self.world.clock.now();
        let signer = self.signer(&request.object.bucket, now)?;
        let link = signer.sign(&request, now).map_err(|error| links::refused(&request, error))?;
        // Only now, so that nobody is asked about a link that cannot be made; it has not left yet.
        if self.consent != Consent::Given {
            self.ask(&link)?;
        }
        Ok(link)
    }

    fn request(&self, mut object: ObjectId) -> anyhow::Result<LinkRequest> {
        let rules = &self.world.links.rules;
        let method = self.asked.method;
        object.version = self.asked.version_id.clone().map(VersionId);
        let lifetime = self.asked.expires_in.unwrap_or_else(|| rules.usual(method));
        let mut request = LinkRequest::new(method, object, lifetime);
        request.stable = self.asked.stable;
        self.download.bind(&mut request);
        let bound = self.upload.bind(&mut request, rules.provider);
        bound.map_err(|error| links::refused(&request, error))?;
        request.headers.extend(self.asked.headers.iter().cloned());
        Ok(request)
    }

    fn signer(&mut self, bucket: &BucketName, now: Timestamp) -> anyhow::Result<&mut Signer> {
        if self.signers.len() >= MOST_SIGNERS || now.duration_since(self.since) > SIGNER_AGE {
            self.signers.clear();
            self.since = now;
        }
        Ok(match self.signers.entry(bucket.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(self.runtime.block_on(links::signer(self.world, bucket))?),
        })
    }

    fn ask(&mut self, link: &Link) -> anyhow::Result<()> {
        if let Some(question) = confirmation(&link.request, &self.world.links.rules, link.signed_at) {
            let can_answer = io::stdin().is_terminal() && io::stderr().is_terminal();
            if self.consent == Consent::OutOfReach || !can_answer {
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
        self.consent = Consent::Given;
        Ok(())
    }
}

/// Says what went wrong, where that holds nothing up. Where it cannot be said there is nobody to tell.
fn complain(about: &dyn std::fmt::Display) {
    let _ = writeln!(io::stderr(), "daypass: {about}");
}

//! `daypass doctor`: says what is wrong between this machine and a store. What there is to look at, and what it means, is found in
//! `doctor` and `world::doctor`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::Environment;
use super::arguments::{StoreArguments, nonsense};
use super::inspect::Output;
use super::person::AtTheTerminal;
use super::store;
use crate::doctor::cors::Page;
use crate::doctor::files::{Broken, Holds};
use crate::doctor::{Report, Severity};
use crate::s3::address::Endpoint;
use crate::s3::location::Location;
use crate::s3::store_url::Destination;
use crate::settings::load::SettingsFile;
use crate::settings::paths::Paths;
use crate::settings::types::{BrokenStore, Settings};
use crate::world::SystemClock;
use crate::world::clipboard::Surroundings;
use crate::world::doctor::{Files, Visit, examine};
use crate::world::open::{StoreSpec, credentials_of};
use crate::world::wire::{Limits, Retry};

/// The exit code where a fault was found, apart from a doctor who could not look.
const FAULT: u8 = 3;

/// What is asked of the doctor.
#[derive(Args, Clone, Debug)]
pub(super) struct DoctorAsk {
    /// What to look at: s3://bucket/prefix, bucket/prefix, or https://host/bucket/prefix; rights, CORS and public access are looked at only below a bucket
    #[arg(value_parser = Destination::parse)]
    pub place: Option<Destination>,

    /// Check CORS for web pages from here, as a browser names it: https://app.example.com
    #[arg(long, value_name = "URL", help_heading = "CORS", value_parser = Endpoint::parse)]
    pub origin: Option<Endpoint>,

    /// What these pages want to do
    #[arg(long, default_value = "GET", help_heading = "CORS", requires = "origin", value_parser = PossibleValuesParser::new(["GET", "HEAD", "PUT", "POST", "DELETE"]))]
    pub method: String,

    /// A header that they send; may be given more than once [default for PUT: content-type]
    #[arg(long = "header", value_name = "NAME", help_heading = "CORS", requires = "origin", value_parser = header_name)]
    pub headers: Vec<String>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// Which store.
    #[command(flatten)]
    pub store: StoreArguments,
}

/// What is to be looked at, and how it is told.
pub(super) struct DoctorPlan {
    visit: Visit,
    output: Output,
}

/// Finds out what to look at; asks nobody.
pub(super) fn plan(asked: DoctorAsk, environment: &Environment, paths: Option<&Paths>) -> anyhow::Result<DoctorPlan> {
    let (mut flags, mut loaded) = (asked.store.clone(), store::settings(&asked.store, environment, paths, [])?);
    let place = store::led_to(asked.place, &mut flags, &mut loaded.settings);
    let place = place.map_err(|why| nonsense(Some("doctor"), why))?;
    let settings = &loaded.settings;
    store::start_log(store::log_file(settings, paths).as_deref(), settings)?;
    let chosen = store::chosen(&flags, settings, environment);
    let chosen = chosen.map_err(|unchosen| unchosen.of(Some("doctor")))?;
    let place = place.or_else(|| chosen.opens_at().cloned()).unwrap_or(Location::Buckets);
    let page = asked.origin.map(|origin| Page::new(&origin, &asked.method, asked.headers));
    if page.is_some() && place == Location::Buckets {
        return Err(nonsense(Some("doctor"), "--origin needs a bucket whose rules to look at: s3://BUCKET").into());
    }
    let settings_file = store::settings_file(asked.store.config.as_ref(), paths);
    let ledger = settings.ledger.enabled.then(|| store::ledger_file(settings, paths));
    let files = files(&settings_file, settings, ledger, paths.map(|paths| paths.state_dir.as_path()));
    let spec = impatient(store::spec_of(&chosen, store::usual(settings)));
    let surroundings = Surroundings::from_env(|name| {
        let known = environment.iter().find(|(known, _)| known == name);
        known.and_then(|(_, value)| value.to_str()).map(str::to_owned)
    });
    let clipboard = Some((store::clipboard_of(settings.clipboard), surroundings));
    let output = if asked.json { Output::Json } else { Output::Lines };
    Ok(DoctorPlan { visit: Visit { spec, place, page, files, clipboard }, output })
}

/// Looks, prints, and tells by the exit code whether there is a fault.
pub(super) fn run(plan: &DoctorPlan) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let report = {
        let clock = Arc::new(SystemClock);
        let credentials = credentials_of(&plan.visit.spec, clock.clone(), Arc::new(AtTheTerminal));
        runtime.block_on(examine(&plan.visit, clock, credentials))
    };
    // A name that is still being looked up does not hold up the end.
    runtime.shutdown_background();
    super::print(rendered(&report, plan.output)?.as_bytes())?;
    Ok(match report.verdict {
        Severity::Fault => ExitCode::from(FAULT),
        Severity::Ok | Severity::Note | Severity::Caution => ExitCode::SUCCESS,
    })
}

fn rendered(report: &Report, output: Output) -> anyhow::Result<String> {
    let mut text = match output {
        Output::Lines => report.lines().join("\n"),
        Output::Json => serde_json::to_string_pretty(report).context("cannot write JSON")?,
    };
    text.push('\n');
    Ok(text)
}

/// daypass's own files; the settings were read from the first of them.
pub(super) fn files(
    file: &SettingsFile,
    settings: &Settings,
    ledger: Option<PathBuf>,
    state_dir: Option<&Path>,
) -> Files {
    let holds = match settings.hold_secret() {
        true => Holds::Secrets,
        false => Holds::NoSecrets,
    };
    let file = match file {
        SettingsFile::Asked(file) | SettingsFile::Usual(file) => Some((file.clone(), holds)),
        SettingsFile::None => None,
    };
    let broken = |store: &BrokenStore| Broken { store: store.name.clone(), why: store.why.clone() };
    let broken_stores = settings.broken_stores.iter().map(broken).collect();
    Files { settings: file, broken_stores, ledger, links: store::links_folder(state_dir) }
}

/// A store as a doctor asks it: whoever wants to hear of trouble does not want to wait until it passes.
pub(super) fn impatient(spec: StoreSpec) -> StoreSpec {
    StoreSpec {
        limits: Limits { head: Duration::from_secs(10), ..spec.limits },
        retry: Some(Retry { attempts: 2, ..spec.retry.unwrap_or_default() }),
        ..spec
    }
}

/// A header's name, as a browser writes it when it asks for leave.
fn header_name(text: &str) -> Result<String, String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    match !text.is_empty() && text.bytes().all(is_token) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("write the name alone, such as x-amz-acl".to_owned()),
    }
}

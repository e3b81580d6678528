//! `daypass inspect`: says what a link is and why it does not work, and asks its store where that is wanted. What there is to
//! ask and to say is found in `presign::inspect`.

use std::io::{self, IsTerminal, Read};
use std::process::ExitCode;

use anyhow::Context;
use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::complain;
use super::store::{self, Common};
use crate::presign::credentials::SigningCredentials;
use crate::presign::inspect::{KnownKey, Report, Verdict, inspect, target};
use crate::presign::probe::Outcome;
use crate::s3::address::{Address, Endpoint, PlainHttp};
use crate::s3::provider::{self, Given};
use crate::settings::load::SettingsError;
use crate::settings::types::{Settings, Store};
use crate::world::OwnKeys;
use crate::world::credentials::{StaticKeys, static_keys};
use crate::world::probe::{WireProber, probe};

/// The most that is read, in bytes. What is longer is no mail.
const LONGEST: u64 = 8 << 20;

/// The exit code of a link that is bad, apart from a question that failed.
const BAD_LINK: u8 = 3;

/// What is to be inspected, and with what.
pub(super) struct InspectPlan {
    input: Input,
    depth: Depth,
    output: Output,
    /// Stores of the settings, whose keys may have signed.
    stores: Vec<Store>,
    /// What the settings say for every store.
    common: Common,
    /// What a user should know of what could not be used.
    notes: Vec<String>,
}

/// Where the link comes from.
enum Input {
    Argument(String),
    Stdin,
}

/// How far is looked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Depth {
    /// Nobody is asked.
    Offline,
    /// The store is asked, too.
    Live,
}

/// How the report is printed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Output {
    /// For people.
    Lines,
    /// For scripts.
    Json,
}

impl InspectPlan {
    /// Settings that cannot be used do not keep anyone from reading a link: their keys are not known, and that is said.
    pub(super) fn new(
        link: Option<String>,
        depth: Depth,
        output: Output,
        settings: Result<Settings, SettingsError>,
    ) -> Self {
        let input = match link {
            Some(link) if link != "-" => Input::Argument(link),
            Some(_) | None => Input::Stdin,
        };
        let (settings, problems) = match settings {
            Ok(settings) => {
                let broken =
                    settings.broken_stores.iter().map(|store| format!("its key is not known: {store}")).collect();
                (settings, broken)
            }
            Err(error) => (Settings::default(), vec![format!("the keys of the settings are not known: {error}")]),
        };
        let overheard = "the link is now in the history of the shell, and was in the list of processes: \
            `daypass inspect` without it reads it from standard input";
        let overheard = matches!(input, Input::Argument(_)).then(|| overheard.to_owned());
        let notes = overheard.into_iter().chain(problems).collect();
        Self { input, depth, output, common: store::usual(&settings), stores: settings.stores, notes }
    }
}

/// Inspects, prints, and tells by the exit code whether the link is good.
pub(super) fn run(plan: &InspectPlan) -> anyhow::Result<ExitCode> {
    for note in &plan.notes {
        complain(note);
    }
    let text = match &plan.input {
        Input::Argument(link) => link.clone(),
        Input::Stdin => read_stdin().context("cannot read standard input")?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let keys = runtime.block_on(static_keys()).unwrap_or_else(|failure| {
        complain(&failure);
        Vec::new()
    });
    let known = known_keys(&plan.stores, keys);
    let mut report = inspect(&text, &known, Timestamp::now());
    if report.verdict == Verdict::NoLink {
        anyhow::bail!("{}", report.verdict);
    }
    match plan.depth {
        Depth::Offline => {}
        Depth::Live => report = runtime.block_on(asked(report, &known, plan)),
    }
    super::print(rendered(&report, plan.output)?.as_bytes())?;
    let unknown = report.live.as_ref().filter(|live| live.outcome == Outcome::Unreachable);
    match (report.verdict.is_good(), unknown) {
        (true, Some(live)) => anyhow::bail!("{} {}", live.summary, live.cause),
        (true, None) => Ok(ExitCode::SUCCESS),
        (false, _) => Ok(ExitCode::from(BAD_LINK)),
    }
}

/// The report with the answer of the link's store, where there is something to ask it. A store of the settings is asked as they
/// say, and any other as they say for all.
async fn asked(report: Report, known: &[KnownKey], plan: &InspectPlan) -> Report {
    let Some(target) = target(&report, known, Timestamp::now()) else {
        complain(&"the store was not asked: with such a link there is nothing to ask");
        return report;
    };
    let authority = target.url.authority();
    let is_its = |endpoint: &Endpoint| {
        let rest = authority.strip_suffix(endpoint.authority.as_str());
        rest.is_some_and(|bucket| bucket.is_empty() || bucket.ends_with('.'))
    };
    let of_settings = plan.stores.iter().find_map(|store| {
        let browsed = address(&store.given()).map(|address| address.endpoint);
        let endpoint = [browsed, store.public_endpoint.clone()].into_iter().flatten().find(is_its)?;
        Some((store, endpoint))
    });
    let usual = Store::default();
    let (store, home) = match of_settings {
        Some((store, endpoint)) => (store, Some(endpoint)),
        None => {
            let endpoints = known.iter().filter_map(|key| Some(&key.address.as_ref()?.endpoint));
            (
                &usual,
                endpoints.filter(|endpoint| is_its(endpoint)).find(|at| at.plain_http == PlainHttp::Anywhere).cloned(),
            )
        }
    };
    let (limits, _) = plan.common.patience(store);
    let prober = WireProber::new(limits, &store::trust_of(store), home);
    let answer = probe(&prober, &target, Timestamp::now).await;
    report.with_answer(answer)
}

fn rendered(report: &Report, output: Output) -> anyhow::Result<String> {
    let mut text = match output {
        Output::Lines => report.lines(&TimeZone::system()).join("\n"),
        Output::Json => serde_json::to_string_pretty(report).context("cannot write JSON")?,
    };
    text.push('\n');
    Ok(text)
}

/// Everything on standard input. Text in another encoding is read as well as it can be: a link is ASCII.
fn read_stdin() -> io::Result<String> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        complain(&"paste the link, or the whole mail, and end with Ctrl-D on a line of its own");
    }
    let mut bytes = Vec::new();
    stdin.lock().take(LONGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The keys of the settings and of the AWS files, for the screen.
pub(super) struct KeysAtHand(pub(super) Vec<Store>);

#[async_trait]
impl OwnKeys for KeysAtHand {
    async fn all(&self) -> Vec<KnownKey> {
        // Files that cannot be read hold no key that could be known.
        known_keys(&self.0, static_keys().await.unwrap_or_default())
    }
}

/// The keys of the settings first, as a store there says best where its links lead.
fn known_keys(stores: &[Store], on_machine: Vec<StaticKeys>) -> Vec<KnownKey> {
    let of_stores = stores.iter().filter_map(|store| {
        let credentials = match (&store.access_key_id, &store.secret_access_key) {
            (Some(id), Some(secret)) => SigningCredentials {
                access_key_id: id.clone(),
                secret_access_key: secret.clone(),
                session_token: store.session_token.clone(),
                expires: None,
                source: format!("store {}", store.name),
            },
            _ => {
                let is_its = |keys: &&StaticKeys| keys.profile.is_some() && keys.profile == store.profile;
                on_machine.iter().find(is_its)?.credentials.clone()
            }
        };
        Some(KnownKey { name: format!("store {}", store.name), credentials, address: address(&store.given()) })
    });
    let mut known: Vec<KnownKey> = of_stores.collect();
    known.extend(on_machine.into_iter().map(|StaticKeys { credentials, endpoint, region, .. }| {
        let endpoint = endpoint.and_then(|text| Endpoint::parse(&text).ok());
        let address =
            endpoint.and_then(|endpoint| address(&Given { endpoint: Some(endpoint), region, ..Given::default() }));
        KnownKey { name: credentials.source.clone(), credentials, address }
    }));
    known
}

fn address(given: &Given) -> Option<Address> {
    provider::resolve(given).ok().map(|resolved| resolved.address)
}

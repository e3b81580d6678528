//! `daypass` itself: opens the store that was chosen, runs the screen, and prints the links that were asked for at the end.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::inspect::KeysAtHand;
use super::store::Common;
use super::{doctor, store};
use crate::model::browse::Browse;
use crate::model::listing::SortBy;
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::presign::Noted;
use crate::model::store::{Access, Store};
use crate::model::{Fixed, Messages, Model};
use crate::presign::credentials::SigningCredentials;
use crate::presign::ledger::{Destination, Handing};
use crate::runtime::{self, person};
use crate::s3::address::AddressingStyle;
use crate::s3::memory::Remembered;
use crate::s3::payer::Payer;
use crate::s3::provider::Variant;
use crate::settings::plan::{BrowsePlan, OpenStore};
use crate::settings::types::{self, Settings, SortChoice, TimeChoice};
use crate::view::theme::{Colours, Glyphs, Theme, Times};
use crate::world::clipboard::{ClipboardChoice, Surroundings, SystemClipboard};
use crate::world::demo::{DemoOptions, DemoServer};
use crate::world::doctor::{HouseDoctor, Visit};
use crate::world::memory::{MemoryFile, NoMemory};
use crate::world::open::{CredentialSource, LinkSpec, Opened, StoreSpec, open};
use crate::world::store::Writes;
use crate::world::wire::{Proof, Trust};
use crate::world::{Memory, SystemClock, World, links};

/// Runs the browser until its end.
pub(super) fn run(plan: BrowsePlan) -> anyhow::Result<ExitCode> {
    store::start_log(plan.log_file.as_deref(), &plan.settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the threads that wait for the network")?;
    let ended = runtime.block_on(browse(&plan)).and_then(|(ended, world)| {
        print(&ended.print)?;
        runtime.block_on(note(&ended.print, &world))?;
        // Where it cannot be remembered, everything that was asked for is done all the same.
        let _ = world.memory.learn(&ended.store, &Remembered { place: Some(ended.place), buckets: Vec::new() });
        Ok(ExitCode::from(ended.ending.exit_code()))
    });
    // A request that hangs, or a clipboard, does not hold up the end.
    runtime.shutdown_timeout(Duration::from_millis(100));
    ended
}

/// Runs the screen; the world comes back for what is left to do.
async fn browse(plan: &BrowsePlan) -> anyhow::Result<(runtime::Ended, World)> {
    let demo = match &plan.store {
        OpenStore::Demo => {
            Some(DemoServer::start(DemoOptions::default()).await.context("cannot start the demo store")?)
        }
        OpenStore::Named(_) => None,
    };
    let spec = match (&plan.store, &demo) {
        (OpenStore::Named(named), _) => store::spec_of(named, store::usual(&plan.settings)),
        (OpenStore::Demo, Some(demo)) => spec_of_demo(demo, store::usual(&plan.settings)),
        (OpenStore::Demo, None) => anyhow::bail!("the demo store is not running"),
    };
    let surroundings = Surroundings::from_env(|name| std::env::var(name).ok());
    let choice = store::clipboard_of(plan.settings.clipboard);
    let visit = visit(plan, &spec, (choice, surroundings.clone()));
    let clipboard = SystemClipboard::new(choice, surroundings);
    let links_dir = store::links_folder(plan.state_dir.as_deref());
    let ledger = store::ledger(plan.ledger_file.as_deref());
    let (person, said) = person::at_the_screen();
    let (clipboard, person) = (Arc::new(Mutex::new(clipboard)), Arc::new(person));
    let Opened { world, label } = open(&spec, clipboard, Arc::new(SystemClock), ledger, person, links_dir).await?;
    let own_keys = Arc::new(KeysAtHand(plan.settings.stores.clone()));
    let doctor = HouseDoctor { visit, clock: Arc::new(SystemClock), credentials: world.credentials.clone() };
    let world = World { doctor: Arc::new(doctor), own_keys, memory: memory(plan), ..world };
    let remembered = world.memory.of(&label.store).unwrap_or_default();
    let rules = world.links.rules.clone();
    let access = if world.credentials.anonymous() { Access::Anonymous } else { Access::Signed };
    let (provider, region) = (label.provider, label.region);
    let is_unproven = label.proof == Proof::Waived;
    let model = model(
        plan,
        Store {
            issuer: world.issuer.clone(),
            provider,
            region,
            is_unproven,
            rules,
            remembered,
            access,
            ..Store::default()
        },
    );
    Ok((runtime::run(model, world.clone(), said, theme(plan)).await?, world))
}

/// What the doctor of the open store looks at.
fn visit(plan: &BrowsePlan, spec: &StoreSpec, clipboard: (ClipboardChoice, Surroundings)) -> Visit {
    let (ledger, state_dir) = (plan.ledger_file.clone(), plan.state_dir.as_deref());
    let files = doctor::files(&plan.settings_file, &plan.settings, ledger, state_dir);
    let spec = doctor::impatient(spec.clone());
    Visit { spec, place: plan.location.clone(), page: None, files, clipboard: Some(clipboard) }
}

/// What is remembered until the next session; of the demo store, which will be another one by then, nothing.
fn memory(plan: &BrowsePlan) -> Arc<dyn Memory> {
    match (&plan.store, &plan.state_dir) {
        (OpenStore::Named(_), Some(folder)) if plan.settings.browse.remember => {
            Arc::new(MemoryFile::new(folder.join("stores.json")))
        }
        _ => Arc::new(NoMemory),
    }
}

fn model(plan: &BrowsePlan, store: Store) -> Model {
    let Settings { browse, look, message, .. } = &plan.settings;
    let sort = match browse.sort {
        SortChoice::Name => SortBy::Name,
        SortChoice::Size => SortBy::Size,
        SortChoice::Time => SortBy::Time,
    };
    let fixed = Fixed {
        keymap: plan.keymap.clone(),
        facts_delay: browse.facts.then(|| Duration::from_millis(browse.facts_delay_ms.into())),
        page_size: browse.page_size,
        most_bytes: usize::from(browse.memory_mib) << 20,
        sort,
        zone: TimeZone::system(),
        messages: Messages {
            text: message.text.clone(),
            html: message.html.clone(),
            zone: plan.message_zone.clone().unwrap_or_else(TimeZone::system),
        },
    };
    let mut model = Model::new(fixed, store, Browse::at(plan.location.clone(), sort));
    model.mouse = look.mouse;
    let now = Moment { wall: Timestamp::now(), uptime: Duration::ZERO };
    for warning in &plan.warnings {
        model.notices.say(Level::Error, warning.to_string(), now);
    }
    model
}

fn theme(plan: &BrowsePlan) -> Theme {
    let look = &plan.settings.look;
    Theme {
        glyphs: if look.ascii { Glyphs::Ascii } else { Glyphs::Unicode },
        colours: if plan.colors { Colours::Sixteen } else { Colours::None },
        times: match look.times {
            TimeChoice::Relative => Times::Relative,
            TimeChoice::Absolute => Times::Absolute,
        },
        zone: TimeZone::system(),
    }
}

fn spec_of_demo(demo: &DemoServer, common: Common) -> StoreSpec {
    let (limits, retry) = common.patience(&types::Store::default());
    StoreSpec {
        name: "demo".to_owned(),
        provider: None,
        endpoint: Some(demo.endpoint()),
        region: Some(demo.region().to_owned()),
        variant: Variant::Usual,
        style: Some(AddressingStyle::Path),
        credentials: CredentialSource::Fixed(SigningCredentials {
            access_key_id: demo.access_key_id().to_owned(),
            secret_access_key: demo.secret_access_key().clone(),
            session_token: None,
            expires: None,
            source: "demo store".to_owned(),
        }),
        links: LinkSpec { usual: common.links, ..LinkSpec::default() },
        limits,
        retry,
        trust: Trust::default(),
        writes: Writes::Allowed,
        payer: Payer::Owner,
        inventories: Default::default(),
    }
}

/// Notes in the ledger that links were printed.
async fn note(printed: &[Noted], world: &World) -> anyhow::Result<()> {
    for Noted { link, note, issuer } in printed {
        let note = (!note.is_empty()).then(|| note.clone());
        let handing = Handing { at: world.clock.now(), destination: Destination::Stdout, note, batch: None };
        links::note(world, issuer, &[link], &handing).await?;
    }
    Ok(())
}

/// Prints the links that were asked for, one a line, once the terminal is as it was.
fn print(links: &[Noted]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    for Noted { link, .. } in links {
        writeln!(stdout, "{}", link.url.expose()).context("cannot write to standard output")?;
    }
    stdout.flush().context("cannot write to standard output")
}

//! `daypass` itself: opens the store that was chosen, runs the screen, and prints the links that were asked for at the end.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::store::Common;
use super::stores::{First, House, OwnStores};
use super::{Environment, doctor, store};
use crate::model::browse::Browse;
use crate::model::listing::SortBy;
use crate::model::moment::Moment;
use crate::model::new_store::{NewStoreForm, Occasion};
use crate::model::notice::Level;
use crate::model::presign::Noted;
use crate::model::store::Store;
use crate::model::{Fixed, Layer, Messages, Model};
use crate::presign::credentials::SigningCredentials;
use crate::presign::ledger::{Destination, Handing};
use crate::runtime::perform::as_shown;
use crate::runtime::{self, Ending, person};
use crate::s3::address::AddressingStyle;
use crate::s3::memory::Remembered;
use crate::s3::payer::Payer;
use crate::s3::provider::Variant;
use crate::s3::store::Found;
use crate::settings::plan::{Beginning, BrowsePlan, OpenStore};
use crate::settings::types::{self, Settings, SortChoice, TimeChoice};
use crate::view::theme::{Colours, Glyphs, Theme, Times};
use crate::world::clipboard::Surroundings;
use crate::world::demo::{DemoOptions, DemoServer};
use crate::world::open::{CredentialSource, LinkSpec, StoreSpec};
use crate::world::store::Writes;
use crate::world::wire::Trust;
use crate::world::{Stores, World, links};

/// Runs the browser until its end.
pub(super) fn run(plan: BrowsePlan, environment: Environment) -> anyhow::Result<ExitCode> {
    store::start_log(plan.log_file.as_deref(), &plan.settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the threads that wait for the network")?;
    let ended = runtime.block_on(browse(&plan, environment));
    // A request that hangs, or a clipboard, does not hold up the end.
    runtime.shutdown_timeout(Duration::from_millis(100));
    Ok(ExitCode::from(ended?.exit_code()))
}

/// Runs the screen, and does what is left to do at its end.
async fn browse(plan: &BrowsePlan, environment: Environment) -> anyhow::Result<Ending> {
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
    let settings = &plan.settings;
    let surroundings = Surroundings::from_env(|name| std::env::var(name).ok());
    let of_flags = match &plan.store {
        OpenStore::Named(named) if plan.store_id.found == Found::Flags => Some((**named).clone()),
        OpenStore::Named(_) | OpenStore::Demo => None,
    };
    let state_dir = plan.state_dir.as_deref();
    let (person, said) = person::at_the_screen();
    let house = House {
        settings: settings.clone(),
        environment,
        copying: (store::clipboard_of(settings.clipboard), surroundings),
        ledger: store::ledger(plan.ledger_file.as_deref()),
        person: Arc::new(person),
        links_dir: store::links_folder(state_dir),
        memory: store::memory(settings, state_dir),
        settings_file: store::named_settings_file(&plan.settings_file),
        files: doctor::files(&plan.settings_file, settings, plan.ledger_file.clone(), state_dir),
    };
    let stores = OwnStores::new(First { id: plan.store_id.clone(), spec, of_flags }, house);
    let opened = stores.open(&plan.store_id).await?;
    let model = model(plan, as_shown(plan.store_id.clone(), &opened).await);
    let ended = runtime::run(model, opened.world.clone(), said, theme(plan)).await?;
    print(&ended.print)?;
    note(&ended.print, &opened.world).await?;
    // Where it cannot be remembered, everything that was asked for is done all the same.
    let news = Remembered { place: Some(ended.place), ..Remembered::default() };
    if plan.begins == Beginning::Store || ended.store.id != plan.store_id {
        let _ = stores.memory(&ended.store.id).learn(ended.store.name(), &news);
    }
    Ok(ended.ending)
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
        presets: plan.settings.providers.clone(),
    };
    let mut model = Model::new(fixed, store, Browse::at(plan.location.clone(), sort));
    model.mouse = look.mouse;
    if plan.begins == Beginning::NewStore {
        let form = NewStoreForm::new(Occasion::FirstRun, plan.settings.providers.clone());
        model.layers.push(Layer::NewStore(Box::new(form)));
    }
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
        requests: None,
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

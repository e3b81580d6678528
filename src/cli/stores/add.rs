//! `daypass store add`: asks for a store and its key, tries them once, and writes them into the settings. The form on the screen
//! tries and writes the same way.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use secrecy::ExposeSecret;
use toml::Value;

use crate::cli::arguments::{ProviderId, flag_for, nonsense};
use crate::cli::dialogue::{Dialogue, Whom};
use crate::cli::store::{Common, ledger, not_a_provider, open_headless, spec_of, usual};
use crate::cli::{complain, doctor, print};
use crate::doctor::keys;
use crate::presign::snippet::sh;
use crate::s3::address::PlainHttp;
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::listing::{Depth, EntityTags, KeysRequest, Resume};
use crate::s3::location::Location;
use crate::s3::new_store::{NO_SECRET, NewKey, NewStore, OPEN_HTTP, Tried, Whereabouts, taken};
use crate::s3::provider;
use crate::s3::size::count;
use crate::s3::store_url::StoreUrl;
use crate::s3::text::visible;
use crate::settings::command_line::CommandLine;
use crate::settings::load;
use crate::settings::types::{Settings, Store};
use crate::world::file::replace_behind_links;
use crate::world::memory::NoMemory;
use crate::world::open::StoreSpec;

/// What is known of the store to add; what is left out is asked for.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct StoreAddArguments {
    /// What to call it
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub name: Option<String>,

    /// Where the store answers; /bucket/prefix behind it says where to start
    #[arg(long, value_name = "URL", value_parser = StoreUrl::parse)]
    pub endpoint_url: Option<StoreUrl>,

    /// Who runs the store
    #[arg(long, value_name = "ID", value_parser = ProviderId)]
    pub provider: Option<String>,

    /// The region to sign for
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub region: Option<String>,

    /// The place that it opens at: bucket/prefix
    #[arg(long, value_name = "PLACE", value_parser = Location::parse)]
    pub start: Option<Location>,

    /// The id of the access key
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub access_key_id: Option<String>,

    /// A program that prints the secret, so that it does not lie in the settings: "pass show b2"
    #[arg(long, value_name = "COMMAND", value_parser = CommandLine::parse)]
    pub secret_command: Option<CommandLine>,

    /// The settings file to write instead of the usual one
    #[arg(long, value_name = "FILE", env = load::CONFIG_VARIABLE, hide_env_values = true)]
    pub config: Option<PathBuf>,
}

/// A store to add, and where to.
pub(in crate::cli) struct StoreAddPlan {
    /// What is known of it.
    pub asked: StoreAddArguments,
    /// The settings as they are.
    pub settings: Settings,
    /// Their file; may not exist yet.
    pub file: PathBuf,
}

/// Asks, tries, writes.
pub(in crate::cli) fn run(plan: &StoreAddPlan) -> anyhow::Result<ExitCode> {
    let store = add(plan, &mut Dialogue::begin())?;
    let opens = match plan.settings.store_names().next() {
        None => "daypass".to_owned(),
        Some(_) => format!("daypass --store {}", sh(&visible(&store.name))),
    };
    print(
        format!("{} has the store {} now. Open it with: {opens}\n", plan.file.display(), visible(&store.name))
            .as_bytes(),
    )?;
    Ok(ExitCode::SUCCESS)
}

fn add(plan: &StoreAddPlan, dialogue: &mut Dialogue) -> anyhow::Result<Store> {
    let StoreAddPlan { asked, settings, file } = plan;
    let is_taken = |name: &str| settings.has_store(name);
    if let Some(name) = asked.name.as_ref().filter(|name| is_taken(name)) {
        bail!(taken(name));
    }
    let mut store = described(asked, settings, dialogue)?;
    key(asked, &mut store, dialogue)?;
    region(&mut store, dialogue)?;
    tried(asked, &mut store, usual(settings), dialogue)?;
    store.name = match &asked.name {
        Some(name) => name.clone(),
        None => name(&store, is_taken, dialogue)?,
    };
    let store = as_store(&store, asked.secret_command.as_ref());
    write(file, &store)?;
    Ok(store)
}

/// The store without its key.
fn described(asked: &StoreAddArguments, settings: &Settings, dialogue: &mut Dialogue) -> anyhow::Result<NewStore> {
    let provider = asked.provider.as_ref().map(|id| settings.provider(id)).transpose();
    let provider = provider.map_err(|why| nonsense(Some("store"), not_a_provider(why)))?;
    let (start, region) = (asked.start.clone(), asked.region.clone());
    let flags =
        Store { endpoint: asked.endpoint_url.clone(), start: start.clone(), allow_http: true, ..Store::default() };
    if let Some((key, why)) = flags.inconsistency() {
        return Err(nonsense(Some("store"), format!("{}: {why}", flag_for(key))).into());
    }
    let own = &settings.providers;
    let mut store = NewStore { provider, region, start, ..NewStore::default() };
    if let Some(url) = asked.endpoint_url.clone() {
        store = store.at(Whereabouts::Url(url), own);
    } else if provider.is_none() {
        let ids: Vec<&str> = provider::known(own).map(|provider| provider.id.as_str()).collect();
        dialogue.say(&format!(
            "A URL as the provider shows it is best, with the bucket behind it if there is one:\n  \
             https://s3.us-west-004.backblazeb2.com/bucket/prefix\nProviders: {}\n",
            ids.join(", ")
        ));
    } else if let Some(provider) = provider.filter(|provider| provider.endpoint.is_none()) {
        dialogue.say(&format!("{} needs an endpoint such as {}", provider.name, provider.example));
    }
    while store.url.is_none() && store.provider.is_none_or(|provider| provider.endpoint.is_none()) {
        let answer = dialogue.ask("Where is the store? Its URL, or the provider")?;
        match (Whereabouts::parse(&answer, own), dialogue.with()) {
            (Ok(place), _) => store = store.at(place, own),
            (Err(why), Whom::Person) => dialogue.say(&why),
            (Err(why), Whom::Lines) => bail!(why),
        }
    }
    if store.is_open() {
        let yes =
            dialogue.with() == Whom::Person && dialogue.ask(&format!("{OPEN_HTTP} [y/N]"))?.eq_ignore_ascii_case("y");
        if !yes {
            bail!("plain HTTP would show names and links to the network: nothing was written");
        }
        store.plain_http = PlainHttp::Anywhere;
    }
    Ok(store)
}

/// Its key, with what there is to know about making one.
fn key(asked: &StoreAddArguments, store: &mut NewStore, dialogue: &mut Dialogue) -> anyhow::Result<()> {
    for line in store.advice() {
        dialogue.say(&line);
    }
    let may_be_without = store.may_be_without_key();
    let question = match may_be_without {
        true => "Access key id (Enter: whatever the AWS tools use here, such as the role of a cloud instance)",
        false => "Access key id",
    };
    let id = match &asked.access_key_id {
        Some(id) => id.clone(),
        None => answer(dialogue, question, may_be_without)?,
    };
    if id.is_empty() {
        return Ok(());
    }
    let mut key = NewKey { id, ..NewKey::default() };
    while asked.secret_command.is_none() && key.secret.expose_secret().is_empty() {
        key.secret = dialogue.secret("Secret key (not shown)")?;
        match (key.secret.expose_secret().is_empty(), dialogue.with()) {
            (false, _) => {}
            (true, Whom::Person) => dialogue.say(NO_SECRET),
            (true, Whom::Lines) => bail!("{NO_SECRET}: the line for it is empty"),
        }
    }
    store.key = Some(key);
    Ok(())
}

/// An answer that is not empty, unless it may be.
fn answer(dialogue: &mut Dialogue, question: &str, may_be_empty: bool) -> anyhow::Result<String> {
    loop {
        let answer = dialogue.ask(question)?;
        match dialogue.with() {
            _ if may_be_empty || !answer.is_empty() => return Ok(answer),
            Whom::Person => dialogue.say("write something, or press Ctrl-C to leave"),
            Whom::Lines => bail!("the answer to “{question}” is empty"),
        }
    }
}

/// Its region, where neither the URL nor the key nor the provider tells it.
fn region(store: &mut NewStore, dialogue: &mut Dialogue) -> anyhow::Result<()> {
    while let Some(error) = store.wants_region() {
        dialogue.say(&error.to_string());
        if dialogue.with() == Whom::Lines {
            bail!("{error}: name it with --region");
        }
        let known = store.regions();
        if !known.is_empty() {
            dialogue.say(&known);
        }
        store.region = Some(answer(dialogue, "Region", false)?);
    }
    provider::resolve(&store.given())?;
    Ok(())
}

/// Asks the store once, for as little as shows that the key works. A key that may not list buckets is asked for its bucket.
fn tried(
    asked: &StoreAddArguments,
    store: &mut NewStore,
    usual: Common,
    dialogue: &mut Dialogue,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    loop {
        if let Some(why) = keys::fault_of(store) {
            match dialogue.with() {
                Whom::Person => dialogue.say(&why),
                Whom::Lines => complain(&why),
            }
        }
        dialogue.say("Trying it …");
        let spec = spec_of(&as_store(store, asked.secret_command.as_ref()), usual);
        let failure = match runtime.block_on(answers(store.opens_at(), &spec)) {
            Ok(Tried { words, start }) => {
                store.start = start.or_else(|| store.start.take());
                dialogue.say(&words);
                return Ok(());
            }
            Err(failure) if dialogue.with() == Whom::Lines => {
                return Err(anyhow!(failure).context("nothing was written"));
            }
            Err(failure) => failure,
        };
        dialogue.say(&failure.to_string());
        if failure.kind == FailureKind::Forbidden && store.opens_at().is_none() {
            dialogue.say("The key may be good all the same: many are for one bucket, or one prefix in it.");
            let place = dialogue.ask("Which one? bucket, or bucket/prefix (Enter: neither)")?;
            match Location::parse(&place) {
                Ok(place @ Location::Prefix { .. }) => {
                    store.start = Some(place);
                    continue;
                }
                Ok(Location::Buckets) => {}
                Err(error) => dialogue.say(&error.to_string()),
            }
        }
        match dialogue.ask("a: type the key again, w: write it all the same, Enter: stop")?.as_str() {
            "a" => key(&StoreAddArguments { access_key_id: None, ..asked.clone() }, store, dialogue)?,
            "w" => return Ok(()),
            _ => bail!("nothing was written"),
        }
    }
}

/// What the store says to the least question. A key that is limited to a prefix may list `a/` and not `a`: then the store opens
/// there.
pub(super) async fn answers(place: Option<&Location>, spec: &StoreSpec) -> Result<Tried, Failure> {
    let world = open_headless(&doctor::impatient(spec.clone()), ledger(None), Arc::new(NoMemory)).await?;
    let listed = async |place: &Location| {
        let Location::Prefix { bucket, prefix } = place.clone() else { return Ok(()) };
        let (depth, etags) = (Depth::Level, EntityTags::Dropped);
        let request = KeysRequest { bucket, prefix, depth, from: Resume::Start, max_keys: 1, etags };
        world.store.keys(&request).await.map(|_| ())
    };
    let Some(place @ Location::Prefix { .. }) = place else {
        let buckets = world.store.buckets().await?.buckets.len();
        let noun = if buckets == 1 { "bucket" } else { "buckets" };
        return Ok(Tried { words: format!("It works: the key sees {} {noun}.", count(buckets)), start: None });
    };
    let start = match listed(place).await {
        Ok(()) => None,
        Err(refusal) => {
            let closed = place.closed(&refusal).ok_or(refusal)?;
            listed(&closed).await?;
            Some(closed)
        }
    };
    Ok(Tried { words: "It works: the key may list what lies there.".to_owned(), start })
}

/// What it is called here: what a person says, else as its provider or host is.
fn name(store: &NewStore, is_taken: impl Fn(&str) -> bool, dialogue: &mut Dialogue) -> anyhow::Result<String> {
    let free = store.free_name(&is_taken);
    if dialogue.with() == Whom::Lines {
        return Ok(free);
    }
    loop {
        let answer = dialogue.ask(&format!("Name [{free}]"))?;
        match answer.as_str() {
            "" => return Ok(free),
            name if is_taken(name) => dialogue.say(&taken(name)),
            _ => return Ok(answer),
        }
    }
}

/// The store as the settings have it.
pub(super) fn as_store(store: &NewStore, secret_command: Option<&CommandLine>) -> Store {
    let key = store.key.as_ref();
    let secret = key.map(|key| &key.secret).filter(|secret| !secret.expose_secret().is_empty());
    Store {
        name: store.name.clone(),
        provider: store.provider,
        endpoint: store.url.as_ref().map(|url| url.endpoint.clone().into()),
        region: store.region.clone(),
        access_key_id: key.map(|key| key.id.clone()),
        secret_access_key: secret.cloned(),
        secret_command: secret_command.filter(|_| key.is_some()).cloned(),
        start: store.opens_at().cloned(),
        allow_http: store.plain_http == PlainHttp::Anywhere,
        ..Store::default()
    }
}

/// Adds the store behind what is there, of which nothing is changed.
pub(super) fn write(file: &Path, store: &Store) -> anyhow::Result<()> {
    let unwritten = || format!("cannot write {}", file.display());
    let mut text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(unwritten),
    };
    if !text.is_empty() {
        text += if text.ends_with('\n') { "\n" } else { "\n\n" };
    }
    text += &as_toml(store);
    let read = load::fold(file, text.as_bytes(), [], Vec::new()).with_context(unwritten)?;
    if let Some(broken) = read.settings.broken_stores.iter().find(|broken| broken.name == store.name) {
        return Err(anyhow!("{broken}").context(unwritten()));
    }
    replace_behind_links(file, text.as_bytes()).with_context(unwritten)
}

fn as_toml(store: &Store) -> String {
    let text = |key: &'static str, value: Option<&str>| Some((key, Value::from(value?)));
    let words = store.secret_command.as_ref().map(|CommandLine { program, arguments }| {
        Value::from(std::iter::once(program).chain(arguments).cloned().collect::<Vec<String>>())
    });
    let start = store.opens_at().map(ToString::to_string);
    let endpoint = store.endpoint.as_ref().map(|url| url.endpoint.to_string());
    let rows = [
        text("name", Some(&store.name)),
        text("provider", store.provider.map(|provider| provider.id.as_str())),
        text("endpoint", endpoint.as_deref()),
        text("region", store.region.as_deref()),
        text("access_key_id", store.access_key_id.as_deref()),
        text("secret_access_key", store.secret_access_key.as_ref().map(|secret| secret.expose_secret())),
        words.map(|words| ("secret_command", words)),
        text("start", start.as_deref()),
        store.allow_http.then(|| ("allow_http", Value::from(true))),
    ];
    let rows = rows.into_iter().flatten().map(|(key, value)| format!("{key} = {value}\n"));
    std::iter::once("[[store]]\n".to_owned()).chain(rows).collect()
}

//! The command line: arguments in, exit code out. What is asked for becomes a plan before anything is done.

mod arguments;
mod browse;
mod completions;
mod demo_server;
mod dialogue;
mod doctor;
mod du;
mod inspect;
mod ledger;
mod ls;
mod man;
mod person;
mod presign;
mod store;
mod stores;
mod ticker;

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap_complete::Shell;

use self::arguments::{Arguments, Ask, ConfigAsk, StoreAsk};
use self::demo_server::DemoServerPlan;
use self::doctor::DoctorPlan;
use self::du::DuPlan;
use self::inspect::{Depth, InspectPlan, Output};
use self::ledger::LedgerPlan;
use self::ls::LsPlan;
use self::presign::PresignPlan;
use self::stores::{StoreAddArguments, StoreAddPlan, StoreListOutput, StoreListPlan};
use crate::s3::location::Location;
use crate::s3::store::{Found, StoreId};
use crate::s3::store_url::Destination;
use crate::settings::load::{self, Override, SettingsFile};
use crate::settings::paths::Paths;
use crate::settings::plan::{Beginning, BrowsePlan, OpenStore};

/// The settings file to start from, with every setting at its default.
const EXAMPLE: &str = include_str!("../../config.example.toml");

const UNWRITTEN: &str = "cannot write to standard output";

type Environment = Vec<(OsString, OsString)>;

/// What is to be done.
enum Plan {
    /// Browse a store.
    Browse(Box<BrowsePlan>, Environment),
    /// Make links without a screen.
    Presign(Box<PresignPlan>),
    /// List.
    Ls(Box<LsPlan>),
    /// Add up.
    Du(Box<DuPlan>),
    /// Run the embedded store by itself.
    DemoServer(DemoServerPlan),
    /// Show the ledger.
    Ledger(LedgerPlan),
    /// Inspect a link.
    Inspect(InspectPlan),
    /// Look at a store.
    Doctor(Box<DoctorPlan>),
    /// Show the stores.
    StoreList(Box<StoreListPlan>),
    /// Add a store to the settings.
    StoreAdd(Box<StoreAddPlan>),
    /// Print the completions for a shell.
    Completions(Shell),
    /// Print the man page.
    Man,
    /// Print a text.
    Print(String),
}

/// Does what the arguments ask for.
///
/// Exit codes: 0 it went well, 1 it failed, 2 the arguments make no sense, 3 an inspected link is bad or the doctor found a fault, 128 and its number
/// where a signal ended it.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> ExitCode {
    let done = parse(arguments)
        .map_err(anyhow::Error::from)
        .and_then(|arguments| plan(arguments, environment.into_iter().collect()))
        .and_then(carry_out);
    let error = match done {
        Ok(code) => return code,
        Err(error) => error,
    };
    if let Some(usage) = error.downcast_ref::<clap::Error>() {
        // Help and version arrive here as well. Where they cannot be printed there is nobody to tell.
        let _ = usage.print();
        return u8::try_from(usage.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
    }
    if is_broken_pipe(&error) {
        // Whoever read our output has seen enough.
        return ExitCode::SUCCESS;
    }
    let _ = writeln!(io::stderr(), "daypass: {error:#}");
    ExitCode::FAILURE
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(arguments).map_err(|mut error| {
        // After a flag, clap takes the command for a location, and complains of what follows.
        if error.kind() == ErrorKind::ArgumentConflict && error.get(ContextKind::InvalidSubcommand).is_some() {
            let tip = "the flags of a command come after it: daypass presign --profile support …";
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
        }
        error
    })
}

fn carry_out(plan: Plan) -> anyhow::Result<ExitCode> {
    match plan {
        Plan::Browse(plan, environment) => return browse::run(*plan, environment),
        Plan::Presign(plan) => return presign::run(*plan),
        Plan::Ls(plan) => return ls::run(&plan),
        Plan::Du(plan) => return du::run(&plan),
        Plan::DemoServer(plan) => demo_server::run(&plan)?,
        Plan::Ledger(plan) => ledger::run(&plan)?,
        Plan::Inspect(plan) => return inspect::run(&plan),
        Plan::Doctor(plan) => return doctor::run(&plan),
        Plan::StoreList(plan) => return stores::run(&plan),
        Plan::StoreAdd(plan) => return stores::run_add(&plan),
        Plan::Completions(shell) => print(completions::script(shell).as_bytes())?,
        Plan::Man => print(&man::page()?)?,
        Plan::Print(text) => print(text.as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn plan(mut arguments: Arguments, environment: Environment) -> anyhow::Result<Plan> {
    let paths = Paths::of_user();
    match arguments.ask.take() {
        None => plan_start(arguments, environment, paths),
        Some(Ask::Presign(asked)) => {
            presign::plan(*asked, &environment, paths.as_ref()).map(Box::new).map(Plan::Presign)
        }
        Some(Ask::Ls(asked)) => ls::plan(*asked, &environment, paths.as_ref()).map(Box::new).map(Plan::Ls),
        Some(Ask::Du(asked)) => du::plan(*asked, &environment, paths.as_ref()).map(Box::new).map(Plan::Du),
        Some(Ask::DemoServer { port, latency, key, bucket_region }) => {
            Ok(Plan::DemoServer(DemoServerPlan { port, latency, key, moved: bucket_region }))
        }
        Some(Ask::Ledger(asked)) => {
            let file = match asked.file.clone() {
                Some(file) => file,
                None => {
                    let file = store::settings_file(asked.config.as_ref(), paths.as_ref());
                    let loaded = load::load(&file, environment, Vec::new())?;
                    store::ledger_file(&loaded.settings, paths.as_ref())
                }
            };
            Ok(Plan::Ledger(LedgerPlan { file, asked }))
        }
        Some(Ask::Inspect { link, live, json, config }) => {
            let output = if json { Output::Json } else { Output::Lines };
            let depth = if live { Depth::Live } else { Depth::Offline };
            let file = store::settings_file(config.as_ref(), paths.as_ref());
            let settings = load::load(&file, environment, Vec::new());
            Ok(Plan::Inspect(InspectPlan::new(link, depth, output, settings.map(|loaded| loaded.settings))))
        }
        Some(Ask::Doctor(asked)) => doctor::plan(*asked, &environment, paths.as_ref()).map(Box::new).map(Plan::Doctor),
        Some(Ask::Store { what: StoreAsk::List { json, names, store } }) => {
            let output = match (json, names) {
                (_, Some(of)) => StoreListOutput::Names(of),
                (true, None) => StoreListOutput::Json,
                (false, None) => StoreListOutput::Lines,
            };
            stores::plan(*store, output, environment, paths.as_ref()).map(Box::new).map(Plan::StoreList)
        }
        Some(Ask::Store { what: StoreAsk::Add(asked) }) => {
            let file = store::settings_file(asked.config.as_ref(), paths.as_ref());
            plan_adding(*asked, file, environment).map(Box::new).map(Plan::StoreAdd)
        }
        Some(Ask::Completions { shell }) => Ok(Plan::Completions(shell)),
        Some(Ask::Man) => Ok(Plan::Man),
        Some(Ask::Config { what: ConfigAsk::Example }) => Ok(Plan::Print(EXAMPLE.to_owned())),
        Some(Ask::Config { what: ConfigAsk::Path }) => {
            let paths = paths.context("there is no home directory, so there is no place for settings: set HOME")?;
            Ok(Plan::Print(format!("{}\n", paths.config_file.display())))
        }
    }
}

/// Browses; somebody who starts daypass for the first time adds a store before.
fn plan_start(arguments: Arguments, environment: Environment, paths: Option<Paths>) -> anyhow::Result<Plan> {
    let said = &arguments.store;
    let described = said.profile.is_some() || said.endpoint_url.is_some() || said.provider.is_some();
    let silent = !arguments.demo && !described && arguments.location.is_none();
    let person = io::stdin().is_terminal() && io::stderr().is_terminal();
    let mut plan = plan_browsing(arguments, &environment, paths)?;
    if silent && person && stores::none_is_known(&plan.settings, &environment)? {
        plan.begins = Beginning::NewStore;
    }
    Ok(Plan::Browse(Box::new(plan), environment))
}

fn plan_adding(asked: StoreAddArguments, file: SettingsFile, environment: Environment) -> anyhow::Result<StoreAddPlan> {
    // A file that is to be written need not be there.
    let path = store::named_settings_file(&file);
    let path = path.context("there is no home directory, so there is no place for settings: set HOME")?;
    let loaded = load::load(&SettingsFile::Usual(path.clone()), environment, Vec::new())?;
    Ok(StoreAddPlan { asked, settings: loaded.settings, file: path })
}

fn plan_browsing(
    mut arguments: Arguments,
    environment: &Environment,
    paths: Option<Paths>,
) -> anyhow::Result<BrowsePlan> {
    let (no_color, term) = (variable(environment, "NO_COLOR"), variable(environment, "TERM"));
    let mut loaded = store::settings(&arguments.store, environment, paths.as_ref(), overrides(&arguments))?;
    let place = match arguments.location.take() {
        Some(Destination::Url(_)) if arguments.demo => {
            return Err(arguments::nonsense(None, "--demo opens a store of its own: write s3://bucket/prefix").into());
        }
        destination => store::led_to(destination, &mut arguments.store, &mut loaded.settings)
            .map_err(|why| arguments::nonsense(None, why))?,
    };
    let (store, store_id, start) = if arguments.demo {
        (OpenStore::Demo, StoreId { name: "demo".to_owned(), found: Found::Demo }, None)
    } else {
        let chosen = store::opening(&arguments.store, &loaded.settings, environment);
        let (chosen, id) = chosen.map_err(|unchosen| unchosen.of(None))?;
        let start = chosen.opens_at().cloned();
        (OpenStore::Named(Box::new(chosen)), id, start)
    };
    let settings_file = store::settings_file(arguments.store.config.as_ref(), paths.as_ref());
    Ok(BrowsePlan {
        store,
        store_id,
        begins: Beginning::Store,
        location: place.or(start).unwrap_or(Location::Buckets),
        colors: loaded.settings.look.colors.wants_colors(no_color, term),
        log_file: store::log_file(&loaded.settings, paths.as_ref()),
        ledger_file: loaded.settings.ledger.enabled.then(|| store::ledger_file(&loaded.settings, paths.as_ref())),
        state_dir: paths.map(|paths| paths.state_dir),
        keymap: loaded.keymap(),
        message_zone: loaded.message_zone,
        settings_file,
        settings: loaded.settings,
        warnings: loaded.warnings,
    })
}

/// The flags of browsing that are settings for one run.
fn overrides(arguments: &Arguments) -> Vec<Override> {
    let said = |yes: bool, value: &str| yes.then(|| value.to_owned());
    let lifetime = arguments.expires_in.map(|expiry| expiry.to_string());
    [
        ("--expires-in", "links.get_expires_in", lifetime.clone()),
        ("--expires-in", "links.put_expires_in", lifetime),
        ("--clipboard", "clipboard", arguments.clipboard.clone()),
        ("--no-mouse", "look.mouse", said(arguments.no_mouse, "false")),
        ("--ascii", "look.ascii", said(arguments.ascii, "true")),
        ("--color", "look.colors", arguments.color.clone()),
    ]
    .into_iter()
    .filter_map(|(flag, key, value)| Some(Override::flag(flag, key, value?)))
    .collect()
}

fn print(text: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text).and_then(|()| stdout.flush()).context(UNWRITTEN)
}

/// Says on standard error what holds nothing up. Where it cannot be said there is nobody to tell.
fn complain(about: &dyn Display) {
    let _ = writeln!(io::stderr(), "daypass: {about}");
}

/// A variable that is set to something that can be read.
fn variable<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
    let (_, value) = environment.iter().find(|(known, _)| known == name)?;
    value.to_str().filter(|value| !value.is_empty())
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.root_cause().downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::settings::types::Store;

    const STORES: &str = "
        [[store]]
        name = 'b2'
        provider = 'b2'
        region = 'us-west-004'
        access_key_id = 'id'
        secret_access_key = 'secret'
        start = 'invoices/2026'
    ";

    fn planned(settings: &str, line: &str, environment: &[(&str, &str)]) -> anyhow::Result<BrowsePlan> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), settings).unwrap();
        let words = ["daypass", "--config", file.path().to_str().unwrap()].into_iter().chain(line.split_whitespace());
        let environment = environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
        match plan(Arguments::try_parse_from(words)?, environment)? {
            Plan::Browse(plan, _) => Ok(*plan),
            Plan::Presign(_)
            | Plan::Ls(_)
            | Plan::Du(_)
            | Plan::DemoServer(_)
            | Plan::Inspect(_)
            | Plan::Ledger(_)
            | Plan::Doctor(_)
            | Plan::StoreList(_)
            | Plan::StoreAdd(_)
            | Plan::Completions(_)
            | Plan::Man
            | Plan::Print(_) => {
                panic!("{line} does not browse")
            }
        }
    }

    fn store(settings: &str, line: &str) -> Store {
        match planned(settings, line, &[]).unwrap().store {
            OpenStore::Named(store) => *store,
            OpenStore::Demo => panic!("{line} opens the demo store"),
        }
    }

    #[test]
    fn the_only_store_opens_where_it_starts_unless_a_place_is_given() {
        assert_eq!(store(STORES, "").name, "b2");
        assert_eq!(planned(STORES, "", &[]).unwrap().location.to_string(), "s3://invoices/2026");
        assert_eq!(planned(STORES, "s3://other/", &[]).unwrap().location.to_string(), "s3://other/");
    }

    #[test]
    fn a_store_described_by_flags_takes_nothing_from_the_settings() {
        let described = store(STORES, "--profile support --endpoint-url http://127.0.0.1:9000 --path-style");
        assert_eq!(described.profile.as_deref(), Some("support"));
        assert!(described.access_key_id.is_none() && described.region.is_none() && described.start.is_none());
    }

    #[test]
    fn the_store_that_opens_is_one_of_all_stores() {
        let id = |settings: &str, line: &str, environment: &[(&str, &str)]| {
            let StoreId { name, found } = planned(settings, line, environment).unwrap().store_id;
            (name, found)
        };
        let named = |name: &str, found| (name.to_owned(), found);
        assert_eq!(id(STORES, "", &[]), named("b2", Found::Settings));
        assert_eq!(id(STORES, "--profile support --region x", &[]), named("support", Found::Profile));
        assert_eq!(id(STORES, "--endpoint-url http://127.0.0.1:9000", &[]), named("127.0.0.1:9000", Found::Flags));
        assert_eq!(id("", "", &[("AWS_PROFILE", "support")]), named("support", Found::Profile));
        assert_eq!(id("", "", &[]), named("default", Found::Profile));
        assert_eq!(id("", "", &[("B2_KEY_ID", "004x"), ("B2_KEY", "y")]), named("b2", Found::Variables));
        assert_eq!(id(STORES, "--demo", &[]), named("demo", Found::Demo));
    }

    #[test]
    fn region_and_path_style_adjust_the_store_that_opens() {
        let adjusted = store(STORES, "--region us-east-005 --path-style");
        assert_eq!((adjusted.name.as_str(), adjusted.region.as_deref()), ("b2", Some("us-east-005")));
        assert!(adjusted.addressing.is_some() && adjusted.access_key_id.is_some());
    }

    #[test]
    fn a_url_opens_the_store_of_the_settings_that_answers_there_else_the_one_it_describes() {
        let url = "https://s3.us-west-004.backblazeb2.com/other/x%20y";
        assert_eq!(store(STORES, url).name, "b2");
        assert_eq!(planned(STORES, url, &[]).unwrap().location.to_string(), "s3://other/x y");
        assert_eq!(
            planned(STORES, "https://s3.us-west-004.backblazeb2.com", &[]).unwrap().location.to_string(),
            "s3://invoices/2026"
        );
        let elsewhere = store(STORES, "https://logs.s3.eu-west-1.amazonaws.com/x");
        assert!(elsewhere.name.is_empty() && elsewhere.access_key_id.is_none());
        assert_eq!(elsewhere.base().unwrap().to_string(), "https://s3.eu-west-1.amazonaws.com");
        assert_eq!(store(STORES, &format!("--profile ops {url}")).profile.as_deref(), Some("ops"));
        for line in ["--store b2", "--endpoint-url https://x", "--demo"] {
            assert!(planned(STORES, &format!("{line} {url}"), &[]).is_err(), "{line}");
        }
    }

    #[test]
    fn an_endpoint_with_a_place_says_where_to_start() {
        let flag = planned("", "--endpoint-url https://s3.eu-west-1.amazonaws.com/b/x/", &[]).unwrap();
        assert_eq!(flag.location.to_string(), "s3://b/x/");
        let file = "[[store]]\nname = 'x'\nendpoint = 'https://b.s3.eu-west-1.amazonaws.com/x/'";
        assert_eq!(planned(file, "", &[]).unwrap().location.to_string(), "s3://b/x/");
    }

    #[test]
    fn the_demo_store_opens_whatever_the_settings_hold() {
        let plan = planned(STORES, "--demo", &[]).unwrap();
        assert!(matches!(plan.store, OpenStore::Demo));
        assert_eq!(plan.location, Location::Buckets);
    }

    #[test]
    fn every_flag_of_a_setting_reaches_it() {
        let line = "--expires-in 2h --clipboard osc52 --no-mouse --ascii --color always --log ~/x.log";
        let plan = planned("", line, &[("NO_COLOR", "1")]).unwrap();
        let settings = &plan.settings;
        assert_eq!(settings.links.get_expires_in.to_string(), "2h");
        assert_eq!(settings.links.put_expires_in.to_string(), "2h");
        assert_eq!(settings.clipboard.word(), "osc52");
        assert!(!settings.look.mouse && settings.look.ascii && plan.colors);
        assert!(plan.log_file.is_some_and(|file| file.ends_with("x.log") && !file.starts_with("~")));
    }

    #[test]
    fn links_are_noted_where_the_settings_say_unless_they_say_not_at_all() {
        let noted_in = |settings| planned(settings, "", &[]).unwrap().ledger_file;
        assert!(noted_in("").is_some_and(|file| file.ends_with("daypass/ledger.jsonl")));
        assert_eq!(noted_in("[ledger]\nfile = '/x/links'"), Some(PathBuf::from("/x/links")));
        assert_eq!(noted_in("[ledger]\nenabled = false"), None);
    }

    #[test]
    fn the_terminal_decides_on_colours_unless_told() {
        assert!(planned("", "", &[("TERM", "xterm")]).unwrap().colors);
        assert!(!planned("", "", &[("NO_COLOR", "1")]).unwrap().colors);
        assert!(!planned("", "", &[("TERM", "dumb")]).unwrap().colors);
        assert!(!planned("", "--color never", &[]).unwrap().colors);
    }
}

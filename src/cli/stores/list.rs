//! `daypass store list`: every store that can be opened, where it was found, and which of them opens by itself.

use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use super::{Known, Origin, Stores, find};
use crate::cli::arguments::{NamesOf, StoreArguments};
use crate::cli::{Environment, complain, print, store};
use crate::s3::text::visible;
use crate::settings::load::{Loaded, SettingsWarning};
use crate::settings::paths::Paths;
use crate::settings::types::Settings;
use crate::view::text::{pad_end, width};
use crate::world::profiles::profiles;

/// What is to be listed, and how.
pub(in crate::cli) struct StoreListPlan {
    flags: StoreArguments,
    settings: Settings,
    environment: Environment,
    output: StoreListOutput,
}

/// How the stores are printed.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) enum StoreListOutput {
    /// For people.
    Lines,
    /// For scripts.
    Json,
    /// Only what they are called, a line each, for what completes a command line.
    Names(NamesOf),
}

/// Reads the settings.
pub(in crate::cli) fn plan(
    flags: StoreArguments,
    output: StoreListOutput,
    environment: Environment,
    paths: Option<&Paths>,
) -> anyhow::Result<StoreListPlan> {
    let Loaded { settings, warnings, .. } = store::settings(&flags, &environment, paths, [])?;
    // What is broken is in the list.
    let others = warnings.iter().filter(|warning| !matches!(warning, SettingsWarning::BrokenStore(_)));
    others.for_each(|warning| complain(warning));
    Ok(StoreListPlan { flags, settings, environment, output })
}

/// Prints the stores. Asks nobody.
pub(in crate::cli) fn run(plan: &StoreListPlan) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    if let StoreListOutput::Names(of) = plan.output {
        print(runtime.block_on(names(of, &plan.settings)).as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    // Flags that make no sense describe no store; whoever opens one says so.
    let of_flags = store::described(&plan.flags, &plan.settings).ok().flatten();
    let stores = runtime.block_on(find(of_flags, &plan.settings, &plan.environment));
    if let Some(failure) = &stores.unread {
        complain(failure);
    }
    match plan.output {
        StoreListOutput::Names(_) => {}
        StoreListOutput::Json => print(as_json(&stores)?.as_bytes())?,
        StoreListOutput::Lines if stores.known.is_empty() => {
            complain(
                &"no store is known: no [[store]] in config.toml, no profile in ~/.aws, no keys in variables; daypass store \
                  add asks for one",
            );
        }
        StoreListOutput::Lines => print(as_table(&stores).as_bytes())?,
    }
    Ok(match stores.unread {
        Some(_) => ExitCode::FAILURE,
        None => ExitCode::SUCCESS,
    })
}

/// What they are called, a line each; none that a line cannot hold. Files that cannot be read hold no name.
async fn names(of: NamesOf, settings: &Settings) -> String {
    let names: Vec<String> = match of {
        NamesOf::Settings => settings.store_names().map(str::to_owned).collect(),
        NamesOf::Profiles => profiles().await.unwrap_or_default().into_iter().map(|profile| profile.name).collect(),
    };
    names.into_iter().filter(|name| !name.contains(char::is_control)).map(|name| name + "\n").collect()
}

/// One object a line.
fn as_json(stores: &Stores) -> anyhow::Result<String> {
    let mut text = String::new();
    for (index, Known { store, origin, place, insecure }) in stores.known.iter().enumerate() {
        let found = match origin {
            Origin::Flags => "flags",
            Origin::Settings => "settings",
            Origin::Variables(_) => "variables",
            Origin::Profile(_) => "profile",
        };
        let mut row = json!({ "name": store.name, "from": found, "opens": stores.opening == Some(index) });
        if let Some(row) = row.as_object_mut() {
            let mut add = |key: &str, value: serde_json::Value| row.insert(key.to_owned(), value);
            match origin {
                Origin::Variables(names) => add("variables", json!(names)),
                Origin::Profile(keys) => add("credentials", json!(keys.word())),
                Origin::Flags | Origin::Settings => None,
            };
            match place {
                Ok(place) => {
                    add("provider", json!(place.provider.id));
                    add("endpoint", json!(place.address.endpoint.to_string()));
                    add("region", json!(place.address.region));
                }
                Err(failure) => drop(add("error", json!(failure.why))),
            }
            if let Some(insecure) = insecure {
                add("insecure", json!(insecure.mark()));
            }
            if let Some(start) = &store.opens_at() {
                add("start", json!(start.to_string()));
            }
        }
        text += &serde_json::to_string(&row)?;
        text.push('\n');
    }
    Ok(text)
}

/// For people: `*` before the one that opens; below it, why some of them cannot be opened.
fn as_table(stores: &Stores) -> String {
    let heads = ["  NAME", "PROVIDER", "ENDPOINT", "REGION", "FROM"].map(str::to_owned);
    let rows = stores.known.iter().enumerate().map(|(index, Known { store, origin, place, insecure })| {
        let sign = if stores.opening == Some(index) { "*" } else { " " };
        let (provider, endpoint, region) = match place {
            Ok(place) => {
                let address = &place.address;
                let mark = insecure.map_or_else(String::new, |insecure| format!(" ({})", insecure.mark()));
                (place.provider.name.clone(), format!("{}{mark}", address.endpoint), address.region.clone())
            }
            Err(_) => ("not set up".to_owned(), String::new(), String::new()),
        };
        [format!("{sign} {}", visible(&store.name)), provider, endpoint, region, origin.to_string()]
    });
    let table: Vec<[String; 5]> = std::iter::once(heads).chain(rows).collect();
    let wide = |column: usize| table.iter().filter_map(|row| Some(width(row.get(column)?))).max().unwrap_or_default();
    let widths: Vec<usize> = (0..4).map(wide).collect();
    let line = |[first, middle @ .., last]: &[String; 5]| {
        let cells = std::iter::once(first).chain(middle).zip(&widths).map(|(cell, width)| pad_end(cell, *width) + "  ");
        cells.collect::<String>() + last + "\n"
    };
    let opening = stores.opening.map(|_| "* opens where no other is asked for".to_owned());
    let troubles = stores.known.iter().filter_map(|Known { store, place, .. }| {
        let failure = place.as_ref().err()?;
        Some(format!("{}: {}", visible(&store.name), visible(&failure.why)))
    });
    let remarks: Vec<String> = opening.into_iter().chain(troubles).map(|line| line + "\n").collect();
    let gap = if remarks.is_empty() { "" } else { "\n" };
    table.iter().map(line).collect::<String>() + gap + &remarks.concat()
}

//! `daypass du`: how much lies below a prefix, by its children, by storage class or by age. It only lists.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use futures::StreamExt;
use jiff::Timestamp;
use serde::Serialize;

use super::Environment;
use super::arguments::{StoreArguments, nonsense, table};
use super::ls::PaceArguments;
use super::store::{self, Headless};
use super::ticker::Ticker;
use crate::s3::inventory::place_of_inventories;
use crate::s3::location::Location;
use crate::s3::name::{BucketName, Prefix};
use crate::s3::size::{count, shown as size};
use crate::s3::store_url::Destination;
use crate::s3::text::visible;
use crate::s3::usage::{By, Counts, Levels, Tally, Usage};
use crate::settings::paths::Paths;
use crate::view::text::pad_start;
use crate::world::World;
use crate::world::usage::{self, Place, Source, inventory_of};

/// Lines to copy, with what they do.
const EXAMPLES: &[(&str, &str)] = &[
    ("daypass du s3://bucket/", "how much lies in a bucket, by its folders"),
    ("daypass du s3://bucket/logs/ --by age", "how old it is"),
    ("daypass du s3://bucket/ --versions --by version", "how much is kept of what was replaced or deleted"),
    ("daypass du s3://bucket/ --inventory", "billions of objects, from what the store wrote down itself"),
    ("daypass du s3://bucket/ --by class --json", "what it is stored as, for scripts"),
];

/// What is to be added up.
#[derive(Args, Clone, Debug)]
#[command(after_help = table("Examples:", EXAMPLES))]
pub(super) struct DuArguments {
    /// What to add up: s3://bucket/prefix or bucket/prefix
    #[arg(value_name = "LOCATION", value_parser = Destination::parse)]
    pub location: Destination,

    /// What the totals are told apart by
    #[arg(long, value_name = "WHAT", default_value = "child", value_parser = by())]
    pub by: By,

    /// Count all versions and delete markers, not only what keys answer with now
    ///
    /// A store names versions one page after the other, so this takes one request at a time.
    #[arg(long)]
    pub versions: bool,

    /// Count from the newest S3 Inventory of the bucket, without listing it
    ///
    /// Read where LOCATION says, a folder with dated ones, or where the settings of the store say. The files have to be CSV or
    /// Parquet, of which only the columns are fetched that count; ORC is not read. Of when it is, is told with the totals.
    #[arg(long, value_name = "LOCATION", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = place_of_inventories)]
    pub inventory: Option<Location>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub pace: PaceArguments,

    #[command(flatten)]
    pub store: StoreArguments,
}

/// Totals to be made, with every choice made.
pub(super) struct DuPlan {
    asked: DuArguments,
    bucket: BucketName,
    prefix: Prefix,
    store: Headless,
}

/// What is to be done, from the arguments and the settings.
pub(super) fn plan(asked: DuArguments, environment: &Environment, paths: Option<&Paths>) -> anyhow::Result<DuPlan> {
    let store = store::headless(Some(asked.location.clone()), &asked.store, environment, paths, "du")?;
    let Some(Location::Prefix { bucket, prefix }) = store.start().cloned() else {
        return Err(nonsense(Some("du"), "name a bucket: s3://bucket/prefix").into());
    };
    Ok(DuPlan { asked, bucket, prefix, store })
}

/// Adds up and prints. While it goes on, a terminal on standard error shows how far it is.
pub(super) fn run(plan: &DuPlan) -> anyhow::Result<ExitCode> {
    let DuPlan { asked, bucket, prefix, store } = plan;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let world = runtime.block_on(store.open())?;
    let count = |prefix: &Prefix| {
        let mut ticker = Ticker::new();
        let added = runtime.block_on(added_up(asked, &world, bucket, prefix, &mut ticker));
        ticker.clear();
        added
    };
    let place = Location::Prefix { bucket: bucket.clone(), prefix: prefix.clone() };
    let added = count(prefix).or_else(|error| match store::instead(&place, &error) {
        Some(Location::Prefix { prefix, .. }) => count(&prefix),
        Some(Location::Buckets) | None => Err(error),
    });
    let Added { usage, prefix, as_of } = added?;
    let text = match asked.json {
        true => json(&usage, asked.by, bucket, &prefix, as_of)?,
        false => lines(&usage, asked.by, if io::stdout().is_terminal() { Audience::Person } else { Audience::Program }),
    };
    super::print(text.as_bytes())?;
    if let Some(at) = as_of.filter(|_| !asked.json) {
        // Where nobody sees it, it is not needed.
        let _ = writeln!(io::stderr(), "from the inventory of {at:.0}");
    }
    Ok(ExitCode::SUCCESS)
}

/// What was added up.
struct Added {
    usage: Usage,
    /// Below which prefix.
    prefix: Prefix,
    /// When the inventory was begun that it is from, if it is from one.
    as_of: Option<Timestamp>,
}

async fn added_up(
    asked: &DuArguments,
    world: &World,
    bucket: &BucketName,
    prefix: &Prefix,
    ticker: &mut Ticker,
) -> anyhow::Result<Added> {
    let counts = if asked.versions { Counts::Versions } else { Counts::Objects };
    let place = Place { bucket: bucket.clone(), prefix: prefix.clone(), counts };
    let levels = if asked.by == By::Child { Levels::One } else { Levels::None };
    let mut usage = Usage::new(prefix.as_str(), levels, world.clock.now());
    let source = match asked.inventory.clone() {
        None => Source::Listing,
        Some(Location::Buckets) => inventory_of(world, bucket, world.inventories.get(bucket)).await?,
        Some(named) => inventory_of(world, bucket, Some(&named)).await?,
    };
    let as_of = source.as_of();
    let mut pages = usage::pages(world.store.clone(), place, source, asked.pace.requests(world));
    while let Some(counted) = pages.next().await {
        usage.add(counted?.page.items());
        let total = usage.total(&[]);
        ticker.tick(total.keys, || format!("{} in {} keys", size(total.bytes), count(total.keys)));
    }
    Ok(Added { usage, prefix: prefix.clone(), as_of })
}

/// Who reads the totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// With units.
    Person,
    /// In bytes, with tabs between.
    Program,
}

/// The parser of [`By`].
fn by() -> impl TypedValueParser<Value = By> {
    PossibleValuesParser::new(By::ALL.map(By::word))
        .try_map(|word| By::ALL.into_iter().find(|by| by.word() == word).ok_or("not a way to tell totals apart"))
}

fn lines(usage: &Usage, by: By, audience: Audience) -> String {
    let mut text = String::new();
    let mut line = |name: &str, tally: Tally| match audience {
        Audience::Person => {
            let (size, keys) = (pad_start(&size(tally.bytes), 10), pad_start(&count(tally.keys), 13));
            text.push_str(&format!("{size}  {keys}  {}\n", visible(name)));
        }
        Audience::Program => text.push_str(&format!("{}\t{}\t{name}\n", tally.bytes, tally.keys)),
    };
    for group in usage.groups(&[], by) {
        line(group.name, group.tally);
    }
    line("total", usage.total(&[]));
    text
}

fn json(
    usage: &Usage,
    by: By,
    bucket: &BucketName,
    prefix: &Prefix,
    inventory: Option<Timestamp>,
) -> anyhow::Result<String> {
    #[derive(Serialize)]
    struct Line<'a> {
        name: &'a str,
        #[serde(flatten)]
        tally: Tally,
    }
    #[derive(Serialize)]
    struct Whole<'a> {
        bucket: &'a str,
        prefix: &'a str,
        #[serde(flatten)]
        total: Tally,
        by: By,
        /// When the inventory was begun that this is from; left out where it was listed.
        #[serde(skip_serializing_if = "Option::is_none")]
        inventory: Option<Timestamp>,
        groups: Vec<Line<'a>>,
    }
    let groups = usage.groups(&[], by).into_iter().map(|group| Line { name: group.name, tally: group.tally }).collect();
    let (bucket, prefix, total) = (bucket.as_str(), prefix.as_str(), usage.total(&[]));
    Ok(serde_json::to_string(&Whole { bucket, prefix, total, by, inventory, groups }).context("cannot write JSON")?
        + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::usage::{Item, VersionState};

    fn usage() -> Usage {
        let mut usage = Usage::new("p/", Levels::One, Timestamp::UNIX_EPOCH);
        let item = |key, size| Item { key, size, modified: None, storage_class: "", state: VersionState::Current };
        usage.add([item("p/a/1", 5), item("p/b\n/", 1000), item("p/x", 1)]);
        usage
    }

    #[test]
    fn a_program_gets_bytes_and_names_as_they_are() {
        assert_eq!(lines(&usage(), By::Child, Audience::Program), "1000\t1\tb\n/\n5\t1\ta/\n1\t1\t.\n1006\t3\ttotal\n");
    }

    #[test]
    fn a_terminal_gets_units_and_nothing_that_it_would_obey() {
        let lines = lines(&usage(), By::Child, Audience::Person);
        assert!(lines.contains("    1000 B              1  b␊/\n"), "{lines}");
    }
}

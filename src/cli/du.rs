//! `daypass du`: how much lies below a prefix, by its children, by storage class or by age. It only lists.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use super::Environment;
use super::arguments::{StoreArguments, nonsense, table};
use super::ls::PaceArguments;
use super::store::{self, Headless};
use crate::s3::key_page::{KeyPage, Listed, ListedObject};
use crate::s3::listing::{Depth, EntityTags};
use crate::s3::location::Location;
use crate::s3::name::{BucketName, DELIMITER, Prefix};
use crate::s3::size::shown as size;
use crate::s3::text::visible;
use crate::settings::paths::Paths;
use crate::view::text::{count, pad_start};
use crate::world::listing::{Listing, Order, StorePages};

/// Lines to copy, with what they do.
const EXAMPLES: &[(&str, &str)] = &[
    ("daypass du s3://bucket/", "how much lies in a bucket, by its folders"),
    ("daypass du s3://bucket/logs/ --by age", "how old it is"),
    ("daypass du s3://bucket/ --by class --json", "what it is stored as, for scripts"),
];

/// Totals on the way are said so often at most.
const SAID_EVERY: Duration = Duration::from_millis(100);

/// More groups than these are counted together, so that a level of a million folders fills no memory.
const MOST_GROUPS: usize = 100_000;

/// What those are called.
const OTHERS: &str = "(others)";

/// Ages, up to so many days.
const AGES: [(&str, i64); 6] =
    [("1 day", 1), ("7 days", 7), ("30 days", 30), ("90 days", 90), ("1 year", 365), ("3 years", 3 * 365)];

/// What is to be added up.
#[derive(Args, Clone, Debug)]
#[command(after_help = table("Examples:", EXAMPLES))]
pub(super) struct DuArguments {
    /// What to add up: s3://bucket/prefix or bucket/prefix
    #[arg(value_name = "LOCATION", value_parser = Location::parse)]
    pub location: Location,

    /// What the totals are told apart by
    #[arg(long, value_name = "WHAT", default_value = "child")]
    pub by: By,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub pace: PaceArguments,

    #[command(flatten)]
    pub store: StoreArguments,
}

/// What totals are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum By {
    /// The next level
    Child,
    /// The storage class
    Class,
    /// How long ago objects were written
    Age,
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
    let refused = |why: String| nonsense(Some("du"), why).into();
    let Location::Prefix { bucket, prefix } = asked.location.clone() else {
        return Err(refused("name a bucket: s3://bucket/prefix".to_owned()));
    };
    let store = store::headless(&asked.store, environment, paths, refused)?;
    Ok(DuPlan { asked, bucket, prefix, store })
}

/// Adds up and prints. While it goes on, a terminal on standard error shows how far it is.
pub(super) fn run(plan: &DuPlan) -> anyhow::Result<ExitCode> {
    let DuPlan { asked, bucket, prefix, store } = plan;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let world = runtime.block_on(store.open())?;
    let (depth, etags) = (Depth::All, EntityTags::Dropped);
    let pages = StorePages { store: world.store.clone(), bucket: bucket.clone(), prefix: prefix.clone(), depth, etags };
    let mut sum = Sum::new(asked.by, prefix.as_str(), world.clock.now());
    let mut ticker = Ticker::new();
    let added = runtime.block_on(async {
        let mut listing = Listing::new(Arc::new(pages), prefix, depth, Order::Any, asked.pace.concurrency.into());
        while let Some(page) = listing.next().await {
            sum.add(&page?);
            ticker.tick(sum.total);
        }
        anyhow::Ok(())
    });
    ticker.clear();
    added?;
    let text = match asked.json {
        true => sum.json(bucket, prefix)?,
        false => sum.lines(if io::stdout().is_terminal() { Audience::Person } else { Audience::Program }),
    };
    super::print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Who reads the totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// With units.
    Person,
    /// In bytes, with tabs between.
    Program,
}

/// Objects and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Tally {
    keys: u64,
    bytes: u64,
}

impl Tally {
    fn add(&mut self, object: &ListedObject<'_>) {
        self.keys += 1;
        self.bytes = self.bytes.saturating_add(object.size);
    }
}

/// Totals that grow.
#[derive(Debug)]
struct Sum {
    by: By,
    prefix_bytes: usize,
    now: Timestamp,
    total: Tally,
    groups: HashMap<String, Tally>,
}

impl Sum {
    fn new(by: By, prefix: &str, now: Timestamp) -> Self {
        Self { by, prefix_bytes: prefix.len(), now, total: Tally::default(), groups: HashMap::new() }
    }

    fn add(&mut self, page: &KeyPage) {
        // Neighbours mostly belong together, so that a group is looked up once for all of them.
        let (mut group, mut tally) = ("", Tally::default());
        for row in page.iter() {
            let Listed::Object(object) = row else { continue };
            let own = self.group(&object);
            if own != group {
                self.book(group, tally);
                (group, tally) = (own, Tally::default());
            }
            tally.add(&object);
        }
        self.book(group, tally);
    }

    fn book(&mut self, group: &str, tally: Tally) {
        if tally.keys == 0 {
            return;
        }
        let add = |to: &mut Tally| {
            to.keys += tally.keys;
            to.bytes = to.bytes.saturating_add(tally.bytes);
        };
        add(&mut self.total);
        let is_full = self.groups.len() >= MOST_GROUPS;
        match self.groups.get_mut(group) {
            Some(known) => add(known),
            None => add(self.groups.entry(if is_full { OTHERS } else { group }.to_owned()).or_default()),
        }
    }

    /// What an object counts to: a child with its delimiter, or nothing for objects that lie here.
    fn group<'a>(&self, object: &ListedObject<'a>) -> &'a str {
        match self.by {
            By::Class => object.storage_class,
            By::Child => {
                let rest = object.key.get(self.prefix_bytes..).unwrap_or_default();
                rest.find(DELIMITER).and_then(|end| rest.get(..=end)).unwrap_or_default()
            }
            By::Age => {
                let Some(modified) = object.modified else { return "unknown" };
                let days = (self.now.as_second() - modified.as_second()).max(0) / 86_400;
                AGES.iter().find(|(_, most)| days < *most).map_or("older", |(name, _)| name)
            }
        }
    }

    /// The groups, the largest first; ages from young to old.
    fn sorted(&self) -> Vec<(&str, Tally)> {
        let mut groups: Vec<(&str, Tally)> = self.groups.iter().map(|(name, tally)| (name.as_str(), *tally)).collect();
        let age = |name: &str| AGES.iter().position(|(known, _)| *known == name).unwrap_or(AGES.len());
        match self.by {
            By::Age => groups.sort_by_key(|(name, _)| (age(name), *name == "unknown")),
            By::Child | By::Class => groups.sort_by(|(a, x), (b, y)| y.bytes.cmp(&x.bytes).then_with(|| a.cmp(b))),
        }
        groups
    }

    fn lines(&self, audience: Audience) -> String {
        let mut text = String::new();
        let mut line = |name: &str, tally: Tally| match audience {
            Audience::Person => {
                let (size, keys) = (pad_start(&size(tally.bytes), 10), pad_start(&count(tally.keys), 13));
                text.push_str(&format!("{size}  {keys}  {}\n", visible(name)));
            }
            Audience::Program => text.push_str(&format!("{}\t{}\t{name}\n", tally.bytes, tally.keys)),
        };
        for (name, tally) in self.sorted() {
            line(self.shown(name), tally);
        }
        line("total", self.total);
        text
    }

    /// What a group is called where it has no name.
    fn shown<'a>(&self, name: &'a str) -> &'a str {
        match (self.by, name) {
            (By::Child, "") => ".",
            (By::Class, "") => "(none named)",
            (By::Child | By::Class | By::Age, name) => name,
        }
    }

    fn json(&self, bucket: &BucketName, prefix: &Prefix) -> anyhow::Result<String> {
        #[derive(Serialize)]
        struct Group<'a> {
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
            groups: Vec<Group<'a>>,
        }
        let groups = self.sorted().into_iter().map(|(name, tally)| Group { name, tally }).collect();
        let whole = Whole { bucket: bucket.as_str(), prefix: prefix.as_str(), total: self.total, by: self.by, groups };
        Ok(serde_json::to_string(&whole).context("cannot write JSON")? + "\n")
    }
}

/// The line on a terminal that says how far it is.
struct Ticker {
    is_shown: bool,
    started: Instant,
    said: Option<Instant>,
}

impl Ticker {
    fn new() -> Self {
        Self { is_shown: io::stderr().is_terminal(), started: Instant::now(), said: None }
    }

    fn tick(&mut self, total: Tally) {
        if !self.is_shown || self.said.unwrap_or(self.started).elapsed() < SAID_EVERY {
            return;
        }
        self.said = Some(Instant::now());
        let rate = total.keys * 1000 / u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let line = format!("\r\x1b[K{} in {} keys, {} keys/s", size(total.bytes), count(total.keys), count(rate));
        // Where nobody sees it, it is not needed.
        let _ = io::stderr().write_all(line.as_bytes());
    }

    fn clear(&self) {
        if self.said.is_some() {
            let _ = io::stderr().write_all(b"\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(by: By, prefix: &str, objects: &[(&str, u64, &str, i64)]) -> Sum {
        let now = Timestamp::from_second(2_000_000_000).unwrap();
        let mut page = KeyPage::default();
        for (key, size, storage_class, days) in objects {
            let modified = Timestamp::from_second(now.as_second() - days * 86_400).ok();
            page.push_object(&ListedObject { key, size: *size, modified, etag: "", storage_class }).unwrap();
        }
        let mut sum = Sum::new(by, prefix, now);
        sum.add(&page);
        sum
    }

    const OBJECTS: &[(&str, u64, &str, i64)] =
        &[("p/a/1", 5, "STANDARD", 0), ("p/a/2", 6, "GLACIER", 400), ("p/b\n/", 100, "STANDARD", 8), ("p/x", 1, "", 3)];

    #[test]
    fn children_classes_and_ages_are_added_up() {
        let lines = |by| sum(by, "p/", OBJECTS).lines(Audience::Program);
        assert_eq!(lines(By::Child), "100\t1\tb\n/\n11\t2\ta/\n1\t1\t.\n112\t4\ttotal\n");
        assert_eq!(lines(By::Class), "105\t2\tSTANDARD\n6\t1\tGLACIER\n1\t1\t(none named)\n112\t4\ttotal\n");
        assert_eq!(lines(By::Age), "5\t1\t1 day\n1\t1\t7 days\n100\t1\t30 days\n6\t1\t3 years\n112\t4\ttotal\n");
    }

    #[test]
    fn a_terminal_gets_nothing_that_it_would_obey() {
        assert!(sum(By::Child, "p/", OBJECTS).lines(Audience::Person).contains("b␊/"));
    }
}

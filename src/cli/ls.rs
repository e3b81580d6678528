//! `daypass ls`: buckets, one level of a prefix, or all of it, as lines for people or for scripts. Written as it comes.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::arguments::{StoreArguments, table};
use super::store::{self, Headless};
use super::ticker::Ticker;
use super::{Environment, UNWRITTEN};
use crate::s3::key_page::{Listed, ListedObject};
use crate::s3::listing::{Depth, EntityTags};
use crate::s3::location::Location;
use crate::s3::name::BucketName;
use crate::s3::pattern::Pattern;
use crate::s3::provider::MOST_REQUESTS;
use crate::s3::size::count;
use crate::s3::store_url::Destination;
use crate::s3::text::visible;
use crate::settings::paths::Paths;
use crate::view::text::pad_start;
use crate::world::World;
use crate::world::listing::{Order, StorePages};

/// Lines to copy, with what they do.
const EXAMPLES: &[(&str, &str)] = &[
    ("daypass ls", "all buckets, or what the store opens at"),
    ("daypass ls s3://bucket/prefix/", "one level"),
    ("daypass ls -r s3://bucket/prefix/", "everything below"),
    ("daypass ls -r --fields uri s3://bucket/ | daypass presign -", "a link to everything"),
    ("daypass ls -r --match '*.pdf' s3://bucket/", "only some of it"),
    ("daypass ls -r -0 --fields key s3://bucket/", "keys that may hold line ends"),
];

/// What is to be listed, and how it is written.
#[derive(Args, Clone, Debug)]
#[command(after_help = table("Examples:", EXAMPLES))]
pub(super) struct LsArguments {
    /// What to list: s3://bucket/prefix, bucket/prefix, or https://host/bucket/prefix; without it, the store's start, else all buckets
    #[arg(value_name = "LOCATION", value_parser = Destination::parse)]
    pub location: Option<Destination>,

    /// All the way down, not only to the next slash
    #[arg(short, long)]
    pub recursive: bool,

    /// Only what matches below the location: a part of the name, a glob (*.pdf, 2026/**), or /a regular expression/
    ///
    /// Lower case alone finds both cases. A glob without / is compared with the part behind the last /.
    #[arg(long, value_name = "PATTERN", value_parser = Pattern::parse)]
    pub r#match: Option<Pattern>,

    /// Print JSON, one object a line, with times in UTC
    #[arg(long, conflicts_with = "null")]
    pub json: bool,

    /// What to print of each object, in this order; else modified,size,key
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',')]
    pub fields: Vec<Field>,

    /// End lines with NUL, for keys that hold line ends
    #[arg(short = '0', long)]
    pub null: bool,

    /// In whatever order the store answers, which takes less memory
    #[arg(long)]
    pub unordered: bool,

    #[command(flatten)]
    pub pace: PaceArguments,

    #[command(flatten)]
    pub store: StoreArguments,
}

/// How hard a store is worked.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct PaceArguments {
    /// How many requests are under way at most; fewer when the store says that it is too busy
    ///
    /// Else `requests` of the store in the settings, else what its provider bears: 32 for Amazon S3, 16 for B2, R2 and Google,
    /// 8 for any other.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_REQUESTS)))]
    pub concurrency: Option<u16>,
}

impl PaceArguments {
    /// How many requests may be under way in the store that was opened.
    pub(in crate::cli) fn requests(&self, world: &World) -> usize {
        self.concurrency.map_or(world.requests, usize::from)
    }
}

/// Something to print of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Field {
    /// The whole key
    Key,
    /// The size in bytes
    Size,
    /// When it was written, in UTC
    Modified,
    /// The entity tag
    Etag,
    /// The storage class
    StorageClass,
    /// The s3:// location
    Uri,
}

/// A listing to be written, with every choice made.
pub(super) struct LsPlan {
    asked: LsArguments,
    store: Headless,
}

/// What is to be done, from the arguments and the settings.
pub(super) fn plan(asked: LsArguments, environment: &Environment, paths: Option<&Paths>) -> anyhow::Result<LsPlan> {
    let store = store::headless(asked.location.clone(), &asked.store, environment, paths, "ls")?;
    Ok(LsPlan { asked, store })
}

/// Lists, and writes each page as it comes.
pub(super) fn run(plan: &LsPlan) -> anyhow::Result<ExitCode> {
    let asked = &plan.asked;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let world = runtime.block_on(plan.store.open())?;
    let stdout = io::stdout();
    // Lines that run across the terminal say themselves how far it is.
    let mut ticker = (!stdout.is_terminal()).then(Ticker::new);
    let audience = if stdout.is_terminal() && !asked.null { Audience::Person } else { Audience::Program };
    let mut output = Output::new(asked, audience, BufWriter::with_capacity(64 << 10, stdout.lock()));
    let place = plan.store.start().cloned().unwrap_or(Location::Buckets);
    let listed = runtime.block_on(async {
        let listed = write(plan, &world, &place, &mut output, &mut ticker).await;
        match listed.as_ref().err().filter(|_| output.is_untouched()).and_then(|error| store::instead(&place, error)) {
            Some(closed) => write(plan, &world, &closed, &mut output, &mut ticker).await,
            None => listed,
        }
    });
    if let Some(ticker) = &ticker {
        ticker.clear();
    }
    listed?;
    Ok(ExitCode::SUCCESS)
}

/// Writes what lies at `place`.
async fn write(
    plan: &LsPlan,
    world: &World,
    place: &Location,
    output: &mut Output<impl Write>,
    ticker: &mut Option<Ticker>,
) -> anyhow::Result<()> {
    let asked = &plan.asked;
    let (bucket, prefix) = match place {
        Location::Buckets => {
            for bucket in world.store.buckets().await?.buckets {
                output.bucket(&bucket.name, bucket.created).context(UNWRITTEN)?;
            }
            return output.flush().context(UNWRITTEN);
        }
        Location::Prefix { bucket, prefix } => (bucket.clone(), prefix.clone()),
    };
    let depth = if asked.recursive { Depth::All } else { Depth::Level };
    let order = if asked.unordered { Order::Any } else { Order::ByName };
    let etags = if asked.fields.contains(&Field::Etag) { EntityTags::Kept } else { EntityTags::Dropped };
    let pages = StorePages { store: world.store.clone(), bucket: bucket.clone(), prefix: prefix.clone(), depth, etags };
    let requests = asked.pace.requests(world);
    let mut listing = pages.listing(order, requests);
    while let Some(page) = listing.next().await {
        let page = page?;
        let matches = |row: &Listed<'_>| {
            let below = row.name().get(prefix.as_str().len()..).unwrap_or_default();
            asked.r#match.as_ref().is_none_or(|pattern| pattern.matches(below))
        };
        for row in page.iter().filter(matches) {
            output.row(&bucket, row).context(UNWRITTEN)?;
        }
        output.flush().context(UNWRITTEN)?;
        if let Some(ticker) = ticker {
            // Those that came early and wait for their turn are among them.
            let keys = listing.progress().rows;
            ticker.tick(keys, || format!("{} keys", count(keys)));
        }
    }
    Ok(())
}

/// Who reads the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// In columns, with nothing in a key that a terminal would obey.
    Person,
    /// Byte for byte, with tabs between.
    Program,
}

/// Writes rows, one a line.
struct Output<O> {
    fields: Vec<Field>,
    json: bool,
    end: &'static [u8],
    audience: Audience,
    rows: u64,
    out: O,
}

impl<O: Write> Output<O> {
    fn new(asked: &LsArguments, audience: Audience, out: O) -> Self {
        let mut fields = asked.fields.clone();
        if fields.is_empty() {
            fields = vec![Field::Modified, Field::Size, Field::Key];
            if asked.json {
                fields = vec![Field::Key, Field::Size, Field::Modified, Field::StorageClass];
            }
        }
        Self { fields, json: asked.json, end: if asked.null { b"\0" } else { b"\n" }, audience, rows: 0, out }
    }

    /// Whether nothing was written yet.
    fn is_untouched(&self) -> bool {
        self.rows == 0
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn bucket(&mut self, name: &BucketName, created: Option<jiff::Timestamp>) -> io::Result<()> {
        let created = created.map(|at| at.to_string());
        match self.json {
            true => serde_json::to_writer(
                &mut self.out,
                &json!({"type": "bucket", "name": name.as_str(), "created": created}),
            )?,
            false => write!(self.out, "{}\t{name}", created.as_deref().unwrap_or("-"))?,
        }
        self.out.write_all(self.end)
    }

    fn row(&mut self, bucket: &BucketName, row: Listed<'_>) -> io::Result<()> {
        self.rows += 1;
        if self.json {
            serde_json::to_writer(&mut self.out, &record(&self.fields, bucket, row))?;
            return self.out.write_all(self.end);
        }
        for (at, field) in self.fields.iter().enumerate() {
            if at > 0 {
                self.out.write_all(if self.audience == Audience::Person { b"  " } else { b"\t" })?;
            }
            match (field, row) {
                (Field::Key, row) => write_name(&mut self.out, self.audience, "", row.name())?,
                (Field::Uri, row) => {
                    write_name(&mut self.out, self.audience, &format!("s3://{bucket}/"), row.name())?;
                }
                (Field::Size, Listed::Object(object)) => match self.audience {
                    Audience::Person => write!(self.out, "{:>13}", object.size)?,
                    Audience::Program => write!(self.out, "{}", object.size)?,
                },
                (Field::Modified, Listed::Object(ListedObject { modified: Some(at), .. })) => {
                    write!(self.out, "{at:.0}")?
                }
                (Field::Etag, Listed::Object(object)) => write_name(&mut self.out, self.audience, "", object.etag)?,
                (Field::StorageClass, Listed::Object(object)) => {
                    write_name(&mut self.out, self.audience, "", object.storage_class)?
                }
                (missing, _) => {
                    let width = match (self.audience, missing) {
                        (Audience::Person, Field::Modified) => "2026-01-01T00:00:00Z".len(),
                        (Audience::Person, Field::Size) => 13,
                        _ => 0,
                    };
                    self.out.write_all(pad_start("-", width).as_bytes())?;
                }
            }
        }
        self.out.write_all(self.end)
    }
}

fn write_name(out: &mut impl Write, audience: Audience, before: &str, name: &str) -> io::Result<()> {
    out.write_all(before.as_bytes())?;
    match audience {
        Audience::Person => out.write_all(visible(name).as_bytes()),
        Audience::Program => out.write_all(name.as_bytes()),
    }
}

/// A row as scripts get it: what a field is missing of is null.
fn record(fields: &[Field], bucket: &BucketName, row: Listed<'_>) -> Value {
    let mut record = Map::new();
    let kind = match row {
        Listed::Object(_) => "object",
        Listed::Prefix(_) => "prefix",
    };
    record.insert("type".to_owned(), kind.into());
    for field in fields {
        let (name, value) = match (field, row) {
            (Field::Key, row) => ("key", row.name().into()),
            (Field::Uri, row) => ("uri", format!("s3://{bucket}/{}", row.name()).into()),
            (Field::Size, Listed::Object(object)) => ("size", object.size.into()),
            (Field::Modified, Listed::Object(object)) => ("modified", object.modified.map(|at| at.to_string()).into()),
            (Field::Etag, Listed::Object(object)) => ("etag", object.etag.into()),
            (Field::StorageClass, Listed::Object(object)) => ("storage_class", object.storage_class.into()),
            (Field::Size | Field::Modified | Field::Etag | Field::StorageClass, Listed::Prefix(_)) => continue,
        };
        record.insert(name.to_owned(), value);
    }
    Value::Object(record)
}

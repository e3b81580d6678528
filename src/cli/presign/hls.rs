//! `daypass presign --hls`: playlists in which each file has a link, in a new folder.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use jiff::Timestamp;

use super::json::to_the_second;
use super::making::Consent;
use super::notes::Number;
use super::{Run, complain, say};
use crate::presign::expiry::Expiry;
use crate::presign::hls::{Bundle, Live, least_lifetime};
use crate::presign::ledger::Destination;
use crate::presign::link::LimitedBy;
use crate::presign::request::{LinkRequest, Method};
use crate::s3::failure::Failure;
use crate::s3::location::ObjectId;
use crate::s3::name::Key;
use crate::s3::text::visible;
use crate::world::{links, playlists, private_file};

/// Fetches the playlists, makes the links, and writes them to the folder.
pub(super) fn run(run: &Run<'_>, object: &ObjectId, folder: &Path) -> anyhow::Result<()> {
    let Run { asked, world, runtime, .. } = *run;
    let bucket = &object.bucket;
    let rules = &world.links.rules;
    let live = if asked.other.live_as_is { Live::TakeAsItIs } else { Live::Refuse };
    // Before the store is asked for anything.
    if std::fs::symlink_metadata(folder).is_ok() {
        bail!("{} exists, and nothing is overwritten: name a new folder", folder.display());
    }

    let rewriter = runtime.block_on(playlists::read(world, object, live))?;
    let now = world.clock.now();
    let needed = least_lifetime(rewriter.duration())
        .context("the links would have to work for as long as it takes to play it, and some more")?;
    let asked_for = asked.expires_in.unwrap_or_else(|| rules.usual(Method::Get));
    let lifetime = rules.long_enough(asked_for, needed, now)?;
    let mut signer = runtime.block_on(links::signer(world, bucket))?;
    let request = |key: &Key| LinkRequest::new(Method::Get, ObjectId::current(bucket.clone(), key.clone()), lifetime);
    let first = request(&object.key);
    let link = signer.sign(&first, now).map_err(|error| links::refused(&first, error))?;
    if link.limited_by == LimitedBy::Credentials && link.ends_at.duration_since(now) < needed.duration() {
        bail!(
            "the credentials from {} end at {}, and it takes links of {needed} to play this: sign with keys that last longer",
            visible(&link.source),
            to_the_second(link.ends_at)
        );
    }
    Consent::of(asked).obtain(&first, world, now)?;

    private_file::create_folder(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut notes = run.notes(Destination::File, Number::Many);
    let bundle = rewriter.finish::<Box<Failure>>(&mut |key| {
        let request = request(key);
        let link = signer.sign(&request, now).map_err(|error| Box::new(links::refused(&request, error)))?;
        notes.add(&link);
        Ok(link.url.expose().to_owned())
    });
    let bundle = bundle.inspect_err(|_| {
        // Where it stays, it is empty.
        let _ = std::fs::remove_dir(folder);
    })?;
    notes.commit();
    for (name, text) in &bundle.files {
        let path = folder.join(name);
        let written = private_file::create(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.with_context(|| format!("cannot write to {}", path.display()))?;
    }
    run.warn(&link);
    tell(run, &bundle, folder, link.ends_at, (asked_for != lifetime).then_some(needed))
}

/// Says what to play, and what a person should know.
fn tell(
    run: &Run<'_>,
    bundle: &Bundle,
    folder: &Path,
    ends_at: Timestamp,
    lengthened: Option<Expiry>,
) -> anyhow::Result<()> {
    for (key, remark) in &bundle.remarks {
        complain(&format_args!("{}: {remark}", visible(key.as_str())));
    }
    if bundle.foreign > 0 {
        complain(&format_args!("{} addresses of other places were left as they are", bundle.foreign));
    }
    if let Some(needed) = lengthened {
        say(run.remarks(), &format!("The links live {needed}, because it takes so long to play it."));
    }
    let first = bundle.files.first().map_or(folder.to_owned(), |(name, _)| folder.join(name));
    let (links, playlists, end) = (bundle.links, bundle.files.len(), to_the_second(ends_at));
    say(run.remarks(), &format!("{links} links in {playlists} playlists, which work until {end}. To be played:"));
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", first.display()).context("cannot write to standard output")
}

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
use crate::presign::hls::{Bundle, Live};
use crate::presign::ledger::Destination;
use crate::presign::request::Method;
use crate::s3::location::ObjectId;
use crate::s3::text::visible;
use crate::world::playlists::{self, Linked};
use crate::world::private_file;

/// Fetches the playlists, makes the links, and writes them to the folder.
pub(super) fn run(run: &Run<'_>, object: &ObjectId, folder: &Path) -> anyhow::Result<()> {
    let Run { asked, world, runtime, .. } = *run;
    let live = if asked.other.live_as_is { Live::TakeAsItIs } else { Live::Refuse };
    // Before the store is asked for anything.
    if std::fs::symlink_metadata(folder).is_ok() {
        bail!("{} exists, and nothing is overwritten: name a new folder", folder.display());
    }

    let rewriter = runtime.block_on(playlists::read(world, object, live))?;
    let asked_for = asked.expires_in.unwrap_or_else(|| world.links.rules.usual(Method::Get));
    let linked = runtime.block_on(playlists::link(world, object, rewriter, asked_for))?;
    let Linked { bundle, links, like_all, lengthened } = &linked;
    Consent::of(asked).obtain(&like_all.request, world, like_all.signed_at)?;

    private_file::create_folder(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut notes = run.notes(Destination::File, Number::Many);
    links.iter().for_each(|link| notes.add(link));
    notes.commit();
    let first = playlists::write(bundle, folder.to_owned())
        .with_context(|| format!("cannot write the playlists into {}", folder.display()))?;
    run.warn(like_all);
    tell(run, bundle, &first, like_all.ends_at, *lengthened)
}

/// Says what to play, and what a person should know.
fn tell(
    run: &Run<'_>,
    bundle: &Bundle,
    first: &Path,
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
    let (links, playlists, end) = (bundle.links, bundle.files.len(), to_the_second(ends_at));
    say(run.remarks(), &format!("{links} links in {playlists} playlists, which work until {end}. To be played:"));
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", first.display()).context("cannot write to standard output")
}

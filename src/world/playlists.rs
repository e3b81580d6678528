//! Reads an HLS playlist and those that it names, and writes them anew with a link for each file.

use std::io::{self, Write};
use std::path::PathBuf;

use super::private_file::{self, Unfinished};
use super::{World, links};
use crate::presign::expiry::{Expiry, Lifetime};
use crate::presign::hls::{Bundle, HlsError, Home, Live, Rewriter, least_lifetime};
use crate::presign::link::{LimitedBy, Link};
use crate::presign::request::{LinkRequest, Method};
use crate::presign::sign::LinkError;
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::location::ObjectId;
use crate::s3::name::Key;
use crate::s3::text::visible;

/// The largest playlist that is read, in bytes: a day of segments of two seconds is a tenth of it.
const LARGEST: u64 = 32 << 20;

/// Everything that is to be read of the playlist `object`: itself and, of a master playlist, each one that it names.
pub async fn read(world: &World, object: &ObjectId, live: Live) -> Result<Rewriter, Failure> {
    let bucket = &object.bucket;
    let home = Home::new(&world.store.address(bucket), bucket);
    let mut rewriter = Rewriter::new(object.key.clone(), home, live);
    let refused = |why: String| Failure::new(FailureKind::Refused, format!("read the playlist {object}"), why, "");
    while let Some(key) = rewriter.wanted().cloned() {
        let bytes = world.store.read(&ObjectId::current(bucket.clone(), key.clone()), LARGEST).await?;
        let text = String::from_utf8(bytes.to_vec())
            .map_err(|_| refused(format!("{} is no HLS playlist: it is not UTF-8", visible(key.as_str()))))?;
        rewriter.take(&key, text).map_err(|error: HlsError| refused(error.to_string()))?;
    }
    Ok(rewriter)
}

/// Playlists in which each file has a link.
pub struct Linked {
    /// The playlists, to be written.
    pub bundle: Bundle,
    /// The links in them.
    pub links: Vec<Link>,
    /// A link to the first playlist as it is, which nobody needs. It was made like all the others, and ends when they do.
    pub like_all: Link,
    /// How long the links have to live where they live longer than asked, because it takes so long to play them.
    pub lengthened: Option<Expiry>,
}

/// Gives each file that the playlists of `object` name a link that lives as `asked`, or for as long as it takes to play them.
pub async fn link(world: &World, object: &ObjectId, rewriter: Rewriter, asked: Lifetime) -> Result<Linked, Failure> {
    let what = || format!("make links to play {object}");
    let refused = |why: String| Failure::new(FailureKind::Refused, what(), why, "");
    let now = world.clock.now();
    let needed = least_lifetime(rewriter.duration()).map_err(|error| {
        refused(format!("the links would have to work for as long as it takes to play it, and some more: {error}"))
    })?;
    let lifetime = world.links.rules.long_enough(asked, needed, now).map_err(|error| refused(error.to_string()))?;
    let mut signer = links::signer(world, &object.bucket).await?;
    let mut sign = |key: &Key| {
        let object = ObjectId::current(object.bucket.clone(), key.clone());
        signer.sign(&LinkRequest::new(Method::Get, object, lifetime), now)
    };
    let like_all = sign(&object.key).map_err(|error| refused(error.to_string()))?;
    if like_all.limited_by == LimitedBy::Credentials && like_all.ends_at.duration_since(now) < needed.duration() {
        let (source, end) = (visible(&like_all.source), like_all.ends_at.strftime("%Y-%m-%d %H:%M:%S UTC"));
        let why = format!("the credentials from {source} end at {end}, and it takes links of {needed} to play this");
        return Err(Failure::new(FailureKind::Refused, what(), why, "sign with keys that last longer"));
    }
    let mut made = Vec::new();
    let bundle = rewriter.finish::<LinkError>(&mut |key| {
        let link = sign(key)?;
        let url = link.url.expose().to_owned();
        made.push(link);
        Ok(url)
    });
    let bundle = bundle.map_err(|error| refused(error.to_string()))?;
    Ok(Linked { bundle, links: made, like_all, lengthened: (lifetime != asked).then_some(needed) })
}

/// Writes the playlists into `folder`, which was made for them and is taken away again where that fails. Gives the one to
/// be played.
pub fn write(bundle: &Bundle, folder: PathBuf) -> io::Result<PathBuf> {
    let folder = Unfinished::new(folder);
    let path = |name: &str| folder.path().join(name);
    for (name, text) in &bundle.files {
        private_file::create(&path(name))?.write_all(text.as_bytes())?;
    }
    let first = bundle.files.first().map_or_else(|| folder.path().to_owned(), |(name, _)| path(name));
    folder.finish();
    Ok(first)
}

//! Reads an HLS playlist and those that it names, to be written anew with a link for each file.

use super::World;
use crate::presign::hls::{HlsError, Home, Live, Rewriter};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::location::ObjectId;
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

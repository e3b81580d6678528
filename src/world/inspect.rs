//! Inspects a link with the keys of the open store, and asks the link's store about it. What there is to say is found in
//! [`crate::presign::inspect`].

use super::blocking::blocking;
use super::{World, probe};
use crate::presign::inspect::{KnownKey, Report, inspect, target};
use crate::presign::link::LinkText;
use crate::s3::name::BucketName;

/// What the link in a text is. A text that was made to be hard takes seconds, so it is not read on the loop's threads.
pub async fn read(world: &World, text: LinkText) -> Report {
    let (known, now) = (known_keys(world).await, world.clock.now());
    match blocking(move || inspect(text.expose(), &known, now)).await {
        Some(report) => report,
        // Nothing cancels it but the end of the program, which does not wait for it.
        None => std::future::pending().await,
    }
}

/// The report with the answer of the link's store; as it was, where there is nothing to ask.
pub async fn ask(world: &World, report: Report) -> Report {
    match target(&report, &known_keys(world).await, world.clock.now()) {
        Some(target) => {
            let answer = probe::probe(&*world.prober, &target, || world.clock.now()).await;
            report.with_answer(answer)
        }
        None => report,
    }
}

/// The key of the open store, unless its source gives none, and the user's other ones. A link is read without any.
async fn known_keys(world: &World) -> Vec<KnownKey> {
    let own = world.own_keys.all().await;
    let Ok(credentials) = world.credentials.get().await else { return own };
    // Only the endpoint matters here, and buckets of any name share it.
    let address = BucketName::parse("any-bucket").ok().map(|any| world.store.address(&any));
    let address = address.map(|address| world.links.rules.address(&address));
    let of_store = KnownKey { name: format!("store {}", world.issuer.store), credentials, address };
    std::iter::once(of_store).chain(own).collect()
}

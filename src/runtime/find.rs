//! Looks for objects below a prefix, and tells what is found on the way.

use std::mem;

use super::perform::Meanwhile;
use super::steps::{Step, go_through};
use crate::model::find::{FindJob, Found};
use crate::model::pending::Question;
use crate::s3::listing::{Depth, EntityTags};
use crate::update::msg::Msg;
use crate::world::World;
use crate::world::listing::{Order, StorePages};

/// Looks for what `job` names. `meanwhile` hears what was found since it heard the last time.
pub(super) async fn run(question: Question, job: &FindJob, world: &World, meanwhile: Meanwhile<'_>) -> Msg {
    let FindJob { bucket, prefix, .. } = job.clone();
    let pages =
        StorePages { store: world.store.clone(), bucket, prefix, depth: Depth::All, etags: EntityTags::Dropped };
    let listing = pages.listing(Order::Any, world.requests);
    let mut found = Found::default();
    let ended = go_through(listing.into_pages(), |step| match step {
        Step::Page((page, _)) => found.look_at(&page, job),
        Step::Pause => {
            let told = Msg::FoundMore(question, Box::new(mem::take(&mut found)));
            if let Some(Msg::FoundMore(_, untold)) = meanwhile(told) {
                found = *untold;
            }
        }
    });
    let ended = ended.await;
    Msg::SearchEnded(question, Box::new(found), ended)
}

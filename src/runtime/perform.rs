//! An effect becomes an answer: every question to the world, and every act that needs no screen.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use super::{batch, find, listing, usage};
use crate::model::credentials::Ending;
use crate::model::ledger::Reading;
use crate::model::pending::Question;
use crate::model::presign::{Copied, Noted, Through};
use crate::model::store::{Access, Store};
use crate::presign::expiry::Expiry;
use crate::presign::ledger::issued::{by_key, newest};
use crate::presign::ledger::warning::Warning;
use crate::presign::ledger::{Destination, Handing};
use crate::presign::link::{Link, SignedUrl};
use crate::presign::probe::{Finding, Target, unreachable};
use crate::presign::request::{LinkRequest, Method};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::location::ObjectId;
use crate::s3::memory::Remembered;
use crate::s3::store::{KnownStores, StoreId};
use crate::update::effect::Effect;
use crate::update::msg::{Clip, Msg};
use crate::world::blocking::blocking;
use crate::world::links::{self, making};
use crate::world::open::Opened;
use crate::world::{Copy, Multiplexer, Unread, World, inspect, private_file, probe};

/// How long a clipboard may take. A desktop that hangs must not leave the sheet saying "copying" for ever.
const CLIPBOARD_PATIENCE: Duration = Duration::from_secs(5);

/// How many links of the ledger are kept in memory that still work, and as many that do not.
const LINKS_KEPT: usize = 10_000;

/// What an effect led to.
pub enum Outcome {
    /// An answer.
    Answer(Msg),
    /// Another store is open, and the answer that says so.
    Opened {
        /// Which.
        id: StoreId,
        /// All that belongs to it.
        world: Box<World>,
        /// The answer.
        then: Msg,
    },
    /// Bytes that only the screen's own writer may send to the terminal, and the answer once they are sent.
    Send {
        /// The bytes.
        sequence: String,
        /// The answer.
        then: Msg,
    },
}

impl Outcome {
    /// Why the world did not do as asked; it names no secret, so a log may hold it.
    pub(super) fn failure(&self) -> Option<&Failure> {
        let (Self::Answer(msg) | Self::Send { then: msg, .. } | Self::Opened { then: msg, .. }) = self;
        match msg {
            Msg::BucketsCame(_, answer) => answer.as_ref().err(),
            Msg::PageCame(_, answer) => answer.as_ref().err(),
            Msg::ListingEnded(_, _, answer) => answer.as_ref().err(),
            Msg::HeadCame(_, _, answer) => answer.as_ref().err(),
            Msg::TagsCame(_, _, answer) => answer.as_ref().err(),
            Msg::VersionsCame(_, _, answer) => answer.as_ref().err(),
            Msg::EndCame(_, answer) => answer.as_ref().err(),
            Msg::LinkMade(_, answer) => answer.as_ref().err(),
            Msg::Inspected(_, answer) => answer.as_ref().err(),
            Msg::Examined(_, answer) => answer.as_ref().err(),
            Msg::LinkSaved(answer) => answer.as_ref().err(),
            Msg::Recorded(answer) => answer.as_ref().err(),
            Msg::BatchWritten(_, answer) => answer.as_ref().err(),
            Msg::LedgerCame(_, answer) => answer.as_ref().err(),
            Msg::SearchEnded(_, _, ended) => ended.as_ref().err(),
            Msg::StoreOpened(_, answer) => answer.as_ref().err(),
            Msg::StoreTried(_, answer) => answer.as_ref().err(),
            Msg::StoreAdded(_, answer) => answer.as_ref().err(),
            Msg::StoresCame(_, known) => known.unread.as_ref(),
            Msg::UsageCame(_, _, ended) => ended.as_ref().err(),
            Msg::UsageGrew(..)
            | Msg::PagesCame(..)
            | Msg::FoundMore(..)
            | Msg::ArrangedSoFar(..)
            | Msg::Arranged(..)
            | Msg::BatchGrew(..)
            | Msg::Probed(..)
            | Msg::Copied(..)
            | Msg::Key(_)
            | Msg::Pasted(_)
            | Msg::Mouse(_)
            | Msg::CodeWanted(_)
            | Msg::Told(_)
            | Msg::Waiting(_)
            | Msg::Woke
            | Msg::Retrying(_)
            | Msg::ClockIsOff(_)
            | Msg::Measured(_) => None,
        }
    }
}

/// Hears of what takes long before there is an answer, and gives back what it has no room for.
pub type Meanwhile<'a> = &'a (dyn Fn(Msg) -> Option<Msg> + Sync);

/// Does what an effect asks of the world. `None` for what only the loop can do: go to another store, stop a lane, hand on a
/// code, the mouse, `^Z`, the end.
pub async fn perform(effect: Effect, world: &World, meanwhile: Meanwhile<'_>) -> Option<Outcome> {
    let msg = match effect {
        Effect::ListBuckets(question) => Msg::BucketsCame(question, world.store.buckets().await),
        Effect::List(question, request) => Msg::PageCame(question, world.store.keys(&request).await),
        Effect::ListAll(question, request, after) => listing::run(question, request, after, world, meanwhile).await,
        Effect::Arrange(question, arranging) => listing::arrange(question, *arranging, meanwhile).await?,
        Effect::Head(question, object) => {
            let facts = world.store.head(&object).await;
            Msg::HeadCame(question, object, facts.map(Box::new))
        }
        Effect::Tags(question, object) => {
            let tags = world.store.tags(&object).await;
            Msg::TagsCame(question, object, tags)
        }
        Effect::Versions(question, object) => {
            let versions = world.store.versions(&object).await;
            Msg::VersionsCame(question, object, versions)
        }
        Effect::AskEnd(question) => {
            let keys = world.credentials.get().await;
            Msg::EndCame(question, keys.map(|keys| keys.expires))
        }
        Effect::Presign(question, request, freshness) => {
            world.store.locate(&request.object.bucket).await;
            Msg::LinkMade(question, links::make(world, &request, freshness).await.map(Box::new))
        }
        Effect::ReadLedger(question) => Msg::LedgerCame(question, read_ledger(world).await.map(Box::new)),
        Effect::ListStores(question) => Msg::StoresCame(question, world.stores.all().await),
        Effect::TryStore(question, store) => Msg::StoreTried(question, world.stores.try_new(&store).await),
        Effect::AddStore(question, store) => Msg::StoreAdded(question, world.stores.add(&store).await),
        Effect::OpenStore(question, id) => match world.stores.open(&id).await {
            Ok(opened) => {
                let store = as_shown(id.clone(), &opened).await;
                let then = Msg::StoreOpened(question, Ok(Box::new(store)));
                return Some(Outcome::Opened { id, world: Box::new(opened.world), then });
            }
            Err(failure) => Msg::StoreOpened(question, Err(failure)),
        },
        Effect::Inspect(question, text) => Msg::Inspected(question, Ok(Box::new(inspect::read(world, text).await))),
        Effect::AskStore(question, report) => {
            Msg::Inspected(question, Ok(Box::new(inspect::ask(world, *report).await)))
        }
        Effect::Examine(question, place, page) => {
            Msg::Examined(question, Ok(Box::new(world.doctor.examine(&place, page).await)))
        }
        Effect::CopyLink(question, url) => {
            return Some(copy(question, url.expose().to_owned(), Clip::Link, world).await);
        }
        Effect::CopyLinkText(question, text, clip) => {
            return Some(copy(question, text.expose().to_owned(), clip, world).await);
        }
        Effect::CopyAddress(question, object) => {
            return Some(copy(question, links::plain_address(world, &object), Clip::Address, world).await);
        }
        Effect::CopyText(question, text, clip) => return Some(copy(question, text, clip, world).await),
        Effect::Probe(question, link) => Msg::Probed(question, Box::new(test(&link, world).await)),
        Effect::Batch(question, job) => {
            // Progress that finds no room is left out: there is more to come.
            let tell = |links| drop(meanwhile(Msg::BatchGrew(question, links)));
            Msg::BatchWritten(question, batch::run(&job, world, &tell).await.map(Box::new))
        }
        Effect::CountUsage(question, job) => usage::run(question, &job, world, meanwhile).await,
        Effect::Find(question, job) => find::run(question, &job, world, meanwhile).await,
        Effect::Record(noted, destination) => Msg::Recorded(record(&noted, destination, world).await),
        Effect::SaveLink(url, object) => Msg::LinkSaved(save(url, object, world).await),
        Effect::Remember(news) => {
            remember(news, world).await;
            return None;
        }
        Effect::EnterStore(_)
        | Effect::Abort(_)
        | Effect::GiveCode(_)
        | Effect::CaptureMouse(_)
        | Effect::Suspend
        | Effect::Quit => {
            return None;
        }
    };
    Some(Outcome::Answer(msg))
}

/// The answer to an effect whose work broke off by a mistake in daypass itself.
pub(super) fn broken_off(effect: &Effect) -> Option<Msg> {
    let failure = |what: String| Failure::new(FailureKind::Other, what, "an internal error", A_BUG);
    let not_copied = || Copied::NotCopied(format!("an internal error: {A_BUG}"));
    Some(match effect {
        Effect::ListBuckets(question) => Msg::BucketsCame(*question, Err(failure("list the buckets".into()))),
        Effect::List(question, request) => Msg::PageCame(*question, Err(failure(request.to_string()))),
        Effect::ListAll(question, request, _) => {
            Msg::ListingEnded(*question, Vec::new(), Err(failure(request.to_string())))
        }
        Effect::Arrange(question, arranging) => Msg::Arranged(*question, arranging.so_far()),
        Effect::Head(question, object) => {
            Msg::HeadCame(*question, object.clone(), Err(failure(format!("read the facts of {object}"))))
        }
        Effect::Tags(question, object) => {
            Msg::TagsCame(*question, object.clone(), Err(failure(format!("read the tags of {object}"))))
        }
        Effect::Versions(question, object) => {
            Msg::VersionsCame(*question, object.clone(), Err(failure(format!("list the versions of {object}"))))
        }
        Effect::AskEnd(question) => Msg::EndCame(*question, Err(failure("find out when the credentials end".into()))),
        Effect::Presign(question, request, _) => Msg::LinkMade(*question, Err(failure(making(request)))),
        Effect::ReadLedger(question) => Msg::LedgerCame(*question, Err(failure(READING.into()))),
        Effect::ListStores(question) => Msg::StoresCame(
            *question,
            KnownStores { unread: Some(failure("find the stores".into())), ..KnownStores::default() },
        ),
        Effect::TryStore(question, _) => Msg::StoreTried(*question, Err(failure("try the key".into()))),
        Effect::AddStore(question, _) => Msg::StoreAdded(*question, Err(failure("add the store".into()))),
        Effect::OpenStore(question, id) => Msg::StoreOpened(*question, Err(failure(format!("open `{}`", id.name)))),
        Effect::Inspect(question, _) => Msg::Inspected(*question, Err(failure("inspect the link".into()))),
        Effect::AskStore(question, _) => Msg::Inspected(*question, Err(failure("ask the store".into()))),
        Effect::Examine(question, ..) => Msg::Examined(*question, Err(failure("look for what is wrong".into()))),
        Effect::CopyLink(question, _) => Msg::Copied(*question, Clip::Link, not_copied()),
        Effect::CopyAddress(question, _) => Msg::Copied(*question, Clip::Address, not_copied()),
        Effect::CopyLinkText(question, _, clip) | Effect::CopyText(question, _, clip) => {
            Msg::Copied(*question, *clip, not_copied())
        }
        Effect::Probe(question, _) => {
            let broken = failure("ask whether the link works".into());
            Msg::Probed(*question, Box::new(unreachable(&broken)))
        }
        Effect::Batch(question, job) => Msg::BatchWritten(*question, Err(failure(batch::making(job)))),
        Effect::CountUsage(question, job) => {
            let what = format!("count what lies below {}", job.location());
            Msg::UsageCame(*question, Box::new(job.growth(None)), Err(failure(what)))
        }
        Effect::Find(question, job) => {
            Msg::SearchEnded(*question, Box::default(), Err(failure(format!("look below {}", job.location()))))
        }
        Effect::Record(..) => Msg::Recorded(Err(failure("note the link in the ledger".into()))),
        Effect::SaveLink(_, object) => Msg::LinkSaved(Err(failure(saving(object)))),
        Effect::Remember(_)
        | Effect::EnterStore(_)
        | Effect::Abort(_)
        | Effect::GiveCode(_)
        | Effect::CaptureMouse(_)
        | Effect::Suspend
        | Effect::Quit => {
            return None;
        }
    })
}

const A_BUG: &str = "this is a bug in daypass, please report it";

/// Asks the store whether `link` works. A link that must not be used is told from a wrong one by a GET link of the same keys.
async fn test(link: &Link, world: &World) -> Finding {
    let mut target = Target::of(link, world.links.rules.provider);
    let get = LinkRequest::new(Method::Get, link.request.object.clone(), Expiry::SHORT);
    if let Ok(mut signer) = links::signer(world, &link.request.object.bucket).await {
        target.twin = signer.sign(&get, world.clock.now()).ok().map(|twin| twin.url);
    }
    let finding = probe::probe(&*world.prober, &target, || world.clock.now()).await;
    probe::look_around(&*world.prober, &target, finding).await
}

async fn record(noted: &Noted, destination: Destination, world: &World) -> Result<Vec<Warning>, Failure> {
    let note = (!noted.note.is_empty()).then(|| noted.note.clone());
    let handing = Handing { at: world.clock.now(), destination, note, batch: None };
    links::note(world, &noted.issuer, &[&noted.link], &handing).await
}

/// A store that was opened, as the screen knows it.
pub async fn as_shown(id: StoreId, Opened { world, label }: &Opened) -> Store {
    let (memory, name) = (Arc::clone(&world.memory), world.issuer.store.clone());
    let remembering = blocking(move || {
        memory.of(&name).unwrap_or_else(|failure| {
            tracing::warn!(%failure);
            Remembered::default()
        })
    });
    Store {
        id,
        issuer: world.issuer.clone(),
        provider: label.provider.clone(),
        region: label.region.clone(),
        insecure: label.insecure,
        clock_skew: world.clock.skew(),
        access: if world.credentials.anonymous() { Access::Anonymous } else { Access::Signed },
        ending: Ending::default(),
        rules: world.links.rules.clone(),
        remembered: remembering.await.unwrap_or_default(),
    }
}

/// Remembers what is new of the open store. A memory that fails costs a convenience, so only the log hears of it.
async fn remember(news: Remembered, world: &World) {
    let (memory, store) = (Arc::clone(&world.memory), world.issuer.store.clone());
    let learning = blocking(move || {
        if let Err(failure) = memory.learn(&store, &news) {
            tracing::warn!(%failure);
        }
    });
    learning.await;
}

async fn copy(question: Question, text: String, clip: Clip, world: &World) -> Outcome {
    let clipboard = Arc::clone(&world.clipboard);
    // A copy that panicked left no half-written text behind, so its clipboard is as good as before.
    let copying = blocking(move || clipboard.lock().unwrap_or_else(PoisonError::into_inner).copy(&text));
    let copied = match timeout(CLIPBOARD_PATIENCE, copying).await {
        Ok(Some(Copy::Native)) => Copied::Native,
        Ok(Some(Copy::Tmux)) => Copied::Tmux,
        Ok(Some(Copy::Terminal { sequence, through })) => {
            let through = match through {
                Multiplexer::None => Through::Nothing,
                Multiplexer::Tmux => Through::Tmux,
                Multiplexer::Screen => Through::Screen,
            };
            return Outcome::Send { sequence, then: Msg::Copied(question, clip, Copied::Terminal(through)) };
        }
        Ok(Some(Copy::NotCopied(why))) => Copied::NotCopied(why),
        Ok(None) => Copied::NotCopied("daypass is ending".into()),
        Err(_) => Copied::NotCopied(format!(
            "the clipboard did not answer within {} seconds; try clipboard = \"osc52\" in the settings",
            CLIPBOARD_PATIENCE.as_secs()
        )),
    };
    Outcome::Answer(Msg::Copied(question, clip, copied))
}

/// Reads the ledger, of which the newest links are kept in memory.
#[expect(clippy::result_large_err, reason = "as large as in every answer of the store, and as rare")]
async fn read_ledger(world: &World) -> Result<Reading, Failure> {
    let (ledger, now) = (Arc::clone(&world.ledger), world.clock.now());
    let reading = blocking(move || {
        let (mut unreadable, mut failure) = (0, None);
        let records = ledger.read()?.filter_map(|line| match line {
            Ok(record) => Some(record),
            Err(Unread::Line(_)) => {
                unreadable += 1;
                None
            }
            Err(Unread::File(broken)) => {
                failure = Some(broken);
                None
            }
        });
        let newest = newest(records, now, LINKS_KEPT);
        let keys = match newest.left_out {
            0 => None,
            _ => Some(by_key(ledger.read()?.filter_map(Result::ok), now)),
        };
        Ok(Reading { newest, keys, unreadable, failure })
    });
    let ending = || Failure::new(FailureKind::Other, READING, "daypass is ending", "");
    reading.await.unwrap_or_else(|| Err(ending()))
}

const READING: &str = "read the ledger";

async fn save(url: SignedUrl, object: ObjectId, world: &World) -> Result<PathBuf, Failure> {
    let (dir, now) = (world.links_dir.clone(), world.clock.now());
    let what = saving(&object);
    let writing = blocking(move || private_file::write_new(&dir, &object.key, now, &format!("{}\n", url.expose())));
    let failed = |why: String| {
        let hint = format!("look at the folder {}", world.links_dir.display());
        Failure::new(FailureKind::Refused, what, why, hint)
    };
    match writing.await {
        Some(written) => written.map_err(|error| failed(error.to_string())),
        None => Err(failed("daypass is ending".into())),
    }
}

fn saving(object: &ObjectId) -> String {
    format!("write the link to {object} into a file")
}

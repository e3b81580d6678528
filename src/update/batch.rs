//! Many links at once: chosen by marks or by a prefix, written to a file, copied where they are few.

use super::effect::Effect;
use super::msg::Clip;
use super::{abort, menu, prompt};
use crate::model::batch::{BatchSheet, BatchState, Job, Place, Shape, Written};
use crate::model::listing::Listing;
use crate::model::menu::{Act, Menu};
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::pending::{Lane, Question};
use crate::model::presign::Wanted;
use crate::model::prompt::{Prompt, Purpose};
use crate::model::{Layer, Model};
use crate::presign::caution::confirmation;
use crate::presign::expiry::Lifetime;
use crate::presign::export::Format;
use crate::presign::link::LinkText;
use crate::presign::policy::{FormRequest, KeyRule};
use crate::presign::request::{LinkRequest, Method};
use crate::s3::entry::Entry;
use crate::s3::failure::Failure;
use crate::s3::location::{Location, ObjectId};
use crate::s3::name::{BucketName, Prefix};
use crate::s3::size;

/// The extensions of HLS playlists (RFC 8216, section 4).
const PLAYLISTS: [&str; 2] = [".m3u8", ".m3u"];

/// Offers the ways in which links to the marked rows, or to all below the row, can be written.
pub(super) fn offer(model: &mut Model, method: Method, now: Moment) {
    let places = chosen(model, method);
    if places.is_empty() {
        let why = match method {
            Method::Put => "mark objects first: upload links to a whole prefix would have no names",
            Method::Get | Method::Head | Method::Delete | Method::Post => "there is nothing to make links to here",
        };
        return model.notices.say(Level::Info, why, now);
    }
    let title = title(model, &places);
    let formats = Format::ALL.into_iter().filter(|format| method == Method::Get || can_upload(*format));
    let lists = formats.map(|format| (label(format).to_owned(), Act::List(method, format)));
    let playlist = match places.as_slice() {
        [Place::Object(object, _)] if method == Method::Get && is_playlist(object) => {
            Some(("a playlist that plays: a link for each file in it".to_owned(), Act::Playlists))
        }
        _ => None,
    };
    let kind = if method == Method::Put { "Upload links" } else { "Links" };
    menu::open(model, Menu::new(format!("{kind} to {title}"), playlist.into_iter().chain(lists)));
}

/// Offers lists of links that look at the headers of the marked rows, or of all below the row, or delete them.
pub(super) fn offer_other_methods(model: &mut Model, now: Moment) {
    let places = chosen(model, Method::Head);
    if places.is_empty() {
        return model.notices.say(Level::Info, "there is nothing to make links to here", now);
    }
    let title = title(model, &places);
    let items = [Method::Get, Method::Head, Method::Delete].into_iter().flat_map(|method| {
        let formats = [Format::Text, Format::Csv, Format::Jsonl];
        formats.map(|format| (format!("{method} links as {}", label(format)), Act::List(method, format)))
    });
    menu::open(model, Menu::new(format!("Links to {title}"), items));
}

/// Asks how long the links shall work.
pub(super) fn ask_lifetime(model: &mut Model, act: Act) {
    let (method, shape) = match act {
        Act::List(method, format) => (method, Shape::List { places: chosen(model, method), method, format }),
        Act::Playlists => match chosen(model, Method::Get).pop() {
            Some(Place::Object(object, _)) => (Method::Get, Shape::Playlists(object)),
            Some(Place::Below(..)) | None => return,
        },
        Act::Command(_) | Act::Message(_) => return,
    };
    let title = match &shape {
        Shape::List { places, .. } => title(model, places),
        Shape::Playlists(object) | Shape::Parts { object, .. } => object.to_string(),
        Shape::Form(_) => return,
    };
    let lifetime = model.store.rules.usual(method);
    let job = Job { title, shape, lifetime };
    prompt::open(model, Prompt::new(Purpose::Lifetime(Box::new(job)), &lifetime.to_string()));
}

/// The job with the lifetime that was typed, or what is wrong with it.
pub(super) fn with_lifetime(model: &Model, job: &Job, text: &str, now: Moment) -> Result<Job, String> {
    let usual = model.store.rules.usual(job.method());
    let lifetime = match text.trim() {
        text if text == usual.to_string() => usual,
        text => Lifetime::parse(text, &now.wall.to_zoned_datetime(model.fixed.zone.clone()))
            .map_err(|error| error.to_string())?,
    };
    Ok(Job { lifetime, ..job.clone() })
}

/// Makes the links, once a person has said yes where that is asked for.
pub(super) fn ask_or_run(model: &mut Model, job: Job, now: Moment, effects: &mut Vec<Effect>) {
    // What is asked of one link is asked of all: they differ in their object alone.
    let question = any_object(&job).and_then(|object| {
        confirmation(&LinkRequest::new(job.method(), object, job.lifetime), &model.store.rules, now.wall)
    });
    match question {
        Some(question) => model.layers.push(Layer::Confirm(question, Box::new(Wanted::Batch(job)))),
        None => run(model, job, now, effects),
    }
}

/// Makes the links.
pub(super) fn run(model: &mut Model, job: Job, now: Moment, effects: &mut Vec<Effect>) {
    let question = model.pending.ask(Lane::Batch, now);
    effects.push(Effect::Batch(question, Box::new(job.clone())));
    model.layers.push(Layer::Batch(Box::new(BatchSheet { job, state: BatchState::Running(0) })));
}

/// An object that the job may make a link to; a question about it holds for all.
fn any_object(job: &Job) -> Option<ObjectId> {
    match &job.shape {
        Shape::List { places, .. } => places.first().and_then(|place| match place {
            Place::Object(object, _) => Some(object.clone()),
            Place::Below(bucket, prefix) => any_below(bucket, prefix),
        }),
        Shape::Form(request) => match &request.key {
            KeyRule::Exactly(key) => Some(ObjectId::current(request.bucket.clone(), key.clone())),
            KeyRule::StartsWith(prefix) => any_below(&request.bucket, prefix),
        },
        Shape::Playlists(object) | Shape::Parts { object, .. } => Some(object.clone()),
    }
}

fn any_below(bucket: &BucketName, prefix: &Prefix) -> Option<ObjectId> {
    prefix.join("key").ok().map(|key| ObjectId::current(bucket.clone(), key))
}

pub(super) fn take_progress(model: &mut Model, question: Question, links: u64) {
    if model.pending.expects(Lane::Batch, question)
        && let Some(sheet) = model.batch_mut()
    {
        sheet.state = BatchState::Running(links);
    }
}

pub(super) fn take_written(
    model: &mut Model,
    question: Question,
    answer: Result<Box<Written>, Failure>,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    if !model.pending.settle(Lane::Batch, question) {
        return;
    }
    let Some(sheet) = model.batch_mut() else { return };
    match answer {
        Ok(written) => {
            let told = format!("{} links written to {}", size::count(written.links), written.path.display());
            let not_noted = written.not_noted.clone();
            sheet.state = BatchState::Written(written);
            model.notices.note(Level::Done, told, now);
            if let Some(why) = not_noted {
                model.notices.say(Level::Error, why, now);
            }
            copy(model, now, effects);
        }
        Err(failure) => {
            sheet.state = BatchState::Failed(failure.clone());
            model.notices.note_failure(&failure, now);
        }
    }
}

/// Copies the links, or the name of their file where they are too many.
pub(super) fn copy(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(BatchSheet { state: BatchState::Written(written), .. }) = model.batch_mut() else { return };
    let (text, clip) = match &written.text {
        Some(text) => (text.clone(), Clip::Batch(written.links)),
        None => (LinkText::new(written.path.to_string_lossy().into_owned()), Clip::Path),
    };
    effects.push(Effect::CopyLinkText(model.pending.ask(Lane::Copy, now), text, clip));
}

/// Stops what runs and closes the sheet.
pub(super) fn close(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    if model.pending.runs(Lane::Batch) {
        abort(model, Lane::Batch, effects);
        model.notices.say(Level::Info, "cancelled: no file was kept", now);
    }
    model.layers.pop_if(|layer| matches!(layer, Layer::Batch(_)));
}

/// What links are made to: the marked rows, else the row under the cursor. Links to upload need keys.
fn chosen(model: &Model, method: Method) -> Vec<Place> {
    if let Some(sheet) = model.find() {
        return sheet.chosen();
    }
    let here = &model.browse.here;
    let place = |entry: Entry| match (&here.location, entry) {
        (Location::Prefix { bucket, .. }, Entry::Object(object)) => {
            Some(Place::Object(ObjectId::current(bucket.clone(), object.key), object.size))
        }
        (_, _) if method == Method::Put => None,
        (Location::Prefix { bucket, .. }, Entry::Prefix(prefix)) => Some(Place::Below(bucket.clone(), prefix)),
        (_, Entry::Bucket(bucket)) => Some(Place::Below(bucket.name, Prefix::default())),
        (Location::Buckets, Entry::Object(_) | Entry::Prefix(_)) => None,
    };
    let marked: Vec<Place> = here.marked().into_iter().filter_map(place).collect();
    if here.marks().is_empty() { here.current().and_then(place).into_iter().collect() } else { marked }
}

fn title(model: &Model, places: &[Place]) -> String {
    match places {
        [object @ Place::Object(..)] => object.to_string(),
        [below @ Place::Below(..)] => format!("all below {below}"),
        many => {
            let place = model.find().map_or_else(|| model.browse.here.location.clone(), |sheet| sheet.job.location());
            format!("{} marked rows of {place}", size::count(many.len()))
        }
    }
}

fn is_playlist(object: &ObjectId) -> bool {
    let key = object.key.as_str().to_ascii_lowercase();
    PLAYLISTS.iter().any(|extension| key.ends_with(extension))
}

/// Whether a list of the format is of use to somebody who uploads.
fn can_upload(format: Format) -> bool {
    match format {
        Format::Text | Format::Csv | Format::Jsonl | Format::Markdown | Format::Html | Format::Curl => true,
        Format::Wget | Format::Aria2 | Format::M3u => false,
    }
}

fn label(format: Format) -> &'static str {
    match format {
        Format::Text => "text: a URL on each line",
        Format::Csv => "CSV, for spreadsheets",
        Format::Jsonl => "JSON Lines, for programs",
        Format::Markdown => "Markdown",
        Format::Html => "an HTML page",
        Format::Curl => "for curl -K FILE",
        Format::Wget => "for wget -i FILE",
        Format::Aria2 => "for aria2c -i FILE",
        Format::M3u => "M3U, for players",
    }
}

/// The job of a multipart upload, for an object that one PUT cannot carry.
pub(super) fn parts(request: &LinkRequest, size: u64) -> Job {
    let headers = request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
    let shape = Shape::Parts { object: request.object.clone(), size, headers: headers.cloned().collect() };
    Job { title: request.object.to_string(), shape, lifetime: request.lifetime }
}

/// The job of a form for browsers.
pub(super) fn form(request: FormRequest) -> Job {
    let (title, lifetime) = match &request.key {
        KeyRule::Exactly(key) => (key.as_str(), request.lifetime),
        KeyRule::StartsWith(prefix) => (prefix.as_str(), request.lifetime),
    };
    Job { title: format!("s3://{}/{title}", request.bucket), shape: Shape::Form(request), lifetime }
}

/// Whether the row under the cursor stands for more than itself, or marks do.
pub(super) fn is_wanted(here: &Listing) -> bool {
    !here.marks().is_empty() || matches!(here.current(), Some(Entry::Prefix(_) | Entry::Bucket(_)))
}

//! Links: made when a key asks for one and never before, copied at once, and everything that the sheet offers.

use std::path::PathBuf;

use super::effect::Effect;
use super::msg::Clip;
use super::{abort, batch, form, page, prompt};
use crate::model::listing::RowId;
use crate::model::menu::MessageForm;
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::page::Subject;
use crate::model::pending::{Lane, Question};
use crate::model::presign::{Asked, Copied, LinkSheet, LinkState, Made, Noted, Tested, Wanted};
use crate::model::prompt::{Prompt, Purpose};
use crate::model::{Layer, Messages, Model};
use crate::presign::caution::confirmation;
use crate::presign::ledger::Destination;
use crate::presign::ledger::warning::Warning;
use crate::presign::link::{Link, LinkText};
use crate::presign::message::About;
use crate::presign::probe::{Finding, Outcome};
use crate::presign::request::{LinkRequest, Method};
use crate::presign::reuse::Freshness;
use crate::presign::snippet::{Dialect, snippet};
use crate::s3::entry::Entry;
use crate::s3::failure::Failure;
use crate::s3::location::{Location, ObjectId};
use crate::s3::name::{BucketName, Key, Prefix};
use crate::s3::size;

/// Asks for a GET link to the object under the cursor.
pub(super) fn share(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    if batch::is_wanted(&model.browse.here) {
        return batch::offer(model, Method::Get, now);
    }
    let Some(object) = model.browse.here.current_object() else {
        return model.notices.say(Level::Info, "there is no object to share here", now);
    };
    share_object(model, object, now, effects);
}

/// Asks for a GET link to this object.
pub(super) fn share_object(model: &mut Model, object: ObjectId, now: Moment, effects: &mut Vec<Effect>) {
    let mut request = LinkRequest::new(Method::Get, object, model.store.rules.usual(Method::Get));
    request.query.extend(form::safe_disposition(model, &request.object).map(|safe| safe.parameter()));
    ask_or_make(model, Asked::usual(request), Freshness::Reuse, now, effects);
}

/// Asks for the key of an upload, starting with what is under the cursor.
pub(super) fn ask_for_new_key(model: &mut Model, now: Moment) {
    if !model.browse.here.marks().is_empty() {
        return batch::offer(model, Method::Put, now);
    }
    let here = &model.browse.here;
    let (bucket, below, name) = match (&here.location, here.current()) {
        (Location::Prefix { bucket, prefix }, Some(row @ (Entry::Prefix(_) | Entry::Object(_)))) => {
            (bucket.clone(), Prefix::new(prefix.folder()), here.name_of(&row).to_owned())
        }
        (Location::Prefix { bucket, prefix }, Some(Entry::Bucket(_)) | None) => {
            let begun = prefix.as_str().strip_prefix(prefix.folder()).unwrap_or_default();
            (bucket.clone(), Prefix::new(prefix.folder()), begun.to_owned())
        }
        (Location::Buckets, Some(Entry::Bucket(bucket))) => (bucket.name, Prefix::default(), String::new()),
        (Location::Buckets, _) => {
            return model.notices.say(Level::Info, "there is no bucket to upload to here", now);
        }
    };
    prompt::open(model, Prompt::new(Purpose::NewKey { bucket, below }, &name));
}

/// Asks for a PUT link to `key`.
pub(super) fn make_upload_link(
    model: &mut Model,
    bucket: BucketName,
    key: Key,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    let object = ObjectId::current(bucket, key);
    let request = LinkRequest::new(Method::Put, object, model.store.rules.usual(Method::Put));
    ask_or_make(model, Asked::usual(request), Freshness::Reuse, now, effects);
}

/// Makes the link, once a person has said yes where that is asked for. It takes the place of a link in front.
pub(super) fn ask_or_make(
    model: &mut Model,
    asked: Asked,
    freshness: Freshness,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    match confirmation(&asked.request, &model.store.rules, now.wall) {
        Some(question) => model.layers.push(Layer::Confirm(question, Box::new(Wanted::Link(asked)))),
        None => make(model, asked, freshness, now, effects),
    }
}

/// The question in front was answered with yes.
pub(super) fn yes(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(Layer::Confirm(_, wanted)) = model.layers.pop_if(|layer| matches!(layer, Layer::Confirm(..))) else {
        return;
    };
    match *wanted {
        Wanted::Link(asked) => make(model, asked, Freshness::Anew, now, effects),
        Wanted::Batch(job) => batch::run(model, job, now, effects),
    }
}

/// The question in front was answered with no.
pub(super) fn no(model: &mut Model) {
    model.layers.pop_if(|layer| matches!(layer, Layer::Confirm(..)));
}

/// Signs the link in front once more, to live its full time again.
pub(super) fn sign_anew(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    if let Some(asked) = model.link().map(|sheet| sheet.asked.clone()) {
        ask_or_make(model, asked, Freshness::Anew, now, effects);
    }
}

fn make(model: &mut Model, asked: Asked, freshness: Freshness, now: Moment, effects: &mut Vec<Effect>) {
    let size = size_in_list(model, &asked.request.object);
    let question = model.pending.ask(Lane::Presign, now);
    effects.push(Effect::Presign(question, asked.request.clone(), freshness));
    model.layers.pop_if(|layer| matches!(layer, Layer::Link(_)));
    model.layers.push(Layer::Link(Box::new(LinkSheet::making(asked, size))));
}

/// The size of the object as the list has it; `None` where the list has no such row.
fn size_in_list(model: &Model, object: &ObjectId) -> Option<u64> {
    let here = &model.browse.here;
    let in_this_bucket = matches!(&here.location, Location::Prefix { bucket, .. } if *bucket == object.bucket);
    // The list has the current version.
    let in_this_bucket = in_this_bucket && object.version.is_none();
    match here.find(&RowId::Object(object.key.clone())) {
        Some(Entry::Object(summary)) if in_this_bucket => Some(summary.size),
        _ => None,
    }
}

pub(super) fn take_link(
    model: &mut Model,
    question: Question,
    answer: Result<Box<Link>, Failure>,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    if !model.pending.settle(Lane::Presign, question) {
        return;
    }
    let Some(sheet) = model.link_mut() else { return };
    match answer {
        Ok(link) => {
            let url = link.url.clone();
            sheet.state = LinkState::Made(Made::new(*link));
            effects.push(Effect::CopyLink(model.pending.ask(Lane::Copy, now), url));
        }
        Err(failure) => {
            sheet.state = LinkState::Failed(failure.clone());
            model.notices.note_failure(&failure, now);
        }
    }
}

pub(super) fn copy_again(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(made) = made(model) else { return };
    made.copied = Copied::Copying;
    let url = made.link.url.clone();
    effects.push(Effect::CopyLink(model.pending.ask(Lane::Copy, now), url));
}

pub(super) fn take_copied(
    model: &mut Model,
    question: Question,
    clip: Clip,
    how: Copied,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    if !model.pending.settle(Lane::Copy, question) {
        return;
    }
    let what = match clip {
        Clip::Link => "link".to_owned(),
        Clip::Command => "command".to_owned(),
        Clip::Batch(1) => "list of 1 link".to_owned(),
        Clip::Batch(n) => format!("list of {} links", size::count(n)),
        Clip::Path => "name of the file".to_owned(),
        Clip::Message => "message".to_owned(),
        Clip::Report => "report".to_owned(),
        Clip::Address => "plain address (good while the object is public)".to_owned(),
        Clip::Locations(1) => "s3:// location".to_owned(),
        Clip::Locations(n) => format!("{} s3:// locations", size::count(n)),
    };
    let (level, text) = match &how {
        Copied::Copying => return,
        Copied::Native => (Level::Done, format!("{what} copied to the clipboard")),
        Copied::Tmux => {
            (Level::Done, format!("{what} copied to tmux and sent to the terminal, which does not confirm"))
        }
        Copied::Terminal(_) => (Level::Done, format!("{what} sent to the terminal (OSC 52), which does not confirm")),
        Copied::NotCopied(why) => (Level::Error, format!("{what} not copied: {why}")),
    };
    match clip {
        Clip::Locations(_)
        | Clip::Command
        | Clip::Message
        | Clip::Batch(_)
        | Clip::Path
        | Clip::Report
        | Clip::Address => model.notices.say(level, text, now),
        // The sheet says it already.
        Clip::Link => model.notices.note(level, text, now),
    }
    let went = match (clip, &how) {
        (Clip::Locations(_) | Clip::Batch(_) | Clip::Path | Clip::Report | Clip::Address, _) | (_, Copied::Copying) => {
            None
        }
        (_, Copied::Native) => Some(Destination::Clipboard),
        (_, Copied::Tmux) => Some(Destination::Tmux),
        (_, Copied::Terminal(_)) => Some(Destination::Terminal),
        // It is in front of the user all the same, or in a buffer that nobody can look into.
        (_, Copied::NotCopied(_)) => Some(Destination::Screen),
    };
    if let Some(destination) = went {
        record(model, destination, effects);
    }
    if let (Clip::Link, Some(made)) = (clip, made(model)) {
        made.copied = how;
    }
}

/// Notes where the link in front went.
fn record(model: &Model, destination: Destination, effects: &mut Vec<Effect>) {
    if let Some((sheet, made)) = model.link().and_then(|sheet| Some((sheet, sheet.made()?))) {
        let (link, note) = (made.link.clone(), sheet.asked.note.clone());
        let noted = Noted { link, note, issuer: model.store.issuer.clone() };
        effects.push(Effect::Record(Box::new(noted), destination));
    }
}

/// What the ledger made of a note: only what somebody should know is said.
pub(super) fn take_recorded(model: &mut Model, answer: Result<Vec<Warning>, Failure>, now: Moment) {
    match answer {
        Ok(warnings) => {
            // What is to be said of a single link, its sheet says.
            for warning in warnings.iter().filter(|warning| matches!(warning, Warning::Many { .. })) {
                model.notices.say(Level::Info, warning.to_string(), now);
            }
        }
        Err(failure) => model.notices.fail(&failure, now),
    }
}

/// Asks the store whether the link in front works.
pub(super) fn test(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(made) = made(model) else { return };
    made.tested = Tested::Asking;
    let link = Box::new(made.link.clone());
    effects.push(Effect::Probe(model.pending.ask(Lane::Probe, now), link));
}

pub(super) fn take_finding(model: &mut Model, question: Question, finding: Box<Finding>, now: Moment) {
    if !model.pending.settle(Lane::Probe, question) {
        return;
    }
    let level = match finding.outcome {
        Outcome::Works { .. } | Outcome::WorksAsFarAsCanBeSeen => Level::Done,
        Outcome::Refused | Outcome::NotTheStore | Outcome::Unreachable => Level::Error,
    };
    // The sheet says it already.
    model.notices.note(level, finding.summary.clone(), now);
    if let Some(made) = made(model) {
        made.tested = Tested::Found(finding);
    }
}

pub(super) fn show_url(model: &mut Model, effects: &mut Vec<Effect>) {
    if made(model).is_some() {
        record(model, Destination::Screen, effects);
        page::open(model, Subject::Url);
    }
}

pub(super) fn show_qr(model: &mut Model, effects: &mut Vec<Effect>) {
    if made(model).is_some() {
        record(model, Destination::Qr, effects);
        page::open(model, Subject::Qr);
    }
}

/// Copies the link in front as a command, and shows it.
pub(super) fn as_command(model: &mut Model, dialect: Dialect, now: Moment, effects: &mut Vec<Effect>) {
    let Some(made) = made(model) else { return };
    match snippet(&made.link, dialect) {
        Ok(text) => hand_on(model, format!("For {}", dialect.title()), text, Clip::Command, now, effects),
        Err(error) => model.notices.say(Level::Error, format!("cannot make this command: {error}"), now),
    }
}

/// Copies the link in front as a message, and shows it.
pub(super) fn as_message(model: &mut Model, form: MessageForm, now: Moment, effects: &mut Vec<Effect>) {
    let Messages { text, html, zone } = model.fixed.messages.clone();
    let Some((sheet, made)) = model.link().and_then(|sheet| Some((sheet, sheet.made()?))) else { return };
    let about = About { link: &made.link, size: sheet.size, now: now.wall, zone: &zone };
    let (title, text) = match form {
        MessageForm::Text => ("Message as plain text", text.text(&about)),
        MessageForm::Html => ("Message as HTML", html.html(&about)),
    };
    hand_on(model, title.to_owned(), text, Clip::Message, now, effects);
}

/// Copies a text that was made of a link, and shows it on a page.
fn hand_on(model: &mut Model, title: String, text: LinkText, clip: Clip, now: Moment, effects: &mut Vec<Effect>) {
    effects.push(Effect::CopyLinkText(model.pending.ask(Lane::Copy, now), text.clone(), clip));
    page::open(model, Subject::Text(title, text));
}

pub(super) fn save(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(made) = made(model) {
        effects.push(Effect::SaveLink(made.link.url.clone(), made.link.request.object.clone()));
    }
}

pub(super) fn take_saved(model: &mut Model, answer: Result<PathBuf, Failure>, now: Moment, effects: &mut Vec<Effect>) {
    match answer {
        Ok(path) => {
            model.notices.say(Level::Done, format!("link written to {}", path.display()), now);
            record(model, Destination::File, effects);
            if let Some(made) = made(model) {
                made.saved = Some(path);
            }
        }
        Err(failure) => model.notices.fail(&failure, now),
    }
}

/// Notes the link for printing at the end, or takes the note back.
pub(super) fn print_on_exit(model: &mut Model) {
    let Some(note) = model.link().map(|sheet| sheet.asked.note.clone()) else { return };
    let Some(made) = made(model) else { return };
    made.printed_on_exit = !made.printed_on_exit;
    let (wanted, link) = (made.printed_on_exit, made.link.clone());
    if wanted {
        model.print_on_exit.push(Noted { link, note, issuer: model.store.issuer.clone() });
    } else {
        model.print_on_exit.retain(|noted| noted.link.url != link.url);
    }
}

pub(super) fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    abort(model, Lane::Presign, effects);
    abort(model, Lane::Probe, effects);
    model.layers.pop_if(|layer| matches!(layer, Layer::Link(_)));
}

/// Copies the `s3://` locations of the marked rows, or of the row under the cursor.
pub(super) fn yank_locations(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let here = &model.browse.here;
    let location = |entry: Entry| match (&here.location, entry) {
        (_, Entry::Bucket(bucket)) => format!("s3://{}", bucket.name),
        (Location::Prefix { bucket, .. }, row) => format!("s3://{bucket}/{}", RowId::of(&row).as_str()),
        (Location::Buckets, row) => format!("s3://{}", RowId::of(&row).as_str()),
    };
    let marked: Vec<String> = here.marked().into_iter().map(location).collect();
    let lines = if marked.is_empty() { here.current().map(location).into_iter().collect() } else { marked };
    if lines.is_empty() {
        return model.notices.say(Level::Info, "there is no row to copy here", now);
    }
    let clip = Clip::Locations(lines.len());
    effects.push(Effect::CopyText(model.pending.ask(Lane::Copy, now), lines.join("\n"), clip));
}

fn made(model: &mut Model) -> Option<&mut Made> {
    match &mut model.link_mut()?.state {
        LinkState::Made(made) => Some(made),
        LinkState::Making | LinkState::Failed(_) => None,
    }
}

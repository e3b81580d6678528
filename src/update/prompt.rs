//! What happens when a line is typed and taken: a filter, a place, the key of an upload, a link to inspect, a code.

use tui_input::Input;

use super::effect::Effect;
use super::{batch, browse, code, doctor, find, inspect, ledger, line, presign, spot, stores};
use crate::command::key::{Key, KeyCode};
use crate::doctor::cors::Page as WebPage;
use crate::model::ledger::Shown;
use crate::model::listing::Filter;
use crate::model::listing::loading::Begin;
use crate::model::moment::Moment;
use crate::model::prompt::{FROM, FROM_NEEDS_BUCKET, Prompt, Purpose};
use crate::model::{Layer, Model};
use crate::presign::credentials::OneTimeCode;
use crate::presign::link::LinkText;
use crate::s3::location::Location;

/// What a location starts with.
const SCHEME: &str = "s3://";

pub(super) fn filter(model: &mut Model) {
    let before = model.browse.here.filter().clone();
    let text = before.0.clone();
    open(model, Prompt::new(Purpose::Filter { before }, &text));
}

/// Asks for a text that the links of the ledger contain.
pub(super) fn filter_links(model: &mut Model) {
    let Some(ledger) = model.ledger_mut() else { return };
    ledger.show(Shown::Links);
    let before = ledger.filter().to_owned();
    open(model, Prompt::new(Purpose::FilterLinks { before: before.clone() }, &before));
}

/// Asks for a text that the stores of the list contain.
pub(super) fn filter_stores(model: &mut Model) {
    let Some(before) = model.stores().map(|stores| stores.filter().to_owned()) else { return };
    open(model, Prompt::new(Purpose::FilterStores { before: before.clone() }, &before));
}

pub(super) fn go_to(model: &mut Model) {
    let text = model.browse.here.location.to_string();
    open(model, Prompt::new(Purpose::GoTo, &text));
}

pub(super) fn open(model: &mut Model, prompt: Prompt) {
    model.layers.push(Layer::Prompt(prompt));
}

/// A key that no command has edits the line.
pub(super) fn type_key(model: &mut Model, key: Key) {
    let purpose = front(model).map(|prompt| &prompt.purpose);
    // The list stays in reach while its filter is typed.
    let move_by: Option<fn(&mut Model, isize)> = match purpose {
        Some(Purpose::Filter { .. }) => Some(browse::move_by),
        Some(Purpose::FilterLinks { .. } | Purpose::FilterStores { .. }) => Some(spot::move_by),
        Some(
            Purpose::Find { .. }
            | Purpose::GoTo
            | Purpose::NewKey { .. }
            | Purpose::Lifetime(_)
            | Purpose::Inspect
            | Purpose::WebPage
            | Purpose::Code(_),
        )
        | None => None,
    };
    match (key.code, move_by) {
        (KeyCode::Down, Some(move_by)) => move_by(model, 1),
        (KeyCode::Up, Some(move_by)) => move_by(model, -1),
        (KeyCode::Backspace, _) if drop_pasted(model) => {}
        _ => edit(model, |input| {
            line::type_key(input, key);
        }),
    }
}

pub(super) fn paste(model: &mut Model, text: &LinkText) {
    match front(model) {
        // What is inspected keeps its line breaks: they are part of the damage. A link and its error may come one by one.
        Some(prompt @ Prompt { purpose: Purpose::Inspect, .. }) => {
            let whole = match &prompt.pasted {
                Some(before) => LinkText::new(format!("{}\n{}", before.expose(), text.expose())),
                None => text.clone(),
            };
            prompt.pasted = Some(whole);
            prompt.complaint = None;
        }
        Some(_) | None => edit(model, |input| line::paste(input, text.expose())),
    }
}

/// Drops what was pasted, which stands behind the line; false where nothing was.
fn drop_pasted(model: &mut Model) -> bool {
    front(model).is_some_and(|prompt| prompt.pasted.take().is_some())
}

pub(super) fn erase_line(model: &mut Model) {
    drop_pasted(model);
    edit(model, line::erase);
}

pub(super) fn erase_word(model: &mut Model) {
    if !drop_pasted(model) {
        edit(model, line::erase_word);
    }
}

/// Takes the line for what it is for, or says what is wrong with it.
pub(super) fn accept(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(prompt) = front(model) else { return };
    let complaint = match &prompt.purpose {
        Purpose::Filter { .. } | Purpose::FilterLinks { .. } | Purpose::FilterStores { .. } => {
            model.layers.pop();
            return;
        }
        Purpose::GoTo if prompt.text().starts_with(FROM) => {
            let name = prompt.text().strip_prefix(FROM).unwrap_or_default().to_owned();
            match &model.browse.here.location {
                Location::Buckets => FROM_NEEDS_BUCKET.to_owned(),
                Location::Prefix { prefix, .. } => {
                    let begin = match &*name {
                        "" => Begin::Start,
                        name => Begin::At(format!("{}{name}", prefix.folder())),
                    };
                    model.layers.pop();
                    return browse::begin_with(model, begin, effects);
                }
            }
        }
        Purpose::GoTo => match Location::parse(prompt.text().trim_start()) {
            Ok(there) => {
                model.layers.pop();
                return browse::go(model, there, effects);
            }
            Err(error) => error.to_string(),
        },
        Purpose::Find { .. } => {
            let text = prompt.text().to_owned();
            match find::begin(model, &text, now, effects) {
                Ok(()) => return,
                Err(complaint) => complaint,
            }
        }
        Purpose::Inspect => {
            let pasted = prompt.pasted.as_ref().map_or("", |text| text.expose());
            let text = LinkText::new(format!("{}{pasted}", prompt.text()));
            if text.expose().trim().is_empty() {
                "paste the link first, or the whole message that it stands in".to_owned()
            } else {
                model.layers.pop();
                return inspect::inspect(model, text, now, effects);
            }
        }
        Purpose::NewKey { bucket, below } => match below.join(prompt.text()) {
            Ok(key) => {
                let bucket = bucket.clone();
                model.layers.pop();
                return presign::make_upload_link(model, bucket, key, now, effects);
            }
            Err(error) => error.to_string(),
        },
        Purpose::WebPage => match WebPage::parse(prompt.text()) {
            Ok(page) => {
                model.layers.pop();
                return doctor::examine_page(model, page, now, effects);
            }
            Err(complaint) => complaint,
        },
        Purpose::Code(_) => match OneTimeCode::parse(prompt.text()) {
            Ok(typed) => {
                model.layers.pop();
                return code::give(model, typed, effects);
            }
            Err(error) => error.to_string(),
        },
        Purpose::Lifetime(job) => {
            let (job, text) = (job.clone(), prompt.text().to_owned());
            match batch::with_lifetime(model, &job, &text, now) {
                Ok(job) => {
                    model.layers.pop();
                    return batch::ask_or_run(model, job, now, effects);
                }
                Err(complaint) => complaint,
            }
        }
    };
    let Some(prompt) = front(model) else { return };
    prompt.complaint = Some(complaint);
}

/// Closes the line; a filter is again what it was before.
pub(super) fn abandon(model: &mut Model, effects: &mut Vec<Effect>) {
    let prompt = model.layers.pop_if(|layer| matches!(layer, Layer::Prompt(_)));
    let Some(Layer::Prompt(prompt)) = prompt else { return };
    match prompt.purpose {
        Purpose::Filter { before } => model.browse.here.set_filter(before),
        Purpose::FilterLinks { before } => ledger::set_filter(model, before),
        Purpose::Code(_) => code::refuse(model, effects),
        Purpose::FilterStores { before } => stores::set_filter(model, before),
        Purpose::Find { .. }
        | Purpose::GoTo
        | Purpose::NewKey { .. }
        | Purpose::Lifetime(_)
        | Purpose::Inspect
        | Purpose::WebPage => {}
    }
}

fn edit(model: &mut Model, change: impl FnOnce(&mut Input)) {
    let here = model.browse.here.location.to_string();
    let Some(prompt) = front(model) else { return };
    let schemes = prompt.text().matches(SCHEME).count();
    let is_untouched = prompt.text() == here;
    change(&mut prompt.input);
    if prompt.purpose == Purpose::GoTo && prompt.text().matches(SCHEME).count() > schemes {
        begin_with_last_scheme(&mut prompt.input);
    } else if prompt.purpose == Purpose::GoTo && is_untouched {
        begin_with_name(&mut prompt.input, &here);
    }
    prompt.complaint = None;
    let text = prompt.text().to_owned();
    match prompt.purpose.clone() {
        Purpose::Filter { .. } if text != model.browse.here.filter().0 => model.browse.here.set_filter(Filter(text)),
        Purpose::FilterLinks { .. } => ledger::set_filter(model, text),
        Purpose::FilterStores { .. } => stores::set_filter(model, text),
        Purpose::Filter { .. }
        | Purpose::Find { .. }
        | Purpose::GoTo
        | Purpose::NewKey { .. }
        | Purpose::Lifetime(_)
        | Purpose::Inspect
        | Purpose::WebPage
        | Purpose::Code(_) => {}
    }
}

/// A location that is put behind another one takes its place: the line starts with where one is, and is pasted into.
fn begin_with_last_scheme(input: &mut Input) {
    if let Some((before, after)) = input.value().rsplit_once(SCHEME) {
        let cursor = input.cursor().saturating_sub(before.chars().count());
        *input = Input::new(format!("{SCHEME}{after}")).with_cursor(cursor);
    }
}

/// A name to begin at that is put behind the place where one is takes the place of it, too.
fn begin_with_name(input: &mut Input, here: &str) {
    if let Some(name) = input.value().strip_prefix(here).filter(|name| name.starts_with(FROM)) {
        *input = Input::new(name.to_owned());
    }
}

fn front(model: &mut Model) -> Option<&mut Prompt> {
    match model.layers.last_mut() {
        Some(Layer::Prompt(prompt)) => Some(prompt),
        Some(_) | None => None,
    }
}

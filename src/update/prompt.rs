//! What happens when a line is typed and taken: a filter, a place, the key of an upload.

use tui_input::Input;

use super::effect::Effect;
use super::{batch, browse, ledger, line, presign};
use crate::command::key::{Key, KeyCode};
use crate::model::ledger::Shown;
use crate::model::listing::Filter;
use crate::model::moment::Moment;
use crate::model::prompt::{Prompt, Purpose};
use crate::model::{Layer, Model};
use crate::s3::location::Location;

pub(super) fn filter(model: &mut Model) {
    let before = model.browse.here.filter().clone();
    let text = before.0.clone();
    open(model, Prompt::new(Purpose::Filter { before }, &text));
}

/// Asks for a text that the links of the ledger contain.
pub(super) fn filter_links(model: &mut Model) {
    let Some(ledger) = ledger::opened(model) else { return };
    ledger.show(Shown::Links);
    let before = ledger.filter().to_owned();
    open(model, Prompt::new(Purpose::FilterLinks { before: before.clone() }, &before));
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
        Some(Purpose::FilterLinks { .. }) => Some(ledger::move_by),
        Some(Purpose::GoTo | Purpose::NewKey { .. } | Purpose::Lifetime(_)) | None => None,
    };
    match (key.code, move_by) {
        (KeyCode::Down, Some(move_by)) => move_by(model, 1),
        (KeyCode::Up, Some(move_by)) => move_by(model, -1),
        _ => edit(model, |input| {
            line::type_key(input, key);
        }),
    }
}

pub(super) fn paste(model: &mut Model, text: &str) {
    edit(model, |input| line::paste(input, text));
}

pub(super) fn erase_line(model: &mut Model) {
    edit(model, line::erase);
}

pub(super) fn erase_word(model: &mut Model) {
    edit(model, line::erase_word);
}

/// Takes the line for what it is for, or says what is wrong with it.
pub(super) fn accept(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(prompt) = front(model) else { return };
    let complaint = match &prompt.purpose {
        Purpose::Filter { .. } | Purpose::FilterLinks { .. } => {
            model.layers.pop();
            return;
        }
        Purpose::GoTo => match Location::parse(prompt.text().trim_start()) {
            Ok(there) => {
                model.layers.pop();
                return browse::go(model, there, effects);
            }
            Err(error) => error.to_string(),
        },
        Purpose::NewKey { bucket, below } => match below.join(prompt.text()) {
            Ok(key) => {
                let bucket = bucket.clone();
                model.layers.pop();
                return presign::make_upload_link(model, bucket, key, now, effects);
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
pub(super) fn abandon(model: &mut Model) {
    let prompt = model.layers.pop_if(|layer| matches!(layer, Layer::Prompt(_)));
    let Some(Layer::Prompt(prompt)) = prompt else { return };
    match prompt.purpose {
        Purpose::Filter { before } => model.browse.here.set_filter(before),
        Purpose::FilterLinks { before } => ledger::set_filter(model, before),
        Purpose::GoTo | Purpose::NewKey { .. } | Purpose::Lifetime(_) => {}
    }
}

fn edit(model: &mut Model, change: impl FnOnce(&mut Input)) {
    let Some(prompt) = front(model) else { return };
    change(&mut prompt.input);
    prompt.complaint = None;
    let text = prompt.text().to_owned();
    match prompt.purpose.clone() {
        Purpose::Filter { .. } if text != model.browse.here.filter().0 => model.browse.here.set_filter(Filter(text)),
        Purpose::FilterLinks { .. } => ledger::set_filter(model, text),
        Purpose::Filter { .. } | Purpose::GoTo | Purpose::NewKey { .. } | Purpose::Lifetime(_) => {}
    }
}

fn front(model: &mut Model) -> Option<&mut Prompt> {
    match model.layers.last_mut() {
        Some(Layer::Prompt(prompt)) => Some(prompt),
        Some(_) | None => None,
    }
}

//! What happens when a line is typed and taken: a filter, a place, the key of an upload.

use tui_input::Input;

use super::effect::Effect;
use super::{batch, browse, line, presign};
use crate::command::key::{Key, KeyCode};
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

pub(super) fn go_to(model: &mut Model) {
    let text = model.browse.here.location.to_string();
    open(model, Prompt::new(Purpose::GoTo, &text));
}

pub(super) fn open(model: &mut Model, prompt: Prompt) {
    model.layers.push(Layer::Prompt(prompt));
}

/// A key that no command has edits the line.
pub(super) fn type_key(model: &mut Model, key: Key) {
    let is_filter = matches!(front(model), Some(Prompt { purpose: Purpose::Filter { .. }, .. }));
    match key.code {
        // The list stays in reach while its filter is typed.
        KeyCode::Down if is_filter => browse::move_by(model, 1),
        KeyCode::Up if is_filter => browse::move_by(model, -1),
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
        Purpose::Filter { .. } => {
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
    if let Some(Layer::Prompt(Prompt { purpose: Purpose::Filter { before }, .. })) = prompt {
        model.browse.here.set_filter(before);
    }
}

fn edit(model: &mut Model, change: impl FnOnce(&mut Input)) {
    let Some(prompt) = front(model) else { return };
    change(&mut prompt.input);
    prompt.complaint = None;
    if matches!(prompt.purpose, Purpose::Filter { .. }) {
        let filter = Filter(prompt.text().to_owned());
        if &filter != model.browse.here.filter() {
            model.browse.here.set_filter(filter);
        }
    }
}

fn front(model: &mut Model) -> Option<&mut Prompt> {
    match model.layers.last_mut() {
        Some(Layer::Prompt(prompt)) => Some(prompt),
        Some(_) | None => None,
    }
}

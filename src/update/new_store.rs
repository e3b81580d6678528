//! Adding a store: filling in its form, one try of its key, writing it into the settings, and opening it.

use tui_input::Input;

use super::effect::Effect;
use super::{abort, line};
use crate::command::key::{Key, KeyCode};
use crate::model::moment::Moment;
use crate::model::new_store::{NewStoreForm, Occasion, Stage, StoreField};
use crate::model::notice::Level;
use crate::model::pending::{Lane, Question};
use crate::model::{Layer, Model};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::new_store::{NewStore, Tried};
use crate::s3::store::StoreId;
use crate::s3::text::visible;

/// Opens the form, beside the stores that are there.
pub(super) fn open(model: &mut Model) {
    let form = NewStoreForm::new(Occasion::Another, model.fixed.presets.clone());
    model.layers.push(Layer::NewStore(Box::new(form)));
}

pub(super) fn move_by(model: &mut Model, by: isize) {
    if let Some(form) = idle(model) {
        form.move_by(by);
    }
}

/// A key that no command has edits the field.
pub(super) fn type_key(model: &mut Model, key: Key) {
    edit(model, |form| match (form.at, key.typed(), key.code) {
        (StoreField::PlainHttp, Some(_), _) | (StoreField::PlainHttp, None, KeyCode::Left | KeyCode::Right) => {
            form.turn_plain_http();
        }
        (StoreField::PlainHttp, ..) => {}
        (StoreField::Secret, Some(c), _) => form.edit_secret(|secret| secret.push(c)),
        (StoreField::Secret, None, KeyCode::Backspace) => form.edit_secret(|secret| _ = secret.pop()),
        (StoreField::Secret, ..) => {}
        (StoreField::Place | StoreField::Region | StoreField::KeyId | StoreField::Start | StoreField::Name, ..) => {
            if let Some(input) = form.front_line() {
                line::type_key(input, key);
            }
        }
    });
}

pub(super) fn paste(model: &mut Model, text: &str) {
    edit(model, |form| match (form.at, form.front_line()) {
        (_, Some(input)) => line::paste(input, text),
        // A secret has no blanks at its ends; they come from copying.
        (StoreField::Secret, None) => {
            form.edit_secret(|secret| secret.extend(text.trim().chars().filter(|c| !c.is_control())))
        }
        (_, None) => {}
    });
}

pub(super) fn erase(model: &mut Model) {
    erase_by(model, line::erase);
}

pub(super) fn erase_word(model: &mut Model) {
    erase_by(model, line::erase_word);
}

/// Of a secret nobody sees the words, so all of it goes.
fn erase_by(model: &mut Model, erase: fn(&mut Input)) {
    edit(model, |form| match (form.at, form.front_line()) {
        (_, Some(input)) => erase(input),
        (StoreField::Secret, None) => form.edit_secret(String::clear),
        (_, None) => {}
    });
}

/// Goes to the next field that is missing; where none is, tries the key. One that the AWS tools may have is not asked for by
/// the first press: somebody may want to type another.
pub(super) fn accept(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let is_idle = idle(model).is_some();
    let Some(store) = is_idle.then(|| whole(model)).flatten() else { return };
    match model.new_store_mut() {
        Some(form) if store.key.is_none() && form.at < StoreField::KeyId => form.at = StoreField::KeyId,
        Some(_) | None => {
            let question = model.pending.ask(Lane::Stores, now);
            effects.push(Effect::TryStore(question, Box::new(store)));
            enter(model, Stage::Tried);
        }
    }
}

/// Writes the store although it did not answer as it should.
pub(super) fn write(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let refused = model.new_store().is_some_and(|form| matches!(form.stage, Stage::Failed(_)));
    if let Some(store) = refused.then(|| whole(model)).flatten() {
        add(model, store, now, effects);
    }
}

/// Stops what runs; else closes the form, and with it the program where no store is open.
pub(super) fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(form) = model.new_store_mut() else { return };
    match (form.is_busy(), form.occasion) {
        (true, _) => {
            form.stage = Stage::FilledIn;
            abort(model, Lane::Stores, effects);
        }
        (false, Occasion::FirstRun) => effects.push(Effect::Quit),
        (false, Occasion::Another) => drop(model.layers.pop_if(|layer| matches!(layer, Layer::NewStore(_)))),
    }
}

/// The key was tried: then the store is added, or the form says why not.
pub(super) fn take_tried(
    model: &mut Model,
    question: Question,
    answer: Result<Tried, Failure>,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    if !model.pending.settle(Lane::Stores, question) {
        return;
    }
    match (answer, whole(model)) {
        (Ok(tried), Some(store)) => {
            model.notices.say(Level::Done, tried.words, now);
            add(model, NewStore { start: tried.start.or(store.start.clone()), ..store }, now, effects);
        }
        (Ok(_), None) => enter(model, Stage::FilledIn),
        (Err(failure), _) => {
            let is_limited = failure.kind == FailureKind::Forbidden;
            refuse(model, failure, now);
            // The key may be good all the same: many are for one bucket, or one prefix in it.
            if let Some(form) = model.new_store_mut().filter(|form| is_limited && form.said().opens_at().is_none()) {
                form.at = StoreField::Start;
            }
        }
    }
}

/// It is in the settings: then it is opened.
pub(super) fn take_added(
    model: &mut Model,
    question: Question,
    answer: Result<StoreId, Failure>,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    if !model.pending.settle(Lane::Stores, question) {
        return;
    }
    match answer {
        Ok(id) => {
            let start = match model.new_store_mut().map(|form| &mut form.stage) {
                Some(Stage::Written(start)) => start.take(),
                Some(_) | None => None,
            };
            model.notices.say(Level::Done, format!("the store {} is in the settings now", visible(&id.name)), now);
            effects.push(Effect::OpenStore(model.pending.ask(Lane::Stores, now), id));
            enter(model, Stage::Opened(start));
        }
        Err(failure) => refuse(model, failure, now),
    }
}

/// The form says why it went no further; the list of messages has all that is known of it.
pub(super) fn refuse(model: &mut Model, failure: Failure, now: Moment) {
    model.notices.note_failure(&failure, now);
    enter(model, Stage::Failed(Box::new(failure)));
}

fn add(model: &mut Model, store: NewStore, now: Moment, effects: &mut Vec<Effect>) {
    let question = model.pending.ask(Lane::Stores, now);
    let start = store.opens_at().cloned();
    effects.push(Effect::AddStore(question, Box::new(store)));
    enter(model, Stage::Written(start));
}

fn enter(model: &mut Model, stage: Stage) {
    if let Some(form) = model.new_store_mut() {
        form.complaint = None;
        form.stage = stage;
    }
}

/// The store of the form, if enough is said of it; else the form is at what is missing or wrong. What was not looked at yet is
/// only shown.
fn whole(model: &mut Model) -> Option<NewStore> {
    let form = model.new_store_mut()?;
    match form.checked() {
        Ok(store) => Some(store),
        Err((field, why)) => {
            let untouched = field != form.at && form.text(field).is_empty();
            form.complaint = (!untouched).then_some(why);
            form.at = field;
            None
        }
    }
}

fn idle(model: &mut Model) -> Option<&mut NewStoreForm> {
    model.new_store_mut().filter(|form| !form.is_busy())
}

fn edit(model: &mut Model, change: impl FnOnce(&mut NewStoreForm)) {
    if let Some(form) = idle(model) {
        form.complaint = None;
        change(form);
    }
}

//! From one store to another without an end: the list of stores, opening one of them, and going on where each was left.

use std::mem::replace;

use super::effect::Effect;
use super::{abort, browse, code, new_store};
use crate::model::browse::Browse;
use crate::model::moment::Moment;
use crate::model::new_store::Stage;
use crate::model::pending::{Lane, Question};
use crate::model::store::Store;
use crate::model::stores::Stores;
use crate::model::{Layer, Model};
use crate::s3::failure::Failure;
use crate::s3::location::Location;
use crate::s3::memory::Remembered;
use crate::s3::store::KnownStores;

/// Opens the list of stores and asks which there are.
pub(super) fn show(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    model.layers.push(Layer::Stores(Box::default()));
    read(model, now, effects);
}

/// Asks which stores there are, or asks again.
pub(super) fn read(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    if let Some(stores) = model.stores_mut() {
        stores.opening = None;
    }
    effects.push(Effect::ListStores(model.pending.ask(Lane::Stores, now)));
}

pub(super) fn take(model: &mut Model, question: Question, known: KnownStores) {
    if !model.pending.settle(Lane::Stores, question) {
        return;
    }
    let open = model.store.id.clone();
    if let Some(stores) = model.stores_mut() {
        stores.take(known, &open);
    }
}

/// Opens the store under the cursor. One that was open before is as it was left, at once.
pub(super) fn open(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(id) = model.stores().and_then(Stores::current).map(|store| store.id.clone()) else { return };
    if id == model.store.id {
        return close(model, effects);
    }
    if let Some((store, browse)) = model.left.take(&id) {
        return enter(model, store, browse, effects);
    }
    effects.push(Effect::OpenStore(model.pending.ask(Lane::Stores, now), id.clone()));
    if let Some(stores) = model.stores_mut() {
        stores.failure = None;
        stores.opening = Some(id);
    }
}

/// A store is open, or is not: then the one before it still is.
pub(super) fn take_opened(
    model: &mut Model,
    question: Question,
    answer: Result<Box<Store>, Failure>,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    if !model.pending.settle(Lane::Stores, question) {
        return;
    }
    match answer {
        Ok(store) => {
            let start = match model.new_store().map(|form| &form.stage) {
                Some(Stage::Opened(start)) => start.clone(),
                _ => model.stores().and_then(Stores::being_opened).and_then(|known| known.start.clone()),
            };
            let place = store.remembered.place.clone().or(start).unwrap_or(Location::Buckets);
            let browse = Browse::at(place, model.fixed.sort);
            enter(model, *store, browse, effects);
        }
        Err(failure) if model.new_store().is_some() => new_store::refuse(model, failure, now),
        Err(failure) => {
            // The list itself shows the failure.
            model.notices.note_failure(&failure, now);
            if let Some(stores) = model.stores_mut() {
                stores.opening = None;
                stores.failure = Some(failure);
            }
        }
    }
}

/// Leaves the open store as it is, and goes on in another one. What was asked of the old one is stopped, and what it still
/// answers is not heard.
fn enter(model: &mut Model, store: Store, browse: Browse, effects: &mut Vec<Effect>) {
    browse::depart(model, effects);
    for lane in model.pending.of_store() {
        abort(model, lane, effects);
    }
    code::forget(model, effects);
    let had_none = model.has_no_store();
    if !had_none {
        let place = Some(model.browse.here.location.clone());
        effects.push(Effect::Remember(Remembered { place, ..Remembered::default() }));
    }
    effects.push(Effect::EnterStore(store.id.clone()));
    let left = replace(&mut model.store, store);
    let place = replace(&mut model.browse, browse);
    if !had_none {
        model.left.keep(left, place);
    }
    model.layers.clear();
}

/// Takes back one thing: what is being opened, else the filter, else the list.
pub(super) fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(stores) = model.stores_mut() else { return };
    if stores.opening.take().is_some() {
        return abort(model, Lane::Stores, effects);
    }
    if !stores.filter().is_empty() {
        return stores.set_filter(String::new());
    }
    abort(model, Lane::Stores, effects);
    model.layers.pop_if(|layer| matches!(layer, Layer::Stores(_)));
}

pub(super) fn set_filter(model: &mut Model, filter: String) {
    if let Some(stores) = model.stores_mut() {
        stores.set_filter(filter);
    }
}

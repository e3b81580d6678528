//! The code of a device: asked for when nothing else is typed, once for all who wait for it, and handed on.

use super::effect::Effect;
use super::prompt;
use crate::command::list::Scene;
use crate::model::code::Code;
use crate::model::pending::Lane;
use crate::model::prompt::{Prompt, Purpose};
use crate::model::{Layer, Model};
use crate::presign::credentials::{CodeAsk, OneTimeCode};

/// A code is wanted. One that was refused is not asked for again only because the cursor rests on a row.
pub(super) fn want(model: &mut Model, ask: CodeAsk, effects: &mut Vec<Effect>) {
    match model.code.refused && model.pending.runs_alone(Lane::Facts) {
        true => effects.push(Effect::GiveCode(None)),
        false => model.code.wanted = Some(ask),
    }
}

/// Asks for the code that is wanted, unless a key may be meant for something else that is being answered.
pub(super) fn ask_when_free(model: &mut Model) {
    match model.scene() {
        Scene::Browse
        | Scene::Link
        | Scene::Links
        | Scene::Stores
        | Scene::Page
        | Scene::Batch
        | Scene::Usage
        | Scene::Find => {
            if let Some(ask) = model.code.wanted.take() {
                prompt::open(model, Prompt::new(Purpose::Code(ask), ""));
            }
        }
        Scene::Prompt | Scene::Form | Scene::NewStore | Scene::Menu | Scene::Confirm => {}
    }
}

/// The code was typed.
pub(super) fn give(model: &mut Model, code: OneTimeCode, effects: &mut Vec<Effect>) {
    model.code.refused = false;
    effects.push(Effect::GiveCode(Some(code)));
}

/// Another store is open: a code for the old one is not given any more.
pub(super) fn forget(model: &mut Model, effects: &mut Vec<Effect>) {
    let is_asked = |layer: &Layer| matches!(layer, Layer::Prompt(Prompt { purpose: Purpose::Code(_), .. }));
    if model.layers.iter().any(is_asked) || model.code.wanted.is_some() {
        effects.push(Effect::GiveCode(None));
    }
    model.code = Code::default();
}

/// The line was closed without it.
pub(super) fn refuse(model: &mut Model, effects: &mut Vec<Effect>) {
    model.code.refused = true;
    effects.push(Effect::GiveCode(None));
}

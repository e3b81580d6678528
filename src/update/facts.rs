//! Facts of objects: asked for when the cursor has rested on a row, or when their page is opened.

use super::effect::Effect;
use super::{abort, page};
use crate::model::Model;
use crate::model::facts::Resting;
use crate::model::listing::loading::Goal;
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::page::Subject;
use crate::model::pending::{Lane, Question};
use crate::s3::facts::{ObjectFacts, Tag};
use crate::s3::failure::Failure;
use crate::s3::listing::Versions;
use crate::s3::location::ObjectId;

/// Sees to it that the row under the cursor, and no other, waits for its facts.
pub(super) fn rest(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    // While rows stream past to the end of the list, the cursor rests on none of them.
    let streams = model.browse.here.goal == Goal::End && model.pending.runs(Lane::Listing);
    let current = model.browse.here.current_object().filter(|_| !streams);
    if model.facts.asking.is_some() && model.facts.asking != current {
        model.facts.asking = None;
        abort(model, Lane::Facts, effects);
    }
    let (Some(object), Some(delay)) = (current, model.fixed.facts_delay) else {
        return model.facts.rest_on(None);
    };
    if model.facts.head(&object).is_some() || model.facts.asking.as_ref() == Some(&object) {
        model.facts.rest_on(None);
    } else if model.facts.resting().is_none_or(|resting| resting.object != object) {
        model.facts.rest_on(Some(Resting { object, due: now.uptime + delay }));
    }
}

/// Asks for the facts of the row that the cursor has rested on long enough.
pub(super) fn ask_if_due(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    if let Some(object) = model.facts.take_due(now.uptime) {
        ask_head(model, object, now, effects);
    }
}

fn ask_head(model: &mut Model, object: ObjectId, now: Moment, effects: &mut Vec<Effect>) {
    let question = model.pending.ask(Lane::Facts, now);
    model.facts.asking = Some(object.clone());
    effects.push(Effect::Head(question, object));
}

/// Opens the page of all facts, with the tags.
pub(super) fn show(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(object) = object_here(model, now) else { return };
    if model.facts.head(&object).is_none() && model.facts.asking.as_ref() != Some(&object) {
        ask_head(model, object.clone(), now, effects);
    }
    if model.facts.tags(&object).is_none() {
        let question = model.pending.ask(Lane::Tags, now);
        effects.push(Effect::Tags(question, object.clone()));
    }
    page::open(model, Subject::Facts(object));
}

/// Opens the page of versions.
pub(super) fn show_versions(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(object) = object_here(model, now) else { return };
    if model.facts.versions(&object).is_none() {
        let question = model.pending.ask(Lane::Versions, now);
        effects.push(Effect::Versions(question, object.clone()));
    }
    page::open(model, Subject::Versions(object));
}

fn object_here(model: &mut Model, now: Moment) -> Option<ObjectId> {
    let object = model.browse.here.current_object();
    if object.is_none() {
        model.notices.say(Level::Info, "only objects have facts and versions: this row is none", now);
    }
    object
}

/// Learns the answer to HEAD. Like the others here, a failure is shown beside what is asked of, and kept with the messages.
pub(super) fn take_head(
    model: &mut Model,
    question: Question,
    object: ObjectId,
    answer: Result<Box<ObjectFacts>, Failure>,
    now: Moment,
) {
    if model.pending.settle(Lane::Facts, question) {
        model.facts.asking = None;
        model.notices.note_if_failed(&answer, now);
        model.facts.learn_head(object, answer.map(|facts| *facts));
    }
}

pub(super) fn take_tags(
    model: &mut Model,
    question: Question,
    object: ObjectId,
    answer: Result<Vec<Tag>, Failure>,
    now: Moment,
) {
    if model.pending.settle(Lane::Tags, question) {
        model.notices.note_if_failed(&answer, now);
        model.facts.learn_tags(object, answer);
    }
}

pub(super) fn take_versions(
    model: &mut Model,
    question: Question,
    object: ObjectId,
    answer: Result<Versions, Failure>,
    now: Moment,
) {
    if model.pending.settle(Lane::Versions, question) {
        model.notices.note_if_failed(&answer, now);
        model.facts.learn_versions(object, answer);
    }
}

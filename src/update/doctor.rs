//! What is wrong between this machine and its store: looked for when a key asks, and copied to be passed on.

use super::effect::Effect;
use super::msg::Clip;
use super::{page, prompt};
use crate::doctor::Report;
use crate::doctor::cors::Page as WebPage;
use crate::model::doctor::Examination;
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::page::{Page, Subject};
use crate::model::pending::{Lane, Question};
use crate::model::prompt::{Prompt, Purpose};
use crate::model::{Layer, Model};
use crate::s3::failure::Failure;
use crate::s3::location::Location;

/// Looks at everything that has to do with the place that is shown.
pub(super) fn examine(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    page::open(model, Subject::Examination(Examination::Looking));
    look(model, None, now, effects);
}

/// Asks for the web page that wants to call the bucket; rules for web pages belong to buckets.
pub(super) fn ask_for_page(model: &mut Model, now: Moment) {
    if examination(model).is_none() {
        return;
    }
    match model.browse.here.location {
        Location::Buckets => {
            let text = "rules for web pages belong to a bucket: open one, then ask again";
            model.notices.say(Level::Info, text, now);
        }
        Location::Prefix { .. } => prompt::open(model, Prompt::new(Purpose::WebPage, "https://")),
    }
}

/// Looks again, at what the rules say to a web page as well.
pub(super) fn examine_page(model: &mut Model, page: WebPage, now: Moment, effects: &mut Vec<Effect>) {
    let Some(examination) = examination(model) else { return };
    *examination = Examination::Looking;
    look(model, Some(page), now, effects);
}

fn look(model: &mut Model, page: Option<WebPage>, now: Moment, effects: &mut Vec<Effect>) {
    let place = model.browse.here.location.clone();
    effects.push(Effect::Examine(model.pending.ask(Lane::Doctor, now), place, page));
}

pub(super) fn take(model: &mut Model, question: Question, answer: Result<Box<Report>, Failure>, now: Moment) {
    if !model.pending.settle(Lane::Doctor, question) {
        return;
    }
    model.notices.note_if_failed(&answer, now);
    if let Some(examination) = examination(model) {
        *examination = answer.map_or_else(Examination::Failed, Examination::Found);
    }
}

/// Copies what was found.
pub(super) fn copy(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(Examination::Found(report)) = examination(model) else { return };
    let text = report.lines().join("\n");
    effects.push(Effect::CopyText(model.pending.ask(Lane::Copy, now), text, Clip::Report));
}

fn examination(model: &mut Model) -> Option<&mut Examination> {
    match model.layers.last_mut() {
        Some(Layer::Page(Page { subject: Subject::Examination(examination), .. })) => Some(examination),
        Some(_) | None => None,
    }
}

//! A link that somebody says does not work: pasted, inspected, and its store asked when a key wants that.

use super::effect::Effect;
use super::msg::Clip;
use super::{page, prompt};
use crate::model::inspect::Inspection;
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::page::{Page, Subject};
use crate::model::pending::{Lane, Question};
use crate::model::prompt::{Prompt, Purpose};
use crate::model::{Layer, Model};
use crate::presign::inspect::{Report, Verdict, target};
use crate::presign::link::LinkText;
use crate::s3::failure::Failure;

/// Asks for a link, or for the message that it stands in.
pub(super) fn ask_for_text(model: &mut Model) {
    prompt::open(model, Prompt::new(Purpose::Inspect, ""));
}

/// Inspects a text.
pub(super) fn inspect(model: &mut Model, text: LinkText, now: Moment, effects: &mut Vec<Effect>) {
    effects.push(Effect::Inspect(model.pending.ask(Lane::Inspect, now), text));
    page::open(model, Subject::Inspection(Inspection::Reading));
}

pub(super) fn take(model: &mut Model, question: Question, answer: Result<Box<Report>, Failure>, now: Moment) {
    if !model.pending.settle(Lane::Inspect, question) {
        return;
    }
    let Some(inspection) = inspection(model) else { return };
    match (answer, &inspection) {
        (Ok(report), _) => *inspection = Inspection::Read(report),
        (Err(failure), Inspection::Read(_)) => model.notices.fail(&failure, now),
        (Err(failure), Inspection::Reading | Inspection::Failed(_)) => {
            *inspection = Inspection::Failed(failure.clone());
            model.notices.note_failure(&failure, now);
        }
    }
}

/// Asks the store of the inspected link whether it works. On another page there is nobody to ask.
pub(super) fn ask_store(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(report) = report(model) else { return };
    if target(&report, &[], now.wall).is_none() {
        return model.notices.say(Level::Info, nothing_to_ask(&report), now);
    }
    effects.push(Effect::AskStore(model.pending.ask(Lane::Inspect, now), report));
}

fn nothing_to_ask(report: &Report) -> &'static str {
    match report.verdict {
        Verdict::CutOff { .. } => "the store was not asked: no store takes a link with a part missing",
        _ => "the store was not asked: there is no link here that is signed for S3",
    }
}

/// Copies what is known of the inspected link, which holds nothing that lets anybody in.
pub(super) fn copy(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(report) = report(model) else { return };
    let text = report.lines(&model.fixed.zone).join("\n");
    effects.push(Effect::CopyText(model.pending.ask(Lane::Copy, now), text, Clip::Report));
}

fn report(model: &mut Model) -> Option<Box<Report>> {
    match inspection(model)? {
        Inspection::Read(report) => Some(report.clone()),
        Inspection::Reading | Inspection::Failed(_) => None,
    }
}

fn inspection(model: &mut Model) -> Option<&mut Inspection> {
    match model.layers.last_mut() {
        Some(Layer::Page(Page { subject: Subject::Inspection(inspection), .. })) => Some(inspection),
        Some(_) | None => None,
    }
}

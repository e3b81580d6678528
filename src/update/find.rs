//! Looking for objects below a prefix: asked for by a pattern, gone through while they come, and left for the list.

use super::effect::Effect;
use super::msg::Clip;
use super::{abort, batch, browse, presign, prompt};
use crate::model::find::{FindJob, FindSheet, Found};
use crate::model::listing::{Filter, RowId};
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::pending::{Lane, Question};
use crate::model::progress::Progress;
use crate::model::prompt::{Prompt, Purpose};
use crate::model::{Layer, Model};
use crate::presign::request::Method;
use crate::s3::failure::Failure;
use crate::s3::location::{Location, ObjectId};
use crate::s3::pattern::Pattern;

/// Asks for a pattern, to look for it below the place that is shown; among buckets, below the one under the cursor.
pub(super) fn ask_for_pattern(model: &mut Model, now: Moment) {
    let Some((bucket, prefix)) = browse::place_below(&model.browse.here) else {
        return model.notices.say(Level::Info, "there is no bucket here to look in", now);
    };
    prompt::open(model, Prompt::new(Purpose::Find { bucket, prefix }, ""));
}

/// Asks for another pattern, to look for it below the same place.
pub(super) fn change_pattern(model: &mut Model) {
    let Some(FindJob { bucket, prefix, pattern }) = model.find().map(|sheet| sheet.job.clone()) else { return };
    let text = pattern.to_string();
    prompt::open(model, Prompt::new(Purpose::Find { bucket, prefix }, &text));
}

/// Looks for the text that was typed, or says why that cannot be.
pub(super) fn begin(model: &mut Model, text: &str, now: Moment, effects: &mut Vec<Effect>) -> Result<(), String> {
    let pattern = Pattern::parse(text).map_err(|error| error.to_string())?;
    let Some(Layer::Prompt(Prompt { purpose: Purpose::Find { bucket, prefix }, .. })) = model.layers.pop() else {
        return Ok(());
    };
    abort(model, Lane::Find, effects);
    // A new search takes the place of the one in front.
    model.layers.pop_if(|layer| matches!(layer, Layer::Find(_)));
    let job = FindJob { bucket, prefix, pattern };
    effects.push(Effect::Find(model.pending.ask(Lane::Find, now), Box::new(job.clone())));
    model.layers.push(Layer::Find(Box::new(FindSheet::new(job, now))));
    Ok(())
}

pub(super) fn take_found(model: &mut Model, question: Question, found: Found) {
    if model.pending.expects(Lane::Find, question)
        && let Some(sheet) = model.find_mut()
    {
        sheet.take(found);
    }
}

pub(super) fn take_end(model: &mut Model, question: Question, rest: Found, ended: Result<(), Failure>, now: Moment) {
    if !model.pending.settle(Lane::Find, question) {
        return;
    }
    let Some(sheet) = model.find_mut() else { return };
    sheet.take(rest);
    match ended {
        Ok(()) => sheet.run.end(Progress::Whole, now),
        Err(failure) => {
            let rows = sheet.found().hits.len();
            sheet.run.end(Progress::Failed(failure.clone()), now);
            model.notices.fail_beside(rows, &failure, now);
        }
    }
}

/// Stops the search; else takes the marks away; else closes the sheet.
pub(super) fn close(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    if !stop(model, now, effects) && !model.find_mut().is_some_and(FindSheet::unmark_all) {
        model.layers.pop_if(|layer| matches!(layer, Layer::Find(_)));
    }
}

/// Stops the search; false where none runs.
fn stop(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) -> bool {
    let runs = model.pending.runs(Lane::Find);
    abort(model, Lane::Find, effects);
    if let Some(sheet) = model.find_mut().filter(|_| runs) {
        sheet.run.end(Progress::Stopped, now);
    }
    runs
}

/// Goes to the place of the object under the cursor, with the cursor on it.
pub(super) fn go_to_hit(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(ObjectId { bucket, key, .. }) = model.find().and_then(FindSheet::current) else { return };
    stop(model, now, effects);
    model.layers.retain(|layer| !matches!(layer, Layer::Find(_)));
    let there = Location::Prefix { bucket, prefix: key.parent() };
    if model.browse.here.location != there {
        browse::go(model, there, effects);
    }
    let here = &mut model.browse.here;
    here.set_filter(Filter::default());
    here.look_for(RowId::Object(key));
}

pub(super) fn mark(model: &mut Model) {
    if let Some(sheet) = model.find_mut() {
        sheet.mark();
    }
}

pub(super) fn mark_all(model: &mut Model) {
    if let Some(sheet) = model.find_mut() {
        sheet.mark_all();
    }
}

/// Makes a link to the object under the cursor; of marks, many links.
pub(super) fn share(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(sheet) = model.find() else { return };
    match sheet.current() {
        _ if sheet.marks_count() > 0 => batch::offer(model, Method::Get, now),
        Some(object) => presign::share_object(model, object, now, effects),
        None => model.notices.say(Level::Info, "there is no object to share here", now),
    }
}

/// Copies the locations of the marked objects, else of the one under the cursor.
pub(super) fn yank(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(sheet) = model.find() else { return };
    let locations: Vec<String> = sheet.chosen().iter().map(ToString::to_string).collect();
    if !locations.is_empty() {
        let clip = Clip::Locations(locations.len());
        effects.push(Effect::CopyText(model.pending.ask(Lane::Copy, now), locations.join("\n"), clip));
    }
}

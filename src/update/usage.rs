//! The size of what lies below a prefix: counted when a key asks, and gone through by its lines.

use super::effect::Effect;
use super::{abort, browse};
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::pending::{Lane, Question};
use crate::model::progress::Progress;
use crate::model::usage::{Growth, Opened, UsageJob, UsageSheet, UsageSource};
use crate::model::{Layer, Model};
use crate::s3::failure::Failure;
use crate::s3::usage::Counts;

/// Counts what lies below the place that is shown; among buckets, the one under the cursor.
pub(super) fn open(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some((bucket, prefix)) = browse::place_below(&model.browse.here) else {
        return model.notices.say(Level::Info, "there is no bucket here whose size could be counted", now);
    };
    let (counts, source) = (Counts::Objects, UsageSource::Listing);
    count(model, UsageJob { bucket, prefix, counts, source, now: now.wall }, now, effects);
}

fn count(model: &mut Model, job: UsageJob, now: Moment, effects: &mut Vec<Effect>) {
    stop(model, now, effects);
    show(model, UsageSheet::new(job, now), now, effects);
}

fn show(model: &mut Model, sheet: UsageSheet, now: Moment, effects: &mut Vec<Effect>) {
    effects.push(Effect::CountUsage(model.pending.ask(Lane::Usage, now), Box::new(sheet.job.clone())));
    model.layers.push(Layer::Usage(Box::new(sheet)));
}

/// Counts the same place once more, changed so. The sum before comes back where nothing can be counted.
fn count_again(model: &mut Model, change: impl FnOnce(&mut UsageJob), now: Moment, effects: &mut Vec<Effect>) {
    stop(model, now, effects);
    let Some(Layer::Usage(before)) = model.layers.pop_if(|layer| matches!(layer, Layer::Usage(_))) else { return };
    let mut job = UsageJob { now: now.wall, ..before.job.clone() };
    change(&mut job);
    show(model, UsageSheet::new(job, now).instead_of(before), now, effects);
}

/// Counts the same once more, from a listing.
pub(super) fn list_again(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    count_again(model, |job| job.source = UsageSource::Listing, now, effects);
}

/// Counts versions besides objects, or objects alone again.
pub(super) fn turn_versions(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let turn = |job: &mut UsageJob| {
        job.counts = match job.counts {
            Counts::Objects => Counts::Versions,
            Counts::Versions => Counts::Objects,
        };
    };
    count_again(model, turn, now, effects);
}

/// Counts the same from the newest inventory.
pub(super) fn read_inventory(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    count_again(model, |job| job.source = UsageSource::Inventory, now, effects);
}

pub(super) fn take_growth(model: &mut Model, question: Question, growth: &Growth) {
    if model.pending.expects(Lane::Usage, question)
        && let Some(sheet) = model.usage_mut()
    {
        sheet.take(growth);
    }
}

pub(super) fn take_end(model: &mut Model, question: Question, rest: &Growth, ended: Result<(), Failure>, now: Moment) {
    if !model.pending.settle(Lane::Usage, question) {
        return;
    }
    let Some(sheet) = model.usage_mut() else { return };
    sheet.take(rest);
    match ended {
        Ok(()) => sheet.run.end(Progress::Whole, now),
        Err(failure) => {
            match sheet.take_before() {
                Some(before) => *sheet = *before,
                None => sheet.run.end(Progress::Failed(failure.clone()), now),
            }
            let rows = sheet.rows().len();
            model.notices.fail_beside(rows, &failure, now);
        }
    }
}

/// Stops what is counted; else closes the sheet.
pub(super) fn close(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    if !stop(model, now, effects) {
        model.layers.pop_if(|layer| matches!(layer, Layer::Usage(_)));
    }
}

/// Stops what is counted; false where nothing is.
fn stop(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) -> bool {
    let runs = model.pending.runs(Lane::Usage);
    abort(model, Lane::Usage, effects);
    if let Some(sheet) = model.usage_mut().filter(|sheet| runs && *sheet.run.progress() == Progress::Running) {
        sheet.run.end(Progress::Stopped, now);
    }
    runs
}

/// Goes into the folder under the cursor, from what is counted already where that is enough.
pub(super) fn enter(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(sheet) = model.usage_mut() else { return };
    match sheet.open() {
        Opened::Inside | Opened::Nothing => {}
        Opened::Anew(prefix) => {
            let job = UsageJob { prefix, now: now.wall, ..sheet.job.clone() };
            count(model, job, now, effects);
        }
    }
}

/// Goes up a level, as far as was counted.
pub(super) fn leave(model: &mut Model, now: Moment) {
    let Some(sheet) = model.usage_mut() else { return };
    if !sheet.leave() {
        model.notices.say(Level::Info, "this is the place whose size was asked for", now);
    }
}

pub(super) fn show_next(model: &mut Model) {
    if let Some(sheet) = model.usage_mut() {
        sheet.show_next();
    }
}

pub(super) fn sort_by_next(model: &mut Model) {
    if let Some(sheet) = model.usage_mut() {
        sheet.sort_by_next();
    }
}

/// Goes to the place that is shown, in the list.
pub(super) fn browse(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(there) = model.usage_mut().map(|sheet| sheet.location()) else { return };
    stop(model, now, effects);
    model.layers.retain(|layer| !matches!(layer, Layer::Usage(_)));
    if model.browse.here.location != there {
        browse::go(model, there, effects);
    }
}

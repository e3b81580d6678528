//! Moving through places and rows, and loading pages behind the cursor.

use super::effect::Effect;
use super::{abort, facts};
use crate::model::arrangement::Arrangement;
use crate::model::listing::loading::{Begin, Goal, More, Wants};
use crate::model::listing::{Filter, Listing, Origin, Sort, SortBy};
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::pending::{Lane, Question};
use crate::model::spot::List;
use crate::model::{Model, known};
use crate::s3::entry::Entry;
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::key_page::KeyPage;
use crate::s3::listing::{Buckets, Depth, EntityTags, KeysRequest, Resume};
use crate::s3::location::Location;
use crate::s3::memory::Remembered;
use crate::s3::name::{BucketName, Prefix};
use crate::s3::size;

/// How many rows of the list are on the screen.
pub(super) fn height(model: &Model) -> usize {
    usize::from(model.viewport.list.height)
}

/// Asks for as much as the place wants, where nothing is asked yet. A failure waits for the user.
pub(super) fn load_more(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    begin_at_far_row(model, effects);
    let wants = model.browse.here.wants(height(model), model.fixed.most_bytes);
    let here = &mut model.browse.here;
    if model.pending.runs(Lane::Listing) || here.failure.is_some() || wants == Wants::Nothing {
        return;
    }
    here.asked_for(wants);
    let from = match &here.more {
        More::Next(from) => from.clone(),
        More::Unasked | More::Nothing => here.first_page(),
    };
    let question = model.pending.ask(Lane::Listing, now);
    let Location::Prefix { bucket, prefix } = &here.location else {
        return effects.push(Effect::ListBuckets(question));
    };
    let (bucket, prefix, depth) = (bucket.clone(), prefix.clone(), Depth::Level);
    let (max_keys, etags) = (model.fixed.page_size, EntityTags::Dropped);
    let request = KeysRequest { bucket, prefix, depth, from, max_keys, etags };
    effects.push(match wants {
        Wants::All => Effect::ListAll(question, request, here.last_name().unwrap_or_default().to_owned()),
        Wants::Page | Wants::Nothing => Effect::List(question, request),
    });
}

pub(super) fn take_buckets(model: &mut Model, question: Question, answer: Result<Buckets, Failure>, now: Moment) {
    if let Some(answer) = awaited(model, question, answer, now) {
        model.browse.here.take_buckets(answer.buckets, now.wall);
    }
}

pub(super) fn take_page(
    model: &mut Model,
    question: Question,
    answer: Result<KeyPage, Failure>,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    if let Some(mut page) = awaited(model, question, answer, now) {
        let more = page.next.take().map_or(More::Nothing, |token| More::Next(Resume::Token(token)));
        model.browse.here.take_page(&page, more, now.wall);
        remember_bucket(model, effects);
    }
}

/// Takes pages of a listing that goes on, and stops it once they are enough.
pub(super) fn take_pages(
    model: &mut Model,
    question: Question,
    pages: &[KeyPage],
    early: usize,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    if !model.pending.expects(Lane::Listing, question) {
        return;
    }
    let here = &mut model.browse.here;
    for page in pages {
        let Some(last) = page.last() else { continue };
        here.take_page(page, More::Next(Resume::After(last.to_owned())), now.wall);
    }
    here.early = early;
    if model.browse.here.wants(height(model), model.fixed.most_bytes) != Wants::All {
        abort(model, Lane::Listing, effects);
    }
    let most_bytes = model.fixed.most_bytes;
    let here = &mut model.browse.here;
    if here.is_full(most_bytes) && here.goal != Goal::Ahead {
        here.goal = Goal::Ahead;
        tell_full(model, "at its end, ", now);
    }
}

/// Takes the last pages of a listing that has come to the end, or says why it did not.
pub(super) fn take_end(
    model: &mut Model,
    question: Question,
    pages: &[KeyPage],
    answer: Result<(), Failure>,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    take_pages(model, question, pages, 0, now, effects);
    if let Some(()) = awaited(model, question, answer, now) {
        model.browse.here.take_page(&KeyPage::default(), More::Nothing, now.wall);
    }
}

/// Has a long list filtered and sorted beside the screen, where it is to be; the newest filter replaces the older one.
pub(super) fn arrange(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    if !model.pending.runs(Lane::Listing) {
        model.browse.here.arrange_rest();
    }
    if let Some(arranging) = model.browse.here.take_arranging() {
        effects.push(Effect::Arrange(model.pending.ask(Lane::Arranging, now), arranging));
    } else if !model.browse.here.is_arranging() {
        abort(model, Lane::Arranging, effects);
    }
}

pub(super) fn take_arranged_so_far(model: &mut Model, question: Question, shown: Arrangement) {
    if model.pending.expects(Lane::Arranging, question) {
        model.browse.here.take_arranged_so_far(shown);
    }
}

pub(super) fn take_arranged(model: &mut Model, question: Question, shown: Arrangement) {
    if model.pending.settle(Lane::Arranging, question) {
        model.browse.here.take_arranged(shown);
    }
}

/// Remembers the bucket that is shown: a key that may not ask for all buckets may still list this one the next time.
fn remember_bucket(model: &mut Model, effects: &mut Vec<Effect>) {
    let Location::Prefix { bucket, .. } = &model.browse.here.location else { return };
    if model.store.remembered.see(bucket) {
        effects.push(Effect::Remember(Remembered { buckets: vec![bucket.clone()], ..Remembered::default() }));
    }
}

/// The answer, if it is still waited for. A failure is told.
fn awaited<T>(model: &mut Model, question: Question, answer: Result<T, Failure>, now: Moment) -> Option<T> {
    if !model.pending.settle(Lane::Listing, question) {
        return None;
    }
    let failure = match answer {
        Ok(answer) => return Some(answer),
        Err(failure) => failure,
    };
    let here = &mut model.browse.here;
    let came_from_below = matches!(here.goal, Goal::Row(_));
    here.stop_refreshing();
    here.goal = Goal::Ahead;
    let rows = here.loaded();
    let is_bare = rows == 0;
    if let Some(there) = here.location.closed(&failure).filter(|_| is_bare) {
        let told = format!("{} may not be listed; this is {there}", here.location);
        model.browse.here = Listing::unasked(there, here.sort().by);
        model.notices.say(Level::Info, told, now);
        return None;
    }
    model.notices.fail_beside(rows, &failure, now);
    if is_bare && is_closed(&here.location, &failure) {
        offer_known(model, failure, came_from_below, now);
    } else {
        here.failure = Some(failure);
    }
    None
}

/// Whether the store will not list a place, though what lies below may be open.
fn is_closed(place: &Location, failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::Forbidden => true,
        FailureKind::NotSupported => *place == Location::Buckets,
        _ => false,
    }
}

/// The store does not list this place: what is known to lie below can be opened all the same. Where that is one prefix alone,
/// a key that is limited to it goes there at once.
fn offer_known(model: &mut Model, failure: Failure, came_from_below: bool, now: Moment) {
    let Remembered { place, buckets, .. } = &model.store.remembered;
    let roots: Vec<Location> = buckets.iter().cloned().map(Location::root_of).collect();
    let known = model.browse.visited().chain(place).chain(&roots);
    match &model.browse.here.location {
        Location::Buckets => {
            let buckets = known::buckets(known);
            if !buckets.is_empty() {
                model.browse.here.take_buckets(buckets, now.wall);
                model.browse.here.origin = Origin::Memory;
            }
        }
        Location::Prefix { bucket, prefix } => {
            let prefixes = known::prefixes(bucket, prefix, known);
            if let ([only], false) = (&*prefixes, came_from_below) {
                let there = Location::Prefix { bucket: bucket.clone(), prefix: only.clone() };
                let told = format!("{} may not be listed; this is what is known below it", model.browse.here.location);
                let sort = model.browse.here.sort().by;
                model.browse.here = Listing::unasked(there, sort);
                return model.notices.say(Level::Info, told, now);
            }
            let mut page = KeyPage::default();
            let fits = prefixes.iter().take_while(|prefix| page.push_prefix(prefix.as_str()).is_ok()).count();
            if fits > 0 {
                model.browse.here.take_page(&page, More::Nothing, now.wall);
                model.browse.here.origin = Origin::Memory;
            }
        }
    }
    model.browse.here.failure = Some(failure);
}

/// Moves the cursor; at the end of a list that is full, says how to go on.
pub(super) fn step(model: &mut Model, rows: isize, now: Moment) {
    let here = &model.browse.here;
    if rows > 0 && here.cursor() + 1 >= here.shown_count() && here.is_full(model.fixed.most_bytes) {
        tell_full(model, "", now);
    }
    move_by(model, rows);
}

pub(super) fn move_by(model: &mut Model, rows: isize) {
    let here = &mut model.browse.here;
    let wants_beyond = rows > 0 && here.cursor() + 1 >= here.shown_count();
    here.move_by(rows);
    if here.goal == Goal::Nowhere {
        here.goal = Goal::Ahead;
    }
    if wants_beyond {
        retry(here);
        here.go_further();
    }
}

/// Says that no more rows are loaded, and which key leads to those behind them; `from` says from where it does.
fn tell_full(model: &mut Model, from: &str, now: Moment) {
    let most = size::shown(model.fixed.most_bytes as u64);
    model.notices.say(Level::Info, format!("the list is full ({most}): {from}G goes on behind it"), now);
}

/// Goes on after a failure, except where the store has said that it will not list this place.
fn retry(here: &mut Listing) {
    if here.origin == Origin::Store {
        here.failure = None;
    }
}

/// Goes to the first row; from there, where the rows begin later in the place, loads it from the start.
pub(super) fn first(model: &mut Model, effects: &mut Vec<Effect>) {
    let here = &mut model.browse.here;
    match here.begin() {
        Begin::At(_) | Begin::Behind(_) if here.cursor() == 0 => begin_with(model, Begin::Start, effects),
        Begin::Start | Begin::At(_) | Begin::Behind(_) => here.move_to(0),
    }
}

/// Loads the rows of this place that begin there, and not those before.
pub(super) fn begin_with(model: &mut Model, begin: Begin, effects: &mut Vec<Effect>) {
    for lane in [Lane::Listing, Lane::Arranging, Lane::Facts] {
        abort(model, lane, effects);
    }
    model.facts.forget();
    model.browse.here.begin_with(begin);
}

/// Begins with the row that is looked for where it is far from those that are loaded: what lies between is not loaded for one row.
fn begin_at_far_row(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(row) = model.browse.here.far_row().cloned() else { return };
    begin_with(model, Begin::At(row.as_str().to_owned()), effects);
    model.browse.here.look_for(row);
}

/// Goes to the last row and loads to the end. A list that is full goes on behind its last row.
pub(super) fn last(model: &mut Model, effects: &mut Vec<Effect>) {
    let most_bytes = model.fixed.most_bytes;
    let here = &mut model.browse.here;
    retry(here);
    let last = here.last_name().filter(|_| here.is_full(most_bytes) && here.cursor() + 1 >= here.shown_count());
    if let Some(last) = last.map(str::to_owned) {
        begin_with(model, Begin::Behind(last), effects);
    }
    let here = &mut model.browse.here;
    here.move_to(usize::MAX);
    if here.more != More::Nothing {
        here.goal = Goal::End;
    }
}

pub(super) fn open(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let here = &model.browse.here;
    let there = match (here.current(), &here.location) {
        (Some(Entry::Bucket(bucket)), _) => Location::root_of(bucket.name.clone()),
        (Some(Entry::Prefix(prefix)), Location::Prefix { bucket, .. }) => {
            Location::Prefix { bucket: bucket.clone(), prefix: prefix.clone() }
        }
        (Some(Entry::Object(_)), _) => return facts::show(model, now, effects),
        (Some(Entry::Prefix(_)), Location::Buckets) | (None, _) => return,
    };
    go(model, there, effects);
}

/// The bucket and prefix that work on everything below goes through: the place itself, and among buckets the one under the
/// cursor.
pub(super) fn place_below(here: &Listing) -> Option<(BucketName, Prefix)> {
    match (&here.location, here.current()) {
        (Location::Prefix { bucket, prefix }, _) => Some((bucket.clone(), prefix.clone())),
        (Location::Buckets, Some(Entry::Bucket(bucket))) => Some((bucket.name, Prefix::default())),
        (Location::Buckets, Some(Entry::Prefix(_) | Entry::Object(_)) | None) => None,
    }
}

/// Goes to a place, as a new step of the history.
pub(super) fn go(model: &mut Model, there: Location, effects: &mut Vec<Effect>) {
    depart(model, effects);
    model.browse.go(there);
}

pub(super) fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.browse.here.location.parent().is_some() {
        depart(model, effects);
        model.browse.leave();
    }
}

pub(super) fn back(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    depart(model, effects);
    if !model.browse.back() {
        model.notices.say(Level::Info, "this is the first place of this session", now);
    }
}

pub(super) fn forward(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    depart(model, effects);
    if !model.browse.forward() {
        model.notices.say(Level::Info, "there is no place after this one", now);
    }
}

/// Stops what was asked for the place that is left. What is loaded of it stays with it.
pub(super) fn depart(model: &mut Model, effects: &mut Vec<Effect>) {
    abort(model, Lane::Listing, effects);
    abort(model, Lane::Facts, effects);
    abort(model, Lane::Arranging, effects);
    model.facts.forget();
    let here = &mut model.browse.here;
    here.stop_arranging();
    here.stop_refreshing();
    here.failure = None;
    forget_known(here);
    if here.goal != Goal::Ahead && here.loaded() > 0 {
        here.goal = Goal::Ahead;
    }
}

pub(super) fn refresh(model: &mut Model, effects: &mut Vec<Effect>) {
    abort(model, Lane::Listing, effects);
    abort(model, Lane::Facts, effects);
    model.facts.forget();
    forget_known(&mut model.browse.here);
    model.browse.here.refresh();
}

/// Lets go of rows that no store has listed, so that it is asked again.
fn forget_known(here: &mut Listing) {
    if here.origin == Origin::Memory {
        here.forget_rows();
        here.origin = Origin::Store;
    }
}

/// Takes back one thing: what runs, else the marks, else the filter.
pub(super) fn cancel(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let here = &mut model.browse.here;
    if model.pending.runs(Lane::Listing) {
        here.stop_refreshing();
        here.goal = Goal::Nowhere;
        abort(model, Lane::Listing, effects);
        model.notices.say(Level::Info, "cancelled", now);
    } else if !here.marks().is_empty() {
        here.clear_marks();
    } else if !here.filter().is_empty() {
        here.set_filter(Filter::default());
    }
}

pub(super) fn sort_by_next(model: &mut Model) {
    let here = &mut model.browse.here;
    let by = match (here.sort().by, &here.location) {
        (SortBy::Name, Location::Prefix { .. }) => SortBy::Size,
        (SortBy::Name, Location::Buckets) | (SortBy::Size, _) => SortBy::Time,
        (SortBy::Time, _) => SortBy::Name,
    };
    order(here, Sort { by, reversed: false });
}

pub(super) fn reverse(model: &mut Model) {
    let here = &mut model.browse.here;
    let Sort { by, reversed } = here.sort();
    order(here, Sort { by, reversed: !reversed });
}

/// Any of the rows that have not come may be the first of another order than that of names: they are all asked for.
fn order(here: &mut Listing, sort: Sort) {
    here.set_sort(sort);
    if here.is_in_order() {
        if here.goal == Goal::All {
            here.goal = Goal::Ahead;
        }
    } else if here.more != More::Nothing {
        retry(here);
        here.goal = Goal::All;
    }
}

pub(super) fn mark(model: &mut Model, now: Moment) {
    model.browse.here.turn_mark();
    step(model, 1, now);
}

pub(super) fn mark_all(model: &mut Model) {
    model.browse.here.turn_all_marks();
}

//! The cursor of the list on the screen, moved by keys and by the mouse; the same for every list.

use super::effect::Effect;
use super::msg::Mouse;
use super::{browse, find, ledger, stores, usage};
use crate::model::moment::Moment;
use crate::model::{Layer, Model};

pub(super) fn move_by(model: &mut Model, rows: isize) {
    if let Some(list) = model.list_mut() {
        list.move_by(rows);
    }
}

pub(super) fn move_half_pages(model: &mut Model, half_pages: isize) {
    let half = isize::try_from(height(model) / 2).unwrap_or(1).max(1);
    move_by(model, half_pages * half);
}

pub(super) fn move_to(model: &mut Model, row: usize) {
    if let Some(list) = model.list_mut() {
        list.move_to(row);
    }
}

pub(super) fn scroll_by(model: &mut Model, rows: isize) {
    let height = height(model);
    if let Some(list) = model.list_mut() {
        list.scroll_by(rows, height);
    }
}

/// A click takes the cursor along; on the cursor's own row it opens what stands there.
pub(super) fn click(model: &mut Model, mouse: Mouse, now: Moment, effects: &mut Vec<Effect>) {
    let Some(row) = model.list_area().row_at(mouse.x, mouse.y) else { return };
    let Some(list) = model.list_mut() else { return };
    let position = list.spot().top() + usize::from(row);
    if position >= list.shown_count() {
        return;
    }
    if position != list.cursor() {
        return list.move_to(position);
    }
    match model.layers.last() {
        None => browse::open(model, now, effects),
        Some(Layer::Ledger(_)) => ledger::show_details(model, now),
        Some(Layer::Stores(_)) => stores::open(model, now, effects),
        Some(Layer::Usage(_)) => usage::enter(model, now, effects),
        Some(Layer::Find(_)) => find::go_to_hit(model, now, effects),
        Some(_) => {}
    }
}

/// What holds after every message: the cursor is on the screen. A list that a page hides waits for its screen.
pub(super) fn keep_in_view(model: &mut Model) {
    let height = height(model);
    if let Some(list) = model.list_mut().filter(|_| height > 0) {
        list.keep_cursor_in_view(height);
    }
}

/// How many rows of the list are on the screen.
fn height(model: &Model) -> usize {
    usize::from(model.list_area().height)
}

//! Pages to read: opened, scrolled, closed.

use super::abort;
use super::effect::Effect;
use crate::model::page::{Page, Subject};
use crate::model::pending::Lane;
use crate::model::{Layer, Model};

/// Puts a page in front.
pub(super) fn open(model: &mut Model, subject: Subject) {
    model.layers.push(Layer::Page(Page::new(subject)));
}

pub(super) fn show_messages(model: &mut Model) {
    open(model, Subject::Messages);
}

pub(super) fn show_help(model: &mut Model) {
    let scene = model.scene();
    open(model, Subject::Help(scene));
}

pub(super) fn scroll_by(model: &mut Model, lines: isize) {
    if let Some(page) = front(model) {
        page.top = page.top.saturating_add_signed(lines);
    }
}

pub(super) fn scroll_pages(model: &mut Model, pages: isize) {
    let height = isize::try_from(model.viewport.page.height).unwrap_or(1).max(1);
    scroll_by(model, pages * height);
}

pub(super) fn scroll_to(model: &mut Model, line: usize) {
    if let Some(page) = front(model) {
        page.top = line;
    }
}

/// Keeps the last line of the page at the bottom of the screen, not above it.
pub(super) fn keep_in_view(model: &mut Model) {
    let last_top = model.viewport.page_lines.saturating_sub(usize::from(model.viewport.page.height));
    if let Some(page) = front(model) {
        page.top = page.top.min(last_top);
    }
}

/// Closes the page in front, and stops what was asked for it alone.
pub(super) fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Layer::Page(page)) = model.layers.pop_if(|layer| matches!(layer, Layer::Page(_))) else { return };
    match page.subject {
        Subject::Facts(_) => abort(model, Lane::Tags, effects),
        Subject::Versions(_) => abort(model, Lane::Versions, effects),
        Subject::Inspection(_) => abort(model, Lane::Inspect, effects),
        Subject::Examination(_) => abort(model, Lane::Doctor, effects),
        Subject::Help(_) | Subject::Messages | Subject::Issued(..) | Subject::Url | Subject::Qr | Subject::Text(..) => {
        }
    }
}

fn front(model: &mut Model) -> Option<&mut Page> {
    match model.layers.last_mut() {
        Some(Layer::Page(page)) => Some(page),
        Some(_) | None => None,
    }
}

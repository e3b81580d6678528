//! Pages to read: opened, scrolled, closed.

use super::abort;
use super::effect::Effect;
use super::msg::Clip;
use crate::model::moment::Moment;
use crate::model::notice::Notice;
use crate::model::page::{Page, Subject};
use crate::model::pending::Lane;
use crate::model::{Layer, Model};

/// Puts a page in front.
pub(super) fn open(model: &mut Model, subject: Subject) {
    model.layers.push(Layer::Page(Page::new(subject)));
}

/// Shows the messages, unless they are open already.
pub(super) fn show_messages(model: &mut Model) {
    let is_open = |layer: &Layer| matches!(layer, Layer::Page(Page { subject: Subject::Messages, .. }));
    if !model.layers.iter().any(is_open) {
        open(model, Subject::Messages);
    }
}

/// Opens the message that is chosen; on another page there is none.
pub(super) fn open_message(model: &mut Model) {
    if let Some(message) = chosen(model) {
        open(model, Subject::Message(Box::new(message)));
    }
}

/// Copies all that is known of the message that is open or chosen.
pub(super) fn copy_message(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    if let Some(message) = chosen(model) {
        let text = message.report().join("\n");
        effects.push(Effect::CopyText(model.pending.ask(Lane::Copy, now), text, Clip::Report));
    }
}

fn chosen(model: &Model) -> Option<Notice> {
    match model.layers.last()? {
        Layer::Page(Page { subject: Subject::Messages, top }) => model.notices.all().rev().nth(*top).cloned(),
        Layer::Page(Page { subject: Subject::Message(message), .. }) => Some((**message).clone()),
        _ => None,
    }
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

/// Keeps the last line of the page at the bottom of the screen, not above it, and the chosen message among those that there are.
pub(super) fn keep_in_view(model: &mut Model) {
    let last_message = model.notices.count().saturating_sub(1);
    let last_top = model.viewport.page_lines.saturating_sub(usize::from(model.viewport.page.height));
    if let Some(page) = front(model) {
        page.top = page.top.min(if page.subject == Subject::Messages { last_message } else { last_top });
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
        Subject::Help(_)
        | Subject::Messages
        | Subject::Message(_)
        | Subject::Issued(..)
        | Subject::Url
        | Subject::Qr
        | Subject::Text(..) => {}
    }
}

fn front(model: &mut Model) -> Option<&mut Page> {
    match model.layers.last_mut() {
        Some(Layer::Page(page)) => Some(page),
        Some(_) | None => None,
    }
}

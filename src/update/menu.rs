//! Choosing from a menu, and what each item leads to.

use super::effect::Effect;
use super::{batch, presign};
use crate::command::key::Key;
use crate::model::menu::{Act, Menu, MessageForm};
use crate::model::moment::Moment;
use crate::model::{Layer, Model};
use crate::presign::snippet::Dialect;

/// Offers the link in front as a command.
pub(super) fn commands(model: &mut Model) {
    if model.link().and_then(|sheet| sheet.made()).is_some() {
        let items = Dialect::ALL.map(|dialect| (format!("for {}", dialect.title()), Act::Command(dialect)));
        open(model, Menu::new("The link as a command", items));
    }
}

/// Offers the link in front as a message.
pub(super) fn messages(model: &mut Model) {
    if model.link().and_then(|sheet| sheet.made()).is_some() {
        let items = [("as plain text", MessageForm::Text), ("as HTML", MessageForm::Html)];
        let items = items.map(|(label, form)| (label.to_owned(), Act::Message(form)));
        open(model, Menu::new("The link as a message", items));
    }
}

/// Puts a menu in front.
pub(super) fn open(model: &mut Model, menu: Menu) {
    model.layers.push(Layer::Menu(menu));
}

pub(super) fn move_by(model: &mut Model, by: isize) {
    if let Some(menu) = front(model) {
        menu.move_by(by);
    }
}

/// A digit takes the item of that number.
pub(super) fn type_key(model: &mut Model, key: Key, now: Moment, effects: &mut Vec<Effect>) {
    let Some(menu) = front(model) else { return };
    if let Some(at) = key.typed().and_then(|digit| menu.by_digit(digit)) {
        menu.at = at;
        choose(model, now, effects);
    }
}

/// Takes the item under the cursor.
pub(super) fn choose(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(Layer::Menu(menu)) = model.layers.pop_if(|layer| matches!(layer, Layer::Menu(_))) else { return };
    match menu.items.get(menu.at).map(|item| item.act) {
        Some(Act::Command(dialect)) => presign::as_command(model, dialect, now, effects),
        Some(act @ (Act::List(..) | Act::Playlists)) => batch::ask_lifetime(model, act),
        Some(Act::Message(form)) => presign::as_message(model, form, now, effects),
        None => {}
    }
}

pub(super) fn close(model: &mut Model) {
    model.layers.pop_if(|layer| matches!(layer, Layer::Menu(_)));
}

fn front(model: &mut Model) -> Option<&mut Menu> {
    match model.layers.last_mut() {
        Some(Layer::Menu(menu)) => Some(menu),
        Some(_) | None => None,
    }
}

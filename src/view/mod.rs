//! How it looks: a function from the model, a theme and a moment to the screen. It changes nothing and asks nobody.

mod batch;
mod browse;
mod confirm;
mod doctor;
mod facts;
mod failure;
mod find;
mod footer;
mod form;
mod inspect;
mod layout;
mod ledger;
mod menu;
mod new_store;
mod notice;
mod page;
mod presign;
mod progress;
mod prompt;
mod sheet;
mod stores;
#[cfg(test)]
mod tests;
pub(crate) mod text;
pub mod theme;
mod usage;

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::moment::Moment;
use crate::model::pending::Lane;
use crate::model::viewport::Viewport;
use crate::model::{Layer, Model};
use crate::s3::address::Insecure;
use crate::view::layout::{Layout, area};
use crate::view::theme::Theme;

/// Draws the whole screen and returns what it measured.
pub fn draw(model: &Model, theme: &Theme, now: Moment, frame: &mut Frame) -> Viewport {
    let seen = Seen { model, theme, now };
    let screen = frame.area();
    let mut measured = Viewport { screen: area(screen), ..Viewport::default() };
    if layout::is_too_small(screen) {
        layout::draw_too_small(screen, frame);
    } else {
        let prompt = front_prompt(model);
        let bottom = match prompt {
            Some(prompt) => prompt::height(seen, prompt, screen),
            None => notice::height(seen, screen),
        };
        let layout = Layout::of(screen, bottom);
        measured.list = area(browse::places(seen, &layout).1);
        match model.page() {
            Some(page) => page::draw(seen, page, screen, bottom, &mut measured, frame),
            None => {
                match model.whole_screen() {
                    Some(Layer::Ledger(issued)) => measured.front = ledger::draw(seen, issued, &layout, frame),
                    Some(Layer::Stores(stores)) => measured.front = stores::draw(seen, stores, &layout, frame),
                    Some(Layer::Usage(sheet)) => measured.front = usage::draw(seen, sheet, &layout, frame),
                    Some(Layer::NewStore(form)) => new_store::draw(seen, form, &layout, frame),
                    Some(Layer::Find(sheet)) => measured.front = find::draw(seen, sheet, &layout, frame),
                    Some(_) | None => browse::draw(seen, &layout, frame),
                }
                if let Some(sheet) = model.link() {
                    presign::draw(seen, sheet, &layout, frame);
                }
            }
        }
        match model.layers.last() {
            Some(Layer::Form(form)) => form::draw(seen, form, &layout, frame),
            Some(Layer::Menu(menu)) => menu::draw(seen, menu, &layout, frame),
            Some(Layer::Confirm(question, wanted)) => confirm::draw(seen, question, wanted, &layout, frame),
            Some(Layer::Batch(sheet)) => batch::draw(seen, sheet, &layout, frame),
            Some(
                Layer::Link(_)
                | Layer::Ledger(_)
                | Layer::Stores(_)
                | Layer::Page(_)
                | Layer::Prompt(_)
                | Layer::Usage(_)
                | Layer::Find(_)
                | Layer::NewStore(_),
            )
            | None => {}
        }
        match prompt {
            Some(prompt) => prompt::draw(seen, prompt, layout.bottom, frame),
            None => notice::draw(seen, layout.bottom, frame),
        }
        footer::draw(seen, layout.footer, frame);
    }
    theme.finish(frame.buffer_mut());
    measured
}

/// What drawing looks at.
#[derive(Clone, Copy)]
struct Seen<'a> {
    model: &'a Model,
    theme: &'a Theme,
    now: Moment,
}

impl Seen<'_> {
    /// The sign of work, once something in `lane` has run for long enough to be worth showing.
    fn working(self, lane: Lane) -> Option<&'static str> {
        let turn = self.model.pending.turn(self.now)?;
        self.model.pending.runs(lane).then(|| theme::spinner(turn))
    }

    /// What is not secure about the open store, in two words; empty where nothing is.
    fn alarm(self) -> &'static str {
        self.model.store.insecure.map_or("", Insecure::mark)
    }

    /// A heading of `width` cells about the open store, with what is not secure about it at its end.
    fn alarmed(self, width: usize, heading: impl FnOnce(usize) -> Line<'static>) -> Line<'static> {
        match self.alarm() {
            "" => heading(width),
            alarm => {
                let mut line = heading(width.saturating_sub(text::width(alarm) + 3));
                line.push_span(Span::raw("  "));
                line.push_span(Span::styled(alarm, Style::reset().patch(self.theme.failed())));
                line
            }
        }
    }

    /// The key that is named first for a command; `None` where the settings took it away.
    fn key(self, command: crate::command::list::Command) -> Option<String> {
        self.model.fixed.keymap.keys(command).first().map(ToString::to_string)
    }

    /// The key that shows the messages here.
    fn messages_key(self) -> Option<String> {
        self.key(self.model.scene().messages()?)
    }
}

fn front_prompt(model: &Model) -> Option<&crate::model::prompt::Prompt> {
    match model.layers.last() {
        Some(Layer::Prompt(prompt)) => Some(prompt),
        Some(_) | None => None,
    }
}

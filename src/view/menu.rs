//! A menu: its items with the digits that take them.

use ratatui::Frame;
use ratatui::text::Line;

use crate::command::list::Command;
use crate::model::menu::Menu;
use crate::view::layout::Layout;
use crate::view::{Seen, footer, sheet, text, theme};

/// Draws the menu in front of what it is for.
pub(super) fn draw(seen: Seen, menu: &Menu, layout: &Layout, frame: &mut Frame) {
    let width = sheet::text_width(layout, frame.area());
    let mut lines: Vec<Line<'static>> = Vec::with_capacity(menu.items.len() + 1);
    for (at, item) in menu.items.iter().enumerate() {
        let digit = if at < 9 { (at + 1).to_string() } else { " ".to_owned() };
        let (sign, style) = match at == menu.at {
            true => (theme::CURSOR, seen.theme.cursor()),
            false => (" ", ratatui::style::Style::new()),
        };
        let line = format!("{sign} {digit}  {}", text::shown(&item.label));
        lines.push(Line::styled(text::pad_end(&text::cut_end(&line, width), width), style));
    }
    let offered = [Command::ChooseItem, Command::NextItem, Command::PreviousItem];
    lines.push(footer::keys(seen, &offered, Some(Command::CloseMenu), width));
    sheet::draw(seen, &menu.title, lines, menu.at, layout, frame);
}

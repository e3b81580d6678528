//! A question before a link is made.

use ratatui::Frame;
use ratatui::text::Line;

use crate::command::list::Command;
use crate::model::presign::Wanted;
use crate::presign::caution::Confirmation;
use crate::view::layout::Layout;
use crate::view::{Seen, footer, sheet, text, theme};

/// Draws the question in front of everything.
pub(super) fn draw(seen: Seen, question: &Confirmation, wanted: &Wanted, layout: &Layout, frame: &mut Frame) {
    let width = sheet::text_width(layout, frame.area());
    let (method, name) = match wanted {
        Wanted::Link(asked) => (asked.request.method, asked.request.object.key.file_name()),
        Wanted::Batch(job) => (job.method(), job.title.as_str()),
    };
    let name = text::shown(name).into_owned();
    let said = format!("{} {question}", theme::BEWARE);
    let mut lines = vec![Line::styled(text::cut_middle(&name, width).into_owned(), seen.theme.strong())];
    lines.extend(text::wrap(&said, width).into_iter().map(|line| Line::styled(line, seen.theme.failed())));
    lines.push(footer::keys(seen, &[Command::Yes], Some(Command::No), width));
    sheet::draw(seen, &format!("{method} link"), lines, 0, layout, frame);
}

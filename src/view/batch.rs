//! The sheet of many links: how far they are, where they are, until when they work.

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::command::list::Command;
use crate::model::batch::{BatchSheet, BatchState, Shape, Written};
use crate::model::pending::Lane;
use crate::view::layout::Layout;
use crate::view::{Seen, failure, footer, presign, sheet, text, theme};

/// Draws the sheet in front of the list.
pub(super) fn draw(seen: Seen, batch: &BatchSheet, layout: &Layout, frame: &mut Frame) {
    let width = sheet::text_width(layout, frame.area());
    let title = text::shown(&batch.job.title);
    let mut lines = vec![Line::styled(text::cut_middle(&title, width).into_owned(), seen.theme.strong())];
    let offered: &[Command] = match &batch.state {
        BatchState::Running(links) => {
            let sign = seen.working(Lane::Batch).unwrap_or(" ");
            let count = text::count(*links);
            lines.push(Line::raw(format!("{sign} {count} links made…")));
            &[]
        }
        BatchState::Written(written) => {
            lines.extend(told(seen, written, width));
            &[Command::CopyBatch]
        }
        BatchState::Failed(failure) => {
            // Beside the title and the keys.
            let height = sheet::text_height(layout, frame.area()).saturating_sub(2);
            lines.extend(failure::lines(seen, failure, width, height));
            &[]
        }
    };
    lines.push(footer::keys(seen, offered, Some(Command::CloseBatch), width));
    let name = match &batch.job.shape {
        Shape::List { method, .. } => format!("{method} links"),
        Shape::Playlists(_) => "Playlist with links".to_owned(),
        Shape::Parts { .. } => "Upload in parts".to_owned(),
        Shape::Form(_) => "Upload form".to_owned(),
    };
    sheet::draw(seen, &name, lines, 0, layout, frame);
}

fn told(seen: Seen, written: &Written, width: usize) -> Vec<Line<'static>> {
    let count = text::count(written.links);
    let said = |sign: &str, said: &str, style: Style| presign::said(sign, &text::shown(said), style, width);
    let noun = if written.links == 1 { "link" } else { "links" };
    let mut lines =
        said(theme::DONE, &format!("{count} {noun} written to a file that only you can read"), seen.theme.done());
    let path = written.path.to_string_lossy();
    lines.extend(text::pieces(&text::shown(&path), width).into_iter().map(Line::raw));
    if let Some(end) = written.ends_at {
        let until = format!("works until {}", presign::until(seen, end));
        lines.extend(text::wrap(&until, width).into_iter().map(Line::raw));
    }
    if let Some((number, why)) = &written.left_out {
        let more =
            if *number == 1 { "1 object is left out".to_owned() } else { format!("{number} objects are left out") };
        lines.extend(said(theme::BEWARE, &format!("{more}: {why}"), seen.theme.failed()));
    }
    for remark in &written.remarks {
        lines.extend(said(theme::INFO, remark, Style::new()));
    }
    lines
}

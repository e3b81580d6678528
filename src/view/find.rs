//! What was looked for, as a list over the whole screen: the objects found, with the way to them, as they come.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::find::{FindSheet, Hit};
use crate::model::pending::Lane;
use crate::model::progress::Progress;
use crate::model::spot::List;
use crate::model::viewport::Area;
use crate::s3::size;
use crate::view::layout::{Layout, area, draw_lines, inset, split_bottom, split_top};
use crate::view::{Seen, failure, progress, text, theme};

/// Cells before the first column: the cursor, the mark and a gap.
const GUTTER: usize = 4;

/// Cells between two columns.
const GAP: usize = 2;

/// Cells of `1023.9 MiB`.
const SIZE: usize = 10;

/// Cells of `59 min ago`.
const TIME: usize = 10;

/// From this width on, times have a column.
const TIME_FROM_WIDTH: usize = 50;

/// Draws the rows and their headings, and tells where the rows are.
pub(super) fn draw(seen: Seen, sheet: &FindSheet, layout: &Layout, frame: &mut Frame) -> Area {
    let width = usize::from(layout.header.width);
    draw_lines([seen.alarmed(width, |room| header(seen, sheet, room))], layout.header, frame);
    let (heading, rest) = split_top(layout.middle(frame.area()), 1);
    let said = remarks(seen, sheet, usize::from(rest.width).saturating_sub(2));
    let (place, below) = split_bottom(rest, u16::try_from(said.len()).unwrap_or(0).min(rest.height / 3));
    let titles = line(width, "name below it", "size", "modified");
    draw_lines([Line::styled(format!("{}{titles}", " ".repeat(GUTTER)), seen.theme.faint())], heading, frame);
    if sheet.found().hits.is_empty() {
        draw_lines(instead_of_rows(seen, sheet, place), inset(place, 3), frame);
    } else {
        draw_lines(rows(seen, sheet, place), place, frame);
    }
    draw_lines(said, inset(below, 1), frame);
    area(place)
}

/// What is looked for and where on the left, what goes on on the right.
fn header(seen: Seen, sheet: &FindSheet, width: usize) -> Line<'static> {
    let found = sheet.found();
    let counts = format!("  {} found of {}", text::count(found.matched), text::count(found.seen));
    let state = progress::state(seen, Lane::Find, sheet.run.progress(), sheet.run.took(seen.now), found.seen);
    let room = width.saturating_sub(text::width(&counts) + 1);
    let short = progress::short_state(seen, Lane::Find, sheet.run.progress());
    let state = progress::at_end(&state, &short, room, 20);
    let room = room.saturating_sub(text::width(&state));
    let pattern = format!("“{}”", text::shown(&sheet.job.pattern.to_string()));
    let pattern = text::cut_end(&pattern, room * 2 / 3).into_owned();
    let place = format!(" below {}", text::shown(&sheet.job.location().to_string()));
    let place = text::cut_middle(&place, room.saturating_sub(text::width(&pattern))).into_owned();
    let taken = 1 + text::width(&pattern) + text::width(&place) + text::width(&counts) + text::width(&state);
    Line::from(vec![
        Span::styled(format!(" {pattern}"), seen.theme.strong()),
        Span::raw(format!("{place}{counts}")),
        Span::raw(" ".repeat(width.saturating_sub(taken))),
        Span::styled(state, seen.theme.mark()),
    ])
}

fn rows(seen: Seen, sheet: &FindSheet, place: Rect) -> Vec<Line<'static>> {
    let (width, height) = (usize::from(place.width), usize::from(place.height));
    let top = sheet.spot().first_drawn(height);
    let hits = sheet.found().hits.iter().enumerate().skip(top).take(height);
    let lines = hits.map(|(at, hit)| {
        let told = told(seen, sheet, hit, width);
        let mark = if sheet.is_marked(at) { theme::MARK } else { " " };
        match at == sheet.cursor() {
            true => {
                let whole = text::pad_end(&format!("{} {mark} {told}", theme::CURSOR), width);
                Line::styled(whole, seen.theme.cursor())
            }
            false => Line::from(vec![
                Span::raw("  "),
                Span::styled(mark, seen.theme.mark()),
                Span::styled(format!(" {told}"), Style::new()),
            ]),
        }
    });
    lines.collect()
}

fn told(seen: Seen, sheet: &FindSheet, hit: &Hit, width: usize) -> String {
    let modified = hit.modified.map_or_else(String::new, |at| text::ago(at, seen.now.wall));
    line(width, &text::shown_name(hit.key.below(&sheet.job.prefix)), &size::shown(hit.size), &modified)
}

/// A row on a screen of `width` cells, without what is before its first column. Of a long name, the end is shown.
fn line(width: usize, name: &str, size: &str, modified: &str) -> String {
    let time = if width >= TIME_FROM_WIDTH { GAP + TIME } else { 0 };
    let room = width.saturating_sub(GUTTER + GAP + SIZE + time + 1);
    let name = text::pad_end(&text::cut_start(name, room), room);
    let mut line = format!("{name}{}{}", " ".repeat(GAP), text::pad_start(size, SIZE));
    if time > 0 {
        line += &format!("{}{}", " ".repeat(GAP), text::pad_start(&text::cut_end(modified, TIME), TIME));
    }
    line
}

fn instead_of_rows(seen: Seen, sheet: &FindSheet, place: Rect) -> Vec<Line<'static>> {
    let room = usize::from(place.width).saturating_sub(6);
    let mut lines = vec![Line::default()];
    match sheet.run.progress() {
        Progress::Running => lines.push(Line::styled("looking…", seen.theme.faint())),
        Progress::Whole => lines.push(Line::styled("Nothing here matches.", seen.theme.faint())),
        Progress::Stopped => lines.push(Line::styled("Stopped before anything was found.", seen.theme.faint())),
        Progress::Failed(failure) => {
            lines.extend(failure::lines(seen, failure, room, usize::from(place.height).saturating_sub(1)))
        }
    }
    lines
}

/// What is to be said of the rows: that there are more, and why the search broke off.
fn remarks(seen: Seen, sheet: &FindSheet, width: usize) -> Vec<Line<'static>> {
    let found = sheet.found();
    let shown = found.hits.len();
    if shown == 0 {
        return Vec::new();
    }
    let more = (found.matched > shown as u64).then(|| {
        let told = format!("Only {} of them are shown; daypass ls -r --match lists all.", text::count(shown));
        text::wrap(&told, width).into_iter().map(|line| Line::styled(line, seen.theme.faint())).collect()
    });
    let broken = progress::broken_off(seen, sheet.run.progress(), "Not everything was looked at", width);
    let marked = (sheet.marks_count() > 0)
        .then(|| vec![Line::styled(format!("{} marked", text::count(sheet.marks_count())), seen.theme.mark())]);
    marked.into_iter().chain(more).flatten().chain(broken).collect()
}

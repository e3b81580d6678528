//! How much lies below a prefix, as a list over the whole screen: a line for each folder, storage class or age, with a bar.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::model::pending::Lane;
use crate::model::progress::Progress;
use crate::model::spot::List;
use crate::model::usage::{Order, Row, UsageSheet};
use crate::model::viewport::Area;
use crate::s3::size;
use crate::s3::usage::{By, Counts};
use crate::view::layout::{Layout, area, draw_lines, inset, split_bottom, split_top};
use crate::view::{Seen, failure, progress, text, theme};

/// Cells before the first column: the cursor and a gap.
const GUTTER: usize = 2;

/// Cells between two columns.
const GAP: usize = 2;

/// Cells of `1023.9 MiB`.
const SIZE: usize = 10;

/// Cells of `1,234,567,890`.
const KEYS: usize = 13;

/// Cells of `100 %`.
const SHARE: usize = 5;

/// From this width on, the number of objects has a column.
const KEYS_FROM_WIDTH: usize = 60;

/// From this width on, there are bars.
const BARS_FROM_WIDTH: usize = 50;

/// Draws the lines and their headings, and tells where the lines are.
pub(super) fn draw(seen: Seen, sheet: &UsageSheet, layout: &Layout, frame: &mut Frame) -> Area {
    let width = usize::from(layout.header.width);
    draw_lines([seen.alarmed(width, |room| header(seen, sheet, room))], layout.header, frame);
    let (heading, rest) = split_top(layout.middle(frame.area()), 1);
    let said = remarks(seen, sheet, usize::from(rest.width).saturating_sub(2));
    let (place, below) = split_bottom(rest, u16::try_from(said.len()).unwrap_or(0).min(rest.height / 3));
    draw_lines([heading_line(seen, sheet, width)], heading, frame);
    if sheet.rows().is_empty() {
        draw_lines(instead_of_rows(seen, sheet, place), inset(place, 3), frame);
    } else {
        draw_lines(rows(seen, sheet, place), place, frame);
    }
    draw_lines(said, inset(below, 1), frame);
    area(place)
}

/// The place and how much lies there on the left, what goes on on the right.
fn header(seen: Seen, sheet: &UsageSheet, width: usize) -> Line<'static> {
    let total = sheet.total();
    let noun = match (sheet.job.counts, total.keys) {
        (Counts::Objects, 1) => "object",
        (Counts::Objects, _) => "objects",
        (Counts::Versions, 1) => "version",
        (Counts::Versions, _) => "versions",
    };
    let total = format!("  {} in {} {noun}", size::shown(total.bytes), text::count(total.keys));
    let state = state(seen, sheet);
    let room = width.saturating_sub(text::width(&total) + 1);
    let short = progress::short_state(seen, Lane::Usage, sheet.run.progress());
    let state = progress::at_end(&state, &short, room, 12);
    let place = text::shown(&sheet.location().to_string()).into_owned();
    let place = text::cut_start(&place, room.saturating_sub(text::width(&state))).into_owned();
    let taken = 1 + text::width(&place) + text::width(&total) + text::width(&state);
    Line::from(vec![
        Span::styled(format!(" {place}"), seen.theme.strong()),
        Span::raw(total),
        Span::raw(" ".repeat(width.saturating_sub(taken))),
        Span::styled(state, seen.theme.mark()),
    ])
}

fn state(seen: Seen, sheet: &UsageSheet) -> String {
    let requests = match sheet.requests {
        1 => "1 request".to_owned(),
        requests => format!("{} requests", text::count(requests)),
    };
    let state =
        progress::state(seen, Lane::Usage, sheet.run.progress(), sheet.run.took(seen.now), sheet.counted().keys);
    format!("{state}{}{requests}", theme::BETWEEN)
}

fn heading_line(seen: Seen, sheet: &UsageSheet, width: usize) -> Line<'static> {
    let sorted = |order| if sheet.order() == order { theme::DESCENDING } else { "" };
    let name = match (sheet.by(), sheet.order()) {
        (By::Child, Order::Name) => format!("name {}", theme::ASCENDING),
        (By::Child, Order::Bytes | Order::Keys) => "name".to_owned(),
        (By::Class, _) => "storage class".to_owned(),
        (By::Age, _) => "written within the last".to_owned(),
        (By::Version, _) => "version".to_owned(),
    };
    let told = Told {
        size: format!("size {}", sorted(Order::Bytes)).trim_end().to_owned(),
        keys: format!(
            "{} {}",
            if sheet.job.counts == Counts::Objects { "objects" } else { "versions" },
            sorted(Order::Keys)
        )
        .trim_end()
        .to_owned(),
        share: String::new(),
        bar: String::new(),
        name,
    };
    Line::styled(format!("{}{}", " ".repeat(GUTTER), told.line(width)), seen.theme.faint())
}

fn rows(seen: Seen, sheet: &UsageSheet, place: Rect) -> Vec<Line<'static>> {
    let (width, height) = (usize::from(place.width), usize::from(place.height));
    let top = sheet.spot().first_drawn(height);
    let measure = |row: &Row| match sheet.order() {
        Order::Keys => row.tally.keys,
        Order::Bytes | Order::Name => row.tally.bytes,
    };
    let total = match sheet.order() {
        Order::Keys => sheet.total().keys,
        Order::Bytes | Order::Name => sheet.total().bytes,
    };
    let largest = sheet.rows().iter().map(measure).max().unwrap_or(0);
    let lines = sheet.rows().iter().enumerate().skip(top).take(height).map(|(at, row)| {
        let told = Told {
            size: size::shown(row.tally.bytes),
            keys: text::count(row.tally.keys),
            share: format!("{:.0} %", 100.0 * part(measure(row), total)),
            bar: bar(part(measure(row), largest), bar_cells(width)),
            name: text::shown_name(&row.name).into_owned(),
        };
        let line = told.line(width);
        match at == sheet.cursor() {
            true => Line::styled(text::pad_end(&format!("{} {line}", theme::CURSOR), width), seen.theme.cursor()),
            false => Line::raw(format!("{}{line}", " ".repeat(GUTTER))),
        }
    });
    lines.collect()
}

/// The columns of a line.
struct Told {
    size: String,
    keys: String,
    share: String,
    bar: String,
    name: String,
}

impl Told {
    /// The line on a screen of `width` cells, without what is before its first column.
    fn line(&self, width: usize) -> String {
        let mut line = text::pad_start(&self.size, SIZE);
        let mut column = |told: &str, cells: usize, from_width: usize| {
            if width >= from_width {
                line += &" ".repeat(GAP);
                line += &text::pad_start(&text::cut_end(told, cells), cells);
            }
        };
        column(&self.keys, KEYS, KEYS_FROM_WIDTH);
        column(&self.share, SHARE, 0);
        column(&text::pad_end(&self.bar, bar_cells(width)), bar_cells(width), BARS_FROM_WIDTH);
        let room = width.saturating_sub(GUTTER + text::width(&line) + GAP + 1);
        format!("{line}{}{}", " ".repeat(GAP), text::cut_middle(&self.name, room))
    }
}

fn bar_cells(width: usize) -> usize {
    (width / 8).clamp(8, 24)
}

fn part(of: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { of as f64 / whole as f64 }
}

/// A bar as long as the part of `cells` that it stands for; whatever there is, is seen.
fn bar(part: f64, cells: usize) -> String {
    let filled = (part * cells as f64).round() as usize;
    let filled = if part > 0.0 { filled.max(1) } else { 0 };
    theme::BAR.repeat(filled.min(cells))
}

fn instead_of_rows(seen: Seen, sheet: &UsageSheet, place: Rect) -> Vec<Line<'static>> {
    let room = usize::from(place.width).saturating_sub(6);
    let mut lines = vec![Line::default()];
    match sheet.run.progress() {
        Progress::Running => lines.push(Line::styled("counting…", seen.theme.faint())),
        Progress::Whole => lines.push(Line::styled("Nothing lies here.", seen.theme.faint())),
        Progress::Stopped => lines.push(Line::styled("Stopped before anything was counted.", seen.theme.faint())),
        Progress::Failed(failure) => {
            lines.extend(failure::lines(seen, failure, room, usize::from(place.height).saturating_sub(1)))
        }
    }
    lines
}

/// What is to be said of the sum: what it is from, what of it is not current, why it is not whole.
fn remarks(seen: Seen, sheet: &UsageSheet, width: usize) -> Vec<Line<'static>> {
    if sheet.rows().is_empty() {
        return Vec::new();
    }
    let states = sheet.states();
    let states = (sheet.job.counts == Counts::Versions).then(|| {
        let [current, noncurrent, markers] = states;
        format!(
            "{} current{}{} noncurrent in {}{}{} delete markers",
            size::shown(current.bytes),
            theme::BETWEEN,
            size::shown(noncurrent.bytes),
            text::count(noncurrent.keys),
            theme::BETWEEN,
            text::count(markers.keys)
        )
    });
    let from = sheet
        .as_of
        .map(|at| format!("from the inventory of {}", text::date_time_ago(at, seen.now.wall, &seen.theme.zone)));
    let told = from.into_iter().chain(states).flat_map(|told| text::wrap(&told, width));
    let told = told.map(|line| Line::styled(line, seen.theme.faint()));
    told.chain(progress::broken_off(seen, sheet.run.progress(), "Not all is counted", width)).collect()
}

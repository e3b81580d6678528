//! The links that were issued, as a list over the whole screen; all that is noted of one, as lines of a page.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::command::list::Command;
use crate::model::ledger::{Ledger, Shown};
use crate::model::pending::Lane;
use crate::model::spot::List;
use crate::model::viewport::Area;
use crate::presign::ledger::Record;
use crate::presign::ledger::issued::{Issued, KeyLinks};
use crate::presign::ledger::warning::Warning;
use crate::presign::link::LimitedBy;
use crate::s3::location::ObjectId;
use crate::view::layout::{Layout, area, draw_lines, inset, split_bottom, split_top};
use crate::view::presign::labelled;
use crate::view::text::{self, DayTime, Precision};
use crate::view::{Seen, failure, theme};

/// Cells before the first column: the cursor and a gap.
const GUTTER: usize = 2;

/// Cells between two columns.
const GAP: usize = 2;

/// Cells of `59 min 59 s`, and of an end: `2026-11-20`, `14:05 today`.
const LEFT: usize = 11;

/// Cells of `2026-11-20 14:05`.
const UNTIL: usize = 16;

/// Cells of the longest method.
const METHOD: usize = 6;

/// Cells of `clipboard +1`.
const TO: usize = 12;

/// Cells of `clipboard, file, qr`.
const TO_WIDE: usize = 19;

/// Cells of an access key's end.
const KEY: usize = 5;

/// Cells of what rotating a key means.
const CONSEQUENCE: usize = 40;

/// From this width on, the place where a link went has a column.
const TO_FROM_WIDTH: usize = 60;

/// From this width on, notes have a column, where there are any.
const NOTE_FROM_WIDTH: usize = 70;

/// From this width on, the end has a column besides the time that is left, and notes have more room.
const UNTIL_FROM_WIDTH: usize = 100;

/// Before each thing that would end a link.
const DOT: &str = "·";

/// The most lines that are said below the rows.
const REMARK_LINES: usize = 3;

/// Draws the list and its headings, and tells where the rows are.
pub(super) fn draw(seen: Seen, ledger: &Ledger, layout: &Layout, frame: &mut Frame) -> Area {
    let width = usize::from(layout.header.width);
    draw_lines([header(seen, ledger, width)], layout.header, frame);
    let (heading, rest) = split_top(layout.middle(frame.area()), 1);
    let said = remarks(seen, ledger, usize::from(rest.width).saturating_sub(2));
    let (rows, below) = split_bottom(rest, u16::try_from(said.len()).unwrap_or(0).min(rest.height / 3));
    if ledger.shown_count() == 0 {
        let room = inset(rows, 3);
        draw_lines(instead_of_rows(seen, ledger, room), room, frame);
    } else {
        let height = usize::from(rows.height);
        let top = ledger.spot().first_drawn(height);
        let (title, lines): (String, Vec<(String, Style)>) = match ledger.shows() {
            Shown::Links => {
                let columns = Columns::of(ledger, width);
                let shown = ledger.shown_from(top).take(height);
                (columns.heading(), shown.map(|link| columns.row(seen, link)).collect())
            }
            Shown::Keys => {
                let shown = ledger.keys().iter().skip(top).take(height);
                (key_row(width, KEY_TITLES), shown.map(|key| key_line(seen, key, width)).collect())
            }
        };
        draw_lines([Line::styled(format!("{}{title}", " ".repeat(GUTTER)), seen.theme.faint())], heading, frame);
        let lines = lines.into_iter().enumerate().map(|(row, (line, style))| match top + row == ledger.cursor() {
            true => {
                let line = format!("{} {line}", theme::CURSOR);
                Line::styled(text::pad_end(&line, width), seen.theme.cursor())
            }
            false => Line::styled(format!("{}{line}", " ".repeat(GUTTER)), style),
        });
        draw_lines(lines, rows, frame);
    }
    draw_lines(said, inset(below, 1), frame);
    area(rows)
}

/// What the list is on the left, and how many there are; the filter, or what goes on, on the right.
fn header(seen: Seen, ledger: &Ledger, width: usize) -> Line<'static> {
    let title = match ledger.shows() {
        Shown::Links if width >= TO_FROM_WIDTH => "Links that were issued",
        Shown::Links => "Links",
        Shown::Keys if width >= TO_FROM_WIDTH => "Access keys that signed links",
        Shown::Keys => "Keys",
    };
    let counts = ledger.reading().map_or_else(String::new, |reading| {
        let all = ledger.links_count().saturating_add(reading.newest.left_out);
        let known = match ledger.has_left_out() {
            true => format!("; the newest {} are shown", text::count(ledger.links_count())),
            false => String::new(),
        };
        format!("{} live, {} in all{known}", text::count(ledger.live_count()), text::count(all))
    });
    let left = text::width(title) + text::width(&counts) + 4;
    let right = match seen.working(Lane::Ledger) {
        Some(sign) => format!("{sign} reading…"),
        None if ledger.filter().is_empty() || ledger.shows() == Shown::Keys => String::new(),
        None => {
            let shown = text::count(ledger.shown_count());
            format!("filter “{}”: {shown}", text::cut_end(&text::shown(ledger.filter()), 24))
        }
    };
    let right = text::cut_end(&right, width.saturating_sub(left + 1)).into_owned();
    let gap = width.saturating_sub(left + text::width(&right) + 1) + 1;
    Line::from(vec![
        Span::styled(format!(" {title}"), seen.theme.strong()),
        Span::raw(format!("  {counts}")),
        Span::raw(" ".repeat(gap)),
        Span::styled(right, seen.theme.mark()),
    ])
}

/// The cells of each column; none where it is not shown.
struct Columns {
    until: usize,
    left: usize,
    method: usize,
    what: usize,
    to: usize,
    note: usize,
}

impl Columns {
    fn of(ledger: &Ledger, width: usize) -> Self {
        let wide = width >= UNTIL_FROM_WIDTH;
        let has_notes = width >= NOTE_FROM_WIDTH && ledger.links().iter().any(|link| link.first.note.is_some());
        let mut columns = Self {
            until: if wide { UNTIL } else { 0 },
            left: LEFT,
            method: METHOD,
            what: 0,
            to: match width {
                UNTIL_FROM_WIDTH.. => TO_WIDE,
                TO_FROM_WIDTH.. => TO,
                _ => 0,
            },
            note: match (has_notes, wide) {
                (false, _) => 0,
                (true, false) => 14,
                (true, true) => 24,
            },
        };
        let others = [columns.until, columns.left, columns.method, columns.to, columns.note];
        let taken: usize = others.into_iter().filter(|cells| *cells > 0).map(|cells| cells + GAP).sum();
        columns.what = width.saturating_sub(GUTTER + taken + 1);
        columns
    }

    fn heading(&self) -> String {
        let left = if self.until > 0 { "left" } else { "left, ended" };
        self.line(["until", left, "method", "what", "went to", "note"].map(str::to_owned))
    }

    /// A link as a line, and how it is dressed.
    fn row(&self, seen: Seen, link: &Issued) -> (String, Style) {
        let record = &link.first;
        let is_live = record.is_live(seen.now.wall);
        let left = match (is_live, self.until > 0) {
            (true, _) => text::time_left(record.ends_at.duration_since(seen.now.wall)),
            (false, true) => "ended".to_owned(),
            (false, false) => ended(seen, record),
        };
        let all = words(link);
        let to = match link.destinations.as_slice() {
            [first, rest @ ..] if text::width(&all) > self.to => format!("{first} +{}", rest.len()),
            _ => all,
        };
        let note = record.note.as_deref().map_or_else(String::new, |note| text::shown(note).into_owned());
        let until = text::date_time(record.ends_at, &seen.theme.zone);
        let line = self.line([until, left, record.method.to_string(), what(record, self.what), to, note]);
        (line, if is_live { Style::new() } else { seen.theme.faint() })
    }

    fn line(&self, told: [String; 6]) -> String {
        let cells = [self.until, self.left, self.method, self.what, self.to, self.note];
        let columns = told.iter().zip(cells).filter(|(_, cells)| *cells > 0);
        let columns: Vec<_> = columns.map(|(told, cells)| text::pad_end(&text::cut_end(told, cells), cells)).collect();
        columns.join(&" ".repeat(GAP))
    }
}

/// When a link ended: `14:05 today`, `2026-11-20`.
fn ended(seen: Seen, record: &Record) -> String {
    let there = |at: jiff::Timestamp| at.to_zoned_datetime(seen.theme.zone.clone()).date();
    if there(record.ends_at) == there(seen.now.wall) {
        return format!("{} today", text::minute(record.ends_at, &seen.theme.zone));
    }
    there(record.ends_at).to_string()
}

/// The object's name, with bucket and prefix as far as there is room.
fn what(record: &Record, room: usize) -> String {
    let key = record.object.key.as_str();
    let whole = format!("{}/{}", record.object.bucket, text::shown_name(key));
    let name = text::shown_name(record.object.key.file_name());
    let in_bucket = format!("{}/{}/{name}", record.object.bucket, text::CUT);
    [whole, in_bucket]
        .into_iter()
        .find(|told| text::width(told) <= room)
        .unwrap_or_else(|| text::cut_middle(&name, room).into_owned())
}

const KEY_TITLES: [&str; 4] = ["key", "what it means", "last end", "stores"];

fn key_line(seen: Seen, key: &KeyLinks, width: usize) -> (String, Style) {
    let stores: Vec<_> = key.stores.iter().map(|store| text::shown(store).into_owned()).collect();
    let told = [
        &format!("{}{}", text::CUT, text::shown(&key.access_key_last4)),
        &key.consequence(),
        &text::date_time(key.last_end, &seen.theme.zone),
        &stores.join(", "),
    ];
    let style = if key.live > 0 { Style::new() } else { seen.theme.faint() };
    (key_row(width, told.map(String::as_str)), style)
}

/// The columns of a key as far as they fit.
fn key_row(width: usize, told: [&str; 4]) -> String {
    let mut room = width.saturating_sub(GUTTER + 1);
    let mut line = String::new();
    for (told, cells) in told.into_iter().zip([KEY, CONSEQUENCE, UNTIL, usize::MAX]) {
        let cells = cells.min(room);
        let told = text::cut_end(told, cells);
        line += &format!("{}{}", text::pad_end(&told, cells.min(CONSEQUENCE)), " ".repeat(GAP));
        room = room.saturating_sub(cells + GAP);
    }
    line.trim_end().to_owned()
}

/// What is to be said of the ledger as it was read, the gravest first.
fn remarks(seen: Seen, ledger: &Ledger, width: usize) -> Vec<Line<'static>> {
    let Some(reading) = ledger.reading() else { return Vec::new() };
    let broken = reading.failure.as_ref().map(|failure| {
        let told = text::shown(&failure.to_string()).into_owned();
        (theme::FAILED, told, seen.theme.failed())
    });
    let unreadable = match reading.unreadable {
        0 => None,
        1 => Some("1 line is no record, and is left out".to_owned()),
        lines => Some(format!("{} lines are no records, and are left out", text::count(lines))),
    };
    let left_out = match reading.newest.left_out {
        0 => None,
        1 => Some("1 older link is left out".to_owned()),
        links => Some(format!("{} older links are left out", text::count(links))),
    };
    let light = [unreadable, left_out].into_iter().flatten().map(|told| (theme::BEWARE, told, seen.theme.strong()));
    let lines = broken.into_iter().chain(light).flat_map(|(sign, told, style)| said(sign, &told, style, width));
    lines.take(REMARK_LINES).collect()
}

fn said(sign: &str, said: &str, style: Style, width: usize) -> Vec<Line<'static>> {
    let signs = std::iter::once(sign).chain(std::iter::repeat(" "));
    let lines = text::wrap(said, width.saturating_sub(2)).into_iter().zip(signs);
    lines.map(|(line, sign)| Line::styled(format!("{sign} {line}"), style)).collect()
}

/// What is said where no row is shown.
fn instead_of_rows(seen: Seen, ledger: &Ledger, place: Rect) -> Vec<Line<'static>> {
    let (room, height) = (usize::from(place.width), usize::from(place.height));
    let theme = seen.theme;
    let mut lines = vec![Line::default()];
    let mut say = |said: &str, style: Style| {
        lines.extend(text::wrap(said, room).into_iter().map(|line| Line::styled(line, style)));
    };
    if let Some(failure) = &ledger.failure {
        lines.extend(failure::lines(seen, failure, room, height.saturating_sub(1)));
        if let Some(key) = seen.key(Command::ReadLinks) {
            lines.extend([Line::default(), Line::styled(format!("{key} reads it again"), theme.faint())]);
        }
    } else if ledger.reading().is_none() {
        // An answer within a blink shows no sign of work; after that the header has it.
    } else if ledger.links_count() > 0 {
        say(&format!("No link contains “{}”.", text::shown(ledger.filter())), theme.strong());
        say(&format!("There are {}.", text::count(ledger.links_count())), Style::new());
    } else {
        say("No link is noted yet.", theme.strong());
        say("Every link that daypass issues is noted here by itself, without its signature.", Style::new());
        let ways = [(Command::Share, "on an object makes one"), (Command::Upload, "makes one to upload with")];
        for (command, does) in ways {
            if let Some(key) = seen.key(command) {
                say(&format!("{key} in the list {does}."), theme.faint());
            }
        }
        say("Nothing is noted where the settings say so: [ledger] enabled = false.", theme.faint());
    }
    lines
}

/// What would end a link now, and everything else that is noted of it, for a page of `width` cells.
pub(super) fn details(seen: Seen, link: &Issued, warnings: &[Warning], width: usize) -> Vec<Line<'static>> {
    let (theme, record) = (seen.theme, &link.first);
    let label = |(label, told): (&'static str, String)| labelled(seen, label, &told, width);
    let mut lines = vec![Line::default()];
    lines.extend(aim(seen, record).into_iter().flat_map(label));
    lines.push(Line::default());
    for warning in warnings {
        lines.extend(said(theme::BEWARE, &text::sentence(&warning.to_string()), theme.failed(), width));
    }
    if record.is_live(seen.now.wall) {
        lines.push(Line::styled("What would end it now", theme.strong()));
        let ends = record.early_ends();
        let ends = ends.iter().map(|end| text::sentence(&text::shown(&end.to_string())));
        lines.extend(ends.flat_map(|end| said(DOT, &end, Style::new(), width)));
        lines.extend(said(DOT, "A single link cannot be called back.", Style::new(), width));
    } else {
        lines.extend(said(theme::FAILED, "It has ended.", theme.failed(), width));
    }
    lines.extend([Line::default(), Line::styled("What was noted", theme.strong())]);
    lines.extend(noted(seen, link).into_iter().flat_map(label));
    if let Some(key) = seen.key(Command::SignIssued) {
        let told = text::wrap(&format!("{key} in the list of links makes it anew."), width);
        lines.push(Line::default());
        lines.extend(told.into_iter().map(|line| Line::styled(line, theme.faint())));
    }
    lines
}

/// Which link it is, and until when it works.
fn aim(seen: Seen, record: &Record) -> Vec<(&'static str, String)> {
    let (now, zone) = (seen.now.wall, &seen.theme.zone);
    let end = text::day_time(DayTime { then: record.ends_at, now, zone, zone_name: "", precision: Precision::Second });
    let until = match record.is_live(now) {
        true => ("works until", format!("{end} ({} left)", text::time_left(record.ends_at.duration_since(now)))),
        false => ("ended", end),
    };
    let version = match &record.object.version {
        Some(version) => text::shown(&version.0).into_owned(),
        None => "none pinned: whichever is the current one".to_owned(),
    };
    let object = ObjectId { version: None, ..record.object.clone() };
    vec![
        ("method", record.method.to_string()),
        ("object", text::shown(&object.to_string()).into_owned()),
        ("version", version),
        until,
    ]
}

/// What else the record holds, label by label.
fn noted(seen: Seen, link: &Issued) -> Vec<(&'static str, String)> {
    let record = &link.first;
    let shown = |text: &str| text::shown(text).into_owned();
    let limited_by = match record.limited_by {
        LimitedBy::Asked => "the lifetime that was asked for",
        LimitedBy::Ceiling => "the ceiling in the settings of the store",
        LimitedBy::Credentials => "the credentials, which end first",
    };
    let issued = text::date_time(record.at, &seen.theme.zone);
    let key = if record.temporary { "temporary key" } else { "key" };
    let headers = shown(&record.signed_headers.join(", "));
    let headers = if record.signed_headers.len() > 1 { format!("{headers} (names alone are noted)") } else { headers };
    let told = [
        Some(("limited by", limited_by.to_owned())),
        Some(("issued", format!("{issued} by {}", shown(&record.issuer.who)))),
        Some(("store", format!("{} ({})", shown(&record.issuer.store), shown(&record.issuer.provider)))),
        Some(("goes to", shown(&record.host))),
        Some(("signed with", format!("{key} {}{}", text::CUT, shown(&record.access_key_last4)))),
        Some(("headers", headers)),
        Some(("went to", words(link))),
        record.note.as_deref().map(|note| ("note", shown(note))),
        record.batch.as_deref().map(|batch| ("batch", shown(batch))),
        Some(("SHA-256", format!("{}{} (of the URL)", shown(&record.url_sha256), text::CUT))),
    ];
    told.into_iter().flatten().collect()
}

/// Every place where a link went: `clipboard, qr`.
fn words(link: &Issued) -> String {
    let words: Vec<_> = link.destinations.iter().map(|destination| destination.word()).collect();
    words.join(", ")
}

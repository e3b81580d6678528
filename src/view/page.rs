//! A page that is read and scrolled: keys, messages, facts, versions, the whole URL.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::command::list::{Command, Scene};
use crate::model::page::{Page, Subject};
use crate::model::pending::Lane;
use crate::model::viewport::Viewport;
use crate::s3::facts::{VersionEntry, VersionKind};
use crate::s3::location::ObjectId;
use crate::s3::size;
use crate::view::layout::{area, draw_lines, inset, split_bottom, split_top};
use crate::view::{Seen, doctor, facts, failure, inspect, ledger, notice, presign, text, theme};

/// Cells kept beside a title for what part of the page is shown.
const PART_WIDEST: usize = 14;

/// The most lines that a title takes.
const TITLE_LINES: usize = 3;

/// The widest that the column of keys gets.
const KEYS_WIDEST: usize = 16;

/// Draws the page over the whole screen but the lines of notice and keys, and measures it.
pub(super) fn draw(seen: Seen, page: &Page, screen: Rect, bottom: u16, measured: &mut Viewport, frame: &mut Frame) {
    let (place, _) = split_bottom(screen, bottom + 1);
    let alarm = if page.subject == Subject::Url { "" } else { seen.alarm() };
    let room = usize::from(place.width).saturating_sub(2 + text::width(alarm));
    let title = title_lines(seen, &page.subject, room);
    let (heading, body) = split_top(place, u16::try_from(title.len()).unwrap_or(1).max(1));
    // Nothing beside the URL, so that a mouse selects it alone.
    let body = if page.subject == Subject::Url { body } else { inset(body, 1) };
    let (lines, top) = lines(seen, page, body);
    let height = usize::from(body.height);
    let top = top.min(lines.len().saturating_sub(height));
    measured.page = area(body);
    measured.page_lines = lines.len();
    let heading = inset(heading, 1);
    let mut title: Vec<_> = title.into_iter().map(|line| Line::styled(line, seen.theme.strong())).collect();
    if let Some(line) = title.last_mut().filter(|_| !alarm.is_empty()) {
        line.push_span(Span::raw("  "));
        line.push_span(Span::styled(alarm, Style::reset().patch(seen.theme.failed())));
    }
    if let Some(line) = title.last_mut().filter(|_| lines.len() > height) {
        let last = (top + height).min(lines.len());
        let part = format!(" {}–{} of {}", text::count(top + 1), text::count(last), text::count(lines.len()));
        let room = usize::from(heading.width).saturating_sub(line.width());
        let part = if text::width(&part) <= room { text::pad_start(&part, room) } else { String::new() };
        line.push_span(Span::styled(part, Style::reset().patch(seen.theme.faint())));
    }
    draw_lines(title, heading, frame);
    draw_lines(lines.into_iter().skip(top), body, frame);
}

/// The title in `room` cells: cut where it is a name, whole where it says what to do.
fn title_lines(seen: Seen, subject: &Subject, room: usize) -> Vec<String> {
    let title = title(seen, subject);
    if *subject != Subject::Url {
        return vec![text::cut_middle(&title, room.saturating_sub(PART_WIDEST)).into_owned()];
    }
    let mut lines = text::wrap(&title, room);
    lines.truncate(TITLE_LINES);
    lines
}

fn title(seen: Seen, subject: &Subject) -> String {
    let about = |object: &ObjectId| text::shown(object.key.file_name()).into_owned();
    match subject {
        Subject::Help(_) => "Keys".to_owned(),
        Subject::Messages => "Messages of this session, newest first".to_owned(),
        Subject::Message(message) => format!("Message of {}", text::second(message.at, &seen.theme.zone)),
        Subject::Facts(object) => format!("Facts of {}", about(object)),
        Subject::Versions(object) => format!("Versions of {}", about(object)),
        Subject::Issued(issued, _) => format!("{} link to {}", issued.first.method, about(&issued.first.object)),
        Subject::Qr => "The link as a QR code".to_owned(),
        Subject::Inspection(_) => "The link that was pasted".to_owned(),
        Subject::Examination(_) => "What lies between this machine and the store".to_owned(),
        Subject::Text(title, _) => title.clone(),
        Subject::Url => {
            let shift = if seen.model.mouse { "Shift and the mouse" } else { "the mouse" };
            let leave = seen.key(Command::ClosePage).map_or_else(String::new, |key| format!("; {key} closes"));
            format!("Select it with {shift}; lines join without spaces{leave}")
        }
    }
}

/// All lines of the page, and the first one that is wanted on the screen.
fn lines(seen: Seen, page: &Page, place: Rect) -> (Vec<Line<'static>>, usize) {
    let width = usize::from(place.width);
    let lines = match &page.subject {
        Subject::Help(scene) => keys(seen, *scene, width),
        Subject::Messages => return messages(seen, page.top, place),
        Subject::Message(message) => {
            let lines = message.report().into_iter().flat_map(|line| match line.is_empty() {
                true => vec![line],
                false => text::wrap(&text::shown(&line), width),
            });
            std::iter::once(Line::default()).chain(lines.map(Line::raw)).collect()
        }
        Subject::Facts(object) => facts::page(seen, object, width),
        Subject::Versions(object) => versions(seen, object, width),
        Subject::Issued(issued, warnings) => ledger::details(seen, issued, warnings, width),
        Subject::Url => {
            let made = seen.model.link().and_then(|sheet| sheet.made());
            made.map_or_else(Vec::new, |made| presign::whole_url(&made.link.url, width))
        }
        Subject::Qr => {
            let made = seen.model.link().and_then(|sheet| sheet.made());
            made.map_or_else(Vec::new, |made| presign::qr_code(seen, &made.link.url, place))
        }
        Subject::Inspection(inspection) => inspect::lines(seen, inspection, width),
        Subject::Examination(examination) => doctor::lines(seen, examination, width),
        Subject::Text(_, text) => {
            let lines = text.expose().lines();
            lines.flat_map(|line| text::pieces(&text::shown(line), width)).map(Line::raw).collect()
        }
    };
    (lines, page.top)
}

/// Every command with its keys: those of `scene` first, then those of the other scenes.
fn keys(seen: Seen, scene: Scene, width: usize) -> Vec<Line<'static>> {
    let others = Scene::ALL.into_iter().filter(|other| *other != scene);
    let keymap = &seen.model.fixed.keymap;
    let joined = |command: Command| {
        let keys: Vec<_> = keymap.keys(command).iter().map(ToString::to_string).collect();
        keys.join(" ")
    };
    let widest = Command::ALL.iter().map(|command| text::width(&joined(*command))).max().unwrap_or(0);
    let column = (widest.min(KEYS_WIDEST) + 2).min(width / 2);
    let mut lines = Vec::new();
    for scene in std::iter::once(scene).chain(others) {
        lines.extend([Line::default(), Line::styled(scene.title(), seen.theme.strong())]);
        for command in Command::ALL.iter().filter(|command| command.scene() == scene) {
            let keys = text::wrap(&joined(*command), column.saturating_sub(2));
            let help = text::wrap(command.help(), width.saturating_sub(column));
            let height = keys.len().max(help.len());
            let (mut keys, mut help) = (keys.into_iter(), help.into_iter());
            lines.extend((0..height).map(|_| {
                let keys = text::pad_end(&keys.next().unwrap_or_default(), column);
                Line::from(vec![Span::styled(keys, seen.theme.strong()), Span::raw(help.next().unwrap_or_default())])
            }));
        }
    }
    lines
}

/// The messages, scrolled so that the chosen one is seen, its beginning at least.
fn messages(seen: Seen, chosen: usize, place: Rect) -> (Vec<Line<'static>>, usize) {
    const BEFORE: usize = 14;
    let (width, height) = (usize::from(place.width), usize::from(place.height));
    let mut lines = vec![Line::default()];
    let mut top = 0;
    for (number, said) in seen.model.notices.all().rev().enumerate() {
        let (sign, style) = notice::sign(said, seen.theme);
        let wrapped = text::wrap(&text::shown(&said.text), width.saturating_sub(BEFORE));
        if number == chosen {
            top = (lines.len() + wrapped.len()).saturating_sub(height).min(lines.len());
        }
        let cursor = if number == chosen { theme::CURSOR } else { " " };
        lines.extend(wrapped.into_iter().enumerate().map(|(row, line)| {
            let (cursor, time, sign) = match row {
                0 => (cursor, text::second(said.at, &seen.theme.zone), sign),
                _ => (" ", String::new(), " "),
            };
            let time = Span::styled(text::pad_end(&time, BEFORE - 4), seen.theme.faint());
            let cursor = Span::styled(format!("{cursor} "), seen.theme.strong());
            Line::from(vec![cursor, time, Span::styled(sign, style), Span::raw(" "), Span::raw(line)])
        }));
    }
    if lines.len() == 1 {
        lines.push(Line::styled("Nothing was said yet.", seen.theme.faint()));
    }
    (lines, top)
}

fn versions(seen: Seen, object: &ObjectId, width: usize) -> Vec<Line<'static>> {
    let faint = seen.theme.faint();
    let mut lines = vec![Line::default()];
    match seen.model.facts.versions(object) {
        Some(Ok(versions)) => {
            lines.extend(versions.entries.iter().flat_map(|version| version_lines(seen, version, width)));
            if versions.entries.is_empty() {
                lines.push(Line::styled("The store names no versions of it.", faint));
            }
            if versions.truncated {
                let said = "There are older versions that were not fetched.";
                lines.extend([Line::default(), Line::styled(said, faint)]);
            }
        }
        Some(Err(failure)) => lines.extend(failure::lines(seen, failure, width, failure::SCROLLED)),
        None => {
            let sign = seen.working(Lane::Versions);
            lines.extend(sign.map(|sign| Line::styled(format!("{sign} asking for the versions…"), faint)));
        }
    }
    lines
}

/// State, time and size of a version in one line, its id in the same where there is room, else in the next.
fn version_lines(seen: Seen, version: &VersionEntry, width: usize) -> Vec<Line<'static>> {
    let theme = seen.theme;
    let latest = if version.is_latest { "latest" } else { "" };
    let when = version.modified.map_or_else(String::new, |at| text::date_time_ago(at, seen.now.wall, &theme.zone));
    let (what, style) = match &version.kind {
        VersionKind::Object { size, .. } => (size::shown(*size), Style::new()),
        VersionKind::DeleteMarker => ("deleted".to_owned(), theme.failed()),
    };
    let more = match &version.kind {
        VersionKind::Object { storage_class, .. } if !storage_class.is_empty() => {
            text::shown(storage_class).into_owned()
        }
        VersionKind::Object { .. } | VersionKind::DeleteMarker => String::new(),
    };
    let mut spans = vec![
        Span::styled(text::pad_end(latest, 8), theme.strong()),
        Span::styled(text::pad_start(&what, 10), style),
        Span::raw(format!("  {}", text::pad_end(&when, 28))),
    ];
    let id = text::shown(&version.id.0).into_owned();
    let taken = 8 + 10 + 2 + 28;
    let room = width.saturating_sub(taken + 2);
    if text::width(&id) + text::width(&more) + 2 <= room {
        spans.push(Span::styled(format!("  {id}  {more}"), theme.faint()));
        return vec![Line::from(spans)];
    }
    let below = text::pieces(&format!("{id}  {more}"), width.saturating_sub(8));
    let below = below.into_iter().map(|piece| Line::styled(format!("{}{piece}", " ".repeat(8)), theme.faint()));
    std::iter::once(Line::from(spans)).chain(below).collect()
}

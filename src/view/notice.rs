//! The line above the keys: what was said last, and where the cursor is.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::listing::loading::More;
use crate::model::notice::{Level, Notice};
use crate::view::layout::draw_lines;
use crate::view::theme::{self, Theme};
use crate::view::{Seen, failure, text};

/// The most lines that an error takes, or the name of what is waited for.
const MOST_LINES: usize = 3;

/// From this height of the screen on, they may take more than one.
const WRAP_FROM_HEIGHT: u16 = 12;

/// Cells around a message: edge, sign and gap before it, edge after it.
const AROUND: usize = 4;

/// How many lines the notice needs; one is kept even where there is none, so that the list does not jump.
pub(super) fn height(seen: Seen, screen: Rect) -> u16 {
    u16::try_from(message(seen, screen.width, most_lines(seen, screen)).len()).unwrap_or(1).max(1)
}

/// Draws the notice into `place`, or the cursor's position where there is room.
pub(super) fn draw(seen: Seen, place: Rect, frame: &mut Frame) {
    let lines = message(seen, place.width, usize::from(place.height));
    let room = usize::from(place.width).saturating_sub(lines.last().map_or(0, |line| AROUND + text::width(line)));
    let notice = notice(seen);
    let (sign, style) = match notice {
        Some(notice) => sign(notice, seen.theme),
        None if lines.is_empty() => (" ", Style::new()),
        None => (theme::INFO, seen.theme.strong()),
    };
    let said = lines.iter().enumerate().map(|(row, line)| {
        let sign = if row == 0 { sign } else { " " };
        let tail = if notice.is_some_and(|notice| notice.level == Level::Error) { style } else { Style::new() };
        Line::from(vec![Span::raw(" "), Span::styled(sign, style), Span::raw(" "), Span::styled(line.clone(), tail)])
    });
    draw_lines(said, place, frame);
    let position = position(seen);
    if seen.model.page().is_none() && text::width(&position) + 2 <= room {
        let width = u16::try_from(text::width(&position)).unwrap_or(0);
        let line = Line::styled(position, seen.theme.faint());
        let x = place.right().saturating_sub(width + 1);
        draw_lines([line], Rect { x, y: place.bottom().saturating_sub(1), width, height: 1 }, frame);
    }
}

/// The sign of a message's level, and its style.
pub(super) fn sign(notice: &Notice, theme: &Theme) -> (&'static str, Style) {
    match notice.level {
        Level::Done => (theme::DONE, theme.done()),
        Level::Info => (theme::INFO, theme.strong()),
        Level::Error => (theme::FAILED, theme.failed()),
    }
}

/// The message on the screen. What is only worth knowing gives way to a store that makes the user wait.
fn notice(seen: Seen<'_>) -> Option<&Notice> {
    let waits = seen.model.pending.retrying(seen.now).is_some();
    seen.model.notices.current().filter(|notice| notice.level != Level::Info || !waits)
}

fn most_lines(seen: Seen, screen: Rect) -> usize {
    let is_long = match notice(seen) {
        Some(notice) => notice.level == Level::Error,
        None => seen.model.pending.waits(seen.now).is_some(),
    };
    if is_long && screen.height >= WRAP_FROM_HEIGHT { MOST_LINES } else { 1 }
}

/// The message in at most `most` lines; where it is cut, it names the key of the messages.
fn message(seen: Seen, width: u16, most: usize) -> Vec<String> {
    let room = usize::from(width).saturating_sub(AROUND);
    let more = seen.messages_key().map_or_else(String::new, |key| format!(" ({key} shows all)"));
    match notice(seen) {
        Some(Notice { failure: Some(failure), .. }) => failure::running(failure, "", &more, room, most),
        Some(notice) => failure::ended(text::wrap(&text::shown(&notice.text), room), &more, room, most),
        None => {
            let pending = &seen.model.pending;
            let waits = || pending.waits(seen.now).map(|on| format!("waiting for {on}"));
            let waits = pending.retrying(seen.now).or_else(waits).unwrap_or_default();
            failure::ended(text::wrap(&text::shown(&waits), room), "", room, most)
        }
    }
}

fn position(seen: Seen) -> String {
    let mouse = if seen.model.mouse { "" } else { "mouse off" };
    let (cursor, rows) = seen.model.list().map_or((0, 0), |list| (list.cursor(), list.shown_count()));
    let is_whole = seen.model.whole_screen().is_some() || seen.model.browse.here.more == More::Nothing;
    let more = if is_whole { "" } else { "+" };
    let row = match rows {
        0 => String::new(),
        rows => format!("{}/{}{more}", text::count(cursor + 1), text::count(rows)),
    };
    let between = if mouse.is_empty() || row.is_empty() { "" } else { theme::BETWEEN };
    format!("{mouse}{between}{row}")
}

//! Text measured in cells: made safe, cut, wrapped; sizes, counts and times for people. Nothing here draws.

use std::borrow::Cow;

use humansize::{BINARY, format_size};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use crate::s3::text::visible;

/// Stands for what was cut away. One cell.
pub(super) const CUT: &str = "…";

/// The longest end of a file name that counts as its extension, dot included, in bytes.
const EXTENSION_MAX_BYTES: usize = 12;

/// A text from outside, safe for the screen: what a terminal would obey or hide is shown, and a mark that stands alone,
/// with nothing to combine with, becomes its code point, because a cell cannot hold it.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    let safe = visible(text);
    if safe.is_ascii() || cells(&safe).all(|(_, width)| width > 0) {
        return safe;
    }
    let mut plain = String::with_capacity(safe.len() + 16);
    for (grapheme, width) in cells(&safe) {
        if width > 0 {
            plain.push_str(grapheme);
        } else {
            plain.extend(grapheme.chars().map(|c| format!("<U+{:04X}>", u32::from(c))));
        }
    }
    Cow::Owned(plain)
}

/// How many cells a text takes.
pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { cells(text).map(|(_, width)| width).sum() }
}

/// What belongs together on the screen, with the cells that each takes.
fn cells(text: &str) -> impl DoubleEndedIterator<Item = (&str, usize)> {
    text.graphemes(true).map(|grapheme| (grapheme, cell_width(grapheme)))
}

fn cell_width(grapheme: &str) -> usize {
    if grapheme.chars().any(char::is_control) { 0 } else { usize::from(grapheme.cell_width()) }
}

/// As much of the start of `text` as fits into `room` cells.
pub(super) fn start(text: &str, room: usize) -> &str {
    let mut taken = 0;
    let mut bytes = 0;
    for (grapheme, width) in cells(text) {
        taken += width;
        if taken > room {
            break;
        }
        bytes += grapheme.len();
    }
    text.get(..bytes).unwrap_or_default()
}

/// As much of the end of `text` as fits into `room` cells.
pub(super) fn end(text: &str, room: usize) -> &str {
    let mut taken = 0;
    let mut bytes = 0;
    for (grapheme, width) in cells(text).rev() {
        taken += width;
        if taken > room {
            break;
        }
        bytes += grapheme.len();
    }
    text.get(text.len() - bytes..).unwrap_or_default()
}

/// `text`, its end cut away where it does not fit into `room` cells.
pub(super) fn cut_end(text: &str, room: usize) -> Cow<'_, str> {
    match room {
        _ if width(text) <= room => Cow::Borrowed(text),
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(format!("{}{CUT}", start(text, room - 1))),
    }
}

/// `text`, its start cut away where it does not fit into `room` cells.
pub(super) fn cut_start(text: &str, room: usize) -> Cow<'_, str> {
    match room {
        _ if width(text) <= room => Cow::Borrowed(text),
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(format!("{CUT}{}", end(text, room - 1))),
    }
}

/// A name, cut in the middle where it does not fit into `room` cells, so that its start and its extension stay.
pub(super) fn cut_middle(name: &str, room: usize) -> Cow<'_, str> {
    if width(name) <= room {
        return Cow::Borrowed(name);
    }
    let kept = room.saturating_sub(1);
    let extension = name.rfind('.').and_then(|dot| name.get(dot..)).filter(|end| end.len() <= EXTENSION_MAX_BYTES);
    let wanted = extension.map_or(0, |extension| width(extension) + 1).max(kept / 3);
    let tail = end(name, wanted.min(kept / 2));
    match room {
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(format!("{}{CUT}{tail}", start(name, kept - width(tail)))),
    }
}

/// `text` in exactly `room` cells, at the left edge; it must have been cut to fit.
pub(super) fn pad_end(text: &str, room: usize) -> String {
    format!("{text}{}", " ".repeat(room.saturating_sub(width(text))))
}

/// `text` in exactly `room` cells, at the right edge; it must have been cut to fit.
pub(super) fn pad_start(text: &str, room: usize) -> String {
    format!("{}{text}", " ".repeat(room.saturating_sub(width(text))))
}

/// `text` in lines of at most `room` cells, broken between words, and inside a word only where it is longer than a line.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(!line.is_empty());
        if width(&line) + gap + width(word) <= room {
            line.push_str(if gap == 1 { " " } else { "" });
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut pieces = pieces(word, room);
        line = pieces.pop().unwrap_or_default();
        lines.extend(pieces);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `text` in pieces of at most `room` cells each, broken anywhere but inside what belongs together. What is wider than
/// `room` by itself is left out.
pub(super) fn pieces(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut taken = 0;
    for (grapheme, width) in cells(text).filter(|(_, width)| *width <= room) {
        if taken + width > room {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        }
        line.push_str(grapheme);
        taken += width;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// What of a line being typed is shown in `room` cells, and the cell of the cursor within it.
///
/// `before` is what stands before the cursor, `after` what stands after it. The cursor needs a cell of its own.
pub(super) fn typed(before: &str, after: &str, room: usize) -> (String, usize) {
    let kept = cut_start(before, room.saturating_sub(1));
    let cursor = width(&kept);
    let rest = cut_end(after, room.saturating_sub(cursor));
    (format!("{kept}{rest}"), cursor)
}

/// A size for people: `2.4 MiB`.
pub(super) fn size(bytes: u64) -> String {
    format_size(bytes, BINARY.decimal_places(1))
}

/// A size for people, and to the byte where that says more: `2.4 MiB (2,516,582 bytes)`.
pub(super) fn exact_size(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1024 => format!("{bytes} bytes"),
        _ => format!("{} ({} bytes)", size(bytes), count(bytes)),
    }
}

/// A number with its thousands apart: `12,000`.
pub(super) fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut apart = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

/// How long ago, or in how long, in the greatest unit: `3 d ago`.
pub(super) fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs();
    let told = match seconds.unsigned_abs() {
        0..10 => return "just now".to_owned(),
        s @ 10..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min", s / 60),
        s @ 3_600..86_400 => format!("{} h", s / 3_600),
        s @ 86_400..2_592_000 => format!("{} d", s / 86_400),
        s @ 2_592_000..31_536_000 => format!("{} mo", s / 2_592_000),
        s => format!("{} y", s / 31_536_000),
    };
    if seconds < 0 { format!("in {told}") } else { format!("{told} ago") }
}

/// Date and time to the minute: `2026-11-20 14:05`.
pub(super) fn date_time(then: Timestamp, zone: &TimeZone) -> String {
    let there = then.to_zoned_datetime(zone.clone());
    format!("{} {}", there.date(), minute(then, zone))
}

/// Date and time, and how long ago: `2026-11-20 14:05 (3 d ago)`.
pub(super) fn date_time_ago(then: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    format!("{} ({})", date_time(then, zone), ago(then, now))
}

/// The time of day to the minute: `14:05`.
pub(super) fn minute(then: Timestamp, zone: &TimeZone) -> String {
    let there = then.to_zoned_datetime(zone.clone());
    format!("{:02}:{:02}", there.hour(), there.minute())
}

/// The time of day to the second: `14:05:09`.
pub(super) fn second(then: Timestamp, zone: &TimeZone) -> String {
    let there = then.to_zoned_datetime(zone.clone());
    format!("{:02}:{:02}:{:02}", there.hour(), there.minute(), there.second())
}

/// A moment as one says it on the day of `now`: `14:20 today`, `14:20 tomorrow`, `2026-11-27 14:20`; with its seconds
/// where `precision` asks for them.
pub(super) fn day_time(then: Timestamp, now: Timestamp, zone: &TimeZone, precision: Precision) -> String {
    let day = then.to_zoned_datetime(zone.clone()).date();
    let today = now.to_zoned_datetime(zone.clone()).date();
    let time = match precision {
        Precision::Minute => minute(then, zone),
        Precision::Second => second(then, zone),
    };
    if day == today {
        format!("{time} today")
    } else if today.tomorrow().is_ok_and(|tomorrow| day == tomorrow) {
        format!("{time} tomorrow")
    } else {
        format!("{day} {time}")
    }
}

/// How exactly a time of day is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    /// `14:20`.
    Minute,
    /// `14:20:05`.
    Second,
}

/// How long something still lasts, in two units: `14 min 05 s`, `2 h 05 min`, `6 d 23 h`. A begun second counts.
pub(super) fn time_left(left: SignedDuration) -> String {
    let begun = i64::from(left.subsec_nanos() > 0);
    let seconds = u64::try_from(left.as_secs().saturating_add(begun)).unwrap_or(0);
    match seconds {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min {:02} s", s / 60, s % 60),
        s @ 3_600..86_400 => format!("{} h {:02} min", s / 3_600, s / 60 % 60),
        s => format!("{} d {} h", s / 86_400, s / 3_600 % 24),
    }
}

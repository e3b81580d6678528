//! Text measured in cells: made safe, cut, wrapped; sizes, counts and times for people. Nothing here draws.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::CellWidth;
use tui_input::Input;
use unicode_segmentation::UnicodeSegmentation;

use crate::s3::size;
pub(super) use crate::s3::size::count;
use crate::s3::text::visible;

/// Stands for what was cut away. One cell.
pub(super) const CUT: &str = "…";

/// Stands for a space that one would not see. One cell.
const SPACE: &str = "␠";

/// The longest end of a file name that counts as its extension, dot included, in bytes.
const EXTENSION_MAX_BYTES: usize = 12;

/// A text from outside, safe for the screen: what a terminal would obey or hide is shown, and a mark that stands alone,
/// with nothing to combine with, becomes its code point, because a cell cannot hold it.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
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

/// A name from outside, safe for the screen, with a space at its edge shown as well: one would not see it there.
pub(super) fn shown_name(name: &str) -> Cow<'_, str> {
    let safe = shown(name);
    if !safe.starts_with(' ') && !safe.ends_with(' ') {
        return safe;
    }
    let inner = safe.trim_matches(' ');
    let (before, after) = safe.split_once(inner).unwrap_or_default();
    Cow::Owned(format!("{}{inner}{}", SPACE.repeat(before.len()), SPACE.repeat(after.len())))
}

/// A fragment as a sentence: its first letter large, a full stop at its end.
pub(super) fn sentence(fragment: &str) -> String {
    let mut rest = fragment.trim().chars();
    let Some(first) = rest.next() else { return String::new() };
    // An address keeps its spelling.
    if fragment.split_whitespace().next().is_some_and(|word| word.contains("://")) {
        return format!("{}.", fragment.trim().trim_end_matches('.'));
    }
    let stop = if fragment.trim_end().ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{}{}{stop}", first.to_uppercase(), rest.as_str())
}

/// How many cells a text takes.
pub(crate) fn width(text: &str) -> usize {
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
pub(crate) fn cut_middle(name: &str, room: usize) -> Cow<'_, str> {
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
pub(crate) fn pad_end(text: &str, room: usize) -> String {
    format!("{text}{}", " ".repeat(room.saturating_sub(width(text))))
}

/// `text` in exactly `room` cells, at the right edge; it must have been cut to fit.
pub(crate) fn pad_start(text: &str, room: usize) -> String {
    format!("{}{text}", " ".repeat(room.saturating_sub(width(text))))
}

/// `text` in lines of at most `room` cells, broken at spaces, and inside a word only where it is longer than a line.
pub(crate) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line: Option<String> = None;
    for word in text.split(' ') {
        match &mut line {
            Some(line) if width(line) + 1 + width(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => {
                lines.extend(line.take());
                let mut pieces = pieces(word, room);
                line = Some(pieces.pop().unwrap_or_default());
                lines.extend(pieces);
            }
        }
    }
    lines.extend(line.filter(|line| !line.is_empty()));
    lines
}

/// `text` in pieces of at most `room` cells each, broken anywhere but inside what belongs together and has room. A character
/// that is wider than `room` by itself is left out.
pub(super) fn pieces(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut taken = 0;
    // Marks can make what belongs together as wide as they like.
    let parts = text.graphemes(true).flat_map(|grapheme| {
        let has_no_room = cell_width(grapheme) > room;
        grapheme.split_inclusive(move |_: char| has_no_room)
    });
    for (part, width) in parts.map(|part| (part, cell_width(part))).filter(|(_, width)| *width <= room) {
        if taken + width > room {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        }
        line.push_str(part);
        taken += width;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// What of a line being typed is shown in `room` cells, and the cell of the cursor within it. The cursor needs a cell of its own.
pub(super) fn typed(input: &Input, room: usize) -> (String, usize) {
    let before: String = input.value().chars().take(input.cursor()).collect();
    let after: String = input.value().chars().skip(input.cursor()).collect();
    let (before, after) = (shown(&before), shown(&after));
    let kept = cut_start(&before, room.saturating_sub(1));
    let cursor = width(&kept);
    let rest = cut_end(&after, room.saturating_sub(cursor));
    (format!("{kept}{rest}"), cursor)
}

/// A size for people, and to the byte where that says more: `2.4 MiB (2,516,582 bytes)`.
pub(super) fn exact_size(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1024 => format!("{bytes} bytes"),
        _ => format!("{} ({} bytes)", size::shown(bytes), count(bytes)),
    }
}

/// A number that changes while it is read, in three digits: `999`, `12.3 k`, `1.25 M`.
pub(crate) fn rough_count(number: usize) -> String {
    let (divisor, unit) = match number {
        0..1_000 => return count(number),
        1_000..1_000_000 => (1_000, "k"),
        1_000_000..1_000_000_000 => (1_000_000, "M"),
        _ => (1_000_000_000, "G"),
    };
    let (whole, rest) = (number / divisor, number % divisor);
    match whole {
        0..10 => format!("{whole}.{:02} {unit}", rest * 100 / divisor),
        10..100 => format!("{whole}.{} {unit}", rest * 10 / divisor),
        _ => format!("{} {unit}", count(whole)),
    }
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

/// A moment as one says it on the day of `now`: `14:20 today`, `14:20 tomorrow`, `2026-11-27 14:20`; `zone_name` follows
/// the time of day.
pub(super) fn day_time(told: DayTime) -> String {
    let DayTime { then, now, zone, zone_name, precision } = told;
    let day = then.to_zoned_datetime(zone.clone()).date();
    let today = now.to_zoned_datetime(zone.clone()).date();
    let time = match precision {
        Precision::Minute => minute(then, zone),
        Precision::Second => second(then, zone),
    };
    if day == today {
        format!("{time}{zone_name} today")
    } else if today.tomorrow().is_ok_and(|tomorrow| day == tomorrow) {
        format!("{time}{zone_name} tomorrow")
    } else {
        format!("{day} {time}{zone_name}")
    }
}

/// What [`day_time`] tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct DayTime<'a> {
    /// The moment.
    pub(super) then: Timestamp,
    /// The day that is today.
    pub(super) now: Timestamp,
    /// Where.
    pub(super) zone: &'a TimeZone,
    /// What to call the zone; empty for the one that everyone here has in mind.
    pub(super) zone_name: &'a str,
    /// How exactly.
    pub(super) precision: Precision,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn sizes_read_as_people_write_them() {
        assert_eq!([0, 999, 2_516_582, u64::MAX].map(size::shown), ["0 B", "999 B", "2.4 MiB", "16 EiB"]);
        assert_eq!(exact_size(1), "1 byte");
        assert_eq!(exact_size(1_023), "1023 bytes");
        assert_eq!(exact_size(2_516_582), "2.4 MiB (2,516,582 bytes)");
        assert_eq!([0u64, 999, 1_000, 12_000, 1_234_567].map(count), ["0", "999", "1,000", "12,000", "1,234,567"]);
    }

    #[test]
    fn thousands_stand_apart() {
        for (number, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(count(number), shown);
        }
    }

    #[test]
    fn a_number_that_changes_is_told_in_three_digits() {
        let told =
            [(0, "0"), (999, "999"), (1_000, "1.00 k"), (12_345, "12.3 k"), (999_999, "999 k"), (1_256_000, "1.25 M")];
        for (number, shown) in told {
            assert_eq!(rough_count(number), shown);
        }
    }

    #[test]
    fn times_read_in_their_greatest_unit_even_where_a_clock_is_wrong() {
        let now = at("2026-11-23T13:05:00Z");
        let told = |seconds: i64| ago(now - SignedDuration::from_secs(seconds), now);
        assert_eq!(told(0), "just now");
        assert_eq!(told(59), "59 s ago");
        assert_eq!(told(3_599), "59 min ago");
        assert_eq!(told(86_399), "23 h ago");
        assert_eq!(told(29 * 86_400), "29 d ago");
        assert_eq!(told(364 * 86_400), "12 mo ago");
        assert_eq!(told(365 * 86_400), "1 y ago");
        assert_eq!(told(-7_200), "in 2 h");
    }

    #[test]
    fn what_is_left_is_told_in_two_units() {
        let told = |seconds| time_left(SignedDuration::from_secs(seconds));
        assert_eq!(told(0), "0 s");
        assert_eq!(told(59), "59 s");
        assert_eq!(told(845), "14 min 05 s");
        assert_eq!(told(7_500), "2 h 05 min");
        assert_eq!(told(604_799), "6 d 23 h");
        assert_eq!(told(-5), "0 s");
        assert_eq!(time_left(SignedDuration::from_millis(1)), "1 s", "what still works has time left");
    }

    #[test]
    fn a_day_is_named_where_it_is_near() {
        let now = at("2026-12-31T22:30:00Z");
        let told = |then: &str, zone: &TimeZone| {
            day_time(DayTime { then: at(then), now, zone, zone_name: "", precision: Precision::Minute })
        };
        assert_eq!(told("2026-12-31T23:59:00Z", &TimeZone::UTC), "23:59 today");
        assert_eq!(told("2027-01-01T00:01:00Z", &TimeZone::UTC), "00:01 tomorrow");
        assert_eq!(told("2027-01-02T00:01:00Z", &TimeZone::UTC), "2027-01-02 00:01");
        let berlin = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(told("2026-12-31T23:59:00Z", &berlin), "01:59 today");
    }

    #[test]
    fn a_name_is_cut_so_that_its_extension_stays() {
        assert_eq!(cut_middle("invoice-2026-11-customer-4711.pdf", 20), "invoice-2026-…11.pdf");
        assert_eq!(cut_middle("資料資料資料資料.xlsx", 12), "資料資….xlsx");
        assert_eq!(cut_start("support-files ▸ invoices/2026/", 12), "…oices/2026/");
        assert_eq!(cut_end("support-files", 8), "support…");
    }

    #[test]
    fn lines_break_at_spaces_and_keep_all_others() {
        assert_eq!(wrap("one two  three", 8), ["one two ", "three"]);
        assert_eq!(wrap("a-word-longer-than-a-line yes", 10), ["a-word-lon", "ger-than-a", "-line yes"]);
        assert!(wrap("", 10).is_empty());
    }

    #[test]
    fn what_would_not_be_seen_is_shown() {
        assert_eq!(shown("\u{301}mark"), "<U+0301>mark");
        assert_eq!(shown("e\u{301}"), "e\u{301}");
        assert_eq!(shown_name(" a  b "), "␠a  b␠");
        assert_eq!(shown_name("  "), "␠␠");
        assert_eq!(sentence("the key is gone"), "The key is gone.");
        assert_eq!(sentence("http://host cannot be reached"), "http://host cannot be reached.");
    }

    #[test]
    fn what_belongs_together_but_has_no_room_is_broken_and_not_lost() {
        assert_eq!(wrap("a \u{2A700}\u{B4B}", 2), ["a", "\u{2A700}", "\u{B4B}"]);
    }

    proptest! {
        #[test]
        fn cutting_keeps_to_the_room_and_to_what_belongs_together(text in any::<String>(), room in 0usize..60) {
            let text = shown(&text);
            let whole: Vec<&str> = text.graphemes(true).collect();
            for cut in [cut_end(&text, room), cut_start(&text, room), cut_middle(&text, room)] {
                prop_assert!(width(&cut) <= room);
                match cut.split_once(CUT) {
                    Some((start, end)) if cut != text && !text.contains(CUT) => {
                        let (start, end): (Vec<_>, Vec<_>) = (start.graphemes(true).collect(), end.graphemes(true).collect());
                        prop_assert!(whole.starts_with(&start) && whole.ends_with(&end));
                    }
                    _ => {}
                }
            }
            prop_assert_eq!(width(&pad_end(&cut_end(&text, room), room)), room);
            prop_assert_eq!(width(&pad_start(&cut_middle(&text, room), room)), room);
        }

        #[test]
        fn wrapping_keeps_to_the_room_and_loses_nothing(text in any::<String>(), room in 2usize..60) {
            let text = shown(&text);
            prop_assert!(wrap(&text, room).iter().chain(&pieces(&text, room)).all(|line| width(line) <= room));
            prop_assert_eq!(pieces(&text, room).concat(), &*text);
            let bare = |text: &str| text.replace(' ', "");
            prop_assert_eq!(bare(&wrap(&text, room).concat()), bare(&text));
        }

        #[test]
        fn the_cursor_of_a_line_is_always_inside(before in any::<String>(), after in any::<String>(), room in 1usize..60) {
            let input = Input::new(format!("{before}{after}")).with_cursor(before.chars().count());
            let (typed, cursor) = typed(&input, room);
            prop_assert!(width(&typed) <= room && cursor < room);
        }

        #[test]
        fn nothing_shown_obeys_or_hides(text in any::<String>()) {
            for shown in [shown(&text), shown_name(&text)] {
                prop_assert_eq!(&*visible(&shown), &*shown);
                prop_assert!(cells(&shown).all(|(_, width)| width > 0));
            }
        }

        #[test]
        fn any_moment_can_be_told(seconds in Timestamp::MIN.as_second()..=Timestamp::MAX.as_second(), hours in -25i8..=25) {
            let then = Timestamp::from_second(seconds).unwrap();
            let zone = TimeZone::fixed(jiff::tz::offset(hours));
            prop_assert!(ago(then, Timestamp::UNIX_EPOCH).len() <= 11);
            prop_assert!(date_time_ago(then, Timestamp::MAX, &zone).len() > 16);
        }
    }
}

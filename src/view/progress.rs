//! How far work is that goes through everything below a prefix: in a few words for the header, and why it broke off.

use std::time::Duration;

use ratatui::text::Line;

use crate::model::pending::Lane;
use crate::model::progress::Progress;
use crate::view::{Seen, failure, text, theme};

/// Cells between the counts and the state.
const GAP: usize = 2;

/// The most lines that a reason takes.
const REASON_LINES: usize = 3;

/// What goes on in `lane`, where so many objects were gone through in so much time.
pub(super) fn state(seen: Seen, lane: Lane, progress: &Progress, took: Duration, objects: u64) -> String {
    match progress {
        Progress::Running => {
            let sign = seen.working(lane).unwrap_or(" ");
            let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
            format!("{sign} {}/s", text::count(objects.saturating_mul(1000) / millis))
        }
        Progress::Whole => format!("all in {:.1} s", took.as_secs_f64()),
        Progress::Stopped => "stopped before the end".to_owned(),
        Progress::Failed(_) => format!("{} broken off", theme::FAILED),
    }
}

/// The same in a word or a sign, for a header in which it does not fit; nothing where all was gone through.
pub(super) fn short_state(seen: Seen, lane: Lane, progress: &Progress) -> String {
    match progress {
        Progress::Running => seen.working(lane).unwrap_or(" ").to_owned(),
        Progress::Whole => String::new(),
        Progress::Stopped => "stopped".to_owned(),
        Progress::Failed(_) => theme::FAILED.to_owned(),
    }
}

/// The state as it stands at the right end of a header, with a gap before it: the long one where that leaves `rest` of `room` cells,
/// else the short one.
pub(super) fn at_end(long: &str, short: &str, room: usize, rest: usize) -> String {
    let fits = text::width(long) + GAP + 1 + rest <= room;
    match if fits { long } else { short } {
        "" => String::new(),
        state => format!("{}{state} ", " ".repeat(GAP)),
    }
}

/// Why it broke off, behind what that means; nothing where it did not.
pub(super) fn broken_off(seen: Seen, progress: &Progress, means: &str, width: usize) -> Vec<Line<'static>> {
    let Progress::Failed(failure) = progress else { return Vec::new() };
    let more = seen.messages_key().map_or_else(String::new, |key| format!(" ({key} shows all)"));
    let lines = failure::running(failure, &format!("{} {means}: ", theme::FAILED), &more, width, REASON_LINES);
    lines.into_iter().map(|line| Line::styled(line, seen.theme.failed())).collect()
}

//! Where things are on a screen of a given size. Nothing here knows what they look like.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::model::viewport::Area;
use crate::view::text;

/// The smallest screen that anything useful fits on.
const SMALLEST: (u16, u16) = (20, 6);

/// From this width on, facts stand beside the list.
const BESIDE_FROM_WIDTH: u16 = 110;

/// From this height on, facts lie below the list where they do not fit beside it.
const BELOW_FROM_HEIGHT: u16 = 20;

/// From this height on, the facts below the list get more lines.
const MORE_BELOW_FROM_HEIGHT: u16 = 32;

/// The places of the browser, from top to bottom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Where one is, and what is loaded.
    pub(super) header: Rect,
    /// The names of the columns.
    pub(super) heading: Rect,
    /// The rows of the list.
    pub(super) rows: Rect,
    /// The facts of the row under the cursor, where there is room.
    pub(super) facts: Facts,
    /// The notice or the prompt.
    pub(super) bottom: Rect,
    /// The keys.
    pub(super) footer: Rect,
}

/// Where the facts are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Facts {
    /// On the right, as high as the list and its heading.
    Beside(Rect),
    /// Under the list, as wide as the screen.
    Below(Rect),
    /// Nowhere: only on a page of their own.
    Hidden,
}

impl Layout {
    /// The layout of `screen` with `bottom` lines for notice or prompt.
    pub(super) fn of(screen: Rect, bottom: u16) -> Self {
        let (header, rest) = split_top(screen, 1);
        let (rest, footer) = split_bottom(rest, 1);
        let (body, bottom) = split_bottom(rest, bottom);
        let (list, facts) = if screen.width >= BESIDE_FROM_WIDTH {
            let (list, facts) = split_right(body, (screen.width * 2 / 5).min(70));
            (list, Facts::Beside(facts))
        } else if screen.height >= BELOW_FROM_HEIGHT {
            let height = if screen.height >= MORE_BELOW_FROM_HEIGHT { 9 } else { 6 };
            let (list, facts) = split_bottom(body, height);
            (list, Facts::Below(facts))
        } else {
            (body, Facts::Hidden)
        };
        let (heading, rows) = split_top(list, 1);
        Self { header, heading, rows, facts, bottom, footer }
    }

    /// The room that a sheet in front of the list may cover.
    pub(super) fn middle(&self, screen: Rect) -> Rect {
        let top = self.header.bottom();
        Rect { y: top, height: self.bottom.y.saturating_sub(top), ..screen }
    }
}

/// Whether nothing useful fits on `screen`.
pub(super) fn is_too_small(screen: Rect) -> bool {
    screen.width < SMALLEST.0 || screen.height < SMALLEST.1
}

/// Says how much room is needed, in as many lines as there are.
pub(super) fn draw_too_small(screen: Rect, frame: &mut Frame) {
    let (width, height) = SMALLEST;
    let said = format!("daypass needs at least {width}×{height} cells, this is {}×{}", screen.width, screen.height);
    let lines = text::wrap(&said, usize::from(screen.width));
    draw_lines(lines.into_iter().map(Line::raw), screen, frame);
}

/// Draws `lines` from the top of `place` on, as many as fit, none wider than it.
pub(super) fn draw_lines<'a>(lines: impl IntoIterator<Item = Line<'a>>, place: Rect, frame: &mut Frame) {
    let place = place.intersection(frame.area());
    for (line, row) in lines.into_iter().zip(place.rows()) {
        let buffer = frame.buffer_mut();
        buffer.set_style(row, line.style);
        buffer.set_line(row.x, row.y, &line, row.width);
    }
}

/// `place` without its first and last `columns`.
pub(super) fn inset(place: Rect, columns: u16) -> Rect {
    let columns = columns.min(place.width / 2);
    Rect { x: place.x + columns, width: place.width - 2 * columns, ..place }
}

/// The same rectangle in the model's words.
pub(super) fn area(place: Rect) -> Area {
    Area { x: place.x, y: place.y, width: place.width, height: place.height }
}

/// The first `height` lines of `place`, and the rest.
pub(super) fn split_top(place: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(place.height);
    (Rect { height, ..place }, Rect { y: place.y + height, height: place.height - height, ..place })
}

/// All but the last `height` lines of `place`, and those.
pub(super) fn split_bottom(place: Rect, height: u16) -> (Rect, Rect) {
    split_top(place, place.height.saturating_sub(height))
}

/// All but the last `width` columns of `place`, and those.
fn split_right(place: Rect, width: u16) -> (Rect, Rect) {
    let left = place.width.saturating_sub(width);
    (Rect { width: left, ..place }, Rect { x: place.x + left, width: place.width - left, ..place })
}

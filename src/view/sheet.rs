//! A framed sheet in front of the list. What is on it comes from elsewhere.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use crate::view::layout::{Layout, draw_lines, inset};
use crate::view::{Seen, text};

/// The widest that a sheet gets.
const WIDEST: u16 = 100;

/// How many cells a line of a sheet may take.
pub(super) fn text_width(layout: &Layout, screen: Rect) -> usize {
    usize::from(width(layout, screen).saturating_sub(4))
}

/// How many lines a sheet may have.
pub(super) fn text_height(layout: &Layout, screen: Rect) -> usize {
    usize::from(layout.middle(screen).height.saturating_sub(2))
}

fn width(layout: &Layout, screen: Rect) -> u16 {
    layout.middle(screen).width.min(WIDEST)
}

/// Draws `lines` in a frame, and returns where the first of them is. Where there is too little room the last line stays,
/// unless there is hardly a line at all, and so does the line `kept`.
pub(super) fn draw(
    seen: Seen,
    title: &str,
    mut lines: Vec<Line<'static>>,
    kept: usize,
    layout: &Layout,
    frame: &mut Frame,
) -> Drawn {
    let room = layout.middle(frame.area());
    let width = width(layout, frame.area());
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(room.height);
    let most = usize::from(height.saturating_sub(2));
    let mut skipped = 0;
    if lines.len() > most {
        let last = lines.pop().filter(|_| most > 2);
        let most = most.saturating_sub(usize::from(last.is_some()));
        skipped = (kept + 1).saturating_sub(most);
        lines.drain(..skipped.min(lines.len()));
        lines.truncate(most);
        lines.extend(last);
    }
    let x = room.x + (room.width - width) / 2;
    let y = room.y + (room.height - height) / 2;
    let place = Rect { x, y, width, height };
    Clear.render(place, frame.buffer_mut());
    let title = text::cut_middle(title, usize::from(width).saturating_sub(4));
    let block = Block::bordered().title(Span::styled(format!(" {title} "), seen.theme.strong()));
    let inner = inset(block.inner(place), 1);
    block.render(place, frame.buffer_mut());
    draw_lines(lines, inner, frame);
    Drawn { inner, skipped }
}

/// Where the lines of a sheet came to stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    /// The room inside the frame.
    pub(super) inner: Rect,
    /// How many lines at the top had no room.
    pub(super) skipped: usize,
}

//! What drawing measured, in cells: the only sizes that keys and mouse may rely on.

/// What the last drawing measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Viewport {
    /// The whole screen.
    pub screen: Area,
    /// The rows of the browsed list, without frame and heading.
    pub list: Area,
    /// The rows of another list in the place of that one, without its headings; empty where none is drawn.
    pub front: Area,
    /// The lines of the page in front, without its frame; empty where no page is open.
    pub page: Area,
    /// How many lines the page in front has in all.
    pub page_lines: usize,
}

/// A rectangle of cells; the upper left corner of the screen is (0, 0).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Column of the left edge.
    pub x: u16,
    /// Row of the upper edge.
    pub y: u16,
    /// Width in cells.
    pub width: u16,
    /// Height in cells.
    pub height: u16,
}

impl Area {
    /// The row of the cell at (`x`, `y`) counted from the upper edge, where the cell lies inside.
    pub fn row_at(self, x: u16, y: u16) -> Option<u16> {
        let inside = (self.x..self.x.saturating_add(self.width)).contains(&x);
        let row = y.checked_sub(self.y)?;
        (inside && row < self.height).then_some(row)
    }
}

//! A list with a cursor: where that is, and which row is the first on the screen. The same for every list; its rows are its own.

/// A list with a cursor that keys and the mouse move.
pub trait List {
    /// How many rows are shown.
    fn shown_count(&self) -> usize;

    /// Where the cursor is among the shown rows, and which of them is the first on the screen.
    fn spot(&self) -> Spot;

    /// The same, to be changed.
    fn spot_mut(&mut self) -> &mut Spot;

    /// Hears that the cursor is where somebody has put it, not where the list had it.
    fn moved(&mut self) {}

    /// The cursor's position among the shown rows.
    fn cursor(&self) -> usize {
        self.spot().cursor()
    }

    /// Moves the cursor by `rows`, as far as there are rows.
    fn move_by(&mut self, rows: isize) {
        let shown = self.shown_count();
        self.spot_mut().move_by(rows, shown);
        self.moved();
    }

    /// Puts the cursor on the shown row at `position`, or the last one.
    fn move_to(&mut self, position: usize) {
        let shown = self.shown_count();
        self.spot_mut().move_to(position, shown);
        self.moved();
    }

    /// Scrolls by `rows` and takes the cursor along only where it would leave the screen of `height` rows.
    fn scroll_by(&mut self, rows: isize, height: usize) {
        let shown = self.shown_count();
        self.spot_mut().scroll_by(rows, height, shown);
        self.moved();
    }

    /// Scrolls just as far as the cursor needs on a screen of `height` rows.
    fn keep_cursor_in_view(&mut self, height: usize) {
        let shown = self.shown_count();
        self.spot_mut().keep_in_view(height, shown);
    }
}

/// Where the cursor is, and the first row on the screen. Positions count from 0; `rows` is always how many rows there are,
/// `height` how many of them the screen has room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    cursor: usize,
    top: usize,
}

impl Spot {
    /// The cursor's position.
    pub fn cursor(self) -> usize {
        self.cursor
    }

    /// The position of the first row on the screen.
    pub fn top(self) -> usize {
        self.top
    }

    /// Moves the cursor by so many rows, as far as there are rows.
    pub fn move_by(&mut self, by: isize, rows: usize) {
        self.move_to(self.cursor.saturating_add_signed(by), rows);
    }

    /// Puts the cursor on the row at `position`, or the last one.
    pub fn move_to(&mut self, position: usize, rows: usize) {
        self.cursor = position.min(rows.saturating_sub(1));
    }

    /// The row of the cursor has come to `position`; it stays on its line of the screen.
    pub fn follow(&mut self, position: usize) {
        self.top = (self.top + position).saturating_sub(self.cursor);
        self.cursor = position;
    }

    /// Scrolls by so many rows and takes the cursor along only where it would leave the screen.
    pub fn scroll_by(&mut self, by: isize, height: usize, rows: usize) {
        self.top = self.top.saturating_add_signed(by).min(rows.saturating_sub(height));
        let bottom = (self.top + height).saturating_sub(1);
        self.move_to(self.cursor.clamp(self.top, bottom.max(self.top)), rows);
    }

    /// Scrolls just as far as the cursor needs.
    pub fn keep_in_view(&mut self, height: usize, rows: usize) {
        let first = (self.cursor + 1).saturating_sub(height.max(1));
        let last_top = rows.saturating_sub(height);
        self.top = self.top.clamp(first, self.cursor.max(first)).min(last_top.max(first));
    }

    /// The first row to draw on a screen that may just have become lower, which the model does not know yet.
    pub fn first_drawn(self, height: usize) -> usize {
        self.top.max((self.cursor + 1).saturating_sub(height)).min(self.cursor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_cursor_is_on_a_row_and_on_the_screen_whatever_happens(
            steps in prop::collection::vec((0u8..4, any::<i8>()), 0..60),
            height in 1usize..12,
        ) {
            let (mut spot, mut rows) = (Spot::default(), 0);
            for (step, n) in steps {
                match step {
                    0 => spot.move_by(isize::from(n), rows),
                    1 => spot.scroll_by(isize::from(n), height, rows),
                    2 => spot.move_to(usize::MAX, rows),
                    _ => {
                        rows = usize::from(n.unsigned_abs());
                        spot.move_to(spot.cursor(), rows);
                    }
                }
                prop_assert!(spot.cursor() < rows.max(1));
                let drawn = spot.first_drawn(height);
                prop_assert!((drawn..drawn + height).contains(&spot.cursor()));
                spot.keep_in_view(height, rows);
                prop_assert!((spot.top()..spot.top() + height).contains(&spot.cursor()));
                prop_assert!(spot.top() <= rows.saturating_sub(height), "rows stand below an empty line");
            }
        }
    }
}

//! What a terminal shows, cell by cell, and which of its lines moved from one picture to the next. Knows no bytes.

use std::hash::{DefaultHasher, Hash, Hasher};

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};

/// What shows on a cell without a character.
pub(super) const SEEN_ON_BLANKS: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK)
    .union(Modifier::CROSSED_OUT);

/// So many cells are compared at once where lines may have moved: a line has parts that move and parts that stay.
const CHUNK: usize = 8;

/// From so many changed lines on it is worth looking whether they moved.
const WORTH_A_LOOK: usize = 4;

/// All that a terminal shows. What looks the same is equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// The cells of each line. One that a wide character before it covers holds the empty text.
    pub(super) lines: Vec<Vec<Cell>>,
    /// Where the cursor blinks, if it does.
    pub(super) cursor: Option<Position>,
}

/// Lines that moved within the lines from `top` to `bottom`, with those two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) top: usize,
    pub(super) bottom: usize,
    pub(super) by: By,
}

/// Which way lines moved, and by how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Up(usize),
    Down(usize),
}

impl Picture {
    /// Nothing, in so many columns and lines.
    pub(super) fn blank(width: usize, height: usize) -> Self {
        Self { lines: vec![vec![Cell::EMPTY; width]; height], cursor: None }
    }

    /// What ratatui drew, without a cursor.
    pub(super) fn of(buffer: &Buffer) -> Self {
        let width = usize::from(buffer.area.width).max(1);
        Self { lines: buffer.content.chunks(width).map(line).collect(), cursor: None }
    }

    /// Columns and lines.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.lines.first().map_or(0, Vec::len), self.lines.len())
    }

    /// What the terminal shows when it has moved lines; those that came in are blank.
    pub(super) fn after(&self, moved: Moved) -> Self {
        let mut after = self.clone();
        let blank = vec![Cell::EMPTY; self.size().0];
        for (y, line) in after.lines.iter_mut().enumerate().take(moved.bottom + 1).skip(moved.top) {
            let from = moved.by.from(y).filter(|from| (moved.top..=moved.bottom).contains(from));
            let from = from.and_then(|from| self.lines.get(from));
            line.clone_from(from.unwrap_or(&blank));
        }
        after
    }

    /// Which lines most probably moved on the way to `next`, which is of the same size.
    pub(super) fn moved_to(&self, next: &Self) -> Option<Moved> {
        let changed = self.lines.iter().zip(&next.lines).filter(|(old, new)| old != new).count();
        if changed < WORTH_A_LOOK {
            return None;
        }
        let (old, new) = (self.marks(), next.marks());
        let ways = (1..old.len()).flat_map(|by| [By::Up(by), By::Down(by)]);
        let found = ways.map(|by| (by, found_again(&old, &new, by))).max_by_key(|(_, found)| found.chunks);
        let (by, found) = found.filter(|(_, found)| found.chunks > 0)?;
        Some(match by {
            By::Up(lines) => Moved { top: found.first, bottom: found.last + lines, by },
            By::Down(lines) => Moved { top: found.first.saturating_sub(lines), bottom: found.last, by },
        })
    }

    /// What each chunk of each line is known again by; `None` where it is blank.
    fn marks(&self) -> Vec<Vec<Option<u64>>> {
        let mark = |cells: &[Cell]| {
            let mut hasher = DefaultHasher::new();
            cells.hash(&mut hasher);
            (!cells.iter().all(|cell| *cell == Cell::EMPTY)).then(|| hasher.finish())
        };
        self.lines.iter().map(|line| line.chunks(CHUNK).map(mark).collect()).collect()
    }
}

impl By {
    /// Where the line came from that is now at `y`.
    fn from(self, y: usize) -> Option<usize> {
        match self {
            Self::Up(lines) => y.checked_add(lines),
            Self::Down(lines) => y.checked_sub(lines),
        }
    }
}

/// How much of a picture is where lines moved to.
#[derive(Default)]
struct Found {
    chunks: usize,
    first: usize,
    last: usize,
}

/// Counts the changed chunks that are the old ones, moved.
fn found_again(old: &[Vec<Option<u64>>], new: &[Vec<Option<u64>>], by: By) -> Found {
    let mut found = Found::default();
    for (y, (line, stayed)) in new.iter().zip(old).enumerate() {
        let Some(came) = by.from(y).and_then(|from| old.get(from)) else { continue };
        let same = |((new, stayed), came): &((&Option<u64>, &Option<u64>), &Option<u64>)| {
            new.is_some() && new != stayed && new == came
        };
        let chunks = line.iter().zip(stayed).zip(came).filter(same).count();
        if chunks > 0 {
            found.first = if found.chunks == 0 { y } else { found.first };
            found.last = y;
            found.chunks += chunks;
        }
    }
    found
}

/// A line in which what looks the same is the same.
fn line(cells: &[Cell]) -> Vec<Cell> {
    let mut line: Vec<Cell> = Vec::with_capacity(cells.len());
    let mut covered = 0;
    for (x, cell) in cells.iter().enumerate() {
        if covered > 0 {
            covered -= 1;
            line.push(Cell::new(""));
            continue;
        }
        let mut cell = cell.clone();
        let width = usize::from(cell.cell_width());
        if width == 0 || x + width > cells.len() {
            cell.set_symbol(" ");
        } else {
            covered = width - 1;
        }
        if cell.symbol() == " " && cell.bg == Color::Reset && !cell.modifier.intersects(SEEN_ON_BLANKS) {
            cell = Cell::EMPTY;
        }
        line.push(cell);
    }
    line
}

/// Whether nothing but the default background is seen on the cell.
pub(super) fn is_blank(cell: &Cell) -> bool {
    *cell == Cell::EMPTY
}

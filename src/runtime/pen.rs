//! The fewest bytes that lead a terminal from one picture to the next. Writes none of them.
//!
//! Only what every terminal since the VT102 does is used, and columns are always counted from the left edge: where a
//! terminal takes a character for wider than it is, the harm ends with the run of characters.

use std::io::Write;

use ratatui::buffer::{Cell, CellWidth};
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};

use super::picture::{By, Moved, Picture, SEEN_ON_BLANKS, is_blank};

/// From so many blanks on, erasing to the end of the line is shorter than writing them.
const WORTH_ERASING_THE_REST: usize = 4;

/// From so many blanks on, erasing them and going on behind them is.
const WORTH_ERASING: usize = 10;

/// So many cells that stay are rather written again than jumped over.
const WORTH_REPEATING: usize = 4;

/// So many lines further down are reached by line feeds.
const FEEDS: usize = 3;

/// A terminal, as far as it is known what it shows.
#[derive(Debug, Default)]
pub(super) struct Shown {
    picture: Option<Picture>,
    pen: Pen,
}

impl Shown {
    /// Somebody else wrote to the terminal.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// What to write so that the terminal shows `wanted`. Nothing where it does.
    pub(super) fn turn_into(&mut self, wanted: Picture) -> Vec<u8> {
        let (width, height) = wanted.size();
        let before = match self.picture.take().filter(|picture| picture.size() == wanted.size()) {
            Some(picture) => picture,
            None => {
                self.pen = Pen::default();
                self.pen.clear();
                Picture::blank(width, height)
            }
        };
        let mut pen = self.pen.clone();
        pen.draw(&before, &wanted);
        if let Some(moved) = before.moved_to(&wanted) {
            let mut moving = self.pen.clone();
            moving.move_lines(moved);
            moving.draw(&before.after(moved), &wanted);
            if moving.bytes.len() < pen.bytes.len() {
                pen = moving;
            }
        }
        let bytes = std::mem::take(&mut pen.bytes);
        self.picture = Some(wanted);
        self.pen = pen;
        bytes
    }
}

/// What the next character looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ink {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

/// Where the next character goes.
#[derive(Clone, Copy, Debug)]
struct At {
    x: usize,
    y: usize,
    /// Whether the terminal may count the cells of what was written before it on this line in another way.
    doubtful: bool,
}

#[derive(Clone, Debug, Default)]
struct Pen {
    bytes: Vec<u8>,
    /// `None` where it is not known, as behind the last column.
    at: Option<At>,
    ink: Option<Ink>,
    cursor_shown: Option<bool>,
}

impl Pen {
    fn clear(&mut self) {
        self.use_ink(Ink::default());
        self.bytes.extend_from_slice(b"\x1b[2J");
    }

    /// Moves lines; those that come in are blank. Deleted and inserted rather than scrolled: the Linux console has no other
    /// way to name a number of lines.
    fn move_lines(&mut self, moved: Moved) {
        let (top, bottom) = (moved.top + 1, moved.bottom + 1);
        self.use_ink(Ink::default());
        let (lines, act) = match moved.by {
            By::Up(lines) => (lines, 'M'),
            By::Down(lines) => (lines, 'L'),
        };
        let lines = if lines == 1 { String::new() } else { lines.to_string() };
        self.push(format_args!("\x1b[{top};{bottom}r\x1b[{top}H\x1b[{lines}{act}\x1b[r"));
        self.at = Some(At { x: 0, y: 0, doubtful: false });
    }

    fn draw(&mut self, before: &Picture, wanted: &Picture) {
        for (y, (old, new)) in before.lines.iter().zip(&wanted.lines).enumerate() {
            if old != new {
                self.draw_line(y, old, new);
            }
        }
        if let Some(Position { x, y }) = wanted.cursor {
            self.go_to(usize::from(x), usize::from(y), &[]);
        }
        let shown = wanted.cursor.is_some();
        if self.cursor_shown.replace(shown) != Some(shown) {
            self.bytes.extend_from_slice(if shown { b"\x1b[?25h" } else { b"\x1b[?25l" });
        }
    }

    fn draw_line(&mut self, y: usize, old: &[Cell], new: &[Cell]) {
        let mut from = 0;
        let differs = |(x, (old, new)): (usize, (&Cell, &Cell))| (old != new && !new.symbol().is_empty()).then_some(x);
        while let Some(x) = old.iter().zip(new).enumerate().skip(from).find_map(differs) {
            let Some(cell) = new.get(x) else { return };
            let rest = new.get(x..).unwrap_or_default();
            let blanks = rest.iter().take_while(|cell| is_blank(cell)).count();
            let pairs = old.get(x..).unwrap_or_default().iter().zip(rest).take(blanks);
            let changed = pairs.rev().skip_while(|(old, new)| old == new).count();
            self.go_to(x, y, new);
            if blanks == rest.len() && changed >= WORTH_ERASING_THE_REST {
                self.use_ink_for_blanks();
                self.bytes.extend_from_slice(b"\x1b[K");
                return;
            }
            if changed >= WORTH_ERASING {
                self.use_ink_for_blanks();
                self.push(format_args!("\x1b[{changed}X"));
                from = x + changed;
            } else {
                self.put(cell, new.len());
                from = x + usize::from(cell.cell_width()).max(1);
            }
        }
    }

    /// Writes a cell of a line that is `width` cells long.
    fn put(&mut self, cell: &Cell, width: usize) {
        if is_blank(cell) {
            self.use_ink_for_blanks();
        } else {
            self.use_ink(ink(cell));
        }
        let symbol = cell.symbol();
        self.bytes.extend_from_slice(symbol.as_bytes());
        // Terminals agree least about the width of several characters in one.
        let is_cluster = symbol.chars().nth(1).is_some();
        self.at = self.at.filter(|_| !is_cluster).map(|at| At {
            x: at.x + usize::from(cell.cell_width()).max(1),
            doubtful: at.doubtful || !symbol.is_ascii(),
            ..at
        });
        self.at = self.at.filter(|at| at.x < width);
    }

    /// Goes to a cell; `line` is what its line will show.
    fn go_to(&mut self, x: usize, y: usize, line: &[Cell]) {
        let at = self.at;
        match at {
            Some(at) if (at.x, at.y) == (x, y) => return,
            Some(at) if at.y == y && at.x < x => {
                let between = line.get(at.x..x).unwrap_or_default();
                let as_it_is = |cell: &Cell| cell.symbol().is_ascii() && !cell.symbol().is_empty() && self.suits(cell);
                if (1..=WORTH_REPEATING).contains(&between.len()) && !at.doubtful && between.iter().all(as_it_is) {
                    between.iter().for_each(|cell| self.bytes.extend_from_slice(cell.symbol().as_bytes()));
                    self.at = Some(At { x, ..at });
                    return;
                }
            }
            Some(_) | None => {}
        }
        let column = if x == 0 { "\r".to_owned() } else { format!("\x1b[{}G", x + 1) };
        let anywhere = match (x, y) {
            (0, 0) => "\x1b[H".to_owned(),
            (0, _) => format!("\x1b[{}H", y + 1),
            (_, _) => format!("\x1b[{};{}H", y + 1, x + 1),
        };
        let from_here = at.and_then(|at| {
            let feeds = y.checked_sub(at.y).filter(|feeds| *feeds <= FEEDS)?;
            let is_below = feeds > 0 && at.x == x && !at.doubtful;
            Some(if is_below { "\n".repeat(feeds) } else { column + &"\n".repeat(feeds) })
        });
        let shortest = from_here.filter(|way| way.len() < anywhere.len()).unwrap_or(anywhere);
        self.bytes.extend_from_slice(shortest.as_bytes());
        self.at = Some(At { x, y, doubtful: false });
    }

    /// Whether the cell can be written without another ink.
    fn suits(&self, cell: &Cell) -> bool {
        if is_blank(cell) { self.is_unseen_on_blanks() } else { self.ink == Some(ink(cell)) }
    }

    fn is_unseen_on_blanks(&self) -> bool {
        self.ink.is_some_and(|ink| ink.bg == Color::Reset && !ink.modifier.intersects(SEEN_ON_BLANKS))
    }

    fn use_ink_for_blanks(&mut self) {
        if !self.is_unseen_on_blanks() {
            self.use_ink(Ink::default());
        }
    }

    fn use_ink(&mut self, ink: Ink) {
        // Whatever was set before. No parameter resets everything.
        let anew = Some(changes(Ink::default(), ink)).filter(|codes| !codes.is_empty());
        let anew = anew.map_or_else(String::new, |codes| format!("0;{codes}"));
        let shortest = match self.ink.replace(ink) {
            Some(before) if before == ink => return,
            Some(before) => Some(changes(before, ink)).filter(|codes| codes.len() < anew.len()).unwrap_or(anew),
            None => anew,
        };
        self.push(format_args!("\x1b[{shortest}m"));
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // A vector takes everything.
        let _ = self.bytes.write_fmt(text);
    }
}

fn ink(cell: &Cell) -> Ink {
    Ink { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
}

/// The modifiers, what sets each and what takes it away.
const MODIFIERS: [(Modifier, &str, &str); 9] = [
    (Modifier::BOLD, "1", "22"),
    (Modifier::DIM, "2", "22"),
    (Modifier::ITALIC, "3", "23"),
    (Modifier::UNDERLINED, "4", "24"),
    (Modifier::SLOW_BLINK, "5", "25"),
    (Modifier::RAPID_BLINK, "6", "25"),
    (Modifier::REVERSED, "7", "27"),
    (Modifier::HIDDEN, "8", "28"),
    (Modifier::CROSSED_OUT, "9", "29"),
];

/// The parameters that lead from one ink to another.
fn changes(before: Ink, ink: Ink) -> String {
    let mut codes: Vec<String> = Vec::new();
    let gone = before.modifier - ink.modifier;
    let mut kept = before.modifier & ink.modifier;
    for (modifier, _, off) in MODIFIERS.iter().filter(|(modifier, ..)| gone.intersects(*modifier)) {
        if codes.last().is_none_or(|last| last != off) {
            codes.push((*off).to_owned());
        }
        // What shares the parameter goes with it.
        let together = MODIFIERS.iter().filter(|(other, _, its)| its == off && other != modifier);
        together.for_each(|(other, ..)| kept.remove(*other));
    }
    codes.extend(
        MODIFIERS.iter().filter(|(one, ..)| (ink.modifier - kept).contains(*one)).map(|(_, on, _)| (*on).to_owned()),
    );
    if before.fg != ink.fg {
        codes.push(colour(ink.fg, 30));
    }
    if before.bg != ink.bg {
        codes.push(colour(ink.bg, 40));
    }
    codes.join(";")
}

/// The parameters of a colour; `base` is 30 for characters and 40 behind them.
fn colour(colour: Color, base: u8) -> String {
    let bright = base + 60;
    let plain = match colour {
        Color::Reset => base + 9,
        Color::Black => base,
        Color::Red => base + 1,
        Color::Green => base + 2,
        Color::Yellow => base + 3,
        Color::Blue => base + 4,
        Color::Magenta => base + 5,
        Color::Cyan => base + 6,
        Color::Gray => base + 7,
        Color::DarkGray => bright,
        Color::LightRed => bright + 1,
        Color::LightGreen => bright + 2,
        Color::LightYellow => bright + 3,
        Color::LightBlue => bright + 4,
        Color::LightMagenta => bright + 5,
        Color::LightCyan => bright + 6,
        Color::White => bright + 7,
        Color::Indexed(number) => return format!("{};5;{number}", base + 8),
        Color::Rgb(red, green, blue) => return format!("{};2;{red};{green};{blue}", base + 8),
    };
    plain.to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    const WIDTH: u16 = 30;
    const HEIGHT: u16 = 12;

    /// What may happen from one picture to the next.
    #[derive(Clone, Debug)]
    enum Change {
        Write(u16, u16, String, Style),
        Move(u16, u16, i32),
        Blank(u16, u16),
        Cursor(Option<(u16, u16)>),
        Forget,
    }

    fn any_change() -> impl Strategy<Value = Change> {
        let text = prop_oneof![
            4 => "[a-c ]{1,12}",
            2 => "[a漢é● ]{1,8}",
            1 => "(e\u{301}|ab){1,4}",
            1 => " {8,30}",
        ];
        let colour = prop::sample::select(vec![
            Color::Reset,
            Color::Red,
            Color::White,
            Color::DarkGray,
            Color::Indexed(99),
            Color::Rgb(1, 2, 3),
        ]);
        // Bold and dim are never together: some terminals show only the later one, this one among them.
        let modifiers = [
            vec![Modifier::empty(), Modifier::BOLD, Modifier::DIM],
            vec![Modifier::empty(), Modifier::REVERSED],
            vec![Modifier::empty(), Modifier::UNDERLINED],
        ];
        let modifiers = modifiers.map(prop::sample::select);
        let style = (colour.clone(), prop_oneof![3 => Just(Color::Reset), 1 => colour], modifiers).prop_map(
            |(fg, bg, modifiers)| {
                let modifier = modifiers.into_iter().fold(Modifier::empty(), |all, one| all | one);
                Style::new().fg(fg).bg(bg).add_modifier(modifier).remove_modifier(!modifier)
            },
        );
        prop_oneof![
            6 => (0..WIDTH, 0..HEIGHT, text, style).prop_map(|(x, y, text, style)| Change::Write(x, y, text, style)),
            2 => (0..HEIGHT, 0..HEIGHT, -4..5_i32).prop_map(|(top, bottom, by)| Change::Move(top, bottom, by)),
            1 => (0..WIDTH, 0..HEIGHT).prop_map(|(x, y)| Change::Blank(x, y)),
            1 => prop::option::of((0..WIDTH, 0..HEIGHT)).prop_map(Change::Cursor),
            1 => Just(Change::Forget),
        ]
    }

    fn move_lines(buffer: &mut Buffer, top: u16, bottom: u16, by: i32) {
        let before = buffer.clone();
        for y in top..=bottom {
            let from = u16::try_from(i32::from(y) + by).ok().filter(|from| (top..=bottom).contains(from));
            for x in 0..WIDTH {
                buffer[(x, y)] = from.map_or(Cell::EMPTY, |from| before[(x, from)].clone());
            }
        }
    }

    /// Compares what a terminal shows with what ratatui drew.
    fn differences(screen: &vt100::Screen, wanted: &Picture) -> Vec<String> {
        let mut differences = Vec::new();
        for (y, line) in wanted.lines.iter().enumerate() {
            for (x, cell) in line.iter().enumerate() {
                let seen = screen.cell(u16::try_from(y).unwrap(), u16::try_from(x).unwrap()).unwrap();
                if seen.is_wide_continuation() {
                    assert_eq!(cell.symbol(), "", "{x},{y}");
                    continue;
                }
                let text = if seen.has_contents() { seen.contents() } else { " " };
                let ink = ink(cell);
                let has = |modifier| ink.modifier.contains(modifier);
                let blank = text == " ";
                let same = text == cell.symbol()
                    && seen.bgcolor() == colour(ink.bg)
                    && seen.inverse() == has(Modifier::REVERSED)
                    && seen.underline() == has(Modifier::UNDERLINED)
                    && (blank && !seen.inverse() && !seen.underline() || seen.fgcolor() == colour(ink.fg))
                    && (blank || seen.bold() == has(Modifier::BOLD) && seen.dim() == has(Modifier::DIM));
                if !same {
                    differences.push(format!("{x},{y}: {cell:?}, shown is {seen:?}"));
                }
            }
        }
        differences
    }

    fn colour(colour: Color) -> vt100::Color {
        match colour {
            Color::Reset => vt100::Color::Default,
            Color::Red => vt100::Color::Idx(1),
            Color::White => vt100::Color::Idx(15),
            Color::DarkGray => vt100::Color::Idx(8),
            Color::Indexed(number) => vt100::Color::Idx(number),
            Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
            other => panic!("{other:?} is not used here"),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn whatever_came_before_the_terminal_shows_what_was_drawn(
            frames in prop::collection::vec(prop::collection::vec(any_change(), 1..6), 1..12),
        ) {
            let mut terminal = vt100::Parser::new(HEIGHT.try_into().unwrap(), WIDTH.try_into().unwrap(), 0);
            let mut buffer = Buffer::empty(Rect::new(0, 0, WIDTH, HEIGHT));
            let (mut shown, mut cursor) = (Shown::default(), None);
            for changes in frames {
                for change in changes {
                    match change {
                        Change::Write(x, y, text, style) => {
                            buffer.set_stringn(x, y, text, usize::from(WIDTH), style);
                        }
                        Change::Move(top, bottom, by) => move_lines(&mut buffer, top.min(bottom), top.max(bottom), by),
                        Change::Blank(x, y) => buffer[(x, y)] = Cell::EMPTY,
                        Change::Cursor(at) => cursor = at.map(Position::from),
                        Change::Forget => {
                            shown.forget();
                            terminal.process(b"\x1b[3;9Hsomebody else\x1b[7m");
                        }
                    }
                }
                let picture = Picture { cursor, ..Picture::of(&buffer) };
                terminal.process(&shown.turn_into(picture.clone()));
                prop_assert_eq!(differences(terminal.screen(), &picture), Vec::<String>::new());
                prop_assert_eq!(terminal.screen().hide_cursor(), cursor.is_none());
                if let Some(at) = cursor {
                    prop_assert_eq!(terminal.screen().cursor_position(), (at.y, at.x));
                }
                prop_assert!(shown.turn_into(picture).is_empty());
            }
        }
    }

    /// A list of `rows` from `first` on beside a pane, as high as the terminal without its first and last line.
    fn list(first: usize, cursor: usize) -> Picture {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
        buffer.set_string(0, 0, "a heading", Style::new().add_modifier(Modifier::BOLD));
        for row in 0..38 {
            let (at, y) = (first + row, u16::try_from(row + 1).unwrap());
            let style = if at == cursor { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
            buffer.set_string(3, y, format!("{:016x}.dat", at.wrapping_mul(0x9e37_79b9_7f4a_7c15)), style);
            buffer.set_string(
                50,
                y,
                format!("{:>8} KiB", at * 7919 % 10_000),
                Style::new().add_modifier(Modifier::DIM),
            );
            buffer.set_string(72, y, "│", Style::new().add_modifier(Modifier::DIM));
        }
        buffer.set_string(0, 39, "a footer", Style::new());
        Picture::of(&buffer)
    }

    fn cost(from: Picture, to: Picture) -> (usize, String) {
        let mut shown = Shown::default();
        shown.turn_into(from);
        let bytes = shown.turn_into(to);
        (bytes.len(), String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn a_list_that_scrolls_costs_the_lines_that_come_in() {
        for (from, to) in [(100, 101), (101, 100), (100, 103)] {
            let came = usize::abs_diff(from, to);
            let (bytes, written) = cost(list(from, 0), list(to, 0));
            assert!(bytes < 40 + 60 * came, "{bytes} bytes: {written:?}");
        }
    }

    #[test]
    fn a_cursor_that_moves_costs_two_lines() {
        let (bytes, written) = cost(list(100, 110), list(100, 111));
        assert!(bytes < 65, "{bytes} bytes: {written:?}");
    }

    #[test]
    fn erasing_is_shorter_than_blanks() {
        let empty = Picture::of(&Buffer::empty(Rect::new(0, 0, 120, 40)));
        let (bytes, written) = cost(list(100, 0), empty);
        assert!(bytes < 40 * 6, "{bytes} bytes: {written:?}");
    }
}

//! Glyphs, styles and the way times are told. Whatever a colour says, a glyph or a word says as well.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

/// How the screen is dressed.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Which characters signs and lines are made of.
    pub glyphs: Glyphs,
    /// Whether colours are used besides bold, dim and reversed.
    pub colours: Colours,
    /// How the list tells times.
    pub times: Times,
    /// The time zone of the times shown.
    pub zone: TimeZone,
}

/// Which characters signs and lines are made of. Names from a store keep their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Arrows, dots and lines from Unicode.
    #[default]
    Unicode,
    /// ASCII alone.
    Ascii,
}

/// Whether colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colours {
    /// A few of the terminal's own 16, which its user has made readable.
    #[default]
    Sixteen,
    /// None: `NO_COLOR`.
    None,
}

/// How the list tells times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// `3 d ago`.
    #[default]
    Relative,
    /// `2026-11-20 14:05`.
    Absolute,
}

/// The row under the cursor.
pub(super) const CURSOR: &str = "▸";
/// A marked row.
pub(super) const MARK: &str = "●";
/// Between the levels of a place.
pub(super) const LEVEL: &str = " ▸ ";
/// Between things said in one line.
pub(super) const BETWEEN: &str = " · ";
/// Something was done.
pub(super) const DONE: &str = "✓";
/// Something to know.
pub(super) const INFO: &str = "i";
/// Something was sent, and nobody says that it arrived.
pub(super) const SENT: &str = "→";
/// Something failed or is over.
pub(super) const FAILED: &str = "✗";
/// Something to beware of.
pub(super) const BEWARE: &str = "!";
/// Sorted from the smallest up.
pub(super) const ASCENDING: &str = "↑";
/// Sorted from the greatest down.
pub(super) const DESCENDING: &str = "↓";
/// A part of a bar.
pub(super) const BAR: &str = "█";
/// A line across.
pub(super) const RULE: &str = "─";
/// A line down.
pub(super) const WALL: &str = "│";

const SPINNER: [&str; 4] = ["◐", "◓", "◑", "◒"];

/// What each sign of ours becomes in ASCII, cell by cell.
const IN_ASCII: [(&str, &str); 26] = [
    ("█", "#"),
    ("→", ">"),
    ("▸", ">"),
    ("●", "*"),
    ("·", "-"),
    ("✓", "+"),
    ("✗", "x"),
    ("↑", "^"),
    ("↓", "v"),
    ("─", "-"),
    ("│", "|"),
    ("┌", "+"),
    ("┐", "+"),
    ("└", "+"),
    ("┘", "+"),
    ("◐", "|"),
    ("◓", "/"),
    ("◑", "-"),
    ("◒", "\\"),
    ("…", "~"),
    ("“", "\""),
    ("”", "\""),
    ("‘", "'"),
    ("’", "'"),
    ("–", "-"),
    ("×", "x"),
];

/// What stands for a control character or a space that one would not see.
const CONTROL_PICTURES: fn(char) -> bool = |c| matches!(c, '\u{2400}'..='\u{2426}');

/// The sign of work at a position of its turn.
pub(super) fn spinner(turn: usize) -> &'static str {
    SPINNER.get(turn % SPINNER.len()).copied().unwrap_or_default()
}

impl Theme {
    /// Unicode, colours, relative times in `zone`.
    pub fn new(zone: TimeZone) -> Self {
        Self { glyphs: Glyphs::default(), colours: Colours::default(), times: Times::default(), zone }
    }

    /// What matters less: labels, headings, remarks.
    pub(super) fn faint(&self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// What matters more: names of places, keys, titles.
    pub(super) fn strong(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// The row under the cursor.
    pub(super) fn cursor(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// A mark.
    pub(super) fn mark(&self) -> Style {
        self.coloured(Color::Magenta)
    }

    /// Good news.
    pub(super) fn done(&self) -> Style {
        self.coloured(Color::Green)
    }

    /// Bad news, and what is over.
    pub(super) fn failed(&self) -> Style {
        self.coloured(Color::Red)
    }

    fn coloured(&self, colour: Color) -> Style {
        match self.colours {
            Colours::Sixteen => self.strong().fg(colour),
            Colours::None => self.strong(),
        }
    }

    /// Turns the signs of a finished screen into those of the theme. Every sign takes one cell in both sets.
    pub(super) fn finish(&self, buffer: &mut Buffer) {
        match self.glyphs {
            Glyphs::Unicode => {}
            Glyphs::Ascii => {
                for cell in &mut buffer.content {
                    if cell.symbol().is_ascii() {
                        continue;
                    }
                    let sign = IN_ASCII.iter().find(|(sign, _)| *sign == cell.symbol()).map(|(_, plain)| *plain);
                    let picture = cell.symbol().starts_with(CONTROL_PICTURES).then_some("?");
                    if let Some(plain) = sign.or(picture) {
                        cell.set_symbol(plain);
                    }
                }
            }
        }
    }
}

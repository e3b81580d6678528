//! What ratatui draws on: it writes only what changes, a frame at a time and in one piece; what stays costs no byte.

use std::io::{self, Write};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::terminal::{Clear, ClearType as Part};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// Signs around a frame, so that a terminal that knows them never shows half of one.
const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
const END_FRAME: &[u8] = b"\x1b[?2026l";

/// Something that shows the bytes written to it: the terminal, or a test's record of them.
pub(super) trait Device: Write {
    /// Its size in cells.
    fn size(&self) -> io::Result<Size>;

    /// Takes every key as it is, or gives line editing back.
    fn raw_mode(&mut self, on: bool) -> io::Result<()>;

    /// Whether there is a shell above that could continue a stopped process.
    fn can_stop(&self) -> bool;

    /// Stops the process, and those that were started together with it, until it is continued.
    fn stop(&mut self) -> io::Result<()>;
}

/// A ratatui backend that leaves out what the terminal already shows.
///
/// ratatui's own one writes colours and the cursor's state with every frame, even where no cell differs, and asks the
/// terminal where the cursor is, whose answer would have to be fished out of the keys.
#[derive(Debug)]
pub(super) struct SparingBackend<D: Device> {
    device: D,
    frame: Vec<u8>,
    cursor_shown: Option<bool>,
    cursor_at: Option<Position>,
}

impl<D: Device> SparingBackend<D> {
    pub(super) fn new(device: D) -> Self {
        Self { device, frame: Vec::new(), cursor_shown: None, cursor_at: None }
    }

    /// What is drawn on, for bytes that are not part of a frame.
    pub(super) fn device(&mut self) -> &mut D {
        &mut self.device
    }

    /// The terminal was somebody else's in between: nothing is known of its cursor.
    pub(super) fn forget(&mut self) {
        self.cursor_shown = None;
        self.cursor_at = None;
    }

    fn show_cursor_or_not(&mut self, shown: bool) -> io::Result<()> {
        if self.cursor_shown.replace(shown) == Some(shown) {
            return Ok(());
        }
        if shown { queue!(self.frame, Show) } else { queue!(self.frame, Hide) }
    }
}

impl<D: Device> Backend for SparingBackend<D> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, cells: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut cells = cells.peekable();
        if cells.peek().is_none() {
            return Ok(());
        }
        self.cursor_at = None;
        CrosstermBackend::new(&mut self.frame).draw(cells)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show_cursor_or_not(false)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show_cursor_or_not(true)
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor_at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor_at.replace(position) == Some(position) {
            return Ok(());
        }
        queue!(self.frame, MoveTo(position.x, position.y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        let part = match region {
            ClearType::All => Part::All,
            ClearType::AfterCursor => Part::FromCursorDown,
            ClearType::BeforeCursor => Part::FromCursorUp,
            ClearType::CurrentLine => Part::CurrentLine,
            ClearType::UntilNewLine => Part::UntilNewLine,
        };
        queue!(self.frame, Clear(part))
    }

    fn size(&self) -> io::Result<Size> {
        self.device.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.device.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let bytes = [BEGIN_FRAME, &self.frame, END_FRAME].concat();
        self.frame.clear();
        self.device.write_all(&bytes)?;
        self.device.flush()
    }
}

//! The terminal as daypass uses it: taken, drawn on, spoken to, and given back as it was.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::layout::Size;
use ratatui::{Frame, Terminal};

use super::canvas::Canvas;
use super::pen::Shown;
use super::picture::Picture;
use super::writer::Writer;

/// Alternate screen, bracketed paste, cursor hidden.
const TAKE: &str = "\x1b[?1049h\x1b[?2004h\x1b[?25l";

/// The end of a frame that was cut short, mouse off, and the other way round what [`TAKE`] did.
pub(super) const GIVE_BACK: &str = "\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

/// Clicks and the wheel, with coordinates beyond 223. Not the movements: over a slow line they would be a flood.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// Signs around a frame, so that a terminal that knows them never shows half of one. Not asked for before: terminals that do
/// not know them leave them alone, while some show a part of the question.
const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
const END_FRAME: &[u8] = b"\x1b[?2026l";

/// A frame of so many bytes comes in one piece anyway.
const ONE_PIECE: usize = 512;

/// Something that shows the bytes written to it: the terminal, or a test's record of them.
pub(super) trait Device {
    /// Its size in cells.
    fn size(&self) -> io::Result<Size>;

    /// Where to write to. Flushing that waits until all has gone out, where there is a way to know.
    fn line(&self) -> io::Result<Box<dyn Write + Send>>;

    /// Takes every key as it is, or gives line editing back.
    fn raw_mode(&mut self, on: bool) -> io::Result<()>;

    /// Whether there is a shell above that could continue a stopped process.
    fn can_stop(&self) -> bool;

    /// Stops the process, and those that were started together with it, until it is continued.
    fn stop(&mut self) -> io::Result<()>;
}

/// The terminal, given back when dropped.
#[derive(Debug)]
pub(super) struct Screen<D: Device> {
    device: D,
    writer: Writer,
    canvas: Terminal<Canvas>,
    shown: Shown,
    mouse: bool,
    taken: Arc<AtomicBool>,
}

impl<D: Device> Screen<D> {
    /// A screen on `device`, which is left alone until [`Screen::take`].
    pub(super) fn new(device: D, mouse: bool) -> io::Result<Self> {
        let writer = Writer::to(device.line()?)?;
        let canvas = Terminal::new(Canvas { size: device.size()?, ..Canvas::default() })?;
        Ok(Self { device, writer, canvas, shown: Shown::default(), mouse, taken: Arc::default() })
    }

    /// Takes the terminal. What was shown before comes back when it is given back; the next drawing draws everything.
    pub(super) fn take(&mut self) -> io::Result<()> {
        self.device.raw_mode(true)?;
        self.taken.store(true, Ordering::SeqCst);
        self.send(TAKE)?;
        if self.mouse {
            self.send(MOUSE_ON)?;
        }
        self.redraw_everything();
        Ok(())
    }

    /// Gives the terminal back as it was; a second time does nothing.
    pub(super) fn give_back(&mut self) -> io::Result<()> {
        if !self.taken.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let sent = self.send(GIVE_BACK).and_then(|()| self.writer.finish());
        self.device.raw_mode(false).and(sent)
    }

    /// Gives the terminal back and stops the process, if a shell is there to return to; false where none is.
    pub(super) fn stop(&mut self) -> io::Result<bool> {
        if !self.device.can_stop() {
            return Ok(false);
        }
        self.give_back()?;
        self.device.stop()?;
        Ok(true)
    }

    /// What `paint` makes of the screen. It is not shown yet.
    pub(super) fn picture(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<Picture> {
        self.canvas.backend_mut().size = self.device.size()?;
        let mut picture = Picture::blank(0, 0);
        self.canvas.draw(|frame| {
            paint(frame);
            picture = Picture::of(frame.buffer_mut());
        })?;
        picture.cursor = self.canvas.backend().cursor;
        Ok(picture)
    }

    /// Shows a picture. Nothing is written where it is shown already.
    pub(super) fn show(&mut self, picture: Picture) -> io::Result<()> {
        let bytes = self.shown.turn_into(picture);
        match bytes.len() {
            0 => Ok(()),
            1..=ONE_PIECE => self.writer.send(bytes),
            _ => self.writer.send([BEGIN_FRAME, &bytes, END_FRAME].concat()),
        }
    }

    /// Whether the terminal has not yet taken all that was written.
    pub(super) fn is_busy(&self) -> io::Result<bool> {
        self.writer.is_busy()
    }

    /// Waits until the terminal has taken more.
    pub(super) async fn progress(&self) {
        self.writer.progress().await;
    }

    /// Trusts nothing on the terminal any more: the next picture is drawn whole.
    pub(super) fn redraw_everything(&mut self) {
        self.shown.forget();
    }

    /// Sends a sequence between two frames.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        self.writer.send(sequence.as_bytes().to_vec())
    }

    /// Takes the mouse, or leaves it to the terminal.
    pub(super) fn capture_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        self.send(if on { MOUSE_ON } else { MOUSE_OFF })
    }

    /// Whether the terminal is taken, for whoever has to give it back when this value cannot.
    pub(super) fn taken(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.taken)
    }
}

impl<D: Device> Drop for Screen<D> {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back, and nobody is left to tell.
        let _ = self.give_back();
    }
}

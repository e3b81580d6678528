//! The terminal as daypass uses it: taken, drawn on, spoken to, and given back as it was.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::{Frame, Terminal};

use super::backend::{Device, SparingBackend};

/// Alternate screen, bracketed paste, cursor hidden.
const TAKE: &str = "\x1b[?1049h\x1b[?2004h\x1b[?25l";

/// The end of a frame that was cut short, mouse off, and the other way round what [`TAKE`] did.
pub(super) const GIVE_BACK: &str = "\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

/// Clicks and the wheel, with coordinates beyond 223. Not the movements: over a slow line they would be a flood.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// The terminal, given back when dropped.
#[derive(Debug)]
pub(super) struct Screen<D: Device> {
    terminal: Terminal<SparingBackend<D>>,
    mouse: bool,
    taken: Arc<AtomicBool>,
}

impl<D: Device> Screen<D> {
    /// A screen on `device`, which is left alone until [`Screen::take`].
    pub(super) fn new(device: D, mouse: bool) -> io::Result<Self> {
        let terminal = Terminal::new(SparingBackend::new(device))?;
        Ok(Self { terminal, mouse, taken: Arc::default() })
    }

    /// Takes the terminal. What was shown before comes back when it is given back; the next drawing draws everything.
    pub(super) fn take(&mut self) -> io::Result<()> {
        self.device().raw_mode(true)?;
        self.taken.store(true, Ordering::SeqCst);
        self.send(TAKE)?;
        if self.mouse {
            self.send(MOUSE_ON)?;
        }
        self.redraw_everything()
    }

    /// Gives the terminal back as it was; a second time does nothing.
    pub(super) fn give_back(&mut self) -> io::Result<()> {
        if !self.taken.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let sent = self.send(GIVE_BACK);
        self.device().raw_mode(false).and(sent)
    }

    /// Gives the terminal back and stops the process, if a shell is there to return to; false where none is.
    pub(super) fn stop(&mut self) -> io::Result<bool> {
        if !self.device().can_stop() {
            return Ok(false);
        }
        self.give_back()?;
        self.device().stop()?;
        Ok(true)
    }

    /// Draws one frame.
    pub(super) fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(paint).map(drop)
    }

    /// Trusts nothing on the terminal any more: the next drawing draws everything.
    pub(super) fn redraw_everything(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().forget();
        self.terminal.clear()
    }

    /// Sends a sequence between two frames.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        let device = self.device();
        device.write_all(sequence.as_bytes())?;
        device.flush()
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

    fn device(&mut self) -> &mut D {
        self.terminal.backend_mut().device()
    }
}

impl<D: Device> Drop for Screen<D> {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back, and nobody is left to tell.
        let _ = self.give_back();
    }
}

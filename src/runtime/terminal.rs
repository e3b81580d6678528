//! The real terminal: found where standard output is not one, switched to raw mode, stopped by `^Z`, rescued in a panic.

use std::fs::File;
use std::io::{self, Write};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::layout::Size;
use rustix::io::dup;
use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};
use rustix::stdio::{stdin, stdout};
use rustix::termios::{LocalModes, OptionalActions, isatty, tcdrain, tcgetattr, tcgetwinsize, tcsetattr};

use super::screen::{Device, GIVE_BACK};

/// The size of a terminal that does not know its own, such as one on a serial line.
const UNKNOWN_SIZE: Size = Size { width: 80, height: 24 };

/// The terminal that is written to.
#[derive(Debug)]
pub(super) struct Tty {
    out: File,
}

impl Tty {
    /// Standard output where it is a terminal, else the controlling terminal: `daypass | xargs curl` draws on the screen
    /// and prints into the pipe.
    pub(super) fn open() -> io::Result<Self> {
        let out = if isatty(stdout()) {
            File::from(dup(stdout())?)
        } else {
            File::options().write(true).open("/dev/tty").map_err(no_terminal)?
        };
        Ok(Self { out })
    }

    /// Another hold on the same terminal.
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { out: self.out.try_clone()? })
    }
}

/// Gives the terminal back before a panic of the loop is told, so that its message is seen. A panic elsewhere leaves the
/// screen alone: it becomes an error on it.
pub(super) fn give_back_on_panic(tty: Tty, taken: Arc<AtomicBool>) {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if taken.load(Ordering::SeqCst) && !in_the_loop() {
            // Only the place: what a panic says may hold what a log must not.
            tracing::error!(at = ?info.location(), "a task panicked");
            return;
        }
        if taken.swap(false, Ordering::SeqCst) {
            let _ = (&tty.out).write_all(GIVE_BACK.as_bytes());
            let _ = disable_raw_mode();
        }
        tell(info);
    }));
}

/// Where keys are read from: standard input where it is a terminal, else the controlling terminal, as crossterm does.
pub(super) fn keyboard() -> io::Result<File> {
    if isatty(stdin()) {
        return Ok(File::from(dup(stdin())?));
    }
    File::open("/dev/tty").map_err(no_terminal)
}

fn no_terminal(_: io::Error) -> io::Error {
    io::Error::other("daypass needs a terminal; `daypass --help` lists the commands for scripts, which do without one")
}

tokio::task_local! {
    static IN_THE_LOOP: ();
}

/// Marks the loop, whose panic ends the program, among the tasks, whose panics do not.
pub(super) async fn as_the_loop<F: Future>(the_loop: F) -> F::Output {
    IN_THE_LOOP.scope((), the_loop).await
}

fn in_the_loop() -> bool {
    IN_THE_LOOP.try_with(|()| ()).is_ok()
}

/// The way to a terminal.
struct TtyLine(File);

impl Write for TtyLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// On a serial line this waits for the last bit; what the system keeps for a pseudo-terminal it tells nobody.
    fn flush(&mut self) -> io::Result<()> {
        Ok(tcdrain(&self.0)?)
    }
}

impl Device for Tty {
    fn size(&self) -> io::Result<Size> {
        let size = tcgetwinsize(&self.out)?;
        let known = size.ws_col > 0 && size.ws_row > 0;
        Ok(if known { Size { width: size.ws_col, height: size.ws_row } } else { UNKNOWN_SIZE })
    }

    fn line(&self) -> io::Result<Box<dyn Write + Send>> {
        Ok(Box::new(TtyLine(self.out.try_clone()?)))
    }

    fn raw_mode(&mut self, on: bool) -> io::Result<()> {
        if !on {
            return disable_raw_mode();
        }
        enable_raw_mode()?;
        // A program in another process group is stopped before it draws on the screen. Leaving raw mode undoes this, too.
        let keyboard = keyboard()?;
        let mut modes = tcgetattr(&keyboard)?;
        modes.local_modes.insert(LocalModes::TOSTOP);
        Ok(tcsetattr(&keyboard, OptionalActions::Now, &modes)?)
    }

    /// A process group that holds its session's leader was not made by a shell with job control (`ssh -t host daypass`,
    /// `tmux new-window daypass`): stopped, it would stay so.
    fn can_stop(&self) -> bool {
        getsid(None).is_ok_and(|session| session != getpgrp())
    }

    /// SIGSTOP, because SIGTSTP is caught: so that it gives the terminal back when somebody else sends it.
    fn stop(&mut self) -> io::Result<()> {
        Ok(kill_current_process_group(Signal::STOP)?)
    }
}

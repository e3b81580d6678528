//! A terminal for a real program: keys go in, the screen and the raw bytes come out. Waits for what it is told, with a
//! deadline, and shows the last screen when that does not come.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a screen, an exit or a byte may take on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(10);

/// How soon a key has to be obeyed, on a loaded machine.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(2);

/// How often in a second a slow line carries something.
const TICKS: usize = 20;

/// The size that must be right first: rows, columns.
pub(crate) const USUAL: (u16, u16) = (24, 80);

/// A program in a terminal of its own, with a home of its own.
pub(crate) struct Terminal {
    seen: Arc<Seen>,
    /// Gone after a hang-up.
    line: Option<Line>,
    pid: Pid,
    /// How the line was set (echo, line mode, …) before the program came.
    line_before: String,
    /// The program's home; gone with this value.
    home: TempDir,
}

/// This end of the pseudo-terminal. The writer comes first, so that it is dropped first: it says ^D when it goes.
struct Line {
    keys: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
}

/// What has come out so far, and a bell for each change.
struct Seen {
    state: Mutex<State>,
    changed: Condvar,
    /// How many bytes a second are read at most.
    speed: AtomicUsize,
}

struct State {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    ended: Option<ExitStatus>,
    /// Everything was read, or there is nothing to read from any more.
    read: bool,
    hung_up: bool,
}

impl Terminal {
    /// daypass itself.
    pub(crate) fn start(size: (u16, u16), args: &[impl AsRef<OsStr>], env: &[(&str, &str)]) -> Self {
        Self::run(size, env!("CARGO_BIN_EXE_daypass"), args, env)
    }

    /// Any program. It sees a new home, no variable of this process but `PATH`, and a terminal that knows 256 colours.
    pub(crate) fn run(
        (rows, columns): (u16, u16),
        program: impl AsRef<OsStr>,
        args: &[impl AsRef<OsStr>],
        env: &[(&str, &str)],
    ) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.cwd(home.path());
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", home.path());
        for (name, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_DATA_HOME", "data"),
        ] {
            command.env(name, home.path().join(folder));
        }
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("TZ", "UTC");
        for (name, value) in env {
            command.env(name, value);
        }

        let pty = native_pty_system().openpty(pty_size(rows, columns)).unwrap();
        let seen = Arc::new(Seen {
            state: Mutex::new(State {
                parser: vt100::Parser::new(cells(rows), cells(columns), 0),
                bytes: Vec::new(),
                ended: None,
                read: false,
                hung_up: false,
            }),
            changed: Condvar::new(),
            speed: AtomicUsize::new(usize::MAX),
        });
        let output = pty.master.try_clone_reader().unwrap();
        let line = Line { keys: pty.master.take_writer().unwrap(), master: pty.master };
        let line_before = line.settings();
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave); // the last one open is then the program's: its end is the end of the output
        let pid = child.process_id().and_then(|id| Pid::from_raw(id.try_into().unwrap())).unwrap();
        thread::spawn({
            let seen = Arc::clone(&seen);
            move || seen.read(output)
        });
        thread::spawn({
            let seen = Arc::clone(&seen);
            move || seen.reap(child)
        });
        Self { seen, line: Some(line), pid, line_before, home }
    }

    /// Types `text` as it is.
    pub(crate) fn press(&mut self, text: &str) {
        let line = self.line.as_mut().unwrap();
        line.keys.write_all(text.as_bytes()).unwrap();
        line.keys.flush().unwrap();
    }

    pub(crate) fn press_enter(&mut self) {
        self.press("\r");
    }

    /// ^Z for `z`, and so on.
    pub(crate) fn press_control(&mut self, letter: char) {
        let code = u8::try_from(letter).unwrap() & 0x1f;
        self.press(&char::from(code).to_string());
    }

    pub(crate) fn resize(&mut self, rows: u16, columns: u16) {
        // The parser first: what the program then draws has to fall on a screen of the new size.
        self.seen.state().parser.screen_mut().set_size(cells(rows), cells(columns));
        self.line.as_ref().unwrap().master.resize(pty_size(rows, columns)).unwrap();
    }

    /// From now on the line carries no more than so many bytes a second to the screen.
    pub(crate) fn slow_down(&self, bytes_per_second: usize) {
        self.seen.speed.store(bytes_per_second, Ordering::Relaxed);
    }

    /// Sends a signal to the program that was started.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Closes the terminal, as when its window is closed or the network goes: the program's side is hung up.
    pub(crate) fn hang_up(&mut self) {
        let line = self.line.take().unwrap();
        let program_side = line.master.tty_name().unwrap();
        self.seen.state().hung_up = true;
        drop(line);
        // The reader still holds the terminal open. A byte wakes it, and it lets go.
        let _ = OpenOptions::new().write(true).open(program_side).and_then(|mut tty| tty.write_all(b"\0"));
    }

    /// Holds that keys are heard at once: the help opens over whatever is shown, and closes again.
    pub(crate) fn hears(&mut self) {
        let pressed = Instant::now();
        self.press("?");
        self.wait_for("Move down");
        self.press("q");
        let screen = self.wait_gone("Move down");
        assert!(pressed.elapsed() < AT_ONCE, "{:?}:\n{screen}", pressed.elapsed());
    }

    /// The screen's text once it holds `text`.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_until(&format!("{text:?} on the screen"), |screen, _| screen.contents().contains(text))
    }

    /// The words on the screen once `words` are among them, wherever its lines end.
    pub(crate) fn wait_for_words(&self, words: &str) -> String {
        let joined = |screen: &str| screen.split_whitespace().collect::<Vec<_>>().join(" ");
        joined(&self.wait_until(words, |screen, _| joined(&screen.contents()).contains(words)))
    }

    /// The screen's text once it no longer holds `text`.
    pub(crate) fn wait_gone(&self, text: &str) -> String {
        self.wait_until(&format!("{text:?} gone from the screen"), |screen, _| !screen.contents().contains(text))
    }

    /// The screen's text once `condition` holds of the screen and of all the bytes so far; `what` is for the failure.
    pub(crate) fn wait_until(&self, what: &str, condition: impl Fn(&vt100::Screen, &[u8]) -> bool) -> String {
        let state = self.seen.wait(what, |state| condition(state.parser.screen(), &state.bytes));
        state.parser.screen().contents()
    }

    /// How the program ended; all that it wrote has been read by then.
    pub(crate) fn wait_exit(&self) -> ExitStatus {
        let state = self.seen.wait("end of the program", |state| state.ended.is_some() && state.read);
        state.ended.clone().unwrap()
    }

    /// The screen's text now.
    pub(crate) fn screen(&self) -> String {
        self.seen.state().parser.screen().contents()
    }

    /// All that the program wrote so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen.state().bytes.clone()
    }

    /// The program's home, which is also where it was started.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// What a well-behaved program does not leave behind: a mode of the terminal, another setting of its line.
    pub(crate) fn left_on(&self) -> Vec<&'static str> {
        let line_settings = self.line.as_ref().map(Line::settings);
        let state = self.seen.state();
        let screen = state.parser.screen();
        [
            ("the alternate screen", screen.alternate_screen()),
            ("the hidden cursor", screen.hide_cursor()),
            ("bracketed paste", screen.bracketed_paste()),
            ("mouse reports", screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None),
            ("raw mode", line_settings.is_some_and(|settings| settings != self.line_before)),
        ]
        .into_iter()
        .filter_map(|(what, on)| on.then_some(what))
        .collect()
    }
}

impl Line {
    /// Echo, line mode and the rest, as text to be compared.
    fn settings(&self) -> String {
        format!("{:?}", self.master.get_termios().unwrap())
    }
}

/// Nothing outlives its test.
impl Drop for Terminal {
    fn drop(&mut self) {
        if self.seen.state().ended.is_none() {
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }
}

impl Seen {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn wait(&self, what: &str, condition: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let begun = Instant::now();
        let mut state = self.state();
        while !condition(&state) {
            let left = DEADLINE.saturating_sub(begun.elapsed());
            if left.is_zero() {
                let screen = state.parser.screen().contents();
                let ended = state.ended.clone();
                drop(state); // or the panic would poison it for the terminal's own end
                panic!("no {what} after {DEADLINE:?}; ended: {ended:?}; the screen:\n{screen}\n");
            }
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
        state
    }

    fn read(&self, mut output: Box<dyn Read + Send>) {
        let mut buffer = [0; 8192];
        loop {
            let speed = self.speed.load(Ordering::Relaxed);
            let most = if speed == usize::MAX { buffer.len() } else { (speed / TICKS).min(buffer.len()) };
            if most < buffer.len() {
                // This is the slow line itself, not a wait for something.
                thread::sleep(Duration::from_secs(1) / TICKS as u32);
            }
            if most == 0 {
                continue;
            }
            // An error is the end too: Linux answers EIO once the program's side is closed.
            let Ok(count @ 1..) = output.read(&mut buffer[..most]) else { break };
            let mut state = self.state();
            if state.hung_up {
                break;
            }
            state.parser.process(&buffer[..count]);
            state.bytes.extend_from_slice(&buffer[..count]);
            self.changed.notify_all();
        }
        drop(output);
        self.state().read = true;
        self.changed.notify_all();
    }

    fn reap(&self, mut child: Box<dyn Child + Send + Sync>) {
        let ended = child.wait().unwrap();
        self.state().ended = Some(ended);
        self.changed.notify_all();
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

fn pty_size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

mod itself {
    use super::{Terminal, USUAL};

    #[test]
    fn keys_reach_the_program_and_its_screen_is_seen() {
        let mut terminal = Terminal::run(USUAL, "sh", &["-c", "read word; echo \"got $word\"; exit 3"], &[]);
        terminal.press("hello");
        terminal.press_enter();
        terminal.wait_for("got hello");
        assert_eq!(terminal.wait_exit().exit_code(), 3);
    }

    #[test]
    fn a_new_size_reaches_the_program() {
        let script = "trap 'stty size; exit' WINCH; echo up; while :; do read _; done";
        let mut terminal = Terminal::run(USUAL, "sh", &["-c", script], &[]);
        terminal.wait_for("up");
        terminal.resize(12, 40);
        terminal.wait_for("12 40");
    }

    #[test]
    fn a_hang_up_ends_the_program() {
        let mut terminal = Terminal::run(USUAL, "sh", &["-c", "echo up; sleep 1000"], &[]);
        terminal.wait_for("up");
        terminal.hang_up();
        assert_eq!(terminal.wait_exit().signal(), Some("Hangup"));
    }

    #[test]
    fn what_is_left_on_is_noticed() {
        let script = "stty raw; printf '\\033[?1049h\\033[?25l\\033[?2004h\\033[?1000h'";
        let terminal = Terminal::run(USUAL, "sh", &["-c", script], &[]);
        assert!(terminal.wait_exit().success());
        let modes = ["the alternate screen", "the hidden cursor", "bracketed paste", "mouse reports", "raw mode"];
        assert_eq!(terminal.left_on(), modes);
    }
}

//! Copying inside a real tmux: what its buffer holds, and what the terminal around it is sent.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking")]

use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use daypass::world::clipboard::{ClipboardChoice, Surroundings, SystemClipboard};
use daypass::world::{Clipboard, Copy, Multiplexer};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;

const LINK: &str = "https://s3.example.com/b/a%20b.pdf?X-Amz-Expires=900&X-Amz-Signature=0123456789abcdef";

#[test]
fn tmux_takes_the_link_and_passes_it_on_to_a_terminal_with_a_clipboard() {
    let Some(tmux) = Tmux::start() else { return };
    let terminal = tmux.attach("xterm-256color");
    assert_eq!(tmux.clipboard().copy(LINK), Copy::Tmux);
    assert_eq!(tmux.buffer(), LINK);
    terminal.wait_for_clipboard(LINK);
}

#[test]
fn a_terminal_that_tmux_thinks_has_no_clipboard_is_not_said_to_have_got_the_link() {
    let Some(tmux) = Tmux::start() else { return };
    let _terminal = tmux.attach("vt100");
    let Copy::NotCopied(why) = tmux.clipboard().copy(LINK) else { panic!() };
    assert!(why.contains("only tmux's own buffer") && why.contains("vt100:clipboard"), "{why}");
    assert_eq!(tmux.buffer(), LINK);
}

#[test]
fn where_tmux_lets_sequences_through_the_wrapped_one_reaches_the_terminal() {
    let Some(tmux) = Tmux::start() else { return };
    let terminal = tmux.attach("vt100");
    tmux.run(&["set-option", "-g", "allow-passthrough", "on"]);
    let Copy::Terminal { sequence, through } = tmux.clipboard().copy(LINK) else { panic!() };
    assert_eq!(through, Multiplexer::Tmux);
    let file = tmux.folder.path().join("sequence");
    std::fs::write(&file, sequence).unwrap();
    tmux.run(&["respawn-pane", "-k", &format!("cat '{}'; exec cat", file.display())]);
    terminal.wait_for_clipboard(LINK);
}

#[test]
fn a_tmux_that_nobody_looks_at_keeps_the_link_and_says_so() {
    let Some(tmux) = Tmux::start() else { return };
    let Copy::NotCopied(why) = tmux.clipboard().copy(LINK) else { panic!() };
    assert!(why.contains("no terminal is attached"), "{why}");
    assert_eq!(tmux.buffer(), LINK);
}

/// A tmux server of its own, without anybody's settings, that ends with the test.
struct Tmux {
    folder: TempDir,
}

impl Tmux {
    /// `None`, and a loud word, where no tmux is installed.
    fn start() -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            println!("SKIPPED: tmux is not installed");
            return None;
        }
        let tmux = Self { folder: tempfile::tempdir().unwrap() };
        let started = tmux.run(&["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "exec cat"]);
        assert!(started.status.success(), "{started:?}");
        Some(tmux)
    }

    fn socket(&self) -> String {
        self.folder.path().join("socket").to_str().unwrap().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-S", &self.socket()]).args(arguments).env_remove("TMUX").env_remove("TMUX_PANE");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn buffer(&self) -> String {
        String::from_utf8(self.run(&["show-buffer"]).stdout).unwrap()
    }

    /// The clipboard of a daypass that runs inside.
    fn clipboard(&self) -> SystemClipboard {
        let inside = format!("{},{},0", self.socket(), std::process::id());
        let variable = |name: &str| (name == "TMUX").then(|| inside.clone());
        SystemClipboard::new(ClipboardChoice::Auto, Surroundings { desktop: false, ..Surroundings::from_env(variable) })
    }

    /// A terminal of the type `term` that shows the session.
    fn attach(&self, term: &str) -> Terminal {
        let size = PtySize { rows: 24, cols: 80, ..PtySize::default() };
        let pty = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new("tmux");
        command.args(["-S", &self.socket(), "attach-session"]);
        command.env_remove("TMUX");
        command.env("TERM", term);
        let child = pty.slave.spawn_command(command).unwrap();
        let mut reader = pty.master.try_clone_reader().unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let terminal = Terminal { shown: Arc::clone(&shown), _pty: pty.master, _child: child };
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                shown.lock().unwrap().extend_from_slice(bytes.get(..count).unwrap());
            }
        });
        wait_until("the client is attached", || !self.run(&["list-clients"]).stdout.is_empty());
        wait_until("the session is drawn", || !terminal.shown.lock().unwrap().is_empty());
        terminal
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        if Path::new(&self.socket()).exists() {
            self.run(&["kill-server"]);
        }
    }
}

struct Terminal {
    shown: Arc<Mutex<Vec<u8>>>,
    _pty: Box<dyn portable_pty::MasterPty + Send>,
    _child: Box<dyn portable_pty::Child + Send + Sync>,
}

impl Terminal {
    /// Waits for an OSC 52 sequence with this text, whichever of the terminal's clipboards it names.
    fn wait_for_clipboard(&self, text: &str) {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        wait_until("the terminal's clipboard is set", || {
            let shown = String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned();
            [format!("\x1b]52;;{encoded}\x07"), format!("\x1b]52;c;{encoded}\x07")].iter().any(|it| shown.contains(it))
        });
    }
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within 20 seconds");
        thread::park_timeout(Duration::from_millis(5));
    }
}

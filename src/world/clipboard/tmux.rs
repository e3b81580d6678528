//! Asks a tmux on this machine to take text into its buffer and to pass it on, and finds out whether it can.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::{Copy, Multiplexer, WAY_OUT, osc52};

/// How long all questions to tmux may take together; it answers within milliseconds or hangs.
const LIMIT: Duration = Duration::from_secs(2);

/// Copies `text` through the tmux behind `socket`.
///
/// `load-buffer -w` comes first: tmux then holds the text itself, and it passes it on even where programs inside may not
/// (`set-clipboard external`, its default). It does so only for a terminal that it believes to have a clipboard.
pub(super) fn copy(socket: &str, text: &str) -> Copy {
    copy_with("tmux", socket, text)
}

fn copy_with(program: &str, socket: &str, text: &str) -> Copy {
    let tmux = Tmux { program, socket, deadline: Instant::now() + LIMIT };
    // tmux before 3.2 knows no `-w`.
    let loaded = tmux.run(&["load-buffer", "-w", "-"], text).is_some();
    let outside = tmux.outside();
    match (loaded, outside) {
        (true, Outside::TakesClipboard | Outside::Unknown) => Copy::Tmux,
        (_, Outside::LetsThrough) | (false, Outside::TakesClipboard | Outside::Unknown) => {
            Copy::Terminal { sequence: osc52::through_tmux(&osc52::sequence(text)), through: Multiplexer::Tmux }
        }
        (true, Outside::NoTerminal) => Copy::NotCopied(format!(
            "only tmux's own buffer has it, because no terminal is attached: paste it inside tmux, or {WAY_OUT}"
        )),
        (true, Outside::NoClipboard { term }) => Copy::NotCopied(format!(
            "only tmux's own buffer has it, because tmux believes that the terminal outside has no clipboard: paste it \
             inside tmux, set `terminal-features` to `{term}:clipboard` in tmux if the terminal has one, or {WAY_OUT}"
        )),
        (false, Outside::NoTerminal | Outside::NoClipboard { .. }) => Copy::NotCopied(format!(
            "tmux did not take it and lets nothing through: set `allow-passthrough` to `on` in tmux, or {WAY_OUT}"
        )),
    }
}

/// What tmux says about the terminal that it draws on.
#[derive(Debug, PartialEq, Eq)]
enum Outside {
    /// tmux knows how to set its clipboard.
    TakesClipboard,
    /// tmux does not, but hands on what is wrapped for it.
    LetsThrough,
    /// tmux does not, and hands on nothing.
    NoClipboard {
        /// The terminal's type.
        term: String,
    },
    /// Nobody is attached.
    NoTerminal,
    /// tmux did not answer.
    Unknown,
}

struct Tmux<'a> {
    program: &'a str,
    socket: &'a str,
    deadline: Instant,
}

impl Tmux<'_> {
    fn outside(&self) -> Outside {
        // Before 3.3 there was no such option, and everything was let through.
        let question = "#{client_tty}|#{client_termname}|#{allow-passthrough}";
        let Some(answer) = self.run(&["display-message", "-p", question], "") else { return Outside::Unknown };
        let mut parts = answer.trim_end().split('|');
        let (tty, term) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let lets_through = !matches!(parts.next(), Some("0" | "off"));
        if tty.is_empty() {
            return Outside::NoTerminal;
        }
        match self.run(&["show-messages", "-T"], "").and_then(|listing| takes_clipboard(&listing, tty)) {
            Some(true) => Outside::TakesClipboard,
            Some(false) if lets_through => Outside::LetsThrough,
            Some(false) => Outside::NoClipboard { term: term.to_owned() },
            None => Outside::Unknown,
        }
    }

    /// Runs one command and returns what it printed; `None` if it failed, cannot be run, or takes too long.
    ///
    /// `input` goes in through a pipe: a list of arguments can be read by every user of the machine.
    fn run(&self, arguments: &[&str], input: &str) -> Option<String> {
        let mut command = Command::new(self.program);
        command.args(["-S", self.socket]).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (finished, output) = mpsc::channel();
        let input = input.to_owned();
        thread::spawn(move || {
            let mut printed = String::new();
            // A pipe that breaks is a command that fails, and its status says so.
            if let Some(mut stdin) = stdin {
                let _ = stdin.write_all(input.as_bytes());
            }
            if let Some(mut stdout) = stdout {
                let _ = stdout.read_to_string(&mut printed);
            }
            let _ = finished.send(printed);
        });
        let printed = output.recv_timeout(self.deadline.saturating_duration_since(Instant::now())).ok();
        if printed.is_none() {
            let _ = child.kill();
        }
        // Its output is closed, or it was killed: it is ending.
        let succeeded = child.wait().is_ok_and(|status| status.success());
        printed.filter(|_| succeeded)
    }
}

/// Whether the terminal at `tty` has the capability `Ms`, by the listing of `show-messages -T`; `None` if it is not listed.
fn takes_clipboard(listing: &str, tty: &str) -> Option<bool> {
    let of_terminal = format!(" for {tty},");
    let mut lines = listing.lines().skip_while(|line| !(line.starts_with("Terminal ") && line.contains(&of_terminal)));
    lines.next()?;
    let own = lines.take_while(|line| !line.starts_with("Terminal "));
    let mut capabilities = own.filter_map(|line| line.split_once(": "));
    let (_, ms) = capabilities.find(|(_, capability)| capability.starts_with("Ms: "))?;
    Some(!ms.contains("[missing]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "\
Terminal 0: vt100 for /dev/pts/1, flags=0x20:
   0: acsc: (string) ``aaff
 192: Ms: [missing]
Terminal 1: xterm-256color for /dev/pts/12, flags=0x20:
   0: acsc: (string) ``aaff
 192: Ms: (string) \\033]52;%p1%s;%p2%s\\a
Terminal 2: odd for /dev/pts/3, flags=0x20:
   0: acsc: (string) ``aaff
";

    #[test]
    fn the_clipboard_of_the_own_terminal_counts_and_no_other() {
        assert_eq!(takes_clipboard(LISTING, "/dev/pts/1"), Some(false));
        assert_eq!(takes_clipboard(LISTING, "/dev/pts/12"), Some(true));
        assert_eq!(takes_clipboard(LISTING, "/dev/pts/3"), None);
        assert_eq!(takes_clipboard(LISTING, "/dev/pts/4"), None);
        assert_eq!(takes_clipboard("", "/dev/pts/1"), None);
    }

    #[test]
    fn without_a_tmux_to_ask_the_text_is_wrapped_for_it() {
        let Copy::Terminal { sequence, through } = copy_with("no-such-program-as-tmux", "/nowhere", "link") else {
            panic!()
        };
        assert_eq!(osc52::decoded(&osc52::out_of_tmux(&sequence)), "link");
        assert_eq!(through, Multiplexer::Tmux);
    }

    /// A program that stands in for tmux. A shell writes it, because a file that this process had open for writing cannot
    /// be run while another test is starting a process.
    #[cfg(unix)]
    fn stand_in(folder: &std::path::Path, script: &str) -> String {
        let path = folder.join("tmux").to_str().unwrap().to_owned();
        let write = format!("cat > '{path}' && chmod 700 '{path}'");
        let mut shell = Command::new("sh").args(["-c", &write]).stdin(Stdio::piped()).spawn().unwrap();
        shell.stdin.take().unwrap().write_all(format!("#!/bin/sh\n{script}\n").as_bytes()).unwrap();
        assert!(shell.wait().unwrap().success());
        path
    }

    #[cfg(unix)]
    #[test]
    fn a_tmux_that_hangs_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        // `exec`, so that no process is left behind.
        let program = stand_in(folder.path(), "exec sleep 600");
        let long = "x".repeat(osc52::MAX_TEXT_BYTES); // more than a pipe holds
        let start = Instant::now();
        assert!(matches!(copy_with(&program, "/nowhere", &long), Copy::Terminal { .. }));
        assert!(start.elapsed() < 5 * LIMIT);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_never_an_argument() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let program = stand_in(
            folder.path(),
            &format!("echo \"arguments: $*\" >> {log}; sed 's/^/input: /' >> {log}", log = log.display()),
        );
        copy_with(&program, "/nowhere", "https://s3.example.com/?X-Amz-Signature=0123");
        let log = std::fs::read_to_string(&log).unwrap();
        assert!(log.contains("input: https://s3.example.com/?X-Amz-Signature=0123"), "{log}");
        let arguments: Vec<&str> = log.lines().filter(|line| line.starts_with("arguments: ")).collect();
        assert!(!arguments.is_empty() && !arguments.iter().any(|line| line.contains("https")), "{log}");
    }
}

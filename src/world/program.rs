//! Programs whose output is secret: run for a limited time and away from a terminal that the screen has, and ended with all that
//! they started when nobody waits for them any longer. What they print stays in memory, and is never shown.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal as Sent, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Terminal;

/// The most that is read of what it prints, in bytes.
const LONGEST: u64 = 64 << 10;

/// How much of its complaint is passed on, in characters.
const COMPLAINT: usize = 200;

/// Why a program gave nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It cannot be run.
    NotRun(io::Error),
    /// What became of it is not known.
    Lost(io::Error),
    /// It asks something at the terminal, which the screen has.
    Asks,
    /// It took longer than this.
    Slow(Duration),
    /// It ended, and not well, with the first line of what it complained of.
    Ended(ExitStatus, String),
}

impl Trouble {
    /// What happened, which follows its name, and what to do.
    pub(super) fn words(&self) -> (String, &'static str) {
        match self {
            Self::NotRun(error) => {
                (format!("cannot be run: {error}"), "write a program that is in PATH, or its whole path")
            }
            Self::Lost(error) => (format!("was lost: {error}"), "try again"),
            Self::Asks => (
                "was ended: it asks something at the terminal, which the screen has".to_owned(),
                "unlock it beforehand, such as in another terminal, or let it ask in a window of its own",
            ),
            Self::Slow(patience) => (
                format!("did not end within {} s, and was stopped", patience.as_secs()),
                "run it by hand to see what it waits for",
            ),
            Self::Ended(status, complaint) => {
                let how = match status.code() {
                    Some(code) => format!("ended with {code}"),
                    None => "was ended by a signal".to_owned(),
                };
                let said =
                    if complaint.is_empty() { ", and said nothing".to_owned() } else { format!(": {complaint}") };
                (format!("{how}{said}"), "run it by hand, and see why")
            }
        }
    }
}

/// What `command` prints, where it ends well within `patience`. It reads nothing.
pub(super) async fn output(mut command: Command, patience: Duration, terminal: Terminal) -> Result<Vec<u8>, Trouble> {
    // Listened to from before it starts, so that no change of its state is missed.
    let children = signal(SignalKind::child()).map_err(Trouble::Lost)?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    // Without a screen it stays with daypass: so it may ask at the terminal, and ends with daypass by whatever ends both. What it
    // starts is not reached alone, then.
    let is_apart = terminal == Terminal::Screen;
    if is_apart {
        command.process_group(0);
    }
    let mut child = command.spawn().map_err(Trouble::NotRun)?;
    let leader = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    let mut group = Group(leader.filter(|_| is_apart));
    let wants_terminal = stopped(group.0, children);
    let (out, complaint) = (child.stdout.take(), child.stderr.take());
    let all = async { tokio::join!(read(out), read(complaint), child.wait()) };
    let (printed, complaint, status) = tokio::select! {
        all = all => all,
        () = wants_terminal => return Err(Trouble::Asks),
        () = tokio::time::sleep(patience) => return Err(Trouble::Slow(patience)),
    };
    let status = status.map_err(Trouble::Lost)?;
    // What it leaves running on purpose, such as an agent, may stay.
    group.0 = None;
    match status.success() {
        true => Ok(printed),
        false => Err(Trouble::Ended(status, first_line(&complaint))),
    }
}

/// A program with all that it started, ended together when nobody waits for it any longer.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Where nothing of it is left, nothing is to be ended.
            let _ = kill_process_group(leader, Sent::KILL);
        }
    }
}

/// Waits until the system stops `leader`, as it does to whoever reads or draws on a terminal that others have.
async fn stopped(leader: Option<Pid>, mut children: Signal) {
    let Some(leader) = leader else { return std::future::pending().await };
    let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    while !matches!(waitid(WaitId::Pid(leader), look), Ok(Some(_))) {
        if children.recv().await.is_none() {
            return std::future::pending().await;
        }
    }
}

/// The beginning of what it complained of.
fn first_line(complaint: &[u8]) -> String {
    let complaint = String::from_utf8_lossy(complaint);
    let line = complaint.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(COMPLAINT).collect()
}

/// As much as counts of what comes; the rest is let pass, so that the program does not wait for a reader.
async fn read(from: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut from) = from {
        // What cannot be read was not printed.
        let _ = (&mut from).take(LONGEST).read_to_end(&mut bytes).await;
        let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
    }
    bytes
}

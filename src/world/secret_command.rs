//! A secret key that a program prints, such as a password manager: run when the first request needs it, without a
//! shell, with a limited time, and away from a terminal that the screen has. What it prints stays in memory, and is never shown.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rustix::process::{Pid, Signal as Sent, WaitId, WaitIdOptions, kill_process_group, waitid};
use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Mutex;

use super::credentials::damaged;
use super::{Credentials, Terminal};
use crate::presign::credentials::SigningCredentials;
use crate::s3::failure::{Failure, FailureKind};

/// How long the program may take. A password manager may have to ask its owner first.
const PATIENCE: Duration = Duration::from_secs(60);

/// The most that is read of what it prints, in bytes.
const LONGEST: u64 = 64 << 10;

/// How much of its complaint is passed on, in characters.
const COMPLAINT: usize = 200;

/// An access key whose secret a program prints.
#[derive(Clone, Debug)]
pub struct SecretCommand {
    /// The program, looked up in `PATH`.
    pub program: String,
    /// What it is given.
    pub arguments: Vec<String>,
    /// The id of the key.
    pub access_key_id: String,
    /// When the key ends, where that is known.
    pub expires: Option<Timestamp>,
    /// Which store it is for, for people.
    pub store: String,
}

/// Runs it once, and again after its answer was refused.
pub(super) struct Commanded {
    command: SecretCommand,
    terminal: Terminal,
    /// Held while the program runs, so that many requests at once run it only once.
    known: Mutex<Option<SigningCredentials>>,
}

impl Commanded {
    pub(super) fn new(command: SecretCommand, terminal: Terminal) -> Self {
        Self { command, terminal, known: Mutex::default() }
    }
}

#[async_trait]
impl Credentials for Commanded {
    async fn get(&self) -> Result<SigningCredentials, Failure> {
        let mut known = self.known.lock().await;
        if let Some(keys) = known.as_ref() {
            return Ok(keys.clone());
        }
        let keys = SigningCredentials {
            access_key_id: self.command.access_key_id.clone(),
            secret_access_key: self.command.secret(PATIENCE, self.terminal).await?,
            session_token: None,
            expires: self.command.expires,
            source: format!("secret_command of store {}", self.command.store),
        };
        match damaged(&keys) {
            Some(failure) => Err(failure),
            None => Ok(known.insert(keys).clone()),
        }
    }

    async fn forget(&self, _: &str) {
        *self.known.lock().await = None;
    }
}

impl SecretCommand {
    /// The first line that it prints, without blanks around it.
    async fn secret(&self, patience: Duration, terminal: Terminal) -> Result<SecretString, Failure> {
        let lost = |error: std::io::Error| self.failure(format!("was lost: {error}"), "try again");
        // Listened to from before it starts, so that no change of its state is missed.
        let children = signal(SignalKind::child()).map_err(lost)?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if terminal == Terminal::Screen {
            command.process_group(0);
        }
        let mut child = command.spawn().map_err(|error| {
            let hint = "write a program that is in PATH, or its whole path; no shell reads secret_command, so that ~, $ and | mean \
                nothing in it";
            self.failure(format!("cannot be run: {error}"), hint)
        })?;
        let leader = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        let mut group = Group(leader.filter(|_| terminal == Terminal::Screen));
        let wants_terminal = stopped(group.0, children);
        let (out, complaint) = (child.stdout.take(), child.stderr.take());
        let all = async { tokio::join!(read(out), read(complaint), child.wait()) };
        let (printed, complaint, status) = tokio::select! {
            all = all => all,
            () = wants_terminal => {
                let why = "was ended: it asks something at the terminal, which the screen has".to_owned();
                let hint = "unlock it beforehand, such as in another terminal, or let it ask in a window of its own";
                return Err(self.failure(why, hint));
            }
            () = tokio::time::sleep(patience) => {
                let why = format!("did not end within {} s, and was stopped", patience.as_secs());
                return Err(self.failure(why, "run it by hand to see what it waits for"));
            }
        };
        let status = status.map_err(lost)?;
        // What it leaves running on purpose, such as an agent, may stay.
        group.0 = None;
        if !status.success() {
            return Err(self.failure(ended(status, &complaint), "run it by hand, and see why"));
        }
        let line = printed.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        match std::str::from_utf8(line).map(str::trim) {
            Ok("") => Err(self
                .failure("printed an empty first line".to_owned(), "it has to print the secret key in its first line")),
            Ok(secret) => Ok(secret.into()),
            Err(_) => {
                Err(self
                    .failure("printed what is no text".to_owned(), "it has to print the secret key in its first line"))
            }
        }
    }

    /// `how` it failed follows its name, because what is shown may tell only the request that needed the key.
    fn failure(&self, how: String, hint: &str) -> Failure {
        let why = format!("the secret_command of store {}, `{}`, {how}", self.store, self.program);
        Failure::new(FailureKind::NoCredentials, "take the secret key", why, hint)
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

/// How it ended, with the beginning of what it complained of.
fn ended(status: ExitStatus, complaint: &[u8]) -> String {
    let how = match status.code() {
        Some(code) => format!("ended with {code}"),
        None => "was ended by a signal".to_owned(),
    };
    let complaint = String::from_utf8_lossy(complaint);
    let first: String =
        complaint.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().chars().take(COMPLAINT).collect();
    if first.is_empty() { how } else { format!("{how}: {}", first.trim()) }
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

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    async fn answer(script: &str) -> Result<String, String> {
        let command = SecretCommand {
            program: "sh".to_owned(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            access_key_id: "id".to_owned(),
            expires: None,
            store: "b2".to_owned(),
        };
        let secret = command.secret(Duration::from_millis(900), Terminal::Screen).await;
        secret.map(|secret| secret.expose_secret().to_owned()).map_err(|failure| failure.to_string())
    }

    #[tokio::test]
    async fn the_first_line_is_the_secret() {
        assert_eq!(answer("printf ' K004secret \\nuser: ada\\n'").await.unwrap(), "K004secret");
        assert_eq!(answer("echo K; yes | head -c 999999").await.unwrap(), "K");
    }

    #[tokio::test]
    async fn what_goes_wrong_is_told_without_what_was_printed() {
        let cases = [
            ("echo hidden; echo 'no such entry' >&2; exit 3", "ended with 3: no such entry"),
            ("echo", "printed an empty first line"),
            ("echo hidden; exec sleep 60", "did not end within 0 s"),
            ("kill -9 $$", "was ended by a signal"),
            ("kill -STOP $$", "asks something at the terminal"),
        ];
        for (script, why) in cases {
            let told = answer(script).await.unwrap_err();
            assert!(told.contains("the secret_command of store b2, `sh`, ") && told.contains(why), "{told}");
            assert!(!told.contains("hidden"), "{told}");
        }
        let missing = SecretCommand {
            program: "no-such-program".to_owned(),
            arguments: Vec::new(),
            access_key_id: String::new(),
            expires: None,
            store: "b2".to_owned(),
        };
        assert!(
            missing
                .secret(PATIENCE, Terminal::Screen)
                .await
                .unwrap_err()
                .to_string()
                .contains("no shell reads secret_command")
        );
    }

    #[tokio::test]
    async fn what_it_started_ends_with_it_when_nobody_waits_any_longer() {
        let folder = tempfile::tempdir().unwrap();
        let held = folder.path().join("held");
        assert!(std::process::Command::new("mkfifo").arg(&held).status().unwrap().success());
        let script = format!("sleep 600 3>'{}' & wait", held.display());
        // The pipe ends when nobody holds it open for writing.
        let ended = std::thread::spawn(move || std::fs::read(held).unwrap());
        assert!(answer(&script).await.unwrap_err().contains("did not end"));
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        while !ended.is_finished() {
            assert!(std::time::Instant::now() < deadline, "what it started goes on");
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn it_is_run_once_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        let script = format!("echo x >> '{}'; wc -l < '{}'", runs.display(), runs.display());
        let command = SecretCommand {
            program: "sh".to_owned(),
            arguments: vec!["-c".to_owned(), script],
            access_key_id: "id".to_owned(),
            expires: None,
            store: "b2".to_owned(),
        };
        let keys = Commanded::new(command, Terminal::Screen);
        let secret = async || keys.get().await.unwrap().secret_access_key.expose_secret().to_owned();
        assert_eq!((secret().await, secret().await), ("1".to_owned(), "1".to_owned()));
        keys.forget("id").await;
        assert_eq!(secret().await, "2");
    }
}

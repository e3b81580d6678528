//! A secret key that a program prints, such as a password manager: run when the first request needs it, without a
//! shell, with nothing to read and a limited time. What it prints is kept in memory alone, and never shown.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::sync::Mutex;

use super::Credentials;
use super::credentials::damaged;
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
    /// Held while the program runs, so that many requests at once run it only once.
    known: Mutex<Option<SigningCredentials>>,
}

impl Commanded {
    pub(super) fn new(command: SecretCommand) -> Self {
        Self { command, known: Mutex::default() }
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
            secret_access_key: self.command.secret(PATIENCE).await?,
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
    async fn secret(&self, patience: Duration) -> Result<SecretString, Failure> {
        let started = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = started.map_err(|error| {
            let hint = "write a program that is in PATH, or its whole path; no shell reads secret_command, so that ~, $ and | mean \
                nothing in it";
            self.failure(format!("it cannot be run: {error}"), hint)
        })?;
        let (out, complaint) = (child.stdout.take(), child.stderr.take());
        let all = async { tokio::join!(read(out), read(complaint), child.wait()) };
        let Ok((printed, complaint, status)) = tokio::time::timeout(patience, all).await else {
            let why = format!("it did not end within {} s, and was stopped", patience.as_secs());
            return Err(self.failure(why, "run it by hand to see what it waits for; nobody can type into it here"));
        };
        let status = status.map_err(|error| self.failure(format!("it was lost: {error}"), "try again"))?;
        if !status.success() {
            return Err(self.failure(ended(status, &complaint), "run it by hand, and see why"));
        }
        let line = printed.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        match std::str::from_utf8(line).map(str::trim) {
            Ok("") => {
                Err(self
                    .failure("its first line is empty".to_owned(), "it has to print the secret key in its first line"))
            }
            Ok(secret) => Ok(secret.into()),
            Err(_) => Err(self
                .failure("what it prints is no text".to_owned(), "it has to print the secret key in its first line")),
        }
    }

    fn failure(&self, why: String, hint: &str) -> Failure {
        let what = format!("take the secret of store {} from `{}`", self.store, self.program);
        Failure::new(FailureKind::NoCredentials, what, why, hint)
    }
}

/// How it ended, with the beginning of what it complained of.
fn ended(status: ExitStatus, complaint: &[u8]) -> String {
    let how = match status.code() {
        Some(code) => format!("it ended with {code}"),
        None => "a signal ended it".to_owned(),
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
        let secret = command.secret(Duration::from_millis(900)).await;
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
            ("echo hidden; echo 'no such entry' >&2; exit 3", "it ended with 3: no such entry"),
            ("echo", "its first line is empty"),
            ("echo hidden; exec sleep 60", "did not end within 0 s"),
            ("kill -9 $$", "a signal ended it"),
        ];
        for (script, why) in cases {
            let told = answer(script).await.unwrap_err();
            assert!(told.starts_with("cannot take the secret of store b2 from `sh`: ") && told.contains(why), "{told}");
            assert!(!told.contains("hidden"), "{told}");
        }
        let missing = SecretCommand {
            program: "no-such-program".to_owned(),
            arguments: Vec::new(),
            access_key_id: String::new(),
            expires: None,
            store: "b2".to_owned(),
        };
        assert!(missing.secret(PATIENCE).await.unwrap_err().to_string().contains("no shell reads secret_command"));
    }

    #[tokio::test]
    async fn it_is_run_once_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        let script = format!("echo x >> '{}'; wc -l < '{}'", runs.display(), runs.display());
        let keys = Commanded::new(SecretCommand {
            program: "sh".to_owned(),
            arguments: vec!["-c".to_owned(), script],
            access_key_id: "id".to_owned(),
            expires: None,
            store: "b2".to_owned(),
        });
        let secret = async || keys.get().await.unwrap().secret_access_key.expose_secret().to_owned();
        assert_eq!((secret().await, secret().await), ("1".to_owned(), "1".to_owned()));
        keys.forget("id").await;
        assert_eq!(secret().await, "2");
    }
}

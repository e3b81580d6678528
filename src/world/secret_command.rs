//! A secret key that a program prints, such as a password manager: run without a shell, when the first request needs it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::process::Command;
use tokio::sync::Mutex;

use super::credentials::damaged;
use super::program::{self, Trouble};
use super::{Credentials, Person, Terminal, Waiting};
use crate::presign::credentials::SigningCredentials;
use crate::s3::failure::{Failure, FailureKind};

/// How long the program may take. A password manager may have to ask its owner first.
const PATIENCE: Duration = Duration::from_secs(60);

/// What somebody may not know who writes a line for a shell.
const NO_SHELL: &str = "no shell reads secret_command, so that ~, $ and | mean nothing in it";

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
    person: Arc<dyn Person>,
    /// Held while the program runs, so that many requests at once run it only once.
    known: Mutex<Option<SigningCredentials>>,
}

impl Commanded {
    pub(super) fn new(command: SecretCommand, person: Arc<dyn Person>) -> Self {
        Self { command, person, known: Mutex::default() }
    }
}

#[async_trait]
impl Credentials for Commanded {
    async fn get(&self) -> Result<SigningCredentials, Failure> {
        let mut known = self.known.lock().await;
        if let Some(keys) = known.as_ref() {
            return Ok(keys.clone());
        }
        let waiting = Waiting::on(self.command.name(), &*self.person);
        let keys = SigningCredentials {
            access_key_id: self.command.access_key_id.clone(),
            secret_access_key: self.command.secret(PATIENCE, self.person.terminal()).await?,
            session_token: None,
            expires: self.command.expires,
            source: format!("secret_command of store {}", self.command.store),
        };
        drop(waiting);
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
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        let printed = program::output(command, patience, terminal).await.map_err(|trouble| {
            let (how, hint) = trouble.words();
            match trouble {
                Trouble::NotRun(_) => self.failure(how, &format!("{hint}; {NO_SHELL}")),
                _ => self.failure(how, hint),
            }
        })?;
        let line = printed.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        let hint = "it has to print the secret key in its first line";
        match std::str::from_utf8(line).map(str::trim) {
            Ok("") => Err(self.failure("printed an empty first line".to_owned(), hint)),
            Ok(secret) => Ok(secret.into()),
            Err(_) => Err(self.failure("printed what is no text".to_owned(), hint)),
        }
    }

    fn name(&self) -> String {
        format!("the secret_command of store {}, `{}`", self.store, self.program)
    }

    /// `how` it failed follows its name, because what is shown may tell only the request that needed the key.
    fn failure(&self, how: String, hint: &str) -> Failure {
        let why = format!("{}, {how}", self.name());
        Failure::new(FailureKind::NoCredentials, "take the secret key", why, hint)
    }
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
            ("exit 1", "ended with 1, and said nothing"),
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
        let keys = Commanded::new(command, Arc::new(crate::world::Nobody));
        let secret = async || keys.get().await.unwrap().secret_access_key.expose_secret().to_owned();
        assert_eq!((secret().await, secret().await), ("1".to_owned(), "1".to_owned()));
        keys.forget("id").await;
        assert_eq!(secret().await, "2");
    }
}

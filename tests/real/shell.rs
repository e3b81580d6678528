//! A POSIX shell in a folder of its own, whose `curl` reads nobody's settings and notes what it is called with.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

pub(crate) struct Shell {
    folder: TempDir,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) is_success: bool,
    /// Standard output and standard error.
    pub(crate) said: String,
}

impl Shell {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let curl = folder.path().join("bin/curl");
        fs::create_dir(curl.parent().unwrap()).unwrap();
        let path = std::env::var("PATH").unwrap();
        let note = folder.path().join("curl-was-called-with");
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" >>'{}'\nPATH='{path}'\nexec curl --disable --noproxy '*' --max-time 60 \"$@\"\n",
            note.display()
        );
        fs::write(&curl, script).unwrap();
        fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// The files in the folder that are not the shell's own.
    pub(crate) fn files(&self) -> Vec<String> {
        let names =
            fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name != "bin" && name != "curl-was-called-with").collect();
        names.sort();
        names
    }

    /// Everything that anyone could read in the list of processes while curl ran.
    pub(crate) fn curl_was_called_with(&self) -> String {
        fs::read_to_string(self.path("curl-was-called-with")).unwrap_or_default()
    }

    /// `sh ARGS…` in the folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("sh");
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        command.args(args).current_dir(self.folder.path()).env("PATH", path).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let done = self.command(args).output().unwrap();
        let said = [done.stdout, done.stderr].concat();
        Ran { is_success: done.status.success(), said: String::from_utf8_lossy(&said).into_owned() }
    }
}

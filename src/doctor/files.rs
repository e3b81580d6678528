//! Who else on this machine can read what daypass keeps: settings, ledger, links in files. Reads no file itself.

use std::path::Path;

use super::{Check, Finding};

/// What there is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Nothing,
    /// Something with these permissions: the lowest nine bits of a Unix mode.
    There {
        /// `0o600` and the like.
        mode: u32,
    },
    /// It cannot be looked at.
    Hidden,
}

/// Whether a settings file holds something that lets its reader in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A secret key or a session token.
    Secrets,
    /// Nothing of the kind.
    NoSecrets,
}

/// The settings file, which has to be its owner's alone only where a secret is in it.
pub fn settings(path: &Path, seen: Seen, holds: Holds) -> Finding {
    let shown = path.display().to_string();
    match (seen, holds) {
        (Seen::Nothing, _) => Finding::note(Check::Settings, shown, "there is none; every setting has its default", ""),
        (Seen::Hidden, _) => hidden(Check::Settings, &shown),
        (Seen::There { mode }, Holds::Secrets) if is_open(mode) => Finding::fault(
            Check::Settings,
            &shown,
            format!("it holds a secret, and others on this machine can read it (mode {mode:04o})"),
            format!("chmod 600 {shown}; if strangers use this machine, make a new key as well"),
        ),
        (Seen::There { mode }, Holds::Secrets) => Finding::ok(
            Check::Settings,
            shown,
            format!("it holds a secret, and only you can read it (mode {mode:04o})"),
        ),
        (Seen::There { mode }, Holds::NoSecrets) => {
            Finding::ok(Check::Settings, shown, format!("it holds no secret (mode {mode:04o})"))
        }
    }
}

/// A store of the settings that cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What it is called.
    pub store: String,
    /// What is wrong, where, and what to write instead.
    pub why: String,
}

/// A store that nobody can open before it is put right, beside the one that is looked at.
pub fn broken_store(Broken { store, why }: &Broken) -> Finding {
    let evidence = format!("it cannot be opened: {why}");
    Finding::caution(Check::Settings, format!("store {store}"), evidence, "put it right; the other stores work")
}

/// A file or folder of daypass's own that is nobody else's business, although no secret is in it.
pub fn own(check: Check, path: &Path, seen: Seen) -> Finding {
    let shown = path.display().to_string();
    match seen {
        Seen::Nothing => Finding::ok(check, shown, "not there yet; it will be made for you alone"),
        Seen::Hidden => hidden(check, &shown),
        Seen::There { mode } if is_open(mode) => Finding::caution(
            check,
            &shown,
            format!("others on this machine can look into it (mode {mode:04o})"),
            format!("chmod go-rwx {shown}"),
        ),
        Seen::There { mode } => Finding::ok(check, shown, format!("only you can look into it (mode {mode:04o})")),
    }
}

/// A file or folder of the AWS tools; `None` where there is none. Secrets have to be their owner's alone; and what others can
/// write may name a program for them that is then run.
pub fn aws(path: &Path, seen: Seen, holds: Holds) -> Option<Finding> {
    let (check, shown) = (Check::AwsFiles, path.display().to_string());
    Some(match (seen, holds) {
        (Seen::Nothing, _) => return None,
        (Seen::Hidden, _) => hidden(check, &shown),
        (Seen::There { mode }, Holds::Secrets) if is_open(mode) => Finding::fault(
            check,
            &shown,
            format!("keys or sessions lie in it, and others on this machine can read it (mode {mode:04o})"),
            format!("chmod go-rwx {shown}; if strangers use this machine, make new keys as well"),
        ),
        (Seen::There { mode }, _) if mode & 0o022 != 0 => Finding::fault(
            check,
            &shown,
            format!(
                "others on this machine can write it (mode {mode:04o}), and programs that it names are run for credentials"
            ),
            format!("chmod go-w {shown}, and read it for a credential_process that is not yours"),
        ),
        (Seen::There { mode }, _) => Finding::ok(check, shown, format!("nobody else can misuse it (mode {mode:04o})")),
    })
}

fn hidden(check: Check, shown: &str) -> Finding {
    Finding::caution(check, shown, "it cannot be looked at", "check whose it is, and the folders above it")
}

/// Whether group or others may do anything with it.
fn is_open(mode: u32) -> bool {
    mode & 0o077 != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;

    #[test]
    fn a_file_with_a_secret_is_its_owners_alone() {
        let severity = |mode, holds| settings(Path::new("/x/config.toml"), Seen::There { mode }, holds).severity;
        assert_eq!(severity(0o600, Holds::Secrets), Severity::Ok);
        assert_eq!(severity(0o640, Holds::Secrets), Severity::Fault);
        assert_eq!(severity(0o604, Holds::Secrets), Severity::Fault);
        assert_eq!(severity(0o644, Holds::NoSecrets), Severity::Ok);
        let fault = settings(Path::new("/x/config.toml"), Seen::There { mode: 0o644 }, Holds::Secrets);
        assert!(fault.remedy.starts_with("chmod 600 /x/config.toml"), "{fault:?}");
        assert!(fault.evidence.contains("0644"), "{fault:?}");
    }

    #[test]
    fn files_of_the_aws_tools_are_safe_from_readers_of_keys_and_from_writers_of_programs() {
        let severity = |mode, holds| aws(Path::new("/x"), Seen::There { mode }, holds).map(|finding| finding.severity);
        assert_eq!(severity(0o600, Holds::Secrets), Some(Severity::Ok));
        assert_eq!(severity(0o644, Holds::Secrets), Some(Severity::Fault));
        assert_eq!(severity(0o644, Holds::NoSecrets), Some(Severity::Ok));
        assert_eq!(severity(0o664, Holds::NoSecrets), Some(Severity::Fault));
        assert_eq!(aws(Path::new("/x"), Seen::Nothing, Holds::Secrets), None);
    }

    #[test]
    fn what_is_not_there_yet_is_no_trouble() {
        assert_eq!(settings(Path::new("x"), Seen::Nothing, Holds::NoSecrets).severity, Severity::Note);
        assert_eq!(own(Check::Ledger, Path::new("x"), Seen::Nothing).severity, Severity::Ok);
        assert_eq!(own(Check::Ledger, Path::new("x"), Seen::There { mode: 0o700 }).severity, Severity::Ok);
        assert_eq!(own(Check::Ledger, Path::new("x"), Seen::There { mode: 0o755 }).severity, Severity::Caution);
        assert_eq!(own(Check::LinksFolder, Path::new("x"), Seen::Hidden).severity, Severity::Caution);
    }
}

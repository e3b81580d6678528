//! Where settings are read from and files of one's own are kept, by the XDG base directory specification.

use std::path::{Path, PathBuf};

use etcetera::base_strategy::{BaseStrategy, Xdg};

/// The directories of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The settings: `$XDG_CONFIG_HOME/daypass/config.toml`, or below `~/.config`.
    pub config_file: PathBuf,
    /// What daypass writes when asked to: `$XDG_STATE_HOME/daypass`, or below `~/.local/state`. May not exist yet.
    pub state_dir: PathBuf,
}

impl Paths {
    /// The user's directories; `None` without a home.
    pub fn of_user() -> Option<Self> {
        let xdg = Xdg::new().ok()?;
        let state = xdg.state_dir().unwrap_or_else(|| xdg.data_dir());
        Some(Self {
            config_file: xdg.config_dir().join("daypass").join("config.toml"),
            state_dir: state.join("daypass"),
        })
    }
}

/// `path` with a leading `~/` replaced by `home`, which no shell does inside a settings file.
pub fn below_home(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_and_nothing_else_changes() {
        let home = Path::new("/home/ada");
        assert_eq!(below_home("~/logs/daypass.log", Some(home)), Path::new("/home/ada/logs/daypass.log"));
        assert_eq!(below_home("/tmp/~/x", Some(home)), Path::new("/tmp/~/x"));
        assert_eq!(below_home("x.log", Some(home)), Path::new("x.log"));
        assert_eq!(below_home("~/x", None), Path::new("~/x"));
    }
}

//! Where settings are read from and files of one's own are kept, by the XDG base directory specification.

use std::path::{Path, PathBuf};

use etcetera::base_strategy::{BaseStrategy, Xdg};

/// The directories of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The home.
    pub home: PathBuf,
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
            home: xdg.home_dir().to_owned(),
            config_file: xdg.config_dir().join("daypass").join("config.toml"),
            state_dir: state.join("daypass"),
        })
    }
    /// `file` with a leading `~/` replaced by the home, which no shell does inside a settings file.
    pub fn below_home(&self, file: &Path) -> PathBuf {
        match file.strip_prefix("~") {
            Ok(rest) => self.home.join(rest),
            Err(_) => file.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_and_nothing_else_changes() {
        let paths = Paths { home: "/home/ada".into(), config_file: PathBuf::new(), state_dir: PathBuf::new() };
        let below_home = |file: &str| paths.below_home(Path::new(file));
        assert_eq!(below_home("~/logs/daypass.log"), Path::new("/home/ada/logs/daypass.log"));
        assert_eq!(below_home("/tmp/~/x"), Path::new("/tmp/~/x"));
        assert_eq!(below_home("x.log"), Path::new("x.log"));
        assert_eq!(below_home("~x/y"), Path::new("~x/y"));
    }
}

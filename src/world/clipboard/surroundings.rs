//! What the environment says about desktop, SSH and multiplexer, and which way copied text goes because of it.

use super::ClipboardChoice;

/// What decides how text can be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// Whether the person sits at another machine.
    pub ssh: bool,
    /// Whether this machine has a desktop.
    pub desktop: bool,
    /// What stands between daypass and the terminal.
    pub between: Between,
    /// The terminal's type, `$TERM`.
    pub term: String,
}

/// The program between daypass and the terminal, as far as the environment gives it away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Between {
    /// Nothing.
    Nothing,
    /// A tmux on this machine, which can be asked through its socket.
    Tmux {
        /// The socket's path.
        socket: String,
    },
    /// A tmux on the machine that the SSH connection comes from.
    TmuxElsewhere,
    /// GNU screen, wherever it runs.
    Screen,
}

impl Surroundings {
    /// Reads the environment through `variable`; an empty value counts as none.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is_set = |name: &str| value(name).is_some();
        let term = value("TERM").unwrap_or_default();
        let between = match value("TMUX") {
            // `socket,process,session`; the path itself may hold commas.
            Some(tmux) => Between::Tmux { socket: tmux.rsplitn(3, ',').last().unwrap_or_default().to_owned() },
            None if is_set("STY") => Between::Screen,
            // SSH passes on TERM and nothing else. A tmux that calls itself `screen` cannot be told from GNU screen, and
            // screen must not be sent the other form: it shows what does not fit into its buffer.
            None if term.starts_with("tmux") => Between::TmuxElsewhere,
            None if term.starts_with("screen") => Between::Screen,
            None => Between::Nothing,
        };
        Self {
            ssh: is_set("SSH_CONNECTION") || is_set("SSH_TTY"),
            desktop: cfg!(any(target_os = "macos", windows)) || is_set("WAYLAND_DISPLAY") || is_set("DISPLAY"),
            between,
            term,
        }
    }
}

/// Which way copied text goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// To the desktop, and nowhere else.
    Desktop,
    /// To the desktop, and through the terminal if that fails.
    DesktopElseTerminal,
    /// Through the terminal.
    Terminal,
    /// Nowhere, for this reason.
    Nowhere(String),
}

/// Decides the way. A desktop on the far side of SSH is not the one in front of the person, even where X is forwarded.
pub(super) fn route(choice: ClipboardChoice, surroundings: &Surroundings) -> Route {
    let terminal = || match (&surroundings.between, surroundings.term.as_str()) {
        (Between::Nothing, term @ ("dumb" | "linux")) => {
            Route::Nowhere(format!("there is no desktop, and a terminal of the type `{term}` has no clipboard"))
        }
        _ => Route::Terminal,
    };
    match choice {
        ClipboardChoice::Auto if surroundings.ssh || !surroundings.desktop => terminal(),
        ClipboardChoice::Auto => Route::DesktopElseTerminal,
        ClipboardChoice::Native => Route::Desktop,
        ClipboardChoice::Osc52 => Route::Terminal,
        ClipboardChoice::None => Route::Nowhere("copying is switched off (clipboard = \"none\")".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(variables: &str) -> Surroundings {
        let value =
            |name: &str| variables.split(' ').filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name);
        Surroundings::from_env(|name| value(name).map(|(_, value)| value.to_owned()))
    }

    #[cfg(not(any(target_os = "macos", windows)))]
    #[test]
    fn the_way_follows_from_choice_and_surroundings() {
        use ClipboardChoice::{Auto, Native, Osc52};
        for (choice, variables, expected) in [
            (Auto, "DISPLAY=:0 TERM=xterm", Route::DesktopElseTerminal),
            (Auto, "WAYLAND_DISPLAY=wayland-0 TERM=foot", Route::DesktopElseTerminal),
            (Auto, "DISPLAY=:0 TERM=tmux-256color TMUX=/tmp/t,1,0", Route::DesktopElseTerminal),
            (Auto, "TERM=xterm", Route::Terminal),
            (Auto, "DISPLAY= TERM=xterm", Route::Terminal),
            (Auto, "DISPLAY=localhost:10.0 SSH_CONNECTION=1 TERM=xterm", Route::Terminal),
            (Auto, "DISPLAY=:0 SSH_TTY=/dev/pts/3 TERM=xterm", Route::Terminal),
            (Auto, "TERM=linux TMUX=/tmp/t,1,0", Route::Terminal),
            (Native, "TERM=xterm SSH_CONNECTION=1", Route::Desktop),
            (Osc52, "DISPLAY=:0 TERM=xterm", Route::Terminal),
            (Osc52, "TERM=linux", Route::Terminal),
        ] {
            assert_eq!(route(choice, &surroundings(variables)), expected, "{choice:?} {variables}");
        }
        for (choice, variables, part) in [
            (Auto, "TERM=linux", "`linux`"),
            (Auto, "TERM=dumb SSH_CONNECTION=1", "`dumb`"),
            (ClipboardChoice::None, "DISPLAY=:0", "switched off"),
        ] {
            let Route::Nowhere(why) = route(choice, &surroundings(variables)) else { panic!("{variables}") };
            assert!(why.contains(part), "{why}");
        }
    }

    #[test]
    fn what_stands_between_is_read_from_the_environment() {
        let tmux = |socket: &str| Between::Tmux { socket: socket.to_owned() };
        for (variables, expected) in [
            ("TERM=xterm-256color", Between::Nothing),
            ("", Between::Nothing),
            ("TERM=screen TMUX=/tmp/tmux-0/default,812,0", tmux("/tmp/tmux-0/default")),
            ("TERM=tmux-256color TMUX=/tmp/a,b/default,812,3", tmux("/tmp/a,b/default")),
            ("TERM=tmux-256color SSH_CONNECTION=1", Between::TmuxElsewhere),
            ("TERM=xterm STY=812.pts-0.host", Between::Screen),
            ("TERM=screen.xterm-256color SSH_CONNECTION=1", Between::Screen),
            ("TERM=tmux-256color TMUX= STY=", Between::TmuxElsewhere),
        ] {
            assert_eq!(surroundings(variables).between, expected, "{variables}");
        }
    }
}

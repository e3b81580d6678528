//! The clipboard of the person in front of the terminal: the desktop's where it can be reached, else the terminal's.
//!
//! Which way is taken is decided in `surroundings`; what a terminal is sent is built in `osc52`. Nothing here writes
//! to the terminal: that is the screen's own writer's business, or the bytes would fall between two halves of a frame.

mod osc52;
mod surroundings;
mod tmux;

use super::{Clipboard, Copy, Multiplexer};

pub use surroundings::{Between, Surroundings};
use surroundings::{Route, route};

/// How copied text is to travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClipboardChoice {
    /// To the desktop where there is one, else through the terminal.
    #[default]
    Auto,
    /// To the desktop only.
    Native,
    /// Through the terminal only.
    Osc52,
    /// Nowhere.
    None,
}

/// What always works; ends every text that says why nothing was copied.
const WAY_OUT: &str = "show the link whole and select it with the mouse, or write it to a file";

/// Which way copied text would go, in words, or why it would go nowhere. Copies nothing, and asks neither desktop nor tmux.
pub fn way(choice: ClipboardChoice, surroundings: &Surroundings) -> Result<String, String> {
    let seat = if surroundings.ssh { "over SSH, " } else { "" };
    let terminal = match &surroundings.between {
        Between::Nothing => "through the terminal (OSC 52), which has to allow it",
        Between::Tmux { .. } => "by tmux on this machine, which passes it on to the terminal (set-clipboard)",
        Between::TmuxElsewhere => {
            "through the terminal (OSC 52), also wrapped for a tmux in between (allow-passthrough)"
        }
        Between::Screen => "through the terminal (OSC 52), wrapped for GNU screen",
    };
    match route(choice, surroundings) {
        Route::Desktop => Ok("to this machine's desktop, and nowhere else".to_owned()),
        Route::DesktopElseTerminal => Ok(format!("to this machine's desktop; where that fails, {terminal}")),
        Route::Terminal => Ok(format!("{seat}{terminal}")),
        Route::Nowhere(why) => Err(why),
    }
}

/// The clipboard that this process can reach.
pub struct SystemClipboard {
    choice: ClipboardChoice,
    surroundings: Surroundings,
    /// Kept until the program ends: on X11 and Wayland the copied text lives in the process that copied it.
    desktop: Option<arboard::Clipboard>,
}

impl SystemClipboard {
    /// A clipboard for these surroundings. Connects to the desktop only when something is copied.
    pub fn new(choice: ClipboardChoice, surroundings: Surroundings) -> Self {
        Self { choice, surroundings, desktop: None }
    }

    fn copy_to_desktop(&mut self, text: &str) -> Result<(), arboard::Error> {
        let mut desktop = match self.desktop.take() {
            Some(desktop) => desktop,
            None => arboard::Clipboard::new()?,
        };
        desktop.set_text(text)?;
        // A handle that failed is dropped instead, so that the next copy connects anew.
        self.desktop = Some(desktop);
        Ok(())
    }

    fn copy_through_terminal(&self, text: &str) -> Copy {
        if text.len() > osc52::MAX_TEXT_BYTES {
            return Copy::NotCopied(format!(
                "the text has {} bytes, and terminals take at most {} (OSC 52): {WAY_OUT}",
                text.len(),
                osc52::MAX_TEXT_BYTES
            ));
        }
        let sequence = osc52::sequence(text);
        match &self.surroundings.between {
            Between::Nothing => Copy::Terminal { sequence, through: Multiplexer::None },
            Between::Tmux { socket } => tmux::copy(socket, text),
            // Nobody here can be asked which of the two that tmux lets through, and the other one does no harm.
            Between::TmuxElsewhere => {
                let sequence = sequence.clone() + &osc52::through_tmux(&sequence);
                Copy::Terminal { sequence, through: Multiplexer::Tmux }
            }
            Between::Screen => {
                Copy::Terminal { sequence: osc52::through_screen(&sequence), through: Multiplexer::Screen }
            }
        }
    }
}

impl Clipboard for SystemClipboard {
    fn copy(&mut self, text: &str) -> Copy {
        match route(self.choice, &self.surroundings) {
            Route::Desktop => match self.copy_to_desktop(text) {
                Ok(()) => Copy::Native,
                Err(error) => Copy::NotCopied(format!(
                    "the desktop's clipboard did not take it ({error}): set clipboard = \"auto\" to go through the \
                     terminal then, or {WAY_OUT}"
                )),
            },
            Route::DesktopElseTerminal => match self.copy_to_desktop(text) {
                Ok(()) => Copy::Native,
                Err(_) => self.copy_through_terminal(text),
            },
            Route::Terminal => self.copy_through_terminal(text),
            Route::Nowhere(why) => Copy::NotCopied(format!("{why}: {WAY_OUT}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clipboard(choice: ClipboardChoice, variables: &[(&str, &str)]) -> SystemClipboard {
        let value =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        SystemClipboard::new(choice, Surroundings::from_env(value))
    }

    fn sent(copy: Copy) -> (String, Multiplexer) {
        match copy {
            Copy::Terminal { sequence, through } => (sequence, through),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn over_ssh_the_text_goes_through_the_terminal() {
        let link = "https://s3.example.com/b/k?X-Amz-Signature=0123";
        let ssh = ("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22");
        let mut plain = clipboard(ClipboardChoice::Auto, &[ssh, ("TERM", "xterm-256color")]);
        let (sequence, through) = sent(plain.copy(link));
        assert_eq!((osc52::decoded(&sequence).as_str(), through), (link, Multiplexer::None));

        let mut screen = clipboard(ClipboardChoice::Auto, &[ssh, ("TERM", "screen.xterm-256color"), ("STY", "1.x")]);
        let (sequence, through) = sent(screen.copy(link));
        assert_eq!(osc52::decoded(&osc52::out_of_screen(&sequence)), link);
        assert_eq!(through, Multiplexer::Screen);
    }

    #[test]
    fn a_tmux_on_another_machine_gets_both_forms() {
        let mut clipboard = clipboard(ClipboardChoice::Osc52, &[("TERM", "tmux-256color")]);
        let (sequence, through) = sent(clipboard.copy("link"));
        let plain = osc52::sequence("link");
        let wrapped = sequence.strip_prefix(&plain).unwrap();
        assert_eq!(osc52::out_of_tmux(wrapped), plain);
        assert_eq!(through, Multiplexer::Tmux);
    }

    #[test]
    fn text_that_terminals_would_drop_is_not_said_to_be_sent() {
        let mut clipboard = clipboard(ClipboardChoice::Osc52, &[("TERM", "xterm")]);
        let longest = "x".repeat(osc52::MAX_TEXT_BYTES);
        assert_eq!(osc52::decoded(&sent(clipboard.copy(&longest)).0), longest);
        let Copy::NotCopied(why) = clipboard.copy(&(longest + "x")) else { panic!() };
        assert!(why.contains("74995 bytes") && why.contains("to a file"), "{why}");
    }

    #[cfg(not(any(target_os = "macos", windows)))]
    #[test]
    fn the_way_is_told_without_copying() {
        let told = |choice, variables: &[(&str, &str)]| way(choice, &clipboard(choice, variables).surroundings);
        for (variables, words) in [
            (&[("SSH_TTY", "/dev/pts/1"), ("TERM", "xterm")][..], "over SSH, through the terminal (OSC 52)"),
            (&[("TMUX", "/tmp/t,1,0"), ("TERM", "tmux")], "by tmux on this machine"),
            (&[("TERM", "tmux-256color"), ("SSH_TTY", "x")], "wrapped for a tmux"),
            (&[("STY", "1.x"), ("TERM", "screen")], "wrapped for GNU screen"),
            (&[("DISPLAY", ":0"), ("TERM", "xterm")], "to this machine's desktop; where that fails, through"),
        ] {
            let told = told(ClipboardChoice::Auto, variables).unwrap();
            assert!(told.contains(words), "{told}");
        }
        assert!(told(ClipboardChoice::Auto, &[("TERM", "dumb")]).unwrap_err().contains("`dumb`"));
        assert!(told(ClipboardChoice::None, &[]).is_err());
    }

    #[test]
    fn what_is_switched_off_says_so() {
        let Copy::NotCopied(why) = clipboard(ClipboardChoice::None, &[("DISPLAY", ":0")]).copy("link") else {
            panic!()
        };
        assert!(why.contains("clipboard = \"none\"") && why.contains("to a file"), "{why}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn without_a_desktop_to_connect_to_auto_goes_through_the_terminal_and_native_says_why_not() {
        // arboard reads the real environment, and whoever runs the tests on a desktop wants to keep their clipboard.
        if std::env::var_os("DISPLAY").is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some() {
            println!("SKIPPED: this machine has a desktop");
            return;
        }
        let variables = [("DISPLAY", ":77"), ("TERM", "xterm")];
        assert_eq!(sent(clipboard(ClipboardChoice::Auto, &variables).copy("link")).1, Multiplexer::None);
        let Copy::NotCopied(why) = clipboard(ClipboardChoice::Native, &variables).copy("link") else { panic!() };
        assert!(why.contains("desktop") && why.contains("auto"), "{why}");
    }
}

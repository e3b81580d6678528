//! The man page, from the definitions of the arguments, the commands and the keys.

use std::fmt::Write;
use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::arguments::{Arguments, ENVIRONMENT, EXAMPLES, EXIT_CODES};
use crate::command::keymap::Keymap;
use crate::command::list::{self, Scene};

/// The page as roff, for `man -l`.
pub(super) fn page() -> io::Result<Vec<u8>> {
    let mut command = Arguments::command();
    command.build();
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    page.extend_from_slice(b".SH SYNOPSIS\n\\fBdaypass\\fR [\\fIOPTIONS\\fR] [\\fILOCATION\\fR]\n.br\n");
    page.extend_from_slice(b"\\fBdaypass\\fR \\fICOMMAND\\fR\n");
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    page.extend_from_slice(sections(&command).as_bytes());
    Ok(page)
}

fn sections(command: &Command) -> String {
    let mut roff = String::new();
    heading(&mut roff, "SH", "COMMANDS");
    let deepest = |sub| if Command::has_subcommands(sub) { sub.get_subcommands().collect() } else { vec![sub] };
    for sub in command.get_subcommands().flat_map(deepest) {
        heading(&mut roff, "SS", &sub.clone().render_usage().to_string().replace("Usage: ", ""));
        paragraphs(&mut roff, sub.get_long_about().or(sub.get_about()));
        for argument in sub.get_arguments().filter(|argument| argument.get_id() != "help" && !argument.is_hide_set()) {
            let words = argument.get_possible_values();
            let words: Vec<&str> = words.iter().map(|word| word.get_name()).collect();
            let values = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            entry(&mut roff, &argument.to_string(), &format!("{help}{values}"));
        }
        as_it_is(&mut roff, sub.get_after_long_help());
    }
    heading(&mut roff, "SH", "KEYS");
    paragraphs(&mut roff, Some("These are the built-in keys; ? shows the ones in force."));
    let keymap = Keymap::built_in();
    for scene in Scene::ALL {
        heading(&mut roff, "SS", scene.title());
        for &command in list::Command::ALL.iter().filter(|command| command.scene() == scene) {
            let keys: Vec<String> = keymap.keys(command).iter().map(ToString::to_string).collect();
            entry(&mut roff, &keys.join("  "), command.help());
        }
    }
    for (title, rows) in [("ENVIRONMENT", ENVIRONMENT), ("EXIT STATUS", EXIT_CODES), ("EXAMPLES", EXAMPLES)] {
        heading(&mut roff, "SH", title);
        for (term, text) in rows {
            entry(&mut roff, term, text);
        }
    }
    roff
}

fn heading(roff: &mut String, level: &str, title: &str) {
    let _ = writeln!(roff, ".{level} \"{}\"", escape(title));
}

fn entry(roff: &mut String, term: &str, text: &str) {
    let _ = writeln!(roff, ".TP\n\\fB{}\\fR\n{}", escape(term), escape(text));
}

fn paragraphs(roff: &mut String, text: Option<impl ToString>) {
    for line in text.map(|text| text.to_string()).unwrap_or_default().lines() {
        let _ = if line.is_empty() { writeln!(roff, ".PP") } else { writeln!(roff, "{}", escape(line)) };
    }
}

/// Tables, which are laid out already.
fn as_it_is(roff: &mut String, text: Option<impl ToString>) {
    let Some(text) = text.map(|text| text.to_string()) else { return };
    let _ = writeln!(roff, ".PP\n.nf");
    for line in text.lines() {
        let _ = writeln!(roff, "{}", escape(line));
    }
    let _ = writeln!(roff, ".fi");
}

/// `text` without anything that roff would obey (groff_char(7)).
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    // A line that begins with a dot or an apostrophe is a request.
    if text.starts_with(['.', '\'']) {
        safe.push_str("\\&");
    }
    for c in text.chars() {
        match c {
            '\\' => safe.push_str("\\e"),
            '-' => safe.push_str("\\-"),
            '~' => safe.push_str("\\(ti"),
            '^' => safe.push_str("\\(ha"),
            '\'' => safe.push_str("\\(aq"),
            '"' => safe.push_str("\\(dq"),
            c => safe.push(c),
        }
    }
    safe
}

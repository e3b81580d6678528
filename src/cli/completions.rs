//! Completion scripts: those that clap makes, in which daypass itself is asked for the names of stores and profiles.

use clap::{CommandFactory, ValueEnum};
use clap_complete::{Shell, generate};

use super::arguments::{Arguments, NamesOf};

/// The flags whose values are names on this machine.
const NAMED: [(&str, NamesOf); 2] = [("store", NamesOf::Settings), ("profile", NamesOf::Profiles)];

const IN_BASH: &str = r#"_daypass_names() {
    local name
    COMPREPLY=()
    while IFS= read -r name; do
        [[ $name == "$2"* ]] && COMPREPLY+=("$(printf '%q' "$name")")
    done < <(daypass store list --names "$1" 2>/dev/null)
}

"#;

const IN_ZSH: &str = r#"_daypass_names() {
    local -a names
    names=(${(f)"$(daypass store list --names $1 2>/dev/null)"})
    compadd -a names
}

"#;

/// The script for a shell. Where names cannot be put in (Elvish, PowerShell), it is clap's.
pub(super) fn script(shell: Shell) -> String {
    let mut bytes = Vec::new();
    generate(shell, &mut Arguments::command(), "daypass", &mut bytes);
    let mut script = String::from_utf8_lossy(&bytes).into_owned();
    for (flag, of) in NAMED {
        let of = of.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        script = match shell {
            Shell::Bash => script.replace(
                &format!("--{flag})\n                    COMPREPLY=($(compgen -f \"${{cur}}\"))\n"),
                &format!("--{flag})\n                    _daypass_names {of} \"${{cur}}\"\n"),
            ),
            Shell::Zsh => each_line(&script, |line| {
                let start =
                    line.contains(&format!("--{flag}=[")).then(|| line.strip_suffix(":NAME:_default' \\"))??;
                Some(format!("{start}:NAME:{{_daypass_names {of}}}' \\"))
            }),
            Shell::Fish => {
                let named = format!("-x -a '(daypass store list --names {of} 2>/dev/null)'");
                let script = each_line(&script, |line| {
                    let start = line.contains(&format!(" -l {flag} ")).then(|| line.strip_suffix(" -r"))??;
                    Some(format!("{start} {named}"))
                });
                // Before any command, clap's own conditions do not hold while a flag has no value yet.
                format!("{script}complete -c daypass -n '__fish_prev_arg_in --{flag}' {named}\n")
            }
            _ => script,
        };
    }
    match shell {
        Shell::Bash => format!("{IN_BASH}{script}"),
        // The first line says what the file is for.
        Shell::Zsh => script.replacen("_daypass() {\n", &format!("{IN_ZSH}_daypass() {{\n"), 1),
        _ => script,
    }
}

/// The text with some of its lines changed.
fn each_line(text: &str, change: impl Fn(&str) -> Option<String>) -> String {
    text.lines().map(|line| change(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_store_and_profile_is_completed_by_its_names() {
        let commands = Arguments::command();
        let has_it = |command: &clap::Command, flag: &str| command.get_arguments().any(|a| a.get_long() == Some(flag));
        fn all<'c>(command: &'c clap::Command, found: &mut Vec<&'c clap::Command>) {
            found.push(command);
            command.get_subcommands().for_each(|below| all(below, found));
        }
        let mut found = Vec::new();
        all(&commands, &mut found);
        for (flag, of) in [("store", "settings"), ("profile", "profiles")] {
            let expected = found.iter().filter(|command| has_it(command, flag)).count();
            assert!(expected > 5, "{flag}");
            for (shell, call, more) in [
                (Shell::Bash, format!("_daypass_names {of} "), 0),
                (Shell::Zsh, format!("{{_daypass_names {of}}}"), 0),
                (Shell::Fish, format!("--names {of} "), 1),
            ] {
                assert_eq!(script(shell).matches(&call).count(), expected + more, "{shell} --{flag}");
            }
        }
    }
}

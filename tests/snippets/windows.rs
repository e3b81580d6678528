//! PowerShell and cmd, which are not on every machine: their commands are read by the rules that Microsoft documents.

use daypass::presign::filename::clean_for_windows;
use daypass::presign::link::Link;
use daypass::presign::request::Method;
use daypass::presign::snippet::Dialect;
use proptest::prelude::*;

use crate::{HEADERS, NAMES, command, link};

/// The words of a line of PowerShell by "about_Quoting_Rules": bare words, `'…'` with quotes doubled, and `@{…}` as pairs.
fn powershell(line: &str) -> (Vec<String>, Vec<(String, String)>) {
    let is_quote = |c: char| matches!(c, '\'' | '‘' | '’' | '‚' | '‛');
    let mut chars = line.chars().peekable();
    let (mut words, mut table) = (Vec::new(), Vec::new());
    let mut in_table = false;
    while let Some(c) = chars.next() {
        match c {
            ' ' => {}
            '@' => {
                assert_eq!(chars.next(), Some('{'));
                in_table = true;
            }
            '}' | ';' | '=' if in_table => in_table = c != '}',
            c if is_quote(c) => {
                let mut text = String::new();
                loop {
                    let c = chars.next().unwrap();
                    if is_quote(c) {
                        if !chars.peek().copied().is_some_and(is_quote) {
                            break;
                        }
                        text.push(chars.next().unwrap());
                    } else {
                        text.push(c);
                    }
                }
                if in_table { table.push(text) } else { words.push(text) }
            }
            c => {
                let mut word = c.to_string();
                while let Some(c) = chars.next_if(|c| *c != ' ') {
                    word.push(c);
                }
                assert!(word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{word}");
                words.push(word);
            }
        }
    }
    (words, table.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect())
}

/// Variables that are set on every Windows.
const VARIABLES: [&str; 5] = ["PATH", "CD", "DATE", "OS", "HOMEPATH"];

/// What the prompt makes of `%`: `%NAME%` becomes the value of a variable that is set, and stays where none is.
fn expanded_at_the_prompt(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        let name = after.split_once('%').filter(|(name, _)| {
            let name = name.split(':').next().unwrap_or_default();
            VARIABLES.iter().any(|known| known.eq_ignore_ascii_case(name))
        });
        match name {
            Some((_, after)) => {
                text.push_str("EXPANDED");
                rest = after;
            }
            None => {
                text.push('%');
                rest = after;
            }
        }
    }
    text + rest
}

/// What a batch file makes of `%`: two are one, a digit is an argument, a name is a variable or nothing.
fn expanded_in_a_batch_file(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        match after.strip_prefix('%') {
            Some(after) => {
                text.push('%');
                rest = after;
            }
            None => panic!("an argument or a variable begins at {after}"),
        }
    }
    text + rest
}

/// What cmd passes on: outside of quotes `^` takes the meaning of the next character, and nothing else may have one.
fn passed_on(line: &str) -> String {
    let mut text = String::new();
    let mut quoted = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                text.push(c);
            }
            '^' if !quoted => text.push(chars.next().unwrap()),
            '&' | '|' | '<' | '>' | '(' | ')' if !quoted => panic!("cmd obeys {c} in {line}"),
            c => text.push(c),
        }
    }
    text
}

/// The arguments that a program gets by "Parsing C command-line arguments" of Microsoft's C runtime.
fn arguments(line: &str) -> Vec<String> {
    let chars: Vec<char> = line.chars().collect();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut at, mut quoted) = (0, false);
    while at < chars.len() {
        match chars[at] {
            ' ' | '\t' if !quoted => words.extend(word.take()),
            '\\' => {
                let run = chars[at..].iter().take_while(|c| **c == '\\').count();
                let word = word.get_or_insert_default();
                at += run - 1;
                if chars.get(at + 1) == Some(&'"') {
                    word.push_str(&"\\".repeat(run / 2));
                    if run % 2 == 1 {
                        word.push('"');
                        at += 1;
                    }
                } else {
                    word.push_str(&"\\".repeat(run));
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                if quoted && chars.get(at + 1) == Some(&'"') {
                    word.push('"');
                    at += 1;
                } else {
                    quoted = !quoted;
                }
            }
            c => word.get_or_insert_default().push(c),
        }
        at += 1;
    }
    words.extend(word);
    words
}

fn assert_powershell(link: &Link) {
    let (words, table) = powershell(&command(link, Dialect::PowerShell));
    let after = |option: &str| words.iter().position(|word| word == option).map(|at| words[at + 1].as_str());
    assert_eq!(words[0], "Invoke-WebRequest");
    assert_eq!(after("-Uri"), Some(link.url.expose()));
    let file = clean_for_windows(link.request.object.key.file_name());
    let option = if link.request.method == Method::Put { "-InFile" } else { "-OutFile" };
    assert_eq!(after(option).map(|path| path.trim_start_matches(".\\")), Some(file.as_str()));
    assert!(!after(option).unwrap().starts_with('-'));
    for (name, value) in &link.request.headers {
        let sent = match name.as_str() {
            "Content-Type" => after("-ContentType"),
            name => table.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()),
        };
        assert_eq!(sent, Some(value.trim()));
    }
}

fn assert_cmd(link: &Link) {
    let batch = command(link, Dialect::Batch);
    let batch = batch.strip_prefix("@chcp 65001 >nul\r\n").unwrap_or(&batch);
    let forms = [expanded_at_the_prompt(&command(link, Dialect::Cmd)), expanded_in_a_batch_file(batch)];
    for form in forms {
        let words = arguments(&passed_on(&form));
        assert_eq!(words[0], "curl.exe");
        assert_eq!(words.last().unwrap(), link.url.expose(), "{form}");
        let option = match link.request.method {
            Method::Put if link.request.object.key.as_str().ends_with('/') => "--data-binary",
            Method::Put => "-T",
            _ => "-o",
        };
        let file = &words[words.iter().rposition(|word| word == option).unwrap() + 1];
        let file = file.strip_prefix('@').filter(|_| option == "--data-binary").unwrap_or(file);
        assert_eq!(file.trim_start_matches(".\\"), clean_for_windows(link.request.object.key.file_name()));
        assert!(!file.starts_with('-'));
        let headers: Vec<_> = (0..words.len()).filter(|at| words[*at] == "-H").map(|at| &words[at + 1]).collect();
        let made_up = [("Content-Type".to_owned(), "application/octet-stream".to_owned())];
        let named = link.request.headers.iter().any(|(name, _)| name == "Content-Type");
        let added = made_up.iter().filter(|_| option == "--data-binary" && !named);
        let asked = link.request.headers.iter().chain(added).map(|(name, value)| match value.trim() {
            "" => format!("{name};"),
            value => format!("{name}: {value}"),
        });
        assert!(headers.into_iter().eq(&asked.collect::<Vec<_>>()), "{form}");
    }
}

#[test]
fn windows_reads_the_words_that_were_meant() {
    for key in NAMES {
        for method in [Method::Get, Method::Put] {
            let link = link("https://s3.example.com", method, key, &HEADERS);
            assert_powershell(&link);
            assert_cmd(&link);
        }
    }
}

#[test]
fn the_prompt_of_cmd_gets_plain_quotes_wherever_they_do() {
    let link = link("https://s3.example.com", Method::Get, "a b/ü 100%.txt", &[]);
    assert!(!command(&link, Dialect::Cmd).contains('^'));
    assert!(command(&link, Dialect::Batch).contains("100%%.txt"));
}

proptest! {
    #[test]
    fn windows_reads_the_words_that_were_meant_whatever_they_are(
        key in "(\\PC|[%\"'\\\\^&|<>()!-]|%CD%|%PATH%){1,40}",
        value in "([ -~]|[%\"'\\\\^&]|%CD%|%PATH%){0,40}",
    ) {
        let link = link("https://s3.example.com", Method::Put, &key, &[("x-amz-meta-a", &value)]);
        if !link.request.object.key.is_lost_in_browsers() {
            assert_powershell(&link);
        }
        assert_cmd(&link);
    }
}

//! Which way the arrows run, as a test over the text of `src/`: who may use whom, what has one home, and what stays outside.

#![expect(
    clippy::string_slice,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and all positions come from a search in the same text"
)]

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What each part may use of the others. `lib`, `main` and `cli` stand on top and may use all.
const MAY_USE: [(&str, &[&str]); 10] = [
    ("s3", &[]),
    ("command", &[]),
    ("presign", &["s3"]),
    ("doctor", &["s3", "presign"]),
    ("settings", &["s3", "presign", "command"]),
    ("model", &["s3", "presign", "doctor", "command"]),
    ("update", &["model", "s3", "presign", "doctor", "command"]),
    ("view", &["model", "s3", "presign", "doctor", "command"]),
    ("world", &["s3", "presign", "doctor"]),
    ("runtime", &["world", "view", "update", "model", "settings", "s3", "presign", "doctor", "command"]),
];

/// Crates with one home: their name, where they may be used, and why nowhere else.
const HOMES: [(&str, &[&str], &str); 12] = [
    ("rusoto_core", &["world/store", "world/wire", "world/credentials"], RUSOTO),
    ("rusoto_credential", &["world/store", "world/wire", "world/credentials"], RUSOTO),
    ("rusoto_s3", &["world/store", "world/wire"], RUSOTO),
    ("rusoto_signature", &["world/store", "world/wire"], RUSOTO),
    (
        "arboard",
        &["world/clipboard"],
        "whatever copies goes through the trait, so that tests and SSH can stand in for a desktop",
    ),
    (
        "crossterm",
        &["runtime"],
        "only the loop talks to the terminal; all others speak of keys and cells in our own words",
    ),
    ("ratatui", &["view", "runtime"], "what is true and how it changes must not depend on how it looks"),
    ("clap", &["cli"], "arguments become our own types at the edge"),
    ("clap_complete", &["cli"], "arguments become our own types at the edge"),
    ("clap_mangen", &["cli"], "arguments become our own types at the edge"),
    ("config", &["settings/load"], "layers are folded in one place, and everyone else sees typed settings"),
    ("s3s", &["world/demo"], "it is the independent judge of our requests and must not make them"),
];

const RUSOTO: &str = "it is unmaintained, so the day it must go has to be a change of one room";

/// What the parts below `world` never do: they neither wait nor touch the machine, so that a test needs neither.
const PURE: [&str; 8] = ["s3", "command", "presign", "doctor", "settings", "model", "update", "view"];

/// Where the settings meet the machine: the file that is read, and the environment that says where it lies.
const SETTINGS_OUTSIDE: [&str; 2] = ["settings/load", "settings/paths"];

/// Words that wait or touch the machine. In one `std::{…}` they would be hard to see, so its modules are imported one by one.
const OUTSIDE: [&str; 13] = [
    "tokio",
    "std::fs",
    "std::env",
    "std::{",
    "TcpStream",
    "std::process",
    "std::thread",
    "SystemTime::now",
    "Timestamp::now",
    "ZonedDateTime::now",
    "Instant::now",
    "TimeZone::system",
    "SystemClock",
];

#[test]
fn the_arrows_run_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut breaches = Vec::new();
    let mut files = 0;
    for path in rust_files(&root) {
        files += 1;
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        // The stand-in for hyper-tls is a package of its own.
        if !name.starts_with("world/wire/hyper-tls/") {
            breaches.extend(check(&name, &fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(files > 20, "only {files} files were found");
    let told: Vec<_> = breaches.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "\n{}\n", told.join("\n"));
}

#[test]
fn every_part_has_its_walls() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let declared = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    for part in declared.filter(|part| *part != "cli") {
        assert!(MAY_USE.iter().any(|(name, _)| *name == part), "`{part}` is in lib.rs, but no wall is drawn for it");
    }
}

/// A place where a wall is broken.
struct Breach {
    file: String,
    line: usize,
    rule: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}", self.file, self.line, self.rule)
    }
}

/// All walls that the text of one file breaks; `file` is its path below `src`.
fn check(file: &str, text: &str) -> Vec<Breach> {
    let part = file.split(['/', '.']).next().unwrap_or_default();
    let code = without_comments_and_strings(text);
    let mut found = Vec::new();
    let mut breach = |at: usize, rule: String| {
        let line = 1 + code.get(..at).unwrap_or_default().matches('\n').count();
        found.push(Breach { file: file.to_owned(), line, rule });
    };

    if let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == part) {
        for (at, used) in parts_used(&code, part) {
            let known = used == "cli" || MAY_USE.iter().any(|(name, _)| *name == used);
            if known && used != part && !allowed.contains(&used.as_str()) {
                let may = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
                breach(
                    at,
                    format!("`{part}` uses `{used}`, but may use {may}: the arrows run one way, without circles"),
                );
            }
        }
    }
    for (name, homes, why) in HOMES {
        if homes.iter().any(|home| lies_in(file, home)) {
            continue;
        }
        for at in words(&code, name).filter(|at| is_crate(&code, *at, name)) {
            breach(at, format!("`{name}` is used outside {}: {why}", homes.join(", ")));
        }
    }
    if PURE.contains(&part) && !SETTINGS_OUTSIDE.iter().any(|home| lies_in(file, home)) {
        for name in OUTSIDE {
            for at in words(&code, name) {
                breach(
                    at,
                    format!("`{name}` below `world`: nothing here waits or touches the machine; time is an argument"),
                );
            }
        }
    }
    for at in words(&code, "unsafe") {
        breach(at, "`unsafe`: nothing here is worth it".to_owned());
    }
    found
}

/// Whether `file` is the module `home` or lies inside it.
fn lies_in(file: &str, home: &str) -> bool {
    file.strip_prefix(home).is_some_and(|rest| rest.starts_with(['/', '.']))
}

/// The parts named after `crate::`, also those in the braces of `use crate::{…}`, with their positions.
fn parts_used(code: &str, own: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for at in words(code, "crate") {
        let Some(path) = code[at..].strip_prefix("crate::") else { continue };
        let first = at + "crate::".len();
        match path.strip_prefix('{') {
            None => used.push((first, identifier(path))),
            Some(group) => {
                let mut depth = 0;
                let mut expected = true;
                for (offset, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => expected = true,
                        c if expected && depth == 0 && !c.is_whitespace() => {
                            used.push((first + 1 + offset, identifier(&group[offset..])));
                            expected = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    // Out of a part by the back door. A part that has a file of that name means its own.
    for at in words(code, "super") {
        let ups = code[at..].split("::").take_while(|word| *word == "super").count();
        let target = identifier(code[at..].split("::").nth(ups).unwrap_or_default());
        let own_file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(own);
        if ups > 1 && !own_file.join(format!("{target}.rs")).exists() && !own_file.join(&target).exists() {
            used.push((at, target));
        }
    }
    used
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| is_name(*c)).collect()
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where `word`, which may be a path, stands by itself.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = code[..*at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(is_name) && (word.ends_with('{') || !after.is_some_and(is_name))
    })
}

/// Whether the name at `at` is a crate's: a path or an import begins with it. crossterm is also reached through ratatui.
fn is_crate(code: &str, at: usize, name: &str) -> bool {
    let before = code[..at].trim_end();
    let after = code[at + name.len()..].trim_start();
    let is_first = !(before.ends_with("::") || before.ends_with('.')) || before.ends_with("ratatui::");
    let imported = before.ends_with("use") || before.ends_with("extern crate");
    is_first && (after.starts_with("::") || imported)
}

/// The code alone, every other character a space, so that positions stay.
fn without_comments_and_strings(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    let skip_to = |code: &mut String, from: usize, to: usize| {
        for c in &chars[from..to.min(chars.len())] {
            code.push(if *c == '\n' { '\n' } else { ' ' });
        }
        to.min(chars.len())
    };
    let find = |from: usize, what: &[char]| (from..chars.len()).find(|i| chars[*i..].starts_with(what));
    while let Some(&c) = chars.get(at) {
        let rest = &chars[at..];
        let glued = at > 0 && is_name(chars[at - 1]);
        let hashes = rest.iter().skip(1).take_while(|c| **c == '#').count();
        if rest.starts_with(&['/', '/']) {
            at = skip_to(&mut code, at, find(at, &['\n']).unwrap_or(chars.len()));
        } else if rest.starts_with(&['/', '*']) {
            at = skip_to(&mut code, at, find(at + 2, &['*', '/']).map_or(chars.len(), |end| end + 2));
        } else if c == 'r' && rest.get(1 + hashes) == Some(&'"') && (!glued || chars[at - 1] == 'b') {
            let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let end = find(at + 2 + hashes, &close).map_or(chars.len(), |end| end + close.len());
            at = skip_to(&mut code, at, end);
        } else if c == '"' {
            let mut end = at + 1;
            while end < chars.len() && chars[end] != '"' {
                end += if chars[end] == '\\' { 2 } else { 1 };
            }
            at = skip_to(&mut code, at, end + 1);
        } else if c == '\'' && (rest.get(1) == Some(&'\\') || rest.get(2) == Some(&'\'')) {
            let end = find(at + 3, &['\'']).map_or(chars.len(), |end| end + 1);
            at = skip_to(&mut code, at, if rest.get(2) == Some(&'\'') { at + 3 } else { end });
        } else {
            code.push(c);
            at += 1;
        }
    }
    code
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn told(file: &str, text: &str) -> Vec<String> {
    check(file, text).iter().map(ToString::to_string).collect()
}

#[test]
fn a_broken_wall_is_told_with_file_line_rule_and_reason() {
    let told = told("model/browse.rs", "//! A file.\n\nuse crate::view::theme;\n");
    assert_eq!(
        told,
        [
            "src/model/browse.rs:3: `model` uses `view`, but may use s3, presign, doctor, command: the arrows run one way, without circles"
        ]
    );
}

#[test]
fn the_scanner_sees_every_way_through_a_wall() {
    for (file, text) in [
        ("s3/name.rs", "use crate::presign::sign;"),
        ("command/key.rs", "fn f() { crate::s3::name::Key::parse(k) }"),
        ("view/page.rs", "use crate::{model::Model, update::msg::Msg};"),
        ("view/page.rs", "use crate::{\n    model::{Model, page},\n    update,\n};"),
        ("world/clipboard/mod.rs", "use crate::model::Model;"),
        ("model/page.rs", "use super::super::world::World;"),
        ("runtime/mod.rs", "use crate::cli::Arguments;"),
        ("world/wire/mod.rs", "use arboard::Clipboard;"),
        ("view/mod.rs", "use ratatui::crossterm::event;"),
        ("world/clock.rs", "use crossterm as terminal;"),
        ("model/mod.rs", "fn f(frame: ratatui::Frame) {}"),
        ("settings/types.rs", "use config::Config;"),
        ("main.rs", "use clap::Parser;"),
        ("world/wire/mod.rs", "use rusoto_s3::S3Client;\nuse s3s::S3;"),
        ("update/mod.rs", "let now = jiff::Timestamp::now();"),
        ("settings/types.rs", "std::fs::read(path)"),
        ("model/mod.rs", "use tokio::time::sleep;"),
        ("model/mod.rs", "use std::{fmt, fs};"),
        ("presign/sign.rs", "let c = '\"'; std::env::var(\"HOME\")"),
        ("world/wire/mod.rs", "unsafe { x() }"),
    ] {
        assert_eq!(told(file, text).len(), 1, "{file}: {text}: {:?}", told(file, text));
    }
}

#[test]
fn the_scanner_lets_pass_what_is_allowed() {
    for (file, text) in [
        ("model/mod.rs", "/// Not for [`crate::view`].\nuse crate::s3::name::Key; // as crate::world says"),
        ("model/mod.rs", "/* use crate::view; */ let s = \"crate::view\"; let r = r#\"use tokio; \"quoted\" \"#;"),
        ("model/page.rs", "use super::presign::LinkSheet;\nmod tests { use super::super::notice::Notice; }"),
        ("settings/load/mod.rs", "use config::Config;\nstd::fs::read_to_string(path)"),
        ("settings/load.rs", "use config::Config;"),
        ("settings/types.rs", "let config = 1; self.config.get(); x.config::<u8>()"),
        ("world/store/mod.rs", "use rusoto_s3::S3;"),
        ("runtime/input.rs", "use crossterm::event::Event;\nuse ratatui::Frame;"),
        ("cli/mod.rs", "use clap::Parser;\nuse crate::runtime::run;"),
        ("view/mod.rs", "fn f<'a>(x: &'a str) -> char { '\\'' }\nuse crate::model::Model;"),
    ] {
        assert_eq!(told(file, text), Vec::<String>::new(), "{file}: {text}");
    }
}

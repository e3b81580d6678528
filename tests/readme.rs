//! The README promises what the program does: its table of keys is made from the commands, its commands are real.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use daypass::command::keymap::Keymap;
use daypass::command::list::{Command, Scene};
use serde::Deserialize;

const README: &str = include_str!("../README.md");

#[test]
fn the_table_of_keys_is_the_one_in_force() {
    let (_, rest) = README.split_once("<!-- keys").expect("README.md has a place for the keys");
    let (_, rest) = rest.split_once("-->\n").expect("the comment ends");
    let (written, _) = rest.split_once("<!-- /keys -->").expect("README.md says where the keys end");
    let expected = table();
    if written.trim() != expected.trim() {
        panic!("between the comments on keys, README.md should hold this:\n\n{expected}");
    }
}

#[test]
fn its_two_commands_are_the_first_thing_in_it() {
    let (_, rest) = README.split_once("```sh\n").expect("README.md has commands");
    let (block, _) = rest.split_once("```").expect("the block ends");
    let commands: Vec<_> = block.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).collect();
    assert_eq!(commands, ["cargo run --release -- --demo", "cargo test"]);
}

/// What works with which store, as `tests/data/support.toml` has it.
#[derive(Deserialize)]
struct Support {
    feature: Vec<Feature>,
    store: Vec<Store>,
}

#[derive(Deserialize)]
struct Feature {
    id: String,
    title: String,
    /// `FILE::FUNCTION` below `tests`.
    test: String,
}

#[derive(Deserialize)]
struct Store {
    name: String,
    /// What `tests/real` calls it, where it runs here.
    server: Option<String>,
    #[serde(flatten)]
    features: BTreeMap<String, Known>,
}

/// How well it is known that something works.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Known {
    Tested,
    Documented,
    Missing,
    Unknown,
}

fn support() -> Result<Support, toml::de::Error> {
    toml::from_str(include_str!("data/support.toml"))
}

#[test]
fn the_table_of_stores_is_the_one_that_is_tested() {
    let support = support().expect("tests/data/support.toml is valid");
    let mut expected = String::from("| |");
    expected.extend(support.feature.iter().map(|feature| format!(" {} |", feature.title)));
    expected += &format!("\n|---|{}\n", "---|".repeat(support.feature.len()));
    for store in &support.store {
        expected += &format!("| {} |", store.name);
        for feature in &support.feature {
            let known = store.features.get(&feature.id).unwrap_or_else(|| panic!("{} of {}", feature.id, store.name));
            expected += match known {
                Known::Tested => " ✓ |",
                Known::Documented => " doc |",
                Known::Missing => " – |",
                Known::Unknown => " ? |",
            };
        }
        expected += "\n";
    }
    let (_, rest) = README.split_once("<!-- stores").expect("README.md has a place for the stores");
    let (_, rest) = rest.split_once("-->\n").expect("the comment ends");
    let (written, _) = rest.split_once("<!-- /stores -->").expect("README.md says where the stores end");
    if written.trim() != expected.trim() {
        panic!("between the comments on stores, README.md should hold this:\n\n{expected}");
    }
}

#[test]
fn what_the_table_of_stores_calls_tested_has_a_test_that_runs_against_that_server() {
    let support = support().expect("tests/data/support.toml is valid");
    for feature in &support.feature {
        let (file, function) = feature.test.split_once("::").expect("FILE::FUNCTION");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
        let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(source.contains(&format!("fn {function}(")), "{} is gone from {file}", feature.test);
        for store in &support.store {
            let is_tested = store.features.get(&feature.id) == Some(&Known::Tested);
            let Some(server) = &store.server else {
                assert!(!is_tested, "{} does not run here", store.name);
                continue;
            };
            let everywhere = source.contains(&format!("on_each_store!({function});"));
            // The terminal's tests know no store but the embedded one.
            let named =
                source.contains(&format!("Server::{server}()")) || (file.starts_with("pty/") && server == "demo");
            assert!(!is_tested || everywhere || named, "{} does not run against {}", feature.test, store.name);
        }
    }
}

fn table() -> String {
    let keymap = Keymap::built_in();
    let mut table = String::new();
    for scene in Scene::ALL {
        table += &format!("| {} | |\n|---|---|\n", scene.title());
        for command in Command::ALL.iter().filter(|command| command.scene() == scene) {
            let keys: Vec<_> = keymap.keys(*command).iter().map(|key| format!("`{key}`")).collect();
            table += &format!("| {} | {} |\n", keys.join(" "), command.help());
        }
        table += "\n";
    }
    table
}

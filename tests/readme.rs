//! The README promises what the program does: its table of keys is made from the commands, its commands are real.

#[path = "real/table.rs"]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod table;

use daypass::command::keymap::Keymap;
use daypass::command::list::{Command, Scene};

use self::table::Cell;

const README: &str = include_str!("../README.md");

#[test]
fn the_table_of_keys_is_the_one_in_force() {
    let (_, rest) = README.split_once("<!-- keys").expect("README.md has a place for the keys");
    let (_, rest) = rest.split_once("-->\n").expect("the comment ends");
    let (written, _) = rest.split_once("<!-- /keys -->").expect("README.md says where the keys end");
    let expected = keys();
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

#[test]
fn the_table_of_stores_is_the_one_that_is_proven() {
    let table = table::table();
    let mut expected = String::from("| |");
    expected.extend(table.columns.iter().map(|column| format!(" {} |", column.title)));
    expected += &format!("\n|---|{}\n", "---|".repeat(table.columns.len()));
    for store in &table.rows {
        expected += &format!("| {} |", store.name);
        for column in &table.columns {
            expected += match store.cell(&column.id) {
                Cell::Tested => " ✓ |",
                Cell::Documented => " doc |",
                Cell::Missing => " – |",
                Cell::Unknown => " ? |",
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
fn only_what_runs_here_is_called_tested() {
    for store in table::table().rows.iter().filter(|store| store.server.is_none()) {
        assert!(store.cells.values().all(|cell| *cell != Cell::Tested), "{} does not run here", store.name);
    }
}

fn keys() -> String {
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

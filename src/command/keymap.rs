//! Which key asks for which command, scene by scene. The defaults are `assets/keymap.toml`; settings replace rows of it.

use std::collections::{BTreeMap, HashMap};

use thiserror::Error;

use super::key::{Key, KeyError};
use super::list::{Command, Scene};
use super::nearest::instead;

const BUILT_IN: &str = include_str!("../../assets/keymap.toml");

/// Bindings as they are written: scene, command, keys.
pub type Rows = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The bindings in force. Within a scene a key means one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<Command, Vec<Key>>,
    commands: HashMap<(Scene, Key), Command>,
}

/// Why rows are not a keymap. [`KeymapError::row`] says which row to look at.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KeymapError {
    /// A table for a scene that does not exist.
    #[error("there is no scene `{scene}`: {}", instead(.scene, Scene::ALL.map(Scene::name)))]
    UnknownScene {
        /// What was written.
        scene: String,
    },
    /// A row for a command that its scene does not have.
    #[error("[{}] has no command `{command}`: {}", .scene.name(), instead(.command, names(*.scene)))]
    UnknownCommand {
        /// The scene.
        scene: Scene,
        /// What was written.
        command: String,
    },
    /// A text that is not a key.
    #[error("{key}")]
    BadKey {
        /// The command whose row it is in.
        command: Command,
        /// What was written, and what can be.
        key: KeyError,
    },
    /// One key for two commands.
    #[error(
        "`{key}` would mean both `{}` and `{}`: give one of them another key",
        .command.name(), .other.name()
    )]
    Conflict {
        /// The key.
        key: Key,
        /// The command whose row was changed.
        command: Command,
        /// The command that has the key, too.
        other: Command,
    },
    /// A character that could then no longer be typed.
    #[error("`{key}` could then not be typed any more: use a key with ctrl- or alt-, or a named one such as enter")]
    EatsTyping {
        /// The command that asks for it.
        command: Command,
        /// The key.
        key: Key,
    },
    /// A scene that could not be left.
    #[error("`{}` needs at least one key: there is no other way out", .command.name())]
    NoWayOut {
        /// The command that leaves.
        command: Command,
    },
}

impl Keymap {
    /// The bindings of `assets/keymap.toml`.
    #[expect(clippy::expect_used, reason = "the text is part of the program, and a test reads it")]
    pub fn built_in() -> Self {
        let rows: Rows = toml::from_str(BUILT_IN).expect("assets/keymap.toml is TOML");
        let empty = Self { keys: BTreeMap::new(), commands: HashMap::new() };
        empty.with(&rows).expect("assets/keymap.toml is a keymap")
    }

    /// These bindings with `changes` in place of the rows of the same names.
    pub fn with(&self, changes: &Rows) -> Result<Self, KeymapError> {
        let mut keys = self.keys.clone();
        let mut changed = Vec::new();
        for (scene, rows) in changes {
            let scene = Scene::ALL
                .into_iter()
                .find(|known| known.name() == scene)
                .ok_or_else(|| KeymapError::UnknownScene { scene: scene.clone() })?;
            for (name, row) in rows {
                let command = commands_of(scene)
                    .find(|known| known.name() == name)
                    .ok_or_else(|| KeymapError::UnknownCommand { scene, command: name.clone() })?;
                keys.insert(command, parse_row(command, row)?);
                changed.push(command);
            }
        }
        if let Some(command) = Scene::ALL.map(way_out).into_iter().find(|way| keys.get(way).is_none_or(Vec::is_empty)) {
            return Err(KeymapError::NoWayOut { command });
        }
        let commands = by_key(&keys, &changed)?;
        Ok(Self { keys, commands })
    }

    /// What `key` asks for in `scene`.
    pub fn command(&self, scene: Scene, key: Key) -> Option<Command> {
        self.commands.get(&(scene, key)).copied()
    }

    /// The keys of `command`, the most prominent first; empty where the settings took them all away.
    pub fn keys(&self, command: Command) -> &[Key] {
        self.keys.get(&command).map_or(&[], Vec::as_slice)
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Self::built_in()
    }
}

impl KeymapError {
    /// The row that is wrong: its scene and, where it is about one, its command.
    pub fn row(&self) -> (&str, Option<&str>) {
        match self {
            Self::UnknownScene { scene } => (scene, None),
            Self::UnknownCommand { scene, command } => (scene.name(), Some(command)),
            Self::BadKey { command, .. }
            | Self::Conflict { command, .. }
            | Self::EatsTyping { command, .. }
            | Self::NoWayOut { command } => (command.scene().name(), Some(command.name())),
        }
    }
}

/// The command without whose key a scene could not be left.
fn way_out(scene: Scene) -> Command {
    match scene {
        Scene::Browse => Command::Quit,
        Scene::Link => Command::CloseLink,
        Scene::Links => Command::CloseLinks,
        Scene::Stores => Command::CloseStores,
        Scene::Page => Command::ClosePage,
        Scene::Prompt => Command::Abandon,
        Scene::Form => Command::AbandonForm,
        Scene::NewStore => Command::CloseNewStore,
        Scene::Menu => Command::CloseMenu,
        Scene::Confirm => Command::No,
        Scene::Batch => Command::CloseBatch,
        Scene::Usage => Command::CloseUsage,
        Scene::Find => Command::CloseFind,
    }
}

/// Whether text is typed there, so that no character may ask for a command.
fn is_typed_in(scene: Scene) -> bool {
    match scene {
        Scene::Prompt | Scene::Form | Scene::NewStore => true,
        Scene::Browse
        | Scene::Link
        | Scene::Links
        | Scene::Stores
        | Scene::Page
        | Scene::Menu
        | Scene::Confirm
        | Scene::Batch
        | Scene::Usage
        | Scene::Find => false,
    }
}

fn commands_of(scene: Scene) -> impl Iterator<Item = Command> {
    Command::ALL.iter().copied().filter(move |command| command.scene() == scene)
}

fn names(scene: Scene) -> impl Iterator<Item = &'static str> {
    commands_of(scene).map(Command::name)
}

fn parse_row(command: Command, row: &[String]) -> Result<Vec<Key>, KeymapError> {
    let mut keys = Vec::with_capacity(row.len());
    for text in row {
        let key: Key = text.parse().map_err(|key| KeymapError::BadKey { command, key })?;
        if is_typed_in(command.scene()) && key.typed().is_some() {
            return Err(KeymapError::EatsTyping { command, key });
        }
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// The way from a key to its command. Of two that share a key, the one among `changed` is named first.
fn by_key(
    keys: &BTreeMap<Command, Vec<Key>>,
    changed: &[Command],
) -> Result<HashMap<(Scene, Key), Command>, KeymapError> {
    let mut commands = HashMap::new();
    for (&command, row) in keys {
        for &key in row {
            if let Some(other) = commands.insert((command.scene(), key), command) {
                let (command, other) = if changed.contains(&command) { (command, other) } else { (other, command) };
                return Err(KeymapError::Conflict { key, command, other });
            }
        }
    }
    Ok(commands)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(scene: &str, command: &str, keys: &[&str]) -> Result<Keymap, KeymapError> {
        let row = keys.iter().map(|key| (*key).to_owned()).collect();
        let rows = BTreeMap::from([(command.to_owned(), row)]);
        Keymap::built_in().with(&BTreeMap::from([(scene.to_owned(), rows)]))
    }

    fn refusal(scene: &str, command: &str, keys: &[&str]) -> String {
        with(scene, command, keys).unwrap_err().to_string()
    }

    #[test]
    fn every_command_has_a_key_of_its_own() {
        let keymap = Keymap::built_in();
        for &command in Command::ALL {
            assert!(!keymap.keys(command).is_empty(), "{command:?}");
            for &key in keymap.keys(command) {
                assert_eq!(keymap.command(command.scene(), key), Some(command), "{key}");
            }
        }
    }

    #[test]
    fn a_row_replaces_the_row_of_its_name_and_nothing_else() {
        let keymap = with("browse", "share", &["ctrl-s", "X"]).unwrap();
        assert_eq!(keymap.command(Scene::Browse, "X".parse().unwrap()), Some(Command::Share));
        assert_eq!(keymap.command(Scene::Browse, "s".parse().unwrap()), None);
        assert_eq!(keymap.keys(Command::Share), ["ctrl-s".parse().unwrap(), "X".parse().unwrap()]);
        assert_eq!(keymap.keys(Command::Upload), Keymap::built_in().keys(Command::Upload));
    }

    #[test]
    fn a_key_means_what_its_scene_says() {
        let keymap = Keymap::built_in();
        let q = Key::char('q');
        assert_eq!(keymap.command(Scene::Browse, q), Some(Command::Quit));
        assert_eq!(keymap.command(Scene::Link, q), Some(Command::CloseLink));
        assert_eq!(keymap.command(Scene::Prompt, q), None);
    }

    #[test]
    fn two_commands_can_swap_their_keys() {
        let rows: Rows = toml::from_str("[browse]\nsort = ['O']\nreverse = ['o']").unwrap();
        let keymap = Keymap::built_in().with(&rows).unwrap();
        assert_eq!(keymap.command(Scene::Browse, Key::char('o')), Some(Command::Reverse));
    }

    #[test]
    fn a_command_can_be_left_without_a_key() {
        let keymap = with("browse", "toggle-mouse", &[]).unwrap();
        assert_eq!(keymap.command(Scene::Browse, Key::char('M')), None);
    }

    #[test]
    fn what_is_wrong_is_said_with_what_is_allowed() {
        assert_eq!(
            refusal("brows", "down", &["j"]),
            "there is no scene `brows`: did you mean `browse`? It can be `browse`, `link`, `batch`, `links`, `stores`, `new-store`, `page`, `prompt`, `form`, `menu`, `confirm`, `size` or `found`"
        );
        assert_eq!(
            refusal("prompt", "acept", &["enter"]),
            "[prompt] has no command `acept`: did you mean `accept`? It can be `accept`, `abandon`, `erase-line` or `erase-word`"
        );
        assert!(refusal("browse", "share", &["strg-s"]).starts_with("`strg-s` is not a key: write one character,"));
        assert_eq!(
            refusal("browse", "sort", &["s"]),
            "`s` would mean both `sort` and `share`: give one of them another key"
        );
        assert_eq!(
            refusal("browse", "share", &["o"]),
            "`o` would mean both `share` and `sort`: give one of them another key"
        );
        assert_eq!(
            refusal("prompt", "accept", &["y"]),
            "`y` could then not be typed any more: use a key with ctrl- or alt-, or a named one such as enter"
        );
    }

    #[test]
    fn no_scene_can_be_left_without_a_way_out() {
        for command in Scene::ALL.map(way_out) {
            let refused = with(command.scene().name(), command.name(), &[]).unwrap_err();
            assert_eq!(refused, KeymapError::NoWayOut { command });
            assert_eq!(refused.row(), (command.scene().name(), Some(command.name())));
        }
    }

    proptest! {
        #[test]
        fn any_rows_are_a_keymap_or_say_why(
            scene in "browse|link|page|prompt|.*",
            command in prop::sample::select(Command::ALL).prop_map(|c| c.name().to_owned()),
            keys in prop::collection::vec("[a-z]|(ctrl-|alt-|shift-){0,2}.{0,4}", 0..4),
        ) {
            let rows = Rows::from([(scene, BTreeMap::from([(command, keys)]))]);
            if let Err(refused) = Keymap::built_in().with(&rows) {
                prop_assert!(!refused.to_string().is_empty());
            }
        }
    }
}

//! Which key asks for which command, scene by scene. The defaults are `assets/keymap.toml`; settings replace rows of it.

use std::collections::BTreeMap;

use super::key::Key;
use super::list::{Command, Scene};

/// The bindings in force. Within a scene a key means one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<Command, Vec<Key>>,
}

impl Keymap {
    /// What `key` asks for in `scene`.
    pub fn command(&self, scene: Scene, key: Key) -> Option<Command> {
        self.keys
            .iter()
            .find(|(command, keys)| command.scene() == scene && keys.contains(&key))
            .map(|(command, _)| *command)
    }

    /// The keys of `command`, the most prominent first; empty where the settings took them all away.
    pub fn keys(&self, command: Command) -> &[Key] {
        self.keys.get(&command).map_or(&[], Vec::as_slice)
    }
}

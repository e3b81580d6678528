//! A page of the versions of many keys, and what of its key's history each one is.

use super::key_page::{KeyPage, Listed, ListedObject, TooLarge};
use super::usage::{Item, VersionState};

/// Versions and delete markers, in the order in which the store names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionPage {
    /// Their keys, sizes and times; a delete marker has no size.
    keys: KeyPage,
    /// What each of them is.
    states: Vec<VersionState>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<VersionMarker>,
}

/// Where a page of versions begins: behind this version of this key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionMarker {
    /// The key.
    pub key: String,
    /// The version's id; empty where the store names none.
    pub version: String,
}

impl VersionPage {
    /// Adds a version at the end.
    pub fn push(&mut self, version: &ListedObject<'_>, state: VersionState) -> Result<(), TooLarge> {
        self.keys.push_object(version)?;
        self.states.push(state);
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// All of them, to be counted.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        self.keys.iter().zip(&self.states).filter_map(|(row, state)| match row {
            Listed::Object(object) => Some(Item::of(&object, *state)),
            Listed::Prefix(_) => None,
        })
    }
}

/// The objects of a listing, which are what their keys answer with now.
impl From<KeyPage> for VersionPage {
    fn from(keys: KeyPage) -> Self {
        let states = vec![VersionState::Current; keys.len()];
        Self { keys, states, next: None }
    }
}

//! What works with which store, as tests/data/support.toml has it and the README shows it.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Table {
    #[serde(rename = "feature")]
    pub(crate) columns: Vec<Column>,
    #[serde(rename = "store")]
    pub(crate) rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Column {
    pub(crate) id: String,
    pub(crate) title: String,
}

#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// What tests/real calls it, where it runs here.
    pub(crate) server: Option<String>,
    #[serde(flatten)]
    pub(crate) cells: BTreeMap<String, Cell>,
}

/// How well it is known that something works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cell {
    /// It was seen to work.
    Tested,
    Documented,
    /// The store was seen not to have it, or says so.
    Missing,
    Unknown,
}

pub(crate) fn table() -> Table {
    toml::from_str(include_str!("../data/support.toml")).unwrap()
}

impl Row {
    pub(crate) fn cell(&self, column: &str) -> Cell {
        *self.cells.get(column).unwrap_or_else(|| panic!("nothing is said of {column} of {}", self.name))
    }
}

//! What one run of the browser is to do, with every choice made: which store, which place, which settings.

use std::path::PathBuf;

use jiff::tz::TimeZone;

use super::load::{SettingsFile, SettingsWarning};
use super::types::{Settings, Store};
use crate::command::keymap::Keymap;
use crate::s3::location::Location;
use crate::s3::store::StoreId;

/// One run of the browser.
#[derive(Clone, Debug)]
pub struct BrowsePlan {
    /// The store to open.
    pub store: OpenStore,
    /// Which of all stores that is.
    pub store_id: StoreId,
    /// With what it begins.
    pub begins: Beginning,
    /// The place to open at.
    pub location: Location,
    /// The settings in force.
    pub settings: Settings,
    /// The file that they were read from, where it is there.
    pub settings_file: SettingsFile,
    /// The keys in force.
    pub keymap: Keymap,
    /// The zone of messages; `None` means the system's.
    pub message_zone: Option<TimeZone>,
    /// Whether colours are used, after settings, `NO_COLOR` and `TERM`.
    pub colors: bool,
    /// The file to log to, if any.
    pub log_file: Option<PathBuf>,
    /// The file that issued links are noted in, if they are. May not exist yet.
    pub ledger_file: Option<PathBuf>,
    /// Where files are written that the user asks for; `None` without a home. May not exist yet.
    pub state_dir: Option<PathBuf>,
    /// What the user should be told at the start.
    pub warnings: Vec<SettingsWarning>,
}

/// With what a run of the browser begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// The store is asked what is there.
    Store,
    /// No store is known, so one is added first; nobody is asked before.
    NewStore,
}

/// A store to open.
#[derive(Clone, Debug)]
pub enum OpenStore {
    /// The embedded one.
    Demo,
    /// One out there. What it leaves open, its provider and then the AWS variables and files settle.
    Named(Box<Store>),
}

//! A store as it can be chosen: what it is called, where it was found, and where it answers. How one is opened is the world's
//! business.

use super::address::Insecure;
use super::failure::Failure;
use super::location::Location;

/// Which store. Two that were found in different places may have one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StoreId {
    /// What the user calls it.
    pub name: String,
    /// Where it was found.
    pub found: Found,
}

/// Where a store was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Found {
    /// Nowhere: it is embedded, and there as long as daypass runs.
    Demo,
    /// The flags describe it.
    #[default]
    Flags,
    /// In the settings.
    Settings,
    /// In variables.
    Variables,
    /// In the AWS files: one of their profiles.
    Profile,
}

/// A store that can be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownStore {
    /// Which.
    pub id: StoreId,
    /// Where it was found, in words for people: `config.toml`, `profile (role)`.
    pub origin: String,
    /// Who runs it, for people; empty where unknown.
    pub provider: String,
    /// The region that it is opened for; empty where unknown.
    pub region: String,
    /// What is not secure about the way there.
    pub insecure: Option<Insecure>,
    /// The place that it opens at.
    pub start: Option<Location>,
    /// Why it is not known where it answers, so that it cannot be opened.
    pub trouble: Option<Failure>,
}

/// All stores that can be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownStores {
    /// The stores, in the order of precedence.
    pub stores: Vec<KnownStore>,
    /// Why there may be more, where the AWS files cannot be read.
    pub unread: Option<Failure>,
}

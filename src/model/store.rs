//! The store that is open, as far as the screen knows it: what it is called, and what its links are bound to.

use jiff::SignedDuration;

use crate::presign::ledger::Issuer;
use crate::presign::rules::Rules;
use crate::s3::memory::Remembered;

/// The store that is open.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// In whose name its links are noted; [`Issuer::store`] is what the user calls it.
    pub issuer: Issuer,
    /// Who runs it, for people: `Backblaze B2`; empty where unknown.
    pub provider: String,
    /// The region that requests are signed for.
    pub region: String,
    /// Whether anybody may answer in its name, because the settings waive the proof.
    pub is_unproven: bool,
    /// How far this machine's clock is ahead of its; zero where they agree.
    pub clock_skew: SignedDuration,
    /// In whose name it is asked.
    pub access: Access,
    /// What links to it are bound to.
    pub rules: Rules,
    /// What was seen of it, in this session and in earlier ones.
    pub remembered: Remembered,
}

/// In whose name a store is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// In that of a key, which signs.
    #[default]
    Signed,
    /// In nobody's, as anyone can. Nothing can be signed.
    Anonymous,
}

impl Store {
    /// What the user calls it: the name of a `[[store]]`, of a profile, or `demo`.
    pub fn name(&self) -> &str {
        &self.issuer.store
    }
}

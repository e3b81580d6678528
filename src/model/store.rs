//! The store that is open, as far as the screen knows it, and the stores that were open before it, each as it was left.

use jiff::SignedDuration;

use super::browse::Browse;
use super::credentials::Ending;
use crate::command::list::Command;
use crate::presign::ledger::Issuer;
use crate::presign::rules::Rules;
use crate::s3::address::Insecure;
use crate::s3::memory::Remembered;
use crate::s3::store::StoreId;

/// How many rows all stores that were left may hold together; beyond it, those of the stores that were left first are asked
/// for again.
const REMEMBERED_ROWS: usize = 300_000;

/// A store that is or was open.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// Which one.
    pub id: StoreId,
    /// In whose name its links are noted; [`Issuer::store`] is what the user calls it.
    pub issuer: Issuer,
    /// Who runs it, for people: `Backblaze B2`; empty where unknown.
    pub provider: String,
    /// The region that requests are signed for.
    pub region: String,
    /// What is not secure about the way to it, because its settings allow that.
    pub insecure: Option<Insecure>,
    /// How far this machine's clock is ahead of its; zero where they agree.
    pub clock_skew: SignedDuration,
    /// In whose name it is asked.
    pub access: Access,
    /// When the credentials end that it is asked with.
    pub ending: Ending,
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

impl Access {
    /// Whether a command can do what it is for: without a key, none that signs can.
    pub fn allows(self, command: Command) -> bool {
        match self {
            Self::Signed => true,
            Self::Anonymous => !matches!(
                command,
                Command::ShareOptions | Command::Batch | Command::Upload | Command::UploadOptions | Command::SignIssued
            ),
        }
    }
}

impl Store {
    /// What the user calls it: the name of a `[[store]]`, of a profile, or `demo`.
    pub fn name(&self) -> &str {
        &self.issuer.store
    }
}

/// The stores that were open before, the one that was left last behind.
#[derive(Debug, Default)]
pub struct LeftStores(Vec<(Store, Browse)>);

impl LeftStores {
    /// Keeps a store as it is left.
    pub fn keep(&mut self, store: Store, browse: Browse) {
        self.0.push((store, browse));
        let mut kept = 0;
        for (_, browse) in self.0.iter_mut().rev() {
            kept += browse.loaded();
            if kept > REMEMBERED_ROWS {
                kept -= browse.loaded();
                browse.forget_rows();
            }
        }
    }

    /// Takes out a store, which is to be open again; `None` where it was not open yet.
    pub fn take(&mut self, id: &StoreId) -> Option<(Store, Browse)> {
        let at = self.0.iter().position(|(store, _)| store.id == *id)?;
        Some(self.0.remove(at))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::listing::SortBy;
    use crate::model::listing::loading::{Goal, More};
    use crate::model::spot::List;
    use crate::s3::key_page::KeyPage;
    use crate::s3::location::Location;

    fn store(name: &str) -> Store {
        Store { id: StoreId { name: name.into(), ..StoreId::default() }, ..Store::default() }
    }

    fn with_rows(rows: usize) -> Browse {
        let mut browse = Browse::at(Location::parse("s3://b/").unwrap(), SortBy::Name);
        let mut page = KeyPage::default();
        for number in 0..rows {
            page.push_prefix(&format!("{number:06}/")).unwrap();
        }
        browse.here.take_page(&page, More::Nothing, Timestamp::UNIX_EPOCH);
        browse.here.move_to(7);
        browse
    }

    #[test]
    fn the_stores_that_were_left_first_lose_their_rows_but_not_their_place() {
        let mut left = LeftStores::default();
        for name in ["a", "b", "c"] {
            left.keep(store(name), with_rows(REMEMBERED_ROWS / 2));
        }
        let (_, first) = left.take(&store("a").id).unwrap();
        assert_eq!(first.here.loaded(), 0);
        assert!(matches!(first.here.goal, Goal::Row(_)), "the row is looked for again");
        let (_, last) = left.take(&store("c").id).unwrap();
        assert_eq!((last.here.loaded(), last.here.cursor()), (REMEMBERED_ROWS / 2, 7));
        assert!(left.take(&store("c").id).is_none());
    }
}

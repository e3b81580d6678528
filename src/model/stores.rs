//! The stores that can be opened, as a list: which of them are shown, where the cursor is, and what came of opening one.

use super::spot::{List, Spot};
use crate::s3::failure::Failure;
use crate::s3::store::{KnownStore, KnownStores, StoreId};

/// The list of stores.
///
/// Invariant: `shown` holds positions in the known stores, each at most once.
#[derive(Debug, Default)]
pub struct Stores {
    /// Why the last one that was asked for is not open.
    pub failure: Option<Failure>,
    /// The one that is being opened.
    pub opening: Option<StoreId>,
    known: Option<KnownStores>,
    filter: String,
    shown: Vec<usize>,
    spot: Spot,
}

impl Stores {
    /// Takes what was found in place of what was known. The cursor stays on its store; the first time it is on the one that
    /// is open.
    pub fn take(&mut self, known: KnownStores, open: &StoreId) {
        let current = self.current().map_or_else(|| open.clone(), |store| store.id.clone());
        self.known = Some(known);
        self.show_matching(Some(&current));
    }

    /// What was found; `None` until the first answer.
    pub fn known(&self) -> Option<&KnownStores> {
        self.known.as_ref()
    }

    /// The stores that are shown, from position `from` on.
    pub fn shown_from(&self, from: usize) -> impl Iterator<Item = &KnownStore> {
        self.shown.iter().skip(from).filter_map(|at| self.all().get(*at))
    }

    /// The store under the cursor.
    pub fn current(&self) -> Option<&KnownStore> {
        self.all().get(*self.shown.get(self.spot.cursor())?)
    }

    /// The store that is being opened.
    pub fn being_opened(&self) -> Option<&KnownStore> {
        self.all().iter().find(|store| Some(&store.id) == self.opening.as_ref())
    }

    /// The text that the shown stores contain.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Shows only stores that contain `filter`, upper and lower case being the same. The cursor stays on its store, where that
    /// is still shown.
    pub fn set_filter(&mut self, filter: String) {
        let current = self.current().map(|store| store.id.clone());
        self.filter = filter;
        self.show_matching(current.as_ref());
    }

    fn all(&self) -> &[KnownStore] {
        self.known.as_ref().map_or(&[], |known| &known.stores)
    }

    fn show_matching(&mut self, current: Option<&StoreId>) {
        let filter = self.filter.to_lowercase();
        let matches = |store: &KnownStore| {
            let KnownStore { id, origin, provider, region, .. } = store;
            [&id.name, origin, provider, region].into_iter().any(|text| text.to_lowercase().contains(&filter))
        };
        let shown = self.all().iter().enumerate().filter(|(_, store)| matches(store)).map(|(at, _)| at).collect();
        self.shown = shown;
        let kept = self.shown_from(0).position(|store| Some(&store.id) == current);
        self.move_to(kept.unwrap_or(0));
    }
}

impl List for Stores {
    fn shown_count(&self) -> usize {
        self.shown.len()
    }

    fn spot(&self) -> Spot {
        self.spot
    }

    fn spot_mut(&mut self) -> &mut Spot {
        &mut self.spot
    }
}

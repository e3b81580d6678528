//! The stores of this user as the screen opens them, one after the other, each with the same clipboard, ledger and files.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::add::{answers, as_store, write};
use super::{Known, Named, find, insecurity, named};
use crate::cli::inspect::KeysAtHand;
use crate::cli::{Environment, doctor, store};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::location::Location;
use crate::s3::new_store::{NewStore, Tried, taken};
use crate::s3::provider::Resolved;
use crate::s3::store::{Found, KnownStore, KnownStores, StoreId};
use crate::settings::types::{Settings, Store};
use crate::world::blocking::blocking;
use crate::world::clipboard::{ClipboardChoice, Surroundings, SystemClipboard};
use crate::world::doctor::{Files, HouseDoctor, Visit};
use crate::world::memory::NoMemory;
use crate::world::open::{Opened, StoreSpec, no_settings, open, resolve, unknown};
use crate::world::{Clipboard, Ledger, Memory, Person, Stores, SystemClock, World};

/// All stores, and what they have in common.
#[derive(Clone)]
pub(in crate::cli) struct OwnStores(Arc<All>);

struct All {
    first: First,
    house: House,
    clipboard: Arc<Mutex<dyn Clipboard>>,
    /// The stores that were added since the start.
    added: Mutex<Vec<Store>>,
}

/// The store that opens at the start.
pub(in crate::cli) struct First {
    /// Which.
    pub id: StoreId,
    /// What to open.
    pub spec: StoreSpec,
    /// It as the flags describe it, if they do: it is in no list then.
    pub of_flags: Option<Store>,
}

/// What all stores have in common.
pub(in crate::cli) struct House {
    /// The settings in force.
    pub settings: Settings,
    /// The variables.
    pub environment: Environment,
    /// How text is copied, and what decides how it can be.
    pub copying: (ClipboardChoice, Surroundings),
    /// Where links are noted.
    pub ledger: Arc<dyn Ledger>,
    /// Who is asked for the code of a device.
    pub person: Arc<dyn Person>,
    /// Where links are written to files.
    pub links_dir: PathBuf,
    /// What is remembered until the next session.
    pub memory: Arc<dyn Memory>,
    /// The file of the settings, which may not be there yet; `None` without a home.
    pub settings_file: Option<PathBuf>,
    /// daypass's own files, which a doctor looks at.
    pub files: Files,
}

impl OwnStores {
    /// All stores of the user, of which `first` opens at the start.
    pub(in crate::cli) fn new(first: First, house: House) -> Self {
        let (choice, surroundings) = house.copying.clone();
        let clipboard = Arc::new(Mutex::new(SystemClipboard::new(choice, surroundings)));
        Self(Arc::new(All { first, house, clipboard, added: Mutex::default() }))
    }

    /// The settings, with the stores that were added since the start.
    fn settings(&self) -> Settings {
        let mut settings = self.0.house.settings.clone();
        settings.stores.extend(self.added().iter().cloned());
        settings
    }

    fn added(&self) -> MutexGuard<'_, Vec<Store>> {
        self.0.added.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is remembered of a store; of the demo store, which will be another one the next time, nothing.
    pub(in crate::cli) fn memory(&self, of: &StoreId) -> Arc<dyn Memory> {
        match of.found {
            Found::Demo => Arc::new(NoMemory),
            Found::Flags | Found::Settings | Found::Variables | Found::Profile => self.0.house.memory.clone(),
        }
    }

    async fn furnished(&self, id: &StoreId, spec: &StoreSpec) -> Result<Opened, Failure> {
        let House { ledger, person, links_dir, files, copying, .. } = &self.0.house;
        let (clipboard, clock) = (self.0.clipboard.clone(), Arc::new(SystemClock));
        let (ledger, person) = (ledger.clone(), person.clone());
        let (memory, links_dir) = (self.memory(id), links_dir.clone());
        let opened = open(spec, clipboard, clock.clone(), ledger, person, memory, links_dir).await?;
        let visit = Visit {
            spec: doctor::impatient(spec.clone()),
            place: Location::Buckets,
            page: None,
            files: files.clone(),
            clipboard: Some(copying.clone()),
        };
        let world = World {
            doctor: Arc::new(HouseDoctor { visit, clock, credentials: opened.world.credentials.clone() }),
            own_keys: Arc::new(KeysAtHand(self.settings().stores)),
            stores: Arc::new(self.clone()),
            ..opened.world
        };
        Ok(Opened { world, ..opened })
    }
}

#[async_trait]
impl Stores for OwnStores {
    async fn all(&self) -> KnownStores {
        let All { first, house, .. } = &*self.0;
        let found = find(first.of_flags.clone(), &self.settings(), &house.environment).await;
        let mut stores: Vec<KnownStore> = found.known.into_iter().map(as_known).collect();
        if !stores.iter().any(|store| store.id == first.id) {
            let place = resolve(&first.spec).await;
            let insecure = insecurity(&place, &first.spec);
            let own = known(first.id.clone(), in_words(first.id.found).to_owned(), place);
            stores.insert(0, KnownStore { insecure, ..own });
        }
        KnownStores { stores, unread: found.unread }
    }

    async fn open(&self, id: &StoreId) -> Result<Opened, Failure> {
        let All { first, house, .. } = &*self.0;
        if *id == first.id {
            return self.furnished(id, &first.spec).await;
        }
        let (found, _) = named(first.of_flags.clone(), &self.settings(), &house.environment).await;
        let is_it = |found: &Named| found.store.name == id.name && found.origin.found() == id.found;
        match found.into_iter().find(is_it) {
            Some(Named { trouble: Some(trouble), .. }) => Err(trouble),
            Some(Named { store, .. }) => {
                self.furnished(id, &store::spec_of(&store, store::usual(&house.settings))).await
            }
            None => Err(unknown(id)),
        }
    }

    async fn try_new(&self, store: &NewStore) -> Result<Tried, Failure> {
        let spec = store::spec_of(&as_store(store, None), store::usual(&self.0.house.settings));
        answers(store.opens_at(), &spec).await
    }

    async fn add(&self, store: &NewStore) -> Result<StoreId, Failure> {
        let refused = |why: String, hint: &str| Failure::new(FailureKind::Refused, "add the store", why, hint);
        let file = self.0.house.settings_file.clone().ok_or_else(no_settings)?;
        let settings = self.settings();
        let is_taken = |name: &str| settings.has_store(name);
        let name = match store.name.as_str() {
            "" => store.free_name(is_taken),
            name if is_taken(name) => return Err(refused(taken(name), "")),
            name => name.to_owned(),
        };
        let added = Store { name: name.clone(), ..as_store(store, None) };
        let written = added.clone();
        let writing = blocking(move || write(&file, &written)).await;
        writing
            .unwrap_or_else(|| Err(anyhow::anyhow!("daypass ends")))
            .map_err(|error| refused(format!("{error:#}"), "see who may write there, and what stands in the file"))?;
        self.added().push(added);
        Ok(StoreId { name, found: Found::Settings })
    }
}

fn as_known(Known { store, origin, place, insecure }: Known) -> KnownStore {
    let id = StoreId { name: store.name.clone(), found: origin.found() };
    KnownStore { start: store.opens_at().cloned(), insecure, ..known(id, origin.to_string(), place) }
}

fn known(id: StoreId, origin: String, place: Result<Resolved, Failure>) -> KnownStore {
    let store = KnownStore { id, origin, ..KnownStore::default() };
    match place {
        Ok(place) => KnownStore { provider: place.provider.name.clone(), region: place.address.region, ..store },
        Err(failure) => KnownStore { trouble: Some(failure), ..store },
    }
}

/// Where a store was found that is in no list.
fn in_words(found: Found) -> &'static str {
    match found {
        Found::Demo => "embedded",
        Found::Flags => "flags",
        Found::Settings => "config.toml",
        Found::Variables => "variables",
        // Its keys come from where this machine runs, if from anywhere.
        Found::Profile => "no profile",
    }
}

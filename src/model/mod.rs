//! What is true right now: the place that is browsed, what lies on top of it, what runs, what was said. Plain data.

pub mod arrangement;
pub mod batch;
pub mod browse;
pub mod code;
pub mod credentials;
pub mod doctor;
pub mod facts;
pub mod find;
pub mod form;
pub mod inspect;
pub mod known;
pub mod ledger;
pub mod listing;
pub mod marks;
pub mod menu;
pub mod moment;
pub mod new_store;
pub mod notice;
pub mod page;
pub mod pending;
pub mod presign;
pub mod progress;
pub mod prompt;
pub mod rows;
pub mod spot;
pub mod store;
pub mod stores;
pub mod usage;
pub mod viewport;

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::command::keymap::Keymap;
use crate::command::list::Scene;
use crate::presign::caution::Confirmation;
use crate::presign::message::Template;
use crate::s3::provider::Provider;
use batch::BatchSheet;
use browse::Browse;
use code::Code;
use facts::FactsBook;
use find::FindSheet;
use form::LinkForm;
use ledger::Ledger;
use listing::SortBy;
use menu::Menu;
use moment::Moment;
use new_store::{NewStoreForm, Occasion};
use notice::Notices;
use page::{Page, Subject};
use pending::Pending;
use presign::{LinkSheet, Noted, Wanted};
use prompt::Prompt;
use spot::List;
use store::{LeftStores, Store};
use stores::Stores;
use usage::UsageSheet;
use viewport::{Area, Viewport};

/// Everything that the screen shows and the keys change.
#[derive(Debug)]
pub struct Model {
    /// What was chosen before the start and stays.
    pub fixed: Fixed,
    /// The store that is open.
    pub store: Store,
    /// The stores that were open before it.
    pub left: LeftStores,
    /// The place, its rows, and the way back.
    pub browse: Browse,
    /// What lies on top of the list; the last one is in front and hears the keys.
    pub layers: Vec<Layer>,
    /// What is known of objects beyond their rows.
    pub facts: FactsBook,
    /// What was said to the user.
    pub notices: Notices,
    /// What is being asked right now.
    pub pending: Pending,
    /// The code that a role asks for.
    pub code: Code,
    /// What the last drawing measured.
    pub viewport: Viewport,
    /// Whether the mouse is daypass's; otherwise the terminal's own selection works.
    pub mouse: bool,
    /// Links to print to standard output at the end, in the order in which they were asked for.
    pub print_on_exit: Vec<Noted>,
}

/// What was chosen before the start by flags and settings, whichever store is open.
#[derive(Debug)]
pub struct Fixed {
    /// Which key asks for what.
    pub keymap: Keymap,
    /// How long the cursor rests on an object before its facts are asked for; `None` never asks by itself.
    pub facts_delay: Option<Duration>,
    /// How many entries a page of a listing asks for, 1 to 1,000.
    pub page_size: u16,
    /// How much memory the rows of one place may take, in bytes; beyond it, it is gone on behind them by key.
    pub most_bytes: usize,
    /// The order in which a place is first shown.
    pub sort: SortBy,
    /// The zone in which somebody means a time of day.
    pub zone: TimeZone,
    /// How a link is put into a message.
    pub messages: Messages,
    /// The presets of the user.
    pub presets: Vec<&'static Provider>,
}

/// How a link is put into a message.
#[derive(Clone, Debug)]
pub struct Messages {
    /// As plain text.
    pub text: Template,
    /// As HTML.
    pub html: Template,
    /// The zone in which the end is told besides UTC.
    pub zone: TimeZone,
}

/// Something in front of the list.
#[derive(Debug)]
pub enum Layer {
    /// A link that was asked for.
    Link(Box<LinkSheet>),
    /// Something to read.
    Page(Page),
    /// Something to type.
    Prompt(Prompt),
    /// Something to fill in.
    Form(Box<LinkForm>),
    /// The links that were issued.
    Ledger(Box<Ledger>),
    /// The stores that can be opened.
    Stores(Box<Stores>),
    /// Something to choose.
    Menu(Menu),
    /// A link that is made only after a yes.
    Confirm(Confirmation, Box<Wanted>),
    /// Many links that were asked for together.
    Batch(Box<BatchSheet>),
    /// How much lies below a prefix.
    Usage(Box<UsageSheet>),
    /// What was looked for below a prefix.
    Find(Box<FindSheet>),
    /// A store that is being added.
    NewStore(Box<NewStoreForm>),
}

impl Layer {
    fn takes_whole_screen(&self) -> bool {
        match self {
            Self::Ledger(_) | Self::Stores(_) | Self::Usage(_) | Self::Find(_) | Self::NewStore(_) => true,
            Self::Link(_)
            | Self::Page(_)
            | Self::Prompt(_)
            | Self::Form(_)
            | Self::Menu(_)
            | Self::Confirm(..)
            | Self::Batch(_) => false,
        }
    }

    fn list(&self) -> Option<&dyn List> {
        match self {
            Self::Ledger(ledger) => Some(&**ledger),
            Self::Stores(stores) => Some(&**stores),
            Self::Usage(sheet) => Some(&**sheet),
            Self::Find(sheet) => Some(&**sheet),
            _ => None,
        }
    }

    fn list_mut(&mut self) -> Option<&mut dyn List> {
        match self {
            Self::Ledger(ledger) => Some(&mut **ledger),
            Self::Stores(stores) => Some(&mut **stores),
            Self::Usage(sheet) => Some(&mut **sheet),
            Self::Find(sheet) => Some(&mut **sheet),
            _ => None,
        }
    }
}

impl Model {
    /// A model that has asked nothing yet and is about to open the place in `browse`.
    pub fn new(fixed: Fixed, store: Store, browse: Browse) -> Self {
        Self {
            fixed,
            store,
            left: LeftStores::default(),
            browse,
            layers: Vec::new(),
            facts: FactsBook::default(),
            notices: Notices::default(),
            pending: Pending::default(),
            code: Code::default(),
            viewport: Viewport::default(),
            mouse: true,
            print_on_exit: Vec::new(),
        }
    }

    /// Where keys go now.
    pub fn scene(&self) -> Scene {
        match self.layers.last() {
            None => Scene::Browse,
            Some(Layer::Link(_)) => Scene::Link,
            Some(Layer::Page(_)) => Scene::Page,
            Some(Layer::Prompt(_)) => Scene::Prompt,
            Some(Layer::Form(_)) => Scene::Form,
            Some(Layer::Ledger(_)) => Scene::Links,
            Some(Layer::Stores(_)) => Scene::Stores,
            Some(Layer::Menu(_)) => Scene::Menu,
            Some(Layer::Confirm(..)) => Scene::Confirm,
            Some(Layer::Batch(_)) => Scene::Batch,
            Some(Layer::Usage(_)) => Scene::Usage,
            Some(Layer::Find(_)) => Scene::Find,
            Some(Layer::NewStore(_)) => Scene::NewStore,
        }
    }

    /// What takes the whole screen in front of the browsed list, a list or a form for a store, even where something lies in front of it.
    pub fn whole_screen(&self) -> Option<&Layer> {
        self.layers.iter().rev().find(|layer| layer.takes_whole_screen())
    }

    /// The list that the screen shows, even where something lies in front of it; `None` where a form takes its place.
    pub fn list(&self) -> Option<&dyn List> {
        match self.whole_screen() {
            Some(layer) => layer.list(),
            None => Some(&self.browse.here),
        }
    }

    /// The same list, to be changed.
    pub fn list_mut(&mut self) -> Option<&mut dyn List> {
        match self.layers.iter_mut().rev().find(|layer| layer.takes_whole_screen()) {
            Some(layer) => layer.list_mut(),
            None => Some(&mut self.browse.here),
        }
    }

    /// Where the rows of that list are on the screen.
    pub fn list_area(&self) -> Area {
        match self.whole_screen() {
            Some(_) => self.viewport.front,
            None => self.viewport.list,
        }
    }

    /// The sheet of the link that was asked for last, even where a page lies in front of it.
    pub fn link(&self) -> Option<&LinkSheet> {
        self.layers.iter().rev().find_map(|layer| match layer {
            Layer::Link(sheet) => Some(&**sheet),
            _ => None,
        })
    }

    /// The same sheet, to be changed.
    pub fn link_mut(&mut self) -> Option<&mut LinkSheet> {
        self.layers.iter_mut().rev().find_map(|layer| match layer {
            Layer::Link(sheet) => Some(&mut **sheet),
            _ => None,
        })
    }

    /// The sheet of the links that were asked for together last.
    pub fn batch_mut(&mut self) -> Option<&mut BatchSheet> {
        self.layers.iter_mut().rev().find_map(|layer| match layer {
            Layer::Batch(sheet) => Some(&mut **sheet),
            _ => None,
        })
    }

    /// The ledger, where it is open, even where something lies in front of it.
    pub fn ledger(&self) -> Option<&Ledger> {
        self.layers.iter().find_map(|layer| match layer {
            Layer::Ledger(ledger) => Some(&**ledger),
            _ => None,
        })
    }

    /// The same ledger, to be changed.
    pub fn ledger_mut(&mut self) -> Option<&mut Ledger> {
        self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Ledger(ledger) => Some(&mut **ledger),
            _ => None,
        })
    }

    /// The sizes that were asked for last.
    pub fn usage_mut(&mut self) -> Option<&mut UsageSheet> {
        self.layers.iter_mut().rev().find_map(|layer| match layer {
            Layer::Usage(sheet) => Some(&mut **sheet),
            _ => None,
        })
    }

    /// The search in front, even where something lies in front of it.
    pub fn find(&self) -> Option<&FindSheet> {
        self.layers.iter().rev().find_map(|layer| match layer {
            Layer::Find(sheet) => Some(&**sheet),
            _ => None,
        })
    }

    /// The list of stores, where it is open, even where something lies in front of it.
    pub fn stores(&self) -> Option<&Stores> {
        self.layers.iter().find_map(|layer| match layer {
            Layer::Stores(stores) => Some(&**stores),
            _ => None,
        })
    }

    /// The form of a store that is being added, even where something lies in front of it.
    pub fn new_store(&self) -> Option<&NewStoreForm> {
        self.layers.iter().rev().find_map(|layer| match layer {
            Layer::NewStore(form) => Some(&**form),
            _ => None,
        })
    }

    /// The same form, to be changed.
    pub fn new_store_mut(&mut self) -> Option<&mut NewStoreForm> {
        self.layers.iter_mut().rev().find_map(|layer| match layer {
            Layer::NewStore(form) => Some(&mut **form),
            _ => None,
        })
    }

    /// Whether there is no store yet that could be asked anything.
    pub fn has_no_store(&self) -> bool {
        self.new_store().is_some_and(|form| form.occasion == Occasion::FirstRun)
    }

    /// The same search, to be changed.
    pub fn find_mut(&mut self) -> Option<&mut FindSheet> {
        self.layers.iter_mut().rev().find_map(|layer| match layer {
            Layer::Find(sheet) => Some(&mut **sheet),
            _ => None,
        })
    }

    /// The same list, to be changed.
    pub fn stores_mut(&mut self) -> Option<&mut Stores> {
        self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Stores(stores) => Some(&mut **stores),
            _ => None,
        })
    }

    /// The page that was opened last, even where something lies in front of it.
    pub fn page(&self) -> Option<&Page> {
        self.layers.iter().rev().find_map(|layer| match layer {
            Layer::Page(page) => Some(page),
            _ => None,
        })
    }

    /// When something on the screen changes by itself, on the program's own time scale; `None` means never, so that an
    /// idle screen costs nothing.
    pub fn next_wake(&self, now: Moment) -> Option<Duration> {
        [
            self.facts.due(),
            self.notices.fades_at(),
            self.pending.turns_at(now),
            self.store.ending.changes_at(now),
            self.link().and_then(|sheet| sheet.changes_at(now)),
            self.countdown_changes_at(now),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// When a countdown of the ledger changes, where one can be seen.
    fn countdown_changes_at(&self, now: Moment) -> Option<Duration> {
        match self.layers.last()? {
            Layer::Page(Page { subject: Subject::Issued(issued, _), .. }) => {
                now.countdown_changes_at(issued.first.ends_at)
            }
            Layer::Page(_) => None,
            _ => self.ledger()?.changes_at(now, usize::from(self.viewport.front.height)),
        }
    }
}

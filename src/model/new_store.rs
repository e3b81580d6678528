//! The form in which a store is added: its fields, what they hold, and how far the adding got. What follows is `update`'s.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use tui_input::Input;

use crate::s3::address::{PlainHttp, Proof};
use crate::s3::failure::Failure;
use crate::s3::location::Location;
use crate::s3::new_store::{NO_SECRET, NewKey, NewStore, OPEN_HTTP, Whereabouts, bare};
use crate::s3::provider::{self, Provider};

/// A form for a store. `Debug` shows nothing of what was typed: it may be a secret in the wrong field.
pub struct NewStoreForm {
    /// Why it is there.
    pub occasion: Occasion,
    /// The field that hears the keys.
    pub at: StoreField,
    /// What is wrong with that field, after an attempt to go on.
    pub complaint: Option<String>,
    /// How far the adding got.
    pub stage: Stage,
    lines: [Input; StoreField::LINES],
    secret: SecretString,
    plain_http: PlainHttp,
    own: Vec<&'static Provider>,
}

/// Why a store is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// None is known yet, and none is open.
    FirstRun,
    /// Beside others.
    Another,
}

/// How far the adding got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// It is being filled in.
    #[default]
    FilledIn,
    /// The store is asked whether it takes the key.
    Tried,
    /// It is being written into the settings, to be opened at this place.
    Written(Option<Location>),
    /// It is being opened, at this place unless it was left at another.
    Opened(Option<Location>),
    /// It went no further, for this reason; the fields may be changed.
    Failed(Box<Failure>),
}

/// What a field asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreField {
    /// The URL of the store, or its provider.
    Place,
    /// Whether plain HTTP may leave this machine.
    PlainHttp,
    /// The id of the access key.
    KeyId,
    /// Its secret.
    Secret,
    /// The region to sign for, where the key does not tell it either.
    Region,
    /// The place that it opens at.
    Start,
    /// What to call it.
    Name,
}

impl StoreField {
    /// All of them, from top to bottom.
    pub const ALL: [Self; 7] =
        [Self::Place, Self::PlainHttp, Self::KeyId, Self::Secret, Self::Region, Self::Start, Self::Name];

    /// How many of them are lines of text.
    const LINES: usize = 5;

    /// Which line of text it is; `None` where it is none.
    fn line(self) -> Option<usize> {
        match self {
            Self::Place => Some(0),
            Self::Region => Some(1),
            Self::KeyId => Some(2),
            Self::Start => Some(3),
            Self::Name => Some(4),
            Self::PlainHttp | Self::Secret => None,
        }
    }
}

impl NewStoreForm {
    /// An empty form; `own` are the presets of the user.
    pub fn new(occasion: Occasion, own: Vec<&'static Provider>) -> Self {
        Self {
            occasion,
            at: StoreField::Place,
            complaint: None,
            stage: Stage::default(),
            lines: Default::default(),
            secret: SecretString::default(),
            plain_http: PlainHttp::default(),
            own,
        }
    }

    /// The text of a field; empty where it is none.
    pub fn text(&self, field: StoreField) -> &str {
        self.input(field).map_or("", |input| input.value())
    }

    /// The line of a field; `None` where it is no line of text.
    pub fn input(&self, field: StoreField) -> Option<&Input> {
        self.lines.get(field.line()?)
    }

    /// The line that hears the keys; `None` where the field in front is no line of text.
    pub fn front_line(&mut self) -> Option<&mut Input> {
        self.lines.get_mut(self.at.line()?)
    }

    /// How many characters the secret has.
    pub fn secret_length(&self) -> usize {
        self.secret.expose_secret().chars().count()
    }

    /// Changes the secret. The text before is wiped.
    pub fn edit_secret(&mut self, change: impl FnOnce(&mut String)) {
        let mut text = self.secret.expose_secret().to_owned();
        change(&mut text);
        self.secret = text.into();
    }

    /// All presets.
    pub fn providers(&self) -> impl Iterator<Item = &'static Provider> {
        provider::known(&self.own)
    }

    /// Whether plain HTTP may leave this machine.
    pub fn plain_http(&self) -> PlainHttp {
        self.plain_http
    }

    /// Takes the other answer to whether plain HTTP may leave this machine.
    pub fn turn_plain_http(&mut self) {
        self.plain_http = match self.plain_http {
            PlainHttp::Loopback => PlainHttp::Anywhere,
            PlainHttp::Anywhere => PlainHttp::Loopback,
        };
    }

    /// Whether it is at work, so that its fields cannot be changed.
    pub fn is_busy(&self) -> bool {
        match self.stage {
            Stage::FilledIn | Stage::Failed(_) => false,
            Stage::Tried | Stage::Written(_) | Stage::Opened(_) => true,
        }
    }

    /// The fields that make sense with what is said, from top to bottom.
    pub fn shown(&self) -> Vec<StoreField> {
        let said = self.said();
        let over_http = || said.endpoint()?.insecurity(Proof::Wanted);
        let without_region = NewStore { region: None, ..said.clone() };
        let makes_sense = |field: &StoreField| match field {
            StoreField::Place | StoreField::KeyId | StoreField::Secret | StoreField::Name => true,
            StoreField::PlainHttp => over_http().is_some(),
            StoreField::Region => without_region.wants_region().is_some(),
            StoreField::Start => said.url.as_ref().is_none_or(|url| url.place.is_none()),
        };
        StoreField::ALL.into_iter().filter(makes_sense).collect()
    }

    /// What was said of the store, as far as it makes sense.
    pub fn said(&self) -> NewStore {
        let text = |field| Some(bare(self.text(field))).filter(|text| !text.is_empty()).map(str::to_owned);
        let store = NewStore {
            name: text(StoreField::Name).unwrap_or_default(),
            plain_http: self.plain_http,
            region: text(StoreField::Region),
            start: self.start().ok().flatten(),
            key: text(StoreField::KeyId).map(|id| NewKey { id, secret: self.secret.clone() }),
            ..NewStore::default()
        };
        match Whereabouts::parse(self.text(StoreField::Place), &self.own) {
            Ok(place) => store.at(place, &self.own),
            Err(_) => store,
        }
    }

    /// The store, if enough is said of it; else which field is missing or wrong, and why.
    pub fn checked(&self) -> Result<NewStore, (StoreField, String)> {
        Whereabouts::parse(self.text(StoreField::Place), &self.own).map_err(|why| (StoreField::Place, why))?;
        let mut store = self.said();
        if store.is_open() {
            return Err((StoreField::PlainHttp, OPEN_HTTP.to_owned()));
        }
        match &store.key {
            None if !store.may_be_without_key() => {
                return Err((StoreField::KeyId, "write the id of the key".to_owned()));
            }
            None if self.secret_length() > 0 => {
                return Err((StoreField::KeyId, "the secret belongs to a key: write its id".to_owned()));
            }
            Some(_) if self.secret_length() == 0 => return Err((StoreField::Secret, NO_SECRET.to_owned())),
            Some(_) | None => {}
        }
        if let Some(error) = store.wants_region() {
            return Err((StoreField::Region, error.to_string()));
        }
        provider::resolve(&store.given()).map_err(|error| (StoreField::Place, error.to_string()))?;
        store.start = match store.url.as_ref().is_some_and(|url| url.place.is_some()) {
            true => None,
            false => self.start().map_err(|why| (StoreField::Start, why))?,
        };
        Ok(store)
    }

    fn start(&self) -> Result<Option<Location>, String> {
        match bare(self.text(StoreField::Start)) {
            "" => Ok(None),
            text => Location::parse(text).map(Some).map_err(|error| error.to_string()),
        }
    }

    /// Moves to another field, round at the ends.
    pub fn move_by(&mut self, by: isize) {
        let shown = self.shown();
        let at = shown.iter().position(|field| *field == self.at).unwrap_or(0);
        let next = at.checked_add_signed(by).unwrap_or(shown.len().saturating_sub(1));
        self.at = shown.get(next).or(shown.first()).copied().unwrap_or(StoreField::Place);
        self.complaint = None;
    }
}

impl fmt::Debug for NewStoreForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewStoreForm({:?}, {:?}, {:?})", self.occasion, self.at, self.stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled_in(place: &str, region: &str, key: &str, secret: &str) -> NewStoreForm {
        let mut form = NewStoreForm::new(Occasion::Another, Vec::new());
        for (field, text) in [(StoreField::Place, place), (StoreField::Region, region), (StoreField::KeyId, key)] {
            form.at = field;
            *form.front_line().unwrap() = Input::new(text.to_owned());
        }
        form.edit_secret(|line| line.push_str(secret));
        form
    }

    #[test]
    fn what_is_missing_is_asked_for_in_the_order_of_the_fields() {
        let missing = |form: NewStoreForm| form.checked().map(|_| ()).unwrap_err().0;
        assert_eq!(missing(filled_in("", "", "", "")), StoreField::Place);
        assert_eq!(missing(filled_in("http://nas:9000", "", "id", "s")), StoreField::PlainHttp);
        assert_eq!(missing(filled_in("b2", "", "", "")), StoreField::KeyId, "which may tell the region");
        assert_eq!(missing(filled_in("b2", "", "id", "")), StoreField::Secret);
        assert_eq!(missing(filled_in("b2", "", "id", "s")), StoreField::Region);
        assert_eq!(missing(filled_in("https://x.example", "", "", "s")), StoreField::KeyId);
        assert!(filled_in("aws", "", "", "").checked().is_ok(), "the tools of AWS may have a key");
        assert!(filled_in("b2", "us-west-004", "id", "s").checked().is_ok());
    }

    #[test]
    fn only_fields_that_make_sense_are_shown() {
        let has = |form: NewStoreForm, field| form.shown().contains(&field);
        assert!(!has(filled_in("https://s3.us-west-004.backblazeb2.com", "", "", ""), StoreField::Region));
        assert!(has(filled_in("b2", "us-west-004", "", ""), StoreField::Region));
        assert!(has(filled_in("http://nas:9000", "", "", ""), StoreField::PlainHttp));
        assert!(!has(filled_in("http://127.0.0.1:9000", "", "", ""), StoreField::PlainHttp));
        assert!(!has(filled_in("https://x.example/bucket", "", "", ""), StoreField::Start));
    }

    #[test]
    fn nothing_that_was_typed_is_in_debug_output() {
        let form = filled_in("hidden", "hidden", "hidden", "hidden");
        assert!(!format!("{form:?}").contains("hidden"));
    }
}

//! A form that is filled in before a link is made. Which fields it has and what they hold; what follows from them is `update`'s.

use tui_input::Input;

use crate::presign::expiry::{Expiry, Lifetime};
use crate::presign::request::Method;
use crate::presign::rules::Rules;
use crate::s3::location::{ObjectId, VersionId};
use crate::s3::name::{BucketName, Key};

/// A form.
#[derive(Clone, Debug)]
pub struct LinkForm {
    /// What the link is for.
    pub aim: Aim,
    /// Its fields, in the order in which they are shown.
    pub fields: Vec<Field>,
    /// The field that hears the keys, among those that are shown.
    pub at: usize,
    /// What is wrong with the fields, after an attempt to take them.
    pub complaint: Option<String>,
}

/// What a form's link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// An object that is there: to get, look at or delete it.
    Object(ObjectId),
    /// An upload into a bucket; the key is a field.
    Upload(BucketName),
}

/// A line of a form.
#[derive(Clone, Debug)]
pub struct Field {
    /// What it asks for.
    pub name: FieldName,
    /// What it holds.
    pub input: Input,
    /// What it offers, in the order in which left and right go through it; empty for a text that nobody can guess.
    pub choices: Vec<String>,
}

/// What a field asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldName {
    /// The method of a link to an object.
    Method,
    /// Whether an upload is a link for one file or a form for a browser.
    Kind,
    /// The key of an upload.
    Key,
    /// How long the link works.
    WorksFor,
    /// Whether a browser shows or saves the object.
    Arrives,
    /// The name of the file that a download becomes.
    FileName,
    /// The content type: of the answer to a download, or of an upload.
    ContentType,
    /// The version of an object.
    Version,
    /// For how long the same request gives the same URL.
    Stable,
    /// The exact size of an upload.
    Size,
    /// The MD5 or SHA-256 of an upload.
    Checksum,
    /// Whether an upload may replace an object.
    Replace,
    /// Further headers of an upload.
    Headers,
    /// A note for the ledger.
    Note,
}

/// The choices of [`FieldName::Arrives`].
pub mod arrives {
    /// As the object says itself.
    pub const AS_STORED: &str = "as stored";
    /// Saved, under the name in the form.
    pub const AS_FILE: &str = "as a file to save";
    /// Shown, where the browser can.
    pub const IN_BROWSER: &str = "shown in the browser";
    /// Shown as plain text, whatever it is.
    pub const AS_TEXT: &str = "shown as plain text";
    /// All of them.
    pub const ALL: [&str; 4] = [AS_STORED, AS_FILE, IN_BROWSER, AS_TEXT];
}

/// A link for one file, among the choices of [`FieldName::Kind`].
pub const A_LINK: &str = "a link for one file (PUT)";

/// A form for browsers, among the choices of [`FieldName::Kind`].
pub const A_FORM: &str = "a form for browsers (POST)";

/// The current version, among the choices of [`FieldName::Version`].
pub const CURRENT: &str = "current";

/// The word for no.
pub const NO: &str = "no";

/// The word for yes.
pub const YES: &str = "yes";

impl Field {
    /// A field that holds `text`, the cursor at its end.
    fn new(name: FieldName, text: &str, choices: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { name, input: Input::new(text.to_owned()), choices: choices.into_iter().map(Into::into).collect() }
    }

    fn free(name: FieldName, text: &str) -> Self {
        Self::new(name, text, [""; 0])
    }

    /// Whether anything may be typed into it, besides what it offers.
    pub fn takes_any_text(&self) -> bool {
        match self.name {
            FieldName::Method | FieldName::Kind | FieldName::Arrives | FieldName::Replace => false,
            FieldName::Key
            | FieldName::WorksFor
            | FieldName::FileName
            | FieldName::ContentType
            | FieldName::Version
            | FieldName::Stable
            | FieldName::Size
            | FieldName::Checksum
            | FieldName::Headers
            | FieldName::Note => true,
        }
    }

    /// Goes through the choices; a text that is none of them is followed by the first, or by the last one backwards.
    pub fn choose(&mut self, by: isize) {
        let count = self.choices.len();
        let next = match self.choices.iter().position(|choice| choice == self.input.value()) {
            Some(at) => at.checked_add_signed(by).unwrap_or(count.saturating_sub(1)),
            None => 0,
        };
        if let Some(choice) = self.choices.get(if next >= count { 0 } else { next }) {
            self.input = Input::new(choice.clone());
        }
    }
}

impl LinkForm {
    /// The form of a link to an object, with what `s` alone would choose.
    ///
    /// `arrives` is what is best for this kind of object; `versions` are those that are known.
    pub fn to_object(object: ObjectId, rules: &Rules, arrives: &str, versions: &[VersionId]) -> Self {
        let methods = [Method::Get, Method::Head, Method::Delete].map(Method::as_str);
        let version = object.version.as_ref().map_or(CURRENT, |version| &version.0).to_owned();
        let known = versions.iter().map(|version| version.0.clone());
        let mut versions: Vec<String> = std::iter::once(CURRENT.to_owned()).chain(known).collect();
        if !versions.contains(&version) {
            versions.push(version.clone());
        }
        let fields = vec![
            Field::new(FieldName::Method, Method::Get.as_str(), methods),
            lifetime(rules, Method::Get),
            Field::new(FieldName::Arrives, arrives, arrives::ALL),
            Field::free(FieldName::FileName, object.key.file_name()),
            Field::free(FieldName::ContentType, ""),
            Field::new(FieldName::Version, &version, versions),
            Field::new(FieldName::Stable, NO, [NO, "15m", "1h", "1d"]),
            Field::free(FieldName::Note, ""),
        ];
        Self { aim: Aim::Object(object), fields, at: 1, complaint: None }
    }

    /// The form of an upload link, with what `u` alone would choose; `key` is what is known of the key.
    pub fn to_upload(bucket: BucketName, key: &str, rules: &Rules) -> Self {
        let fields = vec![
            Field::new(FieldName::Kind, A_LINK, [A_LINK, A_FORM]),
            Field::free(FieldName::Key, key),
            lifetime(rules, Method::Put),
            Field::free(FieldName::ContentType, ""),
            Field::free(FieldName::Size, ""),
            Field::free(FieldName::Checksum, ""),
            Field::new(FieldName::Replace, YES, [YES, NO]),
            Field::free(FieldName::Headers, ""),
            Field::new(FieldName::Stable, NO, [NO, "15m", "1h", "1d"]),
            Field::free(FieldName::Note, ""),
        ];
        Self { aim: Aim::Upload(bucket), fields, at: 1, complaint: None }
    }

    /// What a field holds; empty where the form has no such field, or hides it.
    pub fn value(&self, name: FieldName) -> &str {
        self.shown().find(|field| field.name == name).map_or("", |field| field.input.value().trim())
    }

    /// The method of the link.
    pub fn method(&self) -> Method {
        match &self.aim {
            Aim::Upload(_) => {
                let kind = self.fields.iter().find(|field| field.name == FieldName::Kind);
                match kind.map_or("", |field| field.input.value()) {
                    A_FORM => Method::Post,
                    _ => Method::Put,
                }
            }
            Aim::Object(_) => {
                let chosen = self.fields.iter().find(|field| field.name == FieldName::Method);
                match chosen.map_or("", |field| field.input.value()) {
                    "HEAD" => Method::Head,
                    "DELETE" => Method::Delete,
                    _ => Method::Get,
                }
            }
        }
    }

    /// The key of the link; `None` while an upload has none that can be.
    pub fn key(&self) -> Option<Key> {
        match &self.aim {
            Aim::Object(object) => Some(object.key.clone()),
            Aim::Upload(_) => self.raw_key().and_then(|key| Key::parse(key).ok()),
        }
    }

    /// The key as it was typed: spaces at its ends are part of it.
    pub fn raw_key(&self) -> Option<&str> {
        self.fields.iter().find(|field| field.name == FieldName::Key).map(|field| field.input.value())
    }

    /// The fields that make sense with what is chosen.
    pub fn shown(&self) -> impl Iterator<Item = &Field> {
        let method = self.method();
        let arrives = self.fields.iter().find(|field| field.name == FieldName::Arrives);
        let named = arrives.is_some_and(|field| matches!(field.input.value(), arrives::AS_FILE | arrives::IN_BROWSER));
        self.fields.iter().filter(move |field| makes_sense(field.name, method, named))
    }

    /// The field that hears the keys.
    pub fn current(&mut self) -> Option<&mut Field> {
        let name = self.shown().nth(self.at)?.name;
        self.fields.iter_mut().find(|field| field.name == name)
    }

    /// Moves to another field, round at the ends.
    pub fn move_by(&mut self, by: isize) {
        let count = self.shown().count();
        let next = self.at.checked_add_signed(by).unwrap_or(count.saturating_sub(1));
        self.at = if next >= count { 0 } else { next };
    }

    /// Where the lifetime is still the usual one of the method before, it becomes that of the method now.
    pub fn follow_method(&mut self, before: Lifetime, now: Lifetime) {
        let fields = self.fields.iter_mut().filter(|field| field.name == FieldName::WorksFor);
        for field in fields.filter(|field| before != now && field.input.value() == before.to_string()) {
            field.input = Input::new(now.to_string());
        }
    }

    /// Moves to a field, where it is shown.
    pub fn move_to(&mut self, name: FieldName) {
        let at = self.shown().position(|field| field.name == name);
        self.at = at.unwrap_or(self.at);
    }
}

/// The field for the lifetime, with those that are offered as far as the rules allow them.
fn lifetime(rules: &Rules, method: Method) -> Field {
    let most = rules.ceiling.map_or(rules.longest(), |ceiling| ceiling.min(rules.longest()));
    let offered = Expiry::OFFERED.into_iter().filter(|expiry| *expiry <= most).map(|expiry| expiry.to_string());
    Field::new(FieldName::WorksFor, &rules.usual(method).to_string(), offered)
}

/// Whether a field says anything about a link of this method; `named` where a download gets a file name.
fn makes_sense(field: FieldName, method: Method, named: bool) -> bool {
    let download = method == Method::Get;
    match field {
        FieldName::Arrives => download,
        FieldName::ContentType => download || matches!(method, Method::Put | Method::Post),
        FieldName::Stable => download || method == Method::Put,
        FieldName::Checksum | FieldName::Replace | FieldName::Headers => method == Method::Put,
        FieldName::FileName => download && named,
        FieldName::Method
        | FieldName::Kind
        | FieldName::Key
        | FieldName::WorksFor
        | FieldName::Version
        | FieldName::Size
        | FieldName::Note => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> ObjectId {
        ObjectId::current(BucketName::parse("b").unwrap(), Key::parse("a/report.pdf").unwrap())
    }

    fn names(form: &LinkForm) -> Vec<FieldName> {
        form.shown().map(|field| field.name).collect()
    }

    #[test]
    fn only_fields_that_say_something_are_shown() {
        let mut form = LinkForm::to_object(object(), &Rules::default(), arrives::AS_STORED, &[]);
        assert!(!names(&form).contains(&FieldName::FileName));
        form.move_to(FieldName::Arrives);
        form.current().unwrap().choose(1);
        assert!(names(&form).contains(&FieldName::FileName));
        assert_eq!(form.value(FieldName::FileName), "report.pdf");
        form.move_to(FieldName::Method);
        form.current().unwrap().choose(1);
        assert_eq!(form.method(), Method::Head);
        let expected = [FieldName::Method, FieldName::WorksFor, FieldName::Version, FieldName::Note];
        assert_eq!(names(&form), expected);
        assert_eq!(form.value(FieldName::FileName), "", "what is hidden is not meant");
    }

    #[test]
    fn choices_go_round_and_take_over_from_what_was_typed() {
        let mut field = Field::new(FieldName::WorksFor, "90m", ["5m", "15m"]);
        field.choose(1);
        assert_eq!(field.input.value(), "5m");
        field.choose(-1);
        assert_eq!(field.input.value(), "15m");
        field.choose(1);
        assert_eq!(field.input.value(), "5m");
        let mut free = Field::free(FieldName::Note, "x");
        free.choose(1);
        assert_eq!(free.input.value(), "x");
    }

    #[test]
    fn nothing_is_offered_that_the_rules_forbid() {
        let rules = Rules { ceiling: Some(Expiry::HOUR), ..Rules::default() };
        let form = LinkForm::to_upload(BucketName::parse("b").unwrap(), "a/", &rules);
        let field = form.fields.iter().find(|field| field.name == FieldName::WorksFor).unwrap();
        assert_eq!(field.choices, ["5m", "15m", "1h"]);
    }

    #[test]
    fn moving_goes_round_among_what_is_shown() {
        let mut form = LinkForm::to_object(object(), &Rules::default(), arrives::AS_STORED, &[]);
        form.at = 0;
        form.move_by(-1);
        assert_eq!(form.at, names(&form).len() - 1);
        form.move_by(1);
        assert_eq!(form.at, 0);
    }
}

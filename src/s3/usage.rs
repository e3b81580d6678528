//! How much lies below a prefix: totals by child, storage class, age and version. It only adds up; what, others list.
//!
//! Folders are told apart on all levels, so that one can go into them without counting anew, until there are so many that
//! memory would grow with the store. Beyond that, what lies in further ones is told as that of others, never left out.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::key_page::ListedObject;
use super::name::DELIMITER;

/// So many folders are told apart on the first level, and as many below it.
const MOST_FOLDERS: usize = 50_000;

/// Folders that lie deeper are not told apart: a store may name keys that are nothing but delimiters.
const MOST_LEVELS: usize = 64;

/// So many storage classes are told apart; S3 has a dozen.
const MOST_CLASSES: usize = 32;

/// What cannot be told apart is called so.
const OTHERS: &str = "(others)";

/// Ages, up to so many days.
const AGES: [(&str, i64); 6] =
    [("1 day", 1), ("7 days", 7), ("30 days", 30), ("90 days", 90), ("1 year", 365), ("3 years", 3 * 365)];

/// Those of the table, what is older, and what has no time that can be read.
const AGE_GROUPS: usize = AGES.len() + 2;

/// Something that is counted.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its size in bytes; a delete marker has none.
    pub size: u64,
    /// When it was written.
    pub modified: Option<Timestamp>,
    /// The storage class as the store spells it; may be empty.
    pub storage_class: &'a str,
    /// What the key answers with.
    pub state: VersionState,
}

impl<'a> Item<'a> {
    /// What a listing says of an object, or of a version of it.
    pub fn of(object: &ListedObject<'a>, state: VersionState) -> Self {
        let ListedObject { key, size, modified, storage_class, .. } = *object;
        Self { key, size, modified, storage_class, state }
    }
}

/// What counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// What keys answer with now.
    Objects,
    /// All versions and delete markers.
    Versions,
}

/// What of its key's history something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionState {
    /// What the key answers with now.
    Current,
    /// What it answered with before.
    Noncurrent,
    /// The trace of a deletion.
    DeleteMarker,
}

impl VersionState {
    const ALL: [Self; 3] = [Self::Current, Self::Noncurrent, Self::DeleteMarker];

    fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Noncurrent => "noncurrent",
            Self::DeleteMarker => "delete markers",
        }
    }
}

/// What totals are told apart by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The next level.
    #[default]
    Child,
    /// The storage class.
    Class,
    /// How long ago it was written.
    Age,
    /// Whether it is what its key answers with now.
    Version,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Child, Self::Class, Self::Age, Self::Version];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Child => "child",
            Self::Class => "class",
            Self::Age => "age",
            Self::Version => "version",
        }
    }
}

/// How many levels of folders are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Levels {
    /// None.
    None,
    /// The next one.
    One,
    /// As many as there are, as far as memory goes.
    All,
}

/// Objects or versions, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many.
    pub keys: u64,
    /// Their sizes together.
    pub bytes: u64,
}

impl Tally {
    fn absorb(&mut self, other: Self) {
        self.keys += other.keys;
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    fn without(self, other: Self) -> Self {
        Self { keys: self.keys.saturating_sub(other.keys), bytes: self.bytes.saturating_sub(other.bytes) }
    }
}

/// A line of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What it stands for.
    pub stands_for: StandsFor,
    /// How much it is.
    pub tally: Tally,
}

/// What a line of a sum stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandsFor {
    /// All below a folder of the next level, whose name ends with the delimiter.
    Folder,
    /// What lies here, in no folder.
    Here,
    /// All in folders that are not told apart.
    Others,
    /// What has a storage class, an age, or a place in the history of its key.
    Trait,
}

/// Totals that grow.
#[derive(Clone, Debug)]
pub struct Usage {
    prefix_bytes: usize,
    levels: Levels,
    /// The moment that ages are told from.
    now: Timestamp,
    root: Folder,
    /// How many more folders can be told apart.
    room: Room,
    /// The storage classes that were seen; totals name them by their place here.
    classes: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
struct Room {
    first_level: usize,
    deeper: usize,
}

#[derive(Clone, Debug, Default)]
struct Folder {
    /// All below it.
    totals: Totals,
    /// What lies in it and in none of its folders.
    here: Tally,
    folders: HashMap<Box<str>, Box<Folder>>,
}

#[derive(Clone, Debug, Default)]
struct Totals {
    states: [Tally; VersionState::ALL.len()],
    ages: [Tally; AGE_GROUPS],
    classes: Vec<Tally>,
}

impl Usage {
    /// Nothing is counted yet. What will be is below `prefix`; ages are told from `now`.
    pub fn new(prefix: &str, levels: Levels, now: Timestamp) -> Self {
        let room = Room { first_level: MOST_FOLDERS, deeper: MOST_FOLDERS };
        Self { prefix_bytes: prefix.len(), levels, now, root: Folder::default(), room, classes: Vec::new() }
    }

    /// Adds what is given. It is fastest where neighbours lie in the same folder.
    pub fn add<'a>(&mut self, items: impl IntoIterator<Item = Item<'a>>) {
        // Neighbours mostly belong together, so that a folder is looked up once for all of them.
        let (mut folder, mut run) = ("", Totals::default());
        for item in items {
            let own = self.folder_of(item.key);
            if own != folder {
                self.book(folder, &run);
                (folder, run) = (own, Totals::default());
            }
            let tally = Tally { keys: 1, bytes: item.size };
            run.count(item.state, self.age(item.modified), self.class(item.storage_class), tally);
        }
        self.book(folder, &run);
    }

    /// Adds what another sum of the same place has counted.
    pub fn absorb(&mut self, other: &Self) {
        let classes: Vec<usize> = other.classes.iter().map(|name| self.class(name)).collect();
        self.root.absorb(&other.root, &classes, 0, &mut self.room);
    }

    /// All below the folder that `path` leads to, a level an item; nothing where it is not told apart.
    pub fn total(&self, path: &[String]) -> Tally {
        self.folder(path).map_or_else(Tally::default, |folder| folder.totals.all())
    }

    /// How much of what lies below the folder at `path` is what its key answers with now, what it answered with before, and
    /// traces of deletions.
    pub fn states(&self, path: &[String]) -> [Tally; 3] {
        self.folder(path).map_or_else(Default::default, |folder| folder.totals.states)
    }

    /// Whether all folders of the level below `path` are told apart.
    pub fn is_whole(&self, path: &[String]) -> bool {
        self.folder(path).is_some_and(|folder| folder.others() == Tally::default())
    }

    /// The lines of the folder that `path` leads to: the largest first, ages from young to old.
    pub fn groups(&self, path: &[String], by: By) -> Vec<Group<'_>> {
        let Some(folder) = self.folder(path) else { return Vec::new() };
        let of_trait =
            |(name, tally): (&'static str, &Tally)| Group { name, stands_for: StandsFor::Trait, tally: *tally };
        let totals = &folder.totals;
        let mut groups: Vec<Group<'_>> = match by {
            By::Child => folder.groups().collect(),
            By::Class => {
                let names = self.classes.iter().map(|name| if name.is_empty() { "(none named)" } else { name });
                let group = |(name, tally): (_, &Tally)| Group { name, stands_for: StandsFor::Trait, tally: *tally };
                names.zip(&totals.classes).map(group).collect()
            }
            By::Age => {
                let names = AGES.iter().map(|(name, _)| *name).chain(["older", "unknown"]);
                names.zip(&totals.ages).map(of_trait).collect()
            }
            By::Version => {
                VersionState::ALL.map(VersionState::name).into_iter().zip(&totals.states).map(of_trait).collect()
            }
        };
        groups.retain(|group| group.tally.keys > 0);
        match by {
            By::Child | By::Class => {
                groups.sort_unstable_by(|a, b| b.tally.bytes.cmp(&a.tally.bytes).then_with(|| a.name.cmp(b.name)));
            }
            By::Age | By::Version => {}
        }
        groups
    }

    fn folder(&self, path: &[String]) -> Option<&Folder> {
        path.iter().try_fold(&self.root, |folder, name| folder.folders.get(name.as_str()).map(|folder| &**folder))
    }

    /// The folder below the prefix that a key lies in, with its delimiter.
    fn folder_of<'a>(&self, key: &'a str) -> &'a str {
        let rest = key.get(self.prefix_bytes..).unwrap_or_default();
        let end = match self.levels {
            Levels::None => None,
            Levels::One => rest.find(DELIMITER),
            Levels::All => rest.rfind(DELIMITER),
        };
        end.and_then(|end| rest.get(..=end)).unwrap_or_default()
    }

    fn age(&self, modified: Option<Timestamp>) -> usize {
        let Some(modified) = modified else { return AGES.len() + 1 };
        let days = (self.now.as_second() - modified.as_second()).max(0) / 86_400;
        AGES.iter().position(|(_, most)| days < *most).unwrap_or(AGES.len())
    }

    fn class(&mut self, name: &str) -> usize {
        let name = match self.classes.iter().position(|class| class == name) {
            Some(at) => return at,
            None if self.classes.len() < MOST_CLASSES => name,
            None => OTHERS,
        };
        self.classes.iter().position(|class| class == name).unwrap_or_else(|| {
            self.classes.push(name.to_owned());
            self.classes.len() - 1
        })
    }

    fn book(&mut self, path: &str, run: &Totals) {
        let mut folder = &mut self.root;
        folder.totals.absorb(run, None);
        for (level, name) in path.split_inclusive(DELIMITER).enumerate() {
            let Some(next) = folder.enter(name, level, &mut self.room) else { return };
            folder = next;
            folder.totals.absorb(run, None);
        }
        folder.here.absorb(run.all());
    }
}

impl Folder {
    /// The folder `name` in this one; none where no more can be told apart.
    fn enter(&mut self, name: &str, level: usize, room: &mut Room) -> Option<&mut Self> {
        if !self.folders.contains_key(name) {
            let room = if level == 0 { &mut room.first_level } else { &mut room.deeper };
            if *room == 0 || level >= MOST_LEVELS {
                return None;
            }
            *room -= 1;
            self.folders.insert(name.into(), Box::default());
        }
        self.folders.get_mut(name).map(|folder| &mut **folder)
    }

    /// Adds the same folder of another sum, whose storage classes are called `classes` here.
    fn absorb(&mut self, other: &Self, classes: &[usize], level: usize, room: &mut Room) {
        self.totals.absorb(&other.totals, Some(classes));
        self.here.absorb(other.here);
        for (name, folder) in &other.folders {
            if let Some(own) = self.enter(name, level, room) {
                own.absorb(folder, classes, level + 1, room);
            }
        }
    }

    fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        let folders = self.folders.iter().map(|(name, folder)| Group {
            name,
            stands_for: StandsFor::Folder,
            tally: folder.totals.all(),
        });
        let here = Group { name: ".", stands_for: StandsFor::Here, tally: self.here };
        let others = Group { name: OTHERS, stands_for: StandsFor::Others, tally: self.others() };
        folders.chain([here, others])
    }

    /// What lies in folders that are not told apart.
    fn others(&self) -> Tally {
        let known = self.folders.values().map(|folder| folder.totals.all());
        known.chain([self.here]).fold(self.totals.all(), Tally::without)
    }
}

impl Totals {
    fn count(&mut self, state: VersionState, age: usize, class: usize, tally: Tally) {
        if self.classes.len() <= class {
            self.classes.resize(class + 1, Tally::default());
        }
        let counted = [self.states.get_mut(state as usize), self.ages.get_mut(age), self.classes.get_mut(class)];
        for counted in counted.into_iter().flatten() {
            counted.absorb(tally);
        }
    }

    /// Adds others, whose classes lie at `classes` here, or at the same places.
    fn absorb(&mut self, other: &Self, classes: Option<&[usize]>) {
        for (own, other) in self.states.iter_mut().zip(other.states).chain(self.ages.iter_mut().zip(other.ages)) {
            own.absorb(other);
        }
        for (at, tally) in other.classes.iter().enumerate() {
            let at = classes.map_or(at, |classes| classes.get(at).copied().unwrap_or(at));
            if self.classes.len() <= at {
                self.classes.resize(at + 1, Tally::default());
            }
            if let Some(own) = self.classes.get_mut(at) {
                own.absorb(*tally);
            }
        }
    }

    fn all(&self) -> Tally {
        let mut all = Tally::default();
        for tally in self.states {
            all.absorb(tally);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 2_000_000_000;

    fn empty(levels: Levels) -> Usage {
        Usage::new("p/", levels, Timestamp::from_second(NOW).unwrap())
    }

    fn item(key: &str, size: u64) -> Item<'_> {
        Item { key, size, modified: None, storage_class: "STANDARD", state: VersionState::Current }
    }

    /// Key, size, class, and how many days old.
    const OBJECTS: &[(&str, u64, &str, i64)] = &[
        ("p/a/1", 5, "STANDARD", 0),
        ("p/a/b/2", 6, "GLACIER", 400),
        ("p/b\n/", 100, "STANDARD", 8),
        ("p/x", 1, "", 3),
    ];

    fn usage(levels: Levels) -> Usage {
        let mut usage = empty(levels);
        usage.add(OBJECTS.iter().map(|(key, size, storage_class, days)| Item {
            modified: Timestamp::from_second(NOW - days * 86_400).ok(),
            storage_class,
            ..item(key, *size)
        }));
        usage
    }

    fn told(usage: &Usage, path: &[&str], by: By) -> Vec<(String, u64, u64)> {
        let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        let groups = usage.groups(&path, by).into_iter();
        groups.map(|group| (group.name.to_owned(), group.tally.bytes, group.tally.keys)).collect()
    }

    fn line(name: &str, bytes: u64, keys: u64) -> (String, u64, u64) {
        (name.to_owned(), bytes, keys)
    }

    #[test]
    fn children_classes_and_ages_are_added_up() {
        for levels in [Levels::One, Levels::All] {
            let children = [line("b\n/", 100, 1), line("a/", 11, 2), line(".", 1, 1)];
            assert_eq!(told(&usage(levels), &[], By::Child), children);
        }
        let usage = usage(Levels::None);
        let classes = [line("STANDARD", 105, 2), line("GLACIER", 6, 1), line("(none named)", 1, 1)];
        assert_eq!(told(&usage, &[], By::Class), classes);
        let ages = [line("1 day", 5, 1), line("7 days", 1, 1), line("30 days", 100, 1), line("3 years", 6, 1)];
        assert_eq!(told(&usage, &[], By::Age), ages);
        assert_eq!(usage.total(&[]), Tally { keys: 4, bytes: 112 });
    }

    #[test]
    fn a_folder_that_was_counted_can_be_entered() {
        let usage = usage(Levels::All);
        assert_eq!(told(&usage, &["a/"], By::Child), [line("b/", 6, 1), line(".", 5, 1)]);
        assert_eq!(told(&usage, &["a/", "b/"], By::Class), [line("GLACIER", 6, 1)]);
        assert!(usage.is_whole(&["a/".to_owned()]));
        assert!(told(&usage, &["nowhere/"], By::Child).is_empty());
    }

    #[test]
    fn versions_are_told_apart() {
        let mut usage = empty(Levels::None);
        let states =
            [VersionState::Current, VersionState::Noncurrent, VersionState::Noncurrent, VersionState::DeleteMarker];
        usage.add(
            states.map(|state| Item { state, ..item("p/k", if state == VersionState::DeleteMarker { 0 } else { 7 }) }),
        );
        let versions = [line("current", 7, 1), line("noncurrent", 14, 2), line("delete markers", 0, 1)];
        assert_eq!(told(&usage, &[], By::Version), versions);
    }

    #[test]
    fn folders_that_are_too_many_are_told_as_others_and_never_left_out() {
        let mut usage = empty(Levels::All);
        let keys: Vec<String> = (0..MOST_FOLDERS + 3).map(|at| format!("p/{at}/deep/x")).collect();
        usage.add(keys.iter().map(|key| item(key, 1)));
        let groups = usage.groups(&[], By::Child);
        assert_eq!(groups.len(), MOST_FOLDERS + 1);
        assert_eq!((groups[0].stands_for, groups[0].tally.keys), (StandsFor::Others, 3));
        assert!(!usage.is_whole(&[]));
        let deepest = format!("p/{}", "/".repeat(100_000));
        usage.add([item(&deepest, 1)]);
        assert_eq!(usage.total(&["/".to_owned()]).keys, 0, "there is no room for it");
        assert_eq!(usage.total(&[]).keys, MOST_FOLDERS as u64 + 4);
    }

    #[test]
    fn a_key_that_is_nothing_but_delimiters_is_counted() {
        let mut usage = empty(Levels::All);
        let deepest = format!("p/{}", "/".repeat(100_000));
        usage.add([item(&deepest, 1)]);
        let mut path = vec!["/".to_owned(); MOST_LEVELS];
        assert_eq!(usage.groups(&path, By::Child)[0].stands_for, StandsFor::Others);
        path.push("/".to_owned());
        assert_eq!(usage.total(&path).keys, 0);
    }

    proptest! {
        #[test]
        fn sums_of_parts_are_the_sum_of_the_whole(
            objects in prop::collection::vec(("[ab/]{0,6}", 0u64..100, "[XY]?", 0usize..3), 0..40),
            cut in 0usize..40,
        ) {
            let keys: Vec<String> = objects.iter().map(|(key, ..)| format!("p/{key}")).collect();
            let items: Vec<Item<'_>> = objects.iter().zip(&keys).map(|((_, size, storage_class, state), key)| {
                Item { storage_class, state: VersionState::ALL[*state], ..item(key, *size) }
            }).collect();
            let cut = cut.min(items.len());
            let mut whole = empty(Levels::All);
            whole.add(items.iter().copied());
            let (mut first, mut second) = (empty(Levels::All), empty(Levels::All));
            second.add(items[cut..].iter().copied());
            first.add(items[..cut].iter().copied());
            second.absorb(&first);
            for by in By::ALL {
                prop_assert_eq!(told(&whole, &[], by), told(&second, &[], by));
                prop_assert_eq!(told(&whole, &["a/"], by), told(&second, &["a/"], by));
            }
            prop_assert_eq!(whole.total(&[]).keys, items.len() as u64);
            prop_assert!(whole.is_whole(&[]));
        }
    }
}

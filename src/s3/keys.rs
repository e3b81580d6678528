//! Millions of rows of a listing in little memory: what a name shares with the one before it is not written again.
//!
//! Rows lie in blocks. The first of a block is whole, so that any row is read by going through one block; each other one
//! holds how much it shares with the row before, and the rest. Sizes and times are as long as they need to be. Entity tags
//! are not kept: they are half of what a row would take.

use std::ops::ControlFlow;

use jiff::Timestamp;

use super::key_page::{Listed, ListedObject};

/// Rows in a block: more take less memory and longer to be read.
const BLOCK: usize = 16;

/// Rows in the order in which they were added, which should be that of their names: then they take the least memory, and
/// [`Keys::find`] works.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    rows: Vec<u8>,
    /// Where each block begins in `rows`.
    blocks: Vec<usize>,
    len: usize,
    /// The row that was added last.
    last: Place,
    /// The few storage classes that rows name by their place here.
    classes: Vec<String>,
}

/// What the next row is told by: the name and the time, in milliseconds, of the one before.
#[derive(Clone, Debug, Default)]
struct Place {
    name: String,
    time: i64,
}

impl Keys {
    /// Adds a row at the end. Times are kept to the millisecond.
    pub fn push(&mut self, row: Listed<'_>) {
        if self.len.is_multiple_of(BLOCK) {
            self.blocks.push(self.rows.len());
            self.last = Place::default();
        }
        let name = row.name();
        let shared = shared(&self.last.name, name);
        let rest = name.get(shared..).unwrap_or_default();
        self.write(shared as u64);
        self.write(rest.len() as u64);
        self.rows.extend_from_slice(rest.as_bytes());
        match row {
            Listed::Prefix(_) => self.write(0),
            Listed::Object(object) => {
                let class = self.class(object.storage_class);
                self.write(class + 1);
                self.write(object.size);
                let time = object.modified.map(|at| at.as_millisecond());
                self.write(time.map_or(0, |time| 1 + folded(time - self.last.time)));
                self.last.time = time.unwrap_or(self.last.time);
            }
        }
        self.last.name.truncate(shared);
        self.last.name.push_str(rest);
        self.len += 1;
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Row `at`, with its name in `room`.
    pub fn get<'a>(&'a self, at: usize, room: &'a mut String) -> Option<Listed<'a>> {
        let mut reading = Reading::at(self, at)?;
        let shape = reading.next()?;
        *room = reading.place.name;
        Some(shape.row(room))
    }

    /// Shows the rows from `from` on, until there are no more or `visit` has seen enough.
    pub fn walk(&self, from: usize, mut visit: impl FnMut(usize, Listed<'_>) -> ControlFlow<()>) {
        let Some(mut reading) = Reading::at(self, from) else { return };
        for at in from..self.len {
            let Some(shape) = reading.next() else { return };
            if visit(at, shape.row(&reading.place.name)).is_break() {
                return;
            }
        }
    }

    /// The first row whose name is not before `name`; the number of rows where there is none.
    pub fn find(&self, name: &str) -> usize {
        let mut room = String::new();
        let mut is_before = |block: usize| self.get(block * BLOCK, &mut room).is_some_and(|row| row.name() < name);
        let (mut low, mut high) = (0, self.blocks.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let mut found = self.len;
        self.walk(low.saturating_sub(1) * BLOCK, |at, row| {
            if row.name() < name {
                return ControlFlow::Continue(());
            }
            found = at;
            ControlFlow::Break(())
        });
        found
    }

    /// Memory that they take, in bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.rows.capacity() + self.blocks.capacity() * size_of::<usize>()
    }

    /// Gives back memory that was set aside for rows to come.
    pub fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        self.blocks.shrink_to_fit();
    }

    fn class(&mut self, name: &str) -> u64 {
        let at = self.classes.iter().position(|class| class == name).unwrap_or_else(|| {
            self.classes.push(name.to_owned());
            self.classes.len() - 1
        });
        at as u64
    }

    /// Seven bits a byte, the lowest first, as LEB128 has it.
    fn write(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.rows.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.rows.push(number as u8);
    }
}

/// Rows that are read one after the other.
struct Reading<'a> {
    keys: &'a Keys,
    rest: &'a [u8],
    /// The row to be read next.
    at: usize,
    place: Place,
}

/// A row without its name.
enum Shape<'a> {
    Prefix,
    Object { size: u64, modified: Option<Timestamp>, storage_class: &'a str },
}

impl<'a> Reading<'a> {
    fn at(keys: &'a Keys, at: usize) -> Option<Self> {
        if at >= keys.len {
            return None;
        }
        let rest = keys.rows.get(*keys.blocks.get(at / BLOCK)?..)?;
        let mut reading = Self { keys, rest, at: at - at % BLOCK, place: Place::default() };
        while reading.at < at {
            reading.next()?;
        }
        Some(reading)
    }

    fn next(&mut self) -> Option<Shape<'a>> {
        if self.at.is_multiple_of(BLOCK) {
            self.place = Place::default();
        }
        self.at += 1;
        let shared = self.number()? as usize;
        let len = self.number()? as usize;
        let (rest, after) = self.rest.split_at_checked(len)?;
        self.rest = after;
        self.place.name.truncate(shared);
        self.place.name.push_str(std::str::from_utf8(rest).ok()?);
        let Some(class) = (self.number()? as usize).checked_sub(1) else { return Some(Shape::Prefix) };
        let size = self.number()?;
        let modified = match self.number()?.checked_sub(1) {
            None => None,
            Some(step) => {
                self.place.time += unfolded(step);
                Timestamp::from_millisecond(self.place.time).ok()
            }
        };
        let storage_class = self.keys.classes.get(class).map_or("", String::as_str);
        Some(Shape::Object { size, modified, storage_class })
    }

    fn number(&mut self) -> Option<u64> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
            shift += 7;
        }
    }
}

impl<'a> Shape<'a> {
    fn row(self, name: &'a str) -> Listed<'a> {
        match self {
            Self::Prefix => Listed::Prefix(name),
            Self::Object { size, modified, storage_class } => {
                Listed::Object(ListedObject { key: name, size, modified, etag: "", storage_class })
            }
        }
    }
}

/// How many bytes two names have in common, in whole characters.
fn shared(a: &str, b: &str) -> usize {
    let mut shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    while !a.is_char_boundary(shared) {
        shared -= 1;
    }
    shared
}

/// Small numbers of either sign as small numbers.
fn folded(number: i64) -> u64 {
    (number.wrapping_shl(1) ^ (number >> 63)).cast_unsigned()
}

fn unfolded(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Row {
        name: String,
        object: Option<(u64, Option<i64>, String)>,
    }

    impl Row {
        fn listed(&self) -> Listed<'_> {
            match &self.object {
                None => Listed::Prefix(&self.name),
                Some((size, time, storage_class)) => {
                    let modified = time.map(|time| Timestamp::from_millisecond(time).unwrap());
                    Listed::Object(ListedObject { key: &self.name, size: *size, modified, etag: "", storage_class })
                }
            }
        }
    }

    fn row() -> impl Strategy<Value = Row> {
        let name = prop_oneof!["[ab/é🦀]{0,8}", "shared/start/[0-9]{1,3}", any::<String>()];
        let time = prop::option::of(-2_000_000_000_000..4_000_000_000_000_i64);
        let class = prop::sample::select(vec!["", "STANDARD", "GLACIER"]).prop_map(str::to_owned);
        (name, prop::option::of((any::<u64>(), time, class))).prop_map(|(name, object)| Row { name, object })
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_went_in_from_anywhere(
            mut rows in prop::collection::vec(row(), 0..80), sorted in any::<bool>(), from in 0..80_usize,
        ) {
            if sorted {
                rows.sort_by(|a, b| a.name.cmp(&b.name));
            }
            let mut keys = Keys::default();
            rows.iter().for_each(|row| keys.push(row.listed()));
            prop_assert_eq!(keys.len(), rows.len());
            let mut room = String::new();
            for (at, row) in rows.iter().enumerate() {
                prop_assert_eq!(keys.get(at, &mut room), Some(row.listed()));
            }
            prop_assert_eq!(keys.get(rows.len(), &mut room), None);
            let mut seen = from;
            keys.walk(from, |at, row| {
                assert_eq!((at, row), (seen, rows[at].listed()));
                seen += 1;
                ControlFlow::Continue(())
            });
            prop_assert_eq!(seen, rows.len().max(from));
        }

        #[test]
        fn a_name_is_found_where_it_is_or_would_be(
            names in prop::collection::btree_set("[ab/]{1,6}", 0..80), sought in "[ab/]{0,6}",
        ) {
            let mut keys = Keys::default();
            names.iter().for_each(|name| keys.push(Listed::Prefix(name)));
            prop_assert_eq!(keys.find(&sought), names.iter().filter(|name| **name < sought).count());
        }
    }

    #[test]
    fn a_key_of_an_ordinary_bucket_takes_less_than_64_bytes() {
        let start = Timestamp::from_second(1_767_000_000).unwrap().as_millisecond();
        let hashed = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let ordinary: [&dyn Fn(u64) -> String; 3] = [
            &|at| format!("invoices/2026/{:02}/invoice-{at:08}.pdf", at / 900),
            &|at| format!("uploads/{:016x}{:016x}.jpg", at << 50, hashed(at)),
            &|at| format!("logs/2026/01/{:02}/host-{:02}/{:08}.log.gz", at / 400, at % 400 / 20, at),
        ];
        for name in ordinary {
            let mut keys = Keys::default();
            let mut names = 0;
            for at in 0..10_000 {
                let modified = Timestamp::from_millisecond(start + (hashed(at) % 2_592_000_000) as i64).ok();
                let key = &name(at);
                names += key.len();
                keys.push(Listed::Object(ListedObject {
                    key,
                    size: hashed(at) % 50_000_000,
                    modified,
                    etag: "",
                    storage_class: "STANDARD",
                }));
            }
            keys.shrink();
            let each = keys.bytes() / keys.len();
            assert!(each <= 48, "{each} bytes a key; the names alone have {}", names / keys.len());
        }
    }
}

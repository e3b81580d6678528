//! Millions of rows of a listing in little memory: what a name shares with the one before it is not written again.
//!
//! Rows lie in blocks. The first of a block is whole, so that any row is read by going through one block; each other one
//! holds how much it shares with the row before, and the rest. Sizes and times are as long as they need to be. Entity tags
//! are not kept: they are half of what a row would take. Blocks lie in chunks that never change once they are full, so that
//! a clone shares them and costs next to nothing.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::Timestamp;

use super::key_page::{Listed, ListedObject};

/// Rows in a block: more take less memory and longer to be read.
const BLOCK: usize = 16;

/// Rows in a chunk: so much is copied at most when rows are added while a clone is about.
const CHUNK: usize = 256 * BLOCK;

/// Rows in the order in which they were added, which should be that of their names: then they take the least memory, and
/// [`Keys::find`] is fast.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Each but the last has [`CHUNK`] rows.
    chunks: Vec<Arc<Chunk>>,
    len: usize,
    /// Memory of all chunks but the last, in bytes.
    full: usize,
    /// The row that was added last.
    last: Place,
    /// The few storage classes that rows name by their place here.
    classes: Vec<String>,
    /// Whether a row came whose name is before that of the one before it.
    is_mixed: bool,
}

#[derive(Clone, Default, PartialEq, Eq)]
struct Chunk {
    rows: Vec<u8>,
    /// Where each block begins in `rows`.
    blocks: Vec<u32>,
}

/// What the next row is told by: the name and the time, in milliseconds, of the one before.
#[derive(Clone, Default, PartialEq, Eq)]
struct Place {
    name: String,
    time: i64,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({} rows)", self.len)
    }
}

impl Keys {
    /// Adds a row at the end. Times are kept to the millisecond.
    pub fn push(&mut self, row: Listed<'_>) {
        let name = row.name();
        self.is_mixed |= *self.last.name > *name;
        let class = match row {
            Listed::Prefix(_) => 0,
            Listed::Object(object) => 1 + self.class(object.storage_class),
        };
        if self.len.is_multiple_of(CHUNK) {
            self.shrink();
            self.full += self.chunks.last().map_or(0, |chunk| chunk.bytes());
            self.chunks.push(Arc::default());
        }
        let Some(chunk) = self.chunks.last_mut().map(Arc::make_mut) else { return };
        let mut shared = shared(&self.last.name, name);
        if self.len.is_multiple_of(BLOCK) {
            // A chunk has far less than 4 GB: a name has 1,024 bytes at most.
            chunk.blocks.push(u32::try_from(chunk.rows.len()).unwrap_or(u32::MAX));
            (shared, self.last.time) = (0, 0);
        }
        let rest = name.get(shared..).unwrap_or_default();
        write(&mut chunk.rows, shared as u64);
        write(&mut chunk.rows, rest.len() as u64);
        chunk.rows.extend_from_slice(rest.as_bytes());
        write(&mut chunk.rows, class);
        if let Listed::Object(object) = row {
            write(&mut chunk.rows, object.size);
            let time = object.modified.map(|at| at.as_millisecond());
            write(&mut chunk.rows, time.map_or(0, |time| 1 + folded(time - self.last.time)));
            self.last.time = time.unwrap_or(self.last.time);
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

    /// The name of the row that was added last.
    pub fn last_name(&self) -> Option<&str> {
        (!self.is_empty()).then_some(&self.last.name)
    }

    /// Whether the store keeps an order, as far as the rows tell.
    pub fn are_ordered(&self) -> bool {
        !self.is_mixed
    }

    /// Whether the order of names has come to this one or passed it; never where the store keeps no order.
    pub fn reach(&self, name: &str) -> bool {
        !self.is_mixed && self.last_name().is_some_and(|last| last >= name)
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

    /// The first row with this name, or behind it where none has it; the number of rows where there is none. Where the
    /// store keeps no order, only a row with this very name.
    pub fn find(&self, name: &str) -> usize {
        let mut found = self.len;
        self.walk(self.before(name), |at, row| {
            let is_found = if self.is_mixed { row.name() == name } else { row.name() >= name };
            if is_found {
                found = at;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        found
    }

    /// Where to begin to look for a name: less than a block before it.
    fn before(&self, name: &str) -> usize {
        if self.is_mixed {
            return 0;
        }
        let chunk = self.chunks.partition_point(|chunk| chunk.first(0).is_some_and(|first| first < name.as_bytes()));
        let at = chunk.saturating_sub(1);
        let Some(chunk) = self.chunks.get(at) else { return 0 };
        let is_before = |begin: &u32| chunk.first(*begin as usize).is_some_and(|first| first < name.as_bytes());
        at * CHUNK + chunk.blocks.partition_point(is_before).saturating_sub(1) * BLOCK
    }

    /// Memory that they take, in bytes, whether or not clones share it.
    pub fn bytes(&self) -> usize {
        let last = self.chunks.last().map_or(0, |chunk| chunk.bytes());
        size_of::<Self>() + self.chunks.capacity() * size_of::<Arc<Chunk>>() + self.full + last
    }

    /// Gives back memory that was set aside for rows to come.
    pub fn shrink(&mut self) {
        if let Some(chunk) = self.chunks.last_mut().and_then(Arc::get_mut) {
            chunk.rows.shrink_to_fit();
            chunk.blocks.shrink_to_fit();
        }
    }

    fn class(&mut self, name: &str) -> u64 {
        let at = self.classes.iter().position(|class| class == name).unwrap_or_else(|| {
            self.classes.push(name.to_owned());
            self.classes.len() - 1
        });
        at as u64
    }
}

impl Chunk {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.rows.capacity() + self.blocks.capacity() * size_of::<u32>()
    }

    /// The name of the first row of the block that begins at `begin`.
    fn first(&self, begin: usize) -> Option<&[u8]> {
        let mut rest = self.rows.get(begin..)?;
        let _shared = number(&mut rest)?;
        let len = number(&mut rest)? as usize;
        rest.get(..len)
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
    /// With the time in milliseconds.
    Object {
        size: u64,
        modified: Option<i64>,
        storage_class: &'a str,
    },
}

impl<'a> Reading<'a> {
    fn at(keys: &'a Keys, at: usize) -> Option<Self> {
        if at >= keys.len {
            return None;
        }
        let chunk = keys.chunks.get(at / CHUNK)?;
        let rest = chunk.rows.get(*chunk.blocks.get(at % CHUNK / BLOCK)? as usize..)?;
        let mut reading = Self { keys, rest, at: at - at % BLOCK, place: Place::default() };
        while reading.at < at {
            reading.next()?;
        }
        Some(reading)
    }

    fn next(&mut self) -> Option<Shape<'a>> {
        if self.at.is_multiple_of(CHUNK) {
            self.rest = &self.keys.chunks.get(self.at / CHUNK)?.rows;
        }
        if self.at.is_multiple_of(BLOCK) {
            self.place.time = 0;
        }
        self.at += 1;
        let shared = number(&mut self.rest)? as usize;
        let len = number(&mut self.rest)? as usize;
        let (rest, after) = self.rest.split_at_checked(len)?;
        self.rest = after;
        self.place.name.truncate(shared);
        self.place.name.push_str(std::str::from_utf8(rest).ok()?);
        let Some(class) = (number(&mut self.rest)? as usize).checked_sub(1) else { return Some(Shape::Prefix) };
        let size = number(&mut self.rest)?;
        let modified = match number(&mut self.rest)?.checked_sub(1) {
            None => None,
            Some(step) => {
                self.place.time += unfolded(step);
                Some(self.place.time)
            }
        };
        let storage_class = self.keys.classes.get(class).map_or("", String::as_str);
        Some(Shape::Object { size, modified, storage_class })
    }
}

impl<'a> Shape<'a> {
    fn row(self, name: &'a str) -> Listed<'a> {
        match self {
            Self::Prefix => Listed::Prefix(name),
            Self::Object { size, modified, storage_class } => {
                let modified = modified.and_then(|time| Timestamp::from_millisecond(time).ok());
                Listed::Object(ListedObject { key: name, size, modified, etag: "", storage_class })
            }
        }
    }
}

/// Seven bits a byte, the lowest first, as LEB128 has it.
fn write(rows: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        rows.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    rows.push(number as u8);
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
        shift += 7;
    }
}

/// How many bytes two names have in common, in whole characters.
fn shared(a: &str, b: &str) -> usize {
    let mut shared = shared_bytes(a, b);
    while !a.is_char_boundary(shared) {
        shared -= 1;
    }
    shared
}

/// How many bytes two names have in common, and be it half of a character.
pub fn shared_bytes(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
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
            before in 0..2 * CHUNK,
        ) {
            // Rows on both sides of the seam between two chunks.
            let from = from + before;
            rows.splice(0..0, (0..before).map(|_| Row { name: String::new(), object: None }));
            if sorted {
                rows.sort_by(|a, b| a.name.cmp(&b.name));
            }
            let mut keys = Keys::default();
            rows.iter().for_each(|row| keys.push(row.listed()));
            prop_assert_eq!(keys.len(), rows.len());
            let mut room = String::new();
            for (at, row) in rows.iter().enumerate().skip(before) {
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
            names in prop::collection::btree_set("[ab/]{1,6}", 0..80), sought in "[ab/]{0,6}", mixed in any::<bool>(),
        ) {
            let mut keys = Keys::default();
            let mut names: Vec<String> = names.into_iter().collect();
            if mixed {
                names.reverse();
            }
            names.iter().for_each(|name| keys.push(Listed::Prefix(name)));
            let expected = match mixed && names.len() > 1 {
                true => names.iter().position(|name| *name == sought).unwrap_or(names.len()),
                false => names.iter().filter(|name| **name < sought).count(),
            };
            prop_assert_eq!(keys.find(&sought), expected);
        }
    }

    #[test]
    fn a_name_is_found_among_many_chunks_and_a_clone_keeps_what_it_had() {
        let mut keys = Keys::default();
        let name = |at: usize| format!("{at:09}");
        (0..3 * CHUNK + 5).for_each(|at| keys.push(Listed::Prefix(&name(at))));
        let clone = keys.clone();
        keys.push(Listed::Prefix("a"));
        for at in [0, 1, BLOCK, CHUNK - 1, CHUNK, 2 * CHUNK + 7, 3 * CHUNK + 4] {
            assert_eq!(keys.find(&name(at)), at);
            assert_eq!(keys.find(&format!("{}!", name(at))), at + 1);
        }
        assert_eq!((clone.len(), clone.last_name()), (3 * CHUNK + 5, Some(&*name(3 * CHUNK + 4))));
        assert_eq!((keys.len(), keys.find("a")), (3 * CHUNK + 6, 3 * CHUNK + 5));
        assert_eq!(clone.find("a"), clone.len());
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

//! What a Parquet file says of itself at its end: its columns, and where each stretch of them lies.

use super::MAGIC;
use super::column::{Codec, Kind, Lay, Unit};
use super::thrift::{self, Reader, Unread};

/// The last bytes of a file: how long its footer is, and [`MAGIC`].
pub const TAIL: u64 = 8;

/// The longest footer that is read, in bytes. One takes some hundred for each column of each row group.
pub const MOST_FOOTER: u64 = 16 << 20;

/// No table has more columns, and no file more stretches of them: a byte of the footer is enough to name one.
const MOST_COLUMNS: usize = 1_000;
const MOST_CHUNKS: usize = 100_000;

/// A file, as it is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footer {
    columns: Vec<Column>,
    groups: Vec<Group>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    name: Vec<u8>,
    physical: Option<i64>,
    repetition: i64,
    children: i64,
    unit: Unit,
}

/// Rows that lie together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    rows: i64,
    chunks: Vec<Chunk>,
}

/// A column of such rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Chunk {
    /// The names of the levels that it lies in, and its own, with dots between.
    path: Vec<u8>,
    codec: i64,
    values: i64,
    length: i64,
    data: i64,
    dictionary: i64,
    is_elsewhere: bool,
}

/// How many bytes before the end of a file its footer begins, [`TAIL`] included; `end` is at least [`TAIL`] bytes. The error
/// is a phrase that completes "the file …".
pub fn length(end: &[u8], size: u64) -> Result<u64, String> {
    let tail = end.last_chunk::<8>().filter(|tail| tail.ends_with(MAGIC));
    let [a, b, c, d, ..] = tail.ok_or("is not Parquet, or not whole")?;
    let length = u64::from(u32::from_le_bytes([*a, *b, *c, *d])) + TAIL;
    match length {
        length if length > size => Err("says that its footer is longer than itself".to_owned()),
        length if length > MOST_FOOTER => Err("has a footer that is too long".to_owned()),
        length => Ok(length),
    }
}

impl Footer {
    /// Reads the footer, without [`TAIL`]. The error is a phrase that completes "the file …".
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut footer = Self { columns: Vec::new(), groups: Vec::new() };
        let (mut is_encrypted, mut chunks) = (false, 0);
        let read = Reader::new(bytes).fields(|reader, number, kind| match number {
            2 => reader.list(kind, |reader, kind| {
                let mut column =
                    Column { name: Vec::new(), physical: None, repetition: 0, children: 0, unit: Unit::Millis };
                reader.inner(kind, |reader, number, kind| column.read(reader, number, kind))?;
                push(&mut footer.columns, column, MOST_COLUMNS)
            }),
            4 => reader.list(kind, |reader, kind| {
                let mut group = Group::default();
                reader.inner(kind, |reader, number, kind| group.read(reader, number, kind, &mut chunks))?;
                push(&mut footer.groups, group, MOST_CHUNKS)
            }),
            8 => {
                is_encrypted = true;
                reader.pass(kind)
            }
            _ => reader.pass(kind),
        });
        read.map_err(|_| "has a footer that makes no sense".to_owned())?;
        match (is_encrypted, footer.columns.split_first()) {
            (true, _) => Err("is encrypted".to_owned()),
            (false, None) => Err("has no columns".to_owned()),
            (false, Some((_, columns))) if columns.iter().any(|column| column.children != 0) => {
                Err("has columns within columns, and no inventory has".to_owned())
            }
            (false, Some((_, columns))) => Ok(Self { columns: columns.to_vec(), ..footer }),
        }
    }

    /// How many row groups there are.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Where a column of a row group lies, in a file of `size` bytes; `None` where the file has no such column. The error is a
    /// phrase that completes "the file …".
    pub fn lay(&self, group: usize, name: &str, size: u64) -> Result<Option<Lay>, String> {
        let Some(column) = self.columns.iter().find(|column| column.name == name.as_bytes()) else { return Ok(None) };
        let Some(group) = self.groups.get(group) else { return Ok(None) };
        let is_it = |chunk: &&Chunk| chunk.path == name.as_bytes();
        let refused = |why: &str| format!("has a column `{name}` {why}");
        let chunk = group.chunks.iter().find(is_it).ok_or_else(|| refused("without values"))?;
        if chunk.is_elsewhere {
            return Err(refused("that lies in another file"));
        }
        if chunk.values != group.rows {
            return Err(refused("with more or fewer values than rows"));
        }
        let first = if chunk.dictionary > 0 { chunk.dictionary.min(chunk.data) } else { chunk.data };
        let (from, length, rows) = (u64::try_from(first), u64::try_from(chunk.length), u64::try_from(chunk.values));
        let (Ok(from), Ok(length), Ok(rows)) = (from, length, rows) else { return Err(refused("of negative size")) };
        if from.checked_add(length).is_none_or(|end| end > size) {
            return Err(refused("that lies beyond its end"));
        }
        let kind = match column.physical {
            Some(0) => Kind::YesOrNo,
            Some(2) => Kind::Number,
            Some(6) => Kind::Text,
            _ => return Err(refused("that is neither text nor a number of 64 bits")),
        };
        let is_optional = match column.repetition {
            0 => false,
            1 => true,
            _ => return Err(refused("with several values a row")),
        };
        let codec = match chunk.codec {
            0 => Codec::None,
            1 => Codec::Snappy,
            2 => Codec::Gzip,
            other => {
                let name = ["LZO", "Brotli", "LZ4", "Zstandard", "LZ4"].get(usize::try_from(other - 3).unwrap_or(9));
                let name = name.copied().unwrap_or("something unknown");
                return Err(format!("is compressed with {name}, and daypass reads Snappy and gzip"));
            }
        };
        Ok(Some(Lay { from, length, rows, kind, is_optional, codec, unit: column.unit }))
    }
}

impl Column {
    fn read(&mut self, reader: &mut Reader<'_>, number: i64, kind: thrift::Kind) -> Result<(), Unread> {
        match number {
            1 => self.physical = Some(reader.number(kind)?),
            3 => self.repetition = reader.number(kind)?,
            4 => self.name = reader.bytes(kind)?.to_vec(),
            5 => self.children = reader.number(kind)?,
            // The older way to say what a number means, and the newer one.
            6 => {
                if reader.number(kind)? == 10 {
                    self.unit = Unit::Micros;
                }
            }
            10 => reader.inner(kind, |reader, logical, kind| match logical {
                8 => reader.inner(kind, |reader, number, kind| match number {
                    2 => reader.inner(kind, |reader, unit, kind| {
                        self.unit = match unit {
                            2 => Unit::Micros,
                            3 => Unit::Nanos,
                            _ => Unit::Millis,
                        };
                        reader.pass(kind)
                    }),
                    _ => reader.pass(kind),
                }),
                _ => reader.pass(kind),
            })?,
            _ => reader.pass(kind)?,
        }
        Ok(())
    }
}

impl Group {
    fn read(
        &mut self,
        reader: &mut Reader<'_>,
        number: i64,
        kind: thrift::Kind,
        chunks: &mut usize,
    ) -> Result<(), Unread> {
        match number {
            1 => reader.list(kind, |reader, kind| {
                let mut chunk = Chunk::default();
                reader.inner(kind, |reader, number, kind| match number {
                    1 => {
                        chunk.is_elsewhere = true;
                        reader.pass(kind)
                    }
                    3 => reader.inner(kind, |reader, number, kind| chunk.read(reader, number, kind)),
                    _ => reader.pass(kind),
                })?;
                *chunks += 1;
                if *chunks > MOST_CHUNKS {
                    return Err(Unread::Foreign);
                }
                self.chunks.push(chunk);
                Ok(())
            }),
            3 => {
                self.rows = reader.number(kind)?;
                Ok(())
            }
            _ => reader.pass(kind),
        }
    }
}

impl Chunk {
    fn read(&mut self, reader: &mut Reader<'_>, number: i64, kind: thrift::Kind) -> Result<(), Unread> {
        match number {
            3 => reader.list(kind, |reader, kind| {
                if !self.path.is_empty() {
                    self.path.push(b'.');
                }
                self.path.extend_from_slice(reader.bytes(kind)?);
                Ok(())
            })?,
            4 => self.codec = reader.number(kind)?,
            5 => self.values = reader.number(kind)?,
            7 => self.length = reader.number(kind)?,
            9 => self.data = reader.number(kind)?,
            11 => self.dictionary = reader.number(kind)?,
            _ => reader.pass(kind)?,
        }
        Ok(())
    }
}

fn push<T>(list: &mut Vec<T>, item: T, most: usize) -> Result<(), Unread> {
    if list.len() == most {
        return Err(Unread::Foreign);
    }
    list.push(item);
    Ok(())
}

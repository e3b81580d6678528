//! The values of a column, page by page: bytes are fed as they come, and values are read as soon as a page is whole.

use std::io::Read;

use bytes::{Buf, Bytes, BytesMut};
use flate2::bufread::MultiGzDecoder;

use super::packed::Packed;
use super::thrift::{self, Reader, Unread};

/// The largest page, packed or not, in bytes. Writers aim at one MiB.
const MOST_PAGE: usize = 64 << 20;

/// The longest head of a page, in bytes: it may name the smallest and the largest of its values.
const MOST_HEAD: usize = 64 << 10;

/// Where a column lies, and how its values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lay {
    /// At which byte of the file it begins.
    pub from: u64,
    /// How many bytes it takes.
    pub length: u64,
    /// How many values it has, with those that are missing.
    pub rows: u64,
    /// What they are.
    pub kind: Kind,
    /// Whether some may be missing.
    pub(super) is_optional: bool,
    /// What its pages are packed with.
    pub(super) codec: Codec,
    /// What a number stands for where it is a time.
    pub unit: Unit,
}

/// What values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes of a text.
    Text,
    /// A whole number of 64 bits.
    Number,
    /// True or false.
    YesOrNo,
}

/// What a page is packed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    Snappy,
    Gzip,
}

/// The unit of a time, since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// There is none.
    Missing,
    /// Bytes of a text.
    Text(&'a [u8]),
    /// A whole number.
    Number(i64),
    /// True or false.
    YesOrNo(bool),
}

/// A column that is read.
#[derive(Debug)]
pub struct Column {
    lay: Lay,
    /// Values that are in no page yet.
    rows_to_come: u64,
    /// Bytes that were not fed yet.
    bytes_to_come: u64,
    /// What was fed of pages that are not whole.
    fed: BytesMut,
    dictionary: Dictionary,
    page: Page,
}

/// Values that pages name by their place.
#[derive(Debug)]
enum Dictionary {
    None,
    /// Where each text begins and ends.
    Texts(Bytes, Vec<(u32, u32)>),
    Numbers(Vec<i64>),
}

/// A page that is read.
#[derive(Debug)]
struct Page {
    rows_left: u64,
    /// Of each row whether it has a value, 1 or 0; `None` where all have.
    levels: Option<Packed>,
    values: Values,
}

/// The values of a page.
#[derive(Debug)]
enum Values {
    /// One after the other, the next one at this byte.
    Plain(Bytes, usize),
    /// A bit each, the next one at this bit.
    Bits(Bytes, usize),
    /// Places in the dictionary, or yes as 1 and no as 0.
    Packed(Packed),
}

/// What a page says of itself.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    kind: i64,
    unpacked: i64,
    packed: i64,
    values: i64,
    encoding: i64,
    /// The encoding of levels in the older kind of page.
    levels: Option<i64>,
    /// How many bytes levels take in the newer kind, before the values and never packed.
    level_bytes: i64,
    repetition_bytes: i64,
    is_unpacked: bool,
}

const DATA_PAGE: i64 = 0;
const DICTIONARY_PAGE: i64 = 2;
const DATA_PAGE_V2: i64 = 3;

const PLAIN: i64 = 0;
const PLAIN_DICTIONARY: i64 = 2;
const RUNS: i64 = 3;
const DICTIONARY: i64 = 8;

impl Column {
    /// A column that lies so; it has to be fed its bytes from the first on.
    pub fn new(lay: Lay) -> Self {
        let page = Page { rows_left: 0, levels: None, values: Values::Plain(Bytes::new(), 0) };
        let (rows_to_come, bytes_to_come) = (lay.rows, lay.length);
        Self { lay, rows_to_come, bytes_to_come, fed: BytesMut::new(), dictionary: Dictionary::None, page }
    }

    /// What a number stands for where it is a time.
    pub fn unit(&self) -> Unit {
        self.lay.unit
    }

    /// How many values can be read before it has to be fed again.
    pub fn ready(&self) -> u64 {
        self.page.rows_left
    }

    /// Whether all values were read.
    pub fn is_done(&self) -> bool {
        self.page.rows_left == 0 && self.rows_to_come == 0
    }

    /// At which byte of the file the bytes begin that have to be fed next, and how many there are until its end; `None` where
    /// none are needed now.
    pub fn wants(&self) -> Option<(u64, u64)> {
        let from = self.lay.from + (self.lay.length - self.bytes_to_come);
        (self.page.rows_left == 0 && self.rows_to_come > 0).then_some((from, self.bytes_to_come))
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes_to_come = self.bytes_to_come.saturating_sub(bytes.len() as u64);
        self.fed.extend_from_slice(bytes);
    }

    /// Opens the next page that has values, where the one before has none left and a whole one was fed. The error is a phrase
    /// that completes "the file …".
    pub fn turn(&mut self) -> Result<(), String> {
        while self.page.rows_left == 0 && self.rows_to_come > 0 {
            let Some((head, page)) = self.next_page()? else { return Ok(()) };
            match head.kind {
                DICTIONARY_PAGE => self.dictionary = self.dictionary_of(&head, self.unpacked(&head, 0, page)?)?,
                DATA_PAGE | DATA_PAGE_V2 => self.page = self.page_of(&head, page)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The next value; [`Self::ready`] says how many there are. The error is a phrase that completes "the file …".
    pub fn read(&mut self) -> Result<Value<'_>, String> {
        let broken = || "has a page that ends before its last value".to_owned();
        self.page.rows_left = self.page.rows_left.checked_sub(1).ok_or_else(broken)?;
        if let Some(levels) = &mut self.page.levels
            && levels.next().ok_or_else(broken)? == 0
        {
            return Ok(Value::Missing);
        }
        self.page.values.next(self.lay.kind, &self.dictionary).ok_or_else(broken)
    }

    /// A page that was fed whole.
    fn next_page(&mut self) -> Result<Option<(Head, Bytes)>, String> {
        let mut reader = Reader::new(&self.fed);
        let head = match Head::read(&mut reader) {
            Ok(head) => head,
            Err(Unread::Short) if self.bytes_to_come > 0 && self.fed.len() < MOST_HEAD => return Ok(None),
            Err(_) => return Err("has a page whose head makes no sense, or ends before it".to_owned()),
        };
        let length = size(head.packed)?;
        let begins = self.fed.len() - reader.left();
        if reader.left() < length {
            return match self.bytes_to_come {
                0 => Err("ends inside a page".to_owned()),
                _ => Ok(None),
            };
        }
        self.fed.advance(begins);
        Ok(Some((head, self.fed.split_to(length).freeze())))
    }

    /// What a page unpacks to, of which the first bytes are not packed.
    fn unpacked(&self, head: &Head, plain: usize, page: Bytes) -> Result<Bytes, String> {
        let expected = size(head.unpacked)?;
        let broken = || "has a page that cannot be unpacked".to_owned();
        let (before, packed) = page.split_at_checked(plain).ok_or_else(broken)?;
        let expected = expected.checked_sub(plain).ok_or_else(broken)?;
        if self.lay.codec == Codec::None || head.is_unpacked {
            return Ok(page);
        }
        if expected == 0 {
            return Ok(page.slice(..plain));
        }
        let mut whole = before.to_vec();
        match self.lay.codec {
            Codec::None => whole.extend_from_slice(packed),
            Codec::Snappy => {
                if snap::raw::decompress_len(packed).ok() != Some(expected) {
                    return Err(broken());
                }
                whole.append(&mut snap::raw::Decoder::new().decompress_vec(packed).map_err(|_| broken())?);
            }
            Codec::Gzip => {
                let most = expected as u64 + 1;
                MultiGzDecoder::new(packed).take(most).read_to_end(&mut whole).map_err(|_| broken())?;
            }
        }
        if whole.len() == plain + expected { Ok(whole.into()) } else { Err(broken()) }
    }

    fn dictionary_of(&self, head: &Head, bytes: Bytes) -> Result<Dictionary, String> {
        let broken = || "has a dictionary that makes no sense".to_owned();
        if head.encoding != PLAIN && head.encoding != PLAIN_DICTIONARY {
            return Err(unknown(head.encoding));
        }
        let count = usize::try_from(head.values).map_err(|_| broken())?;
        match self.lay.kind {
            Kind::YesOrNo => Err(broken()),
            Kind::Number => {
                let (numbers, _) = bytes.as_chunks::<8>();
                Ok(Dictionary::Numbers(numbers.iter().take(count).map(|bytes| i64::from_le_bytes(*bytes)).collect()))
            }
            Kind::Text => {
                let (mut at, mut texts) = (0, Vec::new());
                for _ in 0..count {
                    let (from, end) = text_at(&bytes, at).ok_or_else(broken)?;
                    at = end;
                    texts.push((u32::try_from(from).map_err(|_| broken())?, u32::try_from(end).map_err(|_| broken())?));
                }
                Ok(Dictionary::Texts(bytes, texts))
            }
        }
    }

    fn page_of(&mut self, head: &Head, page: Bytes) -> Result<Page, String> {
        let broken = || "has a page that makes no sense".to_owned();
        let rows = u64::try_from(head.values).map_err(|_| broken())?;
        self.rows_to_come =
            self.rows_to_come.checked_sub(rows).ok_or_else(|| "has more values in a column than rows".to_owned())?;
        let (levels, mut values) = match head.kind {
            DATA_PAGE_V2 => {
                let (repetition, length) = (size(head.repetition_bytes)?, size(head.level_bytes)?);
                let plain = repetition.saturating_add(length);
                let page = self.unpacked(head, plain, page)?;
                if page.len() < plain {
                    return Err(broken());
                }
                (page.slice(repetition..plain), page.slice(plain..))
            }
            _ => {
                let mut page = self.unpacked(head, 0, page)?;
                let mut levels = Bytes::new();
                if self.lay.is_optional {
                    if head.levels != Some(RUNS) {
                        return Err(unknown(head.levels.unwrap_or_default()));
                    }
                    let length = page.try_get_u32_le().map_err(|_| broken())? as usize;
                    if length > page.len() {
                        return Err(broken());
                    }
                    levels = page.split_to(length);
                }
                (levels, page)
            }
        };
        let values = match (head.encoding, self.lay.kind) {
            (PLAIN, Kind::YesOrNo) => Values::Bits(values, 0),
            (PLAIN, Kind::Text | Kind::Number) => Values::Plain(values, 0),
            (RUNS, Kind::YesOrNo) => {
                values.advance(values.len().min(4));
                Values::Packed(Packed::new(values, 1).ok_or_else(broken)?)
            }
            (PLAIN_DICTIONARY | DICTIONARY, Kind::Text | Kind::Number) => {
                let width = values.try_get_u8().unwrap_or_default();
                Values::Packed(Packed::new(values, u32::from(width)).ok_or_else(broken)?)
            }
            (other, _) => return Err(unknown(other)),
        };
        let levels = if self.lay.is_optional { Packed::new(levels, 1) } else { None };
        Ok(Page { rows_left: rows, levels, values })
    }
}

impl Values {
    fn next<'a>(&'a mut self, kind: Kind, dictionary: &'a Dictionary) -> Option<Value<'a>> {
        match (self, kind) {
            (Self::Plain(bytes, at), Kind::Text) => {
                let (from, end) = text_at(bytes, *at)?;
                *at = end;
                bytes.get(from..end).map(Value::Text)
            }
            (Self::Plain(bytes, at), Kind::Number) => {
                let number = bytes.get(*at..)?.first_chunk::<8>()?;
                *at += 8;
                Some(Value::Number(i64::from_le_bytes(*number)))
            }
            (Self::Bits(bytes, at), Kind::YesOrNo) => {
                let byte = bytes.get(*at / 8)?;
                let yes = byte >> (*at % 8) & 1 == 1;
                *at += 1;
                Some(Value::YesOrNo(yes))
            }
            (Self::Packed(packed), Kind::YesOrNo) => Some(Value::YesOrNo(packed.next()? == 1)),
            (Self::Packed(packed), Kind::Text | Kind::Number) => {
                let place = usize::try_from(packed.next()?).ok()?;
                match dictionary {
                    Dictionary::None => None,
                    Dictionary::Numbers(numbers) => numbers.get(place).copied().map(Value::Number),
                    Dictionary::Texts(bytes, texts) => {
                        let (from, end) = texts.get(place)?;
                        bytes.get(*from as usize..*end as usize).map(Value::Text)
                    }
                }
            }
            (Self::Plain(..), Kind::YesOrNo) | (Self::Bits(..), Kind::Text | Kind::Number) => None,
        }
    }
}

/// Where the text begins and ends whose length stands at a byte.
fn text_at(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let length = u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
    let (from, end) = (at + 4, at.checked_add(4)?.checked_add(length)?);
    (end <= bytes.len()).then_some((from, end))
}

/// A size that a page may have.
fn size(told: i64) -> Result<usize, String> {
    let size = usize::try_from(told).map_err(|_| "has a page of negative size".to_owned())?;
    if size > MOST_PAGE { Err("has a page that is too large".to_owned()) } else { Ok(size) }
}

fn unknown(encoding: i64) -> String {
    let names =
        ["PLAIN", "", "PLAIN_DICTIONARY", "RLE", "BIT_PACKED", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY"];
    let more = ["DELTA_BYTE_ARRAY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"];
    let name = usize::try_from(encoding).ok().and_then(|at| names.into_iter().chain(more).nth(at));
    format!("has values encoded as {}, which daypass does not read", name.unwrap_or("something unknown"))
}

impl Head {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Unread> {
        let mut head = Self::default();
        reader.fields(|reader, number, kind| {
            match number {
                1 => head.kind = reader.number(kind)?,
                2 => head.unpacked = reader.number(kind)?,
                3 => head.packed = reader.number(kind)?,
                5 => reader.inner(kind, |reader, number, kind| {
                    match number {
                        1 => head.values = reader.number(kind)?,
                        2 => head.encoding = reader.number(kind)?,
                        3 => head.levels = Some(reader.number(kind)?),
                        _ => reader.pass(kind)?,
                    }
                    Ok(())
                })?,
                7 => reader.inner(kind, |reader, number, kind| {
                    match number {
                        1 => head.values = reader.number(kind)?,
                        2 => head.encoding = reader.number(kind)?,
                        _ => reader.pass(kind)?,
                    }
                    Ok(())
                })?,
                8 => reader.inner(kind, |reader, number, kind| {
                    match number {
                        1 => head.values = reader.number(kind)?,
                        4 => head.encoding = reader.number(kind)?,
                        5 => head.level_bytes = reader.number(kind)?,
                        6 => head.repetition_bytes = reader.number(kind)?,
                        7 => {
                            head.is_unpacked = kind == thrift::Kind::No;
                            reader.pass(kind)?;
                        }
                        _ => reader.pass(kind)?,
                    }
                    Ok(())
                })?,
                _ => reader.pass(kind)?,
            }
            Ok(())
        })?;
        Ok(head)
    }
}

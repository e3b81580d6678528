//! The compact protocol of Thrift, in which a Parquet file speaks of itself: fields by their number, read or passed over.
//!
//! Source: thrift-compact-protocol.md of Apache Thrift.

/// How deep values that nobody asks for may lie in each other.
const MOST_LEVELS: u32 = 16;

/// Why nothing could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// The bytes end too early.
    Short,
    /// It is something else.
    Foreign,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Yes,
    No,
    Byte,
    /// A whole number of any width.
    Number,
    Double,
    Bytes,
    /// A list or a set.
    List,
    Map,
    Fields,
    Uuid,
}

impl Kind {
    fn of(code: u8) -> Result<Self, Unread> {
        Ok(match code {
            1 => Self::Yes,
            2 => Self::No,
            3 => Self::Byte,
            4..=6 => Self::Number,
            7 => Self::Double,
            8 => Self::Bytes,
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Fields,
            13 => Self::Uuid,
            _ => return Err(Unread::Foreign),
        })
    }
}

/// Bytes that are read from their start on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes were not read yet.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// Reads fields to their end. `take` gets the number and the kind of each, and has to read it or pass over it.
    pub(super) fn fields(
        &mut self,
        mut take: impl FnMut(&mut Self, i64, Kind) -> Result<(), Unread>,
    ) -> Result<(), Unread> {
        let mut number = 0_i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(());
            }
            number = match head >> 4 {
                0 => self.signed()?,
                step => number.saturating_add(i64::from(step)),
            };
            take(self, number, Kind::of(head & 0x0f)?)?;
        }
    }

    /// Reads fields that are a value themselves.
    pub(super) fn inner(
        &mut self,
        kind: Kind,
        take: impl FnMut(&mut Self, i64, Kind) -> Result<(), Unread>,
    ) -> Result<(), Unread> {
        expect(kind, Kind::Fields)?;
        self.fields(take)
    }

    /// Reads a list; `take` gets the kind of each element, and has to read it.
    pub(super) fn list(
        &mut self,
        kind: Kind,
        mut take: impl FnMut(&mut Self, Kind) -> Result<(), Unread>,
    ) -> Result<(), Unread> {
        expect(kind, Kind::List)?;
        let (count, kind) = self.list_head()?;
        (0..count).try_for_each(|_| take(self, kind))
    }

    /// A whole number.
    pub(super) fn number(&mut self, kind: Kind) -> Result<i64, Unread> {
        expect(kind, Kind::Number)?;
        self.signed()
    }

    /// Bytes, such as those of a text.
    pub(super) fn bytes(&mut self, kind: Kind) -> Result<&'a [u8], Unread> {
        expect(kind, Kind::Bytes)?;
        let length = self.length()?;
        self.take(length)
    }

    /// Passes over a field.
    pub(super) fn pass(&mut self, kind: Kind) -> Result<(), Unread> {
        self.pass_within(kind, MOST_LEVELS)
    }

    fn pass_within(&mut self, kind: Kind, levels: u32) -> Result<(), Unread> {
        let levels = levels.checked_sub(1).ok_or(Unread::Foreign)?;
        match kind {
            Kind::Yes | Kind::No => Ok(()),
            Kind::Byte => self.take(1).map(drop),
            Kind::Number => self.varint().map(drop),
            Kind::Double => self.take(8).map(drop),
            Kind::Uuid => self.take(16).map(drop),
            Kind::Bytes => self.bytes(kind).map(drop),
            Kind::Fields => self.fields(|reader, _, kind| reader.pass_within(kind, levels)),
            Kind::List => {
                let (count, kind) = self.list_head()?;
                (0..count).try_for_each(|_| self.pass_element(kind, levels))
            }
            Kind::Map => {
                let count = self.length()?;
                if count == 0 {
                    return Ok(());
                }
                let kinds = self.byte()?;
                let (key, value) = (Kind::of(kinds >> 4)?, Kind::of(kinds & 0x0f)?);
                (0..count).try_for_each(|_| {
                    self.pass_element(key, levels)?;
                    self.pass_element(value, levels)
                })
            }
        }
    }

    /// Outside of fields, yes and no take a byte.
    fn pass_element(&mut self, kind: Kind, levels: u32) -> Result<(), Unread> {
        match kind {
            Kind::Yes | Kind::No => self.take(1).map(drop),
            kind => self.pass_within(kind, levels),
        }
    }

    fn list_head(&mut self) -> Result<(usize, Kind), Unread> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.length()?,
            count => usize::from(count),
        };
        Ok((count, Kind::of(head & 0x0f)?))
    }

    fn length(&mut self) -> Result<usize, Unread> {
        // No text or list of that size is in a file.
        let length = u32::try_from(self.varint()?).map_err(|_| Unread::Foreign)?;
        usize::try_from(length).map_err(|_| Unread::Foreign)
    }

    fn signed(&mut self) -> Result<i64, Unread> {
        let coded = self.varint()?;
        Ok((coded >> 1).cast_signed() ^ -(coded & 1).cast_signed())
    }

    /// A number of seven bits a byte, the lowest ones first.
    pub(super) fn varint(&mut self) -> Result<u64, Unread> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Unread::Foreign)
    }

    fn byte(&mut self) -> Result<u8, Unread> {
        let (first, rest) = self.rest.split_first().ok_or(Unread::Short)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Unread> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Unread::Short)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn expect(kind: Kind, expected: Kind) -> Result<(), Unread> {
    if kind == expected { Ok(()) } else { Err(Unread::Foreign) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_are_read_by_number_and_others_passed_over() {
        // 1: i32 -3; 2: list of two yes-or-no; 17 (by its number): "ab"; 18: {1: yes}; end.
        let bytes = [0x15, 0x05, 0x19, 0x21, 1, 2, 0x08, 34, 2, b'a', b'b', 0x1c, 0x11, 0, 0, 9];
        let mut reader = Reader::new(&bytes);
        let mut seen = Vec::new();
        let read = reader.fields(|reader, number, kind| {
            match number {
                1 => seen.push(reader.number(kind)?.to_string()),
                17 => seen.push(String::from_utf8_lossy(reader.bytes(kind)?).into_owned()),
                _ => reader.pass(kind)?,
            }
            Ok(())
        });
        assert_eq!((read, seen.concat().as_str(), reader.left()), (Ok(()), "-3ab", 1));
    }

    #[test]
    fn what_lies_too_deep_or_is_cut_off_is_not_read() {
        assert_eq!(Reader::new(&[0x1c; 99]).pass(Kind::Fields), Err(Unread::Foreign));
        assert_eq!(Reader::new(&[0x18, 5, b'a']).pass(Kind::Fields), Err(Unread::Short));
        assert_eq!(Reader::new(&[0xff; 11]).varint(), Err(Unread::Foreign));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_not(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            let _ = reader.pass(Kind::Fields);
            prop_assert!(reader.left() <= bytes.len());
        }
    }
}

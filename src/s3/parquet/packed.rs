//! Small numbers in few bits: runs of one number, and stretches of numbers side by side. Levels and places in a dictionary
//! are written so.
//!
//! Source: "Run Length Encoding / Bit-Packing Hybrid" of Parquet's encodings.

use bytes::Bytes;

use super::thrift::Reader;

/// Numbers that are read one after the other.
#[derive(Debug)]
pub(super) struct Packed {
    bytes: Bytes,
    /// Where the next run begins.
    at: usize,
    /// How many bits each number takes, 32 at most.
    width: u32,
    run: Run,
}

#[derive(Debug)]
enum Run {
    /// So many times the same.
    Same { number: u32, left: u64 },
    /// So many side by side, the next one at this bit.
    Bits { bit: usize, left: u64 },
}

impl Packed {
    /// Numbers of `width` bits; `None` where none are so wide.
    pub(super) fn new(bytes: Bytes, width: u32) -> Option<Self> {
        (width <= 32).then_some(Self { bytes, at: 0, width, run: Run::Same { number: 0, left: 0 } })
    }

    /// The next number; `None` where the bytes end.
    pub(super) fn next(&mut self) -> Option<u32> {
        loop {
            match &mut self.run {
                Run::Same { number, left } if *left > 0 => {
                    *left -= 1;
                    return Some(*number);
                }
                Run::Bits { bit, left } if *left > 0 => {
                    let number = bits(&self.bytes, *bit, self.width)?;
                    (*bit, *left) = (*bit + self.width as usize, *left - 1);
                    return Some(number);
                }
                Run::Same { .. } | Run::Bits { .. } => self.begin()?,
            }
        }
    }

    fn begin(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        let mut reader = Reader::new(rest);
        let head = reader.varint().ok()?;
        self.at += rest.len() - reader.left();
        if head & 1 == 1 {
            // Groups of eight, which take as many bytes as a number takes bits.
            let groups = head >> 1;
            self.run = Run::Bits { bit: self.at.checked_mul(8)?, left: groups.checked_mul(8)? };
            let length = usize::try_from(groups.checked_mul(u64::from(self.width))?).ok()?;
            self.at = self.at.checked_add(length)?;
            return Some(());
        }
        let length = self.width.div_ceil(8) as usize;
        let number = self.bytes.get(self.at..self.at + length)?;
        let number = number.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
        self.run = Run::Same { number, left: head >> 1 };
        self.at += length;
        Some(())
    }
}

/// The number in `width` bits from `bit` on, the lowest first.
fn bits(bytes: &[u8], bit: usize, width: u32) -> Option<u32> {
    if width == 0 {
        return Some(0);
    }
    let (first, last) = (bit / 8, (bit + width as usize - 1) / 8);
    let covering = bytes.get(first..=last)?.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let number = covering >> (bit % 8) & ((1 << width) - 1);
    u32::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], width: u32) -> Vec<u32> {
        let mut packed = Packed::new(Bytes::copy_from_slice(bytes), width).unwrap();
        std::iter::from_fn(|| packed.next()).take(1_000).collect()
    }

    #[test]
    fn runs_and_stretches_follow_each_other() {
        // The stretch is the example of the source: 0 to 7 in three bits each.
        assert_eq!(read(&[0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010], 3), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(read(&[3 << 1, 5, 0b11, 0xff, 0, 0], 3), [5, 5, 5, 7, 7, 3, 0, 0, 0, 0, 0]);
        assert_eq!(read(&[2 << 1, 0x34, 0x12], 13), [0x1234, 0x1234]);
        assert_eq!(read(&[2 << 1], 0), [0, 0]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_numbers_of_their_width(bytes in prop::collection::vec(any::<u8>(), 0..60), width in 0..33_u32) {
            let numbers = read(&bytes, width);
            // A run says its number in whole bytes.
            let most = width.div_ceil(8) * 8;
            prop_assert!(numbers.iter().all(|number| u64::from(*number) < 1 << most));
        }
    }
}

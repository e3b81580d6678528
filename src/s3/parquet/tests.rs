//! Tables that another program wrote, whole, cut and damaged: `tests/data/inventory/make.py` says how they were made.

use proptest::prelude::*;

use super::footer::{Footer, TAIL, length};
use crate::s3::inventory::{Group, Wanted};
use crate::s3::name::Prefix;
use crate::s3::usage::{Counts, Item, VersionState};
use crate::s3::version_page::VersionPage;

const SNAPPY: &[u8] = include_bytes!("../../../tests/data/inventory/snappy.parquet");
const GZIP: &[u8] = include_bytes!("../../../tests/data/inventory/gzip.parquet");
const PLAIN: &[u8] = include_bytes!("../../../tests/data/inventory/plain.parquet");
const ZSTD: &[u8] = include_bytes!("../../../tests/data/inventory/zstd.parquet");
const DELTA: &[u8] = include_bytes!("../../../tests/data/inventory/delta.parquet");

/// More rows than a file of some KiB is read to: one may say that it has any number of them.
const MOST_ROWS: usize = 10_000;

/// A row as it is told: key, size, second of its time, storage class, state.
type Told = (String, u64, Option<i64>, String, VersionState);

fn told(item: &Item<'_>) -> Told {
    let second = item.modified.map(|at| at.as_second());
    (item.key.to_owned(), item.size, second, item.storage_class.to_owned(), item.state)
}

/// All rows of a file that are wanted, whose columns come `part` bytes at a time.
fn rows(file: &[u8], part: u64, wanted: &Wanted) -> Result<Vec<Told>, String> {
    let size = file.len() as u64;
    if size < TAIL {
        return Err("is too short".to_owned());
    }
    let begins = size - length(file, size)?;
    let footer = Footer::parse(&file[begins as usize..file.len() - TAIL as usize])?;
    let mut rows = Vec::new();
    for group in 0..footer.groups() {
        let mut group = Group::new(&footer, group, size)?;
        while !group.is_done() && rows.len() < MOST_ROWS {
            for column in group.columns() {
                column.turn()?;
                while let Some((from, left)) = column.wants() {
                    let end = from + left.min(part);
                    column.feed(&file[from as usize..end as usize]);
                    column.turn()?;
                }
            }
            let mut page = VersionPage::default();
            group.read(wanted, 100, &mut page)?;
            rows.extend(page.items().map(|item| told(&item)));
        }
    }
    Ok(rows)
}

fn all() -> Wanted {
    Wanted { prefix: Prefix::new("p/"), counts: Counts::Versions }
}

fn expected() -> Vec<Told> {
    let begin = "2026-11-20T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
    let row = |row: u64| {
        let state = match (row % 50, row % 7) {
            (0, _) => VersionState::DeleteMarker,
            (_, 0) => VersionState::Noncurrent,
            _ => VersionState::Current,
        };
        let size = if row.is_multiple_of(50) { 0 } else { row * 1000 };
        let class = ["", "STANDARD", "GLACIER"][row as usize % 3];
        (format!("p/{:02}/ä {row}\n", row / 10), size, Some(begin + row as i64), class.to_owned(), state)
    };
    (0..300).map(row).collect()
}

#[test]
fn every_row_is_read_however_its_columns_are_packed_and_cut() {
    for (name, file) in [("snappy", SNAPPY), ("gzip", GZIP), ("plain", PLAIN)] {
        for part in [1, 7, 300, 1 << 20] {
            assert_eq!(rows(file, part, &all()).unwrap(), expected(), "{name} by {part}");
        }
    }
}

#[test]
fn only_rows_below_the_prefix_that_count_are_told() {
    let wanted = Wanted { prefix: Prefix::new("p/07/"), counts: Counts::Objects };
    let counts = |row: &Told| row.0.starts_with("p/07/") && row.4 == VersionState::Current;
    let expected: Vec<Told> = expected().into_iter().filter(counts).collect();
    assert_eq!(expected.len(), 8);
    assert_eq!(rows(SNAPPY, 1 << 20, &wanted).unwrap(), expected);
}

#[test]
fn what_daypass_does_not_read_is_named() {
    let refused = |file: &[u8]| rows(file, 1 << 20, &all()).unwrap_err();
    assert_eq!(refused(ZSTD), "is compressed with Zstandard, and daypass reads Snappy and gzip");
    assert_eq!(refused(DELTA), "has values encoded as DELTA_BYTE_ARRAY, which daypass does not read");
    assert_eq!(refused(b"\x1f\x8b a packed list"), "is not Parquet, or not whole");
    assert_eq!(refused(&[&[0xff; 4][..], b"PAR1"].concat()), "says that its footer is longer than itself");
    assert_eq!(refused(&[&[0; 4][..], b"PAR1"].concat()), "has a footer that makes no sense");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_damaged_file_is_read_or_says_why(
        file in prop::sample::select(vec![SNAPPY, GZIP, PLAIN]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..6),
        part in 1..2_000_u64,
    ) {
        let mut file = file.to_vec();
        for (at, byte, is_footer) in damage {
            // Half of it where the file speaks of itself.
            let from = if is_footer { file.len() - 2_500 } else { 0 };
            let at = from + at.index(file.len() - from);
            file[at] = byte;
        }
        let _ = rows(&file, part, &all());
    }

    #[test]
    fn a_file_that_is_cut_says_why(file in prop::sample::select(vec![SNAPPY, GZIP, PLAIN]), end in any::<prop::sample::Index>()) {
        prop_assert!(rows(&file[..end.index(file.len())], 1 << 20, &all()).is_err());
    }

    #[test]
    fn any_bytes_are_a_footer_or_say_why(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Footer::parse(&bytes);
    }
}

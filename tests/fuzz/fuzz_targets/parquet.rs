//! Any bytes as a Parquet file of an inventory: it is read to its end or says why not, without a panic, and in no more memory than some
//! pages take (libFuzzer ends at 2 GiB).

#![no_main]

use daypass::s3::inventory::{Group, Wanted};
use daypass::s3::name::Prefix;
use daypass::s3::parquet::footer::{Footer, TAIL, length};
use daypass::s3::usage::Counts;
use daypass::s3::version_page::VersionPage;
use libfuzzer_sys::fuzz_target;

/// So much of a column is fed at a time, in bytes: pages come in pieces.
const PART: u64 = 700;

/// More rows than a small file is read to: one may say that it has any number of them.
const MOST_ROWS: u64 = 100_000;

/// Reads all rows, as far as they are no more than [`MOST_ROWS`].
fn read(file: &[u8]) -> Result<(), String> {
    let size = file.len() as u64;
    let wanted = Wanted { prefix: Prefix::default(), counts: Counts::Versions };
    let begins = usize::try_from(size - length(file, size)?).map_err(|error| error.to_string())?;
    let footer = Footer::parse(&file[begins..file.len() - TAIL as usize])?;
    let mut rows = 0;
    for group in 0..footer.groups() {
        let mut group = Group::new(&footer, group, size)?;
        while !group.is_done() && rows < MOST_ROWS {
            for column in group.columns() {
                column.turn()?;
                while let Some((from, left)) = column.wants() {
                    column.feed(&file[from as usize..(from + left.min(PART)) as usize]);
                    column.turn()?;
                }
            }
            let mut page = VersionPage::default();
            group.read(&wanted, 1_000, &mut page)?;
            rows += 1_000;
        }
    }
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    if bytes.len() as u64 >= TAIL
        && let Err(why) = read(bytes)
    {
        assert!(!why.is_empty());
    }
});

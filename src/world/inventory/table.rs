//! The files of an inventory that are tables: Parquet, of which only those columns are fetched that are counted.

use futures::future::try_join_all;

use super::File;
use crate::s3::failure::Failure;
use crate::s3::inventory::{Group, Wanted};
use crate::s3::parquet::footer::{self, Footer};
use crate::s3::version_page::VersionPage;

/// How many columns of a file are fetched side by side, more or less: those that never change take a request in a while.
pub(super) const REQUESTS: usize = 4;

/// So much of a column is asked for at a time: a page of it or so.
const PART: u64 = 1 << 20;

/// So much of the end of a file is asked for at first, which is all of the footer mostly.
const END: u64 = 64 << 10;

/// So many rows are told at a time.
const ROWS: u64 = 4_096;

/// A file that is being read.
pub(super) struct Table {
    file: File,
    wanted: Wanted,
    /// `None` where nothing was asked for yet.
    footer: Option<Footer>,
    /// Which row group comes next.
    next: usize,
    group: Option<Group>,
}

impl Table {
    /// A file of which nothing is known yet.
    pub(super) fn new(file: File, wanted: Wanted) -> Self {
        Self { file, wanted, footer: None, next: 0, group: None }
    }

    /// The next rows; `None` behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<VersionPage>, Failure> {
        let footer = match &mut self.footer {
            Some(footer) => footer,
            none => none.insert(footer_of(&self.file).await?),
        };
        let broken = |why: String| self.file.broken(&why);
        if self.group.as_ref().is_some_and(Group::is_done) {
            self.group = None;
        }
        let group = match &mut self.group {
            Some(group) => group,
            _ if self.next == footer.groups() => return Ok(None),
            none => {
                self.next += 1;
                none.insert(Group::new(footer, self.next - 1, self.file.size).map_err(broken)?)
            }
        };
        fill(&self.file, group).await?;
        let mut page = VersionPage::default();
        group.read(&self.wanted, ROWS, &mut page).map_err(broken)?;
        Ok(Some(page))
    }
}

/// The footer of a file, which is at its end.
async fn footer_of(file: &File) -> Result<Footer, Failure> {
    let broken = |why: String| file.broken(&why);
    if file.size < footer::TAIL {
        return Err(file.broken("is too short to be Parquet"));
    }
    let mut end = file.read(file.size.saturating_sub(END), END.min(file.size)).await?.to_vec();
    let length = footer::length(&end, file.size).map_err(broken)?;
    if let Some(missing) = length.checked_sub(end.len() as u64).filter(|missing| *missing > 0) {
        let mut before = file.read(file.size - length, missing).await?.to_vec();
        before.append(&mut end);
        end = before;
    }
    let begins = (end.len() as u64).checked_sub(length).and_then(|begins| usize::try_from(begins).ok());
    let footer = begins.and_then(|begins| end.get(begins..)?.split_last_chunk::<{ footer::TAIL as usize }>());
    let (footer, _) = footer.ok_or_else(|| file.broken("came in part"))?;
    Footer::parse(footer).map_err(broken)
}

/// Fetches what columns need for their next rows, side by side.
async fn fill(file: &File, group: &mut Group) -> Result<(), Failure> {
    loop {
        for column in group.columns() {
            column.turn().map_err(|why| file.broken(&why))?;
        }
        let fetched = group.columns().filter_map(|column| {
            let (from, left) = column.wants()?;
            Some(async move {
                column.feed(&file.read(from, PART.min(left)).await?);
                Ok::<_, Failure>(())
            })
        });
        if try_join_all(fetched).await?.is_empty() {
            return Ok(());
        }
    }
}

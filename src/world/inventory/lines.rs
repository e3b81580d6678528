//! The files of an inventory that are lines: CSV, plain or packed, a piece after the other.

use std::io::Write;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;

use super::File;
use crate::s3::failure::Failure;
use crate::s3::inventory::{Columns, Rows, Wanted};
use crate::s3::version_page::VersionPage;

/// So much of a file is asked for at a time.
const PART: u64 = 4 << 20;

/// So much is unpacked at a time, because a few bytes of gzip may stand for a thousand times as many.
const SLICE: usize = 16 << 10;

/// A file that is being read.
pub(super) struct Lines {
    file: File,
    /// Up to which byte it was asked for.
    asked: u64,
    /// What came and is not unpacked yet.
    part: Bytes,
    /// What undoes gzip; `None` where nothing was unpacked yet.
    unpacked: Option<Unpacking>,
    /// `None` behind the last row.
    rows: Option<Rows>,
}

/// How the bytes of a file become those of its rows.
enum Unpacking {
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    Plain,
}

impl Lines {
    /// A file with these columns.
    pub(super) fn new(file: File, columns: Columns, wanted: Wanted) -> Self {
        Self { file, asked: 0, part: Bytes::new(), unpacked: None, rows: Some(Rows::new(columns, wanted)) }
    }

    /// The next rows; `None` behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<VersionPage>, Failure> {
        if self.part.is_empty() && self.asked < self.file.size {
            self.part = self.file.read(self.asked, PART.min(self.file.size - self.asked)).await?;
            self.asked += self.part.len() as u64;
        }
        let page = if self.part.is_empty() { self.end() } else { self.unpack() };
        page.map_err(|why| self.file.broken(&why))
    }

    /// The rows that end in the next slice of what came.
    fn unpack(&mut self) -> Result<Option<VersionPage>, String> {
        let slice = self.part.split_to(SLICE.min(self.part.len()));
        let Some(rows) = &mut self.rows else { return Ok(None) };
        let is_gzip = slice.starts_with(&[0x1f, 0x8b]);
        let unpacking = self.unpacked.get_or_insert_with(|| match is_gzip {
            true => Unpacking::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            false => Unpacking::Plain,
        });
        let mut page = VersionPage::default();
        match unpacking {
            Unpacking::Plain => rows.read(&slice, &mut page)?,
            Unpacking::Gzip(decoder) => {
                decoder.write_all(&slice).map_err(|error| format!("cannot be unpacked: {error}"))?;
                rows.read(&std::mem::take(decoder.get_mut()), &mut page)?;
            }
        }
        Ok(Some(page))
    }

    /// The last rows, once.
    fn end(&mut self) -> Result<Option<VersionPage>, String> {
        let Some(mut rows) = self.rows.take() else { return Ok(None) };
        let mut page = VersionPage::default();
        if let Some(Unpacking::Gzip(mut decoder)) = self.unpacked.take() {
            decoder.try_finish().map_err(|error| format!("cannot be unpacked: {error}"))?;
            rows.read(&std::mem::take(decoder.get_mut()), &mut page)?;
        }
        rows.end(&mut page)?;
        Ok(Some(page))
    }
}

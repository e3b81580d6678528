//! S3 Inventory: the manifest that names its files, and the rows of those files. Pure: bytes in, rows out.
//!
//! Formats: S3 User Guide, "Amazon S3 Inventory". CSV alone is read, plain or with gzip, which is the caller's to undo.

use jiff::Timestamp;
use serde::Deserialize;

use super::key_page::ListedObject;
use super::location::{Location, LocationError};
use super::name::{BucketName, DELIMITER, Prefix};
use super::percent;
use super::usage::{Counts, VersionState};
use super::version_page::VersionPage;

/// The name of the manifest in the folder of each inventory.
pub const MANIFEST: &str = "manifest.json";

/// A row is no longer than that: a key of 1,024 bytes, three for each where it is encoded, and what is told of it.
const MOST_ROW: usize = 64 << 10;

/// What one inventory consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The bucket whose objects are named.
    pub source: BucketName,
    /// The bucket that the files lie in.
    pub destination: BucketName,
    /// When the making of the inventory began.
    pub created: Timestamp,
    /// What the columns of the files are.
    pub columns: Columns,
    /// The files: key, and size in bytes.
    pub files: Vec<(String, u64)>,
}

/// At which place of a row each value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    key: usize,
    size: usize,
    is_latest: Option<usize>,
    is_delete_marker: Option<usize>,
    modified: Option<usize>,
    storage_class: Option<usize>,
}

/// Reads the place where the inventories of a bucket lie, with or without the delimiter at its end.
pub fn place_of_inventories(text: &str) -> Result<Location, LocationError> {
    Ok(match Location::parse(text)? {
        Location::Prefix { bucket, prefix } if !prefix.is_root() && !prefix.as_str().ends_with(DELIMITER) => {
            Location::Prefix { bucket, prefix: Prefix::new(format!("{}{DELIMITER}", prefix.as_str())) }
        }
        place => place,
    })
}

/// Whether the last level of a prefix is the date of an inventory: `2026-11-24T01-00Z/`.
pub fn is_dated(prefix: &Prefix) -> bool {
    let pattern = b"dddd-dd-ddTdd-ddZ/";
    let name = prefix.last_level().as_bytes();
    let fits = |(c, wanted): (&u8, &u8)| if *wanted == b'd' { c.is_ascii_digit() } else { c == wanted };
    name.len() == pattern.len() && name.iter().zip(pattern).all(fits)
}

impl Manifest {
    /// Reads a manifest. The error is a phrase that completes "the manifest …".
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Raw {
            source_bucket: String,
            destination_bucket: String,
            creation_timestamp: String,
            file_format: String,
            file_schema: String,
            files: Vec<RawFile>,
        }
        #[derive(Deserialize)]
        struct RawFile {
            key: String,
            size: u64,
        }
        let raw: Raw = serde_json::from_slice(json).map_err(|error| format!("is not one of S3 Inventory: {error}"))?;
        if raw.file_format != "CSV" {
            return Err(format!(
                "names {} files, and daypass reads CSV alone: choose CSV as the output format of the inventory",
                raw.file_format
            ));
        }
        // `arn:aws:s3:::bucket`, or another partition than `aws`.
        let destination = raw.destination_bucket.rsplit(':').next().unwrap_or_default();
        let bucket = |name: &str| BucketName::parse(name).map_err(|error| format!("names no bucket: {error}"));
        let millis = raw.creation_timestamp.parse().ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
        Ok(Self {
            source: bucket(&raw.source_bucket)?,
            destination: bucket(destination)?,
            created: millis.ok_or_else(|| format!("has no moment: `{}`", raw.creation_timestamp))?,
            columns: Columns::parse(&raw.file_schema)?,
            files: raw.files.into_iter().map(|file| (file.key, file.size)).collect(),
        })
    }
}

impl Columns {
    fn parse(schema: &str) -> Result<Self, String> {
        let place = |wanted: &str| schema.split(',').position(|name| name.trim() == wanted);
        let needed = |name: &str| place(name).ok_or_else(|| format!("names files without the column {name}"));
        Ok(Self {
            key: needed("Key")?,
            size: needed("Size")?,
            is_latest: place("IsLatest"),
            is_delete_marker: place("IsDeleteMarker"),
            modified: place("LastModifiedDate"),
            storage_class: place("StorageClass"),
        })
    }
}

/// Reads the rows of a file piece by piece.
#[derive(Debug)]
pub struct Rows {
    columns: Columns,
    prefix: Prefix,
    counts: Counts,
    /// A row whose end has not come yet.
    begun: Vec<u8>,
    /// Whether the end of `begun` is inside quotes.
    quoted: Quoted,
    fields: Vec<String>,
    room: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoted {
    Yes,
    No,
}

impl Rows {
    /// Rows of a file with these columns, of which those below `prefix` are wanted that count.
    pub fn new(columns: Columns, prefix: Prefix, counts: Counts) -> Self {
        Self { columns, prefix, counts, begun: Vec::new(), quoted: Quoted::No, fields: Vec::new(), room: Vec::new() }
    }

    /// Adds the rows that end in the next piece of the file. The error is a phrase that completes "the file …".
    pub fn read(&mut self, piece: &[u8], page: &mut VersionPage) -> Result<(), String> {
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(part);
            // A quote inside quotes is doubled, so that an odd number of them leaves a quoted field open.
            if part.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
                self.quoted = if self.quoted == Quoted::Yes { Quoted::No } else { Quoted::Yes };
            }
            if self.begun.len() > MOST_ROW {
                return Err("has a row that is too long for any key".to_owned());
            }
            if part.ends_with(b"\n") && self.quoted == Quoted::No {
                self.row(page)?;
            }
        }
        Ok(())
    }

    /// Adds the last row, which may end without a line end.
    pub fn end(mut self, page: &mut VersionPage) -> Result<(), String> {
        match self.quoted {
            Quoted::Yes => Err("ends inside a value".to_owned()),
            Quoted::No => self.row(page),
        }
    }

    fn row(&mut self, page: &mut VersionPage) -> Result<(), String> {
        let row = std::str::from_utf8(&self.begun).map_err(|_| "is not UTF-8".to_owned())?;
        let row = row.trim_end_matches(['\r', '\n']);
        if row.is_empty() {
            self.begun.clear();
            return Ok(());
        }
        split(row, &mut self.fields);
        let field = |at: usize| self.fields.get(at).map(String::as_str);
        let optional = |at: Option<usize>| at.and_then(field).unwrap_or_default();
        let short = || "has a row that is too short".to_owned();
        let encoded = field(self.columns.key).ok_or_else(short)?;
        let key = percent::decode_form_in(encoded, &mut self.room)
            .ok_or_else(|| format!("names `{encoded}`, which is not UTF-8"))?;
        let state = match (optional(self.columns.is_delete_marker), optional(self.columns.is_latest)) {
            (yes, _) if yes.eq_ignore_ascii_case("true") => VersionState::DeleteMarker,
            (_, no) if no.eq_ignore_ascii_case("false") => VersionState::Noncurrent,
            _ => VersionState::Current,
        };
        if key.starts_with(self.prefix.as_str()) && (self.counts == Counts::Versions || state == VersionState::Current)
        {
            let size = match field(self.columns.size).ok_or_else(short)? {
                "" if state == VersionState::DeleteMarker => 0,
                size => size.parse().map_err(|_| format!("has a size that is no number: `{size}`"))?,
            };
            let modified = optional(self.columns.modified).parse().ok();
            let storage_class = optional(self.columns.storage_class);
            let version = ListedObject { key, size, modified, etag: "", storage_class };
            page.push(&version, state).map_err(|_| "is too large".to_owned())?;
        }
        self.begun.clear();
        Ok(())
    }
}

/// The values of a row (RFC 4180), in the room of those of the row before.
fn split(row: &str, fields: &mut Vec<String>) {
    let mut used = 0;
    let mut rest = Some(row);
    while let Some(text) = rest {
        if used == fields.len() {
            fields.push(String::new());
        }
        let Some(field) = fields.get_mut(used) else { return };
        field.clear();
        used += 1;
        let mut after = text;
        if let Some(quoted) = text.strip_prefix('"') {
            after = quoted;
            while let Some((value, behind)) = after.split_once('"') {
                field.push_str(value);
                after = behind;
                match behind.strip_prefix('"') {
                    Some(behind) => {
                        field.push('"');
                        after = behind;
                    }
                    None => break,
                }
            }
        }
        rest = match after.split_once(',') {
            Some((value, behind)) => {
                field.push_str(value);
                Some(behind)
            }
            None => {
                field.push_str(after);
                None
            }
        };
    }
    fields.truncate(used);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MANIFEST: &str = r#"{"sourceBucket":"logs","destinationBucket":"arn:aws:s3:::inventories","version":"2016-11-30",
        "creationTimestamp":"1795478400000","fileFormat":"CSV",
        "fileSchema":"Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass",
        "files":[{"key":"logs/daily/data/1.csv.gz","size":12,"MD5checksum":"f11166069f1990abeb9c97ace9cdfabc"}]}"#;

    const CSV: &str = "\"logs\",\"p/a+b%2F1\",\"v1\",\"true\",\"false\",\"7\",\"2026-11-20T00:00:00.000Z\",\"e\",\"STANDARD\"\r\n\
        \"logs\",\"p/x\",\"v2\",\"false\",\"false\",\"9\",\"\",\"e\",\"GLACIER\"\n\
        \"logs\",\"q\",\"v2\",\"true\",\"false\",\"1\",\"\",\"e\",\"\"\n\
        \"logs\",\"p/y\",\"v2\",\"true\",\"true\",\"\",\"\",\"\",\"\"";

    fn told(pieces: &[&[u8]]) -> Result<Vec<(String, u64, VersionState)>, String> {
        counted(pieces, Counts::Versions)
    }

    fn counted(pieces: &[&[u8]], counts: Counts) -> Result<Vec<(String, u64, VersionState)>, String> {
        let columns = Manifest::parse(MANIFEST.as_bytes()).unwrap().columns;
        let mut rows = Rows::new(columns, Prefix::new("p/"), counts);
        let mut page = VersionPage::default();
        for piece in pieces {
            rows.read(piece, &mut page)?;
        }
        rows.end(&mut page)?;
        Ok(page.items().map(|item| (item.key.to_owned(), item.size, item.state)).collect())
    }

    fn expected() -> Vec<(String, u64, VersionState)> {
        vec![
            ("p/a b/1".to_owned(), 7, VersionState::Current),
            ("p/x".to_owned(), 9, VersionState::Noncurrent),
            ("p/y".to_owned(), 0, VersionState::DeleteMarker),
        ]
    }

    #[test]
    fn a_manifest_says_what_its_files_are() {
        let manifest = Manifest::parse(MANIFEST.as_bytes()).unwrap();
        assert_eq!((manifest.source.as_str(), manifest.destination.as_str()), ("logs", "inventories"));
        assert_eq!(manifest.created.to_string(), "2026-11-24T00:00:00Z");
        assert_eq!(manifest.files, [("logs/daily/data/1.csv.gz".to_owned(), 12)]);
    }

    #[test]
    fn a_manifest_that_cannot_be_used_says_why() {
        let refused = |from: &str, to: &str| Manifest::parse(MANIFEST.replace(from, to).as_bytes()).unwrap_err();
        assert!(refused("\"CSV\"", "\"Parquet\"").contains("names Parquet files, and daypass reads CSV alone"));
        assert!(refused(", Size", "").contains("without the column Size"));
        assert!(refused("1795478400000", "yesterday").contains("has no moment"));
        assert!(Manifest::parse(b"<html>").unwrap_err().starts_with("is not one of S3 Inventory"));
    }

    #[test]
    fn the_folders_of_inventories_are_known_by_their_dates() {
        let is = |name: &str| is_dated(&Prefix::new(name));
        assert!(is("logs/daily/2026-11-24T01-00Z/"));
        assert!(!is("logs/daily/data/") && !is("logs/daily/hive/") && !is("logs/2026-11-24T01-00Z/x/"));
    }

    #[test]
    fn rows_below_the_prefix_are_told_with_what_they_are() {
        assert_eq!(told(&[CSV.as_bytes()]).unwrap(), expected());
        assert_eq!(counted(&[CSV.as_bytes()], Counts::Objects).unwrap(), expected()[..1]);
    }

    #[test]
    fn a_file_that_is_none_is_refused() {
        assert!(told(&[b"\"logs\"\n"]).unwrap_err().contains("too short"));
        assert!(told(&[b"\"l\",\"p/x"]).unwrap_err().contains("ends inside a value"));
        assert!(told(&[&[b'x'; MOST_ROW + 1]]).unwrap_err().contains("too long"));
        assert!(told(&[b"b,p/%ff,v,true,false,1,,,"]).unwrap_err().contains("not UTF-8"));
        assert!(told(&[b"b,p/x,v,true,false,much,,,"]).unwrap_err().contains("no number"));
    }

    proptest! {
        #[test]
        fn rows_are_the_same_however_the_file_is_cut(cuts in prop::collection::vec(0..CSV.len(), 0..6)) {
            let mut cuts = cuts;
            cuts.extend([0, CSV.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|ends| &CSV.as_bytes()[ends[0]..ends[1]]).collect();
            prop_assert_eq!(told(&pieces).unwrap(), expected());
        }

        #[test]
        fn values_come_back_as_they_were_written(values in prop::collection::vec("[a\",\n]{0,5}", 1..5)) {
            let row: Vec<String> = values.iter().map(|value| format!("\"{}\"", value.replace('"', "\"\""))).collect();
            let mut fields = Vec::new();
            split(&row.join(","), &mut fields);
            prop_assert_eq!(fields, values);
        }

        #[test]
        fn any_bytes_are_rows_or_say_why(bytes in prop::collection::vec(any::<u8>(), 0..300), text in any::<String>()) {
            let _ = told(&[&bytes]);
            let _ = told(&[text.as_bytes()]);
            let _ = Manifest::parse(&bytes);
        }
    }
}

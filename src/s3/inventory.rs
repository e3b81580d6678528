//! S3 Inventory: the manifest that names its files, and the rows of those files. Pure: bytes in, rows out.
//!
//! Formats: S3 User Guide, "Amazon S3 Inventory". Read are CSV, plain or with gzip, which is the caller's to undo, and Parquet.

use jiff::Timestamp;
use serde::Deserialize;

use super::key_page::ListedObject;
use super::location::{Location, LocationError};
use super::name::{BucketName, DELIMITER, Prefix};
use super::parquet::column::{Column, Unit, Value};
use super::parquet::footer::Footer;
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
    /// How the files are read.
    pub format: Format,
    /// The files: key, and size in bytes.
    pub files: Vec<(String, u64)>,
}

/// How the files of an inventory are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As lines, whose values stand in these places.
    Csv(Columns),
    /// As tables, which name their columns themselves.
    Parquet,
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
        let format = match raw.file_format.as_str() {
            "CSV" => Format::Csv(Columns::parse(&raw.file_schema)?),
            "Parquet" => Format::Parquet,
            other => {
                return Err(format!(
                    "names {other} files, and daypass reads CSV and Parquet: choose one of them as the output format of the \
                     inventory"
                ));
            }
        };
        // `arn:aws:s3:::bucket`, or another partition than `aws`.
        let destination = raw.destination_bucket.rsplit(':').next().unwrap_or_default();
        let bucket = |name: &str| BucketName::parse(name).map_err(|error| format!("names no bucket: {error}"));
        let millis = raw.creation_timestamp.parse().ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
        Ok(Self {
            source: bucket(&raw.source_bucket)?,
            destination: bucket(destination)?,
            created: millis.ok_or_else(|| format!("has no moment: `{}`", raw.creation_timestamp))?,
            format,
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

/// Which rows are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What their keys start with.
    pub prefix: Prefix,
    /// What of them counts.
    pub counts: Counts,
}

/// What a row says. What it may leave out is `None`, or empty.
#[derive(Clone, Copy, Debug, Default)]
struct Row<'a> {
    key: &'a str,
    size: Option<u64>,
    is_latest: Option<bool>,
    is_delete_marker: Option<bool>,
    modified: Option<Timestamp>,
    storage_class: &'a str,
}

impl Wanted {
    /// Adds a row to a page if it is wanted.
    fn add(&self, row: &Row<'_>, page: &mut VersionPage) -> Result<(), String> {
        let Row { key, size, modified, storage_class, .. } = *row;
        let state = match (row.is_delete_marker, row.is_latest) {
            (Some(true), _) => VersionState::DeleteMarker,
            (_, Some(false)) => VersionState::Noncurrent,
            _ => VersionState::Current,
        };
        let counts = self.counts == Counts::Versions || state == VersionState::Current;
        if !counts || !key.starts_with(self.prefix.as_str()) {
            return Ok(());
        }
        let size = match size {
            None if state == VersionState::DeleteMarker => 0,
            size => size.ok_or("has a row without a size")?,
        };
        let version = ListedObject { key, size, modified, etag: "", storage_class };
        page.push(&version, state).map_err(|_| "is too large".to_owned())
    }
}

/// Reads the rows of a file of lines piece by piece.
#[derive(Debug)]
pub struct Rows {
    columns: Columns,
    wanted: Wanted,
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
    /// Rows of a file with these columns.
    pub fn new(columns: Columns, wanted: Wanted) -> Self {
        Self { columns, wanted, begun: Vec::new(), quoted: Quoted::No, fields: Vec::new(), room: Vec::new() }
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
        let size = match field(self.columns.size).ok_or_else(short)? {
            "" => None,
            size => Some(size.parse().map_err(|_| format!("has a size that is no number: `{size}`"))?),
        };
        let yes_or_no = |text: &str| match text {
            yes if yes.eq_ignore_ascii_case("true") => Some(true),
            no if no.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        let row = Row {
            key,
            size,
            is_latest: yes_or_no(optional(self.columns.is_latest)),
            is_delete_marker: yes_or_no(optional(self.columns.is_delete_marker)),
            modified: optional(self.columns.modified).parse().ok(),
            storage_class: optional(self.columns.storage_class),
        };
        self.wanted.add(&row, page)?;
        self.begun.clear();
        Ok(())
    }
}

/// Reads the rows of a row group of a table, whose columns are fed as they are read.
#[derive(Debug)]
pub struct Group {
    key: Column,
    size: Column,
    is_latest: Option<Column>,
    is_delete_marker: Option<Column>,
    modified: Option<Column>,
    storage_class: Option<Column>,
}

impl Group {
    /// A row group of a file of `size` bytes. The error is a phrase that completes "the file …".
    pub fn new(footer: &Footer, group: usize, size: u64) -> Result<Self, String> {
        let column = |name: &str| footer.lay(group, name, size).map(|lay| lay.map(Column::new));
        let needed = |name: &str| column(name)?.ok_or_else(|| format!("has no column `{name}`"));
        Ok(Self {
            key: needed("key")?,
            size: needed("size")?,
            is_latest: column("is_latest")?,
            is_delete_marker: column("is_delete_marker")?,
            modified: column("last_modified_date")?,
            storage_class: column("storage_class")?,
        })
    }

    /// All columns, to be fed where they want that.
    pub fn columns(&mut self) -> impl Iterator<Item = &mut Column> {
        let optional = [&mut self.is_latest, &mut self.is_delete_marker, &mut self.modified, &mut self.storage_class];
        [&mut self.key, &mut self.size].into_iter().chain(optional.into_iter().flatten())
    }

    /// Whether all rows were read.
    pub fn is_done(&self) -> bool {
        self.key.is_done()
    }

    /// Adds the rows that are there in all columns, `most` of them at most. The error is a phrase that completes "the file …".
    pub fn read(&mut self, wanted: &Wanted, most: u64, page: &mut VersionPage) -> Result<(), String> {
        let ready = self.columns().map(|column| column.ready()).min().unwrap_or_default().min(most);
        for _ in 0..ready {
            let mut row = Row { key: text(self.key.read()?, "key")?, ..Row::default() };
            row.size =
                number(self.size.read()?, "size")?.map(u64::try_from).transpose().map_err(|_| "has a negative size")?;
            if let Some(column) = &mut self.is_latest {
                row.is_latest = yes_or_no(column.read()?, "is_latest")?;
            }
            if let Some(column) = &mut self.is_delete_marker {
                row.is_delete_marker = yes_or_no(column.read()?, "is_delete_marker")?;
            }
            if let Some(column) = &mut self.modified {
                let unit = column.unit();
                row.modified = number(column.read()?, "last_modified_date")?.and_then(|number| moment(number, unit));
            }
            if let Some(column) = &mut self.storage_class {
                row.storage_class = text(column.read()?, "storage_class")?;
            }
            wanted.add(&row, page)?;
        }
        Ok(())
    }
}

/// A text; empty where it is missing.
fn text<'a>(value: Value<'a>, column: &str) -> Result<&'a str, String> {
    match value {
        Value::Missing => Ok(""),
        Value::Text(bytes) => std::str::from_utf8(bytes).map_err(|_| format!("has a {column} that is not UTF-8")),
        Value::Number(_) | Value::YesOrNo(_) => Err(format!("has a {column} that is no text")),
    }
}

fn number(value: Value<'_>, column: &str) -> Result<Option<i64>, String> {
    match value {
        Value::Missing => Ok(None),
        Value::Number(number) => Ok(Some(number)),
        Value::Text(_) | Value::YesOrNo(_) => Err(format!("has a {column} that is no number")),
    }
}

fn yes_or_no(value: Value<'_>, column: &str) -> Result<Option<bool>, String> {
    match value {
        Value::Missing => Ok(None),
        Value::YesOrNo(yes) => Ok(Some(yes)),
        Value::Text(_) | Value::Number(_) => Err(format!("has a {column} that is neither true nor false")),
    }
}

fn moment(number: i64, unit: Unit) -> Option<Timestamp> {
    match unit {
        Unit::Millis => Timestamp::from_millisecond(number),
        Unit::Micros => Timestamp::from_microsecond(number),
        Unit::Nanos => Timestamp::from_nanosecond(i128::from(number)),
    }
    .ok()
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
        let Format::Csv(columns) = Manifest::parse(MANIFEST.as_bytes()).unwrap().format else { panic!("CSV") };
        let mut rows = Rows::new(columns, Wanted { prefix: Prefix::new("p/"), counts });
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
        assert!(refused("\"CSV\"", "\"ORC\"").contains("names ORC files, and daypass reads CSV and Parquet"));
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

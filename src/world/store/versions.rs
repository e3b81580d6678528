//! Reads an answer of ListObjectVersions, for one key. Pure: bytes in, versions out.

use std::cmp::Reverse;

use super::fields::{boolean, decoded, number, unquoted};
use crate::s3::facts::{VersionEntry, VersionKind};
use crate::s3::listing::Versions;
use crate::s3::location::VersionId;
use crate::s3::name::Key;
use crate::world::wire::xml;

/// The versions of exactly `key` in `body`. The error is a phrase that completes "the answer …".
///
/// A store can only be asked for all keys that start with `key`. They come in the order of keys, so `key` itself is first,
/// and it is cut short only if nothing else follows it.
pub(super) fn versions(body: &[u8], key: &Key) -> Result<Versions, String> {
    let mut raw = Vec::new();
    let mut current = RawVersion::default();
    let (mut encoded, mut truncated) = (false, false);
    xml::read(body, "ListVersionsResult", |path, text| {
        match path {
            "EncodingType" => encoded = text.eq_ignore_ascii_case("url"),
            "IsTruncated" => truncated = boolean(text)?,
            "Version" => raw.push(std::mem::take(&mut current)),
            "DeleteMarker" => raw.push(RawVersion { deleted: true, ..std::mem::take(&mut current) }),
            _ => {
                if let Some(("Version" | "DeleteMarker", field)) = path.split_once('/') {
                    current.set(field, text)?;
                }
            }
        }
        Ok(())
    })?;
    let mut entries = Vec::new();
    let mut others_follow = false;
    for version in raw {
        if decoded(version.key.clone(), encoded)? == key.as_str() {
            entries.push(version.entry()?);
        } else {
            others_follow = true;
        }
    }
    // Newest first, as AWS sends them; the sort is stable, so that versions of one second keep the store's order.
    entries.sort_by_key(|entry| (Reverse(entry.is_latest), Reverse(entry.modified)));
    Ok(Versions { key: key.clone(), entries, truncated: truncated && !others_follow })
}

#[derive(Default)]
struct RawVersion {
    key: String,
    id: String,
    is_latest: bool,
    modified: String,
    size: Option<u64>,
    etag: String,
    storage_class: String,
    deleted: bool,
}

impl RawVersion {
    fn set(&mut self, field: &str, text: &mut String) -> Result<(), String> {
        match field {
            "Key" => self.key = std::mem::take(text),
            "VersionId" => self.id = std::mem::take(text),
            "IsLatest" => self.is_latest = boolean(text)?,
            "LastModified" => self.modified = std::mem::take(text),
            "Size" => self.size = Some(number(text)?),
            "ETag" => self.etag = std::mem::take(text),
            "StorageClass" => self.storage_class = std::mem::take(text),
            _ => {}
        }
        Ok(())
    }

    fn entry(self) -> Result<VersionEntry, String> {
        let kind = match (self.deleted, self.size) {
            (true, _) => VersionKind::DeleteMarker,
            (false, Some(size)) => {
                VersionKind::Object { size, etag: unquoted(&self.etag).to_owned(), storage_class: self.storage_class }
            }
            (false, None) => return Err("does not say how large a version is".to_owned()),
        };
        // Stores that keep no versions leave the id out or empty; `null` is what S3 calls such a version.
        let id = if self.id.is_empty() { "null".to_owned() } else { self.id };
        Ok(VersionEntry {
            id: VersionId(id),
            is_latest: self.is_latest,
            modified: self.modified.trim().parse().ok(),
            kind,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BODY: &str = "<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
        <Version><Key>a+b</Key><VersionId>1</VersionId><IsLatest>false</IsLatest>\
        <LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>7</Size>\
        <Owner><ID>o</ID></Owner></Version>\
        <DeleteMarker><Key>a+b</Key><VersionId>2</VersionId><IsLatest>true</IsLatest>\
        <LastModified>2026-02-01T00:00:00.000Z</LastModified></DeleteMarker>";

    fn read(more: &str) -> Versions {
        versions(format!("{BODY}{more}</ListVersionsResult>").as_bytes(), &Key::parse("a b").unwrap()).unwrap()
    }

    #[test]
    fn versions_and_delete_markers_come_newest_first() {
        let ids: Vec<_> = read("").entries.into_iter().map(|entry| (entry.id.0, entry.kind)).collect();
        let object = VersionKind::Object { size: 7, etag: "e".into(), storage_class: String::new() };
        assert_eq!(ids, [("2".to_owned(), VersionKind::DeleteMarker), ("1".to_owned(), object)]);
    }

    #[test]
    fn keys_that_only_begin_the_same_are_left_out_and_end_the_list() {
        assert!(read("").truncated);
        let other = read("<Version><Key>a+bc</Key><Size>1</Size></Version>");
        assert_eq!((other.entries.len(), other.truncated), (2, false));
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = versions(&body, &Key::parse("k").unwrap());
        }
    }
}

//! Reads a page of ListObjectVersions without an allocation per field. Pure: bytes in, page out.

use std::borrow::Cow;

use super::fields::{boolean, number};
use super::pages::{self, Encoding, NO_WAY_ON, leads_on, name, too_large};
use crate::s3::key_page::ListedObject;
use crate::s3::usage::VersionState;
use crate::s3::version_page::{VersionMarker, VersionPage};
use crate::world::wire::pull::Pull;

/// What a page has to be the answer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    /// What all keys start with.
    pub(super) prefix: &'a str,
    /// Where it was asked to begin.
    pub(super) after: Option<&'a VersionMarker>,
}

/// The page in `body`. The error is a phrase that completes "the answer …".
pub(super) fn read(body: &[u8], expected: Expected<'_>) -> Result<VersionPage, String> {
    pages::as_encoded(body, |encoding| {
        let pull = Pull::new(body, "ListVersionsResult")?;
        Reading { pull, encoding, expected, page: VersionPage::default(), room: Vec::new() }.page()
    })
}

/// A page that is being read, as if its names were encoded so.
struct Reading<'a> {
    pull: Pull<'a>,
    encoding: Encoding,
    expected: Expected<'a>,
    page: VersionPage,
    /// Where names are decoded.
    room: Vec<u8>,
}

impl Reading<'_> {
    /// The page, and how it says that names are encoded.
    fn page(mut self) -> Result<(VersionPage, Encoding), String> {
        let (mut told, mut truncated) = (Encoding::None, false);
        let (mut next_key, mut next_version) = (Cow::Borrowed(""), Cow::Borrowed(""));
        while let Some(name) = self.pull.child()? {
            match name {
                "Version" => self.version(Kind::Version)?,
                "DeleteMarker" => self.version(Kind::DeleteMarker)?,
                "NextKeyMarker" => next_key = self.pull.text()?,
                "NextVersionIdMarker" => next_version = self.pull.text()?,
                "IsTruncated" => truncated = boolean(&self.pull.text()?)?,
                "EncodingType" => told = Encoding::told(&self.pull.text()?),
                _ => self.pull.skip()?,
            }
        }
        if truncated {
            let key = name(&next_key, self.encoding, "", &mut self.room)?.to_owned();
            if key.is_empty() {
                return Err(NO_WAY_ON.to_owned());
            }
            let next = VersionMarker { key, version: next_version.into_owned() };
            self.page.next = Some(leads_on(self.expected.after, next)?);
        }
        Ok((self.page, told))
    }

    fn version(&mut self, kind: Kind) -> Result<(), String> {
        let blank = Cow::Borrowed("");
        let (mut key, mut class, mut size, mut modified, mut is_latest) = (blank.clone(), blank, None, None, false);
        while let Some(field) = self.pull.child()? {
            match field {
                "Key" => key = self.pull.text()?,
                "Size" => size = Some(number(&self.pull.text()?)?),
                "LastModified" => modified = self.pull.text()?.trim().parse().ok(),
                "StorageClass" => class = self.pull.text()?,
                "IsLatest" => is_latest = boolean(&self.pull.text()?)?,
                _ => self.pull.skip()?,
            }
        }
        let key = name(&key, self.encoding, self.expected.prefix, &mut self.room)?;
        if key.is_empty() {
            return Err("lists a version without a key".to_owned());
        }
        let (size, state) = match (kind, size, is_latest) {
            (Kind::DeleteMarker, ..) => (0, VersionState::DeleteMarker),
            (Kind::Version, None, _) => return Err(format!("does not say how large a version of `{key}` is")),
            (Kind::Version, Some(size), true) => (size, VersionState::Current),
            (Kind::Version, Some(size), false) => (size, VersionState::Noncurrent),
        };
        let version = ListedObject { key, size, modified, etag: "", storage_class: &class };
        self.page.push(&version, state).map_err(too_large)
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Version,
    DeleteMarker,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BODY: &str = "<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
        <NextKeyMarker>p/a+b</NextKeyMarker><NextVersionIdMarker>1</NextVersionIdMarker>\
        <Version><Key>p/a+b</Key><VersionId>1</VersionId><IsLatest>false</IsLatest>\
        <LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>7</Size>\
        <StorageClass>COLD</StorageClass><Owner><ID>o</ID></Owner></Version>\
        <DeleteMarker><Key>p/a+b</Key><VersionId>2</VersionId><IsLatest>true</IsLatest>\
        <LastModified>2026-02-01T00:00:00.000Z</LastModified></DeleteMarker>\
        <Version><Key>p/c</Key><IsLatest>true</IsLatest><Size>9</Size></Version></ListVersionsResult>";

    const EXPECTED: Expected<'_> = Expected { prefix: "p/", after: None };

    #[test]
    fn every_version_is_told_with_what_it_is() {
        let page = read(BODY.as_bytes(), EXPECTED).unwrap();
        let told: Vec<_> = page.items().map(|item| (item.key, item.size, item.storage_class, item.state)).collect();
        assert_eq!(
            told,
            [
                ("p/a b", 7, "COLD", VersionState::Noncurrent),
                ("p/a b", 0, "", VersionState::DeleteMarker),
                ("p/c", 9, "", VersionState::Current),
            ]
        );
        assert_eq!(page.next, Some(VersionMarker { key: "p/a b".to_owned(), version: "1".to_owned() }));
    }

    #[test]
    fn an_answer_that_cannot_be_true_is_refused() {
        let refused = |body: &str, expected| read(body.as_bytes(), expected).unwrap_err();
        let after = VersionMarker { key: "p/a b".to_owned(), version: "1".to_owned() };
        assert!(refused(BODY, Expected { after: Some(&after), ..EXPECTED }).contains("same page for ever"));
        assert!(refused(BODY, Expected { prefix: "q/", ..EXPECTED }).contains("not below"));
        assert!(
            refused(&BODY.replace("<NextKeyMarker>p/a+b</NextKeyMarker>", ""), EXPECTED).contains("not how to ask")
        );
        assert!(refused(&BODY.replace("<Size>9</Size>", ""), EXPECTED).contains("how large"));
        for end in 0..BODY.len() {
            assert!(read(&BODY.as_bytes()[..end], EXPECTED).is_err(), "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn a_page_with_anything_changed_is_a_page_or_says_why(at in 0..BODY.len(), byte in any::<u8>()) {
            let mut body = BODY.as_bytes().to_vec();
            body[at] = byte;
            let _ = read(&body, EXPECTED);
        }
    }
}

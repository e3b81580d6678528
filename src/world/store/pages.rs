//! Reads a page of ListObjectsV2 without an allocation per field. Pure: bytes in, page out.
//!
//! Keys are asked for URL-encoded, because XML cannot carry every key, and decoded only where the answer says that it did
//! so: stores differ, and `100%` is a fine name. A page that was cut, that ends without saying how to go on, or that holds
//! something that was not asked for is refused: a listing with keys missing looks just like a whole one.

use std::borrow::Cow;

use memchr::memmem;

use super::fields::{boolean, number, unquoted};
use crate::s3::key_page::{KeyPage, ListedObject, TooLarge};
use crate::s3::listing::{Depth, EntityTags, PageToken};
use crate::s3::percent;
use crate::world::wire::pull::Pull;

/// What a page has to be the answer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    /// What all names start with.
    pub(super) prefix: &'a str,
    /// How far below it; all the way down there are no prefixes.
    pub(super) depth: Depth,
    /// The token that was asked with.
    pub(super) token: Option<&'a PageToken>,
    /// Whether entity tags are kept.
    pub(super) etags: EntityTags,
}

/// The page in `body`, its rows in the order of their names where the document mixes objects and prefixes, else as the
/// store sent them. The error is a phrase that completes "the answer …".
pub(super) fn read(body: &[u8], expected: Expected<'_>) -> Result<KeyPage, String> {
    as_encoded(body, |encoding| Reading::new(body, encoding, expected)?.page())
}

/// What `read` makes of `body` under the encoding of names that it finds there.
pub(super) fn as_encoded<T>(
    body: &[u8],
    read: impl Fn(Encoding) -> Result<(T, Encoding), String>,
) -> Result<T, String> {
    // Stores say that names are encoded at the beginning or at the end, or not at all.
    let guess = if memmem::find(body, b"EncodingType").is_some() { Encoding::Url } else { Encoding::None };
    match read(guess) {
        Ok((page, told)) if told == guess => Ok(page),
        guessed => {
            let other = match guess {
                Encoding::Url => Encoding::None,
                Encoding::None => Encoding::Url,
            };
            match (read(other), guessed) {
                (Ok((page, told)), _) if told == other => Ok(page),
                (_, Err(why)) | (Err(why), Ok(_)) => Err(why),
                (Ok(_), Ok(_)) => Err("says in two ways how its names are encoded".to_owned()),
            }
        }
    }
}

/// How names are written in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    None,
    Url,
}

impl Encoding {
    /// As an answer says it.
    pub(super) fn told(text: &str) -> Self {
        if text.eq_ignore_ascii_case("url") { Self::Url } else { Self::None }
    }
}

/// A page that is being read, as if its names were encoded so.
struct Reading<'a> {
    pull: Pull<'a>,
    encoding: Encoding,
    expected: Expected<'a>,
    page: KeyPage,
    /// Where names are decoded.
    room: Vec<u8>,
}

impl<'a> Reading<'a> {
    fn new(body: &'a [u8], encoding: Encoding, expected: Expected<'a>) -> Result<Self, String> {
        // An object takes 200 bytes or more; what is guessed too small grows.
        let page = KeyPage::with_capacity((body.len() / 200).min(1000), body.len() / 6);
        Ok(Self { pull: Pull::new(body, "ListBucketResult")?, encoding, expected, page, room: Vec::new() })
    }

    /// The page, and how it says that names are encoded.
    fn page(mut self) -> Result<(KeyPage, Encoding), String> {
        let (mut told, mut truncated, mut next) = (Encoding::None, None, Cow::Borrowed(""));
        let mut has_prefixes = false;
        while let Some(name) = self.pull.child()? {
            match name {
                "Contents" => self.object()?,
                "CommonPrefixes" => {
                    has_prefixes = true;
                    self.prefixes()?;
                }
                "NextContinuationToken" => next = self.pull.text()?,
                "IsTruncated" => truncated = Some(boolean(&self.pull.text()?)?),
                "EncodingType" => told = Encoding::told(&self.pull.text()?),
                _ => self.pull.skip()?,
            }
        }
        self.page.next = match (truncated, &*next) {
            (Some(false), _) | (None, "") => None,
            (Some(true), "") => return Err(NO_WAY_ON.to_owned()),
            (Some(true) | None, token) => Some(leads_on(self.expected.token, PageToken(token.to_owned()))?),
        };
        if has_prefixes {
            self.page.sort();
        }
        self.page.shrink();
        Ok((self.page, told))
    }

    fn object(&mut self) -> Result<(), String> {
        let blank = Cow::Borrowed("");
        let (mut key, mut etag, mut class, mut size, mut modified) = (blank.clone(), blank.clone(), blank, None, None);
        while let Some(field) = self.pull.child()? {
            match field {
                "Key" => key = self.pull.text()?,
                "Size" => size = Some(number(&self.pull.text()?)?),
                "LastModified" => modified = self.pull.text()?.trim().parse().ok(),
                "StorageClass" => class = self.pull.text()?,
                "ETag" if self.expected.etags == EntityTags::Kept => etag = self.pull.text()?,
                _ => self.pull.skip()?,
            }
        }
        let key = name(&key, self.encoding, self.expected.prefix, &mut self.room)?;
        let size = size.ok_or_else(|| format!("does not say how large `{key}` is"))?;
        if key.is_empty() {
            return Err("lists an object without a key".to_owned());
        }
        let object = ListedObject { key, size, modified, etag: unquoted(&etag), storage_class: &class };
        self.page.push_object(&object).map_err(too_large)
    }

    fn prefixes(&mut self) -> Result<(), String> {
        while let Some(field) = self.pull.child()? {
            if field != "Prefix" {
                self.pull.skip()?;
                continue;
            }
            let text = self.pull.text()?;
            let prefix = name(&text, self.encoding, self.expected.prefix, &mut self.room)?;
            if self.expected.depth == Depth::All {
                return Err(format!("lists the prefix `{prefix}` in place of the keys below it"));
            }
            if prefix == self.expected.prefix {
                return Err(format!("lists the prefix `{prefix}` inside itself"));
            }
            self.page.push_prefix(prefix).map_err(too_large)?;
        }
        Ok(())
    }
}

/// A name as it is in the store, which has to be below the prefix that was asked for.
pub(super) fn name<'a>(
    text: &'a str,
    encoding: Encoding,
    prefix: &str,
    room: &'a mut Vec<u8>,
) -> Result<&'a str, String> {
    let name = match encoding {
        Encoding::None => text,
        Encoding::Url => {
            percent::decode_form_in(text, room).ok_or_else(|| format!("lists `{text}`, which is not UTF-8"))?
        }
    };
    match name.starts_with(prefix) {
        true => Ok(name),
        false => Err(format!("lists `{name}`, which is not below `{prefix}`")),
    }
}

/// What is wrong with a page that is cut short without a word for the next one.
pub(super) const NO_WAY_ON: &str = "says that there is more, but not how to ask for it";

/// Where the next page begins, which has to be elsewhere than this one was asked to.
pub(super) fn leads_on<T: PartialEq>(asked: Option<&T>, next: T) -> Result<T, String> {
    if asked == Some(&next) { Err("leads back to the same page for ever".to_owned()) } else { Ok(next) }
}

pub(super) fn too_large(_: TooLarge) -> String {
    "is too large".to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::s3::key_page::Listed;

    const ANY: Expected<'_> = Expected { prefix: "", depth: Depth::Level, token: None, etags: EntityTags::Kept };

    const AWS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><Prefix></Prefix>\
        <NextContinuationToken>1/x&amp;=</NextContinuationToken><KeyCount>2</KeyCount><MaxKeys>2</MaxKeys>\
        <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
        <Contents><Key>a+b%2F%01</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>\
        <ETag>&quot;e&quot;</ETag><Size>7</Size><Owner><ID>o</ID></Owner><StorageClass>COLD</StorageClass></Contents>\
        <Contents><Key>c</Key><Size>0</Size></Contents></ListBucketResult>";

    #[test]
    fn everything_that_a_page_says_of_an_object_is_kept() {
        let page = read(AWS.as_bytes(), ANY).unwrap();
        assert_eq!(page.next, Some(PageToken("1/x&=".to_owned())));
        let first = ListedObject {
            key: "a b/\u{1}",
            size: 7,
            modified: Some("2026-01-02T03:04:05Z".parse().unwrap()),
            etag: "e",
            storage_class: "COLD",
        };
        let second = ListedObject { key: "c", size: 0, modified: None, etag: "", storage_class: "" };
        assert_eq!(page.iter().collect::<Vec<_>>(), [Listed::Object(first), Listed::Object(second)]);
        let dropped = read(AWS.as_bytes(), Expected { etags: EntityTags::Dropped, ..ANY }).unwrap();
        assert_eq!(dropped.iter().next(), Some(Listed::Object(ListedObject { etag: "", ..first })));
    }

    #[test]
    fn the_encoding_counts_wherever_it_is_said_and_only_where_it_is_said() {
        let named = |inner: &str| {
            let body = format!("<ListBucketResult>{inner}</ListBucketResult>");
            read(body.as_bytes(), ANY).map(|page| page.first().unwrap_or_default().to_owned())
        };
        assert_eq!(named(&(object("%ff+EncodingType"))).unwrap(), "%ff+EncodingType");
        assert_eq!(named(&(object("%ff") + "<EncodingType></EncodingType>")).unwrap(), "%ff");
        assert_eq!(named(&(object("a%2B") + "<EncodingType>url</EncodingType>")).unwrap(), "a+");
        assert!(named(&(object("%ff") + "<EncodingType>url</EncodingType>")).unwrap_err().contains("not UTF-8"));
    }

    #[test]
    fn the_order_of_a_store_shows_unless_prefixes_have_to_be_fitted_in() {
        let names = |inner: &str| {
            let body = format!("<ListBucketResult>{inner}</ListBucketResult>");
            let page = read(body.as_bytes(), ANY).unwrap();
            page.iter().map(|row| row.name().to_owned()).collect::<Vec<_>>()
        };
        let objects = "<Contents><Key>b</Key><Size>1</Size></Contents><Contents><Key>a</Key><Size>1</Size></Contents>";
        assert_eq!(names(objects), ["b", "a"]);
        let prefixes = "<CommonPrefixes><Prefix>a/</Prefix><Prefix>aa/</Prefix></CommonPrefixes>";
        assert_eq!(names(&format!("{objects}{prefixes}")), ["a", "a/", "aa/", "b"]);
    }

    fn list(inner: &str, prefix: &str) -> Result<KeyPage, String> {
        let body = format!("<ListBucketResult>{inner}</ListBucketResult>");
        read(body.as_bytes(), Expected { prefix, ..ANY })
    }

    fn names(page: &KeyPage) -> Vec<&str> {
        page.iter().map(|row| row.name()).collect()
    }

    fn object(key: &str) -> String {
        format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>")
    }

    fn prefix(name: &str) -> String {
        format!("<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>")
    }

    #[test]
    fn every_store_spells_the_same_name_its_own_way() {
        let coded = |name: &str| list(&format!("<EncodingType>url</EncodingType>{}", prefix(name)), "").unwrap();
        // Ceph, Swift, LocalStack; Garage; rclone.
        for spelling in ["sp%20ace/", "sp%20ace%2F", "sp+ace/"] {
            assert_eq!(names(&coded(spelling)), ["sp ace/"]);
        }
        assert_eq!(names(&coded("a%2Bb/")), ["a+b/"]);
    }

    #[test]
    fn blank_keys_and_control_characters_survive() {
        let inner = [object(" "), object("\u{1}"), object("&#x2;"), object("a\r\nb")].concat();
        assert_eq!(names(&list(&inner, "").unwrap()), [" ", "\u{1}", "\u{2}", "a\r\nb"]);
    }

    #[test]
    fn a_token_is_opaque_and_must_lead_on() {
        let more = "<IsTruncated>true</IsTruncated><NextContinuationToken>]aGk=%20+</NextContinuationToken>";
        let token = list(more, "").unwrap().next;
        assert_eq!(token, Some(PageToken("]aGk=%20+".to_owned())));
        let body = format!("<ListBucketResult>{more}</ListBucketResult>");
        assert!(read(body.as_bytes(), Expected { token: token.as_ref(), ..ANY }).unwrap_err().contains("for ever"));
        assert!(list("<IsTruncated>true</IsTruncated>", "").unwrap_err().contains("not how to ask"));
        assert!(list("<IsTruncated>yes</IsTruncated>", "").is_err());
    }

    #[test]
    fn what_was_not_asked_for_is_not_shown() {
        assert!(list(&object("other/x"), "asked/").unwrap_err().contains("not below"));
        assert!(list(&prefix("asked/"), "asked/").unwrap_err().contains("inside itself"));
        let all = Expected { depth: Depth::All, ..ANY };
        let body = format!("<ListBucketResult>{}</ListBucketResult>", prefix("a/"));
        assert!(read(body.as_bytes(), all).unwrap_err().contains("in place of the keys"));
        assert!(list(&object(""), "").unwrap_err().contains("without a key"));
        assert!(list("<Contents><Key>k</Key><Size>-1</Size></Contents>", "").unwrap_err().contains("no number"));
        assert!(list("<Contents><Key>k</Key></Contents>", "").unwrap_err().contains("how large"));
        assert_eq!(names(&list(&object("asked/"), "asked/").unwrap()), ["asked/"]);
    }

    #[test]
    fn a_page_cut_anywhere_is_refused() {
        assert!(read(AWS.as_bytes(), ANY).is_ok());
        for end in 0..AWS.len() {
            assert!(read(&AWS.as_bytes()[..end], ANY).is_err(), "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn a_page_with_anything_changed_is_a_page_or_says_why(at in 0..AWS.len(), byte in any::<u8>()) {
            let mut body = AWS.as_bytes().to_vec();
            body[at] = byte;
            let _ = read(&body, ANY);
        }

        #[test]
        fn any_body_is_a_page_or_says_why(body in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = read(&body, ANY);
        }

        #[test]
        fn any_text_in_the_places_of_a_page_is_read_or_refused(parts in proptest::collection::vec(".{0,20}", 4)) {
            let inner = format!(
                "<Contents><Key>{}</Key><Size>{}</Size></Contents><IsTruncated>{}</IsTruncated><EncodingType>{}</EncodingType>",
                parts[0], parts[1], parts[2], parts[3]
            );
            let _ = list(&inner, "");
        }

        #[test]
        fn a_key_of_any_characters_comes_back_as_it_was(keys in proptest::collection::btree_set(any::<String>(), 1..8), blanks in any::<bool>()) {
            let keys: Vec<String> = keys.into_iter().filter(|key| !key.is_empty()).collect();
            let encode = |key: &String| {
                let escaped: String = key.bytes().map(|byte| match byte {
                    b' ' if blanks => "+".to_owned(),
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' => char::from(byte).to_string(),
                    byte => format!("%{byte:02x}"),
                }).collect();
                object(&escaped)
            };
            let inner: String = keys.iter().map(encode).collect();
            let page = list(&format!("{inner}<EncodingType>url</EncodingType>"), "").unwrap();
            prop_assert_eq!(names(&page), keys.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}

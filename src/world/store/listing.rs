//! Makes the rows that are browsed out of a page of ListObjectsV2; [`super::pages`] reads it. Pure: bytes in, page out.

use super::pages::{self, Expected};
use crate::s3::entry::{Entry, ObjectSummary};
use crate::s3::key_page::Listed;
use crate::s3::listing::{EntityTags, ListRequest, Page};
use crate::s3::name::{Key, Prefix};
use crate::s3::percent;

/// The page in `body`, as the answer to `asked`. The error is a phrase that completes "the answer …".
pub(super) fn page(body: &[u8], asked: &ListRequest) -> Result<Page, String> {
    let expected = Expected {
        prefix: asked.prefix.as_str(),
        depth: asked.depth,
        token: asked.after.as_ref(),
        etags: EntityTags::Kept,
    };
    let mut page = pages::read(body, expected)?;
    let next = page.next.take();
    page.sort();
    let entry = |row| match row {
        Listed::Prefix(prefix) => Some(Entry::Prefix(Prefix::new(prefix))),
        Listed::Object(object) => Some(Entry::Object(ObjectSummary {
            key: Key::from_store(object.key.to_owned())?,
            size: object.size,
            modified: object.modified,
            etag: object.etag.to_owned(),
            storage_class: object.storage_class.to_owned(),
        })),
    };
    Ok(Page { entries: page.iter().filter_map(entry).collect(), next })
}

pub(super) fn decoded(name: String, encoded: bool) -> Result<String, String> {
    if !encoded {
        return Ok(name);
    }
    percent::decode_form(&name).ok_or_else(|| format!("lists `{name}`, which is not UTF-8"))
}

pub(super) fn number(text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| format!("has a size that is no number: `{text}`"))
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text.trim() {
        yes if yes.eq_ignore_ascii_case("true") => Ok(true),
        no if no.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(format!("has `{text}` where true or false was expected")),
    }
}

/// An entity tag without the quotes that most stores, but not all, put around it.
pub(super) fn unquoted(etag: &str) -> &str {
    etag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(etag)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::s3::listing::{Depth, PageToken};
    use crate::s3::name::BucketName;

    fn name_of(entry: &Entry) -> &str {
        match entry {
            Entry::Bucket(bucket) => bucket.name.as_str(),
            Entry::Prefix(prefix) => prefix.as_str(),
            Entry::Object(object) => object.key.as_str(),
        }
    }

    fn asked(prefix: &str, after: Option<&str>) -> ListRequest {
        ListRequest {
            bucket: BucketName::parse("bucket").unwrap(),
            prefix: Prefix::new(prefix),
            depth: Depth::Level,
            after: after.map(|token| PageToken(token.to_owned())),
            max_keys: 1000,
        }
    }

    fn list(inner: &str, prefix: &str) -> Result<Page, String> {
        page(format!("<ListBucketResult>{inner}</ListBucketResult>").as_bytes(), &asked(prefix, None))
    }

    fn names(page: &Page) -> Vec<&str> {
        page.entries.iter().map(name_of).collect()
    }

    fn object(key: &str) -> String {
        format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>")
    }

    fn prefix(name: &str) -> String {
        format!("<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>")
    }

    #[test]
    fn prefixes_and_objects_stand_in_the_order_of_their_bytes() {
        let inner = [object("a!"), object("a0"), object("é"), prefix("a/"), prefix("b/")].concat();
        assert_eq!(names(&list(&inner, "").unwrap()), ["a!", "a/", "a0", "b/", "é"]);
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
    fn a_name_is_decoded_only_where_the_answer_says_that_it_is_encoded() {
        assert_eq!(names(&list(&object("100%20+1"), "").unwrap()), ["100%20+1"]);
        let said_last = format!("{}<EncodingType>url</EncodingType>", object("100%2520"));
        assert_eq!(names(&list(&said_last, "").unwrap()), ["100%20"]);
    }

    #[test]
    fn an_entity_tag_may_come_without_quotes() {
        for tag in ["&quot;abc&quot;", "\"abc\"", "abc"] {
            let inner = format!("<Contents><Key>k</Key><Size>1</Size><ETag>{tag}</ETag></Contents>");
            let Entry::Object(object) = &list(&inner, "").unwrap().entries[0] else { panic!() };
            assert_eq!(object.etag, "abc");
        }
    }

    #[test]
    fn blank_keys_and_control_characters_survive() {
        let inner = [object(" "), object("\u{1}"), object("&#x2;"), object("a\r\nb")].concat();
        assert_eq!(names(&list(&inner, "").unwrap()), ["\u{1}", "\u{2}", " ", "a\r\nb"]);
    }

    #[test]
    fn a_token_is_opaque_and_must_lead_on() {
        let more = "<IsTruncated>true</IsTruncated><NextContinuationToken>]aGk=%20+</NextContinuationToken>";
        let token = list(more, "").unwrap().next;
        assert_eq!(token, Some(PageToken("]aGk=%20+".to_owned())));
        let body = format!("<ListBucketResult>{more}</ListBucketResult>");
        assert!(page(body.as_bytes(), &asked("", Some("]aGk=%20+"))).unwrap_err().contains("for ever"));
        assert!(list("<IsTruncated>true</IsTruncated>", "").unwrap_err().contains("not how to ask"));
        assert!(list("<IsTruncated>yes</IsTruncated>", "").is_err());
    }

    #[test]
    fn what_was_not_asked_for_is_not_shown() {
        assert!(list(&object("other/x"), "asked/").unwrap_err().contains("not below"));
        assert!(list(&prefix("asked/"), "asked/").unwrap_err().contains("inside itself"));
        let all = ListRequest { depth: Depth::All, ..asked("", None) };
        let body = format!("<ListBucketResult>{}</ListBucketResult>", prefix("a/"));
        assert!(page(body.as_bytes(), &all).unwrap_err().contains("in place of the keys"));
        assert!(list(&object(""), "").unwrap_err().contains("without a key"));
        assert!(list("<Contents><Key>k</Key><Size>-1</Size></Contents>", "").unwrap_err().contains("no number"));
        assert!(list("<Contents><Key>k</Key></Contents>", "").unwrap_err().contains("how large"));
        assert_eq!(names(&list(&object("asked/"), "asked/").unwrap()), ["asked/"]);
    }

    #[test]
    fn a_page_cut_anywhere_is_refused() {
        let whole = format!("<ListBucketResult>{}{}</ListBucketResult>", object("a"), prefix("b/"));
        assert!(page(whole.as_bytes(), &asked("", None)).is_ok());
        for end in 0..whole.len() {
            assert!(page(&whole.as_bytes()[..end], &asked("", None)).is_err(), "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn any_body_is_a_page_or_says_why(body in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = page(&body, &asked("", None));
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

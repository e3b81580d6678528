//! Reads the answer of GetObjectTagging. Pure: bytes in, tags out.

use crate::s3::facts::Tag;
use crate::world::wire::xml;

/// The tags in `body`, by their keys. The error is a phrase that completes "the answer …".
pub(super) fn tags(body: &[u8]) -> Result<Vec<Tag>, String> {
    let (mut tags, mut key, mut value) = (Vec::new(), None, String::new());
    xml::read(body, "Tagging", |path, text| {
        match path {
            "TagSet/Tag/Key" => key = Some(std::mem::take(text)),
            "TagSet/Tag/Value" => value = std::mem::take(text),
            "TagSet/Tag" => {
                let key = key.take().ok_or("has a tag without a key")?;
                tags.push(Tag { key, value: std::mem::take(&mut value) });
            }
            _ => {}
        }
        Ok(())
    })?;
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_come_by_their_keys_and_an_empty_set_is_none() {
        let read = |inner: &str| tags(format!("<Tagging><TagSet>{inner}</TagSet></Tagging>").as_bytes());
        let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
        let two = "<Tag><Key>b</Key><Value>1 &amp; 2</Value></Tag><Tag><Key>a</Key><Value/></Tag>";
        assert_eq!(read(two), Ok(vec![tag("a", ""), tag("b", "1 & 2")]));
        assert_eq!(read(""), Ok(vec![]));
        assert!(read("<Tag><Value>1</Value></Tag>").is_err());
        assert!(tags(b"<TagSet/>").is_err());
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = tags(&body);
        }
    }
}

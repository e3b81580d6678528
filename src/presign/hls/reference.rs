//! What a URI in a playlist leads to: a key of the same bucket, or somewhere else. Relative resolution (RFC 3986, section 5.2)
//! on keys, which are not percent-encoded.

use super::{Home, What};
use crate::s3::name::{DELIMITER, Key};
use crate::s3::percent::decode_utf8;

/// Where a URI leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// To a key of the bucket, with what is to be said of it.
    Key { key: Key, remarks: Vec<What> },
    /// To another place altogether.
    Foreign,
    /// Nowhere that has a link.
    Unusable(What),
}

/// Follows `uri` from the playlist at `base`.
pub(super) fn resolve(uri: &str, base: &Key, home: &Home) -> Reference {
    if uri.contains("{$") {
        return Reference::Unusable(What::Variable);
    }
    let mut remarks = Vec::new();
    let from_root = if has_scheme(uri) || uri.starts_with("//") {
        let Some(rest) = home.path_in(uri) else { return Reference::Foreign };
        Some(rest)
    } else {
        let rest = uri.strip_prefix('/');
        remarks.extend(rest.map(|_| What::FromTheRoot));
        rest
    };
    let whole = from_root.unwrap_or(uri);
    let path = whole.split(['?', '#']).next().unwrap_or_default();
    if path.len() < whole.len() {
        remarks.push(What::QueryDropped);
    }
    if path.is_empty() {
        return Reference::Unusable(What::NoKey);
    }
    let mut levels: Vec<String> = base.as_str().split(DELIMITER).map(str::to_owned).collect();
    levels.pop();
    if from_root.is_some() {
        levels.clear();
    }
    match descend(levels, path).map(|key| Key::parse(&key)) {
        Ok(Ok(key)) => Reference::Key { key, remarks },
        Ok(Err(_)) => Reference::Unusable(What::NoKey),
        Err(what) => Reference::Unusable(what),
    }
}

/// RFC 3986, section 3.1. A colon behind the first slash belongs to a path.
fn has_scheme(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// The key that `path` leads to from the folder of `levels`. Dots are seen before anything else is decoded, as browsers do.
fn descend(mut levels: Vec<String>, path: &str) -> Result<String, What> {
    let mut steps = path.split(DELIMITER).peekable();
    while let Some(step) = steps.next() {
        let dots = step.replace("%2e", ".").replace("%2E", ".");
        match dots.as_str() {
            ".." => {
                levels.pop().ok_or(What::Outside)?;
            }
            "." => {}
            _ => {
                levels.push(decode_utf8(step).ok_or(What::NoKey)?);
                continue;
            }
        }
        // `a/..` and `a/.` name folders.
        if steps.peek().is_none() {
            levels.push(String::new());
        }
    }
    Ok(levels.join("/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::s3::address::{Address, AddressingStyle, Endpoint};
    use crate::s3::name::BucketName;

    fn home() -> Home {
        let endpoint = Endpoint::parse("https://s3.example.com").unwrap();
        let address = Address { endpoint, region: "us-east-1".to_owned(), style: AddressingStyle::Virtual };
        Home::new(&address, &BucketName::parse("media").unwrap())
    }

    fn leads(uri: &str) -> Reference {
        resolve(uri, &Key::parse("a/b/list.m3u8").unwrap(), &home())
    }

    fn key_of(uri: &str) -> String {
        match leads(uri) {
            Reference::Key { key, .. } => key.as_str().to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn relative_uris_are_followed_from_the_playlist() {
        for (uri, key) in [
            ("seg.ts", "a/b/seg.ts"),
            ("./seg.ts", "a/b/seg.ts"),
            ("c/seg.ts", "a/b/c/seg.ts"),
            ("../seg.ts", "a/seg.ts"),
            ("../../seg.ts", "seg.ts"),
            ("c/../d/./seg.ts", "a/b/d/seg.ts"),
            ("%2E%2e/seg.ts", "a/seg.ts"),
            ("c//seg.ts", "a/b/c//seg.ts"),
            ("c/..", "a/b/"),
            ("a%20b+c%C3%A9%2Fd.ts", "a/b/a b+cé/d.ts"),
            ("100%.ts", "a/b/100%.ts"),
            ("日本 1.ts", "a/b/日本 1.ts"),
            ("at/12:30.ts", "a/b/at/12:30.ts"),
            ("/seg.ts", "seg.ts"),
            ("https://s3.example.com/media/x/seg%201.ts", "x/seg 1.ts"),
            ("http://media.s3.example.com/x/seg.ts?old=signature", "x/seg.ts"),
        ] {
            assert_eq!(key_of(uri), key, "{uri}");
        }
    }

    #[test]
    fn what_is_lost_or_guessed_is_said() {
        let remarks = |uri| match leads(uri) {
            Reference::Key { remarks, .. } => remarks,
            other => panic!("{uri}: {other:?}"),
        };
        assert_eq!(remarks("seg.ts"), []);
        assert_eq!(remarks("seg.ts?t=1"), [What::QueryDropped]);
        assert_eq!(remarks("/seg.ts#x"), [What::FromTheRoot, What::QueryDropped]);
    }

    #[test]
    fn other_places_are_left_alone_and_impossible_ones_are_named() {
        for uri in ["https://cdn.example.net/x.ts", "skd://key", "data:text/plain,x", "//cdn.example.net/x.ts"] {
            assert_eq!(leads(uri), Reference::Foreign, "{uri}");
        }
        // Another bucket of the same store, and a host that only begins alike.
        for uri in ["https://s3.example.com/other/x.ts", "https://s3.example.com.evil/media/x.ts"] {
            assert_eq!(leads(uri), Reference::Foreign, "{uri}");
        }
        assert_eq!(leads("../../../x.ts"), Reference::Unusable(What::Outside));
        assert_eq!(leads("/../x.ts"), Reference::Unusable(What::Outside));
        assert_eq!(leads("{$host}/x.ts"), Reference::Unusable(What::Variable));
        for uri in ["?x", "/", "%ff.ts", "https://media.s3.example.com/"] {
            assert_eq!(leads(uri), Reference::Unusable(What::NoKey), "{uri}");
        }
        assert_eq!(leads(&"k".repeat(1_100)), Reference::Unusable(What::NoKey));
    }

    proptest! {
        #[test]
        fn any_uri_leads_somewhere_or_nowhere(uri in any::<String>(), base in ".{1,40}") {
            let _ = resolve(&uri, &Key::parse(&base).unwrap(), &home());
        }

        #[test]
        fn a_neighbour_named_with_every_byte_encoded_is_found(name in "[^/]{1,30}") {
            prop_assume!(name != "." && name != "..");
            let uri: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
            prop_assert_eq!(key_of(&uri), format!("a/b/{name}"));
        }
    }
}

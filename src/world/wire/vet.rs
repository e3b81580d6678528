//! Stands between the network and rusoto's decoders, which were never meant for what networks bring.
//!
//! Each defect was seen: XML that ends early makes them read for ever, beyond any timeout; a number or a boolean that is
//! none makes them panic; an `<Error>` sent with status 200 is taken for success. So they get only what passes here.

use super::xml;

/// Refuses a body that rusoto could not be trusted with; the error is a phrase that completes "the answer …".
pub(super) fn vet(body: &[u8], root: &str) -> Result<(), String> {
    xml::read(body, root, |path, text| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let sound = match name {
            "Size"
            | "KeyCount"
            | "MaxKeys"
            | "PartNumber"
            | "MaxParts"
            | "MaxUploads"
            | "Days"
            | "MaxAgeSeconds"
            | "PartNumberMarker"
            | "NextPartNumberMarker" => text.parse::<i64>().is_ok(),
            "IsTruncated" | "IsLatest" | "DeleteMarker" | "BucketKeyEnabled" => text.parse::<bool>().is_ok(),
            _ => true,
        };
        if sound { Ok(()) } else { Err(format!("has a `{name}` that makes no sense: `{text}`")) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_hang_or_panic_a_decoder_is_refused() {
        for (body, sound) in [
            ("<Tagging><TagSet/></Tagging>", true),
            ("<Tagging><TagSet/>", false),
            ("<html><body>Sign in</body></html>", false),
            ("<Error><Code>InternalError</Code></Error>", false),
            ("<Tagging><Size>many</Size></Tagging>", false),
            ("<Tagging><IsLatest>perhaps</IsLatest></Tagging>", false),
        ] {
            assert_eq!(vet(body.as_bytes(), "Tagging").is_ok(), sound, "{body}");
        }
    }
}

//! Reads the answer of CreateMultipartUpload. Pure: bytes in, the upload's id out.

use crate::s3::location::UploadId;
use crate::world::wire::xml;

/// The id in `body`. The error is a phrase that completes "the answer …".
pub(super) fn id(body: &[u8]) -> Result<UploadId, String> {
    // What rclone calls it.
    let is_short = xml::root(body).as_deref() == Some("InitiateMultipartUpload");
    let root = if is_short { "InitiateMultipartUpload" } else { "InitiateMultipartUploadResult" };
    let mut id = String::new();
    xml::read(body, root, |path, text| {
        if path == "UploadId" {
            id = std::mem::take(text);
        }
        Ok(())
    })?;
    if id.is_empty() { Err("does not name the upload".to_owned()) } else { Ok(UploadId(id)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_id_of_an_upload_is_read_and_never_made_up() {
        let body = |inner: &str| format!("<InitiateMultipartUploadResult>{inner}</InitiateMultipartUploadResult>");
        let read = |inner| id(body(inner).as_bytes());
        assert_eq!(read("<Bucket>b</Bucket><UploadId>2~a/b+c==</UploadId>"), Ok(UploadId("2~a/b+c==".to_owned())));
        let short = "<InitiateMultipartUpload><UploadId>1</UploadId></InitiateMultipartUpload>";
        assert_eq!(id(short.as_bytes()), Ok(UploadId("1".to_owned())));
        assert!(read("<Bucket>b</Bucket>").is_err());
        assert!(read("<UploadId></UploadId>").is_err());
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = id(&body);
        }
    }
}

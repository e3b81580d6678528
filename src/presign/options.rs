//! What a link binds besides method, object and lifetime: how a download arrives, what an upload may be. Choices become
//! query parameters and signed headers here; quoting and names of files are made elsewhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::request::LinkRequest;
use crate::s3::provider::Provider;

/// The largest object that one PUT can carry, in bytes: 5 GiB (S3 User Guide, "Uploading objects").
pub const PUT_MAX_BYTES: u64 = 5 << 30;

/// How a download arrives: the six `response-*` overrides of S3's GetObject. What is `None` is as the object has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Download {
    /// `Content-Disposition`: whether it is shown or saved, and as which file.
    pub content_disposition: Option<String>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Expires`.
    pub expires: Option<String>,
}

/// What an upload may be. Everything here becomes a signed header that the sender must send exactly so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upload {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// The size in bytes, `Content-Length`.
    pub size: Option<u64>,
    /// The MD5 of the content: base64 as in `Content-MD5`, or 32 hex digits.
    pub md5: Option<String>,
    /// The SHA-256 of the content: base64 as in `x-amz-checksum-sha256`, or 64 hex digits.
    pub sha256: Option<String>,
    /// Whether an object that exists is left alone.
    pub creation: Creation,
    /// Further headers: metadata, encryption, storage class.
    pub headers: Vec<(String, String)>,
}

/// Whether an upload may replace an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Creation {
    /// It creates the object or replaces it.
    #[default]
    OrReplace,
    /// It only ever creates: `If-None-Match: *`.
    Only,
}

/// Why an option cannot be bound.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OptionError {
    /// The hash has another length, or is not written as one.
    #[error("that is no {name}: write its {bytes} bytes as {} hex digits, or as base64", bytes * 2)]
    Hash {
        /// `MD5` or `SHA-256`.
        name: &'static str,
        /// How many bytes it has.
        bytes: usize,
    },
    /// No store takes so much in one piece.
    #[error("one PUT carries 5 GiB at most, and this is {size} bytes: make a multipart plan instead")]
    Size {
        /// What was asked for.
        size: u64,
    },
    /// The store would answer 501.
    #[error(
        "{provider} does not know create-only uploads (If-None-Match): give the object a name that nobody can guess, \
         and look whether it exists first"
    )]
    CreateOnly {
        /// The provider's name.
        provider: String,
    },
}

impl Download {
    /// Adds the overrides to a request's query.
    pub fn bind(&self, request: &mut LinkRequest) {
        let overrides = [
            ("response-content-disposition", &self.content_disposition),
            ("response-content-type", &self.content_type),
            ("response-content-language", &self.content_language),
            ("response-content-encoding", &self.content_encoding),
            ("response-cache-control", &self.cache_control),
            ("response-expires", &self.expires),
        ];
        let chosen =
            overrides.into_iter().filter_map(|(name, value)| value.clone().map(|value| (name.to_owned(), value)));
        request.query.extend(chosen);
    }
}

impl Upload {
    /// Adds the headers to a request, as far as the provider knows them.
    pub fn bind(&self, request: &mut LinkRequest, provider: &Provider) -> Result<(), OptionError> {
        if let Some(size) = self.size.filter(|size| *size > PUT_MAX_BYTES) {
            return Err(OptionError::Size { size });
        }
        if self.creation == Creation::Only && provider.create_only == Some(false) {
            return Err(OptionError::CreateOnly { provider: provider.name.clone() });
        }
        let md5 = self.md5.as_deref().map(|text| hash(text, "MD5", 16)).transpose()?;
        let sha256 = self.sha256.as_deref().map(|text| hash(text, "SHA-256", 32)).transpose()?;
        let create_only = (self.creation == Creation::Only).then(|| "*".to_owned());
        let headers = [
            ("content-type", self.content_type.clone()),
            ("content-length", self.size.map(|size| size.to_string())),
            ("content-md5", md5),
            ("x-amz-checksum-sha256", sha256),
            ("if-none-match", create_only),
        ];
        let chosen = headers.into_iter().filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)));
        request.headers.extend(chosen.chain(self.headers.iter().cloned()));
        Ok(())
    }
}

/// A hash in base64, from base64 or hex.
fn hash(text: &str, name: &'static str, bytes: usize) -> Result<String, OptionError> {
    let text = text.trim();
    let from_hex = || -> Option<Vec<u8>> {
        let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
        digits
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => u8::try_from(high * 16 + low).ok(),
                _ => None,
            })
            .collect()
    };
    let fits = |hash: &Vec<u8>| hash.len() == bytes;
    let hash = from_hex().filter(fits).or_else(|| STANDARD.decode(text).ok().filter(fits));
    hash.map(|hash| STANDARD.encode(hash)).ok_or(OptionError::Hash { name, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presign::expiry::Expiry;
    use crate::presign::request::Method;
    use crate::s3::location::ObjectId;
    use crate::s3::name::{BucketName, Key};
    use crate::s3::provider;

    fn request(method: Method) -> LinkRequest {
        let object = ObjectId::current(BucketName::parse("b").unwrap(), Key::parse("k").unwrap());
        LinkRequest::new(method, object, Expiry::DEFAULT)
    }

    fn bound(upload: &Upload, provider: &str) -> Result<Vec<(String, String)>, OptionError> {
        let mut request = request(Method::Put);
        upload.bind(&mut request, provider::by_id(provider).unwrap()).map(|()| request.headers)
    }

    #[test]
    fn every_override_is_a_parameter_of_the_link() {
        let all = |text: &str| Some(text.to_owned());
        let download = Download {
            content_disposition: all("attachment"),
            content_type: all("text/plain"),
            content_language: all("de"),
            content_encoding: all("gzip"),
            cache_control: all("no-store"),
            expires: all("0"),
        };
        let mut request = request(Method::Get);
        download.bind(&mut request);
        assert_eq!(request.query.len(), 6);
        assert!(request.query.contains(&("response-content-disposition".to_owned(), "attachment".to_owned())));
    }

    #[test]
    fn an_upload_binds_what_was_chosen_and_nothing_else() {
        assert_eq!(bound(&Upload::default(), "aws"), Ok(Vec::new()));
        let upload = Upload {
            content_type: Some("application/pdf".to_owned()),
            size: Some(12),
            creation: Creation::Only,
            headers: vec![("x-amz-meta-ticket".to_owned(), "4711".to_owned())],
            ..Upload::default()
        };
        let headers = bound(&upload, "aws").unwrap();
        let shown: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let expected = ["content-type: application/pdf", "content-length: 12", "if-none-match: *"];
        assert_eq!(shown, [&expected[..], &["x-amz-meta-ticket: 4711"]].concat());
    }

    #[test]
    fn a_hash_is_taken_in_hex_or_base64_and_nothing_else() {
        let md5 = |text: &str| bound(&Upload { md5: Some(text.to_owned()), ..Upload::default() }, "b2");
        let expected = vec![("content-md5".to_owned(), "XUFAKrxLKna5cZ2REBfFkg==".to_owned())];
        assert_eq!(md5("5d41402abc4b2a76b9719d911017c592").unwrap(), expected);
        assert_eq!(md5(" XUFAKrxLKna5cZ2REBfFkg== ").unwrap(), expected);
        for bad in ["", "5d41", "hello", "5d41402abc4b2a76b9719d911017c59", "XUFAKrxLKna5cZ2REBfF"] {
            assert_eq!(md5(bad), Err(OptionError::Hash { name: "MD5", bytes: 16 }), "{bad}");
        }
        let sha256 = Upload { sha256: Some("0".repeat(64)), ..Upload::default() };
        assert!(bound(&sha256, "aws").unwrap()[0].1.starts_with("AAAA"));
    }

    #[test]
    fn what_the_store_would_refuse_is_refused_with_what_works_instead() {
        let create_only = Upload { creation: Creation::Only, ..Upload::default() };
        let error = bound(&create_only, "b2").unwrap_err().to_string();
        assert!(error.contains("Backblaze B2") && error.contains("nobody can guess"), "{error}");
        assert!(bound(&create_only, "custom").is_ok(), "nobody has told");
        let large = Upload { size: Some(PUT_MAX_BYTES + 1), ..Upload::default() };
        assert!(bound(&large, "aws").unwrap_err().to_string().contains("multipart"));
    }
}

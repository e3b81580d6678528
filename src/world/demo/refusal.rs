//! Errors in the words and the shape of AWS, which s3s leaves out. Reads what s3s answered, and writes what AWS would.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use s3s::{S3Error, S3ErrorCode};

/// Carries a [`Refusal`]'s details through s3s, whose errors have no room for them; never leaves the server.
const DETAIL: HeaderName = HeaderName::from_static("x-demo-detail");

/// An error as AWS answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: StatusCode,
    /// `NoSuchKey` and the like.
    pub(super) code: String,
    /// For people.
    pub(super) message: String,
    /// Further elements of the body.
    pub(super) details: Vec<(String, String)>,
    /// Headers of the answer, such as the ETag of what was not modified.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// An error with AWS's own status and message.
    pub(super) fn new(code: &str) -> Self {
        let known = KNOWN.iter().find(|(known, ..)| *known == code);
        let (status, message) = known.map_or((400, ""), |(_, status, message)| (*status, *message));
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
            code: code.to_owned(),
            message: message.to_owned(),
            details: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// The same with another message.
    #[must_use]
    pub(super) fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The same with one more element in the body.
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.details.push((name.to_owned(), value.into()));
        self
    }

    /// The same with one more header, if `value` can be one.
    #[must_use]
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).map(|value| (name, value)));
        self
    }

    /// What s3s answered, with the message that it left out.
    pub(super) fn read(status: StatusCode, mut headers: HeaderMap, body: &Bytes) -> Self {
        let (code, message) = code_and_message(body);
        let mut refusal = Self { status, ..Self::new(code.as_deref().unwrap_or("InternalError")) };
        // The words of s3s's own signature check say less than AWS's, and it speaks of its internals elsewhere.
        let is_better =
            |message: &String| refusal.message.is_empty() || has_own_words(&refusal.code) && !message.is_empty();
        if let Some(message) = message.filter(is_better) {
            refusal.message = message;
        }
        let details = headers.get_all(&DETAIL).iter().filter_map(|value| {
            let (name, value) = value.to_str().ok()?.split_once('=')?;
            Some((name.to_owned(), super::uri::decode(value)))
        });
        refusal.details = details.collect();
        headers.remove(&DETAIL);
        headers.remove(http::header::CONTENT_TYPE);
        headers.remove(http::header::CONTENT_LENGTH);
        refusal.headers = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        refusal
    }

    /// What s3s says of an upload form, as AWS would: whatever its policy does not allow is denied by it.
    pub(super) fn of_form(self) -> Self {
        let denied = |why: &str| Self::new("AccessDenied").saying(format!("Invalid according to Policy: {why}"));
        match (self.code.as_str(), self.message.as_str()) {
            ("AccessDenied", "Request has expired") => denied("Policy expired."),
            ("AccessDenied", message) if message.starts_with("Each form field") => {
                denied(&format!("Extra input fields: {}", message.split('"').nth(1).unwrap_or_default()))
            }
            ("InvalidPolicyDocument", message) if message.starts_with("Policy condition") => {
                denied(&format!("Policy Condition failed: {message}"))
            }
            _ => self,
        }
    }

    /// The body.
    pub(super) fn xml(&self, resource: &str, request_id: &str, host_id: &str) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
        let mut element = |name: &str, value: &str| {
            xml.push_str(&format!("<{name}>{}</{name}>", refer_to_controls(&escape(value))));
        };
        element("Code", &self.code);
        element("Message", &self.message);
        for (name, value) in &self.details {
            element(name, value);
        }
        element("Resource", resource);
        element("RequestId", request_id);
        element("HostId", host_id);
        xml.push_str("</Error>");
        xml
    }
}

impl From<Refusal> for S3Error {
    fn from(refusal: Refusal) -> Self {
        let code = S3ErrorCode::from_bytes(refusal.code.as_bytes());
        let code = code.unwrap_or_else(|| S3ErrorCode::Custom(refusal.code.as_str().into()));
        let mut error = Self::with_message(code, refusal.message);
        error.set_status_code(refusal.status);
        let mut headers: HeaderMap = refusal.headers.into_iter().collect();
        for (name, value) in refusal.details {
            let value = format!("{name}={}", super::uri::encode_component(&value));
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(DETAIL, value);
            }
        }
        error.set_headers(headers);
        error
    }
}

/// Control characters as AWS writes them in XML: as references. XML 1.0 has no room for most of them, not even so, which is why
/// a client that wants such a key asks for `encoding-type=url`.
pub(super) fn refer_to_controls(text: &str) -> String {
    let mut referred = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_control() && !matches!(c, '\n' | '\t') {
            referred.push_str(&format!("&#x{:x};", u32::from(c)));
        } else {
            referred.push(c);
        }
    }
    referred
}

fn code_and_message(body: &[u8]) -> (Option<String>, Option<String>) {
    let (mut code, mut message) = (None, None);
    let mut reader = Reader::from_reader(body);
    let mut inside = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => inside = start.name().as_ref().to_vec(),
            Ok(Event::Text(text)) => {
                let text = text.decode().unwrap_or_default().into_owned();
                match inside.as_slice() {
                    b"Code" => code.get_or_insert_with(String::new).push_str(&text),
                    b"Message" => message.get_or_insert_with(String::new).push_str(&text),
                    _ => {}
                }
            }
            Ok(Event::GeneralRef(reference)) if inside == b"Message" => {
                let name = reference.decode().unwrap_or_default();
                let text = quick_xml::escape::resolve_predefined_entity(&name).unwrap_or_default();
                message.get_or_insert_with(String::new).push_str(text);
            }
            Ok(Event::Eof) | Err(_) => return (code, message),
            Ok(_) => {}
        }
    }
}

/// Codes under which the message says what exactly is wrong, so that AWS has no one sentence for it.
fn has_own_words(code: &str) -> bool {
    matches!(
        code,
        "AccessDenied"
            | "AccessForbidden"
            | "AuthorizationHeaderMalformed"
            | "AuthorizationQueryParametersError"
            | "BadRequest"
            | "InvalidArgument"
            | "InvalidPolicyDocument"
            | "InvalidRequest"
            | "InvalidTag"
            | "NotImplemented"
    )
}

/// Code, status and message, as AWS pairs them.
const KNOWN: &[(&str, u16, &str)] = &[
    ("AccessDenied", 403, "Access Denied"),
    ("AccessForbidden", 403, "CORSResponse: CORS is not enabled for this bucket."),
    ("AuthorizationHeaderMalformed", 400, "The authorization header is malformed."),
    ("AuthorizationQueryParametersError", 400, "The query-string authentication parameters are not valid."),
    ("BadDigest", 400, "The Content-MD5 or checksum value that you specified did not match what the server received."),
    ("BadRequest", 400, "Bad Request"),
    (
        "BucketAlreadyOwnedByYou",
        409,
        "Your previous request to create the named bucket succeeded and you already own it.",
    ),
    ("BucketNotEmpty", 409, "The bucket you tried to delete is not empty."),
    ("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size."),
    ("EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size."),
    (
        "IllegalVersioningConfigurationException",
        400,
        "The versioning configuration specified in the request is invalid.",
    ),
    ("IncompleteBody", 400, "The request body terminated unexpectedly."),
    ("InternalError", 500, "We encountered an internal error. Please try again."),
    ("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."),
    ("InvalidArgument", 400, "Invalid Argument"),
    ("InvalidBucketName", 400, "The specified bucket is not valid."),
    ("InvalidDigest", 400, "The Content-MD5 you specified was invalid."),
    ("InvalidObjectState", 403, "The operation is not valid for the object's storage class"),
    (
        "InvalidPart",
        400,
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    ),
    ("InvalidPartNumber", 416, "The requested partnumber is not satisfiable"),
    ("InvalidPartOrder", 400, "The list of parts was not in ascending order. Parts must be ordered by part number."),
    ("InvalidPolicyDocument", 400, "Invalid Policy: Invalid JSON."),
    ("InvalidRange", 416, "The requested range is not satisfiable"),
    ("InvalidRequest", 400, "Invalid Request"),
    ("InvalidStorageClass", 400, "The storage class you specified is not valid"),
    ("InvalidTag", 400, "The tag provided was not a valid tag."),
    ("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
    ("InvalidURI", 400, "Couldn't parse the specified URI."),
    ("KeyTooLongError", 400, "Your key is too long"),
    ("MalformedXML", 400, "The XML you provided was not well-formed or did not validate against our published schema"),
    ("MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size"),
    ("MethodNotAllowed", 405, "The specified method is not allowed against this resource."),
    ("MissingContentLength", 411, "You must provide the Content-Length HTTP header."),
    ("NoSuchBucket", 404, "The specified bucket does not exist"),
    ("NoSuchCORSConfiguration", 404, "The CORS configuration does not exist"),
    ("NoSuchKey", 404, "The specified key does not exist."),
    (
        "NoSuchUpload",
        404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    ),
    ("NoSuchVersion", 404, "The specified version does not exist."),
    ("NotImplemented", 501, "A header you provided implies functionality that is not implemented"),
    ("NotModified", 304, "Not Modified"),
    (
        "PermanentRedirect",
        301,
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
    ),
    ("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold"),
    ("RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large."),
    (
        "SignatureDoesNotMatch",
        403,
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    ),
    ("XAmzContentSHA256Mismatch", 400, "The provided 'x-amz-content-sha256' header does not match what was computed."),
];

//! What a link is asked for: method, object, lifetime, and what it binds.

use std::fmt;

use super::expiry::Expiry;
use crate::s3::location::ObjectId;

/// The HTTP method that a link is good for; it is part of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Download.
    Get,
    /// Look at the headers.
    Head,
    /// Upload.
    Put,
    /// Delete.
    Delete,
}

impl Method {
    /// The word in the request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A link to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRequest {
    /// What the link may do.
    pub method: Method,
    /// To which object or version.
    pub object: ObjectId,
    /// For how long from the moment of signing.
    pub expires_in: Expiry,
    /// Further query parameters to sign, such as `response-content-disposition`; not percent-encoded.
    pub query: Vec<(String, String)>,
    /// Headers that the sender must send exactly so; `host` is signed besides.
    pub headers: Vec<(String, String)>,
}

impl LinkRequest {
    /// A link that binds nothing but method, object and lifetime.
    pub fn new(method: Method, object: ObjectId, expires_in: Expiry) -> Self {
        Self { method, object, expires_in, query: Vec::new(), headers: Vec::new() }
    }
}

//! What a link is asked for: method, object, lifetime, and what it binds.

use std::fmt;

use serde::Serialize;

use super::expiry::{Expiry, Lifetime};
use crate::s3::location::ObjectId;

/// The HTTP method that a link is good for; it is part of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Download.
    Get,
    /// Look at the headers.
    Head,
    /// Upload.
    Put,
    /// Delete.
    Delete,
    /// Begin or complete an upload in parts.
    Post,
}

impl Method {
    /// The word in the request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Post => "POST",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A link to be made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LinkRequest {
    /// What the link may do.
    pub method: Method,
    /// To which object or version.
    pub object: ObjectId,
    /// For how long from the moment of signing.
    pub lifetime: Lifetime,
    /// Further query parameters to sign, such as `response-content-disposition`; not percent-encoded.
    pub query: Vec<(String, String)>,
    /// Headers that the sender must send exactly so; `host` is signed besides.
    pub headers: Vec<(String, String)>,
    /// Signs at the start of a window of this length instead of now, so that the same request gives the same URL all
    /// through the window; the link lives so much longer that nobody gets less than was asked for.
    pub stable: Option<Expiry>,
}

impl LinkRequest {
    /// A link that binds nothing but method, object and lifetime.
    pub fn new(method: Method, object: ObjectId, lifetime: impl Into<Lifetime>) -> Self {
        Self { method, object, lifetime: lifetime.into(), query: Vec::new(), headers: Vec::new(), stable: None }
    }

    /// The value that the sender must send of a header; `None` where the link leaves it open.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

//! Many links at once: what they are for, how far their making is, and the file that they are in.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::presign::expiry::Lifetime;
use crate::presign::export::Format;
use crate::presign::link::LinkText;
use crate::presign::policy::FormRequest;
use crate::presign::request::Method;
use crate::s3::failure::Failure;
use crate::s3::location::ObjectId;
use crate::s3::name::{BucketName, Prefix};

/// Links that are made together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What they lead to, in words: `3 marked rows`, `s3://bucket/prefix/`.
    pub title: String,
    /// What they are made of.
    pub shape: Shape,
    /// How long they work.
    pub lifetime: Lifetime,
}

/// What many links are made of, and as what they are written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A list with a link to each object.
    List {
        /// The objects, in order.
        places: Vec<Place>,
        /// What each link may do.
        method: Method,
        /// How the list is written.
        format: Format,
    },
    /// An HLS playlist, and those that it names, with a link for each file in them.
    Playlists(ObjectId),
    /// A form for browsers, by which files are uploaded.
    Form(FormRequest),
    /// A script that uploads one large object in parts.
    Parts {
        /// The object.
        object: ObjectId,
        /// Its size in bytes.
        size: u64,
        /// What the whole object gets: its type, metadata and the like.
        headers: Vec<(String, String)>,
    },
}

/// One object, or many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An object, with its size in bytes as the list has it.
    Object(ObjectId, u64),
    /// All objects below a prefix.
    Below(BucketName, Prefix),
}

/// Links that were asked for together, and what became of them.
#[derive(Debug)]
pub struct BatchSheet {
    /// What was asked for.
    pub job: Job,
    /// What became of it.
    pub state: BatchState,
}

/// What became of links that were asked for together.
#[derive(Debug)]
pub enum BatchState {
    /// So many are made.
    Running(u64),
    /// They are in a file.
    Written(Box<Written>),
    /// There are none.
    Failed(Failure),
}

/// Links in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file; of several the one to begin with.
    pub path: PathBuf,
    /// How many links it holds.
    pub links: u64,
    /// When the last of them stops working; `None` where there is no link.
    pub ends_at: Option<Timestamp>,
    /// How many objects have no link in it, and why the first of them has none.
    pub left_out: Option<(u64, String)>,
    /// What to know besides.
    pub remarks: Vec<String>,
    /// Why the ledger does not hold them.
    pub not_noted: Option<String>,
    /// What is in the file, where it is short enough to be copied.
    pub text: Option<LinkText>,
}

/// The `s3://` location, byte for byte.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(object, _) => object.fmt(f),
            Self::Below(bucket, prefix) => write!(f, "s3://{bucket}/{}", prefix.as_str()),
        }
    }
}

impl Job {
    /// What each of the links may do.
    pub fn method(&self) -> Method {
        match &self.shape {
            Shape::List { method, .. } => *method,
            Shape::Playlists(_) => Method::Get,
            Shape::Parts { .. } => Method::Put,
            Shape::Form(_) => Method::Post,
        }
    }
}

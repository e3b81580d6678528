//! Who pays for what is read from a bucket: its owner, or whoever asks and says so in each request.

/// Who pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Payer {
    /// The owner of the bucket.
    #[default]
    Owner,
    /// Whoever signed the request or the link. A bucket that wants this refuses everyone who does not say so.
    Requester,
}

impl Payer {
    /// What a request says of it, as a header, and what a link says, as a parameter: name and value. Amazon, "Using Requester
    /// Pays buckets".
    pub fn said(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Owner => None,
            Self::Requester => Some(("x-amz-request-payer", "requester")),
        }
    }
}

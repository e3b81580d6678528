//! What is to be done outside, as values. Doing it is the runtime's business; the answer comes back as a message.

use super::msg::Clip;
use crate::doctor::cors::Page;
use crate::model::arrangement::Arranging;
use crate::model::batch::Job;
use crate::model::find::FindJob;
use crate::model::pending::{Lane, Question};
use crate::model::presign::Noted;
use crate::model::usage::UsageJob;
use crate::presign::credentials::OneTimeCode;
use crate::presign::inspect::Report;
use crate::presign::ledger::Destination;
use crate::presign::link::{Link, LinkText, SignedUrl};
use crate::presign::request::LinkRequest;
use crate::presign::reuse::Freshness;
use crate::s3::listing::KeysRequest;
use crate::s3::location::{Location, ObjectId};
use crate::s3::memory::Remembered;
use crate::s3::new_store::NewStore;
use crate::s3::store::StoreId;

/// Something to do. A question aborts the older one in its lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask for all buckets.
    ListBuckets(Question),
    /// Ask for a page.
    List(Question, KeysRequest),
    /// Ask for all pages from one on, many at a time. The name is that of the last row before it; empty before the first.
    ListAll(Question, KeysRequest, String),
    /// Filter and sort the rows of a long list.
    Arrange(Question, Box<Arranging>),
    /// Ask for an object's HEAD.
    Head(Question, ObjectId),
    /// Ask for an object's tags.
    Tags(Question, ObjectId),
    /// Ask for an object's versions.
    Versions(Question, ObjectId),
    /// Ask for the credentials, of which only the end is told; those that end soon are renewed by that.
    AskEnd(Question),
    /// Make a link.
    Presign(Question, LinkRequest, Freshness),
    /// Ask the store whether a link works, without using it.
    Probe(Question, Box<Link>),
    /// Make many links and write them to a file.
    Batch(Question, Box<Job>),
    /// Count how much lies below a prefix.
    CountUsage(Question, Box<UsageJob>),
    /// Look for objects below a prefix.
    Find(Question, Box<FindJob>),
    /// Note in the ledger where a link went.
    Record(Box<Noted>, Destination),
    /// Remember this of the open store until the next session.
    Remember(Remembered),
    /// Find all stores that can be opened.
    ListStores(Question),
    /// Ask a store that is about to be added for as little as shows that its key works.
    TryStore(Question, Box<NewStore>),
    /// Write a store into the settings.
    AddStore(Question, Box<NewStore>),
    /// Open another store. The one that is open stays so meanwhile.
    OpenStore(Question, StoreId),
    /// From now on everything is asked of this store, which was opened before.
    EnterStore(StoreId),
    /// Read the ledger.
    ReadLedger(Question),
    /// Say what the link in a text is.
    Inspect(Question, LinkText),
    /// Ask the store of the link that was inspected whether it works.
    AskStore(Question, Box<Report>),
    /// Look at everything that may be wrong between this machine and a place in the store.
    Examine(Question, Location, Option<Page>),
    /// Stop what runs in a lane.
    Abort(Lane),
    /// Copy a link.
    CopyLink(Question, SignedUrl),
    /// Copy a text that was made of a link; `Clip` says what to call it.
    CopyLinkText(Question, LinkText, Clip),
    /// Copy plain text; `Clip` says what to call it.
    CopyText(Question, String, Clip),
    /// Copy the address that an object has without a signature.
    CopyAddress(Question, ObjectId),
    /// Write a link to a file that only the user can read; the name is a hint for people.
    SaveLink(SignedUrl, ObjectId),
    /// Hand on the code that was asked for; `None` where it is not given.
    GiveCode(Option<OneTimeCode>),
    /// Take the mouse, or leave it to the terminal.
    CaptureMouse(bool),
    /// Give the terminal back and stop the process until it is continued.
    Suspend,
    /// End the program.
    Quit,
}

impl Effect {
    /// The lane of a question; `None` for acts that stand alone.
    pub fn lane(&self) -> Option<Lane> {
        match self {
            Self::ListBuckets(_) | Self::List(..) | Self::ListAll(..) => Some(Lane::Listing),
            Self::Arrange(..) => Some(Lane::Arranging),
            Self::Head(..) => Some(Lane::Facts),
            Self::Tags(..) => Some(Lane::Tags),
            Self::Versions(..) => Some(Lane::Versions),
            Self::AskEnd(_) => Some(Lane::Credentials),
            Self::Presign(..) => Some(Lane::Presign),
            Self::ReadLedger(_) => Some(Lane::Ledger),
            Self::Inspect(..) | Self::AskStore(..) => Some(Lane::Inspect),
            Self::Examine(..) => Some(Lane::Doctor),
            Self::CopyLink(..) | Self::CopyLinkText(..) | Self::CopyText(..) | Self::CopyAddress(..) => {
                Some(Lane::Copy)
            }
            Self::Probe(..) => Some(Lane::Probe),
            Self::Batch(..) => Some(Lane::Batch),
            Self::Find(..) => Some(Lane::Find),
            Self::CountUsage(..) => Some(Lane::Usage),
            Self::ListStores(_) | Self::OpenStore(..) | Self::TryStore(..) | Self::AddStore(..) => Some(Lane::Stores),
            Self::Record(..)
            | Self::EnterStore(_)
            | Self::Remember(_)
            | Self::Abort(_)
            | Self::GiveCode(_)
            | Self::SaveLink(..)
            | Self::CaptureMouse(_)
            | Self::Suspend
            | Self::Quit => None,
        }
    }
}

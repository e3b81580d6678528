//! A page that is read and scrolled. Its text is made by the view; here is which page it is, and how far it is scrolled.

use super::doctor::Examination;
use super::inspect::Inspection;
use super::notice::Notice;
use crate::presign::ledger::issued::Issued;
use crate::presign::ledger::warning::Warning;
use crate::presign::link::LinkText;
use crate::s3::location::ObjectId;

/// A page in front of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What it shows.
    pub subject: Subject,
    /// The first line shown; of the messages, the one that is chosen, counted from the newest.
    pub top: usize,
}

/// What a page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The keys of the scene below it.
    Help(crate::command::list::Scene),
    /// The messages of this session, newest first.
    Messages,
    /// All that is known of one message.
    Message(Box<Notice>),
    /// All facts and the tags of an object.
    Facts(ObjectId),
    /// The versions of an object.
    Versions(ObjectId),
    /// Everything that the ledger says of a link, and what there is to warn about.
    Issued(Box<Issued>, Vec<Warning>),
    /// The whole URL of the link below it, unwrapped.
    Url,
    /// The link below it as a QR code.
    Qr,
    /// What is known of a link that somebody pasted.
    Inspection(Inspection),
    /// What is wrong between this machine and the store.
    Examination(Examination),
    /// A text that was made of a link, such as a command, under its title.
    Text(String, LinkText),
}

impl Page {
    /// The page, from its top.
    pub fn new(subject: Subject) -> Self {
        Self { subject, top: 0 }
    }
}

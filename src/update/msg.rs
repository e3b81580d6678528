//! What can happen: a key, an answer, a moment that was waited for.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::command::key::Key;
use crate::doctor;
use crate::model::arrangement::Arrangement;
use crate::model::batch::Written;
use crate::model::find::Found;
use crate::model::ledger::Reading;
use crate::model::pending::Question;
use crate::model::presign::Copied;
use crate::model::store::Store;
use crate::model::usage::Growth;
use crate::model::viewport::Viewport;
use crate::presign::credentials::CodeAsk;
use crate::presign::inspect::Report;
use crate::presign::ledger::warning::Warning;
use crate::presign::link::{Link, LinkText};
use crate::presign::probe::Finding;
use crate::s3::facts::{ObjectFacts, Tag};
use crate::s3::failure::Failure;
use crate::s3::key_page::KeyPage;
use crate::s3::listing::{Buckets, Versions};
use crate::s3::location::ObjectId;
use crate::s3::new_store::Tried;
use crate::s3::retrying::Retrying;
use crate::s3::store::{KnownStores, StoreId};

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted; it may hold a link.
    Pasted(LinkText),
    /// The mouse did something.
    Mouse(Mouse),
    /// The moment of [`crate::model::Model::next_wake`] has come.
    Woke,
    /// The screen was drawn with these measures.
    Measured(Viewport),
    /// Whoever gives the credentials wants a code first.
    CodeWanted(CodeAsk),
    /// Something failed beside the work.
    Told(Failure),
    /// This is waited for before anything can be asked of the store; `None` once it is over.
    Waiting(Option<String>),
    /// The list of buckets came, or why it did not.
    BucketsCame(Question, Result<Buckets, Failure>),
    /// Requests are tried again, or none is any more.
    Retrying(Option<Retrying>),
    /// This machine's clock is so far ahead of the store's, by which everything goes from now on.
    ClockIsOff(SignedDuration),
    /// A page came.
    PageCame(Question, Result<KeyPage, Failure>),
    /// Further pages of a listing came, of which there is more to hear; so many rows behind them came early, and wait for those
    /// between.
    PagesCame(Question, Vec<KeyPage>, usize),
    /// The last pages of a listing, and that they are, or why there are no more.
    ListingEnded(Question, Vec<KeyPage>, Result<(), Failure>),
    /// A part of the rows of a long list is filtered and sorted.
    ArrangedSoFar(Question, Arrangement),
    /// All of them are.
    Arranged(Question, Arrangement),
    /// The answer to a HEAD came.
    HeadCame(Question, ObjectId, Result<Box<ObjectFacts>, Failure>),
    /// Tags came.
    TagsCame(Question, ObjectId, Result<Vec<Tag>, Failure>),
    /// Versions came.
    VersionsCame(Question, ObjectId, Result<Versions, Failure>),
    /// When the credentials end, `None` for never; or why nobody knows.
    EndCame(Question, Result<Option<Timestamp>, Failure>),
    /// A link was made.
    LinkMade(Question, Result<Box<Link>, Failure>),
    /// The ledger was read.
    LedgerCame(Question, Result<Box<Reading>, Failure>),
    /// A link was inspected, or its store was asked.
    Inspected(Question, Result<Box<Report>, Failure>),
    /// The stores that can be opened were found.
    StoresCame(Question, KnownStores),
    /// A store that is about to be added answered, or did not.
    StoreTried(Question, Result<Tried, Failure>),
    /// A store is in the settings now, or why it is not.
    StoreAdded(Question, Result<StoreId, Failure>),
    /// Another store was opened, or why it was not.
    StoreOpened(Question, Result<Box<Store>, Failure>),
    /// It was looked for what is wrong.
    Examined(Question, Result<Box<doctor::Report>, Failure>),
    /// A copy of the link, or of other text, got this far.
    Copied(Question, Clip, Copied),
    /// The store was asked whether a link works.
    Probed(Question, Box<Finding>),
    /// Where a link went was noted in the ledger, with what there is to warn about; or why it was not.
    Recorded(Result<Vec<Warning>, Failure>),
    /// So many links of a batch are made.
    BatchGrew(Question, u64),
    /// The links of a batch are in a file, or why they are not.
    BatchWritten(Question, Result<Box<Written>, Failure>),
    /// So much was counted since it was told the last time.
    UsageGrew(Question, Box<Growth>),
    /// The last of what was counted, and whether that is all, or why not.
    UsageCame(Question, Box<Growth>, Result<(), Failure>),
    /// So much was found since it was told the last time.
    FoundMore(Question, Box<Found>),
    /// The last of what was found, and whether everything was looked at, or why not.
    SearchEnded(Question, Box<Found>, Result<(), Failure>),
    /// The link was written to a file, or why it was not.
    LinkSaved(Result<PathBuf, Failure>),
}

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clip {
    /// The link in front.
    Link,
    /// The link in front as a command.
    Command,
    /// The link in front as a message.
    Message,
    /// So many links at once.
    Batch(u64),
    /// The name of the file that many links are in.
    Path,
    /// The address that an object has without a signature.
    Address,
    /// What is known of an inspected link.
    Report,
    /// So many `s3://` locations.
    Locations(usize),
}

/// What the mouse did, at a cell of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What it did.
    pub act: MouseAct,
    /// Column, from 0.
    pub x: u16,
    /// Row, from 0.
    pub y: u16,
}

/// What a mouse can do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseAct {
    /// The left button went down.
    Click,
    /// The wheel turned up.
    WheelUp,
    /// The wheel turned down.
    WheelDown,
}

//! Every key below a prefix, page by page, with what a person may want to know meanwhile; and a way to stop it.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::places::Below;
use crate::s3::entry::{Entry, ObjectSummary};
use crate::s3::listing::{Depth, ListRequest, Page};
use crate::view::text::count;
use crate::world::ObjectStore;

/// How many keys are asked for at a time: as many as S3 names in one answer.
const PAGE: u16 = 1_000;

/// How often the number of links is told at most.
const PAUSE: Duration = Duration::from_millis(100);

/// The pages of what lies below a prefix.
pub(super) struct Pages<'a> {
    store: &'a dyn ObjectStore,
    next: Option<ListRequest>,
}

/// What comes next of a listing.
pub(super) enum Next {
    /// Objects, in key order.
    Objects(Vec<ObjectSummary>),
    /// Nothing more.
    End,
    /// Somebody pressed Ctrl-C.
    Stopped,
}

/// Ctrl-C as something that is noticed between two pages, so that it leaves whole lines.
pub(super) struct Interrupt(Signal);

impl Interrupt {
    /// From now on Ctrl-C does not end the program by itself.
    pub(super) fn watch(runtime: &Runtime) -> anyhow::Result<Self> {
        let _inside = runtime.enter();
        signal(SignalKind::interrupt()).map(Self).context("cannot listen for Ctrl-C")
    }
}

impl<'a> Pages<'a> {
    /// Nothing is asked yet.
    pub(super) fn new(store: &'a dyn ObjectStore, below: &Below) -> Self {
        let Below { bucket, prefix } = below.clone();
        Self { store, next: Some(ListRequest { bucket, prefix, depth: Depth::All, after: None, max_keys: PAGE }) }
    }

    /// The next page.
    pub(super) fn next(&mut self, runtime: &Runtime, interrupt: &mut Interrupt) -> anyhow::Result<Next> {
        let Some(request) = self.next.take() else { return Ok(Next::End) };
        let answer = runtime.block_on(async {
            tokio::select! {
                biased;
                _ = interrupt.0.recv() => None,
                page = self.store.list(&request) => Some(page),
            }
        });
        let Some(page) = answer else { return Ok(Next::Stopped) };
        let Page { entries, next } = page?;
        self.next = next.map(|token| ListRequest { after: Some(token), ..request });
        let objects = entries.into_iter().filter_map(|entry| match entry {
            Entry::Object(object) => Some(object),
            Entry::Prefix(_) | Entry::Bucket(_) => None,
        });
        Ok(Next::Objects(objects.collect()))
    }
}

/// Tells a terminal how many links there are.
pub(super) struct Progress {
    shown: Option<Instant>,
    is_wanted: bool,
}

impl Progress {
    /// Shown on standard error if that is a terminal, and the links do not run across the same one.
    pub(super) fn new(links_are_seen: LinksAreSeen) -> Self {
        Self { shown: None, is_wanted: links_are_seen == LinksAreSeen::Elsewhere && io::stderr().is_terminal() }
    }

    /// `12,000 links…`, unless that was told just now. The cursor stays at the start, so that whatever is said next covers it.
    pub(super) fn tell(&mut self, links: usize) {
        if self.is_wanted && self.shown.is_none_or(|shown| shown.elapsed() >= PAUSE) {
            self.shown = Some(Instant::now());
            let mut stderr = io::stderr();
            // Where it cannot be told there is nobody to tell.
            let _ = write!(stderr, "{} links…\r", count(links)).and_then(|()| stderr.flush());
        }
    }

    /// Takes it away.
    pub(super) fn clear(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(io::stderr(), "{:30}\r", "");
        }
    }
}

/// Where links are seen as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinksAreSeen {
    /// On the terminal.
    Here,
    /// In a file or by a program.
    Elsewhere,
}

//! What a person may want while there are links to every key below a prefix: how many there are, and a way to stop.

use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures::FutureExt;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::s3::key_page::KeyPage;
use crate::s3::size::count;
use crate::world::listing::series::Series;

/// How often the number of links is told at most.
const PAUSE: Duration = Duration::from_millis(100);

/// What comes next of a listing.
pub(super) enum Next {
    /// Objects, in key order.
    Page(KeyPage),
    /// Nothing more below this prefix.
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

/// The next page of what lies below the present prefix. Does `first` before it waits for one.
pub(super) fn next(
    pages: &mut Series<'_>,
    runtime: &Runtime,
    interrupt: &mut Interrupt,
    first: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<Next> {
    runtime.block_on(async {
        let mut next = pin!(async {
            tokio::select! {
                biased;
                _ = interrupt.0.recv() => Ok(Next::Stopped),
                page = pages.next() => Ok(page.transpose()?.map_or(Next::End, Next::Page)),
            }
        });
        match next.as_mut().now_or_never() {
            Some(next) => next,
            None => {
                first()?;
                next.await
            }
        }
    })
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

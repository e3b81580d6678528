//! The ledger on the screen: the links that were read of it, which are shown in what order, and where the cursor is.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::Timestamp;

use super::moment::Moment;
use super::spot::{List, Spot};
use crate::presign::ledger::issued::{Issued, KeyLinks, Newest, by_key};
use crate::s3::failure::Failure;

/// What was read of the ledger.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The links.
    pub newest: Newest,
    /// The access keys of all links; `None` where none is left out, so that the links themselves say it.
    pub keys: Option<Vec<KeyLinks>>,
    /// How many lines are no records.
    pub unreadable: usize,
    /// Why a part was not read.
    pub failure: Option<Failure>,
}

/// The links that were issued: first those that still work, the first to end in front, then those that ended, the last to
/// end in front.
///
/// Invariants: `order` and `shown` hold positions in the links, each at most once; `live` of `order` worked at `as_of`.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Why it was not read at all the last time.
    pub failure: Option<Failure>,
    reading: Option<Reading>,
    shows: Shown,
    filter: String,
    as_of: Timestamp,
    order: Vec<usize>,
    live: usize,
    shown: Vec<usize>,
    keys: Vec<KeyLinks>,
    at_links: Spot,
    at_keys: Spot,
}

/// What the rows are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Links.
    #[default]
    Links,
    /// Access keys, with what hangs on each.
    Keys,
}

impl Ledger {
    /// Takes what was read in place of what was known. The cursor stays on its link, where that is still there.
    pub fn take(&mut self, reading: Reading, now: Timestamp) {
        let current = self.current_name();
        self.failure = None;
        self.reading = Some(reading);
        self.arrange(now, current.as_deref());
    }

    /// Puts a link that has ended since among the ended ones. Does nothing while nothing has changed.
    pub fn keep_true(&mut self, now: Timestamp) {
        let has_ended = self.first_end().is_some_and(|end| end <= now);
        // A clock that was set back makes links live again.
        if has_ended || now < self.as_of {
            let current = self.current_name();
            self.arrange(now, current.as_deref());
        }
    }

    /// What was read; `None` until the first answer.
    pub fn reading(&self) -> Option<&Reading> {
        self.reading.as_ref()
    }

    /// How many links are known.
    pub fn links_count(&self) -> usize {
        self.order.len()
    }

    /// How many of all links still work; of links that are left out, how many did when the ledger was read.
    pub fn live_count(&self) -> usize {
        match self.has_left_out() {
            true => self.keys.iter().map(|key| key.live).sum(),
            false => self.live,
        }
    }

    /// Whether there are more links than are known.
    pub fn has_left_out(&self) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.newest.left_out > 0)
    }

    /// The links that are shown, from position `from` on.
    pub fn shown_from(&self, from: usize) -> impl Iterator<Item = &Issued> {
        self.shown.iter().skip(from).filter_map(|at| self.links().get(*at))
    }

    /// All links, in the order in which they were handed on.
    pub fn links(&self) -> &[Issued] {
        self.reading.as_ref().map_or(&[], |reading| &reading.newest.links)
    }

    /// The access keys, the one with most live links first.
    pub fn keys(&self) -> &[KeyLinks] {
        &self.keys
    }

    /// The link under the cursor, where links are shown.
    pub fn current(&self) -> Option<&Issued> {
        match self.shows {
            Shown::Links => self.links().get(*self.shown.get(self.at_links.cursor())?),
            Shown::Keys => None,
        }
    }

    /// The access key under the cursor, where keys are shown.
    pub fn current_key(&self) -> Option<&KeyLinks> {
        match self.shows {
            Shown::Links => None,
            Shown::Keys => self.keys.get(self.at_keys.cursor()),
        }
    }

    /// What the rows are.
    pub fn shows(&self) -> Shown {
        self.shows
    }

    /// Shows links or keys, each with the cursor where it was.
    pub fn show(&mut self, what: Shown) {
        self.shows = what;
    }

    /// The text that the shown links contain.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Shows only links whose record contains `filter`. The cursor stays on its link, where that is still shown.
    pub fn set_filter(&mut self, filter: String) {
        if filter != self.filter {
            let current = self.current_name();
            self.filter = filter;
            self.show_matching(current.as_deref());
        }
    }

    /// When something on a screen of `height` rows changes by itself: a countdown, or the number of live links.
    pub(super) fn changes_at(&self, now: Moment, height: usize) -> Option<Duration> {
        let next_end = self.first_end().map(|end| {
            let left = Duration::try_from(end.duration_since(now.wall)).unwrap_or_default();
            now.uptime + left
        });
        let countdown = match self.shows {
            Shown::Links => {
                let ends = self.shown_from(self.at_links.top()).take(height).map(|link| link.first.ends_at);
                ends.filter_map(|end| now.countdown_changes_at(end)).min()
            }
            Shown::Keys => None,
        };
        next_end.into_iter().chain(countdown).min()
    }

    /// When the first of the live links ends.
    fn first_end(&self) -> Option<Timestamp> {
        let first = self.order.first().filter(|_| self.live > 0)?;
        self.links().get(*first).map(|link| link.first.ends_at)
    }

    /// The name of the link under the cursor of links, even where keys are shown.
    fn current_name(&self) -> Option<String> {
        let at = self.shown.get(self.at_links.cursor())?;
        self.links().get(*at).map(|link| link.first.url_sha256.clone())
    }

    fn arrange(&mut self, now: Timestamp, current: Option<&str>) {
        self.as_of = now;
        let links = self.reading.as_ref().map_or(&[][..], |reading| &reading.newest.links);
        let is_live = |at: &usize| links.get(*at).is_some_and(|link| link.first.is_live(now));
        let end = |at: &usize| links.get(*at).map(|link| link.first.ends_at);
        let (mut order, mut ended): (Vec<usize>, Vec<usize>) = (0..links.len()).partition(is_live);
        order.sort_by_key(end);
        ended.sort_by_key(|at| Reverse(end(at)));
        self.live = order.len();
        order.extend(ended);
        self.order = order;
        self.keys = match self.reading.as_ref().and_then(|reading| reading.keys.clone()) {
            Some(keys) => keys,
            None => by_key(links.iter().map(|link| link.first.clone()), now),
        };
        self.show_matching(current);
        self.at_keys.move_to(self.at_keys.cursor(), self.keys.len());
    }

    /// Shows what the filter leaves, with the cursor on the link that is called `current` or where it was.
    fn show_matching(&mut self, current: Option<&str>) {
        let links = self.reading.as_ref().map_or(&[][..], |reading| &reading.newest.links);
        let matches = |at: &&usize| links.get(**at).is_some_and(|link| link.first.contains(&self.filter));
        self.shown = self.order.iter().filter(matches).copied().collect();
        let is_current =
            |at: &usize| links.get(*at).is_some_and(|link| Some(link.first.url_sha256.as_str()) == current);
        let cursor = self.shown.iter().position(is_current).unwrap_or(self.at_links.cursor());
        self.at_links.move_to(cursor, self.shown.len());
    }
}

impl List for Ledger {
    fn shown_count(&self) -> usize {
        match self.shows {
            Shown::Links => self.shown.len(),
            Shown::Keys => self.keys.len(),
        }
    }

    fn spot(&self) -> Spot {
        match self.shows {
            Shown::Links => self.at_links,
            Shown::Keys => self.at_keys,
        }
    }

    fn spot_mut(&mut self) -> &mut Spot {
        match self.shows {
            Shown::Links => &mut self.at_links,
            Shown::Keys => &mut self.at_keys,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presign::ledger::Record;
    use crate::presign::ledger::issued::fold;

    /// Links to `a`, `b` and `c`, which end at 12:00, 13:00 and 14:00.
    fn reading() -> Reading {
        let record = |(key, hour): (&str, u32)| {
            let line = format!(
                r#"{{"v":1,"at":"2026-11-20T11:00:00Z","who":"ada","store":"demo","provider":"b2","method":"GET",
                "bucket":"docs","key":"{key}","ends_at":"2026-11-20T{hour}:00:00Z","limited_by":"asked",
                "signed_headers":["host"],"access_key_last4":"MPLE","temporary":false,"host":"h","destination":"file",
                "url_sha256":"{key}"}}"#
            );
            Record::parse_line(line.as_bytes()).unwrap()
        };
        let links = fold([("a", 12), ("b", 13), ("c", 14)].map(record));
        Reading { newest: Newest { links, left_out: 0 }, ..Reading::default() }
    }

    fn at(time: &str) -> Timestamp {
        format!("2026-11-20T{time}Z").parse().unwrap()
    }

    fn shown(ledger: &Ledger) -> String {
        ledger.shown_from(0).map(|link| link.first.url_sha256.as_str()).collect()
    }

    #[test]
    fn links_change_sides_when_they_end_and_again_when_the_clock_is_set_back() {
        let mut ledger = Ledger::default();
        ledger.take(reading(), at("11:30:00"));
        assert_eq!((shown(&ledger).as_str(), ledger.live_count()), ("abc", 3));
        ledger.keep_true(at("13:00:00"));
        assert_eq!((shown(&ledger).as_str(), ledger.live_count()), ("cba", 1));
        ledger.keep_true(at("12:30:00"));
        assert_eq!((shown(&ledger).as_str(), ledger.live_count()), ("bca", 2));
        assert_eq!(ledger.current().map(|link| link.first.url_sha256.as_str()), Some("a"), "the cursor went along");
    }

    #[test]
    fn each_view_keeps_a_cursor_of_its_own() {
        let mut ledger = Ledger::default();
        ledger.take(reading(), at("11:30:00"));
        ledger.move_to(2);
        ledger.show(Shown::Keys);
        assert_eq!((ledger.cursor(), ledger.shown_count()), (0, 1));
        ledger.move_by(5);
        assert_eq!(ledger.cursor(), 0);
        ledger.show(Shown::Links);
        assert_eq!(ledger.cursor(), 2);
    }
}

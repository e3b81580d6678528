//! What to ask next for a listing in parallel, and what the answers come to. Pure: it neither asks nor waits.
//!
//! The names below a prefix are a row of ranges, each read page after page. A range that has much before it is cut: a page
//! is asked for that begins at the cut. If it holds names, they are the first ones of a new range; nothing is fetched only
//! to look. If it holds none, the range ends at the cut. Until that answer comes the range goes on by itself, so that a cut
//! that fails costs one request and never a key.

use std::collections::VecDeque;

use super::cut::{FAR, Shape, Stretch};
use super::{Order, Progress};
use crate::s3::key_page::KeyPage;
use crate::s3::keys::shared_bytes;
use crate::s3::listing::{Depth, Resume};
use crate::s3::name::DELIMITER;

/// A stretch that is shorter than so many pages is not worth a cut: each one costs half a page where two ranges meet.
const WORTH_A_CUT: f64 = 5.0;

/// So many requests, besides one for each second hand, may be spent on cuts before there is any answer.
const AT_RISK: i64 = 4;

/// For so many useful answers, one request more may be spent on cuts. A cut that leads nowhere costs one, and one that holds
/// half a one.
const USEFUL_FOR_ONE_SPENT: i64 = 12;

/// The same for answers that come while half of the hands are idle: then time is worth more than a request. Names that
/// cannot be cut would double the requests so, and therefore it ends at one and a half for each hand.
const IDLE_FOR_ONE_SPENT: i64 = 3;

/// From so many pages it is told how many more there are.
const REMEMBERED: usize = 4;

/// How many names of a page teach what names look like.
const SAMPLES: usize = 24;

/// A question that is to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    /// What its answer has to be given back with.
    pub(super) id: u64,
    /// Where the page begins.
    pub(super) from: Resume,
}

/// Names come in another order than that of their bytes, which makes cuts meaningless, and some were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutOfOrder;

/// What becomes of a failed question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Nothing is lost: another range covers it.
    None,
    /// Names are missing.
    Names,
}

/// A listing that is under way.
#[derive(Debug)]
pub(super) struct Plan {
    prefix: String,
    depth: Depth,
    order: Order,
    /// Those that are not yet handed out whole, in the order of names, without overlap.
    ranges: Vec<Range>,
    /// Cuts whose first page is awaited.
    cuts: Vec<Cut>,
    shape: Shape,
    /// Whether cuts may be made.
    cutting: Cutting,
    next_id: u64,
    in_flight: usize,
    limit: usize,
    /// Bytes of pages that wait to be handed out, and how many may.
    pub(super) held: usize,
    most_held: usize,
    useful: i64,
    /// Answers that came while half of the hands, or more, had nothing to do.
    idle: i64,
    wasted: i64,
    /// Cuts that have become ranges.
    held_cuts: i64,
    requests: u64,
    rows: u64,
    /// Memory of all pages that came.
    bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cutting {
    /// No cut has held yet.
    Untried,
    /// Cuts were made.
    Done,
    /// The store does not know how to begin at a name, or keeps no order.
    Impossible,
}

#[derive(Debug)]
struct Range {
    /// Names come after it.
    start: String,
    /// The last name that belongs here; `None` where there is no bound.
    until: Option<String>,
    /// The first names of the last pages, [`REMEMBERED`] at most.
    firsts: VecDeque<String>,
    /// The last name so far.
    last: String,
    next: Next,
    ready: VecDeque<KeyPage>,
    /// How many pages it may still have.
    pages: f64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    /// This is to be asked.
    Ask(Resume),
    /// The question with this id is asked.
    Asked(u64),
    /// There is no more.
    Nothing,
}

#[derive(Debug)]
struct Cut {
    at: String,
    next: Next,
}

impl Plan {
    /// A listing of all names below `prefix`, with at most `limit` questions at a time.
    pub(super) fn new(prefix: &str, depth: Depth, order: Order, limit: usize, most_held: usize) -> Self {
        let whole = Range {
            start: String::new(),
            until: None,
            firsts: VecDeque::new(),
            last: String::new(),
            next: Next::Ask(Resume::Start),
            ready: VecDeque::new(),
            pages: 0.0,
        };
        Self {
            prefix: prefix.to_owned(),
            depth,
            order,
            ranges: vec![whole],
            cuts: Vec::new(),
            shape: Shape::default(),
            cutting: Cutting::Untried,
            next_id: 0,
            in_flight: 0,
            limit: limit.max(1),
            held: 0,
            most_held,
            useful: 0,
            idle: 0,
            wasted: 0,
            held_cuts: 0,
            requests: 0,
            rows: 0,
            bytes: 0,
        }
    }

    /// How many bytes of pages may wait to be handed out.
    pub(super) fn set_most_held(&mut self, most_held: usize) {
        self.most_held = most_held;
    }

    /// Begins with this page, which follows the name `after`. Only before anything was asked.
    pub(super) fn begin(&mut self, from: Resume, after: String) {
        if let Some(whole) = self.ranges.first_mut() {
            (whole.start, whole.last, whole.next) = (after.clone(), after, Next::Ask(from));
        }
    }

    /// How many questions may be under way from now on.
    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit.max(1);
    }

    /// How far it has come.
    pub(super) fn progress(&self) -> Progress {
        Progress { rows: self.rows, requests: self.requests, in_flight: self.in_flight }
    }

    /// Whether everything was handed out.
    pub(super) fn is_done(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The next question to ask, if one may be asked now.
    pub(super) fn ask(&mut self) -> Option<Ask> {
        if self.in_flight >= self.limit {
            return None;
        }
        let ask = self.ask_range().or_else(|| {
            if !self.cuts.iter().any(|cut| matches!(cut.next, Next::Ask(_))) {
                self.plan_cuts();
            }
            self.ask_cut()
        })?;
        self.in_flight += 1;
        self.requests += 1;
        Some(ask)
    }

    fn ask_range(&mut self) -> Option<Ask> {
        let id = self.next_id;
        let roomy = self.roomy();
        let range = self.ranges.iter_mut().take(roomy).find(|range| matches!(range.next, Next::Ask(_)))?;
        let Next::Ask(from) = std::mem::replace(&mut range.next, Next::Asked(id)) else { return None };
        self.next_id += 1;
        Some(Ask { id, from })
    }

    fn ask_cut(&mut self) -> Option<Ask> {
        let id = self.next_id;
        let cut = self.cuts.iter_mut().find(|cut| matches!(cut.next, Next::Ask(_)))?;
        let Next::Ask(from) = std::mem::replace(&mut cut.next, Next::Asked(id)) else { return None };
        self.next_id += 1;
        Some(Ask { id, from })
    }

    /// How many ranges, from the front, may go on: those whose pages will find room when all before them have come.
    fn roomy(&self) -> usize {
        match self.order {
            // Whoever takes pages is slower than the store.
            Order::Any if self.held > self.most_held / 8 => 0,
            Order::Any => self.ranges.len(),
            Order::ByName if self.held >= self.most_held => 1,
            Order::ByName if self.held < self.most_held / 2 => self.ranges.len(),
            Order::ByName => {
                let page = self.bytes as f64 / self.useful.max(1) as f64;
                let mut before = 0.0;
                let fits = |range: &&Range| {
                    let fits = before < self.most_held as f64;
                    before += range.pages.min(FAR) * page;
                    fits
                };
                self.ranges.iter().take_while(fits).count().max(1)
            }
        }
    }

    /// Looks for the range that most deserves to be cut, and cuts it as often as may be risked.
    fn plan_cuts(&mut self) {
        let pending = self.cuts.len() as i64;
        let hands = self.limit as i64;
        let earned = self.useful / USEFUL_FOR_ONE_SPENT + (self.idle / IDLE_FOR_ONE_SPENT).min(hands * 3 / 2);
        let spent = self.wasted + self.held_cuts / 2;
        let risked = hands / 2 + AT_RISK + earned - spent;
        let free = risked.min(self.useful * 2) - pending;
        let Some(free) = usize::try_from(free).ok().filter(|free| *free > 0) else { return };
        let roomy = self.roomy();
        let is_stuffed = roomy == 0 || self.held >= self.most_held;
        if self.cutting == Cutting::Impossible || is_stuffed {
            return;
        }
        let deserving = (0..roomy)
            .filter_map(|at| Some((at, self.ranges.get(at)?)))
            .filter(|(_, range)| !range.last.is_empty() && range.next != Next::Nothing)
            .map(|(at, range)| (at, range.pages.min(FAR) / (1.0 + self.cuts_in(range).count() as f64)))
            .filter(|(_, pages)| *pages >= WORTH_A_CUT);
        let chosen = match roomy < self.ranges.len() {
            // What lies far ahead has to wait anyway.
            true => deserving.into_iter().next(),
            false => deserving.max_by(|(_, a), (_, b)| a.total_cmp(b)),
        };
        let Some(range) = chosen.and_then(|(at, _)| self.ranges.get(at)) else { return };
        let nearest = self.cuts_in(range).map(|cut| cut.at.as_str()).min();
        let stretch = self.stretch(range, nearest.or(range.until.as_deref()));
        let pages = self.shape.pages(stretch);
        if pages < WORTH_A_CUT {
            return;
        }
        let worth = (pages.min(FAR) / WORTH_A_CUT) as usize;
        let most = worth.min(free).min(self.limit - self.in_flight).max(1);
        let is_whole = |cut: &String| self.depth == Depth::All || !cut.contains(DELIMITER);
        let cuts: Vec<String> = self.shape.cuts(stretch, most).into_iter().filter(is_whole).collect();
        for cut in cuts {
            let at = format!("{}{cut}", self.prefix);
            self.cuts.push(Cut { next: Next::Ask(Resume::After(at.clone())), at });
        }
    }

    /// The cuts that would go through the rest of a range.
    fn cuts_in<'a>(&'a self, range: &'a Range) -> impl Iterator<Item = &'a Cut> {
        self.cuts.iter().filter(|cut| cut.at > range.last && range.until.as_ref().is_none_or(|until| cut.at < *until))
    }

    fn stretch<'a>(&self, range: &'a Range, until: Option<&'a str>) -> Stretch<'a> {
        let first = range.firsts.front().map_or("", |first| own_part(&self.prefix, first));
        let until = until.map(|until| own_part(&self.prefix, until));
        Stretch { first, last: own_part(&self.prefix, &range.last), read: range.firsts.len(), until }
    }

    /// Takes the answer to a question.
    pub(super) fn answered(&mut self, id: u64, page: KeyPage) -> Result<(), OutOfOrder> {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.idle += i64::from(self.in_flight < self.limit / 2);
        if let Some(at) = self.ranges.iter().position(|range| range.next == Next::Asked(id)) {
            return self.absorb(at, page);
        }
        if let Some(at) = self.cuts.iter().position(|cut| cut.next == Next::Asked(id)) {
            let cut = self.cuts.swap_remove(at);
            return self.settle(cut, page);
        }
        Ok(())
    }

    /// Takes note that a question has no answer.
    pub(super) fn failed(&mut self, id: u64) -> Loss {
        self.in_flight = self.in_flight.saturating_sub(1);
        match self.cuts.iter().position(|cut| cut.next == Next::Asked(id)) {
            Some(at) => {
                self.cuts.swap_remove(at);
                self.wasted += 1;
                self.cutting = Cutting::Impossible;
                Loss::None
            }
            None => Loss::Names,
        }
    }

    /// A range goes on.
    fn absorb(&mut self, at: usize, mut page: KeyPage) -> Result<(), OutOfOrder> {
        let Some(range) = self.ranges.get_mut(at) else { return Ok(()) };
        // Some stores begin a page with the last name of the one before.
        if !range.last.is_empty() && page.first() == Some(&range.last) {
            page.skip(1);
        }
        let goes_on = page.first().is_none_or(|first| *first > *range.last && *first > *range.start);
        if self.cutting != Cutting::Impossible && !(goes_on && page.is_ordered()) {
            if self.cutting == Cutting::Done {
                return Err(OutOfOrder);
            }
            self.cutting = Cutting::Impossible;
        }
        let mut ends = page.next.is_none();
        if let Some(until) = &range.until {
            let inside = page.up_to(until);
            ends |= inside < page.len() || page.last() == Some(until);
            page.truncate(inside);
        }
        range.next = match page.next.take() {
            Some(token) if !ends => Next::Ask(Resume::Token(token)),
            _ => Next::Nothing,
        };
        let (Some(first), Some(last)) = (page.first(), page.last()) else {
            self.wasted += 1;
            return Ok(());
        };
        if range.firsts.len() == REMEMBERED {
            range.firsts.pop_front();
        }
        range.firsts.push_back(first.to_owned());
        if !range.last.is_empty() {
            self.shape.learn_step(own_part(&self.prefix, &range.last), own_part(&self.prefix, first));
        }
        last.clone_into(&mut range.last);
        learn(&mut self.shape, &self.prefix, &page);
        self.useful += 1;
        self.rows += page.len() as u64;
        self.held += page.bytes();
        self.bytes += page.bytes() as u64;
        range.ready.push_back(page);
        self.estimate(at);
        Ok(())
    }

    fn estimate(&mut self, at: usize) {
        let Some(range) = self.ranges.get(at) else { return };
        let pages = match range.next {
            Next::Nothing => 0.0,
            Next::Ask(_) | Next::Asked(_) => self.shape.pages(self.stretch(range, range.until.as_deref())),
        };
        if let Some(range) = self.ranges.get_mut(at) {
            range.pages = pages;
        }
    }

    /// The first page behind a cut is there.
    fn settle(&mut self, cut: Cut, mut page: KeyPage) -> Result<(), OutOfOrder> {
        let holds = |range: &Range| {
            range.start <= cut.at
                && range.last < cut.at
                && range.until.as_ref().is_none_or(|until| cut.at < *until)
                && range.next != Next::Nothing
        };
        let owner = self.ranges.iter().position(holds);
        let begins_there = page.first().is_none_or(|first| *first > *cut.at);
        if !begins_there || !page.is_ordered() {
            self.cutting = Cutting::Impossible;
        }
        let Some(owner) = owner.filter(|_| self.cutting != Cutting::Impossible) else {
            self.wasted += 1;
            return Ok(());
        };
        if page.is_empty()
            && let Some(token) = page.next.take()
        {
            self.cuts.push(Cut { next: Next::Ask(Resume::Token(token)), ..cut });
            self.wasted += 1;
            return Ok(());
        }
        let Some(range) = self.ranges.get_mut(owner) else { return Ok(()) };
        if let Some(first) = page.first() {
            let own = |name| own_part(&self.prefix, name);
            self.shape.learn_leap(own(&range.last), own(&cut.at), own(first));
        }
        let outer = range.until.replace(cut.at.clone());
        let is_inside = |first: &str| outer.as_ref().is_none_or(|until| *first <= **until);
        if !page.first().is_some_and(is_inside) {
            self.wasted += 1;
            self.estimate(owner);
            return Ok(());
        }
        self.held_cuts += 1;
        self.cutting = Cutting::Done;
        let behind = Range {
            start: cut.at,
            until: outer,
            firsts: VecDeque::new(),
            last: String::new(),
            next: Next::Nothing,
            ready: VecDeque::new(),
            pages: 0.0,
        };
        self.ranges.insert(owner + 1, behind);
        self.estimate(owner);
        self.absorb(owner + 1, page)
    }

    /// A page that can be handed out.
    pub(super) fn take(&mut self) -> Option<KeyPage> {
        let drained = |range: &Range| range.next == Next::Nothing && range.ready.is_empty();
        let page = match self.order {
            Order::ByName => {
                while self.ranges.first().is_some_and(drained) {
                    self.ranges.remove(0);
                }
                self.ranges.first_mut()?.ready.pop_front()
            }
            Order::Any => {
                self.ranges.retain(|range| !drained(range));
                self.ranges.iter_mut().find_map(|range| range.ready.pop_front())
            }
        };
        self.held -= page.as_ref().map_or(0, KeyPage::bytes);
        page
    }
}

/// Teaches what the names of a page look like, and what lies between none of them.
fn learn(shape: &mut Shape, prefix: &str, page: &KeyPage) {
    let name = |at| own_part(prefix, page.name(at).unwrap_or_default());
    let apart = (page.len() / SAMPLES).max(1);
    for sample in (0..page.len()).step_by(apart) {
        shape.learn(name(sample));
        // Where two neighbours have least in common a higher place counts up, which tells most.
        let neighbours = sample..(sample + apart).min(page.len() - 1);
        if let Some(at) = neighbours.min_by_key(|at| shared_bytes(name(*at), name(at + 1))) {
            shape.learn_step(name(at), name(at + 1));
        }
    }
}

/// A name without the prefix that all have.
fn own_part<'a>(prefix: &str, name: &'a str) -> &'a str {
    name.get(prefix.len()..).unwrap_or_default()
}

//! How far a place is loaded: where its rows begin, what is left of it, and how much of that is to be asked for now.

use super::{Listing, RowId, Sort, no_rows};
use crate::model::rows::Rows;
use crate::model::spot::List;
use crate::s3::listing::Resume;
use crate::s3::name::just_before;

/// So many rows a refresh asks for page by page.
const ONE_BY_ONE: usize = 2_000;

/// Where the rows of a place begin; those before are not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// With the first one.
    Start,
    /// With this name or the next one.
    At(String),
    /// Behind this name.
    Behind(String),
}

impl Begin {
    /// Whether rows that begin here may have this one among them.
    pub(super) fn is_before(&self, row: &RowId) -> bool {
        match self {
            Self::Start => true,
            Self::At(name) => row.as_str() >= &**name,
            Self::Behind(name) => row.as_str() > &**name,
        }
    }
}

/// What is left to load of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum More {
    /// Nothing was asked yet.
    Unasked,
    /// There are further pages.
    Next(Resume),
    /// Everything is loaded.
    Nothing,
}

/// How far loading goes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A page ahead of the cursor. In another order than that of names, what comes may land anywhere: then only a screen is filled.
    Ahead,
    /// One page more.
    Page,
    /// Until this row has come, or cannot come any more.
    Row(RowId),
    /// To the end. The cursor follows as long as it is on the last row.
    End,
    /// To the end, because the order needs all rows. The cursor stays on its row.
    All,
    /// Not at all: loading was cancelled.
    Nowhere,
}

/// How much of a place is to be asked for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Nothing.
    Nothing,
    /// One page.
    Page,
    /// All that is left, many pages at a time, until enough has come.
    All,
}

impl Listing {
    /// Begins to ask anew. The old rows stay until as many new ones have come.
    pub fn refresh(&mut self) {
        self.failure = None;
        self.goal = Goal::Ahead;
        self.more = More::Unasked;
        self.fresh = (!self.rows.is_empty()).then(|| no_rows(&self.location));
    }

    /// Whether old rows are shown while new ones are on their way.
    pub fn is_refreshing(&self) -> bool {
        self.fresh.is_some()
    }

    /// A refresh was cancelled or failed: what is loaded stays, and asking begins anew the next time.
    pub fn stop_refreshing(&mut self) {
        if self.fresh.take().is_some() {
            self.more = More::Unasked;
        }
    }

    /// How much is to be asked for now, on a screen of `height` rows.
    ///
    /// A filter never loads by itself: few matches would otherwise load the whole prefix.
    pub fn wants(&self, height: usize, most_bytes: usize) -> Wants {
        match (&self.more, &self.goal) {
            (More::Nothing, _) | (_, Goal::Nowhere) => Wants::Nothing,
            (_, _) if self.is_full(most_bytes) => Wants::Nothing,
            (_, _) if self.is_refreshing() => {
                if self.came() + ONE_BY_ONE < self.loaded() {
                    Wants::All
                } else {
                    Wants::Page
                }
            }
            (More::Unasked, _) if self.rows.is_empty() => Wants::Page,
            (More::Unasked, _) => Wants::Nothing,
            (More::Next(_), Goal::End | Goal::All | Goal::Row(_)) => Wants::All,
            (More::Next(_), Goal::Page) => Wants::Page,
            (More::Next(_), Goal::Ahead) if self.filter.is_empty() => {
                let seen = if self.is_in_order() { self.cursor() } else { 0 };
                if seen + 2 * height >= self.shown_count() { Wants::Page } else { Wants::Nothing }
            }
            (More::Next(_), Goal::Ahead) => Wants::Nothing,
        }
    }

    /// Whether further rows come behind the shown ones.
    pub fn is_in_order(&self) -> bool {
        self.sort == Sort::default()
    }

    /// Has one page more loaded, where none comes by itself at the end of what is shown. Not for a filter: it may match none of it.
    pub fn go_further(&mut self) {
        if !self.is_in_order() && self.filter.is_empty() && self.goal == Goal::Ahead {
            self.goal = Goal::Page;
        }
    }

    /// Whether the rows take as much memory as they may, though there are more.
    pub fn is_full(&self, most_bytes: usize) -> bool {
        self.bytes() >= most_bytes && matches!(self.more, More::Next(_))
    }

    /// Where the rows begin.
    pub fn begin(&self) -> &Begin {
        &self.begin
    }

    /// Where the first page is to begin.
    pub fn first_page(&self) -> Resume {
        match &self.begin {
            Begin::Start => Resume::Start,
            Begin::At(name) => Resume::After(just_before(name)),
            Begin::Behind(name) => Resume::After(name.clone()),
        }
    }

    /// Lets go of the rows, to load those that begin here. Filter, sort and marks stay.
    pub fn begin_with(&mut self, begin: Begin) {
        self.let_go();
        self.begin = begin;
        self.goal = Goal::Ahead;
        self.failure = None;
        self.move_to(0);
    }

    /// Goes to this row: at once where it is shown, else when it has come.
    pub fn look_for(&mut self, row: RowId) {
        self.goal = Goal::Row(row);
        self.seek();
    }

    /// The row that is looked for, where it is worth it to begin the rows anew with it: it lies before those that are loaded, or
    /// behind them and nobody knows how far. Not where the store keeps no order: it is then among all that is left.
    pub fn far_row(&self) -> Option<&RowId> {
        let Goal::Row(row) = &self.goal else { return None };
        let is_behind = || !self.rows.is_empty() && self.rows.are_ordered() && !self.has_passed(row);
        let is_begun_with = matches!(&self.begin, Begin::At(name) if name == row.as_str());
        (!is_begun_with && (!self.begins_before(row) || is_behind())).then_some(row)
    }

    /// Whether all rows up to this one have come, and with them the row itself, if the store has it.
    fn has_passed(&self, row: &RowId) -> bool {
        self.begins_before(row) && (self.rows.reach(row.as_str()) || self.more == More::Nothing)
    }

    fn begins_before(&self, row: &RowId) -> bool {
        self.begin.is_before(row)
    }

    /// Notes that so much was asked for.
    pub fn asked_for(&mut self, wants: Wants) {
        self.streams_from = (wants == Wants::All).then(|| self.came());
        self.early = 0;
    }

    /// How many rows have come since all that was left was asked for, those that came early among them; `None` where pages are
    /// asked for one by one.
    pub fn streamed(&self) -> Option<usize> {
        self.streams_from.map(|from| self.came().saturating_sub(from) + self.early)
    }

    /// How many rows have come: while a refresh runs, of the new ones.
    pub fn came(&self) -> usize {
        self.fresh.as_ref().map_or(self.rows.len(), Rows::len)
    }

    /// The name of the last row that has come: while a refresh runs, of the new ones.
    pub fn last_name(&self) -> Option<&str> {
        match self.fresh.as_ref().unwrap_or(&self.rows) {
            Rows::Keys(keys) => keys.last_name(),
            Rows::Buckets(_) => None,
        }
    }

    /// How many rows are loaded.
    pub fn loaded(&self) -> usize {
        self.rows.len()
    }

    /// Memory that the loaded rows take, in bytes.
    pub fn bytes(&self) -> usize {
        self.rows.bytes()
    }

    /// Lets go of the rows, to be asked for again, but remembers the cursor's row.
    pub fn forget_rows(&mut self) {
        if let Some(entry) = self.current() {
            self.goal = Goal::Row(RowId::of(&entry));
        }
        self.let_go();
    }

    /// Ends a goal that is reached. A row that is looked for is given up when the store's order has passed it.
    pub(super) fn seek(&mut self) {
        if matches!(self.goal, Goal::End | Goal::All) && self.more == More::Nothing {
            self.goal = Goal::Ahead;
        }
        let Goal::Row(wanted) = &self.goal else { return };
        let wanted = wanted.clone();
        if self.select(&wanted) || self.has_passed(&wanted) {
            self.goal = Goal::Ahead;
        }
    }
}

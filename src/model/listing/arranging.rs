//! Which rows of a place are shown, in which order: a few at once, those of a long list beside the screen.

use super::{Listing, SortBy};
use crate::model::arrangement::{Arrangement, Arranging};
use crate::model::spot::List;
use crate::s3::location::Location;

/// So many rows are filtered and sorted at once; the rest of a longer list beside the screen.
pub(super) const AT_ONCE: usize = 20_000;

/// What of a long list is arranged beside the screen.
#[derive(Debug)]
pub(super) enum Beside {
    /// Nothing.
    Nothing,
    /// This is to be gone on with.
    Waiting(Box<Arranging>),
    /// What is awaited.
    Running,
}

impl Listing {
    /// Shows what was loaded besides what is shown already, as far as that can be done at once.
    pub(super) fn show_new(&mut self) {
        if self.is_arranging() {
            return;
        }
        if self.sort.by != SortBy::Name && self.rows.len() > AT_ONCE {
            // To sort all anew is worth it once many have come; until then the list stands still.
            if self.rows.len() >= self.shown.made_of() + self.shown.made_of() / 4 {
                self.arrange_rest();
            }
            return;
        }
        let here = self.shown.row_at(self.cursor());
        let arranging = match self.shown.made_of() {
            0 => self.arranging(),
            _ => {
                let (rows, filter) = (self.rows.clone(), self.filter.clone());
                Arranging::after(std::mem::take(&mut self.shown), rows, self.own_prefix(), filter)
            }
        };
        self.go_on(arranging);
        let kept = here.and_then(|row| self.shown.position_of(row));
        self.move_spot(kept.unwrap_or(self.cursor()));
    }

    /// Arranges all rows anew, with the cursor on this one where it is shown.
    pub(super) fn arrange(&mut self, row: Option<usize>) {
        self.go_on(self.arranging());
        self.held = row.filter(|_| self.is_arranging());
        self.move_spot(row.and_then(|row| self.shown.position_of(row)).unwrap_or(0));
    }

    /// Arranges as many rows as can be done at once; the others wait for [`Self::take_arranging`].
    fn go_on(&mut self, arranging: Arranging) {
        let arranging = arranging.step(AT_ONCE);
        if arranging.is_done() {
            self.shown = arranging.finish();
            self.beside = Beside::Nothing;
        } else {
            self.shown = arranging.so_far();
            self.beside = Beside::Waiting(Box::new(arranging));
        }
    }

    /// Has rows that have come, and are not shown yet, arranged with the others.
    pub fn arrange_rest(&mut self) {
        if !self.is_arranging() && self.shown.made_of() < self.rows.len() {
            self.beside = Beside::Waiting(Box::new(self.arranging()));
        }
    }

    /// Whether rows are, or are to be, arranged beside the screen.
    pub fn is_arranging(&self) -> bool {
        !matches!(self.beside, Beside::Nothing)
    }

    /// The work that is to be done beside the screen, which is then awaited.
    pub fn take_arranging(&mut self) -> Option<Box<Arranging>> {
        match std::mem::replace(&mut self.beside, Beside::Running) {
            Beside::Waiting(arranging) => Some(arranging),
            before @ (Beside::Nothing | Beside::Running) => {
                self.beside = before;
                None
            }
        }
    }

    /// Takes what was arranged beside the screen so far.
    pub fn take_arranged_so_far(&mut self, shown: Arrangement) {
        let here = self.held.or_else(|| self.shown.row_at(self.cursor()));
        self.shown = shown;
        self.move_spot(here.and_then(|row| self.shown.position_of(row)).unwrap_or(0));
    }

    /// Takes what was arranged beside the screen in the end.
    pub fn take_arranged(&mut self, shown: Arrangement) {
        self.take_arranged_so_far(shown);
        (self.beside, self.held) = (Beside::Nothing, None);
        self.show_new();
    }

    /// What runs beside the screen is awaited no longer: it is to be done anew.
    pub fn stop_arranging(&mut self) {
        if self.is_arranging() {
            self.beside = Beside::Waiting(Box::new(self.arranging()));
        }
    }

    fn arranging(&self) -> Arranging {
        Arranging::new(self.rows.clone(), self.own_prefix(), self.filter.clone(), self.sort)
    }

    /// How many bytes of each name are the place's own.
    fn own_prefix(&self) -> usize {
        match &self.location {
            Location::Buckets => 0,
            Location::Prefix { prefix, .. } => prefix.folder().len(),
        }
    }
}

//! What is noted in the ledger of the links of one run. Whatever happens to the ledger, the links are handed out.

use crate::presign::ledger::warning::Warning;
use crate::presign::ledger::{Destination, Handing, Record};
use crate::presign::link::Link;
use crate::presign::policy::UploadForm;
use crate::world::World;

use super::written::Remarks;

/// How the links of one run are handed on.
pub(super) struct Notes<'a> {
    world: &'a World,
    remarks: Remarks,
    destination: Destination,
    note: Option<String>,
    batch: Option<String>,
    waiting: Vec<Record>,
    /// Whether it was said that the ledger cannot be written.
    failed: bool,
}

/// Whether the links of a run belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// There is one.
    One,
    /// They are a batch.
    Many,
}

impl<'a> Notes<'a> {
    /// Nothing is noted yet.
    pub(super) fn new(
        world: &'a World,
        remarks: Remarks,
        destination: Destination,
        note: Option<&String>,
        number: Number,
    ) -> Self {
        let batch = match number {
            Number::One => None,
            // The process tells runs of one second apart.
            Number::Many => Some(format!("{}-{}", world.clock.now().strftime("%Y%m%dT%H%M%SZ"), std::process::id())),
        };
        let (note, waiting) = (note.cloned(), Vec::new());
        Self { world, remarks, destination, note, batch, waiting, failed: false }
    }

    /// Takes a link that is to be handed on, to be noted by [`Self::commit`].
    pub(super) fn add(&mut self, link: &Link) {
        let record = Record::of(link, self.world.issuer.clone(), self.handing());
        self.waiting.push(record);
    }

    /// Takes a form that is to be handed on.
    pub(super) fn add_form(&mut self, form: &UploadForm) {
        let record = Record::of_form(form, self.world.issuer.clone(), self.handing());
        self.waiting.push(record);
    }

    /// Notes what was taken.
    pub(super) fn commit(&mut self) {
        let (warnings, noted) = self.world.links.note(&*self.world.ledger, &self.waiting);
        self.waiting.clear();
        for warning in warnings {
            match (warning, self.remarks) {
                (Warning::Many { .. }, Remarks::Said) => super::complain(&warning),
                // What is long or deletes has been asked about, and is among the cautions.
                (Warning::Many { .. } | Warning::Long { .. } | Warning::Delete, _) => {}
            }
        }
        if let Err(failure) = noted
            && !self.failed
        {
            self.failed = true;
            super::complain(&failure);
        }
    }

    fn handing(&self) -> Handing {
        Handing {
            at: self.world.clock.now(),
            destination: self.destination,
            note: self.note.clone(),
            batch: self.batch.clone(),
        }
    }
}

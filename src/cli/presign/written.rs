//! How links leave: rows in the shape that was asked for, noted in the ledger and then written, many at a time; and
//! what is unwise about them, on standard error.

use std::io::{self, Write};
use std::mem::{Discriminant, discriminant};

use jiff::tz::TimeZone;
use thiserror::Error;

use super::arguments::MessageKind;
use super::json::{Object, to_the_second};
use super::notes::Notes;
use super::sink::Sink;
use crate::presign::caution::{Caution, cautions};
use crate::presign::export::{Export, ExportError};
use crate::presign::link::{Link, LinkText};
use crate::presign::message::{About, Template};
use crate::presign::qr::{Cells, Glyphs, Ink, QrError, qr};
use crate::presign::rules::Rules;
use crate::presign::snippet::{Dialect, SnippetError, snippet};
use crate::s3::text::visible;

/// How many links are held back, to be noted and written together: each note waits for the disk.
const CHUNK: usize = 4_000;

/// Black on white, whatever the terminal's colours are: what a camera expects.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const USUAL_COLORS: &str = "\x1b[0m";

/// How links are written.
pub(super) enum Format<'a> {
    /// A JSON object a line, with all there is to know.
    Json,
    /// A list.
    List(Box<Export>),
    /// A command.
    Command(Dialect),
    /// A message.
    Message {
        /// What it says.
        template: &'a Template,
        /// What it is written in.
        kind: MessageKind,
        /// The zone of its times.
        zone: TimeZone,
    },
    /// A QR code.
    Qr(Ground),
}

/// What a QR code is drawn on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground {
    /// How large it is.
    pub room: Cells,
    /// What it can show.
    pub glyphs: Glyphs,
    /// Whether it has colours.
    pub colors: Colors,
}

/// Whether a terminal is told which colours to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colors {
    /// Black on white.
    Told,
    /// Its own, which are taken to be light on dark.
    Usual,
}

/// Whether what is unwise about a link is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remarks {
    /// Each kind once, of the first link it is true of.
    Said,
    /// Not at all.
    Unsaid,
}

/// Why a link cannot be written so. The others can.
#[derive(Debug, Error)]
pub(super) enum Unfit {
    /// Not in this list.
    #[error(transparent)]
    List(#[from] ExportError),
    /// Not as this command.
    #[error(transparent)]
    Command(#[from] SnippetError),
    /// Not as a code.
    #[error(transparent)]
    Qr(#[from] QrError),
    /// Not as JSON.
    #[error("cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Writes links.
pub(super) struct Output<'a> {
    format: Format<'a>,
    remarks: Remarks,
    rules: &'a Rules,
    notes: Notes<'a>,
    sink: Sink,
    /// What is neither noted nor written yet: whole rows.
    held: String,
    rows: usize,
    /// Whether what comes before the first row is written or held.
    begun: bool,
    said: Vec<Discriminant<Caution>>,
}

impl<'a> Output<'a> {
    /// Links of a store with these rules are noted in `notes` and go to `sink`.
    pub(super) fn new(format: Format<'a>, remarks: Remarks, rules: &'a Rules, notes: Notes<'a>, sink: Sink) -> Self {
        let (held, rows, begun, said) = (String::new(), 0, false, Vec::new());
        Self { format, remarks, rules, notes, sink, held, rows, begun, said }
    }

    /// Takes a link to what is `bytes` long, where that is known. Writes when there are many.
    pub(super) fn add(&mut self, link: &Link, bytes: Option<u64>) -> io::Result<Result<(), Unfit>> {
        let cautions = cautions(link, self.rules.provider);
        if let Err(unfit) = self.hold(link, bytes, &cautions) {
            return Ok(Err(unfit));
        }
        self.rows += 1;
        self.notes.add(link);
        match self.remarks {
            Remarks::Said => self.remark(link, &cautions),
            Remarks::Unsaid => {}
        }
        if self.rows.is_multiple_of(CHUNK) { self.commit().map(Ok) } else { Ok(Ok(())) }
    }

    /// How many links there were.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Where they go.
    pub(super) fn sink(&self) -> &Sink {
        &self.sink
    }

    /// Notes what is held back, then writes it: what is in nobody's hands yet can still be noted, but not the other way round.
    pub(super) fn commit(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        self.notes.commit();
        let written = self.sink.write_all(self.held.as_bytes()).and_then(|()| self.sink.flush());
        // Whatever comes of it, nothing is written twice.
        self.held.clear();
        written
    }

    /// Writes what is held back, and what stands after the last row.
    pub(super) fn finish(mut self) -> io::Result<()> {
        match &self.format {
            Format::List(export) if self.begun => self.held.push_str(&export.tail()),
            Format::List(_) | Format::Json | Format::Command(_) | Format::Message { .. } | Format::Qr(_) => {}
        }
        self.commit()
    }

    fn begin(&mut self) {
        match &self.format {
            Format::List(export) if !self.begun => self.held.push_str(&export.head()),
            Format::List(_) | Format::Json | Format::Command(_) | Format::Message { .. } | Format::Qr(_) => {}
        }
        self.begun = true;
    }

    /// Appends the link's row, or nothing.
    fn hold(&mut self, link: &Link, bytes: Option<u64>, cautions: &[Caution]) -> Result<(), Unfit> {
        let text = match &mut self.format {
            Format::List(export) => {
                let mut row = String::new();
                export.row(&mut row, link, bytes)?;
                LinkText::new(row)
            }
            Format::Json => LinkText::new(serde_json::to_string(&Object::of(link, cautions))?),
            Format::Command(dialect) => snippet(link, *dialect)?,
            Format::Message { template, kind, zone } => {
                let about = About { link, size: bytes, now: link.signed_at, zone };
                match kind {
                    MessageKind::Text => template.text(&about),
                    MessageKind::Html => template.html(&about),
                }
            }
            Format::Qr(ground) => drawn(link, *ground)?,
        };
        self.begin();
        self.held.push_str(text.expose());
        if !self.held.ends_with('\n') {
            self.held.push('\n');
        }
        Ok(())
    }

    /// Says each kind of caution once.
    fn remark(&mut self, link: &Link, cautions: &[Caution]) {
        for caution in cautions {
            if !self.said.contains(&discriminant(caution)) {
                self.said.push(discriminant(caution));
                warn(link, caution);
            }
        }
    }
}

/// Says what is unwise about a link.
pub(super) fn warn(link: &Link, caution: &Caution) {
    let object = link.request.object.to_string();
    let end = match caution {
        Caution::EndsWithSession { .. } => format!("It works until {}. ", to_the_second(link.ends_at)),
        Caution::Long(_) | Caution::PlainHttp | Caution::LostInBrowsers | Caution::Deletes(_) | Caution::Replaces => {
            String::new()
        }
    };
    super::complain(&format_args!("{} {}: {end}{caution}", link.request.method, visible(&object)));
}

/// The link as a QR code, line by line.
fn drawn(link: &Link, ground: Ground) -> Result<LinkText, QrError> {
    let Ground { room, glyphs, colors } = ground;
    let (ink, start, end) = match colors {
        Colors::Told => (Ink::Dark, BLACK_ON_WHITE, USUAL_COLORS),
        Colors::Usual => (Ink::Light, "", ""),
    };
    let lines = qr(&link.url)?.lines(room, glyphs, ink)?;
    Ok(LinkText::new(lines.iter().map(|line| format!("{start}{line}{end}\n")).collect()))
}

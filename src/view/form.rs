//! A form: its fields below one another, what the one in front offers, and what is wrong.

use ratatui::Frame;
use ratatui::layout::Position;
use ratatui::text::{Line, Span};

use crate::command::list::Command;
use crate::model::form::{Aim, Field, FieldName, LinkForm};
use crate::view::layout::Layout;
use crate::view::{Seen, footer, sheet, text, theme};

/// Cells of the labels, with the sign of the field in front.
const LABEL: usize = 17;

/// Draws the form in front of the list, and puts the terminal's cursor where typing goes on.
pub(super) fn draw(seen: Seen, form: &LinkForm, layout: &Layout, frame: &mut Frame) {
    let width = sheet::text_width(layout, frame.area());
    let room = width.saturating_sub(LABEL);
    let mut lines = Vec::new();
    let mut cursor = None;
    for (at, field) in form.shown().enumerate() {
        let in_front = at == form.at;
        let (value, column) = value(field, room);
        if in_front && field.takes_any_text() {
            cursor = Some(LABEL + column);
        }
        lines.push(line(seen, field, value, in_front));
        // What is wrong stands where it is to be mended, so that a low screen has it, too.
        if let Some(complaint) = form.complaint.as_ref().filter(|_| in_front) {
            let said = format!("{} {}", theme::FAILED, text::sentence(&text::shown(complaint)));
            lines.extend(text::wrap(&said, width).into_iter().map(|line| Line::styled(line, seen.theme.failed())));
        }
    }
    let below = lines.len().saturating_sub(form.shown().count());
    let kept = form.at + below;
    if form.complaint.is_none() {
        let remark = form.shown().nth(form.at).map_or_else(String::new, remark);
        lines.extend(text::wrap(&remark, width).into_iter().map(|line| Line::styled(line, seen.theme.faint())));
    }
    lines.push(footer::keys(seen, &OFFERED, Some(Command::AbandonForm), width));
    let drawn = sheet::draw(seen, &title(form), lines, kept, layout, frame);
    let row = form.at.checked_sub(drawn.skipped).and_then(|row| u16::try_from(row).ok());
    if let (Some(column), Some(row)) = (cursor.and_then(|column| u16::try_from(column).ok()), row) {
        let inner = drawn.inner;
        if row < inner.height && inner.width > 0 {
            frame.set_cursor_position(Position { x: inner.x + column.min(inner.width - 1), y: inner.y + row });
        }
    }
}

const OFFERED: [Command; 4] = [Command::AcceptForm, Command::NextField, Command::PreviousField, Command::NextChoice];

fn title(form: &LinkForm) -> String {
    match &form.aim {
        Aim::Object(object) => format!("{} link to {}", form.method(), text::shown(object.key.file_name())),
        Aim::Upload(bucket) => format!("Upload into {bucket}"),
    }
}

fn line(seen: Seen, field: &Field, value: String, in_front: bool) -> Line<'static> {
    let sign = if in_front { theme::CURSOR } else { " " };
    let label = text::pad_end(&format!("{sign} {}", label(field.name)), LABEL);
    let (label_style, value_style) = match in_front {
        true => (seen.theme.strong(), seen.theme.strong()),
        false => (seen.theme.faint(), ratatui::style::Style::new()),
    };
    Line::from(vec![Span::styled(label, label_style), Span::styled(value, value_style)])
}

/// What a field holds, and the column of its cursor.
fn value(field: &Field, room: usize) -> (String, usize) {
    let text = field.input.value();
    if !field.takes_any_text() {
        return (text::cut_end(&text::shown(text), room).into_owned(), 0);
    }
    text::typed(&field.input, room)
}

fn label(name: FieldName) -> &'static str {
    match name {
        FieldName::Method => "method",
        FieldName::Kind => "as",
        FieldName::Key => "key",
        FieldName::WorksFor => "works for",
        FieldName::Arrives => "arrives",
        FieldName::FileName => "file name",
        FieldName::ContentType => "content type",
        FieldName::Version => "version",
        FieldName::Stable => "same URL for",
        FieldName::Size => "exact size",
        FieldName::Checksum => "checksum",
        FieldName::Replace => "may replace",
        FieldName::Headers => "headers",
        FieldName::Note => "note",
    }
}

/// What there is to know of a field; what it offers, where it does.
fn remark(field: &Field) -> String {
    let choices: Vec<_> = field.choices.iter().map(|choice| text::shown(choice)).collect();
    let choices = choices.join("  ");
    match field.name {
        FieldName::Method | FieldName::Kind | FieldName::Arrives => choices,
        FieldName::Key => "The key of the object; a form may write all below one that ends with /.".to_owned(),
        FieldName::WorksFor => format!("{choices}  or 90m, until 18:00, until 2026-12-01 …"),
        FieldName::FileName => "What the download is called.".to_owned(),
        FieldName::ContentType => {
            "Such as text/plain; empty leaves it as it is. An upload must then be sent so.".to_owned()
        }
        FieldName::Version => format!("{choices}  (the page of versions has the ids)"),
        FieldName::Stable => format!("{choices}: all through that time the same choices give the same URL."),
        FieldName::Size => {
            "Bytes, or such as 10MiB; of a form a range, 1..10MiB. Nothing else is taken. Empty: any.".to_owned()
        }
        FieldName::Checksum => {
            "MD5 or SHA-256 in hex or base64; nothing else can be uploaded. Empty: anything.".to_owned()
        }
        FieldName::Replace => format!("{choices}: with no, the link only ever creates the object."),
        FieldName::Headers => {
            "Such as x-amz-meta-ticket: 4711; the sender must send them so. Separate with ;".to_owned()
        }
        FieldName::Note => "For the ledger of links, such as a ticket or a name. It is no part of the link.".to_owned(),
    }
}

//! A line that is being typed: what it is for, the line with its cursor, and what is to be said of it so far.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::listing::RowId;
use crate::model::listing::loading::More;
use crate::model::prompt::{FROM, FROM_NEEDS_BUCKET, Prompt, Purpose};
use crate::model::spot::List;
use crate::presign::expiry::Expiry;
use crate::s3::entry::Entry;
use crate::s3::location::Location;
use crate::s3::name::{BucketName, DELIMITER, NameError, Prefix};
use crate::s3::size;
use crate::view::layout::draw_lines;
use crate::view::{Seen, text, theme};

/// The most lines that are said of a line. Whoever types the code of a device has to see which one.
const REMARK_LINES: usize = 3;

/// The fewest cells that are left for typing.
const TYPING_ROOM: usize = 16;

/// The line, and below it what is to be said of it.
pub(super) fn height(seen: Seen, prompt: &Prompt, screen: Rect) -> u16 {
    let (remark, _) = remark_lines(seen, prompt, usize::from(screen.width).saturating_sub(2));
    u16::try_from(remark.len() + 1).unwrap_or(2).max(2)
}

/// Draws the prompt into `place` and puts the terminal's cursor where typing goes on.
pub(super) fn draw(seen: Seen, prompt: &Prompt, place: Rect, frame: &mut Frame) {
    let width = usize::from(place.width).saturating_sub(2);
    let label = label(prompt);
    let label = text::cut_middle(&label, width.saturating_sub(TYPING_ROOM));
    let pasted = prompt.pasted.as_ref().map_or_else(String::new, |text| in_place_of(text.expose()));
    let room = width.saturating_sub(text::width(&label) + text::width(&pasted));
    let (typed, cursor) = text::typed(&prompt.input, room);
    let cursor = text::width(&label) + cursor + 1;
    let line = Line::from(vec![
        Span::raw(" "),
        Span::styled(label.into_owned(), seen.theme.strong()),
        Span::raw(typed),
        Span::styled(pasted, seen.theme.faint()),
    ]);
    let (remark, style) = remark_lines(seen, prompt, width);
    let remark = remark.into_iter().map(|said| Line::styled(format!(" {said}"), style));
    draw_lines(std::iter::once(line).chain(remark), place, frame);
    let x = place.x.saturating_add(u16::try_from(cursor).unwrap_or(u16::MAX)).min(place.right().saturating_sub(1));
    frame.set_cursor_position(Position { x, y: place.y });
}

fn label(prompt: &Prompt) -> Cow<'static, str> {
    match &prompt.purpose {
        Purpose::Filter { .. } | Purpose::FilterLinks { .. } | Purpose::FilterStores { .. } => {
            Cow::Borrowed("Filter: ")
        }
        Purpose::GoTo => Cow::Borrowed("Go to: "),
        Purpose::Find { .. } => Cow::Borrowed("Find: "),
        Purpose::Inspect => Cow::Borrowed("Inspect: "),
        Purpose::NewKey { bucket, below } => {
            Cow::Owned(format!("Upload link for s3://{bucket}/{}", text::shown(below.as_str())))
        }
        Purpose::Lifetime(_) => Cow::Borrowed("The links work for: "),
        Purpose::WebPage => Cow::Borrowed("Web page: "),
        Purpose::Code(_) => Cow::Borrowed("MFA code: "),
    }
}

/// What is to be said of the line, in lines of `width` cells: one, so that the list does not jump while one types, unless it
/// names the device of a code.
fn remark_lines(seen: Seen, prompt: &Prompt, width: usize) -> (Vec<String>, Style) {
    let (remark, style) = remark(seen, prompt);
    match prompt.purpose {
        Purpose::Code(_) => {
            let mut lines = text::wrap(&remark, width);
            lines.truncate(REMARK_LINES);
            (lines, style)
        }
        _ => (vec![text::cut_end(&remark, width).into_owned()], style),
    }
}

/// What is to be said of the line, the gravest first.
fn remark(seen: Seen, prompt: &Prompt) -> (String, Style) {
    if let Some(complaint) = &prompt.complaint {
        return (format!("{} {}", theme::FAILED, text::shown(complaint)), seen.theme.failed());
    }
    match &prompt.purpose {
        Purpose::FilterStores { .. } => (stores(seen), seen.theme.faint()),
        Purpose::Filter { .. } => (matches(seen), seen.theme.faint()),
        Purpose::FilterLinks { .. } => (links(seen), seen.theme.faint()),
        Purpose::GoTo => (to_go(prompt.text(), &seen.model.browse.here.location), seen.theme.faint()),
        Purpose::WebPage => (
            "Its origin and a method: https://app.example.com PUT (GET where none is given)".to_owned(),
            seen.theme.faint(),
        ),
        Purpose::Code(ask) => {
            let asked = format!("for profile {}, shown by {}", ask.profile, ask.device);
            (text::shown(&asked).into_owned(), seen.theme.faint())
        }
        Purpose::Find { bucket, prefix } => {
            let place = text::shown(prefix.as_str());
            (format!("A part of the name, *.pdf or /regex/, below s3://{bucket}/{place}"), seen.theme.faint())
        }
        Purpose::Lifetime(job) => {
            let choices = Expiry::OFFERED.map(|expiry| expiry.to_string()).join("  ");
            (
                format!("{choices}  or 90m, until 18:00 …{}{}", theme::BETWEEN, text::shown(&job.title)),
                seen.theme.faint(),
            )
        }
        Purpose::Inspect => ("Paste a link, or the message with the error".to_owned(), seen.theme.faint()),
        Purpose::NewKey { bucket, below } => match of_key(seen, bucket, below, prompt.text()) {
            Some(remark) => (format!("{} {remark}", theme::BEWARE), seen.theme.strong()),
            None => ("The name of the new object; a “/” in it makes levels".to_owned(), seen.theme.faint()),
        },
    }
}

/// Where a line that is typed `here` would lead.
fn to_go(typed: &str, here: &Location) -> String {
    if let Some(name) = typed.strip_prefix(FROM) {
        return match name {
            _ if *here == Location::Buckets => FROM_NEEDS_BUCKET.to_owned(),
            "" => format!("{FROM}name begins this list at a name; {FROM} alone at the start"),
            name => format!("begins this list at “{}”; what is before it is not loaded", text::shown(name)),
        };
    }
    match Location::parse(typed.trim_start()) {
        Ok(Location::Prefix { prefix, .. }) if prefix.as_str() != prefix.folder() => {
            let begin = prefix.as_str().strip_prefix(prefix.folder()).unwrap_or_default();
            format!("all that begins with “{}”; a “/” at the end opens a prefix", text::shown(begin))
        }
        Ok(_) | Err(_) if *here == Location::Buckets => "bucket/prefix or s3://bucket/prefix".to_owned(),
        Ok(_) | Err(_) => format!("bucket/prefix or s3://bucket/prefix; {FROM}name begins this list at a name"),
    }
}

/// What is shown of a text that was pasted, which may be a secret and long.
fn in_place_of(pasted: &str) -> String {
    match pasted.lines().count() {
        1 => "… (1 line)".to_owned(),
        lines => format!("… ({} lines)", text::count(lines)),
    }
}

fn matches(seen: Seen) -> String {
    let listing = &seen.model.browse.here;
    let more = if listing.more == More::Nothing { "" } else { "; more are not loaded" };
    format!("{} of {} loaded rows{more}", text::count(listing.shown_count()), text::count(listing.loaded()))
}

fn links(seen: Seen) -> String {
    let Some(ledger) = seen.model.ledger() else { return String::new() };
    format!("{} of {} links", text::count(ledger.shown_count()), text::count(ledger.links_count()))
}

fn stores(seen: Seen) -> String {
    let Some(stores) = seen.model.stores() else { return String::new() };
    let all = stores.known().map_or(0, |known| known.stores.len());
    format!("{} of {} stores", text::count(stores.shown_count()), text::count(all))
}

/// What someone should know before a link is made that creates this key.
fn of_key(seen: Seen, bucket: &BucketName, below: &Prefix, name: &str) -> Option<String> {
    let key = match below.join(name) {
        Ok(key) => key,
        Err(NameError::EmptyKey) => return None,
        Err(error) => return Some(error.to_string()),
    };
    let here = &seen.model.browse.here;
    let same_bucket = match &here.location {
        Location::Buckets => false,
        Location::Prefix { bucket: listed, .. } => listed == bucket,
    };
    if let Some(Entry::Object(object)) = here.find(&RowId::Object(key)).filter(|_| same_bucket) {
        return Some(format!("overwrites {} ({})", text::shown(name), size::shown(object.size)));
    }
    name.ends_with(DELIMITER).then(|| "ends with “/”: a folder marker".to_owned())
}

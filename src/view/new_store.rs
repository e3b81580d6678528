//! The form in which a store is added: its fields below one another, what is wrong, and what there is to know of its key.

use ratatui::Frame;
use ratatui::layout::Position;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::doctor::keys;
use crate::model::new_store::{NewStoreForm, Occasion, Stage, StoreField};
use crate::model::pending::Lane;
use crate::s3::address::PlainHttp;
use crate::view::layout::{Layout, draw_lines, inset};
use crate::view::{Seen, failure, text, theme};

/// Cells of the labels, with the sign of the field in front.
const LABEL: usize = 13;

/// From this height on, it is said why the form is there, and the fields stand apart.
const ROOMY: u16 = 18;

const FIRST_RUN: &str = "No store is known yet: the settings have no [[store]], ~/.aws has no profile, and no variable holds a \
    key. Add one here; nobody is asked before its key is there. `daypass --demo` tries everything without a key.";

/// Draws the form over the whole screen but its bottom, and puts the terminal's cursor where typing goes on.
pub(super) fn draw(seen: Seen, form: &NewStoreForm, layout: &Layout, frame: &mut Frame) {
    draw_lines([header(seen, form, usize::from(layout.header.width))], layout.header, frame);
    let place = inset(layout.middle(frame.area()), 1);
    let width = usize::from(place.width);
    let is_roomy = frame.area().height >= ROOMY;
    let said = |words: &str, style: Style| -> Vec<Line<'static>> {
        text::wrap(words, width).into_iter().map(|line| Line::styled(line, style)).collect()
    };
    let mut lines = Vec::new();
    if is_roomy {
        lines.push(Line::default());
        if form.occasion == Occasion::FirstRun {
            lines.extend(said(FIRST_RUN, Style::new()));
            lines.push(Line::default());
        }
    }
    let (mut cursor, mut skipped) = (None, 0);
    for field in form.shown() {
        let in_front = field == form.at;
        let (value, column) = value(seen, form, field, width.saturating_sub(LABEL));
        if in_front && !form.is_busy() {
            cursor = column.map(|column| (lines.len(), LABEL + column));
        }
        lines.push(row(seen, field, value, in_front));
        // What is wrong stands where it is to be mended.
        if let Some(complaint) = form.complaint.as_ref().filter(|_| in_front) {
            let words = format!("{} {}", theme::FAILED, text::sentence(&text::shown(complaint)));
            lines.extend(said(&words, seen.theme.failed()));
        }
        if in_front {
            skipped = lines.len().saturating_sub(usize::from(place.height));
        }
    }
    if is_roomy {
        lines.push(Line::default());
    }
    // What the doctor knows without asking, whether or not the store was asked.
    if let Some(fault) = keys::fault_of(&form.said()) {
        lines.extend(said(&format!("{} {}", theme::BEWARE, text::shown(&fault)), seen.theme.strong()));
    }
    if let Stage::Failed(refusal) = &form.stage {
        let height = usize::from(place.height).saturating_sub(lines.len());
        lines.extend(failure::lines(seen, refusal, width, height));
    }
    if form.complaint.is_none() && (form.at == StoreField::Start || !matches!(form.stage, Stage::Failed(_))) {
        lines.extend(remarks(form).iter().flat_map(|remark| said(&text::shown(remark), seen.theme.faint())));
    }
    draw_lines(lines.into_iter().skip(skipped), place, frame);
    if let Some((row, column)) = cursor
        && let Some(Ok(row)) = row.checked_sub(skipped).map(u16::try_from)
        && let Ok(column) = u16::try_from(column)
        && row < place.height
    {
        let x = place.x.saturating_add(column).min(place.right().saturating_sub(1));
        frame.set_cursor_position(Position { x, y: place.y + row });
    }
}

fn header(seen: Seen, form: &NewStoreForm, width: usize) -> Line<'static> {
    let title = " Add a store";
    let does = match form.stage {
        Stage::Tried => "trying the key…",
        Stage::Written(_) => "writing…",
        Stage::Opened(_) => "opening…",
        Stage::FilledIn | Stage::Failed(_) => "",
    };
    let state = seen.working(Lane::Stores).map_or_else(String::new, |sign| format!("{sign} {does}"));
    let gap = width.saturating_sub(text::width(title) + text::width(&state) + 1);
    Line::from(vec![
        Span::styled(title, seen.theme.strong()),
        Span::raw(" ".repeat(gap)),
        Span::styled(state, seen.theme.mark()),
    ])
}

fn row(seen: Seen, field: StoreField, value: Span<'static>, in_front: bool) -> Line<'static> {
    let sign = if in_front { theme::CURSOR } else { " " };
    let style = if in_front { seen.theme.strong() } else { seen.theme.faint() };
    Line::from(vec![Span::styled(text::pad_end(&format!("{sign} {}", label(field)), LABEL), style), value])
}

fn label(field: StoreField) -> &'static str {
    match field {
        StoreField::Place => "where",
        StoreField::PlainHttp => "plain HTTP",
        StoreField::Region => "region",
        StoreField::KeyId => "key id",
        StoreField::Secret => "secret key",
        StoreField::Start => "opens at",
        StoreField::Name => "name",
    }
}

/// What a field holds, and the column of its cursor, where it has one.
fn value(seen: Seen, form: &NewStoreForm, field: StoreField, room: usize) -> (Span<'static>, Option<usize>) {
    let Some(input) = form.input(field) else {
        return match field {
            StoreField::PlainHttp => {
                let word = if form.plain_http() == PlainHttp::Anywhere { "yes" } else { "no" };
                (Span::raw(word), None)
            }
            _ => secret(form.secret_length(), room),
        };
    };
    if input.value().is_empty() {
        let offered = match field {
            StoreField::Name => form.said().free_name(|_| false),
            StoreField::Start => "all buckets".to_owned(),
            _ => String::new(),
        };
        let offered = if form.text(StoreField::Place).is_empty() { String::new() } else { offered };
        return (Span::styled(text::cut_end(&text::shown(&offered), room).into_owned(), seen.theme.faint()), Some(0));
    }
    let (typed, cursor) = text::typed(input, room);
    (Span::raw(typed), Some(cursor))
}

/// Dots in place of a secret, and its length, so that a paste that was cut off is seen.
fn secret(length: usize, room: usize) -> (Span<'static>, Option<usize>) {
    if length == 0 {
        return (Span::raw(""), Some(0));
    }
    let told = format!(" {} characters", text::count(length));
    let dots = length.min(room.saturating_sub(text::width(&told)).min(24));
    (Span::raw(theme::MARK.repeat(dots) + &told), Some(dots))
}

/// What there is to know of the field in front.
fn remarks(form: &NewStoreForm) -> Vec<String> {
    let store = form.said();
    let own = |words: &str| vec![words.to_owned()];
    match form.at {
        StoreField::Place => {
            let ids: Vec<&str> = form.providers().map(|provider| provider.id.as_str()).collect();
            vec![
                "Its URL as the provider shows it, with the bucket behind it if there is one: \
                 https://s3.us-west-004.backblazeb2.com/bucket/prefix"
                    .to_owned(),
                format!("Or its provider: {}", ids.join(", ")),
            ]
        }
        StoreField::PlainHttp => own("Plain HTTP shows names and links to the network. Space turns it on or off."),
        StoreField::Region => vec![store.regions()],
        StoreField::KeyId | StoreField::Secret => {
            let without = "Without a key, whatever the AWS tools use here, such as the role of a cloud instance.";
            let without = (store.may_be_without_key() && form.at == StoreField::KeyId).then(|| without.to_owned());
            without.into_iter().chain(store.advice()).collect()
        }
        StoreField::Start => {
            own("Many keys are for one bucket, or one prefix in it: name it here. Empty: all buckets.")
        }
        StoreField::Name => own("What to call it here."),
    }
}

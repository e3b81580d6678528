//! The stores that can be opened, as a list over the whole screen: which is open, who runs each, and where it was found.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::command::list::Command;
use crate::model::pending::Lane;
use crate::model::spot::List;
use crate::model::stores::Stores;
use crate::model::viewport::Area;
use crate::s3::address::Insecure;
use crate::s3::store::KnownStore;
use crate::view::layout::{Layout, area, draw_lines, inset, split_bottom, split_top};
use crate::view::{Seen, failure, text, theme};

/// Cells before the name: the cursor, the sign of the open one, a gap.
const GUTTER: usize = 3;

/// Cells between two columns.
const GAP: usize = 2;

/// The most cells of provider, region, where a store was found, and what is not secure: `DigitalOcean Spaces`,
/// `profile (single sign-on)`.
const MOST: [usize; 4] = [22, 16, 26, 14];

/// The fewest cells that a name keeps beside other columns.
const NAME: usize = 16;

/// The columns that go first where there is too little room. Where a store was found tells two of one name apart; what is not
/// secure is always shown.
const DISPENSABLE: [usize; 3] = [2, 1, 3];

/// So many rows stay on the screen above words about them.
const ROWS_ABOVE_WORDS: u16 = 3;

/// In place of a provider.
const UNKNOWN: &str = "not set up";

const TITLES: [&str; 5] = ["name", "provider", "region", "found in", "insecure"];

/// The column that is there only where one of the stores has something in it.
const INSECURE: usize = 4;

/// Draws the list and its headings, and tells where the rows are.
pub(super) fn draw(seen: Seen, stores: &Stores, layout: &Layout, frame: &mut Frame) -> Area {
    let width = usize::from(layout.header.width);
    draw_lines([header(seen, stores, width)], layout.header, frame);
    let (heading, rest) = split_top(layout.middle(frame.area()), 1);
    let (_, most) = split_top(rest, ROWS_ABOVE_WORDS);
    let said = remarks(seen, stores, inset(most, 1));
    let (rows, below) = split_bottom(rest, u16::try_from(said.len()).unwrap_or(0));
    if stores.shown_count() == 0 {
        let room = inset(rows, 3);
        draw_lines(instead_of_rows(seen, stores, usize::from(room.width)), room, frame);
    } else {
        let columns = Columns::of(stores, width);
        let titles = columns.line(TITLES.map(str::to_owned));
        draw_lines([Line::styled(format!("{}{titles}", " ".repeat(GUTTER)), seen.theme.faint())], heading, frame);
        let (height, cursor) = (usize::from(rows.height), stores.cursor());
        let top = stores.spot().first_drawn(height);
        let shown = stores.shown_from(top).take(height).enumerate();
        let lines = shown.map(|(row, store)| columns.row(seen, store, top + row == cursor, width));
        draw_lines(lines, rows, frame);
    }
    draw_lines(said, inset(below, 1), frame);
    area(rows)
}

/// How many stores there are on the left; the filter, or what goes on, on the right.
fn header(seen: Seen, stores: &Stores, width: usize) -> Line<'static> {
    let all = stores.known().map(|known| known.stores.len());
    let count = all.map_or_else(String::new, |all| format!("  {} in all", text::count(all)));
    let title = " Stores";
    let right = match (seen.working(Lane::Stores), stores.being_opened()) {
        (Some(sign), Some(store)) => format!("{sign} opening {}…", text::shown(&store.id.name)),
        (Some(sign), None) => format!("{sign} reading…"),
        (None, _) if stores.filter().is_empty() => String::new(),
        (None, _) => {
            let shown = text::count(stores.shown_count());
            format!("filter “{}”: {shown}", text::cut_end(&text::shown(stores.filter()), 24))
        }
    };
    let room = width.saturating_sub(text::width(title) + text::width(&count) + 2);
    let right = text::cut_end(&right, room);
    let gap = room.saturating_sub(text::width(&right)) + 1;
    Line::from(vec![
        Span::styled(title, seen.theme.strong()),
        Span::raw(count),
        Span::raw(" ".repeat(gap)),
        Span::styled(right.into_owned(), seen.theme.mark()),
    ])
}

/// The cells of each column; none where it is not shown.
struct Columns([usize; 5]);

impl Columns {
    /// The columns that fit, each as wide as what stands in it.
    fn of(stores: &Stores, width: usize) -> Self {
        let room = width.saturating_sub(GUTTER + 1);
        let mut cells = TITLES.map(text::width);
        for store in stores.known().iter().flat_map(|known| &known.stores) {
            for (cells, told) in cells.iter_mut().zip(told(store)) {
                *cells = (*cells).max(text::width(&told));
            }
        }
        for (cells, most) in cells.iter_mut().skip(1).zip(MOST) {
            *cells = (*cells).min(most);
        }
        let is_insecure = |store: &KnownStore| store.insecure.is_some();
        if !stores.known().iter().flat_map(|known| &known.stores).any(is_insecure) {
            cells.iter_mut().skip(INSECURE).for_each(|cells| *cells = 0);
        }
        let others = |cells: &[usize; 5]| -> usize {
            cells.iter().skip(1).filter(|cells| **cells > 0).map(|cells| cells + GAP).sum()
        };
        for column in DISPENSABLE {
            if others(&cells) + NAME <= room {
                break;
            }
            cells.iter_mut().skip(column).take(1).for_each(|cells| *cells = 0);
        }
        let left = room.saturating_sub(others(&cells));
        cells.iter_mut().take(1).for_each(|name| *name = (*name).min(left));
        Self(cells)
    }

    fn row(&self, seen: Seen, store: &KnownStore, under_cursor: bool, width: usize) -> Line<'static> {
        let open = store.id == seen.model.store.id;
        let cursor = if under_cursor { theme::CURSOR } else { " " };
        let line = format!("{cursor}{} {}", if open { theme::MARK } else { " " }, self.line(told(store)));
        match (under_cursor, open, &store.trouble) {
            (true, ..) => Line::styled(text::pad_end(&line, width), seen.theme.cursor()),
            (false, _, Some(_)) => Line::styled(line, seen.theme.faint()),
            (false, true, None) => Line::styled(line, seen.theme.strong()),
            (false, false, None) => Line::raw(line),
        }
    }

    fn line(&self, told: [String; 5]) -> String {
        let columns = told.iter().zip(self.0).filter(|(_, cells)| *cells > 0);
        let columns: Vec<_> = columns.map(|(told, cells)| text::pad_end(&text::cut_end(told, cells), cells)).collect();
        columns.join(&" ".repeat(GAP))
    }
}

/// What stands in the columns. A store of which it is not known where it answers says so in place of its provider.
fn told(store: &KnownStore) -> [String; 5] {
    let KnownStore { id, origin, provider, region, insecure, trouble, .. } = store;
    let provider = if trouble.is_some() { UNKNOWN } else { provider };
    let insecure = insecure.map_or("", Insecure::mark);
    [&id.name, provider, region, origin, insecure].map(|told| text::shown(told).into_owned())
}

/// Why the last store that was asked for is not open, else why the one under the cursor cannot be, else why there may be more than these.
fn remarks(seen: Seen, stores: &Stores, place: Rect) -> Vec<Line<'static>> {
    let unread = stores.known().and_then(|known| known.unread.as_ref());
    let trouble = stores.current().and_then(|store| store.trouble.as_ref());
    let Some(failure) = stores.failure.as_ref().or(trouble).or(unread) else { return Vec::new() };
    let (width, height) = (usize::from(place.width), usize::from(place.height));
    let told = failure::lines(seen, failure, width, height.saturating_sub(1));
    std::iter::once(Line::default()).chain(told).take(height).collect()
}

/// What is said where no row is shown.
fn instead_of_rows(seen: Seen, stores: &Stores, room: usize) -> Vec<Line<'static>> {
    let theme = seen.theme;
    let mut lines = vec![Line::default()];
    let mut say = |said: &str, style: Style| {
        lines.extend(text::wrap(said, room).into_iter().map(|line| Line::styled(line, style)));
    };
    match stores.known() {
        // An answer within a blink shows no sign of work; after that the header has it.
        None => {}
        Some(known) if !known.stores.is_empty() => {
            say(&format!("No store contains “{}”.", text::shown(stores.filter())), theme.strong());
            say(&format!("There are {}.", text::count(known.stores.len())), Style::new());
        }
        Some(_) => {
            say("No store is known.", theme.strong());
            say("Each [[store]] of the settings and each profile of the AWS files would be here.", Style::new());
            if let Some(key) = seen.key(Command::CloseStores) {
                say(&format!("{key} goes back to the store that is open."), theme.faint());
            }
        }
    }
    lines
}

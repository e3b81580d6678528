//! The browser: where one is, what is loaded, the rows, and what is said where there are none.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::command::list::Command;
use crate::model::credentials::Left;
use crate::model::listing::loading::{Begin, More};
use crate::model::listing::{Listing, Origin, Shown, Sort, SortBy};
use crate::model::marks::Size;
use crate::model::pending::Lane;
use crate::model::spot::List;
use crate::model::store::Access;
use crate::s3::entry::Entry;
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::location::Location;
use crate::s3::size;
use crate::view::layout::{Facts, Layout, draw_lines, inset, split_bottom, split_top};
use crate::view::theme::{self, Times};
use crate::view::{Seen, facts, failure, text};

/// Cells before the name: cursor, mark, a gap.
const GUTTER: usize = 3;

/// Cells between two columns.
const GAP: usize = 2;

/// The time is shown only where names keep so many cells.
const NAME_BEFORE_TIME: usize = 24;

/// The size is shown only where names keep so many cells.
const NAME_BEFORE_SIZE: usize = 14;

/// From this width of the list on, the storage class has a column.
const CLASS_FROM_WIDTH: usize = 84;

/// So many rows stay on the screen below words about them.
const ROWS_BELOW_WORDS: u16 = 2;

/// How old rows are before the header says so, in seconds.
const OLD_AFTER_SECONDS: i64 = 60;

/// What a folder marker is called inside its own prefix.
const HERE: &str = ".";

/// Draws header, list and facts.
pub(super) fn draw(seen: Seen, layout: &Layout, frame: &mut Frame) {
    draw_lines([header(seen, usize::from(layout.header.width))], layout.header, frame);
    let listing = &seen.model.browse.here;
    let (told, rows) = places(seen, layout);
    let list_width = match layout.facts {
        Facts::Beside(_) => rows.width.saturating_sub(1),
        Facts::Below(_) | Facts::Hidden => rows.width,
    };
    let columns = Columns::of(seen, usize::from(list_width));
    draw_lines([heading(seen, &columns)], layout.heading, frame);
    if listing.shown_count() == 0 {
        let room = inset(rows, 3);
        draw_lines(instead_of_rows(seen, room), room, frame);
    } else {
        let room = inset(told, 3);
        draw_lines(before_known(seen, room), room, frame);
        draw_rows(seen, &columns, Rect { width: list_width, ..rows }, frame);
    }
    facts::draw(seen, layout.facts, frame);
}

/// Where it is told why there are only rows that are known otherwise, and where the rows are.
pub(super) fn places(seen: Seen, layout: &Layout) -> (Rect, Rect) {
    let (most, _) = split_bottom(layout.rows, ROWS_BELOW_WORDS);
    let lines = match seen.model.browse.here.origin {
        Origin::Store => 0,
        Origin::Memory => before_known(seen, inset(most, 3)).len(),
    };
    split_top(layout.rows, u16::try_from(lines).unwrap_or(u16::MAX).min(most.height))
}

/// The name that a row goes by, safe for the screen.
pub(super) fn row_name<'e>(listing: &Listing, entry: &'e Entry) -> Cow<'e, str> {
    match listing.name_of(entry) {
        "" => Cow::Borrowed(HERE),
        name => text::shown_name(name),
    }
}

/// The first line: where one is on the left, what is loaded on the right. What does not fit goes in this order: the
/// program's name, provider and region, the words around the counts and the credentials' end, the outer levels of the place.
fn header(seen: Seen, width: usize) -> Line<'static> {
    let theme = seen.theme;
    let (levels, last) = levels(seen);
    let store = &seen.model.store;
    let access = match store.access {
        Access::Signed => "",
        Access::Anonymous => "anonymous",
    };
    let provider: Vec<_> = [store.provider.as_str(), store.region.as_str(), access]
        .into_iter()
        .filter(|word| !word.is_empty())
        .map(|word| text::shown(word).into_owned())
        .collect();
    let provider = provider.join(theme::BETWEEN);
    let provider = if provider.is_empty() { provider } else { format!("{provider}   ") };
    let alarm = if seen.alarm().is_empty() { String::new() } else { format!("{}   ", seen.alarm()) };
    let (long, short) = state(seen);
    let (ends, ends_short) = ending(seen);
    let title = "daypass  ";
    let place = text::width(&levels) + text::width(&last);
    let candidates = [
        (title, provider.as_str(), &ends, &long),
        ("", &provider, &ends, &long),
        ("", "", &ends, &long),
        ("", "", &ends, &short),
    ];
    let fits = |(title, provider, ends, state): &(&str, &str, &String, &String)| {
        let right = text::width(ends) + text::width(provider) + text::width(state);
        3 + text::width(title) + place + text::width(&alarm) + right < width
    };
    let (title, provider, ends, state) = candidates.into_iter().find(fits).unwrap_or(("", "", &ends_short, &short));
    let right = format!("{alarm}{ends}{provider}{state} ");
    let room = width.saturating_sub(2 + text::width(title) + text::width(&right));
    let whole = format!("{levels}{last}");
    let cut = text::cut_start(&whole, room);
    let (levels, last) = match cut.strip_suffix(last.as_str()) {
        Some(levels) => (levels.to_owned(), last),
        None => (String::new(), cut.clone().into_owned()),
    };
    let gap = room.saturating_sub(text::width(&cut)) + 1;
    let right_style = if seen.model.browse.here.failure.is_some() { theme.failed() } else { Style::new() };
    Line::from(vec![
        Span::raw(" "),
        Span::styled(title.to_owned(), theme.faint()),
        Span::raw(levels),
        Span::styled(last, theme.strong()),
        Span::raw(" ".repeat(gap)),
        Span::styled(alarm, theme.failed()),
        Span::styled(ends.clone(), theme.strong()),
        Span::styled(provider.to_owned(), theme.faint()),
        Span::styled(state.clone(), right_style),
    ])
}

/// When the credentials end, where that is soon, in words and shorter.
fn ending(seen: Seen) -> (String, String) {
    match seen.model.store.ending.left(seen.now.wall) {
        None => (String::new(), String::new()),
        Some(Left::Minutes(minutes)) => (format!("keys end in {minutes} min   "), format!("keys {minutes} min   ")),
        Some(Left::Nothing) => ("keys ended   ".to_owned(), "keys ended   ".to_owned()),
    }
}

/// The outer levels of the place, and the innermost one.
fn levels(seen: Seen) -> (String, String) {
    let store = text::shown(seen.model.store.name()).into_owned();
    match &seen.model.browse.here.location {
        Location::Buckets => (String::new(), store),
        Location::Prefix { bucket, prefix } => {
            let store = if store.is_empty() { store } else { format!("{store}{}", theme::LEVEL) };
            if prefix.is_root() {
                return (store, bucket.as_str().to_owned());
            }
            let last = prefix.last_level();
            let outer = prefix.as_str().strip_suffix(last).unwrap_or_default();
            (format!("{store}{bucket}{}{}", theme::LEVEL, text::shown(outer)), text::shown(last).into_owned())
        }
    }
}

/// What is loaded, in words and shorter.
fn state(seen: Seen) -> (String, String) {
    let listing = &seen.model.browse.here;
    let (loaded, shown) = (listing.loaded(), listing.shown_count());
    let filtered = !listing.filter().is_empty();
    let more = listing.more != More::Nothing || listing.is_refreshing();
    let (long, short) = match (filtered, more) {
        (false, false) if loaded == 0 && *listing.begin() == Begin::Start => ("empty".to_owned(), "empty".to_owned()),
        (false, true) if loaded == 0 => ("not listed".to_owned(), "not listed".to_owned()),
        (false, false) if *listing.begin() != Begin::Start => {
            (format!("{} to the end", text::count(loaded)), text::count(loaded))
        }
        (false, false) => (format!("all {}", text::count(loaded)), format!("all {}", text::count(loaded))),
        (false, true) if listing.is_full(seen.model.fixed.most_bytes) => {
            (format!("{} loaded, full, more", text::count(loaded)), format!("{}+", text::count(loaded)))
        }
        (false, true) => (format!("{} loaded, more", text::count(loaded)), format!("{}+", text::count(loaded))),
        (true, _) => {
            let counts = (text::count(shown), text::count(loaded));
            let (words, sign) = if more { (" loaded shown, more", "+") } else { (" shown", "") };
            (format!("{} of {}{words}", counts.0, counts.1), format!("{}/{}{sign}", counts.0, counts.1))
        }
    };
    if let Some(sign) = seen.working(Lane::Listing) {
        return match (loaded, listing.is_refreshing(), listing.streamed()) {
            (0, _, _) => (format!("{sign} listing…"), format!("{sign} listing…")),
            (_, true, None) => (format!("{sign} refreshing…"), format!("{sign} {short}")),
            (_, true, Some(_)) => {
                let came = text::rough_count(listing.came());
                (format!("{sign} refreshing… {came} of {}", text::rough_count(loaded)), format!("{sign} {came}"))
            }
            (_, false, None) => (format!("{sign} {long}"), format!("{sign} {short}")),
            (_, false, Some(streamed)) if filtered => {
                (format!("{sign} {long}{}", rate(seen, streamed)), format!("{sign} {short}"))
            }
            (_, false, Some(streamed)) => {
                let came = text::rough_count(loaded);
                (format!("{sign} listing… {came}{}{}", early(listing), rate(seen, streamed)), format!("{sign} {came}"))
            }
        };
    }
    if listing.origin == Origin::Memory {
        let known = format!("{} {} known", theme::FAILED, text::count(loaded));
        return (format!("{known}, not listed"), known);
    }
    if let Some(sign) = seen.working(Lane::Arranging) {
        let word = if filtered { "filtering" } else { "sorting" };
        return (format!("{sign} {word}… {long}"), format!("{sign} {short}"));
    }
    if listing.failure.is_some() {
        let long = if loaded == 0 { "not listed".to_owned() } else { format!("{long}: failed") };
        return (format!("{} {long}", theme::FAILED), format!("{} {short}", theme::FAILED));
    }
    match listing.as_of {
        Some(at) if seen.now.wall.duration_since(at).as_secs() > OLD_AFTER_SECONDS => {
            (format!("{long}{}as of {}", theme::BETWEEN, text::minute(at, &seen.theme.zone)), short)
        }
        _ => (long, short),
    }
}

/// How many rows wait for those between them and the ones that are shown.
fn early(listing: &Listing) -> String {
    match listing.early {
        0 => String::new(),
        early => format!(" + {} ahead", text::rough_count(early)),
    }
}

/// How many rows a second come, once that can be told.
fn rate(seen: Seen, streamed: usize) -> String {
    let ran = seen.model.pending.ran(Lane::Listing, seen.now).unwrap_or_default().as_secs_f64();
    if streamed == 0 || ran < 0.5 {
        return String::new();
    }
    format!(", {}/s", text::rough_count((streamed as f64 / ran) as usize))
}

/// What is shown beside the name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Size,
    Class,
    Region,
    Time,
}

/// The columns that fit, and how many cells they leave for the name.
struct Columns {
    name: usize,
    others: Vec<Column>,
}

impl Columns {
    fn of(seen: Seen, width: usize) -> Self {
        let listing = &seen.model.browse.here;
        let wanted = match listing.location {
            Location::Buckets => vec![Column::Region, Column::Time],
            Location::Prefix { .. } if width >= CLASS_FROM_WIDTH => vec![Column::Size, Column::Class, Column::Time],
            Location::Prefix { .. } => vec![Column::Size, Column::Time],
        };
        let mut columns = Self { name: 0, others: wanted };
        columns.measure(seen.theme.times, width);
        for (column, needed) in
            [(Column::Time, NAME_BEFORE_TIME), (Column::Size, NAME_BEFORE_SIZE), (Column::Region, NAME_BEFORE_SIZE)]
        {
            if columns.name < needed {
                columns.others.retain(|other| *other != column);
                columns.measure(seen.theme.times, width);
            }
        }
        columns
    }

    fn measure(&mut self, times: Times, width: usize) {
        let others: usize = self.others.iter().map(|column| column.width(times) + GAP).sum();
        self.name = width.saturating_sub(GUTTER + others + 1);
    }
}

impl Column {
    fn width(self, times: Times) -> usize {
        match (self, times) {
            (Self::Size, _) => 10,
            (Self::Class, _) => 12,
            (Self::Region, _) => 14,
            (Self::Time, Times::Relative) => 10,
            (Self::Time, Times::Absolute) => 16,
        }
    }

    fn title(self, location: &Location) -> &'static str {
        match (self, location) {
            (Self::Size, _) => "size",
            (Self::Class, _) => "class",
            (Self::Region, _) => "region",
            (Self::Time, Location::Buckets) => "created",
            (Self::Time, Location::Prefix { .. }) => "modified",
        }
    }

    fn sorted_by(self) -> Option<SortBy> {
        match self {
            Self::Size => Some(SortBy::Size),
            Self::Time => Some(SortBy::Time),
            Self::Class | Self::Region => None,
        }
    }

    fn tell(self, seen: Seen, entry: &Entry) -> String {
        let time = |then: Option<jiff::Timestamp>| {
            then.map_or_else(String::new, |then| match seen.theme.times {
                Times::Relative => text::ago(then, seen.now.wall),
                Times::Absolute => text::date_time(then, &seen.theme.zone),
            })
        };
        match (self, entry) {
            (Self::Size, Entry::Object(object)) => size::shown(object.size),
            (Self::Class, Entry::Object(object)) => text::shown(&object.storage_class).into_owned(),
            (Self::Region, Entry::Bucket(bucket)) => {
                bucket.region.as_deref().map_or_else(String::new, |region| text::shown(region).into_owned())
            }
            (Self::Time, Entry::Object(object)) => time(object.modified),
            (Self::Time, Entry::Bucket(bucket)) => time(bucket.created),
            _ => String::new(),
        }
    }

    /// The text in exactly the column's cells. Numbers and times stand at the right, words at the left.
    fn fit(self, told: &str, times: Times) -> String {
        let room = self.width(times);
        let cut = text::cut_end(told, room);
        match self {
            Self::Size | Self::Time => text::pad_start(&cut, room),
            Self::Class | Self::Region => text::pad_end(&cut, room),
        }
    }
}

/// The names of the columns, with the order; beside the first what is filtered and marked.
fn heading(seen: Seen, columns: &Columns) -> Line<'static> {
    let listing = &seen.model.browse.here;
    let theme = seen.theme;
    let sort = listing.sort();
    let titled = |title: &str, by: Option<SortBy>| {
        let up = (sort.by == SortBy::Name) != sort.reversed;
        let arrow = if up { theme::ASCENDING } else { theme::DESCENDING };
        if by == Some(sort.by) { format!("{title} {arrow}") } else { title.to_owned() }
    };
    let name = titled("name", Some(SortBy::Name));
    let between = |told: String| format!("{}{told}", theme::BETWEEN);
    let told = [begun(listing), filtered(listing), marked(listing)];
    let told: String = told.into_iter().flatten().map(between).collect();
    let room = columns.name.saturating_sub(text::width(&name));
    // The count above the list says as well that there is more, so that this one makes way.
    let half_sorted = half_sorted(listing).map(between);
    let half_sorted = half_sorted.filter(|also| text::width(&told) + text::width(also) <= room);
    let told = text::cut_end(&format!("{told}{}", half_sorted.unwrap_or_default()), room).into_owned();
    let gap = columns.name.saturating_sub(text::width(&name) + text::width(&told));
    let mut spans = vec![
        Span::raw(" ".repeat(GUTTER)),
        Span::styled(name, theme.faint()),
        Span::styled(told, theme.mark()),
        Span::raw(" ".repeat(gap)),
    ];
    for column in &columns.others {
        let title = titled(column.title(&listing.location), column.sorted_by());
        let title = format!("{}{}", " ".repeat(GAP), column.fit(&title, theme.times));
        spans.push(Span::styled(title, theme.faint()));
    }
    Line::from(spans)
}

/// Where the rows begin, if not at the start of the place.
fn begun(listing: &Listing) -> Option<String> {
    let (word, name) = match listing.begin() {
        Begin::Start => return None,
        Begin::At(name) => ("from", name),
        Begin::Behind(name) => ("behind", name),
    };
    let below = match &listing.location {
        Location::Prefix { prefix, .. } => name.strip_prefix(prefix.folder()).unwrap_or(name),
        Location::Buckets => name,
    };
    Some(format!("{word} “{}” on", text::cut_middle(&text::shown(below), 24)))
}

/// That the order is one of the loaded rows alone: the first of all may not have come yet.
fn half_sorted(listing: &Listing) -> Option<String> {
    let has_more = matches!(listing.more, More::Next(_)) && !listing.is_refreshing();
    (has_more && listing.sort() != Sort::default()).then(|| "sorted as far as loaded".to_owned())
}

fn filtered(listing: &Listing) -> Option<String> {
    let filter = listing.filter();
    (!filter.is_empty()).then(|| format!("filter “{}”", text::cut_end(&text::shown(&filter.0), 24)))
}

/// How many rows are marked, and how large they are together, as far as that is known.
fn marked(listing: &Listing) -> Option<String> {
    let marks = listing.marks();
    let all = text::count(marks.len());
    match marks.size() {
        _ if marks.is_empty() => None,
        Size::Known { objects: 0, .. } | Size::Unknown => Some(format!("{all} marked")),
        Size::Known { bytes, .. } => Some(format!("{all} marked, {}", size::shown(bytes))),
    }
}

fn draw_rows(seen: Seen, columns: &Columns, place: Rect, frame: &mut Frame) {
    let listing = &seen.model.browse.here;
    let height = usize::from(place.height);
    let top = listing.spot().first_drawn(height);
    let rows = listing.shown_from(top).take(height).enumerate();
    let rows = rows.map(|(row, shown)| row_line(seen, columns, &shown, top + row == listing.cursor()));
    draw_lines(rows, place, frame);
}

fn row_line(seen: Seen, columns: &Columns, shown: &Shown, under_cursor: bool) -> Line<'static> {
    let listing = &seen.model.browse.here;
    let theme = seen.theme;
    let Shown { entry, is_marked } = shown;
    let name = row_name(listing, entry);
    let cut = text::cut_middle(&name, columns.name);
    let remark = if name == HERE && listing.name_of(entry).is_empty() { " (this prefix itself)" } else { "" };
    let remark = text::start(remark, columns.name.saturating_sub(text::width(&cut)));
    let gap = columns.name.saturating_sub(text::width(&cut) + text::width(remark));
    let name_style = match entry {
        Entry::Prefix(_) => theme.strong(),
        Entry::Bucket(_) | Entry::Object(_) => Style::new(),
    };
    // Not the whole row: over a slow line a move of the cursor would cost twice as much.
    let name_style = if under_cursor { name_style.patch(theme.cursor()) } else { name_style };
    let mut spans = vec![
        Span::raw(if under_cursor { theme::CURSOR } else { " " }),
        if *is_marked { Span::styled(theme::MARK, theme.mark()) } else { Span::raw(" ") },
        Span::raw(" "),
        Span::styled(cut.into_owned(), name_style),
        Span::styled(remark.to_owned(), theme.faint()),
        Span::raw(" ".repeat(gap)),
    ];
    for column in &columns.others {
        let told = column.fit(&column.tell(seen, entry), theme.times);
        let style = if *column == Column::Size { Style::new() } else { theme.faint() };
        spans.push(Span::styled(format!("{}{told}", " ".repeat(GAP)), style));
    }
    Line::from(spans)
}

/// What is said where no row is shown.
fn instead_of_rows(seen: Seen, place: Rect) -> Vec<Line<'static>> {
    let (room, height) = (usize::from(place.width), usize::from(place.height));
    let listing = &seen.model.browse.here;
    let theme = seen.theme;
    let mut lines = vec![Line::default()];
    let mut say = |said: &str, style: Style| {
        lines.extend(text::wrap(said, room).into_iter().map(|line| Line::styled(line, style)));
    };
    if let Some(sign) = seen.working(Lane::Listing).filter(|_| listing.loaded() == 0) {
        say(&format!("{sign} listing…"), theme.faint());
    } else if seen.model.pending.runs(Lane::Listing) && listing.loaded() == 0 {
        // An answer within a blink shows no sign of work.
    } else if let Some(failure) = &listing.failure {
        lines.extend(failure::lines(seen, failure, room, height.saturating_sub(1)));
        lines.push(Line::default());
        lines.extend(ways_out(seen, failure).into_iter().map(|way| Line::styled(way, theme.faint())));
    } else if !listing.filter().is_empty() && listing.loaded() > 0 {
        say(&format!("No loaded row contains “{}”.", text::shown(&listing.filter().0)), theme.strong());
        let loaded = text::count(listing.loaded());
        match (listing.more != More::Nothing, seen.key(Command::Last)) {
            (true, Some(key)) => say(&format!("{loaded} loaded, more not loaded: {key} loads all."), Style::new()),
            (true, None) => say(&format!("{loaded} loaded, more not loaded."), Style::new()),
            (false, _) => say(&format!("All {loaded} are loaded."), Style::new()),
        }
    } else if let (More::Nothing, Some(begun)) = (&listing.more, begun(listing)) {
        say(&format!("Nothing {begun}."), theme.strong());
        if let Some(key) = seen.key(Command::First) {
            say(&format!("{key} lists all from the start."), theme.faint());
        }
    } else if listing.more == More::Nothing {
        say("Nothing here.", theme.strong());
        let (command, does) = match listing.location {
            Location::Buckets => (Command::GoTo, "opens a bucket by its name."),
            Location::Prefix { .. } => (Command::Upload, "makes an upload link for a new object."),
        };
        if let Some(key) = seen.key(command).filter(|_| seen.model.store.access.allows(command)) {
            say(&format!("{key} {does}"), theme.faint());
        }
    } else if let Some(key) = seen.key(Command::Refresh) {
        say(&format!("Not listed. {key} lists it."), theme.faint());
    }
    lines
}

/// Why a place that the store does not list has rows all the same, and what else there is to do where there is room for it.
fn before_known(seen: Seen, place: Rect) -> Vec<Line<'static>> {
    let (room, height) = (usize::from(place.width), usize::from(place.height));
    let listing = &seen.model.browse.here;
    let Some(failure) = listing.failure.as_ref().filter(|_| listing.origin == Origin::Memory) else {
        return Vec::new();
    };
    let mut lines = failure::lines(seen, failure, room, height.saturating_sub(1));
    let ways = text::wrap(&ways_out(seen, failure).join(theme::BETWEEN), room);
    let free = height.saturating_sub(lines.len() + 1);
    lines.extend(ways.into_iter().take(free).map(|way| Line::styled(way, seen.theme.faint())));
    let known = match listing.location {
        Location::Buckets => "Known buckets, from the settings and from before:",
        Location::Prefix { .. } => "Known prefixes below, from the settings and from before:",
    };
    lines.push(Line::styled(text::cut_end(known, room).into_owned(), seen.theme.strong()));
    lines
}

/// The keys that lead out of a failed listing.
fn ways_out(seen: Seen, failure: &Failure) -> Vec<String> {
    let closed = matches!(failure.kind, FailureKind::Forbidden | FailureKind::NotSupported);
    let (elsewhere, by_name) = match seen.model.browse.here.location {
        Location::Buckets => ("opens a bucket by its name", closed),
        Location::Prefix { .. } => ("goes to a prefix by its name", failure.kind == FailureKind::Forbidden),
    };
    let ways = [
        (Command::GoTo, elsewhere, by_name),
        (Command::Refresh, "asks again", true),
        (Command::Leave, "goes up", seen.model.browse.here.location.parent().is_some()),
        (Command::Messages, "shows what was asked and answered", failure.exchange.is_some()),
    ];
    ways.into_iter()
        .filter(|(_, _, sensible)| *sensible)
        .filter_map(|(command, does, _)| Some(format!("{} {does}", seen.key(command)?)))
        .collect()
}

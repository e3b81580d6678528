//! What is known of the row under the cursor, beside or below the list; and all of it as lines of a page.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::command::list::Command;
use crate::model::listing::RowId;
use crate::model::pending::Lane;
use crate::s3::entry::{BucketSummary, Entry, ObjectSummary};
use crate::s3::facts::{ObjectFacts, Restore};
use crate::s3::failure::Failure;
use crate::s3::location::{Location, ObjectId};
use crate::view::layout::{self, draw_lines, inset, split_top};
use crate::view::{Seen, browse, failure, text, theme};

/// Cells of the labels beside the values.
const LABEL: usize = 12;

/// Cells of the labels on the page.
const PAGE_LABEL: usize = 20;

/// The most lines that one value takes in the pane.
const VALUE_LINES: usize = 3;

/// The most cells that one value takes where facts follow each other in a line: an MD5 with a count of parts fits.
const SHORT_VALUE: usize = 36;

/// Draws the facts of the row under the cursor.
pub(super) fn draw(seen: Seen, place: layout::Facts, frame: &mut Frame) {
    let listing = &seen.model.browse.here;
    let title = listing.current().map_or_else(String::new, |entry| browse::row_name(listing, &entry).into_owned());
    match place {
        layout::Facts::Hidden => {}
        layout::Facts::Beside(place) => {
            let wall = (0..place.height).map(|_| Line::styled(theme::WALL, seen.theme.faint()));
            draw_lines(wall, Rect { width: 1, ..place }, frame);
            let (heading, body) = split_top(inset(place, 2), 1);
            let title = text::cut_middle(&title, usize::from(heading.width)).into_owned();
            draw_lines([Line::styled(title, seen.theme.strong())], heading, frame);
            draw_lines(listed(seen, usize::from(body.width), usize::from(body.height)), body, frame);
        }
        layout::Facts::Below(place) => {
            let (heading, body) = split_top(place, 1);
            let body = inset(body, 1);
            let (lines, all_fit) = flowing(seen, usize::from(body.width), usize::from(body.height));
            let more = if all_fit { String::new() } else { all_facts(seen) };
            draw_lines([rule(seen, &title, &more, usize::from(heading.width))], heading, frame);
            draw_lines(lines, body, frame);
        }
    }
}

/// All facts of an object and its tags, for a page of `width` cells.
pub(super) fn page(seen: Seen, object: &ObjectId, width: usize) -> Vec<Line<'static>> {
    let theme = seen.theme;
    let mut lines = vec![Line::default()];
    let row = row_of(seen, object);
    let mut section = |title: &str, facts: Vec<Fact>| {
        if !facts.is_empty() {
            lines.push(Line::styled(title.to_owned(), theme.strong()));
            lines.extend(facts.iter().flat_map(|fact| fact.lines(seen, PAGE_LABEL, width, usize::MAX)));
            lines.push(Line::default());
        }
    };
    let location = Fact::new("location", text::shown(&object.to_string()).into_owned());
    let head = seen.model.facts.head(object);
    let known = head.and_then(|answer| answer.as_ref().ok());
    section("Object", [vec![location], what_it_is(seen, row.as_ref(), known), how_it_is_kept(known)].concat());
    section("Metadata", known.map_or_else(Vec::new, metadata));
    let tags = seen.model.facts.tags(object);
    if let Some(Ok(tags)) = tags {
        let tags =
            tags.iter().map(|tag| Fact::new(text::shown(&tag.key).into_owned(), text::shown(&tag.value).into_owned()));
        section("Tags", tags.collect());
    }
    let answers = [
        (head.and_then(|answer| answer.as_ref().err()), Lane::Facts, "asking for the facts…"),
        (tags.and_then(|answer| answer.as_ref().err()), Lane::Tags, "asking for the tags…"),
    ];
    for (failure, lane, asking) in answers {
        if let Some(sign) = seen.working(lane) {
            lines.push(Line::styled(format!("{sign} {asking}"), theme.faint()));
        } else if let Some(failure) = failure {
            lines.extend(failure::lines(seen, failure, width, failure::SCROLLED));
            lines.push(Line::default());
        }
    }
    if tags.is_some_and(|answer| answer.as_ref().is_ok_and(Vec::is_empty)) {
        lines.push(Line::styled("No tags.", theme.faint()));
    }
    lines
}

/// One thing that is known.
#[derive(Clone)]
struct Fact {
    label: Cow<'static, str>,
    value: String,
    /// Whether the value is understood without its label, where room is short.
    plain: bool,
}

impl Fact {
    fn new(label: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), plain: false }
    }

    fn plain(label: &'static str, value: impl Into<String>) -> Self {
        Self { label: Cow::Borrowed(label), value: value.into(), plain: true }
    }

    /// The fact in at most `most` lines: its label in a column of its own, or before the value where it is too long.
    fn lines(&self, seen: Seen, column: usize, width: usize, most: usize) -> Vec<Line<'static>> {
        let column = column.min(width / 2);
        let fits = text::width(&self.label) < column;
        let (label, indent) =
            if fits { (text::pad_end(&self.label, column), column) } else { (format!("{} ", self.label), 0) };
        let first = if fits { self.value.clone() } else { format!("{label}{}", self.value) };
        let mut values = text::pieces(&first, width.saturating_sub(indent));
        if values.len() > most {
            let rest = values.split_off(most.saturating_sub(1)).concat();
            values.push(text::cut_end(&rest, width.saturating_sub(indent)).into_owned());
        }
        let faint = seen.theme.faint();
        let rows = values.into_iter().enumerate().map(|(row, value)| match (row, value.strip_prefix(label.as_str())) {
            (0, Some(rest)) if !fits => vec![Span::styled(label.clone(), faint), Span::raw(rest.to_owned())],
            (0, _) if fits => vec![Span::styled(label.clone(), faint), Span::raw(value)],
            _ => vec![Span::raw(" ".repeat(indent)), Span::raw(value)],
        });
        rows.map(Line::from).collect()
    }
}

/// The facts of the row under the cursor, one below the other.
fn listed(seen: Seen, width: usize, height: usize) -> Vec<Line<'static>> {
    let (facts, remark) = of_row(seen);
    let mut lines: Vec<_> = facts.iter().flat_map(|fact| fact.lines(seen, LABEL, width, VALUE_LINES)).collect();
    let remark = remark.lines(width, 4);
    let room = height.saturating_sub(remark.len() + usize::from(!remark.is_empty()));
    if lines.len() > room {
        lines.truncate(room.saturating_sub(1));
        lines.push(Line::styled(all_facts(seen), seen.theme.faint()));
    }
    if !remark.is_empty() {
        lines.push(Line::default());
    }
    lines.extend(remark);
    lines
}

/// The facts of the row under the cursor, one after the other in each line, and whether that was all.
fn flowing(seen: Seen, width: usize, height: usize) -> (Vec<Line<'static>>, bool) {
    let (facts, remark) = of_row(seen);
    let remark = remark.lines(width, 4);
    let room = height.saturating_sub(remark.len());
    let faint = seen.theme.faint();
    let mut lines: Vec<Vec<Span<'static>>> = Vec::new();
    let mut taken = width;
    for fact in &facts {
        let label = if fact.plain { String::new() } else { format!("{} ", fact.label) };
        let label = text::cut_end(&label, width / 2).into_owned();
        let most = if fact.plain { width } else { SHORT_VALUE };
        let value = text::cut_middle(&fact.value, most.min(width.saturating_sub(text::width(&label)))).into_owned();
        let needed = text::width(&label) + text::width(&value);
        let between = text::width(theme::BETWEEN);
        let told = [Span::styled(label, faint), Span::raw(value)];
        match lines.last_mut().filter(|_| taken + between + needed <= width) {
            Some(line) => {
                line.push(Span::styled(theme::BETWEEN, faint));
                line.extend(told);
                taken += between + needed;
            }
            None => {
                lines.push(told.to_vec());
                taken = needed;
            }
        }
    }
    let all_fit = lines.len() <= room;
    lines.truncate(room);
    (lines.into_iter().map(Line::from).chain(remark).collect(), all_fit)
}

fn all_facts(seen: Seen) -> String {
    seen.key(Command::Facts).map_or_else(|| text::CUT.to_owned(), |key| format!("{} {key} all facts", text::CUT))
}

/// A line across with a title at its left and something to add at its right.
fn rule(seen: Seen, title: &str, more: &str, width: usize) -> Line<'static> {
    let (rule, faint) = (theme::RULE, seen.theme.faint());
    let spaced = |text: &str| if text.is_empty() { String::new() } else { format!(" {text} ") };
    let more = text::cut_end(&spaced(more), width.saturating_sub(6)).into_owned();
    let title = text::cut_middle(title, width.saturating_sub(6 + text::width(&more))).into_owned();
    let title = spaced(&title);
    let rest = width.saturating_sub(4 + text::width(&title) + text::width(&more));
    Line::from(vec![
        Span::styled(rule.repeat(2), faint),
        Span::styled(title, seen.theme.strong()),
        Span::styled(format!("{}{more}{}", rule.repeat(rest), rule.repeat(2)), faint),
    ])
}

/// What is to be said below the facts: that more is being asked for, or why there is no more.
struct Remark {
    said: String,
    style: Style,
}

impl Remark {
    fn none() -> Self {
        Self { said: String::new(), style: Style::new() }
    }

    fn lines(&self, width: usize, most: usize) -> Vec<Line<'static>> {
        let mut lines = text::wrap(&self.said, width);
        if lines.len() > most {
            let rest = lines.split_off(most.saturating_sub(1)).join(" ");
            lines.push(text::cut_end(&rest, width).into_owned());
        }
        lines.into_iter().map(|line| Line::styled(line, self.style)).collect()
    }
}

/// What is known of the row under the cursor.
fn of_row(seen: Seen) -> (Vec<Fact>, Remark) {
    let listing = &seen.model.browse.here;
    match (listing.current(), &listing.location) {
        (None, _) => (Vec::new(), Remark::none()),
        (Some(Entry::Bucket(bucket)), _) => (of_bucket(seen, &bucket), Remark::none()),
        (Some(Entry::Prefix(prefix)), location) => {
            let location = match location {
                Location::Buckets => String::new(),
                Location::Prefix { bucket, .. } => format!("s3://{bucket}/"),
            };
            let path = format!("{location}{}", text::shown(prefix.as_str()));
            (vec![Fact::plain("prefix", path)], Remark::none())
        }
        (Some(Entry::Object(row)), _) => match listing.current_object() {
            Some(object) => {
                let head = seen.model.facts.head(&object);
                let known = head.and_then(|answer| answer.as_ref().ok());
                let failure = head.and_then(|answer| answer.as_ref().err());
                let own = known.map_or_else(Vec::new, metadata);
                let facts = [what_it_is(seen, Some(&row), known), own, how_it_is_kept(known)].concat();
                (facts, remark(seen, &object, failure))
            }
            None => (what_it_is(seen, Some(&row), None), Remark::none()),
        },
    }
}

fn remark(seen: Seen, object: &ObjectId, failure: Option<&Failure>) -> Remark {
    if let Some(sign) = seen.working(Lane::Facts) {
        return Remark { said: format!("{sign} asking for more…"), style: seen.theme.faint() };
    }
    match failure {
        Some(failure) => {
            let hint = text::sentence(&text::shown(&failure.hint));
            let why = text::shown(&failure.why);
            let said = format!("{} Type, metadata and version are not known: {why}. {hint}", theme::FAILED);
            Remark { said, style: seen.theme.failed() }
        }
        None => {
            // Nothing asks by itself: say which key does.
            let silent = seen.model.fixed.facts_delay.is_none() && seen.model.facts.head(object).is_none();
            let key = seen.key(Command::Facts).filter(|_| silent);
            key.map_or_else(Remark::none, |key| Remark {
                said: format!("{key} asks for all facts"),
                style: seen.theme.faint(),
            })
        }
    }
}

fn of_bucket(seen: Seen, bucket: &BucketSummary) -> Vec<Fact> {
    let zone = &seen.theme.zone;
    let created = bucket.created.map(|at| Fact::new("created", text::date_time_ago(at, seen.now.wall, zone)));
    let region = bucket.region.as_ref().map(|region| Fact::new("region", text::shown(region).into_owned()));
    let location = Fact::plain("bucket", format!("s3://{}/", bucket.name));
    [Some(location), region, created].into_iter().flatten().collect()
}

/// What list and HEAD say of an object that is wanted first. HEAD knows better, the list knew earlier.
fn what_it_is(seen: Seen, row: Option<&ObjectSummary>, head: Option<&ObjectFacts>) -> Vec<Fact> {
    let nothing = ObjectFacts::default();
    let head = head.unwrap_or(&nothing);
    let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let modified = head.modified.or(row.and_then(|row| row.modified));
    let plain = [
        ("size", head.size.or(row.map(|row| row.size)).map(text::exact_size)),
        ("type", head.content_type.clone()),
        ("class", head.storage_class.clone().or(row.and_then(|row| named(&row.storage_class)))),
    ];
    let labelled = [
        ("archive", head.archive_status.clone()),
        ("restore", head.restore.as_ref().map(restored)),
        ("modified", modified.map(|at| text::date_time_ago(at, seen.now.wall, &seen.theme.zone))),
        ("etag", head.etag.clone()),
        ("version", head.version.as_ref().map(|version| version.0.clone())),
        ("encryption", head.encryption.clone()),
    ];
    let plain = plain.into_iter().filter_map(|(label, value)| Some(Fact::plain(label, safe(&value?))));
    plain.chain(known(labelled)).collect()
}

/// What HEAD says besides: how an object is sent, guarded and deleted.
fn how_it_is_kept(head: Option<&ObjectFacts>) -> Vec<Fact> {
    let Some(head) = head else { return Vec::new() };
    let lock = head.lock.as_ref().map(|lock| match &lock.until {
        Some(until) => format!("{} until {until}", lock.mode),
        None => lock.mode.clone(),
    });
    let expiration = head.expiration.as_ref().map(|end| match &end.rule {
        Some(rule) => format!("{} by rule {rule}", end.date),
        None => end.date.clone(),
    });
    let labelled = [
        ("kms key", head.kms_key_id.clone()),
        ("encoding", head.content_encoding.clone()),
        ("language", head.content_language.clone()),
        ("disposition", head.content_disposition.clone()),
        ("cache", head.cache_control.clone()),
        ("expires", head.expires.clone()),
        ("replication", head.replication.clone()),
        ("lock", lock),
        ("legal hold", head.legal_hold.then(|| "on".to_owned())),
        ("deleted on", expiration),
        ("parts", head.parts.map(text::count)),
        ("tags", head.tag_count.map(text::count)),
        ("redirect", head.website_redirect.clone()),
        ("checksums", head.checksum_type.clone()),
        ("unreadable", head.missing_metadata.map(|count| format!("{} metadata entries", text::count(count)))),
    ];
    let checksums = head.checksums.iter().map(|(algorithm, value)| Fact::new(safe(algorithm), safe(value)));
    known(labelled).chain(checksums).collect()
}

fn known<const N: usize>(facts: [(&'static str, Option<String>); N]) -> impl Iterator<Item = Fact> {
    facts.into_iter().filter_map(|(label, value)| Some(Fact::new(label, safe(&value?))))
}

fn safe(text: &str) -> String {
    text::shown(text).into_owned()
}

fn restored(restore: &Restore) -> String {
    match (restore.ongoing, &restore.expiry) {
        (true, _) => "being brought back from the archive".to_owned(),
        (false, Some(expiry)) => format!("a copy is there until {expiry}"),
        (false, None) => "a copy is there".to_owned(),
    }
}

fn metadata(facts: &ObjectFacts) -> Vec<Fact> {
    facts.metadata.iter().map(|(name, value)| Fact::new(format!("x-amz-meta-{}", safe(name)), safe(value))).collect()
}

/// The row of an object, where the list that is shown has it.
fn row_of(seen: Seen, object: &ObjectId) -> Option<ObjectSummary> {
    let here = &seen.model.browse.here;
    match &here.location {
        Location::Prefix { bucket, .. } if *bucket == object.bucket => {}
        Location::Buckets | Location::Prefix { .. } => return None,
    }
    match here.find(&RowId::Object(object.key.clone()))? {
        Entry::Object(row) => Some(row),
        Entry::Bucket(_) | Entry::Prefix(_) => None,
    }
}

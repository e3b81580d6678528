//! `daypass ledger`: the links that were issued, as a table for people or as lines for scripts. It only reads.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ZonedDateTime};
use rustix::termios::tcgetwinsize;

use super::arguments::LedgerAsk;
use crate::presign::ledger::issued::{KeyLinks, by_key, fold};
use crate::presign::ledger::{Destination, Record};
use crate::s3::text::visible;
use crate::view::text::{self, cut_middle, pad_end, pad_start, shown};
use crate::world::ledger::{LedgerFile, Rotation};
use crate::world::{Ledger, Unread};

/// The columns of a link before its object, which comes last because it may be cut, or be of any length.
const LINK_COLUMNS: [(&str, usize); 5] = [("ISSUED", 21), ("LEFT", 6), ("METHOD", 6), ("KEY", 5), ("TO", 12)];

/// The columns of a key before what it means.
const KEY_COLUMNS: [(&str, usize); 3] = [("KEY", 5), ("LIVE", 4), ("LAST END", 21)];

/// The least room for an object, in cells, however narrow the terminal.
const OBJECT_MIN: usize = 10;

/// What is to be shown of which ledger.
#[derive(Clone, Debug)]
pub(super) struct LedgerPlan {
    /// The ledger.
    pub file: PathBuf,
    /// What of it, and how.
    pub asked: LedgerAsk,
}

/// From when on links are shown.
#[derive(Clone, Debug)]
pub(super) enum Since {
    /// From a moment on.
    At(Timestamp),
    /// From a time on the clocks of this place.
    Local(DateTime),
    /// From so long ago.
    Ago(Span),
}

impl Since {
    /// Reads `2h`, `7d`, `2026-11-20`, `2026-11-20T14:05` or the same with a zone.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let ago = |text: &str| text.parse().ok().filter(|span: &Span| !span.is_negative()).map(Self::Ago);
        let at = |text: &str| text.parse().ok().map(Self::At);
        let local = |text: &str| text.parse().ok().map(Self::Local);
        at(text).or_else(|| local(text)).or_else(|| ago(text)).ok_or_else(|| {
            let shown = visible(text);
            format!("`{shown}` is no time: write how long ago (2h, 7d), or a date and time (2026-11-20T14:05)")
        })
    }

    /// The moment that is meant. What lies before all calendars is the beginning of time.
    fn moment(&self, now: &ZonedDateTime) -> Timestamp {
        match self {
            Self::At(at) => Some(*at),
            Self::Local(at) => at.to_zoned_datetime(now.time_zone().clone()).ok().map(|at| at.timestamp()),
            Self::Ago(span) => now.checked_sub(*span).ok().map(|at| at.timestamp()),
        }
        .unwrap_or(Timestamp::MIN)
    }
}

/// Prints what was asked for. What could not be read, or was not there, is said on standard error.
pub(super) fn run(plan: &LedgerPlan) -> anyhow::Result<()> {
    let LedgerPlan { file, asked } = plan;
    let now = ZonedDateTime::now();
    let since = asked.since.as_ref().map(|since| since.moment(&now));
    let (mut noted, mut fitting, mut no_records, mut failed) = (0_u64, 0_u64, 0_u64, None);
    let records = LedgerFile::new(file, Rotation::default()).read()?;
    let records = records.filter_map(|line| match line {
        Ok(record) => {
            noted += 1;
            let fits = since.is_none_or(|since| record.at >= since)
                && (!asked.live || record.is_live(now.timestamp()))
                && asked.filter.as_ref().is_none_or(|text| record.contains(text));
            fitting += u64::from(fits);
            fits.then_some(record)
        }
        Err(Unread::Line(_)) => {
            no_records += 1;
            None
        }
        Err(Unread::File(failure)) => {
            failed = Some(failure);
            None
        }
    });
    let mut stdout = BufWriter::new(io::stdout().lock());
    let sheet = Sheet { now: now.timestamp(), zone: now.time_zone(), width: terminal_width() };
    print(&mut stdout, records, asked, &sheet)
        .and_then(|()| stdout.flush())
        .context("cannot write to standard output")?;

    let mut stderr = io::stderr().lock();
    let shown = file.display().to_string();
    let shown = visible(&shown);
    let _ = match (noted, fitting, no_records) {
        (0, _, 0) if failed.is_none() => writeln!(stderr, "No link is noted in {shown} yet."),
        (1.., 0, _) => writeln!(stderr, "None of the links in {shown} is one of those ({noted} noted)."),
        _ => Ok(()),
    };
    let _ = match no_records {
        0 => Ok(()),
        1 => writeln!(stderr, "daypass: 1 line of {shown} is no record and was left out"),
        more => writeln!(stderr, "daypass: {more} lines of {shown} are no records and were left out"),
    };
    failed.map_or(Ok(()), |failure| Err(failure.into()))
}

fn print(
    out: &mut impl Write,
    records: impl Iterator<Item = Record>,
    asked: &LedgerAsk,
    sheet: &Sheet<'_>,
) -> io::Result<()> {
    match (asked.by_key, asked.json) {
        (true, true) => by_key(records, sheet.now).iter().try_for_each(|key| writeln!(out, "{}", key.line())),
        (true, false) => table(out, &sheet.key_title(), by_key(records, sheet.now).iter().map(|key| sheet.key(key))),
        (false, true) => records.into_iter().try_for_each(|record| writeln!(out, "{}", record.line())),
        // Live links are few enough to be put together. All links may be many, so they pass through one by one.
        (false, false) if asked.live => {
            let rows = fold(records);
            table(out, &sheet.link_title(), rows.iter().map(|link| sheet.link(&link.first, &link.destinations)))
        }
        (false, false) => {
            table(out, &sheet.link_title(), records.map(|record| sheet.link(&record, &[record.destination])))
        }
    }
}

/// Rows below their title; no title without a row.
fn table(out: &mut impl Write, title: &str, rows: impl Iterator<Item = String>) -> io::Result<()> {
    for (at, row) in rows.enumerate() {
        if at == 0 {
            writeln!(out, "{title}")?;
        }
        writeln!(out, "{row}")?;
    }
    Ok(())
}

/// The cells of a line of the terminal; `None` where the output goes elsewhere.
fn terminal_width() -> Option<usize> {
    tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col)).filter(|width| *width > 0)
}

/// What the table is written on: when, where, and how wide it is.
struct Sheet<'a> {
    now: Timestamp,
    zone: &'a TimeZone,
    width: Option<usize>,
}

impl Sheet<'_> {
    fn link_title(&self) -> String {
        title(&LINK_COLUMNS, "OBJECT")
    }

    fn key_title(&self) -> String {
        title(&KEY_COLUMNS, "WHAT IT MEANS")
    }

    fn link(&self, record: &Record, destinations: &[Destination]) -> String {
        let to = match destinations {
            [first, _, ..] => format!("{first} +{}", destinations.len() - 1),
            _ => record.destination.to_string(),
        };
        let values = [
            self.time(record.at),
            left(record.ends_at, self.now),
            record.method.to_string(),
            key_end(&record.access_key_last4),
            to,
        ];
        let uri = record.object.to_string();
        let (before, object) = (columns(&LINK_COLUMNS, &values), shown(&uri));
        match self.width {
            Some(width) => {
                let room = width.saturating_sub(text::width(&before)).max(OBJECT_MIN);
                before + &cut_middle(&object, room)
            }
            None => before + &object,
        }
    }

    fn key(&self, key: &KeyLinks) -> String {
        let values = [key_end(&key.access_key_last4), pad_start(&key.live.to_string(), 4), self.time(key.last_end)];
        format!("{}{}", columns(&KEY_COLUMNS, &values), key.consequence())
    }

    /// `2026-11-20 14:05 CET`.
    fn time(&self, then: Timestamp) -> String {
        then.to_zoned_datetime(self.zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
    }
}

fn title<const N: usize>(before: &[(&str, usize); N], last: &str) -> String {
    let names = before.map(|(name, _)| name.to_owned());
    format!("{}{last}", columns(before, &names))
}

fn columns<const N: usize>(columns: &[(&str, usize); N], values: &[String; N]) -> String {
    columns.iter().zip(values).map(|((_, width), value)| pad_end(value, *width) + " ").collect()
}

fn key_end(last4: &str) -> String {
    format!("…{}", shown(last4))
}

/// How long a link still works, in its two greatest units: `6d23h`, `59m`, `45s`.
fn left(end: Timestamp, now: Timestamp) -> String {
    match end.duration_since(now).as_secs() {
        _ if end <= now => "ended".to_owned(),
        s @ ..60 => format!("{s}s"),
        s @ 60..3_600 => format!("{}m", s / 60),
        s @ 3_600..86_400 => format!("{}h{}m", s / 3_600, s % 3_600 / 60),
        s => format!("{}d{}h", s / 86_400, s % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presign::ledger::Issuer;
    use crate::presign::link::LimitedBy;
    use crate::presign::request::Method;
    use crate::s3::location::ObjectId;
    use crate::s3::name::{BucketName, Key};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn record(key: &str) -> Record {
        Record {
            at: at("2026-11-20T12:00:00Z"),
            issuer: Issuer { who: "ada".into(), store: "support".into(), provider: "b2".into() },
            method: Method::Delete,
            object: ObjectId::current(BucketName::parse("bucket").unwrap(), Key::parse(key).unwrap()),
            ends_at: at("2026-11-27T12:00:00Z"),
            limited_by: LimitedBy::Asked,
            signed_headers: vec!["host".into()],
            access_key_last4: "MPLE".into(),
            temporary: false,
            host: "s3.example.org".into(),
            destination: Destination::Clipboard,
            note: None,
            batch: None,
            url_sha256: "0123456789abcdef".into(),
        }
    }

    fn sheet(zone: &TimeZone, width: Option<usize>) -> Sheet<'_> {
        Sheet { now: at("2026-11-20T12:01:00Z"), zone, width }
    }

    #[test]
    fn a_row_fits_into_80_columns_and_keeps_the_name_s_end() {
        let zone = TimeZone::UTC;
        let sheet = sheet(&zone, Some(80));
        let row = sheet
            .link(&record("一個很長的名字/and/more/of/it/report-Q3.pdf"), &[Destination::Clipboard, Destination::File]);
        assert!(row.starts_with("2026-11-20 12:00 UTC  6d23h  DELETE …MPLE clipboard +1 s3://bucket/"), "{row}");
        assert!(row.ends_with("Q3.pdf") && text::width(&row) <= 80, "{row}");
        assert!(sheet.link_title().starts_with("ISSUED                LEFT   METHOD KEY   TO           OBJECT"));
    }

    #[test]
    fn what_goes_into_a_pipe_is_not_cut() {
        let zone = TimeZone::UTC;
        let key = "a/".repeat(500);
        assert!(sheet(&zone, None).link(&record(&key), &[Destination::Qr]).ends_with(&format!("s3://bucket/{key}")));
    }

    #[test]
    fn nothing_of_a_name_is_obeyed_by_the_terminal() {
        let zone = TimeZone::UTC;
        let row = sheet(&zone, None).link(&record("a\u{1b}[2J\nb\u{202e}c"), &[Destination::File]);
        assert!(row.ends_with("s3://bucket/a␛[2J␊b<U+202E>c"), "{row}");
    }

    #[test]
    fn times_are_those_of_this_place_and_say_so() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(sheet(&zone, None).time(at("2026-11-20T12:00:00Z")), "2026-11-20 13:00 CET");
        assert_eq!(sheet(&zone, None).time(at("2026-07-20T12:00:00Z")), "2026-07-20 14:00 CEST");
    }

    #[test]
    fn what_is_left_of_a_link_is_told_in_two_units() {
        let now = at("2026-11-20T12:00:00Z");
        for (end, told) in [
            ("2026-11-20T12:00:00Z", "ended"),
            ("2026-11-19T12:00:00Z", "ended"),
            ("2026-11-20T12:00:00.5Z", "0s"),
            ("2026-11-20T12:00:45Z", "45s"),
            ("2026-11-20T12:59:59Z", "59m"),
            ("2026-11-21T11:59:59Z", "23h59m"),
            ("2026-11-27T11:59:59Z", "6d23h"),
        ] {
            assert_eq!(left(at(end), now), told, "{end}");
        }
    }

    #[test]
    fn a_start_is_a_moment_a_local_time_or_how_long_ago() {
        let now = at("2026-11-20T12:00:00Z").to_zoned_datetime(TimeZone::get("Europe/Berlin").unwrap());
        for (text, moment) in [
            ("2h", "2026-11-20T10:00:00Z"),
            ("7d", "2026-11-13T12:00:00Z"),
            ("1w2d", "2026-11-11T12:00:00Z"),
            ("2026-11-20", "2026-11-19T23:00:00Z"),
            ("2026-11-20T10:30", "2026-11-20T09:30:00Z"),
            ("2026-11-20T10:30:00Z", "2026-11-20T10:30:00Z"),
            ("2026-11-20T10:30+05:00", "2026-11-20T05:30:00Z"),
        ] {
            assert_eq!(Since::parse(text).unwrap().moment(&now), at(moment), "{text}");
        }
        for bad in ["", "soon", "-2h", "2h ago from now", "2026-13-01", "7"] {
            assert!(Since::parse(bad).is_err_and(|why| why.contains("2026-11-20T14:05")), "{bad}");
        }
    }
}

//! What is known of a link that somebody pasted: the verdict first, then what it rests on.

use ratatui::text::{Line, Span};

use crate::model::inspect::Inspection;
use crate::model::pending::Lane;
use crate::presign::inspect::{Report, Row};
use crate::view::{Seen, failure, text, theme};

/// Cells of the column of names, with the space behind it.
const NAMES: usize = 12;

/// The lines of the page.
pub(super) fn lines(seen: Seen, inspection: &Inspection, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    match inspection {
        Inspection::Reading => {
            let sign = seen.working(Lane::Inspect);
            lines.extend(sign.map(|sign| Line::styled(format!("{sign} reading the link…"), seen.theme.faint())));
        }
        Inspection::Failed(failure) => lines.extend(failure::lines(seen, failure, width, failure::SCROLLED)),
        Inspection::Read(report) => lines.extend(read(seen, report, width)),
    }
    lines
}

fn read(seen: Seen, report: &Report, width: usize) -> Vec<Line<'static>> {
    let good = report.verdict.is_good();
    let (sign, style) = if good { (theme::DONE, seen.theme.done()) } else { (theme::FAILED, seen.theme.failed()) };
    let rows = report.rows(&seen.theme.zone);
    let mut rows = rows.iter();
    let verdict = rows.next().map(|row| text::wrap(&text::shown(&row.text), width.saturating_sub(2)));
    let verdict = verdict.unwrap_or_default().into_iter().enumerate().map(|(at, line)| {
        let sign = if at == 0 { sign } else { " " };
        Line::from(vec![Span::styled(format!("{sign} "), style), Span::styled(line, seen.theme.strong())])
    });
    // Where the answer will stand.
    let asking = seen.model.pending.runs(Lane::Inspect).then(|| {
        let sign = seen.working(Lane::Inspect).unwrap_or_default();
        [Line::default(), Line::styled(format!("{sign} asking the store…"), seen.theme.faint())]
    });
    verdict.chain(asking.into_iter().flatten()).chain(rows.flat_map(|row| row_lines(seen, row, width))).collect()
}

/// A row with its name in a column of its own, where it has one.
fn row_lines(seen: Seen, row: &Row, width: usize) -> Vec<Line<'static>> {
    let told = text::shown(&row.text);
    if row.name.is_empty() {
        let lines = text::wrap(&told, width);
        return if lines.is_empty() { vec![Line::default()] } else { lines.into_iter().map(Line::raw).collect() };
    }
    let name = text::cut_end(&row.name, NAMES - 1).into_owned();
    let told = text::wrap(&told, width.saturating_sub(NAMES));
    let names = std::iter::once(name).chain(std::iter::repeat(String::new()));
    let line = |(name, told): (String, String)| {
        Line::from(vec![Span::styled(text::pad_end(&name, NAMES), seen.theme.faint()), Span::raw(told)])
    };
    names.zip(told).map(line).collect()
}

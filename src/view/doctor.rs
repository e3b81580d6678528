//! What is wrong between this machine and its store: the verdict first, then all that was looked at.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::doctor::{Finding, Report, Severity};
use crate::model::doctor::Examination;
use crate::model::pending::Lane;
use crate::view::{Seen, failure, text, theme};

/// Cells of the column of names, with sign and space.
const NAMES: usize = 17;

/// The lines of the page.
pub(super) fn lines(seen: Seen, examination: &Examination, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    match examination {
        Examination::Looking => {
            let sign = seen.working(Lane::Doctor);
            lines.extend(sign.map(|sign| Line::styled(format!("{sign} looking…"), seen.theme.faint())));
        }
        Examination::Failed(failure) => lines.extend(failure::lines(seen, failure, width, failure::SCROLLED)),
        Examination::Found(report) => lines.extend(found(seen, report, width)),
    }
    lines
}

fn found(seen: Seen, report: &Report, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled(report.summary(), seen.theme.strong()), Line::default()];
    for finding in &report.findings {
        lines.extend(finding_lines(seen, finding, width));
    }
    lines
}

/// A finding beside its name, and below it what to do. What is to be pasted comes with the copied report: here it is only named.
fn finding_lines(seen: Seen, finding: &Finding, width: usize) -> Vec<Line<'static>> {
    let (sign, style) = sign(seen, finding.severity);
    let room = width.saturating_sub(NAMES).max(1);
    let told = text::wrap(&text::shown(&format!("{}: {}", finding.looked_at, finding.evidence)), room);
    let name = text::pad_end(&text::cut_end(finding.check.title(), NAMES - 3), NAMES - 2);
    let first = vec![Span::styled(format!("{sign} "), style), Span::styled(name, seen.theme.faint())];
    let indent = || vec![Span::raw(" ".repeat(NAMES))];
    let starts = std::iter::once(first).chain(std::iter::repeat_with(indent));
    let mut lines: Vec<Line<'static>> = starts
        .zip(told)
        .map(|(mut start, told)| {
            start.push(Span::raw(told));
            Line::from(start)
        })
        .collect();
    let remedy = match finding.paste.is_empty() {
        true => finding.remedy.clone(),
        false => format!("{} (in the report, once it is copied)", finding.remedy),
    };
    let remedy = text::wrap(&text::shown(&remedy), room.saturating_sub(2).max(1));
    lines.extend(remedy.into_iter().enumerate().map(|(at, told)| {
        let sign = if at == 0 { theme::SENT } else { " " };
        Line::from(vec![Span::raw(" ".repeat(NAMES)), Span::styled(format!("{sign} {told}"), seen.theme.strong())])
    }));
    lines
}

/// The sign of a severity, which says without colour what its colour says.
fn sign(seen: Seen, severity: Severity) -> (&'static str, Style) {
    match severity {
        Severity::Ok => (theme::DONE, seen.theme.done()),
        Severity::Note => (theme::INFO, seen.theme.faint()),
        Severity::Caution => (theme::BEWARE, seen.theme.strong()),
        Severity::Fault => (theme::FAILED, seen.theme.failed()),
    }
}

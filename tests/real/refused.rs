//! The catalogue of errors against real servers: what each of them says when it is made to refuse, that the catalogue explains it in
//! words, and that tests/data/refusals.toml names exactly the servers that say a thing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use daypass::presign::inspect::inspect;
use daypass::s3::catalogue::{self, Occasion, Row, phrase};
use daypass::s3::error_document::ErrorDocument;
use daypass::s3::failure::Failure;
use jiff::Timestamp;

use crate::curl::Answer;
use crate::deeds::{DEEDS, How, Place};
use crate::refusals::{Refusal, known_better, refusals};
use crate::server::{Server, on_each_store};

/// A refusal as a server made it.
struct Said {
    status: u16,
    /// Empty where there was none, as in every answer to HEAD.
    code: String,
    message: String,
    /// What a user reads of it.
    told: String,
}

on_each_store!(what_a_server_refuses_is_explained_in_words_and_is_on_the_list);
fn what_a_server_refuses_is_explained_in_words_and_is_on_the_list(server: &'static Server) {
    let place = Place::furnished(server);
    let provider = if server.name == "ceph" { "ceph" } else { "custom" };
    let recorded = refusals();
    let (mut provoked, mut log, mut wrong) = (BTreeMap::<_, BTreeSet<usize>>::new(), String::new(), String::new());
    for deed in DEEDS {
        let (when, said) = match deed.how {
            How::Sent(when, send) => (when, refused(&send(&place))),
            How::Asked(ask) => (Occasion::Browse, ask(&place).and_then(Said::by_failure)),
        };
        let Some(Said { status, code, message, told }) = said else { continue };
        writeln!(log, "{when:?}, {}: {status} {code} {message}", deed.what).unwrap();
        let row = |when| catalogue::explain(provider, Some(status), &code, &message, when);
        let (Some(by_link), Some(browsing)) = (row(Occasion::Use), row(Occasion::Browse)) else {
            if code.is_empty() {
                continue; // a bare 400, say, is no word of S3
            }
            writeln!(wrong, "the catalogue does not know: {}: {status} {code} {message}", deed.what).unwrap();
            continue;
        };
        let read = if when == Occasion::Browse { browsing } else { by_link };
        if !is_told(read, &deed.how, &told, (&code, &message)) {
            writeln!(wrong, "{} is not told by its row {read:?}:\n{told}", deed.what).unwrap();
        }
        match recorded.iter().position(|refusal| refusal.means(by_link, browsing)) {
            Some(at) => {
                provoked.entry(name(when)).or_default().insert(at);
            }
            None if code.is_empty() => {}
            None => writeln!(wrong, "nothing recorded means this: {}: {status} {code} {message}", deed.what).unwrap(),
        }
    }
    for when in [Occasion::Browse, Occasion::Use, Occasion::Post, Occasion::Cors] {
        let said = provoked.remove(name(when)).unwrap_or_default();
        for (at, Refusal { code, message, provoked, .. }) in recorded.iter().enumerate() {
            let is_listed = provoked.at(when).iter().any(|listed| listed == server.name);
            match (is_listed, said.contains(&at)) {
                (true, false) => writeln!(wrong, "listed, not said: {} {at} {code}: {message}", name(when)).unwrap(),
                (false, true) => writeln!(wrong, "said, not listed: {} {at} {code}: {message}", name(when)).unwrap(),
                (true, true) | (false, false) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{wrong}\nAll that it said:\n{log}", server.name);
}

/// As the list writes it.
fn name(when: Occasion) -> &'static str {
    match when {
        Occasion::Browse => "browse",
        Occasion::Use => "use",
        Occasion::Post => "post",
        Occasion::Cors => "cors",
        Occasion::Make => "make",
    }
}

/// The refusal, if it is one, and what the inspection says of what `curl -i` shows of it.
fn refused(answer: &Answer) -> Option<Said> {
    if !(300..600).contains(&answer.status) {
        return None;
    }
    let document = ErrorDocument::read(&answer.body).unwrap_or_default();
    let text = |name| document.get(name).unwrap_or_default().to_owned();
    let pasted = format!("This is what I get:\n{}{}", answer.head, answer.text());
    let told = inspect(&pasted, &[], Timestamp::now()).lines(&jiff::tz::TimeZone::UTC).join("\n");
    Some(Said { status: answer.status, code: text("Code"), message: text("Message"), told })
}

impl Said {
    /// What a user reads on the screen; `None` where the store was not heard.
    fn by_failure(failure: Failure) -> Option<Self> {
        let told = failure.to_string();
        let reply = failure.reply?;
        Some(Self { status: reply.status, code: reply.code, message: reply.message, told })
    }
}

/// Whether a user reads the row's cause and remedy, or what the request knows better.
fn is_told(row: &Row, how: &How, told: &str, (code, message): (&str, &str)) -> bool {
    match how {
        // An answer without a code says little more than its status to whoever looks at a paste.
        How::Sent(..) if code.is_empty() => true,
        // The paste is a link's for all that is known.
        How::Sent(Occasion::Browse, _) => !row.cause.is_empty(),
        How::Sent(..) => told.contains(&row.cause) && told.contains(&row.fix),
        How::Asked(_) => match known_better(row, message) {
            Some(words) => told.contains(words),
            None => told.contains(&phrase(&row.cause)) && told.contains(&phrase(&row.fix)),
        },
    }
}

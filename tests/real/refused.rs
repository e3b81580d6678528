//! The catalogue of errors against real servers: what each of them says when it is made to refuse, that the catalogue explains it in
//! words, and that tests/data/refusals.toml names exactly the servers that say a thing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use daypass::presign::inspect::inspect;
use daypass::s3::address::Endpoint;
use daypass::s3::catalogue::{self, Check, Occasion, Row, phrase};
use daypass::s3::error_document::ErrorDocument;
use daypass::s3::failure::{Failure, FailureKind};
use jiff::Timestamp;
use tokio::runtime::Runtime;

use crate::browse::everything;
use crate::curl::Answer;
use crate::deeds::{DEEDS, How};
use crate::place::Place;
use crate::refusals::{Refusal, known_better, refusals};
use crate::rogue::{Act, Rogue};
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
            How::Sent(Occasion::Browse, send) => {
                (Occasion::Browse, refused(&send(&place), |answer| browsed(&place, answer)))
            }
            How::Sent(when, send) => (when, refused(&send(&place), pasted)),
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

/// The refusal, if it is one.
fn refused(answer: &Answer, told: impl FnOnce(&Answer) -> String) -> Option<Said> {
    if !(300..600).contains(&answer.status) {
        return None;
    }
    let document = ErrorDocument::read(&answer.body).unwrap_or_default();
    let text = |name| document.get(name).unwrap_or_default().to_owned();
    Some(Said { status: answer.status, code: text("Code"), message: text("Message"), told: told(answer) })
}

/// What the inspection says of what `curl -i` shows.
fn pasted(answer: &Answer) -> String {
    let text = format!("This is what I get:\n{}{}", answer.head, answer.text());
    inspect(&text, &[], Timestamp::now()).lines(&jiff::tz::TimeZone::UTC).join("\n")
}

/// What the screen says where daypass gets this answer, byte for byte.
fn browsed(place: &Place, answer: &Answer) -> String {
    let bytes = [answer.head.as_bytes(), &answer.body].concat();
    let runtime = Runtime::new().unwrap();
    let rogue = runtime.block_on(Rogue::start(move |_| Act::Say(bytes.clone())));
    let browser = place.browser(|spec| spec.endpoint = Some(Endpoint::parse(&rogue.endpoint).unwrap()));
    browser.page(&everything("bucket", "")).unwrap_err().to_string()
}

impl Said {
    /// What a user reads on the screen; `None` where there was no answer, or a web page.
    fn by_failure(failure: Failure) -> Option<Self> {
        let told = failure.to_string();
        let reply = failure.reply.filter(|_| failure.kind != FailureKind::BrokenReply)?;
        Some(Self { status: reply.status, code: reply.code, message: reply.message, told })
    }
}

/// Whether a user reads the row's cause and remedy, or what the request knows better.
fn is_told(row: &Row, how: &How, told: &str, (code, message): (&str, &str)) -> bool {
    match how {
        // An answer without a code says little more than its status to whoever looks at a paste.
        How::Sent(..) if code.is_empty() => true,
        How::Sent(Occasion::Use | Occasion::Post | Occasion::Cors | Occasion::Make, _) => {
            told.contains(&row.cause) && told.contains(&row.fix)
        }
        How::Asked(_) | How::Sent(Occasion::Browse, _) => match known_better(row, message) {
            Some(words) => told.contains(words) || told.contains("(anonymous); open the store with a key"),
            // A region that is named is told rather than the row.
            None if row.check == Some(Check::Scope) && told.contains("the store is in region `") => true,
            None => told.contains(&phrase(&row.cause)) && told.contains(&phrase(&row.fix)),
        },
    }
}

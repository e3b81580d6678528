//! The ledger on the screen: read, moved through, and links of it made anew.

use tui_input::Input;

use super::effect::Effect;
use super::{abort, form, page, presign};
use crate::model::form::{self as fields, FieldName, LinkForm};
use crate::model::ledger::{Reading, Shown};
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::page::Subject;
use crate::model::pending::{Lane, Question};
use crate::model::presign::Asked;
use crate::model::spot::List;
use crate::model::{Layer, Model};
use crate::presign::expiry::Lifetime;
use crate::presign::ledger::Record;
use crate::presign::ledger::warning::{Thresholds, warnings};
use crate::presign::request::{LinkRequest, Method};
use crate::presign::reuse::Freshness;
use crate::presign::rules::Rules;
use crate::s3::failure::Failure;
use crate::s3::text::visible;

/// The header of a create-only upload, whose value can only be `*`.
const CREATE_ONLY: &str = "if-none-match";

/// Opens the ledger and reads it.
pub(super) fn open(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    model.layers.push(Layer::Ledger(Box::default()));
    read(model, now, effects);
}

/// Reads the ledger, or reads it again.
pub(super) fn read(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    effects.push(Effect::ReadLedger(model.pending.ask(Lane::Ledger, now)));
}

/// A link in front of the ledger was closed: it may be in the ledger now.
pub(super) fn come_back(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    if matches!(model.layers.last(), Some(Layer::Ledger(_))) {
        read(model, now, effects);
    }
}

pub(super) fn take(model: &mut Model, question: Question, answer: Result<Box<Reading>, Failure>, now: Moment) {
    if !model.pending.settle(Lane::Ledger, question) {
        return;
    }
    let Some(ledger) = model.ledger_mut() else { return };
    match answer {
        Ok(reading) => ledger.take(*reading, now.wall),
        Err(failure) => {
            let links = ledger.links_count();
            ledger.failure = Some(failure.clone());
            model.notices.fail_beside(links, &failure, now);
        }
    }
}

pub(super) fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(ledger) = model.ledger_mut().filter(|ledger| !ledger.filter().is_empty()) {
        return ledger.set_filter(String::new());
    }
    abort(model, Lane::Ledger, effects);
    model.layers.pop_if(|layer| matches!(layer, Layer::Ledger(_)));
}

/// What holds after every message: links that have ended stand among the ended ones.
pub(super) fn keep_true(model: &mut Model, now: Moment) {
    if let Some(ledger) = model.ledger_mut() {
        ledger.keep_true(now.wall);
    }
}

pub(super) fn set_filter(model: &mut Model, filter: String) {
    if let Some(ledger) = model.ledger_mut() {
        ledger.set_filter(filter);
    }
}

/// Shows the access keys in place of the links, or the links again.
pub(super) fn by_key(model: &mut Model) {
    if let Some(ledger) = model.ledger_mut() {
        ledger.show(match ledger.shows() {
            Shown::Links => Shown::Keys,
            Shown::Keys => Shown::Links,
        });
    }
}

/// Shows all of the link under the cursor; of an access key, the links that it signed.
pub(super) fn show_details(model: &mut Model, now: Moment) {
    let Some(ledger) = model.ledger_mut() else { return };
    if let Some(key) = ledger.current_key().map(|key| key.access_key_last4.clone()) {
        ledger.set_filter(key);
        ledger.show(Shown::Links);
        ledger.move_to(0);
    } else if let Some(issued) = ledger.current().cloned() {
        let all = ledger.links().iter().map(|link| &link.first);
        let is_live = issued.first.is_live(now.wall);
        let warnings = if is_live { warnings(&issued.first, all, &Thresholds::default()) } else { Vec::new() };
        page::open(model, Subject::Issued(Box::new(issued), warnings));
    }
}

/// Makes the link under the cursor anew, as far as its record says what it was.
pub(super) fn sign_anew(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(ledger) = model.ledger() else { return };
    let Some(record) = ledger.current().map(|link| link.first.clone()) else {
        let why = match ledger.shows() {
            Shown::Links => "there is no link here",
            Shown::Keys => "a key signs many links: choose one of them first",
        };
        return model.notices.say(Level::Info, why, now);
    };
    if record.issuer.store != model.store.name() {
        let store = visible(&record.issuer.store).into_owned();
        let why = format!("this link is of the store “{store}”: open that store to sign it anew");
        return model.notices.say(Level::Info, why, now);
    }
    let not_kept: Vec<&str> = record
        .signed_headers
        .iter()
        .map(String::as_str)
        .filter(|name| !matches!(*name, "host" | CREATE_ONLY))
        .collect();
    match (record.method, not_kept.is_empty()) {
        (Method::Post, _) => {
            let why = "a POST link belongs to one upload, which is not noted: begin that upload anew";
            model.notices.say(Level::Info, why, now);
        }
        (_, true) => {
            let asked = repeated(model, &record);
            presign::ask_or_make(model, asked, Freshness::Anew, now, effects);
        }
        (Method::Put, false) => {
            let form = upload_form(&record, &not_kept, &model.store.rules);
            model.layers.push(Layer::Form(Box::new(form)));
        }
        (Method::Get | Method::Head | Method::Delete, false) => {
            let names = visible(&not_kept.join(", ")).into_owned();
            let why = format!("this link binds {names}, and values are not noted: use daypass presign --header");
            model.notices.say(Level::Info, why, now);
        }
    }
}

/// The same link, which binds nothing that is not noted.
fn repeated(model: &Model, record: &Record) -> Asked {
    let lifetime = record.lifetime().map_or_else(|| model.store.rules.usual(record.method), Lifetime::For);
    let mut request = LinkRequest::new(record.method, record.object.clone(), lifetime);
    if record.method == Method::Get {
        // How it arrived is not noted; what a browser would run is saved instead, as with every new link.
        request.query.extend(form::safe_disposition(model, &request.object).map(|safe| safe.parameter()));
    }
    if record.signed_headers.iter().any(|name| name == CREATE_ONLY) {
        request.headers.push((CREATE_ONLY.to_owned(), "*".to_owned()));
    }
    Asked { note: record.note.clone().unwrap_or_default(), ..Asked::usual(request) }
}

/// The form of the same upload, which asks for what the record does not hold.
fn upload_form(record: &Record, not_kept: &[&str], rules: &Rules) -> LinkForm {
    let object = &record.object;
    let mut form = LinkForm::to_upload(object.bucket.clone(), object.key.as_str(), rules);
    let mut fill = |name: FieldName, text: &str| {
        for field in form.fields.iter_mut().filter(|field| field.name == name) {
            field.input = Input::new(text.to_owned());
        }
    };
    if let Some(lifetime) = record.lifetime() {
        fill(FieldName::WorksFor, &lifetime.to_string());
    }
    if record.signed_headers.iter().any(|name| name == CREATE_ONLY) {
        fill(FieldName::Replace, fields::NO);
    }
    fill(FieldName::Note, record.note.as_deref().unwrap_or_default());
    form.move_to(match not_kept.first() {
        Some(&"content-type") => FieldName::ContentType,
        Some(&"content-length") => FieldName::Size,
        Some(&("content-md5" | "x-amz-checksum-sha256")) => FieldName::Checksum,
        Some(_) | None => FieldName::Headers,
    });
    let names = not_kept.join(", ");
    form.complaint = Some(format!("the old link binds {names}, and values are not noted: fill them in again"));
    form
}

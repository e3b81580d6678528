//! Filling in a form, and the link that follows from its fields.

use jiff::tz::TimeZone;
use tui_input::Input;

use super::effect::Effect;
use super::{batch, line, presign};
use crate::command::key::Key;
use crate::model::form::{self, Aim, Field, FieldName, LinkForm, arrives};
use crate::model::listing::RowId;
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::presign::Asked;
use crate::model::{Layer, Model};
use crate::presign::disposition::{self, Disposition, safe_default};
use crate::presign::expiry::{Expiry, Lifetime};
use crate::presign::options::{Creation, Download, PUT_MAX_BYTES, Upload};
use crate::presign::policy::{FieldRule, FormRequest, KeyRule};
use crate::presign::request::{LinkRequest, Method};
use crate::presign::reuse::Freshness;
use crate::presign::rules::Rules;
use crate::s3::entry::Entry;
use crate::s3::location::{Location, ObjectId, VersionId};
use crate::s3::name::{Key as ObjectKey, Prefix};
use crate::s3::size;

/// Opens the form of a link to the object under the cursor; where there are more, offers lists of links to read their
/// headers, or to delete them.
pub(super) fn share(model: &mut Model, now: Moment) {
    if batch::is_wanted(&model.browse.here) {
        return batch::offer_other_methods(model, now);
    }
    match model.browse.here.current_object() {
        Some(object) => open(model, form_of(model, object)),
        None => model.notices.say(Level::Info, "only a link to an object has options: this row is none", now),
    }
}

/// Opens the form of an upload link, starting with what is under the cursor.
pub(super) fn upload(model: &mut Model, now: Moment) {
    if !model.browse.here.marks().is_empty() {
        return batch::offer(model, Method::Put, now);
    }
    let here = &model.browse.here;
    let (bucket, key) = match (&here.location, here.current()) {
        (Location::Prefix { bucket, .. }, Some(row @ (Entry::Prefix(_) | Entry::Object(_)))) => {
            (bucket.clone(), RowId::of(&row).as_str().to_owned())
        }
        (Location::Prefix { bucket, prefix }, Some(Entry::Bucket(_)) | None) => {
            (bucket.clone(), prefix.as_str().to_owned())
        }
        (Location::Buckets, Some(Entry::Bucket(bucket))) => (bucket.name, String::new()),
        (Location::Buckets, _) => {
            return model.notices.say(Level::Info, "there is no bucket to upload to here", now);
        }
    };
    open(model, LinkForm::to_upload(bucket, &key, &model.store.rules));
}

/// Opens the form of the link in front again, as it was filled in, at its lifetime.
pub(super) fn change(model: &mut Model) {
    let Some(sheet) = model.link() else { return };
    let request = sheet.request();
    let mut form = match (&sheet.asked.form, request.method) {
        (Some(form), _) => (**form).clone(),
        (None, Method::Put | Method::Post) => {
            LinkForm::to_upload(request.object.bucket.clone(), request.object.key.as_str(), &model.store.rules)
        }
        (None, Method::Get | Method::Head | Method::Delete) => form_of(model, request.object.clone()),
    };
    form.move_to(FieldName::WorksFor);
    open(model, form);
}

fn open(model: &mut Model, form: LinkForm) {
    model.layers.push(Layer::Form(Box::new(form)));
}

/// The form of a link to an object, with what `s` would choose and the versions that are known.
fn form_of(model: &Model, object: ObjectId) -> LinkForm {
    let known = ObjectId { version: None, ..object.clone() };
    let versions: Vec<VersionId> = match model.facts.versions(&known) {
        Some(Ok(versions)) => versions.entries.iter().map(|version| version.id.clone()).collect(),
        Some(Err(_)) | None => Vec::new(),
    };
    let arrives = if safe_disposition(model, &object).is_some() { arrives::AS_FILE } else { arrives::AS_STORED };
    LinkForm::to_object(object, &model.store.rules, arrives, &versions)
}

/// What is asked of a download with nothing chosen: that what a browser would run is saved instead.
pub(super) fn safe_disposition(model: &Model, object: &ObjectId) -> Option<Disposition> {
    let content_type = match model.facts.head(object) {
        Some(Ok(facts)) => facts.content_type.as_deref(),
        Some(Err(_)) | None => None,
    };
    safe_default(content_type, object.key.file_name())
}

pub(super) fn move_by(model: &mut Model, by: isize) {
    if let Some(form) = front(&mut model.layers) {
        form.move_by(by);
    }
}

/// Goes through what the field offers; in a field that offers nothing it moves the cursor.
pub(super) fn choose(model: &mut Model, by: isize, key: Key) {
    edit(model, |field| {
        if field.choices.is_empty() {
            line::type_key(&mut field.input, key);
        } else {
            field.choose(by);
        }
    });
}

pub(super) fn type_key(model: &mut Model, key: Key) {
    edit(model, |field| {
        if field.takes_any_text() {
            // What was offered is replaced by what is typed; what was typed is edited.
            let offered = field.choices.iter().any(|choice| choice == field.input.value());
            if offered && key.typed().is_some() {
                field.input = Input::default();
            }
            line::type_key(&mut field.input, key);
        } else if key.typed().is_some() {
            field.choose(1);
        }
    });
}

pub(super) fn paste(model: &mut Model, text: &str) {
    edit(model, |field| {
        if field.takes_any_text() {
            line::paste(&mut field.input, text);
        }
    });
}

pub(super) fn erase(model: &mut Model) {
    edit_text(model, line::erase);
}

pub(super) fn erase_word(model: &mut Model) {
    edit_text(model, line::erase_word);
}

/// Closes the form without making a link.
pub(super) fn abandon(model: &mut Model) {
    model.layers.pop_if(|layer| matches!(layer, Layer::Form(_)));
}

/// Makes the link of the form, or says what is wrong with which field.
pub(super) fn accept(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let Some(form) = front(&mut model.layers) else { return };
    if form.method() == Method::Post {
        match form_request(form, &model.store.rules, now, &model.fixed.zone) {
            Ok(request) => {
                model.layers.pop();
                batch::ask_or_run(model, batch::form(request), now, effects);
            }
            Err((field, complaint)) => {
                form.move_to(field);
                form.complaint = Some(complaint);
            }
        }
        return;
    }
    match request(form, &model.store.rules, now, &model.fixed.zone) {
        Ok(request) => {
            let asked =
                Asked { request, note: form.value(FieldName::Note).to_owned(), form: Some(Box::new(form.clone())) };
            let in_parts = upload_size(form).filter(|size| *size > PUT_MAX_BYTES);
            model.layers.pop();
            if let Some(size) = in_parts {
                return batch::ask_or_run(model, batch::parts(&asked.request, size), now, effects);
            }
            presign::ask_or_make(model, asked, Freshness::Anew, now, effects);
        }
        Err((field, complaint)) => {
            form.move_to(field);
            form.complaint = Some(complaint);
        }
    }
}

/// The link that a form describes, or which field is wrong and why.
fn request(form: &LinkForm, rules: &Rules, now: Moment, zone: &TimeZone) -> Result<LinkRequest, (FieldName, String)> {
    let lifetime = lifetime(form, rules, now, zone).map_err(|why| (FieldName::WorksFor, why))?;
    let object = object(form).map_err(|why| (FieldName::Key, why))?;
    let mut request = LinkRequest::new(form.method(), object, lifetime);
    request.stable = match form.value(FieldName::Stable) {
        "" | form::NO => None,
        window => Some(Expiry::parse(window).map_err(|error| (FieldName::Stable, error.to_string()))?),
    };
    match form.method() {
        Method::Get => download(form, &request.object.key).bind(&mut request),
        Method::Put => {
            let mut upload = upload_of(form)?;
            // One PUT cannot carry so much: it goes in parts, whose sizes the plan sets.
            upload.size = upload.size.filter(|size| *size <= PUT_MAX_BYTES);
            upload.bind(&mut request, rules.provider).map_err(|error| (FieldName::Checksum, error.to_string()))?;
        }
        Method::Head | Method::Delete | Method::Post => {}
    }
    Ok(request)
}

/// The upload form that a form describes, or which field is wrong and why. A key that ends with a slash, or none, is the
/// start of the keys that may be written.
fn form_request(
    form: &LinkForm,
    rules: &Rules,
    now: Moment,
    zone: &TimeZone,
) -> Result<FormRequest, (FieldName, String)> {
    let Aim::Upload(bucket) = &form.aim else {
        return Err((FieldName::Kind, "an upload form is for uploads".to_owned()));
    };
    if rules.provider.post_policy == Some(false) {
        let what = &rules.provider.name;
        let instead = "make a link for each file, which can bind its exact size";
        return Err((FieldName::Kind, format!("{what} takes no upload forms: {instead}")));
    }
    let key = match form.raw_key().unwrap_or_default() {
        start if start.is_empty() || start.ends_with('/') => KeyRule::StartsWith(Prefix::new(start)),
        key => KeyRule::Exactly(ObjectKey::parse(key).map_err(|error| (FieldName::Key, error.to_string()))?),
    };
    let content_type = match form.value(FieldName::ContentType) {
        "" => None,
        wanted => Some(match wanted.strip_suffix('*') {
            Some(start) => FieldRule::StartsWith { start: start.to_owned(), value: start.to_owned() },
            None => FieldRule::Exactly(wanted.to_owned()),
        }),
    };
    let size = match form.value(FieldName::Size) {
        "" => None,
        text => Some(size::parse_range(text).map_err(|error| (FieldName::Size, error.to_string()))?),
    };
    Ok(FormRequest {
        bucket: bucket.clone(),
        key,
        fields: content_type.into_iter().map(|rule| ("Content-Type".to_owned(), rule)).collect(),
        size,
        lifetime: lifetime(form, rules, now, zone).map_err(|why| (FieldName::WorksFor, why))?,
    })
}

/// The lifetime of the form; the usual one where it was left as it was.
fn lifetime(form: &LinkForm, rules: &Rules, now: Moment, zone: &TimeZone) -> Result<Lifetime, String> {
    let (text, usual) = (form.value(FieldName::WorksFor), rules.usual(form.method()));
    if text == usual.to_string() {
        return Ok(usual);
    }
    Lifetime::parse(text, &now.wall.to_zoned_datetime(zone.clone())).map_err(|error| error.to_string())
}

fn object(form: &LinkForm) -> Result<ObjectId, String> {
    match &form.aim {
        Aim::Object(object) => {
            let version = match form.value(FieldName::Version) {
                "" | form::CURRENT => None,
                id => Some(VersionId(id.to_owned())),
            };
            Ok(ObjectId { version, ..object.clone() })
        }
        Aim::Upload(bucket) => {
            let key = ObjectKey::parse(form.raw_key().unwrap_or_default()).map_err(|error| error.to_string())?;
            Ok(ObjectId::current(bucket.clone(), key))
        }
    }
}

fn download(form: &LinkForm, key: &ObjectKey) -> Download {
    let content_type = Some(form.value(FieldName::ContentType)).filter(|text| !text.is_empty()).map(str::to_owned);
    let name = Some(form.value(FieldName::FileName)).filter(|name| !name.is_empty()).unwrap_or(key.file_name());
    match form.value(FieldName::Arrives) {
        arrives::AS_FILE => Download {
            content_disposition: Some(Disposition::attachment(name).to_string()),
            content_type,
            ..Download::default()
        },
        arrives::IN_BROWSER => Download {
            content_disposition: Some(Disposition::inline(name).to_string()),
            content_type,
            ..Download::default()
        },
        arrives::AS_TEXT => {
            let [(_, as_text), (_, inline)] = disposition::AS_TEXT;
            Download {
                content_disposition: Some(inline.to_owned()),
                content_type: content_type.or_else(|| Some(as_text.to_owned())),
                ..Download::default()
            }
        }
        _ => Download { content_type, ..Download::default() },
    }
}

fn upload_of(form: &LinkForm) -> Result<Upload, (FieldName, String)> {
    let text = |name| Some(form.value(name)).filter(|text| !text.is_empty()).map(str::to_owned);
    let size = text(FieldName::Size).map(|text| size::parse(&text)).transpose();
    let checksum = text(FieldName::Checksum);
    // An MD5 has 32 hex digits or 24 letters in base64; what is longer can only be a SHA-256.
    let (md5, sha256) = match checksum {
        Some(hash) if hash.len() > 32 => (None, Some(hash)),
        hash => (hash, None),
    };
    Ok(Upload {
        content_type: text(FieldName::ContentType),
        size: size.map_err(|error| (FieldName::Size, error.to_string()))?,
        md5,
        sha256,
        creation: if form.value(FieldName::Replace) == form::NO { Creation::Only } else { Creation::OrReplace },
        headers: headers(form.value(FieldName::Headers)).map_err(|why| (FieldName::Headers, why))?,
    })
}

/// The exact size of an upload, where one is given.
fn upload_size(form: &LinkForm) -> Option<u64> {
    size::parse(form.value(FieldName::Size)).ok()
}

/// `name: value; name: value`.
fn headers(text: &str) -> Result<Vec<(String, String)>, String> {
    let given = text.split(';').filter(|header| !header.trim().is_empty());
    given
        .map(|header| match header.split_once(':') {
            Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
            None => Err("write headers as `name: value`, with `;` between them".to_owned()),
        })
        .collect()
}

fn edit_text(model: &mut Model, change: impl FnOnce(&mut Input)) {
    edit(model, |field| {
        if field.takes_any_text() {
            change(&mut field.input);
        }
    });
}

fn edit(model: &mut Model, change: impl FnOnce(&mut Field)) {
    let rules = &model.store.rules;
    let Some(form) = front(&mut model.layers) else { return };
    form.complaint = None;
    let before = rules.usual(form.method());
    if let Some(field) = form.current() {
        change(field);
    }
    // Each method has a usual lifetime of its own; one that was chosen stays.
    form.follow_method(before, rules.usual(form.method()));
}

fn front(layers: &mut [Layer]) -> Option<&mut LinkForm> {
    match layers.last_mut() {
        Some(Layer::Form(form)) => Some(form),
        Some(_) | None => None,
    }
}

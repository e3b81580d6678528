//! `daypass presign --form`: one upload form, as a page, a command, or its address and fields.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Context, bail};
use serde::Serialize;

use super::arguments::{FormShape, UploadArguments};
use super::json::to_the_second;
use super::making::Consent;
use super::notes::Number;
use super::{Run, say};
use crate::presign::policy::{FieldRule, FormRequest, KeyRule, UploadForm, sign_form};
use crate::presign::request::{LinkRequest, Method};
use crate::s3::location::{Location, ObjectId};
use crate::s3::name::{BucketName, Key, Prefix};
use crate::world::links;

/// What stands for the file in a command.
const FILE: &str = "FILE";

/// A form as scripts get it, in the fields that other libraries use, too.
#[derive(Serialize)]
struct Posted<'a> {
    url: &'a str,
    fields: BTreeMap<&'a str, &'a str>,
    key: &'a str,
    expires_at: String,
}

/// Where a form uploads to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    bucket: BucketName,
    key: KeyRule,
}

/// Where `text` says that a form uploads to: below it if it ends with a slash or is a bucket, else to this key.
pub(super) fn target(text: &str) -> Result<Target, String> {
    match Location::parse(text).map_err(|error| error.to_string())? {
        Location::Buckets => Err("write the bucket as well: s3://bucket/prefix/".to_owned()),
        Location::Prefix { bucket, prefix } if prefix.is_root() || prefix.as_str().ends_with('/') => {
            Ok(Target { bucket, key: KeyRule::StartsWith(prefix) })
        }
        Location::Prefix { bucket, prefix } => {
            let key = Key::parse(prefix.as_str()).map_err(|error| error.to_string())?;
            Ok(Target { bucket, key: KeyRule::Exactly(key) })
        }
    }
}

/// Makes the form and prints it.
pub(super) fn run(run: &Run<'_>, target: &Target) -> anyhow::Result<()> {
    let Run { asked, world, runtime, .. } = *run;
    let Target { bucket, key } = target.clone();
    let rules = &world.links.rules;
    let place = match &key {
        KeyRule::Exactly(key) => Location::Prefix { bucket: bucket.clone(), prefix: Prefix::new(key.as_str()) },
        KeyRule::StartsWith(prefix) => Location::Prefix { bucket: bucket.clone(), prefix: prefix.clone() },
    };
    if rules.provider.post_policy == Some(false) {
        bail!(
            "{} takes no upload forms: make a link for each file, which can bind its exact size: \
             daypass presign s3://{bucket}/KEY --method PUT --size BYTES",
            rules.provider.name
        );
    }
    let request = FormRequest {
        bucket: bucket.clone(),
        key,
        fields: fields(&asked.upload),
        size: asked.upload.size,
        lifetime: asked.expires_in.unwrap_or_else(|| rules.usual(Method::Post)),
    };
    let now = world.clock.now();
    let signer = runtime.block_on(links::signer(world, &bucket))?;
    let form = sign_form(&request, &signer, now).with_context(|| format!("cannot make an upload form for {place}"))?;
    let as_link = LinkRequest::new(Method::Post, ObjectId::current(bucket, form.key.clone()), request.lifetime);
    Consent::of(asked).obtain(&as_link, world, now)?;

    let mut sink = run.sink()?;
    let mut notes = run.notes(sink.destination(), Number::One);
    notes.add_form(&form);
    notes.commit();
    let text = text(&form, asked.output.form_shape())?;
    sink.write_all(text.as_bytes()).and_then(|()| sink.flush()).with_context(|| sink.trouble())?;
    say(run.remarks(), &remark(&form, asked.output.form_shape()));
    Ok(())
}

fn text(form: &UploadForm, shape: FormShape) -> anyhow::Result<String> {
    Ok(match shape {
        FormShape::Html => form.expose_as_html(),
        FormShape::Curl => form.expose_as_curl(FILE),
        FormShape::Json => {
            let posted = Posted {
                url: &form.action,
                fields: form.fields.expose().collect(),
                key: form.key.as_str(),
                expires_at: to_the_second(form.ends_at),
            };
            serde_json::to_string(&posted).context("cannot be written as JSON")? + "\n"
        }
    })
}

fn remark(form: &UploadForm, shape: FormShape) -> String {
    let end = to_the_second(form.ends_at);
    let open = form.request.fields.iter().any(|(_, rule)| matches!(rule, FieldRule::StartsWith { .. }));
    let open = if open { "; whoever sends it completes the fields that are only begun" } else { "" };
    match shape {
        FormShape::Html | FormShape::Json => format!("The form works until {end}{open}."),
        FormShape::Curl => format!("The command works until {end}; put the file's name in place of {FILE}{open}."),
    }
}

/// The fields besides key and size: `image/*` leaves the rest of a type to the sender.
fn fields(upload: &UploadArguments) -> Vec<(String, FieldRule)> {
    let content_type = upload.content_type.as_ref().map(|wanted| {
        let rule = match wanted.strip_suffix('*') {
            Some(start) => FieldRule::StartsWith { start: start.to_owned(), value: start.to_owned() },
            None => FieldRule::Exactly(wanted.clone()),
        };
        ("Content-Type".to_owned(), rule)
    });
    let others = upload.stored().into_iter().map(|(name, value)| (name, FieldRule::Exactly(value)));
    content_type.into_iter().chain(others).collect()
}

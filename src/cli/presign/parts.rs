//! `daypass presign --multipart`: a script that uploads one large file in parts.

use std::io::BufWriter;

use anyhow::Context;

use super::json::to_the_second;
use super::making::Consent;
use super::notes::Number;
use super::{Run, complain, say};
use crate::presign::multipart::script::{Ending, ScriptError, write_script};
use crate::presign::multipart::{Plan, Step, Upload};
use crate::presign::options;
use crate::presign::request::Method;
use crate::s3::location::{ObjectId, UploadId};
use crate::world::links;

/// Begins the upload unless that has been done, and prints the script.
pub(super) fn run(run: &Run<'_>, object: &ObjectId, plan: Plan) -> anyhow::Result<()> {
    let Run { asked, world, runtime, .. } = *run;
    let rules = &world.links.rules;
    let lifetime = asked.expires_in.unwrap_or_else(|| rules.usual(Method::Put));
    let unknown = UploadId(String::new());
    let mut upload = Upload { object: object.clone(), id: unknown, plan, lifetime };
    let now = world.clock.now();
    let mut signer = runtime.block_on(links::signer(world, &upload.object.bucket))?;
    let part = upload.request(Step::Part(1));
    // Before the store is asked for anything: an upload that nobody has links to would only be in the way.
    let link = signer.sign(&part, now).map_err(|error| links::refused(&part, error))?;
    Consent::of(asked).obtain(&part, world, now)?;
    let mut sink = run.sink()?;

    let begun = match &asked.other.upload_id {
        Some(id) => Ok(UploadId(id.clone())),
        None => {
            let mut first = upload.request(Step::Complete);
            let whole = options::Upload { size: None, ..asked.upload.chosen() };
            whole
                .bind(&mut first, rules.provider)
                .map_err(anyhow::Error::from)
                .and_then(|()| Ok(runtime.block_on(world.store.begin_upload(&upload.object, &first.headers))?))
        }
    };
    upload.id = begun?;

    let mut notes = run.notes(sink.destination(), Number::Many);
    for step in upload.steps() {
        let request = upload.request(step);
        notes.add(&signer.sign(&request, now).map_err(|error| links::refused(&request, error))?);
    }
    notes.commit();
    let written = write_script(&upload, &mut signer, now, &mut BufWriter::new(&mut sink));
    let Ending { ends_at, links, .. } = match written {
        Ok(ending) => ending,
        Err(ScriptError::Write(error)) => {
            complain(&format_args!(
                "the upload waits for its parts: --upload-id '{}' makes the script again",
                upload.id.0
            ));
            return Err(error).with_context(|| sink.trouble());
        }
        Err(ScriptError::Link(error)) => return Err(links::refused(&part, error).into()),
    };
    run.warn(&link);
    let file = asked.output.output.as_ref().map_or("SCRIPT".to_owned(), |path| path.display().to_string());
    let end = to_the_second(ends_at);
    say(run.remarks(), &format!("{links} links that work until {end}. To upload: sh {file} FILE"));
    Ok(())
}

//! Writes an upload as a shell script, link by link, so that ten thousand of them are never held at once.

use std::io::{self, Write};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{MIB, Step, Upload};
use crate::presign::link::{LimitedBy, Link};
use crate::presign::sign::{LinkError, Signer};
use crate::s3::text::visible;

/// What the script does, the same for every upload: POSIX `sh` with `curl`, `dd`, `find`, `sed` and `tr`.
const UPLOAD: &str = include_str!("upload.sh");

/// How long all links of a script work, and who signed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The time they were signed for, to the second.
    pub signed_at: Timestamp,
    /// When they stop working: the asked end or the credentials' end, whichever comes first.
    pub ends_at: Timestamp,
    /// Which of the two that is.
    pub limited_by: LimitedBy,
    /// The access key id that signed them.
    pub access_key_id: String,
    /// Where those credentials came from.
    pub source: String,
    /// How many links there are.
    pub links: u32,
}

/// Why there is no script, or half of one.
#[derive(Debug, Error)]
pub enum ScriptError {
    /// Its links cannot be signed; nothing is written then.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// It cannot be written to the end; what is written must not be used.
    #[error("cannot write the script: {0}")]
    Write(#[from] io::Error),
}

/// Writes the script that sends a file by `upload`'s links, all signed by `signer` as of `now`, to `out`.
///
/// The script is as secret as its links. Another one for the same upload, signed later, goes on where this one stopped.
pub fn write_script(
    upload: &Upload,
    signer: &mut Signer,
    now: Timestamp,
    out: &mut impl Write,
) -> Result<Ending, ScriptError> {
    let mut link = |step| signer.sign(&upload.request(step), now);
    let (complete, abort) = (link(Step::Complete)?, link(Step::Abort)?);
    let parts = u32::from(upload.plan.parts().last().map_or(0, |part| part.number));
    write_head(upload, &abort, parts, out)?;
    out.write_all(UPLOAD.as_bytes())?;
    for part in upload.plan.parts() {
        let (offset, size) = (part.offset / MIB, part.size.div_ceil(MIB));
        writeln!(out, "part {} {offset} {size} '{}'", part.number, link(Step::Part(part.number))?.url.expose())?;
    }
    writeln!(out, "finish '{}'", complete.url.expose())?;
    writeln!(out, "abandon '{}'", abort.url.expose())?;
    out.flush()?;
    let Link { signed_at, ends_at, limited_by, access_key_id, source, .. } = abort;
    Ok(Ending { signed_at, ends_at, limited_by, access_key_id, source, links: parts + 2 })
}

/// What differs from upload to upload, but for the links.
fn write_head(upload: &Upload, link: &Link, parts: u32, out: &mut impl Write) -> io::Result<()> {
    let object = upload.object.to_string();
    let object = visible(&object).replace('\'', r"'\''");
    writeln!(out, "#!/bin/sh")?;
    writeln!(out, "# Sends a file in parts by presigned links. Made by daypass; as secret as the links in it.\n")?;
    writeln!(out, "object='{object}'")?;
    writeln!(out, "id={}", fingerprint(upload))?;
    writeln!(out, "total={}", upload.plan.total_bytes())?;
    writeln!(out, "parts={parts}")?;
    writeln!(out, "ends={}", link.ends_at.as_second())?;
    writeln!(out, "ends_text='{}'\n", link.ends_at.strftime("%Y-%m-%d %H:%M:%S UTC"))
}

/// A name for what has been sent so far: the same upload, cut in the same way, has the same one.
fn fingerprint(upload: &Upload) -> String {
    let plan = &upload.plan;
    let told = format!("{}\n{}\n{} {}", upload.object, upload.id.0, plan.total_bytes(), plan.part_size());
    Sha256::digest(told).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{MIN_PART_BYTES, Plan};
    use super::*;
    use crate::presign::credentials::SigningCredentials;
    use crate::presign::expiry::{Expiry, Lifetime};
    use crate::presign::rules::Rules;
    use crate::s3::address::{Address, AddressingStyle, Endpoint};
    use crate::s3::location::{ObjectId, UploadId};
    use crate::s3::name::{BucketName, Key};

    fn upload() -> Upload {
        Upload {
            object: ObjectId::current(BucketName::parse("b").unwrap(), Key::parse("it's\n$(a).bin").unwrap()),
            id: UploadId("2~x/y".to_owned()),
            plan: Plan::new(3 * MIN_PART_BYTES - 7, Some(MIN_PART_BYTES)).unwrap(),
            lifetime: Expiry::parse("1d").unwrap().into(),
        }
    }

    fn write_to(
        out: &mut impl Write,
        upload: &Upload,
        expires: Option<&str>,
        now: &str,
    ) -> Result<Ending, ScriptError> {
        let endpoint = Endpoint::parse("https://s3.example.com").unwrap();
        let address = Address { endpoint, region: "us-east-1".to_owned(), style: AddressingStyle::Path };
        let credentials = SigningCredentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
            expires: expires.map(|time| time.parse().unwrap()),
            source: "test".to_owned(),
        };
        let rules = Rules { ceiling: Some(Expiry::parse("2d").unwrap()), ..Rules::default() };
        write_script(upload, &mut Signer::new(address, credentials, rules), now.parse().unwrap(), out)
    }

    fn written(upload: &Upload, expires: Option<&str>, now: &str) -> Result<(String, Ending), ScriptError> {
        let mut out = Vec::new();
        let ending = write_to(&mut out, upload, expires, now)?;
        Ok((String::from_utf8(out).unwrap(), ending))
    }

    #[test]
    fn a_script_has_a_link_for_each_part_in_mebibytes_and_two_to_end_it() {
        let (script, ending) = written(&upload(), None, "2026-11-15T12:00:00Z").unwrap();
        let links: Vec<&str> = script.lines().skip_while(|line| *line != "# The links.").skip(1).collect();
        let starts = ["part 1 0 5 '", "part 2 5 5 '", "part 3 10 5 '", "finish '", "abandon '"];
        assert_eq!(links.len(), starts.len());
        for (line, start) in links.iter().zip(starts) {
            assert!(line.starts_with(&format!("{start}https://s3.example.com/b/it%27s%0A%24%28a%29.bin?")), "{start}");
            assert_eq!(line.matches('\'').count(), 2, "{start}");
        }
        assert_eq!(ending.links, 5);
        assert!(script.contains("\nobject='s3://b/it'\\''s␊$(a).bin'\n"), "the object is named as it is shown");
        assert!(script.contains("\ntotal=15728633\nparts=3\nends=1794830400\nends_text='2026-11-16 12:00:00 UTC'\n"));
    }

    #[test]
    fn all_links_of_a_script_end_together_with_the_credentials() {
        let (script, ending) = written(&upload(), Some("2026-11-15T13:00:00Z"), "2026-11-15T12:00:00Z").unwrap();
        assert_eq!(ending.limited_by, LimitedBy::Credentials);
        assert!(script.contains("\nends_text='2026-11-15 13:00:00 UTC'\n"));
        let ended = written(&upload(), Some("2026-11-15T13:00:00Z"), "2026-11-15T13:00:00Z");
        assert!(matches!(ended, Err(ScriptError::Link(LinkError::CredentialsEnded { .. }))));
    }

    #[test]
    fn a_script_lives_by_the_rules_of_its_store() {
        let lives = |lifetime| written(&Upload { lifetime, ..upload() }, None, "2026-11-15T12:00:00Z");
        let (_, usual) = lives(Lifetime::Usual(Expiry::SEVEN_DAYS)).unwrap();
        assert_eq!(
            (usual.ends_at.to_string().as_str(), usual.limited_by),
            ("2026-11-17T12:00:00Z", LimitedBy::Ceiling)
        );
        let asked = lives(Lifetime::For(Expiry::SEVEN_DAYS));
        assert!(matches!(asked, Err(ScriptError::Link(LinkError::TooLong(_)))));
    }

    #[test]
    fn another_script_for_the_same_upload_goes_on_and_one_for_another_begins_anew() {
        let id = |upload: &Upload, now| {
            let (script, _) = written(upload, None, now).unwrap();
            script.lines().find(|line| line.starts_with("id=")).unwrap().to_owned()
        };
        let first = id(&upload(), "2026-11-15T12:00:00Z");
        assert_eq!(first, id(&upload(), "2026-11-18T12:00:00Z"));
        let other = Upload { id: UploadId("3~x".to_owned()), ..upload() };
        assert_ne!(first, id(&other, "2026-11-15T12:00:00Z"));
        let plan = Plan::new(upload().plan.total_bytes(), None).unwrap();
        assert_ne!(first, id(&Upload { plan, ..upload() }, "2026-11-15T12:00:00Z"));
    }

    #[test]
    fn a_script_that_cannot_be_written_says_so() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = write_to(&mut Full, &upload(), None, "2026-11-15T12:00:00Z").unwrap_err();
        assert!(matches!(error, ScriptError::Write(_)));
    }
}

//! Makes many links and writes them to a file that only the user can read. What is broken off leaves no file behind.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::model::batch::{Job, Place, Shape, Written};
use crate::presign::export::{Export, Format};
use crate::presign::hls::{Live, least_lifetime};
use crate::presign::ledger::{Destination, Handing};
use crate::presign::link::{Link, LinkText};
use crate::presign::multipart::script::write_script;
use crate::presign::multipart::{Plan, Step, Upload};
use crate::presign::policy::{FormRequest, sign_form};
use crate::presign::request::{LinkRequest, Method};
use crate::presign::sign::{LinkError, Signer};
use crate::s3::entry::Entry;
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::listing::{Depth, ListRequest, PageToken};
use crate::s3::location::{ObjectId, UploadId};
use crate::s3::name::{BucketName, Key};
use crate::s3::text::visible;
use crate::world::{World, links, playlists, private_file};

/// How often progress is told at most.
const PAUSE: Duration = Duration::from_millis(100);

/// The longest list that is copied besides being written, in bytes: what terminals take.
const COPIED: u64 = 64 << 10;

/// How many links go into the ledger at a time.
const CHUNK: usize = 1_000;

/// Makes the links of `job`. `tell` hears how many there are, ten times a second at most.
pub(super) async fn run(job: &Job, world: &World, tell: &(dyn Fn(u64) + Sync)) -> Result<Written, Failure> {
    let batch = format!("{:x}", world.clock.now().as_millisecond());
    let mut made = Making { job, world, batch, noted: Vec::new(), not_noted: None, links: 0, ends_at: None };
    match &job.shape {
        Shape::List { places, method, format } => made.list(places, *method, *format, tell).await,
        Shape::Playlists(object) => made.playlists(object).await,
        Shape::Form(request) => made.form(request).await,
        Shape::Parts { object, size, headers } => made.parts(object, *size, headers).await,
    }
}

/// What failed, when there are no links.
pub(super) fn making(job: &Job) -> String {
    format!("make {} links to {}", job.method(), job.title)
}

/// What is known while links are made.
struct Making<'a> {
    job: &'a Job,
    world: &'a World,
    /// What the ledger calls these links together.
    batch: String,
    noted: Vec<Link>,
    not_noted: Option<String>,
    links: u64,
    ends_at: Option<Timestamp>,
}

impl Making<'_> {
    async fn list(
        &mut self,
        places: &[Place],
        method: Method,
        format: Format,
        tell: &(dyn Fn(u64) + Sync),
    ) -> Result<Written, Failure> {
        let mut out = self.create(format.extension()).map_err(|error| self.failed(error))?;
        let mut export = Export::new(format, &self.job.title);
        let mut text = export.head();
        let mut left_out: Option<(u64, String)> = None;
        let mut signers = Vec::new();
        let mut told = Instant::now();
        for place in places {
            let mut next = Some(Question::First);
            while let Some(question) = next.take() {
                let (bucket, objects, more) = self.objects(place, question).await?;
                next = more;
                let at = self.signer(&mut signers, &bucket).await?;
                for (object, size) in objects {
                    let request = LinkRequest::new(method, object, self.job.lifetime);
                    let signer = signers.get_mut(at).map(|(_, signer)| signer);
                    let Some(signer) = signer else { return Err(self.failed("there is nothing to sign with")) };
                    let link = signer.sign(&request, self.world.clock.now()).map_err(|e| self.failed(e))?;
                    match export.row(&mut text, &link, size) {
                        Ok(()) => self.count(link),
                        Err(why) => match &mut left_out {
                            Some((number, _)) => *number += 1,
                            None => left_out = Some((1, why.to_string())),
                        },
                    }
                    if self.noted.len() >= CHUNK {
                        self.note().await;
                        out.write(&std::mem::take(&mut text)).map_err(|error| self.failed(error))?;
                    }
                }
                if told.elapsed() >= PAUSE {
                    told = Instant::now();
                    tell(self.links);
                }
                // A list that is all there must not keep others from their turn.
                tokio::task::yield_now().await;
            }
        }
        text.push_str(&export.tail());
        self.note().await;
        out.write(&text).map_err(|error| self.failed(error))?;
        let copied = out.text().map_err(|error| self.failed(error))?;
        let path = out.keep().map_err(|error| self.failed(error))?;
        Ok(Written { left_out, text: copied.map(LinkText::new), ..self.written(path) })
    }

    /// The objects of a place, page by page.
    async fn objects(
        &self,
        place: &Place,
        question: Question,
    ) -> Result<(BucketName, Vec<(ObjectId, Option<u64>)>, Option<Question>), Failure> {
        let (bucket, prefix) = match place {
            Place::Object(object, size) => {
                return Ok((object.bucket.clone(), vec![(object.clone(), Some(*size))], None));
            }
            Place::Below(bucket, prefix) => (bucket, prefix),
        };
        let after = match question {
            Question::First => None,
            Question::After(token) => Some(token),
        };
        let request =
            ListRequest { bucket: bucket.clone(), prefix: prefix.clone(), depth: Depth::All, after, max_keys: 1_000 };
        let page = self.world.store.list(&request).await?;
        let objects = page.entries.into_iter().filter_map(|entry| match entry {
            Entry::Object(object) => Some((ObjectId::current(bucket.clone(), object.key), Some(object.size))),
            Entry::Prefix(_) | Entry::Bucket(_) => None,
        });
        Ok((bucket.clone(), objects.collect(), page.next.map(Question::After)))
    }

    /// Where the signer of a bucket is among those that were made.
    async fn signer(&self, signers: &mut Vec<(BucketName, Signer)>, bucket: &BucketName) -> Result<usize, Failure> {
        if let Some(at) = signers.iter().position(|(known, _)| known == bucket) {
            return Ok(at);
        }
        signers.push((bucket.clone(), links::signer(self.world, bucket).await?));
        Ok(signers.len() - 1)
    }

    async fn playlists(&mut self, object: &ObjectId) -> Result<Written, Failure> {
        let bucket = &object.bucket;
        let rewriter = playlists::read(self.world, object, Live::Refuse).await?;
        let now = self.world.clock.now();
        let needed = least_lifetime(rewriter.duration()).map_err(|error| self.failed(error))?;
        let lifetime = self.world.links.rules.long_enough(self.job.lifetime, needed, now);
        let lifetime = lifetime.map_err(|why| self.failed(why))?;
        let mut signer = links::signer(self.world, bucket).await?;
        let mut made = Vec::new();
        let bundle = rewriter.finish::<LinkError>(&mut |key: &Key| {
            let object = ObjectId::current(bucket.clone(), key.clone());
            let link = signer.sign(&LinkRequest::new(Method::Get, object, lifetime), now)?;
            let url = link.url.expose().to_owned();
            made.push(link);
            Ok(url)
        });
        let bundle = bundle.map_err(|error| self.failed(error))?;
        let folder = private_file::new_folder(&self.world.links_dir, &object.key, now).map_err(|e| self.failed(e))?;
        let mut unfinished = Unfinished(Some(folder.clone()));
        for (name, text) in &bundle.files {
            let write = || private_file::create(&folder.join(name))?.write_all(text.as_bytes());
            write().map_err(|error| self.failed(error))?;
        }
        unfinished.0 = None;
        for link in made {
            self.count(link);
        }
        self.note().await;
        let first = bundle.files.first().map_or(folder.clone(), |(name, _)| folder.join(name));
        let mut remarks: Vec<String> =
            bundle.remarks.iter().map(|(key, remark)| format!("{}: {remark}", visible(key.as_str()))).collect();
        if bundle.foreign > 0 {
            remarks.push(format!("{} addresses of other places were left as they are", bundle.foreign));
        }
        Ok(Written { remarks, ..self.written(first) })
    }

    async fn form(&mut self, request: &FormRequest) -> Result<Written, Failure> {
        let now = self.world.clock.now();
        let signer = links::signer(self.world, &request.bucket).await?;
        let form = sign_form(request, &signer, now).map_err(|error| self.failed(error))?;
        let mut out = self.create("html").map_err(|error| self.failed(error))?;
        out.write(&form.expose_as_html()).map_err(|error| self.failed(error))?;
        let handing = Handing { at: now, destination: Destination::File, note: None, batch: None };
        if let Err(failure) = links::note_form(self.world, &form, &handing).await {
            self.not_noted = Some(failure.to_string());
        }
        (self.links, self.ends_at) = (1, Some(form.ends_at));
        let remarks = vec!["the page uploads from any browser; the same as a curl command is copied".to_owned()];
        let text = Some(LinkText::new(form.expose_as_curl("FILE")));
        let path = out.keep().map_err(|error| self.failed(error))?;
        Ok(Written { remarks, text, ..self.written(path) })
    }

    async fn parts(&mut self, object: &ObjectId, size: u64, headers: &[(String, String)]) -> Result<Written, Failure> {
        let plan = Plan::new(size, None).map_err(|error| self.failed(error))?;
        let now = self.world.clock.now();
        let mut upload =
            Upload { object: object.clone(), id: UploadId(String::new()), plan, lifetime: self.job.lifetime };
        let mut signer = links::signer(self.world, &object.bucket).await?;
        // Before the store is asked for anything: an upload that nobody has links to would only be in the way.
        signer.sign(&upload.request(Step::Complete), now).map_err(|error| self.failed(error))?;
        let mut out = self.create("sh").map_err(|error| self.failed(error))?;
        upload.id = self.world.store.begin_upload(object, headers).await?;
        let ending = write_script(&upload, &mut signer, now, &mut out.file).map_err(|error| self.failed(error))?;
        for step in upload.plan.parts().map(|part| Step::Part(part.number)).chain([Step::Complete, Step::Abort]) {
            let link = signer.sign(&upload.request(step), now).map_err(|error| self.failed(error))?;
            self.count(link);
            if self.noted.len() >= CHUNK {
                self.note().await;
            }
        }
        self.note().await;
        let path = out.keep().map_err(|error| self.failed(error))?;
        let remarks = vec![format!("to upload: sh {} FILE, as often as it takes", path.display())];
        Ok(Written { remarks, ends_at: Some(ending.ends_at), ..self.written(path) })
    }

    fn count(&mut self, link: Link) {
        self.links += 1;
        self.ends_at = self.ends_at.max(Some(link.ends_at));
        self.noted.push(link);
    }

    /// Notes what was made since the last note. The links are written whatever becomes of the note.
    async fn note(&mut self) {
        let made = std::mem::take(&mut self.noted);
        let made: Vec<&Link> = made.iter().collect();
        if made.is_empty() {
            return;
        }
        let at = self.world.clock.now();
        let handing = Handing { at, destination: Destination::File, note: None, batch: Some(self.batch.clone()) };
        if let Err(failure) = links::note(self.world, &made, &handing).await {
            self.not_noted.get_or_insert_with(|| failure.to_string());
        }
    }

    /// A new file for the links.
    fn create(&self, extension: &str) -> io::Result<Out> {
        let now = self.world.clock.now();
        let name = self.job.title.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let (file, path) = private_file::create_new(&self.world.links_dir, name, extension, now)?;
        Ok(Out { file: BufWriter::new(file), bytes: 0, unfinished: Unfinished(Some(path)) })
    }

    fn written(&mut self, path: PathBuf) -> Written {
        Written {
            path,
            links: self.links,
            ends_at: self.ends_at,
            left_out: None,
            remarks: Vec::new(),
            not_noted: self.not_noted.take(),
            text: None,
        }
    }

    fn failed(&self, why: impl ToString) -> Failure {
        Failure::new(FailureKind::Refused, making(self.job), why.to_string(), "")
    }
}

/// Which page of a place is wanted.
enum Question {
    First,
    After(PageToken),
}

/// A file that is being written.
struct Out {
    file: BufWriter<File>,
    bytes: u64,
    unfinished: Unfinished,
}

/// What is taken away again unless it was finished.
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Where it stays, it is incomplete and the user's own.
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

impl Out {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.bytes += text.len() as u64;
        self.file.write_all(text.as_bytes())
    }

    /// What was written, where it is short enough to be copied.
    fn text(&mut self) -> io::Result<Option<String>> {
        self.file.flush()?;
        let path = self.unfinished.0.as_deref().unwrap_or(Path::new(""));
        if self.bytes <= COPIED { fs::read_to_string(path).map(Some) } else { Ok(None) }
    }

    fn keep(mut self) -> io::Result<PathBuf> {
        self.file.flush()?;
        Ok(self.unfinished.0.take().unwrap_or_default())
    }
}

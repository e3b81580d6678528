//! Makes many links and writes them to a file that only the user can read. What is broken off leaves no file behind.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::model::batch::{Job, Place, Shape, Written};
use crate::presign::export::{Export, Format};
use crate::presign::hls::Live;
use crate::presign::ledger::{Destination, Handing};
use crate::presign::link::{Link, LinkText};
use crate::presign::multipart::script::write_script;
use crate::presign::multipart::{Plan, Step, Upload};
use crate::presign::policy::{FormRequest, sign_form};
use crate::presign::request::{LinkRequest, Method};
use crate::s3::failure::{Failure, FailureKind};
use crate::s3::location::{ObjectId, UploadId};
use crate::s3::name::BucketName;
use crate::s3::text::visible;
use crate::world::World;
use crate::world::links::{self, Signers};
use crate::world::listing::series::{Series, objects};
use crate::world::playlists::{self, Linked};
use crate::world::private_file::{self, Unfinished};

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
        let out = self.create(format.extension()).map_err(|error| self.failed(error))?;
        let export = Export::new(format, &self.job.title);
        let text = export.head();
        let mut list = List { out, export, text, left_out: None, signers: Signers::default(), told: Instant::now() };
        let below = places.iter().filter_map(|place| match place {
            Place::Below(bucket, prefix) => Some((bucket.clone(), prefix.clone())),
            Place::Object(..) => None,
        });
        let mut pages = Series::new(self.world.store.clone(), below, self.world.requests);
        for place in places {
            match place {
                Place::Object(object, size) => {
                    self.add(&mut list, method, &object.bucket, [(object.clone(), *size)]).await?;
                    self.pause(&mut list, tell).await;
                }
                Place::Below(bucket, _) => {
                    while let Some(page) = pages.next().await {
                        let page = page?;
                        let of_bucket = |(key, size)| (ObjectId::current(bucket.clone(), key), size);
                        self.add(&mut list, method, bucket, objects(&page).map(of_bucket)).await?;
                        self.pause(&mut list, tell).await;
                    }
                }
            }
        }
        let List { mut out, export, mut text, left_out, .. } = list;
        text.push_str(&export.tail());
        self.note().await;
        out.write(&text).map_err(|error| self.failed(error))?;
        let copied = out.text().map_err(|error| self.failed(error))?;
        let path = out.keep().map_err(|error| self.failed(error))?;
        Ok(Written { left_out, text: copied.map(LinkText::new), ..self.written(path) })
    }

    /// Adds links to objects of one bucket, with their sizes in bytes.
    async fn add(
        &mut self,
        list: &mut List,
        method: Method,
        bucket: &BucketName,
        objects: impl IntoIterator<Item = (ObjectId, u64)>,
    ) -> Result<(), Failure> {
        let signer = list.signers.of(self.world, bucket).await?;
        for (object, size) in objects {
            let request = LinkRequest::new(method, object, self.job.lifetime);
            let link = signer.sign(&request, self.world.clock.now()).map_err(|error| self.failed(error))?;
            match list.export.row(&mut list.text, &link, Some(size)) {
                Ok(()) => self.count(link),
                Err(why) => match &mut list.left_out {
                    Some((number, _)) => *number += 1,
                    None => list.left_out = Some((1, why.to_string())),
                },
            }
            if self.noted.len() >= CHUNK {
                self.note().await;
                list.out.write(&std::mem::take(&mut list.text)).map_err(|error| self.failed(error))?;
            }
        }
        Ok(())
    }

    /// Tells how many links there are, and gives others their turn: a list that is all there would keep them from it.
    async fn pause(&self, list: &mut List, tell: &(dyn Fn(u64) + Sync)) {
        if list.told.elapsed() >= PAUSE {
            list.told = Instant::now();
            tell(self.links);
        }
        tokio::task::yield_now().await;
    }

    async fn playlists(&mut self, object: &ObjectId) -> Result<Written, Failure> {
        let rewriter = playlists::read(self.world, object, Live::Refuse).await?;
        let linked = playlists::link(self.world, object, rewriter, self.job.lifetime).await?;
        let now = self.world.clock.now();
        let folder = private_file::new_folder(&self.world.links_dir, &object.key, now).map_err(|e| self.failed(e))?;
        let Linked { bundle, links, .. } = linked;
        let first = playlists::write(&bundle, folder).map_err(|error| self.failed(error))?;
        for link in links {
            self.count(link);
        }
        self.note().await;
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
        // The store keeps what was begun until somebody ends it.
        let hint = format!(
            "the upload waits for its parts: daypass presign '{object}' --multipart --size {size} --upload-id '{}' makes \
             the script again",
            upload.id.0
        );
        let waits = |why: String| Failure::new(FailureKind::Refused, making(self.job), why, hint.as_str());
        let ending =
            write_script(&upload, &mut signer, now, &mut out.file).map_err(|error| waits(error.to_string()))?;
        for step in upload.steps() {
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
        if let Err(failure) = links::note(self.world, &self.world.issuer, &made, &handing).await {
            self.not_noted.get_or_insert_with(|| failure.to_string());
        }
    }

    /// A new file for the links.
    fn create(&self, extension: &str) -> io::Result<Out> {
        let now = self.world.clock.now();
        let name = self.job.title.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let (file, path) = private_file::create_new(&self.world.links_dir, name, extension, now)?;
        Ok(Out { file: BufWriter::new(file), bytes: 0, unfinished: Unfinished::new(path) })
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

/// A list that is being made.
struct List {
    out: Out,
    export: Export,
    /// Rows that are not written yet.
    text: String,
    left_out: Option<(u64, String)>,
    signers: Signers,
    /// When it was last told how many links there are.
    told: Instant,
}

/// A file that is being written.
struct Out {
    file: BufWriter<File>,
    bytes: u64,
    unfinished: Unfinished,
}

impl Out {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.bytes += text.len() as u64;
        self.file.write_all(text.as_bytes())
    }

    /// What was written, where it is short enough to be copied.
    fn text(&mut self) -> io::Result<Option<String>> {
        self.file.flush()?;
        if self.bytes <= COPIED { fs::read_to_string(self.unfinished.path()).map(Some) } else { Ok(None) }
    }

    fn keep(mut self) -> io::Result<PathBuf> {
        self.file.flush()?;
        Ok(self.unfinished.finish())
    }
}

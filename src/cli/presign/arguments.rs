//! The arguments of `daypass presign`, which of them fit which method, and what they bind in each link.

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use jiff::ZonedDateTime;

use super::json::FIELDS;
use super::places::{Below, INPUT};
use crate::cli::arguments::{StoreArguments, table};
use crate::cli::ls::PaceArguments;
use crate::presign::disposition::{Disposition, safe_default};
use crate::presign::expiry::{Expiry, ExpiryError, Lifetime};
use crate::presign::export;
use crate::presign::multipart::Plan;
use crate::presign::options::{Creation, Download, Upload};
use crate::presign::request::Method;
use crate::presign::snippet::Dialect;
use crate::s3::name::Key;
use crate::s3::size::{self, SizeRange};

/// Lines to copy, with what they do.
const EXAMPLES: &[(&str, &str)] = &[
    ("daypass presign s3://bucket/key", "a link to download it"),
    ("daypass presign s3://bucket/key --expires-in 'until 18:00'", "until six o'clock"),
    ("daypass presign s3://bucket/new.pdf --method PUT", "a link to upload it"),
    ("daypass presign s3://bucket/key --json", "with all there is to know"),
    ("daypass presign - < locations.txt", "a link for each line"),
    ("ls | daypass presign --prefix s3://bucket/reports/ -", "a link for each name"),
    ("daypass presign -r s3://bucket/reports/ --format html -o links.html", "a page of links"),
    ("daypass presign s3://bucket/key --as powershell", "a command to download it"),
    ("daypass presign --form s3://bucket/in/ --size 1..10MiB", "a page to upload from"),
    ("daypass presign --multipart s3://bucket/disk.img --size 20GiB", "a script to upload it"),
    ("daypass presign --hls s3://bucket/film/master.m3u8 -o film", "a film to play"),
];

/// What the exit code says.
const EXIT_CODES: &[(&str, &str)] = &[
    ("0", "all links were made, even if the ledger could not be written, which is told"),
    ("1", "a link was not made, or there was nothing to make one to; why is on standard error"),
    ("2", "the arguments make no sense"),
    ("130", "Ctrl-C stopped --recursive; what was printed is whole lines"),
];

const METHODS: [Method; 4] = [Method::Get, Method::Put, Method::Head, Method::Delete];

/// Which links are to be made, and how they are written.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = table("Examples:", EXAMPLES),
    after_long_help = [
        table("Examples:", EXAMPLES), table("Fields of --json:", FIELDS), table("Exit codes:", EXIT_CODES)
    ].join("\n\n"),
)]
pub(in crate::cli) struct PresignArguments {
    /// What to make links to: s3://bucket/key or bucket/key; - reads more of them from standard input
    ///
    /// Taken byte for byte: nothing is percent-decoded. From standard input they come one a line; empty lines are passed
    /// over. A line that is no location is reported with its number, and the rest is done. With --recursive it is a bucket
    /// or ends with a slash.
    #[arg(value_name = "LOCATION", required = true)]
    pub places: Vec<String>,

    /// Take each LOCATION as the end of a key, after this bucket and prefix
    #[arg(long, value_name = "S3URI", value_parser = Below::parse)]
    pub prefix: Option<Below>,

    /// Locations on standard input end with NUL, not with a line end, as find -print0 writes them
    #[arg(short = '0', long)]
    pub null: bool,

    /// Make a link to every key below each LOCATION, such as s3://bucket/prefix/
    ///
    /// The store is asked for its keys, a thousand at a time and many times at once. Links come as they are made, in the order
    /// of their keys, however many there are.
    #[arg(short, long)]
    pub recursive: bool,

    #[command(flatten)]
    pub pace: PaceArguments,

    /// What the links may do; GET if nothing is said
    #[arg(long, ignore_case = true, value_parser = method())]
    pub method: Option<Method>,

    /// How long links work: 900, 15m, 2h30m, 'until 18:00', 'until 2026-12-01'; else as long as the settings say
    #[arg(long, value_name = "TIME", value_parser = lifetime)]
    pub expires_in: Option<Lifetime>,

    /// The version that is meant, not the current one
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub version_id: Option<String>,

    /// A header that the sender must send exactly so; may be given again
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub headers: Vec<(String, String)>,

    /// Give the same link whenever it is asked for within a stretch of time, so that caches know it again
    ///
    /// It is signed for the start of the stretch, and lives so much longer that nobody gets less than was asked for.
    #[arg(
        long, value_name = "WINDOW", num_args = 0..=1, require_equals = true, default_missing_value = "1h",
        value_parser = Expiry::parse
    )]
    pub stable: Option<Expiry>,

    /// Note this in the ledger, with each link
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub note: Option<String>,

    /// Answer yes to what would be asked: links that work for more than a day, or that delete
    #[arg(long)]
    pub yes: bool,

    /// How a download arrives.
    #[command(flatten, next_help_heading = "Downloads (GET, HEAD)")]
    pub download: DownloadArguments,

    /// What an upload may be.
    #[command(flatten, next_help_heading = "Uploads (PUT, --multipart, --form)")]
    pub upload: UploadArguments,

    /// What else than links to objects is made.
    #[command(flatten, next_help_heading = "Other than single links")]
    pub other: OtherArguments,

    /// How links are printed, and where to.
    #[command(flatten, next_help_heading = "Output")]
    pub output: OutputArguments,

    /// The store whose objects are meant.
    #[command(flatten)]
    pub store: StoreArguments,

    /// Here only to be refused with a reason.
    #[arg(long, hide = true)]
    pub demo: bool,
}

/// How a download arrives, whatever the object itself says.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct DownloadArguments {
    /// Save it under this name; what no file can be called is taken out of it
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub filename: Option<String>,

    /// Show it in the browser, where that can, instead of saving it
    ///
    /// HTML, SVG and XML can carry script and are saved unless this is given.
    #[arg(long)]
    pub inline: bool,

    /// Send it with this Content-Type
    #[arg(long, value_name = "TYPE")]
    pub response_content_type: Option<String>,

    /// Send it with this Cache-Control
    #[arg(long, value_name = "VALUE")]
    pub response_cache_control: Option<String>,

    /// Send it with this Content-Language
    #[arg(long, value_name = "TAG")]
    pub response_content_language: Option<String>,

    /// Send it with this Content-Encoding
    #[arg(long, value_name = "CODING")]
    pub response_content_encoding: Option<String>,

    /// Send it with this Expires
    #[arg(long, value_name = "DATE")]
    pub response_expires: Option<String>,
}

/// What an upload may be. The sender must send all of it as headers, exactly so.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct UploadArguments {
    /// It must have this Content-Type; with --form its start, too: image/*
    #[arg(long, value_name = "TYPE", value_hint = ValueHint::Other)]
    pub content_type: Option<String>,

    /// It must have exactly this size: 12345, 10MiB, 1.5GB; with --form a range, too: 1..10MiB
    #[arg(long, value_name = "BYTES", value_parser = size::parse_range)]
    pub size: Option<SizeRange>,

    /// It must have this MD5, in hex or base64
    #[arg(long, value_name = "HASH")]
    pub md5: Option<String>,

    /// It must have this SHA-256, in hex or base64
    #[arg(long, value_name = "HASH")]
    pub sha256: Option<String>,

    /// It must not replace an object
    #[arg(long)]
    pub create_only: bool,

    /// It gets this metadata; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = metadata)]
    pub metadata: Vec<(String, String)>,

    /// It is encrypted by the store, with keys of S3 or of AWS KMS
    #[arg(long, value_name = "HOW", value_parser = PossibleValuesParser::new(["AES256", KMS]))]
    pub sse: Option<String>,

    /// The key of AWS KMS for --sse aws:kms
    #[arg(long, value_name = "ID", requires = "sse")]
    pub sse_kms_key_id: Option<String>,

    /// It gets this storage class, as its store spells it
    #[arg(long, value_name = "CLASS")]
    pub storage_class: Option<String>,
}

/// What else than links to single objects is made.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct OtherArguments {
    /// A script that uploads a file of --size in parts, for more than the 5 GiB of one PUT
    ///
    /// Beginning the upload changes the store, so allow_write has to be true in its settings, unless --upload-id names one
    /// that was begun elsewhere. The script needs sh and curl.
    #[arg(long, group = "kind")]
    pub multipart: bool,

    /// The size of each part but the last: whole MiB, 5MiB to 5GiB
    #[arg(long, value_name = "BYTES", requires = "multipart", value_parser = size::parse)]
    pub part_size: Option<u64>,

    /// The upload to make parts for
    #[arg(long, value_name = "ID", requires = "multipart", value_parser = NonEmptyStringValueParser::new())]
    pub upload_id: Option<String>,

    /// A form that uploads below LOCATION if it ends with a slash, else to exactly this key
    ///
    /// A page unless --as curl or --json says else. Not every store knows such forms.
    #[arg(long, group = "kind")]
    pub form: bool,

    /// The HLS playlists at LOCATION with a link for each file that they name, as a new folder --output
    ///
    /// The store is asked for the playlists. The links live at least as long as it takes to play them.
    #[arg(long, group = "kind", requires = "output")]
    pub hls: bool,

    /// Take a playlist that still grows as it is now
    #[arg(long, requires = "hls")]
    pub live_as_is: bool,
}

/// How links are printed, and where to.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct OutputArguments {
    /// Print one JSON object a line instead of URLs
    #[arg(long, group = "shape")]
    pub json: bool,

    /// Print the links in this form
    ///
    /// json is --json; jsonl has fewer fields, and sizes with --recursive. curl, wget and aria2 are lists for curl -K,
    /// wget -i and aria2c -i.
    #[arg(long, value_name = "FORM", group = "shape", value_parser = PossibleValuesParser::new(list_words()))]
    pub format: Option<String>,

    /// Print a command for this tool
    #[arg(long = "as", value_name = "TOOL", group = "shape", value_parser = PossibleValuesParser::new(tool_words()))]
    pub tool: Option<String>,

    /// Print a message with the link, from the template of the settings
    #[arg(long, value_name = "KIND", group = "shape")]
    pub message: Option<MessageKind>,

    /// Print a QR code
    #[arg(long, group = "shape")]
    pub qr: bool,

    /// Write to this new file, which only you can read; with --hls to this new folder
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::AnyPath, value_parser = clap::value_parser!(PathBuf))]
    pub output: Option<PathBuf>,

    /// Say nothing of what is unwise about a link; errors are still reported
    #[arg(short, long)]
    pub quiet: bool,
}

/// What a message is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum MessageKind {
    /// Plain text
    Text,
    /// HTML
    Html,
}

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Links, one for each object.
    Links,
    /// A script of links to the parts of one upload.
    Multipart,
    /// An upload form.
    Form,
    /// Playlists with links in them.
    Hls,
}

/// How a form is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormShape {
    /// A page.
    Html,
    /// A command.
    Curl,
    /// Its address and fields.
    Json,
}

/// How links are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A JSON object with all there is to know.
    Json,
    /// A list.
    List(export::Format),
    /// A command.
    Command(Dialect),
    /// A message.
    Message(MessageKind),
    /// A QR code.
    Qr,
}

const KMS: &str = "aws:kms";

/// The word for a list of URLs.
const URL: &str = "url";

/// The word for [`Shape::Json`].
const JSON: &str = "json";

/// The word for a form as a page.
const HTML: &str = "html";

/// A flag, and whether it was given.
type Flag = (&'static str, bool);

impl PresignArguments {
    /// Why the options do not go together; `None` where they do.
    pub(super) fn nonsense(&self) -> Option<String> {
        if self.demo {
            return Some(
                "--demo: the demo store ends with daypass, and its links with it: run daypass demo-server, and take its \
                 lines into this shell"
                    .to_owned(),
            );
        }
        self.nonsense_of_kind().or_else(|| self.nonsense_of_method()).or_else(|| self.nonsense_of_number())
    }

    /// What is made.
    pub(super) fn kind(&self) -> Kind {
        match &self.other {
            OtherArguments { multipart: true, .. } => Kind::Multipart,
            OtherArguments { form: true, .. } => Kind::Form,
            OtherArguments { hls: true, .. } => Kind::Hls,
            OtherArguments { .. } => Kind::Links,
        }
    }

    /// What the links may do.
    pub(super) fn method(&self) -> Method {
        self.method.unwrap_or(Method::Get)
    }

    /// Whether there is more than one link.
    pub(super) fn is_batch(&self) -> bool {
        self.recursive || self.places.len() > 1 || self.places.iter().any(|place| place == INPUT)
    }

    /// What belongs to links alone, or to other things than is asked for.
    fn nonsense_of_kind(&self) -> Option<String> {
        let Self { download, upload, output, .. } = self;
        let method = |only: Option<Method>| self.method.is_some() && self.method != only;
        let links = [
            ("--recursive", self.recursive),
            ("--null", self.null),
            ("--version-id", self.version_id.is_some()),
            ("--header", !self.headers.is_empty()),
            ("--stable", self.stable.is_some()),
            ("--format", output.format.is_some()),
            ("--message", output.message.is_some()),
            ("--qr", output.qr),
        ];
        let of_one_put = [
            ("--md5", upload.md5.is_some()),
            ("--sha256", upload.sha256.is_some()),
            ("--create-only", upload.create_only),
        ];
        let tool = ("--as", output.tool.is_some());
        let json = ("--json", output.json);
        let (kind, wrong): (&str, Vec<Flag>) = match self.kind() {
            Kind::Links => {
                return (output.tool.as_deref() == Some(HTML)).then(|| format!("--as {HTML} belongs to --form"));
            }
            Kind::Multipart => {
                ("--multipart", [&[("--method", method(Some(Method::Put))), tool, json], &of_one_put[..]].concat())
            }
            Kind::Form => (
                "--form",
                [&[("--method", method(None)), ("--prefix", self.prefix.is_some())], &of_one_put[..]].concat(),
            ),
            Kind::Hls => {
                ("--hls", [&[("--method", method(Some(Method::Get))), tool, json], &upload.given()[..]].concat())
            }
        };
        if let Some((flag, _)) = links.iter().chain(&wrong).chain(&download.given()).find(|(_, given)| *given) {
            return Some(format!("{flag} does not go with {kind}"));
        }
        if self.is_batch() {
            return Some(format!("{kind} takes one LOCATION"));
        }
        match self.kind() {
            Kind::Links | Kind::Hls => None,
            Kind::Form => match output.tool.as_deref() {
                None | Some("curl" | HTML) => None,
                Some(tool) => Some(format!("--as {tool} does not go with --form: curl and {HTML} do")),
            },
            Kind::Multipart => self.nonsense_of_parts(),
        }
    }

    fn nonsense_of_parts(&self) -> Option<String> {
        let Some(SizeRange { min, max }) = self.upload.size else {
            return Some("--multipart needs to know how large the file is: give --size".to_owned());
        };
        if min != max {
            return Some("--multipart needs one --size, not a range".to_owned());
        }
        let of_beginning = self.upload.given().into_iter().find(|(flag, given)| *given && *flag != "--size");
        if let (Some((flag, _)), Some(_)) = (of_beginning, &self.other.upload_id) {
            return Some(format!(
                "{flag} belongs to the beginning of an upload, and --upload-id names one that was begun"
            ));
        }
        Plan::new(max, self.other.part_size).err().map(|error| format!("--multipart: {error}"))
    }

    /// What belongs to other methods, or to none.
    fn nonsense_of_method(&self) -> Option<String> {
        if self.upload.sse_kms_key_id.is_some() && self.upload.sse.as_deref() != Some(KMS) {
            return Some(format!("--sse-kms-key-id belongs to --sse {KMS}"));
        }
        match self.kind() {
            Kind::Links => {}
            Kind::Multipart | Kind::Form | Kind::Hls => return None,
        }
        let method = self.method();
        let version = [("--version-id", self.version_id.is_some())];
        let (download, upload) = (self.download.given(), self.upload.given());
        let homes: [(&[Flag], &[Method], &str); 3] = [
            (&version, &[Method::Get, Method::Head, Method::Delete], "links to what exists: GET, HEAD, DELETE"),
            (&download, &[Method::Get, Method::Head], "downloads: --method GET or HEAD"),
            (&upload, &[Method::Put], "uploads: --method PUT"),
        ];
        for (flags, _, home) in homes.into_iter().filter(|(_, methods, _)| !methods.contains(&method)) {
            if let Some((flag, _)) = flags.iter().find(|(_, given)| *given) {
                return Some(format!("{flag} belongs to {home}; these links are for {method}"));
            }
        }
        if self.upload.size.is_some_and(|size| size.min != size.max) {
            return Some("--size: only --form can leave a range; a PUT link binds one size".to_owned());
        }
        let Shape::List(format) = self.output.shape() else { return None };
        let names_headers = !self.headers.is_empty();
        match format {
            export::Format::Wget | export::Format::Aria2 | export::Format::M3u if method != Method::Get => {
                Some(format!("--format {} is for downloads; these links are for {method}", format.name()))
            }
            export::Format::Wget | export::Format::M3u if names_headers => {
                Some(format!("--format {} cannot say which --header to send: curl and aria2 can", format.name()))
            }
            _ => None,
        }
    }

    /// What belongs to one object, or to many.
    fn nonsense_of_number(&self) -> Option<String> {
        if self.recursive {
            let of_names = [
                ("--prefix", self.prefix.is_some()),
                ("--null", self.null),
                ("LOCATION -", self.places.iter().any(|place| place == INPUT)),
            ];
            if let Some((flag, _)) = of_names.into_iter().find(|(_, given)| *given) {
                return Some(format!("{flag} does not go with --recursive: give prefixes as LOCATIONs"));
            }
        } else if self.pace.concurrency.is_some() {
            return Some("--concurrency belongs to --recursive: no other link asks the store for keys".to_owned());
        }
        let of_one = [
            ("--version-id", self.version_id.is_some()),
            ("--filename", self.download.filename.is_some()),
            ("--message", self.output.message.is_some()),
            ("--qr", self.output.qr),
        ];
        let (flag, _) = of_one.into_iter().find(|(_, given)| *given && self.is_batch())?;
        Some(format!("{flag} belongs to one object: give one LOCATION"))
    }
}

impl OutputArguments {
    /// How links are written.
    pub(super) fn shape(&self) -> Shape {
        if let Some(kind) = self.message {
            return Shape::Message(kind);
        }
        if let Some(dialect) = Dialect::ALL.into_iter().find(|known| Some(known.name()) == self.tool.as_deref()) {
            return Shape::Command(dialect);
        }
        match self.format.as_deref() {
            _ if self.qr => Shape::Qr,
            _ if self.json => Shape::Json,
            Some(JSON) => Shape::Json,
            word => {
                let list = export::Format::ALL.into_iter().find(|known| Some(known.name()) == word);
                Shape::List(list.unwrap_or(export::Format::Text))
            }
        }
    }

    /// How a form is written.
    pub(super) fn form_shape(&self) -> FormShape {
        match (self.json, self.tool.as_deref()) {
            (true, _) => FormShape::Json,
            (false, Some("curl")) => FormShape::Curl,
            (false, _) => FormShape::Html,
        }
    }
}

/// `url`, `json`, and the lists.
fn list_words() -> impl Iterator<Item = &'static str> {
    let lists = export::Format::ALL.into_iter().filter(|format| *format != export::Format::Text);
    [URL, JSON].into_iter().chain(lists.map(export::Format::name))
}

/// The tools that commands are for, and the page of a form.
fn tool_words() -> impl Iterator<Item = &'static str> {
    Dialect::ALL.into_iter().map(Dialect::name).chain([HTML])
}

impl DownloadArguments {
    fn given(&self) -> [Flag; 7] {
        [
            ("--filename", self.filename.is_some()),
            ("--inline", self.inline),
            ("--response-content-type", self.response_content_type.is_some()),
            ("--response-cache-control", self.response_cache_control.is_some()),
            ("--response-content-language", self.response_content_language.is_some()),
            ("--response-content-encoding", self.response_content_encoding.is_some()),
            ("--response-expires", self.response_expires.is_some()),
        ]
    }

    /// What they come to for an object.
    pub(super) fn chosen(&self, method: Method, key: &Key) -> Download {
        Download {
            content_disposition: self.disposition(method, key).map(|disposition| disposition.to_string()),
            content_type: self.response_content_type.clone(),
            content_language: self.response_content_language.clone(),
            content_encoding: self.response_content_encoding.clone(),
            cache_control: self.response_cache_control.clone(),
            expires: self.response_expires.clone(),
        }
    }

    fn disposition(&self, method: Method, key: &Key) -> Option<Disposition> {
        match (self.inline, self.filename.as_deref()) {
            (true, name) => Some(Disposition::inline(name.unwrap_or(key.file_name()))),
            (false, Some(name)) => Some(Disposition::attachment(name)),
            (false, None) if method == Method::Get => {
                safe_default(self.response_content_type.as_deref(), key.file_name())
            }
            (false, None) => None,
        }
    }
}

impl UploadArguments {
    fn given(&self) -> [Flag; 9] {
        [
            ("--content-type", self.content_type.is_some()),
            ("--size", self.size.is_some()),
            ("--md5", self.md5.is_some()),
            ("--sha256", self.sha256.is_some()),
            ("--create-only", self.create_only),
            ("--metadata", !self.metadata.is_empty()),
            ("--sse", self.sse.is_some()),
            ("--sse-kms-key-id", self.sse_kms_key_id.is_some()),
            ("--storage-class", self.storage_class.is_some()),
        ]
    }

    /// What they come to.
    pub(super) fn chosen(&self) -> Upload {
        Upload {
            content_type: self.content_type.clone(),
            size: self.size.map(|size| size.max),
            md5: self.md5.clone(),
            sha256: self.sha256.clone(),
            creation: if self.create_only { Creation::Only } else { Creation::OrReplace },
            headers: self.stored(),
        }
    }

    /// How the object is kept, as headers or fields of a form: metadata, encryption, storage class.
    pub(super) fn stored(&self) -> Vec<(String, String)> {
        let metadata = self.metadata.iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone()));
        let one = |name: &str, value: &Option<String>| Some((name.to_owned(), value.clone()?));
        let others = [
            one("x-amz-server-side-encryption", &self.sse),
            one("x-amz-server-side-encryption-aws-kms-key-id", &self.sse_kms_key_id),
            one("x-amz-storage-class", &self.storage_class),
        ];
        metadata.chain(others.into_iter().flatten()).collect()
    }
}

fn method() -> impl TypedValueParser<Value = Method> {
    PossibleValuesParser::new(METHODS.map(Method::as_str)).try_map(|word| {
        METHODS.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(&word)).ok_or("not a method")
    })
}

fn lifetime(text: &str) -> Result<Lifetime, ExpiryError> {
    // Only an end needs the time of day here, and to find the zone of that takes longer than to sign a hundred links.
    Expiry::parse(text).map(Lifetime::For).or_else(|_| Lifetime::parse(text, &ZonedDateTime::now()))
}

fn metadata(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| "write it as name=value".to_owned())?;
    Ok((name.to_ascii_lowercase(), value.to_owned()))
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or_else(|| "write it as 'Name: value'".to_owned())?;
    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_cut_at_its_first_colon_and_metadata_at_its_first_equals_sign() {
        let both = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(header("X-Time: 12:30"), both("x-time", "12:30"));
        assert_eq!(metadata("Formula=a=b"), both("formula", "a=b"));
        assert!(header("X-Time").is_err() && metadata("Formula").is_err());
    }
}

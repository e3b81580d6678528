//! The arguments of `daypass presign`, which of them fit which method, and what they bind in each link.

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};
use jiff::ZonedDateTime;

use super::places::{Below, INPUT};
use super::written::FIELDS;
use crate::cli::arguments::{StoreArguments, table};
use crate::presign::expiry::{Expiry, ExpiryError, Lifetime};
use crate::presign::options::{Creation, Download, Upload};
use crate::presign::request::Method;
use crate::s3::text::visible;

/// Lines to copy, with what they do.
const EXAMPLES: &[(&str, &str)] = &[
    ("daypass presign s3://bucket/key", "a link to download it"),
    ("daypass presign s3://bucket/key --expires-in 'until 18:00'", "until six o'clock"),
    ("daypass presign s3://bucket/new.pdf --method PUT", "a link to upload it"),
    ("daypass presign s3://bucket/key --json", "with all there is to know"),
    ("daypass presign - < locations.txt", "a link for each line"),
    ("ls | daypass presign --prefix s3://bucket/reports/ -", "a link for each name"),
];

/// What the exit code says.
const EXIT_CODES: &[(&str, &str)] = &[
    ("0", "all links were made"),
    ("1", "a link was not made; why is on standard error"),
    ("2", "the arguments make no sense"),
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
    /// over. A line that is no location is reported with its number, and the rest is done.
    #[arg(value_name = "LOCATION", required = true)]
    pub places: Vec<String>,

    /// Take each LOCATION as the end of a key, after this bucket and prefix
    #[arg(long, value_name = "S3URI", value_parser = Below::parse)]
    pub prefix: Option<Below>,

    /// Locations on standard input end with NUL, not with a line end, as find -print0 writes them
    #[arg(short = '0', long)]
    pub null: bool,

    /// What the links may do
    #[arg(long, default_value = "GET", ignore_case = true, value_parser = method())]
    pub method: Method,

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

    /// Answer yes to what would be asked: links that work for more than a day, or that delete
    #[arg(long)]
    pub yes: bool,

    /// How a download arrives.
    #[command(flatten, next_help_heading = "Downloads (GET, HEAD)")]
    pub download: DownloadArguments,

    /// What an upload may be.
    #[command(flatten, next_help_heading = "Uploads (PUT)")]
    pub upload: UploadArguments,

    /// Print one JSON object a line instead of URLs
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// Say nothing of what is unwise about a link; errors are still reported
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

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
    /// Save it under this name
    #[arg(long, value_name = "NAME", value_parser = file_name)]
    pub filename: Option<String>,

    /// Show it in the browser, where that can, instead of saving it
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
    /// It must have this Content-Type
    #[arg(long, value_name = "TYPE", value_hint = ValueHint::Other)]
    pub content_type: Option<String>,

    /// It must have exactly this size: 12345, 10MiB, 1.5GB
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub size: Option<u64>,

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

const KMS: &str = "aws:kms";

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
        let version = [("--version-id", self.version_id.is_some())];
        let (download, upload) = (self.download.given(), self.upload.given());
        let homes: [(&[Flag], &[Method], &str); 3] = [
            (&version, &[Method::Get, Method::Head, Method::Delete], "links to what exists: GET, HEAD, DELETE"),
            (&download, &[Method::Get, Method::Head], "downloads: --method GET or HEAD"),
            (&upload, &[Method::Put], "uploads: --method PUT"),
        ];
        for (flags, _, home) in homes.into_iter().filter(|(_, methods, _)| !methods.contains(&self.method)) {
            if let Some((flag, _)) = flags.iter().find(|(_, given)| *given) {
                return Some(format!("{flag} belongs to {home}; these links are for {}", self.method));
            }
        }
        if self.upload.sse_kms_key_id.is_some() && self.upload.sse.as_deref() != Some(KMS) {
            return Some(format!("--sse-kms-key-id belongs to --sse {KMS}"));
        }
        let of_one = [("--version-id", self.version_id.is_some()), ("--filename", self.download.filename.is_some())];
        let several = self.places.len() > 1 || self.places.iter().any(|place| place == INPUT);
        let (flag, _) = of_one.into_iter().find(|(_, given)| *given && several)?;
        Some(format!("{flag} belongs to one object: give one LOCATION"))
    }
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

    /// What they come to.
    pub(super) fn chosen(&self) -> Download {
        Download {
            content_disposition: self.content_disposition(),
            content_type: self.response_content_type.clone(),
            content_language: self.response_content_language.clone(),
            content_encoding: self.response_content_encoding.clone(),
            cache_control: self.response_cache_control.clone(),
            expires: self.response_expires.clone(),
        }
    }

    /// `attachment; filename="a.pdf"` (RFC 6266). The name was checked when it was read.
    fn content_disposition(&self) -> Option<String> {
        match (self.inline, &self.filename) {
            (true, None) => Some("inline".to_owned()),
            (true, Some(name)) => Some(format!("inline; filename=\"{name}\"")),
            (false, Some(name)) => Some(format!("attachment; filename=\"{name}\"")),
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
        let metadata = self.metadata.iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone()));
        let one = |name: &str, value: &Option<String>| Some((name.to_owned(), value.clone()?));
        let others = [
            one("x-amz-server-side-encryption", &self.sse),
            one("x-amz-server-side-encryption-aws-kms-key-id", &self.sse_kms_key_id),
            one("x-amz-storage-class", &self.storage_class),
        ];
        Upload {
            content_type: self.content_type.clone(),
            size: self.size,
            md5: self.md5.clone(),
            sha256: self.sha256.clone(),
            creation: if self.create_only { Creation::Only } else { Creation::OrReplace },
            headers: metadata.chain(others.into_iter().flatten()).collect(),
        }
    }
}

fn method() -> impl TypedValueParser<Value = Method> {
    PossibleValuesParser::new(METHODS.map(Method::as_str)).try_map(|word| {
        METHODS.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(&word)).ok_or("not a method")
    })
}

fn lifetime(text: &str) -> Result<Lifetime, ExpiryError> {
    Lifetime::parse(text, &ZonedDateTime::now())
}

/// A name that can stand between quotation marks as it is.
fn file_name(name: &str) -> Result<String, String> {
    let plain = |c: char| (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '/' | '%');
    if name.is_empty() || !name.chars().all(plain) {
        let shown = visible(name);
        return Err(format!("`{shown}` cannot be the name here: use printable ASCII without \" \\ / %"));
    }
    Ok(name.to_owned())
}

fn metadata(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| "write it as name=value".to_owned())?;
    Ok((name.to_ascii_lowercase(), value.to_owned()))
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or_else(|| "write it as 'Name: value'".to_owned())?;
    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

/// Bytes, or a number with a unit of the IEC (KiB) or SI (kB).
fn size(text: &str) -> Result<u64, String> {
    let refused = || format!("`{}` is not a size: write bytes (12345) or a unit (10MiB, 1.5GB)", visible(text));
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits).ok_or_else(refused)?;
    let factor: u64 = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(refused()),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let bytes = || -> Option<u64> {
        let part = fraction.parse::<u64>().ok()?.checked_mul(factor)?;
        let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let part = (part % scale == 0).then_some(part / scale)?;
        whole.parse::<u64>().ok()?.checked_mul(factor)?.checked_add(part)
    };
    bytes().ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_size_is_whole_bytes_in_any_unit() {
        for (text, bytes) in
            [("0", 0), ("12345", 12_345), ("10MiB", 10 << 20), ("1.5GB", 1_500_000_000), ("1.5 kib", 1536)]
        {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for bad in ["", "MiB", "-1", "1.5", "1.0001kB", "10M", "1e3", "1..5GB", "99999999999GiB", "1_000"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_header_is_cut_at_its_first_colon_and_metadata_at_its_first_equals_sign() {
        let both = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(header("X-Time: 12:30"), both("x-time", "12:30"));
        assert_eq!(metadata("Formula=a=b"), both("formula", "a=b"));
        assert!(header("X-Time").is_err() && metadata("Formula").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_a_size_or_says_why(text in any::<String>()) {
            let _ = size(&text);
        }

        #[test]
        fn bytes_are_read_as_they_are_written(bytes in any::<u64>()) {
            prop_assert_eq!(size(&bytes.to_string()), Ok(bytes));
        }

        #[test]
        fn no_file_name_leaves_its_quotation_marks(name in any::<String>()) {
            if let Ok(name) = file_name(&name) {
                prop_assert!(name.is_ascii() && !name.contains(['"', '\\', '\r', '\n']));
            }
        }
    }
}

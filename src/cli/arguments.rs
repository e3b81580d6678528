//! The arguments, and every word of the help about them. Completions and the man page come from the same definitions.

use std::ffi::OsStr;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use jiff::SignedDuration;

use super::doctor::DoctorAsk;
use super::du::DuArguments;
use super::ledger::Since;
use super::ls::LsArguments;
use super::presign::PresignArguments;
use super::stores::StoreAddArguments;
use crate::presign::expiry::Expiry;
use crate::s3::address::AddressingStyle;
use crate::s3::provider;
use crate::s3::store_url::{Destination, StoreUrl};
use crate::settings::load::CONFIG_VARIABLE;
use crate::settings::types::{ClipboardChoice, ColorChoice};
use crate::world::demo::PRESETS;

/// Lines to copy, with what they do.
pub(super) const EXAMPLES: &[(&str, &str)] = &[
    ("daypass --demo", "try it on an embedded store"),
    ("daypass", "the default store, or what the AWS variables and files say"),
    ("daypass s3://bucket/prefix", "start at a prefix"),
    ("daypass https://HOST/bucket/prefix", "a place in a store, as its web page shows it"),
    ("daypass --store b2", "a [[store]] of the settings"),
    ("daypass --profile support", "a profile of ~/.aws/config"),
    ("daypass --provider b2 --region us-west-004", "Backblaze B2, with the keys of the AWS variables"),
    ("daypass --endpoint-url http://127.0.0.1:9000", "a store on this machine"),
    ("daypass store add", "add a store to the settings"),
    ("daypass presign s3://bucket/key", "print a link, without a screen"),
    ("daypass inspect < mail.txt", "why the link in a mail does not work"),
    ("daypass doctor s3://bucket/prefix", "why the store does not work"),
];

/// Variables that are listened to.
pub(super) const ENVIRONMENT: &[(&str, &str)] = &[
    (CONFIG_VARIABLE, "the settings file"),
    ("DAYPASS_*", "any setting: DAYPASS_LINKS_GET_EXPIRES_IN=1h sets links.get_expires_in"),
    ("AWS_*", "credentials, profile, region and endpoint, as in the AWS CLI"),
    ("B2_KEY_ID, B2_KEY", "a key, as other tools of its provider take it; daypass store list shows what is found"),
    ("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "the way to the store"),
    (
        "AWS_CA_BUNDLE",
        "certificates to trust besides the machine's; ca_file of a store goes before it, ca_bundle of a profile behind",
    ),
    ("AWS_MAX_ATTEMPTS", "how often a request is sent at most; sets network.attempts"),
    ("AWS_RETRY_MODE", "legacy stands for 5 attempts, standard and adaptive for 3, where nothing counts them"),
    ("NO_COLOR", "no colours, when set to anything"),
    ("XDG_CONFIG_HOME", "where settings are; ~/.config by default"),
    ("XDG_STATE_HOME", "where the ledger is, and links are written when asked; ~/.local/state by default"),
];

/// What the exit code says.
pub(super) const EXIT_CODES: &[(&str, &str)] = &[
    ("0", "it went well"),
    ("1", "it failed; why is on standard error"),
    ("2", "the arguments make no sense"),
    (
        "3",
        "inspect: the link is bad: expired, cut off, wrongly signed, not signed at all, or refused by its store, or there is only its store's error; doctor: a fault was found",
    ),
    ("130", "presign --recursive was stopped by Ctrl-C"),
    ("129, 143", "the browser was ended by SIGHUP or SIGTERM"),
];

/// Browse S3 buckets; make a presigned link when you press a key.
///
/// Opens an interactive browser. On an object, s makes a presigned GET link and copies it, u a presigned PUT link;
/// nothing is signed before that. ? shows all keys.
#[derive(Debug, Parser)]
#[command(
    name = "daypass",
    version,
    after_help = table("Examples:", EXAMPLES),
    after_long_help = [table("Examples:", EXAMPLES), table("Environment:", ENVIRONMENT), table("Exit codes:", EXIT_CODES)].join("\n\n"),
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(super) struct Arguments {
    /// Where to start: s3://bucket/prefix, bucket/prefix, or https://host/bucket/prefix as it is copied from a web page
    ///
    /// A location is taken byte for byte, as in the AWS CLI: nothing is percent-decoded. A URL names the store, too: the
    /// [[store]] of the settings that answers there, else one that its host describes. Without it, all buckets are listed, or
    /// the store's own start is opened.
    #[arg(value_parser = Destination::parse)]
    pub location: Option<Destination>,

    /// Browse an embedded store with the buckets of a small company
    ///
    /// It runs in this process, on loopback, and ends with it. Its links work with any tool as long as daypass runs.
    #[arg(long, conflicts_with_all = ["store", "profile", "endpoint_url", "provider", "region", "path_style", "request_payer", "no_sign_request"])]
    pub demo: bool,

    #[command(flatten)]
    pub store: StoreArguments,

    /// How long links work: 900, 15m, 2h30m, up to 7d
    #[arg(long, value_name = "TIME", help_heading = "Links", value_parser = Expiry::parse)]
    pub expires_in: Option<Expiry>,

    /// How links are copied
    #[arg(long, value_name = "HOW", help_heading = "Links", value_parser = PossibleValuesParser::new(ClipboardChoice::WORDS))]
    pub clipboard: Option<String>,

    /// Leave the mouse to the terminal
    #[arg(long, help_heading = "Screen")]
    pub no_mouse: bool,

    /// Draw with ASCII characters only
    #[arg(long, help_heading = "Screen")]
    pub ascii: bool,

    /// Whether colours are used
    #[arg(long, value_name = "WHEN", help_heading = "Screen", value_parser = PossibleValuesParser::new(ColorChoice::WORDS))]
    pub color: Option<String>,

    /// What else daypass can do.
    #[command(subcommand)]
    pub ask: Option<Ask>,
}

/// Which store is meant, by which settings: the same for browsing and for every command that has to do with a store.
#[derive(Args, Clone, Debug)]
pub(super) struct StoreArguments {
    /// The [[store]] of the settings to open
    #[arg(long, value_name = "NAME", help_heading = "Store", value_parser = NonEmptyStringValueParser::new(), conflicts_with_all = ["profile", "endpoint_url", "provider"])]
    pub store: Option<String>,

    /// The profile of the AWS configuration to use
    #[arg(long, value_name = "NAME", help_heading = "Store", value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,

    /// Where the store answers: https://host or http://host:port; /bucket/prefix behind it says where to start
    #[arg(long, value_name = "URL", help_heading = "Store", value_parser = StoreUrl::parse, value_hint = ValueHint::Url)]
    pub endpoint_url: Option<StoreUrl>,

    /// Who runs the store, which settles endpoint and addressing
    #[arg(long, value_name = "ID", help_heading = "Store", value_parser = ProviderId)]
    pub provider: Option<String>,

    /// The region to sign for
    #[arg(long, help_heading = "Store", value_parser = NonEmptyStringValueParser::new())]
    pub region: Option<String>,

    /// Name buckets in the path (host/bucket/key) and not in the host
    #[arg(long, help_heading = "Store")]
    pub path_style: bool,

    /// Say in every request and link that you pay for it, as buckets want whose readers pay
    #[arg(long, value_name = "WHO", help_heading = "Store")]
    pub request_payer: Option<RequestPayer>,

    /// Ask without credentials, as anyone can, for public buckets; no link can be signed then
    #[arg(long, help_heading = "Store")]
    pub no_sign_request: bool,

    /// The settings file to read instead of the usual one
    #[arg(long, value_name = "FILE", help_heading = "Settings", env = CONFIG_VARIABLE, hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// Log to this file; never any secret or link
    #[arg(long, value_name = "FILE", help_heading = "Settings", value_hint = ValueHint::FilePath)]
    pub log: Option<String>,
}

/// Anything but browsing.
#[derive(Debug, Subcommand)]
pub(super) enum Ask {
    /// Make presigned links for scripts, one a line on standard output
    ///
    /// The same links as the screen makes, by the same rules. No request is sent to the store, but for --recursive (its
    /// keys), --hls (the playlists) and --multipart (to begin the upload); the source of the credentials is asked, where
    /// there is one to ask. Each link is noted in the ledger before it is printed.
    Presign(Box<PresignArguments>),

    /// Say what a link is, and why it does not work
    ///
    /// Takes a link, or a whole mail or error message with a link in it, and undoes what mail programs do to links. Asks
    /// nobody: it reads the link, and checks its signature with the keys of the settings and of the AWS files.
    ///
    /// With `--live` it then asks the store whether the link works. It is never used: nothing is uploaded or deleted, and of
    /// a download at most one byte is read.
    ///
    /// Without URL, or with `-`, it reads standard input, so that the link stays out of the history of the shell.
    Inspect {
        /// The link, or `-` for standard input
        #[arg(value_name = "URL")]
        link: Option<String>,

        /// Ask the store, too, whether the link works, without using it
        #[arg(long)]
        live: bool,

        /// Print JSON
        #[arg(long)]
        json: bool,

        /// The settings file to read instead of the usual one
        #[arg(long, value_name = "FILE", env = CONFIG_VARIABLE, hide_env_values = true, value_hint = ValueHint::FilePath)]
        config: Option<PathBuf>,
    },

    /// Show which links were issued, and which of them still work
    ///
    /// Reads the ledger, which holds what every link is good for, until when and where it went, and never the link itself.
    Ledger(LedgerAsk),

    /// Say what is wrong between this machine and a store, and what to do
    ///
    /// Looks at daypass's files, the credentials, the way to the store, both clocks, the region, and what the key may do below
    /// the place: list, HEAD, one byte of an object, tags, versions. Says whether anyone can read it without a link. With
    /// --origin, it says whether a web page may call the bucket, and prints the rule that is missing.
    ///
    /// Nothing is changed in the store, and no secret is shown. Ends with 3 where there is a fault.
    Doctor(Box<DoctorAsk>),

    /// List buckets, a level of a prefix, or all keys below it
    ///
    /// Many requests are under way at a time, and lines come in the order of keys all the same. On a terminal, control
    /// characters in keys are made visible; anywhere else, keys are written byte for byte.
    Ls(Box<LsArguments>),

    /// Add up what lies below a prefix, by child, storage class or age
    ///
    /// Prints size, number of objects and name of each group, the largest first (by age, what was written last), and the total
    /// last. Not on a terminal, sizes are in bytes, with tabs between.
    Du(Box<DuArguments>),

    /// Run the embedded store by itself, for trying other tools
    ///
    /// Prints its endpoint and keys as lines for a shell, and runs until Ctrl-C. What it holds is gone afterwards.
    DemoServer {
        /// The port on loopback; 0 takes a free one
        #[arg(long, default_value_t = 0, value_name = "N")]
        port: u16,

        /// How long each answer waits, such as 300ms, to see how a tool feels on a slow line
        #[arg(long, default_value = "0ms", value_name = "TIME", value_parser = latency)]
        latency: Duration,

        /// Whose key to give out: one that may do all, or less
        #[arg(long, default_value = "owner", value_name = "KEY", value_parser = PossibleValuesParser::new(PRESETS))]
        key: String,

        /// Put a bucket into another region, as in media=us-west-2; may be given several times
        #[arg(long, value_name = "BUCKET=REGION", value_parser = bucket_region)]
        bucket_region: Vec<(String, String)>,
    },

    /// Show which stores can be opened, or add one
    Store {
        /// What to do.
        #[command(subcommand)]
        what: StoreAsk,
    },

    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },

    /// Print the man page
    Man,

    /// Print where the settings are, or an example with every setting
    Config {
        /// What to print
        what: ConfigAsk,
    },
}

/// What of the ledger is to be shown.
#[derive(Args, Clone, Debug)]
pub(super) struct LedgerAsk {
    /// Only links that still work; one that went to several places is shown once
    #[arg(long)]
    pub live: bool,

    /// Print JSON, one object a line, with times in UTC
    #[arg(long)]
    pub json: bool,

    /// Count the links of each access key, to see what rotating it would kill
    #[arg(long)]
    pub by_key: bool,

    /// Only links with this text in bucket, key, store, host, user, note or another field
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,

    /// Only links issued since then: 2h, 7d, 2026-11-20 or 2026-11-20T14:05
    #[arg(long, value_name = "TIME", value_parser = Since::parse)]
    pub since: Option<Since>,

    /// The settings file to read instead of the usual one
    #[arg(long, value_name = "FILE", env = CONFIG_VARIABLE, hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// The ledger to read instead of one's own
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
}

/// What there is to do about stores.
#[derive(Debug, Subcommand)]
pub(super) enum StoreAsk {
    /// Show every store that can be opened, and where it was found
    ///
    /// From the settings ([[store]]), from variables (AWS_*, and those of providers' own tools, such as B2_KEY_ID and B2_KEY),
    /// and from every profile of the AWS files. A * marks the one that opens by itself. Nobody is asked.
    List {
        /// Print JSON, one object a line
        #[arg(long)]
        json: bool,

        /// Print only names, one a line: of the stores in the settings, or of the AWS profiles
        #[arg(long, value_name = "OF", conflicts_with = "json")]
        names: Option<NamesOf>,

        #[command(flatten)]
        store: Box<StoreArguments>,
    },

    /// Ask for a store and its key, try them, and write them into the settings
    ///
    /// Says where the provider makes keys and which rights one needs at least. The secret is read without being shown, and is
    /// never an argument. One request tries the key: for the buckets, or for one key of the place that it starts at. Nothing in
    /// the settings is changed but the new [[store]] at their end, and only you can read them afterwards.
    ///
    /// Where standard input is no terminal, its lines are the answers to what the flags leave open, in this order: place, key
    /// id, secret: `pass show b2 | daypass store add --endpoint-url URL --access-key-id ID`.
    Add(Box<StoreAddArguments>),
}

/// Whose names are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum NamesOf {
    /// Stores of the settings, as --store takes them
    Settings,
    /// Profiles of the AWS files, as --profile takes them
    Profiles,
}

/// What there is to know about the settings.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ConfigAsk {
    /// Where they are read from
    Path,
    /// Every setting with its default, to start a file from
    Example,
}

/// Who pays besides the owner of a bucket; the only word that the AWS CLI has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RequestPayer {
    /// Whoever asks
    Requester,
}

impl StoreArguments {
    /// The addressing style that was asked for.
    pub(super) fn addressing(&self) -> Option<AddressingStyle> {
        self.path_style.then_some(AddressingStyle::Path)
    }
}

/// The error of arguments that clap takes one by one, and that make no sense together. `command` is the one they belong to;
/// without it, they are those of browsing.
pub(super) fn nonsense(command: Option<&str>, why: impl Display) -> clap::Error {
    let mut whole = Arguments::command();
    whole.build();
    let command = command.and_then(|name| whole.find_subcommand(name)).cloned();
    command.unwrap_or(whole).error(ErrorKind::ValueValidation, why)
}

/// The flag that stands for a store's setting.
pub(super) fn flag_for(key: &str) -> String {
    match key {
        "endpoint" => "--endpoint-url".to_owned(),
        key => format!("--{}", key.replace('_', "-")),
    }
}

pub(super) fn table(title: &str, rows: &[(&str, &str)]) -> String {
    let width = rows.iter().map(|(term, _)| term.len()).max().unwrap_or_default();
    let rows: Vec<String> = rows.iter().map(|(term, text)| format!("  {term:<width$}  {text}")).collect();
    format!("{title}\n{}", rows.join("\n"))
}

/// The id of a provider. Completions and help know the built-in ones; the settings may know more.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProviderId;

impl TypedValueParser for ProviderId {
    type Value = String;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        NonEmptyStringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(provider::all().iter().map(|known| PossibleValue::new(known.id.as_str()))))
    }
}

fn latency(text: &str) -> Result<Duration, String> {
    let refused = || "write a time up to a minute, such as 300ms or 2s".to_owned();
    let time: SignedDuration = text.parse().map_err(|_| refused())?;
    Duration::try_from(time).ok().filter(|time| time.as_secs() < 60).ok_or_else(refused)
}

fn bucket_region(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(bucket, region)| !bucket.is_empty() && provider::is_region(region));
    let (bucket, region) = pair.ok_or("write BUCKET=REGION, as in media=us-west-2")?;
    Ok((bucket.to_owned(), region.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Arguments::command().debug_assert();
    }
}

//! What is known of the companies and programs that speak S3, so that a user types as little as possible: from what was
//! given, where requests go and for which region they are signed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;
use thiserror::Error;

use super::address::{Address, AddressingStyle, Endpoint, EndpointError, Scheme};
use super::permission::Words;

/// A company or program that speaks S3.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// How settings name it: `b2`.
    pub id: String,
    /// How people name it: `Backblaze B2`.
    pub name: String,
    /// Hosts that are its own; `*` stands for one or more labels.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Its endpoint, with `{region}` where the region goes. Absent where every user has another one.
    pub endpoint: Option<String>,
    /// The endpoint that also answers over IPv6.
    pub dual_stack: Option<String>,
    /// The endpoint with cryptography that is validated by FIPS 140.
    pub fips: Option<String>,
    /// The endpoint that does both.
    pub dual_stack_fips: Option<String>,
    /// An endpoint to show as an example where none can be built.
    pub example: String,
    /// Its regions, as far as they were known when this was written: offered, and no other is refused.
    #[serde(default)]
    pub regions: Vec<String>,
    /// The region to sign for where none is given or found in the host.
    pub region: Option<String>,
    /// The region that the first characters of an access key's id name.
    #[serde(default)]
    pub key_regions: BTreeMap<String, String>,
    /// Variables from which its own tools take a key. The first of which both are set counts.
    #[serde(default)]
    pub key_variables: Vec<KeyVariables>,
    /// How many requests a listing has under way at most, where the user does not say; 1 to [`MOST_REQUESTS`].
    #[serde(default = "few")]
    pub requests: u16,
    /// How buckets are named.
    pub style: AddressingStyle,
    /// The longest life of a presigned link, in seconds.
    #[serde(default = "seven_days")]
    pub max_expiry: u32,
    /// Where its users make keys.
    pub key_page: Option<String>,
    /// Which rights a key needs at least, for people; `{bucket}` stands for the bucket.
    pub key_rights: Option<String>,
    /// Whether it takes POST policies; `None` where nobody has told.
    pub post_policy: Option<bool>,
    /// Whether `If-None-Match: *` makes an upload create-only; `None` where nobody has told.
    pub create_only: Option<bool>,
    /// Whether a link works through its CDN when only the host is exchanged after signing.
    #[serde(default)]
    pub cdn_swap: bool,
    /// What its users should know of it and CDNs, a phrase.
    pub cdn: Option<String>,
    /// Whether deleting a key only hides it, because its buckets always keep versions.
    #[serde(default)]
    pub delete_hides: bool,
    /// How it names permissions, where not as Amazon does.
    #[serde(default)]
    pub permissions: Words,
}

/// The names of the variables that hold a key together.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyVariables {
    /// Holds the id.
    pub id: String,
    /// Holds the secret.
    pub secret: String,
}

/// Which of a provider's endpoints is meant, where it has several of one region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Variant {
    /// The usual one.
    #[default]
    Usual,
    /// The one that also answers over IPv6.
    DualStack,
    /// The one with validated cryptography.
    Fips,
    /// The one that does both.
    DualStackFips,
}

/// What a user said about a store; everything may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Who runs it.
    pub provider: Option<&'static Provider>,
    /// A base address.
    pub endpoint: Option<Endpoint>,
    /// A region.
    pub region: Option<String>,
    /// A region that was not said of this store but holds for all: weaker than what a host or a preset says.
    pub general_region: Option<String>,
    /// How buckets are to be named.
    pub style: Option<AddressingStyle>,
    /// The id of the access key, which names a region at some providers.
    pub key_id: Option<String>,
    /// Which endpoint of the region; without a meaning where there is a base address.
    pub variant: Variant,
}

impl Variant {
    /// The one that has what was asked for.
    pub fn of(dual_stack: bool, fips: bool) -> Self {
        match (dual_stack, fips) {
            (false, false) => Self::Usual,
            (true, false) => Self::DualStack,
            (false, true) => Self::Fips,
            (true, true) => Self::DualStackFips,
        }
    }
}

/// As people call it.
impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usual => "usual",
            Self::DualStack => "dual-stack",
            Self::Fips => "FIPS",
            Self::DualStackFips => "dual-stack FIPS",
        })
    }
}

/// What follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Where requests go.
    pub address: Address,
    /// Whose store it is.
    pub provider: &'static Provider,
}

/// Why a store's address does not follow from what was given.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AddressError {
    /// The provider needs one of both.
    #[error("{name} needs a region, or an endpoint such as {example}")]
    NeedsRegion {
        /// The provider's name.
        name: String,
        /// One of its endpoints.
        example: String,
    },
    /// Every user of the provider has an endpoint of their own.
    #[error("{name} needs an endpoint such as {example}")]
    NeedsEndpoint {
        /// The provider's name.
        name: String,
        /// One of its endpoints.
        example: String,
    },
    /// It has no such variant.
    #[error("{name} has no {variant} endpoint")]
    NoVariant {
        /// The provider's name.
        name: String,
        /// What was asked for.
        variant: Variant,
    },
    /// The endpoint's host does not say which region it is in.
    #[error("{name} needs a region: the host {host} does not name one")]
    RegionNotInHost {
        /// The provider's name.
        name: String,
        /// The endpoint's host.
        host: String,
    },
    /// It would change which host is asked.
    #[error("`{0}` cannot be a region: it may hold lower case letters, digits and `-`")]
    BadRegion(String),
    /// A preset made no endpoint of this region.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

/// The most requests that a listing may have under way, whoever says how many.
pub const MOST_REQUESTS: u16 = 256;

/// The preset of any other store.
const OTHER: &str = "custom";

/// The provider to which a host without owner belongs, where the user named none and gave no endpoint.
const DEFAULT: &str = "aws";

const PRESETS: &str = include_str!("../../assets/providers.toml");

/// All built-in presets, in the order of the file, which is the order in which they are offered. The last one fits every store.
pub fn all() -> &'static [Provider] {
    static ALL: LazyLock<Vec<Provider>> = LazyLock::new(|| {
        #[derive(Deserialize)]
        struct Presets {
            provider: Vec<Provider>,
        }
        let presets: Result<Presets, _> = toml::from_str(PRESETS);
        #[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
        presets.expect("assets/providers.toml is valid").provider
    });
    &ALL
}

/// The preset that a user wrote: the built-in one of its id with what is written over it, else a new one, for which an id and an
/// endpoint are enough. Or why it is none.
pub fn written(table: &toml::Table) -> Result<Provider, String> {
    let id = table.get("id").and_then(toml::Value::as_str).ok_or("`id` is missing: what stores call it")?;
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if id.is_empty() || !id.bytes().all(word) {
        return Err(format!(
            "`{}` cannot be an id: write lower case letters, digits and `-`",
            super::text::visible(id)
        ));
    }
    let known = by_id(id).is_some().then(|| toml::from_str(PRESETS).ok()).flatten();
    let mut whole = known.and_then(|presets| table_of(presets, id)).unwrap_or_else(|| {
        let endpoint = table.get("endpoint").and_then(toml::Value::as_str).unwrap_or("https://s3.example.com");
        let example = endpoint.replace("{region}", "REGION");
        let usual = [("name", id), ("example", &example), ("style", "path"), ("region", "us-east-1")];
        let usual = usual.into_iter().filter(|(key, _)| *key != "region" || endpoint == example);
        usual.map(|(key, value)| (key.to_owned(), value.into())).collect()
    });
    whole.extend(table.clone());
    let provider: Provider = whole.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let templates = [&provider.endpoint, &provider.dual_stack, &provider.fips, &provider.dual_stack_fips];
    for template in templates.into_iter().flatten() {
        Endpoint::parse(&fill(template, "a-1")).map_err(|error| error.to_string())?;
    }
    if !(1..=MOST_REQUESTS).contains(&provider.requests) {
        return Err(format!("`requests` is {}: write 1 to {MOST_REQUESTS}", provider.requests));
    }
    match provider.hosts.iter().find(|host| !is_pattern(host)) {
        Some(host) => {
            Err(format!("`{}` is no host: write s3.example.com, or s3.*.example.com", super::text::visible(host)))
        }
        None => Ok(provider),
    }
}

fn table_of(presets: toml::Table, id: &str) -> Option<toml::Table> {
    let all = presets.get("provider")?.as_array()?.iter().filter_map(toml::Value::as_table);
    all.into_iter().find(|table| table.get("id").and_then(toml::Value::as_str) == Some(id)).cloned()
}

/// Whether it describes the hosts of one owner: one `*` at most, and a domain behind it.
fn is_pattern(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    let (before, after) = host.split_once('*').unwrap_or(("", host));
    let domain = after.trim_start_matches('.').contains('.') || !host.contains('*');
    !after.is_empty() && domain && before.bytes().chain(after.bytes()).all(plain)
}

/// The preset that settings call `id`.
pub fn by_id(id: &str) -> Option<&'static Provider> {
    all().iter().find(|provider| provider.id == id)
}

/// All presets: the user's own in place of the built-in ones of their ids, and the others behind these.
pub fn known(own: &[&'static Provider]) -> impl Iterator<Item = &'static Provider> {
    let replaced = |provider: &&Provider| own.iter().any(|own| own.id == provider.id);
    all().iter().filter(move |provider| !replaced(provider)).chain(own.iter().copied())
}

/// The preset that people mean by a word: its id, or its name, in whatever case.
pub fn named(word: &str, own: &[&'static Provider]) -> Option<&'static Provider> {
    known(own).find(|provider| [&provider.id, &provider.name].into_iter().any(|name| name.eq_ignore_ascii_case(word)))
}

/// The preset whose host this is.
pub fn by_host(host: &str) -> Option<&'static Provider> {
    all().iter().find(|provider| provider.owns(host))
}

/// The preset among the user's `own` whose host this is.
pub fn own_by_host(own: &[&'static Provider], host: &str) -> Option<&'static Provider> {
    own.iter().find(|provider| provider.owns(host)).copied()
}

/// The preset that fits every store.
pub fn any() -> &'static Provider {
    fallback(OTHER)
}

/// Where a store is, from as much as the user said. Without provider and endpoint it is Amazon's.
pub fn resolve(given: &Given) -> Result<Resolved, AddressError> {
    let said = given.region.as_ref().or(given.general_region.as_ref());
    if let Some(region) = said.filter(|region| !is_region(region)) {
        return Err(AddressError::BadRegion(super::text::visible(region).into_owned()));
    }
    let provider = match (&given.provider, &given.endpoint) {
        (Some(provider), _) => provider,
        (None, Some(endpoint)) => by_host(endpoint.host()).unwrap_or_else(any),
        (None, None) => fallback(DEFAULT),
    };
    let in_host = given.endpoint.as_ref().and_then(|endpoint| provider.region_in(endpoint.host()));
    let general = given.general_region.clone().filter(|_| provider.has_any_region());
    let of_key = given.key_id.as_deref().and_then(|id| provider.region_of_key(id));
    let region = given.region.clone().or(in_host).or(of_key).or(general).or_else(|| provider.region.clone());
    let (name, example) = (provider.name.clone(), provider.example.clone());
    let template = provider.template(given.variant);
    if given.endpoint.is_none() && provider.endpoint.is_some() && template.is_none() {
        return Err(AddressError::NoVariant { name, variant: given.variant });
    }
    let endpoint = match (&given.endpoint, template, &region) {
        (Some(endpoint), _, _) => endpoint.clone(),
        (None, None, _) => return Err(AddressError::NeedsEndpoint { name, example }),
        (None, Some(template), Some(region)) => Endpoint::parse(&fill(template, region))?,
        (None, Some(_), None) => return Err(AddressError::NeedsRegion { name, example }),
    };
    let region = region.ok_or_else(|| AddressError::RegionNotInHost { name, host: endpoint.host().to_owned() })?;
    let style = given.style.unwrap_or(provider.style);
    Ok(Resolved { address: Address { endpoint, region, style }, provider })
}

/// `address` after its store said that a bucket is in `region`: where the host names the old region, it names the new one.
///
/// The host's owner never changes, so nothing that a store says can send a request, or a link, to anyone else.
pub fn in_region(address: &Address, region: &str) -> Address {
    let host = address.endpoint.host();
    let Some(template) = by_host(host).and_then(|provider| provider.endpoint.as_ref()) else {
        return Address { region: region.to_owned(), ..address.clone() };
    };
    let named = host.split('.').any(|label| label == address.region);
    let endpoint = if named {
        let labels = address.endpoint.authority.split('.');
        let moved: Vec<&str> = labels.map(|label| if label == address.region { region } else { label }).collect();
        Endpoint { authority: moved.join("."), ..address.endpoint.clone() }
    } else if address.endpoint.scheme == Scheme::Https && host == "s3.amazonaws.com" {
        // The one global endpoint: it answers for its own region alone.
        Endpoint::parse(&fill(template, region)).unwrap_or_else(|_| address.endpoint.clone())
    } else {
        address.endpoint.clone()
    };
    Address { endpoint, region: region.to_owned(), style: address.style }
}

/// Whether a text can name a region: it becomes a host label and a part of what is signed.
pub fn is_region(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('-') && !text.ends_with('-')
}

impl Provider {
    /// The template of one of its endpoints.
    fn template(&self, variant: Variant) -> Option<&String> {
        match variant {
            Variant::Usual => self.endpoint.as_ref(),
            Variant::DualStack => self.dual_stack.as_ref(),
            Variant::Fips => self.fips.as_ref(),
            Variant::DualStackFips => self.dual_stack_fips.as_ref(),
        }
    }

    /// Whether it has such endpoints.
    pub fn has(&self, variant: Variant) -> bool {
        self.template(variant).is_some()
    }

    /// Whether a host is its own.
    pub fn owns(&self, host: &str) -> bool {
        self.hosts.iter().any(|pattern| matches(pattern, host))
    }

    /// Whether requests to it are signed for whatever region the user lives in, as with Amazon: a bucket of it may be in another.
    pub fn has_any_region(&self) -> bool {
        matches!(&*self.id, DEFAULT | OTHER)
    }

    /// The region that the id of an access key names.
    fn region_of_key(&self, id: &str) -> Option<String> {
        self.key_regions.iter().find(|(start, _)| id.starts_with(start.as_str())).map(|(_, region)| region.clone())
    }

    /// The region that a host of this provider names: the label before what follows `{region}` in its template.
    pub fn region_in(&self, host: &str) -> Option<String> {
        if self.id == DEFAULT {
            return region_of_amazon(host);
        }
        let (_, after) = self.endpoint.as_deref()?.split_once("{region}")?;
        let region = host.strip_suffix(after)?.rsplit('.').next()?;
        // `s3.wasabisys.com` names none.
        let names_one = is_region(region) && region != "s3";
        names_one.then(|| region.to_owned())
    }
}

/// The region in `s3.eu-west-1.amazonaws.com`, `s3-eu-west-1.amazonaws.com` and their like: what comes before differs.
fn region_of_amazon(host: &str) -> Option<String> {
    let bare = |label: &str| {
        let label = label.strip_prefix("s3-").unwrap_or(label);
        label.strip_prefix("fips-").unwrap_or(label).to_owned()
    };
    // Two letters, at least one word and a number: `eu-west-1`, `us-gov-east-1`.
    let is_region = |label: &String| {
        let ends = (label.find('-'), label.rsplit('-').next().unwrap_or_default());
        matches!(ends, (Some(2), number) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
            && label.matches('-').count() >= 2
    };
    host.split('.').map(bare).rfind(is_region)
}

fn fallback(id: &str) -> &'static Provider {
    #[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
    by_id(id).expect("assets/providers.toml holds the presets that are named in code")
}

/// The template with the region filled in. Amazon's stores in China have a domain of their own.
fn fill(template: &str, region: &str) -> String {
    let filled = template.replace("{region}", region);
    match region.starts_with("cn-") && filled.ends_with(".amazonaws.com") {
        true => filled + ".cn",
        false => filled,
    }
}

/// Whether `host` is what `pattern` describes, where a `*` stands for one or more labels.
fn matches(pattern: &str, host: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == host,
        Some((before, after)) => {
            host.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(|labels| !labels.is_empty())
        }
    }
}

/// What Signature Version 4 allows.
fn few() -> u16 {
    8
}

fn seven_days() -> u32 {
    604_800
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn given(provider: Option<&str>, endpoint: Option<&str>, region: Option<&str>) -> Given {
        Given {
            provider: provider.map(|id| by_id(id).unwrap()),
            endpoint: endpoint.map(|text| Endpoint::parse(text).unwrap()),
            region: region.map(str::to_owned),
            ..Given::default()
        }
    }

    /// `provider endpoint region style` of what follows from the arguments.
    fn shown(provider: Option<&str>, endpoint: Option<&str>, region: Option<&str>) -> String {
        match resolve(&given(provider, endpoint, region)) {
            Ok(Resolved { address, provider }) => {
                format!("{} {} {} {:?}", provider.id, address.endpoint, address.region, address.style)
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_host_tells_provider_region_and_style() {
        for (endpoint, expected) in [
            ("https://s3.us-west-004.backblazeb2.com", "b2 https://s3.us-west-004.backblazeb2.com us-west-004 Path"),
            ("https://s3.eu-west-1.amazonaws.com", "aws https://s3.eu-west-1.amazonaws.com eu-west-1 Virtual"),
            (
                "https://s3.dualstack.eu-west-1.amazonaws.com",
                "aws https://s3.dualstack.eu-west-1.amazonaws.com eu-west-1 Virtual",
            ),
            ("https://s3.cn-north-1.amazonaws.com.cn", "aws https://s3.cn-north-1.amazonaws.com.cn cn-north-1 Virtual"),
            ("https://s3.amazonaws.com", "aws https://s3.amazonaws.com us-east-1 Virtual"),
            ("https://abc.r2.cloudflarestorage.com", "r2 https://abc.r2.cloudflarestorage.com auto Path"),
            ("https://abc.eu.r2.cloudflarestorage.com", "r2 https://abc.eu.r2.cloudflarestorage.com auto Path"),
            (
                "https://s3.eu-central-2.wasabisys.com",
                "wasabi https://s3.eu-central-2.wasabisys.com eu-central-2 Virtual",
            ),
            ("https://s3.wasabisys.com", "wasabi https://s3.wasabisys.com us-east-1 Virtual"),
            ("https://fra1.digitaloceanspaces.com", "digitalocean https://fra1.digitaloceanspaces.com fra1 Virtual"),
            ("https://storage.googleapis.com", "gcs https://storage.googleapis.com auto Path"),
            ("http://127.0.0.1:9000", "custom http://127.0.0.1:9000 us-east-1 Path"),
        ] {
            assert_eq!(shown(None, Some(endpoint), None), expected);
        }
    }

    #[test]
    fn a_provider_and_a_region_make_an_endpoint() {
        assert_eq!(shown(None, None, Some("eu-west-1")), "aws https://s3.eu-west-1.amazonaws.com eu-west-1 Virtual");
        assert_eq!(
            shown(None, None, Some("cn-north-1")),
            "aws https://s3.cn-north-1.amazonaws.com.cn cn-north-1 Virtual"
        );
        assert_eq!(
            shown(Some("b2"), None, Some("eu-central-003")),
            "b2 https://s3.eu-central-003.backblazeb2.com eu-central-003 Path"
        );
        assert_eq!(
            shown(Some("garage"), Some("http://localhost:3900"), None),
            "garage http://localhost:3900 garage Path"
        );
    }

    #[test]
    fn a_general_region_gives_way_to_what_is_known_of_the_store() {
        let region = |endpoint: Option<&str>| {
            let given = Given { general_region: Some("eu-west-1".to_owned()), ..given(None, endpoint, None) };
            resolve(&given).unwrap().address.region
        };
        assert_eq!(region(None), "eu-west-1");
        assert_eq!(region(Some("http://localhost:9000")), "eu-west-1");
        assert_eq!(region(Some("https://s3.us-west-004.backblazeb2.com")), "us-west-004");
        assert_eq!(region(Some("https://abc.r2.cloudflarestorage.com")), "auto");
    }

    #[test]
    fn a_written_preset_changes_a_built_in_one_or_is_a_new_one() {
        let read = |text: &str| written(&text.parse().unwrap());
        let b2 = read("id = 'b2'\nstyle = 'virtual'\nmax_expiry = 3600").unwrap();
        assert_eq!(b2, Provider { style: AddressingStyle::Virtual, max_expiry: 3600, ..by_id("b2").unwrap().clone() });
        let own =
            read("id = 'acme'\nendpoint = 'https://s3.{region}.acme.example'\nhosts = ['s3.*.acme.example']").unwrap();
        assert_eq!((own.name.as_str(), own.style, own.region.clone()), ("acme", AddressingStyle::Path, None));
        assert_eq!(own.example, "https://s3.REGION.acme.example");
        assert!(own.owns("s3.eu.acme.example") && own.region_in("s3.eu.acme.example").as_deref() == Some("eu"));
        for (text, why) in [
            ("name = 'x'", "`id` is missing"),
            ("id = 'A b'", "cannot be an id"),
            ("id = 'x'\nregion_list = []", "unknown field `region_list`"),
            ("id = 'x'\nendpoint = 'ftp://x'", "is not an endpoint"),
            ("id = 'x'\nhosts = ['*.com']", "is no host"),
            ("id = 'x'\nstyle = 'host'", "unknown variant `host`"),
            ("id = 'aws'\nrequests = 0", "`requests` is 0: write 1 to 256"),
            ("id = 'aws'\nrequests = 257", "`requests` is 257: write 1 to 256"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_variant_is_another_endpoint_of_the_same_region() {
        let host = |id: &str, region: &str, variant| {
            let given = Given { variant, ..given(Some(id), None, Some(region)) };
            match resolve(&given) {
                Ok(resolved) => format!("{} {}", resolved.address.endpoint, resolved.address.region),
                Err(error) => error.to_string(),
            }
        };
        for (region, variant, expected) in [
            ("eu-west-1", Variant::DualStack, "https://s3.dualstack.eu-west-1.amazonaws.com eu-west-1"),
            ("us-gov-west-1", Variant::Fips, "https://s3-fips.us-gov-west-1.amazonaws.com us-gov-west-1"),
            ("us-east-2", Variant::DualStackFips, "https://s3-fips.dualstack.us-east-2.amazonaws.com us-east-2"),
            ("cn-north-1", Variant::DualStack, "https://s3.dualstack.cn-north-1.amazonaws.com.cn cn-north-1"),
            ("us-gov-east-1", Variant::Usual, "https://s3.us-gov-east-1.amazonaws.com us-gov-east-1"),
        ] {
            assert_eq!(host("aws", region, variant), expected);
            let endpoint = expected.split(' ').next();
            assert_eq!(shown(None, endpoint, None), format!("aws {expected} Virtual"), "it is known again");
        }
        assert_eq!(host("b2", "us-west-004", Variant::Fips), "Backblaze B2 has no FIPS endpoint");
    }

    #[test]
    fn a_key_id_names_the_region_where_nothing_else_does() {
        let region = |endpoint: Option<&str>, region: Option<&str>| {
            let key_id = Some("00512ab34cd56ef0000000001".to_owned());
            let given = Given { key_id, ..given(Some("b2"), endpoint, region) };
            resolve(&given).unwrap().address.region
        };
        assert_eq!(region(None, None), "us-east-005");
        assert_eq!(region(None, Some("us-west-004")), "us-west-004");
        assert_eq!(region(Some("https://s3.us-west-004.backblazeb2.com"), None), "us-west-004");
    }

    #[test]
    fn what_is_missing_is_named_with_an_example() {
        let b2 = "Backblaze B2 needs a region, or an endpoint such as https://s3.us-west-004.backblazeb2.com";
        assert_eq!(shown(Some("b2"), None, None), b2);
        assert!(shown(Some("r2"), None, None).contains("r2.cloudflarestorage.com"));
        assert!(shown(Some("minio"), None, None).starts_with("MinIO needs an endpoint such as http"));
        let oracle = "https://ns.compat.objectstorage.us-ashburn-1.oraclecloud.com";
        assert!(shown(None, Some(oracle), None).starts_with("Oracle Cloud Object Storage needs a region: the host"));
        assert!(shown(None, None, Some("evil.com/")).contains("cannot be a region"));
    }

    #[test]
    fn a_region_that_a_store_names_moves_the_request_within_its_owner() {
        let moved = |endpoint: &str, from: &str, to: &str| {
            let address = resolve(&given(None, Some(endpoint), Some(from))).unwrap().address;
            let there = in_region(&address, to);
            format!("{} {}", there.endpoint, there.region)
        };
        assert_eq!(
            moved("https://s3.us-east-1.amazonaws.com", "us-east-1", "eu-west-1"),
            "https://s3.eu-west-1.amazonaws.com eu-west-1"
        );
        assert_eq!(
            moved("https://s3.dualstack.us-east-1.amazonaws.com", "us-east-1", "eu-west-1"),
            "https://s3.dualstack.eu-west-1.amazonaws.com eu-west-1"
        );
        assert_eq!(
            moved("https://s3.amazonaws.com", "us-east-1", "eu-west-1"),
            "https://s3.eu-west-1.amazonaws.com eu-west-1"
        );
        assert_eq!(moved("http://localhost:3900", "us-east-1", "garage"), "http://localhost:3900 garage");
        assert_eq!(moved("https://us-east-1.example.com", "us-east-1", "b"), "https://us-east-1.example.com b");
    }

    #[test]
    fn every_preset_is_whole() {
        for provider in all() {
            assert!(provider.regions.iter().chain(provider.key_regions.values()).all(|name| is_region(name)));
            assert!(Endpoint::parse(&provider.example).is_ok(), "{}", provider.id);
            assert_eq!(by_id(&provider.id), Some(provider), "two presets are called {}", provider.id);
            if let Some(template) = &provider.endpoint {
                let endpoint = Endpoint::parse(&fill(template, "a-1")).unwrap();
                assert_eq!(by_host(endpoint.host()), Some(provider), "{} does not own its endpoint", provider.id);
            }
        }
        assert_eq!(all().last().map(|provider| &*provider.id), Some(OTHER));
    }

    proptest! {
        #[test]
        fn a_region_never_changes_whose_host_is_asked(region in "[a-z0-9.:/@-]{1,20}") {
            if let Ok(resolved) = resolve(&given(None, None, Some(&region))) {
                let host = resolved.address.endpoint.host().to_owned();
                prop_assert!(host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"), "{}", host);
            }
        }
    }
}

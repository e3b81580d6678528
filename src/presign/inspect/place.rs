//! Which store, bucket and key a URL means, whichever way the bucket is named in it.

use serde::Serialize;

use super::url::Url;
use crate::s3::address::{Address, AddressingStyle, Endpoint};
use crate::s3::percent::decode_lossy;
use crate::s3::provider::{self, Provider};
use crate::s3::store_url::{Split, split_host};

/// Where a URL leads.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) provider: Option<&'static Provider>,
    /// The endpoint without the bucket.
    pub(super) base: Endpoint,
    pub(super) style: Style,
    /// Decoded; empty where the URL names none.
    pub(super) bucket: String,
    /// Decoded; empty for the bucket itself.
    pub(super) key: String,
    /// The key as it is encoded in the path.
    pub(super) raw_key: String,
    /// The region that the host names.
    pub(super) region: Option<String>,
    /// Whether the host belongs to a content delivery network.
    pub(super) cdn: bool,
}

/// How a link names its bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// In the host.
    Virtual,
    /// In the path.
    Path,
    /// The host is unknown, so that the path was taken to begin with the bucket.
    PathPresumed,
}

/// Reads where `url` leads. A store that is known by its address goes before the presets.
pub(super) fn place(url: &Url, known: &[&Address]) -> Place {
    let authority = url.endpoint.authority.as_str();
    let of_known = known.iter().find_map(|address| {
        let base = &address.endpoint.authority;
        let bucket =
            if base == authority { Some("") } else { authority.strip_suffix(base.as_str())?.strip_suffix('.') };
        bucket.map(|bucket| (bucket, Some(base.as_str())))
    });
    let (bucket, base) = of_known.unwrap_or_else(|| match split_host(authority) {
        Some(Split { bucket, base, .. }) => (bucket, Some(base)),
        None => ("", None),
    });
    let base_endpoint =
        base.and_then(|base| Endpoint::parse(&format!("{}://{base}", url.endpoint.scheme.as_str())).ok());
    let style = match (bucket.is_empty(), base) {
        (false, _) => Style::Virtual,
        (true, Some(_)) => Style::Path,
        (true, None) if is_address(url.endpoint.host()) => Style::Path,
        (true, None) => Style::PathPresumed,
    };
    let base = base_endpoint.unwrap_or_else(|| url.endpoint.clone());
    let provider = provider::by_host(base.host());
    let path = url.path.strip_prefix('/').unwrap_or(&url.path);
    let (bucket, raw_key) = match style {
        Style::Virtual => (bucket.to_owned(), path),
        Style::Path | Style::PathPresumed => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            (decode_lossy(bucket), key)
        }
    };
    let region = provider.and_then(|provider| provider.region_in(base.host()));
    Place {
        provider,
        cdn: base.host().contains(".cdn.") || base.host().ends_with(".cloudfront.net"),
        style,
        bucket,
        key: decode_lossy(raw_key),
        raw_key: raw_key.to_owned(),
        region,
        base,
    }
}

/// Whether a host is a number or this machine, so that it holds no bucket.
fn is_address(host: &str) -> bool {
    host.starts_with('[') || host == "localhost" || host.parse::<std::net::Ipv4Addr>().is_ok()
}

impl Place {
    /// Host and path of the same object with its bucket named the other way. `None` where that cannot be.
    pub(super) fn swapped(&self) -> Option<(String, String)> {
        let base = &self.base.authority;
        if self.bucket.is_empty() {
            return None;
        }
        let as_path = || (base.clone(), format!("/{}/{}", self.bucket, self.raw_key));
        match self.style {
            Style::Virtual => Some(as_path()),
            Style::Path | Style::PathPresumed => {
                Some((format!("{}.{base}", self.bucket), format!("/{}", self.raw_key)))
            }
        }
    }

    /// The host under which a store that is known serves this bucket.
    pub(super) fn host_at(&self, address: &Address) -> String {
        match (self.style, address.style) {
            (Style::Virtual, AddressingStyle::Virtual | AddressingStyle::Path) => {
                format!("{}.{}", self.bucket, address.endpoint.authority)
            }
            (Style::Path | Style::PathPresumed, _) => address.endpoint.authority.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        let place = place(&Url::parse(url).unwrap(), &[]);
        let provider = place.provider.map_or("-", |provider| &provider.id);
        let region = place.region.unwrap_or_default();
        format!("{provider} {region} {:?} {} {}", place.style, place.bucket, place.key)
    }

    #[test]
    fn a_url_leads_to_a_bucket_and_a_key() {
        for (url, expected) in [
            ("https://s3.us-west-004.backblazeb2.com/b/x/y.pdf", "b2 us-west-004 Path b x/y.pdf"),
            ("https://s3.s3.us-west-004.backblazeb2.com/x", "b2 us-west-004 Virtual s3 x"),
            ("https://b.s3.amazonaws.com/x%20y", "aws  Virtual b x y"),
            ("https://a.dotted.name.s3.eu-west-1.amazonaws.com//x", "aws eu-west-1 Virtual a.dotted.name /x"),
            ("https://s3.dualstack.eu-west-1.amazonaws.com/b/", "aws eu-west-1 Path b "),
            ("https://b.s3-us-gov-east-1.amazonaws.com/x", "aws us-gov-east-1 Virtual b x"),
            ("https://b.s3-fips-us-gov-west-1.amazonaws.com/x", "aws us-gov-west-1 Virtual b x"),
            ("https://b-c-1.s3-external-1.amazonaws.com/x", "aws  Virtual b-c-1 x"),
            ("https://b.s3-accelerate.amazonaws.com/x", "aws  Virtual b x"),
            ("https://b.s3.cn-north-1.amazonaws.com.cn/x", "aws cn-north-1 Virtual b x"),
            ("https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com/b/x", "r2  Path b x"),
            ("https://b.0123456789abcdef0123456789abcdef.eu.r2.cloudflarestorage.com/x", "r2  Virtual b x"),
            ("https://b.fra1.digitaloceanspaces.com/x", "digitalocean fra1 Virtual b x"),
            ("https://fra1.digitaloceanspaces.com/b/x", "digitalocean fra1 Path b x"),
            ("https://storage.googleapis.com/b/x", "gcs  Path b x"),
            ("https://n.compat.objectstorage.us-ashburn-1.oraclecloud.com/b/x", "oracle  Path b x"),
            ("http://127.0.0.1:9000/b/x", "-  Path b x"),
            ("https://files.example.com/b/x", "-  PathPresumed b x"),
        ] {
            assert_eq!(shown(url), expected, "{url}");
        }
    }

    #[test]
    fn a_known_store_is_known_by_its_host() {
        let endpoint = Endpoint::parse("http://store.example.com:9000").unwrap();
        let address = Address { endpoint, region: "us-east-1".to_owned(), style: AddressingStyle::Virtual };
        let at = |url| place(&Url::parse(url).unwrap(), &[&address]);
        let there = at("http://b.store.example.com:9000/k");
        assert_eq!((there.style, there.bucket.as_str(), there.key.as_str()), (Style::Virtual, "b", "k"));
        assert_eq!(at("http://store.example.com:9000/b/k").style, Style::Path);
        assert_eq!(at("http://xstore.example.com:9000/b/k").style, Style::PathPresumed);
    }
}

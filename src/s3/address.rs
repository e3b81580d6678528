//! Where a bucket's requests go: endpoint, region, addressing style, and the host and path that follow from them.

use std::fmt;

use thiserror::Error;

use super::name::BucketName;

/// Whether TLS is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP: for stores on this machine, or where the settings allow it.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// A store's base address, normalised: lower case, no default port, no path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// TLS or not.
    pub scheme: Scheme,
    /// Host, with `:port` where it is not the scheme's own; IPv6 addresses in brackets. What `Host` carries and is signed.
    pub authority: String,
    /// How far plain HTTP may go; without meaning for `https`.
    pub plain_http: PlainHttp,
}

/// How far requests and links without TLS may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PlainHttp {
    /// Not beyond this machine.
    #[default]
    Loopback,
    /// Anywhere, because the settings of this store say so.
    Anywhere,
}

/// Whether a store has to prove who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// By a certificate that somebody vouches for.
    #[default]
    Wanted,
    /// Anybody may answer in its name: what the user accepts for this one store.
    Waived,
}

/// What is not secure about the way to a store, because its settings allow that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insecure {
    /// TLS, but anybody on the way may answer in the store's name.
    Unverified,
    /// Plain HTTP over a network: whoever is on the way reads names, objects and links, and may change them.
    PlainHttp,
}

impl Insecure {
    /// The mark of such a store, wherever it is shown.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Unverified => "TLS unverified",
            Self::PlainHttp => "plain HTTP",
        }
    }
}

/// Why a text is not an endpoint.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EndpointError {
    /// Neither `http://` nor `https://`.
    #[error("`{0}` is not an endpoint: write https://host or http://host:port")]
    Scheme(String),
    /// A port that is none.
    #[error("`{0}` has no usable port: ports go from 1 to 65535")]
    Port(String),
    /// No host, or characters that a host cannot have.
    #[error("`{0}` has no usable host name")]
    Host(String),
    /// A path that is not `/`.
    #[error(
        "`{0}` has a path; an endpoint is only scheme, host and port. Give bucket and prefix as s3://bucket/prefix"
    )]
    Path(String),
}

impl Endpoint {
    /// Reads `https://host[:port][/]`; a text without a scheme means `https`. Plain HTTP stays on this machine unless
    /// [`Self::with_plain_http`] says otherwise.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let shown = || super::text::visible(text).into_owned();
        let (scheme, rest) = match text.trim().split_once("://") {
            Some((s, rest)) if s.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
            Some((s, rest)) if s.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
            Some(_) => return Err(EndpointError::Scheme(shown())),
            None => (Scheme::Https, text.trim()),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if !path.trim_matches('/').is_empty() {
            return Err(EndpointError::Path(shown()));
        }
        let authority = authority.to_ascii_lowercase();
        let (host, port) = split_port(&authority);
        let host_ok = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let v6_ok = |h: &str| h.parse::<std::net::Ipv6Addr>().is_ok();
        let ok = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            Some(v6) => v6_ok(v6),
            None => !host.is_empty() && host.chars().all(host_ok),
        };
        let port_ok = port.is_none_or(|p| p.parse::<u16>().is_ok_and(|p| p != 0));
        if !ok {
            return Err(EndpointError::Host(shown()));
        }
        if !port_ok {
            return Err(EndpointError::Port(shown()));
        }
        let default = if scheme == Scheme::Https { "443" } else { "80" };
        let authority = if port == Some(default) { host.to_owned() } else { authority.clone() };
        Ok(Self { scheme, authority, plain_http: PlainHttp::default() })
    }

    /// The same endpoint with another limit for plain HTTP.
    pub fn with_plain_http(self, plain_http: PlainHttp) -> Self {
        Self { plain_http, ..self }
    }

    /// Whether nobody on the way can read along, or the settings accept that somebody can.
    pub fn is_confidential(&self) -> bool {
        match (self.scheme, self.plain_http) {
            (Scheme::Https, _) | (Scheme::Http, PlainHttp::Anywhere) => true,
            (Scheme::Http, PlainHttp::Loopback) => self.is_loopback(),
        }
    }

    /// What is not secure about the way there. Plain HTTP is secure enough where it does not leave this machine.
    pub fn insecurity(&self, proof: Proof) -> Option<Insecure> {
        match (self.scheme, proof) {
            (Scheme::Https, Proof::Wanted) => None,
            (Scheme::Https, Proof::Waived) => Some(Insecure::Unverified),
            (Scheme::Http, _) => (!self.is_loopback()).then_some(Insecure::PlainHttp),
        }
    }

    /// The host without the port.
    pub fn host(&self) -> &str {
        split_port(&self.authority).0
    }

    /// Whether requests stay on this machine, so that plain HTTP gives nothing away.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        host == "localhost"
            || host.ends_with(".localhost")
            || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// Splits `host:port`; a colon inside IPv6 brackets is not a port's.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority)
    }
}

/// Whether the bucket is named in the host or in the path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressingStyle {
    /// `https://bucket.host/key`, unless the bucket's name cannot be a host label.
    #[default]
    Virtual,
    /// `https://host/bucket/key`.
    Path,
}

/// Everything that decides where a bucket's requests go and for which region they are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The store.
    pub endpoint: Endpoint,
    /// The region to sign for.
    pub region: String,
    /// How the bucket is named.
    pub style: AddressingStyle,
}

impl Address {
    /// The `Host` header for a request to `bucket`, port included.
    pub fn host_for(&self, bucket: &BucketName) -> String {
        match self.style_for(bucket) {
            AddressingStyle::Virtual => format!("{bucket}.{}", self.endpoint.authority),
            AddressingStyle::Path => self.endpoint.authority.clone(),
        }
    }

    /// The path of `key` in `bucket`, not percent-encoded, with every byte of the key kept.
    pub fn path_for(&self, bucket: &BucketName, key: &str) -> String {
        match self.style_for(bucket) {
            AddressingStyle::Virtual => format!("/{key}"),
            AddressingStyle::Path => format!("/{bucket}/{key}"),
        }
    }

    /// The style that works for `bucket`: a name that cannot be a host label, or an IP address as host, forces the path.
    pub fn style_for(&self, bucket: &BucketName) -> AddressingStyle {
        let host = self.endpoint.host();
        let is_ip = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
        match self.style {
            AddressingStyle::Virtual if bucket.fits_a_host() && !is_ip => AddressingStyle::Virtual,
            _ => AddressingStyle::Path,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(endpoint: &str, style: AddressingStyle) -> Address {
        Address { endpoint: Endpoint::parse(endpoint).unwrap(), region: "us-east-1".into(), style }
    }

    #[test]
    fn an_endpoint_is_normalised_so_that_the_signed_host_is_the_sent_host() {
        let shown = |text: &str| Endpoint::parse(text).unwrap().to_string();
        assert_eq!(shown("HTTPS://S3.Example.COM:443/"), "https://s3.example.com");
        assert_eq!(shown("http://127.0.0.1:80"), "http://127.0.0.1");
        assert_eq!(shown("http://127.0.0.1:9000"), "http://127.0.0.1:9000");
        assert_eq!(shown("https://[::1]:443"), "https://[::1]");
        assert_eq!(shown("s3.us-west-004.backblazeb2.com"), "https://s3.us-west-004.backblazeb2.com");
    }

    #[test]
    fn what_is_no_endpoint_says_why() {
        for bad in [
            "",
            "https://",
            "ftp://host",
            "https://ho st",
            "https://host:port",
            "https://host:0",
            "https://h/b/p",
            "https://u@h",
        ] {
            assert!(Endpoint::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn loopback_is_known_by_name_and_number() {
        for (text, yes) in [
            ("http://127.0.0.1:9000", true),
            ("http://127.8.8.8", true),
            ("http://[::1]:9000", true),
            ("http://localhost", true),
            ("http://localhost.example.com", false),
            ("http://10.0.0.1", false),
        ] {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!(endpoint.is_loopback(), yes, "{text}");
            assert_eq!(endpoint.is_confidential(), yes, "{text}");
            assert!(endpoint.with_plain_http(PlainHttp::Anywhere).is_confidential(), "{text}");
        }
    }

    #[test]
    fn a_bucket_goes_into_the_host_only_where_it_fits() {
        let bucket = |name| BucketName::parse(name).unwrap();
        let aws = address("https://s3.us-east-1.amazonaws.com", AddressingStyle::Virtual);
        assert_eq!(aws.host_for(&bucket("plain-1")), "plain-1.s3.us-east-1.amazonaws.com");
        assert_eq!(aws.path_for(&bucket("plain-1"), "a//b"), "/a//b");
        for awkward in ["dots.in.name", "Upper", "under_score"] {
            assert_eq!(aws.host_for(&bucket(awkward)), "s3.us-east-1.amazonaws.com");
            assert_eq!(aws.path_for(&bucket(awkward), "k"), format!("/{awkward}/k"));
        }
        let by_ip = address("http://127.0.0.1:9000", AddressingStyle::Virtual);
        assert_eq!(by_ip.host_for(&bucket("plain-1")), "127.0.0.1:9000");
    }

    proptest! {
        #[test]
        fn any_text_is_an_endpoint_or_says_why(text in any::<String>()) {
            if let Ok(endpoint) = Endpoint::parse(&text) {
                prop_assert_eq!(Endpoint::parse(&endpoint.to_string()).unwrap(), endpoint);
            }
        }
    }
}

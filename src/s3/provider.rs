//! Who runs a store, as far as that decides its endpoint, its region and how buckets are named.

use std::fmt;

use super::address::{AddressingStyle, Endpoint};

/// A kind of store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Provider {
    /// Amazon S3.
    Aws,
    /// Backblaze B2.
    B2,
    /// Cloudflare R2.
    R2,
    /// A MinIO server.
    Minio,
    /// Any other store that speaks S3.
    #[default]
    Custom,
}

impl Provider {
    /// All of them, in the order of the settings' documentation.
    pub const ALL: [Self; 5] = [Self::Aws, Self::B2, Self::R2, Self::Minio, Self::Custom];

    /// Its name in the settings.
    pub fn id(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::B2 => "b2",
            Self::R2 => "r2",
            Self::Minio => "minio",
            Self::Custom => "custom",
        }
    }

    /// Whose store answers at `endpoint`, as far as the host tells.
    pub fn at(endpoint: &Endpoint) -> Self {
        let host = endpoint.host();
        let below = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
        if below("amazonaws.com") || below("amazonaws.com.cn") {
            Self::Aws
        } else if below("backblazeb2.com") {
            Self::B2
        } else if below("r2.cloudflarestorage.com") {
            Self::R2
        } else {
            Self::Custom
        }
    }

    /// The endpoint of `region`, where the region is all that it takes.
    pub fn endpoint(self, region: &str) -> Option<Endpoint> {
        let url = match self {
            Self::Aws if region.starts_with("cn-") => format!("https://s3.{region}.amazonaws.com.cn"),
            Self::Aws => format!("https://s3.{region}.amazonaws.com"),
            Self::B2 => format!("https://s3.{region}.backblazeb2.com"),
            Self::R2 | Self::Minio | Self::Custom => return None,
        };
        Endpoint::parse(&url).ok()
    }

    /// The region that requests to `endpoint` are signed for, where the endpoint or the provider settles it.
    pub fn region(self, endpoint: Option<&Endpoint>) -> Option<&str> {
        let mut labels = endpoint.map_or("", Endpoint::host).split('.');
        match self {
            Self::Aws => match (labels.next(), labels.next()) {
                (Some("s3" | "s3-fips"), Some("dualstack")) => labels.next(),
                (Some("s3" | "s3-fips"), Some(region)) if region != "amazonaws" => Some(region),
                _ => None,
            },
            Self::B2 => labels.nth(1),
            Self::R2 => Some("auto"),
            Self::Minio => Some("us-east-1"),
            Self::Custom => None,
        }
    }

    /// How buckets are named unless the settings say otherwise. Self-hosted stores rarely have a wildcard host name.
    pub fn style(self) -> AddressingStyle {
        match self {
            Self::Aws => AddressingStyle::Virtual,
            Self::B2 | Self::R2 | Self::Minio | Self::Custom => AddressingStyle::Path,
        }
    }
}

/// The id, as in the settings.
impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(endpoint: &str) -> (Provider, Option<String>) {
        let endpoint = Endpoint::parse(endpoint).unwrap();
        let provider = Provider::at(&endpoint);
        (provider, provider.region(Some(&endpoint)).map(str::to_owned))
    }

    #[test]
    fn a_known_host_tells_provider_and_region() {
        let known = |provider, region: &str| (provider, Some(region.to_owned()));
        assert_eq!(at("https://s3.eu-west-1.amazonaws.com"), known(Provider::Aws, "eu-west-1"));
        assert_eq!(at("https://s3.dualstack.eu-west-1.amazonaws.com"), known(Provider::Aws, "eu-west-1"));
        assert_eq!(at("https://s3.cn-north-1.amazonaws.com.cn"), known(Provider::Aws, "cn-north-1"));
        assert_eq!(at("https://s3.us-west-004.backblazeb2.com"), known(Provider::B2, "us-west-004"));
        assert_eq!(at("https://0123abcd.r2.cloudflarestorage.com"), known(Provider::R2, "auto"));
        assert_eq!(at("https://s3.amazonaws.com"), (Provider::Aws, None));
    }

    #[test]
    fn a_host_that_only_looks_alike_is_nobodys() {
        for host in
            ["https://s3.us-west-004.backblazeb2.com.example.org", "https://notbackblazeb2.com", "http://[::1]:9"]
        {
            assert_eq!(at(host), (Provider::Custom, None), "{host}");
        }
    }

    #[test]
    fn the_endpoint_of_a_region_leads_back_to_it() {
        for (provider, region) in
            [(Provider::Aws, "eu-north-1"), (Provider::Aws, "cn-north-1"), (Provider::B2, "eu-central-003")]
        {
            let endpoint = provider.endpoint(region).unwrap();
            assert_eq!(at(&endpoint.to_string()), (provider, Some(region.to_owned())));
        }
    }
}

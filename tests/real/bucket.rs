//! Buckets and objects put in place for a test, signed by rusoto: a test of daypass's links must not rest on them.

use std::time::Duration;

use rusoto_core::Region;
use rusoto_core::credential::AwsCredentials;
use rusoto_core::signature::SignedRequest;

use crate::curl::{Answer, Call, upload_nothing};
use crate::server::Server;

impl Server {
    /// Makes a bucket and gives its name back.
    pub(crate) fn with_bucket<'a>(&self, name: &'a str) -> &'a str {
        let made = self.ask("PUT", &format!("/{name}"), &[], &[]);
        assert!(made.is_success(), "{}: no bucket {name}: {}", self.name, made.text());
        name
    }

    /// Puts an empty object in place at each key.
    pub(crate) fn with_objects(&self, bucket: &str, keys: &[String]) {
        let links: Vec<_> = keys.iter().map(|key| self.link("PUT", &format!("/{bucket}/{key}"), &[], &[])).collect();
        upload_nothing(&links);
    }

    /// Puts one object in place with these headers.
    pub(crate) fn put(&self, path: &str, headers: &[(&str, &str)], bytes: &[u8]) -> Answer {
        let headers_sent = headers.iter().map(|(name, value)| format!("{name}: {value}"));
        let put = Call::upload(self.link("PUT", path, &[], headers), bytes);
        Call { headers: headers_sent.collect(), ..put }.send()
    }

    /// Asks anything; `path` is not percent-encoded.
    pub(crate) fn ask(&self, method: &'static str, path: &str, query: &[(&str, &str)], body: &[u8]) -> Answer {
        let ask = Call::new(method, self.link(method, path, query, &[]));
        if matches!(method, "PUT" | "POST") { ask.with_body(body).send() } else { ask.send() }
    }

    /// The same with headers that are signed, and no body.
    pub(crate) fn ask_with(&self, method: &'static str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let lines = headers.iter().map(|(name, value)| format!("{name}: {value}"));
        Call { headers: lines.collect(), ..Call::new(method, self.link(method, path, &[], headers)) }.send()
    }

    fn link(&self, method: &str, path: &str, query: &[(&str, &str)], headers: &[(&str, &str)]) -> String {
        let region = Region::Custom { name: self.region.clone(), endpoint: self.endpoint.clone() };
        let mut request = SignedRequest::new(method, "s3", &region, path);
        for (name, value) in query {
            request.add_param(*name, *value);
        }
        for (name, value) in headers {
            request.add_header(*name, value);
        }
        let keys = AwsCredentials::new(&*self.access_key_id, &*self.secret_access_key, None, None);
        request.generate_presigned_url(&keys, &Duration::from_secs(300), false)
    }

    /// The keys in `bucket` as the store itself names them, sorted.
    pub(crate) fn keys(&self, bucket: &str) -> Vec<String> {
        let listing =
            self.ask("GET", &format!("/{bucket}"), &[("list-type", "2"), ("encoding-type", "url")], b"").text();
        let named = listing.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
        let mut keys: Vec<_> = named.map(|key| percent_decoded(&key.replace("&apos;", "'"))).collect();
        keys.sort();
        keys
    }
}

/// Stores write a space as `+` or `%20`, and a plus as `%2B`.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = text.split('%');
    bytes.extend(parts.next().unwrap_or_default().replace('+', " ").bytes());
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).unwrap());
        bytes.extend(rest.replace('+', " ").bytes());
    }
    String::from_utf8(bytes).unwrap()
}

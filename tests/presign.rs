//! Links against published and computed vectors, and against signers that other people wrote.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::expiry::Expiry;
use daypass::presign::link::Link;
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::sign::sign;
use daypass::presign::sigv4::{self, CanonicalRequest, Scope, SignedHeaders, SigningKey, Stamp};
use daypass::s3::address::{Address, AddressingStyle, Endpoint};
use daypass::s3::location::ObjectId;
use daypass::s3::name::{BucketName, Key};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

mod vectors {
    use super::*;

    /// Runs one vector or panics.
    type Run = fn(&Value);

    /// Each group of the file with what runs it. Legacy SigV2 links are never made, so that one group is only named.
    const GROUPS: [(&str, Option<Run>); 6] = [
        ("s3_presigned_published", Some(presigned)),
        ("s3_presigned_derived", Some(presigned)),
        ("s3_header_published", Some(header_signed)),
        ("signing_keys", Some(signing_key)),
        ("post_policy", Some(post_policy)),
        ("sigv2_query_legacy", None),
    ];

    #[test]
    fn every_vector_in_the_file_is_met() {
        let file: Value = serde_json::from_str(include_str!("data/sigv4_vectors.json")).unwrap();
        let groups: Vec<&String> = file.as_object().unwrap().keys().filter(|name| *name != "about").collect();
        let mut ran = 0;
        for name in &groups {
            let (_, run) = GROUPS.iter().find(|(group, _)| group == name).expect("every group is listed in GROUPS");
            let vectors = file[name.as_str()].as_array().unwrap();
            assert!(!vectors.is_empty(), "{name} is empty");
            for vector in vectors.iter().filter(|_| run.is_some()) {
                println!("{name} {}", vector["id"]);
                run.unwrap()(vector);
                ran += 1;
            }
        }
        assert_eq!(groups.len(), GROUPS.len());
        assert_eq!(ran, 22, "the file holds 22 vectors that apply; a new one must be counted here");
    }

    /// A whole link, byte for byte, and each step on the way to it.
    fn presigned(vector: &Value) {
        let expect = &vector["expect"];
        let (link, credentials) = link_of(vector);
        assert_eq!(link.url.expose(), text(&expect["url"]));

        let headers = SignedHeaders::new(
            header_pairs(&vector["signed_headers_extra"]).into_iter().chain([("host", text(&vector["host"]))]),
        );
        assert_eq!(headers.names(), text(&expect["signed_headers"]));
        let path = sigv4::encode_path(text(&vector["key_or_path"]));
        assert_eq!(path, text(&expect["canonical_path"]));
        let request = CanonicalRequest {
            method: text(&vector["method"]),
            path: &path,
            query: text(&expect["canonical_query"]),
            headers: &headers,
            payload: text(&vector["payload"]),
        };
        steps(vector, &request, &credentials);
    }

    /// A request signed in its headers: the same steps over a query and a payload of its own.
    fn header_signed(vector: &Value) {
        let query: Vec<(&str, &str)> = text(&vector["canonical_query"])
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap())
            .collect();
        // The order in which parameters were given must not matter.
        let query = sigv4::canonical_query(query.into_iter().rev());
        assert_eq!(query, text(&vector["canonical_query"]));
        let headers = SignedHeaders::new(header_pairs(&vector["headers"]).into_iter().rev());
        let request = CanonicalRequest {
            method: text(&vector["method"]),
            path: text(&vector["canonical_path"]),
            query: &query,
            headers: &headers,
            payload: text(&vector["headers"]["x-amz-content-sha256"]),
        };
        steps(vector, &request, &credentials_of(vector));
    }

    fn steps(vector: &Value, request: &CanonicalRequest<'_>, credentials: &SigningCredentials) {
        let expect = &vector["expect"];
        assert_eq!(request.to_string(), text(&expect["canonical_request"]));
        let stamp = Stamp::new(time_of(vector));
        assert_eq!(stamp.to_string(), text(&vector["timestamp"]));
        let scope = scope_of(vector, stamp.day());
        let to_sign = sigv4::string_to_sign(&stamp, &scope, request);
        assert_eq!(to_sign, text(&expect["string_to_sign"]));
        assert!(to_sign.ends_with(text(&expect["canonical_request_sha256"])));
        let key = SigningKey::derive(&credentials.secret_access_key, &scope);
        assert_eq!(key.sign(&to_sign), text(&expect["signature"]));
    }

    /// A key on its own. What it is shows in what it signs, so an HMAC under the expected key has to agree.
    fn signing_key(vector: &Value) {
        use hmac::{Hmac, KeyInit, Mac};
        let scope = scope_of(vector, text(&vector["date"]));
        let key = SigningKey::derive(&text(&vector["secret_key"]).into(), &scope);
        let hex = text(&vector["signing_key_hex"]);
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&bytes).unwrap();
        mac.update(b"any text");
        let expected: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(key.sign("any text"), expected);
    }

    /// An upload form, where the encoded policy takes the place of the string to sign.
    fn post_policy(vector: &Value) {
        let stamp = Stamp::new(time_of(vector));
        let key = SigningKey::derive(&text(&vector["secret_key"]).into(), &scope_of(vector, stamp.day()));
        assert_eq!(key.sign(text(&vector["policy_base64"])), text(&vector["expect"]["signature"]));
    }

    fn link_of(vector: &Value) -> (Link, SigningCredentials) {
        let host = text(&vector["host"]);
        let path = text(&vector["key_or_path"]).strip_prefix('/').unwrap();
        let in_host = ["examplebucket.", "my-bucket."].iter().find_map(|bucket| host.strip_prefix(bucket));
        let (endpoint, style, bucket, key) = match in_host {
            Some(endpoint) => (endpoint, AddressingStyle::Virtual, host.split_once('.').unwrap().0, path),
            None => {
                let (bucket, key) = path.split_once('/').unwrap();
                (host, AddressingStyle::Path, bucket, key)
            }
        };
        let scheme = vector["scheme"].as_str().unwrap_or("https");
        let address = Address {
            endpoint: Endpoint::parse(&format!("{scheme}://{endpoint}")).unwrap(),
            region: text(&vector["region"]).to_owned(),
            style,
        };
        let method = match text(&vector["method"]) {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "PUT" => Method::Put,
            "DELETE" => Method::Delete,
            other => panic!("{other}"),
        };
        let object = ObjectId::current(BucketName::parse(bucket).unwrap(), Key::parse(key).unwrap());
        let expires_in = Expiry::from_seconds(vector["expires"].as_u64().unwrap()).unwrap();
        let mut request = LinkRequest::new(method, object, expires_in);
        let query = vector["query"].as_array().unwrap();
        request.query = query.iter().map(|pair| (text(&pair[0]).to_owned(), text(&pair[1]).to_owned())).collect();
        request.headers = header_pairs(&vector["signed_headers_extra"])
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let credentials = credentials_of(vector);
        let link = sign(&request, &address, &credentials, time_of(vector)).unwrap();
        (link, credentials)
    }

    fn credentials_of(vector: &Value) -> SigningCredentials {
        SigningCredentials {
            access_key_id: text(&vector["access_key"]).to_owned(),
            secret_access_key: text(&vector["secret_key"]).into(),
            session_token: vector["session_token"].as_str().map(SecretString::from),
            expires: None,
            source: "vector".to_owned(),
        }
    }

    fn scope_of(vector: &Value, day: &str) -> Scope {
        let (region, service) = (text(&vector["region"]).to_owned(), text(&vector["service"]).to_owned());
        Scope { day: day.to_owned(), region, service }
    }

    fn header_pairs(headers: &Value) -> Vec<(&str, &str)> {
        headers.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), text(value))).collect()
    }

    fn time_of(vector: &Value) -> Timestamp {
        text(&vector["timestamp"]).parse().unwrap()
    }

    fn text(value: &Value) -> &str {
        value.as_str().unwrap()
    }
}

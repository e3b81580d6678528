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
use daypass::s3::location::{ObjectId, VersionId};
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

mod other_signers {
    use std::time::{Duration, SystemTime};

    use aws_sigv4::http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        UriPathNormalizationMode,
    };
    use aws_sigv4::sign::v4;
    use proptest::prelude::*;
    use rusoto_core::Region;
    use rusoto_core::credential::AwsCredentials;
    use rusoto_s3::util::{PreSignedRequest, PreSignedRequestOption};
    use rusoto_s3::{DeleteObjectRequest, GetObjectRequest, PutObjectRequest};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn aws_signs_the_same_link(
            request in request(), address in address(), credentials in credentials(), now in moment(),
        ) {
            let link = sign(&request, &address, &credentials, now).unwrap();
            let url = link.url.expose();
            let (_, query) = url.split_once('?').unwrap();
            let theirs = aws_query(&link, &credentials);
            prop_assert_eq!(sorted(query), sorted(&theirs));
        }

        #[test]
        fn rusoto_signs_the_same_link(
            object in object(), seconds in 1..=604_800_u64, credentials in credentials(), region in region(),
            method in method(), port in 1024..u16::MAX,
        ) {
            let authority = format!("s3.example.com:{port}");
            let request = LinkRequest::new(method, object, Expiry::from_seconds(seconds).unwrap());
            let address = Address {
                endpoint: Endpoint::parse(&authority).unwrap(), region: region.clone(), style: AddressingStyle::Path,
            };
            if let Some(theirs) = rusoto_url(&request, &credentials, &region, &authority, seconds) {
                // rusoto asks the clock itself, so its link says which moment ours has to be signed for.
                let (_, date) = theirs.split_once("X-Amz-Date=").unwrap();
                let now: Timestamp = date[..16].parse().unwrap();
                let link = sign(&request, &address, &credentials, now).unwrap();
                let (our_start, our_query) = link.url.expose().split_once('?').unwrap();
                let (their_start, their_query) = theirs.split_once('?').unwrap();
                prop_assert_eq!(our_start, their_start);
                prop_assert_eq!(sorted(our_query), sorted(their_query));
            }
        }

        /// What AWS's signer cannot say, since it is handed our path: every byte of the key is in the link, once encoded.
        #[test]
        fn every_byte_of_a_key_comes_back_out_of_the_link(
            request in request(), address in address(), credentials in credentials(), now in moment(),
        ) {
            let link = sign(&request, &address, &credentials, now).unwrap();
            let url = link.url.expose();
            prop_assert!(url.chars().all(|c| c.is_ascii_alphanumeric() || "-._~%/:?&=[]".contains(c)), "{}", url);
            let (start, _) = url.split_once('?').unwrap();
            let (_, rest) = start.split_once("://").unwrap();
            let (host, path) = rest.split_at(rest.find('/').unwrap());
            let bucket = request.object.bucket.as_str();
            let key = match host.strip_prefix(bucket) {
                Some(_) => path.strip_prefix('/').unwrap(),
                None => path.strip_prefix(&format!("/{bucket}/")).unwrap(),
            };
            prop_assert_eq!(decoded(key), request.object.key.as_str().as_bytes());
        }
    }

    /// The whole query that AWS's signer makes for the link's URL without its signing parameters.
    fn aws_query(link: &Link, credentials: &SigningCredentials) -> String {
        let (start, query) = link.url.expose().split_once('?').unwrap();
        let own: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("X-Amz-")).collect();
        let uri = if own.is_empty() { start.to_owned() } else { format!("{start}?{}", own.join("&")) };

        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(link.expires_in.seconds().into()));
        let identity = aws_credential_types::Credentials::new(
            &credentials.access_key_id,
            secret(&credentials.secret_access_key),
            credentials.session_token.as_ref().map(secret),
            None,
            "test",
        )
        .into();
        let (_, region) = query.split_once("X-Amz-Credential=").unwrap();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region.split("%2F").nth(2).unwrap())
            .name("s3")
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(link.signed_at.as_second().cast_unsigned()))
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let headers = link.request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let method = link.request.method.as_str();
        let request = SignableRequest::new(method, &uri, headers, SignableBody::UnsignedPayload).unwrap();
        let (instructions, _) = aws_sigv4::http_request::sign(request, &params).unwrap().into_parts();
        let mut signed = http::Request::builder().method(method).uri(&uri).body(()).unwrap();
        instructions.apply_to_request_http1x(&mut signed);
        signed.uri().query().unwrap().to_owned()
    }

    /// rusoto's link; `None` for what rusoto cannot sign. It knows path style only.
    fn rusoto_url(
        request: &LinkRequest,
        credentials: &SigningCredentials,
        region: &str,
        authority: &str,
        seconds: u64,
    ) -> Option<String> {
        let region = Region::Custom { name: region.to_owned(), endpoint: format!("https://{authority}") };
        let credentials = AwsCredentials::new(
            &credentials.access_key_id,
            secret(&credentials.secret_access_key),
            credentials.session_token.as_ref().map(secret),
            None,
        );
        let option = PreSignedRequestOption { expires_in: Duration::from_secs(seconds) };
        let object = &request.object;
        let (bucket, key) = (object.bucket.to_string(), object.key.as_str().to_owned());
        let version_id = object.version.as_ref().map(|version| version.0.clone());
        match request.method {
            Method::Get => {
                let get = GetObjectRequest { bucket, key, version_id, ..GetObjectRequest::default() };
                Some(get.get_presigned_url(&region, &credentials, &option))
            }
            Method::Delete => {
                let delete = DeleteObjectRequest { bucket, key, version_id, ..DeleteObjectRequest::default() };
                Some(delete.get_presigned_url(&region, &credentials, &option))
            }
            Method::Put if version_id.is_none() => {
                let put = PutObjectRequest { bucket, key, ..PutObjectRequest::default() };
                Some(put.get_presigned_url(&region, &credentials, &option))
            }
            Method::Put | Method::Head | Method::Post => None,
        }
    }

    fn secret(text: &SecretString) -> String {
        secrecy::ExposeSecret::expose_secret(text).to_owned()
    }

    fn sorted(query: &str) -> Vec<&str> {
        let mut pairs: Vec<&str> = query.split('&').collect();
        pairs.sort_unstable();
        pairs
    }

    /// Percent-decoding as a server does it.
    fn decoded(text: &str) -> Vec<u8> {
        let mut bytes = text.bytes();
        let mut out = Vec::new();
        while let Some(byte) = bytes.next() {
            let hex = |byte: Option<u8>| char::from(byte.unwrap()).to_digit(16).unwrap() as u8;
            out.push(if byte == b'%' { hex(bytes.next()) * 16 + hex(bytes.next()) } else { byte });
        }
        out
    }

    /// Keys made of what has broken signers before.
    fn key() -> impl Strategy<Value = Key> {
        let part = prop_oneof![
            4 => "[a-zA-Z0-9]{1,12}",
            4 => "[ +%#?&=~;:@!$'()*,\"<>\\[\\]^`{|}\\\\]{1,4}",
            3 => prop::sample::select(vec!["/", "//", "/./", "/../", "..", "%2F", "%25", "%zz", "+", " ", "~", "*"])
                .prop_map(str::to_owned),
            2 => prop::sample::select(vec!["é", "e\u{301}", "🧾", "👩\u{200d}👩\u{200d}👧", "\u{202e}", "שלום", "ﬀ"])
                .prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        let short = prop::collection::vec(part.clone(), 1..8);
        let long = prop::collection::vec(part, 100..400);
        prop_oneof![6 => short, 1 => long].prop_filter_map("a key is not empty", |parts| {
            let mut key = parts.concat();
            while key.len() > 1024 {
                key.pop();
            }
            Key::parse(&key).ok()
        })
    }

    fn object() -> impl Strategy<Value = ObjectId> {
        let bucket = prop_oneof!["[a-z0-9][a-z0-9-]{1,40}[a-z0-9]", "[A-Za-z0-9][A-Za-z0-9._-]{2,20}"];
        let bucket = bucket.prop_map(|name| BucketName::parse(&name).unwrap());
        let version = prop::option::of("[a-zA-Z0-9._+/=-]{1,40}".prop_map(VersionId));
        (bucket, key(), version).prop_map(|(bucket, key, version)| ObjectId { bucket, key, version })
    }

    fn method() -> impl Strategy<Value = Method> {
        prop::sample::select(vec![Method::Get, Method::Head, Method::Put, Method::Delete])
    }

    fn request() -> impl Strategy<Value = LinkRequest> {
        let query = prop::sample::subsequence(
            vec!["response-content-disposition", "response-content-type", "response-expires", "a", "Z", "é &=", "~x"],
            0..5,
        );
        let headers = prop::sample::subsequence(
            vec!["Content-Type", "content-md5", "If-None-Match", "x-amz-meta-a", "x-amz-meta-b", "X-Amz-Acl", "range"],
            0..5,
        );
        let texts = prop::collection::vec(any::<String>(), 8);
        let values = prop::collection::vec("[ -~]{0,30}|a {2,5}b  \"c  d\" ", 8);
        let seconds = 1..=604_800_u64;
        (method(), object(), seconds, query.prop_shuffle(), texts, headers.prop_shuffle(), values).prop_map(
            |(method, object, seconds, query, texts, headers, values)| {
                let mut request = LinkRequest::new(method, object, Expiry::from_seconds(seconds).unwrap());
                request.query = query.into_iter().map(str::to_owned).zip(texts).collect();
                request.headers = headers.into_iter().map(str::to_owned).zip(values).collect();
                request
            },
        )
    }

    fn region() -> impl Strategy<Value = String> {
        prop::sample::select(vec!["us-east-1", "eu-central-003", "us-west-004", "auto", "default", "x"])
            .prop_map(str::to_owned)
    }

    fn address() -> impl Strategy<Value = Address> {
        let endpoints = vec![
            "https://s3.eu-central-1.amazonaws.com",
            "https://s3.example.com:8443",
            "https://S3.Example.com:443/",
            "http://127.0.0.1:9000",
            "http://localhost:80",
            "http://[::1]:9000",
        ];
        let style = prop::sample::select(vec![AddressingStyle::Path, AddressingStyle::Virtual]);
        (prop::sample::select(endpoints), region(), style).prop_map(|(endpoint, region, style)| Address {
            endpoint: Endpoint::parse(endpoint).unwrap(),
            region,
            style,
        })
    }

    fn credentials() -> impl Strategy<Value = SigningCredentials> {
        let token = prop::option::of("[A-Za-z0-9+/]{1,400}={0,2}".prop_map(SecretString::from));
        ("[A-Za-z0-9$:]{1,30}", "[A-Za-z0-9+/]{1,90}", token).prop_map(|(id, secret, session_token)| {
            SigningCredentials {
                access_key_id: id,
                secret_access_key: secret.into(),
                session_token,
                expires: None,
                source: "test".to_owned(),
            }
        })
    }

    fn moment() -> impl Strategy<Value = Timestamp> {
        (0..4_102_444_800_i64, 0..1_000_000_000_i32).prop_map(|(second, nano)| Timestamp::new(second, nano).unwrap())
    }
}

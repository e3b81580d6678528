//! Every kind of link that daypass makes: what each binds, and what the store then has to show for it.

use std::fmt::Write;

use daypass::presign::options::{Creation, Download, Upload};
use daypass::presign::request::{LinkRequest, Method};
use daypass::s3::provider;
use md5::{Digest, Md5};
use sha2::Sha256;

use crate::ask::Ask;

/// One kind of link to an object.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) request: LinkRequest,
    /// Headers that the link's own answer has, or the object of an upload afterwards.
    pub(crate) shows: Vec<(&'static str, String)>,
}

const DISPOSITION: &str = "attachment; filename=\"Q3 + costs.pdf\"; filename*=UTF-8''Q3%20%2B%20co%C3%BBts.pdf";

/// Links that upload `bytes`. The create-only link comes first: the others leave an object behind.
pub(crate) fn uploads(ask: &Ask, bytes: &[u8]) -> Vec<Kind> {
    let text = |text: &str| Some(text.to_owned());
    let (md5, sha256) = (hex(&Md5::digest(bytes)), hex(&Sha256::digest(bytes)));
    let size = Some(bytes.len() as u64);
    let customer = || ("x-amz-meta-customer".to_owned(), "4711; Smith & Sons".to_owned());
    let (pdf, own) = (|| ("content-type", "application/pdf".to_owned()), Upload::default);
    let shown_customer = || ("x-amz-meta-customer", "4711; Smith & Sons".to_owned());
    let length = || ("content-length", bytes.len().to_string());
    let etag = || ("etag", format!("\"{md5}\""));
    let everything = Upload {
        content_type: text("application/pdf"),
        size,
        md5: Some(md5.clone()),
        headers: vec![customer()],
        ..own()
    };
    let table = [
        ("create-only upload", Upload { creation: Creation::Only, ..own() }, vec![length()]),
        ("upload", own(), vec![length(), etag()]),
        ("upload of a type", Upload { content_type: text("application/pdf"), ..own() }, vec![pdf()]),
        ("upload of a size", Upload { size, ..own() }, vec![length()]),
        ("upload of an MD5", Upload { md5: Some(md5.clone()), ..own() }, vec![length(), etag()]),
        ("upload of a SHA-256", Upload { sha256: Some(sha256), ..own() }, vec![length(), etag()]),
        ("upload with metadata", Upload { headers: vec![customer()], ..own() }, vec![shown_customer()]),
        ("upload of all that", everything, vec![pdf(), length(), etag(), shown_customer()]),
    ];
    let known = table.into_iter().filter(|(_, upload, _)| ask.server.knows(upload));
    known.map(|(name, upload, shows)| Kind { name, request: upload_request(ask, &upload), shows }).collect()
}

/// A request for a link to upload.
pub(crate) fn upload_request(ask: &Ask, upload: &Upload) -> LinkRequest {
    let mut request = ask.request(Method::Put, 300);
    upload.bind(&mut request, provider::any()).unwrap();
    request
}

/// Links that look at an object.
pub(crate) fn looks(ask: &Ask, bytes: &[u8]) -> Vec<Kind> {
    let text = |text: &str| Some(text.to_owned());
    let own = Download::default;
    let everything = Download {
        content_disposition: text(DISPOSITION),
        content_type: text("text/csv; charset=utf-8"),
        content_language: text("de-CH"),
        content_encoding: text("x-none"),
        cache_control: text("private, max-age=60"),
        expires: text("Thu, 01 Dec 2033 16:00:00 GMT"),
    };
    let shown = |name, value: &Option<String>| (name, value.clone().unwrap());
    let overrides = vec![
        shown("content-disposition", &everything.content_disposition),
        shown("content-type", &everything.content_type),
        shown("content-language", &everything.content_language),
        shown("content-encoding", &everything.content_encoding),
        shown("cache-control", &everything.cache_control),
        shown("expires", &everything.expires),
    ];
    let saved = || Download { content_disposition: text(DISPOSITION), ..own() };
    let length = || vec![("content-length", bytes.len().to_string())];
    let table = [
        ("download", Method::Get, own(), length()),
        ("download as a file", Method::Get, saved(), vec![("content-disposition", DISPOSITION.to_owned())]),
        ("download with every override", Method::Get, everything, overrides),
        ("look at the headers", Method::Head, own(), length()),
    ];
    let kind = |(name, method, download, shows): (_, _, Download, _)| {
        let mut request = ask.request(method, 300);
        download.bind(&mut request);
        Kind { name, request, shows }
    };
    table.map(kind).into()
}

/// A link that uploads one part of a multipart upload.
pub(crate) fn part(ask: &Ask, upload_id: &str) -> Kind {
    let mut request = ask.request(Method::Put, 300);
    request.query = vec![("partNumber".to_owned(), "1".to_owned()), ("uploadId".to_owned(), upload_id.to_owned())];
    Kind { name: "upload of a part", request, shows: Vec::new() }
}

/// A link that deletes.
pub(crate) fn deletion(ask: &Ask) -> Kind {
    Kind { name: "deletion", request: ask.request(Method::Delete, 300), shows: Vec::new() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

//! Links to one object of one server, made by daypass, and the requests that people send with them.

use daypass::presign::expiry::Expiry;
use daypass::presign::link::Link;
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::rules::Rules;
use daypass::presign::sign::Signer;
use daypass::s3::address::{Address, AddressingStyle, Endpoint};
use daypass::s3::location::{ObjectId, VersionId};
use daypass::s3::name::{BucketName, Key};
use jiff::{SignedDuration, Timestamp};

use crate::curl::Call;
use crate::server::Server;

/// An object, and the address under which its links name it.
pub(crate) struct Ask<'a> {
    pub(crate) server: &'a Server,
    pub(crate) address: Address,
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
}

impl<'a> Ask<'a> {
    /// Links with the bucket in the path.
    pub(crate) fn new(server: &'a Server, bucket: &'a str, key: &'a str) -> Self {
        Self { server, address: server.address(), bucket, key }
    }

    /// The same object, its bucket named in the host. curl sends every name below `localhost` to this machine.
    pub(crate) fn in_the_host(&self) -> Self {
        let address =
            Address { endpoint: localhost(self.server), style: AddressingStyle::Virtual, ..self.address.clone() };
        Self { address, ..*self }
    }

    pub(crate) fn request(&self, method: Method, seconds: u64) -> LinkRequest {
        let object = ObjectId::current(BucketName::parse(self.bucket).unwrap(), Key::parse(self.key).unwrap());
        LinkRequest::new(method, object, Expiry::from_seconds(seconds).unwrap())
    }

    pub(crate) fn version_request(&self, method: Method, version: &str) -> LinkRequest {
        let mut request = self.request(method, 300);
        request.object.version = Some(VersionId(version.to_owned()));
        request
    }

    pub(crate) fn signed(&self, request: &LinkRequest, at: Timestamp) -> Link {
        let mut signer = Signer::new(self.address.clone(), self.server.credentials(), Rules::default());
        signer.sign(request, at).unwrap()
    }

    /// A link that works from now on.
    pub(crate) fn link(&self, method: Method) -> String {
        self.signed(&self.request(method, 300), Timestamp::now()).url.expose().to_owned()
    }

    /// A link of `seconds` that was signed so long `ago`.
    pub(crate) fn old_link(&self, method: Method, seconds: u64, ago: i64) -> String {
        self.signed(&self.request(method, seconds), seconds_ago(ago)).url.expose().to_owned()
    }

    /// What the holder of the link sends: every header it binds, and `bytes` where it uploads.
    pub(crate) fn call(&self, request: &LinkRequest, at: Timestamp, bytes: &[u8]) -> Call {
        let mut call = Call::new(request.method.as_str(), self.signed(request, at).url.expose());
        // The length is curl's to say, of what it really sends.
        let said = request.headers.iter().filter(|(name, _)| name != "content-length");
        call.headers = said.map(|(name, value)| format!("{name}: {value}")).collect();
        if request.method == Method::Put { call.with_body(bytes) } else { call }
    }

    pub(crate) fn get(&self) -> Call {
        Call::get(self.link(Method::Get))
    }

    pub(crate) fn head(&self) -> Call {
        Call::head(self.link(Method::Head))
    }

    pub(crate) fn put(&self, bytes: &[u8]) -> Call {
        Call::upload(self.link(Method::Put), bytes)
    }
}

/// Another name of the same server.
pub(crate) fn localhost(server: &Server) -> Endpoint {
    Endpoint::parse(&server.endpoint.replace("127.0.0.1", "localhost")).unwrap()
}

pub(crate) fn seconds_ago(seconds: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(seconds)
}

//! How requests reach a store: connections, proxies, TLS, signing, retries and the vetting of answers.
//!
//! Nothing here knows what a listing or an object is: a request goes in, an answer or a trouble comes out.

mod answer;
mod connect;
mod guard;
mod http;
pub(crate) mod pull;
mod region;
mod request;
mod retry;
pub(crate) mod tls;
mod vet;
mod waits;
pub(crate) mod xml;

pub(crate) use answer::{Answer, ErrorBody, Sent, Trouble, text_of};
pub(crate) use guard::{Guard, TypedCall};
pub(crate) use http::Http;
pub use http::Limits;
pub(crate) use request::Request;
pub use retry::Retry;
pub use tls::Trust;
pub use waits::RetryWatch;

//! How what is true changes: a message in, effects out. No I/O; time comes along with the message.

pub mod effect;
pub mod msg;

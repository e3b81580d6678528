//! What the user chose: typed settings with defaults, where they are kept, and how their layers are laid over each other.

pub mod command_line;
pub mod load;
pub mod paths;
pub mod plan;
pub mod types;

//! What a user can ask for, and which key asks for it. Help, footer, settings and README are derived from here.

pub mod key;
pub mod keymap;
pub mod list;
pub mod nearest;

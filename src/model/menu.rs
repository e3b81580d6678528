//! A menu: a few things to choose one of. What each does is data; doing it is `update`'s.

use crate::presign::export::Format;
use crate::presign::request::Method;
use crate::presign::snippet::Dialect;

/// A menu in front of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// What is to be chosen.
    pub title: String,
    /// What there is to choose from, in order.
    pub items: Vec<Item>,
    /// The item under the cursor.
    pub at: usize,
}

/// A line of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is called.
    pub label: String,
    /// What it leads to.
    pub act: Act,
}

/// What an item leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The link in front as a command.
    Command(Dialect),
    /// The link in front as a message.
    Message(MessageForm),
    /// Links of a method, as a list of a format.
    List(Method, Format),
    /// The playlist under the cursor, with a link for each file in it.
    Playlists,
}

/// How a message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageForm {
    /// As plain text.
    Text,
    /// As HTML.
    Html,
}

impl Menu {
    /// A menu with the cursor on its first item.
    pub fn new(title: impl Into<String>, items: impl IntoIterator<Item = (String, Act)>) -> Self {
        let items = items.into_iter().map(|(label, act)| Item { label, act }).collect();
        Self { title: title.into(), items, at: 0 }
    }

    /// Moves the cursor, round at the ends.
    pub fn move_by(&mut self, by: isize) {
        let count = self.items.len();
        let next = self.at.checked_add_signed(by).unwrap_or(count.saturating_sub(1));
        self.at = if next >= count { 0 } else { next };
    }

    /// The item that a digit stands for, counted from 1.
    pub fn by_digit(&self, digit: char) -> Option<usize> {
        let at = digit.to_digit(10)?.checked_sub(1)?;
        usize::try_from(at).ok().filter(|at| *at < self.items.len())
    }
}

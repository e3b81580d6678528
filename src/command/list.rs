//! The closed list of commands, each with its name in settings and its line of help. One table; nothing is written twice.

/// Where keys are pressed: each scene has its own bindings, and only the topmost scene hears a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scene {
    /// The list of buckets, prefixes and objects.
    Browse,
    /// The sheet of a link that was made.
    Link,
    /// The list of the links that were issued.
    Links,
    /// The list of stores that can be opened.
    Stores,
    /// A page that is read and scrolled: help, facts, versions, messages, the whole URL.
    Page,
    /// A line that is being typed.
    Prompt,
    /// Fields that are filled in before a link is made.
    Form,
    /// A store that is being added.
    NewStore,
    /// A few things to choose one of.
    Menu,
    /// A question that is answered with yes or no.
    Confirm,
    /// The sheet of many links that were asked for together.
    Batch,
    /// The size of what lies below a prefix.
    Usage,
    /// What was looked for below a prefix.
    Find,
}

impl Scene {
    /// All scenes, in the order of the help.
    pub const ALL: [Self; 13] = [
        Self::Browse,
        Self::Link,
        Self::Batch,
        Self::Links,
        Self::Stores,
        Self::NewStore,
        Self::Page,
        Self::Prompt,
        Self::Form,
        Self::Menu,
        Self::Confirm,
        Self::Usage,
        Self::Find,
    ];

    /// The name of its table in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Browse => "browse",
            Self::Link => "link",
            Self::Links => "links",
            Self::Stores => "stores",
            Self::Page => "page",
            Self::Prompt => "prompt",
            Self::Form => "form",
            Self::NewStore => "new-store",
            Self::Menu => "menu",
            Self::Confirm => "confirm",
            Self::Batch => "batch",
            Self::Usage => "size",
            Self::Find => "found",
        }
    }

    /// Its heading in the help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Browse => "In the list",
            Self::Link => "On a link",
            Self::Links => "In the links that were issued",
            Self::Stores => "In the stores",
            Self::Page => "On a page",
            Self::Prompt => "While typing",
            Self::Form => "In a form",
            Self::NewStore => "While a store is added",
            Self::Menu => "In a menu",
            Self::Confirm => "At a question",
            Self::Batch => "On many links",
            Self::Usage => "On sizes",
            Self::Find => "In what was found",
        }
    }

    /// The command that shows the messages; `None` where keys are typed or choose.
    pub fn messages(self) -> Option<Command> {
        match self {
            Self::Browse => Some(Command::Messages),
            Self::Link => Some(Command::LinkMessages),
            Self::Links => Some(Command::LinksMessages),
            Self::Stores => Some(Command::StoresMessages),
            Self::NewStore => Some(Command::NewStoreMessages),
            Self::Page => Some(Command::PageMessages),
            Self::Batch => Some(Command::BatchMessages),
            Self::Usage => Some(Command::UsageMessages),
            Self::Find => Some(Command::FindMessages),
            Self::Prompt | Self::Form | Self::Menu | Self::Confirm => None,
        }
    }
}

/// Defines [`Command`] and its table from one list, so that a command without name, scene or help does not compile.
macro_rules! commands {
    ($($variant:ident in $scene:ident, $name:literal, $short:literal, $help:literal;)*) => {
        /// Something a user can ask for by a key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command {
            $(#[doc = $help] $variant,)*
        }

        impl Command {
            /// Every command, in the order of the help.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The scene in which it can be asked for.
            pub fn scene(self) -> Scene {
                match self { $(Self::$variant => Scene::$scene),* }
            }

            /// Its name in the settings, unique within its scene.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// A word or two for the footer.
            pub fn short(self) -> &'static str {
                match self { $(Self::$variant => $short),* }
            }

            /// Its line of help: what it does, in a sentence without a full stop.
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help),* }
            }
        }
    };
}

commands! {
    Down in Browse, "down", "down", "Move down";
    Up in Browse, "up", "up", "Move up";
    HalfPageDown in Browse, "half-page-down", "half down", "Move half a page down";
    HalfPageUp in Browse, "half-page-up", "half up", "Move half a page up";
    PageDown in Browse, "page-down", "page down", "Move a page down";
    PageUp in Browse, "page-up", "page up", "Move a page up";
    First in Browse, "first", "first", "Go to the first row; on it, to the start of the place";
    Last in Browse, "last", "last", "Go to the last row, loading all that is left (Esc stops it)";
    Open in Browse, "open", "open", "Open a bucket or prefix; show the facts of an object";
    Leave in Browse, "leave", "up a level", "Go up one level, to the row that you came from";
    Back in Browse, "back", "back", "Go back to the place before this one";
    Forward in Browse, "forward", "forward", "Go forward again after going back";
    GoTo in Browse, "go-to", "go to", "Go to bucket/prefix, an s3:// location, or a >NAME here";
    Share in Browse, "share", "share", "Make a presigned GET link to the object and copy it; of marks or a prefix, many links";
    ShareOptions in Browse, "share-options", "share …", "Make a GET, HEAD or DELETE link with options: lifetime, file name, type, version";
    Batch in Browse, "batch", "links to all", "Write links to all marked rows, or to all below the row, to a file; or a playlist that plays";
    Upload in Browse, "upload", "upload link", "Make a presigned PUT link for a new key, or to overwrite the object";
    UploadOptions in Browse, "upload-options", "upload …", "Make a PUT link with options: lifetime, type, size, checksum, create-only";
    Inspect in Browse, "inspect", "inspect", "Say what a pasted link is, and why it does not work";
    Doctor in Browse, "doctor", "doctor", "Say what is wrong between this machine and the store, and what to do";
    Facts in Browse, "facts", "facts", "Show all facts of the object, with its tags";
    Versions in Browse, "versions", "versions", "Show the versions and delete markers of the object";
    Find in Browse, "find", "find", "Find objects below this place by a part of their name, a glob or a /regex/";
    Usage in Browse, "size", "size", "Show how much lies below this place, by child, storage class and age";
    Filter in Browse, "filter", "filter", "Show only loaded rows that contain a text";
    Sort in Browse, "sort", "sort", "Sort by the next of name, size, time, loading all that is left (Esc stops it)";
    Reverse in Browse, "reverse", "reverse", "Reverse the order, loading all that is left (Esc stops it)";
    Mark in Browse, "mark", "mark", "Mark or unmark the row and move down";
    MarkAll in Browse, "mark-all", "mark all", "Mark all rows shown, or unmark them if all are marked";
    YankUri in Browse, "yank-uri", "copy s3://", "Copy the s3:// location of the row, or of all marked rows";
    Refresh in Browse, "refresh", "refresh", "Ask the store again, keeping cursor, filter, sort and marks";
    Links in Browse, "links", "links", "Show the links that were issued: what still works, and what would end it";
    Stores in Browse, "stores", "stores", "Show all stores and profiles, and open another one: each stays as it was left";
    Messages in Browse, "messages", "messages", "Show the messages of this session, and all that is known of what failed";
    ToggleMouse in Browse, "toggle-mouse", "mouse", "Turn the mouse off, so that the terminal can select text, or on again";
    Help in Browse, "help", "help", "Show the keys";
    Suspend in Browse, "suspend", "suspend", "Stop daypass and return to the shell (fg brings it back)";
    Cancel in Browse, "cancel", "cancel", "Cancel what runs; else clear marks; else clear the filter";
    Quit in Browse, "quit", "quit", "Quit";

    CopyLink in Link, "copy", "copy", "Copy the link again";
    TestLink in Link, "test", "test", "Ask the store whether the link works, without using it";
    ChangeLink in Link, "change", "change", "Change lifetime or options, and sign anew";
    SignAnew in Link, "sign-anew", "anew", "Sign the same link anew, to live its full time again";
    AsMessage in Link, "message", "message", "Copy the link in a message, as the settings word it";
    AsCommand in Link, "command", "command", "Copy the link as a command: for curl, wget, PowerShell, cmd, JavaScript, Python";
    QrCode in Link, "qr", "QR", "Show the link as a QR code";
    ShowUrl in Link, "show-url", "whole URL", "Show the whole URL on a page of its own, to copy by hand";
    SaveUrl in Link, "save", "to file", "Write the URL to a file that only you can read";
    PrintUrl in Link, "print", "print on quit", "Print the URL to standard output when daypass ends, or not after all";
    CloseLink in Link, "close", "close", "Close the link";
    LinkMessages in Link, "messages", "messages", "Show the messages of this session, and all that is known of what failed";
    LinkHelp in Link, "help", "help", "Show the keys";
    SuspendLink in Link, "suspend", "suspend", "Stop daypass and return to the shell (fg brings it back)";
    QuitLink in Link, "quit", "quit", "Quit";

    LinksDown in Links, "down", "down", "Move down";
    LinksUp in Links, "up", "up", "Move up";
    LinksHalfPageDown in Links, "half-page-down", "half down", "Move half a page down";
    LinksHalfPageUp in Links, "half-page-up", "half up", "Move half a page up";
    LinksPageDown in Links, "page-down", "page down", "Move a page down";
    LinksPageUp in Links, "page-up", "page up", "Move a page up";
    LinksFirst in Links, "first", "first", "Go to the first link";
    LinksLast in Links, "last", "last", "Go to the last link";
    LinkDetails in Links, "details", "details", "Show all that was noted, and what would end the link; of a key, its links";
    SignIssued in Links, "sign-anew", "sign anew", "Make the same link anew: object, version, method and lifetime, as far as they were noted";
    FilterLinks in Links, "filter", "filter", "Show only links whose record contains a text";
    LinksByKey in Links, "by-key", "by key", "Show what rotating each access key would end, or the links again";
    ReadLinks in Links, "refresh", "read again", "Read the ledger again, keeping cursor and filter";
    CloseLinks in Links, "close", "close", "Close the links";
    LinksMessages in Links, "messages", "messages", "Show the messages of this session, and all that is known of what failed";
    LinksHelp in Links, "help", "help", "Show the keys";
    SuspendLinks in Links, "suspend", "suspend", "Stop daypass and return to the shell (fg brings it back)";
    QuitLinks in Links, "quit", "quit", "Quit";

    StoresDown in Stores, "down", "down", "Move down";
    StoresUp in Stores, "up", "up", "Move up";
    StoresHalfPageDown in Stores, "half-page-down", "half down", "Move half a page down";
    StoresHalfPageUp in Stores, "half-page-up", "half up", "Move half a page up";
    StoresPageDown in Stores, "page-down", "page down", "Move a page down";
    StoresPageUp in Stores, "page-up", "page up", "Move a page up";
    StoresFirst in Stores, "first", "first", "Go to the first store";
    StoresLast in Stores, "last", "last", "Go to the last store";
    OpenStore in Stores, "open", "open", "Open the store, where it was left";
    AddStore in Stores, "add", "add", "Add a store: where it is and its key, which is tried once";
    FilterStores in Stores, "filter", "filter", "Show only stores that contain a text";
    ReadStores in Stores, "refresh", "read again", "Read the AWS files again";
    CloseStores in Stores, "close", "close", "Cancel what is being opened; else clear the filter; else close the list";
    StoresMessages in Stores, "messages", "messages", "Show the messages of this session, and all that is known of what failed";
    StoresHelp in Stores, "help", "help", "Show the keys";
    SuspendStores in Stores, "suspend", "suspend", "Stop daypass and return to the shell (fg brings it back)";
    QuitStores in Stores, "quit", "quit", "Quit";

    AcceptNewStore in NewStore, "accept", "go on", "Go to what is missing; else try the key, write the store into the settings, and open it";
    NextStoreField in NewStore, "next", "next", "Go to the next field";
    PreviousStoreField in NewStore, "previous", "previous", "Go to the field before";
    WriteNewStore in NewStore, "write", "write anyway", "Write the store although its key failed when it was tried";
    EraseStoreField in NewStore, "erase-line", "erase", "Erase what is before the cursor; of a secret, all";
    EraseStoreFieldWord in NewStore, "erase-word", "erase word", "Erase the word before the cursor; of a secret, all";
    CloseNewStore in NewStore, "close", "close", "Stop what runs; else close without adding a store, or quit where none is open";
    NewStoreMessages in NewStore, "messages", "messages", "Show the messages of this session, and all that is known of what failed";
    NewStoreHelp in NewStore, "help", "help", "Show the keys";
    SuspendNewStore in NewStore, "suspend", "suspend", "Stop daypass and return to the shell (fg brings it back)";
    QuitNewStore in NewStore, "quit", "quit", "Quit";

    ScrollDown in Page, "down", "down", "Scroll down";
    ScrollUp in Page, "up", "up", "Scroll up";
    ScrollPageDown in Page, "page-down", "page down", "Scroll a page down";
    ScrollPageUp in Page, "page-up", "page up", "Scroll a page up";
    ScrollFirst in Page, "first", "top", "Scroll to the top";
    ScrollLast in Page, "last", "end", "Scroll to the end";
    OpenMessage in Page, "open", "open", "Show all that is known of the message: request, answer, ids";
    AskStore in Page, "ask", "ask the store", "Ask the store whether the inspected link works, without using it";
    AskForPage in Page, "web-page", "web page", "Ask whether pages of a web site may call the bucket, on the doctor's report";
    CopyReport in Page, "copy", "copy", "Copy the report or message, which holds no link and no secret";
    ClosePage in Page, "close", "close", "Close the page";
    PageMessages in Page, "messages", "messages", "Show the messages of this session, and all that is known of what failed";
    SuspendPage in Page, "suspend", "suspend", "Stop daypass and return to the shell (fg brings it back)";
    QuitPage in Page, "quit", "quit", "Quit";

    Accept in Prompt, "accept", "accept", "Take what is typed";
    Abandon in Prompt, "abandon", "abandon", "Close without taking it";
    EraseLine in Prompt, "erase-line", "erase", "Erase what is before the cursor";
    EraseWord in Prompt, "erase-word", "erase word", "Erase the word before the cursor";

    NextField in Form, "next", "next", "Go to the next field";
    PreviousField in Form, "previous", "previous", "Go to the field before";
    NextChoice in Form, "next-choice", "choose", "Take the next of what the field offers, or move the cursor right";
    PreviousChoice in Form, "previous-choice", "choose back", "Take the one before of what the field offers, or move the cursor left";
    AcceptForm in Form, "accept", "make the link", "Make the link";
    AbandonForm in Form, "abandon", "close", "Close without making the link";
    EraseField in Form, "erase-line", "erase", "Erase what is before the cursor";
    EraseFieldWord in Form, "erase-word", "erase word", "Erase the word before the cursor";

    NextItem in Menu, "down", "down", "Move down";
    PreviousItem in Menu, "up", "up", "Move up";
    ChooseItem in Menu, "choose", "choose", "Take the item under the cursor; a digit takes the item of that number";
    CloseMenu in Menu, "close", "close", "Close the menu";
    QuitMenu in Menu, "quit", "quit", "Quit";

    CopyBatch in Batch, "copy", "copy", "Copy the links, or the name of their file where they are too many";
    CloseBatch in Batch, "close", "close", "Cancel what runs, and close";
    BatchMessages in Batch, "messages", "messages", "Show the messages of this session, and all that is known of what failed";
    QuitBatch in Batch, "quit", "quit", "Quit";

    UsageDown in Usage, "down", "down", "Move down";
    UsageUp in Usage, "up", "up", "Move up";
    UsageHalfPageDown in Usage, "half-page-down", "half down", "Move half a page down";
    UsageHalfPageUp in Usage, "half-page-up", "half up", "Move half a page up";
    UsagePageDown in Usage, "page-down", "page down", "Move a page down";
    UsagePageUp in Usage, "page-up", "page up", "Move a page up";
    UsageFirst in Usage, "first", "first", "Go to the first line";
    UsageLast in Usage, "last", "last", "Go to the last line";
    UsageOpen in Usage, "open", "open", "Go into the folder, without counting it again";
    UsageLeave in Usage, "leave", "up a level", "Go up one level, as far as was counted";
    UsageBy in Usage, "by", "by …", "Tell the same apart by the next of child, storage class, age; with versions, current or not";
    UsageSort in Usage, "sort", "sort", "Sort by the next of size, number, name";
    UsageBrowse in Usage, "browse", "to the list", "Go to this place in the list";
    UsageVersions in Usage, "versions", "versions", "Count all versions and delete markers, too, a page after the other; or objects alone again";
    UsageInventory in Usage, "inventory", "inventory", "Count from the newest S3 Inventory that the settings name, without listing";
    UsageAgain in Usage, "refresh", "count again", "Count again, by listing";
    CloseUsage in Usage, "close", "close", "Stop counting; else close the sizes";
    UsageMessages in Usage, "messages", "messages", "Show the messages of this session, and all that is known of what failed";
    UsageHelp in Usage, "help", "help", "Show the keys";
    SuspendUsage in Usage, "suspend", "suspend", "Stop daypass and return to the shell (fg brings it back)";
    QuitUsage in Usage, "quit", "quit", "Quit";

    FindDown in Find, "down", "down", "Move down";
    FindUp in Find, "up", "up", "Move up";
    FindHalfPageDown in Find, "half-page-down", "half down", "Move half a page down";
    FindHalfPageUp in Find, "half-page-up", "half up", "Move half a page up";
    FindPageDown in Find, "page-down", "page down", "Move a page down";
    FindPageUp in Find, "page-up", "page up", "Move a page up";
    FindFirst in Find, "first", "first", "Go to the first object";
    FindLast in Find, "last", "last", "Go to the last object found so far";
    FindOpen in Find, "open", "to its place", "Go to the place of the object, with the cursor on it";
    FindShare in Find, "share", "share", "Make a presigned GET link to the object and copy it; of marks, many links";
    FindMark in Find, "mark", "mark", "Mark or unmark the object and move down";
    FindMarkAll in Find, "mark-all", "mark all", "Mark all that were found so far, or unmark them if all are marked";
    FindYank in Find, "yank-uri", "copy s3://", "Copy the s3:// location of the object, or of all marked ones";
    FindAgain in Find, "pattern", "pattern", "Look for something else below the same place";
    CloseFind in Find, "close", "close", "Stop looking; else clear marks; else close";
    FindMessages in Find, "messages", "messages", "Show the messages of this session, and all that is known of what failed";
    FindHelp in Find, "help", "help", "Show the keys";
    SuspendFind in Find, "suspend", "suspend", "Stop daypass and return to the shell (fg brings it back)";
    QuitFind in Find, "quit", "quit", "Quit";

    Yes in Confirm, "yes", "yes", "Yes, do it";
    No in Confirm, "no", "no", "No, leave it";
    QuitConfirm in Confirm, "quit", "quit", "Quit";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_within_a_scene() {
        let names: HashSet<_> = Command::ALL.iter().map(|c| (c.scene(), c.name())).collect();
        assert_eq!(names.len(), Command::ALL.len());
    }

    #[test]
    fn every_scene_has_commands() {
        for scene in Scene::ALL {
            assert!(Command::ALL.iter().any(|c| c.scene() == scene), "{scene:?}");
        }
    }
}

//! A store that is asked without a name: what stands in for links, as nothing can be signed.

use super::effect::Effect;
use crate::command::list::Command;
use crate::model::Model;
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::pending::Lane;
use crate::model::store::Access;
use crate::s3::location::ObjectId;

/// Does what is possible instead of a command that signs; false where the command may go on.
pub(super) fn instead(model: &mut Model, command: Command, now: Moment, effects: &mut Vec<Effect>) -> bool {
    let marked = |any: bool, object: Option<ObjectId>| object.filter(|_| !any);
    let object = match (model.store.access, command) {
        (Access::Signed, _) => return false,
        (Access::Anonymous, Command::Share) => {
            let here = &model.browse.here;
            marked(!here.marks().is_empty(), here.current_object())
        }
        (Access::Anonymous, Command::FindShare) => {
            model.find().and_then(|sheet| marked(sheet.marks_count() > 0, sheet.current()))
        }
        (access, command) if access.allows(command) => return false,
        (Access::Anonymous, _) => None,
    };
    match object {
        Some(object) => effects.push(Effect::CopyAddress(model.pending.ask(Lane::Copy, now), object)),
        None => unsigned(model, now),
    }
    true
}

fn unsigned(model: &mut Model, now: Moment) {
    model.notices.say(Level::Info, "anonymous: no link can be signed; open the store with a key or a profile", now);
}

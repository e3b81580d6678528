//! A store that is asked without a name: what stands in for links, as nothing can be signed.

use super::effect::Effect;
use crate::command::list::Command;
use crate::model::Model;
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::pending::Lane;
use crate::model::store::Access;

/// Does what is possible instead of a command that signs; false where the command may go on.
pub(super) fn instead(model: &mut Model, command: Command, now: Moment, effects: &mut Vec<Effect>) -> bool {
    use Command as C;
    match (model.store.access, command) {
        (Access::Signed, _) => false,
        (Access::Anonymous, C::Share) => {
            match model.browse.here.current_object() {
                Some(object) if model.browse.here.marks().is_empty() => {
                    let question = model.pending.ask(Lane::Copy, now);
                    effects.push(Effect::CopyAddress(question, object));
                }
                Some(_) | None => unsigned(model, now),
            }
            true
        }
        (Access::Anonymous, C::ShareOptions | C::Batch | C::Upload | C::UploadOptions | C::SignIssued) => {
            unsigned(model, now);
            true
        }
        (Access::Anonymous, _) => false,
    }
}

fn unsigned(model: &mut Model, now: Moment) {
    model.notices.say(Level::Info, "anonymous: no link can be signed; open the store with a key or a profile", now);
}

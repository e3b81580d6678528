//! The end of the credentials: asked for when a request has needed them anyway, and again while it is near, so that they
//! are renewed beside the work.

use jiff::Timestamp;

use super::effect::Effect;
use super::msg::Msg;
use crate::model::Model;
use crate::model::moment::Moment;
use crate::model::pending::{Lane, Question};
use crate::model::store::Access;
use crate::s3::failure::{Failure, FailureKind};

/// Notes that the store has answered, if that is what happened. A refusal is an answer to credentials, too.
pub(super) fn hear(model: &mut Model, msg: &Msg, now: Moment) {
    let answered = match msg {
        Msg::BucketsCame(_, answer) => came(answer),
        Msg::PageCame(_, answer) => came(answer),
        Msg::ListingEnded(_, _, answer) => came(answer),
        Msg::HeadCame(_, _, answer) => came(answer),
        Msg::TagsCame(_, _, answer) => came(answer),
        Msg::VersionsCame(_, _, answer) => came(answer),
        Msg::LinkMade(_, answer) => came(answer),
        Msg::SearchEnded(_, _, answer) | Msg::UsageCame(_, _, answer) => came(answer),
        _ => false,
    };
    if answered {
        model.store.ending.serve(now.wall);
    }
}

fn came<T>(answer: &Result<T, Failure>) -> bool {
    let refused = |failure: &Failure| failure.kind == FailureKind::Forbidden && failure.reply.is_some();
    answer.as_ref().err().is_none_or(refused)
}

/// Asks for the end, where it is due.
pub(super) fn ask_if_due(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    let signed = model.store.access == Access::Signed;
    if signed && model.store.ending.is_due(now.wall) && !model.pending.runs(Lane::Credentials) {
        effects.push(Effect::AskEnd(model.pending.ask(Lane::Credentials, now)));
    }
}

/// Takes the end. Where it cannot be had, whoever renews has told it, or the next request does.
pub(super) fn take_end(model: &mut Model, question: Question, answer: Result<Option<Timestamp>, Failure>, now: Moment) {
    if model.pending.settle(Lane::Credentials, question) {
        model.store.ending.learn(answer.ok(), now.wall);
    }
}

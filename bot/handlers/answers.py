"""What people who were asked do with a round: answer, skip, snooze, change their mind.

This is the busiest way through the house, so it asks the store for as little as it can: an
invitation is the permission, and no role is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.conversation.actions import Action
from bot.conversation.card import Card, Values
from bot.conversation.events import FieldErrors, Open, Replace, Reply, Say
from bot.handlers.context import Outcome, prompt_key
from bot.ports import Answered, Known, Tenant, Tx
from bot.pulse.answering import Accepted, Refusal, admit, decide_answer, fits, question_of
from bot.pulse.personal import rules_for
from bot.pulse.pulses import Invitation, Round
from bot.pulse.questionnaire import follow_up, next_question
from bot.pulse.windows import Snooze, snooze
from bot.wording import participant as words


@dataclass(frozen=True, slots=True)
class Respondent:
    """Someone who may have been asked, at one moment."""

    tx: Tx
    now: datetime
    known: Known

    @property
    def tenant(self) -> Tenant:
        """The respondent's organisation; nothing of another can be reached through it."""
        return self.tx.tenant(self.known.org_id)

    @property
    def id(self) -> str:
        return self.known.person_id

    def zone(self, round_: Round) -> str:
        """The clocks that the respondent lives by."""
        if self.known.zone is not None:
            return self.known.zone
        programme = self.tenant.programmes.get(round_.programme_id)
        return programme.zone if programme else "UTC"


def answer(ctx: Respondent, action: Action) -> Outcome:
    """One tap on an answer."""
    round_id, question_id, raw = action.arguments
    return _keep(ctx, round_id, question_id, raw, tapped=True)


def write(ctx: Respondent, action: Action) -> Outcome:
    """Open the form for an answer that one tap cannot give."""
    round_id, question_id = action.arguments
    found = _open_round(ctx, round_id)
    if isinstance(found, Refusal):
        return _replace(words.refused(found))
    round_, _ = found
    question = question_of(round_, question_id)
    if question is None:
        return _replace(words.refused(Refusal.UNKNOWN))
    current = ctx.tenant.answers.of(round_id, ctx.id).values.get(question_id)
    return Outcome((Open(words.write_form(round_, question, current)),))


def written(ctx: Respondent, action: Action, values: Values) -> Outcome:
    """The form of `write` was sent."""
    round_id, question_id = action.arguments
    raw = ",".join(values.get(question_id, ()))
    found = _open_round(ctx, round_id)
    question = None if isinstance(found, Refusal) else question_of(found[0], question_id)
    if question is not None and not fits(question, raw):
        return Outcome((FieldErrors({question_id: words.does_not_fit(question)}),))
    return _keep(ctx, round_id, question_id, raw, tapped=False)


def skip(ctx: Respondent, action: Action) -> Outcome:
    """Leave one question out."""
    round_id, question_id = action.arguments
    found = _open_round(ctx, round_id)
    if isinstance(found, Refusal):
        return _replace(words.refused(found))
    round_, invitation = found
    if question_of(round_, question_id) is None:
        return _replace(words.refused(Refusal.UNKNOWN))
    before = ctx.tenant.answers.of(round_id, ctx.id)
    ctx.tenant.answers.skip(round_id, ctx.id, question_id)
    card = _next_card(ctx, round_, invitation)
    return _replace(words.taken_back(card) if question_id in before.values else card)


def start(ctx: Respondent, action: Action) -> Outcome:
    """Show where the person is in the round, from a reminder."""
    (round_id,) = action.arguments
    found = _open_round(ctx, round_id)
    if isinstance(found, Refusal):
        return _replace(words.refused(found))
    return _replace(_next_card(ctx, *found))


def change(ctx: Respondent, action: Action) -> Outcome:
    """Open all of the person's own answers, to look at and change."""
    (round_id,) = action.arguments
    found = _open_round(ctx, round_id)
    if isinstance(found, Refusal):
        return _say(words.refused(found))
    answered = ctx.tenant.answers.of(round_id, ctx.id)
    return Outcome((Open(words.change_form(found[0], dict(answered.values))),))


def changed(ctx: Respondent, action: Action, values: Values) -> Outcome:
    """The form of `change` was sent: every field is kept, or the form stays open."""
    (round_id,) = action.arguments
    found = _open_round(ctx, round_id)
    if isinstance(found, Refusal):
        return _say(words.refused(found))
    round_, invitation = found
    answers = ctx.tenant.answers
    before = answers.of(round_id, ctx.id)
    accepted: list[Accepted] = []
    cleared: list[str] = []
    for question_id, chosen in values.items():
        raw = ",".join(chosen).strip()
        if not raw:
            cleared.append(question_id)
            continue
        outcome = decide_answer(round_, invitation, question_id, raw, ctx.now)
        if not isinstance(outcome, Accepted):
            question = question_of(round_, question_id)
            return Outcome((FieldErrors({question_id: words.does_not_fit(question)}),))
        accepted.append(outcome)
    for kept in accepted:
        answers.put(round_id, ctx.id, kept.question.id, kept.value)
    for question_id in cleared:
        if question_id in before.values:
            answers.skip(round_id, ctx.id, question_id)
    return _say(_next_card(ctx, round_, invitation))


def snoozed(ctx: Respondent, action: Action) -> Outcome:
    """Ask again later today or tomorrow, as long as the round is open then."""
    round_id, choice = action.arguments
    found = _open_round(ctx, round_id)
    if isinstance(found, Refusal):
        return _replace(words.refused(found))
    round_, _ = found
    if choice not in {one.value for one in Snooze}:
        return _replace(words.refused(Refusal.UNKNOWN))
    answered = ctx.tenant.answers.of(round_id, ctx.id)
    if next_question(round_.questionnaire, answered.values, answered.skipped) is None:
        return _replace(words.nothing_left(round_, ctx.zone(round_)))
    person = ctx.tenant.people.get(ctx.id)
    programme = ctx.tenant.programmes.get(round_.programme_id)
    key = prompt_key(round_id, ctx.id)
    if person is None or programme is None or ctx.tenant.post.get(key) is None:
        return _replace(words.refused(Refusal.UNKNOWN))
    at = snooze(Snooze(choice), ctx.now, rules_for(person, programme), round_.close_at)
    if at is None:
        return _say(words.cannot_snooze(round_, ctx.zone(round_)))
    ctx.tenant.post.move(key, at)
    return _replace(words.snoozed(at, ctx.zone(round_)))


# --- shared ----------------------------------------------------------------------------------


def _open_round(ctx: Respondent, round_id: str) -> tuple[Round, Invitation] | Refusal:
    part = ctx.tenant.pulses.part(round_id, ctx.id)
    round_, invitation = (part.round, part.invitation) if part else (None, None)
    refusal = admit(round_, invitation, ctx.now)
    if refusal is not None or round_ is None or invitation is None:
        return refusal or Refusal.UNKNOWN
    return round_, invitation


def _keep(ctx: Respondent, round_id: str, question_id: str, raw: str, *, tapped: bool) -> Outcome:
    part = ctx.tenant.pulses.part(round_id, ctx.id)
    round_, invitation = (part.round, part.invitation) if part else (None, None)
    outcome = decide_answer(round_, invitation, question_id, raw, ctx.now)
    if isinstance(outcome, Refusal) or part is None or round_ is None or invitation is None:
        refusal = outcome if isinstance(outcome, Refusal) else Refusal.UNKNOWN
        return _replace(words.refused(refusal))
    before = ctx.tenant.answers.of(round_id, ctx.id)
    ctx.tenant.answers.put(round_id, ctx.id, question_id, outcome.value)
    values = {**before.values, question_id: outcome.value}
    answered = Answered(values, before.skipped - {question_id})
    card = next_card(round_, invitation, answered, ctx.known.zone or part.zone)
    # A double click changes nothing, and a form has shown the earlier answer.
    if tapped and before.values.get(question_id, outcome.value) != outcome.value:
        card = words.replaced(card)
    replies: list[Reply] = [Replace(card)]
    more = follow_up(round_.questionnaire, outcome.question, answered.values, answered.skipped)
    if more is not None:
        # In a form only: in the chat it would show how the question before was answered.
        replies.append(Open(words.write_form(round_, more, None)))
    return Outcome(tuple(replies))


def _next_card(ctx: Respondent, round_: Round, invitation: Invitation) -> Card:
    answered = ctx.tenant.answers.of(round_.id, ctx.id)
    return next_card(round_, invitation, answered, ctx.zone(round_))


def next_card(round_: Round, invitation: Invitation, answered: Answered, zone: str) -> Card:
    """The next question of this person, or the thanks at the end."""
    values = dict(answered.values)
    question = next_question(round_.questionnaire, values, answered.skipped)
    if question is None:
        return words.thanks(round_, zone)
    return words.prompt(round_, question, values, invitation.block, zone)


def _replace(card: Card) -> Outcome:
    replies: tuple[Reply, ...] = (Replace(card),)
    return Outcome(replies)


def _say(card: Card) -> Outcome:
    return Outcome((Say(card),))

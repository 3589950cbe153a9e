"""A facilitator's commands about questions: the bank, and questions of their own."""

from __future__ import annotations

from bot.conversation.card import Values
from bot.conversation.events import FieldErrors, Open
from bot.conversation.grammar import Parsed
from bot.handlers.context import Context, Outcome, say
from bot.pulse.bank import find_instrument
from bot.pulse.bespoke import make_own_question, with_follow_up
from bot.pulse.questions import Problem, Question
from bot.wording import asking
from bot.wording import questions as words


def listing(ctx: Context, parsed: Parsed) -> Outcome:
    """The sets of the bank, and the programme's own questions."""
    return say(words.questions(ctx.tenant.programmes.own_questions(ctx.programme.id)))


def show(ctx: Context, parsed: Parsed) -> Outcome:
    """One set, with its source and licence."""
    found = find_instrument(parsed.words[0].lower())
    return say(words.instrument(found) if found else words.no_instrument(parsed.words[0]))


def add(ctx: Context, parsed: Parsed) -> Outcome:
    """A question of one's own, inline or by a form."""
    if not parsed.words:
        draft = ctx.draft("questions-add")
        return Outcome((Open(words.add_form(draft)),))
    made = make_own_question(
        kind=parsed.clauses.get("as", "agree"),
        text=parsed.words[0],
        options=parsed.clauses.get("with", "").split(","),
    )
    if not isinstance(made, Question):
        return say(asking.not_understood({p.field: p.message for p in made}))
    return _keep(ctx, made)


def add_sent(ctx: Context, values: Values) -> Outcome:
    """The form of `add` was sent."""
    made = make_own_question(
        kind=(values.get("kind") or ("agree",))[0],
        text=(values.get("text") or ("",))[0],
        options=(values.get("options") or ("",))[0].splitlines(),
        reverse=values.get("reverse", ()) == ("yes",),
    )
    if not isinstance(made, Question):
        return Outcome((FieldErrors({p.field: p.message for p in made}),))
    asked_next = (values.get("follow_up") or ("",))[0]
    if asked_next.strip():
        followed = with_follow_up(made, asked_next)
        if isinstance(followed, Problem):
            return Outcome((FieldErrors({"follow_up": followed.message}),))
        made, follow_up = followed
        ctx.tenant.programmes.save_question(ctx.programme.id, follow_up)
    ctx.drop_draft("questions-add")
    return _keep(ctx, made)


def _keep(ctx: Context, question: Question) -> Outcome:
    known = {own.id: own for own in ctx.tenant.programmes.own_questions(ctx.programme.id)}
    if known.get(question.id, question).reverse is not question.reverse:
        # Its earlier results would change their meaning.
        return say(words.already_there(question))
    ctx.tenant.programmes.save_question(ctx.programme.id, question)
    ctx.record("questions.add", question=question.text)
    return say(words.added(question))

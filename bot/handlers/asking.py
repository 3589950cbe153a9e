"""A facilitator asks one question now: typed or in a form, confirmed, then sent."""

from __future__ import annotations

import json
from dataclasses import replace

from bot.conversation.actions import Action
from bot.conversation.card import Values
from bot.conversation.events import FieldErrors, Open, Replace
from bot.conversation.grammar import Parsed
from bot.handlers import pulses
from bot.handlers.context import Context, Outcome, say
from bot.handlers.opening import asked_lately, open_now, questions_of, season_of
from bot.pulse.bank import find_question
from bot.pulse.bespoke import make_own_question
from bot.pulse.dates import has_started
from bot.pulse.opening import NotOpened, on_the_list, reminders_for
from bot.pulse.personal import calendar_of, local_day
from bot.pulse.planning import PulsePlan, read_plan
from bot.pulse.pulses import PulseState
from bot.pulse.questionnaire import question_from_json, question_to_json, rotate
from bot.pulse.questions import Question, fill
from bot.pulse.windows import close_at
from bot.sentiment.profile import Profile
from bot.wording import asking as words
from bot.wording.phrases import called

ASK_WINDOW = "2 days"


def ask(ctx: Context, parsed: Parsed) -> Outcome:
    """Ask one question now: inline, or by a form."""
    if not has_started(ctx.programme, ctx.now):
        return say(words.not_started(ctx.programme))
    if not parsed.words:
        draft = ctx.draft("ask")
        return Outcome((Open(words.ask_form(pulses.teams(ctx), draft)),))
    clauses = parsed.clauses
    prepared = _prepare_ask(
        ctx,
        text=parsed.words[0],
        kind=clauses.get("as", ""),
        options=clauses.get("with", "").split(","),
        window=clauses.get("for", ""),
        teams=pulses.split(clauses.get("to", "")),
        reminders=clauses.get("reminders", ""),
    )
    if isinstance(prepared, dict):
        return say(words.not_understood(prepared))
    return _confirm(ctx, *prepared)


def ask_sent(ctx: Context, values: Values) -> Outcome:
    """The form of `ask` was sent."""
    prepared = _prepare_ask(
        ctx,
        text=pulses.one(values, "text"),
        kind=pulses.one(values, "kind"),
        options=pulses.one(values, "options").splitlines(),
        window=pulses.one(values, "window"),
        teams=values.get("teams", ()),
        reminders=pulses.one(values, "reminders"),
    )
    if isinstance(prepared, dict):
        return Outcome((FieldErrors(prepared),))
    ctx.drop_draft("ask")
    return _confirm(ctx, *prepared)


def _prepare_ask(
    ctx: Context,
    *,
    text: str,
    kind: str,
    options: list[str],
    window: str,
    teams: tuple[str, ...],
    reminders: str,
) -> tuple[PulsePlan, Question] | dict[str, str]:
    own = questions_of(ctx.tenant, ctx.programme.id)
    question = own.get(text) or find_question(text)
    if question is None:
        made = make_own_question(kind=kind or _usual_kind(text), text=text, options=options)
        if not isinstance(made, Question):
            return {problem.field: problem.message for problem in made}
        # One that is there already keeps its good side and its follow-up.
        question = own.get(made.id, made)
    plan = read_plan(
        name=words.one_off_name(_filled(ctx, question).text),
        every=None,
        window=window or ASK_WINDOW,
        size="1",
        questions=(question.id,),
        teams=teams,
        reminders=reminders,
        own={**own, question.id: question},
        teams_there=pulses.teams(ctx),
    )
    if isinstance(plan, dict):
        return plan
    problem = pulses.audience(ctx, plan)
    if problem:
        return {"teams": problem}
    asked = asked_lately(ctx.tenant, ctx.programme, ctx.now)
    today = local_day(ctx.now, ctx.programme.zone)
    resting = rotate([_filled(ctx, question)], asked, today, 1).resting
    if resting:
        return {"text": words.still_resting(resting[0][1])}
    return plan, question


def _filled(ctx: Context, question: Question) -> Question:
    organisation = ctx.tenant.programmes.organisation().name
    return fill(question, organisation=organisation, change=ctx.programme.change)


def _usual_kind(text: str) -> str:
    """A statement is agreed with; a question is answered from 0 to 10."""
    return "0-10" if text.rstrip().endswith("?") else "agree"


def _confirm(ctx: Context, plan: PulsePlan, question: Question) -> Outcome:
    pulse = pulses.keep(ctx, plan, PulseState.DRAFT)
    programme = ctx.programme
    own = questions_of(ctx.tenant, programme.id)
    if question.id not in own and find_question(question.id) is None:
        # Kept with the draft only, so that a question that is not asked after all leaves nothing.
        ctx.save_draft(_typed(pulse.id), {"question": (json.dumps(question_to_json(question)),)})
        own[question.id] = question
    asked = [q for q in (own.get(i) or find_question(i) for i in plan.questions) if q]
    blocks = season_of(ctx.tenant, programme, ctx.now).blocks
    members = ctx.tenant.people.members(programme.id)
    people = on_the_list(members, plan.teams)
    shown = [b for b in blocks if any(m.membership.team in b.teams for m in people)]
    card = words.confirm_ask(
        pulse,
        [_filled(ctx, one) for one in asked],
        len(people),
        close_at(ctx.now, plan.window, calendar_of(programme)),
        reminders_for(pulse, programme, members, ctx.now),
        shown,
        Profile(programme.profile).disclosure.k,
        ctx.zone,
    )
    return say(card)


def send(ctx: Context, action: Action) -> Outcome:
    """It was confirmed: the round opens now. A second press finds it open."""
    ctx.hold_programme()
    pulse = ctx.tenant.pulses.hold(action.arguments[0])
    if pulse is None or pulse.state is not PulseState.DRAFT:
        return Outcome((Replace(words.ALREADY),))
    typed = _typed_question(ctx, pulse.id)
    # Not now but at the draft's own moment: that is how the database says "once".
    result = open_now(ctx.tx, pulse, pulse.next_at or ctx.now, ctx.now, typed)
    if isinstance(result, NotOpened):
        return Outcome((Replace(words.not_opened(called(pulse), result)),))
    for question in typed:
        ctx.tenant.programmes.save_question(ctx.programme.id, question)
    ctx.drop_draft(_typed(pulse.id))
    ctx.tenant.pulses.save(replace(pulse, state=PulseState.ENDED, next_at=None))
    ctx.record("ask", pulse=pulse.name)
    return Outcome((Replace(words.asked(pulse)),), result)


def discard(ctx: Context, action: Action) -> Outcome:
    """The question was not asked after all."""
    pulse = ctx.tenant.pulses.hold(action.arguments[0])
    if pulse is None or pulse.state is not PulseState.DRAFT:
        return Outcome((Replace(words.ALREADY),))
    ctx.tenant.pulses.save(replace(pulse, state=PulseState.ENDED, next_at=None))
    ctx.drop_draft(_typed(pulse.id))
    return Outcome((Replace(words.DISCARDED),))


def _typed(pulse_id: str) -> str:
    """Where a question waits that was typed for this pulse, until it is asked."""
    return f"asking:{pulse_id}"


def _typed_question(ctx: Context, pulse_id: str) -> tuple[Question, ...]:
    kept = ctx.draft(_typed(pulse_id)).get("question", ())
    typed = tuple(question_from_json(json.loads(text)) for text in kept)
    # It may have been added by itself since then, which says more about it.
    own = questions_of(ctx.tenant, ctx.programme.id)
    return tuple(question for question in typed if question.id not in own)

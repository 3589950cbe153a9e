"""Which function answers which command, button and form, and who may use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.conversation.actions import ARGUMENTS, Action, Verb, encode
from bot.conversation.card import Button, Buttons, Card, Values
from bot.conversation.commands import BY_NAME, instead_of
from bot.conversation.events import (
    Closed,
    Command,
    Event,
    FieldErrors,
    Gathered,
    Open,
    Pressed,
    Replace,
    Reply,
    Say,
    Submitted,
)
from bot.conversation.grammar import Parsed, Refusal, parse
from bot.conversation.roles import Role
from bot.handlers import (
    answers,
    asking,
    ending,
    home,
    me,
    people,
    programmes,
    questions,
    results,
    scheduling,
    sources,
)
from bot.handlers.answers import Respondent
from bot.handlers.context import Context, Outcome, say
from bot.wording import help as words
from bot.wording.welcome import WRONG_CODE

OnCommand = Callable[[Context, Parsed], Outcome]
OnPress = Callable[[Context, Action], Outcome]
OnAnswer = Callable[[Respondent, Action], Outcome]
OnAnswerForm = Callable[[Respondent, Action, Values], Outcome]

_ALL = frozenset(Role)
_FACILITATOR = frozenset({Role.FACILITATOR})


def help_(ctx: Context, parsed: Parsed) -> Outcome:
    """What the actor can do here."""
    roles = ctx.roles[ctx.programme.id]
    if not parsed.words:
        return say(words.help_card(roles, ctx.programme))
    spec = BY_NAME[parsed.words[0]]
    if spec.roles.isdisjoint(roles):
        return say(words.not_for_you(spec.name, spec.roles, instead_of(spec.name, roles)))
    return say(words.command_help(spec, roles))


def nothing_to_claim(ctx: Context, parsed: Parsed) -> Outcome:
    """Where a platform knows no codes, or somebody runs everything already."""
    return say(WRONG_CODE)


COMMANDS: dict[tuple[str, str], OnCommand] = {
    ("help", ""): help_,
    ("home", ""): home.show,
    ("claim", ""): nothing_to_claim,
    ("programme", "list"): programmes.listing,
    ("programme", "new"): programmes.new,
    ("programme", "use"): programmes.use,
    ("programme", "edit"): programmes.edit,
    ("level", ""): programmes.level,
    ("people", "list"): people.listing,
    ("people", "add"): people.add,
    ("people", "import"): people.import_,
    ("people", "from"): sources.from_,
    ("people", "remove"): people.remove,
    ("questions", "list"): questions.listing,
    ("questions", "show"): questions.show,
    ("questions", "add"): questions.add,
    ("schedule", "list"): scheduling.schedules,
    ("schedule", "new"): scheduling.schedule_new,
    ("schedule", ""): scheduling.schedule,
    ("schedule", "stop"): scheduling.schedule_stop,
    ("ask", ""): asking.ask,
    ("pause", ""): scheduling.pause,
    ("resume", ""): scheduling.resume,
    ("close", ""): ending.close,
    ("cancel", ""): ending.cancel,
    ("status", ""): results.status,
    ("digest", ""): results.digest,
    ("export", ""): results.export,
    ("audit", ""): results.audit,
    ("me", ""): me.show,
    ("me", "times"): me.times,
    ("me", "zone"): me.zone,
    ("me", "pause"): me.away,
    ("me", "back"): me.back,
    ("me", "leave"): me.leave,
    ("me", "erase"): me.erase,
}

# An invitation is the permission for these, so they go without a context.
ANSWERS: dict[Verb, OnAnswer] = {
    Verb.ANSWER: answers.answer,
    Verb.WRITE: answers.write,
    Verb.SKIP: answers.skip,
    Verb.START: answers.start,
    Verb.CHANGE: answers.change,
    Verb.SNOOZE: answers.snoozed,
}
_BRIEF = frozenset(ANSWERS) - {Verb.SNOOZE}  # which looks at calendars
ANSWER_FORMS: dict[Verb, OnAnswerForm] = {
    Verb.WRITE: answers.written,
    Verb.CHANGE: answers.changed,
}

PRESSES: dict[Verb, tuple[frozenset[Role], OnPress]] = {
    Verb.CONSENT: (_ALL, me.consent),
    Verb.LEAVE: (_ALL, me.left),
    Verb.ERASE: (_ALL, me.erased),
    Verb.SEND: (_FACILITATOR, asking.send),
    Verb.DISCARD: (_FACILITATOR, asking.discard),
    Verb.STOP_PULSE: (_FACILITATOR, scheduling.stopped),
    Verb.CLOSE_ROUND: (_FACILITATOR, ending.closed),
    Verb.CANCEL_ROUND: (_FACILITATOR, ending.cancelled),
    Verb.IMPORT: (_FACILITATOR, people.import_decided),
    Verb.REMOVE_ABSENT: (_FACILITATOR, people.remove_absent),
    Verb.REMOVE_PERSON: (_FACILITATOR, people.removed),
    Verb.GATHER: (_FACILITATOR, sources.again),
    Verb.TAKE_IN: (_FACILITATOR, sources.decided),
    Verb.TAKE_OUT: (_FACILITATOR, people.taken_out),
    Verb.UNFOLLOW: (_FACILITATOR, sources.unfollowed),
    Verb.STRICTER: (_FACILITATOR, programmes.made_stricter),
}

FORMS: dict[str, tuple[frozenset[Role], Callable[[Context, Values], Outcome]]] = {
    "times": (_ALL, me.times_sent),
    "people-add": (_FACILITATOR, people.add_sent),
    "people-import": (_FACILITATOR, people.import_sent),
    "people-remove": (_FACILITATOR, people.remove_sent),
    "source": (_FACILITATOR, sources.from_sent),
    "programme-new": (_FACILITATOR, programmes.new_sent),
    "programme-edit": (_FACILITATOR, programmes.edit_sent),
    "questions-add": (_FACILITATOR, questions.add_sent),
    "ask": (_FACILITATOR, asking.ask_sent),
    "schedule": (_FACILITATOR, scheduling.schedule_sent),
}


def respond(respondent: Respondent, event: Event) -> Outcome | None:
    """What people do with a round; None where the event is about something else."""
    match event:
        case Pressed(action=action) if action.verb in ANSWERS:
            return ANSWERS[action.verb](respondent, action)
        case Submitted(action=action, values=values) if action.verb in ANSWER_FORMS:
            return ANSWER_FORMS[action.verb](respondent, action, values)
        case _:
            return None


def is_brief(event: Event) -> bool:
    """Whether all it can ask for is a look at one's own sheet, or a line on it."""
    return isinstance(event, Pressed) and event.action.verb in _BRIEF


def command(ctx: Context, text: str) -> Outcome:
    """Parse and run what was typed."""
    roles = ctx.roles[ctx.programme.id]
    parsed = parse(text, roles)
    if isinstance(parsed, Refusal):
        talks = parsed.stray and Role.FACILITATOR not in roles
        return say(words.not_read() if talks else words.refusal(parsed))
    spec = BY_NAME[parsed.command]
    sub = spec.sub(parsed.sub)
    allowed = spec.roles & sub.roles if sub else spec.roles
    if allowed.isdisjoint(roles):
        # The name of the way that nobody types says nothing.
        named = parsed.command if sub in spec.subs[:1] else f"{parsed.command} {parsed.sub}"
        return say(words.not_for_you(named, allowed, instead_of(parsed.command, roles)))
    return COMMANDS[parsed.command, parsed.sub](ctx, parsed)


def press(ctx: Context, action: Action) -> Outcome:
    """Run what a button means."""
    if action.verb is Verb.RUN:
        return command(ctx, action.arguments[0])
    if action.verb is Verb.RUN_IN:
        there = _meant(ctx, action)
        return say(words.OLD_BUTTON) if there is None else command(there, action.arguments[1])
    if action.verb is Verb.FORM:
        return me.times_form(ctx) if action.arguments[0] == "times" else say(words.OLD_BUTTON)
    if action.verb not in PRESSES:
        return Outcome()
    allowed, run = PRESSES[action.verb]
    meant = _meant(ctx, action)
    if meant is None or allowed.isdisjoint(meant.roles[meant.programme.id]):
        return Outcome((Replace(words.OLD_BUTTON),))
    return run(meant, action)


def submit(ctx: Context, action: Action, values: Values) -> Outcome:
    """Run what a form was for."""
    known = FORMS.get(action.arguments[0]) if action.verb is Verb.FORM else None
    if known is None:
        return Outcome()
    allowed, run = known
    meant = _meant(ctx, action)
    if meant is None or allowed.isdisjoint(meant.roles[meant.programme.id]):
        return say(words.OLD_BUTTON)
    outcome = run(meant, values)
    if any(isinstance(reply, FieldErrors) for reply in outcome.replies):
        # Not every platform says at a close what stood in the form.
        meant.save_draft(action.arguments[0], values)
    return outcome


def keep_draft(ctx: Context, action: Action, values: Values) -> Outcome:
    """A form was closed: what stood in it comes back when it is opened again."""
    if action.verb is Verb.FORM and action.arguments[0] in FORMS and any(values.values()):
        meant = _meant(ctx, action)
        if meant is not None:
            meant.save_draft(action.arguments[0], values)
    return Outcome()


def _meant(ctx: Context, action: Action) -> Context | None:
    """The actor in the programme that a button or form is about, whichever is current now.

    None where there is no such thing any more, or the actor is not in its programme.
    """
    about = dict(zip(ARGUMENTS[action.verb], action.arguments, strict=True))
    pulses = ctx.tenant.pulses
    if action.verb is Verb.FORM and not about["programme"]:
        return ctx
    if "programme" in about:
        return ctx.about(about["programme"])
    if "pulse" in about:
        pulse = pulses.get(about["pulse"])
        return None if pulse is None else ctx.about(pulse.programme_id)
    if "round" in about:
        round_ = pulses.round(about["round"])
        return None if round_ is None else ctx.about(round_.programme_id)
    return ctx


def gathered(ctx: Context, event: Gathered) -> Outcome:
    """The platform found out who is in a channel, for whoever may bring people in."""
    meant = ctx.about(event.ask.programme_id)
    if meant is None or not meant.has(Role.FACILITATOR):
        return say(words.OLD_BUTTON)
    return sources.gathered(meant, event)


def act(ctx: Context, event: Command | Pressed | Submitted | Closed | Gathered) -> Outcome:
    """What this event leads to."""
    match event:
        case Command(text=text):
            return _marked(ctx, command(ctx, text))
        case Pressed(action=action):
            return _marked(ctx, press(ctx, action))
        case Submitted(action=action, values=values):
            return submit(ctx, action, values)
        case Gathered():
            return gathered(ctx, event)
        case Closed(action=action, values=values):
            return keep_draft(ctx, action, values)


def _marked(ctx: Context, outcome: Outcome) -> Outcome:
    """The outcome with its forms and commands bound to the programme that they are shown for."""
    return replace(
        outcome, replies=tuple(_bound(reply, ctx.programme.id) for reply in outcome.replies)
    )


def _bound(reply: Reply, programme_id: str) -> Reply:
    match reply:
        case Open(form=form) if form.action.verb is Verb.FORM:
            action = Action(Verb.FORM, (form.action.arguments[0], programme_id))
            return Open(replace(form, action=action))
        case Say(card=card):
            return Say(_bound_card(card, programme_id))
        case Replace(card=card):
            return Replace(_bound_card(card, programme_id))
        case _:
            return reply


def _bound_card(card: Card, programme_id: str) -> Card:
    return Card(
        tuple(
            Buttons(tuple(_bound_button(button, programme_id) for button in block.buttons))
            if isinstance(block, Buttons)
            else block
            for block in card.blocks
        )
    )


def _bound_button(button: Button, programme_id: str) -> Button:
    if button.action.verb is not Verb.RUN:
        return button
    action = Action(Verb.RUN_IN, (programme_id, button.action.arguments[0]))
    try:
        encode(action)
    except ValueError:  # a long line has no room for it, and then is about the chosen programme
        return button
    return replace(button, action=action)

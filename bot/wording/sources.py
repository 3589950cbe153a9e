"""What a facilitator reads about channels and groups that people come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.conversation.actions import Action, Verb
from bot.conversation.card import Button, Card, Emphasis, Form, Values
from bot.conversation.gathering import NotGathered, Unfit
from bot.conversation.roles import Role
from bot.programme.programmes import Programme
from bot.programme.roster import ImportPlan
from bot.programme.sources import Source, SourcePlan
from bot.wording.fields import role, typed
from bot.wording.people import FIRST_CONTACT, WITHDRAWN, counted, take_out_all, with_absent
from bot.wording.phrases import count, listed, plain, run, shortened, titled, with_buttons

_SHOWN = 15
_SHOWN_SOURCES = 3  # with a button of their own
_IN_LABEL = 40
_IN_LIST = 60

_NOT_GATHERED = {
    NotGathered.NONE_HERE: "There are no channels and groups here. Bring in people with a list "
    "instead, or one by one.",
    NotGathered.UNKNOWN: "I cannot find {source} here. Check the spelling, or add me to it first: "
    "in Slack, if it is private, type /invite @Soundings there; in Teams, add the app Soundings "
    "to the team.",
    NotGathered.HIDDEN: "You are not in {source}. Only somebody who is in it can bring in its "
    "people.",
    NotGathered.ARCHIVED: "{source} is no longer in use, so I brought in nobody.",
    NotGathered.TOO_MANY: "{source} has too many people to look at one by one. Bring them in with "
    "a list instead.",
    NotGathered.NOT_ALLOWED: "I am not allowed to look into channels and groups here yet. Ask the "
    "person who installed me to install me once more. Until then, use a list.",
    NotGathered.FAILED: "I could not find out who is in {source}. Nothing was changed. Please try "
    "again in a few minutes.",
}
_WHY = {
    Unfit.PROGRAM: "a program",
    Unfit.SWITCHED_OFF: "account switched off",
    Unfit.STRANGER: "from another organisation",
    Unfit.NO_ADDRESS: "no e-mail address in the profile",
}
GONE = plain("That was stopped before, so nothing was changed now. /pulse people shows the rest.")
OTHER_LOOK = plain(
    "I have looked again since then, or this was used before, so nobody was brought in now. "
    "Use the newest message, or start again."
)
FROM_CHANNEL = run("People from a channel", "people from")
NO_SOURCE = "Please write the name of a channel or group, such as #ward-4 or @nurses."


def source_form(draft: Values) -> Form:
    """Whose people come, and as what."""
    without = "Left empty, the name of the channel is the team."
    return Form(
        title="People from a channel",
        action=Action(Verb.FORM, ("source", "")),
        fields=(
            typed(draft, "source", "Channel or group", "For example #ward-4 or @nurses.", most=80),
            typed(draft, "team", "Team", without, required=False, most=80),
            role(draft),
        ),
        submit="Look who is in it",
    )


def looking(name: str) -> Card:
    """Said at once; the answer comes when the platform has told."""
    return plain(f"One moment: I am looking who is in {_short(name)}. Nothing is changed yet.")


def slow(name: str, people: int, minutes: int) -> Card:
    """Said once where a list is long."""
    time = count(minutes, "minute")
    return plain(f"{name} has {people} people. Looking at all of them takes about {time}.")


def not_gathered(source: str, why: NotGathered) -> Card:
    """Nobody was brought in, and what to do instead."""
    card = plain(_NOT_GATHERED[why].format(source=_short(source)))
    return with_buttons(
        card, run("Import a list", "people import"), run("Add one person", "people add")
    )


def cannot_gather(message: str) -> Card:
    """The team or role of the line did not fit."""
    return plain(message, "Nobody was brought in.")


def nobody_fits(name: str, left_out: Sequence[tuple[str, Unfit]]) -> Card:
    """There is nobody in it whom we could ask."""
    return plain(f"There is nobody in {name} whom I could bring in.", *_left_out(left_out))


def confirm(
    programme: Programme,
    name: str,
    planned: SourcePlan,
    *,
    team: str,
    moves: bool,
    role: Role,
    left_out: Sequence[tuple[str, Unfit]],
    hears: bool,
    named: str,
) -> Card:
    """What would happen, before anything does."""
    plan = planned.plan
    parts = [f"{counted(plan)}."]
    if plan.added:
        parts.append(f"New: {_names([row.name for row in plan.added])}.")
    if planned.moved:
        moving = [f"{who} (from {old or 'no team'})" for who, old in planned.moved]
        where = f"Into the team {team}" if team else "Out of their teams"
        parts.append(f"{where}: {_names(moving)}.")
    if planned.filled:
        parts.append(f"Time zone or language filled in: {_names(planned.filled)}.")
    if plan.absent:
        absent = _names([member.person.name for member in plan.absent])
        parts.append(
            f"In the team {team}, but not in {name}: {absent}. They stay for now; I ask about them "
            "next."
        )
    parts += _left_out(left_out)
    if role is Role.PARTICIPANT:
        parts += _what_follows(name, plan, team, moves, hears)
    else:
        parts.append(f"They come in as {role.value}s, once: who joins later is not added.")
    return with_buttons(
        titled(f"Bring the people of {name} into {programme.name}?", *parts),
        Button(
            "Bring them in", Action(Verb.TAKE_IN, (programme.id, named, "yes")), Emphasis.PRIMARY
        ),
        Button("Do not", Action(Verb.TAKE_IN, (programme.id, named, "no"))),
    )


def _what_follows(name: str, plan: ImportPlan, team: str, moves: bool, hears: bool) -> list[str]:
    where = f"New people come into the team {team}." if team else "New people are in no team."
    stay = "" if moves else " Whoever has a team already keeps it."
    new = len(plan.added)
    asked = (
        f"{count(new, 'person is', 'people are')} asked whether they want to take part"
        if new
        else "Nobody is written to"
    )
    after = (
        f"From then on whoever joins {name} is added too, and facilitators hear of it. When "
        "somebody leaves it, I ask you whether to take them out."
    )
    invite = (
        f"For that, add me to {name} first (in Slack, type /invite @Soundings there; in Teams, add "
        "the app Soundings to the team): I only hear what happens where I am."
    )
    return [
        f"{where}{stay} {asked}.",
        *([after] if hears else [after, invite]),
    ]


def brought_in(programme: Programme, name: str, team: str, plan: ImportPlan, named: str) -> Card:
    """What was done, and who is in the team but not in the channel, kept under this name."""
    card = titled(
        f"{programme.name}: people of {name}",
        f"{counted(plan)}. {FIRST_CONTACT}" if plan.added else f"{counted(plan)}.",
    )
    if not plan.absent:
        return card
    absent = _names([member.person.name for member in plan.absent])
    said = f"In the team {team}, but not in {name}: {absent}."
    return with_absent(card, said, len(plan.absent), programme, named)


def not_followed(name: str, programme: Programme) -> Card:
    """There is nothing to stop."""
    return plain(
        f"{programme.name} does not follow {_short(name)}. /pulse people shows what it does."
    )


def confirm_unfollow(programme: Programme, source: Source) -> Card:
    """Asked first."""
    return with_buttons(
        titled(
            f"Stop following {source.name}?",
            f"Whoever joins {source.name} later is then not added to {programme.name}. Everyone "
            "who is in stays in.",
        ),
        _stop_following(programme, source.id),
        run("Keep", "people"),
    )


def unfollowed(programme: Programme, source: Source) -> Card:
    """After the confirmation."""
    return plain(f"Done. {programme.name} no longer follows {source.name}.")


def followed(programme: Programme, sources: Sequence[Source]) -> tuple[list[str], list[Button]]:
    """What a programme follows, in words, and buttons to look again."""
    if not sources:
        return [], []
    teams = [f"{_short(one.name)} (team {one.team or 'none'})" for one in sources[:_SHOWN]]
    if len(sources) > _SHOWN:
        teams.append(f"{len(sources) - _SHOWN} more")
    text = (
        f"Whoever joins {listed(teams)} is added. To end that, type for example: "
        f'/pulse people from "{sources[0].name}" stop'
    )
    buttons = [
        Button(
            f"Look into {shortened(one.name, _IN_LABEL)}",
            Action(Verb.GATHER, (programme.id, one.id)),
        )
        for one in sources[:_SHOWN_SOURCES]
    ]
    return [text], buttons


def went(programme: Programme, about: Mapping[str, str]) -> Card:
    """Who is no longer in the channel; a facilitator decides what that means."""
    names = about["names"].split("\n")
    one = len(names) == 1
    still = "is" if one else "are"
    card = plain(
        f"{_names(names)} left {about['source']} and {still} still in {programme.name}.",
        f"Whoever is taken out gets no more messages from {programme.name}. {WITHDRAWN} "
        "You can add people again later.",
    )
    if "list" not in about:
        return with_buttons(card, _take_out(programme, about))
    return with_buttons(card, take_out_all(len(names), programme, about["list"]))


def came(programme: Programme, about: Mapping[str, str]) -> Card:
    """Somebody was brought in because they joined the channel."""
    source = about["source"]
    if "more" in about:
        return plain(
            f"More people joined {source} today and are now in {programme.name}, each of them "
            "asked first. /pulse people shows how many there are. That is all about it for today."
        )
    return with_buttons(
        plain(
            f"{about['names']} joined {source} and is now in {programme.name}.",
            "New participants are first asked whether they want to take part.",
        ),
        _take_out(programme, about),
    )


def _stop_following(programme: Programme, source_id: str) -> Button:
    action = Action(Verb.UNFOLLOW, (programme.id, source_id))
    return Button("Stop following", action, Emphasis.DANGER)


def shut(programme: Programme, about: Mapping[str, str]) -> Card:
    """Nobody who joins or leaves is noticed any more."""
    source = about["source"]
    return with_buttons(
        plain(
            f"{programme.name} follows {source}, but I cannot see it any more: it was archived or "
            "deleted, or I was taken out of it. Whoever joins or leaves it now is not noticed.",
            f"Everyone who is in stays in. To go on, bring {source} back, add me to it, and "
            f'type /pulse people from "{source}". Or stop following it.',
        ),
        _stop_following(programme, about["source_id"]),
    )


def _take_out(programme: Programme, about: Mapping[str, str]) -> Button:
    action = Action(Verb.TAKE_OUT, (programme.id, about["person"]))
    return Button(f"Take out {shortened(about['names'], _IN_LABEL)}", action, Emphasis.DANGER)


def _left_out(left_out: Sequence[tuple[str, Unfit]]) -> list[str]:
    if not left_out:
        return []
    who = [f"{shortened(name, _IN_LIST)} ({_WHY[why]})" for name, why in left_out[:_SHOWN]]
    if len(left_out) > _SHOWN:
        who.append(f"{len(left_out) - _SHOWN} more")
    return [f"Left out: {listed(who)}."]


def _names(names: Sequence[str]) -> str:
    shown = [shortened(name, _IN_LIST) for name in names[:_SHOWN]]
    if len(names) > _SHOWN:
        shown.append(f"{len(names) - _SHOWN} more")
    return listed(shown)


def _short(name: str) -> str:
    return shortened(name, _IN_LIST)

"""Help, and what to say to a command that was not understood or is not theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.conversation.card import Card, Emphasis, Facts, Text, Tone
from bot.conversation.commands import CommandSpec, help_for
from bot.conversation.grammar import Refusal
from bot.conversation.roles import Role
from bot.programme.programmes import Programme
from bot.wording.phrases import ANYBODY, SUPPORT, listed, plain, run, with_buttons

NOT_KNOWN = "I do not know you yet, so there is nothing that I can show you."

OLD_BUTTON = plain("That button is not in use any more, or is not yours. Nothing was changed.")
STRANGER = plain(NOT_KNOWN, ANYBODY)


def stranger(facilitators: Sequence[str]) -> Card:
    """Someone who is on no roster, and who can help them."""
    if not facilitators:
        return plain(
            NOT_KNOWN,
            "Nobody runs Soundings here yet. If you started it, type /pulse claim and the code "
            "that it printed at the start.",
        )
    verb = "runs" if len(facilitators) == 1 else "run"
    return plain(NOT_KNOWN, f"{listed(facilitators)} {verb} programmes here. Ask to be added.")


FAULT = plain(
    "Something went wrong on our side and nothing was changed. Please try again in a minute. "
    "If it happens again, tell the person who runs your programme."
)

NO_FORM = plain(
    "Slack was too busy just now to open the form. If you do not see it, please press the button "
    "or type the command again."
)
NOT_SHOWN = plain(
    "Slack was too busy just now to show the answer to what you pressed. Type /pulse home to see "
    "how things stand before you press it again."
)


def command_help(spec: CommandSpec, roles: Collection[Role]) -> Card:
    """One command with the examples of these roles, each of which works as it stands."""
    examples = "\n".join(f"/pulse {line}" for line in spec.usage_for(roles))
    return Card((Text(f"/pulse {spec.name}", Tone.HEADING), Text(spec.summary), Text(examples)))


def help_card(roles: Collection[Role], programme: Programme) -> Card:
    """All commands of these roles."""
    are = listed([f"a {role.value}" for role in sorted(roles)])
    specs = help_for(roles)
    card = Card(
        (
            Text("What you can do here", Tone.HEADING),
            Text(f"In {programme.name} you are {are}."),
            Facts(tuple((f"/pulse {one.name}", one.summary) for one in specs if one.listed)),
        )
    )
    if Role.FACILITATOR in roles:
        return with_buttons(
            card, run("What is going on", "status"), run("Plan a pulse", "schedule new")
        )
    return with_buttons(card, run("My pulses", "me"), run("Last results", "digest"))


def refusal(refused: Refusal) -> Card:
    """The word at fault, the way out, and what was probably meant: as a button if that is safe."""
    card = plain(refused.message)
    if refused.suggestion is None:
        return card
    if refused.acts:
        return plain(refused.message, f"If you meant it, send: /pulse {refused.suggestion}")
    label = f"/pulse {refused.suggestion}"
    if len(label) > 75:
        label = "Do what was probably meant"
    return with_buttons(card, run(label, refused.suggestion, Emphasis.PRIMARY))


def not_read() -> Card:
    """Said to whoever types something else than a command, and facilitates nothing."""
    return with_buttons(
        plain(
            "I only understand buttons and a few commands. Nobody reads what you type here, and it "
            "does not count as an answer. To answer a question, use its buttons.",
            SUPPORT,
        ),
        run("What I can do", "help"),
    )


def not_for_you(command: str, allowed: Collection[Role], instead: Sequence[str] = ()) -> Card:
    """The command belongs to somebody else; `instead` is theirs and sounds like it."""
    who = listed([f"{role.value}s" for role in sorted(allowed)])
    hint = [f"For yourself there is /pulse {line}." for line in instead[:1]]
    return with_buttons(
        plain(f'"{command}" is for {who}. Nothing was changed.', *hint),
        run("What I can do", "help"),
    )

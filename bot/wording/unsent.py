"""What a facilitator reads about messages that were not sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.pulse.pulses import Round
from bot.wording.phrases import called, count, some


@dataclass(frozen=True, slots=True)
class Told:
    """How many messages wait, and how many could not be sent, by the reason."""

    waiting: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsent:
    """Questions of consent, and the results of rounds.

    `others_wait`: reminders or notices do.
    """

    consent: Told
    results: tuple[tuple[Round, Told], ...] = ()
    others_wait: bool = False

    @property
    def waits(self) -> bool:
        """Whether anything does."""
        return self.others_wait or any(
            told.waiting for told in (self.consent, *(told for _, told in self.results))
        )


NOTHING = Unsent(Told())


def unsent_rows(unsent: Unsent) -> list[tuple[str, str]]:
    """A row for each thing of which something waits or could not be sent."""
    rows = [(round_.name, _state("closed, results", told)) for round_, told in unsent.results]
    rows.append(("Asking people to take part", _state("", unsent.consent)))
    return [(name, state) for name, state in rows if state]


def _state(what: str, told: Told) -> str:
    failed = sum(told.failed.values())
    parts = [
        *([f"{told.waiting} still to be sent"] if told.waiting else ()),
        *([f"{failed} could not be reached"] if failed else ()),
    ]
    return f"{what}: {', '.join(parts)}" if what and parts else ", ".join(parts)


def what_failed(unsent: Unsent) -> Iterator[str]:
    """What did not reach people, why, and what to do."""
    if unsent.consent.failed:
        yield (
            f"{_failed(unsent.consent)} could not be asked whether they want to take part "
            f"{_why(unsent.consent)}. Type /pulse people to see who. Ask whoever looks after the "
            "chat to let Soundings write to them. They can also choose by themselves with "
            f"/pulse me. I ask once more after 3 days. {_STAYS}"
        )
    for round_, told in unsent.results:
        if told.failed:
            yield (
                f"{_failed(told)} could not be given the results of {called(round_)} "
                f"{_why(told)}. I do not send them again. Everyone can read the newest results "
                "with /pulse digest."
            )


# Otherwise it would tell who has chosen.
_STAYS = "This stays here for up to 2 weeks, whether they have chosen by then or not."


def who_was_not_asked(names: Sequence[str]) -> str:
    """Who has an account and still did not get the question of consent."""
    return (
        f"I could not ask {some(names)} whether they want to take part. "
        f"Type /pulse status to see why and what to do. {_STAYS}"
    )


def _failed(told: Told) -> str:
    return count(sum(told.failed.values()), "person", "people")


def _why(told: Told) -> str:
    """Each reason as the platform's part of the house says it."""
    if len(told.failed) == 1:
        return f"({next(iter(told.failed))})"
    return f"({'; '.join(f'{number}: {why}' for why, number in sorted(told.failed.items()))})"

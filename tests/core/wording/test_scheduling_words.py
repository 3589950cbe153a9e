"""What a facilitator reads when planning a pulse."""

from __future__ import annotations

from bot.conversation.card import ChoiceField
from bot.wording.scheduling import schedule_form
from tests.core.builders import question


def choices(*texts: str) -> list[str]:
    """What can be chosen in the form, with own questions of these texts."""
    own = [question(number, text=text) for number, text in enumerate(texts)]
    form = schedule_form((), own, {}, "Northmoor", "the new rota")
    (field,) = [f for f in form.fields if isinstance(f, ChoiceField) and f.id == "questions"]
    return [label for _, label in field.options]


def test_a_set_says_once_how_many_questions_it_has() -> None:
    sets = [label for label in choices() if label.endswith(("question)", "questions)"))]
    assert "US Annual Employee Survey (14 questions)" in sets
    assert "Recommendation score (0-10) (1 question)" in sets
    assert all(label.count("question") == 1 for label in sets)


def test_a_long_choice_is_cut_at_a_word_and_shows_it() -> None:
    long = "I know whom to ask when something about the new rota is unclear to me, day and night."
    assert long.removesuffix(" and night.") + "…" in choices(long)

"""What a facilitator reads about programmes."""

from __future__ import annotations

from bot.conversation.card import TextField
from bot.conversation.roles import Role
from bot.programme.editing import typed_fields
from bot.wording.programmes import form, programmes
from tests.core.builders import programme


def test_a_programme_is_listed_with_its_days_in_words() -> None:
    one = programme()
    assert (
        "silver, 1 Jan 2026 to 31 Dec 2026" in programmes([(one, {Role.FACILITATOR})], one).fallback
    )


def test_a_hint_is_more_than_a_value() -> None:
    fields = form("programme-edit", "Change programme", typed_fields(programme()), {}).fields
    typed = [field for field in fields if isinstance(field, TextField)]
    hints = {field.id: field.hint for field in typed if field.hint}
    assert {"starts_on", "zone", "working_days", "quiet"} <= hints.keys()
    assert all("For example " in hint and hint.endswith(".") for hint in hints.values())

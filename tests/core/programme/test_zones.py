"""Time zones as people type them."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.programme.zones import FoundZone, find_zone

NAMES = st.sampled_from(sorted(available_timezones()))


@given(NAMES, st.sampled_from([str.lower, str.upper, str]), st.booleans(), st.booleans())
def test_every_zone_is_found_in_any_case_and_with_spaces(
    name: str, case: type[str], apart: bool, spaced: bool
) -> None:
    typed = case(name)
    if spaced:
        typed = typed.replace("_", " ")
    if apart:
        typed = typed.replace("/", " / ")
    assert find_zone(f"  {typed} ") == FoundZone(name)


@given(NAMES)
def test_a_found_zone_has_clocks(name: str) -> None:
    found = find_zone(name.lower()).name
    assert found is not None
    assert ZoneInfo(found).key == name


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("London", "Europe/London"),
        ("new york", "America/New_York"),
        ("Europe/Londn", "Europe/London"),
        ("Nowhere at all", "Europe/London"),
        ("", "Europe/London"),
    ],
)
def test_an_unknown_zone_is_named_with_the_nearest(typed: str, hint: str) -> None:
    found = find_zone(typed)
    assert found.name is None
    assert found.message == f'"{typed}" is not a time zone. Did you mean {hint}?'


@given(st.text(max_size=60))
def test_any_text_is_a_zone_or_gets_a_hint_that_is_one(typed: str) -> None:
    found = find_zone(typed)
    if found.name is None:
        hint = found.message.rpartition("Did you mean ")[2].removesuffix("?")
        assert find_zone(hint).name == hint

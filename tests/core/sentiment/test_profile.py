from itertools import product

import pytest

from bot.sentiment.profile import Disclosure, Profile, is_stricter


def test_the_profiles_hold_the_published_constants() -> None:
    assert Profile.MINIMUM.disclosure == Disclosure(k=5, floor=3, colluders=1)
    assert Profile.STANDARD.disclosure == Disclosure(k=7, floor=4, colluders=2)
    assert Profile.STRICT.disclosure == Disclosure(k=11, floor=4, colluders=2)


@pytest.mark.parametrize("profile", Profile)
def test_floor_and_k_withstand_the_colluders(profile: Profile) -> None:
    disclosure = profile.disclosure
    assert disclosure.floor == disclosure.colluders + 2
    assert disclosure.k >= 2 * disclosure.colluders + 3
    assert disclosure.expected_block == disclosure.k + 1


def test_a_change_of_profile_is_stricter_in_one_direction_only() -> None:
    order = [Profile.MINIMUM, Profile.STANDARD, Profile.STRICT]
    for new, old in product(Profile, Profile):
        assert is_stricter(new, old) == (order.index(new) > order.index(old))

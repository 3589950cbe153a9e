import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sentiment.blocks import Block, plan_blocks
from bot.sentiment.profile import Profile

STANDARD = Profile.STANDARD.disclosure

EIGHT_TEAMS = {
    "Wards": 14,
    "Theatres": 11,
    "Pharmacy": 9,
    "Estates": 8,
    "Therapies": 7,
    "Records": 5,
    "Imaging": 4,
    "Chaplaincy": 2,
}

ROSTERS = st.dictionaries(st.text("abcdefg", min_size=1), st.integers(0, 40), max_size=9)
RATES = st.floats(0, 1)


def test_eight_teams_become_four_blocks_at_three_answers_in_four() -> None:
    assert plan_blocks(EIGHT_TEAMS, 0.75, STANDARD) == (
        Block(
            "Chaplaincy + Imaging + Pharmacy + Records",
            ("Chaplaincy", "Imaging", "Pharmacy", "Records"),
        ),
        Block("Estates + Therapies", ("Estates", "Therapies")),
        Block("Theatres", ("Theatres",)),
        Block("Wards", ("Wards",)),
    )


def test_the_smaller_profile_keeps_more_teams_apart() -> None:
    names = [block.name for block in plan_blocks(EIGHT_TEAMS, 0.75, Profile.MINIMUM.disclosure)]
    assert names == [
        "Chaplaincy + Imaging + Records",
        "Estates + Therapies",
        "Pharmacy",
        "Theatres",
        "Wards",
    ]


def test_an_organisation_that_is_too_small_is_one_block() -> None:
    assert plan_blocks({"Day": 3, "Night": 2}, 0.75, STANDARD) == (
        Block("Day + Night", ("Day", "Night")),
    )


def test_no_teams_have_no_blocks() -> None:
    assert plan_blocks({}, 0.75, STANDARD) == ()


def test_exactly_enough_expected_answers_are_enough() -> None:
    assert len(plan_blocks({"Day": 10, "Night": 10}, 0.8, STANDARD)) == 2
    assert len(plan_blocks({"Day": 9, "Night": 10}, 0.8, STANDARD)) == 1
    # 8 answers, but a hair less in floating point.
    assert 196 * (2 / 49) < 8
    assert len(plan_blocks({"Day": 196, "Night": 196}, 2 / 49, STANDARD)) == 2


@pytest.mark.parametrize("rate", [-0.1, 1.1, 75])
def test_a_rate_is_a_share(rate: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        plan_blocks(EIGHT_TEAMS, rate, STANDARD)


@given(sizes=ROSTERS, rate=RATES)
def test_every_team_is_in_exactly_one_block(sizes: dict[str, int], rate: float) -> None:
    blocks = plan_blocks(sizes, rate, STANDARD)
    assert sorted(team for block in blocks for team in block.teams) == sorted(sizes)


@given(sizes=ROSTERS, rate=RATES)
def test_every_block_expects_enough_unless_it_is_the_only_one(
    sizes: dict[str, int], rate: float
) -> None:
    blocks = plan_blocks(sizes, rate, STANDARD)
    if len(blocks) > 1:
        for block in blocks:
            people = sum(sizes[team] for team in block.teams)
            assert people * rate >= STANDARD.expected_block - 1e-6


@given(sizes=ROSTERS, rate=RATES, data=st.data())
def test_the_order_of_the_roster_does_not_matter(
    sizes: dict[str, int], rate: float, data: st.DataObject
) -> None:
    shuffled = dict(data.draw(st.permutations(list(sizes.items()))))
    assert plan_blocks(shuffled, rate, STANDARD) == plan_blocks(sizes, rate, STANDARD)

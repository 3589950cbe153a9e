"""How strictly a programme protects its answers: the constants of disclosure control."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The constants of one profile, all in answers (people).

    `k` is the least number of answers in a printed line and `floor` the least count that is
    printed as it is. Against `colluders` people who pool their own answers it takes
    floor = colluders + 2 and k >= 2 * colluders + 3: fewer and the last answers follow from theirs.
    """

    k: int
    floor: int
    colluders: int

    @property
    def expected_block(self) -> int:
        """Answers that a planned block should expect: one more than it needs."""
        return self.k + 1


class Profile(StrEnum):
    """The choice that a programme makes."""

    MINIMUM = "minimum"
    STANDARD = "standard"
    STRICT = "strict"

    @property
    def disclosure(self) -> Disclosure:
        return _DISCLOSURE[self]


_DISCLOSURE = {
    Profile.MINIMUM: Disclosure(k=5, floor=3, colluders=1),
    Profile.STANDARD: Disclosure(k=7, floor=4, colluders=2),
    # NHS Staff Survey: no team results below 11 responses. A larger k withstands no more
    # colluders than the floor does, so the floor stays.
    Profile.STRICT: Disclosure(k=11, floor=4, colluders=2),
}


def is_stricter(new: Profile, old: Profile) -> bool:
    """Whether `new` protects more than `old` and nothing less: the only change allowed."""
    a, b = new.disclosure, old.disclosure
    return a != b and a.k >= b.k and a.floor >= b.floor and a.colluders >= b.colluders

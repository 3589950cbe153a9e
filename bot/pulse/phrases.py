"""What is typed for numbers and times of day, and how words that make no sense are refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches
from typing import NoReturn


@dataclass(frozen=True, slots=True)
class Problem:
    """Typed words that make no sense: the word at fault ("" if one is missing), and the way out."""

    word: str
    message: str


CLOCK_WORDS = {"noon": time(12), "midday": time(12), "midnight": time(0)}
_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))?\s*(?:([ap])\.?m\.?)?")
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_COUNTS |= {"seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12}


def parse_time(text: str) -> time | Problem:
    """A time of day: "19:30", "1930", "7.30pm", "9am", "9" (the 24-hour clock) or "noon"."""
    typed = text.strip()
    word = typed.lower()
    if word in CLOCK_WORDS:
        return CLOCK_WORDS[word]
    match = _CLOCK.fullmatch(word)
    if match is not None:
        hour, minute = int(match[1]), int(match[2] or 0)
        if match[3] is not None:
            # 12am is midnight and 12pm is noon; 0am and 13pm are nothing.
            hour = hour % 12 + (12 if match[3] == "p" else 0) if 1 <= hour <= 12 else 24
        if hour <= 23 and minute <= 59:
            return time(hour, minute)
    way_out = "Use 00:00 to 23:59, for example 09:30 or 2pm."
    return Problem(typed, f"{quoted(typed)} is not a time of day. {way_out}")


def parse_count(word: str) -> int | None:
    """A number in digits, or in letters up to twelve; None if it is neither."""
    if re.fullmatch(r"[0-9]{1,4}", word):
        return int(word)
    return _COUNTS.get(word.lower())


def quoted(word: str) -> str:
    """The word as an error repeats it; 40 characters tell which one was meant."""
    return f'"{word[:40]}"'


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question, led by a space, that offers the nearest known word; "" if none is near."""
    names = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), names, n=1, cutoff=0.7)
    return f' Did you mean "{names[near[0]]}"?' if near else ""


class Refused(Exception):
    """Ends the reading of a phrase; its parser turns it into the problem."""

    def __init__(self, word: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(word, message)


class Words:
    """The words of a phrase that are still to be read."""

    def __init__(self, text: str, example: str) -> None:
        """`example` is the way out where no known word is near."""
        found: list[str] = re.findall(r"[^\s,;&]+", text)
        self._words = [word.rstrip(".!?") or word for word in found]
        self._example = example

    def peek(self, ahead: int = 0) -> str:
        """A word that is still to be read, in lower case; "" past the end."""
        return self._words[ahead].lower() if ahead < len(self._words) else ""

    def read(self) -> str:
        """The next word, as it was typed."""
        return self._words.pop(0)

    def take(self, *options: str) -> bool:
        """Read the next word if it is one of these."""
        found = self.peek() in options
        if found:
            self.read()
        return found

    def expect(self, *options: str) -> None:
        """Read the next word, which has to be one of these; raises Refused."""
        if not self.take(*options):
            self.refuse(f'After that comes "{options[0]}". {self._example}', options)

    def refuse(self, missing: str, known: Iterable[str] = ()) -> NoReturn:
        """Name the next word and the nearest known one, or at the end say what is missing.

        Raises Refused.
        """
        if not self._words:
            raise Refused("", missing)
        word = self.read()
        hint = did_you_mean(word, known) or f" {self._example}"
        raise Refused(word, f"{quoted(word)} was not understood.{hint}")

    def end(self) -> None:
        """Nothing may be left over: it would be ignored in silence. Raises Refused."""
        if self._words:
            word = self.read()
            raise Refused(word, f"{quoted(word)} does not fit there. {self._example}")

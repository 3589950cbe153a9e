"""A typed line as words and quoted phrases, whatever quote marks a phone put in."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Phones type curly quotes, and people mix the kinds. Double quotes always quote; a single one only
# where a word starts, because elsewhere it is an apostrophe ("don't").
_DOUBLE = r"\"\u201c\u201d\u201e\u201f"
_ANGLE = r"\u00ab\u00bb"
_SINGLE = r"'\u2018\u2019\u201a"
_TOKEN = re.compile(
    rf"[{_DOUBLE}][^{_DOUBLE}]*[{_DOUBLE}]"
    rf"|[{_ANGLE}][^{_ANGLE}]*[{_ANGLE}]"
    rf"|[{_SINGLE}].*?[{_SINGLE}](?=[\s,.]|$)"
    rf"|(?P<bare>(?![{_SINGLE}])[^\s{_DOUBLE}{_ANGLE}]+)",
    re.DOTALL,
)
# Copied text brings these along, and nobody sees them.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a phrase that was in quotes: its text, and as it was typed, marks included."""

    text: str
    raw: str
    quoted: bool

    @property
    def key(self) -> str:
        """What it can mean to the grammar: in quotes, nothing."""
        return "" if self.quoted else self.text.lower()


Tokens = tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, at which word; `guesses` are lines that might be meant instead."""

    word: str
    message: str
    guesses: tuple[str, ...] = ()
    stray: bool = False  # nothing in it is near a command


def tokens_of(text: str) -> Tokens | Fault:
    """The words of a line, without a leading "/pulse" and without a last full stop.

    A whole line in quotes, as a page shows it, is the line.
    """
    tokens = _split(text)
    if isinstance(tokens, Fault) or len(tokens) != 1 or not tokens[0].quoted:
        return tokens
    inner = _split(tokens[0].text)
    return tokens if isinstance(inner, Fault) else inner


def visible(text: str) -> str:
    """Without the signs that copied text brings along and nobody sees."""
    return text.translate(_INVISIBLE)


def _split(text: str) -> Tokens | Fault:
    rest = visible(text).strip()
    tokens: list[Token] = []
    while rest:
        match = _TOKEN.match(rest)
        if match is None:
            return Fault(
                short(rest),
                f"A quote mark has no partner here: {short(rest)}\n"
                'Please put one at each end. For example: /pulse me times "19:30"',
            )
        quoted = match["bare"] is None
        raw = " ".join(match[0].split())
        phrase = raw[1:-1].strip() if quoted else raw
        if not phrase:
            return Fault(
                raw,
                f"There is nothing between the quote marks: {raw}\n"
                'Please put some words there. For example: /pulse me times "19:30"',
            )
        tokens.append(Token(phrase, raw, quoted))
        rest = rest[match.end() :].lstrip()
    if tokens and not tokens[-1].quoted:
        last = tokens.pop().text.rstrip(".")
        if last:
            tokens.append(Token(last, last, quoted=False))
    while tokens and tokens[0].key in ("/pulse", "pulse"):  # twice where it was pasted
        del tokens[0]
    return tuple(tokens)


def short(text: str) -> str:
    """At most 40 characters of it, to show in a message."""
    return text if len(text) <= 40 else f"{text[:39]}…"

"""The grammar of `/pulse ...`, the same on every platform: a line becomes a command of the table,
or a refusal that names the word at fault and shows the way out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot.conversation.actions import Action, Verb, encode
from bot.conversation.commands import (
    BY_NAME,
    CADENCES,
    COMMANDS,
    EVERY,
    CommandSpec,
    SubSpec,
    help_for,
    instead_of,
)
from bot.conversation.roles import Role
from bot.conversation.tokens import Fault, Token, Tokens, short, tokens_of

MAX_TEXT = 2000

# Words that start a clause somewhere, so that a clause in the wrong place can be named. "team" is
# left out: it is also an everyday word ("to team Red").
_RESERVED = frozenset(
    clause for spec in COMMANDS for sub in spec.subs for clause in sub.clauses if clause != "team"
)
# How people begin to say how long, where it is not a part of the command.
_SPAN = frozenset({"for", "in", "until", "till"})
_EVERYONE = ("everyone", "everybody", "all")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command that the table allows.

    `words` are its positional words without their quotes. `clauses` are phrases as they were
    typed, without quotes: {"for": "2 days", "every": "every 2 weeks on tue at 10:00"}.
    """

    command: str
    sub: str = ""
    words: tuple[str, ...] = ()
    clauses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a line was not understood: the word at fault, what to do, and a line that would work.

    `suggestion` parses, and is short enough for a button to carry; None where there is none. What
    `acts` changes something at once, so somebody has to type it: it was only guessed.
    """

    word: str
    message: str
    suggestion: str | None = None
    acts: bool = False
    # It begins with no command, and with nothing that is near one.
    stray: bool = False


def parse(text: str, roles: Collection[Role] = frozenset(Role)) -> Parsed | Refusal:
    """What this line means to somebody of these roles. Takes any text and never raises."""
    outcome = _parse(text, roles)
    if isinstance(outcome, Parsed):
        return outcome
    for guess in outcome.guesses:
        meant = _parse(guess, roles)
        if isinstance(meant, Parsed) and _can_travel(guess):
            return Refusal(outcome.word, outcome.message, guess, _acts(meant))
    return Refusal(outcome.word, outcome.message, stray=outcome.stray)


def _can_travel(line: str) -> bool:
    try:
        encode(Action(Verb.RUN, (line,)))
    except ValueError:  # too long for a button
        return False
    return True


def opens_form(parsed: Parsed) -> bool:
    """Whether a form may open for the rest of a command."""
    sub = BY_NAME[parsed.command].sub(parsed.sub)
    return sub is not None and sub.form and not parsed.words


def _acts(parsed: Parsed) -> bool:
    sub = BY_NAME[parsed.command].sub(parsed.sub)
    return sub is not None and sub.acts and not opens_form(parsed)


def _parse(text: str, roles: Collection[Role]) -> Parsed | Fault:
    if len(text) > MAX_TEXT:
        return Fault(
            short(text),
            f"That is longer than {MAX_TEXT:,} characters, so I did not read it. "
            "Please send something shorter. To see what I understand, send: /pulse help",
        )
    tokens = tokens_of(text)
    if isinstance(tokens, Fault):
        return tokens
    if not tokens:
        return Parsed("help")
    spec = BY_NAME.get(tokens[0].key)
    if spec is None:
        return _unknown_command(tokens, roles)
    if spec.roles.isdisjoint(roles):  # whatever follows, it is not theirs
        return Parsed(spec.name, spec.subs[0].name)
    if len(tokens) == 1:
        return _read(spec, spec.subs[0], spec.name, (), roles)
    second = tokens[1]
    for sub in spec.subs:
        if sub.name and sub.name == second.key:
            return _read(spec, sub, f"{spec.name} {sub.name}", tokens[2:], roles)
    inline = next((sub for sub in spec.subs if not sub.name), None)
    # Beside other subs, a word without quotes is more likely a mistyped sub than a name.
    if inline and (len(spec.subs) == 1 or second.quoted or _clause(second) in inline.clauses):
        return _read(spec, inline, spec.name, tokens[1:], roles)
    return _unknown_sub(spec, inline, tokens, roles)


def _read(
    spec: CommandSpec, sub: SubSpec, head: str, tokens: Tokens, roles: Collection[Role]
) -> Parsed | Fault:
    """The slots and clauses that follow `head`."""
    example = f"For example: /pulse {sub.usage[-1]}"
    words: list[Token] = []
    clauses: dict[str, list[Token]] = {}
    current, clause = words, ""
    for place, token in enumerate(tokens):
        starts = _clause(token)
        if "for" in sub.clauses and clause in ("", "to") and _starts_span(tokens[place:]):
            return _meant_for(token, head, tokens, place, example)
        if starts == clause == EVERY:  # "every tue and every thu" is one clause
            current.append(token)
        elif starts in clauses:
            return Fault(
                token.text,
                f'"{token.text}" says a second time what was said before. Please say it once, '
                f"and put names and questions in quotes. {example}",
            )
        elif starts in sub.clauses:
            clause = starts
            current = clauses[clause] = [token] if clause == EVERY else []
        elif starts in _RESERVED and sub.clauses:  # else it may be in a name: "close Daily check"
            return Fault(
                token.text,
                f'"{head}" does not go with "{token.text}". If that is part of a name or a '
                f"question, please put the whole of it in quotes. {example}",
            )
        else:
            current.append(token)
    for name, phrase in clauses.items():
        if not phrase or [token.key for token in phrase] == [EVERY]:
            return Fault(name, f'There is nothing after "{name}". {example}')
    if words and words[0].key in _SPAN and sub.slots and not sub.slots[0].required:
        return Fault(
            words[0].text,
            f'"{head}" does not go with "{words[0].text}". If that is part of a name, please put '
            f"the whole of it in quotes. {example}",
            (head,),
        )
    if any(slot.open for slot in sub.slots) and not any(word.quoted for word in words):
        words = [Token(" ".join(word.text for word in words), "", quoted=False)] if words else []
    if len(words) > len(sub.slots):
        return _surplus(sub, head, tuple(words), tokens)
    missing = _missing(sub, len(words), clauses)
    if missing and (tokens or not sub.form):
        return Fault(head, f'After "{head}" I need {missing}. {example}')
    texts: list[str] = []
    for place, (slot, word) in enumerate(zip(sub.slots, words, strict=False)):
        if slot.choices and word.text.lower() not in slot.choices:
            hidden = BY_NAME.keys() - {known.name for known in help_for(roles)}
            known = tuple(choice for choice in slot.choices if choice not in hidden)
            line = _line(head, words[:place])
            return _unknown_choice(head, line, word, known, sub.usage[-1])
        texts.append(word.text.lower() if slot.choices else word.text)
    phrases = {name: _phrase(phrase) for name, phrase in clauses.items()}
    return Parsed(spec.name, sub.name, tuple(texts), phrases)


def _starts_span(tokens: Tokens) -> bool:
    """Whether this is "in 2 days", which is how some people say "for 2 days"."""
    return len(tokens) > 2 and tokens[0].key == "in" and tokens[1].key.isdecimal()


def _meant_for(token: Token, head: str, tokens: Tokens, place: int, example: str) -> Fault:
    return Fault(
        token.text,
        f'"{head}" does not go with "{token.text}". How long people can answer comes after "for". '
        f"{example}",
        (_line(head, tokens[:place], "for", tokens[place + 1 :]),),
    )


def _clause(token: Token) -> str:
    """The name of the clause that this word would start."""
    return EVERY if token.key in CADENCES else token.key


def _phrase(tokens: list[Token]) -> str:
    """As typed, but without quotes; a comma after a closing quote stays where people write it."""
    return " ".join(token.text for token in tokens).replace(" ,", ",")


def _unknown_command(tokens: Tokens, roles: Collection[Role]) -> Fault:
    word = tokens[0].text
    # The second word of a command alone is likelier than a typo of another one.
    near = instead_of(word.lower(), roles)
    if not near:
        command = _nearest(word, {spec.name for spec in help_for(roles)})
        near = (command,) if command else ()
    hint = f" Did you mean {_or(near)}?" if near else ""
    return Fault(
        word,
        f'I do not know the command "{short(word)}".{hint} To see them all, send: /pulse help',
        tuple(_line(one, tokens[1:]) for one in near),
        stray=not near,
    )


def _or(lines: Collection[str]) -> str:
    return " or ".join(f'"{line}"' for line in lines)


def _unknown_sub(
    spec: CommandSpec, inline: SubSpec | None, tokens: Tokens, roles: Collection[Role]
) -> Fault:
    word = tokens[1].text
    subs = {sub.name: sub for sub in spec.subs if sub.name and not sub.roles.isdisjoint(roles)}
    near = _nearest(word, subs)
    hint = f'Did you mean "{spec.name} {near}"?' if near else f"It can be {_either(subs)}."
    guesses = [_line(spec.name, near, tokens[2:])] if near else []
    if inline and inline.slots:
        hint += " Please put a name in quotes."
        starts = (i for i, token in enumerate(tokens) if _clause(token) in inline.clauses)
        end = next(starts, len(tokens))
        guesses.append(_line(spec.name, _quoted(tokens[1:end]), tokens[end:]))
    shown = subs[near] if near else inline or spec.subs[0]
    return Fault(
        word,
        f'I do not know "{short(word)}" after "{spec.name}". {hint} '
        f"For example: /pulse {shown.usage[-1]}",
        tuple(guesses),
    )


def _unknown_choice(
    head: str, line: str, word: Token, choices: tuple[str, ...], usage: str
) -> Fault:
    """A word that is none of the choices; `line` is all that stands before it."""
    near = _nearest(word.text, choices)
    hint = f'Did you mean "{near}"?' if near else f"It can be {_either(choices)}."
    return Fault(
        word.text,
        f'I do not know "{short(word.text)}" after "{head}". {hint} '
        f"For example: /pulse {f'{line} {near}' if near else usage}",
        (_line(line, near),) if near else (),
    )


def _surplus(sub: SubSpec, head: str, words: Tokens, tokens: Tokens) -> Fault:
    """More words than places. All of `words` stand at the start of `tokens`."""
    places = len(sub.slots)
    extra = words[places]
    example = f"For example: /pulse {sub.usage[-1]}"
    if not sub.clauses:
        surely = all(slot.choices for slot in sub.slots)
        return Fault(
            extra.text,
            f'"{head}" needs no "{short(extra.text)}". {example}',
            (_line(head, words[:places]),) if surely else (),
        )
    unexpected = f'I did not expect "{short(extra.text)}" after "{head}".'
    if not any(word.quoted for word in words):
        first = len(words) - places + 1
        return Fault(
            extra.text,
            f"{unexpected} If several words belong together, please put them in quotes. {example}",
            (_line(head, _quoted(words[:first]), tokens[first:]),),
        )
    if extra.key in _EVERYONE and "to" in sub.clauses:
        return Fault(
            extra.text,
            f'{unexpected} Who is asked comes after "to". {example}',
            (_line(head, tokens[:places], "to everyone", tokens[places + 1 :]),),
        )
    keywords = {*sub.clauses, *(CADENCES if EVERY in sub.clauses else ())}
    near = _nearest(extra.key, keywords)
    hint = f' Did you mean "{near}"?' if near else ""
    return Fault(
        extra.text,
        f"{unexpected}{hint} {example}",
        (_line(head, tokens[:places], near, tokens[places + 1 :]),) if near else (),
    )


def _missing(sub: SubSpec, given: int, clauses: Collection[str]) -> str:
    """What is still needed, in words; "" when nothing is."""
    needs = [slot.what for slot in sub.slots[given:] if slot.required]
    needs += [
        "how often to ask" if name == EVERY else name for name in sub.needs if name not in clauses
    ]
    return " and ".join(needs)


def _nearest(word: str, names: Iterable[str]) -> str | None:
    # Sorted, so that a tie does not depend on the order of a set.
    return next(iter(get_close_matches(word.lower(), sorted(names), n=1)), None)


def _line(*parts: str | Iterable[Token]) -> str:
    """Parts of lines as one line, each word as it was typed."""
    texts = (part if isinstance(part, str) else " ".join(t.raw for t in part) for part in parts)
    return " ".join(text for text in texts if text)


def _quoted(tokens: Tokens) -> str:
    return f'"{" ".join(token.text for token in tokens)}"'


def _either(names: Collection[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last

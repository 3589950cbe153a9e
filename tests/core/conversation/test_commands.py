"""The grammar of `/pulse ...`: what it understands, and how it helps where it does not."""

from __future__ import annotations

import string
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.conversation.actions import Action, Verb, encode
from bot.conversation.commands import BY_NAME, COMMANDS, CommandSpec, help_for
from bot.conversation.grammar import MAX_TEXT, Parsed, Refusal, parse
from bot.conversation.roles import Role

USAGE = [(spec.name, line) for spec in COMMANDS for line in spec.usage]
LINES = [line for _, line in USAGE]
QUOTES = [
    *('""', "“”", "„“", "„”", "””", "«»", "»«", "''"),
    *("\u2018\u2019", "\u2019\u2019", "\u201a\u2018"),
]
VOCABULARY = sorted(
    {
        *BY_NAME,
        *(sub.name for spec in COMMANDS for sub in spec.subs),
        *(clause for spec in COMMANDS for sub in spec.subs for clause in sub.clauses),
        *(
            "weekly",
            '"How was today?"',
            "“Ward",
            "4”",
            "2",
            "days",
            "peple",
            "don't",
            ".",
            "'",
            ",",
        ),
    }
)

any_line = st.text() | st.lists(st.sampled_from(VOCABULARY)).map(" ".join)


def understood(line: str) -> Parsed:
    outcome = parse(line)
    assert isinstance(outcome, Parsed), outcome
    return outcome


def refused(line: str) -> Refusal:
    outcome = parse(line)
    assert isinstance(outcome, Refusal), outcome
    return outcome


def one_letter_typos(name: str) -> set[str]:
    letters, ends = string.ascii_lowercase, range(len(name) + 1)
    return {
        *(name[:i] + letter + name[i + 1 :] for i in ends[:-1] for letter in letters),
        *(name[:i] + letter + name[i:] for i in ends for letter in letters),
        *(name[:i] + name[i + 1 :] for i in ends[:-1]),
        *(name[:i] + name[i + 1] + name[i] + name[i + 2 :] for i in ends[:-2]),
    } - {name}


# What it understands


@pytest.mark.parametrize(("name", "line"), USAGE)
def test_every_example_means_its_own_command(name: str, line: str) -> None:
    assert understood(line).command == name


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.name)
def test_every_sub_has_an_example_that_means_it(spec: CommandSpec) -> None:
    for sub in spec.subs:
        for line in sub.usage:
            parsed = understood(line)
            assert parsed.sub == sub.name
            assert set(parsed.clauses) <= set(sub.clauses)


def test_every_clause_stands_in_an_example() -> None:
    for spec in COMMANDS:
        for sub in spec.subs:
            shown = {clause for line in sub.usage for clause in understood(line).clauses}
            assert shown == set(sub.clauses), sub


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("people", Parsed("people", "list")),
        ("schedule", Parsed("schedule", "list")),
        ("people add", Parsed("people", "add")),
        ("ask", Parsed("ask")),
        ("me", Parsed("me")),
        ("level GOLD", Parsed("level", words=("gold",))),
        ("help People", Parsed("help", words=("people",))),
        ("me times 19:30", Parsed("me", "times", ("19:30",))),
        ("close Weekly check", Parsed("close", words=("Weekly check",))),
        ("schedule stop Time to talk", Parsed("schedule", "stop", ("Time to talk",))),
        (
            'ask "How was today?" to everyone for 2 days',
            Parsed("ask", words=("How was today?",), clauses={"to": "everyone", "for": "2 days"}),
        ),
        (
            'people add "Sam Lee" sam@example.org as lead team "Ward 4"',
            Parsed(
                "people",
                "add",
                ("Sam Lee", "sam@example.org"),
                {"as": "lead", "team": "Ward 4"},
            ),
        ),
        ('pause "For the night"', Parsed("pause", words=("For the night",))),
        (
            'ask "x" to Care in town, Ward 4',
            Parsed("ask", words=("x",), clauses={"to": "Care in town, Ward 4"}),
        ),
        (
            "me pause 3 August to 10 August",
            Parsed("me", "pause", ("3 August",), {"to": "10 August"}),
        ),
        (
            'ask "Ready?" with yes, no , "not yet" to "Ward A","Ward B", team Red',
            Parsed(
                "ask",
                words=("Ready?",),
                clauses={"with": "yes, no, not yet", "to": "Ward A, Ward B, team Red"},
            ),
        ),
    ],
)
def test_a_line_becomes_a_command(line: str, parsed: Parsed) -> None:
    assert parse(line) == parsed


@pytest.mark.parametrize(
    "cadence",
    [
        "every 2 weeks on tue at 10:00",
        "weekly on mon and thu at 9:30",
        "every tue and every thu at 10:00",
        "monthly on the first Tuesday",
        "Fortnightly",
        "daily at 19:30",
    ],
)
def test_how_often_runs_to_the_next_clause(cadence: str) -> None:
    parsed = understood(f'schedule "Check" {cadence} for 5 working days asking 3')
    assert parsed.clauses == {"every": cadence, "for": "5 working days", "asking": "3"}


@pytest.mark.parametrize(
    "line", ["", "  ", ".", "/pulse", "Pulse", "help", "/pulse help.", "\u00a0"]
)
def test_nothing_at_all_means_help(line: str) -> None:
    assert parse(line) == Parsed("help")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("dress", ["/pulse {}", "/PULSE  {}", "pulse {} ", "{}.", "\n{}\u200b"])
def test_a_prefix_and_a_full_stop_do_not_matter(dress: str, line: str) -> None:
    assert parse(dress.format(line)) == parse(line)


@pytest.mark.parametrize("dress", ['"{}"', "\u201c{}\u201d", "/pulse /pulse {}", '/pulse "{}"'])
def test_a_line_that_was_pasted_in_quotes_or_with_its_prefix_is_the_line(dress: str) -> None:
    for line in ("help", "people import", "me pause 2026-08-03 to 2026-08-14"):
        assert parse(dress.format(line)) == parse(line)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\t", "\n", "   "])
def test_the_kind_of_space_does_not_matter(space: str, line: str) -> None:
    assert parse(line.replace(" ", space)) == parse(line)


@given(st.sampled_from(LINES), st.sampled_from(QUOTES))
def test_the_kind_of_quote_does_not_matter(line: str, marks: str) -> None:
    parts = line.split('"')
    dressed = parts[0] + "".join(marks[i % 2] + part for i, part in enumerate(parts[1:]))
    assert parse(dressed) == parse(line)


@given(st.sampled_from(LINES), st.sampled_from([str.upper, str.title, str.swapcase]))
def test_case_does_not_matter(line: str, change: Callable[[str], str]) -> None:
    plain, changed = understood(line), understood(change(line))
    assert (changed.command, changed.sub) == (plain.command, plain.sub)
    assert [word.lower() for word in changed.words] == [word.lower() for word in plain.words]
    assert {name: phrase.lower() for name, phrase in changed.clauses.items()} == {
        name: phrase.lower() for name, phrase in plain.clauses.items()
    }


@given(st.text(alphabet=st.characters(exclude_characters='"“”„‟\u200b\u2060\ufeff'), max_size=200))
@example("to everyone for 2 days")
@example("I don't know, do you?")
@example("Is 'fine' fine.")
def test_what_is_in_quotes_stays_as_it_is(question: str) -> None:
    words = " ".join(question.split())
    assume(words)
    assert understood(f'ask "{question}" to everyone').words == (words,)


@pytest.mark.parametrize("word", ["don't", "don\u2019t", "nurses'", "O\u2019Brien"])
def test_an_apostrophe_in_a_word_is_not_a_quote(word: str) -> None:
    assert understood(f"close {word} check").words == (f"{word} check",)
    assert understood(f'ask "x" to {word}, B').clauses["to"] == f"{word}, B"


@pytest.mark.parametrize("word", ["don't", "don\u2019t", "O\u2019Brien"])
def test_an_apostrophe_in_single_quotes_does_not_end_them(word: str) -> None:
    assert understood(f"ask '{word} you?' to everyone").words == (f"{word} you?",)


# How it helps where it does not understand


@given(any_line)
@example("\ud800")
@example("shedule \ud800")
@example("'" * 1000)
@example("'" * 900 + "x" + "'" * 900)
@example('" ' * 999)
def test_any_text_has_an_outcome(line: str) -> None:
    assert isinstance(parse(line), (Parsed, Refusal))


@given(any_line)
@example('ask "' + "é" * 200 + '" fro 2 days')
@example("schedule News every 2 weeks")
@example("me tmes")
def test_a_suggestion_can_be_run_from_a_button(line: str) -> None:
    outcome = parse(line)
    if isinstance(outcome, Refusal) and outcome.suggestion is not None:
        assert isinstance(parse(outcome.suggestion), Parsed)
        encode(Action(Verb.RUN, (outcome.suggestion,)))


@given(any_line)
def test_a_refusal_is_short_and_shows_a_line_that_works(line: str) -> None:
    outcome = parse(line)
    if isinstance(outcome, Refusal):
        assert outcome.word
        assert len(outcome.message) < 400
        assert isinstance(parse(outcome.message.rpartition("/pulse ")[2]), Parsed)


@pytest.mark.parametrize("name", [name for name in BY_NAME if len(name) >= 4])
def test_a_typo_in_a_command_suggests_that_command(name: str) -> None:
    nearby = {typo for other in BY_NAME if other != name for typo in one_letter_typos(other)}
    for typo in one_letter_typos(name) - nearby - set(BY_NAME):
        refusal = refused(typo)
        assert refusal.word == typo
        assert f'Did you mean "{name}"?' in refusal.message


@pytest.mark.parametrize(
    ("line", "word", "suggestion"),
    [
        ("/pulse shedule", "shedule", "schedule"),
        ("Peple import", "Peple", "people import"),
        ("people imprt", "imprt", "people import"),
        ('people "import"', "import", "people import"),
        ("me tmes 19:30", "tmes", "me times 19:30"),
        ("help peple", "peple", "help people"),
        ("level glod", "glod", "level gold"),
        ('ask "How was today?" fro 2 days', "fro", 'ask "How was today?" for 2 days'),
        ('schedule "A" evry 2 weeks', "evry", 'schedule "A" every 2 weeks'),
        ("schedule stpo “A”", "stpo", "schedule stop “A”"),
        ("schedule News every 2 weeks", "News", 'schedule "News" every 2 weeks'),
        ("schedule My check daily", "My", 'schedule "My check" daily'),
        ("ask How was today?", "was", 'ask "How was today?"'),
        ("people add Sam Lee s@x.org as lead", "s@x.org", 'people add "Sam Lee" s@x.org as lead'),
        ("status for 2 days", "for", "status"),
        ("pause for 2 weeks", "for", "pause"),
        ("resume until Monday", "until", "resume"),
        ('ask "x" to everyone in 2 days', "in", 'ask "x" to everyone for 2 days'),
        ('ask "x" in 2 days reminders 0', "in", 'ask "x" for 2 days reminders 0'),
        ('ask "x" everyone', "everyone", 'ask "x" to everyone'),
        ('ask "x" everyone for 2 days', "everyone", 'ask "x" to everyone for 2 days'),
        ("programme new Winter", "Winter", "programme new"),
        ("level gold please", "please", "level gold"),
    ],
)
def test_a_mistake_comes_back_mended(line: str, word: str, suggestion: str) -> None:
    refusal = refused(line)
    assert (refusal.word, refusal.suggestion) == (word, suggestion)
    assert f'"{word}"' in refusal.message


@pytest.mark.parametrize(
    ("line", "word", "says"),
    [
        ("qqqq", "qqqq", "/pulse help"),
        ("people qqqq", "qqqq", "list, add, import, from or remove"),
        ("level tin", "tin", "gold, silver or bronze"),
        ('ask "x" for 2 days for 3 days', "for", "once"),
        ('schedule "x" every day for 2 days weekly', "weekly", "once"),
        ('ask "x" for', "for", 'nothing after "for"'),
        ('ask "x" to for 2 days', "to", 'nothing after "to"'),
        ('schedule "x" every', "every", 'nothing after "every"'),
        ('ask "x" every 2 weeks', "every", '"ask" does not go with "every"'),
        ('schedule "x" daily as agree', "as", '"schedule" does not go with "as"'),
        ("people remove Sam Lee", "Lee", 'needs no "Lee"'),
        ('people add "Sam Lee"', "people add", "an email address"),
        ("people add team Red", "people add", "a name and an email address"),
        ("schedule every 2 weeks", "schedule", "a name"),
        ('schedule "x"', "schedule", "how often"),
        ("ask to everyone", "ask", "a question"),
        ('close "Weekly" check', "check", 'needs no "check"'),
        ("ask “How was today?", "“How was today?", "no partner"),
        ("ask 'How was today?", "'How was today?", "no partner"),
        ('ask How was today?"', '"', "no partner"),
        ('ask ""', '""', "nothing between"),
        ("x" * (MAX_TEXT + 1), "x" * 39 + "…", "2,000 characters"),
    ],
)
def test_a_refusal_names_the_word_and_the_way_out(line: str, word: str, says: str) -> None:
    refusal = refused(line)
    assert refusal.word == word
    assert refusal.suggestion is None
    assert says in refusal.message


def test_the_example_is_of_what_was_probably_meant() -> None:
    assert refused("people imprt").message.endswith("For example: /pulse people import")
    assert refused("me qqqq").message.endswith("For example: /pulse me")
    assert refused("help qqqq").message.endswith("For example: /pulse help me")


def test_a_line_of_the_longest_allowed_length_is_read() -> None:
    question = "x" * (MAX_TEXT - len('ask ""'))
    assert understood(f'ask "{question}"').words == (question,)


@pytest.mark.parametrize(
    ("line", "roles", "suggestion"),
    [
        ("erase", {Role.PARTICIPANT}, "me erase"),
        ("leave", {Role.LEAD}, "me leave"),
        ("Stop", {Role.PARTICIPANT}, "me leave"),
        ("stop", {Role.FACILITATOR}, "me leave"),
        ("import", {Role.FACILITATOR}, "people import"),
        ("import", {Role.PARTICIPANT}, "export"),
        ("results", set(Role), "digest"),
        ("shedule", {Role.PARTICIPANT}, None),
        ("help peple", {Role.PARTICIPANT}, None),
        ("programme edti", {Role.PARTICIPANT}, None),
        ("programme edti", {Role.FACILITATOR}, "programme edit"),
    ],
)
def test_only_what_a_role_may_do_is_guessed_second_words_first(
    line: str, roles: set[Role], suggestion: str | None
) -> None:
    outcome = parse(line, roles)
    assert isinstance(outcome, Refusal)
    assert outcome.suggestion == suggestion


def test_all_that_a_word_may_mean_is_named() -> None:
    assert 'Did you mean "schedule stop" or "me leave"?' in refused("stop").message


@given(any_line, st.sampled_from(Role))
@example("people imprt", Role.PARTICIPANT)
def test_no_role_is_offered_what_it_may_not_do(line: str, role: Role) -> None:
    outcome = parse(line, {role})
    if isinstance(outcome, Refusal) and outcome.suggestion is not None:
        parsed = understood(outcome.suggestion)
        spec = BY_NAME[parsed.command]
        sub = spec.sub(parsed.sub)
        assert sub is not None
        assert role in spec.roles & sub.roles


@pytest.mark.parametrize(
    ("line", "acts"),
    [
        ("resum", True),
        ("puase", True),
        ("level glod", True),
        ("me bakc", True),
        ('people ad "Sam Lee" sam@example.org', True),
        ("people ad", False),
        ("statsu", False),
        ("me leaev", False),
        ("ask How was today?", False),
    ],
)
def test_what_would_change_something_at_once_is_marked(line: str, acts: bool) -> None:
    refusal = refused(line)
    assert refusal.suggestion is not None
    assert refusal.acts is acts


# The table


def test_everyone_can_get_help_and_change_how_they_are_asked() -> None:
    for role in Role:
        assert {"help", "me", "digest"} <= {spec.name for spec in help_for({role})}


def test_participants_and_leads_cannot_run_a_programme() -> None:
    visible = {spec.name for spec in help_for({Role.PARTICIPANT, Role.LEAD})}
    assert visible == {"help", "home", "programme", "me", "digest", "export", "claim"}
    shown = {line for spec in help_for({Role.LEAD}) for line in spec.usage_for({Role.LEAD})}
    assert 'programme use "Winter plan"' in shown
    assert not shown & {"programme new", "programme edit"}


def test_facilitators_see_every_command() -> None:
    assert help_for({Role.FACILITATOR}) == COMMANDS


def test_whoever_has_no_role_sees_no_command() -> None:
    assert help_for(()) == ()


def test_names_are_unique_and_every_summary_is_one_short_sentence() -> None:
    assert len(BY_NAME) == len(COMMANDS)
    for spec in COMMANDS:
        assert len({sub.name for sub in spec.subs}) == len(spec.subs)
        assert len(spec.summary) <= 128
        assert spec.summary.endswith(".")


def test_what_an_example_needs_is_there() -> None:
    for spec in COMMANDS:
        for sub in spec.subs:
            assert set(sub.needs) <= set(sub.clauses)
            assert sub.usage

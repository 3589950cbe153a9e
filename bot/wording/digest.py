"""The digest in words and charts: the same card for leads and for participants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.conversation.card import MAX_TEXT, Bar, Block, Card, Chart, Divider, Facts, Text, Tone
from bot.pulse.questions import Kind, Question, categories
from bot.reciprocity.digest import EVERYONE, THREE_WAY, Digest, Finding, count_names
from bot.sentiment.coding import FAVOURABLE, Line, Range
from bot.sentiment.release import Reason
from bot.sentiment.statistics import Interval, Trend, percentage
from bot.wording.phrases import count, day, listed, moment

HIDDEN = "not shown"
MAX_NAMES = 20
MAX_BARS = 12  # more would be unreadable on a phone; the export has every group


def digest(result: Digest, organisation: str, zone: str) -> Card:
    """One round's results."""
    return Card((*_head(result, organisation, zone), *_findings(result), *_tail(result)))


def _head(result: Digest, organisation: str, zone: str) -> Iterator[Block]:
    round_ = result.round
    yield Text(f"Results: {round_.name}", Tone.HEADING)
    yield Text(f"This is the same for everyone who was asked and for the leads of {organisation}.")
    rows = [("Asked", count(result.asked, "person", "people"))]
    if result.response_rate:
        rows.append(("Answered", f"at least {result.response_rate}%"))
    yield Facts((*rows, ("Closed", moment(round_.close_at, zone))))


def _findings(result: Digest) -> Iterator[Block]:
    least = result.round.profile.disclosure.k
    for finding in result.findings:
        yield Divider()
        yield Text(finding.question.text, Tone.HEADING)
        line = finding.result.organisation
        if line is None:
            yield Text(
                f"Not enough answers. To protect people, nothing is shown for fewer than {least}."
            )
            continue
        yield Text(f"{EVERYONE}: {sentence(finding.question, line)}{_chance(finding)}")
        if finding.since is not None:
            yield Text(_change(finding.change, day(finding.since)))
        yield chart(finding)
        notes = (_unseen(finding), _withheld(finding, least, len(result.round.blocks)))
        if any(notes):
            yield Text("\n".join(note for note in notes if note), Tone.QUIET)


def _tail(result: Digest) -> Iterator[Block]:
    words = [q for q in result.unprinted if q.kind is Kind.TEXT]
    follow_ups = [q for q in result.unprinted if q.kind is not Kind.TEXT]
    yield Divider()
    if words:
        yield Text("What people wrote is kept sealed and is not part of these results.", Tone.QUIET)
    if follow_ups:
        asked = listed([f'"{question.text}"' for question in follow_ups])
        yield Text(
            f"No figures for {asked}: only some were asked, so a figure would show how they "
            "had answered before.",
            Tone.QUIET,
        )
    meaning = _meaning([finding.question for finding in result.findings])
    if meaning:
        yield Text(meaning, Tone.QUIET)
    if result.findings:
        yield Text(
            "Some figures are a range on purpose, so that nobody can work out what one person "
            "said.",
            Tone.QUIET,
        )


def _meaning(questions: Sequence[Question]) -> str:
    """What "positive" stands for in these questions."""
    ordered = [question for question in questions if question.kind in THREE_WAY]
    parts = []
    if any(question.kind is Kind.AGREE and not question.reverse for question in ordered):
        parts.append("agreeing")
    for bands in sorted({q.bands for q in ordered if q.kind is Kind.SCALE}):
        neutral, favourable = bands
        parts.append(f"{favourable} to 10 (in between: {neutral} to {favourable - 1})")
    said = f"Positive means {listed(parts)}." if parts else ""
    turned = [f'"{question.text}"' for question in ordered if question.reverse]
    if turned:
        said += f" For {listed(turned)} it is the other way round: agreeing is a bad sign."
    return said.strip()


# --- one line in words -----------------------------------------------------------------------


def sentence(question: Question, line: Line) -> str:
    """A printed line as one sentence, from its ranges alone."""
    of = count(line.n, "answer")
    if question.kind in THREE_WAY:
        cell = line.cells[FAVOURABLE]
        share = percentage(line)
        return f"{span(cell)} of {of} are positive ({percent(share)})."
    if question.kind is Kind.PICK:
        named = zip(question.options, line.cells, strict=True)
        chosen = [f"{option}: {span(cell)}" for option, cell in named]
        return f"of {count(line.n, 'person', 'people')}, this many chose each. {'; '.join(chosen)}."
    named = zip(categories(question), line.cells, strict=True)
    people = count(line.n, "person", "people")
    return f"of {people}, {listed([f'{span(cell)} said {name}' for name, cell in named])}."


def span(cell: Range) -> str:
    """For example "9" or "6 to 9"."""
    return f"{cell.low}" if cell.low == cell.high else f"{cell.low} to {cell.high}"


def percent(share: Interval) -> str:
    """For example "56%" or "56% to 60%"."""
    low, high = f"{share.low:.0f}%", f"{share.high:.0f}%"
    return low if low == high else f"{low} to {high}"


def _chance(finding: Finding) -> str:
    if finding.interval is not None:
        low, high = finding.interval.low, finding.interval.high
        return f" Allowing for chance, the share is likely between {low:.0f}% and {high:.0f}%."
    if finding.margin is not None:
        return (
            " Allowing for chance, each of these shares could be up to "
            f"{finding.margin:.0f} points higher or lower."
        )
    return ""


def _change(change: Trend | None, since: str) -> str:
    match change:
        case None:
            return f"Not compared with {since}: other groups were part of the figure then."
        case Trend.HIGHER:
            return f"Higher than when last asked ({since}): more than chance would explain."
        case Trend.LOWER:
            return f"Lower than when last asked ({since}): more than chance would explain."
        case Trend.NO_REAL_CHANGE:
            return f"No real change since {since}: a difference this small happens by chance."
        case Trend.TOO_FEW:
            return f"Too few answers to tell whether anything changed since {since}."


def _unseen(finding: Finding) -> str:
    groups = len(finding.result.blocks) - len(_largest(finding))
    return f"{count(groups, 'more group')}: type /pulse export." if groups else ""


def _withheld(finding: Finding, least: int, groups_planned: int) -> str:
    result = finding.result
    if result.reason is Reason.TOGETHER and groups_planned > 1:
        return "Shown for everyone together: no group on its own had enough answers."
    if not result.withheld:
        return ""
    more = len(result.withheld) - MAX_NAMES
    names = (*result.withheld[:MAX_NAMES], *([count(more, "more group")] if more > 0 else []))
    groups = listed(names)
    return (
        f"Not shown: {groups}. Fewer than {least} people there answered, so they are not part of "
        "the figure for everyone either."
    )


# --- charts ----------------------------------------------------------------------------------


def chart(finding: Finding) -> Chart:
    """Stacked bars of what is certain; what a range leaves open is one more part of the bar.

    The table of numbers has each range as it is printed, so it needs no such part.

    Raises ValueError for a finding that has no line for everyone.
    """
    question, total = finding.question, finding.result.organisation
    if total is None:
        raise ValueError("a chart takes a line for everyone")
    lines = ((EVERYONE, total), *((block.group, block) for block in _largest(finding)))
    alt = _spoken(question, lines)
    if question.kind is Kind.PICK:
        bars = tuple(
            Bar(option, (cell.low, cell.high - cell.low), (span(cell),))
            for option, cell in zip(question.options, total.cells, strict=True)
        )
        return Chart("How many chose it", ("at least", "perhaps as well"), ("people",), bars, alt)
    names = count_names(question)
    exact = all(cell.low == cell.high for _, line in lines for cell in line.cells)
    series = names if exact else (*names, HIDDEN)
    bars = tuple(Bar(name, _stack(line, exact), _printed(line)) for name, line in lines)
    return Chart("Answers by group", series, (*names, "answers"), bars, alt, rest=not exact)


def _largest(finding: Finding) -> tuple[Line, ...]:
    """The groups that the chart shows, in their order: the largest, as many as its words allow.

    The bars of a "pick" question are its options, so it shows no group.
    """
    question, result = finding.question, finding.result
    if question.kind is Kind.PICK or result.organisation is None:
        return ()
    words = len(_spoken(question, ((EVERYONE, result.organisation),)))
    largest: list[Line] = []
    for block in sorted(result.blocks, key=lambda line: -line.n)[: MAX_BARS - 1]:
        words += 1 + len(_spoken(question, ((block.group, block),)))
        if words > MAX_TEXT:
            break
        largest.append(block)
    return tuple(block for block in result.blocks if block in largest)


def _spoken(question: Question, lines: Iterable[tuple[str, Line]]) -> str:
    return " ".join(f"{name}: {_alt(question, line)}" for name, line in lines)


def _stack(line: Line, exact: bool) -> tuple[int, ...]:
    certain = tuple(cell.low for cell in line.cells)
    return certain if exact else (*certain, line.n - sum(certain))


def _printed(line: Line) -> tuple[str, ...]:
    return (*(span(cell) for cell in line.cells), str(line.n))


def _alt(question: Question, line: Line) -> str:
    if question.kind in THREE_WAY:
        low, middle, high = (span(cell) for cell in line.cells)
        return f"{line.n} answers, {high} positive, {middle} in between, {low} negative."
    return sentence(question, line)

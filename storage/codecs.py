"""The JSON column types: how the core's composed values are written in one column."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from bot.conversation.card import Values
from bot.pulse import cadence, questionnaire
from bot.pulse.questionnaire import Questionnaire
from bot.pulse.questions import Question
from bot.pulse.windows import Unit, Window
from bot.sentiment import release
from bot.sentiment.blocks import Block
from storage.columns import Json


def _write(plain: Any) -> str:
    return orjson.dumps(plain).decode()


def _write_question(question: Question) -> str:
    return _write(questionnaire.question_to_json(question))


def _read_question(text: str) -> Question:
    return questionnaire.question_from_json(orjson.loads(text))


def _write_window(window: Window) -> str:
    return _write([window.length, window.unit])


def _read_window(text: str) -> Window:
    length, unit = orjson.loads(text)
    return Window(length, Unit(unit))


def _write_blocks(blocks: tuple[Block, ...]) -> str:
    return _write([[block.name, block.teams] for block in blocks])


@lru_cache(maxsize=1024)
def _read_blocks(text: str) -> tuple[Block, ...]:
    return tuple(Block(name, tuple(teams)) for name, teams in orjson.loads(text))


@lru_cache(maxsize=1024)
def _read_questionnaire(text: str) -> Questionnaire:
    """Every click on an answer needs that of its round, which never changes."""
    return questionnaire.from_json(orjson.loads(text))


def _read_list(text: str) -> tuple[Any, ...]:
    return tuple(orjson.loads(text))


def _read_facts(text: str) -> Mapping[str, str]:
    facts: dict[str, str] = orjson.loads(text)
    return facts


def _read_fields(text: str) -> Values:
    return {field: tuple(values) for field, values in orjson.loads(text).items()}


LIST = Json(_write, _read_list)
FACTS = Json(_write, _read_facts)
FIELDS = Json(_write, _read_fields)
BLOCKS = Json(_write_blocks, _read_blocks)
QUESTION = Json(_write_question, _read_question)
QUESTIONNAIRE = Json(lambda value: _write(questionnaire.to_json(value)), _read_questionnaire)
CADENCE = Json(cadence.to_json, cadence.from_json)
WINDOW = Json(_write_window, _read_window)
RELEASE = Json(
    lambda value: _write(release.to_json(value)),
    lambda text: release.from_json(orjson.loads(text)),
)

"""What holds on every platform: pressing means what the card said, and nothing gets lost."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.playground import inbound as playground_inbound
from adapters.playground import render as playground_render
from adapters.slack import forms as slack_forms
from adapters.slack import inbound as slack_inbound
from adapters.slack import render as slack_render
from adapters.teams import inbound as teams_inbound
from adapters.teams import render as teams_render
from adapters.teams import replies as teams_replies
from bot.conversation.actions import Action, Verb, encode
from bot.conversation.card import (
    Block,
    Buttons,
    Card,
    Chart,
    Divider,
    Facts,
    Form,
    Text,
    TextField,
    Values,
)
from bot.conversation.events import Actor, Closed, Command, Event, Open, Pressed, Submitted
from tests.adapters.teams import client as teams_client
from tests.adapters.teams import payloads as teams_payloads
from tests.strategies import CARDS, CHARACTERS, JSON, filled_in, forms

Json = Any

LEAVE = Action(Verb.LEAVE, ("p1",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One platform, with its own client's part played here.

    `press`, `submit`, `close` and `command` make the payload that the client would send. There is
    no `close` where the platform tells nobody of it. `words` are all that a person reads of what is
    shown, and `lines` a text as it is among them.
    """

    name: str
    actor: Actor
    card: Callable[[Card], Json]
    form: Callable[[Form], Json]
    press: Callable[[Json, int], Json]
    submit: Callable[[Json, Values], Json]
    close: Callable[[Json, Values], Json] | None
    command: Callable[[str], Json]
    parse: Callable[[Json], Event | None]
    words: Callable[[Json], Iterable[str]]
    lines: Callable[[str], Iterable[str]]

    def kept(self, texts: Iterable[str]) -> set[str]:
        """What has to be among the words of what is shown."""
        return {line for text in texts if text for line in self.lines(text)}


def strings(payload: Json) -> Iterator[str]:
    if isinstance(payload, str):
        yield payload
    elif isinstance(payload, dict):
        yield from (text for value in payload.values() for text in strings(value))
    elif isinstance(payload, list):
        yield from (text for value in payload for text in strings(value))


def playground() -> Side:
    actor = Actor("playground", "demo", "ada")

    def payload(kind: str, **rest: Json) -> Json:
        return {"type": kind, "user": actor.user, "key": "k1", **rest}

    def with_values(kind: str, form: Json, values: Values) -> Json:
        sent = {name: list(texts) for name, texts in values.items()}
        return payload(kind, action=form["action"], values=sent)

    return Side(
        name="playground",
        actor=actor,
        card=playground_render.render_card,
        form=playground_render.render_form,
        press=lambda card, n: payload("press", action=playground_render.actions(card)[n]),
        submit=lambda form, values: with_values("submit", form, values),
        close=lambda form, values: with_values("close", form, values),
        command=lambda text: payload("command", text=f"/pulse {text}"),
        parse=lambda sent: playground_inbound.parse(sent, actor.workspace),
        words=strings,
        lines=lambda text: (text,),
    )


def slack() -> Side:
    """Slack's client, for a card that is a message in a direct chat."""
    actor = Actor("slack", "T1", "U1")
    who = {
        "user": {"id": actor.user, "team_id": actor.workspace},
        "team": {"id": actor.workspace, "domain": "trust"},
        "enterprise": None,
        "is_enterprise_install": False,
        "api_app_id": "A1",
        "token": "unused",
    }

    def press(message: Json, number: int) -> Json:
        rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
        button = [button for row in rows for button in row][number]
        pressed = {name: button[name] for name in ("type", "action_id", "text", "value")}
        return {
            **who,
            "type": "block_actions",
            "trigger_id": "1.2.3",
            "container": {"type": "message", "message_ts": "1.1", "channel_id": "D1"},
            "response_url": "https://hooks.slack.com/actions/1",
            "actions": [{**pressed, "block_id": "b", "action_ts": "1700000000.1"}],
        }

    def entered(element: Json, texts: tuple[str, ...]) -> Json:
        kind = {"type": element["type"]}
        if element["type"] == "plain_text_input":
            return {**kind, "value": texts[0] or None}
        offered = {option["value"]: option for option in element["options"]}
        chosen = [offered[slack_forms._escape(text)] for text in texts if text]
        if "buttons" in element["type"] or element["type"] == "static_select":
            nothing = [o for o in element["options"] if o["value"] == slack_forms.NOTHING]
            return {**kind, "selected_option": next(iter(chosen or nothing), None)}
        return {**kind, "selected_options": chosen}

    def send(kind: str, view: Json, values: Values) -> Json:
        state = {
            block["block_id"]: {
                block["element"]["action_id"]: entered(
                    block["element"], values.get(block["block_id"], ("",))
                )
            }
            for block in view["blocks"]
            if block["type"] == "input"
        }
        shown = {**view, "id": "V1", "hash": "1.a", "state": {"values": state}}
        return {**who, "type": kind, "trigger_id": "1.2.4", "view": shown}

    def command(text: str) -> Json:
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return {
            "command": "/pulse",
            "text": escaped,
            "team_id": actor.workspace,
            "user_id": actor.user,
            "trigger_id": "1.2.5",
            "response_url": "https://hooks.slack.com/commands/1",
        }

    return Side(
        name="slack",
        actor=actor,
        card=slack_render.render_message,
        form=lambda form: slack_forms.render_form(
            form, slack_inbound.metadata(form.action, slack_inbound.Place())
        ),
        press=press,
        submit=lambda view, values: send("view_submission", view, values),
        close=lambda view, values: send("view_closed", view, values),
        command=command,
        parse=slack_inbound.parse,
        words=strings,
        lines=lambda text: (text,),
    )


def teams() -> Side:
    """Teams' client, in somebody's own chat with the bot."""
    actor = Actor("teams", teams_payloads.TENANT, teams_payloads.ADA_ID)

    def card(card: Card) -> Json:
        return {"messages": list(teams_render.render_messages(card))}

    def press(shown: Json, number: int) -> Json:
        cards = [teams_render.card_of(message) for message in shown["messages"]]
        found = [button for card in cards for button in teams_client.buttons(card)]
        return teams_client.press(found[number])

    def form(form: Form) -> Json:
        asked = teams_payloads.fetch(teams_render.does(form.action))
        event = teams_inbound.parse(asked)
        assert event is not None
        body = teams_replies.answer(teams_inbound.origin_of(asked), event, [Open(form)]).body
        assert body is not None
        return body["task"]["value"]

    return Side(
        name="teams",
        actor=actor,
        card=card,
        form=form,
        press=press,
        submit=lambda shown, values: teams_client.fill(shown["card"]["content"], values),
        close=None,  # Teams tells nobody that a dialog was closed
        command=teams_payloads.typed,
        parse=teams_inbound.parse,
        words=teams_client.words,
        lines=teams_client.lines,
    )


SIDES = [playground(), slack(), teams()]
every_platform = pytest.mark.parametrize("side", SIDES, ids=lambda side: side.name)


def over_the_wire(payload: Json) -> Json:
    return json.loads(json.dumps(payload))


def texts(block: Block) -> Iterator[str]:
    """Every word of a block that a person reads or hears."""
    match block:
        case Text(text=text):
            yield text
        case Facts(rows=rows):
            yield from (part for row in rows for part in row)
        case Buttons(buttons=buttons):
            yield from (part for button in buttons for part in (button.label, button.says) if part)
        case Chart():
            # All that the picture shows stands in the alt text, whatever becomes of the picture.
            yield from (block.title, block.alt)
        case Divider():
            pass


@every_platform
@given(card=CARDS, data=st.data())
def test_pressing_means_what_the_card_said(side: Side, card: Card, data: st.DataObject) -> None:
    if not card.buttons:
        return
    number = data.draw(st.integers(0, len(card.buttons) - 1))
    shown = over_the_wire(side.card(card))
    event = side.parse(over_the_wire(side.press(shown, number)))
    assert isinstance(event, Pressed)
    assert event.action == card.buttons[number].action
    assert event.actor == side.actor


@every_platform
@given(card=CARDS)
def test_a_shown_card_keeps_every_word(side: Side, card: Card) -> None:
    shown = set(side.words(over_the_wire(side.card(card))))
    assert side.kept(text for block in card.blocks for text in texts(block)) <= shown


@every_platform
@given(form=forms())
def test_a_shown_form_keeps_every_word(side: Side, form: Form) -> None:
    form = replace(form, read_only=False)
    said = {form.title, form.submit, form.intro}
    for field in form.fields:
        said |= {field.label, field.hint}
        if isinstance(field, TextField):
            said.add(field.value)
        else:
            said |= {label for _, label in field.options}
    assert side.kept(said) <= set(side.words(over_the_wire(side.form(form))))


@every_platform
@given(form=forms())
def test_what_can_only_be_read_is_shown_whole_and_asks_for_nothing(side: Side, form: Form) -> None:
    shown = set(side.words(over_the_wire(side.form(replace(form, read_only=True)))))
    texts = [field for field in form.fields if isinstance(field, TextField)]
    parts = (part for field in texts for part in (field.label, field.value, field.hint))
    assert side.kept(parts) <= shown


@every_platform
@given(data=st.data())
def test_a_form_brings_back_what_was_put_in(side: Side, data: st.DataObject) -> None:
    form = replace(data.draw(forms()), read_only=False)
    values = data.draw(filled_in(form))
    shown = over_the_wire(side.form(form))
    for send, meant in ((side.submit, Submitted), (side.close, Closed)):
        if send is None:
            continue
        event = side.parse(over_the_wire(send(shown, values)))
        assert isinstance(event, meant)
        assert isinstance(event, Submitted | Closed)
        assert (event.actor, event.action, event.values) == (side.actor, form.action, values)


@every_platform
@given(text=st.text(CHARACTERS, max_size=200))
def test_a_command_arrives_without_its_prefix(side: Side, text: str) -> None:
    event = side.parse(over_the_wire(side.command(text)))
    assert isinstance(event, Command)
    assert event.actor == side.actor
    assert event.text == text.strip()


@every_platform
@given(payload=JSON)
def test_an_unknown_payload_means_nothing(side: Side, payload: Json) -> None:
    assert side.parse(payload) is None


@every_platform
@given(data=st.data())
def test_a_damaged_payload_never_raises(side: Side, data: st.DataObject) -> None:
    form = over_the_wire(side.form(Form(title="Leave", action=LEAVE, fields=())))
    payload = data.draw(st.sampled_from([side.command("help"), side.submit(form, {})]))
    damaged = data.draw(st.sampled_from(sorted(payload)))
    event = side.parse({**payload, damaged: data.draw(JSON)})
    assert event is None or isinstance(event, Event)


@every_platform
@pytest.mark.parametrize("forged", ["", "answer", "answer:r:q", "drop:table", "leave:a:b"])
def test_a_forged_action_means_nothing(side: Side, forged: str) -> None:
    form = over_the_wire(side.form(Form(title="Leave", action=LEAVE, fields=())))
    honest = json.dumps(side.submit(form, {}))
    assert side.parse(json.loads(honest)) is not None
    assert side.parse(json.loads(honest.replace(encode(LEAVE), forged))) is None

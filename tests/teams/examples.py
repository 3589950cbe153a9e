"""Cards, messages and dialogs that are as Teams wants them, for the tests of the stand-in."""

from __future__ import annotations

from tests.teams.records import CARD, Json


def words(text: str) -> Json:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]}


def card(*body: Json) -> Json:
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(body)}


def execute(title: str, data: Json) -> Json:
    submit = {"type": "Action.Submit", "title": title, "data": data}
    return {**submit, "type": "Action.Execute", "verb": "do", "fallback": submit}


def message(shown: Json) -> Json:
    attached = [{"contentType": CARD, "content": shown}]
    return {"type": "message", "summary": "A card", "attachments": attached}


FETCH: Json = {
    "type": "Action.Submit",
    "title": "Write",
    "data": {"do": "form", "msteams": {"type": "task/fetch"}},
}
ASK = card(words("Ready?"), {"type": "ActionSet", "actions": [execute("Yes", {"do": "y"}), FETCH]})


def dialog(title: str = "A form", error: str = "") -> Json:
    """Words that must be given, perhaps with what is wrong about them, and any of two teams."""
    wrong = {"type": "TextRun", "text": f"Error: {error}", "color": "Attention"}
    errors = [{"type": "RichTextBlock", "inlines": [wrong]}] if error else []
    choices = [{"title": f"Ward {number}", "value": f"w{number}"} for number in (4, 5)]
    fields = [
        {
            "type": "Input.Text",
            "id": "f.words",
            "label": "Your words",
            "isRequired": True,
            "errorMessage": "Say something.",
            "maxLength": 20,
        },
        {
            "type": "Input.ChoiceSet",
            "id": "f.teams",
            "label": "Your teams",
            "isMultiSelect": True,
            "choices": choices,
        },
    ]
    send = {"type": "Action.Submit", "title": "Send", "data": {"do": "send"}}
    shown = card(words(title), *errors, *fields, {"type": "ActionSet", "actions": [send]})
    value = {"title": title, "card": {"contentType": CARD, "content": shown}}
    return {"task": {"type": "continue", "value": value}}

"""The documented limits of what people press, choose and fill in."""

from __future__ import annotations

from tests.slack.findings import PLAIN, TEXT_TYPES, Findings
from tests.slack.records import Json

MAX_ID = 255
SINGLE_SELECTS = frozenset(
    f"{kind}_select" for kind in ("static", "external", "users", "conversations", "channels")
)
MULTI_SELECTS = frozenset(f"multi_{kind}" for kind in SINGLE_SELECTS)
PICKERS = frozenset({"datepicker", "timepicker", "datetimepicker"})
CHOICES = frozenset({"checkboxes", "radio_buttons"})
IN_ACTIONS = SINGLE_SELECTS | PICKERS | CHOICES | {"button", "overflow"}
IN_SECTION = IN_ACTIONS | MULTI_SELECTS | {"image"}
TYPED = frozenset({"plain_text_input", "number_input", "email_text_input", "url_text_input"})
IN_INPUT = SINGLE_SELECTS | MULTI_SELECTS | PICKERS | CHOICES | TYPED | {"rich_text_input"}
IN_MODAL_INPUT = IN_INPUT | {"file_input"}

MAX_OPTIONS = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}
MANY_OPTIONS = 100
WITH_OPTIONS = frozenset({"static_select", "multi_static_select", *MAX_OPTIONS})


def check_element(found: Findings, where: str, value: object, allowed: frozenset[str]) -> None:
    """One element where only the allowed types may stand."""
    element = found.mapping(where, value)
    if element is None:
        return
    kind = str(element.get("type"))
    if kind not in allowed:
        found.add(where, f"an element of type {kind!r} is not allowed here")
        return
    if kind == "image":
        found.image(where, element)
        return
    found.string(f"{where}.action_id", element.get("action_id"), MAX_ID)
    found.text(f"{where}.placeholder", element.get("placeholder"), 150, types=PLAIN, required=False)
    if "confirm" in element:
        _check_confirm(found, f"{where}.confirm", element["confirm"])
    if kind == "button":
        _check_button(found, where, element)
    if kind in WITH_OPTIONS:
        _check_options(found, where, element, kind)
    if kind in TYPED:
        _check_typed(found, where, element, kind)


def _check_button(found: Findings, where: str, button: Json) -> None:
    found.text(f"{where}.text", button.get("text"), 75, types=PLAIN)
    found.string(f"{where}.value", button.get("value"), 2000)
    found.string(f"{where}.url", button.get("url"), 3000)
    found.string(f"{where}.accessibility_label", button.get("accessibility_label"), 75)
    if button.get("style", "primary") not in ("primary", "danger"):
        found.add(f"{where}.style", "must be primary or danger")


def _check_confirm(found: Findings, where: str, value: object) -> None:
    confirm = found.mapping(where, value)
    if confirm is None:
        return
    for name, most in (("title", 100), ("confirm", 30), ("deny", 30)):
        found.text(f"{where}.{name}", confirm.get(name), most, types=PLAIN)
    found.text(f"{where}.text", confirm.get("text"), 300)


def _check_options(found: Findings, where: str, element: Json, kind: str) -> None:
    most = MAX_OPTIONS.get(kind, MANY_OPTIONS)
    options: list[Json] = []
    if kind.endswith("static_select") and "option_groups" in element:
        if "options" in element:
            found.add(where, "has both options and option_groups")
        groups = found.items(f"{where}.option_groups", element["option_groups"], MANY_OPTIONS)
        for index, group in enumerate(groups):
            place = f"{where}.option_groups[{index}]"
            found.text(f"{place}.label", group.get("label"), 75, types=PLAIN)
            options += found.items(f"{place}.options", group.get("options"), most)
    else:
        options = found.items(f"{where}.options", element.get("options"), most)
    # Only radio buttons and checkboxes know bold text.
    types = TEXT_TYPES if kind in CHOICES else PLAIN
    for index, option in enumerate(options):
        place = f"{where}.options[{index}]"
        found.text(f"{place}.text", option.get("text"), 75, types=types)
        found.string(f"{place}.value", option.get("value"), 150 if kind in CHOICES else 75)
        if kind != "overflow" and "value" not in option:
            found.add(f"{place}.value", "is missing")
        found.text(
            f"{place}.description", option.get("description"), 75, types=types, required=False
        )
    found.unique(where, "an option's value", [option.get("value") for option in options])
    plain = [_bare(option) for option in options]
    initial = [element["initial_option"]] if "initial_option" in element else []
    if "initial_options" in element:
        initial = found.items(f"{where}.initial_options", element["initial_options"], most)
    for option in initial:
        if _bare(option) not in plain:
            found.add(where, "an initial option is none of the options")


def _bare(option: object) -> object:
    """An option without what Slack fills in by itself."""
    if not isinstance(option, dict):
        return option
    return {
        key: (value.get("type"), value.get("text")) if isinstance(value, dict) else value
        for key, value in option.items()
    }


def _check_typed(found: Findings, where: str, element: Json, kind: str) -> None:
    initial = element.get("initial_value")
    found.string(f"{where}.initial_value", initial, 3000)
    if kind == "number_input":
        if "is_decimal_allowed" not in element:
            found.add(f"{where}.is_decimal_allowed", "is missing")
        return
    if kind != "plain_text_input":
        return
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if not isinstance(least, int) or not 0 <= least <= 3000:
        found.add(f"{where}.min_length", "must be 0 to 3000")
    elif not isinstance(most, int) or not 1 <= most <= 3000:
        found.add(f"{where}.max_length", "must be 1 to 3000")
    elif least > most:
        found.add(f"{where}.min_length", "is more than max_length")
    elif isinstance(initial, str) and len(initial) > most:
        found.add(f"{where}.initial_value", f"is longer than max_length, {most}")

"""views.*: forms and the home tab."""

from __future__ import annotations

import json

from tests.slack.calling import Request, SlackError
from tests.slack.limits import MAX_VIEW_JSON, message_faults, view_faults
from tests.slack.records import Json, Trigger, View
from tests.slack.shapes import view_json
from tests.slack.world import MAX_STACK

TRIGGER_SECONDS = 3.0


def _body(request: Request, where: str, surface: str) -> Json:
    """The view of the call, checked."""
    body = request.json("view")
    found = request.world.check_view(body, where)
    if isinstance(body, dict) and not found and body["type"] != surface:
        found = [f"view.type: must be {surface} here"]
        request.world.faults += [f"{where}: {fault}" for fault in found]
    if found or not isinstance(body, dict):
        messages = [f"[ERROR] {fault}" for fault in found]
        raise SlackError("invalid_arguments", response_metadata={"messages": messages})
    if len(json.dumps(body)) > MAX_VIEW_JSON:
        raise SlackError("view_too_large")
    return body


def _trigger(request: Request) -> Trigger:
    """The leave to open a form: known, new and not yet used."""
    found = request.world.triggers.get(request.text("trigger_id", required=True))
    if found is None or found.team != request.workspace.team:
        raise SlackError("invalid_trigger_id")
    if found.used:
        raise SlackError("exchanged_trigger_id")
    if request.world.now() - found.made_at > TRIGGER_SECONDS:
        raise SlackError("expired_trigger_id")
    return found


def _refuse_taken(request: Request, body: Json, view: View | None = None) -> None:
    external = str(body.get("external_id") or "")
    taken = request.workspace.view(external_id=external) if external else None
    if taken is not None and taken is not view:
        raise SlackError("duplicate_external_id")


def _answer(request: Request, view: View) -> Json:
    return {"view": view_json(request.workspace, view)}


def open_view(request: Request) -> Json:
    trigger = _trigger(request)
    body = _body(request, "views.open", "modal")
    _refuse_taken(request, body)
    trigger.used = True
    return _answer(request, request.world.show(request.workspace, trigger.user, body))


def push_view(request: Request) -> Json:
    trigger = _trigger(request)
    body = _body(request, "views.push", "modal")
    _refuse_taken(request, body)
    stack = request.workspace.views.get(trigger.user, [])
    if not trigger.in_view or not stack:
        raise SlackError("invalid_trigger_id")
    if len(stack) >= MAX_STACK:
        raise SlackError("push_limit_reached")
    trigger.used = True
    view = request.world.show(request.workspace, trigger.user, body, push=True)
    return _answer(request, view)


def update_view(request: Request) -> Json:
    view_id, external_id = request.text("view_id"), request.text("external_id")
    if not view_id and not external_id:
        raise SlackError("invalid_arguments")
    view = request.workspace.view(view_id, external_id)
    if view is None:
        raise SlackError("not_found")
    body = _body(request, "views.update", str(view.body["type"]))
    if request.text("hash") not in {"", view.hash}:
        raise SlackError("hash_conflict")
    _refuse_taken(request, body, view)
    request.world.renew(view, body)
    return _answer(request, view)


def publish(request: Request) -> Json:
    user = request.user("user_id")
    body = _body(request, "views.publish", "home")
    view = request.workspace.homes.get(user.id)
    if view and request.text("hash") not in {"", view.hash}:
        raise SlackError("hash_conflict")
    if view is None:
        view = View(request.world.fresh("V"), user.id, {}, "", "")
        view.root = view.id
        request.workspace.homes[user.id] = view
    request.world.renew(view, body)
    return _answer(request, view)


def validate(request: Request) -> Json:
    """Says what is wrong without sending anything."""
    given = [name for name in ("blocks", "message", "view") if request.json(name) is not None]
    if len(given) != 1:
        raise SlackError("invalid_arguments")
    value = request.json(given[0])
    if given[0] == "view":
        found = view_faults(value)
    elif given[0] == "message":
        found = message_faults(value.get("blocks") if isinstance(value, dict) else value)
    else:
        found = message_faults(value)
    if found:
        errors = [{"pointer": "", "code": "failed_constraint", "message": fault} for fault in found]
        raise SlackError(f"invalid_{given[0]}", errors=errors)
    return {}


METHODS = {
    "views.open": open_view,
    "views.push": push_view,
    "views.update": update_view,
    "views.publish": publish,
    "blocks.validate": validate,
}

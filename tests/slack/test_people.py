"""People at the stand-in's screens reach an app on slack-bolt, over HTTP and over sockets."""

import pytest

from tests.slack.people import until
from tests.slack.reading import Upload, entered
from tests.slack.small_app import form
from tests.slack.stage import Stage
from tests.slack.world import World


async def test_the_answer_to_a_command_is_for_one_person(stage: Stage) -> None:
    await stage.dana.slash("/pulse", "a & b")
    assert stage.dana.reads() == ["Hello a &amp; b"]
    assert stage.dana.messages()[0].only_for == stage.dana.user.id
    heard = stage.app.heard[0]
    assert all(isinstance(value, str) for value in heard.values())
    assert (heard["command"], heard["channel_name"]) == ("/pulse", "directmessage")
    assert heard["is_enterprise_install"] == "false"


async def test_a_press_in_a_message_reaches_the_app_which_updates_it(stage: Stage) -> None:
    await stage.dana.slash("/pulse ask")
    assert "Yes" in await stage.dana.sees("Ready?")
    await stage.dana.choose("Team", "Ward 4")
    await stage.dana.press("Yes")
    await stage.dana.sees("Thank you")
    chosen, pressed = stage.app.heard[1:]
    assert chosen["actions"][0]["selected_option"]["value"] == "w4"
    (action,) = pressed["actions"]
    assert (action["action_id"], action["block_id"]) == ("press:yes", "buttons")
    assert action["value"] == "v1"
    (states,) = pressed["state"]["values"].values()
    assert states["press:menu"]["selected_option"]["value"] == "w4"
    assert pressed["message"]["ts"] == pressed["container"]["message_ts"]
    with pytest.raises(LookupError, match="no button 'Yes'"):
        await stage.dana.press("Yes")
    assert stage.world.faults == []


async def test_a_press_in_an_ephemeral_message_brings_no_message_along(stage: Stage) -> None:
    await stage.dana.slash("/pulse quietly")
    await stage.dana.sees("Ready?")
    await stage.dana.press("Yes")
    await stage.dana.sees("Thank you")
    assert "message" not in stage.app.heard[1]
    assert stage.app.heard[1]["container"]["is_ephemeral"] is True
    assert stage.dana.reads() == ["Thank you"]


async def test_a_form_is_filled_in_and_sent(stage: Stage) -> None:
    await stage.dana.slash("/pulse form")
    await until(lambda: stage.dana.view)
    assert list(await stage.dana.submit()) == ["words"]
    assert len(stage.app.heard) == 1
    wrong = await stage.dana.submit({"Your words": "wrong", "Your team": "Ward 4"})
    assert wrong == {"words": "Say it better."}
    assert await stage.dana.submit({"words": "right"}) == {}
    assert stage.dana.view is None
    sent = stage.app.heard[-1]["view"]
    assert sent["private_metadata"] == "kept"
    values = sent["state"]["values"]
    assert values["words"]["a"] == {"type": "plain_text_input", "value": "right"}
    assert values["team"]["a"]["selected_option"]["value"] == "w4"


async def test_a_form_gives_way_to_another_as_the_app_says(stage: Stage) -> None:
    dana = stage.dana
    await dana.slash("/pulse form")
    await until(lambda: dana.view)
    await dana.submit({"Your words": "update"})
    await dana.sees("Updated")
    await dana.submit({"Your words": "push"})
    await dana.sees("Pushed")
    assert len(dana.views) == 2
    assert dana.views[1].previous == dana.views[0].id
    await dana.submit({"Your words": "push"})
    await dana.submit({"Your words": "push"})
    assert len(dana.views) == 3
    assert stage.world.faults == [
        "answer to view_submission: more than 3 forms on top of each other"
    ]
    await dana.submit({"Your words": "clear"})
    assert dana.views == []


async def test_errors_for_an_unknown_field_are_a_fault(stage: Stage) -> None:
    await stage.dana.slash("/pulse form")
    await until(lambda: stage.dana.view)
    await stage.dana.submit({"Your words": "broken"})
    assert "['nowhere']" in stage.world.faults[0]


async def test_a_button_in_a_form_can_change_the_form(stage: Stage) -> None:
    await stage.dana.slash("/pulse form")
    await until(lambda: stage.dana.view)
    await stage.dana.choose("Your words", "kept")
    await stage.dana.press("Yes")
    await stage.dana.sees("Pressed")
    assert stage.dana.view is not None
    assert stage.dana.view.values["words"]["a"]["value"] == "kept"
    assert "response_url" not in stage.app.heard[1]
    assert stage.app.heard[1]["container"]["type"] == "view"


async def test_what_was_entered_goes_with_the_field(stage: Stage) -> None:
    await stage.dana.slash("/pulse form")
    await until(lambda: stage.dana.view)
    await stage.dana.choose("Your words", "gone")
    view = stage.dana.view
    assert view is not None
    other = {**form(), "blocks": form()["blocks"][1:]}
    stage.world.renew(view, other)
    stage.world.renew(view, form())
    assert list(await stage.dana.submit()) == ["words"]


async def test_the_app_hears_that_a_form_was_closed_if_it_asked_to(stage: Stage) -> None:
    await stage.dana.slash("/pulse form")
    await until(lambda: stage.dana.view)
    await stage.dana.close()
    assert stage.dana.view is None
    assert stage.app.heard[-1]["type"] == "view_closed"
    assert stage.app.heard[-1]["is_cleared"] is False
    heard = len(stage.app.heard)
    stage.world.show(stage.dana.workspace, stage.dana.user.id, {**form(), "notify_on_close": False})
    await stage.dana.close()
    assert len(stage.app.heard) == heard


def test_a_field_lets_nobody_enter_what_does_not_fit() -> None:
    world = World()
    options = [{"text": {"type": "plain_text", "text": "Yes"}, "value": "y"}]
    boxes = {"type": "checkboxes", "action_id": "a", "options": options}
    assert entered(world, "U1", boxes, ["Yes"])["selected_options"] == options
    with pytest.raises(LookupError, match="no option 'No'"):
        entered(world, "U1", boxes, ["No"])
    with pytest.raises(LookupError, match="5 characters"):
        entered(world, "U1", {"type": "plain_text_input", "max_length": 5}, "x" * 6)
    (file,) = entered(world, "U1", {"type": "file_input"}, Upload("people.csv", b"a,b"))["files"]
    assert world.files[file["id"]].data == b"a,b"
    assert entered(world, "U1", {"type": "datepicker"}, None)["selected_date"] is None


@pytest.mark.parametrize("way", ["http"])
async def test_an_org_install_names_no_team(stage: Stage) -> None:
    workspace = stage.dana.workspace
    workspace.enterprise, workspace.org_install = "E1", True
    await stage.dana.slash("/pulse ask")
    await stage.dana.sees("Ready?")
    await stage.dana.press("Yes")
    command, press = stage.app.heard
    assert (command["enterprise_id"], command["is_enterprise_install"]) == ("E1", "true")
    assert press["team"] is None
    assert press["enterprise"]["id"] == "E1"

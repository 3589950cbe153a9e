"""The stand-in opens forms and keeps files."""

from tests.slack.house import BLOCKS, HOME, MODAL, House, refusal


async def test_a_form_opens_once_and_within_three_seconds(house: House) -> None:
    client = house.client()
    trigger = house.world.issue_trigger(house.workspace, house.dana.id)
    opened = await client.views_open(trigger_id=trigger, view=MODAL)
    assert opened["view"]["blocks"][0]["block_id"]
    again = client.views_open(trigger_id=trigger, view=MODAL)
    assert await refusal(again) == "exchanged_trigger_id"
    late = house.world.issue_trigger(house.workspace, house.dana.id)
    house.moment += 3.1
    assert await refusal(client.views_open(trigger_id=late, view=MODAL)) == "expired_trigger_id"
    unknown = client.views_open(trigger_id="1.2.3", view=MODAL)
    assert await refusal(unknown) == "invalid_trigger_id"


async def test_at_most_three_forms_lie_on_top_of_each_other(house: House) -> None:
    client = house.client()
    trigger = house.world.issue_trigger(house.workspace, house.dana.id)
    root = await client.views_open(trigger_id=trigger, view=MODAL)
    for _ in range(2):
        trigger = house.world.issue_trigger(house.workspace, house.dana.id, in_view=True)
        pushed = await client.views_push(trigger_id=trigger, view=MODAL)
        assert pushed["view"]["root_view_id"] == root["view"]["id"]
    trigger = house.world.issue_trigger(house.workspace, house.dana.id, in_view=True)
    fourth = client.views_push(trigger_id=trigger, view=MODAL)
    assert await refusal(fourth) == "push_limit_reached"


async def test_a_view_is_updated_only_while_it_is_what_the_app_knows(house: House) -> None:
    client = house.client()
    trigger = house.world.issue_trigger(house.workspace, house.dana.id)
    view = (await client.views_open(trigger_id=trigger, view=MODAL))["view"]
    new = await client.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)
    old = client.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)
    assert new["view"]["hash"] != view["hash"]
    assert await refusal(old) == "hash_conflict"
    assert await refusal(client.views_update(view_id="V404", view=MODAL)) == "not_found"
    home = await client.views_publish(user_id=house.dana.id, view=HOME)
    await client.views_publish(user_id=house.dana.id, view=HOME, hash=home["view"]["hash"])
    stale = client.views_publish(user_id=house.dana.id, view=HOME, hash=home["view"]["hash"])
    assert await refusal(stale) == "hash_conflict"
    assert await refusal(client.views_publish(user_id="U404", view=HOME)) == "user_not_found"
    wrong = client.views_publish(user_id=house.dana.id, view=MODAL)
    assert await refusal(wrong) == "invalid_arguments"
    assert house.world.faults == ["views.publish: view.type: must be home here"]


async def test_a_picture_is_uploaded_and_shown_once_slack_is_ready(house: House) -> None:
    client = house.client()
    house.world.file_ready_seconds = 2.0
    uploaded = await client.files_upload_v2(content=b"picture", filename="bars.png", title="Bars")
    file = uploaded["file"]["id"]
    image = {"type": "image", "slack_file": {"id": file}, "alt_text": "Bars"}
    early = client.chat_postMessage(channel=house.im, text="x", blocks=[image])
    assert await refusal(early) == "invalid_blocks"
    house.moment += 2.0
    await client.chat_postMessage(channel=house.im, text="x", blocks=[image])
    assert house.world.files[file].data == b"picture"
    again = client.files_completeUploadExternal(files=[{"id": file, "title": "x"}])
    assert await refusal(again) == "file_not_found"


async def test_a_file_is_read_only_with_a_token(house: House) -> None:
    uploaded = await house.client().files_upload_v2(
        content="a,b", filename="people.csv", channel=house.im
    )
    shared = house.workspace.im(house.dana.id).messages[0]
    assert shared.files[0]["id"] == uploaded["file"]["id"]
    url = uploaded["file"]["url_private_download"]
    async with house.slack.session.get(url) as response:
        assert (response.status, response.content_type) == (200, "text/html")
    headers = {"Authorization": f"Bearer {house.workspace.token}"}
    async with house.slack.session.get(url, headers=headers) as response:
        assert await response.read() == b"a,b"


async def test_blocks_can_be_validated_without_sending_them(house: House) -> None:
    client = house.client()
    assert (await client.blocks_validate(blocks=BLOCKS))["ok"]
    assert (await client.blocks_validate(view=MODAL))["ok"]
    wrong = client.blocks_validate(message={"blocks": [{"type": "shout"}]})
    assert await refusal(wrong) == "invalid_message"
    assert house.world.faults == []

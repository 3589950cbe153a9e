"""A whole round keeps to Slack's limits: nothing is refused, and nobody is told to slow down."""

from __future__ import annotations

import pytest

from storage.store import SqlStore
from tests.flows.company import MAYA, RUTH
from tests.flows.slack_company import on_slack
from tests.flows.slack_desk import SlackDesk

# Two questions, of which one takes a form.
PLAN = 'schedule "Check" weekly on mon at 10:00 for 2 working days asking 2 with {} reminders 1'
QUESTIONS = "csps.workload, first.one-thing"


@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", ["http", "socket"])
async def test_a_whole_round_for_a_dozen_people_is_never_too_fast(
    store: SqlStore, way: str
) -> None:
    async with on_slack(store, way=way, rates=True) as c:
        assert isinstance(c.desk, SlackDesk)
        await c.desk.command(MAYA, PLAN.format(QUESTIONS))
        await c.wait(hours=2)
        for number, user in enumerate(c.people()):
            await c.desk.press(user, "Agree")
            if number % 2:
                await c.desk.press(user, "Skip this question")
            else:
                await c.desk.press(user, "Write an answer")
                await c.desk.submit(user, **{"first.one-thing": "More time to learn."})
        await c.desk.user(MAYA).open_home()
        await c.desk.command(MAYA, "status")
        await c.wait(days=2)
        assert "Results:" in c.desk.messages(RUTH)[-1].text
        calls = c.desk.world.calls
        assert [call for call in calls if not call.answer.get("ok")] == []
        assert {call.method for call in calls} >= {
            "chat.postMessage",
            "response_url",
            "users.lookupByEmail",
            "views.open",
            "views.publish",
        }
        assert c.desk.world.faults == []

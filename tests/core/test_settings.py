"""The environment: usual values, and wrong ones named with the way out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import NAMES, Settings, SlackSettings, WrongSetting, read_settings, teams

SLACK = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_SIGNING_SECRET": "s1",
}
MANY = {"SLACK_CLIENT_ID": "c1", "SLACK_CLIENT_SECRET": "cs1"}
USUAL = Settings(
    database_url="sqlite:///var/soundings.db",
    secret_key=None,
    host="127.0.0.1",
    port=8080,
    log_level="info",
    tick_seconds=5,
)


def test_an_empty_environment_has_the_usual_settings() -> None:
    assert read_settings({}) == USUAL


@pytest.mark.parametrize("nothing", ["", "  "])
def test_an_empty_value_is_the_same_as_none(nothing: str) -> None:
    assert read_settings(dict.fromkeys(NAMES, nothing)) == USUAL


def test_every_setting_is_read() -> None:
    chosen = {
        "DATABASE_URL": " postgresql://u:p@h/n ",
        "SOUNDINGS_SECRET_KEY": "c2VjcmV0",
        "SOUNDINGS_HOST": "::1",
        "PORT": "0",
        "SOUNDINGS_LOG_LEVEL": "WARNING",
        "SOUNDINGS_TICK_SECONDS": "60",
        **SLACK,
    }
    assert chosen.keys() | MANY.keys() | {"SLACK_API_URL"} | teams.NAMES.keys() == NAMES.keys()
    assert read_settings(chosen) == Settings(
        database_url="postgresql://u:p@h/n",
        secret_key="c2VjcmV0",
        host="::1",
        port=0,
        log_level="warning",
        tick_seconds=60,
        slack=SlackSettings(
            bot_token="xoxb-1",
            signing_secret="s1",
            app_token="xapp-1",
            client_id=None,
            client_secret=None,
            api_url="https://slack.com/api/",
        ),
    )


def test_slack_is_off_unless_something_of_it_is_set() -> None:
    assert read_settings({"SLACK_API_URL": "https://slack-gov.com/api"}).slack is None


def test_many_workspaces_install_the_app_over_http() -> None:
    found = read_settings({**MANY, "SLACK_SIGNING_SECRET": "s1"}).slack
    assert found is not None
    assert (found.client_id, found.client_secret, found.bot_token) == ("c1", "cs1", None)


@pytest.mark.parametrize("url", ["https://slack-gov.com/api", "http://127.0.0.1:8081/api/"])
def test_another_slack_can_be_chosen(url: str) -> None:
    found = read_settings({**SLACK, "SLACK_API_URL": url}).slack
    assert found is not None
    assert found.api_url == url.rstrip("/") + "/"


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"SLACK_SIGNING_SECRET": "s1"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxp-1", "SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "1"}, "SLACK_APP_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xapp-1", "SLACK_APP_TOKEN": "xoxb-1"}, "set it as SLACK_APP_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxe.xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, "token rotation"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN"),
        ({"SLACK_CLIENT_ID": "c1", "SLACK_SIGNING_SECRET": "s1"}, "SLACK_CLIENT_SECRET"),
        ({"SLACK_CLIENT_SECRET": "c1", "SLACK_SIGNING_SECRET": "s1"}, "SLACK_CLIENT_ID"),
        ({**MANY, "SLACK_APP_TOKEN": "xapp-1"}, "SLACK_SIGNING_SECRET"),
        ({**MANY, **SLACK}, "SLACK_BOT_TOKEN"),
        ({**SLACK, "SLACK_API_URL": "http://slack.com/api/"}, "SLACK_API_URL"),
        ({**SLACK, "SLACK_API_URL": "slack.com"}, "SLACK_API_URL"),
        ({**SLACK, "SLACK_API_URL": "http://["}, "SLACK_API_URL"),
        ({**SLACK, "SLACK_API_URL": "http://127.0.0.1:99999/api/"}, "SLACK_API_URL"),
        ({**SLACK, "SLACK_API_URL": "https://me:xapp-1@127.0.0.1/api/"}, "SLACK_API_URL has an @"),
        ({**SLACK, "SLACK_BOT_TOKEN": '"xoxb-1"'}, "SLACK_BOT_TOKEN begins with a quote mark"),
        ({**SLACK, "SLACK_BOT_TOKEN": "xoxb-1\nx"}, "SLACK_BOT_TOKEN has a space, a line break"),
        ({**SLACK, "SLACK_APP_TOKEN": "xapp-1 x"}, "SLACK_APP_TOKEN has a space, a line break"),
        ({**SLACK, "SLACK_APP_TOKEN": "xapp-é"}, "SLACK_APP_TOKEN has a space, a line break"),
        ({**SLACK, "SLACK_SIGNING_SECRET": "xoxb-1"}, "The signing secret is on the app's page"),
    ],
)
def test_settings_of_slack_that_do_not_go_together_are_named(
    environment: dict[str, str], named: str
) -> None:
    with pytest.raises(WrongSetting) as wrong:
        read_settings(environment)
    assert named in str(wrong.value)
    assert "xapp-1" not in str(wrong.value)


def test_no_token_is_ever_shown() -> None:
    shown = repr(read_settings(SLACK)) + repr(read_settings({**MANY, "SLACK_SIGNING_SECRET": "s1"}))
    assert not any(secret in shown for secret in ("xoxb-1", "xapp-1", "s1"))


@pytest.mark.parametrize(
    ("name", "value", "way_out"),
    [
        ("PORT", "http", "a whole number from 0 to 65535"),
        ("PORT", "65536", "a whole number from 0 to 65535"),
        ("PORT", "-1", "a whole number from 0 to 65535"),
        ("PORT", "80.0", "a whole number from 0 to 65535"),
        ("SOUNDINGS_TICK_SECONDS", "0", "a whole number from 1 to 60"),
        ("SOUNDINGS_TICK_SECONDS", "61", "a whole number from 1 to 60"),
        ("SOUNDINGS_LOG_LEVEL", "loud", "debug, info, warning or error"),
    ],
)
def test_a_wrong_value_is_named_with_the_way_out(name: str, value: str, way_out: str) -> None:
    with pytest.raises(WrongSetting) as wrong:
        read_settings({name: value})
    assert str(wrong.value) == f'{name} is "{value}". Use {way_out}.'


@pytest.mark.parametrize("name", ["PORT", "SOUNDINGS_TICK_SECONDS", "SOUNDINGS_LOG_LEVEL"])
def test_of_a_very_long_value_the_beginning_is_shown(name: str) -> None:
    with pytest.raises(WrongSetting) as wrong:
        read_settings({name: "1" * 5000})
    assert str(wrong.value).startswith(f'{name} is "{"1" * 40}". Use ')


@given(st.dictionaries(st.sampled_from(sorted(NAMES)), st.text(max_size=8)))
def test_any_environment_is_read_or_refused_by_name(environment: dict[str, str]) -> None:
    refused = ""
    try:
        settings = read_settings(environment)
    except WrongSetting as wrong:
        refused, settings = str(wrong), USUAL
    assert not refused or refused.split()[0] in environment
    assert 0 <= settings.port <= 65535
    assert 1 <= settings.tick_seconds <= 60


def test_the_secret_is_never_shown() -> None:
    assert "c2VjcmV0" not in repr(read_settings({"SOUNDINGS_SECRET_KEY": "c2VjcmV0"}))


def test_every_setting_says_what_it_is_for() -> None:
    for name, (_, purpose) in NAMES.items():
        assert purpose.endswith("."), name

"""Slack: its settings, and which of them go together."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.settings.values import Names, Value, WrongSetting, address

NAMES: Names = {
    "SLACK_BOT_TOKEN": ("", "Switches Slack on for one workspace: the bot's token, `xoxb-...`."),
    "SLACK_APP_TOKEN": ("", "Reaches Slack without a public address (Socket Mode): `xapp-...`."),
    "SLACK_SIGNING_SECRET": (
        "",
        "Believes Slack's requests at `/slack/events`; needed unless there is an app token.",
    ),
    "SLACK_CLIENT_ID": ("", "Switches Slack on for every workspace that installs the app."),
    "SLACK_CLIENT_SECRET": ("", "Goes with the client id."),
    "SLACK_API_URL": (
        "https://slack.com/api/",
        "Another Slack, such as GovSlack: `https://slack-gov.com/api/`.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """How Slack is reached. Either `bot_token` is there, or `client_id` and `client_secret`; and
    `signing_secret` (HTTP), `app_token` (Socket Mode) or both.
    """

    bot_token: str | None = field(repr=False)
    signing_secret: str | None = field(repr=False)
    app_token: str | None = field(repr=False)
    client_id: str | None
    client_secret: str | None = field(repr=False)
    api_url: str


def read_slack(value: Value) -> SlackSettings | None:
    """Slack's settings; None where none is set."""
    names = [name for name in NAMES if not NAMES[name][0]]
    given = {name: value(name) or None for name in names}
    if not any(given.values()):
        return None
    for name, text in given.items():
        _check_word(name, text or "")
    bot, app = given["SLACK_BOT_TOKEN"], given["SLACK_APP_TOKEN"]
    client = given["SLACK_CLIENT_ID"], given["SLACK_CLIENT_SECRET"]
    _check_tokens(bot, app)
    if any(client) and not all(client):
        there, missing = ("ID", "SECRET") if client[0] else ("SECRET", "ID")
        raise WrongSetting(
            f"SLACK_CLIENT_{there} is set, but SLACK_CLIENT_{missing} is not. They go together."
        )
    if bot is None and not any(client):
        first = next(name for name, text in given.items() if text)
        raise WrongSetting(
            f"{first} is set, but no workspace can be reached. Set SLACK_BOT_TOKEN too, or "
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET."
        )
    if bot is not None and any(client):
        raise WrongSetting(
            "SLACK_BOT_TOKEN and SLACK_CLIENT_ID are both set. Use the token for one workspace, "
            "or the client id for many."
        )
    if bot is not None and app is None and given["SLACK_SIGNING_SECRET"] is None:
        raise WrongSetting(
            "SLACK_BOT_TOKEN is set, but Slack has no way to reach Soundings. Set SLACK_APP_TOKEN "
            "for Socket Mode, or SLACK_SIGNING_SECRET for HTTP."
        )
    if all(client) and given["SLACK_SIGNING_SECRET"] is None:
        raise WrongSetting(
            "SLACK_CLIENT_ID is set, but SLACK_SIGNING_SECRET is not. Workspaces install the app "
            "over HTTP, so it is needed."
        )
    return SlackSettings(
        bot_token=bot,
        signing_secret=given["SLACK_SIGNING_SECRET"],
        app_token=app,
        client_id=client[0],
        client_secret=client[1],
        api_url=address("SLACK_API_URL", value("SLACK_API_URL"), "https://slack.com/api/"),
    )


def _check_word(name: str, text: str) -> None:
    """All of Slack's secrets and ids are one word. What is wrong is not shown."""
    if text[:1] in ("'", '"'):
        raise WrongSetting(f"{name} begins with a quote mark. Leave the quote marks out.")
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise WrongSetting(
            f"{name} has a space, a line break or a sign in it that Slack never uses. Copy it "
            "again, as one word."
        )
    if name == "SLACK_SIGNING_SECRET" and text.startswith(("xoxb-", "xapp-")):
        raise WrongSetting(
            "SLACK_SIGNING_SECRET is a token. The signing secret is on the app's page Basic "
            "Information."
        )


def _check_tokens(bot: str | None, app: str | None) -> None:
    """Each looks like its kind, as far as that can be seen."""
    if bot is not None and bot.startswith("xapp-"):
        raise WrongSetting(
            "SLACK_BOT_TOKEN starts with xapp-, so it is the app-level token: set it as "
            "SLACK_APP_TOKEN. The bot token is on the app's page OAuth & Permissions."
        )
    if bot is not None and bot.startswith("xoxe"):
        raise WrongSetting(
            "SLACK_BOT_TOKEN ends by itself, because the app has token rotation. Make an app "
            "without it, or use SLACK_CLIENT_ID and SLACK_CLIENT_SECRET."
        )
    if bot is not None and not bot.startswith("xoxb-"):
        raise WrongSetting(
            "SLACK_BOT_TOKEN does not start with xoxb-. The bot token is on the app's page OAuth & "
            "Permissions."
        )
    if app is not None and not app.startswith("xapp-"):
        raise WrongSetting(
            "SLACK_APP_TOKEN does not start with xapp-. The app-level token is on the app's page "
            "Basic Information."
        )

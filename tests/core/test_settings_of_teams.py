"""Microsoft Teams in the environment: what switches it on, and what goes together."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import (
    NAMES,
    TeamsAuth,
    TeamsSettings,
    TeamsTenant,
    WrongSetting,
    read_settings,
)
from bot.settings.teams import PLAYGROUND_TENANT

APP = "11111111-2222-4333-8444-555555555555"
TRUST = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
BOARD = "99999999-8888-4777-8666-555555555555"
ONE = {"TEAMS_APP_ID": APP, "TEAMS_APP_PASSWORD": "s3cret", "TEAMS_TENANT_IDS": TRUST}
LOCAL = {"TEAMS_AUTH": "none"}
EVERYWHERE = "0.0.0.0"  # noqa: S104  nothing is bound here


def teams(environment: dict[str, str]) -> TeamsSettings:
    found = read_settings(environment).teams
    assert found is not None
    return found


def test_one_tenant_and_a_password_are_enough() -> None:
    assert teams(ONE) == TeamsSettings(
        auth=TeamsAuth.PASSWORD,
        app_id=APP,
        app_password="s3cret",
        app_certificate=None,
        app_tenant_id=TRUST,
        tenants=(TeamsTenant(TRUST),),
        messages_per_second=30,
        catalog_app_id=None,
        login_url="https://login.microsoftonline.com/",
        graph_url="https://graph.microsoft.com/",
        openid_url="https://login.botframework.com/v1/.well-known/openidconfiguration",
    )


def test_every_setting_of_teams_is_read() -> None:
    chosen = {
        "TEAMS_APP_ID": APP.upper(),
        "TEAMS_APP_CERTIFICATE": "/etc/soundings/bot.pem",
        "TEAMS_AUTH": "Certificate",
        "TEAMS_TENANT_IDS": f"{TRUST.upper()} = Riverside  Trust , {BOARD}",
        "TEAMS_APP_TENANT_ID": BOARD,
        "TEAMS_MESSAGES_PER_SECOND": "50",
        "TEAMS_CATALOG_APP_ID": APP,
        "TEAMS_LOGIN_URL": "https://login.microsoftonline.us",
        "TEAMS_GRAPH_URL": "https://graph.microsoft.us",
        "TEAMS_OPENID_URL": "http://127.0.0.1:9/keys/",
    }
    names = {name for name in NAMES if name.startswith("TEAMS_")}
    assert chosen.keys() | {"TEAMS_APP_PASSWORD"} == names
    assert teams(chosen) == TeamsSettings(
        auth=TeamsAuth.CERTIFICATE,
        app_id=APP,
        app_password=None,
        app_certificate=Path("/etc/soundings/bot.pem"),
        app_tenant_id=BOARD,
        tenants=(TeamsTenant(TRUST, "Riverside Trust"), TeamsTenant(BOARD)),
        messages_per_second=50,
        catalog_app_id=APP,
        login_url="https://login.microsoftonline.us/",
        graph_url="https://graph.microsoft.us/",
        openid_url="http://127.0.0.1:9/keys",
    )


def test_teams_is_off_unless_something_of_it_is_set() -> None:
    usual = {name: usual for name, (usual, _) in NAMES.items() if name.startswith("TEAMS_")}
    assert read_settings({**usual, "TEAMS_MESSAGES_PER_SECOND": "7"}).teams is None


def test_slack_and_teams_can_both_be_on() -> None:
    found = read_settings({**ONE, "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"})
    assert found.slack is not None
    assert found.teams is not None


def test_a_managed_identity_needs_no_secret() -> None:
    chosen = {"TEAMS_APP_ID": APP, "TEAMS_TENANT_IDS": TRUST, "TEAMS_AUTH": "managed-identity"}
    assert teams(chosen).auth is TeamsAuth.MANAGED_IDENTITY


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_a_client_on_this_machine_needs_nothing_else(host: str) -> None:
    found = teams({**LOCAL, "SOUNDINGS_HOST": host})
    assert found.auth is TeamsAuth.NONE
    assert found.app_id is None
    assert found.tenants == (TeamsTenant(PLAYGROUND_TENANT),)
    assert found.app_tenant_id == PLAYGROUND_TENANT


def test_a_client_on_this_machine_may_have_tenants_of_its_own() -> None:
    ids = f"{PLAYGROUND_TENANT}=Playground,{TRUST}"
    tenants = (TeamsTenant(PLAYGROUND_TENANT, "Playground"), TeamsTenant(TRUST))
    assert teams({**LOCAL, "TEAMS_TENANT_IDS": ids}).tenants == tenants


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.168.1.4", "soundings.example.org"])
def test_nobody_elsewhere_is_believed_without_a_proof(host: str) -> None:
    with pytest.raises(WrongSetting) as wrong:
        read_settings({**LOCAL, "SOUNDINGS_HOST": host})
    assert f'SOUNDINGS_HOST is "{host}". Set it to 127.0.0.1' in str(wrong.value)
    assert read_settings({**ONE, "SOUNDINGS_HOST": host}).teams is not None


def without(name: str, **others: str) -> dict[str, str]:
    return {other: text for other, text in {**ONE, **others}.items() if other != name}


CERTIFICATE = {"TEAMS_APP_CERTIFICATE": "bot.pem"}
UNCERTAIN = {"TEAMS_APP_ID": APP, "TEAMS_TENANT_IDS": TRUST}


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        (without("TEAMS_APP_ID"), "TEAMS_APP_PASSWORD is set, but TEAMS_APP_ID is not."),
        ({"TEAMS_TENANT_IDS": TRUST}, "TEAMS_TENANT_IDS is set, but TEAMS_APP_ID is not."),
        (UNCERTAIN, "Set TEAMS_APP_PASSWORD or TEAMS_APP_CERTIFICATE, or on Azure"),
        ({**ONE, **CERTIFICATE}, "TEAMS_APP_PASSWORD and TEAMS_APP_CERTIFICATE are both set."),
        ({**ONE, "TEAMS_AUTH": "secret"}, "password, certificate, managed-identity or none"),
        ({**ONE, "TEAMS_AUTH": "certificate"}, "but TEAMS_APP_PASSWORD is set."),
        ({**UNCERTAIN, "TEAMS_AUTH": "certificate"}, "but TEAMS_APP_CERTIFICATE is not set."),
        ({**UNCERTAIN, "TEAMS_AUTH": "password"}, "but TEAMS_APP_PASSWORD is not set."),
        ({**ONE, **LOCAL}, "TEAMS_AUTH is none, but TEAMS_APP_PASSWORD is set."),
        ({**ONE, "TEAMS_AUTH": "managed-identity"}, "but TEAMS_APP_PASSWORD is set."),
        (
            {**UNCERTAIN, **CERTIFICATE, "TEAMS_AUTH": "password"},
            "but TEAMS_APP_CERTIFICATE is set.",
        ),
        (without("TEAMS_TENANT_IDS"), "TEAMS_APP_ID is set, but TEAMS_TENANT_IDS is not."),
        ({**ONE, "TEAMS_TENANT_IDS": f"{TRUST},{TRUST.upper()}"}, f"holds {TRUST} twice."),
        ({**ONE, "TEAMS_TENANT_IDS": f"{TRUST},{BOARD}"}, "Say in TEAMS_APP_TENANT_ID"),
        ({**ONE, "TEAMS_TENANT_IDS": f"{TRUST},"}, 'TEAMS_TENANT_IDS holds "".'),
        ({**ONE, "TEAMS_TENANT_IDS": "riverside.org"}, 'TEAMS_TENANT_IDS holds "riverside.org".'),
        ({**ONE, "TEAMS_TENANT_IDS": PLAYGROUND_TENANT}, "TEAMS_TENANT_IDS holds "),
        ({**ONE, "TEAMS_TENANT_IDS": f"{TRUST}=A, Ltd"}, f'TEAMS_TENANT_IDS calls {TRUST} "A".'),
        ({**ONE, "TEAMS_TENANT_IDS": f"{TRUST}="}, f'TEAMS_TENANT_IDS calls {TRUST} "".'),
        ({**ONE, "TEAMS_TENANT_IDS": f"{TRUST}=\u202eTrust"}, "that can be seen"),
        ({**ONE, "TEAMS_APP_ID": "soundings"}, "TEAMS_APP_ID is not a GUID,"),
        ({**ONE, "TEAMS_APP_TENANT_ID": "riverside.org"}, "TEAMS_APP_TENANT_ID is not a GUID,"),
        ({**ONE, "TEAMS_CATALOG_APP_ID": f"{APP}0"}, "TEAMS_CATALOG_APP_ID is not a GUID,"),
        ({**ONE, "TEAMS_MESSAGES_PER_SECOND": "51"}, "a whole number from 1 to 50"),
        ({**ONE, "TEAMS_MESSAGES_PER_SECOND": "0"}, "a whole number from 1 to 50"),
        ({**ONE, "TEAMS_LOGIN_URL": "http://login.example.org"}, "TEAMS_LOGIN_URL is "),
        ({**ONE, "TEAMS_GRAPH_URL": "graph.example.org"}, "TEAMS_GRAPH_URL is "),
        ({**ONE, "TEAMS_OPENID_URL": "https://["}, "TEAMS_OPENID_URL is "),
    ],
)
def test_settings_of_teams_that_do_not_go_together_are_named(
    environment: dict[str, str], says: str
) -> None:
    with pytest.raises(WrongSetting) as wrong:
        read_settings(environment)
    assert says in str(wrong.value)
    assert str(wrong.value).split()[0] in environment


def test_the_password_is_never_shown() -> None:
    assert "s3cret" not in repr(read_settings(ONE))


@pytest.mark.parametrize("name", ["TEAMS_APP_ID", "TEAMS_APP_TENANT_ID", "TEAMS_CATALOG_APP_ID"])
def test_a_secret_in_the_place_of_an_id_is_not_shown(name: str) -> None:
    with pytest.raises(WrongSetting) as wrong:
        read_settings({**ONE, name: "s3cret"})
    assert "s3cret" not in str(wrong.value)


TEXTS = st.sampled_from([APP, TRUST, f"{TRUST}=Trust,{BOARD}", *TeamsAuth, "x"]) | st.text(
    max_size=8
)
ENVIRONMENTS = st.dictionaries(
    st.sampled_from([name for name in NAMES if name.startswith("TEAMS_")]), TEXTS
)


@given(ENVIRONMENTS, st.sampled_from(["127.0.0.1", EVERYWHERE]))
def test_any_settings_of_teams_are_complete_or_refused(
    environment: dict[str, str], host: str
) -> None:
    refused, found = "", None
    try:
        found = read_settings({**environment, "SOUNDINGS_HOST": host}).teams
    except WrongSetting as wrong:
        refused = str(wrong)
    assert not refused or refused.split()[0] in environment
    if found is None:
        return
    assert found.tenants
    assert (found.app_id is None) <= (found.auth is TeamsAuth.NONE)
    assert (found.app_password is not None) == (found.auth is TeamsAuth.PASSWORD)
    assert (found.app_certificate is not None) == (found.auth is TeamsAuth.CERTIFICATE)
    assert found.auth is not TeamsAuth.NONE or host == "127.0.0.1"

"""Tokens are given for a secret, a certificate or a machine, and run out."""

from typing import Any
from uuid import uuid4

import jwt

from tests.teams.certificate import certificate
from tests.teams.entra import ASSERTION
from tests.teams.stage import Stage

SCOPE = "https://api.botframework.com/.default"


async def ask(stage: Stage, tenant: str = "", **form: str) -> tuple[int, Any]:
    usual = {
        "grant_type": "client_credentials",
        "client_id": stage.world.app_id,
        "scope": SCOPE,
    }
    url = f"{stage.teams.login_url}/{tenant or stage.tenant.id}/oauth2/v2.0/token"
    async with stage.teams.session.post(url, data={**usual, **form}) as response:
        return response.status, await response.json()


async def test_a_secret_is_worth_a_token_for_an_hour(stage: Stage) -> None:
    status, answer = await ask(stage, client_secret="app-secret")
    assert (status, answer["token_type"], answer["expires_in"]) == (200, "Bearer", 3600)
    assert stage.world.calls_of("token")[0].arguments["scope"] == SCOPE
    assert "client_secret" not in stage.world.calls_of("token")[0].arguments
    chat = stage.dana.chat.id
    text = {"type": "message", "text": "Hello"}
    assert (await stage.bot.send(chat, text))[0] == 201
    stage.clock.moment += 3600
    status, refused = await stage.bot.send(chat, text)
    assert (status, refused["error"]["code"]) == (401, "Unauthorized")


async def test_wrong_secrets_apps_tenants_and_scopes_are_refused(stage: Stage) -> None:
    async def refusal(tenant: str = "", **form: str) -> tuple[int, str, int]:
        status, answer = await ask(stage, tenant, **{"client_secret": "app-secret", **form})
        assert answer["error_description"].startswith(f"AADSTS{answer['error_codes'][0]}: ")
        return status, answer["error"], answer["error_codes"][0]

    assert await refusal(client_secret="wrong") == (401, "invalid_client", 7000215)
    assert await refusal(client_secret="") == (401, "invalid_client", 7000218)
    assert await refusal(client_id="another") == (400, "unauthorized_client", 700016)
    assert await refusal("nowhere") == (400, "invalid_request", 90002)
    assert await refusal(scope="https://api.botframework.com") == (400, "invalid_scope", 70011)


async def test_a_token_for_graph_or_of_another_tenant_is_no_use_at_the_service(
    stage: Stage,
) -> None:
    other = stage.world.add_tenant("Hillside Trust")
    _, graph = await ask(
        stage, client_secret="app-secret", scope="https://graph.microsoft.com/.default"
    )
    _, foreign = await ask(stage, other.id, client_secret="app-secret")
    for answer in (graph, foreign, {"access_token": "made up"}):
        stage.bot._token = answer["access_token"]
        assert (await stage.bot.open(stage.dana.user.id))[0] == 401


async def test_a_certificate_proves_the_app(stage: Stage) -> None:
    key, public = certificate()
    other_key, other = certificate("other")
    x5t = stage.world.trust(public)
    now = int(stage.world.wall())
    usual = {
        "aud": f"{stage.teams.login_url}/{stage.tenant.id}/oauth2/v2.0/token",
        "iss": stage.world.app_id,
        "sub": stage.world.app_id,
        "jti": str(uuid4()),
        "nbf": now,
        "exp": now + 600,
    }

    async def status(key: str = key, x5t: str = x5t, **claims: Any) -> int:
        signed = jwt.encode({**usual, **claims}, key, "PS256", {"x5t#S256": x5t})
        found, _ = await ask(stage, client_assertion_type=ASSERTION, client_assertion=signed)
        return found

    assert await status() == 200
    assert await status(key=other_key) == 401
    assert await status(x5t="") == 401
    assert await status(aud="https://login.microsoftonline.com/") == 401
    assert await status(iss="another") == 401
    assert await status(sub="another") == 401
    assert await status(exp=now) == 401
    stage.world.trust(other)
    assert await status() == 401


async def test_a_machine_has_a_token_of_its_own(stage: Stage) -> None:
    async def ask_machine(header: str = "identity-header", **query: str) -> tuple[int, Any]:
        usual = {
            "resource": "https://api.botframework.com",
            "api-version": "2019-08-01",
            "client_id": stage.world.app_id,
        }
        async with stage.teams.session.get(
            stage.teams.identity_url,
            params={**usual, **query},
            headers={"X-IDENTITY-HEADER": header},
        ) as response:
            return response.status, await response.json()

    status, answer = await ask_machine()
    assert (status, answer["token_type"]) == (200, "Bearer")
    assert answer["expires_on"] == str(int(stage.world.wall()) + 3600)
    stage.bot._token = answer["access_token"]
    assert (await stage.bot.open(stage.dana.user.id))[0] == 201
    assert (await ask_machine(header="wrong"))[0] == 401
    assert (await ask_machine(resource="https://elsewhere.example"))[0] == 400
    assert (await ask_machine(client_id="another"))[0] == 400
    assert len(stage.world.calls_of("msi")) == 4


async def test_the_keys_are_where_the_metadata_says(stage: Stage) -> None:
    async with stage.teams.session.get(stage.teams.metadata_url) as response:
        where = (await response.json())["jwks_uri"]
    async with stage.teams.session.get(where) as response:
        (key,) = (await response.json(content_type=None))["keys"]
    assert (key["kid"], key["endorsements"]) == ("one", ["msteams"])
    assert stage.world.issuer.asked == 1

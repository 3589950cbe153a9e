"""Gives the app to people on a roster through Microsoft Graph, where the organisation allows it.

Source: learn.microsoft.com, "Install app for user" (userScopeTeamsAppInstallation), with the
application permission TeamsAppInstallation.ReadWriteSelfForUser.All.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from adapters.teams.connector import TIMEOUT, Bearer
from adapters.teams.credentials import NoToken
from adapters.teams.pacing import waiting_time
from bot.ports import Clock

log = logging.getLogger(__name__)

TRY_AGAIN = timedelta(hours=24)  # for somebody whom Graph does not know, or who removed the app
REST_AFTER_FAULT = timedelta(minutes=10)
_CODE = re.compile("[A-Za-z_]{1,50}")


class Installing:
    """Asks once a day for each person. Teams tells of the app's arrival as if they had added it.

    `bearer` is the bot's token for Graph in a tenant.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        bearer: Callable[[str], Bearer],
        clock: Clock,
        graph_url: str,
        catalog_app_id: str,
    ) -> None:
        self._session = session
        self._bearer = bearer
        self._clock = clock
        self._url = f"{graph_url.rstrip('/')}/v1.0"
        self._app = f"{self._url}/appCatalogs/teamsApps/{quote(catalog_app_id, safe='')}"
        self._asked: dict[tuple[str, str], datetime] = {}
        self._rest_until: dict[str, datetime] = {}  # by tenant
        self._logged: dict[tuple[str, str], datetime] = {}

    async def give(self, tenant: str, email: str) -> None:
        """Have the app added for whoever signs in with this address."""
        who, now = (tenant, email), self._clock.now()
        if tenant in self._rest_until and now < self._rest_until[tenant]:
            return
        if who in self._asked and now < self._asked[who] + TRY_AGAIN:
            return
        self._asked[who] = now
        try:
            status, code, wait = await self._ask(tenant, email)
        except (NoToken, aiohttp.ClientError, TimeoutError) as error:
            self._rest(who, now + REST_AFTER_FAULT, type(error).__name__)
            return
        if status == 429:
            self._rest(who, now + wait, "too fast")
        elif status in (401, 403) or status >= 500:
            self._rest(who, now + REST_AFTER_FAULT, f"status {status} {code}".rstrip())
        elif status not in (201, 409):
            # It may be this one address, or the app's id: others are asked for all the same.
            self._log(tenant, f"status {status} {code}".rstrip())

    def removed(self, tenant: str, email: str) -> None:
        """They removed the app themselves: that counts as if they had just been given it."""
        self._asked[tenant, email] = self._clock.now()

    async def _ask(self, tenant: str, email: str) -> tuple[int, str, timedelta]:
        """201: it is there now, 409: it was there, 404: Graph does not know them, or the app."""
        bearer = self._bearer(tenant)
        token = await bearer.token()
        url = f"{self._url}/users/{quote(email, safe='')}/teamwork/installedApps"
        async with self._session.post(
            URL(url, encoded=True),
            json={"teamsApp@odata.bind": self._app},
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
            allow_redirects=False,
        ) as response:
            if response.status == 401:
                bearer.forget(token)
            code = "" if response.ok else _code_of(await response.read())
            return response.status, code, waiting_time(response.headers)

    def _rest(self, who: tuple[str, str], until: datetime, why: str) -> None:
        del self._asked[who]
        self._rest_until[who[0]] = until
        self._log(who[0], why)

    def _log(self, tenant: str, why: str) -> None:
        """Each cause once a day. Never what Graph says in words: there may be an address in it."""
        now = self._clock.now()
        if (tenant, why) in self._logged and now < self._logged[tenant, why] + TRY_AGAIN:
            return
        self._logged[tenant, why] = now
        extra = {"action": "teams_install_failed", "why": why}
        log.warning(
            "Microsoft Graph did not give somebody the app (see docs/teams.md)", extra=extra
        )


def _code_of(body: bytes) -> str:
    """The word by which Graph calls what is wrong; "" where there is none."""
    try:
        code = orjson.loads(body)["error"]["code"]
    except (ValueError, LookupError, TypeError):
        return ""
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""

"""The whole of our stand-in for Microsoft's servers: its tenants, its clock, what the app did."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

from tests.teams.certificate import thumbprint
from tests.teams.issuer import APP, Issuer, base64url, one_key
from tests.teams.rates import Rates
from tests.teams.records import (
    AccessToken,
    Call,
    Conversation,
    Json,
    Message,
    Refusal,
    Team,
    Tenant,
    User,
)
from tests.teams.troubles import Decide


def wall_clock() -> float:
    """Seconds since 1970."""
    # The stand-in is its own composition root, and tokens are checked by this clock.
    return time.time()  # noqa: TID251


class World:
    """Everything that Microsoft would know. `now` counts rates; tokens and events go by `wall`.

    `faults` holds a sentence for everything that Teams would not show, or not as it is meant.
    """

    def __init__(
        self, *, now: Callable[[], float] = wall_clock, wall: Callable[[], float] = wall_clock
    ) -> None:
        self.now = now
        self.wall = wall
        self.app_id = APP
        self.app_name = "Soundings"
        self.app_secret = "app-secret"
        self.certificate = ""  # in PEM, where the app has one in place of a secret
        self.identity_header = "identity-header"  # of the machine that runs the app
        self.identities = {APP}  # that this machine has
        self.catalog_app = "55555555-aaaa-bbbb-cccc-dddddddddddd"
        self.issuer = Issuer(keys={"one": one_key()})
        self.address = "http://127.0.0.1"
        self.region = "emea"
        self.tenants: dict[str, Tenant] = {}
        self.tokens: dict[str, AccessToken] = {}
        self.token_seconds = 3600
        self.calls: list[Call] = []
        self.faults: list[str] = []
        self.rates = Rates()
        self.troubles: dict[str, Decide] = {}
        self.latency: defaultdict[str, float] = defaultdict(float)
        self.smallest_page, self.largest_page = 50, 500
        # What a member's Entra id is called; the documentation has "objectId" too.
        self.object_id = "aadObjectId"
        # How a refusal is put: a status, and the error's code; no code: the one with a `subCode`.
        self.refusals: dict[Refusal, tuple[int, str]] = {
            "blocked": (403, "MessageWritesBlocked"),
            "uninstalled": (403, "MessageWritesBlocked"),
            "not in roster": (403, "BotNotInConversationRoster"),
        }
        self._numbers = itertools.count(1)
        self._last_id = 0
        self._counted: Counter[str] = Counter()

    @property
    def bot_id(self) -> str:
        return f"28:{self.app_id}"

    @property
    def service_url(self) -> str:
        """Where the app is told to send its messages."""
        return f"{self.address}/{self.region}/"

    @property
    def home(self) -> Tenant:
        """The tenant in which the app is registered: the first one."""
        return next(iter(self.tenants.values()))

    def fresh_guid(self) -> str:
        number = next(self._numbers)
        return f"{number:08d}-0000-4000-8000-{number:012d}"

    def fresh_event(self) -> str:
        """The id of what is no message."""
        return f"f:{self.fresh_guid()}"

    def _fresh_word(self) -> str:
        number = next(self._numbers)
        return base64url(hashlib.sha384(str(number).encode()).digest())

    def next_id(self) -> str:
        """The id of a message: milliseconds, later than every other."""
        self._last_id = max(int(self.now() * 1000), self._last_id + 1)
        return str(self._last_id)

    def timestamp(self) -> str:
        return (
            datetime.fromtimestamp(self.wall(), UTC).isoformat(timespec="milliseconds")[:23] + "Z"
        )

    def add_tenant(self, name: str = "Riverside Trust", *, consented: bool = True) -> Tenant:
        tenant = Tenant(
            id=self.fresh_guid(),
            name=name,
            domain=f"{name.lower().replace(' ', '-')}.example",
            fresh_guid=self.fresh_guid,
            fresh_pairwise=lambda: f"29:1{self._fresh_word()}",
            fresh_thread=lambda: f"19:{self._fresh_word()[:32]}@thread.tacv2",
            consented=consented,
        )
        self.tenants[tenant.id] = tenant
        return tenant

    def chat(self, tenant: Tenant, user: User) -> Conversation:
        """The app's personal chat with a person: the same one every time."""
        for conversation in tenant.conversations.values():
            if conversation.user == user.id:
                return conversation
        made = Conversation(f"a:1{self._fresh_word()}", "personal", tenant.id, user=user.id)
        tenant.conversations[made.id] = made
        return made

    def conversation(self, name: str) -> Conversation | None:
        """By its id, or by that of a thread in it."""
        whole = name.partition(";")[0]
        for tenant in self.tenants.values():
            if whole in tenant.conversations:
                return tenant.conversations[whole]
        return None

    def team(self, name: str) -> tuple[Tenant, Team] | None:
        for tenant in self.tenants.values():
            if name in tenant.teams:
                return tenant, tenant.teams[name]
        return None

    def issue_token(self, audience: str, tenant: str) -> AccessToken:
        """What the app says it is with from now on, for an hour."""
        token = AccessToken(
            f"{audience}-{self._fresh_word()}",
            "graph" if audience == "graph" else "connector",
            tenant,
            self.wall() + self.token_seconds,
        )
        self.tokens[token.value] = token
        return token

    def record(self, method: str, arguments: Json, tenant: str) -> Call:
        """Keep what the app asks for."""
        self._counted[method] += 1
        call = Call(method, arguments, tenant, self.now(), self._counted[method])
        self.calls.append(call)
        return call

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def post(self, conversation: Conversation, body: Json, *, sender: str = "") -> Message:
        """A message of the app, or of somebody."""
        message = Message(self.next_id(), conversation.id, sender or self.bot_id, body)
        conversation.messages.append(message)
        return message

    def trust(self, certificate: str) -> str:
        """The app proves itself with this certificate (in PEM); returns its thumbprint."""
        self.certificate = certificate
        return thumbprint(certificate)

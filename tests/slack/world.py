"""The whole of our stand-in for Slack: its workspaces, its clock, and what the app has done."""

from __future__ import annotations

import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from tests.slack.limits import MAX_TEXT, elements_of, filled, view_faults
from tests.slack.rates import Rates
from tests.slack.records import (
    ALL_SCOPES,
    SLACKBOT,
    Call,
    Code,
    File,
    Json,
    Message,
    ResponseUrl,
    Token,
    Trigger,
    User,
    View,
    Workspace,
)
from tests.slack.troubles import Decide

MAX_STACK = 3
TOKEN_SECONDS = 12 * 3600


def wall_clock() -> float:
    """Seconds since 1970."""
    # The stand-in is its own composition root, and Bolt compares our signatures with this clock.
    return time.time()  # noqa: TID251


class World:
    """Everything that Slack would know. `now` can be moved by a test; signatures use `wall`.

    `faults` holds a sentence for every payload that real Slack would refuse.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = wall_clock,
        wall: Callable[[], float] = wall_clock,
        rotation: bool = False,
    ) -> None:
        self.now = now
        self.wall = wall
        self.rotation = rotation
        self.signing_secret = "signing-secret"
        self.client_id = "111111.222222"
        self.client_secret = "client-secret"
        self.app_token = "xapp-1-A0000000001-1-secret"
        self.app_id = "A0000000001"
        self.address = "http://127.0.0.1"
        self.workspaces: dict[str, Workspace] = {}
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.files: dict[str, File] = {}
        self.tickets: set[str] = set()
        self.calls: list[Call] = []
        self.faults: list[str] = []
        self.rates = Rates()
        self.troubles: dict[str, Decide] = {}
        self.latency: defaultdict[str, float] = defaultdict(float)
        # Until then a picture in a message is refused, as just after a real upload.
        self.file_ready_seconds = 0.0
        # Answer of the page on which a person installs the app.
        self.install_denied = False
        self._numbers = itertools.count(1)
        self._last_ts = 0
        self._counted: Counter[str] = Counter()

    def fresh(self, prefix: str) -> str:
        """A new id."""
        return f"{prefix}{next(self._numbers):010d}"

    def next_ts(self) -> str:
        """A time stamp that is later than every other one."""
        self._last_ts = max(int(self.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_workspace(
        self,
        name: str = "Riverside Trust",
        *,
        scopes: Iterable[str] = ALL_SCOPES,
        enterprise: str = "",
        org_install: bool = False,
        installed: bool = True,
    ) -> Workspace:
        """A workspace with the app's bot and Slackbot in it; with its token if installed."""
        workspace = Workspace(
            team=self.fresh("T"),
            name=name,
            domain=name.lower().replace(" ", "-"),
            app_id=self.app_id,
            bot_user="",
            bot_id=self.fresh("B"),
            fresh=self.fresh,
            scopes=set(scopes),
            enterprise=enterprise,
            enterprise_name=f"{name} Group" if enterprise else "",
            org_install=org_install,
        )
        self.workspaces[workspace.team] = workspace
        workspace.bot_user = workspace.add_user("Soundings", email="", is_bot=True).id
        workspace.users[SLACKBOT] = User(SLACKBOT, "slackbot", "Slackbot", "")
        if installed:
            self.issue_token(workspace)
        return workspace

    def issue_token(self, workspace: Workspace) -> Token:
        """A new bot token, with rotation one that expires; the workspace's current one."""
        kind = "xoxe.xoxb" if self.rotation else "xoxb"
        token = Token(self.fresh(f"{kind}-{workspace.team}-"), workspace.team)
        if self.rotation:
            token.expires_at = self.now() + TOKEN_SECONDS
            token.refresh = self.fresh("xoxe-1-")
        self.tokens[token.value] = token
        workspace.token = token.value
        return token

    def issue_code(self, workspace: Workspace, user: str, redirect_uri: str = "") -> str:
        """What the app exchanges for a token when a person installs it."""
        code = Code(self.fresh("code."), workspace.team, user, redirect_uri, self.now())
        self.codes[code.value] = code
        return code.value

    def issue_trigger(self, workspace: Workspace, user: str, *, in_view: bool = False) -> str:
        """A leave to open one form."""
        made = Trigger(self.fresh("13345224609."), workspace.team, user, self.now(), in_view)
        self.triggers[made.id] = made
        return made.id

    def issue_response_url(
        self, workspace: Workspace, user: str, channel: str, original: Message | None = None
    ) -> str:
        """An address at which the app may answer an interaction."""
        made = ResponseUrl(
            self.fresh("R"), workspace.team, user, channel, self.now(), original=original
        )
        self.response_urls[made.id] = made
        return f"{self.address}/response/{made.id}"

    def record(self, method: str, arguments: Json, team: str) -> Call:
        """Keep what the app asks for."""
        self._counted[method] += 1
        call = Call(method, arguments, team, self.now(), self._counted[method])
        self.calls.append(call)
        return call

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def post(
        self,
        workspace: Workspace,
        channel: str,
        text: str,
        blocks: list[Json],
        *,
        user: str = "",
        only_for: str = "",
        metadata: Json | None = None,
        thread_ts: str = "",
        files: Iterable[Json] = (),
    ) -> Message:
        """A message of the app, or of `user`; with `only_for` an ephemeral one."""
        message = Message(
            ts=self.next_ts(),
            channel=channel,
            user=user or workspace.bot_user,
            text=text[:MAX_TEXT],
            blocks=filled(blocks, self.fresh),
            bot_id="" if user else workspace.bot_id,
            metadata=metadata,
            only_for=only_for,
            thread_ts=thread_ts,
            files=list(files),
        )
        if only_for:
            workspace.ephemerals.append(message)
        else:
            workspace.channels[channel].messages.append(message)
        return message

    def edit(self, message: Message, text: str, blocks: list[Json] | None) -> None:
        """Put other words into a message; without blocks it keeps those that it has."""
        message.text = text[:MAX_TEXT]
        if blocks is not None:
            message.blocks = filled(blocks, self.fresh)
        message.edited = self.next_ts()

    def show(self, workspace: Workspace, user: str, body: Json, *, push: bool = False) -> View:
        """Open a form, alone or on top of those that are open."""
        stack = workspace.views.get(user, []) if push else []
        view = View(self.fresh("V"), user, {}, "", "")
        view.root = stack[0].id if stack else view.id
        view.previous = stack[-1].id if stack else ""
        self.renew(view, body)
        workspace.views[user] = [*stack, view]
        return view

    def renew(self, view: View, body: Json) -> None:
        """Put other contents into a view; what stands in the same fields stays."""
        view.body = {**body, "blocks": filled(body.get("blocks", []), self.fresh)}
        view.hash = f"{self.next_ts()}.{self.fresh('h')}"
        kept = {
            (block["block_id"], element.get("action_id"))
            for block in view.body["blocks"]
            for element in elements_of(block)
        }
        view.values = {
            block: {action: state for action, state in actions.items() if (block, action) in kept}
            for block, actions in view.values.items()
        }

    def check_view(self, body: object, where: str) -> list[str]:
        """What is wrong with a view; all of it stands in `faults` too."""
        found = view_faults(body)
        self.faults += [f"{where}: {fault}" for fault in found]
        return found

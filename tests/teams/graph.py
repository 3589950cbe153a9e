"""The one method of Microsoft Graph that the app may use: to install itself for a person."""

from __future__ import annotations

from dataclasses import dataclass

from tests.teams.entra import GRAPH
from tests.teams.records import Json, Tenant, User
from tests.teams.world import World


@dataclass(frozen=True, slots=True)
class Installed:
    """What came of it; `person` is who has the app now."""

    status: int
    answer: Json | None = None
    person: tuple[Tenant, User] | None = None


def install(world: World, tenant: Tenant, name: str, body: Json) -> Installed:
    """POST /v1.0/users/{name}/teamwork/installedApps."""
    if not tenant.consented:
        text = "Missing role permissions on the request."
        return _refused(403, "Forbidden", text)
    bound = str(body.get("teamsApp@odata.bind") or "").replace(world.address, GRAPH)
    if not bound.startswith(f"{GRAPH}/v1.0/appCatalogs/teamsApps/"):
        return _refused(400, "BadRequest", "Invalid value specified for property 'teamsApp'.")
    if bound.rpartition("/")[2] != world.catalog_app:
        return _refused(404, "NotFound", "The app was not found in the catalogue.")
    user = tenant.find_user(name)
    if user is None or name == user.id:
        return _refused(404, "NotFound", "No user with this id or name.")
    if user.id in tenant.installed:
        return _refused(409, "Conflict", "The app is already installed for this user.")
    return Installed(201, None, (tenant, user))


def _refused(status: int, code: str, text: str) -> Installed:
    return Installed(status, {"error": {"code": code, "message": text, "innerError": {}}})

"""Microsoft Entra: the tokens with which the app comes, for a secret, a certificate or a machine.

Sources: learn.microsoft.com, "OAuth 2.0 client credentials flow", "Certificate credentials" and
"How to use managed identities for App Service" (the REST endpoint).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

import jwt
from cryptography.x509 import load_pem_x509_certificate

from tests.teams.certificate import thumbprint
from tests.teams.records import AccessToken, Json
from tests.teams.world import World

GRAPH = "https://graph.microsoft.com"
SCOPES = {
    "https://api.botframework.com/.default": "connector",
    f"{GRAPH}/.default": "graph",
}
RESOURCES = {"https://api.botframework.com": "connector", GRAPH: "graph"}
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = 24 * 3600  # seconds for which an assertion may hold


class Refused(Exception):
    """No token; the answer says why."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.answer: Json = {
            "error": error,
            "error_description": f"AADSTS{number}: {text} Trace ID: 0 Correlation ID: 0",
            "error_codes": [number],
            "trace_id": "0",
            "correlation_id": "0",
            "error_uri": f"https://login.microsoftonline.com/error?code={number}",
        }


def token(world: World, tenant: str, form: Mapping[str, str]) -> Json:
    """What POST /{tenant}/oauth2/v2.0/token answers. Raises Refused."""
    found = world.tenants.get(tenant)
    if found is None:
        raise Refused(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
    if form.get("grant_type") != "client_credentials":
        raise Refused(400, "unsupported_grant_type", 70003, "The grant type is not supported.")
    app = form.get("client_id")
    # Other tenants know the app once they have consented to it.
    if app != world.app_id or not (found is world.home or found.consented):
        text = f"Application with identifier '{app}' was not found in the directory '{tenant}'."
        raise Refused(400, "unauthorized_client", 700016, text)
    # The stand-in is Graph too.
    audience = SCOPES.get(form.get("scope", "").replace(world.address, GRAPH))
    if audience is None:
        text = "The provided value for the input parameter 'scope' is not valid."
        raise Refused(400, "invalid_scope", 70011, text)
    if "client_assertion" in form:
        _check_assertion(world, tenant, form)
    else:
        _check_secret(world, form.get("client_secret", ""))
    made = world.issue_token(audience, tenant)
    seconds = world.token_seconds
    return {
        "token_type": "Bearer",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": made.value,
    }


def _check_secret(world: World, secret: str) -> None:
    if not secret:
        text = "The request body must contain 'client_assertion' or 'client_secret'."
        raise Refused(401, "invalid_client", 7000218, text)
    if not hmac.compare_digest(secret.encode(), world.app_secret.encode()):
        raise Refused(401, "invalid_client", 7000215, "Invalid client secret provided.")


def _check_assertion(world: World, tenant: str, form: Mapping[str, str]) -> None:
    """A JWT that the app has signed with the key of its certificate."""
    if form.get("client_assertion_type") != ASSERTION or not world.certificate:
        raise Refused(401, "invalid_client", 700027, "The assertion is of another kind.")
    public = load_pem_x509_certificate(world.certificate.encode()).public_key()
    now = world.wall()
    try:
        header = jwt.get_unverified_header(form["client_assertion"])
        claims = jwt.decode(
            form["client_assertion"],
            public,  # type: ignore[arg-type]
            algorithms=["RS256", "PS256"],
            audience=f"{world.address}/{tenant}/oauth2/v2.0/token",
            issuer=world.app_id,
            options={
                "require": ["exp", "nbf", "iss", "sub", "aud", "jti"],
                # By the stand-in's own clock, below.
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.PyJWTError as error:
        text = f"Client assertion failed validation: {error}."
        raise Refused(401, "invalid_client", 700027, text) from None
    if header.get("x5t#S256") != thumbprint(world.certificate):
        text = "The key was not found: the thumbprint is missing, or of another certificate."
        raise Refused(401, "invalid_client", 700027, text)
    begins, ends = float(claims["nbf"]), float(claims["exp"])
    if claims["sub"] != world.app_id or not begins - 300 <= now < ends <= begins + LONGEST:
        text = "Client assertion is not within its valid time range, or of another subject."
        raise Refused(401, "invalid_client", 700024, text)


def machine_token(world: World, query: Mapping[str, str], header: str) -> tuple[int, Json]:
    """What GET /msi/token answers on a machine of App Service: a status, and JSON."""
    if not hmac.compare_digest(header, world.identity_header):
        return 401, _machine_error(401, "The identity header is missing or wrong.")
    if query.get("api-version") != "2019-08-01":
        return 400, _machine_error(400, "Unsupported API version.")
    audience = RESOURCES.get(query.get("resource", ""))
    if audience is None:
        return 400, _machine_error(400, "The resource is not known.")
    client = query.get("client_id", "")
    if client not in world.identities:
        text = "No User Assigned or Delegated Managed Identity found for specified ClientId."
        return 400, _machine_error(400, text)
    made = world.issue_token(audience, world.home.id)
    return 200, {
        "access_token": made.value,
        "expires_on": str(int(made.expires_at)),
        "resource": query["resource"],
        "token_type": "Bearer",
        "client_id": client,
    }


def _machine_error(status: int, text: str) -> Json:
    return {"statusCode": status, "message": text}


def bearer(world: World, header: str, audience: str) -> AccessToken | None:
    """The token of a request, if it is good: known, for this service, and not at its end."""
    scheme, _, value = header.partition(" ")
    found = world.tokens.get(value) if scheme == "Bearer" else None
    if found is None or found.audience != audience or world.wall() >= found.expires_at:
        return None
    return found

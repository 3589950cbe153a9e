"""What can go wrong with the store, one class per reaction."""

from __future__ import annotations

from pathlib import Path


class CannotOpen(Exception):
    """The database cannot be used as it is. The message tells the operator what to do."""


def unusable(path: Path, error: OSError) -> CannotOpen:
    """A file or folder that the system does not let this process use."""
    name = str(path)
    shown = name if len(name) <= 200 else f"{name[:200]}..."
    return CannotOpen(
        f"{shown} cannot be used: {error.strerror}. Give this user access to it, or point "
        "DATABASE_URL to another place."
    )


class Closed(Exception):
    """The store was closed before this call: the process is stopping."""


class NotStored(Exception):
    """The database refused or failed. Names the rule that was broken, never a value."""


class OtherTenant(Exception):
    """A value of one organisation was handed to the rooms of another: a bug, never let through."""

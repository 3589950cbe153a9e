"""What can go wrong with the store, one class per reaction."""

from __future__ import annotations


class CannotOpen(Exception):
    """The database cannot be used as it is. The message tells the operator what to do."""


class Closed(Exception):
    """The store was closed before this call: the process is stopping."""


class NotStored(Exception):
    """The database refused or failed. Names the rule that was broken, never a value."""


class OtherTenant(Exception):
    """A value of one organisation was handed to the rooms of another: a bug, never let through."""

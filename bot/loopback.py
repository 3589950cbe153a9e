"""This very machine, which no other one can pretend to be."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_own_machine(host: str) -> bool:
    """Whether no other machine can reach it, or come from there."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_on_own_machine(url: str) -> bool:
    """The same for an address, or for "//" and a host with its port."""
    try:
        return is_own_machine(urlsplit(url).hostname or "")
    except ValueError:  # such as a bracket that is not closed
        return False

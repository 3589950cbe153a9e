"""What the driver of a database said, as whoever waits for a work may hear it."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from storage.errors import NotStored

# PostgreSQL: serialization_failure, deadlock_detected, and unique and foreign_key_violation: what
# two processes add at once is there already when the second tries again, what one deleted is gone.
_TRANSIENT = {"40001", "40P01", "23505", "23503"}


def plain(error: BaseException) -> BaseException:
    """The error without a single value: a driver's message may quote what was to be stored."""
    if isinstance(error, StopIteration):
        return RuntimeError("the work ended in StopIteration")  # a future cannot carry one
    if not isinstance(error, DBAPIError):
        return error
    name = type(error.orig).__name__
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is None:  # SQLite names tables and columns only
        return NotStored(f"{name}: {error.orig}")
    return NotStored(f"{name}: {diagnosis.constraint_name or diagnosis.sqlstate}")


def is_transient(error: BaseException | None) -> bool:
    """Whether the same work may succeed if it is done again."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _TRANSIENT

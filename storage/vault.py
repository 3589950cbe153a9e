"""Keys: the deployment's own, and one for each open round, which is destroyed at its close."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.pulse.questions import Value
from storage.errors import CannotOpen, unusable

SECRET_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
# Sealed lengths in bytes. A sheet without words fits the first: length tells no answers apart.
_SHEETS = (192, 4096, 32_768, 131_072)
_COMMENTS = (32, 1024, 8192)
_BY_SHEET = b"\2"  # before a wrapped key: the round's answers lie by person, not one by one
LONE_KEY_BYTES = _NONCE_BYTES + 2 * SECRET_BYTES + _TAG_BYTES  # wrapped, where they lie one by one


class Sealer:
    """AES-256-GCM under one key. What is sealed opens only at the place it was sealed for."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Nonce and ciphertext."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Raises InvalidTag where the key or the place is another."""
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)


Sheet = dict[str, Value | None]
"""One person's answers in a round, by question; None: skipped."""


class RoundKey:
    """Says where one person's sheet lies, and seals it. `questions` are the round's, in order."""

    def __init__(self, secret: bytes, questions: tuple[str, ...]) -> None:
        self.questions = questions
        self._naming = secret[:SECRET_BYTES]
        self._sealer = Sealer(secret[SECRET_BYTES:])

    def tag(self, person_id: str) -> bytes:
        """The sheet's place: 16 bytes that mean nothing without this key.

        Keyed BLAKE2b (RFC 7693), because an HMAC lets go of the interpreter, and getting it back
        takes several times as long.
        """
        name = person_id.encode()
        return blake2b(name, key=self._naming, digest_size=_TAG_BYTES).digest()

    def seal(self, tag: bytes, sheet: Sheet) -> bytes:
        """Raises ValueError for a sheet that is too long."""
        plain = orjson.dumps([sheet.get(name, False) for name in self.questions])
        return self._sealer.seal(_padded(plain, _SHEETS), tag)

    def open(self, tag: bytes, sealed: bytes) -> Sheet:
        found = orjson.loads(self._sealer.open(sealed, tag))
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in zip(self.questions, found, strict=True)
            if value is not False
        }

    def older_tag(self, person_id: str, question_id: str) -> bytes:
        """Where an earlier version left a single answer."""
        name = f"{person_id}\0{question_id}".encode()
        return hmac.digest(self._naming, name, "sha256")[:_TAG_BYTES]

    def open_older(self, tag: bytes, sealed: bytes) -> Value | None:
        value: int | str | list[int] | None = orjson.loads(self._sealer.open(sealed, tag))
        return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Comment:
    """Words from a closed round. Where they come from is sealed with them: the number of words
    in answer to a follow-up would say how the question before it was answered.
    """

    round_id: str
    question_id: str
    text: str


class Vault:
    """All that the deployment's secret protects."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"the secret has {len(secret)} bytes, not {SECRET_BYTES}")
        self._round_keys = Sealer(_derived(secret, "round keys"))
        self._comments = Sealer(_derived(secret, "comments"))
        self._installations = Sealer(_derived(secret, "installations"))
        self._references = Sealer(_derived(secret, "references"))
        self._blinding = _derived(secret, "inbound events")

    def new_round_key(self, round_id: str) -> bytes:
        """A fresh key, wrapped for the database."""
        secret = secrets.token_bytes(2 * SECRET_BYTES)
        return by_sheet(self._round_keys.seal(secret, round_id.encode()))

    def unwrap(self, round_id: str, wrapped: bytes, questions: tuple[str, ...]) -> RoundKey:
        secret = self._round_keys.open(wrapped[-LONE_KEY_BYTES:], round_id.encode())
        return RoundKey(secret, questions)

    def seal_comment(self, comment_id: str, comment: Comment) -> bytes:
        words = orjson.dumps([comment.round_id, comment.question_id, comment.text])
        plain = _padded(words, _COMMENTS)
        return self._comments.seal(plain, comment_id.encode())

    def open_comment(self, comment_id: str, sealed: bytes) -> Comment:
        """Words that were sealed by the first schema have neither round nor question."""
        found = orjson.loads(self._comments.open(sealed, comment_id.encode()))
        return Comment("", "", found) if isinstance(found, str) else Comment(*found)

    def seal_installation(self, workspace_id: str, text: str) -> bytes:
        return self._installations.seal(text.encode(), workspace_id.encode())

    def open_installation(self, workspace_id: str, sealed: bytes) -> str:
        return self._installations.open(sealed, workspace_id.encode()).decode()

    def seal_reference(self, workspace_id: str, key: bytes, text: str) -> bytes:
        return self._references.seal(text.encode(), workspace_id.encode() + key)

    def open_reference(self, workspace_id: str, key: bytes, sealed: bytes) -> str:
        return self._references.open(sealed, workspace_id.encode() + key).decode()

    def blind(self, name: str) -> bytes:
        """The same 16 bytes for the same name; nobody else can go back or try names."""
        return hmac.digest(self._blinding, name.encode(), "sha256")[:_TAG_BYTES]

    def proof(self) -> bytes:
        """Something that only this secret opens, to keep beside what it protects."""
        return self._round_keys.seal(b"", b"proof")

    def fits(self, proof: bytes) -> bool:
        try:
            self._round_keys.open(proof, b"proof")
        except InvalidTag:
            return False
        return True


def load_or_create_secret(setting: str | None, database: Path | None) -> bytes:
    """The deployment's 32-byte secret.

    From the setting (base64), else for SQLite from the file `<database>.key`, which is made when
    missing. Raises CannotOpen where the setting is malformed, where the file cannot be read or
    made, or where nothing is set on PostgreSQL (`database` None): several processes must share the
    secret, so nobody can make it up.
    """
    if setting:
        try:
            secret = base64.b64decode(setting, validate=True)
        except ValueError:  # not base64, or not even ASCII
            secret = b""
        if len(secret) != SECRET_BYTES:
            raise CannotOpen(
                f"SOUNDINGS_SECRET_KEY is not {SECRET_BYTES} bytes in base64. "
                "`openssl rand -base64 32` prints a good one."
            )
        return secret
    if database is None:
        raise CannotOpen(
            "SOUNDINGS_SECRET_KEY is not set, and PostgreSQL needs it. "
            "`openssl rand -base64 32` prints a good one; every process must have the same."
        )
    path = database.with_name(database.name + ".key")
    try:
        if not path.exists():
            _create(path, secrets.token_bytes(SECRET_BYTES))
        secret = path.read_bytes()
    except OSError as error:
        raise unusable(path, error) from None
    if len(secret) != SECRET_BYTES:
        raise CannotOpen(f"{path} is damaged. Bring it back from a backup.")
    return secret


def _create(path: Path, secret: bytes) -> None:
    """Appears whole or not at all, and never replaces another process's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _derived(secret: bytes, purpose: str) -> bytes:
    """One key per purpose, so that nothing sealed for one opens as another."""
    return hmac.digest(secret, f"soundings {purpose}".encode(), "sha256")


def by_sheet(wrapped: bytes) -> bytes:
    """The same key, of a round whose answers lie by person."""
    return _BY_SHEET + wrapped


def _padded(plain: bytes, lengths: Sequence[int]) -> bytes:
    """JSON filled up with spaces, which reading it ignores."""
    for length in lengths:
        if len(plain) <= length:
            return plain.ljust(length)
    raise ValueError("too long to be sealed")

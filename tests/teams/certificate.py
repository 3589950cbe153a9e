"""Certificates, with which an app may prove itself in place of a secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.teams.issuer import base64url


@cache
def certificate(name: str = "soundings") -> tuple[str, str]:
    """A private key and its self-signed certificate, both in PEM; the same for each name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode(), made.public_bytes(Encoding.PEM).decode()


def thumbprint(pem: str) -> str:
    """What `x5t#S256` in a header says of a certificate (RFC 7515)."""
    return base64url(x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()))

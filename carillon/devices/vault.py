"""SIP secrets are random, encrypted at rest with a key outside the database, and leave only as what Asterisk needs."""

from __future__ import annotations

import hashlib
import secrets

from cryptography.fernet import Fernet
from django.conf import settings

#: The SIP realm of every phone: fixed, because the digest in Asterisk's configuration includes it.
REALM = "carillon"
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_endpoint_name() -> str:
    """A name that nobody can guess and that says nothing of its owner: 'p' and 15 characters."""
    return "p" + "".join(secrets.choice(ALPHABET) for _ in range(15))


def new_secret() -> str:
    """A SIP password in clear, 24 characters (about 118 bits)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(24))


def seal(clear: str) -> str:
    """Encrypt `clear` for the database."""
    return Fernet(settings.VAULT_KEY).encrypt(clear.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """Decrypt what seal() returned; raises cryptography.fernet.InvalidToken for anything else."""
    return Fernet(settings.VAULT_KEY).decrypt(sealed.encode("ascii")).decode()


def digest(endpoint: str, clear: str) -> str:
    """HA1 of RFC 2617 for user `endpoint`: what Asterisk needs to check a sign-in, and no password."""
    return hashlib.md5(f"{endpoint}:{REALM}:{clear}".encode(), usedforsecurity=False).hexdigest()

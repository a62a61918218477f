"""The keys that name the erased leads of clients."""

from __future__ import annotations

import secrets


def make_key() -> str:
    """Return a new random key for the names of a client's erased leads."""
    return secrets.token_hex(32)

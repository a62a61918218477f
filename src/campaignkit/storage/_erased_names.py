"""The names under which stores keep the leads that are erased."""

from __future__ import annotations

import hmac
import secrets


def make_key() -> str:
    """Return a new random key for the names of a client's erased leads."""
    return secrets.token_hex(32)


def erased_name(key: str, lead_id: str) -> str:
    """Return the name under which an erased lead is kept."""
    digest = hmac.new(key.encode(), lead_id.encode(errors="surrogatepass"), "sha256")
    return f"erased:{digest.hexdigest()}"

"""The names under which stores keep the leads that are erased."""

from __future__ import annotations

import hmac
import re

_PREFIX = "erased:"

# A store numbers the names of a lead that was erased more than once.
_NAME = re.compile(f"{_PREFIX}[0-9a-f]{{64}}(:[0-9]+)?")


def erased_name(key: str, lead_id: str) -> str:
    """Return the name under which an erased lead is kept, by the key of its client."""
    digest = hmac.new(key.encode(), lead_id.encode(errors="surrogatepass"), "sha256")
    return f"{_PREFIX}{digest.hexdigest()}"


def is_erased_name(lead_id: str) -> bool:
    """Return whether an id is the name of an erased lead."""
    return _NAME.fullmatch(lead_id) is not None

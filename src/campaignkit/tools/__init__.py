"""Tools with which an agent works on the campaigns of one client, bound to their permission modes.

`definitions` describes the tools as data, `call` and `call_async` run one. What an agent submits
is done, becomes a suggestion that a user approves, or is refused with reasons, as the permission
mode of the campaign and the host's oversight say.
"""

from __future__ import annotations

from campaignkit.tools._async_call import call_async
from campaignkit.tools._sync_call import call
from campaignkit.tools._tools import definitions

__all__ = ["call", "call_async", "definitions"]

"""A server of the Model Context Protocol with the tools of `campaignkit.tools` (extra `mcp`).

The command `campaignkit mcp` serves them over standard input and output.
"""

from __future__ import annotations

from campaignkit.core._extras import require_extra

with require_extra("mcp", __name__):
    from campaignkit.mcp._server import server

__all__ = ["server"]

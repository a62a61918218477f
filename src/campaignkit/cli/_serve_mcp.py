"""`campaignkit mcp`: the tools of an AI over standard input and output."""

from __future__ import annotations

import gc
import logging
import signal
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL

from campaignkit import Actor, CampaignService, MissingExtraError
from campaignkit.cli._campaign_toml import read_client_id
from campaignkit.cli._command_error import CommandError
from campaignkit.cli._database import open_existing
from campaignkit.storage._observation import LOG

if TYPE_CHECKING:
    from mcp.server import Server


def serve(url: URL, wait: float, client: str, by: Actor) -> None:
    """Serve the tools until standard input ends.

    Raises:
        CommandError: the database or the file cannot be used, or the extra is missing.
    """
    client_id = read_client_id(client)
    try:
        from campaignkit.mcp import server  # noqa: PLC0415  # it is slow to load, and an extra
    except MissingExtraError as error:
        raise CommandError(str(error)) from error
    import anyio  # noqa: PLC0415  # of that extra

    with open_existing(url, wait) as database:
        gc.enable()  # this command runs on and on
        for name in ("SIGINT", "SIGTERM", "SIGPIPE"):  # Windows has no SIGPIPE
            # The thread that waits for input would outlast any other end.
            if number := getattr(signal, name, None):
                signal.signal(number, signal.SIG_DFL)
        # On standard error, which is the host's: the model is told no more than that a tool failed.
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        if not database.has_campaigns(client_id):
            LOG.warning("there is no campaign of client %s in the database yet", client_id)
        made = server(CampaignService(database.store), client_id, by=by)
        anyio.run(partial(_run, made))


async def _run(served: Server[Any]) -> None:
    from mcp import stdio_server  # noqa: PLC0415  # of the extra

    async with stdio_server() as (reading, writing):
        await served.run(reading, writing, served.create_initialization_options())

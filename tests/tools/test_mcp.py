"""The server of the Model Context Protocol, as the client of its official SDK sees it."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

import campaignkit as ck
from campaignkit import tools
from campaignkit.mcp import server
from campaignkit.storage import AsyncMemoryStore
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests import postgres as databases
from tests.cli.running import run
from tests.service.services import START
from tests.tools.test_calls import ACTIVE, DONE
from tests.tools.world import ACME, ANN, DAY, SCOUT, World

CAMPAIGN = {"campaign_id": ACTIVE}


@asynccontextmanager
async def start_command(url: str) -> AsyncGenerator[Client]:
    """Give a client of `campaignkit mcp` on a database."""
    arguments = ["-m", "campaignkit", "mcp", "--db", url, "--client", str(ACME), "--ai", "scout"]
    command = StdioServerParameters(command=sys.executable, args=arguments)
    async with Client(stdio_client(command)) as client:
        yield client


async def call(client: Client, name: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
    """Call a tool; the client holds the answer to the schema that it was given."""
    result = await client.call_tool(name, arguments)
    (block,) = result.content
    assert block.type == "text"
    answer: dict[str, Any] = json.loads(block.text)
    assert answer == result.structured_content
    assert result.is_error is (answer["outcome"] not in {"done", "suggested"})
    return answer


def fill(url: str, mode: str) -> SQLAlchemyStore:
    """Store a running campaign of Acme in a database."""
    store = SQLAlchemyStore.open(url)
    draft = ck.Campaign.draft(
        id=UUID(ACTIVE),
        client_id=ACME,
        name="Sydney agencies",
        permission_mode=ck.PermissionMode(mode),
    )
    service = ck.CampaignService(store)
    service.create(draft, by=ANN)
    service.activate(ACME, draft.id, by=ANN)
    return store


# --- over standard input and output ----------------------------------------------------------


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_session_over_stdio(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if engine == "sqlite":
        anyio.run(check_session, f"sqlite:///{tmp_path}/campaigns.db")
        return
    with databases.new(request.getfixturevalue("postgres_url")) as url:
        anyio.run(check_session, url)


async def check_session(url: str) -> None:
    """Check that what an agent proposes waits, and that it learns what users make of it."""
    store = fill(url, "co_pilot")
    service = ck.CampaignService(store)
    try:
        async with start_command(url) as client:
            listed = (await client.list_tools()).tools
            assert [tool.model_dump(by_alias=True, exclude_none=True) for tool in listed] == [
                *tools.definitions()
            ]
            before = store.get(ACME, UUID(ACTIVE))
            limit = {**CAMPAIGN, "fields": {"daily_lead_limit": 80}, "reason": "answers are many"}
            first, second = [await call(client, "edit_campaign", **limit) for _ in range(2)]
            assert first == second
            assert first["suggestion"]["state"] == "pending"
            assert store.get(ACME, UUID(ACTIVE)) == before
            key = UUID(first["suggestion"]["id"])
            service.approve(ACME, key, by=ANN, amend={"daily_lead_limit": 60})
            follow_up = first["follow_up"]
            found = await call(client, follow_up["tool"], **follow_up["arguments"])
            assert found["result"]["state"] == "approved"
            campaign = (await call(client, "get_campaign", **CAMPAIGN))["result"]
            assert campaign["daily_lead_limit"] == 60
            foreign = await call(client, "get_campaign", campaign_id=str(ACME))
            assert foreign["reasons"][0]["code"] == "not_found"
            wrong = await call(client, "assign_leads", leads=[{"als_score": 101}], day="today")
            assert [fault["path"] for fault in wrong["faults"]] == [
                *("$.campaign_id", "$.leads[0].id", "$.leads[0].als_score", "$.day")
            ]
    finally:
        store.close()


@contextmanager
def start_process(folder: Path) -> Generator[subprocess.Popen[bytes]]:
    """Give `campaignkit mcp` on a campaign in a folder, its pipes and its errors in a file."""
    url = f"sqlite:///{folder}/campaigns.db"
    fill(url, "manual").close()
    command = [sys.executable, "-m", "campaignkit", "mcp", "--db", url]
    command += ["--client", str(ACME), "--ai", "scout"]
    pipe = subprocess.PIPE
    with (
        (folder / "errors").open("wb") as errors,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors) as running,
    ):
        try:
            yield running
        finally:
            running.kill()


def send(running: subprocess.Popen[bytes], method: str, **params: Any) -> None:  # noqa: ANN401
    assert running.stdin is not None
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    running.stdin.write(json.dumps(request).encode() + b"\n")
    running.stdin.flush()


def receive(running: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert running.stdout is not None
    answer: dict[str, Any] = json.loads(running.stdout.readline())
    assert answer["id"] == 1
    return answer


@pytest.mark.long
def test_the_command_ends_at_a_signal(tmp_path: Path) -> None:
    with start_process(tmp_path) as running:
        send(running, "ping")
        receive(running)
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == -signal.SIGTERM


def test_the_command_tells_its_host_what_fails_and_ends_when_nobody_reads(tmp_path: Path) -> None:
    with start_process(tmp_path) as running:
        client = {"name": "test", "version": "1"}
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
        send(running, "initialize", **hello)
        receive(running)
        with closing(sqlite3.connect(tmp_path / "campaigns.db")) as connection:
            connection.execute("ALTER TABLE campaigns RENAME TO moved")
        send(running, "tools/call", name="find_campaigns", arguments={})
        assert receive(running)["error"]["message"] == "the host failed to run the tool"
        assert "no such table: campaigns" in (tmp_path / "errors").read_text()
        assert running.stdout is not None
        running.stdout.close()
        send(running, "ping")
        assert running.wait(60) == -signal.SIGPIPE


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"--db": "sqlite:///none.db"}, 1, "there is no database"),
        ({"--client": "acme"}, 1, "--client must be the id of a client"),
        ({"--ai": " "}, 2, "--ai: name of actor must not be blank"),
        ({"--db": "sqlite://"}, 2, "--db must be a database that is kept"),
    ],
)
def test_wrong_options_are_told(
    change: dict[str, str], code: int, message: str, tmp_path: Path
) -> None:
    fill(f"sqlite:///{tmp_path}/campaigns.db", "manual").close()
    options = {"--db": f"sqlite:///{tmp_path}/campaigns.db", "--client": str(ACME), "--ai": "scout"}
    ended = run("mcp", *(part for option in {**options, **change}.items() for part in option))
    assert (ended.code, ended.stdout) == (code, "")
    assert message in ended.stderr


@pytest.mark.parametrize("known", [True, False])
def test_a_client_without_campaigns_is_warned_of(known: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """A wrong id would otherwise look like a client that has nothing yet."""
    url = f"sqlite:///{tmp_path}/campaigns.db"
    fill(url, "manual").close()
    client = str(ACME if known else UUID(int=7))
    command = [sys.executable, "-m", "campaignkit", "mcp", "--db", url, "--client", client]
    ended = subprocess.run(
        [*command, "--ai", "scout"], stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    assert ended.stdout == b""
    warning = f"there is no campaign of client {client}"
    assert (warning in ended.stderr.decode()) is not known


# --- in a host -------------------------------------------------------------------------------


def in_process(made: Any, run: Callable[[Client], Awaitable[None]]) -> None:  # noqa: ANN401
    async def connect() -> None:
        async with Client(made) as client:
            await run(client)

    anyio.run(connect)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_each_tool_answers_as_a_call_in_python(kind: str) -> None:
    world, other = World("autopilot"), World("autopilot")
    service: Any = world.service
    if kind == "async":
        store = AsyncMemoryStore(world.store)
        service = ck.AsyncCampaignService(store, clock=lambda: START)

    async def check(client: Client) -> None:
        for name, arguments in DONE.items():
            assert await call(client, name, **arguments) == other.call(name, **arguments)
        assert (await call(client, "approve"))["outcome"] == "invalid"

    in_process(server(service, ACME, by=SCOUT), check)


def test_a_user_may_act_through_the_tools() -> None:
    world = World("manual")

    async def check(client: Client) -> None:
        assert (await call(client, "pause_campaign", **CAMPAIGN))["outcome"] == "done"

    in_process(server(world.service, ACME, by=ANN), check)
    assert world.service.get(ACME, UUID(ACTIVE)).status is ck.CampaignStatus.PAUSED


def test_what_a_host_names_is_checked_when_the_server_is_made() -> None:
    service: Any = World("manual").service
    for change in ({"service": service.store}, {"client_id": str(ACME)}, {"by": "scout"}):
        given: Any = {"service": service, "client_id": ACME, "by": SCOUT, **change}
        with pytest.raises(ck.InvalidError, match=next(iter(change))):
            server(**given)


def test_the_text_of_an_unexpected_error_stays_with_the_host(
    caplog: pytest.LogCaptureFixture,
) -> None:
    inner = "INSERT INTO campaigns: mia@example.com"

    def fail(*_: object) -> ck.Verdict:
        raise RuntimeError(inner)

    async def check(client: Client) -> None:
        with pytest.raises(MCPError, match="the host failed to run the tool"):
            await client.call_tool("pause_campaign", CAMPAIGN)
        assert (await call(client, "get_campaign", **CAMPAIGN))["outcome"] == "done"

    in_process(server(World("autopilot", fail).service, ACME, by=SCOUT), check)
    (logged,) = (record for record in caplog.records if record.name == "campaignkit")
    assert logged.exc_info is not None
    assert str(logged.exc_info[1]) == inner


def test_text_that_no_transport_can_carry_does_not_end_the_server(tmp_path: Path) -> None:
    store = fill(f"sqlite:///{tmp_path}/campaigns.db", "co_pilot")
    service = ck.CampaignService(store)
    lead = {"id": "new", "als_score": 90}
    intake = {**CAMPAIGN, "leads": [lead], "day": "2099-01-01"}
    suggested = tools.call(service, ACME, "assign_leads", intake, by=SCOUT)["follow_up"]
    key = UUID(suggested["arguments"]["suggestion_id"])
    service.reject(ACME, key, by=ANN, reason="no")
    with closing(sqlite3.connect(tmp_path / "campaigns.db")) as connection, connection:
        connection.execute("UPDATE campaign_rejections SET lead_id = CAST(x'ff41' AS TEXT)")

    async def check(client: Client) -> None:
        with pytest.raises(MCPError, match="the host failed to run the tool"):
            await client.call_tool("get_suggestion", suggested["arguments"])

    in_process(server(service, ACME, by=SCOUT), check)
    store.close()


def test_it_can_be_mounted_over_http() -> None:
    world = World("co_pilot")

    async def connect() -> None:
        app = server(world.service, ACME, by=SCOUT).streamable_http_app()
        transport = httpx2.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport) as http,
        ):
            url = "http://localhost:8000/mcp"
            async with Client(streamable_http_client(url, http_client=http)) as client:
                answer = await call(client, "get_brief", **CAMPAIGN, day=DAY.isoformat())
                assert answer["result"]["wanted"]["email"] == 1

    anyio.run(connect)

"""A real pgbouncer for the tests, which gives out the connections of a server by transaction."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import psycopg
from sqlalchemy import make_url

from tests import postgres

BINARY = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
WHY_NOT = "pgbouncer is not installed: `.ci/run` installs it where it is root and has apt-get"

CONFIGURATION = """
[databases]
{database} = {server}
[pgbouncer]
pool_mode = transaction
default_pool_size = {size}
server_round_robin = 1
query_wait_timeout = 1
unix_socket_dir = {folder}
listen_port = 6432
auth_type = any
log_connections = 0
log_disconnections = 0
log_pooler_errors = 0
log_stats = 0
"""


@contextmanager
def pooled(url: str, size: int) -> Generator[str]:
    """Give the URL of a database through a pooler that has `size` connections to the server.

    All are open from the start, and each transaction gets another one than the one before.
    It runs as the user who runs the server, as it refuses to run as root. It has a socket in a
    folder of its own. The number of the port is a part of the socket's name, and nothing else.
    """
    assert BINARY is not None, WHY_NOT
    target, owner = make_url(url), postgres.find_owner()
    settings = {
        "host": target.host or target.query.get("host"),
        "port": target.port,
        "dbname": target.database,
        "user": target.username,
        "password": target.password,
    }
    server = " ".join(f"{name}='{value}'" for name, value in settings.items() if value)
    with postgres.temporary_folder(owner) as folder:
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(
            CONFIGURATION.format(database=target.database, server=server, size=size, folder=folder)
        )
        if owner is not None:
            shutil.chown(configuration, owner.pw_uid)
        # A shell waits at a pipe whose other end goes away with this process, even by SIGKILL.
        run = '"$@" 2>&1 & read -r _; kill -9 $!; rm -rf "$0"'
        with subprocess.Popen(
            ["/bin/sh", "-c", run, folder, BINARY, configuration],
            **postgres.run_as(owner),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C at the terminal must not reach it
            text=True,
        ) as guard:
            assert guard.stdout is not None
            said: list[str] = []
            try:
                while "process up" not in "".join(said[-1:]):
                    said.append(guard.stdout.readline())
                    assert said[-1], "".join(said)
                query = {"host": str(folder), "port": "6432"}
                through = target.set(host=None, port=None, query=query)
                address = through.render_as_string(hide_password=False)
                _open_all(address, size)
                yield address
            finally:
                guard.communicate()  # closes the pipe and waits


def _open_all(url: str, size: int) -> None:
    with ExitStack() as stack:
        for _ in range(size):
            connection = stack.enter_context(psycopg.connect(postgres.driver_url(url)))
            connection.execute("SELECT 1")  # in a transaction, which keeps the server's connection

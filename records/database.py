"""Opening the database: connection, migrations, and what to say when it can't be reached."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

if TYPE_CHECKING:  # slow to import
    from alembic.config import Config
    from alembic.script import ScriptDirectory

WAIT_SECONDS = 30  # how long a writer waits for another one
_MIGRATION_LOCK = 7_262_401  # any number: PostgreSQL's advisory lock while one process migrates
_READS = "routecast_reads"  # execution option of connections that only read
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "sqlite": "sqlite"}


class DatabaseError(Exception):
    """The database can't be used: unreachable, newer than the program, or its address is wrong. Exit code 3."""


class Database:
    """A migrated database; made by `open_database`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __repr__(self) -> str:
        return f"Database({self.name})"

    @property
    def name(self) -> str:
        """Its address without the password."""
        return self._engine.url.render_as_string(hide_password=True)

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine, for tests and migrations."""
        return self._engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with; all that it reads is of one moment.

        Raises:
            DatabaseError: the database is out of reach.
        """
        options: dict[str, Any] = {_READS: True}
        if self._engine.dialect.name == "postgresql":  # SQLite's readers see one moment anyway
            options["isolation_level"] = "REPEATABLE READ"
        with _in_words(self.name), self._engine.connect().execution_options(**options) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose changes are kept together, or not at all.

        Raises:
            DatabaseError: the database is out of reach or can't be written.
        """
        with _in_words(self.name), self._engine.begin() as connection:
            yield connection


@lru_cache(maxsize=8)
def open_database(address: str) -> Database:
    """Connect, and bring the tables to the form that this program knows. One per address and process.

    Args:
        address: `sqlite:///FILE`, or `postgresql://USER:PASSWORD@HOST/NAME`.

    Raises:
        DatabaseError: no such kind of database, out of reach, or written by a newer Routecast.
    """
    url = _url(address)
    name = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = _engine(url)
    database = Database(engine)
    if revision(database) != newest_revision():
        with _in_words(name), engine.begin() as connection:
            _migrate(connection, name)
    return database


def require_whole(database: Database) -> None:
    """Let a SQLite file look at its own pages; other databases do that by themselves.

    Raises:
        DatabaseError: it found something.
    """
    if database.engine.dialect.name != "sqlite":
        return
    with _in_words(database.name), database.engine.begin() as connection:
        found = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    if found != "ok":
        raise DatabaseError(f"{database.name}: damaged ({found}). Put it back from a backup.")


def exists(address: str) -> bool:
    """Whether something may be kept there: a SQLite file that is not there yet holds nothing, and is not made to look.

    Raises:
        DatabaseError: the address is wrong.
    """
    url = _url(address)
    return url.get_backend_name() != "sqlite" or not url.database or Path(url.database).exists()


def revision(database: Database) -> str | None:
    """The step of `migrations/versions` that the tables are at."""
    with database.reading() as connection:
        return _revision(connection)


def newest_revision() -> str:
    """The last step that this program knows."""
    return str(_scripts().get_current_head())


def _url(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise DatabaseError(
            "database: expected an address like 'sqlite:///FILE' or 'postgresql://USER:PASSWORD@HOST/NAME', got "
            "something else. Check ROUTECAST_DATABASE."
        ) from error
    kind = url.drivername.split("+")[0]
    if kind not in _DRIVERS:
        raise DatabaseError(f"database: expected SQLite or PostgreSQL, got '{kind}'. Check ROUTECAST_DATABASE.")
    return url.set(drivername=_DRIVERS[kind])


def _engine(url: URL) -> Engine:
    # No pool: a page reads a few rows now and then, and a kept connection would outlive forks and server restarts.
    if url.get_backend_name() != "sqlite":
        return create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": WAIT_SECONDS})
    event.listen(engine, "connect", _settle_sqlite)
    event.listen(engine, "begin", _begin_at_once)
    return engine


def _settle_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    """Readers go on while one writes (WAL), and a commit is on the disk when it returns."""
    connection.isolation_level = None  # we begin transactions ourselves, see below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_at_once(connection: Connection) -> None:
    """A writer takes SQLite's lock at the start, so that two queue instead of one failing halfway."""
    reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _revision(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext  # noqa: PLC0415 - Alembic takes 0.3 s to load

    return MigrationContext.configure(connection).get_current_revision()


def _scripts() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return ScriptDirectory.from_config(_config())


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _migrate(connection: Connection, name: str) -> None:
    if connection.dialect.name == "postgresql":  # SQLite's own lock is held since BEGIN
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    current = _revision(connection)
    if current is not None and current not in {s.revision for s in _scripts().walk_revisions()}:
        raise DatabaseError(
            f"{name}: its tables are at step '{current}', which this version does not know. "
            "Use the newer Routecast that wrote it, or another database."
        )
    from alembic import command  # noqa: PLC0415 - as above

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, NoSuchModuleError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise DatabaseError(f"{name}: {reason}. Check ROUTECAST_DATABASE, and that the server runs.") from error

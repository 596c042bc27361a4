"""Each test of the records runs on SQLite, and on PostgreSQL where its server is installed."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from records.database import Database, open_database
from tests.databases import postgres_programs, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a PostgreSQL server for the whole session."""
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    # not in pytest's folder: another run would close it to the server's own user halfway
    with tempfile.TemporaryDirectory(prefix="routecast-postgres-") as folder, postgres_server(Path(folder)) as address:
        yield address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgres"))])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'database.sqlite'}"
        return
    server = request.getfixturevalue("postgres")
    open_database.cache_clear()
    yield server
    engine = create_engine(server.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    open_database.cache_clear()


@pytest.fixture
def database(address: str) -> Database:
    """A migrated, empty database."""
    return open_database(address)

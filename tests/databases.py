"""Databases for tests: SQLite in a folder, and a PostgreSQL server of our own where Debian's package is installed."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import free_port

ROLE = "postgres"  # the server refuses to run as root


def postgres_programs() -> Path | None:
    """Folder of `initdb` and `pg_ctl`: on the path, or Debian's; None where there is no server."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """A fresh server on a free port of this machine; its address. Gone when the block ends."""
    programs = postgres_programs()
    assert programs is not None
    data, port = folder / "data", free_port()
    as_root = os.geteuid() == 0
    if as_root:
        shutil.chown(folder, ROLE)
        for parent in folder.parents:  # pytest's folders are private to the user that made them
            if parent.name.startswith("pytest-"):
                parent.chmod(0o755)

    def run(*words: str | Path) -> None:
        who = ["runuser", "-u", ROLE, "--"] if as_root else []
        subprocess.run([*who, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    run(programs / "initdb", "-D", data, "-U", ROLE, "--auth=trust", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run(programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
    try:
        yield f"postgresql://{ROLE}@127.0.0.1:{port}/postgres"
    finally:
        run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")

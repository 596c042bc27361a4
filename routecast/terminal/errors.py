"""From exceptions to messages and exit codes (design §4.7): never a traceback without `--debug`."""

import errno
import logging
import os
import traceback
from contextlib import closing
from datetime import date
from pathlib import Path

from dashboards.server.login_settings import AccessError
from dashboards.server.serve import PortTakenError
from geo.pack.load import PackError
from pipelines.compute.cluster import ClusterError
from pipelines.editions.edition import EditionError
from pipelines.observations.schema import DataRefusedError
from pipelines.publish.export import ExportError
from pipelines.scenarios.read_file import ScenarioError
from pipelines.store.atomic import BusyError
from pipelines.store.checksums import DamagedError
from pipelines.store.paths import open_store
from records.database import DatabaseError
from routecast.terminal.progress import console

OWN_FAULT, WRONG_USAGE, REFUSED, DEGRADED, BUSY = 1, 2, 3, 4, 5


class UsageError(Exception):
    """The command's words can't be meant; the message says what can."""


def day_of(text: str) -> date:
    """The day that an option names.

    Raises:
        UsageError: it is no day as YYYY-MM-DD.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"'{text}': expected a day as YYYY-MM-DD.") from error


def reason_of(text: str) -> str:
    """What `--reason` says.

    Raises:
        UsageError: it says nothing.
    """
    if not text.strip():
        raise UsageError("--reason: expected some words on why, got none. Those who ask later read them.")
    return text.strip()


_KINDS: dict[int, tuple[type[Exception], ...]] = {
    WRONG_USAGE: (UsageError, AccessError),
    REFUSED: (DataRefusedError, PackError, EditionError, DamagedError, ExportError, ScenarioError, DatabaseError),
    BUSY: (BusyError, PortTakenError),
    OWN_FAULT: (ClusterError,),
}
EXIT_CODES = {kind: code for code, kinds in _KINDS.items() for kind in kinds}


def exit_code_of(error: Exception) -> int:
    """The exit code that a failure ends with."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), OWN_FAULT)


def report_failure(error: Exception, *, store: Path | None, debug: bool) -> int:
    """Tell the person what went wrong and what to do; the traceback goes to the log. Returns the exit code."""
    if debug:
        traceback.print_exception(error)
    for kind, code in EXIT_CODES.items():
        if isinstance(error, kind):
            _say_failure(kind.__name__.removesuffix("Error"), str(error))
            return code
    full = _storage_fault(error)
    if full is not None:
        if not debug:  # the other writes that met the same disk say so after us, each with its traceback
            logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        _say_failure(
            "Storage",
            f"{full.filename or open_store(store).root}: {os.strerror(full.errno or 0).lower()}. What was published "
            "before is whole, nothing half-written is shown. Make room or name another --store, and run again.",
        )
        return OWN_FAULT
    log = _log(error, store)
    text = f"{type(error).__name__}: {error}".splitlines()[0]
    _say_failure("Routecast failed", f"{text}\nDetails are in {log}. Run again with --debug to see them.")
    return OWN_FAULT


def _say_failure(kind: str, message: str) -> None:
    console.print(f"{kind}:", style="bold red", end=" ")
    console.print(message)


_STORAGE = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO)


def _storage_fault(error: BaseException | None) -> OSError | None:
    """The fault of the disk that an error comes from, if it does."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _STORAGE:
            return error
        error = error.__cause__ or error.__context__
    return None


def _log(error: Exception, store: Path | None) -> Path:
    path = open_store(store).logs / "routecast.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    with closing(handler):
        where = (type(error), error, error.__traceback__)
        handler.handle(logging.LogRecord("routecast", logging.ERROR, __file__, 0, "command failed", None, where))
    return path

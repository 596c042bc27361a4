"""What the dashboard's pages may ask of this program."""

import subprocess  # nosec B404
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from dashboards.server.doors import Doors
from pipelines.editions.edition import EditionError
from pipelines.ingest.proposals.upload import UploadedTables
from pipelines.store.paths import Store
from routecast.terminal.progress import stage_in

LOOK_EVERY_SECONDS = 0.5


def page_doors(store: Store) -> Doors:
    """Tables go into a store, and its editions are approved."""
    return Doors(tables=UploadedTables(store), approve=partial(approve_apart, store))


def approve_apart(
    store: Store, region: str, edition: str, *, user: str, note: str, progress: Callable[[str, str], None]
) -> None:
    """Approve an edition as the command does, in a process of its own, and tell its stages as they come.

    Raises:
        EditionError: it was refused or failed; with what the command said.
    """
    words = ["editions", "approve", edition, f"--region={region}", f"--store={store.root}", f"--user={user}"]
    command = [sys.executable, "-m", "routecast", *words, f"--note={note}"]
    said: list[str] = []
    with tempfile.NamedTemporaryFile() as log:  # no pipe: the work goes on when nobody listens any more
        # our own program, without a shell
        work = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)  # nosec B603
        for line in _lines_of(work, Path(log.name)):
            said.append(line)
            stage = stage_in(line)
            if stage is not None:
                progress(*stage)
    if work.returncode:
        raise EditionError(said[-1] if said else f"{edition}: approving ended with exit code {work.returncode}.")


def _lines_of(work: subprocess.Popen[bytes], log: Path) -> Iterator[str]:
    """What a process writes, whole lines as they come, until it has ended."""
    told, ended = 0, False
    while not ended:
        ended = work.poll() is not None  # asked before the last look
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        whole = [line.strip() for line in lines if ended or line.endswith("\n")]
        yield from filter(None, whole[told:])
        told = len(whole)
        if not ended:
            time.sleep(LOOK_EVERY_SECONDS)

"""What the dashboard's pages may ask of this program."""

import subprocess  # nosec B404
import sys
from functools import partial

from dashboards.server.doors import Doors
from pipelines.editions.edition import EditionError
from pipelines.ingest.proposals.upload import UploadedTables
from pipelines.store.paths import Store


def page_doors(store: Store) -> Doors:
    """Tables go into a store, and its editions are approved."""
    return Doors(tables=UploadedTables(store), approve=partial(approve_apart, store))


def approve_apart(store: Store, region: str, edition: str, *, user: str, note: str) -> None:
    """Approve an edition as the command does, in a process of its own.

    Raises:
        EditionError: it was refused or failed; with what the command said.
    """
    words = ["editions", "approve", edition, f"--region={region}", f"--store={store.root}", f"--user={user}"]
    command = [sys.executable, "-m", "routecast", *words, f"--note={note}"]
    # our own program, without a shell
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # nosec B603
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise EditionError(said[-1] if said else f"{edition}: approving ended with exit code {done.returncode}.")

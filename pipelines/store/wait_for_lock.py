"""Waiting for the store's lock."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pipelines.store.atomic import BusyError, exclusive

_LOOK_SECONDS = 1.0


@contextmanager
def exclusive_within(path: Path, *, seconds: float, waits: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a lock file while the block runs; wait for it so long (0: not at all).

    Args:
        path: The lock file.
        seconds: How long to wait.
        waits: Called once when there is something to wait for.

    Raises:
        BusyError: another process still holds it.
    """
    deadline, told = time.monotonic() + seconds, False
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(exclusive(path))
                break
            except BusyError:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise
                if not told:
                    waits()
                    told = True
                time.sleep(min(_LOOK_SECONDS, left))
        yield

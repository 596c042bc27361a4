"""Progress of tasks, told to the person who waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from distributed import as_completed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from distributed import Future

Progress = Callable[[str, int, int], None]


def completed(futures: Sequence[Future], progress: Progress, stage: str) -> Iterator[Future]:
    """The futures as they complete, told to the person who waits; a failed one raises where its result is read."""
    if not futures:
        return
    progress(stage, 0, len(futures))
    for number, future in enumerate(as_completed(list(futures)), start=1):
        progress(stage, number, len(futures))
        yield future

"""Progress of tasks, told to the person who waits."""

from collections.abc import Callable, Iterator, Sequence

from distributed import Future, as_completed

Progress = Callable[[str, int, int], None]


def completed(futures: Sequence[Future], progress: Progress, stage: str) -> Iterator[Future]:
    """The futures as they complete, told to the person who waits; a failed one raises where its result is read."""
    if not futures:
        return
    progress(stage, 0, len(futures))
    for number, future in enumerate(as_completed(list(futures)), start=1):
        progress(stage, number, len(futures))
        yield future

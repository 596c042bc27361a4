"""What the tasks of a job go through together: where they run, who is told of them, what is kept of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from distributed import Client, Future, as_completed

from pipelines.compute.checkpoints import KEEP_NOTHING, Checkpoints

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Workers:
    """Workers of one job."""

    client: Client
    progress: Progress  # told of every finished task: stage, done, total
    kept: Checkpoints = KEEP_NOTHING

    def completed(self, futures: Sequence[Future], stage: str) -> Iterator[Future]:
        """The futures as they complete; a failed one raises where its result is read."""
        if not futures:
            return
        self.progress(stage, 0, len(futures))
        for number, future in enumerate(as_completed(list(futures)), start=1):
            self.progress(stage, number, len(futures))
            yield future

    def within(self, name: str) -> Self:
        """The same workers, with names of their own for what is kept."""
        return replace(self, kept=self.kept.within(name))

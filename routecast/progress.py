"""Progress of long work on the terminal: bars for a person, a line per stage for a log."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# a table in a pipe or a log is not cut to 80 columns
console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 120)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Yields `report(stage, done, total)`."""
    if not sys.stderr.isatty():
        yield _log_lines()
        return
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        tasks: dict[str, int] = {}

        def report(stage: str, done: int, total: int) -> None:
            task = tasks.setdefault(stage, -1)
            if task < 0:
                task = tasks[stage] = int(bars.add_task(stage, total=total))
            bars.update(task, completed=done, total=total)  # type: ignore[arg-type]

        yield report


def _log_lines() -> Callable[[str, int, int], None]:
    seen: set[str] = set()
    log = Console(stderr=True, soft_wrap=True)

    def report(stage: str, done: int, total: int) -> None:
        if stage not in seen or (done == total and total > 1):
            seen.add(stage)
            log.print(f"{stage}: {done}/{total}" if total > 1 else stage, highlight=False)

    return report

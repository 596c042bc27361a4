"""Progress of long work on the terminal: bars for a person, a line per stage for a log."""

import math
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

TELL_EVERY_SECONDS = 30.0
STAGE = re.compile(r"(?P<stage>[a-z][^:]*)(: (\d+|(?P<far>\d+/\d+ .*)))?")  # a line of `progress_line`

# a table in a pipe or a log is not cut to 80 columns
console = Console(soft_wrap=True, highlight=False, markup=False, width=None if sys.stdout.isatty() else 120)


def say(lines: Iterable[object]) -> None:
    """Print things, a line each: texts as they are, paths, tables."""
    for line in lines:
        console.print(line if isinstance(line, Table) else str(line))


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
            """Move the stage's bar."""
            task = tasks.setdefault(stage, -1)
            if task < 0:
                task = tasks[stage] = int(bars.add_task(stage, total=total))
            bars.update(task, completed=done, total=total)  # type: ignore[arg-type]

        yield report


def _log_lines() -> Callable[[str, int, int], None]:
    stages: dict[str, tuple[float, float]] = {}  # when each began, and when it was last told of
    log = Console(stderr=True, soft_wrap=True)

    def report(stage: str, done: int, total: int) -> None:
        """Print a line as a stage begins, and in a long one now and then."""
        now = time.monotonic()
        began, told = stages.get(stage, (now, -math.inf))
        if told == -math.inf or (done < total and now - told >= TELL_EVERY_SECONDS):
            stages[stage] = (began, now)
            log.print(progress_line(stage, done, total, now - began), highlight=False)

    return report


def stage_in(line: str) -> tuple[str, str] | None:
    """The stage that a line of a log tells of, and how far it is; None for a line that is no progress.

    >>> stage_in("forecasts: 30/120 (25 %), about 3 min left"), stage_in("forecasts: 120"), stage_in("publish")
    (('forecasts', '30/120 (25 %), about 3 min left'), ('forecasts', ''), ('publish', ''))
    >>> stage_in("2026-W46: approved already."), stage_in("12:00 - nanny - WARNING")
    (None, None)
    """
    found = STAGE.fullmatch(line)
    return None if found is None else (found["stage"], found["far"] or "")


def progress_line(stage: str, done: int, total: int, seconds: float) -> str:
    """A stage, how much of it is done, and how long the rest will take at the pace so far.

    >>> progress_line("forecasts", 0, 120, 0.0)
    'forecasts: 120'
    >>> progress_line("forecasts", 30, 120, 60.0)
    'forecasts: 30/120 (25 %), about 3 min left'
    """
    if total <= 1:
        return stage
    if not 0 < done < total:
        return f"{stage}: {total}"
    left = seconds * (total - done) / done
    text = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
    return f"{stage}: {done}/{total} ({done / total:.0%}), about {text} left".replace("%", " %")

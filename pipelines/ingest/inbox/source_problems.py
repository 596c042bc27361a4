"""A source that gave nothing usable this week: the last good figures serve, and the edition says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Problem = Literal["not_reached", "refused"]


@dataclass(frozen=True, order=True)
class SourceProblem:
    """Which source, and what was the matter; no clock and no message, so that equal weeks give equal editions."""

    source: str
    problem: Problem


def problem_rows(problems: Iterable[SourceProblem], sources: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """For the quality report: each problem with the newest figures that stand in, and how long there was none.

    Args:
        problems: Of this week.
        sources: The report's rows of sources (source, indicator, as_of_newest, last, silent_days).
    """
    newest: dict[str, dict[str, Any]] = {}
    for row in sources:
        known = newest.get(row["source"])
        if known is None or row["as_of_newest"] > known["as_of_newest"]:
            newest[row["source"]] = row
    none = {"last": None, "as_of_newest": None, "silent_days": None}
    return [
        {"source": p.source, "problem": p.problem}
        | {k: newest.get(p.source, none)[k] for k in ("last", "as_of_newest", "silent_days")}
        for p in sorted(set(problems))
    ]

"""What became of the files of one ingest."""

from dataclasses import dataclass

import pandas as pd

from pipelines.observations.schema import (
    NothingTakenError,
)

pass


_REASONS_SHOWN = 5


@dataclass(frozen=True)
class FileReport:
    """What became of one file."""

    file: str
    sha256: str
    accepted: int
    unchanged: int
    quarantined: int
    count_accepted: float
    count_quarantined: float
    reasons: tuple[tuple[str, int, int], ...]  # reason, rows, first line

    def told_reasons(self) -> list[str]:
        """Why rows were refused, the most frequent reasons first."""
        shown, more = self.reasons[:_REASONS_SHOWN], len(self.reasons) - _REASONS_SHOWN
        told = [f"{rows:,} × {reason} (first in line {line})" for reason, rows, line in shown]
        if more > 0:
            told.append(f"… and {more} more reason{'s' if more > 1 else ''}, in the store's quarantine")
        return told


@dataclass(frozen=True)
class IngestReport:
    """What became of the files of one ingestion."""

    source: str
    files: tuple[FileReport, ...]

    @property
    def accepted(self) -> int:
        """Rows added to the store."""
        return sum(f.accepted for f in self.files)

    @property
    def unchanged(self) -> int:
        """Rows that say what the store already knew."""
        return sum(f.unchanged for f in self.files)

    @property
    def quarantined(self) -> int:
        """Rows refused, with their reason."""
        return sum(f.quarantined for f in self.files)

    def lines(self) -> list[str]:
        """For the terminal: a line per file, and the reasons of refused rows."""
        out = []
        for f in self.files:
            rows = f"accepted {f.accepted:,}, unchanged {f.unchanged:,}, quarantined {f.quarantined:,}"
            out.append(f"{self.source} {f.file}: {rows}")
            out += [f"  {reason}" for reason in f.told_reasons()]
        return out

    def require_something(self) -> None:
        """Refuse what only looks like a delivery: a file of which every row went to quarantine.

        Raises:
            NothingTakenError: names those files with the reasons of their rows.
        """
        empty = [f for f in self.files if f.quarantined and not f.accepted and not f.unchanged]
        if empty:
            told = [
                f"{f.file}: expected figures, no row could be taken (of {f.quarantined:,}): "
                f"{'; '.join(f.told_reasons())}. They are in quarantine. Mend the file and send it again."
                for f in empty
            ]
            others = IngestReport(self.source, tuple(f for f in self.files if f not in empty))
            raise NothingTakenError("\n".join(told), lines=others.lines())


def reasons_of(rejected: pd.DataFrame) -> tuple[tuple[str, int, int], ...]:
    """Reasons of refused rows, with how many and the first line; the most frequent first."""
    if rejected.empty:
        return ()
    grouped = rejected.groupby("reason", sort=False)["line"].agg(["size", "min"])
    reasons = [(str(r), int(row["size"]), int(row["min"])) for r, row in grouped.iterrows()]
    return tuple(sorted(reasons, key=lambda r: -r[1]))

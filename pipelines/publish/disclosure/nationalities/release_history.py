"""What was told of nationalities, edition by edition: a stretch is told once for good, later editions go with it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from geo.region.region import Freq
from pipelines.publish.disclosure.suppression.protect import Earlier, nothing_earlier
from pipelines.store.atomic import write_atomically
from pipelines.store.periods import period_numbers

FOLDER = "nationalities"  # beside the files of the histories
COLUMNS = ("indicator", "group", "codes", "unit", "period_start", "periods", "withheld", "count")


@dataclass(frozen=True)
class ToldStretch:
    """What was told of one indicator's stretch.

    Attributes:
        units: Units that it was told for; it is never told for others.
        earlier: Figures withheld and shown, each of shape (group, unit).
    """

    units: tuple[str, ...]
    earlier: Earlier


@dataclass(frozen=True)
class NationalityLedger:
    """All that was told before, rows as in `COLUMNS`, the edition derived first on top."""

    rows: pd.DataFrame
    freq: Freq

    @cached_property
    def _by_indicator(self) -> dict[str, pd.DataFrame]:
        first = period_numbers(pd.DatetimeIndex(self.rows["period_start"]), self.freq)
        return {str(name): rows for name, rows in self.rows.assign(first=first).groupby("indicator")}

    def told(self, indicator: str, first: int, size: int, codes: Sequence[str]) -> ToldStretch | None:
        """What was told of a stretch.

        Args:
            indicator: Its indicator.
            first: Number of its first period since 1970.
            size: How many periods it has.
            codes: The nationalities of each group, as `codes_of` has them.

        Returns:
            Nothing told yet: no units. None where periods of it were told in another stretch or by other groups: what
            both tell would differ by fewer periods or nationalities.
        """
        rows = self._by_indicator.get(indicator)
        rows = self.rows.iloc[:0].assign(first=0) if rows is None else rows
        mine = rows[(rows["first"] < first + size) & (rows["first"] + rows["periods"] > first)]
        if not len(mine):
            return ToldStretch((), nothing_earlier((len(codes), 0)))
        same = mine["first"].eq(first).all() and mine["periods"].eq(size).all()
        if not same or set(mine["codes"]) != set(codes):
            return None
        units = tuple(dict.fromkeys(mine["unit"]))
        return ToldStretch(units, _earlier(mine, list(codes), list(units)))


def _earlier(rows: pd.DataFrame, codes: list[str], units: list[str]) -> Earlier:
    shape = (len(codes), len(units))
    hidden, shown, value = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool), np.full(shape, np.nan)
    group, unit = pd.Index(codes).get_indexer(rows["codes"]), pd.Index(units).get_indexer(rows["unit"])
    withheld = rows["withheld"].to_numpy(dtype=bool)
    hidden[group[withheld], unit[withheld]] = True
    shown[group[~withheld], unit[~withheld]] = True
    value[group[~withheld], unit[~withheld]] = rows["count"].to_numpy(dtype=float)[~withheld]
    return Earlier(hidden, shown, value)


def codes_of(nationalities: Sequence[str]) -> str:
    """A group by what it holds, as its name may come to mean other nationalities."""
    return " ".join(sorted(nationalities))


def read_nationality_ledger(folder: Path, freq: Freq) -> NationalityLedger:
    """What all editions so far told; `folder` is the ledger's."""
    paths = sorted((folder / FOLDER).glob("*.parquet"), key=lambda p: p.name)
    tables = [t for t in (pd.read_parquet(p) for p in paths) if len(t)]
    empty = pd.DataFrame(columns=list(COLUMNS))
    return NationalityLedger(pd.concat(tables, ignore_index=True) if tables else empty, freq)


def write_nationality_ledger(path: Path, rows: pd.DataFrame) -> None:
    """Keep what one edition tells; withheld figures are named without their value."""
    buffer = io.BytesIO()
    rows[list(COLUMNS)].to_parquet(buffer, index=False, compression="zstd")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, buffer.getvalue())

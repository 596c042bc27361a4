"""What was shown and withheld, edition by edition: published figures can't be taken back, so they are remembered."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from geo.region.region import Freq
from pipelines.publish.disclosure.protect import Earlier, Protected, nothing_earlier
from pipelines.store.atomic import write_atomically
from pipelines.store.periods import period_numbers

COLUMNS = ("indicator", "unit", "time", "withheld", "value")
NATIONALITIES = "nationalities"  # folder of what was told of nationalities, beside the files of the histories
NATIONALITY_COLUMNS = ("indicator", "group", "codes", "unit", "period_start", "periods", "withheld", "count")


def read_releases(folder: Path, columns: Sequence[str]) -> pd.DataFrame:
    """What all editions so far showed, the one derived first on top; without rows at first."""
    tables = [table for path in sorted(folder.glob("*.parquet")) if len(table := pd.read_parquet(path))]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(columns))


def write_release(folder: Path, edition_id: str, rows: pd.DataFrame) -> None:
    """Keep what one edition shows, and which figures it withholds, never their values.

    Files are numbered in order of derivation; an edition whose derivation was broken off keeps its number.
    """
    own = [path.name[:6] for path in folder.glob(f"*-{edition_id}.parquet")]
    number = own[0] if own else f"{len(list(folder.glob('*.parquet'))) + 1:06d}"
    buffer = io.BytesIO()
    rows.to_parquet(buffer, index=False, compression="zstd")
    write_atomically(folder / f"{number}-{edition_id}.parquet", buffer.getvalue())


def released_rows(protected: Protected, indicator: str, units: Sequence[str], times: pd.DatetimeIndex) -> pd.DataFrame:
    """One row per figure that is shown or withheld; `value` is what readers see, NaN where it is withheld."""
    unit, time = np.nonzero(np.isfinite(protected.history) | protected.withheld)
    return pd.DataFrame(
        {
            "indicator": indicator,
            "unit": np.asarray(units, dtype=object)[unit],
            "time": times[time],
            "withheld": protected.withheld[unit, time],
            "value": protected.history[unit, time],
        }
    )


def earlier_histories(releases: pd.DataFrame, indicator: str, units: Sequence[str], times: pd.DatetimeIndex) -> Earlier:
    """What earlier editions said of one indicator's figures, on a grid of units and times."""
    rows = releases[releases["indicator"].eq(indicator)]
    unit = pd.Index(list(units)).get_indexer(rows["unit"])
    time = times.get_indexer(pd.DatetimeIndex(rows["time"]))
    return _on_grid(unit, time, rows["withheld"], rows["value"], shape=(len(units), len(times)))


def _on_grid(
    row: np.ndarray, column: np.ndarray, withheld: pd.Series, value: pd.Series, *, shape: tuple[int, int]
) -> Earlier:
    """Where figures were hidden and shown, with the value that stands last; rows off the grid are left out."""
    hidden, shown, last = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool), np.full(shape, np.nan)
    on, withholds = (row >= 0) & (column >= 0), withheld.to_numpy(dtype=bool)
    hidden[row[on & withholds], column[on & withholds]] = True
    on &= ~withholds
    shown[row[on], column[on]] = True
    last[row[on], column[on]] = value.to_numpy(dtype=float)[on]
    return Earlier(hidden, shown, last)


@dataclass(frozen=True)
class ReleasedStretch:
    """What was shown of the nationalities of one indicator in a stretch of periods.

    Attributes:
        units: Units that it was shown for; it is never shown for others.
        earlier: Figures withheld and shown, each of shape (group, unit).
    """

    units: tuple[str, ...]
    earlier: Earlier


@dataclass(frozen=True)
class NationalityReleases:
    """All that was shown of nationalities: rows as in `NATIONALITY_COLUMNS`, the edition derived first on top."""

    rows: pd.DataFrame
    freq: Freq

    @cached_property
    def _by_indicator(self) -> dict[str, pd.DataFrame]:
        first = period_numbers(pd.DatetimeIndex(self.rows["period_start"]), self.freq)
        return {str(name): rows for name, rows in self.rows.assign(first=first).groupby("indicator")}

    def stretch(self, indicator: str, first: int, size: int, codes: Sequence[str]) -> ReleasedStretch | None:
        """What was shown of a stretch.

        Args:
            indicator: Its indicator.
            first: Number of its first period since 1970.
            size: How many periods it has.
            codes: The nationalities of each group, as `codes_of` has them.

        Returns:
            No units where nothing was shown yet. None where periods of it were shown in another stretch or by other
            groups: what both say would differ by fewer periods or nationalities.
        """
        rows = self._by_indicator.get(indicator, self.rows.iloc[:0].assign(first=0))
        rows = rows[(rows["first"] < first + size) & (rows["first"] + rows["periods"] > first)]
        if rows.empty:
            return ReleasedStretch((), nothing_earlier((len(codes), 0)))
        same = rows["first"].eq(first).all() and rows["periods"].eq(size).all()
        if not same or set(rows["codes"]) != set(codes):
            return None
        units = list(dict.fromkeys(rows["unit"]))
        group, unit = pd.Index(codes).get_indexer(rows["codes"]), pd.Index(units).get_indexer(rows["unit"])
        shape = (len(codes), len(units))
        return ReleasedStretch(tuple(units), _on_grid(group, unit, rows["withheld"], rows["count"], shape=shape))


def codes_of(nationalities: Sequence[str]) -> str:
    """A group by what it holds, as its name may come to mean other nationalities."""
    return " ".join(sorted(nationalities))

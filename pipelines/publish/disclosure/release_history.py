"""What was shown and withheld, edition by edition: published figures can't be taken back, so they are remembered."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pipelines.publish.disclosure.suppression.protect import Earlier, Protected
from pipelines.store.atomic import write_atomically

COLUMNS = ("indicator", "unit", "time", "withheld", "value")


def ledger_table(protected: Protected, indicator: str, units: Sequence[str], times: pd.DatetimeIndex) -> pd.DataFrame:
    """One row per figure that was shown or withheld; `value` is what readers saw, NaN where it was withheld."""
    told = np.isfinite(protected.history) | protected.withheld
    unit, time = np.nonzero(told)
    return pd.DataFrame(
        {
            "indicator": indicator,
            "unit": np.asarray(units, dtype=object)[unit],
            "time": times[time],
            "withheld": protected.withheld[unit, time],
            "value": protected.history[unit, time],
        }
    )


def write_ledger(path: Path, tables: Sequence[pd.DataFrame]) -> None:
    """Keep what one edition showed. It holds what partners see and which figures were withheld, never their values."""
    buffer = io.BytesIO()
    pd.concat(tables, ignore_index=True).to_parquet(buffer, index=False, compression="zstd")
    write_atomically(path, buffer.getvalue())


def read_ledgers(folder: Path) -> pd.DataFrame:
    """What all editions so far showed, the one derived first on top; empty at first."""
    paths = sorted(folder.glob("*.parquet"), key=lambda p: p.name)
    if not paths:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat([pd.read_parquet(p) for p in paths], ignore_index=True)


def earlier(ledger: pd.DataFrame, indicator: str, units: Sequence[str], times: pd.DatetimeIndex) -> Earlier:
    """What the ledger says of one indicator's figures, on a grid of units and times."""
    mine = ledger[ledger["indicator"].eq(indicator)]
    row = pd.Index(list(units)).get_indexer(mine["unit"])
    column = times.get_indexer(pd.DatetimeIndex(mine["time"]))
    on = (row >= 0) & (column >= 0)
    row, column, mine = row[on], column[on], mine[on]
    shape = (len(units), len(times))
    hidden, shown, value = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool), np.full(shape, np.nan)
    withheld = mine["withheld"].to_numpy(dtype=bool)
    hidden[row[withheld], column[withheld]] = True
    shown[row[~withheld], column[~withheld]] = True
    value[row[~withheld], column[~withheld]] = mine["value"].to_numpy(dtype=float)[~withheld]  # the last one stands
    return Earlier(hidden, shown, value)

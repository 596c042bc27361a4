"""Figures of the cells that agree with all that partners see and rest on nothing else: what they are told is made of.

Whatever is computed from these figures can't tell more of a withheld count than what is shown tells already: it is a
function of it ("post-processing"; Dwork & Roth 2014, proposition 2.1, states it for a stronger guarantee).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pipelines.compute.workers import Progress
from pipelines.editions.edition import Edition
from pipelines.observations.schema import COLUMNS, TOTAL
from pipelines.publish.disclosure.protect import CountsByUnit, unit_members
from pipelines.store.periods import period_ends

SOURCE = "released"
NEAR = 8  # periods before and after: a cell's shown counts there say how much of a withheld sum is its own
ROUNDS, TOLERANCE = 200, 1e-6
COMPLETION_STEP = 0.05  # of the share by which recent figures are completed: one number for all places of a period
COMPLETION_COUNTS = 100.0  # a smaller total has none: a single count could be read from it


@dataclass(frozen=True)
class ReleasedFigures:
    """All that a profile's forecasts are made from, beside the pack, the settings and partners' own forecasts."""

    manifest: Mapping[str, Any]  # of the edition: its settings and seed, its period, and what was stated
    observations: pd.DataFrame  # canonical columns, a row per known figure of a cell
    before: Edition | None  # what partners saw of an earlier period


@dataclass(frozen=True)
class ReleasedForecast:
    """What was made from them: as in an edition, before anything is left out."""

    forecast: xr.Dataset
    tables: Mapping[str, pd.DataFrame]
    facts: Mapping[str, Any]  # of the manifest


ReleasedForecaster = Callable[[ReleasedFigures, Progress], ReleasedForecast]


def released_observations(edition: Edition, partner: np.ndarray, thresholds: Mapping[str, int]) -> pd.DataFrame:
    """One row per known figure of a cell, completed where it is recent.

    Args:
        edition: For how units add up, which of their figures are known, and how complete recent totals are.
        partner: Histories as partners see them (indicator, unit, time), NaN where withheld or unknown.
        thresholds: Of each indicator, counts from 1 to below it are at risk.
    """
    forecast, times = edition.forecast, pd.DatetimeIndex(edition.forecast["time"].to_numpy())
    members, finest = unit_members(forecast["unit"].to_numpy(), edition.cube)
    places = {c: edition.cube[c].to_numpy() for c in ("segment", "route")}
    history = forecast["history"].sel(nationality=TOTAL).transpose("indicator", "unit", "time").to_numpy()
    tables = []
    for indicator, known, shown in zip(forecast["indicator"].to_numpy(), history, partner, strict=True):
        grid = CountsByUnit(known, members, finest, np.ones(len(known), dtype=bool))
        counts = fill_withheld(grid, shown, most=thresholds[str(indicator)] - 1)
        counts = counts * completion_shares(edition, str(indicator))
        cell, time = np.nonzero(np.isfinite(counts))
        row = {
            "source": SOURCE,
            "indicator": str(indicator),
            "route": places["route"][cell],
            "place_kind": "segment",
            "place": places["segment"][cell],
            "lon": np.nan,
            "lat": np.nan,
            "nationality": TOTAL,
            "period_start": times[time],
            "period": forecast.attrs["freq"],
            "count": counts[cell, time],
            "missing_reason": None,
            "count_upper": pd.NA,
            "status": "final",
        }
        delay = edition.manifest["indicators"][str(indicator)]["delay_days"]
        ends = period_ends(times[time], forecast.attrs["freq"])
        tables.append(pd.DataFrame(row).assign(as_of=ends + pd.Timedelta(days=delay), as_of_assumed=True))
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def fill_withheld(grid: CountsByUnit, shown: np.ndarray, *, most: float) -> np.ndarray:
    """Counts of all known cells that add up to every figure shown, by iterative proportional fitting.

    Where nothing tells them apart, withheld counts share what is left of a shown sum in the ratio of what their cells
    showed in the periods around (`NEAR`). Those in no shown sum are what withheld counts usually are: the mean of what
    is left of all shown sums by withheld cell.

    Args:
        grid: How units add up, and which figures are known; no count of it is read.
        shown: Figures as partners see them (unit, time).
        most: The largest count that is withheld for itself.

    Returns:
        Counts (cell, time), NaN where unknown.

    Source:
        Deming & Stephan (1940), "On a least squares adjustment of a sampled frequency table".
    """
    known = np.isfinite(grid.history)[grid.finest]
    cells = shown[grid.finest]
    withheld = known & np.isnan(cells)
    sums = list(_shown_sums(grid, shown, withheld, cells))
    left, parts = (sum(float(v.sum()) for v in values) for values in ([r for _, _, r in sums], [o for _, o, _ in sums]))
    usual = min(max(left / parts, 1.0), most) if parts else 1.0
    near = _counts_around(cells)
    counts = np.where(withheld, np.where(np.isfinite(near), near, usual), cells)
    in_a_sum = np.zeros_like(withheld)
    for where, open_, _ in sums:
        in_a_sum[where] |= open_
    counts[withheld & ~in_a_sum] = usual
    for _ in range(ROUNDS):
        worst = 0.0
        for where, open_, rest in sums:
            block = counts[where]
            now = np.where(open_, block, 0.0).sum(axis=0)
            factor = np.divide(rest, now, out=np.ones_like(rest), where=now > 0)
            counts[where] = np.where(open_, block * factor, block)
            worst = max(worst, float(np.max(np.abs(now - rest) / np.maximum(rest, 1.0), initial=0.0)))
        if worst < TOLERANCE:
            break
    return np.where(known, counts, np.nan)


def _counts_around(cells: np.ndarray) -> np.ndarray:
    """Mean of the counts that each cell showed in the periods around each one, zeros left out; NaN without any."""
    seen = np.where(np.isfinite(cells) & (cells > 0), cells, 0.0)
    edge = np.zeros((len(cells), 1))
    total, number = (np.concatenate([edge, np.cumsum(v, axis=1)], axis=1) for v in (seen, (seen > 0).astype(float)))
    at = np.arange(cells.shape[1])
    first, last = np.maximum(at - NEAR, 0), np.minimum(at + NEAR + 1, cells.shape[1])
    count = number[:, last] - number[:, first]
    return np.where(count > 0, (total[:, last] - total[:, first]) / np.maximum(count, 1.0), np.nan)


def _shown_sums(
    grid: CountsByUnit, shown: np.ndarray, withheld: np.ndarray, cells: np.ndarray
) -> Iterator[tuple[Any, np.ndarray, np.ndarray]]:
    """Of each shown sum with withheld parts: its block (cell, time), which of it is open, and what is left."""
    for unit, held in enumerate(grid.cells):
        rows = np.flatnonzero(held)
        columns = np.flatnonzero(np.isfinite(shown[unit]) & withheld[rows].any(axis=0))
        if not len(columns):
            continue
        where = np.ix_(rows, columns)
        rest = shown[unit, columns] - np.nansum(cells[where], axis=0)
        yield where, withheld[where], np.maximum(rest, 0.0)


def completion_shares(edition: Edition, indicator: str) -> np.ndarray:
    """By how much all figures of a period are completed (time,): that of the region's total, in steps of 5 %."""
    total = edition.forecast.sel(indicator=indicator, nationality=TOTAL, unit="total")
    reported, whole = total["history"].to_numpy(), total["nowcast"].to_numpy() if "nowcast" in total else None
    if whole is None:
        return np.ones(len(reported))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.round(whole / reported / COMPLETION_STEP) * COMPLETION_STEP
    return np.where((reported >= COMPLETION_COUNTS) & np.isfinite(share), share, 1.0)

"""The year ahead: sums of joint draws over quarters and the year, and the chance that they exceed named levels."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.quantile_functions import draws_ranked_as, quantiles_of
from forecasting.risk.exceedance import above
from geo.region.region import PERIODS_A_YEAR, Freq

QUARTERS = 4  # of a year
YEARS = 5  # past years that the highest sum is looked for in
RANGES = {"q025": 0.025, "q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "q975": 0.975}
LEVELS = ("last_year", "highest", "planned")  # what a sum is held against
BLOCK = 64  # units whose draws of the baseline are made at once


@dataclass(frozen=True)
class Span:
    """Periods that are summed: a `quarter`, the `year`, or the whole `reach` of a forecast of less than a year."""

    kind: str
    number: int
    first: int  # horizon
    last: int

    @property
    def periods(self) -> int:
        """How many are summed."""
        return self.last - self.first + 1


def spans(horizon: int, freq: Freq) -> list[Span]:
    """Whole quarters of the coming year as far as the forecast reaches, and then the year or all that it reaches.

    Example:
        >>> [(s.kind, s.first, s.last) for s in spans(6, "M")]
        [('quarter', 1, 3), ('quarter', 4, 6), ('reach', 1, 6)]
        >>> [s.kind for s in spans(60, "W")], spans(60, "W")[-1].last
        (['quarter', 'quarter', 'quarter', 'quarter', 'year'], 52)
    """
    year = PERIODS_A_YEAR[freq]
    reach, quarter = min(horizon, year), year // QUARTERS
    found = [Span("quarter", n + 1, n * quarter + 1, (n + 1) * quarter) for n in range(reach // quarter)]
    return [*found, Span("year" if reach == year else "reach", 1, 1, reach)]


def past_sums(counts: np.ndarray, span: Span, *, year: int) -> np.ndarray:
    """Sums (unit, years back) of a span's periods one to five years earlier; NaN where a period is unknown.

    `counts` (unit, time) end at the cutoff; `year` is a year's periods.

    Example:
        >>> months = np.arange(1.0, 25.0)[None]  # the second year's first quarter is 13 + 14 + 15
        >>> past_sums(months, Span("quarter", 1, 1, 3), year=12)[0].tolist()
        [42.0, 6.0, nan, nan, nan]
    """
    end = counts.shape[1]
    found = np.full((len(counts), YEARS), np.nan)
    for back in range(1, YEARS + 1):
        start = end + span.first - 1 - back * year
        if start >= 0 and start + span.periods <= end:
            found[:, back - 1] = counts[:, start : start + span.periods].sum(axis=1)
    return found


def outlook_rows(
    draws: xr.DataArray, baseline: xr.DataArray, history: xr.Dataset, capacity: xr.DataArray
) -> pd.DataFrame:
    """One row per (unit, span, model): the sum's mean and ranges, what it is held against, chances of exceeding that.

    Args:
        draws: What is published (unit, horizon, draw), joint over the horizons; a unit without a forecast is left out.
        baseline: Its quantiles (unit, horizon, quantile), summed with the ranks of the same draws.
        history: `count` (unit, time) of these units up to the cutoff, NaN = unknown; `attrs["freq"]`.
        capacity: Planned capacity a period (unit,), NaN without one.

    Returns:
        Columns `unit span number first_horizon last_horizon model_id mean`, those of `RANGES`; `last_year` (sum of the
        same periods a year earlier), `highest` (largest such sum of the last five years, of `years` that are known in
        full), `planned` (capacity times the periods); `chance_…` of each, NaN where it is unknown.
    """
    freq = history.attrs["freq"]
    known = np.isfinite(draws.to_numpy()).all(axis=(1, 2))
    units = draws["unit"].to_numpy()[known]
    counts = history["count"].sel(unit=units).transpose("unit", "time").to_numpy()
    places = capacity.sel(unit=units).to_numpy()
    all_spans = spans(draws.sizes["horizon"], freq)
    parts = []
    for at in range(0, len(units), BLOCK):
        block = slice(at, at + BLOCK)
        ours = draws.sel(unit=units[block]).transpose("unit", "horizon", "draw").to_numpy()
        quantiles = baseline.sel(unit=units[block]).transpose("unit", "horizon", "quantile").to_numpy()
        for model, values in (("routecast", ours), ("baseline", draws_ranked_as(quantiles, ours))):
            for span in all_spans:
                sums = values[:, span.first - 1 : span.last].sum(axis=1)
                levels = _levels(counts[block], places[block], span, year=PERIODS_A_YEAR[freq])
                parts.append(_rows(units[block], sums, span, levels).assign(model_id=model))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _levels(counts: np.ndarray, capacity: np.ndarray, span: Span, *, year: int) -> dict[str, np.ndarray]:
    """What a span's sums are held against (unit,), and the number of past years that are known."""
    past = past_sums(counts, span, year=year)
    known = np.isfinite(past)
    highest = np.where(known.any(axis=1), np.where(known, past, -np.inf).max(axis=1), np.nan)
    levels = (past[:, 0], highest, capacity * span.periods)
    return {**dict(zip(LEVELS, levels, strict=True)), "years": known.sum(axis=1)}


def _rows(units: np.ndarray, sums: np.ndarray, span: Span, levels: dict[str, np.ndarray]) -> pd.DataFrame:
    """Rows of a span's sums (unit, draw)."""
    places = {"unit": units.astype(object), "span": span.kind, "number": span.number}
    places |= {"first_horizon": span.first, "last_horizon": span.last, "mean": sums.mean(axis=1)}
    quantiles = dict(zip(RANGES, quantiles_of(sums, list(RANGES.values())).T, strict=True))
    chances = {}
    for name in LEVELS:
        share = (above(sums, levels[name][:, None]) > 0).mean(axis=1)
        chances[f"chance_{name}"] = np.where(np.isfinite(levels[name]), share, np.nan)
    return pd.DataFrame({**places, **quantiles, **levels, **chances})

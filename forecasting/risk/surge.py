"""Surges: how likely one is, and the warnings of past cutoffs scored against the usual rate and the baseline."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import LAST_PERIODS, last_mean
from forecasting.evaluate.scores import FLOOR, WARNING_COLUMNS, shrunk_ratio
from forecasting.risk.exceedance import above, exceedance_probability

SURGE_FACTOR = 1.5
PRIOR_WINDOWS = 20  # a unit's own rate weighs n / (n + 20), that of all units the rest
SCORE_COLUMNS = (
    *("model", "level", "horizon", "n", "surges", "brier", "brier_climatology", "brier_baseline"),
    *("skill", "skill_to_baseline"),
)


def surge_probability(draws: xr.DataArray, history: xr.Dataset) -> xr.DataArray:
    """Share of draws (unit, horizon) above 1.5 × the mean of the known figures of the last four periods.

    NaN where none of them is known, or the mean is 0. Draws count as whole numbers: with a usual level of 0.25 a draw
    of 0.4 is a zero, no surge.
    """
    usual = _usual(history).sel(unit=draws["unit"])
    return exceedance_probability(draws, SURGE_FACTOR * usual.where(usual > 0))


def surged(observed: xr.DataArray, history: xr.Dataset) -> xr.DataArray:
    """Whether counts (unit, horizon) are above 1.5 × the mean of the known ones of the last four periods: 1 or 0.

    NaN where the count is unknown or that mean is 0 or unknown: then no surge can be told.
    """
    usual = _usual(history).sel(unit=observed["unit"])
    limit = SURGE_FACTOR * usual.sel(unit=observed["unit"])
    happened = above(observed.transpose("unit", ...).to_numpy(), limit.to_numpy()[:, None]) > 0
    return observed.transpose("unit", ...).copy(data=happened.astype(float)).where(np.isfinite(observed) & (limit > 0))


def _usual(history: xr.Dataset) -> xr.DataArray:
    """The level (unit) that a surge is counted from."""
    counts = history["count"].transpose("unit", "time").to_numpy()
    return xr.DataArray(last_mean(counts), dims="unit", coords={"unit": history["unit"].to_numpy()})


def usual_surge_rate(history: xr.Dataset, horizon: int) -> xr.DataArray:
    """How often the count so many periods later was a surge, over the history: the warning that knows no model.

    With few windows a unit's share (unit, horizon) leans on that of all units; NaN where no window of any is known.
    """
    counts = history["count"].transpose("unit", "time").to_numpy()
    padded = np.pad(counts, ((0, 0), (LAST_PERIODS - 1, 0)), constant_values=np.nan)
    usual = last_mean(np.lib.stride_tricks.sliding_window_view(padded, LAST_PERIODS, axis=1))  # (unit, time)
    own, n = np.zeros((len(counts), horizon)), np.zeros((len(counts), horizon))
    for h in range(1, min(horizon, counts.shape[1] - 1) + 1):
        before, after = usual[:, :-h], counts[:, h:]
        known = np.isfinite(after) & (before > 0)
        own[:, h - 1] = (known & (above(after, SURGE_FACTOR * before) > 0)).sum(axis=1)
        n[:, h - 1] = known.sum(axis=1)
    total = n.sum(axis=0)
    everyone = np.where(total > 0, own.sum(axis=0) / np.maximum(total, 1), np.nan)
    rate = (own + PRIOR_WINDOWS * everyone) / (n + PRIOR_WINDOWS)
    coords = {"unit": history["unit"].to_numpy(), "horizon": np.arange(1, horizon + 1)}
    return xr.DataArray(rate, dims=("unit", "horizon"), coords=coords)


def warning_frame(warnings: Mapping[str, xr.DataArray], *, origin_date: pd.Timestamp) -> pd.DataFrame:
    """One cutoff's warnings, long: `unit, horizon, origin_date` and the given (unit, horizon) columns; no unknowns."""
    table = xr.Dataset(dict(warnings)).to_dataframe().reset_index()
    columns = ["unit", "horizon", *warnings]
    return table[columns].dropna().assign(origin_date=origin_date).reset_index(drop=True)


def surge_scores(warnings: pd.DataFrame, level_of: Mapping[str, str]) -> pd.DataFrame:
    """Brier scores per model, level and horizon, and their skill: 1 − score ÷ reference's score, NaN where that is 0.

    Source:
        Brier (1950), Monthly Weather Review 78, 1–3; skill: Wilks, Statistical Methods in the Atmospheric Sciences.
    """
    squares = _squares(warnings).assign(level=warnings["unit"].map(dict(level_of)))
    tables = []
    for model, column in WARNING_COLUMNS.items():
        grouped = squares.groupby(["level", "horizon"])
        means = grouped[[*WARNING_COLUMNS.values(), "climatology"]].mean()
        table = pd.DataFrame({"n": grouped.size(), "surges": grouped["surged"].sum().astype(int)})
        table["brier"] = means[column]
        table["brier_climatology"] = means["climatology"]
        table["brier_baseline"] = means["baseline_probability"]
        table["skill"] = _skill(table["brier"], table["brier_climatology"])
        table["skill_to_baseline"] = _skill(table["brier"], table["brier_baseline"])
        tables.append(table.reset_index().assign(model=model))
    return pd.concat(tables, ignore_index=True)[list(SCORE_COLUMNS)]


def earned(warnings: pd.DataFrame, level_of: Mapping[str, str]) -> pd.DataFrame:
    """Which warnings may be shown: where the Brier score beat the usual rate's.

    log r = (n · log r_own + 8 · log r_level) / (n + 8), over n cutoffs, r the ratio of mean Brier scores to the usual
    rate's, of the unit at that horizon and of its level at it.

    Returns:
        Frame indexed by (unit, horizon): `skill` (1 − r), `earned` (bool: skill > 0).
    """
    squares = _squares(warnings).assign(level=warnings["unit"].map(dict(level_of)))
    columns = [WARNING_COLUMNS["routecast"], "climatology"]
    own = squares.groupby(["unit", "horizon"])[columns].mean() + FLOOR
    n = squares.groupby(["unit", "horizon"]).size()
    pooled = squares.groupby(["level", "horizon"])[columns].mean() + FLOOR
    log_own, log_level = (np.log(t[columns[0]] / t["climatology"]) for t in (own, pooled))
    ratio = shrunk_ratio(log_own, log_level, n.to_numpy(), level_of)
    return pd.DataFrame({"skill": 1.0 - ratio, "earned": ratio < 1.0}, index=own.index)


def _squares(warnings: pd.DataFrame) -> pd.DataFrame:
    """Squared errors in place of the probabilities."""
    columns = [*WARNING_COLUMNS.values(), "climatology"]
    errors = warnings[columns].sub(warnings["surged"], axis=0) ** 2
    return warnings.assign(**{column: errors[column] for column in columns})


def _skill(score: pd.Series, reference: pd.Series) -> pd.Series:
    return 1.0 - score / reference.where(reference > 0)

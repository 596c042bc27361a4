"""How good forecasts were: interval score, error, coverage, skill against the baseline, reliability of chances."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import ALL_HORIZONS, QUANTILE_LEVELS, ContractError
from forecasting.base.quantile_functions import LEVELS, MEDIAN, mid_ranks

PRIOR_CUTOFFS = 8  # a unit's own log ratio weighs n / (n + 8), its level's pooled one the rest
NEAR = 2  # horizons to either side that a unit's own ratio is measured over
FLOOR = 0.005  # log1p units added to both mean scores: two all but perfect forecasts have no ratio
BINS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
WARNING_COLUMNS = {"routecast": "probability", "baseline": "baseline_probability"}  # model → its column
RELIABILITY_COLUMNS = (
    *("model", "level", "horizon", "bin_low", "bin_high", "n", "mean_probability", "observed_share"),
    *("cutoffs", "observed_low", "observed_high"),
)
RANGE_SCORE = 1.645  # normal score of a 90 % range
A = TypeVar("A", np.ndarray, xr.DataArray)


def wis(observed: A, quantiles: A) -> A:
    """Weighted interval score: mean over the 23 levels of twice the pinball loss.

    Args:
        observed: Counts (…); NaN = unknown.
        quantiles: Counts (…, 23), or with a dimension `quantile`.

    Returns:
        Score (…) in counts, ≥ 0, lower is better; NaN where the observation or a quantile is.

    Source:
        Bracher et al. (2021), PLOS Comput. Biol. 17(2) e1008618, in its form as a mean of pinball losses.

    Example:
        >>> round(float(wis(np.array(3.0), np.full(23, 1.0))), 9)  # a point forecast: the absolute error
        2.0
    """
    return _over_levels(_pinball_mean, observed, quantiles)


def wis_log1p(observed: A, quantiles: A) -> A:
    """Weighted interval score of log1p counts: relative errors count alike at every size.

    Source:
        Bosse et al. (2023), PLOS Comput. Biol. 19(8) e1011393.
    """
    return _over_levels(lambda y, q: _pinball_mean(np.log1p(y), np.log1p(q)), observed, quantiles)


def ae(observed: A, quantiles: A) -> A:
    """Absolute error of the median, in counts."""
    return _over_levels(lambda y, q: np.abs(q[..., MEDIAN] - y), observed, quantiles)


def covered(observed: A, quantiles: A, level: float) -> A:
    """Whether the central interval of `level` (for example 0.95) holds the observation: 1 or 0, NaN = unknown.

    Raises:
        ContractError: the interval's ends are not among the 23 levels.
    """
    low, high = _ends(level)

    def inside(y: np.ndarray, q: np.ndarray) -> np.ndarray:
        """1 where the interval holds the count, 0 where not, NaN where either is unknown."""
        hit = (y >= q[..., low]) & (y <= q[..., high])
        return np.where(np.isnan(y) | np.isnan(q[..., low]), np.nan, hit.astype(float))

    return _over_levels(inside, observed, quantiles)


def score_frame(
    quantiles: xr.DataArray,
    observed: xr.DataArray,
    *,
    model: str,
    origin_date: pd.Timestamp,
    vintages: str = "pseudo",
    locations: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Scores of one model at one cutoff, long; rows without an observation or a forecast are left out.

    `mid_rank` is the middle of the rank that what came spans: coverage told by it is not filled by zeros.

    Args:
        quantiles: Counts (unit, horizon, quantile).
        observed: Counts (unit, horizon), NaN = not (yet) observed.
        model: Published id.
        origin_date: First day of the last period seen.
        vintages: `real` or `pseudo` (design §4.1).
        locations: Names of the units as published, if not their ids.
    """
    q = quantiles.transpose("unit", "horizon", "quantile").to_numpy()
    y = observed.transpose("unit", "horizon").to_numpy()
    names = np.asarray(quantiles["unit"].to_numpy() if locations is None else locations, dtype=object)
    keys = {"model": model, "location": np.repeat(names, y.shape[1])}
    keys |= {"horizon": np.tile(quantiles["horizon"].to_numpy(), len(names)), "origin_date": pd.Timestamp(origin_date)}
    scores = {"wis_log1p": wis_log1p(y, q), "wis": wis(y, q), "ae": ae(y, q)}
    scores |= {"covered_50": covered(y, q, 0.5), "covered_95": covered(y, q, 0.95), "mid_rank": mid_ranks(y, q)}
    frame = pd.DataFrame({**keys, **{name: values.ravel() for name, values in scores.items()}, "vintages": vintages})
    return frame.dropna(subset=["wis"]).reset_index(drop=True)


def observed_ahead(history: xr.Dataset, origin_date: pd.Timestamp, horizon: int) -> xr.DataArray:
    """Counts (unit, horizon) of the periods after `origin_date`; NaN where a later period is not in `history`."""
    times = history["time"].to_numpy()
    start = int(np.searchsorted(times, np.datetime64(origin_date), side="right"))
    ahead = history["count"].to_numpy()[:, start : start + horizon]
    values = np.full((history.sizes["unit"], horizon), np.nan)
    values[:, : ahead.shape[1]] = ahead
    coords = {"unit": history["unit"].to_numpy(), "horizon": np.arange(1, horizon + 1)}
    return xr.DataArray(values, dims=("unit", "horizon"), coords=coords)


def _pinball_mean(observed: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    error = observed[..., None] - quantiles
    return 2 * np.maximum(LEVELS * error, (LEVELS - 1) * error).mean(axis=-1)


def _over_levels(function: Callable[[np.ndarray, np.ndarray], np.ndarray], observed: A, quantiles: A) -> A:
    """Apply a numpy function of (…) and (…, 23); labelled arrays are aligned by name."""
    result: A = xr.apply_ufunc(function, observed, quantiles, input_core_dims=[[], ["quantile"]], join="exact")
    return result


def _ends(level: float) -> tuple[int, int]:
    tails = [round((1 - level) / 2, 6), round((1 + level) / 2, 6)]
    missing = [tail for tail in tails if tail not in QUANTILE_LEVELS]
    if missing:
        raise ContractError(f"covered: the interval {level} needs the levels {tails}; {missing} is not published.")
    return QUANTILE_LEVELS.index(tails[0]), QUANTILE_LEVELS.index(tails[1])


def relative_skill(
    scores: pd.DataFrame, level_of: Mapping[str, str], *, model: str = "routecast", baseline: str = "baseline"
) -> pd.DataFrame:
    """WIS (log1p) ratio of a model to the baseline per location and horizon, shrunk towards the level's.

    log r = (n · log r_own + 8 · log r_level) / (n + 8), with n cutoffs scored for both, r_own and r_level ratios of
    mean scores: the location's own over the horizons within 2 of this one (few cutoffs say little of one alone), the
    level's over its locations at this horizon.

    Returns:
        Frame indexed by (location, horizon): `skill` (ratio, < 1 is better), `n_cutoffs`, `no_better` (bool:
        the shrunk ratio is ≥ 1). Locations without common scores are absent: nothing says that they are better.
    """
    pairs = _paired(scores, model, baseline)
    if pairs.empty:
        return pd.DataFrame({"skill": [], "n_cutoffs": [], "no_better": pd.Series(dtype=bool)})
    pairs["level"] = pairs["location"].map(dict(level_of))
    own = pairs.groupby(["location", "horizon"])[["model_score", "baseline_score"]].mean()
    counts = pairs.groupby(["location", "horizon"]).size()
    pooled = pairs.groupby(["level", "horizon"])[["model_score", "baseline_score"]].mean()
    log_own = _log_ratio(_over_near_horizons(own))
    n = counts.reindex(own.index).to_numpy()
    skill = shrunk_ratio(log_own, _log_ratio(pooled), n, level_of)
    return pd.DataFrame({"skill": skill, "n_cutoffs": n, "no_better": skill >= 1.0}, index=own.index)


def shrunk_ratio(own: pd.Series, pooled: pd.Series, n: np.ndarray, level_of: Mapping[str, str]) -> np.ndarray:
    """Ratios from log ratios by (unit, horizon), of n cutoffs each, that weigh n / (n + 8), and by (level, horizon)."""
    levels = own.index.get_level_values(0).map(dict(level_of))
    keys = pd.MultiIndex.from_arrays([levels, own.index.get_level_values("horizon")])
    logs = (n * own.to_numpy() + PRIOR_CUTOFFS * pooled.reindex(keys).to_numpy()) / (n + PRIOR_CUTOFFS)
    return np.asarray(np.exp(logs))


def _over_near_horizons(means: pd.DataFrame) -> pd.DataFrame:
    """Mean scores (location, horizon) averaged over the horizons within `NEAR` of each; the same index."""
    shifted = [means.rename(index=lambda h, by=d: h + by, level="horizon") for d in range(-NEAR, NEAR + 1)]
    return pd.concat(shifted).groupby(level=["location", "horizon"]).mean().reindex(means.index)


def pooled_ratio(
    scores: pd.DataFrame, *, model: str = "routecast", baseline: str = "baseline", score: str = "wis_log1p"
) -> float:
    """Ratio of mean scores over all locations, horizons and cutoffs that both models have; NaN without any."""
    pairs = _paired(scores, model, baseline, score)
    if pairs.empty or pairs["baseline_score"].mean() == 0:
        return float("nan")
    return float(pairs["model_score"].mean() / pairs["baseline_score"].mean())


def _paired(scores: pd.DataFrame, model: str, baseline: str, score: str = "wis_log1p") -> pd.DataFrame:
    keys = ["location", "horizon", "origin_date"]
    ours = scores.loc[scores["model"] == model, [*keys, score]].rename(columns={score: "model_score"})
    theirs = scores.loc[scores["model"] == baseline, [*keys, score]].rename(columns={score: "baseline_score"})
    return ours.merge(theirs, on=keys)


def _log_ratio(means: pd.DataFrame) -> pd.Series:
    return np.log((means["model_score"] + FLOOR) / (means["baseline_score"] + FLOOR))


def reliability(warnings: pd.DataFrame, level_of: Mapping[str, str], *, event: str) -> pd.DataFrame:
    """Per model, level, horizon and bin of probability: how many chances, their mean, and how often it came.

    The warnings hold `unit, horizon, origin_date`, the columns of `WARNING_COLUMNS` and the event (1: it came, 0), no
    unknowns. Rows of horizon `ALL_HORIZONS` hold all lead times together. Chances of one cutoff err together, so the
    90 % range of the share that came (`observed_low`, `observed_high`) is by the `cutoffs`.

    Source:
        Murphy & Winkler (1977), Applied Statistics 26, 41-47; ranges: Wilson (1927), JASA 22, 209-212.
    """
    tables = []
    warnings = pd.concat([warnings, warnings.assign(horizon=ALL_HORIZONS)], ignore_index=True)
    for model, column in WARNING_COLUMNS.items():
        which = np.clip(np.searchsorted(BINS, warnings[column], side="right") - 1, 0, len(BINS) - 2)
        keys = [warnings["unit"].map(dict(level_of)).rename("level"), warnings["horizon"], pd.Series(which, name="bin")]
        grouped = warnings.groupby(keys)
        table = grouped.agg(n=(event, "size"), mean_probability=(column, "mean"), observed_share=(event, "mean"))
        each = warnings.groupby([*keys, "origin_date"])[event].agg(["sum", "size"])
        table = table.join(_by_cutoffs(each, table["observed_share"])).reset_index()
        edges = np.array(BINS)
        table = table.assign(model=model, bin_low=edges[table["bin"]], bin_high=edges[table["bin"] + 1])
        tables.append(table)
    return pd.concat(tables, ignore_index=True)[list(RELIABILITY_COLUMNS)]


def _by_cutoffs(each: pd.DataFrame, share: pd.Series) -> pd.DataFrame:
    """How many cutoffs stand behind shares, and their 90 % ranges: `cutoffs, observed_low, observed_high`.

    Wilson's interval of as many independent chances as the scatter between cutoffs is worth; of as many as there are
    cutoffs, where nothing scatters.

    Args:
        each: `sum` of what came and `size`, by the index of the shares and the cutoff.
        share: What came of all.
    """
    names = list(share.index.names)
    left = (each["sum"] - each["size"] * share.reindex(each.index.droplevel(-1)).to_numpy()) ** 2
    cutoffs, squares, n = (
        v.groupby(names).agg(how) for v, how in ((left, "size"), (left, "sum"), (each["size"], "sum"))
    )
    variance = squares * cutoffs / np.maximum(cutoffs - 1, 1) / n**2
    scatters = (variance > 0) & (cutoffs > 1)
    worth = np.where(scatters, np.clip(share * (1 - share) / variance.where(scatters, 1.0), 1.0, n), cutoffs)
    z2 = RANGE_SCORE**2 / worth
    middle, half = (share + z2 / 2) / (1 + z2), np.sqrt(z2 * (share * (1 - share) + z2 / 4)) / (1 + z2)
    return pd.DataFrame({"cutoffs": cutoffs, "observed_low": middle - half, "observed_high": middle + half})

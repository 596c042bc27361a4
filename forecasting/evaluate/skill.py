"""Measured skill against the baseline, per unit and horizon, with few cutoffs leaning on the unit's level."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

PRIOR_CUTOFFS = 8  # a unit's own log ratio weighs n / (n + 8), its level's pooled one the rest
NEAR = 2  # horizons to either side that a unit's own ratio is measured over
FLOOR = 0.005  # log1p units added to both mean scores: two all but perfect forecasts have no ratio


def relative_skill(
    scores: pd.DataFrame, level_of: Mapping[str, str], *, model: str = "routecast", baseline: str = "baseline"
) -> pd.DataFrame:
    """WIS (log1p) ratio of a model to the baseline per location and horizon, shrunk towards the level's.

    log r = (n · log r_own + 8 · log r_level) / (n + 8), with n cutoffs scored for both, r_own and r_level ratios of
    mean scores: the location's own over the horizons within 2 of this one (few cutoffs say little of one alone), the
    level's over its locations at this horizon.

    Args:
        scores: Long frame of `scores.score_frame`.
        level_of: Location → level.
        model: Whose skill.
        baseline: Against whom.

    Returns:
        Frame indexed by (location, horizon): `skill` (ratio, < 1 is better), `n_cutoffs`, `baseline_only` (bool:
        the shrunk ratio is ≥ 1). Locations without common scores are absent: treat them as baseline only.
    """
    pairs = _paired(scores, model, baseline)
    if pairs.empty:
        return pd.DataFrame({"skill": [], "n_cutoffs": [], "baseline_only": pd.Series(dtype=bool)})
    pairs["level"] = pairs["location"].map(dict(level_of))
    own = pairs.groupby(["location", "horizon"])[["model_score", "baseline_score"]].mean()
    counts = pairs.groupby(["location", "horizon"]).size()
    pooled = pairs.groupby(["level", "horizon"])[["model_score", "baseline_score"]].mean()
    level_keys = pd.MultiIndex.from_arrays(
        [own.index.get_level_values("location").map(dict(level_of)), own.index.get_level_values("horizon")]
    )
    log_own = _log_ratio(_over_near_horizons(own)).to_numpy()
    log_level = _log_ratio(pooled).reindex(level_keys).to_numpy()
    n = counts.reindex(own.index).to_numpy()
    skill = np.exp((n * log_own + PRIOR_CUTOFFS * log_level) / (n + PRIOR_CUTOFFS))
    return pd.DataFrame({"skill": skill, "n_cutoffs": n, "baseline_only": skill >= 1.0}, index=own.index)


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

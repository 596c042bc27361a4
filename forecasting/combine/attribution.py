"""What drives each published median away from the last weeks, in parts that add up."""

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from forecasting.base.attribution import DRIVERS, last_mean_log, log_mean
from forecasting.base.quantile_functions import MEDIAN
from forecasting.combine.assemble import JointForecast
from forecasting.combine.dependence import bottom_rows
from forecasting.members.run_members import Members

_AT = {name: i for i, name in enumerate(DRIVERS)}


def attribution(members: Members, assembled: JointForecast, history: xr.Dataset, *, summing: csr_array) -> xr.Dataset:
    """Split the change of each published median against the last four periods' mean, as reported, into parts.

    1. A combination's median is the members' weighted mean (log1p), so its parts are the weighted means of theirs.
    2. A sum over cells has its cells' parts: each as counts (`log_mean`), added up. As far as the unit's own forecast
       was followed (`strengths`), its own parts take their place.
    3. What coupling, adding up and raking leave between that and the median of the joint draws is `alignment`.
    4. `late_reports` is what the nowcast adds to the mean as reported; what has no name is `other`: also what a median
       under half a count loses, that is published as 0.

    Args:
        members: With `attribution`; without, all of a member's change is `other_models`.
        assembled: The joint forecast.
        history: `count` and, where there is a nowcast, `reported` (unit, time) of the same units.
        summing: (unit, cell) 0/1.

    Returns:
        `reason` (unit, horizon, part), log1p units, that add up to log1p(published) − log1p(reference);
        `reason_counts`, counts that add up to published − reference; `reference` (unit), counts per period.
        NaN where nothing is published, or none of the last four periods is known.
    """
    recent = last_mean_log(history)
    reported = last_mean_log(history, "reported") if "reported" in history else recent
    medians = np.log1p(members.quantiles.isel(quantile=MEDIAN).transpose("member", "unit", "horizon").to_numpy())
    split = _member_drivers(members, medians, recent)
    own = _own_drivers(assembled, medians, split)
    parts = _joint_drivers(assembled, own, recent, summing)
    final = _log_median(assembled.quantiles)
    parts[..., _AT["late_reports"]] += (recent - reported)[:, None]
    parts[..., _AT["other"]] += final - reported[:, None] - parts.sum(axis=-1)
    parts = np.where(np.isfinite(final - reported[:, None])[..., None], parts, np.nan)
    counts = parts * log_mean(final, reported[:, None])[..., None]
    steps = assembled.quantiles["horizon"].to_numpy()
    coords = {"unit": history["unit"].to_numpy(), "horizon": steps, "part": list(DRIVERS)}
    dims = ("unit", "horizon", "part")
    data = {"reason": (dims, parts), "reason_counts": (dims, counts), "reference": ("unit", np.expm1(reported))}
    return xr.Dataset(data, coords=coords)


def _member_drivers(members: Members, medians: np.ndarray, recent: np.ndarray) -> np.ndarray:
    """Parts of every member (member, unit, horizon, part); those that can't be split are `other_models` as a whole."""
    whole = np.zeros((*medians.shape, len(DRIVERS)))
    whole[..., _AT["other_models"]] = medians - recent[:, None]
    if members.attribution is None:
        return whole
    given = members.attribution.transpose("member", "unit", "horizon", "part").to_numpy()
    return np.where(np.isfinite(given).all(axis=-1, keepdims=True), given, whole)


def _own_drivers(assembled: JointForecast, medians: np.ndarray, split: np.ndarray) -> np.ndarray:
    """Parts (unit, horizon, part) of each unit's own forecast, before it is coupled with others."""
    share = assembled.shares.transpose("member", "unit", "horizon").to_numpy()
    used = share > 0
    parts = np.where(used[..., None], share[..., None] * split, 0.0).sum(axis=0)
    mean = np.where(used, share * medians, 0.0).sum(axis=0)
    combined, own = _log_median(assembled.past.combined), _log_median(assembled.past.own)
    parts[..., _AT["other"]] += combined - mean
    parts[..., _AT["calibration"]] += own - combined
    return parts


def _joint_drivers(assembled: JointForecast, own: np.ndarray, recent: np.ndarray, summing: csr_array) -> np.ndarray:
    """Parts (unit, horizon, part) of the joint forecast: of its cells, and of its own as far as that was followed."""
    bottom = bottom_rows(summing)
    own_median, summed = _log_median(assembled.past.own), _log_median(assembled.past.summed)
    in_counts = own[bottom] * log_mean(own_median[bottom], recent[bottom, None])[..., None]
    known = np.isfinite(in_counts).all(axis=(1, 2), keepdims=True)
    flat = np.where(known, in_counts, 0.0).reshape(len(bottom), -1)
    added = (summing @ flat).reshape(own.shape) / log_mean(summed, recent[:, None])[..., None]
    size = np.asarray(summing.sum(axis=1)).ravel()
    followed = np.where(size > 1, assembled.strengths.to_numpy(), 1.0)[:, None, None]
    parts = np.where(followed < 1, (1 - followed) * added, 0.0) + np.where(followed > 0, followed * own, 0.0)
    joint = np.log1p(assembled.medians.transpose("unit", "horizon").to_numpy())
    parts[..., _AT["alignment"]] += joint - recent[:, None] - parts.sum(axis=-1)
    return parts


def _log_median(quantiles: xr.DataArray) -> np.ndarray:
    return np.log1p(quantiles.isel(quantile=MEDIAN).transpose("unit", "horizon").to_numpy())

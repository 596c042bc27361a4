"""Regime flags in a replay of real months: when raised, how late, how often in vain, and what wider ranges are worth.

At every month the chain forecasts from what was known there, and the control chart of `regime_breaks.py` looks at
earlier forecasts and the figures known by then. What a break is, is decided from the figures alone, with hindsight:
`dated_breaks`. Needs `ROUTECAST_REAL_DATA`; without it a made-up set with a known break shows that the benchmark runs.
`--quick`: the last 20 months (the made-up set always by the cheap members).
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import eye_array

from benchmarks.sets import PROTOCOL, frontex, history_of, usbp
from forecasting.combine.assemble import assemble, learn
from forecasting.evaluate.regime_breaks import monitor, widened
from forecasting.evaluate.scores import covered, observed_ahead, wis_log1p
from forecasting.members.run_members import Members, joint_quantiles, member_plan, member_quantiles, stack_members
from forecasting.models.registry import PANEL_MODELS, SERIES_MODELS

HORIZON, FIRST, REFIT_EVERY = 6, 24, 3
LEARNED = 15  # newest earlier cutoffs that the chain learns from, as a run has about ten
SHOCK = tuple(np.datetime64(PROTOCOL["shock"][end]) for end in ("first", "last"))
CALM = {"frontex": (("2011-01", "2014-09"), ("2017-01", "2019-12")), "usbp": (("2012-01", "2019-12"),)}
BREAK_FACTOR, AROUND, NOTABLE = 3.0, 3, 500.0  # a break: ×3 or ÷3 over three months; smaller routes are not judged
NEAR = (-1, 6)  # an alarm so many months from a dated break is not false
CHEAP = ("baseline", "seasonal_naive", "nb_autoregression")

Forecasts = list[tuple[int, xr.DataArray, xr.DataArray]]  # months seen, published quantiles, each unit by itself


def dated_breaks(history: xr.Dataset) -> pd.DataFrame:
    """Months in which the level changed: mean log counts of three months against the three before, less what is usual.

    The usual change is the median over all years at that calendar month. A break is the largest within three months.

    Returns:
        `unit, month, factor, size` (the larger mean count of the two spans).
    """
    counts = history["count"].to_pandas().T
    logs = np.log1p(counts)
    after = logs.rolling(AROUND).mean().shift(1 - AROUND)
    change = after - logs.rolling(AROUND).mean().shift(1)
    excess = change - change.groupby(change.index.month).transform("median")
    biggest = excess.abs().rolling(2 * AROUND + 1, center=True, min_periods=1).max()
    chosen = (excess.abs() >= np.log(BREAK_FACTOR)) & (excess.abs() == biggest)
    size = np.maximum(counts.rolling(AROUND).mean().shift(1), counts.rolling(AROUND).mean().shift(1 - AROUND))
    rows = [
        (unit, month, np.exp(excess.loc[month, unit]), size.loc[month, unit])
        for unit in counts
        for month in counts.index[chosen[unit]]
    ]
    return pd.DataFrame(rows, columns=["unit", "month", "factor", "size"])


def members_at(history: xr.Dataset, ends: Sequence[int], *, cheap: bool) -> dict[int, Members]:
    """Forecasts of all members but Prophet at each cutoff; `cheap`: three of them."""
    levels = levels_of(history)
    level = dict(zip(map(str, history["unit"].to_numpy()), levels, strict=True))
    found: dict[int, Members] = {}
    for group in (list(ends)[i : i + REFIT_EVERY] for i in range(0, len(ends), REFIT_EVERY)):
        seen = [history.isel(time=slice(0, end)) for end in group]
        plans = [_plan(part, levels, cheap=cheap) for part in seen]
        joint = [joint_quantiles(m, seen, plans, level, horizon=HORIZON, seed=1) for m in PANEL_MODELS]
        for end, part, plan, *others in zip(group, seen, plans, *joint, strict=True):
            series = {unit: [m for m in members if m in SERIES_MODELS] for unit, members in plan.items()}
            found[end] = stack_members([member_quantiles(part, series, horizon=HORIZON, seed=1), *others])
    return found


def replay(history: xr.Dataset, members: Mapping[int, Members]) -> Forecasts:
    """Combine and calibrate at every cutoff, each from what was known there."""
    levels, cells = levels_of(history), eye_array(history.sizes["unit"], format="csr")
    past, out = [], []
    for end, found in sorted(members.items()):
        seen = history.isel(time=slice(0, end))
        state = learn(past[-LEARNED:], seen, levels)
        made = assemble(found, seen, summing=cells, levels=levels, n_draws=500, seed=1, state=state)
        past.append(made.past)
        out.append((end, made.quantiles, made.past.own))
    return out


def flags_at(forecasts: Forecasts, history: xr.Dataset) -> np.ndarray:
    """Flags (cutoff, unit) as they stood at each cutoff.

    With a cutoff every month each one is held against a forecast one month ahead, and the charts at a month then rest
    on nothing later: one pass gives what a pass at each cutoff would.
    """
    times = history["time"].to_numpy()
    found = monitor([(times[end - 1], own) for end, _, own in forecasts], history)
    flags = (found["shift_flag"] | found["coverage_flag"]).to_numpy().T
    return flags[[end - 1 for end, _, _ in forecasts]]


def raised(flags: np.ndarray, months: np.ndarray, units: np.ndarray) -> pd.DataFrame:
    """When each flag was raised: `unit, month`."""
    first = flags & ~np.vstack([np.zeros_like(flags[:1]), flags[:-1]])
    when, who = np.nonzero(first)
    return pd.DataFrame({"unit": units[who], "month": months[when]})


def delays(breaks: pd.DataFrame, flags: np.ndarray, months: np.ndarray, units: np.ndarray) -> pd.DataFrame:
    """Periods from each notable break of the shock years until its flag stood; NaN = not within six."""
    between = breaks["month"].between(pd.Timestamp(SHOCK[0]) - pd.DateOffset(months=1), pd.Timestamp(SHOCK[1]))
    chosen = breaks[between & (breaks["size"] >= NOTABLE)].copy()
    late = []
    for _, row in chosen.iterrows():
        start = int(np.searchsorted(months, row["month"].to_datetime64()))
        standing = np.flatnonzero(flags[start : start + NEAR[1] + 1, list(units).index(row["unit"])])
        late.append(float(standing[0]) if len(standing) else np.nan)
    return chosen.assign(delay=late)


def false_alarms(alarms: pd.DataFrame, breaks: pd.DataFrame, windows: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Alarms of calm times without a dated break near: `unit, month`, and how many fall into two years from it."""
    calm = np.zeros(len(alarms), dtype=bool)
    for start, end in windows:
        calm |= alarms["month"].between(pd.Timestamp(start), pd.Timestamp(end)).to_numpy()
    number = {unit: _month_numbers(rows["month"]) for unit, rows in breaks.groupby("unit")}
    mine = alarms[calm].copy()
    mine["number"] = _month_numbers(mine["month"])
    near = [
        any(NEAR[0] <= n - b <= NEAR[1] for b in number.get(u, ()))
        for u, n in zip(mine["unit"], mine["number"], strict=True)
    ]
    false = mine[~np.array(near, dtype=bool)]
    within = [
        int(((false["unit"] == u) & (false["number"] >= n) & (false["number"] < n + 24)).sum())
        for u, n in zip(false["unit"], false["number"], strict=True)
    ]
    return false.drop(columns="number").assign(in_two_years=within)


def worth(forecasts: Forecasts, flags: np.ndarray, history: xr.Dataset) -> pd.DataFrame:
    """Coverage of the 95 % range and WIS of log counts, as forecast and widened where flagged, by time and flag."""
    rows = []
    for (end, published, _), flag in zip(forecasts, flags, strict=True):
        origin = history["time"].to_numpy()[end - 1]
        observed = observed_ahead(history, pd.Timestamp(origin), HORIZON)
        for kind, quantiles in (("as forecast", published), ("widened", widened(published, flag))):
            held, score = covered(observed, quantiles, 0.95), wis_log1p(observed, quantiles)
            part = xr.Dataset({"covered_95": held, "wis_log1p": score}).to_dataframe().reset_index()
            part["flagged"] = part["unit"].map(dict(zip(history["unit"].to_numpy(), flag, strict=True)))
            rows.append(part.assign(kind=kind, shock=SHOCK[0] <= origin <= SHOCK[1]))
    table = pd.concat(rows, ignore_index=True).dropna(subset=["wis_log1p"])
    groups = {"shock": table["shock"], "other times": ~table["shock"], "flagged": table["flagged"].astype(bool)}
    means = {name: table[mine].groupby("kind")[["covered_95", "wis_log1p"]].mean() for name, mine in groups.items()}
    return pd.concat(means, names=["when"]).round(4)


def report(name: str, history: xr.Dataset, members: Mapping[int, Members]) -> None:
    """Replay one set and print its tables."""
    forecasts = replay(history, members)
    flags = flags_at(forecasts, history)
    units = history["unit"].to_numpy()
    months = history["time"].to_numpy()[[end - 1 for end, _, _ in forecasts]]
    breaks, alarms = dated_breaks(history), raised(flags, months, units)
    windows = CALM.get(name, ((str(months[0])[:7], str(months[-1])[:7]),))
    false = false_alarms(alarms, breaks, windows)
    calm = sum(((months >= np.datetime64(a)) & (months <= np.datetime64(b))).sum() for a, b in windows)
    print(f"\n{name}: {len(months)} months, {len(units)} units; flags raised\n{alarms.to_string(index=False)}")
    if name == "frontex":
        print(f"\nbreaks of the shock years\n{delays(breaks, flags, months, units).round(2).to_string(index=False)}")
    print(f"\nfalse alarms in calm times\n{false.to_string(index=False)}")
    print(
        f"false alarms per unit and two years: {len(false) / (len(units) * max(calm, 1) / 24):.2f}; the most at one "
        f"unit in two years: {int(false['in_two_years'].max()) if len(false) else 0}"
    )
    print(f"\n{worth(forecasts, flags, history).to_string()}")


def made_up() -> xr.Dataset:
    """Three Poisson series, one of which falls to a tenth at once."""
    rng = np.random.default_rng(1)
    rate = np.exp(5 + np.sin(np.arange(90) * np.pi / 6) / 2 + rng.normal(0, 0.1, (3, 90)))
    rate[0, 80:] /= 10
    times = pd.date_range("2010-01-01", periods=90, freq="MS")
    return history_of(pd.DataFrame(rng.poisson(rate), index=["a", "b", "c"], columns=times), "M", prefix="route")


def levels_of(history: xr.Dataset) -> list[str]:
    """Level of each unit."""
    return [str(unit).partition(":")[0] for unit in history["unit"].to_numpy()]


def _plan(seen: xr.Dataset, levels: list[str], *, cheap: bool) -> dict[str, list[str]]:
    plan = member_plan(seen, levels, full=True)
    return {unit: [m for m in ms if m != "prophet" and (not cheap or m in CHEAP)] for unit, ms in plan.items()}


def _month_numbers(months: pd.Series) -> np.ndarray:
    return months.dt.year.to_numpy() * 12 + months.dt.month.to_numpy()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the last 20 months only")
    parser.add_argument("--cheap", action="store_true", help="three members in place of all")
    asked = parser.parse_args()
    root = os.environ.get("ROUTECAST_REAL_DATA")
    sets = {"frontex": frontex(Path(root)), "usbp": usbp(Path(root))} if root else {"made up": made_up()}
    for name, history in sets.items():
        months = history.sizes["time"]
        ends = range(max(FIRST, months - 20) if asked.quick else FIRST, months)
        report(name, history, members_at(history, ends, cheap=asked.cheap or not root))


if __name__ == "__main__":
    main()

"""Members, peers and the published combination at every cutoff of a data set, each from what was known there."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.sets import Evaluation
from forecasting.combine.assemble import BacktestState, JointForecast, PastForecast, assemble, learn
from forecasting.combine.calibrate import SIZE_LIMITS, size_classes
from forecasting.evaluate.scores import observed_ahead, score_frame
from forecasting.evaluate.sums import sum_scores
from forecasting.members.peers import peer_quantiles
from forecasting.members.run_members import Members, joint_quantiles, member_plan, member_quantiles, stack_members
from forecasting.models.registry import PANEL_MODELS, SERIES_MODELS

REFIT_EVERY = max(m.refit_every for m in PANEL_MODELS.values())  # cutoffs that one fit serves, as in a run
N_DRAWS, SEED = 1000, 1
SIZES = (*(f"under {limit:,.0f}" for limit in SIZE_LIMITS), f"from {SIZE_LIMITS[-1]:,.0f} on")  # mean count of a year


@dataclass
class MemberForecasts:
    """Forecasts of members and peers for a data set, and the CPU seconds that each took."""

    members: dict[int, Members] = field(default_factory=dict)  # by number of periods seen
    peers: dict[int, Members] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def forecast_members(data: Evaluation, *, peers: bool, prophet: bool = True, workers: int = 2) -> MemberForecasts:
    """Every member (and peer) at every cutoff, in worker processes."""
    forecasts, parts = MemberForecasts(), {end: [] for end in data.ends}
    groups = [data.ends[i : i + REFIT_EVERY] for i in range(0, len(data.ends), REFIT_EVERY)]
    with ProcessPoolExecutor(workers) as pool:
        joint = [(g, pool.submit(_joint, data, g)) for g in groups]
        each = [(e, pool.submit(_each, data, e, number=i, prophet=prophet)) for i, e in enumerate(data.ends)]
        theirs = [(e, pool.submit(_peers, data, e)) for e in data.ends if peers]
        for ends, future in joint:
            found, seconds = future.result()
            for end, members in zip(ends, found, strict=True):
                parts[end] += members
            _spend(forecasts, seconds)
        for end, future in each:
            forecasts.members[end] = stack_members([*(f := future.result())[0], *parts[end]])
            _spend(forecasts, f[1])
        for end, future in theirs:
            forecasts.peers[end], seconds = future.result()
            _spend(forecasts, seconds)
    return forecasts


def published(
    data: Evaluation,
    forecasts: MemberForecasts,
    *,
    change: Callable[[Members], Members] = lambda members: members,
    teach: Callable[[BacktestState], BacktestState] = lambda state: state,
) -> dict[int, JointForecast]:
    """What is published, by cutoff; each learns from earlier ones only.

    Args:
        data: The data set.
        forecasts: Its members.
        change: What an ablation does to the members of a cutoff.
        teach: What an ablation does to what earlier cutoffs teach.
    """
    past: list[PastForecast] = []
    found = {}
    for end in data.ends:
        seen = data.history.isel(time=slice(0, end))
        state = teach(learn(past, seen, data.levels))
        options = {"summing": data.summing, "levels": data.levels, "n_draws": N_DRAWS, "seed": SEED, "state": state}
        made = assemble(change(forecasts.members[end]), seen, **options)
        past.append(made.past)
        found[end] = made
    return found


def score(data: Evaluation, forecasts: Mapping[int, Mapping[str, xr.DataArray]]) -> pd.DataFrame:
    """Scores (long) of forecasts by cutoff and model, with each unit's `level` and its `size` at the cutoff."""
    frames = []
    for end, models in forecasts.items():
        origin = data.origin_date(end)
        observed = observed_ahead(data.history, origin, data.horizon)
        rows = pd.concat([score_frame(q, observed, model=m, origin_date=origin) for m, q in models.items()])
        sizes = size_classes(data.history.isel(time=slice(0, end)))
        size = dict(zip(data.history["unit"].to_numpy(), (SIZES[s] for s in sizes), strict=True))
        frames.append(rows.assign(size=rows["location"].map(size)))
    scores = pd.concat(frames, ignore_index=True)
    return scores.assign(level=scores["location"].str.partition(":")[0])


def score_sums(
    data: Evaluation, forecasts: MemberForecasts, made: Mapping[int, JointForecast], *, periods: int | None = None
) -> pd.DataFrame:
    """Scores (long) of sums over a quarter or so many periods, of what is published and the baseline coupled alike."""
    frames = []
    for end, joint in made.items():
        origin, freq = data.origin_date(end), data.history.attrs["freq"]
        observed = observed_ahead(data.history, origin, data.horizon)
        baseline = forecasts.members[end].quantiles.sel(member="baseline", drop=True)
        options = {"freq": freq, "origin_date": origin, "periods": periods}
        frames.append(sum_scores(joint.draws, baseline, observed, **options))
    sums = pd.concat(frames, ignore_index=True)
    return sums.assign(level=sums["location"].str.partition(":")[0])


def all_forecasts(
    data: Evaluation, forecasts: MemberForecasts, made: Mapping[int, JointForecast]
) -> dict[int, dict[str, xr.DataArray]]:
    """Members, peers, the combination and what is published, by cutoff."""
    return {
        end: {
            **_by_name(forecasts.members[end]),
            **(_by_name(forecasts.peers[end]) if end in forecasts.peers else {}),
            "combined": made[end].past.combined,
            "routecast": made[end].quantiles,
        }
        for end in data.ends
    }


def _by_name(members: Members) -> dict[str, xr.DataArray]:
    return {str(m): members.quantiles.sel(member=m, drop=True) for m in members.quantiles["member"].to_numpy()}


def _seen(data: Evaluation, end: int, *, number: int = 0) -> tuple[xr.Dataset, dict[str, list[str]]]:
    seen = data.history.isel(time=slice(0, end))
    return seen, member_plan(seen, data.levels, full=True, turn=number)


def _joint(data: Evaluation, ends: Sequence[int]) -> tuple[list[list[Members]], dict[str, float]]:
    """Models that see all units at once, as many cutoffs from a fit as in a run; they learn at the first of them."""
    seen, plans = zip(*(_seen(data, e) for e in ends), strict=True)
    level = dict(zip(map(str, data.history["unit"].to_numpy()), data.levels, strict=True))
    made: list[list[Members]] = [[] for _ in ends]
    seconds = {}
    for name in PANEL_MODELS:
        since = time.process_time()
        found = joint_quantiles(name, seen, plans, level, horizon=data.horizon, seed=SEED)
        for at, members in zip(made, found, strict=True):
            at.append(members)
        seconds[name] = time.process_time() - since
    return made, seconds


def _each(data: Evaluation, end: int, *, number: int, prophet: bool) -> tuple[list[Members], dict[str, float]]:
    """Models of one series at a time."""
    seen, plan = _seen(data, end, number=number)
    named = [m for m in SERIES_MODELS if any(m in ms for ms in plan.values()) and (prophet or m != "prophet")]
    parts, seconds = [], {}
    for name in named:
        since = time.process_time()
        mine = {u: [name] for u, members in plan.items() if name in members}
        parts.append(member_quantiles(seen, mine, horizon=data.horizon, seed=SEED))
        seconds[name] = time.process_time() - since
    return parts, seconds


def _peers(data: Evaluation, end: int) -> tuple[Members, dict[str, float]]:
    since = time.process_time()
    found = peer_quantiles(data.history.isel(time=slice(0, end)), horizon=data.horizon)
    return found, {"peer_mean": time.process_time() - since}


def _spend(forecasts: MemberForecasts, seconds: Mapping[str, float]) -> None:
    for name, spent in seconds.items():
        forecasts.seconds[name] = forecasts.seconds.get(name, 0.0) + spent


def without(*names: str) -> Callable[[Members], Members]:
    """An ablation: some members are not asked."""

    def change(members: Members) -> Members:
        """The members but for the named ones."""
        kept = ~np.isin(members.quantiles["member"].to_numpy(), names)
        return Members(members.quantiles.isel(member=kept), members.failures)

    return change

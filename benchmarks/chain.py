"""Members, peers and the published combination at every cutoff of a data set, each from what was known there."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import eye_array

from benchmarks.sets import Evaluation
from forecasting.combine.assemble import Lessons, PastForecast, assemble, learn
from forecasting.evaluate.scores import observed_ahead, score_frame
from forecasting.members.peers import peer_quantiles
from forecasting.members.plan import member_plan
from forecasting.members.run_joint_members import boosted_quantiles, endemic_quantiles
from forecasting.members.run_members import Members, member_quantiles, stack_members
from forecasting.models.registry import MODELS

REFIT_EVERY = 3  # cutoffs that one fit of the boosted trees serves, as in a run
PROPHET_EVERY = 6  # cutoffs between its fits, as in a run
N_DRAWS, SEED = 1000, 1


@dataclass
class Spoken:
    """What members and peers said of a data set, and the CPU seconds that each took."""

    members: dict[int, Members] = field(default_factory=dict)  # by number of periods seen
    peers: dict[int, Members] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def speak(data: Evaluation, *, peers: bool, prophet: bool = True, workers: int = 2) -> Spoken:
    """Every member (and peer) at every cutoff, in worker processes."""
    spoken, parts = Spoken(), {end: [] for end in data.ends}
    groups = [data.ends[i : i + REFIT_EVERY] for i in range(0, len(data.ends), REFIT_EVERY)]
    with ProcessPoolExecutor(workers) as pool:
        joint = [(g, pool.submit(_joint, data, g)) for g in groups]
        each = [
            (e, pool.submit(_each, data, e, with_prophet=prophet and i % PROPHET_EVERY == 0))
            for i, e in enumerate(data.ends)
        ]
        theirs = [(e, pool.submit(_peers, data, e)) for e in data.ends if peers]
        for ends, future in joint:
            found, seconds = future.result()
            for end, members in zip(ends, found, strict=True):
                parts[end] += members
            _spend(spoken, seconds)
        for end, future in each:
            spoken.members[end] = stack_members([*(f := future.result())[0], *parts[end]])
            _spend(spoken, f[1])
        for end, future in theirs:
            spoken.peers[end], seconds = future.result()
            _spend(spoken, seconds)
    return spoken


def published(
    data: Evaluation,
    spoken: Spoken,
    *,
    change: Callable[[Members], Members] = lambda members: members,
    teach: Callable[[Lessons], Lessons] = lambda lessons: lessons,
) -> dict[int, tuple[xr.DataArray, xr.DataArray]]:
    """The combination before calibration and as published, by cutoff; each learns from earlier ones only.

    Args:
        data: The data set.
        spoken: Its members.
        change: What an ablation does to the members of a cutoff.
        teach: What an ablation does to the lessons of earlier cutoffs.
    """
    past: list[PastForecast] = []
    found, cells = {}, eye_array(len(data.levels), format="csr")
    for end in data.ends:
        seen = data.history.isel(time=slice(0, end))
        lessons = teach(learn(past, seen, data.levels))
        options = {"summing": cells, "levels": data.levels, "n_draws": N_DRAWS, "seed": SEED, "lessons": lessons}
        made = assemble(change(spoken.members[end]), seen, **options)
        past.append(made.past)
        found[end] = (made.past.combined, made.quantiles)
    return found


def score(data: Evaluation, forecasts: Mapping[int, Mapping[str, xr.DataArray]]) -> pd.DataFrame:
    """Scores (long) of forecasts by cutoff and model."""
    frames = []
    for end, models in forecasts.items():
        origin = data.origin_date(end)
        observed = observed_ahead(data.history, origin, data.horizon)
        frames += [score_frame(q, observed, model=m, origin_date=origin) for m, q in models.items()]
    return pd.concat(frames, ignore_index=True)


def all_forecasts(data: Evaluation, spoken: Spoken) -> dict[int, dict[str, xr.DataArray]]:
    """Members, peers, the combination and what is published, by cutoff."""
    made = published(data, spoken)
    return {
        end: {
            **_by_name(spoken.members[end]),
            **(_by_name(spoken.peers[end]) if end in spoken.peers else {}),
            "combined": made[end][0],
            "routecast": made[end][1],
        }
        for end in data.ends
    }


def _by_name(members: Members) -> dict[str, xr.DataArray]:
    return {str(m): members.quantiles.sel(member=m, drop=True) for m in members.quantiles["member"].to_numpy()}


def _seen(data: Evaluation, end: int) -> tuple[xr.Dataset, dict[str, list[str]]]:
    seen = data.history.isel(time=slice(0, end))
    return seen, member_plan(seen, data.levels, full=True)


def _joint(data: Evaluation, ends: Sequence[int]) -> tuple[list[list[Members]], dict[str, float]]:
    """Models that see all units at once; the trees learn at the first cutoff of the group."""
    since = time.process_time()
    seen, plans = zip(*(_seen(data, e) for e in ends), strict=True)
    trees = boosted_quantiles(seen, plans, horizon=data.horizon, seed=SEED)
    between = time.process_time()
    level = dict(zip(map(str, data.history["unit"].to_numpy()), data.levels, strict=True))
    endemic = [
        endemic_quantiles(s, p, level, horizon=data.horizon, seed=SEED) for s, p in zip(seen, plans, strict=True)
    ]
    seconds = {"boosted": between - since, "endemic_epidemic": time.process_time() - between}
    return [[t, *e] for t, e in zip(trees, endemic, strict=True)], seconds


def _each(data: Evaluation, end: int, *, with_prophet: bool) -> tuple[list[Members], dict[str, float]]:
    """Models of one series at a time."""
    seen, plan = _seen(data, end)
    names = [m for m in MODELS if any(m in ms for ms in plan.values()) and (with_prophet or m != "prophet")]
    parts, seconds = [], {}
    for name in names:
        since = time.process_time()
        mine = {u: [name] for u, members in plan.items() if name in members}
        parts.append(member_quantiles(seen, mine, horizon=data.horizon, seed=SEED))
        seconds[name] = time.process_time() - since
    return parts, seconds


def _peers(data: Evaluation, end: int) -> tuple[Members, dict[str, float]]:
    since = time.process_time()
    found = peer_quantiles(data.history.isel(time=slice(0, end)), horizon=data.horizon)
    return found, {"peer_mean": time.process_time() - since}


def _spend(spoken: Spoken, seconds: Mapping[str, float]) -> None:
    for name, spent in seconds.items():
        spoken.seconds[name] = spoken.seconds.get(name, 0.0) + spent


def without(*names: str) -> Callable[[Members], Members]:
    """An ablation: some members are not asked."""

    def change(members: Members) -> Members:
        kept = ~np.isin(members.quantiles["member"].to_numpy(), names)
        return Members(members.quantiles.isel(member=kept), members.failures)

    return change

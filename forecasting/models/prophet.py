"""Prophet on log1p counts, with the pack's events as steps. Dear: for routes, borders and totals."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from forecasting.base.contracts import LAST_PERIODS
from forecasting.base.quantile_functions import MEDIAN, quantiles_of
from forecasting.base.random_streams import random_stream
from forecasting.models.per_series import PerSeriesForecaster, Series, require_known
from geo.region.disclosure import COARSE
from geo.region.region import Event

MIN_PERIODS = {"W": 52, "M": 24}
YEARLY_TERMS = {"W": 3, "M": 4}  # pairs of sine and cosine
CHANGEPOINTS = 15
N_SAMPLES = 400
MIN_EVENT_PERIODS = 3  # of known history inside and outside an event, to learn its effect
_STEP = {"W": pd.Timedelta(weeks=1), "M": pd.DateOffset(months=1)}


class ProphetModel(PerSeriesForecaster):
    """Piecewise linear trend, yearly season by few terms, one step per event that concerns the unit."""

    name = "prophet"
    title = "Prophet"
    prior_weight = 0.5
    learns = True
    on_trial = True
    levels = COARSE
    forecast_every = 6  # design §5: it is dear

    def log_quantiles(self, series: Series, horizon: int, seed: int) -> np.ndarray:
        """Of Prophet's predictive samples; refused where too short, or silent too long."""
        require_known(series, periods=MIN_PERIODS[series.freq])
        ahead = pd.DatetimeIndex([series.times[-1] + _STEP[series.freq] * h for h in range(1, horizon + 1)])
        steps = _event_steps(self.events, series, ahead)
        known = pd.DataFrame({"ds": series.times, "y": series.log_counts})
        frame = known.assign(**{name: values[:-horizon] for name, values in steps.items()})
        future = pd.DataFrame({"ds": ahead}).assign(**{name: values[-horizon:] for name, values in steps.items()})
        rng = random_stream(seed, series.unit, series.cutoff, self.name)
        with _quiet(), _numpy_seed(int(rng.integers(2**31))):
            model = _fit(frame, series.freq, list(steps))
            quantiles = quantiles_of(np.asarray(model.predictive_samples(future)["yhat"]))
            if self.explain:
                every = pd.concat([frame, future], ignore_index=True)
                self.movements = _movements(model, every, list(steps), quantiles[:, MEDIAN], gap=series.gap)
        return quantiles


def concerns(event: Event, unit: str) -> bool:
    """Whether an event bears on a unit: on all of the region, on its route, or on a segment of its place."""
    kind, _, place = unit.partition(":")
    if kind in {"total", "headline"} or not (event.segments or event.routes):
        return True
    if kind == "route":
        return place in event.routes
    segment = place.rpartition("/")[2]
    return any(name == segment or name.startswith(f"{segment}-") for name in event.segments)


def _event_steps(events: tuple[Event, ...], series: Series, ahead: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    """0/1 per period of history and future for each event that the history can teach something about."""
    known = ~np.isnan(series.log_counts)
    times = series.times.append(ahead)
    steps = {}
    for event in events:
        end = pd.Timestamp(event.end) if event.end else pd.Timestamp.max
        inside = np.asarray((times >= pd.Timestamp(event.start)) & (times <= end))
        within = inside[: len(known)][known]
        if concerns(event, series.unit) and MIN_EVENT_PERIODS <= within.sum() <= len(within) - MIN_EVENT_PERIODS:
            steps[f"event_{event.id}"] = inside.astype(float)
    return steps


def _movements(
    model: Any,  # noqa: ANN401 (untyped library)
    periods: pd.DataFrame,
    events: list[str],
    median: np.ndarray,
    *,
    gap: int,
) -> dict[str, np.ndarray]:
    """Season and events (step,) against the last four periods; and the median's distance from the sum of all terms."""
    samples, model.uncertainty_samples = model.uncertainty_samples, 0
    steps, first = len(median), len(periods) - len(median)
    found = model.predict(periods.iloc[first - LAST_PERIODS :])
    model.uncertainty_samples = samples
    recent = slice(gap, gap + LAST_PERIODS)
    season = found["yearly"].to_numpy()
    happened = sum((found[name].to_numpy() for name in events), start=np.zeros(len(found)))
    return {
        "season": season[-steps:] - season[recent].mean(),
        "events": happened[-steps:] - happened[recent].mean(),
        "volatility": median - found["yhat"].to_numpy()[-steps:],
    }


def _fit(frame: pd.DataFrame, freq: str, regressors: list[str]) -> Any:  # noqa: ANN401 (untyped library)
    """A fitted Prophet; its import takes seconds and is paid only where it runs."""
    from prophet import Prophet  # noqa: PLC0415

    with _quiet():
        seasons: dict[str, Any] = {"weekly_seasonality": False, "daily_seasonality": False}
        seasons["yearly_seasonality"] = YEARLY_TERMS[freq]
        model = Prophet(n_changepoints=CHANGEPOINTS, uncertainty_samples=N_SAMPLES, **seasons)
        for name in regressors:
            model.add_regressor(name, prior_scale=0.5, standardize=False)
        return model.fit(frame, seed=1)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Prophet's and Stan's progress off the log, and their numerical notes off the warnings."""
    from cmdstanpy import disable_logging  # noqa: PLC0415 (slow import)

    loggers = [logging.getLogger(name) for name in ("prophet", "prophet.models", "prophet.plot")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with disable_logging(), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _numpy_seed(seed: int) -> Iterator[None]:
    """Prophet samples from numpy's global generator: seed it for the while, then put it back."""
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(state)

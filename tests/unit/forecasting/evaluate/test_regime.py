import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import ndtri

from forecasting.base.contracts import QUANTILE_LEVELS
from forecasting.base.quantile_functions import MEDIAN
from forecasting.evaluate.regime_breaks import (
    average_run_periods,
    ewma_limit,
    monitor,
    newest_scores,
    normal_scores,
    widened,
)
from tests.histories import make_history, make_quantiles

SD = 0.2  # of log1p counts one period ahead


def forecasts(history: xr.Dataset, *, step: int = 1, horizon: int = 1) -> list[tuple[np.datetime64, xr.DataArray]]:
    """Random-walk forecasts at every `step`-th period, right for `walks`."""
    levels, logs, times = np.array(QUANTILE_LEVELS), np.log1p(history["count"].to_numpy()), history["time"].to_numpy()
    spread = SD * np.sqrt(np.arange(1, horizon + 1))[:, None] * ndtri(levels)
    coords = {"unit": history["unit"].to_numpy(), "horizon": np.arange(1, horizon + 1), "quantile": levels}
    return [
        (times[t], xr.DataArray(np.expm1(logs[:, t, None, None] + spread), dims=tuple(coords), coords=coords))
        for t in range(0, len(times) - 1, step)
    ]


def walks(n_units: int, n: int, *, freq: str = "W", seed: int = 1) -> xr.Dataset:
    steps = np.random.default_rng(seed).normal(0, SD, (n_units, n))
    logs = 9 + np.cumsum(steps, axis=1)
    return make_history({f"u{i}": np.rint(np.exp(row)) for i, row in enumerate(logs)}, freq=freq)


def with_jump(factor: float, *, at: int = 60, n: int = 70) -> xr.Dataset:
    history = walks(1, n, freq="M")
    counts = history["count"].to_numpy().copy()
    counts[:, at:] = np.rint(counts[:, at:] * factor)
    return history.assign(count=(("unit", "time"), counts))


def n_raised(flags: xr.DataArray) -> int:
    values = flags.to_numpy()
    return int((values[:, 1:] & ~values[:, :-1]).sum())


@pytest.mark.parametrize(("memory", "limit"), [(0.1, 2.814), (0.25, 2.998), (0.4, 3.054)])
def test_mean_run_is_the_published_500_at_lucas_and_saccuccis_limits(memory: float, limit: float) -> None:
    assert average_run_periods(limit, memory=memory) == pytest.approx(500, rel=0.01)


def test_limit_gives_back_its_mean_run() -> None:
    assert average_run_periods(ewma_limit(72.0)) == pytest.approx(72, rel=1e-3)


def test_score_is_the_normal_score_of_the_level_that_the_count_stands_at() -> None:
    quantiles = make_quantiles({"a": 10_000.0}, spread=0.5, horizon=1).to_numpy()[0, 0]
    assert normal_scores(quantiles[1], quantiles) == pytest.approx(ndtri(0.025), abs=0.01)
    assert normal_scores(quantiles[MEDIAN], quantiles) == pytest.approx(0, abs=0.01)


def test_score_of_zero_is_nothing_unusual_where_zero_is_certain() -> None:
    assert normal_scores(np.array(0.0), np.zeros(23)) == pytest.approx(0, abs=0.01)


def test_score_of_one_is_rare_but_no_wonder_where_zero_is_certain() -> None:
    assert 2.0 < normal_scores(np.array(1.0), np.zeros(23)) < 3.5


def test_score_is_bounded_and_unknown_for_the_unknown() -> None:
    quantiles = make_quantiles({"a": 10.0}, horizon=1).to_numpy()[0, 0]
    assert normal_scores(np.array(1e6), quantiles) == 4.0
    assert np.isnan(normal_scores(np.array(np.nan), quantiles))
    assert np.isnan(normal_scores(np.array(1.0), np.full(23, np.nan)))


def test_each_period_is_held_against_the_newest_forecast_before_it() -> None:
    _, lead = newest_scores(forecasts(walks(1, 10), step=4, horizon=12), walks(1, 10))
    assert lead.tolist() == [0, 1, 2, 3, 4, 1, 2, 3, 4, 1]


@pytest.mark.parametrize("factor", [0.2, 5.0])
def test_flag_is_raised_at_once_when_the_level_jumps(factor: float) -> None:
    history = with_jump(factor)
    found = monitor(forecasts(history), history)
    assert not found["shift_flag"].to_numpy()[0, 50:60].any()
    assert found["shift_flag"].to_numpy()[0, 60]


def test_flag_falls_when_forecasts_have_followed() -> None:
    history = with_jump(0.2)
    assert not monitor(forecasts(history), history)["shift_flag"].to_numpy()[0, 66:].any()


def test_coverage_flag_is_raised_when_figures_swing_out_on_both_sides() -> None:
    history = walks(1, 70, freq="M")
    counts = history["count"].to_numpy().copy()
    counts[0, 60:] *= np.where(np.arange(10) % 2, 0.5, 2.0)
    wild = history.assign(count=(("unit", "time"), counts))
    assert monitor(forecasts(wild), wild)["coverage_flag"].to_numpy()[0, 60:63].any()


@pytest.mark.parametrize(("step", "horizon"), [(1, 1), (4, 12)])
def test_flags_are_rarely_raised_in_vain_when_forecasts_are_right(step: int, horizon: int) -> None:
    history = walks(40, 208)  # 80 spans of two years
    found = monitor(forecasts(history, step=step, horizon=horizon), history)
    assert n_raised(found["shift_flag"] | found["coverage_flag"]) < 80
    assert n_raised(found["shift_flag"] | found["coverage_flag"]) > 4


def test_monitor_sees_nothing_after_a_period_when_it_judges_that_period() -> None:
    history = with_jump(5.0)
    early = history.isel(time=slice(0, 60))
    past = forecasts(history)
    whole = monitor(past, history)["shift"].to_numpy()[:, :60]
    np.testing.assert_allclose(monitor(past[:60], early)["shift"].to_numpy(), whole)


def test_unknown_periods_move_nothing() -> None:
    history = walks(1, 30, freq="M")
    counts = history["count"].to_numpy().copy()
    counts[0, 20:25] = np.nan
    gap = history.assign(count=(("unit", "time"), counts))
    chart = monitor(forecasts(history), gap)["shift"].to_numpy()[0]
    assert (chart[20:25] == chart[19]).all()


def test_without_forecasts_nothing_is_flagged() -> None:
    found = monitor([], walks(2, 10))
    assert not found["shift_flag"].any()
    assert not found["coverage_flag"].any()


def test_widened_keeps_medians_and_stretches_flagged_units_only() -> None:
    quantiles = make_quantiles({"a": 100.0, "b": 100.0})
    wide = widened(quantiles, np.array([True, False]))
    np.testing.assert_array_equal(wide.sel(unit="b"), quantiles.sel(unit="b"))
    np.testing.assert_allclose(wide.sel(unit="a", quantile=0.5), 100.0)
    reach = np.log1p(wide.sel(unit="a", quantile=0.975)) - np.log1p(100.0)
    np.testing.assert_allclose(reach, 1.5 * 0.5 * ndtri(0.975))


def test_widened_never_goes_below_zero() -> None:
    wide = widened(make_quantiles({"a": 1.0}, spread=1.0), np.array([True]))
    assert float(wide.min()) == 0
    assert (wide.diff("quantile") >= 0).all()


def test_months_and_weeks_have_their_own_limits() -> None:
    assert pd.Series([ewma_limit(72.0), ewma_limit(312.0)]).round(2).tolist() == [2.38, 2.9]

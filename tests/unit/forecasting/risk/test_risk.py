import numpy as np
import pytest
import xarray as xr
from scipy.sparse import csr_array

from forecasting.base.contracts import ContractError
from forecasting.risk.bands import (
    BASIS_BROKEN,
    BASIS_CAPACITY,
    BASIS_HISTORY,
    BASIS_NO_FORECAST,
    BASIS_SHORT,
    pressure_bands,
    without_broken,
)
from forecasting.risk.exceedance import exceedance_probability, unit_capacity
from forecasting.risk.surge import surge_probability
from geo.region.region import RiskRules
from tests.histories import make_history


def make_draws(values: list[float], unit: str = "a") -> xr.DataArray:
    return xr.DataArray(
        np.array(values, dtype=float)[None, None, :],
        dims=("unit", "horizon", "draw"),
        coords={"unit": [unit], "horizon": [1]},
    )


def capacity(value: float, unit: str = "a") -> xr.DataArray:
    return xr.DataArray([value], dims="unit", coords={"unit": [unit]})


def band(draws: list[float], *, planned: float = np.nan, history: np.ndarray | None = None) -> tuple[int, str]:
    past = make_history({"a": np.arange(1.0, 101) if history is None else history}, freq="W")
    bands = pressure_bands(make_draws(draws), past, capacity(planned))
    return int(bands["pressure_band"].item()), str(bands["band_basis"].item())


def test_exceedance_counts_draws_strictly_above_capacity() -> None:
    assert exceedance_probability(make_draws([9, 10, 11, 12]), capacity(10)).item() == 0.5


def test_exceedance_is_unknown_without_a_plan() -> None:
    assert np.isnan(exceedance_probability(make_draws([9, 10]), capacity(np.nan)).item())


def test_exceedance_refuses_a_broken_draw() -> None:
    with pytest.raises(ContractError, match="finite"):
        exceedance_probability(make_draws([1, np.nan]), capacity(10))


@pytest.mark.parametrize(
    ("above", "expected"), [(0, 0), (19, 0), (20, 1), (39, 1), (40, 2), (59, 2), (60, 3), (100, 3)]
)
def test_band_follows_the_probability_of_exceeding_capacity(above: int, expected: int) -> None:
    draws = [20.0] * above + [5.0] * (100 - above)
    assert band(draws, planned=10) == (expected, BASIS_CAPACITY)


@pytest.mark.parametrize(("count", "expected"), [(75, 0), (77, 1), (92, 2), (99, 3)])
def test_band_follows_the_own_history_without_a_plan(count: float, expected: int) -> None:
    assert band([count] * 5 + [0.0] * 5) == (expected, BASIS_HISTORY)


def test_band_looks_at_the_last_three_years_only() -> None:
    history = np.concatenate([np.full(200, 1e5), np.arange(1.0, 157)])
    assert band([155.0] * 10, history=history) == (3, BASIS_HISTORY)


def test_no_band_when_history_is_short() -> None:
    history = np.concatenate([np.full(75, np.nan), np.arange(25.0)])
    assert band([1e6], history=history) == (-1, BASIS_SHORT)
    assert band([1e6], history=np.append(history[1:], 3.0)) == (3, BASIS_HISTORY)


def test_plan_gives_a_band_when_history_is_short() -> None:
    assert band([1e6], planned=10, history=np.array([1.0])) == (3, BASIS_CAPACITY)


def test_band_is_low_when_half_a_crossing_is_expected_where_nothing_ever_came() -> None:
    assert band([0.4] * 10, history=np.zeros(100)) == (0, BASIS_HISTORY)


def test_no_band_without_a_forecast() -> None:
    assert band([np.nan, np.nan], planned=10) == (-1, BASIS_NO_FORECAST)


def test_pack_may_change_the_limits() -> None:
    rules = RiskRules(exceedance_limits=(0.5, 0.6, 0.7))
    history = make_history({"a": [1.0]})
    bands = pressure_bands(make_draws([1, 1, 11, 1]), history, capacity(10), rules=rules)
    assert bands["pressure_band"].item() == 0


def test_level_spread_from_a_coarser_figure_does_not_exceed_itself() -> None:
    """A share of 0.6 a week, for years and in the forecast, is one count against one count: no pressure."""
    assert band([0.55, 0.6, 0.65], history=np.full(100, 0.6)) == (0, BASIS_HISTORY)
    assert band([1.6, 1.6, 1.7], history=np.full(100, 0.6)) == (3, BASIS_HISTORY)


def test_surge_is_above_one_and_a_half_times_the_known_ones_of_the_last_four() -> None:
    history = make_history({"a": [900.0, 900, 10, np.nan, 10, 10]})
    assert surge_probability(make_draws([15, 16, 40, 3]), history).item() == 0.5


def test_surge_cannot_be_told_from_figures_of_long_ago() -> None:
    history = make_history({"a": [10.0, 10, 10, *[np.nan] * 4]})
    assert np.isnan(surge_probability(make_draws([15, 16, 40, 3]), history)).all()


@pytest.mark.parametrize("counts", [[0.0, 0, 1, 0, 0], [0.25, 0.25, 0.25, 0.25, 0.25]])
def test_surge_is_of_whole_counts_of_shares_too(counts: list[float]) -> None:
    draws = make_draws([0.4, 0.4, 0.6, 2.0])
    assert surge_probability(draws, make_history({"a": np.array(counts)})).item() == 0.5  # 1 or more


def test_figures_that_are_still_completed_leave_a_unit_one_of_whole_numbers() -> None:
    counts = np.array([*np.tile([0.0, 0, 1, 0], 10), 0.3, 0.2])
    assert surge_probability(make_draws([0.4, 0.4, 0.6, 2.0]), make_history({"a": counts})).item() == 0.5


def test_surge_is_unknown_after_zeros() -> None:
    assert np.isnan(surge_probability(make_draws([5.0]), make_history({"a": np.zeros(9)})).item())


def test_capacity_of_a_coarser_unit_needs_every_part() -> None:
    summing = csr_array(np.array([[1.0, 1, 0], [1, 1, 1]]))
    np.testing.assert_array_equal(unit_capacity(np.array([5, 7, np.nan]), summing), [12, np.nan])


@pytest.mark.parametrize(
    ("planned", "shift", "coverage", "expected"),
    [
        (np.nan, False, False, BASIS_HISTORY),
        (np.nan, True, False, BASIS_BROKEN),
        (np.nan, False, True, BASIS_BROKEN),
        (10.0, True, False, BASIS_CAPACITY),
        (10.0, True, True, BASIS_BROKEN),
    ],
)
def test_band_is_withheld_where_a_break_takes_its_ground(
    planned: float, shift: bool, coverage: bool, expected: str
) -> None:
    bands = pressure_bands(make_draws([99.0]), make_history({"a": np.arange(1.0, 101)}, freq="W"), capacity(planned))
    flags = {"shift_flag": ("unit", [shift]), "coverage_flag": ("unit", [coverage])}
    kept = without_broken(bands, xr.Dataset(flags, coords={"unit": ["a"]}))
    assert kept["band_basis"].item() == expected
    assert (kept["pressure_band"].item() == -1) == (expected == BASIS_BROKEN)
    assert kept["pressure_band"].dtype == np.int8

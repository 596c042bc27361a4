import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecasting.base.contracts import QUANTILE_LEVELS, ContractError
from forecasting.evaluate.scores import ae, covered, observed_ahead, score_frame, wis, wis_log1p
from tests.histories import make_history, make_quantiles

CENTRAL = [(i, 22 - i) for i in range(11)]


def oracle(observed: float, quantiles: list[float]) -> float:
    """WIS as a weighted sum of interval scores (Bracher et al. 2021, equation 1)."""
    total = 0.5 * abs(observed - quantiles[11])
    for i, j in CENTRAL:
        alpha, low, high = 2 * QUANTILE_LEVELS[i], quantiles[i], quantiles[j]
        below, above = max(low - observed, 0), max(observed - high, 0)
        total += alpha / 2 * (high - low + 2 / alpha * (below + above))
    return total / (11 + 0.5)


@pytest.mark.parametrize("observed", [0, 3, 40, 100, 1000])
def test_wis_equals_the_sum_of_interval_scores(observed: float) -> None:
    quantiles = make_quantiles({"a": 50.0}).to_numpy()[0, 0]
    assert float(wis(np.array(float(observed)), quantiles)) == pytest.approx(oracle(observed, list(quantiles)))


def test_wis_of_a_point_forecast_is_the_absolute_error() -> None:
    assert float(wis(np.array(9.0), np.full(23, 4.0))) == pytest.approx(5)


def test_wis_log1p_counts_ratios_alike_at_every_size() -> None:
    small, large = (wis_log1p(np.array(float(n - 1)), np.full(23, 2.0 * n - 1)) for n in (10, 1000))
    assert float(small) == pytest.approx(float(large)) == pytest.approx(np.log(2))


def test_scores_take_labelled_and_plain_arrays_alike() -> None:
    quantiles = make_quantiles({"a": 10.0, "b": 20.0})
    observed = xr.DataArray([[1.0, 2.0], [3.0, np.nan]], dims=("unit", "horizon"), coords=quantiles[..., 0].coords)
    labelled = wis(observed.drop_vars("quantile"), quantiles)
    np.testing.assert_array_equal(labelled, wis(observed.to_numpy(), quantiles.to_numpy()))
    assert labelled.dims == ("unit", "horizon")


def test_score_is_unknown_where_the_observation_is() -> None:
    assert np.isnan(wis(np.array(np.nan), np.arange(23.0)))
    assert np.isnan(covered(np.array(np.nan), np.arange(23.0), 0.95))


def test_absolute_error_is_that_of_the_median() -> None:
    assert float(ae(np.array(4.0), np.arange(23.0))) == 7


@pytest.mark.parametrize(("observed", "inside"), [(5, 0), (6, 1), (16, 1), (17, 0)])
def test_interval_holds_its_ends(observed: float, inside: int) -> None:
    assert float(covered(np.array(float(observed)), np.arange(23.0), 0.5)) == inside


def test_coverage_refuses_an_interval_that_is_not_published() -> None:
    with pytest.raises(ContractError, match="levels"):
        covered(np.array(1.0), np.arange(23.0), 0.42)


def test_score_frame_leaves_out_what_is_not_observed() -> None:
    quantiles = make_quantiles({"a": 10.0, "b": 20.0})
    observed = xr.DataArray([[1.0, 2.0], [3.0, np.nan]], dims=("unit", "horizon"))
    frame = score_frame(quantiles, observed, model="x", origin_date=pd.Timestamp("2024-12-01"))
    assert frame[["location", "horizon"]].to_numpy().tolist() == [["a", 1], ["a", 2], ["b", 1]]
    assert list(frame.columns) == [
        "model",
        "location",
        "horizon",
        "origin_date",
        "wis_log1p",
        "wis",
        "ae",
        "covered_50",
        "covered_95",
        "mid_rank",
        "vintages",
    ]


def test_observed_ahead_begins_after_the_origin_date_and_is_unknown_later() -> None:
    history = make_history({"a": [1.0, 2, 3, 4]})
    np.testing.assert_array_equal(observed_ahead(history, pd.Timestamp("2024-10-01"), 3), [[3, 4, np.nan]])

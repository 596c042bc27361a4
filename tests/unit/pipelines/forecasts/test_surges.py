import numpy as np
import pandas as pd
import xarray as xr

from forecasting.evaluate.scores import RELIABILITY_COLUMNS
from forecasting.risk.surge import SCORE_COLUMNS
from pipelines.forecasts.backtest_scores import SurgeEvidence, even_draws, score_surges
from tests.histories import make_quantiles


def make_earned(**skilled: bool) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples([(unit, 1) for unit in skilled], names=["unit", "horizon"])
    return pd.DataFrame({"earned": list(skilled.values())}, index=index)


def grid(a: float | bool, b: float | bool) -> xr.DataArray:
    return xr.DataArray([[a], [b]], dims=("unit", "horizon"), coords={"unit": ["a", "b"], "horizon": [1]})


def shown(surges: SurgeEvidence) -> list[float]:
    return surges.shown(grid(0.3, 0.4)).to_numpy().ravel().tolist()


def test_only_earned_warnings_are_shown() -> None:
    surges = SurgeEvidence(pd.DataFrame(), pd.DataFrame(), make_earned(a=True, b=False))
    np.testing.assert_array_equal(shown(surges), [0.3, np.nan])


def test_place_without_a_record_shows_no_warning() -> None:
    surges = SurgeEvidence(pd.DataFrame(), pd.DataFrame(), make_earned(a=True))
    np.testing.assert_array_equal(shown(surges), [0.3, np.nan])


def test_without_a_backtest_nothing_is_scored_or_shown() -> None:
    surges = score_surges([], {})
    assert list(surges.scores) == list(SCORE_COLUMNS)
    assert list(surges.reliability) == list(RELIABILITY_COLUMNS)
    assert np.isnan(shown(surges)).all()


def test_even_draws_hold_the_median() -> None:
    np.testing.assert_allclose(even_draws(make_quantiles({"a": 50.0})).median("draw"), 50.0, rtol=0.01)

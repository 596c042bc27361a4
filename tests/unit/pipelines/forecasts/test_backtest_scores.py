"""Past forecasts against what came: nothing is held against an estimate."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from pipelines.forecasts.backtest_scores import backtest_table
from tests.histories import make_history, make_quantiles


def test_count_that_is_still_completed_is_not_what_came() -> None:
    history = make_history({"segment:a": [5.0, 8.0, 12.0]}, freq="W", end="2020-02-10")
    history = history.assign(reported=history["count"].where(history["time"] < history["time"][-1], 9.0))
    at = SimpleNamespace(origin_date=pd.Timestamp("2020-01-27"))
    made = SimpleNamespace(quantiles=make_quantiles({"segment:a": 50.0}).sel(horizon=[1, 2]))
    table = backtest_table([(at, made)], history)  # type: ignore[list-item]
    np.testing.assert_array_equal(table["observed"], [8.0, np.nan])

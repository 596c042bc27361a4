"""What is published of an indicator adds up in every draw, also where no skill was shown; bands of a period before."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecasting.combine.assemble import whole
from forecasting.combine.dependence import draw_quantiles
from forecasting.members.run_members import Members
from geo.region.units import cell_units, summing_matrix, unit_table
from pipelines.forecasts.member_tasks import AtCutoff
from pipelines.forecasts.published_forecast import bands_of_replay, put_together
from pipelines.forecasts.result import IndicatorForecast
from tests.histories import make_history, make_quantiles
from tests.regions import make_region

REGION = make_region()
CUTOFFS, STEP, HORIZON = 6, 3, 3


@pytest.fixture(scope="module")
def poor() -> IndicatorForecast:
    """Published after a backtest in which the members said ten times what came, and the baseline what came."""
    units, summing = unit_table(REGION)["unit"].to_list(), summing_matrix(REGION).toarray()
    rng = np.random.default_rng(5)
    counts = summing @ rng.poisson(40.0, (summing.shape[1], 80)).astype(float)
    history = make_history(dict(zip(units, counts, strict=True)), freq="W")
    history = history.assign(reported=history["count"]).assign_attrs(indicator="irregular_crossings")
    at = [cutoff(history, back) for back in (*range(CUTOFFS * STEP, 0, -STEP), 0)]
    ever, dates = np.ones(summing.shape[1], dtype=bool), [a.origin_date for a in at[:-1]]
    return put_together(at, history, region=REGION, seed=1, ever=ever, dates=dates, drawn=units)


def cutoff(history: xr.Dataset, back: int) -> AtCutoff:
    seen = history.isel(time=slice(0, history.sizes["time"] - back))
    last = dict(zip(seen["unit"].to_numpy(), seen["count"].to_numpy()[:, -4:].mean(axis=1), strict=True))
    said = [
        make_quantiles({u: v * factor for u, v in last.items()}, spread=0.1, horizon=HORIZON, member=name)
        for name, factor in (("baseline", 1.0), ("ets", 10.0))
    ]
    origin = pd.Timestamp(seen["time"].to_numpy()[-1])
    return AtCutoff(origin, seen, Members(xr.concat(said, dim="member"), []), None, real_vintages=False)


def test_units_that_are_no_better_than_the_baseline_publish_the_sum_of_their_cells_draws(
    poor: IndicatorForecast,
) -> None:
    assert poor.draws is not None
    assert poor.no_better.sel(unit="total").all()
    cells = poor.draws.sel(unit=cell_units(REGION)).to_numpy()
    sums = np.einsum("uc,chd->uhd", summing_matrix(REGION).toarray(), cells)
    np.testing.assert_allclose(poor.draws, sums)
    xr.testing.assert_identical(poor.value, whole(draw_quantiles(poor.draws)))
    np.testing.assert_allclose(poor.mean, sums.mean(axis=-1))


def test_chances_bands_and_scores_are_of_the_draws_that_are_published(poor: IndicatorForecast) -> None:
    ours = poor.scores[poor.scores["model"].eq("routecast")]
    assert ours["wis"].mean() > poor.scores.loc[poor.scores["model"].eq("baseline"), "wis"].mean()
    assert not np.allclose(poor.value, poor.baseline)


def test_bands_of_before_are_those_of_the_replay_moved_by_a_period() -> None:
    bands = xr.Dataset({"pressure_band": (("unit", "horizon"), np.array([[0, 3], [3, 0]], dtype=np.int8))})
    like = np.zeros((2, 2), dtype=np.int8)
    assert bands_of_replay(bands, like=like).tolist() == [[3, -1], [0, -1]]
    assert bands_of_replay(None, like=like).tolist() == [[-1, -1], [-1, -1]]

"""Forecasts of single nationalities: their rows alone, beside the total, without what is planned for all."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from geo.region.region import Capacity, Region
from geo.region.units import unit_table
from pipelines.forecasts.indicators import ForecastInputs, of_nationality, only_nationality
from pipelines.forecasts.result import IndicatorForecast
from pipelines.grid.cube import build_cube
from pipelines.grid.encode import KnownRows, Rows, encode, grid_for
from pipelines.grid.unit_histories import unit_history_of
from pipelines.observations.schema import TOTAL
from pipelines.publish.edition.tables import forecast_dataset, forecasts_tables, nationality_risk_tables, risk_table
from pipelines.risk.bands import apply_band_rules
from tests.regions import make_region
from tests.results import ORIGIN, make_result, spread_draws

COUNTS = {TOTAL: [10.0, 12.0], "SYR": [4.0, 5.0], "AFG": [3.0, np.nan]}


def rows_of(region: Region) -> Rows:
    """Two weeks of segment a-1: the total and two nationalities, one of them not told in the second week."""
    figures = [
        {"nationality": nationality, "period_start": week, "count": count}
        for nationality, counts in COUNTS.items()
        for week, count in zip(("2026-01-05", "2026-01-12"), counts, strict=True)
        if np.isfinite(count)
    ]
    table = pd.DataFrame(figures).assign(
        source="csv",
        as_of=pd.Timestamp("2026-01-20"),
        as_of_assumed=False,
        indicator="irregular_crossings",
        route=None,
        place_kind="segment",
        place="a-1",
        lon=np.nan,
        lat=np.nan,
        period="W",
        missing_reason=None,
        count_upper=pd.NA,
        status="final",
    )
    return encode(table.assign(period_start=pd.to_datetime(table["period_start"])), region)


def alone(nationality: str) -> ForecastInputs:
    """What is known of a nationality after the second week."""
    region = make_region(forecast_nationalities=(nationality,))
    rows = rows_of(region)
    known = KnownRows(rows, grid_for(rows, region), region)
    cube = build_cube(known, totals_only=True, scheduler="synchronous").cube
    histories = {i: unit_history_of(cube, region, i) for i in region.indicators}
    total = ForecastInputs(cube, known, histories, pd.Timestamp("2026-01-12"), max_tasks=100)
    return of_nationality(total, nationality, day=None)


def test_rows_of_an_nationality_are_its_own_and_stand_for_a_total() -> None:
    rows = only_nationality(rows_of(make_region()), "SYR")
    assert sorted(rows.frame["count"]) == [4.0, 5.0]
    assert set(rows.frame["nationality"]) == {0}


def test_history_of_an_nationality_is_unknown_where_it_was_not_told() -> None:
    counts = alone("AFG").histories["irregular_crossings"]["count"].sel(unit="segment:a-1").to_numpy()
    np.testing.assert_array_equal(counts, [3.0, np.nan])


def test_indicator_of_which_the_nationality_has_no_figure_is_left_out() -> None:
    assert list(alone("SYR").histories) == ["irregular_crossings"]
    assert not alone("UNK").histories


def complete(result: IndicatorForecast) -> IndicatorForecast:
    """With the columns of a history that no nowcast has touched."""
    counts = result.history["count"]
    return replace(result, history=result.history.assign(nowcast_sd=0 * counts, known_share=0 * counts + 1))


@pytest.fixture(scope="module")
def results() -> list[IndicatorForecast]:
    """The total, and one nationality with half of it on all cells."""
    planned = Capacity("a-1", "irregular_crossings", 20.0, "planning unit", date(2026, 1, 1))
    region = make_region(capacities=(planned,))
    cells, history = spread_draws([[20.0, 20.0]] * len(region.cells)), np.full((len(region.cells), 160), 20.0)
    total = apply_band_rules(complete(make_result(region, cells, history)), region, None)
    unplanned = make_region()
    one = replace(complete(make_result(unplanned, cells / 2, history / 2)), nationality="SYR", draws=None)
    return [total, apply_band_rules(one, unplanned, None)]


def test_edition_holds_nationalities_beside_the_total(results: list[IndicatorForecast]) -> None:
    region = make_region()
    both = forecast_dataset(results, unit_table(region), region, origin_date=ORIGIN)
    alone = forecast_dataset(results[:1], unit_table(region), region, origin_date=ORIGIN)
    assert both["nationality"].to_numpy().tolist() == [TOTAL, "SYR"]
    assert both["nationality_skill"].dims == ("indicator", "nationality", "unit", "horizon")
    for name in alone:
        np.testing.assert_array_equal(
            both[name].sel(nationality=[TOTAL]) if "nationality" in both[name].dims else both[name], alone[name]
        )
    median = both["value"].sel(quantile=0.5, unit="segment:a-1", horizon=1).squeeze().to_numpy()
    assert median[1] == pytest.approx(median[0] / 2)


def test_exchange_names_the_nationality_and_risk_of_an_nationality_has_no_capacity(
    results: list[IndicatorForecast],
) -> None:
    region = make_region()
    units = unit_table(region)
    exchanged = pd.concat(forecasts_tables(results, units, region, origin_date=ORIGIN))
    assert set(exchanged["nationality"]) == {TOTAL, "SYR"}
    table = nationality_risk_tables(results, units, region, origin_date=ORIGIN)["risk_nationalities"]
    assert set(table["nationality"]) == {"SYR"}
    assert table["capacity"].isna().all()
    assert len(table) == len(risk_table(results[:1], units, region, origin_date=ORIGIN))


def test_edition_without_asked_nationalities_has_no_table_of_them(results: list[IndicatorForecast]) -> None:
    region = make_region()
    assert nationality_risk_tables(results[:1], unit_table(region), region, origin_date=ORIGIN) == {}

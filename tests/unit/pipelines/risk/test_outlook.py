"""The edition's table of sums over the coming year."""

from dataclasses import replace

import numpy as np
import pandas as pd

from geo.region.units import unit_table
from pipelines.forecasts.published_forecast import _outlook
from pipelines.risk.outlook import OUTLOOK_COLUMNS, outlook_table
from tests.regions import make_region
from tests.results import ORIGIN, make_result, spread_draws


def table_of(kind: str = "flow") -> pd.DataFrame:
    region = make_region()
    indicator = replace(region.indicators["irregular_crossings"], kind=kind)
    region = replace(region, indicators={"irregular_crossings": indicator})
    cells = len(region.cells)
    made = make_result(region, spread_draws([[10.0] * 3] * cells), np.full((cells, 60), 4.0))
    assert made.draws is not None
    rows = _outlook(made.draws, made.baseline, made.history, made.capacity, region=region)
    return outlook_table([replace(made, outlook=rows)], unit_table(region), region, origin_date=ORIGIN)


def test_table_has_a_row_for_each_place_above_the_cells_span_and_model() -> None:
    table = table_of()
    assert list(table.columns) == list(OUTLOOK_COLUMNS)
    assert not table["level"].eq("cell").any()
    assert not table.duplicated(["indicator", "unit", "span", "number", "model_id"]).any()
    assert set(table["model_id"]) == {"routecast", "baseline"}


def test_spans_name_their_first_and_last_day() -> None:
    reach = table_of().query("span == 'reach'").iloc[0]
    assert reach["target_start"] == ORIGIN + pd.Timedelta(weeks=1)
    assert reach["target_end"] == ORIGIN + pd.Timedelta(weeks=4) - pd.Timedelta(days=1)


def test_sums_of_places_are_sums_of_their_cells_in_every_draw() -> None:
    table = table_of().query("model_id == 'routecast' and span == 'reach'").set_index("unit")
    segments = table[table["level"].eq("segment")]
    np.testing.assert_allclose(segments["mean"].sum(), table.loc["total", "mean"])


def test_stock_has_no_sums() -> None:
    assert table_of("stock").empty

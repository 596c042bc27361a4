import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import csr_array

from geo.region.region import Cell, Indicator, Region, Route, Segment
from pipelines.grid.unit_histories import cell_history, shared_out_share, unit_history

REGION = Region(
    id="r",
    name="R",
    freq="W",
    pack_version="1",
    indicators={"irregular_crossings": Indicator("irregular_crossings", "c", "detections")},
    segments=(Segment("a", "A", "X-Y"), Segment("b", "B", "X-Y")),
    routes=(Route("r", "R", ("a", "b")),),
    cells=(Cell("r", "a"), Cell("r", "b")),
)
SUMMING = csr_array(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))
UNITS = ["total", "segment:a", "segment:b"]


def make_cube(counts: list[list[float]], coverage: list[list[float]] | None = None) -> xr.Dataset:
    values = np.array(counts, dtype=float)
    covered = np.where(np.isnan(values), 0.0, 1.0) if coverage is None else np.array(coverage)
    return xr.Dataset(
        {
            "count": (("indicator", "nationality", "cell", "time"), values[None, None]),
            "coverage": (("indicator", "cell", "time"), covered[None]),
        },
        coords={
            "indicator": ["irregular_crossings"],
            "nationality": ["TOTAL"],
            "time": pd.date_range("2026-01-05", periods=values.shape[1], freq="7D"),
        },
    )


def history(cube: xr.Dataset) -> xr.Dataset:
    return unit_history(cube, REGION, "irregular_crossings", units=UNITS, summing=SUMMING)


def test_unit_is_the_sum_of_its_cells() -> None:
    np.testing.assert_array_equal(history(make_cube([[1, 2], [10, 20]]))["count"].sel(unit="total"), [11, 22])


def test_unit_is_unknown_when_a_large_cell_is_missing() -> None:
    out = history(make_cube([[1, 2], [10, np.nan]]))
    assert np.isnan(out["count"].sel(unit="total")[1])
    assert out["count"].sel(unit="segment:a")[1] == 2


def test_unit_is_known_when_the_missing_cell_usually_carries_next_to_nothing() -> None:
    out = history(make_cube([[100, 100, 100], [1, np.nan, 1]]))
    assert out["count"].sel(unit="total")[1] == 100


def test_newest_sum_is_completed_by_the_usual_counts_of_parts_that_are_late() -> None:
    total = history(make_cube([[100, 100, 100], [4, 4, np.nan]])).sel(unit="total").isel(time=-1)
    assert (total["reported"], total["count"]) == (100, 104)
    assert total["nowcast_sd"] == np.sqrt(4 + 2**2)  # its count, and half of it


def test_newest_sum_waits_for_no_part_that_has_long_been_silent() -> None:
    total = history(make_cube([[100] * 7, [4, *[np.nan] * 6]])).sel(unit="total").isel(time=-1)
    assert (total["count"], total["nowcast_sd"]) == (100, 0)


def test_cell_that_never_reports_does_not_silence_its_unit() -> None:
    out = history(make_cube([[0, 3], [np.nan, np.nan]]))
    np.testing.assert_array_equal(out["count"].sel(unit="total"), [0, 3])
    assert np.isnan(out["count"].sel(unit="segment:b")).all()


def test_partly_reported_period_is_unknown() -> None:
    cube = make_cube([[7, 5], [1, 1]], [[1, 5 / 7], [1, 1]])
    np.testing.assert_array_equal(cell_history(cube, "irregular_crossings")[0], [7, np.nan])


def test_spread_counts_what_was_shared_out_and_its_share_of_the_last_periods() -> None:
    cube = make_cube([[10, 10, 10], [30, 30, np.nan]])
    cube["allocated"] = (
        ("indicator", "cell", "time"),
        np.array([[[0.0, 0.5, 1.0], [0.0, 1.0, 0.0]]], dtype=np.float32),
    )
    found = history(cube)
    assert found["shared_out"].sel(unit="segment:a").to_numpy().tolist() == [0, 5, 10]
    assert found["shared_out"].sel(unit="total").to_numpy()[:2].tolist() == [0, 35]
    assert shared_out_share(found, ["segment:a", "segment:b", "total"], 2).tolist() == [15 / 20, 1.0, 35 / 40]


def test_nothing_is_spread_where_the_cube_does_not_say() -> None:
    found = history(make_cube([[10.0, 10.0], [0.0, 0.0]]))
    assert shared_out_share(found, ["segment:a"], 2).tolist() == [0.0]
    assert np.isnan(shared_out_share(found, ["segment:b"], 2)).all()  # no counts: no share

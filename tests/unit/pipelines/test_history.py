import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import csr_array

from geo.region import Cell, Indicator, Region, Route, Segment
from pipelines.history import cell_history, unit_history

REGION = Region(
    id="r", name="R", freq="W", pack_version="1",
    indicators={"irregular_crossings": Indicator("irregular_crossings", "c", "detections")},
    segments=(Segment("a", "A", "X-Y"), Segment("b", "B", "X-Y")),
    routes=(Route("r", "R", ("a", "b")),),
    cells=(Cell("r", "a"), Cell("r", "b")),
)  # fmt: skip
SUMMING = csr_array(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))
UNITS = ["total", "segment:a", "segment:b"]


def make_cube(counts: list[list[float]], coverage: list[list[float]] | None = None) -> xr.Dataset:
    values = np.array(counts, dtype=float)
    covered = np.where(np.isnan(values), 0.0, 1.0) if coverage is None else np.array(coverage)
    return xr.Dataset(
        {"count": (("indicator", "origin", "cell", "time"), values[None, None]),
         "coverage": (("indicator", "cell", "time"), covered[None])},
        coords={"indicator": ["irregular_crossings"], "origin": ["TOTAL"],
                "time": pd.date_range("2026-01-05", periods=values.shape[1], freq="7D")},
    )  # fmt: skip


def history(cube: xr.Dataset) -> xr.Dataset:
    return unit_history(cube, REGION, "irregular_crossings", units=UNITS, summing=SUMMING)


def test_unit_is_the_sum_of_its_cells() -> None:
    np.testing.assert_array_equal(history(make_cube([[1, 2], [10, 20]]))["count"].sel(unit="total"), [11, 22])


def test_unit_is_unknown_when_a_large_cell_is_missing() -> None:
    out = history(make_cube([[1, 2], [10, np.nan]]))
    assert np.isnan(out["count"].sel(unit="total")[1])
    assert out["count"].sel(unit="segment:a")[1] == 2


def test_unit_is_known_when_the_missing_cell_usually_carries_next_to_nothing() -> None:
    out = history(make_cube([[100, 100], [1, np.nan]]))
    assert out["count"].sel(unit="total")[1] == 100


def test_cell_that_never_reports_does_not_silence_its_unit() -> None:
    out = history(make_cube([[0, 3], [np.nan, np.nan]]))
    np.testing.assert_array_equal(out["count"].sel(unit="total"), [0, 3])
    assert np.isnan(out["count"].sel(unit="segment:b")).all()


def test_partly_reported_period_is_unknown() -> None:
    cube = make_cube([[7, 5], [1, 1]], [[1, 5 / 7], [1, 1]])
    np.testing.assert_array_equal(cell_history(cube, "irregular_crossings")[0], [7, np.nan])

"""Figures longer than the region's period, through the cube."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from geo.pack.load import load_region
from pipelines.grid.cube import build_cube
from pipelines.grid.encode import KnownRows, encode, grid_for
from pipelines.observations.schema import SCHEMA
from tests.regions import write_pack

PACK = """
name: Two segments
freq: M
indicators: {irregular_crossings: {unit: persons, sensitivity: public}}
segments: [{id: a, name: A, border: AAA-BBB}, {id: b, name: B, border: AAA-BBB, neighbours: [a]}]
"""


def make_table(*rows: tuple[str, str, str, float, str]) -> pd.DataFrame:
    """Rows of (place, first day, period, count, nationality)."""
    table = pd.DataFrame(rows, columns=["place", "period_start", "period", "count", "nationality"])
    fixed = {
        "source": "csv",
        "indicator": "irregular_crossings",
        "place_kind": "segment",
        "route": None,
        "lon": np.nan,
        "lat": np.nan,
        "status": "final",
        "as_of_assumed": True,
        "missing_reason": None,
        "count_upper": None,
    }
    days = pd.to_datetime(table["period_start"])
    return table.assign(**fixed, period_start=days, as_of=days + pd.Timedelta(days=120))[list(SCHEMA.names)]


def cube_of(folder: Path, *rows: tuple[str, str, str, float, str]) -> xr.Dataset:
    region = load_region(write_pack(folder / "pack", PACK))
    encoded = encode(make_table(*rows), region)
    built = build_cube(KnownRows(encoded, grid_for(encoded, region), region), scheduler="synchronous")
    assert all(entry.holds for entry in built.conservation)
    return built.cube.isel(indicator=0)


QUARTERLY = [("b", f"2024-{m:02d}-01", "Q", count, "TOTAL") for m, count in ((1, 300), (4, 600), (7, 900), (10, 600))]
MONTHLY = [("a", f"2024-{m:02d}-01", "M", count, "TOTAL") for m, count in enumerate([10, 20, 30] * 4, start=1)]


def test_quarters_add_up_to_the_published_figures_and_are_marked(tmp_path: Path) -> None:
    cube = cube_of(tmp_path, *QUARTERLY)
    counts = cube["count"].sel(nationality="TOTAL").isel(cell=1).to_numpy()
    assert counts.reshape(4, 3).sum(axis=1) == pytest.approx([300, 600, 900, 600])
    assert (cube["allocated"].isel(cell=1) == 1).all()
    assert np.abs(np.diff(counts)).max() < 100  # no step of 100 a month where a quarter begins


def test_quarters_follow_the_months_that_a_neighbour_reports(tmp_path: Path) -> None:
    cube = cube_of(tmp_path, *QUARTERLY, *MONTHLY)
    counts = cube["count"].sel(nationality="TOTAL").isel(cell=1).to_numpy()
    assert counts.reshape(4, 3).sum(axis=1) == pytest.approx([300, 600, 900, 600])
    assert counts[0] < counts[1] < counts[2]
    assert counts[3] < counts[2]
    assert (cube["allocated"].isel(cell=0) == 0).all()


def test_nationalities_stay_parts_of_their_published_total(tmp_path: Path) -> None:
    parts = [
        ("b", day, "Q", count / 2, nationality) for _, day, _, count, _ in QUARTERLY for nationality in ("SYR", "AFG")
    ]
    counts = cube_of(tmp_path, *QUARTERLY, *parts, *MONTHLY)["count"].isel(cell=1)
    assert counts.sel(nationality=["SYR", "AFG"]).sum("nationality").to_numpy() == pytest.approx(
        counts.sel(nationality="TOTAL").to_numpy()
    )


def test_a_missing_quarter_stays_missing(tmp_path: Path) -> None:
    rows = [r if r[1] != "2024-04-01" else (*r[:3], np.nan, r[4]) for r in QUARTERLY]
    counts = cube_of(tmp_path, *rows)["count"].sel(nationality="TOTAL").isel(cell=1).to_numpy()
    assert np.isnan(counts[3:6]).all()
    assert np.isfinite(np.delete(counts, [3, 4, 5])).all()


def test_a_year_alone_is_shared_out_by_its_days_and_marked(tmp_path: Path) -> None:
    cube = cube_of(tmp_path, ("b", "2023-01-01", "Y", 3650, "TOTAL"))
    counts = cube["count"].sel(nationality="TOTAL").isel(cell=1).to_numpy()
    assert counts == pytest.approx([310, 280, 310, 300, 310, 300, 310, 310, 300, 310, 300, 310])  # ten a day
    assert (cube["allocated"].isel(cell=1) == 1).all()


def test_two_years_pass_into_each_other_as_calculated_by_hand(tmp_path: Path) -> None:
    """A neighbour that reports the same each month per day: y rises by 1, 2, … 12, then by 11, … 1 (Denton, λ = 1).

    Mean 100 a month; the first year's sum is 12 × 100 − 578, the second's 12 × 100 + 578.
    """
    even = {31: 420, 30: 434, 28: 465}  # times days: 13,020 each month, so nothing but the years moves the series
    months = pd.date_range("2022-01-01", periods=24, freq="MS")
    neighbour = [("a", f"{m:%Y-%m-%d}", "M", even[m.days_in_month], "TOTAL") for m in months]
    years = [("b", "2022-01-01", "Y", 622, "TOTAL"), ("b", "2023-01-01", "Y", 1778, "TOTAL")]
    cube = cube_of(tmp_path, *neighbour, *years)
    counts = cube["count"].sel(nationality="TOTAL").isel(cell=1).to_numpy()
    first = [28 + t * (t - 1) / 2 for t in range(1, 13)]  # 28, 29, 31, 34, … 94
    assert counts == pytest.approx([*first, *(200 - y for y in reversed(first))])


def test_months_of_a_place_speak_before_its_year(tmp_path: Path) -> None:
    months = [("b", f"2023-{m:02d}-01", "M", 10.0 * m, "TOTAL") for m in range(1, 13)]
    cube = cube_of(tmp_path, ("b", "2023-01-01", "Y", 780, "TOTAL"), *months)
    counts = cube["count"].sel(nationality="TOTAL").isel(cell=1).to_numpy()
    assert counts.tolist() == [10.0 * m for m in range(1, 13)]
    assert (cube["allocated"].isel(cell=1) == 0).all()


def test_a_quarter_of_a_place_speaks_before_its_year(tmp_path: Path) -> None:
    """91 days in the second quarter of 2023: two a day; the year alone would say ten a day."""
    cube = cube_of(tmp_path, ("b", "2023-01-01", "Y", 3650, "TOTAL"), ("b", "2023-04-01", "Q", 182, "TOTAL"))
    counts = cube["count"].sel(nationality="TOTAL").isel(cell=1).to_numpy()
    assert counts[3:6].sum() == pytest.approx(182)

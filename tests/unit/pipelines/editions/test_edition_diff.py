"""What `editions diff` finds between two editions."""

from pathlib import Path

import pandas as pd
import pytest
import xarray as xr

from pipelines.editions.diff import COLUMNS, KINDS, diff_editions
from pipelines.editions.edition import Edition
from tests.editions import write_edition

SMALL = {"region_id": "small", "n_segments": 3, "geometry": False}


def edition(folder: Path, **options: object) -> Edition:
    return Edition(write_edition(folder, **{**SMALL, **options}))


def change_history(one: Edition, unit: str, period: str, value: float) -> Edition:
    path = one.folder / "forecast.zarr"
    forecast = xr.load_dataset(path, engine="zarr", chunks=None, consolidated=False)
    forecast["history"].loc[{"unit": unit, "time": pd.Timestamp(period), "indicator": "irregular_crossings"}] = value
    forecast.drop_encoding().to_zarr(path, mode="w", zarr_format=2, consolidated=False)
    return Edition(one.folder)


def change_risk(one: Edition, **changes: dict[tuple[str, int], object]) -> Edition:
    path = one.folder / "risk.parquet"
    risk = pd.read_parquet(path)
    for column, cells in changes.items():
        for (unit, horizon), value in cells.items():
            mine = (risk["unit"] == unit) & (risk["horizon"] == horizon) & (risk["indicator"] == "irregular_crossings")
            risk.loc[mine, column] = value
    risk.to_parquet(path)
    return Edition(one.folder)


def of_kind(changes: pd.DataFrame, kind: str) -> pd.DataFrame:
    return changes[changes["kind"] == kind].reset_index(drop=True)


def test_an_edition_differs_in_nothing_from_itself(tmp_path: Path) -> None:
    one = edition(tmp_path)
    assert diff_editions(one, one).empty


def test_a_new_input_file_and_a_replaced_one_are_named(tmp_path: Path) -> None:
    def inputs(*pairs: tuple[str, str]) -> dict[str, object]:
        return {"inputs": [{"source": "csv", "file": f, "sha256": s * 64} for f, s in pairs]}

    old = edition(tmp_path / "a", manifest=inputs(("figures.csv", "1")))
    new = edition(tmp_path / "b", manifest=inputs(("figures.csv", "2"), ("more.csv", "3")))
    found = of_kind(diff_editions(old, new), "input")
    assert found["what"].tolist() == [
        f"csv figures.csv {'1' * 12}",
        f"csv figures.csv {'2' * 12}",
        f"csv more.csv {'3' * 12}",
    ]
    assert [v is None for v in found["before"]] == [False, True, True]


def test_a_changed_setting_and_library_are_named_with_both_values(tmp_path: Path) -> None:
    old = edition(tmp_path / "a", manifest={"settings": {"horizon": 6}, "libraries": {"numpy": "1"}})
    new = edition(tmp_path / "b", manifest={"settings": {"horizon": 12}, "libraries": {"numpy": "2"}})
    found = of_kind(diff_editions(old, new), "setting")
    assert set(zip(found["what"], found["before"], found["after"], strict=True)) == {
        ("settings horizon", "6", "12"),
        ("libraries numpy", "1", "2"),
    }


def test_observed_figures_come_with_the_largest_change_first(tmp_path: Path) -> None:
    old, new = edition(tmp_path / "a"), edition(tmp_path / "b")
    was = old.forecast["history"].sel(indicator="irregular_crossings", nationality="TOTAL", time="2026-10-12")
    change_history(new, "segment:s01", "2026-10-12", float(was.sel(unit="segment:s01")) + 5)
    new = change_history(new, "segment:s02", "2026-10-12", float(was.sel(unit="segment:s02")) - 50)
    found = of_kind(diff_editions(old, new), "observed")
    assert found["unit"].tolist() == ["segment:s02", "segment:s01"]
    assert found["change"].tolist() == [-50, 5]
    assert set(found["period"]) == {"2026-W42"}


def test_a_figure_that_became_unknown_is_a_change_without_a_distance(tmp_path: Path) -> None:
    old = edition(tmp_path / "a")
    new = change_history(edition(tmp_path / "b"), "segment:s01", "2026-10-12", float("nan"))
    (found,) = of_kind(diff_editions(old, new), "observed").to_dict("records")
    assert pd.isna(found["after"])
    assert pd.isna(found["change"])
    assert found["before"] > 0


def test_medians_of_one_week_are_compared_whatever_the_horizon(tmp_path: Path) -> None:
    old = change_risk(edition(tmp_path / "a"), q50={("total", 2): 100.0})
    new = change_risk(edition(tmp_path / "b", last="2026-11-16"), q50={("total", 1): 130.0})
    found = of_kind(diff_editions(old, new), "median")
    same_week = found[
        (found["unit"] == "total") & (found["period"] == "2026-W48") & (found["indicator"] == "irregular_crossings")
    ]
    assert same_week[["before", "after", "change"]].to_numpy().tolist() == [[100.0, 130.0, 30.0]]


def test_a_band_that_moved_two_steps_comes_before_one_that_moved_one(tmp_path: Path) -> None:
    bands = {("segment:s01", 1): "low", ("segment:s02", 1): "low"}
    old = change_risk(edition(tmp_path / "a"), pressure_band=bands)
    moved = {("segment:s01", 1): "moderate", ("segment:s02", 1): "high"}
    new = change_risk(edition(tmp_path / "b"), pressure_band=moved)
    found = of_kind(diff_editions(old, new), "band")
    assert list(zip(found["unit"], found["change"], strict=True)) == [("segment:s02", 2.0), ("segment:s01", 1.0)]


def test_editions_that_forecast_no_common_period_have_no_band_and_median_to_compare(tmp_path: Path) -> None:
    old, new = edition(tmp_path / "a", horizon=1), edition(tmp_path / "b", horizon=1, last="2026-11-16")
    assert set(diff_editions(old, new)["kind"]) == {"setting", "observed"}


def test_a_band_that_was_withdrawn_is_told(tmp_path: Path) -> None:
    old = change_risk(edition(tmp_path / "a"), pressure_band={("segment:s01", 1): "high"})
    new = change_risk(edition(tmp_path / "b"), pressure_band={("segment:s01", 1): None})
    (found,) = of_kind(diff_editions(old, new), "band").to_dict("records")
    assert (found["before"], found["after"]) == ("high", None)


@pytest.mark.parametrize("seed", [2, 3])
def test_changes_stand_by_kind_in_one_order(tmp_path: Path, seed: int) -> None:
    found = diff_editions(edition(tmp_path / "a"), edition(tmp_path / "b", seed=seed))
    assert tuple(found.columns) == COLUMNS
    assert found["kind"].drop_duplicates().tolist() == [k for k in KINDS if k in set(found["kind"])]

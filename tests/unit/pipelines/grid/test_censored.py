"""Figures printed as an upper bound: unknown at every grain, the bound kept, never a zero and never a count."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from geo.region.region import Region
from pipelines.grid.cube import BuiltCube, build_cube
from pipelines.grid.encode import KnownRows, encode, grid_for
from pipelines.grid.unit_histories import cell_history
from pipelines.ingest.door.ingest import ingest
from pipelines.observations.batches import load_observations
from pipelines.publish.edition.quality import quality_report
from pipelines.store.paths import Store
from tests.regions import make_region

HEADER = "indicator,place_kind,place,period_start,period,count,nationality,count_upper\n"
WEEK = "2026-11-02"
SUPPRESSED = 2  # its reason code


def figure(kind: str, place: str, count: str, *, nationality: str = "", upper: str = "", day: str = WEEK) -> str:
    return f"irregular_crossings,{kind},{place},{day},W,{count},{nationality},{upper}\n"


def build(tmp_path: Path, *rows: str) -> tuple[BuiltCube, Region, Store]:
    region, store = make_region(), Store(tmp_path / "store")
    (tmp_path / "figures.csv").write_text(HEADER + "".join(rows))
    ingest("csv", [tmp_path / "figures.csv"], region=region, store=store, today=date(2026, 11, 23))
    rows_ = encode(load_observations(store, region.id), region)
    return build_cube(KnownRows(rows_, grid_for(rows_, region), region), scheduler="synchronous"), region, store


@pytest.mark.parametrize(("kind", "place"), [("country", "BBB"), ("route", "north"), ("border", "AAA-BBB")])
def test_coarse_censored_figure_is_unknown_in_all_its_cells(tmp_path: Path, kind: str, place: str) -> None:
    built, _, _ = build(tmp_path, figure(kind, place, "<5"))
    assert built.cube["count"].isnull().all()
    fed = built.cube["missing"].to_numpy()[0, :, 0]
    assert set(fed.tolist()) == {1, SUPPRESSED}
    assert sum(entry.counted_in for entry in built.conservation) == 0


def test_bound_is_kept_and_told_in_the_quality_report(tmp_path: Path) -> None:
    built, region, store = build(tmp_path, figure("country", "BBB", "<5"), figure("segment", "b-1", "", upper="9"))
    figures = load_observations(store, region.id)
    assert figures["count_upper"].tolist() == [4, 9]
    assert figures["missing_reason"].tolist() == ["suppressed", "suppressed"]
    newest = figures["as_of"].max()
    origin = built.cube["time"].to_pandas().iloc[-1]
    report = quality_report(built, figures, figures.iloc[:0], region=region, origin_date=origin, as_of=newest)
    assert report["censored"] == [{"source": "csv", "indicator": "irregular_crossings", "figures": 2, "at_most": 13}]


def test_nationalities_with_a_censored_one_are_no_total(tmp_path: Path) -> None:
    rows = figure("segment", "b-1", "3", nationality="SYR"), figure("segment", "b-1", "<5", nationality="AFG")
    built, _, _ = build(tmp_path, *rows)
    cell = built.cube.isel(indicator=0, cell=3, time=0)
    assert (float(cell["coverage"]), int(cell["missing"])) == (0.0, SUPPRESSED)
    assert np.isnan(cell_history(built.cube, "irregular_crossings")).all()
    assert built.conservation[0].holds


def test_nationalities_with_one_that_is_not_told_are_no_total(tmp_path: Path) -> None:
    rows = figure("segment", "b-1", "3", nationality="SYR"), figure("segment", "b-1", "", nationality="AFG")
    built, _, _ = build(tmp_path, *rows)
    cell = built.cube.isel(indicator=0, cell=3, time=0)
    assert (float(cell["coverage"]), int(cell["missing"])) == (0.0, 1)
    assert built.conservation[0].holds


def test_censored_nationality_under_a_published_total_leaves_the_total(tmp_path: Path) -> None:
    rows = figure("segment", "b-1", "7"), figure("segment", "b-1", "<5", nationality="AFG")
    built, _, _ = build(tmp_path, *rows)
    assert cell_history(built.cube, "irregular_crossings")[3, 0] == 7


def test_segment_with_a_censored_crossing_point_beside_is_known(tmp_path: Path) -> None:
    """The crossing point says nothing of the whole segment; the segment's own figure does."""
    rows = figure("crossing_point", "pass", "<5"), figure("segment", "b-1", "7")
    built, _, _ = build(tmp_path, *rows)
    assert cell_history(built.cube, "irregular_crossings")[3, 0] == 7


@pytest.mark.parametrize("count", ["<0", "<99999999999999999999", "≤5", "1-4"])
def test_bound_that_is_none_is_refused(tmp_path: Path, count: str) -> None:
    region, store = make_region(), Store(tmp_path / "store")
    (tmp_path / "figures.csv").write_text(HEADER + figure("segment", "b-1", count), encoding="utf-8")
    report = ingest("csv", [tmp_path / "figures.csv"], region=region, store=store, today=date(2026, 11, 23))
    assert report.files[0].reasons == (("count is not a number (leave it empty where nothing was reported)", 1, 2),)

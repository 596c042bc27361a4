"""The real public files, against figures read off them by hand."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.pack.load import load_region
from pipelines.grid.cube import build_cube, totals
from pipelines.grid.encode import KnownRows, encode, grid_for
from pipelines.ingest.door.ingest import IngestReport, ingest
from pipelines.ingest.sources.registry import SOURCES
from pipelines.observations.batches import load_confirmed, load_observations, load_quarantine, quarantined_counts
from pipelines.observations.schema import DataRefusedError
from pipelines.publish.edition.quality import quality_report
from pipelines.store.paths import Store
from tests.real_data import real_data
from tests.regions import write_pack

UNHCR = "unhcr_western_balkans/20160921-analysisofestimatedarrivals.xlsx"
FRONTEX = "frontex/monthly_detections_of_ibc_2025-06-03.xlsx"
VINTAGES = "frontex/route_month_vintages_2025.csv"
MIGRANTS = "missing_migrants/iom_europe.csv"
LANDINGS = "italy/sbarchi-per-giorno.csv"
USBP = "usbp/usbp_monthly_encounters_fy2000-fy2020.csv.gz"
ITALY_PACK = """
name: Italy
freq: W
indicators: {irregular_crossings: {unit: landings}}
segments: [{id: italy, name: Italy, border: SEA}]
"""
DATE = "impossible date in Data"
# region → its files by source, and how many rows are refused for which reason (read off the files by hand)
EVERYTHING = {
    "western_balkans": (
        {
            "unhcr_western_balkans": [UNHCR],
            "missing_migrants": [MIGRANTS],
            "frontex": [FRONTEX, VINTAGES],
            "italy_landings": [LANDINGS],
        },
        {DATE: 7},
    ),
    "eu_routes": (
        {"frontex": [VINTAGES, FRONTEX], "missing_migrants": [MIGRANTS]},
        {"several routes in one cell": 1},
    ),
    "italy": ({"italy_landings": [LANDINGS]}, {DATE: 7}),
    "us": ({"usbp": [USBP]}, {}),
}


def take(source: str, file: str, *, region: str | Path, tmp_path: Path) -> tuple[IngestReport, pd.DataFrame]:
    pack, store = load_region(region), Store(tmp_path / "store")
    report = ingest(source, [real_data(file)], region=pack, store=store, today=date(2026, 11, 23))
    return report, load_observations(store, pack.id)


def test_frontex_workbook_adds_up_to_its_published_totals(tmp_path: Path) -> None:
    report, figures = take("frontex", FRONTEX, region="eu_routes", tmp_path=tmp_path)
    totals = figures.groupby("place")["count"].sum()
    assert report.quarantined == 0
    assert (totals["western_balkan"], totals["central_mediterranean"], totals.sum()) == (1363571, 1252298, 4966869)


def test_frontex_vintage_is_read_from_the_notes(tmp_path: Path) -> None:
    _, figures = take("frontex", FRONTEX, region="eu_routes", tmp_path=tmp_path)
    assert figures["as_of"].unique().tolist() == [pd.Timestamp("2025-06-03")]
    assert not figures["as_of_assumed"].any()


def test_frontex_csv_of_vintages_keeps_five_of_them(tmp_path: Path) -> None:
    _, figures = take("frontex", "frontex/route_month_vintages_2025.csv", region="eu_routes", tmp_path=tmp_path)
    assert figures["as_of"].nunique() == 5
    assert (figures["count"] == 0).any()  # months that the table leaves out


def test_unhcr_day_goes_to_the_countries_entered(tmp_path: Path) -> None:
    report, figures = take("unhcr_western_balkans", UNHCR, region="western_balkans", tmp_path=tmp_path)
    first = figures[figures["period_start"] == "2015-10-01"].set_index("place")["count"]
    assert (first["MKD"], first["SRB"], first["HRV"], first["HUN"], first["AUT"]) == (4370, 5900, 4344, 3667, 4550)
    assert first["SEA-AEGEAN"] == 2631
    assert report.quarantined == 0


def test_unhcr_not_available_is_not_reported(tmp_path: Path) -> None:
    _, figures = take("unhcr_western_balkans", UNHCR, region="western_balkans", tmp_path=tmp_path)
    slovenia = figures[(figures["place"] == "SVN") & (figures["period_start"] == "2015-10-03")].iloc[0]
    assert pd.isna(slovenia["count"])
    assert slovenia["missing_reason"] == "not_reported"


def test_italy_leaves_out_the_days_after_a_bulletin(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "italy", ITALY_PACK)
    report, figures = take("italy_landings", "italy/sbarchi-per-giorno.csv", region=folder, tmp_path=tmp_path)
    assert (figures["period_start"] <= figures["as_of"]).all()
    assert figures["as_of"].nunique() > 100
    assert report.quarantined == 7  # impossible dates; `0[VALORE]0` stands on a filled day


def test_usbp_takes_sectors_and_leaves_totals(tmp_path: Path) -> None:
    file = "usbp/usbp_monthly_encounters_fy2000-fy2020.csv.gz"
    _, figures = take("usbp", file, region=write_pack(tmp_path / "us"), tmp_path=tmp_path)
    october = figures[figures["period_start"] == "1999-10-01"].set_index("place")["count"]
    assert october.to_dict() == {"san_diego": 9046.0, "el_centro": 13761.0, "yuma": 5403.0}


def test_missing_migrants_are_stored_as_sums_only(tmp_path: Path) -> None:
    file = "missing_migrants/iom_europe.csv"
    report, figures = take("missing_migrants", file, region="western_balkans", tmp_path=tmp_path)
    assert set(figures["period"]) == {"W"}
    assert report.quarantined == 0  # nine incidents share their `Main ID` with another one: they are incidents
    assert figures["count"].sum() == 49989


def test_italy_is_refused_by_a_region_without_a_place_for_it(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match="a segment 'Italy' or routes that enter ITA, got 'eu_routes'"):
        take("italy_landings", LANDINGS, region="eu_routes", tmp_path=tmp_path)


def test_missing_migrants_go_to_their_routes_where_points_can_not(tmp_path: Path) -> None:
    _, figures = take("missing_migrants", MIGRANTS, region="eu_routes", tmp_path=tmp_path)
    table = pd.read_csv(real_data(MIGRANTS), dtype=str)
    mine = table[table["Route"] == "Western Balkans"]
    counted = figures.loc[figures["place"] == "western_balkan", "count"].sum()
    assert counted == pd.to_numeric(mine["No. dead/missing"]).sum() > 0


@pytest.mark.parametrize(
    ("day", "september", "january"),
    [("2025-01-31", 8757, None), ("2025-02-28", 8853, None), ("2025-03-31", 8853, 3716), ("2025-04-30", 8732, 3695)],
)
def test_frontex_cube_is_what_was_published_by_the_day(
    tmp_path: Path, day: str, september: int, january: int | None
) -> None:
    """Eastern Mediterranean, land and sea together, as published on 7 January, 4 February, 4 March and 2 April 2025."""
    region = load_region("eu_routes")
    _, figures = take("frontex", VINTAGES, region="eu_routes", tmp_path=tmp_path)
    rows = encode(figures, region)
    number = int(np.datetime64(day).astype(np.int64))
    grid = grid_for(rows, region, last_day=number)
    known_rows = KnownRows(rows, grid, region, strict_vintages=True)
    cube = build_cube(known_rows, day=number, scheduler="synchronous").cube
    at = cube["segment"].to_numpy().tolist().index("eastern_mediterranean")
    series = totals(cube).sel(indicator="irregular_crossings").isel(cell=at).to_series()
    assert series["2024-09-01"] == september
    known = series.get("2025-01-01", np.nan)
    assert np.isnan(known) if january is None else known == january


@pytest.mark.slow
@pytest.mark.parametrize("name", list(EVERYTHING))
def test_all_real_files_are_accounted_for(tmp_path: Path, name: str) -> None:
    packs = {"italy": ITALY_PACK, "us": None}
    folder = tmp_path / name
    if name in packs:
        write_pack(folder, *filter(None, [packs[name]]))
    region, store = load_region(folder if name in packs else name), Store(tmp_path / "store")
    files, refused = EVERYTHING[name]
    for source, paths in files.items():
        ingest(source, [real_data(p) for p in paths], region=region, store=store, today=date(2026, 11, 23))
    figures, quarantine = load_observations(store, region.id), load_quarantine(store, region.id)
    assert quarantine.groupby("reason").size().to_dict() == refused
    rows = encode(figures, region, confirmed=load_confirmed(store, region.id))
    zeros = tuple(s for s, module in SOURCES.items() if module.absence == "zero_within_span")
    known = KnownRows(rows, grid_for(rows, region), region, zero_within_span=zeros)
    built = build_cube(known, quarantined=quarantined_counts(quarantine), scheduler="synchronous")
    assert len(built.conservation) > 0
    assert all(entry.holds and entry.on_grid > 0 for entry in built.conservation)
    origin, newest = pd.Timestamp(built.cube["time"].to_numpy()[-1]), figures["as_of"].max()
    report = quality_report(built, figures, quarantine, region=region, origin_date=origin, as_of=newest)
    assert {row["source"] for row in report["sources"]} == set(files)
    assert len(report["unallocated"]) <= 25  # a person reads them

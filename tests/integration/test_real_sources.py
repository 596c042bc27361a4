"""The real public files, against figures read off them by hand."""

from datetime import date
from pathlib import Path

import pandas as pd

from geo.load import load_region
from pipelines.ingest import IngestReport, ingest
from pipelines.observation_store import load_observations
from pipelines.store import Store
from tests.real_data import real_data
from tests.regions import write_pack

UNHCR = "unhcr_western_balkans/20160921-analysisofestimatedarrivals.xlsx"
FRONTEX = "frontex/monthly_detections_of_ibc_2025-06-03.xlsx"


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
    indicators = "indicators: {irregular_crossings: {unit: landings}}"
    pack = f"name: Italy\nfreq: W\n{indicators}\nsegments: [{{id: italy, name: Italy, border: SEA}}]\n"
    folder = write_pack(tmp_path / "italy", pack)
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
    assert report.files[0].reasons[0][:2] == ("the same Main ID stands in the file twice", 9)
    assert figures["count"].sum() == 49939

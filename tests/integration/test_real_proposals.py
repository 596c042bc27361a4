"""Real tables as if nobody had described them: what `routecast map` proposes reads them to the last count."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from geo.pack.load import load_region
from geo.region.region import Region
from pipelines.ingest.door.validate import validate
from pipelines.ingest.proposals.preview import Preview, preview
from pipelines.ingest.proposals.propose import propose
from pipelines.ingest.sources.registry import SOURCES
from pipelines.observations.schema import Reading
from tests.real_data import real_data
from tests.regions import write_pack

pytestmark = pytest.mark.slow
TODAY = date(2026, 11, 30)
NO_PLACE = {"place": "central_mediterranean", "place_kind": "segment", "indicator": "irregular_crossings"}


def read_as_proposed(path: Path, region: Region, **said: str) -> Preview:
    mapping = propose(path, region, said=said).mapping
    assert mapping is not None
    return preview(mapping, path, region, today=TODAY)


def read_as_shipped(source: str, path: Path, region: Region) -> Reading:
    return validate(SOURCES[source].read(path, region, {}), region, source=source, file=path.name, today=TODAY)


def pack_of(folder: Path, name: str, freq: str, segments: list[str]) -> Region:
    lines = "".join(f"  - {{id: '{s}', name: Place {s}, border: XX}}\n" for s in segments)
    text = f"name: {name}\nfreq: {freq}\nindicators:\n  cases: {{name: Cases, unit: cases}}\nsegments:\n{lines}"
    return load_region(str(write_pack(folder / name, text)))


def test_italys_nationalities_since_the_year_began_become_months() -> None:
    path = real_data("italy/nazionalita.csv")
    shown = read_as_proposed(path, load_region("eu_routes"), **NO_PLACE)
    table = pd.read_csv(path)
    ends = table.groupby("Data_Report")["Valore"].sum()
    assert shown.figures.set_index("period_start")["count"][pd.Timestamp("2020-02-01")] == (
        ends["2020-02-29"] - ends["2020-01-31"]
    )
    year = shown.figures[shown.figures["period_start"].dt.year == 2020]
    assert year["count"].sum() == ends["2020-12-31"]
    assert shown.refused_rows == 1  # September 2019, the first: what came before it is not in the file


def test_border_patrols_sectors_are_read_as_the_shipped_source_reads_them(tmp_path: Path) -> None:
    path = real_data("usbp/usbp_monthly_encounters_fy2000-fy2020.csv.gz")
    wide = pd.read_csv(path, sep="|")
    sectors = [c for c in wide if c not in ("month", "fy", "cy", "monthly_total") and not c.endswith("_border")]
    shown = read_as_proposed(path, pack_of(tmp_path, "sectors", "M", sectors))
    assert (shown.taken, shown.count) == (wide[sectors].size, wide["monthly_total"].sum())
    assert shown.refused_rows == 0


def test_districts_by_numbered_weeks_are_read(tmp_path: Path) -> None:
    path = real_data("measles_weser_ems/cases.csv")
    wide = pd.read_csv(path).set_index("week")
    shown = read_as_proposed(path, pack_of(tmp_path, "districts", "W", list(wide)), number_one="2001-01-01")
    assert (shown.taken, shown.count) == (wide.size, wide.to_numpy().sum())


def test_unhcrs_workbook_is_read_as_the_shipped_source_reads_it() -> None:
    path = next(real_data("unhcr_western_balkans").glob("*.xlsx"))
    region = load_region("western_balkans")
    shown = read_as_proposed(path, region)
    shipped = read_as_shipped("unhcr_western_balkans", path, region).observations
    countries = shipped[(shipped["place_kind"] == "country") & (shipped["place"] != "GRC")]
    sums = countries.groupby("place")["count"].sum()
    assert shown.sums.set_index("place")["count"].to_dict() == sums.to_dict()


def test_frontexs_workbook_is_read_as_the_shipped_source_reads_it() -> None:
    path = real_data("frontex/monthly_detections_of_ibc_2025-06-03.xlsx")
    region = load_region("eu_routes")
    shown = read_as_proposed(path, region)
    shipped = read_as_shipped("frontex", path, region).observations
    assert shown.count == shipped["count"].sum()
    assert shown.refused_rows == 0


@pytest.mark.parametrize("region", ["eu_routes", "western_balkans"])
def test_missing_migrants_incidents_are_added_up(region: str) -> None:
    path = real_data("missing_migrants/iom_europe.csv")
    shown = read_as_proposed(path, load_region(region))
    refused = sum(count for _, _, count in shown.refused)
    assert shown.count + refused == pd.read_csv(path, low_memory=False)["No. dead/missing"].sum()

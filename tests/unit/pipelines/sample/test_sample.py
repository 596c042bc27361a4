"""The embedded sample: its orders of magnitude, its faults, and that it is the same every time."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.pack.load import load_region
from geo.region.region import Region
from pipelines.ingest.door.capacities import read_capacities
from pipelines.ingest.door.ingest import IngestReport, ingest
from pipelines.ingest.reading.person_evidence import is_person_field
from pipelines.observations.batches import load_observations
from pipelines.sample import SEED, Sample, write_sample
from pipelines.sample.files import World, make_world
from pipelines.sample.network import network_tables
from pipelines.sample.settings import HEADLINE_TARGETS
from pipelines.store.paths import Store

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def region() -> Region:
    return load_region("western_balkans")


@pytest.fixture(scope="module")
def world(region: Region) -> World:
    return make_world(region)


@pytest.fixture(scope="module")
def sample(region: Region, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return write_sample(tmp_path_factory.mktemp("sample"), region=region)


@pytest.fixture(scope="module")
def rows(sample: Sample) -> pd.DataFrame:
    """All partners' rows that are meant to be good."""
    tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for _, path in sample.files]
    return pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="module")
def reports(
    sample: Sample, region: Region, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[IngestReport], Store]:
    store = Store(tmp_path_factory.mktemp("store"))
    return [ingest(s, [p], region=region, store=store, today=TODAY) for s, p in sample.files], store


def detections(world: World, cells: list[int]) -> np.ndarray:
    """Weekly detections of some cells together."""
    total: np.ndarray = world.detections[cells].sum(axis=(0, 1))
    return total


def cells_of(region: Region, border: str, *, into: str) -> list[int]:
    segments = {s.id for s in region.segments if s.border == border}
    return [i for i, c in enumerate(region.cells) if c.segment in segments and c.to_country == into]


@pytest.mark.parametrize("year", HEADLINE_TARGETS)
def test_headline_meets_the_years_published_order_of_magnitude(world: World, region: Region, year: int) -> None:
    weekly = detections(world, [i for i, c in enumerate(region.cells) if c.headline])
    of_year = (world.weeks + pd.Timedelta(days=3)).year == year
    assert weekly[of_year].sum() == pytest.approx(HEADLINE_TARGETS[year], rel=0.05)


def test_detections_vary_more_than_a_poisson_count(world: World) -> None:
    totals = world.detections.sum(axis=1)
    expected = world.flow[:, world.inside]
    busy = expected.mean(axis=1) > 20
    dispersion = ((totals - expected) ** 2 / expected)[busy].mean()
    assert dispersion > 2


def test_wave_reaches_the_downstream_border_later(world: World, region: Region) -> None:
    upstream = detections(world, cells_of(region, "GRC-MKD", into="MKD"))
    downstream = detections(world, cells_of(region, "MKD-SRB", into="SRB"))
    logs = [np.diff(pd.Series(np.log1p(x)).rolling(3).mean().dropna()) for x in (upstream, downstream)]
    fits = {lag: np.corrcoef(logs[0][: len(logs[0]) - lag], logs[1][lag:])[0, 1] for lag in range(6)}
    assert max(fits, key=lambda lag: fits[lag]) >= 1


def test_segment_closure_of_2023_diverts_the_flow(world: World, region: Region) -> None:
    into_hungary = detections(world, cells_of(region, "HUN-SRB", into="HUN"))
    before, after = (world.weeks < "2023-10-01") & (world.weeks > "2023-06-01"), world.weeks > "2024-01-01"
    assert into_hungary[after].mean() < 0.1 * into_hungary[before].mean()


def test_sample_is_the_same_bytes_for_the_same_seed(sample: Sample, region: Region, tmp_path: Path) -> None:
    again = write_sample(tmp_path, region=region)
    for (_, one), (_, other) in zip(sample.files, again.files, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_sample_differs_for_another_seed(sample: Sample, region: Region, tmp_path: Path) -> None:
    other = write_sample(tmp_path, region=region, seed=1)
    assert sample.files[0][1].read_bytes() != other.files[0][1].read_bytes()


def test_only_the_six_bad_rows_go_to_quarantine(reports: tuple[list[IngestReport], Store]) -> None:
    assert sum(r.quarantined for r in reports[0]) == 6


def test_every_indicator_of_the_region_is_reported(rows: pd.DataFrame, region: Region) -> None:
    assert set(region.indicators) <= set(rows["indicator"])


def test_nothing_was_known_before_its_day_came(rows: pd.DataFrame) -> None:
    assert rows["as_of"].max() <= TODAY.isoformat()


def test_missing_report_has_a_reason_and_no_count(rows: pd.DataFrame) -> None:
    missing = rows[rows["missing_reason"] != ""]
    assert set(missing["missing_reason"]) == {"not_reported", "closed"}
    assert (missing["count"] == "").all()


def test_first_versions_are_incomplete_on_average(rows: pd.DataFrame) -> None:
    mine = rows[rows["indicator"].eq("irregular_crossings") & rows["nationality"].eq("TOTAL") & rows["count"].ne("")]
    count = pd.to_numeric(mine["count"], errors="coerce")
    keys = ["route", "place", "period_start", "status"]
    both = mine.assign(count=count).pivot_table(index=keys[:-1], columns="status", values="count").dropna()
    assert 0.9 < both["preliminary"].sum() / both["final"].sum() < 1.0


def test_named_nationalities_never_exceed_the_final_total(world: World) -> None:
    assert (world.detections >= 0).all()
    assert (world.detections[:, :5].sum(axis=1) <= world.detections.sum(axis=1)).all()


def test_small_counts_of_victims_are_suppressed_by_one_partner(
    rows: pd.DataFrame, reports: tuple[list[IngestReport], Store], region: Region
) -> None:
    stored = load_observations(reports[1], region.id)
    suppressed = stored[stored["missing_reason"].eq("suppressed")]
    assert len(suppressed) == rows["count"].eq("<5").sum() > 0
    assert set(suppressed["indicator"]) == {"thb_victims_identified"}


def test_places_come_at_several_grains(rows: pd.DataFrame) -> None:
    assert {"segment", "border", "crossing_point", "country"} <= set(rows["place_kind"])


def test_sample_holds_no_column_on_persons(rows: pd.DataFrame) -> None:
    assert not any(map(is_person_field, rows.columns))


def test_capacities_are_accepted_by_the_region(sample: Sample, region: Region) -> None:
    capacities = read_capacities(sample.capacities, region)
    assert {c.indicator for c in capacities} == {"irregular_crossings", "reception_occupied"}


def test_sample_refuses_a_region_without_its_places(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sample"):
        write_sample(tmp_path, region=load_region("eu_routes"))


def test_six_indicators_of_the_risk_analysis_network_come_first_and_by_month(
    region: Region, rows: pd.DataFrame
) -> None:
    network = ["irregular_crossings", "smuggling_cases", "illegal_stay", "refusals_of_entry", "asylum_applications"]
    assert list(region.indicators)[:6] == [*network, "false_documents"]
    monthly = rows[rows["indicator"].isin([*network[2:], "false_documents"])]
    assert set(monthly["period"]) == {"M"}
    assert set(monthly["place_kind"]) == {"border", "country"}


@pytest.mark.parametrize(
    ("indicator", "month"),
    [("illegal_stay", "2024-07"), ("asylum_applications", "2024-06"), ("false_documents", "2024-05")],
)
def test_network_indicator_leads_or_follows_a_wave_of_one_week(region: Region, indicator: str, month: str) -> None:
    weeks = pd.date_range("2024-01-01", periods=52, freq="7D")
    flow = np.zeros((len(region.cells), 52))
    flow[:, list(weeks).index(pd.Timestamp("2024-06-10"))] = 10_000  # stay follows by 3 weeks, documents lead by 2
    tables = network_tables(flow, slice(0, 52), weeks, region=region, seed=SEED)
    table = next(t for t in tables if t["indicator"].eq(indicator).all())
    assert table.groupby(table["period_start"].dt.strftime("%Y-%m"))["count"].sum().idxmax() == month


def test_a_new_indicator_leaves_the_figures_of_the_others_as_they_are(world: World, region: Region) -> None:
    few = replace(region, crossing_points=region.crossing_points[:1])  # of which refusals and documents come
    one, other = (
        network_tables(world.flow, world.inside, world.weeks, region=pack, seed=SEED) for pack in (region, few)
    )
    for table, same in ((one[0], other[0]), (one[2], other[2])):  # stay and asylum
        pd.testing.assert_frame_equal(table, same)

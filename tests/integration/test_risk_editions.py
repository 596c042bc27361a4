"""Two editions in a row: what was stated is published, bands are held and alerts silenced by the edition before."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting.scenarios.assumptions import Scenario
from geo.pack.load import load_region
from pipelines.editions.edition import open_edition
from pipelines.scenarios.compare import compare_scenarios
from pipelines.scenarios.scenario_edition import open_scenario_edition
from pipelines.store.paths import Store
from routecast.cli import run_command
from tests.integration.test_main_job import write_figures
from tests.regions import USER_PACK, write_pack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), pytest.mark.xdist_group("main job")]  # whole runs
STATED = """\
  - {segment: san_diego, indicator: irregular_crossings, value: 10, owner: planning unit, as_of: 2024-01-01}
vulnerability:
  - {segment: yuma, kind: staff, level: very_high, owner: planning unit, as_of: 2024-01-01}
alerts:
  - {id: over, measure: exceedance, probability: 0.55, min_count: 50, owner: planning unit, as_of: 2024-01-01}
risk: {raise_by_vulnerability: high, raise_from: low}
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """October 2023, and November."""
    folder: Path = tmp_path_factory.mktemp("risk")
    pack = write_pack(folder / "my_region", USER_PACK + STATED)
    common = ["--region", str(pack), "--store", str(folder / "store")]
    assert run_command(["ingest", "csv", str(write_figures(folder / "figures.csv")), *common]) == 0
    for day in ("2023-10-31", "2023-11-30"):
        assert run_command(["run", "--as-of", day, "--horizon", "3", *common]) == 0
    return Store(folder / "store")


def test_second_edition_names_the_one_that_it_rests_on(store: Store) -> None:
    first, second = (open_edition(store, "my_region", i) for i in ("2023-10", "2023-11"))
    assert first.manifest["edition_before"] is None
    assert second.manifest["edition_before"] == {"id": "2023-10", "fingerprint": first.manifest["fingerprint"]}


def test_stated_vulnerability_raises_the_published_band_and_is_named(store: Store) -> None:
    risk = open_edition(store, "my_region").risk
    yuma = risk[risk["unit"].eq("segment:yuma") & risk["threat_band"].ne("very_high")]
    order = {b: i for i, b in enumerate(("low", "moderate", "high", "very_high"))}
    assert (yuma["pressure_band"].map(order) - yuma["threat_band"].map(order)).eq(1).all()
    assert yuma["band_rule"].str.contains("raised by one: vulnerability very high").all()


def test_unit_alerts_in_the_first_edition_and_stays_silent_in_the_second(store: Store) -> None:
    first, second = (
        open_edition(store, "my_region", i).table("alerts").set_index("unit") for i in ("2023-10", "2023-11")
    )
    assert first.loc["segment:san_diego", "state"] == "new"
    assert second.loc["segment:san_diego", "state"] == "quiet"
    assert second.loc["segment:san_diego", "raised_on"] == pd.Timestamp("2023-10-01")


def test_scenarios_start_from_what_is_published(store: Store) -> None:
    """Figures, chances and bands, raised and held ones too, are the edition's own."""
    edition = open_edition(store, "my_region")
    base = open_scenario_edition(edition, load_region(str(store.root.parent / "my_region")))
    table = compare_scenarios(base, [Scenario(name="nothing")]).table.set_index(["unit", "horizon"])
    published = pd.DataFrame(edition.risk).set_index(["unit", "horizon"]).loc[table.index]
    assert published["band_rule"].str.contains("raised").any()
    for column in ("q025", "q10", "q50", "q90", "q975", "exceedance_probability"):
        np.testing.assert_allclose(table[f"baseline_{column}"], published[column], atol=1e-9)
    for bands in (table["baseline_pressure_band"], table["pressure_band"]):
        assert bands.fillna("none").tolist() == published["pressure_band"].fillna("none").tolist()


def test_region_without_places_or_cases_publishes_empty_tables(store: Store) -> None:
    edition = open_edition(store, "my_region")
    names = ("protection", "deaths", "prosecution", "clusters", "allocation")
    assert all(f"{n}.parquet" in edition.manifest["files"] for n in names)
    assert all(edition.table(n).empty for n in names)


def test_outlook_is_the_sum_of_the_editions_own_draws(store: Store) -> None:
    edition = open_edition(store, "my_region")
    table = edition.table("outlook").query("model_id == 'routecast' and unit == 'total'")
    draws = edition.draws["draws"].sum("cell")
    for row in table.itertuples():
        sums = draws.isel(horizon=slice(row.first_horizon - 1, row.last_horizon)).sum("horizon")
        assert row.mean == pytest.approx(float(sums.mean()), rel=1e-6)
        assert row.q50 == pytest.approx(float(sums.median()), rel=0.01)

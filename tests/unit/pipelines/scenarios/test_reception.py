"""Reception places under scenarios on an edition: sums, missing capacities, changed ones, and the baseline itself."""

from pathlib import Path

import numpy as np
import pytest

from dashboards.scenarios.tables import reception_rows, total_lacking
from dashboards.wording import scenarios as texts
from forecasting.scenarios.assumptions import CapacityChange, Inflow, Scenario, SegmentFlow
from geo.region.region import Indicator
from pipelines.scenarios.compare import Compared, compare_scenarios
from pipelines.scenarios.scenario_edition import ScenarioEdition, open_scenario_edition
from tests.regions import make_region
from tests.scenario_editions import HORIZON, put_edition

PLACES = "reception_occupied"
MORE = Scenario(name="more", assumptions=(Inflow(factor=(2.0, 2.0)),))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ScenarioEdition:
    kinds = {
        "irregular_crossings": Indicator("irregular_crossings", "Irregular crossings", "detections"),
        PLACES: Indicator(PLACES, "Occupied reception places", "places", kind="stock"),
    }
    region = make_region(indicators=kinds)
    return open_scenario_edition(
        put_edition(tmp_path_factory.mktemp("store"), region=region, places={"a-1": 35.0, "a-2": None}), region
    )


@pytest.fixture(scope="module")
def compared(base: ScenarioEdition) -> Compared:
    built = Scenario(
        name="built", assumptions=(*MORE.assumptions, CapacityChange(segment="a-1", factor=3.0, indicator=PLACES))
    )
    closed = Scenario(name="closed", assumptions=(SegmentFlow(segment="a-1", factor=(0.0, 0.0)),))
    return compare_scenarios(base, [MORE, built, closed])


def at(compared: Compared, scenario: str, unit: str, horizon: int = HORIZON):  # noqa: ANN201 - a row
    table = compared.reception.set_index(["scenario", "unit", "horizon"])
    return table.loc[scenario, unit, horizon]


def test_more_flow_needs_more_places_and_more_lack(compared: Compared) -> None:
    row = at(compared, "more", "segment:a-1")
    assert row["need_q50"] > row["baseline_need_q50"]
    assert row["shortfall"] > row["baseline_shortfall"] > 0
    assert row["difference_q10"] <= row["difference"] <= row["difference_q90"] * 3
    assert row["chance_short"] > row["baseline_chance_short"]


def test_closed_segment_needs_fewer(compared: Compared) -> None:
    assert at(compared, "closed", "segment:a-1")["difference"] < 0
    assert (
        at(compared, "closed", "segment:a-2")["need_q50"] > at(compared, "closed", "segment:a-2")["baseline_need_q50"]
    )


def test_missing_capacity_stays_missing_and_out_of_the_sum(compared: Compared) -> None:
    unstated, total = at(compared, "more", "segment:a-2"), at(compared, "more", "total")
    assert np.isnan([unstated["capacity"], unstated["shortfall"], unstated["chance_short"]]).all()
    assert np.isfinite(unstated["need_q50"])
    assert (total["places_known"], total["places"]) == (1, 2)
    assert total["shortfall"] == at(compared, "more", "segment:a-1")["shortfall"]


def test_places_that_are_added_do_not_change_the_need(compared: Compared) -> None:
    built, more = (at(compared, s, "segment:a-1") for s in ("built", "more"))
    assert built["need_q50"] == more["need_q50"]
    assert (built["capacity"], built["baseline_capacity"]) == (105.0, 35.0)
    assert built["shortfall"] < more["shortfall"]


def test_capacity_of_places_is_none_of_crossings(base: ScenarioEdition) -> None:
    scenario = Scenario(name="built", assumptions=(CapacityChange(segment="a-1", value=900.0, indicator=PLACES),))
    table = compare_scenarios(base, [scenario]).table
    assert table.loc[table["unit"].eq("segment:a-1"), "capacity"].isna().all()


def test_empty_scenario_is_the_baseline(base: ScenarioEdition) -> None:
    table = compare_scenarios(base, [Scenario(name="empty")]).reception
    assert (table["difference"].dropna() == 0).all()
    assert (table["need_q90"].dropna() == table["baseline_need_q90"].dropna()).all()


def test_edition_without_places_has_no_row(tmp_path: Path) -> None:
    found = compare_scenarios(open_scenario_edition(put_edition(tmp_path), make_region()), [MORE])
    assert found.reception.empty
    assert total_lacking(found, "more", horizon=1) is None
    assert reception_rows(found, horizon=1).empty


def test_reader_is_told_the_sum_first_and_what_is_not_stated(compared: Compared) -> None:
    rows = reception_rows(compared, horizon=HORIZON)
    assert rows["place"].iloc[0] == texts.RECEPTION_ALL.format(known=1, places=2)
    unstated = rows[rows["place"].str.contains("a-2")]
    assert set(unstated["capacity"]) == set(unstated["lacking"]) == {texts.NO_STATED_CAPACITY}

"""A budget of places: each goes to where it saves most, missing capacities get none, scenarios change the need."""

import numpy as np
import pytest

from forecasting.base.contracts import ContractError
from forecasting.scenarios.assumptions import CapacityChange, Inflow, Scenario
from geo.region.region import Indicator
from pipelines.scenarios.reception import share_out
from pipelines.scenarios.scenario_edition import ScenarioEdition, open_scenario_edition
from tests.regions import make_region
from tests.scenario_editions import HORIZON, put_edition

PLACES = "reception_occupied"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ScenarioEdition:
    kinds = {
        "irregular_crossings": Indicator("irregular_crossings", "Irregular crossings", "detections"),
        PLACES: Indicator(PLACES, "Occupied reception places", "places", kind="stock"),
    }
    region = make_region(indicators=kinds)
    stated = {"a-1": 35.0, "a-2": 60.0, "b-1": None}
    return open_scenario_edition(put_edition(tmp_path_factory.mktemp("store"), region=region, places=stated), region)


def test_places_go_where_they_save_most_and_never_more_than_the_budget(base: ScenarioEdition) -> None:
    table = share_out(base, 12).set_index("segment")
    assert table["places"].sum() == 12
    assert table["shortfall_after"].sum() < table["shortfall_before"].sum()
    assert table.loc["a-1", "next_value"] == pytest.approx(table.loc["a-2", "next_value"], abs=0.05)


def test_no_further_place_changes_nothing(base: ScenarioEdition) -> None:
    table = share_out(base, 0).dropna()
    assert (table["shortfall_after"] == table["shortfall_before"]).all()


def test_place_without_a_stated_capacity_gets_none_and_has_no_figures(base: ScenarioEdition) -> None:
    row = share_out(base, 50).set_index("segment").loc["b-1"]
    assert np.isnan(row[["capacity", "places", "shortfall_before", "next_value"]].astype(float)).all()


def test_more_arrivals_lack_more_and_built_places_fewer(base: ScenarioEdition) -> None:
    more = Scenario(name="more", assumptions=(Inflow(factor=(1.5, 1.5)),))
    built = Scenario(
        name="built", assumptions=(*more.assumptions, CapacityChange(segment="a-1", factor=2.0, indicator=PLACES))
    )
    sums = [share_out(base, 5, horizon=3, scenario=s)["shortfall_before"].sum() for s in (None, more, built)]
    assert sums[1] > sums[0]
    assert sums[2] < sums[1]


def test_unknown_places_or_period_are_refused(base: ScenarioEdition) -> None:
    with pytest.raises(ContractError, match=PLACES):
        share_out(base, 5, indicator="referral_places")
    with pytest.raises(ContractError, match=f"1 … {HORIZON}"):
        share_out(base, 5, horizon=99)

"""Scenarios on a published edition: its draws, the tables, and what refuses."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from forecasting.base.contracts import BANDS, DRAW_STEP
from forecasting.scenarios.assumptions import CapacityChange, Inflow, NewEdge, Scenario, SegmentFlow
from forecasting.scenarios.compare import PublishedBands
from geo.region.units import unit_table
from pipelines.editions.edition import EditionError
from pipelines.publish.edition.tables import draws_dataset
from pipelines.scenarios.compare import compare_scenarios, displacement_of, movement_table
from pipelines.scenarios.read_file import ScenarioError
from pipelines.scenarios.scenario_edition import ScenarioEdition, open_scenario_edition
from tests.regions import make_region
from tests.scenario_editions import HORIZON, N_DRAWS, put_edition

CLOSED = Scenario(name="closed", assumptions=(SegmentFlow(segment="a-1", factor=(0.0, 0.0)),))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ScenarioEdition:
    return open_scenario_edition(put_edition(tmp_path_factory.mktemp("store")), make_region())


def test_draws_are_read_back_equal_to_a_hundredth(tmp_path: Path) -> None:
    region = make_region()
    units = unit_table(region)["unit"].tolist()
    values = np.random.default_rng(1).gamma(1.0, 20.0, (len(units), 3, 50))
    values[units.index("cell:south/b-1")] = np.nan
    draws = xr.DataArray(values, dims=("unit", "horizon", "draw"), coords={"unit": units, "horizon": [1, 2, 3]})
    kept = draws_dataset(draws, region, indicator="irregular_crossings")["draws"]
    assert (
        np.nanmax(np.abs(kept.to_numpy() - draws.sel(unit=[f"cell:{c.id}" for c in region.cells])))
        <= DRAW_STEP / 2 + 1e-9
    )
    edition = put_edition(tmp_path)
    assert edition.draws["draws"].shape == (4, HORIZON, N_DRAWS)
    assert edition.verify() == []


def test_cell_without_a_forecast_is_unknown_after_reading(tmp_path: Path) -> None:
    from pipelines.publish.edition.tables import write_draws  # noqa: PLC0415

    values = np.array([[[1.0, 2.25]], [[np.nan, np.nan]]])
    kept = xr.Dataset({"draws": (("cell", "horizon", "draw"), values)}, coords={"cell": ["r/a", "r/b"]})
    write_draws(kept, tmp_path)
    back = xr.load_dataset(tmp_path / "draws.zarr", engine="zarr", chunks=None, consolidated=False)["draws"]
    np.testing.assert_allclose(back.to_numpy(), values)


def test_bands_are_withheld_held_and_raised_as_the_editions_are(base: ScenarioEdition) -> None:
    units, more = base.units["unit"].tolist(), Scenario(name="more", assumptions=(Inflow(factor=(30.0, 30.0)),))
    gone, weak = units.index("segment:a-1"), units.index("segment:b-1")
    threat = base.published.threat.copy()
    threat[gone] = -1
    stated = {**base.published.stated, "vulnerability": ["very_high" if u == weak else None for u in range(len(units))]}
    region = replace(base.region, risk=replace(base.region.risk, raise_by_vulnerability="high", raise_from="low"))
    changed = replace(base, region=region, published=PublishedBands(threat, stated))
    before, after = (compare_scenarios(b, [more]).table.set_index("unit") for b in (base, changed))
    assert before.loc["segment:a-1", "pressure_band"].notna().all()
    assert after.loc["segment:a-1", ["pressure_band", "baseline_pressure_band"]].isna().all(axis=None)
    order = {b: i for i, b in enumerate(BANDS)}
    was, now = (t.loc["segment:b-1", "baseline_pressure_band"].map(order) for t in (before, after))
    assert (now == (was + 1).clip(upper=3)).all()


def test_empty_scenario_differs_from_the_baseline_nowhere(base: ScenarioEdition) -> None:
    table = compare_scenarios(base, [Scenario(name="empty")]).table
    assert (table["difference_q025"] == 0).all()
    assert (table["probability_higher"] == 0).all()
    assert (table["q50"] == table["baseline_q50"]).all()


def test_closed_segment_is_zero_and_others_gain(base: ScenarioEdition) -> None:
    table = compare_scenarios(base, [CLOSED]).table.set_index(["unit", "horizon"])
    assert table.loc[("segment:a-1", 1), "q975"] == pytest.approx(0, abs=1e-9)
    assert table.loc[("segment:a-1", 1), "probability_lower"] > 0.99
    assert table.loc[("segment:a-2", 1), "difference_mean"] > 0


def test_units_are_sums_of_their_cells_in_the_mean_difference(base: ScenarioEdition) -> None:
    table = compare_scenarios(base, [CLOSED]).table
    sums = table.groupby(["level", "horizon"])["difference_mean"].sum().unstack()
    np.testing.assert_allclose(sums.loc["segment"], sums.loc["total"], atol=1e-9)
    np.testing.assert_allclose(sums.loc["cell"], sums.loc["total"], atol=1e-9)


def test_scenario_against_another_uses_common_draws(base: ScenarioEdition) -> None:
    same = Scenario(name="same", assumptions=CLOSED.assumptions)
    pairs = compare_scenarios(base, [CLOSED, same]).pairs
    assert (pairs["difference_q975"] == 0).all()
    assert set(pairs["other"]) == {"same"}


def test_ledger_balances(base: ScenarioEdition) -> None:
    ledger = compare_scenarios(base, [CLOSED]).ledger.set_index("flow")["mean"]
    assert ledger["inflow_changed"] == pytest.approx(ledger.drop("inflow_changed").sum(), abs=1e-6)


def test_changed_capacity_changes_risk_and_no_flow(base: ScenarioEdition) -> None:
    scenario = Scenario(name="places", assumptions=(CapacityChange(segment="b-1", value=10.0, from_horizon=3),))
    rows = compare_scenarios(base, [scenario]).table.query("unit == 'segment:b-1'").set_index("horizon")
    assert (rows["difference_q50"] == 0).all()
    assert rows["capacity"].tolist() == [50.0, 50.0, 10.0, 10.0, 10.0, 10.0]
    assert (rows["exceedance_probability"] > rows["baseline_exceedance_probability"]).tolist() == [False] * 2 + [
        True
    ] * 4
    assert rows.loc[3, "excess_mean"] > rows.loc[3, "baseline_excess_mean"]
    assert rows.loc[3, "pressure_band"] == "very_high"


def test_nationality_share_is_known_from_the_cells_that_name_nationalities(base: ScenarioEdition) -> None:
    scenario = Scenario(name="syr", assumptions=(Inflow(factor=(2.0, 2.0), nationality="SYR"),))
    table = compare_scenarios(base, [scenario]).table.set_index(["unit", "horizon"])
    row = table.loc[("cell:north/a-1", 1)]
    assert row["difference_mean"] == pytest.approx(0.25 * base.baseline[0, 0].mean(), rel=1e-6)


def test_waiting_is_told_for_held_back_cells_alone(base: ScenarioEdition) -> None:
    waiting = compare_scenarios(base, [CLOSED]).waiting
    assert set(waiting["cell"]) == {"north/a-1"}
    assert (waiting["q50"] > 0).all()


def test_displacement_is_of_the_held_back_segments(base: ScenarioEdition) -> None:
    table = displacement_of(base, [CLOSED])
    assert set(table["cell"]) == {"north/a-1"}
    assert table["share"].sum() == pytest.approx(1.0)


def test_movement_table_states_the_detection_share_of_every_cell(base: ScenarioEdition) -> None:
    table = movement_table(base)
    assert table["cell"].tolist() == list(base.setting.network.cells)
    assert table["detection_share"].between(0.1, 10).all()


def test_edition_without_draws_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match="routecast run"):
        open_scenario_edition(put_edition(tmp_path, with_draws=False), make_region())


def test_edition_of_another_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match="pack"):
        open_scenario_edition(put_edition(tmp_path), make_region(pack_version="2"))


def test_assumption_that_the_figures_can_not_meet_is_refused_by_name(base: ScenarioEdition) -> None:
    greedy = Scenario(
        name="greedy",
        assumptions=tuple(NewEdge(from_segment="a-1", to_segment="b-1", share=(0.6, 0.6)) for _ in range(2)),
    )
    with pytest.raises(ScenarioError, match="greedy"):
        compare_scenarios(base, [greedy])


def test_same_edition_gives_the_same_numbers(base: ScenarioEdition) -> None:
    scenario = Scenario(name="x", assumptions=(SegmentFlow(segment="a-1", factor=(0.0, 0.5)),))
    first, second = (compare_scenarios(base, [scenario]).table for _ in range(2))
    assert first.equals(second)


def test_sum_over_the_periods_of_a_closure_is_what_would_have_passed_in_them_and_joint(base: ScenarioEdition) -> None:
    shut = SegmentFlow(segment="a-1", factor=(0.0, 0.0), from_horizon=2, until_horizon=4)
    compared = compare_scenarios(base, [Scenario(name="shut", assumptions=(shut,))])
    sums = compared.sums.set_index(["part", "unit"])
    passed = base.draws().sel(unit="segment:a-1", horizon=[2, 3, 4]).sum("horizon").to_numpy()
    during = sums.loc[("during", "segment:a-1")]
    found = during[["difference_q10", "difference_q50", "difference_q90"]].astype(float)
    assert found.to_numpy() == pytest.approx(-np.quantile(passed, [0.9, 0.5, 0.1]), rel=0.01)
    assert during["periods"] == 3
    assert sums.loc[("after", "segment:a-1"), "periods"] == HORIZON - 4
    assert sums.loc[("after", "segment:a-1"), "difference_mean"] > 0  # those who waited


def test_nothing_comes_after_a_scenario_without_an_end(base: ScenarioEdition) -> None:
    sums = compare_scenarios(base, [CLOSED]).sums
    assert set(sums["part"]) == {"during"}
    assert set(sums["periods"]) == {HORIZON}

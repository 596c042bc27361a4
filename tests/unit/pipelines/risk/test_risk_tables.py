"""The edition's tables of risk say what the draws, the pack and the earlier edition hold."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from geo.region.region import Capacity, Cell, Edge, Indicator, Region, RiskRules, Route
from geo.region.risk_inputs import Assessment, Budget, ImpactLevel
from geo.region.units import unit_table
from pipelines.editions.edition import Edition, earlier_edition
from pipelines.forecasts.result import IndicatorForecast
from pipelines.publish.edition.tables import threat_columns
from pipelines.risk.bands import apply_band_rules
from pipelines.risk.pressure_points import displacement_matrix, points_table
from pipelines.risk.protection_and_prosecution import corrected_lags, deaths_table, prosecution_table, protection_table
from pipelines.risk.tables import allocation_table, assessment_rows
from pipelines.store.paths import Store
from tests.editions import write_edition
from tests.regions import make_region
from tests.results import ORIGIN, make_result, spread_draws

DAY = date(2026, 1, 31)
NAMES = ("irregular_crossings", "smuggling_cases", "iff_reports", "deaths_missing", "reception_occupied")
RULES = RiskRules(raise_by_vulnerability="high")


def small_region(**changes: Any) -> Region:
    """One route over three segments that leave the same country; a-1 has a capacity of 100 in each indicator."""
    kinds = {n: Indicator(n, n.replace("_", " "), "counts", "stock" if "occupied" in n else "flow") for n in NAMES}
    cells = tuple(Cell("r", s, "AAA", "BBB") for s in ("a-1", "a-2", "b-1"))
    edges = (Edge("b-1", "a-1"), Edge("b-1", "a-2"))
    stated = tuple(Capacity("a-1", n, 100.0, "planning unit", DAY) for n in NAMES)
    return make_region(
        indicators=kinds,
        cells=cells,
        routes=(Route("r", "R", ("a-1", "a-2", "b-1"), edges),),
        capacities=stated,
        **changes,
    )


def small_result(region: Region, *, levels: list[float] | None = None, name: str = NAMES[0]) -> IndicatorForecast:
    """a-1 at the given levels by horizon, the others at 50; a year of Poisson counts behind them."""
    ahead = levels or [80.0, 130.0, 130.0, 60.0]
    history = np.random.default_rng(1).poisson(60, (3, 60)).astype(float)
    return make_result(region, spread_draws([ahead, [50.0] * 4, [50.0] * 4]), history, indicator=name)


def settled(region: Region, *, before: dict[str, list[str]] | None = None, **options: Any) -> pd.DataFrame:
    """Risk columns of segment a-1 by horizon; `before`: columns of the earlier edition's horizons 2 … 5."""
    result = small_result(region, **options)
    edition = None if before is None else cast("Edition", Earlier(before))
    columns = threat_columns(apply_band_rules(result, region, edition))
    units = np.repeat(result.value["unit"].to_numpy(), 4)
    return pd.DataFrame(columns)[units == "segment:a-1"].reset_index(drop=True)


class Earlier:
    """An edition one period ago, of which the risk table alone is read."""

    def __init__(self, columns: dict[str, list[str]]) -> None:
        self.risk = pd.DataFrame({"indicator": NAMES[0], "unit": "segment:a-1", "horizon": range(2, 2 + 4), **columns})


def stated(level: str, place: str = "segment:a-1") -> Assessment:
    return Assessment("vulnerability", place, "staff", level, "planning unit", DAY)  # type: ignore[arg-type]


def test_rule_that_decided_is_named_when_a_band_is_raised() -> None:
    region = small_region(assessments=(stated("high"),), risk=RULES)
    rules = settled(region, levels=[96.0] * 4)
    assert rules["threat_band"].tolist() == ["high"] * 4
    assert rules["band_rule"][0] == "planned capacity; raised by one: vulnerability high (planning unit, 2026-01-31)"
    assert rules["vulnerability"].tolist() == ["high"] * 4
    assert rules["impact"].isna().all()  # nobody stated one


def test_band_is_held_by_the_earlier_edition_and_says_so() -> None:
    region = small_region(risk=RiskRules(hysteresis_margin=0.1))
    plain = settled(region, levels=[89.0] * 4)
    assert plain["threat_band"].tolist() == ["moderate"] * 4
    held = settled(region, levels=[89.0] * 4, before={"pressure_band": ["very_high"] * 4, "threat_band": ["high"] * 4})
    assert held["threat_band"].tolist() == ["high"] * 4
    assert "held at high" in held["band_rule"][0]


def test_what_was_raised_before_is_not_held_as_threat() -> None:
    region = small_region(risk=RiskRules(hysteresis_margin=0.1))
    before = {"pressure_band": ["high"] * 4, "threat_band": ["moderate"] * 4}
    assert settled(region, levels=[89.0] * 4, before=before)["threat_band"].tolist() == ["moderate"] * 4


def test_replay_is_raised_like_the_forecast() -> None:
    region = small_region(assessments=(stated("high"),), risk=RULES)
    result = small_result(region, levels=[96.0] * 4)
    replayed = replace(result, previous_band=np.full_like(result.band, 2))
    at = list(result.value["unit"].to_numpy()).index("segment:a-1")
    assert apply_band_rules(replayed, region, None).previous_band[at].tolist() == [3] * 4


def point(region: Region, unit: str = "segment:a-1", **options: Any) -> pd.Series:
    result = small_result(region, **options)
    table = points_table(result, unit_table(region), region, origin_date=ORIGIN)
    return table.set_index("unit").loc[unit]


def test_point_has_lead_run_excess_and_owner() -> None:
    row = point(small_region())
    assert row["lead_periods"] == 2
    assert row["likely_from"] == ORIGIN + pd.Timedelta(weeks=2)
    assert row["likely_run"] == 2
    assert row["peak_horizon"] in (2, 3)
    assert row["total_excess"] > row["peak_excess"] > 0
    assert row["capacity_owner"] == "planning unit"


def test_point_of_a_stock_does_not_sum_over_periods() -> None:
    row = point(small_region(), name="reception_occupied")
    assert row["total_excess"] == row["peak_excess"]


def test_point_names_where_movement_would_turn_to() -> None:
    region = small_region()
    told = dict(part.split("=") for part in point(region)["alternatives"].split(";"))
    matrix = displacement_matrix(small_result(region), region, ["a-1"]).set_index("alternative")["share"]
    assert {a: float(share) for a, share in told.items()} == pytest.approx(matrix.to_dict(), abs=5e-4)
    assert matrix["a-2"] > matrix["b-1"]  # both leave AAA; b-1 is further along the borders


def test_stock_turns_nowhere() -> None:
    assert point(small_region(), name="reception_occupied")["alternatives"] == ""


def test_point_without_capacity_claims_no_exceedance() -> None:
    row = point(small_region(), unit="segment:a-2")
    assert np.isnan([row["lead_periods"], row["total_excess"], row["peak_chance"]]).all()
    assert row["capacity_owner"] == ""


def test_points_are_ranked_by_expected_excess() -> None:
    region = small_region()
    table = points_table(small_result(region), unit_table(region), region, origin_date=ORIGIN)
    assert table.loc[table["level"].eq("segment"), "unit"].iloc[0] == "segment:a-1"
    assert table.loc[table["level"].eq("segment"), "rank"].tolist() == [1, 2, 3]


def test_indicator_without_figures_is_no_data_and_nothing_else() -> None:
    region = small_region()
    table = prosecution_table(
        [small_result(region), small_result(region, name="smuggling_cases")], unit_table(region), region
    )
    reports = table[table["indicator"].eq("iff_reports")]
    assert set(reports["state"]) == {"no data"}
    assert reports[["q50", "mean", "lag_periods"]].isna().all(axis=None)
    assert set(table.loc[table["indicator"].eq("smuggling_cases"), "state"]) == {"data"}


def test_protection_sets_need_against_capacity() -> None:
    region = small_region()
    result = small_result(region, name="reception_occupied")
    table = protection_table([result], unit_table(region), region, origin_date=ORIGIN)
    row = table[table["unit"].eq("segment:a-1") & table["horizon"].eq(2)].iloc[0]
    assert row["need_q50"] == pytest.approx(130.0, rel=0.05)
    assert row["capacity"] == 100.0
    assert result.draws is not None
    draws = result.draws.sel(unit="segment:a-1", horizon=2).to_numpy()
    assert row["shortfall"] == pytest.approx(np.maximum(np.floor(draws + 0.5) - 100, 0).mean())
    assert table.loc[table["unit"].eq("segment:a-2"), "shortfall"].isna().all()


def test_deaths_are_reported_figures_of_known_periods() -> None:
    region = small_region()
    counts = np.zeros((3, 60))
    counts[0, -3:] = (2, np.nan, 5)
    counts[0, 0] = 100
    result = make_result(region, spread_draws([[1.0] * 4] * 3), counts, indicator="deaths_missing")
    row = deaths_table([result], unit_table(region), region).set_index("unit").loc["segment:a-1"]
    assert row[["last_4", "known_4", "last_year", "known_year", "all_time"]].tolist() == [7, 3, 7, 51, 107]
    assert row["newest_period"] == ORIGIN


def test_deaths_of_which_nothing_was_reported_are_not_zero() -> None:
    region = small_region()
    counts = np.zeros((3, 60))
    counts[0, -4:] = np.nan
    counts[1, -52:] = np.nan
    result = make_result(region, spread_draws([[1.0] * 4] * 3), counts, indicator="deaths_missing")
    table = deaths_table([result], unit_table(region), region).set_index("unit")
    assert np.isnan(table.loc["segment:a-1", "last_4"])
    assert table.loc["segment:a-1", "last_year"] == 0
    assert table.loc["segment:a-2", ["last_4", "last_year"]].isna().all()


def test_allocation_gives_the_budget_to_the_place_that_lacks() -> None:
    more = Capacity("a-2", "reception_occupied", 100.0, "planning unit", DAY)
    region = small_region(budgets=(Budget("reception_occupied", 20, "agency", DAY),))
    region = replace(region, capacities=(*region.capacities, more))
    table = allocation_table([small_result(region, name="reception_occupied")], unit_table(region), region)
    places = table.set_index("unit")["places"]
    assert places["segment:a-1"] == 20
    assert places["segment:a-2"] == 0
    assert (table["shortfall_after"] <= table["shortfall_before"]).all()


def test_no_budget_means_no_allocation() -> None:
    region = small_region()
    assert allocation_table([small_result(region, name="reception_occupied")], unit_table(region), region).empty


def test_stated_inputs_carry_owner_date_and_the_agencys_level_apart() -> None:
    region = small_region(
        assessments=(stated("high"), stated("low", "border:AAA-BBB")),
        impact_levels=(ImpactLevel("AAA-BBB", "medium", "agency", DAY),),
    )
    table = assessment_rows(region, unit_table(region)).set_index("unit")
    assert table.loc["segment:a-1", "level"] == "high"
    assert table.loc["segment:a-2", ["level", "stated_for"]].tolist() == ["low", "border:AAA-BBB"]
    assert set(table.loc["border:AAA-BBB", "part"]) == {"vulnerability", "article_34"}
    assert "segment:b-1" not in table.index  # nothing is stated: no row


def test_earlier_edition_is_the_newest_of_an_earlier_period(tmp_path: Path) -> None:
    for last in ("2026-11-02", "2026-11-09"):
        write_edition(tmp_path, last=last, n_segments=3, indicators=("irregular_crossings",))
    store = Store(tmp_path)
    found = [earlier_edition(store, "western_balkans", pd.Timestamp(d)) for d in ("2026-11-16", "2026-11-09")]
    assert [e.id for e in found if e is not None] == ["2026-W46", "2026-W45"]
    assert earlier_edition(store, "western_balkans", pd.Timestamp("2026-11-02")) is None


def lags(p_values: list[float], *, whole: float = 0.04) -> pd.DataFrame:
    """A table of prosecution with one row a unit: the whole region and borders."""
    units = ["total", *(f"border:{i}" for i in range(len(p_values)))]
    return pd.DataFrame(
        {
            "unit": units,
            "level": ["total", *["border"] * len(p_values)],
            "lag_periods": 2.0,
            "lag_p_value": [whole, *p_values],
        }
    )


def test_lead_of_one_border_in_twenty_is_not_told() -> None:
    table = corrected_lags(lags([0.03, *[0.5] * 19])).set_index("unit")
    assert np.isnan(table.loc["border:0", "lag_periods"])
    assert table.loc["border:0", "lag_q_value"] == pytest.approx(0.5)  # Benjamini–Hochberg: min(0.03 · 20, 0.5)


def test_leads_that_stand_among_all_borders_are_told() -> None:
    table = corrected_lags(lags([0.003] * 5 + [0.6] * 15)).set_index("unit")
    assert table["lag_periods"].notna().sum() == 6
    assert table.loc["border:0", "lag_q_value"] == pytest.approx(0.003 * 20 / 5)


def test_lead_of_the_whole_region_is_one_test() -> None:
    assert corrected_lags(lags([0.9] * 30)).set_index("unit").loc["total", "lag_periods"] == 2.0


def test_border_that_was_not_tested_counts_for_none() -> None:
    table = corrected_lags(lags([0.04, *[np.nan] * 30])).set_index("unit")
    assert table.loc["border:0", "lag_q_value"] == pytest.approx(0.04)


def test_unit_without_cases_is_no_data_whatever_crosses_there() -> None:
    region = small_region()
    cases = small_result(region, name="smuggling_cases")
    known = [u for u in cases.value["unit"].to_numpy() if not str(u).startswith("border:")]
    without = replace(cases, value=cases.value.sel(unit=known))
    table = prosecution_table([small_result(region), without], unit_table(region), region)
    borders = table[table["indicator"].eq("smuggling_cases") & table["level"].eq("border")]
    assert len(borders)
    assert set(borders["state"]) == {"no data"}
    assert borders[["q10", "q50", "q90", "mean"]].isna().all(axis=None)

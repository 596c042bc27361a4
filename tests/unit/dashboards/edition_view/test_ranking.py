import pandas as pd

from dashboards.edition_view.facts import rank_units


def make_risk(*rows: tuple[str, str | None, float | None, float]) -> pd.DataFrame:
    """Rows of (unit, band, exceedance probability, median) for one indicator, level and horizon."""
    frame = pd.DataFrame(rows, columns=["unit", "pressure_band", "exceedance_probability", "q50"])
    return frame.assign(indicator="irregular_crossings", horizon=3, level="segment", regime_break=False)


def order(risk: pd.DataFrame) -> list[str]:
    return list(rank_units(risk, indicator="irregular_crossings", horizon=3)["unit"])


def test_rank_units_puts_band_before_chance_before_median() -> None:
    risk = make_risk(("a", "low", 0.9, 900), ("b", "high", 0.45, 10), ("c", "high", 0.5, 5), ("d", "high", 0.45, 20))
    assert order(risk) == ["c", "d", "b", "a"]


def test_rank_units_puts_units_without_a_band_last() -> None:
    assert order(make_risk(("a", None, None, 9000), ("b", "low", 0.0, 1))) == ["b", "a"]


def test_rank_units_leaves_no_gap_where_a_unit_left_its_usual_pattern() -> None:
    risk = make_risk(("a", None, None, 9000), ("b", None, None, 10), ("c", "high", 0.5, 5))
    assert order(risk.assign(regime_break=[True, False, False])) == ["c", "b", "a"]


def test_rank_units_breaks_ties_by_unit() -> None:
    assert order(make_risk(("b", "low", 0.1, 1), ("a", "low", 0.1, 1))) == ["a", "b"]


def test_rank_units_counts_from_one() -> None:
    ranked = rank_units(make_risk(("a", "low", 0.1, 1)), indicator="irregular_crossings", horizon=3)
    assert list(ranked["rank"]) == [1]


def test_rank_units_is_empty_when_the_level_is_absent() -> None:
    assert rank_units(make_risk(("a", "low", 0.1, 1)), indicator="irregular_crossings", horizon=3, level="route").empty

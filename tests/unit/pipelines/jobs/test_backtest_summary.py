"""The table of a backtest: every level by itself, over the units that all its models share."""

import pandas as pd
import pytest

from pipelines.jobs.backtest import summarise

COLUMNS = ["level", "location", "model", "wis_log1p"]


def scores(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(wis=table["wis_log1p"], covered_50=1.0, covered_95=1.0, horizon=1, origin_date="2026-01-05")


def both(level: str, location: str, ours: float, base: float) -> tuple[tuple[str, str, str, float], ...]:
    return (level, location, "routecast", ours), (level, location, "baseline", base)


TABLE = scores(
    *both("segment", "a", 1.0, 2.0),
    *both("segment", "b", 3.0, 2.0),
    *both("segment", "c", 1.0, 2.0),
    ("segment", "a", "ets", 2.0),
    ("segment", "b", "ets", 2.0),
    *both("total", "total", 1.0, 4.0),
    ("total", "total", "prophet", 3.0),
)


def test_every_level_has_its_own_rows_over_the_units_that_its_models_share() -> None:
    table = summarise(TABLE).set_index(["level", "model"])
    assert table.loc[("segment", "routecast"), "relative_wis_log1p"] == 1.0  # a and b, not c
    assert table["units"].to_dict() == {
        ("total", "routecast"): 1,
        ("total", "prophet"): 1,
        ("total", "baseline"): 1,
        ("segment", "routecast"): 2,
        ("segment", "baseline"): 2,
        ("segment", "ets"): 2,
    }
    assert table.loc[("total", "routecast"), "relative_wis_log1p"] == pytest.approx(0.25)


@pytest.mark.parametrize("prophet", [(), (("segment", "a", "prophet", 1.0),)], ids=["none", "one segment"])
def test_model_on_trial_does_not_empty_a_level_that_it_left_out(
    prophet: tuple[tuple[str, str, str, float], ...],
) -> None:
    more = [TABLE, scores(*prophet)] if prophet else [TABLE]
    table = summarise(pd.concat(more, ignore_index=True))
    assert set(table.loc[table["level"].eq("segment"), "units"]) == {2}


def test_where_nothing_came_yet_there_is_nothing_to_sum_up() -> None:
    assert summarise(TABLE.iloc[:0]).empty

"""Which earlier reports teach how complete a recent figure is."""

import numpy as np
import pandas as pd
import pytest

from geo.pack.load import load_region
from pipelines.grid.encode import Rows, encode, known_at
from pipelines.grid.nowcast import add_completion
from pipelines.observations.schema import CONFIRMED_SCHEMA
from pipelines.store.periods import day_numbers
from tests.vintage_tables import make_vintages

MONTHS = pd.date_range("2022-01-01", periods=40, freq="MS")
DAY = pd.Timestamp("2025-05-08")


def story(*, first: float = 80.0, final: float = 100.0, changes_after: str = "2000-01-01") -> list[tuple]:
    """Every month told at 80 five days after its end, at 100 forty days later; the last ones still wait."""
    rows = []
    for month in MONTHS:
        told = month + pd.offsets.MonthEnd(1) + pd.Timedelta(days=5)
        rows.append((f"{month:%Y-%m-%d}", f"{told:%Y-%m-%d}", first))
        later = told + pd.Timedelta(days=40)
        if later > pd.Timestamp(changes_after):
            rows.append((f"{month:%Y-%m-%d}", f"{later:%Y-%m-%d}", final))
    return rows


def rows_of(table: list[tuple], confirmed: pd.DataFrame | None = None) -> Rows:
    return encode(make_vintages(*table), load_region("eu_routes"), confirmed=confirmed)


def number(day: pd.Timestamp) -> int:
    return int(day_numbers(pd.DatetimeIndex([day]))[0])


def expected_on(rows: Rows, day: pd.Timestamp) -> pd.Series:
    known, _ = add_completion(known_at(rows, number(day), strict_vintages=True)[0], rows, number(day))
    known = known.set_index(pd.to_datetime(known["start"], unit="D"))
    return known["count"] + known["added"]


def test_only_figures_that_still_wait_for_their_change_are_completed() -> None:
    expected = expected_on(rows_of(story()), DAY)
    assert expected["2025-04-01"] == pytest.approx(100, rel=0.02)  # five days old
    assert expected["2025-02-01"] == 100  # changed already
    assert (expected[:"2024-12-01"] == 100).all()


def test_nothing_later_than_the_day_teaches() -> None:
    """Changes that only began after the day leave every figure as reported."""
    expected = expected_on(rows_of(story(changes_after="2025-05-09")), DAY)
    assert (expected == 80).all()


def test_figures_never_told_again_are_no_evidence_where_others_are() -> None:
    """Half the months are changed, half were never looked at again: those say nothing."""
    table = [r for r in story() if r[2] == 80 or pd.Timestamp(r[0]).month % 2]
    untouched = rows_of(table)
    again = make_vintages(
        *[
            (r[0], f"{pd.Timestamp(r[1]) + pd.Timedelta(days=20):%Y-%m-%d}", 1)
            for r in table
            if r[2] == 80 and pd.Timestamp(r[0]).month % 2
        ]
    )
    looked_at = rows_of(table, again[CONFIRMED_SCHEMA.names])
    assert expected_on(untouched, DAY)["2025-04-01"] < 95
    assert expected_on(looked_at, DAY)["2025-04-01"] == pytest.approx(100, rel=0.02)


def test_a_day_of_knowledge_that_is_assumed_teaches_nothing() -> None:
    rows = rows_of(story())
    rows.frame["assumed"] = True
    known, classes = add_completion(known_at(rows, number(DAY))[0], rows, number(DAY))
    assert not classes
    assert not np.any(known["added"])

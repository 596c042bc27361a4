"""Why recent figures are completed or left: said per source."""

import pandas as pd
import pytest

from forecasting.adjust.nowcast import Completion, Sums
from pipelines.grid.nowcast import AgeClass
from pipelines.publish.edition.quality import ASSUMED, COMPLETED, FEW, NOT_NEARER, nowcast_sources
from tests.vintage_tables import make_vintages

RECENT = ("2025-03-01", "2025-04-05", 80.0)
OLD = ("2020-03-01", "2020-04-05", 80.0)
DAY = pd.Timestamp("2025-04-30")


def learnt(*, pairs: int, strength: float | None) -> AgeClass:
    nothing = Sums(*(pd.Series(dtype=float).to_numpy() for _ in range(3)))
    completion = Completion(pairs, 0.8, strength, 0.1, 1.0, 1, nothing)
    return AgeClass("frontex", "irregular_crossings", 31, 4, 22, 1, completion)


@pytest.mark.parametrize(
    ("classes", "completed", "outcome"),
    [
        ([], 0, FEW),
        ([learnt(pairs=3, strength=None)], 0, FEW),
        ([learnt(pairs=40, strength=None)], 0, NOT_NEARER),
        ([learnt(pairs=40, strength=4.0)], 1, COMPLETED),
    ],
)
def test_outcome_follows_what_was_learnt(classes: list[AgeClass], completed: int, outcome: str) -> None:
    assert nowcast_sources(make_vintages(OLD, RECENT), classes, DAY) == [
        {
            "source": "frontex",
            "indicator": "irregular_crossings",
            "figures": 1,
            "completed": completed,
            "outcome": outcome,
        }
    ]


def test_assumed_dates_are_the_reason_where_no_other_is_known() -> None:
    told = make_vintages(RECENT).assign(as_of_assumed=True)
    assert nowcast_sources(told, [], DAY)[0]["outcome"] == ASSUMED


def test_source_without_recent_figures_is_left_out() -> None:
    assert nowcast_sources(make_vintages(OLD), [], DAY) == []

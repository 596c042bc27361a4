"""What a past cutoff could see: the same rows and digest whatever was told later."""

import pandas as pd
import pytest
import xarray as xr

from geo.pack.load import load_region
from pipelines.grid.encode import KnownRows, encode, grid_for
from pipelines.grid.unit_histories import count_back, digest_at, history_at
from tests.vintage_tables import make_vintages

REGION = load_region("eu_routes")
CROSSINGS, CUTOFF = (
    "irregular_crossings",
    pd.Timestamp("2024-06-01"),
)  # known on 30 June and the indicator's delay later
TOLD = [
    (f"{m:%Y-%m-%d}", f"{m + pd.DateOffset(days=36):%Y-%m-%d}", 80.0 + m.month)
    for m in pd.date_range("2022-01-01", "2024-06-01", freq="MS")
]
LATER = [("2024-07-01", "2024-08-06", 90.0)]


def known(*table: tuple[str, str, float]) -> KnownRows:
    rows = encode(make_vintages(*table), REGION)
    return KnownRows(rows, grid_for(rows, REGION), REGION)


def digest(*table: tuple[str, str, float]) -> str:
    return digest_at(known(*table), CROSSINGS, CUTOFF)


@pytest.mark.parametrize(
    "later",
    [LATER, [*LATER, ("2023-03-01", "2025-01-01", 999.0)]],
    ids=["a newer month", "and a figure of before that was changed later"],
)
def test_what_came_after_a_cutoff_changes_neither_its_digest_nor_its_history(
    later: list[tuple[str, str, float]],
) -> None:
    assert digest(*TOLD, *later) == digest(*TOLD)
    before, after = (history_at(known(*t), CROSSINGS, CUTOFF)[0] for t in (TOLD, [*TOLD, *later]))
    xr.testing.assert_identical(before, after)


@pytest.mark.parametrize(
    "changed",
    [
        [*TOLD[:3], ("2022-04-01", TOLD[3][1], 85.0), *TOLD[4:]],
        [*TOLD, ("2022-04-01", "2023-01-01", 85.0)],
        TOLD[1:],
    ],
    ids=["a count", "a vintage that was known", "the first month"],
)
def test_another_figure_known_at_a_cutoff_changes_its_digest(changed: list[tuple[str, str, float]]) -> None:
    assert digest(*changed) != digest(*TOLD)


def test_fixed_cutoffs_are_those_of_the_period_before_but_every_step() -> None:
    shape = {"cutoffs": 3, "step": 4, "horizon": 2, "fixed": True}
    ends = pd.date_range("2024-01-01", periods=8, freq="MS")
    newest = [count_back(end, "M", **shape)[-1] for end in ends]  # type: ignore[arg-type]
    assert [f"{d:%Y-%m}" for d in newest] == ["2023-09"] * 2 + ["2024-01"] * 4 + ["2024-05"] * 2

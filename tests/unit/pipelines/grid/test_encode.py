import numpy as np
import pandas as pd

from pipelines.grid.encode import Rows, known_at, resolve_totals
from pipelines.store.periods import day_numbers
from tests.figures import make_figures, make_places

WEEK1 = "2026-11-02"


def day(text: str) -> int:
    return int(day_numbers(pd.DatetimeIndex([text]))[0])


def make_rows(*rows: dict[str, object], delay: int = 0) -> Rows:
    frame = make_figures(rows)
    frame = frame.assign(figure=0, group=0, known=frame["end"] + delay)
    return Rows(frame, make_places({0: 1.0}), ("irregular_crossings",), ("TOTAL", "UNK"), ("csv",))


TWO_VINTAGES = (
    {"start": WEEK1, "count": 90, "as_of": "2026-11-10"},
    {"start": WEEK1, "count": 100, "as_of": "2026-12-15"},
)


def test_known_at_gives_the_newest_vintage_of_the_day() -> None:
    known, real = known_at(make_rows(*TWO_VINTAGES), day("2026-11-20"))
    assert known["count"].tolist() == [90]
    assert real


def test_known_at_gives_the_last_vintage_without_a_day() -> None:
    assert known_at(make_rows(*TWO_VINTAGES), None)[0]["count"].tolist() == [100]


def test_first_vintage_stands_in_when_it_is_later_than_the_delay() -> None:
    rows = make_rows(TWO_VINTAGES[1], delay=5)
    known, real = known_at(rows, day("2026-11-13"))
    assert known["count"].tolist() == [100]
    assert not real


def test_stand_in_waits_for_the_delay() -> None:
    assert known_at(make_rows(TWO_VINTAGES[1], delay=5), day("2026-11-12"))[0].empty


def test_strict_vintages_refuse_the_stand_in() -> None:
    assert known_at(make_rows(TWO_VINTAGES[1], delay=5), day("2026-11-20"), strict_vintages=True)[0].empty


def test_period_that_is_not_over_is_not_known() -> None:
    rows = make_rows({"start": WEEK1, "count": 5, "as_of": "2026-11-04"})
    assert known_at(rows, day("2026-11-07"))[0].empty


def make_group(*rows: dict[str, object]) -> pd.DataFrame:
    frame = make_figures([{"start": WEEK1, **r} for r in rows]).drop(columns=["total", "own", "lacking"])
    return frame.assign(group=0)


def test_total_is_the_sum_of_nationalities_where_none_is_published() -> None:
    out, _ = resolve_totals(
        make_group({"nationality": 1, "count": 3}, {"nationality": 2, "count": 4}), unknown_nationality=3
    )
    assert out.loc[out["total"], "count"].sum() == 7


def test_published_total_and_nationalities_are_never_added() -> None:
    out, _ = resolve_totals(
        make_group({"nationality": 0, "count": 10}, {"nationality": 1, "count": 3}), unknown_nationality=3
    )
    assert out.loc[out["total"], "count"].sum() == 10


def test_positive_rest_is_unknown_nationality() -> None:
    out, _ = resolve_totals(
        make_group({"nationality": 0, "count": 10}, {"nationality": 1, "count": 3}), unknown_nationality=3
    )
    assert out.loc[out["nationality"] == 3, "count"].tolist() == [7]


def test_negative_rest_is_reported() -> None:
    _, negative = resolve_totals(
        make_group({"nationality": 0, "count": 2}, {"nationality": 1, "count": 3}), unknown_nationality=3
    )
    assert negative == 1


def test_total_stays_unknown_when_it_was_not_reported() -> None:
    out, _ = resolve_totals(make_group({"nationality": 0, "count": np.nan}), unknown_nationality=3)
    assert np.isnan(out.loc[out["total"], "count"]).all()

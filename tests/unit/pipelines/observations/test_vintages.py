from datetime import date

import pandas as pd

from pipelines.observations.partitions import CODED, to_coded, to_frame
from pipelines.observations.vintages import find_news, state_as_of
from tests.regions import make_region

TODAY = date(2026, 11, 23)


def make_rows(*, count: float, as_of: str | None = None) -> pd.DataFrame:
    row = {
        "source": "csv",
        "as_of": pd.Timestamp(as_of) if as_of else pd.NaT,
        "as_of_assumed": False,
        "indicator": "irregular_crossings",
        "route": None,
        "place_kind": "segment",
        "place": "A-B-01",
        "lon": None,
        "lat": None,
        "nationality": "TOTAL",
        "period_start": pd.Timestamp("2026-11-02"),
        "period": "W",
        "count": count,
        "missing_reason": None,
        "count_upper": None,
        "status": "final",
    }
    return state_as_of(pd.DataFrame([row]).astype({"lon": float, "lat": float}), make_region())


def news(incoming: pd.DataFrame, stored: pd.DataFrame | None = None) -> pd.DataFrame:
    """The rows that are news, with the day on which each is known."""
    rows = to_coded(incoming)
    found = find_news(rows, CODED.empty_table() if stored is None else to_coded(stored), today=TODAY)
    days = pd.to_datetime(found.as_of.astype("datetime64[D]"))
    return to_frame(rows).assign(as_of=days)[found.new]


def test_missing_as_of_is_the_periods_end_plus_the_delay_and_flagged() -> None:
    row = make_rows(count=1).iloc[0]
    delay = make_region().indicators["irregular_crossings"].delay_days
    assert row["as_of"] == pd.Timestamp("2026-11-08") + pd.Timedelta(days=delay)
    assert row["as_of_assumed"]


def test_first_figure_is_news() -> None:
    assert len(news(make_rows(count=1))) == 1


def test_equal_value_under_a_new_date_is_no_news() -> None:
    stored = make_rows(count=1, as_of="2026-11-10")
    assert news(make_rows(count=1, as_of="2026-11-20"), stored).empty


def test_changed_value_is_news_and_keeps_its_date() -> None:
    stored = make_rows(count=1, as_of="2026-11-10")
    found = news(make_rows(count=2, as_of="2026-11-20"), stored)
    assert found["as_of"].tolist() == [pd.Timestamp("2026-11-20")]


def test_changed_value_without_a_date_is_known_from_the_day_of_ingestion() -> None:
    found = news(make_rows(count=2), make_rows(count=1))
    assert found["as_of"].tolist() == [pd.Timestamp(TODAY)]
    assert found["as_of_assumed"].all()


def test_older_vintage_that_arrives_late_is_news() -> None:
    stored = make_rows(count=2, as_of="2026-11-20")
    assert len(news(make_rows(count=1, as_of="2026-11-10"), stored)) == 1

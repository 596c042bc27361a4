from datetime import date

import pandas as pd

from pipelines.observations.schema import empty_observations
from pipelines.observations.vintages import only_news, state_as_of
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


def test_missing_as_of_is_the_periods_end_plus_the_delay_and_flagged() -> None:
    row = make_rows(count=1).iloc[0]
    delay = make_region().indicators["irregular_crossings"].delay_days
    assert row["as_of"] == pd.Timestamp("2026-11-08") + pd.Timedelta(days=delay)
    assert row["as_of_assumed"]


def test_first_figure_is_news() -> None:
    assert len(only_news(make_rows(count=1), empty_observations(), today=TODAY)) == 1


def test_equal_value_under_a_new_date_is_no_news() -> None:
    stored = make_rows(count=1, as_of="2026-11-10")
    assert only_news(make_rows(count=1, as_of="2026-11-20"), stored, today=TODAY).empty


def test_changed_value_is_news_and_keeps_its_date() -> None:
    stored = make_rows(count=1, as_of="2026-11-10")
    news = only_news(make_rows(count=2, as_of="2026-11-20"), stored, today=TODAY)
    assert news["as_of"].tolist() == [pd.Timestamp("2026-11-20")]


def test_changed_value_without_a_date_is_known_from_the_day_of_ingestion() -> None:
    news = only_news(make_rows(count=2), make_rows(count=1), today=TODAY)
    assert news["as_of"].tolist() == [pd.Timestamp(TODAY)]
    assert news["as_of_assumed"].all()


def test_older_vintage_that_arrives_late_is_news() -> None:
    stored = make_rows(count=2, as_of="2026-11-20")
    assert len(only_news(make_rows(count=1, as_of="2026-11-10"), stored, today=TODAY)) == 1

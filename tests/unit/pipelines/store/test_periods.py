import numpy as np
import pandas as pd
import pytest

from pipelines.store.periods import period_ends, period_name, period_range, period_starts, target_starts


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("D", "2024-02-29", "2024-02-29"),
        ("W", "2024-02-26", "2024-03-03"),
        ("M", "2024-02-01", "2024-02-29"),
        ("Q", "2024-10-01", "2024-12-31"),
        ("Y", "2024-01-01", "2024-12-31"),
    ],
)
def test_period_ends_gives_the_last_day(period: str, start: str, end: str) -> None:
    assert period_ends(pd.DatetimeIndex([start]), period)[0] == pd.Timestamp(end)


def test_period_starts_gives_the_monday_of_the_iso_week() -> None:
    days = pd.DatetimeIndex(["2026-11-15", "2026-11-16"])  # a Sunday and the Monday after
    assert list(period_starts(days, "W")) == [pd.Timestamp("2026-11-09"), pd.Timestamp("2026-11-16")]


def test_period_range_counts_months() -> None:
    assert len(period_range(pd.Timestamp("2009-01-01"), pd.Timestamp("2025-04-01"), "M")) == 196


def test_target_starts_follow_the_last_period_seen() -> None:
    starts = target_starts(pd.Timestamp("2020-01-01"), 2, "M")
    assert list(starts) == [pd.Timestamp("2020-02-01"), pd.Timestamp("2020-03-01")]


def test_period_name_uses_the_iso_year_at_the_turn_of_the_year() -> None:
    assert period_name(pd.Timestamp("2020-12-28"), "W") == "2020-W53"
    assert period_name(pd.Timestamp("2025-04-01"), "M") == "2025-04"


def test_weeks_of_a_range_are_mondays() -> None:
    weeks = period_range(pd.Timestamp("2019-12-30"), pd.Timestamp("2026-11-09"), "W")
    assert np.all(weeks.dayofweek == 0)

"""How long a source is usually silent: its own rhythm, by which it is late."""

import pandas as pd
import pytest

from pipelines.publish.edition.quality import usual_silence
from pipelines.store.periods import period_ends
from tests.vintage_tables import make_vintages


def figures(starts: pd.DatetimeIndex, period: str, *, delay: int) -> pd.DataFrame:
    """A figure for each period, known some days after its end."""
    known = period_ends(starts, period) + pd.Timedelta(days=delay)
    rows = zip(starts.strftime("%Y-%m-%d"), known.strftime("%Y-%m-%d"), [80.0] * len(starts), strict=True)
    return make_vintages(*rows).assign(period=period)


@pytest.mark.parametrize(
    ("freq", "period", "delay", "days"),
    [("7D", "W", 4, 11), ("MS", "M", 30, 61), ("YS", "Y", 90, 456), ("1D", "D", 2, 3)],
)
def test_silence_is_the_step_and_the_delay(freq: str, period: str, delay: int, days: int) -> None:
    starts = pd.date_range("2019-01-01" if period != "W" else "2018-12-31", periods=6, freq=freq)
    assert usual_silence(figures(starts, period, delay=delay)) == days


def test_weeks_that_were_missed_lately_do_not_make_a_source_slower() -> None:
    starts = pd.date_range("2024-01-01", periods=60, freq="7D")
    assert usual_silence(figures(starts.delete([50, 51, 55]), "W", delay=4)) == 11


def test_events_have_the_gap_that_nine_in_ten_stay_within() -> None:
    starts = pd.DatetimeIndex(pd.Timestamp("2024-01-01") + pd.to_timedelta(range(0, 200, 5), unit="D"))
    assert usual_silence(figures(starts, "D", delay=1)) == 6


def test_one_figure_alone_has_the_length_of_its_period() -> None:
    assert usual_silence(figures(pd.DatetimeIndex(["2024-02-01"]), "M", delay=0)) == 29

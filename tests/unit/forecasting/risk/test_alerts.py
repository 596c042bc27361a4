"""Alerts speak once, and again only when it gets worse."""

from datetime import date

import pandas as pd

from forecasting.risk.alerts import COLUMNS, find_alerts
from geo.region.risk_inputs import AlertRule

START = pd.Timestamp("2026-11-02")
RULE = AlertRule(
    id="over",
    measure="exceedance",
    probability=0.55,
    min_count=50,
    owner="planning unit",
    as_of=date(2026, 1, 1),
)


def risk(*chances: float, median: float = 100.0, unit: str = "segment:a") -> pd.DataFrame:
    """One unit, horizons 1 …."""
    n = len(chances)
    return pd.DataFrame(
        {
            "indicator": "irregular_crossings",
            "unit": unit,
            "level": unit.partition(":")[0],
            "horizon": range(1, n + 1),
            "target_start": [START + pd.Timedelta(weeks=h) for h in range(1, n + 1)],
            "q50": median,
            "exceedance_probability": chances,
            "surge_probability": 0.0,
        }
    )


def told(*weekly: pd.DataFrame, rule: AlertRule = RULE) -> list[list[str]]:
    """The states week after week, each edition reading the list of the one before."""
    earlier, states = pd.DataFrame(columns=list(COLUMNS)), []
    for week, table in enumerate(weekly):
        now = START + pd.Timedelta(weeks=week)
        earlier = find_alerts(table, [rule], earlier, origin_date=now, days=7)
        states.append(earlier["state"].tolist())
    return states


def test_unit_alerts_when_its_chance_reaches_the_limit() -> None:
    assert told(risk(0.55)) == [["new"]]
    assert told(risk(0.546)) == [["new"]]  # shown as 55 %
    assert told(risk(0.54)) == [[]]


def test_small_figure_does_not_alert() -> None:
    assert told(risk(0.9, median=49)) == [[]]


def test_far_horizon_does_not_alert() -> None:
    assert told(risk(0.1, 0.1, 0.1, 0.1, 0.9)) == [[]]


def test_other_level_does_not_alert() -> None:
    assert told(risk(0.9, unit="route:a")) == [[]]


def test_unit_is_silent_for_the_quiet_time_and_speaks_after_it() -> None:
    assert told(*[risk(0.6)] * 6) == [["new"], ["quiet"], ["quiet"], ["quiet"], ["quiet"], ["new"]]


def test_unit_speaks_again_when_it_worsens() -> None:
    assert told(risk(0.6), risk(0.7), risk(0.75), risk(0.8)) == [["new"], ["quiet"], ["worse"], ["quiet"]]


def test_unit_that_comes_back_within_the_quiet_time_stays_silent() -> None:
    assert told(risk(0.6), risk(0.3), risk(0.6)) == [["new"], ["over"], ["quiet"]]


def test_unit_that_is_over_is_forgotten_after_the_quiet_time() -> None:
    assert told(risk(0.6), *[risk(0.3)] * 5)[-1] == []


def test_alert_names_the_nearest_of_the_strongest_horizons() -> None:
    found = find_alerts(risk(0.6, 0.8, 0.8), [RULE], pd.DataFrame(columns=list(COLUMNS)), origin_date=START, days=7)
    assert found["horizon"].tolist() == [2]
    assert found["owner"].tolist() == ["planning unit"]

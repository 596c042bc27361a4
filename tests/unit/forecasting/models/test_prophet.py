from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecasting.models.prophet import ProphetModel, concerns
from geo.region.region import Event
from tests.histories import make_history


def make_event(**where: tuple[str, ...]) -> Event:
    return Event("closure", "Closure", date(2023, 1, 1), **where)


@pytest.mark.parametrize(
    ("unit", "where", "expected"),
    [
        ("total", {"segments": ("HUN-SRB-02",)}, True),
        ("border:HUN-SRB", {"segments": ("HUN-SRB-02",)}, True),
        ("border:HUN-SRB", {"segments": ("HUN-ROU-02",)}, False),
        ("segment:HUN-SRB-02", {"segments": ("HUN-SRB-02",)}, True),
        ("cell:central/HUN-SRB-02", {"segments": ("HUN-SRB-02",)}, True),
        ("segment:HUN-SRB-01", {"segments": ("HUN-SRB-02",)}, False),
        ("route:central", {"routes": ("central",)}, True),
        ("route:central", {"routes": ("western",)}, False),
        ("border:HUN-SRB", {}, True),
    ],
)
def test_event_concerns_its_places_and_all_above(unit: str, where: dict[str, tuple[str, ...]], expected: bool) -> None:
    assert concerns(make_event(**where), unit) is expected


@pytest.mark.slow
def test_event_moves_the_forecast_when_history_shows_its_effect() -> None:
    counts = 200 + 5 * np.sin(np.arange(96))
    closed = pd.date_range(end="2024-12-01", periods=96, freq="MS") >= "2023-01-01"
    history = make_history({"total": np.where(closed, 20 + np.arange(96) % 3, counts)})
    over = Event("closure", "Closure", date(2023, 1, 1), date(2024, 12, 31))
    medians = [float(ProphetModel(events).fit(history).quantiles(3, 1)[0, :, 11].mean()) for events in ([], [over])]
    assert medians[0] < 60
    assert medians[1] > 100

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pipelines.publish.edition.quality import flag_anomalies, segment_reports
from tests.regions import make_region

WEEKS = pd.date_range("2025-01-06", periods=80, freq="7D")


def calm(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).poisson(200, 80).astype(float)


@pytest.mark.parametrize("seed", range(10))
def test_a_calm_series_raises_no_flag(seed: int) -> None:
    assert flag_anomalies(calm(seed), WEEKS, recent=52) == []


def test_a_jump_is_flagged_with_what_was_before_and_after() -> None:
    counts = calm()
    counts[60] = 2000
    flags = flag_anomalies(counts, WEEKS, recent=52)
    assert flags[0] == {"kind": "jump", "period": f"{WEEKS[60]:%Y-%m-%d}", "before": counts[59], "after": 2000.0}


def test_a_level_shift_is_flagged_where_it_begins() -> None:
    counts = calm()
    counts[50:] *= 4
    shifts = [f for f in flag_anomalies(counts, WEEKS, recent=52) if f["kind"] == "level shift"]
    assert len(shifts) == 1
    assert abs(pd.Timestamp(shifts[0]["period"]) - WEEKS[50]) <= pd.Timedelta(days=14)


def test_old_and_small_changes_and_gaps_are_left_alone() -> None:
    old, small, gaps = calm(), np.full(80, 2.0), calm()
    old[10], small[60], gaps[60:63] = 2000, 15, np.nan
    assert [flag_anomalies(c, WEEKS, recent=52) for c in (old, small, gaps)] == [[], [], []]


@pytest.mark.parametrize("counts", [[3.0, 4.0, 9.0, 100.0], [1.0, 8.0, 2.0, 0.0]])
def test_shares_of_a_segment_say_nothing_of_its_counts(counts: list[float]) -> None:
    """They stand in partners' editions: a share of counts in all its digits would give sums of withheld ones away."""
    axes = ("indicator", "cell", "time")
    cube = xr.Dataset(
        {
            "count": (("nationality", *axes), np.array([[[[*counts, np.nan]]]])),
            "missing": (axes, np.array([[[0, 0, 0, 0, 1]]], dtype=np.uint8)),
            "allocated": (axes, np.array([[[1.0, 0.5, 0.0, 0.0, 0.0]]])),
            "segment": ("cell", ["a-1"]),
        },
        coords={"indicator": ["irregular_crossings"], "nationality": ["TOTAL"], "cell": ["c"], "time": WEEKS[:5]},
    )
    (told,) = segment_reports(cube, make_region())
    assert (told["spread_share"], told["reported_share"], told["not_reported_share"]) == (0.5, 0.8, 0.2)

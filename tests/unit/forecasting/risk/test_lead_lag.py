"""A lead is told only where shifted copies do not show the same."""

import numpy as np

from forecasting.risk.lead_lag import lead_lag

N = 160


def crossings(seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.round(np.exp(5 + np.cumsum(rng.normal(0, 0.3, N))))


def following(counts: np.ndarray, lag: int, *, seed: int = 2) -> np.ndarray:
    """Cases that follow the crossings after `lag` periods (lead them, where negative)."""
    rng = np.random.default_rng(seed)
    return rng.poisson(0.2 * np.roll(counts, lag)).astype(float)


def test_lag_is_found_when_cases_follow() -> None:
    found = lead_lag(following(crossings(), 3), crossings(), max_lag=8)
    assert found.lag == 3
    assert found.p_value <= 0.05


def test_lead_is_found_when_cases_come_first() -> None:
    assert lead_lag(following(crossings(), -2), crossings(), max_lag=8).lag == -2


def test_lag_survives_missing_reports() -> None:
    cases = following(crossings(), 3)
    cases[::9] = np.nan
    assert lead_lag(cases, crossings(), max_lag=8).lag == 3


def test_no_lead_is_told_of_two_unrelated_series() -> None:
    told = [lead_lag(crossings(10 + i), crossings(100 + i), max_lag=8).lag is not None for i in range(40)]
    assert sum(told) <= 6  # 5 % of 40 are 2; a test that ignored the choice among lags would tell about 20


def test_no_lead_is_told_of_two_series_with_the_same_season() -> None:
    week = np.arange(N)
    season = np.exp(4 + np.sin(2 * np.pi * week / 26))
    rng = np.random.default_rng(3)
    told = [
        lead_lag(rng.poisson(season).astype(float), rng.poisson(season).astype(float), max_lag=8) for _ in range(20)
    ]
    assert sum(t.lag is not None for t in told) <= 4


def test_short_history_tells_nothing() -> None:
    found = lead_lag(crossings()[:20], crossings()[:20], max_lag=4)
    assert found.lag is None
    assert np.isnan(found.correlation)


def test_constant_series_tells_nothing() -> None:
    assert lead_lag(np.zeros(N), crossings(), max_lag=4).lag is None
